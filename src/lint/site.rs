//! Where settings stand that are checked: in a file, in a plugin, in a header, in a template.

use crate::agent::claude::places::PLUGIN_HOOKS;
use crate::model::path::RelPath;

/// Where settings with hooks stand.
pub struct Site<'a> {
    /// Returns the file and the line of a pointer.
    pub place: &'a dyn Fn(&str) -> (RelPath, Option<usize>),
    /// Whether they are a plugin's.
    pub in_plugin: bool,
    /// Whether they are in the header of a skill or an agent, beside which scripts are looked for.
    pub in_header: bool,
}

/// Returns whether settings are those of a plugin.
pub fn is_in_plugin(path: &RelPath) -> bool {
    path.as_str() == PLUGIN_HOOKS
}
