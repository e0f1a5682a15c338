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

    /// Returns the requirement that only `version` meets.
    pub fn exactly(version: &Version) -> Self {
        format!("={}", without_build(version))
            .parse()
            .expect("an equals sign before a version is a requirement")
    }

    /// Returns whether `version` will do. A pre-release does only where a comparator names one of
    /// the same version.
    pub fn matches(&self, version: &Version) -> bool {
        self.0.matches(version)
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
            let message = format!("`{text}` {REFUSED}: {error}");
            let refused = Error::user(message).hint(requirement_instead(text));
            match near_requirement(text) {
                Some(near) => refused.meaning(near),
                None => refused,
            }
        })
    }
}

/// How the message about a requirement that can't be read goes on behind it.
pub const REFUSED: &str = "is not a version requirement";

/// What other tools call the newest release.
const LATEST: [&str; 3] = ["latest", "newest", "stable"];

/// Returns what to write in the place of a requirement that can't be read.
pub fn requirement_instead(text: &str) -> String {
    let word = text.trim().to_ascii_lowercase();
    match near_requirement(text) {
        _ if LATEST.contains(&word.as_str()) => "write which versions will do, like `^1.2`; \
                                                 `agentpkg install NAME@latest` writes the newest"
            .to_owned(),
        Some(near) => format!("write `{near}`"),
        None => "write one like `^1.2`, `=1.2.3` or `>=1, <3`".to_owned(),
    }
}

/// Returns the requirement that was probably meant by a text that is none.
fn near_requirement(text: &str) -> Option<String> {
    let plain = without_letters(text);
    let words: Vec<&str> = plain.split_whitespace().collect();
    // Other tools put nothing between comparators.
    let mut joined = String::new();
    for word in words {
        let is_apart = !joined.is_empty() && !joined.ends_with(OPERATORS) && !joined.ends_with(',');
        joined.push_str(if is_apart { ", " } else { "" });
        joined.push_str(word);
    }
    let requirement = semver::VersionReq::parse(&joined).ok()?;
    (joined != text).then(|| requirement.to_string())
}

/// What a comparator may begin with.
const OPERATORS: [char; 5] = ['=', '<', '>', '^', '~'];

/// Returns a requirement without the `v` that tags have before a version, and with one `=` where
/// other tools have two.
fn without_letters(text: &str) -> String {
    let mut parts = Vec::new();
    for part in text.split(',').map(str::trim) {
        let version = part.trim_start_matches(OPERATORS);
        let operator = match &part[..part.len() - version.len()] {
            "==" => "=",
            operator => operator,
        };
        parts.push(format!("{operator}{}", without_v(version.trim_start())));
    }
    parts.join(", ")
}

/// Returns a version without the `v` that tags have before it.
fn without_v(text: &str) -> &str {
    match text.strip_prefix(['v', 'V']) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => text,
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

/// What a person types after `install`: `NAME`, `NAME@REQUIREMENT` or `NAME@latest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateRequest {
    pub name: TemplateName,
    /// Which release.
    pub asked: RequestedVersion,
}

impl TemplateRequest {
    /// Returns the templates whose latest release is asked for.
    pub fn latest(requests: &[Self]) -> Vec<TemplateName> {
        let mut names = Vec::new();
        for request in requests {
            if request.asked == RequestedVersion::Latest {
                names.push(request.name.clone());
            }
        }
        names
    }
}

/// Which release of a template is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedVersion {
    /// Whichever agentpkg.toml admits.
    Any,
    /// The newest one that is no pre-release.
    Latest,
    /// One that will do; a bare version (`1.2.3`) asks for exactly that one.
    Of(Requirement),
}

impl FromStr for TemplateRequest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.contains(['/', '\\', ':']) || text.starts_with('.') {
            return Err(Error::user(format!(
                "`{text}` is a place, and a template is installed by its name: NAME --registry \
                 ADDRESS"
            ))
            .command("agentpkg search --registry ADDRESS"));
        }
        let Some((name, wanted)) = text.split_once('@') else {
            let asked = RequestedVersion::Any;
            let name = TemplateName::typed(text).map_err(|error| without_name(text, error))?;
            return Ok(Self { name, asked });
        };
        let name = TemplateName::typed(name).map_err(|error| match error.meant() {
            Some(near) => error.clone().meaning(format!("{near}@{wanted}")),
            None => error,
        })?;
        let asked = asked(wanted).map_err(|error| match error.meant() {
            Some("") => error.clone().meaning(name.as_str()),
            Some(near) => error.clone().meaning(format!("{name}@{near}")),
            None => error,
        })?;
        Ok(Self { name, asked })
    }
}

