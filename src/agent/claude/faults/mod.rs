//! What makes Claude Code skip settings, and how much of them: measured with Claude Code 2.1.332
//! (`tests/claude-settings.tsv` has the values; a test asks the agent itself).
//!
//! **A wrong value switches off what stands beside it**: mostly the whole file, with its guards.
//! The public schema says what is wrong; this says what becomes of it, which the schema doesn't
//! know.

mod by_schema;
mod hooks;
mod misplaced;
mod permissions;

use serde_json::Value;

use super::{parts, schema};
use crate::model::pointer;
use by_schema::by_schema;

/// What the agent skips.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skips {
    /// The whole file.
    File,
    /// An entry that holds something back: a rule that denies or asks, a hook.
    Guard,
    /// Another entry.
    Entry,
}

/// Something that an agent skips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: keys and places in lists.
    pub at: Vec<String>,
    /// What is wrong with it: `is not a text`.
    pub what: String,
    /// What is skipped for it.
    pub skips: Skips,
}

impl Fault {
    fn new(at: &[&str], what: impl Into<String>, skips: Skips) -> Self {
        Self {
            at: at.iter().map(|key| (*key).to_owned()).collect(),
            what: what.into(),
            skips,
        }
    }

    /// Returns where it is, as a JSON pointer.
    pub fn pointer(&self) -> String {
        let mut pointer = String::new();
        for key in &self.at {
            pointer.push('/');
            pointer.push_str(&pointer::escaped(key));
        }
        pointer
    }
}

/// How deep the agent reads a document.
const DEEPEST: usize = 64;

/// How many bytes the agent reads of a file.
pub const LARGEST: usize = 2 << 20;

/// Returns what is wrong with settings that are larger than that.
pub fn too_large() -> String {
    format!(
        "it is larger than {} MiB: the agent skips the whole file, guards included",
        LARGEST >> 20
    )
}

/// Events whose hooks may be what guards the rest: one that can't be read switches off the file.
const GUARDED: [&str; 2] = ["PreToolUse", "PermissionRequest"];

/// Returns what Claude Code skips of settings that are strict JSON, and why.
pub fn faults(document: &Value) -> Vec<Fault> {
    let Some(object) = document.as_object() else {
        return vec![Fault::new(&[], "is not an object", Skips::File)];
    };
    let mut found = Vec::new();
    for (key, value) in object {
        match key.as_str() {
            "env" if !value.is_object() => {
                found.push(Fault::new(&["env"], "is not an object", Skips::File));
            }
            "env" => {}
            "hooks" => hooks::hooks(value, &mut found),
            parts::PERMISSIONS => permissions::permissions(value, &mut found),
            "managedMcpServers" => {
                let what = "counts in managed settings alone";
                found.push(Fault::new(&["managedMcpServers"], what, Skips::Entry));
            }
            "enabledPlugins" => plugins(value, &mut found),
            _ => found.extend(by_schema(key, value)),
        }
        if is_deeper(value, DEEPEST - 1) {
            let what = format!("is deeper than {DEEPEST} levels, and cut off there");
            found.push(Fault::new(&[key], what, Skips::Entry));
        }
    }
    found.extend(of_sandbox(document));
    misplaced::misplaced(object, &mut Vec::new(), &mut found);
    found
}

/// Returns what only the public schema refuses, and the agent takes: where it is, as a pointer.
pub fn unknown(document: &Value) -> Vec<String> {
    let known = faults(document);
    let mut found = Vec::new();
    for (key, value) in document.as_object().into_iter().flatten() {
        // Keys of hooks have a rule of their own.
        if key == "hooks" {
            continue;
        }
        for one in schema::violations(key, value) {
            let is_fault = known
                .iter()
                .any(|fault| one.at.starts_with(&fault.at) || fault.at.starts_with(&one.at));
            if !is_fault {
                let at: Vec<&str> = one.at.iter().map(String::as_str).collect();
                found.push(Fault::new(&at, "", Skips::Entry).pointer());
            }
        }
    }
    found
}

