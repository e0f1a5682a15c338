//! Several agents: one more changes nothing of what the others have, and when it goes, what was
//! there before is there again, whatever the template and the team's edits are.

use std::collections::{BTreeMap, BTreeSet};

use agentpkg::agent::hooks::FOLDERS;
use agentpkg::agent::support::{support, supported};
use agentpkg::agent::usual_facts;
use agentpkg::merge::block::Marks;
use agentpkg::model::agent::Agent;
use agentpkg::model::answers::Answers;
use agentpkg::model::path::RelPath;
use agentpkg::model::renderer::RENDERER;
use agentpkg::model::source::Source;
use agentpkg::model::support::{ItemKind, Support};
use agentpkg::model::tree::{File, FileTree};
use agentpkg::model::upstream::Upstream;
use agentpkg::render::compose::{ComposeInputs, compose};
use agentpkg::tree::{Absence, Base, Found, Local, decide};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

/// A repository, and what the lock remembers of it.
#[derive(Clone)]
struct Repo {
    files: FileTree,
    base: Base,
}

impl Repo {
    /// Returns the repository once a template is installed for some agents.
    fn with(&self, source: &Source, agents: &[Agent]) -> Self {
        // Hooks stay where the first install put them.
        let mut known = self
            .base
            .hooks
            .values()
            .filter_map(|place| place.file.as_ref());
        let folder =
            known.find_map(|file| FOLDERS.into_iter().find(|one| file.below(one).is_some()));
        let upstream = composed_in(source, agents, folder);
        let paths: BTreeSet<&RelPath> = upstream
            .files
            .keys()
            .chain(self.base.files.keys())
            .collect();
        let mut ours = agentpkg::tree::Snapshot::new();
        for path in paths {
            let found = match self.files.get(path) {
                Some(file) => Found::File(file.clone()),
                None => Found::Absent(Absence::Deleted),
            };
            ours.insert(path.clone(), Local::new(path.clone(), found));
        }
        let merge = decide(&self.base, &ours, &upstream, &Marks::new());
        assert_eq!(merge.refusals, []);
        let mut files = self.files.clone();
        for change in merge.changes {
            match change.new {
                Some(file) => files.insert(change.path, file),
                None => files.remove(&change.path),
            };
        }
        let base = Base {
            files: merge.files,
            hooks: upstream.hooks,
            ..Base::default()
        };
        Self { files, base }
    }
}

fn composed(source: &Source, agents: &[Agent]) -> Upstream {
    composed_in(source, agents, None)
}

/// As [`composed`], where hooks may be in a folder already.
fn composed_in(source: &Source, agents: &[Agent], folder: Option<&str>) -> Upstream {
    let answers = Answers::new();
    let mut facts = usual_facts(agents);
    facts.hooks = folder.map_or(facts.hooks, |folder| folder.parse().ok());
    let inputs = ComposeInputs {
        agents,
        answers: &answers,
        facts: &facts,
        renderer: RENDERER,
    };
    compose(std::slice::from_ref(source), &inputs).unwrap()
}

/// The parts that a template may have, with the lines of template.toml that they need.
const PARTS: [(&str, &str, &str); 12] = [
    ("root.md", "## House\n\nAsk first.\n", ""),
    ("rules/a.md", "# A\n\nOne.\nTwo.\n", ""),
    (
        "rules/b.md",
        "---\ndescription: \"b: c\"\npaths:\n  - \"**/*.{rs,ts}\"\n---\n\n# B\n\n```\n---\n```\n",
        "",
    ),
    (
        "rules/deep/c.md",
        "---\npaths: src/**\n---\nNo line end",
        "",
    ),
    (
        "skills/s/SKILL.md",
        "---\nname: s\ndescription: d\n---\n\nS.\n",
        "",
    ),
    ("commands/c.md", "---\ndescription: d\n---\nC $1.\n", ""),
    (
        "agents/a.md",
        "---\nname: a\ndescription: d\ntools: Read\n---\n\nIt's '''.\n",
        "",
    ),
    ("memory/m.md", "# M\n", ""),
    (
        "hooks/h.sh",
        "#!/bin/sh\n",
        "[[hooks]]\nid = \"h\"\nevent = \"before-tool\"\nrun = \"hooks/h.sh\"\n",
    ),
    ("files/docs/f.txt", "F\n", ""),
    (
        "README.md",
        "R\n",
        "[permissions]\ndeny = [\"Read(.env)\"]\nallow = [\"Bash(ls)\"]\n",
    ),
    (
        "gitignore",
        "x\n",
        "[mcp.d]\ncommand = \"d\"\nenv = { A = \"${A}\", B = \"b\" }\n",
    ),
];