/// Reads what stands behind the `@` of a request. The word that was meant is empty where nothing
/// does.
fn asked(text: &str) -> Result<RequestedVersion, Error> {
    let wanted = text.trim();
    if wanted.is_empty() {
        return Err(Error::user("no version stands behind the `@`").meaning(""));
    }
    if wanted.eq_ignore_ascii_case("latest") {
        return Ok(RequestedVersion::Latest);
    }
    let plain = without_letters(wanted);
    match Version::parse(&plain) {
        Ok(version) => Ok(RequestedVersion::Of(Requirement::exactly(&version))),
        Err(_) => match plain.parse() {
            Ok(requirement) => Ok(RequestedVersion::Of(requirement)),
            Err(_) => Err(refused(wanted)),
        },
    }
}

/// Returns the error about what was asked for and is no requirement.
fn refused(wanted: &str) -> Error {
    let is_latest = LATEST.contains(&wanted.to_ascii_lowercase().as_str());
    let error = match wanted.parse::<Requirement>() {
        Err(error) => error,
        Ok(_) => Error::user(format!("`{wanted}` {REFUSED}")),
    };
    match is_latest {
        true => Error::user(format!("`{wanted}` {REFUSED}")).meaning("latest"),
        false => error,
    }
}

/// Returns the error about a request without a name: a version, perhaps, that stands by itself.
fn without_name(text: &str, error: Error) -> Error {
    match text.split_once(OPERATORS) {
        // As Python's tools have it.
        Some((name, _)) if TemplateName::typed(name).is_ok() => {
            let wanted = &text[name.len()..];
            let wanted = wanted.strip_prefix("==").unwrap_or(wanted);
            error.meaning(format!("{name}@{wanted}"))
        }
        _ if asked(text).is_ok() => {
            error.hint(format!("a version stands behind a name: NAME@{text}"))
        }
        _ => error,
    }
}

impl fmt::Display for TemplateRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.asked {
            RequestedVersion::Of(requirement) => write!(f, "{}@{requirement}", self.name),
            RequestedVersion::Latest => write!(f, "{}@latest", self.name),
            RequestedVersion::Any => self.name.fmt(f),
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
        match text.trim().to_ascii_lowercase().as_str() {
            "patch" => Ok(Self::Patch),
            "minor" => Ok(Self::Minor),
            "major" => Ok(Self::Major),
            _ => match typed_version(text) {
                Ok(version) => Ok(Self::To(version)),
                Err(error) => Err(error
                    .without_hints()
                    .hint("write `patch`, `minor`, `major`, or a version like `1.2.3`")),
            },
        }
    }
}

/// Parses an exact version, with an error that shows one.
pub fn parse_version(text: &str) -> Result<Version, Error> {
    Version::parse(text).map_err(|error| {
        Error::user(format!("`{text}` is not a version: {error}")).hint("write one like `1.2.3`")
    })
}

