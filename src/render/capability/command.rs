//! Commands as a shell reads them, as far as it takes to see which files they run and what they
//! fetch unpinned.
//!
//! A command is read to be shown, never to be allowed: what isn't understood counts as what it is,
//! a command.

use crate::agent::claude::places::IN_PROJECT;
use crate::model::path::RelPath;

/// How many bytes of a command are read to see what it fetches.
const LONGEST: usize = 1 << 14;

/// How deep commands in commands are followed: `bash -c "env sh -c '…'"`.
const DEEPEST: usize = 8;

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

/// Returns why a command may run something else tomorrow: it fetches what isn't pinned to one
/// content.
pub fn unpinned(command: &str) -> Option<String> {
    if command.len() > LONGEST {
        return Some("it is too long to be read".to_owned());
    }
    unpinned_words(&words(command), 0).or_else(|| fetched_into_a_shell(command))
}

/// As [`unpinned`], of a program and its arguments.
pub fn unpinned_call(program: &str, arguments: &[String]) -> Option<String> {
    let words: Vec<String> = std::iter::once(program.to_owned())
        .chain(arguments.iter().cloned())
        .collect();
    let inside = || {
        arguments
            .iter()
            .filter(|argument| argument.len() <= LONGEST)
            .find_map(|one| fetched_into_a_shell(one))
    };
    unpinned_simple(&words, 0).or_else(inside)
}

fn unpinned_words(words: &[String], depth: usize) -> Option<String> {
    let parts: Vec<&[String]> = words
        .split(|word| is_operator(word))
        .filter(|part| !part.is_empty())
        .collect();
    let piped = words.iter().any(|word| word == "|");
    let program = |part: &[String]| {
        bare(without_wrappers(part).first().map_or("", String::as_str)).to_owned()
    };
    if piped
        && parts
            .windows(2)
            .any(|pair| fetches(&program(pair[0])) && interprets(&program(pair[1])))
    {
        return Some("what it downloads is run unseen".to_owned());
    }
    parts
        .into_iter()
        .find_map(|part| unpinned_simple(part, depth))
}

/// Returns whether a word is `;`, `|`, `&` or several of one of them.
pub(super) fn is_operator(word: &str) -> bool {
    word.chars().all(|letter| matches!(letter, ';' | '|' | '&')) && !word.is_empty()
}

/// `bash <(curl …)`, `sh -c "$(curl …)"`, `eval "$(wget …)"`: a download in a substitution.
fn fetched_into_a_shell(command: &str) -> Option<String> {
    let is_run = words(command)
        .iter()
        .any(|word| interprets(bare(word)) || matches!(word.as_str(), "eval" | "source" | "."));
    if !is_run {
        return None;
    }
    for open in ["$(", "<(", "`"] {
        for (at, _) in command.match_indices(open) {
            match first_word(&command[at + open.len()..]) {
                Some(word) if fetches(bare(&word)) => {
                    return Some("what it downloads is run unseen".to_owned());
                }
                Some(_) => {}
                None => return Some("it is too long to be read".to_owned()),
            }
        }
    }
    None
}

/// Returns the first word of a command, empty if there is none; nothing where it is longer than any
/// program's name. Looks at so much alone, however much follows.
fn first_word(command: &str) -> Option<String> {
    const LONGEST_NAME: usize = 256;
    let command = command.trim_start();
    let start = command
        .char_indices()
        .map(|(at, _)| at)
        .take_while(|at| *at <= LONGEST_NAME)
        .last()
        .unwrap_or(0);
    let start = if command.len() <= LONGEST_NAME {
        command.len()
    } else {
        start
    };
    let words = words(&command[..start]);
    match words.len() {
        0 | 1 if start < command.len() => None,
        _ => Some(words.into_iter().next().unwrap_or_default()),
    }
}

