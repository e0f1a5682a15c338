//! Reads hooks, `[{matcher?, hooks: [handler]}]`, as a list of handlers, each with its identity.

use serde_json::{Map, Value};

use super::operations::PathStep;
use super::policy::{Identities, Identity};

/// One handler of a hook event, with the group it stands in.
pub(super) struct HandlerEntry<'a> {
    pub(super) group: usize,
    index: usize,
    /// Whether it is its group's only handler.
    pub(super) alone: bool,
    /// The group without its handlers: the matcher, mostly.
    pub(super) frame: Map<String, Value>,
    pub(super) handler: &'a Value,
    pub(super) identity: Identity,
}

impl HandlerEntry<'_> {
    pub(super) fn steps(&self) -> [PathStep; 3] {
        [
            PathStep::Index(self.group),
            PathStep::Key("hooks".to_owned()),
            PathStep::Index(self.index),
        ]
    }

    /// The handler as a group of its own.
    pub(super) fn as_group(&self) -> Value {
        let mut group = self.frame.clone();
        group.insert("hooks".to_owned(), Value::Array(vec![self.handler.clone()]));
        Value::Object(group)
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        self.handler == other.handler && self.frame == other.frame
    }
}

/// Pairs the handlers of two sides that have one identity: first those that are most alike, the
/// rest in their order. Returns for each of `entries` its partner in `others`.
pub(super) fn pairs(
    entries: &[HandlerEntry],
    others: &[HandlerEntry],
    taken: &[usize],
) -> Vec<Option<usize>> {
    let mut pairs = vec![None; entries.len()];
    let mut free: Vec<bool> = (0..others.len())
        .map(|index| !taken.contains(&index))
        .collect();
    let likeness: [fn(&HandlerEntry, &HandlerEntry) -> bool; 4] = [
        |a, b| a.handler == b.handler && a.frame == b.frame,
        |a, b| a.frame == b.frame,
        |a, b| a.handler == b.handler,
        |_, _| true,
    ];
    for alike in likeness {
        for (entry, pair) in entries.iter().zip(&mut pairs) {
            if pair.is_some() {
                continue;
            }
            *pair = others.iter().zip(&free).position(|(other, is_free)| {
                *is_free && other.identity == entry.identity && alike(entry, other)
            });
            if let Some(index) = *pair {
                free[index] = false;
            }
        }
    }
    pairs
}

/// Returns the handlers of an event.
pub(super) fn entries<'v>(
    identities: &Identities,
    event: &str,
    groups: &'v [Value],
) -> Vec<HandlerEntry<'v>> {
    let mut entries = Vec::new();
    for (group, whole) in groups.iter().enumerate() {
        let Some((object, Some(handlers))) = whole
            .as_object()
            .map(|o| (o, o.get("hooks").and_then(Value::as_array)))
        else {
            continue;
        };
        let frame = object.iter().filter(|(key, _)| *key != "hooks");
        let frame: Map<_, _> = frame
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        for (index, handler) in handlers.iter().enumerate() {
            entries.push(HandlerEntry {
                group,
                index,
                alone: handlers.len() == 1,
                frame: frame.clone(),
                handler,
                identity: identities.of(event, frame.get("matcher"), handler),
            });
        }
    }
    entries
}
