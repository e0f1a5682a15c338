//! Templates: edits of different words and tags. A tag is one word, whatever is in it.
//!
//! The source of a template and what a team made of its rendering are two versions of one text,
//! whose base is the rendering: where the source has a tag, base has what the tag was rendered to.
//! So an edit of words beside a tag and the tag are two edits of one line, and both are kept. An
//! insertion that touches a tag could belong before or behind it, and to what a control tag
//! controls or not: that is a conflict.

use std::ops::Range;

use crate::model::operations::Algorithm;
use foldhash::HashMap;

use super::{Clash, RulePart};
use crate::merge::kind::FileKind;
use crate::merge::pieces::Side;
use crate::merge::text::regions::{LineEdit, edits};
use crate::merge::text::tags;

/// How long a place is at most, all versions together.
const LONGEST: usize = 1 << 16;

/// How much of a place, of 1, each side has to leave as it was, but for what tags stand for.
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
    // Each line but the last ends inside; how that one ends is merged with the envelope.
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
    let tokens = |side| match side {
        Side::Base => &base,
        Side::Ours => &ours,
        Side::Theirs => &theirs,
    };
    let mut words: Vec<(Side, Range<usize>)> = Vec::new();
    let mut at = 0;
    let mut push = |side, range: Range<usize>| {
        if let [first, ..] = &tokens(side)[range.clone()] {
            words.push((side, first.span.start..tokens(side)[range.end - 1].span.end));
        }
    };
    for (side, edit) in all {
        push(Side::Base, at..edit.base.start);
        push(side, edit.side);
        at = edit.base.end;
    }
    push(Side::Base, at..base.len());
    Some(vec![RulePart::Line(words, (Side::Ours, last(Side::Ours)))])
}

/// A word, a run of white space, a mark or a tag.
struct Token<'a> {
    span: Range<usize>,
    bytes: &'a [u8],
    is_tag: bool,
}

/// Returns whether a tag of one version may stand for words of base that the other one deletes:
/// then it has not deleted them, too, although they aren't there.
pub fn tag_may_cover_deletion(base: &[u8], version: &[u8], edit: &[u8]) -> bool {
    let all = [base, version, edit];
    if all.iter().map(|text| text.len()).sum::<usize>() > LONGEST {
        return true;
    }
    // A whole text has no bounds that a tag could go over.
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
    let may_be = |gone: Range<usize>| {
        let overlaps =
            |other: &LineEdit| gone.start < other.base.end && other.base.start < gone.end;
        of_version
            .iter()
            .any(|other| overlaps(other) && version.brings_values(other))
    };
    let of_edit = edit.edits();
    let mut gone = of_edit
        .iter()
        .filter(|one| edit.deletes_words(one))
        .map(|one| edit.reach(one))
        .peekable();
    gone.peek().is_some() && (version.has_values_for_nothing(&of_version) || gone.any(may_be))
}

/// Returns the tokens of a span of a text, with its tags that reach into it; none where one goes
/// over its bounds.
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
                let run = |is: fn(&u8) -> bool| rest.iter().take_while(|byte| is(byte)).count();
                let is_word =
                    |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
                at + run(is_word)
                    .max(run(|byte| matches!(byte, b' ' | b'\t')))
                    .max(1)
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
                // What a tag stands for may have blanks in it, and those look as if nobody had
                // touched them.
                Some(last) if self.are_one(last, &edit) => {
                    (last.base.end, last.side.end) = (edit.base.end, edit.side.end);
                }
                _ => all.push(edit),
            }
        }
        all
    }

    /// Returns whether an edit goes on with the one before: one is about a tag, and blanks alone
    /// are between.
    fn are_one(&self, last: &LineEdit, next: &LineEdit) -> bool {
        let is_blank =
            |token: &Token<'_>| token.bytes.iter().all(|byte| matches!(byte, b' ' | b'\t'));
        (self.has_tag(last) || self.has_tag(next))
            && self.base[last.base.end..next.base.start]
                .iter()
                .all(is_blank)
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
        let words = |edit: &LineEdit| {
            self.base[edit.base.clone()]
                .iter()
                .filter(|token| !token.is_blank())
                .count()
        };
        edits
            .iter()
            .any(|edit| values(&self.side[edit.side.clone()]) > words(edit))
    }

    /// Returns whether an edit only deletes, and words are among what goes.
    fn deletes_words(&self, edit: &LineEdit) -> bool {
        let is_word = |token: &Token<'_>| !token.is_tag && !token.is_blank();
        edit.side.is_empty() && self.base[edit.base.clone()].iter().any(is_word)
    }

    /// Returns all of base that an edit may be about: what is only inserted or only deleted between
    /// words that repeat it could as well stand earlier or later.
    fn reach(&self, edit: &LineEdit) -> Range<usize> {
        let Range { start, end } = edit.base;
        let moved = match (&self.base[edit.base.clone()], &self.side[edit.side.clone()]) {
            (moved, []) | ([], moved) => moved,
            _ => return start..end,
        };
        let is_same = |(word, other): &(&Token<'_>, &Token<'_>)| word.bytes == other.bytes;
        let before = self.base[..start]
            .iter()
            .rev()
            .zip(moved.iter().rev().cycle())
            .take_while(is_same)
            .count();
        let behind = self.base[end..]
            .iter()
            .zip(moved.iter().cycle())
            .take_while(is_same)
            .count();
        start - before..end + behind
    }

    /// Returns whether enough is left as it was: else what seems to be the same is so by chance.
    fn is_like(&self, edits: &[LineEdit]) -> bool {
        let changed = edits.iter().filter(|edit| !self.has_tag(edit));
        let (gone, come) = changed.fold((0, 0), |(gone, come), edit| {
            (gone + edit.base.len(), come + edit.side.len())
        });
        (self.base.len() - gone) as f64
            >= LIKENESS * self.base.len().max(self.base.len() - gone + come) as f64
    }
}

