//! What no install can go into: refused in words that say where, and nothing is left behind.

use std::path::Path;
use std::process::Command;

use support::{Entry, Tree};

use super::starter::{self, Starter};

const SETTINGS: &str = ".claude/settings.json";

/// Settings that can't be read are refused, and taken once they are mended.
#[track_caller]
fn unreadable(settings: impl AsRef<[u8]>, words: &[&str]) {
    let scene = starter::empty();
    scene
        .write("CLAUDE.md", "# Ours\n")
        .write(SETTINGS, settings);
    scene.refuses(&[words, &["`.claude/settings.json`", "nothing was changed"]].concat());
    scene.write(SETTINGS, "{}\n");
    scene.there_and_back();
}

#[test]
fn a_comment() {
    unreadable(
        "{\n  // ours\n  \"model\": \"x\"\n}\n",
        &["line 2", "a comment"],
    );
    unreadable(
        "{\n  \"model\": \"x\" /* ours */\n}\n",
        &["line 2", "a comment"],
    );
    unreadable(
        "{\n  \"model\": \"x\"\n}\n// ours\n",
        &["line 4", "a comment"],
    );
}

#[test]
fn a_trailing_comma() {
    unreadable(
        "{\n  \"model\": \"x\",\n}\n",
        &["line 3", "a trailing comma"],
    );
    unreadable(
        "{\"permissions\": {\n  \"deny\": [\"Read(a)\",]\n}}\n",
        &["line 2", "a trailing comma"],
    );
}

#[test]
fn a_key_twice() {
    unreadable(
        "{\n  \"hooks\": {},\n  \"hooks\": {}\n}\n",
        &["line 3", "hooks"],
    );
    unreadable(
        "{\n  \"hooks\": {},\n  \"\\u0068ooks\": {}\n}\n",
        &["line 3", "hooks"],
    );
    unreadable(
        "{\n  \"env\": {\"A\": 1,\n  \"A\": 2}\n}\n",
        &["line 3", "A"],
    );
}

#[test]
fn a_document_nested_deeper_than_can_be_read() {
    let nested = |open: &str, inner: &str, close: &str| {
        format!(
            "{{\"a\":\n{}{inner}{}}}",
            open.repeat(10_000),
            close.repeat(10_000)
        )
    };
    unreadable(nested("[", "", "]"), &["line 2"]);
    unreadable(nested("{\"a\":", "1", "}"), &["line 2"]);
    unreadable("[".repeat(1_000_000), &["line 1"]);
}

#[test]
fn bytes_that_are_no_text() {
    unreadable(b"{\n  \"model\": \"\xff\"\n}\n", &["not UTF-8"]);
    unreadable(b"\xff\xfe{\0}\0", &["not UTF-8"]);
    unreadable([0; 4096], &["line 1"]);
}

#[test]
fn a_text_that_ends_early() {
    for (text, line) in [("{", "line 1"), ("{\"a\": [1\n", "line")] {
        unreadable(text, &[line]);
    }
}

#[test]
fn a_document_that_is_no_object() {
    for text in ["[]", "[]\n", "null", "\"text\"\n", "1"] {
        unreadable(text, &["something other than an object"]);
    }
}

#[test]
fn more_than_one_document() {
    unreadable("{}\n{}\n", &["line 2"]);
    unreadable("{}\n\u{feff}", &["line 2"]);
}

#[test]
fn what_only_other_readers_take() {
    for text in [
        "{model: \"x\"}",
        "{'model': 'x'}",
        "{\"a\": NaN}",
        "{\"a\": 0x10}",
        "{\"a\": .5}",
        "{\"a\": +1}",
        "{\"a\": \"\n\"}",
    ] {
        unreadable(text, &["line"]);
    }
}

#[test]
fn conflict_markers() {
    unreadable(
        "{\n<<<<<<< ours\n  \"a\": 1\n=======\n  \"a\": 2\n>>>>>>> theirs\n}\n",
        &["line 2", "a conflict marker"],
    );
}

#[test]
fn values_of_another_shape_are_not_replaced() {
    for text in [
        "{\"hooks\": []}",
        "{\"hooks\": null}",
        "{\"permissions\": \"none\"}",
        "{\"permissions\": {\"deny\": \"Read(a)\"}}",
        "{\"hooks\": {\"PreToolUse\": {}}}",
    ] {
        let scene = starter::empty();
        scene.write(SETTINGS, text);
        scene.install().exits(1).complains("upstream");
        assert!(scene.text("agentpkg.lock").contains("[conflicts]"));
        let now: serde_json::Value = serde_json::from_str(&scene.text(SETTINGS)).unwrap();
        let before: serde_json::Value = serde_json::from_str(text).unwrap();
        for (key, value) in before.as_object().unwrap() {
            assert!(now[key] == *value || value.is_object(), "{text}");
        }
    }
}

