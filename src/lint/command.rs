//! What a hook's command runs, as far as a shell's words tell: which scripts, from where, and what
//! is not quoted.

use std::collections::HashSet;

use crate::agent::claude::places::{PLUGIN_ROOT, PROJECT_DIR};
use crate::model::path::RelPath;

use super::shell_words::{ShellWord, words};

/// A script that a command runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptRun {
    /// The word as it is written, without its quotes.
    pub word: String,
    /// Whether it is run by its path, and not by a program that reads it.
    pub direct: bool,
    /// Where it lies.
    pub place: ScriptPlace,
    /// Whether the command looks first whether it is there.
    pub tested: bool,
}

/// Where a script lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptPlace {
    /// In the project, wherever the command runs.
    Project(RelPath),
    /// Below the folder in which the command happens to run.
    Relative(Option<RelPath>),
    /// Elsewhere, or who knows.
    Elsewhere,
}

/// What a command says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShellCommand {
    pub runs: Vec<ScriptRun>,
    /// The first variable with a folder that a shell would split at spaces.
    pub unquoted: Option<&'static str>,
    /// A folder's variable in the name of a script, in single quotes: nothing takes its place.
    pub literal: Option<&'static str>,
}

/// Programs that read the script that they are given first.
const INTERPRETERS: [&str; 18] = [
    "sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "python", "python3", "node", "ruby", "perl",
    "php", "bun", "deno", "tsx", "ts-node", "pwsh",
];

/// Programs that run the command behind them.
const WRAPPERS: [&str; 11] = [
    "exec", "env", "nohup", "command", "time", "timeout", "nice", "uv", "npx", "poetry", "pipenv",
];

/// Words before a command.
const KEYWORDS: [&str; 10] = [
    "if", "then", "else", "elif", "do", "while", "until", "!", "{", "(",
];

/// How scripts are called that a wrapper runs without naming an interpreter.
const ENDINGS: [&str; 8] = [".sh", ".bash", ".py", ".js", ".mjs", ".cjs", ".ts", ".rb"];

/// Reads a command of a shell. `in_plugin` says that the plugin's folder is the one that is linted.
pub fn read(command: &str, in_plugin: bool) -> ShellCommand {
    let simple: Vec<Vec<ShellWord>> = words(command).into_iter().map(without_keywords).collect();
    let tested: HashSet<&str> = simple
        .iter()
        .filter(|words| matches!(words[0].text.as_str(), "[" | "[[" | "test"))
        .flatten()
        .map(|word| word.text.as_str())
        .collect();
    let mut found = ShellCommand::default();
    let mut folder = Folder::Unsaid;
    for words in &simple {
        let words: Vec<&ShellWord> = words
            .iter()
            .skip_while(|word| word.is_assignment())
            .collect();
        for word in words.iter().filter(|word| !word.is_assignment()) {
            found.unquoted = found.unquoted.or(word.unquoted);
        }
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        // What a shell is told as a command, it splits once more.
        if let Some(inner) = told(&texts) {
            found.unquoted = found.unquoted.or(read(inner, in_plugin).unquoted);
        }
        if let ["cd" | "pushd", rest @ ..] = texts.as_slice() {
            let is_root = rest
                .first()
                .is_some_and(|word| without_root(&format!("{word}/"), in_plugin) == Some(""));
            folder = if is_root { Folder::Root } else { Folder::Other };
        } else if let Some((word, direct)) = script(&texts) {
            let place = match (place(word, in_plugin), folder) {
                (ScriptPlace::Relative(Some(path)), Folder::Root) => ScriptPlace::Project(path),
                (ScriptPlace::Relative(_), Folder::Other) => ScriptPlace::Elsewhere,
                (place, _) => place,
            };
            let literal = words.iter().find(|one| one.text == word);
            found.literal = found.literal.or(literal.and_then(|word| word.literal));
            found.runs.push(ScriptRun {
                word: word.to_owned(),
                direct,
                place,
                tested: tested.contains(word),
            });
        }
    }
    found
}

