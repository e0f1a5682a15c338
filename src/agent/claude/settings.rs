//! What each key of Claude Code's settings can do. **A key that isn't in the table counts as
//! executing.**

use serde_json::Value;

use crate::model::capability::CapabilityKind;

/// What a key says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Neither executes nor widens, as long as it is what it should be: one bad value, and the
    /// agent skips the whole file.
    Harmless(Type),
    /// The keys in it are classified themselves.
    Inside,
    /// A list, each element by itself.
    Each(CapabilityKind),
    /// An object, each entry by itself.
    Entries(CapabilityKind),
    /// All of it together.
    Whole(CapabilityKind),
    /// A limit where it has this value, or one of these words, and wider with any other.
    Limit(Narrow),
    /// Hooks by their events.
    Hooks,
    /// Environment variables.
    Variables,
    /// Plugins, on or off.
    Plugins,
}

/// What a harmless value has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A boolean.
    Flag,
    /// A text that isn't empty.
    Text,
    /// One of these.
    Word(&'static [&'static str]),
    /// Above nothing.
    Number,
    /// A list of texts.
    List,
    Object,
}

impl Type {
    fn has(self, value: &Value) -> bool {
        match self {
            Self::Flag => value.is_boolean(),
            Self::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Word(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Self::Number => value.as_f64().is_some_and(|number| number > 0.0),
            Self::List => value
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_string)),
            Self::Object => value.is_object(),
        }
    }
}

/// A value that limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrow {
    /// `true`.
    True,
    /// `false`.
    False,
    /// One of these.
    Words(&'static [&'static str]),
}

impl Narrow {
    /// Returns whether a value, of the right type, is that.
    pub fn has(self, value: &Value) -> bool {
        match self {
            Self::True => *value == Value::Bool(true),
            Self::False => *value == Value::Bool(false),
            Self::Words(words) => value.as_str().is_some_and(|text| words.contains(&text)),
        }
    }
}

use Class::{Each, Entries, Inside, Limit, Whole};

const TRUE: Narrow = Narrow::True;
const FALSE: Narrow = Narrow::False;
const DISABLE: Narrow = Narrow::Words(&["disable"]);
const FLAG: Class = Class::Harmless(Type::Flag);
const TEXT: Class = Class::Harmless(Type::Text);
const NUMBER: Class = Class::Harmless(Type::Number);
const LIST: Class = Class::Harmless(Type::List);
const OBJECT: Class = Class::Harmless(Type::Object);