/// Returns a program's name without its folder and `.exe`.
pub(super) fn bare(program: &str) -> &str {
    let name = program.rsplit(['/', '\\']).next().unwrap_or(program);
    [".exe", ".cmd", ".ps1"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
}

fn fetches(program: &str) -> bool {
    matches!(
        program,
        "curl"
            | "wget"
            | "fetch"
            | "aria2c"
            | "http"
            | "https"
            | "iwr"
            | "irm"
            | "Invoke-WebRequest"
            | "Invoke-RestMethod"
    )
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
    let is_assignment = |word: &String| {
        let name = word.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty()
            && name
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    &words[words.iter().take_while(|word| is_assignment(word)).count()..]
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

/// Reads one program with its arguments.
fn unpinned_simple(words: &[String], depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return Some("it is nested too deep to be read".to_owned());
    }
    let (first, rest) = without_wrappers(words).split_first()?;
    let program = bare(first);
    if let Some(inner) = inner_command(program, rest) {
        return unpinned_words(&self::words(&inner), depth + 1)
            .or_else(|| fetched_into_a_shell(&inner));
    }
    let loose = launched(program, rest)?;
    Some(format!("`{loose}` is whatever is newest when it runs"))
}

/// Returns the command in the arguments of a shell: `bash -lc '…'`, `cmd /c …`, `pwsh -Command …`,
/// `eval …`.
pub(super) fn inner_command(program: &str, arguments: &[String]) -> Option<String> {
    let behind = |is: &dyn Fn(&str) -> bool| {
        let at = arguments.iter().position(|argument| is(argument))?;
        Some(arguments.get(at + 1..)?.join(" "))
    };
    match program {
        "sh" | "bash" | "zsh" | "dash" | "ksh" | "fish" | "ash" => behind(&|argument| {
            argument.starts_with('-') && !argument.starts_with("--") && argument.ends_with('c')
        }),
        "busybox" if arguments.first().is_some_and(|first| first == "sh") => {
            behind(&|argument| argument == "-c")
        }
        "cmd" => behind(&|argument| argument.eq_ignore_ascii_case("/c")),
        "pwsh" | "powershell" => behind(&|argument| {
            let argument = argument.to_ascii_lowercase();
            argument == "-command" || argument == "-c"
        }),
        "eval" => Some(arguments.join(" ")),
        _ => None,
    }
}

/// Returns the package that a launcher fetches, where its version isn't fixed.
fn launched(program: &str, arguments: &[String]) -> Option<String> {
    let first = arguments.first().map(String::as_str);
    let behind = |count: usize| arguments.get(count..).unwrap_or_default();
    match (program, first) {
        ("npx" | "pnpx" | "bunx", _) => node_package(arguments),
        ("npm", Some("exec" | "x"))
        | ("pnpm", Some("dlx"))
        | ("yarn", Some("dlx"))
        | ("bun", Some("x")) => node_package(behind(1)),
        ("npm" | "pnpm" | "yarn" | "bun", Some("install" | "i" | "add")) => node_package(behind(1)),
        ("uvx", _) => python_package(arguments),
        ("uv", Some("tool")) if behind(1).first().is_some_and(|word| word == "run") => {
            python_package(behind(2))
        }
        ("uv", Some("run")) => {
            value_of(behind(1), &["--with"]).filter(|package| !is_pinned_python(package))
        }
        ("pipx", Some("run")) => python_package(behind(1)),
        ("pip" | "pip3", Some("install")) => python_package(behind(1)),
        ("python" | "python3", Some("-m"))
            if behind(1).first().is_some_and(|word| word == "pip") =>
        {
            python_package(behind(3))
        }
        ("go", Some("run" | "install")) => operands(behind(1), &[])
            .find(|module| module.contains('.') && !module.starts_with('.'))
            .filter(|module| !has_exact_version(module, '@')),
        ("cargo", Some("install" | "binstall")) => {
            let is_fixed = value_of(arguments, &["--version", "--rev"]).is_some()
                || arguments.iter().any(|word| word == "--path");
            operands(
                behind(1),
                &["--version", "--git", "--rev", "--branch", "--tag", "--root"],
            )
            .chain(value_of(arguments, &["--git"]))
            .find(|package| !is_fixed && !has_exact_version(package, '@'))
        }
        ("docker" | "podman" | "nerdctl", Some("run")) => image(behind(1)),
        ("docker" | "podman", Some("compose")) => None,
        ("deno", Some("run")) => deno(behind(1)),
        ("nix", Some("run" | "shell")) => operands(behind(1), &[])
            .next()
            .filter(|flake| !is_commit_in(flake) && !flake.starts_with('.')),
        ("gem", Some("exec")) => operands(behind(1), &["-v", "--version"])
            .next()
            .filter(|_| value_of(arguments, &["-v", "--version"]).is_none()),
        ("dotnet", Some("tool")) | ("dnx", _) => operands(arguments, &["--version"])
            .last()
            .filter(|_| value_of(arguments, &["--version"]).is_none()),
        _ => None,
    }
}

/// Returns what an option is given, as its own word or behind `=`.
fn value_of(arguments: &[String], names: &[&str]) -> Option<String> {
    arguments.iter().enumerate().find_map(|(index, argument)| {
        let joined = names
            .iter()
            .find_map(|name| argument.strip_prefix(name)?.strip_prefix('='));
        let own = || {
            names
                .contains(&argument.as_str())
                .then(|| arguments.get(index + 1).map(String::as_str))
                .flatten()
        };
        joined.or_else(own).map(str::to_owned)
    })
}

/// Returns the arguments that are no options and no values of options.
fn operands<'w>(
    arguments: &'w [String],
    valued: &'w [&'w str],
) -> impl Iterator<Item = String> + 'w {
    let mut skip = false;
    arguments
        .iter()
        .filter(move |argument| {
            let is_value = std::mem::replace(&mut skip, valued.contains(&argument.as_str()));
            !is_value && !argument.starts_with('-')
        })
        .cloned()
}

