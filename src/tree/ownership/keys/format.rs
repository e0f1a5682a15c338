//! What arrays and tables mean in the documents of each format.

use std::borrow::Cow;

use crate::agent::{POLICIES, TOML_POLICIES};
use crate::merge::format::Format;
use crate::merge::json::{Identities, Policies};
use crate::model::path::RelPath;

/// Returns what arrays and objects mean in the document at a path.
pub fn policies_at(path: &RelPath) -> &'static Policies {
    match Format::of(path) {
        Format::Json => POLICIES,
        Format::Toml => TOML_POLICIES,
    }
}

/// Returns what tells entries apart in the document at a path. No hook is in TOML so far.
pub fn identities_at<'a>(path: &RelPath, identities: &'a Identities) -> Cow<'a, Identities> {
    match Format::of(path) {
        Format::Json => Cow::Borrowed(identities),
        Format::Toml => Cow::Owned(Identities::new(TOML_POLICIES)),
    }
}
