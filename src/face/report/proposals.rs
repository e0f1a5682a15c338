//! What teams offer, and what became of it.

use std::path::Path;

use crate::error::Error;
use crate::face::cli::Mails;
use crate::face::run::Needed;
use crate::face::ui::Ui;
use crate::merge::patch::{FilePatch, Patch, PatchChange};
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::verbs::proposals::{Fit, Outcome, ProposalPreview, ReviewedProposal};
use crate::proposal::effect::{Effect, EffectChange};
use crate::store::config::By;
use crate::store::registry::Target;
use crate::words;

/// Shows proposals, one after the other.
pub fn show(ui: &mut Ui, context: &Session, shown: &ProposalPreview, mails: &Mails) {
    for (number, offer) in shown.proposals.iter().enumerate() {
        if number > 0 {
            ui.gap();
        }
        head(ui, context, shown, offer);
        changes(ui, &offer.changes);
        ui.gap();
        may(ui, offer, true);
        found(ui, offer);
        fit(ui, offer);
        if offer.breaks() {
            ui.row("refused", "`publish` would refuse the template with this");
        }
        next_version(ui, offer);
    }
    let fitting: Vec<&Path> = shown
        .proposals
        .iter()
        .filter(|offer| offer.fit.applies())
        .map(|offer| offer.file.as_path())
        .collect();
    if !fitting.is_empty() {
        ui.gap();
        ui.next(
            "to accept",
            &accepting(context, &fitting, mails).to_string(),
        );
    }
}

/// Who offers what, and why.
fn head(ui: &mut Ui, context: &Session, shown: &ProposalPreview, offer: &ReviewedProposal) {
    let proposal = offer.proposal();
    let title = format!("{}: {}", proposal.id.short(), proposal.subject());
    match offer.is_sound() {
        true => ui.title(&title),
        false => ui.warn_title(&title),
    }
    super::folder(ui, context);
    ui.row("by", &format!("{}, {}", proposal.author, proposal.date()));
    let sender = &offer.mail.sender;
    if !sender.contains(&proposal.author.email) {
        ui.row("sent by", sender);
    }
    for line in proposal.body().lines() {
        ui.row("", line);
    }
    let base = format!("{} {}", proposal.template, proposal.base.version);
    let moved = if offer.version == proposal.base.version {
        String::new()
    } else {
        format!("; it is {} here", offer.version)
    };
    ui.row(
        "changes",
        &format!("{base}, in `{}`{moved}", folder(offer.folder.as_ref())),
    );
    ui.row("registry", &registry(shown));
}

fn folder(folder: Option<&RelPath>) -> &str {
    folder.map_or(".", RelPath::as_str)
}

fn registry(shown: &ProposalPreview) -> String {
    match shown.registry.by {
        By::Nobody if !shown.registry.address.is_embedded() => {
            format!("{}, in this repository", shown.registry.address)
        }
        _ => super::registry(&shown.registry),
    }
}

/// Every change, file by file.
fn changes(ui: &mut Ui, changes: &Patch) {
    for file in &changes.files {
        ui.gap();
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
        ui.heading(file.path.as_str(), &what);
        ui.diff(&hunks(file));
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
fn may(ui: &mut Ui, offer: &ReviewedProposal, whole: bool) {
    let effects = match &offer.effects {
        Ok(effects) => effects,
        Err(error) => return broken(ui, error),
    };
    if !offer.fit.applies() {
        return;
    }
    if effects.is_empty() {
        ui.row(
            "may run",
            "nothing that couldn't before, with sample answers and any flag or choice",
        );
    }
    let shown: Vec<String> = offer.changes.files.iter().map(hunks).collect();
    let mut last = "";
    for effect in effects {
        let (label, text) = said(effect);
        ui.row(if label == last { "" } else { label }, &text);
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
                .for_each(|diff| ui.diff(diff));
        }
    }
}

/// Returns the label of an effect, and what it is.
fn said(effect: &Effect) -> (&'static str, String) {
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
        (EffectChange::New | EffectChange::Changed, true) => ("may now", effect.line()),
        (EffectChange::New | EffectChange::Changed, false) => ("held back", effect.line()),
    }
}

fn broken(ui: &mut Ui, error: &Error) {
    ui.row(
        "broken",
        &format!("the template doesn't render any more: {}", error.message()),
    );
}

/// What a linter finds now.
fn found(ui: &mut Ui, offer: &ReviewedProposal) {
    if offer.findings.is_empty() {
        if offer.fit.applies() {
            ui.row("lint", "nothing new");
        }
        return;
    }
    ui.row(
        "lint",
        &format!("new: {}", super::lint::summary(&offer.findings)),
    );
    super::lint::findings(ui, &offer.findings);
    ui.gap();
}

/// Whether it merges.
fn fit(ui: &mut Ui, offer: &ReviewedProposal) {
    let base = &offer.proposal().base.version;
    match &offer.fit {
        Fit::Clean { moved: false } => ui.row(
            "applies",
            &format!("cleanly: the template is as {base} was released"),
        ),
        Fit::Clean { moved: true } => ui.row(
            "applies",
            &format!("merged with what changed here since {base}"),
        ),
        Fit::Same => ui.row(
            "applies",
            "the template has this change already; the record and the credit are new",
        ),
        Fit::Already => ui.row(
            "accepted",
            &format!("already: `{}` is there", offer.proposal().accepted_path()),
        ),
        Fit::Contested(clashes) => {
            let places = words::count(clashes.len(), "place");
            ui.row(
                "conflict",
                &format!(
                    "the template has changed {places} since {base}; above is what it changes \
                     there"
                ),
            );
            for clash in clashes {
                ui.row("", &clash.said("the template", "the proposal"));
            }
            ui.row(
                "to settle",
                "ask its author to bring it up to date: `agentpkg upgrade`, then `agentpkg \
                 contribute`",
            );
        }
    }
}

