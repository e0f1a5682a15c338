//! Whose a path is: what templates wrote of it, and what is the team's.

use serde_json::{Value, json};

use crate::face::report::{Detail, Report, json, parts};
use crate::merge::blame::{Blame, LineOrigin};
use crate::merge::json::{AttributedEntry, EntryState};
use crate::model::name::TemplateName;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::conflicts::Conflicts;
use crate::ops::verbs::info_path::{
    BlockOwner, LineKind, LineOwner, Outcome, PartOwner, PathOwner, WholeOwner,
};
use crate::tree::State;
use crate::words;

/// The part that was asked about, or all of the file.
pub fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let path = outcome.moved.as_ref().unwrap_or(&outcome.path);
    match &outcome.part {
        Some(PartOwner::Line(line)) => add_line(&mut report, outcome, line),
        Some(PartOwner::Entries(entries)) => {
            report.heading(path.as_str(), what(outcome));
            for entry in entries {
                add_entry(&mut report, outcome, entry);
            }
        }
        None => {
            report.heading(path.as_str(), what(outcome));
            parts::folder(&mut report, session);
            add_owners(&mut report, outcome);
        }
    }
    add_conflicts(&mut report, session, outcome);
    // Nobody asks where templates come from of what is the team's.
    if let Some(PartOwner::Line(LineOwner { template: None, .. })) = outcome.part {
        return report;
    }
    for (name, release) in &outcome.releases {
        let address = match &release.address {
            Some(chosen) => parts::registry(chosen),
            None => format!("`{}` in the lock", release.registry),
        };
        match outcome.releases.len() {
            1 => report.row("registry", address),
            _ => report.row("registry", format!("{name}: {address}")),
        }
    }
    report
}

/// What both sides changed, and which command settles it.
fn add_conflicts(report: &mut Report, session: &Session, outcome: &Outcome) {
    let path = outcome.moved.as_ref().unwrap_or(&outcome.path);
    let mut is_contested = false;
    for open in outcome.conflicts_of_part() {
        let both_changed = if open.is_in_lines() {
            ": both changed"
        } else {
            ""
        };
        report.row("conflict", format!("{}{both_changed}", open.place()));
        is_contested = true;
    }
    if is_contested {
        let resolve = CommandLine::new(session, "resolve").file(path.as_str());
        report.row("", resolve.to_string());
    }
}

/// What a path is, in words that follow its name.
fn what(outcome: &Outcome) -> String {
    match &outcome.owner {
        PathOwner::Team { .. } => "yours: no template wrote it".to_owned(),
        PathOwner::Agentpkg => "written by agentpkg: what is installed".to_owned(),
        PathOwner::Folder(files) if files.is_empty() => {
            "a folder in which no template wrote anything".to_owned()
        }
        PathOwner::Folder(_) => "a folder".to_owned(),
        PathOwner::Whole(owner) if owner.is_starter => format!(
            "a starter file of {}, yours from then on",
            release(outcome, &owner.template)
        ),
        PathOwner::Whole(owner) => format!("a file of {}", release(outcome, &owner.template)),
        PathOwner::Blocks { .. } => "yours, with blocks of templates".to_owned(),
        PathOwner::Entries(_) => "yours, with entries of templates".to_owned(),
    }
}

/// A template with its version.
fn release(outcome: &Outcome, name: &TemplateName) -> String {
    match outcome.releases.get(name) {
        Some(release) => format!("{name} {}", release.version),
        None => name.to_string(),
    }
}

