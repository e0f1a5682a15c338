//! What the programs are run with: they ask nothing, and what they say is somebody else's text.

#![expect(
    clippy::disallowed_methods,
    reason = "programs that reach other machines"
)]

use std::ffi::OsString;
use std::process::Command;
use std::time::Duration;

use crate::model::unicode::is_invisible;
use crate::store::git::{self, Profile, RepositoryUrl, without_users};
use crate::store::program::{self, ProgramEnd};

/// How much of what a program prints is read.
const MOST: u64 = 96 << 20;

/// How many lines of what a program says are quoted, and how many letters of each.
const QUOTED: (usize, usize) = (6, 200);

/// How each of the programs is told to ask nothing, to look for no update, and to speak as its
/// documentation does.
const TOLD: [(&str, &str); 10] = [
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GCM_INTERACTIVE", "never"),
    ("GH_PROMPT_DISABLED", "1"),
    ("GH_NO_UPDATE_NOTIFIER", "1"),
    ("GLAB_NO_PROMPT", "1"),
    ("NO_PROMPT", "1"),
    ("GLAB_CHECK_UPDATE", "false"),
    ("NO_COLOR", "1"),
    ("LC_ALL", "C"),
    ("GIT_NO_LAZY_FETCH", "1"),
];

/// Why something didn't work, in the words of the program that was asked.
pub type Reasons = Vec<String>;

/// What the programs see: this process's environment, and what is set here.
#[derive(Clone, Debug)]
pub struct Surroundings {
    variables: Vec<(OsString, OsString)>,
    patience: Duration,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self {
            variables: Vec::new(),
            patience: Duration::from_secs(120),
        }
    }
}

impl Surroundings {
    /// Sets a variable; `PATH` is also where the programs are looked for.
    #[must_use]
    pub fn with(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Sets how long a program may take for an answer; what moves a repository may take five times
    /// as long.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Returns what a variable is for the programs.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        let set = self
            .variables
            .iter()
            .rev()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.clone());
        set.or_else(|| std::env::var_os(name))
    }

    /// The program of a forge, which asks nothing, in no repository.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        git::leave_repository(&mut command);
        self.around(command)
    }

    /// Git, for a repository of our own.
    pub fn git(&self) -> Command {
        self.around(git::git(Profile::Own))
    }

    fn around(&self, mut command: Command) -> Command {
        command
            .current_dir("/")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .envs(TOLD);
        command
    }

    /// Runs a program to its end; when it fails, returns what it says.
    pub fn ask(&self, command: &mut Command, input: &[u8]) -> Result<ProgramEnd, Reasons> {
        self.within(self.patience, command, input)
    }

    /// Runs a program that moves a repository.
    pub fn transfer(&self, command: &mut Command, input: &[u8]) -> Result<ProgramEnd, Reasons> {
        self.within(self.patience * 5, command, input)
    }

    /// Runs `git push --porcelain`. Where it fails, returns what it refused to push, and else why.
    pub fn push(&self, command: &mut Command) -> Result<(), (Reasons, Reasons)> {
        let limit = self.patience * 5;
        let ended = self.run(limit, command, b"");
        let ended = ended.map_err(|why| (Vec::new(), why))?;
        if ended.code == Some(0) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&ended.output).into_owned();
        let refused = said.lines().filter(|line| line.starts_with('!'));
        let refused = refused.map(plain).collect();
        Err((refused, self.reasons(&ended, "git", limit)))
    }

    /// Has git speak to a repository by nothing but its own transports, and ask nobody.
    ///
    /// What the person has configured stays: without their credentials and their `insteadOf`
    /// nothing would be reached.
    pub fn for_transport(&self, command: &mut Command, url: &RepositoryUrl) {
        let http = url.to_string().starts_with("http://");
        command.env(
            "GIT_ALLOW_PROTOCOL",
            if http {
                "https:ssh:file:http"
            } else {
                "https:ssh:file"
            },
        );
        let is_ssh = url.host().is_some() && !url.is_web();
        if is_ssh && !self.has_ssh_command() {
            command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
    }

    /// Returns whether somebody has set up how ssh is called: who did has told it what they want.
    fn has_ssh_command(&self) -> bool {
        let mut config = self.git();
        config.args(["config", "--get", "core.sshCommand"]);
        ["GIT_SSH_COMMAND", "GIT_SSH"]
            .iter()
            .any(|name| self.variable(name).is_some())
            || self.ask(&mut config, b"").is_ok()
    }

    fn within(
        &self,
        limit: Duration,
        command: &mut Command,
        input: &[u8],
    ) -> Result<ProgramEnd, Reasons> {
        let name = command.get_program().to_string_lossy().into_owned();
        let ended = self.run(limit, command, input)?;
        match ended.code {
            Some(0) if (ended.output.len() as u64) < MOST => Ok(ended),
            Some(0) => Err(vec![format!("`{name}` says more than is read")]),
            _ => Err(self.reasons(&ended, &name, limit)),
        }
    }

    fn run(
        &self,
        limit: Duration,
        command: &mut Command,
        input: &[u8],
    ) -> Result<ProgramEnd, Reasons> {
        let name = command.get_program().to_string_lossy().into_owned();
        let ended = program::run(command, input, limit, MOST);
        ended.map_err(|error| vec![format!("`{name}` can't be run: {error}")])
    }

    /// Returns why a program failed, in its own words where it has any.
    fn reasons(&self, ended: &ProgramEnd, name: &str, limit: Duration) -> Reasons {
        if ended.late {
            let seconds = limit.as_secs();
            return vec![format!("`{name}` took longer than {seconds} seconds")];
        }
        let quoted = quoted(&ended.errors);
        if !quoted.is_empty() {
            return quoted;
        }
        let ended = ended.code.map_or(format!("`{name}` was ended"), |code| {
            format!("`{name}` ended with {code}")
        });
        vec![ended]
    }
}

