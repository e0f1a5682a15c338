//! One bash from the top of a page to its end, in a scene of its own.
//!
//! The home has what a person's has: `~/.config/agentpkg` is the configuration, and
//! `git@git.example.org:` and
//! `https://git.example.org/` are the folder `~/git` for git. `$PROJECT` is where agentpkg's own source
//! is.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use support::{Desk, Scene};

/// How long one command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long nothing more is shown before a question is answered.
const STILL: Duration = Duration::from_millis(100);

/// Where the pages say that the scene is; as long as its real path, so that lines break alike.
const SHOWN: &str = "/home/me/projects";
/// Where they say that its home is.
const SHOWN_HOME: &str = "/home/me";

/// A bash that runs what a page says.
pub struct Session {
    scene: Scene,
    bash: Child,
    input: Option<ChildStdin>,
    codes: Receiver<i32>,
}

/// How a command ended, and what was printed.
pub struct Ended {
    /// The exit code; `None` where bash itself ended, or it took too long.
    pub code: Option<i32>,
    /// What was printed on either output, in the order in which it was.
    pub printed: String,
}

impl Session {
    /// Starts in a folder with nothing in it, as somebody who trusts no registry.
    pub fn start() -> Self {
        let scene = Scene::builder()
            .at_a_path_as_long_as(SHOWN)
            .without_git()
            .untrusting()
            .without_default_registry()
            .by("A developer", "dev@example.org")
            .with("GIT_AUTHOR_DATE", "2026-07-10T12:00:00Z")
            .with("GIT_COMMITTER_DATE", "2026-07-10T12:00:00Z")
            .build();
        let host = scene.root().join("home/git");
        scene.write(
            "../home/.gitconfig",
            format!(
                "[init]\n\tdefaultBranch = main\n[url \"file://{}/\"]\n\tinsteadOf = \
                 git@git.example.org:\n\tinsteadOf = https://git.example.org/\n",
                host.display()
            ),
        );
        let mut bash = scene.command("bash");
        bash.env_remove("XDG_CONFIG_HOME")
            .env_remove("GIT_CONFIG_GLOBAL")
            .env("PROJECT", env!("CARGO_MANIFEST_DIR"))
            .args(["--noprofile", "--norc"])
            .current_dir(scene.root())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut bash = bash.spawn().expect("bash is installed");
        let input = bash.stdin.take();
        let (sender, codes) = channel();
        let lines = BufReader::new(bash.stdout.take().expect("it is piped")).lines();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let code = line.parse().expect("bash prints exit codes alone");
                if sender.send(code).is_err() {
                    break;
                }
            }
        });
        Self {
            scene,
            bash,
            input,
            codes,
        }
    }

    /// Runs lines that have to succeed, each of them.
    pub fn script(&mut self, text: &str) -> Ended {
        // The first that fails ends bash.
        self.run(&format!("set -e\n{text}\nset +e"))
    }

    /// Types a command where there is no terminal.
    pub fn run(&mut self, typed: &str) -> Ended {
        let place = self.scene.root().join("home/.printed");
        self.send(typed, &format!("</dev/null >'{}' 2>&1", place.display()));
        let code = self.codes.recv_timeout(PATIENCE).ok();
        self.ended(code, &fs::read_to_string(place).unwrap_or_default())
    }

    /// Types a command at a terminal, and an answer whenever it waits for one.
    pub fn run_at_a_desk(&mut self, typed: &str, answers: &mut Vec<String>) -> Ended {
        let mut desk = Desk::new();
        let name = desk.name().to_owned();
        self.send(typed, &format!("<'{name}' >'{name}' 2>&1"));
        let (mut waited, mut still, mut shown) = (Duration::ZERO, Duration::ZERO, 0);
        let step = Duration::from_millis(20);
        let code = loop {
            match self.codes.recv_timeout(step) {
                Ok(code) => break Some(code),
                Err(RecvTimeoutError::Disconnected) => break None,
                Err(RecvTimeoutError::Timeout) => waited += step,
            }
            // What ends like a question is one once nothing follows.
            let length = desk.shown();
            still = if length == shown {
                still + step
            } else {
                Duration::ZERO
            };
            shown = length;
            if still >= STILL && desk.is_waiting() && !answers.is_empty() {
                desk.answer(&answers.remove(0));
                waited = Duration::ZERO;
            }
            if waited > PATIENCE {
                self.kill();
                break None;
            }
        };
        let text = desk.end();
        self.ended(code, &text)
    }

    fn send(&mut self, text: &str, redirection: &str) {
        let input = self.input.as_mut().expect("it is there until the end");
        let command = format!("{{ {text}\n}} {redirection}\necho $?\n");
        // Where bash has ended, the missing exit code says so.
        let _ = input.write_all(command.as_bytes());
    }

    fn ended(&self, code: Option<i32>, printed: &str) -> Ended {
        let home = self.scene.root().join("home");
        let printed = printed
            .replace(&home.display().to_string(), SHOWN_HOME)
            .replace(&self.scene.root().display().to_string(), SHOWN);
        let end = if printed.is_empty() || printed.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        Ended {
            code,
            printed: printed + end,
        }
    }
}

impl Session {
    /// Ends bash and all that it started, also what still runs in the background.
    fn kill(&mut self) {
        self.input = None;
        let group = Pid::from_child(&self.bash);
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.bash.wait();
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.kill();
    }
}
