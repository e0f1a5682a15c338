//! The events of Claude Code's hooks, as its public schema has them, and agentpkg's words for them.

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::words;

/// What holds of an event.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub name: &'static str,
    /// What its matchers are compared with.
    pub matcher: Matcher,
    /// Whether exit code 2 stops what is about to happen.
    pub blocks: bool,
}

/// What the matcher of an event is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matcher {
    /// The name of a tool.
    Tool,
    /// A word of the event's own.
    Word,
    Ignored,
    /// The schema doesn't say.
    Unsaid,
}

const fn event(name: &'static str, matcher: Matcher, blocks: bool) -> Event {
    Event {
        name,
        matcher,
        blocks,
    }
}

/// Every event that Claude Code knows.
pub const EVENTS: [Event; 31] = [
    event("PreToolUse", Matcher::Tool, true),
    event("PostToolUse", Matcher::Tool, false),
    event("PostToolUseFailure", Matcher::Tool, false),
    event("PostToolBatch", Matcher::Ignored, true),
    event("PermissionRequest", Matcher::Tool, true),
    event("PermissionDenied", Matcher::Tool, false),
    event("UserPromptSubmit", Matcher::Ignored, true),
    event("UserPromptExpansion", Matcher::Word, true),
    event("Stop", Matcher::Ignored, true),
    event("StopFailure", Matcher::Word, false),
    event("SubagentStart", Matcher::Word, false),
    event("SubagentStop", Matcher::Word, true),
    event("SessionStart", Matcher::Word, false),
    event("SessionEnd", Matcher::Word, false),
    event("Setup", Matcher::Word, false),
    event("Notification", Matcher::Word, false),
    event("PreCompact", Matcher::Word, true),
    event("PostCompact", Matcher::Word, false),
    event("Elicitation", Matcher::Word, true),
    event("ElicitationResult", Matcher::Word, true),
    event("TeammateIdle", Matcher::Ignored, true),
    event("TaskCreated", Matcher::Ignored, true),
    event("TaskCompleted", Matcher::Ignored, true),
    event("InstructionsLoaded", Matcher::Unsaid, false),
    event("CwdChanged", Matcher::Ignored, false),
    event("FileChanged", Matcher::Word, false),
    event("ConfigChange", Matcher::Word, true),
    event("WorktreeCreate", Matcher::Ignored, false),
    event("WorktreeRemove", Matcher::Ignored, false),
    event("MessageDisplay", Matcher::Unsaid, false),
    event("DirectoryAdded", Matcher::Unsaid, false),
];

/// Events that most hooks are for.
pub const USUAL: [&str; 9] = [
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse",
    "PermissionRequest",
    "PostToolUse",
    "Notification",
    "Stop",
    "SubagentStop",
    "PreCompact",
];

/// agentpkg's words for events, and Claude Code's.
pub const WORDS: [(&str, &str); 9] = [
    ("session-start", "SessionStart"),
    ("prompt", "UserPromptSubmit"),
    ("before-tool", "PreToolUse"),
    ("after-tool", "PostToolUse"),
    ("before-stop", "Stop"),
    ("session-end", "SessionEnd"),
    ("before-compact", "PreCompact"),
    ("notification", "Notification"),
    ("agent-stop", "SubagentStop"),
];

/// Returns what holds of an event, if it is one.
pub fn find(name: &str) -> Option<&'static Event> {
    EVENTS.iter().find(|event| event.name == name)
}

/// Returns agentpkg's word for an event of Claude Code's; its name, where there is no word.
pub fn word(name: &str) -> &str {
    let mut words = WORDS.iter();
    let word = words.find(|(_, event)| *event == name);
    word.map_or(name, |(word, _)| word)
}

