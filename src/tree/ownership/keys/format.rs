//! What arrays and tables mean in the documents of each format.

use std::borrow::Cow;

use crate::agent::POLICIES;
use crate::merge::format::Format;
use crate::merge::json::{ArrayPolicy, Identities, Policies};
use crate::model::path::RelPath;

/// What they mean in TOML: nothing of what Claude Code's settings mean, and a server is one whole,
/// as it is in .mcp.json. Half a server, of two versions, would keep Codex from starting.
static TOML: Policies = Policies {
    arrays: &[(&["mcp_servers", "*", "args"], ArrayPolicy::Sequence)],
    units: &[&["mcp_servers", "*"]],
    scripts: "/",
};

/// Returns what arrays and objects mean in the document at a path.
pub fn policies_at(path: &RelPath) -> &'static Policies {
    match Format::of(path) {
        Format::Json => POLICIES,
        Format::Toml => &TOML,
    }
}

/// Returns what tells entries apart in the document at a path. No hook is in TOML so far.
pub fn identities_at<'a>(path: &RelPath, identities: &'a Identities) -> Cow<'a, Identities> {
    match Format::of(path) {
        Format::Json => Cow::Borrowed(identities),
        Format::Toml => Cow::Owned(Identities::new(&TOML)),
    }
}
