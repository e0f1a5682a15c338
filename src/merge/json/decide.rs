//! Fragments that templates manage: three values to a list of operations on ours, and what has to
//! be said about them.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::handlers::HandlerEntry;
use super::parts::is_reordered;
use super::policy::ArrayPolicy;
use super::{MergeContext, Released};
use crate::merge::pieces::{Location, Resolution};
use crate::merge::rule::MergeRule;
use crate::model::path::RelPath;
use crate::model::pointer::escaped;

/// The way from a document's root to a value.
pub type Path = Vec<PathStep>;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathStep {
    /// Into an object.
    Key(String),
    /// Into an array, by the place in the document as it was parsed.
    Index(usize),
}

/// What to do to ours, each addressed in the document as it was parsed.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    /// Changes of values that ours has.
    pub changes: BTreeMap<Path, ValueChange>,
    /// Values appended to containers that ours has, in order.
    pub inserts: BTreeMap<Path, Vec<Insert>>,
}

/// A change of one value.
#[derive(Clone, Debug)]
pub enum ValueChange {
    /// It goes, with its key and its comma.
    Remove,
    /// It becomes another.
    Replace(InsertOrigin),
    /// It becomes what it was before it was filled.
    Restore(String),
    /// Both sides changed it.
    Contest {
        /// Where it was in base.
        base: Option<Path>,
        /// Where it is in theirs.
        theirs: Path,
    },
}

/// A value appended to a container.
#[derive(Clone, Debug)]
pub struct Insert {
    /// The property in theirs that gives the key, where the container is an object.
    pub property: Option<Path>,
    /// The value.
    pub value: InsertOrigin,
}

/// Where an inserted value comes from: always from theirs, whole or in parts.
#[derive(Clone, Debug)]
pub enum InsertOrigin {
    /// The value at this place.
    Whole(Path),
    /// An object of these properties.
    Object(Vec<(Path, InsertOrigin)>),
    /// An array of these values.
    Array(Vec<InsertOrigin>),
}

/// What was decided.
#[derive(Debug)]
pub struct JsonDecision {
    pub operations: Operations,
    pub settled: Vec<Resolution>,
    pub agreed: Value,
    pub released: Vec<Released>,
}

/// Decides what becomes of each value. Objects go by key, arrays by their declared policy.
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

/// Returns whether one side dropped a property that the other changed: piece by piece, neither
/// side's object would come of it.
fn is_torn(
    base: &Map<String, Value>,
    ours: &Map<String, Value>,
    theirs: &Map<String, Value>,
) -> bool {
    base.iter()
        .any(|(key, value)| match (ours.get(key), theirs.get(key)) {
            (Some(kept), None) | (None, Some(kept)) => kept != value,
            _ => false,
        })
}

fn key_of(path: &[PathStep]) -> Option<&str> {
    match path.last() {
        Some(PathStep::Key(key)) => Some(key),
        _ => None,
    }
}

/// Returns the JSON pointer (RFC 6901) of a path.
pub fn pointer(path: &[PathStep]) -> String {
    path.iter()
        .map(|step| match step {
            PathStep::Key(key) => format!("/{}", escaped(key)),
            PathStep::Index(index) => format!("/{index}"),
        })
        .collect()
}

/// The same value in base, in ours and in theirs.
pub(super) struct ThreeValues {
    pub(super) base: Path,
    pub(super) ours: Path,
    pub(super) theirs: Path,
    /// The way by keys alone; `None` inside an element of an array, where nothing is agreed on
    /// piece by piece.
    keys: Option<Vec<String>>,
}

impl ThreeValues {
    fn key(&self, key: &str) -> Self {
        let down = |path: &Path| {
            path.iter()
                .cloned()
                .chain([PathStep::Key(key.to_owned())])
                .collect()
        };
        let keys = self
            .keys
            .as_ref()
            .map(|keys| keys.iter().cloned().chain([key.to_owned()]).collect());
        Self {
            base: down(&self.base),
            ours: down(&self.ours),
            theirs: down(&self.theirs),
            keys,
        }
    }

    pub(super) fn element(
        &self,
        base: &[PathStep],
        ours: &[PathStep],
        theirs: &[PathStep],
    ) -> Self {
        let down = |path: &Path, steps| [path.as_slice(), steps].concat();
        Self {
            base: down(&self.base, base),
            ours: down(&self.ours, ours),
            theirs: down(&self.theirs, theirs),
            keys: None,
        }
    }

    pub(super) fn pointer(&self) -> String {
        pointer(&self.ours)
    }

    /// The names that policies are declared by.
    pub(super) fn names(&self) -> Vec<String> {
        match &self.keys {
            Some(keys) => keys.clone(),
            None => self
                .ours
                .last()
                .into_iter()
                .filter_map(|_| key_of(&self.ours))
                .map(str::to_owned)
                .collect(),
        }
    }
}

pub(super) struct Decider<'a> {
    pub(super) context: &'a MergeContext,
    pub(super) out: JsonDecision,
}

const NOTHING: &[Value] = &[];

