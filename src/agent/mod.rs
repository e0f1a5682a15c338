//! What each coding agent reads, a folder an agent: places, events, shapes, what may run, the way
//! from a template to its files and back. **Nothing about an agent stands anywhere else.**
//!
//! It is all tables and small functions over them. What vendors change, they change here.

pub mod claude;
pub mod codex;
pub mod copilot;
pub mod cursor;
pub mod definition;
pub mod documents;
pub mod gate;
pub mod gemini;
pub mod globs;
pub mod headers;
pub mod hook_entries;
pub mod hooks;
pub mod items;
mod memory;
pub mod opencode;
mod policies;
pub mod readers;
pub mod rules;
pub mod sections;
mod shared;
pub mod skills;
pub mod support;
pub mod taken;
mod tools;
pub mod translate;
pub mod unbrought;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::Result;
use crate::merge;
use crate::merge::kind::FileKind;
use crate::merge::pieces::{Merge, Sides};
use crate::model::agent::{Agent, agents};
use crate::model::lock::Facts;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::source::Source;
use crate::model::support::{ItemKind, Limit, Support};
use crate::model::template::Hook;
use crate::model::tree::File;
use crate::model::upstream::{Block, HookName, HookPlace, Whole};

use definition::{Definition, definitions};

pub use policies::{POLICIES, TOML_POLICIES};

/// Root instructions that most agents read, and Claude Code where it has none of its own.
pub const AGENTS_MD: &str = "AGENTS.md";

/// Files that are a person's own, git's or agentpkg's, and those that agents read instead of what
/// agentpkg writes, with what to do instead.
const NOT_FOR_TEMPLATES: [(&str, &str); 11] = [
    (".github/mcp.json", SERVERS_INSTEAD),
    ("opencode.jsonc", SERVERS_INSTEAD),
    (".opencode/opencode.jsonc", SERVERS_INSTEAD),
    (".gitignore", "put the lines into `gitignore`"),
    ("AGENTS.override.md", PERSONAL),
    (claude::LOCAL_SETTINGS, PERSONAL),
    (claude::places::LOCAL_ROOT, PERSONAL),
    ("agentpkg.toml", "leave it out: it is the repository's own"),
    ("agentpkg.lock", OWN),
    (hooks::RUNNERS[0], OWN),
    (hooks::RUNNERS[1], OWN),
];

/// Returns the files that several writers share, or that are a person's own, with what to do
/// instead: no template may own one whole.
pub fn not_for_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    let roots = definitions().flat_map(|(_, known)| known.roots);
    let documents = documents::documents().map(|(_, known)| (known.path, known.kind.instead()));
    NOT_FOR_TEMPLATES
        .into_iter()
        .chain(roots.map(|root| (*root, IN_ROOT)))
        .chain(documents)
}

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

/// Why hooks of another agent than Claude Code aren't taken into a template.
const HOOKS_OF_OTHERS: &str = "hooks are taken from Claude Code's settings alone";

const SERVERS_INSTEAD: &str = "use `[mcp.NAME]` in template.toml";
const IN_ROOT: &str = "put the text into `root.md`";
const OWN: &str = "leave it out: it is agentpkg's own";
const PERSONAL: &str = "leave it out: it is a person's own";

/// Agents that agentpkg doesn't write for yet, with what shows that one is in use in a repository.
pub const OTHERS: [(&str, &[&str]); 3] = [
    ("Junie", &[".junie"]),
    ("Kiro", &[".kiro"]),
    ("Windsurf", &[".windsurf", ".windsurfrules"]),
];

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
    /// The number of the renderer whose bytes these are.
    pub renderer: u32,
    /// Where each agent has its root instructions.
    pub root_files: BTreeMap<Agent, RelPath>,
    /// The folder with the hook runner and the scripts of hooks.
    pub hooks_folder: &'static str,
    /// What Cursor may be allowed once it is known what all templates ask for.
    pub pending: cursor::Pending,
}

impl Contribution {
    /// Says of one thing what an agent makes of it, where that differs from others of its kind.
    fn limit_one(&mut self, agent: Agent, kind: ItemKind, name: &str, support: Support) {
        if let Support::Dropped(_) = support {
            let is_of_kind = |limit: &&mut Limit| limit.agent == agent && limit.kind == kind;
            let mut all = self.limits.iter_mut().filter(|limit| limit.name.is_none());
            if let Some(limit) = all.find(is_of_kind) {
                limit.count = limit.count.saturating_sub(1);
            }
            self.limits.retain(|limit| limit.count > 0);
        }
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
    facts.hooks = Some(rel(hooks::folder(agents, &facts)));
    facts
}

/// Returns what agentpkg knows of an agent.
pub fn definition(agent: Agent) -> &'static Definition {
    macro_rules! of_each {
        ($($variant:ident $folder:ident $title:literal;)+) => {
            match agent {
                $(Agent::$variant => &$folder::DEFINITION,)+
            }
        };
    }
    agents!(of_each)
}

/// Returns the files that may hold the root instructions of an agent, in the order in which it
/// looks for them.
pub fn roots(agent: Agent) -> &'static [&'static str] {
    definition(agent).roots
}

/// Returns the names that root instructions have, of whichever agent.
pub fn root_names() -> BTreeSet<RelPath> {
    let names = definitions().flat_map(|(_, known)| known.roots);
    names.map(|root| rel(root)).collect()
}

/// Returns the agents for which a path is written; none where that can't be told by its place.
pub fn written_for(path: &RelPath) -> Vec<Agent> {
    let mut agents = Vec::new();
    for (agent, known) in definitions() {
        let is_sign = known.signs.iter().any(|sign| path.below(sign).is_some());
        let is_place = known.places.iter().any(|place| place.has(path));
        if is_sign || is_place || known.servers.path == path.as_str() {
            agents.push(agent);
        }
    }
    agents
}

/// Adapts a rendered template to the agents of a repository, as the renderer of this number does.
///
/// # Errors
/// Names the file of the template that an agent has no place for, or that another one takes.
pub fn adapt(
    agents: &[Agent],
    facts: &Facts,
    renderer: u32,
    rendered: &Rendered<'_>,
) -> Result<Contribution> {
    let mut contribution = Contribution {
        limits: support::limits(agents, rendered),
        renderer,
        root_files: facts.roots.clone(),
        hooks_folder: hooks::folder(agents, facts),
        ..Contribution::default()
    };
    shared::adapt(rendered, &mut contribution)?;
    let runs_hooks = hooks::are_run_by_runner(renderer);
    if runs_hooks
        && agents
            .iter()
            .any(|agent| definition(*agent).hooks.is_some())
    {
        hooks::adapt(rendered, &mut contribution)?;
    }
    for agent in agents {
        shared::adapt_for(*agent, rendered, &mut contribution)?;
        (definition(*agent).further)(rendered, &mut contribution)?;
        if runs_hooks {
            hooks::adapt_for(*agent, rendered, &mut contribution)?;
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
