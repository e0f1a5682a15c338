//! What once went wrong, and holds since: the binary in a temporary folder, a sentence a case.

use std::fs;

use support::{FOR_COPILOT, Files, Ran, Scene};

/// A registry, repos that use it, and nobody to ask.
fn scene() -> Scene {
    Scene::builder()
        .without_git()
        .untrusting()
        .without_default_registry()
        .with("CI", "true")
        .build()
}

/// Publishes `NAME VERSION` to `registry`, which is trusted from then on: its templates are shown,
/// and not asked about.
#[track_caller]
fn publish_to(scene: &Scene, registry: &str, release: &str, manifest: &str, files: Files) {
    let (name, version) = release.split_once(' ').unwrap();
    let files = [&[("template.toml", manifest)], files].concat();
    scene.write_source(name, version, &files);
    for (path, _) in files.iter().filter(|(path, _)| path.ends_with(".sh")) {
        // Publishing makes scripts executable.
        scene.chmod(&format!("../templates/{name}/{path}"), 0o644);
    }
    scene.publish(name, registry);
    scene.trust(registry, registry);
}

#[track_caller]
fn publish(scene: &Scene, release: &str, manifest: &str, files: Files) {
    publish_to(scene, "registry", release, manifest, files);
}

/// Installs from the registry, quietly expecting it to work.
#[track_caller]
fn install(scene: &Scene, repo: &str, arguments: &[&str]) {
    let registry = scene.root().join("registry").display().to_string();
    let mut all = vec!["install"];
    all.extend(arguments);
    if !scene.path(repo).join("agentpkg.toml").exists() {
        all.extend(["--registry", &registry]);
    }
    run(scene, repo, &all).says(0, &[]);
}

/// Runs the program in a folder, which may be new.
#[track_caller]
fn run(scene: &Scene, folder: &str, arguments: &[&str]) -> Ran {
    scene.folder(folder).agentpkg_in(folder, arguments)
}

const NOTHING: &str = "nothing to do";

#[test]
fn carriage_returns_that_git_put_in_are_no_change() {
    let scene = scene();
    publish(&scene, "a 1.0.0", "", &[("rules/a.md", "a\n")]);
    install(&scene, "", &["a"]);
    for file in ["agentpkg.toml", "agentpkg.lock"] {
        let text = scene.text(file).replace('\n', "\r\n");
        scene.write(file, &text);
        run(&scene, "", &["install"]).says(0, &[NOTHING]);
        run(&scene, "", &["install", "--locked"]).says(0, &[NOTHING]);
        assert_eq!(scene.text(file), text);
    }
}

#[test]
fn a_template_can_be_removed_together_with_its_registry() {
    let scene = scene();
    publish(&scene, "a 1.0.0", "", &[("rules/a.md", "a\n")]);
    publish_to(&scene, "lab", "b 1.0.0", "", &[("rules/b.md", "b\n")]);
    install(&scene, "", &["a"]);
    let before = scene.text("agentpkg.toml");
    let entry = "b = { version = \"^1\", registry = \"lab\" }\n";
    scene.write(
        "agentpkg.toml",
        format!("{before}{entry}[registries.lab]\nurl = \"../lab\"\n"),
    );
    install(&scene, "", &[]);
    scene.write("agentpkg.toml", &before);
    run(&scene, "", &["install"]).says(0, &["removed b 1.0.0"]);
    assert!(!scene.path(".claude/rules/b").exists());
}

#[test]
fn a_template_can_be_removed_after_its_registry_lost_it() {
    let scene = scene();
    publish(&scene, "a 1.0.0", "", &[("rules/a.md", "a\n")]);
    publish(&scene, "b 1.0.0", "", &[("rules/b.md", "b\n")]);
    install(&scene, "", &["a", "b"]);
    fs::remove_file(scene.path("../registry/index/b.json")).unwrap();
    run(&scene, "", &["install"]).says(2, &["`b` 1.0.0 is locked", "no longer has `b`"]);
    scene.replace("agentpkg.toml", "b = \"^1.0\"\n", "");
    run(&scene, "", &["install"]).says(0, &["removed b 1.0.0"]);
}

