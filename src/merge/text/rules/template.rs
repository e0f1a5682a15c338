//! Templates: edits of different words and tags. A tag is one word, whatever is in it.
//!
//! The source of a template and what a team made of its rendering are two versions of one text,
//! whose base is the rendering: where the source has a tag, base has what the tag was rendered to.
//! So the tag and an edit of words beside it are two edits of one line, and both are kept. An
//! insertion that touches a tag could belong before or after it, and inside or outside of what a
//! control tag controls: that is a conflict.

use std::ops::Range;

use crate::model::operations::Algorithm;
use foldhash::HashMap;

use super::{Clash, RulePart};
use crate::merge::kind::FileKind;
use crate::merge::pieces::Side;
use crate::merge::text::regions::{LineEdit, edits};
use crate::merge::text::tags;

/// The longest place that is merged, in bytes of all versions together.
const LONGEST: usize = 1 << 16;

/// The share of a place, from 0 to 1, that each side has to leave as it was, apart from what tags
/// stand for.
const LIKENESS: f64 = 0.6;

/// Settles a place by its words and tags, over all its lines.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    let sides = [Side::Base, Side::Ours, Side::Theirs];
    let spans = sides.map(|side| clash.texts.side(side).span(&clash.lines(side)));
    let is_there = spans.iter().all(|span| !span.is_empty());
    if clash.kind != FileKind::Template
        || !is_there
        || !clash.texts.envelope.is_common
        || clash.texts.envelope.mixed
    {
        return None;
    }
    // The line end of the last line isn't part of the text: it is merged with the envelope.
    let last = |side| clash.lines(side).end - 1;
    let spans = [0, 1, 2].map(|index| {
        spans[index].start
            ..clash
                .texts
                .side(sides[index])
                .content(last(sides[index]))
                .end
    });
    if spans.iter().map(Range::len).sum::<usize>() > LONGEST {
        return None;
    }
    let [base, ours, theirs] = [0, 1, 2].map(|index| {
        let (side, span) = (sides[index], &spans[index]);
        tokens(clash.texts.side(side).bytes(), clash.tags(side, span), span)
    });
    let (base, ours, theirs) = (base?, ours?, theirs?);
    if !clash.may_compare(base.len() + ours.len() + theirs.len()) {
        return None;
    }
    let all = merged(
        &Version {
            base: &base,
            side: &ours,
        },
        &Version {
            base: &base,
            side: &theirs,
        },
    )?;
    let mut words: Vec<(Side, Range<usize>)> = Vec::new();
    let mut at = 0;
    for (side, edit) in all {
        let tokens = if side == Side::Ours { &ours } else { &theirs };
        words.extend(piece(Side::Base, &base[at..edit.base.start]));
        words.extend(piece(side, &tokens[edit.side]));
        at = edit.base.end;
    }
    words.extend(piece(Side::Base, &base[at..]));
    Some(vec![RulePart::Line(words, (Side::Ours, last(Side::Ours)))])
}

fn piece(side: Side, tokens: &[Token<'_>]) -> Option<(Side, Range<usize>)> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    Some((side, first.span.start..last.span.end))
}

/// A word, a run of white space, a mark or a tag.
struct Token<'a> {
    span: Range<usize>,
    bytes: &'a [u8],
    is_tag: bool,
}

/// Returns whether a tag of one version may stand for words of base that the other one deletes.
/// Then the words are missing in the first version, but it hasn't deleted them.
pub fn tag_may_cover_deletion(base: &[u8], version: &[u8], edit: &[u8]) -> bool {
    let all = [base, version, edit];
    if all.iter().map(|text| text.len()).sum::<usize>() > LONGEST {
        return true;
    }
    // In a whole text no tag goes over the bounds.
    let [base, version, edit] =
        all.map(|text| tokens(text, &tags::tags(text), &(0..text.len())).unwrap_or_default());
    let (version, edit) = (
        Version {
            base: &base,
            side: &version,
        },
        Version {
            base: &base,
            side: &edit,
        },
    );
    let of_version = version.edits();
    let mut deletions = edit.edits();
    deletions.retain(|one| edit.deletes_words(one));
    if deletions.is_empty() {
        return false;
    }
    version.has_values_for_nothing(&of_version)
        || deletions.iter().any(|deletion| {
            let gone = edit.reach(deletion);
            of_version.iter().any(|other| {
                gone.start < other.base.end
                    && other.base.start < gone.end
                    && version.brings_values(other)
            })
        })
}

