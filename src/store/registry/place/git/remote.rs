//! A repository on another machine, or on this one, and how it is asked.

use std::path::Path;
use std::process::Command;

use super::super::super::address::GitRepository;
use crate::error::{Error, Result};
use crate::store::reach::{Access, Reach};
use crate::store::surroundings::Reasons;
use crate::words;

/// What git says where the repository is to blame, or the way to it: asking again would only take
/// as long again, or try a password once more.
const OF_THE_REPOSITORY: [&str; 9] = [
    "Authentication failed",
    "Connection",
    "Could not read from remote repository",
    "Permission denied",
    "could not read",
    "did not give",
    "does not appear to be a git repository",
    "longer than",
    "unable to access",
];

/// A repository, and how far it may be reached.
#[derive(Debug)]
pub(super) struct Remote {
    /// Where it is.
    pub repository: GitRepository,
    /// How far it may be reached.
    pub reach: Reach,
}

impl Remote {
    /// The address, for messages.
    pub fn shown(&self) -> String {
        self.repository.to_string()
    }

    /// Why nobody signs in where a clone sends them.
    fn unknown(&self) -> Error {
        let shown = self.shown();
        Error::user(format!(
            "`agentpkg.toml` names `{shown}`, which nobody here has used: you are not signed in \
             there unasked"
        ))
        .note("nothing was changed")
        .command(format!(
            "agentpkg install --registry {}",
            words::shell_quoted(&shown)
        ))
    }

    /// Asks git something that no other machine has to answer.
    pub fn ask(&self, command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
        let said = self.reach.surroundings.ask(command, input);
        let said = said.map_err(|why| self.failed_here("work on a copy of", why))?;
        Ok(said.output)
    }

    /// The error for a repository that failed to give or to take something.
    pub fn failed(&self, verb: &str, why: Reasons) -> Error {
        let is_refused = says(&why, "Authentication failed")
            || says(&why, "could not read Username")
            || says(&why, "terminal prompts disabled");
        if self.reach.access == Access::Anonymous && is_refused {
            return self.unknown();
        }
        self.failed_here(verb, why).hint_command(
            "see whether git can reach it",
            format!(
                "git ls-remote {}",
                words::shell_quoted(&self.repository.url.to_string())
            ),
        )
    }

    /// As [`failed`](Self::failed), where nobody was asked.
    pub fn failed_here(&self, verb: &str, why: Reasons) -> Error {
        let error = Error::user(format!("failed to {verb} `{}`", self.shown()));
        why.into_iter().fold(error, Error::cause)
    }

    /// Git in the mirror in a folder.
    pub fn git(&self, mirror: &Path) -> Command {
        let mut command = self.reach.surroundings.git();
        command.arg("--git-dir").arg(mirror);
        command.args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
        command
    }

    /// Git in the mirror, about to ask the repository.
    pub fn command(&self, mirror: &Path) -> Result<Command> {
        let url = &self.repository.url;
        let mut command = self.git(mirror);
        self.reach.surroundings.for_transport(&mut command, url);
        if self.reach.access == Access::Anonymous && url.host().is_some() {
            if !url.is_web() {
                return Err(self.unknown());
            }
            // Nothing of the person's: no helper, no header, no netrc.
            command.args(["-c", "credential.helper=", "-c", "core.askPass="]);
            command.env("GIT_ASKPASS", "").env("SSH_ASKPASS", "");
            command
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_SYSTEM", "/dev/null")
                .env_remove("GIT_CONFIG_COUNT")
                .env_remove("GIT_CONFIG_PARAMETERS")
                .env("XDG_CONFIG_HOME", mirror)
                .env("HOME", mirror);
        }
        Ok(command)
    }
}

/// Whether a failure may be one of the mirror: a new one may do.
pub(super) fn is_of_the_mirror(error: &Error) -> bool {
    let mut lines = error.causes().iter().map(String::as_str);
    !is_of_the_repository(error.message()) && !lines.any(is_of_the_repository)
}

fn is_of_the_repository(line: &str) -> bool {
    OF_THE_REPOSITORY.iter().any(|words| line.contains(words))
}

/// Whether one of some reasons says this.
pub(super) fn says(why: &Reasons, words: &str) -> bool {
    why.iter().any(|line| line.contains(words))
}
