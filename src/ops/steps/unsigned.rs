//! Registries of web servers: nobody signs what they serve, so somebody has to say that they are
//! used nevertheless, and agentpkg.toml says it to everybody else.

use crate::error::{Error, Result};
use crate::model::manifest::{Manifest, RegistryEntry};
use crate::store::config::{self, Chosen};
use crate::store::registry::{Address, Target};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::releases::{in_use, named_in_use};

/// Returns the entry of agentpkg.toml for a registry that is used, with what was permitted of it.
pub fn entry(registry: &Chosen, url: String) -> RegistryEntry {
    let is_web = matches!(registry.address.target(), Target::Web(_));
    RegistryEntry {
        url,
        unsigned: is_web && registry.permits.unsigned,
        insecure: is_web && registry.permits.insecure,
    }
}

/// Asks for what has to be permitted before a command begins: of the registry that it names, else
/// of all that the manifest uses.
///
/// # Errors
/// When it isn't permitted, with the command that does; when nobody can be asked.
pub fn require(session: &mut Session, manifest: &Manifest) -> Result<()> {
    let root = session.workspace.root();
    let registries = match config::flagged(&session.environment, root, manifest)? {
        Some(flagged) => vec![flagged],
        None => in_use(session, manifest)?,
    };
    let open = open(session, registries)?;
    if open.is_empty() {
        return Ok(());
    }
    let Some(person) = session.person else {
        let again = CommandLine::again(session).flag("--unsigned");
        return Err(refused(&open).command(again));
    };
    session.progress.stop();
    if !person.use_unsigned(&open)? {
        return Err(Error::user("it was not allowed").note("nothing was changed"));
    }
    session.environment.permitted.extend(open);
    Ok(())
}

/// Refuses a manifest that uses what nobody permitted, beside the registry that the command names.
///
/// # Errors
/// With the command that permits it.
pub fn require_permitted(session: &Session, manifest: &Manifest) -> Result<()> {
    let open = open(session, in_use(session, manifest)?)?;
    match open.is_empty() {
        true => Ok(()),
        false => {
            let install = CommandLine::new(session, "install").flag("--unsigned");
            Err(refused(&open).command(install))
        }
    }
}

/// Returns the web servers among some registries of which nobody said that they are used unsigned.
fn open(session: &Session, registries: Vec<Chosen>) -> Result<Vec<Address>> {
    let mut open: Vec<Address> = Vec::new();
    for registry in registries {
        // What everybody on the way can change isn't asked about, but refused.
        let root = session.workspace.root();
        session.environment.reach(root, &registry)?;
        let is_web = matches!(registry.address.target(), Target::Web(_));
        let is_known = open.iter().any(|one| one.is_same_place(&registry.address));
        if is_web && !registry.permits.unsigned && !is_known {
            open.push(registry.address);
        }
    }
    Ok(open)
}

fn refused(open: &[Address]) -> Error {
    let is = match open {
        [_] => "is an unsigned registry",
        _ => "are unsigned registries",
    };
    let names = words::list(open);
    Error::user(format!("{names} {is}, and nobody here allowed that"))
        .note("nothing was changed")
        .note("whoever can write to that server decides what is installed")
}

/// Says in a manifest what was permitted of the registries that it uses. What it says stays.
pub fn mark(session: &Session, manifest: &mut Manifest) -> Result<()> {
    for (name, registry) in named_in_use(session, manifest)? {
        if let Some(named) = manifest.registries.get_mut(&name) {
            let marked = entry(&registry, named.url.clone());
            named.unsigned |= marked.unsigned;
            named.insecure |= marked.insecure;
        }
    }
    Ok(())
}
