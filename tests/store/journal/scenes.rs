//! The journal on real files, and its words.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::{FileExt, symlink};

use super::{apply, interrupted, last, of, recover};
use agentpkg::error::Error;
use agentpkg::model::path::{RelPath, rel};
use agentpkg::model::plan::{Plan, Stage};
use agentpkg::model::tree::{File, FileTree};
use agentpkg::store::fs::{Disk, OnDisk, Os};
use agentpkg::store::journal::{KeptFile, Pile, RecordState, journal};
use support::faults::{Asking, Fate, Kind, Snapshot, Unsynced, changes};
use tempfile::TempDir;

use super::samples::{Sample, change, everything, small};

fn repo(sample: &Sample) -> (TempDir, Unsynced) {
    let folder = tempfile::tempdir().unwrap();
    for path in &sample.folders {
        fs::create_dir_all(path.under(folder.path())).unwrap();
    }
    let os = Os::open(folder.path()).unwrap();
    for (path, file) in &sample.before {
        fs::create_dir_all(path.under(folder.path()).parent().unwrap()).unwrap();
        os.write_new(path, file).unwrap();
    }
    (folder, Unsynced(os))
}

/// Returns everything outside `.agentpkg`, as a disk in memory would.
fn snapshot(disk: &dyn Disk, folder: &TempDir) -> Snapshot {
    let mut found = Snapshot::new();
    let mut folders = vec![folder.path().to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name: RelPath = path
                .strip_prefix(folder.path())
                .unwrap()
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            if name.as_str() == ".agentpkg" {
                continue;
            }
            let node = disk.look(&name).unwrap();
            if node == OnDisk::Folder {
                folders.push(path);
            }
            found.insert(name, node);
        }
    }
    found
}

#[test]
fn a_plan_is_carried_out_on_real_files() {
    let sample = everything();
    let (folder, disk) = repo(&sample);
    fs::create_dir(folder.path().join(".agentpkg")).unwrap();
    fs::write(folder.path().join(".agentpkg/.gitignore"), "").unwrap();
    apply(&disk.0, &sample.plan).unwrap();
    assert_eq!(snapshot(&disk, &folder), sample.after());
    assert_eq!(last(&disk, Pile::Done).unwrap(), Some(sample.plan));
    assert_eq!(recover(&disk).unwrap(), None);
    assert_eq!(
        fs::read_to_string(folder.path().join(".agentpkg/.gitignore")).unwrap(),
        "*\n"
    );
    let own: Vec<_> = fs::read_dir(folder.path().join(".agentpkg"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(own.len(), 2, "{own:?}");
}

#[test]
fn killed_anywhere_real_files_are_as_before_or_as_after() {
    let sample = everything();
    let mut ends = [0; 2];
    for stop in 0.. {
        let (folder, disk) = repo(&sample);
        let done = apply(
            &Asking::killed(&disk, stop, Fate::FailsHalfway),
            &sample.plan,
        )
        .is_ok();
        let committed = interrupted(&disk).unwrap().is_some();
        ends[usize::from(committed)] += 1;
        recover(&disk).unwrap();
        let expected = if committed || done {
            sample.after()
        } else {
            sample.before()
        };
        assert_eq!(snapshot(&disk, &folder), expected, "killed at {stop}");
        if done && !committed {
            break;
        }
    }
    assert!(ends[0] > 5 && ends[1] > 20, "{ends:?}");
}

#[test]
fn a_failing_real_disk_changes_nothing() {
    let sample = everything();
    for stop in 0.. {
        let (folder, disk) = repo(&sample);
        let asking = Asking::failing(&disk, stop, Fate::FailsHalfway);
        if apply(&asking, &sample.plan).is_err() {
            assert_eq!(
                snapshot(&disk, &folder),
                sample.before(),
                "failed at {stop}"
            );
        }
        if asking.count() <= stop {
            break;
        }
    }
}

fn one_change(path: &str, old: Option<&str>) -> Plan {
    let before: FileTree = old
        .map(|old| (path.parse().unwrap(), File::plain(old)))
        .into_iter()
        .collect();
    Plan::new(
        "install org-baseline",
        vec![change(
            &before,
            path,
            Stage::File,
            Some(File::plain("new\n")),
        )],
    )
}

/// Applies a plan for `path` to the repo that `prepare` makes, and checks the error.
#[track_caller]
fn refused(path: &str, old: Option<&str>, prepare: impl FnOnce(&TempDir), message: &str) -> Error {
    let folder = tempfile::tempdir().unwrap();
    prepare(&folder);
    let disk = Unsynced(Os::open(folder.path()).unwrap());
    let before = fs::read_dir(folder.path()).unwrap().count();
    let error = apply(&disk, &one_change(path, old)).unwrap_err();
    assert_eq!(error.message(), message);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        before,
        "nothing was written"
    );
    error
}

#[test]
fn what_is_in_the_way_is_named_before_anything_moves() {
    let write = |name: &'static str| {
        move |folder: &TempDir| fs::write(folder.path().join(name), "old\n").unwrap()
    };
    let folder = |folder: &TempDir| fs::create_dir(folder.path().join("a")).unwrap();
    let link = |folder: &TempDir| symlink("b", folder.path().join("a")).unwrap();
    let error = refused(
        "a",
        Some("mine\n"),
        write("a"),
        "`a` changed while `install org-baseline` was at work",
    );
    assert_eq!(error.notes(), ["nothing was changed"]);
    assert_eq!(error.next_steps(), ["run the command again".into()]);
    refused(
        "a",
        None,
        write("a"),
        "`a` changed while `install org-baseline` was at work",
    );
    let error = refused(
        "a/b",
        None,
        write("a"),
        "`a` is a file where the folder of `a/b` has to be",
    );
    assert_eq!(
        error.next_steps(),
        ["move `a` away, then run the command again".into()]
    );
    refused("a", None, folder, "`a` is a folder where a file has to be");
    refused(
        "a",
        Some("old\n"),
        link,
        "`a` is a link where a file has to be",
    );
    refused(
        ".agentpkg/journal",
        None,
        |_| {},
        "`.agentpkg/journal` is agentpkg's own",
    );
}

