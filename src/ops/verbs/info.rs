//! `info NAME`: what a template brings and asks, and its releases.

use crate::agent::support::limits_of_source;
use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::index::Index;
use crate::model::name::TemplateName;
use crate::model::source::Source;
use crate::model::support::Limit;
use crate::store::config::Chosen;

use crate::ops::Session;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;

/// What `info` tells of a template.
pub struct Info {
    pub registry: Chosen,
    /// Its releases.
    pub index: Index,
    /// The source of the newest one.
    pub source: Source,
    /// What the agents here wouldn't get of it as it is meant.
    pub limits: Vec<Limit>,
}

/// Returns what is known of a template.
///
/// # Errors
/// When the registry doesn't have it; names the nearest that it has.
pub fn info(session: &Session, name: &TemplateName) -> Result<Info> {
    let repo = Repo::without_lock(&session.workspace)?;
    let registries = Registries::new(session, &repo.manifest)?;
    let (registry, index) = registries.index_of(name)?;
    let newest = index.latest().or_else(|| index.releases.last());
    let newest = newest.ok_or_else(|| registries.unknown(&registry, name))?;
    let source = registries.source(&registry, name, newest)?;
    Ok(Info {
        registry: registries.address_of(&registry)?,
        limits: limits_of_source(&agents(session, &repo), &source),
        source,
        index,
    })
}

/// Returns the agents that files are written for here, or would be.
fn agents(session: &Session, repo: &Repo) -> Vec<Agent> {
    if let Some(agents) = &repo.manifest.agents {
        return agents.clone();
    }
    match session.workspace.agents_in_use().0 {
        in_use if in_use.is_empty() => vec![Agent::Claude],
        in_use => in_use,
    }
}