/// Returns the tokens of a span of a text, given the tags that reach into it; `None` where a tag
/// goes over its bounds.
fn tokens<'a>(
    bytes: &'a [u8],
    tags: &[Range<usize>],
    span: &Range<usize>,
) -> Option<Vec<Token<'a>>> {
    let mut tags = tags.iter().peekable();
    let mut tokens = Vec::new();
    let mut at = span.start;
    while at < span.end {
        let tag = tags.next_if(|tag| tag.start <= at);
        let end = match tag {
            Some(tag) if tag.start == at && tag.end <= span.end => tag.end,
            Some(_) => return None,
            None => {
                let rest = &bytes[at..tags.peek().map_or(span.end, |tag| tag.start.min(span.end))];
                let is_part: fn(&&u8) -> bool = match rest.first() {
                    Some(b' ' | b'\t') => |byte| matches!(byte, b' ' | b'\t'),
                    _ => |byte| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte >= 0x80,
                };
                at + rest.iter().take_while(is_part).count().max(1)
            }
        };
        tokens.push(Token {
            span: at..end,
            bytes: &bytes[at..end],
            is_tag: tag.is_some(),
        });
        at = end;
    }
    Some(tokens)
}

impl Token<'_> {
    fn is_blank(&self) -> bool {
        self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// Returns how many tags write values.
fn values(tokens: &[Token<'_>]) -> usize {
    tokens
        .iter()
        .filter(|token| token.is_tag && !tags::is_control(token.bytes))
        .count()
}

/// A side beside base.
struct Version<'t, 'a> {
    base: &'t [Token<'a>],
    side: &'t [Token<'a>],
}

impl Version<'_, '_> {
    fn edits(&self) -> Vec<LineEdit> {
        let mut known: HashMap<&[u8], usize> = HashMap::default();
        let mut numbers = Vec::with_capacity(self.base.len() + self.side.len());
        for token in self.base.iter().chain(self.side) {
            let next = known.len();
            numbers.push(*known.entry(token.bytes).or_insert(next));
        }
        let (base, side) = numbers.split_at(self.base.len());
        let mut all: Vec<LineEdit> = Vec::new();
        for edit in edits(Algorithm::Myers, base, side) {
            match all.last_mut() {
                // A tag may stand for words with blanks between them, and the blanks look
                // untouched.
                Some(last) if self.are_one(last, &edit) => {
                    (last.base.end, last.side.end) = (edit.base.end, edit.side.end);
                }
                _ => all.push(edit),
            }
        }
        all
    }

    /// Returns whether two edits are one: one of them is about a tag, and only blanks are between.
    fn are_one(&self, last: &LineEdit, next: &LineEdit) -> bool {
        (self.has_tag(last) || self.has_tag(next))
            && self.base[last.base.end..next.base.start]
                .iter()
                .flat_map(|token| token.bytes)
                .all(|byte| matches!(byte, b' ' | b'\t'))
    }

    /// Returns whether an edit is about a tag.
    fn has_tag(&self, edit: &LineEdit) -> bool {
        self.base[edit.base.clone()]
            .iter()
            .chain(&self.side[edit.side.clone()])
            .any(|token| token.is_tag)
    }

    /// Returns whether an edit has more tags of values than base has there.
    fn brings_values(&self, edit: &LineEdit) -> bool {
        values(&self.side[edit.side.clone()]) > values(&self.base[edit.base.clone()])
    }

    /// Returns whether there is a place with more tags of values than words of base that they can
    /// stand for.
    fn has_values_for_nothing(&self, edits: &[LineEdit]) -> bool {
        edits.iter().any(|edit| {
            let gone = self.base[edit.base.clone()].iter();
            let words = gone.filter(|token| !token.is_blank()).count();
            values(&self.side[edit.side.clone()]) > words
        })
    }

