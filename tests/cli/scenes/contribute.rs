//! `contribute`: what a team edited goes back to those who keep the template.

use snapbox::str;
use support::Scene;

/// When the author of every scene's proposals wrote them.
const THEN: &str = "GIT_AUTHOR_DATE='1700000000 +0100'";

const MANIFEST: &str = "contact = \"#agent-platform\"\ndirectory = \"templates/house\"\n\n\
    [questions.team]\nask = \"Which team?\"\nkind = \"text\"\n\n\
    [[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/guard.sh\"\ntimeout = 10\n\n\
    [permissions]\ndeny = [\"Read(.env)\", \"Read(.env.*)\"]\n";

const RULE: &str = "# Git, for {{ team }}\n\n- Ask {{ team }} before you push.\n- Commit often.\n\n{% if team == 'core' %}\n- You are core.\n{% endif %}\n- Last.\n";

/// A scene with a template whose answers are short words.
fn house() -> Scene {
    let files = [
        ("template.toml", MANIFEST),
        ("rules/git.md.jinja", RULE),
        ("rules/plain.md", "One.\nTwo.\nThree.\n"),
        ("root.md.jinja", "## House\n\nKept by {{ team }}.\n"),
        ("memory/notes.md", "# Notes\n"),
        ("hooks/guard.sh", "#!/bin/sh\nexit 0\n"),
    ];
    Scene::new()
        .published("house", "1.0.0", &files)
        .installed("house --set team=core")
}

const GIT: &str = ".claude/rules/house/git.md";
const PLAIN: &str = ".claude/rules/house/plain.md";

