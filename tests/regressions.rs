//! What once went wrong, and holds since: the binary in a temporary folder, a sentence a case.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A registry, repos that use it, and nobody to ask.
struct Scene(TempDir);

/// What a command said, on one line, and its exit code.
struct Ran {
    code: i32,
    said: String,
}

impl Scene {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}:\n{text}");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// Trusts a registry: its templates are shown, and not asked about.
    fn trust(&self, registry: &str) {
        let config = self.path("config/agentpkg/config.toml");
        let known = fs::read_to_string(config).unwrap_or_default();
        let entry =
            format!("[registries.{registry}]\nurl = \"../../{registry}\"\ntrust = \"all\"\n");
        if !known.contains(&entry) {
            self.write("config/agentpkg/config.toml", &(known + &entry));
        }
    }

    /// Publishes `NAME VERSION` to `registry`.
    #[track_caller]
    fn publish_to(&self, registry: &str, release: &str, manifest: &str, files: &[(&str, &str)]) {
        let (name, version) = release.split_once(' ').unwrap();
        let folder = format!("source/{registry}/{name}-{version}");
        let about = format!(
            "[template]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"d\"\n"
        );
        self.write(
            &format!("{folder}/template.toml"),
            &format!("{about}{manifest}"),
        );
        self.write(&format!("{folder}/README.md"), "r\n");
        self.write(
            &format!("{folder}/CHANGELOG.md"),
            &format!("## [{version}]\n- x\n"),
        );
        for (path, text) in files {
            self.write(&format!("{folder}/{path}"), text);
        }
        let ran = self.run(".", &["publish", &folder, "--registry", registry]);
        assert_eq!(ran.code, 0, "{}", ran.said);
        self.trust(registry);
    }

    #[track_caller]
    fn publish(&self, release: &str, manifest: &str, files: &[(&str, &str)]) {
        self.publish_to("registry", release, manifest, files);
    }

    fn run(&self, folder: &str, arguments: &[&str]) -> Ran {
        let here = self.path(folder);
        fs::create_dir_all(&here).unwrap();
        let output = command(
            Path::new(env!("CARGO_BIN_EXE_agentpkg")),
            &here,
            self.0.path(),
            arguments,
        );
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text).unwrap().replace(
            &fs::canonicalize(self.0.path())
                .unwrap()
                .display()
                .to_string(),
            "",
        );
        let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ran {
            code: output.status.code().unwrap(),
            said,
        }
    }

    /// Installs from the registry, quietly expecting it to work.
    #[track_caller]
    fn install(&self, repo: &str, arguments: &[&str]) {
        let registry = self.path("registry").display().to_string();
        let mut all = vec!["install"];
        all.extend(arguments);
        if !self.path(repo).join("agentpkg.toml").exists() {
            all.extend(["--registry", &registry]);
        }
        let ran = self.run(repo, &all);
        assert_eq!(ran.code, 0, "{}", ran.said);
    }

    #[track_caller]
    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let here = self.path(folder);
        fs::create_dir_all(&here).unwrap();
        let output = command(Path::new("git"), &here, self.0.path(), arguments);
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Runs a program that knows nothing of this machine's configuration.
fn command(program: &Path, here: &Path, home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command
        .current_dir(here)
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("CI", "true");
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env_remove("AGENTPKG_REGISTRY")
        .args(arguments)
        .output()
        .unwrap()
}

impl Ran {
    #[track_caller]
    fn says(&self, code: i32, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.said.contains(part), "not said: {part}\n{}", self.said);
        }
        assert_eq!(self.code, code, "{}", self.said);
        self
    }

    #[track_caller]
    fn never(&self, part: &str) -> &Self {
        assert!(!self.said.contains(part), "said: {part}\n{}", self.said);
        self
    }
}

const NOTHING: &str = "nothing to do";

