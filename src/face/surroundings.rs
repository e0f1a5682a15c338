//! What surrounds the process: the only place where the face reads it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::agent::claude::places::managed_folder;
use crate::agent::definition::definitions;
use crate::error::{Error, Result};
use crate::store::config::{Environment, TRUST, surroundings};
use crate::store::http::Credentials;

use super::cli::Global;
use super::verbs::Verb;

/// Reads the process's environment, its folder and the clock.
pub fn environment(global: &Global, verb: &dyn Verb, typed: &[OsString]) -> Result<Environment> {
    let registry = verb.registry().and_then(|args| args.registry.clone());
    let purpose = verb.purpose();
    let here = std::env::current_dir().map_err(|error| Error::io("find", ".", &error))?;
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let text = |name: &str| variable(name)?.into_os_string().into_string().ok();
    // As the XDG base directory specification has it: what is no absolute folder isn't one.
    let folder = |name: &str| variable(name).filter(|folder| folder.is_absolute());
    let user = folder("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    let state = folder("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let configs = user.into_iter().chain([PathBuf::from("/etc")]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs().cast_signed());
    let published = variable("SOURCE_DATE_EPOCH")
        .and_then(|seconds| seconds.to_str()?.parse::<u32>().ok())
        .map_or(now, i64::from);
    Ok(Environment {
        here,
        now,
        published,
        typed: typed
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        flag: registry.clone(),
        registry: text("AGENTPKG_REGISTRY"),
        trust: text(TRUST),
        configs: configs
            .map(|folder| folder.join("agentpkg/config.toml"))
            .collect(),
        state,
        cache: cache.map(|folder| folder.join("agentpkg")),
        offline: global.offline,
        purpose,
        permits: verb.permits(),
        permits_of: registry,
        credentials: Arc::new(Credentials::new(surroundings(purpose))),
        home: folder("HOME"),
        agent_variables: agent_variables(),
        managed: Some(PathBuf::from(managed_folder(std::env::consts::OS))),
        ..Environment::default()
    })
}

/// Returns the variables that switch agents, or lead them to other files, where they are set.
fn agent_variables() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let gates = definitions().filter_map(|(_, known)| known.gate);
    for name in gates.flat_map(|gate| gate.variables) {
        if let Some(value) = std::env::var_os(name) {
            found.insert((*name).to_owned(), value.to_string_lossy().into_owned());
        }
    }
    found
}

/// Returns what the person reads long texts with.
pub fn pager() -> Option<String> {
    let pager = std::env::var_os("PAGER")?.into_string().ok()?;
    (!pager.is_empty()).then_some(pager)
}
