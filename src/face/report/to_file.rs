//! `--report FILE.md`: what was done, or what has to be approved first, in a file.

use std::path::{Path, PathBuf};

use crate::agent::not_for_files;
use crate::error::{Error, Result};
use crate::ops::Session;
use crate::ops::steps::change::Outcome;
use crate::store::fs;
use crate::words;

use super::markdown;

/// Changes the repo, and writes what was done, or what has to be approved first, to a file.
pub fn reported(
    session: &mut Session,
    file: Option<&Path>,
    change: impl FnOnce(&mut Session) -> Result<Outcome>,
) -> Result<Outcome> {
    let place = match file {
        Some(file) => Some(report_place(session, file)?),
        None => None,
    };
    let changed = change(session);
    let text = match &changed {
        Ok(outcome) => markdown::body(outcome),
        Err(error) if !error.attachments().is_empty() => markdown::refused(error),
        Err(_) => return changed,
    };
    let written = match place {
        Some(place) => fs::write_out(&place, text.as_bytes()),
        None => Ok(()),
    };
    match (changed, written) {
        (Ok(outcome), Err(error)) if outcome.applied => {
            Err(error.note("what was asked for is done; only the report is missing"))
        }
        (Ok(_), Err(error)) => Err(error),
        (Err(refused), Err(error)) => Err(refused.note(error.message())),
        (changed, Ok(())) => changed,
    }
}

/// Returns where a report goes.
///
/// # Errors
/// Where there is no such folder, and for what agentpkg, git or an agent reads.
fn report_place(session: &Session, file: &Path) -> Result<PathBuf> {
    const FOLDERS: [&str; 4] = [".git", ".agentpkg", ".claude", ".agents"];
    let place = session.environment.here.join(file);
    let shown = words::path_quoted(&file.display().to_string());
    let folder = place.parent().filter(|folder| fs::is_folder(folder));
    let Some(folder) = folder.filter(|_| !fs::is_folder(&place)) else {
        let error = Error::user(format!("`{shown}` is no place for a report"));
        return Err(error
            .note("nothing was changed")
            .hint("name a file in a folder that is there"));
    };
    let real = fs::canonical(folder)?.join(place.file_name().unwrap_or_default());
    let Ok(inside) = real.strip_prefix(session.workspace.root()) else {
        return Ok(place);
    };
    let first = inside.iter().next().and_then(|part| part.to_str());
    let is_read = first.is_some_and(|first| FOLDERS.contains(&first))
        || not_for_files().any(|(path, _)| Path::new(path) == inside);
    if is_read {
        let error = Error::user(format!(
            "`{shown}` can't be a report: agentpkg, git or an agent reads it"
        ));
        return Err(error
            .note("nothing was changed")
            .hint("name another file: `--report ../report.md`"));
    }
    Ok(place)
}
