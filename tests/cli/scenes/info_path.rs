//! `info PATH`: which template wrote a file, a block, an entry or a line, and what is the team's.

use snapbox::str;
use support::Scene;

use super::json::is_documented;
use super::templates::{REVIEWER_LATER, guards};

const RULE: &str = ".claude/rules/reviewer/review.md";

/// Something of every kind that is managed, and edits of it.
fn scene() -> Scene {
    guards()
        .published("reviewer", "1.0.0", REVIEWER_LATER)
        .edited("CLAUDE.md", "# Ours\n")
        .edited(
            ".claude/settings.json",
            "{\n  \"model\": \"opus\",\n  \"permissions\": {\n    \"deny\": [\n      \"Read(.env)\"\n    ]\n  }\n}\n",
        )
        .installed("guards reviewer")
        .edited("docs/ours.md", "Ours.\n")
}

#[test]
fn a_file_has_a_template_and_a_source() {
    let scene = scene();
    scene
        .run("agentpkg info .claude/rules/guards/general.md")
        .prints(str![[r#"
.claude/rules/guards/general.md  a file of guards 1.0.0
  source      rules/general.md.jinja in the template
  state       as installed
  registry    [SCENE]/registry

"#]]);
    scene
        .run("agentpkg info .claude/hooks/guards/guard.sh")
        .prints(str![[r#"
.claude/hooks/guards/guard.sh  a file of guards 1.0.0
  source      hooks/guard.sh in the template
  hook        guard, on PreToolUse
  state       as installed
  registry    [SCENE]/registry

"#]]);
    scene
        .run("agentpkg info .claude/memory/notes.md")
        .prints(str![[r#"
.claude/memory/notes.md  a starter file of guards 1.0.0, yours from then on
  source      memory/notes.md in the template
  state       as it was given
  registry    [SCENE]/registry

"#]]);
    scene
        .run("cd .claude/rules && agentpkg info guards/general.md:5")
        .prints(str![[r#"
.claude/rules/guards/general.md:5  a file of guards 1.0.0
  line        Guards are low.
  installed   by guards 1.0.0
  registry    [SCENE]/registry

"#]]);
    scene
        .run("cd .claude/rules && agentpkg info .claude/rules/guards/general.md")
        .prints(str![[r#"
.claude/rules/guards/general.md  a file of guards 1.0.0
  in          [SCENE]/repo, the nearest with an `agentpkg.toml`
  source      rules/general.md.jinja in the template
  state       as installed
  registry    [SCENE]/registry

"#]]);
    scene
        .run("agentpkg info .claude/rules --offline")
        .prints(str![[r#"
.claude/rules  a folder
  managed     2 files of guards 1.0.0: .claude/rules/guards/general.md,
              .claude/rules/guards/tests.md
  managed     1 file of reviewer 1.0.0: .claude/rules/reviewer/review.md
  registry    guards: [SCENE]/registry
  registry    reviewer: [SCENE]/registry

"#]]);
}

#[test]
fn an_edited_line_is_yours_and_what_it_was_is_shown() {
    let scene = scene().replaced(RULE, "Then at the names.", "Then at every name.");
    scene.run(&format!("agentpkg info {RULE}")).prints(str![[r#"
.claude/rules/reviewer/review.md  a file of reviewer 1.0.0
  source      rules/review.md in the template
  state       edited: line 6 is yours
  registry    [SCENE]/registry

"#]]);
    scene
        .run(&format!("agentpkg info {RULE}:6"))
        .prints(str![[r#"
.claude/rules/reviewer/review.md:6  a file of reviewer 1.0.0
  line        Then at every name.
  yours       edited in what reviewer 1.0.0 wrote
  was         Then at the names.
  registry    [SCENE]/registry

"#]]);
    scene
        .run(&format!("agentpkg info {RULE}:7"))
        .prints(str![[r#"
.claude/rules/reviewer/review.md:7  a file of reviewer 1.0.0
  line        Then at the errors.
  installed   by reviewer 1.0.0
  registry    [SCENE]/registry

"#]]);
    scene
        .run(&format!("agentpkg info {RULE}:8"))
        .prints(str![[r#"
(standard error)
error: there is no line 8 in `.claude/rules/reviewer/review.md`, which has 7 lines
(exit code 2)

"#]]);
    // Where neither a registry nor git has what was installed, nobody can tell.
    let scene = scene.deleted("../registry");
    scene
        .run(&format!("agentpkg info {RULE}:6"))
        .prints(str![[r#"
.claude/rules/reviewer/review.md:6  a file of reviewer 1.0.0
  line        Then at every name.
  unknown     the text that reviewer 1.0.0 wrote isn't at hand
  registry    [SCENE]/registry

"#]]);
}

#[test]
fn git_has_what_was_installed_once_it_was_committed() {
    let scene = scene();
    scene.git(&["add", "-A"]);
    scene.git(&["commit", "-qm", "Install"]);
    let scene = scene
        .replaced(RULE, "Then at the names.", "Then at every name.")
        .deleted("../registry");
    scene
        .run(&format!("agentpkg info {RULE}:6"))
        .prints(str![[r#"
.claude/rules/reviewer/review.md:6  a file of reviewer 1.0.0
  line        Then at every name.
  yours       edited in what reviewer 1.0.0 wrote
  was         Then at the names.
  registry    [SCENE]/registry

"#]]);
}

#[test]
fn where_a_file_was_moved_either_name_does() {
    let scene = scene();
    let text = scene.text(RULE);
    let scene = scene.deleted(RULE).edited(".claude/rules/ours.md", text);
    scene
        .run("agentpkg info .claude/rules/ours.md")
        .prints(str![[r#"
.claude/rules/ours.md  a file of reviewer 1.0.0
  source      rules/review.md in the template
  moved       from .claude/rules/reviewer/review.md to .claude/rules/ours.md
  state       as installed
  registry    [SCENE]/registry

"#]]);
    scene
        .run(&format!("agentpkg info {RULE}:1"))
        .prints(str![[r#"
.claude/rules/ours.md:1  a file of reviewer 1.0.0
  line        ---
  installed   by reviewer 1.0.0
  registry    [SCENE]/registry

"#]]);
}

#[test]
fn a_block_has_lines_and_the_rest_is_yours() {
    let scene = scene();
    scene.run("agentpkg info CLAUDE.md").prints(str![[r#"
CLAUDE.md  yours, with blocks of templates
  line 4      guards 1.0.0, from root.md.jinja in the template, as installed
  yours       2 other lines
  registry    [SCENE]/registry

"#]]);
    scene.run("agentpkg info CLAUDE.md:1").prints(str![[r#"
CLAUDE.md:1  yours, with blocks of templates
  line        # Ours
  yours       no template wrote it

"#]]);
    scene.run("agentpkg info CLAUDE.md:3").prints(str![[r#"
CLAUDE.md:3  yours, with blocks of templates
  line        <!-- BEGIN agentpkg guards -->
  marks       where the block of guards 1.0.0 begins or ends
  registry    [SCENE]/registry

"#]]);
    scene.run("agentpkg info CLAUDE.md:4").prints(str![[r#"
CLAUDE.md:4  yours, with blocks of templates
  line        This repository belongs to payments.
  installed   by guards 1.0.0
  registry    [SCENE]/registry

"#]]);
    let scene = scene.replaced("CLAUDE.md", "belongs to", "is the pride of");
    scene.run("agentpkg info CLAUDE.md").prints(str![[r#"
CLAUDE.md  yours, with blocks of templates
  line 4      guards 1.0.0, from root.md.jinja in the template, edited: line 4 is yours
  yours       2 other lines
  registry    [SCENE]/registry

"#]]);
    scene.run("agentpkg info CLAUDE.md:4").prints(str![[r#"
CLAUDE.md:4  yours, with blocks of templates
  line        This repository is the pride of payments.
  yours       edited in what guards 1.0.0 wrote
  was         This repository belongs to payments.
  registry    [SCENE]/registry

"#]]);
    let scene = scene.edited("CLAUDE.md", "# Ours\n");
    scene.run("agentpkg info CLAUDE.md").prints(str![[r#"
CLAUDE.md  yours, with blocks of templates
  deleted     the block of guards 1.0.0, from root.md.jinja in the template
  yours       1 other line
  registry    [SCENE]/registry

"#]]);
}

#[test]
fn an_entry_is_a_templates_or_yours() {
    let scene = scene();
    scene
        .run("agentpkg info .claude/settings.json")
        .prints(str![[r#"
.claude/settings.json  yours, with entries of templates
  installed   3 entries of guards 1.0.0
  yours       `/model` "opus"
  registry    [SCENE]/registry

"#]]);
    let scene = scene
        .replaced(".claude/settings.json", "\"Bash(git push *)\"", "")
        .replaced(
            ".claude/settings.json",
            "\"timeout\": 10",
            "\"timeout\": 20",
        );
    scene
        .run("agentpkg info .claude/settings.json -v")
        .prints(str![[r#"
.claude/settings.json  yours, with entries of templates
  yours       `/model` "opus"
  installed   `/permissions/deny/0` "Read(.env)", of guards 1.0.0, and you had it before
  deleted     `/permissions/ask` "Bash(git push *)", of guards 1.0.0
  edited      `/hooks/PreToolUse/0/hooks/0`, of guards 1.0.0
  is          {"matcher":"Bash","hooks":[{"type":"command","command":"sh
              \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool guards/guard || exit
              2","timeout":20}]}
  was         {"matcher":"Bash","hooks":[{"type":"command","command":"sh
              \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool guards/guard || exit
              2","timeout":10}]}
  registry    [SCENE]/registry

"#]]);
    scene
        .run("agentpkg info .claude/settings.json#/model")
        .prints(str![[r#"
.claude/settings.json  yours, with entries of templates
  yours       `/model` "opus"
  registry    [SCENE]/registry

"#]]);
    scene
        .run("agentpkg info .claude/settings.json:5")
        .prints(str![[r#"
.claude/settings.json  yours, with entries of templates
  installed   `/permissions/deny/0` "Read(.env)", of guards 1.0.0, and you had it before
  registry    [SCENE]/registry

"#]]);
    scene
        .run("agentpkg info .claude/settings.json#/hooks/PreToolUse/0/matcher")
        .prints(str![[r#"
.claude/settings.json  yours, with entries of templates
  edited      `/hooks/PreToolUse/0/hooks/0`, of guards 1.0.0
  is          {"matcher":"Bash","hooks":[{"type":"command","command":"sh
              \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool guards/guard || exit
              2","timeout":20}]}
  was         {"matcher":"Bash","hooks":[{"type":"command","command":"sh
              \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool guards/guard || exit
              2","timeout":10}]}
  registry    [SCENE]/registry

"#]]);
    scene
        .run("agentpkg info .claude/settings.json#/permisions")
        .prints(str![[r#"
(standard error)
error: `.claude/settings.json` has no entry `/permisions`
hint: its entries: agentpkg info .claude/settings.json -v
(exit code 2)

"#]]);
    scene
        .run("agentpkg info CLAUDE.md#/permissions")
        .prints(str![[r#"
(standard error)
error: no template has entries in `CLAUDE.md`
hint: agentpkg info CLAUDE.md
(exit code 2)

"#]]);
}

#[test]
fn what_no_template_wrote_is_yours() {
    let scene = scene();
    scene.run("agentpkg info docs/ours.md").prints(str![[r#"
docs/ours.md  yours: no template wrote it

"#]]);
    scene.run("agentpkg info docs/ours.md:1").prints(str![[r#"
docs/ours.md:1  yours: no template wrote it
  line        Ours.

"#]]);
    scene.run("agentpkg info agentpkg.lock").prints(str![[r#"
agentpkg.lock  written by agentpkg: what is installed

"#]]);
    scene.run("agentpkg info docs").prints(str![[r#"
(standard error)
error: no template named `docs` in `[SCENE]/registry`
hint: list the templates there are: agentpkg search
(exit code 2)

"#]]);
    scene
        .run("agentpkg info .claude/rules/guards/generals.md")
        .prints(str![[r#"
(standard error)
error: there is no `.claude/rules/guards/generals.md` here, and no template wrote it
hint: agentpkg info .claude/rules/guards/general.md
(exit code 2)

"#]]);
    scene.run("agentpkg info ../elsewhere.md").prints(str![[r#"
(standard error)
error: `../elsewhere.md` names no file inside `[SCENE]/repo`
(exit code 2)

"#]]);
    // A folder of a template's name is not what is asked about.
    let scene = scene.edited("guards/a.md", "A.\n");
    scene
        .run("agentpkg info guards")
        .shows("What guards is for");
    Scene::new()
        .edited("ours.md", "Ours.\n")
        .run("agentpkg info ours.md")
        .prints(str![[r#"
ours.md  yours: no template wrote it

"#]]);
    Scene::new()
        .edited("README", "Ours.\n")
        .run("agentpkg info README")
        .prints(str![[r#"
README  yours: no template wrote it

"#]]);
}

#[test]
fn info_of_a_path_as_json() {
    let scene = scene().replaced(".claude/settings.json", "\"Bash(git push *)\"", "");
    is_documented("agentpkg info CLAUDE.md --json", &scene);
    scene
        .run("agentpkg info .claude/settings.json:6 --json")
        .prints(str![[r#"
{
  "format": 1,
  "command": "info",
  "root": "[SCENE]/repo",
  "path": ".claude/settings.json",
  "moved": null,
  "state": "edited",
  "wrong": null,
  "templates": [
    {
      "name": "guards",
      "version": "1.0.0",
      "registry": "default",
      "address": {
        "url": "[SCENE]/registry",
        "named_by": "manifest"
      }
    }
  ],
  "owner": "entries",
  "source": null,
  "hooks": [],
  "lines": null,
  "blocks": [],
  "entries": [
    {
      "value": "/model",
      "templates": [],
      "state": "team",
      "was_here": false,
      "is": "opus",
      "was": null
    },
    {
      "value": "/permissions/deny/0",
      "templates": [
        "guards"
      ],
      "state": "unchanged",
      "was_here": true,
      "is": "Read(.env)",
      "was": null
    },
    {
      "value": "/permissions/ask",
      "templates": [
        "guards"
      ],
      "state": "deleted",
      "was_here": false,
      "is": null,
      "was": "Bash(git push *)"
    },
    {
      "value": "/hooks/PreToolUse/0/hooks/0",
      "templates": [
        "guards"
      ],
      "state": "unchanged",
      "was_here": false,
      "is": {
        "matcher": "Bash",
        "hooks": [
          {
            "type": "command",
            "command": "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool guards/guard || exit 2",
            "timeout": 10
          }
        ]
      },
      "was": null
    }
  ],
  "files": {},
  "part": {
    "entries": [
      {
        "value": "/permissions/deny/0",
        "templates": [
          "guards"
        ],
        "state": "unchanged",
        "was_here": true,
        "is": "Read(.env)",
        "was": null
      }
    ]
  },
  "conflicts": []
}

"#]]);
    scene
        .run(&format!("agentpkg info {RULE}:1 --json"))
        .prints(str![[r#"
{
  "format": 1,
  "command": "info",
  "root": "[SCENE]/repo",
  "path": ".claude/rules/reviewer/review.md",
  "moved": null,
  "state": "unchanged",
  "wrong": null,
  "templates": [
    {
      "name": "reviewer",
      "version": "1.0.0",
      "registry": "default",
      "address": {
        "url": "[SCENE]/registry",
        "named_by": "manifest"
      }
    }
  ],
  "owner": "template",
  "source": "rules/review.md",
  "hooks": [],
  "lines": {
    "yours": [],
    "deleted": 0
  },
  "blocks": [],
  "entries": [],
  "files": {},
  "part": {
    "line": 1,
    "text": "---",
    "template": "reviewer",
    "whose": "template",
    "was": null
  },
  "conflicts": []
}

"#]]);
}

#[test]
fn what_is_in_the_folder_comes_before_what_has_that_name_in_the_repository() {
    let scene = scene()
        .edited("sub/CLAUDE.md", "# Of this folder\n")
        .edited("other/notes.md", "None.\n");
    for (typed, is_of_sub) in [
        ("CLAUDE.md", true),
        ("./CLAUDE.md", true),
        ("CLAUDE.md:1", true),
        ("../CLAUDE.md", false),
        (".claude/settings.json", false),
    ] {
        let ran = scene.agentpkg_in("sub", &["info", typed]);
        match is_of_sub {
            true => ran.shows("sub/CLAUDE.md"),
            false => ran.shows("yours, with"),
        };
    }
    scene
        .agentpkg_in("other", &["info", "./CLAUDE.md"])
        .says(2, &["there is no `./CLAUDE.md` here"]);
}

#[test]
fn a_file_of_another_package_is_looked_up_there() {
    let scene = scene();
    scene.folder("pkg");
    scene
        .run("agentpkg install reviewer --registry ../registry --repo pkg")
        .succeeds();
    let path = ".claude/rules/reviewer/review.md";
    scene.run(&format!("agentpkg info pkg/{path}:1")).says(
        2,
        &[
            "belongs to the package `pkg`",
            &format!("hint: agentpkg info {path}:1 --repo pkg"),
        ],
    );
    scene
        .run(&format!("agentpkg info {path}:1 --repo pkg"))
        .shows("by reviewer 1.0.0");
    scene
        .run("agentpkg info pkg/")
        .says(2, &["hint: agentpkg status --repo pkg"]);
}

#[test]
fn of_a_file_that_is_broken_nobody_says_whose_a_line_is() {
    let scene = scene().replaced("CLAUDE.md", "<!-- END agentpkg guards -->\n", "");
    scene.run("agentpkg info CLAUDE.md").prints(str![[r#"
CLAUDE.md  yours, with blocks of templates
  state       broken line 3: the block of `guards` has no end
  registry    [SCENE]/registry

"#]]);
    scene.run("agentpkg info CLAUDE.md:4").prints(str![[r#"
(standard error)
error: `CLAUDE.md` line 3: the block of `guards` has no end
note: so nobody can say whose a part of it is
hint: agentpkg status
(exit code 2)

"#]]);
    let scene = scene.edited(".claude/settings.json", "{,}");
    scene
        .run("agentpkg info .claude/settings.json#/permissions")
        .prints(str![[r#"
(standard error)
error: `.claude/settings.json` line 1: key must be a string
note: so nobody can say whose a part of it is
hint: agentpkg status
(exit code 2)

"#]]);
}

#[test]
fn a_conflict_is_said_of_its_lines() {
    const RULE: &str = ".claude/rules/reviewer/a.md";
    let scene = Scene::new()
        .published("reviewer", "1.0.0", &[("rules/a.md", "one\ntwo\nthree\n")])
        .installed("reviewer")
        .published("reviewer", "1.1.0", &[("rules/a.md", "one\n2\nthree\n")])
        .replaced(RULE, "two", "TWO");
    scene.run("agentpkg upgrade").needs_a_person();
    scene.run(&format!("agentpkg info {RULE}")).prints(str![[r#"
.claude/rules/reviewer/a.md  a file of reviewer 1.1.0
  source      rules/a.md in the template
  state       edited: line 6 is yours
  conflict    line 6: both changed
              agentpkg resolve .claude/rules/reviewer/a.md
  registry    [SCENE]/registry

"#]]);
    scene
        .run(&format!("agentpkg info {RULE}:6"))
        .prints(str![[r#"
.claude/rules/reviewer/a.md:6  a file of reviewer 1.1.0
  line        TWO
  yours       edited in what reviewer 1.1.0 wrote
  was         2
  conflict    line 6: both changed
              agentpkg resolve .claude/rules/reviewer/a.md
  registry    [SCENE]/registry

"#]]);
    scene
        .run(&format!("agentpkg info {RULE}:7"))
        .succeeds()
        .never("conflict");
}
