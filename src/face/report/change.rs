//! What `install` and `upgrade` did.

use std::collections::BTreeMap;

use super::became;
use super::standing::replacing;
use crate::agent::AGENTS_MD;
use crate::agent::claude::parts::executes;
use crate::merge::diff;
use crate::model::agent::Agent;
use crate::model::conflict::{ConflictPlace, Open};
use crate::model::difference::{InputDifference, InputPair};
use crate::model::lock::AGENTPKG_LOCK;
use crate::model::manifest::{AGENTPKG_TOML, DEFAULT_REGISTRY};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::FileChange;
use crate::model::tree::File;
use crate::model::version::{Requirement, Version};
use crate::ops::Session;
use crate::ops::steps::change::{
    AnswerOrigin, Copied, Left, NewAnswer, Outcome, ReleaseNotes, Unasked,
};
use crate::ops::steps::change::{Moving, RegistryEdit, RegistryMove};
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::moves::Move;
use crate::ops::steps::standing::{Template, leave};
use crate::render::cost::Cost;
use crate::store::config::Chosen;
use crate::store::registry::Address;
use crate::tree::{Note, Row};
use crate::words;

use crate::face::run::Needed;
use crate::face::ui::Ui;

/// Shows it. A person is needed where both sides changed one place, or when git hides what was
/// written.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome) -> Needed {
    ui.title(&title(outcome));
    super::folder(ui, context);
    super::recovered(ui, outcome.recovered.as_ref());
    if outcome.rejoined {
        ui.row(
            "lock",
            &format!("`{AGENTPKG_LOCK}`, which git could not merge, is rebuilt from both sides"),
        );
    }
    news(ui, &outcome.news);
    super::home::show(ui, &outcome.home, &outcome.passed);
    became::rows(ui, &outcome.rows);
    copied(ui, outcome);
    became::not_taken(ui, &outcome.rows, &outcome.notes);
    to_have_it(ui, context, outcome);
    // Where copies went is counted.
    let mut notes = outcome.notes.clone();
    let is_copy = |from: &RelPath| outcome.copied.keys().any(|(path, _)| path == from);
    if !ui.verbose() {
        notes.retain(|(_, note)| !matches!(note, Note::Renamed { from } if is_copy(from)));
    }
    became::notes(ui, &notes);
    left(ui, outcome);
    for path in &outcome.stand_ins {
        ui.row(
            "note",
            &format!(
                "{path}: what this agentpkg renders otherwise than the last one stays as you have \
                 it"
            ),
        );
    }
    moved(ui, context, outcome);
    if outcome.first {
        assumptions(ui, context, outcome);
    }
    for NewAnswer { key, answer, from } in &outcome.answers {
        let from = match from {
            AnswerOrigin::Setting => "--set".to_owned(),
            AnswerOrigin::Person => "your answer".to_owned(),
            AnswerOrigin::Detected(detector) => format!("read off {detector}"),
            AnswerOrigin::Default => "the template's default".to_owned(),
        };
        ui.row("answer", &format!("{key} = {answer} ({from})"));
    }
    super::can_run::show(ui, outcome);
    if !outcome.plan.is_empty() && !outcome.moves.is_empty() && outcome.cost != Cost::default() {
        ui.row("context", &cost(outcome.cost));
    }
    if outcome.applied && !outcome.plan.is_empty() {
        ui.gap();
        if let Some(committed) = outcome.committed {
            ui.row("committed", &words::count(committed, "file"));
        } else if !outcome.to_commit.is_empty() {
            super::next_commit(ui, context, &outcome.to_commit);
            if outcome.first && outcome.hidden.is_empty() {
                ui.row(
                    "",
                    "your teammates get all of it from git; they need no tool",
                );
            }
        }
        super::go_back(ui, context);
    }
    for (name, version) in &outcome.outside {
        let ask = Requirement::compatible_with(version);
        ui.row(
            "newer",
            &format!("{name} {version} is outside what `{AGENTPKG_TOML}` admits"),
        );
        let upgrade = CommandLine::new(context, "upgrade").word(&format!("{name}@{ask}"));
        ui.next("to take it", &upgrade.to_string());
    }
    if let Some(code) = outcome.approval.code.as_ref().filter(|_| !outcome.applied) {
        ui.next("approve with", &format!("--approve {code}"));
    }
    if !outcome.applied && outcome.plan.verb.starts_with("upgrade") {
        diffs(ui, outcome);
    }
    withdrawn(ui, context, outcome);
    if let Some(error) = &outcome.git_is_silent {
        ui.warning(
            &format!(
                "nobody can say what git hides from your team: {}",
                error.message()
            ),
            error.causes(),
            &[],
        );
    }
    unasked(ui, &outcome.unasked);
    let still_runs = still_runs(ui, &outcome.notes, &outcome.still_run);
    let contested = contested(ui, context, outcome);
    super::hidden::show(ui, context, outcome) || still_runs || contested
}

