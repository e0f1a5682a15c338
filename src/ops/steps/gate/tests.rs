//! All agents with one hook of a template, as the runner calls it, in one repository on a disk.

use serde_json::{Value, json};

use super::*;
use crate::agent::hooks::{FOLDERS, HookCall};
use crate::model::answers::Answers;
use crate::model::digest::Digest;
use crate::model::document;
use crate::model::lock::{Approvals, Facts, Inputs, KeysRecord, LockedRelease, WholeRecord};
use crate::model::path::rel;
use crate::model::template::Hook;
use crate::model::tree::File;
use crate::model::upstream::{FileOrigin, HookPlace, Whole};
use crate::ops::Progress;
use crate::store::config::Environment;
use crate::store::fs;
use crate::store::workspace::Workspace;

const RUNNER: &str = ".claude/hooks/run";
const FILE: &str = ".claude/hooks/team/guard.hook";
const SCRIPT: &str = ".claude/hooks/team/guard.sh";
const COPILOT: &str = ".github/hooks/team.json";

struct Silent;

impl Progress for Silent {
    fn step(&self, _: &str) {}
    fn expect(&self, _: u64) {}
    fn stop(&self) {}
}

/// A repository with its lock, beside a person's home.
struct Shop {
    folder: tempfile::TempDir,
    lock: Lock,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let shop = Self {
            folder,
            lock: lock(),
        };
        for (path, value) in documents() {
            shop.write(path, &value.to_string());
        }
        for (path, text) in written() {
            shop.write(path, &text);
        }
        shop
    }

    /// Writes a file that may be executed.
    fn write(&self, path: &str, text: &str) {
        let place = self.folder.path().join("shop").join(path);
        fs::write_loose(&place, text.as_bytes(), true).unwrap();
    }

    fn root(&self) -> std::path::PathBuf {
        fs::canonical(&self.folder.path().join("shop")).unwrap()
    }

    fn in_session<T>(&self, look: impl Fn(&Session) -> T) -> T {
        let root = self.root();
        look(&Session {
            workspace: Workspace::find(Some(&root), &root).unwrap(),
            environment: Environment {
                here: root.clone(),
                home: Some(root.with_file_name("home")),
                ..Environment::default()
            },
            person: None,
            progress: &Silent,
        })
    }

    /// Returns why each agent doesn't run the hook.
    fn reasons(&self) -> Vec<(Agent, Vec<String>)> {
        let found = self.in_session(|session| {
            look_from_here(session, &self.lock, &BTreeMap::new())
                .unwrap()
                .agents
        });
        let mut reasons = Vec::new();
        for of_agent in found {
            assert!(of_agent.agent == Agent::Opencode || of_agent.hooks.len() == 1);
            let why = of_agent.findings.into_iter().map(|finding| finding.why);
            reasons.push((of_agent.agent, why.collect()));
        }
        reasons
    }

    /// Checks that each agent says this, or runs the hook where nothing is said; of Cursor nobody
    /// can tell.
    #[track_caller]
    fn check(&self, said: &str, agents: &[Agent]) {
        for (agent, reasons) in self.reasons() {
            let mut reasons = reasons;
            reasons.retain(|why| !why.contains("agentpkg doesn't know what"));
            match agents.contains(&agent) {
                true => assert!(
                    reasons.len() == 1 && reasons[0].contains(said),
                    "{reasons:?}"
                ),
                false => assert!(reasons.is_empty(), "{agent}: {reasons:?}"),
            }
        }
    }

    /// Makes the person trust the folder and the hook, as each agent writes it.
    fn trusted(self) -> Self {
        let root = self.root();
        let root = root.display();
        let hash = "sha256:5dd3e6ab5a0fcd1d4eaa4a3a7bbd9ae5a7f5f1a1a4ec5e2d0a2ee1f6ed0a5b1e";
        self.write(
            "../home/.codex/config.toml",
            &format!(
                "[projects.\"{root}\"]\ntrust_level = \"trusted\"\n\
                 [hooks.state.\"{root}/.codex/hooks.json:pre_tool_use:0:0\"]\n\
                 trusted_hash = \"{hash}\"\n"
            ),
        );
        let folders = json!({ root.to_string(): "TRUST_FOLDER" });
        self.write("../home/.gemini/trustedFolders.json", &folders.to_string());
        let folders = json!({ "trustedFolders": [root.to_string()] });
        self.write("../home/.copilot/config.json", &folders.to_string());
        self
    }
}

