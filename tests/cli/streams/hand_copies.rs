//! A package with things of each kind is installed over a hand copy of an older version: nothing is
//! there twice, and what the team did to its copy stays.

use std::fs;

use support::{FOR_COPILOT, Scene};

use super::kinds::{NAME, Release, count, own_words, release};
use super::releases::VERSIONS;
use super::repo::Repo;
use super::tree::Tree;

/// What a team did to its copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edits {
    Nothing,
    /// Lines and sections of its own in some files, entries of its own.
    Additions,
    /// Lines that are gone.
    Deletions,
}

#[test]
#[ignore = "needs AGENTPKG_CORPUS"]
fn nothing_is_there_twice_over_a_hand_copy_of_any_version() {
    let all = [Edits::Nothing, Edits::Additions, Edits::Deletions];
    for edits in all {
        installs_over_a_copy(VERSIONS[0], edits);
    }
    for (older, edits) in VERSIONS[1..].iter().zip(all) {
        installs_over_a_copy(older, edits);
    }
}

/// Installs the newest version over a hand copy of an older one.
fn installs_over_a_copy(older: &str, edits: Edits) {
    let scene = Scene::new();
    let versions: Vec<Release> = VERSIONS.iter().map(|version| release(version)).collect();
    for (version, release) in VERSIONS.iter().zip(&versions) {
        release.publish(&scene, version);
    }
    let number = VERSIONS.iter().position(|one| *one == older).unwrap();
    versions[number].copy_by_hand(scene.repo());
    edit(&scene, edits);
    scene.commit("copied by hand");
    let before = scene.files();
    let ran = scene.agentpkg(&["install", NAME]);
    println!("== {older}, {edits:?}\n{}{}", ran.stdout, ran.stderr);
    let after = scene.files();
    let newest = versions.last().unwrap();
    nothing_twice(newest, &before, &after);
    assert_eq!(own_words(&before), own_words(&after), "what the team wrote");
    assert!(ran.stdout.contains("now managed"));
    let open = !scene.conflicts().is_empty();
    ran.exits(i32::from(open));
    if edits == Edits::Nothing {
        assert!(!open, "a copy that nobody edited conflicts with nothing");
        for (name, text) in &newest.rules {
            let path = format!(".claude/rules/{NAME}/{name}");
            let here = after[&path].text();
            assert_eq!(
                here.strip_prefix(FOR_COPILOT).unwrap_or(here),
                text,
                "{path}"
            );
        }
    }
    if older == *VERSIONS.last().unwrap() || open {
        return;
    }
    scene.agentpkg(&["check"]).exits(0);
    scene.commit("installed");
    scene.agentpkg(&["upgrade"]).exits(0);
    assert!(scene.files() == after, "upgrading changes nothing more");
}

fn edit(scene: &Scene, edits: Edits) {
    let rules = fs::read_dir(scene.path(".claude/rules")).unwrap();
    let mut rules: Vec<_> = rules.map(|entry| entry.unwrap().path()).collect();
    rules.sort();
    let change = |place: &std::path::Path, by: &dyn Fn(&str) -> String| {
        let text = fs::read_to_string(place).unwrap();
        fs::write(place, by(&text)).unwrap();
    };
    let without_one = |text: &str| -> String {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let gone = lines.iter().rposition(|line| line.len() > 30).unwrap();
        let stays = lines.iter().enumerate().filter(|(at, _)| *at != gone);
        stays.map(|(_, line)| *line).collect()
    };
    match edits {
        Edits::Nothing => {}
        Edits::Additions => {
            for (number, rule) in rules.iter().enumerate().step_by(2) {
                let section = format!("\n## Of ours\n\nOurs-{number} is ours-9{number}.\n");
                change(rule, &|text| format!("{text}{section}"));
            }
            let root = scene.path("CLAUDE.md");
            change(&root, &|text| {
                text.replacen("## Ours", "## Ours, ours-80", 1)
            });
            let settings = scene.path(".claude/settings.json");
            change(&settings, &|text| {
                text.replace("Bash(ours-4)\"", "Bash(ours-4)\",\n      \"Bash(ours-81)\"")
            });
        }
        Edits::Deletions => {
            for rule in rules.iter().step_by(2) {
                change(rule, &without_one);
            }
        }
    }
}

/// No line of the release is there more often than the release has it, or the team had it.
fn nothing_twice(newest: &Release, before: &Tree, after: &Tree) {
    let texts = |tree: &Tree| -> Vec<String> {
        // What is agentpkg's own is in no release.
        let own = |path: &str| path.ends_with(".hook") || path == ".claude/hooks/run";
        let files = tree
            .iter()
            .filter(|(path, _)| !path.ends_with(".json") && !own(path));
        files.map(|(_, file)| file.text().to_owned()).collect()
    };
    let (before_texts, after_texts) = (texts(before), texts(after));
    let had = count(before_texts.iter().map(String::as_str));
    // What the newest version no longer has is the team's, wherever its text has gone.
    let is_dropped = |path: &str| {
        let skill = path.strip_prefix(".claude/skills/");
        let rule = path.strip_prefix(".claude/rules/");
        skill.is_some_and(|path| !newest.skills.contains_key(path))
            || rule.is_some_and(|name| !newest.rules.contains_key(name))
    };
    let dropped: Tree = before
        .iter()
        .filter(|(path, _)| is_dropped(path))
        .map(|(path, file)| (path.clone(), file.clone()))
        .collect();
    let dropped = texts(&dropped);
    let dropped = count(dropped.iter().map(String::as_str));
    let wanted = newest.lines();
    for (line, times) in count(after_texts.iter().map(String::as_str)) {
        // Each rule of Claude Code has this one.
        let is_for_copilot = FOR_COPILOT.lines().any(|own| own == line) && line != "---";
        if line.contains("agentpkg kinds") || is_for_copilot {
            continue;
        }
        let of_release = wanted.get(line).copied().unwrap_or(0);
        let of_team = had.get(line).copied().unwrap_or(0);
        let of_dropped = dropped.get(line).copied().unwrap_or(0);
        assert!(
            times <= of_release.max(of_team) + of_dropped,
            "{times} times: {line}"
        );
    }
    let ignored = after[".gitignore"].text();
    for pattern in &newest.ignored {
        let times = ignored.lines().filter(|line| line == pattern).count();
        assert_eq!(times, 1, "{pattern}: {ignored}");
    }
    let settings = after[".claude/settings.json"].text();
    assert_eq!(settings.matches(" kinds/start\"").count(), 1, "{settings}");
    assert!(!settings.contains("start.sh"), "{settings}");
    for word in newest.allowed.iter().chain(&newest.denied) {
        let times = settings.matches(&format!("\"Bash({word})\"")).count();
        assert_eq!(times, 1, "{word}: {settings}");
    }
    let servers = after[".mcp.json"].text();
    assert_eq!(servers.matches("docs-mcp").count(), 1, "{servers}");
}
