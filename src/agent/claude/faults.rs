//! What makes Claude Code skip settings, and how much of them: measured with Claude Code 2.1.332
//! (`tests/claude-settings.tsv` has the values; a test asks the agent itself).
//!
//! **A wrong value switches off what stands beside it**: mostly the whole file, with its guards. The
//! public schema says what is wrong; this says what becomes of it, which the schema doesn't know.

use serde_json::{Map, Value};

use super::handlers::REQUIRED;
use super::schema::{self, FaultKind};
use super::{events, parts};
use crate::words;

/// What the agent skips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skips {
    /// The whole file.
    File,
    /// An entry that holds something back: a rule that denies or asks, a hook.
    Guard,
    /// Another entry.
    Entry,
}

/// Something that an agent skips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: keys and places in lists.
    pub at: Vec<String>,
    /// What is wrong with it: `is not a text`.
    pub what: String,
    /// What is skipped for it.
    pub skips: Skips,
}

impl Fault {
    fn new(at: &[&str], what: impl Into<String>, skips: Skips) -> Self {
        Self {
            at: at.iter().map(|key| (*key).to_owned()).collect(),
            what: what.into(),
            skips,
        }
    }

    /// Returns where it is, as a JSON pointer.
    pub fn pointer(&self) -> String {
        let escaped = |key: &String| format!("/{}", key.replace('~', "~0").replace('/', "~1"));
        self.at.iter().map(escaped).collect()
    }
}

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

/// Modes that the schema knows and the agent doesn't.
const NO_MODES: [&str; 1] = ["delegate"];

/// Events whose hooks may be what guards the rest: one that can't be read switches off the file.
const GUARDED: [&str; 2] = ["PreToolUse", "PermissionRequest"];

/// How deep hooks are looked for that stand somewhere else than below `hooks`.
const MISPLACED_DEPTH: usize = 4;

/// Keys in which nothing is looked for that could be a hook.
const NO_HOOKS_IN: [&str; 2] = ["env", "mcpServers"];

/// Keys whose own keys are names of things.
const NAMES_IN: [&str; 4] = [
    "enabledPlugins",
    "extraKnownMarketplaces",
    "pluginConfigs",
    "skillOverrides",
];

/// How deep the agent reads a document.
const DEEPEST: usize = 64;

/// How many bytes the agent reads of a file.
pub const LARGEST: usize = 2 << 20;

/// Returns what is wrong with settings that are larger than that.
pub fn too_large() -> String {
    format!(
        "it is larger than {} MiB: the agent skips the whole file, guards included",
        LARGEST >> 20
    )
}

/// Returns what Claude Code skips of settings that are strict JSON, and why.
pub fn faults(document: &Value) -> Vec<Fault> {
    let Some(object) = document.as_object() else {
        return vec![Fault::new(&[], "is not an object", Skips::File)];
    };
    let mut found = Vec::new();
    for (key, value) in object {
        match key.as_str() {
            "env" if !value.is_object() => {
                found.push(Fault::new(&["env"], "is not an object", Skips::File));
            }
            "env" => {}
            "hooks" => hooks(value, &mut found),
            parts::PERMISSIONS => permissions(value, &mut found),
            "managedMcpServers" => {
                let what = "counts in managed settings alone";
                found.push(Fault::new(&["managedMcpServers"], what, Skips::Entry));
            }
            "enabledPlugins" => plugins(value, &mut found),
            _ => found.extend(by_schema(key, value)),
        }
        if is_deeper(value, DEEPEST - 1) {
            let what = format!("is deeper than {DEEPEST} levels, and cut off there");
            found.push(Fault::new(&[key], what, Skips::Entry));
        }
    }
    found.extend(of_sandbox(document));
    let mut at = Vec::new();
    misplaced(object, &mut at, &mut found);
    found
}

/// Returns what only the public schema refuses, and the agent takes: where it is, as a pointer.
pub fn unknown(document: &Value) -> Vec<String> {
    let known = faults(document);
    let is_fault = |at: &[String]| {
        let touches = |fault: &Fault| at.starts_with(&fault.at) || fault.at.starts_with(at);
        known.iter().any(touches)
    };
    let mut found = Vec::new();
    for (key, value) in document.as_object().into_iter().flatten() {
        // Keys of hooks have a rule of their own.
        if key == "hooks" {
            continue;
        }
        for one in schema::violations(key, value) {
            if !is_fault(&one.at) {
                let at: Vec<&str> = one.at.iter().map(String::as_str).collect();
                found.push(Fault::new(&at, "", Skips::Entry).pointer());
            }
        }
    }
    found
}

