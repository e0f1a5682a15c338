//! Whether Copilot's CLI runs the hooks of a repository: measured with 1.0.102 on Linux.
//!
//! - It reads `.github/hooks/*.json`, and the settings of Claude Code, at the top of the git
//!   repository; without git in the folder that it is started in.
//! - The folder, or one above it, has to be trusted; a worktree is trusted as its main checkout is.
//! - `disableAllHooks` in any settings of the repository switches all hooks off, in a file of hooks
//!   those of the file.
//! - A file of hooks whose `version` isn't 1 is left out.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::agent::claude;
use crate::agent::gate::{
    FactPath, FactText, FactTexts, Gate, GateBasis, GateFacts, GateFinding, Start, VersionFrom,
    in_inner_repository, switched_off,
};
use crate::agent::hook_entries::entries;

use super::hooks::ENTRIES;

pub const GATE: Gate = Gate {
    program: "copilot",
    version: VersionFrom::Package("@github/copilot"),
    document: |template| ENTRIES.path_of(template),
    also_runs: Some(claude::SETTINGS),
    reads_in: |start| start.root.clone(),
    person: person_folder,
    variables: &[HOME, CONFIG_HOME, TRUSTING[0], TRUSTING[1]],
    reads: |start| {
        let mut paths = vec![config(start), MANAGED.into()];
        paths.extend(SWITCHES.map(|path| start.root.join(path)));
        paths.into_iter().map(FactPath::File).collect()
    },
    names: |start, texts| trusted_folders(start, texts),
    findings,
};

/// The variables that name the folder of a person's configuration.
const HOME: &str = "COPILOT_HOME";
const CONFIG_HOME: &str = "XDG_CONFIG_HOME";

/// The variables that trust every folder, if they are `true`.
const TRUSTING: [&str; 2] = ["COPILOT_ALLOW_ALL", "GITHUB_COPILOT_PROMPT_MODE_REPO_HOOKS"];

/// The machine's settings.
const MANAGED: &str = "/etc/github-copilot/managed-settings.json";

/// What the machine's settings say for which a project's hooks don't run.
const MANAGED_ONLY: [&str; 2] = ["allowManagedHooksOnly", "strictPluginOnlyCustomization"];

/// Settings of a repository that switch all hooks off.
const SWITCHES: [&str; 4] = [
    ".github/copilot/settings.json",
    ".github/copilot/settings.local.json",
    claude::SETTINGS,
    claude::LOCAL_SETTINGS,
];

const DISABLED: &str = "disableAllHooks";

fn person_folder(start: &Start) -> PathBuf {
    match (start.variable(HOME), start.variable(CONFIG_HOME)) {
        (Some(home), _) => start.cwd.join(home),
        (None, Some(folder)) => start.cwd.join(folder).join(".copilot"),
        (None, None) => start.home.join(".copilot"),
    }
}

/// Returns the configuration that has the trusted folders.
fn config(start: &Start) -> PathBuf {
    person_folder(start).join("config.json")
}

fn trusted_folders(start: &Start, texts: &FactTexts) -> Vec<PathBuf> {
    let FactText::Value(config) = texts.json_with_comments(&config(start)) else {
        return Vec::new();
    };
    let keys = ["trustedFolders", "trusted_folders"];
    let lists = keys.iter().filter_map(|key| config.get(*key)?.as_array());
    let folders = lists.flatten().filter_map(Value::as_str);
    folders.map(PathBuf::from).collect()
}

