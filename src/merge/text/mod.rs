//! The merge of texts by lines, with the rules that settle what lines alone can't.
//!
//! | file | what it does |
//! |---|---|
//! | `lines` | three texts to numbered lines, and the envelope around them |
//! | `align` | two lists side by side, in bounded time |
//! | `regions` | diff3: what only one side changed, and where the sides clash |
//! | `rules` | what settles a clash |
//! | `gates` | what a settled clash has to pass |
//! | `untaken` | whether a result has a change of layout alone |
//! | `shell` | which lines of a script are inside a quote |
//! | `tags` | where the tags of a template are |
//! | `forms` | Markdown by what its lines say, where a formatter went over a side |
//! | `fences` | whether the code fences of a Markdown text close |
//! | `headings` | the headings of a Markdown text |
//! | `emit` | what was decided, as pieces of the original bytes |

mod align;
mod emit;
pub(super) mod fences;
pub(super) mod forms;
pub(super) mod gates;
pub(super) mod headings;
pub mod lines;
pub mod regions;
pub(super) mod rules;
mod shell;
pub mod tags;
pub mod untaken;

use foldhash::HashSet;
use std::cell::{Cell, OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use crate::model::operations::Algorithm;

use self::emit::Emitter;
use self::lines::{LineReader, Text, Texts};
use self::regions::{EditedSide, LineEdit, Region, RegionKind, Regions};
pub use self::rules::RuleSet;
use self::rules::{Clash, FileFacts, RulePart, Settlement};
use super::cache::Cache;
use super::counts::Counts;
use super::json::paths;
use super::kind::FileKind;

use super::pieces::{Location, Merge, Resolution, Side, Sides};
use super::rule::MergeRule;

/// Compares texts, each pair only once: merges that check one another compare the same texts again
/// and again.
#[derive(Debug)]
pub struct Comparer<'a> {
    kind: FileKind,
    reader: RefCell<LineReader<'a>>,
    /// The edits that turn one text into another, by the numbers of the two.
    edits: Cache<(Algorithm, [usize; 2]), Rc<[LineEdit]>>,
    comparisons: Cache<(Algorithm, [usize; 3]), Rc<Comparison<'a>>>,
}

impl<'a> Comparer<'a> {
    pub fn new(kind: FileKind) -> Self {
        Self {
            kind,
            reader: RefCell::default(),
            edits: Cache::default(),
            comparisons: Cache::default(),
        }
    }

    /// Splits three versions of a file into lines.
    pub fn texts(&self, sides: &Sides<'a>) -> Texts<'a> {
        self.reader.borrow_mut().texts(sides)
    }

    /// Lays three versions of a file side by side.
    pub fn compare(&self, texts: &Texts<'a>, algorithm: Algorithm) -> Rc<Comparison<'a>> {
        let Texts {
            base, ours, theirs, ..
        } = texts;
        let which = (algorithm, [base.number, ours.number, theirs.number]);
        self.comparisons.get(which, || {
            let regions = Regions::of(
                texts,
                self.edits(algorithm, base, ours),
                self.edits(algorithm, base, theirs),
            );
            Rc::new(Comparison {
                kind: self.kind,
                algorithm,
                texts: texts.clone(),
                regions,
                file: FileFacts::default(),
                ways: OnceCell::new(),
                settled: Default::default(),
            })
        })
    }

    fn edits(&self, algorithm: Algorithm, base: &Text<'a>, side: &Text<'a>) -> Rc<[LineEdit]> {
        let which = (algorithm, [base.number, side.number]);
        self.edits.get(which, || {
            regions::edits(algorithm, &base.ids, &side.ids).into()
        })
    }
}

/// Three texts side by side, not merged yet.
#[derive(Debug)]
pub struct Comparison<'a> {
    kind: FileKind,
    algorithm: Algorithm,
    texts: Texts<'a>,
    regions: Regions,
    file: FileFacts,
    /// The path of each line of base, ours and theirs in its document, computed when first needed.
    ways: OnceCell<[Vec<paths::LinePath>; 3]>,
    /// What the rules of each [`RuleSet`] make of each clash, in order, computed when first needed.
    settled: [OnceCell<Vec<Option<Settlement>>>; 2],
}

impl Comparison<'_> {
    /// Returns whether the texts are small enough to try several merges, and to check them.
    pub fn is_small(&self) -> bool {
        self.texts.are_small()
    }

    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns whether byte order mark, line ends and final newline are the same in all versions.
    pub fn has_common_envelope(&self) -> bool {
        self.texts.envelope.is_common
    }

