//! `proposals`: what teams offer, in the platform team's repository of templates.

use agentpkg::merge::patch::Patch;
use agentpkg::model::author::Author;
use agentpkg::model::path::RelPath;
use agentpkg::model::tree::{File, tree_digest};
use agentpkg::model::version::Version;
use agentpkg::proposal::{BaseRelease, Proposal};
use agentpkg::store::fs::read_tree;
use snapbox::str;
use support::{Files, Scene};

/// A template with a rule, and a guard.
const HOUSE: Files = &[
    (
        "template.toml",
        "\n[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/guard.sh\"\n",
    ),
    (
        "CHANGELOG.md",
        "# Changelog\n\n## [1.0.0] - 2026-01-01\n\n- A rule and a guard.\n",
    ),
    (
        "rules/review.md",
        "Look at the tests first.\nThen at the names.\n\nAsk before a release.\nThen wait.\n",
    ),
    ("hooks/guard.sh", "#!/bin/sh\ncat > /dev/null\nexit 0\n"),
];

/// The platform team's repository, which has published the template `house` 1.0.0 and committed
/// everything.
fn platform() -> Scene {
    let scene = Scene::new().published("house", "1.0.0", HOUSE);
    scene
        .run("cp -r ../templates . && git add . && git commit -qm 'The templates'")
        .succeeds();
    scene
}

const DEVELOPER: &str = "A developer";

/// What a team offers: some files of the release as the team would have them.
fn offer(scene: &Scene, author: &str, why: &str, files: &[(&str, Option<&str>)]) -> Proposal {
    let source = read_tree(&scene.path("../templates/house")).unwrap();
    let mut edited = source.clone();
    for (path, text) in files {
        let path: RelPath = path.parse().unwrap();
        let executable = path.as_str().ends_with(".sh");
        match text {
            Some(text) => edited.insert(
                path,
                File {
                    bytes: text.as_bytes().to_vec().into(),
                    executable,
                },
            ),
            None => edited.remove(&path),
        };
    }
    let author = Author {
        name: author.to_owned(),
        email: "dev@example.org".to_owned(),
        seconds: 1_790_000_000,
        zone: 120,
    };
    let base = BaseRelease {
        version: Version::new(1, 0, 0),
        tree: tree_digest(&source),
    };
    let edit = Patch::between(&source, &edited).unwrap();
    Proposal::new("house".parse().unwrap(), base, &author, why, edit).unwrap()
}

/// Saves a mail as `../NAME`.
fn saved(scene: Scene, name: &str, proposal: &Proposal) -> Scene {
    let source = read_tree(&scene.path("../templates/house")).unwrap();
    let mail = proposal
        .to_mail(Some(&"templates/house".parse().unwrap()), &source, "0.1.0")
        .unwrap();
    scene.edited(&format!("../{name}"), &mail)
}

const LOUDER: (&str, Option<&str>) = (
    "rules/review.md",
    Some(
        "Look at the tests first.\nThen at the names.\n\nAsk before a release, and say what is in it.\nThen wait.\n",
    ),
);
const SECRETS: (&str, Option<&str>) = (
    "rules/secrets.md",
    Some("Secrets stay out of the repository.\n"),
);
const STRICT: (&str, Option<&str>) = (
    "hooks/guard.sh",
    Some("#!/bin/sh\ncase $(cat) in *'push --force'*) exit 2 ;; esac\nexit 0\n"),
);

/// With one proposal in `../fix.patch`.
fn proposed(files: &[(&str, Option<&str>)]) -> Scene {
    let scene = platform();
    let proposal = offer(
        &scene,
        DEVELOPER,
        "Say what a release has in it\n\nWe waited for the wrong thing twice.",
        files,
    );
    saved(scene, "fix.patch", &proposal)
}

