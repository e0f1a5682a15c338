//! `audit`: what can run or reach out here, and what of it is wrong.

use crate::error::Result;
use crate::face::report::{Detail, Ended, Report, json, parts};
use crate::ops::Session;
use crate::ops::steps::in_review::InReview;
use crate::ops::steps::standing::Template;
use crate::ops::verbs::audit::{AuditEntry, AuditFinding, AuditRule, BroughtBy, Outcome, audit};
use crate::store::reach::Purpose;
use crate::words;
use serde_json::{Value, json};

use super::Verb;

/// List what can run; fail on what is unapproved, recalled, or edited since approval
#[derive(Debug, clap::Args)]
#[command(
    alias = "capabilities",
    after_help = "\
Examples:
  agentpkg audit
  agentpkg audit --offline   ask no registry what was recalled
  agentpkg audit --json

Exit codes: 0 nothing is wrong, 1 something is, 2 not looked at."
)]
pub struct Args {
    /// Print JSON for programs
    #[arg(long)]
    json: bool,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let outcome = audit(session)?;
        let ended = Ended::needs_a_person_if(outcome.problems() > 0);
        Ok(match self.json {
            true => json::report("audit", value(session, &outcome)),
            false => report(session, &outcome, detail),
        }
        .ending(ended))
    }
}

/// What is wrong comes first.
fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let mut rules = outcome.findings.iter().map(|finding| finding.rule);
    let skips_some = rules.any(|rule| rule == AuditRule::NotLookedAt);
    let things = match outcome.entries.as_slice() {
        [] if skips_some => {
            "nothing was found in what could be looked at, and not all could".to_owned()
        }
        [] => "nothing here can run, reach out or widen what is allowed".to_owned(),
        [_] => "1 thing here can run, reach out, or is allowed without asking".to_owned(),
        many => format!(
            "{} here can run, reach out, or are allowed without asking",
            words::count(many.len(), "thing")
        ),
    };
    match outcome.problems() {
        0 => report.title(things),
        problems => report.warn_title(format!("{}; {things}", words::count(problems, "problem"))),
    }
    parts::folder(&mut report, session);
    for template in &outcome.templates {
        parts::standing::show_withdrawn(&mut report, session, template);
        show_unknown(&mut report, template, outcome.asks);
    }
    parts::standing::show_age(&mut report, session, &outcome.as_of);
    for capability in &outcome.unapproved {
        report.row("unapproved", format!("{} {capability}", capability.kind));
    }
    if let Some(in_review) = &outcome.in_review {
        parts::in_review(&mut report, in_review);
    }
    for entry in &outcome.entries {
        let waits = outcome.in_review.as_ref();
        show_entry(&mut report, entry, waits.filter(|one| one.waiting() > 0));
    }
    for AuditFinding {
        place,
        message,
        hints,
        ..
    } in &outcome.findings
    {
        report.warning(format!("{place}: {message}"), [], hints.clone());
    }
    report
}

/// Says of what nobody can say whether it was recalled.
fn show_unknown(report: &mut Report, template: &Template, asks: bool) {
    let Template { name, standing, .. } = template;
    let Some(why) = &standing.unknown else {
        return;
    };
    if !asks {
        report.row("not asked", format!("whether {name} was recalled"));
        return;
    }
    report.row("unknown", format!("whether {name} was recalled: {why}"));
    if let Some(hint) = &standing.hint {
        report.row("", hint.to_string());
    }
}

fn show_entry(report: &mut Report, entry: &AuditEntry, waits: Option<&InReview>) {
    let AuditEntry {
        capability,
        origin,
        off,
    } = entry;
    let origin = match origin {
        BroughtBy::Template(name) if waits.is_some_and(|one| one.has(capability, name)) => {
            format!("{name}, in review")
        }
        BroughtBy::Template(name) => format!("{name}, approved"),
        BroughtBy::Edited(name) => format!("{name}, edited since it was approved"),
        BroughtBy::Team => "yours".to_owned(),
        BroughtBy::Person => "yours alone, in a file that is not shared".to_owned(),
    };
    let loose = capability.unpinned.as_ref();
    let loose = loose.map_or(String::new(), |why| format!("; {why}"));
    let off = off.as_ref();
    let off = off.map_or(String::new(), |off| format!("; switched off by {off}"));
    let digest = &capability.digest.hex()[..12];
    report.row(
        capability.kind.as_str(),
        format!("{capability} ({origin}{loose}{off}) {digest}"),
    );
}

fn value(session: &Session, outcome: &Outcome) -> Value {
    json!({
        "root": json::root(session),
        "problems": outcome.problems(),
        "asked": outcome.asks,
        "templates": json::list(&outcome.templates, template),
        "in_review": outcome.in_review.as_ref().map(json::in_review),
        "unapproved": json::list(&outcome.unapproved, json::capability),
        "capabilities": json::list(&outcome.entries, entry),
        "findings": json::list(&outcome.findings, finding),
    })
}

fn template(template: &Template) -> Value {
    let mut value = json::standing(&template.standing);
    value["name"] = json!(template.name);
    value["version"] = json!(template.release.version);
    value
}

fn entry(entry: &AuditEntry) -> Value {
    let (by, template) = match &entry.origin {
        BroughtBy::Template(name) => ("template", Some(name)),
        BroughtBy::Edited(name) => ("edited", Some(name)),
        BroughtBy::Team => ("team", None),
        BroughtBy::Person => ("person", None),
    };
    let mut value = json::capability(&entry.capability);
    value["skips"] = json!(entry.capability.skips);
    value["by"] = json!(by);
    value["template"] = json!(template);
    value["switched_off"] = json!(entry.off);
    value
}

fn finding(finding: &AuditFinding) -> Value {
    json::finding(finding.rule.id(), finding)
}
