//! Decides about the entries that templates manage: from three values to a list of operations on
//! ours, and what to report about them. **What the team deleted stays deleted.**

mod handlers;
mod places;

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::operations::{Insert, InsertOrigin, Operations, Path, PathStep, ValueChange, pointer};
use super::parts::is_reordered;
use super::policy::ArrayPolicy;
use super::{KeptEntry, MergeContext};
use crate::merge::pieces::{Location, Resolution};
use crate::merge::rule::MergeRule;
use crate::model::path::RelPath;
use places::ThreeValues;

#[derive(Debug)]
pub struct JsonDecision {
    pub operations: Operations,
    pub settled: Vec<Resolution>,
    pub agreed: Value,
    pub released: Vec<KeptEntry>,
}

/// Decides what happens to each value. Objects go by key, arrays by their policy.
pub fn decide(base: &Value, ours: &Value, theirs: &Value, context: &MergeContext) -> JsonDecision {
    let mut decider = Decider {
        context,
        out: JsonDecision {
            operations: Operations::default(),
            settled: Vec::new(),
            agreed: Value::Object(Map::new()),
            released: Vec::new(),
        },
    };
    let root = ThreeValues {
        base: Path::new(),
        ours: Path::new(),
        theirs: Path::new(),
        keys: Some(Vec::new()),
    };
    decider.value(&root, Some(base), ours, theirs);
    if decider.is_emptied(ours)
        && let Some(bytes) = context.replaced.get("")
    {
        decider.out.operations = Operations::default();
        decider
            .out
            .operations
            .changes
            .insert(Path::new(), ValueChange::Restore(bytes.clone()));
    }
    decider.out
}

/// Returns whether a merge property by property would give an object that neither side has: one
/// side dropped a property, and the other changed the object; or both have one of this name, and
/// ours doesn't say all that theirs says.
fn is_torn(
    base: Option<&Map<String, Value>>,
    ours: &Map<String, Value>,
    theirs: &Map<String, Value>,
) -> bool {
    let Some(base) = base else {
        return !has_all(ours, theirs);
    };
    let drops = |side: &Map<String, Value>| base.keys().any(|key| !side.contains_key(key));
    (drops(ours) && theirs != base) || (drops(theirs) && ours != base)
}

/// Returns whether an object has all properties of another one, and those of the objects in it.
fn has_all(object: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    other
        .iter()
        .all(|(key, wanted)| match (object.get(key), wanted) {
            (Some(Value::Object(object)), Value::Object(wanted)) => has_all(object, wanted),
            (found, wanted) => found == Some(wanted),
        })
}

struct Decider<'a> {
    context: &'a MergeContext,
    out: JsonDecision,
}

const NOTHING: &[Value] = &[];

impl<'a> Decider<'a> {
    /// Merges a value that both sides have.
    fn value(&mut self, at: &ThreeValues, base: Option<&Value>, ours: &Value, theirs: &Value) {
        match (ours, theirs) {
            (Value::Object(o), Value::Object(t)) if o.is_empty() && t.is_empty() => {
                self.scalar(at, base, ours, theirs)
            }
            (Value::Array(o), Value::Array(t)) if o.is_empty() && t.is_empty() => {
                self.scalar(at, base, ours, theirs)
            }
            (Value::Object(o), Value::Object(t)) => {
                let known = base.and_then(Value::as_object);
                if self.is_unit(at) && is_torn(known, o, t) {
                    self.scalar(at, base, ours, theirs);
                } else {
                    self.object(at, known.unwrap_or(&Map::new()), o, t);
                }
            }
            (Value::Array(o), Value::Array(t)) => {
                let elements = base
                    .and_then(Value::as_array)
                    .map_or(NOTHING, Vec::as_slice);
                if self.array(at, elements, o, t).is_none() {
                    self.scalar(at, base, ours, theirs);
                }
            }
            _ => self.scalar(at, base, ours, theirs),
        }
    }

    fn scalar(&mut self, at: &ThreeValues, base: Option<&Value>, ours: &Value, theirs: &Value) {
        match (base == Some(ours), base == Some(theirs)) {
            _ if ours == theirs && base.is_none() => self.agree(at, theirs),
            _ if ours == theirs => {}
            (true, _) => {
                self.out.operations.changes.insert(
                    at.ours.clone(),
                    ValueChange::Replace(InsertOrigin::Whole(at.theirs.clone())),
                );
                self.settle(MergeRule::OnlyTheirs, at.pointer());
            }
            (_, true) => {}
            (false, false) => self.conflict(at, base.is_some()),
        }
    }

