//! Coming home: where a repo has an edit that was accepted upstream, the base that it is merged
//! with gets that edit too.
//!
//! The edit is then no local one any more, in no clone and whoever made it, and what became of it
//! upstream comes in like any other news.
//!
//! **A base takes in only what the repo has**: merging the edit into the repo's own text changes
//! nothing. Where that isn't so the base stays, and all merges as if nothing had been accepted.

use std::collections::BTreeSet;

use super::accepted::not_a_proposal;
use super::{Proposal, ProposalId, read_accepted};
use crate::agent::translate::Form;
use crate::error::{Error, Result};
use crate::merge::patch::Patch;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::proposal::ACCEPTED;
use crate::model::source::Source;
use crate::model::template::rendered_path;
use crate::model::tree::FileTree;
use crate::model::upstream::{Content, FileOrigin, Upstream};
use crate::model::version::Version;
use crate::render::compose::{ComposeInputs, compose};
use crate::tree::ownership::PathEdit;
use crate::tree::{self, Base, Local, Snapshot};

/// An accepted edit that a repo has, or that was sent from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptedEdit {
    pub id: ProposalId,
    pub template: TemplateName,
    /// The first line of why.
    pub subject: String,
    /// The name of who made it.
    pub author: String,
    /// The release that brings it.
    pub version: Version,
    /// The paths of the repo that have it; none where it was accepted, and isn't here.
    pub paths: BTreeSet<RelPath>,
    /// Whether the repo has all of it that shows here.
    pub is_whole: bool,
    /// Whether it was sent from here.
    pub is_yours: bool,
    /// Those of the paths where upstream has other words for it, which are taken.
    pub changed: BTreeSet<RelPath>,
}

/// What a release accepted that another one had not.
#[derive(Debug, Default)]
pub struct AcceptedSince {
    pub accepted: Vec<Proposal>,
    /// The files that should be records of some, and why they are not.
    pub unreadable: Vec<(RelPath, Error)>,
}

/// Returns what `now` accepted that `before` had not.
pub fn news(before: &Source, now: &Source) -> AcceptedSince {
    let mut news = AcceptedSince::default();
    for path in records(now).filter(|path| !before.tree.contains_key(*path)) {
        match record(now, path) {
            Ok(proposal) => news.accepted.push(proposal),
            Err(error) => news.unreadable.push((path.clone(), error)),
        }
    }
    // A later one may build on an earlier one.
    news.accepted.sort_by(|one, other| {
        (&one.base.version, one.author.seconds).cmp(&(&other.base.version, other.author.seconds))
    });
    news
}

/// Returns the files of a source that should be records.
pub fn records(source: &Source) -> impl Iterator<Item = &RelPath> {
    source
        .tree
        .keys()
        .filter(|path| path.below(ACCEPTED).is_some())
}

/// Reads a record of a source.
///
/// # Errors
/// When it isn't the record of a proposal for this template, or isn't there.
pub fn record(source: &Source, path: &RelPath) -> Result<Proposal> {
    let file = source
        .tree
        .get(path)
        .ok_or_else(|| not_a_proposal(path, "it isn't there"))?;
    let proposal = read_accepted(
        path,
        file.text()
            .ok_or_else(|| not_a_proposal(path, "it is not text"))?,
    )?;
    let name = &source.manifest.template.name;
    match proposal.template == *name {
        true => Ok(proposal),
        false => Err(not_a_proposal(
            path,
            &format!("it is for `{}`", proposal.template),
        )),
    }
}

/// What was installed, on its way to hold what came home.
pub struct Absorber<'a> {
    inputs: ComposeInputs<'a>,
    sources: Vec<Source>,
    /// What the sources compose to.
    installed: Upstream,
    /// What was accepted, each with the release that brings it.
    accepted: Vec<(Version, Proposal)>,
}

impl<'a> Absorber<'a> {
    /// Returns what may come home: `sources` and `inputs` are all that was installed.
    ///
    /// # Errors
    /// When it doesn't compose any more.
    pub fn new(
        sources: Vec<Source>,
        inputs: ComposeInputs<'a>,
        accepted: Vec<(Version, Proposal)>,
    ) -> Result<Self> {
        let installed = compose(&sources, &inputs)?;
        Ok(Self {
            inputs,
            sources,
            installed,
            accepted,
        })
    }

