//! The lists of permissions in Claude Code's settings.

use std::collections::BTreeSet;

use serde_json::Value;

/// The lists of permissions that template.toml has words for: deny is looked at before ask, and ask
/// before allow.
pub const LISTS: [&str; 3] = ["deny", "ask", "allow"];

/// Returns the rules of one list of permissions that are texts.
pub fn permissions_of<'v>(settings: &'v Value, list: &str) -> impl Iterator<Item = &'v str> {
    let rules = settings
        .get("permissions")
        .and_then(|permissions| permissions.get(list))
        .and_then(Value::as_array);
    rules.into_iter().flatten().filter_map(Value::as_str)
}

/// Returns the rules that a settings document both allows and denies.
pub fn allowed_and_denied(settings: &Value) -> BTreeSet<String> {
    let denied: BTreeSet<&str> = permissions_of(settings, "deny").collect();
    permissions_of(settings, "allow")
        .filter(|rule| denied.contains(rule))
        .map(str::to_owned)
        .collect()
}
