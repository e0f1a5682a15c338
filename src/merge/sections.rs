//! Merges Markdown section by section: a section that one side moved and the other edited is moved
//! and edited, and what both added under one heading is one section.
//!
//! A section is a heading with the text up to the next heading; the text before the first heading
//! is a section, too. It is known by its heading and those above it, so nothing is done where two
//! sections have the same path. The order of sections follows `order`, and each is merged as a text
//! of its own. It is all or nothing for a file.
//!
//! A merge by sections could also settle edits beside a section that the other side added or moved
//! away. Measured on merges that people made, none of them did the same, so those stay conflicts.

use std::borrow::Cow;
use std::ops::Range;

use foldhash::{HashMap, HashSet};

use super::matched::MatchedChildren;
use super::order::{self, Label, Order};
use super::pieces::{Location, Merge, Piece, Resolution, Side, Sides};
use super::rule::MergeRule;
use super::text::fences::Fences;
use super::text::headings::{level, title};

/// Merges three texts that end in a newline. `body` merges the text of one section, if it can.
///
/// Returns `None` where no section was moved and edited, or added by both. Also where two sections
/// have the same path, a section has a conflict, or both sides moved sections.
pub fn merge<'a>(sides: &Sides<'a>, body: impl Fn(&Sides<'a>) -> Option<Merge>) -> Option<Merge> {
    let table = Table::of(sides)?;
    let order = table.sections.order();
    if table.sections.rows().len() < 2 || order == Order::Contested || !table.asks_for_sections() {
        return None;
    }
    let mut merged = Vec::new();
    for label in 0..table.sections.rows().len() {
        merged.push(table.section(label).merged(&body)?);
    }
    let [ours, theirs] = [1, 2].map(|version| {
        let mut labels = table.sections.orders[version].clone();
        labels.retain(|label| merged[*label].pieces.is_some());
        labels
    });
    let woven = order::interleave(order, &ours, &theirs, |one, other| {
        table.section(one).sorts_before(&table.section(other))
    });
    if !table.has_each_below_its_headings(&woven) {
        return None;
    }
    let mut made = Merge::default();
    made.resolutions.push(Resolution {
        rule: MergeRule::Sections,
        place: Location::File,
    });
    for (index, label) in woven.iter().enumerate() {
        let part = &mut merged[*label];
        made.pieces.extend(part.pieces.take()?);
        made.resolutions.append(&mut part.settled);
        made.pieces.push(match woven.get(index + 1) {
            Some(next) => table.gap(*label, *next),
            None => table.end(),
        });
    }
    made.pieces
        .retain(|piece| !matches!(piece, Piece::Take(_, span) if span.is_empty()));
    Some(made)
}

/// A section of one version.
#[derive(Clone, Debug)]
struct Part {
    /// Its bytes without the blank lines at its end.
    said: Range<usize>,
    /// Where the next one starts.
    end: usize,
    /// Its first line, from 0.
    line: usize,
    level: usize,
}

/// Titles, from the outermost heading to the section's own.
type Path = Vec<Vec<u8>>;

/// Returns the sections of a text with their paths, if no two have the same.
fn outline(text: &[u8]) -> Option<Vec<(Path, Part)>> {
    if !text.ends_with(b"\n") {
        return None;
    }
    let mut parts: Vec<(Path, Part)> = Vec::new();
    let mut above: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut fences = Fences::default();
    let mut at = 0;
    for (index, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let content = line.trim_ascii_end();
        let heading = if fences.are_open() {
            None
        } else {
            level(content)
        };
        fences.read(content);
        if let Some(level) = heading {
            above.retain(|(other, _)| *other < level);
            above.push((level, title(content)));
        }
        if heading.is_some() || parts.is_empty() {
            let path = above.iter().map(|(_, title)| title.clone()).collect();
            parts.push((
                path,
                Part {
                    said: at..at,
                    end: at,
                    line: index,
                    level: heading.unwrap_or(0),
                },
            ));
        }
        let (_, part) = parts.last_mut()?;
        at += line.len();
        part.end = at;
        if !content.is_empty() {
            part.said.end = at;
        }
    }
    let mut known = HashSet::default();
    parts
        .iter()
        .all(|(path, _)| known.insert(path))
        .then_some(parts)
}

/// The sections of the three versions.
struct Table<'s, 'a> {
    sides: &'s Sides<'a>,
    sections: MatchedChildren<Path, Part>,
}

/// The versions of one section: base, ours and theirs.
#[derive(Clone, Copy)]
struct Section<'t, 'a> {
    sides: &'t Sides<'a>,
    path: &'t Path,
    parts: &'t [Option<Part>; 3],
}

/// What a section becomes; without pieces where a side deleted it.
struct Merged {
    pieces: Option<Vec<Piece>>,
    settled: Vec<Resolution>,
}

