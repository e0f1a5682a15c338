//! Merges that nobody finished.

use crate::agent;
use crate::agent::claude::places::is_settings;
use crate::merge::marking::first_marker;
use crate::model::path::RelPath;
use crate::model::tree::File;

use super::{LintRule, Report};

/// Checks a text for a place with both sides between markers. What a strict reader of settings says
/// is not said twice.
pub fn check(path: &RelPath, file: &File, text: &str, report: &mut Report) {
    if is_settings(path) {
        return;
    }
    if let Some(line) = first_marker(agent::kind_of(path.file_name(), &file.bytes), text) {
        report.add(
            LintRule::ConflictMarker,
            path,
            line,
            "a conflict marker: the agent reads both sides, and the markers too",
            "keep one side, or both, and take the marker lines out, and what was there before \
             below `|||||||`",
        );
    }
}
