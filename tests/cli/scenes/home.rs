//! Coming home: what was accepted upstream is no local edit any more where a repo has it.

use agentpkg::merge::patch::Patch;
use agentpkg::model::author::Author;
use agentpkg::model::lock::Lock;
use agentpkg::model::proposal::SentProposal;
use agentpkg::model::template::TemplateManifest;
use agentpkg::model::tree::{File, FileTree, tree_digest};
use agentpkg::proposal::{BaseRelease, Proposal};
use agentpkg::store::reach::Reach;
use agentpkg::store::registry::{Address, Registry, publish};
use snapbox::str;
use support::{Files, Scene};

const RULE: &str = ".claude/rules/reviewer/review.md";

const BEFORE: &str = "# Review\n\nLook at the tests first.\n\nThen at the names.\n\nThen rest.\n";
const EDITED: &str =
    "# Review\n\nLook at the tests first, and run them.\n\nThen at the names.\n\nThen rest.\n";

fn tree(files: Files) -> FileTree {
    files
        .iter()
        .map(|(path, text)| (path.parse().unwrap(), File::plain(*text)))
        .collect()
}

/// The proposal of `reviewer` that makes `after` of `before`.
fn proposal(before: Files, after: Files) -> Proposal {
    let author = Author {
        name: "A developer".into(),
        email: "dev@example.org".into(),
        seconds: 1_700_000_000,
        zone: 60,
    };
    let base = BaseRelease {
        version: "1.0.0".parse().unwrap(),
        tree: tree_digest(&tree(before)),
    };
    let edit = Patch::between(&tree(before), &tree(after)).unwrap();
    Proposal::new(
        "reviewer".parse().unwrap(),
        base,
        &author,
        "Tests should be run",
        edit,
    )
    .unwrap()
}

/// A repo at 1.0.0 of a template, of which 1.1.0 is `release` and has accepted what makes `after`
/// of `before`.
fn accepting(scene: Scene, before: Files, after: Files, release: Files) -> Scene {
    released(
        scene
            .published("reviewer", "1.0.0", before)
            .installed("reviewer"),
        before,
        after,
        release,
    )
}

/// Publishes `release` as 1.1.0, which has accepted what makes `after` of `before`.
fn released(scene: Scene, before: Files, after: Files, release: Files) -> Scene {
    let proposal = proposal(before, after);
    let (path, record) = (proposal.accepted_path(), proposal.accepted());
    let files: Vec<_> = release
        .iter()
        .copied()
        .chain([(path.as_str(), record.as_str())])
        .collect();
    scene.published("reviewer", "1.1.0", &files)
}

/// As if the proposal had been sent from the repo.
fn sent(scene: Scene, proposal: &Proposal) -> Scene {
    let mut lock = Lock::parse(&scene.text("agentpkg.lock")).unwrap();
    let sent = SentProposal {
        template: proposal.template.clone(),
        base: proposal.base.version.clone(),
        subject: proposal.subject().to_owned(),
        at: "https://git.example.org/templates/-/merge_requests/7".to_owned(),
        branch: None,
        edit: proposal.edit.to_text(None),
    };
    lock.proposals.insert(proposal.id.clone(), sent);
    scene.edited("agentpkg.lock", lock.to_text())
}

fn proposals(scene: &Scene) -> usize {
    Lock::parse(&scene.text("agentpkg.lock"))
        .unwrap()
        .proposals
        .len()
}

const RULE_BEFORE: Files = &[("rules/review.md", BEFORE)];
const RULE_EDITED: Files = &[("rules/review.md", EDITED)];

/// A repo at 1.0.0, whose rule 1.1.0 has with the accepted edit and with another line.
fn scene() -> Scene {
    let released = EDITED.replace("Then rest.", "Then rest a while.");
    accepting(
        Scene::new(),
        RULE_BEFORE,
        RULE_EDITED,
        &[("rules/review.md", &released)],
    )
}

#[test]
fn an_edit_that_was_sent_comes_home() {
    let scene = sent(
        scene().edited_rule(RULE, EDITED),
        &proposal(RULE_BEFORE, RULE_EDITED),
    );
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  latest      1.1.0: agentpkg upgrade reviewer
  edited      1 file: .claude/rules/reviewer/review.md
  proposal    p-80b16f  Tests should be run  accepted in 1.1.0

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"

"#]]);
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    your change p-80b16f is in 1.1.0: Tests should be run
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 7 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
no changes to what the templates wrote

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.1.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);
    assert_eq!(proposals(&scene), 0);
    scene.run("agentpkg undo").succeeds();
    assert_eq!(proposals(&scene), 1);
    scene.has_rule(RULE, EDITED);
}

