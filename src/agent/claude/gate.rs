//! Whether Claude Code runs the hooks of a repository: measured with 2.1.332 on Linux.
//!
//! - It reads `.claude/settings.json` in the folder that it is started in, and nowhere above.
//!   `settings.local.json` is read there, at the top of the git repository, and at the top of the
//!   main checkout of a worktree.
//! - `disableAllHooks` is a setting like any other: the person's, the project's, the local ones and
//!   the machine's, and the last of them that has it counts.
//! - An untrusted folder doesn't switch hooks off: `-p` runs them, and a person is asked first.

use std::path::PathBuf;

use serde_json::Value;

use crate::agent::gate::{
    FactPath, FactText, Gate, GateBasis, GateFacts, GateFinding, Start, VersionFrom, last_word,
    switched_by_shell, switched_off,
};
use crate::hint::Hint;
use crate::model::pointer;

use super::adapt::ENTRIES;
use super::faults::{Fault, LARGEST, Skips, faults};
use super::{LOCAL_SETTINGS, SETTINGS};

pub const GATE: Gate = Gate {
    program: "claude",
    version: VersionFrom::Asked,
    document: |template| ENTRIES.path_of(template),
    also_runs: None,
    reads_in: |start| start.root.clone(),
    person: |start| start.folder(HOME, ".claude"),
    variables: &[
        HOME,
        "CLAUDE_CODE_SIMPLE",
        "CLAUDE_CODE_SAFE_MODE",
        "CLAUDE_CODE_IGNORE_PERSISTED_TRUST",
    ],
    reads,
    names: |_, _| Vec::new(),
    findings,
};

/// The variable that names the folder of a person's settings.
const HOME: &str = "CLAUDE_CONFIG_DIR";

/// Variables for which it runs no hooks, and what each does.
const SWITCHES: [(&str, &str); 3] = [
    ("CLAUDE_CODE_SIMPLE", "switches hooks off"),
    ("CLAUDE_CODE_SAFE_MODE", "switches hooks off"),
    (
        "CLAUDE_CODE_IGNORE_PERSISTED_TRUST",
        "switches hooks off for `claude -p`",
    ),
];

const DISABLED: &str = "disableAllHooks";

/// What a machine's settings say for which a project's hooks don't run.
const MANAGED_ONLY: [&str; 2] = ["allowManagedHooksOnly", "strictPluginOnlyCustomization"];

fn reads(start: &Start) -> Vec<FactPath> {
    let mut paths = vec![user_settings(start), start.root.join(SETTINGS)];
    paths.extend(local_settings(start));
    let mut reads: Vec<FactPath> = paths.into_iter().map(FactPath::File).collect();
    if let Some(managed) = &start.managed {
        reads.push(FactPath::File(managed.join("managed-settings.json")));
        reads.push(FactPath::Folder(managed.join("managed-settings.d")));
    }
    reads
}

fn user_settings(start: &Start) -> PathBuf {
    start.folder(HOME, ".claude").join("settings.json")
}

/// Returns the local settings, the last of which counts.
fn local_settings(start: &Start) -> Vec<PathBuf> {
    let mut folders = vec![&start.root];
    folders.extend(start.top.iter().chain(&start.main));
    folders.dedup();
    folders
        .into_iter()
        .map(|folder| folder.join(LOCAL_SETTINGS))
        .collect()
}

/// Returns the machine's settings, the last of which counts.
fn managed_settings(facts: &GateFacts) -> Vec<PathBuf> {
    let Some(managed) = &facts.start.managed else {
        return Vec::new();
    };
    let mut paths = vec![managed.join("managed-settings.json")];
    let more = facts.texts.in_folder(&managed.join("managed-settings.d"));
    paths.extend(more.into_iter().map(PathBuf::from));
    paths
}

fn findings(facts: &GateFacts) -> Vec<GateFinding> {
    let start = facts.start;
    let mut found = Vec::new();
    if start.is_below_root() {
        let why = format!("Claude Code reads `{SETTINGS}` only in the folder it is started in");
        found.push(GateFinding::off(GateBasis::Folder, why).mend(start.at_root("claude")));
    }
    for (name, does) in SWITCHES {
        if start.is_on(name) {
            found.push(switched_by_shell(start, name, does));
        }
    }
    found.extend(of_managed(facts));
    found.extend(of_user_environment(facts));
    found.extend(of_project(facts));
    found.extend(disabled(facts));
    found
}