fn template() -> impl Strategy<Value = Source> {
    subsequence(PARTS.to_vec(), 1..=PARTS.len()).prop_map(|parts| {
        let mut manifest =
            "[template]\nname = \"house\"\nversion = \"1.0.0\"\ndescription = \"d\"\n".to_owned();
        let mut tree = FileTree::new();
        for (path, text, lines) in parts {
            manifest += lines;
            tree.insert(path.parse().unwrap(), File::plain(text));
        }
        tree.insert("template.toml".parse().unwrap(), File::plain(manifest));
        Source::of("house", tree).unwrap()
    })
}

/// Files that a team may have before.
const OWN: [(&str, &str); 9] = [
    ("AGENTS.md", "# Ours\r\n\r\nNo line end"),
    ("CLAUDE.md", "\u{feff}# Ours, too\n"),
    (".claude/settings.json", "{ \"model\": \"opus\" }"),
    (
        ".cursor/mcp.json",
        "{\"mcpServers\": {\"own\": {\"command\": \"own\"}}}\n",
    ),
    (
        ".cursor/cli.json",
        "{\n  \"permissions\": {\"allow\": [\"Shell(make)\"], \"deny\": []}\n}\n",
    ),
    (
        ".codex/config.toml",
        "# ours\nmodel = \"o\"\n\n[mcp_servers.own] # why\ncommand = 'own'\n",
    ),
    (
        ".gemini/settings.json",
        "{\n\t\"general\": {},\n\t\"mcpServers\": {\"own\": {\"command\": \"own\"}}\n}",
    ),
    (
        "opencode.json",
        "{\"instructions\": [\"docs/*.md\"],\n \"mcp\": {\"own\": {\"enabled\": false}}}\n",
    ),
    (".gitignore", "target"),
];

fn own() -> impl Strategy<Value = FileTree> {
    subsequence(OWN.to_vec(), 0..=OWN.len()).prop_map(|files| {
        let file = |(path, text): (&str, &str)| (path.parse().unwrap(), File::plain(text));
        files.into_iter().map(file).collect()
    })
}

/// Some agents, and one more.
fn agents() -> impl Strategy<Value = (Vec<Agent>, Agent)> {
    (
        subsequence(Agent::ALL.to_vec(), 1..Agent::ALL.len()),
        any::<Index>(),
    )
        .prop_map(|(agents, index)| {
            let mut others = Agent::ALL.to_vec();
            others.retain(|agent| !agents.contains(agent));
            let more = *index.get(&others);
            (agents, more)
        })
}

/// Adds a line to some text files of a repository: at their ends, where no block is.
fn edited(repo: &Repo, which: &[Index]) -> Repo {
    let mut edited = repo.clone();
    let paths: Vec<RelPath> = edited.files.keys().cloned().collect();
    for index in which.iter().filter(|_| !paths.is_empty()) {
        let path = index.get(&paths);
        let is_prose = path.as_str().ends_with(".md") || path.as_str().ends_with(".mdc");
        if let Some(file) = edited.files.get_mut(path).filter(|_| is_prose) {
            let mut bytes = file.bytes.to_vec();
            bytes.extend_from_slice(b"\nA line of ours.\n");
            file.bytes = bytes.into();
        }
    }
    edited
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn an_agent_more_changes_no_byte_of_the_others_and_goes_without_a_trace(
        source in template(),
        own in own(),
        (few, more) in agents(),
        edits in prop::collection::vec(any::<Index>(), 0..4),
    ) {
        let empty = Repo { files: own, base: Base::default() };
        let before = edited(&empty.with(&source, &few), &edits);
        let mut all = few.clone();
        all.push(more);
        all.sort();
        let with_all = before.with(&source, &all);
        // What the agents before had stays to the byte; a file that they share with the new one may
        // have more, and nothing less.
        let theirs = composed(&source, &few);
        let shared = composed(&source, &[more]);
        for (path, file) in &before.files {
            let after = &with_all.files[path];
            if theirs.files.contains_key(path) && !shared.files.contains_key(path) {
                prop_assert_eq!(file, after, "{}", path);
            }
            // What a list in JSON has more, it has on the same line.
            let is_json = path.as_str().ends_with(".json");
            for line in file.text().unwrap().lines().filter(|_| !is_json) {
                prop_assert!(after.text().unwrap().contains(line.trim()), "{}: {}", path, line);
            }
        }
        let again = with_all.with(&source, &few);
        let texts = |repo: &Repo| -> BTreeMap<RelPath, String> {
            let text = |(path, file): (&RelPath, &File)| {
                (path.clone(), file.text().unwrap().to_owned())
            };
            repo.files.iter().map(text).collect()
        };
        prop_assert_eq!(texts(&again), texts(&before));
        prop_assert_eq!(again.base.files, before.base.files);
    }
}

