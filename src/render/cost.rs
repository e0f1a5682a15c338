//! What a composition costs an agent's context, and what it may run.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::agent::claude::handlers::each_handler;
use crate::agent::definition::{SourceFolder, places};
use crate::agent::documents::{self, DocumentKind};
use crate::agent::translate::body;
use crate::merge::block;
use crate::merge::format::Format;
use crate::merge::json::{self, Identities};
use crate::model::agent::Agent;
use crate::model::frontmatter;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Comment, Content, Upstream};
use crate::tree::ownership::identities_at;

/// What agents load and run because of the templates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Lines that each agent has in every conversation: root instructions, and rules without a
    /// scope.
    pub lines: BTreeMap<Agent, usize>,
    /// Rules that load only for the paths they name, for the agent that has most of them.
    pub scoped_rules: usize,
    /// Hooks that may run.
    pub hooks: usize,
    /// MCP servers that may be started or reached, for the agent that has most of them.
    pub servers: usize,
}

/// Returns the cost of what a repo has of a composition: what the team deleted costs nothing, and
/// runs nothing. `here` are the files as they are in the end, `roots` the files with the root
/// instructions of each agent.
pub fn of(
    upstream: &Upstream,
    here: &BTreeMap<RelPath, File>,
    roots: &BTreeMap<Agent, RelPath>,
    identities: &Identities,
) -> Cost {
    let mut cost = Cost::default();
    let mut scoped: BTreeMap<Agent, usize> = BTreeMap::new();
    for (path, content) in &upstream.files {
        let Some(text) = here.get(path).and_then(File::text) else {
            continue;
        };
        match content {
            Content::Whole(_) => match rule(path, text) {
                Some((agent, true)) => *scoped.entry(agent).or_default() += 1,
                Some((agent, false)) => {
                    let lines = body(text).lines().count();
                    *cost.lines.entry(agent).or_default() += lines;
                }
                None => {}
            },
            Content::Blocks(blocks) if blocks.comment == Comment::Html => {
                let mut lines = 0;
                for block in block::find(text, blocks.comment).unwrap_or_default() {
                    if blocks.blocks.iter().any(|one| one.name == block.name) {
                        lines += text[block.inner].lines().count();
                    }
                }
                for (agent, root) in roots {
                    if root == path && lines > 0 {
                        *cost.lines.entry(*agent).or_default() += lines;
                    }
                }
            }
            Content::Keys(keys) => {
                let document = Format::of(path).read(text).unwrap_or_default();
                let identities = identities_at(path, identities);
                let of_templates = json::project(&keys.union, &document, &identities);
                let mut hooks = 0;
                each_handler(&of_templates, &mut |_| hooks += 1);
                cost.hooks = cost.hooks.max(hooks);
                if let DocumentKind::Servers(key) = documents::kind(path) {
                    let servers = of_templates.get(key).and_then(Value::as_object);
                    cost.servers = cost.servers.max(servers.map_or(0, Map::len));
                }
            }
            Content::Blocks(_) => {}
        }
    }
    cost.scoped_rules = scoped.into_values().max().unwrap_or_default();
    cost
}

/// Returns the agent that reads a file as a rule, and whether the rule is for some paths alone.
fn rule(path: &RelPath, text: &str) -> Option<(Agent, bool)> {
    let mut rules = places().filter(|(_, place)| place.from == SourceFolder::Rules);
    let (agent, _) = rules.find(|(_, place)| place.has(path))?;
    let header = frontmatter::split(text).header.unwrap_or_default();
    let mut lines = header.lines().map(str::trim_start);
    let is_scoped = lines.any(|line| {
        let is_for_all = line.ends_with("\"**\"");
        SCOPES.iter().any(|scope| line.starts_with(scope)) && !is_for_all
    });
    Some((agent, is_scoped))
}

/// The keys by which agents tell for which paths a rule is.
const SCOPES: [&str; 3] = ["paths:", "globs:", "applyTo:"];