/// How many pairs of edits are looked at, at most.
const MOST_PAIRS: usize = 1 << 16;

/// Returns the edits of both sides, in order, if no two of different sides touch, or only where
/// words are replaced beside what is replaced by a tag.
fn merged(ours: &Version<'_, '_>, theirs: &Version<'_, '_>) -> Option<Vec<(Side, LineEdit)>> {
    let (of_ours, mut of_theirs) = (ours.edits(), theirs.edits());
    let is_much = of_ours.len().saturating_mul(of_theirs.len()) > MOST_PAIRS;
    // A tag for nothing stands for what seems to be deleted elsewhere.
    let is_read = |version: &Version<'_, '_>, edits: &[LineEdit]| {
        let is_torn = version.has_values_for_nothing(edits)
            && edits.iter().any(|edit| version.deletes_words(edit));
        version.is_like(edits) && !is_torn
    };
    if is_much || !is_read(ours, &of_ours) || !is_read(theirs, &of_theirs) {
        return None;
    }
    // What both did is done once, and touches nothing that it does not touch on both sides.
    let bytes = |version: &Version<'_, '_>, edit: &LineEdit| {
        version.side[edit.side.clone()]
            .iter()
            .flat_map(|token| token.bytes)
            .copied()
            .collect::<Vec<_>>()
    };
    let same = |one: &LineEdit, other: &LineEdit| {
        one.base == other.base && bytes(ours, one) == bytes(theirs, other)
    };
    let only_of_ours: Vec<&LineEdit> = of_ours
        .iter()
        .filter(|one| !of_theirs.iter().any(|other| same(one, other)))
        .collect();
    of_theirs.retain(|other| !of_ours.iter().any(|one| same(one, other)));
    let replaces = |edit: &LineEdit| !edit.base.is_empty() && !edit.side.is_empty();
    let are_apart = |one: &LineEdit, other: &LineEdit| {
        let (first, second) = (ours.reach(one), theirs.reach(other));
        let (end, start) = if first.start <= second.start {
            (first.end, second.start)
        } else {
            (second.end, first.start)
        };
        match ours.base.get(end..start) {
            Some([]) => {
                replaces(one) && replaces(other) && (ours.has_tag(one) || theirs.has_tag(other))
            }
            Some(between) => {
                // Where white space alone is between, what stands for a word is as far apart as
                // any.
                between.iter().any(|token| !token.is_blank()) || replaces(one) && replaces(other)
            }
            None => false,
        }
    };
    if !only_of_ours
        .iter()
        .all(|one| of_theirs.iter().all(|other| are_apart(one, other)))
    {
        return None;
    }
    let of = |side, edits: Vec<LineEdit>| edits.into_iter().map(move |edit| (side, edit));
    let mut all: Vec<(Side, LineEdit)> = of(Side::Ours, of_ours)
        .chain(of(Side::Theirs, of_theirs))
        .collect();
    all.sort_by_key(|(_, edit)| edit.base.start);
    Some(all)
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
