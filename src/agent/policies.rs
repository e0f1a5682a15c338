//! What lists and tables mean in the documents of agents, declared as data. One table serves every
//! JSON file: a `permissions` or `hooks` elsewhere means the same.

use crate::merge::json::{ArrayPolicy, Policies};

/// What they mean in JSON, by path; `*` is any one key.
pub const POLICIES: &Policies = &Policies {
    arrays: &[
        (&["permissions", "allow"], ArrayPolicy::Set),
        (&["permissions", "ask"], ArrayPolicy::Set),
        (&["permissions", "deny"], ArrayPolicy::Set),
        (&["permissions", "additionalDirectories"], ArrayPolicy::Set),
        // Cursor and Copilot have handlers without groups; none is told from another but by all of it.
        (&["hooks", "sessionStart"], ArrayPolicy::Set),
        (&["hooks", "beforeSubmitPrompt"], ArrayPolicy::Set),
        (&["hooks", "userPromptSubmitted"], ArrayPolicy::Set),
        (&["hooks", "preToolUse"], ArrayPolicy::Set),
        (&["hooks", "postToolUse"], ArrayPolicy::Set),
        (&["hooks", "stop"], ArrayPolicy::Set),
        (&["hooks", "agentStop"], ArrayPolicy::Set),
        (&["hooks", "sessionEnd"], ArrayPolicy::Set),
        (&["hooks", "preCompact"], ArrayPolicy::Set),
        (&["hooks", "subagentStop"], ArrayPolicy::Set),
        (&["hooks", "notification"], ArrayPolicy::Set),
        (&["hooks", "beforeShellExecution"], ArrayPolicy::Set),
        (&["hooks", "beforeMCPExecution"], ArrayPolicy::Set),
        (&["hooks", "beforeReadFile"], ArrayPolicy::Set),
        (&["hooks", "afterFileEdit"], ArrayPolicy::Set),
        (&["hooks", "afterShellExecution"], ArrayPolicy::Set),
        (&["hooks", "*"], ArrayPolicy::Handlers),
        (&["mcpServers", "*", "args"], ArrayPolicy::Sequence),
        // OpenCode.
        (&["instructions"], ArrayPolicy::Set),
        (&["mcp", "*", "command"], ArrayPolicy::Sequence),
    ],
    units: &[
        &["extraKnownMarketplaces", "*"],
        &["extraKnownMarketplaces", "*", "source"],
        &["fileSuggestion"],
        // OpenCode.
        &["mcp", "*"],
        &["mcpServers", "*"],
        &["policyHelper"],
        &["sandbox", "ripgrep"],
        &["spinnerTipsOverride"],
        &["spinnerVerbs"],
        &["statusLine"],
        &["subagentStatusLine"],
    ],
    scripts: &[".claude/hooks/", ".agents/hooks/"],
    runner: Some(("run", ".hook")),
};

/// What they mean in TOML: nothing of what Claude Code's settings mean, and a server is one whole,
/// as it is in .mcp.json. Half a server, of two versions, would keep Codex from starting.
pub const TOML_POLICIES: &Policies = &Policies {
    arrays: &[(&["mcp_servers", "*", "args"], ArrayPolicy::Sequence)],
    units: &[&["mcp_servers", "*"]],
    scripts: &["/"],
    runner: None,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::claude::places::HOOKS;
    use crate::merge::json::tests::SAMPLE;

    #[test]
    fn the_merge_is_tested_with_the_policies_that_ship() {
        assert_eq!(POLICIES, SAMPLE);
        assert_eq!(POLICIES.scripts[0], format!("{HOOKS}/"));
    }
}
