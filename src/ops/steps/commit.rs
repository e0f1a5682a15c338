//! One commit of what an upgrade changed, for machines that open merge requests. What else is
//! staged stays staged.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::model::lock::{AGENTPKG_LOCK, Lock, LockedRelease};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::plan::{Plan, PlanCommand, Stage};
use crate::model::tree::File;
use crate::store::git;
use crate::store::journal::Pile;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::absorb::AcceptedEdit;
use crate::ops::steps::conflicts::{self, Conflicts};
use crate::ops::steps::git_view::{ToCommit, of_plan};
use crate::ops::steps::moves::{Move, moves};
use crate::ops::steps::records::Records;
use crate::ops::steps::root_link;

/// What is committed, and what its message says.
pub struct Committing<'a> {
    /// What was changed.
    pub plan: &'a Plan,
    /// What of it is for git.
    pub to_commit: &'a ToCommit,
    /// The templates that came, moved or went.
    pub moves: &'a [Move],
    /// Edits of this repository that were accepted upstream.
    pub home: &'a [AcceptedEdit],
    /// What both sides changed.
    pub conflicts: &'a Conflicts,
    /// How many files hold edits of the team's.
    pub kept: usize,
}

/// An upgrade that was made, and that git refused to commit.
pub struct Unfinished {
    /// What it changed.
    pub plan: Plan,
    /// What of that is for git.
    pub to_commit: ToCommit,
    /// The templates that came, moved or went.
    pub moves: Vec<Move>,
}

/// Refuses where a commit could not be made of the plan alone.
///
/// # Errors
/// Without a repository, or where a file that the plan changes holds what isn't committed.
pub fn refuse_uncommitted(session: &Session, plan: &Plan, to_commit: &ToCommit) -> Result<()> {
    let root = session.workspace.root();
    if !git::is_repository(root) {
        return Err(
            Error::user("there is no git repository to commit to").note("nothing was changed")
        );
    }
    if let Some((folder, _)) = to_commit.inner.first() {
        let error = Error::user(format!(
            "`{folder}` is a git repository of its own, and `--commit` makes one commit, \
             in this one"
        ));
        return Err(error
            .note("nothing was changed")
            .hint("run it without `--commit`; it says what to commit in which of them"));
    }
    let skipped = to_commit.skipped.all();
    if !skipped.is_empty() {
        let files = words::count(skipped.len(), "file");
        let error = Error::user(format!(
            "git was told to skip what changes in {files} that the upgrade changes"
        ));
        let error = skipped
            .iter()
            .fold(error, |error, path| error.detail(format!("`{path}`")))
            .note("nothing was changed");
        let commands = to_commit.skipped.commands(&session.git());
        return Err(commands.into_iter().fold(error, Error::command));
    }
    let changed: Vec<RelPath> = plan
        .changes
        .iter()
        .map(|change| change.path.clone())
        .collect();
    let dirty = git::dirty(root, &changed)?;
    if dirty.is_empty() {
        return Ok(());
    }
    let verb = if dirty.len() == 1 { "holds" } else { "hold" };
    let files = words::count(dirty.len(), "file");
    let error = Error::user(format!(
        "{files} that the upgrade changes {verb} what isn't committed"
    ));
    let error = dirty
        .iter()
        .fold(error, |error, path| error.detail(format!("`{path}`")));
    Err(error
        .note("nothing was changed")
        .hint("commit or stash that first"))
}

/// Commits what an upgrade changed. Returns how many files were committed.
///
/// # Errors
/// Where git refuses; what was changed stays in the working tree.
pub fn commit(session: &Session, committing: &Committing) -> Result<usize> {
    let Committing {
        plan, to_commit, ..
    } = committing;
    if !to_commit.is_empty() {
        let root = session.workspace.root();
        let message = message(committing);
        git::commit(root, &to_commit.for_git(), &message, None).map_err(not_committed)?;
    }
    Ok(plan
        .paths()
        .filter(|path| to_commit.paths.contains(path))
        .count())
}

fn not_committed(error: Error) -> Error {
    error
        .note("the upgrade was made, and is not committed")
        .hint("mend that, and run the command again: it commits what was made")
        .hint_command("to go back", "agentpkg undo")
}

