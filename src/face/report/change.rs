//! What `install` and `upgrade` did.

use std::collections::BTreeMap;

use super::parts::{self, became, can_run, hidden, home};
use super::{Detail, Ended, Hint, Report};
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
    AnswerOrigin, Copied, Left, Move, NewAnswer, Outcome, ReleaseNotes, Unasked,
};
use crate::ops::steps::change::{Moving, RegistryEdit, RegistryMove};
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::standing::{Template, leave};
use crate::render::cost::Cost;
use crate::store::config::Chosen;
use crate::store::registry::Address;
use crate::tree::{Note, Row};
use crate::words;
use parts::standing::replacing;

/// A person is needed where both sides changed one place, or where git hides what was written.
pub fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    report.title(&title(outcome));
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    if outcome.rejoined {
        report.row(
            "lock",
            format!("`{AGENTPKG_LOCK}`, which git could not merge, is rebuilt from both sides"),
        );
    }
    news(&mut report, &outcome.news);
    home::show(&mut report, &outcome.home, &outcome.passed);
    became::rows(&mut report, &outcome.rows);
    copied(&mut report, outcome);
    became::not_taken(&mut report, &outcome.rows, &outcome.notes);
    to_have_it(&mut report, session, outcome);
    // Where copies went is counted.
    let mut notes = outcome.notes.clone();
    let is_copy = |from: &RelPath| outcome.copied.keys().any(|(path, _)| path == from);
    if !report.is_verbose() {
        notes.retain(|(_, note)| !matches!(note, Note::Renamed { from } if is_copy(from)));
    }
    became::notes(&mut report, &notes);
    left(&mut report, outcome);
    for path in &outcome.stand_ins {
        report.row(
            "note",
            format!(
                "{path}: what this agentpkg renders otherwise than the last one stays as you have \
                 it"
            ),
        );
    }
    moved(&mut report, session, outcome);
    if outcome.first {
        assumptions(&mut report, session, outcome);
    }
    for NewAnswer { key, answer, from } in &outcome.answers {
        let from = match from {
            AnswerOrigin::Setting => "--set".to_owned(),
            AnswerOrigin::Person => "your answer".to_owned(),
            AnswerOrigin::Detected(detector) => format!("read off {detector}"),
            AnswerOrigin::Default => "the template's default".to_owned(),
        };
        report.row("answer", format!("{key} = {answer} ({from})"));
    }
    can_run::show(&mut report, outcome);
    if !outcome.plan.is_empty() && !outcome.moves.is_empty() && outcome.cost != Cost::default() {
        report.row("context", &cost(outcome.cost));
    }
    if outcome.applied && !outcome.plan.is_empty() {
        report.gap();
        if let Some(committed) = outcome.committed {
            report.row("committed", &words::count(committed, "file"));
        } else if !outcome.to_commit.is_empty() {
            parts::next_commit(&mut report, session, &outcome.to_commit);
            if outcome.first && outcome.hidden.is_empty() {
                report.row(
                    "",
                    "your teammates get all of it from git; they need no tool",
                );
            }
        }
        parts::go_back(&mut report, session);
    }
    for (name, version) in &outcome.outside {
        let ask = Requirement::compatible_with(version);
        report.row(
            "newer",
            format!("{name} {version} is outside what `{AGENTPKG_TOML}` admits"),
        );
        let upgrade = CommandLine::new(session, "upgrade").word(&format!("{name}@{ask}"));
        report.next("to take it", upgrade);
    }
    if let Some(code) = outcome.approval.code.as_ref().filter(|_| !outcome.applied) {
        report.next("approve with", format!("--approve {code}"));
    }
    if !outcome.applied && outcome.plan.verb.starts_with("upgrade") {
        diffs(&mut report, outcome);
    }
    withdrawn(&mut report, session, outcome);
    if let Some(error) = &outcome.git_is_silent {
        report.warning(
            format!(
                "nobody can say what git hides from your team: {}",
                error.message()
            ),
            error.causes(),
            &[],
        );
    }
    unasked(&mut report, &outcome.unasked);
    let still_runs = still_runs(&mut report, &outcome.notes, &outcome.still_run);
    let contested = contested(&mut report, session, outcome);
    let hidden = hidden::show(&mut report, session, outcome);
    report.ending(still_runs.max(contested).max(hidden))
}

/// What the releases say of themselves, the newest first: a few lines in all.
fn news(report: &mut Report, news: &[ReleaseNotes]) {
    const FEW: usize = 6;
    let mut left = if report.is_verbose() { usize::MAX } else { FEW };
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
            report.row("news", format!("{name} {version}"));
        }
        for line in &lines[..shown] {
            report.row("", *line);
        }
    }
    if more > 0 {
        report.row("", format!("… {} more (-v)", words::count(more, "line")));
    }
}

