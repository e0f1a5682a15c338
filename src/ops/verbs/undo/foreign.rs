//! `undo --interrupted`: a record that isn't carried out unasked, because it may be anybody's. It is
//! shown whole, and somebody says what becomes of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::lint;
use crate::merge::diff::unified;
use crate::model::digest::Digest;
use crate::model::lock::{AGENTPKG_LOCK, Approvals, Lock};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, Plan};
use crate::model::tree::{File, FileTree};
use crate::ops::steps::records::Records;
use crate::ops::{RecordDecision, Session};
use crate::render::capability::{self, CapabilityChange, Unapproved};
use crate::store::agent_files::AgentFiles;
use crate::store::archive;
use crate::store::fs::{Disk, OnDisk};
use crate::store::journal::{self, Course, JournalRecord, KeptFile, Pile, RecordState, Recovered};
use crate::store::lock_file::Writer;

/// How many digits the code has that approves a record.
const DIGITS: usize = 16;

/// What becomes of a record that isn't carried out unasked.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Codes that approve exactly what was shown.
    pub approve: Vec<String>,
    /// Whether it is set aside, and carried out by nobody.
    pub discard: bool,
    /// Whether it is shown, and nothing else.
    pub dry_run: bool,
}

/// A record, and all that carrying it out would do.
#[derive(Clone, Debug)]
pub struct Foreign {
    /// Where it lies.
    pub place: RelPath,
    /// The command, as the record says.
    pub verb: String,
    /// Whether the record is of a command that is undone, and not of one that was interrupted.
    pub undoes: bool,
    /// What would change in the repo.
    pub plan: Plan,
    /// What could run, reach out or widen then, and couldn't before, a line each.
    pub runs: Vec<String>,
    /// What it would do to each file.
    pub steps: Steps,
    /// What of the files changes, as unified diffs: all that anybody or anything could read there
    /// afterwards.
    pub diffs: Vec<String>,
    /// Files that stay although the record would take them back, since they were edited.
    pub kept: Vec<RelPath>,
    /// Why nobody can have it carried out, if that is so.
    pub only_discard: Option<String>,
    /// What approves exactly this.
    pub code: String,
}

/// What carrying out a record does to one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileStep {
    /// It isn't there, and will be.
    Creates,
    /// It gets other bytes, or only another executable bit.
    Changes {
        /// Whether it can be executed then, if that changes.
        executable: Option<bool>,
    },
    /// It goes.
    Deletes,
    /// It is so already.
    Already,
    /// Somebody edited it since: it stays.
    Stays,
}

/// What carrying out a record does, file by file.
pub type Steps = Vec<(RelPath, FileStep)>;

