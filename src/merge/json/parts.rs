//! Fragments of a document as sets of entries: union, difference, and the part of a fragment that a
//! document has.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Identities;
use super::policy::{ArrayPolicy, Identity, Policies};

/// Two fragments that give one place different values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueClash {
    /// The place, as keys from the root.
    pub keys: Vec<String>,
    /// What was there.
    pub first: String,
    /// What came second.
    pub second: String,
}

impl Policies {
    /// Adds the entries of `more` to `value`. Sets are united; what is equal is there once.
    ///
    /// # Errors
    /// Where both give one place different values and `overrides` doesn't say that the second wins.
    pub fn union(
        &self,
        value: &mut Value,
        more: &Value,
        overrides: bool,
    ) -> Result<(), ValueClash> {
        self.unite(&mut Vec::new(), value, more, overrides)
    }

    /// Returns the entries of all parts in one. Where two give one place different values, the
    /// later one wins.
    pub fn united<'a>(&self, parts: impl IntoIterator<Item = &'a Value>) -> Value {
        let mut whole = Value::Object(Map::new());
        for part in parts {
            self.union(&mut whole, part, true)
                .expect("an override never clashes");
        }
        whole
    }

    fn unite(
        &self,
        keys: &mut Vec<String>,
        value: &mut Value,
        more: &Value,
        overrides: bool,
    ) -> Result<(), ValueClash> {
        match (&mut *value, more) {
            (Value::Object(object), Value::Object(more)) => {
                for (key, second) in more {
                    let Some(first) = object.get_mut(key) else {
                        object.insert(key.clone(), second.clone());
                        continue;
                    };
                    keys.push(key.clone());
                    self.unite(keys, first, second, overrides)?;
                    keys.pop();
                }
                Ok(())
            }
            (Value::Array(first), Value::Array(second))
                if self.of(keys, &[first, second]) != ArrayPolicy::Sequence =>
            {
                let known: HashSet<&Value> = first.iter().collect();
                let new: Vec<Value> = second
                    .iter()
                    .filter(|element| !known.contains(element))
                    .cloned()
                    .collect();
                first.extend(new);
                Ok(())
            }
            (first, second) if first == second => Ok(()),
            (first, second) if overrides => {
                *first = second.clone();
                Ok(())
            }
            (first, second) => Err(ValueClash {
                keys: keys.clone(),
                first: first.to_string(),
                second: second.to_string(),
            }),
        }
    }

    /// Returns `value` without the entries of `less`; containers that become empty go.
    pub fn subtract(&self, value: &Value, less: &Value) -> Value {
        self.subtracted(&mut Vec::new(), value, less)
            .unwrap_or_else(|| Value::Object(Map::new()))
    }

    fn subtracted(&self, keys: &mut Vec<String>, value: &Value, less: &Value) -> Option<Value> {
        match (value, less) {
            (Value::Object(object), Value::Object(less)) => {
                let mut left = Map::new();
                for (key, value) in object {
                    keys.push(key.clone());
                    let rest = match less.get(key) {
                        Some(less) => self.subtracted(keys, value, less),
                        None => Some(value.clone()),
                    };
                    keys.pop();
                    left.extend(rest.map(|rest| (key.clone(), rest)));
                }
                (!left.is_empty()).then_some(Value::Object(left))
            }
            (Value::Array(elements), Value::Array(less))
                if self.of(keys, &[elements, less]) != ArrayPolicy::Sequence =>
            {
                let less: HashSet<&Value> = less.iter().collect();
                let left: Vec<Value> = elements
                    .iter()
                    .filter(|element| !less.contains(element))
                    .cloned()
                    .collect();
                (!left.is_empty()).then_some(Value::Array(left))
            }
            (value, less) => (value != less).then(|| value.clone()),
        }
    }
}

/// Returns whether a fragment has no entry.
pub fn is_empty(value: &Value) -> bool {
    value.as_object().is_none_or(Map::is_empty)
}

/// Returns the entries of `part` as `document` has them: equal to `part` where the team changed
/// none of them.
pub fn project(part: &Value, document: &Value, identities: &Identities) -> Value {
    projected(&mut Vec::new(), part, document, identities)
}

fn projected(
    keys: &mut Vec<String>,
    part: &Value,
    document: &Value,
    identities: &Identities,
) -> Value {
    match (part, document) {
        (Value::Object(part), Value::Object(document)) => {
            let mut found = Map::new();
            for (key, value) in part {
                let Some(there) = document.get(key) else {
                    continue;
                };
                keys.push(key.clone());
                let there = projected(keys, value, there, identities);
                keys.pop();
                // A container with nothing left in it counts as gone.
                let emptied =
                    there != *value && matches!(&there, Value::Array(array) if array.is_empty());
                if !emptied {
                    found.insert(key.clone(), there);
                }
            }
            Value::Object(found)
        }
        (Value::Array(part), Value::Array(document)) => {
            match identities.policies.of(keys, &[part, document]) {
                ArrayPolicy::Set | ArrayPolicy::Scalars => {
                    let there: HashSet<&Value> = document.iter().collect();
                    Value::Array(
                        part.iter()
                            .filter(|element| there.contains(element))
                            .cloned()
                            .collect(),
                    )
                }
                ArrayPolicy::Handlers => {
                    let event = keys.last().map(String::as_str).unwrap_or_default();
                    Value::Array(handlers_of(event, part, document, identities))
                }
                ArrayPolicy::Sequence => Value::Array(document.clone()),
            }
        }
        (_, document) => document.clone(),
    }
}

/// Returns the handlers of `part` as `document` has them, each in a group of its own.
fn handlers_of(
    event: &str,
    part: &[Value],
    document: &[Value],
    identities: &Identities,
) -> Vec<Value> {
    let identified = |groups: &[Value]| -> Vec<(Identity, Value)> {
        let single = single_groups(groups).into_iter();
        single
            .map(|group| {
                (
                    identities.of(event, group.get("matcher"), &group["hooks"][0]),
                    group,
                )
            })
            .collect()
    };
    let mut there = identified(document);
    let mut found = Vec::new();
    for (identity, group) in identified(part) {
        // Where the team listed a script twice, the one that is as it was installed is the
        // template's.
        let same = |(other, _): &(Identity, Value)| *other == identity;
        let equal = there
            .iter()
            .position(|other| same(other) && other.1 == group);
        if let Some(index) = equal.or_else(|| there.iter().position(same)) {
            found.push(there.remove(index).1);
        }
    }
    found
}

/// Returns each handler in a group of its own.
pub fn single_groups(groups: &[Value]) -> Vec<Value> {
    let mut single = Vec::new();
    for group in groups {
        for handler in group
            .get("hooks")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let mut alone = group.as_object().cloned().unwrap_or_default();
            alone.insert("hooks".to_owned(), Value::Array(vec![handler.clone()]));
            single.push(Value::Object(alone));
        }
    }
    single
}

/// Returns whether the elements that both lists have stand in another order.
pub fn is_reordered(one: &[Value], other: &[Value]) -> bool {
    let common = |of: &[Value], others: &[Value]| -> Vec<Value> {
        of.iter()
            .filter(|element| others.contains(element))
            .cloned()
            .collect()
    };
    common(one, other) != common(other, one)
}
