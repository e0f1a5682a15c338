//! Whatever the repo, the templates and the approvals: merged settings never allow more, deny less
//! or run more than what was approved and what the repo had.

use std::collections::{BTreeMap, BTreeSet};

use agentpkg::agent::POLICIES;
use agentpkg::merge::block::Marks;
use agentpkg::model::capability::CapabilityKind;
use agentpkg::model::lock::Approvals;
use agentpkg::model::name::TemplateName;
use agentpkg::model::path::{RelPath, rel};
use agentpkg::model::tree::File;
use agentpkg::model::upstream::{Content, FileOrigin, HookName, HookPlace, Keys, Upstream, Whole};
use agentpkg::render::capability::{
    Capability, CapabilityTree, TreeFile, approvals, capabilities, review,
};
use agentpkg::tree::{Absence, Base, Found, Local, Snapshot, decide};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use support::Skips;

const SETTINGS: &str = ".claude/settings.json";
const SERVERS: &str = ".mcp.json";
const SCRIPTS: [&str; 2] = [".claude/hooks/org/guard.sh", ".claude/hooks/org/format.sh"];
const EVENTS: [&str; 2] = ["PreToolUse", "PostToolUse"];

fn name() -> TemplateName {
    "org".parse().unwrap()
}

/// A hook: its event, what it runs, for which tools, and for how long.
fn hook() -> impl Strategy<Value = (&'static str, Value)> {
    let commands = [
        "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/org/guard.sh",
        "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/org/format.sh",
        "npx fmt",
        "./own.sh",
    ];
    let matcher = option::of(select(&["Bash", "Write", "Bash|Write"][..]));
    (
        select(&EVENTS[..]),
        select(commands.to_vec()),
        matcher,
        option::of(1..4),
    )
        .prop_map(|(event, command, matcher, timeout)| {
            let mut handler = json!({ "type": "command", "command": command });
            if let Some(timeout) = timeout {
                handler["timeout"] = json!(timeout);
            }
            let mut group = json!({ "hooks": [handler] });
            if let Some(matcher) = matcher {
                group["matcher"] = json!(matcher);
            }
            (event, group)
        })
}

fn rules() -> impl Strategy<Value = Value> {
    btree_set(select(&["Bash(a)", "Bash(b)", "Read(c)", "Bash"][..]), 0..3)
        .prop_map(|rules| json!(rules))
}

/// Values for which Claude Code skips the whole file.
const FAULTS: [(&[&str], &str); 3] = [
    (&["availableModels"], "5"),
    (&["attribution", "commit"], "1"),
    (&["alwaysThinkingEnabled"], "\"yes\""),
];

/// Texts that an agent takes orders from: one in each agent's folder.
const TEXTS: [&str; 10] = [
    ".claude/agents/a.md",
    ".claude/commands/a.md",
    ".claude/rules/org/a.md",
    ".opencode/commands/a.md",
    ".github/agents/a.agent.md",
    ".github/prompts/a.prompt.md",
    ".agents/skills/a/SKILL.md",
    ".cursor/commands/a.md",
    ".qwen/commands/a.md",
    "plugins/p/commands/a.md",
];

/// What a release, or a team, puts into such a text.
fn text() -> impl Strategy<Value = (usize, String)> {
    let headers = [
        "",
        "memory: user\n",
        "background: true\n",
        "mcp-servers:\n  e:\n    command: evil\n",
        "allowed-tools: Bash\n",
        "permissionMode: acceptEdits\n",
    ];
    let commands = [
        "",
        "!`make a`\n",
        "!`make b`\n",
        "Say !{make c}.\n",
        "```!\nmake d\n```\n",
    ];
    (
        0..TEXTS.len(),
        select(headers.to_vec()),
        select(commands.to_vec()),
    )
        .prop_map(|(place, header, command)| {
            let text =
                format!("---\nname: a\n{header}description: a\n---\n\nOne.\n\n{command}\nTwo.\n");
            (place, text)
        })
}

