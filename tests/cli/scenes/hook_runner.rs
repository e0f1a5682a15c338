//! Hooks that the hook runner runs: where they were run by themselves before, and where they lie.

use snapbox::str;
use support::Scene;

/// A guard of commands.
const MANIFEST: &str = "
[[hooks]]
id = \"guard\"
event = \"before-tool\"
matches = \"Bash\"
run = \"hooks/guard.sh\"
timeout = 10

[permissions]
deny = [\"Read(.env)\"]
ask = [\"Bash(git push *)\"]
allow = [\"Bash(git status)\"]
";

const GUARD: &str = "#!/bin/sh\n# Blocks nothing yet.\ncat > /dev/null\nexit 0\n";

const SCRIPT: &str = ".claude/hooks/gate/guard.sh";
const SETTINGS: &str = ".claude/settings.json";

/// How the entry of the guard names its script in the settings that renderer 2 wrote.
const OF_RENDERER_2: &str = r#""\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/gate/guard.sh""#;

/// How it calls the runner.
const BY_RUNNER: &str =
    r#""sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool gate/guard || exit 2""#;

/// What renderer 2 left of an installation of the guard, approved.
const LOCK: &str = r#"# Written by agentpkg. Commit it; edit agentpkg.toml instead.
format = 1
renderer = 2
agents = ["claude"]

[facts]
root = "CLAUDE.md"

[releases]
gate = { version = "1.0.0", registry = "default", tree = "sha256:49aa514edabc849c44f28b11b769fe552f2985bf6ae7da0c535750fe056ba8d7", artifact = "sha256:9bc3d0a7de6eac077f7b6d303f0819a8cc58a4fb6e678a6b8a434969f137803c" }

[files]
".claude/hooks/gate/guard.sh" = { template = "gate", source = "hooks/guard.sh", digest = "sha256:5a3c183bcddd05683e2dd14f6380ec23ba788f4a5f12a4185aa7859eb7765510", blob = "bc16efe7d79fe3390d90243d03e172ba015344c4", executable = true }
".claude/settings.json" = { shared = "keys", created = true }

[keys.".claude/settings.json"]
gate = "{\"permissions\":{\"deny\":[\"Read(.env)\"],\"ask\":[\"Bash(git push *)\"],\"allow\":[\"Bash(git status)\"]},\"hooks\":{\"PreToolUse\":[{\"matcher\":\"Bash\",\"hooks\":[{\"type\":\"command\",\"command\":\"\\\"$CLAUDE_PROJECT_DIR\\\"/.claude/hooks/gate/guard.sh\",\"timeout\":10}]}]}}"

[approvals.gate]
"allow Bash(git status)" = ["sha256:2aa5e36b3bf4ed549dd7a14a489cc06999f20928da184a39a3f4d00cd94e6329"]
"hook PreToolUse .claude/hooks/gate/guard.sh" = ["sha256:c3a2382a0703e54a645ac7c09f7d4127c9d8b166fa3cf62978bc21dc9501ab19"]

[hooks]
"gate/guard" = { event = "PreToolUse", script = ".claude/hooks/gate/guard.sh" }
"#;

/// A repository with the guard, as renderer 2 installed it.
fn installed_by_renderer_2() -> Scene {
    let files = [("template.toml", MANIFEST), ("hooks/guard.sh", GUARD)];
    let scene = Scene::new().untrusting().published("gate", "1.0.0", &files);
    let code = scene.run("agentpkg install gate").code_shown();
    let install = format!("agentpkg install gate --approve {code}");
    scene.run(&install).succeeds();
    let scene = scene
        .replaced(SETTINGS, BY_RUNNER, OF_RENDERER_2)
        .deleted(".claude/hooks/run")
        .deleted(".claude/hooks/gate/guard.hook")
        .edited("agentpkg.lock", LOCK);
    scene.run("agentpkg check").succeeds();
    scene
}

#[test]
fn an_upgrade_has_the_runner_run_the_hooks_that_are_there_and_keeps_every_edit() {
    let scene = installed_by_renderer_2()
        .replaced(SETTINGS, "\"timeout\": 10", "\"timeout\": 20")
        .replaced(
            SETTINGS,
            "\"matcher\": \"Bash\"",
            "\"matcher\": \"Bash|Edit\"",
        )
        .replaced(SCRIPT, "exit 0", "exit 0 # Ours.");
    let edited = scene.text(SETTINGS);
    scene.run("agentpkg install").succeeds();
    assert_eq!(scene.text(SETTINGS), edited);
    // It is asked about once.
    scene.run("agentpkg upgrade").prints(str![[r#"
(standard error)
error: approval needed: 1 hook changed
  hook        guard  changed, +688 -1 lines
note: nothing was changed; `--report FILE.md` writes the text of all this
hint: agentpkg upgrade --approve 2fcd139ca744fe4c
(exit code 2)

"#]]);
    let code = scene.run("agentpkg upgrade").code_shown();
    scene
        .run(&format!("agentpkg upgrade --approve {code}"))
        .prints(str![[r#"
rendered with renderer 3
  added       2 files: .claude/hooks/gate/guard.hook, .claude/hooks/run
  merged      1 file, everything of yours kept: .claude/settings.json
  kept        1 file with your edits: .claude/hooks/gate/guard.sh
  note        hooks are run by `.claude/hooks/run`, under every agent that has hooks; docs/agents.md
              says how
  approved    1 hook changed

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    assert_eq!(
        scene.text(SETTINGS),
        edited.replace(OF_RENDERER_2, BY_RUNNER)
    );
    assert!(scene.text(SCRIPT).contains("# Ours."));
    scene.run("agentpkg upgrade").prints(str![[r#"
nothing to do: everything is in place
  kept        2 files with your edits: .claude/hooks/gate/guard.sh, .claude/settings.json

"#]]);
    scene.run("agentpkg check").succeeds();
}

#[test]
fn an_edit_of_what_agentpkg_writes_is_the_teams_and_no_patch() {
    let second = MANIFEST.replacen("[permissions]", "", 1);
    let second = second
        .split("deny")
        .next()
        .unwrap()
        .replace("\"guard\"", "\"other\"");
    let manifest = format!("{second}args = [\"x\"]\n{MANIFEST}");
    let files = [
        ("template.toml", manifest.as_str()),
        ("hooks/guard.sh", GUARD),
    ];
    let scene = Scene::new()
        .published("gate", "1.0.0", &files)
        .installed("gate");
    let file = ".claude/hooks/gate/guard.hook";
    let scene = scene.replaced(file, "seconds=9", "seconds=5");
    let status = scene.run("agentpkg status");
    status.shows("edited      1 file: .claude/hooks/gate/guard.hook");
    status.never("different things");
    scene.run("agentpkg diff").shows("+seconds=5");
    scene
        .run("agentpkg contribute gate -m why --dry-run")
        .says(2, &["agentpkg writes it from template.toml"]);
    scene.run("agentpkg check").succeeds();
    scene.run("agentpkg upgrade").succeeds();
    assert!(scene.text(file).contains("seconds=5"));
}

#[test]
fn hooks_stay_where_the_first_install_put_them() {
    let files = [("template.toml", MANIFEST), ("hooks/guard.sh", GUARD)];
    let scene = Scene::new().published("gate", "1.0.0", &files);
    scene.run("agentpkg install gate --agent codex").succeeds();
    scene.absent(".claude");
    let before = scene.text(".codex/hooks.json");
    assert!(before.contains("$d/.agents/hooks/run"), "{before}");
    scene.run("agentpkg install --agent claude").succeeds();
    scene.reads(".codex/hooks.json", before.as_str());
    let settings = scene.text(SETTINGS);
    assert!(
        settings.contains("$CLAUDE_PROJECT_DIR/.agents/hooks/run"),
        "{settings}"
    );
    scene.run("agentpkg remove --agent codex").succeeds();
    scene.run("agentpkg check").succeeds();
    scene.absent(".claude/hooks");
    scene.run("agentpkg remove gate").succeeds();
    scene.absent(".agents");
    scene.absent(".claude");
}

/// Where nobody uses Claude Code, too, `check` looks at what the hooks of each agent run, once.
#[test]
fn a_script_that_cannot_run_is_found_under_every_agent() {
    let scene = Scene::new()
        .published(
            "gate",
            "1.0.0",
            &[("template.toml", MANIFEST), ("hooks/guard.sh", GUARD)],
        )
        .edited(
            "agentpkg.toml",
            b"agents = [\"codex\", \"copilot\"]\n\n[templates]\ngate = \"^1\"\n",
        );
    scene.run("agentpkg install").succeeds();
    scene.run("agentpkg check").succeeds();
    let script = ".agents/hooks/gate/guard.sh";
    let scene = scene.edited(script, GUARD.replace('\n', "\r\n").as_bytes());
    scene.run("agentpkg check").prints(str![[r#"
1 problem found in 5 files
  script      `.codex/hooks.json`: it runs `.agents/hooks/gate/guard.sh`, which has Windows line
              endings (CRLF), so that its `#!` line names no program
  yours       1 file edited or deleted, as is your right: .agents/hooks/gate/guard.sh

  next
    `.agents/hooks/gate/guard.sh`: save it with Unix line endings (LF), and add `*.sh text eol=lf` to .gitattributes
(exit code 1)

"#]]);
}
