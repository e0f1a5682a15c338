//! OpenCode: what it reads, measured with 1.18.33.

mod commands;
mod faults;
mod rules;
mod servers;
mod subagents;

use crate::model::support::{ItemKind, Support};

use super::claude;
use super::definition::{Definition, Place, Servers, SourceFolder};
use super::documents::{Document, DocumentKind};
use super::sections::SECTION;
use super::support::Supported;
use super::translate::Form;

/// The settings of a project. OpenCode doesn't start with settings that it can't read.
const SETTINGS: &str = "opencode.json";

/// The key of the settings that has MCP servers.
const SERVERS_KEY: &str = "mcp";

/// Rules: OpenCode has no folder of its own for them, and reads what its settings name.
const RULES: &str = ".opencode/rules";

/// Commands, a file each.
const COMMANDS: &str = ".opencode/commands";

/// Agents, a file each.
const AGENTS: &str = ".opencode/agents";

/// All that is known of it.
pub const DEFINITION: Definition = Definition {
    supported: SUPPORTED,
    // It reads the first of them that is there.
    roots: &[super::AGENTS_MD, claude::ROOTS[0]],
    reads_all_roots: false,
    read_besides: &[],
    root_key: None,
    signs: &[SETTINGS, "opencode.jsonc", ".opencode"],
    places: &[
        Place::new(SourceFolder::Rules, RULES)
            .by_template()
            .ending(".md")
            .form(Form::Translated(&SECTION)),
        Place::new(SourceFolder::Skills, ".agents/skills"),
        Place::new(SourceFolder::Commands, COMMANDS)
            .ending(".md")
            .form(Form::Translated(&commands::COMMAND)),
        Place::new(SourceFolder::Agents, AGENTS)
            .ending(".md")
            .form(Form::Translated(&subagents::SUBAGENT)),
    ],
    rules_are_sections: false,
    imports_memory: false,
    skill_keys: Some(&[]),
    servers: Servers {
        path: SETTINGS,
        hides: None,
        key: SERVERS_KEY,
        is_name: servers::is_name,
        write: servers::server,
        read_back: servers::read_back,
    },
    hooks: None,
    documents: &[Document {
        path: SETTINGS,
        kind: DocumentKind::Servers(SERVERS_KEY),
        then: "OpenCode doesn't start",
        faults: faults::faults,
        is_harmless: rules::names_rules,
    }],
    not_written: &[],
    further: rules::name,
    gate: None,
};

/// What becomes of each kind of thing.
const SUPPORTED: Supported = Supported {
    version: "1.18.33",
    date: "2026-11-30",
    rows: [
        (ItemKind::Root, Support::Native("AGENTS.md")),
        (ItemKind::Rule, Support::Native(RULES)),
        (
            ItemKind::ScopedRule,
            Support::Degraded {
                place: RULES,
                how: "read in every session",
            },
        ),
        (
            ItemKind::Hook,
            Support::Dropped("agentpkg doesn't write hooks for OpenCode yet"),
        ),
        (ItemKind::Skill, Support::Native(".agents/skills")),
        (
            ItemKind::Command,
            Support::Degraded {
                place: COMMANDS,
                how: "with the tools and the model of the session",
            },
        ),
        (
            ItemKind::Subagent,
            Support::Degraded {
                place: AGENTS,
                how: "with all tools, or for reading only, and the model of the session",
            },
        ),
        (ItemKind::Server, Support::Native(SETTINGS)),
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

const NO_PERMISSIONS: &str = "its last pattern wins, so that none holds for certain";
