//! Registries in git: two folders that share nothing but an address.

use support::{Files, Scene};

const HOUSE: Files = &[("rules/a.md", "- one\n")];
const NEWER: Files = &[("rules/a.md", "- one\n- two\n")];

/// A scene with a bare repository beside it, and its address.
fn scene() -> (Scene, String) {
    let scene = Scene::new();
    scene
        .run("git init -q --bare ../platform.git && git -C ../platform.git config uploadpack.allowFilter true")
        .succeeds();
    let folder = scene.path("../platform.git");
    let folder = folder.canonicalize().unwrap();
    let address = format!("git+file://{}#registry", folder.display());
    (scene, address)
}

fn publish(scene: &Scene, address: &str, version: &str, files: Files) {
    scene.write_source("house", version, files);
    scene
        .run(&format!(
            "agentpkg publish ../templates/house --registry '{address}'"
        ))
        .says(
            0,
            &[
                &format!("published house {version}"),
                "platform.git#registry",
            ],
        );
}

#[test]
fn a_template_is_published_to_a_repository_and_installed_from_it() {
    let (scene, address) = scene();
    publish(&scene, &address, "1.0.0", HOUSE);
    scene
        .run(&format!("agentpkg install house --registry '{address}'"))
        .says(0, &["installed house 1.0.0"]);
    scene.reads(".claude/rules/house/a.md", "- one\n");
    publish(&scene, &address, "1.1.0", NEWER);
    scene.run("agentpkg status").says(0, &["newer 1.1.0"]);
    scene
        .run("agentpkg upgrade")
        .says(0, &["upgraded house 1.0.0 -> 1.1.0"]);
    scene.reads(".claude/rules/house/a.md", "- one\n- two\n");
    // A commit says what was published.
    let log = scene.git_in("../platform.git", &["log", "--format=%s", "registry"]);
    assert_eq!(log.trim(), "Publish house 1.1.0\nPublish house 1.0.0");
    // Again, it is there.
    scene
        .run(&format!(
            "agentpkg publish ../templates/house --registry '{address}'"
        ))
        .says(0, &["published already, with the same contents"]);
    scene
        .run(&format!(
            "agentpkg yank house@1.1.0 --why 'breaks hooks' --registry '{address}'"
        ))
        .says(0, &["yanked house 1.1.0"]);
    scene.run("agentpkg status").says(0, &["breaks hooks"]);
}

#[test]
fn a_locked_install_of_what_was_read_before_asks_nobody() {
    let (scene, address) = scene();
    publish(&scene, &address, "1.0.0", HOUSE);
    scene
        .run(&format!("agentpkg install house --registry '{address}'"))
        .succeeds();
    scene.run("git add -A && git commit -qm i").succeeds();
    // The registry is gone.
    scene
        .run("mv ../platform.git ../gone.git && rm -rf .claude && agentpkg install --locked")
        .succeeds();
    scene.reads(".claude/rules/house/a.md", "- one\n");
    scene.run("agentpkg check").succeeds();
    scene.run("agentpkg diff").succeeds();
    scene
        .run("rm -rf .claude && agentpkg install --offline")
        .succeeds();
    scene
        .run("agentpkg upgrade")
        .says(2, &["failed to read", "git ls-remote"]);
    // Nothing is kept.
    scene
        .run("agentpkg cache --clear")
        .says(0, &["removed", "files"]);
    scene
        .run("rm -rf .claude && agentpkg install --offline")
        .says(2, &["was never read on this machine", "--offline"]);
    scene.run("mv ../gone.git ../platform.git").succeeds();
    scene.run("agentpkg install --locked").succeeds();
}

#[test]
fn many_templates_are_read_at_once() {
    let (scene, address) = scene();
    for number in 0..12 {
        let name = format!("t{number}");
        let next = format!("t{}", number + 1);
        let text = format!("- {name}\n");
        scene.write_source(&name, "1.0.0", &[("rules/a.md", &text)]);
        if number < 11 && number % 3 != 2 {
            let manifest = scene.text(&format!("../templates/{name}/template.toml"));
            let needs = format!("{manifest}\n[dependencies]\n{next} = \"^1.0\"\n");
            scene.write(&format!("../templates/{name}/template.toml"), needs);
        }
        scene
            .run(&format!(
                "agentpkg publish ../templates/{name} --registry '{address}'"
            ))
            .succeeds();
    }
    scene.run("agentpkg cache --clear").succeeds();
    // A git that counts how often it asks the repository.
    scene.write(
        "../bin/git",
        "#!/bin/sh\ncase \" $* \" in *' fetch '*) echo x >> $COUNT ;; esac\nexec $GIT \"$@\"\n",
    );
    scene.chmod("../bin/git", 0o755);
    scene
        .run(&format!(
            "export GIT=$(command -v git) COUNT=$PWD/../count PATH=$PWD/../bin:$PATH; agentpkg \
             install t0 t3 t6 t9 --registry '{address}'"
        ))
        .succeeds();
    for number in 0..12 {
        assert!(scene.path(format!(".claude/rules/t{number}/a.md")).exists());
    }
    // The newest commit, three levels of indexes, the archives.
    let asked = scene.text("../count").lines().count();
    assert!(asked <= 5, "{asked}");
}