fn documents() -> [(&'static str, Value); 5] {
    let grouped = |event: &str, agent| {
        let handler = json!({"type": "command", "command": command(agent)});
        json!({"hooks": {event: [{"matcher": "Bash", "hooks": [handler]}]}})
    };
    let flat = |key: &str, agent| {
        let handler = json!({"type": "command", key: command(agent)});
        json!({"version": 1, "hooks": {"preToolUse": [handler]}})
    };
    [
        (
            ".claude/settings.json",
            grouped("PreToolUse", Agent::Claude),
        ),
        (".codex/hooks.json", grouped("PreToolUse", Agent::Codex)),
        (
            ".gemini/settings.json",
            grouped("BeforeTool", Agent::Gemini),
        ),
        (".cursor/hooks.json", flat("command", Agent::Cursor)),
        (COPILOT, flat("bash", Agent::Copilot)),
    ]
}

fn written() -> Vec<(&'static str, String)> {
    let copilot = documents().into_iter().find(|(path, _)| *path == COPILOT);
    let copilot = copilot.unwrap().1.to_string();
    vec![
        (RUNNER, "#!/bin/sh\n. \"$here/$3\"\n".to_owned()),
        (
            FILE,
            "blocks=yes\nset -- \"$here/team/guard.sh\"\n".to_owned(),
        ),
        (SCRIPT, "#!/bin/sh\nexit 0\n".to_owned()),
        (COPILOT, copilot),
    ]
}

fn command(agent: Agent) -> String {
    let hook = "id = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/guard.sh\"\n";
    let hook: Hook = document::read("template.toml", hook).unwrap();
    let call = HookCall {
        folder: FOLDERS[0],
        template: &"team".parse().unwrap(),
        hook: &hook,
        event: "before-tool",
    };
    call.command(agent)
}

fn lock() -> Lock {
    let name: TemplateName = "team".parse().unwrap();
    let mut files = BTreeMap::new();
    for (path, value) in documents() {
        let parts = BTreeMap::from([(name.clone(), value)]);
        let keys = KeysRecord {
            parts,
            ..KeysRecord::default()
        };
        files.insert(rel(path), Record::Keys(keys));
    }
    for (path, text) in written() {
        let whole = WholeRecord::of(&Whole {
            file: File::plain(text),
            origin: FileOrigin {
                template: name.clone(),
                source: rel("hooks/guard.sh"),
            },
            seed: false,
        });
        files.insert(rel(path), Record::Whole(whole));
    }
    let release = LockedRelease {
        version: "1.0.0".parse().unwrap(),
        registry: "default".into(),
        tree: Digest::of(b"t"),
        artifact: Digest::of(b"a"),
        dependencies: Vec::new(),
    };
    let hook = HookName {
        template: name.clone(),
        id: "guard".into(),
    };
    let place = HookPlace {
        event: "PreToolUse".into(),
        script: rel(SCRIPT),
        file: Some(rel(FILE)),
    };
    Lock {
        inputs: Inputs {
            renderer: 1,
            agents: Agent::ALL.to_vec(),
            facts: Facts::default(),
            answers: Answers::default(),
            releases: BTreeMap::from([(name, release)]),
        },
        files,
        hooks: BTreeMap::from([(hook, place)]),
        conflicts: BTreeMap::new(),
        approvals: Approvals::default(),
        in_review: Approvals::default(),
        proposals: BTreeMap::new(),
    }
}

const WITH_HOOKS: [Agent; 5] = [
    Agent::Claude,
    Agent::Codex,
    Agent::Cursor,
    Agent::Copilot,
    Agent::Gemini,
];

#[test]
fn agents_that_ask_for_trust_run_nothing_without_it() {
    let asking = [Agent::Codex, Agent::Copilot, Agent::Gemini];
    let shop = Shop::new();
    shop.check("doesn't trust this folder", &asking);
    // Who never used an agent isn't told that they don't trust it.
    let off = shop.in_session(|session| off_by_files(session, &shop.lock));
    assert!(off.is_empty());
    for folder in [".codex", ".copilot", ".gemini"] {
        shop.write(&format!("../home/{folder}/x"), "");
    }
    let off = shop.in_session(|session| off_by_files(session, &shop.lock));
    let off: Vec<(Agent, usize)> = off.iter().map(|one| (one.agent, one.count)).collect();
    assert_eq!(off, asking.map(|agent| (agent, 1)));
    let shop = shop.trusted();
    shop.check("guard has changed since it was trusted", &[Agent::Codex]);
}

#[test]
fn the_files_of_a_hook_are_the_same_for_all_agents() {
    for (path, text, said) in [
        (RUNNER, "", "`.claude/hooks/run` is empty"),
        (
            RUNNER,
            "#!/bin/sh\r\nx\r\n",
            "`.claude/hooks/run` has Windows line endings",
        ),
        (
            FILE,
            "set -- \"$here/team/guard.sh\"\r\n",
            "`.claude/hooks/team/guard.hook` has Windows",
        ),
        (
            SCRIPT,
            "#!/bin/sh\r\nx\r\n",
            "`.claude/hooks/team/guard.sh` has Windows",
        ),
        (
            FILE,
            "set -- \"$here/team/other.sh\"\n",
            "`.claude/hooks/team/other.sh` isn't here",
        ),
    ] {
        let shop = Shop::new();
        shop.write(path, text);
        for (agent, reasons) in shop.reasons() {
            let is_said = reasons.iter().any(|why| why.contains(said));
            assert_eq!(is_said, WITH_HOOKS.contains(&agent), "{agent}: {reasons:?}");
        }
    }
}

/// What a person made of the entry, or of what agentpkg wrote, may be anything.
#[test]
fn of_an_edit_by_hand_nobody_can_tell() {
    for (path, from, to, said) in [
        (
            RUNNER,
            "#!/bin/sh\n",
            "#!/bin/sh\nexit 0\n",
            "`.claude/hooks/run` isn't as",
        ),
        (FILE, "blocks=yes", "blocks=no", "guard.hook` isn't as"),
        (
            COPILOT,
            "exit 2",
            "true",
            "`.github/hooks/team.json` isn't as",
        ),
        (
            ".claude/settings.json",
            "\"sh ",
            "\"true || sh ",
            "another `command`",
        ),
        (
            ".claude/settings.json",
            "\"type\"",
            "\"async\":true,\"type\"",
            "another `async`",
        ),
        (
            ".claude/settings.json",
            "\"type\"",
            "\"timeout\":0.1,\"type\"",
            "another `timeout`",
        ),
        (
            ".claude/settings.json",
            "\"Bash\"",
            "\"Nope\"",
            "another `matcher`",
        ),
        (
            ".claude/settings.json",
            "PreToolUse",
            "PostToolUse",
            "is at the event `PostToolUse`, not `PreToolUse`",
        ),
        (".codex/hooks.json", "; sh ", "; # sh ", "another `command`"),
        (
            ".gemini/settings.json",
            " || exit 2",
            " || true",
            "another `command`",
        ),
    ] {
        let shop = Shop::new().trusted();
        let text = fs::read(&shop.root().join(path)).unwrap().unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains(from), "{text}");
        shop.write(path, &text.replace(from, to));
        let found = shop.in_session(|session| {
            look_from_here(session, &shop.lock, &BTreeMap::new())
                .unwrap()
                .agents
        });
        let mut findings = found.iter().flat_map(|one| &one.findings);
        let told = findings.find(|finding| finding.why.contains(said));
        let verdict = told.map(|finding| finding.verdict);
        assert_eq!(verdict, Some(GateVerdict::Unknown), "{path}: {to}");
    }
    // How long it takes at most is the team's, and so is what is shown.
    let shop = Shop::new().trusted();
    let path = ".claude/settings.json";
    let text = documents()[0].1.to_string();
    shop.write(
        path,
        &text.replace("\"type\"", "\"statusMessage\":\"x\",\"type\""),
    );
    shop.check("guard has changed since it was trusted", &[Agent::Codex]);
}

