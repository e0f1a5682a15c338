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
    scene.has_rule(".claude/rules/house/a.md", "- one\n");
    publish(&scene, &address, "1.1.0", NEWER);
    scene.run("agentpkg status").says(0, &["latest 1.1.0"]);
    scene
        .run("agentpkg upgrade")
        .says(0, &["upgraded house 1.0.0 -> 1.1.0"]);
    scene.has_rule(".claude/rules/house/a.md", "- one\n- two\n");
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
            "agentpkg yank house@1.1.0 --reason 'breaks hooks' --registry '{address}'"
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
    scene.has_rule(".claude/rules/house/a.md", "- one\n");
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
        "#!/bin/sh\ncase \" $* \" in *' fetch '*) echo \"$HOME $*\" >> $ASKED; exit 1 ;; esac\nexec $GIT \"$@\"\n",
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
    run("agentpkg info house").says(2, &["was not asked", "nobody here has used it"]);
    // Who writes asks, as nobody.
    run("agentpkg install").exits(2);
    let asked = scene.text("../asked");
    assert!(asked.contains("credential.helper= "), "{asked}");
    // No netrc and no header of theirs either.
    let home = |asked: &str| asked.split(' ').next().map(str::to_owned);
    assert!(
        home(&asked).is_some_and(|home| home.contains("/agentpkg/git/")),
        "{asked}"
    );
    // Who names it signs in.
    run("rm ../asked; agentpkg install house --registry git+https://git.example.org/platform/templates.git")
        .exits(2);
    let asked = scene.text("../asked");
    assert!(!asked.contains("credential.helper= "), "{asked}");
    assert!(
        home(&asked).is_some_and(|home| home.ends_with("/home")),
        "{asked}"
    );
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

#[test]
fn a_repository_without_a_branch_is_given_one_by_name() {
    let (scene, _) = scene();
    let folder = scene.path("../platform.git").canonicalize().unwrap();
    scene.write_source("house", "1.0.0", HOUSE);
    scene
        .run(&format!(
            "agentpkg publish ../templates/house --registry git+file://{}",
            folder.display()
        ))
        .says(
            2,
            &["has no branch yet", "nothing was published", "#registry"],
        );
}

#[test]
fn what_lies_where_a_registry_is_to_be_stays() {
    let (scene, address) = scene();
    publish(&scene, &address, "1.0.0", HOUSE);
    scene
        .run("git clone -q ../platform.git -b registry ../work && cd ../work && ln -s index agents && git add -A && git commit -qm link && git push -q")
        .succeeds();
    let before = scene.git_in("../platform.git", &["rev-parse", "registry"]);
    let place = address.trim_end_matches("#registry");
    scene.write_source("other", "1.0.0", HOUSE);
    for folder in ["index/house.json", "agents", "agents/below"] {
        scene
            .run(&format!(
                "agentpkg publish ../templates/other --registry '{place}//{folder}#registry'"
            ))
            .says(2, &["is no folder"]);
    }
    // A link in the place of the indexes.
    scene
        .run("cd ../work && git mv index real && ln -s real index && git add -A && git commit -qm link && git push -q")
        .succeeds();
    scene
        .run(&format!(
            "agentpkg publish ../templates/other --registry '{address}'"
        ))
        .exits(2);
    assert_ne!(
        before,
        scene.git_in("../platform.git", &["rev-parse", "registry"])
    );
    let subject = scene.git_in("../platform.git", &["log", "-1", "--format=%s", "registry"]);
    assert_eq!(subject.trim(), "link");
}

