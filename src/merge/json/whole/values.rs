//! Plans the merge of three documents value by value: what only one side changed is taken, and what
//! both changed is merged part by part.

use foldhash::{HashMap, HashSet};
use std::hash::Hash;

use super::tree::ValueTree;
use super::{Documents, are_alike};
use crate::merge::json::document::Document;
use crate::merge::json::operations::{PathStep, pointer};
use crate::merge::json::plan::{Dispute, Roles, Slot, ValueConflict, ValueOrigin, ValuePlan};
use crate::merge::json::policy::{IDENTIFYING, Policies};
use crate::merge::order::{self, Label, Order};
use crate::merge::pieces::{Location, Resolution};
use crate::merge::rule::MergeRule;

/// Plans the merge of three documents. `here` is the one whose bytes stay, `other` the other
/// side's.
pub struct DocumentMerger<'a> {
    roles: Roles,
    pub(super) policies: &'static Policies,
    base: &'a Document<'a>,
    here: &'a Document<'a>,
    other: &'a Document<'a>,
    /// Whether bytes of the other document fit into this one: both have the same layout.
    alike: bool,
    pub(super) path: Vec<PathStep>,
    /// Which rule settled what.
    pub settled: Vec<Resolution>,
}

/// The three versions of one value.
#[derive(Clone, Copy)]
pub struct ValueVersions<'t, 'a> {
    pub base: Option<&'t ValueTree<'a>>,
    pub here: &'t ValueTree<'a>,
    pub other: &'t ValueTree<'a>,
}

/// Whether the order of children may mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It doesn't: the properties of an object, a list of permissions.
    Loosely,
    /// It may: where both sides reordered children in different ways, that is a conflict.
    Strictly,
}

impl<'a> DocumentMerger<'a> {
    pub(super) fn new(documents: &Documents<'a>, roles: Roles) -> Self {
        let [base, ours, theirs] =
            [documents.base, documents.ours, documents.theirs].map(|side| side.document);
        let (here, other) = if roles == Roles::USUAL {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        let layouts = [here.layout(), other.layout()];
        let alike = layouts[0].is_like(layouts[1]) && layouts[0].newline == layouts[1].newline;
        Self {
            roles,
            policies: documents.policies,
            base,
            here,
            other,
            alike,
            path: Vec::new(),
            settled: Vec::new(),
        }
    }

    /// Returns the plan for the outermost value.
    pub(super) fn plan(&mut self, documents: &Documents<'a>) -> ValuePlan<'a> {
        let (here, other) = self.ours_first(&documents.ours.tree, &documents.theirs.tree);
        self.value(ValueVersions {
            base: Some(&documents.base.tree),
            here,
            other,
        })
    }

    pub(super) fn value(&mut self, versions: ValueVersions<'_, 'a>) -> ValuePlan<'a> {
        let ValueVersions { base, here, other } = versions;
        let same =
            |one: Option<&ValueTree>, two: &ValueTree| one.is_some_and(|one| one.id == two.id);
        let containers =
            (here.is_object() && other.is_object()) || (here.is_array() && other.is_array());
        match () {
            () if here.id == other.id => self.equal(versions),
            () if same(base, other) && !(containers && self.is_other_written_anew(versions)) => {
                ValuePlan::Keep
            }
            () if same(base, here) && !(containers && self.is_laid_out_anew(versions)) => {
                self.settle(MergeRule::OnlyTheirs);
                ValuePlan::Replace(ValueOrigin::Whole(other.item))
            }
            () if is_torn(versions) && self.is_unit() => self.contest(base, other),
            () if here.is_object() && other.is_object() => self.object(versions),
            () if base.is_none() && here.contains(other) => {
                self.settle(MergeRule::Containment);
                ValuePlan::Keep
            }
            () if base.is_none() && other.contains(here) => {
                self.settle(MergeRule::Containment);
                ValuePlan::Replace(ValueOrigin::Whole(other.item))
            }
            () if here.is_array() && other.is_array() => {
                let settled_before = self.settled.len();
                self.array(versions).unwrap_or_else(|| {
                    // No rule settled anything in an array that is one conflict.
                    self.settled.truncate(settled_before);
                    self.contest(base, other)
                })
            }
            () => self.contest(base, other),
        }
    }

    /// Plans a value that is equal on both sides. Where only the other document writes it
    /// differently than base, it is taken as it is written there.
    fn equal(&mut self, versions: ValueVersions<'_, 'a>) -> ValuePlan<'a> {
        let ValueVersions { base, here, other } = versions;
        let Some(base) = base.filter(|base| base.id == here.id) else {
            self.settle(MergeRule::Agreement);
            // The order of properties is no part of the value.
            return if here.is_object() {
                self.object(versions)
            } else {
                ValuePlan::Keep
            };
        };
        let [base, here_text, other_text] = [
            self.base.slice(base),
            self.here.slice(here),
            self.other.slice(other),
        ];
        if !self.alike || base != here_text || base == other_text {
            return ValuePlan::Keep;
        }
        self.settle(MergeRule::Layout);
        ValuePlan::Replace(ValueOrigin::Whole(other.item))
    }