fn findings(facts: &GateFacts) -> Vec<GateFinding> {
    let start = facts.start;
    if let Some(inner) = in_inner_repository(start, "Copilot") {
        return vec![inner.mend(start.at_root("copilot"))];
    }
    let mut found = Vec::new();
    match &start.top {
        None if start.is_below_root() => {
            let why = "without git, Copilot reads hooks only in the folder it is started in";
            found.push(GateFinding::off(GateBasis::Folder, why).mend(start.at_root("copilot")));
        }
        Some(top) if *top != start.root => {
            let top = start.shown(top);
            let why = format!("Copilot reads hooks only at the top of the git repository, {top}");
            found.push(GateFinding::off(GateBasis::Files, why));
        }
        _ => {}
    }
    if let FactText::Value(managed) = facts.texts.json(Path::new(MANAGED)) {
        for key in MANAGED_ONLY {
            if managed.get(key) == Some(&Value::Bool(true)) {
                let why = format!("`{MANAGED}` has `{key}`: only the machine's hooks run");
                let ask = "ask whoever manages this machine";
                found.push(GateFinding::off(GateBasis::Files, why).mend(ask));
            }
        }
    }
    for path in SWITCHES.map(|path| start.root.join(path)) {
        if says_disabled(facts, &path) {
            found.push(switched_off(start, &path, "hooks", DISABLED));
        }
    }
    if !is_trusted(facts) {
        let why = "Copilot's CLI doesn't trust this folder, and runs none of its hooks";
        found.push(
            GateFinding::off(GateBasis::Trust, why)
                .mend("start `copilot` here and choose \"Yes, and remember this folder\""),
        );
    }
    found.extend(of_documents(facts));
    found
}

fn says_disabled(facts: &GateFacts, path: &Path) -> bool {
    match facts.texts.json_with_comments(path) {
        FactText::Value(value) => value.get(DISABLED) == Some(&Value::Bool(true)),
        FactText::Absent | FactText::Broken(_) => false,
    }
}

fn is_trusted(facts: &GateFacts) -> bool {
    let start = facts.start;
    if TRUSTING
        .iter()
        .any(|name| start.variable(name) == Some("true"))
    {
        return true;
    }
    let folders = trusted_folders(start, facts.texts);
    let covers = |place: &Path| {
        let mut folders = folders.iter();
        folders.any(|folder| place.starts_with(facts.texts.real(folder)))
    };
    covers(&start.cwd) || start.main.as_deref().is_some_and(covers)
}

