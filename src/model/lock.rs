//! agentpkg.lock: every input of rendering, and what each managed file's base was.
//!
//! Written by the tool: no clock, no machine, sorted, one file a line, so that git merges it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use semver::Version;
use serde::Deserialize;
use serde_json::Value;

use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::digest::Digest;
use crate::model::document;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::upstream::{HookName, HookPlace, Origin};

/// The name of the file at a repo's root.
pub const AGENTPKG_LOCK: &str = "agentpkg.lock";

/// The `format` that this program writes, and the highest it reads.
const FORMAT: u32 = 1;

/// What is installed, and from what.
#[derive(Clone, Debug, PartialEq)]
pub struct Lock {
    /// Everything that rendering depends on.
    pub inputs: Inputs,
    /// What each managed path's base was.
    pub files: BTreeMap<RelPath, Record>,
    /// Where each hook was placed.
    pub hooks: BTreeMap<HookName, HookPlace>,
}

/// Everything that rendering, adapting and composing depend on, as one value: `base = f(artifacts, inputs)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Inputs {
    /// The number of the renderer; a golden test forces it up whenever the same input gives other bytes.
    pub renderer: u32,
    /// The agents written for.
    pub agents: Vec<Agent>,
    /// What was seen in the repo.
    pub facts: Facts,
    /// Answers to the templates' questions.
    pub answers: Answers,
    /// The releases, by template.
    pub releases: BTreeMap<TemplateName, LockedRelease>,
}

/// What rendering depends on and only the repo can tell.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Facts {
    /// The real path of the root instructions, links followed: CLAUDE.md, .claude/CLAUDE.md, or what they link to.
    pub root: RelPath,
    /// The AGENTS.md that a CLAUDE.md of agentpkg's making has to import, since it would hide it otherwise.
    #[serde(default)]
    pub imports: Option<RelPath>,
}

impl Default for Facts {
    /// What holds where nothing was seen.
    fn default() -> Self {
        Self { root: rel("CLAUDE.md"), imports: None }
    }
}

/// One release, pinned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedRelease {
    /// The version.
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

/// The base of a file that one template owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WholeRecord {
    /// Where it came from.
    pub origin: Origin,
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

/// The bases of the blocks in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlocksRecord {
    /// Whether the file was agentpkg's making.
    pub created: bool,
    /// The base of each block, by its owner.
    pub blocks: BTreeMap<TemplateName, BlockRecord>,
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
    /// The bytes that were put before the block when it was appended.
    #[serde(default)]
    pub before: String,
    /// Whether the team deleted it on purpose.
    #[serde(default)]
    pub deleted: bool,
}

/// The base of the entries in one JSON document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeysRecord {
    /// Whether the file was agentpkg's making.
    pub created: bool,
    /// What each template contributed.
    pub parts: BTreeMap<TemplateName, Value>,
    /// Those of them that the team had before: shared, never removed.
    pub adopted: BTreeMap<TemplateName, Value>,
    /// The exact bytes of each empty container that was filled, by its JSON pointer.
    pub replaced: BTreeMap<String, String>,
}

