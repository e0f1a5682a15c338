//! Approval that a person reads: one screen, the text on request, and what asks nothing.

use snapbox::str;
use support::Scene;

const GUARD: &str = "#!/bin/sh\n# Blocks nothing yet.\ncat > /dev/null\nexit 0\n";

/// A hook, a server that fetches what is newest, and permissions.
fn gate(script: &str) -> [(&'static str, String); 2] {
    let manifest = "\n[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\n\
                    run = \"hooks/guard.sh\"\ntimeout = 10\n\n\
                    [mcp.docs]\ncommand = \"npx\"\nargs = [\"docs-mcp@latest\"]\n\n\
                    [permissions]\nallow = [\"Bash(git status)\", \"Bash(ls)\"]\n";
    [
        ("template.toml", manifest.to_owned()),
        ("hooks/guard.sh", script.to_owned()),
    ]
}

fn published(scene: Scene, version: &str, script: &str) -> Scene {
    let files = gate(script);
    let files = files.each_ref().map(|(path, text)| (*path, text.as_str()));
    scene.published("gate", version, &files)
}

#[test]
fn a_person_sees_a_screen_views_the_text_and_approves() {
    let scene = published(Scene::new().untrusting(), "1.0.0", GUARD);
    scene
        .types("agentpkg install gate", "what\nn\n")
        .prints(str![[r#"
what
n
gate 1.0.0
can run
  hook        guard  before shell commands, can block, 10 s
  server      docs   fetches what isn't pinned, npx docs-mcp@latest
  allow       2 without asking: Bash(ls), Bash(git status)
[v]iew the text, [a]pprove, [N]o: type v, a or n, then Enter
gate 1.0.0
can run
  hook        guard  before shell commands, can block, 10 s
  server      docs   fetches what isn't pinned, npx docs-mcp@latest
  allow       2 without asking: Bash(ls), Bash(git status)
[v]iew the text, [a]pprove, [N]o: error: not approved
note: nothing was changed
(exit code 2)

"#]]);
    assert_eq!(scene.tree().len(), 0);
    let viewed = scene.types("PAGER=cat agentpkg install gate", "v\na\n");
    viewed.succeeds();
    for said in [
        "+cat > /dev/null",
        "+  \"command\": \"npx\"",
        "installed gate 1.0.0",
    ] {
        assert!(viewed.stdout.contains(said), "{said}: {}", viewed.stdout);
    }

    let scene = published(scene, "1.1.0", &GUARD.replace("exit 0", "exit 2"));
    let viewed = scene.types("PAGER=cat agentpkg upgrade", "v\na\n");
    viewed.prints(str![[r#"
v
a
gate 1.0.0 -> 1.1.0
  changes     What changed
can run
  hook        guard  changed, +1 -1 lines
[v]iew the text, [a]pprove, [N]o:   hook        guard  changed, +1 -1 lines

--- a/.claude/hooks/gate/guard.sh
+++ b/.claude/hooks/gate/guard.sh
@@ -1,4 +1,4 @@
 #!/bin/sh
 # Blocks nothing yet.
 cat > /dev/null
-exit 0
+exit 2
gate 1.0.0 -> 1.1.0
  changes     What changed
can run
  hook        guard  changed, +1 -1 lines
[v]iew the text, [a]pprove, [N]o: upgraded gate 1.0.0 -> 1.1.0
  changelog   gate 1.1.0
              - What changed
  updated     1 file: .claude/hooks/gate/guard.sh
  approved    1 hook changed
  context     always loaded: 0 lines; 1 script may run; 1 server may be started

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
}

#[test]
fn a_text_is_printed_where_there_is_no_pager_or_no_terminal_for_it() {
    let scene = published(Scene::new().untrusting(), "1.0.0", GUARD);
    for line in [
        "PAGER=there-is-no-such agentpkg install gate",
        "agentpkg install gate > out",
    ] {
        let shown = scene.types(line, "v\nn\n");
        assert!(
            shown.exits(2).stdout.contains("+cat > /dev/null"),
            "{line}: {}",
            shown.stdout
        );
    }
}

#[test]
fn many_things_are_counted_and_a_text_is_shown_once() {
    let mut manifest = String::new();
    for number in 0..30 {
        manifest += &format!(
            "\n[[hooks]]\nid = \"h{number}\"\nevent = \"{}\"\nmatches = \"Bash\"\nrun = \"hooks/s{}.sh\"\n",
            ["before-tool", "after-tool"][number % 2],
            number / 2
        );
    }
    let tools: Vec<String> = (0..20)
        .map(|number| format!("files/tools/t{number}.py"))
        .collect();
    let mut files: Vec<(&str, &str)> = tools
        .iter()
        .map(|path| (path.as_str(), "print(1)\n"))
        .collect();
    let servers = "\n[mcp.a]\ncommand = \"npx\"\nargs = [\"a@latest\"]\n[mcp.b]\ncommand = \"b\"\n";
    manifest += servers;
    files.push(("template.toml", &manifest));
    let scripts: Vec<String> = (0..15)
        .map(|number| format!("hooks/s{number}.sh"))
        .collect();
    files.extend(scripts.iter().map(|path| (path.as_str(), GUARD)));
    let scene = Scene::new().untrusting().published("many", "1.0.0", &files);
    let said = scene.run("agentpkg install many --report can-run.md");
    said.prints(str![[r#"
(standard error)
error: approval needed for many 1.0.0: 30 hooks, 2 servers, 20 files
  hook        15 after shell commands
              15 before shell commands, can block
  server      a  fetches what isn't pinned, npx a@latest
              b  b
  file        20 in tools/
note: nothing was changed; the report has the text of all this
hint: agentpkg install many --report can-run.md --approve 780a3d6bd8321560
(exit code 2)

"#]]);
    let report = scene.text("can-run.md");
    assert_eq!(report.matches("+++ b/.claude/hooks/many/s3.sh").count(), 1);
    assert!(report.contains("tools/t19.py"), "{report}");
    assert!(report.contains("--approve "), "{report}");
}

#[test]
fn an_edit_of_the_teams_that_was_merged_upstream_asks_nothing() {
    let scene = published(Scene::new().untrusting(), "1.0.0", GUARD);
    let code = scene.run("agentpkg install gate").code_shown();
    scene
        .run(&format!("agentpkg install gate --approve {code}"))
        .succeeds();
    let ours = GUARD.replace("exit 0", "# ours\nexit 0");
    let scene = scene.edited(".claude/hooks/gate/guard.sh", &ours);
    let scene = published(scene, "1.1.0", &ours);
    scene.run("agentpkg upgrade").succeeds();
    // What is nearly the same asks.
    let scene = published(scene, "1.2.0", &format!("{ours}\n"));
    scene.run("agentpkg upgrade").exits(2);
}

#[test]
fn prose_that_a_script_of_the_teams_runs_asks() {
    let template: support::Files = &[
        ("files/docs/steps.md", "make all\n"),
        ("files/docs/b.md", "b\n"),
    ];
    let scene = Scene::new()
        .untrusting()
        .published("steps", "1.0.0", template)
        .edited(
            "build.sh",
            "#!/bin/sh\nfor f in docs/s*.md; do . \"$f\"; done\ncat docs/b.md\n",
        );
    scene.run("git add build.sh").succeeds();
    scene.run("agentpkg install steps").prints(str![[r#"
(standard error)
error: approval needed for steps 1.0.0: 1 file
  file        docs/steps.md
note: nothing was changed; `--report FILE.md` writes the text of all this
hint: agentpkg install steps --approve 35351187fc91077f
(exit code 2)

"#]]);
    // Without it, it is prose.
    scene
        .run("git rm -q -f build.sh && agentpkg install steps")
        .succeeds();
}

#[test]
fn a_job_may_trust_a_registry_by_its_environment() {
    let scene = published(Scene::new().untrusting(), "1.0.0", GUARD);
    scene
        .run("AGENTPKG_TRUST=../elsewhere agentpkg install gate")
        .exits(2);
    scene
        .run("AGENTPKG_TRUST='https://[' agentpkg install gate")
        .exits(2);
    scene
        .run("AGENTPKG_TRUST='../elsewhere\n../registry' agentpkg install gate")
        .says(0, &["(trusted: registry "]);
}

/// A repository with a release committed, and another one that waits for review on a branch.
fn in_review() -> Scene {
    let scene = published(Scene::new().untrusting(), "1.0.0", GUARD);
    let code = scene.run("agentpkg install gate").code_shown();
    scene
        .run(&format!("agentpkg install gate --approve {code}"))
        .succeeds();
    scene
        .run("git add -A && git commit -qm install && git switch -qc upgrade")
        .succeeds();
    let scene = published(scene, "1.1.0", &GUARD.replace("exit 0", "exit 2"));
    scene
        .run("agentpkg upgrade --commit --approve-in-review --report ../body.md")
        .succeeds();
    scene
}

#[test]
fn whoever_merges_approves_what_was_committed_for_review() {
    let scene = in_review();
    let body = scene.text("../body.md");
    let first = body.find("## Can run").expect("what can run is in it");
    assert!(body.find("## ").is_some_and(|at| at == first), "{body}");
    assert!(body.contains("whoever merges approves it"), "{body}");
    scene.run("agentpkg check").prints(str![[r#"
ok: 5 files checked
  in review   1 thing that can run: not approved yet: merging it approves it
              hook PreToolUse .claude/hooks/gate/guard.sh of gate

"#]]);
    scene.run("agentpkg check --strict").needs_a_person();
    scene.run("agentpkg audit").needs_a_person();
    scene
        .run("git switch -q main && GIT_AUTHOR_NAME=Reviewer git merge -q --no-ff -m merge upgrade")
        .succeeds();
    scene
        .run("agentpkg check --strict")
        .says(0, &["approved by Reviewer, who merged it with"]);
    scene.run("agentpkg audit").succeeds();
    // The next release takes the note out; it asks for its own.
    let scene = published(scene, "1.2.0", "#!/bin/sh\nexit 3\n");
    let code = scene.run("agentpkg upgrade").code_shown();
    scene
        .run(&format!("agentpkg upgrade --approve {code}"))
        .succeeds();
    assert!(!scene.text("agentpkg.lock").contains("in-review"));
}

#[test]
fn who_merged_is_said_as_far_as_git_knows() {
    // A branch that was merged as one commit, in a clone that knows which branch is the usual one.
    let scene = in_review();
    scene
        .run(
            "git switch -q main && git merge -q --squash upgrade && \
             GIT_COMMITTER_NAME=Forge git commit -qm squashed && git clone -q . ../clone",
        )
        .succeeds();
    scene
        .run("agentpkg check --repo ../clone")
        .says(0, &["approved by Forge, who merged it with"]);
    scene
        .run("git clone -q --depth 1 file://$PWD ../shallow && agentpkg check --repo ../shallow")
        .says(0, &["in review", "git's history isn't here"]);
    // Two upgrades that wait: the second keeps the first waiting.
    let scene = in_review();
    let scene = published(scene, "1.2.0", "#!/bin/sh\nexit 3\n");
    scene
        .run("agentpkg upgrade --commit --approve-in-review")
        .succeeds();
    scene.run("agentpkg check").says(0, &["not approved yet"]);
    scene
        .run("agentpkg upgrade --approve-in-review 2>&1 | cat")
        .says(0, &["--commit"]);
}

/// What a forge merges to try it, and what anybody merges elsewhere, approves nothing.
#[test]
fn only_the_branch_that_requests_are_merged_into_approves() {
    let scene = in_review();
    scene
        .run("git switch -q main && git clone -q . ../clone")
        .succeeds();
    for line in [
        "git checkout -q --detach origin/main && git merge -q --no-ff -m try origin/upgrade",
        "git switch -q -c feature origin/main && git merge -q --no-ff -m mine origin/upgrade",
    ] {
        scene.run(&format!("cd ../clone && {line}")).succeeds();
        scene
            .run("agentpkg check --repo ../clone")
            .says(0, &["not approved yet"]);
        scene.run("agentpkg audit --repo ../clone").needs_a_person();
    }
    scene
        .run("git clone -q --depth 1 -b upgrade file://$PWD ../tip && agentpkg check --repo ../tip")
        .says(0, &["git's history isn't here"]);
}

#[test]
fn a_person_may_approve_what_waits_for_review() {
    let scene = in_review();
    let code = scene.run("agentpkg install").code_shown();
    let line = format!("agentpkg install --approve {code}");
    scene.run(&line).succeeds();
    scene.run("agentpkg check --strict").succeeds();
    assert!(!scene.text("agentpkg.lock").contains("in-review"));
}

/// A report is nobody else's file, and a failure to write it says what was done.
#[test]
fn a_report_goes_where_nobody_reads_anything_else() {
    let scene = published(Scene::new().untrusting(), "1.0.0", GUARD);
    for place in [
        "agentpkg.lock",
        ".claude/settings.json",
        ".git/config",
        "nowhere/r.md",
        ".",
    ] {
        scene
            .run(&format!(
                "mkdir -p .claude && agentpkg install gate --report {place}"
            ))
            .says(2, &["nothing was changed"]);
    }
    assert!(scene.git(&["config", "core.bare"]).contains("false"));
    let said = scene.run(
        "mkfifo ../pipe && (cat ../pipe > ../read &) && agentpkg install gate --report ../pipe",
    );
    let code = said.code_shown();
    scene
        .run("sleep 0.2; grep -q 'Blocks nothing yet' ../read && test -p ../pipe")
        .succeeds();
    // Once it is approved, only the report can be missing.
    scene
        .run(&format!(
            "agentpkg install gate --approve {code} --report /dev/full"
        ))
        .says(2, &["only the report is missing"]);
    scene.run("agentpkg check").succeeds();
}

/// What a release takes away waits for review like what it brings.
#[test]
fn a_guard_that_goes_waits_for_review_too() {
    let rules = |deny: &str| format!("\n[permissions]\ndeny = [{deny}]\n");
    let first = rules("\"Read(.env)\", \"Read(a)\"");
    let scene = Scene::new()
        .untrusting()
        .published("rules", "1.0.0", &[("template.toml", &first)]);
    scene
        .run("agentpkg install rules && git add -A && git commit -qm install && git switch -qc up")
        .succeeds();
    let second = rules("\"Read(a)\"");
    let scene = scene.published("rules", "1.1.0", &[("template.toml", &second)]);
    scene
        .run("agentpkg upgrade --commit --approve-in-review")
        .succeeds();
    scene.run("agentpkg check").says(
        0,
        &["not approved yet", "no longer deny Read(.env) of rules"],
    );
    // Nothing else asks about it, and nothing forgets it.
    scene.run("agentpkg install").succeeds();
    scene.run("agentpkg check --strict").needs_a_person();
    scene
        .run("git switch -q main && GIT_AUTHOR_NAME=Reviewer git merge -q --no-ff -m merge up")
        .succeeds();
    scene
        .run("agentpkg check --strict")
        .says(0, &["approved by Reviewer"]);
}