    /// Returns what the team had at a place before any template came.
    fn adopted(&self, at: &ThreeValues) -> Option<&'a Value> {
        let context = self.context;
        let mut value = &context.adopted;
        for key in at.keys.as_ref()? {
            value = value.get(key)?;
        }
        Some(value)
    }

    /// Returns whether the object at a place makes sense only as a whole.
    fn is_unit(&self, at: &ThreeValues) -> bool {
        let policies = self.context.identities.policies;
        at.keys.as_ref().is_some_and(|keys| policies.is_unit(keys))
    }

    /// Merges an object that both sides have. Returns how many properties are left.
    fn object(
        &mut self,
        at: &ThreeValues,
        base: &Map<String, Value>,
        ours: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> usize {
        let mut left = ours.len();
        for (key, value) in ours {
            let below = at.key(key);
            match (base.get(key), theirs.get(key)) {
                (base, Some(theirs)) => self.value(&below, base, value, theirs),
                (Some(base), None) => left -= usize::from(self.dropped(&below, base, value)),
                (None, None) => {}
            }
        }
        for (key, value) in theirs.iter().filter(|(key, _)| !ours.contains_key(*key)) {
            let below = at.key(key);
            let news = match base.get(key) {
                None => Some(InsertOrigin::Whole(below.theirs.clone())),
                Some(base) => self.news(&below, base, value),
            };
            if let Some(value) = news {
                self.insert(at, Some(below.theirs), value);
                left += 1;
            }
        }
        left
    }

    /// Decides about a value that base and ours have and theirs dropped. Returns whether it goes.
    fn dropped(&mut self, at: &ThreeValues, base: &Value, ours: &Value) -> bool {
        let left = match (base, ours) {
            _ if self.is_unit(at) && base != ours => return self.release(at, None),
            // The team had it before.
            _ if self.stays_whole(at, ours) => return false,
            (Value::Object(base), Value::Object(ours)) => self.object(at, base, ours, &Map::new()),
            (Value::Array(b), Value::Array(o)) => match self.array(at, b, o, NOTHING) {
                Some(left) => left,
                None if base == ours => 0,
                None => return self.release(at, None),
            },
            _ if base == ours => 0,
            _ => return self.release(at, None),
        };
        if left > 0 {
            return false;
        }
        self.out.operations.forget(&at.ours);
        let (change, goes) = match self.context.replaced.get(&at.pointer()) {
            Some(bytes) => (ValueChange::Restore(bytes.clone()), false),
            None => (ValueChange::Remove, true),
        };
        self.out.operations.changes.insert(at.ours.clone(), change);
        self.settle(MergeRule::OnlyTheirs, at.pointer());
        goes
    }

    /// Returns whether a value that theirs dropped stays because the team had it before any
    /// template came. Objects and arrays are asked entry by entry, except where they are one whole.
    fn stays_whole(&self, at: &ThreeValues, ours: &Value) -> bool {
        let is_whole = self.is_unit(at) || !(ours.is_object() || ours.is_array());
        self.adopted(at)
            .is_some_and(|adopted| is_whole || (ours.is_array() && adopted == ours))
    }

    /// Returns the new part of a value that base and theirs have and ours deleted.
    fn news(&mut self, at: &ThreeValues, base: &Value, theirs: &Value) -> Option<InsertOrigin> {
        match (base, theirs) {
            (Value::Object(base), Value::Object(theirs)) if !self.is_unit(at) => {
                let mut properties = Vec::new();
                for (key, value) in theirs {
                    let below = at.key(key);
                    let news = match base.get(key) {
                        None => Some(InsertOrigin::Whole(below.theirs.clone())),
                        Some(base) => self.news(&below, base, value),
                    };
                    properties.extend(news.map(|news| (below.theirs, news)));
                }
                (!properties.is_empty()).then_some(InsertOrigin::Object(properties))
            }
            (Value::Array(base), Value::Array(theirs)) => self.new_elements(at, base, theirs),
            _ => None,
        }
    }

    /// Returns the new elements of an array that base and theirs have and ours deleted.
    fn new_elements(
        &self,
        at: &ThreeValues,
        base: &[Value],
        theirs: &[Value],
    ) -> Option<InsertOrigin> {
        let policies = self.context.identities.policies;
        let policy = policies.of(&at.names(), &[base, theirs]);
        let in_base: HashSet<&Value> = base.iter().collect();
        let mut new = Vec::new();
        for (index, value) in theirs.iter().enumerate() {
            let is_known = match policy {
                ArrayPolicy::Handlers => self.has_handlers_of(at, base, value),
                ArrayPolicy::Set | ArrayPolicy::Scalars => in_base.contains(value),
                ArrayPolicy::Sequence => return None,
            };
            if !is_known {
                let path = [at.theirs.as_slice(), &[PathStep::Index(index)]].concat();
                new.push(InsertOrigin::Whole(path));
            }
        }
        (!new.is_empty()).then_some(InsertOrigin::Array(new))
    }

    /// Merges arrays whose elements can be told apart. Returns how many are left, or `None` for a
    /// sequence.
    fn array(
        &mut self,
        at: &ThreeValues,
        base: &[Value],
        ours: &[Value],
        theirs: &[Value],
    ) -> Option<usize> {
        match self
            .context
            .identities
            .policies
            .of(&at.names(), &[base, ours, theirs])
        {
            // Order may mean something where nobody declared that it doesn't.
            ArrayPolicy::Scalars if base == ours && is_reordered(base, theirs) => None,
            ArrayPolicy::Set | ArrayPolicy::Scalars => Some(self.set(at, base, ours, theirs)),
            ArrayPolicy::Handlers => Some(self.handlers(at, base, ours, theirs)),
            ArrayPolicy::Sequence => None,
        }
    }

    fn set(&mut self, at: &ThreeValues, base: &[Value], ours: &[Value], theirs: &[Value]) -> usize {
        let mut left = ours.len();
        let [in_base, in_ours, in_theirs] =
            [base, ours, theirs].map(|values| values.iter().collect::<HashSet<&Value>>());
        let adopted = self.adopted(at).and_then(Value::as_array);
        let adopted: HashSet<&Value> = adopted.into_iter().flatten().collect();
        let mut seen = HashSet::new();
        for (index, value) in ours.iter().enumerate() {
            let first = seen.insert(value);
            match (in_base.contains(value), in_theirs.contains(value)) {
                // The team had it before.
                (true, false) if first && adopted.contains(value) => {}
                (true, false) if first => {
                    let path = [at.ours.as_slice(), &[PathStep::Index(index)]].concat();
                    self.settle(MergeRule::OnlyTheirs, pointer(&path));
                    self.out
                        .operations
                        .changes
                        .insert(path, ValueChange::Remove);
                    left -= 1;
                }
                (false, true) if first => self.agree_on_element(at, value.clone()),
                _ => {}
            }
        }
        let mut seen = HashSet::new();
        for (index, value) in theirs.iter().enumerate() {
            if seen.insert(value) && !in_ours.contains(value) && !in_base.contains(value) {
                self.insert(
                    at,
                    None,
                    InsertOrigin::Whole([at.theirs.as_slice(), &[PathStep::Index(index)]].concat()),
                );
                left += 1;
            }
        }
        left
    }

    fn insert(&mut self, container: &ThreeValues, property: Option<Path>, value: InsertOrigin) {
        let mut place = container.pointer();
        if let Some(key) = property.as_deref().and_then(|path| path.last()) {
            place += &pointer(std::slice::from_ref(key));
        }
        self.settle(MergeRule::OnlyTheirs, place);
        let inserts = self
            .out
            .operations
            .inserts
            .entry(container.ours.clone())
            .or_default();
        inserts.push(Insert { property, value });
    }

    fn conflict(&mut self, at: &ThreeValues, has_base: bool) {
        let contest = ValueChange::Contest {
            base: has_base.then(|| at.base.clone()),
            theirs: at.theirs.clone(),
        };
        self.out.operations.forget(&at.ours);
        self.out.operations.changes.insert(at.ours.clone(), contest);
    }

    fn settle(&mut self, rule: MergeRule, pointer: String) {
        let settled = Resolution {
            rule,
            place: Location::Value(pointer),
        };
        // Several elements that came into one array are reported once.
        if self.out.settled.last() != Some(&settled) {
            self.out.settled.push(settled);
        }
    }

    /// Reports a value that stays although theirs dropped it. Returns false: it doesn't go.
    fn release(&mut self, at: &ThreeValues, script: Option<&RelPath>) -> bool {
        self.out.released.push(KeptEntry {
            pointer: at.pointer(),
            script: script.cloned(),
        });
        false
    }

    fn agree(&mut self, at: &ThreeValues, value: &Value) {
        if let Some((last, folders)) = at.keys.as_ref().and_then(|keys| keys.split_last()) {
            dig(&mut self.out.agreed, folders).insert(last.clone(), value.clone());
        }
    }

    fn agree_on_element(&mut self, at: &ThreeValues, value: Value) {
        if let Some((last, folders)) = at.keys.as_ref().and_then(|keys| keys.split_last()) {
            let array = dig(&mut self.out.agreed, folders)
                .entry(last.clone())
                .or_insert_with(|| Value::Array(vec![]));
            array
                .as_array_mut()
                .expect("only elements of arrays are agreed on at this place")
                .push(value);
        }
    }

    /// Returns whether the operations remove every property of the root object.
    fn is_emptied(&self, ours: &Value) -> bool {
        let operations = &self.out.operations;
        ours.as_object().is_some_and(|properties| {
            !operations.inserts.contains_key(&Path::new())
                && properties.keys().all(|key| {
                    matches!(
                        operations.changes.get(&vec![PathStep::Key(key.clone())]),
                        Some(ValueChange::Remove)
                    )
                })
        })
    }
}

/// Returns the object at `keys`, which is created where it is absent.
fn dig<'a>(value: &'a mut Value, keys: &[String]) -> &'a mut Map<String, Value> {
    let mut object = value
        .as_object_mut()
        .expect("what is agreed on is an object");
    for key in keys {
        let below = object
            .entry(key.clone())
            .or_insert_with(|| Value::Object(Map::new()));
        object = below
            .as_object_mut()
            .expect("a way by keys leads through objects");
    }
    object
}
