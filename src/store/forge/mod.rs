//! How a change gets to the repository where a template's source is kept, and how it is proposed
//! there.
//!
//! **The address comes from a template, so whoever wrote the template chose it**: `git::url` says
//! what one is, and nothing of the repository is run or written to a working tree. What servers and
//! programs say is somebody else's text; it is quoted in part, and never obeyed.

mod api;
mod checkout;
mod github;
mod gitlab;
mod push;
mod sign_in;

use std::fmt;

pub use checkout::{Checkout, UnsentChange};

use crate::error::{Error, Result};
use crate::store::git::RepositoryUrl;
use crate::store::surroundings::{Reasons, Surroundings};
use sign_in::SignIn;

/// How a change is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposeVia {
    /// By `gh`, which is signed in.
    GitHub,
    /// By `glab`, which is signed in.
    GitLab,
    /// By git alone: a branch is pushed, and a person opens the request.
    Git,
}

impl ProposeVia {
    /// Returns how a change of this repository is proposed, by what is installed and signed in.
    /// Asks nobody anything.
    pub fn choose(address: &RepositoryUrl, surroundings: &Surroundings) -> Self {
        let Some(host) = address.host() else {
            return Self::Git;
        };
        match () {
            () if is_signed_in(surroundings, "gh", &host) => Self::GitHub,
            () if is_signed_in(surroundings, "glab", &host) => Self::GitLab,
            () => Self::Git,
        }
    }

    /// Returns how git signs in, where it may be signed in as well in its own way.
    fn sign_in(self) -> SignIn {
        match self {
            Self::GitHub => SignIn::Also(sign_in::GH),
            Self::GitLab => SignIn::Also(sign_in::GLAB),
            Self::Git => SignIn::Own,
        }
    }
}

/// Returns whether a forge's program knows a host.
///
/// A program that doesn't must say so from what it has stored, as both do: asked directly, they
/// would send a token from their environment to a host that a template chose.
fn is_signed_in(surroundings: &Surroundings, program: &str, host: &str) -> bool {
    let mut command = surroundings.command(program);
    command.args(["auth", "status", "--hostname", host]);
    surroundings.ask(&mut command, b"").is_ok()
}

/// What is proposed, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalText {
    /// One line.
    pub title: String,
    /// Markdown.
    pub body: String,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendResult {
    /// A merge request is open.
    Request {
        /// Its page.
        url: String,
        /// Whether it was open before.
        updated: bool,
    },
    /// A branch is there, and no request.
    Branch {
        address: RepositoryUrl,
        /// Its name.
        branch: String,
        /// The page that the server named, where a request can be opened.
        link: Option<String>,
    },
    /// No branch was pushed. A fork may have been made.
    Refused {
        /// In the words of the program or the server.
        why: Vec<String>,
    },
}

impl Checkout {
    /// Pushes a commit to a branch, and opens a merge request or brings the open one up to date.
    ///
    /// A branch of this name that is there already is replaced, unless it changes at that moment.
    ///
    /// # Errors
    /// When `branch` isn't one that agentpkg may replace; when the branch is there, and a request
    /// can't be opened.
    pub fn send(
        &self,
        commit: &UnsentChange,
        branch: &str,
        request: &ProposalText,
    ) -> Result<SendResult> {
        let branch = Branch::parse(branch)?;
        match self.via() {
            ProposeVia::GitHub => github::send(self, commit, &branch, request),
            ProposeVia::GitLab => gitlab::send(self, commit, &branch, request),
            ProposeVia::Git => Ok(push::send(self, commit, &branch)),
        }
    }
}

/// The name of a branch that agentpkg made.
///
/// **No other branch is ever replaced**: its name starts with `agentpkg/`.
struct Branch(String);

impl Branch {
    fn parse(name: &str) -> Result<Self> {
        match name.strip_prefix("agentpkg/") {
            Some(rest) if rest.split('/').all(is_branch_component) => Ok(Self(name.to_owned())),
            _ => Err(Error::user(format!(
                "`{}` is not a branch that is proposed from",
                name.escape_debug()
            ))
            .hint("name it `agentpkg/NAME`, of letters, digits, `.`, `_`, `-` and `/`")),
        }
    }

    fn as_str(&self) -> &str {
        &self.0
    }
}

/// Returns whether git takes a name for a part of a branch's, and every shell for a plain word.
fn is_branch_component(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['.', '-'])
        && !name.ends_with('.')
        && !name.ends_with(".lock")
        && !name.contains("..")
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
}

impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the error of a branch that is there, without a request.
fn not_opened(address: &RepositoryUrl, branch: &Branch, why: Reasons) -> Error {
    let error = Error::user(format!("no merge request was opened for `{branch}`"));
    let error = why.into_iter().fold(error, Error::cause);
    error.note(format!(
        "the branch is in `{address}`; nothing else was changed"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_branch_of_agentpkg_is_replaced() {
        for good in ["agentpkg/a", "agentpkg/org-baseline/no-secrets-1.2.0"] {
            assert!(Branch::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "main",
            "agentpkg",
            "agentpkg/",
            "agentpkg/a/",
            "agentpkg/../main",
            "agentpkg/.a",
            "agentpkg/a.lock",
            "agentpkg/a b",
            "agentpkg/a:main",
            "+agentpkg/a",
            "agentpkg/a\n",
            "agentpkg/a..b",
            "agentpkg/-a",
        ] {
            assert!(Branch::parse(bad).is_err(), "{bad:?}");
        }
    }
}
