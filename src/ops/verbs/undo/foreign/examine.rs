//! What a record that may be anybody's would do: to each file, and to what can run afterwards.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::agent::AGENTS_MD;
use crate::agent::claude::ROOTS;
use crate::error::Result;
use crate::lint;
use crate::merge::diff::unified;
use crate::model::digest::Digest;
use crate::model::lock::{AGENTPKG_LOCK, Approvals, Lock};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, LinkChange, Plan};
use crate::model::tree::{File, FileOrLink, FileTree};
use crate::render::capability::{self, CapabilityChange, Unapproved};
use crate::store::agent_files::AgentFiles;
use crate::store::archive;
use crate::store::fs::{Disk, OnDisk};
use crate::store::journal::{self, Course, JournalRecord, Pile, RecordState};

use crate::ops::Session;
use crate::ops::steps::records::Records;

use super::{FileStep, Foreign, Steps};

/// How many digits the code has that approves a record.
const DIGITS: usize = 16;

/// Returns the record that waits: of an interrupted command, or else the newest of those that can
/// be taken back or done again.
pub fn find(session: &Session, records: &Records) -> Result<Option<(Foreign, JournalRecord)>> {
    let places = [
        journal::journal(),
        Pile::Done.newest(),
        Pile::Undone.newest(),
    ];
    for place in places {
        let is_tracked = records.is_tracked(&place)?;
        let record = match records.journal().standing(&place)? {
            RecordState::Foreign(record) => record,
            RecordState::Own(record) if is_tracked => record,
            // What git tracks and is no record can be discarded all the same.
            RecordState::Damaged | RecordState::Newer if is_tracked => nobodys(),
            _ => continue,
        };
        return Ok(Some((
            foreign(session, records, &place, &record, is_tracked)?,
            record,
        )));
    }
    Ok(None)
}

/// A record of nothing.
fn nobodys() -> JournalRecord {
    JournalRecord {
        plan: Plan::new("agentpkg", Vec::new()),
        course: Course::Do,
        id: String::new(),
        digest: Digest::of(b""),
    }
}

fn foreign(
    session: &Session,
    records: &Records,
    place: &RelPath,
    record: &JournalRecord,
    is_tracked: bool,
) -> Result<Foreign> {
    let undoes = *place != journal::journal();
    let only_discard = match is_tracked {
        true => Some(format!("git tracks `{place}`")),
        false => refused_path(records, record)?,
    };
    let mut plan = record.plan.clone();
    let mut verb = plan.verb.clone();
    let mut kept = Vec::new();
    if undoes && only_discard.is_none() {
        let outcome = super::super::taken_back(session, &record.plan, super::pile_of(place))?;
        (plan, verb, kept) = (outcome.plan, outcome.verb, outcome.kept);
    }
    let mut runs = news(session, &plan)?;
    runs.extend(approvals(records, &plan)?);
    let (steps, diffs) = steps(records, &plan)?;
    let seen = format!("{place} {} {} {runs:?}", record.digest, content(&plan));
    let code = Digest::of(format!("{seen} {steps:?} {diffs:?}").as_bytes());
    Ok(Foreign {
        place: place.clone(),
        verb,
        undoes,
        runs,
        steps,
        diffs,
        kept,
        only_discard,
        code: code.hex()[..DIGITS].to_owned(),
        plan,
    })
}

