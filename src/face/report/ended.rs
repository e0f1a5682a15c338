//! How a command ended, which is its exit code.

/// From the best to the worst, so that the worst of several is their maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    Done,
    /// Done, and something is left that only a person can do.
    NeedsAPerson,
    NotDone,
}

impl Ended {
    pub fn needs_a_person_if(is_needed: bool) -> Self {
        match is_needed {
            true => Self::NeedsAPerson,
            false => Self::Done,
        }
    }
}