/// Which version comes next.
fn next_version(ui: &mut Ui, offer: &ReviewedProposal) {
    let Some(next) = &offer.next else { return };
    let reason = format!("{} after {}: {}", next.step.as_str(), next.newest, next.why);
    match offer.becomes >= next.version {
        true => ui.row(
            "next",
            &format!("template.toml says {} already ({reason})", offer.becomes),
        ),
        false => ui.row("next", &format!("{} ({reason})", next.version)),
    }
}

/// Shows what was taken in. A person is needed where `publish` would refuse the template now.
pub fn applied(ui: &mut Ui, context: &Session, outcome: &Outcome) -> Needed {
    let offers = &outcome.shown.proposals;
    let names: Vec<String> = offers
        .iter()
        .map(|offer| offer.proposal().id.short())
        .collect();
    let names = names.join(", ");
    match outcome.applied {
        true => ui.title(&format!("applied {names}")),
        false => ui.title(&format!("would apply {names} (nothing was changed)")),
    }
    super::folder(ui, context);
    super::recovered(ui, outcome.recovered.as_ref());
    for offer in offers {
        let proposal = offer.proposal();
        let (id, subject) = (proposal.id.short(), proposal.subject());
        ui.row(
            &id,
            &format!(
                "{subject} ({}, to {})",
                proposal.author.name, proposal.template
            ),
        );
        fit(ui, offer);
        may(ui, offer, false);
        if !offer.findings.is_empty() {
            found(ui, offer);
        }
    }
    let paths: Vec<&RelPath> = outcome
        .plan
        .changes
        .iter()
        .map(|change| &change.path)
        .collect();
    ui.row(
        "changed",
        &format!(
            "{}: {}",
            words::count(paths.len(), "file"),
            super::paths(ui, &paths)
        ),
    );
    if outcome.committed {
        let by = if offers.len() == 1 {
            "by its author"
        } else {
            "each by its author"
        };
        ui.row(
            "committed",
            &format!("{}, {by}", words::count(offers.len(), "commit")),
        );
    }
    if !outcome.applied {
        for offer in offers {
            changes(ui, &offer.changes);
        }
    }
    next_steps(ui, context, outcome, &paths);
    offers.iter().any(ReviewedProposal::breaks)
}

/// What to type next, for each template.
fn next_steps(ui: &mut Ui, context: &Session, outcome: &Outcome, paths: &[&RelPath]) {
    ui.gap();
    let mut folders: Vec<Option<&RelPath>> = Vec::new();
    for offer in outcome.shown.proposals.iter().rev() {
        if folders.contains(&offer.folder.as_ref()) {
            continue;
        }
        folders.push(offer.folder.as_ref());
        next_version(ui, offer);
        if !outcome.applied {
            continue;
        }
        let version = offer
            .next
            .as_ref()
            .map_or(&offer.becomes, |next| (&next.version).max(&offer.becomes));
        let root = context.workspace.root();
        let place = offer
            .folder
            .as_ref()
            .map_or(root.to_path_buf(), |folder| folder.under(root));
        let place = from_here(context, &place);
        if outcome.shown.proposals.iter().any(ReviewedProposal::breaks) {
            let lint = CommandLine::new(context, "lint").file(&place);
            ui.next("mend", &lint.to_string());
        }
        let line = CommandLine::next(context, "publish").file(&place);
        let line = line
            .option("--bump", &version.to_string())
            .flag("--prepare");
        ui.next(
            "prepare",
            &with_registry(context, outcome, line).to_string(),
        );
    }
    if !outcome.applied {
        return;
    }
    if outcome.committed {
        let number = outcome.shown.proposals.len();
        ui.next(
            "go back",
            &format!("{} reset --keep HEAD~{number}", context.git()),
        );
    } else {
        ui.next(
            "commit",
            &format!(
                "{} add {}",
                context.git(),
                super::to_commit(paths.iter().copied())
            ),
        );
        super::go_back(ui, context);
    }
}

/// Returns a command that publishes, with the registry where it has to be named.
fn with_registry(context: &Session, outcome: &Outcome, line: CommandLine) -> CommandLine {
    let registry = &outcome.shown.registry;
    if registry.by != By::Nobody {
        return line;
    }
    match registry.address.target() {
        Target::Folder(folder) => line.option("--registry", &from_here(context, folder)),
        Target::Git(repository) => line.option("--registry", &repository.to_string()),
        Target::Embedded | Target::Web(_) | Target::Unknown(_) => line.option("--registry", "DIR"),
    }
}

/// Returns a folder as it is named from the current one.
fn from_here(context: &Session, place: &Path) -> String {
    match place.strip_prefix(&context.environment.here) {
        Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => below.display().to_string(),
        Err(_) => place.display().to_string(),
    }
}

/// Returns the command that applies some of the proposals that were shown.
fn accepting(context: &Session, files: &[&Path], mails: &Mails) -> CommandLine {
    let mut line = CommandLine::next(context, "proposals apply");
    for file in files {
        line = line.file(&file.display().to_string());
    }
    match &mails.template {
        Some(folder) => line.option("--template", &folder.display().to_string()),
        None => line,
    }
}
