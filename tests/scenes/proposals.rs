//! `proposals`: what teams offer, in the platform team's repository of templates.

use agentpkg::merge::patch::Patch;
use agentpkg::model::author::Author;
use agentpkg::model::path::RelPath;
use agentpkg::model::tree::{File, tree_digest};
use agentpkg::model::version::Version;
use agentpkg::proposal::{Base, Proposal};
use agentpkg::store::fs::read_tree;
use snapbox::str;

use crate::scene::{Files, Scene};

/// A template with a rule, and a guard.
const HOUSE: Files = &[
    (
        "template.toml",
        "\n[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/guard.sh\"\n",
    ),
    ("CHANGELOG.md", "# Changelog\n\n## [1.0.0] - 2026-01-01\n\n- A rule and a guard.\n"),
    ("rules/review.md", "Look at the tests first.\nThen at the names.\n\nAsk before a release.\nThen wait.\n"),
    ("hooks/guard.sh", "#!/bin/sh\ncat > /dev/null\nexit 0\n"),
];

/// The platform team's repository, which has published the template `house` 1.0.0 and committed everything.
fn platform() -> Scene {
    let scene = Scene::new().published("house", "1.0.0", HOUSE);
    scene.run("cp -r ../templates . && git add . && git commit -qm 'The templates'").succeeds();
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
            Some(text) => edited.insert(path, File { bytes: text.as_bytes().to_vec(), executable }),
            None => edited.remove(&path),
        };
    }
    let author =
        Author { name: author.to_owned(), email: "dev@example.org".to_owned(), seconds: 1_790_000_000, zone: 120 };
    let base = Base { version: Version::new(1, 0, 0), tree: tree_digest(&source) };
    let edit = Patch::between(&source, &edited).unwrap();
    Proposal::new("house".parse().unwrap(), base, &author, why, edit).unwrap()
}

/// Saves a mail as `../NAME`.
fn saved(scene: Scene, name: &str, proposal: &Proposal) -> Scene {
    let source = read_tree(&scene.path("../templates/house")).unwrap();
    let mail = proposal.to_mail(Some(&"templates/house".parse().unwrap()), &source, "0.1.0").unwrap();
    scene.edited(&format!("../{name}"), &mail)
}

const LOUDER: (&str, Option<&str>) = (
    "rules/review.md",
    Some("Look at the tests first.\nThen at the names.\n\nAsk before a release, and say what is in it.\nThen wait.\n"),
);
const SECRETS: (&str, Option<&str>) = ("rules/secrets.md", Some("Secrets stay out of the repository.\n"));
const STRICT: (&str, Option<&str>) =
    ("hooks/guard.sh", Some("#!/bin/sh\ncase $(cat) in *'push --force'*) exit 2 ;; esac\nexit 0\n"));

/// With one proposal in `../fix.patch`.
fn proposed(files: &[(&str, Option<&str>)]) -> Scene {
    let scene = platform();
    let proposal =
        offer(&scene, DEVELOPER, "Say what a release has in it\n\nWe waited for the wrong thing twice.", files);
    saved(scene, "fix.patch", &proposal)
}