    /// Returns whether an edit only deletes, and deletes words.
    fn deletes_words(&self, edit: &LineEdit) -> bool {
        let mut gone = self.base[edit.base.clone()].iter();
        edit.side.is_empty() && gone.any(|token| !token.is_tag && !token.is_blank())
    }

    /// Returns the part of base that an edit may be about: an insertion or a deletion between words
    /// that repeat it could as well stand earlier or later.
    fn reach(&self, edit: &LineEdit) -> Range<usize> {
        let Range { start, end } = edit.base;
        let moved = match (&self.base[edit.base.clone()], &self.side[edit.side.clone()]) {
            (moved, []) | ([], moved) => moved,
            _ => return start..end,
        };
        let before = common(self.base[..start].iter().rev(), moved.iter().rev().cycle());
        let behind = common(self.base[end..].iter(), moved.iter().cycle());
        start - before..end + behind
    }

    /// Returns what an edit puts in.
    fn bytes(&self, edit: &LineEdit) -> Vec<u8> {
        let mut bytes = Vec::new();
        for token in &self.side[edit.side.clone()] {
            bytes.extend_from_slice(token.bytes);
        }
        bytes
    }

    /// Returns whether these edits show what was done. They don't where a tag stands for nothing,
    /// and words are deleted elsewhere: the tag may stand for those.
    fn is_readable(&self, edits: &[LineEdit]) -> bool {
        let is_torn =
            self.has_values_for_nothing(edits) && edits.iter().any(|edit| self.deletes_words(edit));
        self.is_like(edits) && !is_torn
    }

    /// Returns whether enough is left as it was; otherwise what looks the same is so by chance.
    fn is_like(&self, edits: &[LineEdit]) -> bool {
        let changed = edits.iter().filter(|edit| !self.has_tag(edit));
        let (gone, come) = changed.fold((0, 0), |(gone, come), edit| {
            (gone + edit.base.len(), come + edit.side.len())
        });
        (self.base.len() - gone) as f64
            >= LIKENESS * self.base.len().max(self.base.len() - gone + come) as f64
    }
}

/// Returns how many words two lists start with that are the same.
fn common<'t, 'a: 't>(
    some: impl Iterator<Item = &'t Token<'a>>,
    others: impl Iterator<Item = &'t Token<'a>>,
) -> usize {
    some.zip(others)
        .take_while(|(word, other)| word.bytes == other.bytes)
        .count()
}

/// How many pairs of edits are looked at, at most.
const MOST_PAIRS: usize = 1 << 16;

/// Returns the edits of both sides, in order, if no two of different sides touch. Words replaced
/// next to words that a tag replaces don't count as touching.
fn merged(ours: &Version<'_, '_>, theirs: &Version<'_, '_>) -> Option<Vec<(Side, LineEdit)>> {
    let (of_ours, mut of_theirs) = (ours.edits(), theirs.edits());
    let is_much = of_ours.len().saturating_mul(of_theirs.len()) > MOST_PAIRS;
    if is_much || !ours.is_readable(&of_ours) || !theirs.is_readable(&of_theirs) {
        return None;
    }
    // An edit that both made is applied once. What it touches, it touches on both sides.
    let mut only_of_ours = of_ours.clone();
    only_of_ours.retain(|one| {
        !of_theirs
            .iter()
            .any(|other| are_same((ours, one), (theirs, other)))
    });
    of_theirs.retain(|other| {
        !of_ours
            .iter()
            .any(|one| are_same((ours, one), (theirs, other)))
    });
    for one in &only_of_ours {
        for other in &of_theirs {
            if !are_apart((ours, one), (theirs, other)) {
                return None;
            }
        }
    }
    let mut all: Vec<(Side, LineEdit)> = Vec::new();
    all.extend(of_ours.into_iter().map(|edit| (Side::Ours, edit)));
    all.extend(of_theirs.into_iter().map(|edit| (Side::Theirs, edit)));
    all.sort_by_key(|(_, edit)| edit.base.start);
    Some(all)
}

/// An edit of a side.
type Edit<'e, 't, 'a> = (&'e Version<'t, 'a>, &'e LineEdit);

