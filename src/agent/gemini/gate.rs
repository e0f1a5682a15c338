//! Whether Gemini CLI runs the hooks of a repository: measured with 0.61.0 on Linux.
//!
//! - It reads `.gemini/settings.json` in the folder that it is started in, and nowhere above.
//! - `hooksConfig.enabled` switches all hooks: the machine's defaults, the person's settings, the
//!   project's and the machine's, and the last of them that has it counts.
//! - The folder has to be trusted, by the rule with the longest name that covers it.
//! - Settings that it can't read keep it from starting.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::agent::gate::{
    FactPath, FactText, FactTexts, Gate, GateBasis, GateFacts, GateFinding, Start, VersionFrom,
    last_word, readable, switched_by_shell, switched_off,
};

use super::SETTINGS;
use super::hooks::ENTRIES;

pub const GATE: Gate = Gate {
    program: "gemini",
    version: VersionFrom::Package("@google/gemini-cli"),
    document: |template| ENTRIES.path_of(template),
    also_runs: None,
    reads_in: |start| start.root.clone(),
    person: person_folder,
    variables: &[HOME, RULES, TRUST, RESTRICTED, SYSTEM, DEFAULTS],
    reads: |start| {
        let mut paths = layers(start);
        paths.push(rules_file(start));
        paths.into_iter().map(FactPath::File).collect()
    },
    names: |start, texts| {
        rules(start, texts)
            .into_iter()
            .map(|rule| rule.folder)
            .collect()
    },
    findings,
};

/// The variable that names a person's home.
const HOME: &str = "GEMINI_CLI_HOME";

/// The variable that names the file of trusted folders.
const RULES: &str = "GEMINI_CLI_TRUSTED_FOLDERS_PATH";

/// The variable that says whether the folder is trusted.
const TRUST: &str = "GEMINI_CLI_TRUST_WORKSPACE";

/// The variable that makes every folder an untrusted one.
const RESTRICTED: &str = "GEMINI_RESTRICTED_MODE";

/// The variables that name the machine's files, and where those usually are.
const SYSTEM: &str = "GEMINI_CLI_SYSTEM_SETTINGS_PATH";
const SYSTEM_FILE: &str = "/etc/gemini-cli/settings.json";
const DEFAULTS: &str = "GEMINI_CLI_SYSTEM_DEFAULTS_PATH";
const DEFAULTS_FILE: &str = "/etc/gemini-cli/system-defaults.json";

fn person_folder(start: &Start) -> PathBuf {
    start.folder(HOME, "").join(".gemini")
}

fn user_settings(start: &Start) -> PathBuf {
    person_folder(start).join("settings.json")
}

fn system_settings(start: &Start) -> PathBuf {
    start.variable(SYSTEM).unwrap_or(SYSTEM_FILE).into()
}

fn rules_file(start: &Start) -> PathBuf {
    match start.variable(RULES) {
        Some(file) => file.into(),
        None => person_folder(start).join("trustedFolders.json"),
    }
}

/// Returns the settings, the last of which counts.
fn layers(start: &Start) -> Vec<PathBuf> {
    vec![
        start.variable(DEFAULTS).unwrap_or(DEFAULTS_FILE).into(),
        user_settings(start),
        start.root.join(SETTINGS),
        system_settings(start),
    ]
}

fn findings(facts: &GateFacts) -> Vec<GateFinding> {
    let start = facts.start;
    let mut found = Vec::new();
    if start.is_below_root() {
        let why = format!("Gemini CLI reads `{SETTINGS}` only in the folder it is started in");
        found.push(GateFinding::off(GateBasis::Folder, why).mend(start.at_root("gemini")));
    }
    if start.root.join(SETTINGS) == user_settings(start) {
        let why = "the repository is your home, whose settings Gemini CLI reads as yours alone";
        found.push(GateFinding::off(GateBasis::Files, why));
    }
    for path in layers(start) {
        if let FactText::Broken(_) = facts.texts.json_with_comments(&path) {
            found.push(does_not_start(start, &path, "isn't JSON"));
        }
    }
    let layers = readable(layers(start), |path| facts.texts.json_with_comments(path));
    if let Some((path, false)) = last_word(&layers, "/hooksConfig/enabled") {
        found.push(switched_off(start, path, "hooks", "hooksConfig.enabled"));
    }
    found.extend(disabled(facts, &layers));
    found.extend(untrusted(facts, &layers));
    found
}

