//! Three-way merges of files, as pure functions: bytes in, a decision out.
//!
//! **A local edit always survives: in the result, in a conflict, or in undo.**
//!
//! | module | what it merges |
//! |---|---|
//! | `text` | lines, with rules for what lines alone can't settle |
//! | `json` | documents, by value |
//! | `outline` | TOML, YAML and frontmatter, entry by entry |
//! | `sections` | Markdown, section by section |
//! | `block` | a template's text between markers |
//!
//! `order` is where things go that three versions order differently. `steps` are the steps of a
//! file's merge; `memo` is what they know of its texts. `markdown` is Markdown in one form, whatever
//! its layout. `marking` says which conflicts may be
//! marked in their file, `unsettled` what the lock remembers of them. `yaml` says whether a text is
//! YAML. `patch` is what one tree does otherwise than another, as git writes it. docs/merging.md
//! shows each rule by an example.
//!
//! # How a file is merged
//!
//! The first step that gives a clean result which passes the gates decides; where none does, the
//! rest is a conflict.
//!
//! 1. Equal sides, or only one that changed.
//! 2. One side has the other's edit already, at the same place (`there`): taken out and merged in
//!    again, it gives that side.
//! 3. Lines, in several alignments: diff3 over the operations of `similar`. Of a document only
//!    where lines that are aligned are in one place of it, and no array is edited by both; else its
//!    values have to agree.
//! 4. Structure: JSON by value.
//! 5. Markdown by what its lines say, where a side is laid out otherwise (`text::forms`).
//! 6. The rules inside a place that both changed (`text::rules`), all or nothing for each place.
//! 7. TOML, YAML and frontmatter entry by entry, wherever a side has one; before lines where both
//!    sides moved some. What is no entry is a text of its own.
//! 8. Markdown section by section, each as a text of its own.
//!
//! The gates: documents say what a merge of their values says (`values`, which shares no code with
//! the engine); no word that a side added is missing; what parsed still parses, and no key comes
//! twice; merging a side into the result again changes nothing (asked of texts of up to 20,000
//! lines); what both sides have is in the result that takes either at every conflict. Effort is
//! bounded by counted work, in all places of a file together: large files are aligned in one way,
//! and what is too long isn't compared by words.
//!
//! # What a person would have done otherwise
//!
//! Measured on merges that people made, a clean result differs from theirs in these ways, and no
//! rule should guess them:
//!
//! - **They went on editing**: a typo fixed, a count corrected, a version raised in the merge
//!   commit. Nothing says so.
//! - **They took one side**, or dropped what both sides kept: an entry of an ignore file, an
//!   obsolete section.
//! - **Another order**: where both sides added to one list, entries sort in JSON, and ours come
//!   first elsewhere; of entries that both moved, ours's order counts. People put theirs first in
//!   about one merge of three.
//! - **One of two that are not the same**: both added an entry for one thing in other words, and a
//!   person kept one.
//! - **They left markers, or a document that doesn't parse.** Ours does.

pub mod blame;
pub mod block;
mod counts;
pub mod diff;
mod gates;
pub mod json;
pub mod kind;
pub mod markdown;
pub mod marking;
mod memo;
mod order;
mod outline;
pub mod patch;
pub mod pieces;
pub mod rule;
mod sections;
mod steps;
mod text;
mod there;
pub mod unsettled;
mod values;
mod yaml;

pub use steps::{is_binary, merge};
pub use text::fences::Fences;
pub use text::tags;
pub use text::untaken::is_layout_untaken;