/// Returns what a plan does to each file as it is now, and the differences that makes.
fn steps(records: &Records, plan: &Plan) -> Result<(Steps, Vec<String>)> {
    let (mut steps, mut diffs) = (Vec::new(), Vec::new());
    for FileChange { path, old, new, .. } in &plan.changes {
        let found = records.disk().look(path)?;
        let step = match (old, new) {
            _ if found.is(new.as_ref()) => FileStep::Already,
            _ if !found.is(old.as_ref()) => FileStep::Stays,
            (None, _) => FileStep::Creates,
            (_, None) => FileStep::Deletes,
            (Some(old), Some(new)) => FileStep::Changes {
                executable: Some(new.executable).filter(|after| *after != old.executable),
            },
        };
        steps.push((path.clone(), step));
        // What is so already may have been made by a command that nobody saw either.
        if step != FileStep::Stays {
            let [old, new] = [old, new].map(|file| match file {
                Some(file) => String::from_utf8_lossy(&file.bytes),
                None => Cow::Borrowed(""),
            });
            diffs.push(unified(path.as_str(), &old, &new));
        }
    }
    for link in &plan.links {
        steps.push((link.path.clone(), link_step(records, link)?));
        let [old, new] = [&link.old, &link.new].map(|node| match node {
            Some(FileOrLink::Link(target)) => format!("a link to {target}\n"),
            Some(FileOrLink::File(file)) => String::from_utf8_lossy(&file.bytes).into_owned(),
            None => String::new(),
        });
        diffs.push(unified(link.path.as_str(), &old, &new));
    }
    Ok((steps, diffs))
}

/// Returns what a plan does to a link, as it is now.
fn link_step(records: &Records, link: &LinkChange) -> Result<FileStep> {
    let found = records.disk().look(&link.path)?;
    Ok(match (&link.old, &link.new) {
        _ if found.is_file_or_link(link.new.as_ref()) => FileStep::Already,
        _ if !found.is_file_or_link(link.old.as_ref()) => FileStep::Stays,
        (None, _) => FileStep::Creates,
        (_, None) => FileStep::Deletes,
        (Some(_), Some(_)) => FileStep::Changes { executable: None },
    })
}

/// Returns whether a link is the one that agentpkg makes: CLAUDE.md, leading to AGENTS.md.
fn is_own_link(link: &LinkChange) -> bool {
    let mut ends = [&link.old, &link.new].into_iter().flatten();
    link.path.as_str() == ROOTS[0]
        && ends.all(|node| match node {
            FileOrLink::Link(target) => target == AGENTS_MD,
            FileOrLink::File(_) => true,
        })
}

/// Returns what a lock that a plan writes takes for approved, and the one that is there doesn't:
/// the next command would bring that without asking.
fn approvals(records: &Records, plan: &Plan) -> Result<Vec<String>> {
    let place = rel(AGENTPKG_LOCK);
    let now = match records.disk().look(&place)? {
        OnDisk::File(file) => approvals_in(Some(&file)),
        _ => Approvals::new(),
    };
    let change = plan.changes.iter().find(|change| change.path == place);
    let then = approvals_in(change.and_then(|change| change.new.as_ref()));
    let mut lines = Vec::new();
    for (template, ids) in &then {
        for (id, digests) in ids {
            let known = now.get(template).and_then(|known| known.get(id));
            if known != Some(digests) {
                lines.push(format!(
                    "what `{AGENTPKG_LOCK}` takes for approved of {template}: {id}"
                ));
            }
        }
    }
    Ok(lines)
}

fn approvals_in(lock: Option<&File>) -> Approvals {
    let lock = lock.and_then(|file| Lock::parse(file.text()?).ok());
    lock.map(|lock| lock.approvals).unwrap_or_default()
}

/// Returns which files a plan makes of which, in digests.
fn content(plan: &Plan) -> String {
    let mut lines = String::new();
    for FileChange { path, old, new, .. } in &plan.changes {
        let [old, new] = [old, new].map(|file| match file {
            Some(file) => format!("{} {}", file.mode(), Digest::of(&file.bytes)),
            None => "none".to_owned(),
        });
        lines += &format!("{path:?} {old} {new}\n");
    }
    for LinkChange { path, old, new } in &plan.links {
        lines += &format!("{path:?} {old:?} {new:?}\n");
    }
    lines
}

