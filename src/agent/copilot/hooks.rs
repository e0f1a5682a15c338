//! Its hooks, a document for each template. A matcher fits whole names; an empty one, or `*`, fits
//! none.

use serde_json::{Map, json};

use crate::agent::definition::HookEntries;
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
};
