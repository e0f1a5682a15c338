//! The result of a merge, as pieces of its inputs: one value that can be rendered as bytes, as text
//! with markers, or as a list of conflicts.
//!
//! **Every byte of a result comes from base, ours or theirs, or is a separator.** There is one
//! exception: a JSON container that a merge once filled gets back the bytes that it had before,
//! which the caller kept ([`Piece::Restored`]). Line ends are rewritten where the versions differ
//! in them ([`Merge::newline`]).

use std::borrow::Cow;
use std::ops::Range;

use super::rule::MergeRule;

/// The three versions of a file.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// What both started from.
    pub base: &'a [u8],
    /// What the repo has.
    pub ours: &'a [u8],
    /// What the release brings.
    pub theirs: &'a [u8],
}

impl<'a> Sides<'a> {
    pub fn of(&self, side: Side) -> &'a [u8] {
        match side {
            Side::Base => self.base,
            Side::Ours => self.ours,
            Side::Theirs => self.theirs,
        }
    }

    /// Returns the three with other bytes for one.
    pub fn with(mut self, side: Side, bytes: &'a [u8]) -> Self {
        match side {
            Side::Base => self.base = bytes,
            Side::Ours => self.ours = bytes,
            Side::Theirs => self.theirs = bytes,
        }
        self
    }

    /// Returns the three with ours and theirs swapped.
    pub fn swapped(self) -> Self {
        Self {
            base: self.base,
            ours: self.theirs,
            theirs: self.ours,
        }
    }
}

/// A version that bytes are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Base,
    Ours,
    Theirs,
}

impl Side {
    /// The versions in the order in which they are numbered.
    pub const ALL: [Self; 3] = [Self::Base, Self::Ours, Self::Theirs];

    fn with_sides_swapped(self) -> Self {
        match self {
            Self::Base => Self::Base,
            Self::Ours => Self::Theirs,
            Self::Theirs => Self::Ours,
        }
    }
}

/// The result of a merge. It holds places in its inputs, not their bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merge {
    /// The result from its first byte to its last.
    pub pieces: Vec<Piece>,
    /// Which rule settled what, in the order of the result.
    pub resolutions: Vec<Resolution>,
    /// What every line end is written as, where the inputs differ in their line ends. `None` where
    /// line ends are copied with their lines.
    pub newline: Option<&'static str>,
}

/// A run of the result's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes of one side.
    Take(Side, Range<usize>),
    /// White space, commas, colons and brackets between the bytes of sides.
    Separator(Cow<'static, str>),
    /// The bytes that an empty JSON container had before a merge filled it, written back now that
    /// it is empty again.
    Restored(String),
    /// What both sides changed in different ways.
    Conflict(Conflict),
}

/// One place that both sides changed in different ways, and no rule settles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub place: Location,
    /// What was there; `None` where nothing was.
    pub base: Option<Range<usize>>,
    /// What ours has there; `None` where it has nothing.
    pub ours: Option<Range<usize>>,
    /// What theirs has there; `None` where it has nothing.
    pub theirs: Option<Range<usize>>,
    /// Where one side has nothing here: what to write before the other side's bytes if they are
    /// taken (comma, indent, key).
    pub lead: String,
    /// Where one side has nothing here: what to write after the other side's bytes if they are
    /// taken.
    pub trail: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    File,
    /// Lines of each version, counted from 0. A version that has none there has an empty range.
    Lines {
        base: Range<usize>,
        ours: Range<usize>,
        theirs: Range<usize>,
    },
    /// A value of a document, as a JSON pointer (RFC 6901).
    Value(String),
}

