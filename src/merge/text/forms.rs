//! Merges Markdown by what its lines say, whatever their layout: where a formatter went over one
//! side, the result has that side's lines, with the other side's edits in them.
//!
//! Lines are compared in one form (`markdown::canonical`). Blank lines aren't compared: those
//! before a line belong to its layout, and how many there are is merged as a scalar. A line that
//! one side edited and the other only reformatted gets the edit of the one and, word by word, the
//! layout of the other, where it still says the same.
//!
//! **The result, in one form, is what merging the forms gives.** That is checked on the whole
//! result, since a line may say something else at another place; where it fails, there is no merge.

use std::cell::{Cell, OnceCell};
use std::ops::Range;
use std::rc::Rc;

use crate::model::operations::Algorithm;
use foldhash::{HashMap, HashSet};

use super::emit::Emitter;
use super::gates;
use super::lines::{SPEAKS, Text, Texts, speaks};
use super::regions::{LineEdit, Region, RegionKind, Regions, edits};
use super::rules::{self, Clash, FileFacts, RulePart, RuleSet, Settlement};
use super::{Comparer, place};
use crate::merge::kind::FileKind;
use crate::merge::markdown;
use crate::merge::pieces::{Merge, Resolution, Side, Sides};
use crate::merge::rule::MergeRule;
use crate::merge::trivial::trivial_merge;

/// Numbers what lines say in one form: equal forms have equal numbers, in all texts.
#[derive(Debug, Default)]
pub struct Forms {
    numbers: HashMap<Vec<u8>, u32>,
}

impl Forms {
    fn of(&mut self, lines: &[&[u8]]) -> Vec<u32> {
        let mut ids = Vec::with_capacity(lines.len());
        for form in markdown::canonical(lines) {
            let says = match markdown::speaks(&form) && form != markdown::UNDERLINE {
                true => SPEAKS,
                false => 0,
            };
            let next = u32::try_from(self.numbers.len() << 1)
                .expect("a file of so many lines fits no memory");
            ids.push(*self.numbers.entry(form).or_insert(next | says));
        }
        ids
    }

    fn is_underline(&self, id: u32) -> bool {
        self.numbers.get(markdown::UNDERLINE) == Some(&id)
    }
}

/// A line that isn't blank, together with the line below it if that makes it a heading.
#[derive(Clone, Debug)]
struct Unit {
    /// The blank lines before it.
    gap: Range<usize>,
    lines: Range<usize>,
}

struct Version<'t, 'a> {
    text: &'t Text<'a>,
    units: Vec<Unit>,
    /// The number of what each unit says.
    ids: Vec<u32>,
    /// The blank lines at the end.
    end: Range<usize>,
}

impl<'t, 'a> Version<'t, 'a> {
    fn of(text: &'t Text<'a>, forms: &Forms) -> Self {
        let (mut units, mut ids): (Vec<Unit>, Vec<u32>) = (Vec::new(), Vec::new());
        let mut at = 0;
        for (line, id) in text.ids.iter().enumerate() {
            let is_next = units.last().is_some_and(|unit| unit.lines.end == line);
            if speaks(*id) {
                units.push(Unit {
                    gap: at..line,
                    lines: line..line + 1,
                });
                ids.push(*id);
                at = line + 1;
            } else if forms.is_underline(*id)
                && is_next
                && let Some(unit) = units.last_mut()
            {
                unit.lines.end = line + 1;
                at = line + 1;
            }
        }
        Self {
            text,
            units,
            ids,
            end: at..text.count(),
        }
    }

    fn said(&self, unit: usize) -> Vec<&'a [u8]> {
        self.text.lines(&self.units[unit].lines).collect()
    }

    /// Returns the lines of some units, without the blank ones before the first.
    fn lines(&self, units: &Range<usize>) -> Range<usize> {
        match units.is_empty() {
            true => {
                let before = units.start.checked_sub(1);
                let end = before.map_or(0, |before| self.units[before].lines.end);
                end..end
            }
            false => self.units[units.start].lines.start..self.units[units.end - 1].lines.end,
        }
    }

    /// Returns the blank lines before a unit, or at the end.
    fn gap(&self, unit: usize) -> Range<usize> {
        self.units
            .get(unit)
            .map_or(self.end.clone(), |unit| unit.gap.clone())
    }

    fn edit(&self, base: &Version<'_, '_>, edit: &LineEdit) -> LineEdit {
        LineEdit {
            base: base.lines(&edit.base),
            side: self.lines(&edit.side),
        }
    }
}

