//! The hook runner, in every shell and awk that is here: what the script of a hook is told, and what
//! each agent is answered.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Shells and awks that people have.
const SHELLS: [&str; 3] = ["dash", "bash", "busybox sh"];
const AWKS: [&str; 4] = ["mawk", "gawk", "original-awk", "busybox awk"];

/// A guard that keeps what it is told, and does what a word in that says.
const GUARD: &str = r#"#!/bin/sh
told=$(cat)
printf '%s\n' "$told" >>"$CLAUDE_PROJECT_DIR/told"
case $told in
*FORBIDDEN*) printf 'no "this"\n\\ or that\n' >&2; exit 2 ;;
*CRASH*) exit 3 ;;
*HANG*) sleep 60 ;;
*LEAVES*) sleep 60 & exit 2 ;;
*BLANK*) echo ' ' >&2; exit 2 ;;
*BROKEN*) printf '%s' '{"permissionDecision":"allow","permissionDecision":"deny"}' ;;
*JSON*) printf '%s' '{"hookSpecificOutput":{"permissionDecision":"deny","permissionDecisionReason":"by JSON"}}' ;;
*SAYS*) echo 'the build is red' ;;
esac
"#;

/// How a call of the runner ends.
#[derive(Debug, PartialEq, Eq)]
struct Ended {
    code: i32,
    output: String,
    errors: String,
    /// What the script was told, a document a line.
    told: Vec<String>,
}

/// A repository with a hook, and the programs that its runner finds first.
struct Repo {
    folder: TempDir,
    shell: &'static str,
}

impl Repo {
    fn new(shell: &'static str, awk: &str, hook: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repo = Self { folder, shell };
        let hooks = repo.hooks();
        fs::create_dir_all(hooks.join("t")).unwrap();
        fs::write(hooks.join("run"), RUNNER).unwrap();
        fs::write(hooks.join("t/guard.hook"), hook).unwrap();
        script(&hooks.join("t/guard.sh"), GUARD);
        fs::create_dir(repo.programs()).unwrap();
        let awk = format!("#!/bin/sh\nexec {awk} \"$@\"\n");
        script(&repo.programs().join("awk"), &awk);
        repo
    }

    fn root(&self) -> PathBuf {
        // A space in a path is nothing special.
        self.folder.path().join("a repo")
    }

    fn hooks(&self) -> PathBuf {
        self.root().join(".claude/hooks")
    }

    fn programs(&self) -> PathBuf {
        self.folder.path().join("programs")
    }
}

