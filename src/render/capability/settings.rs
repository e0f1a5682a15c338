//! What each key of Claude Code's settings can do. **A key that isn't in the table counts as executing.**

use serde_json::Value;

use super::Kind;

/// What a key says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Neither executes nor widens.
    Harmless,
    /// The keys in it are classified themselves.
    Inside,
    /// A list, each element by itself.
    Each(Kind),
    /// An object, each entry by itself.
    Entries(Kind),
    /// All of it together.
    Whole(Kind),
    /// A limit where it has one of these values, and wider with any other.
    Limit(&'static [&'static str]),
    /// Hooks by their events.
    Hooks,
    /// Environment variables.
    Variables,
    /// Plugins, on or off.
    Plugins,
}

use Class::{Each, Entries, Harmless, Inside, Limit, Whole};

const TRUE: &[&str] = &["true"];
const FALSE: &[&str] = &["false"];
const DISABLE: &[&str] = &["disable"];

/// Keys with what they can do, the keys inside an object behind a point.
const KEYS: [(&str, Class); 121] = [
    ("hooks", Class::Hooks),
    ("env", Class::Variables),
    ("enabledPlugins", Class::Plugins),
    ("permissions", Inside),
    ("permissions.allow", Each(Kind::Allow)),
    ("permissions.deny", Each(Kind::Deny)),
    ("permissions.ask", Each(Kind::Ask)),
    ("permissions.additionalDirectories", Each(Kind::Folder)),
    ("permissions.defaultMode", Limit(&["default", "plan", "manual"])),
    ("permissions.disableBypassPermissionsMode", Limit(DISABLE)),
    ("permissions.disableAutoMode", Limit(DISABLE)),
    ("sandbox", Inside),
    ("sandbox.enabled", Limit(TRUE)),
    ("sandbox.failIfUnavailable", Limit(TRUE)),
    ("sandbox.autoAllowBashIfSandboxed", Limit(FALSE)),
    ("sandbox.allowUnsandboxedCommands", Limit(FALSE)),
    ("sandbox.enableWeakerNestedSandbox", Limit(FALSE)),
    ("sandbox.excludedCommands", Each(Kind::Allow)),
    ("sandbox.network", Inside),
    ("sandbox.network.allowUnixSockets", Each(Kind::Allow)),
    ("sandbox.network.allowAllUnixSockets", Limit(FALSE)),
    ("sandbox.network.allowLocalBinding", Limit(FALSE)),
    ("sandbox.network.allowedDomains", Each(Kind::Allow)),
    ("sandbox.network.deniedDomains", Each(Kind::Deny)),
    ("sandbox.network.allowMachLookup", Each(Kind::Allow)),
    ("sandbox.filesystem", Inside),
    ("sandbox.filesystem.allowWrite", Each(Kind::Allow)),
    ("sandbox.filesystem.allowRead", Each(Kind::Allow)),
    ("sandbox.filesystem.denyWrite", Each(Kind::Deny)),
    ("sandbox.filesystem.denyRead", Each(Kind::Deny)),
    ("statusLine", Whole(Kind::Command)),
    ("subagentStatusLine", Whole(Kind::Command)),
    ("fileSuggestion", Whole(Kind::Command)),
    ("processWrapper", Whole(Kind::Command)),
    ("awsCredentialExport", Whole(Kind::Command)),
    ("enableAllProjectMcpServers", Limit(FALSE)),
    ("enabledMcpjsonServers", Each(Kind::Allow)),
    ("disabledMcpjsonServers", Each(Kind::Deny)),
    ("deniedMcpServers", Each(Kind::Deny)),
    ("extraKnownMarketplaces", Entries(Kind::Source)),
    ("blockedMarketplaces", Each(Kind::Deny)),
    ("disableAllHooks", Limit(FALSE)),
    ("disableAutoMode", Limit(DISABLE)),
    ("disableRemoteControl", Limit(TRUE)),
    ("disableSideloadFlags", Limit(TRUE)),
    ("disableSkillShellExecution", Limit(TRUE)),
    ("disableClaudeAiConnectors", Limit(TRUE)),
    ("remoteControlAtStartup", Limit(FALSE)),
    ("skipDangerousModePermissionPrompt", Limit(FALSE)),
    ("skipWebFetchPreflight", Limit(FALSE)),
    ("useAutoModeDuringPlan", Limit(FALSE)),
    ("$schema", Harmless),
    ("advisorModel", Harmless),
    ("alwaysThinkingEnabled", Harmless),
    ("askUserQuestionTimeout", Harmless),
    ("attribution", Harmless),
    ("autoCompactEnabled", Harmless),
    ("autoConnectIde", Harmless),
    ("autoMemoryEnabled", Harmless),
    ("autoScrollEnabled", Harmless),
    ("autoUpdatesChannel", Harmless),
    ("availableModels", Harmless),
    ("awaySummaryEnabled", Harmless),
    ("axScreenReader", Harmless),
    ("claudeMdExcludes", Harmless),
    ("cleanupPeriodDays", Harmless),
    ("companyAnnouncements", Harmless),
    ("diffTool", Harmless),
    ("disableBundledSkills", Harmless),
    ("disableWorkflows", Harmless),
    ("editorMode", Harmless),
    ("effortLevel", Harmless),
    ("emojiCompletionEnabled", Harmless),
    ("fallbackModel", Harmless),
    ("fastMode", Harmless),
    ("fastModePerSessionOptIn", Harmless),
    ("feedbackSurveyRate", Harmless),
    ("fileCheckpointingEnabled", Harmless),
    ("includeCoAuthoredBy", Harmless),
    ("includeGitInstructions", Harmless),
    ("language", Harmless),
    ("minimumVersion", Harmless),
    ("model", Harmless),
    ("outputStyle", Harmless),
    ("permissionExplainerEnabled", Harmless),
    ("preferredNotifChannel", Harmless),
    ("prefersReducedMotion", Harmless),
    ("respectGitignore", Harmless),
    ("respondToBashCommands", Harmless),
    ("showClearContextOnPlanAccept", Harmless),
    ("showThinkingSummaries", Harmless),
    ("showTurnDuration", Harmless),
    ("skillListingBudgetFraction", Harmless),
    ("skillListingMaxDescChars", Harmless),
    ("skillOverrides", Harmless),
    ("skippedMarketplaces", Harmless),
    ("skippedPlugins", Harmless),
    ("spinnerTipsEnabled", Harmless),
    ("spinnerTipsOverride", Harmless),
    ("spinnerVerbs", Harmless),
    ("syntaxHighlightingDisabled", Harmless),
    ("teammateDefaultModel", Harmless),
    ("teammateMode", Harmless),
    ("terminalProgressBarEnabled", Harmless),
    ("theme", Harmless),
    ("tui", Harmless),
    ("verbose", Harmless),
    ("viewMode", Harmless),
    ("vimInsertModeRemaps", Harmless),
    ("voice", Harmless),
    ("voiceEnabled", Harmless),
    ("wheelScrollAccelerationEnabled", Harmless),
    ("workflowKeywordTriggerEnabled", Harmless),
    ("workflowSizeGuideline", Harmless),
    ("allowManagedHooksOnly", Limit(TRUE)),
    ("allowManagedPermissionRulesOnly", Limit(TRUE)),
    ("allowManagedMcpServersOnly", Limit(TRUE)),
    ("sandbox.ignoreViolations", Whole(Kind::Setting)),
    ("sandbox.ripgrep", Whole(Kind::Command)),
    ("agentPushNotifEnabled", Harmless),
    ("inputNeededNotifEnabled", Harmless),
];

