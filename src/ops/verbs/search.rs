//! `search`: what the registries have.

use crate::error::Result;
use crate::model::index::{Catalog, CatalogEntry};
use crate::model::manifest::DEFAULT_REGISTRY;
use crate::model::name::TemplateName;
use crate::store::config::Chosen;

use crate::ops::Session;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;

/// What `search` found in one registry.
pub struct SearchResult {
    /// The registry's name in agentpkg.toml; what `--registry` names is `default`.
    pub name: String,
    /// The registry that was asked.
    pub registry: Chosen,
    /// The templates, those that are recommended first.
    pub templates: Vec<(TemplateName, CatalogEntry)>,
    /// How many the registry has in all; an error where it can't be read.
    pub all: Result<usize>,
}

/// Returns the templates whose name, description or keywords have every one of `words`, by
/// registry: of the one that `--registry` names, else of all.
///
/// # Errors
/// When the one registry that there is can't be read.
pub fn search(session: &Session, words: &[String]) -> Result<Vec<SearchResult>> {
    let repo = Repo::without_lock(&session.workspace)?;
    let registries = Registries::new(session, &repo.manifest)?;
    let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let mut all = Vec::new();
    for (name, registry) in registries.each() {
        let is_asked = name == DEFAULT_REGISTRY || session.environment.flag.is_none();
        if !is_asked {
            continue;
        }
        let mut found = SearchResult {
            name: name.to_owned(),
            registry: registries.address_of(name)?,
            templates: Vec::new(),
            all: Ok(0),
        };
        match registry.catalog() {
            Ok(catalog) => {
                found.all = Ok(catalog.templates.len());
                found.templates = matching(catalog, &words);
            }
            Err(error) => found.all = Err(error),
        }
        all.push(found);
    }
    match all.as_slice() {
        [SearchResult { all: Err(_), .. }] => Err(all.remove(0).all.expect_err("it is one")),
        _ => Ok(all),
    }
}

/// Returns the templates of a catalog that have every one of `words`, in small letters.
fn matching(catalog: Catalog, words: &[String]) -> Vec<(TemplateName, CatalogEntry)> {
    let mut templates = Vec::new();
    for (name, entry) in catalog.templates {
        let text = format!("{name} {} {}", entry.description, entry.keywords.join(" "));
        let text = text.to_lowercase();
        if words.iter().all(|word| text.contains(word.as_str())) {
            templates.push((name, entry));
        }
    }
    templates.sort_by_key(|(_, entry)| !entry.recommended);
    templates
}
