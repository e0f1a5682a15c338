//! Texts of entries, entry by entry: tables and keys of TOML, keys of YAML mappings, and those of
//! the frontmatter of Markdown.
//!
//! An entry is whole lines: the comments and blank lines before it, its own, and those of the
//! entries in it. It is told apart by its name among its siblings, so it doesn't matter where a
//! side has it: **order is a preference, ours's where both have one, and never a conflict**. What
//! is no entry, a list or a text of several lines, is merged as a text of its own. A conflict is
//! about one entry, or a part of its text, and withholds nothing else.

mod toml;
mod yaml;

use std::ops::Range;

use foldhash::{HashMap, HashSet};

use super::kind::FileKind;
use super::marking::frontmatter;
use super::order::{self, Label};
use super::pieces::{Conflict, Location, Merge, Piece, Resolution, Side, Sides};
use super::rule::MergeRule;
use super::text::lines::{Text, Texts};

/// Lines of one version.
type Lines = Range<usize>;

/// An entry of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// What it is told apart by among its siblings.
    name: Vec<u8>,
    /// The comments and blank lines before it.
    lead: Lines,
    /// Its own lines: all of it, where nothing is in it.
    head: Lines,
    /// The entries in it, where its lines are some.
    inner: Option<Vec<Entry>>,
    /// What closes it.
    tail: Lines,
}

impl Entry {
    /// An entry that is merged as a text.
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

    /// Returns all its lines.
    fn lines(&self) -> Lines {
        self.lead.start..self.tail.end
    }
}

/// The entries of one version.
#[derive(Debug)]
pub struct Outline {
    entries: Vec<Entry>,
    /// Where the comments behind the last one start.
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

/// Merges three texts whose lines all end, entry by entry: these are the entries of base, ours and
/// theirs. `body` merges what is no entry.
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
        let text = texts.side(SIDES[version]);
        Some(outlines[version].end..text.count())
    }));
    weaver.settle(MergeRule::Entries);
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

const SIDES: [Side; 3] = [Side::Base, Side::Ours, Side::Theirs];

impl<'a, B: Fn(&Sides<'a>) -> Merge> Weaver<'_, 'a, B> {
    /// Merges the entries of one container, which starts at these lines.
    fn siblings(&mut self, siblings: [&[Entry]; 3], starts: [usize; 3]) {
        let table = Table::of(siblings);
        let renamed = table.renamed_by_both();
        for label in self.woven(&table) {
            let versions = table.versions(label);
            // Where it would be in the version that lacks it.
            let places = [0, 1, 2].map(|version| table.place(label, version, starts[version]));
            match &renamed {
                Some(renamed) if renamed.ours == [label] && renamed.theirs.len() == 1 => {
                    let other = table.versions(renamed.theirs[0]);
                    let gone = match renamed.gone.as_slice() {
                        [gone] => table.versions(*gone)[0],
                        _ => None,
                    };
                    let other_place = table.place(renamed.theirs[0], 0, starts[0]);
                    let in_base = places[0].min(other_place);
                    let in_theirs = table.place(renamed.theirs[0], 2, starts[2]);
                    self.contest(
                        [gone, versions[1], other[2]],
                        [in_base, places[1], in_theirs],
                    );
                }
                Some(renamed) if renamed.theirs == [label] && renamed.ours.len() == 1 => {}
                Some(renamed) if renamed.is_new(label) => self.contest(versions, places),
                _ => self.entry(versions, places),
            }
        }
    }

    /// Returns the entries that ours or theirs has in the order of the result, and says where that
    /// is ours's alone.
    fn woven(&mut self, table: &Table<'_>) -> Vec<Label> {
        let [base, ours, theirs] = &table.orders;
        let woven = |order, ours: &[Label], theirs: &[Label]| {
            let of_ours: HashSet<Label> = ours.iter().copied().collect();
            order::weave(order, ours, theirs, |one, _| of_ours.contains(&one))
        };
        let result = woven(order::of(base, ours, theirs), ours, theirs);
        if result != woven(order::of(base, theirs, ours), theirs, ours) {
            self.settle(MergeRule::Order);
        }
        result
    }

    fn entry(&mut self, versions: Versions<'_>, places: [usize; 3]) {
        let [base, ours, theirs] = versions;
        match (base, ours, theirs) {
            (_, None, None) => self.settle(MergeRule::Agreement),
            (None, Some(ours), None) => {
                self.settle(MergeRule::OnlyOurs);
                self.take(Side::Ours, ours.lines());
            }
            (None, None, Some(theirs)) => {
                self.settle(MergeRule::OnlyTheirs);
                self.take(Side::Theirs, theirs.lines());
            }
            (Some(base), Some(ours), None) => match self.is_as_it_was(base, Side::Ours, ours) {
                true => self.settle(MergeRule::OnlyTheirs),
                false => self.contest(versions, places),
            },
            (Some(base), None, Some(theirs)) => {
                match self.is_as_it_was(base, Side::Theirs, theirs) {
                    true => self.settle(MergeRule::OnlyOurs),
                    false => self.contest(versions, places),
                }
            }
            (base, Some(ours), Some(theirs)) => self.edited(base, ours, theirs),
        }
    }