impl Location {
    fn mirror(&mut self) {
        if let Self::Lines { ours, theirs, .. } = self {
            std::mem::swap(ours, theirs);
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    pub rule: MergeRule,
    pub place: Location,
}

impl Merge {
    /// Returns the merge that takes all of one side.
    pub fn whole(side: Side, length: usize, rule: MergeRule) -> Self {
        Self {
            pieces: vec![Piece::Take(side, 0..length)],
            resolutions: vec![Resolution {
                rule,
                place: Location::File,
            }],
            newline: None,
        }
    }

    pub fn conflicts(&self) -> impl Iterator<Item = &Conflict> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Conflict(conflict) => Some(conflict),
            _ => None,
        })
    }

    /// Returns whether there are no conflicts.
    pub fn is_clean(&self) -> bool {
        self.conflicts().next().is_none()
    }

    /// Returns the same merge for swapped sides: what was taken from ours is taken from theirs.
    pub fn mirrored(mut self) -> Self {
        for piece in &mut self.pieces {
            match piece {
                Piece::Take(side, _) => *side = side.with_sides_swapped(),
                Piece::Conflict(conflict) => {
                    std::mem::swap(&mut conflict.ours, &mut conflict.theirs);
                    conflict.place.mirror();
                }
                Piece::Separator(_) | Piece::Restored(_) => {}
            }
        }
        for settled in &mut self.resolutions {
            settled.place.mirror();
            settled.rule = match settled.rule {
                MergeRule::OnlyOurs => MergeRule::OnlyTheirs,
                MergeRule::OnlyTheirs => MergeRule::OnlyOurs,
                rule => rule,
            };
        }
        self
    }

    pub fn uses(&self, rule: MergeRule) -> bool {
        self.resolutions.iter().any(|settled| settled.rule == rule)
    }

    /// Returns whether everything that was settled was settled by value, and nothing by lines.
    pub fn is_by_value(&self) -> bool {
        self.resolutions
            .iter()
            .all(|settled| matches!(settled.place, Location::Value(_)))
    }

    /// Returns the result, with ours at every conflict.
    pub fn bytes(&self, sides: &Sides<'_>) -> Vec<u8> {
        self.taking(Side::Ours, sides)
    }

    /// Returns the result, with one side at every conflict.
    pub fn taking(&self, side: Side, sides: &Sides<'_>) -> Vec<u8> {
        self.taking_in_places(side, sides).0
    }

    /// Returns the result, with one side at every conflict, and where in it each conflict is.
    pub fn taking_in_places(&self, side: Side, sides: &Sides<'_>) -> (Vec<u8>, Vec<Range<usize>>) {
        let mut out = Writer::new(self, sides);
        let mut places = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Conflict(conflict) => {
                    let start = out.bytes.len();
                    out.side(conflict, side);
                    places.push(start..out.bytes.len());
                }
                settled => out.write_piece(settled),
            }
        }
        (out.bytes, places)
    }
}

impl Merge {
    /// Returns the result with markers around each conflict, base included, as `git merge-file
    /// --diff3` has them.
    ///
    /// The markers are longer than any run that a side starts a line with, so a file that holds
    /// markers stays readable.
    pub fn marked(&self, sides: &Sides<'_>, labels: &SideLabels) -> Vec<u8> {
        let mut out = Writer::new(self, sides);
        let length = marker_length(sides);
        let newline = self.newline.unwrap_or(newline_of(sides));
        for piece in &self.pieces {
            match piece {
                Piece::Conflict(conflict) => {
                    let parts = [
                        ("<", labels.ours.as_str(), Some(Side::Ours)),
                        ("|", labels.base.as_str(), Some(Side::Base)),
                        ("=", "", Some(Side::Theirs)),
                        (">", labels.theirs.as_str(), None),
                    ];
                    for (marker, label, side) in parts {
                        out.start_line(newline);
                        out.bytes
                            .extend_from_slice(marker.repeat(length).as_bytes());
                        if !label.is_empty() {
                            out.bytes.push(b' ');
                            out.bytes.extend_from_slice(label.as_bytes());
                        }
                        out.bytes.extend_from_slice(newline.as_bytes());
                        side.into_iter().for_each(|side| out.side(conflict, side));
                    }
                }
                settled => out.write_piece(settled),
            }
        }
        out.bytes
    }
}

/// What the three versions are called in markers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideLabels {
    /// What both started from: `org-baseline 1.2.0`.
    pub base: String,
    /// What the repo has: `local`.
    pub ours: String,
    /// What the release brings: `org-baseline 1.3.0`.
    pub theirs: String,
}

struct Writer<'a> {
    merge: &'a Merge,
    sides: &'a Sides<'a>,
    bytes: Vec<u8>,
}

impl<'a> Writer<'a> {
    fn new(merge: &'a Merge, sides: &'a Sides<'a>) -> Self {
        Self {
            merge,
            sides,
            bytes: Vec::with_capacity(sides.ours.len() + sides.theirs.len() / 4),
        }
    }

