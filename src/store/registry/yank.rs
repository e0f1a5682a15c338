//! `yank`: a release is hidden from resolution, and stays for those who have it.

use std::path::Path;

use semver::Version;

use super::write::{self, Write};
use super::{Address, Registry};
use crate::error::{Error, Result};
use crate::model::index::{Index, Release};
use crate::model::name::TemplateName;
use crate::resolve::no_template;
use crate::words;

/// Hides a release of the registry in `folder` for `reason`, or with `None` shows it again; returns
/// it as it is now.
///
/// The release is never removed: a locked install of it works, and warns.
///
/// # Errors
/// When there is no such registry, template or version.
pub fn yank(
    folder: &Path,
    name: &TemplateName,
    version: &Version,
    reason: Option<&str>,
) -> Result<Release> {
    let registry = Registry::folder(folder);
    registry.info()?;
    let _lock = write::lock(folder, &format!("yanking `{name}` {version}"))?;
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
    write::apply(
        folder,
        &[
            Write::catalog(&registry, &catalog)?,
            Write::index(&registry, &index)?,
        ],
    )?;
    Ok(release)
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
