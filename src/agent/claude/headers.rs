//! The front matter of Claude Code's skills, commands and agents.

use super::places::{AGENTS, COMMANDS, SKILLS, is_in};
use crate::model::capability::Kind;
use crate::model::path::RelPath;

/// The mode that an agent is in: taking it away may let something through.
pub const PERMISSION_MODE: &str = "permissionMode";

/// Keys that execute, widen or limit.
pub const KEYS: [(&str, Kind); 9] = [
    ("allowed-tools", Kind::Tools),
    (PERMISSION_MODE, Kind::Tools),
    ("hooks", Kind::Hook),
    ("mcpServers", Kind::Server),
    ("shell", Kind::Command),
    ("initialPrompt", Kind::Setting),
    ("tools", Kind::Limit),
    ("disallowedTools", Kind::Limit),
    ("disable-model-invocation", Kind::Limit),
];

/// The keys of a skill: those of the Agent Skills specification, and those that Claude Code reads
/// besides.
pub const SKILL: [&str; 19] = [
    "name",
    "description",
    "license",
    "compatibility",
    "metadata",
    "allowed-tools",
    "agent",
    "argument-hint",
    "arguments",
    "context",
    "disable-model-invocation",
    "disallowed-tools",
    "effort",
    "hooks",
    "model",
    "paths",
    "shell",
    "user-invocable",
    "when_to_use",
];

/// Returns whether the front matter of a file, and the commands inside it, can make the agent run
/// something, in whichever folder of the repository it lies.
pub fn may_run(path: &RelPath) -> bool {
    path.folded().ends_with(".md")
        && [SKILLS, COMMANDS, AGENTS]
            .into_iter()
            .any(|folder| is_in(path, folder))
}