#[test]
fn an_edit_between_the_check_and_the_move_is_put_back() {
    let sample = everything();
    let (folder, disk) = repo(&sample);
    let edited = folder.path().join("CLAUDE.md");
    // The journal's rename, two scripts'; the swap of the edited file comes next.
    let (error, _) = meanwhile(&sample, &disk, 3, || fs::write(&edited, "mine\n").unwrap());
    assert_eq!(
        error.message(),
        "`CLAUDE.md` changed while `install org-baseline` was at work"
    );
    assert_eq!(
        error.notes()[0],
        "the install was rolled back; no files were changed"
    );
    let copy = error.notes()[1].rsplit('`').nth(1).unwrap();
    assert_eq!(
        error.notes()[1],
        format!(
            "`CLAUDE.md` was edited meanwhile and stays as it is; what it held before is in `{copy}`"
        )
    );
    assert_eq!(
        fs::read_to_string(folder.path().join(copy)).unwrap(),
        "one\ntwo\n"
    );
    assert_eq!(fs::read_to_string(&edited).unwrap(), "mine\n");
    let mut expected = sample.before();
    expected.insert(rel("CLAUDE.md"), OnDisk::File(File::plain("mine\n")));
    assert_eq!(snapshot(&disk, &folder), expected);
}

/// Applies a plan during which `edit` is made as soon as there were `renames`; returns its error.
#[track_caller]
fn meanwhile(sample: &Sample, disk: &dyn Disk, renames: usize, edit: impl Fn()) -> (Error, usize) {
    let seen = Cell::new(0);
    let asking = Asking::new(disk, |_, kind| {
        seen.set(seen.get() + usize::from(kind == Kind::Rename));
        if seen.get() == renames && kind != Kind::Rename {
            edit();
        }
        Fate::Succeeds
    });
    (apply(&asking, &sample.plan).unwrap_err(), seen.get())
}

#[test]
fn an_edit_while_temps_are_written_stops_all_before_anything_moves() {
    let sample = everything();
    let (folder, disk) = repo(&sample);
    let edit = || fs::write(folder.path().join("agentpkg.lock"), "mine\n").unwrap();
    let (error, renames) = meanwhile(&sample, &disk, 1, edit);
    assert_eq!(
        error.message(),
        "`agentpkg.lock` changed while `install org-baseline` was at work"
    );
    assert_eq!(error.notes(), ["nothing was changed"]);
    assert_eq!(renames, 1, "only the journal was renamed");
}