fn are_same((ours, one): Edit<'_, '_, '_>, (theirs, other): Edit<'_, '_, '_>) -> bool {
    one.base == other.base && ours.bytes(one) == theirs.bytes(other)
}

/// Returns whether two edits are about different words of base.
fn are_apart((ours, one): Edit<'_, '_, '_>, (theirs, other): Edit<'_, '_, '_>) -> bool {
    let (first, second) = (ours.reach(one), theirs.reach(other));
    let (end, start) = if first.start <= second.start {
        (first.end, second.start)
    } else {
        (second.end, first.start)
    };
    let do_replace = replaces(one) && replaces(other);
    match ours.base.get(end..start) {
        Some([]) => do_replace && (ours.has_tag(one) || theirs.has_tag(other)),
        // With white space alone between them, they are apart if both replace something.
        Some(between) => between.iter().any(|token| !token.is_blank()) || do_replace,
        None => false,
    }
}

fn replaces(edit: &LineEdit) -> bool {
    !edit.base.is_empty() && !edit.side.is_empty()
}

#[cfg(test)]
mod tests {
    use super::super::Cases;
    use super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Template,
        symmetric: true,
    };

    #[test]
    fn an_edit_beside_a_tag_is_kept_with_the_tag() {
        // Base is what the tags were rendered to.
        RULE.gives(
            "Ask the Acme team before you push.\n",
            "Ask the {{ company }} team before you push.\n",
            "Ask the Acme team before you push to main.\n",
            "Ask the {{ company }} team before you push to main.\n",
        );
        RULE.gives(
            "Run `cargo test` before you push.\n",
            "Run `{{ tests }}` before you push.\n",
            "Always run `cargo test` before you push.\n",
            "Always run `{{ tests }}` before you push.\n",
        );
        // The word behind the tag, and a line more.
        RULE.gives(
            "Ask the Acme team first.\nThen push.\n",
            "Ask the {{ company }} team first.\nThen push.\n",
            "Ask the Acme people first.\nWait.\nThen push.\n",
            "Ask the {{ company }} people first.\nWait.\nThen push.\n",
        );
        // What both did, and what one did beside it.
        RULE.gives(
            "a b c d\n",
            "a {{ b }} c d\n",
            "a {{ b }} c e\n",
            "a {{ b }} c e\n",
        );
        // A tag of several lines is one, too.
        RULE.gives(
            "a b c\nd\n",
            "a {{ b\n}} c\nd\n",
            "a b e\nd\n",
            "a {{ b\n}} e\nd\n",
        );
    }

    #[test]
    fn what_touches_a_tag_is_a_conflict() {
        // In what the tag stands for.
        RULE.conflicts(
            "Ask Acme Inc first.\n",
            "Ask {{ company }} first.\n",
            "Ask Acme Ltd first.\n",
        );
        // Before, behind, and a part of it.
        RULE.conflicts(
            "Ask Acme first.\n",
            "Ask {{ company }} first.\n",
            "Ask big Acme first.\n",
        );
        RULE.conflicts(
            "Ask Acme first.\n",
            "Ask {{ company }} first.\n",
            "Ask Acme's first.\n",
        );
        RULE.conflicts(
            "Ask Acme first.\n",
            "Ask {{ company }} first.\n",
            "Ask first.\n",
        );
        // A part of what the tag stands for, which the tag took out, too.
        let (rendered, edited) = (
            "`x y` the big team 10\nthe big team 10\n",
            "`x y` the big team 10\nthe big 10\n",
        );
        RULE.conflicts(
            rendered,
            "`{{ x }}` {{ t }} {{ n }}\n{{ t }} {{ n }}\n",
            edited,
        );
        // One of two that are the same, and nothing says which.
        RULE.conflicts(
            "Ask Acme and Acme too.\n",
            "Ask Acme and {{ company }} too.\n",
            "Ask Acme too.\n",
        );
        // Another text.
        RULE.conflicts(
            "Ask Acme first.\n",
            "Ask {{ company }} first.\n",
            "Who pushes to main waits for Acme.\n",
        );
    }
}
