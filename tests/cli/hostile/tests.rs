//! The tests of a template are code. **Nothing of them runs that nobody approved.**

use agentpkg::model::digest::Digest;
use support::{Ran, Scene};

const GUARD: &str =
    "[[hooks]]\nid = \"g\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/g.sh\"\n";

/// A hook that does nothing, and a file of tests for it.
fn with_tests(hook: &str, tests: &str) -> Scene {
    Scene::new().untrusting().published(
        "base",
        "1.0.0",
        &[
            ("template.toml", GUARD),
            ("hooks/g.sh", hook),
            ("tests/a.toml", tests),
        ],
    )
}

fn approved(scene: &Scene) -> Ran {
    let shown = scene.run("agentpkg install base -v");
    let code = shown.exits(2).code_shown();
    scene
        .run(&format!("agentpkg install base --approve {code}"))
        .succeeds();
    shown
}

const QUIET: &str = "#!/bin/sh\nexit 0\n";

#[test]
fn what_tests_bring_is_shown_and_approved_with_the_template() {
    let program =
        "[[hooks.g.cases]]\nwhy = \"x\"\nprograms = { sh = \"#!/bin/sh\\ntouch ../../ran\\n\" }\n";
    let file = "[[hooks.g.cases]]\nwhy = \"x\"\nfiles = { \".claude/hooks/base/g.sh\" = \"#!/bin/sh\\ntouch ../../ran\\n\" }\n";
    let before = "files = { \"lib.sh\" = \"touch ../../ran\\n\" }\n[hooks.g]\nblocks = []\n";
    for tests in [program, file, before] {
        let scene = with_tests(QUIET, tests);
        let shown = approved(&scene);
        shown.says(2, &["1 test program", "touch ../../ran"]);
        assert!(
            scene
                .text("agentpkg.lock")
                .contains("\"test program tests/a.toml\"")
        );
        scene.run("agentpkg check --hooks").never("not run");
    }
    // What only feeds a hook brings nothing.
    let scene = with_tests(QUIET, "[hooks.g]\npasses = [[\"ls\", \"harmless\"]]\n");
    approved(&scene).never("test program");
    scene
        .run("agentpkg check --hooks")
        .says(0, &["g of base: 1/1"]);
}

#[test]
fn what_nobody_approved_does_not_run() {
    let marks =
        "[[hooks.g.cases]]\nwhy = \"x\"\nprograms = { mark = \"#!/bin/sh\\ntouch MARK\\n\" }\n";
    let scene = Scene::new();
    let mark = scene.path("../ran").display().to_string();
    let scene = scene.untrusting().published(
        "base",
        "1.0.0",
        &[
            ("template.toml", GUARD),
            ("hooks/g.sh", "#!/bin/sh\nmark\nexit 0\n"),
            ("tests/a.toml", &marks.replace("MARK", &mark)),
        ],
    );
    let _ = approved(&scene);
    // The lock as an earlier version wrote it, which knew of no programs of tests.
    let lock = scene.text("agentpkg.lock");
    let without: String = lock
        .lines()
        .filter(|line| !line.contains("test program"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_ne!(lock, without);
    scene.write("agentpkg.lock", without);
    scene.run("agentpkg check --hooks").says(
        0,
        &["not run `tests/a.toml`: what these tests of base bring isn't approved"],
    );
    scene.absent("../ran");
    scene.run("agentpkg check --hooks --strict").exits(1);
    // A hook that was edited, or one whose approval is another's.
    scene.write("agentpkg.lock", &lock);
    let edited = scene.edited(".claude/hooks/base/g.sh", "#!/bin/sh\nmark\nmark\n");
    edited
        .run("agentpkg check --hooks")
        .says(0, &["not run", "isn't as it was approved"]);
    edited.absent("../ran");
    // As it was approved, all of it runs.
    edited.write(".claude/hooks/base/g.sh", "#!/bin/sh\nmark\nexit 0\n");
    edited
        .run("agentpkg check --hooks")
        .says(0, &["g of base: 1/1"]);
    assert!(edited.path("../ran").exists());
}

/// With other answers a template brings other scripts, which nobody approved.
#[test]
fn a_hook_of_other_answers_does_not_run() {
    let scene = Scene::new();
    let mark = scene.path("../ran").display().to_string();
    let script =
        format!("#!/bin/sh\n{{% if team == \"evil\" %}}touch {mark}\n{{% endif %}}exit 0\n");
    let manifest =
        format!("{GUARD}[questions.team]\nask = \"?\"\nkind = \"text\"\ndefault = \"good\"\n");

    let scene = scene.untrusting().published(
        "base",
        "1.0.0",
        &[
            ("template.toml", &manifest),
            ("hooks/g.sh.jinja", &script),
            (
                "tests/a.toml",
                "answers = { team = \"evil\" }\n[hooks.g]\npasses = [[\"ls\", \"harmless\"]]\n",
            ),
        ],
    );
    let _ = approved(&scene);
    let _ = scene.run("agentpkg check --hooks");
    scene.absent("../ran");
}

/// Settings that are larger than the agent reads are skipped, with the guards that they have.
#[test]
fn settings_that_nobody_would_read_are_not_written() {
    // Text that doesn't compress to nothing, as an archive must not.
    let large = |letter: &str| {
        let line = |number: usize| Digest::of(format!("{letter}{number}").as_bytes()).to_string();
        let text: String = (0..16_000).map(line).collect();
        format!("{{\"companyAnnouncements\":[\"{text}\"]}}\n")
    };
    let scene = Scene::new()
        .published("one", "1.0.0", &[("settings/claude.json", &large("a"))])
        .published("two", "1.0.0", &[("settings/claude.json", &large("b"))]);
    scene.run("agentpkg install one").succeeds();
    let before = scene.tree();
    scene.run("agentpkg install two").says(
        2,
        &[
            "`.claude/settings.json` can't be written",
            "larger than 2 MiB",
            "nothing was changed",
        ],
    );
    assert_eq!(scene.tree(), before);
    scene
        .edited(
            ".claude/settings.json",
            large("c").replace("[", &format!("[\"{}\",", "c".repeat(1 << 21))),
        )
        .run("agentpkg check")
        .says(1, &["larger than 2 MiB: the agent skips the whole file"]);
}
