//! `publish --bump` and `--prepare`: a release is made ready at a desk, and published by CI.

use snapbox::str;
use support::Scene;

const MANIFEST: &str = r#"directory = "templates/gate"

# Asked once.
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

/// The folder of a trial is in what a hook reads, so a word alone may be in its random name.
const GUARD: &str = "#!/bin/sh\ncase $(cat) in *'rm -'*) echo \"guard: no\" >&2; exit 2 ;; esac\n";

const TESTS: &str = r##"
[answers]
team = "payments"

[hooks.guard]
blocks = [["rm -rf ~", "the home folder"]]
passes = [["ls", "looking"]]
"##;

/// A template that is published, as it is in a platform team's repository.
fn gate() -> Scene {
    let scene = Scene::new().published(
        "gate",
        "1.0.0",
        &[
            ("template.toml", MANIFEST),
            ("hooks/guard.sh", GUARD),
            ("rules/old.md", "Be careful.\n"),
            ("root.md.jinja", "Ask {{ team }}.\n"),
            ("tests/shop.toml", TESTS),
        ],
    );
    scene
        .run("cp -r ../templates . && git add . && git commit -qm 'gate 1.0.0'")
        .succeeds();
    scene
}

/// The same after some work: a script, a rule and a permission changed, and the changelog says so.
fn worked_on() -> Scene {
    gate()
        .replaced(
            "templates/gate/hooks/guard.sh",
            "*'rm -'*)",
            "*'rm -'* | *'dd i'*)",
        )
        .edited("templates/gate/rules/new.md", "Be kind.\n")
        .deleted("templates/gate/rules/old.md")
        .replaced(
            "templates/gate/template.toml",
            "# Asked once.",
            "[permissions]\ndeny = [\"Read(.env)\"]\n\n# Asked once.",
        )
        .edited(
            "templates/gate/CHANGELOG.md",
            "# Changelog\n\n## [Unreleased]\n\n- `dd` is blocked\n\n## [1.0.0]\n\n- The first\n",
        )
}

