//! What Gemini CLI can't read in its settings.

use serde_json::Value;

use crate::agent::documents::{DocumentFault, misshapen_servers};

use super::SERVERS_KEY;

/// Returns what is wrong with settings: with what agentpkg and others write there, and the names of
/// root instructions, which make it crash.
pub fn faults(settings: &Value) -> Vec<DocumentFault> {
    let mut faults = misshapen_servers(settings, SERVERS_KEY);
    let pointer = "/context/fileName";
    let is_text_list = |value: &Value| {
        let texts = value.as_array();
        texts.is_some_and(|texts| texts.iter().all(Value::is_string))
    };
    if let Some(names) = settings.pointer(pointer)
        && !names.is_string()
        && !is_text_list(names)
    {
        faults.push(DocumentFault::new(
            pointer.to_owned(),
            "is neither a text nor a list of texts",
        ));
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_root_instructions_are_texts() {
        for (settings, expected) in [
            (json!({"context": {"fileName": "AGENTS.md"}}), 0),
            (json!({"context": {"fileName": ["A.md", "B.md"]}}), 0),
            (json!({"context": {"fileName": 5}}), 1),
            (
                json!({"mcpServers": {"a": 5}, "context": {"fileName": [5]}}),
                2,
            ),
            (json!([]), 1),
        ] {
            assert_eq!(faults(&settings).len(), expected, "{settings}");
        }
    }
}
