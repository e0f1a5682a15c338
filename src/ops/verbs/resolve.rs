//! `resolve`: settle what an upgrade left to a person, on any machine: the lock has both sides.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::agent::POLICIES;
use crate::error::{Error, Result};
use crate::merge::format::Format;
use crate::merge::open_conflicts::{PlaceFate, settle};
use crate::merge::pieces::Side;
use crate::model::conflict::{ConflictPlace, Open};
use crate::model::lock::{AGENTPKG_LOCK, Lock, Record};
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, Plan, Stage};
use crate::model::tree::File;
use crate::model::upstream::{Content, Upstream};
use crate::store::journal::Recovered;
use crate::store::snapshot;
use crate::tree::Found;

use crate::ops::steps::approval;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::conflicts::{self, Conflicts};
use crate::ops::steps::drifts;
use crate::ops::steps::from_lock;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::transaction;
use crate::ops::{Choice, Session};

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
    pub closed: Vec<(RelPath, Open, Side)>,
    /// Files whose conflicts were settled by editing them.
    pub by_hand: Vec<RelPath>,
    /// What can't be settled without a person, although a side was asked for.
    pub stuck: Vec<(RelPath, Open)>,
    /// What still waits for a person.
    pub left: Conflicts,
    /// What an earlier command had left to do.
    pub recovered: Option<Recovered>,
}

/// Settles conflicts.
pub fn resolve(session: &Session, options: &Options) -> Result<Outcome> {
    // A person takes the time they take: what they choose comes before the repo is locked.
    let choices = choose(session, options)?;
    if options.dry_run {
        return compute(session, options, &choices);
    }
    let (mut outcome, recovered) = transaction::run(
        session,
        "resolve",
        || compute(session, options, &choices),
        |outcome| &outcome.plan,
    )?;
    outcome.applied = true;
    outcome.recovered = recovered;
    Ok(outcome)
}

/// What is taken at each place, in the order of the paths and places that are open.
type Choices = Vec<(RelPath, Open, Choice)>;

fn choose(session: &Session, options: &Options) -> Result<Choices> {
    let repo = Repo::read(&session.workspace)?;
    let lock = repo.installed(session)?;
    let open = conflicts::still_open(session, lock)?;
    for name in &options.paths {
        if !open.keys().any(|path| is_named(lock, path, name)) {
            let error =
                Error::user(format!("no conflict of `{name}` is open")).note("nothing was changed");
            let places = open.keys().map(|path| conflicts::team_path(lock, path));
            return Err(places.fold(error, |error, path| {
                error.command(format!("agentpkg resolve {path}"))
            }));
        }
    }
    let mut places: Vec<(RelPath, Open)> = Vec::new();
    for (path, open) in open {
        let mut names = options.paths.iter();
        if options.paths.is_empty() || names.any(|name| is_named(lock, &path, name)) {
            places.extend(open.into_iter().map(|place| (path.clone(), place)));
        }
    }
    match (options.side, session.person) {
        (Some(Side::Theirs), _) => Ok(places
            .into_iter()
            .map(|(path, open)| (path, open, Choice::Upstream))
            .collect()),
        (Some(_), _) => Ok(places
            .into_iter()
            .map(|(path, open)| (path, open, Choice::Local))
            .collect()),
        (None, Some(person)) => {
            session.progress.stop();
            let mut choices = Choices::new();
            for (path, open) in places {
                let choice = match chosen_before(lock, &choices, &path, &open) {
                    Some(choice) => choice,
                    None => person.choose(&path, &open)?,
                };
                choices.push((path, open, choice));
            }
            Ok(choices)
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
                .hint_command(
                    "keep yours",
                    "agentpkg resolve --local --all, or --local PATH",
                )
                .hint_command(
                    "take the release's",
                    "agentpkg resolve --upstream --all, or --upstream PATH",
                ))
        }
    }
}

