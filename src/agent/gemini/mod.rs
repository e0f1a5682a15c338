//! Gemini CLI: what it reads, measured with 0.61.0. Started in a folder below the root, it reads
//! GEMINI.md and nothing else.

mod commands;
mod faults;
mod gate;
mod hooks;
mod servers;
mod subagents;

use crate::model::support::{ItemKind, Support};

use super::definition::{Definition, Place, Servers, SourceFolder};
use super::documents::{Document, DocumentKind};
use super::support::Supported;
use super::translate::Form;

/// The settings of a project. Gemini CLI doesn't start with settings that it can't read.
const SETTINGS: &str = ".gemini/settings.json";

/// The key of the settings that has MCP servers.
const SERVERS_KEY: &str = "mcpServers";

/// Commands, a TOML file each.
const COMMANDS: &str = ".gemini/commands";

/// Agents, a file each, and not in folders below.
const AGENTS: &str = ".gemini/agents";

/// All that is known of it.
pub const DEFINITION: Definition = Definition {
    supported: SUPPORTED,
    roots: &["GEMINI.md"],
    reads_all_roots: false,
    read_besides: &[],
    root_key: Some((SETTINGS, "/context/fileName")),
    signs: &["GEMINI.md", ".gemini"],
    places: &[
        Place::new(SourceFolder::Skills, ".agents/skills"),
        Place {
            only_words: Some(commands::is_plain),
            ..Place::new(SourceFolder::Commands, COMMANDS)
                .ending(".toml")
                .form(Form::Translated(&commands::COMMAND))
        },
        Place::new(SourceFolder::Agents, AGENTS)
            .flat()
            .ending(".md")
            .form(Form::Translated(&subagents::SUBAGENT)),
    ],
    rules_are_sections: true,
    imports_memory: false,
    skill_keys: Some(&[]),
    servers: Servers {
        path: SETTINGS,
        hides: None,
        key: SERVERS_KEY,
        is_name: |_| true,
        write: servers::server,
        read_back: servers::read_back,
    },
    hooks: Some(hooks::ENTRIES),
    documents: &[Document {
        path: SETTINGS,
        kind: DocumentKind::Servers(SERVERS_KEY),
        then: "Gemini CLI doesn't start",
        faults: faults::faults,
        is_harmless: |_, _| false,
    }],
    not_written: &[],
    further: |_, _| Ok(()),
    gate: Some(&gate::GATE),
};

/// What becomes of each kind of thing.
const SUPPORTED: Supported = Supported {
    version: "0.61.0",
    date: "2026-11-30",
    rows: [
        (ItemKind::Root, Support::Native("GEMINI.md")),
        (
            ItemKind::Rule,
            Support::Degraded {
                place: "GEMINI.md",
                how: "in sections of GEMINI.md",
            },
        ),
        (
            ItemKind::ScopedRule,
            Support::Degraded {
                place: "GEMINI.md",
                how: "in sections of GEMINI.md, read in every session",
            },
        ),
        (
            ItemKind::Hook,
            Support::Degraded {
                place: SETTINGS,
                how: "where it is started in the root",
            },
        ),
        (
            ItemKind::Skill,
            Support::Degraded {
                place: ".agents/skills",
                how: "where it is started in the root",
            },
        ),
        (
            ItemKind::Command,
            Support::Degraded {
                place: COMMANDS,
                how: "where it is started in the root, with all that was typed, and no commands run",
            },
        ),
        (
            ItemKind::Subagent,
            Support::Degraded {
                place: AGENTS,
                how: "once a person has acknowledged them, with the model of the session",
            },
        ),
        (
            ItemKind::Server,
            Support::Degraded {
                place: SETTINGS,
                how: "where it is started in the root",
            },
        ),
        (ItemKind::Allow, Support::Dropped(NO_PERMISSIONS)),
        (ItemKind::Ask, Support::Dropped(NO_PERMISSIONS)),
        (ItemKind::Deny, Support::Dropped(NO_PERMISSIONS)),
        (
            ItemKind::Memory,
            Support::Degraded {
                place: "GEMINI.md",
                how: "by name in GEMINI.md, to be read when needed",
            },
        ),
        (
            ItemKind::ClaudeSettings,
            Support::Dropped("they are Claude Code's alone"),
        ),
    ],
};

/// `policyPaths` in a project's settings takes the place of the person's own policies.
const NO_PERMISSIONS: &str = "a project's would take the place of a person's own";
