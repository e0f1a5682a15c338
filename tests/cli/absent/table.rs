//! The table of absent paths, every row against every other.

use std::fs;

use support::Scene;

/// What is known of a path that isn't there.
#[derive(Clone, Copy, Debug)]
struct Known {
    /// Git's index and its last commit have it.
    tracked: bool,
    /// An earlier commit had it, and the last one doesn't.
    in_history: bool,
    /// Git ignores it.
    ignored: bool,
    /// The last command saw it here.
    seen: bool,
    /// All of history is here.
    whole_history: bool,
}

fn all() -> Vec<Known> {
    let bit = |number: usize, at: usize| number >> at & 1 == 1;
    (0..32)
        .map(|number| Known {
            tracked: bit(number, 0),
            in_history: bit(number, 1),
            ignored: bit(number, 2),
            seen: bit(number, 3),
            whole_history: bit(number, 4),
        })
        // What is tracked wasn't taken out by a commit.
        .filter(|known| !(known.tracked && known.in_history))
        .collect()
}

/// The table of the design, row by row.
fn expected(known: Known) -> &'static str {
    match known {
        Known { tracked: true, .. } => "deleted",
        Known { ignored: false, .. } => "deleted",
        Known { seen: true, .. } => "deleted",
        Known {
            in_history: true,
            whole_history: true,
            ..
        } => "deleted",
        _ => "missing",
    }
}

#[test]
fn every_row_of_the_table_is_kept() {
    for known in all() {
        let scene = Scene::new().published(
            "base",
            "1.0.0",
            &[("rules/r.md", "r\n"), ("files/docs/a.md", "a\n")],
        );
        scene.run("agentpkg install base").succeeds();
        let git = |line: &str| _ = scene.run(line).succeeds();
        match known {
            Known { tracked: true, .. } => {
                git("git add -A && git commit -qm all");
                fs::remove_file(scene.path("docs/a.md")).unwrap();
            }
            Known {
                in_history: true, ..
            } => {
                git(
                    "git add -A && git commit -qm all && git rm -q docs/a.md && git commit -qm gone",
                );
            }
            _ => {
                git("git add .claude agentpkg.toml agentpkg.lock && git commit -qm all");
                fs::remove_file(scene.path("docs/a.md")).unwrap();
            }
        }
        if known.ignored {
            scene.write(".git/info/exclude", "docs/\n");
        }
        if !known.seen {
            fs::remove_file(scene.path(".agentpkg/seen")).unwrap();
        }
        if !known.whole_history {
            scene.run("git rev-parse HEAD > .git/shallow").succeeds();
        }
        let status = scene.run("agentpkg status");
        let line = format!("{} 1 file: docs/a.md", expected(known));
        assert!(status.said().contains(&line), "{known:?}\n{}", status.all());
        // What was deleted stays gone, and what is missing comes back.
        scene.run("agentpkg install").succeeds();
        let is_back = scene.path("docs/a.md").exists();
        assert_eq!(is_back, expected(known) == "missing", "{known:?}");
        scene.run("agentpkg check").succeeds();
    }
}

#[test]
fn outside_git_what_was_seen_was_deleted() {
    for seen in [true, false] {
        let scene = Scene::without_git().published(
            "base",
            "1.0.0",
            &[("rules/r.md", "r\n"), ("files/docs/a.md", "a\n")],
        );
        scene.run("agentpkg install base").succeeds();
        fs::remove_file(scene.path("docs/a.md")).unwrap();
        if !seen {
            fs::remove_file(scene.path(".agentpkg/seen")).unwrap();
        }
        scene.run("agentpkg install").succeeds();
        assert_eq!(scene.path("docs/a.md").exists(), !seen);
    }
}

#[test]
fn a_list_of_what_was_seen_is_read_and_written_nowhere_else() {
    let scene = Scene::new().published("base", "1.0.0", &[("rules/r.md", "r\n")]);
    scene.run("agentpkg install base").succeeds();
    fs::remove_file(scene.path(".agentpkg/seen")).unwrap();
    let outside = scene.path("../outside");
    fs::write(&outside, "theirs\n").unwrap();
    scene.link(".agentpkg/seen", &outside);
    scene.link(".agentpkg/seen.tmp", &outside);
    scene.write(".claude/rules/base/r.md", "edited\n");
    scene.run("agentpkg remove base").succeeds();
    scene.run("agentpkg undo").succeeds();
    scene.run("agentpkg install").succeeds();
    assert_eq!(fs::read_to_string(&outside).unwrap(), "theirs\n");
}
