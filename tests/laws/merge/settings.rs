//! Documents like `.claude/settings.json` and what people do to them, from proptest.

use agentpkg::merge::kind::FileKind;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};

use super::documents::Case;

const LISTS: [&str; 3] = ["allow", "ask", "deny"];
const PERMISSIONS: [&str; 8] = [
    "Bash(make *)",
    "Bash(git push *)",
    "Read(.env)",
    "Read(secrets/**)",
    "Edit",
    "WebFetch",
    "Bash(rm *)",
    "Write(out/**)",
];
const EVENTS: [&str; 3] = ["PreToolUse", "PostToolUse", "Stop"];
const MATCHERS: [&str; 4] = ["Bash", "Edit", "Bash|Edit", "*"];
const COMMANDS: [&str; 5] = [
    "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/guards/guard.sh",
    "make lint",
    "echo \"a {b}\"",
    "./run.sh --all",
    "true",
];
const SERVERS: [&str; 3] = ["tickets", "docs", "db"];
const KEYS: [&str; 4] = ["model", "cleanupPeriodDays", "env", "statusLine"];
const SCALARS: [&str; 5] = ["1", "20", "\"opus\"", "true", "null"];

/// What a person does to settings.
#[derive(Clone, Debug)]
enum Edit {
    Permit(&'static str, &'static str, Index),
    Forbid(Index, Index),
    Hook(&'static str, &'static str, &'static str, Index),
    Unhook(Index),
    Matcher(Index, &'static str),
    Command(Index, &'static str),
    Server(&'static str, &'static str, Vec<&'static str>),
    Scalar(&'static str, &'static str),
    Variable(&'static str, &'static str),
    Drop(Index),
    Last(Index),
    Turn(&'static str),
    Numbers(Vec<u8>),
    Layout(Layout),
}

/// How a document is written.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// `None` is all on one line.
    indent: Option<&'static str>,
    newline: &'static str,
    ends: bool,
    mark: bool,
}

impl Layout {
    fn write(&self, value: &Value) -> Vec<u8> {
        let mut text = match self.indent {
            None => value.to_string(),
            Some(indent) => {
                let mut out = Vec::new();
                let formatter = PrettyFormatter::with_indent(indent.as_bytes());
                let mut writer = Serializer::with_formatter(&mut out, formatter);
                serde::Serialize::serialize(value, &mut writer).unwrap();
                String::from_utf8(out).unwrap()
            }
        };
        if self.ends {
            text.push('\n');
        }
        let mark = if self.mark { "\u{feff}" } else { "" };
        format!("{mark}{}", text.replace('\n', self.newline)).into_bytes()
    }
}

fn layout() -> impl Strategy<Value = Layout> {
    let indent = prop_oneof![6 => Just(Some("  ")), 2 => Just(Some("    ")), 1 => Just(Some("\t")), 1 => Just(None)];
    let newline = prop_oneof![8 => Just("\n"), 1 => Just("\r\n")];
    (
        indent,
        newline,
        prop::bool::weighted(0.9),
        prop::bool::weighted(0.05),
    )
        .prop_map(|(indent, newline, ends, mark)| Layout {
            indent,
            newline,
            ends,
            mark,
        })
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        6 => (select(&LISTS[..]), select(&PERMISSIONS[..]), at()).prop_map(|(list, rule, at)| Edit::Permit(list, rule, at)),
        2 => (at(), at()).prop_map(|(list, at)| Edit::Forbid(list, at)),
        4 => (select(&EVENTS[..]), select(&MATCHERS[..]), select(&COMMANDS[..]), at())
            .prop_map(|(event, matcher, command, at)| Edit::Hook(event, matcher, command, at)),
        1 => at().prop_map(Edit::Unhook),
        2 => (at(), select(&MATCHERS[..])).prop_map(|(at, matcher)| Edit::Matcher(at, matcher)),
        2 => (at(), select(&COMMANDS[..])).prop_map(|(at, command)| Edit::Command(at, command)),
        2 => (select(&SERVERS[..]), select(&COMMANDS[..]), vec(select(&["-y", "--port", "80"][..]), 0..3))
            .prop_map(|(name, command, arguments)| Edit::Server(name, command, arguments)),
        3 => (select(&KEYS[..]), select(&SCALARS[..])).prop_map(|(key, value)| Edit::Scalar(key, value)),
        2 => (select(&["A", "B", "C"][..]), select(&["x", "y"][..])).prop_map(|(key, value)| Edit::Variable(key, value)),
        2 => at().prop_map(Edit::Drop),
        1 => at().prop_map(Edit::Last),
        1 => select(&LISTS[..]).prop_map(Edit::Turn),
        1 => vec(0..4_u8, 0..4).prop_map(Edit::Numbers),
        1 => layout().prop_map(Edit::Layout),
    ]
}

/// Returns the value of a key, made to be `empty` where it is of another type or not there.
fn entry<'a>(value: &'a mut Value, key: &str, empty: Value) -> &'a mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    let slot = value
        .as_object_mut()
        .expect("it is one")
        .entry(key)
        .or_insert_with(|| empty.clone());
    if std::mem::discriminant(slot) != std::mem::discriminant(&empty) {
        *slot = empty;
    }
    slot
}

/// Returns all groups of hooks.
fn groups(value: &mut Value) -> Vec<&mut Value> {
    let events = entry(value, "hooks", json!({}))
        .as_object_mut()
        .expect("it is one")
        .values_mut();
    events.filter_map(Value::as_array_mut).flatten().collect()
}

fn apply(value: &mut Value, layout: &mut Layout, edit: &Edit) {
    match edit {
        Edit::Permit(list, rule, at) => {
            let list = entry(entry(value, "permissions", json!({})), list, json!([]))
                .as_array_mut()
                .expect("a list");
            if !list.contains(&json!(rule)) {
                list.insert(at.index(list.len() + 1), json!(rule));
            }
        }
        Edit::Forbid(list, at) => {
            let list = LISTS[list.index(LISTS.len())];
            let list = entry(entry(value, "permissions", json!({})), list, json!([]))
                .as_array_mut()
                .expect("a list");
            if !list.is_empty() {
                list.remove(at.index(list.len()));
            }
        }
        Edit::Hook(event, matcher, command, at) => {
            let groups = entry(entry(value, "hooks", json!({})), event, json!([]))
                .as_array_mut()
                .expect("a list");
            let at = at.index(groups.len() + 1);
            groups.insert(
                at,
                json!({ "matcher": matcher, "hooks": [{ "type": "command", "command": command }] }),
            );
        }
        Edit::Unhook(at) => {
            let event = EVENTS[at.index(EVENTS.len())];
            let groups = entry(entry(value, "hooks", json!({})), event, json!([]))
                .as_array_mut()
                .expect("a list");
            if !groups.is_empty() {
                groups.remove(at.index(groups.len()));
            }
        }
        Edit::Matcher(at, matcher) => {
            let mut groups = groups(value);
            if !groups.is_empty() {
                let at = at.index(groups.len());
                groups[at]["matcher"] = json!(matcher);
            }
        }
        Edit::Command(at, command) => {
            let mut groups = groups(value);
            if !groups.is_empty() {
                let at = at.index(groups.len());
                groups[at]["hooks"][0]["command"] = json!(command);
            }
        }
        Edit::Server(name, command, arguments) => {
            *entry(entry(value, "mcpServers", json!({})), name, json!({})) =
                json!({ "command": command, "args": arguments });
        }
        Edit::Scalar(key, text) => {
            value[*key] = serde_json::from_str(text).expect("a scalar");
        }
        Edit::Variable(key, text) => entry(value, "env", json!({}))[*key] = json!(text),
        Edit::Drop(at) => {
            let map = value.as_object_mut().expect("it is one");
            if let Some(key) = map.keys().nth(at.index(map.len() + 1)).cloned() {
                map.shift_remove(&key);
            }
        }
        Edit::Last(at) => {
            let map = value.as_object_mut().expect("it is one");
            if let Some(key) = map.keys().nth(at.index(map.len() + 1)).cloned() {
                let moved: Option<Value> = map.shift_remove(&key);
                map.extend(moved.map(|value| (key, value)));
            }
        }
        Edit::Turn(list) => {
            let list = entry(entry(value, "permissions", json!({})), list, json!([]))
                .as_array_mut()
                .expect("a list");
            list.reverse();
        }
        Edit::Numbers(numbers) => value["numbers"] = json!(numbers),
        Edit::Layout(other) => *layout = *other,
    }
}

/// Three versions of settings.
pub fn case() -> impl Strategy<Value = Case> {
    let edits = |most: usize| vec(edit(), 0..most);
    (
        layout(),
        edits(12),
        edits(3),
        edits(5),
        edits(5),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(|(layout, base, shared, ours, theirs, follows, swapped)| {
            let with = |(value, layout): &(Value, Layout), edits: &[Edit]| {
                let (mut value, mut layout) = (value.clone(), *layout);
                edits
                    .iter()
                    .for_each(|edit| apply(&mut value, &mut layout, edit));
                (value, layout)
            };
            let base = with(&(Value::Object(Map::new()), layout), &base);
            let both = with(&base, &shared);
            let ours = with(&both, &ours);
            let theirs = with(if follows { &ours } else { &both }, &theirs);
            let (ours, theirs) = if swapped {
                (theirs, ours)
            } else {
                (ours, theirs)
            };
            let text = |(value, layout): (Value, Layout)| layout.write(&value);
            Case {
                kind: FileKind::Json,
                base: text(base),
                ours: text(ours),
                theirs: text(theirs),
            }
        })
}
