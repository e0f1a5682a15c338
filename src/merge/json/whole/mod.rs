//! Merges three whole documents by value: symmetric, and written in the layout of one side.

mod arrays;
mod diff3;
mod sequence;
mod tree;
mod values;

use foldhash::HashMap;

use serde_json::Value;

use super::document::Document;
use super::plan::Roles;
use super::policy::Policies;
use super::splice::{self, DocumentEnvelope};
use super::{sides, verify};
use crate::merge::pieces::{Location, Merge, Resolution, Side};
use crate::merge::rule::MergeRule;
use tree::Id;
use values::DocumentMerger;

pub use tree::{Numbered, Numbers};

/// Merges three JSON documents by value: objects by key, arrays by their policy. The documents have
/// to be numbered by the same [`Numbers`].
///
/// Returns `None` where the spliced text doesn't parse to the merged value. That merging again
/// changes nothing is for the caller to check.
pub fn merge_documents(
    [base, ours, theirs]: [&Numbered<'_>; 3],
    policies: &'static Policies,
) -> Option<Merge> {
    Documents {
        base,
        ours,
        theirs,
        policies,
    }
    .merge()
}

struct Documents<'a> {
    base: &'a Numbered<'a>,
    ours: &'a Numbered<'a>,
    theirs: &'a Numbered<'a>,
    policies: &'static Policies,
}

impl Documents<'_> {
    fn merge(&self) -> Option<Merge> {
        let [base, ours, theirs] =
            [self.base, self.ours, self.theirs].map(|numbered| numbered.document);
        let mut usual = DocumentMerger::new(self, Roles::USUAL);
        let plan = usual.plan(self);
        let envelope = self.envelope();
        let result = plan.value(ours.value(), false);
        let swaps = plan.is_clean() && self.are_theirs_bytes_to_keep(&result);
        let (roles, plan, here, other) = match swaps {
            false => (Roles::USUAL, plan, ours, theirs),
            true => (
                Roles::SWAPPED,
                DocumentMerger::new(self, Roles::SWAPPED).plan(self),
                theirs,
                ours,
            ),
        };
        let pieces = splice::splice(here, other, roles, &plan, envelope);
        if roles == Roles::SWAPPED && *theirs.value() != result {
            usual.settled.insert(
                0,
                Resolution {
                    rule: MergeRule::Layout,
                    place: Location::Value(String::new()),
                },
            );
        }
        let merge = Merge {
            pieces,
            resolutions: usual.settled,
            newline: envelope.newline,
        };
        verify(&merge, &sides(base, ours, theirs), &plan, here).ok()?;
        Some(merge)
    }

    /// Returns whether the result is written in the bytes of theirs: only theirs has a new layout,
    /// or neither has and the result has the value of theirs, and not that of ours.
    fn are_theirs_bytes_to_keep(&self, result: &Value) -> bool {
        let known = Written::of(self.base);
        let is_anew = |side: &Numbered| {
            !self.base.document.layout().is_like(side.document.layout())
                || known.is_otherwise_in(side)
        };
        if is_anew(self.ours) {
            return false;
        }
        let says_all =
            || self.theirs.document.value() == result && self.ours.document.value() != result;
        is_anew(self.theirs) || says_all()
    }

    /// Line ends, byte order mark and final newline are merged as scalars: those of theirs where
    /// only theirs changed them.
    fn envelope(&self) -> DocumentEnvelope {
        let documents = [self.base, self.ours, self.theirs].map(|numbered| numbered.document);
        let newline = match documents.map(|document| document.layout().newline) {
            [base, ours, theirs] if base == ours && ours == theirs => None,
            [base, ours, theirs] => Some(if base == ours { theirs } else { ours }),
        };
        let before =
            |document: &Document| document.text()[..document.root().span.start].replace('\r', "");
        let after =
            |document: &Document| document.text()[document.root().span.end..].replace('\r', "");
        let side = |is_as_in_base| {
            if is_as_in_base {
                Side::Theirs
            } else {
                Side::Ours
            }
        };
        DocumentEnvelope {
            newline,
            before: side(before(documents[1]) == before(documents[0])),
            after: side(after(documents[1]) == after(documents[0])),
        }
    }
}

/// The texts of a document's containers that aren't empty, by their values.
struct Written<'t>(HashMap<Id, Vec<&'t str>>);

impl<'t> Written<'t> {
    fn of(numbered: &'t Numbered<'_>) -> Self {
        let mut found: HashMap<Id, Vec<&str>> = HashMap::default();
        let mut left = vec![&numbered.tree];
        while let Some(tree) = left.pop().filter(|tree| !tree.children.is_empty()) {
            found
                .entry(tree.id)
                .or_default()
                .push(numbered.document.slice(tree));
            left.extend(
                tree.children
                    .iter()
                    .filter(|child| !child.children.is_empty()),
            );
        }
        Self(found)
    }

    /// Returns whether another document has a container with the value of one of these, but written
    /// in another way than all of those. Indent doesn't count.
    fn is_otherwise_in(&self, numbered: &Numbered<'_>) -> bool {
        let mut left = vec![&numbered.tree];
        while let Some(tree) = left.pop() {
            let text = numbered.document.slice(tree);
            match self.0.get(&tree.id) {
                // What is in it is written alike, too.
                Some(known) if known.contains(&text) => continue,
                Some(known) if !known.iter().any(|known| are_alike(known, text)) => return true,
                _ => left.extend(
                    tree.children
                        .iter()
                        .filter(|child| !child.children.is_empty()),
                ),
            }
        }
        false
    }
}

/// Returns whether two texts differ in nothing but the indent of their lines.
fn are_alike(one: &str, other: &str) -> bool {
    let lines = |text| str::lines(text).map(str::trim_start);
    lines(one).eq(lines(other))
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
