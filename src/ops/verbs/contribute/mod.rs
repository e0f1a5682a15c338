//! `contribute`: the local edits of a template go back to those who keep it, as a proposal.
//!
//! **Nothing leaves the repo that wasn't shown**, and nothing is offered that isn't proved to come
//! to what is here.

mod checks;
mod decisions;
mod edits;
mod named;
mod sending;
mod sent;

use std::collections::BTreeSet;
use std::path::PathBuf;

use semver::Version;

use crate::error::{Error, Result};
use crate::lint::LintFinding;
use crate::merge::patch::Patch;
use crate::model::lock::{Lock, Record};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::renderer::is_known;
use crate::model::source::Source;
use crate::model::tree::{FileTree, tree_digest};
use crate::proposal::{BaseRelease, Proposal};
use crate::render::compose::{self, compose};
use crate::render::reverse::{EditHunk, HunkFate};
use crate::store::git;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::conflicts;
use crate::ops::steps::local_changes::{self, ChangedFile};
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::{Repo, this_version};
use crate::ops::steps::unbrought;

use edits::{Draft, RequestedEdit};
pub use edits::{FileEdit, Skipped};
use named::Named;
pub use sending::{Delivered, Destination};

/// What to offer, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The template, or paths and folders of it; what is edited of the only template that has
    /// edits where none is named.
    pub wanted: Vec<String>,
    /// Why: a first line, and behind an empty one what else there is to say.
    pub why: Option<String>,
    /// Whether entries that the team added to shared files go along.
    pub additions: bool,
    /// How hunks that can be read in several ways are meant.
    pub readings: Vec<HunkReading>,
    /// Where the patch is written, in place of sending it.
    pub output: Option<Output>,
    /// Whether it is sent without asking.
    pub yes: bool,
    /// Whether it is another proposal, although one that was sent has some of it.
    pub separate: bool,
    /// Whether to stop before anything is written or sent.
    pub dry_run: bool,
}

/// Where a patch is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    File(PathBuf),
    /// To standard output.
    Standard,
}

/// How a hunk is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HunkReading {
    /// The file.
    pub path: RelPath,
    /// The hunk, from 1.
    pub hunk: usize,
    /// The reading, from 1; 0 leaves the hunk out.
    pub reading: usize,
}

/// A proposal as it would be sent.
pub struct Offer {
    pub proposal: Proposal,
    /// The release that is installed.
    pub installed: Version,
    pub files: Vec<FileEdit>,
    /// What isn't in it, and why.
    pub skipped: Vec<Skipped>,
    /// What changes in the template, as a patch.
    pub diff: String,
    /// The mail that carries it.
    pub mail: String,
    /// What `lint` finds in the template with the edit, and not without.
    pub findings: Vec<LintFinding>,
    /// What came of the template's tests.
    pub tested: Tested,
    /// The proposal that it takes the place of.
    pub updates: Option<(ProposalId, SentProposal)>,
    /// Who keeps the template.
    pub contact: Option<String>,
    /// Whether the template says in which folder of a repository it is, so that the mail does.
    pub has_directory: bool,
    /// The release that it changes: what the proposal's base is.
    base: Source,
}

/// What came of a template's tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tested {
    /// How many files of tests there are.
    pub files: usize,
    /// What doesn't hold, and holds in the release.
    pub failures: Vec<String>,
    /// How many other things don't hold, as in the release.
    pub failed_before: usize,
    /// Whether there are tests of its hooks, which were not run: they may execute what nobody here
    /// approved.
    pub skips_hooks: bool,
}

/// What was done.
pub struct Outcome {
    /// What was offered.
    pub offer: Offer,
    /// Where it would go.
    pub destination: Destination,
    /// Where it went.
    pub delivered: Option<Delivered>,
}

impl Offer {
    /// Returns the hunks that nobody said how to read, and those without a place, by file and
    /// number from 1.
    pub fn undecided(&self) -> impl Iterator<Item = (&RelPath, usize, &EditHunk, &HunkFate)> {
        self.files.iter().flat_map(|file| {
            let hunks = file.hunks.iter().enumerate().filter(|(_, (_, fate))| {
                matches!(fate, HunkFate::Asked(_) | HunkFate::Unmapped(_))
            });
            hunks.map(|(index, (hunk, fate))| (&file.path, index + 1, hunk, fate))
        })
    }
}

