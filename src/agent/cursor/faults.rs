//! What Cursor can't read in its settings.

use serde_json::Value;

use crate::agent::documents::{DocumentFault, misshapen_servers};

/// Returns what is wrong with a file of servers.
pub fn of_servers(document: &Value) -> Vec<DocumentFault> {
    misshapen_servers(document, "mcpServers")
}

/// Returns what is wrong with the permissions of Cursor's CLI.
pub fn of_permissions(document: &Value) -> Vec<DocumentFault> {
    let Some(permissions) = document.get("permissions") else {
        return not_an_object(document);
    };
    let at = "/permissions";
    let Some(permissions) = permissions.as_object() else {
        return vec![DocumentFault::new(at.to_owned(), "is not an object")];
    };
    let mut faults = Vec::new();
    for name in ["allow", "deny"] {
        if let Some(list) = permissions.get(name)
            && !is_list_of_texts(list)
        {
            let at = format!("{at}/{name}");
            faults.push(DocumentFault::new(at, "is not a list of texts"));
        }
    }
    faults
}

fn not_an_object(document: &Value) -> Vec<DocumentFault> {
    match document.is_object() {
        true => Vec::new(),
        false => vec![DocumentFault::new(String::new(), "is not an object")],
    }
}

fn is_list_of_texts(value: &Value) -> bool {
    let elements = value.as_array();
    elements.is_some_and(|elements| elements.iter().all(Value::is_string))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(found: Vec<DocumentFault>, expected: &[&str]) {
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn servers_and_permissions_have_their_shapes() {
        let servers = |servers: Value| of_servers(&json!({"mcpServers": servers}));
        check(
            servers(json!({"a": {"command": "x"}, "b": {"url": "u"}})),
            &[],
        );
        check(of_servers(&json!({})), &[]);
        check(of_servers(&json!([])), &["it is not an object"]);
        check(servers(json!([])), &["`/mcpServers` is not an object"]);
        check(
            servers(json!({"a/b": "x"})),
            &["`/mcpServers/a~1b` is not an object"],
        );
        let permissions = |lists: Value| of_permissions(&json!({"permissions": lists}));
        check(
            permissions(json!({"allow": [], "deny": ["Read(**/.env)"]})),
            &[],
        );
        check(permissions(json!(3)), &["`/permissions` is not an object"]);
        check(
            permissions(json!({"deny": "Read(**/.env)"})),
            &["`/permissions/deny` is not a list of texts"],
        );
    }
}
