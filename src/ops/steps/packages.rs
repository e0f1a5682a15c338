//! The packages of a monorepo: what is below a folder, and a session for each, so that a verb does
//! them by themselves.

use std::path::Path;

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::store::config::Environment;
use crate::store::packages;
use crate::store::workspace::Workspace;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;

/// A folder with an agentpkg.toml or an agentpkg.lock of its own.
pub struct Package<'a> {
    /// The folder as a person types it.
    pub folder: String,
    /// What a verb works in there.
    pub session: Session<'a>,
}

/// Returns the packages below the repo's folder that a report names beside its own: those that git
/// tracks, or where the folder is no package, all that there are. It is no error where nobody can
/// say.
pub fn mentioned(session: &Session) -> Vec<RelPath> {
    let root = session.workspace.root();
    let found = match packages::is_package(root) {
        true => packages::tracked_below(root),
        false => packages::below(root),
    };
    found.unwrap_or_default().into_iter().collect()
}

/// Returns every package: the repo's folder, if it is one, and those below.
///
/// # Errors
/// When there is none, or git can't say.
pub fn each<'a>(session: &Session<'a>) -> Result<Vec<Package<'a>>> {
    let root = session.workspace.root();
    let mut all = Vec::new();
    if packages::is_package(root) {
        all.push(package(session, root));
    }
    for folder in packages::below(root)? {
        all.push(package(session, &folder.under(root)));
    }
    match all.is_empty() {
        true => Err(Error::user(format!(
            "there is no package in `{}`: no folder has an `agentpkg.toml` or an `agentpkg.lock`",
            root.display()
        ))
        .command(CommandLine::new(session, "install").word("NAME"))),
        false => Ok(all),
    }
}

fn package<'a>(session: &Session<'a>, folder: &Path) -> Package<'a> {
    let here = &session.environment.here;
    let shown = match folder.strip_prefix(here) {
        Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => below.display().to_string(),
        Err(_) => folder.display().to_string(),
    };
    Package {
        session: Session {
            workspace: Workspace::package(folder),
            environment: Environment {
                typed: typed_for(&session.environment.typed, &shown),
                ..session.environment.clone()
            },
            person: session.person,
            progress: session.progress,
        },
        folder: shown,
    }
}

/// Returns the command that does one package alone.
fn typed_for(typed: &[String], folder: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = typed.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--all" => {}
            "--repo" => _ = rest.next(),
            word if word.starts_with("--repo=") => {}
            word => words.push(word.to_owned()),
        }
    }
    words.extend(["--repo".to_owned(), folder.to_owned()]);
    words
}

/// Refuses a command about what is installed in a folder that is no package, where there are some
/// below; `command` is its name.
///
/// # Errors
/// With the packages, and the commands that do them all or one.
pub fn refuse_above(session: &Session, command: &str) -> Result<()> {
    let root = session.workspace.root();
    if packages::is_package(root) {
        return Ok(());
    }
    let below = mentioned(session);
    let Some(first) = below.first() else {
        return Ok(());
    };
    let message = format!(
        "nothing is installed here; {} below: {}",
        words::count(below.len(), "package"),
        few(&below)
    );
    Err(Error::user(message)
        .hint_command(
            "all of them",
            CommandLine::new(session, command).flag("--all"),
        )
        .hint_command("one of them", command_for(session, command, first)))
}

/// Returns the command that does one package.
pub fn command_for(session: &Session, command: &str, package: &RelPath) -> String {
    let folder = package.under(session.workspace.root());
    let place = folder
        .strip_prefix(&session.environment.here)
        .unwrap_or(&folder);
    let place = words::path_quoted(&place.display().to_string());
    format!("agentpkg {command} --repo {place}")
}

/// Returns the names of some folders, the first few where there are many.
pub fn few(folders: &[RelPath]) -> String {
    const FEW: usize = 5;
    let mut names: Vec<String> = folders.iter().take(FEW).map(RelPath::to_string).collect();
    if folders.len() > FEW {
        names.push(format!("… {} more", folders.len() - FEW));
    }
    names.join(", ")
}
