//! A release's version and what a manifest asks for.

use std::fmt;
use std::str::FromStr;

pub use semver::Version;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::model::name::TemplateName;

/// Which versions will do, as Cargo writes it: `^1.2`, `>=1, <3`, `=1.2.3`, `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Requirement(semver::VersionReq);

impl Requirement {
    /// Returns the requirement that every released version meets.
    pub fn any() -> Self {
        Self(semver::VersionReq::STAR)
    }

    /// Returns the requirement that `version` and its compatible successors meet.
    ///
    /// A pre-release is named in full, since nothing else would let it be chosen.
    pub fn compatible_with(version: &Version) -> Self {
        let text = match (version.pre.is_empty(), version.major, version.minor) {
            (false, ..) => format!("^{}", without_build(version)),
            (true, 0, 0) => format!("^0.0.{}", version.patch),
            (true, ..) => format!("^{}.{}", version.major, version.minor),
        };
        text.parse()
            .expect("a caret before a version is a requirement")
    }

    /// Returns whether `version` will do. A pre-release does only where a comparator names one of
    /// the same version.
    pub fn matches(&self, version: &Version) -> bool {
        self.0.matches(version)
    }

    /// Returns the parsed comparators, all of which a version has to meet.
    pub fn comparators(&self) -> &[semver::Comparator] {
        &self.0.comparators
    }
}

fn without_build(version: &Version) -> Version {
    Version {
        build: semver::BuildMetadata::EMPTY,
        ..version.clone()
    }
}

impl FromStr for Requirement {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        semver::VersionReq::parse(text).map(Self).map_err(|error| {
            Error::user(format!("`{text}` is not a version requirement: {error}"))
                .hint("write one like `^1.2`, `=1.2.3` or `>=1, <3`")
        })
    }
}

impl TryFrom<String> for Requirement {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Requirement> for String {
    fn from(requirement: Requirement) -> Self {
        requirement.to_string()
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a person types after `install`: `NAME` or `NAME@REQUIREMENT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The template.
    pub name: TemplateName,
    /// What follows the `@`; a bare version (`1.2.3`) asks for exactly that one.
    pub requirement: Option<Requirement>,
}

impl FromStr for Request {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.contains(['/', '\\', ':']) || text.starts_with('.') {
            return Err(Error::user(format!(
                "`{text}` is a place, and a template is installed by its name: NAME --registry \
                 ADDRESS"
            ))
            .hint("agentpkg search --registry ADDRESS"));
        }
        let Some((name, wanted)) = text.split_once('@') else {
            return Ok(Self {
                name: text.parse()?,
                requirement: None,
            });
        };
        let requirement = match Version::parse(wanted) {
            Ok(version) => format!("={}", without_build(&version)).parse()?,
            Err(_) => wanted.parse()?,
        };
        Ok(Self {
            name: name.parse()?,
            requirement: Some(requirement),
        })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.requirement {
            Some(requirement) => write!(f, "{}@{requirement}", self.name),
            None => self.name.fmt(f),
        }
    }
}

/// What `--bump` says: which number of a version goes up, or which version comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bump {
    /// The third number.
    Patch,
    /// The second number.
    Minor,
    /// The first number.
    Major,
    /// This version.
    To(Version),
}

impl Bump {
    /// Returns the version that comes after `newest`.
    ///
    /// A word names a number, before 1.0 too. A pre-release is followed by the version that it
    /// precedes, if the numbers behind the named one are zero, as `npm version` has it.
    pub fn after(&self, newest: &Version) -> Version {
        let Version {
            major,
            minor,
            patch,
            ..
        } = *newest;
        let is_pre = !newest.pre.is_empty();
        match self {
            Self::To(version) => version.clone(),
            Self::Major if is_pre && minor == 0 && patch == 0 => Version::new(major, 0, 0),
            Self::Major => Version::new(major.saturating_add(1), 0, 0),
            Self::Minor if is_pre && patch == 0 => Version::new(major, minor, 0),
            Self::Minor => Version::new(major, minor.saturating_add(1), 0),
            Self::Patch if is_pre => Version::new(major, minor, patch),
            Self::Patch => Version::new(major, minor, patch.saturating_add(1)),
        }
    }
}

impl fmt::Display for Bump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Patch => f.write_str("patch"),
            Self::Minor => f.write_str("minor"),
            Self::Major => f.write_str("major"),
            Self::To(version) => version.fmt(f),
        }
    }
}

impl FromStr for Bump {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "patch" => Ok(Self::Patch),
            "minor" => Ok(Self::Minor),
            "major" => Ok(Self::Major),
            _ => Version::parse(text).map(Self::To).map_err(|error| {
                Error::user(format!("`{text}` is not a version: {error}"))
                    .hint("write `patch`, `minor`, `major`, or a version like `1.2.3`")
            }),
        }
    }
}

/// Parses an exact version, with an error that shows one.
pub fn parse_version(text: &str) -> Result<Version, Error> {
    Version::parse(text).map_err(|error| {
        Error::user(format!("`{text}` is not a version: {error}")).hint("write one like `1.2.3`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requests_bare_version_is_exact_and_a_requirement_stays_one() {
        let request: Request = "org-baseline@1.0.0".parse().unwrap();
        assert_eq!(request.requirement.unwrap().to_string(), "=1.0.0");
        let request: Request = "org-baseline@^1".parse().unwrap();
        assert_eq!(request.requirement.unwrap().to_string(), "^1");
        assert!("org-baseline@latest".parse::<Request>().is_err());
    }

    #[test]
    fn what_is_written_down_admits_the_release_and_its_successors() {
        for (version, requirement) in [
            ("1.2.3", "^1.2"),
            ("0.4.1", "^0.4"),
            ("0.0.3", "^0.0.3"),
            ("2.0.0-rc.1", "^2.0.0-rc.1"),
        ] {
            let version = Version::parse(version).unwrap();
            let written = Requirement::compatible_with(&version);
            assert_eq!(written.to_string(), requirement);
            assert!(
                written.matches(&version),
                "{written} does not match {version}"
            );
        }
    }

    #[test]
    fn a_bump_names_a_number_or_a_version() {
        for (newest, bump, next) in [
            ("1.2.3", "patch", "1.2.4"),
            ("1.2.3", "minor", "1.3.0"),
            ("1.2.3", "major", "2.0.0"),
            ("0.3.1", "minor", "0.4.0"),
            ("0.3.1", "major", "1.0.0"),
            ("1.2.3", "1.5.0-rc.1", "1.5.0-rc.1"),
            ("2.0.0-rc.1", "patch", "2.0.0"),
            ("2.0.0-rc.1", "minor", "2.0.0"),
            ("2.0.0-rc.1", "major", "2.0.0"),
            ("2.0.1-rc.1", "minor", "2.1.0"),
            ("2.1.0-rc.1", "major", "3.0.0"),
        ] {
            let written = bump;
            let bump: Bump = written.parse().unwrap();
            assert_eq!(bump.to_string(), written);
            assert_eq!(bump.after(&newest.parse().unwrap()).to_string(), next);
        }
        let error = "mayor".parse::<Bump>().unwrap_err();
        assert!(error.next_steps()[0].contains("`major`"));
    }
}
