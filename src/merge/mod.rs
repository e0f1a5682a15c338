//! Three-way merges of files, as pure functions: bytes in, a decision out.
//!
//! **A local edit always survives: in the result, in a conflict, or in undo.**
//!
//! docs/merging.md shows each rule by an example.
//!
//! # How a file is merged
//!
//! The steps in their order: the first that gives a clean result which passes the gates decides.
//! `steps` has the same table in code, with the kinds of files that each is for; behind each step
//! stands its file there, and where the work is done.
//!
//! 1. Equal sides, or only one that changed (`whole`; `trivial`).
//! 2. Binary files, and those with no line in common: one conflict about all (`whole`).
//! 3. One side has the other's edit already, at the same place: taken out and merged in again, it
//!    gives that side (`already_there`; `there`). Of JSON this is asked here only where its lines
//!    merge cleanly, but may mistake one value for another.
//! 4. TOML, YAML and frontmatter in which both sides moved entries (`entries`; `outline`).
//! 5. Lines: edits that don't touch, by diff3 over the operations of `similar` (`lines`;
//!    `text::regions`). Of JSON only where lines that are aligned are in one place of the document
//!    and no array is edited by both; else its values have to agree.
//! 6. JSON by its values: objects by key, arrays by their policies; its conflicts are about one
//!    value (`values`; `json`).
//! 7. What one side has already, in JSON whose lines clash (`already_there`).
//! 8. Lines again, aligned in another way (`lines`; `text::align`).
//! 9. Markdown that a side laid out otherwise, by what its lines say (`forms`; `text::forms`).
//! 10. The rules inside a place that both changed, all or nothing for each place, a file for each
//!     rule (`rules`; `text::rules`).
//! 11. TOML, YAML and frontmatter entry by entry; what is no entry is a text of its own
//!     (`entries`; `outline`).
//! 12. Markdown section by section, each as a text of its own (`sections`; `sections`).
//!
//! Where none is clean, the rest is a conflict (`conflicts`): entries where both sides edited some,
//! forms where they contest less than the rules do, what the rules left, entries, lines, the whole
//! file; the first of these in which either side can be taken without breaking the file.
//!
//! # The gates
//!
//! - No word that a side added is missing, and nothing comes back that one side removed: asked of
//!   what rules make of a place (`text::gates`), and of values, entries, sections and forms
//!   (`gates`).
//! - What parsed still parses, and no key comes twice; code fences close; a template keeps its
//!   tags: of every result (`gates`; `checks`).
//! - Documents say what a merge of their values says, which shares no code with the engine: of
//!   every clean result (`gates`; `values`).
//! - What a side broke isn't put right by accident: of JSON (`gates`).
//! - Merging a side into the result again changes nothing: of what is clean, in texts of up to
//!   20,000 lines (`steps::proof`); and it doesn't matter which side is called ours
//!   (`steps::symmetry`).
//! - What both sides have is in the result that takes either at every conflict (`gates`).
//!
//! Effort is bounded by counted work, in all places of a file together: large files are aligned in
//! one way, and what is too long isn't compared by words. A merge that is made to check another
//! asks for less (`steps::attempt`); `facts` remembers what was found out about each text.
//!
//! # What else is here
//!
//! | module | what it is |
//! |---|---|
//! | `block` | the merge of a template's text between markers |
//! | `order` | where things go that three versions order differently |
//! | `markdown` | Markdown in one form, whatever its layout |
//! | `marking` | which conflicts may be marked in their file |
//! | `unsettled` | what the lock remembers of conflicts |
//! | `yaml` | whether a text is YAML |
//! | `diff`, `patch` | what one tree does otherwise than another, as git writes it |
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
mod cache;
mod checks;
mod counts;
pub mod diff;
mod facts;
mod gates;
pub mod json;
pub mod kind;
mod line_ends;
pub mod markdown;
pub mod marking;
mod matched;
mod order;
mod outline;
pub mod patch;
pub mod pieces;
pub mod rule;
mod sections;
mod steps;
mod text;
mod there;
mod trivial;
pub mod unsettled;
mod values;
mod yaml;

pub use steps::{is_binary, merge};
pub use text::fences::Fences;
pub use text::tags;
pub use text::untaken::is_layout_untaken;
