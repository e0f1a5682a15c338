//! `yank`: a release is hidden from resolution, and stays for those who have it.

use semver::Version;

use super::write::Write;
use super::{Address, Registry};
use crate::error::{Error, Result};
use crate::model::index::{Index, Release};
use crate::model::name::TemplateName;
use crate::resolve::no_template;
use crate::words;

/// Hides a release of a registry for `reason`, or with `None` shows it again; returns it as it is
/// now.
///
/// The release is never removed: a locked install of it works, and warns.
///
/// # Errors
/// When there is no such registry, template or version.
pub fn yank(
    registry: &Registry,
    name: &TemplateName,
    version: &Version,
    reason: Option<&str>,
) -> Result<Release> {
    registry.info()?;
    let verb = if reason.is_some() { "yank" } else { "show" };
    let what = format!("{verb} {name} {version}");
    let mut yanked = None;
    registry.place.change(&what, &mut || {
        let (release, writes) = decide(registry, name, version, reason)?;
        yanked = Some(release);
        Ok(writes)
    })?;
    Ok(yanked.expect("a change is decided before it is made"))
}

fn decide(
    registry: &Registry,
    name: &TemplateName,
    version: &Version,
    reason: Option<&str>,
) -> Result<(Release, Vec<Write>)> {
    let mut catalog = registry.catalog()?;
    let mut index = registry.index(name)?.ok_or_else(|| {
        no_template(
            name,
            &registry.address().to_string(),
            catalog.templates.keys(),
        )
    })?;
    let release = find(&mut index, version, registry.address())?;
    release.yanked = reason.map(str::to_owned);
    let release = release.clone();
    if let Some(entry) = catalog.templates.get_mut(name) {
        entry.latest = index.latest().map(|release| release.version.clone());
    }
    let mut writes = vec![
        Write::catalog(registry, &catalog)?,
        Write::index(registry, &index)?,
    ];
    registry.drop_written(&mut writes)?;
    Ok((release, writes))
}

fn find<'a>(index: &'a mut Index, version: &Version, address: &Address) -> Result<&'a mut Release> {
    let missing = Error::user(format!(
        "`{}` has no release {version} in `{address}`",
        index.name
    ));
    let newest: Vec<_> = index
        .releases
        .iter()
        .rev()
        .take(5)
        .map(|release| release.version.to_string())
        .collect();
    let hint = match newest.as_slice() {
        [one] => format!("its one release is `{one}`"),
        newest => format!("its newest releases are {}", words::list(newest)),
    };
    let found = index
        .releases
        .iter_mut()
        .find(|release| release.version == *version);
    found.ok_or_else(|| missing.hint(hint))
}
