//! The YAML header of a Markdown text: where it ends, and what its keys say.
//!
//! **Any text is read in bounded time and memory**: a header that is too large or too deep is an
//! error, aliases aren't followed.

use std::collections::BTreeMap;
use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Number, Value};

/// How many bytes of header are read at most.
const LARGEST: usize = 64 << 10;

/// How deep values are nested at most.
const DEEPEST: usize = 32;

/// A text cut into its header and the rest. Nothing of the text is lost but the fences and a byte
/// order mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts<'a> {
    /// The YAML between the fences, if there is a header.
    pub header: Option<&'a str>,
    /// What follows the header.
    pub body: &'a str,
    /// The line, from 1, on which the body starts.
    pub body_line: usize,
}

/// A header that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frontmatter {
    /// What it says, in its order. An alias stands as its own text.
    pub fields: Map<String, Value>,
    /// The line of the text, from 1, of each of its outermost keys.
    pub lines: BTreeMap<String, usize>,
}

/// Why a header can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidHeader {
    /// The line of the text, from 1.
    pub line: usize,
    /// What is so.
    pub what: String,
}

impl fmt::Display for InvalidHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Cuts a text into its header and its body. Byte order marks and Windows line ends are understood;
/// a fence that is never closed opens no header.
pub fn split(text: &str) -> Parts<'_> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole = Parts {
        header: None,
        body: text,
        body_line: 1,
    };
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| is_fence(line)) else {
        return whole;
    };
    let (start, mut end) = (first.len(), first.len());
    for (index, line) in lines.enumerate() {
        if is_fence(line) {
            return Parts {
                header: Some(&text[start..end]),
                body: &text[end + line.len()..],
                body_line: index + 3,
            };
        }
        end += line.len();
    }
    whole
}

/// Returns whether a header says something elsewhere than it stands, or gives it a type of its own:
/// an anchor, an alias, a merged mapping, a tag. What isn't YAML does, too.
pub fn refers(header: &str) -> bool {
    Parser::new_from_str(header).any(|event| match event {
        Ok((Event::Alias(_), _)) | Err(_) => true,
        Ok((Event::Scalar(value, _, anchor, tag), _)) => {
            anchor > 0 || tag.is_some() || value == "<<"
        }
        Ok((Event::MappingStart(anchor, tag), _) | (Event::SequenceStart(anchor, tag), _)) => {
            anchor > 0 || tag.is_some()
        }
        Ok(_) => false,
    })
}

/// Returns whether a text begins as a header does that is never closed: a fence, and a key on the
/// next line.
pub fn is_unclosed(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines();
    let opens = lines.next().is_some_and(is_fence);
    let key = lines.next().and_then(|line| line.split_once(':'));
    opens && key.is_some_and(|(key, _)| is_word(key)) && split(text).header.is_none()
}

fn is_word(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '-' || letter == '_')
}

/// Reads the header of a text; `None` if it has none.
///
/// # Errors
/// With the line, when the header is no YAML mapping, has a key twice, or is too large.
pub fn read(text: &str) -> Result<Option<Frontmatter>, InvalidHeader> {
    // The header starts on the second line.
    split(text)
        .header
        .map(|header| read_header(header, 2))
        .transpose()
}

fn is_fence(line: &str) -> bool {
    line.trim_end() == "---"
}

/// Reads YAML whose first line is the line `first` of its text.
fn read_header(header: &str, first: usize) -> Result<Frontmatter, InvalidHeader> {
    if header.len() > LARGEST {
        return Err(InvalidHeader {
            line: first,
            what: format!("the header is larger than {} KiB", LARGEST >> 10),
        });
    }
    let mut reader = Reader {
        first,
        ..Reader::default()
    };
    for event in Parser::new_from_str(header) {
        let (event, span) = event.map_err(|error| InvalidHeader {
            line: first + error.marker().line().saturating_sub(1),
            what: format!("it is no YAML: {}", error.info()),
        })?;
        reader.event(event, first + span.start.line().saturating_sub(1))?;
    }
    reader.finish()
}

