//! What a composition costs an agent's context, and what it may run.

use crate::merge::tree::each_handler;
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
            Content::Whole(whole) if path.below(".claude/rules").is_some() => {
                let text = whole.file.text().unwrap_or_default();
                let (header, body) = frontmatter(text);
                if header.lines().any(|line| line.trim_start().starts_with("paths:")) {
                    cost.scoped_rules += 1;
                } else {
                    cost.lines += body.lines().count();
                }
            }
            Content::Blocks(blocks) if blocks.comment == Comment::Html => {
                cost.lines += blocks.blocks.iter().map(|block| block.text.lines().count()).sum::<usize>();
            }
            Content::Keys(keys) => {
                each_handler(&keys.union, &mut |_| cost.hooks += 1);
                cost.servers +=
                    keys.union.get("mcpServers").and_then(|servers| servers.as_object()).map_or(0, |s| s.len());
            }
            _ => {}
        }
    }
    cost
}

/// Splits a Markdown text into its frontmatter, without the fences, and the rest.
fn frontmatter(text: &str) -> (&str, &str) {
    let Some(rest) = text.strip_prefix("---\n") else { return ("", text) };
    rest.split_once("\n---\n").unwrap_or(("", text))
}
