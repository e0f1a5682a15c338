//! Killed after any operation, recovery too: the repo is as before or as after.

use agentpkg::store::fs::Disk;
use agentpkg::store::journal::{apply, interrupted, recover};

use super::disks::{Asking, FAILURES, Fate, Volatile};
use super::samples::{Sample, everything};

/// Returns how many operations there are to kill.
fn operations(disk: &Volatile, run: impl Fn(&dyn Disk)) -> usize {
    let copy = disk.clone();
    let asking = Asking::new(&copy, |_, _| Fate::Succeeds);
    run(&asking);
    asking.count()
}

/// Returns the disk as it is when the application of the plan is killed.
fn killed(sample: &Sample, exchanges: bool, stop: usize, last: Fate) -> Volatile {
    let disk = sample.disk().swapping(exchanges);
    let _ = apply(&Asking::killed(&disk, stop, last), &sample.plan);
    disk
}

#[track_caller]
fn check_recovered(sample: &Sample, disk: &Volatile, committed: bool) {
    let recovered = recover(disk).unwrap();
    let expected = if committed { sample.after() } else { sample.before() };
    assert_eq!(disk.snapshot(), expected);
    assert_eq!(recovered.is_some(), committed);
    assert!(recovered.is_none_or(|recovered| recovered.kept.is_empty() && recovered.verb == sample.plan.verb));
    assert_eq!(interrupted(disk).unwrap(), None);
    assert_eq!(recover(disk).unwrap(), None);
}

#[test]
fn killed_anywhere_it_is_as_before_or_as_after() {
    let sample = everything();
    for (exchanges, last) in [true, false].into_iter().flat_map(|exchanges| FAILURES.map(|last| (exchanges, last))) {
        let disk = sample.disk().swapping(exchanges);
        let count = operations(&disk, |disk| apply(disk, &sample.plan).unwrap());
        let mut ends = [0; 3];
        for stop in 0..count {
            let disk = killed(&sample, exchanges, stop, last);
            let committed = interrupted(&disk).unwrap().is_some();
            let done = disk.snapshot() == sample.after() && !committed;
            ends[usize::from(committed) + 2 * usize::from(done)] += 1;
            match done {
                true => assert_eq!(recover(&disk).unwrap(), None),
                false => check_recovered(&sample, &disk, committed),
            }
        }
        assert!(ends.iter().all(|&times| times > 0), "every end is met: {ends:?}");
    }
}

#[test]
fn recovery_killed_anywhere_is_recovered_from() {
    let sample = everything();
    let count = operations(&sample.disk(), |disk| apply(disk, &sample.plan).unwrap());
    for (stop, last) in (0..count).flat_map(|stop| FAILURES.map(|last| (stop, last))) {
        let disk = killed(&sample, stop % 2 == 0, stop, last);
        if interrupted(&disk).unwrap().is_none() {
            continue;
        }
        for again in 0..operations(&disk, |disk| drop(recover(disk).unwrap())) {
            let disk = disk.clone();
            let _ = recover(&Asking::killed(&disk, again, last));
            match interrupted(&disk).unwrap() {
                Some(_) => check_recovered(&sample, &disk, true),
                None => assert_eq!(disk.snapshot(), sample.after()),
            }
        }
    }
}

#[test]
fn a_failed_plan_killed_while_it_is_taken_back_is_finished_or_gone() {
    let sample = everything();
    let count = operations(&sample.disk(), |disk| apply(disk, &sample.plan).unwrap());
    for fail in 0..count {
        for stop in fail + 1..fail + 60 {
            let disk = sample.disk();
            let asking = Asking::new(&disk, |count, _| match count {
                _ if count == fail || count >= stop => Fate::Fails,
                _ => Fate::Succeeds,
            });
            let _ = apply(&asking, &sample.plan);
            let committed = interrupted(&disk).unwrap().is_some();
            match disk.snapshot() == sample.after() {
                true => drop(recover(&disk).unwrap()),
                false => check_recovered(&sample, &disk, committed),
            }
            assert!([sample.before(), sample.after()].contains(&disk.snapshot()));
        }
    }
}
