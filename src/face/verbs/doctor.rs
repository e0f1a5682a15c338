//! `doctor`: whether the agents in use run the hooks of templates.

use crate::agent::gate::{GateBasis, GateFinding, GateVerdict};
use crate::error::{Error, Result};
use crate::face::args::Json;
use crate::face::report::{Detail, Ended, Report, json, parts};
use crate::hint::Hint;
use crate::model::upstream::HookName;
use crate::ops::Session;
use crate::ops::verbs::doctor::{Diagnosis, Outcome, doctor};
use crate::store::agent_program::AgentProgram;
use crate::store::reach::Purpose;
use crate::words;
use serde_json::{Value, json};

use super::Verb;

/// Tell whether each agent runs the installed hooks
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg doctor           from this folder, in this shell; exit code 1 if a hook is off
  agentpkg doctor --json

An agent may ignore a hook without a word: it doesn't trust the folder or the hook, a setting
switches hooks off, it was started in a subfolder, or a script can't run. `claude` and `codex` are
started with `--version`, outside of the repository; nothing else is run.")]
pub struct Args {
    #[command(flatten)]
    json: Json,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let outcome = doctor(session)?;
        let report = match self.json.json {
            true => json::report("doctor", value(session, &outcome)),
            false => report(session, &outcome, detail),
        };
        Ok(report.ending(Ended::needs_a_person_if(is_off(&outcome))))
    }
}

fn is_off(outcome: &Outcome) -> bool {
    outcome
        .agents
        .iter()
        .any(|one| state(one) == AgentState::Off)
}

/// What is said of an agent in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AgentState {
    On,
    Off,
    Unknown,
    /// It has no hooks of templates.
    NoHooks,
}

fn state(one: &Diagnosis) -> AgentState {
    match one.hooks.verdict() {
        _ if one.hooks.hooks.is_empty() => AgentState::NoHooks,
        None => AgentState::On,
        Some(GateVerdict::Off) => AgentState::Off,
        Some(GateVerdict::Unknown) => AgentState::Unknown,
    }
}

fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    add_title(&mut report, outcome);
    parts::folder(&mut report, session);
    if let Some(error) = &outcome.silent_git {
        parts::hidden::show_silent(&mut report, error);
    }
    let mut hints: Vec<&Hint> = Vec::new();
    for one in &outcome.agents {
        add_agent(&mut report, one);
        for hint in one
            .hooks
            .findings
            .iter()
            .filter_map(|finding| finding.mend.as_ref())
        {
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
    }
    if !hints.is_empty() {
        report.gap();
    }
    for hint in hints {
        report.next_hint("next", hint.clone());
    }
    report
}

fn add_title(report: &mut Report, outcome: &Outcome) {
    let with_hooks = outcome
        .agents
        .iter()
        .filter(|one| state(one) != AgentState::NoHooks);
    let with_hooks: Vec<&Diagnosis> = with_hooks.collect();
    let count = |wanted| with_hooks.iter().filter(|one| state(one) == wanted).count();
    let (off, unknown) = (count(AgentState::Off), count(AgentState::Unknown));
    let (all, of) = match with_hooks.as_slice() {
        [] => return report.title("no agent has hooks of templates here"),
        [one] => (one.hooks.agent.title().to_owned(), String::new()),
        many => (format!("{} agents", many.len()), format!("{off} of ")),
    };
    match (off, unknown) {
        (0, 0) => report.title(format!("ok: hooks run in {all}")),
        (0, _) if unknown == with_hooks.len() => {
            report.title(format!("nobody can tell whether hooks run in {all}"));
        }
        (0, _) => {
            let on = with_hooks.len() - unknown;
            report.title(format!(
                "ok: hooks run in {on} of {all}; the rest is unknown"
            ));
        }
        _ => report.warn_title(format!("hooks are off in {of}{all}")),
    }
}

fn add_agent(report: &mut Report, one: &Diagnosis) {
    let name = one.hooks.agent.as_str();
    let hooks = &one.hooks.hooks;
    let program = match &one.program {
        Some(AgentProgram::Absent) => " (not on this PATH)".to_owned(),
        Some(AgentProgram::Found {
            version: Some(version),
        }) => format!(" ({version})"),
        Some(AgentProgram::Found { version: None }) | None => String::new(),
    };
    let word = match state(one) {
        AgentState::NoHooks => return report.row(name, "none: agentpkg gives it no hooks"),
        AgentState::On => {
            let verb = if hooks.len() == 1 { "runs" } else { "run" };
            let hooks = words::count(hooks.len(), "hook");
            return report.row(name, format!("on{program}: {hooks} {verb}"));
        }
        AgentState::Off => "off",
        AgentState::Unknown => "can't be told",
    };
    let mut reasons: Vec<&str> = Vec::new();
    for finding in &one.hooks.findings {
        if !reasons.contains(&finding.why.as_str()) {
            reasons.push(&finding.why);
        }
    }
    for (index, why) in reasons.iter().enumerate() {
        match index {
            0 => report.row(name, format!("{word}{program}: {why}")),
            _ => report.row("", *why),
        }
    }
    let off = one.hooks.off().len();
    if off > 0 && off < hooks.len() {
        report.row("", format!("{off} of {} hooks are off", hooks.len()));
    }
}

fn value(session: &Session, outcome: &Outcome) -> Value {
    json!({
        "root": json::root(session),
        "from": outcome.from.display().to_string(),
        "ok": !is_off(outcome),
        "agents": json::list(&outcome.agents, agent),
        "git_error": outcome.silent_git.as_ref().map(Error::message),
    })
}

fn agent(one: &Diagnosis) -> Value {
    let state = match state(one) {
        AgentState::On => "on",
        AgentState::Off => "off",
        AgentState::Unknown => "unknown",
        AgentState::NoHooks => "none",
    };
    let program = one.program.as_ref();
    json!({
        "agent": one.hooks.agent,
        "state": state,
        "installed": program.map(|program| *program != AgentProgram::Absent),
        "version": program.and_then(AgentProgram::version),
        "hooks": json::list(&one.hooks.hooks, hook),
        "findings": json::list(&one.hooks.findings, finding),
    })
}

fn hook(HookName { template, id }: &HookName) -> Value {
    json!({ "template": template, "id": id })
}

fn finding(finding: &GateFinding) -> Value {
    let basis = match finding.basis {
        GateBasis::Missing | GateBasis::Files => "files",
        GateBasis::Trust => "trust",
        GateBasis::Folder => "folder",
        GateBasis::Environment => "environment",
    };
    json!({
        "hook": finding.hook.as_ref().map(hook),
        "off": finding.verdict == GateVerdict::Off,
        "basis": basis,
        "message": finding.why,
        "hint": finding.mend.as_ref().map(Hint::to_string),
    })
}
