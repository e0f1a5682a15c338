//! What agents make of the things that a template has.

use crate::model::agent::Agent;

/// A kind of thing that a template has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// The text for the root instructions.
    Root,
    /// A rule that always holds.
    Rule,
    /// A rule for some paths.
    ScopedRule,
    Hook,
    Skill,
    Command,
    /// An agent that does a part of the work.
    Subagent,
    /// An MCP server.
    Server,
    /// A permission without asking.
    Allow,
    /// A permission after asking.
    Ask,
    /// What isn't permitted.
    Deny,
    Memory,
    /// Other settings of Claude Code.
    ClaudeSettings,
}

impl ItemKind {
    pub const ALL: [Self; 13] = [
        Self::Root,
        Self::Rule,
        Self::ScopedRule,
        Self::Hook,
        Self::Skill,
        Self::Command,
        Self::Subagent,
        Self::Server,
        Self::Allow,
        Self::Ask,
        Self::Deny,
        Self::Memory,
        Self::ClaudeSettings,
    ];

    /// Returns what one of them is called, and several.
    pub fn words(self) -> [&'static str; 2] {
        match self {
            Self::Root => ["set of root instructions", "sets of root instructions"],
            Self::Rule => ["rule", "rules"],
            Self::ScopedRule => ["scoped rule", "scoped rules"],
            Self::Hook => ["hook", "hooks"],
            Self::Skill => ["skill", "skills"],
            Self::Command => ["command", "commands"],
            Self::Subagent => ["agent", "agents"],
            Self::Server => ["MCP server", "MCP servers"],
            Self::Allow => ["permission", "permissions"],
            Self::Ask => ["question before an action", "questions before actions"],
            Self::Deny => ["denial", "denials"],
            Self::Memory => ["memory file", "memory files"],
            Self::ClaudeSettings => ["setting of Claude Code", "settings of Claude Code"],
        }
    }
}

/// What becomes of a kind of thing under an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// The agent has a place for it, which is named.
    Native(&'static str),
    /// The agent gets it in another way, which is told as the end of "3 rules …".
    Degraded {
        place: &'static str,
        how: &'static str,
    },
    /// The agent doesn't get it, for this reason.
    Dropped(&'static str),
}

/// Things of a template that an agent doesn't get as they are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    pub agent: Agent,
    pub kind: ItemKind,
    pub count: usize,
    /// Which one, where it is about one alone.
    pub name: Option<String>,
    /// Degraded or dropped.
    pub support: Support,
}