impl Lock {
    /// Parses a lock.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
            return Err(Error::damaged(format!("`{AGENTPKG_LOCK}` line {} is a conflict marker", line + 1))
                .hint(format!("take one side: git checkout --ours {AGENTPKG_LOCK}")));
        }
        read_lock(text)
    }

    /// Returns the managed paths, without those that the team deleted on purpose.
    pub fn expected(&self) -> Vec<&RelPath> {
        let deleted = |record: &Record| matches!(record, Record::Whole(whole) if whole.deleted);
        self.files.iter().filter(|(_, record)| !deleted(record)).map(|(path, _)| path).collect()
    }

    /// Returns the lock as its file holds it: the same bytes for the same value.
    pub fn to_text(&self) -> String {
        let mut text = String::from("# Written by agentpkg. Commit it; edit agentpkg.toml instead.\n");
        let _ = writeln!(text, "format = {FORMAT}");
        self.write_inputs(&mut text);
        self.write_files(&mut text);
        self.write_blocks(&mut text);
        self.write_keys(&mut text);
        if !self.hooks.is_empty() {
            text.push_str("\n[hooks]\n");
            for (name, place) in &self.hooks {
                let place = inline([("event", quoted(&place.event)), ("script", quoted(place.script.as_str()))]);
                let _ = writeln!(text, "{} = {place}", quoted(&format!("{}/{}", name.template, name.id)));
            }
        }
        text
    }

    fn write_inputs(&self, text: &mut String) {
        let Inputs { renderer, agents, facts, answers, releases } = &self.inputs;
        let _ = writeln!(text, "renderer = {renderer}");
        let agents: Vec<String> = agents.iter().map(|agent| quoted(agent.as_str())).collect();
        let _ = writeln!(text, "agents = [{}]", agents.join(", "));
        text.push_str("\n[facts]\n");
        let _ = writeln!(text, "root = {}", quoted(facts.root.as_str()));
        if let Some(imports) = &facts.imports {
            let _ = writeln!(text, "imports = {}", quoted(imports.as_str()));
        }
        if !answers.is_empty() {
            text.push_str("\n[answers]\n");
            for (key, answer) in answers {
                let _ = writeln!(text, "{key} = {}", one_line(&answer.to_toml()));
            }
        }
        text.push_str("\n[releases]\n");
        for (name, release) in releases {
            let mut fields = vec![
                ("version", quoted(&release.version.to_string())),
                ("registry", quoted(&release.registry)),
                ("tree", quoted(&release.tree.to_string())),
                ("artifact", quoted(&release.artifact.to_string())),
            ];
            if !release.dependencies.is_empty() {
                let names: Vec<String> = release.dependencies.iter().map(|name| quoted(name.as_str())).collect();
                fields.push(("dependencies", format!("[{}]", names.join(", "))));
            }
            let _ = writeln!(text, "{name} = {}", inline(fields));
        }
    }

    fn write_files(&self, text: &mut String) {
        text.push_str("\n[files]\n");
        for (path, record) in &self.files {
            let line = match record {
                Record::Whole(whole) => {
                    let mut fields = vec![
                        ("template", quoted(whole.origin.template.as_str())),
                        ("source", quoted(whole.origin.source.as_str())),
                        ("digest", quoted(&whole.digest.to_string())),
                        ("blob", quoted(&whole.blob)),
                    ];
                    fields.extend(whole.executable.then(|| ("executable", "true".to_owned())));
                    fields.extend(whole.seed.then(|| ("seed", "true".to_owned())));
                    fields.extend(whole.deleted.then(|| ("deleted", "true".to_owned())));
                    fields.extend(whole.adopted.then(|| ("adopted", "true".to_owned())));
                    fields.extend(whole.moved.iter().map(|moved| ("moved", quoted(moved.as_str()))));
                    inline(fields)
                }
                Record::Blocks(blocks) => shared("blocks", blocks.created),
                Record::Keys(keys) => shared("keys", keys.created),
            };
            let _ = writeln!(text, "{} = {line}", quoted(path.as_str()));
        }
    }

    fn write_blocks(&self, text: &mut String) {
        for (path, record) in &self.files {
            let Record::Blocks(record) = record else { continue };
            let _ = writeln!(text, "\n[blocks.{}]", quoted(path.as_str()));
            for (owner, block) in &record.blocks {
                let mut fields = Vec::new();
                fields.extend(block.source.iter().map(|source| ("source", quoted(source.as_str()))));
                fields.push(("text", quoted(&block.text)));
                if !block.before.is_empty() {
                    fields.push(("before", quoted(&block.before)));
                }
                fields.extend(block.deleted.then(|| ("deleted", "true".to_owned())));
                let _ = writeln!(text, "{owner} = {}", inline(fields));
            }
        }
    }

    fn write_keys(&self, text: &mut String) {
        for (path, record) in &self.files {
            let Record::Keys(record) = record else { continue };
            for (table, parts) in [("keys", &record.parts), ("adopted", &record.adopted)] {
                if parts.is_empty() {
                    continue;
                }
                let _ = writeln!(text, "\n[{table}.{}]", quoted(path.as_str()));
                for (owner, part) in parts {
                    let _ = writeln!(text, "{owner} = {}", quoted(&part.to_string()));
                }
            }
            if record.replaced.is_empty() {
                continue;
            }
            let _ = writeln!(text, "\n[replaced.{}]", quoted(path.as_str()));
            for (pointer, bytes) in &record.replaced {
                let _ = writeln!(text, "{} = {}", quoted(pointer), quoted(bytes));
            }
        }
    }
}

fn shared(ownership: &str, created: bool) -> String {
    let mut fields = vec![("shared", quoted(ownership))];
    fields.extend(created.then(|| ("created", "true".to_owned())));
    inline(fields)
}

fn inline(fields: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let fields: Vec<String> = fields.into_iter().map(|(key, value)| format!("{key} = {value}")).collect();
    format!("{{ {} }}", fields.join(", "))
}

fn one_line(value: &toml_edit::Value) -> String {
    match value {
        toml_edit::Value::String(text) => quoted(text.value()),
        other => other.to_string().trim().to_owned(),
    }
}

