//! The rules for a place that both sides changed. They are tried in their order, and settle a place
//! whole or not at all.
//!
//! | file | rule | example |
//! |---|---|---|
//! | `layout` | one side changed blank lines or trailing space alone | the other's edit is taken |
//! | `subsumption` | one edit contains the other | `a b` to `a B` and to `a B c`: the second |
//! | `containment` | both inserted, one insertion contains the other | `x` and `x y`: the second |
//! | `adjacency` | edits of neighbouring lines | line 3 changed here, line 4 there: both |
//! | `union` | both inserted entries of an ignore file | both, ours first |
//! | `entries` | both inserted list items, rows, sections, keys, tables | both, ours first |
//! | `entries::keyed` | one side touched each entry with a key | what that side made of each |
//! | `items` | edits of different items of one line that is a list | both |
//! | `words` | edits of different words of one line of prose | both |
//! | `template` | edits of different words and tags of a template | both |

mod adjacency;
mod containment;
mod entries;
mod items;
mod layout;
mod subsumption;
pub(in crate::merge) mod template;
mod tokens;
mod union;
mod words;

use std::cell::{Cell, OnceCell};
use std::ops::Range;

use super::fences::Fences;
use super::lines::{Text, Texts};
use super::regions::{LineEdit, Region};
use super::shell;
use super::tags;
use crate::merge::kind::FileKind;
use crate::merge::marking::frontmatter;
use crate::merge::pieces::Side;
use crate::merge::rule::MergeRule;

/// A place that both sides changed.
#[derive(Clone, Copy, Debug)]
pub struct Clash<'a> {
    pub kind: FileKind,
    pub texts: &'a Texts<'a>,
    pub region: &'a Region,
    pub ours: &'a [LineEdit],
    pub theirs: &'a [LineEdit],
    /// What all clashes of a file share.
    pub file: &'a FileFacts,
    /// How many steps rules may still take, in all clashes of the file together.
    pub left: &'a Cell<usize>,
}

/// What rules ask of a whole file, computed when first needed.
#[derive(Debug, Default)]
pub struct FileFacts {
    /// Which lines of base, ours and theirs are inside a quote of several lines.
    quoted: OnceCell<[Vec<bool>; 3]>,
    /// Which lines of base, ours and theirs start in code, or are frontmatter.
    no_prose: OnceCell<[Vec<bool>; 3]>,
    /// Where the tags of base, ours and theirs are.
    tags: OnceCell<[Vec<Range<usize>>; 3]>,
    /// Whether a `!` line of an ignore file takes a pattern back, so that order matters.
    is_ordered: OnceCell<bool>,
}

/// How many steps rules may take in a file: the squares of the numbers of words that are compared,
/// and the bytes that are read times a factor, added up.
pub const MOST_STEPS: usize = 1 << 28;

/// A part of a settled place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulePart {
    Lines(Side, Range<usize>),
    /// A line made of bytes of several sides. Its line end is that of the given line of a side.
    Line(Vec<(Side, Range<usize>)>, (Side, usize)),
}

/// What a settled place becomes, and the rule that settled it.
pub type Settlement = (MergeRule, Vec<RulePart>);

