//! Files that the team wrote next to a template's, offered upstream.

use snapbox::str;
use support::Scene;

const MANIFEST: &str =
    "[questions.team]\nask = \"Which team?\"\nkind = \"text\"\ndefault = \"payments\"\n";

const RULE: &str = ".claude/rules/house/deploys.md";

/// A repository with a template, for these agents, and a rule of the team's own next to it.
fn with_a_rule(agents: &str, text: &str) -> Scene {
    let scene = Scene::new()
        .published(
            "house",
            "1.0.0",
            &[
                ("template.toml", MANIFEST),
                ("rules/git.md.jinja", "- Ask {{ team }}.\n"),
                (
                    "skills/s/SKILL.md",
                    "---\nname: s\ndescription: d\n---\n# S\n",
                ),
            ],
        )
        .edited(
            "agentpkg.toml",
            format!("agents = [{agents}]\n\n[templates]\nhouse = \"^1\"\n").as_bytes(),
        );
    scene.run("agentpkg install").succeeds();
    scene.edited(RULE, text.as_bytes())
}

#[test]
fn a_file_that_no_template_brought_is_listed_and_goes_along_where_it_is_named() {
    let scene = with_a_rule("\"claude\"", "# Deploys\n\nOn Mondays.\n");
    scene.run("agentpkg status").prints(str![[r#"
house 1.0.0  (^1)
  latest      installed
  changed     nothing: every file is as it was installed
  new         1 file that no template brought: .claude/rules/house/deploys.md (`agentpkg contribute
              PATH` offers one)

"#]]);
    scene
        .run("agentpkg contribute -m why --output ../p.patch")
        .prints(str![[r#"
(standard error)
error: nothing that a template brought was edited here
note: 1 file that no template brought lies next to a template's: `.claude/rules/house/deploys.md`
hint: to offer them: agentpkg contribute .claude/rules/house/deploys.md -m why --output ../p.patch
(exit code 2)

"#]]);
    scene
        .run(&format!(
            "agentpkg contribute {RULE} -m why --output ../p.patch"
        ))
        .prints(str![[r#"
wrote the proposal p-44b2d1 for house: why
  edit        .claude/rules/house/deploys.md -> rules/deploys.md: new
  file        ../p.patch

  next        send the file to whoever keeps the template; `agentpkg proposals apply` takes it, or
              `git am --directory=FOLDER`
  then        once it is released, `agentpkg upgrade` takes it out of your local changes

"#]]);
    // What an edit speaks of is missed.
    let scene = scene.edited(
        ".claude/skills/s/SKILL.md",
        b"---\nname: s\ndescription: d\n---\n# S\n\nSee deploys.md.\n",
    );
    scene
        .run("agentpkg contribute -m why --output ../q.patch")
        .prints(str![[r#"
wrote the proposal p-2310f9 for house: why
  edit        .claude/skills/s/SKILL.md -> skills/s/SKILL.md: 1 hunk
  left out    .claude/rules/house/deploys.md: no template brought it, and what goes along speaks of
              it; name it, too
  file        ../q.patch

  next        send the file to whoever keeps the template; `agentpkg proposals apply` takes it, or
              `git am --directory=FOLDER`
  then        once it is released, `agentpkg upgrade` takes it out of your local changes

"#]]);
}

#[test]
fn what_could_be_an_answer_in_a_new_file_is_asked_about() {
    let scene = with_a_rule("\"claude\"", "Ask payments.\n");
    let contribute = format!("agentpkg contribute {RULE} -m why --output ../p.patch");
    scene.run(&contribute).prints(str![[r#"
(standard error)
error: there is nothing of `house` that can be proposed
  `.claude/rules/house/deploys.md` line 1 can be read in more ways than one:
    1: it says `payments` in every repository
    2: it says `{{ team }}`: each repository's own
note: nothing was sent
hint: say which one is meant: `--read .claude/rules/house/deploys.md#1=1`
(exit code 2)

"#]]);
    for (reading, source) in [
        (1, "rules/deploys.md: new"),
        (2, "rules/deploys.md.jinja: new"),
    ] {
        scene
            .run(&format!("{contribute} --read {RULE}#1={reading}"))
            .says(0, &[source]);
    }
}

#[test]
fn a_new_file_has_its_place_in_the_template_or_stays() {
    let scene = with_a_rule("\"claude\"", "x\n")
        .edited(
            ".claude/skills/ours/SKILL.md",
            b"---\nname: ours\ndescription: d\n---\n# Ours\n",
        )
        .edited(".claude/skills/ours/run.sh", b"#!/bin/sh\n")
        .edited(".claude/commands/go.md", b"Go.\n")
        .edited(".claude/hooks/house/lib.awk", b"BEGIN { exit }\n")
        .edited("docs/how.md", b"How.\n")
        .edited("logo.png", b"\x89PNG\0\xff")
        .edited("CLAUDE.md", b"# Ours\n");
    scene
        .run("agentpkg contribute .claude/rules/house .claude/skills/ours .claude/commands/go.md .claude/hooks docs logo.png -m why --output ../p.patch")
        .prints(str![[r#"
wrote the proposal p-141a43 for house: why
  edit        .claude/commands/go.md -> commands/go.md: new
  edit        .claude/hooks/house/lib.awk -> hooks/lib.awk: new
  edit        .claude/rules/house/deploys.md -> rules/deploys.md: new
  edit        .claude/skills/ours/SKILL.md -> skills/ours/SKILL.md: new
  edit        .claude/skills/ours/run.sh -> skills/ours/run.sh: new
  edit        docs/how.md -> files/docs/how.md: new
  left out    logo.png: it is no text
  file        ../p.patch

  next        send the file to whoever keeps the template; `agentpkg proposals apply` takes it, or
              `git am --directory=FOLDER`
  then        once it is released, `agentpkg upgrade` takes it out of your local changes

"#]]);
    scene
        .run("agentpkg contribute CLAUDE.md -m why --output ../q.patch")
        .prints(str![[r#"
(standard error)
error: `house` 1.0.0: `files/CLAUDE.md` would own `CLAUDE.md`
hint: put the text into `root.md`
(exit code 2)

"#]]);
    scene
        .run("agentpkg contribute nothing.md -m why --output ../q.patch")
        .prints(str![[r#"
(standard error)
error: `nothing.md` is neither an installed template nor a managed path, and no file
hint: agentpkg status
(exit code 2)

"#]]);
}

/// Accepts `../p.patch`, and publishes 1.1.0 of the template.
fn release(scene: &Scene) {
    let folder = "../templates/house";
    scene.git_in(folder, &["init", "-q"]);
    scene.git_in(folder, &["add", "-A"]);
    scene.git_in(folder, &["commit", "-qm", "House"]);
    scene
        .run(&format!(
            "agentpkg proposals apply ../p.patch --repo {folder}"
        ))
        .succeeds();
    scene
        .run(&format!(
            "agentpkg publish {folder} --bump minor --registry ../registry"
        ))
        .succeeds();
}

/// Whichever agents there are: the others get the file with the release.
#[test]
fn a_new_file_comes_home() {
    for agents in [
        "\"claude\"",
        "\"claude\", \"codex\", \"cursor\", \"copilot\", \"gemini\"",
    ] {
        let scene = with_a_rule(agents, "# Deploys\n\nAsk payments.\n");
        scene
            .run(&format!("agentpkg contribute {RULE} -m 'How we deploy' --read {RULE}#1=2 --output ../p.patch"))
            .succeeds();
        release(&scene);
        scene
            .run("agentpkg upgrade")
            .says(0, &["is in 1.1.0: How we deploy"])
            .never("isn't here as it was sent");
        scene
            .run("agentpkg diff")
            .says(0, &["no changes to what the templates wrote"]);
        assert!(scene.text(RULE).ends_with("# Deploys\n\nAsk payments.\n"));
    }
}

/// What a team moved is renamed in the source, with its edits, where somebody names it.
#[test]
fn a_move_is_a_rename_of_the_source() {
    let scene = with_a_rule("\"claude\", \"codex\"", "x\n").deleted(RULE);
    scene.git(&["add", "-A"]);
    scene.git(&["commit", "-qm", "House"]);
    let folder = ".claude/rules/house";
    scene.git(&[
        "mv",
        &format!("{folder}/git.md"),
        &format!("{folder}/pushes.md"),
    ]);
    scene
        .run("agentpkg contribute -m why --output ../p.patch")
        .prints(str![[r#"
(standard error)
error: there is nothing of `house` that can be proposed
  `.claude/rules/house/pushes.md`: it was moved here; name it to propose that for all
note: nothing was sent
(exit code 2)

"#]]);
    for named in ["git.md", "pushes.md"] {
        scene
            .run(&format!(
                "agentpkg contribute {folder}/{named} -m why --output ../p.patch"
            ))
            .says(0, &["-> rules/pushes.md.jinja: renamed"]);
    }
    let patch = scene.text("../p.patch");
    let renames = "+[renames]\n+\"rules/git.md\" = \"rules/pushes.md\"\n";
    assert!(patch.contains(renames), "{patch}");
    release(&scene);
    scene
        .run("agentpkg upgrade")
        .says(0, &["is in 1.1.0: why"])
        .never("isn't here as it was sent");
    scene
        .run("agentpkg diff")
        .says(0, &["no changes to what the templates wrote"]);
    scene.absent(&format!("{folder}/git.md"));
}