/// Returns what was chosen for the same lines of the same rule, in the file that another agent has
/// of it.
fn chosen_before(lock: &Lock, choices: &Choices, path: &RelPath, open: &Open) -> Option<Choice> {
    let is_same = |other: &Open| {
        let (open, other) = (&open, &other);
        (&open.base, &open.ours, &open.theirs) == (&other.base, &other.ours, &other.theirs)
    };
    let mut same = choices.iter().filter(|(other, place, _)| {
        other != path
            && open.is_in_lines()
            && place.is_in_lines()
            && is_same(place)
            && drifts::are_of_one_source(lock, path, other)
    });
    same.next().map(|(_, _, choice)| *choice)
}

/// Returns whether a file is meant: by its folder, by where the team keeps it, or by what the
/// template calls it.
fn is_named(lock: &Lock, path: &RelPath, name: &RelPath) -> bool {
    let place = conflicts::team_path(lock, path);
    [path, place]
        .iter()
        .any(|path| *path == name || path.below(name.as_str()).is_some())
}

fn compute(session: &Session, options: &Options, choices: &Choices) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    let mut lock = repo.installed(session)?.clone();
    if choices
        .iter()
        .any(|(_, _, choice)| *choice == Choice::Upstream)
    {
        as_approved(session, &lock, choices)?;
    }
    let mut left = conflicts::still_open(session, &lock)?;
    let by_hand = lock
        .conflicts
        .keys()
        .filter(|path| !left.contains_key(*path))
        .cloned()
        .collect();
    let mut closing = Closing::default();
    for (path, asked) in by_path(choices) {
        if let Some(places) = left.get_mut(path) {
            let here = Here {
                session,
                repo: &repo,
            };
            closing.close(here, &mut lock, path, places, &asked)?;
        }
    }
    if closing.closed.is_empty()
        && let Some((path, open)) = closing.stuck.first()
    {
        return Err(Error::user(format!(
            "`{path}`: upstream's side of {} can't be put in by itself",
            open.place()
        ))
        .note("nothing was changed")
        .hint(by_hand_hint(path)));
    }
    left.retain(|_, places| !places.is_empty());
    lock.conflicts.clone_from(&left);
    let left = conflicts::by_team_path(&lock, left);
    let mut changes = file_changes(closing.files);
    changes.push(FileChange {
        path: rel(AGENTPKG_LOCK),
        stage: Stage::Lock,
        old: repo.lock_text.as_deref().map(File::plain),
        new: Some(File::plain(lock.to_text())),
    });
    let plan = Plan::new(command(options), changes);
    Ok(Outcome {
        applied: false,
        plan,
        closed: closing.closed,
        by_hand,
        stuck: closing.stuck,
        left,
        recovered: None,
    })
}

fn file_changes(files: BTreeMap<RelPath, (Option<File>, Option<File>)>) -> Vec<FileChange> {
    let mut changes = Vec::new();
    for (path, (old, new)) in files {
        let stage = match &new {
            Some(file) if file.executable => Stage::Script,
            Some(_) => Stage::File,
            None => Stage::Deletion,
        };
        changes.push(FileChange {
            path,
            stage,
            old,
            new,
        });
    }
    changes
}

/// What comes of closing conflicts, file by file.
#[derive(Default)]
struct Closing {
    /// The files, as they were and as they become.
    files: BTreeMap<RelPath, (Option<File>, Option<File>)>,
    closed: Vec<(RelPath, Open, Side)>,
    stuck: Vec<(RelPath, Open)>,
    /// What the lock says was installed, once a file of it is needed.
    upstream: Option<Upstream>,
}

/// The repository whose conflicts are closed.
#[derive(Clone, Copy)]
struct Here<'a> {
    session: &'a Session<'a>,
    repo: &'a Repo,
}