/// Keys with what they can do, the keys inside an object behind a point.
const KEYS: [(&str, Class); 121] = [
    ("hooks", Class::Hooks),
    ("env", Class::Variables),
    ("enabledPlugins", Class::Plugins),
    ("permissions", Inside),
    ("permissions.allow", Each(CapabilityKind::Allow)),
    ("permissions.deny", Each(CapabilityKind::Deny)),
    ("permissions.ask", Each(CapabilityKind::Ask)),
    (
        "permissions.additionalDirectories",
        Each(CapabilityKind::Folder),
    ),
    (
        "permissions.defaultMode",
        Limit(Narrow::Words(&["default", "plan", "manual"])),
    ),
    ("permissions.disableBypassPermissionsMode", Limit(DISABLE)),
    ("permissions.disableAutoMode", Limit(DISABLE)),
    ("sandbox", Inside),
    ("sandbox.enabled", Limit(TRUE)),
    ("sandbox.failIfUnavailable", Limit(TRUE)),
    ("sandbox.autoAllowBashIfSandboxed", Limit(FALSE)),
    ("sandbox.allowUnsandboxedCommands", Limit(FALSE)),
    ("sandbox.enableWeakerNestedSandbox", Limit(FALSE)),
    ("sandbox.excludedCommands", Each(CapabilityKind::Allow)),
    ("sandbox.network", Inside),
    (
        "sandbox.network.allowUnixSockets",
        Each(CapabilityKind::Allow),
    ),
    ("sandbox.network.allowAllUnixSockets", Limit(FALSE)),
    ("sandbox.network.allowLocalBinding", Limit(FALSE)),
    (
        "sandbox.network.allowedDomains",
        Each(CapabilityKind::Allow),
    ),
    ("sandbox.network.deniedDomains", Each(CapabilityKind::Deny)),
    (
        "sandbox.network.allowMachLookup",
        Each(CapabilityKind::Allow),
    ),
    ("sandbox.filesystem", Inside),
    ("sandbox.filesystem.allowWrite", Each(CapabilityKind::Allow)),
    ("sandbox.filesystem.allowRead", Each(CapabilityKind::Allow)),
    ("sandbox.filesystem.denyWrite", Each(CapabilityKind::Deny)),
    ("sandbox.filesystem.denyRead", Each(CapabilityKind::Deny)),
    ("statusLine", Whole(CapabilityKind::Command)),
    ("subagentStatusLine", Whole(CapabilityKind::Command)),
    ("fileSuggestion", Whole(CapabilityKind::Command)),
    ("processWrapper", Whole(CapabilityKind::Command)),
    ("awsCredentialExport", Whole(CapabilityKind::Command)),
    ("enableAllProjectMcpServers", Limit(FALSE)),
    ("enabledMcpjsonServers", Each(CapabilityKind::Allow)),
    ("disabledMcpjsonServers", Each(CapabilityKind::Deny)),
    ("deniedMcpServers", Each(CapabilityKind::Deny)),
    ("extraKnownMarketplaces", Entries(CapabilityKind::Source)),
    ("blockedMarketplaces", Each(CapabilityKind::Deny)),
    ("disableAllHooks", Whole(CapabilityKind::Setting)),
    ("disableAutoMode", Limit(DISABLE)),
    ("disableRemoteControl", Limit(TRUE)),
    ("disableSideloadFlags", Limit(TRUE)),
    ("disableSkillShellExecution", Limit(TRUE)),
    ("disableClaudeAiConnectors", Limit(TRUE)),
    ("remoteControlAtStartup", Limit(FALSE)),
    ("skipDangerousModePermissionPrompt", Limit(FALSE)),
    ("skipWebFetchPreflight", Limit(FALSE)),
    ("useAutoModeDuringPlan", Limit(FALSE)),
    ("$schema", TEXT),
    ("advisorModel", TEXT),
    ("alwaysThinkingEnabled", FLAG),
    (
        "askUserQuestionTimeout",
        Class::Harmless(Type::Word(&["60s", "5m", "10m", "never"])),
    ),
    ("attribution", OBJECT),
    ("autoCompactEnabled", FLAG),
    ("autoConnectIde", FLAG),
    ("autoMemoryEnabled", FLAG),
    ("autoScrollEnabled", FLAG),
    (
        "autoUpdatesChannel",
        Class::Harmless(Type::Word(&["stable", "latest"])),
    ),
    ("availableModels", Whole(CapabilityKind::Limit)),
    ("awaySummaryEnabled", FLAG),
    ("axScreenReader", FLAG),
    ("claudeMdExcludes", Whole(CapabilityKind::Setting)),
    ("cleanupPeriodDays", NUMBER),
    ("companyAnnouncements", LIST),
    (
        "diffTool",
        Class::Harmless(Type::Word(&["auto", "terminal"])),
    ),
    ("disableBundledSkills", Limit(TRUE)),
    ("disableWorkflows", Limit(TRUE)),
    (
        "editorMode",
        Class::Harmless(Type::Word(&["normal", "vim"])),
    ),
    (
        "effortLevel",
        Class::Harmless(Type::Word(&["low", "medium", "high", "xhigh"])),
    ),
    ("emojiCompletionEnabled", FLAG),
    ("fallbackModel", LIST),
    ("fastMode", FLAG),
    ("fastModePerSessionOptIn", FLAG),
    ("feedbackSurveyRate", NUMBER),
    ("fileCheckpointingEnabled", FLAG),
    ("includeCoAuthoredBy", FLAG),
    ("includeGitInstructions", FLAG),
    ("language", TEXT),
    ("minimumVersion", TEXT),
    ("model", TEXT),
    ("outputStyle", TEXT),
    ("permissionExplainerEnabled", FLAG),
    (
        "preferredNotifChannel",
        Class::Harmless(Type::Word(&[
            "auto",
            "terminal_bell",
            "iterm2",
            "iterm2_with_bell",
            "kitty",
            "ghostty",
            "notifications_disabled",
        ])),
    ),
    ("prefersReducedMotion", FLAG),
    ("respectGitignore", FLAG),
    ("respondToBashCommands", FLAG),
    ("showClearContextOnPlanAccept", FLAG),
    ("showThinkingSummaries", FLAG),
    ("showTurnDuration", FLAG),
    ("skillListingBudgetFraction", NUMBER),
    ("skillListingMaxDescChars", NUMBER),
    ("skillOverrides", Whole(CapabilityKind::Setting)),
    ("skippedMarketplaces", LIST),
    ("skippedPlugins", LIST),
    ("spinnerTipsEnabled", FLAG),
    ("spinnerTipsOverride", OBJECT),
    ("spinnerVerbs", OBJECT),
    ("syntaxHighlightingDisabled", FLAG),
    ("teammateDefaultModel", TEXT),
    (
        "teammateMode",
        Class::Harmless(Type::Word(&["auto", "in-process", "tmux", "iterm2"])),
    ),
    ("terminalProgressBarEnabled", FLAG),
    ("theme", TEXT),
    (
        "tui",
        Class::Harmless(Type::Word(&["fullscreen", "default"])),
    ),
    ("verbose", FLAG),
    (
        "viewMode",
        Class::Harmless(Type::Word(&["default", "verbose", "focus"])),
    ),
    ("vimInsertModeRemaps", OBJECT),
    ("voice", OBJECT),
    ("voiceEnabled", FLAG),
    ("wheelScrollAccelerationEnabled", FLAG),
    ("workflowKeywordTriggerEnabled", FLAG),
    (
        "workflowSizeGuideline",
        Class::Harmless(Type::Word(&["unrestricted", "small", "medium", "large"])),
    ),
    ("allowManagedHooksOnly", Limit(TRUE)),
    ("allowManagedPermissionRulesOnly", Limit(TRUE)),
    ("allowManagedMcpServersOnly", Limit(TRUE)),
    ("sandbox.ignoreViolations", Whole(CapabilityKind::Setting)),
    ("sandbox.ripgrep", Whole(CapabilityKind::Command)),
    ("agentPushNotifEnabled", FLAG),
    ("inputNeededNotifEnabled", FLAG),
];