/// Returns the command that a shell is told by `-c`.
fn told<'a>(words: &[&'a str]) -> Option<&'a str> {
    let (head, rest) = words.split_first()?;
    let name = head.rsplit('/').next().unwrap_or(head);
    let is_shell = matches!(name, "sh" | "bash" | "dash" | "zsh" | "ksh");
    let place = rest.iter().position(|word| {
        let letters = word.strip_prefix('-').unwrap_or_default();
        letters.ends_with('c') && letters.chars().all(|letter| letter.is_ascii_lowercase())
    })?;
    rest.get(place + 1).copied().filter(|_| is_shell)
}

/// Reads a command that is run without a shell: a program and its arguments.
pub fn read_plain(program: &str, arguments: &[&str], in_plugin: bool) -> ShellCommand {
    let words: Vec<&str> = std::iter::once(program)
        .chain(arguments.iter().copied())
        .collect();
    let run = script(&words).map(|(word, direct)| ScriptRun {
        word: word.to_owned(),
        direct,
        place: place(word, in_plugin),
        tested: false,
    });
    ShellCommand {
        runs: run.into_iter().collect(),
        unquoted: None,
        literal: None,
    }
}

/// Where a command went before.
#[derive(Clone, Copy)]
enum Folder {
    Unsaid,
    Root,
    Other,
}

/// Returns the script that a simple command runs, and whether by its path.
fn script<'a>(words: &[&'a str]) -> Option<(&'a str, bool)> {
    let (head, rest) = words.split_first()?;
    let name = head.rsplit('/').next().unwrap_or(head);
    if INTERPRETERS.contains(&name) {
        interpreted(name, rest).map(|script| (script, false))
    } else if WRAPPERS.contains(&name) {
        wrapped(name, rest)
    } else {
        is_path(head).then_some((*head, true))
    }
}

/// Returns the script that an interpreter is given.
fn interpreted<'a>(interpreter: &str, arguments: &[&'a str]) -> Option<&'a str> {
    let script = arguments
        .iter()
        .copied()
        .skip_while(|word| matches!(*word, "run" | "--"))
        .find(|word| !word.starts_with('-') || is_program(interpreter, word))?;
    let is_file = is_path(script) || has_script_ending(script);
    (is_file && !script.starts_with('-') && !is_address(script)).then_some(script)
}

/// Returns the script that the command behind a wrapper runs.
fn wrapped<'a>(wrapper: &str, arguments: &[&'a str]) -> Option<(&'a str, bool)> {
    let start = arguments
        .iter()
        .take_while(|word| is_wrappers_own(word))
        .count();
    let (first, inner) = (arguments.get(start)?, &arguments[start..]);
    match wrapper {
        _ if INTERPRETERS.contains(first) => script(inner),
        // They are programs of a package, by their names.
        "npx" | "uv" | "poetry" | "pipenv" => has_script_ending(first).then_some((*first, false)),
        _ => script(inner),
    }
}

/// Returns whether a word is an option, an assignment or a number of seconds.
fn is_wrappers_own(word: &str) -> bool {
    word.starts_with('-')
        || word.contains('=')
        || matches!(word, "run" | "exec")
        || word.starts_with(|c: char| c.is_ascii_digit())
}

fn has_script_ending(word: &str) -> bool {
    ENDINGS.iter().any(|ending| word.ends_with(ending))
}

/// Options of an interpreter behind which stands a program, and no script.
fn is_program(interpreter: &str, option: &str) -> bool {
    let letters = option
        .strip_prefix('-')
        .filter(|letters| !letters.starts_with('-'));
    let marks: &[char] = match interpreter {
        "python" | "python3" => &['c', 'm'],
        "perl" | "ruby" => &['e', 'E'],
        "php" => &['r'],
        "node" | "bun" | "deno" | "tsx" | "ts-node" => {
            if matches!(option, "--eval" | "--print") {
                return true;
            }
            &['e', 'p']
        }
        _ => &['c', 's'],
    };
    letters.is_some_and(|letters| letters.is_empty() || letters.contains(marks))
}

fn is_path(word: &str) -> bool {
    word.contains('/')
        && !is_address(word)
        && !word.starts_with('-')
        && !word.contains('=')
        && !word.starts_with('@')
}

/// `https://…`, `npm:…`.
fn is_address(word: &str) -> bool {
    !word.starts_with('$')
        && word
            .split('/')
            .next()
            .is_some_and(|first| first.len() > 2 && first.contains(':'))
}

