//! Whose registries need no approval in each repository.

use super::file::{Trust, read_configs};
use super::{Chosen, Environment};
use crate::error::Result;
use crate::store::registry::Address;

/// The variable of a job's environment that trusts registries.
pub const TRUST: &str = "AGENTPKG_TRUST";

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
    for (path, config) in read_configs(&environment.configs)? {
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
    let mut addresses = Vec::new();
    for line in trusted.lines().map(str::trim) {
        if !line.is_empty() {
            let address = Address::parse(line, &environment.here)
                .map_err(|error| error.cause(format!("`{TRUST}` names it")))?;
            addresses.push((line.to_owned(), address));
        }
    }
    Ok(addresses)
}
