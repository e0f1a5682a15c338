//! Entries of hooks in the documents of all agents: `{"hooks": {EVENT: […]}}`, with a group around
//! the handlers or without. **Which of them are a template's is told by their commands alone.**

use serde_json::Value;

use crate::model::path::RelPath;
use crate::model::upstream::HookName;

use super::POLICIES;
use super::claude::handlers::HOOKS_KEY;
use super::hooks::{FOLDERS, RUNNER};

/// The keys that have a command, as agents call it.
const COMMANDS: [&str; 2] = ["command", "bash"];

/// One handler in a document.
#[derive(Clone, Debug, PartialEq)]
pub struct HookEntry {
    pub event: String,
    /// Its place in the list of its event, from 0.
    pub group: usize,
    /// Its place in its group, from 0; 0 where the agent has no groups.
    pub handler: usize,
    /// What stands in the list of the event: the group, or the handler itself.
    pub outer: Value,
    pub value: Value,
    pub command: String,
}

impl HookEntry {
    /// Returns whether the document has a group around it.
    pub fn is_in_group(&self) -> bool {
        self.outer.get(HOOKS_KEY).is_some()
    }
}

/// Returns the handlers of a document that have a command.
pub fn entries(document: &Value) -> Vec<HookEntry> {
    let events = document.get(HOOKS_KEY).and_then(Value::as_object);
    let mut found = Vec::new();
    for (event, list) in events.into_iter().flatten() {
        let list = list.as_array().map_or(&[][..], Vec::as_slice);
        for (group, outer) in list.iter().enumerate() {
            let handlers = match outer.get(HOOKS_KEY).and_then(Value::as_array) {
                Some(handlers) => handlers.as_slice(),
                None => std::slice::from_ref(outer),
            };
            for (handler, value) in handlers.iter().enumerate() {
                if let Some(command) = command_of(value) {
                    found.push(HookEntry {
                        event: event.clone(),
                        group,
                        handler,
                        outer: outer.clone(),
                        value: value.clone(),
                        command: command.to_owned(),
                    });
                }
            }
        }
    }
    found
}

fn command_of(handler: &Value) -> Option<&str> {
    let mut keys = COMMANDS.iter();
    keys.find_map(|key| handler.get(*key)?.as_str())
}

/// What a command of a template's hook runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HookCall {
    /// A script.
    Script {
        script: RelPath,
        /// Whether it is run itself, and not given to a shell.
        is_direct: bool,
    },
    /// The runner, which reads what is run in the file of the hook.
    Runner {
        runner: RelPath,
        file: RelPath,
        name: HookName,
    },
}

impl HookCall {
    /// Returns what a command runs in the folders of hooks; nothing for any other command.
    pub fn of(command: &str) -> Option<Self> {
        let script = POLICIES.script_in(command)?;
        for folder in FOLDERS {
            let runner = format!("{folder}/{RUNNER}");
            let Some(hook) = script.below(folder) else {
                continue;
            };
            // In the place of the runner there is what it is to run.
            if !command.contains(script.as_str()) && command.contains(&runner) {
                let (template, id) = hook.split_once('/')?;
                let name = HookName {
                    template: template.parse().ok()?,
                    id: id.to_owned(),
                };
                let runner = runner.parse().ok()?;
                let file = script;
                return Some(Self::Runner { runner, file, name });
            }
        }
        let program = command.split_whitespace().next().unwrap_or_default();
        let is_direct = program.contains(script.as_str());
        Some(Self::Script { script, is_direct })
    }
}

/// Returns the script that the file of a hook names, below the folder of the runner, and whether it
/// is run itself: `set -- "$here/team/guard.sh"`, or with an interpreter before it.
pub fn script_of_file(text: &str) -> Option<(&str, bool)> {
    let mut lines = text.lines();
    let command = lines.find_map(|line| line.strip_prefix("set -- "))?;
    let (before, rest) = command.split_once("\"$here/")?;
    let (script, _) = rest.split_once('"')?;
    Some((script, before.is_empty()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn handlers_are_found_with_a_group_around_them_and_without() {
        let grouped = json!({"hooks": {"PreToolUse": [
            {"hooks": [{"type": "prompt", "prompt": "x"}]},
            {"matcher": "Bash", "hooks": [{"command": "a"}, {"command": "b"}]},
        ]}});
        let flat =
            json!({"version": 1, "hooks": {"preToolUse": [{"bash": "a"}, {"command": "b"}]}});
        let places = |document: &Value| {
            let found = entries(document);
            let place = |entry: &HookEntry| (entry.group, entry.handler, entry.command.clone());
            found.iter().map(place).collect::<Vec<_>>()
        };
        assert_eq!(places(&grouped), [(1, 0, "a".into()), (1, 1, "b".into())]);
        assert_eq!(places(&flat), [(0, 0, "a".into()), (1, 0, "b".into())]);
        for other in [
            json!([]),
            json!({"hooks": []}),
            json!({"hooks": {"Stop": {}}}),
        ] {
            assert_eq!(entries(&other), []);
        }
    }

    #[test]
    fn a_command_says_which_hook_it_runs() {
        let script = |path: &str, is_direct| {
            Some(HookCall::Script {
                script: path.parse().unwrap(),
                is_direct,
            })
        };
        let runner = |folder: &str| {
            Some(HookCall::Runner {
                runner: format!("{folder}/run").parse().unwrap(),
                file: format!("{folder}/team/guard").parse().unwrap(),
                name: HookName {
                    template: "team".parse().unwrap(),
                    id: "guard".into(),
                },
            })
        };
        for (command, expected) in [
            (
                "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/team/g.sh",
                script(".claude/hooks/team/g.sh", true),
            ),
            (
                "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/team/g.sh\"",
                script(".claude/hooks/team/g.sh", false),
            ),
            (
                "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool team/guard || exit 2",
                runner(".claude/hooks"),
            ),
            (
                "d=$PWD; until [ -f \"$d/.agents/hooks/run\" ] || [ -z \"$d\" ]; do d=${d%/*}; \
                 done; sh \"$d/.agents/hooks/run\" codex before-tool team/guard || exit 2",
                runner(".agents/hooks"),
            ),
            ("npm test", None),
        ] {
            assert_eq!(HookCall::of(command), expected, "{command}");
        }
    }

    #[test]
    fn the_file_of_a_hook_says_which_script_is_run() {
        for (text, expected) in [
            (
                "seconds=9\nset -- \"$here/team/g.sh\" 'x'\n",
                Some(("team/g.sh", true)),
            ),
            (
                "set -- python3 \"$here/team/g.py\"\n",
                Some(("team/g.py", false)),
            ),
            ("set --\n", None),
            ("", None),
        ] {
            assert_eq!(script_of_file(text), expected, "{text}");
        }
    }
}
