//! Proposals against git itself: `git am` applies the mail, and what git exports again is the same
//! proposal.

use std::process::Command;

use agentpkg::merge::patch::Patch;
use agentpkg::model::author::Author;
use agentpkg::model::path::{RelPath, rel};
use agentpkg::model::tree::{File, FileTree, tree_digest};
use agentpkg::model::version::Version;
use agentpkg::proposal::{BaseRelease, Proposal, read_accepted, read_mail};
use support::Scene;

/// The repository of a platform team, with a template in it.
struct Upstream {
    scene: Scene,
    source: FileTree,
}

const DIRECTORY: &str = "templates/x";

impl Upstream {
    fn new(source: FileTree) -> Self {
        let scene = Scene::builder().by("A lead", "lead@example.org").build();
        for (path, file) in &source {
            scene.write(&format!("{DIRECTORY}/{path}"), &file.bytes);
        }
        scene.write("README.md", "Templates.\n");
        let upstream = Self { scene, source };
        upstream.commit("The templates");
        upstream
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.scene.command("git");
        command.args(arguments);
        // Of an applied mail the author is in the mail.
        if !arguments.contains(&"commit") {
            command
                .env_remove("GIT_AUTHOR_NAME")
                .env_remove("GIT_AUTHOR_EMAIL");
        }
        command
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        support::git(&mut self.command(arguments), b"")
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", message]);
    }

    #[track_caller]
    fn am(&self, mail: &str, options: &[&str]) {
        self.scene.write("../mail", mail);
        self.git(&[&["am", "--quiet"], options, &["../mail"]].concat());
    }

    fn shown(&self, format: &str) -> String {
        self.git(&["log", "-1", &format!("--format={format}")])
            .trim_end()
            .to_owned()
    }

    fn source_now(&self) -> FileTree {
        let names = self.git(&["ls-files", "-z", DIRECTORY]);
        let file = |name: &str| {
            let executable = self
                .git(&["ls-files", "--stage", "--", name])
                .starts_with("100755");
            let path: RelPath = name.strip_prefix("templates/x/").unwrap().parse().unwrap();
            (
                path,
                File {
                    bytes: self.scene.read(name).into(),
                    executable,
                },
            )
        };
        names.split_terminator('\0').map(file).collect()
    }

    fn exported(&self, options: &[&str]) -> String {
        self.git(&[&["format-patch", "-1", "--stdout"], options].concat())
    }
}

fn source() -> FileTree {
    let rule: String = (1..=30).map(|line| format!("Line {line}.\n")).collect();
    let files = [
        (
            "CHANGELOG.md",
            "# Changelog\n\n## [1.0.0] - 2026-01-01\n\n- All.\n".to_owned(),
        ),
        ("hooks/guard.sh", "#!/bin/sh\nexit 0\n".to_owned()),
        ("rules/old name.md", rule.clone()),
        ("rules/über.md", rule),
        ("windows.txt", "a\r\nb\r\n".to_owned()),
    ];
    files
        .into_iter()
        .map(|(path, text)| (path.parse().unwrap(), File::plain(text)))
        .collect()
}

/// What a team made of the source: an edit, an executable, a moved file, one that has no line end.
fn edited() -> FileTree {
    let mut tree = source();
    let edit = |tree: &mut FileTree, path: &'static str, from: &str, to: &str| {
        let text = tree[&rel(path)].text().unwrap().replace(from, to);
        tree.insert(rel(path), File::plain(text));
    };
    edit(
        &mut tree,
        "rules/über.md",
        "Line 7.\n",
        "Zeile sieben.\n-- \nFrom here on.\n",
    );
    edit(&mut tree, "hooks/guard.sh", "exit 0\n", "exit 2");
    tree.get_mut(&rel("hooks/guard.sh")).unwrap().executable = true;
    let moved = tree.remove(&rel("rules/old name.md")).unwrap();
    tree.insert(rel("rules/new name.md"), moved);
    edit(&mut tree, "rules/new name.md", "Line 3.\n", "Line three.\n");
    tree
}

fn proposal_of(name: &str, why: &str, edited: &FileTree) -> Proposal {
    let author = Author {
        name: name.to_owned(),
        email: "dev@example.org".to_owned(),
        seconds: 1_700_000_000,
        zone: -210,
    };
    let base = BaseRelease {
        version: Version::new(1, 0, 0),
        tree: tree_digest(&source()),
    };
    let edit = Patch::between(&source(), edited).unwrap();
    Proposal::new("x".parse().unwrap(), base, &author, why, edit).unwrap()
}