/// Returns what the agent skips for what the schema refuses.
fn by_schema(key: &str, value: &Value) -> Vec<Fault> {
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
    let violations = schema::violations(key, value);
    let fault = |one: schema::Violation| {
        let skips = skipped_for(&one)?;
        Some(Fault {
            what: format!("is not {}", one.wanted),
            at: one.at,
            skips,
        })
    };
    violations.into_iter().filter_map(fault).collect()
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

/// Plugins are switched on and off, or given a list of versions.
fn plugins(value: &Value, found: &mut Vec<Fault>) {
    let Some(plugins) = value.as_object() else {
        found.push(Fault::new(
            &["enabledPlugins"],
            "is not an object",
            Skips::File,
        ));
        return;
    };
    for (name, value) in plugins {
        if !value.is_boolean() && !value.is_array() && !value.is_object() {
            let what = "is neither `true` nor `false`";
            found.push(Fault::new(&["enabledPlugins", name], what, Skips::File));
        }
    }
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => true,
        Value::Array(elements) => elements.iter().any(|one| is_deeper(one, levels - 1)),
        Value::Object(object) => object.values().any(|one| is_deeper(one, levels - 1)),
        _ => false,
    }
}

/// What the schema doesn't say of the sandbox: texts that must not be empty, and places that count
/// in managed settings alone.
fn of_sandbox(document: &Value) -> Vec<Fault> {
    let mut found = Vec::new();
    let sandbox = document.get("sandbox");
    for key in ["bwrapPath", "socatPath"] {
        if sandbox.is_some_and(|sandbox| sandbox.get(key).is_some()) {
            let what = "counts in managed settings alone";
            found.push(Fault::new(&["sandbox", key], what, Skips::Entry));
        }
    }
    let is_empty = |value: &Value| value.as_str() == Some("");
    let mut say = |at: Vec<String>| {
        found.push(Fault {
            at,
            what: "is empty".to_owned(),
            skips: Skips::File,
        });
    };
    let own = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
    let network = sandbox.and_then(|sandbox| sandbox.pointer("/network/tlsTerminate"));
    for (key, _) in entries(network).filter(|(_, value)| is_empty(value)) {
        say(own(&["sandbox", "network", "tlsTerminate", key]));
    }
    for (list, key) in [("files", "path"), ("envVars", "name")] {
        let elements = sandbox
            .and_then(|sandbox| sandbox.pointer(&format!("/credentials/{list}")))
            .and_then(Value::as_array);
        for (number, element) in elements.into_iter().flatten().enumerate() {
            if element.get(key).is_some_and(is_empty) {
                say(own(&[
                    "sandbox",
                    "credentials",
                    list,
                    &number.to_string(),
                    key,
                ]));
            }
        }
    }
    found
}

fn entries(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let object = value.and_then(Value::as_object);
    object
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

fn permissions(value: &Value, found: &mut Vec<Fault>) {
    let Some(object) = value.as_object() else {
        found.push(Fault::new(
            &[parts::PERMISSIONS],
            "is not an object",
            Skips::File,
        ));
        return;
    };
    for (key, value) in object {
        let at = [parts::PERMISSIONS, key.as_str()];
        match key.as_str() {
            "allow" | "deny" | "ask" => {
                let Some(rules) = value.as_array() else {
                    found.push(Fault::new(&at, "is not a list", Skips::File));
                    continue;
                };
                let skips = if key == "allow" {
                    Skips::Entry
                } else {
                    Skips::Guard
                };
                for (number, rule) in rules.iter().enumerate() {
                    if let Some(what) = refused_rule(rule, key == "allow") {
                        let number = number.to_string();
                        found.push(Fault::new(&[at[0], at[1], &number], what, skips));
                    }
                }
            }
            "defaultMode" if value == "manual" => {}
            "defaultMode" if value.as_str().is_some_and(|mode| NO_MODES.contains(&mode)) => {
                found.push(Fault::new(
                    &at,
                    "is no mode that the agent knows",
                    Skips::File,
                ));
            }
            _ => {
                let alone = Value::Object(Map::from_iter([(key.clone(), value.clone())]));
                found.extend(by_schema(parts::PERMISSIONS, &alone));
            }
        }
    }
}

/// Returns why the agent drops a rule of a permission list.
fn refused_rule(rule: &Value, allows: bool) -> Option<&'static str> {
    let Some(rule) = rule.as_str() else {
        return Some("is not a text");
    };
    let (tool, argument) = match rule.split_once('(') {
        Some((tool, rest)) => match rest.strip_suffix(')') {
            Some("") => return Some("says nothing between its brackets"),
            Some(argument) => (tool, Some(argument)),
            None => return Some("has an open bracket, or something behind it"),
        },
        None if rule.ends_with(')') => return Some("has a bracket that was never opened"),
        None => (rule, None),
    };
    if tool.is_empty() && argument.is_none() {
        return Some("is empty");
    }
    if tool == "*" && allows && argument.is_none() {
        return Some("would allow everything");
    }
    if tool.starts_with(|letter: char| letter.is_ascii_lowercase()) && !tool.starts_with("mcp__") {
        return Some("has a tool in lower case");
    }
    let argument = argument?;
    match tool {
        _ if tool.starts_with("mcp__") => Some("gives a server's tool an argument"),
        "WebFetch" if !argument.starts_with("domain:") => Some("names no `domain:`"),
        "WebSearch" if argument.contains('*') => Some("has a `*`, which isn't read there"),
        "Read" | "Write" | "Edit" if argument.ends_with(":*") => {
            Some("ends in `:*`, which is for commands")
        }
        _ if argument == ":*" => Some("has nothing before `:*`"),
        _ => None,
    }
}