/// Returns the agent's name for an event; its own names are taken as they are.
pub fn named(word: &str) -> Result<&str> {
    if let Some((_, event)) = WORDS.iter().find(|(ours, _)| *ours == word) {
        return Ok(event);
    }
    if word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric())
    {
        return Ok(word);
    }
    let error = Error::user(format!("`{word}` is not an event"));
    Err(match words::nearest(word, WORDS.map(|(ours, _)| ours)) {
        Some(near) => error.hint(format!("write `event = \"{near}\"`")),
        None => error.hint(format!(
            "the events are {}",
            words::list(WORDS.map(|(ours, _)| ours))
        )),
    })
}

/// Tools that a matcher names together, and what they do.
const DOING: [(&[&str], &str); 4] = [
    (&["Bash", "Monitor"], "shell commands"),
    (
        &["Edit", "Write", "MultiEdit", "NotebookEdit"],
        "file edits",
    ),
    (&["Read", "Glob", "Grep", "LS"], "file reads"),
    (&["WebFetch", "WebSearch"], "web requests"),
];

/// Returns when a hook runs, in words: "before shell commands", "at the start of a session".
pub fn when(event: &str, matcher: &str) -> String {
    let words = match event {
        "PreToolUse" => format!("before {}", tools(matcher)),
        "PostToolUse" => format!("after {}", tools(matcher)),
        "UserPromptSubmit" => "at each prompt".to_owned(),
        "SessionStart" => "at the start of a session".to_owned(),
        "SessionEnd" => "at the end of a session".to_owned(),
        "Stop" => "when the agent stops".to_owned(),
        "SubagentStop" => "when a subagent stops".to_owned(),
        "PreCompact" => "before compaction".to_owned(),
        "Notification" => "at notifications".to_owned(),
        event => format!("at {event}"),
    };
    let has_tools = matches!(event, "PreToolUse" | "PostToolUse");
    match has_tools || matches!(matcher, "" | "*") {
        true => words,
        false => format!("{words} ({matcher})"),
    }
}

/// Returns what the tools that a matcher names do.
fn tools(matcher: &str) -> String {
    if matches!(matcher, "" | "*") {
        return "every tool".to_owned();
    }
    let (of_servers, own): (Vec<&str>, Vec<&str>) =
        matcher.split('|').partition(|name| *name == OF_SERVERS);
    let mut doing = DOING.iter();
    let what = match doing.find(|(tools, _)| own.iter().all(|name| tools.contains(name))) {
        Some((_, what)) => (*what).to_owned(),
        None => own.join(", "),
    };
    match (own.is_empty(), of_servers.is_empty()) {
        (false, true) => what,
        (true, _) => "MCP tools".to_owned(),
        (false, false) => format!("{what} and MCP tools"),
    }
}

/// How a matcher names every tool of every MCP server.
const OF_SERVERS: &str = "mcp__.*";

/// Returns what every hook is told on its standard input, whatever the event says besides.
pub fn input(event: &str, folder: &str) -> Value {
    json!({
        "session_id": "trial",
        "transcript_path": "",
        "cwd": folder,
        "hook_event_name": event,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_a_hook_runs_is_said_in_words() {
        for (event, matcher, words) in [
            ("PreToolUse", "Bash", "before shell commands"),
            ("PreToolUse", "Bash|Monitor", "before shell commands"),
            ("PreToolUse", "Edit|Write", "before file edits"),
            ("PostToolUse", "", "after every tool"),
            ("PreToolUse", "Bash|Edit", "before Bash, Edit"),
            ("PreToolUse", "mcp__.*", "before MCP tools"),
            (
                "PreToolUse",
                "Edit|Write|mcp__.*",
                "before file edits and MCP tools",
            ),
            ("PreToolUse", "mcp__docs__.*", "before mcp__docs__.*"),
            (
                "SessionStart",
                "startup",
                "at the start of a session (startup)",
            ),
            ("ConfigChange", "*", "at ConfigChange"),
        ] {
            assert_eq!(when(event, matcher), words);
        }
    }
}
