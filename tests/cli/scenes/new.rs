//! `new`: a template from nothing to a repo, in five commands.

use snapbox::str;
use support::Scene;

#[test]
fn a_new_template_lints_tests_publishes_and_installs_as_it_stands() {
    let scene = Scene::new();
    scene.run("cd .. && agentpkg new house").prints(str![[r#"
made the template house
  files       6 files in house: CHANGELOG.md, README.md, template.toml, hooks/guard.sh,
              rules/commits.md.jinja, tests/default.toml

  look        agentpkg lint house
  try         agentpkg test house
  publish     agentpkg publish house --registry registry

"#]]);
    scene.run("cd .. && agentpkg lint house").succeeds();
    scene.run("cd .. && agentpkg test house").prints(str![[r#"
house 0.1.0: 1 test passed
  ok          tests/default.toml: guard 4/4 under Claude Code, Codex, Cursor, Copilot, Gemini CLI

"#]]);
    scene
        .run("cd .. && agentpkg publish house --registry registry")
        .succeeds();
    scene.run("agentpkg install house").prints(str![[r#"
installed house 0.1.0
  added       5 files: .claude/settings.json, .claude/hooks/run, .claude/hooks/house/ (2),
              .claude/rules/house/commits.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  answer      team = "unnamed" (the template's default)
  can run     hook      guard  before shell commands, can block, 10 s
              test      tests/default.toml
              (trusted: registry [SCENE]/registry)
  context     always loaded: 5 lines; 1 script may run

  commit      git add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg check --hooks").prints(str![[r#"
ok: 5 files checked
  hook        guard of house: 4/4 under Claude Code

"#]]);
    scene.run("agentpkg lint").succeeds();
    scene.run("cd .. && agentpkg new house").prints(str![[r#"
(standard error)
error: `house` is there already
note: nothing was changed
hint: take another name, or another folder
(exit code 2)

"#]]);
}

#[test]
fn a_template_of_a_repos_own_files_changes_nothing_there() {
    let settings = "{\n  \"permissions\": {\n    \"allow\": [\"Bash(make *)\"]\n  }\n}\n";
    let scene = Scene::new()
        .edited(".claude/settings.json", settings)
        .edited(".claude/rules/style.md", "Short names.\n")
        .edited("CLAUDE.md", "# Shop\n");
    scene
        .run("cd .. && agentpkg new house --from repo")
        .prints(str![[r#"
made the template house
  files       6 files in house: CHANGELOG.md, README.md, root.md, template.toml,
              files/.claude/rules/style.md, tests/default.toml
  for one     files/.claude/rules/style.md: below `rules/`, every agent would have them

  look        agentpkg lint house
  try         agentpkg test house
  publish     agentpkg publish house --registry registry

"#]]);
    scene
        .run("cd .. && agentpkg lint house && agentpkg test house")
        .succeeds();
    scene
        .run("cd .. && agentpkg publish house --registry registry")
        .succeeds();
    scene
        .run("git add -A && git commit -qm before && agentpkg install house")
        .succeeds();
    scene.run("git status --short").prints(str![[r#"
 M CLAUDE.md
?? agentpkg.lock
?? agentpkg.toml

"#]]);
    scene
        .run("cd .. && agentpkg new mine --from home")
        .prints(str![[r#"
(standard error)
error: `home` has no agent files that a template can bring
note: nothing was changed
(exit code 2)

"#]]);
}

#[test]
fn a_template_in_a_repository_says_where_it_is_kept() {
    let scene = Scene::new();
    let origin = "git@git.example.org:platform/templates.git";
    scene.git(&["remote", "add", "origin", origin]);
    scene.run("agentpkg new house -q").succeeds();
    let manifest = scene.text("house/template.toml");
    let said = format!("repository = \"{origin}\"\ndirectory = \"house\"\n");
    assert!(manifest.contains(&said), "{manifest}");
    let publish = "agentpkg publish house --registry ../registry";
    scene
        .run(&format!("{publish} --dry-run"))
        .never("can't send");
    let scene = scene.replaced("house/template.toml", &said, "");
    scene.run(publish).says(
        0,
        &[
            "teams can't send proposals: template.toml doesn't say where its source is kept",
            &format!("repository = \"{origin}\""),
            "directory = \"house\"",
        ],
    );
}