/// Offers the local edits of a template to those who keep it.
pub fn contribute(session: &Session, options: &Options) -> Result<Outcome> {
    let offer = offer(session, options)?;
    let destination = Destination::choose(session, &offer, options)?;
    let mut outcome = Outcome {
        offer,
        destination,
        delivered: None,
    };
    if options.dry_run || !confirmed(session, options, &outcome)? {
        return Ok(outcome);
    }
    let delivered = sending::deliver(session, &outcome.offer, &outcome.destination)?;
    if let Some(sent) = delivered.record(session, &outcome.offer) {
        sent::remember(session, &outcome.offer, &sent).map_err(|error| {
            error
                .note(format!("the proposal was sent: {}", sent.at))
                .note("`agentpkg status` doesn't know of it")
        })?;
    }
    outcome.delivered = Some(delivered);
    Ok(outcome)
}

/// Returns whether somebody said that it may go, who was shown what goes.
fn confirmed(session: &Session, options: &Options, outcome: &Outcome) -> Result<bool> {
    if options.yes || options.output.is_some() {
        return Ok(true);
    }
    let Some(person) = session.person else {
        return Err(
            Error::user("nobody can be asked whether this may leave the repository")
                .diff(outcome.offer.diff.clone())
                .note("nothing was sent")
                .hint_command(
                    format!("to send it to {}", outcome.destination),
                    CommandLine::again(session).flag("--yes"),
                )
                .hint_command(
                    "to have it as a file",
                    CommandLine::again(session).flag("--output FILE"),
                ),
        );
    };
    session.progress.stop();
    match person.send(&outcome.offer, &outcome.destination)? {
        true => Ok(true),
        false => Err(Error::user("it was not confirmed").note("nothing was sent")),
    }
}

/// Returns the command that makes a proposal for one template.
fn about(session: &Session, options: &Options, name: &TemplateName) -> CommandLine {
    if options.wanted.is_empty() {
        return CommandLine::again(session).word(name.as_str());
    }
    let why = options.why.as_deref().unwrap_or("WHY");
    CommandLine::new(session, "contribute")
        .word(name.as_str())
        .option("-m", why)
}

/// Makes the proposal.
fn offer(session: &Session, options: &Options) -> Result<Offer> {
    let why = reason(session, options)?;
    let repo = Repo::read(&session.workspace)?;
    let lock = repo.installed(session)?;
    refuse_other_renderer(session, lock)?;
    conflicts::refuse_while_open(session, lock)?;
    let registries = Registries::new(session, &repo.manifest)?;
    session.progress.step("reading releases");
    let sources = registries.locked_sources(lock)?;
    let upstream = compose(&sources, &compose::ComposeInputs::of(&lock.inputs))?;
    let mut base = repo.base();
    let ours = repo.ours(&session.workspace, &mut base, [])?;
    let changed = local_changes::changed(session, &repo, lock, Some(&upstream))?;
    let named = named::read(session, lock, &changed, &options.wanted)?;
    let template = wanted(session, lock, &changed, options, &named)?;
    let mut beside = unbrought::beside(session, lock, &template, &changed)?;
    beside.retain(|path| !named.new.contains_key(path));
    session.progress.step("undoing the rendering");
    let repo = edits::EditInputs {
        lock,
        sources: &sources,
        upstream: &upstream,
        base: &base,
        ours: &ours,
        changed: &changed,
    };
    let draft = decisions::decided(session, options, &|decisions| {
        let wanted = RequestedEdit {
            template: &template,
            named: &named,
            beside: &beside,
            additions: options.additions,
            decisions,
        };
        edits::draft(&repo, &wanted)
    })?;
    let installed = source_of(sources, &template);
    if draft.tree == installed.tree {
        return Err(nothing(&template, &draft));
    }
    let locked = &lock.inputs.releases[&template];
    let newest = checks::newest(&registries, &template, locked, &installed)?;
    let edited = checks::up_to_date(&installed, &draft.tree, &newest)?;
    let edit = patch(session, &newest, &edited)?;
    let author = git::author(session.workspace.root())?;
    let about = &newest.manifest.template;
    let base_release = BaseRelease {
        version: about.version.clone(),
        tree: tree_digest(&newest.tree),
    };
    let proposal = Proposal::new(template, base_release, &author, why, edit)?;
    let findings = checks::new_findings(&newest, &edited, &proposal)?;
    session.progress.step("testing the template");
    let tested = checks::tested(&newest, &edited)?;
    let version = this_version().to_string();
    let mail = proposal.to_mail(about.directory.as_ref(), &newest.tree, &version)?;
    let updates = match options.separate {
        true => None,
        false => sent::earlier(lock, &proposal),
    };
    Ok(Offer {
        diff: proposal.edit.to_text(None),
        mail,
        proposal,
        installed: installed.manifest.template.version.clone(),
        files: draft.files,
        skipped: draft.skipped,
        findings,
        tested,
        updates,
        contact: about.contact.clone(),
        has_directory: about.directory.is_some() || about.repository.is_some(),
        base: newest,
    })
}

