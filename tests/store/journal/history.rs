//! What can be taken back, and done again, wherever a command is killed.

use std::cell::Cell;

use super::{apply_as, interrupted, last, of, recover};
use agentpkg::model::path::rel;
use agentpkg::model::plan::{FileChange, Plan, Stage};
use agentpkg::model::tree::File;
use agentpkg::store::fs::{Disk, OnDisk};
use agentpkg::store::journal::{Course, Pile};
use support::faults::{Asking, FAILURES, Fate, Kind, Volatile};

/// The command of a number writes it to a file.
fn plan(verb: &str, from: u32, to: u32) -> Plan {
    let file = |number: u32| (number > 0).then(|| File::plain(format!("{number}\n")));
    let change = FileChange {
        path: rel("a"),
        stage: Stage::File,
        old: file(from),
        new: file(to),
    };
    Plan::new(format!("{verb} {to}"), vec![change])
}

fn done(disk: &dyn Disk, number: u32) {
    apply_as(disk, &plan("do", number - 1, number), Course::Do).unwrap();
}

/// Returns the verbs on a pile, the newest first.
fn verbs(disk: &Volatile, pile: Pile) -> Vec<String> {
    let disk = disk.clone();
    let mut verbs = Vec::new();
    while let Some(plan) = last(&disk, pile).unwrap() {
        verbs.push(plan.verb);
        of(&disk).forget_last(pile).unwrap();
    }
    verbs
}

fn both(disk: &Volatile) -> [Vec<String>; 2] {
    [verbs(disk, Pile::Done), verbs(disk, Pile::Undone)]
}

#[test]
fn the_last_three_are_kept() {
    let disk = Volatile::new(&[], &[]);
    (1..=5).for_each(|number| done(&disk, number));
    assert_eq!(both(&disk), [vec!["do 5", "do 4", "do 3"], vec![]]);
    for number in [4, 3] {
        apply_as(&disk, &plan("undo to", number + 1, number), Course::Undo).unwrap();
    }
    assert_eq!(both(&disk), [vec!["do 3"], vec!["undo to 3", "undo to 4"]]);
    apply_as(&disk, &plan("do", 3, 4), Course::Redo).unwrap();
    assert_eq!(both(&disk), [vec!["do 4", "do 3"], vec!["undo to 4"]]);
    done(&disk, 5);
    assert_eq!(both(&disk), [vec!["do 5", "do 4", "do 3"], vec![]]);
}

#[test]
fn what_takes_much_room_is_kept_alone() {
    let disk = Volatile::new(&[], &[]);
    done(&disk, 1);
    let file = |byte| Some(File::plain(vec![byte; 40 << 20]));
    let large = |old, new| {
        Plan::new(
            "large",
            vec![FileChange {
                path: rel("b"),
                stage: Stage::File,
                old,
                new,
            }],
        )
    };
    apply_as(&disk, &large(None, file(1)), Course::Do).unwrap();
    assert_eq!(verbs(&disk, Pile::Done), ["large", "do 1"]);
    apply_as(&disk, &large(file(1), file(2)), Course::Do).unwrap();
    assert_eq!(verbs(&disk, Pile::Done), ["large"]);
}

#[test]
fn killed_anywhere_each_command_is_there_once() {
    let start = Volatile::new(&[], &[]);
    (1..=4).for_each(|number| done(&start, number));
    apply_as(&start, &plan("undo to", 4, 3), Course::Undo).unwrap();
    for (plan, course) in [
        (plan("do", 3, 7), Course::Do),
        (plan("undo to", 3, 2), Course::Undo),
        (plan("do", 3, 4), Course::Redo),
    ] {
        let (before, after) = (both(&start), start.clone());
        apply_as(&after, &plan, course).unwrap();
        let after = both(&after);
        assert_ne!(before, after);
        for last in FAILURES {
            let mut met = [0; 2];
            for stop in 0.. {
                let disk = start.clone();
                let changes = Cell::new(0);
                let counting = Asking::new(&disk, |_, kind| {
                    changes.set(changes.get() + usize::from(kind != Kind::Look));
                    Fate::Succeeds
                });
                let _ = apply_as(&Asking::killed(&counting, stop, last), &plan, course);
                let is_whole = changes.get() < stop;
                // Killed while it recovers, too.
                for again in [0, 1, 2, 4, 8, 16] {
                    let _ = recover(&Asking::killed(&disk, again, last));
                }
                recover(&disk).unwrap();
                assert_eq!(interrupted(&disk).unwrap(), None);
                assert_eq!(disk.look(&rel(".agentpkg/taken")).unwrap(), OnDisk::Absent);
                let is_made = disk.look(&rel("a")).unwrap()
                    == OnDisk::File(plan.changes[0].new.clone().unwrap());
                assert_eq!(
                    both(&disk),
                    if is_made {
                        after.clone()
                    } else {
                        before.clone()
                    },
                    "{course:?} {stop}"
                );
                met[usize::from(is_made)] += 1;
                if is_whole {
                    break;
                }
            }
            assert!(
                met.iter().all(|times| *times > 0),
                "both ends are met: {met:?}"
            );
        }
    }
}
