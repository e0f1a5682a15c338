//! The program against what lies in real repositories: settings, root instructions, links, disks
//! that are full.
//!
//! Tests of the corpus read its folder from `AGENTPKG_CORPUS` and take whatever is there; they are
//! ignored, as are those that need root. Every install syncs the disk, so a `TMPDIR` in memory
//! makes all of this several times faster:
//!
//! ```text
//! TMPDIR=… AGENTPKG_CORPUS=… cargo test --test cli real_input -- --include-ignored
//! ```

mod clones;
mod disks;
mod hooks;
mod json;
mod obstacles;
mod places;
mod roots;
mod settings;
mod starter;
