//! MCP servers as OpenCode reads them: a program and its arguments are one list, and a variable is
//! `{env:NAME}`, which it puts in before it reads the file.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::template::McpServer;

/// Returns a server's entry, or why OpenCode can't have it.
pub fn server(server: &McpServer) -> Result<Value, &'static str> {
    match (&server.command, &server.url) {
        (Some(command), _) => {
            let mut words = vec![with_variables(command)?];
            for arg in &server.args {
                words.push(with_variables(arg)?);
            }
            let mut entry = json!({ "type": "local", "command": words });
            add(&mut entry, "environment", &server.env)?;
            Ok(entry)
        }
        (None, Some(url)) => {
            let mut entry = json!({ "type": "remote", "url": with_variables(url)? });
            add(&mut entry, "headers", &server.headers)?;
            Ok(entry)
        }
        (None, None) => Err("it has neither a command nor an address"),
    }
}

/// Adds texts by name, if there are any.
fn add(entry: &mut Value, key: &str, texts: &BTreeMap<String, String>) -> Result<(), &'static str> {
    let mut written = Map::new();
    for (name, text) in texts {
        written.insert(plain(name)?.to_owned(), json!(with_variables(text)?));
    }
    if !written.is_empty() {
        entry[key] = Value::Object(written);
    }
    Ok(())
}

/// Returns the server of a template that OpenCode gets as this entry, if there is one.
pub fn read_back(entry: &Value) -> Option<McpServer> {
    let text = |text: &Value| Some(text.as_str()?.replace("{env:", "${"));
    let texts = |key: &str| {
        let mut read = BTreeMap::new();
        for (name, value) in entry
            .get(key)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            read.insert(name.clone(), text(value)?);
        }
        Some(read)
    };
    let mut words = Vec::new();
    for word in entry
        .get("command")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        words.push(text(word)?);
    }
    let read = McpServer {
        kind: None,
        command: words.first().cloned(),
        args: words.get(1..).unwrap_or_default().to_vec(),
        env: texts("environment")?,
        url: entry.get("url").and_then(text),
        headers: texts("headers")?,
    };
    (server(&read).as_ref() == Ok(entry)).then_some(read)
}

/// Returns a text with its variables as OpenCode writes them.
fn with_variables(text: &str) -> Result<String, &'static str> {
    let mut written = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let Some((name, behind)) = behind.split_once('}') else {
            break;
        };
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err("OpenCode's variables have no defaults");
        }
        written += &format!("{}{{env:{name}}}", plain(before)?);
        rest = behind;
    }
    Ok(written + plain(rest)?)
}

/// Returns a text in which OpenCode puts nothing: it does so before it reads the file, wherever
/// `{env:…}` or `{file:…}` stands, and a value that comes may make one of two pieces.
fn plain(text: &str) -> Result<&str, &'static str> {
    match text.contains('{') {
        true => Err("OpenCode takes its braces for orders"),
        false => Ok(text),
    }
}

/// Returns whether a server may have a name, for the same reason.
pub fn is_name(name: &str) -> bool {
    plain(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back_only_if_it_is_written_the_same_again() {
        for good in [
            json!({"type": "local", "command": ["a", "{env:A}"], "environment": {"B": "{env:B}"}}),
            json!({"type": "remote", "url": "https://{env:H}/", "headers": {"X": "y"}}),
        ] {
            assert_eq!(server(&read_back(&good).unwrap()), Ok(good));
        }
        for bad in [
            json!({"type": "local", "command": ["a"], "enabled": false}),
            json!({"type": "local", "command": []}),
            json!({"type": "local", "command": ["{file:x}"]}),
            json!({"command": ["a"]}),
            json!("a"),
        ] {
            assert!(read_back(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn variables_are_written_as_opencode_reads_them() {
        for (text, expected) in [
            ("a", Some("a")),
            ("Bearer ${TOKEN}", Some("Bearer {env:TOKEN}")),
            ("${A", None),
            ("{fi${A}le:/etc/passwd}", None),
            ("${A:-1}", None),
            ("{env:A}", None),
            ("{file:/etc/passwd}", None),
        ] {
            assert_eq!(with_variables(text).ok().as_deref(), expected, "{text}");
        }
    }
}
