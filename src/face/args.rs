//! What several verbs are told, and how it is read.

use clap::Args;

use crate::error::Error;
use crate::model::name::TemplateName;

#[derive(Clone, Debug, Args)]
pub struct RegistryArgs {
    /// The registry: a folder, a git repository, a web server, `embedded`, or a name in
    /// agentpkg.toml [default: agentpkg.toml, AGENTPKG_REGISTRY, the configuration]
    #[arg(long, value_name = "ADDRESS|NAME")]
    pub registry: Option<String>,
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
