//! A person edits while a command writes: what they wrote is in the repo, or kept.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use super::{apply, last, recover};
use agentpkg::model::path::RelPath;
use agentpkg::model::plan::{Plan, Stage};
use agentpkg::model::tree::{File, FileTree};
use agentpkg::store::fs::{Disk, OnDisk};
use agentpkg::store::journal::Pile;
use proptest::prelude::*;
use support::Skips;
use support::faults::{Asking, Fate, Snapshot, Volatile};

use super::samples::{Sample, change, in_place, linked, small, turned};

/// What a person writes: longer than any file of a template in these tests, since only a beginning
/// of one of those may be taken for a temp that was cut short.
const WORDS: [&[u8]; 2] = [
    b"a person's own words, written first\n",
    b"a person's own words, written second\n",
];

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

const EDITS: [Edit; 5] = [
    Edit::Replace,
    Edit::InPlace,
    Edit::Erase,
    Edit::Folder,
    Edit::Link,
];

impl Edit {
    /// Makes the edit; returns whether it could be made.
    fn make(self, disk: &Volatile, path: &RelPath, words: &[u8]) -> bool {
        let file_above =
            |folder| matches!(disk.look(&folder), Ok(OnDisk::File(_) | OnDisk::Link(_)));
        if path.ancestors().any(file_above) || disk.look(path).unwrap() == OnDisk::Folder {
            return false;
        }
        match self {
            Self::Replace => disk.edit(path, words, false),
            Self::InPlace => disk.edit(path, words, true),
            Self::Erase => disk.erase(path),
            Self::Folder => disk.put_folder(path),
            Self::Link => disk.put_link(path, "elsewhere"),
        }
        for place in std::iter::once(path.clone()).chain(path.ancestors()) {
            let _ = disk.sync_folder_of(&place);
        }
        true
    }

    /// Returns whether `found` is what the person left.
    fn left(self, found: &OnDisk, words: &[u8]) -> bool {
        match self {
            Self::Replace | Self::InPlace => {
                matches!(found, OnDisk::File(file) if file.bytes == words)
            }
            Self::Erase => true,
            Self::Folder => *found == OnDisk::Folder,
            Self::Link => *found == OnDisk::Link("elsewhere".into()),
        }
    }
}

/// Returns whether some file, which isn't a record of the journal, is of these bytes.
fn holds(disk: &Volatile, bytes: &[u8]) -> bool {
    disk.everything()
        .values()
        .any(|found| matches!(found, OnDisk::File(file) if file.bytes == bytes))
}

/// One run of a plan with an edit in it.
#[derive(Clone, Debug)]
struct Story {
    sample: Sample,
    path: RelPath,
    /// What the person does to it, before which operation.
    edits: Vec<(usize, Edit)>,
    /// The operation with which all stops, if one does.
    stop: Option<usize>,
    /// Whether that is a power cut, with these losses.
    cut: Option<Vec<usize>>,
}

impl Story {
    /// Plays it: applies, then recovers until that ends, the edits coming when their time is there.
    /// Returns whether one came.
    fn check(&self) -> bool {
        let disk = self.sample.disk();
        let clock = Cell::new(0);
        let made = RefCell::new(vec![]);
        let result = apply(
            &Asking::new(&disk, |_, _| self.tick(&disk, &clock, &made, self.stop)),
            &self.sample.plan,
        );
        let disk = match (&self.cut, self.stop) {
            (Some(losses), Some(_)) => {
                let mut losses = losses.iter().cycle();
                disk.cut(&mut |below| losses.next().map_or(0, |loss| loss % below))
            }
            _ => disk.clone(),
        };
        // An edit at a bad moment may stop recovery, but not the next one.
        let _ = recover(&Asking::new(&disk, |_, _| {
            self.tick(&disk, &clock, &made, None)
        }));
        recover(&disk).unwrap();
        self.check_end(&disk, result.is_ok(), &made.borrow());
        !made.into_inner().is_empty()
    }

    /// Makes the edits whose time it is; notes which are to be seen in the end.
    fn tick(
        &self,
        disk: &Volatile,
        clock: &Cell<usize>,
        made: &RefCell<Vec<usize>>,
        stop: Option<usize>,
    ) -> Fate {
        if stop.is_some_and(|stop| clock.get() >= stop) {
            return Fate::Fails;
        }
        let now = clock.replace(clock.get() + 1);
        for (number, (_, edit)) in self
            .edits
            .iter()
            .enumerate()
            .filter(|(_, (when, _))| *when == now)
        {
            // Whoever edits what they edited before means that to go.
            let found = disk.look(&self.path).unwrap();
            if edit.make(disk, &self.path, WORDS[number]) {
                made.borrow_mut()
                    .retain(|&earlier| !self.edits[earlier].1.left(&found, WORDS[earlier]));
                made.borrow_mut().push(number);
            }
        }
        Fate::Succeeds
    }

