//! `search` and `info`: what a registry has.

use crate::error::Result;
use crate::model::index::{CatalogEntry, Index};
use crate::model::name::TemplateName;
use crate::model::source::Source;
use crate::store::config::Chosen;

use super::Context;
use super::releases::Registries;
use super::repo::Repo;

/// What `search` found.
pub struct Found {
    /// The registry that was asked.
    pub registry: Chosen,
    /// The templates, those that are recommended first.
    pub templates: Vec<(TemplateName, CatalogEntry)>,
    /// How many the registry has in all.
    pub all: usize,
}

/// Returns the templates whose name, description or keywords have every one of `words`.
pub fn search(context: &Context, words: &[String]) -> Result<Found> {
    let repo = Repo::without_lock(&context.workspace)?;
    let registries = Registries::new(context, &repo.manifest)?;
    let catalog = registries.default().catalog()?;
    let all = catalog.templates.len();
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let matches = |name: &TemplateName, entry: &CatalogEntry| {
        let text =
            format!("{name} {} {}", entry.description, entry.keywords.join(" ")).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    };
    let mut templates: Vec<_> = catalog
        .templates
        .into_iter()
        .filter(|(name, entry)| matches(name, entry))
        .collect();
    templates.sort_by_key(|(_, entry)| !entry.recommended);
    Ok(Found {
        registry: registries.chosen().clone(),
        templates,
        all,
    })
}

/// What `info` tells of a template.
pub struct Info {
    /// The registry that has it.
    pub registry: Chosen,
    /// Its releases.
    pub index: Index,
    /// The source of the newest one.
    pub source: Source,
}

/// Returns what is known of a template.
///
/// # Errors
/// When the registry doesn't have it; names the nearest that it has.
pub fn info(context: &Context, name: &TemplateName) -> Result<Info> {
    let repo = Repo::without_lock(&context.workspace)?;
    let registries = Registries::new(context, &repo.manifest)?;
    let (registry, index) = registries.index_of(name)?;
    let newest = index.latest().or_else(|| index.releases.last());
    let newest = newest.ok_or_else(|| registries.unknown(&registry, name))?;
    let source = registries.source(&registry, name, newest)?;
    Ok(Info {
        registry: registries.chosen_as(&registry)?,
        source,
        index,
    })
}