struct Units<'t, 'a> {
    texts: Texts<'a>,
    versions: [Version<'t, 'a>; 3],
    regions: Regions,
    /// How many lines each side only reformatted.
    laid_out: [usize; 2],
    /// Which mark of lists each side has for a mark of base; `None` where it has several.
    marks: [HashMap<u8, Option<(usize, u8)>>; 2],
}

/// Merges three versions of a Markdown text by what their lines say. Returns `None` where no side
/// was reformatted, or the result can't be proved.
pub fn merge<'a>(comparer: &Comparer<'a>, texts: &Texts<'a>, sides: &Sides<'a>) -> Option<Merge> {
    if comparer.kind != FileKind::Markdown || texts.envelope.mixed || !texts.are_small() {
        return None;
    }
    let mut forms = Forms::default();
    let [base, ours, theirs] = [&texts.base, &texts.ours, &texts.theirs].map(|text| {
        let lines: Vec<&[u8]> = text.lines(&(0..text.count())).collect();
        Rc::new(text.numbered(text.number, forms.of(&lines)))
    });
    if !is_laid_out(texts, [&base, &ours, &theirs]) {
        return None;
    }
    let versions = [&*base, &*ours, &*theirs].map(|text| Version::of(text, &forms));
    let [in_base, in_ours, in_theirs] = [&versions[0].ids, &versions[1].ids, &versions[2].ids];
    let [of_ours, of_theirs] =
        [in_ours, in_theirs].map(|side| Rc::from(edits(Algorithm::Patience, in_base, side)));
    let regions = Regions::over([in_base, in_ours, in_theirs], of_ours, of_theirs);
    let mut units = Units {
        texts: texts.numbered([&base, &ours, &theirs].map(Rc::clone)),
        versions,
        regions,
        laid_out: [0; 2],
        marks: Default::default(),
    };
    units.look_at_layout();
    let (merge, says) = units.merged();
    let is_proved = [Side::Ours, Side::Theirs].into_iter().all(|side| {
        let result = merge.taking(side, sides);
        let text = String::from_utf8_lossy(&result).replace("\r\n", "\n");
        let lines: Vec<&[u8]> = text
            .as_bytes()
            .split(|byte| matches!(byte, b'\r' | b'\n'))
            .collect();
        let found = forms.of(&lines).into_iter().filter(|id| speaks(*id));
        let found: Vec<u32> = found.collect();
        let expected = &says[usize::from(side == Side::Theirs)];
        found.len() == expected.len()
            && found
                .iter()
                .zip(expected)
                .all(|(found, expected)| expected.is_none_or(|expected| expected == *found))
    });
    is_proved.then_some(merge)
}

/// Returns whether some lines of two versions are equal in one form, but written differently.
fn is_laid_out(texts: &Texts<'_>, forms: [&Rc<Text<'_>>; 3]) -> bool {
    let mut known: HashMap<u32, u32> = HashMap::default();
    Side::ALL.into_iter().zip(forms).any(|(side, forms)| {
        let mut pairs = forms.ids.iter().zip(&texts.side(side).ids);
        pairs.any(|(form, line)| speaks(*form) && *known.entry(*form).or_insert(*line) != *line)
    })
}

/// What each line of the result says, if that is known, with ours and with theirs at the conflicts.
type Says = [Vec<Option<u32>>; 2];

/// What all clashes of a file share.
struct ClashFacts<'a> {
    file: FileFacts,
    left: Cell<usize>,
    known: OnceCell<HashSet<&'a [u8]>>,
}

