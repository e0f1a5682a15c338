//! Claude Code, asked what it makes of settings.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value, json};

/// What stands beside each value: as long as it is kept, the file is on.
const KEPT: &str = "AGENTPKG_PROBE";

/// Returns the settings of a project as Claude Code has read them.
fn read_by(claude: &str, settings: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    fs::create_dir_all(project.join(".claude")).unwrap();
    fs::write(project.join(".claude/settings.json"), settings).unwrap();
    // In a network of its own, in which there is nobody.
    let mut child = Command::new("unshare")
        .args(["--net", claude, "-p", "--verbose"])
        .args([
            "--input-format",
            "stream-json",
            "--output-format",
            "stream-json",
        ])
        .current_dir(&project)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder.path().join("home"))
        .env("ANTHROPIC_BASE_URL", "http://127.0.0.1:9")
        .env("ANTHROPIC_API_KEY", "none")
        .env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1")
        .env("DISABLE_AUTOUPDATER", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let request = json!({
        "type": "control_request",
        "request_id": "1",
        "request": { "subtype": "get_settings" },
    });
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{request}").unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    let answer = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|line| line["type"] == "control_response")
        .unwrap_or_else(|| panic!("no answer to {settings}: {lines}"));
    let sources = answer["response"]["response"]["sources"]
        .as_array()
        .cloned();
    let project = |source: &Value| source["source"] == "projectSettings";
    let found = sources.unwrap_or_default().into_iter().find(project);
    found.map_or(Value::Null, |source| source["settings"].clone())
}

/// For each measured value, whether Claude Code skips the whole file.
#[test]
#[ignore = "asks Claude Code itself, some hundred times"]
fn claude_code_skips_the_files_that_the_table_says() {
    let claude = std::env::var("AGENTPKG_CLAUDE").expect("AGENTPKG_CLAUDE names Claude Code");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("tests/claude-settings.tsv")).unwrap();
    let rows: Vec<(&str, &str)> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('\t').unwrap())
        .collect();
    let (rows, wrong) = (Mutex::new(rows), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((outcome, text)) = { rows.lock().unwrap().pop() } {
                    let mut document: Value = serde_json::from_str(text).unwrap();
                    // Where the value has no room beside it, nothing is kept of the file.
                    if let Some(object) = document.as_object_mut() {
                        let env = object.entry("env").or_insert_with(|| json!({}));
                        if let Some(env) = env.as_object_mut() {
                            env.insert(KEPT.to_owned(), json!("1"));
                        }
                    }
                    let read = read_by(&claude, &document.to_string());
                    let is_on = read["env"][KEPT] == "1";
                    if is_on == (outcome == "file") {
                        wrong.lock().unwrap().push(format!("{outcome}: {text}"));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
