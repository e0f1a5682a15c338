//! A merge request on GitLab, by `glab`.

use serde::Deserialize;
use serde_json::json;

use super::api::{Api, escaped};
use super::checkout::{Checkout, UnsentChange};
use super::push::{self, PushRemote};
use super::sign_in::{self, SignIn};
use super::{Branch, ProposalText, SendResult, not_opened};
use crate::error::Result;
use crate::store::surroundings::Reasons;

/// How git signs in to push.
const SIGN_IN: SignIn = SignIn::Also(sign_in::GLAB);

/// What GitLab calls a developer: who may push a branch.
const DEVELOPER: u64 = 30;

#[derive(Deserialize)]
struct Project {
    id: u64,
    path_with_namespace: String,
    /// Nothing where there is no branch yet.
    default_branch: Option<String>,
    #[serde(default)]
    archived: bool,
    permissions: Option<Permissions>,
}

#[derive(Deserialize)]
struct Permissions {
    project_access: Option<Access>,
    group_access: Option<Access>,
}

#[derive(Deserialize)]
struct Access {
    access_level: u64,
}

#[derive(Deserialize)]
struct MergeRequest {
    iid: u64,
    web_url: String,
    source_project_id: Option<u64>,
}

impl Project {
    fn may_push(&self) -> bool {
        let access = self
            .permissions
            .iter()
            .flat_map(|permissions| [&permissions.project_access, &permissions.group_access]);
        access
            .flatten()
            .any(|access| access.access_level >= DEVELOPER)
    }
}

/// Pushes to the project, or to the person's fork of it, and opens a merge request or brings it up
/// to date.
pub(super) fn send(
    checkout: &Checkout,
    commit: &UnsentChange,
    branch: &Branch,
    request: &ProposalText,
) -> Result<SendResult> {
    let project = format!("projects/{}", escaped(checkout.address().path()));
    // Whoever isn't known to `glab` may still be known to git.
    let found = Api::at_host_of("glab", checkout)
        .and_then(|api| Some((api.get::<Project>(&project).ok()?, api)));
    let Some((target, api)) = found else {
        return Ok(push::send(checkout, commit, branch));
    };
    if target.archived {
        return Ok(SendResult::Refused {
            why: vec![format!("`{}` is archived", checkout.address())],
        });
    }
    let source = source(&api, checkout, &target).and_then(|(source, remote)| {
        remote.push(checkout, commit, branch)?;
        Ok((source, remote))
    });
    match source {
        Ok((source, remote)) => open(&api, &target, source, branch, request)
            .map_err(|why| not_opened(&remote.address, branch, why)),
        Err(why) => Ok(SendResult::Refused { why }),
    }
}

/// Returns what is pushed to: the project itself, or the person's fork.
fn source(api: &Api, checkout: &Checkout, target: &Project) -> Result<(u64, PushRemote), Reasons> {
    if target.may_push() {
        return Ok((
            target.id,
            PushRemote::read(checkout, checkout.address(), SIGN_IN)?,
        ));
    }
    let forks: Vec<Project> = api.get(&format!("projects/{}/forks?owned=true", target.id))?;
    let fork = match forks.into_iter().next() {
        Some(fork) => fork,
        None => api.send("POST", &format!("projects/{}/fork", target.id), &json!({}))?,
    };
    Ok((
        fork.id,
        PushRemote::read_fork(checkout, &fork.path_with_namespace, SIGN_IN)?,
    ))
}

/// Opens the merge request, or brings the one up to date that is open.
fn open(
    api: &Api,
    target: &Project,
    source: u64,
    branch: &Branch,
    request: &ProposalText,
) -> Result<SendResult, Reasons> {
    let endpoint = format!("projects/{}/merge_requests", target.id);
    let open: Vec<MergeRequest> = api.get(&format!(
        "{endpoint}?state=opened&source_branch={}",
        escaped(branch.as_str())
    ))?;
    // Another fork may have a branch of the same name.
    if let Some(MergeRequest { iid, .. }) = open
        .iter()
        .find(|request| request.source_project_id == Some(source))
    {
        let body = json!({ "title": request.title, "description": request.body });
        let changed: MergeRequest = api.send("PUT", &format!("{endpoint}/{iid}"), &body)?;
        return Ok(SendResult::Request {
            url: api.link(changed.web_url)?,
            updated: true,
        });
    }
    let body = json!({
        "title": request.title,
        "description": request.body,
        "source_branch": branch.as_str(),
        "target_branch": target.default_branch,
        "target_project_id": target.id,
    });
    let made: MergeRequest =
        api.send("POST", &format!("projects/{source}/merge_requests"), &body)?;
    Ok(SendResult::Request {
        url: api.link(made.web_url)?,
        updated: false,
    })
}
