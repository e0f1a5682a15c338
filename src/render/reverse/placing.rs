//! The source of a template with a hunk of its rendering in it, and the proof that it is the hunk.
//!
//! First by the merge of templates: base is what was rendered, one side what the team made of it,
//! the other one the source. Where that is a conflict, by the lines of the source that the hunk's
//! lines come from: what a tag wrote is one word there, too, but it is known which tag wrote it.

use std::cell::OnceCell;
use std::ops::Range;

use similar::DiffOp;

use crate::merge::json::Policies;
use crate::merge::kind::FileKind;
use crate::merge::pieces::Sides;
use crate::merge::{diff, merge};
use crate::model::operations::{Algorithm, operations};

use super::answers::{self, escaped, resolved};
use super::hunks::{self, EditHunk, lines};
use super::origin::{Origins, TagValue};
use super::{Edited, HunkFate, Reading, Rendering, UnplacedReason};

/// How many places of a source a hunk is tried at, at most.
const MOST_PLACES: usize = 16;

/// A source that takes in one hunk after another.
pub struct PlacedSource<'a> {
    rendering: &'a dyn Rendering,
    source: String,
    rendered: String,
    /// What the source renders to with other answers.
    probed: Vec<Option<String>>,
    /// How many lines what was taken in has added.
    shift: isize,
    /// Where its lines come from, once that was asked.
    origins: OnceCell<Option<Origins>>,
    /// What tags write in it, with the tag: that may be typed, too.
    values: OnceCell<Vec<(String, String)>>,
}

/// Whether a source is what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Holds,
    /// It renders to something else.
    IsElse,
    /// It renders to something else with other answers.
    IsElsewhere,
}

/// A source that has the hunk.
struct Candidate {
    source: String,
    meaning: String,
    /// Whether that is for a person to say, even if there is no other way.
    is_doubtful: bool,
}

impl<'a> PlacedSource<'a> {
    /// Starts from a file without its edit.
    pub fn new(file: &Edited<'_>, rendering: &'a dyn Rendering) -> Self {
        let probed = rendering.probe(file.source);
        let (source, rendered) = (file.source.to_owned(), file.rendered.to_owned());
        Self {
            rendering,
            source,
            rendered,
            probed,
            shift: 0,
            origins: OnceCell::new(),
            values: OnceCell::new(),
        }
    }

    fn origins(&self) -> Option<&Origins> {
        self.origins
            .get_or_init(|| Origins::of(&self.source, &self.rendered, self.rendering))
            .as_ref()
    }

    /// Returns the texts that stand for answers here, each with the tag that writes it: the
    /// answers, and what comes of them.
    fn values(&self) -> &[(String, String)] {
        self.values.get_or_init(|| {
            let answers = self.rendering.values().iter();
            let mut values: Vec<(String, String)> = answers
                .map(|(value, key)| (value.clone(), format!("{{{{ {key} }}}}")))
                .collect();
            for value in self
                .origins()
                .into_iter()
                .flat_map(|origins| origins.written(&self.rendered))
            {
                if !values.iter().any(|(known, _)| *known == value.0) {
                    values.push(value);
                }
            }
            values
        })
    }

    /// Moves a hunk to where it is with what was taken in before.
    fn here(&self, hunk: &EditHunk) -> EditHunk {
        let at = |line: usize| line.saturating_add_signed(self.shift);
        EditHunk {
            base: at(hunk.base.start)..at(hunk.base.end),
            ..hunk.clone()
        }
    }

    /// Goes on from a source that has some hunks.
    fn take(&mut self, source: String, rendered: String, hunks: &[EditHunk]) {
        (self.source, self.rendered) = (source, rendered);
        self.probed = self.rendering.probe(&self.source);
        (self.origins, self.values) = (OnceCell::new(), OnceCell::new());
        for hunk in hunks {
            self.shift += lines(&hunk.new).len() as isize - hunk.base.len() as isize;
        }
    }

