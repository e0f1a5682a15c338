//! Whose a record is: **a record belongs to one user and one place**, and only such a record is
//! carried out unasked.
//!
//! A clone may bring a journal of its own, and a repository may be moved, or be looked at by
//! another user or from another container. So a record carries an HMAC over its bytes and the real
//! path of its repository, made with a random key that each user has once:
//! `$XDG_STATE_HOME/agentpkg/key`, readable by nobody else. Where no key can be had, records carry
//! none, and are nobody's.

use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::store::fs;

/// How many bytes a key has.
const KEY: usize = 32;

/// The name of a key below the folder of a user's state.
const NAME: &str = "agentpkg/key";

/// What a record says where it has no mark.
const NONE: &str = "none";

/// One user's records of one place.
#[derive(Clone, Debug)]
pub struct Seal {
    key: Key,
    /// The real path of the repository.
    place: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Key {
    /// It is this.
    Known([u8; KEY]),
    /// It lies there, or will.
    At(PathBuf),
    /// There is no place for one.
    Nowhere,
}

impl Seal {
    /// Returns the seal of the user whose state lies in `state`, for the repository at `root`.
    ///
    /// A key inside the repository is none: whoever made the repository would have made it.
    pub fn new(state: Option<&Path>, root: &Path) -> Self {
        let root = fs::canonical(root).unwrap_or_else(|_| root.to_path_buf());
        // The whole of what was cloned, where the root is a folder in it.
        let cloned = root
            .ancestors()
            .find(|folder| fs::exists(&folder.join(".git")))
            .unwrap_or(&root);
        let key = state
            .filter(|state| state.is_absolute())
            .map(|state| fs::without_detours(&state.join(NAME)))
            .filter(|key| !key.starts_with(&root) && !key.starts_with(cloned));
        Self {
            key: key.map_or(Key::Nowhere, Key::At),
            place: root.as_os_str().as_bytes().to_vec(),
        }
    }

    /// Returns a seal with this key.
    pub fn with_key(key: [u8; KEY], place: &str) -> Self {
        Self {
            key: Key::Known(key),
            place: place.as_bytes().to_vec(),
        }
    }

    /// Returns whether records of this user can be told from others'.
    pub fn has_key(&self) -> bool {
        self.key.at_hand().is_some()
    }

    /// Returns what a record of these bytes carries, given in parts. Makes the key, where there is
    /// none yet.
    pub(super) fn mark(&self, body: &[Bytes]) -> String {
        let key = match &self.key {
            Key::At(path) => read_key(path).or_else(|| make_key(path)),
            key => key.at_hand(),
        };
        match key {
            Some(key) => hexadecimal(&self.mac(&key, body).finalize().into_bytes()),
            None => NONE.to_owned(),
        }
    }

    /// Returns whether a record of these bytes is this user's, and of this place.
    pub(super) fn holds(&self, mark: &str, body: &[u8]) -> bool {
        let Some((key, mark)) = self.key.at_hand().zip(parse_hexadecimal(mark)) else {
            return false;
        };
        self.mac(&key, &[body]).verify_slice(&mark).is_ok()
    }

    fn mac(&self, key: &[u8; KEY], body: &[impl AsRef<[u8]>]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any size");
        mac.update(&(self.place.len() as u64).to_le_bytes());
        mac.update(&self.place);
        for part in body {
            mac.update(part.as_ref());
        }
        mac
    }
}

impl Key {
    fn at_hand(&self) -> Option<[u8; KEY]> {
        match self {
            Self::Known(key) => Some(*key),
            Self::At(path) => read_key(path),
            Self::Nowhere => None,
        }
    }
}

/// Returns the key at a path, if it is this user's own.
fn read_key(path: &Path) -> Option<[u8; KEY]> {
    let text = fs::read_own(path, 2 * KEY + 1)?;
    let text = std::str::from_utf8(&text).ok()?;
    parse_hexadecimal(text.trim_end())?.try_into().ok()
}

/// Makes a key, unless somebody else does just now; returns what is there then.
fn make_key(path: &Path) -> Option<[u8; KEY]> {
    let mut key = [0; KEY];
    getrandom::fill(&mut key).ok()?;
    let text = hexadecimal(&key);
    fs::write_private(path, format!("{text}\n").as_bytes()).ok()?;
    read_key(path)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads bytes that were written as hexadecimal digits.
fn parse_hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    // A sign would be read as part of a number.
    if !digits.iter().all(u8::is_ascii_hexdigit) || !digits.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = Vec::new();
    for pair in digits.chunks_exact(2) {
        let pair = std::str::from_utf8(pair).ok()?;
        bytes.push(u8::from_str_radix(pair, 16).ok()?);
    }
    Some(bytes)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_mark_is_one_users_of_one_place_and_of_these_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (state, root) = (folder.path().join("state"), folder.path().join("repo"));
        std::fs::create_dir_all(&root).unwrap();
        let seal = Seal::new(Some(&state), &root);
        assert!(!seal.holds(NONE, b"a"), "there is no key yet");
        assert!(!seal.has_key());
        let mark = seal.mark(&[Bytes::from_static(b"a")]);
        assert!(seal.has_key());
        assert_eq!(mark.len(), 64);
        assert!(seal.holds(&mark, b"a") && !seal.holds(&mark, b"b"));
        assert!(!seal.holds("", b"a") && !seal.holds(&mark[2..], b"a"));
        let key = state.join(NAME);
        assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Seal::new(Some(&state), &root).holds(&mark, b"a"));
        // Another place, another user, nobody.
        assert!(!Seal::new(Some(&state), folder.path()).holds(&mark, b"a"));
        let other = Seal::new(Some(&folder.path().join("other")), &root);
        assert_ne!(other.mark(&[Bytes::from_static(b"a")]), mark);
        assert!(!other.holds(&mark, b"a"));
        assert_eq!(
            Seal::new(None, &root).mark(&[Bytes::from_static(b"a")]),
            NONE
        );
    }

    #[test]
    fn a_key_that_cannot_be_had_makes_no_mark_and_none_holds() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("repo");
        std::fs::create_dir_all(&root).unwrap();
        let inside = root.join("state");
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        for state in [
            inside.as_path(),
            &file,
            Path::new("/proc/none"),
            Path::new("state"),
        ] {
            let seal = Seal::new(Some(state), &root);
            assert_eq!(
                seal.mark(&[Bytes::from_static(b"a")]),
                NONE,
                "{}",
                state.display()
            );
            assert!(!seal.holds(NONE, b"a"));
        }
        // A key that is cut short, or none at all.
        let state = folder.path().join("state");
        let key = state.join(NAME);
        Seal::new(Some(&state), &root).mark(&[Bytes::from_static(b"a")]);
        let whole = std::fs::read(&key).unwrap();
        for text in [&whole[..40], b"", b"x", &[b'z'; 65]] {
            std::fs::write(&key, text).unwrap();
            assert_eq!(
                Seal::new(Some(&state), &root).mark(&[Bytes::from_static(b"a")]),
                NONE
            );
        }
    }
}
