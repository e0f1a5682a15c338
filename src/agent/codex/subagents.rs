//! Agents as Codex reads them: TOML with exactly the keys that it knows. One key more, and Codex
//! leaves the agent out.

use serde_json::{Map, Value};

use crate::agent::translate::{body, line_of};
use crate::model::frontmatter;
use crate::model::toml_text;

/// The keys that Codex wants.
const KEYS: [&str; 3] = ["name", "description", "developer_instructions"];

/// Returns an agent's file as Codex reads it. Its tools and its model are left out: Codex knows
/// neither by these names.
pub fn subagent(text: &str) -> String {
    let header = frontmatter::read(text).ok().flatten().unwrap_or_default();
    let mut written = String::new();
    for key in ["name", "description"] {
        if let Some(value) = line_of(&header.fields, key) {
            written += &format!("{key} = {}\n", toml_text::quoted(&value));
        }
    }
    written + "developer_instructions = " + &toml_text::over_lines(body(text))
}

/// Returns whether an agent's file has nothing but the keys of a text: what starts nothing and
/// widens nothing.
pub fn is_plain(bytes: &[u8]) -> bool {
    let Ok(table) = toml_edit::de::from_slice::<Map<String, Value>>(bytes) else {
        return false;
    };
    table
        .iter()
        .all(|(key, value)| KEYS.contains(&key.as_str()) && value.is_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_has_the_keys_that_codex_knows_and_its_text_as_it_was() {
        for body in [
            "You review.\n\n- a \"b\" \\ c\n",
            "It's '''quoted''' \"\"\"twice\"\"\"\n",
            "ends with '",
            "",
            "tab\there\r\n\u{1b}\n",
        ] {
            let text = format!(
                "---\nname: r\ndescription: \"a: b\"\ntools: Read\nmodel: opus\n---\n{body}"
            );
            let written = subagent(&text);
            let table: toml_edit::DocumentMut = written.parse().unwrap();
            let keys: Vec<&str> = table.iter().map(|(key, _)| key).collect();
            assert_eq!(keys, KEYS);
            assert!(is_plain(written.as_bytes()));
            assert_eq!(table["description"].as_str(), Some("a: b"));
            assert_eq!(
                table["developer_instructions"].as_str(),
                Some(body),
                "{written}"
            );
        }
    }
}