#[test]
fn a_release_that_its_registry_lost_moves_nobody() {
    let scene = scene();
    publish(&scene, "a 1.0.0", "", &[("rules/a.md", "a\n")]);
    install(&scene, "", &["a"]);
    fs::remove_dir_all(scene.path("../registry")).unwrap();
    publish(&scene, "a 1.1.0", "", &[("rules/a.md", "a\n")]);
    run(&scene, "", &["install"]).says(2, &["`a` 1.0.0 is locked", "agentpkg install a@^1"]);
}

#[test]
fn a_registry_with_two_names_is_one_registry() {
    let scene = scene();
    publish(
        &scene,
        "a 1.0.0",
        "[dependencies]\nd = \"^1\"\n",
        &[("rules/a.md", "a\n")],
    );
    publish(&scene, "d 1.0.0", "", &[("rules/d.md", "d\n")]);
    let other = "[registries.alab]\nurl = \"../registry\"\n";
    let rest = "[registries.default]\nurl = \"../registry\"\n[templates]\na = \"^1\"\n";
    scene.write("agentpkg.toml", format!("{other}{rest}"));
    install(&scene, "", &[]);
    assert_eq!(
        scene
            .text("agentpkg.lock")
            .matches("registry = \"default\"")
            .count(),
        2
    );
    publish(&scene, "a 1.1.0", "", &[("rules/a.md", "news\n")]);
    // What is locked stays, whatever its registry is called.
    scene.replace(
        "agentpkg.toml",
        "a = \"^1\"",
        "a = { version = \"^1\", registry = \"alab\" }",
    );
    install(&scene, "", &[]);
    scene.replace("agentpkg.toml", "alab", "blab");
    scene.replace("agentpkg.toml", "alab", "blab");
    install(&scene, "", &[]);
    assert!(
        scene
            .text("agentpkg.lock")
            .contains("a = { version = \"1.0.0\", registry = \"blab\"")
    );
    scene.has_rule(".claude/rules/a/a.md", "a\n");
}

#[test]
fn another_registry_on_the_command_line_is_a_second_one() {
    let scene = scene();
    publish(&scene, "a 1.0.0", "", &[("rules/a.md", "a\n")]);
    publish_to(&scene, "second", "q 1.0.0", "", &[("rules/q.md", "q\n")]);
    install(&scene, "", &["a"]);
    // It has the other template too, which stays where it is.
    publish_to(&scene, "second", "a 2.0.0", "", &[("rules/a.md", "a\n")]);
    run(&scene, "", &["install", "q", "--registry", "../second"])
        .says(0, &["installed q 1.0.0"])
        .never("moved");
    assert!(
        scene
            .text("agentpkg.toml")
            .contains("q = { version = \"^1.0\", registry = \"second\" }")
    );
    run(&scene, "", &["upgrade"]).says(0, &["nothing to do"]);
}

const TEAM: &str = "[questions.team]\nask = \"?\"\nkind = \"text\"\n";

#[test]
fn locked_names_every_input_that_does_not_fit_and_so_does_check() {
    let scene = scene();
    publish(
        &scene,
        "a 1.0.0",
        TEAM,
        &[("root.md.jinja", "{{ team }}\n")],
    );
    scene.write("AGENTS.md", "ours\n");
    // Without links, CLAUDE.md imports it.
    scene
        .run("git init -q && git config core.symlinks false")
        .succeeds();
    install(&scene, "", &["a", "--set", "team=x"]);
    run(&scene, "", &["check"]).says(0, &["ok"]);
    scene.replace("agentpkg.toml", "team = \"x\"", "team = \"y\"");
    scene.replace(
        "agentpkg.toml",
        "a = \"^1.0\"",
        "a = { version = \"^1.0\", registry = \"lab\" }",
    );
    let text = scene.text("agentpkg.toml");
    scene.write(
        "agentpkg.toml",
        format!("{text}[registries.lab]\nurl = \"../registry\"\n"),
    );
    scene.replace("agentpkg.lock", "renderer = 3", "renderer = 0");
    fs::remove_file(scene.path("AGENTS.md")).unwrap();
    run(&scene, "", &["install", "--locked"]).says(
        2,
        &[
            "`--locked` forbids to change it",
            "the answer to `team`: \"x\" locked, \"y\" wanted",
            "the registry of `a`: `default` locked, `lab` wanted",
            "what the root instructions import: `AGENTS.md` locked, nothing here",
            "the renderer: 0 locked, 3 here",
        ],
    );
    run(&scene, "", &["check"]).says(
        1,
        &[
            "the answer to `team` in `agentpkg.toml` has changed",
            "`a` is from `default`, and is wanted from `lab`",
            "what the root instructions import: `AGENTS.md` locked, nothing here",
        ],
    );
}

