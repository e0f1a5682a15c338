//! A template's source: its tree with the manifest read.

use std::fmt;

use semver::Version;

use crate::error::{Error, Result};
use crate::model::changelog::{self, CHANGELOG};
use crate::model::path::rel;
use crate::model::template::{TEMPLATE_TOML, TemplateManifest};
use crate::model::tree::{File, FileTree};

/// A template's source.
#[derive(Clone, Debug)]
pub struct Source {
    /// template.toml.
    pub manifest: TemplateManifest,
    /// Every file, template.toml among them.
    pub tree: FileTree,
}

impl Source {
    /// Reads the manifest of a tree; `place` names the folder or the release in messages.
    pub fn of(place: &str, tree: FileTree) -> Result<Self> {
        let Some(file) = tree.get(&rel(TEMPLATE_TOML)) else {
            return Err(
                Error::user(format!("`{place}` has no `{TEMPLATE_TOML}`")).hint(
                    "name the folder of a template: `agentpkg publish templates/NAME --registry \
                     DIR`",
                ),
            );
        };
        let name = if place == "." {
            TEMPLATE_TOML.to_owned()
        } else {
            format!("{place}/{TEMPLATE_TOML}")
        };
        let text = file
            .text()
            .ok_or_else(|| Error::user(format!("`{name}` is not UTF-8 text")))?;
        let manifest = TemplateManifest::parse(&name, text)?;
        Ok(Self { manifest, tree })
    }

    /// Returns the text of a file at the root of the source, if it is there and is text.
    pub fn text(&self, name: &'static str) -> Option<&str> {
        self.tree.get(&rel(name)).and_then(File::text)
    }

    /// Returns the changelog's section for a version, without its heading.
    pub fn changelog_section(&self, version: &Version) -> Option<String> {
        self.changelog()
            .into_iter()
            .find(|(other, _)| other == version)
            .map(|(_, text)| text)
    }

    /// Returns the changelog's sections by their versions, in their order, without headings.
    pub fn changelog(&self) -> Vec<(Version, String)> {
        changelog::sections(self.text(CHANGELOG).unwrap_or_default())
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` {}",
            self.manifest.template.name, self.manifest.template.version
        )
    }
}