/// Returns where a word leads.
fn place(word: &str, in_plugin: bool) -> ScriptPlace {
    if let Some(rest) = without_root(word, in_plugin) {
        let is_plain = !rest.contains(['$', '`', '*', '?', '[']);
        return rest
            .parse()
            .ok()
            .filter(|_| is_plain)
            .map_or(ScriptPlace::Elsewhere, ScriptPlace::Project);
    }
    let starts_elsewhere = word.starts_with(['/', '~']) || word.chars().nth(1) == Some(':');
    if starts_elsewhere || word.contains(['$', '`', '*', '?', '[', '%', '\\']) {
        return ScriptPlace::Elsewhere;
    }
    ScriptPlace::Relative(word.strip_prefix("./").unwrap_or(word).parse().ok())
}

/// Returns what follows the project's folder in a word, however it is said.
fn without_root(word: &str, in_plugin: bool) -> Option<&str> {
    let variables: &[&str] = if in_plugin {
        &[PLUGIN_ROOT]
    } else {
        &[PROJECT_DIR]
    };
    let git = "$(git rev-parse --show-toplevel)/";
    if let Some(rest) = word.strip_prefix(git).filter(|_| !in_plugin) {
        return Some(rest);
    }
    variables.iter().find_map(|variable| {
        let rest = word.strip_prefix('$')?;
        match rest.strip_prefix(variable) {
            Some(rest) => rest.strip_prefix('/'),
            None => {
                let rest = rest.strip_prefix('{')?.strip_prefix(variable)?;
                let (operator, rest) = rest.split_once("}/")?;
                (operator.is_empty() || operator.starts_with([':', '-'])).then_some(rest)
            }
        }
    })
}

