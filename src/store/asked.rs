//! When a registry on another machine was asked last, and whether it answered: who only wants to
//! know what is new asks once a day, and doesn't wait for a server again that was silent just now.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::model::digest::Digest;
use crate::store::fs;

/// For how many seconds news are believed that were read before.
pub const DAY: i64 = 24 * 60 * 60;
/// After how many seconds a registry is asked for news again that did not answer.
const HOUR: i64 = 60 * 60;
/// How many bytes of a note are read.
const LARGEST: usize = 1 << 16;

/// What is known of a registry's last answers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAnswers {
    /// When it answered last, in seconds since 1970.
    #[serde(default)]
    pub answered: Option<i64>,
    /// When it was asked last and did not answer, since then.
    #[serde(default)]
    pub silent: Option<i64>,
    /// Why it did not.
    #[serde(default)]
    pub why: Option<String>,
}

/// How old what was told is: nothing new was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// When it was read, in seconds since 1970.
    pub at: i64,
    /// Why nothing newer was to be had, if it was asked for.
    pub why: Option<String>,
}

impl LastAnswers {
    /// Returns what is known of a registry.
    pub fn read(cache: Option<&PathBuf>, registry: &str) -> Self {
        let bytes = cache.and_then(|cache| fs::read_own(&place(cache, registry), LARGEST));
        let asked = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        asked.unwrap_or_default()
    }

    /// Notes that a registry answered.
    pub fn answered(cache: Option<&PathBuf>, registry: &str, now: i64) {
        let asked = Self {
            answered: Some(now),
            ..Self::default()
        };
        asked.write(cache, registry);
    }

    /// Notes that a registry did not answer.
    pub fn silent(self, cache: Option<&PathBuf>, registry: &str, now: i64, why: &str) {
        let asked = Self {
            silent: Some(now),
            why: Some(why.to_owned()),
            ..self
        };
        asked.write(cache, registry);
    }

    /// Returns why a registry is better left alone for now, if it is.
    pub fn is_silent(&self, now: i64) -> Option<&str> {
        let silent = self.silent?;
        let is_recent = silent <= now && now.saturating_sub(silent) < HOUR;
        self.why.as_deref().filter(|_| is_recent)
    }

    /// Writes it down. It is no error when that can't be done: the registry is asked once more.
    fn write(&self, cache: Option<&PathBuf>, registry: &str) {
        let bytes = serde_json::to_vec(self).expect("a note is JSON");
        if let Some(cache) = cache {
            fs::keep(&place(cache, registry), &bytes);
        }
    }
}

fn place(cache: &Path, registry: &str) -> PathBuf {
    let digest = Digest::of(registry.as_bytes());
    cache.join("asked").join(&digest.hex()[..24])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_registry_is_left_alone_for_an_hour() {
        let cache = tempfile::tempdir().unwrap();
        let cache = Some(&cache.path().to_path_buf()).cloned();
        let (cache, place) = (cache.as_ref(), "https://agents.example.org/");
        assert_eq!(LastAnswers::read(cache, place), LastAnswers::default());
        LastAnswers::answered(cache, place, 1000);
        LastAnswers::read(cache, place).silent(cache, place, 2000, "no answer");
        let asked = LastAnswers::read(cache, place);
        assert_eq!(asked.answered, Some(1000));
        assert_eq!(asked.is_silent(2000 + HOUR - 1), Some("no answer"));
        assert_eq!(asked.is_silent(2000 + HOUR), None);
        assert_eq!(asked.is_silent(1999), None);
        LastAnswers::answered(cache, place, 3000);
        assert_eq!(LastAnswers::read(cache, place).is_silent(3000), None);
        assert_eq!(LastAnswers::read(None, place), LastAnswers::default());
    }
}
