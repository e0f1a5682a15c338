//! What becomes of an action when the hook before it denies it or goes wrong. **Hooks are written by
//! these facts**: a guard that ends in a way that an agent doesn't understand guards nothing.

use std::fmt;
use std::fs;
use std::path::Path;

use support::Scene;

use crate::agent::{Agent, Place, prompts};
use crate::cases::each;
use crate::{claude, codex, copilot, gemini};

/// How a hook ends.
#[derive(Clone, Copy)]
enum End {
    /// As these lines of a shell do, in which `REASON` stands for [`REASON`].
    As(&'static str),
    /// It doesn't begin: there is no such script.
    Missing,
    /// As these lines do, which the agent doesn't give the time for.
    Late(&'static str),
}

/// What becomes of an action.
#[derive(Clone, Copy, PartialEq)]
enum Action {
    /// It is done.
    Ran,
    /// It isn't done, and the model is told the hook's reason.
    Told,
    /// It isn't done, and the model isn't told the hook's reason.
    Stopped,
}

use Action::{Ran, Stopped, Told};
use End::{As, Late, Missing};

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Ran => "runs",
            Told => "stopped, reason told",
            Stopped => "stopped, reason not told",
        })
    }
}

/// Why a hook denies.
const REASON: &str = "Only people may do this here.";

/// The first line of the table of docs/agents.md, with the versions that were measured.
const HEAD: &str =
    "| the hook | Claude Code 2.1.332 | Codex 0.171.0 | Copilot 1.0.102 | Gemini CLI 0.61.0 |";

/// The agents of the table, in its order.
const MEASURED: [&Agent; 4] = [
    &claude::AGENT,
    &codex::AGENT,
    &copilot::AGENT,
    &gemini::AGENT,
];

/// How a hook ends, in words and in fact, and what becomes of the action with each agent.
type Row = (&'static str, End, [Action; MEASURED.len()]);

const DENIES_LATE: &str = "sleep 30; echo 'REASON' >&2; exit 2";

const CLAUDE_S_DENIAL: &str = r#"echo '{
    "hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": "REASON"
    }
}'"#;

const BOTH_DENIALS: &str = r#"echo '{
    "hookSpecificOutput": {
        "hookEventName": "PreToolUse",
        "permissionDecision": "deny",
        "permissionDecisionReason": "REASON"
    },
    "permissionDecision": "deny",
    "permissionDecisionReason": "REASON",
    "decision": "deny",
    "reason": "REASON"
}'"#;

const FLAT_DENIAL: &str = r#"echo 'REASON' >&2
echo '{
    "permissionDecision": "deny",
    "permissionDecisionReason": "REASON",
    "decision": "deny",
    "reason": "REASON"
}'
exit 2"#;

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("exits with 1, a reason on standard error", As("echo 'REASON' >&2; exit 1"), [Ran, Ran, Stopped, Ran]),
    ("exits with 2, a reason on standard error", As("echo 'REASON' >&2; exit 2"), [Told, Told, Stopped, Told]),
    ("exits with 2, prints nothing", As("exit 2"), [Stopped, Ran, Stopped, Ran]),
    ("isn't there", Missing, [Ran, Ran, Stopped, Stopped]),
    ("takes longer than its `timeout`", Late(DENIES_LATE), [Ran, Ran, Ran, Ran]),
    ("exits with 0, prints what is no JSON", As("echo 'REASON'"), [Ran, Ran, Ran, Ran]),
    ("exits with 0, prints Claude Code's denial", As(CLAUDE_S_DENIAL), [Told, Told, Ran, Ran]),
    ("exits with 0, prints both denials as one", As(BOTH_DENIALS), [Ran, Ran, Told, Told]),
    ("exits with 2, a reason on standard error, prints a flat denial", As(FLAT_DENIAL), [Told, Told, Told, Told]),
];

/// A row of the table, for one agent.
struct Case {
    agent: &'static Agent,
    words: &'static str,
    end: End,
    wanted: Action,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, where the hook {}", self.agent.name, self.words)
    }
}

#[test]
#[ignore = "runs the agents themselves, some dozen times"]
fn an_action_becomes_what_the_table_says() {
    let mut cases = Vec::new();
    for (words, end, actions) in ROWS {
        for (agent, wanted) in MEASURED.into_iter().zip(*actions) {
            cases.push(Case {
                agent,
                words,
                end: *end,
                wanted,
            });
        }
    }
    each(cases, |case, network| {
        let scene = Scene::new();
        let guard = case.agent.guard.as_ref().expect("it has hooks");
        let command = scene.path("../guard.sh");
        let (script, seconds) = match case.end {
            As(script) => (Some(script), 60),
            Missing => (None, 60),
            Late(script) => (Some(script), 1),
        };
        if let Some(script) = script {
            write_guard(&scene, script);
        }
        let command = command.to_str().expect("it is UTF-8");
        scene.write(guard.file, (guard.text)(command, seconds).to_string());
        let place = Place {
            network,
            repo: scene.repo(),
            folder: "",
        };
        let prompts = prompts(case.agent, &place, &[(guard.shell)("touch ran")]);
        let found = match (scene.path("ran").exists(), prompts[1].count(REASON)) {
            (true, _) => Ran,
            (false, 0) => Stopped,
            (false, _) => Told,
        };
        let mut wrong = Vec::new();
        if found != case.wanted {
            wrong.push(format!("expected: {}; found: {found}", case.wanted));
        }
        if scene.path("../began").exists() != script.is_some() {
            wrong.push("the hook didn't begin".to_owned());
        }
        wrong
    });
}

/// Writes a hook, which reads what it is given and leaves a file that says that it began.
fn write_guard(scene: &Scene, script: &str) {
    let began = scene.path("../began");
    let script = script.replace("REASON", REASON);
    let text = format!(
        "#!/bin/sh\n: >'{}'\ncat >/dev/null\n{script}\n",
        began.display()
    );
    scene.write("../guard.sh", text).chmod("../guard.sh", 0o755);
}

#[test]
fn the_page_about_agents_has_the_table() {
    let mut table = format!("{HEAD}\n|---|{}\n", "---|".repeat(MEASURED.len()));
    for (words, _, [claude, codex, copilot, gemini]) in ROWS {
        table += &format!("| {words} | {claude} | {codex} | {copilot} | {gemini} |\n");
    }
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/agents.md");
    let page = fs::read_to_string(page).unwrap();
    assert!(
        page.contains(&table),
        "docs/agents.md has another:\n{table}"
    );
}
