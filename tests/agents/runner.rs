//! A template's guard in the agents themselves, as agentpkg installs it: what it forbids isn't done,
//! and the model is told why; all else is done. **Where it can't do its work, nothing is done.**

use std::fmt;

use support::Scene;

use crate::agent::{Agent, Place, prompts};
use crate::cases::each;
use crate::model::Call;
use crate::{claude, codex, copilot, gemini};

/// The agents with hooks that can be run here.
const AGENTS: [&Agent; 4] = [
    &claude::AGENT,
    &codex::AGENT,
    &copilot::AGENT,
    &gemini::AGENT,
];

/// Why the guard denies.
const REASON: &str = "Only people may do this here.";

/// A guard of commands and of one file. It writes down each call, and a word of a call has it fail.
const GUARD: &str = r#"#!/bin/sh
told=$(cat)
echo "$1" >>"$CLAUDE_PROJECT_DIR/../calls"
case $told in
*FORBIDDEN* | *'"file_path":"'*/protected.txt*) echo 'Only people may do this here.' >&2; exit 2 ;;
*CRASH*) exit 3 ;;
*HANG*) sleep 60 ;;
esac
"#;

const MANIFEST: &str = r#"
[[hooks]]
id = "commands"
event = "before-tool"
matches = "Bash"
run = "hooks/guard.sh"
args = ["commands"]
timeout = 4

[[hooks]]
id = "files"
event = "before-tool"
matches = ["Edit", "Write"]
run = "hooks/guard.sh"
args = ["files"]
timeout = 4
"#;

/// What the model asks for.
#[derive(Clone, Copy)]
enum Asked {
    /// A command with this word in it, which leaves the file `done`.
    Command(&'static str),
    /// To write `protected.txt`.
    Protected,
    /// To write `done`.
    File,
}

/// What is wrong with the repository.
#[derive(Clone, Copy, PartialEq)]
enum Lacks {
    Nothing,
    /// This file is gone.
    File(&'static str),
}

/// What has to become of the action.
#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    /// It is done, and the guard was called once.
    Done,
    /// It isn't done, and the model is told this.
    Denied(&'static str),
}

use Asked::{Command, File, Protected};
use Wanted::{Denied, Done};

/// What the model is told where the guard can't do its work.
const UNABLE: &str = "could not do its work";

#[rustfmt::skip]
const ROWS: &[(&str, Asked, Lacks, Wanted)] = &[
    ("a harmless command", Command("harmless"), Lacks::Nothing, Done),
    ("a forbidden command", Command("FORBIDDEN"), Lacks::Nothing, Denied(REASON)),
    ("a harmless file", File, Lacks::Nothing, Done),
    ("a protected file", Protected, Lacks::Nothing, Denied(REASON)),
    ("a guard that crashes", Command("CRASH"), Lacks::Nothing, Denied(UNABLE)),
    ("a guard that hangs", Command("HANG"), Lacks::Nothing, Denied(UNABLE)),
    ("no script", Command("harmless"), Lacks::File(".claude/hooks/house/guard.sh"), Denied(UNABLE)),
    ("no file of the hook", Command("harmless"), Lacks::File(".claude/hooks/house/commands.hook"), Denied(UNABLE)),
    ("no runner", Command("harmless"), Lacks::File(".claude/hooks/run"), Denied("")),
];

/// A row for one agent, in a repository that is written for some.
struct Case {
    agent: &'static Agent,
    written: &'static str,
    row: &'static (&'static str, Asked, Lacks, Wanted),
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}: {}", self.agent.name, self.written, self.row.0)
    }
}

/// Hooks of Claude Code lie in its folder, so each repository is written for it, too.
const EVERYBODY: &str = "--agent claude --agent codex --agent copilot --agent gemini";

#[test]
#[ignore = "runs the agents themselves, some dozen times"]
fn a_guard_holds_in_each_agent() {
    let mut cases = Vec::new();
    for agent in AGENTS {
        for row in ROWS {
            let written = EVERYBODY;
            cases.push(Case {
                agent,
                written,
                row,
            });
        }
    }
    // Copilot runs the hooks of Claude Code's settings also where it has none of its own.
    for row in &ROWS[..4] {
        let (agent, written) = (&copilot::AGENT, "--agent claude");
        cases.push(Case {
            agent,
            written,
            row,
        });
    }
    each(cases, |case, network| {
        let (_, asked, lacks, wanted) = *case.row;
        let scene = Scene::new().published(
            "house",
            "1.0.0",
            &[("template.toml", MANIFEST), ("hooks/guard.sh", GUARD)],
        );
        let install = format!("agentpkg install house {}", case.written);
        scene.run(&install).succeeds();
        if let Lacks::File(path) = lacks {
            std::fs::remove_file(scene.path(path)).unwrap();
        }
        let place = Place {
            network,
            repo: scene.repo(),
            folder: "",
        };
        let prompts = prompts(case.agent, &place, &[call(case.agent, &scene, asked)]);
        let is_done = scene.path("done").exists() || scene.path("protected.txt").exists();
        let calls = std::fs::read_to_string(scene.path("../calls")).unwrap_or_default();
        let mut wrong = Vec::new();
        match wanted {
            Done if !is_done => wrong.push("it wasn't done".to_owned()),
            Done if calls.lines().count() != calls_for(case.agent, asked) => {
                wrong.push(format!("the guard was called: {calls:?}"));
            }
            Denied(_) if is_done => wrong.push("it was done".to_owned()),
            Denied(why) if prompts[1].count(why) == 0 => {
                wrong.push("the model isn't told why".to_owned());
            }
            _ => {}
        }
        wrong
    });
}

/// Returns how often the guard is called: Codex writes a file by a command, which both hooks see.
fn calls_for(agent: &Agent, asked: Asked) -> usize {
    match asked {
        File if agent.name == "codex" => 2,
        _ => 1,
    }
}

fn call(agent: &Agent, scene: &Scene, asked: Asked) -> Call {
    let guard = agent.guard.as_ref().expect("it has hooks");
    match asked {
        Command(word) => (guard.shell)(&format!("touch done # {word}")),
        File => (guard.write)(&scene.path("done"), "x"),
        Protected => (guard.write)(&scene.path("protected.txt"), "x"),
    }
}
