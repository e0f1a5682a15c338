//! Its hooks, a document for each template. A matcher fits whole names; an empty one, or `*`, fits
//! none.

use serde_json::{Map, Value, json};

use crate::agent::definition::HookEntries;
use crate::agent::hooks;
use crate::model::agent::Agent;

/// The folder of the documents.
pub const HOOKS: &str = ".github/hooks";

/// How they are written.
pub const ENTRIES: HookEntries = HookEntries {
    path: ".github/hooks/TEMPLATE.json",
    events: &[
        ("session-start", "sessionStart"),
        ("prompt", "userPromptSubmitted"),
        ("before-tool", "preToolUse"),
        ("after-tool", "postToolUse"),
        ("before-stop", "agentStop"),
        ("session-end", "sessionEnd"),
        ("before-compact", "preCompact"),
        ("agent-stop", "subagentStop"),
        ("notification", "notification"),
    ],
    // Some models edit by patches alone.
    tools: &[
        ("Bash", &["bash", "powershell"]),
        ("Monitor", &[]),
        ("Edit", &["edit", "apply_patch"]),
        ("MultiEdit", &[]),
        ("NotebookEdit", &[]),
        ("Write", &["create", "apply_patch"]),
        ("Read", &["view"]),
        ("Glob", &["glob"]),
        ("Grep", &["grep", "rg"]),
        ("WebFetch", &["web_fetch"]),
        ("WebSearch", &["web_search"]),
    ],
    timeout: ("timeoutSec", 1),
    write: |call| {
        let mut handler = Map::new();
        handler.insert("type".to_owned(), json!("command"));
        if let Some(tools) = ENTRIES.tools(call.hook.matches.as_deref()) {
            handler.insert("matcher".to_owned(), json!(tools.join("|")));
        }
        handler.insert("bash".to_owned(), json!(call.command(Agent::Copilot)));
        handler.insert("timeoutSec".to_owned(), json!(call.seconds() + 1));
        handler.into()
    },
    document: |events| json!({ "version": 1, "hooks": events }),
    tell,
};

/// Its names of what Claude Code tells.
const KEYS: [(&str, &str); 3] = [
    ("session_id", "sessionId"),
    ("tool_name", "toolName"),
    ("tool_input", "toolArgs"),
];

/// Its names of what Claude Code tells of a tool.
const ARGUMENTS: [(&str, &str); 4] = [
    ("file_path", "path"),
    ("content", "file_text"),
    ("old_string", "old_str"),
    ("new_string", "new_str"),
];

fn tell(_: &str, mut told: Map<String, Value>) -> Option<Value> {
    told.remove("hook_event_name");
    if let Some(tool) = told.get("tool_name").and_then(Value::as_str) {
        let name = match hooks::of_server(tool) {
            Some((server, of_server)) => format!("{server}-{of_server}"),
            None => (*ENTRIES.tools(Some(tool))?.first()?).to_owned(),
        };
        told.insert("tool_name".to_owned(), json!(name));
    }
    if let Some(arguments) = told.get_mut("tool_input").and_then(Value::as_object_mut) {
        rename(arguments, &ARGUMENTS);
    }
    rename(&mut told, &KEYS);
    Some(told.into())
}

fn rename(object: &mut Map<String, Value>, keys: &[(&str, &str)]) {
    for (from, to) in keys {
        if let Some(value) = object.remove(*from) {
            object.insert((*to).to_owned(), value);
        }
    }
}
