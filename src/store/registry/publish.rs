//! `publish`: a template's source becomes a release of a registry.
//!
//! **A release never changes.** The archive is written first, then the catalog, then the index: no
//! one finds a release before all of it is there, and publishing again completes what was stopped
//! in between.

use semver::{BuildMetadata, Prerelease, Version};

use super::write::Write;
use super::{Registry, artifact_path};
use crate::error::{Error, Result};
use crate::model::digest::Digest;
use crate::model::index::{Catalog, CatalogEntry, FORMAT, Index, RegistryInfo, Release};
use crate::model::name::TemplateName;
use crate::model::template::{TEMPLATE_TOML, TemplateManifest};
use crate::model::tree::{FileTree, tree_digest};
use crate::proposal::date;
use crate::store::archive;

/// What publishing did, or with `dry_run` would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// The release is new.
    New {
        release: Release,
        /// Whether the folder became a registry by it.
        created: bool,
    },
    /// The same contents were published before.
    Already {
        /// The release as it was published.
        release: Release,
    },
}

/// Publishes a template's source to a registry, which is made if nothing is there.
///
/// Publishing the same contents again is success, and restores what is missing of the release; it
/// was published when it was the first time. `now` is in seconds since 1970.
///
/// # Errors
/// When the version is published with other contents, the source can't be packed and read back, or
/// something else than a registry is there.
pub fn publish(
    registry: &Registry,
    source: &FileTree,
    manifest: &TemplateManifest,
    now: i64,
    dry_run: bool,
) -> Result<Published> {
    let archive = build(source, manifest)?;
    let released = date::instant(now);
    if dry_run {
        return Ok(plan(registry, source, manifest, archive, &released)?.published);
    }
    let about = &manifest.template;
    let what = format!("publish {} {}", about.name, about.version);
    let mut published = None;
    registry.place.change(&what, &mut || {
        let plan = plan(registry, source, manifest, archive.clone(), &released)?;
        published = Some(plan.published);
        Ok(plan.writes)
    })?;
    Ok(published.expect("a change is decided before it is made"))
}

/// Packs the source and reads it back with the reader that every install uses.
fn build(source: &FileTree, manifest: &TemplateManifest) -> Result<Vec<u8>> {
    let version = &manifest.template.version;
    if !version.build.is_empty() {
        let plain = Version {
            build: BuildMetadata::EMPTY,
            ..version.clone()
        };
        return Err(Error::user(format!(
            "{version} can't be told from {plain} by any requirement"
        ))
        .hint(format!(
            "set `version = \"{plain}\"` in `{}`",
            manifest_path(manifest)
        )));
    }
    let archive = archive::pack(source)?;
    let why = match archive::unpack(&archive) {
        Ok(read) if read == *source => return Ok(archive),
        Ok(_) => "it reads as something else".to_owned(),
        Err(error) => error.message().to_owned(),
    };
    Err(Error::user("the packed source can't be read back").cause(why))
}

/// What to write, in order, so that nothing is found before the last write.
pub(super) struct PublishPlan {
    /// The files that differ from what is there.
    pub writes: Vec<Write>,
    published: Published,
}

/// Decides what to write; the registry is only read.
pub(super) fn plan(
    registry: &Registry,
    source: &FileTree,
    manifest: &TemplateManifest,
    archive: Vec<u8>,
    released: &str,
) -> Result<PublishPlan> {
    let name = &manifest.template.name;
    let created = !registry.place.is_registry()?;
    let (index, mut catalog) = match created {
        true => (None, Catalog::default()),
        false => (registry.index(name)?, registry.catalog()?),
    };
    let mut index = index.unwrap_or_else(|| Index::new(name.clone()));
    let release = Release {
        released: Some(released.to_owned()),
        deprecated: index.deprecated.is_some(),
        ..release(source, manifest, &archive)
    };
    let published = decide(&mut index, release, manifest, created)?;
    let entry = entry(&index, catalog.templates.remove(name), manifest);
    catalog.templates.insert(name.clone(), entry);

    let mut writes = Vec::new();
    if created {
        writes.push(Write::info(&RegistryInfo {
            format: FORMAT,
            name: registry.place.name(),
        }));
    }
    writes.extend(artifact(registry, name, published.release(), archive)?);
    writes.extend([
        Write::catalog(registry, &catalog)?,
        Write::index(registry, &index)?,
    ]);
    registry.drop_written(&mut writes)?;
    Ok(PublishPlan { writes, published })
}

/// Adds the release to the index, unless it is there.
fn decide(
    index: &mut Index,
    release: Release,
    manifest: &TemplateManifest,
    created: bool,
) -> Result<Published> {
    match index.release(&release.version) {
        Some(published) if published.tree == release.tree => Ok(Published::Already {
            release: published.clone(),
        }),
        Some(_) => Err(taken(index, manifest)),
        None => {
            index.insert(release.clone());
            Ok(Published::New { release, created })
        }
    }
}

