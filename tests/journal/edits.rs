//! A person edits while a command writes: what they wrote is in the repo, or kept.

use std::cell::Cell;
use std::collections::BTreeSet;

use agentpkg::model::path::RelPath;
use agentpkg::model::plan::{Plan, Stage};
use agentpkg::model::tree::{File, FileTree};
use agentpkg::store::fs::{Disk, Found};
use agentpkg::store::journal::{apply, last, recover};
use proptest::prelude::*;

use super::disks::{Asking, Fate, Snapshot, Volatile};
use super::samples::{Sample, change, everything};

const EDIT: &[u8] = b"a person's own words, longer than any file of a template in these tests\n";

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Edit {
    /// Saves a new file in place of the old.
    Replace,
    /// Writes into the file.
    InPlace,
    Erase,
    Folder,
    Link,
}

const EDITS: [Edit; 5] = [Edit::Replace, Edit::InPlace, Edit::Erase, Edit::Folder, Edit::Link];

impl Edit {
    fn make(self, disk: &Volatile, path: &RelPath) {
        let below_a_file =
            path.ancestors().any(|folder| matches!(disk.look(&folder), Ok(Found::File(_) | Found::Link)));
        match self {
            _ if below_a_file || disk.look(path).unwrap() == Found::Folder => {}
            Self::Replace => disk.edit(path, EDIT, false),
            Self::InPlace => disk.edit(path, EDIT, true),
            Self::Erase => disk.erase(path),
            Self::Folder => disk.put_folder(path),
            Self::Link => disk.put_link(path),
        }
        disk.sync_folder_of(path).ok();
    }

    /// Returns whether what the person did is still to be seen.
    fn survives(self, disk: &Volatile, path: &RelPath) -> bool {
        match self {
            Self::Replace | Self::InPlace => holds(disk, EDIT),
            Self::Erase => true,
            Self::Folder => disk.look(path).unwrap() == Found::Folder,
            Self::Link => disk.everything().values().any(|found| *found == Found::Link),
        }
    }
}

/// Returns whether some file, which isn't a record of the journal, is of these bytes.
fn holds(disk: &Volatile, bytes: &[u8]) -> bool {
    disk.everything().values().any(|found| matches!(found, Found::File(file) if file.bytes == bytes))
}

/// One run of a plan with an edit in it.
#[derive(Clone, Debug)]
struct Story {
    sample: Sample,
    edit: Edit,
    path: RelPath,
    /// The operation before which the edit comes.
    when: usize,
    /// The operation with which all stops, if one does.
    stop: Option<usize>,
    /// Whether that is a power cut, with these losses.
    cut: Option<Vec<usize>>,
}

impl Story {
    /// Plays it: applies, then recovers until that ends, the edit coming when its time is there.
    fn check(&self) {
        let disk = self.sample.disk();
        let made = Cell::new(false);
        let clock = Cell::new(0);
        let tick = |stop: Option<usize>| {
            if clock.get() == self.when && !made.replace(true) {
                self.edit.make(&disk, &self.path);
            }
            let now = clock.replace(clock.get() + 1);
            if stop.is_some_and(|stop| now >= stop) { Fate::Fails } else { Fate::Succeeds }
        };
        let result = apply(&Asking::new(&disk, |_, _| tick(self.stop)), &self.sample.plan);
        let disk = match &self.cut {
            Some(losses) if self.stop.is_some() => {
                let mut losses = losses.iter().cycle();
                disk.cut(&mut |below| losses.next().map_or(0, |loss| loss % below))
            }
            _ => disk.clone(),
        };
        if !made.get() {
            // The edit may come during recovery too.
            let clock = Cell::new(clock.get());
            let tick = |_, _| {
                if clock.replace(clock.get() + 1) == self.when && !made.replace(true) {
                    self.edit.make(&disk, &self.path);
                }
                Fate::Succeeds
            };
            let _ = recover(&Asking::new(&disk, tick));
        }
        // An edit at a bad moment may stop recovery, but not the next one.
        recover(&disk).unwrap();
        self.check_end(&disk, result.is_ok(), made.get());
    }