/// What is wrong with the documents that have hooks of templates.
fn of_documents(facts: &GateFacts) -> Vec<GateFinding> {
    let mut found = Vec::new();
    for own in facts.entries {
        let file = facts.start.shown(&own.document);
        let FactText::Value(value) = facts.texts.json_with_comments(&own.document) else {
            continue;
        };
        let why = if own.document == facts.start.root.join(claude::SETTINGS) {
            let mut all = entries(&value).into_iter();
            let is_empty = all.any(|entry| entry.outer.get("matcher") == Some(&"".into()));
            is_empty
                .then(|| format!("{file} has `\"matcher\": \"\"`: Copilot runs none of its hooks"))
        } else if value.get("version").is_some_and(|version| *version != 1) {
            Some(format!(
                "{file} has another `version` than 1: Copilot leaves it out"
            ))
        } else if value.get(DISABLED) == Some(&Value::Bool(true)) {
            Some(format!("{file} switches its hooks off (`{DISABLED}`)"))
        } else {
            None
        };
        if let Some(why) = why {
            let finding = GateFinding::off(GateBasis::Files, why).of(&own.name);
            found.push(finding.mend(format!("mend {file}")));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use crate::agent::gate::tests::GateCase;
    use crate::model::agent::Agent::Copilot;

    use super::*;

    const DOCUMENT: &str = r#"{"version": 1, "hooks": {"preToolUse": [{"type": "command", "bash": "x", "matcher": "bash"}]}}"#;
    const FILE: &str = ".github/hooks/team.json";
    const CONFIG: &str = "~/.copilot/config.json";

    fn untrusted_case() -> GateCase {
        GateCase::default().file(FILE, DOCUMENT)
    }

    fn case() -> GateCase {
        untrusted_case().file(CONFIG, "// x\n// y\n{\"trustedFolders\": [\"/p/shop\"]}")
    }

    #[test]
    fn the_folder_or_one_above_has_to_be_trusted() {
        for (config, is_trusted) in [
            (r#"{"trustedFolders": ["/p"]}"#, true),
            (r#"{"trusted_folders": ["/p/shop/"]}"#, true),
            (r#"{"trustedFolders": ["/p/sh"]}"#, false),
            (r#"{"trustedFolders": []}"#, false),
            ("{", false),
        ] {
            let case = untrusted_case().file(CONFIG, config);
            match is_trusted {
                true => case.runs(Copilot),
                false => case.is_off(Copilot, "doesn't trust this folder"),
            }
        }
        let settings = "{\"trustedFolders\": [\"/p/shop\"]}";
        let elsewhere = untrusted_case().file("~/.copilot/settings.json", settings);
        elsewhere.is_off(Copilot, "doesn't trust this folder");
        let main = r#"{"trustedFolders": ["/p/main"]}"#;
        untrusted_case().worktree().file(CONFIG, main).runs(Copilot);
        let sub = r#"{"trustedFolders": ["/p/shop/src"]}"#;
        untrusted_case()
            .file(CONFIG, sub)
            .started_in("src")
            .runs(Copilot);
        let trusted = "{\"trustedFolders\": [\"/p/shop\"]}";
        let moved = || untrusted_case().file("/x/.copilot/config.json", trusted);
        moved().variable(CONFIG_HOME, "/x").runs(Copilot);
        moved()
            .variable(HOME, "/x/.copilot")
            .variable(CONFIG_HOME, "/y")
            .runs(Copilot);
        for name in TRUSTING {
            untrusted_case().variable(name, "true").runs(Copilot);
            untrusted_case()
                .variable(name, "1")
                .is_off(Copilot, "doesn't trust");
        }
    }

    #[test]
    fn hooks_are_switched_off_by_settings_and_by_their_own_file() {
        for path in SWITCHES {
            let case = case().file(path, "{\"disableAllHooks\": true}");
            case.is_off(Copilot, &format!("`{path}` switches"));
        }
        let off = "{\"disableAllHooks\": true}";
        case().file("~/.copilot/settings.json", off).runs(Copilot);
        case().file(".github/hooks/other.json", off).runs(Copilot);
        for (old, new, said) in [
            ("\"version\": 1", "\"version\": 2", "`version`"),
            ("\"version\": 1", "\"version\": null", "`version`"),
            (
                "\"version\": 1",
                "\"disableAllHooks\": true",
                "`disableAllHooks`",
            ),
        ] {
            case()
                .file(FILE, &DOCUMENT.replace(old, new))
                .is_off(Copilot, said);
        }
        case()
            .file(FILE, &DOCUMENT.replace("\"version\": 1, ", ""))
            .runs(Copilot);
        case()
            .file(MANAGED, "{\"allowManagedHooksOnly\": true}")
            .is_off(Copilot, MANAGED);
    }

    #[test]
    fn an_empty_matcher_switches_off_what_it_runs_of_claude_codes_file() {
        let claude = |matcher: &str| {
            format!(
                "{{\"hooks\": {{\"PreToolUse\": [{{\"matcher\": \"{matcher}\", \"hooks\": [{{\"command\": \"x\"}}]}}]}}}}"
            )
        };
        let case = || GateCase::default().file(CONFIG, "{\"trustedFolders\": [\"/p\"]}");
        case().file(claude::SETTINGS, &claude("Bash")).runs(Copilot);
        case()
            .file(claude::SETTINGS, &claude(""))
            .is_off(Copilot, "`\"matcher\": \"\"`");
    }

    #[test]
    fn it_reads_the_top_of_the_repository() {
        case().started_in("src").runs(Copilot);
        case().without_git().runs(Copilot);
        case()
            .without_git()
            .started_in("src")
            .is_off(Copilot, "without git");
        let mut package = case();
        package.start.top = Some("/p".into());
        package.is_off(Copilot, "only at the top of the git repository, `/p`");
    }
}