#[test]
fn the_title_says_what_was_done() {
    let scene = scene();
    publish(
        &scene,
        "a 1.0.0",
        TEAM,
        &[
            ("root.md.jinja", "{{ team }}\n"),
            ("rules/a.md", "a\n"),
            ("rules/b.md", "b\n"),
        ],
    );
    install(&scene, "", &["a", "--set", "team=x"]);
    scene.replace("agentpkg.toml", "team = \"x\"", "team = \"y\"");
    run(&scene, "", &["install", "--dry-run"]).says(
        0,
        &["would have applied the answers of `agentpkg.toml` (nothing"],
    );
    run(&scene, "", &["install"])
        .says(0, &["applied the answers of `agentpkg.toml`"])
        .never("brought");
    fs::remove_file(scene.path(".claude/rules/a/a.md")).unwrap();
    run(&scene, "", &["install"])
        .says(0, &["updated `agentpkg.lock`"])
        .never("brought");
    fs::remove_dir_all(scene.path(".claude")).unwrap();
    fs::remove_file(scene.path("CLAUDE.md")).unwrap();
    run(&scene, "", &["install"])
        .says(0, &["restored 2 missing files"])
        .never("brought");
}

#[test]
fn a_broken_lock_stops_only_what_needs_it() {
    let scene = scene();
    publish(&scene, "a 1.0.0", "", &[("rules/a.md", "a\n")]);
    install(&scene, "", &["a"]);
    let lock = scene.text("agentpkg.lock");
    scene.write(".claude/settings.json", "{,}");
    for (broken, finding) in [
        (
            format!("<<<<<<< HEAD\n{lock}"),
            "lock `agentpkg.lock` line 1: a conflict marker",
        ),
        (
            lock.replace("[files]", "[fils]"),
            "lock `agentpkg.lock` line",
        ),
    ] {
        scene.write("agentpkg.lock", &broken);
        run(&scene, "", &["search"]).says(0, &["a 1.0.0"]);
        run(&scene, "", &["info", "a"]).says(0, &["a 1.0.0"]);
        run(&scene, "", &["publish", "../templates/a"])
            .says(0, &["is published already, with the same contents"]);
        run(&scene, "", &["yank", "a@1.0.0", "--undo"]).says(0, &["was not withdrawn"]);
        run(&scene, "", &["check"]).says(1, &[finding, "invalid", "git checkout"]);
        run(&scene, "", &["install"]).says(2, &["agentpkg.lock"]);
    }
    scene.write("agentpkg.lock", lock.replace("format = 1", "format = 99"));
    run(&scene, "", &["check"]).says(2, &["update agentpkg"]);
}

#[test]
fn an_answer_to_no_question_is_said_with_the_nearest() {
    let scene = scene();
    publish(
        &scene,
        "a 1.0.0",
        &format!("{TEAM}default = \"none\"\n"),
        &[("root.md.jinja", "{{ team }}\n")],
    );
    install(&scene, "", &["a", "--set", "team=x"]);
    scene.replace("agentpkg.toml", "team =", "teem =");
    let ran = run(&scene, "", &["install"]);
    ran.says(
        0,
        &[
            "no template asks for the answer `teem`",
            "give `team` the value of `teem` in `agentpkg.toml`, and take `teem` out",
        ],
    );
    run(&scene, "", &["check"]).says(
        0,
        &[
            "no template asks for the answer `teem`",
            "give `team` the value of `teem`",
        ],
    );
    run(&scene, "", &["check", "--strict"]).says(1, &["answer `agentpkg.toml`: no template asks"]);
    scene.replace(
        "agentpkg.toml",
        "teem = \"x\"\nteam = \"none\"",
        "team = \"x\"",
    );
    run(&scene, "", &["install"])
        .says(0, &["applied the answers"])
        .never("no template asks");
}

