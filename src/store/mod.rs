//! IO: each module hides one place.

pub mod archive;
pub mod fs;
pub mod registry;
