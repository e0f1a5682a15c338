//! IO: each module hides one place.

pub mod archive;