#[test]
fn a_person_is_needed_where_what_was_released_can_still_run() {
    let scene = scene();
    let hook = "[[hooks]]\nid = \"g\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/g.sh\"\n";
    publish(
        &scene,
        "f 1.0.0",
        hook,
        &[("hooks/g.sh", "#!/bin/sh\n"), ("rules/r.md", "r\n")],
    );
    publish(&scene, "f 2.0.0", "", &[("rules/n.md", "n\n")]);
    install(&scene, "", &["f@1.0.0"]);
    scene.replace(".claude/settings.json", "\"Bash\"", "\"Bash|Edit\"");
    scene.replace(".claude/rules/f/r.md", "r", "ours");
    let ran = run(&scene, "", &["install", "f@2.0.0"]);
    ran.says(
        1,
        &[
            "can still run",
            "`/hooks/PreToolUse/0",
            "in `.claude/settings.json`",
            "`.claude/hooks/f/g.sh`, a script",
        ],
    );
    ran.never("r.md`, a script");
    run(&scene, "", &["install"]).says(0, &[NOTHING]);
    // A text that is released runs nothing.
    install(&scene, "../other", &["f@1.0.0"]);
    scene.replace("../other/.claude/rules/f/r.md", "r", "ours");
    run(&scene, "../other", &["install", "f@2.0.0"])
        .says(0, &["yours now"])
        .never("can still run");
}

/// What is said between two words.
#[track_caller]
fn between(ran: &Ran, from: &str, to: &str) -> String {
    let said = ran.said();
    let (_, rest) = said
        .split_once(from)
        .unwrap_or_else(|| panic!("no {from}: {said}"));
    rest.split_once(to)
        .map_or(rest, |(found, _)| found)
        .to_owned()
}

/// Types a command into a shell.
#[track_caller]
fn typed(scene: &Scene, folder: &str, line: &str) {
    let mut command = scene.command("sh");
    command.args(["-c", line]).current_dir(scene.path(folder));
    scene.ran(&mut command, line.to_owned()).succeeds();
}

#[test]
fn what_to_commit_can_be_typed() {
    let scene = scene();
    let files = [
        ("rules/a.md", "a\n"),
        ("root.md", "r\n"),
        ("files/my docs/it's.md", "x\n"),
    ];
    publish(&scene, "a 1.0.0", "", &files);
    publish(&scene, "a 1.1.0", "", &[("root.md", "r\n")]);
    scene.git(&["init", "-q"]);
    scene.write(".gitignore", "CLAUDE.md\n");
    let registry = scene.path("../registry").display().to_string();
    let ran = run(&scene, "", &["install", "a@1.0.0", "--registry", &registry]);
    assert_eq!(
        between(&ran, " commit ", " go back"),
        "git add .claude agentpkg.lock agentpkg.toml 'my docs'"
    );
    // Never committed, and gone: nothing to add.
    let ran = run(&scene, "", &["install", "a@1.1.0"]);
    assert_eq!(
        between(&ran, " commit ", " go back"),
        "git add agentpkg.lock agentpkg.toml"
    );
    typed(&scene, "", &between(&ran, " commit ", " go back"));
    // Committed, and gone: the removal is to be added. From a folder of the repo's, too.
    scene.folder("../other").git_in("../other", &["init", "-q"]);
    install(&scene, "../other", &["a@1.0.0"]);
    scene.git_in("../other", &["add", "."]);
    let ran = run(&scene, "../other/some/folder", &["install", "a@1.1.0"]);
    let line = between(&ran, " commit ", " go back");
    assert_eq!(
        line,
        "git -C ../.. add .claude agentpkg.lock agentpkg.toml 'my docs'"
    );
    typed(&scene, "../other/some/folder", &line);
    assert_eq!(
        scene.git_in("../other", &["ls-files"]),
        "CLAUDE.md\nagentpkg.lock\nagentpkg.toml\n"
    );
}