impl<'a> Units<'_, 'a> {
    /// Finds out how many lines each side reformatted, and how it marks lists.
    fn look_at_layout(&mut self) {
        for region in &self.regions.list {
            for (index, side) in [&region.ours, &region.theirs].into_iter().enumerate() {
                let is_same = matches!(
                    (&region.what, index),
                    (RegionKind::Same, _) | (RegionKind::Theirs, 0) | (RegionKind::Ours, 1)
                );
                if !is_same {
                    continue;
                }
                for (unit, base) in side.clone().zip(region.base.clone()) {
                    let [was, is] = [
                        self.versions[0].said(base),
                        self.versions[index + 1].said(unit),
                    ];
                    self.laid_out[index] += usize::from(was != is);
                    let (Some((_, was)), Some((at, is))) = (bullet(was[0]), bullet(is[0])) else {
                        continue;
                    };
                    let start = self.versions[index + 1].units[unit].lines.start;
                    let at = self.versions[index + 1].text.content(start).start + at;
                    let known = self.marks[index].entry(was).or_insert(Some((at, is)));
                    // Two marks for one mark of base: nobody can say what the next list gets.
                    if known.is_some_and(|(_, known)| known != is) {
                        *known = None;
                    }
                }
            }
        }
    }

    /// Returns the side whose layout is taken where both have a new one: the one that reformatted
    /// more lines. The values break a tie, so that swapped sides give the same.
    fn layout_of<T: Ord>(&self, ours: T, theirs: T) -> Side {
        let [in_ours, in_theirs] = self.laid_out;
        match in_ours.cmp(&in_theirs).then(ours.cmp(&theirs)).is_ge() {
            true => Side::Ours,
            false => Side::Theirs,
        }
    }

    /// Returns the side whose layout is taken, where each version has a value for it.
    fn chosen<T: Ord>(&self, [base, ours, theirs]: [T; 3]) -> Side {
        match trivial_merge(&base, &ours, &theirs) {
            Some(side) => side,
            None => self.layout_of(ours, theirs),
        }
    }

    fn merged(&self) -> (Merge, Says) {
        let mut emitter = Emitter::new(&self.texts);
        let (mut settled, mut says) = (Vec::new(), Says::default());
        let facts = ClashFacts {
            file: FileFacts::default(),
            left: Cell::new(rules::MOST_STEPS),
            known: OnceCell::new(),
        };
        for region in &self.regions.list {
            let lines = self.in_lines(region);
            let in_ours = self.ids(Side::Ours, &region.ours);
            let in_theirs = self.ids(Side::Theirs, &region.theirs);
            let (rule, said) = match &region.what {
                RegionKind::Same | RegionKind::Both => {
                    self.same(region, &mut emitter);
                    let rule = match region.what {
                        RegionKind::Both => Some(MergeRule::Agreement),
                        _ if self.is_relaid(region) => Some(MergeRule::Layout),
                        _ => None,
                    };
                    (rule, [in_ours.clone(), in_ours])
                }
                RegionKind::Ours => {
                    self.edited(Side::Ours, region, &mut emitter);
                    (Some(MergeRule::OnlyOurs), [in_ours.clone(), in_ours])
                }
                RegionKind::Theirs => {
                    self.edited(Side::Theirs, region, &mut emitter);
                    (Some(MergeRule::OnlyTheirs), [in_theirs.clone(), in_theirs])
                }
                RegionKind::Clash { ours, theirs } => {
                    self.gap_before_clash(region, &mut emitter);
                    match self.settlement(&lines, [ours, theirs], &facts) {
                        Some((rule, runs)) => {
                            let said = self.said_by(&runs);
                            runs.into_iter().for_each(|run| emitter.run(run));
                            (Some(rule), [said.clone(), said])
                        }
                        None => {
                            emitter.conflict(&lines, place(&lines));
                            (None, [in_ours, in_theirs])
                        }
                    }
                }
            };
            settled.extend(rule.map(|rule| Resolution {
                rule,
                place: place(&lines),
            }));
            for (says, said) in says.iter_mut().zip(said) {
                says.extend(said);
            }
        }
        let ends = self.versions.each_ref().map(|version| version.end.clone());
        self.gap(ends, &mut emitter);
        let newline = self
            .texts
            .envelope
            .rewrites
            .then_some(self.texts.envelope.newline);
        let merge = Merge {
            pieces: emitter.finish(),
            resolutions: settled,
            newline,
        };
        (merge, says)
    }

    /// Returns what the rules make of a place that both sides changed by these edits.
    fn settlement(
        &self,
        lines: &Region,
        [ours, theirs]: [&Range<usize>; 2],
        facts: &ClashFacts<'a>,
    ) -> Option<Settlement> {
        let clash = Clash {
            kind: FileKind::Markdown,
            texts: &self.texts,
            region: lines,
            ours: &self.edits(Side::Ours, ours.clone()),
            theirs: &self.edits(Side::Theirs, theirs.clone()),
            file: &facts.file,
            left: &facts.left,
        };
        rules::settle(&clash, RuleSet::NoneThatContains).filter(|(_, runs)| {
            gates::keeps_removals(&self.texts, lines, runs)
                && gates::keeps_every_word(&self.texts, lines, runs, &facts.known)
        })
    }

    fn ids(&self, side: Side, units: &Range<usize>) -> Vec<Option<u32>> {
        let ids = &self.versions[side as usize].ids;
        ids[units.clone()].iter().copied().map(Some).collect()
    }

    fn in_lines(&self, region: &Region) -> Region {
        let [base, ours, theirs] = &self.versions;
        Region {
            base: base.lines(&region.base),
            ours: ours.lines(&region.ours),
            theirs: theirs.lines(&region.theirs),
            what: region.what.clone(),
        }
    }

    fn edits(&self, side: Side, range: Range<usize>) -> Vec<LineEdit> {
        let (edits, version) = match side {
            Side::Theirs => (&self.regions.theirs, &self.versions[2]),
            _ => (&self.regions.ours, &self.versions[1]),
        };
        let base = &self.versions[0];
        edits[range]
            .iter()
            .map(|edit| version.edit(base, edit))
            .collect()
    }

    fn is_relaid(&self, region: &Region) -> bool {
        let [base, ours, theirs] = [&region.base, &region.ours, &region.theirs];
        base.clone()
            .zip(ours.clone().zip(theirs.clone()))
            .any(|(base, (ours, theirs))| {
                let base = self.versions[0].said(base);
                self.versions[1].said(ours) != base || self.versions[2].said(theirs) != base
            })
    }

    /// Writes blank lines: those of the side that changed how many there are.
    fn gap(&self, gaps: [Range<usize>; 3], emitter: &mut Emitter<'_>) {
        let side = self.chosen(gaps.each_ref().map(Range::len));
        emitter.lines(side, gaps[side as usize].clone());
    }

    /// Writes lines that say the same on both sides.
    fn same(&self, region: &Region, emitter: &mut Emitter<'_>) {
        for index in 0..region.ours.len() {
            let (ours, theirs) = (region.ours.start + index, region.theirs.start + index);
            let base = (region.what == RegionKind::Same).then_some(region.base.start + index);
            let [in_ours, in_theirs] = [self.versions[1].gap(ours), self.versions[2].gap(theirs)];
            let said = [self.versions[1].said(ours), self.versions[2].said(theirs)];
            let side = match base {
                Some(base) => {
                    let gap = self.versions[0].gap(base);
                    self.gap([gap, in_ours, in_theirs], emitter);
                    let [ours, theirs] = said;
                    self.chosen([self.versions[0].said(base), ours, theirs])
                }
                None => {
                    let side = self.layout_of(in_ours.len(), in_theirs.len());
                    let gaps = [0..0, in_ours, in_theirs];
                    emitter.lines(side, gaps[side as usize].clone());
                    match &said {
                        [ours, theirs] if ours == theirs => Side::Ours,
                        [ours, theirs] => self.layout_of(ours, theirs),
                    }
                }
            };
            let unit = if side == Side::Ours { ours } else { theirs };
            emitter.lines(side, self.versions[side as usize].units[unit].lines.clone());
        }
    }

    /// Writes lines that one side edited, in the other side's layout where that is certain.
    fn edited(&self, side: Side, region: &Region, emitter: &mut Emitter<'_>) {
        let (units, other, others) = match side {
            Side::Theirs => (&region.theirs, Side::Ours, &region.ours),
            _ => (&region.ours, Side::Theirs, &region.theirs),
        };
        let version = &self.versions[side as usize];
        let is_paired = units.len() == region.base.len();
        for (index, unit) in units.clone().enumerate() {
            let pair = is_paired.then(|| (region.base.start + index, others.start + index));
            let own = version.gap(unit);
            match pair {
                Some((base, there)) => {
                    let gaps = [
                        self.versions[0].gap(base),
                        self.versions[other as usize].gap(there),
                        own,
                    ];
                    let chosen = match () {
                        () if gaps[2].len() != gaps[0].len() => (side, gaps[2].clone()),
                        () => (other, gaps[1].clone()),
                    };
                    emitter.lines(chosen.0, chosen.1);
                }
                None => emitter.lines(side, own),
            }
            let lines = &version.units[unit].lines;
            match self.in_layout(side, other, unit, pair) {
                Some(spans) => emitter.run(RulePart::Line(spans, (side, lines.start))),
                None => emitter.lines(side, lines.clone()),
            }
        }
    }

    /// Returns a line of one side in the layout of the other side, if that reformatted the line.
    fn in_layout(
        &self,
        side: Side,
        other: Side,
        unit: usize,
        pair: Option<(usize, usize)>,
    ) -> Option<Vec<(Side, Range<usize>)>> {
        let (line, start) = self.one_line(side, unit)?;
        if let Some((base, there)) = pair {
            let (was, _) = self.one_line(Side::Base, base)?;
            let (is, from) = self.one_line(other, there)?;
            if was == is {
                return None;
            }
            if let Some(parts) = relaid(was, is, line) {
                let mut spans = Vec::new();
                for part in parts {
                    spans.push(match part {
                        Part::Layout(span) => (other, span.start + from..span.end + from),
                        Part::Edit(span) => (side, span.start + start..span.end + start),
                    });
                }
                return Some(spans);
            }
        }
        let (at, mark) = bullet(line)?;
        let marks = &self.marks[usize::from(other == Side::Theirs)];
        let (from, _) = marks
            .get(&mark)
            .copied()
            .flatten()
            .filter(|(_, is)| *is != mark)?;
        Some(vec![
            (side, start..start + at),
            (other, from..from + 1),
            (side, start + at + 1..start + line.len()),
        ])
    }

    /// Returns the line of a unit, and where it starts, if the unit is a single line.
    fn one_line(&self, side: Side, unit: usize) -> Option<(&'a [u8], usize)> {
        let version = &self.versions[side as usize];
        let lines = &version.units[unit].lines;
        let content = (lines.len() == 1).then(|| version.text.content(lines.start))?;
        Some((version.text.line(lines.start), content.start))
    }

    /// Writes the blank lines before a clash.
    fn gap_before_clash(&self, region: &Region, emitter: &mut Emitter<'_>) {
        let units = [&region.base, &region.ours, &region.theirs];
        let [base, ours, theirs] =
            Side::ALL.map(|side| self.versions[side as usize].gap(units[side as usize].start));
        match units.map(|units| !units.is_empty()) {
            [true, true, true] => self.gap([base, ours, theirs], emitter),
            [false, true, true] => match self.layout_of(ours.len(), theirs.len()) {
                Side::Theirs => emitter.lines(Side::Theirs, theirs),
                Side::Base | Side::Ours => emitter.lines(Side::Ours, ours),
            },
            [_, true, false] => emitter.lines(Side::Ours, ours),
            [_, false, true] => emitter.lines(Side::Theirs, theirs),
            [_, false, false] => {}
        }
    }

    /// Returns what the lines of a settlement say; `None` for a line made of several sides.
    fn said_by(&self, runs: &[RulePart]) -> Vec<Option<u32>> {
        let mut said = Vec::new();
        for run in runs {
            match run {
                RulePart::Lines(side, lines) => {
                    let ids = &self.texts.side(*side).ids[lines.clone()];
                    said.extend(ids.iter().filter(|id| speaks(**id)).map(|id| Some(*id)));
                }
                RulePart::Line(..) => said.push(None),
            }
        }
        said
    }
}

