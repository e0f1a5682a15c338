//! What the tests share: a scene to run the program in, disks that fail, and what was found there.
//!
//! A test makes a [`Scene`], types into it, and looks at what was [printed](Ran) and at the
//! [tree](tree::Tree) that is left. What has to hold at any stop is tried on the disks of
//! [`faults`].

mod builder;
mod commit;
mod corpus;
mod environment;
pub mod faults;
mod files;
pub mod formatter;
mod git;
mod home;
pub mod made;
mod network;
mod program;
mod ran;
pub mod real_changes;
mod registry;
mod scene;
mod server;
mod skips;
mod snapshot;
pub mod strace;
mod terminal;
pub mod tree;

pub use builder::Builder;
pub use corpus::corpus;
pub use files::{executable, write};
pub use git::git;
pub use network::Network;
pub use program::program;
pub use ran::Ran;
pub use registry::Files;
pub use scene::{FOR_COPILOT, Scene};
pub use server::{Fault, Request, Server};
pub use skips::Skips;
pub use snapshot::Text;
pub use terminal::Desk;
pub use tree::{Entry, Tree, assert_same, tree};
