//! `publish` and `yank`: a template's source becomes a release; a release is hidden, or shown
//! again.

mod prepare;

use std::path::{Path, PathBuf};

use semver::Version;

use crate::error::{Error, Result};
use crate::lint::{self, LintFinding};
use crate::model::changelog::{self, CHANGELOG};
use crate::model::finding::Severity;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::template::About;
use crate::model::version::Bump;
use crate::render::check;
use crate::store::config::{self, Chosen};
use crate::store::fs;
use crate::store::registry::{self, Address, Published, Registry, Target, Withdrawal};
use crate::store::snapshot;
use crate::store::workspace::RootReason;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::kept_in::{KeptIn, kept_in};
use crate::ops::steps::repo::Repo;
pub use prepare::{Changes, Prepared, ReleaseFiles};

/// What to publish, and where.
pub struct Options {
    /// The folder of the template's source.
    pub source: PathBuf,
    /// The version to set, and to call the unreleased changes by.
    pub bump: Option<Bump>,
    /// Whether to prepare the release, and to publish nothing.
    pub prepare: bool,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
}

impl Options {
    /// Returns the flags that were typed to get a release: " --bump minor --prepare".
    pub fn flags(&self) -> String {
        let mut flags = String::new();
        if let Some(bump) = &self.bump {
            flags.push_str(&format!(" --bump {bump}"));
        }
        if self.prepare {
            flags.push_str(" --prepare");
        }
        flags
    }
}

/// What was published.
pub struct Outcome {
    /// The template's source.
    pub source: Source,
    pub registry: Address,
    /// What came of it.
    pub published: Published,
    /// What a linter warns of, and publishes nevertheless.
    pub warnings: Vec<LintFinding>,
    /// What was prepared and tested before, if that was asked for.
    pub prepared: Option<Prepared>,
    /// Where the source is kept, if template.toml doesn't say so.
    pub unsaid: Option<KeptIn>,
}

/// Publishes a template to the registry that `--registry` or the configuration names, or prepares
/// that.
pub fn publish(session: &Session, options: &Options) -> Result<Outcome> {
    let place = options.source.display().to_string();
    if !fs::is_folder(&options.source) {
        return Err(Error::user(format!("`{place}` is not a folder"))
            .hint("name the folder of a template's source"));
    }
    snapshot::refuse_part(&options.source)?;
    let source = Source::of(&place, fs::read_source(&options.source)?)?;
    if options.prepare || options.bump.is_some() {
        return prepare::prepare(session, options, &source);
    }
    check_source(session, options, &source)?;
    let warnings = linted(&source)?;
    let (registry, published) = release(session, &source, options.dry_run)?;
    Ok(Outcome {
        registry,
        published,
        warnings,
        prepared: None,
        unsaid: unsaid(&options.source, &source.manifest.template),
        source,
    })
}

/// Returns where a source is kept, if template.toml doesn't say so, and proposals could be sent
/// there.
fn unsaid(folder: &Path, about: &About) -> Option<KeptIn> {
    let folder = fs::canonical(folder).ok()?;
    let (parent, name) = (folder.parent()?, folder.file_name()?);
    let kept = kept_in(parent, Path::new(name)).ok().flatten()?;
    let directory = about.directory.as_ref().map_or("", RelPath::as_str);
    let is_said = about.repository.is_some() && directory == kept.directory;
    (kept.repository.is_some() && !is_said).then_some(kept)
}

/// Makes a source a release of the registry, whose address is returned with it.
fn release(session: &Session, source: &Source, dry_run: bool) -> Result<(Address, Published)> {
    let registry = registry_to_write(session)?;
    let published = registry::publish(
        &registry,
        &source.tree,
        &source.manifest,
        session.environment.published,
        dry_run,
    )?;
    Ok((registry.address().clone(), published))
}

/// Returns the command that publishes a source as it was asked for, with `flags` (" --prepare")
/// behind its folder.
pub fn command(session: &Session, source: &Path, flags: &str) -> String {
    let source = words::path_quoted(&source.display().to_string());
    let mut command = format!("agentpkg publish {source}{flags}");
    if let Some(registry) = &session.environment.flag {
        command.push_str(&format!(" --registry {}", words::path_quoted(registry)));
    }
    if session.workspace.why() == RootReason::Named {
        let root = session.workspace.root().display().to_string();
        command.push_str(&format!(" --repo {}", words::path_quoted(&root)));
    }
    command
}

