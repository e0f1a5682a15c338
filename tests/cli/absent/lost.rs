//! agentpkg's own files lost, and commands that were stopped half-way.

use std::fs;

use support::{FOR_COPILOT, Scene};

fn scene() -> Scene {
    Scene::new()
        .published(
            "base",
            "1.0.0",
            &[("rules/a.md", "- first\n"), ("rules/b.md", "b\n")],
        )
        .published(
            "base",
            "1.1.0",
            &[("rules/a.md", "- second\n"), ("rules/b.md", "b\n")],
        )
}

#[test]
fn a_lost_file_of_agentpkgs_own_is_brought_back_and_not_made_up() {
    for lost in ["agentpkg.toml", "agentpkg.lock"] {
        let scene = scene();
        scene.run("agentpkg install base@1.0.0").succeeds();
        scene.run("git add -A && git commit -qm i").succeeds();
        let bytes = scene.read(lost);
        for how in ["rm", "git rm -q"] {
            scene.run(&format!("{how} {lost}")).succeeds();
            let before = scene.tree();
            let command = format!("git checkout HEAD -- {lost}");
            for verb in ["install", "install base", "install --dry-run"] {
                scene.run(&format!("agentpkg {verb}")).says(
                    2,
                    &[
                        &format!("`{lost}` is missing"),
                        &command,
                        "nothing was changed",
                    ],
                );
                assert_eq!(scene.tree(), before);
            }
            scene.run(&command).succeeds();
            assert_eq!(scene.read(lost), bytes);
            scene.run("agentpkg install").says(0, &["nothing to do"]);
        }
    }
}

#[test]
fn where_git_has_none_either_it_is_made_of_the_other() {
    let scene = scene().published("more", "2.0.0", &[("rules/m.md", "m\n")]);
    scene.run("agentpkg install base@1.0.0 more").succeeds();
    fs::remove_file(scene.path("agentpkg.toml")).unwrap();
    let before = scene.tree();
    for verb in ["install", "install base", "remove base", "upgrade"] {
        scene
            .run(&format!("agentpkg {verb}"))
            .says(2, &["`agentpkg.toml` is missing", "nothing was changed"]);
        assert_eq!(scene.tree(), before, "{verb}");
    }
    scene
        .run("agentpkg install")
        .says(2, &["agentpkg install base@^1.0 more@^2.0"]);
    scene.run("agentpkg install base@^1.0 more@^2.0").succeeds();
    scene.run("agentpkg check").succeeds();
    scene.has_rule(".claude/rules/more/m.md", "m\n");
    // Without a lock, what is there is taken for what it is.
    fs::remove_file(scene.path("agentpkg.lock")).unwrap();
    scene.run("agentpkg install").succeeds();
    scene.run("agentpkg check").succeeds();
}

#[test]
fn a_bare_repository_has_no_files_to_work_on() {
    let scene = scene();
    scene.run("git init -q --bare ../bare.git").succeeds();
    let list = || fs::read_dir(scene.path("../bare.git")).unwrap().count();
    let before = list();
    scene.run("cd ../bare.git && agentpkg install base").says(
        2,
        &[
            "is a bare git repository",
            "git clone",
            "nothing was changed",
        ],
    );
    assert_eq!(list(), before);
}

#[test]
fn a_commit_that_git_refused_is_made_the_next_time() {
    let scene = scene();
    scene.run("agentpkg install base@1.0.0").succeeds();
    scene.run("git add -A && git commit -qm i").succeeds();
    scene.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    scene.chmod(".git/hooks/pre-commit", 0o755);
    scene
        .run("agentpkg upgrade base@^1 --commit")
        .says(2, &["run the command again"]);
    fs::remove_file(scene.path(".git/hooks/pre-commit")).unwrap();
    scene.write("other.md", "mine\n");
    scene
        .run("agentpkg upgrade base@^1 --commit")
        .says(0, &["upgraded base 1.0.0 -> 1.1.0", "committed 3 files"]);
    assert_eq!(scene.git(&["status", "--porcelain"]), "?? other.md\n");
    let message = scene.git(&["log", "-1", "--format=%B"]);
    assert!(
        message.starts_with("Upgrade base 1.0.0 -> 1.1.0"),
        "{message}"
    );
    scene
        .run("agentpkg upgrade base@^1 --commit")
        .says(0, &["nothing to do"]);
}

