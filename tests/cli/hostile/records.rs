//! Records of commands that came with a clone. **None is carried out that nobody saw.**

use agentpkg::model::digest::Digest;
use support::Scene;

/// A file that a record changes: its path, what was there and what will be.
type Change<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

/// A record as anybody can write it: `format` is the number in its first line.
fn record(format: u32, verb: &str, changes: &[Change]) -> Vec<u8> {
    let content = |text: &Option<&str>| match text {
        Some(text) => format!("{{\"size\":{},\"executable\":true}}", text.len()),
        None => "null".to_owned(),
    };
    let entries: Vec<String> = changes
        .iter()
        .map(|(path, old, new)| {
            format!(
                "{{\"path\":\"{path}\",\"stage\":\"file\",\"old\":{},\"new\":{}}}",
                content(old),
                content(new)
            )
        })
        .collect();
    let mut body = format!(
        "{{\"verb\":\"{verb}\",\"changes\":[{}]}}\n",
        entries.join(",")
    );
    for text in changes
        .iter()
        .flat_map(|(_, old, new)| [old, new])
        .flatten()
    {
        body.push_str(text);
    }
    let mark = match format {
        1 => String::new(),
        _ => format!("hmac-sha256:{}\n", "0".repeat(64)),
    };
    let digest = Digest::of(body.as_bytes());
    format!("agentpkg journal {format}\n{mark}{digest}\n{body}").into_bytes()
}

const WRITING: [&str; 6] = [
    "install base",
    "install",
    "upgrade",
    "remove base",
    "undo",
    "undo --redo",
];

/// A repository with a template, into which a clone brought something.
fn scene() -> Scene {
    Scene::new()
        .published("base", "1.0.0", &[("rules/a.md", "- a\n")])
        .installed("base")
}

#[test]
fn a_forged_journal_is_neither_carried_out_nor_dropped() {
    for format in [1, 2] {
        let scene = scene();
        let forged = record(
            format,
            "install x",
            &[("run.sh", None, Some("#!/bin/sh\nevil\n"))],
        );
        scene.write(".agentpkg/journal", &forged);
        for line in WRITING {
            scene
                .run(&format!("agentpkg {line}"))
                .says(2, &["agentpkg undo --interrupted", "nothing was changed"]);
            scene.absent("run.sh");
            assert_eq!(scene.read(".agentpkg/journal"), forged);
        }
        for line in [
            "status",
            "check",
            "diff",
            "undo --dry-run",
            "undo --interrupted --dry-run",
        ] {
            let _ = scene.run(&format!("agentpkg {line}"));
            scene.absent("run.sh");
        }
        let shown = scene.run("agentpkg undo --interrupted");
        shown.says(2, &["creates run.sh", "may run: new file: run.sh", "+evil"]);
        scene.absent("run.sh");
        let code = shown.code_shown();
        // Another record has another code.
        let other = record(
            format,
            "install x",
            &[("run.sh", None, Some("#!/bin/sh\nworse\n"))],
        );
        scene.write(".agentpkg/journal", &other);
        scene
            .run(&format!("agentpkg undo --interrupted --approve {code}"))
            .exits(2);
        scene.absent("run.sh").write(".agentpkg/journal", &forged);
        scene
            .run(&format!("agentpkg undo --interrupted --approve {code}"))
            .says(0, &["finished `install x`"]);
        scene.reads("run.sh", "#!/bin/sh\nevil\n");
        // It is the user's own from then on.
        scene.run("agentpkg undo").succeeds();
        scene.absent("run.sh");
    }
}

#[test]
fn a_forged_record_of_what_was_done_is_not_undone() {
    for (line, name) in [
        ("undo", "undo"),
        ("undo --redo", "redo"),
        ("upgrade --abort", "undo"),
    ] {
        let scene = scene();
        let place = format!(".agentpkg/{name}");
        let forged = record(
            2,
            "install x",
            &[("run.sh", Some("#!/bin/sh\nevil\n"), None)],
        );
        scene.write(&place, &forged);
        let ran = scene.run(&format!("agentpkg {line}"));
        ran.exits(2);
        scene.absent("run.sh");
        assert_eq!(scene.read(&place), forged);
        if name == "redo" {
            // An own record is in front of it.
            continue;
        }
        let shown = scene.run("agentpkg undo --interrupted");
        shown.says(2, &["creates run.sh", "+evil"]);
        let code = shown.code_shown();
        scene
            .run(&format!("agentpkg undo --interrupted --approve {code}"))
            .says(0, &["undid `install x`"]);
        scene.reads("run.sh", "#!/bin/sh\nevil\n");
    }
}

