//! `cache`: what is kept of other machines' registries, and how it is thrown away.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::store::cache::{self, CacheContents};
use crate::store::fs;

use crate::ops::Session;

/// What is kept, or was.
pub struct Outcome {
    pub folder: PathBuf,
    /// What it holds, or held.
    pub kept: CacheContents,
    /// Whether it was thrown away.
    pub cleared: bool,
}

/// Looks at the cache, or throws it away.
///
/// # Errors
/// Where there is none, or a part of it stays.
pub fn cache(session: &Session, clear: bool) -> Result<Outcome> {
    let folder = session.environment.cache.clone();
    let folder = folder.ok_or_else(|| {
        Error::user("nothing is kept: neither `XDG_CACHE_HOME` nor `HOME` says where")
    })?;
    let kept = cache::kept(&folder)?;
    if clear {
        fs::clear_own(&folder)?;
    }
    Ok(Outcome {
        folder,
        kept,
        cleared: clear,
    })
}
