//! `diff`: what the team changed against what was installed.

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::upstream::Upstream;
use crate::store::snapshot;
use crate::tree::{self, Found, State, ownership};

use crate::ops::Session;
use crate::ops::steps::from_lock;
use crate::ops::steps::local_changes::{self, ChangedFile};
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;

/// Which paths or templates to show; all where none is named.
pub struct Options {
    /// Paths, folders or names of templates.
    pub only: Vec<String>,
}

/// The team's changes of one file.
pub struct FileDiff {
    pub path: RelPath,
    /// What was done to it.
    pub state: State,
    /// Where the team keeps it, if it moved it.
    pub moved: Option<RelPath>,
    /// The change as a unified diff; empty for a file that isn't text.
    pub unified: String,
}

/// Compares the repo with what was installed.
///
/// # Errors
/// When the installed release can't be read, since the lock has only the digests of whole files.
pub fn diff(session: &Session, options: &Options) -> Result<Vec<FileDiff>> {
    let repo = Repo::read(&session.workspace)?;
    let lock = repo.installed(session)?;
    let registries = Registries::new(session, &repo.manifest)?;
    let upstream = from_lock::installed(session, &registries, lock)?;
    let mut files = local_changes::changed(session, &repo, lock, Some(&upstream))?;
    for wanted in &options.only {
        let template = lock
            .inputs
            .releases
            .keys()
            .any(|name| name.as_str().eq_ignore_ascii_case(wanted));
        if !template && !lock.files.keys().any(|path| is_at(path, wanted)) {
            return Err(Error::user(format!(
                "`{wanted}` is neither an installed template nor a managed path"
            ))
            .hint("name an installed template, or a file or folder that one wrote"));
        }
    }
    files.retain(|file| {
        options.only.is_empty() || options.only.iter().any(|wanted| is_meant(file, wanted))
    });
    files
        .into_iter()
        .map(|file| diff_of_file(session, &repo, &upstream, file))
        .collect()
}

/// Whether a path is the one that was named, or lies below it.
fn is_at(path: &RelPath, wanted: &str) -> bool {
    let wanted = wanted.trim_start_matches("./").trim_end_matches('/');
    path.as_str() == wanted || path.below(wanted).is_some()
}

/// Returns whether a file is meant by a path, or by the name of a template that has a part in it.
fn is_meant(file: &ChangedFile, wanted: &str) -> bool {
    let mut owners = file.owners.iter();
    is_at(&file.path, wanted) || owners.any(|owner| owner.as_str().eq_ignore_ascii_case(wanted))
}

fn diff_of_file(
    session: &Session,
    repo: &Repo,
    upstream: &Upstream,
    file: ChangedFile,
) -> Result<FileDiff> {
    let ChangedFile {
        path, state, moved, ..
    } = file;
    let at = moved.as_ref().unwrap_or(&path);
    let ours = session.workspace.snapshot([at])?.remove(at);
    let ours = match ours.map(|local| (local.real, local.found)) {
        Some((_, Found::File(file) | Found::Link(file))) => Some(file),
        Some((real, Found::Absent(_))) => snapshot::file(&session.workspace, &real)?,
        _ => None,
    };
    let base = repo.base();
    let unified = match (base.files.get(&path), upstream.files.get(&path)) {
        (Some(record), Some(installed)) => {
            let identities = tree::identities(&base, upstream);
            ownership::of(record).diff(&path, installed, ours.as_ref(), &identities)
        }
        (_, _) => String::new(),
    };
    Ok(FileDiff {
        path,
        state,
        moved,
        unified,
    })
}
