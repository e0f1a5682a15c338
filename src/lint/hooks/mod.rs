//! Hooks that don't do what they were written for: never run, never told, never blocking.
//!
//! The keys are those of Claude Code's public schema.

mod matcher;
mod runs;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::agent::claude::events::{self, EVENTS, Event, USUAL};
use crate::agent::claude::handlers::{GROUP, HANDLER, TYPES, each_handler, script_in};
use crate::agent::claude::places::{AGENTS, SKILLS, is_settings};
use crate::agent::hooks::{HookFile, is_hook_file};
use crate::hint::Hint;
use crate::merge::json::Document;
use crate::model::frontmatter;
use crate::model::path::RelPath;
use crate::model::pointer::escaped;
use crate::model::tree::{File, FileTree};
use crate::words;

use super::command::ScriptPlace;
use super::site::{Site, is_in_plugin};
use super::{LintRule, Report, Scope, is_markdown};
use runs::command_of;

/// Checks the hooks of settings.
pub fn check(settings: &Value, site: &Site<'_>, scope: &Scope<'_>, report: &mut Report) {
    let events = settings
        .get("hooks")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    for (name, groups) in events {
        let pointer = format!("/hooks/{}", escaped(name));
        let event = events::find(name);
        if event.is_none() {
            unknown_event(name, &pointer, site, report);
        }
        for (index, group) in groups.as_array().into_iter().flatten().enumerate() {
            let Some(group) = group.as_object() else {
                continue;
            };
            let environment = settings.get("env");
            let checker = Checker {
                event,
                site,
                scope,
                environment,
                pointer: format!("{pointer}/{index}"),
            };
            checker.group(group, report);
        }
    }
}

/// Checks the hooks in the header of a skill or an agent.
pub fn check_header(path: &RelPath, text: &str, scope: &Scope<'_>, report: &mut Report) {
    if !is_markdown(path) || (path.below(AGENTS).is_none() && path.below(SKILLS).is_none()) {
        return;
    }
    if let Ok(Some(header)) = frontmatter::read(text)
        && header.fields.contains_key("hooks")
    {
        let line = header.lines.get("hooks").copied();
        let site = Site {
            place: &|_| (path.clone(), line),
            in_plugin: false,
            in_header: true,
        };
        check(&Value::Object(header.fields), &site, scope, report);
    }
}

/// Returns whether the hook runner runs a handler: it has a clock of its own.
fn has_clock(handler: &Map<String, Value>) -> bool {
    let command = handler.get("command").and_then(Value::as_str);
    let script = command.and_then(script_in);
    script.is_some_and(|script| is_hook_file(&script))
}

/// Returns the scripts in the repo that the hooks of a file run. `files` may have the file in which
/// the hook runner reads what to run.
pub fn scripts(path: &RelPath, file: &File, files: &FileTree) -> BTreeSet<RelPath> {
    let mut scripts = BTreeSet::new();
    if let Some(document) = Document::read(&file.bytes).filter(|_| is_settings(path)) {
        each_handler(document.value(), &mut |handler| {
            let command = command_of(handler.as_object(), is_in_plugin(path));
            scripts.extend(command.runs.into_iter().filter_map(|run| match run.place {
                ScriptPlace::Project(path) | ScriptPlace::Relative(Some(path)) => Some(path),
                ScriptPlace::Relative(None) | ScriptPlace::Elsewhere => None,
            }));
            let text = |path: &RelPath| files.get(path)?.text().map(str::to_owned);
            let called = handler.get("command").and_then(Value::as_str);
            if let Some((file, said)) = called.and_then(|called| HookFile::called(called, text)) {
                scripts.extend(said.script);
                scripts.insert(file);
            }
        });
    }
    scripts
}

fn unknown_event(name: &str, pointer: &str, site: &Site<'_>, report: &mut Report) {
    let names = EVENTS.iter().map(|event| event.name);
    let near = names
        .clone()
        .find(|other| other.eq_ignore_ascii_case(name))
        .or_else(|| words::nearest(name, names));
    let hint = match near {
        Some(near) => format!("write `{near}`"),
        None => format!("the usual ones are {}", words::list(USUAL)),
    };
    let message = format!("`{name}` is no event: its hooks never run");
    site.add(report, LintRule::HookUnknownEvent, pointer, message, hint);
}

/// Checks one group of handlers.
struct Checker<'a> {
    event: Option<&'static Event>,
    site: &'a Site<'a>,
    scope: &'a Scope<'a>,
    /// The variables that the settings set.
    environment: Option<&'a Value>,
    pointer: String,
}

