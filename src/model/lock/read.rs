//! agentpkg.lock as text, to a value.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{
    AGENTPKG_LOCK, Approvals, BlockRecord, BlocksRecord, FORMAT, Facts, Inputs, KeysRecord, Lock,
    LockedRelease, Record, WholeRecord,
};
use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::conflict::{ConflictPlace, Open, WholeFileReason};
use crate::model::digest::Digest;
use crate::model::document;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::upstream::{BlockName, FileOrigin, HookName, HookPlace};

impl Lock {
    /// Parses a lock.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
            let error =
                Error::in_file(AGENTPKG_LOCK, Some(line + 1), "a conflict marker").being_damaged();
            return Err(match super::join::has_sides(text) {
                true => error.hint_command("rebuild it from both sides", "agentpkg install"),
                false => {
                    let checkout = format!("git checkout {AGENTPKG_LOCK}");
                    error.hint_command("take the committed one", checkout)
                }
            });
        }
        read_lock(text)
    }
}

/// The lock's file, as serde reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[allow(dead_code, reason = "checked before the rest is read")]
    format: u32,
    #[serde(default)]
    #[allow(dead_code, reason = "read with the format")]
    agentpkg: Option<String>,
    renderer: u32,
    agents: Vec<Agent>,
    facts: RawFacts,
    #[serde(default)]
    answers: Answers,
    releases: BTreeMap<TemplateName, LockedRelease>,
    files: BTreeMap<RelPath, RawFile>,
    #[serde(default)]
    blocks: BTreeMap<RelPath, BTreeMap<BlockName, BlockRecord>>,
    #[serde(default)]
    keys: BTreeMap<RelPath, BTreeMap<TemplateName, Json>>,
    #[serde(default)]
    adopted: BTreeMap<RelPath, BTreeMap<TemplateName, Json>>,
    #[serde(default)]
    replaced: BTreeMap<RelPath, BTreeMap<String, String>>,
    #[serde(default)]
    hooks: BTreeMap<String, HookPlace>,
    #[serde(default)]
    conflicts: BTreeMap<RelPath, Vec<RawOpen>>,
    #[serde(default)]
    approvals: Approvals,
    #[serde(default, rename = "in-review")]
    in_review: Approvals,
    #[serde(default)]
    proposals: BTreeMap<ProposalId, SentProposal>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFacts {
    /// That of Claude Code, for which earlier versions wrote alone.
    #[serde(default)]
    root: Option<RelPath>,
    #[serde(default)]
    roots: BTreeMap<Agent, RelPath>,
    #[serde(default)]
    imports: Option<RelPath>,
    #[serde(default)]
    link: Option<RelPath>,
    #[serde(default)]
    hooks: Option<RelPath>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOpen {
    value: Option<String>,
    line: Option<usize>,
    #[serde(default)]
    marked: bool,
    #[serde(default)]
    before: String,
    #[serde(default)]
    after: String,
    file: Option<String>,
    of: Option<String>,
    base: Option<String>,
    ours: Option<String>,
    theirs: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "this is not what a lock remembers of a file")]
enum RawFile {
    Whole(RawWhole),
    Shared(RawShared),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWhole {
    template: TemplateName,
    source: RelPath,
    digest: Digest,
    blob: String,
    #[serde(default)]
    executable: bool,
    #[serde(default)]
    seed: bool,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    adopted: bool,
    #[serde(default)]
    moved: Option<RelPath>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawShared {
    shared: Shared,
    #[serde(default)]
    created: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Shared {
    Blocks,
    Keys,
}

/// A JSON document in a TOML string.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Json(Value);

impl TryFrom<String> for Json {
    type Error = serde_json::Error;

    fn try_from(text: String) -> Result<Self, serde_json::Error> {
        serde_json::from_str(&text).map(Self)
    }
}

fn read_lock(text: &str) -> Result<Lock> {
    let raw = document::read::<Raw>(AGENTPKG_LOCK, text);
    if !raw.as_ref().is_ok_and(|raw| raw.format <= FORMAT) {
        refuse_later_format(text)?;
    }
    raw.map_err(restore)?.into_lock()
}

/// Refuses a format that this agentpkg doesn't know. It may have what this one can't read, and is
/// no damage.
fn refuse_later_format(text: &str) -> Result<()> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
        agentpkg: Option<String>,
    }
    let Format { format, agentpkg } = document::read(AGENTPKG_LOCK, text).map_err(restore)?;
    if format <= FORMAT {
        return Ok(());
    }
    let hint = match agentpkg {
        Some(needs) => format!("update agentpkg to a version that is {needs}"),
        None => "update agentpkg".to_owned(),
    };
    Err(Error::user(format!(
        "`{AGENTPKG_LOCK}` has format {format}; this agentpkg reads up to {FORMAT}"
    ))
    .note("nothing was changed")
    .hint(hint))
}

impl Raw {
    fn into_lock(mut self) -> Result<Lock> {
        let mut files = BTreeMap::new();
        for (path, file) in std::mem::take(&mut self.files) {
            let record = self.take_record(&path, file);
            files.insert(path, record);
        }
        let mut conflicts = BTreeMap::new();
        for (path, places) in self.conflicts {
            let places: Option<Vec<Open>> = places.into_iter().map(RawOpen::into_open).collect();
            let Some(places) = places else {
                return Err(restore(Error::user(format!(
                    "`{AGENTPKG_LOCK}`: the conflicts of `{path}` say nothing"
                ))));
            };
            conflicts.insert(path, places);
        }
        Ok(Lock {
            inputs: Inputs {
                renderer: self.renderer,
                agents: self.agents,
                facts: self.facts.into_facts(),
                answers: self.answers,
                releases: self.releases,
            },
            files,
            hooks: read_hooks(self.hooks)?,
            conflicts,
            approvals: self.approvals,
            in_review: self.in_review,
            proposals: self.proposals,
        })
    }

