//! The settings that agents read: strict JSON, of the right shapes.

use serde_json::Value;

use crate::agent::claude::faults::{Fault, Skips, faults, unknown};
use crate::agent::claude::places::is_settings;
use crate::agent::claude::schema::DATE;
use crate::agent::claude::{SERVERS, misshapen, sentence};
use crate::agent::documents::{self, Document as OtherDocument, ONLY_STRICT};
use crate::merge::format::Format;
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
    if let Some(other) = documents::other_at(path) {
        check_other(path, text, other, report);
    }
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
            let site = Site {
                place: &|pointer| {
                    let offset = offset(document.root(), pointer);
                    (path.clone(), offset.map(|offset| lines.at(offset)))
                },
                in_plugin: is_in_plugin(path),
                in_header: false,
            };
            check_value(path, document.value(), &site, scope, report);
        }
    }
}

/// Checks a document of another agent than Claude Code.
fn check_other(path: &RelPath, text: &str, other: &OtherDocument, report: &mut Report) {
    let (format, then) = (Format::of(path), other.then);
    let rule = LintRule::SettingsInvalid;
    match format.read(text) {
        Err(invalid) => {
            let hint = match format {
                Format::Toml => "write TOML",
                Format::Json => "write strict JSON",
            };
            let then = other.then_of(path, text, &invalid.what);
            if then != ONLY_STRICT {
                let message = format!("{}: {then}", invalid.what);
                report.add(rule, path, invalid.line, message, hint);
            }
        }
        Ok(value) => {
            let lines = Lines::of(text);
            let places = format.places(text).unwrap_or_default();
            for fault in (other.faults)(&value) {
                let mut at = places.iter();
                let at = at.find(|(pointer, _)| *pointer == fault.pointer);
                let line = at.map(|(_, place)| lines.at(place.start));
                report.add(rule, path, line, format!("{fault}: {then}"), SHAPE);
            }
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
    if path.as_str() == SERVERS {
        check_servers(settings, site, report);
    } else {
        check_shapes(settings, site, report);
    }
    hooks::check(settings, site, scope, report);
}

fn check_servers(servers: &Value, site: &Site<'_>, report: &mut Report) {
    for wrong in misshapen(SERVERS, servers) {
        let message = format!("{wrong}: the agent skips it, or the whole file");
        let pointer = wrong.split('`').nth(1).unwrap_or_default();
        site.add(report, LintRule::SettingsInvalid, pointer, message, SHAPE);
    }
}

fn check_shapes(settings: &Value, site: &Site<'_>, report: &mut Report) {
    for fault in faults(settings) {
        let rule = match fault.skips {
            // An event that isn't one has a rule of its own.
            Skips::Guard if is_about_event(&fault) => continue,
            Skips::File | Skips::Guard => LintRule::SettingsInvalid,
            Skips::Entry => LintRule::SettingsSkipped,
        };
        site.add(report, rule, &fault.pointer(), sentence(&fault), SHAPE);
    }
    if site.in_plugin {
        return;
    }
    for pointer in unknown(settings) {
        let message = format!("`{pointer}` is not known to the schema of {DATE}");
        let hint = "see whether it is spelt right";
        site.add(report, LintRule::SettingsUnknown, &pointer, message, hint);
    }
}

fn is_about_event(fault: &Fault) -> bool {
    matches!(fault.at.as_slice(), [hooks, _] if hooks == "hooks")
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
