//! Disks that are full, can't be written, or belong to somebody else: all of an install, or nothing
//! of it.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Ran, Scene, Tree, assert_same, program};

use super::starter::{self, INSTALL, Starter};

const SETTINGS: &str = ".claude/settings.json";
const NOBODY: u32 = 65_534;

/// A disk in memory, which is taken away when this is dropped.
struct Disk {
    at: PathBuf,
}

impl Disk {
    fn mount(at: &Path, options: &str) -> Self {
        run(
            "mount",
            &["-t", "tmpfs", "-o", options, "tmpfs", at.to_str().unwrap()],
        );
        Self {
            at: at.to_path_buf(),
        }
    }

    fn remount(&self, options: &str) {
        run(
            "mount",
            &[
                "-o",
                &format!("remount,{options}"),
                self.at.to_str().unwrap(),
            ],
        );
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        run("umount", &[self.at.to_str().unwrap()]);
    }
}

#[track_caller]
fn run(program: &str, arguments: &[&str]) {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// A repository with something in it, on a disk of its own.
fn repository(options: &str) -> (Scene, Disk) {
    let scene = starter::plain("repo");
    let disk = Disk::mount(scene.repo(), options);
    scene
        .write("CLAUDE.md", "# Ours\n")
        .write(SETTINGS, "{\"model\": \"x\"}\n");
    (scene, disk)
}

/// Checks that a command did all it had to, or failed in these words and left every file as it was.
#[track_caller]
fn all_or_nothing(scene: &Scene, before: &Tree, ran: &Ran, words: &str) -> bool {
    if ran.code == Some(0) {
        return true;
    }
    ran.exits(2).complains(words);
    let said =
        ran.stderr.contains("nothing was changed") || ran.stderr.contains("no files were changed");
    assert!(said, "what state things are in is said:\n{}", ran.stderr);
    assert_same(before, &scene.tree(), "a command that failed");
    false
}

/// Runs installs on disks that grow until one has room.
fn until_it_fits(limits: impl Iterator<Item = String>) -> usize {
    let mut failed = 0;
    for limit in limits {
        let (scene, disk) = repository(&limit);
        let before = scene.tree();
        let done = all_or_nothing(&scene, &before, &scene.install(), "no space left on device");
        if !done {
            failed += 1;
            // A second attempt fares as the first.
            assert!(
                !all_or_nothing(&scene, &before, &scene.install(), "no space left on device"),
                "{limit}"
            );
            disk.remount("size=16m,nr_inodes=1000");
            scene.install().exits(0);
        }
        scene.agentpkg(&["check"]).exits(0);
        assert_eq!(scene.text(".agentpkg/.gitignore"), "*\n");
        super::hooks::guard(&scene);
        disk.remount("size=16m,nr_inodes=1000");
        scene.agentpkg(&["undo"]).exits(0);
        assert_same(&before, &scene.tree(), "undo");
        if done {
            return failed;
        }
    }
    panic!("no disk had room");
}

#[test]
#[ignore = "mounts disks, which takes root"]
fn a_full_disk_takes_all_or_nothing() {
    // Two pages are taken by what is there.
    let failed = until_it_fits((2..100).map(|pages| format!("size={}k", pages * 4)));
    assert!(failed > 10, "the first disks were too small: {failed}");
}

#[test]
#[ignore = "mounts disks, which takes root"]
fn a_disk_without_room_for_names_takes_all_or_nothing() {
    let failed = until_it_fits((5..100).map(|names| format!("size=16m,nr_inodes={names}")));
    assert!(failed > 10, "the first disks were too small: {failed}");
}

#[test]
#[ignore = "mounts disks, which takes root"]
fn a_full_disk_is_no_hindrance_to_going_back() {
    for room in (0..40).map(|pages| pages * 4096) {
        let (scene, disk) = repository("size=1m");
        let before = scene.tree();
        scene.install().exits(0);
        let after = scene.tree();
        fill(&scene, room);
        let filled = scene.tree();
        let undone = all_or_nothing(
            &scene,
            &filled,
            &scene.agentpkg(&["undo"]),
            "no space left on device",
        );
        std::fs::remove_file(scene.path("filler")).unwrap();
        disk.remount("size=16m");
        assert_same(if undone { &before } else { &after }, &scene.tree(), "undo");
        if undone && room > 0 {
            return;
        }
        if !undone {
            scene.agentpkg(&["undo"]).exits(0);
            assert_same(&before, &scene.tree(), "undo");
        }
    }
    panic!("undo never had room");
}

/// Fills the disk but for some bytes.
fn fill(scene: &Scene, room: u64) {
    let filler = scene.path("filler");
    let _ = std::fs::write(&filler, vec![b'x'; 1 << 20]);
    let file = std::fs::File::options().write(true).open(&filler).unwrap();
    file.set_len(file.metadata().unwrap().len().saturating_sub(room))
        .unwrap();
}

#[test]
#[ignore = "mounts disks, which takes root"]
fn a_disk_that_cannot_be_written_is_left_alone() {
    let (scene, disk) = repository("size=1m");
    let before = scene.everything();
    disk.remount("ro");
    assert!(!all_or_nothing(
        &scene,
        &before,
        &scene.install(),
        "read-only file system"
    ));
    assert_same(&before, &scene.everything(), "a refused install");
    scene.agentpkg(&[INSTALL, &["--dry-run"]].concat()).exits(0);
    disk.remount("rw");
    scene.install().exits(0);
    let installed = scene.everything();
    disk.remount("ro");
    // What only reads needs no more.
    for arguments in [
        &["check"][..],
        &["status"],
        &["diff"],
        &[],
        &["undo", "--dry-run"],
    ] {
        scene.agentpkg(arguments).exits(0);
    }
    assert!(!all_or_nothing(
        &scene,
        &scene.tree(),
        &scene.agentpkg(&["undo"]),
        "read-only file system"
    ));
    assert_same(&installed, &scene.everything(), "a refused undo");
    disk.remount("rw");
    scene.agentpkg(&["undo"]).exits(0);
}

/// The program run by nobody in particular, from a place that everybody can reach.
fn as_nobody(scene: &Scene, arguments: &[&str]) -> Ran {
    let copied = scene.root().join("agentpkg");
    if !copied.exists() {
        // Not by this process: another test's child would hold the file open for writing.
        let [from, to] = [&program(), &copied].map(|path| path.to_str().unwrap().to_owned());
        run("cp", &[&from, &to]);
    }
    let mut command = scene.command(copied);
    command.args(arguments).uid(NOBODY).gid(NOBODY);
    scene.ran(&mut command, arguments.join(" "))
}

/// Gives everything in the repository to nobody.
fn give_away(scene: &Scene) {
    open_way(scene);
    run(
        "chown",
        &["-R", &NOBODY.to_string(), scene.repo().to_str().unwrap()],
    );
}

/// Lets everybody reach the repository.
fn open_way(scene: &Scene) {
    run("chmod", &["755", scene.root().to_str().unwrap()]);
}

#[test]
#[ignore = "changes users, which takes root"]
fn a_folder_of_somebody_elses_is_left_alone() {
    let scene = starter::empty();
    scene
        .write("CLAUDE.md", "# Ours\n")
        .write(SETTINGS, "{\"model\": \"x\"}\n");
    open_way(&scene);
    let before = scene.everything();
    assert!(!all_or_nothing(
        &scene,
        &before,
        &as_nobody(&scene, INSTALL),
        "permission denied"
    ));
    assert_same(&before, &scene.everything(), "a refused install");
    give_away(&scene);
    as_nobody(&scene, INSTALL).exits(0);
    as_nobody(&scene, &["check"]).exits(0);
}

#[test]
#[ignore = "changes users, which takes root"]
fn one_place_without_the_right_to_write_stops_everything() {
    let folders = [
        ".claude",
        ".claude/rules",
        ".claude/hooks",
        ".claude/hooks/org-baseline",
        ".agentpkg",
    ];
    for folder in folders {
        let scene = starter::empty();
        scene
            .write("CLAUDE.md", "# Ours\n")
            .write(SETTINGS, "{\"model\": \"x\"}\n")
            .folder(folder);
        give_away(&scene);
        scene.chmod(folder, 0o555);
        let before = scene.tree();
        let ran = as_nobody(&scene, INSTALL);
        assert!(
            !all_or_nothing(&scene, &before, &ran, "permission denied"),
            "{folder}"
        );
        scene.chmod(folder, 0o755);
        as_nobody(&scene, INSTALL).exits(0);
        as_nobody(&scene, &["check"]).exits(0);
    }
}

#[test]
#[ignore = "changes users, which takes root"]
fn a_file_without_the_right_to_read_stops_everything() {
    for path in ["CLAUDE.md", SETTINGS, ".gitignore"] {
        let scene = starter::empty();
        scene
            .write("CLAUDE.md", "# Ours\n")
            .write(SETTINGS, "{}\n")
            .write(".gitignore", "target/\n");
        give_away(&scene);
        scene.chmod(path, 0);
        let before = scene.tree();
        as_nobody(&scene, INSTALL)
            .exits(2)
            .complains(&format!("`{path}`"))
            .complains("permission denied");
        assert_same(&before, &scene.tree(), "a refused install");
    }
}

#[test]
#[ignore = "changes users, which takes root"]
fn a_file_of_somebody_elses_in_a_folder_of_ones_own_is_not_lost() {
    let scene = starter::empty();
    scene.write("CLAUDE.md", "# Ours\n").write(SETTINGS, "{}\n");
    give_away(&scene);
    chown(scene.path("CLAUDE.md"), Some(0), Some(0)).unwrap();
    scene.chmod("CLAUDE.md", 0o644);
    assert_eq!(scene.path("CLAUDE.md").metadata().unwrap().uid(), 0);
    let before = scene.tree();
    let ran = as_nobody(&scene, INSTALL);
    if all_or_nothing(&scene, &before, &ran, "permission denied") {
        assert!(scene.text("CLAUDE.md").starts_with("# Ours\n"));
    }
}