/// What the releases say of themselves, the newest first: a few lines in all.
fn news(ui: &mut Ui, news: &[ReleaseNotes]) {
    const FEW: usize = 6;
    let mut left = if ui.verbose() { usize::MAX } else { FEW };
    let mut more = 0;
    for ReleaseNotes {
        name,
        version,
        text,
    } in news
    {
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let shown = left.min(lines.len());
        left -= shown;
        more += lines.len() - shown;
        if shown > 0 || lines.is_empty() && left > 0 {
            ui.row("news", &format!("{name} {version}"));
        }
        lines[..shown].iter().for_each(|line| ui.row("", line));
    }
    if more > 0 {
        ui.row("", &format!("… {} more (-v)", words::count(more, "line")));
    }
}

/// What was once copied from a template by hand.
fn copied(ui: &mut Ui, outcome: &Outcome) {
    let mut templates: BTreeMap<&TemplateName, Vec<&Copied>> = BTreeMap::new();
    for copied in outcome.copied.values() {
        templates.entry(&copied.name).or_default().push(copied);
    }
    for (name, copies) in templates {
        let files = words::count(copies.len(), "existing file");
        let mut versions: Vec<&Version> = copies.iter().map(|copied| &copied.version).collect();
        versions.sort();
        versions.dedup();
        let edited = copies.iter().filter(|copied| !copied.is_equal).count();
        let edits = match edited {
            0 => String::new(),
            _ => format!(", {edited} with your edits"),
        };
        let versions: Vec<String> = versions.iter().map(|version| version.to_string()).collect();
        let versions = versions.join(", ");
        ui.row(
            "now managed",
            &format!("{files}, copied from {name} {versions}{edits}"),
        );
    }
    let mut moved: Vec<&RelPath> = Vec::new();
    for (path, note) in &outcome.notes {
        if let Note::Renamed { from } = note
            && outcome.copied.keys().any(|(at, _)| at == from)
        {
            moved.push(path);
        }
    }
    if !moved.is_empty() {
        let files = words::count(moved.len(), "file");
        let places = super::paths(ui, &moved);
        ui.row(
            "moved",
            &format!("{files} to where the template has them: {places}"),
        );
    }
}

/// Copies that stay beside what the template brings.
fn left(ui: &mut Ui, outcome: &Outcome) {
    let mut lines = Vec::new();
    for (at, (path, why)) in &outcome.left {
        let why = match why {
            Left::Named(by) => format!("{by} names it"),
            Left::RunOtherwise => "your settings run it in a way of their own".to_owned(),
            Left::Needed => "scripts beside it need it, or it needs them".to_owned(),
            Left::FindsOthers => "your edits find other files from where it lies".to_owned(),
        };
        lines.push(format!("{at} is like {path}, and stays: {why}"));
    }
    became::few(ui, "there twice", &lines);
}