/// Returns the last upgrade if it was made and not committed: git refused then, and a second time
/// asks for the commit alone.
///
/// # Errors
/// When git can't say what isn't committed, or a file was edited since.
pub fn unfinished(session: &Session) -> Result<Option<Unfinished>> {
    let root = session.workspace.root();
    let records = Records::open(session)?;
    let Some(plan) = records.last(Pile::Done)? else {
        return Ok(None);
    };
    let (mut paths, mut edited) = (Vec::new(), Vec::new());
    for change in &plan.changes {
        paths.push(change.path.clone());
        if session.workspace.file(&change.path)? != change.new {
            edited.push(change.path.clone());
        }
    }
    paths.extend(plan.links.iter().map(|link| link.path.clone()));
    let links = root_link::to_do(session, &plan)?;
    edited.extend(links.into_iter().map(|link| link.path));
    if plan.command() != PlanCommand::Upgrade {
        return Ok(None);
    }
    let dirty = git::dirty(root, &paths)?;
    if !dirty.contains(&rel(AGENTPKG_LOCK)) {
        return Ok(None);
    }
    if !edited.is_empty() {
        let mut error =
            Error::user("the last upgrade is not committed, and what it wrote was edited since");
        for path in edited {
            error = error.detail(format!("`{path}`"));
        }
        return Err(error
            .note("nothing was changed")
            .hint("look at that, and commit it yourself"));
    }
    let lock = plan
        .changes
        .iter()
        .find(|change| change.stage == Stage::Lock);
    let (before, after) = match lock {
        Some(change) => (releases_in(&change.old), releases_in(&change.new)),
        None => Default::default(),
    };
    Ok(Some(Unfinished {
        moves: moves(&before, &after),
        to_commit: of_plan(session, &plan, &[]).to_commit,
        plan,
    }))
}

/// Returns the releases that a lock has; none where it can't be read.
fn releases_in(lock: &Option<File>) -> BTreeMap<TemplateName, LockedRelease> {
    let text = lock.as_ref().and_then(File::text);
    let lock = text.and_then(|text| Lock::parse(text).ok());
    lock.map(|lock| lock.inputs.releases).unwrap_or_default()
}

/// Returns the commit's message: what came, what was kept, and a trailer for programs.
fn message(committing: &Committing) -> String {
    let Committing {
        plan,
        moves,
        home,
        conflicts: open,
        kept,
        ..
    } = *committing;
    let names: Vec<String> = moves.iter().map(Move::to_string).collect();
    let title = match names.is_empty() {
        true => "templates".to_owned(),
        false => names.join(", "),
    };
    let mut text = format!("Upgrade {title}\n\n");
    for change in &plan.changes {
        if change.path.as_str().starts_with("agentpkg.") {
            continue;
        }
        let what = match (&change.old, &change.new) {
            (None, _) => "added",
            (_, None) => "deleted",
            _ => "changed",
        };
        let _ = writeln!(text, "- {what}: {}", change.path);
    }
    for link in &plan.links {
        let what = match link.new {
            Some(_) => "linked",
            None => "deleted",
        };
        let _ = writeln!(text, "- {what}: {}", link.path);
    }
    for home in home.iter().filter(|home| !home.paths.is_empty()) {
        let _ = writeln!(
            text,
            "- merged upstream: {} ({})",
            home.subject,
            home.id.short()
        );
    }
    let conflicts: usize = open.values().map(Vec::len).sum();
    let files = words::count(kept, "file");
    let _ = writeln!(text, "\n{files} with edits of this repository kept.");
    if conflicts > 0 {
        let places = words::count(conflicts, "place");
        let _ = writeln!(
            text,
            "{places} that both changed, as here; `agentpkg resolve` settles them:"
        );
        for line in conflicts::describe_conflicts(open) {
            let _ = writeln!(text, "- {line}");
        }
    }
    text.push('\n');
    for Move { name, from, to } in moves {
        let [from, to] = [from, to].map(|version| match version {
            Some(version) => version.to_string(),
            None => String::new(),
        });
        let range = format!("{from}..{to}");
        let _ = writeln!(
            text,
            "Agentpkg-Upgrade: {name} {range}; conflicts={conflicts}; kept={kept}"
        );
    }
    text
}