/// Returns what a key can do; `path` has the keys inside objects behind a point.
pub(super) fn class(path: &str, value: &Value) -> Class {
    let known = KEYS.iter().find(|(key, _)| *key == path).map(|(_, class)| *class);
    let class = known.unwrap_or(match path.ends_with("Helper") || path.ends_with("Refresh") {
        true => Whole(Kind::Command),
        false => Whole(Kind::Setting),
    });
    // What has another shape than it should have is as good as unknown.
    let fits = match class {
        Each(_) => value.is_array(),
        Inside | Entries(_) | Class::Hooks | Class::Variables | Class::Plugins => value.is_object(),
        Limit(_) => value.is_string() || value.is_boolean(),
        Harmless | Whole(_) => true,
    };
    if fits { class } else { Whole(Kind::Setting) }
}

/// Variables of which no value makes anything run or go elsewhere.
const HARMLESS_VARIABLES: [&str; 22] = [
    "BASH_DEFAULT_TIMEOUT_MS",
    "BASH_MAX_OUTPUT_LENGTH",
    "BASH_MAX_TIMEOUT_MS",
    "CI",
    "CLAUDE_BASH_MAINTAIN_PROJECT_WORKING_DIR",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "CLAUDE_CODE_DISABLE_TERMINAL_TITLE",
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    "DISABLE_AUTOUPDATER",
    "DISABLE_BUG_COMMAND",
    "DISABLE_COST_WARNINGS",
    "DISABLE_ERROR_REPORTING",
    "DISABLE_TELEMETRY",
    "FORCE_COLOR",
    "LANG",
    "MAX_MCP_OUTPUT_TOKENS",
    "MAX_THINKING_TOKENS",
    "MCP_TIMEOUT",
    "MCP_TOOL_TIMEOUT",
    "NO_COLOR",
    "RUST_LOG",
    "TZ",
];

/// Returns whether a variable can't make anything run or go elsewhere, whatever its value is.
pub(super) fn is_harmless_variable(name: &str) -> bool {
    HARMLESS_VARIABLES.contains(&name) || name.starts_with("LC_")
}

/// Events at which a hook can hold something back.
pub(super) fn is_guarded(event: &str) -> bool {
    matches!(event, "PreToolUse" | "PermissionRequest" | "UserPromptSubmit" | "Stop" | "SubagentStop" | "ConfigChange")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_is_classified_once() {
        for (index, (key, _)) in KEYS.iter().enumerate() {
            assert!(KEYS[..index].iter().all(|(other, _)| other != key), "{key}");
        }
    }

    #[test]
    fn what_is_unknown_or_misshapen_counts_as_executing() {
        assert_eq!(class("newThing", &json!(true)), Whole(Kind::Setting));
        assert_eq!(class("permissions.newList", &json!([])), Whole(Kind::Setting));
        assert_eq!(class("permissions.allow", &json!("Bash")), Whole(Kind::Setting));
        assert_eq!(class("myOwnHelper", &json!("x")), Whole(Kind::Command));
        assert_eq!(class("gcpAuthRefresh", &json!("x")), Whole(Kind::Command));
        assert_eq!(class("model", &json!("x")), Harmless);
    }
}