#[test]
fn carriage_returns_that_git_put_in_are_no_change() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.install("repo", &["a"]);
    for file in ["repo/agentpkg.toml", "repo/agentpkg.lock"] {
        let text = scene.read(file).replace('\n', "\r\n");
        scene.write(file, &text);
        scene.run("repo", &["install"]).says(0, &[NOTHING]);
        scene
            .run("repo", &["install", "--locked"])
            .says(0, &[NOTHING]);
        assert_eq!(scene.read(file), text);
    }
}

#[test]
fn a_template_can_be_removed_together_with_its_registry() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.publish_to("lab", "b 1.0.0", "", &[("rules/b.md", "b\n")]);
    scene.install("repo", &["a"]);
    let before = scene.read("repo/agentpkg.toml");
    let entry = "b = { version = \"^1\", registry = \"lab\" }\n";
    scene.write(
        "repo/agentpkg.toml",
        &format!("{before}{entry}[registries.lab]\nurl = \"../lab\"\n"),
    );
    scene.install("repo", &[]);
    scene.write("repo/agentpkg.toml", &before);
    scene
        .run("repo", &["install"])
        .says(0, &["removed b 1.0.0"]);
    assert!(!scene.path("repo/.claude/rules/b").exists());
}

#[test]
fn a_template_can_be_removed_after_its_registry_lost_it() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.publish("b 1.0.0", "", &[("rules/b.md", "b\n")]);
    scene.install("repo", &["a", "b"]);
    fs::remove_file(scene.path("registry/index/b.json")).unwrap();
    scene
        .run("repo", &["install"])
        .says(2, &["`b` 1.0.0 is locked", "no longer has `b`"]);
    scene.edit("repo/agentpkg.toml", "b = \"^1.0\"\n", "");
    scene
        .run("repo", &["install"])
        .says(0, &["removed b 1.0.0"]);
}

#[test]
fn a_release_that_its_registry_lost_moves_nobody() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.install("repo", &["a"]);
    fs::remove_dir_all(scene.path("registry")).unwrap();
    scene.publish("a 1.1.0", "", &[("rules/a.md", "a\n")]);
    scene
        .run("repo", &["install"])
        .says(2, &["`a` 1.0.0 is locked", "agentpkg install a@^1"]);
}

#[test]
fn a_registry_with_two_names_is_one_registry() {
    let scene = Scene::new();
    scene.publish(
        "a 1.0.0",
        "[dependencies]\nd = \"^1\"\n",
        &[("rules/a.md", "a\n")],
    );
    scene.publish("d 1.0.0", "", &[("rules/d.md", "d\n")]);
    let other = "[registries.alab]\nurl = \"../registry\"\n";
    let rest = "[registries.default]\nurl = \"../registry\"\n[templates]\na = \"^1\"\n";
    scene.write("repo/agentpkg.toml", &format!("{other}{rest}"));
    scene.install("repo", &[]);
    assert_eq!(
        scene
            .read("repo/agentpkg.lock")
            .matches("registry = \"default\"")
            .count(),
        2
    );
    scene.publish("a 1.1.0", "", &[("rules/a.md", "news\n")]);
    // What is locked stays, whatever its registry is called.
    scene.edit(
        "repo/agentpkg.toml",
        "a = \"^1\"",
        "a = { version = \"^1\", registry = \"alab\" }",
    );
    scene.install("repo", &[]);
    scene.edit("repo/agentpkg.toml", "alab", "blab");
    scene.edit("repo/agentpkg.toml", "alab", "blab");
    scene.install("repo", &[]);
    assert!(
        scene
            .read("repo/agentpkg.lock")
            .contains("a = { version = \"1.0.0\", registry = \"blab\"")
    );
    assert_eq!(scene.read("repo/.claude/rules/a/a.md"), "a\n");
}

