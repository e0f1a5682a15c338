//! Which templates brought each entry of a document, and whether the team edited or deleted it
//! since. All other entries are the team's own.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use indexmap::IndexSet;
use serde_json::{Map, Value};

use super::handlers::{HandlerEntry, entries, pairs};
use super::operations::pointer;
use super::{ArrayPolicy, Identities};
use crate::model::name::TemplateName;
use crate::model::pointer::escaped;

/// An entry of a document, or one that was installed and is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributedEntry {
    /// Where it is, as a JSON pointer. An element that is gone has the pointer of its list.
    pub pointer: String,
    /// The templates that brought it.
    pub templates: Vec<TemplateName>,
    pub state: EntryState,
    /// Whether the team had it before these templates, so that it stays when they go.
    pub was_here: bool,
    /// The value, or the installed one where the entry is gone.
    pub value: Value,
}

/// What the team did to an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryState {
    /// No template brought it.
    Own,
    Installed,
    /// Edited; `was` is what was installed.
    Edited {
        was: Value,
    },
    Deleted,
}

/// Returns the entries of a document with the templates that brought them. `parts` is what each
/// template brought, `adopted` what of that the team had before. A value in which no template has
/// anything is one entry, whatever is in it.
pub fn attribute(
    parts: &BTreeMap<TemplateName, Value>,
    adopted: &BTreeMap<TemplateName, Value>,
    document: &Value,
    identities: &Identities,
) -> Vec<AttributedEntry> {
    let mut attribution = Attribution {
        identities,
        entries: Vec::new(),
    };
    let mut claims = Vec::new();
    for (template, installed) in parts {
        claims.push(Claim {
            template,
            installed,
            adopted: adopted.get(template),
        });
    }
    attribution.value(&mut Vec::new(), Some(document), &claims);
    attribution.entries
}

/// Returns the entries that a pointer is about: the one at it or around it, or those below it.
pub fn entries_at<'e>(entries: &'e [AttributedEntry], pointer: &str) -> Vec<&'e AttributedEntry> {
    let mut found = Vec::new();
    for entry in entries {
        let is_around =
            entry.state != EntryState::Deleted && is_at_or_below(pointer, &entry.pointer);
        if is_around || is_at_or_below(&entry.pointer, pointer) {
            found.push(entry);
        }
    }
    found
}

/// Returns the entries that a pointer is about, or else those of the innermost value around it that
/// has some: a matcher, for example, is about the handlers of its group.
pub fn entries_around<'e>(
    entries: &'e [AttributedEntry],
    pointer: &str,
) -> Vec<&'e AttributedEntry> {
    let mut at = pointer;
    loop {
        let found = entries_at(entries, at);
        match at.rfind('/') {
            Some(end) if found.is_empty() => at = &at[..end],
            _ => return found,
        }
    }
}

/// Returns the entries that a line of a document is about: those on it, else those of the innermost
/// value of which a part is on it. `places` are those of the document's values, the outer before
/// the inner.
pub fn entries_on_line<'e>(
    entries: &'e [AttributedEntry],
    places: &[(String, Range<usize>)],
    line: Range<usize>,
) -> Vec<&'e AttributedEntry> {
    let mut on_line = HashSet::new();
    let mut innermost = None;
    for (pointer, place) in places {
        if place.start < line.end && line.start < place.end {
            on_line.insert(pointer.as_str());
            innermost = Some(pointer);
        }
    }
    let mut found = Vec::new();
    for entry in entries {
        if entry.state != EntryState::Deleted && on_line.contains(entry.pointer.as_str()) {
            found.push(entry);
        }
    }
    match innermost {
        Some(innermost) if found.is_empty() => entries_around(entries, innermost),
        _ => found,
    }
}

/// Returns whether a pointer is `other`, or is below it.
fn is_at_or_below(pointer: &str, other: &str) -> bool {
    let rest = pointer.strip_prefix(other);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What one template has at a place.
#[derive(Clone, Copy)]
struct Claim<'v> {
    template: &'v TemplateName,
    installed: &'v Value,
    /// The part of it that the team had before.
    adopted: Option<&'v Value>,
}

impl<'v> Claim<'v> {
    fn key(&self, key: &str) -> Option<Self> {
        Some(Self {
            installed: self.installed.get(key)?,
            adopted: self.adopted.and_then(|adopted| adopted.get(key)),
            ..*self
        })
    }

    fn elements(&self) -> &'v [Value] {
        self.installed.as_array().map_or(&[], Vec::as_slice)
    }

    fn adopted_elements(&self) -> &'v [Value] {
        let adopted = self.adopted.and_then(Value::as_array);
        adopted.map_or(&[], Vec::as_slice)
    }
}

struct Attribution<'a> {
    identities: &'a Identities,
    entries: Vec<AttributedEntry>,
}

