//! `status`: what is installed, what is newer, and what the team changed.

use std::collections::BTreeMap;

use crate::agent::AGENTS_MD;
use crate::error::Result;
use crate::face::all_packages::EachPackage;
use crate::face::args::Json;
use crate::face::report::parts::limits;
use crate::face::report::{Detail, Ended, Report, json, parts};
use crate::hint::Hint;
use crate::model::agent::Agent;
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::RelPath;
use crate::model::upstream::FileOrigin;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::drifts::Drift;
use crate::ops::steps::local_changes::{ChangedFile, counts};
use crate::ops::steps::standing::Template;
use crate::ops::verbs::status::{Offered, Outcome, status};
use crate::store::asked::AsOf;
use crate::store::reach::Purpose;
use crate::store::registry::Address;
use crate::tree::State;
use crate::words;
use serde_json::{Value, json};

use super::Verb;

/// Show what is installed, edited and out of date
#[derive(Debug, clap::Args)]
#[command(aliases = ["list", "outdated"], after_help = "\
Examples:
  agentpkg status
  agentpkg status -v       with every file that was changed, and what agents don't get
  agentpkg status --all    every package of a monorepo
  agentpkg status --json")]
pub struct Args {
    /// Do every package: this folder, and each below with its own agentpkg.toml or agentpkg.lock
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    json: Json,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::News
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        self.run_in_packages(session, detail, self.all, self.json.json)
    }
}

impl EachPackage for Args {
    const NAME: &'static str = "status";

    fn report(&self, session: &Session, detail: Detail, below: &[RelPath]) -> Result<Report> {
        let outcome = status(session, detail == Detail::Verbose)?;
        Ok(report(session, &outcome, detail, below))
    }

    fn value(&self, session: &Session) -> Result<(Value, Ended)> {
        let outcome = status(session, false)?;
        let is_broken = outcome.files.iter().any(|file| file.wrong.is_some());
        let ended = Ended::needs_a_person_if(is_broken);
        Ok((value(session, &outcome), ended))
    }
}

/// `below` are packages of their own. A person is needed where a managed file is broken.
fn report(session: &Session, outcome: &Outcome, detail: Detail, below: &[RelPath]) -> Report {
    let mut report = Report::new(detail);
    parts::folder(&mut report, session);
    if outcome.templates.is_empty() && outcome.wanted.is_empty() {
        add_nothing(&mut report, session, outcome, below);
        return report;
    }
    for template in &outcome.templates {
        add_template(&mut report, session, template, outcome);
        add_sent(&mut report, template, &outcome.proposals);
    }
    for name in &outcome.wanted {
        report.heading(name.as_str(), "not installed yet");
    }
    for name in &outcome.unasked {
        report.warning(
            format!("`{name}` is installed, and nothing asks for it"),
            [],
            [Hint::command(CommandLine::new(session, "install"))],
        );
    }
    add_drifts(&mut report, &outcome.drifts);
    add_agents(&mut report, session, outcome);
    parts::packages(&mut report, below);
    parts::standing::show_age(&mut report, session, &outcome.as_of);
    parts::hidden::show_managed(&mut report, session, &outcome.hidden, outcome.managed);
    let abort = CommandLine::new(session, "upgrade --abort");
    let hints = vec![
        Hint::command(CommandLine::new(session, "resolve")),
        Hint::text_then_command("to go back", abort),
    ];
    parts::conflicts(
        &mut report,
        "you and the release both changed these",
        &outcome.conflicts,
        hints,
    );
    let broken = add_broken(&mut report, session, outcome);
    parts::interrupted(&mut report, outcome.interrupted.as_ref());
    add_next(&mut report, session, outcome, below);
    parts::hooks_off::show(&mut report, session, &outcome.hooks_off);
    report.ending(broken)
}

/// Says that nothing is installed, and what to do about it.
fn add_nothing(report: &mut Report, session: &Session, outcome: &Outcome, below: &[RelPath]) {
    report.text("nothing is installed here");
    parts::interrupted(report, outcome.interrupted.as_ref());
    parts::packages(report, below);
    report.gap();
    if !below.is_empty() {
        return parts::next_packages(report, session, "status", below);
    }
    report.next("next", CommandLine::new(session, "install").word("NAME"));
    report.next("choose", CommandLine::new(session, "search"));
}

fn add_next(report: &mut Report, session: &Session, outcome: &Outcome, below: &[RelPath]) {
    let mut files = outcome.files.iter();
    let is_edited = files.clone().any(|file| file.state == State::Edited);
    let is_missing = files.any(|file| file.state == State::Missing);
    let lacks_files = is_missing || !outcome.wanted.is_empty();
    if lacks_files || is_edited || !below.is_empty() {
        report.gap();
    }
    if lacks_files {
        report.next("next", CommandLine::new(session, "install"));
    }
    if is_edited {
        report.next("see", CommandLine::new(session, "diff"));
        let offer = CommandLine::new(session, "contribute -m \"WHY\"");
        report.next("offer", offer);
    }
    if !below.is_empty() {
        report.next("all", CommandLine::new(session, "status --all"));
    }
}

