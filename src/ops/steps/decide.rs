//! The repo's files with upstream's changes in them, or everything that stands in the way, in one
//! error.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::hint::Hint;
use crate::merge::block::Marks;
use crate::model::digest::Digest;
use crate::model::lock::{AGENTPKG_LOCK, Inputs, Lock, WholeRecord};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::renderer::is_known;
use crate::model::source::Source;
use crate::model::upstream::{Content, Upstream};
use crate::render::cost::{self, Cost};
use crate::store::workspace::Workspace;
use crate::store::{fs, git, snapshot};
use crate::tree::{
    self, Absence, Base, Decision, Elsewhere, Found, Obstacle, Refusal, Snapshot, ownership,
};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::absorb::{self, AcceptedEdit, Unchecked};
use crate::ops::steps::approval::InTheEnd;
use crate::ops::steps::from_lock;
use crate::ops::steps::guess_base::{self, Copied, Incoming, Left};
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;

/// What is merged, and how.
pub struct MergeInputs<'a> {
    pub repo: &'a Repo,
    /// Where releases are found.
    pub registries: &'a Registries,
    /// Where what is installed is found.
    pub installed_from: &'a Registries,
    /// Everything that upstream depends on.
    pub inputs: &'a Inputs,
    /// The templates.
    pub sources: &'a [Source],
    /// What they want.
    pub upstream: &'a Upstream,
    /// What the versions are called where conflicts are marked.
    pub marks: &'a Marks,
    /// Paths that were deleted here, and come back.
    pub restore: &'a BTreeSet<RelPath>,
    /// Whole files that stay as they are.
    pub still: &'a BTreeSet<RelPath>,
}

/// The repo's files with upstream's changes in them.
pub struct MergedFiles {
    /// What is to be done, and what was not decided.
    pub merge: Decision,
    /// What the team had copied from templates by hand, by where it lay and from which template.
    pub copied: BTreeMap<(RelPath, TemplateName), Copied>,
    /// Copies that stay where they are, with where the template has them and why.
    pub left: BTreeMap<RelPath, (RelPath, Left)>,
    /// The files for which something rendered by this program stood in for what an earlier one had
    /// installed.
    pub stand_ins: BTreeSet<RelPath>,
    /// What was accepted upstream and is here.
    pub home: Vec<AcceptedEdit>,
    /// What was accepted upstream and could not be looked for.
    pub passed: Vec<Unchecked>,
    /// What the templates cost an agent here.
    pub cost: Cost,
    /// Settings as they are in the end.
    pub in_the_end: InTheEnd,
}

/// Merges what was installed, what the repo has and what upstream wants.
///
/// # Errors
/// Where something has to be mended first, with every place at once.
pub fn merged(session: &Session, ends: &MergeInputs) -> Result<MergedFiles> {
    let MergeInputs {
        repo,
        registries,
        installed_from,
        inputs,
        sources,
        upstream,
        restore,
        still,
        ..
    } = *ends;
    let mut base = repo.base();
    if let Some(lock) = repo.lock.as_ref().filter(|_| repo.rejoined) {
        from_lock::correct(lock, installed_from, &mut base)?;
    }
    let mut coming = absorb::coming(installed_from, repo, inputs, sources);
    let new_paths = coming.new_paths();
    let mut ours = repo.ours(
        &session.workspace,
        &mut base,
        upstream.files.keys().chain(&new_paths),
    )?;
    let roots = inputs.facts.root_files();
    session.workspace.follow_hard_links(&mut ours, &roots);
    let mut upstream = Cow::Borrowed(upstream);
    if !still.is_empty() {
        from_lock::hold_still(still, &mut base, &ours, upstream.to_mut())?;
    }
    let upstream = &*upstream;
    refuse_elsewhere(session, &ours)?;
    correct_modes_of_new(session, &base, &mut ours, upstream)?;
    for path in restore {
        bring_back(path, &mut base, &mut ours);
    }
    let home = coming.take(&mut base, &mut ours, upstream);
    snapshot::add_lookalikes(&session.workspace, &mut ours)?;
    let incoming = Incoming {
        installed: repo.lock.as_ref(),
        registries,
        inputs,
        sources,
        upstream,
    };
    let copies = guess_base::copied(&session.workspace, &incoming, &base, &ours)?;
    let places = session.workspace.snapshot(copies.places())?;
    ours.extend(places);
    let (copied, left) = (copies.list(), copies.left.clone());
    copies.apply(&mut base);
    let wanted = upstream.files.keys();
    let folders = snapshot::folders_in_the_way(&session.workspace, &mut ours, wanted)?;
    tree::make_way(&base, &mut ours, upstream, &folders);
    let (merge, stand_ins) = decide(session, ends, &mut base, &ours, upstream)?;
    let here = merge.files_in_the_end(&ours, upstream.files.keys());
    let identities = tree::identities(&base, upstream);
    let cost = cost::of(upstream, &here, &inputs.facts.roots, &identities);
    let managed = base.files.keys().chain(upstream.files.keys());
    let here = merge.files_in_the_end(&ours, managed);
    let in_the_end = InTheEnd::read(upstream, &here, &identities);
    Ok(MergedFiles {
        merge,
        copied,
        left,
        stand_ins,
        home,
        passed: coming.passed,
        cost,
        in_the_end,
    })
}

