//! What a release changed and a merge of managed entries didn't take, found by looking at the
//! result: **a change that is neither in the result, nor in a conflict, nor among the `released`
//! entries is in this list**, whatever the reason.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::MergeContext;
use super::handlers::{HandlerEntry, entries, pairs};
use super::parts::is_reordered;
use super::policy::{ArrayPolicy, Identity};
use crate::model::path::RelPath;
use crate::model::pointer::escaped;

/// A change of a release that the result doesn't have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissedChange {
    /// The place, as a JSON pointer; that of the list for an element.
    pub pointer: String,
    /// The identity of the hook, where it is a template's.
    pub hook: Option<String>,
    pub change: EntryChange,
    /// Whether the result has something there nevertheless.
    pub is_here: bool,
}

impl MissedChange {
    /// Returns whether the change wasn't taken because the team had deleted the entry.
    pub fn is_deleted(&self) -> bool {
        !self.is_here && matches!(self.change, EntryChange::Added | EntryChange::Changed)
    }
}

/// What a release did to an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryChange {
    Added,
    Changed,
    /// The release dropped it. It stays because the team had it before.
    Removed,
    /// The elements of a list stand in another order.
    Reordered,
}

/// The versions of one value.
#[derive(Clone, Copy)]
struct Versions<'v> {
    base: Option<&'v Value>,
    ours: Option<&'v Value>,
    theirs: Option<&'v Value>,
    /// The value in the result with ours in every conflict.
    result: Option<&'v Value>,
    /// The value in the result with theirs in every conflict.
    resolved: Option<&'v Value>,
}

/// Returns the changes from base to theirs that neither the result has nor a conflict offers.
///
/// `results` are the result with ours, and with theirs, in every conflict. An entry that ours had
/// edited and theirs dropped is left out: `decide` reports it as released.
pub fn untaken(
    base: &Value,
    ours: &Value,
    theirs: &Value,
    results: [&Value; 2],
    context: &MergeContext,
) -> Vec<MissedChange> {
    let mut account = Account {
        context,
        found: Vec::new(),
    };
    let versions = Versions {
        base: Some(base),
        ours: Some(ours),
        theirs: Some(theirs),
        result: Some(results[0]),
        resolved: Some(results[1]),
    };
    account.value(&mut Vec::new(), versions);
    account.found
}

struct Account<'a> {
    context: &'a MergeContext,
    found: Vec<MissedChange>,
}

impl<'v> Versions<'v> {
    fn key(&self, key: &str) -> Self {
        let below = |value: Option<&'v Value>| value.and_then(|value| value.get(key));
        Self {
            base: below(self.base),
            ours: below(self.ours),
            theirs: below(self.theirs),
            result: below(self.result),
            resolved: below(self.resolved),
        }
    }

    /// Returns what the release did here, if it did something.
    fn change(&self) -> Option<EntryChange> {
        match (self.base, self.theirs) {
            (base, theirs) if base == theirs => None,
            (None, _) => Some(EntryChange::Added),
            (Some(_), None) => Some(EntryChange::Removed),
            (Some(_), Some(_)) => Some(EntryChange::Changed),
        }
    }

    fn is_taken(&self) -> bool {
        self.result == self.theirs || self.resolved == self.theirs
    }

    /// Returns whether the value is gone from both results.
    fn is_gone(&self) -> bool {
        self.result.is_none() && self.resolved.is_none()
    }
}

