//! Texts as lines, and the envelope around them: byte order mark, line ends, final newline.
//!
//! The envelope is merged as three scalars of its own, so a file that one side saved with other line ends still merges
//! line by line.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;
use memchr::{memchr, memchr_iter, memchr2};

use crate::merge::pieces::{Side, Sides};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How the lines of a text end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnds {
    /// `\n`, everywhere.
    Unix,
    /// `\r\n`, everywhere.
    Windows,
    /// `\r`, everywhere.
    Mac,
    /// Several of them: each line's end is a part of the line.
    Mixed,
}

impl LineEnds {
    /// Returns how the lines of `text` end; `None` where none ends.
    pub fn of(text: &[u8]) -> Option<Self> {
        let first = memchr2(b'\r', b'\n', text)?;
        if text[first] == b'\n' {
            return Some(if memchr(b'\r', &text[first..]).is_none() { Self::Unix } else { Self::Mixed });
        }
        let returns = memchr_iter(b'\r', text).count();
        let newlines = memchr_iter(b'\n', text).count();
        if newlines == 0 {
            return Some(Self::Mac);
        }
        let pairs = memchr_iter(b'\n', text).filter(|at| text[..*at].ends_with(b"\r")).count();
        Some(if pairs == returns && pairs == newlines { Self::Windows } else { Self::Mixed })
    }

    /// Returns the bytes of a line end; those of a mixed text are Unix's.
    pub fn bytes(self) -> &'static str {
        match self {
            Self::Unix | Self::Mixed => "\n",
            Self::Windows => "\r\n",
            Self::Mac => "\r",
        }
    }
}

/// What is around the lines of a merged text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Whose byte order mark the result starts with.
    pub mark: Option<Side>,
    /// What a line end is written as where one is needed.
    pub newline: &'static str,
    /// Whether every line end has to be written as that.
    pub rewrites: bool,
    /// Whether the last line ends.
    pub ends: bool,
    /// Whether a line ends with `\n` alone, and a `\r` before it is a part of the line: some version mixes line ends.
    pub mixed: bool,
    /// Whether all versions have the same envelope.
    pub is_common: bool,
}

/// A text, split into numbered lines.
#[derive(Debug)]
pub struct Text<'a> {
    bytes: &'a [u8],
    /// Where each line starts, and the end of the text.
    starts: Vec<usize>,
    /// What each line says: equal lines have equal numbers, in all three texts.
    pub ids: Vec<u32>,
    mixed: bool,
}

impl<'a> Text<'a> {
    /// Returns the bytes of some lines, with their ends.
    pub fn span(&self, lines: &Range<usize>) -> Range<usize> {
        self.starts[lines.start]..self.starts[lines.end]
    }

    /// Returns a line without its end.
    pub fn line(&self, index: usize) -> &'a [u8] {
        without_end(self.line_with_end(index), self.mixed)
    }

    /// Returns a line with its end.
    pub fn line_with_end(&self, index: usize) -> &'a [u8] {
        &self.bytes[self.starts[index]..self.starts[index + 1]]
    }

    /// Returns where the content of a line lies.
    pub fn content(&self, index: usize) -> Range<usize> {
        let start = self.starts[index];
        start..start + self.line(index).len()
    }

    /// Returns some lines without their ends.
    pub fn lines(&self, lines: &Range<usize>) -> impl DoubleEndedIterator<Item = &'a [u8]> + Clone + use<'a, '_> {
        lines.clone().map(|index| self.line(index))
    }

    /// Returns the whole text.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns how many lines there are.
    pub fn count(&self) -> usize {
        self.ids.len()
    }

    /// Returns whether the last line has no end.
    pub fn is_open(&self) -> bool {
        self.count().checked_sub(1).is_some_and(|last| self.line(last).len() == self.line_with_end(last).len())
    }
}

fn without_end(line: &[u8], mixed: bool) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    if mixed { line } else { line.strip_suffix(b"\r").unwrap_or(line) }
}

/// Three texts whose lines are numbered alike.
#[derive(Debug)]
pub struct Texts<'a> {
    /// What both started from.
    pub base: Text<'a>,
    /// What the repo has.
    pub ours: Text<'a>,
    /// What the release brings.
    pub theirs: Text<'a>,
    /// What is around the lines of the result.
    pub envelope: Envelope,
    /// The numbers of lines that say something.
    speaks: Vec<bool>,
    torn: bool,
}

impl<'a> Texts<'a> {
    /// Splits the three versions of a file.
    pub fn of(sides: &Sides<'a>) -> Self {
        let ends = Three::of(sides, LineEnds::of);
        let envelope = envelope(sides, &ends);
        let mixed = [ends.base, ends.ours, ends.theirs].contains(&Some(LineEnds::Mixed));
        let mut numbers = Numbers { known: HashMap::default(), mixed, first: Vec::new(), speaks: Vec::new() };
        let base = numbers.base(sides.base, ends.base);
        let ours = numbers.side(sides.ours, ends.ours, &base);
        let theirs = numbers.side(sides.theirs, ends.theirs, &base);
        let torn = mixed && [ends.base, ends.ours, ends.theirs].contains(&Some(LineEnds::Mac));
        Self { base, ours, theirs, envelope, speaks: numbers.speaks, torn }
    }

