//! Gemini CLI, which speaks with a model of Google's.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::agent::{Agent, Guard, Start};
use crate::model::{Call, Form, Protocol, has_tools};
use crate::prompt::{Prompt, SKILLS_IN_TAGS};

/// Gemini CLI. Measured with 0.61.0.
pub static AGENT: Agent = Agent {
    name: "gemini",
    variable: "AGENTPKG_GEMINI",
    prepare,
    protocol: Protocol {
        path: ":streamGenerateContent",
        form: Form::Data,
        is_main: has_tools,
        results,
        events,
    },
    prompt,
    reads,
    scopes: false,
    guard: Some(Guard {
        file: ".gemini/settings.json",
        text: guard,
        shell,
        write,
    }),
};

/// Writes the settings of a person who trusts the repository and its agents. It would start itself
/// a second time, with more memory.
fn prepare(command: &mut Command, start: &Start) {
    let folder = start.home.join(".gemini");
    let settings = json!({
        "security": { "auth": { "selectedType": "gemini-api-key" } },
        "privacy": { "usageStatisticsEnabled": false },
        "general": { "enableAutoUpdate": false },
    });
    let acknowledged = json!({ start.repo.to_str().expect("it is UTF-8"): hashes(start.repo) });
    fs::create_dir_all(folder.join("acknowledgments")).unwrap();
    fs::write(folder.join("settings.json"), settings.to_string()).unwrap();
    fs::write(
        folder.join("acknowledgments/agents.json"),
        acknowledged.to_string(),
    )
    .unwrap();
    command
        .args(["-m", "gemini-2.5-flash", "--yolo", "-p", "Go on."])
        .env(
            "GOOGLE_GEMINI_BASE_URL",
            format!("http://127.0.0.1:{}", start.port),
        )
        .env("GEMINI_API_KEY", "none")
        .env("GEMINI_CLI_TRUST_WORKSPACE", "true")
        .env("GEMINI_CLI_NO_RELAUNCH", "true");
}

/// Returns the hash of each agent of the repository, by its name: a person acknowledges an agent as
/// it is.
fn hashes(repo: &Path) -> Map<String, Value> {
    let mut hashes = Map::new();
    let Ok(entries) = fs::read_dir(repo.join(".gemini/agents")) else {
        return hashes;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_stem().expect("a file has a name");
        let mut hash = String::new();
        for byte in Sha256::digest(fs::read(&path).unwrap()) {
            hash += &format!("{byte:02x}");
        }
        hashes.insert(name.display().to_string(), json!(hash));
    }
    hashes
}

/// Returns the prompt. The agents of a project stand in its first part.
fn prompt(request: &Value) -> Prompt {
    let parts = [
        &request["systemInstruction"],
        &request["contents"],
        &request["tools"],
    ];
    Prompt::new(&parts, SKILLS_IN_TAGS)
}

fn reads(path: &Path) -> Call {
    Call {
        tool: "read_file",
        input: json!({ "file_path": path }),
    }
}

/// Returns settings with a hook, whose time it counts in milliseconds.
fn guard(command: &str, seconds: u32) -> Value {
    let hook = json!({ "type": "command", "command": command, "timeout": seconds * 1000 });
    json!({ "hooks": { "BeforeTool": [{ "matcher": "run_shell_command", "hooks": [hook] }] } })
}

fn write(path: &Path, text: &str) -> Call {
    Call {
        tool: "write_file",
        input: json!({ "file_path": path, "content": text }),
    }
}

fn shell(command: &str) -> Call {
    Call {
        tool: "run_shell_command",
        input: json!({ "command": command, "description": "Run it" }),
    }
}

/// Returns how many responses of functions the contents have.
fn results(request: &Value) -> usize {
    let mut results = 0;
    for content in request["contents"].as_array().into_iter().flatten() {
        for part in content["parts"].as_array().into_iter().flatten() {
            results += usize::from(part["functionResponse"].is_object());
        }
    }
    results
}

fn events(call: Option<(usize, &Call)>) -> Vec<Value> {
    let part = match call {
        Some((_, call)) => json!({ "functionCall": { "name": call.tool, "args": call.input } }),
        None => json!({ "text": "Done." }),
    };
    let candidate = json!({
        "index": 0,
        "content": { "role": "model", "parts": [part] },
        "finishReason": "STOP",
    });
    vec![json!({
        "candidates": [candidate],
        "modelVersion": "none",
        "usageMetadata": {
            "promptTokenCount": 1,
            "candidatesTokenCount": 1,
            "totalTokenCount": 2,
        },
    })]
}
