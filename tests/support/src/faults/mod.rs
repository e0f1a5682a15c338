//! Disks that fail, in every way that a disk can.

mod asking;
mod choices;
mod unsynced;
mod volatile;

pub use asking::{Asking, FAILURES, Fate, Kind, changes};
pub use choices::for_all_choices;
pub use unsynced::Unsynced;
pub use volatile::{Snapshot, Volatile};
