//! Claude Code: all that agentpkg knows of it.
//!
//! | file | what it knows |
//! |---|---|
//! | `places` | which files and folders it reads, and whose they are |
//! | `events` | the events of hooks, agentpkg's words for them, what blocks |
//! | `handlers` | groups and handlers of hooks: their keys, their scripts |
//! | `arrays` | which lists are sets, which hold handlers |
//! | `parts` | fragments of settings as entries |
//! | `schema` | the public schema of its settings, as data |
//! | `faults` | what it skips of settings, and why: measured |
//! | `shapes` | what its list of servers has to look like |
//! | `settings` | what each key of its settings can do |
//! | `variables` | environment variables: which are harmless, which it never sets |
//! | `adapt` | the way there: a rendered template to contributions |
//! | `taken` | the way back, of a whole repository: `new --from` |
//! | `entries` | the way back, of a team's edit of managed entries: `contribute` |

mod adapt;
pub mod arrays;
pub mod entries;
pub mod events;
pub mod faults;
pub mod handlers;
pub mod parts;
pub mod places;
pub mod schema;
pub mod settings;
mod shapes;
pub mod variables;

use crate::model::support::{ItemKind, Support};

use super::support::Supported;

pub use adapt::adapt;
pub use arrays::{POLICIES, allowed_and_denied, permissions_of};
pub use places::{LOCAL_SETTINGS, ROOTS, SERVERS, SETTINGS};
pub use shapes::{misshapen, sentence};

/// What becomes of each kind of thing.
pub const SUPPORTED: Supported = Supported {
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
