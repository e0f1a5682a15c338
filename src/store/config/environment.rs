//! What surrounds the process, and how far it lets a command go to reach a registry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::file::read_configs;
use super::{By, Chosen, Permits};
use crate::error::{Error, Result};
use crate::store::asked::DAY;
use crate::store::fs;
use crate::store::git::{self, RepositoryUrl};
use crate::store::http::{Credentials, Http, Limits};
use crate::store::reach::{Access, Purpose, Reach};
use crate::store::registry::{Address, Places, Registry, Target};
use crate::store::surroundings::Surroundings;
use crate::words;

/// What surrounds the process: read once, by the binary.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The current folder.
    pub here: PathBuf,
    /// The time, in seconds since 1970.
    pub now: i64,
    /// When a release that is published now is said to have been: `SOURCE_DATE_EPOCH`, else now.
    pub published: i64,
    /// What was typed after the program's name.
    pub typed: Vec<String>,
    /// `--registry`.
    pub flag: Option<String>,
    /// `AGENTPKG_REGISTRY`.
    pub registry: Option<String>,
    /// `AGENTPKG_TRUST`: addresses of registries that this job trusts, a line each.
    pub trust: Option<String>,
    /// Configuration files, the user's before the machine's.
    pub configs: Vec<PathBuf>,
    /// Where the user's state lies: `$XDG_STATE_HOME`, or `~/.local/state`.
    pub state: Option<PathBuf>,
    /// Where what was fetched is kept: `$XDG_CACHE_HOME/agentpkg`, or `~/.cache/agentpkg`.
    pub cache: Option<PathBuf>,
    /// The person's home.
    pub home: Option<PathBuf>,
    /// The variables that switch agents, or lead them to other files: those of their gates.
    pub agent_variables: BTreeMap<String, String>,
    /// Where the machine's managed settings of the agent lie.
    pub managed: Option<PathBuf>,
    /// `--offline`.
    pub offline: bool,
    /// What other machines are asked for.
    pub purpose: Purpose,
    /// What the command line permits.
    pub permits: Permits,
    /// The registry that it is about, as it was typed; all of agentpkg.toml where none was.
    pub permits_of: Option<String>,
    /// Registries of which somebody said, when they were asked, that they are used unsigned.
    pub permitted: Vec<Address>,
    /// The registries that were opened.
    pub places: Places,
    /// What web servers are asked with.
    pub http: Http,
    /// Who this user is at which web server.
    pub credentials: Arc<Credentials>,
}

/// The addresses that a command of this user's which writes has used, a line each.
const USED: &str = "agentpkg/registries";
/// How long a command that only reads waits for an answer; what moves a repository may take five
/// times as long.
const READING: Duration = Duration::from_secs(6);
/// How much of that list is read.
const MOST_USED: usize = 1 << 20;

impl Environment {
    /// Returns how far a command may go to reach a registry.
    ///
    /// **A clone can name any host**: who only reads asks none that this user or their machine
    /// doesn't know, and who writes signs in at none.
    ///
    /// # Errors
    /// When a configuration file can't be read.
    pub fn reach(&self, root: &Path, registry: &Chosen) -> Result<Reach> {
        refuse_insecure(registry)?;
        let access = match () {
            () if self.offline => Access::Offline,
            () if self.knows(root, registry)? => Access::Signed,
            () if self.purpose != Purpose::Change => Access::NotAsked,
            () => Access::Anonymous,
        };
        let (limits, believed) = match self.purpose {
            Purpose::Change => (Limits::PATIENT, 0),
            Purpose::Look => (Limits::BRISK, 0),
            Purpose::News => (Limits::HASTY, DAY),
        };
        Ok(Reach {
            access,
            cache: self.cache.clone(),
            now: self.now,
            believed,
            is_patient: self.purpose == Purpose::Change,
            surroundings: surroundings(self.purpose),
            http: self.http.clone(),
            limits,
            credentials: Arc::clone(&self.credentials),
        })
    }

    /// Opens a registry, at a place that the command may have been to.
    ///
    /// # Errors
    /// As for [`reach`](Self::reach), and when this agentpkg can't read what lies there.
    pub fn open(&self, root: &Path, registry: &Chosen) -> Result<Registry> {
        let reach = self.reach(root, registry)?;
        Registry::open_again(&registry.address, &reach, &self.places)
    }

    /// Whether somebody of this machine named the host of a registry: the command line, the
    /// environment, a configuration, an earlier command, or the clone's own origin.
    fn knows(&self, root: &Path, registry: &Chosen) -> Result<bool> {
        let Some(host) = registry.address.host() else {
            return Ok(true);
        };
        if registry.by != By::Manifest {
            return Ok(true);
        }
        if self.is_named(&registry.address, root) {
            return Ok(true);
        }
        let origin = git::origin(root).and_then(|url| RepositoryUrl::parse(&url).ok());
        if origin.and_then(|url| url.host()).as_ref() == Some(&host) {
            return Ok(true);
        }
        for line in self.used().lines() {
            if Address::parse(line, root).is_ok_and(|used| used.host().as_ref() == Some(&host)) {
                return Ok(true);
            }
        }
        for (path, config) in read_configs(&self.configs)? {
            for entry in config.registries.values() {
                let named = entry.chosen(&path).ok();
                if named.and_then(|named| named.address.host()).as_ref() == Some(&host) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether the environment names a registry's host, or has a token for it.
    fn is_named(&self, registry: &Address, root: &Path) -> bool {
        if let Some(url) = &self.registry
            && Address::parse(url, root).is_ok_and(|named| named.host() == registry.host())
        {
            return true;
        }
        match registry.target() {
            Target::Web(address) => self.credentials.has_token(address.url()),
            _ => false,
        }
    }

    fn used(&self) -> String {
        let place = self.state.as_ref().map(|state| state.join(USED));
        let bytes = place.and_then(|place| fs::read_own(&place, MOST_USED));
        String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }

    /// Remembers that a command which writes has used a registry. It is no error when that can't
    /// be written: it is asked about once more.
    pub fn remember(&self, registry: &Address) {
        let (Some(state), Some(_)) = (&self.state, registry.host()) else {
            return;
        };
        let used = self.used();
        let line = registry.to_string();
        if !used.lines().any(|known| known == line) {
            let _ = fs::write_private(&state.join(USED), format!("{used}{line}\n").as_bytes());
        }
    }
}

/// Returns what programs are run with that ask other machines for some purpose.
pub fn surroundings(purpose: Purpose) -> Surroundings {
    match purpose {
        Purpose::Change => Surroundings::default(),
        Purpose::Look | Purpose::News => Surroundings::default().patience(READING),
    }
}

/// Refuses a registry that everybody on the way can change, unless somebody permitted that.
fn refuse_insecure(registry: &Chosen) -> Result<()> {
    match registry.address.target() {
        Target::Web(address) if address.is_insecure() && !registry.permits.insecure => {
            let shown = &registry.address;
            let encrypted = shown.to_string().replacen("http://", "https://", 1);
            Err(Error::user(format!(
                "`{shown}` is plain HTTP: anybody on the network can change what is read"
            ))
            .note("nothing was changed")
            .command(format!("--registry {}", words::shell_quoted(&encrypted)))
            .hint_command(
                "if that is as it should be",
                format!(
                    "agentpkg install NAME --registry {} --insecure --unsigned",
                    words::shell_quoted(&shown.to_string())
                ),
            ))
        }
        _ => Ok(()),
    }
}
