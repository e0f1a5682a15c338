//! Merges arrays: sets, handlers and named objects by what tells their elements apart, the rest as
//! sequences.

use foldhash::{HashMap, HashSet};

use serde_json::Value;

use super::tree::{Id, ValueTree};
use super::values::{ChildLabels, DocumentMerger, Ordered, ValueVersions, labels};
use crate::merge::json::operations::PathStep;
use crate::merge::json::plan::ValuePlan;
use crate::merge::json::policy::{self, ArrayPolicy, Policies};
use crate::merge::order::Label;
use crate::merge::rule::MergeRule;
use crate::model::path::RelPath;

impl<'a> DocumentMerger<'a> {
    /// Merges arrays, or returns `None`: both sides changed one place, or moved elements in
    /// different ways.
    pub(super) fn array(&mut self, versions: ValueVersions<'_, 'a>) -> Option<ValuePlan<'a>> {
        let base = versions.base.filter(|base| base.is_array());
        let versions = ValueVersions { base, ..versions };
        // Where one side has the value of base, only a merge as a sequence gives exactly the
        // other's value.
        let [here, other] = [versions.here.id, versions.other.id];
        if base.is_some_and(|base| base.id == here || base.id == other) {
            return self.sequence(versions);
        }
        let sides = versions.arrays();
        match self.policies.of(&self.names(), &sides) {
            ArrayPolicy::Set => self.set(versions, Ordered::Loosely),
            ArrayPolicy::Handlers => match groups(versions, self.policies) {
                Some(labels) => self.members(versions, &labels, Ordered::Strictly),
                None => self.sequence(versions),
            },
            ArrayPolicy::Scalars if sides.iter().all(|side| side.iter().all(Value::is_string)) => {
                self.set(versions, Ordered::Strictly)
            }
            ArrayPolicy::Scalars | ArrayPolicy::Sequence if self.is_group() => self.members(
                versions,
                &handlers(versions, self.policies),
                Ordered::Strictly,
            ),
            ArrayPolicy::Scalars | ArrayPolicy::Sequence => match policy::identifying(&sides) {
                Some(key) => self.members(versions, &named(versions, key), Ordered::Strictly),
                None => self.sequence(versions),
            },
        }
    }

    fn set(&mut self, versions: ValueVersions<'_, 'a>, ordered: Ordered) -> Option<ValuePlan<'a>> {
        let labels = versions.labels(repeated);
        if ordered == Ordered::Strictly && replace_one_element(&labels) {
            return None;
        }
        self.settle(MergeRule::Union);
        self.members(versions, &labels, ordered)
    }

    /// Returns the path that policies are declared by; inside an array, the last key alone.
    fn names(&self) -> Vec<String> {
        let names: Option<Vec<String>> = self.path.iter().map(key_of).collect();
        names.unwrap_or_else(|| self.path.last().and_then(key_of).into_iter().collect())
    }

    /// Returns whether the object at hand makes sense only as a whole.
    pub(super) fn is_unit(&self) -> bool {
        let keys: Option<Vec<String>> = self.path.iter().map(key_of).collect();
        keys.is_some_and(|keys| self.policies.is_unit(&keys))
    }

    /// Returns whether this is the list of handlers in a group of a list that holds such groups.
    fn is_group(&self) -> bool {
        let [groups @ .., PathStep::Index(_), PathStep::Key(list)] = self.path.as_slice() else {
            return false;
        };
        let mut names = Vec::new();
        for step in groups {
            match step {
                PathStep::Key(key) => names.push(key.clone()),
                PathStep::Index(_) => return false,
            }
        }
        list == "hooks" && self.policies.of(&names, &[]) == ArrayPolicy::Handlers
    }
}

impl<'t, 'a> ValueVersions<'t, 'a> {
    fn arrays(self) -> [&'a [Value]; 3] {
        [self.base, Some(self.here), Some(self.other)].map(|tree| {
            let elements = tree.and_then(|tree| tree.item.value.as_array());
            elements.map(Vec::as_slice).unwrap_or_default()
        })
    }

    pub(super) fn children(self) -> [&'t [ValueTree<'a>]; 3] {
        [self.base, Some(self.here), Some(self.other)]
            .map(|tree| tree.map_or(&[][..], |tree| tree.children.as_slice()))
    }

    fn labels<K: Eq + std::hash::Hash>(
        self,
        keys: impl Fn(&'t [ValueTree<'a>]) -> Vec<K>,
    ) -> ChildLabels {
        let [base, here, other] = self.children().map(keys);
        labels(base, here, other)
    }
}

