//! Texts of entries, entry by entry: tables and keys of TOML, keys of YAML mappings, and those of
//! the frontmatter of Markdown.
//!
//! An entry is whole lines: the comments and blank lines before it, its own lines, and those of the
//! entries in it. It is known by its name among its siblings, so it doesn't matter where a side has
//! it: **order is a preference, never a conflict; where both sides moved entries, ours wins**. What
//! isn't an entry, like a list or a multi-line string, is merged as a text of its own. A conflict
//! is about one entry, or a part of its text, and holds back nothing else.

mod toml;
mod yaml;

use std::ops::Range;

use foldhash::{HashMap, HashSet};

use super::kind::FileKind;
use super::marking::frontmatter;
use super::matched::MatchedChildren;
use super::order::{self, Label};
use super::pieces::{Conflict, Location, Merge, Piece, Resolution, Side, Sides};
use super::rule::MergeRule;
use super::text::lines::{Text, Texts};
use super::trivial::trivial_merge;

/// Lines of one version.
type Lines = Range<usize>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// Unique among its siblings.
    name: Vec<u8>,
    /// The comments and blank lines before it.
    lead: Lines,
    /// Its own lines before the entries in it; all of them, where there are none.
    head: Lines,
    /// The entries in it; `None` where it is merged as a text.
    inner: Option<Vec<Entry>>,
    /// The lines that close it.
    tail: Lines,
}

impl Entry {
    /// Returns an entry that is merged as a text.
    fn text(name: impl Into<Vec<u8>>, lead: Lines, head: Lines) -> Self {
        let end = head.end;
        Self {
            name: name.into(),
            lead,
            head,
            inner: None,
            tail: end..end,
        }
    }

    /// Returns the lines before the entries in it.
    fn front(&self) -> Lines {
        self.lead.start..self.head.end
    }

    fn lines(&self) -> Lines {
        self.lead.start..self.tail.end
    }
}

/// The entries of one version.
#[derive(Debug)]
pub struct Outline {
    entries: Vec<Entry>,
    /// The line after the last entry, where the comments at the end start.
    end: usize,
}

impl Outline {
    /// Reads a text of a kind, if it is made of entries.
    pub fn of(kind: FileKind, text: &Text<'_>) -> Option<Self> {
        let all = 0..text.count();
        let mut entries = match kind {
            FileKind::Toml => toml::entries(text)?,
            FileKind::Yaml => yaml::document(text, all)?,
            FileKind::Markdown => with_frontmatter(text)?,
            _ => return None,
        };
        let end = entries.last().map_or(0, |last| last.tail.end);
        entries.retain(|entry| !entry.lines().is_empty());
        Some(Self { entries, end })
    }
}

/// Returns the frontmatter of a Markdown text with its keys, and what is below it as one entry.
fn with_frontmatter(text: &Text<'_>) -> Option<Vec<Entry>> {
    let length = frontmatter(text.bytes());
    let mut entries = Vec::new();
    if length > 0 {
        let inner = yaml::document(text, 1..length - 1)?;
        let end = inner.last().map_or(1, |last| last.tail.end);
        entries.push(Entry {
            name: b"frontmatter".to_vec(),
            lead: 0..0,
            head: 0..1,
            inner: Some(inner),
            tail: end..length,
        });
    }
    entries.push(Entry::text(*b"body", length..length, length..text.count()));
    Some(entries)
}

/// Merges three texts entry by entry; the outlines are those of base, ours and theirs, and each
/// line has to have a line end. `body` merges what isn't an entry.
pub fn merge<'a>(
    outlines: [&Outline; 3],
    texts: &Texts<'a>,
    sides: &Sides<'a>,
    body: impl Fn(&Sides<'a>) -> Merge,
) -> Merge {
    let mut weaver = Weaver {
        texts,
        sides,
        body,
        out: Merge::default(),
    };
    weaver.siblings(outlines.map(|outline| outline.entries.as_slice()), [0; 3]);
    weaver.text([0, 1, 2].map(|version| {
        let text = texts.side(Side::ALL[version]);
        Some(outlines[version].end..text.count())
    }));
    weaver.settle(MergeRule::Entries, Location::File);
    weaver.out
}

/// Writes a merge entry by entry.
struct Weaver<'t, 'a, B> {
    texts: &'t Texts<'a>,
    sides: &'t Sides<'a>,
    body: B,
    out: Merge,
}

