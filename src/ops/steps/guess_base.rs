//! Files, texts and entries that were once copied from a template by hand: the release that each is
//! nearest to is what it started from.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::agent::claude::places::{FOLDER, HOOKS, RULES, SERVERS, SETTINGS};
use crate::error::Result;
use crate::model::lock::{AGENTPKG_LOCK, Inputs, Lock, Record};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::renderer::AS_IN_SOURCE;
use crate::model::source::Source;
use crate::model::tree::File;
use crate::model::upstream::Upstream;
use crate::render::compose::{self, compose};
use crate::store::workspace::Workspace;
use crate::store::{fs, git};
use crate::tree::copies::{self, Copies, RenderedRelease, Search};
pub use crate::tree::copies::{Copied, Left};
use crate::tree::{Base, Found, Snapshot};

use crate::ops::steps::releases::Registries;

/// How many releases are looked through, from the newest.
const MOST: usize = 10;

/// How many files in a folder are looked at.
const MOST_FILES: usize = 2_000;

/// What comes, and where it is read.
pub struct Incoming<'a> {
    pub installed: Option<&'a Lock>,
    /// Where releases are found.
    pub registries: &'a Registries,
    /// Everything that upstream depends on.
    pub inputs: &'a Inputs,
    /// The templates.
    pub sources: &'a [Source],
    /// What they want.
    pub upstream: &'a Upstream,
}

