//! Everything that touches the machine: each module hides one place.

pub mod agent_files;
pub mod agent_program;
pub mod archive;
pub mod asked;
pub mod cache;
pub mod config;
pub mod detect;
pub mod forge;
pub mod fs;
pub mod gate;
pub mod git;
pub mod http;
pub mod journal;
pub mod lock_file;
pub mod packages;
pub mod pager;
mod program;
pub mod reach;
pub mod registry;
mod roots;
pub mod snapshot;
pub mod surroundings;
pub mod trial;
pub mod workspace;
