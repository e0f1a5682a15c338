//! `contribute`: the local edits of a template go back to those who keep it, as a proposal.
//!
//! **Nothing leaves the repo that wasn't shown**, and nothing is offered that isn't proved to come
//! to what is here.

mod edits;
mod sending;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use semver::Version;

use crate::error::{Error, Result};
use crate::lint::{self, Finding, LintRule};
use crate::merge::patch::Patch;
use crate::model::lock::{AGENTPKG_LOCK, Lock, Record};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, Plan, Stage};
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::source::Source;
use crate::model::tree::{File, FileTree, tree_digest};
use crate::proposal::{BaseRelease, Proposal, sources};
use crate::render::RENDERER;
use crate::render::check;
use crate::render::compose::{self, compose};
use crate::render::reverse::{EditHunk, HunkDecision, HunkFate, Reading};
use crate::store::git;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::local_changes::{self, ChangedFile};
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::{Repo, this_version};
use crate::ops::steps::scenario_run;
use crate::ops::steps::transaction;

pub use edits::FileEdit;
use edits::{Decisions, Draft, RequestedEdit};
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
    /// To a file.
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
    /// The proposal.
    pub proposal: Proposal,
    /// The release that is installed.
    pub installed: Version,
    /// The files that are in it.
    pub files: Vec<FileEdit>,
    /// What isn't in it, and why.
    pub left: Vec<(RelPath, String)>,
    /// What changes in the template, as a patch.
    pub diff: String,
    /// The mail that carries it.
    pub mail: String,
    /// What `lint` finds in the template with the edit, and not without.
    pub findings: Vec<Finding>,
    /// What came of the template's tests.
    pub tested: Tested,
    /// The proposal that it takes the place of.
    pub updates: Option<(ProposalId, SentProposal)>,
    /// Who keeps the template.
    pub contact: Option<String>,
    /// The release that it changes: what the proposal's base is.
    base: Source,
}

/// What came of a template's tests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tested {
    /// How many files of tests there are.
    pub files: usize,
    /// What doesn't hold.
    pub failures: Vec<String>,
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
    pub fn unsettled(&self) -> impl Iterator<Item = (&RelPath, usize, &EditHunk, &HunkFate)> {
        self.files.iter().flat_map(|file| {
            let hunks = file.hunks.iter().enumerate();
            let hunks = hunks.filter(|(_, (_, fate))| {
                matches!(fate, HunkFate::Asked(_) | HunkFate::Unmapped(_))
            });
            hunks.map(|(index, (hunk, fate))| (&file.path, index + 1, hunk, fate))
        })
    }
}

/// Offers the local edits of a template to those who keep it.
pub fn contribute(context: &Session, options: &Options) -> Result<Outcome> {
    let offer = offer(context, options)?;
    let destination = Destination::of(context, &offer, options)?;
    let mut outcome = Outcome {
        offer,
        destination,
        delivered: None,
    };
    if options.dry_run || !confirmed(context, options, &outcome)? {
        return Ok(outcome);
    }
    let delivered = sending::deliver(context, &outcome.offer, &outcome.destination)?;
    if let Some(sent) = delivered.record(context, &outcome.offer) {
        remember(context, &outcome.offer, &sent).map_err(|error| {
            error
                .note(format!("the proposal was sent: {}", sent.at))
                .note("`agentpkg status` doesn't know of it")
        })?;
    }
    outcome.delivered = Some(delivered);
    Ok(outcome)
}

/// Returns whether somebody said that it may go, who was shown what goes.
fn confirmed(context: &Session, options: &Options, outcome: &Outcome) -> Result<bool> {
    if options.yes || options.output.is_some() {
        return Ok(true);
    }
    let Some(person) = context.person else {
        return Err(
            Error::user("nobody can be asked whether this may leave the repository")
                .exhibit(outcome.offer.diff.clone())
                .note("nothing was sent")
                .hint(format!(
                    "to send it to {}: {}",
                    outcome.destination,
                    CommandLine::again(context).flag("--yes")
                ))
                .hint(format!(
                    "to have it as a file: {}",
                    CommandLine::again(context).flag("--output FILE")
                )),
        );
    };
    context.progress.stop();
    match person.send(&outcome.offer, &outcome.destination)? {
        true => Ok(true),
        false => Err(Error::user("it was not confirmed").note("nothing was sent")),
    }
}