impl Attribution<'_> {
    fn value(&mut self, keys: &mut Vec<String>, here: Option<&Value>, claims: &[Claim]) {
        let all: Vec<&Value> = here
            .into_iter()
            .chain(claims.iter().map(|claim| claim.installed))
            .collect();
        let policies = self.identities.policies;
        let is_divided = !claims.is_empty() && !policies.is_unit(keys);
        if is_divided && all.iter().all(|value| value.is_object()) {
            return self.object(keys, here, claims);
        }
        let lists: Option<Vec<&[Value]>> = all
            .iter()
            .map(|value| value.as_array().map(Vec::as_slice))
            .collect();
        let elements = here
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        match lists.map(|lists| policies.of(keys, &lists)) {
            Some(ArrayPolicy::Set | ArrayPolicy::Scalars) if is_divided => {
                self.set(&pointer_of(keys), elements, claims)
            }
            Some(ArrayPolicy::Handlers) if is_divided => self.handlers(keys, elements, claims),
            _ => self.whole(&pointer_of(keys), here, claims),
        }
    }

    fn object(&mut self, keys: &mut Vec<String>, here: Option<&Value>, claims: &[Claim]) {
        let mut names: IndexSet<&String> = IndexSet::new();
        let installed = claims.iter().map(|claim| claim.installed);
        for value in here.into_iter().chain(installed) {
            names.extend(value.as_object().into_iter().flat_map(Map::keys));
        }
        for name in names {
            let below: Vec<Claim> = claims.iter().filter_map(|claim| claim.key(name)).collect();
            keys.push(name.clone());
            self.value(keys, here.and_then(|here| here.get(name)), &below);
            keys.pop();
        }
    }

    /// Adds a value that is edited as a whole.
    fn whole(&mut self, pointer: &str, here: Option<&Value>, claims: &[Claim]) {
        let installed = claims.first().map(|claim| claim.installed);
        let (state, value) = match (here, installed) {
            (Some(here), None) => (EntryState::Own, here),
            (Some(here), Some(was)) if here == was => (EntryState::Installed, here),
            (Some(here), Some(was)) => (EntryState::Edited { was: was.clone() }, here),
            (None, Some(was)) => (EntryState::Deleted, was),
            (None, None) => return,
        };
        self.entries.push(AttributedEntry {
            pointer: pointer.to_owned(),
            templates: claims.iter().map(|claim| claim.template.clone()).collect(),
            was_here: claims.iter().any(|claim| claim.adopted.is_some()),
            value: value.clone(),
            state,
        });
    }

    fn set(&mut self, pointer: &str, here: &[Value], claims: &[Claim]) {
        for (index, element) in here.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            self.element(pointer, element, claims, EntryState::Installed);
        }
        let mut gone: Vec<&Value> = Vec::new();
        for element in claims.iter().flat_map(Claim::elements) {
            if !here.contains(element) && !gone.contains(&element) {
                gone.push(element);
                self.element(pointer.to_owned(), element, claims, EntryState::Deleted);
            }
        }
    }

    /// Adds an element; `state` is its state if a template brought it.
    fn element(&mut self, pointer: String, element: &Value, claims: &[Claim], state: EntryState) {
        let mut templates = Vec::new();
        let mut was_here = false;
        for claim in claims {
            if claim.elements().contains(element) {
                templates.push(claim.template.clone());
                was_here |= claim.adopted_elements().contains(element);
            }
        }
        let state = match templates.is_empty() {
            true => EntryState::Own,
            false => state,
        };
        self.entries.push(AttributedEntry {
            pointer,
            templates,
            state,
            was_here,
            value: element.clone(),
        });
    }

    fn handlers(&mut self, keys: &[String], here: &[Value], claims: &[Claim]) {
        let event = keys.last().map(String::as_str).unwrap_or_default();
        let list = pointer_of(keys);
        let there = entries(self.identities, event, here);
        let mut attributed: Vec<AttributedEntry> = there
            .iter()
            .map(|handler| AttributedEntry {
                pointer: format!("{list}{}", pointer(&handler.steps())),
                templates: Vec::new(),
                state: EntryState::Own,
                was_here: false,
                value: handler.as_group(),
            })
            .collect();
        let mut gone = Vec::new();
        for claim in claims {
            let installed = entries(self.identities, event, claim.elements());
            let adopted = entries(self.identities, event, claim.adopted_elements());
            let partners = pairs(&installed, &there, &[]);
            for (handler, partner) in installed.iter().zip(partners) {
                let was_here = adopted.iter().any(|adopted| adopted.equals(handler));
                let Some(index) = partner else {
                    gone.push(AttributedEntry {
                        pointer: list.clone(),
                        templates: vec![claim.template.clone()],
                        state: EntryState::Deleted,
                        was_here,
                        value: handler.as_group(),
                    });
                    continue;
                };
                attributed[index].templates.push(claim.template.clone());
                attributed[index].state = handler_state(handler, &there[index]);
                attributed[index].was_here |= was_here;
            }
        }
        self.entries.append(&mut attributed);
        self.entries.append(&mut gone);
    }
}

fn handler_state(installed: &HandlerEntry, here: &HandlerEntry) -> EntryState {
    match here.equals(installed) {
        true => EntryState::Installed,
        false => EntryState::Edited {
            was: installed.as_group(),
        },
    }
}

