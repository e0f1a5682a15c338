//! What the team did to an installed path, from the lock and the repo alone.

use serde_json::Value;

use crate::agent;
use crate::merge::{block, diff, json};
use crate::model::lock::Record;
use crate::model::upstream::{Comment, Content};

use super::{Absence, Found, Local};

/// Returns whether a shared file holds anything of what was installed in it.
pub fn holds_some(record: &Record, local: &Local, identities: &json::Identities) -> bool {
    let (Found::File(file) | Found::Link(file)) = &local.found else {
        return false;
    };
    let Some(text) = file.text() else { return true };
    match record {
        Record::Whole(_) => true,
        Record::Blocks(record) => {
            match block::find_known(text, Comment::of(&local.real), &record.blocks) {
                Ok(found) => found
                    .iter()
                    .any(|found| record.blocks.contains_key(&found.owner)),
                Err(_) => true,
            }
        }
        Record::Keys(record) => match json::Document::of_file(text) {
            Ok(document) => record
                .parts
                .values()
                .any(|part| has_entry(&json::project(part, document.value(), identities))),
            Err(_) => true,
        },
    }
}

fn has_entry(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.values().any(has_entry),
        Value::Array(elements) => !elements.is_empty(),
        _ => true,
    }
}

/// What the team did to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// As it was installed.
    Unchanged,
    /// Edited.
    Edited,
    /// Different from its base in layout alone: a formatter ran.
    Reformatted,
    /// As it was installed, in another place.
    Moved,
    /// Deleted on purpose.
    Deleted,
    /// Not there, and not by the team's doing.
    Missing,
    /// In a part of the repository that this checkout doesn't have.
    Elsewhere,
    /// Something else is there: a link, a folder, broken markers, JSON that doesn't parse.
    Broken,
    /// A seed: the team's own.
    Seed,
}

/// Returns what the team did to a path; `base` is its composed content, where that is at hand.
pub fn state(
    record: &Record,
    local: &Local,
    base: Option<&Content>,
    identities: &json::Identities,
) -> State {
    let file = match &local.found {
        Found::Absent(absence) => return absent(record, absence),
        _ if local.fresh => return State::Missing,
        // Something else is there, and the team has said so.
        Found::Obstacle(_) | Found::Link(_) if is_deleted(record) => return State::Deleted,
        Found::Obstacle(_) => return State::Broken,
        Found::Link(_) if matches!(record, Record::Whole(_)) => return State::Broken,
        Found::File(file) | Found::Link(file) => file,
    };
    match record {
        Record::Whole(whole) if whole.seed => State::Seed,
        Record::Whole(whole)
            if file.stands_for(&whole.digest) && file.executable == whole.executable =>
        {
            if whole.moved.is_some() {
                State::Moved
            } else {
                State::Unchanged
            }
        }
        Record::Whole(_) => match (base, file.text()) {
            (Some(Content::Whole(base)), Some(text)) => {
                let kind = agent::kind_of(local.real.file_name(), &file.bytes);
                match base.file.text() {
                    Some(base) if base != text && diff::is_layout(kind, base, text) => {
                        State::Reformatted
                    }
                    _ => State::Edited,
                }
            }
            _ => State::Edited,
        },
        Record::Blocks(record) => {
            let comment = Comment::of(&local.real);
            match file
                .text()
                .map(|text| (text, block::find_known(text, comment, &record.blocks)))
            {
                Some((text, Ok(found))) => {
                    let states = record.blocks.iter().map(|(owner, block)| {
                        match found
                            .iter()
                            .find(|found| found.owner == *owner)
                            .map(|found| &text[found.inner.clone()])
                        {
                            None if block.deleted => State::Unchanged,
                            None => State::Edited,
                            Some(text) if text.replace("\r\n", "\n") == block.text => {
                                State::Unchanged
                            }
                            Some(text)
                                if diff::is_layout(block::kind(comment), &block.text, text) =>
                            {
                                State::Reformatted
                            }
                            Some(_) => State::Edited,
                        }
                    });
                    worst(states)
                }
                _ => State::Broken,
            }
        }
        Record::Keys(record) => match file.text().map(json::Document::of_file) {
            Some(Ok(document)) => worst(record.parts.values().map(|part| {
                match json::project(part, document.value(), identities) == *part {
                    true => State::Unchanged,
                    false => State::Edited,
                }
            })),
            _ => State::Broken,
        },
    }
}

/// Returns what is wrong at a path that is [`Broken`](State::Broken), in words that follow its name.
pub fn why_broken(record: &Record, local: &Local) -> Option<String> {
    let file = match &local.found {
        Found::Absent(_) => return None,
        Found::Obstacle(obstacle) => return Some(format!(": {}", obstacle.words(&local.real))),
        Found::Link(_) if matches!(record, Record::Whole(_)) => return Some(": a link".to_owned()),
        Found::File(file) | Found::Link(file) => file,
    };
    let Some(text) = file.text() else {
        return Some(": it is not UTF-8 text".to_owned());
    };
    match record {
        Record::Whole(_) => None,
        Record::Blocks(record) => {
            let found = block::find_known(text, Comment::of(&local.real), &record.blocks);
            found.err().map(|malformed| format!(" {malformed}"))
        }
        Record::Keys(_) => {
            let document = json::Document::of_file(text);
            document.err().map(|invalid| format!(" {invalid}"))
        }
    }
}

fn is_deleted(record: &Record) -> bool {
    matches!(record, Record::Whole(whole) if whole.deleted)
}

fn absent(record: &Record, absence: &Absence) -> State {
    match absence {
        _ if is_deleted(record) => State::Deleted,
        Absence::Deleted => State::Deleted,
        Absence::Missing => State::Missing,
        Absence::Elsewhere(_) => State::Elsewhere,
    }
}

fn worst(states: impl Iterator<Item = State>) -> State {
    let rank = |state: &State| match state {
        State::Edited => 2,
        State::Reformatted => 1,
        _ => 0,
    };
    states.max_by_key(rank).unwrap_or(State::Unchanged)
}
