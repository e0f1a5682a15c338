//! How far the program reaches: whether it may ask other machines, where it keeps what they said,
//! and how long that is believed.

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Error;
use crate::store::http::{Credentials, Http, Limits};
use crate::store::surroundings::Surroundings;

/// How registries on other machines are reached.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Where what was fetched is kept: `$XDG_CACHE_HOME/agentpkg`; nowhere without a home.
    pub cache: Option<PathBuf>,
    /// Whether they may be asked.
    pub access: Access,
    /// The time, in seconds since 1970.
    pub now: i64,
    /// For how many seconds what was read of a registry is believed without asking again.
    pub believed: i64,
    /// Whether a registry that didn't answer is asked again.
    pub is_patient: bool,
    /// What the programs that ask them are run with.
    pub surroundings: Surroundings,
    /// What web servers are asked with.
    pub http: Http,
    /// How long web servers are waited for.
    pub limits: Limits,
    /// Who this user is at which web server.
    pub credentials: Arc<Credentials>,
}

impl Default for Reach {
    fn default() -> Self {
        Self {
            cache: None,
            access: Access::default(),
            now: 0,
            believed: 0,
            is_patient: true,
            surroundings: Surroundings::default(),
            http: Http::default(),
            limits: Limits::PATIENT,
            credentials: Arc::default(),
        }
    }
}

impl Reach {
    /// Returns whether other machines may be asked at all.
    pub fn may_ask(&self) -> bool {
        matches!(self.access, Access::Signed | Access::Anonymous)
    }

    /// Returns whether what was read at some time is believed without asking again. A time that is
    /// still to come is a clock's mistake.
    pub fn believes(&self, at: i64) -> bool {
        at <= self.now && self.now.saturating_sub(at) < self.believed
    }

    /// Returns why there is nothing to read of a registry, where nothing may be asked and nothing
    /// was read before.
    pub fn unread(&self, registry: &str) -> Error {
        match self.access {
            Access::NotAsked => Error::user(format!(
                "`{registry}` was not asked: `agentpkg.toml` names it, and nobody here has used it"
            ))
            .command("agentpkg install"),
            _ => Error::user(format!("`{registry}` was never read on this machine"))
                .hint("run the command without `--offline`"),
        }
    }
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

/// What a command asks other machines for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To change a repository or a registry: whom it names is meant, and waited for.
    #[default]
    Change,
    /// To show what is there: only what somebody of this machine knows is asked.
    Look,
    /// To tell what is new beside what is here: as for looking, once a day, and briefly.
    News,
}