#[test]
fn what_an_editor_writes_to_a_file_it_had_open_goes_back_with_it() {
    let sample = everything();
    let (folder, disk) = repo(&sample);
    let path = folder.path().join("CLAUDE.md");
    let open = fs::OpenOptions::new().write(true).open(&path).unwrap();
    // The journal's rename and all others.
    let all = sample.plan.changes.len() + 1;
    let (error, _) = meanwhile(&sample, &disk, all, || {
        open.write_all_at(b"mine", 0).unwrap()
    });
    assert_eq!(
        error.message(),
        "`CLAUDE.md` changed while `install org-baseline` was at work"
    );
    assert_eq!(fs::read_to_string(path).unwrap(), "minetwo\n");
}

#[test]
fn an_edit_where_names_can_not_be_swapped_stays() {
    let sample = small();
    let disk = sample.disk().swapping(false);
    // The journal's rename, the added file's, then the swap that is refused.
    let (error, _) = meanwhile(&sample, &disk, 3, || {
        if disk.look(&rel("n/a")).unwrap() != OnDisk::Absent {
            disk.edit(&rel("u"), b"mine", false);
        }
    });
    assert_eq!(error.message(), "`u` changed while `upgrade` was at work");
    assert_eq!(
        error.notes()[0],
        "the upgrade was rolled back; no files were changed"
    );
    assert_eq!(
        disk.look(&rel("u")).unwrap(),
        OnDisk::File(File::plain("mine"))
    );
}

#[test]
fn an_added_file_that_was_edited_before_the_plan_failed_stays() {
    let sample = small();
    let disk = sample.disk();
    // The journal's rename and the added file's; then that is edited, and so is the file whose turn
    // is next.
    let (error, _) = meanwhile(&sample, &disk, 3, || {
        disk.edit(&rel("n/a"), b"mine", true);
        disk.edit(&rel("d/d"), b"mine too", true);
    });
    assert_eq!(error.message(), "`d/d` changed while `upgrade` was at work");
    assert!(
        error
            .notes()
            .contains(&"`n/a` was edited meanwhile and stays as it is".to_owned()),
        "{error:?}"
    );
    assert_eq!(
        disk.look(&rel("n/a")).unwrap(),
        OnDisk::File(File::plain("mine"))
    );
    assert_eq!(
        disk.look(&rel("u")).unwrap(),
        OnDisk::File(File::plain("old\n"))
    );
}

#[test]
fn recovery_keeps_what_has_no_folder_to_go_to() {
    let sample = everything();
    let (folder, disk) = repo(&sample);
    let committed = |_, _| match interrupted(&disk).unwrap() {
        Some(_) => Fate::Fails,
        None => Fate::Succeeds,
    };
    apply(&Asking::new(&disk, committed), &sample.plan).unwrap_err();
    fs::write(folder.path().join(".claude/hooks"), "mine\n").unwrap();
    let recovered = recover(&disk).unwrap().unwrap();
    let [
        KeptFile {
            path,
            copy: Some(copy),
        },
    ] = recovered.kept.as_slice()
    else {
        panic!("{:?}", recovered.kept)
    };
    assert_eq!(path, &rel(".claude/hooks/x/guard.sh"));
    assert_eq!(
        fs::read_to_string(copy.under(folder.path())).unwrap(),
        "#!/bin/sh\nexit 2\n"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join(".claude/hooks")).unwrap(),
        "mine\n"
    );
}

#[test]
fn recovery_leaves_an_edited_file_and_says_where_the_new_one_is() {
    let sample = everything();
    let (folder, disk) = repo(&sample);
    // Killed with the first temp, and edited before the next command.
    let _ = apply(
        &Asking::new(&disk, |_, kind| match kind {
            Kind::Sync => Fate::Succeeds,
            _ if folder.path().join(".claude/hooks").exists() => Fate::Fails,
            _ => Fate::Succeeds,
        }),
        &sample.plan,
    );
    assert_eq!(
        interrupted(&disk).unwrap().as_deref(),
        Some("install org-baseline")
    );
    let error = apply(&disk, &sample.plan).unwrap_err();
    assert_eq!(
        error.message(),
        "`install org-baseline` was interrupted, and has to be finished first"
    );
    fs::write(folder.path().join("CLAUDE.md"), "mine\n").unwrap();
    fs::write(folder.path().join(".claude/rules/old/deep/a.md"), "mine\n").unwrap();
    let recovered = recover(&disk).unwrap().unwrap();
    assert_eq!(recovered.verb, "install org-baseline");
    assert_eq!(recovered.finished.len(), sample.plan.changes.len() - 2);
    let [
        KeptFile {
            path,
            copy: Some(copy),
        },
        KeptFile {
            path: deleted,
            copy: None,
        },
    ] = recovered.kept.as_slice()
    else {
        panic!("{:?}", recovered.kept);
    };
    assert_eq!(
        (path, deleted),
        (&rel("CLAUDE.md"), &rel(".claude/rules/old/deep/a.md"))
    );
    assert_eq!(
        fs::read_to_string(copy.under(folder.path())).unwrap(),
        "one\ntwo\nthree\n"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join("CLAUDE.md")).unwrap(),
        "mine\n"
    );
    assert_eq!(
        fs::read_to_string(folder.path().join(".claude/rules/old/deep/a.md")).unwrap(),
        "mine\n"
    );
}

