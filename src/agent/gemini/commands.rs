//! Commands as Gemini CLI reads them: TOML with a prompt. **It runs what stands in `!{…}` there,
//! and puts the file in that `@{…}` names**: a text that has either is refused.

use serde_json::{Map, Value};

use crate::agent::translate::{Translation, body, line_of};
use crate::model::frontmatter;
use crate::model::toml_text;

/// A command, as Gemini CLI reads it.
pub const COMMAND: Translation = Translation {
    refuses: |text| {
        let body = body(text);
        let is_order = body.contains(ARGUMENTS) || body.contains("$ARGUMENTS[");
        let prompt = prompt(text);
        let is_order = is_order || ORDERS.iter().any(|order| prompt.contains(order));
        is_order.then_some("its words are orders for Gemini CLI")
    },
    ..Translation::new(command)
};

/// What Gemini CLI runs, and what it puts in.
const ORDERS: [&str; 2] = ["!{", "@{"];

/// Where it puts what was typed.
const ARGUMENTS: &str = "{{args}}";

/// Returns the text of a command, with what was typed where Claude Code puts it.
fn prompt(text: &str) -> String {
    body(text).replace("$ARGUMENTS", ARGUMENTS)
}

/// Returns a command as Gemini CLI reads it. What was typed stands where Claude Code puts it, and
/// otherwise behind the text.
fn command(text: &str) -> String {
    let header = frontmatter::read(text).ok().flatten().unwrap_or_default();
    let mut written = String::new();
    if let Some(value) = line_of(&header.fields, "description") {
        written += &format!("description = {}\n", toml_text::quoted(&value));
    }
    written + "prompt = " + &toml_text::over_lines(&prompt(text))
}

/// Returns whether a command's file has nothing but words.
pub fn is_plain(bytes: &[u8]) -> bool {
    let Ok(table) = toml_edit::de::from_slice::<Map<String, Value>>(bytes) else {
        return false;
    };
    let is_plain = |value: &Value| {
        let text = value.as_str();
        text.is_some_and(|text| !ORDERS.iter().any(|order| text.contains(order)))
    };
    table
        .iter()
        .all(|(key, value)| ["description", "prompt"].contains(&key.as_str()) && is_plain(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_toml_with_what_was_typed_in_its_place() {
        let text = "---\ndescription: \"a: b\"\nmodel: opus\n---\n\nTag $ARGUMENTS.\n";
        let expected = "description = \"a: b\"\nprompt = '''\nTag {{args}}.\n'''\n";
        assert_eq!(command(text), expected);
        assert!(is_plain(expected.as_bytes()));
    }

    #[test]
    fn what_would_run_is_neither_written_nor_taken_for_words() {
        for text in [
            "Run !{rm -rf /}\n",
            "Read @{/etc/passwd}\n",
            "{{args}}\n",
            "Run !$ARGUMENTS\n",
            "@$ARGUMENTS\n",
        ] {
            assert!((COMMAND.refuses)(text).is_some(), "{text}");
        }
        for bytes in [
            "prompt = '!{ls}'",
            "prompt = 1",
            "prompt = 'a'\nother = 'b'",
            "[",
        ] {
            assert!(!is_plain(bytes.as_bytes()), "{bytes}");
        }
    }
}