/// Takes the words off that only lead to a command. An empty command is one empty word.
fn without_keywords(words: Vec<ShellWord>) -> Vec<ShellWord> {
    let mut words: Vec<ShellWord> = words
        .into_iter()
        .skip_while(|word| KEYWORDS.contains(&word.text.as_str()))
        .collect();
    if words.is_empty() {
        words.push(ShellWord::default());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[track_caller]
    fn check(command: &str, expected: &[(&'static str, bool, bool)]) {
        let found = read(command, false);
        let shown: Vec<(String, bool, bool)> = found
            .runs
            .into_iter()
            .filter_map(|run| match run.place {
                ScriptPlace::Project(path) => Some((path.to_string(), run.direct, true)),
                ScriptPlace::Relative(path) => {
                    Some((path.map_or(run.word, String::from), run.direct, false))
                }
                ScriptPlace::Elsewhere => None,
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(path, direct, fixed)| ((*path).to_owned(), *direct, *fixed))
            .collect();
        assert_eq!(shown, expected, "{command}");
    }

    #[test]
    fn scripts_are_told_from_programs_and_arguments() {
        check(
            "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/a.sh",
            &[(".claude/hooks/a.sh", true, true)],
        );
        check(
            "\"${CLAUDE_PROJECT_DIR}/.claude/hooks/a b.sh\" --x",
            &[(".claude/hooks/a b.sh", true, true)],
        );
        check("${CLAUDE_PROJECT_DIR:-.}/a/b.sh", &[("a/b.sh", true, true)]);
        check(
            "\"$(git rev-parse --show-toplevel)\"/a/b.sh",
            &[("a/b.sh", true, true)],
        );
        check(
            "bash .claude/hooks/a.sh",
            &[(".claude/hooks/a.sh", false, false)],
        );
        check("sh -eu ./a.sh", &[("a.sh", false, false)]);
        check(
            "uv run --frozen agents/hooks/a.py",
            &[("agents/hooks/a.py", false, false)],
        );
        check("exec python3 x/a.py", &[("x/a.py", false, false)]);
        check(
            "FOO=1 .claude/a.sh 2>/dev/null || true",
            &[(".claude/a.sh", true, false)],
        );
        check(
            "cd \"$CLAUDE_PROJECT_DIR\" && ./a.sh; cd sub && ./b.sh",
            &[("a.sh", true, true)],
        );
        check(
            "if [ -x .claude/a.sh ]; then .claude/a.sh; fi",
            &[(".claude/a.sh", true, false)],
        );
        check("../up/a.sh", &[("../up/a.sh", true, false)]);
        for command in [
            "",
            "echo done",
            "npx prettier --write src/a.ts",
            "jq -r '.tool_input.file_path' | xargs -r prettier --write",
            "node -e \"require('./a.js')\"",
            "bash -c 'a/b.sh'",
            "python3 -m ruff",
            "cat a/b.txt",
            "/usr/local/bin/guard",
            "~/.claude/hooks/a.sh",
            "\"$HOME\"/a.sh",
            "curl https://example.org/a.sh > a/b.sh",
            "perl -0pe 's/a/b/' x",
            "deno run -A npm:@scope/tool",
            "case \"$x\" in src/a) echo a ;; docs/b) echo b ;; esac",
            "cat <<'EOF'\ndocs/a.md is where it is\nEOF",
        ] {
            check(command, &[]);
        }
    }

    #[test]
    fn a_script_that_is_looked_for_first_may_be_missing() {
        assert!(read("[ -x .claude/a.sh ] && .claude/a.sh", false).runs[0].tested);
        assert!(!read("[ -x .claude/b.sh ] && .claude/a.sh", false).runs[0].tested);
    }

    #[test]
    fn an_unquoted_folder_is_found() {
        for (command, unquoted) in [
            ("$CLAUDE_PROJECT_DIR/a.sh", Some(PROJECT_DIR)),
            ("bash ${CLAUDE_PROJECT_DIR}/a.sh", Some(PROJECT_DIR)),
            ("\"$CLAUDE_PROJECT_DIR\"/a.sh", None),
            ("bash \"${CLAUDE_PROJECT_DIR}/a.sh\"", None),
            ("DIR=$CLAUDE_PROJECT_DIR/x; echo \"$DIR\"", None),
            ("sh '$CLAUDE_PROJECT_DIR/a.sh'", None),
            ("sh ${CLAUDE_PROJECT_DIR:-.}/a.sh", Some(PROJECT_DIR)),
            ("sh ${CLAUDE_PROJECT_DIR-.}/a.sh", Some(PROJECT_DIR)),
            ("sh \"${CLAUDE_PROJECT_DIR:-.}/a.sh\"", None),
            ("bash -c '$CLAUDE_PROJECT_DIR/a.sh'", Some(PROJECT_DIR)),
            ("bash -lc '\"$CLAUDE_PROJECT_DIR\"/a.sh'", None),
            ("echo $CLAUDE_PROJECT_DIRECTORY", None),
        ] {
            assert_eq!(read(command, false).unquoted, unquoted, "{command}");
        }
    }

    #[test]
    fn single_quotes_keep_a_folder_from_being_named() {
        for (command, literal) in [
            ("sh '$CLAUDE_PROJECT_DIR/a.sh'", Some(PROJECT_DIR)),
            ("'${CLAUDE_PROJECT_DIR}/a.sh'", Some(PROJECT_DIR)),
            ("sh \"$CLAUDE_PROJECT_DIR/a.sh\"", None),
            ("bash -c '\"$CLAUDE_PROJECT_DIR\"/a.sh'", None),
            ("echo '$CLAUDE_PROJECT_DIR/a.sh'", None),
            ("'${CLAUDE_PLUGIN_ROOT}/a.sh' x", None),
        ] {
            assert_eq!(read(command, false).literal, literal, "{command}");
        }
    }

    #[test]
    fn a_plugins_folder_is_the_plugins() {
        let place = |command: &str, in_plugin| read(command, in_plugin).runs[0].place.clone();
        assert_eq!(
            place("\"${CLAUDE_PLUGIN_ROOT}/hooks/a.sh\"", true),
            ScriptPlace::Project(rel("hooks/a.sh"))
        );
        assert_eq!(
            place("\"${CLAUDE_PLUGIN_ROOT}/hooks/a.sh\"", false),
            ScriptPlace::Elsewhere
        );
    }

    #[test]
    fn any_command_is_read() {
        for command in [
            "'",
            "\"",
            "\\",
            "$",
            "${",
            "$(",
            "`",
            "\"$(",
            ">",
            "a>",
            "$(()",
            "\"\\",
            "ü\\ü $ü",
            "))",
            "${}",
        ] {
            read(command, false);
        }
    }
}
