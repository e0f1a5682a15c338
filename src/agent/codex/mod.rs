//! Codex: what it reads, measured with 0.171.0.

pub mod faults;
mod gate;
mod hooks;
pub mod servers;
pub mod subagents;

use crate::model::support::{ItemKind, Support};

use super::definition::{Definition, Place, Servers, SourceFolder};
use super::documents::{Document, DocumentKind};
use super::support::Supported;
use super::translate::{Form, Translation};

/// The file with the root instructions. Of a folder's AGENTS.override.md, which is a person's, and
/// its AGENTS.md, Codex reads the first.
const ROOTS: [&str; 1] = [super::AGENTS_MD];

/// Skills, a folder each, which Cursor reads, too.
const SKILLS: &str = ".agents/skills";

/// Agents, a TOML file each.
const AGENTS: &str = ".codex/agents";

/// The settings of a project. Codex reads them only where a person trusts the project, and doesn't
/// start at all with settings that it can't read.
pub const CONFIG: &str = ".codex/config.toml";

/// How many bytes of root instructions Codex reads of a project, from the root down to the folder
/// that it is started in. It cuts the rest off, and says nothing.
pub const LARGEST_INSTRUCTIONS: usize = 32 << 10;

/// All that is known of it.
pub const DEFINITION: Definition = Definition {
    supported: SUPPORTED,
    roots: &ROOTS,
    reads_all_roots: false,
    read_besides: &[],
    root_key: None,
    signs: &[".codex"],
    places: &[
        Place::new(SourceFolder::Skills, SKILLS),
        Place {
            only_words: Some(subagents::is_plain),
            ..Place::new(SourceFolder::Agents, AGENTS)
                .ending(".toml")
                .form(Form::Translated(&Translation::new(subagents::subagent)))
        },
    ],
    rules_are_sections: true,
    imports_memory: false,
    skill_keys: Some(&[]),
    servers: Servers {
        path: CONFIG,
        hides: None,
        key: "mcp_servers",
        is_name: |_| true,
        write: servers::server,
        read_back: servers::read_back,
    },
    hooks: Some(hooks::ENTRIES),
    documents: &[
        Document {
            path: CONFIG,
            kind: DocumentKind::Servers("mcp_servers"),
            then: "Codex doesn't start",
            faults: faults::faults,
            is_harmless: |_, _| false,
        },
        Document {
            path: hooks::HOOKS,
            kind: DocumentKind::Hooks,
            then: "Codex runs none of its hooks",
            faults: faults::of_hooks,
            is_harmless: |_, _| false,
        },
    ],
    not_written: &[(hooks::HOOKS, super::HOOKS_OF_OTHERS)],
    further: |_, _| Ok(()),
    gate: Some(&gate::GATE),
};

/// What becomes of each kind of thing.
const SUPPORTED: Supported = Supported {
    version: "0.171.0",
    date: "2026-11-30",
    rows: [
        (ItemKind::Root, Support::Native("AGENTS.md")),
        (
            ItemKind::Rule,
            Support::Degraded {
                place: "AGENTS.md",
                how: "in sections of AGENTS.md",
            },
        ),
        (
            ItemKind::ScopedRule,
            Support::Degraded {
                place: "AGENTS.md",
                how: "in sections of AGENTS.md, read in every session",
            },
        ),
        (
            ItemKind::Hook,
            Support::Degraded {
                place: hooks::HOOKS,
                how: "once a person has trusted each of them in `/hooks`",
            },
        ),
        (ItemKind::Skill, Support::Native(".agents/skills")),
        (
            ItemKind::Command,
            Support::Dropped("Codex has none in a project"),
        ),
        (
            ItemKind::Subagent,
            Support::Degraded {
                place: ".codex/agents",
                how: "with the tools and the model of the session",
            },
        ),
        (ItemKind::Server, Support::Native(".codex/config.toml")),
        (
            ItemKind::Allow,
            Support::Dropped("Codex asks by its own sandbox and rules"),
        ),
        (
            ItemKind::Ask,
            Support::Dropped("Codex asks by its own sandbox and rules"),
        ),
        (
            ItemKind::Deny,
            Support::Dropped("Codex asks by its own sandbox and rules"),
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
