//! agentpkg: versioned configuration for coding agents.
//!
//! The folder order is the reading order; each layer uses only those before it. `ARCHITECTURE.md` is the map.

pub mod error;
pub mod words;

pub mod model;

pub mod store;
