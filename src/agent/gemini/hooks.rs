//! Its hooks, which stand in its settings. Its matchers are regular expressions that may fit a part
//! of a name, its timeouts are in milliseconds.

use serde_json::{Map, Value, json};

use crate::agent::definition::HookEntries;
use crate::agent::hooks;
use crate::model::agent::Agent;

use super::SETTINGS;

/// How they are written.
pub const ENTRIES: HookEntries = HookEntries {
    path: SETTINGS,
    events: &[
        ("session-start", "SessionStart"),
        ("prompt", "BeforeAgent"),
        ("before-tool", "BeforeTool"),
        ("after-tool", "AfterTool"),
        ("before-stop", "AfterAgent"),
        ("session-end", "SessionEnd"),
        ("before-compact", "PreCompress"),
        ("notification", "Notification"),
    ],
    tools: &[
        ("Bash", &["run_shell_command"]),
        ("Monitor", &[]),
        ("Edit", &["replace"]),
        ("MultiEdit", &[]),
        ("NotebookEdit", &[]),
        ("Write", &["write_file"]),
        ("Read", &["read_file"]),
        ("Glob", &["glob"]),
        ("Grep", &["grep_search"]),
        ("LS", &["list_directory"]),
        ("WebFetch", &["web_fetch"]),
        ("WebSearch", &["google_web_search"]),
    ],
    timeout: ("timeout", 1000),
    write: |call| {
        let mut group = Map::new();
        if let Some(tools) = ENTRIES.tools(call.hook.matches.as_deref()) {
            group.insert(
                "matcher".to_owned(),
                json!(format!("^({})$", tools.join("|"))),
            );
        }
        let handler = json!({
            "type": "command",
            "name": format!("{}/{}", call.template, call.hook.id),
            "command": call.command(Agent::Gemini),
            "timeout": (u64::from(call.seconds()) + 1) * 1000,
        });
        group.insert("hooks".to_owned(), json!([handler]));
        group.into()
    },
    document: |events| json!({ "hooks": events }),
    tell,
};

fn tell(event: &str, mut told: Map<String, Value>) -> Option<Value> {
    told.insert("hook_event_name".to_owned(), json!(event));
    let Some(tool) = told
        .get("tool_name")
        .and_then(Value::as_str)
        .map(str::to_owned)
    else {
        return Some(told.into());
    };
    let name = match hooks::of_server(&tool) {
        Some((server, of_server)) => {
            let context = json!({ "server_name": server, "tool_name": of_server });
            told.insert("mcp_context".to_owned(), context);
            format!("mcp_{server}_{of_server}")
        }
        None => (*ENTRIES.tools(Some(&tool))?.first()?).to_owned(),
    };
    told.insert("tool_name".to_owned(), json!(name));
    Some(told.into())
}