fn does_not_start(start: &Start, path: &Path, what: &str) -> GateFinding {
    let file = start.shown(path);
    let why = format!("{file} {what}: Gemini CLI doesn't start");
    GateFinding::off(GateBasis::Files, why).mend(format!("mend {file}"))
}

/// Hooks that some settings switch off, by their names or their commands.
fn disabled(facts: &GateFacts, layers: &[(PathBuf, Value)]) -> Vec<GateFinding> {
    let mut found = Vec::new();
    for own in facts.entries {
        let name = own.entry.value.get("name").and_then(Value::as_str);
        let name = name.unwrap_or(&own.entry.command);
        for (path, value) in layers {
            let list = value
                .pointer("/hooksConfig/disabled")
                .and_then(Value::as_array);
            if list.is_some_and(|list| list.iter().any(|item| item == name)) {
                let finding = switched_off(facts.start, path, &own.name.id, "hooksConfig.disabled");
                found.push(finding.of(&own.name));
            }
        }
    }
    found
}

/// Why the folder isn't trusted, if it isn't.
fn untrusted(facts: &GateFacts, layers: &[(PathBuf, Value)]) -> Option<GateFinding> {
    let start = facts.start;
    let does = "has Gemini CLI trust no folder";
    if start.variable(RESTRICTED) == Some("true") {
        return Some(switched_by_shell(start, RESTRICTED, does));
    }
    match start.variable(TRUST) {
        Some("true") => return None,
        Some("false") => return Some(switched_by_shell(start, TRUST, does)),
        _ => {}
    }
    let deciding = [user_settings(start), system_settings(start)];
    let deciding: Vec<_> = layers
        .iter()
        .filter(|(path, _)| deciding.contains(path))
        .cloned()
        .collect();
    if let Some((_, false)) = last_word(&deciding, "/security/folderTrust/enabled") {
        return None;
    }
    let file = rules_file(start);
    if let FactText::Broken(_) = facts.texts.json_with_comments(&file) {
        return Some(does_not_start(start, &file, "isn't JSON"));
    }
    let rules = rules(start, facts.texts);
    if let Some(rule) = rules.iter().find(|rule| rule.word == TrustWord::Unknown) {
        let what = format!("says something unknown of `{}`", rule.key);
        return Some(does_not_start(start, &file, &what));
    }
    let covers = |rule: &&TrustRule| start.cwd.starts_with(facts.texts.real(&rule.folder));
    let longest = rules
        .iter()
        .filter(covers)
        .max_by_key(|rule| rule.key.len());
    if longest.is_some_and(|rule| rule.word == TrustWord::Trusted) {
        return None;
    }
    let why = "Gemini CLI doesn't trust this folder, and runs none of its hooks";
    Some(GateFinding::off(GateBasis::Trust, why).mend("start `gemini` here and trust the folder"))
}

/// What is said of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TrustWord {
    Trusted,
    Untrusted,
    Unknown,
}

/// A line of the trusted folders.
struct TrustRule {
    key: String,
    /// The folder that it is about.
    folder: PathBuf,
    word: TrustWord,
}

fn rules(start: &Start, texts: &FactTexts) -> Vec<TrustRule> {
    let FactText::Value(Value::Object(lines)) = texts.json_with_comments(&rules_file(start)) else {
        return Vec::new();
    };
    let mut rules = Vec::new();
    for (key, value) in lines {
        let folder = PathBuf::from(key.as_str());
        let (folder, word) = match value.as_str() {
            Some("TRUST_FOLDER") => (folder, TrustWord::Trusted),
            Some("TRUST_PARENT") => (
                folder.parent().unwrap_or(&folder).to_path_buf(),
                TrustWord::Trusted,
            ),
            Some("DO_NOT_TRUST") => (folder, TrustWord::Untrusted),
            _ => (folder, TrustWord::Unknown),
        };
        rules.push(TrustRule { key, folder, word });
    }
    rules
}

#[cfg(test)]
mod tests {
    use crate::agent::gate::tests::GateCase;
    use crate::model::agent::Agent::Gemini;

    use super::*;

    const DOCUMENT: &str = r#"{"hooks": {"BeforeTool": [{"matcher": "x", "hooks": [{"type": "command", "command": "echo", "name": "n"}]}]}}"#;
    const FOLDERS: &str = "~/.gemini/trustedFolders.json";
    const USER: &str = "~/.gemini/settings.json";

