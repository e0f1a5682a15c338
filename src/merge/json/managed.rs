//! Turns operations, which are addressed by paths, into a plan of values.

use std::collections::BTreeMap;

use super::document::Document;
use super::operations::{Insert, InsertOrigin, Operations, Path, PathStep, ValueChange, pointer};
use super::plan::{self, Dispute, Slot, ValueConflict, ValueItem, ValuePlan};

/// A plan, and the empty containers that it fills.
pub struct ManagedPlan<'a> {
    pub plan: ValuePlan<'a>,
    /// The bytes of the empty containers that are filled, by JSON pointer.
    pub filled: BTreeMap<String, String>,
}

/// Returns the plan that carries out operations on ours.
pub fn plan<'a>(
    base: &'a Document,
    ours: &'a Document,
    theirs: &'a Document,
    operations: &'a Operations,
) -> ManagedPlan<'a> {
    let mut planner = Planner {
        base: ValueItem::root(base),
        text: ours.text(),
        theirs: ValueItem::root(theirs),
        operations,
        filled: BTreeMap::new(),
    };
    let plan = planner.value(&mut Path::new(), ValueItem::root(ours));
    ManagedPlan {
        plan,
        filled: planner.filled,
    }
}

struct Planner<'a> {
    base: ValueItem<'a>,
    text: &'a str,
    theirs: ValueItem<'a>,
    operations: &'a Operations,
    filled: BTreeMap<String, String>,
}

impl<'a> Planner<'a> {
    fn value(&mut self, path: &mut Path, ours: ValueItem<'a>) -> ValuePlan<'a> {
        if !self.operations.touches(path) {
            return ValuePlan::Keep;
        }
        match self.operations.changes.get(path) {
            Some(ValueChange::Restore(bytes)) => ValuePlan::Restore(bytes.clone()),
            Some(ValueChange::Replace(source)) => self
                .source(source)
                .map_or(ValuePlan::Keep, ValuePlan::Replace),
            Some(ValueChange::Contest { base, theirs }) => {
                self.contest(path, base.as_ref(), theirs)
            }
            Some(ValueChange::Remove) | None => self.children(path, ours),
        }
    }

    fn contest(&self, path: &Path, base: Option<&Path>, theirs: &Path) -> ValuePlan<'a> {
        let base = base
            .and_then(|path| item_at(self.base, path))
            .map(|item| item.node.span.clone());
        let dispute = Dispute {
            pointer: pointer(path),
            base,
        };
        item_at(self.theirs, theirs).map_or(ValuePlan::Keep, |other| {
            ValuePlan::Contest(ValueConflict { dispute, other })
        })
    }

    fn children(&mut self, path: &mut Path, ours: ValueItem<'a>) -> ValuePlan<'a> {
        let mut slots = Vec::new();
        let children = ours.children();
        for (index, child) in children.iter().enumerate() {
            path.push(child.key.map_or(PathStep::Index(index), |key| {
                PathStep::Key(key.name.to_owned())
            }));
            if !matches!(self.operations.changes.get(path), Some(ValueChange::Remove)) {
                let plan = self.value(path, *child);
                slots.push(Slot::Kept(index, plan));
            }
            path.pop();
        }
        let inserts = self
            .operations
            .inserts
            .get(path)
            .map(Vec::as_slice)
            .unwrap_or_default();
        if children.is_empty() && !inserts.is_empty() {
            self.filled
                .insert(pointer(path), self.text[ours.node.span.clone()].to_owned());
        }
        slots.extend(inserts.iter().filter_map(|insert| self.insert(insert)));
        ValuePlan::Children(slots)
    }

    fn insert(&self, insert: &Insert) -> Option<Slot<'a>> {
        let key = insert
            .property
            .as_ref()
            .and_then(|path| item_at(self.theirs, path))
            .and_then(|item| item.key);
        Some(Slot::New(key, self.source(&insert.value)?))
    }

    fn source(&self, source: &InsertOrigin) -> Option<plan::ValueOrigin<'a>> {
        Some(match source {
            InsertOrigin::Whole(path) => plan::ValueOrigin::Whole(item_at(self.theirs, path)?),
            InsertOrigin::Object(properties) => {
                let property = |(path, source): &(Path, InsertOrigin)| {
                    Some((item_at(self.theirs, path)?.key?, self.source(source)?))
                };
                plan::ValueOrigin::Object(properties.iter().map(property).collect::<Option<_>>()?)
            }
            InsertOrigin::Array(elements) => plan::ValueOrigin::Array(
                elements
                    .iter()
                    .map(|element| self.source(element))
                    .collect::<Option<_>>()?,
            ),
        })
    }
}

fn item_at<'a>(root: ValueItem<'a>, path: &[PathStep]) -> Option<ValueItem<'a>> {
    path.iter().try_fold(root, |item, step| match step {
        PathStep::Key(key) => item.property(key),
        PathStep::Index(index) => item.element(*index),
    })
}