    /// Merges an entry that both sides have: part by part where it has some, else as a text.
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
        let front = |entry: &Entry| entry.lead.start..entry.head.end;
        match base {
            Some(base) => self.text([Some(front(base)), Some(front(ours)), Some(front(theirs))]),
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
        let tail = |entry: &Entry| entry.tail.clone();
        self.text([base.map(tail), Some(tail(ours)), Some(tail(theirs))]);
    }

    /// Writes what stands before an entry that both added: how far apart from the rest it stands is
    /// layout, comments are not.
    fn lead_of_both(&mut self, ours: &Entry, theirs: &Entry) {
        let comments = |side: Side, lines: &Lines| -> Vec<&[u8]> {
            let lines = self.texts.side(side).lines(lines);
            lines.filter(|line| !line.trim_ascii().is_empty()).collect()
        };
        if comments(Side::Ours, &ours.lead) != comments(Side::Theirs, &theirs.lead) {
            return self.text([None, Some(ours.lead.clone()), Some(theirs.lead.clone())]);
        }
        match self.texts.fuller(&ours.lead, &theirs.lead) {
            Side::Theirs => self.take(Side::Theirs, theirs.lead.clone()),
            _ => self.take(Side::Ours, ours.lead.clone()),
        }
    }

    /// Merges lines as a text of its own.
    fn text(&mut self, lines: [Option<Lines>; 3]) {
        let [base, ours, theirs] = lines.map(|lines| lines.unwrap_or(0..0));
        if self.is_equal(Side::Ours, &ours, Side::Theirs, &theirs)
            || self.is_equal(Side::Base, &base, Side::Theirs, &theirs)
        {
            return self.take(Side::Ours, ours);
        }
        if self.is_equal(Side::Base, &base, Side::Ours, &ours) {
            return self.take(Side::Theirs, theirs);
        }
        let lines = [base, ours, theirs];
        let bytes = |version: usize| self.bytes(SIDES[version], &lines[version]);
        let merge = (self.body)(&Sides {
            base: bytes(0),
            ours: bytes(1),
            theirs: bytes(2),
        });
        self.append(merge, lines);
    }

    /// Writes the merge of some lines, whose pieces are places in them, as places in the texts.
    fn append(&mut self, merge: Merge, lines: [Lines; 3]) {
        let starts =
            [0, 1, 2].map(|version| self.texts.side(SIDES[version]).span(&lines[version]).start);
        let shifted = |span: Range<usize>, by: usize| span.start + by..span.end + by;
        let place = |place: Location| match place {
            Location::Lines { base, ours, theirs } => Location::Lines {
                base: shifted(base, lines[0].start),
                ours: shifted(ours, lines[1].start),
                theirs: shifted(theirs, lines[2].start),
            },
            Location::File | Location::Value(_) => {
                let [base, ours, theirs] = lines.clone();
                Location::Lines { base, ours, theirs }
            }
        };
        for piece in merge.pieces {
            match piece {
                Piece::Take(side, span) => self.push(side, shifted(span, starts[side as usize])),
                Piece::Conflict(conflict) => {
                    let span = |span: Option<Range<usize>>, version: usize| {
                        span.map(|span| shifted(span, starts[version]))
                    };
                    self.out.pieces.push(Piece::Conflict(Conflict {
                        place: place(conflict.place),
                        base: span(conflict.base, 0),
                        ours: span(conflict.ours, 1),
                        theirs: span(conflict.theirs, 2),
                        ..conflict
                    }));
                }
                other => self.out.pieces.push(other),
            }
        }
        let settled = merge.settled.into_iter().map(|settled| Resolution {
            place: place(settled.place),
            ..settled
        });
        self.out.settled.extend(settled);
    }

    fn contest(&mut self, versions: Versions<'_>, places: [usize; 3]) {
        let lines = [0, 1, 2].map(|version| {
            let place = places[version]..places[version];
            versions[version].map_or(place, Entry::lines)
        });
        let span = |version: usize| {
            let entry = versions[version]?;
            Some(self.texts.side(SIDES[version]).span(&entry.lines()))
        };
        let conflict = Conflict {
            base: span(0),
            ours: span(1),
            theirs: span(2),
            place: {
                let [base, ours, theirs] = lines;
                Location::Lines { base, ours, theirs }
            },
            lead: String::new(),
            trail: String::new(),
        };
        self.out.pieces.push(Piece::Conflict(conflict));
    }

