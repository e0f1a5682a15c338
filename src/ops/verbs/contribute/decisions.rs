//! How each hunk of an edit is read: as the command line says, or a person who is asked.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::render::reverse::{EditHunk, HunkDecision, HunkFate, Reading};
use crate::words;

use crate::ops::Session;

use super::Options;
use super::edits::{Decisions, Draft};

/// Makes the edit with every decision that is to be had: from the command line, and from a person.
pub fn decided(
    session: &Session,
    options: &Options,
    draft: &dyn Fn(&Decisions) -> Result<Draft>,
) -> Result<Draft> {
    let mut decisions = Decisions::new();
    let first = typed(options, &mut decisions, draft)?;
    let Some(person) = session.person.filter(|_| !options.yes) else {
        return Ok(first);
    };
    session.progress.stop();
    let mut choices: Vec<(RelPath, usize)> = Vec::new();
    for file in &first.files {
        choices.extend((0..file.hunks.len().max(1)).map(|index| (file.path.clone(), index)));
    }
    let picked = if choices.len() > 1 {
        person.pick(&first.files)?
    } else {
        vec![true; choices.len()]
    };
    for ((path, index), picked) in choices.iter().zip(picked) {
        if !picked {
            decide(&mut decisions, path, *index, None);
        }
    }
    // What is decided of one hunk may be what makes the next one plain.
    let mut now = draft(&decisions)?;
    let mut asked: BTreeSet<(RelPath, usize)> = BTreeSet::new();
    while let Some((path, index, hunk, readings)) = open(&now, &asked) {
        let answer = person.read(&path, &hunk, &readings)?;
        asked.insert((path.clone(), index));
        decide(&mut decisions, &path, index, answer);
        now = draft(&decisions)?;
    }
    Ok(now)
}

/// Makes the edit with the decisions of the command line.
fn typed(
    options: &Options,
    decisions: &mut Decisions,
    draft: &dyn Fn(&Decisions) -> Result<Draft>,
) -> Result<Draft> {
    let mut first = draft(decisions)?;
    for read in &options.readings {
        let file = first.files.iter().find(|file| file.path == read.path);
        let hunks = file.map_or(0, |file| file.hunks.len().max(1));
        if read.hunk == 0 || read.hunk > hunks {
            return Err(Error::user(format!(
                "there is no hunk {} in what was edited of `{}`",
                read.hunk, read.path
            )));
        }
        let reading = read.reading.checked_sub(1);
        decide(decisions, &read.path, read.hunk - 1, reading);
    }
    if !options.readings.is_empty() {
        first = draft(decisions)?;
    }
    for read in options.readings.iter().filter(|read| read.reading > 0) {
        let file = first.files.iter().find(|file| file.path == read.path);
        let fate = file
            .and_then(|file| file.hunks.get(read.hunk - 1))
            .map(|(_, fate)| fate);
        if let Some(HunkFate::Asked(readings)) = fate {
            let count = words::count(readings.len(), "way");
            return Err(Error::user(format!(
                "hunk {} of `{}` can be read in {count}",
                read.hunk, read.path
            ))
            .command(format!("--read {}#{}=1", read.path, read.hunk)));
        }
    }
    Ok(first)
}

/// Says how a hunk of a file is read; `None` leaves it out.
fn decide(decisions: &mut Decisions, path: &RelPath, hunk: usize, reading: Option<usize>) {
    let hunks = decisions.entry(path.clone()).or_default();
    hunks.resize(hunks.len().max(hunk + 1), HunkDecision::Map);
    hunks[hunk] = reading.map_or(HunkDecision::Leave, HunkDecision::Read);
}

/// Returns the first hunk that can be read in several ways and wasn't asked about.
fn open(
    draft: &Draft,
    asked: &BTreeSet<(RelPath, usize)>,
) -> Option<(RelPath, usize, EditHunk, Vec<Reading>)> {
    for file in &draft.files {
        for (index, (hunk, fate)) in file.hunks.iter().enumerate() {
            let path = file.path.clone();
            if let HunkFate::Asked(readings) = fate
                && !asked.contains(&(path.clone(), index))
            {
                return Some((path, index, hunk.clone(), readings.clone()));
            }
        }
    }
    None
}