fn add_owners(report: &mut Report, outcome: &Outcome) {
    if outcome.state == Some(State::Broken) {
        return report.row("state", state_of(outcome, ""));
    }
    match &outcome.owner {
        PathOwner::Team { nearest } => {
            if let Some(nearest) = nearest {
                report.row("similar", format!("{nearest}, which a template wrote"));
            }
        }
        PathOwner::Agentpkg => {}
        PathOwner::Folder(files) => {
            for (name, paths) in files {
                let paths: Vec<_> = paths.iter().collect();
                let (count, list) = (
                    words::count(paths.len(), "file"),
                    parts::paths(report, &paths),
                );
                report.row(
                    "managed",
                    format!("{count} of {}: {list}", release(outcome, name)),
                );
            }
        }
        PathOwner::Whole(owner) => add_whole(report, outcome, owner),
        PathOwner::Blocks {
            blocks,
            other_lines,
        } => {
            for block in blocks {
                add_block(report, outcome, block);
            }
            if *other_lines > 0 {
                let count = words::count(*other_lines, "other line");
                report.row("yours", count);
            }
        }
        PathOwner::Entries(entries) => add_entries(report, outcome, entries),
    }
    let is_shared = matches!(
        outcome.owner,
        PathOwner::Blocks { .. } | PathOwner::Entries(_)
    );
    let is_gone = matches!(
        outcome.state,
        Some(State::Deleted | State::Missing | State::Elsewhere)
    );
    if is_shared && is_gone {
        report.row("state", state_of(outcome, ""));
    }
}

fn add_whole(report: &mut Report, outcome: &Outcome, owner: &WholeOwner) {
    report.row("source", format!("{} in the template", owner.source));
    for (id, event) in &owner.hooks {
        report.row("hook", format!("{id}, on {event}"));
    }
    if let Some(moved) = &outcome.moved {
        report.row("moved", format!("from {} to {moved}", outcome.path));
    }
    let edits = match &owner.lines {
        Some(blame) => edits(blame, 1),
        None => "the installed text isn't at hand, so no line can be told from another".to_owned(),
    };
    report.row("state", state_of(outcome, &edits));
    if owner.mode_differs {
        report.row("mode", "its executable bit is yours");
    }
}

/// What the team did to a file; `edits` says to which lines.
fn state_of(outcome: &Outcome, edits: &str) -> String {
    match outcome.state {
        Some(State::Unchanged | State::Moved) | None => "as installed".to_owned(),
        Some(State::Edited) if edits.is_empty() => "edited".to_owned(),
        Some(State::Edited) => format!("edited: {edits}"),
        Some(State::Reformatted) => "the same words in another layout".to_owned(),
        Some(State::Deleted) => "deleted here".to_owned(),
        Some(State::Missing) => "missing: `agentpkg install` restores it".to_owned(),
        Some(State::Elsewhere) => "in a part of the repository that isn't here".to_owned(),
        Some(State::Broken) => match &outcome.wrong {
            Some(wrong) => format!("broken{wrong}"),
            None => "broken".to_owned(),
        },
        Some(State::Seed) if edits.is_empty() => "as it was given".to_owned(),
        Some(State::Seed) => format!("edited: {edits}"),
    }
}

fn add_block(report: &mut Report, outcome: &Outcome, block: &BlockOwner) {
    let mut owner = release(outcome, &block.template);
    if let Some(source) = &block.source {
        owner = format!("{owner}, from {source} in the template");
    }
    let Some(lines) = &block.lines else {
        return report.row("deleted", format!("the block of {owner}"));
    };
    let state = match edits(&block.blame, lines.start) {
        edits if edits.is_empty() => "as installed".to_owned(),
        edits => format!("edited: {edits}"),
    };
    let label = match lines.len() {
        0 => "empty".to_owned(),
        1 => format!("line {}", lines.start),
        _ => format!("lines {}", range([lines.start, lines.end - 1])),
    };
    report.row(label, format!("{owner}, {state}"));
}

