//! Whether Codex runs the hooks of a repository: measured with 0.171.0 on Linux.
//!
//! - It reads `.codex/hooks.json` from the top of the git repository down to the folder that it is
//!   started in; in a linked worktree that of the main checkout. Without git it reads no folder
//!   above.
//! - The top of the repository has to be trusted, by its own name. A worktree is trusted as its
//!   main checkout is, where nothing is said of itself.
//! - Each hook has to be trusted, by its place and a digest of its entry, and may be switched off.
//! - `[features] hooks` switches all of them: the machine's, the person's, the project's, and what
//!   the machine requires, and the last of them that has it counts.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::agent::gate::{
    FactPath, FactText, Gate, GateBasis, GateFacts, GateFinding, OwnEntry, Start, VersionFrom,
    in_inner_repository, last_word, readable, switched_off,
};
use crate::agent::hook_entries::HookEntry;
use crate::model::digest::Digest;

use super::hooks::{ENTRIES, HOOKS};

pub const GATE: Gate = Gate {
    program: "codex",
    version: VersionFrom::AskedInFolder(HOME),
    document: |template| ENTRIES.path_of(template),
    also_runs: None,
    reads_in,
    person: |start| start.folder(HOME, ".codex"),
    variables: &[HOME],
    reads: |start| {
        let mut paths = layers(start);
        paths.push(start.root.join(HOOKS));
        paths.into_iter().map(FactPath::File).collect()
    },
    names: |_, _| Vec::new(),
    findings,
};

/// The variable that names the folder of a person's configuration.
const HOME: &str = "CODEX_HOME";

/// What the machine requires of every configuration.
const REQUIREMENTS: &str = "/etc/codex/requirements.toml";

/// The names of the switch for all hooks.
const SWITCHES: [&str; 2] = ["hooks", "codex_hooks"];

/// The keys that `.codex/hooks.json` may have: for any other, none of its hooks run.
const ROOT_KEYS: [&str; 2] = ["description", "hooks"];

/// The version whose digests of entries are known to be computed as they are here.
const DIGESTS_OF: &str = "0.171.0";

/// Events whose matcher is no part of the digest.
const WITHOUT_MATCHER: [&str; 3] = ["stop", "user_prompt_submit", "interrupt"];

/// Events whose hooks have another time than most: usually, and at most.
const SHORT: [&str; 2] = ["session_end", "interrupt"];

fn user_config(start: &Start) -> PathBuf {
    start.folder(HOME, ".codex").join("config.toml")
}

fn project_config(start: &Start) -> PathBuf {
    start.root.join(".codex/config.toml")
}

/// Returns the configurations, the last of which counts.
fn layers(start: &Start) -> Vec<PathBuf> {
    vec![
        "/etc/codex/config.toml".into(),
        user_config(start),
        project_config(start),
        "/etc/codex/managed_config.toml".into(),
        REQUIREMENTS.into(),
    ]
}

/// In a linked worktree it is the main checkout's folder.
fn reads_in(start: &Start) -> PathBuf {
    match (&start.main, &start.top) {
        (Some(main), Some(top)) => match start.root.strip_prefix(top) {
            Ok(below) => main.join(below),
            Err(_) => start.root.clone(),
        },
        _ => start.root.clone(),
    }
}

fn findings(facts: &GateFacts) -> Vec<GateFinding> {
    let start = facts.start;
    let mut found = Vec::new();
    if let Some(inner) = in_inner_repository(start, "Codex") {
        return vec![inner.mend(start.at_root("codex"))];
    }
    if start.top.is_none() && start.is_below_root() {
        let why = format!("without git, Codex reads `{HOOKS}` only in the folder it is started in");
        found.push(GateFinding::off(GateBasis::Folder, why).mend(start.at_root("codex")));
    }
    found.extend(broken(facts));
    let layers = readable(layers(start), |path| facts.texts.toml(path));
    for name in SWITCHES {
        if let Some((path, false)) = last_word(&layers, &format!("/features/{name}")) {
            let key = format!("features.{name}");
            found.push(switched_off(start, path, "hooks", &key));
        }
    }
    let requires_managed = |(path, value): &&(PathBuf, Value)| {
        let only = value.get("allow_managed_hooks_only");
        path == Path::new(REQUIREMENTS) && only == Some(&Value::Bool(true))
    };
    if layers.iter().any(|layer| requires_managed(&layer)) {
        let why = format!("`{REQUIREMENTS}` has `allow_managed_hooks_only`: only its hooks run");
        let ask = "ask whoever manages this machine";
        found.push(GateFinding::off(GateBasis::Files, why).mend(ask));
    }
    let user = layers.iter().find(|(path, _)| *path == user_config(start));
    let user = user.map_or(&Value::Null, |(_, value)| value);
    if !is_trusted(start, user) {
        found.push(untrusted());
        return found;
    }
    match unread(facts) {
        Some(unread) => found.push(unread),
        None => {
            for own in facts.entries {
                found.extend(of_entry(facts, user, own));
            }
        }
    }
    found
}

