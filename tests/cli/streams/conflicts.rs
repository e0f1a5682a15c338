//! The conflicts that a lock remembers, read as plain TOML.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, Value};

use super::hunks::{Lines, lines};

/// One place, with the lines that each side has there.
#[derive(Clone, Debug, Default)]
pub struct Conflict {
    /// Whether it is about the whole file.
    pub whole: bool,
    /// Whether the file is said to hold markers.
    pub marked: bool,
    /// The first line, from 1.
    pub line: Option<usize>,
    pub base: Lines,
    pub ours: Lines,
    pub theirs: Lines,
}

/// The conflicts of each file.
pub type Conflicts = BTreeMap<String, Vec<Conflict>>;

/// Reads the table `[conflicts]`.
pub fn of(lock: &DocumentMut) -> Conflicts {
    let Some(table) = lock.get("conflicts").and_then(Item::as_table) else {
        return Conflicts::new();
    };
    let all = table.iter().map(|(path, places)| {
        let places = places.as_array().expect("a file has a list of conflicts");
        (path.to_owned(), places.iter().map(one).collect())
    });
    all.collect()
}

fn one(value: &Value) -> Conflict {
    let fields = value.as_inline_table().expect("a conflict is a table");
    let text = |key: &str| {
        fields
            .get(key)
            .map_or("", |text| text.as_str().expect("a side is text"))
    };
    Conflict {
        whole: fields.contains_key("file"),
        marked: fields.contains_key("marked"),
        line: fields
            .get("line")
            .and_then(Value::as_integer)
            .map(|line| usize::try_from(line).unwrap()),
        base: lines(text("base")),
        ours: lines(text("ours")),
        theirs: lines(text("theirs")),
    }
}
