//! One commit of what an upgrade changed, for machines that open merge requests. What else is
//! staged stays staged.

use std::fmt::Write as _;

use crate::error::{Error, Result};
use crate::model::lock::{AGENTPKG_LOCK, Lock};
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, Stage};
use crate::model::tree::File;
use crate::store::git;
use crate::store::journal::Pile;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::change::{Move, Outcome, moves};
use crate::ops::steps::git_view::in_git;
use crate::ops::steps::records::Records;

/// Refuses where a commit could not be made of the plan alone.
///
/// # Errors
/// Without a repository, or where a file that the plan changes holds what isn't committed.
pub fn check(context: &Session, outcome: &Outcome) -> Result<()> {
    let root = context.workspace.root();
    if !git::is_repository(root) {
        return Err(
            Error::user("there is no git repository to commit to").note("nothing was changed")
        );
    }
    if let Some((folder, _)) = outcome.to_commit.inner.first() {
        let error = Error::user(format!(
            "`{folder}` is a git repository of its own, and `--commit` makes one commit, \
             in this one"
        ));
        return Err(error
            .note("nothing was changed")
            .hint("run it without `--commit`; it says what to commit in which of them"));
    }
    let skipped = outcome.to_commit.skipped.all();
    if !skipped.is_empty() {
        let files = words::count(skipped.len(), "file");
        let error = Error::user(format!(
            "git was told to skip what changes in {files} that the upgrade changes"
        ));
        let error = skipped
            .iter()
            .fold(error, |error, path| error.detail(format!("`{path}`")))
            .note("nothing was changed");
        let commands = outcome.to_commit.skipped.commands(&context.git());
        return Err(commands
            .into_iter()
            .fold(error, |error, command| error.hint(command)));
    }
    let changed: Vec<RelPath> = outcome
        .plan
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

/// Commits what an upgrade changed.
///
/// # Errors
/// Where git refuses; what was changed stays in the working tree.
pub fn commit(context: &Session, outcome: &Outcome) -> Result<()> {
    if outcome.to_commit.is_empty() {
        return Ok(());
    }
    git::commit(
        context.workspace.root(),
        &outcome.to_commit.for_git(),
        &message(outcome),
        None,
    )
    .map_err(|error| {
        error
            .note("the upgrade was made, and is not committed")
            .hint("mend that, and run the command again: it commits what was made")
            .hint("to go back: agentpkg undo")
    })
}

/// Takes up the last upgrade where it was made and not committed: git refused then, and a second
/// time asks for the commit alone.
///
/// # Errors
/// When git can't say what isn't committed.
pub fn take_up(context: &Session, outcome: &mut Outcome) -> Result<()> {
    let root = context.workspace.root();
    let records = Records::open(context)?;
    let Some(plan) = records.last(Pile::Done)? else {
        return Ok(());
    };
    let is_here = |change: &FileChange| Ok(context.workspace.file(&change.path)? == change.new);
    let all_here = plan
        .changes
        .iter()
        .map(is_here)
        .collect::<Result<Vec<bool>>>()?;
    if !plan.verb.starts_with("upgrade") {
        return Ok(());
    }
    let paths: Vec<RelPath> = plan
        .changes
        .iter()
        .map(|change| change.path.clone())
        .collect();
    let dirty = git::dirty(root, &paths)?;
    if !dirty.contains(&rel(AGENTPKG_LOCK)) {
        return Ok(());
    }
    if all_here.contains(&false) {
        let edited = paths.iter().zip(&all_here).filter(|(_, here)| !**here);
        let error =
            Error::user("the last upgrade is not committed, and what it wrote was edited since");
        let error = edited.fold(error, |error, (path, _)| error.detail(format!("`{path}`")));
        return Err(error
            .note("nothing was changed")
            .hint("look at that, and commit it yourself"));
    }
    let releases = |side: fn(&FileChange) -> &Option<File>| {
        let change = plan
            .changes
            .iter()
            .find(|change| change.stage == Stage::Lock);
        let lock = change.and_then(|change| Lock::parse(side(change).as_ref()?.text()?).ok());
        lock.map(|lock| lock.inputs.releases).unwrap_or_default()
    };
    outcome.moves = moves(
        &releases(|change| &change.old),
        &releases(|change| &change.new),
    );
    outcome.to_commit = in_git(context, &plan, &[]).to_commit;
    outcome.plan = plan;
    Ok(())
}

/// Returns what the commit is made of: what was changed, without what git ignores.
pub fn paths(outcome: &Outcome) -> Vec<RelPath> {
    let changed = outcome.plan.changes.iter().map(|change| &change.path);
    changed
        .filter(|path| outcome.to_commit.paths.contains(path))
        .cloned()
        .collect()
}

/// Returns the commit's message: what came, what was kept, and a trailer for programs.
fn message(outcome: &Outcome) -> String {
    let moves: Vec<String> = outcome.moves.iter().map(Move::to_string).collect();
    let title = if moves.is_empty() {
        "templates".to_owned()
    } else {
        moves.join(", ")
    };
    let mut text = format!("Upgrade {title}\n\n");
    let own = |path: &RelPath| path.as_str().starts_with("agentpkg.");
    for change in outcome
        .plan
        .changes
        .iter()
        .filter(|change| !own(&change.path))
    {
        let what = match (&change.old, &change.new) {
            (None, _) => "added",
            (_, None) => "deleted",
            _ => "changed",
        };
        let _ = writeln!(text, "- {what}: {}", change.path);
    }
    for home in outcome.home.iter().filter(|home| !home.paths.is_empty()) {
        let _ = writeln!(text, "- came home: {} ({})", home.subject, home.id.short());
    }
    let conflicts: usize = outcome.conflicts.values().map(Vec::len).sum();
    let kept = words::count(outcome.kept, "file");
    let _ = writeln!(text, "\n{kept} with edits of this repository kept.");
    if conflicts > 0 {
        let places = words::count(conflicts, "place");
        let _ = writeln!(
            text,
            "{places} that both changed, as here; `agentpkg resolve` settles them:"
        );
        crate::ops::steps::conflicts::said(&outcome.conflicts)
            .iter()
            .for_each(|line| _ = writeln!(text, "- {line}"));
    }
    text.push('\n');
    for Move { name, from, to } in &outcome.moves {
        let version = |version: &Option<semver::Version>| {
            version
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default()
        };
        let range = format!("{}..{}", version(from), version(to));
        let _ = writeln!(
            text,
            "Agentpkg-Upgrade: {name} {range}; conflicts={conflicts}; kept={}",
            outcome.kept
        );
    }
    text
}
