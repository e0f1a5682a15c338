//! `publish --prepare` and `--bump`: a release made ready at a desk. Its version and its section of
//! the changelog are written once everything that a publisher looks at has passed.
//!
//! **Nothing is written before everything passed**, and then both files or none.

use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::model::changelog::{self, CHANGELOG, Naming};
use crate::model::index::Index;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::source::Source;
use crate::model::template::{self, TEMPLATE_TOML};
use crate::model::tree::{File, FileTree, tree_digest};
use crate::model::version::{Bump, Version};
use crate::proposal::date;
use crate::proposal::effect::{self, Effect};
use crate::proposal::version_bump::{self, Next};
use crate::store::fs;
use crate::store::registry::{Published, Registry};
use crate::words;

use super::{Options, Outcome, command};
use crate::ops::Session;
use crate::ops::steps::scenario_run::{self, ScenarioResult};

/// A release that is ready, and what is new in it.
pub struct Prepared {
    /// The version that template.toml had.
    pub was: Version,
    /// The files that were edited, or with `dry_run` would be.
    pub edited: Vec<RelPath>,
    /// What came of each file of tests.
    pub tried: Vec<ScenarioResult>,
    /// What is new since the previous release.
    pub changes: Changes,
}

/// How a release differs from the one before.
pub struct Changes {
    /// The release before: the newest one below that isn't yanked.
    pub previous: Option<Version>,
    /// How its files differ.
    pub files: ReleaseFiles,
    /// How what can run differs.
    pub effects: Vec<Effect>,
    /// The version that fits what changed; nothing for a first release.
    pub next: Option<Next>,
}

/// The files in which a source differs from an earlier one.
#[derive(Debug)]
pub struct ReleaseFiles {
    /// Those that only the later one has.
    pub added: Vec<RelPath>,
    /// Those that both have, with other bytes or another mode.
    pub changed: Vec<RelPath>,
    /// Those that only the earlier one has.
    pub removed: Vec<RelPath>,
}

/// Prepares a release: writes its version and its section of the changelog. Without
/// [`Options::prepare`] it is published then.
///
/// # Errors
/// When nothing is unreleased, the version is published with other contents, or the source doesn't
/// pass a check, the linter or its tests: nothing is written then.
pub(super) fn prepare(session: &Session, options: &Options, source: &Source) -> Result<Outcome> {
    // Before anything takes long: a registry that can't be published to.
    let registry = super::registry_to_write(session)?;
    let releases = Releases::read(registry, &source.manifest.template.name)?;
    let was = &source.manifest.template.version;
    let version = match &options.bump {
        Some(bump) => {
            let newest = releases.newest().unwrap_or(was);
            let next = bump.after(newest);
            if next == *newest && !matches!(bump, Bump::To(_)) {
                return Err(Error::user(format!("no {bump} version follows {newest}"))
                    .hint_command("name one", "--bump VERSION"));
            }
            next
        }
        None => was.clone(),
    };
    let previous = releases.before(&version)?;
    let mut release = source.clone();
    if options.bump.is_some() {
        let previous = previous.as_ref().and_then(|source| source.text(CHANGELOG));
        release = bumped(session, &options.source, source, &version, previous)?;
    }
    releases.refuse_other_contents(session, options, &release)?;
    super::check_source(session, options, &release)?;
    let warnings = super::linted(&release)?;
    let tried = tested(session, options, &release)?;
    let (registry, published) = super::release(session, &release, true)?;
    let prepared = Prepared {
        was: was.clone(),
        edited: ReleaseFiles::between(&source.tree, &release.tree).changed,
        tried,
        changes: Changes::between(previous.as_ref(), &release)?,
    };
    let mut outcome = Outcome {
        source: release,
        registry,
        published,
        warnings,
        prepared: Some(prepared),
        unsaid: super::unsaid(&options.source, &source.manifest.template),
    };
    if !options.dry_run {
        write(session, options, &source.tree, &outcome.source.tree)?;
        if !options.prepare {
            outcome.published = published_now(session, options, &outcome.source)?;
        }
    }
    Ok(outcome)
}

/// The releases of a template that the registry has.
struct Releases {
    registry: Registry,
    index: Index,
}

impl Releases {
    fn read(registry: Registry, name: &TemplateName) -> Result<Self> {
        let index = match registry.info() {
            Ok(_) => registry.index(name)?,
            // The first release makes a registry, or says why it can't.
            Err(error) if error.kind() == ErrorKind::User => None,
            Err(error) => return Err(error),
        };
        Ok(Self {
            registry,
            index: index.unwrap_or_else(|| Index::new(name.clone())),
        })
    }

    /// Returns the newest version that is taken, yanked or not; a pre-release only where there is
    /// nothing else.
    fn newest(&self) -> Option<&Version> {
        let mut versions = self.index.releases.iter().map(|release| &release.version);
        let stable = versions.clone().rfind(|version| version.pre.is_empty());
        stable.or_else(|| versions.next_back())
    }

    /// Returns the release that teams come from who upgrade to `version`.
    fn before(&self, version: &Version) -> Result<Option<Source>> {
        let mut releases = self
            .index
            .releases
            .iter()
            .filter(|release| release.version < *version && release.yanked.is_none());
        let stable = releases
            .clone()
            .rfind(|release| release.version.pre.is_empty());
        let Some(release) = stable.or_else(|| releases.next_back()) else {
            return Ok(None);
        };
        let name = &self.index.name;
        let tree = self.registry.artifact(release, name)?;
        Source::of(&format!("{name} {}", release.version), tree).map(Some)
    }