/// Gives files that upstream brings for the first time the executable bits that it wants, where
/// those that were read mean nothing.
fn correct_modes_of_new(
    session: &Session,
    base: &Base,
    ours: &mut Snapshot,
    upstream: &Upstream,
) -> Result<()> {
    snapshot::correct_modes(&session.workspace, ours, |path| {
        match (base.files.get(path), upstream.files.get(path)) {
            (None, Some(content)) => Some(content.as_whole()?.file.executable),
            _ => None,
        }
    })
}

/// Decides, with the bytes of bases where those are needed. Returns the decision, and the files for
/// which something rendered by this program stood in for what was installed.
fn decide(
    session: &Session,
    inputs: &MergeInputs,
    base: &mut Base,
    ours: &Snapshot,
    upstream: &Upstream,
) -> Result<(Decision, BTreeSet<RelPath>)> {
    let lock = inputs.repo.lock.as_ref();
    let mut decision = tree::decide(base, ours, upstream, inputs.marks);
    let mut stand_ins = BTreeSet::new();
    if let Some(lock) = lock.filter(|_| decision.lacks_bases()) {
        let from = inputs.installed_from;
        stand_ins = learn(session, from, lock, base, &decision, upstream)?;
        decision = tree::decide(base, ours, upstream, inputs.marks);
    }
    if !decision.refusals.is_empty() {
        return Err(refused(&decision));
    }
    refuse_one_file(&session.workspace, &decision)?;
    if let Some(lock) = lock.filter(|_| !inputs.still.is_empty()) {
        from_lock::remember(inputs.still, lock, ours, &mut decision);
    }
    if let Some(lock) = lock
        && lock.inputs == *inputs.inputs
        && !inputs.repo.rejoined
    {
        rendered_as_locked(lock, &decision)?;
    }
    Ok((decision, stand_ins))
}

/// Takes a deletion back: what was deleted is missing.
fn bring_back(path: &RelPath, base: &mut Base, ours: &mut Snapshot) {
    if let Some(record) = base.files.get_mut(path) {
        ownership::of_mut(record).forget_deletion();
    }
    if let Some(local) = ours.get_mut(path) {
        match local.found {
            Found::Absent(_) => local.found = Found::Absent(Absence::Missing),
            _ => local.fresh = true,
        }
    }
}

