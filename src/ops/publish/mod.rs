//! `publish` and `yank`: a template's source becomes a release; a release is hidden, or shown
//! again.

use std::path::PathBuf;

use semver::Version;

use crate::error::{Error, Result};
use crate::lint::{self, Finding, Severity};
use crate::model::name::TemplateName;
use crate::model::source::Source;
use crate::render::check;
use crate::store::config::{self, Chosen};
use crate::store::fs;
use crate::store::registry::Target;
use crate::store::registry::{self, Published};
use crate::words;

use super::Context;
use super::repo::Repo;

/// What to publish, and where.
pub struct Options {
    /// The folder of the template's source.
    pub source: PathBuf,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
}

/// What was published.
pub struct Outcome {
    /// The template's source.
    pub source: Source,
    /// The registry's folder.
    pub folder: PathBuf,
    /// What came of it.
    pub published: Published,
    /// What a linter warns of, and publishes nevertheless.
    pub warnings: Vec<Finding>,
}

/// Publishes a template to the registry that `--registry` or the configuration names.
pub fn publish(context: &Context, options: &Options) -> Result<Outcome> {
    let place = options.source.display().to_string();
    if !fs::is_folder(&options.source) {
        return Err(Error::user(format!("`{place}` is not a folder"))
            .hint("name the folder of a template's source"));
    }
    let source = Source::of(&place, fs::read_tree(&options.source)?)?;
    check::check(&source)?;
    let warnings = linted(&source)?;
    let folder = registry_folder(context)?;
    let published = registry::publish(&folder, &source.tree, &source.manifest, options.dry_run)?;
    Ok(Outcome {
        source,
        folder,
        published,
        warnings,
    })
}

/// Returns what a linter warns of.
///
/// # Errors
/// Lists all that it calls an error.
fn linted(source: &Source) -> Result<Vec<Finding>> {
    let (errors, warnings): (Vec<Finding>, Vec<Finding>) = lint::source(source)
        .into_iter()
        .partition(|finding| finding.severity == Severity::Error);
    if errors.is_empty() {
        return Ok(warnings);
    }
    let count = words::count(errors.len(), "error");
    let error = errors.iter().fold(
        Error::user(format!("{source} has {count} that `lint` finds")),
        |error, finding| {
            let line = words::line_suffix(finding.line);
            let fix = if finding.hint.is_empty() {
                String::new()
            } else {
                format!("; {}", finding.hint)
            };
            error.detail(format!(
                "`{}`{line}: {} ({}){fix}",
                finding.path,
                finding.message,
                finding.rule.id()
            ))
        },
    );
    Err(error.hint("each rule has a section in docs/lint.md; `agentpkg lint` shows warnings too"))
}

/// Hides a release from resolution for `reason`, or shows it again. Returns the registry's folder.
pub fn yank(
    context: &Context,
    name: &TemplateName,
    version: &Version,
    reason: Option<&str>,
) -> Result<PathBuf> {
    let folder = registry_folder(context)?;
    registry::yank(&folder, name, version, reason)?;
    Ok(folder)
}

/// The folder of the registry that is written to.
fn registry_folder(context: &Context) -> Result<PathBuf> {
    let repo = Repo::without_lock(&context.workspace)?;
    let Chosen { address, by } = config::default_registry(
        &context.environment,
        context.workspace.root(),
        &repo.manifest,
    )?;
    match address.target() {
        Target::Embedded => Err(Error::user("the embedded registry can't be published to")
            .hint("name one of your own: `--registry DIR`")),
        Target::Folder(folder) => Ok(fs::without_detours(folder)),
        Target::Unknown(_) => Err(Error::user(format!(
            "`{address}` (named by {by}) is not a folder"
        ))
        .hint("name a folder that your web host or git serves: `--registry DIR`")),
    }
}
