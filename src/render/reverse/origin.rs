//! Where each rendered line comes from in a template's source, and what its tags wrote there: found
//! by rendering the source with marks in it.

use std::ops::Range;

use crate::merge::tags::{is_control, tags};

use super::Rendering;
use super::answers::is_constant;
use super::hunks::lines;

/// What a line's number is between, and what a value is between. They are for private use: where a
/// text has one, nothing is known of it.
const MARKS: [char; 4] = ['\u{f5c1}', '\u{f5c2}', '\u{f5c3}', '\u{f5c4}'];

/// The origins of rendered lines.
#[derive(Clone, Debug)]
pub struct Origins {
    /// For each rendered line the line of the source, if it comes from that line alone, and that
    /// line writes no other.
    lines: Vec<Option<usize>>,
    /// For each line of the source what is in it.
    source: Vec<Line>,
    /// For each rendered line what tags wrote: in order, as byte ranges.
    values: Vec<Vec<Range<usize>>>,
}

/// What is in a line of a source.
#[derive(Clone, Debug, Default)]
struct Line {
    /// Whether a tag in it controls what is rendered, or goes over its end.
    is_control: bool,
    /// The tags in it that write values.
    tags: Vec<String>,
}

/// A value that a tag wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagValue {
    /// Where, in its rendered line.
    pub place: Range<usize>,
    pub tag: String,
}

impl Origins {
    /// Returns the origins of what a source renders to, or nothing where they can't be told.
    pub fn find(source: &str, rendered: &str, rendering: &dyn Rendering) -> Option<Self> {
        if source.contains(MARKS) || rendered.contains(MARKS) {
            return None;
        }
        let (kinds, marked) = marked(source);
        let output = rendering.render(&marked)?;
        let (mut origins, mut values, mut bare) = (
            Vec::new(),
            Vec::new(),
            String::with_capacity(rendered.len()),
        );
        for line in lines(&output) {
            let unmarked = unmarked(line)?;
            origins.push(unmarked.origin);
            values.push(unmarked.values);
            bare.push_str(&unmarked.text);
        }
        if bare != rendered {
            return None;
        }
        // A loop writes a line over and over.
        let mut times = vec![0; kinds.len()];
        for line in origins.iter().flatten() {
            times[*line] += 1;
        }
        for origin in &mut origins {
            *origin = origin.filter(|line: &usize| times[*line] == 1);
        }
        Some(Self {
            lines: origins,
            source: kinds,
            values,
        })
    }

    /// Returns the line of the source that a rendered line comes from, if it comes from one alone,
    /// and no other line does.
    pub fn line(&self, rendered: usize) -> Option<usize> {
        *self.lines.get(rendered)?
    }

    /// Returns whether a line of the source controls what is rendered.
    pub fn is_control(&self, line: usize) -> bool {
        self.source.get(line).is_some_and(|line| line.is_control)
    }

    /// Returns what tags wrote in a rendered line that has an origin.
    pub fn values(&self, rendered: usize) -> Option<Vec<TagValue>> {
        let tags = &self.source[self.line(rendered)?].tags;
        let places = &self.values[rendered];
        if tags.len() != places.len() {
            return None;
        }
        let values = places.iter().zip(tags).map(|(place, tag)| TagValue {
            place: place.clone(),
            tag: tag.clone(),
        });
        Some(values.collect())
    }

    /// Returns what tags write in lines of their own origin, each with its tag, but for what stands
    /// in the tag itself.
    pub fn written(&self, rendered: &str) -> Vec<(String, String)> {
        let mut written = Vec::new();
        for (number, line) in lines(rendered).into_iter().enumerate() {
            for value in self.values(number).unwrap_or_default() {
                let text = &line[value.place];
                if !text.trim().is_empty() && !is_constant(&value.tag) {
                    written.push((text.to_owned(), value.tag));
                }
            }
        }
        written
    }

    /// Returns how many lines the source has.
    pub fn lines(&self) -> usize {
        self.source.len()
    }

    /// Returns how many lines were rendered.
    pub fn rendered(&self) -> usize {
        self.lines.len()
    }
}

/// Returns what is in each line, and the source with each line's number before it, and marks around
/// its values.
fn marked(source: &str) -> (Vec<Line>, String) {
    let texts = lines(source);
    let starts = line_starts(&texts);
    let mut kinds = vec![Line::default(); texts.len()];
    let mut around = Vec::new();
    for tag in tags(source.as_bytes()) {
        let first = line_at(&starts, tag.start);
        let last = line_at(&starts, tag.end - 1);
        if is_control(&source.as_bytes()[tag.clone()]) || first != last {
            kinds[first..=last]
                .iter_mut()
                .for_each(|line| line.is_control = true);
        } else {
            kinds[first].tags.push(source[tag.clone()].to_owned());
            around.push((first, tag));
        }
    }
    let mut inserted: Vec<(usize, String)> = Vec::new();
    for (number, start) in starts
        .iter()
        .enumerate()
        .filter(|(number, _)| !kinds[*number].is_control)
    {
        inserted.push((*start, format!("{}{number}{}", MARKS[0], MARKS[1])));
    }
    for (_, tag) in around.iter().filter(|(line, _)| !kinds[*line].is_control) {
        inserted.push((tag.start, MARKS[2].to_string()));
        inserted.push((tag.end, MARKS[3].to_string()));
    }
    // A line's number comes before a value at its start.
    inserted.sort_by_key(|(at, mark)| {
        (
            *at,
            !mark.starts_with(MARKS[3]),
            !mark.starts_with(MARKS[0]),
        )
    });
    let (mut text, mut at) = (String::with_capacity(source.len() * 2), 0);
    for (place, mark) in inserted {
        text.push_str(&source[at..place]);
        text.push_str(&mark);
        at = place;
    }
    text.push_str(&source[at..]);
    (kinds, text)
}

fn line_starts(lines: &[&str]) -> Vec<usize> {
    let mut starts = Vec::with_capacity(lines.len());
    let mut at = 0;
    for line in lines {
        starts.push(at);
        at += line.len();
    }
    starts
}

fn line_at(starts: &[usize], offset: usize) -> usize {
    starts
        .partition_point(|start| *start <= offset)
        .saturating_sub(1)
}

/// A rendered line without marks.
struct Unmarked {
    text: String,
    origin: Option<usize>,
    values: Vec<Range<usize>>,
}

/// Takes the marks out of a rendered line; it has an origin where it has one number, at its start.
fn unmarked(line: &str) -> Option<Unmarked> {
    let (mut text, mut numbers, mut values) =
        (String::with_capacity(line.len()), Vec::new(), Vec::new());
    let (mut rest, mut open) = (line, None);
    while let Some(start) = rest.find(MARKS) {
        text.push_str(&rest[..start]);
        let mark = rest[start..].chars().next()?;
        rest = &rest[start + mark.len_utf8()..];
        match MARKS.iter().position(|one| *one == mark)? {
            0 => {
                let (number, behind) = rest.split_once(MARKS[1])?;
                numbers.push((text.len(), number.parse::<usize>().ok()?));
                rest = behind;
            }
            2 => open = Some(text.len()),
            3 => values.push(open.take()?..text.len()),
            _ => return None,
        }
    }
    text.push_str(rest);
    let origin = match numbers.as_slice() {
        [(0, number)] if open.is_none() => Some(*number),
        _ => None,
    };
    Some(Unmarked {
        text,
        origin,
        values,
    })
}
