//! Copilot's command line, which speaks chat completions with a model that isn't GitHub's.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::agent::{Agent, Guard, Start};
use crate::chat;
use crate::model::Call;

/// Copilot. Measured with 1.0.102.
pub static AGENT: Agent = Agent {
    name: "copilot",
    variable: "AGENTPKG_COPILOT",
    prepare,
    protocol: chat::PROTOCOL,
    // It escapes the rules that it adds once it looked at a file.
    prompt: |request| chat::prompt(request).without_escapes(),
    reads,
    scopes: true,
    guard: Some(Guard {
        file: ".github/hooks/a.json",
        text: guard,
        shell,
        write,
    }),
};

fn prepare(command: &mut Command, start: &Start) {
    let cache = start.home.join(".cache/copilot");
    fs::create_dir_all(&cache).unwrap();
    symlink(unpacked(), cache.join(PACKAGES)).unwrap();
    command
        .args(["-p", "Go on.", "--allow-all-tools", "--trust-folder"])
        .env(
            "COPILOT_PROVIDER_BASE_URL",
            format!("http://127.0.0.1:{}/v1", start.port),
        )
        .env("COPILOT_PROVIDER_TYPE", "openai")
        .env("COPILOT_PROVIDER_API_KEY", "none")
        .env("COPILOT_MODEL", "none")
        .env("COPILOT_OFFLINE", "true")
        .env("COPILOT_AUTO_UPDATE", "false");
}

fn reads(path: &Path) -> Call {
    Call {
        tool: "view",
        input: json!({ "path": path }),
    }
}

fn guard(command: &str, seconds: u32) -> Value {
    let hook = json!({
        "type": "command",
        "matcher": "bash",
        "bash": command,
        "timeoutSec": seconds,
    });
    json!({ "version": 1, "hooks": { "preToolUse": [hook] } })
}

fn write(path: &Path, text: &str) -> Call {
    Call {
        tool: "create",
        input: json!({ "path": path, "file_text": text }),
    }
}

fn shell(command: &str) -> Call {
    Call {
        tool: "bash",
        input: json!({ "command": command, "description": "Run it" }),
    }
}

/// The folder of its cache into which it unpacks itself.
const PACKAGES: &str = "pkg";

/// Returns the folder into which Copilot unpacked itself: it would unpack 235 MB into each home. It
/// lies in the folder that cargo has for tests, and stays there.
fn unpacked() -> &'static Path {
    static UNPACKED: OnceLock<PathBuf> = OnceLock::new();
    UNPACKED.get_or_init(|| {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("copilot");
        fs::create_dir_all(&home).unwrap();
        let program = std::env::var(AGENT.variable).expect("a variable names the program");
        let status = Command::new("unshare")
            .args(["--net", &program, "--version"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &home)
            .env("COPILOT_OFFLINE", "true")
            .env("COPILOT_AUTO_UPDATE", "false")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "Copilot says its version");
        home.join(".cache/copilot").join(PACKAGES)
    })
}
