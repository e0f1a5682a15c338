//! `merge-file`: three files become one.

use std::os::unix::fs::PermissionsExt as _;

use snapbox::str;
use support::Scene;

/// Three versions of a file in the scene's repo.
fn three(base: &str, ours: &str, theirs: &str) -> Scene {
    Scene::without_git()
        .edited("base", base)
        .edited("ours", ours)
        .edited("theirs", theirs)
}

/// Both added something, each at its own place.
fn clean() -> Scene {
    three(
        "# Rules\n\nOne.\n\nTwo.\n",
        "# Rules\n\nOne, at once.\n\nTwo.\n",
        "# Rules\n\nOne.\n\nTwo.\n\nThree.\n",
    )
}

/// Both changed one line, and each another one.
fn contested() -> Scene {
    three(
        "# Rules\n\nAsk first.\n\nTwo.\n\nThree.\n",
        "# Rules\n\nNever ask.\n\nTwo.\n\nThree.\n\nFour.\n",
        "# Rules\n\nAsk twice, or a third time.\n\nTwo!\n\nThree.\n",
    )
}

/// Settings: each side has a value of its own at one place.
fn settings() -> Scene {
    three(
        "{\n  \"model\": \"small\",\n  \"env\": {}\n}\n",
        "{\n  \"model\": \"middle\",\n  \"env\": {}\n}\n",
        "{\n  \"model\": \"large\",\n  \"env\": { \"A\": \"1\" }\n}\n",
    )
}

#[test]
fn ours_becomes_the_result() {
    let scene = clean();
    assert_eq!(
        scene
            .run("agentpkg merge-file --path CLAUDE.md ours base theirs")
            .all(),
        ""
    );
    scene.reads("ours", "# Rules\n\nOne, at once.\n\nTwo.\n\nThree.\n");
}

