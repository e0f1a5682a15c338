//! Checks that a text is a valid document of its kind.

use super::json;
use super::marking::frontmatter;
use super::text::fences;
use super::yaml;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// Strict JSON, in which no key comes twice.
    StrictJson,
    /// JSON with comments, in which no key comes twice.
    Json,
    Toml,
    /// YAML, in which no key comes twice.
    Yaml,
    /// A text whose code fences close.
    Fences,
    /// A text whose frontmatter, if it has one, is YAML.
    Frontmatter,
}

impl Check {
    pub fn passes(self, bytes: &[u8]) -> bool {
        let text = || std::str::from_utf8(bytes);
        match self {
            Self::StrictJson => text().is_ok_and(json::is_strict),
            Self::Json => text().is_ok_and(json::is_readable),
            Self::Toml => text().is_ok_and(|text| toml_edit::Document::parse(text).is_ok()),
            Self::Yaml => text().is_ok_and(yaml::is_valid),
            Self::Fences => fences::close(bytes),
            Self::Frontmatter => has_valid_frontmatter(bytes),
        }
    }
}

/// Returns whether the frontmatter of a text, if it has one, is YAML.
fn has_valid_frontmatter(bytes: &[u8]) -> bool {
    let lines = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(frontmatter(bytes));
    let inner: Vec<&[u8]> = lines.skip(1).collect();
    inner
        .split_last()
        .is_none_or(|(_, inner)| Check::Yaml.passes(&inner.concat()))
}
