//! The steps of a merge, in the order in which they are asked.
//!
//! **The first step that has an answer decides.** An answer is a merge that passed the gates of its
//! step. Up to `sections` it is clean, except that `whole::incomparable` answers with a conflict
//! and `values` may answer with some; from `conflicts` on it has conflicts.
//!
//! `proof` checks that merging again changes nothing, `symmetry` that it doesn't matter which side
//! is called ours. `attempt` says which gates a clean merge has to pass.

mod already_there;
mod attempt;
mod conflicts;
mod entries;
mod forms;
mod lines;
mod progress;
mod proof;
mod rules;
mod sections;
mod symmetry;
mod values;
mod whole;

use super::facts::{Arena, TextFacts};
use super::json::Policies;
use super::kind::FileKind;
use super::pieces::{Merge, Sides};
use attempt::{Effort, MergeAttempt};
use progress::MergeProgress;

pub use whole::is_binary;

/// Merges three versions of a file.
///
/// It never fails: whatever the bytes are, the result is a clean merge that keeps the laws, or one
/// with conflicts. The same input gives the same bytes, and effort is bounded by counted work.
///
/// `policies` say what the arrays of JSON documents mean.
pub fn merge(kind: FileKind, sides: &Sides<'_>, policies: &'static Policies) -> Merge {
    let made = Arena::default();
    merge_attempt(&MergeAttempt {
        facts: &TextFacts::new(kind, policies, &made),
        sides: *sides,
        effort: Effort::Full,
        is_part: false,
    })
}

/// A step returns its answer, if it has one.
type Step = fn(&MergeProgress<'_, '_>) -> Option<Merge>;

/// The steps, with the kinds of files that they are for. Where none has an answer, all of the file
/// is a conflict.
///
/// The module `merge` has the same table in words.
const STEPS: [(Kinds, Step); 17] = [
    (Kinds::All, whole::identity),
    (Kinds::All, whole::incomparable),
    (Kinds::AllButJson, already_there::step),
    (Kinds::Json, already_there::in_mixed_values),
    (Kinds::WithEntries, entries::of_sides_that_move),
    (Kinds::All, lines::first),
    (Kinds::Json, values::step),
    (Kinds::Json, already_there::in_clashing_lines),
    (Kinds::All, lines::aligned_otherwise),
    (Kinds::Markdown, forms::step),
    (Kinds::All, rules::step),
    (Kinds::WithEntries, entries::step),
    (Kinds::Markdown, sections::step),
    // From here on, what is left are conflicts.
    (Kinds::WithEntries, conflicts::of_entries_of_both),
    (Kinds::Markdown, conflicts::of_forms),
    (Kinds::All, conflicts::of_rules),
    (Kinds::All, conflicts::of_entries_or_lines),
];

/// The kinds of files that a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kinds {
    All,
    AllButJson,
    Json,
    Markdown,
    /// TOML, YAML, and Markdown, which may have frontmatter.
    WithEntries,
}

impl Kinds {
    fn include(self, kind: FileKind) -> bool {
        match self {
            Self::All => true,
            Self::AllButJson => kind != FileKind::Json,
            Self::Json => kind == FileKind::Json,
            Self::Markdown => kind == FileKind::Markdown,
            Self::WithEntries => {
                matches!(kind, FileKind::Toml | FileKind::Yaml | FileKind::Markdown)
            }
        }
    }
}

fn merge_attempt(attempt: &MergeAttempt<'_, '_>) -> Merge {
    let progress = MergeProgress::new(*attempt);
    for (kinds, step) in STEPS {
        if kinds.include(attempt.facts.kind)
            && let Some(merge) = step(&progress)
        {
            return merge;
        }
    }
    whole::conflict(&attempt.sides)
}
