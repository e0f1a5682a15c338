//! What each coding agent reads, a folder an agent: places, events, shapes, what may run, the way
//! from a template to its files and back. **Nothing about an agent stands anywhere else.**
//!
//! It is all tables and small functions over them. What vendors change, they change here.

pub mod claude;
pub mod codex;
pub mod cursor;
pub mod documents;
pub mod globs;
pub mod headers;
pub mod items;
mod memory;
pub mod readers;
pub mod rules;
mod shared;
mod skills;
pub mod support;
pub mod taken;
pub mod translate;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::Result;
use crate::merge;
use crate::merge::json::{ArrayPolicy, Policies};
use crate::merge::kind::FileKind;
use crate::merge::pieces::{Merge, Sides};
use crate::model::agent::Agent;
use crate::model::lock::Facts;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::source::Source;
use crate::model::support::{ItemKind, Limit, Support};
use crate::model::template::Hook;
use crate::model::tree::File;
use crate::model::upstream::{Block, HookName, HookPlace, Whole};

/// Root instructions that most agents read, and Claude Code where it has none of its own.
pub const AGENTS_MD: &str = "AGENTS.md";

/// Files that several writers share, or that are a person's own, with what to do instead: no
/// template may own one whole.
pub const NOT_FOR_FILES: [(&str, &str); 16] = [
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
    (codex::CONFIG, "use `[mcp.NAME]` in template.toml"),
    (cursor::SERVERS, "use `[mcp.NAME]` in template.toml"),
    (cursor::PERMISSIONS, "use `[permissions]` in template.toml"),
    ("AGENTS.override.md", PERSONAL),
    (claude::LOCAL_SETTINGS, PERSONAL),
    (claude::places::LOCAL_ROOT, PERSONAL),
    ("agentpkg.toml", "leave it out: it is the repository's own"),
    ("agentpkg.lock", "leave it out: it is agentpkg's own"),
];

