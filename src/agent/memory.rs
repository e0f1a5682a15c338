//! A template's memory for agents that import no files: a section of the root instructions that
//! names the files to read.

use crate::model::agent::Agent;
use crate::model::upstream::{Block, BlockName, SectionName};

use super::claude::places::MEMORY;
use super::items::{Item, item};
use super::{Contribution, Rendered};

/// The name of the section.
const SECTION: &str = "memory";

impl Contribution {
    /// Adds the section that names the files of a template's memory.
    pub(super) fn add_memory(&mut self, agent: Agent, rendered: &Rendered<'_>) {
        let mut text = String::new();
        for path in rendered.files.keys() {
            if let Item::Memory(rest) = item(path) {
                text += &format!("- `{MEMORY}/{rest}`\n");
            }
        }
        if text.is_empty() {
            return;
        }
        let name = BlockName {
            template: rendered.name.clone(),
            section: Some(SectionName::of_file(SECTION)),
        };
        self.add_block(
            agent,
            Block {
                name,
                source: None,
                text: format!("Read these files of the team's memory when they matter:\n\n{text}"),
            },
        );
    }
}