/// Checks a source as every publisher does. Where only the name of a section is missing, the error
/// has the command that writes it.
fn check_source(session: &Session, options: &Options, source: &Source) -> Result<()> {
    let version = &source.manifest.template.version;
    let text = source.text(CHANGELOG).unwrap_or_default();
    let is_named = source.changelog_section(version).is_some();
    if is_named || !changelog::has_unreleased_changes(text) {
        return check::check(source);
    }
    let flags = format!(" --bump {version} --prepare");
    Err(check::unnamed_changes(source).command(command(session, &options.source, &flags)))
}

/// Returns what a linter warns of.
///
/// # Errors
/// Lists all that it calls an error.
fn linted(source: &Source) -> Result<Vec<LintFinding>> {
    let (errors, warnings): (Vec<LintFinding>, Vec<LintFinding>) = lint::source(source)
        .into_iter()
        .partition(|finding| finding.severity == Severity::Error);
    if errors.is_empty() {
        return Ok(warnings);
    }
    let count = words::count(errors.len(), "error");
    let error = errors.iter().fold(
        Error::user(format!("{source} has {count} that `lint` finds")),
        |error, finding| {
            let line = words::line_suffix(finding.place.line());
            let fix = finding
                .joined_hints()
                .map_or(String::new(), |hints| format!("; {hints}"));
            error.detail(format!(
                "`{}`{line}: {} ({}){fix}",
                finding.place.path,
                finding.message,
                finding.rule.id()
            ))
        },
    );
    Err(error.hint("each rule has a section in docs/lint.md; `agentpkg lint` shows warnings too"))
}

/// What a release or a template was withdrawn from, and what is offered now.
pub struct Yanked {
    pub registry: Address,
    /// The newest release that is offered to who has the one that was withdrawn.
    pub latest: Option<Version>,
    /// Whether anything changed.
    pub is_news: bool,
}

/// Withdraws a release or a template, or offers it again.
pub fn yank(session: &Session, name: &TemplateName, withdrawal: &Withdrawal) -> Result<Yanked> {
    let registry = registry_to_write(session)?;
    let (index, is_news) = registry::withdraw(&registry, name, withdrawal)?;
    let latest = match withdrawal {
        Withdrawal::Yank(version, _) | Withdrawal::Recall(version, _) => index.offered_to(version),
        Withdrawal::Offer(_) | Withdrawal::Deprecate(_) | Withdrawal::Undeprecate => index.latest(),
    };
    Ok(Yanked {
        registry: registry.address().clone(),
        latest: latest.map(|release| release.version.clone()),
        is_news,
    })
}

/// The registry that is written to.
fn registry_to_write(session: &Session) -> Result<Registry> {
    let repo = Repo::without_lock(&session.workspace)?;
    let (environment, root) = (&session.environment, session.workspace.root());
    let chosen = config::default_registry(environment, root, &repo.manifest)?;
    let Chosen { address, by, .. } = &chosen;
    let address = match address.target() {
        Target::Embedded => {
            return Err(Error::user("the embedded registry can't be published to")
                .hint("name one of your own: `--registry DIR`"));
        }
        Target::Folder(folder) => Address::folder(&fs::without_detours(folder)),
        Target::Git(_) => address.clone(),
        Target::Web(_) => {
            return Err(Error::user(format!(
                "`{address}` (named by {by}) is a web server, which can only be read"
            ))
            .hint_command(
                "name the folder that it serves, or a git repository",
                "--registry DIR",
            ));
        }
        Target::Unknown(_) => {
            return Err(
                Error::user(format!("`{address}` (named by {by}) can't be written to"))
                    .hint_command("name a folder or a git repository", "--registry DIR"),
            );
        }
    };
    let chosen = Chosen { address, ..chosen };
    let registry = environment.open(root, &chosen)?;
    environment.remember(&chosen.address);
    Ok(registry)
}
