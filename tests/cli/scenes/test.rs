//! `test` and `check --hooks`: a template does what its tests say, and so do its hooks in a repo.

use snapbox::str;
use support::Scene;

const MANIFEST: &str = r#"
[questions.team]
ask = "Which team?"
kind = "text"

[[hooks]]
id = "guard"
event = "before-tool"
matches = "Bash"
run = "hooks/guard.sh"
timeout = 10
"#;

const GUARD: &str = "#!/bin/sh\ncase $(cat) in *'\"rm'*) echo \"guard: no\" >&2; exit 2 ;; esac\n";

const TESTS: &str = r##"
[answers]
team = "payments"

[files]
"CLAUDE.md" = "# Shop\n"

[expect]
present = [".claude/hooks/gate/guard.sh"]
absent = [".mcp.json"]

[expect.contains]
"CLAUDE.md" = ["# Shop", "Ask payments."]

[hooks.guard]
blocks = [["rm -rf ~", "the home folder"], ["rm x", "any file"]]
passes = [["ls", "looking"]]

[[hooks.guard.cases]]
why = "says so"
input = '{"tool_input": {"command": "rm"}}'
exit = 2
says = ["guard: no"]
"##;

fn gate() -> Scene {
    Scene::new().source(
        "gate",
        "1.0.0",
        &[
            ("template.toml", MANIFEST),
            ("hooks/guard.sh", GUARD),
            ("root.md.jinja", "Ask {{ team }}.\n"),
            ("tests/shop.toml", TESTS),
        ],
    )
}

#[test]
fn a_template_that_does_what_its_tests_say_passes() {
    let scene = gate();
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
gate 1.0.0: 1 test passed
  ok          tests/shop.toml: guard 3/3 under Codex, Cursor, Copilot, Gemini CLI; 4/4 under Claude
              Code

"#]]);
    scene
        .run("agentpkg test ../templates/gate --bless")
        .prints(str![[r#"
gate 1.0.0: 1 test passed
  ok          tests/shop.toml: guard 3/3 under Codex, Cursor, Copilot, Gemini CLI; 4/4 under Claude
              Code
  written     tests/shop.tree

"#]]);
    scene.reads(
        "../templates/gate/tests/shop.tree",
        str![[r#"
==== .claude/hooks/gate/guard.hook 0644
# How the hook guard of gate is run. agentpkg wrote this from template.toml.
blocks=yes
seconds=9
matches='Bash'
set -- "$here/gate/guard.sh"
==== .claude/hooks/gate/guard.sh 0755
#!/bin/sh
case $(cat) in *'"rm'*) echo "guard: no" >&2; exit 2 ;; esac
==== .claude/settings.json 0644
{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          {
            "type": "command",
            "command": "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool gate/guard || exit 2",
            "timeout": 10
          }
        ]
      }
    ]
  }
}
==== CLAUDE.md 0644
# Shop

<!-- BEGIN agentpkg gate -->
Ask payments.
<!-- END agentpkg gate -->

"#]],
    );
    scene.run("agentpkg test ../templates/gate").succeeds();
}

#[test]
fn what_does_not_hold_is_said() {
    let scene = gate();
    scene
        .run("agentpkg test ../templates/gate --bless")
        .succeeds();
    let scene = scene
        .replaced("../templates/gate/hooks/guard.sh", "*'\"rm'*", "*rf*")
        .replaced("../templates/gate/root.md.jinja", "Ask", "Call");
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
gate 1.0.0: 1 of 1 test failed
  failed      tests/shop.toml: guard 2/3 under Codex, Cursor, Copilot, Gemini CLI; 2/4 under Claude
              Code
              `CLAUDE.md` lacks `Ask payments.`
              guard: any file: rm x: it ended with 0, not with 2
              guard: says so: it ended with 0, not with 2
              the files are not those of `tests/shop.tree` (`--bless` takes them)
--- a/tests/shop.tree
+++ b/tests/shop.tree
@@ -6,7 +6,7 @@
 set -- "$here/gate/guard.sh"
 ==== .claude/hooks/gate/guard.sh 0755
 #!/bin/sh
-case $(cat) in *'"rm'*) echo "guard: no" >&2; exit 2 ;; esac
+case $(cat) in *rf*) echo "guard: no" >&2; exit 2 ;; esac
 ==== .claude/settings.json 0644
 {
   "hooks": {
@@ -28,5 +28,5 @@
 # Shop
 
 <!-- BEGIN agentpkg gate -->
-Ask payments.
+Call payments.
 <!-- END agentpkg gate -->
(exit code 1)

"#]]);
}

#[test]
fn the_hooks_of_a_repo_are_tested_as_they_are_there() {
    let scene = gate();
    scene
        .run("agentpkg publish ../templates/gate --registry ../registry")
        .succeeds();
    scene
        .run("agentpkg install gate --set team=payments")
        .succeeds();
    scene.run("agentpkg check --hooks").prints(str![[r#"
ok: 5 files checked
  hook        guard of gate: 4/4 under Claude Code

"#]]);
    let scene = scene.edited(".claude/hooks/gate/guard.sh", "#!/bin/sh\nexit 1\n");
    scene.run("agentpkg check --hooks").prints(str![[r#"
ok: 5 files checked
  yours       1 file edited or deleted, as is your right: .claude/hooks/gate/guard.sh
  not run     `.claude/hooks/gate/guard.sh`: the tests of guard of gate were not run:
              `.claude/hooks/gate/guard.sh` isn't as it was approved

"#]]);
}

#[test]
fn tests_that_can_not_be_read_are_said_with_their_line() {
    let scene = gate().edited(
        "../templates/gate/tests/shop.toml",
        "[answer]\nteam = \"x\"\n",
    );
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
(standard error)
error: `gate/tests/shop.toml` line 1: unknown key `answer`
hint: write `answers`
(exit code 2)

"#]]);
    let scene = gate().edited(
        "../templates/gate/tests/shop.toml",
        "[hooks.gard]\nblocks = [[\"rm\", \"x\"]]\n",
    );
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
(standard error)
error: nothing answers `team`
  in `tests/shop.toml`
hint: add `team = …` to `[answers]`
(exit code 2)

"#]]);
    let scene = gate().deleted("../templates/gate/tests");
    scene
        .run("agentpkg test ../templates/gate")
        .prints(str![[r#"
(standard error)
error: `gate` 1.0.0 has no tests
hint: write `tests/default.toml`; docs/tests.md says how
(exit code 2)

"#]]);
}
