//! Both inserted whole entries in one place: list items, table rows, sections, keys, tables. Both
//! insertions are kept.
//!
//! Entries that belong to the lines before come first: an item of a list before a new section, a
//! key of a table before a new table. Where either order would do, ours comes first. Entries of the
//! same name on both sides are two versions of one thing, and stay a conflict.
//!
//! | file | entries |
//! |---|---|
//! | `keyed` | entries with keys, one by one, where base has some in the place, too |
//! | `markdown` | sections, items, rows, link definitions, text that goes on before a section |
//! | `toml` | keys, tables, elements of arrays of tables |
//! | `yaml` | keys of a mapping, with all that is below them; also in the frontmatter of Markdown |

pub(super) mod keyed;
mod markdown;
mod toml;
mod yaml;

pub(super) use markdown::is_frontmatter;

use foldhash::HashSet;

use super::{Clash, RulePart, is_blank};
use crate::merge::kind::FileKind;
use crate::merge::pieces::Side;

/// An entry of an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    /// Unique among entries of its class.
    name: Vec<u8>,
    class: Class,
    /// How closely it belongs to the lines before: more is closer.
    depth: usize,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// It has a heading, and stands behind a blank line.
    Section,
    /// Text before a first heading that is none of the others.
    Text,
    /// An item of a list with this indent and this mark.
    Item(usize, u8),
    Row,
    /// The target of links by a name.
    Definition,
    /// A key with its value, at an indent.
    Key(usize),
}

/// Settles a place where both sides only add.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    let is_known = matches!(
        clash.kind,
        FileKind::Markdown | FileKind::Toml | FileKind::Yaml
    );
    // Of Markdown that is read once.
    let may_read = || clash.kind == FileKind::Markdown || clash.may_read(0);
    if !is_known || !clash.region.base.is_empty() || !may_read() {
        return None;
    }
    let read = match clash.kind {
        FileKind::Markdown if markdown::is_frontmatter(clash) => yaml::read,
        FileKind::Markdown => markdown::read,
        FileKind::Toml if toml::are_between(clash) => toml::read,
        FileKind::Yaml => yaml::read,
        _ => return None,
    };
    (0..=most_turns(clash)).find_map(|turns| {
        let lines = [Side::Ours, Side::Theirs].map(|side| insertion_moved_up(clash, side, turns));
        let [ours, theirs] = lines.each_ref().map(|lines| read(clash, lines));
        let first = which_first(&lines, &[ours?, theirs?])?;
        let second = if first == Side::Ours {
            Side::Theirs
        } else {
            Side::Ours
        };
        Some([clash.all_of(first), clash.all_of(second)].concat())
    })
}

/// Returns a side's insertion moved up by some lines. Where an insertion ends with the same lines
/// as those before it, it can be read as starting there instead, with the same resulting text.
/// Entries are whole in only one of these readings.
fn insertion_moved_up<'a>(clash: &Clash<'a>, side: Side, turns: usize) -> Vec<&'a [u8]> {
    let mut lines: Vec<&[u8]> = clash.content(side).collect();
    lines.rotate_right(turns);
    lines
}

/// Returns by how many lines both insertions can be moved up.
fn most_turns(clash: &Clash<'_>) -> usize {
    const MOST: usize = 8;
    let before = clash.texts.base.lines(&(0..clash.region.base.start)).rev();
    let ends = before.zip(
        clash
            .content(Side::Ours)
            .rev()
            .zip(clash.content(Side::Theirs).rev()),
    );
    ends.take(MOST)
        .take_while(|(line, (ours, theirs))| line == ours && line == theirs)
        .count()
}

/// Returns whose entries come first, if both can stay.
fn which_first(lines: &[Vec<&[u8]>; 2], entries: &[Vec<Entry>; 2]) -> Option<Side> {
    let [ours, theirs] = entries;
    let names: HashSet<&[u8]> = ours.iter().map(|entry| entry.name.as_slice()).collect();
    if theirs
        .iter()
        .any(|entry| names.contains(entry.name.as_slice()))
    {
        return None;
    }
    // Entries before the first section have to be one list, or only one side has some.
    let lead = |entries: &[Entry]| {
        entries
            .iter()
            .take_while(|entry| entry.class != Class::Section)
            .count()
    };
    let leads = [&ours[..lead(ours)], &theirs[..lead(theirs)]];
    let class = leads
        .iter()
        .find_map(|lead| lead.first())
        .map(|entry| entry.class);
    let is_one_list = class != Some(Class::Text)
        && leads
            .concat()
            .iter()
            .all(|entry| Some(entry.class) == class);
    if !is_one_list && !leads.iter().any(|lead| lead.is_empty()) {
        return None;
    }
    // A list that goes on after a section of the other side would be torn.
    if leads.iter().all(|lead| !lead.is_empty())
        && (leads[0].len() < ours.len() || leads[1].len() < theirs.len())
    {
        return None;
    }
    let fits = |first: usize, second: usize| {
        let closest = entries[second].first().map_or(0, |entry| entry.depth);
        let is_in_order = entries[first].iter().all(|entry| closest <= entry.depth);
        let is_apart = !entries[second]
            .first()
            .is_some_and(|entry| entry.class == Class::Section)
            || lines[first].last().is_some_and(|line| is_blank(line))
            || lines[second].first().is_some_and(|line| is_blank(line));
        is_in_order && is_apart
    };
    match (fits(0, 1), fits(1, 0)) {
        (true, _) => Some(Side::Ours),
        (false, true) => Some(Side::Theirs),
        (false, false) => None,
    }
}
