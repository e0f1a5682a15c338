//! Hints are whole commands: what they say is pasted, and does it.

use snapbox::str;
use support::{Ran, Scene};

use super::templates::{GUARDS, REVIEWER};

/// Returns the command at the end of the hint that has `part` in it.
#[track_caller]
fn hint(ran: Ran, part: &str) -> String {
    let said = ran.said();
    let hint = said
        .split("hint: ")
        .skip(1)
        .find(|hint| hint.contains(part));
    let hint = hint.unwrap_or_else(|| panic!("no hint with `{part}`: {said}"));
    let start = hint.find("agentpkg ").unwrap();
    hint[start..]
        .split(" (exit code")
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn a_missing_answer_is_added_to_everything_that_was_typed() {
    let scene = Scene::new().source("guards", "1.0.0", GUARDS);
    scene.publish("guards", "other registry");
    let typed = "agentpkg install guards@^1 --set level=high --registry '../other registry'";
    let ran = scene.run(typed);
    let hint = hint(ran, "team=…");
    assert_eq!(hint, format!("{typed} --set team=…"));
    let ran = scene.run(&hint.replace("team=…", "team=payments"));
    // What runs is approved by one more command.
    let hint = self::hint(ran, "--approve");
    assert!(hint.contains("--set team=payments --approve "), "{hint}");
    scene.run(&hint).succeeds();
}

#[test]
fn a_question_that_a_release_adds_is_answered_by_each_way_to_upgrade() {
    let question = "[questions.docs]\nask = \"Docs?\"\nkind = \"bool\"\n";
    let later = [
        ("template.toml", question),
        ("rules/a.md.jinja", "- a\n{% if docs %}- b\n{% endif %}"),
    ];
    for command in [
        "upgrade",
        "upgrade g",
        "upgrade g@^1.1",
        "upgrade --commit --report ../body.md",
    ] {
        let scene = Scene::new()
            .published("g", "1.0.0", &[("rules/a.md", "- a\n")])
            .installed("g")
            .published("g", "1.1.0", &later);
        scene.run("git add -A && git commit -qm all").succeeds();
        let ran = scene.run(&format!("agentpkg {command}"));
        let hint = hint(ran, "docs=…");
        assert_eq!(hint, format!("agentpkg {command} --set docs=…"));
        scene
            .run(&hint.replace('…', "true"))
            .shows("upgraded g 1.0.0 -> 1.1.0");
        scene.has_rule(".claude/rules/g/a.md", "- a\n- b\n");
    }
}

#[test]
fn the_command_for_a_name_that_was_mistyped_is_there() {
    let scene = Scene::new().source("reviewer", "1.0.0", REVIEWER);
    scene.publish("reviewer", "new");
    scene
        .run("agentpkg install reviewr@^1 --registry ../new")
        .prints(str![[r#"
(standard error)
error: no template named `reviewr` in `../new`
hint: a template with a similar name exists: agentpkg install reviewer@^1 --registry ../new
(exit code 2)

"#]]);
    let ran = scene.run("agentpkg install reviewr@^1 --registry ../new");
    scene.run(&hint(ran, "similar")).succeeds();
    let ran = scene.run("agentpkg info reviewr");
    scene.run(&hint(ran, "similar")).succeeds();
    let ran = scene.run("agentpkg upgrade reviewr");
    scene.run(&hint(ran, "upgrade")).succeeds();
    let ran = scene.run("agentpkg install knitting --registry ../new");
    scene.run(&hint(ran, "search")).succeeds();
    let ran = scene.run("agentpkg install reviewer@^9 --registry ../new --repo ../other");
    scene.run(&hint(ran, "published")).succeeds();
}

#[test]
fn an_answer_to_no_question_names_the_questions() {
    let scene = Scene::new()
        .source("guards", "1.0.0", GUARDS)
        .edited(".github/CODEOWNERS", "* @example/payments\n");
    scene.publish("guards", "registry");
    scene
        .run("agentpkg install guards --set levl=high")
        .prints(str![[r#"
(standard error)
error: no template here asks for `levl`
note: the questions here: `team` and `level`
hint: agentpkg install guards --set level=high
(exit code 2)

"#]]);
    let ran = scene.run("agentpkg install guards --set levl=high");
    scene.run(&hint(ran, "level=high")).succeeds();
    scene
        .run("agentpkg install --set knitting=yes")
        .prints(str![[r#"
(standard error)
error: no template here asks for `knitting`
note: the questions here: `team` and `level`
(exit code 2)

"#]]);
}

#[test]
fn a_wrong_registry_is_told_with_the_command_that_moves() {
    let scene = Scene::new().source("reviewer", "1.0.0", REVIEWER);
    scene.publish("reviewer", "old");
    let scene = scene.installed("reviewer --registry ../old");
    scene.write_source("reviewer", "1.1.0", REVIEWER);
    scene.publish("reviewer", "new");
    let ran = scene.run("agentpkg install reviewer --registry ../new");
    scene.run(&hint(ran, "upgrade")).succeeds();
}

#[test]
fn a_repository_that_was_named_is_named_again() {
    let scene = Scene::new().published("house", "1.0.0", &[("rules/a.md", "a\n")]);
    scene.run("git init -q ../other").succeeds();
    scene
        .run("agentpkg install house --repo ../other")
        .says(0, &["agentpkg undo --repo "]);
    scene
        .run("agentpkg upgrade nothing --repo ../other")
        .says(2, &["hint: agentpkg", " --repo "]);
    scene.run("agentpkg undo --repo ../other").succeeds();
    scene.absent("../other/agentpkg.lock");
}
