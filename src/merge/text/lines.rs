//! Texts as lines, and the envelope around them: byte order mark, line ends, final newline.
//!
//! The envelope is merged as three scalars of its own, so a file that one side saved with other
//! line ends still merges line by line.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

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
    /// Different ones: a line's end is part of the line.
    Mixed,
}

impl LineEnds {
    /// Returns how the lines of `text` end; `None` where it has no line end.
    pub fn of(text: &[u8]) -> Option<Self> {
        let first = memchr2(b'\r', b'\n', text)?;
        if text[first] == b'\n' {
            return Some(if memchr(b'\r', &text[first..]).is_none() {
                Self::Unix
            } else {
                Self::Mixed
            });
        }
        let returns = memchr_iter(b'\r', text).count();
        let newlines = memchr_iter(b'\n', text).count();
        if newlines == 0 {
            return Some(Self::Mac);
        }
        let pairs = memchr_iter(b'\n', text)
            .filter(|at| text[..*at].ends_with(b"\r"))
            .count();
        Some(if pairs == returns && pairs == newlines {
            Self::Windows
        } else {
            Self::Mixed
        })
    }

    /// Returns the bytes of a line end; `\n` for a mixed text.
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
    /// The side whose byte order mark the result starts with, if it has one.
    pub mark: Option<Side>,
    /// What a line end is written as where one is needed.
    pub newline: &'static str,
    /// Whether every line end is rewritten as `newline`.
    pub rewrites: bool,
    /// Whether the result has a final newline.
    pub ends: bool,
    /// Whether some version mixes line ends. Then only `\n` ends a line, and a `\r` before it is
    /// part of the line.
    pub mixed: bool,
    /// Whether all versions have the same envelope.
    pub is_common: bool,
}

/// A text, split into numbered lines.
#[derive(Debug)]
pub struct Text<'a> {
    /// Unique among the texts that one reader read in the same way.
    pub number: usize,
    bytes: &'a [u8],
    /// Where each line starts, and the end of the text.
    starts: Vec<usize>,
    /// A number for each line: equal lines have equal numbers, in all texts that one reader read in
    /// the same way.
    pub ids: Vec<u32>,
    mixed: bool,
}

impl<'a> Text<'a> {
    /// Returns the bytes of some lines, with their ends.
    pub fn span(&self, lines: &Range<usize>) -> Range<usize> {
        self.starts[lines.start]..self.starts[lines.end]
    }

    pub fn line_at(&self, byte: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= byte)
            .saturating_sub(1)
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
    pub fn lines(
        &self,
        lines: &Range<usize>,
    ) -> impl DoubleEndedIterator<Item = &'a [u8]> + Clone + use<'a, '_> {
        lines.clone().map(|index| self.line(index))
    }

    /// Returns the same text with other numbers for its lines.
    pub fn numbered(&self, number: usize, ids: Vec<u32>) -> Self {
        Self {
            number,
            bytes: self.bytes,
            starts: self.starts.clone(),
            ids,
            mixed: self.mixed,
        }
    }

    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub fn count(&self) -> usize {
        self.ids.len()
    }

    /// Returns whether the last line has no end.
    pub fn is_open(&self) -> bool {
        self.count()
            .checked_sub(1)
            .is_some_and(|last| self.line(last).len() == self.line_with_end(last).len())
    }
}

fn without_end(line: &[u8], mixed: bool) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    if mixed {
        line
    } else {
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

/// Three texts whose lines are numbered alike.
#[derive(Clone, Debug)]
pub struct Texts<'a> {
    pub base: Rc<Text<'a>>,
    pub ours: Rc<Text<'a>>,
    pub theirs: Rc<Text<'a>>,
    /// What is around the lines of the result.
    pub envelope: Envelope,
    torn: bool,
}

impl<'a> Texts<'a> {
    /// Returns whether the versions' lines can be compared. They can't where one version ends lines
    /// with `\r` alone and another mixes line ends.
    pub fn have_lines_in_common(&self) -> bool {
        !self.torn
    }