#[test]
fn a_proposal_is_shown_with_all_that_it_does() {
    let scene = proposed(&[LOUDER, SECRETS, STRICT]);
    let before = scene.tree();
    scene.run("agentpkg proposals show ../fix.patch").prints(str![[r#""#]]);
    assert_eq!(scene.tree(), before);
    scene.run("agentpkg proposals show - < ../fix.patch | tail -n 2").prints(str![[r#""#]]);
}

#[test]
fn a_proposal_is_applied_and_taken_back() {
    let scene = proposed(&[LOUDER]);
    let before = scene.tree();
    scene.run("agentpkg proposals apply ../fix.patch --dry-run").prints(str![[r#""#]]);
    assert_eq!(scene.tree(), before);
    scene.run("agentpkg proposals apply ../fix.patch").prints(str![[r#""#]]);
    scene.reads("templates/house/rules/review.md", LOUDER.1.unwrap());
    scene.reads("templates/house/CHANGELOG.md", str![[r#""#]]);
    scene.run("cat templates/house/accepted/*.diff").prints(str![[r#""#]]);
    scene.run("agentpkg proposals apply ../fix.patch").prints(str![[r#""#]]);
    scene.run("agentpkg proposals show ../fix.patch | grep -A1 accepted").prints(str![[r#""#]]);
    scene.run("agentpkg undo").prints(str![[r#""#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn commits_are_their_authors() {
    let scene = proposed(&[LOUDER]);
    let second = offer(&scene, "Ä. Nother", "[house] Keep secrets out", &[SECRETS]);
    let scene = saved(scene, "second.patch", &second).edited("other.txt", "not committed\n");
    scene.run("git add other.txt").succeeds();
    scene.run("agentpkg proposals apply ../fix.patch ../second.patch --commit").prints(str![[r#""#]]);
    scene.run("git log -2 --reverse --format='%an <%ae> %ad%n%cn%n%B' --date=iso").prints(str![[r#""#]]);
    scene.run("git log -2 --reverse --format=%s --stat --stat-width=100; git status --short").prints(str![[r#""#]]);
    scene.reads("templates/house/CHANGELOG.md", str![[r#""#]]);
}

#[test]
fn what_git_refuses_is_taken_back() {
    let scene = proposed(&[LOUDER, SECRETS]);
    let scene =
        scene.edited(".git/hooks/pre-commit", "#!/bin/sh\necho no >&2\nexit 1\n").chmod(".git/hooks/pre-commit", 0o755);
    let before = scene.tree();
    scene.run("agentpkg proposals apply ../fix.patch --commit").prints(str![[r#""#]]);
    assert_eq!(scene.tree(), before);
    scene.run("git status --short").prints(str![]);
    let scene = scene.replaced("templates/house/CHANGELOG.md", "- A rule", "- One rule");
    scene.run("agentpkg proposals apply ../fix.patch --commit").prints(str![[r#""#]]);
}

#[test]
fn a_template_that_moved_on_is_merged() {
    let scene = proposed(&[LOUDER])
        .replaced("templates/house/rules/review.md", "Look at the tests first.", "Look at the tests first, always.")
        .replaced("templates/house/template.toml", "version = \"1.0.0\"", "version = \"1.1.0\"");
    scene.run("agentpkg proposals apply ../fix.patch").prints(str![[r#""#]]);
    scene.reads("templates/house/rules/review.md", str![[r#""#]]);
}

#[test]
fn a_renamed_file_takes_the_edit_along() {
    let scene = proposed(&[LOUDER]);
    let scene = scene.edited(
        "templates/house/template.toml",
        &format!(
            "{}\n[renames]\n\"rules/review.md\" = \"rules/reviews.md\"\n",
            scene.text("templates/house/template.toml")
        ),
    );
    scene.run("mv templates/house/rules/review.md templates/house/rules/reviews.md").succeeds();
    scene.run("agentpkg proposals apply ../fix.patch").succeeds();
    scene.reads("templates/house/rules/reviews.md", LOUDER.1.unwrap()).absent("templates/house/rules/review.md");
}

#[test]
fn what_the_template_changed_too_needs_a_person() {
    let scene = proposed(&[LOUDER, SECRETS]).replaced(
        "templates/house/rules/review.md",
        "Ask before a release.",
        "Never release.",
    );
    let before = scene.tree();
    scene.run("agentpkg proposals show ../fix.patch").prints(str![[r#""#]]);
    scene.run("agentpkg proposals apply ../fix.patch").prints(str![[r#""#]]);
    // All or none.
    let second = offer(&scene, DEVELOPER, "Keep secrets out", &[SECRETS]);
    let scene = saved(scene, "second.patch", &second);
    scene.run("agentpkg proposals apply ../second.patch ../fix.patch 2>&1 | head -1").prints(str![[r#""#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn a_release_that_nobody_knows_is_no_base() {
    let scene = proposed(&[LOUDER]);
    let before = scene.tree();
    scene.run("agentpkg proposals apply ../fix.patch --registry embedded").prints(str![[r#""#]]);
    let other = Scene::new().published("house", "1.0.0", &[("rules/a.md", "Another.\n")]);
    let other = other.edited("../fix.patch", &scene.text("../fix.patch"));
    other.run("cp -r ../templates . && agentpkg proposals show ../fix.patch").prints(str![[r#""#]]);
    other.run("sed -i 's/1.0.0/0.1.0/' templates/house/* && rm -r ../registry").succeeds();
    other.run("agentpkg publish templates/house --registry ../registry").succeeds();
    other.run("agentpkg proposals show ../fix.patch").prints(str![[r#""#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn the_registry_in_the_repository_is_the_one_that_is_asked() {
    let scene = proposed(&[LOUDER]);
    scene.run("mv ../registry registry && agentpkg proposals apply ../fix.patch").prints(str![[r#""#]]);
}

#[test]
fn a_template_is_where_the_mail_or_the_person_says() {
    let scene = proposed(&[LOUDER]);
    scene.run("mv templates/house templates/home && agentpkg proposals show ../fix.patch").prints(str![[r#""#]]);
    scene.run("agentpkg proposals apply ../fix.patch --template templates/home").succeeds();
    scene.reads("templates/home/rules/review.md", LOUDER.1.unwrap());
    scene.run("agentpkg undo").succeeds();
    let scene = scene.source("other", "1.0.0", &[("rules/a.md", "a\n")]);
    scene
        .run("cp -r ../templates/other templates/house && agentpkg proposals apply ../fix.patch")
        .prints(str![[r#""#]]);
    scene.run("rm -r templates && agentpkg proposals apply ../fix.patch").prints(str![[r#""#]]);
    scene.run("ln -s ../templates templates && agentpkg proposals apply ../fix.patch").prints(str![[r#""#]]);
    scene.run("mkdir elsewhere && cd elsewhere && agentpkg proposals show ../../fix.patch --repo .. --template ../../templates/house")
        .prints(str![[r#""#]]);
}

#[test]
fn a_template_may_be_the_whole_repository() {
    let scene = platform();
    let proposal = offer(&scene, DEVELOPER, "Louder", &[LOUDER]);
    let source = read_tree(&scene.path("../templates/house")).unwrap();
    let scene = scene.edited("../fix.patch", &proposal.to_mail(None, &source, "0.1.0").unwrap());
    scene.run("git rm -rq templates && cp -r ../templates/house/* . && git add . && git commit -qm Root").succeeds();
    scene.run("agentpkg proposals apply ../fix.patch --commit").prints(str![[r#""#]]);
    scene.reads("rules/review.md", LOUDER.1.unwrap());
    scene.run("git status --short").prints(str![]);
}

#[test]
fn what_is_no_proposal_changes_nothing() {
    let scene = proposed(&[LOUDER]);
    let mail = scene.text("../fix.patch");
    let before = scene.tree();
    let refused = |scene: &Scene, name: &str| {
        let said = scene.run(&format!("agentpkg proposals apply {name}; test $? = 2")).all();
        assert!(!said.contains("exit code"), "{said}");
        said
    };
    scene.run("echo hello > ../hello.txt; agentpkg proposals apply ../hello.txt").prints(str![[r#""#]]);
    scene.run("agentpkg proposals apply ../nothing.patch").prints(str![[r#""#]]);
    scene.run("head -c 20000000 /dev/zero > ../large; agentpkg proposals apply ../large").prints(str![[r#""#]]);
    scene
        .run("head -c 200 /dev/urandom > ../bytes; agentpkg proposals apply ../bytes 2>&1 | head -1")
        .prints(str![[r#""#]]);
    let broken = [
        ("\n+Ask before", "\n+Ask again before", "is not what"),
        ("a/templates/house/rules/review.md b/", "a/.git/hooks/x b/", "can't be read"),
        ("\n@@ -1,5", "\n@@ -1,9", "can't be read"),
        ("100644", "120000", "a symbolic link can't be in a template"),
        ("new file mode 100644", "new file mode 104755", "the mode `104755`"),
    ];
    for (from, to, what) in broken {
        assert!(mail.contains(from), "{from}\n{mail}");
        std::fs::write(scene.path("../broken.patch"), mail.replacen(from, to, 1)).unwrap();
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
        .replacen("From: A developer <dev@example.org>", "From: \u{1b}[31mA\u{202e} lead <lead@example.org>", 1)
        .replacen("Subject: ", "Subject: \u{1b}]0;title\u{7}", 1);
    assert_ne!(evil, mail);
    let scene = scene.edited("../evil.patch", &evil);
    scene.run("agentpkg proposals show ../evil.patch").prints(str![[r#""#]]);
    let text = "Look at the tests first.\nThen at the \u{1b}[8mhidden\u{1b}[0m \u{202e}names.\n";
    let proposal = offer(&scene, "A\u{1b}[2J developer", "Loud\u{1b}[31mer", &[("rules/review.md", Some(text))]);
    let scene = saved(scene, "text.patch", &proposal);
    let said = scene.run("agentpkg proposals show ../text.patch; agentpkg proposals show ../text.patch --json").all();
    assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said}");
    assert!(said.contains("\\u{1b}[8mhidden"), "{said}");
}

#[test]
fn what_publish_would_refuse_is_said() {
    let scene = proposed(&[(
        "template.toml",
        Some("[template]\nname = \"house\"\nversion = \"1.0.0\"\ndescription = \"d\"\n"),
    )]);
    scene.run("agentpkg proposals show ../fix.patch | tail -n 12").prints(str![[r#""#]]);
    let scene = proposed(&[("rulez/x.md", Some("x\n"))]);
    scene.run("agentpkg proposals apply ../fix.patch").prints(str![[r#""#]]);
    let renamed = "[template]\nname = \"home\"\nversion = \"1.0.0\"\ndescription = \"d\"\n";
    proposed(&[("template.toml", Some(renamed))]).run("agentpkg proposals apply ../fix.patch").prints(str![[r#""#]]);
}

#[test]
fn show_has_a_report_for_programs() {
    let scene = proposed(&[SECRETS]);
    scene.run("agentpkg proposals show ../fix.patch --json").prints(str![[r#""#]]);
}
