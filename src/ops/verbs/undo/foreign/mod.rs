//! `undo --interrupted`: a record that isn't carried out unasked, because it may be anybody's. It
//! is shown whole, and somebody says what becomes of it.

mod examine;

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::store::fs::Disk;
use crate::store::journal::{self, JournalRecord, KeptFile, Pile, Recovered};
use crate::store::lock_file::Writer;

use crate::ops::steps::records::Records;
use crate::ops::{RecordDecision, Session};

use examine::find;

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
pub fn interrupted(session: &Session, options: &Options) -> Result<Outcome> {
    let records = Records::open(session)?;
    let Some((foreign, _)) = find(session, &records)? else {
        return Err(Error::user("no record here waits for anybody").command("agentpkg status"));
    };
    if options.dry_run {
        return Ok(Outcome {
            foreign,
            done: ForeignResult::Nothing,
        });
    }
    let settle = decide(session, options, &foreign)?;
    if settle == RecordDecision::Leave {
        return Err(Error::user("it was not approved").note("nothing was changed"));
    }
    let _writer = Writer::enter(session.workspace.root(), "undo --interrupted")?;
    // What somebody saw has to be what is there still.
    let (again, record) = find(session, &records)?
        .filter(|(again, _)| again.code == foreign.code)
        .ok_or_else(|| {
            Error::user(format!("`{}` changed meanwhile", foreign.place)).command(journal::SHOW)
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
        for (temp, ends) in record.temps() {
            let found = records.disk().look(&temp)?;
            if ends.iter().any(|node| found.is_file_or_link(node.as_ref())) {
                records.disk().remove_file(&temp)?;
            }
        }
    }
    let mut left = Vec::new();
    for (path, step) in &foreign.steps {
        if *step == FileStep::Already && !foreign.undoes {
            left.push(path.clone());
        }
    }
    Ok(ForeignResult::Discarded { copy, left })
}

/// Returns what is to become of it: as the options say, or as a person does.
fn decide(session: &Session, options: &Options, foreign: &Foreign) -> Result<RecordDecision> {
    if options.discard {
        return Ok(RecordDecision::Discard);
    }
    if foreign.only_discard.is_none() && options.approve.contains(&foreign.code) {
        return Ok(RecordDecision::CarryOut);
    }
    let Some(person) = session.person.filter(|_| options.approve.is_empty()) else {
        return Err(refused(foreign));
    };
    session.progress.stop();
    person.decide_record(foreign)
}

/// All that there is to see, and the commands that settle it.
fn refused(foreign: &Foreign) -> Error {
    let mut error = Error::user(foreign.title());
    for line in foreign.lines() {
        error = error.detail(line);
    }
    for diff in &foreign.diffs {
        error = error.diff(diff.clone());
    }
    error = match foreign.only_discard {
        Some(_) => error.note("nothing was changed"),
        None => error
            .note("nothing was changed; what comes next does exactly what is shown here")
            .command(format!("{} --approve {}", journal::SHOW, foreign.code)),
    };
    error.command(format!("{} --discard", journal::SHOW))
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
        let mut lines = Vec::new();
        for (path, step) in &self.steps {
            lines.push(step.describe(path));
        }
        for run in &self.runs {
            lines.push(format!("may run: {run}"));
        }
        if let Some(why) = &self.only_discard {
            lines.push(format!("it can only be discarded: {why}"));
        }
        lines
    }
}

impl FileStep {
    fn describe(self, path: &RelPath) -> String {
        match self {
            Self::Creates => format!("creates {path}"),
            Self::Changes { executable: None } => format!("changes {path}"),
            Self::Changes {
                executable: Some(true),
            } => format!("changes {path}, which can be executed then"),
            Self::Changes {
                executable: Some(false),
            } => format!("changes {path}, which can't be executed any more"),
            Self::Deletes => format!("deletes {path}"),
            Self::Already => format!("leaves {path}, which is so already"),
            Self::Stays => format!("leaves {path}, which was edited since"),
        }
    }
}

fn pile_of(place: &RelPath) -> Pile {
    match *place == Pile::Undone.newest() {
        true => Pile::Undone,
        false => Pile::Done,
    }
}