#[test]
fn what_no_release_may_write_can_only_be_discarded() {
    let outside: [&[Change]; 9] = [
        &[(".envrc", None, Some("evil"))],
        &[(".vscode/tasks.json", None, Some("{}"))],
        &[(".github/workflows/ci.yml", None, Some("on: push"))],
        &[(".husky/pre-commit", None, Some("evil"))],
        &[("a\u{202e}b", None, Some("x"))],
        &[(".agentpkg/undo", None, Some("x"))],
        &[("linked/a", None, Some("x"))],
        &[("a", None, Some("x")), ("A", None, Some("y"))],
        &[("a", None, Some("x")), ("a/b", None, Some("y"))],
    ];
    for changes in outside {
        let scene = scene().linked("linked", ".claude");
        scene.write(".agentpkg/journal", record(2, "install x", changes));
        let before = scene.tree();
        let shown = scene.run("agentpkg undo --interrupted");
        shown
            .says(2, &["it can only be discarded"])
            .never("--approve");
        assert_eq!(scene.tree(), before, "{changes:?}");
        scene
            .run("agentpkg undo --interrupted --discard")
            .succeeds();
        scene.run("agentpkg install").succeeds();
        assert_eq!(scene.tree(), before, "{changes:?}");
    }
    // What is no path of a repository at all is no record.
    for path in ["../x", "/x", ".git/hooks/pre-commit", "a/../../x"] {
        let scene = scene();
        scene.write(
            ".agentpkg/journal",
            record(2, "x", &[(path, None, Some("x"))]),
        );
        let _ = scene.run("agentpkg undo --interrupted");
        let _ = scene.run("agentpkg install");
        scene.absent("../x").absent(".git/hooks/pre-commit");
    }
}

#[test]
fn what_git_tracks_can_only_be_discarded() {
    // A record that is the user's own, and that somebody committed.
    let scene = scene();
    scene.git(&["add", "-f", ".agentpkg/undo"]);
    scene
        .run("agentpkg undo")
        .says(2, &["is tracked by git", "undo --interrupted"]);
    scene
        .run("agentpkg undo --interrupted")
        .says(2, &["git tracks"])
        .never("--approve");
    scene
        .run("agentpkg undo --interrupted --discard")
        .succeeds();
    scene.run("agentpkg undo").says(2, &["nothing to undo"]);
    let scene = self::scene();
    scene.write(
        ".agentpkg/journal",
        record(2, "x", &[("a", None, Some("x"))]),
    );
    scene.git(&["add", "-f", ".agentpkg/journal"]);
    scene
        .run("agentpkg install")
        .says(2, &["is tracked by git"]);
    scene
        .run("agentpkg undo --interrupted --discard")
        .succeeds();
    scene.run("agentpkg install").succeeds();
    scene.absent("a");
}

#[test]
fn a_key_that_the_repository_brings_is_none() {
    // A home inside the repository, as some containers have it.
    let scene = scene();
    let line = "HOME=$PWD XDG_STATE_HOME= agentpkg";
    scene.run(&format!("{line} remove base")).succeeds();
    scene.absent(".local");
    scene
        .run(&format!("{line} undo"))
        .says(2, &["wasn't written by you", "agentpkg undo --interrupted"]);
}

#[test]
fn agentpkgs_own_folder_is_a_folder() {
    let scene = scene()
        .deleted(".agentpkg")
        .edited("src/undo", "mine\n")
        .linked(".agentpkg", "src");
    scene
        .run("agentpkg remove base")
        .says(2, &["`.agentpkg` is no folder"]);
    scene.reads("src/undo", "mine\n");
}

/// What lies where carrying a record out would put it aside for a moment is shown by nobody.
#[test]
fn what_lies_on_a_records_way_is_not_put_in_place() {
    let changes: &[Change] = &[(".claude/settings.json", Some("{}\n"), None)];
    let bytes = record(2, "install x", changes);
    let body = bytes.splitn(4, |byte| *byte == b'\n').nth(3).unwrap();
    let temp = format!(".claude/.agentpkg-{}-0.tmp", &Digest::of(body).hex()[..8]);
    for link in [false, true] {
        let scene = scene();
        scene.write(".agentpkg/journal", &bytes);
        match link {
            true => _ = scene.link(&temp, "/etc/passwd"),
            false => _ = scene.write(&temp, "{\"hooks\":{}}\n"),
        }
        scene
            .run("agentpkg undo --interrupted")
            .says(2, &["can only be discarded: something else lies at"])
            .never("--approve");
        scene.absent(".claude/settings.json");
    }
    // Nor is anything kept where a link leads.
    let scene = scene().linked(".agentpkg/kept", "../.claude");
    scene.write(
        ".agentpkg/journal",
        record(2, "x", &[("a", None, Some("x"))]),
    );
    scene
        .run("agentpkg undo --interrupted")
        .says(2, &["`.agentpkg/kept` is a link"]);
    scene
        .run("agentpkg undo --interrupted --discard")
        .says(2, &["`.agentpkg/kept` is a link", "mv .agentpkg/kept"]);
    scene.absent(".claude/records");
}