/// Settings, and servers.
fn documents() -> impl Strategy<Value = [Value; 2]> {
    let lists = (
        rules(),
        rules(),
        rules(),
        option::of(select(&["plan", "acceptEdits", "bypassPermissions"][..])),
    );
    let others = (
        option::of(select(
            &["https://example.org", "https://other.example.org"][..],
        )),
        option::of(any::<bool>()),
        option::of(select(&["./line.sh", "./other.sh"][..])),
        option::of(0..2),
        option::of(select(&FAULTS[..])),
    );
    let server = option::of((
        select(&["docs", "npx"][..]),
        btree_set(select(&["-y", "docs@1.0.0", "docs@latest"][..]), 0..3),
    ));
    (lists, vec(hook(), 0..4), others, server).prop_map(
        |((allow, deny, ask, mode), hooks, others, server)| {
            let (address, sandbox, line, unknown, fault) = others;
            let mut settings =
                json!({ "permissions": { "allow": allow, "deny": deny, "ask": ask } });
            let mut set = |pointer: &[&str], value: Option<Value>| {
                if let Some(value) = value {
                    let mut place = &mut settings;
                    for key in pointer {
                        place = place
                            .as_object_mut()
                            .unwrap()
                            .entry(*key)
                            .or_insert_with(|| json!({}));
                    }
                    *place = value;
                }
            };
            set(
                &["permissions", "defaultMode"],
                mode.map(|mode| json!(mode)),
            );
            set(
                &["env", "ANTHROPIC_BASE_URL"],
                address.map(|address| json!(address)),
            );
            set(
                &["sandbox", "enabled"],
                sandbox.map(|enabled| json!(enabled)),
            );
            set(
                &["statusLine"],
                line.map(|line| json!({ "type": "command", "command": line })),
            );
            set(&["somethingNew"], unknown.map(|unknown| json!(unknown)));
            set(
                &["permissions", "newer"],
                unknown.map(|unknown| json!(unknown)),
            );
            if let Some((pointer, value)) = fault {
                set(pointer, Some(serde_json::from_str(value).unwrap()));
            }
            for event in EVENTS {
                let mut groups: Vec<&Value> = Vec::new();
                for (_, group) in hooks.iter().filter(|(other, _)| *other == event) {
                    if !groups.contains(&group) {
                        groups.push(group);
                    }
                }
                set(
                    &["hooks", event],
                    (!groups.is_empty()).then(|| json!(groups)),
                );
            }
            let servers = server
                .map(|(command, args)| json!({ "docs": { "command": command, "args": args } }));
            [
                settings,
                json!({ "mcpServers": servers.unwrap_or_else(|| json!({})) }),
            ]
        },
    )
}

/// What a template wants; `script` is what each of its scripts says.
fn upstream([settings, servers]: &[Value; 2], texts: &Texts, script: &str) -> Upstream {
    let mut upstream = Upstream::default();
    for (place, text) in texts {
        let origin = FileOrigin {
            template: name(),
            source: rel("files/a.md"),
        };
        let whole = Whole {
            file: File::plain(text.as_str()),
            origin,
            seed: false,
        };
        upstream
            .files
            .insert(rel(TEXTS[*place]), Content::Whole(whole));
    }
    for (path, part) in [(rel(SETTINGS), settings), (rel(SERVERS), servers)] {
        let keys = Keys {
            parts: BTreeMap::from([(name(), part.clone())]),
            union: part.clone(),
        };
        upstream.files.insert(path, Content::Keys(keys));
    }
    for (index, path) in SCRIPTS.into_iter().enumerate() {
        let origin = FileOrigin {
            template: name(),
            source: rel(["hooks/guard.sh", "hooks/format.sh"][index]),
        };
        let file = File {
            bytes: script.to_owned().into(),
            executable: true,
        };
        upstream.files.insert(
            rel(path),
            Content::Whole(Whole {
                file,
                origin,
                seed: false,
            }),
        );
        let id = HookName {
            template: name(),
            id: ["guard", "format"][index].to_owned(),
        };
        upstream.hooks.insert(
            id,
            HookPlace {
                event: EVENTS[index].to_owned(),
                script: rel(path),
                file: None,
            },
        );
    }
    upstream
}

type Files = BTreeMap<RelPath, File>;

/// Texts by their places.
type Texts = BTreeMap<usize, String>;

fn ours(files: &Files, upstream: &Upstream) -> Snapshot {
    let local = |path: &RelPath| {
        let found = files
            .get(path)
            .map_or(Found::Absent(Absence::Deleted), |file| {
                Found::File(file.clone())
            });
        (path.clone(), Local::new(path.clone(), found))
    };
    upstream.files.keys().map(local).collect()
}

