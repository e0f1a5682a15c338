//! Every place of the program that starts another one, by name: what isn't listed here doesn't
//! start anything.

use std::collections::BTreeSet;

use super::layers::{code, sources};

/// The files that start programs, with what they start and why that is theirs to say.
const STARTS: [(&str, &str, &str); 4] = [
    (
        "store/git/door.rs",
        "\"git\"",
        "the door, with its profiles",
    ),
    (
        "store/pager.rs",
        "\"sh\"",
        "the pager that the person at the terminal chose",
    ),
    (
        "store/surroundings.rs",
        "program",
        "the programs of forges, in no repository and asking nothing",
    ),
    (
        "store/trial.rs",
        "\"sh\"",
        "hooks that somebody approved or asked to test, in a folder of their own",
    ),
];

/// Words by which a program can be started, whatever a module calls them.
const WAYS: [&str; 9] = [
    "Command::new",
    "Command::from",
    "process::Command as",
    "CommandExt",
    ".exec(",
    "::fork(",
    "execve",
    "posix_spawn",
    "unsafe",
];

#[test]
fn nothing_starts_a_program_but_what_is_listed() {
    let listed: BTreeSet<String> = STARTS
        .iter()
        .map(|(file, what, _)| format!("{file}: Command::new({what})"))
        .collect();
    let mut found = BTreeSet::new();
    for (file, text) in sources() {
        let code = code(&text);
        for way in WAYS {
            for (at, _) in code.match_indices(way) {
                let rest: String = code[at..].chars().take_while(|one| *one != ')').collect();
                // A process group of its own is no start.
                if file == "store/program.rs" && way == "CommandExt" {
                    continue;
                }
                found.insert(format!("{file}: {rest})"));
            }
        }
    }
    assert_eq!(found, listed);
}

#[test]
fn git_is_asked_only_what_runs_nothing() {
    const QUESTIONS: [&str; 12] = [
        "cat-file",
        "check-attr",
        "check-ignore",
        "config",
        "diff-tree",
        "ls-files",
        "ls-tree",
        "merge-base",
        "rev-list",
        "rev-parse",
        "sparse-checkout",
        "var",
    ];
    let git = sources().into_iter();
    let git = git.filter(|(file, _)| file.starts_with("store/git/") && !file.ends_with("door.rs"));
    let code: String = git.map(|(_, text)| code(&text)).collect();
    let mut asked = BTreeSet::new();
    for part in code.split("Profile::Reading").skip(1) {
        // The arguments stand in the statement that follows.
        let statement = part.split("ask(").next().unwrap();
        let words = statement.split('"').skip(1).step_by(2);
        let command = words
            .filter(|word| word.starts_with(|one: char| one.is_ascii_lowercase()))
            .find(|word| !word.contains('='))
            .unwrap();
        asked.insert(command);
    }
    assert_eq!(asked, QUESTIONS.into_iter().collect());
}