#[test]
fn another_registry_on_the_command_line_is_told_from_a_second_one() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.publish_to("second", "q 1.0.0", "", &[("rules/q.md", "q\n")]);
    scene.install("repo", &["a"]);
    let ran = scene.run("repo", &["install", "q", "--registry", "../second"]);
    ran.says(
        2,
        &[
            "`a` 1.0.0 is locked, and `../second` no longer has `a`",
            "`--registry` takes the place of the registry in `agentpkg.toml`",
        ],
    );
    ran.says(
        2,
        &[
            "add `[registries.lab]` with `url = \"/second\"`",
            "`q = { version = \"*\", registry = \"lab\" }`",
        ],
    );
    // The same where the other registry has the template, and not the release.
    scene.publish_to("second", "a 2.0.0", "", &[("rules/a.md", "a\n")]);
    scene
        .run("repo", &["install", "q", "--registry", "../second"])
        .says(2, &["second registry"])
        .never("another release");
    let text = scene.read("repo/agentpkg.toml");
    let text = format!(
        "{text}q = {{ version = \"*\", registry = \"lab\" }}\n[registries.lab]\nurl = \"../second\"\n"
    );
    scene.write("repo/agentpkg.toml", &text);
    scene
        .run("repo", &["install"])
        .says(0, &["installed q 1.0.0"]);
}

const TEAM: &str = "[questions.team]\nask = \"?\"\nkind = \"text\"\n";

#[test]
fn locked_names_every_input_that_does_not_fit_and_so_does_check() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", TEAM, &[("root.md.jinja", "{{ team }}\n")]);
    scene.write("repo/AGENTS.md", "ours\n");
    scene.install("repo", &["a", "--set", "team=x"]);
    scene.run("repo", &["check"]).says(0, &["ok"]);
    scene.edit("repo/agentpkg.toml", "team = \"x\"", "team = \"y\"");
    scene.edit(
        "repo/agentpkg.toml",
        "a = \"^1.0\"",
        "a = { version = \"^1.0\", registry = \"lab\" }",
    );
    let text = scene.read("repo/agentpkg.toml");
    scene.write(
        "repo/agentpkg.toml",
        &format!("{text}[registries.lab]\nurl = \"../registry\"\n"),
    );
    scene.edit("repo/agentpkg.lock", "renderer = 1", "renderer = 0");
    fs::remove_file(scene.path("repo/AGENTS.md")).unwrap();
    scene.run("repo", &["install", "--locked"]).says(
        2,
        &[
            "`--locked` forbids to change it",
            "the answer to `team`: \"x\" locked, \"y\" wanted",
            "the registry of `a`: `default` locked, `lab` wanted",
            "what the root instructions import: `AGENTS.md` locked, nothing here",
            "the renderer: 0 locked, 1 here",
        ],
    );
    scene.run("repo", &["check"]).says(
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
    let scene = Scene::new();
    scene.publish(
        "a 1.0.0",
        TEAM,
        &[
            ("root.md.jinja", "{{ team }}\n"),
            ("rules/a.md", "a\n"),
            ("rules/b.md", "b\n"),
        ],
    );
    scene.install("repo", &["a", "--set", "team=x"]);
    scene.edit("repo/agentpkg.toml", "team = \"x\"", "team = \"y\"");
    scene.run("repo", &["install", "--dry-run"]).says(
        0,
        &["would have applied the answers of `agentpkg.toml` (nothing"],
    );
    scene
        .run("repo", &["install"])
        .says(0, &["applied the answers of `agentpkg.toml`"])
        .never("brought");
    fs::remove_file(scene.path("repo/.claude/rules/a/a.md")).unwrap();
    scene
        .run("repo", &["install"])
        .says(0, &["updated `agentpkg.lock`"])
        .never("brought");
    fs::remove_dir_all(scene.path("repo/.claude")).unwrap();
    fs::remove_file(scene.path("repo/CLAUDE.md")).unwrap();
    scene
        .run("repo", &["install"])
        .says(0, &["restored 2 missing files"])
        .never("brought");
}