/// Hooks of a template in several versions: which there are, in which order, and what each says.
fn versions() -> impl Strategy<Value = Vec<Vec<(usize, u8)>>> {
    let version = Just((0..6).collect::<Vec<usize>>())
        .prop_shuffle()
        .prop_flat_map(|ids| {
            (
                subsequence(ids, 1..=6),
                prop::collection::vec(any::<u8>(), 6),
            )
        })
        .prop_map(|(ids, says)| ids.into_iter().zip(says).collect());
    prop::collection::vec(version, 1..5)
}

fn with_hooks(hooks: &[(usize, u8)]) -> Source {
    let mut manifest =
        "[template]\nname = \"house\"\nversion = \"1.0.0\"\ndescription = \"d\"\n".to_owned();
    let mut tree = FileTree::new();
    for (id, says) in hooks {
        let script = format!("hooks/{}.sh", says % 3);
        let tools = ["Bash", "Edit|Write", "mcp__a__.*"][usize::from(says % 3)];
        manifest += &format!(
            "[[hooks]]\nid = \"h{id}\"\nevent = \"before-tool\"\nmatches = \"{tools}\"\n\
             run = \"{script}\"\ntimeout = {}\nargs = [\"{says}\"]\n",
            u32::from(*says) + 1,
        );
        tree.insert(script.parse().unwrap(), File::plain("#!/bin/sh\n"));
    }
    tree.insert("template.toml".parse().unwrap(), File::plain(manifest));
    Source::of("house", tree).unwrap()
}

/// Returns the entries before a tool in a document.
fn entries_of(repo: &Repo, path: &str, event: &str) -> Vec<serde_json::Value> {
    let file = repo.files.get(&path.parse::<RelPath>().unwrap());
    let document: serde_json::Value = file
        .map(|file| serde_json::from_slice(&file.bytes).unwrap())
        .unwrap_or_default();
    document["hooks"][event]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Codex trusts a hook by its place and by all that its entry says.
    #[test]
    fn a_hook_that_stays_has_its_entry_to_the_byte_and_new_ones_come_behind(versions in versions()) {
        let mut repo = Repo { files: FileTree::new(), base: Base::default() };
        let agents = [Agent::Claude, Agent::Codex, Agent::Cursor];
        let mut earlier = BTreeSet::new();
        for version in &versions {
            let ids: BTreeSet<usize> = version.iter().map(|(id, _)| *id).collect();
            let staying = earlier.intersection(&ids).count();
            earlier.clone_from(&ids);
            let known = [
                entries_of(&repo, ".codex/hooks.json", "PreToolUse"),
                entries_of(&repo, ".cursor/hooks.json", "preToolUse"),
            ];
            repo = repo.with(&with_hooks(version), &agents);
            let now = [
                entries_of(&repo, ".codex/hooks.json", "PreToolUse"),
                entries_of(&repo, ".cursor/hooks.json", "preToolUse"),
            ];
            for (mut before, now) in known.into_iter().zip(now) {
                prop_assert_eq!(now.len(), version.len());
                before.retain(|entry| now.contains(entry));
                prop_assert_eq!(before.len(), staying, "{:?}", versions);
                prop_assert_eq!(&before[..], &now[..before.len()], "{:?}", versions);
            }
        }
    }
}

