//! Canonical values: those that differ in order alone become equal.

use serde_json::{Map, Value};

/// Returns a value with the keys of all its objects sorted.
pub fn sorted(value: &Value) -> Value {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    sorted
}

/// Returns a fragment as its entries alone: keys and elements sorted, and empty containers left
/// out.
pub fn as_entries(part: &Value) -> Value {
    match part {
        Value::Object(object) => {
            let mut entries = Map::new();
            for (key, value) in object {
                let value = as_entries(value);
                if !is_hollow(&value) {
                    entries.insert(key.clone(), value);
                }
            }
            entries.sort_keys();
            Value::Object(entries)
        }
        Value::Array(elements) => {
            let mut elements: Vec<Value> = elements.iter().map(as_entries).collect();
            elements.sort_by_key(Value::to_string);
            Value::Array(elements)
        }
        scalar => scalar.clone(),
    }
}

fn is_hollow(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn order_of_keys_says_nothing_and_that_of_elements_only_sometimes() {
        let value = json!({"b": [{"d": 1, "c": 2}, 1], "a": {}});
        assert_eq!(
            sorted(&value).to_string(),
            r#"{"a":{},"b":[{"c":2,"d":1},1]}"#
        );
        assert_eq!(as_entries(&value).to_string(), r#"{"b":[1,{"c":2,"d":1}]}"#);
    }
}
