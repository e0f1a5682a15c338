//! What is kept of one of a registry's files, with what tells whether it is still the same.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::super::super::web_address::WebAddress;
use crate::model::digest::Digest;
use crate::model::index::LARGEST;
use crate::store::fs;
use crate::store::http::Validators;

/// How many bytes the first line of a page may have.
const HEAD: usize = 1 << 16;

/// A file as a server gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// When the server said so, in seconds since 1970.
    pub at: i64,
    pub bytes: Bytes,
    /// What tells whether it is still the same.
    pub validators: Validators,
}

/// The first line of a page in the cache; the bytes follow.
#[derive(Serialize, Deserialize)]
struct Head {
    url: String,
    at: i64,
    /// Of the bytes.
    digest: Digest,
    etag: Option<String>,
    modified: Option<String>,
}

impl Page {
    /// Returns what is kept of a file. **What lies there is what its first line says**, or isn't
    /// taken.
    pub fn read(cache: &Path, address: &WebAddress, path: &str) -> Option<Self> {
        // Another user's isn't taken: in a folder that all may write to, anybody puts files.
        let file = fs::read_own(&place(cache, address, path), LARGEST + HEAD)?;
        let file = Bytes::from(file);
        let end = memchr::memchr(b'\n', &file)?;
        let head: Head = serde_json::from_slice(&file[..end]).ok()?;
        let bytes = file.slice(end + 1..);
        let is_it = head.url == address.of(path).as_str() && head.digest == Digest::of(&bytes);
        let validators = Validators {
            etag: head.etag,
            modified: head.modified,
        };
        (is_it && validators.can_be_sent()).then(|| Self {
            at: head.at,
            bytes,
            validators,
        })
    }

    /// Keeps it. It is no error when that can't be written: it is read anew then.
    pub fn keep(&self, cache: &Path, address: &WebAddress, path: &str) {
        let Validators { etag, modified } = self.validators.clone();
        let head = Head {
            url: address.of(path).to_string(),
            at: self.at,
            digest: Digest::of(&self.bytes),
            etag,
            modified,
        };
        let mut file = serde_json::to_vec(&head).expect("a head is JSON");
        file.push(b'\n');
        file.extend_from_slice(&self.bytes);
        fs::keep(&place(cache, address, path), &file);
    }

    /// Keeps nothing of a file any more.
    pub fn forget(cache: &Path, address: &WebAddress, path: &str) {
        let _ = fs::clear_own(&place(cache, address, path));
    }

    /// Returns what a server is asked with, so that it need not send the same again.
    pub fn validators(&self) -> Option<Validators> {
        let is_any = self.validators != Validators::default();
        is_any.then(|| self.validators.clone())
    }
}

fn place(cache: &Path, address: &WebAddress, path: &str) -> PathBuf {
    let digest = Digest::of(address.url().as_str().as_bytes());
    let host = address.host().replace(':', "-");
    cache
        .join("web")
        .join(format!("{host}-{}", &digest.hex()[..16]))
        .join(path)
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_what_its_first_line_says_is_not_taken() {
        let cache = tempfile::tempdir().unwrap();
        let address = WebAddress::parse("https://agents.example.org/").unwrap();
        let (cache, path) = (cache.path(), "index/a.json");
        let page = Page {
            at: 7,
            bytes: Bytes::from_static(b"{}\n"),
            validators: Validators {
                etag: Some("\"x\"".to_owned()),
                modified: None,
            },
        };
        assert_eq!(Page::read(cache, &address, path), None);
        page.keep(cache, &address, path);
        assert_eq!(Page::read(cache, &address, path), Some(page.clone()));
        let place = place(cache, &address, path);
        let text = std::fs::read_to_string(&place).unwrap();
        for damaged in [
            text.replace("{}", "{ }"),
            String::new(),
            text[..9].to_owned(),
        ] {
            std::fs::write(&place, damaged).unwrap();
            assert_eq!(Page::read(cache, &address, path), None);
        }
        let unsent = Page {
            validators: Validators {
                etag: Some("\"\n\"".to_owned()),
                modified: None,
            },
            ..page.clone()
        };
        unsent.keep(cache, &address, path);
        assert_eq!(Page::read(cache, &address, path), None);
        page.keep(cache, &address, path);
        Page::forget(cache, &address, path);
        assert_eq!(Page::read(cache, &address, path), None);
    }
}