/// Plugins are switched on and off, or given a list of versions.
fn plugins(value: &Value, found: &mut Vec<Fault>) {
    let Some(plugins) = value.as_object() else {
        found.push(Fault::new(
            &["enabledPlugins"],
            "is not an object",
            Skips::File,
        ));
        return;
    };
    for (name, value) in plugins {
        if !value.is_boolean() && !value.is_array() && !value.is_object() {
            let what = "is neither `true` nor `false`";
            found.push(Fault::new(&["enabledPlugins", name], what, Skips::File));
        }
    }
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(_) | Value::Object(_) if levels == 0 => true,
        Value::Array(elements) => elements.iter().any(|one| is_deeper(one, levels - 1)),
        Value::Object(object) => object.values().any(|one| is_deeper(one, levels - 1)),
        _ => false,
    }
}

/// What the schema doesn't say of the sandbox: texts that must not be empty, and places that count
/// in managed settings alone.
fn of_sandbox(document: &Value) -> Vec<Fault> {
    let mut found = Vec::new();
    let sandbox = document.get("sandbox");
    for key in ["bwrapPath", "socatPath"] {
        if sandbox.is_some_and(|sandbox| sandbox.get(key).is_some()) {
            let what = "counts in managed settings alone";
            found.push(Fault::new(&["sandbox", key], what, Skips::Entry));
        }
    }
    let network = sandbox.and_then(|sandbox| sandbox.pointer("/network/tlsTerminate"));
    for (key, value) in network.and_then(Value::as_object).into_iter().flatten() {
        if is_empty(value) {
            let at = ["sandbox", "network", "tlsTerminate", key];
            found.push(Fault::new(&at, "is empty", Skips::File));
        }
    }
    for (list, key) in [("files", "path"), ("envVars", "name")] {
        let elements = sandbox
            .and_then(|sandbox| sandbox.pointer(&format!("/credentials/{list}")))
            .and_then(Value::as_array);
        for (number, element) in elements.into_iter().flatten().enumerate() {
            if element.get(key).is_some_and(is_empty) {
                let number = number.to_string();
                let at = ["sandbox", "credentials", list, &number, key];
                found.push(Fault::new(&at, "is empty", Skips::File));
            }
        }
    }
    found
}

fn is_empty(value: &Value) -> bool {
    value.as_str() == Some("")
}

#[cfg(test)]
mod tests {
    use super::super::settings;
    use super::*;

    /// What is skipped or not for patterns and inner workings, and takes no guard along.
    const UNREAD: [&str; 7] = [
        r#"{"allowedMcpServers":[{"serverName":"bad name!"}]}"#,
        r#"{"footerLinksRegexes":[{"pattern":"(","url":"x"}]}"#,
        r#"{"theme":"nope"}"#,
        r#"{"spinnerTipsOverride":{}}"#,
        r#"{"vimInsertModeRemaps":{"jk":1}}"#,
        r#"{"env":{"__proto__":"1"}}"#,
        r#"{"__proto__":{"a":1}}"#,
    ];

    /// Whether a key is none of the schema's: it counts as what nobody knows, whatever its value.
    fn is_of_no_schema(document: &Value) -> bool {
        let mut pointers = unknown(document).into_iter();
        pointers.any(|pointer| {
            let key = pointer.rsplit('/').next().unwrap_or_default();
            let path = pointer[1..].replace('/', ".");
            let value = document.pointer(&pointer).unwrap_or(&Value::Null);
            matches!(
                settings::class(&path, key, value),
                settings::Class::Whole(_)
            )
        })
    }

    /// The measured values, each with what the agent skips for it.
    #[test]
    fn what_the_agent_skips_is_what_was_measured() {
        let table = include_str!("../../../../tests/claude-settings.tsv");
        let mut wrong = Vec::new();
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let (outcome, text) = line.split_once('\t').expect("an outcome and a document");
            let document: Value = serde_json::from_str(text).expect(text);
            let found = faults(&document);
            let worst = match found.iter().map(|fault| fault.skips).min() {
                Some(Skips::File) => "file",
                Some(Skips::Guard | Skips::Entry) => "entry",
                None => "nothing",
            };
            let is_known = UNREAD.contains(&text) || is_of_no_schema(&document);
            if worst != outcome && !is_known {
                wrong.push(format!("{outcome}, not {worst}: {text}\n  {found:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