/// Hides files by a pattern, installs, does what the hint says, and looks whether git has
/// everything then.
#[track_caller]
fn shown_to_the_team(place: &str, folder: &str, ignore: &str, pattern: &str) {
    let scene = scene();
    let rules: Vec<String> = (1..=5)
        .map(|number| format!("rules/r{number}.md"))
        .collect();
    let mut files: Vec<(&str, &str)> = rules.iter().map(|rule| (rule.as_str(), "r\n")).collect();
    files.push(("root.md", "r\n"));
    publish(
        &scene,
        "two 1.0.0",
        "[permissions]\ndeny = [\"Read(x)\"]\n",
        &files,
    );
    scene.folder(place).git_in(place, &["init", "-q"]);
    scene.write(
        &format!("{place}/{ignore}"),
        format!("# ours\n{pattern}\nlast\n"),
    );
    let registry = scene.path("../registry").display().to_string();
    let repo = format!("{place}/{folder}");
    scene.write(&format!("{repo}/.claude/settings.local.json"), "{}\n");
    let ran = run(
        &scene,
        place,
        &["install", "two", "--registry", &registry, "--repo", folder],
    );
    assert_eq!(ran.code, Some(1), "{pattern}: {}", ran.said());
    let hint = between(&ran, "hint: ", "\n");
    let named: Vec<&str> = hint.split('`').skip(1).step_by(2).collect();
    if hint.starts_with("git") {
        typed(&scene, place, &hint);
    } else {
        let (file, new) = named.split_last().unwrap();
        let file = format!("{repo}/{file}");
        let new = match hint.starts_with("write") {
            true => format!("{}\n", new[0]),
            false => format!("{pattern}\n{}\n", new.join("\n")),
        };
        scene.replace(&file, &format!("{pattern}\n"), &new);
    }
    scene.git_in(&repo, &["add", "-A", "."]);
    let tracked = scene.git_in(&repo, &["ls-files"]);
    for file in [
        "CLAUDE.md",
        ".claude/settings.json",
        ".claude/rules/two/r1.md",
        ".claude/rules/two/r5.md",
    ] {
        assert!(
            tracked.lines().any(|line| line == file),
            "{pattern}: {hint}: {file} is hidden still\n{tracked}"
        );
    }
    if hint.starts_with("write") {
        assert!(
            !tracked.contains("settings.local.json"),
            "{pattern}: {hint}: what is personal is shown"
        );
    }
}

#[test]
fn the_hint_for_a_pattern_that_hides_files_works_when_typed() {
    for pattern in [
        ".claude/",
        ".claude",
        "/.claude/*",
        ".claude/**",
        ".claude/rules/",
        "rules",
        "/.claude/rules/two",
        ".claude/rules/two/*",
        "CLAUDE.md",
        "/CLAUDE.md",
        "*.md",
        "r1.*",
        "**/two/r1.md",
        "settings.json",
    ] {
        shown_to_the_team("../repo", ".", ".gitignore", pattern);
        shown_to_the_team("../repo", ".", ".git/info/exclude", pattern);
    }
}

#[test]
fn the_hint_for_a_pattern_works_where_the_repo_is_a_folder_of_gits() {
    for pattern in [
        ".claude/",
        "sub/.claude",
        "CLAUDE.md",
        "/sub/CLAUDE.md",
        "rules/",
        "sub/.claude/rules",
        "r1.md",
    ] {
        shown_to_the_team("../mono", "sub", ".gitignore", pattern);
    }
    for pattern in [".claude/", "/CLAUDE.md", "rules/", "r1.md"] {
        shown_to_the_team("../mono", "sub", "sub/.gitignore", pattern);
    }
}

const HOOK: &str =
    "[[hooks]]\nid = \"g\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/g.sh\"\n";