/// Returns a TOML basic string on one line.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_control() || letter == '\u{feff}' => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// The lock's file, as serde reads it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    #[allow(dead_code, reason = "checked before the rest is read")]
    format: u32,
    renderer: u32,
    agents: Vec<Agent>,
    facts: Facts,
    #[serde(default)]
    answers: Answers,
    releases: BTreeMap<TemplateName, LockedRelease>,
    files: BTreeMap<RelPath, RawFile>,
    #[serde(default)]
    blocks: BTreeMap<RelPath, BTreeMap<TemplateName, BlockRecord>>,
    #[serde(default)]
    keys: BTreeMap<RelPath, BTreeMap<TemplateName, Json>>,
    #[serde(default)]
    adopted: BTreeMap<RelPath, BTreeMap<TemplateName, Json>>,
    #[serde(default)]
    replaced: BTreeMap<RelPath, BTreeMap<String, String>>,
    #[serde(default)]
    hooks: BTreeMap<String, HookPlace>,
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
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    let Format { format } = document::read(AGENTPKG_LOCK, text).map_err(restore)?;
    if format > FORMAT {
        return Err(Error::user(format!("`{AGENTPKG_LOCK}` has format {format}; this agentpkg reads up to {FORMAT}"))
            .hint("update agentpkg"));
    }
    let Raw {
        format: _,
        renderer,
        agents,
        facts,
        answers,
        releases,
        files,
        mut blocks,
        mut keys,
        mut adopted,
        mut replaced,
        hooks,
    } = document::read::<Raw>(AGENTPKG_LOCK, text).map_err(restore)?;
    let mut records = BTreeMap::new();
    for (path, file) in files {
        let record = match file {
            RawFile::Whole(raw) => Record::Whole(raw.into_record()),
            RawFile::Shared(RawShared { shared: Shared::Blocks, created }) => {
                Record::Blocks(BlocksRecord { created, blocks: blocks.remove(&path).unwrap_or_default() })
            }
            RawFile::Shared(RawShared { shared: Shared::Keys, created }) => {
                let values = |parts: Option<BTreeMap<TemplateName, Json>>| {
                    parts.unwrap_or_default().into_iter().map(|(owner, Json(value))| (owner, value)).collect()
                };
                Record::Keys(KeysRecord {
                    created,
                    parts: values(keys.remove(&path)),
                    adopted: values(adopted.remove(&path)),
                    replaced: replaced.remove(&path).unwrap_or_default(),
                })
            }
        };
        records.insert(path, record);
    }
    let hooks = hooks.into_iter().map(|(name, place)| {
        let (template, id) = name.split_once('/').unwrap_or((name.as_str(), ""));
        Ok((HookName { template: template.parse()?, id: id.to_owned() }, place))
    });
    let named = |error: Error| restore(Error::user(format!("`{AGENTPKG_LOCK}`: {}", error.message())));
    let hooks = hooks.collect::<Result<_>>().map_err(named)?;
    Ok(Lock { inputs: Inputs { renderer, agents, facts, answers, releases }, files: records, hooks })
}

impl RawWhole {
    fn into_record(self) -> WholeRecord {
        let Self { template, source, digest, blob, executable, seed, deleted, adopted, moved } = self;
        WholeRecord { origin: Origin { template, source }, digest, blob, executable, seed, deleted, adopted, moved }
    }
}

/// The lock is the tool's: what is wrong with it is mended by taking it from git, not by hand.
fn restore(error: Error) -> Error {
    Error::damaged(error.message()).hint(format!("take the committed one: git checkout {AGENTPKG_LOCK}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answers::Answer;
    use serde_json::json;

    fn sample() -> Lock {
        let name: TemplateName = "org-baseline".parse().unwrap();
        let whole = WholeRecord {
            origin: Origin { template: name.clone(), source: rel("hooks/guard.sh") },
            digest: Digest::of(b"x"),
            blob: crate::model::digest::git_blob(b"x"),
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
            parts: BTreeMap::from([(name.clone(), json!({"permissions": {"deny": ["Read(.env)"]}}))]),
            adopted: BTreeMap::from([(name.clone(), json!({"env": {"A": "'1'"}}))]),
            replaced: BTreeMap::from([(String::new(), "{ }\n".into()), ("/hooks".into(), "{}".into())]),
        };
        Lock {
            inputs: Inputs {
                renderer: 1,
                agents: vec![Agent::Claude],
                facts: Facts { root: rel("CLAUDE.md"), imports: Some(rel("AGENTS.md")) },
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
                (rel(".claude/hooks/org-baseline/guard.sh"), Record::Whole(whole)),
                (
                    rel("CLAUDE.md"),
                    Record::Blocks(BlocksRecord { created: true, blocks: BTreeMap::from([(name.clone(), block)]) }),
                ),
                (rel(".claude/settings.json"), Record::Keys(keys)),
            ]),
            hooks: BTreeMap::from([(
                HookName { template: name, id: "guard".into() },
                HookPlace { event: "PreToolUse".into(), script: rel(".claude/hooks/org-baseline/guard.sh") },
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
        assert_eq!(text.lines().filter(|line| line.contains("guard.sh\" = {")).count(), 1);
        assert_eq!(text.lines().filter(|line| line.starts_with("org-baseline = { source")).count(), 1);
    }

    #[test]
    fn a_lock_from_elsewhere_is_refused_with_the_way_back() {
        let error = Lock::parse("format = 2\n").unwrap_err();
        assert_eq!(error.message(), "`agentpkg.lock` has format 2; this agentpkg reads up to 1");
        let error = Lock::parse("<<<<<<< ours\n").unwrap_err();
        assert_eq!(error.message(), "`agentpkg.lock` line 1 is a conflict marker");
        let error = Lock::parse("format = 1\nzzz = 1\n").unwrap_err();
        assert_eq!(error.next_steps(), ["take the committed one: git checkout agentpkg.lock"]);
    }
}
