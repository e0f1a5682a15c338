//! What git is configured with, for a repository or for its files.

use std::path::Path;

use super::door::{Profile, ask, change, git_in};
use super::is_repository;
use crate::error::Result;
use crate::store::program::ProgramEnd;

/// Whether a checkout is a sparse one; `core.sparseCheckout`.
///
/// # Errors
/// When git can't be run.
pub fn is_sparse(root: &Path) -> Result<bool> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "--type=bool", "--get", "core.sparseCheckout"]);
    let said = ask(&mut question, "git config", b"")?;
    Ok(said.is_some_and(|said| said.output.trim_ascii() == b"true"))
}

/// Whether git takes files to be executable as the file system says; `core.fileMode`.
///
/// # Errors
/// When git can't be run.
pub fn believes_modes(root: &Path) -> Result<bool> {
    if !is_repository(root) {
        return Ok(true);
    }
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "--type=bool", "--get", "core.fileMode"]);
    let said = ask(&mut question, "git config", b"")?;
    Ok(said.is_none_or(|said| said.output.trim_ascii() != b"false"))
}

/// Whether git checks links out as links; `core.symlinks`.
///
/// # Errors
/// When git can't be run.
pub fn makes_links(root: &Path) -> Result<bool> {
    if !is_repository(root) {
        return Ok(true);
    }
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "--type=bool", "--get", "core.symlinks"]);
    let said = ask(&mut question, "git config", b"")?;
    Ok(said.is_none_or(|said| said.output.trim_ascii() != b"false"))
}

/// What git's attributes say of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Nothing.
    Unspecified,
    /// It has the attribute.
    Set,
    /// It hasn't got it: `-text`.
    Unset,
    Value(String),
}

/// Returns what git's attributes say of each of these paths.
///
/// # Errors
/// When git can't say.
pub fn attributes(root: &Path, attribute: &str, paths: &[&str]) -> Result<Vec<Attribute>> {
    let mut question = git_in(Profile::Reading, root);
    question
        .args(["check-attr", "-z", attribute, "--"])
        .args(paths);
    let said = ask(&mut question, "git check-attr", b"")?;
    let said = said.filter(|said| said.code == Some(0));
    let Some(said) = said else {
        return Ok(vec![Attribute::Unspecified; paths.len()]);
    };
    let said = String::from_utf8_lossy(&said.output).into_owned();
    let fields: Vec<&str> = said.split('\0').collect();
    let values = fields.chunks_exact(3).map(|fields| match fields[2] {
        "unspecified" => Attribute::Unspecified,
        "set" => Attribute::Set,
        "unset" => Attribute::Unset,
        value => Attribute::Value(value.to_owned()),
    });
    Ok(values.collect())
}

/// Returns what a key of git's configuration is, wherever it is set.
///
/// # Errors
/// When git can't be run.
pub fn setting(root: &Path, key: &str) -> Result<Option<String>> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "-z", "--get", key]);
    Ok(value(ask(&mut question, "git config", b"")?))
}

/// Returns what a key is in the configuration of the repository itself.
///
/// # Errors
/// When git can't be run.
pub fn own_setting(root: &Path, key: &str) -> Result<Option<String>> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "-z", "--local", "--get", key]);
    Ok(value(ask(&mut question, "git config", b"")?))
}

fn value(said: Option<ProgramEnd>) -> Option<String> {
    let said = said.filter(|said| said.code == Some(0))?;
    let value = String::from_utf8(said.output).ok()?;
    Some(value.trim_end_matches('\0').to_owned())
}

/// Sets a key in the configuration of the repository, which all of its working trees share.
///
/// # Errors
/// In git's words, when it refuses.
pub fn set(root: &Path, key: &str, value: &str) -> Result<()> {
    let mut command = git_in(Profile::Writing, root);
    change(
        command.args(["config", "--local", key, value]),
        "git config",
    )
    .map(drop)
}

/// Takes a key out of the configuration of the repository wherever it has this value.
///
/// # Errors
/// In git's words, when it refuses.
pub fn unset(root: &Path, key: &str, value: &str) -> Result<()> {
    let mut command = git_in(Profile::Writing, root);
    command.args(["config", "--local", "--fixed-value", "--unset-all"]);
    change(command.args([key, value]), "git config").map(drop)
}

/// Returns the address of the remote `origin`; nothing where git has none, or can't say.
pub fn origin(root: &Path) -> Option<String> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "--get", "remote.origin.url"]);
    let said = ask(&mut question, "git config", b"").ok()??;
    let address = String::from_utf8(said.output).ok()?;
    Some(address.trim().to_owned()).filter(|address| !address.is_empty())
}