fn taken(index: &Index, manifest: &TemplateManifest) -> Error {
    let (name, version) = (&manifest.template.name, &manifest.template.version);
    Error::user(format!(
        "`{name}` {version} is already published with different contents"
    ))
    .hint(format!(
        "a release never changes; set `version = \"{}\"` in `{}`",
        next_version(index, version),
        manifest_path(manifest)
    ))
}

/// Returns the next version that isn't published: the next patch, or of a pre-release the next one
/// (`rc.2`) or, if it has no number, what it precedes.
fn next_version(index: &Index, version: &Version) -> Version {
    let mut next = version.clone();
    while index.release(&next).is_some() {
        match next_pre(&next.pre) {
            Some(pre) => next.pre = pre,
            None if next.pre.is_empty() && next.patch == u64::MAX => return next,
            None if next.pre.is_empty() => next.patch += 1,
            None => next.pre = Prerelease::EMPTY,
        }
    }
    next
}

/// Returns the pre-release after this one, if it ends in a number that has a next one.
fn next_pre(pre: &Prerelease) -> Option<Prerelease> {
    let (word, number) = pre.rsplit_once('.').unwrap_or(("", pre.as_str()));
    let number = number.parse::<u64>().ok()?.checked_add(1)?;
    let dot = if word.is_empty() { "" } else { "." };
    Prerelease::new(&format!("{word}{dot}{number}")).ok()
}

/// Returns the manifest's place in its repository, as far as it names one.
fn manifest_path(manifest: &TemplateManifest) -> String {
    match &manifest.template.directory {
        Some(directory) => format!("{directory}/{TEMPLATE_TOML}"),
        None => TEMPLATE_TOML.to_owned(),
    }
}

fn release(source: &FileTree, manifest: &TemplateManifest, archive: &[u8]) -> Release {
    Release {
        version: manifest.template.version.clone(),
        tree: tree_digest(source),
        artifact: Digest::of(archive),
        size: archive.len() as u64,
        dependencies: manifest.dependencies.clone(),
        agentpkg: manifest.template.agentpkg.clone(),
        yanked: None,
        recalled: false,
        released: None,
        deprecated: false,
    }
}

/// Returns the archive to write, unless the release has another that is whole: other compressors
/// give other bytes.
fn artifact(
    registry: &Registry,
    name: &TemplateName,
    release: &Release,
    archive: Vec<u8>,
) -> Result<Option<Write>> {
    let path = artifact_path(&release.artifact);
    if Digest::of(&archive) == release.artifact {
        return Ok(Some(Write {
            path,
            bytes: archive,
        }));
    }
    match registry.read(&path)? {
        Some(bytes) if Digest::of(&bytes) == release.artifact => Ok(None),
        _ => Err(Error::damaged(format!(
            "`{name}` {} is published, but its archive `{path}` is gone, and this agentpkg packs \
             it differently",
            release.version
        ))
        .hint("restore the file from a backup, or publish the next version")),
    }
}

/// Returns what the catalog says of a template: the newest release's words, whichever was published
/// last.
fn entry(index: &Index, old: Option<CatalogEntry>, manifest: &TemplateManifest) -> CatalogEntry {
    let latest = index.latest().map(|release| release.version.clone());
    let deprecated = index.deprecated.as_ref();
    let deprecated = deprecated.map(|deprecated| deprecated.replacement.clone());
    let about = &manifest.template;
    match old {
        Some(old) if latest.as_ref() != Some(&about.version) => CatalogEntry {
            latest,
            deprecated,
            ..old
        },
        _ => CatalogEntry {
            deprecated,
            description: about.description.clone(),
            keywords: about.keywords.clone(),
            latest,
            contact: about.contact.clone(),
            recommended: about.recommended,
        },
    }
}

impl Published {
    /// Returns the release, new or not.
    pub fn release(&self) -> &Release {
        match self {
            Self::New { release, .. } | Self::Already { release } => release,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_version_is_free() {
        let check = |published: &[&str], version: &str, next: &str| {
            let mut index = Index::new("a".parse().unwrap());
            for version in published {
                let version = version.parse().unwrap();
                let (tree, artifact) = (Digest::of(b""), Digest::of(b""));
                let dependencies = Default::default();
                index.insert(Release {
                    version,
                    tree,
                    artifact,
                    size: 0,
                    dependencies,
                    agentpkg: None,
                    yanked: None,
                    recalled: false,
                    released: None,
                    deprecated: false,
                });
            }
            assert_eq!(
                next_version(&index, &version.parse().unwrap()).to_string(),
                next
            );
        };
        check(&["1.4.0"], "1.4.0", "1.4.1");
        check(&["1.4.0", "1.4.1", "1.5.0"], "1.4.0", "1.4.2");
        check(&["2.0.0-rc.1"], "2.0.0-rc.1", "2.0.0-rc.2");
        check(&["2.0.0-1"], "2.0.0-1", "2.0.0-2");
        check(&["2.0.0-beta", "2.0.0"], "2.0.0-beta", "2.0.1");
    }
}
