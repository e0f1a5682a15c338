//! Whose a line or an entry of a file is.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::merge::blame::LineOrigin;
use crate::merge::format::Format;
use crate::merge::json::{AttributedEntry, entries_around, entries_at, entries_on_line};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::words;

use super::PathOwner;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::place::FilePart;

/// What was asked about of a file.
pub enum PartOwner {
    Line(LineOwner),
    /// The entries that a line or a pointer is about.
    Entries(Vec<AttributedEntry>),
}

/// Whose a line is.
pub struct LineOwner {
    /// From 1.
    pub line: usize,
    pub text: String,
    /// The template in whose file or block it is.
    pub template: Option<TemplateName>,
    /// `None` where nobody can tell: what was installed isn't at hand.
    pub whose: Option<LineKind>,
}

/// Whose a line is.
pub enum LineKind {
    /// It marks where a block begins or ends.
    Marker,
    Origin(LineOrigin),
}

/// Returns whose the part of a file is that was asked about, if not all of it was.
pub(super) fn part_owner(
    session: &Session,
    path: &RelPath,
    file: Option<&File>,
    owner: &PathOwner,
    part: FilePart,
) -> Result<Option<PartOwner>> {
    let about_all = CommandLine::new(session, "info").word(path.as_str());
    let line = match (part, owner) {
        (FilePart::Whole, _) => return Ok(None),
        (FilePart::Entry(pointer), PathOwner::Entries(entries)) => {
            let found = match has_value(path, file, &pointer) {
                true => entries_around(entries, &pointer),
                false => entries_at(entries, &pointer),
            };
            return match found.is_empty() {
                true => Err(Error::user(format!("`{path}` has no entry `{pointer}`"))
                    .hint_command("its entries", about_all.flag("-v"))),
                false => Ok(Some(PartOwner::Entries(cloned(found)))),
            };
        }
        (FilePart::Entry(_), _) => {
            return Err(
                Error::user(format!("no template has entries in `{path}`")).command(about_all)
            );
        }
        (FilePart::Line(line), _) => line,
    };
    let text = match file.map(File::text) {
        Some(Some(text)) => text,
        Some(None) => {
            return Err(
                Error::user(format!("`{path}` is not UTF-8 text, so it has no lines"))
                    .command(about_all),
            );
        }
        None => {
            return Err(
                Error::user(format!("`{path}` isn't here, so it has no lines")).command(about_all),
            );
        }
    };
    let place = line_place(path, text, line)?;
    if let PathOwner::Entries(entries) = owner {
        let places = Format::of(path)
            .places(text)
            .map_err(|invalid| Error::user(format!("`{path}` {invalid}")))?;
        let found = entries_on_line(entries, &places, place);
        return Ok(Some(PartOwner::Entries(cloned(found))));
    }
    let (template, whose) = line_owner(owner, line);
    Ok(Some(PartOwner::Line(LineOwner {
        line,
        text: text[place].to_owned(),
        template,
        whose,
    })))
}

/// Whether a document has something at a pointer.
fn has_value(path: &RelPath, file: Option<&File>, pointer: &str) -> bool {
    let document = file
        .and_then(File::text)
        .and_then(|text| Format::of(path).read(text).ok());
    document.is_some_and(|document| document.pointer(pointer).is_some())
}

fn cloned(entries: Vec<&AttributedEntry>) -> Vec<AttributedEntry> {
    entries.into_iter().cloned().collect()
}

/// Returns in whose file or block a line is, and whose it is itself.
fn line_owner(owner: &PathOwner, line: usize) -> (Option<TemplateName>, Option<LineKind>) {
    match owner {
        PathOwner::Whole(owner) => {
            let origin = owner
                .lines
                .as_ref()
                .and_then(|blame| blame.lines.get(line - 1));
            let origin = origin.cloned().map(LineKind::Origin);
            (Some(owner.template.clone()), origin)
        }
        PathOwner::Blocks { blocks, .. } => {
            for block in blocks {
                let Some(lines) = &block.lines else { continue };
                let template = Some(block.template.clone());
                if lines.contains(&line) {
                    let origin = block.blame.lines[line - lines.start].clone();
                    return (template, Some(LineKind::Origin(origin)));
                }
                if line + 1 == lines.start || line == lines.end {
                    return (template, Some(LineKind::Marker));
                }
            }
            (None, Some(LineKind::own()))
        }
        PathOwner::Team { .. } => (None, Some(LineKind::own())),
        PathOwner::Agentpkg | PathOwner::Folder(_) | PathOwner::Entries(_) => (None, None),
    }
}

impl LineKind {
    /// A line of the team's own.
    fn own() -> Self {
        Self::Origin(LineOrigin::Yours { was: Vec::new() })
    }
}

/// Returns where what a line says stands in a text, without the white space around it.
fn line_place(path: &RelPath, text: &str, number: usize) -> Result<Range<usize>> {
    let mut start = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        if index + 1 == number {
            let start = start + line.len() - line.trim_start().len();
            return Ok(start..start + line.trim().len());
        }
        start += line.len();
    }
    let count = words::count(text.lines().count(), "line");
    Err(Error::user(format!(
        "there is no line {number} in `{path}`, which has {count}"
    )))
}