/// What the machine's settings forbid.
fn of_managed(facts: &GateFacts) -> Vec<GateFinding> {
    let mut found = Vec::new();
    for path in managed_settings(facts) {
        let file = facts.start.shown(&path);
        match facts.texts.json(&path) {
            FactText::Absent => {}
            FactText::Broken(_) => {
                let why = format!("{file} isn't JSON: Claude Code doesn't start");
                found.push(GateFinding::off(GateBasis::Files, why).mend(ask_administrator()));
            }
            FactText::Value(value) => {
                for key in MANAGED_ONLY {
                    if value.get(key).is_some_and(restricts_hooks) {
                        let why = format!("{file} has `{key}`: only the machine's hooks run");
                        found.push(
                            GateFinding::off(GateBasis::Files, why).mend(ask_administrator()),
                        );
                    }
                }
            }
        }
    }
    found
}

fn ask_administrator() -> Hint {
    Hint::text("ask whoever manages this machine")
}

/// Both keys may be `true`; the second may also be a list of what it is about.
fn restricts_hooks(value: &Value) -> bool {
    let list = value.as_array();
    value == &Value::Bool(true) || list.is_some_and(|list| list.contains(&"hooks".into()))
}

/// A person's settings may set variables for Claude Code.
fn of_user_environment(facts: &GateFacts) -> Option<GateFinding> {
    let path = user_settings(facts.start);
    let value = counted(facts, &path)?;
    let simple = value.pointer("/env/CLAUDE_CODE_SIMPLE")?;
    let is_on = !["", "0", "false"].contains(&simple.as_str().unwrap_or_default());
    is_on.then(|| switched_off(facts.start, &path, "hooks", "CLAUDE_CODE_SIMPLE"))
}

/// What Claude Code skips of the project's own settings.
fn of_project(facts: &GateFacts) -> Vec<GateFinding> {
    let path = facts.start.root.join(SETTINGS);
    let skips = |what: String| {
        let why = format!("Claude Code skips `{SETTINGS}`: {what}");
        GateFinding::off(GateBasis::Files, why).mend(Hint::command("agentpkg check"))
    };
    if facts
        .texts
        .text(&path)
        .is_some_and(|text| text.len() > LARGEST)
    {
        return vec![skips(format!("it is larger than {} MiB", LARGEST >> 20))];
    }
    let value = match facts.texts.json(&path) {
        FactText::Absent => return Vec::new(),
        // The words are those of the parser.
        FactText::Broken(_) => return vec![skips("it isn't strict JSON".to_owned())],
        FactText::Value(value) => value,
    };
    let mut found = Vec::new();
    let all = faults(&value);
    if let Some(fault) = all.iter().find(|fault| fault.skips == Skips::File) {
        found.push(skips(format!("`{}` {}", fault.pointer(), fault.what)));
    }
    for own in facts.entries.iter().filter(|own| own.document == path) {
        let (event, entry) = (pointer::escaped(&own.entry.event), &own.entry);
        let at = format!("/hooks/{event}/{}/hooks/{}", entry.group, entry.handler);
        let mut guards = all.iter().filter(|fault| fault.skips == Skips::Guard);
        if let Some(fault) = guards.find(|fault| concerns(fault, &at)) {
            let what = format!("Claude Code skips it: `{}` {}", fault.pointer(), fault.what);
            found.push(GateFinding::off(GateBasis::Files, what).of(&own.name));
        }
    }
    found
}

/// Returns whether a fault is in an entry, or in what is around it.
fn concerns(fault: &Fault, entry: &str) -> bool {
    let (fault, entry) = (fault.pointer() + "/", format!("{entry}/"));
    entry.starts_with(&fault) || fault.starts_with(&entry)
}

/// Returns what settings say that Claude Code doesn't skip as a whole.
fn counted(facts: &GateFacts, path: &std::path::Path) -> Option<Value> {
    let FactText::Value(value) = facts.texts.json(path) else {
        return None;
    };
    let is_skipped = faults(&value)
        .iter()
        .any(|fault| fault.skips == Skips::File);
    (!is_skipped).then_some(value)
}

fn disabled(facts: &GateFacts) -> Option<GateFinding> {
    let start = facts.start;
    let mut paths = vec![user_settings(start), start.root.join(SETTINGS)];
    paths.extend(local_settings(start));
    paths.extend(managed_settings(facts));
    let mut layers = Vec::new();
    for path in paths {
        if let Some(value) = counted(facts, &path) {
            layers.push((path, value));
        }
    }
    let (path, is_off) = last_word(&layers, &format!("/{DISABLED}"))?;
    is_off.then(|| switched_off(start, path, "hooks", DISABLED))
}

#[cfg(test)]
mod tests {
    use crate::agent::gate::tests::GateCase;
    use crate::model::agent::Agent::Claude;

    /// One entry, in a file without faults.
    const HOOKS: &str = r#""hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "x"}]}]}"#;