/// Returns what a key can do; `path` has the keys inside objects behind a point. A key with a point
/// in it is nobody's.
pub fn class(path: &str, key: &str, value: &Value) -> Class {
    let known = KEYS
        .iter()
        .find(|(known, _)| *known == path && !key.contains('.'))
        .map(|(_, class)| *class);
    let class = known.unwrap_or(match key.ends_with("Helper") || key.ends_with("Refresh") {
        true => Whole(CapabilityKind::Command),
        false => Whole(CapabilityKind::Setting),
    });
    // What has another shape than it should have is as good as unknown.
    let fits = match class {
        Each(_) => value.is_array(),
        Inside | Entries(_) | Class::Hooks | Class::Variables | Class::Plugins => value.is_object(),
        Limit(_) => value.is_string() || value.is_boolean(),
        Class::Harmless(kind) => kind.has(value),
        Whole(_) => true,
    };
    if fits {
        class
    } else {
        Whole(CapabilityKind::Setting)
    }
}

/// Settings that switch things off, and whether only managed settings can.
pub const SWITCHES: [(&str, &[CapabilityKind], bool); 5] = [
    ("disableAllHooks", &[CapabilityKind::Hook], false),
    (
        "disableSkillShellExecution",
        &[CapabilityKind::Inline],
        false,
    ),
    ("allowManagedHooksOnly", &[CapabilityKind::Hook], true),
    (
        "allowManagedPermissionRulesOnly",
        &[CapabilityKind::Allow, CapabilityKind::Folder],
        true,
    ),
    (
        "allowManagedMcpServersOnly",
        &[CapabilityKind::Server],
        true,
    ),
];

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
        let class =
            |path: &str, value| class(path, path.rsplit('.').next().unwrap_or(path), &value);
        assert_eq!(
            class("newThing", json!(true)),
            Whole(CapabilityKind::Setting)
        );
        assert_eq!(
            class("permissions.newList", json!([])),
            Whole(CapabilityKind::Setting)
        );
        assert_eq!(
            class("permissions.allow", json!("Bash")),
            Whole(CapabilityKind::Setting)
        );
        assert_eq!(
            class("myOwnHelper", json!("x")),
            Whole(CapabilityKind::Command)
        );
        assert_eq!(
            class("gcpAuthRefresh", json!("x")),
            Whole(CapabilityKind::Command)
        );
        assert_eq!(class("model", json!("x")), TEXT);
        // The agent would skip the whole file.
        assert_eq!(class("model", json!({})), Whole(CapabilityKind::Setting));
        assert_eq!(
            class("cleanupPeriodDays", json!(0)),
            Whole(CapabilityKind::Setting)
        );
        assert_eq!(
            class("viewMode", json!("x")),
            Whole(CapabilityKind::Setting)
        );
        // A key with a point in it is another one.
        assert_eq!(
            super::class("permissions.deny", "permissions.deny", &json!([])),
            Whole(CapabilityKind::Setting)
        );
    }
}
