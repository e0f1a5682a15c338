//! What a composition costs an agent's context, and what it may run.

use crate::agent::claude::handlers::each_handler;
use crate::agent::claude::parts::SERVERS_KEY;
use crate::agent::claude::places::RULES;
use crate::model::frontmatter::{self, Parts};
use crate::model::upstream::{Comment, Content, Upstream};

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

/// Returns the cost of a composition.
pub fn of(upstream: &Upstream) -> Cost {
    let mut cost = Cost::default();
    for (path, content) in &upstream.files {
        match content {
            Content::Whole(whole) if path.below(RULES).is_some() => {
                let text = whole.file.text().unwrap_or_default();
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
                cost.lines += blocks
                    .blocks
                    .iter()
                    .map(|block| block.text.lines().count())
                    .sum::<usize>();
            }
            Content::Keys(keys) => {
                each_handler(&keys.union, &mut |_| cost.hooks += 1);
                cost.servers += keys
                    .union
                    .get(SERVERS_KEY)
                    .and_then(|servers| servers.as_object())
                    .map_or(0, |s| s.len());
            }
            _ => {}
        }
    }
    cost
}
