//! The merge of texts by lines, with the rules that settle what lines alone can't.
//!
//! | file | what it does |
//! |---|---|
//! | `lines` | three texts to numbered lines, and the envelope around them |
//! | `align` | two lists side by side, in bounded time |
//! | `regions` | diff3: what only one side changed, and where the sides clash |
//! | `rules` | what settles a clash |
//! | `shell` | which lines of a script are inside a quote |
//! | `fences` | whether the code fences of a Markdown text close |
//! | `emit` | the decisions to pieces of the original bytes |

mod align;
mod emit;
pub(super) mod fences;
pub mod lines;
pub mod regions;
pub(super) mod rules;
mod shell;

use foldhash::HashSet;
use std::cell::OnceCell;
use std::ops::Range;

use similar::Algorithm;

use self::emit::Emitter;
use self::lines::{Text, Texts};
use self::regions::{Edit, Region, Regions, What};
use self::rules::{Clash, Quoted, Run};
use super::gates;
use super::kind::Kind;
use super::pieces::{Merge, Place, Settled, Side};
use super::rule::Rule;

/// Three texts side by side, not merged yet.
#[derive(Debug)]
pub struct Comparison<'a> {
    kind: Kind,
    algorithm: Algorithm,
    texts: &'a Texts<'a>,
    regions: Regions,
    quoted: Quoted,
}

impl<'a> Comparison<'a> {
    /// Lays three versions of a file side by side.
    pub fn of(kind: Kind, texts: &'a Texts<'a>, algorithm: Algorithm) -> Self {
        Self { kind, algorithm, texts, regions: Regions::of(texts, algorithm), quoted: Quoted::new() }
    }

    /// Returns whether trying several ways costs next to nothing.
    pub fn is_small(&self) -> bool {
        self.texts.are_small()
    }

    /// Returns how the lines were aligned.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns the side that is taken where each has in it what the other says.
    pub fn fuller(&self) -> Side {
        self.texts.fuller(&(0..self.texts.ours.count()), &(0..self.texts.theirs.count()))
    }

    /// Returns whether no edit of one side touches one of the other's.
    pub fn is_clean(&self) -> bool {
        self.regions.list.iter().all(|region| !matches!(region.what, What::Clash { .. }))
    }

    /// Returns whether all that `side` did, and it did something, is among what the other side did: each line that it
    /// added is one that the other added, and each that it took out is one that the other took out. Blank lines, which
    /// are everywhere, say nothing.
    pub fn does_nothing_beside_the_other(&self, side: Side) -> bool {
        let other = if side == Side::Ours { Side::Theirs } else { Side::Ours };
        let edits = |side| if side == Side::Ours { &self.regions.ours } else { &self.regions.theirs };
        let said = |text: &'a Text<'a>, lines: &Range<usize>| {
            let says = move |index: &usize| !rules::is_blank(text.line(*index));
            lines.clone().filter(says).map(move |index| text.ids[index])
        };
        let added = |side| edits(side).iter().flat_map(move |edit| said(self.texts.side(side), &edit.side));
        let removed = |side| edits(side).iter().flat_map(move |edit| said(&self.texts.base, &edit.base));
        let (all_added, all_removed): (HashSet<u32>, HashSet<u32>) = (added(other).collect(), removed(other).collect());
        added(side).chain(removed(side)).next().is_some()
            && added(side).all(|line| all_added.contains(&line))
            && removed(side).all(|line| all_removed.contains(&line))
    }