    fn check_end(&self, disk: &Volatile, done: bool, made: &[usize]) {
        let others = |snapshot: Snapshot| self.others(snapshot);
        let found = others(disk.snapshot());
        let (before, after) = (others(self.sample.before()), others(self.sample.after()));
        let allowed = match (done, self.stop) {
            (true, _) => found == after,
            // What is in the way of going back is said, and the next command goes on.
            (false, None) if self.sample.plan.turned().contains(&self.path) => {
                found == before || found == after
            }
            (false, None) => found == before,
            (false, Some(_)) => found == before || found == after,
        };
        assert!(
            allowed,
            "{} {:?} {:?}: {:#?}",
            self.path,
            self.edits,
            self.stop,
            disk.everything()
        );
        for &number in made {
            let edit = self.edits[number].1;
            let in_place = edit.left(&disk.look(&self.path).unwrap(), WORDS[number]);
            // One edit keeps its place. Of two in a row, one may have to make way for the other,
            // and is kept.
            let survives = in_place || (self.edits.len() > 1 && holds(disk, WORDS[number]));
            // An empty folder where a file becomes one is as good as the plan's own.
            let survives = survives
                || (edit == Edit::Folder && self.sample.plan.turned().contains(&self.path));
            let bytes = matches!(edit, Edit::Replace | Edit::InPlace);
            assert!(
                survives || (self.edits.len() > 1 && !bytes),
                "{number} {} {:?} {:?}: {:#?}",
                self.path,
                self.edits,
                self.stop,
                disk.everything()
            );
        }
        for change in self
            .sample
            .plan
            .changes
            .iter()
            .filter(|change| change.path != self.path)
        {
            let recorded = last(disk, Pile::Done)
                .unwrap()
                .is_some_and(|plan| plan.changes.iter().any(|c| c.old == change.old));
            assert!(
                recorded
                    || change
                        .old
                        .as_ref()
                        .is_none_or(|old| holds(disk, &old.bytes))
            );
        }
    }

    /// Returns the files that the edit isn't about. Where a file becomes a folder, or a folder a file,
    /// an edit of the one leaves no place for the other.
    fn others(&self, snapshot: Snapshot) -> BTreeSet<(RelPath, String)> {
        let is_apart = |path: &RelPath| {
            path.below(self.path.as_str()).is_none() && self.path.below(path.as_str()).is_none()
        };
        let files = snapshot.into_iter().filter(|(path, found)| {
            *found != OnDisk::Folder && *path != self.path && is_apart(path)
        });
        files
            .map(|(path, found)| (path, format!("{found:?}")))
            .collect()
    }
}

/// Tells every story of an edit to `sample`: `ahead` operations before the crash, if there is one.
fn tell(sample: &Sample, ahead: Option<usize>) {
    let paths: Vec<&RelPath> = sample.plan.paths().collect();
    for (path, edit) in paths
        .iter()
        .flat_map(|path| EDITS.map(|edit| (*path, edit)))
    {
        for when in 0..25 * paths.len() {
            let (sample, path) = (sample.clone(), path.clone());
            let stop = ahead.map(|ahead| when + ahead);
            Story {
                sample,
                path,
                edits: vec![(when, edit)],
                stop,
                cut: None,
            }
            .check();
        }
    }
}

#[test]
fn an_edit_at_any_moment_survives() {
    tell(&small(), None);
}

#[test]
fn an_edit_just_before_a_crash_survives() {
    for ahead in [1, 2, 4] {
        tell(&small(), Some(ahead));
    }
}

#[test]
fn an_edit_during_recovery_survives() {
    let sample = small();
    for (change, stop) in sample
        .plan
        .changes
        .iter()
        .flat_map(|change| (20..68).step_by(6).map(move |stop| (change, stop)))
    {
        for (when, edit) in
            (stop..stop + 60).flat_map(|when| [(when, Edit::Replace), (when, Edit::Erase)])
        {
            let (sample, path) = (sample.clone(), change.path.clone());
            Story {
                sample,
                path,
                edits: vec![(when, edit)],
                stop: Some(stop),
                cut: None,
            }
            .check();
        }
    }
}

