//! Several agents: one more changes nothing of what the others have, and when it goes, what was
//! there before is there again, whatever the template and the team's edits are.

use std::collections::{BTreeMap, BTreeSet};

use agentpkg::agent::usual_facts;
use agentpkg::merge::block::Marks;
use agentpkg::model::agent::Agent;
use agentpkg::model::answers::Answers;
use agentpkg::model::path::RelPath;
use agentpkg::model::source::Source;
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
        let upstream = composed(source, agents);
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
    let answers = Answers::new();
    let facts = usual_facts(agents);
    let inputs = ComposeInputs {
        agents,
        answers: &answers,
        facts: &facts,
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
const OWN: [(&str, &str); 7] = [
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
