//! Its hooks.
//!
//! Codex trusts a hook by its place in the document and by all that its entry says, and skips one
//! that differs without a word. So an entry says nothing that a release may change: not the tools,
//! by which the runner goes, and no timeout.

use serde_json::{Map, Value, json};

use crate::agent::definition::HookEntries;
use crate::model::agent::Agent;

/// The hooks of a project. Codex skips a document with another key than `hooks` at its root.
pub const HOOKS: &str = ".codex/hooks.json";

/// How they are written.
pub const ENTRIES: HookEntries = HookEntries {
    path: HOOKS,
    events: &[
        ("session-start", "SessionStart"),
        ("prompt", "UserPromptSubmit"),
        ("before-tool", "PreToolUse"),
        ("after-tool", "PostToolUse"),
        ("before-stop", "Stop"),
        ("session-end", "SessionEnd"),
        ("before-compact", "PreCompact"),
        ("agent-stop", "SubagentStop"),
        ("PermissionRequest", "PermissionRequest"),
        ("PostCompact", "PostCompact"),
        ("SubagentStart", "SubagentStart"),
    ],
    tools: &[],
    timeout: ("timeout", 1),
    write: |call| {
        let handler = json!({ "type": "command", "command": call.command(Agent::Codex) });
        json!({ "hooks": [handler] })
    },
    document: |events| json!({ "hooks": events }),
    tell,
};

/// Files are edited by patches alone.
fn tell(_: &str, mut told: Map<String, Value>) -> Option<Value> {
    let text = |key: &str| {
        told.get("tool_input")?
            .get(key)?
            .as_str()
            .map(str::to_owned)
    };
    let (kind, lines) = match told.get("tool_name").and_then(Value::as_str) {
        None | Some("Bash") => return Some(told.into()),
        Some(tool) if tool.starts_with("mcp__") => return Some(told.into()),
        Some("Write") => ("Add", signed('+', text("content"))),
        Some("Edit") => {
            let removed = signed('-', text("old_string"));
            (
                "Update",
                format!("@@\n{removed}{}", signed('+', text("new_string"))),
            )
        }
        Some(_) => return None,
    };
    let file = text("file_path")?;
    let patch = format!("*** Begin Patch\n*** {kind} File: {file}\n{lines}*** End Patch\n");
    told.insert("tool_name".to_owned(), json!("apply_patch"));
    told.insert("tool_input".to_owned(), json!({ "command": patch }));
    Some(told.into())
}

/// Returns the lines of a text, each behind a sign.
fn signed(sign: char, text: Option<String>) -> String {
    let text = text.unwrap_or_default();
    text.split('\n')
        .map(|line| format!("{sign}{line}\n"))
        .collect()
}
