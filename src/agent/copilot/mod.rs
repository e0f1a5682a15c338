//! GitHub Copilot: its CLI, measured with 1.0.102; VS Code and the cloud agent by their
//! documentation, as of the date in the table.

mod commands;
mod gate;
mod hooks;
mod rules;
mod servers;
mod subagents;

use crate::model::support::{ItemKind, Support};

use super::claude;
use super::definition::{Definition, Place, Servers, SourceFolder};
use super::support::Supported;
use super::translate::{Form, Translation};

/// Rules, of which only those are read whose names end so.
const RULES: &str = ".github/instructions";

/// Prompts, which VS Code alone reads, and not in folders below.
const PROMPTS: &str = ".github/prompts";

/// Agents, a file each.
const AGENTS: &str = ".github/agents";

/// All that is known of it.
pub const DEFINITION: Definition = Definition {
    supported: SUPPORTED,
    roots: &[
        super::AGENTS_MD,
        ".github/copilot-instructions.md",
        claude::ROOTS[0],
    ],
    reads_all_roots: true,
    read_besides: &["GEMINI.md"],
    root_key: None,
    signs: &[
        ".github/copilot-instructions.md",
        RULES,
        PROMPTS,
        AGENTS,
        hooks::HOOKS,
    ],
    places: &[
        Place::new(SourceFolder::Rules, RULES)
            .by_template()
            .ending(".instructions.md")
            .form(Form::Translated(&rules::RULE)),
        Place::new(SourceFolder::Skills, ".agents/skills"),
        Place::new(SourceFolder::Commands, PROMPTS)
            .flat()
            .ending(".prompt.md")
            .form(Form::Translated(&Translation::new(commands::prompt))),
        Place::new(SourceFolder::Agents, AGENTS)
            .ending(".agent.md")
            .form(Form::Translated(&subagents::SUBAGENT)),
    ],
    rules_are_sections: false,
    imports_memory: false,
    skill_keys: Some(&[
        "allowed-tools",
        "disable-model-invocation",
        "user-invocable",
    ]),
    servers: Servers {
        path: claude::SERVERS,
        hides: Some(".github/mcp.json"),
        key: claude::parts::SERVERS_KEY,
        is_name: |_| true,
        write: servers::server,
        read_back: claude::servers::read_back,
    },
    hooks: Some(hooks::ENTRIES),
    documents: &[],
    not_written: &[(".github/hooks/", super::HOOKS_OF_OTHERS)],
    further: |_, _| Ok(()),
    gate: Some(&gate::GATE),
};

/// What becomes of each kind of thing.
const SUPPORTED: Supported = Supported {
    version: "1.0.102",
    date: "2026-11-30",
    rows: [
        (ItemKind::Root, Support::Native("AGENTS.md")),
        (ItemKind::Rule, Support::Native(RULES)),
        (ItemKind::ScopedRule, Support::Native(RULES)),
        (ItemKind::Hook, Support::Native(hooks::HOOKS)),
        (ItemKind::Skill, Support::Native(".agents/skills")),
        (
            ItemKind::Command,
            Support::Degraded {
                place: PROMPTS,
                how: "for VS Code, not the CLI, as text in which nothing is filled in",
            },
        ),
        (
            ItemKind::Subagent,
            Support::Degraded {
                place: AGENTS,
                how: "with the model of the session",
            },
        ),
        (ItemKind::Server, Support::Native(".mcp.json")),
        (ItemKind::Allow, Support::Dropped(NO_PERMISSIONS)),
        (ItemKind::Ask, Support::Dropped(NO_PERMISSIONS)),
        (ItemKind::Deny, Support::Dropped(NO_PERMISSIONS)),
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

const NO_PERMISSIONS: &str = "Copilot has none in a project";