    fn refuse_other_contents(
        &self,
        session: &Session,
        options: &Options,
        source: &Source,
    ) -> Result<()> {
        let version = &source.manifest.template.version;
        match self.index.release(version) {
            Some(release) if release.tree != tree_digest(&source.tree) => {
                let name = &self.index.name;
                let next = command(session, &options.source, " --bump patch --prepare");
                Err(Error::user(format!(
                    "`{name}` {version} is already published with different contents"
                ))
                .note("a release never changes")
                .command(next))
            }
            _ => Ok(()),
        }
    }
}

/// Returns the source with another version, and with its unreleased changes called by it.
/// `previous` is the changelog of the release before.
fn bumped(
    session: &Session,
    folder: &Path,
    source: &Source,
    version: &Version,
    previous: Option<&str>,
) -> Result<Source> {
    let [manifest_name, changelog_name] =
        [TEMPLATE_TOML, CHANGELOG].map(|file| folder.join(file).display().to_string());
    let manifest = source.text(TEMPLATE_TOML).unwrap_or_default();
    let manifest = template::with_version(&manifest_name, manifest, version)?;
    let text = source.text(CHANGELOG).unwrap_or_default();
    let naming = Naming {
        version,
        today: &date::day(session.environment.now),
        keeps_unreleased: changelog::keeps_unreleased(text, previous),
    };
    let text = changelog::release(&changelog_name, text, &naming)?;
    let mut tree = source.tree.clone();
    for (path, text) in [(TEMPLATE_TOML, manifest), (CHANGELOG, text)] {
        let executable = tree.get(&rel(path)).is_some_and(|file| file.executable);
        let bytes = text.into_bytes().into();
        tree.insert(rel(path), File { bytes, executable });
    }
    Source::of(&folder.display().to_string(), tree)
}

/// Runs the tests of a template, if it has some.
///
/// # Errors
/// With all that fails.
fn tested(session: &Session, options: &Options, source: &Source) -> Result<Vec<ScenarioResult>> {
    session
        .progress
        .step(&format!("running the tests of {source}"));
    let mut tried = Vec::new();
    for (path, scenario) in scenario_run::scenarios(source)? {
        tried.push(scenario_run::attempt_with_snapshot(
            source, &path, &scenario,
        )?);
    }
    let failed = tried.iter().filter(|one| !one.failures.is_empty());
    let failed: Vec<&ScenarioResult> = failed.collect();
    if failed.is_empty() {
        return Ok(tried);
    }
    let mut error = Error::user(format!(
        "{source}: {} of {} failed",
        failed.len(),
        words::count(tried.len(), "test")
    ));
    for ScenarioResult { path, failures, .. } in failed {
        for failure in failures {
            error = error.detail(format!("{path}: {failure}"));
            if let Some(diff) = &failure.diff {
                error = error.diff(diff);
            }
        }
    }
    let folder = words::path_quoted(&options.source.display().to_string());
    Err(error
        .note("nothing was changed")
        .command(format!("agentpkg test {folder}")))
}

impl Changes {
    fn between(previous: Option<&Source>, source: &Source) -> Result<Self> {
        let mut effects = effect::effects(previous, source)?;
        let next = previous.map(|previous| version_bump::fitting(previous, source, &effects));
        effects.extend(effect::test_effects(previous, source));
        let nothing = FileTree::new();
        Ok(Self {
            previous: previous.map(|source| source.manifest.template.version.clone()),
            files: ReleaseFiles::between(previous.map_or(&nothing, |one| &one.tree), &source.tree),
            effects,
            next,
        })
    }
}

impl ReleaseFiles {
    fn between(before: &FileTree, after: &FileTree) -> Self {
        let (mut added, mut changed) = (Vec::new(), Vec::new());
        for (path, file) in after {
            match before.get(path) {
                None => added.push(path.clone()),
                Some(old) if old != file => changed.push(path.clone()),
                Some(_) => {}
            }
        }
        let removed = before.keys().filter(|path| !after.contains_key(*path));
        Self {
            added,
            changed,
            removed: removed.cloned().collect(),
        }
    }
}

/// Writes the files that were edited, unless one of them was edited by somebody else meanwhile.
fn write(session: &Session, options: &Options, before: &FileTree, after: &FileTree) -> Result<()> {
    let mut files = Vec::new();
    for path in ReleaseFiles::between(before, after).changed {
        let place = path.under(&options.source);
        if fs::read(&place)?.as_deref() != Some(&*before[&path].bytes) {
            return Err(Error::user(format!(
                "`{}` was edited while the release was prepared",
                place.display()
            ))
            .note("nothing was changed")
            .command(command(session, &options.source, &options.flags())));
        }
        files.push((place, after[&path].bytes.clone()));
    }
    let files: Vec<(&Path, &[u8])> = files
        .iter()
        .map(|(place, bytes)| (place.as_path(), &**bytes))
        .collect();
    fs::replace_all(&files)
}

/// Publishes what was prepared.
fn published_now(session: &Session, options: &Options, source: &Source) -> Result<Published> {
    match super::release(session, source, false) {
        Ok((_, published)) => Ok(published),
        Err(error) => Err(error
            .note(format!("{source} is prepared, and not published"))
            .command(command(session, &options.source, ""))),
    }
}
