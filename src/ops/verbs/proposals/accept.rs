//! `proposals apply`: proposals taken into the templates' sources, and committed where that is
//! asked.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, Plan, PlanCommand, Stage};
use crate::model::tree::FileTree;
use crate::proposal::Proposal;
use crate::store::git;
use crate::store::journal::Course;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::records::Records;
use crate::ops::steps::transaction;

use super::{Fit, Mail, Options, Outcome, ReviewedProposal, VERB, compute, nothing_changed};

/// Returns what taking all of them in changes.
///
/// # Errors
/// Where one can't be taken in.
pub fn decide(session: &Session, options: &Options, mails: &[Mail]) -> Result<Outcome> {
    let (shown, trees) = compute(session, options, mails)?;
    for offer in &shown.proposals {
        refuse(offer).map_err(|error| error.note(nothing_changed(&offer.file)))?;
    }
    let mut changes = Vec::new();
    for (folder, (old, new)) in &trees {
        changes.extend(changes_below(folder.as_ref(), old, new)?);
    }
    let plan = Plan::new(VERB, changes);
    Ok(Outcome {
        shown,
        plan,
        applied: false,
        committed: false,
        recovered: None,
    })
}

fn refuse(offer: &ReviewedProposal) -> Result<()> {
    let proposal = offer.proposal();
    match &offer.fit {
        Fit::Clean { .. } | Fit::Same => Ok(()),
        Fit::Already => Err(Error::user(format!(
            "`{}` is already accepted in `{}`",
            proposal.id, proposal.template
        ))
        .cause(format!(
            "`{}` is there",
            below(offer.folder.as_ref(), &proposal.accepted_path())?
        ))),
        Fit::Contested(clashes) => {
            let error = Error::user(format!(
                "`{}` and `{}` changed the same places since {}",
                proposal.id, proposal.template, proposal.base.version
            ));
            let error = clashes.iter().fold(error, |error, clash| {
                error.detail(clash.describe("the template", "the proposal"))
            });
            Err(error.hint(
                "ask its author to bring it up to date: `agentpkg upgrade`, then `agentpkg \
                 contribute`",
            ))
        }
    }
}

fn changes_below(
    folder: Option<&RelPath>,
    old: &FileTree,
    new: &FileTree,
) -> Result<Vec<FileChange>> {
    let paths: BTreeSet<&RelPath> = old.keys().chain(new.keys()).collect();
    let mut changes = Vec::new();
    for path in paths {
        let (old, new) = (old.get(path).cloned(), new.get(path).cloned());
        let stage = match &new {
            None => Stage::Deletion,
            Some(file) if file.executable => Stage::Script,
            Some(_) => Stage::File,
        };
        changes.push(FileChange {
            path: below(folder, path)?,
            stage,
            old,
            new,
        });
    }
    Ok(changes)
}

fn below(folder: Option<&RelPath>, path: &RelPath) -> Result<RelPath> {
    folder.map_or_else(|| Ok(path.clone()), |folder| folder.join(path.as_str()))
}

/// Takes each in and commits it, once it is known that all can be.
pub fn commit_each(session: &Session, options: &Options, mails: &[Mail]) -> Result<Outcome> {
    let mut all = decide(session, options, mails)?;
    clean(session, &all.plan)?;
    for (number, mail) in mails.iter().enumerate() {
        let (one, recovered) = transaction::run(
            session,
            VERB,
            || decide(session, options, std::slice::from_ref(mail)),
            |outcome| &outcome.plan,
        )?;
        all.recovered = all.recovered.or(recovered);
        commit(session, &mail.read.proposal, &one.plan).map_err(|error| match number {
            0 => error.note("nothing was changed"),
            _ => error.note(format!(
                "{} committed; nothing else was changed",
                words::count(number, "proposal")
            )),
        })?;
    }
    Ok(Outcome {
        applied: true,
        committed: true,
        ..all
    })
}

/// Refuses where a commit could not be made of the plan alone.
fn clean(session: &Session, plan: &Plan) -> Result<()> {
    let root = session.workspace.root();
    if !git::is_repository(root) {
        return Err(
            Error::user("there is no git repository to commit to").note("nothing was changed")
        );
    }
    let paths: Vec<RelPath> = plan
        .changes
        .iter()
        .map(|change| change.path.clone())
        .collect();
    let dirty = git::dirty(root, &paths)?;
    if dirty.is_empty() {
        return Ok(());
    }
    let files = words::count(dirty.len(), "file");
    let verb = if dirty.len() == 1 { "holds" } else { "hold" };
    let error = Error::user(format!(
        "{files} that the proposals change {verb} what isn't committed"
    ));
    let error = dirty
        .iter()
        .fold(error, |error, path| error.detail(format!("`{path}`")));
    Err(error
        .note("nothing was changed")
        .hint("commit or stash that first"))
}

/// Commits what was written; where git refuses, it is taken back.
fn commit(session: &Session, proposal: &Proposal, plan: &Plan) -> Result<()> {
    let root = session.workspace.root();
    let paths: Vec<RelPath> = plan
        .changes
        .iter()
        .map(|change| change.path.clone())
        .collect();
    git::commit(
        root,
        &git::Changed {
            paths: &paths,
            ..git::Changed::default()
        },
        &proposal.commit_message(),
        Some(&proposal.author),
    )
    .map_err(|error| {
        let back = reversed(plan);
        match Records::open(session).and_then(|records| records.apply(&back, Course::Undo)) {
            Ok(()) => error,
            Err(_) => error
                .note(format!("`{}` is written, and not committed", proposal.id))
                .command("agentpkg undo"),
        }
    })
}

/// Returns the plan that takes another one back.
fn reversed(plan: &Plan) -> Plan {
    let mut changes = Vec::new();
    for change in &plan.changes {
        changes.push(FileChange {
            path: change.path.clone(),
            stage: match change.old {
                Some(_) => change.stage,
                None => Stage::Deletion,
            },
            old: change.new.clone(),
            new: change.old.clone(),
        });
    }
    Plan::new(PlanCommand::undo_of(VERB), changes)
}
