//! Commands as a shell reads them, as far as it takes to see which files they run.
//!
//! A command is read to be shown, never to be allowed: what isn't understood counts as what it is,
//! a command.

use crate::agent::claude::places::IN_PROJECT;
use crate::model::path::RelPath;

/// Returns the words of a command, each without its quotes; `;`, `|`, `&` and line ends are words
/// of their own.
pub fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = command.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                while let Some(inner) = letters.next().filter(|inner| *inner != letter) {
                    match inner {
                        '\\' if letter == '"' => word.extend(letters.next()),
                        inner => word.push(inner),
                    }
                }
            }
            '\\' => word
                .get_or_insert_default()
                .extend(letters.next().filter(|next| *next != '\n')),
            ';' | '|' | '&' | '\n' => {
                words.extend(word.take());
                let sign = if letter == '\n' { ';' } else { letter };
                let mut operator = String::from(sign);
                while letters.next_if(|next| *next == letter).is_some() {
                    operator.push(sign);
                }
                words.push(operator);
            }
            blank if blank.is_whitespace() => words.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Returns the paths that a command names inside the project, however they are written. A word with
/// blanks in it lost its quotes, so each command inside is shorter than the one around it.
pub fn paths(command: &str) -> Vec<RelPath> {
    let found =
        words(command)
            .into_iter()
            .flat_map(|word| match word.contains(char::is_whitespace) {
                true => paths(&word),
                false => inside(&word).parse().into_iter().collect(),
            });
    found.collect()
}

/// Returns a word without what says that it is in the project.
fn inside(word: &str) -> &str {
    let root = IN_PROJECT
        .iter()
        .find_map(|root| word.strip_prefix(root)?.strip_prefix('/'));
    root.unwrap_or(word).trim_end_matches(')')
}

/// Returns whether a word is `;`, `|`, `&` or several of one of them.
pub(super) fn is_operator(word: &str) -> bool {
    word.chars().all(|letter| matches!(letter, ';' | '|' | '&')) && !word.is_empty()
}

/// Returns a program's name without its folder and `.exe`.
pub(super) fn bare(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    [".exe", ".cmd", ".ps1"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
}

/// Returns whether a program runs the programs that it is given.
pub fn interprets(program: &str) -> bool {
    const SHELLS: [&str; 22] = [
        "sh",
        "bash",
        "zsh",
        "dash",
        "ksh",
        "fish",
        "ash",
        "busybox",
        "python",
        "python3",
        "node",
        "deno",
        "bun",
        "ruby",
        "perl",
        "php",
        "pwsh",
        "powershell",
        "iex",
        "Invoke-Expression",
        "lua",
        "osascript",
    ];
    SHELLS.contains(&program)
}

/// Programs that run the program that follows their own options: with the options that take a
/// value.
const WRAPPERS: [(&str, &[&str]); 19] = [
    ("env", &["-u", "--unset", "-C", "--chdir"]),
    ("timeout", &["-s", "--signal", "-k", "--kill-after"]),
    ("gtimeout", &["-s", "--signal", "-k", "--kill-after"]),
    ("nice", &["-n", "--adjustment"]),
    ("ionice", &["-c", "-n", "-p"]),
    ("nohup", &[]),
    ("setsid", &[]),
    ("stdbuf", &["-i", "-o", "-e"]),
    ("time", &["-f", "-o"]),
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-D"]),
    ("doas", &["-u", "-C"]),
    ("exec", &["-a"]),
    ("command", &[]),
    ("builtin", &[]),
    ("caffeinate", &["-t", "-w"]),
    ("xargs", &["-I", "-n", "-P", "-L", "-d", "-a", "-E", "-s"]),
    ("chronic", &[]),
    ("direnv", &[]),
    ("mise", &[]),
];

/// Returns what is really run: assignments and wrappers taken away.
pub(super) fn without_wrappers(mut words: &[String]) -> &[String] {
    loop {
        words = skip_assignments(words);
        let Some((first, rest)) = words.split_first() else {
            return words;
        };
        let Some((name, valued)) = WRAPPERS.iter().find(|(name, _)| *name == bare(first)) else {
            return words;
        };
        words = skip_options(rest, valued);
        match *name {
            "env" => words = skip_assignments(words),
            // How long.
            "timeout" | "gtimeout" => words = words.get(1..).unwrap_or_default(),
            // `direnv exec DIR x`, `mise exec -- x`.
            "direnv" if words.first().is_some_and(|word| word == "exec") => {
                words = words.get(2..).unwrap_or_default()
            }
            "mise"
                if words
                    .first()
                    .is_some_and(|word| matches!(word.as_str(), "exec" | "x")) =>
            {
                let after = words
                    .iter()
                    .position(|word| word == "--")
                    .map_or(1, |at| at + 1);
                words = &words[after..];
            }
            _ => {}
        }
    }
}

fn skip_assignments(words: &[String]) -> &[String] {
    &words[words.iter().take_while(|word| is_assignment(word)).count()..]
}

fn is_assignment(word: &str) -> bool {
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn skip_options<'w>(mut words: &'w [String], valued: &[&str]) -> &'w [String] {
    while let Some((first, rest)) = words
        .split_first()
        .filter(|(first, _)| first.starts_with('-'))
    {
        words = if valued.contains(&first.as_str()) {
            rest.get(1..).unwrap_or_default()
        } else {
            rest
        };
        if first == "--" {
            break;
        }
    }
    words
}

/// Returns the command in the arguments of a shell: `bash -lc '…'`, `cmd /c …`, `pwsh -Command …`,
/// `eval …`.
pub(super) fn inner_command(program: &str, arguments: &[String]) -> Option<String> {
    let is_option: fn(&str) -> bool = match program {
        "eval" => return Some(arguments.join(" ")),
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "fish" | "ash" => |argument| {
            argument.starts_with('-') && !argument.starts_with("--") && argument.ends_with('c')
        },
        "busybox" if arguments.first().is_some_and(|first| first == "sh") => {
            |argument| argument == "-c"
        }
        "cmd" => |argument| argument.eq_ignore_ascii_case("/c"),
        "pwsh" | "powershell" => |argument| {
            argument.eq_ignore_ascii_case("-command") || argument.eq_ignore_ascii_case("-c")
        },
        _ => return None,
    };
    let at = arguments.iter().position(|argument| is_option(argument))?;
    Some(arguments.get(at + 1..)?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_a_shells() {
        let all = |command: &str| words(command).join("·");
        assert_eq!(all("a 'b c'\"d\" e\\ f"), "a·b cd·e f");
        assert_eq!(all("a|b&&c;d\ne"), "a·|·b·&&·c·;·d·;·e");
        assert_eq!(all("a\n\nb"), "a·;;·b");
        assert_eq!(all("a \"b \\\" c\" ''"), "a·b \" c·");
    }

    #[test]
    fn paths_of_the_project_are_found_however_they_are_written() {
        let all = |command: &str| {
            paths(command)
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            all("\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/a/x.sh --now"),
            ".claude/hooks/a/x.sh --now"
        );
        assert_eq!(
            all("bash -c 'cd \"${CLAUDE_PROJECT_DIR}/b\" && ./run.sh'"),
            "bash -c cd b && run.sh"
        );
        assert_eq!(all("/usr/bin/env python3 ~/x.py"), "python3 ~/x.py");
    }
}
