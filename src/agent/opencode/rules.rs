//! Rules for OpenCode: files that its settings name.

use serde_json::{Value, json};

use crate::agent::items::{Item, item};
use crate::agent::{Contribution, Rendered};
use crate::error::Result;

use super::{RULES, SETTINGS};

/// The key of the settings that names files to read.
const KEY: &str = "instructions";

/// Has the settings name the rules of a template, if it has any.
pub fn name(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let is_rule = |path: &str| matches!(path.rsplit_once('.'), Some((_, "md")));
    let mut paths = rendered.files.keys();
    let has_rules = paths.any(|path| matches!(item(path), Item::Rule(rest) if is_rule(rest)));
    if !has_rules {
        return Ok(());
    }
    let pattern = format!("{RULES}/{}/**/*.md", rendered.name);
    to.add_entries(rendered, SETTINGS, &json!({ KEY: [pattern] }))
}

/// Returns whether a key names nothing but rules of templates: it may name addresses as well.
pub fn names_rules(key: &str, value: &Value) -> bool {
    let is_of_rules = |value: &Value| {
        let pattern = value.as_str().and_then(|text| text.strip_prefix(RULES));
        pattern.is_some_and(|rest| rest.starts_with('/') && !rest.contains(".."))
    };
    key == KEY
        && value
            .as_array()
            .is_some_and(|all| all.iter().all(is_of_rules))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rules_of_templates_are_harmless() {
        for (key, value, expected) in [
            (KEY, json!([".opencode/rules/house/**/*.md"]), true),
            (KEY, json!([".opencode/rules/../../x.md"]), false),
            (KEY, json!(["https://example.org/a.md"]), false),
            (KEY, json!(".opencode/rules/house/a.md"), false),
            ("plugin", json!([".opencode/rules/house/a.md"]), false),
        ] {
            assert_eq!(names_rules(key, &value), expected, "{key}: {value}");
        }
    }
}
