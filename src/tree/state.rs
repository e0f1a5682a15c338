//! What the team did to an installed path, told from the lock and the repo alone.

use crate::merge::json::Identities;
use crate::model::lock::Record;
use crate::model::name::TemplateName;
use crate::model::upstream::{Content, FileOrigin};

use super::ownership::{self, FileHere};
use super::{Absence, Found, Local};

/// What the team did to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Unchanged,
    Edited,
    /// Different from its base only in layout: a formatter ran.
    Reformatted,
    /// As it was installed, in another place.
    Moved,
    /// Deleted on purpose.
    Deleted,
    /// Not there, although the team didn't delete it.
    Missing,
    /// In a part of the repository that this checkout doesn't have.
    Elsewhere,
    /// Something else is there: a link, a folder, broken markers, JSON that doesn't parse.
    Broken,
    Seed,
}

/// Returns what the team did to a path; `installed` is its composed content, where that is known.
pub fn state(
    record: &Record,
    local: &Local,
    installed: Option<&Content>,
    identities: &Identities,
) -> State {
    let ownership = ownership::of(record);
    match &local.found {
        Found::Absent(_) if record.is_deleted() => State::Deleted,
        Found::Absent(Absence::Deleted) => State::Deleted,
        Found::Absent(Absence::Missing) => State::Missing,
        Found::Absent(Absence::Elsewhere(_)) => State::Elsewhere,
        _ if local.fresh => State::Missing,
        // Something else is there, and the lock says that the team deleted the file.
        Found::Obstacle(_) | Found::Link(_) if record.is_deleted() => State::Deleted,
        Found::Obstacle(_) => State::Broken,
        Found::Link(_) if !ownership.follows_links() => State::Broken,
        Found::File(file) | Found::Link(file) => {
            let at = &local.real;
            let here = FileHere {
                at,
                file,
                identities,
            };
            ownership.state(&here, installed)
        }
    }
}

/// Returns the templates whose part of a path isn't as it was installed.
pub fn edited_of<'a>(
    record: &'a Record,
    local: &Local,
    identities: &Identities,
) -> Vec<&'a TemplateName> {
    let ownership = ownership::of(record);
    match readable(record, local, identities) {
        Some(here) => ownership.edited_of(&here),
        None => ownership.owners(),
    }
}

/// Returns the files of templates that the edited parts of a path come from.
pub fn edited_sources(record: &Record, local: &Local, identities: &Identities) -> Vec<FileOrigin> {
    match readable(record, local, identities) {
        Some(here) => ownership::of(record).edited_sources(&here),
        None => Vec::new(),
    }
}

/// Returns a file that is there and can be read.
fn readable<'a>(
    record: &Record,
    local: &'a Local,
    identities: &'a Identities,
) -> Option<FileHere<'a>> {
    let file = local
        .file()
        .filter(|_| why_broken(record, local).is_none())?;
    Some(FileHere {
        at: &local.real,
        file,
        identities,
    })
}

/// Returns what is wrong at a path that is [`Broken`](State::Broken), in words that follow its
/// name.
pub fn why_broken(record: &Record, local: &Local) -> Option<String> {
    let ownership = ownership::of(record);
    let file = match &local.found {
        Found::Absent(_) => return None,
        Found::Obstacle(obstacle) => return Some(format!(": {}", obstacle.words(&local.real))),
        Found::Link(_) if !ownership.follows_links() => return Some(": a link".to_owned()),
        Found::File(file) | Found::Link(file) => file,
    };
    match file.text() {
        Some(text) => ownership.why_broken(&local.real, text),
        None => Some(": it is not UTF-8 text".to_owned()),
    }
}

/// Returns whether a shared file has anything of what was installed in it.
pub fn holds_some(record: &Record, local: &Local, identities: &Identities) -> bool {
    let Some(file) = local.file() else {
        return false;
    };
    match file.text() {
        Some(text) => ownership::of(record).holds_some(&local.real, text, identities),
        None => true,
    }
}

/// Returns the state of a file, given the states of its parts.
pub(super) fn worst(states: impl Iterator<Item = State>) -> State {
    let worst = states.max_by_key(|state| match state {
        State::Edited => 2,
        State::Reformatted => 1,
        _ => 0,
    });
    worst.unwrap_or(State::Unchanged)
}
