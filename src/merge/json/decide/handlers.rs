//! Hooks, merged handler by handler.

use serde_json::{Map, Value};

use super::Decider;
use super::places::ThreeValues;
use crate::merge::json::handlers::{HandlerEntry, entries, pairs};
use crate::merge::json::operations::{InsertOrigin, PathStep, ValueChange};
use crate::merge::json::policy::Identity;

impl Decider<'_> {
    /// Returns the handlers of the event whose list `at` is.
    fn entries<'v>(&self, at: &ThreeValues, groups: &'v [Value]) -> Vec<HandlerEntry<'v>> {
        let event = at.names().pop().unwrap_or_default();
        entries(&self.context.identities, &event, groups)
    }

    /// Returns whether all handlers of a group are among those of `groups`.
    pub(super) fn has_handlers_of(
        &self,
        at: &ThreeValues,
        groups: &[Value],
        group: &Value,
    ) -> bool {
        let known = self.entries(at, groups);
        self.entries(at, std::slice::from_ref(group))
            .iter()
            .all(|entry| known.iter().any(|other| other.identity == entry.identity))
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

    /// Removes handlers, and groups that have none left. Returns how many groups were removed.
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
        let mut properties = Vec::new();
        for key in entry.frame.keys() {
            let property = [group.as_slice(), &[PathStep::Key(key.clone())]].concat();
            properties.push((property.clone(), InsertOrigin::Whole(property)));
        }
        let hooks = [group.as_slice(), &[PathStep::Key("hooks".to_owned())]].concat();
        let handler = InsertOrigin::Whole([at.theirs.as_slice(), &entry.steps()].concat());
        properties.push((hooks, InsertOrigin::Array(vec![handler])));
        self.insert(at, None, InsertOrigin::Object(properties));
    }

    /// Merges a handler that both sides have: its fields, and those of its group.
    fn handler(
        &mut self,
        at: &ThreeValues,
        base: Option<&HandlerEntry>,
        ours: &HandlerEntry,
        theirs: &HandlerEntry,
    ) {
        let in_base = base.map_or(Vec::new(), |base| base.steps().to_vec());
        let below = at.element(&in_base, &ours.steps(), &theirs.steps());
        self.value(
            &below,
            base.map(|base| base.handler),
            ours.handler,
            theirs.handler,
        );
        if base.is_some_and(|base| base.frame == theirs.frame) || ours.frame == theirs.frame {
            return;
        }
        let groups = at.element(
            &[PathStep::Index(base.map_or(0, |base| base.group))],
            &[PathStep::Index(ours.group)],
            &[PathStep::Index(theirs.group)],
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
