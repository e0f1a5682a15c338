//! Commands to type: the one place where a hint gets its command line.
//!
//! **A hint is a whole command**: it has every word that was typed so far, or, where another
//! command comes next, the registry and the repository that this one was told.

use std::fmt;

use crate::hint::Hint;
use crate::model::name::TemplateName;
use crate::words;

use crate::ops::Session;

/// What approves exactly what was shown: of no use once something else is.
const APPROVE: &str = "--approve";

/// Where what was done, or what has to be approved, is written to.
pub const REPORT: &str = "--report";

/// A command of agentpkg, as a shell has to be told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// What stands behind the program's name, as a shell reads it.
    words: Vec<String>,
}

impl CommandLine {
    /// Returns the command that was typed, without the approvals in it.
    pub fn again(session: &Session) -> Self {
        Self::typed(&session.environment.typed)
    }

    /// Returns the command that these words are, without the approvals in it.
    pub fn typed(typed: &[String]) -> Self {
        let mut words = Vec::new();
        let mut typed = typed.iter();
        while let Some(word) = typed.next() {
            if word == APPROVE {
                typed.next();
            } else if !word.starts_with("--approve=") {
                words.push(words::shell_quoted(word));
            }
        }
        Self { words }
    }

    /// Returns another command, with the registry and in the repository that were named.
    pub fn next(session: &Session, command: &str) -> Self {
        let line = Self::new(session, command);
        match &session.environment.flag {
            Some(registry) => line.option("--registry", registry),
            None => line,
        }
    }

    /// Returns another command, in the repository that was named.
    pub fn new(session: &Session, command: &str) -> Self {
        let line = Self {
            words: vec![command.to_owned()],
        };
        let root = session.workspace.root();
        let here = &session.environment.here;
        match here.starts_with(root) {
            true => line,
            false => {
                let place = root.strip_prefix(here).unwrap_or(root);
                line.last(&format!(
                    "--repo {}",
                    words::path_quoted(&place.display().to_string())
                ))
            }
        }
    }

    /// Adds a word before the options.
    #[must_use]
    pub fn word(self, word: &str) -> Self {
        self.first(words::shell_quoted(word))
    }

    /// Adds the name of a file before the options; `-` is standard input.
    #[must_use]
    pub fn file(self, path: &str) -> Self {
        match path {
            "-" => self.first(path.to_owned()),
            _ => self.first(words::path_quoted(path)),
        }
    }

    /// Adds an option and its value.
    #[must_use]
    pub fn option(self, option: &str, value: &str) -> Self {
        self.last(&format!("{option} {}", words::shell_quoted(value)))
    }

    /// Adds an option that needs no quotes.
    #[must_use]
    pub fn flag(self, flag: &str) -> Self {
        self.last(flag)
    }

    /// Adds `--set KEY=…`, where a person puts their answer in the place of the dots.
    #[must_use]
    pub fn answer(self, key: &str) -> Self {
        self.last(&format!("--set {key}=…"))
    }

    /// Puts a template's name, or a request for it, in the place of another.
    #[must_use]
    pub fn naming(mut self, name: &TemplateName, request: &str) -> Self {
        for word in &mut self.words {
            let Some(version) = version_behind(name, word) else {
                continue;
            };
            let request = match version {
                Some(version) if !request.contains('@') => format!("{request}@{version}"),
                _ => request.to_owned(),
            };
            *word = words::shell_quoted(&request);
        }
        self
    }

    /// Puts a word, or the value of an option, in the place of another.
    #[must_use]
    pub fn replacing(mut self, old: &str, new: &str) -> Self {
        let value = format!("={old}");
        for word in &mut self.words {
            if *word == words::shell_quoted(old) {
                *word = words::shell_quoted(new);
            } else if word.starts_with("--")
                && let Some(option) = word.strip_suffix(&value)
            {
                *word = format!("{option}={}", words::shell_quoted(new));
            }
        }
        self
    }

    /// Returns whether it has an option.
    pub fn has(&self, option: &str) -> bool {
        let with_value = format!("{option}=");
        self.words
            .iter()
            .any(|word| word == option || word.trim_matches('\'').starts_with(&with_value))
    }

    /// Returns whether a template is named in it.
    pub fn names(&self, name: &TemplateName) -> bool {
        self.words
            .iter()
            .any(|word| version_behind(name, word).is_some())
    }

    /// Adds what a shell reads as it is, before the options.
    fn first(mut self, words: String) -> Self {
        let option = self
            .words
            .iter()
            .position(|word| word.starts_with('-') && word != "-");
        match option {
            // Behind an option that precedes the command itself, only the end is sure.
            None | Some(0) => self.last(&words),
            Some(place) => {
                self.words.insert(place, words);
                self
            }
        }
    }

    /// Adds what a shell reads as it is, before a `--` that ends the options.
    fn last(mut self, words: &str) -> Self {
        let end = self.words.iter().position(|word| word == "--");
        let place = end.unwrap_or(self.words.len());
        self.words.insert(place, words.to_owned());
        self
    }
}

/// Returns what stands behind the `@` of a word that names a template, as a person types it;
/// nothing where it doesn't name it.
fn version_behind<'a>(name: &TemplateName, word: &'a str) -> Option<Option<&'a str>> {
    let word = word.trim_matches('\'');
    let (named, version) = match word.split_once('@') {
        Some((named, version)) => (named, Some(version)),
        None => (word, None),
    };
    (TemplateName::typed(named).ok()? == *name).then_some(version)
}

impl From<CommandLine> for Hint {
    fn from(line: CommandLine) -> Self {
        Self::command(line)
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "agentpkg {}", self.words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> CommandLine {
        CommandLine {
            words: words.iter().map(|word| words::shell_quoted(word)).collect(),
        }
    }

    #[track_caller]
    fn check(line: &CommandLine, expected: &str) {
        assert_eq!(line.to_string(), expected);
    }

    #[test]
    fn a_command_is_repeated_as_a_shell_reads_it() {
        let typed = line(&[
            "install",
            "a@>=1",
            "--set",
            "team=a b",
            "--registry",
            "../x",
        ]);
        let all = "agentpkg install 'a@>=1' --set 'team=a b' --registry ../x";
        check(&typed, all);
        check(
            &typed.clone().answer("level"),
            &format!("{all} --set level=…"),
        );
        let name: TemplateName = "a".parse().unwrap();
        assert!(typed.names(&name));
        check(
            &typed.clone().naming(&name, "b"),
            &all.replace("a@>", "b@>"),
        );
        check(
            &typed.naming(&name, "a@1.0.0"),
            &all.replace("'a@>=1'", "a@1.0.0"),
        );
    }

    #[test]
    fn what_is_added_stands_before_the_end_of_the_options() {
        check(
            &line(&["upgrade", "--", "a"]).option("--approve", "1234"),
            "agentpkg upgrade --approve 1234 -- a",
        );
        check(
            &line(&["install"]).option("--repo", "r").word("a"),
            "agentpkg install a --repo r",
        );
        check(
            &line(&["--repo", "r", "upgrade", "--registry", "../x"]).word("a"),
            "agentpkg --repo r upgrade --registry ../x a",
        );
    }
}