#[test]
fn recovery_that_is_stopped_and_started_again_keeps_a_file_once() {
    let sample = small();
    let start = sample.disk();
    let committed = |_, _| match interrupted(&start).unwrap() {
        Some(_) => Fate::Fails,
        None => Fate::Succeeds,
    };
    apply(&Asking::new(&start, committed), &sample.plan).unwrap_err();
    start.edit(&rel("u"), b"mine\n", false);
    let RecordState::Own(record) = of(&start).standing(&journal()).unwrap() else {
        panic!("the plan is in the journal")
    };
    let kept: RelPath = format!(".agentpkg/kept/{}/u", record.id).parse().unwrap();
    for stop in 0..changes(&start, |disk| drop(recover(disk).unwrap())) {
        let disk = start.clone();
        let _ = recover(&Asking::killed(&disk, stop, Fate::FailsAfterwards));
        recover(&disk).unwrap();
        let wanted = OnDisk::File(File::plain("new!\n"));
        let copies: Vec<RelPath> = disk
            .everything()
            .into_iter()
            .filter_map(|(path, found)| (found == wanted).then_some(path))
            .collect();
        assert_eq!(copies, std::slice::from_ref(&kept), "stopped at {stop}");
    }
}

#[test]
fn a_damaged_journal_is_set_aside_and_a_later_one_is_left() {
    let (folder, disk) = repo(&everything());
    fs::create_dir(folder.path().join(".agentpkg")).unwrap();
    let journal = folder.path().join(".agentpkg/journal");
    fs::write(&journal, "agentpkg journal 4\n").unwrap();
    assert_eq!(
        recover(&disk).unwrap_err().message(),
        "a later agentpkg than this one wrote `.agentpkg/journal`"
    );
    fs::write(&journal, "agentpkg journal 1\nsha256:00\n").unwrap();
    assert_eq!(interrupted(&disk).unwrap().as_deref(), Some("a command"));
    let error = recover(&disk).unwrap_err();
    assert_eq!(
        error.message(),
        "the journal of an interrupted command is damaged"
    );
    assert!(folder.path().join(".agentpkg/journal.damaged").exists());
    assert_eq!(recover(&disk).unwrap(), None);
    assert_eq!(snapshot(&disk, &folder), everything().before());
    fs::write(folder.path().join(".agentpkg/undo"), "x").unwrap();
    assert_eq!(
        last(&disk, Pile::Done).unwrap_err().message(),
        "`.agentpkg/undo` is not what was written"
    );
}

#[test]
fn a_forged_journal_can_not_write_outside_or_into_git() {
    let folder = tempfile::tempdir().unwrap();
    let repo = folder.path().join("repo");
    fs::create_dir_all(repo.join(".git")).unwrap();
    fs::create_dir_all(folder.path().join("out")).unwrap();
    symlink("../out", repo.join("link")).unwrap();
    let disk = Unsynced(Os::open(&repo).unwrap());
    for path in ["link/a", ".git/config", ".GIT/config"] {
        let before = everything().disk();
        let committed = |_, _| match interrupted(&before).unwrap() {
            Some(_) => Fate::Fails,
            None => Fate::Succeeds,
        };
        apply(&Asking::new(&before, committed), &one_change(path, None)).unwrap_err();
        let journal = before.look(&rel(".agentpkg/journal")).unwrap();
        let OnDisk::File(journal) = journal else {
            panic!("{journal:?}")
        };
        fs::create_dir_all(repo.join(".agentpkg")).unwrap();
        fs::write(repo.join(".agentpkg/journal"), journal.bytes).unwrap();
        recover(&disk).unwrap_err();
        assert_eq!(fs::read_dir(repo.join(".git")).unwrap().count(), 0);
        assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 0);
    }
}
