//! Where settings stand that are checked: in a file, in a plugin, in a header, in a template.

use crate::agent::claude::places::PLUGIN_HOOKS;
use crate::hint::Hint;
use crate::model::path::RelPath;

use super::{LintRule, Report};

/// Where settings with hooks stand.
pub struct Site<'a> {
    /// Returns the file and the line of a pointer.
    pub place: &'a dyn Fn(&str) -> (RelPath, Option<usize>),
    /// Whether they are a plugin's.
    pub in_plugin: bool,
    /// Whether they are in the header of a skill or an agent, beside which scripts are looked for.
    pub in_header: bool,
}

impl Site<'_> {
    /// Adds a finding about the value of a pointer.
    pub fn add(
        &self,
        report: &mut Report,
        rule: LintRule,
        pointer: &str,
        message: impl Into<String>,
        hint: impl Into<Hint>,
    ) {
        let (path, line) = (self.place)(pointer);
        report.add(rule, &path, line, message, hint);
    }
}

/// Returns whether settings are those of a plugin.
pub fn is_in_plugin(path: &RelPath) -> bool {
    path.as_str() == PLUGIN_HOOKS
}
