//! agentpkg.lock: every input of rendering, and what each managed file's base was.
//!
//! Written by the tool: no clock, no machine, sorted, one file a line, so that git merges it.

mod join;
mod read;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde::Deserialize;
use serde_json::Value;

use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::conflict::Open;
use crate::model::digest::{Digest, git_blob};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::upstream::{BlockName, FileOrigin, HookName, HookPlace, Whole};

/// The name of the file at a repo's root.
pub const AGENTPKG_LOCK: &str = "agentpkg.lock";

/// The highest `format` that this program reads. Locks are written with the lowest that has what
/// they say, so that colleagues with an earlier agentpkg can go on while they use nothing new:
/// 2 has agents other than Claude Code, and a link of agentpkg's making; 3 has hooks that the hook
/// runner runs.
const FORMAT: u32 = 3;

/// What is installed, and from what.
#[derive(Clone, Debug, PartialEq)]
pub struct Lock {
    /// Everything that rendering depends on.
    pub inputs: Inputs,
    /// What each managed path's base was.
    pub files: BTreeMap<RelPath, Record>,
    /// Where each hook was placed.
    pub hooks: BTreeMap<HookName, HookPlace>,
    /// What waits for a person, by path.
    pub conflicts: BTreeMap<RelPath, Vec<Open>>,
    /// What may execute or widen, as it was approved.
    pub approvals: Approvals,
    /// What of that nobody has approved yet but by merging the request that it came with.
    pub in_review: Approvals,
    /// What was offered upstream from here, until it comes home.
    pub proposals: BTreeMap<ProposalId, SentProposal>,
}

/// What was approved of each template: digests of what executes or widens, by what it is called.
pub type Approvals = BTreeMap<TemplateName, BTreeMap<String, BTreeSet<Digest>>>;

/// Everything that rendering, adapting and composing depend on, as one value: `base = f(artifacts,
/// inputs)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// The number of the renderer; a golden test forces it up whenever the same input gives other
    /// bytes.
    pub renderer: u32,
    /// The agents written for.
    pub agents: Vec<Agent>,
    /// What was seen in the repo.
    pub facts: Facts,
    /// Answers to the templates' questions.
    pub answers: Answers,
    pub releases: BTreeMap<TemplateName, LockedRelease>,
}

/// What rendering depends on and only the repo can tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The real path of the root instructions that each agent reads first, links followed.
    pub roots: BTreeMap<Agent, RelPath>,
    /// The AGENTS.md that a CLAUDE.md of agentpkg's making has to import, since it would hide it
    /// otherwise.
    pub imports: Option<RelPath>,
    /// The name that agentpkg made a link to AGENTS.md, for Claude Code to read that. It stays when
    /// the team deletes the link, which doesn't come back.
    pub link: Option<RelPath>,
    /// The folder with the hook runner and the scripts of hooks, chosen when the first hook was
    /// installed. None where there is no hook, and of what was rendered before there was a runner.
    pub hooks: Option<RelPath>,
}

impl Facts {
    /// Returns the files that have root instructions, each once.
    pub fn root_files(&self) -> BTreeSet<&RelPath> {
        self.roots.values().collect()
    }

    /// Returns whether some of these files has root instructions.
    pub fn are_in<T>(&self, files: &BTreeMap<RelPath, T>) -> bool {
        self.roots.values().any(|root| files.contains_key(root))
    }
}

/// One release, pinned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedRelease {
    pub version: Version,
    /// The registry it came from, as agentpkg.toml names it.
    pub registry: String,
    /// The digest of its source.
    pub tree: Digest,
    /// The digest of its archive.
    pub artifact: Digest,
    /// The templates it needs, which are locked too.
    #[serde(default)]
    pub dependencies: Vec<TemplateName>,
}

/// What the lock remembers of one path: its base, and what a removal needs.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// One template owns the path.
    Whole(WholeRecord),
    /// Templates own blocks in it.
    Blocks(BlocksRecord),
    /// Templates own entries of it.
    Keys(KeysRecord),
}

impl Record {
    pub fn as_whole(&self) -> Option<&WholeRecord> {
        match self {
            Self::Whole(whole) => Some(whole),
            Self::Blocks(_) | Self::Keys(_) => None,
        }
    }

    pub fn as_whole_mut(&mut self) -> Option<&mut WholeRecord> {
        match self {
            Self::Whole(whole) => Some(whole),
            Self::Blocks(_) | Self::Keys(_) => None,
        }
    }

    pub fn as_blocks(&self) -> Option<&BlocksRecord> {
        match self {
            Self::Blocks(blocks) => Some(blocks),
            Self::Whole(_) | Self::Keys(_) => None,
        }
    }

    pub fn as_keys(&self) -> Option<&KeysRecord> {
        match self {
            Self::Keys(keys) => Some(keys),
            Self::Whole(_) | Self::Blocks(_) => None,
        }
    }

