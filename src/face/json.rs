//! Reports for programs. The shapes are documented in `docs/json.md`; `format` rises when one
//! changes incompatibly.

use std::ops::Range;

use serde_json::{Value, json};

use crate::error::Error;
use crate::lint::LintFinding;
use crate::merge::patch::Patch;
use crate::merge::pieces::{Conflict, Location, Resolution, Side};
use crate::model::conflict::{ConflictPlace, Open};
use crate::model::finding::Severity;
use crate::model::index::CatalogEntry;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::unicode::escaped_json;
use crate::model::upstream::HookName;
use crate::ops::Session;
use crate::ops::steps::conflicts::Conflicts;
use crate::ops::steps::in_review::{InReview, ReviewState};
use crate::ops::steps::local_changes::ChangedFile;
use crate::ops::steps::standing::{HeldBack, ReleaseStanding, Template};
use crate::ops::verbs::audit::{AuditEntry, BroughtBy, Outcome as Audit};
use crate::ops::verbs::check::{Finding, Outcome as Checked};
use crate::ops::verbs::diff::FileDiff;
use crate::ops::verbs::info::Info;
use crate::ops::verbs::lint::Outcome as Linted;
use crate::ops::verbs::merge_file::Outcome as MergeFile;
use crate::ops::verbs::proposals::{Fit, ProposalPreview, ReviewedProposal};
use crate::ops::verbs::search::SearchResult;
use crate::ops::verbs::status::{Offered, Outcome as Status};
use crate::proposal::effect::Effect;
use crate::proposal::next::Next;
use crate::proposal::sources::SourceClash;
use crate::render::capability::Capability;
use crate::store::asked::AsOf;
use crate::store::config::{By, Chosen};
use crate::store::git::Ignored;
use crate::store::registry::Address;
use crate::tree::State;

/// The format of every report.
const FORMAT: u32 = 1;

/// Returns a report as it is printed: what every report starts with, and its own keys.
pub fn report(command: &str, mut body: Value) -> String {
    let mut whole = json!({ "format": FORMAT, "command": command });
    if let (Some(whole), Some(body)) = (whole.as_object_mut(), body.as_object_mut()) {
        whole.append(body);
    }
    escaped_json(&format!("{whole:#}\n"))
}

fn hidden(ignored: &Ignored) -> Value {
    json!({
        "path": ignored.path,
        "file": ignored.source,
        "line": ignored.line,
        "pattern": ignored.pattern,
    })
}

/// Returns the repository's folder.
pub fn root(context: &Session) -> String {
    context.workspace.root().display().to_string()
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
fn conflicts_in(conflicts: &Conflicts) -> Vec<Value> {
    let mut all = Vec::new();
    for (path, places) in conflicts {
        all.extend(places.iter().map(|open| conflict_in(path, open)));
    }
    all
}

/// One of them.
fn conflict_in(path: &RelPath, open: &Open) -> Value {
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
fn standing(standing: &ReleaseStanding) -> Value {
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
        "hints": error.next_steps(),
    })
}

