//! Its hooks.
//!
//! Codex trusts a hook by its place in the document and by all that its entry says, and skips one
//! that differs without a word. So an entry says nothing that a release may change: not the tools,
//! by which the runner goes, and no timeout.

use serde_json::json;

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
    write: |call| {
        let handler = json!({ "type": "command", "command": call.command(Agent::Codex) });
        json!({ "hooks": [handler] })
    },
    document: |events| json!({ "hooks": events }),
};