/// Returns the lines of somebody else's text that say something: few, short, and without what a
/// terminal obeys.
fn quoted(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().map(plain).filter(|line| says_something(line));
    lines
        .take(QUOTED.0)
        .map(|line| line.chars().take(QUOTED.1).collect())
        .collect()
}

/// Returns whether a line is more than git's advice, and more than the address that it speaks to.
fn says_something(line: &str) -> bool {
    !line.is_empty() && line != "remote:" && !line.starts_with("hint:") && !line.starts_with("To ")
}

/// Returns a line without what a terminal obeys, what reorders it, and who signs in.
pub fn plain(line: &str) -> String {
    let plain: String = line
        .chars()
        .filter(|letter| !letter.is_control() && !is_invisible(*letter))
        .collect();
    without_users(plain.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_elses_text_is_quoted_in_part_and_obeys_nobody() {
        let text = "\u{1b}[2Jone\u{202e}\r\n\nhint: x\nremote: \n\
             fatal: 'https://me:secret@git.example.org/a'\n\u{fffd}";
        assert_eq!(
            quoted(text.as_bytes()),
            ["[2Jone", "fatal: 'https://git.example.org/a'", "\u{fffd}"]
        );
        let long = "x".repeat(1000) + "\n";
        assert_eq!(quoted(long.repeat(50).as_bytes()), vec!["x".repeat(200); 6]);
        assert_eq!(quoted(b"\xff"), ["\u{fffd}"]);
    }

    #[test]
    fn a_program_that_is_not_there_or_hangs_is_a_reason() {
        let surroundings = Surroundings::default().patience(Duration::from_millis(100));
        let why = surroundings
            .ask(&mut surroundings.command("agentpkg-no-such-program"), b"")
            .unwrap_err();
        assert!(
            why[0].starts_with("`agentpkg-no-such-program` can't be run"),
            "{why:?}"
        );
        let why = surroundings
            .ask(surroundings.command("sleep").arg("60"), b"")
            .unwrap_err();
        assert_eq!(why, ["`sleep` took longer than 0 seconds"]);
        let why = surroundings
            .ask(surroundings.command("sh").args(["-c", "exit 4"]), b"")
            .unwrap_err();
        assert_eq!(why, ["`sh` ended with 4"]);
    }
}