    /// Returns whether `here`, which has the value of base, is written differently, so that the
    /// other's bytes don't fit in.
    fn is_laid_out_anew(&self, versions: ValueVersions<'_, 'a>) -> bool {
        !self.alike
            || versions
                .base
                .is_none_or(|base| self.base.slice(base) != self.here.slice(versions.here))
    }

    /// Returns whether `other`, which has the value of base, is written differently in a document
    /// with the same layout: then somebody rewrote this value, not the whole document.
    fn is_other_written_anew(&self, versions: ValueVersions<'_, 'a>) -> bool {
        self.alike
            && versions
                .base
                .is_some_and(|base| self.base.slice(base) != self.other.slice(versions.other))
    }

    /// Returns whether nobody touched a side's value, which the other side deleted: it is written
    /// as in base, except for its indent and the order of its lines, or the whole document has a
    /// new layout.
    fn is_untouched(
        &self,
        base: &ValueTree<'a>,
        document: &Document<'a>,
        side: &ValueTree<'a>,
    ) -> bool {
        let (text, other) = (self.base.slice(base), document.slice(side));
        are_alike(text, other)
            || !self.base.layout().is_like(document.layout())
            || lines_of(text) == lines_of(other)
    }

    fn contest(&self, base: Option<&ValueTree<'a>>, other: &ValueTree<'a>) -> ValuePlan<'a> {
        ValuePlan::Contest(ValueConflict {
            dispute: self.dispute(base),
            other: other.item,
        })
    }

    fn dispute(&self, base: Option<&ValueTree<'a>>) -> Dispute {
        Dispute {
            pointer: pointer(&self.path),
            base: base.map(|base| base.item.node.span.clone()),
        }
    }

    pub(super) fn settle(&mut self, rule: MergeRule) {
        self.settled.push(Resolution {
            rule,
            place: Location::Value(pointer(&self.path)),
        });
    }

    fn object(&mut self, versions: ValueVersions<'_, 'a>) -> ValuePlan<'a> {
        let base = versions.base.filter(|base| base.is_object());
        let versions = ValueVersions { base, ..versions };
        let [base, here, other] = versions
            .children()
            .map(|children| children.iter().map(ValueTree::name).collect());
        let labels = labels(base, here, other);
        self.members(versions, &labels, Ordered::Loosely)
            .unwrap_or(ValuePlan::Keep)
    }

    /// Merges children that are told apart by labels. Returns `None` where both sides moved them in
    /// different ways.
    pub(super) fn members(
        &mut self,
        versions: ValueVersions<'_, 'a>,
        labels: &ChildLabels,
        ordered: Ordered,
    ) -> Option<ValuePlan<'a>> {
        let [base_labels, here_labels, other_labels] = &labels.sides;
        let in_base = index_of(base_labels);
        let in_here = index_of(here_labels);
        let in_other = index_of(other_labels);
        let base_of = |label| {
            in_base
                .get(label)
                .and_then(|index| versions.base?.children.get(*index))
        };
        let (ours, theirs) = self.ours_first(here_labels, other_labels);
        let mut order = order::of(base_labels, ours, theirs);
        if order == Order::Contested && ordered == Ordered::Strictly {
            return None;
        }
        let are_renamed = versions.here.is_object() && labels.are_renamed_by_both();
        let mut slots: Vec<Option<Slot<'a>>> = (0..labels.count).map(|_| None).collect();
        for (index, label) in here_labels.iter().enumerate() {
            let here = &versions.here.children[index];
            let other = in_other
                .get(label)
                .map(|index| &versions.other.children[*index]);
            self.enter(here, index);
            slots[*label] = match (base_of(label), other) {
                (base, Some(other)) => {
                    let plan = self.value(ValueVersions { base, here, other });
                    Some(Slot::Kept(index, plan))
                }
                (None, None) if are_renamed => Some(Slot::Dropped(index, self.dispute(None))),
                (None, None) => Some(Slot::Kept(index, ValuePlan::Keep)),
                (Some(base), None) => self.dropped(base, here, index, versions.other),
            };
            self.path.pop();
        }
        for (index, label) in other_labels.iter().enumerate() {
            if in_here.contains_key(label) {
                continue;
            }
            let other = &versions.other.children[index];
            self.enter(other, index);
            slots[*label] = match base_of(label) {
                None if are_renamed => Some(Slot::Missed(other.item, self.dispute(None))),
                None => {
                    self.settle(MergeRule::OnlyTheirs);
                    Some(Slot::New(other.item.key, ValueOrigin::Whole(other.item)))
                }
                Some(base) => self.missed(base, other, versions.here),
            };
            self.path.pop();
        }
        let mut kept = slots.iter().flatten();
        if kept.any(|slot| matches!(slot, Slot::Dropped(..) | Slot::Missed(..))) {
            order = Order::Ours;
        }
        let texts = self.texts(versions, labels);
        let woven = order::interleave(order, ours, theirs, |one, other| {
            texts.get(&one) < texts.get(&other)
        });
        Some(ValuePlan::Children(
            woven
                .into_iter()
                .filter_map(|label| slots[label].take())
                .collect(),
        ))
    }

    /// Plans a child that base and this document have, and the other dropped.
    fn dropped(
        &mut self,
        base: &ValueTree<'a>,
        here: &ValueTree<'a>,
        index: usize,
        other: &ValueTree<'a>,
    ) -> Option<Slot<'a>> {
        let is_unedited = base.id == here.id
            && (self.is_untouched(base, self.here, here) || lives_on(base, other));
        if !is_unedited {
            return Some(Slot::Dropped(index, self.dispute(Some(base))));
        }
        self.settle(MergeRule::OnlyTheirs);
        None
    }

    /// Plans a child that base and the other have, and this document dropped.
    fn missed(
        &self,
        base: &ValueTree<'a>,
        other: &ValueTree<'a>,
        here: &ValueTree<'a>,
    ) -> Option<Slot<'a>> {
        let is_unedited = base.id == other.id
            && (self.is_untouched(base, self.other, other) || lives_on(base, here));
        (!is_unedited).then(|| Slot::Missed(other.item, self.dispute(Some(base))))
    }

    /// Returns what the children that base doesn't have sort by: their names, or their values as
    /// text.
    fn texts(
        &self,
        versions: ValueVersions<'_, 'a>,
        labels: &ChildLabels,
    ) -> HashMap<Label, String> {
        let [_, here, other] = versions.children();
        let [base_labels, here_labels, other_labels] = &labels.sides;
        let in_base = index_of(base_labels);
        let listed = here_labels
            .iter()
            .zip(here)
            .chain(other_labels.iter().zip(other));
        let new = listed.filter(|(label, _)| !in_base.contains_key(label));
        new.map(|(label, child)| (*label, sorted_by(child)))
            .collect()
    }

    fn enter(&mut self, child: &ValueTree<'a>, index: usize) {
        self.path
            .push(child.item.key.map_or(PathStep::Index(index), |key| {
                PathStep::Key(key.name.to_owned())
            }));
    }

    /// Returns what belongs to this document and the other as a pair of ours and theirs.
    pub(super) fn ours_first<T>(&self, here: T, other: T) -> (T, T) {
        if self.roles == Roles::USUAL {
            (here, other)
        } else {
            (other, here)
        }
    }
}

