//! A template's source and a repo's answers to files.
//!
//! **Same input, same bytes**: rendering sees the source, the answers and the facts, and nothing
//! else.

mod bounds;
pub mod capability;
pub mod check;
pub mod compose;
pub mod cost;
mod jinja;
pub mod questions;
pub mod reverse;

use std::collections::BTreeMap;

use globset::{Glob, GlobMatcher};

use crate::agent::{Rendered, RenderedFile};
use crate::error::{Error, Result};
use crate::model::answers::Answers;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::template::{FileRule, TEMPLATE_TOML, UpgradePolicy, rendered_path};
use crate::model::tree::File;

/// What all files of a template may cost together, in minijinja's fuel: some seconds.
const MOST_FUEL: u64 = 5_000_000;

/// Renders a template.
///
/// # Errors
/// Names the file and the line where a template can't be rendered with these answers.
pub fn render<'a>(source: &'a Source, answers: &Answers) -> Result<Rendered<'a>> {
    let renderer = jinja::Renderer::new(source, answers);
    let rules = FileRules::of(source)?;
    let mut files = BTreeMap::new();
    for (path, file) in &source.tree {
        let short = rendered_path(path);
        if path.as_str() == TEMPLATE_TOML || !rules.wants(&short, &renderer)? {
            continue;
        }
        let bytes = if short == *path {
            file.bytes.clone()
        } else {
            let bytes = renderer.render(path, file)?;
            if renderer.spent() > MOST_FUEL {
                return Err(
                    Error::user("its files take more steps to render than a template may")
                        .of(source),
                );
            }
            bytes.into()
        };
        let seed = rules
            .policy(&short)
            .unwrap_or_else(|| default_policy(&short))
            == UpgradePolicy::Seed;
        let rendered = RenderedFile {
            file: File {
                bytes,
                executable: file.executable,
            },
            source: path.clone(),
            seed,
        };
        if let Some(other) = files.insert(short.clone(), rendered) {
            let both = crate::words::list([other.source.as_str(), path.as_str()]);
            return Err(Error::user(format!("{both} are both `{short}`"))
                .of(source)
                .hint("remove one of them"));
        }
    }
    let hooks = source
        .manifest
        .hooks
        .iter()
        .filter(|hook| files.contains_key(&hook.run))
        .collect();
    Ok(Rendered {
        name: &source.manifest.template.name,
        files,
        hooks,
        source,
    })
}

/// Memory is seeds unless the manifest says otherwise.
fn default_policy(path: &RelPath) -> UpgradePolicy {
    if path.below("memory").is_some() {
        UpgradePolicy::Seed
    } else {
        UpgradePolicy::Merge
    }
}

/// `[files]`: what holds of which files.
struct FileRules<'a>(Vec<(GlobMatcher, &'a FileRule)>);

impl<'a> FileRules<'a> {
    fn of(source: &'a Source) -> Result<Self> {
        let rules = source.manifest.files.iter().map(|(glob, rule)| {
            let matcher = Glob::new(glob).map_err(|error| {
                Error::user(format!(
                    "`[files.\"{glob}\"]` is not a glob: {}",
                    error.kind()
                ))
                .of(source)
            })?;
            Ok((matcher.compile_matcher(), rule))
        });
        Ok(Self(rules.collect::<Result<_>>()?))
    }

    fn of_path(&self, path: &RelPath) -> impl Iterator<Item = &'a FileRule> {
        self.0
            .iter()
            .filter(|(glob, _)| glob.is_match(path.as_str()))
            .map(|(_, rule)| *rule)
    }

    /// The last rule that speaks of it wins.
    fn policy(&self, path: &RelPath) -> Option<UpgradePolicy> {
        self.of_path(path).filter_map(|rule| rule.policy).last()
    }

    /// Every `when` has to hold.
    fn wants(&self, path: &RelPath, renderer: &jinja::Renderer) -> Result<bool> {
        self.of_path(path)
            .filter_map(|rule| rule.when.as_deref())
            .try_fold(true, |so_far, when| Ok(renderer.holds(when)? && so_far))
    }
}

#[cfg(test)]
mod tests;
