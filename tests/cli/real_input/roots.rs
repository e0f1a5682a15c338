//! Root instructions as teams have them: every byte stays, and an agent reads what it read before.

use std::path::Path;

use support::{Entry, Tree};

use super::starter::{self, Starter};

const BEGIN: &str = "<!-- BEGIN agentpkg org-baseline -->";
const END: &str = "<!-- END agentpkg org-baseline -->";

/// Installs where `path` has this text; returns what it has then.
#[track_caller]
fn check(path: &str, text: &str) -> String {
    let scene = starter::empty();
    scene.write(path, text).there_and_back();
    let after = scene.text(path);
    let added = after
        .strip_prefix(text)
        .unwrap_or_else(|| panic!("{after:?} starts with {text:?}"));
    let (begin, end) = (added.find(BEGIN).unwrap(), added.find(END).unwrap());
    assert!(
        begin < end
            && added[..begin].trim().is_empty()
            && added[end + END.len()..].trim().is_empty(),
        "{added}"
    );
    // A marker starts a line of its own.
    let before = &after[..text.len() + begin];
    assert!(
        before.trim_start_matches('\u{feff}').is_empty() || before.ends_with('\n'),
        "{before:?}"
    );
    after
}

#[test]
fn text_of_every_kind_is_there_and_back() {
    for text in [
        "# Ours\n\nBe brief.\n",
        "# Ours\n\nBe brief.",
        "# Ours\n\n\n\n",
        "\u{feff}# Ours\n",
        "\u{feff}",
        "",
        "\n",
        "   ",
        "\n\n\n",
        "# Ours  \n\tcode\n\u{2028}\u{a0}\u{1f680}\n",
        "---\ntitle: x\n---\n```\nunclosed fence\n",
        "<!-- a comment of the team's that never ends\n",
        "<!-- BEGIN other-tool -->\ntheirs\n<!-- END other-tool -->\n",
        "quotes `<!-- BEGIN agentpkg org-baseline -->` in a line\n",
    ] {
        for path in ["CLAUDE.md", ".claude/CLAUDE.md"] {
            let after = check(path, text);
            assert!(!after.contains('\r'), "{after:?}");
        }
    }
}

#[test]
fn a_file_of_crlf_stays_one() {
    for text in [
        "# Ours\r\n\r\nBe brief.\r\n",
        "# Ours\r\nBe brief.",
        "\u{feff}# Ours\r\n",
        "\r\n",
    ] {
        let after = check("CLAUDE.md", text);
        assert!(!after.replace("\r\n", "").contains('\n'), "{after:?}");
    }
}

#[test]
fn lines_that_end_in_other_ways_stay_so() {
    check("CLAUDE.md", "one\r\ntwo\nthree\r\n");
    check("CLAUDE.md", "one\rtwo\r");
}

#[test]
fn a_large_file_is_there_and_back() {
    check("CLAUDE.md", &"A line like any other.\n".repeat(100_000));
}

#[test]
fn a_gitignore_of_every_kind_is_there_and_back() {
    for text in [
        "target/\n",
        "target/",
        "target/\r\nout/\r\n",
        "# only a comment",
        "\u{feff}target/\n",
        "",
        "\n\n",
    ] {
        let scene = starter::empty();
        scene.write(".gitignore", text).there_and_back();
        let after = scene.text(".gitignore");
        assert!(
            after.starts_with(text) && after.contains("# BEGIN agentpkg org-baseline"),
            "{after:?}"
        );
    }
}

fn bytes<'a>(tree: &'a Tree, path: &str) -> Option<&'a str> {
    match tree.get(Path::new(path)) {
        Some(Entry::File { bytes, .. }) => Some(std::str::from_utf8(bytes).unwrap()),
        Some(other) => panic!("{path} is {other:?}"),
        None => None,
    }
}

fn link<'a>(tree: &'a Tree, path: &str) -> Option<&'a str> {
    match tree.get(Path::new(path)) {
        Some(Entry::Link(target)) => target.to_str(),
        _ => None,
    }
}

