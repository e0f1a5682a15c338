//! Hooks of templates, the same under every agent: the runner, the file beside it that says how a
//! hook is run, and the command that agents call.
//!
//! **The command never changes with a release.** Codex trusts a hook by its place and its command,
//! and skips one that changed without a word; so what may change is in the hook's file.

use crate::model::agent::Agent;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::template::Hook;

use super::claude;

/// The folders that may have the scripts of hooks. The second is for repositories in which nobody
/// uses Claude Code: the first would say that somebody does.
pub const FOLDERS: [&str; 2] = [claude::places::HOOKS, ".agents/hooks"];

/// What the runner is called in its folder.
pub const RUNNER: &str = "run";

/// The runner.
pub const RUNNER_TEXT: &str = include_str!("runner/run");

/// agentpkg's word for the event before a tool: the only one at which a hook is a gate.
const BEFORE_TOOL: &str = "before-tool";

/// How long a hook without a timeout of its own may take, in seconds. Below what every agent waits
/// that doesn't let the action through for it.
const LONGEST: u32 = 25;

/// Where the hooks of a repository are.
#[derive(Clone, Copy, Debug)]
pub struct HooksFolder<'a>(pub &'a RelPath);

impl HooksFolder<'_> {
    /// Returns where a script of a template lies; `rest` is its path below `hooks/`.
    pub fn script(self, template: &TemplateName, rest: &str) -> String {
        format!("{}/{template}/{rest}", self.0)
    }

    /// Returns where the file lies that says how a hook is run.
    pub fn file(self, template: &TemplateName, id: &str) -> String {
        format!("{}/{template}/{id}", self.0)
    }

    /// Returns where the runner lies.
    pub fn runner(self) -> String {
        format!("{}/{RUNNER}", self.0)
    }

    /// Returns the command by which an agent calls a hook.
    ///
    /// Claude Code says where the project is; another agent may start anywhere in it. A gate whose
    /// runner is missing stops the action. No other hook does: some shells end with 2 for a file
    /// that isn't there.
    pub fn command(
        self,
        agent: Agent,
        template: &TemplateName,
        hook: &Hook,
        event: &str,
    ) -> String {
        let runner = self.runner();
        let name = agent.as_str();
        let call = format!("{name} {event} {template}/{}", hook.id);
        let (before, runner) = match agent {
            Agent::Claude => (
                String::new(),
                format!("\"${}/{runner}\"", claude::places::PROJECT_DIR),
            ),
            _ => (
                format!(
                    "d=$PWD; until [ -f \"$d/{runner}\" ] || [ -z \"$d\" ]; do d=${{d%/*}}; done; "
                ),
                format!("\"$d/{runner}\""),
            ),
        };
        match is_gate(hook, event) {
            true => format!("{before}sh {runner} {call} || exit 2"),
            false => format!("{before}[ ! -f {runner} ] || sh {runner} {call}"),
        }
    }

    /// Returns the file that says how a hook is run, for the runner to read.
    pub fn file_text(self, template: &TemplateName, hook: &Hook) -> String {
        let script = hook.run.below("hooks").unwrap_or_default();
        let mut command = Vec::from_iter(hook.interpreter.clone());
        command.push(format!("\"$here/{template}/{script}\""));
        command.extend(hook.args.iter().map(|word| quoted(word)));
        let blocks = if hook.blocks { "yes" } else { "no" };
        format!(
            "# How the hook {id} of {template} is run. agentpkg wrote this from template.toml.\n\
             blocks={blocks}\nseconds={seconds}\nmatches={matches}\nset -- {command}\n",
            id = hook.id,
            seconds = seconds(hook),
            matches = quoted(&hook.matcher().unwrap_or_default()),
            command = command.join(" "),
        )
    }
}

/// Returns whether a hook stops the action when it can't do its work.
pub fn is_gate(hook: &Hook, event: &str) -> bool {
    hook.blocks && event == BEFORE_TOOL
}

/// Returns how long the runner waits: less than the agent does, which goes on without a hook that
/// takes too long.
fn seconds(hook: &Hook) -> u32 {
    hook.timeout
        .map_or(LONGEST, |seconds| seconds.saturating_sub(1).max(1))
}

/// Returns a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document;
    use crate::model::path::rel;

    fn hook(text: &str) -> Hook {
        document::read("template.toml", text).unwrap()
    }

    #[test]
    fn what_may_change_is_in_the_hooks_file_and_never_in_the_command() {
        let folder = rel(FOLDERS[0]);
        let folder = HooksFolder(&folder);
        let template: TemplateName = "team".parse().unwrap();
        let first = hook("id = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/g.sh\"\n");
        let second = hook(
            "id = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/new/g.py\"\ntimeout = 10\n\
             matches = [\"Bash\", \"Edit\"]\ninterpreter = \"python3\"\nargs = [\"it's\", \"$HOME\"]\n",
        );
        let command = |hook: &Hook, agent| folder.command(agent, &template, hook, "before-tool");
        assert_eq!(
            command(&first, Agent::Claude),
            "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool team/guard || exit 2"
        );
        for agent in Agent::ALL {
            assert_eq!(command(&first, agent), command(&second, agent));
        }
        assert_eq!(
            folder.file_text(&template, &second),
            "# How the hook guard of team is run. agentpkg wrote this from template.toml.\n\
             blocks=yes\nseconds=9\nmatches='Bash|Edit'\n\
             set -- python3 \"$here/team/new/g.py\" 'it'\\''s' '$HOME'\n"
        );
    }
}