fn source_of(sources: Vec<Source>, template: &TemplateName) -> Source {
    let mut sources = sources.into_iter();
    sources
        .find(|source| source.manifest.template.name == *template)
        .expect("the template is installed")
}

/// Returns why it is proposed.
fn reason<'a>(session: &Session, options: &'a Options) -> Result<&'a str> {
    match options.why.as_deref().map(str::trim) {
        Some(why) if !why.is_empty() => Ok(why),
        _ => {
            let again = CommandLine::again(session).flag("-m \"WHY\"");
            Err(Error::user("a proposal has to say why").command(again))
        }
    }
}

fn refuse_other_renderer(session: &Session, lock: &Lock) -> Result<()> {
    if is_known(lock.inputs.renderer) {
        return Ok(());
    }
    Err(
        Error::user("these files were rendered by an older agentpkg")
            .note("so local edits can't be separated from rendering changes")
            .command(CommandLine::new(session, "upgrade")),
    )
}

/// Returns what changes in the template.
fn patch(session: &Session, newest: &Source, edited: &FileTree) -> Result<Patch> {
    let edit = Patch::between(&newest.tree, edited).map_err(|not_text| {
        Error::user(format!("`{}` is no text, and a proposal is", not_text.path))
    })?;
    if edit.is_empty() {
        let about = &newest.manifest.template;
        return Err(Error::user(format!(
            "`{}` {} has this already",
            about.name, about.version
        ))
        .command(CommandLine::new(session, "upgrade")));
    }
    Ok(edit)
}

/// Returns the template that is meant.
fn wanted(
    session: &Session,
    lock: &Lock,
    changed: &[ChangedFile],
    options: &Options,
    named: &Named,
) -> Result<TemplateName> {
    let mut owners: BTreeSet<TemplateName> = BTreeSet::new();
    for file in changed.iter().filter(|file| named.has(&file.path)) {
        owners.extend(file.owners.iter().cloned());
    }
    for path in &named.paths {
        if let Some(whole) = lock.files.get(path).and_then(Record::as_whole) {
            owners.insert(whole.origin.template.clone());
        }
    }
    owners.extend(named.owners_of_new(lock).cloned());
    owners.retain(|owner| lock.inputs.releases.contains_key(owner));
    let choice = match named.templates.is_empty() {
        true => owners,
        false => named.templates.clone(),
    };
    let choice: Vec<TemplateName> = choice.into_iter().collect();
    let installed: Vec<&TemplateName> = lock.inputs.releases.keys().collect();
    match (choice.as_slice(), installed.as_slice()) {
        ([only], _) => Ok(only.clone()),
        ([], [only]) if options.additions || !named.new.is_empty() => Ok((*only).clone()),
        ([], several) if !named.new.is_empty() => {
            let error = Error::user("nothing says which template this is for");
            Err(several.iter().fold(error, |error, name| {
                error.command(CommandLine::again(session).word(name.as_str()))
            }))
        }
        ([], _) => {
            let error = Error::user("nothing that a template brought was edited here");
            named::offered(session, lock, changed, error)
        }
        (several, _) => {
            let error = Error::user(format!(
                "a proposal is for one template, and this is about {}",
                words::list(several)
            ));
            Err(several.iter().fold(error, |error, name| {
                error.command(about(session, options, name))
            }))
        }
    }
}

/// Returns why there is nothing to send.
fn nothing(template: &TemplateName, draft: &Draft) -> Error {
    let mut error = Error::user(format!(
        "there is nothing of `{template}` that can be proposed"
    ));
    for Skipped { path, why } in &draft.skipped {
        error = error.detail(format!("`{path}`: {why}"));
    }
    for file in &draft.files {
        for (number, (hunk, fate)) in file.hunks.iter().enumerate() {
            let place = format!("`{}` line {}", file.path, hunk.base.start + 1);
            match fate {
                HunkFate::Asked(readings) => {
                    error = error.detail(format!("{place} can be read in more ways than one:"));
                    for (index, reading) in readings.iter().enumerate() {
                        error = error.detail(format!("  {}: it {}", index + 1, reading.meaning));
                    }
                    let path = &file.path;
                    error = error.hint(format!(
                        "say which one is meant: `--read {path}#{}=1`",
                        number + 1
                    ));
                }
                HunkFate::Unmapped(why) => error = error.detail(format!("{place}: {why}")),
                HunkFate::Mapped | HunkFate::Left => {}
            }
        }
    }
    error.note("nothing was sent")
}
