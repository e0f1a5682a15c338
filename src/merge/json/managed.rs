//! Operations, which are addressed by paths, to a plan of values.

use std::collections::BTreeMap;

use super::decide::{Change, Insert, Operations, Path, Source, Step, pointer};
use super::document::Document;
use super::plan::{self, Contest, Dispute, Item, Plan, Slot};

/// A plan, and what it fills.
pub struct Managed<'a> {
    pub plan: Plan<'a>,
    /// The bytes of the empty containers that are filled, by JSON pointer.
    pub filled: BTreeMap<String, String>,
}

/// Returns the plan that carries out operations on ours.
pub fn plan<'a>(
    base: &'a Document,
    ours: &'a Document,
    theirs: &'a Document,
    operations: &'a Operations,
) -> Managed<'a> {
    let mut planner = Planner {
        base: Item::root(base),
        text: ours.text(),
        theirs: Item::root(theirs),
        operations,
        filled: BTreeMap::new(),
    };
    let plan = planner.value(&mut Path::new(), Item::root(ours));
    Managed {
        plan,
        filled: planner.filled,
    }
}

struct Planner<'a> {
    base: Item<'a>,
    text: &'a str,
    theirs: Item<'a>,
    operations: &'a Operations,
    filled: BTreeMap<String, String>,
}

impl<'a> Planner<'a> {
    fn value(&mut self, path: &mut Path, ours: Item<'a>) -> Plan<'a> {
        if !self.operations.touches(path) {
            return Plan::Keep;
        }
        match self.operations.changes.get(path) {
            Some(Change::Restore(bytes)) => Plan::Restore(bytes.clone()),
            Some(Change::Replace(source)) => self.source(source).map_or(Plan::Keep, Plan::Replace),
            Some(Change::Contest { base, theirs }) => self.contest(path, base.as_ref(), theirs),
            Some(Change::Remove) | None => self.children(path, ours),
        }
    }

    fn contest(&self, path: &Path, base: Option<&Path>, theirs: &Path) -> Plan<'a> {
        let base = base
            .and_then(|path| item_at(self.base, path))
            .map(|item| item.node.span.clone());
        let dispute = Dispute {
            pointer: pointer(path),
            base,
        };
        item_at(self.theirs, theirs).map_or(Plan::Keep, |other| {
            Plan::Contest(Contest { dispute, other })
        })
    }

    fn children(&mut self, path: &mut Path, ours: Item<'a>) -> Plan<'a> {
        let mut slots = Vec::new();
        let children = ours.children();
        for (index, child) in children.iter().enumerate() {
            path.push(
                child
                    .key
                    .map_or(Step::Index(index), |key| Step::Key(key.name.to_owned())),
            );
            if !matches!(self.operations.changes.get(path), Some(Change::Remove)) {
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
        Plan::Children(slots)
    }

    fn insert(&self, insert: &Insert) -> Option<Slot<'a>> {
        let key = insert
            .property
            .as_ref()
            .and_then(|path| item_at(self.theirs, path))
            .and_then(|item| item.key);
        Some(Slot::New(key, self.source(&insert.value)?))
    }

    fn source(&self, source: &Source) -> Option<plan::Source<'a>> {
        Some(match source {
            Source::Whole(path) => plan::Source::Whole(item_at(self.theirs, path)?),
            Source::Object(properties) => {
                let property = |(path, source): &(Path, Source)| {
                    Some((item_at(self.theirs, path)?.key?, self.source(source)?))
                };
                plan::Source::Object(properties.iter().map(property).collect::<Option<_>>()?)
            }
            Source::Array(elements) => plan::Source::Array(
                elements
                    .iter()
                    .map(|element| self.source(element))
                    .collect::<Option<_>>()?,
            ),
        })
    }
}

fn item_at<'a>(root: Item<'a>, path: &[Step]) -> Option<Item<'a>> {
    path.iter().try_fold(root, |item, step| match step {
        Step::Key(key) => item.property(key),
        Step::Index(index) => item.element(*index),
    })
}