#[test]
fn only_what_is_run_itself_has_to_be_executable() {
    let shop = Shop::new();
    let plain = |path: &str, text: &str| {
        let place = shop.root().join(path);
        fs::write_loose(&place, text.as_bytes(), false).unwrap();
    };
    let says = |said: &str| {
        let mut all = shop.reasons().into_iter().flat_map(|(_, reasons)| reasons);
        all.any(|why| why.contains(said))
    };
    plain(RUNNER, "#!/bin/sh\nx\n");
    plain(FILE, "set -- sh \"$here/team/guard.sh\"\n");
    plain(SCRIPT, "#!/bin/sh\nx\n");
    assert!(!says("isn't executable"));
    plain(FILE, "set -- \"$here/team/guard.sh\"\n");
    assert!(says("`.claude/hooks/team/guard.sh` isn't executable"));
}

#[test]
fn an_entry_or_a_document_that_is_not_there_is_named_for_its_agent() {
    for (path, value) in documents() {
        let shop = Shop::new();
        shop.write(path, "{\"hooks\": {}}");
        let without = format!("`{path}` has no entry for guard");
        let said = |reasons: &[String], words: &str| reasons.iter().any(|why| why == words);
        let found = shop.reasons();
        let named = found.iter().filter(|(_, reasons)| said(reasons, &without));
        assert_eq!(named.count(), 1, "{path}: {found:?}");
        fs::remove_file(&shop.root().join(path)).unwrap();
        let gone = format!("`{path}` isn't here");
        let found = shop.reasons();
        let named = found.iter().filter(|(_, reasons)| said(reasons, &gone));
        assert_eq!(named.count(), 1, "{path}: {value}: {found:?}");
    }
}