/// How to bring back what was deleted here and has changed upstream: a few by their names, many by
/// the folder that they were in.
fn to_have_it(ui: &mut Ui, context: &Session, outcome: &Outcome) {
    const FEW: usize = 3;
    let mut gone: Vec<&RelPath> = Vec::new();
    let mut deleted = 0;
    for (path, row) in &outcome.rows {
        if let Row::StaysGone { changed } = row {
            deleted += 1;
            gone.extend(changed.then_some(path));
        }
    }
    let mut shared: Vec<&RelPath> = Vec::new();
    for (path, note) in &outcome.notes {
        let is_deleted = match note {
            Note::BlockGone(_) => true,
            Note::EntryUntaken(untaken) => untaken.is_deleted(),
            _ => false,
        };
        if is_deleted && !gone.contains(&path) && !shared.contains(&path) {
            shared.push(path);
        }
    }
    // What waits has to be settled first.
    if !outcome.conflicts.is_empty() {
        return;
    }
    if gone.is_empty() && shared.is_empty() {
        return;
    }
    let is_many = gone.len() > FEW;
    // A pattern means files that aren't here.
    let files: Vec<String> = match (is_many, common_folder(&gone)) {
        (false, _) => gone.iter().map(|path| path.to_string()).collect(),
        (true, Some(folder)) => vec![format!("{folder}/**")],
        (true, None) => vec!["**".to_owned()],
    };
    let mut line = CommandLine::new(context, "upgrade");
    for path in &files {
        line = line.option("--restore", path);
    }
    for path in shared {
        line = line.option("--restore", path.as_str());
    }
    ui.next("to have it", &line.to_string());
    if is_many && deleted > gone.len() {
        ui.row(
            "",
            "all that you deleted there; a path or another pattern names fewer",
        );
    }
}

/// Returns the innermost folder in which all of some paths are.
fn common_folder(paths: &[&RelPath]) -> Option<RelPath> {
    let (first, rest) = paths.split_first()?;
    let holds_all = |folder: &RelPath| {
        rest.iter()
            .all(|path| path.below(folder.as_str()).is_some())
    };
    first.ancestors().find(holds_all)
}

/// Every change of a dry run.
fn diffs(ui: &mut Ui, outcome: &Outcome) {
    let own = |path: &RelPath| [AGENTPKG_TOML, AGENTPKG_LOCK].contains(&path.as_str());
    let text = |file: &Option<File>| {
        file.as_ref()
            .map_or(Some(String::new()), |file| file.text().map(str::to_owned))
    };
    for FileChange { path, old, new, .. } in outcome
        .plan
        .changes
        .iter()
        .filter(|change| !own(&change.path))
    {
        ui.gap();
        let what = match (old, new) {
            (None, _) => "added",
            (_, None) => "deleted",
            (Some(old), Some(new)) if old.executable != new.executable => "mode changed",
            _ => "",
        };
        ui.heading(path.as_str(), what);
        match (text(old), text(new)) {
            (Some(old), Some(new)) => ui.diff(&diff::unified(path.as_str(), &old, &new)),
            _ => ui.text("  not text"),
        }
    }
}

/// What both sides changed.
fn contested(ui: &mut Ui, context: &Session, outcome: &Outcome) -> Needed {
    let files = words::count(outcome.conflicts.len(), "file");
    let verb = if outcome.conflicts.len() == 1 {
        "has"
    } else {
        "have"
    };
    let is_marked = |open: &Open| matches!(open.at, ConflictPlace::Lines { marked: true, .. });
    let marked = outcome.conflicts.values().flatten().any(is_marked);
    let message = match outcome.applied {
        true => format!("{files} {verb} what you and the release both changed; yours is there"),
        false => format!("{files} would have what you and the release both changed"),
    };
    let settle = match marked {
        true => "edit the marked lines, or run `agentpkg resolve`",
        false => "run `agentpkg resolve`, or edit these places: an edit settles them",
    };
    let hints = [
        settle.to_owned(),
        format!(
            "to go back: {}",
            CommandLine::new(context, "upgrade --abort")
        ),
    ];
    super::conflicts(
        ui,
        &message,
        &outcome.conflicts,
        if outcome.applied { &hints } else { &[] },
    )
}

fn title(outcome: &Outcome) -> String {
    let moved = |Move { name, from, to }: &Move| match (from, to) {
        (None, Some(to)) => format!("installed {name} {to}"),
        (Some(from), None) => format!("removed {name} {from}"),
        (Some(from), Some(to)) if to > from => format!("upgraded {name} {from} -> {to}"),
        (Some(from), Some(to)) => format!("moved {name} back {from} -> {to}"),
        (None, None) => name.to_string(),
    };
    let moves: Vec<String> = outcome.moves.iter().map(moved).collect();
    if outcome.plan.is_empty() {
        return match &outcome.recovered {
            Some(recovered) => format!("finished `{}`; nothing more to do", recovered.verb),
            None => "nothing to do: everything is in place".to_owned(),
        };
    }
    let done = if moves.is_empty() {
        without_moves(outcome)
    } else {
        moves
    }
    .join(", ");
    match outcome.applied {
        true => done,
        false => format!("would have {done} (nothing was changed)"),
    }
}

