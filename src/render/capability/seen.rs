//! What a person has to see of a capability before it is approved.

use super::Capability;
use crate::merge::diff::unified;
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::upstream::{Content, Upstream};

impl Capability {
    /// Returns what it says and what each file that it runs does, as unified diffs: of what
    /// `earlier` said, and of the bytes that files had `before`.
    pub fn diffs<'a>(
        &self,
        earlier: Option<&Self>,
        before: impl Fn(&RelPath) -> Option<&'a [u8]>,
        upstream: &Upstream,
    ) -> Vec<String> {
        // One line was said with the name already.
        let entry = match earlier {
            None if self.text.lines().count() <= 1 => String::new(),
            _ => unified(
                &self.id(),
                &earlier.map(Self::lines).unwrap_or_default(),
                &self.lines(),
            ),
        };
        let mut diffs = vec![entry];
        for path in &self.files {
            if let Some(whole) = upstream.files.get(path).and_then(Content::as_whole) {
                let old = before(path).unwrap_or_default();
                diffs.push(file_diff(path, old, &whole.file.bytes));
            }
        }
        diffs.retain(|diff| !diff.is_empty());
        diffs
    }

    fn lines(&self) -> String {
        if self.text.is_empty() {
            String::new()
        } else {
            format!("{}\n", self.text.trim_end())
        }
    }
}

/// What isn't UTF-8 may be a script all the same.
fn file_diff(path: &RelPath, old: &[u8], now: &[u8]) -> String {
    match memchr::memchr(0, now) {
        None => unified(
            path.as_str(),
            &String::from_utf8_lossy(old),
            &String::from_utf8_lossy(now),
        ),
        Some(_) => format!(
            "+++ b/{path}\n+not text: {} bytes, {}\n",
            now.len(),
            Digest::of(now)
        ),
    }
}
