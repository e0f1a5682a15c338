//! Registries of web servers: nobody signs what they serve, so somebody has to say that they are
//! used nevertheless, and agentpkg.toml says it to everybody else.

use crate::error::{Error, Result};
use crate::model::manifest::{Manifest, RegistryEntry};
use crate::store::config::{self, Chosen};
use crate::store::registry::{Address, Target};
use crate::words;

use super::Context;
use super::command_line::CommandLine;
use super::releases::{in_use, names_in_use};

/// Returns the entry of agentpkg.toml for a registry that is used, with what was permitted of it.
pub fn entry(registry: &Chosen, url: String) -> RegistryEntry {
    let is_web = matches!(registry.address.target(), Target::Web(_));
    RegistryEntry {
        url,
        unsigned: is_web && registry.permits.unsigned,
        insecure: is_web && registry.permits.insecure,
    }
}

/// Asks for what has to be permitted before a repo of this manifest changes.
///
/// # Errors
/// When it isn't permitted, with the command that does; when nobody can be asked.
pub fn require(context: &mut Context, manifest: &Manifest) -> Result<()> {
    let mut open: Vec<Address> = Vec::new();
    for registry in in_use(context, manifest)? {
        // What everybody on the way can change isn't asked about, but refused.
        context
            .environment
            .reach(context.workspace.root(), &registry)?;
        let is_web = matches!(registry.address.target(), Target::Web(_));
        let is_known = open.iter().any(|one| one.is_same_place(&registry.address));
        if is_web && !registry.permits.unsigned && !is_known {
            open.push(registry.address);
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    let refused = || {
        let is = match open.as_slice() {
            [_] => "is an unsigned registry",
            _ => "are unsigned registries",
        };
        let names = words::list(&open);
        Error::user(format!("{names} {is}, and nobody here allowed that"))
            .note("nothing was changed")
    };
    let Some(person) = context.person else {
        return Err(refused()
            .note("whoever can write to that server decides what is installed")
            .hint(CommandLine::again(context).flag("--unsigned").to_string()));
    };
    context.progress.stop();
    if !person.use_unsigned(&open)? {
        return Err(Error::user("it was not allowed").note("nothing was changed"));
    }
    context.environment.unsigned = true;
    Ok(())
}

/// Says in a manifest what was permitted of the registries that it uses.
pub fn mark(context: &Context, manifest: &mut Manifest) -> Result<()> {
    let root = context.workspace.root();
    for name in names_in_use(manifest) {
        let registry = config::named_registry(&context.environment, root, manifest, name.as_str());
        let Some(named) = manifest.registries.get(&name) else {
            continue;
        };
        let marked = entry(&registry?, named.url.clone());
        manifest.registries.insert(name, marked);
    }
    Ok(())
}
