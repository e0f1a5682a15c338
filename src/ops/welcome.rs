//! A bare `agentpkg`: where one stands, and the next command.

use semver::Version;

use crate::error::Result;
use crate::model::index::CatalogEntry;
use crate::model::name::TemplateName;
use crate::store::config::Chosen;
use crate::store::journal::Interrupted;

use super::Context;
use super::records;
use super::releases::Registries;
use super::repo::Repo;

/// Where one stands.
pub struct Outcome {
    /// The templates that agentpkg.toml asks for.
    pub wanted: usize,
    /// The templates that are installed.
    pub installed: Vec<(TemplateName, Version)>,
    /// The registry in use.
    pub registry: Chosen,
    /// What it recommends and the repo lacks; an error in words where it can't be read.
    pub recommended: Result<Vec<(TemplateName, CatalogEntry)>, String>,
    /// The command that was interrupted, if one was.
    pub interrupted: Option<Interrupted>,
}

/// Looks around.
pub fn welcome(context: &Context) -> Result<Outcome> {
    let repo = Repo::read(&context.workspace)?;
    let registries = Registries::new(context, &repo.manifest)?;
    let installed = repo
        .lock
        .as_ref()
        .map(|lock| lock.inputs.releases.clone())
        .unwrap_or_default();
    let recommended = registries
        .default()
        .catalog()
        .map_err(|error| error.message().to_owned())
        .map(|catalog| {
            let lacking = |(name, entry): &(TemplateName, CatalogEntry)| {
                entry.recommended
                    && entry.latest.is_some()
                    && !installed.contains_key(name)
                    && !repo.manifest.templates.contains_key(name)
            };
            catalog.templates.into_iter().filter(lacking).collect()
        });
    Ok(Outcome {
        wanted: repo.manifest.templates.len(),
        installed: installed
            .into_iter()
            .map(|(name, release)| (name, release.version))
            .collect(),
        registry: registries.chosen().clone(),
        recommended,
        interrupted: records::interrupted(context)?,
    })
}
