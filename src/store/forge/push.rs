//! A commit's way into a repository, by git.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use super::checkout::{Checkout, UnsentChange};
use super::sign_in::SignIn;
use super::{Branch, SendResult};
use crate::store::git::RepositoryUrl;
use crate::store::surroundings::{Reasons, plain};

/// How long is waited for a fork, which forges make after they have answered.
const FORKING: Duration = Duration::from_secs(60);

/// Pushes, with no forge's program to open a request.
pub(super) fn send(checkout: &Checkout, commit: &UnsentChange, branch: &Branch) -> SendResult {
    let address = checkout.address();
    let said = PushRemote::read(checkout, address, SignIn::Own)
        .and_then(|remote| remote.push(checkout, commit, branch));
    match said {
        Ok(said) => SendResult::Branch {
            address: address.clone(),
            branch: branch.to_string(),
            link: link(address, &said),
        },
        Err(why) => SendResult::Refused { why },
    }
}

/// Returns the link that a server printed, where it leads to the server itself.
fn link(address: &RepositoryUrl, said: &[String]) -> Option<String> {
    said.iter()
        .flat_map(|line| line.split_whitespace())
        .find(|word| address.has(word))
        .map(str::to_owned)
}

/// A repository that a branch is pushed to.
pub(super) struct PushRemote {
    /// Where it is.
    pub(super) address: RepositoryUrl,
    /// The commits of its branches.
    heads: BTreeMap<String, String>,
    sign_in: SignIn,
}

impl PushRemote {
    /// Asks a repository for its branches.
    pub(super) fn read(
        checkout: &Checkout,
        address: &RepositoryUrl,
        sign_in: SignIn,
    ) -> Result<Self, Reasons> {
        let mut command = git(checkout, address, sign_in);
        command
            .args(["ls-remote", "--heads", "--quiet"])
            .args(address.upload())
            .arg("--")
            .arg(address.to_string());
        let said = checkout.surroundings().ask(&mut command, b"")?.output;
        let said = String::from_utf8_lossy(&said);
        let lines = said.lines().filter_map(|line| line.split_once('\t'));
        let heads = lines.filter_map(|(id, name)| {
            Some((name.strip_prefix("refs/heads/")?.to_owned(), id.to_owned()))
        });
        Ok(Self {
            address: address.clone(),
            heads: heads.collect(),
            sign_in,
        })
    }

    /// Waits for a fork to be there, and makes sure that what isn't in it can be pushed.
    pub(super) fn read_fork(
        checkout: &Checkout,
        path: &str,
        sign_in: SignIn,
    ) -> Result<Self, Reasons> {
        let address = checkout
            .address()
            .beside(path)
            .map_err(|error| vec![error.message().to_owned()])?;
        let start = Instant::now();
        let remote = loop {
            match Self::read(checkout, &address, sign_in) {
                Ok(remote) if !remote.heads.is_empty() => break remote,
                Err(why) if start.elapsed() > FORKING => return Err(why),
                Ok(_) if start.elapsed() > FORKING => {
                    return Err(vec![format!("the fork `{address}` is still empty")]);
                }
                Ok(_) | Err(_) => std::thread::sleep(Duration::from_secs(1)),
            }
        };
        // A fork that fell behind lacks the newest commit, and nobody takes a history that starts
        // in the middle.
        if !remote.heads.values().any(|id| id == checkout.head()) {
            checkout.deepen()?;
        }
        Ok(remote)
    }

    /// Pushes a commit to a branch, in the place of what was there, and returns what the server
    /// said.
    pub(super) fn push(
        &self,
        checkout: &Checkout,
        commit: &UnsentChange,
        branch: &Branch,
    ) -> Result<Vec<String>, Reasons> {
        let there = self
            .heads
            .get(branch.as_str())
            .map(String::as_str)
            .unwrap_or_default();
        let mut command = git(checkout, &self.address, self.sign_in);
        command.args([
            "push",
            "--no-verify",
            "--no-follow-tags",
            "--no-signed",
            "--recurse-submodules=no",
        ]);
        command
            .arg(format!("--force-with-lease=refs/heads/{branch}:{there}"))
            .args(self.address.receive());
        command.arg("--").arg(self.address.to_string());
        command.arg(format!("{}:refs/heads/{branch}", commit.id));
        let said = checkout.surroundings().transfer(&mut command, b"")?.errors;
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok(said
            .lines()
            .filter_map(|line| line.strip_prefix("remote:"))
            .map(plain)
            .collect())
    }
}

/// Git in the checkout, signed in at `address`.
fn git(checkout: &Checkout, address: &RepositoryUrl, sign_in: SignIn) -> Command {
    let mut command = checkout.git_in();
    sign_in.tell(&mut command, address);
    command
}