impl Checker<'_> {
    fn add(
        &self,
        report: &mut Report,
        rule: LintRule,
        pointer: &str,
        message: impl Into<String>,
        hint: impl Into<Hint>,
    ) {
        let pointer = format!("{}{pointer}", self.pointer);
        self.site.add(report, rule, &pointer, message, hint);
    }

    fn group(&self, group: &Map<String, Value>, report: &mut Report) {
        for key in group
            .keys()
            .filter(|key| !GROUP.contains(&key.as_str()) && !is_remark(key))
        {
            let hint = match HANDLER.contains(&key.as_str()) || TYPES[0].1.contains(&key.as_str()) {
                true => format!("move `{key}` into the handler, beside its `command`"),
                false => near_key(key, GROUP.iter().copied()),
            };
            let message = format!("`{key}` is no key of a group of hooks: it has no effect");
            self.add(
                report,
                LintRule::HookUnknownKey,
                &format!("/{}", escaped(key)),
                message,
                hint,
            );
        }
        if let Some(matcher) = group.get("matcher").and_then(Value::as_str) {
            self.matcher(matcher, report);
        }
        for (index, handler) in group
            .get("hooks")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .enumerate()
        {
            if let Some(handler) = handler.as_object() {
                self.handler(handler, &format!("/hooks/{index}"), report);
            }
        }
    }

    fn handler(&self, handler: &Map<String, Value>, pointer: &str, report: &mut Report) {
        let kind = handler
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Some((_, keys)) = TYPES.iter().find(|(known, _)| *known == kind) {
            let known: Vec<&str> = HANDLER.iter().chain(*keys).copied().collect();
            for key in handler.keys() {
                if known.contains(&key.as_str()) || is_remark(key) {
                    continue;
                }
                let message = format!("`{key}` is no key of a `{kind}` hook: it has no effect");
                let hint = near_key(key, known.iter().copied());
                self.add(
                    report,
                    LintRule::HookUnknownKey,
                    &format!("{pointer}/{}", escaped(key)),
                    message,
                    hint,
                );
            }
        }
        self.timeout(handler, kind, pointer, report);
        if kind == "command" {
            self.command(handler, &format!("{pointer}/command"), report);
        }
    }

    fn timeout(
        &self,
        handler: &Map<String, Value>,
        kind: &str,
        pointer: &str,
        report: &mut Report,
    ) {
        match handler.get("timeout").and_then(Value::as_f64) {
            Some(timeout) if is_milliseconds(timeout) => {
                let message = format!("a timeout is in seconds: this is {}", duration(timeout));
                let hint = format!("write `\"timeout\": {}`", (timeout / 1000.0).ceil());
                self.add(
                    report,
                    LintRule::HookTimeoutMilliseconds,
                    &format!("{pointer}/timeout"),
                    message,
                    hint,
                );
            }
            Some(_) => {}
            None => {
                let is_waited_for = ["async", "asyncRewake"]
                    .iter()
                    .all(|key| handler.get(*key) != Some(&Value::Bool(true)));
                // The others wait for seconds only.
                let is_long = matches!(kind, "command" | "http")
                    && self.event.is_some_and(|event| {
                        !matches!(
                            event.name,
                            "UserPromptSubmit" | "MessageDisplay" | "SessionEnd"
                        )
                    });
                if is_waited_for
                    && is_long
                    && !self.site.in_header
                    && !handler.contains_key("timeout")
                    && !has_clock(handler)
                {
                    let message = "it has no timeout: if it hangs, the agent waits ten minutes";
                    self.add(
                        report,
                        LintRule::HookNoTimeout,
                        pointer,
                        message,
                        "add `\"timeout\": 10`, in seconds",
                    );
                }
            }
        }
    }
}

/// `_comment` is meant to have no effect.
fn is_remark(key: &str) -> bool {
    key.starts_with(['_', '/', '$'])
}

fn near_key<'a>(key: &str, known: impl Iterator<Item = &'a str>) -> String {
    match words::nearest(key, known) {
        Some(near) => format!("write `{near}`"),
        None => format!("take `{key}` out"),
    }
}

/// Round numbers of milliseconds are no numbers of seconds that somebody means; whole hours may be.
fn is_milliseconds(timeout: f64) -> bool {
    timeout >= 1000.0 && timeout % 500.0 == 0.0 && timeout % 3600.0 != 0.0
}

fn duration(seconds: f64) -> String {
    match seconds / 60.0 {
        minutes if minutes < 120.0 => format!("{minutes:.0} minutes"),
        minutes => format!("{:.0} hours", minutes / 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_in_milliseconds_are_told_from_long_ones() {
        for timeout in [
            1000.0, 1500.0, 3000.0, 5000.0, 10_000.0, 30_000.0, 60_000.0, 600_000.0,
        ] {
            assert!(is_milliseconds(timeout), "{timeout}");
        }
        for timeout in [
            0.5, 10.0, 60.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0, 7200.0,
        ] {
            assert!(!is_milliseconds(timeout), "{timeout}");
        }
    }

    #[test]
    fn every_event_is_there_once() {
        let names: BTreeSet<&str> = EVENTS.iter().map(|event| event.name).collect();
        assert_eq!(names.len(), EVENTS.len());
    }
}