#[test]
fn an_edit_that_was_made_here_too_comes_home() {
    let scene = scene().edited_rule(RULE, EDITED);
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    a change that you have too, p-80b16f by A developer, is in 1.1.0: Tests should be run
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 7 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
no changes to what the templates wrote

"#]]);
}

#[test]
fn without_the_edit_an_upgrade_is_as_ever() {
    let scene = scene().replaced(RULE, "# Review", "# How to review");
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  merged      1 file, everything of yours kept: .claude/rules/reviewer/review.md
  context     always loaded: 7 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
--- a/.claude/rules/reviewer/review.md
+++ b/.claude/rules/reviewer/review.md
@@ -2,7 +2,7 @@
 excludeAgent: "coding-agent"
 ---
 
-# Review
+# How to review
 
 Look at the tests first, and run them.
 

"#]]);
}

#[test]
fn other_edits_of_the_file_stay() {
    let edited = EDITED.replace("Then at the names.", "Then at the names and the types.");
    let scene = scene().edited_rule(RULE, &edited);
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    a change that you have too, p-80b16f by A developer, is in 1.1.0: Tests should be run
  merged      1 file, everything of yours kept: .claude/rules/reviewer/review.md
  context     always loaded: 7 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
--- a/.claude/rules/reviewer/review.md
+++ b/.claude/rules/reviewer/review.md
@@ -6,6 +6,6 @@
 
 Look at the tests first, and run them.
 
-Then at the names.
+Then at the names and the types.
 
 Then rest a while.

"#]]);
}