impl Closing {
    /// Closes the places of a file that a side is `asked` for; `places` keeps those that stay open.
    fn close(
        &mut self,
        here: Here<'_>,
        lock: &mut Lock,
        path: &RelPath,
        places: &mut Vec<Open>,
        asked: &[(&Open, Side)],
    ) -> Result<()> {
        let real = real_path(here.session, lock, path)?;
        if !self.files.contains_key(&real) {
            let now = snapshot::file(&here.session.workspace, &real)?;
            self.files.insert(real.clone(), (now.clone(), now));
        }
        let shown = conflicts::team_path(lock, path).clone();
        let mut in_file = Vec::new();
        for open in std::mem::take(places) {
            let side = asked.iter().find(|(other, _)| **other == open);
            let side = side.map(|(_, side)| *side);
            match (&open.at, side) {
                (ConflictPlace::File(_), None) => places.push(open),
                (ConflictPlace::File(_), Some(side)) => {
                    if side == Side::Theirs {
                        let file = self.upstream_file(here, lock, path)?;
                        self.put(&real, file);
                        if let Some(whole) = lock.files.get_mut(path).and_then(Record::as_whole_mut)
                        {
                            whole.deleted = false;
                        }
                    }
                    self.closed.push((shown.clone(), open, side));
                }
                _ => in_file.push((open, side)),
            }
        }
        let Some((_, file)) = self.files.get_mut(&real) else {
            return Ok(());
        };
        for (open, side, fate) in in_place(path, file, in_file) {
            match (fate, side) {
                (PlaceFate::Settled, Some(side)) => self.closed.push((shown.clone(), open, side)),
                (PlaceFate::Settled, None) => {}
                (PlaceFate::Open(open), _) => places.push(open),
                (PlaceFate::Stuck(open), _) => {
                    places.push(open.clone());
                    self.stuck.push((shown.clone(), open));
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, real: &RelPath, file: File) {
        if let Some((_, new)) = self.files.get_mut(real) {
            *new = Some(file);
        }
    }

    /// Returns a file as the release has it; the releases are read once.
    fn upstream_file(&mut self, here: Here<'_>, lock: &Lock, path: &RelPath) -> Result<File> {
        if self.upstream.is_none() {
            let registries = Registries::new(here.session, &here.repo.manifest)?;
            self.upstream = Some(from_lock::installed(here.session, &registries, lock)?);
        }
        whole(here.session, self.upstream.as_ref(), path)
    }
}

/// **What `resolve` puts in was approved with the upgrade that left it**: the lock's upstream side
/// of settings is what the lock says templates bring, and that is approved. A lock that says
/// otherwise was edited.
fn as_approved(session: &Session, lock: &Lock, choices: &Choices) -> Result<()> {
    let missing = approval::missing(session, lock)?;
    if !missing.is_empty() {
        let lines = missing.iter().map(|one| format!("{} {one}", one.kind));
        let error = Error::user("approval needed for what the templates here bring");
        return Err(lines
            .fold(error, Error::detail)
            .note("nothing was changed")
            .command(CommandLine::new(session, "install")));
    }
    for (path, open, choice) in choices {
        let keys = lock.files.get(path).and_then(Record::as_keys);
        let (Some(keys), Choice::Upstream, Some(theirs)) = (keys, choice, &open.theirs) else {
            continue;
        };
        let mut brought = BTreeSet::new();
        keys.parts
            .values()
            .for_each(|part| each_word(part, &mut |word| _ = brought.insert(word.to_owned())));
        let side = Format::of(path).value_of(theirs);
        let mut is_brought = side.is_some();
        each_word(&side.unwrap_or_default(), &mut |word| {
            is_brought &= brought.contains(word)
        });
        if !is_brought {
            return Err(Error::damaged(format!(
                "`{AGENTPKG_LOCK}`: upstream's side of `{path}` is nothing that a template brings"
            ))
            .note("nothing was changed")
            .hint_command(
                "take the committed one",
                format!("git checkout {AGENTPKG_LOCK}"),
            ));
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
fn real_path(session: &Session, lock: &Lock, path: &RelPath) -> Result<RelPath> {
    let place = conflicts::team_path(lock, path);
    let local = session.workspace.snapshot([place])?.remove(place);
    Ok(local.map_or_else(|| place.clone(), |local| local.real))
}

/// Returns what is taken at the places of each file.
fn by_path(choices: &Choices) -> BTreeMap<&RelPath, Vec<(&Open, Side)>> {
    let mut by_path: BTreeMap<&RelPath, Vec<(&Open, Side)>> = BTreeMap::new();
    for (path, open, choice) in choices {
        let side = match choice {
            Choice::Local => Side::Ours,
            Choice::Upstream => Side::Theirs,
            Choice::Later => continue,
        };
        by_path.entry(path).or_default().push((open, side));
    }
    by_path
}

/// Settles places in a file. Returns what became of each.
fn in_place(
    path: &RelPath,
    file: &mut Option<File>,
    places: Vec<(Open, Option<Side>)>,
) -> Vec<(Open, Option<Side>, PlaceFate)> {
    let known = places.clone();
    let now = file.clone().unwrap_or_else(|| File::plain(""));
    let fates = match now.text() {
        Some(text) if !places.is_empty() => {
            let (text, fates) = settle(places, text, Format::of(path), POLICIES);
            if fates.contains(&PlaceFate::Settled) {
                *file = Some(File {
                    bytes: text.into_bytes().into(),
                    executable: now.executable,
                });
            }
            fates
        }
        _ => places
            .into_iter()
            .map(|(open, side)| match side {
                Some(_) => PlaceFate::Stuck(open),
                None => PlaceFate::Open(open),
            })
            .collect(),
    };
    let known = known.into_iter().zip(fates);
    known
        .map(|((open, side), fate)| (open, side, fate))
        .collect()
}

/// Returns how a place is settled whose side can't be put in by itself.
pub fn by_hand_hint(path: &RelPath) -> String {
    format!("edit `{path}` there, then run `agentpkg resolve --local {path}`")
}

/// Returns a file as the release has it.
fn whole(session: &Session, upstream: Option<&Upstream>, path: &RelPath) -> Result<File> {
    let is_file = match session
        .workspace
        .snapshot([path])?
        .remove(path)
        .map(|local| local.found)
    {
        Some(Found::Link(_) | Found::Obstacle(_)) => false,
        Some(Found::File(_) | Found::Absent(_)) | None => true,
    };
    // What is behind a link is another file.
    if !is_file {
        return Err(Error::user(format!("`{path}` is no file of its own"))
            .note("nothing was changed")
            .hint(format!(
                "move `{path}` away, then run `agentpkg resolve --upstream {path}`"
            )));
    }
    let content = upstream.and_then(|upstream| upstream.files.get(path));
    match content.and_then(Content::as_whole) {
        Some(whole) => Ok(whole.file.clone()),
        None => {
            Err(Error::user(format!("the release has no file `{path}`"))
                .note("nothing was changed"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[test]
    fn a_place_that_the_files_of_one_rule_have_is_asked_about_once() {
        let whole = |source: &str| {
            let digest = crate::model::digest::Digest::of(b"a");
            format!(
                "{{ template = \"t\", source = \"{source}\", digest = \"{digest}\", blob = \"\" }}"
            )
        };
        let (one, other) = (whole("rules/a.md"), whole("rules/b.md"));
        let text = format!(
            "format = 2\nrenderer = 1\nagents = [\"claude\"]\n[facts]\n[releases]\n[files]\n\
             \"a.md\" = {one}\n\"a.mdc\" = {one}\n\"b.md\" = {other}\n"
        );
        let lock = Lock::parse(&text).unwrap();
        let place = |line: usize, theirs: &str| Open {
            at: ConflictPlace::Lines {
                line,
                before: String::new(),
                after: String::new(),
                marked: false,
            },
            base: Some("x\n".to_owned()),
            ours: Some("y\n".to_owned()),
            theirs: Some(theirs.to_owned()),
        };
        let choices = vec![(rel("a.md"), place(4, "z\n"), Choice::Upstream)];
        for (path, theirs, expected) in [
            ("a.mdc", "z\n", Some(Choice::Upstream)),
            ("a.mdc", "other\n", None),
            ("b.md", "z\n", None),
            ("a.md", "z\n", None),
        ] {
            let chosen = chosen_before(&lock, &choices, &rel(path), &place(8, theirs));
            assert_eq!(chosen, expected, "{path} {theirs}");
        }
    }
}