/// Finds what was copied by hand of templates that come new, and of files that come new of the
/// others. What can't be read or rendered is no candidate.
///
/// # Errors
/// When a file of the repo can't be read.
pub fn copied(
    workspace: &Workspace,
    incoming: &Incoming,
    base: &Base,
    ours: &Snapshot,
) -> Result<Copies> {
    let others = team_files(workspace, base, incoming.upstream)?;
    let texts = OnceCell::new();
    let named_by = |path: &RelPath| {
        let texts = texts.get_or_init(|| texts_with_names(workspace));
        naming(texts, path)
    };
    // What comes is at hand. Of a template that is installed, what is like a file that comes new
    // wasn't copied from the release that brings it.
    let mut releases = Vec::new();
    // What a person copies is a file of the source, or one of an earlier renderer.
    let as_in_source = as_in_source(incoming.sources, incoming.inputs);
    for (name, locked) in &incoming.inputs.releases {
        let installed = incoming.installed;
        if installed.is_some_and(|lock| lock.inputs.releases.contains_key(name)) {
            continue;
        }
        releases.push(RenderedRelease {
            name: name.clone(),
            version: locked.version.clone(),
            upstream: match &as_in_source {
                Some(upstream) => upstream.clone(),
                None => incoming.upstream.clone(),
            },
        });
    }
    let search = |releases: &[RenderedRelease]| {
        let search = Search {
            base,
            ours,
            others: &others,
            theirs: incoming.upstream,
            releases,
            named_by: &named_by,
            favourites: BTreeMap::new(),
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
        releases.extend(earlier(incoming, &name));
    }
    Ok(search(&releases).0)
}

/// Returns the team's own files at the places where hand copies of what comes new would lie.
fn team_files(
    workspace: &Workspace,
    base: &Base,
    upstream: &Upstream,
) -> Result<BTreeMap<RelPath, File>> {
    let mut paths = BTreeSet::new();
    for folder in [RULES, HOOKS] {
        if brings_new(upstream, base, folder) && fs::is_folder(&workspace.root().join(folder)) {
            paths.extend(fs::list_files(workspace.root(), &rel(folder), MOST_FILES)?.0);
        }
    }
    let moved = base.files.values().filter_map(Record::moved);
    let managed: BTreeSet<&RelPath> = base.files.keys().chain(moved).collect();
    paths.retain(|path| !managed.contains(path) && !upstream.files.contains_key(path));
    // What git ignores is one person's, and would be everybody's elsewhere.
    let list: Vec<RelPath> = paths.iter().cloned().collect();
    for ignored in git::ignored(workspace.root(), &list).unwrap_or_default() {
        paths.remove(&ignored.path);
    }
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

/// Returns whether a file comes new into a folder.
fn brings_new(upstream: &Upstream, base: &Base, folder: &str) -> bool {
    upstream.files.iter().any(|(path, content)| {
        let is_file = content.as_whole().is_some();
        is_file && path.below(folder).is_some() && !base.files.contains_key(path)
    })
}

/// A file of the repo, as far as it may name others by their paths.
struct Naming {
    path: RelPath,
    /// What it says, or where it leads, if it is a link.
    text: String,
}

/// Returns the files that may name others: all of the repo, the agent's first, as far as they come
/// to 64 MiB; but for settings, which are read entry by entry, and what is too large to be written
/// by hand.
fn texts_with_names(workspace: &Workspace) -> Vec<Naming> {
    const MOST: usize = 20_000;
    const LARGEST: u64 = 1 << 20;
    const ALL: u64 = 64 << 20;
    const SKIPPED: [&str; 4] = [".git", ".agentpkg", AGENTPKG_LOCK, AGENTPKG_TOML];
    let root = workspace.root();
    let mut paths = Vec::new();
    for place in fs::list(root).unwrap_or_default() {
        let name = place.file_name().and_then(|name| name.to_str());
        let Some(path) = name.and_then(|name| name.parse::<RelPath>().ok()) else {
            continue;
        };
        if SKIPPED.contains(&path.as_str()) {
            continue;
        }
        match fs::is_folder(&place) {
            true => paths.extend(fs::list_files(root, &path, MOST).unwrap_or_default().0),
            false => paths.push(path),
        }
    }
    paths.retain(|path| ![SETTINGS, SERVERS].contains(&path.as_str()));
    paths.sort_by_key(|path| path.below(FOLDER).is_none());
    let mut all = 0;
    paths.retain(|path| {
        let size = fs::size(root, path);
        all += if size <= LARGEST { size } else { 0 };
        size <= LARGEST && all <= ALL
    });
    let mut texts = Vec::new();
    for (path, local) in workspace.snapshot(&paths).unwrap_or_default() {
        let text = match local.found {
            Found::Link(_) => local.real.to_string(),
            Found::File(file) => file.text().unwrap_or_default().to_owned(),
            Found::Absent(_) | Found::Obstacle(_) => continue,
        };
        texts.push(Naming { path, text });
    }
    texts
}

/// Returns a file that names another by its path.
fn naming(texts: &[Naming], path: &RelPath) -> Option<RelPath> {
    let found = texts.iter().find(|naming| naming.names(path));
    found.map(|naming| naming.path.clone())
}

impl Naming {
    fn names(&self, path: &RelPath) -> bool {
        let Self { path: from, text } = self;
        if from == path {
            return false;
        }
        let short = path.below(FOLDER).unwrap_or(path.as_str());
        if text.contains(path.as_str()) || (from.below(FOLDER).is_some() && text.contains(short)) {
            return true;
        }
        let folder = path.parent();
        let is_beside = from.parent() == folder;
        if !is_beside && path.below(HOOKS).is_none() {
            return false;
        }
        if !text.contains(path.file_name()) {
            return false;
        }
        // Files of one folder know each other by their names; a script may be called in its folder.
        is_beside || folder.is_some_and(|folder| text.contains(folder.as_str()))
    }
}

/// Returns what templates compose to, each file as its source has it where an agent reads it so.
fn as_in_source(sources: &[Source], inputs: &Inputs) -> Option<Upstream> {
    let inputs = compose::ComposeInputs {
        renderer: AS_IN_SOURCE,
        ..compose::ComposeInputs::of(inputs)
    };
    compose(sources, &inputs).ok()
}

/// Returns what the newest releases of a template render to beside the others, the newest first.
fn earlier(incoming: &Incoming, name: &TemplateName) -> Vec<RenderedRelease> {
    let Incoming {
        registries,
        inputs,
        sources,
        ..
    } = *incoming;
    let Some(locked) = inputs.releases.get(name) else {
        return Vec::new();
    };
    let Ok(Some(index)) = registries.index(&locked.registry, name) else {
        return Vec::new();
    };
    let mut releases = index.releases;
    releases.retain(|release| release.version != locked.version);
    releases.sort_by(|one, other| other.version.cmp(&one.version));
    let mut others = sources.to_vec();
    others.retain(|source| source.manifest.template.name != *name);
    let mut rendered = Vec::new();
    for release in releases.into_iter().take(MOST) {
        let Ok(source) = registries.source(&locked.registry, name, &release) else {
            continue;
        };
        let mut sources = others.clone();
        sources.push(source);
        if let Some(upstream) = as_in_source(&sources, inputs) {
            rendered.push(RenderedRelease {
                name: name.clone(),
                version: release.version,
                upstream,
            });
        }
    }
    rendered
}
