//! Where a template's source is kept: the git repository that its folder is in.

use std::path::Path;

use crate::error::Result;
use crate::store::fs;
use crate::store::git::{self, RepositoryUrl};

/// The git repository that a template's source is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptIn {
    /// The address of its remote `origin`, if everybody may read that.
    pub repository: Option<String>,
    /// The source's folder from the repository's root; empty where it is the root.
    pub directory: String,
}

/// Returns where the source in a folder called `name` in `parent` is kept, if a git repository is
/// around it.
///
/// # Errors
/// When git is there and can't be asked.
pub fn kept_in(parent: &Path, name: &Path) -> Result<Option<KeptIn>> {
    let Some(top) = git::top(parent)? else {
        return Ok(None);
    };
    let (top, folder) = (fs::canonical(&top)?, fs::canonical(parent)?.join(name));
    let below = folder.strip_prefix(&top).ok().and_then(Path::to_str);
    Ok(below.map(|below| KeptIn {
        repository: git::origin(&top).filter(|address| is_for_all(address)),
        directory: below.to_owned(),
    }))
}

/// Returns whether an address may stand in a template that others read: it is one of a server, and
/// no name or token of a person is in it.
fn is_for_all(address: &str) -> bool {
    let is_personal = address.starts_with("http") && address.contains('@');
    let is_of_a_server = address.starts_with("https://")
        || address.starts_with("ssh://")
        || address.starts_with("git@");
    is_of_a_server && !is_personal && RepositoryUrl::parse(address).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_with_somebodys_name_or_token_is_for_nobody_else() {
        for (address, is_said) in [
            ("https://git.example.org/platform/templates", true),
            ("git@git.example.org:platform/templates.git", true),
            ("ssh://git@git.example.org/platform/templates", true),
            ("https://token@git.example.org/platform/templates", false),
            (
                "https://dev:token@git.example.org/platform/templates",
                false,
            ),
            ("http://git.example.org/platform/templates", false),
            ("/srv/git/templates", false),
            ("ext::sh -c x", false),
        ] {
            assert_eq!(is_for_all(address), is_said, "{address}");
        }
    }
}