    /// Returns whether the texts are small enough to try several merges, and to check them.
    pub fn are_small(&self) -> bool {
        const SMALL: usize = 20_000;
        self.base.count() + self.ours.count() + self.theirs.count() <= SMALL
    }

    /// Returns which of two runs of lines to take where each contains the other. They differ in
    /// layout alone, and the longer one has more of it. Swapped sides give the same run.
    pub fn fuller(&self, ours: &Range<usize>, theirs: &Range<usize>) -> Side {
        let (ours, theirs) = (self.ours.lines(ours), self.theirs.lines(theirs));
        let length = |lines: &mut dyn Iterator<Item = &[u8]>| {
            lines.map(|line| line.len() + 1).sum::<usize>()
        };
        let longer = length(&mut ours.clone()).cmp(&length(&mut theirs.clone()));
        if longer.then_with(|| ours.cmp(theirs)).is_ge() {
            Side::Ours
        } else {
            Side::Theirs
        }
    }

    /// Returns the same texts with other numbers for their lines.
    pub fn numbered(&self, [base, ours, theirs]: [Rc<Text<'a>>; 3]) -> Self {
        Self {
            base,
            ours,
            theirs,
            ..*self
        }
    }

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
        Self {
            base: fact(sides.base),
            ours: fact(sides.ours),
            theirs: fact(sides.theirs),
        }
    }

    /// Merges the fact: the side that changed it wins, ours where both did.
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
    let fact =
        |is: &dyn Fn(&[u8]) -> bool| Three::of(sides, |text| (!text.is_empty()).then(|| is(text)));
    let mark = fact(&|text| text.starts_with(BYTE_ORDER_MARK));
    let ends_its_lines = fact(&|text| text.ends_with(b"\n") || (!mixed && text.ends_with(b"\r")));
    // Where base is empty, what either side has is there.
    let is = |fact: &Three<bool>| match fact.base {
        None => fact.ours == Some(true) || fact.theirs == Some(true),
        Some(_) => fact.merged() == Some(true),
    };
    let holder = |side: &Side| sides.of(*side).starts_with(BYTE_ORDER_MARK);
    Envelope {
        mark: if is(&mark) {
            [Side::Ours, Side::Theirs].into_iter().find(holder)
        } else {
            None
        },
        newline: ends
            .merged()
            .filter(|_| !mixed)
            .map_or("\n", LineEnds::bytes),
        rewrites: !mixed && !ends.all_equal(),
        ends: is(&ends_its_lines),
        mixed,
        is_common: ends.all_equal() && mark.all_equal() && ends_its_lines.all_equal(),
    }
}

/// Returns whether lines of this number aren't blank. Blank lines are everywhere, and say nothing.
pub fn speaks(number: u32) -> bool {
    number & SPEAKS != 0
}

/// The bit that is set in the number of a line that isn't blank.
pub const SPEAKS: u32 = 1;