#[test]
fn an_edit_right_after_an_edit_survives() {
    let sample = small();
    for (change, when) in sample
        .plan
        .changes
        .iter()
        .flat_map(|change| (0..75).map(move |when| (change, when)))
    {
        for later in 1..5 {
            for stop in [None, Some(when + later + 1), Some(when + later + 2)] {
                let edits = vec![(when, Edit::Replace), (when + later, Edit::Replace)];
                Story {
                    sample: sample.clone(),
                    path: change.path.clone(),
                    edits,
                    stop,
                    cut: None,
                }
                .check();
            }
        }
    }
}

#[test]
#[ignore = "slow: the same for a larger plan"]
fn an_edit_of_a_larger_plan_survives() {
    for ahead in [None, Some(1), Some(2), Some(3)] {
        tell(&in_place(), ahead);
    }
}

#[test]
fn an_edit_survives_where_files_and_folders_change_places() {
    for ahead in [None, Some(1), Some(2)] {
        tell(&turned(), ahead);
    }
}

#[test]
fn an_edit_survives_where_links_come_and_go() {
    for ahead in [None, Some(1), Some(2)] {
        tell(&linked(), ahead);
    }
}

fn file() -> impl Strategy<Value = File> {
    ("[ab\n]{0,6}", any::<bool>()).prop_map(|(text, executable)| File {
        bytes: text.into(),
        executable,
    })
}

/// Paths few enough to meet, none of which is a folder of another.
fn path() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a", "b", "c/a", "c/b", "c/d/a", "c/d/e/b", "f/a", "f/g/h/i",
    ])
}

fn sample() -> impl Strategy<Value = Sample> {
    let tree = prop::collection::btree_map(path(), file(), 0..8);
    let news = prop::collection::btree_map(path(), (prop::option::of(file()), 0usize..6), 1..8);
    (tree, news).prop_map(|(tree, news)| {
        const STAGES: [Stage; 6] = [
            Stage::Script,
            Stage::File,
            Stage::Settings,
            Stage::Deletion,
            Stage::Manifest,
            Stage::Lock,
        ];
        let before: FileTree = tree
            .into_iter()
            .map(|(path, file)| (path.parse().unwrap(), file))
            .collect();
        let changes = news
            .into_iter()
            .map(|(path, (new, stage))| change(&before, path, STAGES[stage], new))
            .collect();
        Sample {
            before,
            folders: vec![],
            plan: Plan::new("upgrade", changes),
        }
    })
}

fn story() -> impl Strategy<Value = Story> {
    let edit = (0usize..150, prop::sample::select(EDITS.to_vec()));
    let losses = prop::collection::vec(0usize..12, 40);
    (
        sample(),
        path(),
        prop::collection::vec(edit, 1..=2),
        prop::option::of(0usize..150),
        prop::option::of(losses),
    )
        .prop_map(|(sample, path, edits, stop, cut)| Story {
            sample,
            path: path.parse().unwrap(),
            edits,
            stop,
            cut,
        })
}

#[test]
fn any_edit_of_any_repo_survives_any_plan() {
    // In more than half of them all is over before the edit's time comes.
    let skips = Skips::at_most(65, "stories with an edit");
    let config = ProptestConfig {
        cases: 1000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(story in story())| {
        skips.uses(story.check());
    });
    skips.check();
}

#[test]
fn two_edits_around_a_power_cut_survive() {
    let before = FileTree::from([
        ("b".parse().unwrap(), File::plain("")),
        ("c/d/a".parse().unwrap(), File::plain("")),
        ("c/d/e/b".parse().unwrap(), File::plain("")),
    ]);
    let changes = vec![
        change(&before, "b", Stage::Script, None),
        change(&before, "c/d/a", Stage::Script, Some(File::plain("a"))),
        change(&before, "c/d/e/b", Stage::File, None),
        change(&before, "a", Stage::Settings, Some(File::plain(""))),
    ];
    let sample = Sample {
        before,
        folders: vec![],
        plan: Plan::new("upgrade", changes),
    };
    let mut losses = vec![0; 40];
    (losses[0], losses[9]) = (2, 5);
    Story {
        sample,
        path: "c/d/e/b".parse().unwrap(),
        edits: vec![(35, Edit::Replace), (42, Edit::Replace)],
        stop: Some(103),
        cut: Some(losses),
    }
    .check();
}
