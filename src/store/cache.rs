//! Archives of releases that were read from other machines, by their digests: safe to delete at any
//! time, and shared by all repos of a person.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::model::digest::Digest;
use crate::store::archive::PACKED;
use crate::store::fs;

/// Where archives are kept, below the cache.
const ARTIFACTS: &str = "artifacts/sha256";

/// Returns an archive that is kept. **What lies there is what its name says**, or isn't taken.
pub fn archive(cache: &Path, artifact: &Digest) -> Option<Vec<u8>> {
    let bytes = fs::read_own(&place(cache, artifact), PACKED)?;
    (Digest::of(&bytes) == *artifact).then_some(bytes)
}

/// Keeps an archive, of which the caller has checked that it is what its digest says. It is no
/// error when that can't be written: it is read anew then.
pub fn keep(cache: &Path, artifact: &Digest, bytes: &[u8]) {
    let place = place(cache, artifact);
    if archive(cache, artifact).is_none() {
        fs::keep(&place, bytes);
    }
}

fn place(cache: &Path, artifact: &Digest) -> PathBuf {
    let hex = artifact.hex();
    cache
        .join(ARTIFACTS)
        .join(&hex[..2])
        .join(format!("{hex}.tar.gz"))
}

/// What is kept in a cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheContents {
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

/// Returns how much is kept in a cache.
///
/// # Errors
/// When it can't be listed.
pub fn kept(cache: &Path) -> Result<CacheContents> {
    let mut kept = CacheContents::default();
    let mut open = vec![cache.to_path_buf()];
    while let Some(folder) = open.pop() {
        for path in fs::list(&folder)? {
            match fs::length(&path) {
                Some(bytes) => {
                    kept.files += 1;
                    kept.bytes += bytes;
                }
                None => open.push(path),
            }
        }
    }
    Ok(kept)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_what_its_name_says_is_not_taken() {
        let cache = tempfile::tempdir().unwrap();
        let digest = Digest::of(b"archive");
        assert_eq!(archive(cache.path(), &digest), None);
        keep(cache.path(), &digest, b"archive");
        assert_eq!(archive(cache.path(), &digest).unwrap(), b"archive");
        assert_eq!(
            kept(cache.path()).unwrap(),
            CacheContents { files: 1, bytes: 7 }
        );
        std::fs::write(place(cache.path(), &digest), b"other").unwrap();
        assert_eq!(archive(cache.path(), &digest), None);
        keep(cache.path(), &digest, b"archive");
        assert_eq!(archive(cache.path(), &digest).unwrap(), b"archive");
    }
}
