//! Turns lines of several sides into pieces of the original bytes, in the merged envelope.

use std::borrow::Cow;
use std::ops::Range;

use super::lines::Texts;
use super::regions::Region;
use super::rules::RulePart;
use crate::merge::pieces::{Conflict, Location, Piece, Side};

/// Writes lines one after the other.
pub struct Emitter<'a> {
    texts: &'a Texts<'a>,
    pieces: Vec<Piece>,
    /// Whether the last line so far has no end yet.
    open: bool,
}

impl<'a> Emitter<'a> {
    /// Starts with the byte order mark, if the result has one.
    pub fn new(texts: &'a Texts<'a>) -> Self {
        let mark = texts.envelope.mark.map(|side| Piece::Take(side, 0..3));
        Self {
            texts,
            pieces: mark.into_iter().collect(),
            open: false,
        }
    }

    /// Writes a part of a settled clash.
    pub fn run(&mut self, run: RulePart) {
        match run {
            RulePart::Lines(side, lines) => self.lines(side, lines),
            RulePart::Line(words, (side, end)) => {
                self.close();
                words
                    .into_iter()
                    .for_each(|(side, span)| self.take(side, span));
                let text = self.texts.side(side);
                let (line, content) = (text.span(&(end..end + 1)), text.content(end));
                self.take(side, content.end..line.end);
                self.open = content.end == line.end;
            }
        }
    }

    /// Writes lines of one side.
    pub fn lines(&mut self, side: Side, lines: Range<usize>) {
        if lines.is_empty() {
            return;
        }
        self.close();
        let text = self.texts.side(side);
        self.open = lines.end == text.count() && text.is_open();
        self.take(side, text.span(&lines));
    }

    pub fn conflict(&mut self, region: &Region, place: Location) {
        self.close();
        let span = |side, lines: &Range<usize>| {
            (!lines.is_empty()).then(|| self.texts.side(side).span(lines))
        };
        self.pieces.push(Piece::Conflict(Conflict {
            place,
            base: span(Side::Base, &region.base),
            ours: span(Side::Ours, &region.ours),
            theirs: span(Side::Theirs, &region.theirs),
            lead: String::new(),
            trail: String::new(),
        }));
    }

    /// Returns the pieces, with a final newline if the result has one.
    pub fn finish(mut self) -> Vec<Piece> {
        if self.texts.envelope.ends {
            self.close();
        } else if let Some(Piece::Take(side, span)) = self.pieces.last_mut() {
            let (bytes, mixed) = (self.texts.side(*side).bytes(), self.texts.envelope.mixed);
            let end: &[u8] = if !mixed && bytes[span.clone()].ends_with(b"\r\n") {
                b"\r\n"
            } else {
                &bytes[span.end - 1..span.end]
            };
            if end.ends_with(b"\n") || (!mixed && end == b"\r") {
                span.end -= end.len();
            }
        }
        self.pieces
    }

    /// Ends the line that the pieces so far end in.
    fn close(&mut self) {
        if std::mem::take(&mut self.open) {
            self.pieces
                .push(Piece::Separator(Cow::Borrowed(self.texts.envelope.newline)));
        }
    }

    fn take(&mut self, side: Side, span: Range<usize>) {
        if span.is_empty() {
            return;
        }
        match self.pieces.last_mut() {
            Some(Piece::Take(last, before)) if *last == side && before.end == span.start => {
                before.end = span.end
            }
            _ => self.pieces.push(Piece::Take(side, span)),
        }
    }
}
