//! Hooks that don't do what they were written for: never run, never told, never blocking.
//!
//! The keys are those of Claude Code's public schema.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::agent;
use crate::agent::claude::events::{self, EVENTS, Event, Matcher, USUAL};
use crate::agent::claude::handlers::{GROUP, HANDLER, TYPES, each_handler};
use crate::agent::claude::places::{AGENTS, PLUGIN_ROOT, PROJECT_DIR, SKILLS, is_settings};
use crate::merge::json::Document;
use crate::merge::kind::FileKind;
use crate::model::finding::Hint;
use crate::model::frontmatter;
use crate::model::path::RelPath;
use crate::model::pointer::escaped;
use crate::model::tree::File;
use crate::words;

use super::command::{self, ScriptPlace, ScriptRun, ShellCommand};
use super::dead::{self, Dead};
use super::site::{Site, is_in_plugin};
use super::{Lines, LintRule, Report, Scope, is_markdown, phantom, script};

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
        let place = |_: &str| (path.clone(), line);
        check(
            &Value::Object(header.fields),
            &Site {
                place: &place,
                in_plugin: false,
                in_header: true,
            },
            scope,
            report,
        );
    }
}

/// Returns the scripts in the repo that the hooks of a file run.
pub fn scripts(path: &RelPath, file: &File) -> BTreeSet<RelPath> {
    let mut scripts = BTreeSet::new();
    if let Some(document) = Document::read(&file.bytes).filter(|_| is_settings(path)) {
        each_handler(document.value(), &mut |handler| {
            let command = command_of(handler.as_object(), is_in_plugin(path));
            scripts.extend(command.runs.into_iter().filter_map(|run| match run.place {
                ScriptPlace::Project(path) | ScriptPlace::Relative(Some(path)) => Some(path),
                ScriptPlace::Relative(None) | ScriptPlace::Elsewhere => None,
            }));
        });
    }
    scripts
}

