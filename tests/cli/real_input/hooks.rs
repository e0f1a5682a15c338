//! The installed hooks, run as Claude Code runs them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::Scene;

use super::json;
use super::starter::{self, Starter};

/// How a hook ended, and what it told the agent.
#[derive(Debug)]
struct Verdict {
    code: Option<i32>,
    err: String,
}

/// Asks every hook of the settings at `project` that is for this tool, from a folder elsewhere.
fn ask(project: &Path, elsewhere: &Path, tool: &str, input: &Value) -> Vec<Verdict> {
    let text = std::fs::read_to_string(project.join(".claude/settings.json")).unwrap();
    let settings = json::parse(&text);
    let groups = settings["hooks"]["PreToolUse"].as_array().unwrap();
    let matches = |group: &&Value| {
        group["matcher"]
            .as_str()
            .unwrap_or_default()
            .split('|')
            .any(|name| name == tool)
    };
    let handlers = groups
        .iter()
        .filter(matches)
        .flat_map(|group| group["hooks"].as_array().unwrap());
    let call = json!({
        "session_id": "s",
        "transcript_path": elsewhere.join("transcript.jsonl").to_string_lossy(),
        "cwd": project.to_string_lossy(),
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": input,
    });
    handlers
        .map(|handler| run(handler, project, elsewhere, &call))
        .collect()
}

fn run(handler: &Value, project: &Path, elsewhere: &Path, call: &Value) -> Verdict {
    assert_eq!(handler["type"], "command");
    let mut child = Command::new("sh")
        .args(["-c", handler["command"].as_str().unwrap()])
        .current_dir(elsewhere)
        .env("CLAUDE_PROJECT_DIR", project)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(call.to_string().as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    Verdict {
        code: output.status.code(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Checks that the guards of the installed template stand.
#[track_caller]
pub fn guard(scene: &Scene) {
    guard_at(scene.repo(), &scene.elsewhere());
}

#[track_caller]
pub fn guard_at(project: &Path, elsewhere: &Path) {
    let bash = |command: &str| ask(project, elsewhere, "Bash", &json!({"command": command}));
    let edit = |path: &str| {
        ask(
            project,
            elsewhere,
            "Edit",
            &json!({"file_path": project.join(path).to_string_lossy()}),
        )
    };
    for verdicts in [
        bash("git push --force"),
        bash("cd src && git push -f origin main"),
        edit(".env"),
        edit(".git/config"),
    ] {
        assert!(
            verdicts.iter().any(|verdict| verdict.code == Some(2)),
            "nobody blocks: {verdicts:?}"
        );
        let told = verdicts
            .iter()
            .any(|verdict| verdict.err.contains("blocked") && verdict.err.contains("Instead: "));
        assert!(told, "{verdicts:?}");
    }
    for verdicts in [
        bash("git status"),
        bash("echo 'git push --force' > notes.txt"),
        edit("src/main.rs"),
    ] {
        assert!(!verdicts.is_empty());
        assert!(
            verdicts
                .iter()
                .all(|verdict| verdict.code == Some(0) && verdict.err.is_empty()),
            "{verdicts:?}"
        );
    }
}

#[test]
fn installed_hooks_block_and_pass() {
    let scene = starter::empty();
    scene.install().exits(0);
    guard(&scene);
}

#[test]
fn installed_hooks_stand_beside_the_teams_own() {
    let own = r#"{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "cat > /dev/null"}]}]}}"#;
    let scene = starter::empty();
    scene.write(".claude/settings.json", own).install().exits(0);
    assert_eq!(
        ask(
            scene.repo(),
            &scene.elsewhere(),
            "Bash",
            &json!({"command": "git status"})
        )
        .len(),
        2
    );
    guard(&scene);
}

#[test]
fn installed_hooks_are_reached_through_a_link() {
    let scene = starter::empty();
    scene
        .folder("config/claude")
        .link(".claude", "config/claude")
        .install()
        .exits(0);
    guard(&scene);
}

#[test]
fn a_guard_whose_script_is_gone_is_found_missing_and_restored() {
    let scene = starter::empty();
    scene.install().exits(0);
    let script = ".claude/hooks/org-baseline/guard-bash.sh";
    std::fs::remove_file(scene.path(script)).unwrap();
    scene.agentpkg(&["check"]).exits(1).shows(script);
    scene.agentpkg(&["install"]).exits(0);
    guard(&scene);
    scene.chmod(script, 0o644);
    scene.agentpkg(&["check"]).exits(1).shows("not executable");
}