    /// Returns where the team keeps the file, if it moved it.
    pub fn moved(&self) -> Option<&RelPath> {
        self.as_whole()?.moved.as_ref()
    }

    /// Returns whether the team deleted the file on purpose.
    pub fn is_deleted(&self) -> bool {
        self.as_whole().is_some_and(|whole| whole.deleted)
    }
}

/// The base of a file that one template owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeRecord {
    /// Where it came from.
    pub origin: FileOrigin,
    /// The digest of the base's bytes.
    pub digest: Digest,
    /// Git's name for the base's bytes.
    pub blob: String,
    /// The base's executable bit.
    pub executable: bool,
    /// Whether it is the team's since it was given.
    pub seed: bool,
    /// Whether the team deleted it on purpose.
    pub deleted: bool,
    /// Whether the team had it before, equal: it stays when the template goes.
    pub adopted: bool,
    /// Where the team keeps it, if it moved it.
    pub moved: Option<RelPath>,
}

impl WholeRecord {
    /// Returns what an install leaves of a file.
    pub fn of(whole: &Whole) -> Self {
        Self {
            origin: whole.origin.clone(),
            digest: Digest::of(&whole.file.bytes),
            blob: git_blob(&whole.file.bytes),
            executable: whole.file.executable,
            seed: whole.seed,
            deleted: false,
            adopted: false,
            moved: None,
        }
    }
}

/// The bases of the blocks in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlocksRecord {
    /// Whether the file was agentpkg's making.
    pub created: bool,
    /// The base of each block, by its owner.
    pub blocks: BTreeMap<BlockName, BlockRecord>,
}

/// The base of one block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockRecord {
    /// The path in the template's source, unless composition wrote it.
    #[serde(default)]
    pub source: Option<RelPath>,
    /// The base's text.
    pub text: String,
    /// The bytes that were put before the block when it was appended, or the team's text that it
    /// took the place of.
    #[serde(default)]
    pub before: String,
    /// Whether the team deleted it on purpose.
    #[serde(default)]
    pub deleted: bool,
}

/// The base of the entries in one JSON or TOML document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeysRecord {
    /// Whether the file was agentpkg's making.
    pub created: bool,
    /// What each template contributed.
    pub parts: BTreeMap<TemplateName, Value>,
    /// Those of them that the team had before: shared, never removed.
    pub adopted: BTreeMap<TemplateName, Value>,
    /// The exact bytes of each empty container that was filled, by its JSON pointer; in TOML also
    /// the newlines that were put around what was added.
    pub replaced: BTreeMap<String, String>,
}

