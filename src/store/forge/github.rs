//! A pull request on GitHub, by `gh`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::{Api, escaped};
use super::checkout::{Checkout, UnsentChange};
use super::push::{self, PushRemote};
use super::sign_in::{self, SignIn};
use super::{Branch, ProposalText, SendResult, not_opened};
use crate::error::Result;
use crate::store::surroundings::Reasons;

/// How git signs in to push as whom `gh` is signed in as.
const SIGN_IN: SignIn = SignIn::Only(sign_in::GH);

#[derive(Deserialize)]
struct Repository {
    full_name: String,
    default_branch: String,
    #[serde(default)]
    archived: bool,
    permissions: Option<Permissions>,
}

impl Repository {
    fn owner(&self) -> String {
        let owner = self.full_name.split('/').next();
        owner.unwrap_or_default().to_owned()
    }
}

#[derive(Deserialize)]
struct Permissions {
    #[serde(default)]
    push: bool,
}

#[derive(Deserialize)]
struct PullRequest {
    html_url: String,
    number: u64,
}

/// Pushes to the repository, or to the person's fork of it, and opens a pull request or brings it
/// up to date.
pub(super) fn send(
    checkout: &Checkout,
    commit: &UnsentChange,
    branch: &Branch,
    request: &ProposalText,
) -> Result<SendResult> {
    // Whoever isn't known to `gh` may still be known to git.
    let found =
        Api::at_host_of("gh", checkout).and_then(|api| Some((repository(&api, checkout)?, api)));
    let Some((target, api)) = found else {
        return Ok(push::send(checkout, commit, branch));
    };
    if target.archived {
        return Ok(SendResult::Refused {
            why: vec![format!("`{}` is archived", checkout.address())],
        });
    }
    let source = source(&api, checkout, &target).and_then(|source| {
        source.remote.push(checkout, commit, branch)?;
        Ok(source)
    });
    match source {
        Ok(source) => open(&api, &target, &source, branch, request)
            .map_err(|why| not_opened(&source.remote.address, branch, why)),
        Err(why) => Ok(SendResult::Refused { why }),
    }
}

fn repository(api: &Api, checkout: &Checkout) -> Option<Repository> {
    let (owner, name) = checkout.address().path().split_once('/')?;
    let repository: Repository = api
        .get(&format!("repos/{}/{}", escaped(owner), escaped(name)))
        .ok()?;
    let (owner, name) = repository.full_name.split_once('/')?;
    (is_name(owner) && is_name(name)).then_some(repository)
}

/// Returns whether a name that the forge gave stays one component of an endpoint.
fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && escaped(name) == name
}

/// What is pushed to: the repository itself, or the person's fork.
struct Source {
    remote: PushRemote,
    owner: String,
    is_fork: bool,
}

fn source(api: &Api, checkout: &Checkout, target: &Repository) -> Result<Source, Reasons> {
    if target
        .permissions
        .as_ref()
        .is_some_and(|permissions| permissions.push)
    {
        let remote = PushRemote::read(checkout, checkout.address(), SIGN_IN)?;
        return Ok(Source {
            remote,
            owner: target.owner(),
            is_fork: false,
        });
    }
    // Where there is a fork already, this returns it, whatever it is called.
    let fork: Repository = api.send(
        "POST",
        &format!("repos/{}/forks", target.full_name),
        &json!({}),
    )?;
    let remote = PushRemote::read_fork(checkout, &fork.full_name, SIGN_IN)?;
    Ok(Source {
        remote,
        owner: fork.owner(),
        is_fork: true,
    })
}

/// Opens the pull request, or brings the one up to date that is open.
fn open(
    api: &Api,
    target: &Repository,
    source: &Source,
    branch: &Branch,
    request: &ProposalText,
) -> Result<SendResult, Reasons> {
    let endpoint = format!("repos/{}/pulls", target.full_name);
    let head = format!("{}:{branch}", source.owner);
    let open: Vec<PullRequest> =
        api.get(&format!("{endpoint}?state=open&head={}", escaped(&head)))?;
    if let Some(PullRequest { number, .. }) = open.first() {
        let body = json!({ "title": request.title, "body": request.body });
        let changed: PullRequest = api.send("PATCH", &format!("{endpoint}/{number}"), &body)?;
        return Ok(SendResult::Request {
            url: api.link(changed.html_url)?,
            updated: true,
        });
    }
    let mut body = json!({
        "title": request.title,
        "body": request.body,
        "head": head,
        "base": target.default_branch,
    });
    if source.is_fork {
        body["maintainer_can_modify"] = Value::Bool(true);
    }
    let made: PullRequest = api.send("POST", &endpoint, &body)?;
    Ok(SendResult::Request {
        url: api.link(made.html_url)?,
        updated: false,
    })
}