impl Document<'_> {
    pub(super) fn slice(&self, tree: &ValueTree<'_>) -> &str {
        &self.text()[tree.item.node.span.clone()]
    }
}

/// Returns whether both sides have an object, and merging them property by property would give one
/// that neither side has: one side dropped a property, and the other changed the object; or both
/// added one, and neither says all that the other says.
fn is_torn(versions: ValueVersions<'_, '_>) -> bool {
    let ValueVersions { base, here, other } = versions;
    if !here.is_object() || !other.is_object() {
        return false;
    }
    let Some(base) = base.filter(|base| base.is_object()) else {
        return !here.contains(other) && !other.contains(here);
    };
    let drops = |side: &ValueTree<'_>| {
        let mut olds = base.children.iter();
        olds.any(|old| side.property(old.name()).is_none())
    };
    (drops(here) && other.id != base.id) || (drops(other) && here.id != base.id)
}

/// Returns whether a side has a deleted value under another key: it was renamed, and nothing is
/// lost.
fn lives_on(value: &ValueTree<'_>, side: &ValueTree<'_>) -> bool {
    !value.name().is_empty() && side.children.iter().any(|child| child.id == value.id)
}

/// Returns the lines of a value without indent and commas, sorted.
fn lines_of(text: &str) -> Vec<&str> {
    let lines = text.lines();
    let mut lines: Vec<&str> = lines
        .map(|line| line.trim().trim_end_matches(','))
        .collect();
    lines.sort_unstable();
    lines
}