fn hooks(value: &Value, found: &mut Vec<Fault>) {
    let Some(all) = value.as_object() else {
        found.push(Fault::new(&["hooks"], "is not an object", Skips::Guard));
        return;
    };
    for (event, groups) in all {
        let skips = if GUARDED.contains(&event.as_str()) {
            Skips::File
        } else {
            Skips::Guard
        };
        if events::find(event).is_none() {
            found.push(Fault::new(&["hooks", event], "is no event", Skips::Guard));
            continue;
        }
        let Some(groups) = groups.as_array() else {
            let skips = if groups.is_null() {
                Skips::Guard
            } else {
                skips
            };
            found.push(Fault::new(&["hooks", event], "is not a list", skips));
            continue;
        };
        for (number, group) in groups.iter().enumerate() {
            let number = number.to_string();
            let at = ["hooks", event.as_str(), number.as_str()];
            hook_group(group, &at, skips, found);
        }
    }
}

fn hook_group(group: &Value, at: &[&str; 3], skips: Skips, found: &mut Vec<Fault>) {
    let Some(object) = group.as_object() else {
        found.push(Fault::new(at, "is not an object", skips));
        return;
    };
    let below = |key: &'static str| [at[0], at[1], at[2], key];
    if object
        .get("matcher")
        .is_some_and(|matcher| !matcher.is_string())
    {
        found.push(Fault::new(&below("matcher"), "is not a text", skips));
    }
    let Some(handlers) = object.get("hooks").and_then(Value::as_array) else {
        found.push(Fault::new(&below("hooks"), "is not a list of hooks", skips));
        return;
    };
    for (number, handler) in handlers.iter().enumerate() {
        if let Some(what) = refused_handler(handler) {
            let number = number.to_string();
            found.push(Fault::new(
                &[at[0], at[1], at[2], "hooks", &number],
                what,
                skips,
            ));
        }
    }
}

/// Returns why the agent can't read a handler.
fn refused_handler(handler: &Value) -> Option<String> {
    let Some(handler) = handler.as_object() else {
        return Some("is not an object".to_owned());
    };
    let kind = handler.get("type").and_then(Value::as_str);
    let Some((kind, key)) = REQUIRED.iter().find(|(known, _)| kind == Some(known)) else {
        return Some(format!(
            "has none of the types {}",
            words::list(REQUIRED.map(|(known, _)| known))
        ));
    };
    if !handler.get(*key).is_some_and(Value::is_string) {
        return Some(format!("is a `{kind}` without `{key}`"));
    }
    let is_address = |text: &str| text.contains("://") && !text.ends_with("://");
    if *kind == "http"
        && !handler
            .get("url")
            .and_then(Value::as_str)
            .is_some_and(is_address)
    {
        return Some("has a `url` that is none".to_owned());
    }
    if *kind == "mcp_tool"
        && !["server", "tool"]
            .iter()
            .all(|key| handler.get(*key).is_some_and(Value::is_string))
    {
        return Some("is a `mcp_tool` without `server` or `tool`".to_owned());
    }
    for (key, fits, what) in HANDLER {
        if handler.get(key).is_some_and(|value| !fits(value)) {
            return Some(format!("has a `{key}` that is {what}"));
        }
    }
    None
}

/// Whether a value is one that a key of a handler can have.
type Fits = fn(&Value) -> bool;

