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
use crate::store::registry::{self, Address, Published, Registry, Target};
use crate::store::snapshot;
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
    /// The registry.
    pub registry: Address,
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
    snapshot::refuse_part(&options.source)?;
    let source = Source::of(&place, fs::read_tree(&options.source)?)?;
    check::check(&source)?;
    let warnings = linted(&source)?;
    let to = registry_to_write(context)?;
    let published = registry::publish(&to, &source.tree, &source.manifest, options.dry_run)?;
    Ok(Outcome {
        source,
        registry: to.address().clone(),
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

/// Hides a release from resolution for `reason`, or shows it again. Returns the registry's address.
pub fn yank(
    context: &Context,
    name: &TemplateName,
    version: &Version,
    reason: Option<&str>,
) -> Result<Address> {
    let registry = registry_to_write(context)?;
    registry::yank(&registry, name, version, reason)?;
    Ok(registry.address().clone())
}

/// The registry that is written to.
fn registry_to_write(context: &Context) -> Result<Registry> {
    let repo = Repo::without_lock(&context.workspace)?;
    let (environment, root) = (&context.environment, context.workspace.root());
    let Chosen { address, by } = config::default_registry(environment, root, &repo.manifest)?;
    let (address, by) = match address.target() {
        Target::Embedded => {
            return Err(Error::user("the embedded registry can't be published to")
                .hint("name one of your own: `--registry DIR`"));
        }
        Target::Folder(folder) => (Address::folder(&fs::without_detours(folder)), by),
        Target::Git(_) => (address, by),
        Target::Unknown(_) => {
            return Err(Error::user(format!(
                "`{address}` (named by {by}) can't be published to"
            ))
            .hint("name a folder that your web host serves, or a git repository: `--registry DIR`"));
        }
    };
    let chosen = Chosen { address, by };
    let registry = Registry::open(&chosen.address, &environment.reach(root, &chosen)?)?;
    environment.remember(&chosen.address);
    Ok(registry)
}