#[test]
fn a_broken_lock_stops_only_what_needs_it() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.install("repo", &["a"]);
    let lock = scene.read("repo/agentpkg.lock");
    scene.write("repo/.claude/settings.json", "{,}");
    for (broken, finding) in [
        (
            format!("<<<<<<< HEAD\n{lock}"),
            "lock `agentpkg.lock` line 1 is a conflict marker",
        ),
        (
            lock.replace("[files]", "[fils]"),
            "lock `agentpkg.lock` line",
        ),
    ] {
        scene.write("repo/agentpkg.lock", &broken);
        scene.run("repo", &["search"]).says(0, &["a 1.0.0"]);
        scene.run("repo", &["info", "a"]).says(0, &["a 1.0.0"]);
        scene
            .run("repo", &["publish", "../source/registry/a-1.0.0"])
            .says(0, &["is published with these contents"]);
        scene
            .run("repo", &["yank", "a@1.0.0", "--undo"])
            .says(0, &["offered again"]);
        scene
            .run("repo", &["check"])
            .says(1, &[finding, "invalid", "git checkout"]);
        scene.run("repo", &["install"]).says(2, &["agentpkg.lock"]);
    }
    scene.write(
        "repo/agentpkg.lock",
        &lock.replace("format = 1", "format = 2"),
    );
    scene.run("repo", &["check"]).says(2, &["update agentpkg"]);
}

#[test]
fn an_answer_to_no_question_is_said_with_the_nearest() {
    let scene = Scene::new();
    scene.publish(
        "a 1.0.0",
        &format!("{TEAM}default = \"none\"\n"),
        &[("root.md.jinja", "{{ team }}\n")],
    );
    scene.install("repo", &["a", "--set", "team=x"]);
    scene.edit("repo/agentpkg.toml", "team =", "teem =");
    let ran = scene.run("repo", &["install"]);
    ran.says(
        0,
        &[
            "no template asks for the answer `teem`",
            "give `team` the value of `teem` in `agentpkg.toml`, and take `teem` out",
        ],
    );
    scene.run("repo", &["check"]).says(
        0,
        &[
            "no template asks for the answer `teem`",
            "give `team` the value of `teem`",
        ],
    );
    scene
        .run("repo", &["check", "--strict"])
        .says(1, &["answer `agentpkg.toml`: no template asks"]);
    scene.edit(
        "repo/agentpkg.toml",
        "teem = \"x\"\nteam = \"none\"",
        "team = \"x\"",
    );
    scene
        .run("repo", &["install"])
        .says(0, &["applied the answers"])
        .never("no template asks");
}

#[test]
fn a_person_is_needed_where_what_was_released_can_still_run() {
    let scene = Scene::new();
    let hook = "[[hooks]]\nid = \"g\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/g.sh\"\n";
    scene.publish(
        "f 1.0.0",
        hook,
        &[("hooks/g.sh", "#!/bin/sh\n"), ("rules/r.md", "r\n")],
    );
    scene.publish("f 2.0.0", "", &[("rules/n.md", "n\n")]);
    scene.install("repo", &["f@1.0.0"]);
    scene.edit("repo/.claude/settings.json", "\"Bash\"", "\"Bash|Edit\"");
    scene.edit("repo/.claude/rules/f/r.md", "r", "ours");
    let ran = scene.run("repo", &["install", "f@2.0.0"]);
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
    scene.run("repo", &["install"]).says(0, &[NOTHING]);
    // A text that is released runs nothing.
    scene.install("other", &["f@1.0.0"]);
    scene.edit("other/.claude/rules/f/r.md", "r", "ours");
    scene
        .run("other", &["install", "f@2.0.0"])
        .says(0, &["released"])
        .never("can still run");
}

/// What is said between two words.
#[track_caller]
fn between<'a>(ran: &'a Ran, from: &str, to: &str) -> &'a str {
    let rest = ran
        .said
        .split_once(from)
        .unwrap_or_else(|| panic!("no {from}: {}", ran.said))
        .1;
    rest.split_once(to).map_or(rest, |(found, _)| found)
}