/// Finds the bytes of bases that are needed: the lock has only digests of whole files. The repo's
/// git has what was committed once; what it lacks is rendered again. Where the registry no longer
/// has that, the places that need it are conflicts.
///
/// Returns the files that an earlier agentpkg had rendered otherwise, for which what this one
/// renders stands in: what it does otherwise counts as the team's edit then, so that nothing is
/// taken away on its word.
fn learn(
    session: &Session,
    registries: &Registries,
    lock: &Lock,
    base: &mut Base,
    merge: &Decision,
    upstream: &Upstream,
) -> Result<BTreeSet<RelPath>> {
    // What upstream has under another name is there under the old one.
    let is_needed =
        |path: &RelPath| merge.conflicts.contains_key(path) || !upstream.files.contains_key(path);
    let mut needed: BTreeMap<RelPath, WholeRecord> = BTreeMap::new();
    for (path, record) in &base.files {
        let whole = record.as_whole().filter(|_| is_needed(path));
        needed.extend(whole.map(|whole| (path.clone(), whole.clone())));
    }
    let found = git::blobs(
        session.workspace.root(),
        needed.values().map(|record| record.blob.as_str()),
    )?;
    for (path, record) in &needed {
        if let Some(bytes) = found
            .get(&record.blob)
            .filter(|bytes| Digest::of(bytes) == record.digest)
        {
            base.bytes.insert(path.clone(), bytes.clone());
        }
    }
    let mut stand_ins = BTreeSet::new();
    if needed.keys().any(|path| !base.bytes.contains_key(path))
        && let Ok(installed) = registries.upstream(lock)
    {
        base.learn(&installed);
        for path in needed.keys().filter(|_| !is_known(lock.inputs.renderer)) {
            if let Some(whole) = installed.files.get(path).and_then(Content::as_whole)
                && !base.bytes.contains_key(path)
            {
                base.bytes.insert(path.clone(), whole.file.bytes.clone());
                stand_ins.insert(path.clone());
            }
        }
    }
    // Only what is merged is of interest.
    stand_ins.retain(|path| merge.conflicts.contains_key(path));
    Ok(stand_ins)
}

