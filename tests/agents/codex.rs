//! Codex, which speaks OpenAI's Responses.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::agent::{Agent, Guard, Start};
use crate::claude;
use crate::model::{Call, Form, Protocol};
use crate::prompt::Prompt;

/// Codex. Measured with 0.171.0.
pub static AGENT: Agent = Agent {
    name: "codex",
    variable: "AGENTPKG_CODEX",
    prepare,
    protocol: Protocol {
        path: "/responses",
        form: Form::Typed,
        is_main: |_| true,
        results,
        events,
    },
    prompt,
    reads,
    scopes: false,
    guard: Some(Guard {
        file: ".codex/hooks.json",
        text: claude::guard,
        shell,
        write,
    }),
};

/// The words before its list of skills, and those after it.
const SKILLS: (&str, &str) = ("### Available skills\n", "</skills_instructions>");

/// Writes the configuration of a person who trusts the repository. Without `analytics`, it would
/// look for somebody for some seconds at its end.
fn prepare(command: &mut Command, start: &Start) {
    let folder = start.home.join(".codex");
    fs::create_dir_all(&folder).unwrap();
    let (port, repo) = (start.port, start.repo.display());
    let config = format!(
        r#"
model = "none"
model_provider = "here"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.here]
name = "here"
base_url = "http://127.0.0.1:{port}/v1"
wire_api = "responses"
supports_websockets = false
request_max_retries = 0
stream_max_retries = 0

[projects."{repo}"]
trust_level = "trusted"
"#
    );
    fs::write(folder.join("config.toml"), config).unwrap();
    command.args(["exec", "--dangerously-bypass-hook-trust", "Go on."]);
}

/// Returns the prompt. The agents of a project stand in the description of a tool.
fn prompt(request: &Value) -> Prompt {
    let parts = [
        &request["instructions"],
        &request["input"],
        &request["tools"],
    ];
    Prompt::new(&parts, SKILLS)
}

/// Writes by a patch, which is a command of the shell to models that it doesn't know.
fn write(path: &Path, text: &str) -> Call {
    let path = path.display();
    shell(&format!(
        "apply_patch <<'END'\n*** Begin Patch\n*** Add File: {path}\n+{text}\n*** End Patch\nEND"
    ))
}

fn reads(path: &Path) -> Call {
    shell(&format!("cat '{}'", path.display()))
}

fn shell(command: &str) -> Call {
    Call {
        tool: "exec_command",
        input: json!({ "cmd": command }),
    }
}

/// Returns how many outputs of calls the input has.
fn results(request: &Value) -> usize {
    let mut results = 0;
    for item in request["input"].as_array().into_iter().flatten() {
        results += usize::from(item["type"] == "function_call_output");
    }
    results
}

fn events(call: Option<(usize, &Call)>) -> Vec<Value> {
    let item = match call {
        Some((number, call)) => json!({
            "type": "function_call",
            "id": format!("fc_{number}"),
            "call_id": format!("call_{number}"),
            "name": call.tool,
            "arguments": call.input.to_string(),
            "status": "completed",
        }),
        None => json!({
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [{ "type": "output_text", "text": "Done.", "annotations": [] }],
        }),
    };
    let response = json!({
        "id": "resp_1",
        "status": "completed",
        "output": [item],
        "usage": {
            "input_tokens": 1,
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": 1,
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": 2,
        },
    });
    vec![
        json!({ "type": "response.created", "response": { "id": "resp_1" } }),
        json!({ "type": "response.output_item.added", "output_index": 0, "item": item }),
        json!({ "type": "response.output_item.done", "output_index": 0, "item": item }),
        json!({ "type": "response.completed", "response": response }),
    ]
}
