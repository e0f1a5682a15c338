//! Disks that fail without a crash: the command says so, and the repo is as before.

use std::cell::Cell;

use super::{apply, interrupted, last, recover};
use agentpkg::store::journal::Pile;
use support::faults::{Asking, FAILURES, Fate, Kind, Snapshot, Volatile};

use super::samples::{Sample, everything, linked};

fn without_temps(snapshot: Snapshot) -> Snapshot {
    snapshot
        .into_iter()
        .filter(|(path, _)| !path.as_str().ends_with(".tmp"))
        .collect()
}

/// Checks one application; returns whether it failed.
#[track_caller]
fn check(sample: &Sample, disk: &Volatile, asking: &Asking<'_>) -> bool {
    match apply(asking, &sample.plan) {
        Err(error) => {
            assert_eq!(disk.snapshot(), sample.before(), "{error:?}");
            let notes = [
                "nothing was changed",
                "the install was rolled back; no files were changed",
            ];
            assert!(notes.contains(&error.notes()[0].as_str()), "{error:?}");
            assert_eq!(error.notes().len(), 1, "{error:?}");
            assert_eq!(recover(disk).unwrap(), None);
            assert_eq!(disk.snapshot(), sample.before());
            true
        }
        Ok(()) => {
            let found = without_temps(disk.snapshot());
            assert!(
                sample
                    .after()
                    .iter()
                    .all(|(path, file)| found.get(path) == Some(file))
            );
            recover(disk).unwrap();
            assert_eq!(disk.snapshot(), sample.after());
            assert_eq!(last(disk, Pile::Done).unwrap().as_ref(), Some(&sample.plan));
            false
        }
    }
}

#[test]
fn a_failing_operation_anywhere_changes_nothing() {
    check_failing_anywhere(&everything(), 50);
    check_failing_anywhere(&linked(), 30);
}

/// Fails each operation in turn: at least so many times that it is met.
#[track_caller]
fn check_failing_anywhere(sample: &Sample, times: usize) {
    for (exchanges, how) in [true, false]
        .into_iter()
        .flat_map(|exchanges| FAILURES.map(|how| (exchanges, how)))
    {
        let mut failures = 0;
        for stop in 0.. {
            let disk = sample.disk().swapping(exchanges);
            let asking = Asking::failing(&disk, stop, how);
            failures += usize::from(check(sample, &disk, &asking));
            if asking.count() <= stop {
                break;
            }
        }
        assert!(failures > times, "{failures}");
    }
}

#[test]
fn a_disk_that_fills_up_changes_nothing() {
    let sample = everything();
    let mut failures = 0;
    for stop in 0..300 {
        let disk = sample.disk();
        let asking = Asking::new(&disk, |count, kind| match kind {
            Kind::Write if count >= stop => Fate::FailsHalfway,
            _ => Fate::Succeeds,
        });
        failures += usize::from(check(&sample, &disk, &asking));
    }
    assert!(failures > 20, "{failures}");
}

#[test]
fn where_taking_back_fails_the_next_command_finishes() {
    let sample = everything();
    let mut times = 0;
    for stop in 0..300 {
        let disk = sample.disk();
        let renames = Cell::new(0);
        // From some rename on, only looking works.
        let asking = Asking::new(&disk, |_, kind| {
            renames.set(renames.get() + usize::from(kind == Kind::Rename));
            if renames.get() > stop && kind != Kind::Look {
                Fate::Fails
            } else {
                Fate::Succeeds
            }
        });
        let Err(error) = apply(&asking, &sample.plan) else {
            continue;
        };
        if interrupted(&disk).unwrap().is_some() {
            times += 1;
            assert_eq!(
                error.notes()[1],
                "the next command that writes finishes `install org-baseline`"
            );
            recover(&disk).unwrap();
            assert_eq!(disk.snapshot(), sample.after());
        }
    }
    assert!(times > 4, "{times}");
}

#[test]
fn the_number_of_syncs_does_not_grow_with_the_plan() {
    let sample = everything();
    let syncs = |changes: usize| {
        let mut plan = sample.plan.clone();
        plan.changes.truncate(changes);
        let disk = sample.disk();
        let asking = Asking::new(&disk, |_, _| Fate::Succeeds);
        apply(&asking, &plan).unwrap();
        asking.syncs.get()
    };
    assert_eq!((syncs(1), syncs(8)), (6, 6));
}