    /// Returns whether the envelope is the same in all versions, and every line has the same line
    /// end, the last one, too.
    pub fn has_whole_lines(&self) -> bool {
        let envelope = &self.texts.envelope;
        envelope.is_common && envelope.ends && !envelope.mixed && envelope.mark.is_none()
    }

    /// Returns the side to take where each contains the other's lines.
    pub fn fuller(&self) -> Side {
        self.texts.fuller(
            &(0..self.texts.ours.count()),
            &(0..self.texts.theirs.count()),
        )
    }

    /// Returns whether no edit of one side touches one of the other's.
    pub fn is_clean(&self) -> bool {
        self.regions
            .list
            .iter()
            .all(|region| !matches!(region.what, RegionKind::Clash { .. }))
    }

    /// Returns whether all edits of `side`, and there is one, are among those of the other side.
    pub fn edits_are_subset_of_other(&self, side: Side) -> bool {
        let (ours, theirs) = self.versions();
        let (some, all) = if side == Side::Ours {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        self.is_among(some, all)
    }

    /// Returns whether all edits of `some`, and there is one, are among those of `all`: each line
    /// that they add or remove is one that `all` adds or removes, as often or more. Blank lines
    /// don't count.
    fn is_among(&self, some: EditedSide<'_>, all: EditedSide<'_>) -> bool {
        let base = &self.texts.base.ids;
        let come: HashSet<&u32> = comes(all).collect();
        let go: HashSet<&u32> = goes(all, base).collect();
        comes(some).chain(goes(some, base)).any(|id| lines::speaks(*id))
            && comes(some).filter(speaks).all(|id| come.contains(id))
            && goes(some, base).filter(speaks).all(|id| go.contains(id))
            // A line that an edit removes and adds again counts as not touched.
            && Counts::of(comes(some).filter(speaks), goes(some, base).filter(speaks))
                .is_part_of(&Counts::of(comes(all), goes(all, base)))
    }

    /// Returns whether the sides differ only in the order of their lines, and in blank ones.
    pub fn sides_have_the_same_lines(&self) -> bool {
        let [ours, theirs] = [&self.texts.ours, &self.texts.theirs].map(|side| {
            let mut said = side.ids.clone();
            said.retain(|id| lines::speaks(*id));
            said.sort_unstable();
            said
        });
        ours == theirs
    }

    /// Returns whether each side removed a line and added it at another place.
    pub fn both_move(&self) -> bool {
        let (ours, theirs) = self.versions();
        self.moves(ours) && self.moves(theirs)
    }

    fn moves(&self, version: EditedSide<'_>) -> bool {
        let gone: HashSet<&u32> = goes(version, &self.texts.base.ids).collect();
        comes(version)
            .filter(speaks)
            .any(|number| gone.contains(number))
    }

    fn versions(&self) -> (EditedSide<'_>, EditedSide<'_>) {
        (
            (&self.regions.ours, &self.texts.ours.ids),
            (&self.regions.theirs, &self.texts.theirs.ids),
        )
    }

    /// Returns whether a merge of a JSON document by lines can't confuse values: aligned lines have
    /// the same path in all versions, so that a line put between them gets where it belongs; and no
    /// array is edited by both sides. True of all other kinds of files.
    pub fn keeps_values_apart(&self) -> bool {
        if self.kind != FileKind::Json {
            return true;
        }
        let [base, ours, theirs] = self.ways();
        let (mut of_ours, mut of_theirs) = (HashSet::default(), HashSet::default());
        for region in &self.regions.list {
            let (arrays, side) = match region.what {
                RegionKind::Ours => (&mut of_ours, &ours[region.ours.clone()]),
                RegionKind::Theirs => (&mut of_theirs, &theirs[region.theirs.clone()]),
                RegionKind::Same | RegionKind::Both | RegionKind::Clash { .. } => continue,
            };
            let lines = base[region.base.clone()].iter().chain(side);
            arrays.extend(lines.filter_map(|place| place.array));
        }
        are_aligned(base, ours, &self.regions.ours)
            && are_aligned(base, theirs, &self.regions.theirs)
            && of_ours.is_disjoint(&of_theirs)
    }

    fn ways(&self) -> &[Vec<paths::LinePath>; 3] {
        self.ways.get_or_init(|| {
            [Side::Base, Side::Ours, Side::Theirs].map(|side| {
                let text = self.texts.side(side);
                paths::places(text.lines(&(0..text.count())))
            })
        })
    }

    /// Returns whether the lines prove that merging either side into a clean result again changes
    /// nothing.
    ///
    /// Usually base and result differ in both sides' edits and nothing else, so that each edit is
    /// found to be there already.
    pub fn is_stable(&self) -> bool {
        if !self.texts.envelope.is_common {
            return false;
        }
        let mut result = Vec::with_capacity(self.texts.ours.count() + self.texts.theirs.count());
        for region in &self.regions.list {
            result.extend_from_slice(match region.what {
                RegionKind::Theirs => &self.texts.theirs.ids[region.theirs.clone()],
                _ => &self.texts.ours.ids[region.ours.clone()],
            });
        }
        let base = &self.texts.base.ids;
        let edits = regions::edits(self.algorithm, base, &result);
        let (made, (ours, theirs)) = ((edits.as_slice(), result.as_slice()), self.versions());
        // Where one side may have all of the other's edits, the step `already_there` may answer
        // when merging again.
        let asks_who_has_what = self.is_among(ours, theirs)
            || self.is_among(theirs, ours)
            || self.is_among(made, ours)
            || self.is_among(made, theirs);
        // That step isn't asked of JSON whose values can't be confused.
        let is_as_it_was = match self.kind {
            FileKind::Json => self.keeps_values_apart() && self.result_is_aligned(&edits),
            _ => !asks_who_has_what,
        };
        is_as_it_was
            && regions::gives(base.len(), made, theirs, &result)
            && regions::gives(base.len(), ours, made, &result)
    }

    /// Returns whether the lines that these edits of base leave alone have the same path in base
    /// and in the clean result.
    fn result_is_aligned(&self, edits: &[LineEdit]) -> bool {
        let [base, ours, theirs] = self.ways();
        let mut result = Vec::new();
        for region in &self.regions.list {
            result.extend_from_slice(match region.what {
                RegionKind::Theirs => &theirs[region.theirs.clone()],
                _ => &ours[region.ours.clone()],
            });
        }
        are_aligned(base, &result, edits)
    }

    /// Returns the merge by lines, with a conflict at each clash.
    pub fn by_lines(&self) -> Merge {
        self.merged(|_| None)
    }

    /// Returns the merge by lines and these rules, with a conflict at each clash that none of them
    /// settles.
    pub fn by_rules(&self, asked: RuleSet) -> Merge {
        let known = OnceCell::new();
        let mut settled = self.settled(asked).iter();
        self.merged(|clash| {
            let settled = settled.next().cloned().flatten();
            settled.filter(|(_, runs)| {
                gates::keeps_removals(&self.texts, clash.region, runs)
                    && gates::keeps_every_word(&self.texts, clash.region, runs, &known)
            })
        })
    }

    /// Returns guesses of the merge, the best first: a clash that no rule settles becomes both
    /// sides, one after the other, or one of them. Only for callers that verify the result.
    pub fn guesses(&self) -> impl Iterator<Item = Merge> {
        const GUESSES: [&[Side]; 4] = [
            &[Side::Ours, Side::Theirs],
            &[Side::Theirs, Side::Ours],
            &[Side::Ours],
            &[Side::Theirs],
        ];
        GUESSES.into_iter().map(|guess| {
            let mut settled = self.settled(RuleSet::All).iter();
            self.merged(|clash| {
                settled.next().cloned().flatten().or_else(|| {
                    let lines = guess
                        .iter()
                        .map(|side| RulePart::Lines(*side, clash.lines(*side)));
                    Some((MergeRule::AlreadyThere, lines.collect()))
                })
            })
        })
    }

    fn settled(&self, asked: RuleSet) -> &[Option<Settlement>] {
        self.settled[asked as usize].get_or_init(|| {
            let mut each = Vec::new();
            self.merged(|clash| {
                each.push(rules::settle(clash, asked));
                None
            });
            each
        })
    }

    fn merged(&self, mut settle: impl FnMut(&Clash<'_>) -> Option<Settlement>) -> Merge {
        let mut emitter = Emitter::new(&self.texts);
        let mut settled = Vec::new();
        let left = Cell::new(rules::MOST_STEPS);
        for region in &self.regions.list {
            let rule = match &region.what {
                RegionKind::Same => {
                    emitter.lines(Side::Ours, region.ours.clone());
                    None
                }
                RegionKind::Ours => {
                    emitter.lines(Side::Ours, region.ours.clone());
                    Some(MergeRule::OnlyOurs)
                }
                RegionKind::Theirs => {
                    emitter.lines(Side::Theirs, region.theirs.clone());
                    Some(MergeRule::OnlyTheirs)
                }
                RegionKind::Both => {
                    emitter.lines(Side::Ours, region.ours.clone());
                    Some(MergeRule::Agreement)
                }
                RegionKind::Clash { ours, theirs } => {
                    match settle(&self.clash(region, ours.clone(), theirs.clone(), &left)) {
                        Some((rule, runs)) => {
                            runs.into_iter().for_each(|run| emitter.run(run));
                            Some(rule)
                        }
                        None => {
                            emitter.conflict(region, place(region));
                            None
                        }
                    }
                }
            };
            settled.extend(rule.map(|rule| Resolution {
                rule,
                place: place(region),
            }));
        }
        Merge {
            pieces: emitter.finish(),
            resolutions: settled,
            newline: self.newline(),
        }
    }

    fn clash<'c>(
        &'c self,
        region: &'c Region,
        ours: Range<usize>,
        theirs: Range<usize>,
        left: &'c Cell<usize>,
    ) -> Clash<'c> {
        Clash {
            kind: self.kind,
            texts: &self.texts,
            region,
            ours: &self.regions.ours[ours],
            theirs: &self.regions.theirs[theirs],
            file: &self.file,
            left,
        }
    }

