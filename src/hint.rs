//! What to do next, as data: a printer keeps a command on one line, so that it can be pasted, and
//! names the repository that the command line named.

use std::fmt;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hint {
    Text(String),
    /// A whole command, of agentpkg or of another program, or a flag to add to the one that failed.
    Command(String),
    /// What the command is for, and the command: "to go back: agentpkg undo".
    TextThenCommand(String, String),
}

/// What every command of agentpkg begins with.
const OWN: &str = "agentpkg ";

impl Hint {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn command(command: impl fmt::Display) -> Self {
        Self::Command(command.to_string())
    }

    pub fn text_then_command(text: impl Into<String>, command: impl fmt::Display) -> Self {
        Self::TextThenCommand(text.into(), command.to_string())
    }

    /// Returns the command in it, which has to stay on one line.
    pub fn typed(&self) -> Option<&str> {
        match self {
            Self::Text(_) => None,
            Self::Command(command) | Self::TextThenCommand(_, command) => Some(command),
        }
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

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for Hint {
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
            (
                Hint::command("agentpkg undo"),
                "agentpkg undo --repo ../shop",
            ),
            (
                Hint::text_then_command("to go back", "agentpkg undo"),
                "to go back: agentpkg undo --repo ../shop",
            ),
            (
                Hint::command("agentpkg undo --repo ../b -v"),
                "agentpkg undo --repo ../b -v",
            ),
            (Hint::command("git add .claude"), "git add .claude"),
            (
                Hint::text("run `agentpkg resolve`"),
                "run `agentpkg resolve`",
            ),
        ] {
            assert_eq!(hint.naming(repo), printed);
            assert_eq!(hint.naming(None), hint.to_string());
        }
    }
}