    fn settle(&mut self, rule: MergeRule) {
        self.out.settled.push(Resolution {
            rule,
            place: Location::File,
        });
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

    /// Returns whether a side left an entry alone, but for the order of what is in it and for blank
    /// lines.
    fn is_as_it_was(&self, base: &Entry, side: Side, entry: &Entry) -> bool {
        let own = |side: Side, entry: &Entry| {
            let lines = [entry.lead.clone(), entry.head.clone(), entry.tail.clone()];
            lines.map(|lines| self.says(side, lines))
        };
        let (inner, others) = match (&base.inner, &entry.inner) {
            (Some(inner), Some(others)) if inner.len() == others.len() => (inner, others),
            (None, None) => return own(Side::Base, base) == own(side, entry),
            _ => return false,
        };
        let named: HashMap<&[u8], &Entry> = others
            .iter()
            .map(|entry| (entry.name.as_slice(), entry))
            .collect();
        own(Side::Base, base) == own(side, entry)
            && inner.iter().all(|base| {
                let entry = named.get(base.name.as_slice());
                entry.is_some_and(|entry| self.is_as_it_was(base, side, entry))
            })
    }

    /// Returns lines without the blank ones before and behind what they say.
    fn says(&self, side: Side, lines: Lines) -> Vec<&'a [u8]> {
        let is_blank = |line: &[u8]| line.trim_ascii().is_empty();
        let mut said: Vec<&[u8]> = self.texts.side(side).lines(&lines).collect();
        while said.last().is_some_and(|line| is_blank(line)) {
            said.pop();
        }
        let blank = said.iter().take_while(|line| is_blank(line)).count();
        said.split_off(blank)
    }
}

/// The versions of the entries of one container.
struct Table<'e> {
    siblings: [&'e [Entry]; 3],
    /// Where each entry is in base, ours and theirs.
    rows: Vec<[Option<usize>; 3]>,
    /// Which entries base, ours and theirs have, in their order.
    orders: [Vec<Label>; 3],
}

/// Entries of which both sides took some out of base, and each put others in their stead: nobody
/// but a person can say which is which.
struct Renamed {
    gone: Vec<Label>,
    ours: Vec<Label>,
    theirs: Vec<Label>,
}

impl Renamed {
    fn is_new(&self, label: Label) -> bool {
        self.ours.contains(&label) || self.theirs.contains(&label)
    }
}

impl<'e> Table<'e> {
    fn of(siblings: [&'e [Entry]; 3]) -> Self {
        let mut known: HashMap<&[u8], Label> = HashMap::default();
        let mut rows: Vec<[Option<usize>; 3]> = Vec::new();
        let mut orders: [Vec<Label>; 3] = Default::default();
        for (version, entries) in siblings.into_iter().enumerate() {
            for (index, entry) in entries.iter().enumerate() {
                let label = *known.entry(&entry.name).or_insert(rows.len());
                if label == rows.len() {
                    rows.push([None; 3]);
                }
                rows[label][version] = Some(index);
                orders[version].push(label);
            }
        }
        Self {
            siblings,
            rows,
            orders,
        }
    }

    fn versions(&self, label: Label) -> Versions<'e> {
        [0, 1, 2].map(|version| {
            let index = self.rows[label][version]?;
            self.siblings[version].get(index)
        })
    }

    fn renamed_by_both(&self) -> Option<Renamed> {
        let are_in = |wanted: [bool; 3]| -> Vec<Label> {
            let is = |label: &Label| self.rows[*label].map(|index| index.is_some()) == wanted;
            (0..self.rows.len()).filter(is).collect()
        };
        let renamed = Renamed {
            gone: are_in([true, false, false]),
            ours: are_in([false, true, false]),
            theirs: are_in([false, false, true]),
        };
        let Renamed { gone, ours, theirs } = &renamed;
        let is_renamed = !gone.is_empty() && !ours.is_empty() && !theirs.is_empty();
        is_renamed.then_some(renamed)
    }

    /// Returns the line at which an entry is in a version, or would be: behind its nearest
    /// predecessor there.
    fn place(&self, label: Label, version: usize, start: usize) -> usize {
        let entries = self.siblings[version];
        if let Some(index) = self.rows[label][version] {
            return entries[index].lead.start;
        }
        let has_it = |other: &usize| self.rows[label][*other].is_some();
        let Some(other) = (0..3).find(has_it) else {
            return start;
        };
        let order = &self.orders[other];
        let before = order.iter().take_while(|sibling| **sibling != label);
        let nearest = before
            .filter_map(|sibling| self.rows[*sibling][version])
            .last();
        nearest.map_or(start, |index| entries[index].tail.end)
    }
}