/// `status --json`, without what every report starts with.
pub fn status(context: &Session, outcome: &Status) -> Value {
    let template = |template: &Template| {
        let mut json = json!({
            "name": template.name,
            "version": template.release.version,
            "registry": template.release.registry,
            "tree": template.release.tree,
            "requirement": template.requirement,
        });
        json.as_object_mut()
            .expect("a template is an object")
            .append(
                standing(&template.standing)
                    .as_object_mut()
                    .expect("so is this"),
            );
        json
    };
    let file = |file: &ChangedFile| {
        let mut json =
            json!({ "path": file.path, "state": state(file.state), "templates": file.owners });
        if let Some(wrong) = &file.wrong {
            json["wrong"] = json!(wrong.trim_start_matches([':', ' ']));
        }
        if let Some(moved) = &file.moved {
            json["moved"] = json!(moved);
        }
        json
    };
    let offered = |Offered { id, sent, accepted }: &Offered| {
        json!({
            "id": id.to_string(),
            "template": sent.template,
            "version": sent.base,
            "subject": sent.subject,
            "at": sent.at,
            "branch": sent.branch,
            "accepted": accepted,
        })
    };
    let as_of = |(registry, AsOf { at, why }): &(Address, AsOf)| json!({ "url": registry.to_string(), "at": at, "why": why });
    let files = outcome.files.iter().map(file);
    let interrupted = outcome
        .interrupted
        .as_ref()
        .map(|one| one.verb.as_deref().unwrap_or("a command"));
    json!({
            "root": root(context),
            "templates": outcome.templates.iter().map(template).collect::<Vec<_>>(),
            "as_of": outcome.as_of.iter().map(as_of).collect::<Vec<_>>(),
            "managed": outcome.managed,
            "conflicts": conflicts_in(&outcome.conflicts),
            "changed": files.collect::<Vec<_>>(),
            "not_installed": outcome.wanted,
            "not_wanted": outcome.unasked,
            "proposals": outcome.proposals.iter().map(offered).collect::<Vec<_>>(),
            "interrupted": interrupted,
            "hidden": outcome.hidden.files.iter().map(hidden).collect::<Vec<_>>(),
    })
}

/// `diff --json`.
pub fn diff(context: &Session, files: &[FileDiff]) -> String {
    let file = |file: &FileDiff| {
        let state = state(file.state);
        json!({ "path": file.path, "state": state, "diff": file.unified })
    };
    report(
        "diff",
        json!({ "root": root(context), "files": files.iter().map(file).collect::<Vec<_>>() }),
    )
}

/// `check --json`, without what every report starts with.
pub fn check(context: &Session, outcome: &Checked) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "rule": finding.rule.id(),
            "path": finding.path,
            "message": finding.message,
            "hint": finding.hint,
        })
    };
    let tested = |(hook, passed, all): &(HookName, usize, usize)| {
        json!({
            "template": hook.template,
            "id": hook.id,
            "passed": passed,
            "tests": all,
        })
    };
    json!({
            "root": root(context),
            "ok": outcome.failures.is_empty(),
            "checked": outcome.checked,
            "hooks": outcome.tested.iter().map(tested).collect::<Vec<_>>(),
            "failures": outcome.failures.iter().map(finding).collect::<Vec<_>>(),
            "changed": outcome.changed.iter().map(finding).collect::<Vec<_>>(),
            "unasked": outcome.unasked.iter().map(finding).collect::<Vec<_>>(),
            "in_review": outcome.in_review.as_ref().map(in_review),
            "not_run": outcome.unrun.iter().map(finding).collect::<Vec<_>>(),
            "hidden": outcome.hidden.files.iter().map(hidden).collect::<Vec<_>>(),
    })
}

/// `lint --format json`.
pub fn lint(outcome: &Linted) -> String {
    report(
        "lint",
        json!({
            "root": outcome.root.display().to_string(),
            "ok": outcome.count(Severity::Error) == 0,
            "read": outcome.read,
            "errors": outcome.count(Severity::Error),
            "warnings": outcome.count(Severity::Warning),
            "findings": outcome.findings.iter().map(lint_finding).collect::<Vec<_>>(),
            "not_read": outcome.skipped.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        }),
    )
}

fn lint_finding(finding: &LintFinding) -> Value {
    json!({
        "rule": finding.rule.id(),
        "severity": finding.severity.name(),
        "path": finding.place.path,
        "line": finding.place.line(),
        "message": finding.message,
        "hint": finding.joined_hints(),
    })
}

/// `proposals show --json`.
pub fn proposals(context: &Session, shown: &ProposalPreview) -> String {
    report(
        "proposals show",
        json!({
            "root": root(context),
            "registry": registry(&shown.registry),
            "ok": shown.proposals.iter().all(ReviewedProposal::is_sound),
            "proposals": shown.proposals.iter().map(offer).collect::<Vec<_>>(),
        }),
    )
}

