//! `upgrade`: bring installed templates to a newer release, keeping local edits.

use std::collections::BTreeSet;

use globset::GlobBuilder;

use crate::error::{Error, Result};
use crate::model::lock::Lock;
use crate::model::manifest::Wanted;
use crate::model::path::RelPath;
use crate::model::version::{RequestedVersion, Requirement, TemplateRequest};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::change::{self, Outcome, Run};
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::conflicts;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::target::TargetState;

/// What to upgrade.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The templates, all where none is named; with a requirement to move to another line of
    /// releases, or back.
    pub requests: Vec<TemplateRequest>,
    /// Answers given on the command line.
    pub settings: Vec<(String, String)>,
    /// Codes that approve what would be able to run or to do more.
    pub approve: Vec<String>,
    /// Files that the team deleted, and wants back: paths, or patterns as shells have them.
    pub restore: Vec<String>,
    /// Whether to commit what was changed.
    pub commit: bool,
    /// Whether whoever merges the commit approves what it can run.
    pub approve_in_review: bool,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
}

/// Upgrades.
pub fn upgrade(session: &mut Session, options: &Options) -> Result<Outcome> {
    let command = format!(
        "upgrade{}",
        options
            .requests
            .iter()
            .map(|one| format!(" {one}"))
            .collect::<String>()
    );
    change::change(
        session,
        &Run {
            command,
            settings: options.settings.clone(),
            approve: options.approve.clone(),
            dry_run: options.dry_run,
            commits: options.commit,
            in_review: options.approve_in_review,
            read: Repo::read,
            wish: &|session, repo| wish(session, repo, options),
        },
    )
}

/// What is named moves as far as agentpkg.toml admits, or to where the request says; where nothing
/// is named, all do.
fn wish(session: &Session, repo: &Repo, options: &Options) -> Result<TargetState> {
    let lock = repo.installed(session)?;
    conflicts::refuse_while_open(session, lock)?;
    let mut manifest = repo.manifest.clone();
    let mut held = lock.inputs.releases.clone();
    for TemplateRequest { name, asked } in &options.requests {
        if held.remove(name).is_none() {
            let near = words::nearest(
                name.as_str(),
                lock.inputs.releases.keys().map(|name| name.as_str()),
            );
            let error =
                Error::user(format!("`{name}` is not installed")).note("nothing was changed");
            let command = match near {
                Some(near) => CommandLine::again(session).naming(name, near),
                None => CommandLine::next(session, "install").word(name.as_str()),
            };
            return Err(error.command(command));
        }
        let version = match asked {
            RequestedVersion::Any => None,
            RequestedVersion::Latest => Some(Requirement::any()),
            RequestedVersion::Of(requirement) => Some(requirement.clone()),
        };
        if let Some(version) = version {
            let registry = manifest
                .templates
                .get(name)
                .and_then(|wanted| wanted.registry.clone());
            manifest
                .templates
                .insert(name.clone(), Wanted { version, registry });
        }
    }
    if options.requests.is_empty() && options.restore.is_empty() {
        held.clear();
    }
    let mut restore = BTreeSet::new();
    for wanted in &options.restore {
        restore.extend(deleted(session, lock, wanted)?);
    }
    let named = options
        .requests
        .iter()
        .map(|request| request.name.clone())
        .collect();
    let latest = TemplateRequest::latest(&options.requests);
    Ok(TargetState {
        manifest,
        unversioned: latest.clone(),
        latest,
        held,
        named,
        locked: false,
        restore,
        marks: !options.commit,
        upgrades: true,
    })
}

/// Returns the files that may be brought back: the one at a path, or all that are not here and fit
/// a pattern.
fn deleted(session: &Session, lock: &Lock, wanted: &str) -> Result<Vec<RelPath>> {
    let path = wanted.parse::<RelPath>().ok();
    if let Some(path) = path.filter(|path| lock.files.contains_key(path)) {
        return Ok(vec![path]);
    }
    let is_pattern = wanted.contains(['*', '?', '[', '{']);
    let all_deleted = "`agentpkg status -v` names the files that were deleted";
    if !is_pattern {
        let near = words::nearest(wanted, lock.files.keys().map(RelPath::as_str));
        let error = unchanged(format!("no template wrote `{wanted}`"));
        return Err(match near {
            Some(near) => {
                let again = CommandLine::again(session).replacing(wanted, near);
                error.command(again)
            }
            None => error.hint(all_deleted),
        });
    }
    let glob = GlobBuilder::new(wanted)
        .literal_separator(true)
        .build()
        .map_err(|wrong| unchanged(format!("`{wanted}` is no pattern: {}", wrong.kind())))?
        .compile_matcher();
    let mut deleted = Vec::new();
    for path in lock
        .files
        .keys()
        .filter(|path| glob.is_match(path.as_str()))
    {
        if session
            .workspace
            .file(conflicts::team_path(lock, path))?
            .is_none()
        {
            deleted.push(path.clone());
        }
    }
    match deleted.is_empty() {
        true => {
            Err(unchanged(format!("nothing that you deleted fits `{wanted}`")).hint(all_deleted))
        }
        false => Ok(deleted),
    }
}

fn unchanged(message: String) -> Error {
    Error::user(message).note("nothing was changed")
}
