//! Renames over versions that a team skipped: **a file that was renamed twice is followed through
//! the versions between**, which alone say what became of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::index::Release;
use crate::model::lock::LockedRelease;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::template::rendered_name;
use crate::model::tree::{File, FileTree};
use crate::model::upstream::{FileOrigin, Upstream};
use crate::tree::{Base, is_kin};

use crate::ops::steps::releases::Registries;

/// How many versions are read between two.
const MOST: usize = 30;

/// Adds to what upstream says of renames those that only the versions between know. What can't be
/// read says nothing.
pub fn across(
    registries: &Registries,
    before: &BTreeMap<TemplateName, LockedRelease>,
    base: &Base,
    sources: &[Source],
    upstream: &mut Upstream,
) {
    for source in sources {
        let name = &source.manifest.template.name;
        let lost = lost(base, upstream, name);
        let Some(from) = before.get(name).filter(|_| !lost.is_empty()) else {
            continue;
        };
        let between = between(registries, from, source);
        // Of two versions alone, the files themselves tell more.
        if between.len() < 3 {
            continue;
        }
        let known: BTreeSet<String> = source.tree.keys().map(rendered).collect();
        for origin in lost {
            let Some(Followed { path, is_declared }) = followed(&origin.source, &between) else {
                continue;
            };
            if known.contains(path.as_str()) && path != origin.source {
                match is_declared {
                    true => upstream.renames.insert(origin, path),
                    false => upstream.likely_renames.insert(origin, path),
                };
            }
        }
    }
}

/// Returns the sources of installed files that upstream no longer has, nor renames, if it brings
/// any that are new.
fn lost(base: &Base, upstream: &Upstream, name: &TemplateName) -> Vec<FileOrigin> {
    let brings_new = upstream.files.iter().any(|(path, content)| {
        let whole = content.as_whole();
        let is_own = whole.is_some_and(|whole| whole.origin.template == *name);
        is_own && !base.files.contains_key(path)
    });
    if !brings_new {
        return Vec::new();
    }
    let mut lost = Vec::new();
    for (path, record) in &base.files {
        let Some(record) = record.as_whole() else {
            continue;
        };
        let origin = record.origin.rendered();
        let is_there = upstream.files.contains_key(path) || upstream.renames.contains_key(&origin);
        if record.origin.template == *name && !is_there {
            lost.push(origin);
        }
    }
    lost
}

/// Returns the sources from the installed release to the one that comes, both with them.
fn between(registries: &Registries, from: &LockedRelease, to: &Source) -> Vec<Source> {
    let about = &to.manifest.template;
    let Ok(Some(index)) = registries.index(&from.registry, &about.name) else {
        return Vec::new();
    };
    let mut releases: Vec<Release> = index.releases;
    releases.retain(|one| one.version >= from.version && one.version < about.version);
    releases.sort_by(|one, other| one.version.cmp(&other.version));
    if releases
        .first()
        .is_none_or(|first| first.version != from.version)
        || releases.len() > MOST
    {
        return Vec::new();
    }
    let mut sources = Vec::new();
    for release in &releases {
        sources.extend(registries.source(&from.registry, &about.name, release).ok());
    }
    sources.push(to.clone());
    sources
}

/// What became of a file over some versions.
struct Followed {
    path: RelPath,
    /// Whether each step is in a template.toml.
    is_declared: bool,
}

/// Returns what became of a source's file from the first of some versions to the last.
fn followed(path: &RelPath, versions: &[Source]) -> Option<Followed> {
    let mut followed = Followed {
        path: path.clone(),
        is_declared: true,
    };
    for (before, after) in versions.iter().zip(&versions[1..]) {
        if named(&after.tree, &followed.path).is_some() {
            continue;
        }
        match after.manifest.renames.get(&followed.path) {
            Some(declared) => followed.path = declared.clone(),
            None => {
                followed.path = seen(before, after, &followed.path)?;
                followed.is_declared = false;
            }
        }
    }
    Some(followed)
}

/// Returns the one new file of a version that has the bytes of one that went.
fn seen(before: &Source, after: &Source, path: &RelPath) -> Option<RelPath> {
    let (old, file) = named(&before.tree, path)?;
    let mut same = after
        .tree
        .iter()
        .filter(|(new, other)| other.bytes == file.bytes && !before.tree.contains_key(*new));
    let (new, _) = same.next()?;
    let twins = before
        .tree
        .iter()
        .filter(|(other, twin)| twin.bytes == file.bytes && !after.tree.contains_key(*other));
    let is_only_one = same.next().is_none() && twins.count() == 1;
    let is_one = is_only_one && is_kin(old, new, &file.bytes);
    is_one.then(|| rendered(new).parse().ok())?
}

/// Returns the file that is called so without `.jinja`.
fn named<'a>(tree: &'a FileTree, path: &RelPath) -> Option<(&'a RelPath, &'a File)> {
    let template = format!("{path}.jinja").parse::<RelPath>().ok();
    let template = template.and_then(|path| tree.get_key_value(&path));
    tree.get_key_value(path).or(template)
}

fn rendered(path: &RelPath) -> String {
    rendered_name(path).to_owned()
}
