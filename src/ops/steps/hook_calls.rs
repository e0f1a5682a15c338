//! The tests of a template's hooks, under each agent: a case says what Claude Code would tell, and each
//! agent tells it in its own way.

use std::collections::BTreeMap;
use std::fmt;
use std::thread;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::agent::claude::events::Matcher;
use crate::agent::hooks::{self, HookCall};
use crate::agent::{claude, definition};
use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::scenario::HookCase;
use crate::model::template::Hook;
use crate::model::tree::FileTree;
use crate::model::upstream::{HookName, HookPlace};
use crate::store::trial::{self, Ran, Trial};
use crate::words;

/// How long a hook without a timeout of its own may take.
const LONGEST: Duration = Duration::from_secs(60);

/// How often a hook did what it had to, and how often it was run, by agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Agent, (usize, usize)>);

impl Tally {
    /// Adds what came of other calls.
    pub fn add(&mut self, other: &Self) {
        for (agent, (passed, all)) in &other.0 {
            let counts = self.0.entry(*agent).or_default();
            *counts = (counts.0 + passed, counts.1 + all);
        }
    }

    /// Returns how often the hook did what it had to, and how often it was run, whoever called it.
    pub fn total(&self) -> (usize, usize) {
        let counts = self.0.values();
        counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    }
}

impl fmt::Display for Tally {
    /// Writes the counts, those of several agents that are the same once.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_counts: BTreeMap<(usize, usize), Vec<&str>> = BTreeMap::new();
        for (agent, counts) in &self.0 {
            by_counts.entry(*counts).or_default().push(agent.title());
        }
        let mut parts = Vec::new();
        for ((passed, all), agents) in by_counts {
            parts.push(format!("{passed}/{all} under {}", agents.join(", ")));
        }
        f.write_str(&parts.join("; "))
    }
}

/// What went wrong in cases, by their numbers.
type FailedCases = BTreeMap<usize, String>;

/// How an agent calls a hook.
pub struct HookWay {
    agent: Agent,
    command: String,
    /// The agent's name for the event.
    event: String,
    /// Whether the hook stops the action when it can't do its work.
    is_gate: bool,
}

/// Returns how agents call a hook: those of them that have such hooks.
pub fn ways(name: &HookName, hook: &Hook, place: &HookPlace, agents: &[Agent]) -> Vec<HookWay> {
    let Some(file) = &place.file else {
        // So it was installed by an earlier agentpkg.
        return vec![HookWay {
            agent: Agent::Claude,
            command: claude::places::command(&place.script),
            event: place.event.clone(),
            is_gate: false,
        }];
    };
    let runner = hooks::runner_of(file);
    let folder = runner.parent().map(String::from).unwrap_or_default();
    let call = HookCall {
        folder: &folder,
        template: &name.template,
        hook,
        event: claude::events::word(&place.event),
    };
    let mut ways = Vec::new();
    for agent in agents {
        let entries = definition(*agent).hooks.as_ref();
        let event = match agent {
            Agent::Claude => Some(place.event.as_str()),
            _ => entries.and_then(|entries| entries.event(call.event)),
        };
        ways.extend(event.map(|event| HookWay {
            agent: *agent,
            command: call.command(*agent),
            event: event.to_owned(),
            is_gate: call.is_gate(),
        }));
    }
    ways
}

/// The calls of one hook.
pub struct HookCalls<'a> {
    pub hook: &'a Hook,
    /// Claude Code's name for the event.
    pub event: &'a str,
    /// What the repository had before, which is committed.
    pub before: &'a FileTree,
    /// What it has with the template.
    pub repository: &'a FileTree,
}

