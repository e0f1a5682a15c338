//! Where a proposal goes: a merge request, a branch, a file.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::proposal::SentProposal;
use crate::proposal::Accepted;
use crate::store::forge::{self, Checkout, ProposalText, ProposeVia};
use crate::store::fs;
use crate::store::git::RepositoryUrl;
use crate::store::surroundings::Surroundings;

use super::{Offer, Options, Output};
use crate::ops::Session;

/// Where a proposal goes.
#[derive(Clone, Debug)]
pub enum Destination {
    /// To the repository where the template is kept.
    Repository {
        /// Where it is.
        address: RepositoryUrl,
        /// How.
        way: ProposeVia,
        /// Where the template lies in it.
        directory: Option<RelPath>,
        branch: String,
    },
    File(PathBuf),
    /// To standard output.
    Standard,
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository {
                address,
                way: ProposeVia::Git,
                branch,
                ..
            } => write!(f, "the branch `{branch}` of {address}"),
            Self::Repository { address, .. } => write!(f, "{address}, as a merge request"),
            Self::File(path) => {
                let name = path.file_name().map_or_else(
                    || path.display().to_string(),
                    |name| name.display().to_string(),
                );
                write!(f, "the file `{name}`")
            }
            Self::Standard => f.write_str("standard output"),
        }
    }
}

/// Where a proposal went.
#[derive(Clone, Debug)]
pub enum Delivered {
    /// A merge request.
    Request {
        /// Its address.
        url: String,
        /// Whether it was there before.
        updated: bool,
        branch: String,
    },
    /// A branch, for which somebody has to open a merge request.
    Branch {
        /// The repository.
        address: String,
        branch: String,
        /// Where that is done.
        link: Option<String>,
    },
    /// A file, in place of what was refused, if anything was.
    File {
        /// The file.
        path: PathBuf,
        /// Why it went nowhere else.
        why: Vec<String>,
    },
    /// Standard output.
    Standard,
}

impl Destination {
    /// Returns where an offer goes.
    pub fn choose(session: &Session, offer: &Offer, options: &Options) -> Result<Self> {
        let here = &session.environment.here;
        match &options.output {
            Some(Output::Standard) => return Ok(Self::Standard),
            Some(Output::File(path)) => return Ok(Self::File(here.join(path))),
            None => {}
        }
        let about = &offer.base.manifest.template;
        let Some(repository) = &about.repository else {
            return Ok(Self::File(here.join(file_name(offer))));
        };
        let address = RepositoryUrl::parse(repository).map_err(|error| {
            error
                .note(format!("it is the `repository` of `{}`", about.name))
                .hint("to have a file: `--output FILE`")
        })?;
        let way = ProposeVia::choose(&address, &Surroundings::default());
        let earlier = offer
            .updates
            .as_ref()
            .and_then(|(_, sent)| sent.branch.clone());
        let branch = earlier.unwrap_or_else(|| format!("agentpkg/{}", offer.proposal.id));
        Ok(Self::Repository {
            address,
            way,
            directory: about.directory.clone(),
            branch,
        })
    }
}

fn file_name(offer: &Offer) -> String {
    format!("{}.patch", offer.proposal.id.short())
}

impl Delivered {
    /// Returns what the lock remembers of it.
    pub fn record(&self, session: &Session, offer: &Offer) -> Option<SentProposal> {
        let (at, branch) = match self {
            Self::Request { url, branch, .. } => (url.clone(), Some(branch.clone())),
            Self::Branch {
                address, branch, ..
            } => (format!("{branch} of {address}"), Some(branch.clone())),
            Self::File { path, .. } => {
                let real = fs::canonical(path).unwrap_or_else(|_| path.clone());
                let root = fs::canonical(session.workspace.root()).ok()?;
                // Where it lies on this machine is nobody else's.
                let name = real
                    .strip_prefix(root)
                    .ok()
                    .or_else(|| real.file_name().map(Path::new))?;
                (name.display().to_string(), None)
            }
            Self::Standard => return None,
        };
        let proposal = &offer.proposal;
        Some(SentProposal {
            template: proposal.template.clone(),
            base: proposal.base.version.clone(),
            subject: proposal.subject().to_owned(),
            at,
            branch,
            edit: offer.diff.clone(),
        })
    }
}

/// Sends an offer.
pub fn deliver(session: &Session, offer: &Offer, destination: &Destination) -> Result<Delivered> {
    match destination {
        Destination::Standard => Ok(Delivered::Standard),
        Destination::File(path) => write(path.clone(), offer, Vec::new()),
        Destination::Repository {
            address,
            way,
            directory,
            branch,
        } => {
            session.progress.step("sending");
            let checkout =
                Checkout::fetch(address, *way, &Surroundings::default()).map_err(|error| {
                    error
                        .note("nothing was sent")
                        .hint("to have a file instead: the same command with `--output FILE`")
                })?;
            let old = checkout.tree(directory.as_ref())?;
            let proposal = &offer.proposal;
            let new = match proposal.accept(&offer.base.tree, &old)? {
                Accepted::Merged { tree, .. } => tree,
                Accepted::Already => {
                    return Err(Error::user(format!(
                        "`{}` has been accepted already",
                        proposal.id.short()
                    ))
                    .note("it comes home with the next release"));
                }
                Accepted::Contested { clashes, .. } => {
                    let error = Error::user(format!(
                        "{address} has changed the same places since the last release"
                    ));
                    let error = clashes.iter().fold(error, |error, clash| {
                        error.detail(clash.describe("they", "you"))
                    });
                    return Err(error
                        .note("nothing was sent")
                        .hint("to have a file for them: `--output FILE`"));
                }
            };
            let message = proposal.commit_message();
            let commit =
                checkout.commit(directory.as_ref(), &old, &new, &proposal.author, &message)?;
            let request = ProposalText {
                title: proposal.subject().to_owned(),
                body: body(offer),
            };
            match checkout.send(&commit, branch, &request)? {
                forge::SendResult::Request { url, updated } => Ok(Delivered::Request {
                    url,
                    updated,
                    branch: branch.clone(),
                }),
                forge::SendResult::Branch {
                    address,
                    branch,
                    link,
                } => Ok(Delivered::Branch {
                    address: address.to_string(),
                    branch,
                    link,
                }),
                forge::SendResult::Refused { why } => {
                    write(session.environment.here.join(file_name(offer)), offer, why)
                }
            }
        }
    }
}

/// What the merge request says below its title.
fn body(offer: &Offer) -> String {
    let proposal = &offer.proposal;
    let reasons = if proposal.body().is_empty() {
        String::new()
    } else {
        format!("{}\n\n", proposal.body())
    };
    format!(
        "{reasons}Proposed with `agentpkg contribute` for `{}` {}. However it is merged, \
         `accepted/{}.diff` lets the edit drop out of the proposers' local diffs with the next \
         release.\n",
        proposal.template, proposal.base.version, proposal.id
    )
}

fn write(path: PathBuf, offer: &Offer, why: Vec<String>) -> Result<Delivered> {
    fs::write_atomic(&path, offer.mail.as_bytes(), false)?;
    Ok(Delivered::File { path, why })
}
