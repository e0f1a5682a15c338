//! Three-way merges, as pure functions: bytes and trees in, a decision out.
//!
//! **A local edit always survives: in the result, in a conflict, or in undo.**

pub mod block;
pub mod both;
pub mod diff;
pub mod json;
pub mod pieces;
pub mod rule;
pub mod tree;