/// A part of a line, taken from the line with the layout or from the line with the edit.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Layout(Range<usize>),
    Edit(Range<usize>),
}

/// Returns an edited line in the layout that `is` gave to `was`: each word that wasn't edited is
/// written as in `is`. `None` where that would say something else.
fn relaid(was: &[u8], is: &[u8], edited: &[u8]) -> Option<Vec<Part>> {
    let [old, laid_out, new] = [was, is, edited].map(words);
    if old.len() != laid_out.len() {
        return None;
    }
    let made = edits(Algorithm::Myers, &said(was, &old), &said(edited, &new));
    // For each word of the edited line, the word of base that it is, if any.
    let mut kept: Vec<Option<usize>> = vec![None; new.len()];
    let mut at = (0, 0);
    let end = LineEdit {
        base: old.len()..old.len(),
        side: new.len()..new.len(),
    };
    for edit in made.iter().chain([&end]) {
        for step in 0..edit.base.start - at.0 {
            kept[at.1 + step] = Some(at.0 + step);
        }
        at = (edit.base.end, edit.side.end);
    }
    let mut parts = Vec::new();
    for (index, word) in new.iter().enumerate() {
        let before = index.checked_sub(1);
        let own = before.map_or(0, |before| new[before].end)..word.start;
        // The word of base that would come next.
        let next = match before {
            None => Some(0),
            Some(before) => kept[before].map(|kept| kept + 1),
        };
        match kept[index] {
            Some(old) if next == Some(old) => {
                let start = old.checked_sub(1).map_or(0, |before| laid_out[before].end);
                parts.push(Part::Layout(start..laid_out[old].end));
            }
            Some(old) => {
                parts.push(Part::Edit(own));
                parts.push(Part::Layout(laid_out[old].clone()));
            }
            None => parts.push(Part::Edit(own.start..word.end)),
        }
    }
    parts.push(Part::Edit(
        new.last().map_or(0, |last| last.end)..edited.len(),
    ));
    let mut line = Vec::new();
    for part in &parts {
        line.extend_from_slice(match part {
            Part::Layout(span) => &is[span.clone()],
            Part::Edit(span) => &edited[span.clone()],
        });
    }
    (form(&line) == form(edited) && line != edited).then_some(parts)
}

