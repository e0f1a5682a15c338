//! Archives: a release's source as a `.tar.gz`, the same bytes for the same tree, read with every
//! limit there is.
//!
//! **Nothing is taken from an archive before all of it is checked.**

mod limits;
mod names;
mod read;
mod write;

#[cfg(test)]
mod evil;

pub use limits::PACKED;
pub use names::check_path;
pub use read::unpack;
pub use write::pack;

/// The size of a tar record in bytes: a header, and what contents are padded to.
const BLOCK: usize = 512;

/// A rule that holds, or the sentence that says how it was broken.
type Rule<T = (), E = String> = std::result::Result<T, E>;
