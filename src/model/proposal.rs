//! What names a proposal, and what a repo remembers of one that was sent from it.

use std::fmt;
use std::str::FromStr;

use semver::Version;
use serde::Deserialize;

use crate::error::Error;
use crate::model::digest::Digest;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;

/// The folder of a template that keeps what was accepted.
pub const ACCEPTED: &str = "accepted";

/// How many hexadecimal digits name a proposal: 80 bits, too many to search for a second one.
const DIGITS: usize = 20;

/// The name of a proposal, written `p-<20 hex>`: it says what is changed, of what, and by whom, but
/// not why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ProposalId(String);

impl ProposalId {
    /// Returns what names the proposal that a text tells from every other.
    pub fn of(text: &str) -> Self {
        Self(Digest::of(text.as_bytes()).hex()[..DIGITS].to_owned())
    }

    /// Returns what a person reads: the first six digits.
    pub fn short(&self) -> String {
        format!("p-{}", &self.0[..6])
    }

    /// Returns where a template keeps the proposal, from its root.
    pub fn accepted_path(&self) -> RelPath {
        format!("{ACCEPTED}/{self}.diff")
            .parse()
            .expect("letters and digits are a file's name")
    }

    /// Returns the proposal that a template keeps at `path`, whatever folder the template is in.
    pub fn kept_at(path: &RelPath) -> Option<Self> {
        let name = path.file_name().strip_suffix(".diff")?;
        (path.parent()?.file_name() == ACCEPTED).then(|| name.parse().ok())?
    }
}

impl FromStr for ProposalId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let digits = text
            .strip_prefix("p-")
            .filter(|digits| digits.len() == DIGITS);
        match digits.filter(|digits| {
            digits
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        }) {
            Some(digits) => Ok(Self(digits.to_owned())),
            None => Err(Error::user(format!(
                "`{}` names no proposal: expected `p-` and {DIGITS} hexadecimal digits",
                text.escape_debug()
            ))),
        }
    }
}

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p-{}", self.0)
    }
}

impl TryFrom<String> for ProposalId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

/// A proposal that was sent from this repo, and hasn't come home yet.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentProposal {
    pub template: TemplateName,
    /// The release that the edit is of.
    pub base: Version,
    /// The first line of why.
    pub subject: String,
    /// Where it was sent: the address of a merge request, a branch, a file.
    pub at: String,
    /// The branch that carries it, which an update goes to as well.
    #[serde(default)]
    pub branch: Option<String>,
    /// The edit, as a patch of the template's source.
    pub edit: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[test]
    fn a_name_reads_back_and_refuses_other_spellings() {
        let id: ProposalId = "p-0123456789abcdef0123".parse().unwrap();
        assert_eq!(id.to_string(), "p-0123456789abcdef0123");
        assert_eq!(id.short(), "p-012345");
        assert_eq!(
            id.accepted_path(),
            rel("accepted/p-0123456789abcdef0123.diff")
        );
        assert_eq!(
            ProposalId::kept_at(&rel("templates/x/accepted/p-0123456789abcdef0123.diff")),
            Some(id)
        );
        assert_eq!(
            ProposalId::kept_at(&rel("p-0123456789abcdef0123.diff")),
            None
        );
        for bad in [
            "",
            "p-",
            "p-0123456789ABCDEF0123",
            "0123456789abcdef0123",
            "p-0123456789abcdef01234",
            "p-ü",
        ] {
            assert!(bad.parse::<ProposalId>().is_err(), "{bad}");
        }
    }
}