/// Types a command into a shell.
#[track_caller]
fn typed(scene: &Scene, folder: &str, line: &str) {
    let output = command(
        Path::new("sh"),
        &scene.path(folder),
        scene.0.path(),
        &["-c", line],
    );
    assert!(
        output.status.success(),
        "{line}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn what_to_commit_can_be_typed() {
    let scene = Scene::new();
    let files = [
        ("rules/a.md", "a\n"),
        ("root.md", "r\n"),
        ("files/my docs/it's.md", "x\n"),
    ];
    scene.publish("a 1.0.0", "", &files);
    scene.publish("a 1.1.0", "", &[("root.md", "r\n")]);
    scene.git("repo", &["init", "-q"]);
    scene.write("repo/.gitignore", "CLAUDE.md\n");
    let registry = scene.path("registry").display().to_string();
    let ran = scene.run("repo", &["install", "a@1.0.0", "--registry", &registry]);
    assert_eq!(
        between(&ran, " commit ", " go back"),
        "git add .claude agentpkg.lock agentpkg.toml 'my docs'"
    );
    // Never committed, and gone: nothing to add.
    let ran = scene.run("repo", &["install", "a@1.1.0"]);
    assert_eq!(
        between(&ran, " commit ", " go back"),
        "git add agentpkg.lock agentpkg.toml"
    );
    typed(&scene, "repo", between(&ran, " commit ", " go back"));
    // Committed, and gone: the removal is to be added. From a folder of the repo's, too.
    scene.git("other", &["init", "-q"]);
    scene.install("other", &["a@1.0.0"]);
    scene.git("other", &["add", "."]);
    let ran = scene.run("other/some/folder", &["install", "a@1.1.0"]);
    let line = between(&ran, " commit ", " go back");
    assert_eq!(
        line,
        "git -C ../.. add .claude agentpkg.lock agentpkg.toml 'my docs'"
    );
    typed(&scene, "other/some/folder", line);
    assert_eq!(
        scene.git("other", &["ls-files"]),
        "CLAUDE.md\nagentpkg.lock\nagentpkg.toml\n"
    );
}

/// Hides files by a pattern, installs, does what the hint says, and looks whether git has
/// everything then.
#[track_caller]
fn shown_to_the_team(place: &str, folder: &str, ignore: &str, pattern: &str) {
    let scene = Scene::new();
    let rules: Vec<String> = (1..=5)
        .map(|number| format!("rules/r{number}.md"))
        .collect();
    let mut files: Vec<(&str, &str)> = rules.iter().map(|rule| (rule.as_str(), "r\n")).collect();
    files.push(("root.md", "r\n"));
    scene.publish("two 1.0.0", "[permissions]\ndeny = [\"Read(x)\"]\n", &files);
    scene.git(place, &["init", "-q"]);
    scene.write(
        &format!("{place}/{ignore}"),
        &format!("# ours\n{pattern}\nlast\n"),
    );
    let registry = scene.path("registry").display().to_string();
    let repo = format!("{place}/{folder}");
    scene.write(&format!("{repo}/.claude/settings.local.json"), "{}\n");
    let ran = scene.run(
        place,
        &["install", "two", "--registry", &registry, "--repo", folder],
    );
    assert_eq!(ran.code, 1, "{pattern}: {}", ran.said);
    let hint = between(&ran, "hint: ", "\n").to_owned();
    let named: Vec<&str> = hint.split('`').skip(1).step_by(2).collect();
    if hint.starts_with("git") {
        typed(&scene, place, &hint);
    } else {
        let (file, new) = named.split_last().unwrap();
        let file = format!("{repo}/{file}");
        match hint.starts_with("write") {
            true => scene.edit(&file, &format!("{pattern}\n"), &format!("{}\n", new[0])),
            false => scene.edit(
                &file,
                &format!("{pattern}\n"),
                &format!("{pattern}\n{}\n", new.join("\n")),
            ),
        }
    }
    scene.git(&repo, &["add", "-A", "."]);
    let tracked = scene.git(&repo, &["ls-files"]);
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
        shown_to_the_team("repo", ".", ".gitignore", pattern);
        shown_to_the_team("repo", ".", ".git/info/exclude", pattern);
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
        shown_to_the_team("mono", "sub", ".gitignore", pattern);
    }
    for pattern in [".claude/", "/CLAUDE.md", "rules/", "r1.md"] {
        shown_to_the_team("mono", "sub", "sub/.gitignore", pattern);
    }
}

