//! `eject`: keep everything the templates brought, and manage it no longer.

use crate::error::{Error, Result};
use crate::merge::block;
use crate::model::lock::{AGENTPKG_LOCK, Record};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, Plan, Stage};
use crate::model::tree::File;
use crate::model::upstream::Comment;
use crate::store::journal::Recovered;
use crate::tree::Found;

use crate::ops::Session;
use crate::ops::steps::conflicts;
use crate::ops::steps::git_view::{ToCommit, in_git};
use crate::ops::steps::repo::Repo;
use crate::ops::steps::transaction;

/// What was left.
pub struct Outcome {
    /// Whether the plan was carried out.
    pub applied: bool,
    /// What changes in the repo.
    pub plan: Plan,
    /// The templates that the repo no longer has.
    pub templates: Vec<TemplateName>,
    /// The files that stay, and are the team's.
    pub left: Vec<RelPath>,
    /// The changed paths that are for git; none where there is no git.
    pub to_commit: ToCommit,
    /// What an earlier command had left to do.
    pub recovered: Option<Recovered>,
}

/// Takes away markers, manifest and lock; the content stays.
pub fn eject(context: &Session, dry_run: bool) -> Result<Outcome> {
    if dry_run {
        return compute(context);
    }
    let decide = || compute(context);
    let (mut outcome, recovered) =
        transaction::alone(context, "eject", decide, |outcome| &outcome.plan)?;
    outcome.applied = true;
    outcome.recovered = recovered;
    Ok(outcome)
}

fn compute(context: &Session) -> Result<Outcome> {
    let repo = Repo::read(&context.workspace)?;
    let lock = repo.installed(context)?;
    conflicts::refuse_while_open(context, lock)?;
    let mut base = repo.base();
    let ours = repo.ours(&context.workspace, &mut base, [])?;
    let mut changes = Vec::new();
    let mut left = Vec::new();
    for (path, local) in &ours {
        let (Found::File(file) | Found::Link(file)) = &local.found else {
            continue;
        };
        left.push(local.real.clone());
        if base.files.get(path).and_then(Record::as_blocks).is_some() {
            let new = without_markers(path, file)?;
            changes.push(FileChange {
                path: local.real.clone(),
                stage: Stage::File,
                old: Some(file.clone()),
                new: Some(new),
            });
        }
    }
    for (path, stage, text) in [
        (AGENTPKG_TOML, Stage::Manifest, &repo.manifest_text),
        (AGENTPKG_LOCK, Stage::Lock, &repo.lock_text),
    ] {
        changes.push(FileChange {
            path: rel(path),
            stage,
            old: text.as_deref().map(File::plain),
            new: None,
        });
    }
    left.sort();
    left.dedup();
    let plan = Plan::new("eject", changes);
    let to_commit = in_git(context, &plan, &[]).to_commit;
    let templates = lock.inputs.releases.keys().cloned().collect();
    Ok(Outcome {
        applied: false,
        plan,
        templates,
        left,
        to_commit,
        recovered: None,
    })
}

/// Returns a file with the text of its blocks, and without what marked them.
fn without_markers(path: &RelPath, file: &File) -> Result<File> {
    let mend = |what: String| {
        Error::user(format!("`{path}` {what}"))
            .note("nothing was changed")
            .hint("mend it and run the command again")
    };
    let text = file
        .text()
        .ok_or_else(|| mend("is not UTF-8 text".to_owned()))?;
    let found =
        block::find(text, Comment::of(path)).map_err(|malformed| mend(malformed.to_string()))?;
    let mut rest = text.to_owned();
    for block in found.iter().rev() {
        rest.replace_range(block.inner.end..block.whole.end, "");
        rest.replace_range(block.whole.start..block.inner.start, "");
    }
    Ok(File {
        bytes: rest.into_bytes().into(),
        executable: file.executable,
    })
}
