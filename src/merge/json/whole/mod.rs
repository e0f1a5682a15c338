//! Three whole documents: a symmetric merge by value, in the layout of one of them.
//!
//! **With a clean result M, merging either side into M again gives M, or there is no result.**

mod arrays;
mod order;
mod sequence;
mod tree;
mod values;

use super::document::Document;
use super::layout::Layout;
use super::plan::Roles;
use super::splice::{self, Envelope};
use super::{sides, verify};
use crate::merge::pieces::{Merge, Side, Sides};
use crate::merge::rule::Rule;
use values::Merger;

/// Merges three JSON documents by value: objects by key, arrays by their policy.
///
/// Returns `None` where that gives nothing to rely on: one of the three isn't strict JSON, or a gate didn't hold.
pub fn merge_documents(texts: &Sides<'_>) -> Option<Merge> {
    if texts.ours == texts.theirs {
        return Some(Merge::whole(Side::Ours, texts.ours.len(), Rule::Equal));
    }
    if texts.base == texts.theirs {
        return Some(Merge::whole(Side::Ours, texts.ours.len(), Rule::OnlyOurs));
    }
    if texts.base == texts.ours {
        return Some(Merge::whole(Side::Theirs, texts.theirs.len(), Rule::OnlyTheirs));
    }
    let documents = Documents { base: parse(texts.base)?, ours: parse(texts.ours)?, theirs: parse(texts.theirs)? };
    let merge = documents.merge()?;
    (!merge.is_clean() || documents.stays(&merge.bytes(texts))).then_some(merge)
}

fn parse(bytes: &[u8]) -> Option<Document<'_>> {
    Document::parse(std::str::from_utf8(bytes).ok()?).ok()
}

#[derive(Clone)]
struct Documents<'a> {
    base: Document<'a>,
    ours: Document<'a>,
    theirs: Document<'a>,
}

impl Documents<'_> {
    fn merge(&self) -> Option<Merge> {
        let mut usual = Merger::new(self, Roles::USUAL);
        let plan = usual.plan();
        let envelope = self.envelope();
        let (roles, plan, here) = match plan.is_clean() && self.is_only_theirs_laid_out_anew() {
            false => (Roles::USUAL, plan, &self.ours),
            true => (Roles::SWAPPED, Merger::new(self, Roles::SWAPPED).plan(), &self.theirs),
        };
        let other = if roles == Roles::USUAL { &self.theirs } else { &self.ours };
        let pieces = splice::splice(here, other, roles, &plan, envelope);
        let merge = Merge { pieces, settled: usual.settled, newline: envelope.newline };
        verify(&merge, &sides(&self.base, &self.ours, &self.theirs), &plan, here.value()).ok()?;
        Some(merge)
    }

    /// Returns whether either side is in `result` for good: merged with it again, it changes nothing.
    fn stays(&self, result: &[u8]) -> bool {
        let Some(merged) = parse(result) else { return false };
        let again = [
            Documents { ours: merged.clone(), base: self.base.clone(), theirs: self.theirs.clone() },
            Documents { theirs: merged, base: self.base.clone(), ours: self.ours.clone() },
        ];
        again.iter().all(|again| {
            let texts = sides(&again.base, &again.ours, &again.theirs);
            again.merge().is_some_and(|merge| merge.is_clean() && merge.bytes(&texts) == result)
        })
    }

    /// Returns whether theirs has another layout than base, and ours has not.
    fn is_only_theirs_laid_out_anew(&self) -> bool {
        let is_anew = |side: &Document| {
            !Layout::of(&self.base).is_like(&Layout::of(side))
                || (side.value() == self.base.value() && inner(side) != inner(&self.base))
        };
        is_anew(&self.theirs) && !is_anew(&self.ours)
    }

    /// Line ends, byte order mark and final newline are scalars: theirs's where only theirs changed them.
    fn envelope(&self) -> Envelope {
        let newline = |document: &Document| Layout::of(document).newline;
        let newlines = [newline(&self.base), newline(&self.ours), newline(&self.theirs)];
        let newline = match newlines {
            [base, ours, theirs] if base == ours && ours == theirs => None,
            [base, ours, theirs] => Some(if base == ours { theirs } else { ours }),
        };
        let before = |document: &Document| document.text()[..document.root().span.start].replace('\r', "");
        let after = |document: &Document| document.text()[document.root().span.end..].replace('\r', "");
        let side = |is_as_in_base| if is_as_in_base { Side::Theirs } else { Side::Ours };
        Envelope {
            newline,
            before: side(before(&self.ours) == before(&self.base)),
            after: side(after(&self.ours) == after(&self.base)),
        }
    }
}

fn inner(document: &Document) -> String {
    document.text()[document.root().span.clone()].replace("\r\n", "\n")
}

#[cfg(test)]
mod tests;
