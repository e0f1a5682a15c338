//! The settings that agents read: strict JSON, of the right shapes.

use serde_json::Value;

use crate::agent::claude::faults::{Fault, Skips, faults, unknown};
use crate::agent::claude::places::is_settings;
use crate::agent::claude::schema::DATE;
use crate::agent::claude::{SERVERS, misshapen, sentence};
use crate::merge::json::{Document, Node, NodeKind};
use crate::model::path::RelPath;
use crate::model::pointer;

use super::site::{Site, is_in_plugin};
use super::{Lines, LintRule, Report, Scope, hooks};

/// What mends a shape.
const SHAPE: &str = "write it in the shape that the agent reads";

/// Checks a file that is no text.
pub fn check_bytes(path: &RelPath, report: &mut Report) {
    if is_settings(path) {
        let message = "it is not UTF-8 text: the agent skips the whole file, guards included";
        report.add(
            LintRule::SettingsInvalid,
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
    if text.starts_with('\u{feff}') {
        let message = "it begins with a byte order mark: the agent skips the whole file, guards \
                       included";
        let hint = "save it as UTF-8 without a byte order mark";
        report.add(LintRule::SettingsInvalid, path, 1, message, hint);
    }
    match Document::of_file(text) {
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
                LintRule::SettingsInvalid,
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
    let mut say = |rule, pointer: &str, message: String, hint: &str| {
        let (path, line) = (site.place)(pointer);
        report.add(rule, &path, line, message, hint);
    };
    if path.as_str() == SERVERS {
        for wrong in misshapen(SERVERS, settings) {
            let message = format!("{wrong}: the agent skips it, or the whole file");
            let pointer = wrong.split('`').nth(1).unwrap_or_default();
            say(LintRule::SettingsInvalid, pointer, message, SHAPE);
        }
    } else {
        let found = faults(settings);
        // An event that isn't one has a rule of its own.
        let is_said = |fault: &Fault| matches!(fault.at.as_slice(), [hooks, _] if hooks == "hooks");
        for fault in found
            .iter()
            .filter(|fault| !(is_said(fault) && fault.skips == Skips::Guard))
        {
            let rule = match fault.skips {
                Skips::File | Skips::Guard => LintRule::SettingsInvalid,
                Skips::Entry => LintRule::SettingsSkipped,
            };
            say(rule, &fault.pointer(), sentence(fault), SHAPE);
        }
        if !site.in_plugin {
            for pointer in unknown(settings) {
                let message = format!("`{pointer}` is not known to the schema of {DATE}");
                say(
                    LintRule::SettingsUnknown,
                    &pointer,
                    message,
                    "see whether it is spelt right",
                );
            }
        }
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