    fn untrusted_case() -> GateCase {
        GateCase::default().file(SETTINGS, DOCUMENT)
    }

    fn case() -> GateCase {
        untrusted_case().file(FOLDERS, "// mine\n{\"/p/shop\": \"TRUST_FOLDER\"}")
    }

    #[test]
    fn the_rule_with_the_longest_name_says_whether_a_folder_is_trusted() {
        for (rules, is_trusted) in [
            ("{}", false),
            (r#"{"/p": "TRUST_FOLDER"}"#, true),
            (r#"{"/p/shop/": "TRUST_FOLDER"}"#, true),
            (r#"{"/p/sh": "TRUST_FOLDER"}"#, false),
            (r#"{"/p/x": "TRUST_PARENT"}"#, true),
            (
                r#"{"/p": "TRUST_FOLDER", "/p/shop": "DO_NOT_TRUST"}"#,
                false,
            ),
            (
                r#"{"/p/other-name": "TRUST_PARENT", "/p/shop": "DO_NOT_TRUST"}"#,
                true,
            ),
        ] {
            let case = untrusted_case().file(FOLDERS, rules);
            match is_trusted {
                true => case.runs(Gemini),
                false => case.is_off(Gemini, "doesn't trust this folder"),
            }
        }
        untrusted_case().is_off(Gemini, "doesn't trust this folder");
        let mut linked = untrusted_case().file(FOLDERS, r#"{"/l": "TRUST_FOLDER"}"#);
        assert_eq!(
            (GATE.names)(&linked.start, &linked.texts),
            [PathBuf::from("/l")]
        );
        linked.texts.lead("/l".into(), "/p/shop".into());
        linked.runs(Gemini);
        for broken in ["{", r#"{"/a": "YES"}"#] {
            case().file(FOLDERS, broken).is_off(Gemini, "doesn't start");
        }
    }

    #[test]
    fn a_shell_and_a_persons_settings_trust_every_folder_or_none() {
        let none = "{\"security\": {\"folderTrust\": {\"enabled\": false}}}";
        untrusted_case().file(USER, none).runs(Gemini);
        untrusted_case().file(SYSTEM_FILE, none).runs(Gemini);
        untrusted_case().variable(TRUST, "true").runs(Gemini);
        untrusted_case()
            .variable(TRUST, "1")
            .is_off(Gemini, "doesn't trust");
        case()
            .variable(TRUST, "false")
            .is_off(Gemini, "`GEMINI_CLI_TRUST_WORKSPACE=false`");
        case()
            .variable(RESTRICTED, "true")
            .is_off(Gemini, "`GEMINI_RESTRICTED_MODE=true`");
    }

    #[test]
    fn hooks_are_switched_off_by_the_last_word() {
        let off = "{\"hooksConfig\": {\"enabled\": false}}";
        let on = "{\"hooksConfig\": {\"enabled\": true}}";
        case().runs(Gemini);
        case()
            .file(USER, off)
            .is_off(Gemini, "`~/.gemini/settings.json` switches");
        case().file(USER, off).file(SETTINGS, on).runs(Gemini);
        case()
            .file(USER, on)
            .file(SETTINGS, off)
            .is_off(Gemini, "`.gemini/settings.json` switches");
        case()
            .file(SETTINGS, off)
            .file(SYSTEM_FILE, on)
            .runs(Gemini);
        case().file(DEFAULTS_FILE, off).file(USER, on).runs(Gemini);
        case()
            .file(DEFAULTS_FILE, off)
            .is_off(Gemini, "system-defaults.json` switches");
        case()
            .file(USER, "{\"hooks\": {\"enabled\": false}}")
            .runs(Gemini);
        for name in ["n", "echo"] {
            let list = format!("{{\"hooksConfig\": {{\"disabled\": [\"{name}\"]}}}}");
            match name {
                "n" => case()
                    .file(USER, &list)
                    .is_off(Gemini, "switches guard off"),
                _ => case().file(USER, &list).runs(Gemini),
            }
        }
    }

    #[test]
    fn where_it_is_started_and_what_it_can_not_read() {
        case()
            .started_in("src")
            .is_off(Gemini, "only in the folder it is started in");
        case().file(USER, "{,}").is_off(Gemini, "doesn't start");
        let mut at_home = case();
        at_home.start.home = at_home.start.root.clone();
        assert!(at_home.reasons(Gemini)[0].contains("is your home"));
    }
}