    /// Returns whether merging either side into a clean result again, by these lines, changes nothing.
    ///
    /// Mostly base and result differ in both sides' edits and in nothing else, and each is found made already.
    pub fn is_stable(&self) -> bool {
        // Where one side may have all of the other's edits in it, merging again first asks which one that is.
        let asks_who_has_what =
            [Side::Ours, Side::Theirs].into_iter().any(|side| self.does_nothing_beside_the_other(side));
        if !self.texts.envelope.is_common || asks_who_has_what {
            return false;
        }
        let mut result = Vec::with_capacity(self.texts.ours.count() + self.texts.theirs.count());
        for region in &self.regions.list {
            result.extend_from_slice(match region.what {
                What::Theirs => &self.texts.theirs.ids[region.theirs.clone()],
                _ => &self.texts.ours.ids[region.ours.clone()],
            });
        }
        let Texts { base, ours, theirs, .. } = self.texts;
        let edits = regions::edits(self.algorithm, &base.ids, &result);
        regions::gives(base.count(), (&edits, &result), (&self.regions.theirs, &theirs.ids), &result)
            && regions::gives(base.count(), (&self.regions.ours, &ours.ids), (&edits, &result), &result)
    }

    /// Returns the merge by lines, with a conflict at each clash.
    pub fn by_lines(&self) -> Merge {
        self.merged(|_| None)
    }

    /// Returns the merge by lines and rules, with a conflict at each clash that no rule settles.
    pub fn by_rules(&self) -> Merge {
        let known = OnceCell::new();
        self.merged(|clash| {
            rules::settle(clash).filter(|(_, runs)| gates::keeps_every_word(self.texts, clash.region, runs, &known))
        })
    }

    /// Returns what the merge may be, the best first: what no rule settles is both sides one behind the other, or one.
    ///
    /// For who can prove what he takes.
    pub fn guesses(&self) -> impl Iterator<Item = Merge> {
        const GUESSES: [&[Side]; 4] =
            [&[Side::Ours, Side::Theirs], &[Side::Theirs, Side::Ours], &[Side::Ours], &[Side::Theirs]];
        GUESSES.into_iter().map(|guess| {
            self.merged(|clash| {
                let guessed = || guess.iter().map(|side| Run::Lines(*side, clash.lines(*side))).collect();
                rules::settle(clash).or_else(|| Some((Rule::AlreadyThere, guessed())))
            })
        })
    }

    fn merged(&self, settle: impl Fn(&Clash<'_>) -> Option<(Rule, Vec<Run>)>) -> Merge {
        let mut emitter = Emitter::new(self.texts);
        let mut settled = Vec::new();
        for region in &self.regions.list {
            let mut say = |rule| settled.push(Settled { rule, place: place(region) });
            match &region.what {
                What::Same => emitter.lines(Side::Ours, region.ours.clone()),
                What::Ours => {
                    say(Rule::OnlyOurs);
                    emitter.lines(Side::Ours, region.ours.clone());
                }
                What::Theirs => {
                    say(Rule::OnlyTheirs);
                    emitter.lines(Side::Theirs, region.theirs.clone());
                }
                What::Both => {
                    say(Rule::Agreement);
                    emitter.lines(Side::Ours, region.ours.clone());
                }
                What::Clash { ours, theirs } => match settle(&self.clash(region, ours.clone(), theirs.clone())) {
                    Some((rule, runs)) => {
                        say(rule);
                        runs.into_iter().for_each(|run| emitter.run(run));
                    }
                    None => emitter.conflict(region, place(region)),
                },
            }
        }
        Merge { pieces: emitter.finish(), settled, newline: self.newline() }
    }

    fn clash<'c>(
        &'c self,
        region: &'c Region,
        ours: Range<usize>,
        theirs: Range<usize>,
    ) -> Clash<'c> {
        let edits = |edits: &'c [Edit], range: Range<usize>| &edits[range];
        Clash {
            kind: self.kind,
            texts: self.texts,
            region,
            ours: edits(&self.regions.ours, ours),
            theirs: edits(&self.regions.theirs, theirs),
            quoted: &self.quoted,
        }
    }

    fn newline(&self) -> Option<&'static str> {
        self.texts.envelope.rewrites.then_some(self.texts.envelope.newline)
    }
}

fn place(region: &Region) -> Place {
    Place::Lines { base: region.base.clone(), ours: region.ours.clone(), theirs: region.theirs.clone() }
}