#[test]
fn markers_that_make_no_block() {
    for (text, words) in [
        (
            "# Ours\n<!-- BEGIN agentpkg org-baseline -->\n",
            "has no end",
        ),
        (
            "# Ours\r\n<!-- END agentpkg org-baseline -->\r\n",
            "without having begun",
        ),
        (
            "\u{feff}<!-- BEGIN agentpkg Other Thing -->\n",
            "is not a template's name",
        ),
    ] {
        let scene = starter::empty();
        scene.write("CLAUDE.md", text).refuses(&[
            "`CLAUDE.md`",
            "line",
            words,
            "nothing was changed",
        ]);
        let scene = starter::empty();
        scene.write(
            ".gitignore",
            text.replace("<!-- ", "# ").replace(" -->", ""),
        );
        scene.refuses(&["`.gitignore`", "line", words, "nothing was changed"]);
    }
}

#[test]
fn instructions_that_are_no_text() {
    let scene = starter::empty();
    scene
        .write("CLAUDE.md", b"# \xd6urs\n")
        .refuses(&["`CLAUDE.md`", "not UTF-8"]);
    let scene = starter::empty();
    scene
        .write("CLAUDE.md", b"\xff\xfe#\0 \0")
        .refuses(&["`CLAUDE.md`", "not UTF-8"]);
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let scene = starter::empty();
    scene
        .write(SETTINGS, "{,}")
        .write("CLAUDE.md", b"\xff")
        .folder(".claude/rules/org-baseline/security.md");
    scene.refuses(&[
        "3 places",
        SETTINGS,
        "CLAUDE.md",
        ".claude/rules/org-baseline/security.md",
    ]);
}

#[test]
fn a_file_in_the_way_with_other_content() {
    // A rule waits for a person, beside everything else.
    let scene = starter::empty();
    scene.write(".claude/rules/org-baseline/security.md", b"ours\n");
    scene
        .install()
        .exits(1)
        .complains("a file of yours with other content is there");
    assert_eq!(
        scene.text(".claude/rules/org-baseline/security.md"),
        "ours\n"
    );
    // What hooks run, or need, has to be the template's.
    for path in [
        ".claude/hooks/org-baseline/guard-bash.sh",
        ".claude/hooks/org-baseline/lib-shell.awk",
    ] {
        for bytes in [&b"ours\n"[..], b"", b"\xff\0"] {
            let scene = starter::empty();
            scene.write(path, bytes);
            scene.refuses(&[
                &format!("`{path}`"),
                "other content",
                &format!("move `{path}` away"),
            ]);
        }
    }
}

#[test]
fn a_file_in_the_way_with_the_same_content_is_adopted() {
    let published = starter::empty();
    published.install().exits(0);
    let scene = starter::empty();
    for path in [
        ".claude/rules/org-baseline/security.md",
        ".claude/hooks/org-baseline/guard-bash.sh",
    ] {
        scene.write(path, published.read(path));
    }
    scene.install().exits(0).shows("now managed");
    scene.agentpkg(&["check"]).exits(0);
    super::hooks::guard(&scene);
}

#[test]
fn something_else_in_the_way() {
    let rule = ".claude/rules/org-baseline/security.md";
    for path in [rule, SETTINGS, "CLAUDE.md", ".gitignore"] {
        let scene = starter::empty();
        scene
            .folder(path)
            .refuses(&[&format!("`{path}`"), "a folder is in the way"]);
        let scene = starter::empty();
        std::fs::create_dir_all(scene.path(path).parent().unwrap()).unwrap();
        assert!(
            Command::new("mkfifo")
                .arg(scene.path(path))
                .status()
                .unwrap()
                .success()
        );
        scene.refuses(&[&format!("`{path}`"), "not a file"]);
    }
    for path in [".claude", ".claude/rules", ".claude/hooks/org-baseline"] {
        let scene = starter::empty();
        scene
            .write(path, "ours\n")
            .refuses(&[&format!("`{path}` is a file, and")]);
    }
}

#[test]
fn a_link_where_a_file_of_its_own_has_to_be() {
    let rule = ".claude/rules/org-baseline/security.md";
    let scene = starter::empty();
    scene
        .write("docs/security.md", "ours\n")
        .link(rule, "../../../docs/security.md");
    scene.refuses(&[&format!("`{rule}`"), "a link is in the way"]);
}

