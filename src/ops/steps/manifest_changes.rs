//! What a verb writes down in agentpkg.toml and agentpkg.lock.

use semver::Version;

use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::lock::{AGENTPKG_LOCK, Lock};
use crate::model::manifest::{AGENTPKG_TOML, DEFAULT_REGISTRY, Manifest, ManifestEdit};
use crate::model::name::TemplateName;
use crate::model::path::rel;
use crate::model::plan::{FileChange, Stage};
use crate::model::tree::File;
use crate::model::version::Requirement;
use crate::store::config::Chosen;

use crate::ops::Session;
use crate::ops::steps::answers::NewAnswer;
use crate::ops::steps::repo::{Repo, this_version};
use crate::ops::steps::unsigned;

/// What is written down in agentpkg.toml.
pub struct ManifestChanges<'a> {
    /// The templates whose requirement is still to be written.
    pub unversioned: &'a [TemplateName],
    /// The agents written for.
    pub agents: &'a [Agent],
    /// The registry of templates that name no other.
    pub registry: &'a Chosen,
    /// Answers that agentpkg.toml didn't have.
    pub answers: &'a [NewAnswer],
}

/// Returns the changes of agentpkg.toml and agentpkg.lock.
pub fn own_files(
    session: &Session,
    repo: &Repo,
    manifest: &Manifest,
    lock: &Lock,
    written: &ManifestChanges,
) -> Result<Vec<FileChange>> {
    let mut edit = ManifestEdit::parse(repo.manifest_text.as_deref().unwrap_or_default())?;
    if repo.manifest_text.is_none() {
        let Version { major, minor, .. } = this_version();
        edit.needs(&format!(">={major}.{minor}").parse()?);
    }
    match &manifest.agents {
        None => edit.agents(written.agents),
        Some(agents) if repo.manifest.agents.as_ref() != Some(agents) => edit.agents(agents),
        Some(_) => {}
    }
    if !manifest.registries.contains_key(DEFAULT_REGISTRY) {
        let url = written.registry.address.for_repo(session.workspace.root());
        edit.registry(DEFAULT_REGISTRY, &unsigned::entry(written.registry, url));
    }
    for (name, entry) in &manifest.registries {
        if repo.manifest.registries.get(name) != Some(entry) {
            edit.registry(name, entry);
        }
    }
    for (name, wanted) in &manifest.templates {
        let requirement = match lock.inputs.releases.get(name) {
            Some(release) if written.unversioned.contains(name) => {
                Requirement::compatible_with(&release.version)
            }
            _ => wanted.version.clone(),
        };
        let before = repo.manifest.templates.get(name);
        if before.is_none_or(|before| before.version != requirement) {
            edit.template(name, &requirement);
        }
        if before.and_then(|before| before.registry.as_ref()) != wanted.registry.as_ref() {
            edit.template_registry(name, wanted.registry.as_deref());
        }
    }
    for NewAnswer { key, answer, .. } in written.answers {
        edit.answer(key, answer);
    }
    // The same lock in other bytes is no change: git may have given it carriage returns.
    let same = repo
        .lock_text
        .clone()
        .filter(|_| repo.lock.as_ref() == Some(lock) && !repo.rejoined);
    let lock_text = same.unwrap_or_else(|| lock.to_text());
    Ok(vec![
        FileChange {
            path: rel(AGENTPKG_TOML),
            stage: Stage::Manifest,
            old: repo.manifest_text.as_deref().map(File::plain),
            new: Some(File::plain(edit.into_text())),
        },
        FileChange {
            path: rel(AGENTPKG_LOCK),
            stage: Stage::Lock,
            old: repo.lock_text.as_deref().map(File::plain),
            new: Some(File::plain(lock_text)),
        },
    ])
}
