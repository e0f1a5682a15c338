//! Rules for OpenCode: files that its settings name. So is a team's CLAUDE.md that it reads: once there
//! is an AGENTS.md, it would not (measured: what is named is told once, whatever else names it).

use serde_json::{Value, json};

use crate::agent::claude;
use crate::agent::items::{Item, item};
use crate::agent::{Contribution, Rendered};
use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::path::RelPath;

use super::{RULES, SETTINGS};

/// Root instructions that OpenCode reads where there is no AGENTS.md.
const CLAUDE_MD: &str = claude::ROOTS[0];

/// The key of the settings that names files to read.
const KEY: &str = "instructions";

/// Has the settings name what of a template OpenCode wouldn't read otherwise.
pub fn name(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let has = |is_one: fn(Item<'_>) -> bool| rendered.files.keys().any(|path| is_one(item(path)));
    let mut named = Vec::new();
    let root = to.root_files.get(&Agent::Opencode).map(RelPath::as_str);
    if root == Some(CLAUDE_MD) && has(|one| matches!(one, Item::Root | Item::Rule(_))) {
        named.push(CLAUDE_MD.to_owned());
    }
    if has(|one| matches!(one, Item::Rule(rest) if rest.ends_with(".md"))) {
        named.push(format!("{RULES}/{}/**/*.md", rendered.name));
    }
    match named.is_empty() {
        true => Ok(()),
        false => to.add_entries(rendered, SETTINGS, &json!({ KEY: named })),
    }
}

/// Returns whether a key names nothing but rules of templates and CLAUDE.md: it may name addresses
/// as well.
pub fn names_rules(key: &str, value: &Value) -> bool {
    let is_harmless = |value: &Value| {
        let text = value.as_str();
        let pattern = text.and_then(|text| text.strip_prefix(RULES));
        let is_of_rules = pattern.is_some_and(|rest| rest.starts_with('/') && !rest.contains(".."));
        is_of_rules || text == Some(CLAUDE_MD)
    };
    key == KEY
        && value
            .as_array()
            .is_some_and(|all| all.iter().all(is_harmless))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rules_of_templates_are_harmless() {
        for (key, value, expected) in [
            (
                KEY,
                json!(["CLAUDE.md", ".opencode/rules/house/**/*.md"]),
                true,
            ),
            (KEY, json!([".opencode/rules/../../x.md"]), false),
            (KEY, json!(["https://example.org/a.md"]), false),
            (KEY, json!(".opencode/rules/house/a.md"), false),
            ("plugin", json!([".opencode/rules/house/a.md"]), false),
        ] {
            assert_eq!(names_rules(key, &value), expected, "{key}: {value}");
        }
    }
}