fn script(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The runner, as it is written into repositories.
const RUNNER: &str = include_str!("../../src/agent/runner/run");

/// How agentpkg says to run [`GUARD`].
const GATE: &str = "blocks=yes\nseconds=1\nmatches='Bash|Edit|Write|mcp__docs__.*|mcp__team-docs__.*'\nset -- \"$here/t/guard.sh\"\n";

impl Repo {
    /// Runs the hook as an agent does.
    fn run(&self, agent: &str, event: &str, input: &str) -> Ended {
        self.run_with(agent, event, input, &[])
    }

    /// Returns the command by which an agent runs the hook.
    fn command(&self, agent: &str, event: &str) -> Command {
        let mut words = self.shell.split(' ');
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .arg(self.hooks().join("run"))
            .args([agent, event, "t/guard"])
            .env_clear()
            .env("PATH", format!("{}:{path}", self.programs().display()))
            .env("CLAUDE_PROJECT_DIR", self.root())
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs the hook as an agent does that sets these variables.
    fn run_with(&self, agent: &str, event: &str, input: &str, variables: &[(&str, &str)]) -> Ended {
        let told = self.root().join("told");
        let _ = fs::remove_file(&told);
        let mut command = self.command(agent, event);
        let mut runner = command.envs(variables.iter().copied()).spawn().unwrap();
        // A runner that doesn't read what it is told has ended already.
        let _ = runner.stdin.take().unwrap().write_all(input.as_bytes());
        let output = runner.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let told = fs::read_to_string(told).unwrap_or_default();
        Ended {
            code: output.status.code().unwrap(),
            output: text(output.stdout),
            errors: text(output.stderr),
            told: told.lines().map(str::to_owned).collect(),
        }
    }
}

/// Calls `check` with a repository for each shell and awk that this machine has.
fn each(hook: &str, check: impl Fn(&Repo)) {
    let mut tried = 0;
    for shell in SHELLS.into_iter().filter(|shell| is_here(shell)) {
        for awk in AWKS.into_iter().filter(|awk| is_here(awk)) {
            eprintln!("{shell} with {awk}");
            check(&Repo::new(shell, awk, hook));
            tried += 1;
        }
    }
    assert!(tried > 0, "there is no shell and awk to try");
}

/// Returns whether a program is installed: its first word.
fn is_here(program: &str) -> bool {
    let name = program.split(' ').next().unwrap_or_default();
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// What a script is told for a call of each agent's tools, without the agent's own words.
#[rustfmt::skip]
const CALLS: &[(&str, &str, &[&str])] = &[
    // Claude Code's own words are handed over as they are.
    ("claude", r#"{"tool_name":"Bash","tool_input":{"command":"ls"}}"#, &[r#"{"tool_name":"Bash","tool_input":{"command":"ls"}}"#]),
    ("codex", r#"{"session_id":"s","cwd":"/r","hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","session_id":"s","cwd":"/r","tool_name":"Bash","tool_input":{"command":"ls"}"#]),
    // One call for each file of a patch.
    ("codex", r#"{"cwd":"/r","tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: a b.txt\n+one \"q\"\n+two\\\n*** Update File: u.txt\n*** Move to: v.txt\n@@\n-old\n+new\n*** Delete File: /d.txt\n*** End Patch\n"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Write","tool_input":{"file_path":"/r/a b.txt","patch":PATCH,"content":"one \"q\"\ntwo\\"}"#,
          r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Edit","tool_input":{"file_path":"/r/u.txt","patch":PATCH,"old_string":"","new_string":""}"#,
          r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Write","tool_input":{"file_path":"/r/v.txt","patch":PATCH,"content":"new"}"#,
          r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Edit","tool_input":{"file_path":"/d.txt","patch":PATCH,"old_string":"","new_string":""}"#]),
    // A patch in a command, which Codex takes for an edit, too.
    ("codex", r#"{"cwd":"/r","tool_name":"Bash","tool_input":{"command":"apply_patch <<E\n*** Begin Patch\n*** Delete File: d.txt\n*** End Patch\nE"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Edit","tool_input":{"file_path":"/r/d.txt","patch":PATCH,"old_string":"","new_string":""}"#,
          r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Bash","tool_input":{"command":PATCH}"#]),
    ("gemini", r#"{"cwd":"/r","hook_event_name":"BeforeTool","tool_name":"replace","tool_input":{"file_path":"a.txt","old_string":"a","new_string":"b"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Edit","tool_input":{"old_string":"a","new_string":"b","file_path":"/r/a.txt"}"#]),
    ("gemini", r#"{"tool_name":"mcp_docs_search","tool_input":{"q":"w"},"mcp_context":{"server_name":"docs","tool_name":"search"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","mcp_context":{"server_name":"docs","tool_name":"search"},"tool_name":"mcp__docs__search","tool_input":{"q":"w"}"#]),
    ("copilot", r#"{"sessionId":"s","timestamp":1,"cwd":"/r","toolName":"create","toolArgs":{"path":"/r/n.txt","file_text":"x\n"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","session_id":"s","timestamp":1,"cwd":"/r","tool_name":"Write","tool_input":{"path":"/r/n.txt","file_text":"x\n","content":"x\n","file_path":"/r/n.txt"}"#]),
    ("copilot", r#"{"cwd":"/r","toolName":"bash","toolArgs":"{\"command\": \"ls \\\"a\\\"\"}"}"#,
        &[r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Bash","tool_input":{"command":"ls \"a\""}"#]),
    ("copilot", r#"{"cwd":"/r","toolName":"apply_patch","toolArgs":"*** Begin Patch\n*** Delete File: d.txt\n*** End Patch"}"#,
        &[r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Edit","tool_input":{"file_path":"/r/d.txt","patch":PATCH,"old_string":"","new_string":""}"#]),
    ("copilot", r#"{"toolName":"docs-search","toolArgs":{"q":"w"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","tool_name":"mcp__docs__search","tool_input":{"q":"w"}"#]),
    // VS Code.
    ("copilot", r#"{"cwd":"/r","tool_name":"replace_string_in_file","tool_input":{"filePath":"/r/a","oldString":"a","newString":"b"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Edit","tool_input":{"filePath":"/r/a","oldString":"a","newString":"b","old_string":"a","new_string":"b","file_path":"/r/a"}"#]),
    // A name that the tool doesn't use hides none that it may use.
    ("gemini", r#"{"tool_name":"write_file","tool_input":{"path":"/a","file_path":"/b","content":"x"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"path":"/a","content":"x","file_path":"/b"}"#,
          r#"{"hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"path":"/a","content":"x","file_path":"/a"}"#]),
    ("gemini", r#"{"cwd":"/r","tool_name":"replace","tool_input":{"files":["a","b"],"path":"a"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Edit","tool_input":{"files":["a","b"],"path":"a","file_path":"/r/a"}"#,
          r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Edit","tool_input":{"files":["a","b"],"path":"a","file_path":"/r/b"}"#]),
    ("copilot", r#"{"tool_name":"multi_replace_string_in_file","tool_input":{"replacements":[{"filePath":"/a"},{"filePath":"/b"}]}}"#,
        &[r#"{"hook_event_name":"PreToolUse","tool_name":"Edit","tool_input":{"replacements":[{"filePath":"/a"},{"filePath":"/b"}],"file_path":"/a"}"#,
          r#"{"hook_event_name":"PreToolUse","tool_name":"Edit","tool_input":{"replacements":[{"filePath":"/a"},{"filePath":"/b"}],"file_path":"/b"}"#]),
    // Where a command patches: in the folder that it goes to first.
    ("codex", r#"{"cwd":"/r","tool_name":"Bash","tool_input":{"command":"cd .git/x && apply_patch <<E\n*** Begin Patch\n*** Delete File: d.txt\n*** End Patch\nE"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Edit","tool_input":{"file_path":"/r/.git/x/d.txt","patch":PATCH,"old_string":"","new_string":""}"#,
          r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Bash","tool_input":{"command":PATCH}"#]),
    // What a model writes is no server.
    ("copilot", r#"{"toolName":"bash","toolArgs":"{\"command\":\"ls\",\"mcp_context\":{\"server_name\":\"x\",\"tool_name\":\"y\"}}"}"#,
        &[r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls","mcp_context":{"server_name":"x","tool_name":"y"}}"#]),
    // A name of a server, or of its tool, with a `-`.
    ("copilot", r#"{"toolName":"team-docs-search","toolArgs":{"q":"w"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","tool_name":"mcp__team-docs__search","tool_input":{"q":"w"}"#]),
    ("gemini", r#"{"tool_name":"mcp_team-docs_search","tool_input":{"q":"w"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","tool_name":"mcp__team-docs__search","tool_input":{"q":"w"}"#]),
    ("copilot", r#"{"toolName":"docs-full-search","toolArgs":{"q":"w"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","tool_name":"mcp__docs__full-search","tool_input":{"q":"w"}"#]),
    // A key may be written in any way.
    ("copilot", r#"{"toolName":"bash","toolArgs":{"c\u006fmmand":"ls"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}"#]),
    ("cursor", r#"{"hook_event_name":"preToolUse","tool_name":"Shell","tool_input":{"command":"ls"}}"#,
        &[r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{"command":"ls"}"#]),
    // What the hook isn't for.
    ("gemini", r#"{"tool_name":"read_file","tool_input":{"file_path":"a"}}"#, &[]),
    ("copilot", r#"{"toolName":"task","toolArgs":{}}"#, &[]),
];

#[test]
fn a_script_is_told_what_claude_code_would_tell_it() {
    each(GATE, |repo| {
        for (agent, input, told) in CALLS {
            let ended = repo.run(agent, "before-tool", input);
            assert_eq!(
                (ended.code, ended.errors.as_str()),
                (0, ""),
                "{agent}: {input}"
            );
            let words: Vec<String> = ended
                .told
                .iter()
                .map(|told| without_words(told, input))
                .collect();
            assert_eq!(words, *told, "{agent}: {input}");
            for document in &ended.told {
                let document: serde_json::Value = serde_json::from_str(document).unwrap();
                let own = serde_json::from_str::<serde_json::Value>(input).unwrap();
                let kept = document.get("agent_input").cloned().unwrap_or(own.clone());
                assert_eq!(kept, own);
            }
        }
    });
}

/// Returns a document without the agent's own words, and with `PATCH` for a patch in it.
fn without_words(told: &str, input: &str) -> String {
    let head = told.split(",\"agent_input\":").next().unwrap_or_default();
    let patch = input.match_indices('"').find_map(|(at, _)| {
        let rest = &input[at..];
        let is_patch = ["*** Begin Patch", "apply_patch <<", "cd .git"]
            .iter()
            .any(|begins| rest[1..].starts_with(begins));
        is_patch.then(|| &rest[..=rest.find("\"}").unwrap_or_default()])
    });
    match patch {
        Some(patch) => head.replace(patch, "PATCH"),
        None => head.to_owned(),
    }
}

/// The reason that [`GUARD`] gives, as it stands in JSON.
const REASON: &str = r#"no \"this\"\n\\ or that"#;

#[test]
fn a_denial_and_its_reason_reach_each_agent() {
    let denial = format!(
        r#"{{"permissionDecision":"deny","permissionDecisionReason":"{REASON}","decision":"deny","reason":"{REASON}"}}"#
    );
    let cursor =
        format!(r#"{{"permission":"deny","user_message":"{REASON}","agent_message":"{REASON}"}}"#);
    let call = r#"{"tool_name":"Bash","tool_input":{"command":"FORBIDDEN"}}"#;
    each(GATE, |repo| {
        for (agent, code, output) in [
            ("claude", 2, ""),
            ("codex", 2, ""),
            ("gemini", 2, denial.as_str()),
            ("copilot", 2, denial.as_str()),
            ("cursor", 0, cursor.as_str()),
        ] {
            let ended = repo.run(agent, "before-tool", call);
            assert_eq!(
                (ended.code, ended.output.trim_end()),
                (code, output),
                "{agent}"
            );
            let errors = if code == 2 {
                "no \"this\"\n\\ or that\n"
            } else {
                ""
            };
            assert_eq!(ended.errors, errors, "{agent}");
        }
        // Codex takes a denial without a reason for none.
        let ended = repo.run("codex", "before-tool", &call.replace("FORBIDDEN", "BLANK"));
        assert_eq!(
            (ended.code, ended.errors.trim()),
            (2, "t/guard stops this:")
        );
        let json = call.replace("FORBIDDEN", "JSON");
        for agent in ["codex", "gemini", "copilot"] {
            let ended = repo.run(agent, "before-tool", &json);
            assert_eq!(
                (ended.code, ended.errors.as_str()),
                (2, "by JSON\n"),
                "{agent}"
            );
        }
    });
}

#[test]
fn a_gate_that_cannot_do_its_work_stops_the_action_and_no_other_hook_does() {
    let call =
        |word: &str| format!(r#"{{"tool_name":"Bash","tool_input":{{"command":"{word}"}}}}"#);
    let ways = [
        ("it crashes", call("CRASH")),
        ("its answer can't be read", call("BROKEN")),
        (
            "what it is told is cut off",
            r#"{"tool_name":"Bash","tool_inp"#.to_owned(),
        ),
        (
            "a patch with a line of no patch",
            r#"{"tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Touch File: a\n*** Update File: b\n"}}"#.to_owned(),
        ),
        (
            "a patch of a file without a name, in a command",
            r#"{"tool_name":"Bash","tool_input":{"command":"apply_patch <<E\n*** Begin Patch\n*** Add File: \n+a\nE"}}"#.to_owned(),
        ),
        (
            "a file of a patch behind a blank that some take for none",
            r#"{"tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: b\n+x\n\u00a0*** Add File: a\n+x\n"}}"#.to_owned(),
        ),
        (
            "a file of a patch with such a blank behind it",
            r#"{"tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: b\u2003\n+x\n"}}"#.to_owned(),
        ),
        (
            "a file of a patch behind a sign of control",
            r#"{"tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: b\n+x\n\u000b*** Add File: a\n+x\n"}}"#.to_owned(),
        ),
        (
            "a patch in a folder that nobody can tell",
            r#"{"tool_name":"Bash","tool_input":{"command":"cd \"$D\" && apply_patch <<E\n*** Begin Patch\n*** Add File: b\n+x\nE"}}"#.to_owned(),
        ),
        (
            "two patches",
            r#"{"tool_name":"apply_patch","tool_input":{"command":"*** Begin Patch\n*** Add File: b\n+x\n","input":"*** Begin Patch\n*** Add File: a\n+x\n"}}"#.to_owned(),
        ),
        (
            "a text in the place of what the tool is given",
            r#"{"tool_name":"Bash","tool_input":"ls"}"#.to_owned(),
        ),
        (
            "a list in its place",
            r#"{"tool_name":"Bash","tool_input":["ls"]}"#.to_owned(),
        ),
        (
            "two contents for one file",
            r#"{"tool_name":"create","tool_input":{"path":"a","content":"","file_text":"FORBIDDEN"}}"#.to_owned(),
        ),
        (
            "a command that comes twice",
            r#"{"toolName":"bash","toolArgs":"{\"command\":\"ls\",\"c\\u006fmmand\":\"ls -l\"}"}"#.to_owned(),
        ),
        ("it is told nothing", String::new()),
        ("there is no tool", r#"{"cwd":"/r"}"#.to_owned()),
        ("it is told something behind", format!("{}}}", call("ls"))),
        ("it is told too deep a document", "[".repeat(100_000)),
    ];
    let watcher = GATE.replace("blocks=yes", "blocks=no");
    for (hook, stops) in [(GATE, true), (watcher.as_str(), false)] {
        each(hook, |repo| {
            for (way, input) in &ways {
                for agent in ["claude", "codex", "gemini", "copilot", "cursor"] {
                    // Claude Code is handed over to at once: the script reads what it is told.
                    if agent == "claude" && *way != "it crashes" {
                        continue;
                    }
                    let ended = repo.run(agent, "before-tool", input);
                    let is_stopped =
                        ended.code == 2 || ended.output.contains(r#""permission":"deny""#);
                    assert_eq!(is_stopped, stops, "{way}, {agent}: {ended:?}");
                    assert!(
                        !ended.errors.is_empty() || agent == "cursor",
                        "{way}, {agent}"
                    );
                }
            }
        });
    }
}

/// A person, or a checkout with Windows line endings, made something else of the hook's file.
#[test]
fn a_gate_stays_one_whatever_is_made_of_its_file() {
    let call = r#"{"tool_name":"Bash","tool_input":{"command":"FORBIDDEN"}}"#;
    for hook in [
        GATE.replace('\n', "\r\n"),
        GATE.replace("seconds=1\n", "seconds=1\r\n"),
        GATE.replace("blocks=yes", "blocks=true"),
        GATE.replace("blocks=yes\n", ""),
        GATE.replace("seconds=1", "seconds="),
        GATE.replace("set -- ", "set -- ("),
        String::new(),
    ] {
        each(&hook, |repo| {
            for agent in ["claude", "codex", "gemini", "copilot"] {
                let ended = repo.run(agent, "before-tool", call);
                assert_eq!(ended.code, 2, "{agent}, {hook}: {ended:?}");
                assert!(!ended.errors.trim().is_empty(), "{agent}, {hook}");
            }
        });
    }
}

#[test]
fn a_hook_that_hangs_is_ended_with_all_that_it_started() {
    let call =
        |word: &str| format!(r#"{{"tool_name":"Bash","tool_input":{{"command":"{word}"}}}}"#);
    for shell in SHELLS.into_iter().filter(|shell| is_here(shell)) {
        let repo = Repo::new(shell, "awk", GATE);
        fs::remove_file(repo.programs().join("awk")).unwrap();
        for agent in ["claude", "codex"] {
            let began = Instant::now();
            let ended = repo.run(agent, "before-tool", &call("HANG"));
            assert_eq!(ended.code, 2, "{shell}, {agent}: {ended:?}");
            let why = "it took longer than 1 s";
            assert!(ended.errors.contains(why), "{shell}, {agent}: {ended:?}");
            assert!(
                began.elapsed() < Duration::from_secs(30),
                "{shell}, {agent}"
            );
        }
        // What a script leaves running holds no agent that isn't Claude Code, which doesn't wait.
        let began = Instant::now();
        let ended = repo.run("codex", "before-tool", &call("LEAVES"));
        assert_eq!(
            (ended.code, ended.errors.as_str()),
            (2, "t/guard stops this\n"),
            "{shell}"
        );
        assert!(began.elapsed() < Duration::from_secs(30), "{shell}");
    }
}

/// Whatever part of what the runner keeps has no room, and whichever program says nothing of it.
#[test]
#[ignore = "needs root, to mount a disk"]
fn a_full_disk_is_no_way_past_a_gate() {
    let long = "x".repeat(3000);
    let call = |word: &str| {
        format!(r#"{{"tool_name":"Bash","tool_input":{{"command":"{word} {long}"}}}}"#)
    };
    each(&GATE.replace("seconds=1", "seconds=9"), |repo| {
        let disk = Disk::mount(&repo.folder.path().join("disk"));
        let full = [("TMPDIR", disk.0.to_str().unwrap())];
        for free in 0..16 {
            fs::write(disk.0.join("other"), vec![0; (16 - free) << 12]).unwrap();
            for word in ["FORBIDDEN", "JSON"] {
                let ended = repo.run_with("codex", "before-tool", &call(word), &full);
                assert_eq!(ended.code, 2, "{free} pages are free, {word}: {ended:?}");
            }
        }
        fs::remove_file(disk.0.join("other")).unwrap();
        let ended = repo.run_with("codex", "before-tool", &call("ls"), &full);
        assert_eq!(ended.code, 0, "{ended:?}");
    });
}

/// A disk of 16 pages of memory, which is taken away when this is dropped.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path) -> Self {
        fs::create_dir(at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
            .arg(at)
            .status();
        assert!(mounted.unwrap().success());
        Self(at.to_owned())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Returns whether the runner reads what it is told, by the folder of its files.
fn reads(folder: &Path) -> bool {
    let mut inside = fs::read_dir(folder).unwrap();
    inside.any(|entry| entry.unwrap().path().join("told").is_file())
}

/// The clock goes while the runner reads, and a signal is no way past a gate.
#[test]
fn an_agent_that_says_nothing_more_or_gives_up_is_told_of_a_denial() {
    for shell in SHELLS.into_iter().filter(|shell| is_here(shell)) {
        let repo = Repo::new(shell, "awk", &GATE.replace("seconds=1", "seconds=2"));
        fs::remove_file(repo.programs().join("awk")).unwrap();
        let mut runner = repo.command("codex", "before-tool").spawn().unwrap();
        let stdin = runner.stdin.take().unwrap();
        let output = runner.wait_with_output().unwrap();
        drop(stdin);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{shell}: {errors}");
        assert!(
            errors.contains("it took longer than 2 s"),
            "{shell}: {errors}"
        );
        for agent in ["codex", "gemini", "copilot", "cursor"] {
            is_told_of_a_signal(shell, agent, "");
            is_told_of_a_signal(
                shell,
                agent,
                r#"{"tool_name":"Bash","tool_input":{"command":"HANG"}}"#,
            );
        }
    }
}

/// Ends the runner while it reads, or while the script runs where there is something to read.
fn is_told_of_a_signal(shell: &'static str, agent: &str, input: &str) {
    let repo = Repo::new(shell, "awk", &GATE.replace("seconds=1", "seconds=20"));
    fs::remove_file(repo.programs().join("awk")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut command = repo.command(agent, "before-tool");
    let mut runner = command.env("TMPDIR", folder.path()).spawn().unwrap();
    let mut stdin = Some(runner.stdin.take().unwrap());
    if !input.is_empty() {
        stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    }
    let told = repo.root().join("told");
    while !(input.is_empty() && reads(folder.path()) || told.is_file()) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let id = runner.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(killed.success());
    let output = runner.wait_with_output().unwrap();
    drop(stdin);
    let [said, errors] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    let (code, heard) = match agent {
        "codex" => (2, &errors),
        "cursor" => (0, &said),
        _ => (2, &said),
    };
    assert_eq!(
        output.status.code(),
        Some(code),
        "{shell}, {agent}: {errors}"
    );
    assert!(
        heard.contains("it was interrupted"),
        "{shell}, {agent}: {said}{errors}"
    );
}

#[test]
fn a_hook_fires_once_where_another_agent_runs_claude_codes_settings_too() {
    let call = r#"{"hook_event_name":"PreToolUse","cwd":"/r","tool_name":"Write","tool_input":{"path":"FORBIDDEN","file_text":""}}"#;
    each(GATE, |repo| {
        let root = repo.root();
        let in_copilot = [("COPILOT_PROJECT_DIR", root.to_str().unwrap())];
        // Without an entry of its own Copilot is answered in its own way.
        let ended = repo.run_with("claude", "before-tool", call, &in_copilot);
        assert_eq!(ended.code, 2);
        assert!(
            ended.output.starts_with(r#"{"permissionDecision":"deny""#),
            "{ended:?}"
        );
        assert!(
            ended.told[0].contains(r#""file_path":"/r/FORBIDDEN""#),
            "{ended:?}"
        );
        let entries = root.join(".github/hooks/t.json");
        fs::create_dir_all(entries.parent().unwrap()).unwrap();
        // One for another hook is none for this.
        for (command, code) in [
            ("sh .claude/hooks/run copilot before-tool t/guard-2", 2),
            ("sh .claude/hooks/run copilot after-tool t/guard", 2),
            (
                "sh .claude/hooks/run copilot before-tool t/guard || exit 2",
                0,
            ),
        ] {
            fs::write(&entries, format!("{{\"bash\": \"{command}\"}}")).unwrap();
            let ended = repo.run_with("claude", "before-tool", call, &in_copilot);
            assert_eq!(ended.code, code, "{command}");
        }
        // Nor is Claude Code Copilot where its settings, or the shell, set its variables.
        let mixed = [in_copilot[0], ("CLAUDECODE", "1")];
        let ended = repo.run_with("claude", "before-tool", call, &mixed);
        assert_eq!((ended.code, ended.told.len()), (2, 1));
        // Claude Code, started by Copilot, inherits this one, and isn't Copilot.
        let ended = repo.run_with("claude", "before-tool", call, &[("COPILOT_CLI", "1")]);
        assert_eq!(
            (ended.code, ended.told.as_slice()),
            (2, &[call.to_owned()][..])
        );
    });
}

#[test]
fn a_gate_without_its_files_stops_the_action() {
    let call = r#"{"tool_name":"Bash","tool_input":{"command":"ls"}}"#;
    each(GATE, |repo| {
        for gone in ["t/guard.sh", "t/guard.hook"] {
            fs::remove_file(repo.hooks().join(gone)).unwrap();
            for agent in ["claude", "codex", "gemini", "copilot"] {
                let ended = repo.run(agent, "before-tool", call);
                assert_eq!(ended.code, 2, "{gone}, {agent}: {ended:?}");
                assert!(!ended.errors.is_empty(), "{gone}, {agent}");
            }
        }
    });
}

#[test]
fn what_a_hook_says_reaches_each_agent_in_its_own_way() {
    let hook = GATE.replace(
        "matches='Bash|Edit|Write|mcp__docs__.*|mcp__team-docs__.*'",
        "matches=",
    );
    let start = r#"{"cwd":"/r","source":"startup","x":"SAYS"}"#;
    each(&hook, |repo| {
        for (agent, output) in [
            ("claude", "the build is red"),
            ("codex", "the build is red"),
            (
                "gemini",
                r#"{"hookSpecificOutput":{"additionalContext":"the build is red"}}"#,
            ),
            ("copilot", r#"{"additionalContext":"the build is red"}"#),
            ("cursor", r#"{"additional_context":"the build is red"}"#),
        ] {
            let ended = repo.run(agent, "session-start", start);
            assert_eq!(
                (ended.code, ended.output.trim_end()),
                (0, output),
                "{agent}"
            );
        }
        // At the end of a turn, agents listen to another word than before a tool.
        let ended = repo.run("copilot", "before-stop", r#"{"x":"FORBIDDEN"}"#);
        let output = format!(r#"{{"decision":"block","reason":"{REASON}"}}"#);
        assert_eq!((ended.code, ended.output.trim_end()), (2, output.as_str()));
    });
}
