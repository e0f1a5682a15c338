//! A bare `agentpkg`: where one stands, and the next command.

use crate::error::Result;
use crate::model::index::CatalogEntry;
use crate::model::name::TemplateName;
use crate::store::asked::AsOf;
use crate::store::config::Chosen;
use crate::store::journal::Interrupted;
use crate::store::registry::Address;

use crate::ops::Session;
use crate::ops::steps::records;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::standing::{self, Template};

/// Where one stands.
pub struct Outcome {
    /// The templates that agentpkg.toml asks for.
    pub wanted: usize,
    /// The templates that are installed, and how they stand in their registries.
    pub installed: Vec<Template>,
    /// The registry in use.
    pub registry: Chosen,
    /// What it recommends and the repo lacks; an error in words where it can't be read.
    pub recommended: Result<Vec<(TemplateName, CatalogEntry)>, String>,
    /// The command that was interrupted, if one was.
    pub interrupted: Option<Interrupted>,
    /// How old what registries said is, where they weren't asked for anything newer.
    pub as_of: Vec<(Address, AsOf)>,
}

/// Looks around.
pub fn welcome(session: &Session) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    let registries = Registries::new(session, &repo.manifest)?;
    let installed = match &repo.lock {
        Some(lock) => standing::templates(&registries, &repo, lock),
        None => Vec::new(),
    };
    let recommended = match registries.default().catalog() {
        Ok(catalog) => {
            let mut templates: Vec<_> = catalog.templates.into_iter().collect();
            templates.retain(|(name, entry)| {
                entry.recommended
                    && entry.offered().is_some()
                    && !installed.iter().any(|template| template.name == *name)
                    && !repo.manifest.templates.contains_key(name)
            });
            Ok(templates)
        }
        Err(error) => Err(error.message().to_owned()),
    };
    Ok(Outcome {
        wanted: repo.manifest.templates.len(),
        installed,
        registry: registries.chosen().clone(),
        recommended,
        interrupted: records::interrupted(session)?,
        as_of: registries.as_of(),
    })
}
