//! `yank`: what was published is offered no more, and stays for those who have it.

use std::fmt;

use semver::Version;

use super::write::Write;
use super::{Address, Registry};
use crate::error::{Error, Result};
use crate::model::index::{Catalog, Deprecated, Index, Release};
use crate::model::name::TemplateName;
use crate::resolve::no_template;
use crate::words;

/// What becomes of what was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// A release isn't chosen any more. Who has it keeps it, and is told why.
    Yank(Version, String),
    /// A release isn't safe: who has it is to leave it, and nobody installs it.
    Recall(Version, String),
    /// A release is offered again.
    Offer(Version),
    /// Another template takes the place of this one.
    Deprecate(Deprecated),
    /// None does.
    Undeprecate,
}

/// As a commit says it: "yank house 1.0.0".
struct Spoken<'a>(&'a TemplateName, &'a Withdrawal);

impl fmt::Display for Spoken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(name, withdrawal) = self;
        match withdrawal {
            Withdrawal::Yank(version, _) => write!(f, "yank {name} {version}"),
            Withdrawal::Recall(version, _) => write!(f, "recall {name} {version}"),
            Withdrawal::Offer(version) => write!(f, "offer {name} {version} again"),
            Withdrawal::Deprecate(Deprecated { replacement, .. }) => {
                write!(f, "deprecate {name}, use {replacement}")
            }
            Withdrawal::Undeprecate => write!(f, "offer {name} again"),
        }
    }
}

/// Withdraws what was published, or offers it again; returns the template's index as it is now, and
/// whether that is news.
///
/// Nothing is ever removed: a locked install of a yanked release works, and warns.
///
/// # Errors
/// When there is no such registry, template or version.
pub fn withdraw(
    registry: &Registry,
    name: &TemplateName,
    withdrawal: &Withdrawal,
) -> Result<(Index, bool)> {
    registry.info()?;
    let mut done = None;
    let what = Spoken(name, withdrawal).to_string();
    registry.place.change(&what, &mut || {
        let (index, writes) = decide(registry, name, withdrawal)?;
        done = Some((index, !writes.is_empty()));
        Ok(writes)
    })?;
    Ok(done.expect("a change is decided before it is made"))
}

fn decide(
    registry: &Registry,
    name: &TemplateName,
    withdrawal: &Withdrawal,
) -> Result<(Index, Vec<Write>)> {
    let mut catalog = registry.catalog()?;
    let mut index = registry
        .index(name)?
        .ok_or_else(|| unknown(name, registry, &catalog))?;
    match withdrawal {
        Withdrawal::Yank(version, reason) | Withdrawal::Recall(version, reason) => {
            let release = find(&mut index, version, registry.address())?;
            let recalls = matches!(withdrawal, Withdrawal::Recall(..));
            if release.recall().is_some() && !recalls {
                return Err(Error::user(format!(
                    "`{name}` {version} was recalled, and a yank would take that back"
                ))
                .note("nothing was changed")
                .command(format!(
                    "agentpkg yank {name}@{version} --undo --registry {}",
                    words::path_quoted(&registry.address().to_string())
                )));
            }
            release.yanked = Some(reason.clone());
            release.recalled = recalls;
        }
        Withdrawal::Offer(version) => {
            let release = find(&mut index, version, registry.address())?;
            release.yanked = None;
            release.recalled = false;
        }
        Withdrawal::Deprecate(deprecated) => {
            check_replacement(registry, &catalog, name, &deprecated.replacement)?;
            index.deprecated = Some(deprecated.clone());
        }
        Withdrawal::Undeprecate => index.deprecated = None,
    }
    let is_deprecated = index.deprecated.is_some();
    for release in &mut index.releases {
        release.deprecated = is_deprecated;
    }
    if let Some(entry) = catalog.templates.get_mut(name) {
        entry.latest = index.latest().map(|release| release.version.clone());
        let deprecated = index.deprecated.as_ref();
        entry.deprecated = deprecated.map(|deprecated| deprecated.replacement.clone());
    }
    let mut writes = vec![
        Write::catalog(registry, &catalog)?,
        Write::index(registry, &index)?,
    ];
    registry.drop_written(&mut writes)?;
    Ok((index, writes))
}

/// Checks that `replacement` can take the place of `name`.
fn check_replacement(
    registry: &Registry,
    catalog: &Catalog,
    name: &TemplateName,
    replacement: &TemplateName,
) -> Result<()> {
    if replacement == name {
        return Err(Error::user(format!("`{name}` can't take its own place"))
            .hint_command("name another template", "--replaced-by NAME"));
    }
    let Some(entry) = catalog.templates.get(replacement) else {
        return Err(unknown(replacement, registry, catalog));
    };
    if let Some(other) = &entry.deprecated {
        return Err(Error::user(format!(
            "`{replacement}` is deprecated itself: `{other}` takes its place"
        ))
        .hint_command("name a template that isn't", "--replaced-by NAME"));
    }
    if entry.latest.is_none() {
        return Err(
            Error::user(format!("no release of `{replacement}` is offered"))
                .hint_command("name a template that has one", "--replaced-by NAME"),
        );
    }
    Ok(())
}

fn unknown(name: &TemplateName, registry: &Registry, catalog: &Catalog) -> Error {
    no_template(
        name,
        &registry.address().to_string(),
        catalog.templates.keys(),
    )
}

fn find<'a>(index: &'a mut Index, version: &Version, address: &Address) -> Result<&'a mut Release> {
    let missing = missing_release(index, version, address);
    let found = index
        .releases
        .iter_mut()
        .find(|release| release.version == *version);
    found.ok_or(missing)
}

fn missing_release(index: &Index, version: &Version, address: &Address) -> Error {
    let mut newest = Vec::new();
    for release in index.releases.iter().rev().take(5) {
        newest.push(release.version.to_string());
    }
    let hint = match newest.as_slice() {
        [one] => format!("its one release is `{one}`"),
        newest => format!("its newest releases are {}", words::list(newest)),
    };
    let name = &index.name;
    Error::user(format!("`{name}` has no release {version} in `{address}`")).hint(hint)
}
