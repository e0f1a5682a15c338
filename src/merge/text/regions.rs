//! Lines side by side: where only one side changed, where both made the same edit, and where they
//! clash.
//!
//! This is diff3 over the operations of `similar`. As in git, edits that touch clash: nothing
//! between them says which comes first.

use std::ops::Range;
use std::rc::Rc;

pub use super::align::{LineEdit, edits};
use super::lines::Texts;

/// A run of lines of all three versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The lines in base.
    pub base: Range<usize>,
    /// The lines in ours.
    pub ours: Range<usize>,
    /// The lines in theirs.
    pub theirs: Range<usize>,
    /// What happened to them.
    pub what: RegionKind,
}

/// What happened to a run of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionKind {
    /// Nothing.
    Same,
    /// Ours changed it.
    Ours,
    /// Theirs changed it.
    Theirs,
    /// Both did, and alike.
    Both,
    /// Both did, by these of their edits.
    Clash {
        /// The edits of ours, as places in their list.
        ours: Range<usize>,
        /// The edits of theirs.
        theirs: Range<usize>,
    },
}

/// The edits of both sides, and the regions that they make.
#[derive(Debug)]
pub struct Regions {
    /// The edits of ours.
    pub ours: Rc<[LineEdit]>,
    /// The edits of theirs.
    pub theirs: Rc<[LineEdit]>,
    /// All lines, in order.
    pub list: Vec<Region>,
}

impl Regions {
    /// Lays three texts side by side, by the edits that turn base into ours and into theirs.
    pub fn of(texts: &Texts<'_>, ours: Rc<[LineEdit]>, theirs: Rc<[LineEdit]>) -> Self {
        let ids = [&texts.base.ids, &texts.ours.ids, &texts.theirs.ids];
        Self::over(ids.map(Vec::as_slice), ours, theirs)
    }

    /// Lays three lists side by side, by the edits that turn base into ours and into theirs.
    pub fn over(
        [base, in_ours, in_theirs]: [&[u32]; 3],
        ours: Rc<[LineEdit]>,
        theirs: Rc<[LineEdit]>,
    ) -> Self {
        let list = laid_out(base.len(), (&ours, in_ours), (&theirs, in_theirs));
        Self { ours, theirs, list }
    }
}

/// A side: its edits of base, and its lines.
pub type Version<'a> = (&'a [LineEdit], &'a [u32]);

/// Returns whether merging two sides is clean and gives `result`.
pub fn gives(base: usize, ours: Version<'_>, theirs: Version<'_>, result: &[u32]) -> bool {
    let mut rest = result;
    let mut takes = |lines: &[u32]| {
        rest.strip_prefix(lines)
            .map(|behind| rest = behind)
            .is_some()
    };
    let regions = laid_out(base, ours, theirs);
    let all = regions.into_iter().all(|region| match region.what {
        RegionKind::Same | RegionKind::Ours | RegionKind::Both => takes(&ours.1[region.ours]),
        RegionKind::Theirs => takes(&theirs.1[region.theirs]),
        RegionKind::Clash { .. } => false,
    });
    all && rest.is_empty()
}

fn laid_out(length: usize, ours: Version<'_>, theirs: Version<'_>) -> Vec<Region> {
    let walk = Walk {
        ours: ours.0,
        theirs: theirs.0,
        at: [0; 3],
        list: Vec::new(),
    };
    walk.all(length, |region| {
        ours.1[region.ours.clone()] == theirs.1[region.theirs.clone()]
    })
}

struct Walk<'a> {
    ours: &'a [LineEdit],
    theirs: &'a [LineEdit],
    /// How far base, ours and theirs have been laid out.
    at: [usize; 3],
    list: Vec<Region>,
}

impl Walk<'_> {
    fn all(mut self, length: usize, alike: impl Fn(&Region) -> bool) -> Vec<Region> {
        let (ours, theirs) = (self.ours, self.theirs);
        let (mut o, mut t) = (0, 0);
        while o < ours.len() || t < theirs.len() {
            let first_o = ours.get(o).map(|edit| edit.base.start);
            let first_t = theirs.get(t).map(|edit| edit.base.start);
            let start = first_o.into_iter().chain(first_t).min().unwrap_or(length);
            self.same(start);
            let (from_o, from_t) = (o, t);
            let mut end = start;
            // Everything that touches what is here already belongs to the same place.
            loop {
                let before = (o, t);
                for (edits, next) in [(ours, &mut o), (theirs, &mut t)] {
                    while let Some(edit) = edits.get(*next).filter(|edit| edit.base.start <= end) {
                        // The first edit is alone until the other side's touches it.
                        end = end.max(edit.base.end);
                        *next += 1;
                    }
                }
                if before == (o, t) {
                    break;
                }
            }
            let what = match (o > from_o, t > from_t) {
                (true, false) => RegionKind::Ours,
                (false, true) => RegionKind::Theirs,
                _ => RegionKind::Clash {
                    ours: from_o..o,
                    theirs: from_t..t,
                },
            };
            let shift = |edits: &[LineEdit]| {
                edits.iter().fold(0_isize, |sum, edit| {
                    sum + edit.side.len() as isize - edit.base.len() as isize
                })
            };
            let length_of = |edits: &[LineEdit]| ((end - start) as isize + shift(edits)) as usize;
            let lengths = [
                end - start,
                length_of(&ours[from_o..o]),
                length_of(&theirs[from_t..t]),
            ];
            self.push(lengths, what);
            let last = self.list.last_mut().expect("one was pushed");
            if matches!(last.what, RegionKind::Clash { .. }) && alike(last) {
                last.what = RegionKind::Both;
            }
        }
        self.same(length);
        self.list
    }

    fn same(&mut self, until: usize) {
        let length = until - self.at[0];
        if length > 0 {
            self.push([length; 3], RegionKind::Same);
        }
    }

    fn push(&mut self, lengths: [usize; 3], what: RegionKind) {
        let mut next = |index: usize| {
            let start = self.at[index];
            self.at[index] += lengths[index];
            start..self.at[index]
        };
        let region = Region {
            base: next(0),
            ours: next(1),
            theirs: next(2),
            what,
        };
        self.list.push(region);
    }
}