/// Returns the command that makes a proposal for one template.
fn about(context: &Session, options: &Options, name: &TemplateName) -> CommandLine {
    if options.wanted.is_empty() {
        return CommandLine::again(context).word(name.as_str());
    }
    let why = options.why.as_deref().unwrap_or("WHY");
    CommandLine::new(context, "contribute")
        .word(name.as_str())
        .option("-m", why)
}

/// Makes the proposal.
fn offer(context: &Session, options: &Options) -> Result<Offer> {
    let why = options
        .why
        .as_deref()
        .map(str::trim)
        .filter(|why| !why.is_empty());
    let why = why.ok_or_else(|| {
        let again = CommandLine::again(context).flag("-m \"WHY\"");
        Error::user("a proposal has to say why").hint(again.to_string())
    })?;
    let repo = Repo::read(&context.workspace)?;
    let lock = repo.installed(context)?;
    if lock.inputs.renderer != RENDERER {
        return Err(Error::user(
            "an earlier agentpkg rendered what is installed, and this one does it otherwise",
        )
        .note("what was edited can't be told from that")
        .hint(CommandLine::new(context, "upgrade").to_string()));
    }
    crate::ops::steps::conflicts::refuse_while_open(context, lock)?;
    let registries = Registries::new(context, &repo.manifest)?;
    context.progress.step("reading releases");
    let sources = registries.locked_sources(lock)?;
    let upstream = compose(&sources, &compose::ComposeInputs::of(&lock.inputs))?;
    let mut base = repo.base();
    let ours = repo.ours(&context.workspace, &mut base, [])?;
    let changed = local_changes::changed(context, &repo, lock, Some(&upstream))?;
    let (template, paths) = wanted(context, lock, &changed, options)?;
    context.progress.step("undoing the rendering");
    let repo = edits::EditInputs {
        lock,
        sources: &sources,
        upstream: &upstream,
        base: &base,
        ours: &ours,
        changed: &changed,
    };
    let decide = |decisions: &Decisions| {
        let wanted = RequestedEdit {
            template: &template,
            paths: &paths,
            additions: options.additions,
            decisions,
        };
        edits::draft(&repo, &wanted)
    };
    let draft = decided(context, options, &decide)?;
    let installed = sources
        .into_iter()
        .find(|source| source.manifest.template.name == template);
    let installed = installed.expect("the template is installed");
    if draft.tree == installed.tree {
        return Err(nothing(&template, &draft));
    }
    let locked = &lock.inputs.releases[&template];
    let newest = newest(&registries, &template, locked, &installed)?;
    let edited = up_to_date(&installed, &draft.tree, &newest)?;
    let edit = Patch::between(&newest.tree, &edited).map_err(|not_text| {
        Error::user(format!("`{}` is no text, and a proposal is", not_text.path))
    })?;
    if edit.is_empty() {
        return Err(Error::user(format!(
            "`{template}` {} has this already",
            newest.manifest.template.version
        ))
        .hint(CommandLine::new(context, "upgrade").to_string()));
    }
    let author = git::author(context.workspace.root())?;
    let tree = tree_digest(&newest.tree);
    let about = &newest.manifest.template;
    let proposal = Proposal::new(
        template.clone(),
        BaseRelease {
            version: about.version.clone(),
            tree,
        },
        &author,
        why,
        edit,
    )?;
    let findings = checked(&newest, &edited, &proposal)?;
    context.progress.step("testing the template");
    let tested = tested(&edited)?;
    let version = this_version().to_string();
    let mail = proposal.to_mail(about.directory.as_ref(), &newest.tree, &version)?;
    let updates = if options.separate {
        None
    } else {
        earlier(lock, &proposal)
    };
    Ok(Offer {
        diff: proposal.edit.to_text(None),
        mail,
        proposal,
        installed: installed.manifest.template.version.clone(),
        files: draft.files,
        left: draft.left,
        findings,
        tested,
        updates,
        contact: about.contact.clone(),
        base: newest,
    })
}

