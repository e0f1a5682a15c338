//! Texts for agents that no agent can read: UTF-16, and what isn't text at all.

use crate::model::path::RelPath;
use crate::model::tree::File;

use super::{LintRule, Report, is_markdown};

/// Checks a file that an agent reads as text.
pub fn check(path: &RelPath, file: &File, report: &mut Report) {
    if !is_markdown(path) || file.is_text() {
        return;
    }
    let bytes = &*file.bytes;
    let has_mark = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let what = match has_mark || bytes.contains(&0) {
        true => "it is UTF-16 or no text at all: agents read it as garbage",
        false => "it is not UTF-8: agents see other letters than you",
    };
    report.add(LintRule::TextEncoding, path, None, what, "save it as UTF-8");
}