    /// Returns whether the versions mean the same by a line. Where one ends its lines with `\r` alone and another mixes
    /// line ends, they don't.
    pub fn have_lines_in_common(&self) -> bool {
        !self.torn
    }

    /// Returns whether trying several ways costs next to nothing.
    pub fn are_small(&self) -> bool {
        const SMALL: usize = 20_000;
        self.base.count() + self.ours.count() + self.theirs.count() <= SMALL
    }

    /// Returns which of two runs of lines is taken where each has in it what the other says. They differ in layout alone,
    /// and the longer has more of it. It is the same one with the sides swapped.
    pub fn fuller(&self, ours: &Range<usize>, theirs: &Range<usize>) -> Side {
        let (ours, theirs) = (self.ours.lines(ours), self.theirs.lines(theirs));
        let length = |lines: &mut dyn Iterator<Item = &[u8]>| lines.map(|line| line.len() + 1).sum::<usize>();
        let longer = length(&mut ours.clone()).cmp(&length(&mut theirs.clone()));
        if longer.then_with(|| ours.cmp(theirs)).is_ge() { Side::Ours } else { Side::Theirs }
    }

    /// Returns whether lines of this number say something: blank ones are everywhere.
    pub fn speaks(&self, number: u32) -> bool {
        self.speaks[number as usize]
    }

    /// Returns one of the three.
    pub fn side(&self, side: Side) -> &Text<'a> {
        match side {
            Side::Base => &self.base,
            Side::Ours => &self.ours,
            Side::Theirs => &self.theirs,
        }
    }
}

/// One fact of each version.
struct Three<T> {
    base: Option<T>,
    ours: Option<T>,
    theirs: Option<T>,
}

impl<T: Copy + PartialEq> Three<T> {
    fn of(sides: &Sides<'_>, fact: impl Fn(&[u8]) -> Option<T>) -> Self {
        Self { base: fact(sides.base), ours: fact(sides.ours), theirs: fact(sides.theirs) }
    }

    /// Merges the fact: who changed it wins, ours where both did.
    fn merged(&self) -> Option<T> {
        match (self.base, self.ours, self.theirs) {
            (_, None, theirs) => theirs.or(self.base),
            (base, ours, theirs) if ours == base && theirs.is_some() => theirs,
            (_, ours, _) => ours,
        }
    }

    fn all_equal(&self) -> bool {
        let known = [self.base, self.ours, self.theirs].into_iter().flatten();
        let merged = self.merged();
        known.into_iter().all(|fact| Some(fact) == merged)
    }
}

fn envelope(sides: &Sides<'_>, ends: &Three<LineEnds>) -> Envelope {
    let mixed = [ends.base, ends.ours, ends.theirs].contains(&Some(LineEnds::Mixed));
    let fact = |is: &dyn Fn(&[u8]) -> bool| Three::of(sides, |text| (!text.is_empty()).then(|| is(text)));
    let mark = fact(&|text| text.starts_with(BYTE_ORDER_MARK));
    let ends_its_lines = fact(&|text| text.ends_with(b"\n") || (!mixed && text.ends_with(b"\r")));
    // Where base is empty, what either side has is there.
    let is = |fact: &Three<bool>| match fact.base {
        None => fact.ours == Some(true) || fact.theirs == Some(true),
        Some(_) => fact.merged() == Some(true),
    };
    let holder = |side: &Side| sides.of(*side).starts_with(BYTE_ORDER_MARK);
    Envelope {
        mark: if is(&mark) { [Side::Ours, Side::Theirs].into_iter().find(holder) } else { None },
        newline: ends.merged().filter(|_| !mixed).map_or("\n", LineEnds::bytes),
        rewrites: !mixed && !ends.all_equal(),
        ends: is(&ends_its_lines),
        mixed,
        is_common: ends.all_equal() && mark.all_equal() && ends_its_lines.all_equal(),
    }
}

/// Gives equal lines equal numbers.
struct Numbers<'a> {
    known: HashMap<&'a [u8], u32, RandomState>,
    /// Whether a line's end is a part of it.
    mixed: bool,
    /// Where in base each number stands first.
    first: Vec<usize>,
    /// Whether each number's line says something.
    speaks: Vec<bool>,
}