/// Returns the table of docs/agents.md.
fn matrix() -> String {
    let mut table = "\n| |".to_owned();
    for agent in Agent::ALL {
        let supported = supported(agent);
        table += &format!(
            " {} {} ({}) |",
            agent.title(),
            supported.version,
            supported.date
        );
    }
    table += "\n|---|";
    table += &"---|".repeat(Agent::ALL.len());
    for kind in ItemKind::ALL {
        let [_, name] = kind.words();
        table += &format!("\n| {name} |");
        for agent in Agent::ALL {
            let cell = match support(agent, kind) {
                Support::Native(place) => format!("as it is: `{place}`"),
                Support::Degraded { place, how } => format!("{how}: `{place}`"),
                Support::Dropped(why) => format!("– ({why})"),
            };
            table += &format!(" {cell} |");
        }
    }
    table + "\n\n"
}

#[test]
fn the_page_about_agents_has_the_matrix() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/agents.md");
    let text = std::fs::read_to_string(page).unwrap();
    let (before, rest) = text.split_once("<!-- matrix -->\n").unwrap();
    let (there, after) = rest.split_once("<!-- end -->").unwrap();
    let matrix = matrix();
    if std::env::var("SNAPSHOTS").is_ok_and(|mode| mode == "overwrite") {
        let text = format!("{before}<!-- matrix -->\n{matrix}<!-- end -->{after}");
        std::fs::write(page, text).unwrap();
        return;
    }
    assert_eq!(there, matrix, "`just bless` writes it");
}

/// A template with one thing of a kind.
fn with_one(kind: ItemKind) -> Source {
    let (path, text, lines) = match kind {
        ItemKind::Root => ("root.md", "A\n", ""),
        ItemKind::Rule => ("rules/a.md", "A\n", ""),
        ItemKind::ScopedRule => ("rules/a.md", "---\npaths: [\"*.rs\"]\n---\nA\n", ""),
        ItemKind::Hook => (
            "hooks/a.sh",
            "#!/bin/sh\n",
            "[[hooks]]\nid = \"a\"\nevent = \"before-tool\"\nrun = \"hooks/a.sh\"\n",
        ),
        ItemKind::Skill => ("skills/a/SKILL.md", "---\nname: a\n---\nA\n", ""),
        ItemKind::Command => ("commands/a.md", "A\n", ""),
        ItemKind::Subagent => ("agents/a.md", "---\nname: a\ndescription: d\n---\nA\n", ""),
        ItemKind::Server => ("README.md", "", "[mcp.a]\ncommand = \"a\"\n"),
        // Cursor takes what is allowed only along with what is denied.
        ItemKind::Allow => (
            "README.md",
            "",
            "[permissions]\nallow = [\"Bash(ls)\"]\ndeny = [\"Bash(rm)\"]\n",
        ),
        ItemKind::Ask => ("README.md", "", "[permissions]\nask = [\"Bash(ls)\"]\n"),
        ItemKind::Deny => ("README.md", "", "[permissions]\ndeny = [\"Bash(rm)\"]\n"),
        ItemKind::Memory => ("memory/a.md", "A\n", ""),
        ItemKind::ClaudeSettings => ("settings/claude.json", "{\"model\": \"a\"}\n", ""),
    };
    let manifest =
        format!("[template]\nname = \"house\"\nversion = \"1.0.0\"\ndescription = \"d\"\n{lines}");
    let tree = FileTree::from([
        ("template.toml".parse().unwrap(), File::plain(manifest)),
        (path.parse().unwrap(), File::plain(text)),
    ]);
    Source::of("house", tree).unwrap()
}

/// Each cell of the matrix: what has a place is there, and what is dropped is nowhere.
#[test]
fn each_kind_of_thing_is_where_the_matrix_says() {
    for agent in Agent::ALL {
        for kind in ItemKind::ALL {
            let upstream = composed(&with_one(kind), &[agent]);
            let paths: Vec<&str> = upstream.files.keys().map(RelPath::as_str).collect();
            match support(agent, kind) {
                Support::Native(place) | Support::Degraded { place, .. } => {
                    let is_there = paths.iter().any(|path| path.starts_with(place));
                    assert!(is_there, "{agent} {kind:?}: {paths:?}");
                }
                Support::Dropped(_) => assert!(paths.is_empty(), "{agent} {kind:?}: {paths:?}"),
            }
            let limited = upstream
                .limits
                .into_values()
                .flatten()
                .any(|limit| limit.kind == kind);
            let is_native = matches!(support(agent, kind), Support::Native(_));
            assert_eq!(limited, !is_native, "{agent} {kind:?}");
        }
    }
}
