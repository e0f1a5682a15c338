//! The agents that are run, and how one is.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::Network;

use crate::model::{Call, Model, Protocol};
use crate::prompt::Prompt;
use crate::{claude, codex, copilot, gemini, opencode};

/// How long an agent may take.
const LIMIT: Duration = Duration::from_secs(120);

/// What differs between agents.
pub struct Agent {
    /// The name, as agentpkg.toml has it.
    pub name: &'static str,
    /// The variable of the environment that names the program.
    pub variable: &'static str,
    /// Says with which arguments, environment and configuration it runs. The home is empty, and the
    /// repository is to be trusted.
    pub prepare: fn(&mut Command, &Start),
    pub protocol: Protocol,
    /// Returns the prompt in a request.
    pub prompt: fn(&Value) -> Prompt,
    /// Returns the call that reads a file.
    pub reads: fn(&Path) -> Call,
    /// Whether it loads a rule that is scoped to files only with one of them.
    pub scopes: bool,
    /// How a project guards its shell commands, if it runs commands as hooks.
    pub guard: Option<Guard>,
}

/// A hook that an agent runs before its shell commands.
pub struct Guard {
    /// The file of a project that names the hook.
    pub file: &'static str,
    /// Returns the text of the file: with the command of the hook, and how many seconds it may
    /// take.
    pub text: fn(&str, u32) -> Value,
    /// Returns the call that runs a shell command.
    pub shell: fn(&str) -> Call,
    /// Returns the call that makes a file with a text.
    pub write: fn(&Path, &str) -> Call,
}

/// The agents that can be run here.
pub const AGENTS: [&Agent; 5] = [
    &claude::AGENT,
    &codex::AGENT,
    &copilot::AGENT,
    &gemini::AGENT,
    &opencode::AGENT,
];

/// Where an agent runs.
pub struct Place<'a> {
    pub network: &'a Network,
    /// The root of the repository.
    pub repo: &'a Path,
    /// The folder of the repository in which it is started.
    pub folder: &'a str,
}

/// What an agent is told before it starts.
pub struct Start<'a> {
    pub home: &'a Path,
    pub repo: &'a Path,
    /// The port of 127.0.0.1 on which its model listens.
    pub port: u16,
}

/// Runs an agent whose model asks for these calls. Returns the prompts: the first one, and one with
/// the result of each call.
#[track_caller]
pub fn prompts(agent: &'static Agent, place: &Place, calls: &[Call]) -> Vec<Prompt> {
    let Ok(program) = std::env::var(agent.variable) else {
        panic!("{} names the program of {}", agent.variable, agent.name);
    };
    let model = Model::at(place.network.listener(), &agent.protocol, calls);
    let home = tempfile::tempdir().unwrap();
    let said = home.path().join("said");
    let output = File::create(&said).unwrap();
    let mut command = place.network.command(&program);
    command
        .current_dir(place.repo.join(place.folder))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .stdout(output.try_clone().unwrap())
        .stderr(output);
    let start = Start {
        home: home.path(),
        repo: place.repo,
        port: model.port(),
    };
    (agent.prepare)(&mut command, &start);
    let succeeds = ends_well(&mut command);
    let asked = model.asked();
    assert!(
        succeeds && asked.len() == calls.len() + 1,
        "{} asked {} times, and said:\n{}",
        agent.name,
        asked.len(),
        fs::read_to_string(&said).unwrap()
    );
    asked.iter().map(agent.prompt).collect()
}

/// Runs a command; returns whether it succeeds in time.
fn ends_well(command: &mut Command) -> bool {
    let mut child = command.spawn().unwrap();
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}