    /// Takes several hunks in at once, if merging gives a source that is proved, and if none of
    /// them is to be asked about.
    pub fn map_all(&mut self, hunks: &[EditHunk]) -> bool {
        let here: Vec<EditHunk> = hunks.iter().map(|hunk| self.here(hunk)).collect();
        let marked: Vec<EditHunk> = here
            .iter()
            .map(|hunk| EditHunk {
                new: escaped(&hunk.new),
                ..hunk.clone()
            })
            .collect();
        let applied =
            |hunks: &[EditHunk]| hunks::applied(&self.rendered, &hunks.iter().collect::<Vec<_>>());
        let Some(source) = self.merged(&applied(&marked)) else {
            return false;
        };
        let edited = applied(&here);
        let is_plain = || {
            !here
                .iter()
                .any(|hunk| self.is_torn(hunk) || answers::brings(hunk, self.values()))
                && answers::typed(&self.source, &source, self.values()).is_empty()
                && answers::lost(&self.source, &source).is_empty()
        };
        if self.prove(&source, &edited) != Proof::Holds || !is_plain() {
            return false;
        }
        self.take(source, edited, hunks);
        true
    }

    /// Returns whether what is only inserted or only deleted could as well stand elsewhere among
    /// lines that repeat it, and something controls what is between: then nothing says which
    /// place was meant.
    fn is_torn(&self, hunk: &EditHunk) -> bool {
        let all = lines(&self.rendered);
        let places = slides(&all, hunk);
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            return false;
        };
        if places.len() == 1 {
            return false;
        }
        let (start, end) = (
            first.base.start.saturating_sub(1),
            (last.base.end + 1).min(all.len()),
        );
        let Some(origins) = self.origins() else {
            return true;
        };
        let from: Option<Vec<usize>> = (start..end).map(|line| origins.line(line)).collect();
        let is_one_run = |from: Vec<usize>| from.windows(2).all(|pair| pair[1] == pair[0] + 1);
        !from.is_some_and(is_one_run)
    }

    /// Returns the source, and what it renders to.
    pub fn into_texts(self) -> (String, String) {
        (self.source, self.rendered)
    }

    /// Takes a hunk in, if there is one way to read it, or if it was said which one is meant.
    pub fn map(&mut self, hunk: &EditHunk, reading: Option<usize>) -> HunkFate {
        let here = self.here(hunk);
        let edited = hunks::applied(&self.rendered, &[&here]);
        let mut found = match self.candidates(&here, &edited) {
            Ok(found) => found,
            Err(why) => return HunkFate::Unmapped(why),
        };
        let chosen = match (reading, found.as_slice()) {
            (None, [only]) if !only.is_doubtful => 0,
            (Some(reading), found) if reading < found.len() => reading,
            _ => {
                return HunkFate::Asked(
                    found
                        .iter()
                        .map(|candidate| self.reading(candidate))
                        .collect(),
                );
            }
        };
        let source = found.swap_remove(chosen).source;
        self.take(source, edited, std::slice::from_ref(hunk));
        HunkFate::Mapped
    }

    fn reading(&self, candidate: &Candidate) -> Reading {
        let source = diff::unified("source", &self.source, &candidate.source);
        // The names of the files say nothing here.
        let source = source
            .lines()
            .skip(2)
            .map(|line| format!("{line}\n"))
            .collect();
        Reading {
            meaning: candidate.meaning.clone(),
            source,
        }
    }

    /// Returns every proved way to read a hunk.
    fn candidates(&self, hunk: &EditHunk, edited: &str) -> Result<Vec<Candidate>, UnplacedReason> {
        let mut why = UnplacedReason::Tag;
        let mut found = self.with_text(hunk, &escaped(&hunk.new), edited, &mut why);
        if found.is_empty() && escaped(&hunk.new) != hunk.new {
            found = self.with_text(hunk, &hunk.new, edited, &mut why);
        }
        let Some(first) = found.first() else {
            return Err(why);
        };
        let mut typed = answers::typed(&self.source, &first.source, self.values());
        if typed.is_empty() && answers::brings(hunk, self.values()) {
            typed = self
                .values()
                .iter()
                .filter(|value| answers::brings(hunk, std::slice::from_ref(*value)))
                .collect();
        }
        if !typed.is_empty() {
            let names: Vec<String> = typed
                .iter()
                .map(|(value, _)| format!("`{value}`"))
                .collect();
            let plain = format!("says {} in every repository", names.join(" and "));
            found
                .iter_mut()
                .for_each(|candidate| candidate.meaning.clone_from(&plain));
            let keys: Vec<String> = typed.iter().map(|(_, tag)| format!("`{tag}`")).collect();
            let filled = answers::filled(&hunk.old, &hunk.new, &typed);
            let mut own = self.filled(hunk, &filled, edited);
            own.iter_mut().for_each(|one| {
                one.meaning = format!("says {}: each repository's own", keys.join(" and "))
            });
            found.extend(own);
            found
                .iter_mut()
                .for_each(|candidate| candidate.is_doubtful = true);
        }
        for candidate in found.iter_mut().filter(|_| !hunk.new.is_empty()) {
            let lost = answers::lost(&self.source, &candidate.source);
            if !lost.is_empty() && !self.rewrites(hunk) {
                candidate.is_doubtful = true;
                let lost: Vec<String> = lost.iter().map(|tag| format!("`{tag}`")).collect();
                candidate.meaning = format!("takes {} out in every repository", lost.join(" and "));
            }
        }
        Ok(found)
    }

    /// Returns the sources that have a text with tags for answers in a hunk's place. With other
    /// answers they say something else than the edit, which is what they are for.
    fn filled(&self, hunk: &EditHunk, text: &str, edited: &str) -> Vec<Candidate> {
        let marked = hunks::applied(
            &self.rendered,
            &[&EditHunk {
                new: text.to_owned(),
                ..hunk.clone()
            }],
        );
        let merged = self.merged(&marked);
        let all = merged.map(|source| Candidate {
            source,
            meaning: String::new(),
            is_doubtful: true,
        });
        let all = all.into_iter().chain(self.by_lines(hunk, text));
        let renders = |candidate: &Candidate| {
            let is_rendered = |(before, after): (&Option<String>, Option<String>)| {
                before.is_none() || after.is_some()
            };
            self.rendering.render(&candidate.source).as_deref() == Some(edited)
                && self
                    .probed
                    .iter()
                    .zip(self.rendering.probe(&candidate.source))
                    .all(is_rendered)
        };
        let mut found: Vec<Candidate> = Vec::new();
        for candidate in all {
            if !found.iter().any(|other| other.source == candidate.source) && renders(&candidate) {
                found.push(candidate);
            }
        }
        // The first is by the merge, where that gave one.
        found.truncate(1);
        found
    }

    /// Returns the proved sources with a text in a hunk's place.
    fn with_text(
        &self,
        hunk: &EditHunk,
        text: &str,
        edited: &str,
        why: &mut UnplacedReason,
    ) -> Vec<Candidate> {
        let mut proved = |candidates: Vec<Candidate>| {
            let mut kept: Vec<Candidate> = Vec::new();
            for candidate in candidates.into_iter().take(MOST_PLACES) {
                if kept.iter().any(|other| other.source == candidate.source) {
                    continue;
                }
                match self.prove(&candidate.source, edited) {
                    Proof::Holds => kept.push(candidate),
                    Proof::IsElsewhere => *why = UnplacedReason::Elsewhere,
                    Proof::IsElse => {}
                }
            }
            kept
        };
        if self.is_torn(hunk) {
            // It is one of equal lines: each place is a way to read it.
            let places = slides(&lines(&self.rendered), hunk)
                .into_iter()
                .take(MOST_PLACES);
            return proved(
                places
                    .flat_map(|place| self.by_lines(&place, &escaped(&place.new)))
                    .collect(),
            );
        }
        let marked = hunks::applied(
            &self.rendered,
            &[&EditHunk {
                new: text.to_owned(),
                ..hunk.clone()
            }],
        );
        let merged = self.merged(&marked);
        let merged = merged.map(|source| Candidate {
            source,
            meaning: String::new(),
            is_doubtful: false,
        });
        let found = proved(merged.into_iter().collect());
        if found.is_empty() {
            proved(self.by_lines(hunk, text))
        } else {
            found
        }
    }

    /// Returns whether every line of a hunk that tags wrote into is another line altogether: then
    /// the tags are gone with it, and nobody put something else in their place.
    fn rewrites(&self, hunk: &EditHunk) -> bool {
        let Some(origins) = self.origins() else {
            return false;
        };
        let old = lines(&hunk.old);
        hunk.base.clone().enumerate().all(|(index, line)| {
            origins.values(line).is_some_and(|values| {
                let places: Vec<Range<usize>> =
                    values.into_iter().map(|value| value.place).collect();
                places.is_empty() || answers::is_rewritten(&old, index, &places, &hunk.new)
            })
        })
    }

    /// Merges what the team made of the rendering into the source.
    fn merged(&self, marked: &str) -> Option<String> {
        let sides = Sides {
            base: self.rendered.as_bytes(),
            ours: marked.as_bytes(),
            theirs: self.source.as_bytes(),
        };
        let merge = merge(FileKind::Template, &sides, Policies::NONE);
        if !merge.is_clean() {
            return None;
        }
        String::from_utf8(merge.bytes(&sides))
            .ok()
            .map(|text| resolved(&text))
    }

    /// **Nothing is mapped that isn't proved.**
    fn prove(&self, source: &str, edited: &str) -> Proof {
        if self.rendering.render(source).as_deref() != Some(edited) {
            return Proof::IsElse;
        }
        let after = self.rendering.probe(source);
        let holds = |(before, after): (&Option<String>, &Option<String>)| match (before, after) {
            (Some(before), Some(after)) => {
                let sides = Sides {
                    base: self.rendered.as_bytes(),
                    ours: edited.as_bytes(),
                    theirs: before.as_bytes(),
                };
                let merge = merge(FileKind::Template, &sides, Policies::NONE);
                !merge.is_clean() || merge.bytes(&sides) == after.as_bytes()
            }
            (Some(_), None) => false,
            // It could not be rendered before, either.
            (None, _) => true,
        };
        if self.probed.iter().zip(&after).all(holds) {
            Proof::Holds
        } else {
            Proof::IsElsewhere
        }
    }

    /// Returns the sources that have a text in place of the lines that a hunk's lines come from.
    fn by_lines(&self, hunk: &EditHunk, text: &str) -> Vec<Candidate> {
        let Some(origins) = self.origins() else {
            return Vec::new();
        };
        match hunk.base.is_empty() {
            true => self.inserted(origins, hunk.base.start, text),
            false => self.replaced(origins, hunk, text).unwrap_or_default(),
        }
    }

    /// A text between two lines, wherever between the lines they come from it can be.
    fn inserted(&self, origins: &Origins, at: usize, text: &str) -> Vec<Candidate> {
        let above = at
            .checked_sub(1)
            .map_or(Some(0), |above| Some(origins.line(above)? + 1));
        let below = if at == origins.rendered() {
            Some(origins.lines())
        } else {
            origins.line(at)
        };
        let is_control = |line: usize| origins.is_control(line);
        // Beside what a tag controls the place goes as far as such lines do.
        let places = match (above, below) {
            (Some(above), Some(below)) => above..below,
            (None, Some(below)) => {
                below
                    - (0..below)
                        .rev()
                        .take_while(|line| is_control(*line))
                        .count()..below
            }
            (Some(above), None) => {
                above
                    ..above
                        + (above..origins.lines())
                            .take_while(|line| is_control(*line))
                            .count()
            }
            (None, None) => return Vec::new(),
        };
        if places.start > places.end {
            return Vec::new();
        }
        let texts = lines(&self.source);
        let candidate = |place: usize| {
            let source = with(&texts, place..place, &resolved(text));
            Candidate {
                source,
                meaning: beside(&texts, origins, place),
                is_doubtful: false,
            }
        };
        (places.start..=places.end)
            .take(MOST_PLACES)
            .map(candidate)
            .collect()
    }

    /// A text in place of lines.
    fn replaced(&self, origins: &Origins, hunk: &EditHunk, text: &str) -> Option<Vec<Candidate>> {
        let from: Vec<usize> = hunk
            .base
            .clone()
            .map(|line| origins.line(line))
            .collect::<Option<_>>()?;
        if !from.is_sorted() {
            return None;
        }
        let (first, last) = (*from.first()?, *from.last()?);
        let texts = lines(&self.source);
        let filled = resolved(&with_tags(
            origins,
            hunk,
            &hunks::lines(&self.rendered),
            text,
        )?);
        let others: Vec<usize> = (first..=last).filter(|line| !from.contains(line)).collect();
        let candidate = |place: usize| {
            let before = (first..place).filter(|line| others.contains(line));
            let behind = (place..=last).filter(|line| others.contains(line));
            let before: String = before.map(|line| texts[line]).collect();
            let behind: String = behind.map(|line| texts[line]).collect();
            let source = with(
                &texts,
                first..last + 1,
                &format!("{before}{filled}{behind}"),
            );
            Candidate {
                source,
                meaning: beside(&texts, origins, place),
                is_doubtful: false,
            }
        };
        let mut places = vec![first];
        if !filled.is_empty() {
            places.extend(others.iter().map(|line| line + 1));
        }
        Some(
            places
                .into_iter()
                .take(MOST_PLACES)
                .map(candidate)
                .collect(),
        )
    }
}