/// A rule returns what the place becomes, if it settles it.
type Settle = fn(&Clash<'_>) -> Option<Vec<RulePart>>;

const RULES: [(MergeRule, Settle); 10] = [
    (MergeRule::Layout, layout::settle),
    (MergeRule::Subsumption, subsumption::settle),
    (MergeRule::Containment, containment::settle),
    (MergeRule::Adjacency, adjacency::settle),
    (MergeRule::Union, union::settle),
    (MergeRule::Union, entries::settle),
    (MergeRule::Entries, entries::keyed::settle),
    (MergeRule::Items, items::settle),
    (MergeRule::Words, words::settle),
    (MergeRule::Tokens, template::settle),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleSet {
    All,
    /// All but those that take one edit for a part of the other: lines that look alike may stand at
    /// different places.
    NoneThatContains,
}

impl RuleSet {
    fn asks(self, rule: MergeRule) -> bool {
        self == Self::All || !matches!(rule, MergeRule::Subsumption | MergeRule::Containment)
    }
}

/// Returns the first rule that settles a place, with what it makes of it.
pub fn settle(clash: &Clash<'_>, asked: RuleSet) -> Option<Settlement> {
    RULES
        .iter()
        .filter(|(rule, _)| clash.kind.allows(*rule) && asked.asks(*rule))
        .find_map(|(rule, settle)| Some((*rule, settle(clash)?)))
}

impl<'a> Clash<'a> {
    fn all_of(&self, side: Side) -> Vec<RulePart> {
        vec![RulePart::Lines(side, self.lines(side))]
    }

    /// Returns the side that contains the other's edit, the fuller one where each does.
    fn whichever_has_the_other(&self, in_ours: bool, in_theirs: bool) -> Option<Side> {
        match (in_ours, in_theirs) {
            (true, true) => Some(self.texts.fuller(&self.region.ours, &self.region.theirs)),
            (true, false) => Some(Side::Ours),
            (false, true) => Some(Side::Theirs),
            (false, false) => None,
        }
    }

    /// Returns where the lines of one side are.
    pub fn lines(&self, side: Side) -> Range<usize> {
        match side {
            Side::Base => self.region.base.clone(),
            Side::Ours => self.region.ours.clone(),
            Side::Theirs => self.region.theirs.clone(),
        }
    }

    /// Returns whether any of the lines is inside a quote of a script.
    fn is_quoted(&self) -> bool {
        if self.kind != FileKind::Shell {
            return false;
        }
        let sides = [Side::Base, Side::Ours, Side::Theirs];
        let quoted = self.file.quoted.get_or_init(|| {
            sides.map(|side| {
                let text = self.texts.side(side);
                shell::quoted(text.lines(&(0..text.count())))
            })
        });
        sides
            .iter()
            .zip(quoted)
            .any(|(side, quoted)| quoted[self.lines(*side)].contains(&true))
    }

    /// Returns whether the lines of a side start in prose of Markdown, and not in code or in the
    /// frontmatter.
    fn is_prose(&self, side: Side) -> bool {
        let sides = [Side::Base, Side::Ours, Side::Theirs];
        let no_prose = self.file.no_prose.get_or_init(|| {
            sides.map(|side| {
                let text = self.texts.side(side);
                let header = frontmatter(text.bytes());
                let mut fences = Fences::default();
                let mut found = Vec::with_capacity(text.count() + 1);
                for (index, line) in text.lines(&(0..text.count())).enumerate() {
                    found.push(fences.are_open() || index < header);
                    fences.read(line);
                }
                found.push(fences.are_open() || text.count() < header);
                found
            })
        });
        !no_prose[side as usize][self.lines(side).start]
    }

    /// Returns whether this many words may still be compared, and takes the steps for it.
    fn may_compare(&self, words: usize) -> bool {
        self.may_take(words.saturating_mul(words))
    }

    /// Returns whether everything before the place may be read, and the place itself this many
    /// times, on all sides; takes the steps for it. Without this bound, a file would be read once
    /// for each clash in it.
    fn may_read(&self, times: usize) -> bool {
        const STEPS_OF_A_BYTE: usize = 16;
        let bytes = |side: Side| {
            let span = self.texts.side(side).span(&self.lines(side));
            span.end.saturating_add(span.len().saturating_mul(times))
        };
        let bytes: usize = [Side::Base, Side::Ours, Side::Theirs]
            .into_iter()
            .map(bytes)
            .fold(0, usize::saturating_add);
        self.may_take(bytes.saturating_mul(STEPS_OF_A_BYTE))
    }

    fn may_take(&self, steps: usize) -> bool {
        let left = self.left.get().checked_sub(steps);
        left.is_some_and(|left| {
            self.left.set(left);
            true
        })
    }

    /// Returns the tags of a template that reach into a span of one side.
    fn tags(&self, side: Side, span: &Range<usize>) -> &'a [Range<usize>] {
        let all = &self.file.tags.get_or_init(|| {
            [Side::Base, Side::Ours, Side::Theirs]
                .map(|side| tags::tags(self.texts.side(side).bytes()))
        })[side as usize];
        let [first, behind] =
            [span.start, span.end].map(|place| all.partition_point(|tag| tag.end <= place));
        let behind = behind
            + all[behind..]
                .iter()
                .take_while(|tag| tag.start < span.end)
                .count();
        &all[first..behind]
    }

    /// Returns whether each of these lines of a template consists of control tags alone.
    fn are_control_tags(&self, side: Side, lines: &Range<usize>) -> bool {
        let text = self.texts.side(side);
        let is_control = |index| {
            let span = text.content(index);
            let tags = self.tags(side, &span);
            // The text between the tags.
            let starts = [span.start]
                .into_iter()
                .chain(tags.iter().map(|tag| tag.end));
            let ends = tags.iter().map(|tag| tag.start).chain([span.end]);
            !tags.is_empty()
                && tags
                    .iter()
                    .all(|tag| tags::is_control(&text.bytes()[tag.clone()]))
                && starts
                    .zip(ends)
                    .all(|(start, end)| text.bytes().get(start..end).is_some_and(is_blank))
        };
        self.kind == FileKind::Template && lines.clone().all(is_control)
    }

    /// Returns whether order matters in an ignore file.
    fn is_ordered(&self) -> bool {
        *self.file.is_ordered.get_or_init(|| {
            [Side::Base, Side::Ours, Side::Theirs]
                .into_iter()
                .any(|side| {
                    let text = self.texts.side(side);
                    text.lines(&(0..text.count()))
                        .any(|line| line.trim_ascii_start().starts_with(b"!"))
                })
        })
    }

    /// Returns what a side's lines say.
    fn content(&self, side: Side) -> impl DoubleEndedIterator<Item = &'a [u8]> + Clone + use<'a> {
        let text: &'a Text<'a> = self.texts.side(side);
        self.lines(side).map(move |index| text.line(index))
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
use tests::Cases;

#[cfg(test)]
mod tests {
    use crate::model::operations::Algorithm;

    use super::*;
    use crate::merge::pieces::Sides;
    use crate::merge::text::Comparer;

    /// What one rule alone makes of three texts.
    pub struct Cases {
        pub settle: Settle,
        pub kind: FileKind,
        /// Whether it gives the same with the sides swapped.
        pub symmetric: bool,
    }

    impl Cases {
        #[track_caller]
        pub fn gives(&self, base: &str, ours: &str, theirs: &str, expected: &str) {
            self.check([base, ours, theirs], Some(expected));
            if self.symmetric {
                self.check([base, theirs, ours], Some(expected));
            }
        }

        #[track_caller]
        pub fn conflicts(&self, base: &str, ours: &str, theirs: &str) {
            self.check([base, ours, theirs], None);
            self.check([base, theirs, ours], None);
        }

        #[track_caller]
        fn check(&self, [base, ours, theirs]: [&str; 3], expected: Option<&str>) {
            let sides = Sides {
                base: base.as_bytes(),
                ours: ours.as_bytes(),
                theirs: theirs.as_bytes(),
            };
            let comparer = Comparer::new(self.kind);
            let comparison = comparer.compare(&comparer.texts(&sides), Algorithm::Myers);
            let merge =
                comparison.merged(|clash| Some((MergeRule::Agreement, (self.settle)(clash)?)));
            let result = merge
                .is_clean()
                .then(|| String::from_utf8(merge.bytes(&sides)).unwrap());
            assert_eq!(result.as_deref(), expected);
        }
    }
}