#[test]
fn undo_never_leaves_settings_that_run_a_script_it_took_away() {
    let scene = scene();
    publish(
        &scene,
        "a 1.0.0",
        HOOK,
        &[
            ("hooks/g.sh", "#!/bin/sh\n"),
            ("hooks/lib.sh", "x\n"),
            ("rules/a.md", "a\n"),
        ],
    );
    // The entry was edited: it stays, with its script and what lies beside it.
    install(&scene, "../edited", &["a"]);
    scene.replace(
        "../edited/.claude/settings.json",
        "\"Bash\"",
        "\"Bash|Edit\"",
    );
    run(&scene, "../edited", &["undo"]).says(1, &["kept"]);
    assert!(
        scene.path("../edited/.claude/hooks/a/g.sh").exists()
            && scene.path("../edited/.claude/hooks/a/g.hook").exists()
            && scene.path("../edited/.claude/hooks/a/lib.sh").exists()
            && scene.path("../edited/.claude/hooks/run").exists()
    );
    assert!(!scene.path("../edited/.claude/rules").exists());
    // The script was edited: it stays, and so does the entry that runs it.
    install(&scene, "../script", &["a"]);
    scene.write("../script/.claude/hooks/a/g.sh", "#!/bin/sh\nmine\n");
    run(&scene, "../script", &["undo"]).says(1, &["kept"]);
    assert!(
        scene
            .text("../script/.claude/settings.json")
            .contains("before-tool a/g ")
    );
    // Behind a link, settings are settings.
    fs::create_dir_all(scene.path("../linked/conf")).unwrap();
    std::os::unix::fs::symlink("conf", scene.path("../linked/.claude")).unwrap();
    install(&scene, "../linked", &["a"]);
    scene.replace(
        "../linked/.claude/settings.json",
        "{\n  \"hooks\"",
        "{\n  \"model\": \"x\",\n  \"hooks\"",
    );
    run(&scene, "../linked", &["undo"]).says(0, &["undid"]);
    assert_eq!(
        scene.text("../linked/conf/settings.json"),
        "{\n  \"model\": \"x\"\n}\n"
    );
    assert!(!scene.path("../linked/conf/hooks").exists());
}

#[test]
fn a_file_that_was_used_is_not_taken_for_a_clones() {
    let scene = scene();
    let permissions = "[permissions]\ndeny = [\"Read(a)\", \"Read(b)\"]\n";
    publish(&scene, "c 1.0.0", permissions, &[("rules/r.md", "r\n")]);
    scene.git(&["init", "-q"]);
    install(&scene, "", &["c"]);
    scene.write(".gitignore", ".claude/\n");
    let lock = scene.text("agentpkg.lock");
    // The team took a rule out; later the one whole file is lost.
    scene.replace(".claude/settings.json", "\"Read(a)\",\n      ", "");
    fs::remove_file(scene.path(".claude/rules/c/r.md")).unwrap();
    fs::remove_file(scene.path(".agentpkg/seen")).unwrap();
    run(&scene, "", &["install"]).says(0, &["restored"]);
    assert!(!scene.text(".claude/settings.json").contains("Read(a)"));
    assert_eq!(scene.text("agentpkg.lock"), lock);
}

#[test]
fn facts_that_no_template_uses_are_no_input() {
    let scene = scene();
    publish(&scene, "a 1.0.0", "", &[("rules/a.md", "a\n")]);
    install(&scene, "", &["a"]);
    scene.write("AGENTS.md", "ours\n");
    run(&scene, "", &["check"]).says(0, &["ok"]);
    run(&scene, "", &["install", "--locked"]).says(0, &[NOTHING]);
    run(&scene, "", &["install"]).says(0, &[NOTHING]);
}

#[test]
fn blocks_of_two_templates_survive_an_editor_that_takes_the_last_newline() {
    let scene = scene();
    for name in ["a", "b"] {
        publish(&scene, &format!("{name} 1.0.0"), "", &[("root.md", name)]);
    }
    install(&scene, "", &["a"]);
    let text = scene.text("CLAUDE.md");
    scene.write("CLAUDE.md", text.trim_end());
    install(&scene, "", &["b"]);
    scene.replace("agentpkg.toml", "b = \"^1.0\"\n", "");
    run(&scene, "", &["install"]).says(0, &["removed b 1.0.0"]);
    assert_eq!(scene.text("CLAUDE.md"), text);
    scene.write("CLAUDE.md", format!("{text}mine\n"));
    run(&scene, "", &["undo"]).says(0, &["undid"]);
    assert!(scene.text("CLAUDE.md").contains("mine\n"));
}

#[test]
fn what_goes_wrong_is_said_even_where_it_is_to_be_quiet() {
    let scene = scene();
    publish(&scene, "a 1.0.0", HOOK, &[("hooks/g.sh", "#!/bin/sh\n")]);
    install(&scene, "", &["a"]);
    run(&scene, "", &["check", "-q"]).says(0, &[]).never("ok");
    fs::remove_file(scene.path(".claude/hooks/a/g.sh")).unwrap();
    run(&scene, "", &["check", "-q"]).says(1, &["g.sh"]);
    run(&scene, "", &["status", "-q"]).says(0, &["a 1.0.0"]);
    run(&scene, "", &["upgrade", "-q", "b"]).says(2, &["`b` is not installed"]);
    run(&scene, "", &["status", "--repo", "nowhere"]).says(2, &["there is no folder"]);
}

