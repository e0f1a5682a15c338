//! `[[hooks]]`: what a template has agents run at their events.

use std::fmt;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::path::RelPath;

/// `[[hooks]]`: a script that the agent runs, once for each `[[hooks]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hook {
    /// A name for it that no other hook of the template has, and that stays the same in later
    /// versions.
    pub id: String,
    /// When it runs: an event of agentpkg's, such as `before-tool`, or the agent's own name of one,
    /// such as `PreToolUse`.
    pub event: String,
    /// The tools that it runs for, as Claude Code spells them: `"Bash"`, `"Edit|Write"`, or a list
    /// of such.
    pub matches: Option<Matches>,
    /// The script's path in the template: a file below `hooks/`.
    pub run: RelPath,
    /// The program that runs the script, such as `python3`. Left out, the script runs itself.
    pub interpreter: Option<String>,
    /// What the script is given on its command line.
    #[serde(default)]
    pub args: Vec<String>,
    /// How many seconds the agent waits for it.
    pub timeout: Option<u32>,
    /// Whether it may stop what the agent is about to do. A hook before a tool that may do so, and
    /// that crashes or takes too long, stops it, too.
    #[serde(default = "yes")]
    pub blocks: bool,
}

fn yes() -> bool {
    true
}

/// The tools that a hook runs for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Matches {
    /// One matcher.
    One(String),
    /// Several, of which one has to match.
    Several(Vec<String>),
}

impl fmt::Display for Matches {
    /// Writes one matcher for all of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(matcher) => f.write_str(matcher),
            Self::Several(matchers) => f.write_str(&matchers.join("|")),
        }
    }
}

impl Hook {
    /// Returns the matcher of its tools, if it isn't for all of them.
    pub fn matcher(&self) -> Option<String> {
        self.matches.as_ref().map(Matches::to_string)
    }

    /// What the types can't say. An error is the end of a sentence about the hook.
    pub(super) fn check(&self) -> Result<()> {
        if self.run.below("hooks").is_none() {
            return Err(
                Error::user(format!("runs `{}`", self.run)).hint("put the script below `hooks/`")
            );
        }
        if let Some(interpreter) = &self.interpreter
            && !is_program(interpreter)
        {
            return Err(
                Error::user(format!("has the interpreter `{interpreter}`")).hint(
                    "name a program, as `python3`; what else is on its command line is for `args`",
                ),
            );
        }
        if let Some(Matches::Several(matchers)) = &self.matches
            && (matchers.is_empty() || matchers.iter().any(String::is_empty))
        {
            return Err(
                Error::user("has an empty list or an empty text in `matches`")
                    .hint("leave `matches` out for all tools"),
            );
        }
        if self.args.iter().any(|word| word.contains(['\0', '\n'])) {
            return Err(Error::user("has a line break in `args`")
                .hint("put the text into a file below `hooks/`"));
        }
        Ok(())
    }
}

/// Returns whether a word is the name of a program and nothing else.
fn is_program(word: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "._+-".contains(letter);
    !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain)
}
