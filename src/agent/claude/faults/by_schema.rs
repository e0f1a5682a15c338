//! What the agent skips for what the public schema refuses: tables of what was measured.

use serde_json::Value;

use super::{Fault, Skips};
use crate::agent::claude::schema::{self, FaultKind};

/// Keys of the top level of which a wrong value is dropped, and the file stays.
const DROPPED: [&str; 17] = [
    "allowedMcpServers",
    "askUserQuestionTimeout",
    "deniedMcpServers",
    "editorMode",
    "effortLevel",
    "extraKnownMarketplaces",
    "footerLinksRegexes",
    "forceLoginGatewayUrl",
    "forceLoginMethod",
    "policyHelper",
    "preferredNotifChannel",
    "spinnerTipsOverride",
    "strictPluginOnlyCustomization",
    "subagentStatusLine",
    "teammateMode",
    "theme",
    "viewMode",
];

/// Places below other keys of which that is so.
const DROPPED_BELOW: [&[&str]; 6] = [
    &["vimInsertModeRemaps"],
    &["statusLine", "refreshInterval"],
    &["worktree", "bgIsolation"],
    &["worktree", "location"],
    &["sandbox", "bwrapPath"],
    &["sandbox", "socatPath"],
];

/// Keys of a credential's entry of which that is so.
const DROPPED_OF_CREDENTIALS: [&str; 6] = [
    "extract",
    "onExtractNoMatch",
    "decode",
    "maskClaims",
    "injectHosts",
    "maskDuplicates",
];

/// Keys whose `null` is as good as nothing.
const NULLABLE: [&str; 25] = [
    "allowManagedHooksOnly",
    "allowManagedMcpServersOnly",
    "allowManagedPermissionRulesOnly",
    "blockedMarketplaces",
    "channelsEnabled",
    "disableAgentView",
    "disableArtifact",
    "disableAutoMode",
    "disableBundledSkills",
    "disableClaudeAiConnectors",
    "disableDeepLinkRegistration",
    "disableRemoteControl",
    "disableSideloadFlags",
    "disableSkillShellExecution",
    "disableWorkflows",
    "enableAllProjectMcpServers",
    "enableArtifact",
    "enforceAvailableModels",
    "fastModePerSessionOptIn",
    "fileCheckpointingEnabled",
    "remoteControlAtStartup",
    "skipDangerousModePermissionPrompt",
    "skipWebFetchPreflight",
    "strictKnownMarketplaces",
    "useAutoModeDuringPlan",
];

/// Keys that the agent doesn't look at, whatever the schema says.
const UNCHECKED: [&str; 13] = [
    "autoConnectIde",
    "autoInstallIdeExtension",
    "browserExternalPageTools",
    "diffTool",
    "disableBrowserExternalNavigation",
    "disableMobileSimulatorTools",
    "externalEditorContext",
    "permissionExplainerEnabled",
    "requireCoworkFullVmSandbox",
    "skippedMarketplaces",
    "skippedPlugins",
    "sshHostAllowlist",
    "teammateDefaultModel",
];

/// Keys whose numbers have to be within their range.
const RANGED: [&str; 4] = [
    "cleanupPeriodDays",
    "feedbackSurveyRate",
    "skillListingBudgetFraction",
    "skillListingMaxDescChars",
];

/// Lists of marketplaces whose addresses have to be such.
const ADDRESSED: [&str; 2] = ["blockedMarketplaces", "strictKnownMarketplaces"];

/// Returns what the agent skips for what the schema refuses.
pub(super) fn by_schema(key: &str, value: &Value) -> Vec<Fault> {
    if UNCHECKED.contains(&key) || is_converted(key, value) {
        return Vec::new();
    }
    if value.is_null() && NULLABLE.contains(&key) {
        return vec![Fault::new(
            &[key],
            "is null, and as good as nothing",
            Skips::Entry,
        )];
    }
    if key == "spinnerVerbs" && value.get("mode").is_none() && value.is_object() {
        return vec![Fault::new(&[key], "is not with `mode`", Skips::File)];
    }
    let mut found = Vec::new();
    for one in schema::violations(key, value) {
        if let Some(skips) = skipped_for(&one) {
            found.push(Fault {
                what: format!("is not {}", one.wanted),
                at: one.at,
                skips,
            });
        }
    }
    found
}

/// Returns whether the agent makes something else of a value that the schema refuses.
fn is_converted(key: &str, value: &Value) -> bool {
    match key {
        "enabledMcpjsonServers" | "disabledMcpjsonServers" => value.is_string(),
        "attribution" => value.is_boolean(),
        "autoUpdatesChannel" => value == "rc",
        _ => false,
    }
}

fn skipped_for(one: &schema::Violation) -> Option<Skips> {
    let at: Vec<&str> = one.at.iter().map(String::as_str).collect();
    let top = at.first().copied().unwrap_or_default();
    match one.kind {
        FaultKind::Fine if one.wanted.contains("`format`") && ADDRESSED.contains(&top) => {
            Some(Skips::File)
        }
        FaultKind::Range if RANGED.contains(&top) => Some(Skips::File),
        FaultKind::Fine if one.wanted.contains("`propertyNames`") => None,
        FaultKind::Range | FaultKind::Fine => is_dropped(&at).then_some(Skips::Entry),
        FaultKind::Shape if at.starts_with(&["sandbox", "enabledPlatforms"]) => None,
        // Which kind of source it is decides how the rest is read.
        FaultKind::Shape
            if top == "extraKnownMarketplaces" && at.ends_with(&["source", "source"]) =>
        {
            Some(Skips::File)
        }
        FaultKind::Shape if is_dropped(&at) => Some(match top {
            "allowedMcpServers" | "deniedMcpServers" => Skips::Guard,
            _ => Skips::Entry,
        }),
        FaultKind::Shape => Some(Skips::File),
    }
}

fn is_dropped(at: &[&str]) -> bool {
    let of_credentials = matches!(at, ["sandbox", "credentials", "files" | "envVars", _, key, ..]
        if DROPPED_OF_CREDENTIALS.contains(key));
    DROPPED.contains(&at[0])
        || DROPPED_BELOW.iter().any(|place| at.starts_with(place))
        || of_credentials
}