/// Returns a hunk in each place in which it is the same edit: what is only inserted or only deleted
/// may stand anywhere among lines that repeat it. In the order of the places.
fn slides(all: &[&str], hunk: &EditHunk) -> Vec<EditHunk> {
    let is_pure = hunk.new.is_empty() != hunk.base.is_empty();
    if !is_pure {
        return vec![hunk.clone()];
    }
    let mut places = vec![hunk.clone()];
    let moved: Vec<&str> = if hunk.new.is_empty() {
        all[hunk.base.clone()].to_vec()
    } else {
        lines(&hunk.new)
    };
    let place = |base: Range<usize>, moved: &[&str]| match hunk.new.is_empty() {
        true => EditHunk {
            base,
            old: moved.concat(),
            new: String::new(),
        },
        false => EditHunk {
            base,
            old: String::new(),
            new: moved.concat(),
        },
    };
    let (mut base, mut rolled) = (hunk.base.clone(), moved.clone());
    while base.start > 0
        && places.len() < MOST_PLACES
        && rolled.last() == Some(&all[base.start - 1])
    {
        rolled.rotate_right(1);
        base = base.start - 1..base.end - 1;
        places.insert(0, place(base.clone(), &rolled));
    }
    let (mut base, mut rolled) = (hunk.base.clone(), moved);
    while base.end < all.len()
        && places.len() < 2 * MOST_PLACES
        && rolled.first() == Some(&all[base.end])
    {
        rolled.rotate_left(1);
        base = base.start + 1..base.end + 1;
        places.push(place(base.clone(), &rolled));
    }
    places
}

