//! What each coding agent reads, a folder an agent: places, events, shapes, what may run, the way
//! from a template to its files and back. **Nothing about an agent stands anywhere else.**
//!
//! It is all tables and small functions over them. What vendors change, they change here.

pub mod claude;
pub mod headers;
pub mod readers;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::Result;
use crate::merge;
use crate::merge::json::Policies;
use crate::merge::kind::FileKind;
use crate::merge::pieces::{Merge, Sides};
use crate::model::agent::Agent;
use crate::model::lock::Facts;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::source::Source;
use crate::model::template::Hook;
use crate::model::tree::File;
use crate::model::upstream::{Block, HookName, HookPlace, Whole};

/// Root instructions that most agents read, and Claude Code where it has none of its own.
pub const AGENTS_MD: &str = "AGENTS.md";

/// Files that several writers share, or that are a person's own, with what to do instead: no
/// template may own one whole.
pub const NOT_FOR_FILES: [(&str, &str); 12] = [
    (claude::ROOTS[0], IN_ROOT),
    (claude::ROOTS[1], IN_ROOT),
    (AGENTS_MD, IN_ROOT),
    ("GEMINI.md", IN_ROOT),
    (".github/copilot-instructions.md", IN_ROOT),
    (".gitignore", "put the lines into `gitignore`"),
    (
        claude::SETTINGS,
        "use template.toml, or `settings/claude.json` for what it has no word for",
    ),
    (claude::SERVERS, "use `[mcp.NAME]` in template.toml"),
    (claude::LOCAL_SETTINGS, PERSONAL),
    (claude::places::LOCAL_ROOT, PERSONAL),
    ("agentpkg.toml", "leave it out: it is the repository's own"),
    ("agentpkg.lock", "leave it out: it is agentpkg's own"),
];

/// Files that are merged better by what they say than line by line, as git's attributes have
/// patterns, each with a path that it fits. They hold in any folder: packages of a monorepo have
/// files of their own.
pub const MERGED: [(&str, &str); 5] = [
    ("**/.claude/**/*.json", claude::SETTINGS),
    ("**/.claude/**/*.md", ".claude/rules/a.md"),
    (claude::SERVERS, claude::SERVERS),
    (claude::ROOTS[0], claude::ROOTS[0]),
    (AGENTS_MD, AGENTS_MD),
];

const IN_ROOT: &str = "put the text into `root.md`";
const PERSONAL: &str = "leave it out: it is a person's own";

/// Agents that agentpkg doesn't write for yet, with what shows that one is in use in a repository.
pub const OTHERS: [(&str, &[&str]); 4] = [
    ("Cursor", &[".cursor", ".cursorrules"]),
    (
        "GitHub Copilot",
        &[".github/copilot-instructions.md", ".github/instructions"],
    ),
    ("Codex", &[".codex"]),
    ("Gemini CLI", &["GEMINI.md", ".gemini"]),
];

/// What arrays mean in the JSON files of agents. One table serves every document: a `permissions`
/// or `hooks` elsewhere means the same.
pub const POLICIES: &Policies = &claude::POLICIES;

/// Names of files in which agents are told things in prose, by their ends.
const PROSE: [&str; 2] = [".cursorrules", ".windsurfrules"];

/// Returns the kind of a file called `name`, with or without folders before it, that starts as
/// `bytes` do.
pub fn kind_of(name: &str, bytes: &[u8]) -> FileKind {
    let lower = name.to_ascii_lowercase();
    match PROSE.iter().any(|end| lower.ends_with(end)) {
        true => FileKind::Markdown,
        false => FileKind::of(name, bytes),
    }
}

/// Merges three versions of a file, whose arrays mean what they mean in the files of agents.
pub fn merge(kind: FileKind, sides: &Sides<'_>) -> Merge {
    merge::merge(kind, sides, POLICIES)
}

/// A template with its answers filled in, before an agent's layout is known.
#[derive(Clone, Debug)]
pub struct Rendered<'a> {
    pub name: &'a TemplateName,
    /// The files by the path they have in the source, without `.jinja`.
    pub files: BTreeMap<RelPath, RenderedFile>,
    /// The hooks whose scripts are there.
    pub hooks: Vec<&'a Hook>,
    /// The manifest, for what has no file.
    pub source: &'a Source,
}

/// One rendered file.
#[derive(Clone, Debug)]
pub struct RenderedFile {
    /// The bytes and the mode.
    pub file: File,
    pub source: RelPath,
    /// Whether it is given once and the team's afterwards.
    pub seed: bool,
}

/// What one template contributes to a repo for one agent.
#[derive(Clone, Debug, Default)]
pub struct Contribution {
    /// Files that the template owns.
    pub whole: BTreeMap<RelPath, Whole>,
    /// A block for the root instructions.
    pub root: Option<Block>,
    /// A block for `.gitignore`.
    pub ignore: Option<Block>,
    /// Entries for JSON files: objects, none of them empty.
    pub keys: BTreeMap<RelPath, Value>,
    /// Where the hooks ended up.
    pub hooks: BTreeMap<HookName, HookPlace>,
}

/// Returns what rendering goes by where nothing was seen of a repository.
pub fn usual_facts() -> Facts {
    Facts {
        root: rel(claude::ROOTS[0]),
        imports: None,
    }
}

/// Adapts a rendered template to an agent.
///
/// # Errors
/// Names the file of the template that the agent has no place for, or that another one takes.
pub fn adapt(agent: Agent, rendered: &Rendered<'_>) -> Result<Contribution> {
    match agent {
        Agent::Claude => claude::adapt(rendered),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_agents_are_told_in_a_file_of_their_own_is_prose() {
        for (name, kind) in [
            (".cursorrules", FileKind::Markdown),
            ("a/.WindsurfRules", FileKind::Markdown),
            (".lintrules", FileKind::Other),
            (".claude/settings.json", FileKind::Json),
        ] {
            assert_eq!(kind_of(name, b""), kind, "{name}");
        }
    }
}
