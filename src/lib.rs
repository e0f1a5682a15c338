//! agentpkg: versioned configuration for coding agents.
//!
//! The folder order is the reading order; each layer uses only those before it. `ARCHITECTURE.md`
//! is the map.

#![deny(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), deny(clippy::disallowed_methods, clippy::unwrap_used))]

pub mod error;
pub mod hint;
pub mod words;

pub mod model;

pub mod merge;

pub mod agent;

pub mod tree;

pub mod render;

pub mod proposal;

pub mod lint;

pub mod resolve;

pub mod store;

pub mod ops;

pub mod face;