/// Returns lines with some of them replaced.
fn with(lines: &[&str], range: Range<usize>, text: &str) -> String {
    [
        &lines[..range.start].concat(),
        text,
        &lines[range.end..].concat(),
    ]
    .concat()
}

/// Says what is beside a place of a source.
fn beside(lines: &[&str], origins: &Origins, place: usize) -> String {
    let shown = |line: usize| lines[line].trim().to_owned();
    match (place.checked_sub(1), place) {
        (_, below) if origins.is_control(below) => format!("belongs before `{}`", shown(below)),
        (Some(above), _) if origins.is_control(above) => {
            format!("belongs behind `{}`", shown(above))
        }
        _ => format!("belongs to line {}", place + 1),
    }
}

/// A word of a rendered line, or all that a tag wrote.
#[derive(Clone, Debug)]
struct Atom {
    text: String,
    /// The tag that wrote it.
    tag: Option<String>,
}

impl Atom {
    /// Returns whether it is an answer's, and not a text that stands in its tag.
    fn is_answer(&self) -> bool {
        self.tag
            .as_ref()
            .is_some_and(|tag| !answers::is_constant(tag))
    }
}

/// Returns the new text of a hunk with the tags whose values it keeps, or nothing where it can't be
/// told which ones.
fn with_tags(origins: &Origins, hunk: &EditHunk, rendered: &[&str], text: &str) -> Option<String> {
    let mut old: Vec<Atom> = Vec::new();
    for line in hunk.base.clone() {
        let values = origins.values(line)?;
        push_atoms(rendered[line], &values, &mut old);
    }
    if text.is_empty() || old.iter().all(|atom| atom.tag.is_none()) {
        return Some(text.to_owned());
    }
    let written: Vec<&str> = old
        .iter()
        .filter(|atom| atom.is_answer())
        .map(|atom| atom.text.as_str())
        .collect();
    if written.iter().any(|value| value.trim().is_empty()) {
        return None;
    }
    let new = grouped(text, &written);
    let texts = |atoms: &[Atom]| {
        atoms
            .iter()
            .map(|atom| atom.text.clone())
            .collect::<Vec<String>>()
    };
    let (old_texts, new_texts) = (texts(&old), texts(&new));
    let count = |texts: &[String], value: &str| texts.iter().filter(|text| *text == value).count();
    for value in &written {
        let tags = old
            .iter()
            .filter(|atom| atom.text == *value && atom.is_answer())
            .count();
        let (before, after) = (count(&old_texts, value), count(&new_texts, value));
        let is_one = old
            .iter()
            .filter(|atom| atom.text == *value)
            .all(|atom| atom.tag == tag_of(&old, value));
        // Of several that are the same it has to be clear which ones are left.
        if after > before || after != before && !(tags == before && is_one) {
            return None;
        }
    }
    let ops = operations(Algorithm::Myers, &old_texts, &new_texts);
    if ops.iter().any(|op| slides_over_a_tag(op, &old, &new_texts)) {
        return None;
    }
    let mut out = String::new();
    for op in ops {
        match op {
            DiffOp::Equal { old_index, len, .. } => {
                for atom in &old[old_index..old_index + len] {
                    out.push_str(atom.tag.as_ref().unwrap_or(&atom.text));
                }
            }
            _ => out.push_str(&new_texts[op.new_range()].concat()),
        }
    }
    Some(out)
}