/// Warns of managed files that can't be read as what they are. A person is needed where there is
/// one.
fn add_broken(report: &mut Report, session: &Session, outcome: &Outcome) -> Ended {
    let (mut lines, mut paths, mut hints) = (Vec::new(), Vec::new(), Vec::new());
    let mut in_the_way: BTreeMap<&RelPath, (&str, usize)> = BTreeMap::new();
    for file in &outcome.files {
        match (&file.wrong, &file.in_the_way) {
            (Some(_), Some(obstacle)) => {
                let at = in_the_way.entry(&obstacle.at);
                at.or_insert((obstacle.what, 0)).1 += 1;
            }
            (Some(wrong), None) => {
                lines.push(format!("`{}`{wrong}", file.path));
                paths.push(words::path_quoted(file.path.as_str()));
            }
            (None, _) => {}
        }
    }
    let count = lines.len() + in_the_way.values().map(|(_, count)| count).sum::<usize>();
    for (at, (what, count)) in in_the_way {
        let files = words::count(count, "managed file");
        let verb = if count == 1 { "belongs" } else { "belong" };
        lines.push(format!("`{at}` is {what}, and {files} {verb} there"));
        hints.push(Hint::text_then_command(
            format!("move `{at}` away, then"),
            CommandLine::new(session, "install"),
        ));
    }
    if lines.is_empty() {
        return Ended::Done;
    }
    let files = words::count(count, "file");
    let verb = if count == 1 { "is" } else { "are" };
    if !paths.is_empty() {
        hints.push(Hint::text_then_command(
            "mend what is named, and see that all is well",
            "agentpkg check",
        ));
        let (git, paths) = (session.git(), paths.join(" "));
        hints.push(Hint::text_then_command(
            "or take the last committed, and lose what was edited since",
            format!("{git} checkout -- {paths}"),
        ));
    }
    report.warning(format!("{files} {verb} broken"), lines, hints);
    Ended::NeedsAPerson
}

fn add_template(report: &mut Report, session: &Session, template: &Template, outcome: &Outcome) {
    const SAID: [(State, &str); 7] = [
        (State::Edited, "edited"),
        (State::Reformatted, "reformatted"),
        (State::Moved, "moved"),
        (State::Deleted, "deleted"),
        (State::Missing, "missing"),
        (State::Elsewhere, "not here"),
        (State::Broken, "broken"),
    ];
    let Template { name, release, .. } = template;
    let wanted = match &template.requirement {
        Some(requirement) => requirement.to_string(),
        None if outcome.unasked.contains(name) => "no longer asked for".to_owned(),
        None => "needed by another template".to_owned(),
    };
    report.heading(format!("{name} {}", release.version), format!("({wanted})"));
    parts::standing::show_withdrawn(report, session, template);
    parts::standing::show_latest(report, session, template);
    let counts = counts(&outcome.files, name);
    for (state, label) in SAID {
        let Some(count) = counts.get(&state) else {
            continue;
        };
        let (mut paths, mut copies) = (Vec::new(), 0);
        let mut sources: Vec<&FileOrigin> = Vec::new();
        for file in &outcome.files {
            if file.state != state || !file.owners.contains(name) {
                continue;
            }
            // A rule that several agents read is one thing, whichever of its files was edited.
            let is_known = |source: &FileOrigin| sources.contains(&source);
            if !file.sources.is_empty() && file.sources.iter().all(is_known) {
                copies += 1;
                if !report.is_verbose() {
                    continue;
                }
            }
            sources.extend(&file.sources);
            paths.push(file.moved.as_ref().unwrap_or(&file.path));
        }
        let files = words::count(*count - copies, "file");
        let mut row = format!("{files}: {}", parts::paths(report, &paths));
        if copies > 0 {
            row += &format!("; {} for other agents", words::count(copies, "copy"));
        }
        report.row(label, row);
    }
    if counts.is_empty() {
        report.row("changed", "nothing: every file is as it was installed");
    }
    if let Some(beside) = outcome.unbrought.get(name) {
        let paths: Vec<&RelPath> = beside.iter().collect();
        let files = words::count(beside.len(), "file");
        let paths = parts::paths(report, &paths);
        let offer = "`agentpkg contribute PATH` offers one";
        report.row(
            "new",
            format!("{files} that no template brought: {paths} ({offer})"),
        );
    }
}

