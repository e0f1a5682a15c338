//! `publish`: makes a release of a template.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::error::Result;
use crate::face::args::RegistryArgs;
use crate::face::report::{Detail, Report, parts};
use crate::hint::Hint;
use crate::lint::LintFinding;
use crate::model::changelog::CHANGELOG;
use crate::model::path::{RelPath, rel};
use crate::model::version::Bump;
use crate::ops::Session;
use crate::ops::steps::kept_in::KeptIn;
use crate::ops::steps::scenario_run::ScenarioResult;
use crate::ops::verbs::publish::{Changes, Options, Outcome, Prepared, command, publish};
use crate::proposal::effect::{Effect, EffectChange};
use crate::store::git;
use crate::store::reach::Purpose;
use crate::store::registry::Published;
use crate::words;
use std::path::PathBuf;

use super::Verb;

/// Publish a version
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg publish templates/org-baseline --registry registry
  agentpkg publish templates/org-baseline --registry registry --dry-run
  agentpkg publish templates/org-baseline --registry registry --bump minor --prepare

A release never changes: publishing the same content again is success, other content under the same
version an error. A folder that is absent or empty becomes a registry.

Where CI publishes after a merge, prepare the release at your desk. --bump sets the version in
template.toml, one step above the newest published one, and renames `## [Unreleased]` in
CHANGELOG.md to it. --prepare publishes nothing. Either runs the template's tests and the linter
first, and shows what the release can newly run; files are written once everything has passed.")]
pub struct Args {
    /// The folder of the template's source
    #[arg(value_name = "TEMPLATE_DIR", default_value = ".")]
    source: PathBuf,
    /// Set the next version, and rename `## [Unreleased]` in CHANGELOG.md to it: patch, minor,
    /// major, or a version
    #[arg(long, value_name = "LEVEL")]
    bump: Option<Bump>,
    /// Test the release and show what is new in it, and publish nothing
    #[arg(long)]
    prepare: bool,
    #[command(flatten)]
    registry: RegistryArgs,
    /// Show what would be published, and write nothing
    #[arg(long)]
    dry_run: bool,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Change
    }

    fn only_reads(&self) -> bool {
        false
    }

    fn registry(&self) -> Option<&RegistryArgs> {
        Some(&self.registry)
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let options = Options {
            source: self.source.clone(),
            bump: self.bump.clone(),
            prepare: self.prepare,
            dry_run: self.dry_run,
        };
        let outcome = publish(session, &options)?;
        Ok(report(session, &options, &outcome, detail))
    }
}

/// What was published or prepared, and what to do next.
fn report(session: &Session, options: &Options, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    title(&mut report, options, outcome);
    registry(&mut report, outcome);
    if !options.prepare {
        contents(&mut report, outcome);
    }
    if let Some(prepared) = &outcome.prepared {
        version(&mut report, options, outcome, prepared);
        tests(&mut report, &prepared.tried);
        if outcome.warnings.is_empty() {
            report.row("lint", "no errors, no warnings");
        }
        changes(&mut report, &prepared.changes);
    }
    let version = &outcome.source.manifest.template.version;
    if let Some(changes) = outcome
        .source
        .changelog_section(version)
        .filter(|_| report.is_verbose())
    {
        report.gap();
        report.document(changes);
    }
    warnings(&mut report, &outcome.warnings);
    add_unsaid(&mut report, outcome.unsaid.as_ref());
    report.gap();
    match &outcome.published {
        Published::New { .. } if options.prepare => {
            next_steps(&mut report, session, options, outcome)
        }
        _ => for_teams(&mut report, outcome),
    }
    report
}

fn title(report: &mut Report, options: &Options, outcome: &Outcome) {
    let about = &outcome.source.manifest.template;
    let (name, version) = (&about.name, &about.version);
    let is_edited = outcome
        .prepared
        .as_ref()
        .is_some_and(|prepared| !prepared.edited.is_empty());
    let title = match (&outcome.published, options.prepare, options.dry_run) {
        (Published::Already { .. }, ..) => {
            format!("{name} {version} is published already, with the same contents")
        }
        (Published::New { .. }, true, true) if is_edited => {
            format!("would prepare {name} {version} (nothing was changed)")
        }
        (Published::New { .. }, true, false) if is_edited => {
            format!("prepared {name} {version}, nothing published")
        }
        (Published::New { .. }, true, _) => {
            format!("{name} {version} is ready, nothing published")
        }
        (Published::New { .. }, false, true) => {
            format!("would publish {name} {version} (nothing was changed)")
        }
        (Published::New { .. }, false, false) => format!("published {name} {version}"),
    };
    report.title(title);
}

fn registry(report: &mut Report, outcome: &Outcome) {
    let made = match &outcome.published {
        Published::New { created: true, .. } => ", a new registry",
        _ => "",
    };
    report.row("registry", format!("{}{made}", outcome.registry));
}

/// How much it is, and what identifies it.
fn contents(report: &mut Report, outcome: &Outcome) {
    let release = outcome.published.release();
    let files = words::count(outcome.source.tree.len(), "file");
    report.row(
        "files",
        format!("{files}, packed to {}", size(release.size)),
    );
    report.row("tree", release.tree.to_string());
}

