//! Hooks: `[{matcher?, hooks: [handler]}]`, merged handler by handler.

use serde_json::{Map, Value};

use super::decide::{Decider, InsertOrigin, PathStep, ThreeValues, ValueChange};
use super::policy::{Identities, Identity};

/// One handler of a hook event, with the group it stands in.
pub(super) struct HandlerEntry<'a> {
    group: usize,
    index: usize,
    /// Whether it is its group's only handler.
    alone: bool,
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

/// Pairs the handlers of two sides: those of one identity by what they have in common, the rest in
/// their order. Returns for each of `entries` its partner in `others`.
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
        for (entry, pair) in entries
            .iter()
            .zip(&mut pairs)
            .filter(|(_, pair)| pair.is_none())
        {
            let fits = |(index, other): &(usize, &HandlerEntry)| {
                free[*index] && other.identity == entry.identity && alike(entry, other)
            };
            if let Some((index, _)) = others.iter().enumerate().find(fits) {
                free[index] = false;
                *pair = Some(index);
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

impl Decider<'_> {
    /// Returns the handlers of the event whose list `at` is.
    pub(super) fn entries<'v>(
        &self,
        at: &ThreeValues,
        groups: &'v [Value],
    ) -> Vec<HandlerEntry<'v>> {
        let event = at.names().pop().unwrap_or_default();
        entries(&self.context.identities, &event, groups)
    }

    /// Merges the handlers of one event. Returns how many groups are left.
    pub(super) fn handlers(
        &mut self,
        at: &ThreeValues,
        base: &[Value],
        ours: &[Value],
        theirs: &[Value],
    ) -> usize {
        let mut left = ours.len();
        let (base, entries, theirs) = (
            self.entries(at, base),
            self.entries(at, ours),
            self.entries(at, theirs),
        );
        let base_to_ours = pairs(&base, &entries, &[]);
        let theirs_to_base = pairs(&theirs, &base, &[]);
        let taken: Vec<usize> = base_to_ours.iter().flatten().copied().collect();
        let new_to_ours = pairs(&theirs, &entries, &taken);

        let mut removed: Vec<&HandlerEntry> = Vec::new();
        for (index, dropped) in base
            .iter()
            .enumerate()
            .filter(|(index, _)| !theirs_to_base.contains(&Some(*index)))
        {
            let Some(entry) = base_to_ours[index].map(|index| &entries[index]) else {
                continue;
            };
            let script = self.context.identities.script(entry.handler);
            let held = script.is_some_and(|script| self.context.held.contains(script));
            if held || !entry.equals(dropped) {
                self.release(&at.element(&[], &entry.steps(), &[]), script);
            } else if !self.was_there(at, &dropped.identity) {
                removed.push(entry);
            }
        }
        left -= self.remove_handlers(at, ours, &removed);
        for (index, entry) in theirs.iter().enumerate() {
            let base_index = theirs_to_base[index];
            let ours_index = match base_index {
                Some(base) => base_to_ours[base],
                None => new_to_ours[index],
            };
            match (
                base_index.map(|index| &base[index]),
                ours_index.map(|index| &entries[index]),
            ) {
                (None, None) => {
                    self.insert_handler(at, entry);
                    left += 1;
                }
                // Deleted here.
                (Some(_), None) => {}
                (None, Some(ours)) if ours.equals(entry) => {
                    self.agree_on_element(at, entry.as_group())
                }
                (base, Some(ours)) => self.handler(at, base, ours, entry),
            }
        }
        left
    }

    /// Returns whether the team had a handler before any template did.
    fn was_there(&self, at: &ThreeValues, identity: &Identity) -> bool {
        let adopted = self.adopted(at).and_then(Value::as_array);
        let adopted = adopted.map(Vec::as_slice).unwrap_or_default();
        let mut entries = self.entries(at, adopted).into_iter();
        entries.any(|entry| entry.identity == *identity)
    }

    /// Removes handlers, and with the last of a group the group. Returns how many groups went.
    fn remove_handlers(
        &mut self,
        at: &ThreeValues,
        ours: &[Value],
        removed: &[&HandlerEntry],
    ) -> usize {
        let mut groups = 0;
        for (group, whole) in ours.iter().enumerate() {
            let here: Vec<_> = removed
                .iter()
                .filter(|entry| entry.group == group)
                .collect();
            let all = whole
                .get("hooks")
                .and_then(Value::as_array)
                .is_some_and(|handlers| handlers.len() == here.len());
            let paths = match here.as_slice() {
                [] => continue,
                _ if all => vec![vec![PathStep::Index(group)]],
                some => some.iter().map(|entry| entry.steps().to_vec()).collect(),
            };
            groups += usize::from(all);
            for path in paths {
                self.out
                    .operations
                    .changes
                    .insert([at.ours.clone(), path].concat(), ValueChange::Remove);
            }
        }
        groups
    }

    /// Appends a handler in a group of its own.
    fn insert_handler(&mut self, at: &ThreeValues, entry: &HandlerEntry) {
        let group = [at.theirs.as_slice(), &[PathStep::Index(entry.group)]].concat();
        if entry.alone {
            return self.insert(at, None, InsertOrigin::Whole(group));
        }
        let below = |key: &str| [group.as_slice(), &[PathStep::Key(key.to_owned())]].concat();
        let mut properties: Vec<_> = entry
            .frame
            .keys()
            .map(|key| (below(key), InsertOrigin::Whole(below(key))))
            .collect();
        let handler = InsertOrigin::Whole([at.theirs.as_slice(), &entry.steps()].concat());
        properties.push((below("hooks"), InsertOrigin::Array(vec![handler])));
        self.insert(at, None, InsertOrigin::Object(properties));
    }

    /// Both sides have this handler: its fields and its group's are merged.
    fn handler(
        &mut self,
        at: &ThreeValues,
        base: Option<&HandlerEntry>,
        ours: &HandlerEntry,
        theirs: &HandlerEntry,
    ) {
        let steps = |entry: Option<&HandlerEntry>| {
            entry
                .map(|entry| entry.steps().to_vec())
                .unwrap_or_default()
        };
        let below = at.element(&steps(base), &ours.steps(), &theirs.steps());
        self.value(
            &below,
            base.map(|base| base.handler),
            ours.handler,
            theirs.handler,
        );
        if base.is_some_and(|base| base.frame == theirs.frame) || ours.frame == theirs.frame {
            return;
        }
        let group = |entry: &HandlerEntry| [PathStep::Index(entry.group)];
        let groups = at.element(
            &base.map(group).unwrap_or([PathStep::Index(0)]),
            &group(ours),
            &group(theirs),
        );
        if ours.alone {
            let empty = Map::new();
            self.object(
                &groups,
                base.map_or(&empty, |base| &base.frame),
                &ours.frame,
                &theirs.frame,
            );
        } else {
            // Changing the group would change its other handlers too.
            self.conflict(&groups, base.is_some());
        }
    }
}