    const USER: &str = "~/.claude/settings.json";
    const PROJECT: &str = ".claude/settings.json";
    const LOCAL: &str = ".claude/settings.local.json";
    const MAIN: &str = "/p/main/.claude/settings.local.json";
    const MANAGED: &str = "/etc/claude-code/managed-settings.json";
    const MORE: &str = "/etc/claude-code/managed-settings.d/10.json";

    fn case() -> GateCase {
        GateCase::default().file(PROJECT, &format!("{{{HOOKS}}}"))
    }

    #[test]
    fn it_runs_them_from_the_repositorys_folder_trusted_or_not() {
        case().runs(Claude);
        case().without_git().runs(Claude);
        case().worktree().runs(Claude);
        case()
            .file(PROJECT, &format!("\u{feff}{{{HOOKS}}}"))
            .runs(Claude);
        let untrusted = r#"{"projects": {"/p/shop": {"hasTrustDialogAccepted": false}}}"#;
        case().file("~/.claude.json", untrusted).runs(Claude);
        case()
            .started_in("src")
            .is_off(Claude, "only in the folder it is started in");
    }

    #[test]
    fn the_last_file_that_disables_hooks_or_does_not_counts() {
        for (said, off_by) in [
            (&[(USER, true)][..], Some("`~/.claude/settings.json`")),
            (&[(USER, true), (LOCAL, false)], None),
            (&[(LOCAL, true)], Some("`.claude/settings.local.json`")),
            (&[(MANAGED, false), (LOCAL, true)], None),
            (
                &[(MANAGED, true)],
                Some("`/etc/claude-code/managed-settings.json`"),
            ),
            (&[(MANAGED, true), (MORE, false)], None),
            (&[("~/.claude/settings.local.json", true)], None),
            (
                &[("/etc/claude-code/managed-settings.d/.10.json", true)],
                None,
            ),
            (
                &[(LOCAL, false), (MAIN, true)],
                Some("`/p/main/.claude/settings.local.json`"),
            ),
        ] {
            let mut case = case().worktree();
            for (path, value) in said {
                case = case.file(path, &format!("{{\"disableAllHooks\": {value}}}"));
            }
            match off_by {
                Some(file) => case.is_off(
                    Claude,
                    &format!("{file} switches hooks off (`disableAllHooks`)"),
                ),
                None => case.runs(Claude),
            }
        }
        let own = |value| format!("{{\"disableAllHooks\": {value}, {HOOKS}}}");
        case()
            .file(PROJECT, &own(true))
            .is_off(Claude, "`.claude/settings.json` switches");
        let on = case()
            .file(USER, "{\"disableAllHooks\": true}")
            .file(PROJECT, &own(false));
        on.runs(Claude);
        // What is skipped says nothing.
        case()
            .file(LOCAL, "{\"disableAllHooks\": true,}")
            .runs(Claude);
    }

    #[test]
    fn what_it_skips_and_what_forbids_hooks() {
        for (path, text, said) in [
            (PROJECT, "{\"hooks\": {},}", "it isn't strict JSON"),
            (
                PROJECT,
                "{\"permissions\": {\"allow\": \"x\"}}",
                "skips `.claude/settings.json`: `/permissions/allow`",
            ),
            (MANAGED, "{", "isn't JSON: Claude Code doesn't start"),
            (
                MANAGED,
                "{\"allowManagedHooksOnly\": true}",
                "`allowManagedHooksOnly`",
            ),
            (
                MORE,
                "{\"strictPluginOnlyCustomization\": [\"hooks\"]}",
                "`strictPlugin",
            ),
            (
                USER,
                "{\"env\": {\"CLAUDE_CODE_SIMPLE\": \"1\"}}",
                "`CLAUDE_CODE_SIMPLE`",
            ),
        ] {
            case().file(path, text).is_off(Claude, said);
        }
        case()
            .file(USER, "{\"allowManagedHooksOnly\": true}")
            .runs(Claude);
        case()
            .file(MANAGED, "{\"strictPluginOnlyCustomization\": [\"mcp\"]}")
            .runs(Claude);
    }

    #[test]
    fn a_shell_can_switch_hooks_off() {
        for (name, _) in super::SWITCHES {
            case()
                .variable(name, "1")
                .is_off(Claude, &format!("`{name}=1`"));
            case().variable(name, "0").runs(Claude);
        }
        let elsewhere = case().file("/c/settings.json", "{\"disableAllHooks\": true}");
        elsewhere.runs(Claude);
        let elsewhere = elsewhere.variable("CLAUDE_CONFIG_DIR", "/c");
        elsewhere.is_off(Claude, "`/c/settings.json`");
    }
}
