//! What was named on the command line: templates, managed paths, and files that no template brought.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::unbrought::is_own;
use crate::error::{Error, Result};
use crate::model::lock::Lock;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::store::fs;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::local_changes::ChangedFile;
use crate::ops::steps::unbrought::{self, MOST};

/// What was named.
#[derive(Default)]
pub struct Named {
    pub templates: BTreeSet<TemplateName>,
    /// Managed paths.
    pub paths: BTreeSet<RelPath>,
    /// Files that no template brought.
    pub new: BTreeMap<RelPath, File>,
}

impl Named {
    /// Returns whether an edit of a managed path is meant.
    pub fn has(&self, path: &RelPath) -> bool {
        self.paths.contains(path) || self.paths.is_empty() && self.new.is_empty()
    }

    /// Returns the templates whose own folders the new files are in.
    pub fn owners_of_new<'l>(&self, lock: &'l Lock) -> impl Iterator<Item = &'l TemplateName> {
        let paths = self.new.keys();
        paths.filter_map(|path| unbrought::owner(lock, path))
    }
}

/// Reads what was named.
///
/// # Errors
/// When it is neither a template nor a managed path, and there is no such file either.
pub fn read(
    session: &Session,
    lock: &Lock,
    changed: &[ChangedFile],
    wanted: &[String],
) -> Result<Named> {
    let mut named = Named::default();
    for wanted in wanted {
        let mut names = lock.inputs.releases.keys();
        if let Some(name) = names.find(|name| name.as_str().eq_ignore_ascii_case(wanted)) {
            named.templates.insert(name.clone());
            continue;
        }
        let place = wanted.trim_start_matches("./").trim_end_matches('/');
        let is_there = |path: &RelPath| path.as_str() == place || path.below(place).is_some();
        let managed = lock.files.keys();
        let mut managed: Vec<&RelPath> = managed.filter(|path| is_there(path)).collect();
        // A file that was moved is managed where it was.
        let mut moved = BTreeSet::new();
        for file in changed {
            if let Some(to) = file.moved.as_ref().filter(|to| is_there(to)) {
                managed.push(&file.path);
                moved.insert(to);
            }
        }
        let mut new = new_files(session, lock, place, !managed.is_empty())?;
        new.retain(|path, _| !moved.contains(path));
        if managed.is_empty() && new.is_empty() {
            return Err(Error::user(format!(
                "`{wanted}` is neither an installed template nor a managed path, and no file"
            ))
            .command("agentpkg status"));
        }
        named.paths.extend(managed.into_iter().cloned());
        named.new.extend(new);
    }
    Ok(named)
}

/// Returns the files at a path, or in a folder, that no template brought. Of a folder that has files
/// of templates, too, these are the ones in folders of their own: the rest is the team's.
fn new_files(
    session: &Session,
    lock: &Lock,
    place: &str,
    has_managed: bool,
) -> Result<BTreeMap<RelPath, File>> {
    let mut new = BTreeMap::new();
    let Ok(place) = place.parse::<RelPath>() else {
        return Ok(new);
    };
    for path in files_at(session, &place)? {
        let is_meant = !has_managed || unbrought::owner(lock, &path).is_some();
        if !is_meant || lock.files.contains_key(&path) || is_own(&path) {
            continue;
        }
        if let Some(file) = session.workspace.file(&path)? {
            new.insert(path, file);
        }
    }
    Ok(new)
}

/// Returns a file, or the files in a folder.
fn files_at(session: &Session, place: &RelPath) -> Result<Vec<RelPath>> {
    let root = session.workspace.root();
    if !fs::is_folder(&place.under(root)) {
        return Ok(vec![place.clone()]);
    }
    let (files, are_all) = fs::list_files(root, place, MOST)?;
    match are_all {
        true => Ok(files),
        false => Err(Error::user(format!(
            "`{place}` has more than {MOST} files, or not all can be read"
        ))
        .hint("name those that you mean")),
    }
}

/// Returns an error that says which files no template brought, if there are some.
pub fn offered<T>(
    session: &Session,
    lock: &Lock,
    changed: &[ChangedFile],
    error: Error,
) -> Result<T> {
    let mut all = Vec::new();
    for template in lock.inputs.releases.keys() {
        all.extend(unbrought::beside(session, lock, template, changed)?);
    }
    let [first, ..] = all.as_slice() else {
        return Err(error.command("agentpkg status"));
    };
    let count = words::count(all.len(), "file");
    let mut offer = CommandLine::again(session);
    for path in all.iter().take(3) {
        offer = offer.word(path.as_str());
    }
    let lie = match all.len() {
        1 => "lies",
        _ => "lie",
    };
    Err(error
        .note(format!(
            "{count} that no template brought {lie} next to a template's: `{first}`{}",
            if all.len() > 1 { " …" } else { "" }
        ))
        .hint_command("to offer them", offer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[test]
    fn without_a_path_every_edit_is_meant() {
        let mut named = Named::default();
        assert!(named.has(&rel("a")));
        named.new.insert(rel("b"), File::plain("x"));
        assert!(!named.has(&rel("a")));
    }
}
