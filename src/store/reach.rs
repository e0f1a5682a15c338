//! How far the program reaches: whether it may ask other machines, and where it keeps what they
//! said.

use std::path::PathBuf;

use crate::store::surroundings::Surroundings;

/// How registries on other machines are reached.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// Where what was fetched is kept: `$XDG_CACHE_HOME/agentpkg`; nowhere without a home.
    pub cache: Option<PathBuf>,
    /// Whether they may be asked.
    pub access: Access,
    /// What the programs that ask them are run with.
    pub surroundings: Surroundings,
}

/// Whether another machine may be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// As this user, with their credentials for it.
    #[default]
    Signed,
    /// As nobody: only a clone names it, and nobody here has used it.
    Anonymous,
    /// Not at all: only a clone names it, and the command only reads.
    NotAsked,
    /// Not at all: `--offline`.
    Offline,
}
