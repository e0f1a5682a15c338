//! Many cases, several at once: an agent mostly waits.

use std::fmt::Display;
use std::sync::Mutex;
use std::thread;

use support::Network;

/// How many cases are checked at once.
const AT_ONCE: usize = 4;

/// Checks each case in one network; `check` returns what is wrong in a case.
#[track_caller]
pub fn each<Case: Display + Send>(
    cases: Vec<Case>,
    check: impl Fn(&Case, &Network) -> Vec<String> + Sync,
) {
    let network = Network::new();
    let (cases, wrong) = (Mutex::new(cases), Mutex::new(Vec::new()));
    let work = || {
        while let Some(case) = { cases.lock().unwrap().pop() } {
            for complaint in check(&case, &network) {
                wrong.lock().unwrap().push(format!("{case}: {complaint}"));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