#[test]
fn a_mirror_that_no_git_can_use_is_made_anew() {
    let (scene, address) = scene();
    publish(&scene, &address, "1.0.0", HOUSE);
    let install = format!("agentpkg install house --registry '{address}'");
    scene.run(&install).succeeds();
    let home = scene.run("agentpkg cache");
    home.succeeds();
    for damage in [
        "touch $m/shallow.lock",
        "echo garbage > $m/shallow",
        "rm $m/HEAD",
        "rm -r $m/objects",
        "for p in $m/objects/pack/*.pack; do chmod u+w $p; printf abc > $p; done",
        "echo '[core' > $m/config",
        "perl -pi -e 's/promisor = true/promisor =/; s/bare/[/' $m/config",
        "rm -r $m; touch $m",
    ] {
        scene
            .run("rm -rf .claude agentpkg.* .agentpkg $HOME/.cache/agentpkg/artifacts")
            .succeeds();
        // One mirror, and it is damaged.
        let damaged = scene.run(&format!(
            "cd $HOME/.cache/agentpkg/git && for m in *[0-9a-f]; do {damage}; echo damaged; done"
        ));
        assert_eq!(damaged.said().trim(), "damaged", "{damage}");
        let ran = scene.run(&install);
        assert_eq!(ran.code, Some(0), "{damage}\n{}", ran.all());
        scene.has_rule(".claude/rules/house/a.md", "- one\n");
    }
}

#[test]
fn a_repository_with_long_names_is_a_registry_too() {
    let (scene, _) = scene();
    scene
        .run("git init -q --bare --object-format=sha256 ../long.git && git clone -q ../long.git ../work && cd ../work && git commit -q --allow-empty -m x && git push -q origin HEAD:registry")
        .succeeds();
    let folder = scene.path("../long.git").canonicalize().unwrap();
    let address = format!("git+file://{}#registry", folder.display());
    scene.write_source("house", "1.0.0", HOUSE);
    scene
        .run(&format!(
            "agentpkg publish ../templates/house --registry '{address}'"
        ))
        .says(0, &["published house 1.0.0"]);
    scene
        .run(&format!("agentpkg install house --registry '{address}'"))
        .says(0, &["installed house 1.0.0"]);
}

#[test]
fn a_registry_that_lost_what_is_locked_takes_nobody_back() {
    let (scene, address) = scene();
    publish(&scene, &address, "1.0.0", HOUSE);
    scene
        .run(&format!("agentpkg install house --registry '{address}'"))
        .succeeds();
    publish(&scene, &address, "1.1.0", NEWER);
    scene.run("agentpkg upgrade").succeeds();
    scene
        .run("git -C ../platform.git update-ref refs/heads/registry registry~1")
        .succeeds();
    scene.run("agentpkg upgrade").says(
        2,
        &["is locked, and", "does not have it", "nothing was changed"],
    );
    scene.has_rule(".claude/rules/house/a.md", "- one\n- two\n");
}

#[test]
fn a_password_in_an_address_is_never_repeated() {
    let scene = Scene::new();
    for address in [
        "https://u:TOPSECRET@git.example.org/x.git",
        "oci://u:TOPSECRET@git.example.org/x",
        "u:TOPSECRET@git.example.org:x",
        "git+https://u:TOPSECRET@git.example.org/x#b//c",
        "git+https://u:TOPSECRET@git.example.org/x",
    ] {
        let ran = scene.run(&format!("agentpkg search --registry '{address}'"));
        ran.exits(2);
        assert!(!ran.all().contains("TOPSECRET"), "{}", ran.all());
    }
}

#[test]
#[ignore = "publishes some hundred times"]
fn eight_publishers_at_once_in_ten_rounds_lose_nothing() {
    let (scene, address) = scene();
    scene.write_source("house", "1.0.0", HOUSE);
    for place in [address.as_str(), "../many"] {
        scene
            .run(&format!(
                "agentpkg publish ../templates/house --registry '{place}'"
            ))
            .succeeds();
        for round in 1..=10 {
            for number in 0..8 {
                let text = format!("- round {round}\n");
                scene.write_source(
                    &format!("t{number}"),
                    &format!("1.{round}.0"),
                    &[("rules/a.md", &text)],
                );
            }
            scene
                .run(&format!(
                    "for n in 0 1 2 3 4 5 6 7; do (agentpkg publish ../templates/t$n --registry \
                     '{place}' -q || echo failed $n) & done; wait"
                ))
                .prints(snapbox::str![]);
        }
        for number in 0..8 {
            let all = scene.run(&format!(
                "agentpkg info t{number} --registry '{place}' --json"
            ));
            all.succeeds();
            for round in 1..=10 {
                all.shows(&format!("1.{round}.0"));
            }
        }
    }
}