fn node_package(arguments: &[String]) -> Option<String> {
    // What is in the project already has its version in a lockfile.
    if arguments
        .iter()
        .any(|argument| matches!(argument.as_str(), "--no-install" | "--no"))
    {
        return None;
    }
    let named = value_of(arguments, &["-p", "--package"]);
    let package =
        named.or_else(|| operands(arguments, &["-p", "--package", "-c", "--call"]).next())?;
    let is_local = package.starts_with('.') || package.starts_with('/');
    let is_git = package.contains(':') || package.contains('/') && !package.starts_with('@');
    let is_pinned = if is_git {
        is_commit_in(&package)
    } else {
        has_exact_version(&package, '@')
    };
    (!is_local && !is_pinned).then_some(package)
}

fn python_package(arguments: &[String]) -> Option<String> {
    const VALUED: [&str; 8] = [
        "--from",
        "--with",
        "--python",
        "-p",
        "--index",
        "--index-url",
        "--spec",
        "-r",
    ];
    let package = value_of(arguments, &["--from", "--spec"])
        .or_else(|| operands(arguments, &VALUED).next())?;
    let with = value_of(arguments, &["--with"]).filter(|with| !is_pinned_python(with));
    let is_local = package.starts_with('.') || package.starts_with('/');
    if is_local || is_pinned_python(&package) {
        with
    } else {
        Some(package)
    }
}

fn is_pinned_python(package: &str) -> bool {
    match package.contains("://") || package.starts_with("git+") {
        true => is_commit_in(package),
        false => {
            package
                .split_once("==")
                .is_some_and(|(_, version)| !version.contains('*'))
                || has_exact_version(package, '@')
        }
    }
}

/// Returns whether a name ends in a version that is one release: `x@1.2.3`, not `x@latest`, `x@1`
/// or `x@^1.2.3`.
fn has_exact_version(package: &str, mark: char) -> bool {
    let Some((name, version)) = package.rsplit_once(mark) else {
        return false;
    };
    let version = version.trim_start_matches('v');
    !name.is_empty() && (semver::Version::parse(version).is_ok() || is_commit(version))
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns whether an address ends in a commit: `…@<40 digits>`, `…#<40 digits>`, `…/<40 digits>`.
fn is_commit_in(address: &str) -> bool {
    address.split(['@', '#', '/', '=', '?', '&']).any(is_commit)
}

fn image(arguments: &[String]) -> Option<String> {
    const VALUED: [&str; 26] = [
        "-e",
        "--env",
        "-v",
        "--volume",
        "--mount",
        "-p",
        "--publish",
        "--name",
        "--network",
        "--net",
        "-w",
        "--workdir",
        "-u",
        "--user",
        "--entrypoint",
        "--platform",
        "--env-file",
        "-l",
        "--label",
        "--add-host",
        "-h",
        "--hostname",
        "--memory",
        "-m",
        "--cpus",
        "--pull",
    ];
    operands(arguments, &VALUED)
        .next()
        .filter(|image| !image.contains("@sha256:"))
}

fn deno(arguments: &[String]) -> Option<String> {
    let module = operands(arguments, &["--config", "-c", "--import-map"]).next()?;
    let is_remote = ["https://", "http://", "npm:", "jsr:"]
        .iter()
        .any(|scheme| module.starts_with(scheme));
    let is_pinned = module.rsplit('@').next().is_some_and(|rest| {
        let version = rest.split('/').next().unwrap_or(rest);
        semver::Version::parse(version.trim_start_matches('v')).is_ok()
    });
    (is_remote && !is_pinned).then_some(module)
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
