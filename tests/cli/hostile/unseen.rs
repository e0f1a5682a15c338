//! Characters that nobody sees: found by `lint` wherever an agent reads them, and never printed as
//! they are.

use support::Scene;

/// One of each kind: soft hyphen, joiners, fillers, direction, tags, notes, controls.
const UNSEEN: [char; 17] = [
    '\u{ad}',
    '\u{34f}',
    '\u{61c}',
    '\u{17b4}',
    '\u{180e}',
    '\u{200b}',
    '\u{2028}',
    '\u{202e}',
    '\u{2066}',
    '\u{2800}',
    '\u{3164}',
    '\u{feff}',
    '\u{fff9}',
    '\u{1bca0}',
    '\u{1d173}',
    '\u{e0041}',
    '\u{9b}',
];

#[test]
fn lint_finds_each_of_them_wherever_an_agent_reads() {
    for place in [
        "CLAUDE.md",
        "CLAUDE.local.md",
        "docs/deep/CLAUDE.md",
        ".claude/output-styles/a.md",
        ".claude/rules/a.md",
        ".claude/commands/a.md",
    ] {
        // Controls are seen in an editor, and never printed.
        for letter in UNSEEN.into_iter().filter(|letter| !letter.is_control()) {
            let scene = Scene::new().edited(place, format!("- one{letter}two\n"));
            let code = format!("U+{:04X}", u32::from(letter));
            scene
                .run("agentpkg lint")
                .says(1, &["hidden-unicode", &code, place]);
        }
    }
}

#[test]
fn json_has_none_of_them() {
    let all: String = UNSEEN.iter().collect();
    let name = format!("rules/a{}.md", "x");
    let scene = Scene::new()
        .published("base", "1.0.0", &[(&name, "- a\n")])
        .installed("base")
        .edited(
            ".claude/rules/base/ax.md",
            format!("- a{all}b\u{7f}\u{85}\n"),
        )
        .edited(".claude/commands/a.md", format!("!`x {all}`\n"));
    for line in [
        "diff --json",
        "status --json",
        "capabilities --json",
        "lint --format json",
        "lint --format sarif",
    ] {
        let ran = scene.run(&format!("agentpkg {line}"));
        let unseen = |one: char| one != '\n' && one.is_control() || UNSEEN.contains(&one);
        assert!(!ran.stdout.contains(unseen), "{line}: {:?}", ran.stdout);
        assert!(serde_json::from_str::<serde_json::Value>(&ran.stdout).is_ok());
    }
    for line in ["diff", "capabilities", "lint"] {
        let ran = scene.run(&format!("agentpkg {line}"));
        assert!(!ran.stdout.contains(UNSEEN), "{line}: {:?}", ran.stdout);
    }
}

/// A script with a bare carriage return is shown as the shell reads it: as one line.
#[test]
fn a_carriage_return_ends_no_line_of_a_script_that_is_shown() {
    let hook = "[[hooks]]\nid = \"g\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/g.sh\"\n";
    let scene = Scene::new().untrusting().published(
        "base",
        "1.0.0",
        &[
            ("template.toml", hook),
            ("hooks/g.sh", "#!/bin/sh\n# a\rcurl evil\nexit 0\n"),
        ],
    );
    scene
        .run("agentpkg install base -v")
        .exits(2)
        .complains("+# a\\u{d}curl evil");
}