impl Lock {
    /// Returns the managed paths, without those that the team deleted on purpose.
    pub fn expected(&self) -> Vec<&RelPath> {
        let mut expected = Vec::new();
        for (path, record) in &self.files {
            if !record.is_deleted() {
                expected.push(path);
            }
        }
        expected
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hint::Hint;
    use crate::model::answers::Answer;
    use crate::model::conflict::{ConflictPlace, WholeFileReason};
    use crate::model::path::rel;
    use serde_json::json;

    fn file(why: WholeFileReason) -> Open {
        Open {
            at: ConflictPlace::File(why),
            base: None,
            ours: None,
            theirs: None,
        }
    }

    fn sample() -> Lock {
        let name: TemplateName = "org-baseline".parse().unwrap();
        let whole = WholeRecord {
            origin: FileOrigin {
                template: name.clone(),
                source: rel("hooks/guard.sh"),
            },
            digest: Digest::of(b"x"),
            blob: git_blob(b"x"),
            executable: true,
            seed: false,
            deleted: true,
            adopted: true,
            moved: Some(rel("tools/guard.sh")),
        };
        let block = BlockRecord {
            source: Some(rel("root.md.jinja")),
            text: "quote \" back \\ tab \t\r\n\u{feff}\u{1b}ü\n".into(),
            before: "\n\n".into(),
            deleted: false,
        };
        let keys = KeysRecord {
            created: false,
            parts: BTreeMap::from([(
                name.clone(),
                json!({"permissions": {"deny": ["Read(.env)"]}}),
            )]),
            adopted: BTreeMap::from([(name.clone(), json!({"env": {"A": "'1'"}}))]),
            replaced: BTreeMap::from([
                (String::new(), "{ }\n".into()),
                ("/hooks".into(), "{}".into()),
            ]),
        };
        Lock {
            inputs: Inputs {
                renderer: 1,
                agents: vec![Agent::Claude, Agent::Codex],
                facts: Facts {
                    roots: BTreeMap::from([
                        (Agent::Claude, rel("CLAUDE.md")),
                        (Agent::Codex, rel("AGENTS.md")),
                    ]),
                    imports: Some(rel("AGENTS.md")),
                    link: Some(rel("CLAUDE.md")),
                    hooks: Some(rel(".claude/hooks")),
                },
                answers: Answers::from([
                    ("team".into(), Answer::Text("pay\nments".into())),
                    ("tools".into(), Answer::List(vec!["a".into(), "b".into()])),
                    ("strict".into(), Answer::Bool(true)),
                ]),
                releases: BTreeMap::from([(
                    name.clone(),
                    LockedRelease {
                        version: "1.2.0".parse().unwrap(),
                        registry: "default".into(),
                        tree: Digest::of(b"t"),
                        artifact: Digest::of(b"a"),
                        dependencies: vec!["team-memory".parse().unwrap()],
                    },
                )]),
            },
            files: BTreeMap::from([
                (
                    rel(".claude/hooks/org-baseline/guard.sh"),
                    Record::Whole(whole),
                ),
                (
                    rel("CLAUDE.md"),
                    Record::Blocks(BlocksRecord {
                        created: true,
                        blocks: BTreeMap::from([(BlockName::of(&name), block)]),
                    }),
                ),
                (rel(".claude/settings.json"), Record::Keys(keys)),
            ]),
            hooks: BTreeMap::from([(
                HookName {
                    template: name,
                    id: "guard".into(),
                },
                HookPlace {
                    event: "PreToolUse".into(),
                    script: rel(".claude/hooks/org-baseline/guard.sh"),
                    file: Some(rel(".claude/hooks/org-baseline/guard.hook")),
                },
            )]),
            conflicts: BTreeMap::from([
                (
                    rel(".claude/settings.json"),
                    vec![Open {
                        at: ConflictPlace::Value("/env/A".into()),
                        base: None,
                        ours: Some("\"1\"".into()),
                        theirs: Some("\"2\"".into()),
                    }],
                ),
                (
                    rel("CLAUDE.md"),
                    vec![Open {
                        at: ConflictPlace::Lines {
                            line: 4,
                            before: "b\n".into(),
                            after: String::new(),
                            marked: true,
                        },
                        base: Some("x\n".into()),
                        ours: None,
                        theirs: Some("y\n".into()),
                    }],
                ),
                (
                    rel("a.png"),
                    vec![
                        file(WholeFileReason::Binary),
                        file(WholeFileReason::Type("a folder".into())),
                    ],
                ),
                (
                    rel("b"),
                    vec![
                        file(WholeFileReason::Taken(rel("c"))),
                        file(WholeFileReason::Folded(rel("B"))),
                        file(WholeFileReason::NoBase),
                    ],
                ),
            ]),
            approvals: Approvals::from([(
                "org-baseline".parse().unwrap(),
                BTreeMap::from([
                    (
                        "allow Bash(git status)".into(),
                        BTreeSet::from([Digest::of(b"x")]),
                    ),
                    (
                        "hook Stop sh -c \"x\"".into(),
                        BTreeSet::from([Digest::of(b"y"), Digest::of(b"z")]),
                    ),
                ]),
            )]),
            in_review: Approvals::from([(
                "org-baseline".parse().unwrap(),
                BTreeMap::from([(
                    "hook Stop sh -c \"x\"".into(),
                    BTreeSet::from([Digest::of(b"y")]),
                )]),
            )]),
            proposals: BTreeMap::from([(
                ProposalId::of("x"),
                SentProposal {
                    template: "org-baseline".parse().unwrap(),
                    base: "1.2.0".parse().unwrap(),
                    subject: "Why".into(),
                    at: "https://git.example.org/platform/templates/-/merge_requests/7".into(),
                    branch: Some("agentpkg/p-1".into()),
                    edit: "diff --git a/rules/a.md b/rules/a.md\n".into(),
                },
            )]),
        }
    }

    #[test]
    fn a_lock_reads_back_what_it_wrote() {
        let lock = sample();
        let text = lock.to_text();
        assert_eq!(Lock::parse(&text).unwrap(), lock, "{text}");
        assert_eq!(Lock::parse(&text).unwrap().to_text(), text);
    }

    #[test]
    fn a_file_is_one_line() {
        let text = sample().to_text();
        assert_eq!(
            text.lines()
                .filter(|line| line.contains("guard.sh\" = {"))
                .count(),
            1
        );
        assert_eq!(
            text.lines()
                .filter(|line| line.starts_with("org-baseline = { source"))
                .count(),
            1
        );
    }

    #[test]
    fn a_lock_from_elsewhere_is_refused_with_the_way_back() {
        let error = Lock::parse("format = 4\nagentpkg = \">=0.9\"\n[news]\n").unwrap_err();
        assert_eq!(
            error.message(),
            "`agentpkg.lock` has format 4; this agentpkg reads up to 3"
        );
        assert_eq!(
            error.next_steps(),
            ["update agentpkg to a version that is >=0.9".into()]
        );
        let error = Lock::parse("<<<<<<< ours\n").unwrap_err();
        assert_eq!(error.message(), "`agentpkg.lock` line 1: a conflict marker");
        let error = Lock::parse("format = 1\nzzz = 1\n").unwrap_err();
        assert_eq!(
            error.next_steps(),
            [Hint::text_then_command(
                "take the committed one",
                "git checkout agentpkg.lock"
            )]
        );
    }
}