#[test]
fn a_git_that_fails_is_said_and_is_no_answer() {
    let scene = scene();
    publish(
        &scene,
        "a 1.0.0",
        "",
        &[("rules/a.md", "a\n"), ("rules/b.md", "b\n")],
    );
    scene.git(&["init", "-q"]);
    let config = scene.text(".git/config");
    scene.write(".git/config", "no configuration\n");
    // An install doesn't depend on git, but says what nobody knows.
    let registry = scene.path("../registry").display().to_string();
    let ran = run(&scene, "", &["install", "a", "--registry", &registry]);
    ran.says(
        0,
        &[
            "installed a 1.0.0",
            "nobody can say what git hides",
            "bad config",
        ],
    );
    // Whether an absent file is missing or deleted does: nothing is decided, and nothing recorded.
    fs::remove_file(scene.path(".claude/rules/a/a.md")).unwrap();
    let lock = scene.text("agentpkg.lock");
    for command in ["install", "check"] {
        run(&scene, "", &[command]).says(2, &["git does not say what it has", "bad config"]);
    }
    assert_eq!(scene.text("agentpkg.lock"), lock);
    scene.write(".git/config", &config);
    run(&scene, "", &["install"]).says(0, &["still deleted"]);
}

#[test]
fn a_restore_in_a_clone_leaves_the_lock_alone() {
    let scene = scene();
    let permissions = "[permissions]\ndeny = [\"Read(a)\"]\n";
    publish(
        &scene,
        "a 1.0.0",
        permissions,
        &[("rules/a.md", "a\n"), ("root.md", "r\n")],
    );
    scene.git(&["init", "-q"]);
    scene.write("CLAUDE.md", "ours\n");
    scene.write(".claude/settings.json", "{}\n");
    install(&scene, "", &["a"]);
    let lock = scene.text("agentpkg.lock");
    scene.write(".gitignore", ".claude/\nCLAUDE.md\n");
    fs::remove_dir_all(scene.path(".claude")).unwrap();
    fs::remove_file(scene.path("CLAUDE.md")).unwrap();
    run(&scene, "", &["install"]).says(0, &["restored"]);
    assert_eq!(scene.text("agentpkg.lock"), lock);
}

#[test]
fn a_settings_file_with_nothing_in_it_is_one_without_entries() {
    let manifest = "[permissions]\ndeny = [\"Read(a)\"]\n[mcp.docs]\ncommand = \"docs\"\n";
    const FILES: [&str; 2] = [".claude/settings.json", ".mcp.json"];
    for empty in ["", "\n", " \r\n\n", "\u{feff}", "\u{feff}\n"] {
        let scene = scene();
        publish(&scene, "a 1.0.0", manifest, &[("rules/a.md", "a\n")]);
        let empty_them = || FILES.iter().for_each(|file| _ = scene.write(file, empty));
        empty_them();
        install(&scene, "", &["a"]);
        for (file, entry) in FILES.into_iter().zip(["Read(a)", "docs"]) {
            let text = scene.text(file);
            let text = text.replace("\r\n", "\n");
            assert!(
                text.starts_with("{\n  \"") && text.ends_with("\n}\n"),
                "{text:?}"
            );
            assert!(text.contains(entry), "{text}");
        }
        run(&scene, "", &["install"]).says(0, &[NOTHING]);
        run(&scene, "", &["status"]).says(0, &["nothing: every file is as it was installed"]);
        run(&scene, "", &["check"]).exits(0);
        run(&scene, "", &["lint"]).exits(0);
        run(&scene, "", &["undo"]).exits(0);
        assert_eq!(FILES.map(|file| scene.text(file)), [empty; 2]);
        install(&scene, "", &["a"]);
        // Cut off later: it says so, and nothing fills it again.
        empty_them();
        run(&scene, "", &["status"]).says(0, &["edited"]);
        run(&scene, "", &["check"])
            .says(1, &["it is empty: nothing of what was installed is in it"])
            .never("agentpkg install");
        run(&scene, "", &["diff"]).says(0, &["-", "Read(a)"]);
        // Of a byte order mark lint says what it does, whatever is behind it.
        run(&scene, "", &["lint"]).exits(i32::from(empty.starts_with('\u{feff}')));
        run(&scene, "", &["install"]).exits(0);
        publish(&scene, "a 1.1.0", manifest, &[("rules/a.md", "b\n")]);
        run(&scene, "", &["upgrade"]).exits(0);
        assert_eq!(FILES.map(|file| scene.text(file)), [empty; 2]);
        run(&scene, "", &["remove", "a"]).exits(0);
        assert_eq!(FILES.map(|file| scene.text(file)), [empty; 2]);
    }
}