    /// Puts the record of a file together; of a shared one, the parts stand in other tables.
    fn take_record(&mut self, path: &RelPath, file: RawFile) -> Record {
        match file {
            RawFile::Whole(raw) => Record::Whole(raw.into_record()),
            RawFile::Shared(RawShared {
                shared: Shared::Blocks,
                created,
            }) => Record::Blocks(BlocksRecord {
                created,
                blocks: self.blocks.remove(path).unwrap_or_default(),
            }),
            RawFile::Shared(RawShared {
                shared: Shared::Keys,
                created,
            }) => Record::Keys(KeysRecord {
                created,
                parts: values(self.keys.remove(path).unwrap_or_default()),
                adopted: values(self.adopted.remove(path).unwrap_or_default()),
                replaced: self.replaced.remove(path).unwrap_or_default(),
            }),
        }
    }
}

/// Reads the names of hooks: `TEMPLATE/ID`.
fn read_hooks(hooks: BTreeMap<String, HookPlace>) -> Result<BTreeMap<HookName, HookPlace>> {
    let mut read = BTreeMap::new();
    for (name, place) in hooks {
        let (template, id) = name.split_once('/').unwrap_or((name.as_str(), ""));
        let template = template.parse().map_err(|error: Error| {
            let why = error.message();
            restore(Error::user(format!("`{AGENTPKG_LOCK}`: {why}")))
        })?;
        let id = id.to_owned();
        read.insert(HookName { template, id }, place);
    }
    Ok(read)
}

fn values(parts: BTreeMap<TemplateName, Json>) -> BTreeMap<TemplateName, Value> {
    let parts = parts.into_iter();
    parts.map(|(owner, Json(value))| (owner, value)).collect()
}

impl RawFacts {
    fn into_facts(self) -> Facts {
        let mut roots = self.roots;
        if let Some(root) = self.root {
            roots.insert(Agent::Claude, root);
        }
        Facts {
            roots,
            imports: self.imports,
            link: self.link,
            hooks: self.hooks,
        }
    }
}

impl RawOpen {
    fn into_open(self) -> Option<Open> {
        let Self {
            value,
            line,
            marked,
            before,
            after,
            file,
            of,
            base,
            ours,
            theirs,
        } = self;
        let at = match (value, line, file.as_deref()) {
            (Some(pointer), None, None) => ConflictPlace::Value(pointer),
            (None, Some(line), None) => ConflictPlace::Lines {
                line,
                before,
                after,
                marked,
            },
            (None, None, Some("changed")) => ConflictPlace::File(WholeFileReason::Changed),
            (None, None, Some("binary")) => ConflictPlace::File(WholeFileReason::Binary),
            (None, None, Some("no-base")) => ConflictPlace::File(WholeFileReason::NoBase),
            (None, None, Some("occupied")) => ConflictPlace::File(WholeFileReason::Occupied),
            (None, None, Some("type")) => ConflictPlace::File(WholeFileReason::Type(of?)),
            (None, None, Some("taken")) => {
                ConflictPlace::File(WholeFileReason::Taken(of?.parse().ok()?))
            }
            (None, None, Some("folded")) => {
                ConflictPlace::File(WholeFileReason::Folded(of?.parse().ok()?))
            }
            _ => return None,
        };
        Some(Open {
            at,
            base,
            ours,
            theirs,
        })
    }
}

impl RawWhole {
    fn into_record(self) -> WholeRecord {
        let Self {
            template,
            source,
            digest,
            blob,
            executable,
            seed,
            deleted,
            adopted,
            moved,
        } = self;
        WholeRecord {
            origin: FileOrigin { template, source },
            digest,
            blob,
            executable,
            seed,
            deleted,
            adopted,
            moved,
        }
    }
}

/// The lock is the tool's: what is wrong with it is mended by taking it from git, not by hand.
fn restore(error: Error) -> Error {
    error.being_damaged().without_hints().hint_command(
        "take the committed one",
        format!("git checkout {AGENTPKG_LOCK}"),
    )
}
