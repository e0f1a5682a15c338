//! Where the files of one thing, which each agent has in a place of its own, no longer say the
//! same: the team edited some of them, or each in another way.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::sections::section_body;
use crate::agent::translate::body;
use crate::error::Result;
use crate::merge::block;
use crate::model::lock::{Lock, Record};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Comment, Content, FileOrigin, Upstream};
use crate::tree::State;

use crate::ops::Session;
use crate::ops::steps::local_changes::ChangedFile;

/// A file of a template of which the files for several agents don't say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    pub source: FileOrigin,
    /// The files that the team edited.
    pub edited: Vec<RelPath>,
    /// The files that are as they were installed.
    pub unedited: Vec<RelPath>,
    /// Whether the edited ones were edited in more than one way.
    pub is_contradictory: bool,
}

/// The lines that an edit took away, and those that it added, in the order of their bytes.
type LineChanges = [Vec<String>; 2];

/// Returns where files of one source differ. Without `installed`, what was installed as a whole
/// isn't known, and no two edits count as different.
///
/// # Errors
/// When a file can't be read.
pub fn find(
    session: &Session,
    lock: &Lock,
    changed: &[ChangedFile],
    installed: Option<&Upstream>,
) -> Result<Vec<Drift>> {
    let mut edited: BTreeMap<&FileOrigin, Vec<&ChangedFile>> = BTreeMap::new();
    for file in changed.iter().filter(|file| file.state == State::Edited) {
        // Files that are written from template.toml are of different things in it.
        for source in file
            .sources
            .iter()
            .filter(|source| !source.is_of_agentpkg())
        {
            edited.entry(source).or_default().push(file);
        }
    }
    let absent = changed.iter().filter(|file| file.state == State::Deleted);
    let absent: BTreeSet<&RelPath> = absent.map(|file| &file.path).collect();
    let mut drifts = Vec::new();
    for (source, files) in edited {
        let mut unedited = files_of(lock, source);
        unedited.retain(|path| !absent.contains(path));
        unedited.retain(|path| files.iter().all(|file| file.path != *path));
        let mut edits: BTreeSet<LineChanges> = BTreeSet::new();
        let mut edited = Vec::new();
        for file in files {
            let place = file.moved.as_ref().unwrap_or(&file.path);
            let here = session.workspace.file(place)?;
            let record = &lock.files[&file.path];
            let content = installed.and_then(|installed| installed.files.get(&file.path));
            if let Some(edit) = line_changes(record, content, here.as_ref(), source, place) {
                edits.insert(edit);
                edited.push(file.path.clone());
            }
        }
        let is_contradictory = edits.len() > 1;
        if !edited.is_empty() && !unedited.is_empty() || is_contradictory {
            drifts.push(Drift {
                source: source.clone(),
                edited,
                unedited,
                is_contradictory,
            });
        }
    }
    Ok(drifts)
}

/// Returns whether two files have something of one file of a template.
pub fn are_of_one_source(lock: &Lock, one: &RelPath, other: &RelPath) -> bool {
    let (Some(one), Some(other)) = (lock.files.get(one), lock.files.get(other)) else {
        return false;
    };
    let others = sources(other);
    sources(one).iter().any(|source| others.contains(source))
}

/// Returns the files of templates that a file has something of.
fn sources(record: &Record) -> Vec<FileOrigin> {
    match record {
        Record::Whole(whole) if whole.origin.is_of_agentpkg() => Vec::new(),
        Record::Whole(whole) => vec![whole.origin.clone()],
        Record::Blocks(record) => {
            let mut sources = Vec::new();
            for (name, block) in &record.blocks {
                sources.extend(block.source.clone().map(|source| FileOrigin {
                    template: name.template.clone(),
                    source,
                }));
            }
            sources
        }
        Record::Keys(_) => Vec::new(),
    }
}

/// Returns the paths that have something of a source and that nobody told to be deleted.
fn files_of(lock: &Lock, source: &FileOrigin) -> Vec<RelPath> {
    let mut paths = Vec::new();
    for (path, record) in &lock.files {
        let has_source = match record {
            // TOML has no body.
            Record::Whole(_) if path.as_str().ends_with(".toml") => false,
            Record::Whole(whole) => whole.origin == *source && !whole.deleted && !whole.seed,
            Record::Blocks(record) => record.blocks.iter().any(|(name, block)| {
                name.template == source.template
                    && block.source.as_ref() == Some(&source.source)
                    && !block.deleted
            }),
            Record::Keys(_) => false,
        };
        if has_source {
            paths.push(path.clone());
        }
    }
    paths
}

/// Returns what an edit of a file did to the lines that come from a source. Only bodies count: what
/// a header says, each agent has in words of its own. None where nothing of that was edited.
fn line_changes(
    record: &Record,
    installed: Option<&Content>,
    here: Option<&File>,
    source: &FileOrigin,
    place: &RelPath,
) -> Option<LineChanges> {
    let text = here?.text()?;
    match record {
        Record::Whole(_) if place.as_str().ends_with(".toml") => None,
        Record::Whole(_) => {
            let whole = installed?.as_whole()?;
            changes(body(whole.file.text()?), body(text))
        }
        Record::Blocks(record) => {
            let mut blocks = record.blocks.iter();
            let (name, block) = blocks.find(|(name, block)| {
                name.template == source.template && block.source.as_ref() == Some(&source.source)
            })?;
            let found = block::find_known(text, Comment::of(place), &record.blocks).ok()?;
            let found = found.into_iter().find(|found| found.name == *name);
            let inner = &text[found?.inner];
            changes(section_body(&block.text), section_body(inner))
        }
        Record::Keys(_) => None,
    }
}

fn changes(old: &str, new: &str) -> Option<LineChanges> {
    let lines = |text: &str| -> Vec<String> {
        let mut lines: Vec<String> = text
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        lines.sort();
        lines
    };
    let (old, new) = (lines(old), lines(new));
    let changes = [without(&old, &new), without(&new, &old)];
    changes
        .iter()
        .any(|lines| !lines.is_empty())
        .then_some(changes)
}

/// Returns the lines of a sorted list that another one hasn't got.
fn without(lines: &[String], others: &[String]) -> Vec<String> {
    let mut left = lines.to_vec();
    left.retain(|line| others.binary_search(line).is_err());
    left
}