#[test]
fn an_upgrade_that_was_edited_since_is_not_committed_unasked() {
    let scene = scene();
    scene.run("agentpkg install base@1.0.0").succeeds();
    scene.run("git add -A && git commit -qm i").succeeds();
    scene.run("agentpkg upgrade base@^1").succeeds();
    scene.write(".claude/rules/base/a.md", "- mine\n");
    scene
        .run("agentpkg upgrade base@^1 --commit")
        .says(2, &["is not committed", "edited since", "a.md"]);
    assert!(
        scene
            .git(&["status", "--porcelain"])
            .contains("agentpkg.lock")
    );
}

/// Makes of the newest record one of a command that was stopped before anything moved, or after.
fn interrupted(scene: &Scene, pile: &str) {
    let from = scene.path(format!(".agentpkg/{pile}"));
    fs::rename(from, scene.path(".agentpkg/journal")).unwrap();
}

#[test]
fn undo_shows_what_it_will_do_after_a_kill() {
    let scene = scene();
    scene.run("agentpkg install base@1.0.0").succeeds();
    let before = scene.tree();
    scene.run("agentpkg upgrade base@^1").succeeds();
    interrupted(&scene, "undo");
    // A part of it was not made yet.
    scene.write(".claude/rules/base/a.md", format!("{FOR_COPILOT}- first\n"));
    let stopped = scene.tree();
    scene.run("agentpkg undo --dry-run").says(
        0,
        &["would undo `upgrade base@^1`", ".claude/rules/base/a.md"],
    );
    assert_eq!(scene.tree(), stopped);
    scene
        .run("agentpkg undo")
        .says(0, &["undid `upgrade base@^1`"]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn an_undo_that_was_stopped_is_finished_and_nothing_more() {
    let scene = scene();
    scene.run("agentpkg install base@1.0.0").succeeds();
    let before = scene.tree();
    scene.run("agentpkg upgrade base@^1").succeeds();
    scene.run("agentpkg undo").succeeds();
    interrupted(&scene, "redo");
    scene.write(
        ".claude/rules/base/a.md",
        format!("{FOR_COPILOT}- second\n"),
    );
    scene
        .run("agentpkg undo --dry-run")
        .says(0, &["would undo `upgrade base@^1`"]);
    scene
        .run("agentpkg undo")
        .says(0, &["undid `upgrade base@^1`"]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn what_was_finished_first_is_said_also_where_the_command_fails() {
    let scene = scene();
    scene.run("agentpkg install base@1.0.0").succeeds();
    interrupted(&scene, "undo");
    fs::remove_file(scene.path(".claude/rules/base/b.md")).unwrap();
    scene.run("agentpkg install nowhere").says(
        2,
        &[
            "nowhere",
            "`install base@=1.0.0`, which was interrupted, was finished first: 1 file",
        ],
    );
    scene.has_rule(".claude/rules/base/b.md", "b\n");
}

#[test]
fn root_instructions_with_two_names_stay_one_file() {
    use std::os::unix::fs::MetadataExt as _;
    let scene = Scene::new().published("base", "1.0.0", &[("root.md", "Be brief.\n")]);
    scene.write("AGENTS.md", "# Ours\n");
    fs::hard_link(scene.path("AGENTS.md"), scene.path("CLAUDE.md")).unwrap();
    let inode = |name: &str| fs::metadata(scene.path(name)).unwrap().ino();
    // What a command that was stopped left behind is no obstacle.
    scene.write(".agentpkg-twin.tmp", "stale\n");
    scene.run("agentpkg install base").says(
        0,
        &["git add AGENTS.md CLAUDE.md agentpkg.lock agentpkg.toml"],
    );
    assert_eq!(inode("AGENTS.md"), inode("CLAUDE.md"));
    assert!(scene.text("AGENTS.md").contains("Be brief."));
    scene.run("agentpkg undo").succeeds();
    assert_eq!(inode("AGENTS.md"), inode("CLAUDE.md"));
    scene
        .reads("AGENTS.md", "# Ours\n")
        .reads("CLAUDE.md", "# Ours\n");
}

#[test]
fn a_pointer_of_lfs_to_what_was_installed_is_as_installed() {
    let scene = scene();
    scene.run("agentpkg install base@1.0.0").succeeds();
    let path = ".claude/rules/base/a.md";
    let installed = scene.read(path);
    let digest = agentpkg::model::digest::Digest::of(&installed).hex();
    let size = installed.len();
    let pointer = |digest: &str| {
        format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {size}\n")
    };
    scene.write(path, pointer(&digest));
    scene
        .run("agentpkg status")
        .says(0, &["nothing: every file is as it was installed"]);
    scene.run("agentpkg install").says(0, &["nothing to do"]);
    scene.reads(path, pointer(&digest).as_str());
    scene
        .run("agentpkg upgrade base@^1")
        .says(0, &["updated 1 file"]);
    scene.has_rule(path, "- second\n");
    // A pointer to something else is an edit.
    scene.write(path, pointer(&digest));
    scene.run("agentpkg status").says(0, &["edited 1 file"]);
}

#[test]
fn what_git_hides_is_said_each_time() {
    let scene = Scene::new().published(
        "base",
        "1.0.0",
        &[("rules/a.md", "a\n"), ("root.md", "Be brief.\n")],
    );
    scene.write(".gitignore", "node_modules\n.claude/rules/\n");
    scene.run("agentpkg install base").needs_a_person();
    for verb in ["status", "check"] {
        let ran = scene.run(&format!("agentpkg {verb}"));
        ran.exits(0);
        ran.complains("`.gitignore` line 2 (`.claude/rules/`) hides 1 of 2 files from your team");
    }
    // A team that ignores all of it installs in every clone.
    scene.write(".gitignore", ".claude/\n/CLAUDE.md\n");
    scene.run("agentpkg status").never("hides");
}

#[test]
#[ignore = "mounts a folder read-only: needs root"]
fn what_a_read_only_folder_refused_is_not_carried_out_later() {
    let scene = scene();
    let script = "mkdir .claude && mount --bind .claude .claude && mount -o remount,ro,bind .claude \
                  && agentpkg install base@1.0.0; echo install $?; agentpkg status; umount .claude; \
                  agentpkg lint; agentpkg undo; echo undo $?; find .claude agentpkg.lock";
    let ran = scene.run(&format!("unshare -m sh -c '{script}'; true"));
    ran.shows("install 2");
    ran.shows("undo 2");
    ran.never("taking it back failed").never("interrupted");
    scene
        .absent(".claude/rules")
        .absent("agentpkg.lock")
        .absent(".agentpkg/journal");
}

#[test]
fn commands_of_git_are_those_of_where_one_is() {
    let scene = scene();
    scene.run("agentpkg install base@1.0.0").succeeds();
    scene
        .run("mkdir -p src/deep && git add -A && git commit -qm i && rm agentpkg.lock")
        .succeeds();
    let command = "git -C ../.. checkout HEAD -- agentpkg.lock";
    scene
        .run("cd src/deep && agentpkg install")
        .says(2, &[command]);
    scene.run(&format!("cd src/deep && {command}")).succeeds();
    scene.run("agentpkg install").says(0, &["nothing to do"]);
}

#[test]
fn a_deletion_here_and_an_upgrade_there_are_one_lock() {
    let files = |number: &'static str| {
        [
            ("rules/a.md", number),
            ("rules/b.md", number),
            ("files/docs/c.md", number),
        ]
    };
    for gone in [
        ".claude/rules/base/a.md",
        ".claude/rules/base/b.md",
        "docs/c.md",
    ] {
        for here_first in [true, false] {
            let scene = Scene::new()
                .published("base", "1.0.0", &files("- first\n"))
                .published("base", "1.1.0", &files("- second\n"));
            scene.run("agentpkg install base@=1.0.0").succeeds();
            scene
                .run(
                    "git add -A && git commit -qm all && git branch there && git checkout -q there",
                )
                .succeeds();
            scene
                .run("agentpkg upgrade base@=1.1.0 --commit && git checkout -q main")
                .succeeds();
            scene
                .run(&format!(
                    "rm {gone} && agentpkg install && git add -A && git commit -qm gone"
                ))
                .succeeds();
            let merge = match here_first {
                true => "git merge -q there",
                false => "git checkout -q there && git merge -q main",
            };
            let _ = scene.run(merge);
            // Git may ask about the file itself, too.
            let _ = scene.run(&format!("git rm -q --cached {gone}; rm -f {gone}"));
            let story = format!("{gone} {here_first}");
            let ran = scene.run("agentpkg install");
            assert_eq!(ran.code, Some(0), "{story}\n{}", ran.all());
            scene.absent(gone);
            for (path, _) in files("") {
                let path = path.replace("rules/", ".claude/rules/base/");
                let path = path.replace("files/", "");
                if path.starts_with(".claude/rules/") && path != gone {
                    scene.has_rule(&path, "- second\n");
                } else if path != gone {
                    scene.reads(&path, "- second\n");
                }
            }
            scene.run("git add -A && git commit -qm merged").succeeds();
            scene.run("agentpkg check").succeeds();
            scene.run("agentpkg install").says(0, &["nothing to do"]);
            scene.absent(gone);
        }
    }
}
