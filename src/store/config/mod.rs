//! Which registry is used, and who says so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::document;
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest};
use crate::words;

use super::asked::DAY;
use super::fs;
use super::git::{self, RepositoryUrl};
use super::http::{Credentials, Http, Limits};
use super::reach::{Access, Purpose, Reach};
use super::registry::{Address, EMBEDDED, Places, Registry, Target};
use super::surroundings::Surroundings;

/// A registry's address, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The address.
    pub address: Address,
    /// Who named it.
    pub by: By,
    /// What was permitted of it.
    pub permits: Permits,
}

/// What somebody permitted of a registry, who knows that it can't be proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permits {
    /// That it is used although nobody signs what its web server serves.
    pub unsigned: bool,
    /// That it is read although everybody on the way can change that.
    pub insecure: bool,
}

/// Who named a registry, from the first asked to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// `--registry`.
    Flag,
    /// agentpkg.toml.
    Manifest,
    /// `AGENTPKG_REGISTRY`.
    Environment,
    /// The user's or the machine's configuration file.
    Config(PathBuf),
    /// Nobody.
    Nobody,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("`--registry`"),
            Self::Manifest => f.write_str("`agentpkg.toml`"),
            Self::Environment => f.write_str("`AGENTPKG_REGISTRY`"),
            Self::Config(path) => write!(f, "`{}`", path.display()),
            Self::Nobody => f.write_str("nobody: it is inside the program"),
        }
    }
}

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

/// The variable of a job's environment that trusts registries.
pub const TRUST: &str = "AGENTPKG_TRUST";

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
        let Some(host) = registry
            .address
            .host()
            .filter(|_| registry.by == By::Manifest)
        else {
            return Ok(true);
        };
        if self.is_named(&registry.address, root) {
            return Ok(true);
        }
        let origin = git::origin(root).and_then(|url| RepositoryUrl::parse(&url).ok());
        if origin.and_then(|url| url.host()).as_ref() == Some(&host) {
            return Ok(true);
        }
        let used = self.used();
        let used = used
            .lines()
            .filter_map(|line| Address::parse(line, root).ok());
        if used
            .filter_map(|address| address.host())
            .any(|known| known == host)
        {
            return Ok(true);
        }
        for (path, config) in configs(self)? {
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
        let named = self
            .registry
            .iter()
            .filter_map(|url| Address::parse(url, root).ok());
        if named
            .into_iter()
            .any(|named| named.host() == registry.host())
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

/// The keys at the top of a configuration file, the user's or the machine's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Registries, by name. `default` is the one that is used where neither the command line, nor
    /// `agentpkg.toml`, nor `AGENTPKG_REGISTRY` names one.
    #[serde(default)]
    registries: BTreeMap<String, ConfiguredRegistry>,
}

/// `[registries.NAME]`: a registry that this user or this machine knows. Only here can one be
/// trusted: an `agentpkg.toml` can't say so, since whoever wrote it would.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfiguredRegistry {
    /// Its address, as in `agentpkg.toml`.
    url: String,
    /// What of it needs no approval in each repository.
    trust: Option<Trust>,
    /// Whether a web server is used although nobody signs what it serves.
    #[serde(default)]
    unsigned: bool,
    /// Whether it is read over plain HTTP from another machine, although anybody on the network can
    /// change what is read.
    #[serde(default)]
    insecure: bool,
}

/// What of a registry is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Trust {
    /// Everything: what it serves is shown, and not asked about.
    All,
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
            .hint(format!("--registry {}", words::shell_quoted(&encrypted)))
            .hint(format!(
                "if that is as it should be: agentpkg install NAME --registry {} --insecure \
                 --unsigned",
                words::shell_quoted(&shown.to_string())
            )))
        }
        _ => Ok(()),
    }
}

/// Returns the registry that `--registry` names: by its name in agentpkg.toml, else by its address.
pub fn flagged(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
) -> Result<Option<Chosen>> {
    let Some(written) = &environment.flag else {
        return Ok(None);
    };
    let (address, by) = named_or_address(environment, root, manifest, written)?;
    chosen(environment, root, manifest, address, by).map(Some)
}

/// Returns the address that was typed, or whose name was, and who wrote it.
fn named_or_address(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
    written: &str,
) -> Result<(Address, By)> {
    // A clone's names stand for no address, and a clone's address is not one that was typed.
    let is_name = written != EMBEDDED && !written.contains("://");
    match manifest.registries.get(written).filter(|_| is_name) {
        Some(entry) => Ok((Address::parse(&entry.url, root)?, By::Manifest)),
        None => Ok((Address::parse(written, &environment.here)?, By::Flag)),
    }
}