#[test]
fn a_proposal_is_shown_with_all_that_it_does() {
    let scene = proposed(&[LOUDER, SECRETS, STRICT]);
    let before = scene.tree();
    scene
        .run("agentpkg proposals show ../fix.patch")
        .prints(str![[r#"
p-e30130: Say what a release has in it
  by          A developer <dev@example.org>, Mon, 21 Sep 2026 16:13:20 +0200
              We waited for the wrong thing twice.
  changes     house 1.0.0, in `templates/house`
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`

hooks/guard.sh
@@ -1,3 +1,3 @@
 #!/bin/sh
-cat > /dev/null
+case $(cat) in *'push --force'*) exit 2 ;; esac
 exit 0

rules/review.md
@@ -1,5 +1,5 @@
 Look at the tests first.
 Then at the names.
 
-Ask before a release.
+Ask before a release, and say what is in it.
 Then wait.

rules/secrets.md  added
@@ -0,0 +1 @@
+Secrets stay out of the repository.

  can run     changed hook: PreToolUse .claude/hooks/house/guard.sh
  lint        nothing new
  applies     cleanly: the template is as 1.0.0 was released
  next        1.1.0 (minor after 1.0.0: a new file `rules/secrets.md`)

  to accept   agentpkg proposals apply ../fix.patch

"#]]);
    assert_eq!(scene.tree(), before);
    scene
        .run("agentpkg proposals show - < ../fix.patch | tail -n 2")
        .prints(str![[r#"

  to accept   agentpkg proposals apply -

"#]]);
}

#[test]
fn what_may_run_is_told_apart_from_what_holds_back() {
    let scene = proposed(&[
        (
            "template.toml",
            Some(
                "[template]\nname = \"house\"\nversion = \"1.0.0\"\ndescription = \"What house is for\"\n\n\
                 [permissions]\nallow = [\"Bash(make *)\"]\ndeny = [\"Read(.env)\"]\n\n\
                 [mcp.docs]\ncommand = \"npx\"\nargs = [\"docs@latest\"]\n",
            ),
        ),
        ("hooks/guard.sh", None),
    ]);
    scene
        .run("agentpkg proposals show ../fix.patch | sed -n '/^  .* allow/,$p'")
        .prints(str![[r#"
              new allow: Bash(make *)
  held back   new deny: Read(.env)
  no longer   hook: PreToolUse .claude/hooks/house/guard.sh, which held something back
  lint        nothing new
  applies     cleanly: the template is as 1.0.0 was released
  next        2.0.0 (major after 1.0.0: `hooks/guard.sh` is gone)

  to accept   agentpkg proposals apply ../fix.patch

"#]]);
}

#[test]
fn a_proposal_is_applied_and_taken_back() {
    let scene = proposed(&[LOUDER]);
    let before = scene.tree();
    scene
        .run("agentpkg proposals apply ../fix.patch --dry-run")
        .prints(str![[r#"
would apply p-bacb39 (nothing was changed)
  p-bacb39    Say what a release has in it (A developer, to house)
  applies     cleanly: the template is as 1.0.0 was released
  may run     nothing that couldn't before, with sample answers and any flag or choice
  changed     3 files: templates/house/CHANGELOG.md,
              templates/house/accepted/p-bacb393e38869ebd22f9.diff, templates/house/rules/review.md

rules/review.md
@@ -1,5 +1,5 @@
 Look at the tests first.
 Then at the names.
 
-Ask before a release.
+Ask before a release, and say what is in it.
 Then wait.

  next        1.0.1 (patch after 1.0.0: nothing comes or goes)

"#]]);
    assert_eq!(scene.tree(), before);
    scene
        .run("agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
applied p-bacb39
  p-bacb39    Say what a release has in it (A developer, to house)
  applies     cleanly: the template is as 1.0.0 was released
  may run     nothing that couldn't before, with sample answers and any flag or choice
  changed     3 files: templates/house/CHANGELOG.md,
              templates/house/accepted/p-bacb393e38869ebd22f9.diff, templates/house/rules/review.md

  next        1.0.1 (patch after 1.0.0: nothing comes or goes)
  prepare     agentpkg publish templates/house --bump 1.0.1 --prepare
  commit      git add templates
  go back     agentpkg undo

"#]]);
    scene.reads("templates/house/rules/review.md", LOUDER.1.unwrap());
    scene.reads(
        "templates/house/CHANGELOG.md",
        str![[r#"
# Changelog

## [Unreleased]

- Say what a release has in it (proposed by A developer, p-bacb39)

## [1.0.0] - 2026-01-01

- A rule and a guard.

"#]],
    );
    scene
        .run("cat templates/house/accepted/*.diff")
        .prints(str![[r#"
From: A developer <dev@example.org>
Date: Mon, 21 Sep 2026 16:13:20 +0200
Subject: Say what a release has in it

We waited for the wrong thing twice.

Agentpkg-Template: house
Agentpkg-Base: house 1.0.0 sha256:ae4e78c66bc66a2463a7b5213d5d4b188d364771232ed7997bdc406b939466ca
---
diff --git a/rules/review.md b/rules/review.md
index dbdde76b88022afef5a4064ca7211bef5d6bea0f..db2c966a104461246b8ee8a6ffab9bed6681b749 100644
--- a/rules/review.md
+++ b/rules/review.md
@@ -1,5 +1,5 @@
 Look at the tests first.
 Then at the names.
 
-Ask before a release.
+Ask before a release, and say what is in it.
 Then wait.

"#]]);
    scene
        .run("agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
(standard error)
error: `p-bacb393e38869ebd22f9` is already accepted in `house`
  caused by: `templates/house/accepted/p-bacb393e38869ebd22f9.diff` is there
note: read from `../fix.patch`; nothing was changed
(exit code 2)

"#]]);
    scene
        .run("agentpkg proposals show ../fix.patch | grep -A1 accepted")
        .prints(str![[r#"
  accepted    already: `accepted/p-bacb393e38869ebd22f9.diff` is there

"#]]);
    scene.run("agentpkg undo").prints(str![[r#"
undid `proposals apply`
  removed     1 file: templates/house/accepted/p-bacb393e38869ebd22f9.diff
  reverted    2 files: templates/house/CHANGELOG.md, templates/house/rules/review.md

  redo        agentpkg undo --redo

"#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn commits_are_their_authors() {
    let scene = proposed(&[LOUDER]);
    let second = offer(&scene, "Ä. Nother", "[house] Keep secrets out", &[SECRETS]);
    let scene = saved(scene, "second.patch", &second).edited("other.txt", "not committed\n");
    scene.run("git add other.txt").succeeds();
    scene
        .run("agentpkg proposals apply ../fix.patch ../second.patch --commit")
        .prints(str![[r#"
applied p-bacb39, p-60d9c4
  p-bacb39    Say what a release has in it (A developer, to house)
  applies     cleanly: the template is as 1.0.0 was released
  may run     nothing that couldn't before, with sample answers and any flag or choice
  p-60d9c4    [house] Keep secrets out (Ä. Nother, to house)
  applies     merged with what changed here since 1.0.0
  may run     nothing that couldn't before, with sample answers and any flag or choice
  changed     5 files: templates/house/CHANGELOG.md, templates/house/accepted/ (2),
              templates/house/rules/ (2)
  committed   2 commits, each by its author

  next        1.1.0 (minor after 1.0.0: a new file `rules/secrets.md`)
  prepare     agentpkg publish templates/house --bump 1.1.0 --prepare
  go back     git reset --keep HEAD~2

"#]]);
    scene
        .run("git log -2 --reverse --format='%an <%ae> %ad%n%cn%n%B' --date=iso")
        .prints(str![[r#"
A developer <dev@example.org> 2026-09-21 16:13:20 +0200
team
Say what a release has in it

We waited for the wrong thing twice.

Agentpkg-Proposal: p-bacb393e38869ebd22f9
Agentpkg-Template: house
Agentpkg-Base: house 1.0.0 sha256:ae4e78c66bc66a2463a7b5213d5d4b188d364771232ed7997bdc406b939466ca

Ä. Nother <dev@example.org> 2026-09-21 16:13:20 +0200
team
house: [house] Keep secrets out

Agentpkg-Proposal: p-60d9c4f9a4aa1b12b3e9
Agentpkg-Template: house
Agentpkg-Base: house 1.0.0 sha256:ae4e78c66bc66a2463a7b5213d5d4b188d364771232ed7997bdc406b939466ca


"#]]);
    scene
        .run("git log -2 --reverse --format=%s --stat --stat-width=100; git status --short")
        .prints(str![[r#"
Say what a release has in it

 templates/house/CHANGELOG.md                         |  4 ++++
 templates/house/accepted/p-bacb393e38869ebd22f9.diff | 20 ++++++++++++++++++++
 templates/house/rules/review.md                      |  2 +-
 3 files changed, 25 insertions(+), 1 deletion(-)
house: [house] Keep secrets out

 templates/house/CHANGELOG.md                         |  1 +
 templates/house/accepted/p-60d9c4f9a4aa1b12b3e9.diff | 14 ++++++++++++++
 templates/house/rules/secrets.md                     |  1 +
 3 files changed, 16 insertions(+)
A  other.txt

"#]]);
    scene.reads(
        "templates/house/CHANGELOG.md",
        str![[r#"
# Changelog

## [Unreleased]

- Say what a release has in it (proposed by A developer, p-bacb39)
- \[house\] Keep secrets out (proposed by Ä. Nother, p-60d9c4)

## [1.0.0] - 2026-01-01

- A rule and a guard.

"#]],
    );
}

#[test]
fn what_git_refuses_is_taken_back() {
    let scene = proposed(&[LOUDER, SECRETS]);
    let scene = scene
        .edited(".git/hooks/pre-commit", "#!/bin/sh\necho no >&2\nexit 1\n")
        .with_mode(".git/hooks/pre-commit", 0o755);
    let before = scene.tree();
    scene
        .run("agentpkg proposals apply ../fix.patch --commit")
        .prints(str![[r#"
(standard error)
error: `git commit` failed
  caused by: no
note: nothing was changed
(exit code 2)

"#]]);
    assert_eq!(scene.tree(), before);
    scene.run("git status --short").prints(str![]);
    let scene = scene.replaced("templates/house/CHANGELOG.md", "- A rule", "- One rule");
    scene
        .run("agentpkg proposals apply ../fix.patch --commit")
        .prints(str![[r#"
(standard error)
error: 1 file that the proposals change holds what isn't committed
  `templates/house/CHANGELOG.md`
note: nothing was changed
hint: commit or stash that first
(exit code 2)

"#]]);
}

#[test]
fn a_template_that_moved_on_is_merged() {
    let scene = proposed(&[LOUDER])
        .replaced(
            "templates/house/rules/review.md",
            "Look at the tests first.",
            "Look at the tests first, always.",
        )
        .replaced(
            "templates/house/template.toml",
            "version = \"1.0.0\"",
            "version = \"1.1.0\"",
        );
    scene
        .run("agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
applied p-bacb39
  p-bacb39    Say what a release has in it (A developer, to house)
  applies     merged with what changed here since 1.0.0
  may run     nothing that couldn't before, with sample answers and any flag or choice
  changed     3 files: templates/house/CHANGELOG.md,
              templates/house/accepted/p-bacb393e38869ebd22f9.diff, templates/house/rules/review.md

  next        template.toml says 1.1.0 already (patch after 1.0.0: nothing comes or goes)
  prepare     agentpkg publish templates/house --bump 1.1.0 --prepare
  commit      git add templates
  go back     agentpkg undo

"#]]);
    scene.reads(
        "templates/house/rules/review.md",
        str![[r#"
Look at the tests first, always.
Then at the names.

Ask before a release, and say what is in it.
Then wait.

"#]],
    );
}

#[test]
fn a_renamed_file_takes_the_edit_along() {
    let scene = proposed(&[LOUDER]);
    let renames = "[renames]\n\"rules/review.md\" = \"rules/reviews.md\"\n";
    let manifest = format!("{}\n{renames}", scene.text("templates/house/template.toml"));
    let scene = scene.edited("templates/house/template.toml", &manifest);
    scene
        .run("mv templates/house/rules/review.md templates/house/rules/reviews.md")
        .succeeds();
    scene
        .run("agentpkg proposals apply ../fix.patch")
        .succeeds();
    scene
        .reads("templates/house/rules/reviews.md", LOUDER.1.unwrap())
        .absent("templates/house/rules/review.md");
}

#[test]
fn what_the_template_changed_too_needs_a_person() {
    let scene = proposed(&[LOUDER, SECRETS]).replaced(
        "templates/house/rules/review.md",
        "Ask before a release.",
        "Never release.",
    );
    let before = scene.tree();
    scene
        .run("agentpkg proposals show ../fix.patch")
        .prints(str![[r#"
p-5744e7: Say what a release has in it
  by          A developer <dev@example.org>, Mon, 21 Sep 2026 16:13:20 +0200
              We waited for the wrong thing twice.
  changes     house 1.0.0, in `templates/house`
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`

rules/review.md
@@ -1,5 +1,5 @@
 Look at the tests first.
 Then at the names.
 
-Ask before a release.
+Ask before a release, and say what is in it.
 Then wait.

rules/secrets.md  added
@@ -0,0 +1 @@
+Secrets stay out of the repository.

  conflict    the template has changed 1 place since 1.0.0; above is what it changes there
              `rules/review.md` line 4: both changed it
  to settle   ask its author to bring it up to date: `agentpkg upgrade`, then `agentpkg contribute`
(exit code 1)

"#]]);
    scene
        .run("agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
(standard error)
error: `p-5744e75e52844a5548ae` and `house` changed the same places since 1.0.0
  `rules/review.md` line 4: both changed it
note: read from `../fix.patch`; nothing was changed
hint: ask its author to bring it up to date: `agentpkg upgrade`, then `agentpkg contribute`
(exit code 2)

"#]]);
    // All or none.
    let second = offer(&scene, DEVELOPER, "Keep secrets out", &[SECRETS]);
    let scene = saved(scene, "second.patch", &second);
    scene
        .run("agentpkg proposals apply ../second.patch ../fix.patch 2>&1 | head -1")
        .prints(str![[r#"
error: `p-5744e75e52844a5548ae` and `house` changed the same places since 1.0.0

"#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn a_release_that_nobody_knows_is_no_base() {
    let scene = proposed(&[LOUDER]);
    let before = scene.tree();
    scene
        .run("agentpkg proposals apply ../fix.patch --registry embedded")
        .prints(str![[r#"
(standard error)
error: `p-bacb393e38869ebd22f9` is against an unknown release: `house` 1.0.0
  caused by: `embedded` has no `house`
note: read from `../fix.patch`; nothing was changed
hint: name the registry that its author installed from: `--registry URL`
(exit code 2)

"#]]);
    let other = Scene::new().published("house", "1.0.0", &[("rules/a.md", "Another.\n")]);
    let other = other.edited("../fix.patch", scene.text("../fix.patch"));
    other
        .run("cp -r ../templates . && agentpkg proposals show ../fix.patch")
        .prints(str![[r#"
(standard error)
error: `p-bacb393e38869ebd22f9` is against an unknown release: `house` 1.0.0
  caused by: what `[SCENE]/registry` has as 1.0.0 holds other files
note: read from `../fix.patch`; nothing was changed
hint: name the registry that its author installed from: `--registry URL`
(exit code 2)

"#]]);
    other.run("perl -pi -e 's/1.0.0/0.1.0/' templates/house/*.toml templates/house/*.md && rm -r ../registry").succeeds();
    other
        .run("agentpkg publish templates/house --registry ../registry")
        .succeeds();
    other
        .run("agentpkg proposals show ../fix.patch")
        .prints(str![[r#"
(standard error)
error: `p-bacb393e38869ebd22f9` is against an unknown release: `house` 1.0.0
  caused by: `[SCENE]/registry` doesn't have that version
note: read from `../fix.patch`; nothing was changed
hint: name the registry that its author installed from: `--registry URL`
(exit code 2)

"#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn the_registry_in_the_repository_is_the_one_that_is_asked() {
    let scene = proposed(&[LOUDER]);
    scene.run("mv ../registry registry").succeeds();
    scene
        .run("agentpkg proposals show ../fix.patch | grep registry")
        .prints(str![[r#"
  registry    registry, in this repository

"#]]);
    scene
        .run("agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
applied p-bacb39
  p-bacb39    Say what a release has in it (A developer, to house)
  applies     cleanly: the template is as 1.0.0 was released
  may run     nothing that couldn't before, with sample answers and any flag or choice
  changed     3 files: templates/house/CHANGELOG.md,
              templates/house/accepted/p-bacb393e38869ebd22f9.diff, templates/house/rules/review.md

  next        1.0.1 (patch after 1.0.0: nothing comes or goes)
  prepare     agentpkg publish templates/house --bump 1.0.1 --prepare --registry registry
  commit      git add templates
  go back     agentpkg undo

"#]]);
    // What is said to come next is all there is to do.
    scene
        .run("agentpkg publish templates/house --bump 1.0.1 --prepare --registry registry")
        .succeeds();
    scene
        .run("agentpkg publish templates/house --registry registry")
        .succeeds();
    scene
        .run("agentpkg info house --registry registry | grep 1.0.1")
        .succeeds();
}

#[test]
fn a_template_is_where_the_mail_or_the_person_says() {
    let scene = proposed(&[LOUDER]);
    scene
        .run("mv templates/house templates/home && agentpkg proposals show ../fix.patch")
        .prints(str![[r#"
p-bacb39: Say what a release has in it
  by          A developer <dev@example.org>, Mon, 21 Sep 2026 16:13:20 +0200
              We waited for the wrong thing twice.
  changes     house 1.0.0, in `templates/home`
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`

rules/review.md
@@ -1,5 +1,5 @@
 Look at the tests first.
 Then at the names.
 
-Ask before a release.
+Ask before a release, and say what is in it.
 Then wait.

  may run     nothing that couldn't before, with sample answers and any flag or choice
  lint        nothing new
  applies     cleanly: the template is as 1.0.0 was released
  next        1.0.1 (patch after 1.0.0: nothing comes or goes)

  to accept   agentpkg proposals apply ../fix.patch

"#]]);
    scene
        .run("agentpkg proposals apply ../fix.patch --template templates/home")
        .succeeds();
    scene.reads("templates/home/rules/review.md", LOUDER.1.unwrap());
    scene.run("agentpkg undo").succeeds();
    let scene = scene.source("other", "1.0.0", &[("rules/a.md", "a\n")]);
    scene
        .run("cp -r ../templates/other templates/house && agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
applied p-bacb39
  p-bacb39    Say what a release has in it (A developer, to house)
  applies     cleanly: the template is as 1.0.0 was released
  may run     nothing that couldn't before, with sample answers and any flag or choice
  changed     3 files: templates/home/CHANGELOG.md,
              templates/home/accepted/p-bacb393e38869ebd22f9.diff, templates/home/rules/review.md

  next        1.0.1 (patch after 1.0.0: nothing comes or goes)
  prepare     agentpkg publish templates/home --bump 1.0.1 --prepare
  commit      git add templates
  go back     agentpkg undo

"#]]);
    scene
        .run("rm -r templates && agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
(standard error)
error: `house` is not here: `templates/house` is not a folder
note: read from `../fix.patch`; nothing was changed
hint: run it in the repository that has the template's source, or name it: `--template DIR`
(exit code 2)

"#]]);
    scene
        .run("ln -s ../templates templates && agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
(standard error)
error: `templates/house` is not inside the repository
note: read from `../fix.patch`; nothing was changed
hint: run it in the repository that has it
(exit code 2)

"#]]);
    scene.run("mkdir elsewhere && cd elsewhere && agentpkg proposals show ../../fix.patch --repo .. --template ../../templates/house")
        .prints(str![[r#"
(standard error)
error: `../../templates/house` is not inside the repository
note: read from `../../fix.patch`; nothing was changed
hint: run it in the repository that has it
(exit code 2)

"#]]);
}

#[test]
fn a_template_may_be_the_whole_repository() {
    let scene = platform();
    let proposal = offer(&scene, DEVELOPER, "Louder", &[LOUDER]);
    let source = read_tree(&scene.path("../templates/house")).unwrap();
    let scene = scene.edited(
        "../fix.patch",
        proposal.to_mail(None, &source, "0.1.0").unwrap(),
    );
    scene.run("git rm -rq templates && cp -r ../templates/house/* . && git add . && git commit -qm Root").succeeds();
    scene
        .run("agentpkg proposals apply ../fix.patch --commit")
        .prints(str![[r#"
applied p-bacb39
  p-bacb39    Louder (A developer, to house)
  applies     cleanly: the template is as 1.0.0 was released
  may run     nothing that couldn't before, with sample answers and any flag or choice
  changed     3 files: CHANGELOG.md, accepted/p-bacb393e38869ebd22f9.diff, rules/review.md
  committed   1 commit, by its author

  next        1.0.1 (patch after 1.0.0: nothing comes or goes)
  prepare     agentpkg publish . --bump 1.0.1 --prepare
  go back     git reset --keep HEAD~1

"#]]);
    scene.reads("rules/review.md", LOUDER.1.unwrap());
    scene.run("git status --short").prints(str![]);
}

#[test]
fn what_is_no_proposal_changes_nothing() {
    let scene = proposed(&[LOUDER]);
    let mail = scene.text("../fix.patch");
    let before = scene.tree();
    let refused = |scene: &Scene, name: &str| {
        let said = scene
            .run(&format!("agentpkg proposals apply {name}; test $? = 2"))
            .all();
        assert!(!said.contains("exit code"), "{said}");
        said
    };
    scene
        .run("echo hello > ../hello.txt; agentpkg proposals apply ../hello.txt")
        .prints(str![[r#"
(standard error)
error: this is not a mail
  caused by: line 1 is no field of a mail's head
note: read from `../hello.txt`; nothing was changed
hint: save the whole mail as it came, or its attachment
(exit code 2)

"#]]);
    scene
        .run("agentpkg proposals apply ../nothing.patch")
        .prints(str![[r#"
(standard error)
error: failed to read `[SCENE]/nothing.patch`
  caused by: no such file or directory
note: read from `../nothing.patch`; nothing was changed
(exit code 2)

"#]]);
    scene
        .run("head -c 20000000 /dev/zero > ../large; agentpkg proposals apply ../large")
        .prints(str![[r#"
(standard error)
error: `[SCENE]/large` is larger than 8 MiB
note: read from `../large`; nothing was changed
(exit code 2)

"#]]);
    scene
        .run(
            "head -c 200 /dev/urandom > ../bytes; agentpkg proposals apply ../bytes 2>&1 | head -1",
        )
        .prints(str![[r#"
error: this is not a mail

"#]]);
    let broken = [
        ("\n+Ask before", "\n+Ask again before", "is not what"),
        (
            "house/rules/review.md",
            "house/.git/hooks/x",
            "inside git's own folder",
        ),
        ("\n@@ -1,5", "\n@@ -1,9", "can't be read"),
        ("100644", "120000", "a symbolic link can't be in a template"),
        (
            "new file mode 100644",
            "new file mode 104755",
            "the mode `104755`",
        ),
    ];
    for (from, to, what) in broken {
        assert!(mail.contains(from), "{from}\n{mail}");
        std::fs::write(scene.path("../broken.patch"), mail.replace(from, to)).unwrap();
        let said = refused(&scene, "../broken.patch");
        assert!(said.contains(what), "{from}: {said}");
    }
    assert_eq!(scene.tree(), before);
}

#[test]
fn what_strangers_write_can_not_speak_to_the_terminal() {
    let scene = proposed(&[LOUDER]);
    let mail = scene.text("../fix.patch");
    let evil = mail
        .replacen(
            "From: A developer <dev@example.org>",
            "From: \u{1b}[31mA\u{202e} lead <lead@example.org>",
            1,
        )
        .replacen("Subject: ", "Subject: \u{1b}]0;title\u{7}", 1);
    assert_ne!(evil, mail);
    let scene = scene.edited("../evil.patch", &evil);
    scene
        .run("agentpkg proposals show ../evil.patch")
        .prints(str![[r#"
p-bacb39: Say what a release has in it
  by          A developer <dev@example.org>, Mon, 21 Sep 2026 16:13:20 +0200
  sent by     [31mA lead <lead@example.org>
              We waited for the wrong thing twice.
  changes     house 1.0.0, in `templates/house`
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`

rules/review.md
@@ -1,5 +1,5 @@
 Look at the tests first.
 Then at the names.
 
-Ask before a release.
+Ask before a release, and say what is in it.
 Then wait.

  may run     nothing that couldn't before, with sample answers and any flag or choice
  lint        nothing new
  applies     cleanly: the template is as 1.0.0 was released
  next        1.0.1 (patch after 1.0.0: nothing comes or goes)

  to accept   agentpkg proposals apply ../evil.patch

"#]]);
    let text = "Look at the tests first.\nThen at the \u{1b}[8mhidden\u{1b}[0m \u{202e}names.\n";
    let proposal = offer(
        &scene,
        "A\u{1b}[2J developer",
        "Loud\u{1b}[31mer",
        &[("rules/review.md", Some(text))],
    );
    let scene = saved(scene, "text.patch", &proposal);
    let said = scene.run("agentpkg proposals show ../text.patch").all();
    assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
    assert!(said.contains("\\u{1b}[8mhidden"), "{said}");
    assert!(
        !scene
            .run("agentpkg proposals show ../text.patch --json")
            .all()
            .contains('\u{1b}')
    );
}

#[test]
fn what_publish_would_refuse_is_said() {
    let scene = proposed(&[(
        "template.toml",
        Some("[template]\nname = \"house\"\nversion = \"1.0.0\"\ndescription = \"d\"\n"),
    )]);
    scene
        .run("agentpkg proposals show ../fix.patch | tail -n 12")
        .prints(str![[r#"
-event = "before-tool"
-matches = "Bash"
-run = "hooks/guard.sh"
+description = "d"

  can run     new file: .claude/hooks/house/guard.sh
  no longer   hook: PreToolUse .claude/hooks/house/guard.sh, which held something back
  lint        nothing new
  applies     cleanly: the template is as 1.0.0 was released
  next        2.0.0 (major after 1.0.0: the hook `guard` is gone)

  to accept   agentpkg proposals apply ../fix.patch

"#]]);
    let scene = proposed(&[("rulez/x.md", Some("x\n"))]);
    scene
        .run("agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
applied p-26c2d0
  p-26c2d0    Say what a release has in it (A developer, to house)
  applies     cleanly: the template is as 1.0.0 was released
  may run     nothing that couldn't before, with sample answers and any flag or choice
  lint        new: 1 error in 1 file

template.toml
  file        error template-manifest: `rulez/x.md` is in no folder that a template has
  fix         rename `rulez` to `rules`

  changed     3 files: templates/house/CHANGELOG.md,
              templates/house/accepted/p-26c2d0ede10c8ec48160.diff, templates/house/rulez/x.md

  next        1.1.0 (minor after 1.0.0: a new file `rulez/x.md`)
  mend        agentpkg lint templates/house
  prepare     agentpkg publish templates/house --bump 1.1.0 --prepare
  commit      git add templates
  go back     agentpkg undo
(exit code 1)

"#]]);
    let scene = proposed(&[("rules/x.md.jinja", Some("{% if team %}\nx\n"))]);
    scene
        .run("agentpkg proposals show ../fix.patch | sed -n '/broken/,$p'")
        .prints(str![[r#"
  broken      the template doesn't render any more: `house` 1.0.0: `rules/x.md.jinja` line 2:
              unexpected end of input, expected end of block
  lint        new: 1 error in 1 file

rules/x.md.jinja
  line 2      error template-manifest: unexpected end of input, expected end of block
  fix         correct it: `publish` refuses the template as it is

  applies     cleanly: the template is as 1.0.0 was released
  refused     `publish` would refuse the template with this

  to accept   agentpkg proposals apply ../fix.patch

"#]]);
    scene
        .run("agentpkg proposals apply ../fix.patch --dry-run | grep broken")
        .prints(str![[r#"
  broken      the template doesn't render any more: `house` 1.0.0: `rules/x.md.jinja` line 2:

"#]]);
    let renamed = "[template]\nname = \"home\"\nversion = \"1.0.0\"\ndescription = \"d\"\n";
    proposed(&[("template.toml", Some(renamed))])
        .run("agentpkg proposals apply ../fix.patch")
        .prints(str![[r#"
(standard error)
error: `p-62e0d58d6564336949bc` would call the template `home`: it is `house`
note: read from `../fix.patch`; nothing was changed
hint: ask its author to send it without that change
(exit code 2)

"#]]);
}

#[test]
fn show_has_a_report_for_programs() {
    let scene = proposed(&[SECRETS]);
    super::json::is_documented("agentpkg proposals show ../fix.patch --json", &scene);
    scene.run("agentpkg proposals show ../fix.patch --json").prints(str![[r#"
{
  "format": 1,
  "command": "proposals show",
  "root": "[SCENE]/repo",
  "registry": {
    "url": "[SCENE]/registry",
    "named_by": "environment"
  },
  "ok": true,
  "proposals": [
    {
      "file": "../fix.patch",
      "id": "p-778d836b9580f7f41ade",
      "template": "house",
      "directory": "templates/house",
      "version": "1.0.0",
      "base": {
        "version": "1.0.0",
        "tree": "sha256:ae4e78c66bc66a2463a7b5213d5d4b188d364771232ed7997bdc406b939466ca"
      },
      "author": {
        "name": "A developer",
        "email": "dev@example.org",
        "date": "Mon, 21 Sep 2026 16:13:20 +0200"
      },
      "sender": "A developer <dev@example.org>",
      "subject": "Say what a release has in it",
      "body": "We waited for the wrong thing twice.",
      "fit": "clean",
      "conflicts": [],
      "changes": [
        {
          "path": "rules/secrets.md",
          "diff": "diff --git a/rules/secrets.md b/rules/secrets.md\nnew file mode 100644\nindex 0000000000000000000000000000000000000000..8b454e71f221c0e8e1dbd5c6acf14fba71149809\n--- /dev/null\n+++ b/rules/secrets.md\n@@ -0,0 +1 @@\n+Secrets stay out of the repository.\n"
        }
      ],
      "capabilities": [],
      "capabilities_error": null,
      "findings": [],
      "next": {
        "version": "1.1.0",
        "step": "minor",
        "why": "a new file `rules/secrets.md`",
        "newest": "1.0.0",
        "is_set": false
      }
    }
  ]
}

"#]]);
}
