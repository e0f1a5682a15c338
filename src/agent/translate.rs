//! How a file of a template is written for agents that don't read it as it is.

use serde_json::Value;

use crate::model::frontmatter;
use crate::model::path::RelPath;

use super::items::{Item, item};
use super::{codex, cursor};

/// How a file of a template stands in a file of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As it is.
    AsItIs,
    /// A rule, as a section of root instructions.
    Section,
    /// A rule, as Cursor's `.mdc`.
    CursorRule,
    /// A command, without its header.
    CursorCommand,
    /// An agent, with the keys that Cursor knows.
    CursorAgent,
    /// An agent, as Codex's TOML.
    CodexAgent,
}

impl Form {
    /// Returns how a file of a template's source stands at a path of the repository.
    pub fn of(source: &RelPath, at: &RelPath) -> Self {
        match item(source) {
            Item::Rule(_) if at.below(cursor::RULES).is_some() => Self::CursorRule,
            Item::Command(_) if at.below(cursor::COMMANDS).is_some() => Self::CursorCommand,
            Item::Subagent(_) if at.below(cursor::AGENTS).is_some() => Self::CursorAgent,
            Item::Subagent(_) if at.below(codex::AGENTS).is_some() => Self::CodexAgent,
            _ => Self::AsItIs,
        }
    }

    /// Writes a file of a template in this form.
    pub fn write(self, text: &str) -> String {
        match self {
            Self::AsItIs => text.to_owned(),
            Self::Section => codex::rules::section(text),
            Self::CursorRule => cursor::rules::rule(text),
            Self::CursorCommand => body(text).to_owned(),
            Self::CursorAgent => cursor::subagents::subagent(text),
            Self::CodexAgent => codex::subagents::subagent(text),
        }
    }
}

/// Returns a text without its header and the empty lines behind it.
pub(super) fn body(text: &str) -> &str {
    let parts = frontmatter::split(text);
    match parts.header {
        Some(_) => parts.body.trim_start_matches(['\r', '\n']),
        None => parts.body,
    }
}

/// Returns a field of a header as one line of text.
pub(super) fn line_of(fields: &serde_json::Map<String, Value>, key: &str) -> Option<String> {
    let text = fields.get(key)?.as_str()?;
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}