impl<'s, 'a> Table<'s, 'a> {
    /// Returns the sections, if no version has two with the same path.
    fn of(sides: &'s Sides<'a>) -> Option<Self> {
        let mut sections = MatchedChildren::default();
        for (version, side) in Side::ALL.into_iter().enumerate() {
            for (path, part) in outline(sides.of(side))? {
                sections.add(version, path, part);
            }
        }
        Some(Self { sides, sections })
    }

    fn section(&self, label: Label) -> Section<'_, 'a> {
        Section {
            sides: self.sides,
            path: self.sections.key(label),
            parts: self.sections.row(label),
        }
    }

    /// Returns whether a section was moved by one side and edited by the other, or added by both.
    fn asks_for_sections(&self) -> bool {
        let places = [0, 1, 2].map(|version| self.places(version));
        !self.sections.only_in([false, true, true]).is_empty()
            || self.is_moved_and_edited(&places[0], &places[1], 2)
            || self.is_moved_and_edited(&places[0], &places[2], 1)
    }

    /// Returns whether one side moved a section that the other one edited.
    fn is_moved_and_edited(&self, base: &Places, mover: &Places, editor: usize) -> bool {
        mover.iter().any(|(label, place)| {
            let section = self.section(*label);
            base[label] != *place && section.said(0) != section.said(editor)
        })
    }