/// The versions of one entry: base, ours and theirs.
type Versions<'e> = [Option<&'e Entry>; 3];

impl<'a, B: Fn(&Sides<'a>) -> Merge> Weaver<'_, 'a, B> {
    /// Merges the entries of one container, which start at these lines in the three versions.
    fn siblings(&mut self, siblings: [&[Entry]; 3], starts: [usize; 3]) {
        let entries = matched(siblings);
        let renamed = entries.renamed_by_both();
        for label in self.woven(&entries) {
            let versions = *entries.row(label);
            // Where it is, or would be, in each version.
            let places = [0, 1, 2].map(|version| place(&entries, label, version, starts[version]));
            match &renamed {
                // One entry that each side gave another name.
                Some([gone, ours, theirs]) if *ours == [label] && theirs.len() == 1 => {
                    let other = theirs[0];
                    let gone = match gone.as_slice() {
                        [gone] => entries.row(*gone)[0],
                        _ => None,
                    };
                    let in_base = places[0].min(place(&entries, other, 0, starts[0]));
                    let in_theirs = place(&entries, other, 2, starts[2]);
                    self.contest(
                        [gone, versions[1], entries.row(other)[2]],
                        [in_base, places[1], in_theirs],
                    );
                }
                // It is in that conflict.
                Some([_, ours, theirs]) if *theirs == [label] && ours.len() == 1 => {}
                Some([_, ours, theirs]) if ours.contains(&label) || theirs.contains(&label) => {
                    self.contest(versions, places);
                }
                _ => self.entry(versions, places),
            }
        }
    }

    /// Returns the entries of ours and theirs in the order of the result, and records it where that
    /// order depends on which side is ours.
    fn woven(&mut self, entries: &MatchedChildren<&[u8], &Entry>) -> Vec<Label> {
        let [base, ours, theirs] = &entries.orders;
        let result = woven(base, ours, theirs);
        if result != woven(base, theirs, ours) {
            self.settle(MergeRule::Order, Location::File);
        }
        result
    }

    fn entry(&mut self, versions: Versions<'_>, places: [usize; 3]) {
        let [base, ours, theirs] = versions;
        let place = location(versions, places);
        match (base, ours, theirs) {
            (_, None, None) => self.settle(MergeRule::Agreement, place),
            (None, Some(ours), None) => {
                self.settle(MergeRule::OnlyOurs, place);
                self.take(Side::Ours, ours.lines());
            }
            (None, None, Some(theirs)) => {
                self.settle(MergeRule::OnlyTheirs, place);
                self.take(Side::Theirs, theirs.lines());
            }
            (Some(base), Some(ours), None) => match self.is_as_it_was(base, Side::Ours, ours) {
                true => self.settle(MergeRule::OnlyTheirs, place),
                false => self.contest(versions, places),
            },
            (Some(base), None, Some(theirs)) => {
                match self.is_as_it_was(base, Side::Theirs, theirs) {
                    true => self.settle(MergeRule::OnlyOurs, place),
                    false => self.contest(versions, places),
                }
            }
            (base, Some(ours), Some(theirs)) => self.edited(base, ours, theirs),
        }
    }

    /// Merges an entry that both sides have: by the entries in it where all versions have some,
    /// else as a text.
    fn edited(&mut self, base: Option<&Entry>, ours: &Entry, theirs: &Entry) {
        let whole = [
            base.map(Entry::lines),
            Some(ours.lines()),
            Some(theirs.lines()),
        ];
        let has_parts = base.is_none_or(|base| base.inner.is_some());
        let (Some(in_ours), Some(in_theirs), true) = (&ours.inner, &theirs.inner, has_parts) else {
            return self.text(whole);
        };
        match base {
            Some(base) => self.text([base, ours, theirs].map(|entry| Some(entry.front()))),
            None if self.is_equal(Side::Ours, &ours.head, Side::Theirs, &theirs.head) => {
                self.lead_of_both(ours, theirs);
                self.take(Side::Ours, ours.head.clone());
            }
            None => return self.text(whole),
        }
        let in_base = base
            .and_then(|base| base.inner.as_deref())
            .unwrap_or_default();
        let starts =
            [base, Some(ours), Some(theirs)].map(|entry| entry.map_or(0, |entry| entry.head.end));
        self.siblings([in_base, in_ours, in_theirs], starts);
        self.text([base, Some(ours), Some(theirs)].map(|entry| Some(entry?.tail.clone())));
    }