fn tag_of(atoms: &[Atom], value: &str) -> Option<String> {
    atoms
        .iter()
        .find(|atom| atom.text == value)
        .and_then(|atom| atom.tag.clone())
}

fn push_atoms(line: &str, values: &[TagValue], atoms: &mut Vec<Atom>) {
    let plain = |text: &str, atoms: &mut Vec<Atom>| {
        atoms.extend(answers::words(text).into_iter().map(|word| Atom {
            text: word.to_owned(),
            tag: None,
        }));
    };
    let mut at = 0;
    for value in values {
        plain(&line[at..value.place.start], atoms);
        atoms.push(Atom {
            text: line[value.place.clone()].to_owned(),
            tag: Some(value.tag.clone()),
        });
        at = value.place.end;
    }
    plain(&line[at..], atoms);
}

/// Returns the words of a text, with each that is one of the values as one.
fn grouped(text: &str, values: &[&str]) -> Vec<Atom> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut longest: Vec<&str> = values.to_vec();
    longest.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in longest {
        let free = |place: &Range<usize>| {
            !places
                .iter()
                .any(|other| other.start < place.end && place.start < other.end)
        };
        let found: Vec<Range<usize>> = answers::places(text, value)
            .into_iter()
            .filter(free)
            .collect();
        places.extend(found);
    }
    places.sort_by_key(|place| place.start);
    let values: Vec<TagValue> = places
        .into_iter()
        .map(|place| TagValue {
            place,
            tag: String::new(),
        })
        .collect();
    let mut atoms = Vec::new();
    push_atoms(text, &values, &mut atoms);
    atoms
}

