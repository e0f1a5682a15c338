//! OpenCode, which speaks chat completions with a model of a provider that its settings name.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::agent::{Agent, Start};
use crate::chat;
use crate::model::Call;

/// OpenCode. Measured with 1.18.33.
pub static AGENT: Agent = Agent {
    name: "opencode",
    variable: "AGENTPKG_OPENCODE",
    prepare,
    protocol: chat::PROTOCOL,
    prompt: chat::prompt,
    reads,
    scopes: false,
    // Its hooks are functions of plugins.
    guard: None,
};

/// Writes the settings of a person. Without a title, it would ask the model for one.
fn prepare(command: &mut Command, start: &Start) {
    let folder = start.home.join(".config/opencode");
    fs::create_dir_all(&folder).unwrap();
    let settings = json!({
        "model": "here/none",
        "small_model": "here/none",
        "snapshot": false,
        "autoupdate": false,
        "provider": {
            "here": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "here",
                "options": {
                    "baseURL": format!("http://127.0.0.1:{}/v1", start.port),
                    "apiKey": "none",
                },
                "models": {
                    "none": { "name": "none", "limit": { "context": 200_000, "output": 8_000 } },
                },
            },
        },
    });
    fs::write(folder.join("opencode.json"), settings.to_string()).unwrap();
    command
        .args(["run", "--title", "none", "Go on."])
        .env("OPENCODE_DISABLE_MODELS_FETCH", "1")
        .env("OPENCODE_DISABLE_AUTOUPDATE", "1")
        .env("OPENCODE_DISABLE_LSP_DOWNLOAD", "1")
        .env("OPENCODE_EXPERIMENTAL_DISABLE_FILEWATCHER", "1");
}

fn reads(path: &Path) -> Call {
    Call {
        tool: "read",
        input: json!({ "filePath": path }),
    }
}
