//! What hooks run: their commands, and the scripts that these name.

use serde_json::{Map, Value};

use crate::agent;
use crate::agent::claude::places::{PLUGIN_ROOT, PROJECT_DIR};
use crate::agent::hooks::{HookFile, is_runner};
use crate::hint::Hint;
use crate::merge::kind::FileKind;
use crate::model::path::RelPath;
use crate::model::tree::File;

use super::Checker;
use crate::lint::command::{self, ScriptPlace, ScriptRun, ShellCommand};
use crate::lint::dead::{self, Dead};
use crate::lint::{Lines, LintRule, Report, phantom, script};

impl Checker<'_> {
    pub(super) fn command(&self, handler: &Map<String, Value>, pointer: &str, report: &mut Report) {
        let text = text_of(handler, "command");
        if text_of(handler, "shell") == "powershell" {
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
        for run in self.called(text) {
            self.run(&run, pointer, report);
        }
    }

    /// Returns what the hook runner runs for a command: a hook's file, and the script that this names.
    fn called(&self, command: &str) -> Vec<ScriptRun> {
        let text = |path: &RelPath| {
            let file = self.scope.files.get(path);
            Some(file.and_then(File::text).unwrap_or_default().to_owned())
        };
        let Some((path, said)) = HookFile::called(command, text) else {
            return Vec::new();
        };
        let run = |path: RelPath, direct| ScriptRun {
            word: path.to_string(),
            place: ScriptPlace::Project(path),
            direct,
            tested: false,
        };
        let script = said.script.map(|script| run(script, said.is_direct));
        std::iter::once(run(path, false)).chain(script).collect()
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
        if !is_runner(path) {
            self.script(path, file, report);
        }
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

pub(super) fn command_of(handler: Option<&Map<String, Value>>, in_plugin: bool) -> ShellCommand {
    let Some(handler) = handler else {
        return command::read("", in_plugin);
    };
    let text = text_of(handler, "command");
    match handler.get("args").and_then(Value::as_array) {
        _ if text_of(handler, "shell") == "powershell" => ShellCommand::default(),
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

fn text_of<'a>(handler: &'a Map<String, Value>, key: &str) -> &'a str {
    handler.get(key).and_then(Value::as_str).unwrap_or_default()
}
