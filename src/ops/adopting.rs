//! Files, texts and entries that were once copied from a template by hand: the release that each is
//! nearest to is what it started from.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::agent::AGENTS_MD;
use crate::agent::claude::places::{FOLDER, HOOKS, ROOTS, RULES, SETTINGS};
use crate::error::Result;
use crate::model::index;
use crate::model::lock::{Inputs, Record};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::source::Source;
use crate::model::tree::File;
use crate::model::upstream::{Content, Upstream};
use crate::render::compose::{self, compose};
use crate::store::fs;
use crate::store::workspace::Workspace;
pub use crate::tree::copies::Copied;
use crate::tree::copies::{self, Copies, Release, Search};
use crate::tree::{Base, Found, Ours};

use super::merging::Ends;
use super::releases::Registries;

/// How many releases are looked through, from the newest.
const MOST: usize = 10;

/// How many files in a folder are looked at.
const MOST_FILES: usize = 2_000;

/// Finds what was copied by hand of templates that come new, and of files that come new of the
/// others. What can't be read or rendered is no candidate.
///
/// # Errors
/// When a file of the repo can't be read.
pub fn copied(workspace: &Workspace, ends: &Ends, base: &Base, ours: &Ours) -> Result<Copies> {
    let installed = ends.repo.lock.as_ref().map(|lock| &lock.inputs.releases);
    let is_installed =
        |name: &TemplateName| installed.is_some_and(|installed| installed.contains_key(name));
    let others = team_files(workspace, base, ends.upstream)?;
    let texts = OnceCell::new();
    let is_named = |path: &RelPath| {
        let texts: &Vec<(RelPath, String)> = texts.get_or_init(|| texts_with_names(workspace));
        let name = path.below(FOLDER).unwrap_or(path.as_str());
        texts
            .iter()
            .any(|(at, text)| at != path && text.contains(name))
    };
    // What comes is at hand. Of a template that is installed, what is like a file that comes new
    // wasn't copied from the release that brings it.
    let new = ends.inputs.releases.iter();
    let new = new.filter(|(name, _)| !is_installed(name));
    let mut releases: Vec<Release> = new
        .map(|(name, locked)| Release {
            name: name.clone(),
            version: locked.version.clone(),
            upstream: ends.upstream.clone(),
        })
        .collect();
    let search = |releases: &[Release]| {
        let search = Search {
            base,
            ours,
            others: &others,
            theirs: ends.upstream,
            releases,
            is_named: &is_named,
        };
        let found = copies::find(&search);
        let unsure = copies::unsure(&search, &found);
        (found, unsure)
    };
    let (found, unsure) = search(&releases);
    if unsure.is_empty() {
        return Ok(found);
    }
    for name in unsure {
        releases.extend(earlier(ends.registries, ends.inputs, ends.sources, &name));
    }
    Ok(search(&releases).0)
}

/// Returns the team's own files at the places where hand copies of what comes new would lie.
fn team_files(
    workspace: &Workspace,
    base: &Base,
    upstream: &Upstream,
) -> Result<BTreeMap<RelPath, File>> {
    let is_new = |folder: &str| {
        upstream.files.iter().any(|(path, content)| {
            let is_file = matches!(content, Content::Whole(_));
            is_file && path.below(folder).is_some() && !base.files.contains_key(path)
        })
    };
    let mut paths = BTreeSet::new();
    for folder in [RULES, HOOKS] {
        if is_new(folder) && fs::is_folder(&workspace.root().join(folder)) {
            paths.extend(fs::list_files(workspace.root(), &rel(folder), MOST_FILES)?.0);
        }
    }
    let moved = base.files.values().filter_map(|record| match record {
        Record::Whole(whole) => whole.moved.as_ref(),
        _ => None,
    });
    let managed: BTreeSet<&RelPath> = base.files.keys().chain(moved).collect();
    paths.retain(|path| !managed.contains(path) && !upstream.files.contains_key(path));
    let mut files = BTreeMap::new();
    for (path, local) in workspace.snapshot(&paths)? {
        // What lies behind a link is somebody else's.
        if let Found::File(file) = local.found
            && local.real == path
        {
            files.insert(path, file);
        }
    }
    Ok(files)
}

/// Returns the texts that may name files of the agent's folder by their paths: what can't be read
/// names none.
fn texts_with_names(workspace: &Workspace) -> Vec<(RelPath, String)> {
    let root = workspace.root();
    let folder = rel(FOLDER);
    let mut paths: Vec<RelPath> = ROOTS.into_iter().chain([AGENTS_MD]).map(rel).collect();
    if let Ok((files, _)) = fs::list_files(root, &folder, MOST_FILES) {
        paths.extend(files);
    }
    let mut texts = Vec::new();
    // Settings are read entry by entry.
    paths.retain(|path| path.as_str() != SETTINGS);
    for path in paths {
        if let Ok(Some(file)) = workspace.file(&path)
            && let Some(text) = file.text()
        {
            texts.push((path, text.to_owned()));
        }
    }
    texts
}

/// Returns what the newest releases of a template render to beside the others, the newest first.
fn earlier(
    registries: &Registries,
    inputs: &Inputs,
    sources: &[Source],
    name: &TemplateName,
) -> Vec<Release> {
    let Some(locked) = inputs.releases.get(name) else {
        return Vec::new();
    };
    let Ok(Some(index)) = registries.index(&locked.registry, name) else {
        return Vec::new();
    };
    let mut releases = index.releases;
    releases.retain(|release| release.version != locked.version);
    releases.sort_by(|one, other| other.version.cmp(&one.version));
    let render = |release: index::Release| {
        let source = registries.source(&locked.registry, name, &release).ok()?;
        let others = sources
            .iter()
            .filter(|source| source.manifest.template.name != *name)
            .cloned();
        let sources: Vec<Source> = others.chain([source]).collect();
        Some(Release {
            name: name.clone(),
            version: release.version,
            upstream: compose(&sources, &compose::Inputs::of(inputs)).ok()?,
        })
    };
    let newest = releases.into_iter().take(MOST);
    newest.filter_map(render).collect()
}