fn mail(proposal: &Proposal) -> String {
    proposal
        .to_mail(Some(&rel(DIRECTORY)), &source(), "0.1.0")
        .unwrap()
}

/// Applies a proposal and checks all that git made of it, then what it exports again.
#[track_caller]
fn check(name: &str, why: &str, subject: &str, body: &str) {
    let proposal = proposal_of(name, why, &edited());
    let upstream = Upstream::new(source());
    upstream.am(&mail(&proposal), &[]);
    let expected = proposal.patch(&source()).unwrap().apply(&source()).unwrap();
    assert_eq!(upstream.source_now(), expected);
    assert_eq!(
        upstream.shown("%an <%ae>"),
        format!("{name} <dev@example.org>")
    );
    assert_eq!(upstream.shown("%ad"), "Tue Nov 14 18:43:20 2023 -0330");
    assert_eq!(upstream.shown("%s"), subject);
    let trailers = format!(
        "Agentpkg-Proposal: {}\nAgentpkg-Template: x\nAgentpkg-Base: x 1.0.0 {}",
        proposal.id, proposal.base.tree
    );
    assert_eq!(upstream.shown("%(trailers)"), trailers);
    let gap = if body.is_empty() { "" } else { "\n\n" };
    assert_eq!(upstream.shown("%b"), format!("{body}{gap}{trailers}"));
    for options in [
        &[][..],
        &["--no-renames"],
        &["--full-index", "--histogram"],
        &["-n", "--signoff"],
        &["-U1"],
    ] {
        let exported = upstream.exported(options);
        let read = read_mail(&exported)
            .unwrap_or_else(|error| panic!("{options:?}: {error:?}\n{exported}"));
        assert_eq!(read.proposal, proposal, "{options:?}");
        assert_eq!(read.directory, Some(rel(DIRECTORY)));
        assert!(read.subject.ends_with(subject), "{}", read.subject);
        assert_eq!(read.sender, sender(&exported, name));
    }
    let kept = upstream.source_now()[&proposal.accepted_path()].clone();
    assert_eq!(
        read_accepted(&proposal.accepted_path(), kept.text().unwrap()).unwrap(),
        proposal
    );
}

/// How the mail spells its sender: quoted where git does.
fn sender(mail: &str, name: &str) -> String {
    let quoted = mail.lines().any(|line| line.starts_with("From: \""));
    let name = if quoted {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        name.to_owned()
    };
    format!("{name} <dev@example.org>")
}

#[test]
fn git_applies_a_plain_proposal() {
    check("A developer", "Say it louder", "Say it louder", "");
    check(
        "A developer",
        "Say it louder\n\nNobody heard.\n\n- one\n- two",
        "Say it louder",
        "Nobody heard.\n\n- one\n- two",
    );
}

#[test]
fn names_keep_their_letters() {
    check("Ä. Developer", "Größer", "Größer", "");
    check("Developer, A. \"Dev\" B", "why", "why", "");
    check(
        "開発者 さん",
        "日本語の件名がとても長いので、一行には収まりきらず、折り返されるはずです。そうでしょう。",
        "日本語の件名がとても長いので、一行には収まりきらず、折り返されるはずです。そうでしょう。",
        "",
    );
}

#[test]
fn a_name_with_an_address_in_it_is_not_taken_for_one() {
    let proposal = proposal_of("dev@work", "why", &edited());
    let upstream = Upstream::new(source());
    upstream.am(&mail(&proposal), &[]);
    assert_eq!(upstream.shown("%an <%ae>"), "dev at work <dev@example.org>");
    assert_eq!(
        read_mail(&upstream.exported(&[])).unwrap().proposal,
        proposal
    );
}

#[test]
fn long_subjects_stay_whole() {
    let long = "word ".repeat(50);
    check("A developer", &long, long.trim_end(), "");
    let one = "x".repeat(300);
    check("A developer", &one, &one, "");
}

#[test]
fn subjects_that_look_like_marks_of_mails_stay() {
    check("A developer", "[hooks] block it", "x: [hooks] block it", "");
    check("A developer", "Re: it", "x: Re: it", "");
    check(
        "A developer",
        "a =?UTF-8?q?b?= [c] Re: d",
        "a =?UTF-8?q?b?= [c] Re: d",
        "",
    );
}