/// Returns the string that an element is named by.
fn identity_of<'a>(element: &ValueTree<'a>) -> Option<&'a str> {
    let name = |key: &&str| {
        element
            .item
            .value
            .get(*key)
            .and_then(serde_json::Value::as_str)
    };
    match element.item.value.as_str() {
        Some(text) => Some(text),
        None => IDENTIFYING.iter().find_map(name),
    }
}

fn index_of(labels: &[Label]) -> HashMap<Label, usize> {
    labels
        .iter()
        .enumerate()
        .map(|(index, label)| (*label, index))
        .collect()
}

/// The labels of the children of base, `here` and `other`.
pub struct ChildLabels {
    pub sides: [Vec<Label>; 3],
    pub count: usize,
}

impl ChildLabels {
    /// Returns whether both sides dropped a child and each added others: both may have renamed it,
    /// and only a person can say which name is right.
    fn are_renamed_by_both(&self) -> bool {
        let [base, here, other] = self
            .sides
            .each_ref()
            .map(|side| side.iter().collect::<HashSet<_>>());
        let [mut gone, mut ours_alone, mut theirs_alone] = [false; 3];
        for label in 0..self.count {
            match [&base, &here, &other].map(|side| side.contains(&label)) {
                [true, false, false] => gone = true,
                [false, true, false] => ours_alone = true,
                [false, false, true] => theirs_alone = true,
                _ => {}
            }
        }
        gone && ours_alone && theirs_alone
    }
}

fn sorted_by(child: &ValueTree<'_>) -> String {
    match (child.item.key, identity_of(child)) {
        (Some(key), _) => key.name.to_owned(),
        (None, Some(name)) => name.to_owned(),
        (None, None) => child.item.value.to_string(),
    }
}

/// Returns a label for each key, equal where the keys are.
pub fn labels<K: Eq + Hash>(base: Vec<K>, here: Vec<K>, other: Vec<K>) -> ChildLabels {
    let mut known: HashMap<K, Label> = HashMap::default();
    let sides = [base, here, other].map(|keys| {
        let mut labels = Vec::with_capacity(keys.len());
        for key in keys {
            let next = known.len();
            labels.push(*known.entry(key).or_insert(next));
        }
        labels
    });
    ChildLabels {
        sides,
        count: known.len(),
    }
}