fn unknown_event(name: &str, pointer: &str, site: &Site<'_>, report: &mut Report) {
    let same = |event: &&Event| event.name.eq_ignore_ascii_case(name);
    let near = EVENTS.iter().find(same).map(|event| event.name);
    let hint = match near.or_else(|| words::nearest(name, EVENTS.iter().map(|event| event.name))) {
        Some(near) => format!("write `{near}`"),
        None => format!("the usual ones are {}", words::list(USUAL)),
    };
    let (path, line) = (site.place)(pointer);
    report.add(
        LintRule::HookUnknownEvent,
        &path,
        line,
        format!("`{name}` is no event: its hooks never run"),
        hint,
    );
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
        let (path, line) = (self.site.place)(&format!("{}{pointer}", self.pointer));
        report.add(rule, &path, line, message, hint);
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

    fn matcher(&self, matcher: &str, report: &mut Report) {
        let Some(event) = self.event.filter(|_| !matches!(matcher, "" | "*" | ".*")) else {
            return;
        };
        let add = |report: &mut Report, rule, message: String, hint: &str| {
            self.add(report, rule, "/matcher", message, hint)
        };
        match event.matcher {
            Matcher::Ignored => {
                let message = format!("{} takes no matcher: the hook runs every time", event.name);
                add(
                    report,
                    LintRule::HookMatcherIgnored,
                    message,
                    "take the matcher out, and look at the input in the script",
                );
            }
            Matcher::Tool if is_rule(matcher) => {
                let message = format!(
                    "`{matcher}` is a permission's rule, and no tool has such a name: the hook \
                     never runs"
                );
                let hint =
                    "match the tool's name, as `Bash`, and put the rule into the handler's `if`";
                add(report, LintRule::HookMatcherInvalid, message, hint);
            }
            Matcher::Tool if !is_expression(matcher) => {
                let message = format!("`{matcher}` is no regular expression: the hook never runs");
                add(
                    report,
                    LintRule::HookMatcherInvalid,
                    message,
                    "list names, as `Edit|Write`, or match all with `*`",
                );
            }
            Matcher::Tool | Matcher::Word | Matcher::Unsaid => {}
        }
    }

    fn handler(&self, handler: &Map<String, Value>, pointer: &str, report: &mut Report) {
        let kind = handler
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if let Some((_, keys)) = TYPES.iter().find(|(known, _)| *known == kind) {
            let known = || HANDLER.iter().chain(*keys).copied();
            for key in handler
                .keys()
                .filter(|key| known().all(|other| other != *key) && !is_remark(key))
            {
                let message = format!("`{key}` is no key of a `{kind}` hook: it has no effect");
                let hint = near_key(key, known());
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

    fn command(&self, handler: &Map<String, Value>, pointer: &str, report: &mut Report) {
        let text = handler
            .get("command")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if handler
            .get("shell")
            .is_some_and(|shell| shell == "powershell")
        {
            return;
        }
        let in_settings = !self.site.in_plugin && !self.site.in_header;
        for (_, name) in phantom::find(text, FileKind::Shell, in_settings)
            .into_iter()
            .filter(|one| !self.sets(&one.1))
        {
            let (message, hint) = phantom_words(&name);
            self.add(
                report,
                LintRule::HookPhantomVariable,
                pointer,
                message,
                hint,
            );
        }
        for Ending {
            rule,
            message,
            hint,
            ..
        } in self.endings(text)
        {
            self.add(report, rule, pointer, message, hint);
        }
        if self.site.in_header {
            return;
        }
        let command = command_of(Some(handler), self.site.in_plugin);
        if let Some(variable) = command.unquoted {
            let message = format!(
                "`${variable}` is not quoted: in a folder with a space in its name nothing is run"
            );
            let path = command.runs.iter().find_map(|run| match &run.place {
                ScriptPlace::Project(path) => Some(path.as_str()),
                ScriptPlace::Relative(_) | ScriptPlace::Elsewhere => None,
            });
            let hint = format!("write `\\\"${variable}\\\"/{}`", path.unwrap_or("…"));
            self.add(
                report,
                LintRule::HookUnquotedProjectDir,
                pointer,
                message,
                hint,
            );
        }
        if let Some(variable) = command.literal {
            let message = format!(
                "`${variable}` is in single quotes, where no shell replaces it: the hook does \
                 nothing, and nobody is told"
            );
            let hint = format!("write `\\\"${variable}\\\"/…`");
            self.add(report, LintRule::HookScriptDead, pointer, message, hint);
            return;
        }
        for run in &command.runs {
            self.run(run, pointer, report);
        }
    }

    fn run(&self, run: &ScriptRun, pointer: &str, report: &mut Report) {
        let path = match &run.place {
            ScriptPlace::Elsewhere => return,
            ScriptPlace::Project(path) => Some(path),
            ScriptPlace::Relative(path) => {
                let word = &run.word;
                let message = format!(
                    "`{word}` is looked for where the agent happens to be: after a `cd` it is not \
                     found"
                );
                let variable = if self.site.in_plugin {
                    PLUGIN_ROOT
                } else {
                    PROJECT_DIR
                };
                let shown = path.as_ref().map_or(word.as_str(), RelPath::as_str);
                let hint = format!("write `\\\"${variable}\\\"/{shown}`");
                self.add(report, LintRule::HookRelativePath, pointer, message, hint);
                path.as_ref()
            }
        };
        let Some(path) = path else { return };
        let Some(file) = self.scope.files.get(path) else {
            let is_made = path
                .components()
                .any(|component| component == "node_modules");
            if self.scope.lacks(path) && !run.tested && !is_made {
                let message =
                    format!("no file is at `{path}`: the hook does nothing, and nobody is told");
                self.add(
                    report,
                    LintRule::HookScriptMissing,
                    pointer,
                    message,
                    "add the script, or take the hook out",
                );
            }
            return;
        };
        if run.direct && !file.executable {
            let message =
                format!("`{path}` is not executable: the hook does nothing, and nobody is told");
            let hint = Hint::Command(format!("chmod +x {path}"));
            self.add(
                report,
                LintRule::HookScriptNotExecutable,
                pointer,
                message,
                hint,
            );
        }
        if let Some(Dead { what, mend }) = dead::of(path, file, run.direct) {
            let message = format!("`{path}` {what}: the hook does nothing, and nobody is told");
            self.add(report, LintRule::HookScriptDead, pointer, message, mend);
        }
        self.script(path, file, report);
    }

    /// Checks the text of a script that a hook runs.
    fn script(&self, path: &RelPath, file: &File, report: &mut Report) {
        let Some(text) = file.text() else { return };
        // Many hooks may run one script.
        if !report
            .scripts
            .insert((path.clone(), self.event.map(|event| event.name)))
        {
            return;
        }
        let lines = Lines::of(text);
        let found = phantom::find(text, agent::kind_of(path.file_name(), &file.bytes), false);
        for (at, name) in found.into_iter().filter(|one| !self.sets(&one.1)) {
            let (message, hint) = phantom_words(&name);
            report.add(
                LintRule::HookPhantomVariable,
                path,
                lines.at(at),
                message,
                hint,
            );
        }
        for Ending {
            rule,
            at,
            message,
            hint,
        } in self.endings(text)
        {
            report.add(rule, path, at.map(|at| lines.at(at)), message, hint);
        }
    }

    fn sets(&self, name: &str) -> bool {
        self.environment
            .is_some_and(|environment| environment.get(name).is_some())
    }

    /// Returns what is wrong with how a command or a script ends.
    fn endings(&self, text: &str) -> Vec<Ending> {
        let Some(event) = self.event else {
            return Vec::new();
        };
        let mut endings = Vec::new();
        if let Some(at) = script::only_exit_one(text).filter(|_| event.blocks) {
            endings.push(Ending {
                rule: LintRule::HookExitOne,
                at: Some(at),
                message: format!(
                    "`exit 1` blocks nothing on {}: the agent goes on",
                    event.name
                ),
                hint: "write `exit 2` to block, with the reason on standard error; `exit 0` to \
                       let it pass",
            });
        }
        let stops = matches!(event.name, "Stop" | "SubagentStop");
        if stops && script::blocks(text) && !text.contains("stop_hook_active") {
            let why = "without a look at `stop_hook_active`: the agent may never stop";
            endings.push(Ending {
                rule: LintRule::HookStopLoop,
                at: None,
                message: format!("it blocks on {} {why}", event.name),
                hint: "let it pass where the input has `\"stop_hook_active\": true`",
            });
        }
        endings
    }
}

/// What is wrong with how a script ends.
struct Ending {
    rule: LintRule,
    at: Option<usize>,
    message: String,
    hint: &'static str,
}

fn command_of(handler: Option<&Map<String, Value>>, in_plugin: bool) -> ShellCommand {
    let get = |key: &str| handler.and_then(|handler| handler.get(key));
    let text = get("command").and_then(Value::as_str).unwrap_or_default();
    match get("args").and_then(Value::as_array) {
        _ if get("shell").is_some_and(|shell| shell == "powershell") => ShellCommand::default(),
        Some(arguments) => {
            let arguments: Vec<&str> = arguments.iter().filter_map(Value::as_str).collect();
            command::read_plain(text, &arguments, in_plugin)
        }
        None => command::read(text, in_plugin),
    }
}

fn phantom_words(name: &str) -> (String, String) {
    match name {
        PLUGIN_ROOT => (
            format!("`${name}` is set for plugins only: here it is empty"),
            format!("write `\\\"${}\\\"/…`", PROJECT_DIR),
        ),
        _ => (
            format!("nobody sets `${name}`: what a hook is told comes on standard input, as JSON"),
            "read it there, as with `jq -r '.tool_input.file_path'`".to_owned(),
        ),
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

/// `Bash(git push:*)`: no tool's name has a space, a colon or a star in it.
fn is_rule(matcher: &str) -> bool {
    let inside = matcher
        .split_once('(')
        .and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
    inside.is_some_and(|(name, rule)| {
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name && (rule.contains([' ', ':', '/']) || rule == "*")
    })
}

/// Returns whether a text can be a regular expression. What is no list of names is one.
fn is_expression(matcher: &str) -> bool {
    let is_list = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | ',' | '|');
    if matcher.chars().all(is_list) {
        return true;
    }
    let repeats_nothing = |part: &str| part.starts_with(['*', '+']) || part.starts_with('?');
    let mut depth = 0_i32;
    let (mut in_class, mut escaped) = (false, false);
    for letter in matcher.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' if in_class => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && !in_class && !escaped && !repeats_nothing(matcher) && !matcher.contains("|*")
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
    fn matchers_are_names_or_expressions() {
        for matcher in [
            "Bash",
            "Edit|Write",
            "Edit, Write",
            "mcp__.*",
            "^Bash$",
            "mcp__(a|b)__.*",
            "Bash|mcp__x__[a-z]+",
            "\\(",
        ] {
            assert!(is_expression(matcher) && !is_rule(matcher), "{matcher}");
        }
        for matcher in ["*.ts", "(Bash", "Bash)", "[a", "Edit|*"] {
            assert!(!is_expression(matcher), "{matcher}");
        }
        for matcher in ["Bash(git push:*)", "Bash(*)", "Edit(src/**)"] {
            assert!(is_rule(matcher), "{matcher}");
        }
        assert!(!is_rule("Bash(Output)"));
    }

    #[test]
    fn every_event_is_there_once() {
        let names: BTreeSet<&str> = EVENTS.iter().map(|event| event.name).collect();
        assert_eq!(names.len(), EVENTS.len());
    }
}
