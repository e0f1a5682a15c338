//! Three whole documents: a symmetric merge by value, in the layout of one of them.

mod arrays;
mod diff3;
mod order;
mod sequence;
mod tree;
mod values;

use foldhash::{HashMap, HashSet};

use serde_json::Value;

use super::document::Document;
use super::layout::Layout;
use super::plan::{Item, Roles};
use super::splice::{self, Envelope};
use super::{sides, verify};
use crate::merge::pieces::{Merge, Place, Settled, Side};
use crate::merge::rule::Rule;
use tree::{Id, Numbers, Tree};
use values::Merger;

/// Merges three JSON documents by value: objects by key, arrays by their policy.
///
/// Returns `None` where that gives nothing to rely on: the result doesn't parse to the merged value. Whether merging again
/// changes nothing is for the caller to ask.
pub fn merge_documents([base, ours, theirs]: [&Document<'_>; 3]) -> Option<Merge> {
    Documents { base, ours, theirs }.merge()
}

struct Documents<'a> {
    base: &'a Document<'a>,
    ours: &'a Document<'a>,
    theirs: &'a Document<'a>,
}

impl Documents<'_> {
    fn merge(&self) -> Option<Merge> {
        let mut numbers = Numbers::default();
        let trees = [self.base, self.ours, self.theirs].map(|document| numbers.tree(Item::root(document)));
        let mut usual = Merger::new(self, Roles::USUAL);
        let plan = usual.plan(&trees);
        let envelope = self.envelope();
        let result = plan.value(self.ours.value(), false);
        let swaps = plan.is_clean() && self.are_theirs_bytes_to_keep(&trees, &result);
        let (roles, plan, here) = match swaps {
            false => (Roles::USUAL, plan, self.ours),
            true => (Roles::SWAPPED, Merger::new(self, Roles::SWAPPED).plan(&trees), self.theirs),
        };
        let other = if roles == Roles::USUAL { self.theirs } else { self.ours };
        let pieces = splice::splice(here, other, roles, &plan, envelope);
        if roles == Roles::SWAPPED && *self.theirs.value() != result {
            usual.settled.insert(0, Settled { rule: Rule::Layout, place: Place::Value(String::new()) });
        }
        let merge = Merge { pieces, settled: usual.settled, newline: envelope.newline };
        verify(&merge, &sides(self.base, self.ours, self.theirs), &plan, here.value()).ok()?;
        Some(merge)
    }

    /// Returns whether the result is written as theirs is: only theirs is laid out anew, or neither is, and theirs says all
    /// that the result says.
    fn are_theirs_bytes_to_keep(&self, [base, ours, theirs]: &[Tree<'_>; 3], result: &Value) -> bool {
        let known = written(self.base, base);
        let is_anew = |side: &Document, tree: &Tree| {
            let is_new =
                |(id, texts): (Id, HashSet<String>)| known.get(&id).is_some_and(|known| !texts.is_subset(known));
            !Layout::of(self.base).is_like(&Layout::of(side)) || written(side, tree).into_iter().any(is_new)
        };
        if is_anew(self.ours, ours) {
            return false;
        }
        let says_all = || self.theirs.value() == result && self.ours.value() != result;
        is_anew(self.theirs, theirs) || says_all()
    }

    /// Line ends, byte order mark and final newline are scalars: theirs's where only theirs changed them.
    fn envelope(&self) -> Envelope {
        let newline = |document: &Document| Layout::of(document).newline;
        let newlines = [newline(self.base), newline(self.ours), newline(self.theirs)];
        let newline = match newlines {
            [base, ours, theirs] if base == ours && ours == theirs => None,
            [base, ours, theirs] => Some(if base == ours { theirs } else { ours }),
        };
        let before = |document: &Document| document.text()[..document.root().span.start].replace('\r', "");
        let after = |document: &Document| document.text()[document.root().span.end..].replace('\r', "");
        let side = |is_as_in_base| if is_as_in_base { Side::Theirs } else { Side::Ours };
        Envelope {
            newline,
            before: side(before(self.ours) == before(self.base)),
            after: side(after(self.ours) == after(self.base)),
        }
    }
}

/// Returns how each container that holds something is written, without its indent.
fn written(document: &Document, tree: &Tree<'_>) -> HashMap<Id, HashSet<String>> {
    let mut found: HashMap<Id, HashSet<String>> = HashMap::default();
    let mut left = vec![tree];
    while let Some(tree) = left.pop() {
        if !tree.children.is_empty() {
            let text = document.text()[tree.item.node.span.clone()].lines().map(str::trim_start);
            found.entry(tree.id).or_default().insert(text.collect::<Vec<_>>().join("\n"));
        }
        left.extend(&tree.children);
    }
    found
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
