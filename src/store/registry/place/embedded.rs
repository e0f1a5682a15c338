//! The registry inside the binary.

use bytes::Bytes;
use include_dir::{Dir, include_dir};

use super::{Decide, Place};
use crate::error::{Error, Result};

/// The registry that every agentpkg carries, as `agentpkg publish` wrote it.
static STARTERS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/registry");

/// Inside the binary.
#[derive(Debug)]
pub struct Embedded;

impl Place for Embedded {
    fn get_many(&self, paths: &[&str]) -> Result<Vec<Option<Bytes>>> {
        let get = |path: &&str| STARTERS.get_file(path).map(|file| file.contents());
        let files = paths.iter().map(get);
        Ok(files.map(|file| file.map(Bytes::from_static)).collect())
    }

    fn is_registry(&self) -> Result<bool> {
        Ok(true)
    }

    fn name(&self) -> String {
        "embedded".to_owned()
    }

    fn change(&self, _what: &str, _decide: Decide<'_>) -> Result<()> {
        Err(
            Error::user("the registry inside the program can't be published to")
                .hint("name one of your own: `--registry ADDRESS`"),
        )
    }
}