/// Brings a repo's files to what `upstream` wants, or returns `None` where a person has to mend
/// something first.
fn merged(base: &Base, files: &Files, upstream: &Upstream) -> Option<(Files, Base)> {
    let merge = decide(base, &ours(files, upstream), upstream, &Marks::new());
    let mut files = files.clone();
    for change in &merge.changes {
        match &change.new {
            Some(file) => files.insert(change.path.clone(), file.clone()),
            None => files.remove(&change.path),
        };
    }
    let after = Base {
        files: merge.files,
        hooks: upstream.hooks.clone(),
        ..Base::default()
    };
    merge.refusals.is_empty().then_some((files, after))
}

/// What a repo's files can do.
fn of_files(files: &Files) -> Vec<Capability> {
    let (settings, servers) = (rel(SETTINGS), rel(SERVERS));
    let parse = |path: &RelPath| {
        files.get(path).map_or(json!({}), |file| {
            serde_json::from_slice(&file.bytes).unwrap()
        })
    };
    let [of_settings, of_servers] = [&settings, &servers].map(parse);
    let documents = vec![
        (&settings, &of_settings, None),
        (&servers, &of_servers, None),
    ];
    let texts = TEXTS.map(rel);
    let mut tree = CapabilityTree {
        documents,
        ..CapabilityTree::default()
    };
    for path in &texts {
        if let Some(file) = files.get(path) {
            tree.files.insert(path, TreeFile::here(file));
        }
    }
    capabilities(&tree)
}

/// What something lets through, told apart as far as merging may put it together anew: a hook by
/// its event and its command, an entry by each of its values, a rule by itself.
fn lets(all: &[Capability]) -> BTreeSet<String> {
    let mut lets = BTreeSet::new();
    // What an agent skips lets nothing through by itself; what stands there is one of the others.
    let all = all.iter().filter(|one| one.skips.is_none());
    for one in all.filter(|one| !one.kind.only_guards()) {
        match (one.kind, serde_json::from_str::<Value>(&one.text)) {
            (CapabilityKind::Hook, _) => _ = lets.insert(one.id()),
            (_, Ok(value)) => leaves(&one.id(), &value, &mut lets),
            (_, Err(_)) => _ = lets.insert(format!("{} {}", one.id(), one.text)),
        }
    }
    lets
}

fn leaves(at: &str, value: &Value, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| leaves(&format!("{at}/{key}"), value, all)),
        Value::Array(elements) => elements
            .iter()
            .for_each(|value| leaves(&format!("{at}/*"), value, all)),
        value => _ = all.insert(format!("{at} {value}")),
    }
}

fn guards(all: &[Capability]) -> BTreeSet<String> {
    let limits = |one: &&Capability| one.guards && one.kind != CapabilityKind::Setting;
    all.iter().filter(limits).map(Capability::id).collect()
}

/// What a team makes of its settings: some of its own in, some of what was installed out.
fn edited(files: &Files, path: &'static str, own: &Value, less: &Value) -> Files {
    let mut files = files.clone();
    let old = files.get(&rel(path)).map_or(json!({}), |file| {
        serde_json::from_slice(&file.bytes).unwrap()
    });
    let mut value = POLICIES.subtract(&old, less);
    if !value.is_object() {
        value = Value::Object(Map::new());
    }
    let _ = POLICIES.union(&mut value, own, true);
    files.insert(rel(path), File::plain(format!("{value:#}\n")));
    files
}

/// Two releases, what a team made of the first, and what somebody approved.
#[derive(Clone, Debug)]
struct Case {
    first: [Value; 2],
    second: [Value; 2],
    own: [Value; 2],
    less: [Value; 2],
    texts: [Texts; 2],
    /// What the team made of the texts.
    own_texts: Texts,
    /// Whether the second release changes what scripts say.
    changes_scripts: bool,
    /// What nobody remembers to have approved.
    forgotten: [bool; 16],
    /// Whether somebody approves what is new.
    is_given: bool,
}