    /// Writes what stands before an entry that both added. Blank lines there are layout, comments
    /// aren't.
    fn lead_of_both(&mut self, ours: &Entry, theirs: &Entry) {
        if self.comments(Side::Ours, &ours.lead) != self.comments(Side::Theirs, &theirs.lead) {
            return self.text([None, Some(ours.lead.clone()), Some(theirs.lead.clone())]);
        }
        match self.texts.fuller(&ours.lead, &theirs.lead) {
            Side::Theirs => self.take(Side::Theirs, theirs.lead.clone()),
            _ => self.take(Side::Ours, ours.lead.clone()),
        }
    }

    fn comments(&self, side: Side, lines: &Lines) -> Vec<&'a [u8]> {
        let lines = self.texts.side(side).lines(lines);
        lines.filter(|line| !line.trim_ascii().is_empty()).collect()
    }

    /// Merges lines as a text of its own.
    fn text(&mut self, lines: [Option<Lines>; 3]) {
        let [base, ours, theirs] = lines.map(|lines| lines.unwrap_or(0..0));
        let lines = [base, ours, theirs];
        let [base, ours, theirs] =
            [0, 1, 2].map(|version| self.bytes(Side::ALL[version], &lines[version]));
        if let Some(side) = trivial_merge(base, ours, theirs) {
            return self.take(side, lines[side as usize].clone());
        }
        let merge = (self.body)(&Sides { base, ours, theirs });
        self.append(merge, lines);
    }

    /// Writes the merge of some lines. Its pieces are places in those lines, and become places in
    /// the texts.
    fn append(&mut self, merge: Merge, lines: [Lines; 3]) {
        let starts = [0, 1, 2].map(|version| {
            self.texts
                .side(Side::ALL[version])
                .span(&lines[version])
                .start
        });
        for piece in merge.pieces {
            match piece {
                Piece::Take(side, span) => self.push(side, shifted(span, starts[side as usize])),
                Piece::Conflict(conflict) => {
                    self.out.pieces.push(Piece::Conflict(Conflict {
                        place: place_in(&lines, conflict.place),
                        base: conflict.base.map(|span| shifted(span, starts[0])),
                        ours: conflict.ours.map(|span| shifted(span, starts[1])),
                        theirs: conflict.theirs.map(|span| shifted(span, starts[2])),
                        ..conflict
                    }));
                }
                other => self.out.pieces.push(other),
            }
        }
        for settled in merge.resolutions {
            self.out.resolutions.push(Resolution {
                place: place_in(&lines, settled.place),
                ..settled
            });
        }
    }

    fn contest(&mut self, versions: Versions<'_>, places: [usize; 3]) {
        let spans = [0, 1, 2].map(|version| {
            let lines = versions[version]?.lines();
            Some(self.texts.side(Side::ALL[version]).span(&lines))
        });
        let [base, ours, theirs] = spans;
        let conflict = Conflict {
            place: location(versions, places),
            base,
            ours,
            theirs,
            lead: String::new(),
            trail: String::new(),
        };
        self.out.pieces.push(Piece::Conflict(conflict));
    }

    fn settle(&mut self, rule: MergeRule, place: Location) {
        self.out.resolutions.push(Resolution { rule, place });
    }

    fn take(&mut self, side: Side, lines: Lines) {
        self.push(side, self.texts.side(side).span(&lines));
    }

    fn push(&mut self, side: Side, span: Range<usize>) {
        match self.out.pieces.last_mut() {
            _ if span.is_empty() => {}
            Some(Piece::Take(last, before)) if *last == side && before.end == span.start => {
                before.end = span.end;
            }
            _ => self.out.pieces.push(Piece::Take(side, span)),
        }
    }

    fn bytes(&self, side: Side, lines: &Lines) -> &'a [u8] {
        &self.sides.of(side)[self.texts.side(side).span(lines)]
    }

    fn is_equal(&self, one: Side, lines: &Lines, other: Side, others: &Lines) -> bool {
        self.bytes(one, lines) == self.bytes(other, others)
    }

    /// Returns whether a side left an entry alone, except for the order of the entries in it and
    /// for blank lines.
    fn is_as_it_was(&self, base: &Entry, side: Side, entry: &Entry) -> bool {
        if self.own(Side::Base, base) != self.own(side, entry) {
            return false;
        }
        let (inner, others) = match (&base.inner, &entry.inner) {
            (Some(inner), Some(others)) if inner.len() == others.len() => (inner, others),
            (None, None) => return true,
            _ => return false,
        };
        let named: HashMap<&[u8], &Entry> = others
            .iter()
            .map(|entry| (entry.name.as_slice(), entry))
            .collect();
        inner.iter().all(|base| {
            let entry = named.get(base.name.as_slice());
            entry.is_some_and(|entry| self.is_as_it_was(base, side, entry))
        })
    }

    /// Returns the lines of an entry apart from the entries in it, without blank lines around them.
    fn own(&self, side: Side, entry: &Entry) -> [Vec<&'a [u8]>; 3] {
        [&entry.lead, &entry.head, &entry.tail].map(|lines| self.says(side, lines))
    }

    /// Returns lines without the blank ones at both ends.
    fn says(&self, side: Side, lines: &Lines) -> Vec<&'a [u8]> {
        let mut said: Vec<&[u8]> = self.texts.side(side).lines(lines).collect();
        while said.last().is_some_and(|line| is_blank(line)) {
            said.pop();
        }
        let blank = said.iter().take_while(|line| is_blank(line)).count();
        said.split_off(blank)
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