    fn write_piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Take(side, span) => self.take(*side, span.clone()),
            Piece::Separator(text) => self.bytes.extend_from_slice(text.as_bytes()),
            Piece::Restored(text) => self.bytes.extend_from_slice(text.as_bytes()),
            Piece::Conflict(_) => {}
        }
    }

    fn side(&mut self, conflict: &Conflict, side: Side) {
        let span = match side {
            Side::Base => &conflict.base,
            Side::Ours => &conflict.ours,
            Side::Theirs => &conflict.theirs,
        };
        let Some(span) = span else { return };
        let alone = side != Side::Base && (conflict.ours.is_none() || conflict.theirs.is_none());
        let (lead, trail) = if alone {
            (conflict.lead.as_str(), conflict.trail.as_str())
        } else {
            ("", "")
        };
        self.bytes.extend_from_slice(lead.as_bytes());
        self.take(side, span.clone());
        self.bytes.extend_from_slice(trail.as_bytes());
    }

    fn take(&mut self, side: Side, span: Range<usize>) {
        let bytes = &self.sides.of(side)[span];
        match self.merge.newline {
            None => self.bytes.extend_from_slice(bytes),
            Some(newline) => rewrite_line_ends(bytes, newline, &mut self.bytes),
        }
    }

    /// Ends the last line, if it has no line end yet.
    fn start_line(&mut self, newline: &str) {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        let starts = self.bytes.is_empty() || self.bytes == BYTE_ORDER_MARK;
        if !starts && !self.bytes.ends_with(b"\n") && !self.bytes.ends_with(newline.as_bytes()) {
            self.bytes.extend_from_slice(newline.as_bytes());
        }
    }
}

/// Writes `bytes` with every line end (`\n`, `\r\n` or `\r`) as `newline`.
fn rewrite_line_ends(bytes: &[u8], newline: &str, out: &mut Vec<u8>) {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(newline.as_bytes());
        let length = if rest[at..].starts_with(b"\r\n") {
            2
        } else {
            1
        };
        rest = &rest[at + length..];
    }
    out.extend_from_slice(rest);
}

fn newline_of(sides: &Sides<'_>) -> &'static str {
    let first = sides
        .ours
        .iter()
        .position(|byte| matches!(byte, b'\r' | b'\n'));
    match first.map(|at| &sides.ours[at..]) {
        Some(rest) if rest.starts_with(b"\r\n") => "\r\n",
        Some(rest) if rest.starts_with(b"\r") => "\r",
        _ => "\n",
    }
}

/// Returns a length for markers that is longer than any run of marker characters that a line of the
/// inputs starts with.
fn marker_length(sides: &Sides<'_>) -> usize {
    const USUAL: usize = 7;
    let run = |line: &[u8]| match line.first() {
        Some(first @ (b'<' | b'|' | b'=' | b'>')) => {
            line.iter().take_while(|byte| *byte == first).count()
        }
        _ => 0,
    };
    let lines = [sides.base, sides.ours, sides.theirs]
        .into_iter()
        .flat_map(|side| side.split(|byte| matches!(byte, b'\r' | b'\n')));
    let longest = lines.map(run).filter(|length| *length >= USUAL).max();
    longest.map_or(USUAL, |length| length + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: Sides<'_> = Sides {
        base: b"a\nb\n",
        ours: b"a\nx\n",
        theirs: b"a\ny\n",
    };

    fn merge() -> Merge {
        let place = Location::Lines {
            base: 1..2,
            ours: 1..2,
            theirs: 1..2,
        };
        let (lead, trail) = (String::new(), String::new());
        let conflict = Conflict {
            place,
            base: Some(2..4),
            ours: Some(2..4),
            theirs: Some(2..4),
            lead,
            trail,
        };
        Merge {
            pieces: vec![Piece::Take(Side::Ours, 0..2), Piece::Conflict(conflict)],
            ..Merge::default()
        }
    }

    fn labels() -> SideLabels {
        SideLabels {
            base: "t 1.0.0".to_owned(),
            ours: "local".to_owned(),
            theirs: "t 1.1.0".to_owned(),
        }
    }

    #[test]
    fn one_value_is_bytes_and_markers_and_conflicts() {
        assert_eq!(merge().bytes(&SIDES), b"a\nx\n");
        assert_eq!(merge().taking(Side::Theirs, &SIDES), b"a\ny\n");
        let marked = "a\n<<<<<<< local\nx\n||||||| t 1.0.0\nb\n=======\ny\n>>>>>>> t 1.1.0\n";
        assert_eq!(
            String::from_utf8(merge().marked(&SIDES, &labels())).unwrap(),
            marked
        );
        assert_eq!(merge().conflicts().count(), 1);
    }

    #[test]
    fn line_ends_are_written_in_one_style() {
        let merge = Merge {
            newline: Some("\r\n"),
            ..merge()
        };
        assert_eq!(merge.bytes(&SIDES), b"a\r\nx\r\n");
        let marked = String::from_utf8(merge.marked(&SIDES, &labels())).unwrap();
        assert!(
            marked.starts_with("a\r\n<<<<<<< local\r\nx\r\n|||||||"),
            "{marked:?}"
        );
    }

    #[test]
    fn markers_are_longer_where_a_side_holds_some() {
        let sides = Sides {
            ours: b"<<<<<<< x\n=========\n",
            ..SIDES
        };
        assert_eq!(marker_length(&sides), 10);
        assert_eq!(marker_length(&SIDES), 7);
    }
}