/// Says which lines are the team's, counted from `first`, and how many it deleted; nothing where it
/// did neither.
fn edits(blame: &Blame, first: usize) -> String {
    let mut edits = Vec::new();
    let ranges = edited_ranges(blame, first);
    if !ranges.is_empty() {
        let count: usize = ranges.iter().map(|[first, last]| last - first + 1).sum();
        let (lines, are) = match count {
            1 => ("line", "is"),
            _ => ("lines", "are"),
        };
        let ranges: Vec<String> = ranges.into_iter().map(range).collect();
        edits.push(format!("{lines} {} {are} yours", ranges.join(", ")));
    }
    if blame.deleted > 0 {
        edits.push(format!("{} deleted", words::count(blame.deleted, "line")));
    }
    edits.join("; ")
}

/// Returns the first and the last line of each run of lines that are the team's.
fn edited_ranges(blame: &Blame, first: usize) -> Vec<[usize; 2]> {
    let mut ranges: Vec<[usize; 2]> = Vec::new();
    for (index, origin) in blame.lines.iter().enumerate() {
        let line = first + index;
        match (origin, ranges.last_mut()) {
            (LineOrigin::Installed, _) => {}
            (LineOrigin::Yours { .. }, Some([_, last])) if *last + 1 == line => *last = line,
            (LineOrigin::Yours { .. }, _) => ranges.push([line, line]),
        }
    }
    ranges
}

fn range([first, last]: [usize; 2]) -> String {
    match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    }
}

fn add_entries(report: &mut Report, outcome: &Outcome, entries: &[AttributedEntry]) {
    for name in outcome.releases.keys() {
        let installed = entries
            .iter()
            .filter(|entry| entry.state == EntryState::Installed && entry.templates.contains(name));
        let count = installed.count();
        if count > 0 && !report.is_verbose() {
            let count = words::count(count, "entry");
            report.row(
                "installed",
                format!("{count} of {}", release(outcome, name)),
            );
        }
    }
    for entry in entries {
        if report.is_verbose() || entry.state != EntryState::Installed {
            add_entry(report, outcome, entry);
        }
    }
}

fn add_entry(report: &mut Report, outcome: &Outcome, entry: &AttributedEntry) {
    let mut templates = Vec::new();
    for name in &entry.templates {
        templates.push(release(outcome, name));
    }
    let owners = templates.join(" and ");
    let text = format!("`{}` {}", entry.pointer, short(&entry.value));
    let had = match entry.was_here {
        true => ", and you had it before",
        false => "",
    };
    match &entry.state {
        EntryState::Own => report.row("yours", text),
        EntryState::Installed => report.row("installed", format!("{text}, of {owners}{had}")),
        EntryState::Edited { was } => {
            report.row("edited", format!("`{}`, of {owners}", entry.pointer));
            report.row("is", entry.value.to_string());
            report.row("was", was.to_string());
        }
        EntryState::Deleted => report.row("deleted", format!("{text}, of {owners}")),
    }
}

/// How much of a value is shown.
const MOST: usize = 60;

/// Returns a value as compact JSON, cut where it is long.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn add_line(report: &mut Report, outcome: &Outcome, line: &LineOwner) {
    let path = outcome.moved.as_ref().unwrap_or(&outcome.path);
    report.heading(format!("{path}:{}", line.line), what(outcome));
    report.row("line", line.text.trim());
    let owner = line.template.as_ref().map(|name| release(outcome, name));
    match (&line.whose, owner) {
        (Some(LineKind::Marker), Some(owner)) => {
            report.row(
                "marks",
                format!("where the block of {owner} begins or ends"),
            );
        }
        (Some(LineKind::Origin(LineOrigin::Installed)), Some(owner)) => {
            report.row("installed", format!("by {owner}"));
        }
        (Some(LineKind::Origin(LineOrigin::Yours { was })), Some(owner)) => {
            report.row("yours", format!("edited in what {owner} wrote"));
            for was in was {
                report.row("was", was.trim());
            }
        }
        (Some(_), None) if matches!(outcome.owner, PathOwner::Team { .. }) => {}
        (Some(_), None) => report.row("yours", "no template wrote it"),
        (None, Some(owner)) => report.row(
            "unknown",
            format!("the text that {owner} wrote isn't at hand"),
        ),
        (None, None) => {}
    }
}