/// What became of it.
pub struct Outcome {
    /// The record.
    pub foreign: Foreign,
    /// What became of it.
    pub done: ForeignResult,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForeignResult {
    /// It was shown.
    Nothing,
    /// It was carried out.
    Carried(Recovered),
    /// It was set aside.
    Discarded {
        /// Where it lies.
        copy: RelPath,
        /// What its command had made already, and is there still.
        left: Vec<RelPath>,
    },
}

/// Shows the record that lies in the repo, and does with it what somebody says.
///
/// # Errors
/// When there is none; without a person, with all that there is to see and the commands that settle
/// it.
pub fn interrupted(context: &Session, options: &Options) -> Result<Outcome> {
    let records = Records::open(context)?;
    let Some((foreign, _)) = find(context, &records)? else {
        return Err(Error::user("no record here waits for anybody").hint("agentpkg status"));
    };
    if options.dry_run {
        return Ok(Outcome {
            foreign,
            done: ForeignResult::Nothing,
        });
    }
    let settle = decide(context, options, &foreign)?;
    if settle == RecordDecision::Leave {
        return Err(Error::user("it was not approved").note("nothing was changed"));
    }
    let _writer = Writer::enter(context.workspace.root(), "undo --interrupted")?;
    // What somebody saw has to be what is there still.
    let (again, record) = find(context, &records)?
        .filter(|(again, _)| again.code == foreign.code)
        .ok_or_else(|| {
            Error::user(format!("`{}` changed meanwhile", foreign.place)).hint(journal::SHOW)
        })?;
    let done = match settle {
        RecordDecision::Discard => discard(&records, &again, &record)?,
        _ if again.undoes => {
            let pile = pile_of(&again.place);
            records.apply(&again.plan, super::course(pile))?;
            ForeignResult::Carried(Recovered {
                verb: again.verb.clone(),
                finished: again
                    .plan
                    .changes
                    .iter()
                    .map(|one| one.path.clone())
                    .collect(),
                kept: again.kept.iter().map(kept).collect(),
            })
        }
        _ => ForeignResult::Carried(records.journal().carry_out(&record)?),
    };
    Ok(Outcome {
        foreign: again,
        done,
    })
}

fn kept(path: &RelPath) -> KeptFile {
    KeptFile {
        path: path.clone(),
        copy: None,
    }
}

/// Sets a record aside, with what its command had laid ready: the record has all of these bytes.
fn discard(records: &Records, foreign: &Foreign, record: &JournalRecord) -> Result<ForeignResult> {
    let copy = records.journal().discard(&foreign.place)?;
    if foreign.only_discard.is_none() && !foreign.undoes {
        for (temp, change) in record.temps() {
            let found = records.disk().look(&temp)?;
            if found.is(change.new.as_ref()) || found.is(change.old.as_ref()) {
                records.disk().remove_file(&temp)?;
            }
        }
    }
    let is_left = |(_, step): &&(RelPath, FileStep)| *step == FileStep::Already && !foreign.undoes;
    let left = foreign.steps.iter().filter(is_left);
    Ok(ForeignResult::Discarded {
        copy,
        left: left.map(|(path, _)| path.clone()).collect(),
    })
}

/// Returns what is to become of it: as the options say, or as a person does.
fn decide(context: &Session, options: &Options, foreign: &Foreign) -> Result<RecordDecision> {
    if options.discard {
        return Ok(RecordDecision::Discard);
    }
    if foreign.only_discard.is_none() && options.approve.contains(&foreign.code) {
        return Ok(RecordDecision::CarryOut);
    }
    let Some(person) = context.person.filter(|_| options.approve.is_empty()) else {
        return Err(refused(foreign));
    };
    context.progress.stop();
    person.decide_record(foreign)
}

/// All that there is to see, and the commands that settle it.
fn refused(foreign: &Foreign) -> Error {
    let mut error = Error::user(foreign.title());
    for line in foreign.lines() {
        error = error.detail(line);
    }
    for diff in &foreign.diffs {
        error = error.exhibit(diff.clone());
    }
    error = match foreign.only_discard {
        Some(_) => error.note("nothing was changed"),
        None => error
            .note("nothing was changed; what comes next does exactly what is shown here")
            .hint(format!("{} --approve {}", journal::SHOW, foreign.code)),
    };
    error.hint(format!("{} --discard", journal::SHOW))
}

impl Foreign {
    /// Returns what it is, in a sentence.
    pub fn title(&self) -> String {
        let what = match self.undoes {
            true => "undo what",
            false => "finish what",
        };
        format!(
            "`{}` would {what} `{}` did, and wasn't written by you at this place",
            self.place, self.verb
        )
    }

    /// Returns what it would do, a line each.
    pub fn lines(&self) -> Vec<String> {
        let step = |(path, step): &(RelPath, FileStep)| match step {
            FileStep::Creates => format!("creates {path}"),
            FileStep::Changes { executable: None } => format!("changes {path}"),
            FileStep::Changes {
                executable: Some(true),
            } => format!("changes {path}, which can be executed then"),
            FileStep::Changes {
                executable: Some(false),
            } => format!("changes {path}, which can't be executed any more"),
            FileStep::Deletes => format!("deletes {path}"),
            FileStep::Already => format!("leaves {path}, which is so already"),
            FileStep::Stays => format!("leaves {path}, which was edited since"),
        };
        let mut lines: Vec<String> = self.steps.iter().map(step).collect();
        lines.extend(self.runs.iter().map(|run| format!("may run: {run}")));
        lines.extend(
            self.only_discard
                .iter()
                .map(|why| format!("it can only be discarded: {why}")),
        );
        lines
    }
}

/// Returns the record that waits: of an interrupted command, or else the newest of those that can
/// be taken back or done again.
fn find(context: &Session, records: &Records) -> Result<Option<(Foreign, JournalRecord)>> {
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
            foreign(context, records, &place, &record, is_tracked)?,
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
    context: &Session,
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
        let outcome = super::taken_back(context, &record.plan, pile_of(place))?;
        (plan, verb, kept) = (outcome.plan, outcome.verb, outcome.kept);
    }
    let mut runs = news(context, &plan)?;
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
    let text = |file: &Option<File>| {
        let bytes = file.as_ref().map(|file| file.bytes.clone());
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    };
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
            diffs.push(unified(path.as_str(), &text(old), &text(new)));
        }
    }
    Ok((steps, diffs))
}