/// Adds the rules of which the files for several agents say different things.
fn add_drifts(report: &mut Report, drifts: &[Drift]) {
    let mut lines = Vec::new();
    for drift in drifts {
        let Drift {
            source,
            edited,
            unedited,
            is_contradictory,
        } = drift;
        let name = format!("{} of {}", source.source, source.template);
        let edited = words::list(edited);
        lines.push(match (is_contradictory, unedited.as_slice()) {
            (true, []) => format!("{name}: edited in different ways in {edited}"),
            (true, unedited) => {
                let unedited = words::list(unedited);
                format!("{name}: edited in different ways in {edited}, not in {unedited}")
            }
            (false, unedited) => {
                format!(
                    "{name}: edited in {edited}, not in {}",
                    words::list(unedited)
                )
            }
        });
    }
    if lines.is_empty() {
        return;
    }
    let hint = "make the edit in each of them, or offer it: a release brings it to all";
    report.warning(
        "these say different things to different agents",
        lines,
        [Hint::text(hint)],
    );
}

/// Adds who it is written for, where that isn't Claude Code alone, and what is limited.
fn add_agents(report: &mut Report, session: &Session, outcome: &Outcome) {
    let titles = |agents: &[Agent]| {
        let titles: Vec<&str> = agents.iter().map(|agent| agent.title()).collect();
        titles.join(", ")
    };
    if !matches!(outcome.agents.as_slice(), [] | [Agent::Claude]) {
        report.gap();
        report.row("agents", titles(&outcome.agents));
        limits::show(report, &outcome.limits);
        limits::show_again(report, &outcome.told_again);
    }
    if let Some(link) = &outcome.link_gone {
        report.gap();
        report.row(
            "not here",
            format!("{link}, the link to {AGENTS_MD}; you deleted it"),
        );
        report.next("to have it", format!("ln -s {AGENTS_MD} {link}"));
    }
    if let Some(wanted) = &outcome.wanted_agents {
        let wanted = titles(wanted);
        report.warning(
            format!("`{AGENTPKG_TOML}` names other agents: {wanted}"),
            [],
            [Hint::command(CommandLine::new(session, "install"))],
        );
    }
}

/// Adds the proposals that were sent to those who keep a template.
fn add_sent(report: &mut Report, template: &Template, proposals: &[Offered]) {
    for Offered { id, sent, accepted } in proposals {
        if sent.template != template.name {
            continue;
        }
        let state = match accepted {
            Some(version) => format!("accepted in {version}"),
            None => format!("sent: {}", sent.at),
        };
        let (id, subject) = (id.short(), &sent.subject);
        report.row("proposal", format!("{id}  {subject}  {state}"));
    }
}

/// Returns the files that no template brought.
fn new_files(outcome: &Outcome) -> Vec<Value> {
    let mut files = Vec::new();
    for (template, paths) in &outcome.unbrought {
        for path in paths {
            files.push(json!({ "path": path, "template": template }));
        }
    }
    files
}

fn value(session: &Session, outcome: &Outcome) -> Value {
    let interrupted = outcome
        .interrupted
        .as_ref()
        .map(|one| one.verb.as_deref().unwrap_or("a command"));
    json!({
        "root": json::root(session),
        "templates": json::list(&outcome.templates, template),
        "as_of": json::list(&outcome.as_of, as_of),
        "managed": outcome.managed,
        "conflicts": json::conflicts(&outcome.conflicts),
        "agents": outcome.agents,
        "changed": json::list(&outcome.files, file),
        "new": json::list(&new_files(outcome), |file| file.clone()),
        "differing": json::list(&outcome.drifts, drift),
        "not_installed": outcome.wanted,
        "not_wanted": outcome.unasked,
        "proposals": json::list(&outcome.proposals, offered),
        "interrupted": interrupted,
        "hidden": json::list(&outcome.hidden.files, json::hidden),
    })
}

fn template(template: &Template) -> Value {
    let mut value = json!({
        "name": template.name,
        "version": template.release.version,
        "registry": template.release.registry,
        "tree": template.release.tree,
        "requirement": template.requirement,
    });
    json::append(&mut value, json::standing(&template.standing));
    value
}

fn as_of((registry, AsOf { at, why }): &(Address, AsOf)) -> Value {
    json!({ "url": registry.to_string(), "at": at, "why": why })
}

fn file(file: &ChangedFile) -> Value {
    let state = json::state(file.state);
    let mut value = json!({ "path": file.path, "state": state, "templates": file.owners });
    if let Some(wrong) = &file.wrong {
        value["wrong"] = json!(wrong.trim_start_matches([':', ' ']));
    }
    if let Some(moved) = &file.moved {
        value["moved"] = json!(moved);
    }
    value
}

fn drift(drift: &Drift) -> Value {
    json!({
        "template": drift.source.template,
        "source": drift.source.source,
        "edited": drift.edited,
        "as_installed": drift.unedited,
        "contradict": drift.is_contradictory,
    })
}

fn offered(Offered { id, sent, accepted }: &Offered) -> Value {
    json!({
        "id": id.to_string(),
        "template": sent.template,
        "version": sent.base,
        "subject": sent.subject,
        "at": sent.at,
        "branch": sent.branch,
        "accepted": accepted,
    })
}