/// Those of them that agents read in any folder, not in the root alone.
const EVERYWHERE: [&str; 6] = [
    claude::SETTINGS,
    claude::LOCAL_SETTINGS,
    claude::SERVERS,
    codex::CONFIG,
    cursor::SERVERS,
    cursor::PERMISSIONS,
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
pub const OTHERS: [(&str, &[&str]); 2] = [
    (
        "GitHub Copilot",
        &[".github/copilot-instructions.md", ".github/instructions"],
    ),
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

/// What arrays and tables mean in the TOML files of agents: nothing of what Claude Code's settings
/// mean, and a server is one whole, as it is in .mcp.json. Half a server, of two versions, would
/// keep Codex from starting.
pub const TOML_POLICIES: &Policies = &Policies {
    arrays: &[(&["mcp_servers", "*", "args"], ArrayPolicy::Sequence)],
    units: &[&["mcp_servers", "*"]],
    scripts: "/",
};

/// Merges three versions of a file, whose arrays mean what they mean in the files of agents.
pub fn merge(kind: FileKind, sides: &Sides<'_>) -> Merge {
    let policies = match kind {
        FileKind::Toml => TOML_POLICIES,
        _ => POLICIES,
    };
    merge::merge(kind, sides, policies)
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

/// What one template contributes to a repo.
#[derive(Clone, Debug, Default)]
pub struct Contribution {
    /// Files that the template owns.
    pub whole: BTreeMap<RelPath, Whole>,
    /// Blocks for the root instructions of each agent, in the order in which new ones come.
    pub roots: BTreeMap<Agent, Vec<Block>>,
    /// A block for `.gitignore`.
    pub ignore: Option<Block>,
    /// Entries for JSON files: objects, none of them empty.
    pub keys: BTreeMap<RelPath, Value>,
    /// Where the hooks ended up.
    pub hooks: BTreeMap<HookName, HookPlace>,
    /// What the agents don't get as it is meant.
    pub limits: Vec<Limit>,
    /// What Cursor may be allowed once it is known what all templates ask for.
    pub pending: cursor::Pending,
}

impl Contribution {
    fn drop_server(&mut self, agent: Agent, name: &str, why: &'static str) {
        self.limit_one(agent, ItemKind::Server, name, Support::Dropped(why));
    }

    /// Says of a file of a template that an agent gets nothing of it, since it isn't called as its
    /// kind is.
    fn drop_misnamed(&mut self, agent: Agent, kind: ItemKind, path: &RelPath) {
        let why = "its name doesn't end in `.md`";
        self.limit_one(agent, kind, path.as_str(), Support::Dropped(why));
    }

    /// Says of a skill that an agent doesn't follow all of it, if it doesn't. `further` are the
    /// keys that it reads beside the usual ones.
    fn limit_skill(&mut self, agent: Agent, path: &RelPath, file: &RenderedFile, further: &[&str]) {
        let text = file.file.text().unwrap_or_default();
        if path.file_name() == "SKILL.md" && skills::is_claude_codes(text, further) {
            let how = "without what only Claude Code does with its keys, commands and variables";
            let support = Support::Degraded {
                place: codex::SKILLS,
                how,
            };
            self.limit_one(agent, ItemKind::Skill, path.as_str(), support);
        }
    }

    fn limit_one(&mut self, agent: Agent, kind: ItemKind, name: &str, support: Support) {
        self.limits.push(Limit {
            agent,
            kind,
            count: 1,
            name: Some(name.to_owned()),
            support,
        });
    }
}

/// Returns what rendering goes by where nothing was seen of a repository.
pub fn usual_facts(agents: &[Agent]) -> Facts {
    let mut facts = Facts::default();
    for agent in agents {
        facts.roots.insert(*agent, rel(roots(*agent)[0]));
    }
    facts
}

/// Returns the files that may hold the root instructions of an agent, in the order in which it
/// looks for them.
pub fn roots(agent: Agent) -> &'static [&'static str] {
    match agent {
        Agent::Claude => &claude::ROOTS,
        Agent::Codex => &codex::ROOTS,
        Agent::Cursor => &cursor::ROOTS,
    }
}

/// Returns what shows that an agent is in use in a repository.
pub fn signs(agent: Agent) -> &'static [&'static str] {
    match agent {
        Agent::Claude => &claude::places::SIGNS,
        Agent::Codex => &codex::SIGNS,
        Agent::Cursor => &cursor::SIGNS,
    }
}

/// Returns the agents for which a path is written; none where that can't be told by its folder.
pub fn written_for(path: &RelPath) -> &'static [Agent] {
    let folders: [(&str, &[Agent]); 4] = [
        (".claude", &[Agent::Claude]),
        (".codex", &[Agent::Codex]),
        (".cursor", &[Agent::Cursor]),
        (".agents", &[Agent::Codex, Agent::Cursor]),
    ];
    let mut folders = folders.into_iter();
    match folders.find(|(folder, _)| path.below(folder).is_some()) {
        Some((_, agents)) => agents,
        None if path.as_str() == claude::SERVERS => &[Agent::Claude],
        None => &[],
    }
}

/// Adapts a rendered template to the agents of a repository.
///
/// # Errors
/// Names the file of the template that an agent has no place for, or that another one takes.
pub fn adapt(agents: &[Agent], rendered: &Rendered<'_>) -> Result<Contribution> {
    let mut contribution = Contribution {
        limits: support::limits(agents, rendered),
        ..Contribution::default()
    };
    shared::adapt(rendered, &mut contribution)?;
    for agent in agents {
        match agent {
            Agent::Claude => claude::adapt(rendered, &mut contribution)?,
            Agent::Codex => codex::adapt(rendered, &mut contribution)?,
            Agent::Cursor => cursor::adapt(rendered, &mut contribution)?,
        }
    }
    Ok(contribution)
}

/// Finishes what several templates contribute together.
pub fn finish(contributions: &mut [(&Source, Contribution)]) {
    cursor::allow(
        contributions
            .iter_mut()
            .map(|(_, contribution)| contribution),
    );
    for (_, contribution) in contributions {
        let keys = &mut contribution.keys;
        keys.retain(|_, part| !merge::json::is_empty(part));
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