impl Account<'_> {
    fn value(&mut self, keys: &mut Vec<String>, versions: Versions) {
        let Some(change) = versions.change().filter(|_| !versions.is_taken()) else {
            return;
        };
        // The team deleted all of it: one line says so.
        if versions.is_gone() {
            return self.add(keys, None, change, false);
        }
        match (versions.base, versions.theirs) {
            (base, theirs) if is_object(base) && is_object(theirs) => {
                for key in keys_of(base, theirs) {
                    let below = versions.key(&key);
                    keys.push(key);
                    self.value(keys, below);
                    keys.pop();
                }
            }
            (base, theirs) if is_array(base) && is_array(theirs) => {
                self.array(keys, versions, change);
            }
            _ => self.leaf(keys, versions, change),
        }
    }

    fn leaf(&mut self, keys: &[String], versions: Versions, change: EntryChange) {
        // What was edited here is reported as released.
        if change != EntryChange::Removed || versions.ours == versions.base {
            self.add(keys, None, change, versions.result.is_some());
        }
    }

    fn array(&mut self, keys: &[String], versions: Versions, change: EntryChange) {
        let all = [
            versions.base,
            versions.ours,
            versions.theirs,
            versions.result,
            versions.resolved,
        ];
        let [base, ours, theirs, result, resolved] = all.map(elements);
        match self
            .context
            .identities
            .policies
            .of(keys, &[base, ours, theirs])
        {
            ArrayPolicy::Sequence => self.leaf(keys, versions, change),
            ArrayPolicy::Handlers => self.handlers(keys, [base, ours, theirs, result, resolved]),
            policy @ (ArrayPolicy::Set | ArrayPolicy::Scalars) => {
                self.set(keys, [base, ours, theirs, result, resolved]);
                if policy == ArrayPolicy::Scalars
                    && is_reordered(base, theirs)
                    && is_reordered(result, theirs)
                {
                    self.add(keys, None, EntryChange::Reordered, true);
                }
            }
        }
    }

    fn set(&mut self, keys: &[String], versions: [&[Value]; 5]) {
        let [base, ours, theirs, result, resolved] =
            versions.map(|elements| elements.iter().collect::<HashSet<_>>());
        if theirs.iter().any(|element| {
            !(base.contains(element) || result.contains(element) || resolved.contains(element))
        }) {
            self.add(keys, None, EntryChange::Added, false);
        }
        if base.iter().any(|element| {
            ours.contains(element)
                && !theirs.contains(element)
                && result.contains(element)
                && resolved.contains(element)
        }) {
            self.add(keys, None, EntryChange::Removed, true);
        }
    }

    fn handlers(&mut self, keys: &[String], versions: [&[Value]; 5]) {
        let event = keys.last().map(String::as_str).unwrap_or_default();
        let [base, ours, theirs, result, resolved] =
            versions.map(|groups| entries(&self.context.identities, event, groups));
        let [in_base, in_result, in_resolved] =
            [&base, &result, &resolved].map(|others| pairs(&theirs, others, &[]));
        for (index, entry) in theirs.iter().enumerate() {
            let before = in_base[index].map(|index| &base[index]);
            let results = [
                in_result[index].map(|index| &result[index]),
                in_resolved[index].map(|index| &resolved[index]),
            ];
            let change = match before {
                Some(before) if before.equals(entry) => continue,
                Some(_) => EntryChange::Changed,
                None => EntryChange::Added,
            };
            if !has_fields(before, entry, results) {
                let is_here = results[0].is_some();
                self.add(keys, name_of(entry), change, is_here);
            }
        }
        let in_theirs = pairs(&base, &theirs, &[]);
        let [in_ours, in_result] = [&ours, &result].map(|others| pairs(&base, others, &[]));
        for (index, entry) in base.iter().enumerate() {
            let stays_as_it_was = in_ours[index].is_some_and(|index| ours[index].equals(entry))
                && in_result[index].is_some_and(|index| result[index].equals(entry));
            let script = self.context.identities.script(entry.handler);
            let is_held = script.is_some_and(|script: &RelPath| self.context.held.contains(script));
            if in_theirs[index].is_none() && stays_as_it_was && !is_held {
                self.add(keys, name_of(entry), EntryChange::Removed, true);
            }
        }
    }

    fn add(&mut self, keys: &[String], hook: Option<String>, change: EntryChange, is_here: bool) {
        let mut pointer = String::new();
        for key in keys {
            pointer.push('/');
            pointer.push_str(&escaped(key));
        }
        self.found.push(MissedChange {
            pointer,
            hook,
            change,
            is_here,
        });
    }
}

/// Returns whether each field that a release changed has its new value in one of the results.
fn has_fields(
    before: Option<&HandlerEntry>,
    entry: &HandlerEntry,
    results: [Option<&HandlerEntry>; 2],
) -> bool {
    let nothing = Map::new();
    let fields =
        |entry: Option<&HandlerEntry>| match entry.and_then(|entry| entry.handler.as_object()) {
            Some(fields) => fields.clone(),
            None => Map::new(),
        };
    let frame =
        |entry: Option<&HandlerEntry>| entry.map_or(nothing.clone(), |entry| entry.frame.clone());
    let results: Vec<&HandlerEntry> = results.into_iter().flatten().collect();
    let has = |of: &dyn Fn(Option<&HandlerEntry>) -> Map<String, Value>| {
        let (old, new) = (of(before), of(Some(entry)));
        let mut changed = old.keys().chain(new.keys());
        changed.all(|key| {
            old.get(key) == new.get(key)
                || results
                    .iter()
                    .any(|result| of(Some(result)).get(key) == new.get(key))
        })
    };
    !results.is_empty() && has(&fields) && has(&frame)
}

fn name_of(entry: &HandlerEntry) -> Option<String> {
    match &entry.identity {
        Identity::Managed(name) => Some(name.clone()),
        Identity::Exact(..) => None,
    }
}

fn is_object(value: Option<&Value>) -> bool {
    value.is_none_or(Value::is_object)
}

fn is_array(value: Option<&Value>) -> bool {
    value.is_none_or(Value::is_array)
}

fn elements(value: Option<&Value>) -> &[Value] {
    value
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn keys_of(base: Option<&Value>, theirs: Option<&Value>) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for object in [base, theirs]
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
    {
        for key in object.keys() {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    }
    keys
}
