//! `resolve`: settle what an upgrade left to a person, on any machine: the lock has both sides.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::agent::POLICIES;
use crate::error::{Error, Result};
use crate::merge::pieces::Side;
use crate::merge::unsettled::settle;
use crate::model::conflict::{At, Open};
use crate::model::lock::{AGENTPKG_LOCK, Lock, Record};
use crate::model::path::{RelPath, rel};
use crate::model::plan::{Change, Plan, Stage};
use crate::model::tree::File;
use crate::model::upstream::{Content, Upstream};
use crate::store::journal::Recovered;
use crate::tree::Found;

use super::approval;
use super::as_locked;
use super::releases::Registries;
use super::repo::Repo;
use super::unsettled::{self, Conflicts};
use super::{Choice, Context, writing};

/// What to settle, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The files; all where none is named.
    pub paths: Vec<RelPath>,
    /// The side that is taken everywhere; a person is asked where none is named.
    pub side: Option<Side>,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
}

/// What was settled.
pub struct Outcome {
    /// Whether the plan was carried out.
    pub applied: bool,
    /// What changes in the repo.
    pub plan: Plan,
    /// What was settled now, and which side was taken.
    pub settled: Vec<(RelPath, Open, Side)>,
    /// Files whose conflicts were settled by editing them.
    pub by_hand: Vec<RelPath>,
    /// What still waits for a person.
    pub left: Conflicts,
    /// What an earlier command had left to do.
    pub recovered: Option<Recovered>,
}

/// Settles conflicts.
pub fn resolve(context: &Context, options: &Options) -> Result<Outcome> {
    // A person takes the time they take: what they choose comes before the repo is locked.
    let choices = choose(context, options)?;
    if options.dry_run {
        return compute(context, options, &choices);
    }
    let decide = || compute(context, options, &choices);
    let (mut outcome, recovered) =
        writing::alone(context, "resolve", decide, |outcome| &outcome.plan)?;
    outcome.applied = true;
    outcome.recovered = recovered;
    Ok(outcome)
}

/// What is taken at each place, in the order of the paths and places that are open.
type Choices = Vec<(RelPath, Open, Choice)>;

fn choose(context: &Context, options: &Options) -> Result<Choices> {
    let repo = Repo::read(&context.workspace)?;
    let lock = repo.installed()?;
    let open = unsettled::still_open(context, lock)?;
    // A file is named by where the team keeps it, or by what the template calls it.
    let is_named =
        |path: &RelPath, name: &RelPath| path == name || unsettled::place_of(lock, path) == name;
    for name in &options.paths {
        if !open.keys().any(|path| is_named(path, name)) {
            let error =
                Error::user(format!("no conflict of `{name}` is open")).note("nothing was changed");
            let places = open.keys().map(|path| unsettled::place_of(lock, path));
            return Err(places.fold(error, |error, path| {
                error.hint(format!("agentpkg resolve {path}"))
            }));
        }
    }
    let is_wanted = |path: &RelPath| {
        options.paths.is_empty() || options.paths.iter().any(|name| is_named(path, name))
    };
    let wanted = open.into_iter().filter(|(path, _)| is_wanted(path));
    let places: Vec<(RelPath, Open)> = wanted
        .flat_map(|(path, places)| places.into_iter().map(move |place| (path.clone(), place)))
        .collect();
    match (options.side, context.person) {
        (Some(Side::Theirs), _) => Ok(places
            .into_iter()
            .map(|(path, open)| (path, open, Choice::Upstream))
            .collect()),
        (Some(_), _) => Ok(places
            .into_iter()
            .map(|(path, open)| (path, open, Choice::Local))
            .collect()),
        (None, Some(person)) => {
            context.progress.stop();
            let ask = |(path, open): (RelPath, Open)| {
                let choice = person.choose(&path, &open)?;
                Ok((path, open, choice))
            };
            places.into_iter().map(ask).collect()
        }
        (None, None) if places.is_empty() => Ok(Vec::new()),
        (None, None) => {
            let error = Error::user("nobody is here to be asked which side to take");
            let lines = places
                .iter()
                .map(|(path, open)| format!("`{path}`: {}", open.place()));
            Err(lines
                .fold(error, Error::detail)
                .note("nothing was changed")
                .hint("keep yours: agentpkg resolve --local --all, or --local PATH")
                .hint("take the release's: agentpkg resolve --upstream --all, or --upstream PATH"))
        }
    }
}

