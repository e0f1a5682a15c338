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
    let mut marks = Marks::new();
    for (name, release) in after {
        let labels = SideLabels {
            base: match before.get(name) {
                Some(old) => format!("{name} {}", old.version),
                None => name.to_string(),
            },
            ours: LOCAL.to_owned(),
            theirs: format!("{name} {}", release.version),
        };
        marks.insert(name.clone(), labels);
    }
    marks
}

/// Returns the sections that templates which moved forward say of the releases in between.
pub fn news(
    sources: &[Source],
    before: &BTreeMap<TemplateName, LockedRelease>,
) -> Vec<ReleaseNotes> {
    let mut notes = Vec::new();
    for source in sources {
        let about = &source.manifest.template;
        let Some(installed) = before.get(&about.name) else {
            continue;
        };
        for (version, text) in source.changelog() {
            if version > installed.version && version <= about.version {
                let name = about.name.clone();
                notes.push(ReleaseNotes {
                    name,
                    version,
                    text,
                });
            }
        }
    }
    notes
}