#[test]
fn an_edit_of_a_rendered_file_is_a_mail_with_the_edit_of_its_source() {
    let scene = house()
        .replaced(GIT, "before you push", "first, and wait")
        .replaced(PLAIN, "Two", "Two, and a half");
    scene.run(&format!("{THEN} agentpkg contribute -m 'Say why pushes wait' --output -")).prints(str![[r#"
From 738be1c8d28ddd6a20983ce9fb82a12d4cd6f0d8 Mon Sep 17 00:00:00 2001
From: team <team@example.org>
Date: Tue, 14 Nov 2023 23:13:20 +0100
Subject: [PATCH] Say why pushes wait

Agentpkg-Proposal: p-164289343002899d1532
Agentpkg-Template: house
Agentpkg-Base: house 1.0.0 sha256:e17716980d00326a12e1a4740037670da4c873492a68ea9a2bfd05787987da2c
---
 4 files changed, 34 insertions(+), 2 deletions(-)

diff --git a/templates/house/CHANGELOG.md b/templates/house/CHANGELOG.md
index 9c51fa037745042072a44edee88bb5159277931f..a5bf9931fdc4475ccf7f94fdb73ee17d95726dbd 100644
--- a/templates/house/CHANGELOG.md
+++ b/templates/house/CHANGELOG.md
@@ -1,2 +1,6 @@
+## [Unreleased]
+
+- Say why pushes wait (proposed by team, p-164289)
+
 ## [1.0.0] - 2026-01-01
 - What changed
diff --git a/templates/house/accepted/p-164289343002899d1532.diff b/templates/house/accepted/p-164289343002899d1532.diff
new file mode 100644
index 0000000000000000000000000000000000000000..dcb184f5c244cf71de448c3dbfb4f19cad700965
--- /dev/null
+++ b/templates/house/accepted/p-164289343002899d1532.diff
@@ -0,0 +1,28 @@
+From: team <team@example.org>
+Date: Tue, 14 Nov 2023 23:13:20 +0100
+Subject: Say why pushes wait
+
+Agentpkg-Template: house
+Agentpkg-Base: house 1.0.0 sha256:e17716980d00326a12e1a4740037670da4c873492a68ea9a2bfd05787987da2c
+---
+diff --git a/rules/git.md.jinja b/rules/git.md.jinja
+index 17af30c31c18a7161470adabbe47e25f27e8ce9f..6a3c9179ce3d8f5835e129a205ed6ac4940a6a0a 100644
+--- a/rules/git.md.jinja
++++ b/rules/git.md.jinja
+@@ -1,6 +1,6 @@
+ # Git, for {{ team }}
+ 
+-- Ask {{ team }} before you push.
++- Ask {{ team }} first, and wait.
+ - Commit often.
+ 
+ {% if team == 'core' %}
+diff --git a/rules/plain.md b/rules/plain.md
+index 5ebda19e8ca8a4ecc95ee7a1e95aee3b457845a3..bf43a488e15d03d589be659af405c491d23d963b 100644
+--- a/rules/plain.md
++++ b/rules/plain.md
+@@ -1,3 +1,3 @@
+ One.
+-Two.
++Two, and a half.
+ Three.
diff --git a/templates/house/rules/git.md.jinja b/templates/house/rules/git.md.jinja
index 17af30c31c18a7161470adabbe47e25f27e8ce9f..6a3c9179ce3d8f5835e129a205ed6ac4940a6a0a 100644
--- a/templates/house/rules/git.md.jinja
+++ b/templates/house/rules/git.md.jinja
@@ -1,6 +1,6 @@
 # Git, for {{ team }}
 
-- Ask {{ team }} before you push.
+- Ask {{ team }} first, and wait.
 - Commit often.
 
 {% if team == 'core' %}
diff --git a/templates/house/rules/plain.md b/templates/house/rules/plain.md
index 5ebda19e8ca8a4ecc95ee7a1e95aee3b457845a3..bf43a488e15d03d589be659af405c491d23d963b 100644
--- a/templates/house/rules/plain.md
+++ b/templates/house/rules/plain.md
@@ -1,3 +1,3 @@
 One.
-Two.
+Two, and a half.
 Three.
-- 
agentpkg 0.1.0


"#]]);
    assert!(
        !scene.text("agentpkg.lock").contains("[proposals]"),
        "what was only printed was not sent"
    );
}

#[test]
fn what_would_leave_is_shown_first() {
    let scene = house()
        .replaced(GIT, "before you push", "first, and wait")
        .replaced(
            "CLAUDE.md",
            "Kept by core.\n",
            "Kept by core.\nAsk there.\n",
        )
        .replaced(".claude/settings.json", "\"Bash\"", "\"Bash|Edit\"")
        .replaced(
            ".claude/settings.json",
            "      \"Read(.env.*)\"",
            "      \"Read(secrets/**)\"",
        );
    scene
        .run(&format!(
            "{THEN} agentpkg contribute -m 'Say why' --dry-run"
        ))
        .prints(str![[r#"
would propose p-d40162 for house; nothing was sent
house 1.0.0  Say why

diff --git a/root.md.jinja b/root.md.jinja
index 8fcfa454cec1b6fba8f5a03119494bf3c799c07b..c0d2830458050d9b5c505175ff8363da2184bdeb 100644
--- a/root.md.jinja
+++ b/root.md.jinja
@@ -1,3 +1,4 @@
 ## House
 
 Kept by {{ team }}.
+Ask there.
diff --git a/rules/git.md.jinja b/rules/git.md.jinja
index 17af30c31c18a7161470adabbe47e25f27e8ce9f..6a3c9179ce3d8f5835e129a205ed6ac4940a6a0a 100644
--- a/rules/git.md.jinja
+++ b/rules/git.md.jinja
@@ -1,6 +1,6 @@
 # Git, for {{ team }}
 
-- Ask {{ team }} before you push.
+- Ask {{ team }} first, and wait.
 - Commit often.
 
 {% if team == 'core' %}
diff --git a/template.toml b/template.toml
index b38ccd07d59c3ac9ddfd8451ef9a1946594bb63c..bd51ac53e153c774d82e5e108bef6e9df5bf6764 100644
--- a/template.toml
+++ b/template.toml
@@ -12,9 +12,9 @@
 [[hooks]]
 id = "guard"
 event = "before-tool"
-matches = "Bash"
+matches = "Bash|Edit"
 run = "hooks/guard.sh"
 timeout = 10
 
 [permissions]
-deny = ["Read(.env)", "Read(.env.*)"]
+deny = ["Read(.env)"]

  edit        .claude/rules/house/git.md -> rules/git.md.jinja: 1 hunk
  edit        .claude/settings.json -> template.toml: entries
  edit        CLAUDE.md -> root.md.jinja: 1 hunk
  left out    .claude/settings.json: entries that you added (`--with-additions` takes them along)
  from        team <team@example.org>
  to          the file `p-d40162.patch`
  with it     accepted/p-d4016283f2a5d3c517db.diff, and a line in CHANGELOG.md

"#]]);
    scene
        .run(&format!("{THEN} agentpkg contribute .claude/settings.json -m 'Say why' --with-additions --dry-run"))
        .prints(str![[r#"
would propose p-1a3c7b for house; nothing was sent
house 1.0.0  Say why

diff --git a/template.toml b/template.toml
index b38ccd07d59c3ac9ddfd8451ef9a1946594bb63c..f8c35a72d37803e057609c2d3e1be675853d7e90 100644
--- a/template.toml
+++ b/template.toml
@@ -12,9 +12,9 @@
 [[hooks]]
 id = "guard"
 event = "before-tool"
-matches = "Bash"
+matches = "Bash|Edit"
 run = "hooks/guard.sh"
 timeout = 10
 
 [permissions]
-deny = ["Read(.env)", "Read(.env.*)"]
+deny = ["Read(.env)", "Read(secrets/**)"]

  edit        .claude/settings.json -> template.toml: entries
  from        team <team@example.org>
  to          the file `p-1a3c7b.patch`
  with it     accepted/p-1a3c7b4cde2fd9b1adb5.diff, and a line in CHANGELOG.md

"#]]);
}

#[test]
fn a_proposal_is_written_once_and_updated_then() {
    let scene = house().replaced(PLAIN, "Two", "Two, and a half");
    scene
        .run(&format!(
            "{THEN} agentpkg contribute -m 'Say more' --output change.patch"
        ))
        .prints(str![[r#"
wrote the proposal p-94f91c for house: Say more
  edit        .claude/rules/house/plain.md -> rules/plain.md: 1 hunk
  file        change.patch

  next        send the file to #agent-platform; `git am` applies it
  then        once it is released, `agentpkg upgrade` takes it out of your local changes

"#]]);
    scene
        .run(&format!(
            "{THEN} agentpkg contribute -m 'Say more' --output change.patch --dry-run"
        ))
        .prints(str![[r#"
would propose p-94f91c for house; nothing was sent
house 1.0.0  Say more

diff --git a/rules/plain.md b/rules/plain.md
index 5ebda19e8ca8a4ecc95ee7a1e95aee3b457845a3..bf43a488e15d03d589be659af405c491d23d963b 100644
--- a/rules/plain.md
+++ b/rules/plain.md
@@ -1,3 +1,3 @@
 One.
-Two.
+Two, and a half.
 Three.

  edit        .claude/rules/house/plain.md -> rules/plain.md: 1 hunk
  replaces    p-94f91c, sent to change.patch (`--separate` makes it one of its own)
  from        team <team@example.org>
  to          the file `change.patch`
  with it     accepted/p-94f91c3e39eb9ff7408d.diff, and a line in CHANGELOG.md

"#]]);
    let scene = scene
        .replaced(PLAIN, "half", "third")
        .replaced(PLAIN, "Three", "Drei");
    scene
        .run(&format!(
            "{THEN} agentpkg contribute -m 'Say even more' --output change.patch"
        ))
        .prints(str![[r#"
wrote the proposal p-0b3d6b for house: Say even more
  edit        .claude/rules/house/plain.md -> rules/plain.md: 1 hunk
  replaces    p-94f91c, sent to change.patch (`--separate` makes it one of its own)
  file        change.patch

  next        send the file to #agent-platform; `git am` applies it
  then        once it is released, `agentpkg upgrade` takes it out of your local changes

"#]]);
    let proposals = scene.text("agentpkg.lock");
    assert_eq!(proposals.matches("subject = ").count(), 1, "{proposals}");
}

#[test]
fn what_can_be_read_in_two_ways_is_asked_or_left_out() {
    let scene = house().edited(
        GIT,
        "# Git, for core\n\n- Ask core before you push.\n- Commit often, says core.\n\n- You are core.\n- New.\n- Last.\n",
    );
    scene
        .run("agentpkg contribute -m 'Two ways' --output -")
        .prints(str![[r#"
(standard error)
error: there is nothing of `house` that can be proposed
  `.claude/rules/house/git.md` line 4 can be read in more ways than one:
    1: it says `core` in every repository
    2: it says `{{ team }}`: each repository's own
  `.claude/rules/house/git.md` line 7 can be read in more ways than one:
    1: it belongs before `{% endif %}`
    2: it belongs behind `{% endif %}`
note: nothing was sent
hint: say which one is meant: `--read .claude/rules/house/git.md#1=1`
hint: say which one is meant: `--read .claude/rules/house/git.md#2=1`
(exit code 2)

"#]]);
    scene
        .run(&format!(
            "{THEN} agentpkg contribute -m 'Two ways' --read {GIT}#1=2 --read {GIT}#2=1 --dry-run"
        ))
        .prints(str![[r#"
would propose p-6e1cc6 for house; nothing was sent
house 1.0.0  Two ways

diff --git a/rules/git.md.jinja b/rules/git.md.jinja
index 17af30c31c18a7161470adabbe47e25f27e8ce9f..7188f0add15c6036d05b83dc5f84e0cfa14121c6 100644
--- a/rules/git.md.jinja
+++ b/rules/git.md.jinja
@@ -1,9 +1,10 @@
 # Git, for {{ team }}
 
 - Ask {{ team }} before you push.
-- Commit often.
+- Commit often, says {{ team }}.
 
 {% if team == 'core' %}
 - You are core.
+- New.
 {% endif %}
 - Last.

  edit        .claude/rules/house/git.md -> rules/git.md.jinja: 2 hunks
  from        team <team@example.org>
  to          the file `p-6e1cc6.patch`
  with it     accepted/p-6e1cc6c3e04cb45e0dd9.diff, and a line in CHANGELOG.md

"#]]);
    scene
        .run(&format!(
            "agentpkg contribute -m 'Two ways' --read {GIT}#1=3 --dry-run"
        ))
        .prints(str![[r#"
(standard error)
error: hunk 1 of `.claude/rules/house/git.md` can be read in 2 ways
hint: --read .claude/rules/house/git.md#1=1
(exit code 2)

"#]]);
    scene
        .run(&format!(
            "agentpkg contribute -m 'Two ways' --read {GIT}#7=1 --dry-run"
        ))
        .prints(str![[r#"
(standard error)
error: there is no hunk 7 in what was edited of `.claude/rules/house/git.md`
(exit code 2)

"#]]);
    scene
        .run("agentpkg contribute -m 'Two ways' --read x")
        .prints(str![[r#"
(standard error)
error: `x` doesn't name a hunk and a reading
hint: --read CLAUDE.md#2=1
(exit code 2)

"#]]);
}

#[test]
fn short_answers_in_longer_words_are_left_alone() {
    // The trap of tools that replace each answer by its tag.
    let scene = house().replaced(
        GIT,
        "- Commit often.",
        "- Commit often.\n- Keep the score of the coredump.",
    );
    scene
        .run(&format!(
            "{THEN} agentpkg contribute -m 'Keep score' --dry-run"
        ))
        .prints(str![[r#"
would propose p-895f0c for house; nothing was sent
house 1.0.0  Keep score

diff --git a/rules/git.md.jinja b/rules/git.md.jinja
index 17af30c31c18a7161470adabbe47e25f27e8ce9f..c571f3d95ae9bbbe7fff4cbf89065012227c4414 100644
--- a/rules/git.md.jinja
+++ b/rules/git.md.jinja
@@ -2,6 +2,7 @@
 
 - Ask {{ team }} before you push.
 - Commit often.
+- Keep the score of the coredump.
 
 {% if team == 'core' %}
 - You are core.

  edit        .claude/rules/house/git.md -> rules/git.md.jinja: 1 hunk
  from        team <team@example.org>
  to          the file `p-895f0c.patch`
  with it     accepted/p-895f0c44492fa4fade5c.diff, and a line in CHANGELOG.md

"#]]);
}

#[test]
fn nobody_is_asked_for_nothing() {
    let scene = house();
    scene.run("agentpkg contribute").prints(str![[r#"
(standard error)
error: a proposal has to say why
hint: agentpkg contribute -m "WHY"
(exit code 2)

"#]]);
    scene.run("agentpkg contribute -m why").prints(str![[r#"
(standard error)
error: nothing that a template brought was edited here
hint: agentpkg status
(exit code 2)

"#]]);
    scene
        .run("agentpkg contribute nowhere -m why")
        .prints(str![[r#"
(standard error)
error: `nowhere` is neither an installed template nor a managed path, and no file
hint: agentpkg status
(exit code 2)

"#]]);
    let scene = scene
        .edited_rule(PLAIN, "One.\n\nTwo.\n\nThree.\n")
        .deleted(GIT);
    scene
        .run("agentpkg contribute house -m why")
        .prints(str![[r#"
(standard error)
error: there is nothing of `house` that can be proposed
  `.claude/rules/house/git.md`: it was deleted here; name it to propose that for all
  `.claude/rules/house/plain.md`: only its layout differs
note: nothing was sent
(exit code 2)

"#]]);
    let scene = scene.edited_rule(PLAIN, "One.\nTwo.\nThree!\n");
    scene.run("agentpkg contribute -m why").prints(str![[r#"
(standard error)
error: nobody can be asked whether this may leave the repository
diff --git a/rules/plain.md b/rules/plain.md
index 5ebda19e8ca8a4ecc95ee7a1e95aee3b457845a3..430862b5a827774177e10ca069ca83673337a90d 100644
--- a/rules/plain.md
+++ b/rules/plain.md
@@ -1,3 +1,3 @@
 One.
 Two.
-Three.
+Three!
note: nothing was sent
hint: to send it to the file `p-fcf563.patch`: agentpkg contribute -m why --yes
hint: to have it as a file: agentpkg contribute -m why --output FILE
(exit code 2)

"#]]);
    scene
        .run(&format!(
            "{THEN} agentpkg contribute {GIT} -m 'It only repeats git' --dry-run"
        ))
        .prints(str![[r#"
would propose p-31a647 for house; nothing was sent
house 1.0.0  It only repeats git

diff --git a/rules/git.md.jinja b/rules/git.md.jinja
deleted file mode 100644
index 17af30c31c18a7161470adabbe47e25f27e8ce9f..0000000000000000000000000000000000000000
--- a/rules/git.md.jinja
+++ /dev/null
@@ -1,9 +0,0 @@
-# Git, for {{ team }}
-
-- Ask {{ team }} before you push.
-- Commit often.
-
-{% if team == 'core' %}
-- You are core.
-{% endif %}
-- Last.

  edit        .claude/rules/house/git.md -> rules/git.md.jinja: deleted
  from        team <team@example.org>
  to          the file `p-31a647.patch`
  with it     accepted/p-31a647cab698a4c78632.diff, and a line in CHANGELOG.md

"#]]);
}

#[test]
fn quiet_leaves_the_patch_that_was_asked_for() {
    let scene = house().replaced(PLAIN, "Two", "Two, and a half");
    let command = format!("{THEN} agentpkg contribute -m why --output -");
    let patch = scene.run(&command).stdout();
    assert!(patch.starts_with("From "), "{patch}");
    assert_eq!(scene.run(&format!("{command} --quiet")).stdout(), patch);
}

#[test]
fn secrets_and_seeds_stay_here() {
    let token = format!("ghp_{}", "1a2B".repeat(9));
    let scene = house()
        .replaced(PLAIN, "Two", &format!("Two {token}"))
        .edited(".claude/memory/notes.md", "# Notes\n\nOurs alone.\n");
    scene
        .run("agentpkg contribute -m why --output -")
        .prints(str![[r#"
(standard error)
error: what would leave the repository holds a secret
  `rules/plain.md` line 2: `ghp_1a…` is a token of GitHub: whoever has the repository has it too
note: nothing was sent
hint: revoke it, take it out, and run the command again
(exit code 2)

"#]]);
    let scene = scene.edited_rule(PLAIN, "One.\nTwo.\nThree.\n");
    scene
        .run("agentpkg contribute -m why --output -")
        .prints(str![[r#"
(standard error)
error: nothing that a template brought was edited here
hint: agentpkg status
(exit code 2)

"#]]);
    scene
        .run(&format!(
            "{THEN} agentpkg contribute .claude/memory/notes.md -m 'A better start' --dry-run"
        ))
        .prints(str![[r#"
would propose p-26819b for house; nothing was sent
house 1.0.0  A better start

diff --git a/memory/notes.md b/memory/notes.md
index 17e0f0dedfdc83c924c6399a21434fc8240f488c..3c7742064d7b097c1fe91c34149745e3e7cf3548 100644
--- a/memory/notes.md
+++ b/memory/notes.md
@@ -1 +1,3 @@
 # Notes
+
+Ours alone.

  edit        .claude/memory/notes.md -> memory/notes.md: 1 hunk
  from        team <team@example.org>
  to          the file `p-26819b.patch`
  with it     accepted/p-26819baafd027d5076b9.diff, and a line in CHANGELOG.md

"#]]);
}

#[test]
fn one_proposal_is_for_one_template() {
    let scene = house()
        .published("other", "1.0.0", &[("rules/other.md", "One.\n")])
        .installed("other")
        .edited(".claude/rules/other/other.md", "Two.\n")
        .replaced(PLAIN, "Two", "Zwei");
    scene.run("agentpkg contribute -m why").prints(str![[r#"
(standard error)
error: a proposal is for one template, and this is about `house` and `other`
hint: agentpkg contribute house -m why
hint: agentpkg contribute other -m why
(exit code 2)

"#]]);
}

#[test]
fn a_hostile_repository_is_not_asked() {
    let manifest = format!("repository = \"ext::sh -c 'touch canary'\"\n{MANIFEST}");
    let files = [
        ("template.toml", manifest.as_str()),
        ("rules/plain.md", "One.\n"),
        ("hooks/guard.sh", "#!/bin/sh\n"),
    ];
    let scene = Scene::new()
        .published("house", "1.0.0", &files)
        .installed("house --set team=core");
    let scene = scene.edited_rule(PLAIN, "Two.\n");
    scene
        .run("agentpkg contribute -m why --yes")
        .prints(str![[r#"
(standard error)
error: `ext::sh -c \'touch canary\'` is not the address of a repository: it has white space or a
  control character
note: it is the `repository` of `house`
hint: write it as `https://HOST/OWNER/NAME` or `git@HOST:OWNER/NAME.git`
hint: to have a file: `--output FILE`
(exit code 2)

"#]]);
    scene.absent("canary");
}

/// What a fake `gh` answers: who is signed in may push, and a merge request is made when it is
/// asked for.
const GH: &str = r#"#!/bin/sh
printf '%s\n' "$*" >> "$CALLS"
made='{"html_url":"https://git.example.org/platform/templates/pull/7","number":7}'
case "$*" in
  "auth status"*) ;;
  *"GET repos/platform/templates/pulls?"*) if [ -e "$CALLS.made" ]; then echo "[$made]"; else echo '[]'; fi ;;
  *"POST"*"/pulls") cat >> "$CALLS"; echo >> "$CALLS"; : > "$CALLS.made"; echo "$made" ;;
  *"PATCH"*"/pulls/7") cat >> "$CALLS"; echo >> "$CALLS"; echo "$made" ;;
  *"GET repos/platform/templates")
    echo '{"full_name":"platform/templates","default_branch":"main","archived":false,"permissions":{"push":true}}' ;;
  *) exit 1 ;;
esac
"#;

#[test]
fn a_merge_request_is_opened_and_updated_then() {
    let manifest =
        format!("repository = \"https://git.example.org/platform/templates\"\n{MANIFEST}");
    let files = [
        ("template.toml", manifest.as_str()),
        ("rules/plain.md", "One.\nTwo.\nThree.\n"),
        ("hooks/guard.sh", "#!/bin/sh\nexit 0\n"),
    ];
    let scene = Scene::new()
        .published("house", "1.0.0", &files)
        .installed("house --set team=core");
    let config = "[url \"file://ROOT/upstream.git\"]\n\tinsteadOf = https://git.example.org/platform/templates\n";
    let root = scene.path("../");
    let scene = scene
        .edited(
            "../gitconfig",
            config.replace("ROOT", root.to_str().unwrap().trim_end_matches('/')),
        )
        .edited("../bin/gh", GH)
        .with_mode("../bin/gh", 0o755);
    scene
        .run("git init -q --bare -b main ../upstream.git && git init -q -b main ../upstream && cd ../upstream && mkdir templates && cp -r ../templates/house templates/house && git add -A && git commit -qm first && git push -q ../upstream.git main")
        .succeeds();
    let contribute = |scene: &Scene, options: &str| {
        scene.run(&format!(
            "{THEN} CALLS=$PWD/../calls GIT_CONFIG_GLOBAL=$PWD/../gitconfig PATH=$PWD/../bin:$PATH agentpkg contribute {options}"
        ))
    };
    let scene = scene.replaced(PLAIN, "Two", "Two, and a half");
    contribute(&scene, "-m 'Say more'").prints(str![[r#"
(standard error)
error: nobody can be asked whether this may leave the repository
diff --git a/rules/plain.md b/rules/plain.md
index 5ebda19e8ca8a4ecc95ee7a1e95aee3b457845a3..bf43a488e15d03d589be659af405c491d23d963b 100644
--- a/rules/plain.md
+++ b/rules/plain.md
@@ -1,3 +1,3 @@
 One.
-Two.
+Two, and a half.
 Three.
note: nothing was sent
hint: to send it to https://git.example.org/platform/templates, as a merge request: agentpkg contribute -m 'Say more' --yes
hint: to have it as a file: agentpkg contribute -m 'Say more' --output FILE
(exit code 2)

"#]]);
    scene.run("git -C ../upstream.git branch").prints(str![[r#"
* main

"#]]);
    contribute(&scene, "-m 'Say more' --yes").prints(str![[r#"
proposed p-94f91c for house: Say more
  edit        .claude/rules/house/plain.md -> rules/plain.md: 1 hunk
  sent to     https://git.example.org/platform/templates/pull/7
  then        once it is released, `agentpkg upgrade` takes it out of your local changes

"#]]);
    scene
        .run("git -C ../upstream.git branch --format='%(refname:short)'")
        .prints(str![[r#"
agentpkg/p-94f91c3e39eb9ff7408d
main

"#]]);
    let scene = scene.replaced(PLAIN, "half", "third");
    contribute(&scene, "-m 'Say it otherwise' --yes").prints(str![[r#"
updated the proposal p-eb806b for house: Say it otherwise
  edit        .claude/rules/house/plain.md -> rules/plain.md: 1 hunk
  replaces    p-94f91c, sent to https://git.example.org/platform/templates/pull/7 (`--separate`
              makes it one of its own)
  sent to     https://git.example.org/platform/templates/pull/7
  then        once it is released, `agentpkg upgrade` takes it out of your local changes

"#]]);
    scene.run("cat ../calls").prints(str![[r#"
auth status --hostname git.example.org
auth status --hostname git.example.org
api --hostname git.example.org --method GET repos/platform/templates
api --hostname git.example.org --method GET repos/platform/templates/pulls?state=open&head=platform%3Aagentpkg%2Fp-94f91c3e39eb9ff7408d
api --hostname git.example.org --method POST --header Content-Type: application/json --input - repos/platform/templates/pulls
{"title":"Say more","body":"Proposed with `agentpkg contribute` for `house` 1.0.0. However it is merged, `accepted/p-94f91c3e39eb9ff7408d.diff` lets the edit drop out of the proposers' local diffs with the next release.\n","head":"platform:agentpkg/p-94f91c3e39eb9ff7408d","base":"main"}
auth status --hostname git.example.org
api --hostname git.example.org --method GET repos/platform/templates
api --hostname git.example.org --method GET repos/platform/templates/pulls?state=open&head=platform%3Aagentpkg%2Fp-94f91c3e39eb9ff7408d
api --hostname git.example.org --method PATCH --header Content-Type: application/json --input - repos/platform/templates/pulls/7
{"title":"Say it otherwise","body":"Proposed with `agentpkg contribute` for `house` 1.0.0. However it is merged, `accepted/p-eb806bf5ec3f46ce9bcb.diff` lets the edit drop out of the proposers' local diffs with the next release.\n"}

"#]]);
    scene
        .run("git -C ../upstream.git log --format='%an <%ae> %s%n%b' main..$(git -C ../upstream.git branch --list 'agentpkg/*' --format='%(refname:short)')")
        .prints(str![[r#"
team <team@example.org> Say it otherwise
Agentpkg-Proposal: p-eb806bf5ec3f46ce9bcb
Agentpkg-Template: house
Agentpkg-Base: house 1.0.0 sha256:3ec5d9786a1da9fb8382cfbbbeed54d0158efa70f410db54ee1e765b22548aea


"#]]);
    scene
        .run("git -C ../upstream.git diff --stat main $(git -C ../upstream.git branch --list 'agentpkg/*' --format='%(refname:short)')")
        .prints(str![[r#"
 templates/house/CHANGELOG.md                         |  4 ++++
 templates/house/accepted/p-eb806bf5ec3f46ce9bcb.diff | 16 ++++++++++++++++
 templates/house/rules/plain.md                       |  2 +-
 3 files changed, 21 insertions(+), 1 deletion(-)

"#]]);
}

#[test]
fn nothing_is_executed_that_nobody_here_approved() {
    let scene = Scene::new();
    let canary = scene.path("../canary");
    let script = format!("#!/bin/sh\ntouch {}\n", canary.display());
    let manifest = "[questions.lang]\nask = \"?\"\nkind = \"text\"\n\
        [[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/guard.sh\"\n\
        [files.\"hooks/guard.sh\"]\nwhen = \"lang == 'other'\"\n";
    let test =
        "[answers]\nlang = \"other\"\n\n[hooks.guard]\npasses = [[\"ls\", \"it is harmless\"]]\n";
    let files = [
        ("template.toml", manifest),
        ("rules/plain.md", "One.\n"),
        ("hooks/guard.sh", script.as_str()),
        ("tests/other.toml", test),
    ];
    let scene = scene
        .published("house", "1.0.0", &files)
        .installed("house --set lang=rust")
        .edited_rule(PLAIN, "Two.\n");
    // Publishing runs no test, and here the hook isn't installed: with the test's answers it would
    // be.
    scene.absent("../canary");
    scene
        .run(&format!("{THEN} agentpkg contribute -m why --dry-run"))
        .prints(str![[r#"
would propose p-33c5a3 for house; nothing was sent
house 1.0.0  why

diff --git a/rules/plain.md b/rules/plain.md
index 26819c745c634f3c7d74d4b3604858efb6f45b81..84c61bb0245c0ac967f53f52734637e820e9b763 100644
--- a/rules/plain.md
+++ b/rules/plain.md
@@ -1 +1 @@
-One.
+Two.

  edit        .claude/rules/house/plain.md -> rules/plain.md: 1 hunk
  tests       the template's tests hold with it; its hooks' tests are left to those who keep it
  from        team <team@example.org>
  to          the file `p-33c5a3.patch`
  with it     accepted/p-33c5a3e35d8dede23bd4.diff, and a line in CHANGELOG.md

"#]]);
    scene.absent("../canary");
    scene.run("agentpkg test ../templates/house").succeeds();
    assert!(canary.exists(), "whoever runs the tests runs the hook");
}

#[test]
fn files_of_every_kind_are_sent_or_left_out_with_a_reason() {
    let files = [
        ("rules/windows.md.jinja", "One.\nTwo {{ team }}.\n"),
        ("rules/emptied.md", "One.\n"),
        ("rules/binary.md", "One.\n"),
        ("rules/linked.md", "One.\n"),
        ("rules/mode.md", "One.\n"),
        (
            "template.toml",
            "[questions.team]\nask = \"Which team?\"\nkind = \"text\"\n",
        ),
    ];
    let at = |name: &str| format!(".claude/rules/kinds/{name}.md");
    let scene = Scene::new()
        .published("kinds", "1.0.0", &files)
        .installed("kinds --set team=core");
    let scene = scene
        .edited(&at("windows"), "One.\r\nAnd two core.\r\n")
        .edited(&at("emptied"), "")
        .edited(&at("binary"), b"\0\xff")
        .deleted(&at("linked"))
        .linked(&at("linked"), "windows.md")
        .with_mode(&at("mode"), 0o755);
    scene
        .run(&format!(
            "{THEN} agentpkg contribute kinds -m 'Every kind' --dry-run"
        ))
        .prints(str![[r#"
would propose p-6a34fb for kinds; nothing was sent
kinds 1.0.0  Every kind

diff --git a/rules/emptied.md b/rules/emptied.md
index 26819c745c634f3c7d74d4b3604858efb6f45b81..e69de29bb2d1d6434b8b29ae775ad8c2e48c5391 100644
--- a/rules/emptied.md
+++ b/rules/emptied.md
@@ -1 +0,0 @@
-One.
diff --git a/rules/mode.md b/rules/mode.md
old mode 100644
new mode 100755
diff --git a/rules/windows.md.jinja b/rules/windows.md.jinja
index 1f568b41d61f8d2ff64aa31e7c76838da12a5310..c58ec1e6fbd59ec627870566b88129281a7a87b6 100644
--- a/rules/windows.md.jinja
+++ b/rules/windows.md.jinja
@@ -1,2 +1,2 @@
 One.
-Two {{ team }}.
+And two {{ team }}.

  edit        .claude/rules/kinds/emptied.md -> rules/emptied.md: 1 hunk
  edit        .claude/rules/kinds/mode.md -> rules/mode.md: is executable
  edit        .claude/rules/kinds/windows.md -> rules/windows.md.jinja: 1 hunk
  left out    .claude/rules/kinds/binary.md: it is no text
  left out    .claude/rules/kinds/linked.md: it can't be read; `agentpkg check` says why
  from        team <team@example.org>
  to          the file `p-6a34fb.patch`
  with it     accepted/p-6a34fb672cdc0cf0ab9c.diff, and a line in CHANGELOG.md

"#]]);
}

/// The template as a newer release has it.
fn newer(scene: Scene, rule: &str) -> Scene {
    let files = [
        ("template.toml", MANIFEST),
        ("rules/git.md.jinja", RULE),
        ("rules/plain.md", rule),
        ("root.md.jinja", "## House\n\nKept by {{ team }}.\n"),
        ("memory/notes.md", "# Notes\n"),
        ("hooks/guard.sh", "#!/bin/sh\nexit 0\n"),
    ];
    scene.published("house", "1.1.0", &files)
}

#[test]
fn an_edit_is_brought_up_to_the_newest_release() {
    let scene = newer(
        house().replaced(PLAIN, "Three", "Three, and a half"),
        "Zero.\nOne.\nTwo.\nThree.\n",
    );
    scene
        .run(&format!(
            "{THEN} agentpkg contribute -m 'Say more' --dry-run"
        ))
        .prints(str![[r#"
would propose p-c425ac for house; nothing was sent
house 1.1.0  Say more

diff --git a/rules/plain.md b/rules/plain.md
index 72f8286d8321c76705c2e0ca2790a6edb547c88e..be89a415e54a8de7548ebe93efd820c50a2f96a9 100644
--- a/rules/plain.md
+++ b/rules/plain.md
@@ -1,4 +1,4 @@
 Zero.
 One.
 Two.
-Three.
+Three, and a half.

  edit        .claude/rules/house/plain.md -> rules/plain.md: 1 hunk
  merged      your edit is of 1.0.0; it was brought up to 1.1.0
  from        team <team@example.org>
  to          the file `p-c425ac.patch`
  with it     accepted/p-c425ac82ebe5891e75fb.diff, and a line in CHANGELOG.md

"#]]);
    let scene = newer(
        house().replaced(PLAIN, "Three", "Three, and a half"),
        "One.\nTwo.\n3.\n",
    );
    scene
        .run("agentpkg contribute -m 'Say more' --dry-run")
        .prints(str![[r#"
(standard error)
error: `house` 1.1.0 changed the same places as you
  `rules/plain.md` line 3: both changed it
note: nothing was sent
hint: agentpkg upgrade house
hint: then contribute again
(exit code 2)

"#]]);
    let scene = newer(
        house().replaced(PLAIN, "Three", "Drei"),
        "One.\nTwo.\nDrei.\n",
    );
    scene
        .run("agentpkg contribute -m 'Say more' --dry-run")
        .prints(str![[r#"
(standard error)
error: `house` 1.1.0 has this already
hint: agentpkg upgrade
(exit code 2)

"#]]);
}

#[test]
fn a_repository_that_is_not_there_or_moved_on_is_said() {
    let scene = Scene::new();
    let upstream = scene.path("../upstream.git").display().to_string();
    let manifest = format!("repository = \"file://{upstream}\"\n{MANIFEST}");
    let files = [
        ("template.toml", manifest.as_str()),
        ("rules/plain.md", "One.\n"),
        ("hooks/guard.sh", "#!/bin/sh\n"),
    ];
    let scene = scene
        .published("house", "1.0.0", &files)
        .installed("house --set team=core")
        .edited_rule(PLAIN, "Two.\n");
    scene
        .run(&format!(
            "{THEN} agentpkg contribute -m why --yes 2>&1 | grep -v 'caused by\\|^  '"
        ))
        .prints(str![[r#"
error: failed to clone `file://[SCENE]/upstream.git`
note: nothing was sent
hint: to have a file instead: the same command with `--output FILE`

"#]]);
    scene
        .run("git init -q --bare -b main ../upstream.git && git init -q -b main ../upstream && cd ../upstream && mkdir templates && cp -r ../templates/house templates/house && git add -A && git commit -qm first && git push -q ../upstream.git main")
        .succeeds();
    // The template moved on there, in the same place.
    let other = scene.run("cd ../upstream && echo 2. > templates/house/rules/plain.md && git commit -qam other && git push -q ../upstream.git main");
    other.succeeds();
    scene
        .run(&format!("{THEN} agentpkg contribute -m why --yes"))
        .prints(str![[r#"
(standard error)
error: file://[SCENE]/upstream.git has changed the same places since the
  last release
  `rules/plain.md` line 1: both changed it
note: nothing was sent
hint: to have a file for them: `--output FILE`
(exit code 2)

"#]]);
}

/// What the release fails already is nobody's fault who proposes something.
#[test]
fn a_test_that_failed_before_is_no_warning_about_the_edit() {
    let scene = Scene::new()
        .published(
            "house",
            "1.0.0",
            &[
                ("rules/a.md", "One.\nTwo.\n"),
                (
                    "tests/a.toml",
                    "[expect.contains]\n\".claude/rules/house/a.md\" = [\"Two\", \"Three\"]\n",
                ),
            ],
        )
        .installed("house");
    let rule = ".claude/rules/house/a.md";
    let contribute = "agentpkg contribute -m why --output ../p.patch";
    let scene = scene.replaced(rule, "One.", "One, ours.");
    scene
        .run(contribute)
        .says(
            0,
            &["1 thing that they ask for: not so in the release, either"],
        )
        .never("would not hold");
    let scene = scene.replaced(rule, "Two.", "2.");
    scene.run(contribute).says(
        0,
        &["1 thing that the template's tests ask for would not hold"],
    );
}