impl<'a> Decider<'a> {
    /// Both sides have a value here.
    pub(super) fn value(
        &mut self,
        at: &ThreeValues,
        base: Option<&Value>,
        ours: &Value,
        theirs: &Value,
    ) {
        match (ours, theirs) {
            (Value::Object(o), Value::Object(t)) if o.is_empty() && t.is_empty() => {
                self.scalar(at, base, ours, theirs)
            }
            (Value::Array(o), Value::Array(t)) if o.is_empty() && t.is_empty() => {
                self.scalar(at, base, ours, theirs)
            }
            (Value::Object(o), Value::Object(t)) => {
                let empty = Map::new();
                let known = base.and_then(Value::as_object).unwrap_or(&empty);
                if self.is_unit(at) && is_torn(known, o, t) {
                    self.scalar(at, base, ours, theirs);
                } else {
                    self.object(at, known, o, t);
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
    pub(super) fn adopted(&self, at: &ThreeValues) -> Option<&'a Value> {
        let context = self.context;
        let mut value = &context.adopted;
        for key in at.keys.as_ref()? {
            value = value.get(key)?;
        }
        Some(value)
    }

    /// Returns whether what is here makes sense only as a whole.
    fn is_unit(&self, at: &ThreeValues) -> bool {
        let policies = self.context.identities.policies;
        at.keys.as_ref().is_some_and(|keys| policies.is_unit(keys))
    }

    /// Both sides have an object here. Returns how many properties are left.
    pub(super) fn object(
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

    /// Base and ours have a value that theirs dropped. Returns whether it goes.
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
    /// template came. Of what is merged piece by piece, each piece is asked.
    fn stays_whole(&self, at: &ThreeValues, ours: &Value) -> bool {
        let is_whole = self.is_unit(at) || !(ours.is_object() || ours.is_array());
        self.adopted(at)
            .is_some_and(|adopted| is_whole || (ours.is_array() && adopted == ours))
    }

    /// Base and theirs have a value that ours deleted. Returns the part of it that is new.
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
            (Value::Array(base), Value::Array(theirs)) => {
                let policy = self
                    .context
                    .identities
                    .policies
                    .of(&at.names(), &[base, theirs]);
                let in_base: HashSet<&Value> = base.iter().collect();
                let known = |value: &Value| match policy {
                    ArrayPolicy::Handlers => {
                        let known = self.entries(at, base);
                        let is_known = |entry: &HandlerEntry| {
                            known.iter().any(|other| other.identity == entry.identity)
                        };
                        self.entries(at, std::slice::from_ref(value))
                            .iter()
                            .all(is_known)
                    }
                    ArrayPolicy::Set | ArrayPolicy::Scalars | ArrayPolicy::Sequence => {
                        in_base.contains(value)
                    }
                };
                let whole = |index| {
                    InsertOrigin::Whole([at.theirs.as_slice(), &[PathStep::Index(index)]].concat())
                };
                let new: Vec<InsertOrigin> = theirs
                    .iter()
                    .enumerate()
                    .filter(|(_, value)| !known(value))
                    .map(|(index, _)| whole(index))
                    .collect();
                let is_set = policy != ArrayPolicy::Sequence;
                (is_set && !new.is_empty()).then_some(InsertOrigin::Array(new))
            }
            _ => None,
        }
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
        let of = |values| -> HashSet<&Value> { <[Value]>::iter(values).collect() };
        let (in_base, in_ours, in_theirs) = (of(base), of(ours), of(theirs));
        let adopted = self.adopted(at).and_then(Value::as_array);
        let adopted = of(adopted.map(Vec::as_slice).unwrap_or_default());
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

    pub(super) fn insert(
        &mut self,
        container: &ThreeValues,
        property: Option<Path>,
        value: InsertOrigin,
    ) {
        let key = property.as_deref().and_then(|path| path.last()).into_iter();
        self.settle(
            MergeRule::OnlyTheirs,
            key.fold(container.pointer(), |above, key| {
                above + &pointer(std::slice::from_ref(key))
            }),
        );
        let inserts = self
            .out
            .operations
            .inserts
            .entry(container.ours.clone())
            .or_default();
        inserts.push(Insert { property, value });
    }

    pub(super) fn conflict(&mut self, at: &ThreeValues, has_base: bool) {
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
        // What came into one array is said once.
        if self.out.settled.last() != Some(&settled) {
            self.out.settled.push(settled);
        }
    }

    /// Ours had edited what theirs dropped: it stays. Returns that it doesn't go.
    pub(super) fn release(&mut self, at: &ThreeValues, script: Option<&RelPath>) -> bool {
        self.out.released.push(Released {
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

    pub(super) fn agree_on_element(&mut self, at: &ThreeValues, value: Value) {
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

    /// Whether the operations leave nothing of an object that had something.
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

/// Returns the object at `keys`, made where it is absent.
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

impl Operations {
    /// Forgets everything at and below `path`.
    fn forget(&mut self, path: &Path) {
        fn below<T>(map: &BTreeMap<Path, T>, path: &Path) -> Vec<Path> {
            map.range(path.clone()..)
                .map(|(other, _)| other)
                .take_while(|other| other.starts_with(path))
                .cloned()
                .collect()
        }
        for path in below(&self.changes, path) {
            self.changes.remove(&path);
        }
        for path in below(&self.inserts, path) {
            self.inserts.remove(&path);
        }
    }

    /// Returns whether something is to do at or below `path`.
    pub fn touches(&self, path: &Path) -> bool {
        fn is_below<T>(map: &BTreeMap<Path, T>, path: &Path) -> bool {
            map.range(path.clone()..)
                .next()
                .is_some_and(|(other, _)| other.starts_with(path))
        }
        is_below(&self.changes, path) || is_below(&self.inserts, path)
    }
}
