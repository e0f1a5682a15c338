//! What is said of a registry that isn't there, isn't one, or isn't what it was.

use agentpkg::model::digest::Digest;
use snapbox::str;
use support::Scene;

use super::templates::{REVIEWER, REVIEWER_LATER, reviewer};

const INDEX: &str = "../registry/index/reviewer.json";

#[test]
fn an_address_is_a_folder_or_embedded() {
    let scene = Scene::new();
    scene
        .run("agentpkg search --registry ../nowhere")
        .prints(str![[r#"
(standard error)
error: there is no registry at `../nowhere`: it has no `registry.json`
hint: check its address; publishing makes one: `agentpkg publish TEMPLATE_DIR --registry ../nowhere`
(exit code 2)

"#]]);
    scene
        .run("agentpkg search --registry https://agents.example.org/")
        .prints(str![[r#"
(standard error)
error: failed to read `https://agents.example.org/catalog.json`
  caused by: connection refused (through `http://127.0.0.1:9/`, which `HTTPS_PROXY` names)
hint: where no proxy is needed: export NO_PROXY=agents.example.org
(exit code 2)

"#]]);
    scene
        .run("agentpkg search --registry file://registry")
        .prints(str![[r#"
(standard error)
error: `file://registry` names no absolute folder
hint: write `file:///` and the folder
(exit code 2)

"#]]);
    scene.run("agentpkg search --registry ''").prints(str![[r#"
(standard error)
error: a registry's address is empty
hint: name a folder (`../registry`), a git repository (`git+https://HOST/OWNER/NAME.git`,
  `git@HOST:OWNER/NAME.git`), a web server (`https://HOST/PATH/`) or `embedded`
(exit code 2)

"#]]);
    scene
        .run("agentpkg install reviewer --registry ../nowhere")
        .prints(str![[r#"
(standard error)
error: there is no registry at `../nowhere`: it has no `registry.json`
hint: check its address; publishing makes one: `agentpkg publish TEMPLATE_DIR --registry ../nowhere`
(exit code 2)

"#]]);
    scene.absent("agentpkg.toml");
}

#[test]
fn what_is_published_goes_to_a_folder_of_ones_own() {
    let scene = reviewer().edited("src/main.rs", "");
    scene
        .run("AGENTPKG_REGISTRY= agentpkg publish ../templates/reviewer")
        .prints(str![[r#"
(standard error)
error: the embedded registry can't be published to
hint: name one of your own: `--registry DIR`
(exit code 2)

"#]]);
    scene
        .run("agentpkg publish ../templates/reviewer --registry https://agents.example.org/")
        .prints(str![[r#"
(standard error)
error: `https://agents.example.org/` (named by `--registry`) is a web server, which can only be read
hint: name the folder that it serves, or a git repository: --registry DIR
(exit code 2)

"#]]);
    scene
        .run("agentpkg publish ../templates/reviewer --registry src")
        .prints(str![[r#"
(standard error)
error: `[SCENE]/repo/src` is no registry, and not empty
hint: name a registry, or a new folder to make one
(exit code 2)

"#]]);
    scene
        .run("agentpkg publish ../templates/reviewer --registry src/main.rs")
        .prints(str![[r#"
(standard error)
error: `[SCENE]/repo/src/main.rs` is not a folder
hint: name a registry, or a new folder to make one
(exit code 2)

"#]]);
    scene
        .run("agentpkg publish ../templates/reviewer --registry \"file://$PWD/../registry\"")
        .prints(str![[r#"
reviewer 1.0.0 is published already, with the same contents
  registry    [SCENE]/registry
  files       4 files, packed to 302 bytes
  tree        sha256:6fb059d00fd0566d9cf0f926faaa2e42cb73a056837f152b92784c98efda8c04

  for teams   agentpkg install reviewer --registry [SCENE]/registry

"#]]);
}

#[test]
fn a_yank_names_a_release_that_is_there() {
    let scene = reviewer();
    scene
        .run("agentpkg yank reviewer@2.0.0 --reason x")
        .prints(str![[r#"
(standard error)
error: `reviewer` has no release 2.0.0 in `[SCENE]/registry`
hint: its one release is `1.0.0`
(exit code 2)

"#]]);
    let scene = scene.published("reviewer", "1.1.0", REVIEWER_LATER);
    scene
        .run("agentpkg yank reviewer@2.0.0 --reason x")
        .prints(str![[r#"
(standard error)
error: `reviewer` has no release 2.0.0 in `[SCENE]/registry`
hint: its newest releases are `1.1.0` and `1.0.0`
(exit code 2)

"#]]);
    scene
        .run("agentpkg yank reviewr@1.0.0 --reason x")
        .prints(str![[r#"
(standard error)
error: no template named `reviewr` in `[SCENE]/registry`
hint: a template with a similar name exists: `reviewer`
(exit code 2)

"#]]);
    scene
        .run("agentpkg yank reviewer@1.0.0 --reason x --registry ../nowhere")
        .prints(str![[r#"
(standard error)
error: there is no registry at `[SCENE]/nowhere`: it has no `registry.json`
hint: check its address; publishing makes one: `agentpkg publish TEMPLATE_DIR --registry
  [SCENE]/nowhere`
(exit code 2)

"#]]);
    scene.absent("../nowhere");
    scene
        .run("agentpkg yank reviewer --reason x")
        .prints(str![[r#"
(standard error)
error: it is not said which release of `reviewer` is meant
hint: its releases: agentpkg info reviewer
hint: write it as `reviewer@VERSION`; to deprecate all of it: agentpkg yank reviewer --replaced-by OTHER
(exit code 2)

"#]]);
    scene
        .run("agentpkg yank reviewer@1 --reason x")
        .prints(str![[r#"
(standard error)
error: `1` is not a version: unexpected end of input while parsing major version number
hint: agentpkg yank reviewer@1.0.0 --reason x
(exit code 2)

"#]]);
    scene.run("agentpkg yank reviewer@1.0.0").prints(str![[r#"
(standard error)
error: it is not said why, which everybody who has it is told
hint: agentpkg yank reviewer@1.0.0 --reason WHY
(exit code 2)

"#]]);
}

#[test]
fn a_registry_holds_json_of_a_format_that_is_known() {
    let scene = reviewer().edited("../registry/catalog.json", "<html>\n");
    scene.run("agentpkg search").prints(str![[r#"
(standard error)
error: `[SCENE]/registry/catalog.json` is not what a registry holds
  caused by: it is a web page: of a sign-in, or of a server that has nothing there
hint: check the registry's address, and ask whoever keeps it
(exit code 2)

"#]]);
    let scene = scene.edited("../registry/catalog.json", "{\"format\": 2}\n");
    scene.run("agentpkg search").prints(str![[r#"
(standard error)
error: `[SCENE]/registry/catalog.json` has format 2; this agentpkg reads up
  to 1
hint: update agentpkg
(exit code 2)

"#]]);
    let scene = scene
        .deleted("../registry/catalog.json")
        .edited("../registry/catalog.json/x", "");
    scene.run("agentpkg search").prints(str![[r#"
(standard error)
error: failed to read `[SCENE]/registry/catalog.json`
  caused by: it is no file
(exit code 2)

"#]]);
    let scene = scene.replaced(INDEX, "sha256:", "md5:");
    scene.run("agentpkg info reviewer").prints(str![[r#"
(standard error)
error: `[SCENE]/registry/index/reviewer.json` line 7 is not what a registry
  holds
  caused by: `md5:6fb059d00fd0566d9cf0f926faaa2e42cb73a056837f152b92784c98efda8c04` is not a digest:
  expected `sha256:` and 64 hexadecimal digits at line 7 column 84
hint: check the registry's address, and ask whoever keeps it
(exit code 2)

"#]]);
}

#[test]
fn an_index_is_of_its_template_and_has_a_version_once() {
    let scene = reviewer().replaced(INDEX, "\"reviewer\"", "\"other\"");
    scene.run("agentpkg info reviewer").prints(str![[r#"
(standard error)
error: `[SCENE]/registry/index/reviewer.json` is the index of `other`
hint: ask whoever keeps the registry
(exit code 2)

"#]]);
    let scene = reviewer()
        .published("reviewer", "1.1.0", REVIEWER_LATER)
        .replaced(INDEX, "1.1.0", "1.0.0");
    scene.run("agentpkg info reviewer").prints(str![[r#"
(standard error)
error: `[SCENE]/registry/index/reviewer.json` lists 1.0.0 twice
hint: ask whoever keeps the registry
(exit code 2)

"#]]);
}

#[test]
fn an_archive_is_the_one_that_was_published() {
    let scene = reviewer();
    let archive = |scene: &Scene| {
        scene
            .run("cd ../registry && ls artifacts/sha256/*/*.gz")
            .stdout()
            .trim()
            .to_owned()
    };
    let path = format!("../registry/{}", archive(&scene));
    scene.run(&format!("printf x >> {path}")).succeeds();
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 in `[SCENE]/registry` is damaged
  caused by: its archive has 303 bytes, the index says 302
hint: whoever keeps the registry can restore it: publish the same source again
(exit code 2)

"#]]);
    scene.run(&format!("printf '%0302d' 0 > {path}")).succeeds();
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 in `[SCENE]/registry` is damaged
  caused by: its archive is not the one that was published
hint: whoever keeps the registry can restore it: publish the same source again
(exit code 2)

"#]]);
    let scene = scene.deleted(&path);
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 in `[SCENE]/registry` is damaged
  caused by: its archive
  `artifacts/sha256/d0/d03f117f97a5febfbe64a7e8f8ea03d4b8f959be1a870f292b6c96f222da1dfd.tar.gz` is
  missing
hint: whoever keeps the registry can restore it: publish the same source again
(exit code 2)

"#]]);
    // The hint works.
    scene
        .run("agentpkg publish ../templates/reviewer --registry ../registry")
        .succeeds();
    let scene = scene.installed("reviewer");
    // Whoever can write the index can't do more than name another archive: the files have a digest
    // too.
    let text = scene.text(INDEX);
    let tree = text
        .split("\"tree\": \"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let scene = scene.replaced(INDEX, tree, &format!("sha256:{}", "0".repeat(64)));
    scene.run("agentpkg info reviewer").prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 in `[SCENE]/registry` is damaged
  caused by: its files are not the ones that were published
hint: whoever keeps the registry can restore it: publish the same source again
(exit code 2)

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 in `[SCENE]/registry` is not what `agentpkg.lock`
  was written for
  caused by: a release never changes; this one has other contents
note: nothing was changed
hint: ask whoever keeps the registry
(exit code 2)

"#]]);
}

#[test]
fn an_archive_is_read_strictly() {
    let scene = reviewer();
    let digest = Digest::of(b"no archive").hex();
    let text = scene.text(INDEX);
    let artifact = text
        .split("\"artifact\": \"sha256:")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let scene =
        scene
            .replaced(INDEX, artifact, &digest)
            .replaced(INDEX, "\"size\": 302", "\"size\": 10");
    let scene = scene.edited(
        &format!(
            "../registry/artifacts/sha256/{}/{digest}.tar.gz",
            &digest[..2]
        ),
        "no archive",
    );
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 in `[SCENE]/registry` is damaged
  caused by: the archive is no whole gzip file: invalid gzip header
hint: whoever keeps the registry can restore it: publish the same source again
(exit code 2)

"#]]);
}

#[test]
fn a_release_is_of_the_template_and_version_that_the_index_says() {
    let scene = reviewer().published("other", "1.0.0", REVIEWER);
    let text = scene
        .text("../registry/index/other.json")
        .replace("\"name\": \"other\"", "\"name\": \"reviewer\"");
    let scene = scene.edited(INDEX, &text);
    scene.run("agentpkg install reviewer").prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 in `[SCENE]/registry` is damaged
  caused by: its manifest says `other` 1.0.0
(exit code 2)

"#]]);
}

#[test]
fn a_published_archive_that_is_gone_and_packs_differently_is_said() {
    let scene = reviewer();
    let text = scene.text(INDEX);
    let artifact = text
        .split("\"artifact\": \"sha256:")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let scene = scene.replaced(INDEX, artifact, &"0".repeat(64));
    scene
        .run("agentpkg publish ../templates/reviewer --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 is published, but its archive
  `artifacts/sha256/00/0000000000000000000000000000000000000000000000000000000000000000.tar.gz` is
  gone, and this agentpkg packs it differently
hint: restore the file from a backup, or publish the next version
(exit code 2)

"#]]);
}

#[test]
fn a_release_that_was_written_in_part_is_completed_by_the_same_command() {
    let scene = reviewer()
        .deleted("../registry/artifacts")
        .edited("../registry/artifacts", "");
    let scene = scene.source("reviewer", "1.1.0", REVIEWER_LATER);
    scene
        .run("agentpkg publish ../templates/reviewer --registry ../registry")
        .prints(str![[r#"
(standard error)
error: failed to create `[SCENE]/registry/artifacts/sha256/54`
  caused by: not a directory
note: the release is not complete
hint: run the same command again: it completes what is missing
(exit code 2)

"#]]);
    let scene = scene.deleted("../registry/artifacts");
    scene
        .run("agentpkg publish ../templates/reviewer --registry ../registry")
        .prints(str![[r#"
published reviewer 1.1.0
  registry    [SCENE]/registry
  files       4 files, packed to 312 bytes
  tree        sha256:fa2e32f57b913074bdb0f382e717dd87cb596d2d0720d1fbc87d856c33cf36ea

  for teams   agentpkg install reviewer --registry [SCENE]/registry

"#]]);
}

#[test]
fn a_locked_release_neither_changes_nor_goes_unnoticed() {
    let scene = reviewer()
        .installed("reviewer")
        .published("reviewer", "1.1.0", REVIEWER_LATER);
    // The keeper of the registry took 1.0.0 away.
    let text = scene.text(INDEX);
    let first = text.find("    {\n").unwrap();
    let second = first + text[first + 1..].find("    {\n").unwrap() + 1;
    let scene = scene.edited(INDEX, format!("{}{}", &text[..first], &text[second..]));
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 is locked, and `[SCENE]/registry` does not have it
note: nothing was changed
hint: take another release: agentpkg install reviewer@^1.1
(exit code 2)

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 is locked, and `[SCENE]/registry` does not have it
note: nothing was changed
hint: take another release: agentpkg install reviewer@^1.1
(exit code 2)

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  damaged     the registry no longer has 1.0.0
  latest      1.1.0: agentpkg upgrade reviewer
  changed     nothing: every file is as it was installed

"#]]);
    // The hint works.
    scene.run("agentpkg install reviewer@^1").succeeds();
    let scene = scene.deleted(INDEX);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.1.0  (^1)
  latest      not known: the registry no longer has it
  changed     nothing: every file is as it was installed

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: `reviewer` 1.1.0 is locked, and `[SCENE]/registry` no longer has
  `reviewer`
note: nothing was changed
hint: ask whoever keeps the registry, or take it out of `[templates]` in `agentpkg.toml`
(exit code 2)

"#]]);
}

#[test]
fn a_configuration_file_is_read_as_strictly_as_a_manifest() {
    let config = "../home/config/agentpkg/config.toml";
    let scene = Scene::new().edited(config, "[registry.default]\nurl = \"x\"\n");
    scene.run("agentpkg").prints(str![[r#"
(standard error)
error: `[SCENE]/home/config/agentpkg/config.toml` line 1: unknown key
  `registry`
hint: keys known here: `registries`
(exit code 2)

"#]]);
    let scene = scene.edited(config, b"\xff");
    scene.run("agentpkg").prints(str![[r#"
(standard error)
error: `[SCENE]/home/config/agentpkg/config.toml` is not UTF-8 text
(exit code 2)

"#]]);
}

#[test]
fn a_template_of_two_registries_is_named_by_the_manifest() {
    let needs = [
        ("template.toml", "[dependencies]\ntidy = \"1\"\n"),
        ("rules/a.md", "a\n"),
    ];
    let tidy = [("rules/tidy.md", "Leave it tidier.\n")];
    let scene = Scene::new()
        .published("tidy", "1.0.0", &tidy)
        .published("one", "1.0.0", &needs);
    let scene = scene
        .with_registry("lab")
        .published("tidy", "1.0.0", &tidy)
        .published("two", "1.0.0", &needs);
    let manifest = "[registries]\ndefault = { url = \"../registry\" }\nlab = { url = \"../lab\" }\n\n[templates]\none = \"1\"\ntwo = { version = \"1\", registry = \"lab\" }\n";
    let scene = scene.edited("agentpkg.toml", manifest);
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: `tidy` would come from two registries: `../registry` and `../lab`
hint: say which one in `[templates]` of `agentpkg.toml`: `tidy = { version = "…", registry = "…" }`
(exit code 2)

"#]]);
    // The hint works.
    let scene = scene.edited(
        "agentpkg.toml",
        format!("{manifest}tidy = {{ version = \"1\", registry = \"lab\" }}\n"),
    );
    scene.run("agentpkg install").prints(str![[r#"
installed one 1.0.0, installed tidy 1.0.0, installed two 1.0.0
  added       3 files: .claude/rules/one/a.md, .claude/rules/tidy/tidy.md, .claude/rules/two/a.md
  registry    ../registry
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
}

#[test]
fn a_template_may_move_to_another_registry() {
    let scene = reviewer()
        .with_registry("lab")
        .published("reviewer", "1.0.0", REVIEWER);
    let lab = "[registries]\ndefault = { url = \"../registry\" }\nlab = { url = \"../lab\" }\n\n[templates]\nreviewer = { version = \"1\", registry = \"lab\" }\n";
    let scene = scene.edited("agentpkg.toml", lab).installed("");
    let scene = scene.edited(
        "agentpkg.toml",
        "[registries]\ndefault = { url = \"../registry\" }\n\n[templates]\nreviewer = \"1\"\n",
    );
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1)
  latest      not known: `agentpkg.toml` names no registry `lab`
  changed     nothing: every file is as it was installed

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
took reviewer from the registry `default`

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
}

#[test]
fn what_is_no_registry_is_told_by_what_it_is() {
    let scene = Scene::new().published("house", "1.0.0", &[("rules/a.md", "a\n")]);
    scene
        .run("mkdir -p ../above && cp -r ../registry ../above/agents")
        .succeeds();
    scene
        .run("git init -q ../sub && git -C ../sub commit -q --allow-empty -m x && git -c protocol.file.allow=always submodule --quiet add ../sub sub && git commit -qm sub && git submodule --quiet deinit -f sub")
        .succeeds();
    for (address, hint) in [
        ("'C:\\agents'", "--registry /mnt/c/agents"),
        ("../above", "--registry ../above/agents"),
        ("sub", "submodule update --init sub"),
        (
            "platform/templates",
            "--registry git+https://HOST/platform/templates.git",
        ),
        (
            "git.example.org/platform/templates",
            "--registry git+https://git.example.org/platform/templates",
        ),
        ("../nothing", "publishing makes one"),
    ] {
        let ran = scene.run(&format!("agentpkg install house --registry {address}"));
        ran.says(2, &["there is no registry at", hint]);
    }
    scene
        .run("agentpkg install house --registry ../above/agents")
        .succeeds();
    for name in [
        "./templates/house",
        "owner/repo",
        "https://git.example.org/a",
        "git@git.example.org:a/b",
    ] {
        scene
            .run(&format!("agentpkg install {name}"))
            .says(2, &["is a place", "installed by its name"]);
    }
}