const HOOK: &str =
    "[[hooks]]\nid = \"g\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/g.sh\"\n";

#[test]
fn undo_never_leaves_settings_that_run_a_script_it_took_away() {
    let scene = Scene::new();
    scene.publish(
        "a 1.0.0",
        HOOK,
        &[
            ("hooks/g.sh", "#!/bin/sh\n"),
            ("hooks/lib.sh", "x\n"),
            ("rules/a.md", "a\n"),
        ],
    );
    // The entry was edited: it stays, with its script and what lies beside it.
    scene.install("edited", &["a"]);
    scene.edit("edited/.claude/settings.json", "\"Bash\"", "\"Bash|Edit\"");
    scene.run("edited", &["undo"]).says(1, &["kept"]);
    assert!(
        scene.path("edited/.claude/hooks/a/g.sh").exists()
            && scene.path("edited/.claude/hooks/a/lib.sh").exists()
    );
    assert!(!scene.path("edited/.claude/rules").exists());
    // The script was edited: it stays, and so does the entry that runs it.
    scene.install("script", &["a"]);
    scene.write("script/.claude/hooks/a/g.sh", "#!/bin/sh\nmine\n");
    scene.run("script", &["undo"]).says(1, &["kept"]);
    assert!(
        scene
            .read("script/.claude/settings.json")
            .contains("hooks/a/g.sh")
    );
    // Behind a link, settings are settings.
    fs::create_dir_all(scene.path("linked/conf")).unwrap();
    std::os::unix::fs::symlink("conf", scene.path("linked/.claude")).unwrap();
    scene.install("linked", &["a"]);
    scene.edit(
        "linked/.claude/settings.json",
        "{\n  \"hooks\"",
        "{\n  \"model\": \"x\",\n  \"hooks\"",
    );
    scene.run("linked", &["undo"]).says(0, &["undid"]);
    assert_eq!(
        scene.read("linked/conf/settings.json"),
        "{\n  \"model\": \"x\"\n}\n"
    );
    assert!(!scene.path("linked/conf/hooks").exists());
}

#[test]
fn a_file_that_was_used_is_not_taken_for_a_clones() {
    let scene = Scene::new();
    let permissions = "[permissions]\ndeny = [\"Read(a)\", \"Read(b)\"]\n";
    scene.publish("c 1.0.0", permissions, &[("rules/r.md", "r\n")]);
    scene.git("repo", &["init", "-q"]);
    scene.install("repo", &["c"]);
    scene.write("repo/.gitignore", ".claude/\n");
    let lock = scene.read("repo/agentpkg.lock");
    // The team took a rule out; later the one whole file is lost.
    scene.edit("repo/.claude/settings.json", "\"Read(a)\",\n      ", "");
    fs::remove_file(scene.path("repo/.claude/rules/c/r.md")).unwrap();
    scene.run("repo", &["install"]).says(0, &["restored"]);
    assert!(!scene.read("repo/.claude/settings.json").contains("Read(a)"));
    assert_eq!(scene.read("repo/agentpkg.lock"), lock);
}

#[test]
fn facts_that_no_template_uses_are_no_input() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.install("repo", &["a"]);
    scene.write("repo/AGENTS.md", "ours\n");
    scene.run("repo", &["check"]).says(0, &["ok"]);
    scene
        .run("repo", &["install", "--locked"])
        .says(0, &[NOTHING]);
    scene.run("repo", &["install"]).says(0, &[NOTHING]);
}

