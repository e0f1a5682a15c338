//! Merges arrays whose order means something.

use super::diff3::{self, ResultRun, Three};
use super::tree::{Id, ValueTree};
use super::values::{DocumentMerger, ValueVersions};
use crate::merge::json::operations::PathStep;
use crate::merge::json::plan::{Slot, ValueOrigin, ValuePlan};
use crate::merge::rule::MergeRule;

impl<'a> DocumentMerger<'a> {
    /// Merges arrays element by element, or returns `None` where both sides changed one place.
    pub(super) fn sequence(&mut self, versions: ValueVersions<'_, 'a>) -> Option<ValuePlan<'a>> {
        let [base, here, other] = versions.children();
        let ids = [base, here, other]
            .map(|side| side.iter().map(|element| element.id).collect::<Vec<Id>>());
        let runs = diff3::merge(Three {
            base: &ids[0],
            here: &ids[1],
            other: &ids[2],
        })?;
        self.settle(MergeRule::Structure);
        let mut slots = Vec::new();
        for run in runs {
            match run {
                ResultRun::Here(range) => {
                    slots.extend(range.map(|index| Slot::Kept(index, ValuePlan::Keep)))
                }
                ResultRun::Other(range) => {
                    slots.extend(
                        other[range]
                            .iter()
                            .map(|element| Slot::New(None, ValueOrigin::Whole(element.item))),
                    );
                }
                ResultRun::Each {
                    base: old,
                    here: index,
                    other: new,
                } => {
                    let element = ValueVersions {
                        base: Some(&base[old]),
                        here: &here[index],
                        other: &other[new],
                    };
                    if !is_one_element(element) {
                        return None;
                    }
                    slots.push(self.element(index, element));
                }
            }
        }
        Some(ValuePlan::Children(slots))
    }

    fn element(&mut self, index: usize, versions: ValueVersions<'_, 'a>) -> Slot<'a> {
        self.path.push(PathStep::Index(index));
        let plan = self.value(versions);
        self.path.pop();
        Slot::Kept(index, plan)
    }
}

/// Returns whether three elements are versions of one element: all scalars, all lists, or objects
/// where each side has at least half of base's keys, or only keys that base has.
fn is_one_element(versions: ValueVersions<'_, '_>) -> bool {
    let Some(base) = versions.base else {
        return false;
    };
    let sides = [versions.here, versions.other];
    if !base.is_object() {
        return sides
            .iter()
            .all(|side| side.is_array() == base.is_array() && !side.is_object());
    }
    let is_version = |side: &ValueTree| {
        let shared = base
            .children
            .iter()
            .filter(|child| side.property(child.name()).is_some())
            .count();
        side.is_object()
            && (shared == side.children.len() || 2 * shared >= base.children.len().max(1))
    };
    sides.into_iter().all(is_version)
}