#[test]
fn a_clone_names_no_host_that_is_asked_unasked() {
    let scene = Scene::new();
    scene.write(
        "agentpkg.toml",
        "[registries.default]\nurl = \"git+https://git.example.org/platform/templates.git\"\n\n\
         [templates]\nhouse = \"^1.0\"\n",
    );
    // A git that says when it is to reach another machine.
    scene.write(
        "../bin/git",
        "#!/bin/sh\ncase \" $* \" in *' fetch '*) echo \"$*\" >> $ASKED; exit 1 ;; esac\nexec $GIT \"$@\"\n",
    );
    scene.chmod("../bin/git", 0o755);
    let run = |line: &str| {
        scene.run(&format!(
            "export GIT=$(command -v git) ASKED=$PWD/../asked PATH=$PWD/../bin:$PATH; {line}"
        ))
    };
    for line in [
        "agentpkg status",
        "agentpkg check",
        "agentpkg search",
        "agentpkg info house",
    ] {
        let _ = run(line);
        scene.absent("../asked");
    }
    run("agentpkg info house").says(2, &["was not asked", "agentpkg install --registry"]);
    // Who writes asks, as nobody.
    run("agentpkg install").exits(2);
    let asked = scene.text("../asked");
    assert!(asked.contains("credential.helper= "), "{asked}");
    // Who names it signs in.
    run("rm ../asked; agentpkg install house --registry git+https://git.example.org/platform/templates.git")
        .exits(2);
    let asked = scene.text("../asked");
    assert!(!asked.contains("credential.helper= "), "{asked}");
}

#[test]
fn eight_publishers_at_once_lose_no_release() {
    let (scene, address) = scene();
    publish(&scene, &address, "1.0.0", HOUSE);
    for number in 0..8 {
        let name = format!("t{number}");
        scene.write_source(&name, "1.0.0", HOUSE);
    }
    scene
        .run(&format!(
            "for n in 0 1 2 3 4 5 6 7; do (agentpkg publish ../templates/t$n --registry '{address}' \
             >../out$n 2>&1; echo $? >../code$n) & done; wait; cat ../code*; cat ../out*"
        ))
        .succeeds();
    for number in 0..8 {
        let code = scene.text(&format!("../code{number}"));
        let said = scene.text(&format!("../out{number}"));
        assert_eq!(code.trim(), "0", "{said}");
    }
    let found = scene.run(&format!("agentpkg search --registry '{address}'"));
    for number in 0..8 {
        found.shows(&format!("t{number} "));
    }
}

#[test]
fn over_ssh_gits_own_command_is_used() {
    let (scene, _) = scene();
    // An ssh that writes down what it is asked, and does it here.
    scene.write(
        "../ssh",
        "#!/bin/sh\necho \"$*\" >> \"$ASKED\"\nfor last; do :; done\neval \"$last\"\n",
    );
    scene.chmod("../ssh", 0o755);
    let folder = scene.path("../platform.git").canonicalize().unwrap();
    let place = format!("git@git.example.org:{}//agents#registry", folder.display());
    let over = |line: &str| {
        scene.run(&format!(
            "export ASKED=$PWD/../asked GIT_SSH_COMMAND=$PWD/../ssh; {line} --registry '{place}'"
        ))
    };
    scene.write_source("house", "1.0.0", HOUSE);
    over("agentpkg publish ../templates/house").says(0, &["published house 1.0.0"]);
    over("agentpkg install house").says(0, &["installed house 1.0.0"]);
    let asked = scene.text("../asked");
    assert!(asked.contains("git@git.example.org"), "{asked}");
    assert!(
        asked.contains("git-receive-pack") && asked.contains("git-upload-pack"),
        "{asked}"
    );
    let listed = scene.git_in("../platform.git", &["ls-tree", "--name-only", "registry"]);
    assert_eq!(listed.trim(), "agents");
}