fn compute(context: &Context, options: &Options, choices: &Choices) -> Result<Outcome> {
    let repo = Repo::read(&context.workspace)?;
    let mut lock = repo.installed()?.clone();
    if choices
        .iter()
        .any(|(_, _, choice)| *choice == Choice::Upstream)
    {
        as_approved(context, &lock, choices)?;
    }
    let mut left = unsettled::still_open(context, &lock)?;
    let by_hand = lock
        .conflicts
        .keys()
        .filter(|path| !left.contains_key(*path))
        .cloned()
        .collect();
    let mut files: BTreeMap<RelPath, (Option<File>, Option<File>)> = BTreeMap::new();
    let mut settled = Vec::new();
    let mut upstream = None;
    for (path, open, choice) in choices {
        let side = match choice {
            Choice::Local => Side::Ours,
            Choice::Upstream => Side::Theirs,
            Choice::Later => continue,
        };
        let Some(places) = left.get_mut(path) else {
            continue;
        };
        let Some(index) = places.iter().position(|place| place == open) else {
            continue;
        };
        let real = real_path(context, &lock, path)?;
        let now = context.workspace.file(&real)?;
        let (_, file) = files
            .entry(real.clone())
            .or_insert_with(|| (now.clone(), now));
        let new = match (&open.at, side) {
            (At::File(_), Side::Theirs) => {
                if upstream.is_none() {
                    upstream = Some(as_locked::installed(
                        context,
                        &Registries::new(context, &repo.manifest)?,
                        &lock,
                    )?);
                }
                Some(whole(context, upstream.as_ref(), path)?)
            }
            (At::File(_), _) => file.clone(),
            _ => Some(in_place(path, open, file.as_ref(), side)?),
        };
        *file = new;
        if let (At::File(_), Side::Theirs, Some(Record::Whole(whole))) =
            (&open.at, side, lock.files.get_mut(path))
        {
            whole.deleted = false;
        }
        places.remove(index);
        settled.push((unsettled::place_of(&lock, path).clone(), open.clone(), side));
    }
    left.retain(|_, places| !places.is_empty());
    lock.conflicts.clone_from(&left);
    let left = unsettled::shown(&lock, left);
    let stage = |file: &File| {
        if file.executable {
            Stage::Script
        } else {
            Stage::File
        }
    };
    let mut changes: Vec<Change> = files
        .into_iter()
        .map(|(path, (old, new))| Change {
            path,
            stage: new.as_ref().map_or(Stage::Deletion, stage),
            old,
            new,
        })
        .collect();
    changes.push(Change {
        path: rel(AGENTPKG_LOCK),
        stage: Stage::Lock,
        old: repo.lock_text.as_deref().map(File::plain),
        new: Some(File::plain(lock.to_text())),
    });
    let plan = Plan::new(command(options), changes);
    Ok(Outcome {
        applied: false,
        plan,
        settled,
        by_hand,
        left,
        recovered: None,
    })
}

/// **What `resolve` puts in was approved with the upgrade that left it**: the lock's upstream side
/// of settings is what the lock says templates bring, and that is approved. A lock that says
/// otherwise was edited.
fn as_approved(context: &Context, lock: &Lock, choices: &Choices) -> Result<()> {
    let missing = approval::missing(context, lock)?;
    if !missing.is_empty() {
        let lines = missing.iter().map(|one| format!("{} {one}", one.kind));
        let error = Error::user("nobody approved what the templates here bring");
        return Err(lines
            .fold(error, Error::detail)
            .note("nothing was changed")
            .hint("agentpkg install"));
    }
    for (path, open, choice) in choices {
        let (Some(Record::Keys(keys)), Choice::Upstream, Some(theirs)) =
            (lock.files.get(path), choice, &open.theirs)
        else {
            continue;
        };
        let mut brought = BTreeSet::new();
        keys.parts
            .values()
            .for_each(|part| each_word(part, &mut |word| _ = brought.insert(word.to_owned())));
        let mut is_brought = true;
        let side = serde_json::from_str(theirs).unwrap_or_default();
        each_word(&side, &mut |word| is_brought &= brought.contains(word));
        if !is_brought {
            return Err(Error::damaged(format!(
                "`{AGENTPKG_LOCK}`: upstream's side of `{path}` is nothing that a template brings"
            ))
            .note("nothing was changed")
            .hint(format!(
                "take the committed one: git checkout {AGENTPKG_LOCK}"
            )));
        }
    }
    Ok(())
}

/// Calls `visit` with each key and each scalar of a value, as text.
fn each_word(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| {
            visit(key);
            each_word(value, visit);
        }),
        Value::Array(elements) => elements.iter().for_each(|value| each_word(value, visit)),
        Value::String(text) => visit(text),
        other => visit(&other.to_string()),
    }
}

fn command(options: &Options) -> String {
    options
        .paths
        .iter()
        .fold("resolve".to_owned(), |command, path| {
            format!("{command} {path}")
        })
}

/// Returns where a change of a path is written: links followed, and where the team keeps it.
fn real_path(context: &Context, lock: &Lock, path: &RelPath) -> Result<RelPath> {
    let place = unsettled::place_of(lock, path);
    let local = context.workspace.snapshot([place])?.remove(place);
    Ok(local.map_or_else(|| place.clone(), |local| local.real))
}

fn in_place(path: &RelPath, open: &Open, file: Option<&File>, side: Side) -> Result<File> {
    let file = file.cloned().unwrap_or_else(|| File::plain(""));
    let text = file
        .text()
        .and_then(|text| settle(open, text, side, POLICIES));
    let text = text.ok_or_else(|| {
        Error::user(format!(
            "`{path}`: upstream's side of {} can't be put in by itself",
            open.place()
        ))
        .note("nothing was changed")
        .hint(format!(
            "edit `{path}` there, then run `agentpkg resolve --local {path}`"
        ))
    })?;
    Ok(File {
        bytes: text.into_bytes(),
        executable: file.executable,
    })
}

/// Returns a file as the release has it.
fn whole(context: &Context, upstream: Option<&Upstream>, path: &RelPath) -> Result<File> {
    let is_file = match context
        .workspace
        .snapshot([path])?
        .remove(path)
        .map(|local| local.found)
    {
        Some(Found::Link(_) | Found::Obstacle(_)) => false,
        Some(Found::File(_) | Found::Absent { .. }) | None => true,
    };
    // What is behind a link is another file.
    if !is_file {
        return Err(Error::user(format!("`{path}` is no file of its own"))
            .note("nothing was changed")
            .hint(format!(
                "move `{path}` away, then run `agentpkg resolve --upstream {path}`"
            )));
    }
    match upstream.and_then(|upstream| upstream.files.get(path)) {
        Some(Content::Whole(whole)) => Ok(whole.file.clone()),
        _ => {
            Err(Error::user(format!("the release has no file `{path}`"))
                .note("nothing was changed"))
        }
    }
}
