//! What is said of a proposal: its changes, what it lets run, whether it merges.

use crate::error::Error;
use crate::face::report::{Report, parts};
use crate::merge::patch::{FilePatch, Patch, PatchChange};
use crate::ops::verbs::proposals::{Fit, ReviewedProposal};
use crate::proposal::effect::{Effect, EffectChange};
use crate::words;

/// Every change, file by file.
pub fn add_changes(report: &mut Report, changes: &Patch) {
    for file in &changes.files {
        report.gap();
        let what = match &file.change {
            PatchChange::Addition {
                executable: true, ..
            } => "added, executable".to_owned(),
            PatchChange::Addition { .. } => "added".to_owned(),
            PatchChange::Deletion { .. } => "deleted".to_owned(),
            PatchChange::Edit { modes, .. } => {
                let moved = file.renamed_from.as_ref().map(|from| format!("was {from}"));
                let mode = modes.filter(|modes| modes.old != modes.new);
                let mode = mode.map(|modes| {
                    if modes.new {
                        "can be run now"
                    } else {
                        "can't be run any more"
                    }
                    .to_owned()
                });
                moved.into_iter().chain(mode).collect::<Vec<_>>().join(", ")
            }
        };
        report.heading(file.path.as_str(), what);
        report.diff(hunks(file));
    }
}

/// Returns what git says of a file, from its first hunk on.
fn hunks(file: &FilePatch) -> String {
    let text = Patch {
        files: vec![file.clone()],
    }
    .to_text(None);
    text.find("\n@@ ")
        .map_or_else(String::new, |at| text[at + 1..].to_owned())
}

/// What it does to what may run; with `whole`, each with what it says and does, unless that was
/// shown with the changes.
pub fn add_runs(report: &mut Report, offer: &ReviewedProposal, whole: bool) {
    let effects = match &offer.effects {
        Ok(effects) => effects,
        Err(error) => return add_broken(report, error),
    };
    if !offer.fit.applies() {
        return;
    }
    if effects.is_empty() {
        report.row(
            "may run",
            "nothing that couldn't before, with sample answers and any flag or choice",
        );
    }
    let shown: Vec<String> = offer.changes.files.iter().map(hunks).collect();
    let mut last = "";
    for effect in effects {
        let (label, text) = labelled_effect(effect);
        report.row(if label == last { "" } else { label }, text);
        last = label;
        let is_new = |diff: &&String| {
            !shown
                .iter()
                .any(|hunks| diff.ends_with(&format!("\n{hunks}")))
        };
        if whole {
            effect
                .diffs
                .iter()
                .filter(is_new)
                .for_each(|diff| report.diff(diff));
        }
    }
}

/// Returns the label of an effect, and what it is.
fn labelled_effect(effect: &Effect) -> (&'static str, String) {
    let Effect {
        fate, capability, ..
    } = effect;
    match (fate, effect.widens()) {
        (EffectChange::Gone, true) => (
            "no longer",
            format!(
                "{}: {capability}, which held something back",
                capability.kind
            ),
        ),
        (EffectChange::Gone, false) => ("no longer", format!("{}: {capability}", capability.kind)),
        (EffectChange::New | EffectChange::Changed, true) => ("can run", effect.line()),
        (EffectChange::New | EffectChange::Changed, false) => ("held back", effect.line()),
    }
}

fn add_broken(report: &mut Report, error: &Error) {
    report.row(
        "broken",
        format!("the template doesn't render any more: {}", error.message()),
    );
}

/// What a linter finds now.
pub fn add_findings(report: &mut Report, offer: &ReviewedProposal) {
    if offer.findings.is_empty() {
        if offer.fit.applies() {
            report.row("lint", "nothing new");
        }
        return;
    }
    report.row(
        "lint",
        format!("new: {}", parts::findings::summary(&offer.findings)),
    );
    parts::findings::findings(report, &offer.findings);
    report.gap();
}

/// Whether it merges.
pub fn add_fit(report: &mut Report, offer: &ReviewedProposal) {
    let base = &offer.proposal().base.version;
    match &offer.fit {
        Fit::Clean { moved: false } => report.row(
            "applies",
            format!("cleanly: the template is as {base} was released"),
        ),
        Fit::Clean { moved: true } => report.row(
            "applies",
            format!("merged with what changed here since {base}"),
        ),
        Fit::Same => report.row(
            "applies",
            "the template has this change already; the record and the credit are new",
        ),
        Fit::Already => report.row(
            "accepted",
            format!("already: `{}` is there", offer.proposal().accepted_path()),
        ),
        Fit::Contested(clashes) => {
            let places = words::count(clashes.len(), "place");
            report.row(
                "conflict",
                format!(
                    "the template has changed {places} since {base}; above is what it changes \
                     there"
                ),
            );
            for clash in clashes {
                report.row("", clash.describe("the template", "the proposal"));
            }
            report.row(
                "to settle",
                "ask its author to bring it up to date: `agentpkg upgrade`, then `agentpkg \
                 contribute`",
            );
        }
    }
}

/// Which version comes next.
pub fn add_next_version(report: &mut Report, offer: &ReviewedProposal) {
    let Some(next) = &offer.next else { return };
    let reason = format!("{} after {}: {}", next.step.as_str(), next.newest, next.why);
    match offer.becomes >= next.version {
        true => report.row(
            "next",
            format!("template.toml says {} already ({reason})", offer.becomes),
        ),
        false => report.row("next", format!("{} ({reason})", next.version)),
    }
}