#[test]
fn what_was_worded_otherwise_is_taken_and_said() {
    let released = EDITED.replace("and run them.", "and do run each of them.");
    let scene = accepting(
        Scene::new(),
        RULE_BEFORE,
        RULE_EDITED,
        &[("rules/review.md", &released)],
    );
    let scene = sent(
        scene.edited_rule(RULE, EDITED),
        &proposal(RULE_BEFORE, RULE_EDITED),
    );
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    your change p-80b16f is in 1.1.0: Tests should be run
              the platform team worded it otherwise: `.claude/rules/reviewer/review.md`; yours is in
              `agentpkg undo`
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 7 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.has_rule(RULE, released.as_str());
    scene.run("agentpkg diff").prints(str![[r#"
no changes to what the templates wrote

"#]]);
    scene.run("agentpkg undo").succeeds();
    scene.has_rule(RULE, EDITED);
}

#[test]
fn a_sent_edit_that_is_not_here_any_more_was_accepted() {
    let scene = sent(scene(), &proposal(RULE_BEFORE, RULE_EDITED));
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    your change p-80b16f was accepted in 1.1.0, and isn't here as it was sent: Tests
              should be run
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 7 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    assert_eq!(proposals(&scene), 0);
}

#[test]
fn an_edit_of_a_source_comes_home_with_each_repos_answers() {
    let question = "[questions.team]\nask = \"Which team?\"\nkind = \"text\"\n";
    let source = BEFORE.replace("names.", "names of {{ team }}.");
    let before: Files = &[
        ("template.toml", question),
        ("rules/review.md.jinja", &source),
    ];
    let after = source.replace("names of {{ team }}.", "names of {{ team }}, all of them.");
    let edit = |text| [("rules/review.md.jinja", text)];
    let (old, new) = (edit(source.as_str()), edit(after.as_str()));
    let released = after.replace("Then rest.", "Then rest a while.");
    for team in ["red", "blue"] {
        let scene = Scene::new().published("reviewer", "1.0.0", before);
        let scene = scene.installed(&format!("reviewer --set team={team}"));
        let record = proposal(&old, &new);
        let (path, text) = (record.accepted_path(), record.accepted());
        let files = [
            before[0],
            ("rules/review.md.jinja", released.as_str()),
            (path.as_str(), text.as_str()),
        ];
        let scene = scene.published("reviewer", "1.1.0", &files);
        let scene = scene.replaced(
            RULE,
            &format!("names of {team}."),
            &format!("names of {team}, all of them."),
        );
        let said = scene.run("agentpkg upgrade").stdout();
        assert!(said.contains("a change that you have too"), "{said}");
        scene.has_rule(RULE, released.replace("{{ team }}", team).as_str());
        scene.run("agentpkg diff").prints(str![[r#"
no changes to what the templates wrote

"#]]);
    }
}

#[test]
fn entries_of_settings_come_home() {
    let settings = |deny: &str| {
        format!("{{\"permissions\": {{\"deny\": [{deny}], \"defaultMode\": \"plan\"}}}}\n")
    };
    let (one, two) = (
        settings("\"Read(.env)\", \"Read(old)\""),
        settings("\"Read(.env)\", \"Read(*.pem)\""),
    );
    let (before, after) = (
        [("settings/claude.json", one.as_str())],
        [("settings/claude.json", two.as_str())],
    );
    let three = two.replace("\"Read(*.pem)\"", "\"Read(*.pem)\", \"Read(*.key)\"");
    let scene = accepting(
        Scene::new(),
        &before,
        &after,
        &[("settings/claude.json", &three)],
    );
    let scene = scene.replaced(".claude/settings.json", "Read(old)", "Read(*.pem)");
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    a change that you have too, p-2c86f9 by A developer, is in 1.1.0: Tests should be run
  merged      1 file, everything of yours kept: .claude/settings.json
  no longer   deny Read(old)
              (trusted: registry [SCENE]/registry)

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
no changes to what the templates wrote

"#]]);
    scene.reads(
        ".claude/settings.json",
        str![[r#"
{
  "permissions": {
    "deny": [
      "Read(.env)",
      "Read(*.pem)",
      "Read(*.key)"
    ],
    "defaultMode": "plan"
  }
}

"#]],
    );
    // What the team had before the template did stays when that goes.
    scene.run("agentpkg remove reviewer").succeeds();
    scene.reads(
        ".claude/settings.json",
        str![[r#"
{
  "permissions": {
    "deny": [
      "Read(*.pem)"
    ]
  }
}

"#]],
    );
}

#[test]
fn root_instructions_come_home() {
    let released = EDITED.replace("Then rest.", "Then rest a while.");
    let (before, after) = ([("root.md", BEFORE)], [("root.md", EDITED)]);
    let scene = accepting(
        Scene::new().edited("CLAUDE.md", "# Ours\n"),
        &before,
        &after,
        &[("root.md", &released)],
    );
    let scene = scene.replaced(
        "CLAUDE.md",
        "the tests first.",
        "the tests first, and run them.",
    );
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    a change that you have too, p-e4d888 by A developer, is in 1.1.0: Tests should be run
  merged      1 file, everything of yours kept: CLAUDE.md
  context     always loaded: 7 lines

  commit      git add CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
no changes to what the templates wrote

"#]]);
}

#[test]
fn a_new_file_comes_home_and_stays_when_the_template_goes() {
    let after = [("rules/review.md", BEFORE), ("rules/rest.md", "Rest.\n")];
    let scene = accepting(Scene::new(), RULE_BEFORE, &after, &after);
    let scene = scene.edited(".claude/rules/reviewer/rest.md", "Rest.\n");
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    a change that you have too, p-ba1ccc by A developer, is in 1.1.0: Tests should be run
  updated     1 file: .claude/rules/reviewer/rest.md
  context     always loaded: 8 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg remove reviewer").succeeds();
    // The team had it before the template did.
    scene.has_rule(".claude/rules/reviewer/rest.md", "Rest.\n");
}

#[test]
fn a_new_file_that_got_another_name_moves() {
    const REST: &str = "Rest.\nBreathe.\nWalk.\nSleep.\n";
    let after = [("rules/review.md", BEFORE), ("rules/rest.md", REST)];
    let released = [("rules/review.md", BEFORE), ("rules/pauses.md", REST)];
    let scene = accepting(Scene::new(), RULE_BEFORE, &after, &released);
    let scene = scene.edited(".claude/rules/reviewer/rest.md", REST);
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    a change that you have too, p-adbe7c by A developer, is in 1.1.0: Tests should be run
  kept        1 file with your edits: .claude/rules/reviewer/pauses.md
  note        .claude/rules/reviewer/rest.md is now .claude/rules/reviewer/pauses.md, as in the
              template
  context     always loaded: 11 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene
        .absent(".claude/rules/reviewer/rest.md")
        .reads(".claude/rules/reviewer/pauses.md", REST);
}

#[test]
fn a_file_that_was_renamed_and_edited_comes_home() {
    let other = ("rules/other.md", "Other.\n");
    let after = [("rules/tests.md", EDITED), other];
    let scene = accepting(Scene::new(), &[RULE_BEFORE[0], other], &after, &after);
    let scene = scene
        .deleted(RULE)
        .edited_rule(".claude/rules/reviewer/tests.md", EDITED);
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    a change that you have too, p-7c222b by A developer, is in 1.1.0: Tests should be run
  context     always loaded: 8 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.1.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);
}

#[test]
fn what_is_here_of_an_edit_comes_home() {
    let edited = EDITED.replace("Then rest.", "Rest then, and long.");
    let far = |text: &str| text.replace("Then at the names.", &"Then at a name.\n\n".repeat(5));
    let (before, after) = (far(BEFORE), far(&edited));
    let released = after.replace("and run them.", "and do run each of them.");
    let scene = accepting(
        Scene::new(),
        &[("rules/review.md", &before)],
        &[("rules/review.md", &after)],
        &[("rules/review.md", &released)],
    );
    let scene = scene.edited_rule(RULE, far(EDITED));
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  upstream    a part of a change that you have too, p-34ae44 by A developer, is in 1.1.0: Tests
              should be run
              the platform team worded it otherwise: `.claude/rules/reviewer/review.md`; yours is in
              `agentpkg undo`
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 17 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.has_rule(RULE, released.as_str());
}

#[test]
fn a_record_that_can_not_be_read_is_passed_over() {
    let proposal = proposal(RULE_BEFORE, RULE_EDITED);
    let (path, record) = (
        proposal.accepted_path(),
        proposal.accepted().replace("run them", "do run them"),
    );
    let scene = Scene::new()
        .published("reviewer", "1.0.0", RULE_BEFORE)
        .installed("reviewer");
    let scene = scene.source(
        "reviewer",
        "1.1.0",
        &[RULE_EDITED[0], (path.as_str(), record.as_str())],
    );
    scene
        .run("agentpkg publish ../templates/reviewer --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `reviewer` 1.1.0 has 1 error that `lint` finds
  `accepted/p-80b16f4e00b6fb949cfa.diff`: is no proposal: what it holds is `p-aece291a71ea44a50a64`
    (template-accepted); ask its author to send it again with `agentpkg contribute`
hint: each rule has a section in docs/lint.md; `agentpkg lint` shows warnings too
(exit code 2)

"#]]);
    // Another tool may have published it.
    let changelog = "## [1.1.0] - 2026-01-01\n- What changed\n";
    let manifest = scene.text("../templates/reviewer/template.toml");
    let files = [
        RULE_EDITED[0],
        (path.as_str(), record.as_str()),
        ("README.md", "# reviewer\n"),
        ("CHANGELOG.md", changelog),
        ("template.toml", &manifest),
    ];
    let read = TemplateManifest::parse("template.toml", &manifest).unwrap();
    let address = Address::folder(&scene.path("../registry"));
    let registry = Registry::open(&address, &Reach::default()).unwrap();
    publish(&registry, &tree(&files), &read, 0, false).unwrap();
    let scene = sent(scene.edited_rule(RULE, EDITED), &proposal);
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  note        reviewer 1.1.0: `accepted/p-80b16f4e00b6fb949cfa.diff` is no proposal: what it holds
              is `p-aece291a71ea44a50a64`
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 7 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    assert_eq!(proposals(&scene), 1);
}

#[test]
fn without_what_was_installed_nothing_comes_home() {
    let scene = Scene::new()
        .published("reviewer", "1.0.0", RULE_BEFORE)
        .installed("reviewer")
        .edited_rule(RULE, EDITED);
    let proposal = proposal(RULE_BEFORE, RULE_EDITED);
    let (path, record) = (proposal.accepted_path(), proposal.accepted());
    let scene = scene.deleted("../registry/artifacts");
    let scene = scene.published(
        "reviewer",
        "1.1.0",
        &[RULE_EDITED[0], (path.as_str(), record.as_str())],
    );
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  note        reviewer 1.1.0 accepted changes; nobody can say whether you have them: `reviewer`
              1.0.0 in `[SCENE]/registry` is damaged
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 7 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
}

#[test]
fn a_commit_and_its_merge_request_say_what_came_home() {
    let scene = scene().edited_rule(RULE, EDITED);
    scene.run("git add . && git commit -qm All").succeeds();
    scene
        .run("agentpkg upgrade --commit --report ../body.md")
        .succeeds();
    scene.run("git log -1 --format=%B").prints(str![[r#"
Upgrade reviewer 1.0.0 -> 1.1.0

- changed: .claude/rules/reviewer/review.md
- merged upstream: Tests should be run (p-80b16f)

0 files with edits of this repository kept.

Agentpkg-Upgrade: reviewer 1.0.0..1.1.0; conflicts=0; kept=0


"#]]);
    scene.reads(
        "../body.md",
        str![[r#"
# Upgrade `reviewer` 1.0.0 → 1.1.0

## What reviewer 1.1.0 says

- What changed

## Merged upstream

- a change that you have too, p-80b16f by A developer, is in 1.1.0: Tests should be run

## Updated

- `.claude/rules/reviewer/review.md`


"#]],
    );
}

#[test]
fn status_says_what_was_sent() {
    let scene = Scene::new()
        .published("reviewer", "1.0.0", RULE_BEFORE)
        .installed("reviewer")
        .edited_rule(RULE, EDITED);
    let scene = sent(scene, &proposal(RULE_BEFORE, RULE_EDITED));
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  latest      installed
  edited      1 file: .claude/rules/reviewer/review.md
  proposal    p-80b16f  Tests should be run  sent:
              https://git.example.org/templates/-/merge_requests/7

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"

"#]]);
    scene.run("agentpkg status --json").prints(str![[r#"
{
  "format": 1,
  "command": "status",
  "root": "[SCENE]/repo",
  "templates": [
    {
      "name": "reviewer",
      "version": "1.0.0",
      "registry": "default",
      "tree": "sha256:a9535ccbc9b550e71689b104faad6b48b3a042e5986372fcbd6405a962b22b8b",
      "requirement": "^1.0",
      "newer": null,
      "outside": null,
      "held_back": null,
      "yanked": null,
      "recalled": false,
      "deprecated": null,
      "registry_error": null
    }
  ],
  "as_of": [],
  "managed": 1,
  "conflicts": [],
  "agents": [
    "claude"
  ],
  "changed": [
    {
      "path": ".claude/rules/reviewer/review.md",
      "state": "edited",
      "templates": [
        "reviewer"
      ]
    }
  ],
  "new": [],
  "differing": [],
  "not_installed": [],
  "not_wanted": [],
  "proposals": [
    {
      "id": "p-80b16f4e00b6fb949cfa",
      "template": "reviewer",
      "version": "1.0.0",
      "subject": "Tests should be run",
      "at": "https://git.example.org/templates/-/merge_requests/7",
      "branch": null,
      "accepted": null
    }
  ],
  "interrupted": null,
  "hidden": []
}

"#]]);
    let scene = released(scene, RULE_BEFORE, RULE_EDITED, RULE_EDITED);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  latest      1.1.0: agentpkg upgrade reviewer
  edited      1 file: .claude/rules/reviewer/review.md
  proposal    p-80b16f  Tests should be run  accepted in 1.1.0

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"

"#]]);
    // Nothing else makes it forget that.
    let scene = scene
        .published("other", "1.0.0", &[("rules/a.md", "A.\n")])
        .installed("other");
    scene.run("agentpkg remove other").succeeds();
    scene.run("agentpkg undo").succeeds();
    assert_eq!(proposals(&scene), 1);
    let scene = scene.deleted("../registry");
    scene.run("agentpkg status").prints(str![[r#"
other 1.0.0  (^1.0)
  latest      not known: there is no registry at `[SCENE]/registry`: it has
              no `registry.json`
  changed     nothing: every file is as it was installed
reviewer 1.0.0  (^1.0)
  latest      not known: there is no registry at `[SCENE]/registry`: it has
              no `registry.json`
  edited      1 file: .claude/rules/reviewer/review.md
  proposal    p-80b16f  Tests should be run  sent:
              https://git.example.org/templates/-/merge_requests/7

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"

"#]]);
}

#[test]
fn an_edit_of_any_agent_s_copy_is_in_all_of_them_once_it_was_accepted() {
    let copies = [
        ".claude/rules/reviewer/review.md",
        ".cursor/rules/reviewer/review.mdc",
        ".github/instructions/reviewer/review.instructions.md",
        ".opencode/rules/reviewer/review.md",
        "AGENTS.md",
        "GEMINI.md",
    ];
    for edited in copies {
        let scene = Scene::new()
            .published("reviewer", "1.0.0", RULE_BEFORE)
            .installed(
                "reviewer --agent claude --agent codex --agent cursor --agent copilot \
                 --agent gemini --agent opencode",
            );
        let old = "Look at the tests first.";
        let new = "Look at the tests first, and run them.";
        scene.replace(edited, old, new);
        let scene = released(scene, RULE_BEFORE, RULE_EDITED, RULE_EDITED);
        scene.run("agentpkg upgrade").succeeds();
        for copy in copies {
            let text = scene.text(copy);
            assert_eq!(text.matches(new).count(), 1, "{edited}, {copy}: {text}");
        }
        scene.run("agentpkg diff").says(0, &["no changes"]);
        scene.run("agentpkg check --strict").succeeds();
    }
}