/// What was once copied from a template by hand.
fn copied(report: &mut Report, outcome: &Outcome) {
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
        report.row(
            "now managed",
            format!("{files}, copied from {name} {versions}{edits}"),
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
        let places = parts::paths(report, &moved);
        report.row(
            "moved",
            format!("{files} to where the template has them: {places}"),
        );
    }
}

/// Copies that stay beside what the template brings.
fn left(report: &mut Report, outcome: &Outcome) {
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
    became::few(report, "there twice", &lines);
}

/// How to bring back what was deleted here and has changed upstream: a few by their names, many by
/// the folder that they were in.
fn to_have_it(report: &mut Report, session: &Session, outcome: &Outcome) {
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
    let mut line = CommandLine::new(session, "upgrade");
    for path in &files {
        line = line.option("--restore", path);
    }
    for path in shared {
        line = line.option("--restore", path.as_str());
    }
    report.next("to have it", line);
    if is_many && deleted > gone.len() {
        report.row(
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
fn diffs(report: &mut Report, outcome: &Outcome) {
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
        report.gap();
        let what = match (old, new) {
            (None, _) => "added",
            (_, None) => "deleted",
            (Some(old), Some(new)) if old.executable != new.executable => "mode changed",
            _ => "",
        };
        report.heading(path.as_str(), what);
        match (text(old), text(new)) {
            (Some(old), Some(new)) => report.diff(&diff::unified(path.as_str(), &old, &new)),
            _ => report.text("  not text"),
        }
    }
}

/// What both sides changed.
fn contested(report: &mut Report, session: &Session, outcome: &Outcome) -> Ended {
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
    let hints = match outcome.applied {
        true => vec![
            Hint::text(settle),
            Hint::text_then_command("to go back", CommandLine::new(session, "upgrade --abort")),
        ],
        false => vec![],
    };
    parts::conflicts(report, &message, &outcome.conflicts, hints)
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
fn moved(report: &mut Report, session: &Session, outcome: &Outcome) {
    for (from, to, names) in by_registries(&outcome.registry_moves) {
        let text = format!("{}: `{from}` -> `{to}`", names.join(", "));
        report.row("registry", text);
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
    report.row(
        "recorded",
        format!("`{address}` as `[registries.{name}]` in `{AGENTPKG_TOML}`"),
    );
    for_teammates(report, session, registry);
}

/// Says what an address asks of a team: a folder of this machine has to be on theirs.
fn for_teammates(report: &mut Report, session: &Session, registry: &Chosen) {
    let written = registry.address.for_repo(session.workspace.root());
    if written.starts_with('/') {
        report.row(
            "",
            format!(
                "`{AGENTPKG_TOML}` names it as `{written}`: teammates need a folder of that name \
                 too"
            ),
        );
    }
}

fn assumptions(report: &mut Report, session: &Session, outcome: &Outcome) {
    report.row("registry", &parts::registry(&outcome.registry));
    for_teammates(report, session, &outcome.registry);
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
    report.row("agent", format!("{} ({why}){others}", served.join(", ")));
}

fn unasked(report: &mut Report, unasked: &[Unasked]) {
    for Unasked { key, nearest } in unasked {
        let hint = match nearest {
            Some(near) => format!(
                "give `{near}` the value of `{key}` in `agentpkg.toml`, and take `{key}` out"
            ),
            None => format!("take `{key}` out of `[answers]` in `agentpkg.toml`"),
        };
        report.warning(
            format!("no template asks for the answer `{key}`"),
            [],
            [Hint::text(hint)],
        );
    }
}

/// Warns of what can execute although no template has it any more. A person is needed where there
/// is such.
pub fn still_runs(report: &mut Report, notes: &[(RelPath, Note)], scripts: &[RelPath]) -> Ended {
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
        return Ended::Done;
    }
    let hint = "take out the entries and delete the scripts that you don't want; they are yours \
                now";
    report.warning(
        "what stays here can still run, and no template has it any more",
        still_run,
        [Hint::text(hint)],
    );
    Ended::NeedsAPerson
}

/// What the templates cost the agent's session, and what may run.
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
fn withdrawn(report: &mut Report, session: &Session, outcome: &Outcome) {
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
            let hint = match standing.is_last() {
                true => Hint::text("no other release is offered; ask whoever keeps the template"),
                false => {
                    Hint::text_then_command("move to another release", leave(session, template))
                }
            };
            report.warning(message, [], [hint]);
        }
        if let Some(deprecated) = &standing.deprecated {
            let replacement = &deprecated.replacement;
            let why = deprecated.reason.as_ref();
            let why = why.map_or(String::new(), |why| format!(": {why}"));
            report.warning(
                format!("`{name}` is deprecated, use `{replacement}`{why}"),
                [],
                [Hint::command(replacing(session, template, replacement))],
            );
        }
    }
}
