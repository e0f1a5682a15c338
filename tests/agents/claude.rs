//! Claude Code, which speaks Anthropic's Messages.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::agent::{Agent, Guard, Start};
use crate::model::{Call, Form, Protocol, has_tools};
use crate::prompt::Prompt;

/// Claude Code. Measured with 2.1.332.
pub static AGENT: Agent = Agent {
    name: "claude",
    variable: "AGENTPKG_CLAUDE",
    prepare,
    protocol: Protocol {
        path: "/messages",
        form: Form::Typed,
        is_main: has_tools,
        results,
        events,
    },
    prompt: |request| Prompt::new(&[&request["system"], &request["messages"]], SKILLS),
    reads,
    scopes: true,
    guard: Some(Guard {
        file: ".claude/settings.json",
        text: guard,
        shell,
        write,
    }),
};

/// The words before its list of skills, and those after it.
const SKILLS: (&str, &str) = (
    "skills are available for use with the Skill tool:\n\n",
    "\n\n",
);

fn prepare(command: &mut Command, start: &Start) {
    command
        .args(["-p", "Go on.", "--allowedTools", "Read", "Bash", "Write"])
        .env(
            "ANTHROPIC_BASE_URL",
            format!("http://127.0.0.1:{}", start.port),
        )
        .env("ANTHROPIC_API_KEY", "none")
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .env("DISABLE_AUTOUPDATER", "1");
}

fn reads(path: &Path) -> Call {
    Call {
        tool: "Read",
        input: json!({ "file_path": path }),
    }
}

fn write(path: &Path, text: &str) -> Call {
    Call {
        tool: "Write",
        input: json!({ "file_path": path, "content": text }),
    }
}

/// Returns hooks as Codex has them, too.
pub fn guard(command: &str, seconds: u32) -> Value {
    let hook = json!({ "type": "command", "command": command, "timeout": seconds });
    json!({ "hooks": { "PreToolUse": [{ "matcher": "Bash", "hooks": [hook] }] } })
}

fn shell(command: &str) -> Call {
    Call {
        tool: "Bash",
        input: json!({ "command": command, "description": "Run it" }),
    }
}

/// Returns how many results of tools the messages have.
fn results(request: &Value) -> usize {
    let mut results = 0;
    for message in request["messages"].as_array().into_iter().flatten() {
        for part in message["content"].as_array().into_iter().flatten() {
            results += usize::from(part["type"] == "tool_result");
        }
    }
    results
}

fn events(call: Option<(usize, &Call)>) -> Vec<Value> {
    let (block, delta, reason) = match call {
        Some((number, call)) => (
            json!({
                "type": "tool_use",
                "id": format!("toolu_{number}"),
                "name": call.tool,
                "input": {},
            }),
            json!({ "type": "input_json_delta", "partial_json": call.input.to_string() }),
            "tool_use",
        ),
        None => (
            json!({ "type": "text", "text": "" }),
            json!({ "type": "text_delta", "text": "Done." }),
            "end_turn",
        ),
    };
    let message = json!({
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "none",
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": { "input_tokens": 1, "output_tokens": 1 },
    });
    vec![
        json!({ "type": "message_start", "message": message }),
        json!({ "type": "content_block_start", "index": 0, "content_block": block }),
        json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({
            "type": "message_delta",
            "delta": { "stop_reason": reason, "stop_sequence": null },
            "usage": { "output_tokens": 1 },
        }),
        json!({ "type": "message_stop" }),
    ]
}
