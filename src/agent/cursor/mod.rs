//! Cursor: what its documentation and those who ran it say, as of the date in the table. It can't
//! be run without an account, so nothing here is measured.

mod adapt;
pub mod faults;
mod permissions;
pub mod rules;
pub mod servers;
pub mod subagents;

use crate::model::support::{ItemKind, Support};

use super::support::Supported;

pub use adapt::{Pending, adapt, allow};

/// The file with the root instructions. Cursor's CLI reads CLAUDE.md besides.
pub const ROOTS: [&str; 1] = [super::AGENTS_MD];

/// What shows that Cursor is in use.
pub const SIGNS: [&str; 2] = [".cursor", OLD_RULES];

/// Rules, `.mdc` files: a plain `.md` there is ignored.
pub const RULES: &str = ".cursor/rules";

/// Skills, a folder each, which Codex reads, too.
pub const SKILLS: &str = ".agents/skills";

/// Commands, a file each.
pub const COMMANDS: &str = ".cursor/commands";

/// Agents, a file each.
pub const AGENTS: &str = ".cursor/agents";

/// The MCP servers of a project.
pub const SERVERS: &str = ".cursor/mcp.json";

/// Hooks.
pub const HOOKS: &str = ".cursor/hooks.json";

/// The rules that Cursor had once in one file, and reads still.
pub const OLD_RULES: &str = ".cursorrules";

/// The permissions of a project, for the CLI alone.
pub const PERMISSIONS: &str = ".cursor/cli.json";

/// What becomes of each kind of thing.
pub const SUPPORTED: Supported = Supported {
    version: "3.17",
    date: "2026-11-30",
    rows: [
        (ItemKind::Root, Support::Native("AGENTS.md")),
        (ItemKind::Rule, Support::Native(".cursor/rules")),
        (ItemKind::ScopedRule, Support::Native(".cursor/rules")),
        (
            ItemKind::Hook,
            Support::Dropped("agentpkg doesn't write hooks for Cursor yet"),
        ),
        (ItemKind::Skill, Support::Native(".agents/skills")),
        (
            ItemKind::Command,
            Support::Degraded {
                place: ".cursor/commands",
                how: "as text in which arguments and commands aren't filled in",
            },
        ),
        (
            ItemKind::Subagent,
            Support::Degraded {
                place: ".cursor/agents",
                how: "with all tools, or for reading only, and the model of the session",
            },
        ),
        (ItemKind::Server, Support::Native(".cursor/mcp.json")),
        (
            ItemKind::Allow,
            Support::Degraded {
                place: ".cursor/cli.json",
                how: "for its CLI, not the editor, instead of a person's own",
            },
        ),
        (
            ItemKind::Ask,
            Support::Dropped("Cursor asks unless it is allowed"),
        ),
        (
            ItemKind::Deny,
            Support::Degraded {
                place: ".cursor/cli.json",
                how: "for its CLI, not the editor, instead of a person's own",
            },
        ),
        (
            ItemKind::Memory,
            Support::Degraded {
                place: "AGENTS.md",
                how: "by name in AGENTS.md, to be read when needed",
            },
        ),
        (
            ItemKind::ClaudeSettings,
            Support::Dropped("they are Claude Code's alone"),
        ),
    ],
};
