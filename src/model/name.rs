//! The name of a template.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The name of a template: 1 to 64 of `[a-z0-9-]`.
///
/// `agentpkg` is a valid spelling, but reserved for the block that composition itself writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TemplateName(String);

impl TemplateName {
    /// Returns the owner of what composition writes on its own account: the import of AGENTS.md.
    pub fn composition() -> Self {
        Self("agentpkg".to_owned())
    }

    /// Reads a name as a person types it: capitals stand for small letters, which no two names
    /// differ by.
    ///
    /// # Errors
    /// About the text as it was typed.
    pub fn typed(text: &str) -> Result<Self, Error> {
        let small = text.trim().to_ascii_lowercase();
        small.parse().or_else(|_: Error| text.parse())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TemplateName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = if text.is_empty() {
            "is empty"
        } else if text.len() > 64 {
            "is longer than 64 characters"
        } else if !text.chars().all(is_letter) {
            "has a character other than `a-z`, `0-9` and `-`"
        } else if text.starts_with('-') || text.ends_with('-') {
            "starts or ends with `-`"
        } else {
            return Ok(Self(text.to_owned()));
        };
        let error = Error::user(format!("`{text}` is not a template's name: it {wrong}"));
        Err(match near(text) {
            Some(near) => error.meaning(near),
            None => error,
        })
    }
}

fn is_letter(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-'
}

/// Returns the name that was probably meant: in small letters, with dashes between its words.
fn near(text: &str) -> Option<String> {
    let small = text.trim().to_ascii_lowercase();
    let dashed = small.replace(['_', ' '], "-");
    let near = dashed.trim_matches('-');
    let is_name = !near.is_empty()
        && near.len() <= 64
        && near
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    is_name.then(|| near.to_owned())
}

impl TryFrom<String> for TemplateName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<TemplateName> for String {
    fn from(name: TemplateName) -> Self {
        name.0
    }
}

impl fmt::Display for TemplateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_understood_or_corrected() {
        for (typed, name) in [
            ("base", "base"),
            ("Base", "base"),
            (" ORG-Base ", "org-base"),
        ] {
            assert_eq!(TemplateName::typed(typed).unwrap().as_str(), name);
        }
        for (typed, meant) in [
            ("org_baseline", Some("org-baseline")),
            ("Org Baseline", Some("org-baseline")),
            ("-a", Some("a")),
            ("ä", None),
            ("", None),
            ("a/b", None),
        ] {
            let error = TemplateName::typed(typed).unwrap_err();
            assert_eq!(error.meant(), meant, "{typed}");
            assert!(error.message().contains(typed), "{}", error.message());
        }
    }

    #[test]
    fn names_are_lower_case_words_joined_by_dashes() {
        for good in ["a", "org-baseline", "2fast"] {
            assert!(good.parse::<TemplateName>().is_ok(), "{good}");
        }
        for bad in ["", "Org", "a_b", "a/b", "-a", "a-", "ä", &"a".repeat(65)] {
            assert!(bad.parse::<TemplateName>().is_err(), "{bad}");
        }
    }
}
