//! `proposals`: what teams offer, looked at and taken into the platform team's templates.
//!
//! **A proposal is hostile until somebody read it**: it is read whole or refused, and nothing of it
//! runs.

mod accept;
mod place;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::lint::{self, LintFinding};
use crate::merge::patch::Patch;
use crate::model::finding::Severity;
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::model::source::Source;
use crate::model::tree::{FileTree, tree_digest};
use crate::model::version::Version;
use crate::proposal::effect::{self, Effect};
use crate::proposal::sources::SourceClash;
use crate::proposal::version_bump::{self, Next};
use crate::proposal::{Accepted, MAIL, Proposal, ReadMail, read_mail};
use crate::store::config::Chosen;
use crate::store::fs;
use crate::store::journal::Recovered;

use crate::ops::Session;
use crate::ops::steps::transaction;
use accept::{commit_each, decide};
use place::{Releases, SourceFolder};

/// What to look at, or to take in.
pub struct Options {
    /// The mails, in their order; `-` is standard input.
    pub files: Vec<PathBuf>,
    /// The folder of the template's source, where it isn't where the mails have it.
    pub template: Option<PathBuf>,
}

/// How to take it in.
#[derive(Clone, Copy, Debug, Default)]
pub struct AcceptMode {
    /// Whether each becomes a commit of its author's.
    pub commit: bool,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
}

/// What proposals are, each on top of those before it.
pub struct ProposalPreview {
    /// The proposals, in the order of the files.
    pub proposals: Vec<ReviewedProposal>,
    /// The registry that has their bases.
    pub registry: Chosen,
}

/// A proposal, and what it would do here.
pub struct ReviewedProposal {
    /// The file, as it was named.
    pub file: PathBuf,
    /// What the mail says.
    pub mail: ReadMail,
    /// The folder of the template, from the repository's root; `None` is the root itself.
    pub folder: Option<RelPath>,
    /// The version that template.toml says now.
    pub version: Version,
    /// The version that template.toml says with the proposal.
    pub becomes: Version,
    /// Whether it can be taken in.
    pub fit: Fit,
    /// What it changes: of the template as it is now, or of its release where it doesn't merge.
    pub changes: Patch,
    /// What it does to what may run; why nobody can say, where a side doesn't render.
    pub effects: Result<Vec<Effect>>,
    /// What a linter finds that it didn't before.
    pub findings: Vec<LintFinding>,
    /// The version that the next release should have.
    pub next: Option<Next>,
}

/// Whether a proposal can be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The template is as the release was where the proposal changes it.
    Clean {
        /// Whether the template has moved on since that release.
        moved: bool,
    },
    /// The template has what the proposal changes; only the record and the credit are new.
    Same,
    /// It was taken in before.
    Already,
    /// The template changed the same places since.
    Contested(Vec<SourceClash>),
}

impl Fit {
    /// Returns whether it can be taken in.
    pub fn applies(&self) -> bool {
        matches!(self, Self::Clean { .. } | Self::Same)
    }
}

impl ReviewedProposal {
    /// Returns the proposal.
    pub fn proposal(&self) -> &Proposal {
        &self.mail.proposal
    }

    /// Returns whether nobody has to mend anything: it can be taken in, and published then.
    pub fn is_sound(&self) -> bool {
        self.fit.applies() && !self.breaks()
    }

    /// Returns whether `publish` would refuse the template for what the proposal brings.
    pub fn breaks(&self) -> bool {
        self.effects.is_err()
            || self
                .findings
                .iter()
                .any(|finding| finding.severity == Severity::Error)
    }
}

/// What was taken in.
pub struct Outcome {
    pub shown: ProposalPreview,
    /// What changes in the repository, all of them together.
    pub plan: Plan,
    /// Whether it was carried out.
    pub applied: bool,
    pub committed: bool,
    /// What an earlier command had left to do.
    pub recovered: Option<Recovered>,
}

/// Looks at proposals, each on top of those before it that fit.
///
/// # Errors
/// When a file is no proposal, or it is for a template or a release that isn't here.
pub fn preview(session: &Session, options: &Options) -> Result<ProposalPreview> {
    let mails = mails(session, options)?;
    Ok(compute(session, options, &mails)?.0)
}

/// Takes proposals in, all or none.
///
/// # Errors
/// As for [`preview`], and when one doesn't merge, or was taken in before: nothing is changed then.
pub fn apply(session: &Session, options: &Options, way: AcceptMode) -> Result<Outcome> {
    let mails = mails(session, options)?;
    if way.dry_run {
        return decide(session, options, &mails);
    }
    if way.commit {
        return commit_each(session, options, &mails);
    }
    let (outcome, recovered) = transaction::run(
        session,
        VERB,
        || decide(session, options, &mails),
        |outcome| &outcome.plan,
    )?;
    Ok(Outcome {
        applied: true,
        recovered,
        ..outcome
    })
}

/// What undo calls it.
const VERB: &str = "proposals apply";

/// A mail that was read.
struct Mail {
    file: PathBuf,
    read: ReadMail,
}

