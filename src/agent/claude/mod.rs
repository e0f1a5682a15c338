//! Claude Code: all that agentpkg knows of it.
//!
//! | file | what it knows |
//! |---|---|
//! | `places` | which files and folders it reads, and whose they are |
//! | `events` | the events of hooks, agentpkg's words for them, what blocks |
//! | `handlers` | groups and handlers of hooks: their keys, their scripts |
//! | `arrays` | which lists have permissions |
//! | `parts` | fragments of settings as entries |
//! | `schema` | the public schema of its settings, as data |
//! | `rules` | rules, which say that Copilot leaves them out |
//! | `faults` | what it skips of settings, and why: measured |
//! | `gate` | whether it runs the hooks of a repository: measured |
//! | `shapes` | what its list of servers has to look like |
//! | `settings` | what each key of its settings can do |
//! | `variables` | environment variables: which are harmless, which it never sets |
//! | `servers` | its MCP servers, which are as template.toml has them |
//! | `adapt` | the way there, of what is its alone: hooks, permissions, settings |
//! | `taken` | the way back, of a whole repository: `new --from` |
//! | `entries` | the way back, of a team's edit of managed entries: `contribute` |

mod adapt;
pub mod arrays;
pub mod entries;
pub mod events;
pub mod faults;
mod gate;
pub mod handlers;
pub mod parts;
pub mod places;
pub mod rules;
pub mod schema;
pub mod servers;
pub mod settings;
mod shapes;
pub mod variables;

use crate::model::renderer::MARKS_RULES;
use crate::model::support::{ItemKind, Support};

use super::definition::{Definition, Place, Servers, SourceFolder};
use super::documents::{Document, DocumentKind};
use super::support::Supported;
use super::translate::Form;

pub use arrays::{allowed_and_denied, permissions_of};
pub use places::{LOCAL_SETTINGS, ROOTS, SERVERS, SETTINGS};
pub use shapes::{misshapen, sentence};

/// All that the tables of every agent have.
pub const DEFINITION: Definition = Definition {
    supported: SUPPORTED,
    roots: &ROOTS,
    reads_all_roots: false,
    read_besides: &[],
    root_key: None,
    signs: &places::SIGNS,
    places: &[
        Place::new(SourceFolder::Rules, places::RULES)
            .by_template()
            .form(Form::Translated(&rules::RULE))
            .since(MARKS_RULES),
        Place::new(SourceFolder::Skills, places::SKILLS),
        Place::new(SourceFolder::Commands, places::COMMANDS),
        Place::new(SourceFolder::Agents, places::AGENTS),
    ],
    rules_are_sections: false,
    imports_memory: true,
    skill_keys: None,
    servers: Servers {
        path: SERVERS,
        hides: None,
        key: parts::SERVERS_KEY,
        is_name: |_| true,
        write: servers::server,
        read_back: servers::read_back,
    },
    hooks: Some(adapt::ENTRIES),
    documents: &[
        document(SETTINGS, DocumentKind::Settings),
        document(LOCAL_SETTINGS, DocumentKind::Settings),
        document(SERVERS, DocumentKind::Servers(parts::SERVERS_KEY)),
    ],
    not_written: &[],
    further: adapt::adapt,
    gate: Some(&gate::GATE),
};

/// Returns a document, of which [`faults`] and [`misshapen`] say what is wrong.
const fn document(path: &'static str, kind: DocumentKind) -> Document {
    Document {
        path,
        kind,
        then: "Claude Code skips it",
        faults: |_| Vec::new(),
        is_harmless: |_, _| false,
    }
}

/// What becomes of each kind of thing.
const SUPPORTED: Supported = Supported {
    version: "2.1.332",
    date: "2026-11-30",
    rows: [
        (ItemKind::Root, Support::Native("CLAUDE.md")),
        (ItemKind::Rule, Support::Native(places::RULES)),
        (ItemKind::ScopedRule, Support::Native(places::RULES)),
        (ItemKind::Hook, Support::Native(places::SETTINGS)),
        (ItemKind::Skill, Support::Native(places::SKILLS)),
        (ItemKind::Command, Support::Native(places::COMMANDS)),
        (ItemKind::Subagent, Support::Native(places::AGENTS)),
        (ItemKind::Server, Support::Native(places::SERVERS)),
        (ItemKind::Allow, Support::Native(places::SETTINGS)),
        (ItemKind::Ask, Support::Native(places::SETTINGS)),
        (ItemKind::Deny, Support::Native(places::SETTINGS)),
        (ItemKind::Memory, Support::Native(places::MEMORY)),
        (ItemKind::ClaudeSettings, Support::Native(places::SETTINGS)),
    ],
};
