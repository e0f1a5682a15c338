//! What several verbs are told, and how it is read.

use clap::Args;

use crate::error::Error;
use crate::model::name::TemplateName;
use crate::store::config::Permits;

#[derive(Clone, Debug, Args)]
pub struct RegistryArgs {
    /// The registry: a folder, a git repository, a web server, `embedded`, or a name in
    /// agentpkg.toml [default: agentpkg.toml, AGENTPKG_REGISTRY, the configuration]
    #[arg(long, value_name = "ADDRESS|NAME")]
    pub registry: Option<String>,
}

// A registry that may have to be written down in agentpkg.toml with what was allowed for it. (A doc
// comment would become what the command is about.)
#[derive(Clone, Debug, Args)]
pub struct PermittedRegistryArgs {
    /// Allow a web registry that isn't signed; agentpkg.toml will say so
    #[arg(long)]
    pub unsigned: bool,
    /// Allow plain HTTP to another machine, which anybody on the network can change; agentpkg.toml
    /// will say so
    #[arg(long)]
    pub insecure: bool,
    #[command(flatten)]
    pub registry: RegistryArgs,
}

impl PermittedRegistryArgs {
    pub fn permits(&self) -> Permits {
        Permits {
            unsigned: self.unsigned,
            insecure: self.insecure,
        }
    }
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Json {
    /// Print JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// Reads `KEY=VALUE`.
pub fn setting(text: &str) -> Result<(String, String), Error> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Error::user(format!("`--set {text}` has no value"))
            .hint("write it as `--set KEY=VALUE`")),
    }
}

/// Reads the name of a template that is meant whole.
pub fn bare(text: &str) -> Result<TemplateName, Error> {
    match text
        .split_once('@')
        .map(|(name, _)| TemplateName::typed(name))
    {
        Some(Ok(name)) => Err(Error::user(format!(
            "`{text}` names a version, and all of `{name}` is meant here"
        ))
        .meaning(name.as_str())),
        _ => TemplateName::typed(text),
    }
}
