//! What a composition costs an agent's context, and what it may run.

use std::collections::BTreeMap;

use crate::agent::claude::handlers::each_handler;
use crate::agent::claude::parts::SERVERS_KEY;
use crate::agent::claude::places::RULES;
use crate::merge::block;
use crate::merge::format::Format;
use crate::merge::json::{self, Identities};
use crate::model::frontmatter::{self, Parts};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Comment, Content, Upstream};
use crate::tree::ownership::identities_at;

/// What an agent loads and runs because of the templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Lines that are in every conversation: root instructions, and rules without a scope.
    pub lines: usize,
    /// Rules that load only for the paths they name.
    pub scoped_rules: usize,
    /// Hooks that may run.
    pub hooks: usize,
    /// MCP servers that may be started or reached.
    pub servers: usize,
}

/// Returns the cost of what a repo has of a composition: what the team deleted costs nothing, and
/// runs nothing. `here` are the files as they are in the end.
pub fn of(upstream: &Upstream, here: &BTreeMap<RelPath, File>, identities: &Identities) -> Cost {
    let mut cost = Cost::default();
    for (path, content) in &upstream.files {
        let Some(text) = here.get(path).and_then(File::text) else {
            continue;
        };
        match content {
            Content::Whole(_) if path.below(RULES).is_some() => {
                let Parts { header, body, .. } = frontmatter::split(text);
                if header
                    .unwrap_or_default()
                    .lines()
                    .any(|line| line.trim_start().starts_with("paths:"))
                {
                    cost.scoped_rules += 1;
                } else {
                    cost.lines += body.lines().count();
                }
            }
            Content::Blocks(blocks) if blocks.comment == Comment::Html => {
                for block in block::find(text, blocks.comment).unwrap_or_default() {
                    if blocks.blocks.iter().any(|one| one.name == block.name) {
                        cost.lines += text[block.inner].lines().count();
                    }
                }
            }
            Content::Keys(keys) => {
                let document = Format::of(path).read(text).unwrap_or_default();
                let identities = identities_at(path, identities);
                let of_templates = json::project(&keys.union, &document, &identities);
                each_handler(&of_templates, &mut |_| cost.hooks += 1);
                cost.servers += of_templates
                    .get(SERVERS_KEY)
                    .and_then(|servers| servers.as_object())
                    .map_or(0, |s| s.len());
            }
            _ => {}
        }
    }
    cost
}
