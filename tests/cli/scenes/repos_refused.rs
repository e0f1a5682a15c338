//! What is said of a repo's own files that can't be read, and of arguments that make no sense.

use std::fs::File;
use std::io::Write as _;

use snapbox::str;
use support::Scene;

use super::templates::{GUARDS, REVIEWER, REVIEWER_LATER, guards, reviewer};

#[test]
fn an_argument_has_its_form() {
    let scene = reviewer();
    scene
        .run("agentpkg install my_reviewer --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `my_reviewer` is not a template's name: it has a character other than `a-z`, `0-9` and `-`
hint: agentpkg install my-reviewer --registry ../registry
(exit code 2)

"#]]);
    scene
        .run("agentpkg install reviewer@newest --dry-run")
        .prints(str![[r#"
(standard error)
error: `newest` is not a version requirement
hint: agentpkg install reviewer@latest --dry-run
(exit code 2)

"#]]);
    scene
        .run("agentpkg install 'reviewer@>=1 <3'")
        .prints(str![[r#"
(standard error)
error: `>=1 <3` is not a version requirement: expected comma after major version number, found '<'
hint: agentpkg install 'reviewer@>=1, <3'
(exit code 2)

"#]]);
    scene
        .run("agentpkg install reviewer v1.0.0")
        .prints(str![[r#"
(standard error)
error: `v1.0.0` is not a template's name: it has a character other than `a-z`, `0-9` and `-`
hint: a version stands behind a name: NAME@v1.0.0
(exit code 2)

"#]]);
    scene.run("agentpkg install reviewer@one").prints(str![[r#"
(standard error)
error: `one` is not a version requirement: unexpected character 'o' while parsing major version
  number
hint: write one like `^1.2`, `=1.2.3` or `>=1, <3`
(exit code 2)

"#]]);
    scene
        .run("agentpkg info reviewer@1.0.0 --json")
        .prints(str![[r#"
(standard error)
error: `reviewer@1.0.0` names a version, and all of `reviewer` is meant here
hint: agentpkg info reviewer --json
(exit code 2)

"#]]);
    scene
        .run("agentpkg yank reviewer@latest --reason x")
        .prints(str![[r#"
(standard error)
error: `latest` is not a version: unexpected character 'l' while parsing major version number
hint: write one like `1.2.3`
hint: its releases: agentpkg info reviewer
(exit code 2)

"#]]);
    scene
        .run("agentpkg yank Reviewer@v1 --reason x")
        .prints(str![[r#"
(standard error)
error: `v1` is not a version: unexpected character 'v' while parsing major version number
hint: agentpkg yank reviewer@1.0.0 --reason x
(exit code 2)

"#]]);
    scene
        .run("agentpkg publish ../templates/reviewer --bump=1.5")
        .prints(str![[r#"
(standard error)
error: `1.5` is not a version: unexpected end of input while parsing minor version number
hint: agentpkg publish ../templates/reviewer --bump=1.5.0
(exit code 2)

"#]]);
    scene.run("agentpkg new My_Reviewer").prints(str![[r#"
(standard error)
error: `My_Reviewer` is not a template's name: it has a character other than `a-z`, `0-9` and `-`
hint: agentpkg new my-reviewer
(exit code 2)

"#]]);
    scene
        .run("agentpkg install reviewer --set team")
        .prints(str![[r#"
(standard error)
error: `--set team` has no value
hint: write it as `--set KEY=VALUE`
(exit code 2)

"#]]);
    scene
        .run("agentpkg install reviewer --locked")
        .prints(str![[r#"
(standard error)
error: the argument '[NAME[@REQ]]...' cannot be used with '--locked'

Usage: agentpkg install <NAME[@REQ]>...

For more information, try '--help'.
(exit code 2)

"#]]);
    scene
        .run("agentpkg yank reviewer@1.0.0 --reason x --undo")
        .prints(str![[r#"
(standard error)
error: the argument '--reason <WHY>' cannot be used with '--undo'

Usage: agentpkg yank --reason <WHY> <NAME[@VERSION]>

For more information, try '--help'.
(exit code 2)

"#]]);
}

#[test]
fn there_is_something_to_install() {
    let scene = Scene::new();
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: there is no template to install: `agentpkg.toml` names none
hint: agentpkg install NAME
hint: agentpkg search
(exit code 2)

"#]]);
    scene.run("agentpkg install --dry-run").prints(str![[r#"
(standard error)
error: there is no template to install: `agentpkg.toml` names none
hint: agentpkg install NAME --dry-run
hint: agentpkg search
(exit code 2)

"#]]);
    scene.absent("agentpkg.toml").absent(".agentpkg");
    let scene = scene.edited("agentpkg.toml", "[templates]\norg-baseline = \"*\"\n");
    scene.run("agentpkg install --locked").prints(str![[r#"
(standard error)
error: `--locked` needs an `agentpkg.lock`, and there is none
hint: run `agentpkg install` where it may write, and commit what it wrote
(exit code 2)

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
(standard error)
error: nothing is installed here: there is no `agentpkg.lock`
hint: agentpkg install
(exit code 2)

"#]]);
}

#[test]
fn a_template_is_known_to_its_registry() {
    let scene = reviewer();
    scene.run("agentpkg install reviewr").prints(str![[r#"
(standard error)
error: no template named `reviewr` in `[SCENE]/registry`
hint: a template with a similar name exists: agentpkg install reviewer
(exit code 2)

"#]]);
    scene.run("agentpkg install knitting").prints(str![[r#"
(standard error)
error: no template named `knitting` in `[SCENE]/registry`
hint: list the templates there are: agentpkg search
(exit code 2)

"#]]);
    scene.absent("agentpkg.toml");
}

#[test]
fn a_manifest_is_read_strictly() {
    let manifest = |text: &str| {
        reviewer()
            .edited("agentpkg.toml", text)
            .run("agentpkg install")
    };
    manifest("[template]\nreviewer = \"^1\"\n").prints(str![[r#"
(standard error)
error: `agentpkg.toml` line 1: unknown key `template`
hint: write `templates`
(exit code 2)

"#]]);
    manifest("[templates]\nreviewer = 1\n").prints(str![[r#"
(standard error)
error: `agentpkg.toml` line 2: invalid type: integer `1`, expected a requirement like "^1.2", or {
  version = "^1.2", registry = "lab" }
(exit code 2)

"#]]);
    manifest("[templates]\nreviewer = \"one\"\n").prints(str![[r#"
(standard error)
error: `agentpkg.toml` line 2: `one` is not a version requirement: unexpected character 'o' while
  parsing major version number
hint: write one like `^1.2`, `=1.2.3` or `>=1, <3`
(exit code 2)

"#]]);
    manifest("agents = [\"cladue\"]\n").prints(str![[r#"
(standard error)
error: `agentpkg.toml` line 1: `cladue` is not known here
hint: write `claude`
(exit code 2)

"#]]);
    manifest("[templates]\nreviewer = { version = \"1\", registry = \"lab\" }\n").prints(str![[
        r#"
(standard error)
error: `agentpkg.toml` names no registry `lab`
hint: add `[registries.lab]` with its `url`
(exit code 2)

"#
    ]]);
    manifest("agentpkg = \">=99\"\n[templates]\nreviewer = \"^1\"\n").prints(str![[r#"
(standard error)
error: `agentpkg.toml` needs agentpkg >=99; this is 0.1.0
hint: update agentpkg
(exit code 2)

"#]]);
    manifest("[templates\n").prints(str![[r#"
(standard error)
error: `agentpkg.toml` line 1: unclosed table, expected `]`
(exit code 2)

"#]]);
}

#[test]
fn a_manifest_and_a_lock_are_files_of_text() {
    let scene = reviewer().edited("agentpkg.toml", b"\xff");
    scene.run("agentpkg status").prints(str![[r#"
(standard error)
error: `agentpkg.toml` is not UTF-8 text
(exit code 2)

"#]]);
    let scene = scene
        .deleted("agentpkg.toml")
        .edited("elsewhere.toml", "")
        .linked("agentpkg.toml", "elsewhere.toml");
    scene.run("agentpkg status").prints(str![[r#"
(standard error)
error: `agentpkg.toml` is a link
hint: put the file itself there
(exit code 2)

"#]]);
    let scene = scene.deleted("agentpkg.toml").edited("agentpkg.toml/x", "");
    scene.run("agentpkg status").prints(str![[r#"
(standard error)
error: `agentpkg.toml` is a folder
(exit code 2)

"#]]);
    let scene = scene
        .deleted("agentpkg.toml")
        .linked("agentpkg.lock", "nowhere");
    scene.run("agentpkg status").prints(str![[r#"
(standard error)
error: `agentpkg.lock` is a link that leads nowhere
(exit code 2)

"#]]);
}

#[test]
fn a_repo_is_a_folder() {
    let scene = reviewer().edited("file", "");
    scene
        .run("agentpkg install reviewer --repo file")
        .prints(str![[r#"
(standard error)
error: `file` is not a folder
hint: name the repository's folder: `--repo DIR`
(exit code 2)

"#]]);
    scene.run("agentpkg status --repo file").prints(str![[r#"
(standard error)
error: `file` is not a folder
hint: name the repository's folder: `--repo DIR`
(exit code 2)

"#]]);
    scene
        .run("mkdir gone && cd gone && rmdir ../gone && agentpkg status")
        .prints(str![[r#"
(standard error)
error: failed to find `.`
  caused by: no such file or directory
(exit code 2)

"#]]);
}

#[test]
fn a_lock_is_what_agentpkg_wrote() {
    let lock = |old: &str, new: &str| {
        let scene = guards()
            .installed("guards")
            .replaced("agentpkg.lock", old, new);
        scene.run("agentpkg install")
    };
    lock("format = 3", "<<<<<<< HEAD\nformat = 3").prints(str![[r#"
(standard error)
error: `agentpkg.lock` line 2: a conflict marker
hint: take the committed one: git checkout agentpkg.lock
(exit code 2)

"#]]);
    lock("format = 3", "format = 4\nagentpkg = \">=0.9\"").prints(str![[r#"
(standard error)
error: `agentpkg.lock` has format 4; this agentpkg reads up to 3
note: nothing was changed
hint: update agentpkg to a version that is >=0.9
(exit code 2)

"#]]);
    lock("renderer = 3", "renderer = 99").prints(str![[r#"
(standard error)
error: `agentpkg.lock` was written by renderer 99; this agentpkg has 3
hint: update agentpkg to the version that your team uses
(exit code 2)

"#]]);
    lock("[facts]\n", "").prints(str![[r#"
(standard error)
error: `agentpkg.lock` line 44: duplicate key
hint: take the committed one: git checkout agentpkg.lock
(exit code 2)

"#]]);
    lock("\"sha256:306c6ca", "\"sha256:XYZ").prints(str![[r#"
(standard error)
error: `agentpkg.lock` line 19: this is not what a lock remembers of a file
hint: take the committed one: git checkout agentpkg.lock
(exit code 2)

"#]]);
    lock(
        "{ template = \"guards\", source = \"hooks/guard.sh\"",
        "{ source = \"hooks/guard.sh\"",
    )
    .prints(str![[r#"
(standard error)
error: `agentpkg.lock` line 19: this is not what a lock remembers of a file
hint: take the committed one: git checkout agentpkg.lock
(exit code 2)

"#]]);
    lock("\"{\\\"mcpServers", "\"{\\\"mcpServers\\\"").prints(str![[r#"
(standard error)
error: `agentpkg.lock` line 39: expected `:` at line 1 column 14
hint: take the committed one: git checkout agentpkg.lock
(exit code 2)

"#]]);
    lock("\"guards/guard\" = ", "\"Guards/guard\" = ").prints(str![[r#"
(standard error)
error: `agentpkg.lock`: `Guards` is not a template's name: it has a character other than `a-z`,
  `0-9` and `-`
hint: take the committed one: git checkout agentpkg.lock
(exit code 2)

"#]]);
    lock("\"sha256:306c6ca", "\"sha256:000c6ca").prints(str![[r#"
(standard error)
error: `.claude/hooks/guards/guard.sh` would be rendered to other bytes than `agentpkg.lock` records
note: nothing was changed
hint: if `agentpkg.lock` was edited: git checkout agentpkg.lock
(exit code 2)

"#]]);
}

#[test]
fn an_answer_suits_its_question() {
    let scene = guards();
    scene
        .run("agentpkg install guards --set tema=ledger")
        .prints(str![[r#"
(standard error)
error: no template here asks for `tema`
note: the questions here: `team` and `level`
hint: agentpkg install guards --set team=ledger
(exit code 2)

"#]]);
    scene
        .run("agentpkg install guards --set colour=red")
        .prints(str![[r#"
(standard error)
error: no template here asks for `colour`
note: the questions here: `team` and `level`
(exit code 2)

"#]]);
    scene
        .run("agentpkg install guards --set team=Ledger")
        .prints(str![[r#"
(standard error)
error: `--set team=Ledger` does not match `^[a-z][a-z0-9-]*$`, as `guards` asks
  caused by: `guards` asks: Which team owns this repository?
(exit code 2)

"#]]);
    scene
        .run("agentpkg install guards --set team=")
        .prints(str![[r#"
(standard error)
error: `--set team=` is empty, as `guards` asks
  caused by: `guards` asks: Which team owns this repository?
(exit code 2)

"#]]);
    scene
        .run("agentpkg install guards --set level=medium")
        .prints(str![[r#"
(standard error)
error: `--set level=medium` is not one of `low` and `high`, as `guards` asks
  caused by: `guards` asks: How strict should the guards be?
(exit code 2)

"#]]);
    let scene = scene
        .installed("guards")
        .replaced("agentpkg.toml", "\"payments\"", "\"Payments\"");
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: the answer "Payments" to `team` (in `agentpkg.toml`) does not match `^[a-z][a-z0-9-]*$`, as
  `guards` asks
  caused by: `guards` asks: Which team owns this repository?
hint: agentpkg install --set team=…
(exit code 2)

"#]]);
    // The hint works.
    scene.run("agentpkg install --set team=ledger").succeeds();
}

#[test]
fn everything_that_nobody_answered_is_asked_for_at_once() {
    let scene = Scene::new().published(
        "curious",
        "1.0.0",
        &[(
            "template.toml",
            "[questions.strict]\nask = \"Strict?\"\nkind = \"bool\"\n\n[questions.langs]\nask = \"Which languages?\"\nkind = \"list\"\n\n[questions.name]\nask = \"Which name?\"\nkind = \"text\"\npattern = \"^[a-z]+$\"\n\n[questions.level]\nask = \"Which level?\"\nkind = \"choice\"\nchoices = [\"low\", \"high\"]\n",
        ), ("rules/a.md.jinja", "{{ strict }} {{ langs | join(' ') }} {{ name }} {{ level }}\n")],
    );
    scene.run("agentpkg install curious@^1").prints(str![[r#"
(standard error)
error: 4 questions have to be answered, and nobody can be asked here
  `strict` of `curious`: Strict? (true | false)
  `langs` of `curious`: Which languages? (a,b,c)
  `name` of `curious`: Which name? (matches `^[a-z]+$`)
  `level` of `curious`: Which level? (low | high)
note: nothing was changed
hint: agentpkg install curious@^1 --set langs=… --set level=… --set name=… --set strict=…
(exit code 2)

"#]]);
    scene.absent("agentpkg.toml");
    scene.run("agentpkg install curious --set strict=perhaps --set langs=a --set name=a --set level=low").prints(str![
        [r#"
(standard error)
error: `--set strict=perhaps` is not `true` or `false`, as `curious` asks
  caused by: `curious` asks: Strict?
(exit code 2)

"#]
    ]);
    // The hint works, its dots filled in.
    scene.run("agentpkg install curious@^1 --set langs=rust,go --set level=low --set name=it --set strict=yes").prints(
        str![[r#"
installed curious 1.0.0
  added       1 file: .claude/rules/curious/a.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  answer      strict = true (--set)
  answer      langs = ["rust", "go"] (--set)
  answer      name = "it" (--set)
  answer      level = "low" (--set)
  context     always loaded: 1 line

  commit      git add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]],
    );
    scene.has_rule(".claude/rules/curious/a.md", "true rust go it low\n");
}

#[test]
fn two_templates_share_an_answer_that_has_to_suit_both() {
    let asks = |pattern: &str| {
        format!(
            "[questions.team]\nask = \"Which team?\"\nkind = \"text\"\npattern = \"{pattern}\"\n"
        )
    };
    let (one, two) = (asks("^[a-z]+$"), asks("^[a-z]{1,3}$"));
    let scene = Scene::new().published(
        "one",
        "1.0.0",
        &[("template.toml", &one), ("rules/a.md", "a\n")],
    );
    let scene = scene.published(
        "two",
        "1.0.0",
        &[("template.toml", &two), ("rules/a.md", "a\n")],
    );
    scene
        .run("agentpkg install one two --set team=ledger")
        .prints(str![[r#"
(standard error)
error: the answer "ledger" to `team` (--set) does not match `^[a-z]{1,3}$`, as `two` asks
  caused by: `two` asks: Which team?
(exit code 2)

"#]]);
}

#[test]
fn two_templates_do_not_own_one_thing() {
    let scene = Scene::new().published(
        "one",
        "1.0.0",
        &[
            ("files/a.md", "a\n"),
            ("settings/claude.json", "{\"model\": \"opus\"}"),
        ],
    );
    let scene = scene.published("two", "1.0.0", &[("files/a.md", "b\n")]);
    let scene = scene.published(
        "three",
        "1.0.0",
        &[("settings/claude.json", "{\"model\": \"haiku\"}")],
    );
    let scene = scene.published("four", "1.0.0", &[("files/A.md", "b\n")]);
    scene.run("agentpkg install one two").prints(str![[r#"
(standard error)
error: `one` and `two` both own `a.md`
hint: a path has one owner; remove one of the templates, or ask its keeper to rename the file
(exit code 2)

"#]]);
    scene.run("agentpkg install one three").prints(str![[r#"
(standard error)
error: `one` and `three` set `model` of `.claude/settings.json` to "opus" and "haiku"
hint: a template that depends on the other overrides it; `three` does not
(exit code 2)

"#]]);
    scene.run("agentpkg install one four").prints(str![[r#"
(standard error)
error: `A.md` (of `four`) and `a.md` (of `one`) can't be in one folder on every file system
hint: rename one of them, or remove one of the templates
(exit code 2)

"#]]);
}

#[test]
fn requirements_that_do_not_fit_together_are_explained() {
    let scene = Scene::new().published("base", "1.0.0", REVIEWER).published(
        "base",
        "2.0.0",
        REVIEWER_LATER,
    );
    let scene = scene.published(
        "old",
        "1.0.0",
        &[("template.toml", "[dependencies]\nbase = \"^1\"\n")],
    );
    let scene = scene.published(
        "lost",
        "1.0.0",
        &[("template.toml", "[dependencies]\nnowhere = \"^1\"\n")],
    );
    let scene = scene.published(
        "late",
        "1.0.0",
        &[("template.toml", "agentpkg = \">=99\"\n")],
    );
    let scene = scene.published("early", "1.0.0-rc.1", REVIEWER);
    let scene = scene.published(
        "self",
        "1.0.0",
        &[("template.toml", "[dependencies]\nself = \"^2\"\n")],
    );
    scene.run("agentpkg install self").prints(str![[r#"
(standard error)
error: no release of `self` fits
  caused by: this repo wants `self` *
  caused by: `self` 1.0.0 needs itself as ^2
hint: ask for another version of `self` in `agentpkg.toml`
(exit code 2)

"#]]);
    scene
        .run("agentpkg yank late@1.0.0 --reason 'it is wrong' --registry ../registry")
        .succeeds();
    scene.run("agentpkg install late@^2").prints(str![[r#"
(standard error)
error: no release of `late` fits
  caused by: this repo wants `late` ^2, but none of its releases is left
hint: ask for another version of `late` in `agentpkg.toml`
(exit code 2)

"#]]);
    scene
        .run("agentpkg yank late@1.0.0 --undo --registry ../registry")
        .succeeds();
    scene.run("agentpkg install base@^3").prints(str![[r#"
(standard error)
error: no release of `base` fits
  caused by: this repo wants `base` ^3, but only 1.0.0 and 2.0.0 are published
hint: ask for one that is published: agentpkg install base@2.0.0
(exit code 2)

"#]]);
    scene.run("agentpkg install old base@^2").prints(str![[r#"
(standard error)
error: no releases of `base` and `old` fit together
  caused by: this repo wants `base` ^2
  caused by: this repo wants `old` *
  caused by: `old` 1.0.0 needs `base` ^1
hint: ask for another version of one of `base` and `old` in `agentpkg.toml`
(exit code 2)

"#]]);
    scene.run("agentpkg install lost").prints(str![[r#"
(standard error)
error: no release of `lost` fits
  caused by: this repo wants `lost` *
  caused by: `lost` 1.0.0 needs `nowhere` ^1, but `[SCENE]/registry` has no
  such template
hint: ask for another version of `lost` in `agentpkg.toml`
(exit code 2)

"#]]);
    scene.run("agentpkg install late").prints(str![[r#"
(standard error)
error: no release of `late` fits
  caused by: this repo wants `late` *
  caused by: `late` 1.0.0 needs agentpkg >=99, and this is 0.1.0
hint: get agentpkg >=99
(exit code 2)

"#]]);
    scene.run("agentpkg install early").prints(str![[r#"
(standard error)
error: no release of `early` fits
  caused by: this repo wants `early` *, but only 1.0.0-rc.1 is published
hint: name the pre-release: agentpkg install early@1.0.0-rc.1
(exit code 2)

"#]]);
    scene
        .run("agentpkg yank base@2.0.0 --reason 'it is wrong' --registry ../registry")
        .succeeds();
    scene.run("agentpkg install base@^2").prints(str![[r#"
(standard error)
error: no release of `base` fits
  caused by: this repo wants `base` ^2, but 2.0.0 is yanked: it is wrong
hint: ask for one that is published: agentpkg install base@1.0.0
(exit code 2)

"#]]);
}

#[test]
fn a_file_in_the_way_is_never_overwritten() {
    let at = ".claude/rules/reviewer/review.md";
    let scene = reviewer().edited(at, "ours\n");
    scene.run("agentpkg install reviewer").prints(str![[r#"
installed reviewer 1.0.0
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (in use here)
  context     always loaded: 1 line

  commit      git add agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo
(standard error)
warning: 1 file has conflicts; your version was kept
  `.claude/rules/reviewer/review.md`: a file of yours with other content is there
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    scene.reads(at, "ours\n");
    let scene = reviewer().edited(&format!("{at}/x"), "");
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/rules/reviewer/review.md`: a folder is in the way
note: nothing was changed
hint: move `.claude/rules/reviewer/review.md` away and run the command again
(exit code 2)

"#]]);
    let scene = scene
        .deleted(at)
        .edited("../outside", "")
        .linked(at, "../../../../outside");
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/rules/reviewer/review.md`: a link that leads out of the repository is in the way
note: nothing was changed
hint: move `.claude/rules/reviewer/review.md` away and run the command again
(exit code 2)

"#]]);
    let scene = scene.deleted(at).linked(at, "nowhere.md");
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/rules/reviewer/review.md`: a link that leads nowhere is in the way
note: nothing was changed
hint: move `.claude/rules/reviewer/review.md` away and run the command again
(exit code 2)

"#]]);
    let scene = scene
        .deleted(at)
        .edited("ours.md", "")
        .linked(at, "../../../ours.md");
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/rules/reviewer/review.md`: a link is in the way
note: nothing was changed
hint: move `.claude/rules/reviewer/review.md` away and run the command again
(exit code 2)

"#]]);
    let scene = scene.deleted(at).linked(at, "../../rules");
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/rules/reviewer/review.md`: a link to a folder is in the way
note: nothing was changed
hint: move `.claude/rules/reviewer/review.md` away and run the command again
(exit code 2)

"#]]);
    let scene = scene.deleted(".claude").edited(".claude", "");
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude` is a file, and 1 file belongs there
note: nothing was changed
hint: move `.claude` away and run the command again
(exit code 2)

"#]]);
    let scene = scene
        .deleted(".claude")
        .edited("../outside.d/x", "")
        .linked(".claude", "../outside.d");
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude` is a link that leads out of the repository, and 1 file belongs there
note: nothing was changed
hint: move `.claude` away and run the command again
(exit code 2)

"#]]);
    let scene = scene.deleted(".claude");
    scene
        .run("mkdir -p .claude/rules/reviewer && mkfifo .claude/rules/reviewer/review.md")
        .succeeds();
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/rules/reviewer/review.md`: something that is not a file is in the way
note: nothing was changed
hint: move `.claude/rules/reviewer/review.md` away and run the command again
(exit code 2)

"#]]);
}

#[test]
fn two_edits_of_one_thing_wait_for_a_person() {
    let scene = guards()
        .edited(".claude/settings.json", "{\"model\": \"opus\"}\n")
        .installed("guards");
    let manifest = GUARDS[0].1.replace("timeout = 10", "timeout = 30");
    let mut later = GUARDS.to_vec();
    later.retain(|(path, _)| {
        !["template.toml", "root.md.jinja", "rules/general.md.jinja"].contains(path)
    });
    later.extend([
        ("template.toml", manifest.as_str()),
        ("root.md.jinja", "Ask {{ team }}.\n"),
        ("rules/general.md.jinja", "Guards are very {{ level }}.\n"),
    ]);
    let scene = scene.published("guards", "1.1.0", &later);
    let scene = scene.edited(".claude/rules/guards/general.md", "Guards are ours.\n");
    let scene = scene.replaced("CLAUDE.md", "belongs to", "is the pride of");
    let scene = scene.replaced(
        ".claude/settings.json",
        "\"timeout\": 10",
        "\"timeout\": 20",
    );
    let files = [
        ".claude/rules/guards/general.md",
        ".claude/settings.json",
        "CLAUDE.md",
    ];
    let before = files.map(|path| scene.text(path));
    scene.run("agentpkg install guards@^1.1").prints(str![[r#"
upgraded guards 1.0.0 -> 1.1.0
  changelog   guards 1.1.0
              - What changed
  updated     1 file: .claude/hooks/guards/guard.hook
  can run     hook      guard  changed, +2 -2 lines
              (trusted: registry [SCENE]/registry)
  context     always loaded: 2 lines; 1 rule loads by path; 1 script may run; 1 server may be
              started

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: 3 files have conflicts; your version was kept
  `.claude/rules/guards/general.md` line 1
  `.claude/settings.json`: `/hooks/PreToolUse/0/hooks/0/timeout` is 20 here and 30 upstream
  `CLAUDE.md` line 2
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    assert_eq!(files.map(|path| scene.text(path)), before);
}

#[test]
fn a_shared_file_that_can_not_be_read_waits_for_a_person() {
    let settings = |text: &str| {
        guards()
            .edited(".claude/settings.json", text)
            .run("agentpkg install guards")
    };
    settings("{\n  // why\n}\n").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/settings.json` line 2: a comment, which strict JSON does not have
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    settings("{\n  \"a\": [1,]\n}\n").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/settings.json` line 2: a trailing comma, which strict JSON does not have
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    settings("{\n  \"a\": 1,\n  \"a\": 2\n}\n").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/settings.json` line 3: the key `a` for the second time
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    settings("{\n<<<<<<< ours\n}\n").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/settings.json` line 2: a conflict marker
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    settings("{\n").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/settings.json` line 2: the file ends inside an object
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    settings("{\n  \"a\":").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/settings.json` line 2: the file ends where a value has to be
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    settings("[]\n").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/settings.json` line 1: something other than an object
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    let scene = guards().edited("CLAUDE.md", "# Ours\n<!-- BEGIN agentpkg guards -->\n");
    scene.run("agentpkg install guards").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `CLAUDE.md` line 2: the block of `guards` has no end
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    let scene = scene.edited("CLAUDE.md", "<!-- END agentpkg guards -->\n");
    scene.run("agentpkg install guards").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `CLAUDE.md` line 1: the block of `guards` ends without having begun
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    let block = "<!-- BEGIN agentpkg a -->\n<!-- END agentpkg a -->\n";
    let scene = scene.edited("CLAUDE.md", format!("{block}{block}"));
    scene.run("agentpkg install guards").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `CLAUDE.md` line 3: the block of `a` begins for the second time
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    let scene = scene.edited(
        "CLAUDE.md",
        "<!-- BEGIN agentpkg a -->\n<!-- BEGIN agentpkg b -->\n",
    );
    scene.run("agentpkg install guards").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `CLAUDE.md` line 2: the block of `b` begins inside that of `a` (line 1)
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    let scene = scene.edited("CLAUDE.md", "<!-- BEGIN agentpkg A B -->\n");
    scene.run("agentpkg install guards").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `CLAUDE.md` line 1: `A B` is not a template's name
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
    let scene = scene.edited(
        "CLAUDE.md",
        "<!-- BEGIN agentpkg guards -->\nours\n<!-- END agentpkg guards -->\n",
    );
    scene.run("agentpkg install guards").prints(str![[r#"
installed guards 1.0.0
  added       9 files: .gitignore, .mcp.json, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (in use here)
  answer      team = "payments" (read off CODEOWNERS)
  answer      level = "low" (the template's default)
  can run     hook      guard  before shell commands, can block, 10 s
              server    docs   docs-mcp
              (trusted: registry [SCENE]/registry)
  context     always loaded: 2 lines; 1 rule loads by path; 1 script may run; 1 server may be
              started

  commit      git add .claude .gitignore .mcp.json agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo
(standard error)
warning: 1 file has conflicts; your version was kept
  `CLAUDE.md` line 2
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    let scene = guards()
        .edited("CLAUDE.md", b"\xff")
        .edited(".gitignore/x", "");
    scene.run("agentpkg install guards").prints(str![[r#"
(standard error)
error: 2 places in this repository can't be decided without you
  `.gitignore`: a folder is in the way
  `CLAUDE.md`: it is not UTF-8 text: save it as UTF-8
note: nothing was changed
hint: move `.gitignore` away and run the command again
hint: mend it and run the command again
(exit code 2)

"#]]);
}

#[test]
fn one_value_and_two_wishes_wait_for_a_person() {
    let scene = Scene::new().published(
        "model",
        "1.0.0",
        &[("settings/claude.json", "{\"model\": \"opus\"}")],
    );
    let scene = scene.edited(".claude/settings.json", "{\"model\": \"haiku\"}\n");
    scene.run("agentpkg install model").prints(str![[r#"
installed model 1.0.0
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (in use here)

  commit      git add agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo
(standard error)
warning: 1 file has conflicts; your version was kept
  `.claude/settings.json`: `/model` is "haiku" here and "opus" upstream
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
}

#[test]
fn undo_waits_for_a_person_too() {
    let scene = guards()
        .edited(".claude/settings.json", "{\"env\": {}}\n")
        .edited("CLAUDE.md", "# Ours\n");
    let scene = scene.installed("guards");
    let scene = scene.replaced("CLAUDE.md", "<!-- END agentpkg guards -->\n", "");
    let scene = scene.replaced(
        ".claude/settings.json",
        "\"timeout\": 10",
        "\"timeout\": 20,",
    );
    scene.run("agentpkg undo").prints(str![[r#"
(standard error)
error: `install guards` can't be undone: what it wrote was edited since
  `CLAUDE.md` line 3: the block of `guards` has no end
  `.claude/settings.json` line 1: a trailing comma, which strict JSON does not have
note: nothing was changed
hint: set your edit of these files aside, run `agentpkg undo` again, and make it anew
(exit code 2)

"#]]);
    let scene = scene
        .edited("CLAUDE.md", b"\xff")
        .replaced(".claude/settings.json", "20,", "20");
    scene.run("agentpkg undo").prints(str![[r#"
(standard error)
error: `install guards` can't be undone: what it wrote was edited since
  `CLAUDE.md`: it is not UTF-8 text: save it as UTF-8
note: nothing was changed
hint: set your edit of these files aside, run `agentpkg undo` again, and make it anew
(exit code 2)

"#]]);
}

#[test]
fn two_commands_do_not_write_at_once() {
    let scene = reviewer().installed("reviewer");
    let mut lock = File::options()
        .write(true)
        .truncate(true)
        .open(scene.path(".agentpkg/lock"))
        .unwrap();
    lock.lock().unwrap();
    lock.write_all(b"`install guards` (process 1)").unwrap();
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: another agentpkg is writing here: `install guards` (process 1)
note: nothing was changed
hint: wait for it to end, then run the command again
(exit code 2)

"#]]);
    scene.run("agentpkg undo").prints(str![[r#"
(standard error)
error: another agentpkg is writing here: `install guards` (process 1)
note: nothing was changed
hint: wait for it to end, then run the command again
(exit code 2)

"#]]);
    // Reading goes on.
    scene.run("agentpkg check").prints(str![[r#"
ok: 1 file checked

"#]]);
    lock.set_len(0).unwrap();
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: another agentpkg is writing here
note: nothing was changed
hint: wait for it to end, then run the command again
(exit code 2)

"#]]);
}

#[test]
fn a_journal_that_can_not_be_read_is_set_aside() {
    let scene = reviewer()
        .installed("reviewer")
        .edited(".agentpkg/journal", "agentpkg journal 4\n");
    scene.run("agentpkg check").prints(str![[r#"
1 problem found in 1 file
  interrupted `.agentpkg/journal`: a command was interrupted

  next        agentpkg install
(exit code 1)

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: a later agentpkg than this one wrote `.agentpkg/journal`
hint: run the command with that agentpkg
(exit code 2)

"#]]);
    let scene = scene.edited(".agentpkg/journal", "agentpkg journal 1\n");
    scene.run("agentpkg undo --dry-run").prints(str![[r#"
would undo `install reviewer` (nothing was changed)
  removed     3 files: .claude/rules/reviewer/review.md, agentpkg.toml, agentpkg.lock

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: the journal of an interrupted command is damaged
note: it was set aside as `.agentpkg/journal.damaged`; the command may have written some of its
  files
hint: see `git status`, then run the command again
(exit code 2)

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
}

#[test]
fn an_undo_record_that_can_not_be_read_is_said() {
    let scene = reviewer()
        .installed("reviewer")
        .edited(".agentpkg/undo", "agentpkg journal 4\n");
    scene.run("agentpkg undo").prints(str![[r#"
(standard error)
error: a later agentpkg than this one wrote `.agentpkg/undo`
hint: run the command with that agentpkg
(exit code 2)

"#]]);
    let scene = scene.edited(".agentpkg/undo", "x");
    scene.run("agentpkg undo").prints(str![[r#"
(standard error)
error: `.agentpkg/undo` is not what was written
note: nothing was changed
(exit code 2)

"#]]);
    let scene = scene
        .deleted(".agentpkg/undo")
        .edited(".agentpkg/undo/x", "");
    scene.run("agentpkg undo").prints(str![[r#"
(standard error)
error: `.agentpkg/undo` is not what was written
note: nothing was changed
(exit code 2)

"#]]);
    let scene = scene.deleted(".agentpkg").edited(".agentpkg", "");
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: `.agentpkg` is no folder
hint: mv .agentpkg .agentpkg.aside
(exit code 2)

"#]]);
    let scene = scene
        .deleted(".agentpkg")
        .edited("../outside.d/x", "")
        .linked(".agentpkg", "../outside.d");
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: `.agentpkg` is no folder
hint: mv .agentpkg .agentpkg.aside
(exit code 2)

"#]]);
    let scene = scene.deleted(".agentpkg").linked(".agentpkg", ".git");
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: `.agentpkg` is no folder
hint: mv .agentpkg .agentpkg.aside
(exit code 2)

"#]]);
    let scene = scene
        .deleted(".agentpkg")
        .edited("elsewhere", "")
        .edited(".agentpkg/x", "");
    let scene = scene.linked(".agentpkg/lock", "../elsewhere");
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: failed to lock `[SCENE]/repo/.agentpkg/lock`
  caused by: too many levels of symbolic links
note: nothing was changed
(exit code 2)

"#]]);
    let scene = scene.deleted(".agentpkg").linked(".agentpkg", "../outside");
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: `.agentpkg` is no folder
hint: mv .agentpkg .agentpkg.aside
(exit code 2)

"#]]);
}

#[test]
fn git_that_can_not_be_run_is_said() {
    let scene = reviewer().edited("bin/git", "").edited("bin/x", "");
    scene
        .run("program=$(command -v agentpkg); PATH=$PWD/bin \"$program\" install reviewer")
        .prints(str![[r#"
installed reviewer 1.0.0
  added       1 file: .claude/rules/reviewer/review.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 2 lines

  go back     agentpkg undo
(standard error)
warning: nobody can say what git hides from your team: failed to run `git check-ignore`
  permission denied

"#]]);
    // Where there is none, nothing is ignored.
    let scene = scene.deleted("bin/git");
    scene
        .run("program=$(command -v agentpkg); PATH=$PWD/bin \"$program\" install reviewer --quiet")
        .prints(str![]);
}

#[test]
fn settings_never_name_a_script_that_would_not_exist() {
    let scene = guards()
        .edited(".claude/settings.json", "{\"model\": \"opus\"}\n")
        .installed("guards");
    let manifest = GUARDS[0].1.replace(
        "[[hooks]]",
        "[files.\"hooks/*\"]\nwhen = \"level == 'high'\"\n\n[[hooks]]",
    );
    let manifest = manifest.replace("deny = [", "deny = [\"Read(secrets/**)\", ");
    let mut later = GUARDS.to_vec();
    later.retain(|(path, _)| *path != "template.toml");
    later.push(("template.toml", &manifest));
    let scene = scene
        .published("guards", "1.1.0", &later)
        .deleted(".claude/hooks/guards/guard.sh");
    let scene = scene.replaced(
        ".claude/settings.json",
        "\"timeout\": 10",
        "\"timeout\": 20",
    );
    let scene = scene.replaced(".claude/settings.json", "\"Bash(git push *)\"", "");
    scene.run("agentpkg install guards@^1.1").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.claude/settings.json`: it runs `.claude/hooks/guards/guard.sh`, which would not exist
note: nothing was changed
hint: take the entry out, or bring the script back
(exit code 2)

"#]]);
}

#[test]
fn a_file_that_is_the_root_instructions_by_a_link_is_not_owned_whole() {
    let files = [
        ("root.md", "Root.\n"),
        ("files/docs/guide.md", "A guide.\n"),
    ];
    let scene = Scene::new()
        .published("guide", "1.0.0", &files)
        .edited("docs/guide.md", "# Ours\n");
    let scene = scene.linked("CLAUDE.md", "docs/guide.md");
    scene.run("agentpkg install guide").prints(str![[r#"
(standard error)
error: `guide` owns `docs/guide.md`, and `guide` writes the root instructions there
hint: if `CLAUDE.md` is a link to `docs/guide.md`, make it a file of its own, or remove one of the
  templates
(exit code 2)

"#]]);
}