    /// Returns the paths that accepted edits add, where the repo has to be looked at too.
    pub fn new_paths(&mut self) -> BTreeSet<RelPath> {
        let accepted = std::mem::take(&mut self.accepted);
        let mut paths = BTreeSet::new();
        for (_, proposal) in &accepted {
            let Some(index) = self.index_of(&proposal.template) else {
                continue;
            };
            let edit = fitting(&proposal.edit, &self.sources[index].tree);
            if let Some(Step { upstream, .. }) =
                self.step(index, &self.sources[index].tree.clone(), &edit)
            {
                paths.extend(
                    upstream
                        .files
                        .into_keys()
                        .filter(|path| !self.installed.files.contains_key(path)),
                );
            }
        }
        self.accepted = accepted;
        paths
    }

    /// Takes what came home into `base`, and returns it. `ours` has the paths of base and of
    /// `theirs`, and the [new](Self::new_paths) ones.
    pub fn take(
        mut self,
        base: &mut Base,
        ours: &Snapshot,
        theirs: &Upstream,
    ) -> Vec<AcceptedEdit> {
        let mut homes = Vec::new();
        for (version, proposal) in std::mem::take(&mut self.accepted) {
            let Some(index) = self.index_of(&proposal.template) else {
                continue;
            };
            let mut sides = Sides {
                base,
                ours,
                theirs,
                home: AcceptedEdit::of(&proposal, version),
            };
            let before = self.sources[index].tree.clone();
            sides.home.is_whole = self.comes_home(index, &before, &proposal.edit, &mut sides)
                || self.parts_come_home(index, &before, &proposal.edit, &mut sides);
            homes.extend(Some(sides.home).filter(|home| !home.paths.is_empty()));
        }
        homes
    }

    fn index_of(&self, template: &TemplateName) -> Option<usize> {
        self.sources
            .iter()
            .position(|source| source.manifest.template.name == *template)
    }

    /// Takes an edit part by part, and returns whether all of it came home.
    fn parts_come_home(
        &mut self,
        index: usize,
        before: &FileTree,
        edit: &Patch,
        sides: &mut Sides,
    ) -> bool {
        let parts = edit.parts();
        let mut taken: Vec<&Patch> = Vec::new();
        // Each part costs a composition: what has more of them comes home whole, or stays local.
        for part in parts.iter().filter(|_| parts.len() <= MOST_PARTS) {
            let more = Patch::together(taken.iter().copied().chain([part]));
            if self.comes_home(index, before, &more, sides) {
                taken.push(part);
            }
        }
        taken.len() == parts.len()
    }

    /// Takes an edit of a template's tree into the base, if it fits, shows and is all there.
    fn comes_home(
        &mut self,
        index: usize,
        before: &FileTree,
        edit: &Patch,
        sides: &mut Sides,
    ) -> bool {
        let Some(Step {
            source,
            mut upstream,
        }) = self.step(index, before, edit)
        else {
            return false;
        };
        self.without_other_copies(&mut upstream, sides.ours);
        let composed = upstream.clone();
        let as_released = differences(&self.installed, &composed);
        self.without_additions(&mut upstream, sides.ours);
        let differences = differences(&self.installed, &upstream);
        let identities = tree::identities(sides.base, &upstream);
        let (base, ours, theirs) = (&*sides.base, sides.ours, sides.theirs);
        if differences.is_empty()
            || !differences
                .iter()
                .all(|one| one.repo_has_edit(base, ours, &upstream, &identities))
        {
            return false;
        }
        let is_one = edit.parts().len() == 1;
        for one in &as_released {
            if one.release_has_edit(theirs, &identities) {
                continue;
            }
            // **What the release has as it was before was not accepted**, whatever a record says:
            // it stays the team's.
            if !is_one || one.reversed().release_has_edit(theirs, &identities) {
                return false;
            }
        }
        for (difference, released) in differences.iter().zip(&as_released) {
            sides.home.paths.insert(difference.path.clone());
            if !released.release_has_edit(theirs, &identities) {
                sides.home.changed.insert(difference.path.clone());
            }
            // What has another name there is found by what it says there.
            let is_renamed = !theirs.files.contains_key(difference.path);
            let taken = if is_renamed { released } else { difference };
            taken.take(sides.base, theirs);
        }
        let hooks = upstream
            .hooks
            .iter()
            .filter(|(name, place)| self.installed.hooks.get(name) != Some(place));
        sides
            .base
            .hooks
            .extend(hooks.map(|(name, place)| (name.clone(), place.clone())));
        self.sources[index] = source;
        self.installed = upstream;
        true
    }

