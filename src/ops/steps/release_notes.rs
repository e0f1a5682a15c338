//! What releases say of themselves: their names in markers, and their changelogs.

use std::collections::BTreeMap;

use semver::Version;

use crate::merge::block::Marks;
use crate::merge::marking::LOCAL;
use crate::merge::pieces::SideLabels;
use crate::model::lock::LockedRelease;
use crate::model::name::TemplateName;
use crate::model::source::Source;

/// What a release says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseNotes {
    /// The template.
    pub name: TemplateName,
    /// The release.
    pub version: Version,
    /// Its section of the changelog.
    pub text: String,
}

/// Returns what the versions of each template are called in markers.
pub fn marks(
    before: &BTreeMap<TemplateName, LockedRelease>,
    after: &BTreeMap<TemplateName, LockedRelease>,
) -> Marks {
    let label = |(name, release): (&TemplateName, &LockedRelease)| {
        let base = before
            .get(name)
            .map_or_else(|| name.to_string(), |old| format!("{name} {}", old.version));
        (
            name.clone(),
            SideLabels {
                base,
                ours: LOCAL.to_owned(),
                theirs: format!("{name} {}", release.version),
            },
        )
    };
    after.iter().map(label).collect()
}

/// Returns the sections that templates which moved forward say of the releases in between.
pub fn news(
    sources: &[Source],
    before: &BTreeMap<TemplateName, LockedRelease>,
) -> Vec<ReleaseNotes> {
    let of = |source: &Source| {
        let about = &source.manifest.template;
        let from = before
            .get(&about.name)
            .map(|release| release.version.clone());
        let sections = source.changelog().into_iter().filter(move |(version, _)| {
            from.as_ref().is_some_and(|from| version > from) && *version <= about.version
        });
        let news = |(version, text)| ReleaseNotes {
            name: about.name.clone(),
            version,
            text,
        };
        sections.map(news).collect::<Vec<_>>()
    };
    sources.iter().flat_map(of).collect()
}
