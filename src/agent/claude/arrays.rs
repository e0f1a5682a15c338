//! What lists mean in Claude Code's settings and servers, declared as data.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::merge::json::{ArrayPolicy, Policies};

/// The policies of its arrays by path; `*` is any one key.
pub const POLICIES: Policies = Policies {
    arrays: &[
        (&["permissions", "allow"], ArrayPolicy::Set),
        (&["permissions", "ask"], ArrayPolicy::Set),
        (&["permissions", "deny"], ArrayPolicy::Set),
        (&["permissions", "additionalDirectories"], ArrayPolicy::Set),
        (&["hooks", "*"], ArrayPolicy::Handlers),
        (&["mcpServers", "*", "args"], ArrayPolicy::Sequence),
    ],
    units: &[
        &["extraKnownMarketplaces", "*"],
        &["extraKnownMarketplaces", "*", "source"],
        &["fileSuggestion"],
        &["mcpServers", "*"],
        &["policyHelper"],
        &["sandbox", "ripgrep"],
        &["spinnerTipsOverride"],
        &["spinnerVerbs"],
        &["statusLine"],
        &["subagentStatusLine"],
    ],
    scripts: ".claude/hooks/",
};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::claude::places::HOOKS;
    use crate::merge::json::tests::SAMPLE;

    #[test]
    fn the_merge_is_tested_with_the_policies_that_ship() {
        assert_eq!(POLICIES, *SAMPLE);
        assert_eq!(POLICIES.scripts, format!("{HOOKS}/"));
    }
}