impl HookCalls<'_> {
    /// Runs the cases in each of these ways, at the same time; returns how often they did what they
    /// had to, and what went wrong: of a case that goes wrong in several ways, the first one.
    pub fn run(&self, ways: &[HookWay], cases: &[HookCase]) -> Result<(Tally, Vec<String>)> {
        let done: Vec<Result<(usize, FailedCases)>> = thread::scope(|scope| {
            let start = |way| scope.spawn(move || self.run_in(way, cases));
            let running: Vec<_> = ways.iter().map(start).collect();
            let finish =
                |one: thread::ScopedJoinHandle<'_, _>| one.join().expect("it doesn't panic");
            running.into_iter().map(finish).collect()
        });
        let (mut tally, mut failures) = (Tally::default(), FailedCases::new());
        for (way, done) in ways.iter().zip(done) {
            let (all, failed) = done?;
            if all > 0 {
                tally.0.insert(way.agent, (all - failed.len(), all));
            }
            for (case, what) in failed {
                failures.entry(case).or_insert(what);
            }
        }
        Ok((tally, failures.into_values().collect()))
    }

    /// Runs the cases that an agent can have; returns how many these are, and what went wrong. Those
    /// that bring nothing of their own share a repository.
    fn run_in(&self, way: &HookWay, cases: &[HookCase]) -> Result<(usize, FailedCases)> {
        let (mut all, mut failures) = (0, FailedCases::new());
        let mut shared: Option<Trial> = None;
        for (index, case) in cases.iter().enumerate() {
            let is_plain = case.files.is_empty() && case.programs.is_empty();
            let own;
            let trial = match is_plain {
                true => match &shared {
                    Some(trial) => trial,
                    None => shared.insert(self.repository(case)?),
                },
                false => {
                    own = self.repository(case)?;
                    &own
                }
            };
            let Some(told) = self.told(way, case, trial) else {
                continue;
            };
            let limit = self.hook.timeout;
            let limit = limit.map_or(LONGEST, |seconds| Duration::from_secs(u64::from(seconds)));
            let ran = trial.run(way.agent, &way.command, &told, limit)?;
            all += 1;
            if let Some(what) = self.wrong(way, case, &ran) {
                let under = match way.agent {
                    Agent::Claude => String::new(),
                    agent => format!(", under {}", agent.title()),
                };
                failures.insert(index, format!("{}{under}: {what}", case.why));
            }
        }
        Ok((all, failures))
    }

    /// Makes the repository of a case: what was there before is committed, and so is what was
    /// installed.
    fn repository(&self, case: &HookCase) -> Result<Trial> {
        let trial = Trial::new()?;
        trial.write(self.before)?;
        trial.write(self.repository)?;
        trial.commit();
        trial.write(&trial::texts(&case.files))?;
        trial.programs(&case.programs)?;
        Ok(trial)
    }

    /// Returns what an agent tells in a case: the event that Claude Code would tell of, with the
    /// case's keys laid over it, in the agent's own words. None where it has no such tool.
    fn told(&self, way: &HookWay, case: &HookCase, trial: &Trial) -> Option<String> {
        let folder = trial.root().display().to_string();
        let mut told = match claude::events::input(self.event, &folder) {
            Value::Object(told) => told,
            _ => Map::new(),
        };
        match serde_json::from_str::<Value>(&case.input) {
            Ok(Value::Object(keys)) => told.extend(keys),
            _ if case.input.is_empty() => {}
            // No JSON object: what a broken agent might say.
            _ if way.agent == Agent::Claude => return Some(case.input.clone()),
            _ => return None,
        }
        if way.agent != Agent::Claude && !self.is_call(&told) {
            return None;
        }
        let entries = definition(way.agent).hooks.as_ref()?;
        (entries.tell)(&way.event, told).map(|told| told.to_string())
    }

    /// Returns whether an agent could tell this: at an event of tools, a call of a tool that the
    /// hook is for.
    fn is_call(&self, told: &Map<String, Value>) -> bool {
        let event = claude::events::find(self.event);
        if event.is_none_or(|event| event.matcher != Matcher::Tool) {
            return true;
        }
        let is_meant = |tool: &str| {
            let matches = self.hook.matches.as_deref().unwrap_or_default();
            let mut names = matches.split(['|', ',']).map(str::trim);
            let is_list = matches
                .chars()
                .all(|c| c.is_alphanumeric() || "_ ,|-".contains(c));
            matches.is_empty() || !is_list || names.any(|name| name == tool)
        };
        let tool = told.get("tool_name").and_then(Value::as_str);
        tool.is_some_and(is_meant) && told.get("tool_input").is_some_and(Value::is_object)
    }

    /// Returns what a hook did otherwise than it had to. By the runner, a hook stops the action or
    /// doesn't, whichever code its script ends with.
    fn wrong(&self, way: &HookWay, case: &HookCase, ran: &Ran) -> Option<String> {
        let said = ran.output.lines().next();
        let said = said.map_or(String::new(), |line| format!(" and said `{line}`"));
        let Some(code) = ran.code else {
            return Some("it took longer than its timeout, or was ended".to_owned());
        };
        // The runner stops the action of a hook that can't run, which that isn't praised for.
        let was_read = !ran.output.contains(hooks::UNREADABLE);
        if case.exit == 2 && was_read && ran.output.contains(hooks::COULD_NOT) {
            return Some(format!(
                "it could not do its work: it ended with {code}{said}"
            ));
        }
        let wanted = match case.exit {
            2 if self.hook.blocks => 2,
            0 | 2 => 0,
            _ if way.is_gate => 2,
            _ => 0,
        };
        let is_denied = code == 2 || ran.output.contains("\"permission\":\"deny\"");
        if is_denied != (wanted == 2) || !matches!(code, 0 | 2) {
            return Some(format!("it ended with {code}{said}, not with {wanted}"));
        }
        // What a hook prints that lets the action through, other agents may not be told.
        if way.agent != Agent::Claude && wanted == 0 {
            return None;
        }
        let is_said = |text: &str| {
            let in_json = Value::from(text).to_string();
            ran.output.contains(text) || ran.output.contains(in_json.trim_matches('"'))
        };
        let missing = case.says.iter().find(|text| !is_said(text))?;
        let missing = words::list([missing]);
        Some(format!("it ended with {code}{said}, without {missing}"))
    }
}
