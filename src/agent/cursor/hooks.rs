//! Its hooks, as its documentation has them. It can't be run without an account, so nothing here is
//! measured.

use serde_json::{Map, Value, json};

use crate::agent::definition::HookEntries;
use crate::model::agent::Agent;

/// The hooks of a project.
pub const HOOKS: &str = ".cursor/hooks.json";

/// How they are written: with nothing that a release may change. The runner has the tools that a hook
/// is for, and a clock.
pub const ENTRIES: HookEntries = HookEntries {
    path: HOOKS,
    events: &[
        ("session-start", "sessionStart"),
        ("prompt", "beforeSubmitPrompt"),
        ("before-tool", "preToolUse"),
        ("after-tool", "postToolUse"),
        ("before-stop", "stop"),
        ("session-end", "sessionEnd"),
        ("before-compact", "preCompact"),
        ("agent-stop", "subagentStop"),
    ],
    tools: &[],
    timeout: ("timeout", 1),
    write: |call| {
        let mut handler = Map::new();
        handler.insert("command".to_owned(), json!(call.command(Agent::Cursor)));
        if call.is_gate() {
            // A hook that ends in another way than with 0 or 2 lets the action through otherwise.
            handler.insert("failClosed".to_owned(), json!(true));
        }
        handler.into()
    },
    document: |events| json!({ "version": 1, "hooks": events }),
    tell,
};

fn tell(event: &str, mut told: Map<String, Value>) -> Option<Value> {
    told.insert("hook_event_name".to_owned(), json!(event));
    if let Some(tool) = told.get("tool_name").and_then(Value::as_str) {
        let name = match tool {
            "Bash" => "Shell",
            "Write" | "Read" => tool,
            _ => return None,
        };
        told.insert("tool_name".to_owned(), json!(name));
    }
    Some(told.into())
}