    /// Takes out what other agents get of files that an edit adds and the team has: the team wrote
    /// them for one agent, and the others get theirs with the release.
    fn without_other_copies(&self, upstream: &mut Upstream, ours: &Snapshot) {
        let is_here = |path: &RelPath| ours.get(path).and_then(Local::file).is_some();
        let is_new = |path: &RelPath| !self.installed.files.contains_key(path);
        let mut written: BTreeSet<FileOrigin> = BTreeSet::new();
        for (path, content) in &upstream.files {
            let whole = content.as_whole();
            if let Some(whole) = whole.filter(|_| is_new(path) && is_here(path)) {
                written.insert(whole.origin.clone());
            }
        }
        upstream.files.retain(|path, content| match content {
            Content::Whole(whole) => {
                !is_new(path) || is_here(path) || !written.contains(&whole.origin)
            }
            Content::Blocks(blocks) => {
                blocks.blocks.retain(|block| {
                    let template = block.name.template.clone();
                    let origin = block
                        .source
                        .clone()
                        .map(|source| FileOrigin { template, source });
                    !origin.is_some_and(|origin| written.contains(&origin))
                });
                !blocks.blocks.is_empty()
            }
            Content::Keys(_) => true,
        });
    }

    /// Makes files that an edit adds what the team has, where that lacks only what agentpkg adds to
    /// such a file: the team made it before the template did.
    fn without_additions(&self, upstream: &mut Upstream, ours: &Snapshot) {
        for (path, content) in &mut upstream.files {
            let Content::Whole(whole) = content else {
                continue;
            };
            let own = ours.get(path).and_then(Local::file);
            let Some(own) = own.filter(|_| !self.installed.files.contains_key(path)) else {
                continue;
            };
            let source = rendered_path(&whole.origin.source);
            let form = Form::of(&source, path, self.inputs.renderer);
            if form.lacks_only_additions(own, &whole.file) {
                whole.file.bytes = own.bytes.clone();
            }
        }
    }

    /// Returns what comes of an edit, unless it doesn't fit or nothing can be made of it.
    fn step(&mut self, index: usize, before: &FileTree, edit: &Patch) -> Option<Step> {
        let place = self.sources[index].to_string();
        let source = Source::of(&place, edit.apply(before).ok()?).ok()?;
        let is_same = source.manifest.template.name == self.sources[index].manifest.template.name;
        let known = std::mem::replace(&mut self.sources[index], source);
        let upstream = compose(&self.sources, &self.inputs)
            .ok()
            .filter(|_| is_same);
        let source = std::mem::replace(&mut self.sources[index], known);
        Some(Step {
            source,
            upstream: upstream?,
        })
    }
}

/// How many parts of an edit are looked for one by one.
const MOST_PARTS: usize = 64;

/// A template with an edit, and what all compose to with it.
struct Step {
    source: Source,
    upstream: Upstream,
}

/// What an edit is looked for in, and what comes of that.
struct Sides<'a> {
    base: &'a mut Base,
    ours: &'a Snapshot,
    theirs: &'a Upstream,
    home: AcceptedEdit,
}

impl AcceptedEdit {
    /// Returns what is to be said of a proposal, of which nothing has been found yet.
    pub fn of(proposal: &Proposal, version: Version) -> Self {
        Self {
            id: proposal.id.clone(),
            template: proposal.template.clone(),
            subject: proposal.subject().to_owned(),
            author: proposal.author.name.clone(),
            version,
            paths: BTreeSet::new(),
            is_whole: false,
            is_yours: false,
            changed: BTreeSet::new(),
        }
    }
}

/// Returns an edit, or as much of it as fits a tree.
fn fitting(edit: &Patch, tree: &FileTree) -> Patch {
    if edit.apply(tree).is_ok() {
        return edit.clone();
    }
    edit.parts()
        .into_iter()
        .fold(Patch::default(), |fitting, part| {
            let more = Patch::together([&fitting, &part]);
            if more.apply(tree).is_ok() {
                more
            } else {
                fitting
            }
        })
}

/// Returns what two compositions have otherwise. Seeds are the team's, whatever upstream makes of
/// them; and what agentpkg writes of its own, no team has before it is installed.
fn differences<'a>(before: &'a Upstream, after: &'a Upstream) -> Vec<PathEdit<'a>> {
    let paths: BTreeSet<&RelPath> = before.files.keys().chain(after.files.keys()).collect();
    let all = paths.into_iter().map(|path| PathEdit {
        path,
        before: before.files.get(path),
        after: after.files.get(path),
    });
    let says_nothing = |content: Option<&Content>| {
        let whole = content.and_then(Content::as_whole);
        whole.is_some_and(|whole| whole.seed || whole.origin.is_of_agentpkg())
    };
    all.filter(|one| one.shows() && !says_nothing(one.before) && !says_nothing(one.after))
        .collect()
}

#[cfg(test)]
mod tests;