/// Which version it is, whether it fits, and where it was written.
fn version(report: &mut Report, options: &Options, outcome: &Outcome, prepared: &Prepared) {
    let version = &outcome.source.manifest.template.version;
    let fit = match &prepared.changes.next {
        None => format!("{version}, the first release"),
        Some(next) => {
            let step = format!("{} -> {version}", next.newest);
            match version.cmp(&next.version) {
                Ordering::Equal => format!("{step}; {} fits: {}", next.step.as_str(), next.why),
                Ordering::Greater => format!("{step}; at least {}: {}", next.version, next.why),
                Ordering::Less => {
                    format!("{step} is too small; {} fits: {}", next.version, next.why)
                }
            }
        }
    };
    report.row("version", fit);
    if prepared.edited.is_empty() {
        return;
    }
    let mut edits = Vec::new();
    if prepared.was != *version {
        edits.push(format!(
            "the version in template.toml (was {})",
            prepared.was
        ));
    }
    if prepared.edited.contains(&rel(CHANGELOG)) {
        edits.push(format!("the section of {version} in {CHANGELOG}"));
    }
    let label = if options.dry_run {
        "would write"
    } else {
        "wrote"
    };
    report.row(label, edits.join(", "));
}

fn tests(report: &mut Report, tried: &[ScenarioResult]) {
    if tried.is_empty() {
        return report.row("tests", "none; docs/tests.md says how to write some");
    }
    let calls: usize = tried
        .iter()
        .flat_map(|tried| tried.hooks.values())
        .map(|tally| tally.total().1)
        .sum();
    let mut text = format!("{} passed", words::count(tried.len(), "test"));
    if calls > 0 {
        text.push_str(&format!(", {}", words::count(calls, "hook call")));
    }
    report.row("tests", text);
}

/// What is new since the previous release.
fn changes(report: &mut Report, changes: &Changes) {
    if changes.previous.is_some() {
        let files = &changes.files;
        for (label, paths) in [
            ("added", &files.added),
            ("changed", &files.changed),
            ("removed", &files.removed),
        ] {
            let paths: Vec<&RelPath> = paths.iter().collect();
            if !paths.is_empty() {
                let files = words::count(paths.len(), "file");
                report.row(label, format!("{files}: {}", parts::paths(report, &paths)));
            }
        }
    }
    can_run(report, &changes.effects);
    // Of a first release, all of every script is new.
    if changes.previous.is_some() || report.is_verbose() {
        let diffs = changes.effects.iter().flat_map(|effect| &effect.diffs);
        diffs.for_each(|diff| report.diff(diff));
    }
}

/// How what can run differs: a line for each kind.
fn can_run(report: &mut Report, effects: &[Effect]) {
    const FEW: usize = 4;
    if effects.is_empty() {
        return report.row("can run", "nothing new");
    }
    let mut groups: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for effect in effects {
        let Effect {
            fate, capability, ..
        } = effect;
        let (order, label) = match (fate, effect.widens()) {
            (EffectChange::New | EffectChange::Changed, true) => (0, "can run"),
            (EffectChange::Gone, true) => (1, "lets through"),
            (EffectChange::New | EffectChange::Changed, false) => (2, "limits"),
            (EffectChange::Gone, false) => (3, "gone"),
        };
        let name = format!("{capability}{}", capability.remarks());
        let group = (order, label, *fate, capability.kind);
        groups.entry(group).or_default().push(name);
    }
    let mut last = "";
    for ((_, label, fate, kind), names) in groups {
        let shown = if report.is_verbose() {
            names.len()
        } else {
            FEW.min(names.len())
        };
        let more = match names.len() - shown {
            0 => String::new(),
            more => format!(" … {more} more (-v)"),
        };
        let text = format!(
            "{} {kind}: {}{more}",
            fate.as_str(),
            names[..shown].join(", ")
        );
        report.row(if label == last { "" } else { label }, text);
        last = label;
    }
}

/// What comes after preparing: a commit, a merge request, and CI.
fn next_steps(report: &mut Report, session: &Session, options: &Options, outcome: &Outcome) {
    if options.dry_run {
        let again = command(session, &options.source, &options.flags());
        return report.next("to prepare", again);
    }
    let about = &outcome.source.manifest.template;
    let folder = session.environment.here.join(&options.source);
    let publish = command(session, &options.source, "");
    if !git::is_repository(&folder) {
        return report.next("publish", publish);
    }
    let git = session.git_in(&folder);
    let message = words::shell_quoted(&format!("{} {}", about.name, about.version));
    report.next(
        "commit",
        format!("{git} add . && {git} commit -m {message}"),
    );
    report.row("", "then push it, and open the merge request");
    report.next("publish", publish);
    report.row("", "in CI, after the merge");
}

fn for_teams(report: &mut Report, outcome: &Outcome) {
    let name = &outcome.source.manifest.template.name;
    let registry = words::path_quoted(&outcome.registry.to_string());
    report.next(
        "for teams",
        format!("agentpkg install {name} --registry {registry}"),
    );
}

/// Shows what a linter warns of, as `lint` does.
/// Says where proposals could be sent, if template.toml doesn't.
fn add_unsaid(report: &mut Report, unsaid: Option<&KeptIn>) {
    let Some(KeptIn {
        repository,
        directory,
    }) = unsaid
    else {
        return;
    };
    let mut lines = Vec::new();
    lines.extend(
        repository
            .iter()
            .map(|url| format!("repository = \"{url}\"")),
    );
    if !directory.is_empty() {
        lines.push(format!("directory = \"{directory}\""));
    }
    report.warning(
        "teams can't send proposals: template.toml doesn't say where its source is kept",
        lines,
        [Hint::text("add these lines to `[template]`")],
    );
}

fn warnings(report: &mut Report, findings: &[LintFinding]) {
    if !findings.is_empty() {
        report.row("warnings", parts::findings::summary(findings));
        parts::findings::findings(report, findings);
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        _ => format!("{} KiB", bytes.div_ceil(1024)),
    }
}
