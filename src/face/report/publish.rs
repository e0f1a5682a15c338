//! What `publish` and `yank` did.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::face::ui::Ui;
use crate::lint::LintFinding;
use crate::model::changelog::CHANGELOG;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::scenario_run::ScenarioResult;
use crate::ops::verbs::publish::{Changes, Options, Outcome, Prepared, Yanked, command};
use crate::proposal::effect::{Effect, EffectChange};
use crate::store::git;
use crate::store::registry::{Published, Withdrawal};
use crate::words;

/// Shows what was published or prepared, and what to do next.
pub fn show(ui: &mut Ui, context: &Session, options: &Options, outcome: &Outcome) {
    title(ui, options, outcome);
    registry(ui, outcome);
    if !options.prepare {
        contents(ui, outcome);
    }
    if let Some(prepared) = &outcome.prepared {
        version(ui, options, outcome, prepared);
        tests(ui, &prepared.tried);
        if outcome.warnings.is_empty() {
            ui.row("lint", "no errors, no warnings");
        }
        changes(ui, &prepared.changes);
    }
    let version = &outcome.source.manifest.template.version;
    if let Some(changes) = outcome
        .source
        .changelog_section(version)
        .filter(|_| ui.verbose())
    {
        ui.gap();
        ui.document(&changes);
    }
    warnings(ui, &outcome.warnings);
    ui.gap();
    match &outcome.published {
        Published::New { .. } if options.prepare => next_steps(ui, context, options, outcome),
        _ => for_teams(ui, outcome),
    }
}

fn title(ui: &mut Ui, options: &Options, outcome: &Outcome) {
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
    ui.title(&title);
}

fn registry(ui: &mut Ui, outcome: &Outcome) {
    let made = match &outcome.published {
        Published::New { created: true, .. } => ", a new registry",
        _ => "",
    };
    ui.row("registry", &format!("{}{made}", outcome.registry));
}

/// How much it is, and what identifies it.
fn contents(ui: &mut Ui, outcome: &Outcome) {
    let release = outcome.published.release();
    let files = words::count(outcome.source.tree.len(), "file");
    ui.row(
        "files",
        &format!("{files}, packed to {}", size(release.size)),
    );
    ui.row("tree", &release.tree.to_string());
}

/// Which version it is, whether it fits, and where it was written.
fn version(ui: &mut Ui, options: &Options, outcome: &Outcome, prepared: &Prepared) {
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
    ui.row("version", &fit);
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
    ui.row(label, &edits.join(", "));
}

fn tests(ui: &mut Ui, tried: &[ScenarioResult]) {
    if tried.is_empty() {
        return ui.row("tests", "none; docs/tests.md says how to write some");
    }
    let calls: usize = tried
        .iter()
        .flat_map(|tried| tried.hooks.values())
        .map(|(_, all)| all)
        .sum();
    let mut text = format!("{} passed", words::count(tried.len(), "test"));
    if calls > 0 {
        text.push_str(&format!(", {}", words::count(calls, "hook call")));
    }
    ui.row("tests", &text);
}

/// What is new since the previous release.
fn changes(ui: &mut Ui, changes: &Changes) {
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
                ui.row(label, &format!("{files}: {}", super::paths(ui, &paths)));
            }
        }
    }
    can_run(ui, &changes.effects);
    // Of a first release, all of every script is new.
    if changes.previous.is_some() || ui.verbose() {
        let diffs = changes.effects.iter().flat_map(|effect| &effect.diffs);
        diffs.for_each(|diff| ui.diff(diff));
    }
}

/// How what can run differs: a line for each kind.
fn can_run(ui: &mut Ui, effects: &[Effect]) {
    const FEW: usize = 4;
    if effects.is_empty() {
        return ui.row("can run", "nothing new");
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
        let shown = if ui.verbose() {
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
        ui.row(if label == last { "" } else { label }, &text);
        last = label;
    }
}

/// What comes after preparing: a commit, a merge request, and CI.
fn next_steps(ui: &mut Ui, context: &Session, options: &Options, outcome: &Outcome) {
    if options.dry_run {
        let again = command(context, &options.source, &options.flags());
        return ui.next("to prepare", &again);
    }
    let about = &outcome.source.manifest.template;
    let folder = context.environment.here.join(&options.source);
    let publish = command(context, &options.source, "");
    if !git::is_repository(&folder) {
        return ui.next("publish", &publish);
    }
    let git = context.git_in(&folder);
    let message = words::shell_quoted(&format!("{} {}", about.name, about.version));
    ui.next(
        "commit",
        &format!("{git} add . && {git} commit -m {message}"),
    );
    ui.row("", "then push it, and open the merge request");
    ui.next("publish", &publish);
    ui.row("", "in CI, after the merge");
}

fn for_teams(ui: &mut Ui, outcome: &Outcome) {
    let name = &outcome.source.manifest.template.name;
    let registry = words::path_quoted(&outcome.registry.to_string());
    ui.next(
        "for teams",
        &format!("agentpkg install {name} --registry {registry}"),
    );
}

/// Shows what a linter warns of, as `lint` does.
fn warnings(ui: &mut Ui, findings: &[LintFinding]) {
    if !findings.is_empty() {
        ui.row("warnings", &super::lint::summary(findings));
        super::lint::findings(ui, findings);
    }
}

/// Says what was withdrawn, or is offered again.
pub fn show_yank(
    ui: &mut Ui,
    context: &Session,
    name: &TemplateName,
    withdrawal: &Withdrawal,
    yanked: &Yanked,
) {
    let is_news = yanked.is_news;
    let (title, reason, undone) = match withdrawal {
        Withdrawal::Yank(version, reason) => (
            format!("yanked {name} {version}: no new installs"),
            Some(reason),
            Some(format!("{name}@{version}")),
        ),
        Withdrawal::Recall(version, reason) => (
            format!(
                "recalled {name} {version}: installs and `agentpkg audit` fail, with the reason"
            ),
            Some(reason),
            Some(format!("{name}@{version}")),
        ),
        Withdrawal::Offer(version) if is_news => {
            (format!("{name} {version} is offered again"), None, None)
        }
        Withdrawal::Offer(version) => (
            format!("nothing to do: {name} {version} was not withdrawn"),
            None,
            None,
        ),
        Withdrawal::Deprecate(deprecated) => (
            format!(
                "deprecated {name}: teams are told to use {}",
                deprecated.replacement
            ),
            deprecated.reason.as_ref(),
            Some(name.to_string()),
        ),
        Withdrawal::Undeprecate if is_news => {
            (format!("{name} is not deprecated any more"), None, None)
        }
        Withdrawal::Undeprecate => (
            format!("nothing to do: {name} was not deprecated"),
            None,
            None,
        ),
    };
    ui.title(&title);
    if let Some(reason) = reason {
        ui.row("reason", reason);
    }
    if matches!(withdrawal, Withdrawal::Yank(..) | Withdrawal::Recall(..)) {
        match &yanked.latest {
            Some(latest) => ui.row("use", &latest.to_string()),
            None => ui.row("use", "no release is left: publish one"),
        }
    }
    ui.row("registry", &yanked.registry.to_string());
    if let Some(undone) = undone {
        ui.gap();
        let undo = CommandLine::next(context, "yank")
            .word(&undone)
            .flag("--undo");
        ui.next("go back", &undo.to_string());
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        _ => format!("{} KiB", bytes.div_ceil(1024)),
    }
}
