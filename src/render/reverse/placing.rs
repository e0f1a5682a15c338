//! The source of a template with a hunk of its rendering in it, and the proof that it is the hunk.
//!
//! First by the merge of templates: base is what was rendered, one side what the team made of it,
//! the other one the source. Where that is a conflict, by the lines of the source that the hunk's
//! lines come from: what a tag wrote is one word there, too, but it is known which tag wrote it.

use std::cell::OnceCell;
use std::ops::Range;

use crate::merge::json::Policies;
use crate::merge::kind::FileKind;
use crate::merge::pieces::Sides;
use crate::merge::{diff, merge};

use super::answers::{self, escaped, resolved};
use super::candidates::{Candidate, TracedSource};
use super::hunks::{self, EditHunk, MOST_PLACES, lines, slides};
use super::origin::Origins;
use super::{Edited, HunkFate, Reading, Rendering, UnplacedReason};

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
            .get_or_init(|| Origins::find(&self.source, &self.rendered, self.rendering))
            .as_ref()
    }

    /// Returns the texts that stand for answers here, each with the tag that writes it: the
    /// answers, and what comes of them.
    fn values(&self) -> &[(String, String)] {
        self.values.get_or_init(|| self.find_values())
    }

    fn find_values(&self) -> Vec<(String, String)> {
        let mut values = Vec::new();
        for (value, key) in self.rendering.values() {
            values.push((value.clone(), format!("{{{{ {key} }}}}")));
        }
        let Some(origins) = self.origins() else {
            return values;
        };
        for value in origins.written(&self.rendered) {
            if !values.iter().any(|(known, _)| *known == value.0) {
                values.push(value);
            }
        }
        values
    }

    /// Moves a hunk to where it is with what was taken in before.
    fn here(&self, hunk: &EditHunk) -> EditHunk {
        let Range { start, end } = hunk.base;
        EditHunk {
            base: start.saturating_add_signed(self.shift)..end.saturating_add_signed(self.shift),
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
            .map(|hunk| hunk.with_new(escaped(&hunk.new)))
            .collect();
        let Some(source) = self.merged(&hunks::applied(&self.rendered, &marked)) else {
            return false;
        };
        let edited = hunks::applied(&self.rendered, &here);
        if self.prove(&source, &edited) != Proof::Holds || !self.is_plain(&here, &source) {
            return false;
        }
        self.take(source, edited, hunks);
        true
    }

    /// Returns whether nothing about hunks is to be asked that give a source.
    fn is_plain(&self, hunks: &[EditHunk], source: &str) -> bool {
        !hunks
            .iter()
            .any(|hunk| self.is_ambiguous(hunk) || self.brings_answer(hunk))
            && answers::typed(&self.source, source, self.values()).is_empty()
            && answers::lost(&self.source, source).is_empty()
    }

    /// Returns whether what is only inserted or only deleted could as well stand elsewhere among
    /// lines that repeat it, and something controls what is between: then nothing says which
    /// place was meant.
    fn is_ambiguous(&self, hunk: &EditHunk) -> bool {
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
        match from {
            Some(from) => !from.is_sorted_by(|line, next| line + 1 == *next),
            None => true,
        }
    }

    /// Returns the source, and what it renders to.
    pub fn into_texts(self) -> (String, String) {
        (self.source, self.rendered)
    }

    /// Takes a hunk in, if there is one way to read it, or if it was said which one is meant.
    pub fn map(&mut self, hunk: &EditHunk, reading: Option<usize>) -> HunkFate {
        let here = self.here(hunk);
        let edited = hunks::applied(&self.rendered, std::slice::from_ref(&here));
        let mut found = match self.candidates(&here, &edited) {
            Ok(found) => found,
            Err(why) => return HunkFate::Unmapped(why),
        };
        let chosen = match (reading, found.as_slice()) {
            (None, [only]) if !only.is_doubtful => 0,
            (Some(reading), found) if reading < found.len() => reading,
            (_, found) => {
                let readings = found.iter().map(|candidate| self.reading(candidate));
                return HunkFate::Asked(readings.collect());
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
        let typed = self.typed_answers(hunk, first);
        if !typed.is_empty() {
            found = self.either_typed_or_filled(hunk, found, &typed, edited);
        }
        self.doubt_lost_tags(hunk, &mut found);
        Ok(found)
    }

    fn brings_answer(&self, hunk: &EditHunk) -> bool {
        !answers::brought(hunk, self.values()).is_empty()
    }

    /// Returns the answers that a candidate says in plain words, each with its tag.
    fn typed_answers(&self, hunk: &EditHunk, candidate: &Candidate) -> Vec<&(String, String)> {
        let mut typed = answers::typed(&self.source, &candidate.source, self.values());
        if typed.is_empty() {
            typed = answers::brought(hunk, self.values());
        }
        typed
    }

    /// Adds the other way to read a hunk that says an answer: whoever answers otherwise gets
    /// another text. Nobody but a person knows which one is meant.
    fn either_typed_or_filled(
        &self,
        hunk: &EditHunk,
        mut found: Vec<Candidate>,
        typed: &[&(String, String)],
        edited: &str,
    ) -> Vec<Candidate> {
        let names: Vec<String> = typed
            .iter()
            .map(|(value, _)| format!("`{value}`"))
            .collect();
        for candidate in &mut found {
            candidate.meaning = format!("says {} in every repository", names.join(" and "));
            candidate.is_doubtful = true;
        }
        let text = answers::filled(&hunk.old, &hunk.new, typed);
        if let Some(mut own) = self.filled(hunk, &text, edited) {
            let tags: Vec<String> = typed.iter().map(|(_, tag)| format!("`{tag}`")).collect();
            own.meaning = format!("says {}: each repository's own", tags.join(" and "));
            found.push(own);
        }
        found
    }

    /// Leaves it to a person whether tags are to go that a candidate lacks.
    fn doubt_lost_tags(&self, hunk: &EditHunk, found: &mut [Candidate]) {
        if hunk.new.is_empty() {
            return;
        }
        for candidate in found {
            let lost = answers::lost(&self.source, &candidate.source);
            if !lost.is_empty() && !self.rewrites(hunk) {
                candidate.is_doubtful = true;
                let lost: Vec<String> = lost.iter().map(|tag| format!("`{tag}`")).collect();
                candidate.meaning = format!("takes {} out in every repository", lost.join(" and "));
            }
        }
    }

    /// Returns the source that has a text with tags for answers in a hunk's place, by the merge
    /// where that gives one. With other answers it says something else than the edit, which is what
    /// it is for.
    fn filled(&self, hunk: &EditHunk, text: &str, edited: &str) -> Option<Candidate> {
        self.with_merged_text(hunk, text)
            .into_iter()
            .chain(self.by_lines(hunk, text))
            .find(|candidate| self.renders(&candidate.source, edited))
            .map(|candidate| Candidate {
                is_doubtful: true,
                ..candidate
            })
    }

    /// Returns whether a source renders to a text, and still renders with other answers.
    fn renders(&self, source: &str, edited: &str) -> bool {
        if self.rendering.render(source).as_deref() != Some(edited) {
            return false;
        }
        let after = self.rendering.probe(source);
        self.probed
            .iter()
            .zip(after)
            .all(|(before, after)| before.is_none() || after.is_some())
    }

    /// Returns the proved sources with a text in a hunk's place.
    fn with_text(
        &self,
        hunk: &EditHunk,
        text: &str,
        edited: &str,
        why: &mut UnplacedReason,
    ) -> Vec<Candidate> {
        if self.is_ambiguous(hunk) {
            // It is one of equal lines: each place is a way to read it.
            let mut candidates = Vec::new();
            for place in slides(&lines(&self.rendered), hunk)
                .iter()
                .take(MOST_PLACES)
            {
                candidates.extend(self.by_lines(place, &escaped(&place.new)));
            }
            return self.proved(candidates, edited, why);
        }
        let merged = self.with_merged_text(hunk, text);
        let found = self.proved(merged, edited, why);
        if found.is_empty() {
            self.proved(self.by_lines(hunk, text), edited, why)
        } else {
            found
        }
    }

    /// Returns the source with a text in a hunk's place, if merging gives one.
    fn with_merged_text(&self, hunk: &EditHunk, text: &str) -> Option<Candidate> {
        let marked = hunks::applied(&self.rendered, &[hunk.with_new(text.to_owned())]);
        let source = self.merged(&marked)?;
        Some(Candidate {
            source,
            meaning: String::new(),
            is_doubtful: false,
        })
    }

    /// Returns those of the candidates that are proved, each once, and remembers why one isn't.
    fn proved(
        &self,
        candidates: impl IntoIterator<Item = Candidate>,
        edited: &str,
        why: &mut UnplacedReason,
    ) -> Vec<Candidate> {
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
    }

    /// Returns whether every line of a hunk that tags wrote into is another line altogether: then
    /// the tags are gone with it, and nobody put something else in their place.
    fn rewrites(&self, hunk: &EditHunk) -> bool {
        let Some(origins) = self.origins() else {
            return false;
        };
        let old = lines(&hunk.old);
        for (index, line) in hunk.base.clone().enumerate() {
            let Some(values) = origins.values(line) else {
                return false;
            };
            let places: Vec<Range<usize>> = values.into_iter().map(|value| value.place).collect();
            if !places.is_empty() && !answers::is_rewritten(&old, index, &places, &hunk.new) {
                return false;
            }
        }
        true
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
        for (before, after) in self.probed.iter().zip(self.rendering.probe(source)) {
            let holds = match (before, after) {
                (Some(before), Some(after)) => self.is_edit_of(edited, before, &after),
                (Some(_), None) => false,
                // It could not be rendered before, either.
                (None, _) => true,
            };
            if !holds {
                return Proof::IsElsewhere;
            }
        }
        Proof::Holds
    }

    /// Returns whether the edit leads from what was rendered with other answers to what it renders
    /// to now. A merge that conflicts says nothing about that.
    fn is_edit_of(&self, edited: &str, before: &str, after: &str) -> bool {
        let sides = Sides {
            base: self.rendered.as_bytes(),
            ours: edited.as_bytes(),
            theirs: before.as_bytes(),
        };
        let merge = merge(FileKind::Template, &sides, Policies::NONE);
        !merge.is_clean() || merge.bytes(&sides) == after.as_bytes()
    }

    /// Returns the sources that have a text in place of the lines that a hunk's lines come from.
    fn by_lines(&self, hunk: &EditHunk, text: &str) -> Vec<Candidate> {
        let Some(origins) = self.origins() else {
            return Vec::new();
        };
        let traced = TracedSource {
            source: &self.source,
            rendered: &self.rendered,
            origins,
        };
        traced.candidates(hunk, text)
    }
}