/// Returns whether what is only inserted or only deleted could as well stand on the other side of
/// what a tag wrote.
fn slides_over_a_tag(op: &DiffOp, old: &[Atom], new: &[String]) -> bool {
    let (before, after) = (op.old_range(), op.new_range());
    // Of what is gone altogether it doesn't matter which one was meant.
    let is_tag = |index: usize| old[index].is_answer() && new.contains(&old[index].text);
    if before.is_empty() && !after.is_empty() {
        let back = (0..before.start).rev().zip(after.clone().rev().cycle());
        let back = back
            .take_while(|(old_at, new_at)| old[*old_at].text == new[*new_at])
            .map(|(at, _)| at);
        let on = (before.start..old.len()).zip(after.clone().cycle());
        let on = on
            .take_while(|(old_at, new_at)| old[*old_at].text == new[*new_at])
            .map(|(at, _)| at);
        return back.chain(on).any(is_tag);
    }
    if after.is_empty() && !before.is_empty() {
        let back = (0..before.start).rev().zip(before.clone().rev().cycle());
        let back: Vec<usize> = back
            .take_while(|(at, gone)| old[*at].text == old[*gone].text)
            .map(|(at, _)| at)
            .collect();
        let on = (before.end..old.len()).zip(before.clone().cycle());
        let on: Vec<usize> = on
            .take_while(|(at, gone)| old[*at].text == old[*gone].text)
            .map(|(at, _)| at)
            .collect();
        let slides = !back.is_empty() || !on.is_empty();
        return slides && back.into_iter().chain(on).chain(before).any(is_tag);
    }
    false
}
