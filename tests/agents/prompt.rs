//! What an agent tells its model before it asks for anything.

use serde_json::Value;

/// The words before a list of skills that stands between tags, and those after it.
pub const SKILLS_IN_TAGS: (&str, &str) = ("<available_skills>\n", "</available_skills>");

/// The text of a request: what the system, the developers, the user and the tools said so far.
#[derive(Clone, Debug)]
pub struct Prompt {
    text: String,
    skills: Vec<String>,
}

impl Prompt {
    /// Makes a prompt of the parts of a request that are text. `list` says between which words the
    /// skills are listed: each with a line `- name: description` or `<name>name</name>`.
    pub fn new(parts: &[&Value], list: (&str, &str)) -> Self {
        let mut text = String::new();
        for part in parts {
            add_text(part, &mut text);
        }
        let skills = listed(&text, list);
        Self { text, skills }
    }

    /// Returns it with the characters that stand in it escaped, as XML has it.
    pub fn without_escapes(mut self) -> Self {
        for (escaped, character) in [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&apos;", "'"),
            ("&amp;", "&"),
        ] {
            self.text = self.text.replace(escaped, character);
        }
        self
    }

    /// Returns how often these words are in it.
    pub fn count(&self, words: &str) -> usize {
        self.text.matches(words).count()
    }

    /// Returns the names of the skills that are listed, in their order. Claude Code's commands are
    /// among them.
    pub fn skills(&self) -> &[String] {
        &self.skills
    }
}

/// Adds each string of a value as a paragraph.
fn add_text(value: &Value, text: &mut String) {
    match value {
        Value::String(string) => {
            text.push_str(string);
            text.push_str("\n\n");
        }
        Value::Array(values) => {
            for value in values {
                add_text(value, text);
            }
        }
        Value::Object(object) => {
            for value in object.values() {
                add_text(value, text);
            }
        }
        _ => {}
    }
}

/// Returns the names of the items of a list.
fn listed(text: &str, (before, after): (&str, &str)) -> Vec<String> {
    let mut names = Vec::new();
    let Some((_, rest)) = text.split_once(before) else {
        return names;
    };
    let list = rest.split(after).next().unwrap_or_default();
    for line in list.lines() {
        if let Some(name) = listed_in(line) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Returns the name in a line of a list, if it has one.
fn listed_in(line: &str) -> Option<&str> {
    if let Some(item) = line.strip_prefix("- ") {
        return item.split_once(": ").map(|(name, _)| name);
    }
    let name = line.trim_start().strip_prefix("<name>")?;
    name.strip_suffix("</name>")
}
