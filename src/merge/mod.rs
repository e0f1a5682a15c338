//! Three-way merges of files, as pure functions: bytes in, a decision out.
//!
//! **A local edit always survives: in the result, in a conflict, or in undo.**
//!
//! docs/merging.md shows each rule by an example.
//!
//! # How a file is merged
//!
//! The steps run in this order, and the first one that has an answer decides. Up to step 12 an
//! answer is a clean merge that passed its gates, with two exceptions: step 2 answers with a
//! conflict, and step 6 with conflicts where values have some. `steps` has the same table in code,
//! with the kinds of files that each step is for. The names in parentheses are the step's file
//! there, and the module that does the work.
//!
//! 1. Equal sides, or only one that changed (`whole`; `trivial`).
//! 2. Binary files, and files whose line ends are too different to compare lines: one conflict
//!    about the whole file (`whole`).
//! 3. One side already has the other's edit, at the same place: taking the edit out of that side
//!    and merging it in again gives that side (`already_there`; `line_places`). For JSON, this step runs
//!    here only where the lines merge cleanly but may confuse two values with each other; step 7 is
//!    for the rest.
//! 4. TOML, YAML and frontmatter in which both sides moved lines, entry by entry as in step 11
//!    (`entries`; `outline`).
//! 5. Lines: edits that don't touch, by diff3 over the operations of `similar` (`lines`;
//!    `text::regions`). For JSON, the values are merged as well and have to agree, unless aligned
//!    lines are at the same path of the document on all sides and no array is edited by both.
//! 6. JSON by its values: objects by key, arrays by their policies. A conflict is about one value
//!    (`values`; `json`).
//! 7. Step 3 for JSON whose lines clash and whose values couldn't be merged, mostly since it isn't
//!    strict JSON (`already_there`).
//! 8. Lines again, aligned in another way (`lines`; `text::align`).
//! 9. Markdown that one side reformatted, by what its lines say (`forms`; `text::forms`).
//! 10. The rules for a place that both sides changed, all or nothing for each place, a file for
//!     each rule (`rules`; `text::rules`).
//! 11. TOML, YAML and frontmatter entry by entry; what isn't an entry is merged as a text of its
//!     own (`entries`; `outline`).
//! 12. Markdown section by section, each as a text of its own (`sections`; `sections`).
//!
//! Where no step gives a clean merge, the answer has conflicts (`conflicts`). The candidates are,
//! in this order: entries, where both sides edited some; Markdown by what its lines say, where that
//! leaves less in conflict than the rules do; what the rules left; entries; lines; the whole file.
//! The first one in which either side can be taken without breaking the file is the answer.
//!
//! What templates manage in a team's JSON or TOML file doesn't go through these steps:
//! `tree::ownership::keys` calls [`format::Format::merge`], which merges the managed entries alone.
//!
//! # The gates
//!
//! One whole side as the answer (steps 1 and 3) needs few of these gates, since a side is as valid
//! as it was, and merging it in again changes nothing.
//!
//! - **No word is lost.** Each word that a side added, and that base has nowhere, is in the result.
//!   Checked for each place that a rule settled (`text::gates`), and for the whole file after
//!   merges of values, entries, sections and reformatted Markdown (`gates`). A merge of lines keeps
//!   every added line by construction.
//! - **Nothing comes back.** A line that one side removed or moved away stays removed. Checked for
//!   each place that a rule settled (`text::gates`); of documents, the merge of values says it.
//! - **What parsed still parses**, if all inputs did: no key comes twice, code fences close, a
//!   template keeps its tags. Checked for every result, whichever side is taken at its conflicts
//!   (`gates`, `checks`; for JSON by value, `json`).
//! - **Documents say what a merge of their values says.** That merge shares no code with the
//!   engine. Checked for every clean result whose inputs parse (`gates`, `values`).
//! - **What a side broke isn't repaired by accident.** Checked for clean JSON (`gates`).
//! - **Merging a side into the result again changes nothing.** Checked for clean results, of lines
//!   and rules only where the three texts have no more than 20,000 lines together
//!   (`steps::proof`).
//! - **It doesn't matter which side is called ours**, except for a declared order and for the
//!   file's line ends and final newline (`steps::symmetry`).
//! - **A conflict hides nothing that all versions have.** A line that is there once in base, ours
//!   and theirs is in the result whichever side is taken. Checked for conflicts in texts (`gates`).
//!
//! Effort is bounded by counted work, added up over all places of a file: large files are aligned
//! in one way only, and what is too long isn't compared word by word. A merge that is made to check
//! another one skips checks itself (`steps::attempt`); `facts` remembers what was found out about
//! each text.
//!
//! # What else is here
//!
//! | module | what it is |
//! |---|---|
//! | `block` | the merge of a template's text between markers |
//! | `format` | documents of which templates own entries: JSON and TOML |
//! | `invalid` | why a text is no such document |
//! | `toml` | the merge of such entries into a TOML file |
//! | `order` | where things go that three versions order differently |
//! | `markdown` | Markdown in one form, whatever its layout |
//! | `marking` | which conflicts may be marked in their file |
//! | `open_conflicts` | what the lock remembers of conflicts |
//! | `yaml` | whether a text is YAML |
//! | `diff`, `patch` | how two texts, or two trees, differ, as git writes it |
//!
//! # Where people merge differently
//!
//! Measured on merges that people made, clean results differ from theirs in these ways, and no rule
//! should guess them:
//!
//! - **They went on editing**: a typo fixed, a count corrected, a version raised in the merge
//!   commit. Nothing says so.
//! - **They took one side**, or dropped what both sides kept: an entry of an ignore file, an
//!   obsolete section.
//! - **Another order**: where both sides added to one list, the additions are sorted in JSON and in
//!   lists of one line, and ours come first elsewhere; where both moved entries, the order of ours
//!   wins. People put theirs first in about one merge of three.
//! - **One of two duplicates**: both added an entry for the same thing in different words, and a
//!   person kept one.
//! - **They left markers, or a document that doesn't parse.** Our result parses.

pub mod blame;
pub mod block;
mod cache;
mod checks;
mod counts;
pub mod diff;
mod facts;
pub mod format;
mod gates;
pub mod invalid;
pub mod json;
pub mod kind;
mod line_ends;
mod line_places;
pub mod markdown;
pub mod marking;
mod matched;
pub mod open_conflicts;
mod order;
mod outline;
pub mod patch;
pub mod pieces;
pub mod rule;
mod sections;
mod steps;
mod text;
pub mod toml;
mod trivial;
mod values;
mod yaml;

pub use steps::{is_binary, merge};
pub use text::fences::Fences;
pub use text::tags;
pub use text::untaken::is_layout_untaken;