/// What an install did that brought no other release.
fn without_moves(outcome: &Outcome) -> Vec<String> {
    let mut done = Vec::new();
    for (_, to, names) in by_registries(&outcome.registry_moves) {
        done.push(format!("moved {} to the registry `{to}`", names.join(", ")));
    }
    let is_told = |difference: &InputDifference| match difference {
        InputDifference::Registry(name, _) | InputDifference::Contents(name, _) => {
            let mut moves = outcome.registry_moves.iter();
            moves.any(|one| one.name == *name)
        }
        _ => false,
    };
    for difference in &outcome.differences {
        if !is_told(difference) {
            done.push(applied(difference));
        }
    }
    done.dedup();
    let restored = outcome
        .rows
        .iter()
        .filter(|(_, row)| *row == Row::Restored)
        .count();
    if restored > 0 {
        done.push(format!(
            "restored {}",
            words::count(restored, "missing file")
        ));
    }
    if !done.is_empty() {
        return done;
    }
    let own = |path: &RelPath| [AGENTPKG_TOML, AGENTPKG_LOCK].contains(&path.as_str());
    let changed: Vec<&RelPath> = outcome
        .plan
        .changes
        .iter()
        .map(|change| &change.path)
        .collect();
    match changed.iter().all(|path| own(path)) {
        true => vec![format!("updated {}", words::list(changed))],
        false => vec!["brought the repository to what `agentpkg.lock` says".to_owned()],
    }
}

fn applied(difference: &InputDifference) -> String {
    match difference {
        InputDifference::Answer(..) => "applied the answers of `agentpkg.toml`".to_owned(),
        InputDifference::Agents(_) => "applied the agents of `agentpkg.toml`".to_owned(),
        InputDifference::Registry(name, InputPair { now, .. }) => {
            format!("took {name} from the registry `{now}`")
        }
        InputDifference::Root(InputPair { now, .. }) => {
            format!("followed the root instructions to `{now}`")
        }
        InputDifference::Imports(InputPair { now: Some(now), .. }) => format!("imported `{now}`"),
        InputDifference::Imports(_) => format!("dropped the import of `{AGENTS_MD}`"),
        InputDifference::Renderer(InputPair { now, .. }) => format!("rendered with renderer {now}"),
        InputDifference::Release(name, _) | InputDifference::Contents(name, _) => {
            format!("moved {name}")
        }
    }
}

/// Returns the names of what moved from one registry to another, by both.
fn by_registries(moves: &[RegistryMove]) -> Vec<(&Address, &Address, Vec<&str>)> {
    let mut groups: Vec<(&Address, &Address, Vec<&str>)> = Vec::new();
    for RegistryMove { name, from, to } in moves {
        let is_it = |group: &&mut (&Address, &Address, Vec<&str>)| (group.0, group.1) == (from, to);
        match groups.iter_mut().find(is_it) {
            Some((_, _, names)) => names.push(name.as_str()),
            None => groups.push((from, to, vec![name.as_str()])),
        }
    }
    groups
}

/// What `--registry` did: where templates come from now, and what agentpkg.toml says of that.
fn moved(ui: &mut Ui, context: &Session, outcome: &Outcome) {
    for (from, to, names) in by_registries(&outcome.registry_moves) {
        let text = format!("{}: `{from}` -> `{to}`", names.join(", "));
        ui.row("registry", &text);
    }
    let Some(Moving { registry, edit }) = &outcome.moving else {
        return;
    };
    let address = &registry.address;
    let name = match edit {
        RegistryEdit::Default | RegistryEdit::Named(_) | RegistryEdit::First => return,
        RegistryEdit::Replaced => DEFAULT_REGISTRY,
        RegistryEdit::Added(name) => name,
    };
    ui.row(
        "recorded",
        &format!("`{address}` as `[registries.{name}]` in `{AGENTPKG_TOML}`"),
    );
    for_teammates(ui, context, registry);
}

