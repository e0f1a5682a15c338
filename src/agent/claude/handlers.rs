//! Hooks in Claude Code's settings: `{"hooks": {EVENT: [{"matcher", "hooks": [HANDLER, …]}]}}`.

use serde_json::{Map, Value, json};

use crate::agent::POLICIES;
use crate::model::path::RelPath;

/// The key of all hooks in settings.
pub const HOOKS_KEY: &str = "hooks";

/// Keys of a group of handlers.
pub const GROUP: [&str; 2] = ["matcher", "hooks"];

/// Keys that handlers of any type have.
pub const HANDLER: [&str; 5] = ["type", "if", "timeout", "statusMessage", "once"];

/// Types of handlers, each with the keys that it has besides.
pub const TYPES: [(&str, &[&str]); 5] = [
    (
        "command",
        &[
            "command",
            "args",
            "async",
            "asyncRewake",
            "rewakeMessage",
            "rewakeSummary",
            "shell",
        ],
    ),
    ("http", &["url", "headers", "allowedEnvVars"]),
    ("mcp_tool", &["server", "tool", "input"]),
    ("prompt", &["prompt", "model", "continueOnBlock"]),
    ("agent", &["prompt", "model"]),
];

/// Types of handlers, each with the text that it can't do without.
pub const REQUIRED: [(&str, &str); 5] = [
    ("command", "command"),
    ("http", "url"),
    ("mcp_tool", "tool"),
    ("prompt", "prompt"),
    ("agent", "prompt"),
];

/// Calls `visit` with each handler of a settings document.
pub fn each_handler(settings: &Value, visit: &mut impl FnMut(&Value)) {
    let groups = settings
        .get(HOOKS_KEY)
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|events| events.values());
    for group in groups.filter_map(Value::as_array).flatten() {
        match group.get("hooks").and_then(Value::as_array) {
            Some(handlers) => handlers.iter().for_each(&mut *visit),
            // Some agents have handlers without a group.
            None if group.get("command").is_some() => visit(group),
            None => {}
        }
    }
}

/// Returns the first script of the hooks' folder that a command names.
pub fn script_in(command: &str) -> Option<RelPath> {
    POLICIES.script_in(command)
}

/// Returns whether a command is a script and nothing else, however its place is written.
pub fn is_script(command: &str, script: &RelPath) -> bool {
    let bare: String = command
        .chars()
        .filter(|c| !matches!(c, '"' | '\''))
        .collect();
    let bare = bare.trim();
    let bare = ["bash ", "sh "]
        .into_iter()
        .find_map(|shell| bare.strip_prefix(shell))
        .unwrap_or(bare);
    let bare = ["$CLAUDE_PROJECT_DIR/", "${CLAUDE_PROJECT_DIR}/", "./"]
        .into_iter()
        .find_map(|folder| bare.strip_prefix(folder))
        .unwrap_or(bare);
    bare == script.as_str()
}

/// Returns what a handler is called: its script, else what it runs, reaches or says.
pub fn name(handler: &Value) -> String {
    let said = ["command", "url", "tool", "prompt"]
        .into_iter()
        .find_map(|key| handler.get(key)?.as_str())
        .unwrap_or_default();
    match script_in(said) {
        Some(script) => script.to_string(),
        None => said.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// Splits groups of several handlers: a handler is what a team edits, moves and deletes, and
/// merging tells them apart. A group that is there already isn't added again.
pub fn one_handler_a_group(settings: &mut Map<String, Value>) {
    let events = settings
        .get_mut("hooks")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten();
    for groups in events.filter_map(|(_, groups)| groups.as_array_mut()) {
        let mut single: Vec<Value> = Vec::new();
        for group in groups.drain(..).flat_map(|group| split(&group)) {
            if !single.contains(&group) {
                single.push(group);
            }
        }
        *groups = single;
    }
}

/// Returns a group for each handler of a group, with all that the group says besides; a group
/// without a list of handlers as it is.
pub fn split(group: &Value) -> Vec<Value> {
    let Some(handlers) = group.get("hooks").and_then(Value::as_array) else {
        return vec![group.clone()];
    };
    let mut single = Vec::new();
    for handler in handlers {
        let mut alone = group.clone();
        alone["hooks"] = json!([handler]);
        single.push(alone);
    }
    single
}