    fn check_end(&self, disk: &Volatile, done: bool, made: bool) {
        let others = |snapshot: Snapshot| self.others(snapshot);
        let found = others(disk.snapshot());
        let (before, after) = (others(self.sample.before()), others(self.sample.after()));
        let allowed = match (done, self.stop) {
            (true, _) => found == after,
            (false, None) => found == before,
            (false, Some(_)) => found == before || found == after,
        };
        assert!(allowed, "{:#?}", disk.everything());
        assert!(!made || self.edit.survives(disk, &self.path), "{:#?}", disk.everything());
        for change in self.sample.plan.changes.iter().filter(|change| change.path != self.path) {
            let recorded = last(disk).unwrap().is_some_and(|plan| plan.changes.iter().any(|c| c.old == change.old));
            assert!(recorded || change.old.as_ref().is_none_or(|old| holds(disk, &old.bytes)));
        }
    }

    /// Returns the files that the edit isn't about.
    fn others(&self, snapshot: Snapshot) -> BTreeSet<(RelPath, String)> {
        let files = snapshot.into_iter().filter(|(path, found)| *found != Found::Folder && *path != self.path);
        files.map(|(path, found)| (path, format!("{found:?}"))).collect()
    }
}

#[test]
fn an_edit_at_any_moment_survives() {
    let sample = everything();
    for change in &sample.plan.changes {
        for edit in EDITS {
            for when in 0..200 {
                let path = change.path.clone();
                Story { sample: sample.clone(), edit, path, when, stop: None, cut: None }.check();
            }
        }
    }
}

#[test]
fn an_edit_just_before_a_crash_survives() {
    let sample = everything();
    for change in &sample.plan.changes {
        for (edit, ahead) in [(Edit::Replace, 1), (Edit::Replace, 2), (Edit::InPlace, 3), (Edit::Erase, 1)] {
            for when in 0..200 {
                let path = change.path.clone();
                Story { sample: sample.clone(), edit, path, when, stop: Some(when + ahead), cut: None }.check();
            }
        }
    }
}

fn file() -> impl Strategy<Value = File> {
    ("[ab\n]{0,6}", any::<bool>()).prop_map(|(text, executable)| File { bytes: text.into(), executable })
}

/// Paths few enough to meet, none of which is a folder of another.
fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b", "c/a", "c/b", "c/d/a", "c/d/e/b", "f/a", "f/g/h/i"])
}

fn sample() -> impl Strategy<Value = Sample> {
    let tree = prop::collection::btree_map(path(), file(), 0..8);
    let news = prop::collection::btree_map(path(), (prop::option::of(file()), 0usize..6), 1..8);
    (tree, news).prop_map(|(tree, news)| {
        const STAGES: [Stage; 6] =
            [Stage::Script, Stage::File, Stage::Settings, Stage::Deletion, Stage::Manifest, Stage::Lock];
        let before: FileTree = tree.into_iter().map(|(path, file)| (path.parse().unwrap(), file)).collect();
        let changes = news.into_iter().map(|(path, (new, stage))| change(&before, path, STAGES[stage], new)).collect();
        Sample { before, folders: vec![], plan: Plan::new("upgrade", changes) }
    })
}

fn story() -> impl Strategy<Value = Story> {
    let losses = prop::collection::vec(0usize..12, 40);
    (
        sample(),
        prop::sample::select(EDITS.to_vec()),
        path(),
        0usize..150,
        prop::option::of(0usize..150),
        prop::option::of(losses),
    )
        .prop_map(|(sample, edit, path, when, stop, cut)| Story {
            sample,
            edit,
            path: path.parse().unwrap(),
            when,
            stop,
            cut,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_edit_of_any_repo_survives_any_plan(story in story()) {
        story.check();
    }
}
