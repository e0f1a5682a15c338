//! Markdown section by section: what one side moved and the other edited is moved and edited, and
//! what both added under one heading is one section.
//!
//! A section is a heading with what stands below it up to the next heading; before the first one is
//! a section without a heading. It is told apart by its heading and those above it, so nothing is
//! done where two are called the same. Where sections go follows `order`; what is in one is merged
//! as a text of its own. It is all or nothing for a file.
//!
//! Tried on merges that people made, sections also settle edits beside a section that the other
//! side added or moved away; but in none of those did the person do the same, so they stay
//! conflicts.

use std::borrow::Cow;
use std::ops::Range;

use foldhash::{HashMap, HashSet};

use super::order::{self, Label, Order};
use super::pieces::{Location, Merge, Piece, Resolution, Side, Sides};
use super::rule::MergeRule;
use super::text::fences::Fences;
use super::text::headings::{level, title};

/// Merges three texts that end in a newline. `body` merges the text of one section, if it can.
///
/// Returns `None` where no section was moved and edited, or added by both; where sections can't be
/// told apart, a section is contested, or both sides moved some.
pub fn merge<'a>(sides: &Sides<'a>, body: impl Fn(&Sides<'a>) -> Option<Merge>) -> Option<Merge> {
    let [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map(outline);
    let mut table = Table::default();
    for (index, outline) in [base?, ours?, theirs?].into_iter().enumerate() {
        table.add(index, outline);
    }
    if table.rows.len() < 2 {
        return None;
    }
    let order = order::of(&table.orders[0], &table.orders[1], &table.orders[2]);
    if order == Order::Contested || !table.asks_for_sections(sides) {
        return None;
    }
    let mut made = Merge::default();
    made.settled.push(Resolution {
        rule: MergeRule::Sections,
        place: Location::File,
    });
    let merged: Option<Vec<_>> = table
        .rows
        .iter()
        .map(|row| row.merged(sides, &body))
        .collect();
    let mut merged = merged?;
    let kept = |labels: &[Label]| {
        labels
            .iter()
            .copied()
            .filter(|label| merged[*label].pieces.is_some())
            .collect()
    };
    let [ours, theirs]: [Vec<Label>; 2] = [kept(&table.orders[1]), kept(&table.orders[2])];
    // What is deeper belongs to what stands before.
    let rank = |label: Label| {
        (
            std::cmp::Reverse(table.rows[label].level()),
            &table.rows[label].path,
        )
    };
    let woven = order::weave(order, &ours, &theirs, |one, other| rank(one) < rank(other));
    if !table.has_each_below_its_headings(&woven) {
        return None;
    }
    for (index, label) in woven.iter().enumerate() {
        let part = &mut merged[*label];
        made.pieces.extend(part.pieces.take()?);
        made.settled.append(&mut part.settled);
        made.pieces.push(match woven.get(index + 1) {
            Some(next) => table.gap(*label, *next, sides),
            None => table.end(sides),
        });
    }
    made.pieces
        .retain(|piece| !matches!(piece, Piece::Take(_, span) if span.is_empty()));
    Some(made)
}

/// A section of one version.
#[derive(Clone, Debug)]
struct Part {
    /// What is said: its first byte to behind its last line that isn't blank.
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

/// The versions of all sections.
#[derive(Default)]
struct Table {
    rows: Vec<Row>,
    known: HashMap<Path, Label>,
    /// Which sections base, ours and theirs have, in their order.
    orders: [Vec<Label>; 3],
}

/// The versions of one section: base, ours and theirs.
struct Row {
    path: Path,
    parts: [Option<Part>; 3],
}

/// What becomes of a section; nothing stays of one that a side deleted.
struct Merged {
    pieces: Option<Vec<Piece>>,
    settled: Vec<Resolution>,
}

const SIDES: [Side; 3] = [Side::Base, Side::Ours, Side::Theirs];

impl Table {
    fn add(&mut self, version: usize, outline: Vec<(Path, Part)>) {
        for (path, part) in outline {
            let next = self.rows.len();
            let label = *self.known.entry(path.clone()).or_insert(next);
            if label == next {
                self.rows.push(Row {
                    path,
                    parts: [None, None, None],
                });
            }
            self.rows[label].parts[version] = Some(part);
            self.orders[version].push(label);
        }
    }

    /// Returns whether a section was moved by one side and edited by the other, or added by both.
    fn asks_for_sections(&self, sides: &Sides<'_>) -> bool {
        let is_in_all = |label: &&Label| self.rows[**label].parts.iter().all(Option::is_some);
        // Each section that all have, between its neighbours.
        let places = |version: usize| -> HashMap<Label, [Option<Label>; 2]> {
            let all: Vec<Label> = self.orders[version]
                .iter()
                .filter(is_in_all)
                .copied()
                .collect();
            let beside = |index: usize| {
                let before = index
                    .checked_sub(1)
                    .and_then(|before| all.get(before))
                    .copied();
                (all[index], [before, all.get(index + 1).copied()])
            };
            (0..all.len()).map(beside).collect()
        };
        let places = [0, 1, 2].map(places);
        let moved_and_edited = |mover: usize, editor: usize| {
            places[mover].iter().any(|(label, place)| {
                let row = &self.rows[*label];
                places[0][label] != *place && row.said(0, sides) != row.said(editor, sides)
            })
        };
        let is_of_both = |row: &Row| matches!(row.parts, [None, Some(_), Some(_)]);
        moved_and_edited(1, 2) || moved_and_edited(2, 1) || self.rows.iter().any(is_of_both)
    }

    /// Returns whether each section of an order has the headings above it that it had.
    fn has_each_below_its_headings(&self, order: &[Label]) -> bool {
        let mut above: Vec<(usize, &Vec<u8>)> = Vec::new();
        order.iter().enumerate().all(|(index, label)| {
            let row = &self.rows[*label];
            let Some(title) = row.path.last() else {
                return index == 0;
            };
            above.retain(|(other, _)| *other < row.level());
            above.push((row.level(), title));
            above.iter().map(|(_, title)| *title).eq(&row.path)
        })
    }

    /// Returns what stands between two sections: as a side has it between these, else as one has it
    /// beside one of them.
    fn gap(&self, first: Label, second: Label, sides: &Sides<'_>) -> Piece {
        let next = |version: usize, label: Label| {
            let order = &self.orders[version];
            order
                .iter()
                .position(|other| *other == label)
                .and_then(|index| order.get(index + 1))
                .copied()
        };
        let behind = |version: usize| {
            let part = self.rows[first].parts[version].as_ref()?;
            next(version, first).map(|_| part.said.end..part.end)
        };
        let before = |version: usize| {
            let order = &self.orders[version];
            let index = order
                .iter()
                .position(|other| *other == second)?
                .checked_sub(1)?;
            let part = self.rows[order[index]].parts[version].as_ref()?;
            Some(part.said.end..part.end)
        };
        let between = [0, 1, 2]
            .map(|version| behind(version).filter(|_| next(version, first) == Some(second)));
        let text = |version: usize| {
            between[version]
                .clone()
                .map(|span| &sides.of(SIDES[version])[span])
        };
        let found = match &between {
            [Some(_), Some(_), Some(theirs)] if text(0) == text(1) => {
                Some((Side::Theirs, theirs.clone()))
            }
            [_, Some(ours), _] => Some((Side::Ours, ours.clone())),
            [_, None, Some(theirs)] => Some((Side::Theirs, theirs.clone())),
            _ => None,
        };
        let beside = || {
            let tries = [(1, true), (2, true), (1, false), (2, false)];
            tries.into_iter().find_map(|(version, is_behind)| {
                let span = if is_behind {
                    behind(version)
                } else {
                    before(version)
                };
                span.filter(|span| !span.is_empty())
                    .map(|span| (SIDES[version], span))
            })
        };
        match found.or_else(beside) {
            Some((side, span)) => Piece::Take(side, span),
            None if sides.ours.ends_with(b"\r\n") => Piece::Separator(Cow::Borrowed("\r\n")),
            None => Piece::Separator(Cow::Borrowed("\n")),
        }
    }

    /// Returns what the text ends with: who changed the blank lines there, ours where both did.
    fn end(&self, sides: &Sides<'_>) -> Piece {
        let ends = [0, 1, 2].map(|version| {
            let last = self.orders[version]
                .last()
                .and_then(|label| self.rows[*label].parts[version].as_ref());
            last.map(|part| part.said.end..part.end).unwrap_or_default()
        });
        let [base, ours, theirs] = ends;
        match sides.base[base] == sides.ours[ours.clone()] {
            true => Piece::Take(Side::Theirs, theirs),
            false => Piece::Take(Side::Ours, ours),
        }
    }
}

impl Row {
    /// Returns the level of the heading: who changed it, ours where both did; 0 where there is
    /// none.
    fn level(&self) -> usize {
        let level = |version: usize| self.parts[version].as_ref().map(|part| part.level);
        let changed =
            |version: usize| level(version).filter(|level_here| Some(*level_here) != level(0));
        changed(1)
            .or(changed(2))
            .or(level(1))
            .or(level(2))
            .or(level(0))
            .unwrap_or_default()
    }

    /// Returns what one version says.
    fn said<'a>(&self, version: usize, sides: &Sides<'a>) -> Option<&'a [u8]> {
        self.parts[version]
            .as_ref()
            .map(|part| &sides.of(SIDES[version])[part.said.clone()])
    }

    /// Merges what is said in the section's versions.
    fn merged<'a>(
        &self,
        sides: &Sides<'a>,
        body: &impl Fn(&Sides<'a>) -> Option<Merge>,
    ) -> Option<Merged> {
        let said = |version| self.said(version, sides);
        let whole = |version: usize, rule| Merged {
            pieces: self.parts[version]
                .as_ref()
                .map(|part| vec![Piece::Take(SIDES[version], part.said.clone())]),
            settled: vec![Resolution {
                rule,
                place: self.place(),
            }],
        };
        let gone = |rule| Merged {
            pieces: None,
            settled: vec![Resolution {
                rule,
                place: self.place(),
            }],
        };
        match (said(0), said(1), said(2)) {
            (Some(base), Some(ours), Some(theirs)) => {
                self.shifted(body(&Sides { base, ours, theirs })?, Side::Base)
            }
            (None, Some(ours), Some(theirs)) => {
                // Both have the heading in common, or nothing.
                let heading = |text: &'a [u8]| {
                    text.split_inclusive(|byte| *byte == b'\n')
                        .next()
                        .unwrap_or_default()
                };
                let base = if self.path.is_empty() {
                    &ours[..0]
                } else {
                    heading(ours)
                };
                (self.path.is_empty() || base == heading(theirs)).then_some(())?;
                self.shifted(body(&Sides { base, ours, theirs })?, Side::Ours)
            }
            (None, Some(_), None) => Some(whole(1, MergeRule::OnlyOurs)),
            (None, None, Some(_)) => Some(whole(2, MergeRule::OnlyTheirs)),
            (Some(base), Some(ours), None) => (base == ours).then(|| gone(MergeRule::OnlyTheirs)),
            (Some(base), None, Some(theirs)) => (base == theirs).then(|| gone(MergeRule::OnlyOurs)),
            (_, None, None) => Some(gone(MergeRule::Agreement)),
        }
    }

    /// Returns the merge of a section's texts as a part of the files'; what base was taken from is
    /// a part of a side.
    fn shifted(&self, merge: Merge, base: Side) -> Option<Merged> {
        let start = |side: Side| {
            self.parts[side as usize]
                .as_ref()
                .map_or(0, |part| part.said.start)
        };
        let line = |side: Side| {
            self.parts[side as usize]
                .as_ref()
                .map_or(0, |part| part.line)
        };
        let whose = |side: Side| if side == Side::Base { base } else { side };
        let piece = |piece: Piece| match piece {
            Piece::Take(side, span) => {
                let start = start(whose(side));
                Some(Piece::Take(
                    whose(side),
                    span.start + start..span.end + start,
                ))
            }
            Piece::Separator(_) => Some(piece),
            // The texts are merged without leaving anything open.
            Piece::Restored(_) | Piece::Conflict(_) => None,
        };
        let place = |place: Location| match place {
            Location::Lines { base, ours, theirs } => {
                let moved =
                    |lines: Range<usize>, side| lines.start + line(side)..lines.end + line(side);
                Location::Lines {
                    base: moved(base, Side::Base),
                    ours: moved(ours, Side::Ours),
                    theirs: moved(theirs, Side::Theirs),
                }
            }
            Location::File | Location::Value(_) => self.place(),
        };
        let settled = merge.settled.into_iter().map(|one| Resolution {
            rule: one.rule,
            place: place(one.place),
        });
        let is_news = |one: &Resolution| one.rule != MergeRule::Equal;
        let pieces: Option<Vec<Piece>> = merge.pieces.into_iter().map(piece).collect();
        Some(Merged {
            pieces: Some(pieces?),
            settled: settled.filter(is_news).collect(),
        })
    }

    /// Returns the line that the section starts with in each version.
    fn place(&self) -> Location {
        let first = |version: usize| {
            self.parts[version]
                .as_ref()
                .map_or(0..0, |part| part.line..part.line + 1)
        };
        Location::Lines {
            base: first(0),
            ours: first(1),
            theirs: first(2),
        }
    }
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
