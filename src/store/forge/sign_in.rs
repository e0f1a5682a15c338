//! How git signs in where a change is pushed, beyond what the person has configured.

use std::process::Command;

use crate::store::git::RepositoryUrl;

/// What `gh` tells git.
pub(super) const GH: &str = "!gh auth git-credential";

/// What `glab` tells git. Not every version can.
pub(super) const GLAB: &str = "!glab auth git-credential";

/// Who signs git in, each as a helper that git asks.
#[derive(Clone, Copy)]
pub(super) enum SignIn {
    /// As configured.
    Own,
    /// As configured, or else with what this command knows.
    Also(&'static str),
    /// With what this command knows alone: older passwords may be remembered elsewhere.
    Only(&'static str),
}

impl SignIn {
    /// Tells git where to ask for a name and a password. Over ssh it is the person's keys that
    /// sign in.
    pub(super) fn tell(self, git: &mut Command, address: &RepositoryUrl) {
        if !address.is_web() {
            return;
        }
        match self {
            Self::Own => {}
            Self::Also(program) => add_helper(git, program),
            Self::Only(program) => {
                // An empty one drops those that are configured.
                add_helper(git, "");
                add_helper(git, program);
            }
        }
    }
}

fn add_helper(git: &mut Command, helper: &str) {
    git.arg("-c").arg(format!("credential.helper={helper}"));
}