/// Builds values from a parser's events, without recursion.
#[derive(Default)]
struct Reader {
    first: usize,
    open: Vec<Container>,
    root: Option<Value>,
    lines: BTreeMap<String, usize>,
}

enum Container {
    Mapping {
        fields: Map<String, Value>,
        /// The key whose value is next; `None` where a key is next.
        key: Option<String>,
    },
    Sequence(Vec<Value>),
}

impl Reader {
    fn event(&mut self, event: Event<'_>, line: usize) -> Result<(), InvalidHeader> {
        match event {
            Event::MappingStart(..) => self.enter(
                Container::Mapping {
                    fields: Map::new(),
                    key: None,
                },
                line,
            ),
            Event::SequenceStart(..) => self.enter(Container::Sequence(Vec::new()), line),
            Event::MappingEnd | Event::SequenceEnd => match self.open.pop() {
                Some(Container::Mapping { fields, .. }) => self.value(Value::Object(fields), line),
                Some(Container::Sequence(elements)) => self.value(Value::Array(elements), line),
                None => Ok(()),
            },
            Event::Scalar(text, ScalarStyle::Plain, _, None) => self.value(plain(&text), line),
            Event::Scalar(text, ..) => self.value(Value::String(text.into_owned()), line),
            Event::Alias(anchor) => self.value(Value::String(format!("*{anchor}")), line),
            Event::DocumentStart(_) if self.root.is_some() => Err(InvalidHeader {
                line,
                what: "a second document starts inside the header".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    fn enter(&mut self, container: Container, line: usize) -> Result<(), InvalidHeader> {
        if self.open.len() == DEEPEST {
            return Err(InvalidHeader {
                line,
                what: format!("values are nested deeper than {DEEPEST}"),
            });
        }
        self.open.push(container);
        Ok(())
    }

    /// Puts a value, or a key, to where it belongs.
    fn value(&mut self, value: Value, line: usize) -> Result<(), InvalidHeader> {
        let is_outermost = self.open.len() == 1;
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Container::Sequence(elements)) => elements.push(value),
            Some(Container::Mapping { fields, key }) => match key.take() {
                Some(key) => _ = fields.insert(key, value),
                None => {
                    let name = match value {
                        Value::String(name) => name,
                        other => other.to_string(),
                    };
                    if fields.contains_key(&name) {
                        return Err(InvalidHeader {
                            line,
                            what: format!("the key `{name}` for the second time"),
                        });
                    }
                    if is_outermost {
                        self.lines.insert(name.clone(), line);
                    }
                    *key = Some(name);
                }
            },
        }
        Ok(())
    }

    fn finish(self) -> Result<Frontmatter, InvalidHeader> {
        match self.root {
            Some(Value::Object(fields)) => Ok(Frontmatter {
                fields,
                lines: self.lines,
            }),
            None | Some(Value::Null) => Ok(Frontmatter::default()),
            Some(_) => Err(InvalidHeader {
                line: self.first,
                what: "the header has no keys".to_owned(),
            }),
        }
    }
}

/// Returns what a scalar without quotes means in YAML's core schema.
fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => serde_json::from_str::<Number>(text)
            .map_or_else(|_| Value::String(text.to_owned()), Value::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_say_something_elsewhere_are_told_from_those_that_do_not() {
        for header in [
            "x: &h\nhooks: *h\n",
            "<<: *h\n",
            "[*a, b]",
            "*a : b\n",
            "x: !!python/name:os.system a\n",
        ] {
            assert!(refers(header), "{header}");
        }
        for header in [
            "allowed-tools: Bash(git *)\n",
            "paths: [\"**/*.rs\", 'a*']\n",
            "d: R&D a & b * c\n",
            "d: \"R &D and *bold* text\"\n",
            "d: |\n  - *one* thing\n",
        ] {
            assert!(!refers(header), "{header}");
        }
    }
    use serde_json::json;

    #[track_caller]
    fn check(header: &str, expected: Value) {
        let read = read(&format!("---\n{header}---\nbody\n")).unwrap().unwrap();
        assert_eq!(Value::Object(read.fields), expected);
    }

    #[track_caller]
    fn refused(header: &str, line: usize, what: &str) {
        let invalid = read(&format!("---\n{header}---\n")).unwrap_err();
        assert!(
            invalid.line == line && invalid.what.contains(what),
            "{invalid}"
        );
    }

    #[test]
    fn a_text_is_cut_at_its_fences() {
        for (text, header, body, body_line) in [
            ("", None, "", 1),
            ("a\n---\nb\n---\n", None, "a\n---\nb\n---\n", 1),
            ("---\na: 1\n---\nb\n", Some("a: 1\n"), "b\n", 4),
            (
                "\u{feff}---\r\na: 1\r\n---\r\nb\r\n",
                Some("a: 1\r\n"),
                "b\r\n",
                4,
            ),
            ("---\n---\nb", Some(""), "b", 3),
            ("---\na: 1\n---", Some("a: 1\n"), "", 4),
            ("---\na: 1\n", None, "---\na: 1\n", 1),
            ("----\na: 1\n---\n", None, "----\na: 1\n---\n", 1),
        ] {
            assert_eq!(
                split(text),
                Parts {
                    header,
                    body,
                    body_line
                },
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_header_without_an_end_is_told_from_a_line_across_the_page() {
        for (text, unclosed) in [
            ("---\nname: a\n\n# Title\n", true),
            ("---\nname: a\n---\n", false),
            ("---\n\nText: more\n", false),
            ("---\nSome words: more\n", false),
            ("name: a\n", false),
        ] {
            assert_eq!(is_unclosed(text), unclosed, "{text:?}");
        }
    }

    #[test]
    fn values_have_the_types_that_yaml_gives_them() {
        check("", json!({}));
        check("# nothing\n", json!({}));
        check("a: true\nb: 'true'\nc: 3\nd: 1.5\ne: ~\nf:\n", {
            json!({"a": true, "b": "true", "c": 3, "d": 1.5, "e": null, "f": null})
        });
        check(
            "paths:\n  - src/**\n  - \"a, b\"\n",
            json!({"paths": ["src/**", "a, b"]}),
        );
        check(
            "paths: [a, b]\nmap:\n  x:\n    y: z\n",
            json!({"paths": ["a", "b"], "map": {"x": {"y": "z"}}}),
        );
        check(
            "text: |\n  one\n  two\nfolded: >\n  one\n  two\n",
            json!({"text": "one\ntwo\n", "folded": "one two\n"}),
        );
        check("a: &x [1]\nb: *x\n", json!({"a": [1], "b": "*1"}));
        check("1: a\n", json!({"1": "a"}));
    }

    #[test]
    fn lines_are_the_texts() {
        let read = read("---\nname: a\n\nlist:\n  - name: b\n---\n")
            .unwrap()
            .unwrap();
        assert_eq!(
            read.lines,
            BTreeMap::from([("name".to_owned(), 2), ("list".to_owned(), 4)])
        );
        assert_eq!(super::read("no header\n"), Ok(None));
    }

    #[test]
    fn what_is_no_header_is_said_with_its_line() {
        refused("a: 1\na: 2\n", 3, "the key `a` for the second time");
        refused("a: 1\nb: [\n", 4, "it is no YAML");
        refused("a: b: c\n", 2, "it is no YAML");
        refused("- a\n", 2, "the header has no keys");
        refused("words\n", 2, "the header has no keys");
        refused(
            &format!("a: {}{}\n", "[".repeat(60), "]".repeat(60)),
            2,
            "nested deeper",
        );
        refused(&format!("{}\n", "[".repeat(60_000)), 2, "it is no YAML");
        refused(
            &format!("a: {}\n", "b".repeat(70_000)),
            2,
            "larger than 64 KiB",
        );
    }
}
