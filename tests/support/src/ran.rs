//! What a command did.

use std::path::Path;
use std::process::Command;

use snapbox::data::Inline;

use crate::snapshot;

/// How a command ended, and what it printed, with `[SCENE]` for the scene's path.
#[derive(Clone, Debug)]
#[must_use = "a test says what comes of a command"]
pub struct Ran {
    line: String,
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Runs a command of a scene, whose folder is `root`; `line` says which command it is.
    #[track_caller]
    pub(crate) fn of(command: &mut Command, line: String, root: &Path) -> Self {
        let output = command.output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| {
            redacted(
                &String::from_utf8(bytes).expect("what is printed is UTF-8"),
                root,
            )
        });
        Self {
            line,
            code: output.status.code(),
            stdout,
            stderr,
        }
    }

    /// Returns what was shown in a terminal.
    pub(crate) fn shown(line: String, code: Option<i32>, text: &str, root: &Path) -> Self {
        Self {
            line,
            code,
            stdout: redacted(text, root),
            stderr: String::new(),
        }
    }

    /// Checks what was printed: standard output, then standard error, then the exit code unless it
    /// is 0.
    #[track_caller]
    pub fn prints(self, expected: Inline) {
        snapshot::check(&self.all(), expected);
    }

    /// Checks that the exit code is 0, whatever was printed.
    #[track_caller]
    pub fn succeeds(&self) -> &Self {
        self.exits(0)
    }

    /// Checks that a person is needed, whatever was printed.
    #[track_caller]
    pub fn needs_a_person(&self) -> &Self {
        self.exits(1)
    }

    /// Checks the exit code, and that nothing panicked.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.line, self.all());
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }

    /// Checks that standard output has these words, as they stand.
    #[track_caller]
    pub fn shows(&self, words: &str) -> &Self {
        assert!(
            self.stdout.contains(words),
            "no `{words}` in what was printed:\n{}",
            self.all()
        );
        self
    }

    /// Checks that standard error has these words, wherever its lines were broken.
    #[track_caller]
    pub fn complains(&self, words: &str) -> &Self {
        assert!(
            on_one_line(&self.stderr).contains(&on_one_line(words)),
            "no `{words}` in the error:\n{}",
            self.stderr
        );
        self
    }

    /// Checks the exit code, and that these words were said, wherever lines were broken.
    #[track_caller]
    pub fn says(&self, code: i32, parts: &[&str]) -> &Self {
        let said = self.said();
        for part in parts {
            assert!(said.contains(part), "not said: {part}\n{said}");
        }
        assert_eq!(self.code, Some(code), "{said}");
        self
    }

    /// Checks that these words were not said.
    #[track_caller]
    pub fn never(&self, part: &str) -> &Self {
        let said = self.said();
        assert!(!said.contains(part), "said: {part}\n{said}");
        self
    }

    /// Returns the code of the command that was said to approve what was shown.
    #[track_caller]
    pub fn code_shown(&self) -> String {
        let said = self.said();
        let behind = said.split("--approve ").nth(1);
        let code = behind.and_then(|rest| rest.split(' ').next());
        code.unwrap_or_else(|| panic!("no code was shown: {said}"))
            .to_owned()
    }

    /// Returns all that was printed on one line, without the scene's path.
    pub fn said(&self) -> String {
        on_one_line(&format!("{}{}", self.stdout, self.stderr)).replace("[SCENE]", "")
    }

    /// Returns standard output.
    pub fn stdout(self) -> String {
        self.stdout
    }

    /// Returns all that was printed.
    pub fn all(&self) -> String {
        let mut all = self.stdout.clone();
        if !self.stderr.is_empty() {
            all += &format!("(standard error)\n{}", self.stderr);
        }
        match self.code {
            Some(0) => {}
            Some(code) => all += &format!("(exit code {code})\n"),
            None => all += "(killed)\n",
        }
        all
    }
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Replaces what is another in each run.
pub(crate) fn redacted(text: &str, root: &Path) -> String {
    let text = text.replace(&root.display().to_string(), "[SCENE]");
    // What is kept lies below a digest of the plan, in which the scene's path is.
    let (before, after) = text.split_once(".agentpkg/kept/").unwrap_or((&text, ""));
    match after.split_once('/') {
        Some((_, after)) => format!("{before}.agentpkg/kept/[PLAN]/{after}"),
        None => text,
    }
}