/// Configurations without which Codex doesn't start.
fn broken(facts: &GateFacts) -> Vec<GateFinding> {
    let mut found = Vec::new();
    for path in layers(facts.start) {
        if let FactText::Broken(_) = facts.texts.toml(&path) {
            let file = facts.start.shown(&path);
            let why = format!("{file} isn't TOML: Codex doesn't start");
            found.push(GateFinding::off(GateBasis::Files, why).mend(format!("mend {file}")));
        }
    }
    found
}

fn untrusted() -> GateFinding {
    let why = "Codex doesn't trust this folder, and runs none of its hooks";
    GateFinding::off(GateBasis::Trust, why)
        .mend("start `codex` here and trust the folder, then type `/hooks` and trust the hooks")
}

/// What is said of a worktree itself counts before what is said of its main checkout.
fn is_trusted(start: &Start, config: &Value) -> bool {
    let own = start.top.as_ref().unwrap_or(&start.cwd);
    let level = |folder: &PathBuf| {
        let project = config.get("projects")?.get(folder.to_str()?)?;
        project.get("trust_level")?.as_str()
    };
    let level = level(own).or_else(|| level(start.main.as_ref()?));
    level == Some("trusted")
}

/// Why nothing of `.codex/hooks.json` is read.
fn unread(facts: &GateFacts) -> Option<GateFinding> {
    let path = reads_in(facts.start).join(HOOKS);
    let file = facts.start.shown(&path);
    let off = |what: String| {
        let why = format!("{file} {what}: Codex runs none of its hooks");
        Some(GateFinding::off(GateBasis::Files, why).mend(format!("mend {file}")))
    };
    match facts.texts.json(&path) {
        FactText::Absent => None,
        FactText::Broken(_) => off("isn't strict JSON".to_owned()),
        FactText::Value(value) => {
            let Some(object) = value.as_object() else {
                return off("isn't an object".to_owned());
            };
            let mut keys = object.keys();
            let unknown = keys.find(|key| !ROOT_KEYS.contains(&key.as_str()))?;
            off(format!("has the key `{unknown}`, which Codex doesn't know"))
        }
    }
}

/// Why Codex doesn't run one hook.
fn of_entry(facts: &GateFacts, config: &Value, own: &OwnEntry) -> Option<GateFinding> {
    let event = snake_case(&own.entry.event);
    let HookEntry { group, handler, .. } = &own.entry;
    let key = format!("{}:{event}:{group}:{handler}", own.document.display());
    let state = config
        .get("hooks")
        .and_then(|hooks| hooks.get("state")?.get(&key));
    let is_enabled = state.and_then(|state| state.get("enabled")?.as_bool());
    let trusted = state.and_then(|state| state.get("trusted_hash")?.as_str());
    let id = &own.name.id;
    let finding = if is_enabled == Some(false) {
        let why = format!("{id} is switched off in Codex");
        GateFinding::off(GateBasis::Files, why)
            .mend("start `codex` here, type `/hooks`, and switch it on")
    } else if trusted == Some(trusted_hash(&event, &own.entry).as_str()) {
        return None;
    } else {
        let finding = match (trusted, facts.version) {
            (None, _) => GateFinding::off(
                GateBasis::Trust,
                format!("{id} isn't trusted in Codex, which leaves it out"),
            ),
            (Some(_), Some(other)) if other != DIGESTS_OF => GateFinding::unknown(format!(
                "{id} was trusted in Codex, and agentpkg can't tell what {other} makes of that"
            )),
            (Some(_), _) => GateFinding::off(
                GateBasis::Trust,
                format!("{id} has changed since it was trusted in Codex, which leaves it out"),
            ),
        };
        finding.mend("start `codex` here, type `/hooks`, and trust what is listed")
    };
    Some(finding.of(&own.name))
}

/// Returns the name of an event as Codex keeps it: `pre_tool_use` for `PreToolUse`.
fn snake_case(event: &str) -> String {
    let mut name = String::new();
    for letter in event.chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name
}

