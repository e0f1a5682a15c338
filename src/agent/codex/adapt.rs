//! The way there: a template's root instructions, rules, skills, agents and servers for Codex.

use serde_json::{Map, Value};

use crate::agent::items::{Item, item};
use crate::agent::shared::{block_of, section, text};
use crate::agent::{Contribution, Rendered};
use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::support::ItemKind;
use crate::model::upstream::Comment;

use super::{AGENTS, CONFIG, SKILLS, rules, servers};

/// Adds what a template contributes for Codex.
pub fn adapt(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    for (path, file) in &rendered.files {
        match item(path) {
            Item::Root => to.add_block(Agent::Codex, block_of(rendered, file, Comment::Html)?),
            Item::Skill(rest) => {
                to.add_file(rendered, path, format!("{SKILLS}/{rest}"))?;
                to.limit_skill(Agent::Codex, path, file, &[]);
            }
            Item::Subagent(rest) => match rest.strip_suffix(".md") {
                Some(name) => to.add_file(rendered, path, format!("{AGENTS}/{name}.toml"))?,
                None => to.drop_misnamed(Agent::Codex, ItemKind::Subagent, path),
            },
            Item::Rule(rest) if !rest.ends_with(".md") => {
                to.drop_misnamed(Agent::Codex, ItemKind::Rule, path);
            }
            _ => {}
        }
    }
    to.add_memory(Agent::Codex, rendered);
    for (path, file) in &rendered.files {
        if let (Item::Rule(_), Some(name)) = (item(path), path.as_str().strip_suffix(".md")) {
            let text = rules::section(text(rendered, file)?);
            to.add_block(Agent::Codex, section(rendered, file, name, &text)?);
        }
    }
    let mut tables = Map::new();
    for (name, server) in &rendered.source.manifest.mcp {
        match servers::server(server) {
            Ok(table) => {
                tables.insert(name.clone(), table);
            }
            Err(why) => to.drop_server(Agent::Codex, name, why),
        }
    }
    if !tables.is_empty() {
        let part = Map::from_iter([("mcp_servers".to_owned(), Value::Object(tables))]);
        to.add_entries(rendered, CONFIG, &Value::Object(part))?;
    }
    Ok(())
}