#[test]
fn the_result_is_printed_and_ours_stays() {
    let scene = clean();
    scene
        .run("agentpkg merge-file -p --path CLAUDE.md ours base theirs")
        .prints(str![[r#"
# Rules

One, at once.

Two.

Three.

"#]]);
    scene
        .run("agentpkg -q merge-file -p --path CLAUDE.md ours base theirs | tail -1")
        .prints(str![[r#"
Three.

"#]]);
    scene.reads("ours", "# Rules\n\nOne, at once.\n\nTwo.\n");
}

#[test]
fn it_says_which_rule_settled_what() {
    clean()
        .run("agentpkg merge-file --explain --path CLAUDE.md ours base theirs")
        .prints(str![[r#"
(standard error)
  line 3: only ours changed
  lines 6-7 there: only theirs changed

"#]]);
    contested()
        .run("agentpkg merge-file --explain --path CLAUDE.md ours base theirs")
        .prints(str![[r#"
(standard error)
  line 5: only theirs changed
  lines 8-9 here: only ours changed
warning: 1 conflict in `CLAUDE.md`; ours was kept there
  line 3: `Never ask.` here, `Ask twice, or a third time.` there
hint: add `--markers` to see both sides in place
(exit code 1)

"#]]);
    settings()
        .run("agentpkg merge-file --explain --path a.json ours base theirs")
        .prints(str![[r#"
(standard error)
  `/env`: only theirs changed
warning: 1 conflict in `a.json`; ours was kept there
  `/model`: "middle" here, "large" there, "small" before
hint: edit the file where theirs is right
(exit code 1)

"#]]);
    let scene = three("a\n", "a\nb\n", "a\nb\n");
    scene
        .run("agentpkg merge-file --explain ours base theirs")
        .prints(str![[r#"
(standard error)
  the whole file: both sides are equal

"#]]);
}

#[test]
fn conflicts_are_told_and_ours_is_kept_there() {
    let scene = contested();
    scene
        .run("agentpkg merge-file --path CLAUDE.md ours base theirs")
        .prints(str![[r#"
(standard error)
warning: 1 conflict in `CLAUDE.md`; ours was kept there
  line 3: `Never ask.` here, `Ask twice, or a third time.` there
hint: add `--markers` to see both sides in place
(exit code 1)

"#]]);
    scene.reads(
        "ours",
        str![[r#"
# Rules

Never ask.

Two!

Three.

Four.

"#]],
    );
    // What was told is told without a word, too: somebody is needed.
    contested()
        .run("agentpkg -q merge-file --path CLAUDE.md ours base theirs")
        .prints(str![[r#"
(standard error)
warning: 1 conflict in `CLAUDE.md`; ours was kept there
  line 3: `Never ask.` here, `Ask twice, or a third time.` there
hint: add `--markers` to see both sides in place
(exit code 1)

"#]]);
    contested()
        .run("agentpkg merge-file -p --path CLAUDE.md ours base theirs")
        .prints(str![[r#"
# Rules

Never ask.

Two!

Three.

Four.
(standard error)
warning: 1 conflict in `CLAUDE.md`; ours was kept there
  line 3: `Never ask.` here, `Ask twice, or a third time.` there
hint: add `--markers` to see both sides in place
(exit code 1)

"#]]);
}

#[test]
fn conflicts_get_markers_where_they_are_asked_for() {
    let scene = contested();
    scene
        .run("agentpkg merge-file --markers --path CLAUDE.md ours base theirs")
        .prints(str![[r#"
(standard error)
warning: 1 conflict in `CLAUDE.md`; marked in the file
  line 3: `Never ask.` here, `Ask twice, or a third time.` there
hint: edit the marked lines
(exit code 1)

"#]]);
    scene.reads(
        "ours",
        str![[r#"
# Rules

<<<<<<< ours
Never ask.
||||||| base
Ask first.
=======
Ask twice, or a third time.
>>>>>>> theirs

Two!

Three.

Four.

"#]],
    );
}

#[test]
fn what_a_program_reads_never_gets_markers() {
    let scene = settings();
    scene
        .run("agentpkg merge-file --markers --path .claude/settings.json ours base theirs")
        .prints(str![[r#"
(standard error)
warning: 1 conflict in `.claude/settings.json`; ours was kept there
  `/model`: "middle" here, "large" there, "small" before
hint: edit the file where theirs is right
(exit code 1)

"#]]);
    scene.reads(
        "ours",
        str![[r#"
{
  "model": "middle",
  "env": { "A": "1" }
}

"#]],
    );
    let scene = three("#!/bin/sh\na\n", "#!/bin/sh\nb\n", "#!/bin/sh\nc\n");
    scene
        .run("agentpkg merge-file --markers --path guard ours base theirs")
        .prints(str![[r#"
(standard error)
warning: 1 conflict in `guard`; ours was kept there
  line 2: `b` here, `c` there
hint: edit the file where theirs is right
(exit code 1)

"#]]);
    scene.reads("ours", "#!/bin/sh\nb\n");
}

#[test]
fn what_is_no_text_is_kept_whole() {
    let scene = three("a\0", "b\0", "c\0");
    scene
        .run("agentpkg merge-file --markers --path logo.png ours base theirs")
        .prints(str![[r#"
(standard error)
warning: 1 conflict in `logo.png`; ours was kept there
  the whole file: both sides changed it, and it can't be merged
hint: edit the file where theirs is right
(exit code 1)

"#]]);
    scene.reads("ours", "b\0");
}

#[test]
fn both_added_and_one_deleted() {
    three("a\n", "a\nb\n", "a\nc\nd\n")
        .run("agentpkg merge-file ours base theirs")
        .prints(str![[r#"
(standard error)
warning: 1 conflict in `ours`; ours was kept there
  line 2 here, lines 2-3 there: both added different lines
hint: add `--markers` to see both sides in place
(exit code 1)

"#]]);
    three("a\nb\nc\n", "a\nc\n", "a\nB\nc\n")
        .run("agentpkg merge-file ours base theirs")
        .prints(str![[r#"
(standard error)
warning: 1 conflict in `ours`; ours was kept there
  line 2 there: deleted here, changed there
hint: add `--markers` to see both sides in place
(exit code 1)

"#]]);
    three("a\nb\nc\n", "a\nB\nc\n", "a\nc\n")
        .run("agentpkg merge-file ours base theirs")
        .prints(str![[r#"
(standard error)
warning: 1 conflict in `ours`; ours was kept there
  line 2 here: changed here, deleted there
hint: add `--markers` to see both sides in place
(exit code 1)

"#]]);
}

#[test]
fn programs_get_all_of_it_as_json() {
    contested()
        .run("agentpkg merge-file --json -p --path CLAUDE.md ours base theirs")
        .prints(str![[r##"
{
  "format": 1,
  "command": "merge-file",
  "name": "CLAUDE.md",
  "clean": false,
  "markers": false,
  "conflicts": [
    {
      "place": {
        "base": [
          3,
          3
        ],
        "ours": [
          3,
          3
        ],
        "theirs": [
          3,
          3
        ]
      },
      "base": "Ask first.\n",
      "ours": "Never ask.\n",
      "theirs": "Ask twice, or a third time.\n"
    }
  ],
  "settled": [
    {
      "place": {
        "base": [
          5,
          5
        ],
        "ours": [
          5,
          5
        ],
        "theirs": [
          5,
          5
        ]
      },
      "rule": "only theirs changed"
    },
    {
      "place": {
        "base": [
          8,
          7
        ],
        "ours": [
          8,
          9
        ],
        "theirs": [
          8,
          7
        ]
      },
      "rule": "only ours changed"
    }
  ],
  "result": "# Rules\n\nNever ask.\n\nTwo!\n\nThree.\n\nFour.\n"
}
(standard error)
warning: 1 conflict in `CLAUDE.md`; ours was kept there
  line 3: `Never ask.` here, `Ask twice, or a third time.` there
hint: add `--markers` to see both sides in place
(exit code 1)

"##]]);
    settings()
        .run("agentpkg merge-file --json --path a.json ours base theirs")
        .prints(str![[r#"
{
  "format": 1,
  "command": "merge-file",
  "name": "a.json",
  "clean": false,
  "markers": false,
  "conflicts": [
    {
      "place": {
        "value": "/model"
      },
      "base": "\"small\"",
      "ours": "\"middle\"",
      "theirs": "\"large\""
    }
  ],
  "settled": [
    {
      "place": {
        "value": "/env"
      },
      "rule": "only theirs changed"
    }
  ],
  "result": null
}
(standard error)
warning: 1 conflict in `a.json`; ours was kept there
  `/model`: "middle" here, "large" there, "small" before
hint: edit the file where theirs is right
(exit code 1)

"#]]);
}

#[test]
fn ours_keeps_its_mode_and_is_replaced_behind_a_link() {
    let scene = three("a\n\nb\n\nc\n", "A\n\nb\n\nc\n", "a\n\nb\n\nC\n");
    let scene = scene.with_mode("ours", 0o750).linked("link", "ours");
    scene
        .run("agentpkg merge-file --path notes.md link base theirs")
        .succeeds();
    scene.reads("ours", "A\n\nb\n\nC\n");
    scene.run("readlink link").prints(str![[r#"
ours

"#]]);
    let mode = std::fs::metadata(scene.path("ours"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o750);
}

#[test]
fn what_can_not_be_merged_is_an_error() {
    let scene = clean();
    scene
        .run("agentpkg merge-file ours base gone")
        .prints(str![[r#"
(standard error)
error: there is no file `gone`
(exit code 2)

"#]]);
    scene.run("agentpkg merge-file ours base").prints(str![[r#"
(standard error)
error: 3 values required by '[FILE] [FILE] [FILE]...'; only 2 were provided

Usage: agentpkg merge-file [OPTIONS] [FILE] [FILE] [FILE]...

For more information, try '--help'.
(exit code 2)

"#]]);
    scene
        .run("agentpkg merge-file ours base theirs more")
        .prints(str![[r#"
(standard error)
error: expected three files: OURS BASE THEIRS
(exit code 2)

"#]]);
    scene
        .run("mkdir folder; agentpkg merge-file ours base folder")
        .prints(str![[r#"
(standard error)
error: failed to read `folder`
  caused by: is a directory
(exit code 2)

"#]]);
    scene
        .run("agentpkg merge-file --driver base ours theirs")
        .prints(str![[r#"
(standard error)
error: expected four names: --driver %O %A %B %P
(exit code 129)

"#]]);
    scene.reads("ours", "# Rules\n\nOne, at once.\n\nTwo.\n");
}