/// Returns these words of a line.
fn said(line: &[u8], words: &[Range<usize>]) -> Vec<Vec<u8>> {
    words
        .iter()
        .map(|word| line[word.clone()].to_vec())
        .collect()
}

/// Returns what a line says, word by word.
fn form(line: &[u8]) -> Vec<Vec<u8>> {
    let form = markdown::canonical(&[without_number(line)]).concat();
    form.split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

/// Returns where the words of a line are. Punctuation after a word is a word of its own.
fn words(line: &[u8]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, byte) in line.iter().chain(b" ").enumerate() {
        let is_sign = b".,;:!?()".contains(byte);
        if let Some(from) = start.filter(|_| is_sign || byte.is_ascii_whitespace()) {
            words.push(from..at);
            start = None;
        }
        if is_sign {
            words.push(at..at + 1);
        } else if start.is_none() && !byte.is_ascii_whitespace() {
            start = Some(at);
        }
    }
    words
}

/// Returns a line without the number of an item, which follows from its place.
fn without_number(line: &[u8]) -> &[u8] {
    let text = line.trim_ascii_start();
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match text.get(digits..) {
        Some(rest @ [b'.' | b')', b' ' | b'\t', ..]) if digits > 0 => rest,
        _ => line,
    }
}

/// Returns where the mark of an item is, and which one it has.
fn bullet(line: &[u8]) -> Option<(usize, u8)> {
    let at = line
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    match line.get(at..)? {
        [mark @ (b'-' | b'*' | b'+'), b' ' | b'\t', ..] => Some((at, *mark)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::merge::json::tests::SAMPLE;
    use crate::merge::kind::FileKind;
    use crate::merge::merge;
    use crate::merge::pieces::Sides;

    /// What is merged, whichever side the formatter went over; `None` for a conflict.
    #[track_caller]
    fn check(base: &str, ours: &str, theirs: &str, expected: Option<&str>) {
        for (ours, theirs) in [(ours, theirs), (theirs, ours)] {
            let sides = Sides {
                base: base.as_bytes(),
                ours: ours.as_bytes(),
                theirs: theirs.as_bytes(),
            };
            let merge = merge(FileKind::Markdown, &sides, SAMPLE);
            let result = merge
                .is_clean()
                .then(|| String::from_utf8(merge.bytes(&sides)).unwrap());
            assert_eq!(result.as_deref(), expected, "{merge:#?}");
        }
    }

    #[test]
    fn an_edit_comes_into_the_layout_of_the_other_side() {
        // Bullets, emphasis, an escape: word by word.
        check(
            "* one\n* two\n* three\n",
            "- one\n- two\n- three\n",
            "* one\n* two, edited\n* three\n",
            Some("- one\n- two, edited\n- three\n"),
        );
        check(
            "* An *old* word and __more__.\n* b\n",
            "- An _old_ word and **more**.\n- b\n",
            "* An *old* word and __more__ of it.\n* b\n",
            Some("- An _old_ word and **more** of it.\n- b\n"),
        );
        // A new item has the mark of the list.
        check(
            "# A\n* one\n* two\n",
            "# A\n\n- one\n- two\n",
            "# A\n* one\n* two\n* three\n",
            Some("# A\n\n- one\n- two\n- three\n"),
        );
        // A row that was edited is as it was written; the others stay padded.
        check(
            "|a|b|\n|-|-|\n|one|1|\n|two|2|\n",
            "| a   | b   |\n| --- | --- |\n| one | 1   |\n| two | 2   |\n",
            "|a|b|\n|-|-|\n|one|5|\n|two|2|\n|x|9|\n",
            Some("| a   | b   |\n| --- | --- |\n|one|5|\n| two | 2   |\n|x|9|\n"),
        );
        check(
            "1. a\n1. b\n1. c\n",
            "1. a\n2. b\n3. c\n",
            "1. a\n1. B\n1. c\n",
            Some("1. a\n2. B\n3. c\n"),
        );
        check(
            "Title\n=====\na\n\n***\nb\n",
            "# Title\n\na\n\n---\n\nb\n",
            "Title\n=====\nA\n\n***\nb\n",
            Some("# Title\n\nA\n\n---\n\nb\n"),
        );
    }

    #[test]
    fn blank_lines_are_those_of_who_changed_them() {
        check(
            "# A\ntext\n# B\n* b\n",
            "# A\n\ntext\n\n# B\n\n- b\n",
            "# A\nwords\n# B\n* B\n",
            Some("# A\n\nwords\n\n# B\n\n- B\n"),
        );
        check(
            "* a\n* b\n* c\n",
            "- a\n\n- b\n\n- c\n",
            "* a\n* c\n",
            Some("- a\n\n- c\n"),
        );
    }

    #[test]
    fn what_both_edited_is_all_that_is_contested() {
        let base = "* one\n* two\n* three\n* four\n";
        let (ours, theirs) = (
            "- one\n- TWO\n- three\n- four\n",
            "* one\n* zwei\n* three\n* vier\n",
        );
        let sides = Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        let merge = merge(FileKind::Markdown, &sides, SAMPLE);
        assert_eq!(merge.conflicts().count(), 1);
        assert_eq!(merge.bytes(&sides), b"- one\n- TWO\n- three\n- vier\n");
        // In code a star is a star.
        check(
            "```\n* a\n* b\n```\n",
            "```\n- a\n- b\n```\n",
            "```\n* a\n* B\n```\n",
            None,
        );
    }
}