/// Reads an exact version as a person types it: with the `v` of a tag, perhaps.
///
/// # Errors
/// As for [`parse_version`]; where numbers are left out, zeros were meant.
pub fn typed_version(text: &str) -> Result<Version, Error> {
    let plain = without_v(text.trim());
    Version::parse(plain).or_else(|_| {
        parse_version(text).map_err(|error| {
            let whole = ["", ".0", ".0.0"].map(|zeros| format!("{plain}{zeros}"));
            match whole.iter().find(|whole| Version::parse(whole).is_ok()) {
                Some(whole) => error.meaning(whole),
                None => error,
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_behind_a_command_is_understood() {
        for (typed, understood) in [
            ("base", "base"),
            ("Base", "base"),
            ("base@1.0.0", "base@=1.0.0"),
            ("base@1.0.0+build", "base@=1.0.0"),
            ("base@v1.0.0", "base@=1.0.0"),
            ("base@V1.0.0", "base@=1.0.0"),
            ("BASE@v1.0.0-rc.1", "base@=1.0.0-rc.1"),
            ("base@=1.0.0", "base@=1.0.0"),
            ("base@==1.0.0", "base@=1.0.0"),
            ("base@=v1.0.0", "base@=1.0.0"),
            ("base@1", "base@^1"),
            ("base@v1", "base@^1"),
            ("base@V1.2", "base@^1.2"),
            ("base@ 1.0", "base@^1.0"),
            ("base@1.x", "base@1.*"),
            ("base@1.X", "base@1.*"),
            ("base@^1", "base@^1"),
            ("base@^v1.2", "base@^1.2"),
            ("base@~1.2", "base@~1.2"),
            ("base@>=1", "base@>=1"),
            ("base@>= 1", "base@>=1"),
            ("base@>=v1,<v3", "base@>=1, <3"),
            ("base@*", "base@*"),
            ("base@latest", "base@latest"),
            ("Base@Latest", "base@latest"),
            (" base@latest ", "base@latest"),
        ] {
            let request: TemplateRequest = typed.parse().unwrap();
            assert_eq!(request.to_string(), understood, "{typed}");
        }
    }

    #[test]
    fn what_is_not_understood_is_corrected() {
        for (typed, meant) in [
            ("base@", Some("base")),
            ("base@>=1 <3", Some("base@>=1, <3")),
            ("base@v1 <3", Some("base@^1, <3")),
            ("base@newest", Some("base@latest")),
            ("base@stable", Some("base@latest")),
            ("base==1.0.0", Some("base@1.0.0")),
            ("base>=1", Some("base@>=1")),
            ("my_base@^1", Some("my-base@^1")),
            ("base@one", None),
            ("base@1.0.0.0", None),
            ("@1.0.0", None),
            ("1.0.0", None),
        ] {
            let error = typed.parse::<TemplateRequest>().unwrap_err();
            assert_eq!(error.meant(), meant, "{typed}: {}", error.message());
        }
        let error = "v1.0.0".parse::<TemplateRequest>().unwrap_err();
        assert_eq!(
            error.next_steps(),
            ["a version stands behind a name: NAME@v1.0.0".into()]
        );
    }

    #[test]
    fn what_is_written_in_a_file_is_corrected() {
        let latest = "write which versions will do, like `^1.2`; `agentpkg install NAME@latest` \
                      writes the newest";
        for (text, hint) in [
            ("latest", latest),
            ("Stable", latest),
            ("v1", "write `^1`"),
            ("v1.2.3", "write `^1.2.3`"),
            ("^v1.2", "write `^1.2`"),
            ("==1.2.3", "write `=1.2.3`"),
            (">=1 <3", "write `>=1, <3`"),
            ("one", "write one like `^1.2`, `=1.2.3` or `>=1, <3`"),
        ] {
            let error = text.parse::<Requirement>().unwrap_err();
            assert_eq!(error.next_steps(), [hint.into()], "{text}");
        }
    }

    #[test]
    fn an_exact_version_is_understood_or_corrected() {
        for typed in ["1.2.3", "v1.2.3", "V1.2.3", " 1.2.3 "] {
            assert_eq!(typed_version(typed).unwrap().to_string(), "1.2.3");
        }
        for (typed, meant) in [
            ("1.2", Some("1.2.0")),
            ("v1", Some("1.0.0")),
            ("latest", None),
            ("^1", None),
        ] {
            assert_eq!(typed_version(typed).unwrap_err().meant(), meant, "{typed}");
        }
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
            ("1.2.3", "v1.5.0", "1.5.0"),
            ("1.2.3", "Minor", "1.3.0"),
            ("2.0.0-rc.1", "patch", "2.0.0"),
            ("2.0.0-rc.1", "minor", "2.0.0"),
            ("2.0.0-rc.1", "major", "2.0.0"),
            ("2.0.1-rc.1", "minor", "2.1.0"),
            ("2.1.0-rc.1", "major", "3.0.0"),
        ] {
            let bump: Bump = bump.parse().unwrap();
            assert_eq!(bump.after(&newest.parse().unwrap()).to_string(), next);
        }
        let error = "mayor".parse::<Bump>().unwrap_err();
        assert!(error.next_steps()[0].to_string().contains("`major`"));
    }
}
