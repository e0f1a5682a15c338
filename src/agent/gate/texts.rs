//! The texts of the files that decide whether hooks run, as an agent reads them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jsonc_parser::{JsonValue, ParseOptions};
use serde_json::{Map, Value};

/// What a file says.
#[derive(Clone, Debug, PartialEq)]
pub enum FactText {
    Absent,
    /// Why it can't be read.
    Broken(String),
    Value(Value),
}

/// The texts of files by their absolute paths.
#[derive(Clone, Debug, Default)]
pub struct FactTexts {
    texts: BTreeMap<PathBuf, Result<String, String>>,
    /// Where the paths lead that are links.
    real: BTreeMap<PathBuf, PathBuf>,
}

impl FactTexts {
    /// Adds a file; in the place of its text there may be why it can't be read.
    pub fn add(&mut self, path: PathBuf, text: Result<String, String>) {
        self.texts.insert(path, text);
    }

    /// Says where a path that a text names leads.
    pub fn lead(&mut self, path: PathBuf, real: PathBuf) {
        self.real.insert(path, real);
    }

    /// Returns where a path leads, links followed as far as that is known.
    pub fn real<'a>(&'a self, path: &'a Path) -> &'a Path {
        self.real.get(path).map_or(path, PathBuf::as_path)
    }

    /// Returns whether there is a file.
    pub fn has(&self, path: &Path) -> bool {
        self.texts.contains_key(path)
    }

    /// Returns the text of a file, if it has one.
    pub fn text(&self, path: &Path) -> Option<&str> {
        self.texts.get(path)?.as_deref().ok()
    }

    /// Returns the files of a folder whose names don't begin with a dot, in the order of names.
    pub fn in_folder(&self, folder: &Path) -> Vec<&Path> {
        let mut found = Vec::new();
        for path in self.texts.keys() {
            let name = path.file_name().and_then(|name| name.to_str());
            let is_shown = name.is_some_and(|name| !name.starts_with('.'));
            if path.parent() == Some(folder) && is_shown {
                found.push(path.as_path());
            }
        }
        found
    }

    /// Returns what strict JSON says, which may begin with a byte order mark.
    pub fn json(&self, path: &Path) -> FactText {
        self.parse(path, |text| {
            let body = text.strip_prefix('\u{feff}').unwrap_or(text);
            serde_json::from_str(body).map_err(|error| error.to_string())
        })
    }

    /// Returns what JSON with comments says.
    pub fn json_with_comments(&self, path: &Path) -> FactText {
        self.parse(path, with_comments)
    }

    /// Returns what TOML says.
    pub fn toml(&self, path: &Path) -> FactText {
        self.parse(path, |text| {
            toml_edit::de::from_str(text).map_err(|error| error.message().to_owned())
        })
    }

    fn parse(&self, path: &Path, parse: impl Fn(&str) -> Result<Value, String>) -> FactText {
        match self.texts.get(path) {
            None => FactText::Absent,
            Some(Err(why)) => FactText::Broken(why.clone()),
            Some(Ok(text)) => match parse(text) {
                Ok(value) => FactText::Value(value),
                Err(why) => FactText::Broken(why),
            },
        }
    }
}

fn with_comments(text: &str) -> Result<Value, String> {
    let options = ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    match jsonc_parser::parse_to_value(body, &options) {
        Ok(Some(value)) => Ok(plain(value)),
        Ok(None) => Err("there is nothing in it".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn plain(value: JsonValue<'_>) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Boolean(value) => Value::Bool(value),
        JsonValue::String(text) => Value::String(text.into_owned()),
        JsonValue::Number(digits) => serde_json::from_str(digits).unwrap_or(Value::Null),
        JsonValue::Array(values) => values.into_iter().map(plain).collect(),
        JsonValue::Object(values) => {
            let mut object = Map::new();
            for (key, value) in values {
                object.insert(key.into_owned(), plain(value));
            }
            Value::Object(object)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_read_as_its_agent_reads_it() {
        let path = Path::new("/a");
        let of = |text: &str| {
            let mut texts = FactTexts::default();
            texts.add(path.into(), Ok(text.to_owned()));
            texts
        };
        let value = FactText::Value(json!({"a": [1, true]}));
        assert_eq!(of("\u{feff}{\"a\": [1, true]}").json(path), value);
        assert_eq!(
            of("// x\n{\"a\": [1, /* y */ true]}").json_with_comments(path),
            value
        );
        assert_eq!(of("a = [1, true]").toml(path), value);
        assert_eq!(FactTexts::default().json(path), FactText::Absent);
        for broken in [of("{\"a\": 1,}"), of(""), of("{a: 1}")] {
            assert!(matches!(broken.json(path), FactText::Broken(_)));
            assert!(matches!(
                broken.json_with_comments(path),
                FactText::Broken(_)
            ));
        }
    }
}
