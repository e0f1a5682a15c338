//! Three texts side by side: where only one side changed lines, where both made the same edit, and
//! where they clash.
//!
//! This is diff3 over the operations of `similar`. As in git, edits that touch clash, since no line
//! between them says which comes first.

use std::ops::Range;
use std::rc::Rc;

pub use super::align::{LineEdit, edits};
use super::lines::Texts;

/// A run of lines of all three versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    pub base: Range<usize>,
    pub ours: Range<usize>,
    pub theirs: Range<usize>,
    pub what: RegionKind,
}

/// What happened to a run of lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegionKind {
    Same,
    Ours,
    Theirs,
    /// Both sides changed the lines, in the same way.
    Both,
    /// Both sides changed the lines in different ways, by these edits.
    Clash {
        /// The edits of ours, as places in their list.
        ours: Range<usize>,
        theirs: Range<usize>,
    },
}

/// The edits of both sides, and the regions that they make.
#[derive(Debug)]
pub struct Regions {
    pub ours: Rc<[LineEdit]>,
    pub theirs: Rc<[LineEdit]>,
    /// In order; together they are all lines.
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
pub type EditedSide<'a> = (&'a [LineEdit], &'a [u32]);

/// Returns whether merging two sides is clean and gives `result`.
pub fn gives(base: usize, ours: EditedSide<'_>, theirs: EditedSide<'_>, result: &[u32]) -> bool {
    let mut rest = result;
    for region in laid_out(base, ours, theirs) {
        let taken = match region.what {
            RegionKind::Same | RegionKind::Ours | RegionKind::Both => &ours.1[region.ours],
            RegionKind::Theirs => &theirs.1[region.theirs],
            RegionKind::Clash { .. } => return false,
        };
        match rest.strip_prefix(taken) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    rest.is_empty()
}

fn laid_out(length: usize, ours: EditedSide<'_>, theirs: EditedSide<'_>) -> Vec<Region> {
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

/// Returns how many lines a side has for lines of base with these edits in them.
fn edited_length(length: usize, edits: &[LineEdit]) -> usize {
    let mut length = length as isize;
    for edit in edits {
        length += edit.side.len() as isize - edit.base.len() as isize;
    }
    length as usize
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
            let length = end - start;
            let lengths = [
                length,
                edited_length(length, &ours[from_o..o]),
                edited_length(length, &theirs[from_t..t]),
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
        let [base, ours, theirs] = [0, 1, 2].map(|version| {
            let start = self.at[version];
            self.at[version] += lengths[version];
            start..self.at[version]
        });
        self.list.push(Region {
            base,
            ours,
            theirs,
            what,
        });
    }
}