#[test]
fn a_link_between_the_two_names_makes_them_one_file() {
    let files = [("CLAUDE.md", "AGENTS.md"), ("AGENTS.md", "CLAUDE.md")];
    for (name, target, real) in [
        (files[0].0, "AGENTS.md", "AGENTS.md"),
        (files[1].0, "CLAUDE.md", "CLAUDE.md"),
        (files[0].0, "./docs/../AGENTS.md", "AGENTS.md"),
        (files[0].0, "docs/agents.md", "docs/agents.md"),
        (".claude/CLAUDE.md", "../AGENTS.md", "AGENTS.md"),
    ] {
        let scene = starter::empty();
        scene
            .folder("docs")
            .write(real, "# Ours\n")
            .link(name, target);
        let tree = scene.there_and_back();
        assert_eq!(link(&tree, name), Some(target), "{name} stays a link");
        let text = bytes(&tree, real).unwrap();
        assert!(
            text.starts_with("# Ours\n") && text.matches(BEGIN).count() == 1,
            "{text}"
        );
        assert!(
            !text.contains("@AGENTS.md"),
            "one file imports nothing: {text}"
        );
        let others = tree
            .keys()
            .filter(|path| path.ends_with("CLAUDE.md") || path.ends_with("AGENTS.md"))
            .count();
        assert_eq!(
            others,
            if real == "docs/agents.md" { 1 } else { 2 },
            "nothing was added beside it"
        );
    }
}

#[test]
fn a_chain_of_links_is_followed_to_its_end() {
    let scene = starter::empty();
    scene
        .write("docs/all.md", "# Ours\n")
        .link("AGENTS.md", "docs/all.md")
        .link("CLAUDE.md", "AGENTS.md");
    let tree = scene.there_and_back();
    assert_eq!(
        (link(&tree, "CLAUDE.md"), link(&tree, "AGENTS.md")),
        (Some("AGENTS.md"), Some("docs/all.md"))
    );
    assert_eq!(
        bytes(&tree, "docs/all.md").unwrap().matches(BEGIN).count(),
        1
    );
}

#[test]
fn agents_md_alone_is_what_claude_md_is_made_a_link_to() {
    for text in ["# Ours\n", "# Ours\r\n", "\u{feff}# Ours", ""] {
        let scene = starter::empty();
        scene.write("AGENTS.md", text);
        let tree = scene.there_and_back();
        assert_eq!(link(&tree, "CLAUDE.md"), Some("AGENTS.md"));
        let agents = bytes(&tree, "AGENTS.md").unwrap();
        assert!(agents.starts_with(text), "{agents:?}");
        assert_eq!(agents.matches(BEGIN).count(), 1, "{agents:?}");
    }
}

#[test]
fn two_files_stay_two() {
    let scene = starter::empty();
    scene
        .write("AGENTS.md", "# For all\n")
        .write("CLAUDE.md", "# For one\n");
    let tree = scene.there_and_back();
    assert_eq!(bytes(&tree, "AGENTS.md"), Some("# For all\n"));
    let claude = bytes(&tree, "CLAUDE.md").unwrap();
    assert!(
        claude.starts_with("# For one\n")
            && claude.contains(BEGIN)
            && !claude.contains("@AGENTS.md"),
        "{claude}"
    );
}

#[test]
fn instructions_in_the_agents_folder_get_no_second_file_beside_them() {
    let scene = starter::empty();
    scene
        .write(".claude/CLAUDE.md", "# Ours\n")
        .write("AGENTS.md", "# For all\n");
    let tree = scene.there_and_back();
    assert_eq!(bytes(&tree, "CLAUDE.md"), None);
    assert_eq!(bytes(&tree, "AGENTS.md"), Some("# For all\n"));
    assert!(bytes(&tree, ".claude/CLAUDE.md").unwrap().contains(BEGIN));
}

#[test]
fn a_persons_own_files_are_not_touched() {
    let scene = starter::empty();
    scene
        .write("CLAUDE.local.md", "# Mine")
        .write(".claude/settings.local.json", "{\"model\": // mine\n");
    let tree = scene.there_and_back();
    assert_eq!(bytes(&tree, "CLAUDE.local.md"), Some("# Mine"));
    assert_eq!(
        bytes(&tree, ".claude/settings.local.json"),
        Some("{\"model\": // mine\n")
    );
}