/// Returns why nobody can have a record carried out, if one of its paths is none that a release may
/// have, leads over a link, or stands for two files.
fn refused_path(records: &Records, record: &JournalRecord) -> Result<Option<String>> {
    let mut seen: BTreeMap<String, &RelPath> = BTreeMap::new();
    if let Some(link) = link_below(records, &rel(journal::KEPT), record)? {
        return Ok(Some(format!("`{link}` is a link")));
    }
    for link in &record.plan.links {
        if !is_own_link(link) {
            let why = format!("it makes or removes the link `{}`", link.path);
            return Ok(Some(why));
        }
    }
    for path in record.plan.changes.iter().map(|change| &change.path) {
        if let Err(error) = archive::check_path(path.as_str()) {
            return Ok(Some(error.message().to_owned()));
        }
        if path.folded().split('/').next() == Some(journal::HOME) {
            return Ok(Some(format!("`{path}` is agentpkg's own")));
        }
        if seen.insert(path.folded(), path).is_some() {
            return Ok(Some(format!("`{path}` is there twice")));
        }
        for place in path.ancestors().chain([path.clone()]) {
            if let OnDisk::Link(_) = records.disk().look(&place)? {
                return Ok(Some(format!("`{place}` is a link")));
            }
        }
    }
    // What lies where a file would be on its way is put back, whatever it is.
    for (temp, ends) in record.temps() {
        let found = records.disk().look(&temp)?;
        let mut own = ends.iter().flatten();
        if found != OnDisk::Absent && !own.any(|node| found.is_file_or_link(Some(node))) {
            return Ok(Some(format!("something else lies at `{temp}`")));
        }
    }
    for path in seen.values() {
        let mut folders = path.ancestors();
        if folders.any(|folder| seen.contains_key(&folder.folded())) {
            return Ok(Some(format!("a folder of `{path}` is a file")));
        }
    }
    Ok(None)
}

/// Returns a link on the way to where files of a record would be kept, if there is one.
fn link_below(
    records: &Records,
    kept: &RelPath,
    record: &JournalRecord,
) -> Result<Option<RelPath>> {
    let mut folders = vec![kept.clone(), kept.join(&record.id)?];
    for change in &record.plan.changes {
        for above in change.path.ancestors() {
            folders.push(folders[1].join(above.as_str())?);
        }
    }
    for folder in folders {
        if let OnDisk::Link(_) = records.disk().look(&folder)? {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

/// Returns what could run once a plan is carried out and couldn't before. Settings that are there
/// may run what the plan changes, so all that agents read is looked at.
fn news(session: &Session, plan: &Plan) -> Result<Vec<String>> {
    let (before, after) = trees(session, plan)?;
    let (had, will) = (capability::of_files(&before), capability::of_files(&after));
    let known: BTreeSet<Digest> = had.iter().map(|one| one.digest).collect();
    let review = capability::review(&Approvals::new(), &had, &will);
    let mut lines = Vec::new();
    for Unapproved {
        capability, fate, ..
    } in review.items
    {
        if fate != CapabilityChange::Lost && known.contains(&capability.digest) {
            continue;
        }
        let was_there = had.iter().any(|one| one.id() == capability.id());
        let fate = match fate {
            CapabilityChange::New if was_there => CapabilityChange::Changed,
            fate => fate,
        };
        lines.push(format!(
            "{} {}: {capability}",
            fate.as_str(),
            capability.kind
        ));
    }
    Ok(lines)
}

/// Returns what agents read and run here, with all that a plan changes: before it, and after.
fn trees(session: &Session, plan: &Plan) -> Result<(FileTree, FileTree)> {
    let root = session.workspace.root();
    let mut read = AgentFiles::read(&session.workspace)?;
    for change in read_by_agents(plan) {
        read.add(root, change.path.clone())?;
    }
    for script in lint::scripts(&carried_out(plan, &read.files)) {
        read.add(root, script)?;
    }
    let after = carried_out(plan, &read.files);
    Ok((read.files, after))
}

/// Returns the changes of a plan but for those of the two files that nobody but agentpkg reads,
/// whatever they name.
fn read_by_agents(plan: &Plan) -> impl Iterator<Item = &FileChange> {
    let changes = plan.changes.iter();
    changes.filter(|one| !matches!(one.path.as_str(), AGENTPKG_TOML | AGENTPKG_LOCK))
}

fn carried_out(plan: &Plan, before: &FileTree) -> FileTree {
    let mut after = before.clone();
    for FileChange { path, new, .. } in read_by_agents(plan) {
        match new {
            Some(file) => after.insert(path.clone(), file.clone()),
            None => after.remove(path),
        };
    }
    after
}