pub fn value(session: &Session, outcome: &Outcome) -> Value {
    let templates: Vec<Value> = outcome
        .releases
        .iter()
        .map(|(name, release)| {
            json!({
                "name": name,
                "version": release.version,
                "registry": release.registry,
                "address": release.address.as_ref().map(json::registry),
            })
        })
        .collect();
    let path = outcome.moved.as_ref().unwrap_or(&outcome.path);
    let conflicts = Conflicts::from([(path.clone(), outcome.conflicts.clone())]);
    let mut body = json!({
        "root": json::root(session),
        "path": outcome.path,
        "moved": outcome.moved,
        "state": outcome.state.map(json::state),
        "wrong": outcome.wrong,
        "templates": templates,
        "owner": null,
        "source": null,
        "hooks": [],
        "lines": null,
        "blocks": [],
        "entries": [],
        "files": {},
        "part": outcome.part.as_ref().map(part_in),
        "conflicts": json::conflicts(&conflicts),
    });
    match &outcome.owner {
        PathOwner::Team { .. } => body["owner"] = json!("team"),
        PathOwner::Agentpkg => body["owner"] = json!("agentpkg"),
        PathOwner::Folder(files) => {
            body["owner"] = json!("folder");
            body["files"] = json!(files);
        }
        PathOwner::Whole(owner) => {
            let mut hooks = Vec::new();
            for (id, event) in &owner.hooks {
                hooks.push(json!({ "id": id, "event": event }));
            }
            body["owner"] = json!("template");
            body["source"] = json!(owner.source);
            body["hooks"] = json!(hooks);
            body["lines"] = json!(owner.lines.as_ref().map(|blame| blame_in(blame, 1)));
        }
        PathOwner::Blocks { blocks, .. } => {
            body["owner"] = json!("blocks");
            body["blocks"] = blocks.iter().map(block_in).collect();
        }
        PathOwner::Entries(entries) => {
            body["owner"] = json!("entries");
            body["entries"] = entries.iter().map(entry_in).collect();
        }
    }
    body
}

fn block_in(block: &BlockOwner) -> Value {
    let first = block.lines.as_ref().map(|lines| lines.start);
    json!({
        "template": block.template,
        "source": block.source,
        "first": first,
        "last": block.lines.as_ref().map(|lines| lines.end - 1),
        "lines": first.map(|first| blame_in(&block.blame, first)),
    })
}

fn blame_in(blame: &Blame, first: usize) -> Value {
    json!({ "yours": edited_ranges(blame, first), "deleted": blame.deleted })
}

fn entry_in(entry: &AttributedEntry) -> Value {
    let value = Some(&entry.value);
    let (state, is, was) = match &entry.state {
        EntryState::Own => ("team", value, None),
        EntryState::Installed => ("unchanged", value, None),
        EntryState::Edited { was } => ("edited", value, Some(was)),
        EntryState::Deleted => ("deleted", None, value),
    };
    json!({
        "value": entry.pointer,
        "templates": entry.templates,
        "state": state,
        "was_here": entry.was_here,
        "is": is,
        "was": was,
    })
}

fn part_in(part: &PartOwner) -> Value {
    let line = match part {
        PartOwner::Entries(entries) => {
            let entries: Vec<Value> = entries.iter().map(entry_in).collect();
            return json!({ "entries": entries });
        }
        PartOwner::Line(line) => line,
    };
    let (whose, was) = match &line.whose {
        Some(LineKind::Marker) => (Some("marker"), None),
        Some(LineKind::Origin(LineOrigin::Installed)) => (Some("template"), None),
        Some(LineKind::Origin(LineOrigin::Yours { was })) => (Some("team"), Some(was)),
        None => (None, None),
    };
    json!({
        "line": line.line,
        "text": line.text,
        "template": line.template,
        "whose": whose,
        "was": was,
    })
}