/// Returns the error that lists everything which has to be mended first.
pub fn refused(merge: &Decision) -> Error {
    let on_the_way = on_the_way(merge);
    let behind: usize = on_the_way.iter().map(|(_, _, count)| count).sum();
    let places = merge.refusals.len() - behind + on_the_way.len();
    let what = words::count(places, "place");
    let mut error = Error::user(format!(
        "{what} in this repository can't be decided without you"
    ));
    let mut hints: Vec<Hint> = Vec::new();
    for (at, obstacle, count) in on_the_way {
        let (verb, files) = match count {
            1 => ("belongs", "1 file".to_owned()),
            _ => ("belong", words::count(count, "file")),
        };
        error = error.detail(format!(
            "`{at}` is {}, and {files} {verb} there",
            obstacle.what
        ));
        hints.push(away(at).into());
    }
    let mut places: Vec<_> = merge
        .refusals
        .iter()
        .filter(|(path, refusal)| folder_in_the_way(path, refusal).is_none())
        .collect();
    places.sort_by_cached_key(|(path, refusal)| ((*path).clone(), refusal.to_string()));
    for (path, refusal) in places {
        // A line reads best right behind its file.
        let colon = if refusal.line().is_some() { "" } else { ":" };
        error = error.detail(format!("`{path}`{colon} {refusal}"));
        let hint = Hint::text(way_out(path, refusal));
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    error.note("nothing was changed").hints(hints)
}

/// Refuses where a part of the repository isn't here in which files are, or would be: nobody can
/// say what became of them.
///
/// # Errors
/// With the commands that get it.
pub fn refuse_elsewhere(session: &Session, ours: &Snapshot) -> Result<()> {
    let mut lacking: BTreeSet<Elsewhere> = BTreeSet::new();
    let mut absent = Vec::new();
    for local in ours.values() {
        match &local.found {
            Found::Absent(Absence::Elsewhere(elsewhere)) => _ = lacking.insert(elsewhere.clone()),
            Found::Absent(_) => absent.push(&local.real),
            _ => {}
        }
    }
    let folders = snapshot::uninitialised(&session.workspace, absent)?;
    lacking.extend(folders.into_iter().map(Elsewhere::Submodule));
    if lacking.is_empty() {
        return Ok(());
    }
    let git = session.git();
    let mut error = Error::user("a part of this repository that has managed files isn't here");
    for elsewhere in &lacking {
        error = error.detail(elsewhere.to_string());
    }
    let mut commands: Vec<Hint> = lacking
        .iter()
        .map(|elsewhere| Hint::command(elsewhere.command(&git)))
        .collect();
    commands.dedup();
    Err(error.note("nothing was changed").hints(commands))
}

/// Refuses to take away a file that is one with another that stays: where a file system ignores
/// case, a release that renames `Foo.md` to `foo.md` would leave neither.
fn refuse_one_file(workspace: &Workspace, merge: &Decision) -> Result<()> {
    let mut staying: BTreeMap<String, Vec<&RelPath>> = BTreeMap::new();
    for path in merge.files.keys() {
        staying.entry(path.folded()).or_default().push(path);
    }
    let is_one = |one: &RelPath, other: &RelPath| {
        let root = workspace.root();
        one != other && fs::are_one(&one.under(root), &other.under(root))
    };
    let gone = merge.changes.iter().filter(|change| change.new.is_none());
    for path in gone.map(|change| &change.path) {
        let alike = staying.get(&path.folded()).into_iter().flatten();
        if let Some(stays) = alike.copied().find(|other| is_one(path, other)) {
            return Err(Error::user(format!(
                "the release renames `{path}` to `{stays}`, which is the same file here"
            ))
            .note("nothing was changed")
            .hint("run the command on a disk that tells them apart, commit, and pull that here"));
        }
    }
    Ok(())
}

/// Returns what lies on the way to files where a folder has to be, with how many these are.
fn on_the_way(merge: &Decision) -> Vec<(&RelPath, &Obstacle, usize)> {
    let mut found: Vec<(&RelPath, &Obstacle, usize)> = Vec::new();
    for (path, refusal) in &merge.refusals {
        let Some(obstacle) = folder_in_the_way(path, refusal) else {
            continue;
        };
        match found.iter_mut().find(|(at, ..)| **at == obstacle.at) {
            Some((.., count)) => *count += 1,
            None => found.push((&obstacle.at, obstacle, 1)),
        }
    }
    found
}

fn folder_in_the_way<'a>(path: &RelPath, refusal: &'a Refusal) -> Option<&'a Obstacle> {
    match refusal {
        Refusal::Obstacle(obstacle) if obstacle.at != *path => Some(obstacle),
        _ => None,
    }
}

/// What a person can do about a refusal.
fn way_out(path: &RelPath, refusal: &Refusal) -> String {
    match refusal {
        Refusal::TwoWrites => format!("make `{path}` and what links to it two files, or one"),
        Refusal::Obstacle(_) => away(path),
        Refusal::BothChanged | Refusal::BlockBothChanged(_) => {
            "set your edit aside, run the command again, and make it anew".to_owned()
        }
        Refusal::Value { .. } => {
            "give both the same value, or take yours out, and run the command again".to_owned()
        }
        Refusal::Invalid(_) | Refusal::Markers(_) | Refusal::NotText => {
            "mend it and run the command again".to_owned()
        }
        Refusal::ScriptGone(_) => "take the entry out, or bring the script back".to_owned(),
    }
}

fn away(path: &RelPath) -> String {
    format!("move `{path}` away and run the command again")
}

/// **What is installed is what was published**: the same inputs give what the lock recorded, or
/// something is wrong.
fn rendered_as_locked(lock: &Lock, merge: &Decision) -> Result<()> {
    for (path, record) in &lock.files {
        let now = merge.files.get(path);
        if !now.is_some_and(|now| ownership::of(record).is_rendered_as(now)) {
            return Err(Error::damaged(format!(
                "`{path}` would be rendered to other bytes than `{AGENTPKG_LOCK}` records"
            ))
            .note("nothing was changed")
            .hint_command(
                format!("if `{AGENTPKG_LOCK}` was edited"),
                format!("git checkout {AGENTPKG_LOCK}"),
            ));
        }
    }
    Ok(())
}