fn offer(offer: &ReviewedProposal) -> Value {
    let proposal = offer.proposal();
    let (fit, clashes) = match &offer.fit {
        Fit::Clean { moved: false } => ("clean", &[][..]),
        Fit::Clean { moved: true } => ("merged", &[][..]),
        Fit::Same => ("same", &[][..]),
        Fit::Already => ("already", &[][..]),
        Fit::Contested(clashes) => ("conflict", clashes.as_slice()),
    };
    let clash = |clash: &SourceClash| {
        json!({
            "path": clash.path,
            "line": clash.line,
            "what": clash.said("the template", "the proposal"),
        })
    };
    let effect = |effect: &Effect| {
        json!({
            "fate": effect.fate.as_str(),
            "widens": effect.widens(),
            "kind": effect.capability.kind.as_str(),
            "path": effect.capability.path,
            "name": effect.capability.name,
            "says": effect.capability.text,
            "runs": effect.capability.files,
            "digest": effect.capability.digest,
            "unpinned": effect.capability.unpinned,
            "diffs": effect.diffs,
        })
    };
    let next = |next: &Next| {
        json!({
            "version": next.version,
            "step": next.step.as_str(),
            "why": next.why,
            "newest": next.newest,
            "is_set": offer.becomes >= next.version,
        })
    };
    let changes =
        offer.changes.files.iter().map(
            |file| json!({ "path": file.path, "diff": Patch::from(file.clone()).to_text(None) }),
        );
    json!({
        "file": offer.file.display().to_string(),
        "id": proposal.id.to_string(),
        "template": proposal.template,
        "directory": offer.folder,
        "version": offer.version,
        "base": { "version": proposal.base.version, "tree": proposal.base.tree },
        "author": {
            "name": proposal.author.name,
            "email": proposal.author.email,
            "date": proposal.date(),
        },
        "sender": offer.mail.sender,
        "subject": proposal.subject(),
        "body": proposal.body(),
        "fit": fit,
        "conflicts": clashes.iter().map(clash).collect::<Vec<_>>(),
        "changes": changes.collect::<Vec<_>>(),
        "capabilities": offer.effects.iter().flatten().map(effect).collect::<Vec<_>>(),
        "capabilities_error": offer.effects.as_ref().err().map(|error| error.message()),
        "findings": offer.findings.iter().map(lint_finding).collect::<Vec<_>>(),
        "next": offer.next.as_ref().map(next),
    })
}

/// `audit --json`.
pub fn audit(context: &Session, outcome: &Audit) -> String {
    let entry = |AuditEntry {
                     capability,
                     origin,
                     off,
                 }: &AuditEntry| {
        let (by, template) = match origin {
            BroughtBy::Template(name) => ("template", Some(name)),
            BroughtBy::Edited(name) => ("edited", Some(name)),
            BroughtBy::Team => ("team", None),
            BroughtBy::Person => ("person", None),
        };
        let mut json = capability_in(capability);
        json["skips"] = json!(capability.skips);
        json["by"] = json!(by);
        json["template"] = json!(template);
        json["switched_off"] = json!(off);
        json
    };
    let template = |template: &Template| {
        let mut json = standing(&template.standing);
        json["name"] = json!(template.name);
        json["version"] = json!(template.release.version);
        json
    };
    let unreadable = |(path, why): &(RelPath, String)| json!({ "path": path, "why": why });
    report(
        "audit",
        json!({
            "root": root(context),
            "problems": outcome.problems(),
            "asked": outcome.asks,
            "templates": outcome.templates.iter().map(template).collect::<Vec<_>>(),
            "in_review": outcome.in_review.as_ref().map(in_review),
            "unapproved": outcome.unapproved.iter().map(capability_in).collect::<Vec<_>>(),
            "capabilities": outcome.entries.iter().map(entry).collect::<Vec<_>>(),
            "unreadable": outcome.unreadable.iter().map(unreadable).collect::<Vec<_>>(),
            "skipped": outcome.skipped.iter().map(|(path, _)| path).collect::<Vec<_>>(),
        }),
    )
}