#[test]
fn a_text_may_show_how_blocks_and_conflicts_are_marked() {
    let shown = "# Ours\n\n```md\n<!-- BEGIN agentpkg a -->\nx\n<!-- END agentpkg a -->\n```\n\n\
                 1. So it looks:\n\n   ~~~\n   <<<<<<< local\n   a\n   =======\n   b\n   >>>>>>> c\n   ~~~\n\n\
                 ````\n<<<<<<< local\na\n||||||| a 1.0.0\n=======\nb\n>>>>>>> a 1.1.0\n````\n";
    for behind in ["", "\n```sh\nnever closed\n", "\n~~~\nnever closed"] {
        let scene = scene();
        publish(
            &scene,
            "a 1.0.0",
            "",
            &[("root.md", "one\n\n```\ncode\n```\n")],
        );
        let ours = format!("{shown}{behind}");
        scene.write("CLAUDE.md", &ours);
        install(&scene, "", &["a"]);
        assert!(scene.text("CLAUDE.md").starts_with(&ours));
        run(&scene, "", &["install"]).says(0, &[NOTHING]);
        run(&scene, "", &["check"]).exits(0);
        run(&scene, "", &["lint"]).never("conflict marker");
        publish(
            &scene,
            "a 1.1.0",
            "",
            &[("root.md", "two\n\n```\ncode\n```\n")],
        );
        run(&scene, "", &["upgrade"]).exits(0);
        let upgraded = scene.text("CLAUDE.md");
        assert!(
            upgraded.starts_with(&ours) && upgraded.contains("two\n"),
            "{upgraded}"
        );
        assert_eq!(upgraded.matches("BEGIN agentpkg a").count(), 2);
        run(&scene, "", &["remove", "a"]).exits(0);
        assert_eq!(scene.text("CLAUDE.md"), ours);
    }
}

#[test]
fn a_file_that_a_formatter_went_over_is_reformatted_and_does_not_conflict() {
    let scene = scene();
    let installed = "# Rules\n* Run the _tests_.\n* Ask __first__.\n* Be brief.\n\n\
                     |a|b|\n|-|-|\n|one|1|\n|two|2|\n";
    let formatted = "# Rules\n\n- Run the *tests*.\n- Ask **first**.\n- Be brief.\n\n\
                     | a   | b   |\n| --- | --- |\n| one | 1   |\n| two | 2   |\n";
    publish(
        &scene,
        "a 1.0.0",
        "",
        &[("rules/a.md", installed), ("root.md", installed)],
    );
    install(&scene, "", &["a"]);
    scene.write(".claude/rules/a/a.md", format!("{FOR_COPILOT}{formatted}"));
    scene.replace("CLAUDE.md", installed, formatted);
    run(&scene, "", &["status"]).says(0, &["reformatted 2 files"]);
    let news = installed
        .replace("Be brief.", "Be brief, always.")
        .replace("|two|2|", "|two|3|");
    publish(
        &scene,
        "a 1.1.0",
        "",
        &[("rules/a.md", &news), ("root.md", &news)],
    );
    run(&scene, "", &["upgrade"]).exits(0);
    let expected = formatted
        .replace("Be brief.", "Be brief, always.")
        .replace("| two | 2   |", "|two|3|");
    scene.has_rule(".claude/rules/a/a.md", expected.as_str());
    assert!(scene.text("CLAUDE.md").contains(&expected));
}