/// Says what an address asks of a team: a folder of this machine has to be on theirs.
fn for_teammates(ui: &mut Ui, context: &Session, registry: &Chosen) {
    let written = registry.address.for_repo(context.workspace.root());
    if written.starts_with('/') {
        ui.row(
            "",
            &format!(
                "`{AGENTPKG_TOML}` names it as `{written}`: teammates need a folder of that name \
                 too"
            ),
        );
    }
}

fn assumptions(ui: &mut Ui, context: &Session, outcome: &Outcome) {
    ui.row("registry", &super::registry(&outcome.registry));
    for_teammates(ui, context, &outcome.registry);
    let served: Vec<&str> = outcome.agents.iter().copied().map(Agent::title).collect();
    let why = if outcome.agents_seen {
        "in use here"
    } else {
        "assumed: nothing here says which agent you use"
    };
    let others = match outcome.other_agents.as_slice() {
        [] => String::new(),
        others => format!("; {} found, and not written for yet", others.join(" and ")),
    };
    ui.row("agent", &format!("{} ({why}){others}", served.join(", ")));
}

fn unasked(ui: &mut Ui, unasked: &[Unasked]) {
    for Unasked { key, nearest } in unasked {
        let hint = match nearest {
            Some(near) => format!(
                "give `{near}` the value of `{key}` in `agentpkg.toml`, and take `{key}` out"
            ),
            None => format!("take `{key}` out of `[answers]` in `agentpkg.toml`"),
        };
        ui.warning(
            &format!("no template asks for the answer `{key}`"),
            &[],
            &[hint],
        );
    }
}

/// Warns of what can execute although no template has it any more. A person is needed where there
/// is such.
pub(super) fn still_runs(ui: &mut Ui, notes: &[(RelPath, Note)], scripts: &[RelPath]) -> Needed {
    let script = |path: &RelPath| format!("`{path}`, a script");
    let entry = |(path, note): &(RelPath, Note)| match note {
        Note::EntryReleased(entry) if executes(path, entry) => {
            Some(format!("`{entry}` in `{path}`"))
        }
        _ => None,
    };
    let entries = notes.iter().filter_map(entry);
    let still_run: Vec<String> = entries.chain(scripts.iter().map(script)).collect();
    if still_run.is_empty() {
        return false;
    }
    let hint = "take out the entries and delete the scripts that you don't want; they are yours \
                now"
    .to_owned();
    ui.warning(
        "what stays here can still run, and no template has it any more",
        &still_run,
        &[hint],
    );
    true
}

/// What the templates cost the agent's context, and what may run.
pub fn cost(cost: Cost) -> String {
    let mut parts = vec![format!(
        "always loaded: {}",
        words::count(cost.lines, "line")
    )];
    if cost.scoped_rules > 0 {
        let verb = if cost.scoped_rules == 1 {
            "loads"
        } else {
            "load"
        };
        parts.push(format!(
            "{} {verb} by path",
            words::count(cost.scoped_rules, "rule")
        ));
    }
    if cost.hooks > 0 {
        parts.push(format!("{} may run", words::count(cost.hooks, "script")));
    }
    if cost.servers > 0 {
        parts.push(format!(
            "{} may be started",
            words::count(cost.servers, "server")
        ));
    }
    parts.join("; ")
}

/// Says which releases aren't offered any more, and which templates others take the place of.
fn withdrawn(ui: &mut Ui, context: &Session, outcome: &Outcome) {
    for template in &outcome.withdrawn {
        let Template {
            name,
            release,
            standing,
            ..
        } = template;
        if let Some(withdrawn) = &standing.withdrawn {
            let what = match withdrawn.recalled {
                true => "recalled",
                false => "yanked",
            };
            let message = format!(
                "`{name}` {} was {what}: {}",
                release.version, withdrawn.reason
            );
            let hint = match () {
                _ if standing.is_last() => {
                    "no other release is offered; ask whoever keeps the template".to_owned()
                }
                _ => format!("move to another release: {}", leave(context, template)),
            };
            ui.warning(&message, &[], &[hint]);
        }
        if let Some(deprecated) = &standing.deprecated {
            let replacement = &deprecated.replacement;
            let why = deprecated.reason.as_ref();
            let why = why.map_or(String::new(), |why| format!(": {why}"));
            ui.warning(
                &format!("`{name}` is deprecated, use `{replacement}`{why}"),
                &[],
                &[replacing(context, template, replacement)],
            );
        }
    }
}