#[test]
fn a_link_that_leads_out_of_the_repository() {
    for path in [
        SETTINGS,
        "CLAUDE.md",
        ".claude/CLAUDE.md",
        ".gitignore",
        ".claude/rules/org-baseline/security.md",
    ] {
        let scene = starter::empty();
        std::fs::write(scene.elsewhere().join("secret"), "{}").unwrap();
        scene.link(path, scene.elsewhere().join("secret"));
        scene.refuses(&[
            &format!("`{path}`"),
            "leads out of the repository",
            "nothing was changed",
        ]);
    }
    for path in [
        ".claude",
        ".claude/rules",
        ".claude/hooks",
        ".claude/hooks/org-baseline",
    ] {
        for target in ["../elsewhere", "..", "/"] {
            let scene = starter::empty();
            let up = "../".repeat(path.matches('/').count());
            let target = if target == "/" {
                target.to_owned()
            } else {
                format!("{up}{target}")
            };
            scene.link(path, target).refuses(&[&format!(
                "`{path}` is a link that leads out of the repository"
            )]);
        }
    }
}

#[test]
fn a_link_that_leads_nowhere() {
    for path in [SETTINGS, "CLAUDE.md"] {
        let scene = starter::empty();
        scene
            .link(path, "absent")
            .refuses(&[&format!("`{path}`"), "leads nowhere"]);
        let scene = starter::empty();
        let own_name = Path::new(path).file_name().unwrap();
        scene
            .link(path, own_name)
            .refuses(&[&format!("`{path}`"), "leads nowhere"]);
    }
    let scene = starter::empty();
    scene
        .link(".claude", "absent")
        .refuses(&["`.claude` is a link that leads nowhere, and 13 files belong there"]);
}

#[test]
fn links_into_gits_own_folder() {
    let scene = starter::empty();
    let config = scene.read(".git/config");
    scene.link("CLAUDE.md", ".git/config").install().exits(2);
    assert_eq!(scene.read(".git/config"), config);
    let scene = starter::empty();
    scene.link(".claude", ".git").install().exits(2);
    assert!(!scene.path(".git/settings.json").exists() && !scene.path(".git/rules").exists());
    let scene = starter::empty();
    scene
        .link(".claude/hooks", "../.git/hooks")
        .install()
        .exits(2);
    assert!(!scene.path(".git/hooks/org-baseline").exists());
}

fn link_at(tree: &Tree, path: &str) -> bool {
    matches!(tree.get(Path::new(path)), Some(Entry::Link(_)))
}

#[test]
fn links_inside_the_repository_are_followed() {
    let scene = starter::empty();
    scene
        .write("config/settings.json", "{\"model\": \"x\"}\n")
        .link(SETTINGS, "../config/settings.json");
    scene
        .write("config/ignore", "target/\n")
        .link(".gitignore", "config/ignore");
    let tree = scene.there_and_back();
    assert!(link_at(&tree, SETTINGS) && link_at(&tree, ".gitignore"));
    assert!(scene.text("config/settings.json").contains("/guard-bash "));
    assert!(
        scene
            .text("config/ignore")
            .contains("BEGIN agentpkg org-baseline")
    );
    scene.agentpkg(&["check"]).exits(0);
    super::hooks::guard(&scene);
}

#[test]
fn the_agents_folder_may_be_a_link() {
    for target in ["config/claude", "./config/../config/claude", "claude"] {
        let scene = starter::empty();
        scene
            .write(&format!("{target}/settings.json"), "{\"model\": \"x\"}\n")
            .link(".claude", target);
        let tree = scene.there_and_back();
        assert!(link_at(&tree, ".claude"));
        scene.agentpkg(&["check"]).exits(0);
        super::hooks::guard(&scene);
    }
    // A folder inside it may be one too.
    let scene = starter::empty();
    scene
        .write("shared/rules/ours.md", "ours\n")
        .write("shared/hooks/ours.sh", "#!/bin/sh\n");
    scene
        .link(".claude/rules", "../shared/rules")
        .link(".claude/hooks", "../shared/hooks");
    scene.there_and_back();
    scene.agentpkg(&["check"]).exits(0);
    super::hooks::guard(&scene);
}

#[test]
fn agentpkgs_own_files_are_no_links_and_no_folders() {
    for own in ["agentpkg.toml", "agentpkg.lock"] {
        let scene = starter::empty();
        scene
            .write("other", "")
            .link(own, "other")
            .refuses(&[&format!("`{own}` is a link")]);
        let scene = starter::empty();
        scene
            .folder(own)
            .refuses(&[&format!("`{own}` is a folder")]);
    }
    let scene = starter::empty();
    scene
        .link(".agentpkg", scene.elsewhere())
        .refuses(&[".agentpkg"]);
    let scene = starter::empty();
    scene.write(".agentpkg", "ours\n").refuses(&[".agentpkg"]);
    let scene = starter::empty();
    scene
        .write("other", "ours\n")
        .write(".agentpkg/.gitignore", "*\n")
        .link(".agentpkg/lock", "../other")
        .refuses(&[".agentpkg/lock"]);
}
