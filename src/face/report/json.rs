//! Reports for programs. The shapes are documented in `docs/json.md`; `format` rises when one
//! changes incompatibly. A verb's own shape is on its page; here is what several have.

use serde_json::{Value, json};

use crate::error::Error;
use crate::hint::Hint;
use crate::lint::LintFinding;
use crate::model::conflict::{ConflictPlace, Open};
use crate::model::finding::Finding;
use crate::model::path::RelPath;
use crate::model::unicode::escaped_json;
use crate::ops::Session;
use crate::ops::steps::conflicts::Conflicts;
use crate::ops::steps::in_review::{InReview, ReviewState};
use crate::ops::steps::standing::{HeldBack, ReleaseStanding};
use crate::render::capability::Capability;
use crate::store::config::{By, Chosen};
use crate::store::git::Ignored;
use crate::tree::State;

use super::{Part, Report};

/// The format of every report.
const FORMAT: u32 = 1;

/// Returns a report for programs: what every one starts with, and its own keys.
pub fn report(command: &str, body: Value) -> Report {
    let mut whole = json!({ "format": FORMAT, "command": command });
    append(&mut whole, body);
    Report::of(Part::Json(whole))
}

/// Adds the keys of an object to another.
pub fn append(object: &mut Value, mut more: Value) {
    if let (Some(object), Some(more)) = (object.as_object_mut(), more.as_object_mut()) {
        object.append(more);
    }
}

/// Returns an array.
pub fn list<'a, T: 'a>(
    items: impl IntoIterator<Item = &'a T>,
    value: impl Fn(&'a T) -> Value,
) -> Value {
    items.into_iter().map(value).collect()
}

/// Returns a report as it is printed.
pub fn text(whole: &Value) -> String {
    escaped_json(&format!("{whole:#}\n"))
}

pub fn hidden(ignored: &Ignored) -> Value {
    json!({
        "path": ignored.path,
        "file": ignored.source,
        "line": ignored.line,
        "pattern": ignored.pattern,
    })
}

/// Returns the repository's folder.
pub fn root(session: &Session) -> String {
    session.workspace.root().display().to_string()
}

pub fn state(state: State) -> &'static str {
    match state {
        State::Unchanged => "unchanged",
        State::Edited => "edited",
        State::Reformatted => "reformatted",
        State::Moved => "moved",
        State::Deleted => "deleted",
        State::Missing => "missing",
        State::Elsewhere => "elsewhere",
        State::Broken => "broken",
        State::Seed => "seed",
    }
}

pub fn registry(chosen: &Chosen) -> Value {
    let by = match &chosen.by {
        By::Flag => "flag".to_owned(),
        By::Manifest => "manifest".to_owned(),
        By::Environment => "environment".to_owned(),
        By::Config(path) => path.display().to_string(),
        By::Nobody => "default".to_owned(),
    };
    json!({ "url": chosen.address.to_string(), "named_by": by })
}

/// The places that wait for a person.
pub fn conflicts(conflicts: &Conflicts) -> Value {
    let mut all = Vec::new();
    for (path, places) in conflicts {
        all.extend(places.iter().map(|open| conflict(path, open)));
    }
    Value::Array(all)
}

fn conflict(path: &RelPath, open: &Open) -> Value {
    let mut json =
        json!({ "path": path, "base": open.base, "ours": open.ours, "theirs": open.theirs });
    match &open.at {
        ConflictPlace::File(why) => json["why"] = json!(why.to_string()),
        ConflictPlace::Lines { line, marked, .. } => {
            (json["line"], json["marked"]) = (json!(line), json!(marked))
        }
        ConflictPlace::Value(pointer) => json["value"] = json!(pointer),
    }
    json
}

/// A newer release that can't be had.
fn held_back(HeldBack { version, why }: &HeldBack) -> Value {
    json!({ "version": version, "why": why })
}

/// How a release stands in its registry.
pub fn standing(standing: &ReleaseStanding) -> Value {
    let withdrawn = standing.withdrawn.as_ref();
    json!({
        "newer": standing.newer,
        "outside": standing.outside,
        "held_back": standing.held_back.as_ref().map(held_back),
        "yanked": withdrawn.map(|withdrawn| &withdrawn.reason),
        "recalled": withdrawn.is_some_and(|withdrawn| withdrawn.recalled),
        "deprecated": standing.deprecated,
        "registry_error": standing.unknown,
    })
}

/// An error, as it is said.
pub fn error(error: &Error) -> Value {
    json!({
        "message": error.message(),
        "causes": error.causes(),
        "hints": hints(error.next_steps()),
    })
}

/// Returns hints as they are printed.
fn hints(hints: &[Hint]) -> Vec<String> {
    hints.iter().map(Hint::to_string).collect()
}

pub fn lint_finding(finding: &LintFinding) -> Value {
    self::finding(finding.rule.id(), finding)
}

/// Something that isn't as it should be; `rule` is its rule's name.
pub fn finding<Rule>(rule: &str, finding: &Finding<Rule>) -> Value {
    json!({
        "rule": rule,
        "severity": finding.severity.name(),
        "path": finding.place.path,
        "line": finding.place.line(),
        "message": finding.message,
        "hint": finding.joined_hints(),
    })
}

/// What was committed for review.
pub fn in_review(in_review: &InReview) -> Value {
    let (by, commit) = match &in_review.standing {
        ReviewState::Merged { by, commit } => (Some(by), Some(commit)),
        ReviewState::Waits | ReviewState::Unknown => (None, None),
    };
    json!({ "items": in_review.items, "merged_by": by, "merged_with": commit })
}

/// Something that may run.
pub fn capability(capability: &Capability) -> Value {
    json!({
        "kind": capability.kind.as_str(),
        "path": capability.path,
        "name": capability.name,
        "says": capability.text,
        "runs": capability.files,
        "digest": capability.digest,
        "unpinned": capability.unpinned,
    })
}
