//! What names a proposal.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::merge::patch::Patch;
use crate::model::author::Author;
use crate::model::digest::Digest;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;

use super::{ACCEPTED, Base};

/// How many hexadecimal digits name a proposal: 80 bits, too many to search for a second one.
const DIGITS: usize = 20;

/// The name of a proposal, written `p-<20 hex>`: it says what is changed, of what, and by whom, but not why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProposalId(String);

impl ProposalId {
    /// Returns what names this edit.
    pub fn of(template: &TemplateName, base: &Base, author: &Author, edit: &Patch) -> Self {
        // No part but the last can hold a line end.
        let text = format!("{template}\n{}\n{author} {}\n{}", base.tree, author.time(), edit.to_text(None));
        Self(Digest::of(text.as_bytes()).hex()[..DIGITS].to_owned())
    }

    /// Returns what a person reads: the first six digits.
    pub fn short(&self) -> String {
        format!("p-{}", &self.0[..6])
    }

    /// Returns where a template keeps the proposal, from its root.
    pub fn accepted_path(&self) -> RelPath {
        format!("{ACCEPTED}/{self}.diff").parse().expect("letters and digits are a file's name")
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
        let digits = text.strip_prefix("p-").filter(|digits| digits.len() == DIGITS);
        match digits.filter(|digits| digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;
    use crate::proposal::samples::proposal;

    #[test]
    fn a_name_reads_back_and_refuses_other_spellings() {
        let id: ProposalId = "p-0123456789abcdef0123".parse().unwrap();
        assert_eq!(id.to_string(), "p-0123456789abcdef0123");
        assert_eq!(id.short(), "p-012345");
        assert_eq!(id.accepted_path(), rel("accepted/p-0123456789abcdef0123.diff"));
        assert_eq!(ProposalId::kept_at(&rel("templates/x/accepted/p-0123456789abcdef0123.diff")), Some(id));
        assert_eq!(ProposalId::kept_at(&rel("p-0123456789abcdef0123.diff")), None);
        for bad in ["", "p-", "p-0123456789ABCDEF0123", "0123456789abcdef0123", "p-0123456789abcdef01234", "p-ü"] {
            assert!(bad.parse::<ProposalId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_reasons_may_be_worded_again() {
        assert_eq!(proposal("A developer", "one").id, proposal("A developer", "two").id);
        assert_ne!(proposal("A developer", "one").id, proposal("A reviewer", "one").id);
    }
}
