//! Entries of hooks in the documents of all agents: `{"hooks": {EVENT: […]}}`, with a group around
//! the handlers or without. **Which of them are a template's is told by their commands alone.**

use serde_json::Value;

use crate::model::path::RelPath;
use crate::model::upstream::HookName;

use super::POLICIES;
use super::claude::handlers::HOOKS_KEY;
use super::hooks::{self, ENDING, is_hook_file, runner_of};

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

/// Keys of a handler that say nothing of whether it runs, or when.
const SAID: [&str; 3] = ["statusMessage", "name", "description"];

impl HookEntry {
    /// Returns in what an entry of a hook isn't what it was when it was installed, if that may keep
    /// the hook from running, as the end of "the entry …". `path` is the document's.
    pub fn difference(&self, installed: &Self, path: &RelPath) -> Option<String> {
        if self.event != installed.event {
            return Some(format!(
                "is at the event `{}`, not `{}`",
                self.event, installed.event
            ));
        }
        for (here, there) in [
            (&self.value, &installed.value),
            (&self.outer, &installed.outer),
        ] {
            let both = [here, there].map(Value::as_object);
            let keys = both.iter().flatten().flat_map(|object| object.keys());
            let mut keys = keys.filter(|key| *key != HOOKS_KEY && !is_time(key));
            let differs = |key: &&String| {
                !SAID.contains(&key.as_str()) && here.get(key.as_str()) != there.get(key.as_str())
            };
            if let Some(key) = keys.find(differs) {
                return Some(another(key));
            }
        }
        let seconds = |entry: &Self| hooks::seconds(path, &entry.value).unwrap_or(f64::INFINITY);
        (seconds(self) < seconds(installed)).then(|| another("timeout"))
    }
}

fn another(key: &str) -> String {
    format!("has another `{key}` than was installed")
}

/// Returns whether a key says how long an agent waits.
fn is_time(key: &str) -> bool {
    ["timeout", "timeoutSec"].contains(&key)
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
pub enum HookTarget {
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

impl HookTarget {
    /// Returns what a command runs in the folders of hooks; nothing for any other command.
    pub fn of(command: &str) -> Option<Self> {
        let script = POLICIES.script_in(command)?;
        // In the place of the runner there is what it is to run.
        if is_hook_file(&script) && !command.contains(script.as_str()) {
            let (folder, id) = script.as_str().rsplit_once('/')?;
            let (_, template) = folder.rsplit_once('/')?;
            let name = HookName {
                template: template.parse().ok()?,
                id: id.strip_suffix(ENDING)?.to_owned(),
            };
            let (runner, file) = (runner_of(&script), script);
            return Some(Self::Runner { runner, file, name });
        }
        let program = command.split_whitespace().next().unwrap_or_default();
        let is_direct = program.contains(script.as_str());
        Some(Self::Script { script, is_direct })
    }
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
            Some(HookTarget::Script {
                script: path.parse().unwrap(),
                is_direct,
            })
        };
        let runner = |folder: &str| {
            Some(HookTarget::Runner {
                runner: format!("{folder}/run").parse().unwrap(),
                file: format!("{folder}/team/guard.hook").parse().unwrap(),
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
            assert_eq!(HookTarget::of(command), expected, "{command}");
        }
    }
}