/// Returns each element's value with a count: 1 for the first of equal elements, 2 for the next.
fn repeated(elements: &[ValueTree<'_>]) -> Vec<(Id, usize)> {
    let mut counts: HashMap<Id, usize> = HashMap::default();
    let mut numbered = Vec::new();
    for element in elements {
        let count = counts.entry(element.id).or_default();
        *count += 1;
        numbered.push((element.id, *count));
    }
    numbered
}

fn key_of(step: &PathStep) -> Option<String> {
    match step {
        PathStep::Key(key) => Some(key.clone()),
        PathStep::Index(_) => None,
    }
}

/// Returns whether both sides replaced one element with different ones. Then order, or the place,
/// means something, and the array isn't a set.
fn replace_one_element(labels: &ChildLabels) -> bool {
    let sets = labels
        .sides
        .each_ref()
        .map(|side| side.iter().copied().collect::<HashSet<Label>>());
    let [base, here, other] = &sets;
    let [in_base, in_here, in_other] = &labels.sides;
    let gone = by_anchor(in_base, &sets, |label| {
        !here.contains(label) && !other.contains(label)
    });
    let new = [in_here, in_other].map(|side| by_anchor(side, &sets, |label| !base.contains(label)));
    gone.keys()
        .any(|place| match (new[0].get(place), new[1].get(place)) {
            (Some(here), Some(other)) => !here.is_subset(other) && !other.is_subset(here),
            _ => false,
        })
}

/// Returns the wanted elements of a side, by the nearest before them that all three have.
fn by_anchor(
    side: &[Label],
    sets: &[HashSet<Label>; 3],
    is_wanted: impl Fn(&Label) -> bool,
) -> HashMap<Option<Label>, HashSet<Label>> {
    let mut places: HashMap<Option<Label>, HashSet<Label>> = HashMap::default();
    let mut anchor = None;
    for label in side {
        if sets.iter().all(|set| set.contains(label)) {
            anchor = Some(*label);
        } else if is_wanted(label) {
            places.entry(anchor).or_default().insert(*label);
        }
    }
    places
}

/// Returns labels by the one key that tells the elements apart.
fn named(versions: ValueVersions<'_, '_>, key: &str) -> ChildLabels {
    versions.labels(|elements| {
        elements
            .iter()
            .map(|element| element.property(key).map(|name| name.id))
            .collect()
    })
}

/// Returns labels of handlers. A handler is known by the script that it runs, where no side lists
/// that twice, else by its whole value.
fn handlers(versions: ValueVersions<'_, '_>, policies: &Policies) -> ChildLabels {
    let once = listed_once(versions.children().map(|handlers| {
        handlers
            .iter()
            .filter_map(|handler| script(handler, policies))
            .collect()
    }));
    let keys = versions.children().map(|handlers| {
        let mut keys = Vec::new();
        for (handler, exact) in handlers.iter().zip(repeated(handlers)) {
            let script = script(handler, policies).filter(|script| once.contains(script));
            keys.push(match script {
                Some(script) => (Some(script), None),
                None => (None, Some(exact)),
            });
        }
        keys
    });
    let [base, here, other] = one_left_is_one(keys);
    labels(base, here, other)
}

/// Pairs what is left, if it is one handler on each side and one in base: both sides edited that
/// one. It gets the key that it has in base.
fn one_left_is_one<K: Clone + Eq>([base, mut here, mut other]: [Vec<K>; 3]) -> [Vec<K>; 3] {
    let left = (
        only_one(&base, [&here, &other]),
        only_one(&here, [&base, &other]),
        only_one(&other, [&base, &here]),
    );
    if let (Some(old), Some(one), Some(another)) = left {
        here[one] = base[old].clone();
        other[another] = base[old].clone();
    }
    [base, here, other]
}

/// Returns the index of the only key in a list that the others don't have, if there is just one.
fn only_one<K: Eq>(list: &[K], others: [&[K]; 2]) -> Option<usize> {
    let mut found = None;
    for (index, key) in list.iter().enumerate() {
        if others.iter().all(|other| !other.contains(key)) {
            if found.is_some() {
                return None;
            }
            found = Some(index);
        }
    }
    found
}

fn script(handler: &ValueTree<'_>, policies: &Policies) -> Option<RelPath> {
    policies.script_in(handler.item.value.get("command")?.as_str()?)
}

fn listed_once(sides: [Vec<RelPath>; 3]) -> HashSet<RelPath> {
    let mut repeated = HashSet::default();
    let mut known = HashSet::default();
    for side in sides {
        let mut seen = HashSet::default();
        for script in side {
            if !seen.insert(script.clone()) {
                repeated.insert(script.clone());
            }
            known.insert(script);
        }
    }
    known
        .into_iter()
        .filter(|script| !repeated.contains(script))
        .collect()
}

/// Returns labels of the groups of a hook event. Groups of different sides are the same group where
/// they have a handler in common, or where they are the only ones left for a matcher. Returns
/// `None` where that would make one group of two groups of one side.
fn groups(versions: ValueVersions<'_, '_>, policies: &Policies) -> Option<ChildLabels> {
    let sides = versions.children();
    let listed = sides.map(|groups| {
        let listed = groups.iter().map(|group| listed_in(group, policies));
        listed.collect::<Vec<_>>()
    });
    let scripts = listed.each_ref().map(|groups| {
        groups
            .iter()
            .flatten()
            .filter_map(|(_, script)| script.clone())
            .collect()
    });
    let once = listed_once(scripts);
    let mut classes = Classes::new(sides.map(<[ValueTree]>::len));
    let mut first: HashMap<Key, usize> = HashMap::default();
    for (side, groups) in listed.iter().enumerate() {
        for (index, handlers) in groups.iter().enumerate() {
            let group = classes.member(side, index);
            let whole = std::iter::once(Key::Group(sides[side][index].id));
            let keys = handlers.iter().map(|(id, script)| {
                match script.as_ref().filter(|script| once.contains(script)) {
                    Some(script) => Key::Script(script.clone()),
                    None => Key::Handler(*id),
                }
            });
            for key in whole.chain(keys) {
                let other = *first.entry(key).or_insert(group);
                classes.unite(group, other);
            }
        }
    }
    // Find the pairs of both sides before uniting any, so that the order of the sides doesn't
    // matter.
    let left = [1, 2].map(|side| left_for_one_matcher(&mut classes, sides[0], sides[side], side));
    for (base, other) in left.into_iter().flatten() {
        classes.unite(base, other);
    }
    let [base, here, other] = [0, 1, 2].map(|side| classes.labels(side));
    for side in [&base, &here, &other] {
        if side.iter().collect::<HashSet<_>>().len() < side.len() {
            return None;
        }
    }
    Some(labels(base, here, other))
}

/// Returns the handlers of a group, with the scripts that they run.
fn listed_in(group: &ValueTree<'_>, policies: &Policies) -> Vec<(Id, Option<RelPath>)> {
    let mut listed = Vec::new();
    for handler in group
        .property("hooks")
        .map_or(&[][..], |list| list.children.as_slice())
    {
        listed.push((handler.id, script(handler, policies)));
    }
    listed
}

#[derive(PartialEq, Eq, Hash)]
enum Key {
    Group(Id),
    Script(RelPath),
    Handler(Id),
}

/// Pairs groups of base and of a side that aren't paired yet and are each the only one left for
/// their matcher.
fn left_for_one_matcher(
    classes: &mut Classes,
    base: &[ValueTree<'_>],
    groups: &[ValueTree<'_>],
    side: usize,
) -> Vec<(usize, usize)> {
    let taken = [0, side].map(|side| classes.labels(side).into_iter().collect::<HashSet<_>>());
    let mut left = |side: usize, groups: &[ValueTree<'_>], taken: &HashSet<usize>| {
        let mut by_matcher: HashMap<Option<Id>, Vec<usize>> = HashMap::default();
        for (index, group) in groups.iter().enumerate() {
            let member = classes.member(side, index);
            if !taken.contains(&classes.root(member)) {
                by_matcher
                    .entry(group.property("matcher").map(|matcher| matcher.id))
                    .or_default()
                    .push(member);
            }
        }
        by_matcher
    };
    let left_in_base = left(0, base, &taken[1]);
    let left_in_side = left(side, groups, &taken[0]);
    let pairs = left_in_base.iter().filter_map(|(matcher, base)| {
        match (base.as_slice(), left_in_side.get(matcher)?.as_slice()) {
            ([base], [other]) => Some((*base, *other)),
            _ => None,
        }
    });
    pairs.collect()
}

/// Which groups of the three versions are the same group, as a union-find structure.
struct Classes {
    starts: [usize; 3],
    lengths: [usize; 3],
    parents: Vec<usize>,
}

impl Classes {
    fn new(lengths: [usize; 3]) -> Self {
        let starts = [0, lengths[0], lengths[0] + lengths[1]];
        Self {
            starts,
            lengths,
            parents: (0..lengths.iter().sum()).collect(),
        }
    }

    fn member(&self, side: usize, index: usize) -> usize {
        self.starts[side] + index
    }

    fn root(&mut self, mut member: usize) -> usize {
        while self.parents[member] != member {
            self.parents[member] = self.parents[self.parents[member]];
            member = self.parents[member];
        }
        member
    }

    fn unite(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other)] = one.min(other);
    }

    fn labels(&mut self, side: usize) -> Vec<usize> {
        (0..self.lengths[side])
            .map(|index| self.root(self.starts[side] + index))
            .collect()
    }
}