/// Returns the digest by which Codex trusts a hook: of its event, its matcher and its handler, as
/// compact JSON with sorted keys (codex-rs, hooks/src/engine/discovery.rs, `command_hook_hash`).
fn trusted_hash(event: &str, entry: &HookEntry) -> String {
    let handler = &entry.value;
    let asked = handler.get("timeout").and_then(Value::as_u64);
    let timeout = match SHORT.contains(&event) {
        true => asked.unwrap_or(1).clamp(1, 3),
        false => asked.unwrap_or(600).max(1),
    };
    let is_async = handler
        .get("async")
        .and_then(Value::as_bool)
        .unwrap_or(false);
    let fields = [
        (
            "additionalContextLimit",
            handler.get("additionalContextLimit").cloned(),
        ),
        ("async", Some(json!(is_async))),
        ("command", Some(json!(entry.command))),
        ("statusMessage", handler.get("statusMessage").cloned()),
        ("timeout", Some(json!(timeout))),
        ("type", Some(json!("command"))),
    ];
    let mut sorted = Map::new();
    for (key, value) in fields {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            sorted.insert(key.to_owned(), value);
        }
    }
    let mut whole = json!({ "event_name": event, "hooks": [sorted] });
    let matcher = entry
        .outer
        .get("matcher")
        .filter(|matcher| matcher.is_string());
    if let Some(matcher) = matcher.filter(|_| !WITHOUT_MATCHER.contains(&event)) {
        whole["matcher"] = matcher.clone();
    }
    Digest::of(whole.to_string().as_bytes()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::gate::tests::GateCase;
    use crate::agent::hook_entries::entries;
    use crate::model::agent::Agent::Codex;

    const DOCUMENT: &str = r#"{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "echo pre"}]}]}}"#;

    const CONFIG: &str = "~/.codex/config.toml";

    fn hash_of(document: &str) -> String {
        let document: Value = serde_json::from_str(document).unwrap();
        let entry = entries(&document).remove(0);
        trusted_hash(&snake_case(&entry.event), &entry)
    }

    /// A configuration that trusts a folder, and the hook in a file.
    fn trusting(folder: &str, file: &str, hash: &str) -> String {
        format!(
            "[projects.\"{folder}\"]\ntrust_level = \"trusted\"\n\n\
             [hooks.state.\"{file}:pre_tool_use:0:0\"]\ntrusted_hash = \"{hash}\"\n"
        )
    }

    fn trusted() -> String {
        trusting("/p/shop", "/p/shop/.codex/hooks.json", &hash_of(DOCUMENT))
    }

    fn case() -> GateCase {
        GateCase::default().file(HOOKS, DOCUMENT)
    }

    #[test]
    fn a_hook_is_trusted_by_the_digest_that_codex_computes() {
        // What Codex itself said of these.
        let said = "sha256:3ce31b5295830c23543ff45c9ef9da786314c3c8ddef0ba2bead00ddd67870c2";
        assert_eq!(hash_of(DOCUMENT), said);
        let said = "sha256:98b978d3f64e79a9bd6e6a5c532fdbc0cf7abab80370d2b802b00205f0dd5dbd";
        let limited = json!({"hooks": [{"command": "x", "additionalContextLimit": 5}]});
        assert_eq!(
            hash_of(&json!({"hooks": {"PreToolUse": [limited]}}).to_string()),
            said
        );
        let entry = |event: &str, group: Value| {
            let document = json!({"hooks": {event: [group]}});
            hash_of(&document.to_string())
        };
        let handler = json!({"type": "command", "command": "x"});
        let plain = entry("PreToolUse", json!({"hooks": [handler.clone()]}));
        for (event, group, is_same) in [
            (
                "PreToolUse",
                json!({"matcher": "", "hooks": [handler.clone()]}),
                false,
            ),
            ("PostToolUse", json!({"hooks": [handler]}), false),
            (
                "PreToolUse",
                json!({"hooks": [{"command": "x", "timeout": 600}]}),
                true,
            ),
            (
                "PreToolUse",
                json!({"hooks": [{"command": "x", "timeout": 5}]}),
                false,
            ),
            (
                "PreToolUse",
                json!({"hooks": [{"command": "x", "name": "n"}]}),
                true,
            ),
            (
                "PreToolUse",
                json!({"hooks": [{"command": "x", "async": true}]}),
                false,
            ),
            (
                "PreToolUse",
                json!({"hooks": [{"command": "x", "statusMessage": "s"}]}),
                false,
            ),
        ] {
            assert_eq!(entry(event, group.clone()) == plain, is_same, "{group}");
        }
        let stop = |matcher: &str| {
            entry(
                "Stop",
                json!({"matcher": matcher, "hooks": [{"command": "x"}]}),
            )
        };
        assert_eq!(stop("a"), stop("b"));
    }

    #[test]
    fn the_folder_and_each_hook_have_to_be_trusted() {
        case().file(CONFIG, &trusted()).runs(Codex);
        case()
            .file(CONFIG, &trusted())
            .started_in("src")
            .runs(Codex);
        case().is_off(Codex, "doesn't trust this folder");
        let above = trusted().replace("\"/p/shop\"", "\"/p\"");
        case()
            .file(CONFIG, &above)
            .is_off(Codex, "doesn't trust this folder");
        let untrusted = trusted().replace("\"trusted\"", "\"untrusted\"");
        case()
            .file(CONFIG, &untrusted)
            .is_off(Codex, "doesn't trust this folder");
        let hookless = "[projects.\"/p/shop\"]\ntrust_level = \"trusted\"\n";
        case()
            .file(CONFIG, hookless)
            .is_off(Codex, "guard isn't trusted in Codex");
        let off = trusted() + "enabled = false\n";
        case()
            .file(CONFIG, &off)
            .is_off(Codex, "guard is switched off");
        let elsewhere = case()
            .file("/c/config.toml", &trusted())
            .variable("CODEX_HOME", "/c");
        elsewhere.runs(Codex);
    }

    #[test]
    fn another_digest_is_a_change_where_it_is_known_how_they_are_computed() {
        let other = case().file(HOOKS, &DOCUMENT.replace("echo pre", "echo post"));
        let other = other.file(CONFIG, &trusted());
        other.is_off(Codex, "guard has changed since");
        let other = other.version(DIGESTS_OF);
        other.is_off(Codex, "guard has changed since");
        other
            .version("0.172.0")
            .is_off(Codex, "? guard was trusted");
    }

    #[test]
    fn a_worktree_reads_and_trusts_what_its_main_checkout_has() {
        let hash = hash_of(DOCUMENT);
        let main = "/p/main/.codex/hooks.json";
        let case = GateCase::default().worktree().file(main, DOCUMENT);
        let config = trusting("/p/main", main, &hash);
        let case = case.file(CONFIG, &config);
        case.runs(Codex);
        let own = "\n[projects.\"/p/shop\"]\ntrust_level = \"untrusted\"\n";
        let case = case.file(CONFIG, &(config + own));
        case.is_off(Codex, "doesn't trust this folder");
    }

    #[test]
    fn hooks_are_switched_off_by_the_last_word() {
        let project = ".codex/config.toml";
        let requirements = "/etc/codex/requirements.toml";
        let off = "[features]\nhooks = false\n";
        let on = "[features]\nhooks = true\n";
        let user = |text: &str| case().file(CONFIG, &(trusted() + text));
        user(off).is_off(
            Codex,
            "`~/.codex/config.toml` switches hooks off (`features.hooks`)",
        );
        user(off).file(project, on).runs(Codex);
        user(on)
            .file(project, off)
            .is_off(Codex, "`.codex/config.toml` switches");
        user(off).file(requirements, on).runs(Codex);
        user("")
            .file(requirements, off)
            .is_off(Codex, "requirements.toml` switches");
        user("[features]\ncodex_hooks = false\n").is_off(Codex, "`features.codex_hooks`");
        let only = "allow_managed_hooks_only = true\n";
        user("")
            .file(requirements, only)
            .is_off(Codex, "`allow_managed_hooks_only`");
        user("")
            .file(project, "[")
            .is_off(Codex, "`.codex/config.toml` isn't TOML");
    }

    #[test]
    fn a_document_that_it_does_not_know_runs_nothing() {
        for (document, said) in [
            ("{\"$schema\": \"x\", \"hooks\": {}}", "`$schema`"),
            ("{\"version\": 1, \"hooks\": {}}", "`version`"),
            ("{\"hooks\": {},}", "isn't strict JSON"),
            ("[]", "isn't an object"),
        ] {
            case()
                .file(CONFIG, &trusted())
                .file(HOOKS, document)
                .is_off(Codex, said);
        }
    }

    #[test]
    fn without_git_it_reads_the_folder_it_is_started_in() {
        let case = || case().without_git().file(CONFIG, &trusted());
        case().runs(Codex);
        let reasons = case().started_in("src").reasons(Codex);
        assert!(reasons[0].contains("without git"), "{reasons:?}");
        let mut inner = case().started_in("src");
        inner.start.top = Some("/p/shop/src".into());
        inner.is_off(Codex, "`src` is a git repository of its own");
    }
}