    fn newline(&self) -> Option<&'static str> {
        self.texts
            .envelope
            .rewrites
            .then_some(self.texts.envelope.newline)
    }
}

/// Returns whether the lines that edits leave alone have the same path in both documents.
fn are_aligned(base: &[paths::LinePath], side: &[paths::LinePath], edits: &[LineEdit]) -> bool {
    let ends = LineEdit {
        base: base.len()..base.len(),
        side: side.len()..side.len(),
    };
    let mut at = (0, 0);
    edits.iter().chain([&ends]).all(|edit| {
        let (before, after) = (&base[at.0..edit.base.start], &side[at.1..edit.side.start]);
        at = (edit.base.end, edit.side.end);
        before == after
    })
}

/// Returns whether a line isn't blank.
fn speaks(number: &&u32) -> bool {
    lines::speaks(**number)
}

/// Returns the lines that a side's edits add.
fn comes<'v>((edits, ids): EditedSide<'v>) -> impl Iterator<Item = &'v u32> {
    edits.iter().flat_map(move |edit| &ids[edit.side.clone()])
}

/// Returns the lines of base that a side's edits remove.
fn goes<'v>((edits, _): EditedSide<'v>, base: &'v [u32]) -> impl Iterator<Item = &'v u32> {
    edits.iter().flat_map(move |edit| &base[edit.base.clone()])
}

fn place(region: &Region) -> Location {
    Location::Lines {
        base: region.base.clone(),
        ours: region.ours.clone(),
        theirs: region.theirs.clone(),
    }
}