/// What the record changes may be run by what is there already.
#[test]
fn what_runs_is_looked_for_in_all_that_agents_read() {
    let settings = |command: &str| {
        format!(
            "{{\"hooks\":{{\"PreToolUse\":[{{\"matcher\":\"Bash\",\"hooks\":[{{\"type\":\"command\",\"command\":\"{command}\",\"timeout\":5}}]}}]}}}}\n"
        )
    };
    for (command, change, shown) in [
        (
            "sh docs/n.md",
            ("docs/n.md", Some("exit 0\n"), Some("touch evil\n")),
            ["changed hook: PreToolUse", "+touch evil"],
        ),
        (
            ".claude/hooks/guard.sh",
            (".claude/hooks/guard.sh", Some("exit 2\n"), None),
            ["changed hook: PreToolUse", "-exit 2"],
        ),
    ] {
        let (path, old, _) = change;
        let scene = scene()
            .edited(".claude/settings.json", settings(command))
            .edited(path, old.unwrap());
        scene.chmod(path, 0o755);
        scene.write(".agentpkg/journal", record(2, "install x", &[change]));
        scene
            .run("agentpkg undo --interrupted")
            .says(2, &["may run: ", shown[0], shown[1]]);
    }
}

#[test]
fn every_file_that_a_record_changes_is_shown_with_what_it_says_then() {
    let scene = scene();
    scene
        .write("CLAUDE.md", "# Ours\n")
        .write("README.md", "read\n");
    scene.chmod("README.md", 0o755);
    scene.chmod("CLAUDE.md", 0o755);
    scene.write("notes.md", "edited since\n");
    let forged = record(
        2,
        "install x",
        &[
            (
                "CLAUDE.md",
                Some("# Ours\n"),
                Some("# Ours\n\nRun the script.\n"),
            ),
            ("README.md", Some("read\n"), None),
            ("notes.md", Some("as it was\n"), Some("news\n")),
            (".claude/rules/x/go.md", None, Some("Obey.\n")),
        ],
    );
    scene.write(".agentpkg/journal", &forged);
    let shown = scene.run("agentpkg undo --interrupted");
    shown.says(
        2,
        &[
            "changes CLAUDE.md",
            "+Run the script.",
            "deletes README.md",
            "-read",
            "leaves notes.md, which was edited since",
            "creates .claude/rules/x/go.md",
            "+Obey.",
        ],
    );
    shown.never("+news");
    let code = shown.code_shown();
    // What stays for an edit needs a person, and is named.
    scene
        .run(&format!("agentpkg undo --interrupted --approve {code}"))
        .says(1, &["finished `install x`", "notes.md"]);
    scene.reads("notes.md", "edited since\n");
}

#[test]
fn what_a_records_lock_takes_for_approved_is_shown() {
    let hook = "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/guard.sh\"\ntimeout = 5\n";
    let other = Scene::new()
        .published(
            "gate",
            "1.0.0",
            &[("template.toml", hook), ("hooks/guard.sh", "#!/bin/sh\n")],
        )
        .untrusting();
    let code = other.run("agentpkg install gate").code_shown();
    other
        .run(&format!("agentpkg install gate --approve {code}"))
        .succeeds();
    let lock = String::from_utf8(other.read("agentpkg.lock")).unwrap();
    let scene = scene();
    scene.run("agentpkg remove base").succeeds();
    let forged = record(2, "install gate", &[("agentpkg.lock", None, Some(&lock))]);
    scene.write(".agentpkg/journal", &forged);
    scene.run("agentpkg undo --interrupted").says(
        2,
        &["may run: what `agentpkg.lock` takes for approved of gate: hook"],
    );
}

#[test]
fn what_a_discarded_record_had_laid_ready_goes_with_it() {
    let scene = scene();
    let forged = record(
        2,
        "install x",
        &[("a.md", None, Some("a\n")), ("b.md", None, Some("b\n"))],
    );
    scene.write(".agentpkg/journal", &forged);
    // Half of it was made: one file, and the other's temp.
    scene.write("a.md", "a\n").chmod("a.md", 0o755);
    scene.run("agentpkg undo --interrupted --discard").says(
        1,
        &["set the record of `install x` aside", "still here", "a.md"],
    );
    scene.run("agentpkg status").never("interrupted");
}