fn shifted(span: Range<usize>, by: usize) -> Range<usize> {
    span.start + by..span.end + by
}

/// Returns the lines of an entry in each version: none, at its place, in one that lacks it.
fn location(versions: Versions<'_>, places: [usize; 3]) -> Location {
    let [base, ours, theirs] = [0, 1, 2].map(|version| {
        let place = places[version]..places[version];
        versions[version].map_or(place, Entry::lines)
    });
    Location::Lines { base, ours, theirs }
}

/// Returns a place in some lines of the three versions as a place in the texts.
fn place_in(lines: &[Lines; 3], place: Location) -> Location {
    let [in_base, in_ours, in_theirs] = lines.clone();
    match place {
        Location::Lines { base, ours, theirs } => Location::Lines {
            base: shifted(base, in_base.start),
            ours: shifted(ours, in_ours.start),
            theirs: shifted(theirs, in_theirs.start),
        },
        Location::File | Location::Value(_) => Location::Lines {
            base: in_base,
            ours: in_ours,
            theirs: in_theirs,
        },
    }
}

/// Returns the entries of either side in one order; where both added some at one place, those of
/// the first side come first.
fn woven(base: &[Label], ours: &[Label], theirs: &[Label]) -> Vec<Label> {
    let of_ours: HashSet<Label> = ours.iter().copied().collect();
    let order = order::of(base, ours, theirs);
    order::interleave(order, ours, theirs, |one, _| of_ours.contains(&one))
}

/// Returns the entries of one container, matched by their names.
fn matched(siblings: [&[Entry]; 3]) -> MatchedChildren<&[u8], &Entry> {
    let mut matched = MatchedChildren::default();
    for (version, entries) in siblings.into_iter().enumerate() {
        for entry in entries {
            matched.add(version, entry.name.as_slice(), entry);
        }
    }
    matched
}

/// Returns the line at which an entry is in a version, or would be: right after the nearest entry
/// before it that the version has.
fn place(
    entries: &MatchedChildren<&[u8], &Entry>,
    label: Label,
    version: usize,
    start: usize,
) -> usize {
    let row = entries.row(label);
    if let Some(entry) = row[version] {
        return entry.lead.start;
    }
    let Some(other) = row.iter().position(Option::is_some) else {
        return start;
    };
    let mut place = start;
    for sibling in &entries.orders[other] {
        if *sibling == label {
            break;
        }
        if let Some(entry) = entries.row(*sibling)[version] {
            place = entry.tail.end;
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::json::Policies;
    use crate::merge::merge;

    #[test]
    fn what_settled_an_entry_is_said_of_its_lines() {
        let merge = merge(
            FileKind::Toml,
            &Sides {
                base: b"[a]\nx = 1\ny = 2\n\n[b]\nz = 3\n",
                ours: b"[b]\nz = 3\n\n[a]\ny = 2\nx = 1\n",
                theirs: b"[a]\nx = 8\ny = 2\n\n[b]\nz = 3\nnew = 9\n",
            },
            Policies::NONE,
        );
        let place = Location::Lines {
            base: 6..6,
            ours: 2..2,
            theirs: 6..7,
        };
        assert!(merge.uses(MergeRule::Entries), "{merge:?}");
        let rule = MergeRule::OnlyTheirs;
        assert!(
            merge.resolutions.contains(&Resolution { rule, place }),
            "{merge:?}"
        );
    }
}