/// Returns what a lock that a plan writes takes for approved, and the one that is there doesn't: the
/// next command would bring that without asking.
fn approvals(records: &Records, plan: &Plan) -> Result<Vec<String>> {
    let approved = |file: Option<&File>| {
        let lock = file.and_then(|file| Lock::parse(file.text()?).ok());
        lock.map(|lock| lock.approvals).unwrap_or_default()
    };
    let place = rel(AGENTPKG_LOCK);
    let now = match records.disk().look(&place)? {
        OnDisk::File(file) => approved(Some(&file)),
        _ => Approvals::new(),
    };
    let change = plan.changes.iter().find(|change| change.path == place);
    let then = approved(change.and_then(|change| change.new.as_ref()));
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

fn pile_of(place: &RelPath) -> Pile {
    match *place == Pile::Undone.newest() {
        true => Pile::Undone,
        false => Pile::Done,
    }
}

/// Returns which files a plan makes of which, in digests.
fn content(plan: &Plan) -> String {
    let state = |file: &Option<File>| {
        file.as_ref().map_or("none".to_owned(), |file| {
            format!("{} {}", file.mode(), Digest::of(&file.bytes))
        })
    };
    let changes = plan.changes.iter();
    let lines =
        changes.map(|one| format!("{:?} {} {}\n", one.path, state(&one.old), state(&one.new)));
    lines.collect()
}

/// Returns why nobody can have a record carried out, if one of its paths is none that a release may
/// have, leads over a link, or stands for two files.
fn refused_path(records: &Records, record: &JournalRecord) -> Result<Option<String>> {
    let mut seen: BTreeMap<String, &RelPath> = BTreeMap::new();
    if let Some(link) = link_below(records, &rel(journal::KEPT), record)? {
        return Ok(Some(format!("`{link}` is a link")));
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
            if records.disk().look(&place)? == OnDisk::Link {
                return Ok(Some(format!("`{place}` is a link")));
            }
        }
    }
    // What lies where a file would be on its way is put back, whatever it is.
    for (temp, change) in record.temps() {
        let found = records.disk().look(&temp)?;
        let is_file = |file: &Option<File>| file.is_some() && found.is(file.as_ref());
        if found != OnDisk::Absent && !is_file(&change.old) && !is_file(&change.new) {
            return Ok(Some(format!("something else lies at `{temp}`")));
        }
    }
    let folder = |path: &&&RelPath| {
        path.ancestors()
            .any(|above| seen.contains_key(&above.folded()))
    };
    Ok(seen
        .values()
        .find(folder)
        .map(|path| format!("a folder of `{path}` is a file")))
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
        if records.disk().look(&folder)? == OnDisk::Link {
            return Ok(Some(folder));
        }
    }
    Ok(None)
}

/// Returns what could run once a plan is carried out and couldn't before. Settings that are there
/// may run what the plan changes, so all that agents read is looked at.
fn news(context: &Session, plan: &Plan) -> Result<Vec<String>> {
    let (before, after) = trees(context, plan)?;
    let (had, will) = (capability::of_files(&before), capability::of_files(&after));
    let known: BTreeSet<Digest> = had.iter().map(|one| one.digest).collect();
    let review = capability::review(&Approvals::new(), &had, &will);
    let is_new = |item: &Unapproved| {
        item.fate == CapabilityChange::Lost || !known.contains(&item.capability.digest)
    };
    let line = |item: Unapproved| {
        let capability = &item.capability;
        let was_there = had.iter().any(|one| one.id() == capability.id());
        let fate = match item.fate {
            CapabilityChange::New if was_there => CapabilityChange::Changed,
            fate => fate,
        };
        format!("{} {}: {capability}", fate.as_str(), capability.kind)
    };
    Ok(review.items.into_iter().filter(is_new).map(line).collect())
}

/// Returns what agents read and run here, with all that a plan changes: before it, and after.
fn trees(context: &Session, plan: &Plan) -> Result<(FileTree, FileTree)> {
    let root = context.workspace.root();
    let mut read = AgentFiles::read(&context.workspace)?;
    // Nobody but agentpkg reads these two, whatever they name.
    let changes = || {
        let changes = plan.changes.iter();
        changes.filter(|one| !matches!(one.path.as_str(), AGENTPKG_TOML | AGENTPKG_LOCK))
    };
    for change in changes() {
        read.add(root, change.path.clone())?;
    }
    let after_of = |before: &FileTree| {
        let mut after = before.clone();
        for FileChange { path, new, .. } in changes() {
            match new {
                Some(file) => after.insert(path.clone(), file.clone()),
                None => after.remove(path),
            };
        }
        after
    };
    for script in lint::scripts(&after_of(&read.files)) {
        read.add(root, script)?;
    }
    let after = after_of(&read.files);
    Ok((read.files, after))
}