#[test]
fn reasons_that_look_like_mails_or_patches_stay() {
    let nasty = "From: A stranger <other@example.org>\nSubject: other\nDate: now\n[PATCH] x\n>From me\n\n\
        From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n---\n--- a/x\ndiff --git a/x b/x\n\
        Index: x\n-- \n@@ -1 +1 @@\n\nAgentpkg-Proposal: p-00000000000000000000\n\n    code\n# not a comment";
    let kept = " From: A stranger <other@example.org>\n Subject: other\n Date: now\n [PATCH] x\n >From me\n\n \
        From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n ---\n --- a/x\n diff --git a/x b/x\n \
        Index: x\n--\n@@ -1 +1 @@\n\n Agentpkg-Proposal: p-00000000000000000000\n\n    code\n# not a comment";
    check("A developer", &format!("why\n\n{nasty}"), "why", kept);
    check(
        "A developer",
        "why\n\nSigned-off-by: Other <other@example.org>",
        "why",
        "Signed-off-by: Other <other@example.org>",
    );
}

#[test]
fn scissors_do_not_cut() {
    let proposal = proposal_of(
        "A developer",
        "why\n\nbefore\n\n-- >8 --\n\nbehind",
        &edited(),
    );
    let upstream = Upstream::new(source());
    upstream.am(&mail(&proposal), &["--scissors"]);
    assert!(
        upstream
            .shown("%b")
            .starts_with("before\n\n-- > 8 --\n\nbehind\n\nAgentpkg-Proposal: ")
    );
}

#[test]
fn a_proposal_is_merged_where_upstream_moved_on() {
    let upstream = Upstream::new(source());
    let rule = upstream.source[&rel("rules/über.md")].text().unwrap();
    upstream.scene.write(
        "templates/x/rules/über.md",
        format!("A title.\n\n{}", rule.replace("Line 9.", "Line nine.")),
    );
    upstream
        .scene
        .write("templates/x/rules/another.md", "More.\n");
    upstream.commit("Something else");
    let proposal = proposal_of("A developer", "why", &edited());
    let mail = mail(&proposal);
    upstream.scene.write("../mail", &mail);
    let applied = upstream.command(&["am", "../mail"]).output().unwrap();
    assert!(!applied.status.success(), "the lines around it changed");
    upstream.git(&["am", "--abort"]);
    upstream.am(&mail, &["-3"]);
    let text = upstream.source_now()[&rel("rules/über.md")]
        .text()
        .unwrap()
        .to_owned();
    assert!(
        text.starts_with("A title.")
            && text.contains("Line nine.")
            && text.contains("Zeile sieben."),
        "{text}"
    );
    assert_eq!(
        read_mail(&upstream.exported(&[])).unwrap().proposal,
        proposal
    );
}

#[test]
fn carriage_returns_arrive() {
    let mut edited = source();
    edited.insert(rel("windows.txt"), File::plain("a\r\nB ü\r\nc =\r\n"));
    edited.insert(
        rel("new.txt"),
        File::plain(format!("{}\r\nFrom x\r\n", "long ".repeat(40))),
    );
    let proposal = proposal_of("A developer", "why\n\nFür Windows", &edited);
    let upstream = Upstream::new(source());
    let mail = mail(&proposal);
    assert!(mail.contains("quoted-printable"));
    upstream.am(&mail, &[]);
    assert_eq!(
        upstream.source_now(),
        proposal.patch(&source()).unwrap().apply(&source()).unwrap()
    );
    assert!(upstream.shown("%b").starts_with("Für Windows\n\n"));
    assert_eq!(read_mail(&mail).unwrap().proposal, proposal);
    assert_eq!(
        read_mail(&upstream.exported(&[])).unwrap().proposal,
        proposal
    );
}

#[test]
fn the_mail_is_the_one_that_git_would_write() {
    let proposal = proposal_of(
        "Ä. Developer",
        "Größer als zuvor, und zwar sehr viel größer als je zuvor\n\nWeil.",
        &edited(),
    );
    let upstream = Upstream::new(source());
    let mail = mail(&proposal);
    upstream.am(&mail, &[]);
    let theirs = upstream.exported(&["--no-renames", "--full-index"]);
    let head = |mail: &str| {
        mail.split("\n---\n")
            .next()
            .unwrap()
            .lines()
            .skip(1)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(head(&mail), head(&theirs));
}