/// Returns the template that is meant, and the paths that were named.
fn wanted(
    context: &Session,
    lock: &Lock,
    changed: &[ChangedFile],
    options: &Options,
) -> Result<(TemplateName, BTreeSet<RelPath>)> {
    let (mut templates, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for wanted in &options.wanted {
        let named = lock
            .inputs
            .releases
            .keys()
            .find(|name| name.as_str().eq_ignore_ascii_case(wanted));
        let wanted_path = wanted.trim_start_matches("./").trim_end_matches('/');
        let at =
            |path: &&RelPath| path.as_str() == wanted_path || path.below(wanted_path).is_some();
        let found: Vec<&RelPath> = lock.files.keys().filter(at).collect();
        match named {
            Some(name) => _ = templates.insert(name.clone()),
            None if found.is_empty() => {
                return Err(Error::user(format!(
                    "`{wanted}` is neither an installed template nor a managed path"
                ))
                .hint("agentpkg status"));
            }
            None => paths.extend(found.into_iter().cloned()),
        }
    }
    let mut owners: BTreeSet<TemplateName> = BTreeSet::new();
    for file in changed
        .iter()
        .filter(|file| paths.is_empty() || paths.contains(&file.path))
    {
        owners.extend(file.owners.iter().cloned());
    }
    for path in &paths {
        if let Some(whole) = lock.files.get(path).and_then(Record::as_whole) {
            owners.insert(whole.origin.template.clone());
        }
    }
    owners.retain(|owner| lock.inputs.releases.contains_key(owner));
    let choice: Vec<TemplateName> = if templates.is_empty() {
        owners
    } else {
        templates
    }
    .into_iter()
    .collect();
    match choice.as_slice() {
        [only] => Ok((only.clone(), paths)),
        [] if options.additions && lock.inputs.releases.len() == 1 => Ok((
            lock.inputs
                .releases
                .keys()
                .next()
                .cloned()
                .expect("there is one"),
            paths,
        )),
        [] => Err(
            Error::user("nothing that a template brought was edited here").hint("agentpkg status"),
        ),
        several => {
            let error = Error::user(format!(
                "a proposal is for one template, and this is about {}",
                words::list(several)
            ));
            Err(several.iter().fold(error, |error, name| {
                error.hint(about(context, options, name).to_string())
            }))
        }
    }
}

/// Makes the edit with every decision that is to be had: from the command line, and from a person.
fn decided(
    context: &Session,
    options: &Options,
    draft: &dyn Fn(&Decisions) -> Result<Draft>,
) -> Result<Draft> {
    let mut decisions = Decisions::new();
    let mut first = draft(&decisions)?;
    for read in &options.readings {
        let file = first.files.iter().find(|file| file.path == read.path);
        let hunks = file.map_or(0, |file| file.hunks.len().max(1));
        if read.hunk == 0 || read.hunk > hunks {
            return Err(Error::user(format!(
                "there is no hunk {} in what was edited of `{}`",
                read.hunk, read.path
            )));
        }
        decide(
            &mut decisions,
            &read.path,
            read.hunk - 1,
            read.reading.checked_sub(1),
        );
    }
    if !options.readings.is_empty() {
        first = draft(&decisions)?;
    }
    for read in options.readings.iter().filter(|read| read.reading > 0) {
        let file = first.files.iter().find(|file| file.path == read.path);
        let fate = file
            .and_then(|file| file.hunks.get(read.hunk - 1))
            .map(|(_, fate)| fate);
        if let Some(HunkFate::Asked(readings)) = fate {
            let count = words::count(readings.len(), "way");
            return Err(Error::user(format!(
                "hunk {} of `{}` can be read in {count}",
                read.hunk, read.path
            ))
            .hint(format!("--read {}#{}=1", read.path, read.hunk)));
        }
    }
    let Some(person) = context.person.filter(|_| !options.yes) else {
        return Ok(first);
    };
    context.progress.stop();
    let choices: Vec<(RelPath, usize)> = first
        .files
        .iter()
        .flat_map(|file| (0..file.hunks.len().max(1)).map(|index| (file.path.clone(), index)))
        .collect();
    let picked = if choices.len() > 1 {
        person.pick(&first.files)?
    } else {
        vec![true; choices.len()]
    };
    for ((path, index), picked) in choices.iter().zip(picked) {
        if !picked {
            decide(&mut decisions, path, *index, None);
        }
    }
    // What is decided of one hunk may be what makes the next one plain.
    let mut now = draft(&decisions)?;
    let mut asked: BTreeSet<(RelPath, usize)> = BTreeSet::new();
    while let Some((path, index, hunk, readings)) = open(&now, &asked) {
        let answer = person.read(&path, &hunk, &readings)?;
        asked.insert((path.clone(), index));
        decide(&mut decisions, &path, index, answer);
        now = draft(&decisions)?;
    }
    Ok(now)
}

/// Says how a hunk of a file is read; `None` leaves it out.
fn decide(decisions: &mut Decisions, path: &RelPath, hunk: usize, reading: Option<usize>) {
    let hunks = decisions.entry(path.clone()).or_default();
    hunks.resize(hunks.len().max(hunk + 1), HunkDecision::Map);
    hunks[hunk] = reading.map_or(HunkDecision::Leave, HunkDecision::Read);
}

/// Returns the first hunk that can be read in several ways and wasn't asked about.
fn open(
    draft: &Draft,
    asked: &BTreeSet<(RelPath, usize)>,
) -> Option<(RelPath, usize, EditHunk, Vec<Reading>)> {
    let hunks = draft
        .files
        .iter()
        .flat_map(|file| file.hunks.iter().enumerate().map(|hunk| (&file.path, hunk)));
    let mut open = hunks.filter_map(|(path, (index, (hunk, fate)))| match fate {
        HunkFate::Asked(readings) if !asked.contains(&(path.clone(), index)) => {
            Some((path.clone(), index, hunk.clone(), readings.clone()))
        }
        _ => None,
    });
    open.next()
}

/// Returns why there is nothing to send.
fn nothing(template: &TemplateName, draft: &Draft) -> Error {
    let mut error = Error::user(format!(
        "there is nothing of `{template}` that can be proposed"
    ));
    for (path, why) in &draft.left {
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

/// Returns the newest release, or the installed one where that is the newest.
fn newest(
    registries: &Registries,
    template: &TemplateName,
    locked: &crate::model::lock::LockedRelease,
    installed: &Source,
) -> Result<Source> {
    let index = registries.index(&locked.registry, template)?;
    match index
        .as_ref()
        .and_then(|index| index.latest())
        .filter(|latest| latest.version > locked.version)
    {
        Some(latest) => registries.source(&locked.registry, template, latest),
        None => Ok(installed.clone()),
    }
}

/// Brings an edited source up to date with the newest release.
fn up_to_date(installed: &Source, edited: &FileTree, newest: &Source) -> Result<FileTree> {
    if installed.tree == newest.tree {
        return Ok(edited.clone());
    }
    let about = &newest.manifest.template;
    let merged = sources::merge(&installed.tree, edited, &newest.tree);
    merged.map_err(|clashes| {
        let error = Error::user(format!(
            "`{}` {} changed the same places as you",
            about.name, about.version
        ));
        let error = clashes.iter().fold(error, |error, clash| {
            error.detail(clash.said("you", "the release"))
        });
        error
            .note("nothing was sent")
            .hint(format!("agentpkg upgrade {}", about.name))
            .hint("then contribute again")
    })
}

/// Checks the template as it would be, and returns what `lint` finds in it and not in the release.
///
/// # Errors
/// When it would not be a template any more, or would hold a secret.
fn checked(newest: &Source, edited: &FileTree, proposal: &Proposal) -> Result<Vec<Finding>> {
    let name = proposal.template.as_str();
    let source = Source::of(name, edited.clone())?;
    check::check(&source).map_err(|error| error.note("nothing was sent"))?;
    let known: BTreeSet<(RelPath, LintRule, String)> = lint::source(newest)
        .into_iter()
        .map(|one| (one.path, one.rule, one.message))
        .collect();
    let mut findings = lint::source(&source);
    findings.extend(lint::secrets(&rel("the reasons"), &proposal.why));
    let is_secret = |one: &&Finding| matches!(one.rule, LintRule::Secret | LintRule::SecretLikely);
    let line = |tree: &FileTree, one: &Finding| -> Option<String> {
        tree.get(&one.path)?
            .text()?
            .lines()
            .nth(one.line?.checked_sub(1)?)
            .map(str::to_owned)
    };
    // Of a secret the message says the start alone: it is known if its line is.
    let stands = |one: &Finding| {
        let text = newest.tree.get(&one.path).and_then(File::text);
        line(edited, one)
            .is_some_and(|line| text.is_some_and(|text| text.lines().any(|known| known == line)))
    };
    findings.retain(|one| match is_secret(&one) {
        true => !stands(one),
        false => !known.contains(&(one.path.clone(), one.rule, one.message.clone())),
    });
    let secrets: Vec<&Finding> = findings.iter().filter(is_secret).collect();
    if secrets.is_empty() {
        return Ok(findings);
    }
    let error = Error::user("what would leave the repository holds a secret");
    let error = secrets.iter().fold(error, |error, one| {
        let line = words::line_suffix(one.line);
        error.detail(format!("`{}`{line}: {}", one.path, one.message))
    });
    Err(error
        .note("nothing was sent")
        .hint("revoke it, take it out, and run the command again"))
}

/// Tries the template's tests as it would be, but for its hooks: **nothing is executed that nobody
/// here approved**, and neither the scripts of a newer release are, nor what other answers than the
/// repo's bring, nor what tests bring.
fn tested(edited: &FileTree) -> Result<Tested> {
    let source = Source::of("the template", edited.clone())?;
    let mut tested = Tested::default();
    let scenarios = match scenario_run::scenarios(&source) {
        Ok(scenarios) => scenarios,
        Err(error) => {
            tested.failures.push(error.message().to_owned());
            return Ok(tested);
        }
    };
    for (path, mut scenario) in scenarios {
        tested.skips_hooks |= !scenario.hooks.is_empty();
        scenario.hooks.clear();
        tested.files += 1;
        match scenario_run::attempt(&source, &path, &scenario, None) {
            Ok(tried) => tested.failures.extend(
                tried
                    .failures
                    .into_iter()
                    .map(|what| format!("`{path}`: {what}")),
            ),
            Err(error) => tested
                .failures
                .push(format!("`{path}`: {}", error.message())),
        }
    }
    Ok(tested)
}

/// Returns the proposal that was sent from here and has some of the same lines.
fn earlier(lock: &Lock, proposal: &Proposal) -> Option<(ProposalId, SentProposal)> {
    if let Some(sent) = lock.proposals.get(&proposal.id) {
        return Some((proposal.id.clone(), sent.clone()));
    }
    let lines = |patch: &Patch| -> BTreeMap<RelPath, BTreeSet<String>> {
        let of = |file: &crate::merge::patch::FilePatch| {
            let lines = file.added_lines().into_iter().chain(file.removed_lines());
            (
                file.path.clone(),
                lines
                    .filter(|line| !line.trim().is_empty())
                    .map(str::to_owned)
                    .collect(),
            )
        };
        patch.files.iter().map(of).collect()
    };
    let new = lines(&proposal.edit);
    let shares = |sent: &SentProposal| {
        let Ok(old) = Patch::parse(&sent.edit) else {
            return false;
        };
        lines(&old)
            .iter()
            .any(|(path, old)| new.get(path).is_some_and(|new| !new.is_disjoint(old)))
    };
    let mut found = lock
        .proposals
        .iter()
        .filter(|(_, sent)| sent.template == proposal.template && shares(sent));
    found.next().map(|(id, sent)| (id.clone(), sent.clone()))
}

/// Writes down in agentpkg.lock what was sent.
fn remember(context: &Session, offer: &Offer, sent: &SentProposal) -> Result<()> {
    let decide = || {
        let repo = Repo::read(&context.workspace)?;
        let mut lock = repo.installed(context)?.clone();
        if let Some((id, _)) = &offer.updates {
            lock.proposals.remove(id);
        }
        lock.proposals
            .insert(offer.proposal.id.clone(), sent.clone());
        let change = FileChange {
            path: rel(AGENTPKG_LOCK),
            stage: Stage::Lock,
            old: repo.lock_text.as_deref().map(File::plain),
            new: Some(File::plain(lock.to_text())),
        };
        Ok(Plan::new("contribute", vec![change]))
    };
    transaction::alone(context, "contribute", decide, |plan| plan).map(drop)
}