#[test]
fn a_release_is_prepared_at_a_desk_and_published_after_the_merge() {
    let scene = worked_on();
    let registry = scene.text("../registry/index/gate.json");
    scene
        .run("agentpkg publish templates/gate --bump major --prepare --registry ../registry")
        .prints(str![[r#"
prepared gate 2.0.0, nothing published
  registry    [SCENE]/registry
  version     1.0.0 -> 2.0.0; major fits: `rules/old.md` is gone
  wrote       the version in template.toml (was 1.0.0), the section of 2.0.0 in CHANGELOG.md
  tests       1 test passed, 10 hook calls
  lint        no errors, no warnings
  added       1 file: rules/new.md
  changed     3 files: CHANGELOG.md, hooks/guard.sh, template.toml
  removed     1 file: rules/old.md
  can run     changed hook: PreToolUse .claude/hooks/gate/guard.sh
  limits      new deny: Read(.env)
--- a/.claude/hooks/gate/guard.sh
+++ b/.claude/hooks/gate/guard.sh
@@ -1,2 +1,2 @@
 #!/bin/sh
-case $(cat) in *'rm -'*) echo "guard: no" >&2; exit 2 ;; esac
+case $(cat) in *'rm -'* | *'dd i'*) echo "guard: no" >&2; exit 2 ;; esac

  commit      git -C templates/gate add . && git -C templates/gate commit -m 'gate 2.0.0'
              then push it, and open the merge request
  publish     agentpkg publish templates/gate --registry ../registry
              in CI, after the merge

"#]]);
    scene.reads(
        "templates/gate/template.toml",
        str![[r#"
[template]
name = "gate"
version = "2.0.0"
description = "What gate is for"
directory = "templates/gate"

[permissions]
deny = ["Read(.env)"]

# Asked once.
[questions.team]
ask = "Which team?"
kind = "text"

[[hooks]]
id = "guard"
event = "before-tool"
matches = "Bash"
run = "hooks/guard.sh"
timeout = 10

"#]],
    );
    scene.reads(
        "templates/gate/CHANGELOG.md",
        "# Changelog\n\n## [2.0.0]\n\n- `dd` is blocked\n\n## [1.0.0]\n\n- The first\n",
    );
    scene.reads("../registry/index/gate.json", registry.as_str());
    // Asked again, there is nothing left to write.
    scene
        .run(
            "agentpkg publish templates/gate --bump major --prepare --registry ../registry | head \
             -1",
        )
        .prints(str![[r#"
gate 2.0.0 is ready, nothing published

"#]]);
    // What is said to be next works as it stands, in CI twice.
    scene
        .run(
            "git -C templates/gate add . && git -C templates/gate commit -qm 'gate 2.0.0' && git \
             status --porcelain",
        )
        .prints(str![]);
    scene
        .run("agentpkg publish templates/gate --registry ../registry | head -1")
        .prints(str![[r#"
published gate 2.0.0

"#]]);
    scene
        .run("agentpkg publish templates/gate --registry ../registry")
        .prints(str![[r#"
gate 2.0.0 is published already, with the same contents
  registry    [SCENE]/registry
  files       7 files, packed to 673 bytes
  tree        sha256:8151aefc7fccbbd78bdf11d3d2d3b361ed022d78ac7011f27f312013704d6f66

  for teams   agentpkg install gate --registry [SCENE]/registry

"#]]);
}

#[test]
fn a_dry_run_shows_all_of_it_and_writes_nothing() {
    let scene = worked_on();
    let (before, registry) = (scene.tree(), scene.text("../registry/index/gate.json"));
    scene
        .run("agentpkg publish templates/gate --bump 1.1.0 --prepare --dry-run")
        .prints(str![[r#"
would prepare gate 1.1.0 (nothing was changed)
  registry    [SCENE]/registry
  version     1.0.0 -> 1.1.0 is too small; 2.0.0 fits: `rules/old.md` is gone
  would write the version in template.toml (was 1.0.0), the section of 1.1.0 in CHANGELOG.md
  tests       1 test passed, 10 hook calls
  lint        no errors, no warnings
  added       1 file: rules/new.md
  changed     3 files: CHANGELOG.md, hooks/guard.sh, template.toml
  removed     1 file: rules/old.md
  can run     changed hook: PreToolUse .claude/hooks/gate/guard.sh
  limits      new deny: Read(.env)
--- a/.claude/hooks/gate/guard.sh
+++ b/.claude/hooks/gate/guard.sh
@@ -1,2 +1,2 @@
 #!/bin/sh
-case $(cat) in *'rm -'*) echo "guard: no" >&2; exit 2 ;; esac
+case $(cat) in *'rm -'* | *'dd i'*) echo "guard: no" >&2; exit 2 ;; esac

  to prepare  agentpkg publish templates/gate --bump 1.1.0 --prepare

"#]]);
    scene
        .run("agentpkg publish templates/gate --bump 1.1.0 --dry-run | head -1")
        .prints(str![[r#"
would publish gate 1.1.0 (nothing was changed)

"#]]);
    assert_eq!(scene.tree(), before);
    scene.reads("../registry/index/gate.json", registry.as_str());
}

#[test]
fn without_prepare_a_bump_publishes_in_one_go() {
    let scene = worked_on();
    scene
        .run("agentpkg publish templates/gate --bump major")
        .prints(str![[r#"
published gate 2.0.0
  registry    [SCENE]/registry
  files       7 files, packed to 673 bytes
  tree        sha256:8151aefc7fccbbd78bdf11d3d2d3b361ed022d78ac7011f27f312013704d6f66
  version     1.0.0 -> 2.0.0; major fits: `rules/old.md` is gone
  wrote       the version in template.toml (was 1.0.0), the section of 2.0.0 in CHANGELOG.md
  tests       1 test passed, 10 hook calls
  lint        no errors, no warnings
  added       1 file: rules/new.md
  changed     3 files: CHANGELOG.md, hooks/guard.sh, template.toml
  removed     1 file: rules/old.md
  can run     changed hook: PreToolUse .claude/hooks/gate/guard.sh
  limits      new deny: Read(.env)
--- a/.claude/hooks/gate/guard.sh
+++ b/.claude/hooks/gate/guard.sh
@@ -1,2 +1,2 @@
 #!/bin/sh
-case $(cat) in *'rm -'*) echo "guard: no" >&2; exit 2 ;; esac
+case $(cat) in *'rm -'* | *'dd i'*) echo "guard: no" >&2; exit 2 ;; esac

  for teams   agentpkg install gate --registry [SCENE]/registry

"#]]);
    scene
        .run("agentpkg info gate | grep releases")
        .prints(str![[r#"
  releases    2.0.0, 1.0.0

"#]]);
    scene
        .run("agentpkg publish templates/gate | head -1")
        .prints(str![[r#"
gate 2.0.0 is published already, with the same contents

"#]]);
}

#[test]
fn a_date_and_an_empty_heading_stand_where_the_changelog_has_them() {
    let changelog = |unreleased: &str, rest: &str| {
        format!(
            "# Changelog\n\n## [Unreleased]\n{unreleased}{rest}\n[1.0.0]: https://example.org\n"
        )
    };
    let first = "\n## [1.0.0] - 2026-01-01\n\n- The first\n";
    let scene = Scene::new()
        .published("t", "1.0.0", &[("CHANGELOG.md", &changelog("", first))])
        .edited(
            "../templates/t/CHANGELOG.md",
            changelog("\n### Added\n\n- More\n", first),
        );
    scene
        .run("agentpkg publish ../templates/t --bump patch --prepare")
        .succeeds();
    scene
        .run("sed \"s/$(date -u +%F)/TODAY/\" ../templates/t/CHANGELOG.md")
        .prints(str![[r#"
# Changelog

## [Unreleased]

## [1.0.1] - TODAY

### Added

- More

## [1.0.0] - 2026-01-01

- The first

[1.0.0]: https://example.org

"#]]);
}

#[test]
fn a_first_release_is_prepared_as_its_manifest_has_it() {
    let scene = Scene::new().source(
        "gate",
        "0.1.0",
        &[
            ("template.toml", MANIFEST),
            ("hooks/guard.sh", GUARD),
            ("tests/shop.toml", TESTS),
        ],
    );
    scene
        .run("agentpkg publish ../templates/gate --prepare --registry ../registry")
        .prints(str![[r#"
gate 0.1.0 is ready, nothing published
  registry    [SCENE]/registry, a new registry
  version     0.1.0, the first release
  tests       1 test passed, 10 hook calls
  can run     new hook: PreToolUse .claude/hooks/gate/guard.sh
  warnings    1 warning in 1 file

template.toml
  line 8      warning template-question: no file and no `when` uses the answer to `team`: people are
              asked in vain
  fix         use `{{ team }}`, or take it out

  commit      git -C ../templates/gate add . && git -C ../templates/gate commit -m 'gate 0.1.0'
              then push it, and open the merge request
  publish     agentpkg publish ../templates/gate --registry ../registry
              in CI, after the merge

"#]]);
    scene.absent("../registry");
    scene
        .run("cd ../templates/gate && agentpkg publish --prepare --registry 'git+ssh://x'")
        .prints(str![[r#"
(standard error)
error: `git+ssh://x` is not the address of a repository: it has no path
hint: write it as `https://HOST/OWNER/NAME` or `git@HOST:OWNER/NAME.git`
(exit code 2)

"#]]);
}

#[test]
fn changes_that_wait_for_a_version_are_named_by_the_command_that_is_said() {
    let scene = worked_on().replaced(
        "templates/gate/template.toml",
        "version = \"1.0.0\"",
        "version = \"1.1.0\"",
    );
    scene
        .run("agentpkg publish templates/gate --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `gate` 1.1.0: `CHANGELOG.md` has no section for 1.1.0
hint: rename `## [Unreleased]` to `## [1.1.0]`, or have this command do it
hint: agentpkg publish templates/gate --bump 1.1.0 --prepare --registry ../registry
(exit code 2)

"#]]);
    scene.run("agentpkg lint templates/gate").prints(str![[r#"
1 error in 1 file; 7 files read
  in          [SCENE]/repo/templates/gate

CHANGELOG.md
  file        error template-changelog: `CHANGELOG.md` has no section for 1.1.0
  fix         rename `## [Unreleased]` to `## [1.1.0]`, or have this command do it; agentpkg publish
              templates/gate --bump 1.1.0 --prepare

  rules       each has a section in docs/lint.md
(exit code 1)

"#]]);
    scene
        .run("agentpkg publish templates/gate --bump 1.1.0 --prepare --registry ../registry")
        .succeeds();
    scene.run("agentpkg publish templates/gate").succeeds();
}

#[test]
fn a_version_that_is_published_with_other_contents_is_not_prepared() {
    let scene = worked_on().edited("templates/gate/CHANGELOG.md", "## [1.0.0]\n\n- The first\n");
    scene
        .run("agentpkg publish templates/gate --prepare --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `gate` 1.0.0 is already published with different contents
note: a release never changes
hint: agentpkg publish templates/gate --bump patch --prepare --registry ../registry
(exit code 2)

"#]]);
    scene
        .run("agentpkg publish templates/gate --bump 1.0.0 --prepare | head -1")
        .prints(str![[r#"
(standard error)
error: `gate` 1.0.0 is already published with different contents
note: a release never changes
hint: agentpkg publish templates/gate --bump patch --prepare

"#]]);
    // As it was published, there is nothing to prepare.
    scene.run("git checkout -q templates").succeeds();
    scene
        .run(
            "rm templates/gate/rules/new.md && agentpkg publish templates/gate --prepare | head -1",
        )
        .prints(str![[r#"
gate 1.0.0 is published already, with the same contents

"#]]);
}

#[test]
fn nothing_is_written_unless_everything_passed() {
    let scene = worked_on();
    let refuses = |what: &str, line: &str, change: &dyn Fn(&Scene)| {
        let scene = worked_on();
        change(&scene);
        let before = scene.tree();
        let ran = scene.run(line);
        assert_eq!(scene.tree(), before, "{what}");
        ran
    };
    let bump = "agentpkg publish templates/gate --bump minor --prepare";
    refuses("a failing test", bump, &|scene| {
        scene.replace("templates/gate/hooks/guard.sh", "*'rm -'*", "*'mkfs '*");
    })
    .prints(str![[r#"
(standard error)
error: `gate` 1.1.0: 1 of 1 test failed
  tests/shop.toml: guard: the home folder: rm -rf ~: it ended with 0, not with 2
note: nothing was changed
hint: agentpkg test templates/gate
(exit code 2)

"#]]);
    refuses("another tree than the snapshot", bump, &|scene| {
        scene.write("templates/gate/tests/shop.tree", "==== CLAUDE.md 0644\nx\n");
    })
    .says(
        2,
        &[
            "the files are not those of `tests/shop.tree`",
            "+++ b/tests/shop.tree",
        ],
    );
    refuses("an error of the linter", bump, &|scene| {
        scene.write("templates/gate/rules/new.md", "a\u{202e}b\n");
    })
    .prints(str![[r#"
(standard error)
error: `gate` 1.1.0 has 1 error that `lint` finds
  `rules/new.md` line 1: U+202E is a control of direction, which shows the text in another order
    than the agent reads it (hidden-unicode); delete it; type the line anew if you can't find it
hint: each rule has a section in docs/lint.md; `agentpkg lint` shows warnings too
(exit code 2)

"#]]);
    refuses("nothing unreleased", bump, &|scene| {
        scene.replace("templates/gate/CHANGELOG.md", "- `dd` is blocked\n", "");
    })
    .prints(str![[r#"
(standard error)
error: `templates/gate/CHANGELOG.md` has nothing under `## [Unreleased]`
hint: write a line there for each change, for those who upgrade: `- What is new`
(exit code 2)

"#]]);
    refuses("no such section", bump, &|scene| {
        scene.write("templates/gate/CHANGELOG.md", "## [1.0.0]\n\n- The first\n");
    })
    .prints(str![[r#"
(standard error)
error: `templates/gate/CHANGELOG.md` has no section `## [Unreleased]`
hint: add it above the newest version, with a line for each change, for those who upgrade: `- What
  is new`
(exit code 2)

"#]]);
    refuses("two sections", bump, &|scene| {
        scene.replace("templates/gate/CHANGELOG.md", "[1.0.0]", "[1.1.0]");
    })
    .prints(str![[r#"
(standard error)
error: `templates/gate/CHANGELOG.md` has a section for 1.1.0, and changes under `## [Unreleased]`
hint: move the changes to one of them in `templates/gate/CHANGELOG.md`
(exit code 2)

"#]]);
    scene
        .run("agentpkg publish templates/gate --bump mayor")
        .prints(str![[r#"
(standard error)
error: `mayor` is not a version: unexpected character 'm' while parsing major version number
hint: write `patch`, `minor`, `major`, or a version like `1.2.3`
(exit code 2)

"#]]);
}

#[test]
fn a_yanked_version_is_taken_and_compared_with_nothing() {
    let rule = |text| [("rules/a.md", text)];
    let scene = Scene::new()
        .published("t", "1.0.0", &rule("One.\n"))
        .published("t", "1.1.0", &rule("Two.\n"));
    scene
        .run("agentpkg yank t@1.1.0 --reason 'it is wrong'")
        .succeeds();
    let scene = scene.edited(
        "../templates/t/CHANGELOG.md",
        "## [Unreleased]\n- Right again\n\n## [1.1.0] - 2026-01-01\n- What changed\n",
    );
    scene
        .run("agentpkg publish ../templates/t --bump patch --prepare --dry-run")
        .prints(str![[r#"
would prepare t 1.1.1 (nothing was changed)
  registry    [SCENE]/registry
  version     1.0.0 -> 1.1.1; at least 1.0.1: nothing comes or goes
  would write the version in template.toml (was 1.1.0), the section of 1.1.1 in CHANGELOG.md
  tests       none; docs/tests.md says how to write some
  lint        no errors, no warnings
  changed     3 files: CHANGELOG.md, rules/a.md, template.toml
  can run     nothing new

  to prepare  agentpkg publish ../templates/t --bump patch --prepare

"#]]);
}

#[test]
fn what_stops_half_way_says_where_it_stands() {
    // Whoever edits the changelog while the tests run has the last word.
    let scene = worked_on();
    let changelog = scene.path("templates/gate/CHANGELOG.md");
    let meddling = format!("#!/bin/sh\necho '- Late' >> '{}'\n", changelog.display());
    let scene = scene.replaced("templates/gate/hooks/guard.sh", "#!/bin/sh\n", &meddling);
    scene
        .run("agentpkg publish templates/gate --bump minor --prepare")
        .prints(str![[r#"
(standard error)
error: `templates/gate/CHANGELOG.md` was edited while the release was prepared
note: nothing was changed
hint: agentpkg publish templates/gate --bump minor --prepare
(exit code 2)

"#]]);
    scene
        .run("grep 1.1.0 templates/gate/template.toml templates/gate/CHANGELOG.md")
        .exits(1);
    // Prepared, and then the registry can't be written.
    let scene = worked_on();
    scene
        .run("agentpkg publish templates/gate --bump minor --registry /dev/null/none")
        .prints(str![[r#"
(standard error)
error: failed to create `/dev/null/none`
  caused by: not a directory
note: `gate` 1.1.0 is prepared, and not published
hint: agentpkg publish templates/gate --registry /dev/null/none
(exit code 2)

"#]]);
    scene
        .run("grep 1.1.0 templates/gate/template.toml templates/gate/CHANGELOG.md")
        .prints(str![[r#"
templates/gate/template.toml:version = "1.1.0"
templates/gate/CHANGELOG.md:## [1.1.0]

"#]]);
}
