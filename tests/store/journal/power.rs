//! Power cuts: of what wasn't synced, anything may be lost, whatever its order.

use super::{apply, interrupted, recover};
use proptest::prelude::*;
use support::faults::{Asking, FAILURES, Fate, Volatile, for_all_choices};

use super::samples::{Sample, everything, linked, small, turned};

/// Checks what a cut left: after, if the command had said so; else before or after.
#[track_caller]
fn check(sample: &Sample, disk: &Volatile, done: bool) {
    recover(disk).unwrap();
    let found = disk.snapshot();
    assert!(
        found == sample.after() || (!done && found == sample.before()),
        "{found:#?}"
    );
    assert_eq!(interrupted(disk).unwrap(), None);
}

#[test]
fn every_cut_of_a_small_plan_leaves_before_or_after() {
    every_cut_leaves_before_or_after(&small());
}

#[test]
fn every_cut_leaves_before_or_after_where_files_and_folders_change_places() {
    every_cut_leaves_before_or_after(&turned());
}

#[test]
fn every_cut_leaves_before_or_after_where_links_come_and_go() {
    every_cut_leaves_before_or_after(&linked());
}

#[track_caller]
fn every_cut_leaves_before_or_after(sample: &Sample) {
    let mut times = 0;
    for exchanges in [true, false] {
        for stop in 0.. {
            let disk = sample.disk().swapping(exchanges);
            let done = apply(&Asking::killed(&disk, stop, Fate::Fails), &sample.plan).is_ok();
            let complete = done && interrupted(&disk).unwrap().is_none();
            times += for_all_choices(|choose| check(sample, &disk.cut(choose), done));
            if complete {
                break;
            }
        }
    }
    assert!(times > 500, "{times}");
}

#[test]
fn every_cut_of_a_small_recovery_leaves_after() {
    let sample = small();
    let stops = (0..).map(|stop| {
        let disk = sample.disk();
        let done = apply(&Asking::killed(&disk, stop, Fate::Fails), &sample.plan).is_ok();
        (disk, done)
    });
    for (disk, _) in stops.skip_while(|(disk, _)| interrupted(disk).unwrap().is_none()) {
        if interrupted(&disk).unwrap().is_none() {
            return;
        }
        // A cut may come long after the kill, when all is on the disk, or at once.
        let mut cuts = vec![disk.cut(&mut |below| below - 1)];
        cuts.push(disk.cut(&mut |_| 0));
        for disk in cuts
            .into_iter()
            .filter(|disk| interrupted(disk).unwrap().is_some())
        {
            for stop in 0.. {
                let disk = disk.clone();
                let done = recover(&Asking::killed(&disk, stop, Fate::Fails)).is_ok();
                for_all_choices(|choose| check(&sample, &disk.cut(choose), true));
                if done {
                    break;
                }
            }
        }
    }
}

#[test]
#[ignore = "slow: every cut of every cut"]
fn every_cut_of_every_cut_leaves_before_or_after() {
    let sample = small();
    for stop in 0.. {
        let disk = sample.disk();
        let done = apply(&Asking::killed(&disk, stop, Fate::Fails), &sample.plan).is_ok();
        let complete = done && interrupted(&disk).unwrap().is_none();
        for_all_choices(|choose| {
            let disk = disk.cut(choose);
            for stop in 0.. {
                let disk = disk.clone();
                let over = recover(&Asking::killed(&disk, stop, Fate::Fails)).is_ok();
                for_all_choices(|choose| check(&sample, &disk.cut(choose), done));
                if over {
                    break;
                }
            }
        });
        if complete {
            return;
        }
    }
}

#[test]
fn a_plan_that_was_taken_back_stays_so() {
    stays_taken_back(&small());
    stays_taken_back(&turned());
    stays_taken_back(&linked());
}

#[track_caller]
fn stays_taken_back(sample: &Sample) {
    for stop in 0..200 {
        for how in FAILURES {
            let disk = sample.disk();
            if apply(&Asking::failing(&disk, stop, how), &sample.plan).is_err() {
                for_all_choices(|choose| {
                    let disk = disk.cut(choose);
                    recover(&disk).unwrap();
                    assert_eq!(disk.snapshot(), sample.before());
                });
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cuts_of_a_large_plan_leave_before_or_after(
        stop in 0usize..90,
        again in 0usize..80,
        last in proptest::sample::select(FAILURES.to_vec()),
        exchanges: bool,
        choices in prop::collection::vec(0usize..12, 64),
    ) {
        let sample = everything();
        let disk = sample.disk().swapping(exchanges);
        let done = apply(&Asking::killed(&disk, stop, last), &sample.plan).is_ok();
        let mut choices = choices.into_iter().cycle();
        let mut choose = |below: usize| choices.next().map_or(0, |choice| choice % below);
        let disk = disk.cut(&mut choose);
        let _ = recover(&Asking::killed(&disk, again, last));
        check(&sample, &disk.cut(&mut choose), done);
    }
}
