//! Templates that came, moved or went.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;

use crate::model::lock::LockedRelease;
use crate::model::name::TemplateName;

/// A template's versions before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    pub name: TemplateName,
    /// What was installed.
    pub from: Option<Version>,
    /// What is now.
    pub to: Option<Version>,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, "{} {from} -> {to}", self.name),
            (None, Some(to)) => write!(f, "{} {to}", self.name),
            (Some(from), None) => write!(f, "{} {from} -> nothing", self.name),
            (None, None) => self.name.fmt(f),
        }
    }
}

/// Returns the templates that came, moved or went.
pub fn moves(
    before: &BTreeMap<TemplateName, LockedRelease>,
    after: &BTreeMap<TemplateName, LockedRelease>,
) -> Vec<Move> {
    let mut names: Vec<&TemplateName> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let version = |releases: &BTreeMap<TemplateName, LockedRelease>, name| {
        releases
            .get(name)
            .map(|release: &LockedRelease| release.version.clone())
    };
    let moves = names.into_iter().map(|name| Move {
        name: name.clone(),
        from: version(before, name),
        to: version(after, name),
    });
    moves.filter(|one| one.from != one.to).collect()
}