fn mails(session: &Session, options: &Options) -> Result<Vec<Mail>> {
    let here = &session.environment.here;
    options
        .files
        .iter()
        .map(|file| mail(here, file).map_err(|error| error.note(nothing_changed(file))))
        .collect()
}

fn mail(here: &Path, file: &Path) -> Result<Mail> {
    let place = if file == Path::new("-") {
        file.to_path_buf()
    } else {
        fs::without_detours(&here.join(file))
    };
    let bytes = fs::read_at_most(&place, MAIL)?;
    let text = String::from_utf8(bytes).map_err(|_| {
        Error::user("this is not a mail")
            .cause("it is not UTF-8 text")
            .hint("save the mail as it came, or its attachment")
    })?;
    Ok(Mail {
        file: file.to_path_buf(),
        read: read_mail(&text)?,
    })
}

fn nothing_changed(file: &Path) -> String {
    format!("read from `{}`; nothing was changed", file.display())
}

/// The templates that proposals change: as they are, and as they become.
type Trees = BTreeMap<Option<RelPath>, (FileTree, FileTree)>;

fn compute(
    session: &Session,
    options: &Options,
    mails: &[Mail],
) -> Result<(ProposalPreview, Trees)> {
    let releases = Releases::open(session)?;
    let (mut trees, mut proposals) = (Trees::new(), Vec::new());
    for Mail { file, read } in mails {
        let folder = place::folder(session, options.template.as_deref(), read);
        let offer = folder.and_then(|SourceFolder { path, tree }| {
            let (_, now) = trees
                .entry(path.clone())
                .or_insert_with(|| (tree.clone(), tree));
            offer(&releases, file, read, path, now)
        });
        proposals.push(offer.map_err(|error| error.note(nothing_changed(file)))?);
    }
    Ok((
        ProposalPreview {
            proposals,
            registry: releases.chosen,
        },
        trees,
    ))
}

/// Looks at one proposal, and takes it into the template's tree where it fits.
fn offer(
    releases: &Releases,
    file: &Path,
    mail: &ReadMail,
    folder: Option<RelPath>,
    now: &mut FileTree,
) -> Result<ReviewedProposal> {
    let proposal = &mail.proposal;
    let before = Source::of(&folder_name(folder.as_ref()), now.clone())?;
    let base = releases.base(proposal)?;
    let accepted = proposal.accept(&base, now)?;
    let (changes, fit, after) = match accepted {
        Accepted::Merged { edited, tree } => {
            let changes = Patch::between(now, &edited);
            let fit = match *now == edited {
                true => Fit::Same,
                false => Fit::Clean {
                    moved: tree_digest(now) != proposal.base.tree,
                },
            };
            *now = tree.clone();
            (changes, fit, Some(tree))
        }
        Accepted::Contested { proposed, clashes } => (
            Patch::between(&base, &proposed),
            Fit::Contested(clashes),
            None,
        ),
        Accepted::Already => (Ok(proposal.edit.clone()), Fit::Already, None),
    };
    let changes = changes
        .map_err(|file| Error::user("a proposal changes text only").cause(file.to_string()))?;
    let version = before.manifest.template.version.clone();
    let mut offer = ReviewedProposal {
        file: file.to_path_buf(),
        mail: mail.clone(),
        folder,
        becomes: version.clone(),
        version,
        fit,
        changes,
        effects: Ok(Vec::new()),
        findings: Vec::new(),
        next: None,
    };
    if let Some(tree) = after {
        judge(releases, &mut offer, &before, tree)?;
    }
    Ok(offer)
}

/// Says what a template becomes by a proposal.
fn judge(
    releases: &Releases,
    offer: &mut ReviewedProposal,
    before: &Source,
    tree: FileTree,
) -> Result<()> {
    let place = folder_name(offer.folder.as_ref());
    let known = lint::template(&place, before.tree.clone());
    for finding in lint::template(&place, tree.clone()) {
        let is_known = known.iter().any(|one| {
            (&one.place.path, one.rule, &one.message)
                == (&finding.place.path, finding.rule, &finding.message)
        });
        if !is_known {
            offer.findings.push(finding);
        }
    }
    let after = match Source::of(&place, tree) {
        Ok(after) => after,
        Err(error) => {
            offer.effects = Err(error);
            return Ok(());
        }
    };
    let name = offer.proposal().template.clone();
    if after.manifest.template.name != name {
        return Err(Error::user(format!(
            "`{}` would call the template `{}`: it is `{name}`",
            offer.proposal().id,
            after.manifest.template.name
        ))
        .hint("ask its author to send it without that change"));
    }
    offer.becomes = after.manifest.template.version.clone();
    offer.effects = effect::effects(Some(before), &after);
    let newest = releases.newest(&name)?;
    offer.next = effect::effects(Some(&newest), &after)
        .ok()
        .map(|effects| version_bump::fitting(&newest, &after, &effects));
    Ok(())
}

fn folder_name(folder: Option<&RelPath>) -> String {
    folder.map_or(".".to_owned(), ToString::to_string)
}