/// Returns a registry with what is permitted of it: by `--unsigned`, or wherever it is named.
fn chosen(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
    address: Address,
    by: By,
) -> Result<Chosen> {
    let mut permits = Permits::default();
    let is_meant = match &environment.permits_of {
        Some(written) => {
            let (meant, _) = named_or_address(environment, root, manifest, written)?;
            meant.is_same_place(&address)
        }
        None => true,
    };
    if is_meant {
        permits = environment.permits;
    }
    let mut permitted = environment.permitted.iter();
    permits.unsigned |= permitted.any(|other| other.is_same_place(&address));
    let mut add = |named: Result<Address>, unsigned: bool, insecure: bool| {
        if named.is_ok_and(|named| named.is_same_place(&address)) {
            permits.unsigned |= unsigned;
            permits.insecure |= insecure;
        }
    };
    if matches!(address.target(), Target::Web(_)) {
        for entry in manifest.registries.values() {
            add(
                Address::parse(&entry.url, root),
                entry.unsigned,
                entry.insecure,
            );
        }
        for (path, config) in configs(environment)? {
            for entry in config.registries.values() {
                let named = entry.chosen(&path).map(|chosen| chosen.address);
                add(named, entry.unsigned, entry.insecure);
            }
        }
    }
    Ok(Chosen {
        address,
        by,
        permits,
    })
}

/// Returns the default registry: the first that somebody names.
pub fn default_registry(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
) -> Result<Chosen> {
    let here = &environment.here;
    if let Some(chosen) = flagged(environment, root, manifest)? {
        return Ok(chosen);
    }
    let chosen = |address, by| chosen(environment, root, manifest, address, by);
    if let Some(entry) = manifest.registries.get(DEFAULT_REGISTRY) {
        return chosen(Address::parse(&entry.url, root)?, By::Manifest);
    }
    if let Some(url) = environment.registry.as_ref().filter(|url| !url.is_empty()) {
        return chosen(Address::parse(url, here)?, By::Environment);
    }
    for (path, config) in configs(environment)? {
        if let Some(entry) = config.registries.get(DEFAULT_REGISTRY) {
            let Chosen { address, by, .. } = entry.chosen(&path)?;
            return chosen(address, by);
        }
    }
    chosen(Address::embedded(), By::Nobody)
}

/// Returns whether the user, the machine or the job trusts whatever a registry serves; the one
/// inside the program is a part of it.
///
/// # Errors
/// When a configuration file, or an address of `AGENTPKG_TRUST`, can't be read.
pub fn trusts(environment: &Environment, registry: &Chosen) -> Result<bool> {
    if registry.address.is_embedded() {
        return Ok(true);
    }
    let by_the_job = trusted_by_the_job(environment)?;
    if by_the_job
        .iter()
        .any(|(_, trusted)| trusted.is_same_place(&registry.address))
    {
        return Ok(true);
    }
    for (path, config) in configs(environment)? {
        for entry in config.registries.values() {
            // An address that says nothing trusts nothing.
            let is_it = entry
                .chosen(&path)
                .is_ok_and(|trusted| trusted.address.is_same_place(&registry.address));
            if is_it && entry.trust == Some(Trust::All) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the addresses of `AGENTPKG_TRUST` that none of these registries is at.
///
/// # Errors
/// When one of them is none.
pub fn unused_trust(environment: &Environment, used: &[Address]) -> Result<Vec<String>> {
    let mut unused = Vec::new();
    for (line, address) in trusted_by_the_job(environment)? {
        if !used.iter().any(|one| one.is_same_place(&address)) {
            unused.push(line);
        }
    }
    Ok(unused)
}

/// Returns the addresses of `AGENTPKG_TRUST`, each as it is written and as it is read.
fn trusted_by_the_job(environment: &Environment) -> Result<Vec<(String, Address)>> {
    let trusted = environment.trust.as_deref().unwrap_or_default();
    let lines = trusted
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    let parse = |line: &str| {
        let address = Address::parse(line, &environment.here)
            .map_err(|error| error.cause(format!("`{TRUST}` names it")))?;
        Ok((line.to_owned(), address))
    };
    lines.map(parse).collect()
}

/// Returns the configuration files that are there, the user's first.
fn configs(environment: &Environment) -> Result<Vec<(PathBuf, Config)>> {
    let mut configs = Vec::new();
    for path in &environment.configs {
        let Some(bytes) = fs::read(path)? else {
            continue;
        };
        let name = path.display().to_string();
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::user(format!("`{name}` is not UTF-8 text")))?;
        configs.push((path.clone(), document::read(&name, &text)?));
    }
    Ok(configs)
}

impl ConfiguredRegistry {
    fn chosen(&self, config: &Path) -> Result<Chosen> {
        let base = config.parent().unwrap_or(Path::new("/"));
        let address = Address::parse(&self.url, base)
            .map_err(|error| error.cause(format!("`{}` names it", config.display())))?;
        Ok(Chosen {
            address,
            by: By::Config(config.to_path_buf()),
            permits: Permits {
                unsigned: self.unsigned,
                insecure: self.insecure,
            },
        })
    }
}

/// Returns the registry that `[templates]` knows by `name`.
pub fn named_registry(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
    name: &str,
) -> Result<Chosen> {
    if name == DEFAULT_REGISTRY {
        return default_registry(environment, root, manifest);
    }
    match manifest.registries.get(name) {
        Some(entry) => {
            let address = Address::parse(&entry.url, root)?;
            chosen(environment, root, manifest, address, By::Manifest)
        }
        None => Err(
            Error::user(format!("`agentpkg.toml` names no registry `{name}`"))
                .hint(format!("add `[registries.{name}]` with its `url`")),
        ),
    }
}
