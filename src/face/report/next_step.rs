//! What to do next, which a printer can tell from what is only said: a command stays on one line,
//! so that it can be pasted, and names the repository that the command line named.

use std::fmt;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextStep {
    Text(String),
    /// A whole command, of agentpkg or of another program.
    Command(String),
    /// Words that a command ends: "to go back: agentpkg undo".
    TextThenCommand(String, String),
}

/// What every command of agentpkg begins with.
const OWN: &str = "agentpkg ";

/// What commands of other programs begin with, or the part of a command that is to be added.
const FOREIGN: [&str; 5] = ["curl ", "export ", "git ", "unset ", "--"];

impl NextStep {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn command(command: impl fmt::Display) -> Self {
        Self::Command(command.to_string())
    }

    pub fn text_then_command(text: impl Into<String>, command: impl fmt::Display) -> Self {
        Self::TextThenCommand(text.into(), command.to_string())
    }

    /// Reads a hint that a lower layer wrote as one text.
    pub fn read(hint: &str) -> Self {
        for word in [OWN].iter().chain(&FOREIGN) {
            if hint.starts_with(word) {
                return Self::command(hint);
            }
            if let Some(at) = hint.find(&format!(": {word}")) {
                return Self::text_then_command(&hint[..at], &hint[at + 2..]);
            }
        }
        Self::text(hint)
    }

    /// Returns the command in it.
    fn typed(&self) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Command(command) | Self::TextThenCommand(_, command) => Some(command),
        }
    }

    /// Returns whether it has to stay on one line.
    pub fn is_pasted(&self) -> bool {
        self.typed().is_some()
    }

    /// Returns it as it is printed: a command of agentpkg's is given to the repository that the
    /// command line named.
    pub fn naming(&self, repo: Option<&str>) -> String {
        let is_own = self
            .typed()
            .is_some_and(|command| command.starts_with(OWN) && !command.contains(" --repo "));
        match repo {
            Some(repo) if is_own => format!("{self} --repo {repo}"),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for NextStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Command(text) => f.write_str(text),
            Self::TextThenCommand(text, command) => write!(f, "{text}: {command}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_names_the_repository_and_a_text_does_not() {
        let repo = Some("../shop");
        for (hint, printed) in [
            ("agentpkg undo", "agentpkg undo --repo ../shop"),
            (
                "to go back: agentpkg undo",
                "to go back: agentpkg undo --repo ../shop",
            ),
            (
                "agentpkg undo --repo ../b -v",
                "agentpkg undo --repo ../b -v",
            ),
            ("git add .claude", "git add .claude"),
            ("run `agentpkg resolve`", "run `agentpkg resolve`"),
        ] {
            assert_eq!(NextStep::read(hint).naming(repo), printed);
            assert_eq!(NextStep::read(hint).naming(None), hint);
        }
    }
}
