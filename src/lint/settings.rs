//! The settings that agents read: strict JSON, of the right shapes.

use serde_json::Value;

use crate::agent::claude::places::{PLUGIN_HOOKS, is_settings};
use crate::agent::claude::{SERVERS, SETTINGS, misshapen};
use crate::merge::json::{Document, Node, NodeKind};
use crate::model::path::RelPath;
use crate::model::pointer;

use super::hooks::{self, Site};
use super::{Lines, Report, Rule, Scope};

/// Returns whether settings are those of a plugin.
pub fn is_in_plugin(path: &RelPath) -> bool {
    path.as_str() == PLUGIN_HOOKS
}

/// Checks a file that is no text.
pub fn check_bytes(path: &RelPath, report: &mut Report) {
    if is_settings(path) {
        let message = "it is not UTF-8 text: the agent skips the whole file, guards included";
        report.add(
            Rule::SettingsInvalid,
            path,
            None,
            message,
            "save it as UTF-8",
        );
    }
}

/// Checks a file, if it is of settings.
pub fn check(path: &RelPath, text: &str, scope: &Scope<'_>, report: &mut Report) {
    if !is_settings(path) {
        return;
    }
    match Document::parse(text) {
        Err(invalid) => {
            let (why, hint) = match invalid.what.ends_with("for the second time") {
                true => (
                    "only one of the two counts",
                    "keep one of them, with what both say",
                ),
                false => (
                    "the agent skips the whole file, guards included",
                    "write strict JSON",
                ),
            };
            report.add(
                Rule::SettingsInvalid,
                path,
                invalid.line,
                format!("{}: {why}", invalid.what),
                hint,
            );
        }
        Ok(document) => {
            let lines = Lines::of(text);
            let place = |pointer: &str| {
                (
                    path.clone(),
                    offset(document.root(), pointer).map(|offset| lines.at(offset)),
                )
            };
            let site = Site {
                place: &place,
                in_plugin: is_in_plugin(path),
                in_header: false,
            };
            check_value(path, document.value(), &site, scope, report);
        }
    }
}

/// Checks settings that were read from `path`.
pub fn check_value(
    path: &RelPath,
    settings: &Value,
    site: &Site<'_>,
    scope: &Scope<'_>,
    report: &mut Report,
) {
    let shapes = if path.as_str() == SERVERS {
        SERVERS
    } else {
        SETTINGS
    };
    for wrong in misshapen(shapes, settings) {
        let (path, line) = (site.place)(wrong.split('`').nth(1).unwrap_or_default());
        let message = format!("{wrong}: the agent skips it, or the whole file");
        report.add(
            Rule::SettingsInvalid,
            &path,
            line,
            message,
            "write it in the shape that the agent reads",
        );
    }
    hooks::check(settings, site, scope, report);
}

/// Returns where the value of a pointer stands, from its key on.
fn offset(root: &Node, pointer: &str) -> Option<usize> {
    let mut at = (root, root.span.start);
    for step in pointer::keys(pointer) {
        at = match &at.0.kind {
            NodeKind::Object(properties) => {
                let property = properties.get(&step)?;
                (&property.value, property.key_span.start)
            }
            NodeKind::Array(elements) => {
                let element = elements.get(step.parse::<usize>().ok()?)?;
                (element, element.span.start)
            }
            NodeKind::Scalar => return None,
        };
    }
    Some(at.1)
}
