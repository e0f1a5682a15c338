//! Killed after any operation, recovery too: the repo is as before or as after.

use super::{apply, interrupted, recover};
use agentpkg::model::path::rel;
use agentpkg::store::fs::{Disk, OnDisk};
use support::faults::{Asking, FAILURES, Fate, Volatile, changes};

use super::samples::{Sample, everything, linked};

/// Returns the disk as it is when the application of the plan is killed.
fn killed(sample: &Sample, exchanges: bool, stop: usize, last: Fate) -> Volatile {
    let disk = sample.disk().swapping(exchanges);
    let _ = apply(&Asking::killed(&disk, stop, last), &sample.plan);
    disk
}

#[track_caller]
fn check_recovered(sample: &Sample, disk: &Volatile, committed: bool) {
    let recovered = recover(disk).unwrap();
    let expected = if committed {
        sample.after()
    } else {
        sample.before()
    };
    assert_eq!(disk.snapshot(), expected);
    assert_eq!(recovered.is_some(), committed);
    assert!(recovered.is_none_or(|recovered| recovered.kept.is_empty() && recovered.verb == sample.plan.verb));
    assert_eq!(
        disk.look(&rel(".agentpkg/journal")).unwrap(),
        OnDisk::Absent
    );
    assert_eq!(
        disk.look(&rel(".agentpkg/journal.tmp")).unwrap(),
        OnDisk::Absent
    );
    assert_eq!(recover(disk).unwrap(), None);
}

#[test]
fn killed_anywhere_it_is_as_before_or_as_after() {
    for sample in [everything(), linked()] {
        check_killed_anywhere(&sample);
    }
}

#[track_caller]
fn check_killed_anywhere(sample: &Sample) {
    for (exchanges, last) in [true, false]
        .into_iter()
        .flat_map(|exchanges| FAILURES.map(|last| (exchanges, last)))
    {
        let disk = sample.disk().swapping(exchanges);
        let count = changes(&disk, |disk| apply(disk, &sample.plan).unwrap());
        let mut ends = [0; 3];
        for stop in 0..count {
            let disk = killed(sample, exchanges, stop, last);
            let committed = interrupted(&disk).unwrap().is_some();
            let done = disk.snapshot() == sample.after() && !committed;
            ends[usize::from(committed) + 2 * usize::from(done)] += 1;
            match done {
                true => assert_eq!(recover(&disk).unwrap(), None),
                false => check_recovered(sample, &disk, committed),
            }
        }
        assert!(
            ends.iter().all(|&times| times > 0),
            "every end is met: {ends:?}"
        );
    }
}

#[test]
fn recovery_killed_anywhere_is_recovered_from() {
    for sample in [everything(), linked()] {
        check_recovery_killed_anywhere(&sample);
    }
}

#[track_caller]
fn check_recovery_killed_anywhere(sample: &Sample) {
    let count = changes(&sample.disk(), |disk| apply(disk, &sample.plan).unwrap());
    for (stop, last) in (0..count).flat_map(|stop| FAILURES.map(|last| (stop, last))) {
        let disk = killed(sample, stop % 2 == 0, stop, last);
        if interrupted(&disk).unwrap().is_none() {
            continue;
        }
        for again in 0..changes(&disk, |disk| drop(recover(disk).unwrap())) {
            let disk = disk.clone();
            let _ = recover(&Asking::killed(&disk, again, last));
            match interrupted(&disk).unwrap() {
                Some(_) => check_recovered(sample, &disk, true),
                None => assert_eq!(disk.snapshot(), sample.after()),
            }
        }
    }
}

#[test]
fn a_failed_plan_killed_while_it_is_taken_back_is_finished_or_gone() {
    let sample = everything();
    let disk = sample.disk();
    let asking = Asking::new(&disk, |_, _| Fate::Succeeds);
    apply(&asking, &sample.plan).unwrap();
    let mut ends = [0; 2];
    for (fail, ahead) in
        (0..asking.count()).flat_map(|fail| (1..80).step_by(5).map(move |ahead| (fail, ahead)))
    {
        let disk = sample.disk();
        let asking = Asking::new(&disk, |count, _| match count {
            _ if count == fail || count >= fail + ahead => Fate::Fails,
            _ => Fate::Succeeds,
        });
        let _ = apply(&asking, &sample.plan);
        recover(&disk).unwrap();
        let after = disk.snapshot() == sample.after();
        assert!(after || disk.snapshot() == sample.before());
        ends[usize::from(after)] += 1;
    }
    assert!(ends.iter().all(|&times| times > 100), "{ends:?}");
}
