//! IO: each module hides one place.

pub mod fs;
pub mod journal;
pub mod lock_file;