/// Reads texts as lines, each text once.
#[derive(Debug, Default)]
pub struct LineReader<'a> {
    /// The lines of texts with one kind of line end, and those of texts that mix them.
    numbers: [Numbers<'a>; 2],
    texts: HashMap<(&'a [u8], bool), Rc<Text<'a>>, RandomState>,
}

impl<'a> LineReader<'a> {
    /// Splits three versions of a file.
    pub fn texts(&mut self, sides: &Sides<'a>) -> Texts<'a> {
        let ends = Three::of(sides, LineEnds::of);
        let is_any = |one| [ends.base, ends.ours, ends.theirs].contains(&Some(one));
        let mixed = is_any(LineEnds::Mixed);
        let mut read = |bytes, ends| self.text(bytes, ends, mixed);
        Texts {
            base: read(sides.base, ends.base),
            ours: read(sides.ours, ends.ours),
            theirs: read(sides.theirs, ends.theirs),
            envelope: envelope(sides, &ends),
            torn: mixed && is_any(LineEnds::Mac),
        }
    }

    /// Splits a text. `mixed` says that a line's end is a part of the line.
    fn text(&mut self, bytes: &'a [u8], ends: Option<LineEnds>, mixed: bool) -> Rc<Text<'a>> {
        let number = self.texts.len();
        let numbers = &mut self.numbers[usize::from(mixed)];
        let read = || Rc::new(numbers.text(number, bytes, ends, mixed));
        Rc::clone(self.texts.entry((bytes, mixed)).or_insert_with(read))
    }
}

/// Gives equal lines equal numbers.
#[derive(Debug, Default)]
struct Numbers<'a> {
    known: HashMap<&'a [u8], u32, RandomState>,
    /// The lines of the text that was read first, without their ends, with their numbers.
    first: Vec<(&'a [u8], u32)>,
    /// Where each line first stands in it, in the order in which lines were found.
    places: Vec<usize>,
}

impl<'a> Numbers<'a> {
    /// Numbers the lines of a text. Most are those of the first text in the same order, and needn't
    /// be looked up.
    fn text(
        &mut self,
        number: usize,
        bytes: &'a [u8],
        ends: Option<LineEnds>,
        mixed: bool,
    ) -> Text<'a> {
        let starts = starts(bytes, ends);
        let lines = starts
            .windows(2)
            .map(|line| without_end(&bytes[line[0]..line[1]], mixed));
        let ids = if self.first.is_empty() {
            self.of_first(lines)
        } else {
            self.of_other(lines)
        };
        Text {
            number,
            bytes,
            starts,
            ids,
            mixed,
        }
    }

    fn of_first(&mut self, lines: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u32> {
        self.known.reserve(lines.len());
        self.first.reserve(lines.len());
        for (index, line) in lines.enumerate() {
            let id = self.number(line);
            if self.places.len() < self.known.len() {
                self.places.push(index);
            }
            self.first.push((line, id));
        }
        self.first.iter().map(|(_, id)| *id).collect()
    }

    fn of_other(&mut self, lines: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u32> {
        let mut next = 0;
        let number = |line| match self.first.get(next) {
            Some((first, id)) if *first == line => {
                next += 1;
                *id
            }
            _ => {
                let id = self.number(line);
                next = self
                    .places
                    .get((id >> 1) as usize)
                    .map_or(next, |place| place + 1);
                id
            }
        };
        lines.map(number).collect()
    }

    fn number(&mut self, line: &'a [u8]) -> u32 {
        let next =
            u32::try_from(self.known.len() << 1).expect("a file of so many lines fits no memory");
        *self.known.entry(line).or_insert_with(|| {
            let speaks = !line.iter().all(u8::is_ascii_whitespace);
            if speaks { next | SPEAKS } else { next }
        })
    }
}

/// Returns where each line starts, and where the last one ends.
fn starts(bytes: &[u8], ends: Option<LineEnds>) -> Vec<usize> {
    let end = if ends == Some(LineEnds::Mac) {
        b'\r'
    } else {
        b'\n'
    };
    let body = if bytes.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len()
    } else {
        0
    };
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
    fn check(
        base: &str,
        ours: &str,
        theirs: &str,
        mark: Option<Side>,
        newline: &str,
        rewrites: bool,
        ends: bool,
    ) {
        let sides = Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        let envelope = LineReader::default().texts(&sides).envelope;
        assert_eq!(
            (
                envelope.mark,
                envelope.newline,
                envelope.rewrites,
                envelope.ends
            ),
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
        check(
            "a",
            "b",
            "\u{feff}c",
            Some(Side::Theirs),
            "\n",
            false,
            false,
        );
        check("a\n", "a", "b\n", None, "\n", false, false);
        check("", "a\n", "b", None, "\n", false, true);
    }

    #[test]
    fn equal_lines_have_equal_numbers_whatever_ends_them() {
        let texts = LineReader::default().texts(&Sides {
            base: b"a\nb\n",
            ours: b"a\r\nb",
            theirs: b"\xef\xbb\xbfa\rc\r",
        });
        assert_eq!(
            (
                &texts.base.ids[..],
                &texts.ours.ids[..],
                &texts.theirs.ids[..]
            ),
            (&[1, 3][..], &[1, 3][..], &[1, 5][..])
        );
        assert!(texts.ours.is_open() && !texts.base.is_open());
        assert_eq!(texts.theirs.line(0), b"a");
    }
}