fn pointer_of(keys: &[String]) -> String {
    let mut pointer = String::new();
    for key in keys {
        pointer = format!("{pointer}/{}", escaped(key));
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::json::Document;
    use crate::merge::json::tests::SAMPLE;
    use crate::model::path::rel;
    use serde_json::json;

    const GUARD: &str = ".claude/hooks/a/guard.sh";

    /// Two templates, and a team that edits, deletes and adds.
    fn sample() -> (String, Vec<AttributedEntry>) {
        let (a, b): (TemplateName, TemplateName) = ("a".parse().unwrap(), "b".parse().unwrap());
        let group = |command: &str| json!({"matcher": "Bash", "hooks": [{"command": command}]});
        let parts = BTreeMap::from([
            (
                a.clone(),
                json!({
                    "permissions": {"deny": ["Read(.env)", "Read(a)"], "ask": ["Bash(x)"]},
                    "hooks": {"PreToolUse": [group(GUARD)]},
                    "env": {"A": "1", "B": "2"},
                }),
            ),
            (
                b,
                json!({"permissions": {"deny": ["Read(.env)", "Read(b)"]}}),
            ),
        ]);
        let adopted = BTreeMap::from([(a, json!({"env": {"B": "2"}}))]);
        let mut identities = Identities::new(SAMPLE);
        identities.insert("PreToolUse", rel(GUARD), "a/guard".to_owned());
        let text = r#"{
  "model": "opus",
  "permissions": {
    "deny": [
      "Read(.env)",
      "Read(b)",
      "Read(mine)"
    ]
  },
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Write",
        "hooks": [
          { "command": ".claude/hooks/a/guard.sh" },
          { "command": "mine.sh" }
        ]
      }
    ]
  },
  "env": { "A": "0", "B": "2" }
}
"#;
        let document = Document::parse(text).unwrap();
        let entries = attribute(&parts, &adopted, document.value(), &identities);
        (text.to_owned(), entries)
    }

    fn shown(entry: &AttributedEntry) -> String {
        let state = match &entry.state {
            EntryState::Own => "own",
            EntryState::Installed => "installed",
            EntryState::Edited { .. } => "edited",
            EntryState::Deleted => "deleted",
        };
        let templates: Vec<&str> = entry.templates.iter().map(TemplateName::as_str).collect();
        let had = if entry.was_here { " had" } else { "" };
        format!("{} {state} {}{had}", entry.pointer, templates.join("+"))
    }

    #[test]
    fn every_entry_is_somebodys() {
        let (_, entries) = sample();
        let entries: Vec<String> = entries.iter().map(shown).collect();
        assert_eq!(
            entries,
            [
                "/model own ",
                "/permissions/deny/0 installed a+b",
                "/permissions/deny/1 installed b",
                "/permissions/deny/2 own ",
                "/permissions/deny deleted a",
                "/permissions/ask deleted a",
                "/hooks/PreToolUse/0/hooks/0 edited a",
                "/hooks/PreToolUse/0/hooks/1 own ",
                "/env/A edited a",
                "/env/B installed a had",
            ]
        );
    }

    #[track_caller]
    fn check_line(line: &str, expected: &[&str]) {
        let (text, entries) = sample();
        let document = Document::parse(&text).unwrap();
        let start = text.find(line).unwrap();
        let found = entries_on_line(&entries, &document.places(), start..start + line.len());
        let found: Vec<&str> = found.iter().map(|entry| entry.pointer.as_str()).collect();
        assert_eq!(found, expected, "{line}");
    }

    #[test]
    fn a_line_is_about_the_entries_on_it_or_around_it() {
        check_line("\"model\": \"opus\",", &["/model"]);
        check_line("\"Read(b)\",", &["/permissions/deny/1"]);
        check_line(
            "\"matcher\": \"Write\",",
            &["/hooks/PreToolUse/0/hooks/0", "/hooks/PreToolUse/0/hooks/1"],
        );
        check_line(
            "{ \"command\": \"mine.sh\" }",
            &["/hooks/PreToolUse/0/hooks/1"],
        );
        check_line(
            "\"env\": { \"A\": \"0\", \"B\": \"2\" }",
            &["/env/A", "/env/B"],
        );
    }

    #[test]
    fn a_pointer_is_about_what_is_at_it_around_it_or_below_it() {
        let (_, entries) = sample();
        for (pointer, expected) in [
            ("/model", &["/model"][..]),
            (
                "/hooks/PreToolUse/0/hooks/0/command",
                &["/hooks/PreToolUse/0/hooks/0"],
            ),
            ("/env", &["/env/A", "/env/B"]),
            ("/permissions/deny/1", &["/permissions/deny/1"]),
            ("/mod", &[]),
        ] {
            let found = entries_at(&entries, pointer);
            let found: Vec<&str> = found.iter().map(|entry| entry.pointer.as_str()).collect();
            assert_eq!(found, expected, "{pointer}");
        }
    }
}
