//! The front matter of skills, commands, agents and rules: what its keys can make an agent do. **A
//! key that isn't in a table counts**, as a key of settings does.

use serde_json::Value;

use crate::model::capability::CapabilityKind;

/// The mode that an agent is in: taking it away may let something through.
pub const PERMISSION_MODE: &str = "permissionMode";

/// Keys that execute, widen or limit.
const KEYS: [(&str, CapabilityKind); 12] = [
    ("allowed-tools", CapabilityKind::Tools),
    (PERMISSION_MODE, CapabilityKind::Tools),
    ("hooks", CapabilityKind::Hook),
    ("mcpServers", CapabilityKind::Server),
    ("mcp-servers", CapabilityKind::Server),
    ("shell", CapabilityKind::Command),
    ("initialPrompt", CapabilityKind::Setting),
    ("tools", CapabilityKind::Limit),
    ("disallowedTools", CapabilityKind::Limit),
    ("disallowed-tools", CapabilityKind::Limit),
    ("disable-model-invocation", CapabilityKind::Limit),
    ("readonly", CapabilityKind::Limit),
];

/// Keys that make nothing run and widen nothing, as long as they say texts, numbers or flags:
/// what a text is called, when it is read, how much thought it gets.
const HARMLESS: [&str; 46] = [
    // Of skills, commands, agents and rules.
    "name",
    "description",
    "license",
    "compatibility",
    "metadata",
    "argument-hint",
    "arguments",
    "model",
    "effort",
    "color",
    "paths",
    "globs",
    "applyTo",
    "excludeAgent",
    "alwaysApply",
    "inclusion",
    "fileMatchPattern",
    "trigger",
    "temperature",
    "user-invocable",
    "is_background",
    "when_to_use",
    "keep-coding-instructions",
    "mode",
    // Of templates for issues and requests.
    "about",
    "labels",
    "assignees",
    // Of pages, which agents pass over.
    "title",
    "linkTitle",
    "type",
    "layout",
    "slug",
    "weight",
    "order",
    "draft",
    "nav_order",
    "sidebar_label",
    "sidebar_position",
    "tags",
    "keywords",
    "category",
    "categories",
    "version",
    "author",
    "date",
    "origin",
];

/// The keys of a skill: those of the Agent Skills specification, and those that Claude Code reads
/// besides.
pub const SKILL: [&str; 19] = [
    "name",
    "description",
    "license",
    "compatibility",
    "metadata",
    "allowed-tools",
    "agent",
    "argument-hint",
    "arguments",
    "context",
    "disable-model-invocation",
    "disallowed-tools",
    "effort",
    "hooks",
    "model",
    "paths",
    "shell",
    "user-invocable",
    "when_to_use",
];

/// Returns what a key of front matter is called, and what kind of thing it is; nothing where it is
/// known to be harmless.
pub fn kind<'a>(key: &'a str, value: &Value) -> Option<(&'a str, CapabilityKind)> {
    let known = KEYS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(key));
    match known {
        Some((known, kind)) => Some((known, *kind)),
        // Agents replace the names of arguments wherever they stand in the text: only words are
        // safe to be looked for (measured with Claude Code 2.1.332).
        None if key == "arguments" && !are_words(value) => Some((key, CapabilityKind::Setting)),
        // OpenCode's: what is denied widens nothing.
        None if key == "permission" && only_denies(value) => Some((key, CapabilityKind::Limit)),
        None if HARMLESS.contains(&key) && is_plain(value, key == "metadata") => None,
        None => Some((key, CapabilityKind::Setting)),
    }
}

/// Returns whether permissions deny, and nothing else.
fn only_denies(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty() && fields.values().all(only_denies),
        value => value == "deny",
    }
}

/// Returns whether a value is a word, or a list of words.
fn are_words(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().all(are_words),
        Value::String(text) => !text.is_empty() && text.chars().all(is_of_a_word),
        _ => false,
    }
}

fn is_of_a_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Returns whether a value is a text, a number, a flag or nothing, or a list of those; or, where it
/// may be, a mapping to those.
fn is_plain(value: &Value, may_be_mapping: bool) -> bool {
    match value {
        Value::Array(values) => values.iter().all(is_scalar),
        Value::Object(fields) => may_be_mapping && fields.values().all(is_scalar),
        value => is_scalar(value),
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_key_counts_unless_it_is_known_to_be_harmless() {
        for (key, value, expected) in [
            ("name", json!("a"), None),
            ("paths", json!(["a", "b"]), None),
            ("metadata", json!({ "author": "a" }), None),
            (
                "metadata",
                json!({ "install": [1] }),
                Some(CapabilityKind::Setting),
            ),
            ("name", json!({ "a": 1 }), Some(CapabilityKind::Setting)),
            ("Name", json!("a"), Some(CapabilityKind::Setting)),
            ("arguments", json!(["a", "b_1"]), None),
            ("arguments", json!(["x-y"]), Some(CapabilityKind::Setting)),
            ("arguments", json!("a b"), Some(CapabilityKind::Setting)),
            ("memory", json!("user"), Some(CapabilityKind::Setting)),
            ("background", json!(true), Some(CapabilityKind::Setting)),
            (
                "isolation",
                json!("worktree"),
                Some(CapabilityKind::Setting),
            ),
            (
                "permission",
                json!({ "bash": "allow" }),
                Some(CapabilityKind::Setting),
            ),
            (
                "permission",
                json!({ "edit": "deny", "bash": { "*": "deny" } }),
                Some(CapabilityKind::Limit),
            ),
            ("mcp-servers", json!({}), Some(CapabilityKind::Server)),
            ("ALLOWED-TOOLS", json!("Bash"), Some(CapabilityKind::Tools)),
        ] {
            let found = kind(key, &value).map(|(_, kind)| kind);
            assert_eq!(found, expected, "{key}: {value}");
        }
    }
}