/// Keys of a handler, and what they have to be.
const HANDLER: [(&str, Fits, &str); 11] = [
    (
        "timeout",
        |value| value.as_f64().is_some_and(|seconds| seconds > 0.0),
        "no number of seconds",
    ),
    ("async", Value::is_boolean, "neither `true` nor `false`"),
    (
        "asyncRewake",
        Value::is_boolean,
        "neither `true` nor `false`",
    ),
    ("once", Value::is_boolean, "neither `true` nor `false`"),
    (
        "shell",
        |value| value == "bash" || value == "powershell",
        "no shell that it knows",
    ),
    (
        "onFailure",
        |value| value == "continue" || value == "block",
        "neither `continue` nor `block`",
    ),
    ("if", Value::is_string, "no text"),
    ("statusMessage", Value::is_string, "no text"),
    ("model", Value::is_string, "no text"),
    (
        "args",
        |value| {
            value
                .as_array()
                .is_some_and(|all| all.iter().all(Value::is_string))
        },
        "no list of texts",
    ),
    (
        "headers",
        |value| {
            value
                .as_object()
                .is_some_and(|all| all.values().all(Value::is_string))
        },
        "no list of headers",
    ),
];

/// Finds hooks that stand somewhere else than below `hooks`: the agent takes them for guards that it
/// doesn't understand, and skips the file.
fn misplaced(object: &Map<String, Value>, at: &mut Vec<String>, found: &mut Vec<Fault>) {
    let above: Vec<&str> = at.iter().map(String::as_str).collect();
    let (is_top, in_events) = (above.is_empty(), above == ["hooks"]);
    let are_names = above.len() == 1 && NAMES_IN.contains(&above[0]);
    for (key, value) in object {
        if is_top && NO_HOOKS_IN.contains(&key.as_str()) {
            continue;
        }
        let is_guarded = GUARDED.contains(&key.as_str());
        let is_event = events::find(key).is_some();
        let may_hold = is_top && key == "hooks" || in_events || is_event && !is_guarded;
        let is_something = !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
        let is_misplaced =
            is_guarded && !in_events && is_something || !may_hold && holds_hooks(value);
        at.push(key.clone());
        if is_misplaced && !are_names {
            found.push(Fault {
                at: at.clone(),
                what: "has hooks, which stand below `hooks` alone".to_owned(),
                skips: Skips::File,
            });
        } else if at.len() < MISPLACED_DEPTH {
            below(value, at, found);
        }
        at.pop();
    }
}

fn below(value: &Value, at: &mut Vec<String>, found: &mut Vec<Fault>) {
    match value {
        Value::Object(object) => misplaced(object, at, found),
        Value::Array(elements) => {
            for (number, element) in elements.iter().enumerate() {
                at.push(number.to_string());
                if at.len() < MISPLACED_DEPTH {
                    below(element, at, found);
                }
                at.pop();
            }
        }
        _ => {}
    }
}

/// Returns whether a value looks like a group of hooks, or a list of groups.
fn holds_hooks(value: &Value) -> bool {
    let is_group = |value: &Value| {
        let hooks = value.get("hooks").and_then(Value::as_array);
        hooks.is_some_and(|list| !list.is_empty())
    };
    match value {
        Value::Array(elements) => elements.iter().any(is_group),
        value => is_group(value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings;
    use super::*;

    /// What is skipped or not for patterns and inner workings, and takes no guard along.
    const UNREAD: [&str; 7] = [
        r#"{"allowedMcpServers":[{"serverName":"bad name!"}]}"#,
        r#"{"footerLinksRegexes":[{"pattern":"(","url":"x"}]}"#,
        r#"{"theme":"nope"}"#,
        r#"{"spinnerTipsOverride":{}}"#,
        r#"{"vimInsertModeRemaps":{"jk":1}}"#,
        r#"{"env":{"__proto__":"1"}}"#,
        r#"{"__proto__":{"a":1}}"#,
    ];

    /// Whether a key is none of the schema's: it counts as what nobody knows, whatever its value.
    fn is_of_no_schema(document: &Value) -> bool {
        let mut pointers = unknown(document).into_iter();
        pointers.any(|pointer| {
            let key = pointer.rsplit('/').next().unwrap_or_default();
            let path = pointer[1..].replace('/', ".");
            let value = document.pointer(&pointer).unwrap_or(&Value::Null);
            matches!(
                settings::class(&path, key, value),
                settings::Class::Whole(_)
            )
        })
    }

    /// The measured values, each with what the agent skips for it.
    #[test]
    fn what_the_agent_skips_is_what_was_measured() {
        let table = include_str!("../../../tests/claude-settings.tsv");
        let mut wrong = Vec::new();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let (outcome, text) = line.split_once('\t').expect("an outcome and a document");
            let document: Value = serde_json::from_str(text).expect(text);
            let found = faults(&document);
            let worst = match found.iter().map(|fault| fault.skips).min() {
                Some(Skips::File) => "file",
                Some(Skips::Guard | Skips::Entry) => "entry",
                None => "nothing",
            };
            let is_known = UNREAD.contains(&text) || is_of_no_schema(&document);
            if worst != outcome && !is_known {
                wrong.push(format!("{outcome}, not {worst}: {text}\n  {found:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
