//! OpenAI's chat completions, which Copilot and OpenCode speak.

use serde_json::{Value, json};

use crate::model::{Call, Form, Protocol, has_tools};
use crate::prompt::{Prompt, SKILLS_IN_TAGS};

/// How they and their model talk.
pub const PROTOCOL: Protocol = Protocol {
    path: "/chat/completions",
    form: Form::DataUntilDone,
    is_main: has_tools,
    results,
    events,
};

/// Returns the prompt. The agents of a project stand in the description of a tool.
pub fn prompt(request: &Value) -> Prompt {
    Prompt::new(&[&request["messages"], &request["tools"]], SKILLS_IN_TAGS)
}

/// Returns how many messages are results of tools.
fn results(request: &Value) -> usize {
    let mut results = 0;
    for message in request["messages"].as_array().into_iter().flatten() {
        results += usize::from(message["role"] == "tool");
    }
    results
}

fn events(call: Option<(usize, &Call)>) -> Vec<Value> {
    let (delta, reason) = match call {
        Some((number, call)) => {
            let call = json!({
                "index": 0,
                "id": format!("call_{number}"),
                "type": "function",
                "function": { "name": call.tool, "arguments": call.input.to_string() },
            });
            let delta = json!({ "role": "assistant", "content": null, "tool_calls": [call] });
            (delta, "tool_calls")
        }
        None => (json!({ "role": "assistant", "content": "Done." }), "stop"),
    };
    vec![
        chunk(&json!({ "index": 0, "delta": delta, "finish_reason": null })),
        chunk(&json!({ "index": 0, "delta": {}, "finish_reason": reason })),
    ]
}

/// Returns an event with a part of the answer.
fn chunk(choice: &Value) -> Value {
    json!({
        "id": "chat_1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "none",
        "choices": [choice],
        "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
    })
}
