//! Cursor: what its documentation and those who ran it say, as of the date in the table. It can't
//! be run without an account, so nothing here is measured.

mod allowed;
pub mod faults;
mod gate;
mod hooks;
mod permissions;
pub mod rules;
pub mod servers;
pub mod subagents;

use crate::model::support::{ItemKind, Support};

use super::definition::{Definition, Place, Servers, SourceFolder};
use super::documents::{Document, DocumentKind};
use super::support::Supported;
use super::translate::{Form, Translation, body};

pub use allowed::{Pending, allow};

/// The file with the root instructions. Cursor's CLI reads CLAUDE.md besides.
const ROOTS: [&str; 1] = [super::AGENTS_MD];

/// Rules, `.mdc` files: a plain `.md` there is ignored.
pub const RULES: &str = ".cursor/rules";

/// Skills, a folder each, which Codex reads, too.
const SKILLS: &str = ".agents/skills";

/// Commands, a file each.
const COMMANDS: &str = ".cursor/commands";

/// Agents, a file each.
const AGENTS: &str = ".cursor/agents";

/// The MCP servers of a project.
const SERVERS: &str = ".cursor/mcp.json";

/// The rules that Cursor had once in one file, and reads still.
const OLD_RULES: &str = ".cursorrules";

/// The permissions of a project, for the CLI alone.
const PERMISSIONS: &str = ".cursor/cli.json";

/// All that is known of it.
pub const DEFINITION: Definition = Definition {
    supported: SUPPORTED,
    roots: &ROOTS,
    reads_all_roots: false,
    read_besides: &["CLAUDE.md"],
    root_key: None,
    signs: &[".cursor", OLD_RULES],
    places: &[
        Place::new(SourceFolder::Rules, RULES)
            .by_template()
            .ending(".mdc")
            .form(Form::Translated(&rules::RULE)),
        Place::new(SourceFolder::Skills, SKILLS),
        Place::new(SourceFolder::Commands, COMMANDS).form(Form::Translated(&COMMAND)),
        Place::new(SourceFolder::Agents, AGENTS)
            .form(Form::Translated(&Translation::new(subagents::subagent))),
    ],
    rules_are_sections: false,
    imports_memory: false,
    skill_keys: Some(&["paths", "disable-model-invocation", "icon", "color"]),
    servers: Servers {
        path: SERVERS,
        hides: None,
        key: SERVERS_KEY,
        is_name: |_| true,
        write: servers::server,
        read_back: servers::read_back,
    },
    hooks: Some(hooks::ENTRIES),
    documents: &[
        Document {
            path: hooks::HOOKS,
            kind: DocumentKind::Hooks,
            then: "Cursor can't read its hooks",
            faults: |_| Vec::new(),
            is_harmless: |key, _| key == "version",
        },
        Document {
            path: SERVERS,
            kind: DocumentKind::Servers(SERVERS_KEY),
            then: "Cursor can't read its servers",
            faults: faults::of_servers,
            is_harmless: |_, _| false,
        },
        Document {
            path: PERMISSIONS,
            kind: DocumentKind::Permissions,
            then: "Cursor's CLI can't read what is denied",
            faults: faults::of_permissions,
            is_harmless: |_, _| false,
        },
    ],
    not_written: &[
        (hooks::HOOKS, super::HOOKS_OF_OTHERS),
        (
            OLD_RULES,
            "put what is for all teams into `root.md`, or into a rule",
        ),
    ],
    further: allowed::permissions,
    gate: Some(&gate::GATE),
};

/// A command: what follows its header.
const COMMAND: Translation = Translation::new(|text| body(text).to_owned());

const SERVERS_KEY: &str = "mcpServers";

/// What becomes of each kind of thing.
const SUPPORTED: Supported = Supported {
    version: "3.17",
    date: "2026-11-30",
    rows: [
        (ItemKind::Root, Support::Native("AGENTS.md")),
        (ItemKind::Rule, Support::Native(".cursor/rules")),
        (ItemKind::ScopedRule, Support::Native(".cursor/rules")),
        (
            ItemKind::Hook,
            Support::Degraded {
                place: hooks::HOOKS,
                how: "by Cursor's documentation, which nobody has measured",
            },
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
