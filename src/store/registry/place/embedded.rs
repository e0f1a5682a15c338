//! The registry inside the binary.

use bytes::Bytes;
use include_dir::{Dir, include_dir};

use super::{Decide, Place};
use crate::error::{Error, Result};
use crate::store::registry::EMBEDDED;

/// The registry that every agentpkg carries, as `agentpkg publish` wrote it.
static STARTERS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/registry");

/// Inside the binary.
#[derive(Debug)]
pub struct Embedded;

impl Place for Embedded {
    fn get_many(&self, paths: &[&str]) -> Result<Vec<Option<Bytes>>> {
        let mut files = Vec::new();
        for path in paths {
            let file = STARTERS.get_file(path);
            files.push(file.map(|file| Bytes::from_static(file.contents())));
        }
        Ok(files)
    }

    fn is_registry(&self) -> Result<bool> {
        Ok(true)
    }

    fn name(&self) -> String {
        EMBEDDED.to_owned()
    }

    fn change(&self, _what: &str, _decide: Decide<'_>) -> Result<()> {
        Err(
            Error::user("the registry inside the program can't be published to")
                .hint("name one of your own: `--registry ADDRESS`"),
        )
    }
}