fn case() -> impl Strategy<Value = Case> {
    (
        [documents(), documents(), documents(), documents()],
        0..3,
        any::<bool>(),
        any::<[bool; 16]>(),
        any::<bool>(),
        [vec(text(), 0..4), vec(text(), 0..4), vec(text(), 0..2)],
    )
        .prop_map(
            |(
                [first, second, own, less],
                how_much,
                changes_scripts,
                forgotten,
                is_given,
                texts,
            )| {
                let [mut now, next, own_texts] = texts.map(Texts::from_iter);
                // Most texts stay from one release to the next.
                let before = now.clone();
                if how_much == 0 {
                    now.extend(next);
                }
                // The next release is another one, or the same, or only takes some of it away.
                let second = match how_much {
                    0 => second,
                    1 => first.clone(),
                    _ => [0, 1].map(|index| left(&first[index], &second[index])),
                };
                Case {
                    first,
                    second,
                    own,
                    less,
                    texts: [before, now],
                    own_texts,
                    changes_scripts,
                    forgotten,
                    is_given,
                }
            },
        )
}

/// What is left of a document without another one.
fn left(first: &Value, second: &Value) -> Value {
    let left = POLICIES.subtract(first, second);
    if left.is_object() { left } else { json!({}) }
}

/// Approves some of what is installed.
fn approved(of_base: &[Capability], forgotten: &[bool; 16]) -> Approvals {
    let mut approved = approvals(of_base);
    for of_template in approved.values_mut() {
        let mut index = 0;
        of_template.retain(|_, _| {
            index += 1;
            !forgotten[index % forgotten.len()] || index % 5 != 0
        });
    }
    approved
}

fn check(case: &Case, skips: &Skips) -> Result<(), TestCaseError> {
    let installed = upstream(&case.first, &case.texts[0], "exit 0\n");
    let (files, base) =
        merged(&Base::default(), &Files::new(), &installed).expect("an empty repo takes anything");
    let files = edited(&files, SETTINGS, &case.own[0], &case.less[0]);
    let files = edited(&files, SERVERS, &case.own[1], &case.less[1]);
    let mut files = files;
    for (place, text) in &case.own_texts {
        if let Some(file) = files.get_mut(&rel(TEXTS[*place])) {
            *file = File::plain(text.as_str());
        }
    }
    let of_base = capabilities(&CapabilityTree::of(&installed));
    let approved = approved(&of_base, &case.forgotten);
    let script = if case.changes_scripts {
        "exit 2\n"
    } else {
        "exit 0\n"
    };
    let wanted = upstream(&case.second, &case.texts[1], script);
    let now = capabilities(&CapabilityTree::of(&wanted));
    let open = review(&approved, &of_base, &now);
    let may = open.is_empty() || case.is_given;
    let after = if may {
        merged(&base, &files, &wanted).map(|(after, _)| after)
    } else {
        Some(files.clone())
    };
    skips.uses(after.is_some());
    let Some(after) = after else {
        return Ok(());
    };

    let (had, has) = (of_files(&files), of_files(&after));
    let mut allowed = lets(&had);
    let (mut taken_away, mut shown) = (BTreeSet::new(), BTreeSet::new());
    if may {
        // What was approved: all that is wanted now, if somebody said so or had said so before.
        allowed.extend(lets(&now));
        taken_away = guards(&of_base)
            .difference(&guards(&now))
            .cloned()
            .collect();
        // Of two hooks of one name, one may go upstream and the other here: that one went was
        // shown.
        shown.extend(open.items.iter().map(|item| item.capability.id()));
    }
    for one in lets(&has) {
        prop_assert!(
            allowed.contains(&one),
            "`{}` is let through, and nobody approved it",
            one
        );
    }
    let has = guards(&has);
    for guard in guards(&had) {
        let is_approved = taken_away.contains(&guard) || shown.contains(&guard);
        prop_assert!(
            has.contains(&guard) || is_approved,
            "`{}` is gone, and nobody approved that",
            guard
        );
    }
    if open.is_empty() {
        prop_assert!(taken_away.is_empty(), "{:?} go without a word", taken_away);
        for one in now.iter().filter(|one| !one.kind.only_guards()) {
            prop_assert!(
                approved[&name()][&one.id()].contains(&one.digest),
                "`{}` was never approved",
                one.id()
            );
        }
    }
    Ok(())
}

#[test]
fn merged_settings_let_through_what_was_approved_and_what_the_repo_had() {
    // None of 3,000 was.
    let skips = Skips::at_most(2, "merges that nothing is in the way of");
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(case in case())| {
        check(&case, &skips)?;
    });
    skips.check();
}