/// What was committed for review.
fn in_review(in_review: &InReview) -> Value {
    let (by, commit) = match &in_review.standing {
        ReviewState::Merged { by, commit } => (Some(by), Some(commit)),
        ReviewState::Waits | ReviewState::Unknown => (None, None),
    };
    json!({ "items": in_review.items, "merged_by": by, "merged_with": commit })
}

/// Something that may run.
fn capability_in(capability: &Capability) -> Value {
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

/// `search --json`.
pub fn search(found: &[SearchResult]) -> String {
    let mut templates = Vec::new();
    let mut registries = Vec::new();
    for found in found {
        for (name, entry) in &found.templates {
            templates.push(template(name, entry, &found.name));
        }
        let mut of = registry(&found.registry);
        of["name"] = json!(found.name);
        of["error"] = json!(found.all.as_ref().err().map(Error::message));
        registries.push(of);
    }
    let first = found.first().map(|found| registry(&found.registry));
    report(
        "search",
        json!({ "registry": first, "registries": registries, "templates": templates }),
    )
}

/// A line of a catalog.
fn template(name: &TemplateName, entry: &CatalogEntry, registry: &str) -> Value {
    json!({
        "name": name,
        "registry": registry,
        "latest": entry.offered(),
        "description": entry.description,
        "keywords": entry.keywords,
        "contact": entry.contact,
        "recommended": entry.recommended,
    })
}

/// `info --json`.
pub fn info(info: &Info) -> String {
    let about = &info.source.manifest.template;
    let questions = info
        .source
        .manifest
        .questions
        .iter()
        .map(|(key, question)| {
            json!({
                "key": key,
                "ask": question.ask,
                "kind": question.kind,
                "choices": question.choices,
                "pattern": question.pattern,
                "default": question.default,
            })
        });
    let releases = info.index.releases.iter().map(|release| {
        json!({
            "version": release.version,
            "tree": release.tree,
            "size": release.size,
            "released": release.released,
            "yanked": release.yanked,
            "recalled": release.recalled,
        })
    });
    report(
        "info",
        json!({
            "registry": registry(&info.registry),
            "name": about.name,
            "version": about.version,
            "description": about.description,
            "license": about.license,
            "contact": about.contact,
            "questions": questions.collect::<Vec<_>>(),
            "deprecated": info.index.deprecated,
            "releases": releases.collect::<Vec<_>>(),
            "readme": info.source.text("README.md"),
        }),
    )
}

/// `merge-file --json`; `print` says that the result is wanted too.
pub fn merge_file(outcome: &MergeFile, print: bool) -> String {
    let text = |side, span: &Option<Range<usize>>| {
        span.as_ref().map(|span| {
            String::from_utf8_lossy(&outcome.sides().of(side)[span.clone()]).into_owned()
        })
    };
    let conflict = |conflict: &Conflict| {
        json!({
            "place": place(&conflict.place),
            "base": text(Side::Base, &conflict.base),
            "ours": text(Side::Ours, &conflict.ours),
            "theirs": text(Side::Theirs, &conflict.theirs),
        })
    };
    let settled = |settled: &Resolution| {
        let rule = settled.rule.to_string();
        json!({ "place": place(&settled.place), "rule": rule })
    };
    report(
        "merge-file",
        json!({
            "name": outcome.name,
            "clean": outcome.merge.is_clean(),
            "markers": outcome.marked,
            "conflicts": outcome.merge.conflicts().map(conflict).collect::<Vec<_>>(),
            "settled": outcome.merge.settled.iter().map(settled).collect::<Vec<_>>(),
            "result": print.then(|| String::from_utf8_lossy(&outcome.bytes)),
        }),
    )
}

fn place(place: &Location) -> Value {
    let lines = |range: &Range<usize>| json!([range.start + 1, range.end]);
    match place {
        Location::File => json!("file"),
        Location::Value(pointer) => json!({ "value": pointer }),
        Location::Lines { base, ours, theirs } => {
            json!({ "base": lines(base), "ours": lines(ours), "theirs": lines(theirs) })
        }
    }
}