#[test]
fn blocks_of_two_templates_survive_an_editor_that_takes_the_last_newline() {
    let scene = Scene::new();
    for name in ["a", "b"] {
        scene.publish(&format!("{name} 1.0.0"), "", &[("root.md", name)]);
    }
    scene.install("repo", &["a"]);
    let text = scene.read("repo/CLAUDE.md");
    scene.write("repo/CLAUDE.md", text.trim_end());
    scene.install("repo", &["b"]);
    scene.edit("repo/agentpkg.toml", "b = \"^1.0\"\n", "");
    scene
        .run("repo", &["install"])
        .says(0, &["removed b 1.0.0"]);
    assert_eq!(scene.read("repo/CLAUDE.md"), text);
    scene.write("repo/CLAUDE.md", &format!("{text}mine\n"));
    scene.run("repo", &["undo"]).says(0, &["undid"]);
    assert!(scene.read("repo/CLAUDE.md").contains("mine\n"));
}

#[test]
fn what_goes_wrong_is_said_even_where_it_is_to_be_quiet() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", HOOK, &[("hooks/g.sh", "#!/bin/sh\n")]);
    scene.install("repo", &["a"]);
    scene.run("repo", &["check", "-q"]).says(0, &[]).never("ok");
    fs::remove_file(scene.path("repo/.claude/hooks/a/g.sh")).unwrap();
    scene.run("repo", &["check", "-q"]).says(1, &["g.sh"]);
    scene.run("repo", &["status", "-q"]).says(0, &["a 1.0.0"]);
    scene
        .run("repo", &["upgrade", "-q", "b"])
        .says(2, &["`b` is not installed"]);
    scene
        .run("repo", &["status", "--repo", "nowhere"])
        .says(2, &["there is no folder"]);
}

#[test]
fn a_git_that_fails_is_said_and_is_no_answer() {
    let scene = Scene::new();
    scene.publish(
        "a 1.0.0",
        "",
        &[("rules/a.md", "a\n"), ("rules/b.md", "b\n")],
    );
    scene.git("repo", &["init", "-q"]);
    let config = scene.read("repo/.git/config");
    scene.write("repo/.git/config", "no configuration\n");
    // An install doesn't depend on git, but says what nobody knows.
    let registry = scene.path("registry").display().to_string();
    let ran = scene.run("repo", &["install", "a", "--registry", &registry]);
    ran.says(
        0,
        &[
            "installed a 1.0.0",
            "nobody can say what git hides",
            "bad config",
        ],
    );
    // Whether an absent file is missing or deleted does: nothing is decided, and nothing recorded.
    fs::remove_file(scene.path("repo/.claude/rules/a/a.md")).unwrap();
    let lock = scene.read("repo/agentpkg.lock");
    for command in ["install", "check"] {
        scene
            .run("repo", &[command])
            .says(2, &["git can't say which files it ignores", "bad config"]);
    }
    assert_eq!(scene.read("repo/agentpkg.lock"), lock);
    scene.write("repo/.git/config", &config);
    scene.run("repo", &["install"]).says(0, &["stays gone"]);
}

#[test]
fn a_restore_in_a_clone_leaves_the_lock_alone() {
    let scene = Scene::new();
    let permissions = "[permissions]\ndeny = [\"Read(a)\"]\n";
    scene.publish(
        "a 1.0.0",
        permissions,
        &[("rules/a.md", "a\n"), ("root.md", "r\n")],
    );
    scene.git("repo", &["init", "-q"]);
    scene.write("repo/CLAUDE.md", "ours\n");
    scene.write("repo/.claude/settings.json", "{}\n");
    scene.install("repo", &["a"]);
    let lock = scene.read("repo/agentpkg.lock");
    scene.write("repo/.gitignore", ".claude/\nCLAUDE.md\n");
    fs::remove_dir_all(scene.path("repo/.claude")).unwrap();
    fs::remove_file(scene.path("repo/CLAUDE.md")).unwrap();
    scene.run("repo", &["install"]).says(0, &["restored"]);
    assert_eq!(scene.read("repo/agentpkg.lock"), lock);
}
