//! `[[hooks]]`: what a template has agents run at their events.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::words;

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
    /// The tools that it runs for, as Claude Code spells them: `"Bash"`, `"Edit|Write"`, a regular
    /// expression such as `"mcp__docs__.*"`, or a list of such.
    #[serde(default, deserialize_with = "matchers")]
    pub matches: Option<String>,
    /// The script's path in the template: a file below `hooks/`.
    pub run: RelPath,
    /// The program that runs the script, such as `python3` or `node`. Left out, the script runs
    /// itself.
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

/// Reads one matcher, or a list of them as one for all.
fn matchers<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "this is neither a text nor a list of texts")]
    enum Matches {
        One(String),
        Several(Vec<String>),
    }
    match Matches::deserialize(from)? {
        Matches::One(matcher) => Ok(Some(matcher)),
        Matches::Several(all) if all.is_empty() || all.iter().any(String::is_empty) => {
            Err(D::Error::custom(
                "an empty list, or an empty text in it: leave `matches` out for all tools",
            ))
        }
        Matches::Several(all) => Ok(Some(all.join("|"))),
    }
}

impl Hook {
    /// What the types can't say. An error is the end of a sentence about the hook.
    pub(super) fn check(&self) -> Result<()> {
        if self.run.below("hooks").is_none() {
            return Err(
                Error::user(format!("runs `{}`", self.run)).hint("put the script below `hooks/`")
            );
        }
        if let Some(interpreter) = &self.interpreter
            && !is_interpreter(interpreter)
        {
            return Err(
                Error::user(format!("has the interpreter `{interpreter}`")).hint(format!(
                    "the interpreters are {}; for anything else the script has a `#!` line",
                    words::list(INTERPRETERS)
                )),
            );
        }
        if self.args.iter().any(|word| word.contains(['\0', '\n'])) {
            return Err(Error::user("has a line break in `args`")
                .hint("put the text into a file below `hooks/`"));
        }
        Ok(())
    }
}

/// Programs that run the script that they are given first, and give it all that comes behind: no
/// argument is anything that runs.
const INTERPRETERS: [&str; 17] = [
    "sh", "bash", "dash", "ksh", "zsh", "fish", "python", "python3", "node", "bun", "tsx", "ruby",
    "perl", "php", "lua", "pwsh", "Rscript",
];

/// Returns whether a word is the name of such a program, as it is or with a version behind it.
fn is_interpreter(word: &str) -> bool {
    let without_version =
        word.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    INTERPRETERS.contains(&word)
        || word != without_version && INTERPRETERS.contains(&without_version)
}
