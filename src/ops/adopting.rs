//! Files that were once copied from a template: the release that each is nearest to is what it
//! started from.

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use similar::TextDiff;

use crate::model::lock::Inputs;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::tree::File;
use crate::model::upstream::{Content, Upstream};
use crate::render::compose::{self, compose};

use super::releases::Registries;

/// How many releases are looked through, from the newest.
const MOST: usize = 10;

/// How alike, of 1, a file and a release's have to be.
const LIKENESS: f32 = 0.6;

/// A file of the team's that was copied from a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The template.
    pub name: TemplateName,
    /// The release that has it like that, or nearest.
    pub version: Version,
    /// What that release has.
    pub bytes: Bytes,
    /// Whether the team's is the same.
    pub is_equal: bool,
}

/// Finds for each of some files that templates own the release that it was copied from. What can't
/// be read or rendered is no candidate. Of a template that `is_installed` the release that first
/// brings a path is none either: what is like it there was not copied from it.
pub fn copied(
    registries: &Registries,
    inputs: &Inputs,
    sources: &[Source],
    upstream: &Upstream,
    files: &BTreeMap<RelPath, File>,
    is_installed: &dyn Fn(&TemplateName) -> bool,
) -> BTreeMap<RelPath, Copied> {
    let owner = |path: &RelPath| match upstream.files.get(path) {
        Some(Content::Whole(whole)) => Some(whole.origin.template.clone()),
        _ => None,
    };
    let owners: BTreeSet<TemplateName> = files.keys().filter_map(owner).collect();
    let mut found: BTreeMap<RelPath, (f32, Copied)> = BTreeMap::new();
    for name in owners {
        let current = inputs
            .releases
            .get(&name)
            .map(|release| release.version.clone());
        for (version, upstream) in renderings(registries, inputs, sources, &name) {
            if is_installed(&name) && Some(&version) == current.as_ref() {
                continue;
            }
            for (path, file) in files
                .iter()
                .filter(|(path, _)| owner(path).as_ref() == Some(&name))
            {
                let Some(Content::Whole(whole)) = upstream.files.get(path) else {
                    continue;
                };
                let likeness = likeness(file, &whole.file);
                // Of two that are as near, the newer was met first.
                if likeness >= LIKENESS && found.get(path).is_none_or(|(best, _)| likeness > *best)
                {
                    let (name, version, bytes) =
                        (name.clone(), version.clone(), whole.file.bytes.clone());
                    let copied = Copied {
                        name,
                        version,
                        is_equal: bytes == file.bytes,
                        bytes,
                    };
                    found.insert(path.clone(), (likeness, copied));
                }
            }
        }
    }
    found
        .into_iter()
        .map(|(path, (_, copied))| (path, copied))
        .collect()
}

/// Returns what the newest releases of a template render to beside the others, the newest first.
fn renderings(
    registries: &Registries,
    inputs: &Inputs,
    sources: &[Source],
    name: &TemplateName,
) -> Vec<(Version, Upstream)> {
    let Some(locked) = inputs.releases.get(name) else {
        return Vec::new();
    };
    let Ok(Some(index)) = registries.index(&locked.registry, name) else {
        return Vec::new();
    };
    let mut releases = index.releases;
    releases.sort_by(|one, other| other.version.cmp(&one.version));
    let render = |release: crate::model::index::Release| {
        let source = registries.source(&locked.registry, name, &release).ok()?;
        let others = sources
            .iter()
            .filter(|source| source.manifest.template.name != *name)
            .cloned();
        let sources: Vec<Source> = others.chain([source]).collect();
        Some((
            release.version,
            compose(&sources, &compose::Inputs::of(inputs)).ok()?,
        ))
    };
    releases.into_iter().take(MOST).filter_map(render).collect()
}

fn likeness(file: &File, other: &File) -> f32 {
    match (file.text(), other.text()) {
        _ if file.bytes == other.bytes => 1.0,
        // What a file is not the same as, it is edited from: never quite 1.
        (Some(text), Some(other)) => {
            let text = text.replace("\r\n", "\n");
            TextDiff::from_lines(text.as_str(), other)
                .ratio()
                .min(0.999)
        }
        _ => 0.0,
    }
}
