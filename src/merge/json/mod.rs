//! The three-way merge of JSON documents: parse to find boundaries, splice the original bytes,
//! verify by parsing.
//!
//! There are two merges. [`merge`] merges what templates manage into a team's file, in which the
//! team's deletions win; `ours` keeps every byte that it doesn't change: its order, indent, line
//! ends and byte order mark. [`merge_documents`] merges three whole documents alike, and keeps the
//! bytes of theirs where only theirs was laid out anew. **The result parses to exactly what merging
//! the parsed values gives, or there is no result.**
//!
//! | file | what it does |
//! |---|---|
//! | `document` | text to nodes with spans; strict: no comments, trailing commas, duplicate keys |
//! | `strict` | whether a text is such a document, without keeping any of it |
//! | `policy` | which arrays are sets, which hold hooks |
//! | `decide` | what templates manage: three values to a list of operations on ours |
//! | `handlers` | the same for hooks, handler by handler |
//! | `untaken` | what a release changed and neither the result nor a conflict has |
//! | `managed` | the operations of `decide` to a plan |
//! | `plan` | what happens to each value, and the resulting value |
//! | `layout` | indent and line ends of a document |
//! | `whole` | three whole documents to a plan |
//! | `splice` | a plan to pieces of the original bytes |
//! | `paths` | where each line is, without parsing |
//! | `canonical` | one text for one value |
//! | `attribution` | which templates brought each entry of a document |
//! | `parts` | union, difference and intersection of fragments, by the same policies |

mod attribution;
mod canonical;
mod decide;
mod document;
mod handlers;
mod layout;
mod managed;
mod operations;
mod parts;
pub mod paths;
mod plan;
mod policy;
mod splice;
mod strict;
mod untaken;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use attribution::{
    AttributedEntry, EntryState, attribute, entries_around, entries_at, entries_on_line,
};
pub use canonical::{as_entries, sorted};
pub(super) use decide::decide;
pub use document::{Document, Node, NodeKind, is_blank, is_readable};
pub use parts::{ValueClash, is_empty, project};
pub use policy::{ArrayPolicy, Identities, Policies};
pub use strict::is_strict;
pub use untaken::{EntryChange, MissedChange, untaken};
pub use whole::{Numbered, Numbers, merge_documents};

use plan::{Roles, ValuePlan};
use splice::DocumentEnvelope;

use crate::merge::invalid::InvalidDocument;
use crate::merge::pieces::{Merge, Side, Sides};
use crate::model::path::RelPath;

/// What a merge has to know besides the three documents.
#[derive(Clone, Debug)]
pub struct MergeContext {
    /// The scripts that managed hook entries name.
    pub identities: Identities,
    /// Scripts that stay although upstream dropped them; the entries that name them stay, too.
    pub held: BTreeSet<RelPath>,
    /// The exact bytes of containers that were empty before an earlier merge filled them, by JSON
    /// pointer.
    pub replaced: BTreeMap<String, String>,
    /// Entries that templates manage and the team already had before: they stay when theirs drops
    /// them.
    pub adopted: Value,
}

impl MergeContext {
    pub fn new(policies: &'static Policies) -> Self {
        Self {
            identities: Identities::new(policies),
            held: BTreeSet::new(),
            replaced: BTreeMap::new(),
            adopted: Value::Null,
        }
    }
}

/// A merge of what templates manage, with what to report and what to remember.
#[derive(Clone, Debug)]
pub struct MergedDocument {
    pub merge: Merge,
    /// What theirs added and ours already had, although base didn't.
    pub agreed: Value,
    /// Entries that stay although theirs dropped them: ours had edited them, or their script stays.
    pub released: Vec<KeptEntry>,
    /// What theirs changed and neither the result nor a conflict has.
    pub untaken: Vec<MissedChange>,
    /// The bytes of empty containers that this merge filled or left filled, by JSON pointer.
    pub replaced: BTreeMap<String, String>,
}

/// An entry that stays in ours as the team's own, although theirs dropped it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    /// The place in ours, as a JSON pointer.
    pub pointer: String,
    /// The managed script that the entry runs.
    pub script: Option<RelPath>,
}

/// Merges what templates manage into the repo's file.
///
/// `base` and `theirs` are what releases contribute, `ours` is the repo's file. What only ours has
/// is the team's own.
///
/// # Errors
/// When the spliced result doesn't parse to the merged value; nothing may be written then.
pub fn merge(
    base: &Document,
    ours: &Document,
    theirs: &Document,
    context: &MergeContext,
) -> Result<MergedDocument, InvalidDocument> {
    let decision = decide(base.value(), ours.value(), theirs.value(), context);
    let managed::ManagedPlan { plan, filled } =
        managed::plan(base, ours, theirs, &decision.operations);
    let pieces = splice::splice(
        ours,
        theirs,
        Roles::USUAL,
        &plan,
        DocumentEnvelope::of(Side::Ours),
    );
    let merge = Merge {
        pieces,
        resolutions: decision.settled,
        newline: None,
    };
    verify(&merge, &sides(base, ours, theirs), &plan, ours)?;
    let [result, resolved] = [false, true].map(|is_theirs| plan.value(ours.value(), is_theirs));
    let untaken = untaken(
        base.value(),
        ours.value(),
        theirs.value(),
        [&result, &resolved],
        context,
    );
    let mut replaced = context.replaced.clone();
    replaced.extend(filled);
    Ok(MergedDocument {
        merge,
        agreed: decision.agreed,
        released: decision.released,
        untaken,
        replaced,
    })
}

/// Returns whether texts have few enough values to keep their trees in memory: each value takes a
/// few hundred bytes, however short it is.
pub fn may_be_read(texts: &[&[u8]]) -> bool {
    const MOST_VALUES: usize = 1 << 19;
    let mut values = 0;
    for text in texts {
        values += memchr::memchr3_iter(b',', b'{', b'[', text).count();
    }
    values <= MOST_VALUES
}

pub fn sides<'a>(base: &Document<'a>, ours: &Document<'a>, theirs: &Document<'a>) -> Sides<'a> {
    Sides {
        base: base.text().as_bytes(),
        ours: ours.text().as_bytes(),
        theirs: theirs.text().as_bytes(),
    }
}

/// Returns a merge's text, with ours at its conflicts.
pub fn text(merge: &Merge, sides: &Sides<'_>) -> String {
    String::from_utf8(merge.bytes(sides)).expect("pieces of texts are verified to be text")
}

/// **The result parses to exactly what merging the parsed values gives, whichever side is taken at
/// its conflicts.**
fn verify(
    merge: &Merge,
    texts: &Sides<'_>,
    plan: &ValuePlan<'_>,
    here: &Document,
) -> Result<(), InvalidDocument> {
    let choices = [(Side::Ours, false), (Side::Theirs, true)];
    for (side, take_other) in choices
        .into_iter()
        .take(if merge.is_clean() { 1 } else { 2 })
    {
        let text = String::from_utf8(merge.taking(side, texts)).map_err(|_| InvalidDocument {
            line: 1,
            what: "the merged text is not UTF-8".to_owned(),
        })?;
        let value = plan.value(here.value(), take_other);
        // Often nothing changed, and the text was parsed already.
        let is_merged = if text == here.text() {
            *here.value() == value
        } else {
            *Document::of_file(&text)?.value() == value
        };
        if !is_merged {
            return Err(InvalidDocument {
                line: 1,
                what: "the merged text is not the merged value".to_owned(),
            });
        }
    }
    Ok(())
}

/// Returns a fragment as the text of a new file: two spaces of indent and a final newline.
pub fn to_text(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
pub(crate) mod tests;