    /// Returns the neighbours in a version of each section that all versions have; only such
    /// sections count as neighbours.
    fn places(&self, version: usize) -> Places {
        let mut all = self.sections.orders[version].clone();
        all.retain(|label| self.sections.row(*label).iter().all(Option::is_some));
        let mut places = Places::default();
        for (index, label) in all.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| all[before]);
            places.insert(*label, [before, all.get(index + 1).copied()]);
        }
        places
    }

    /// Returns whether, in an order, each section still stands below the headings of its path.
    fn has_each_below_its_headings(&self, order: &[Label]) -> bool {
        let mut above: Vec<(usize, &Vec<u8>)> = Vec::new();
        for (index, label) in order.iter().enumerate() {
            let path = self.sections.key(*label);
            let level = self.section(*label).level();
            match path.last() {
                None if index == 0 => {}
                None => return false,
                Some(title) => {
                    above.retain(|(other, _)| *other < level);
                    above.push((level, title));
                    if !above.iter().map(|(_, title)| *title).eq(path) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Returns the blank lines between two sections: those that a side has between these two, else
    /// those that one has beside either.
    fn gap(&self, first: Label, second: Label) -> Piece {
        let found = self.between(first, second);
        match found.or_else(|| self.beside(first, second)) {
            Some((side, span)) => Piece::Take(side, span),
            None if self.sides.ours.ends_with(b"\r\n") => Piece::Separator(Cow::Borrowed("\r\n")),
            None => Piece::Separator(Cow::Borrowed("\n")),
        }
    }

    /// Returns the blank lines between two sections where a side has one right after the other:
    /// those of the side that changed them, ours where both did.
    fn between(&self, first: Label, second: Label) -> Option<(Side, Range<usize>)> {
        let between = [0, 1, 2].map(|version| {
            self.gap_behind(version, first)
                .filter(|_| self.next(version, first) == Some(second))
        });
        let [base, ours, theirs] = [0, 1, 2].map(|version| {
            let span = between[version].clone()?;
            Some(&self.sides.of(Side::ALL[version])[span])
        });
        let side = match (base, ours, theirs) {
            (Some(base), Some(ours), Some(_)) if base == ours => Side::Theirs,
            (_, Some(_), _) => Side::Ours,
            (_, None, Some(_)) => Side::Theirs,
            (_, None, None) => return None,
        };
        Some((side, between[side as usize].clone()?))
    }

    /// Returns the blank lines after the first section, or before the second, on a side that has
    /// some there.
    fn beside(&self, first: Label, second: Label) -> Option<(Side, Range<usize>)> {
        let beside = [
            (Side::Ours, self.gap_behind(1, first)),
            (Side::Theirs, self.gap_behind(2, first)),
            (Side::Ours, self.gap_before(1, second)),
            (Side::Theirs, self.gap_before(2, second)),
        ];
        for (side, gap) in beside {
            if let Some(gap) = gap.filter(|gap| !gap.is_empty()) {
                return Some((side, gap));
            }
        }
        None
    }

    fn index(&self, version: usize, label: Label) -> Option<usize> {
        let order = &self.sections.orders[version];
        order.iter().position(|other| *other == label)
    }

    fn next(&self, version: usize, label: Label) -> Option<Label> {
        let index = self.index(version, label)?;
        self.sections.orders[version].get(index + 1).copied()
    }

    /// Returns the blank lines between a section and the next one of a version.
    fn gap_behind(&self, version: usize, label: Label) -> Option<Range<usize>> {
        self.next(version, label)?;
        Some(self.sections.row(label)[version].as_ref()?.gap())
    }

    /// Returns the blank lines between a section and the one before it in a version.
    fn gap_before(&self, version: usize, label: Label) -> Option<Range<usize>> {
        let before = self.index(version, label)?.checked_sub(1)?;
        let before = self.sections.orders[version][before];
        Some(self.sections.row(before)[version].as_ref()?.gap())
    }

    /// Returns the blank lines at the end of the text: those of the side that changed them, ours
    /// where both did.
    fn end(&self) -> Piece {
        let [base, ours, theirs] = [0, 1, 2].map(|version| {
            let last = self.sections.orders[version].last();
            let last = last.and_then(|label| self.sections.row(*label)[version].as_ref());
            last.map(Part::gap).unwrap_or_default()
        });
        match self.sides.base[base] == self.sides.ours[ours.clone()] {
            true => Piece::Take(Side::Theirs, theirs),
            false => Piece::Take(Side::Ours, ours),
        }
    }
}

/// The neighbours of sections.
type Places = HashMap<Label, [Option<Label>; 2]>;

impl Part {
    /// Returns the blank lines at the section's end.
    fn gap(&self) -> Range<usize> {
        self.said.end..self.end
    }
}

impl<'a> Section<'_, 'a> {
    /// Returns the level of the heading: that of the side that changed it, ours where both did; 0
    /// where there is no heading.
    fn level(&self) -> usize {
        let [base, ours, theirs] = self
            .parts
            .each_ref()
            .map(|part| part.as_ref().map(|part| part.level));
        let changed = match (ours, theirs) {
            (Some(_), _) if ours != base => ours,
            (_, Some(_)) if theirs != base => theirs,
            _ => None,
        };
        changed.or(ours).or(theirs).or(base).unwrap_or_default()
    }

    /// Returns whether it comes before another section that the other side has at the same place:
    /// the deeper one belongs to the section before.
    fn sorts_before(&self, other: &Self) -> bool {
        let (level, other_level) = (self.level(), other.level());
        level > other_level || level == other_level && self.path < other.path
    }

    /// Returns the text of one version, without blank lines at its end.
    fn said(&self, version: usize) -> Option<&'a [u8]> {
        let part = self.parts[version].as_ref()?;
        Some(&self.sides.of(Side::ALL[version])[part.said.clone()])
    }

    /// Merges the texts of the section's versions.
    fn merged(&self, body: &impl Fn(&Sides<'a>) -> Option<Merge>) -> Option<Merged> {
        match (self.said(0), self.said(1), self.said(2)) {
            (Some(base), Some(ours), Some(theirs)) => {
                self.shifted(body(&Sides { base, ours, theirs })?, Side::Base)
            }
            (None, Some(ours), Some(theirs)) => {
                // What both have in common is the heading, or nothing.
                let base = match self.path.is_empty() {
                    true => &ours[..0],
                    false if first_line(ours) == first_line(theirs) => first_line(ours),
                    false => return None,
                };
                self.shifted(body(&Sides { base, ours, theirs })?, Side::Ours)
            }
            (None, Some(_), None) => Some(self.whole(Side::Ours, MergeRule::OnlyOurs)),
            (None, None, Some(_)) => Some(self.whole(Side::Theirs, MergeRule::OnlyTheirs)),
            (Some(base), Some(ours), None) if base == ours => {
                Some(self.gone(MergeRule::OnlyTheirs))
            }
            (Some(base), None, Some(theirs)) if base == theirs => {
                Some(self.gone(MergeRule::OnlyOurs))
            }
            (Some(_), Some(_), None) | (Some(_), None, Some(_)) => None,
            (_, None, None) => Some(self.gone(MergeRule::Agreement)),
        }
    }

    /// Takes a section as a side has it.
    fn whole(&self, side: Side, rule: MergeRule) -> Merged {
        let part = self.parts[side as usize].as_ref();
        Merged {
            pieces: part.map(|part| vec![Piece::Take(side, part.said.clone())]),
            ..self.gone(rule)
        }
    }

    /// Leaves a section out.
    fn gone(&self, rule: MergeRule) -> Merged {
        Merged {
            pieces: None,
            settled: vec![Resolution {
                rule,
                place: self.place(),
            }],
        }
    }

    /// Returns the merge of a section's texts with places in the files. `base` says of which
    /// version the text was a part that served as base.
    fn shifted(&self, merge: Merge, base: Side) -> Option<Merged> {
        let mut pieces = Vec::new();
        for piece in merge.pieces {
            pieces.push(match piece {
                Piece::Take(side, span) => {
                    let side = if side == Side::Base { base } else { side };
                    let part = self.parts[side as usize].as_ref();
                    let start = part.map_or(0, |part| part.said.start);
                    Piece::Take(side, span.start + start..span.end + start)
                }
                Piece::Separator(_) => piece,
                // Merges of sections are clean.
                Piece::Restored(_) | Piece::Conflict(_) => return None,
            });
        }
        let mut settled = Vec::new();
        for resolution in merge.resolutions {
            if resolution.rule != MergeRule::Equal {
                settled.push(Resolution {
                    place: self.shifted_place(resolution.place),
                    ..resolution
                });
            }
        }
        Some(Merged {
            pieces: Some(pieces),
            settled,
        })
    }

    fn shifted_place(&self, place: Location) -> Location {
        match place {
            Location::Lines { base, ours, theirs } => Location::Lines {
                base: self.shifted_lines(0, base),
                ours: self.shifted_lines(1, ours),
                theirs: self.shifted_lines(2, theirs),
            },
            Location::File | Location::Value(_) => self.place(),
        }
    }

    fn shifted_lines(&self, version: usize, lines: Range<usize>) -> Range<usize> {
        let first = self.parts[version].as_ref().map_or(0, |part| part.line);
        lines.start + first..lines.end + first
    }

    /// Returns the line that the section starts with in each version.
    fn place(&self) -> Location {
        let [base, ours, theirs] = self.parts.each_ref().map(|part| {
            let part = part.as_ref();
            part.map_or(0..0, |part| part.line..part.line + 1)
        });
        Location::Lines { base, ours, theirs }
    }
}

fn first_line(text: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use crate::merge::json::Policies;
    use crate::merge::kind::FileKind;
    use crate::merge::pieces::Sides;

    /// Checks the merge of three texts, in both orders of the sides.
    #[track_caller]
    fn check(base: &str, ours: &str, theirs: &str, expected: Option<&str>) {
        for (ours, theirs) in [(ours, theirs), (theirs, ours)] {
            let sides = Sides {
                base: base.as_bytes(),
                ours: ours.as_bytes(),
                theirs: theirs.as_bytes(),
            };
            let merge = crate::merge::merge(FileKind::Markdown, &sides, Policies::NONE);
            let result = merge
                .is_clean()
                .then(|| String::from_utf8(merge.bytes(&sides)).unwrap());
            assert_eq!(result.as_deref(), expected);
        }
    }

    /// A text of sections, by their names; what follows a colon is what they say.
    fn text(sections: &str) -> String {
        let section = |section: &str| {
            let (name, said) = section.split_once(':').unwrap_or((section, section));
            format!("## {name}\n\nThis is about {said}.\nIt is short.\n")
        };
        format!(
            "# All\n\n{}",
            sections
                .split(' ')
                .map(section)
                .collect::<Vec<_>>()
                .join("\n")
        )
    }

    #[test]
    fn what_one_side_moved_and_the_other_edited_is_moved_and_edited() {
        check(
            &text("a b c d"),
            &text("a c d b"),
            &text("a b:words c d"),
            Some(&text("a c d b:words")),
        );
        check(
            &text("a b c d"),
            &text("d a b c"),
            &text("a b c:one d:two"),
            Some(&text("d:two a b c:one")),
        );
        check(
            &text("a b c"),
            &text("b c a"),
            &text("a:one x b c"),
            Some(&text("b c a:one x")),
        );
    }

    #[test]
    fn line_ends_of_windows_stay() {
        let windows = |sections: &str| text(sections).replace('\n', "\r\n");
        check(
            &windows("a b c d"),
            &windows("a c d b"),
            &windows("a b:words c d"),
            Some(&windows("a c d b:words")),
        );
    }

    #[test]
    fn what_both_added_under_one_heading_is_one_section() {
        let with = |items: &str| format!("{}\n## New\n\n{items}", text("a b"));
        check(
            &text("a b"),
            &with("- x\n"),
            &with("- x\n- y\n"),
            Some(&with("- x\n- y\n")),
        );
    }

    #[test]
    fn what_nobody_can_tell_is_a_conflict() {
        // Both moved, and in different ways; one deleted what the other edited.
        check(
            &text("a b c d"),
            &text("b a c d:one"),
            &text("a b d:two c"),
            None,
        );
        check(&text("a b c"), &text("c b"), &text("a:one b c"), None);
        // Two sections of one name.
        check(
            &text("a b a c"),
            &text("a a c b"),
            &text("a b:one a c"),
            None,
        );
        // The sections below went with the one above, and one of them was moved out.
        let deep = "# All\n\n## a\n\na\n\n### x\n\nx\n\n## b\n\nb\n";
        check(
            deep,
            "# All\n\n## b\n\nb\n\n## a\n\na\n\n### x\n\nx\n",
            "# All\n\n## a\n\na\n\n### x\n\nX\n\n## b\n\nb\n",
            Some("# All\n\n## b\n\nb\n\n## a\n\na\n\n### x\n\nX\n"),
        );
    }
}