impl<'a> Numbers<'a> {
    fn base(&mut self, bytes: &'a [u8], ends: Option<LineEnds>) -> Text<'a> {
        let starts = starts(bytes, ends);
        self.known.reserve(starts.len());
        let mut ids = Vec::with_capacity(starts.len());
        for (index, line) in starts.windows(2).enumerate() {
            let id = self.number(self.said(&bytes[line[0]..line[1]]));
            if self.first.len() < self.known.len() {
                self.first.push(index);
            }
            ids.push(id);
        }
        Text { bytes, starts, ids, mixed: self.mixed }
    }

    /// Numbers the lines of a side. Most are those of base, one behind the other, and needn't be looked up.
    fn side(&mut self, bytes: &'a [u8], ends: Option<LineEnds>, base: &Text<'a>) -> Text<'a> {
        let starts = starts(bytes, ends);
        let mut ids = Vec::with_capacity(starts.len());
        let mut next = 0;
        for line in starts.windows(2) {
            let line = self.said(&bytes[line[0]..line[1]]);
            if next < base.count() && self.said(base.line_with_end(next)) == line {
                ids.push(base.ids[next]);
                next += 1;
                continue;
            }
            let id = self.number(line);
            if let Some(first) = self.first.get(id as usize) {
                next = first + 1;
            }
            ids.push(id);
        }
        Text { bytes, starts, ids, mixed: self.mixed }
    }

    /// Returns what of a line tells it from others.
    fn said(&self, line: &'a [u8]) -> &'a [u8] {
        without_end(line, self.mixed)
    }

    fn number(&mut self, line: &'a [u8]) -> u32 {
        let next = u32::try_from(self.known.len()).expect("a file of so many lines fits no memory");
        let number = *self.known.entry(line).or_insert(next);
        if number == next {
            self.speaks.push(!line.iter().all(u8::is_ascii_whitespace));
        }
        number
    }
}

/// Returns where each line starts, and where the last one ends.
fn starts(bytes: &[u8], ends: Option<LineEnds>) -> Vec<usize> {
    let end = if ends == Some(LineEnds::Mac) { b'\r' } else { b'\n' };
    let body = if bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let mut starts = Vec::with_capacity(bytes.len() / 32 + 2);
    starts.push(body);
    starts.extend(memchr_iter(end, &bytes[body..]).map(|at| body + at + 1));
    if starts.last() != Some(&bytes.len()) {
        starts.push(bytes.len());
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_told_apart() {
        for (text, ends) in [
            ("", None),
            ("a", None),
            ("a\nb", Some(LineEnds::Unix)),
            ("a\r\nb\r\n", Some(LineEnds::Windows)),
            ("a\rb\r", Some(LineEnds::Mac)),
            ("a\r\nb\n", Some(LineEnds::Mixed)),
            ("a\nb\r\n", Some(LineEnds::Mixed)),
            ("a\rb\r\n", Some(LineEnds::Mixed)),
            ("a\r\r\n", Some(LineEnds::Mixed)),
        ] {
            assert_eq!(LineEnds::of(text.as_bytes()), ends, "{text:?}");
        }
    }

    #[track_caller]
    fn check(base: &str, ours: &str, theirs: &str, mark: Option<Side>, newline: &str, rewrites: bool, ends: bool) {
        let sides = Sides { base: base.as_bytes(), ours: ours.as_bytes(), theirs: theirs.as_bytes() };
        let envelope = Texts::of(&sides).envelope;
        assert_eq!(
            (envelope.mark, envelope.newline, envelope.rewrites, envelope.ends),
            (mark, newline, rewrites, ends)
        );
    }

    #[test]
    fn the_envelope_is_three_scalars() {
        check("a\n", "b\n", "c\n", None, "\n", false, true);
        // Who changed the line ends wins, ours where both did.
        check("a\n", "a\r\n", "c\n", None, "\r\n", true, true);
        check("a\n", "a\n", "c\r\n", None, "\r\n", true, true);
        check("a\n", "a\r\n", "c\r", None, "\r\n", true, true);
        // What has no line ends has no say; where they are mixed they belong to the lines.
        check("", "a\r\n", "b\r\n", None, "\r\n", false, true);
        check("a\n", "a\r\nb\n", "a\n", None, "\n", false, true);
        check("\u{feff}a", "\u{feff}b", "c", None, "\n", false, false);
        check("a", "b", "\u{feff}c", Some(Side::Theirs), "\n", false, false);
        check("a\n", "a", "b\n", None, "\n", false, false);
        check("", "a\n", "b", None, "\n", false, true);
    }

    #[test]
    fn equal_lines_have_equal_numbers_whatever_ends_them() {
        let texts = Texts::of(&Sides { base: b"a\nb\n", ours: b"a\r\nb", theirs: b"\xef\xbb\xbfa\rc\r" });
        assert_eq!(
            (&texts.base.ids[..], &texts.ours.ids[..], &texts.theirs.ids[..]),
            (&[0, 1][..], &[0, 1][..], &[0, 2][..])
        );
        assert!(texts.ours.is_open() && !texts.base.is_open());
        assert_eq!(texts.theirs.line(0), b"a");
    }
}
