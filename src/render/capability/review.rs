//! What is new, changed or taken away between what was approved and what a tree has now.

use std::collections::{BTreeMap, BTreeSet};

use super::{Capability, Kind};
use crate::model::digest::Digest;
use crate::model::lock::Approvals;

/// What became of a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nothing of this name was approved.
    New,
    /// Something else of this name was approved.
    Changed,
    /// It held something back, and goes.
    Lost,
}

impl Fate {
    /// Returns its word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Lost => "taken away",
        }
    }
}

/// Something that nobody has approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What became of it.
    pub fate: Fate,
    /// What it is now; of what is taken away, what it was.
    pub capability: Capability,
    /// What stood there before under its name, if there is one such thing.
    pub before: Option<Capability>,
}

/// Everything that nobody has approved, in the order of its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// One after the other.
    pub items: Vec<Item>,
}

/// How many digits a code has: 64 bits, since who writes a script could search for one that has a given short code.
const DIGITS: usize = 16;

impl Review {
    /// Returns whether there is nothing to approve.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns what approves exactly this: hexadecimal digits of the digest over all items.
    pub fn code(&self) -> String {
        let line = |item: &Item| {
            let Item { fate, capability, .. } = item;
            let template = capability.template.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {} {} {}\n", fate.as_str(), capability.digest.hex(), template, capability.id())
        };
        let mut lines: Vec<String> = self.items.iter().map(line).collect();
        lines.sort();
        Digest::of(lines.concat().as_bytes()).hex()[..DIGITS].to_owned()
    }

    /// Keeps the items that `keep` says.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&Item) -> bool) -> Self {
        Self { items: self.items.iter().filter(|item| keep(item)).cloned().collect() }
    }
}

/// Returns what of `now` nobody has approved, and what of `base`, which is installed, held something back and goes.
pub fn review(approved: &Approvals, base: &[Capability], now: &[Capability]) -> Review {
    let digests = |capability: &Capability| {
        let of_template = capability.template.as_ref().and_then(|template| approved.get(template));
        of_template.and_then(|of_template| of_template.get(&capability.id()))
    };
    let named = |one: &Capability, all: &[Capability]| {
        let same = |other: &&Capability| other.id() == one.id() && other.template == one.template;
        let mut found = all.iter().filter(same);
        found.next().cloned().filter(|_| found.next().is_none())
    };
    let mut items = Vec::new();
    for capability in now.iter().filter(|capability| !capability.kind.only_guards()) {
        let known = digests(capability);
        if known.is_none_or(|known| !known.contains(&capability.digest)) {
            let before = named(capability, base);
            let fate = if known.is_some() && before.is_some() { Fate::Changed } else { Fate::New };
            items.push(Item { fate, capability: capability.clone(), before: before.filter(|_| fate == Fate::Changed) });
        }
    }
    // A hook that changed is shown as that; what it held back before, it may not any more.
    let still: BTreeSet<(String, Option<Digest>)> = now.iter().map(guarding).collect();
    // Nor is a limit whose setting is shown as one that widens.
    let is_shown = |limit: &Capability| {
        let same = |one: &&Capability| one.kind == Kind::Setting && one.name == limit.name && one.path == limit.path;
        limit.kind == Kind::Limit && now.iter().any(|one| same(&one) && one.template == limit.template)
    };
    let is_lost = |one: &&Capability| one.guards && !still.contains(&guarding(one)) && !is_shown(one);
    for capability in base.iter().filter(is_lost) {
        items.push(Item { fate: Fate::Lost, capability: capability.clone(), before: None });
    }
    Review { items }
}

/// Returns what has to be there still for something to be held back: a hook or a setting by its name, since a change of it is
/// approved by itself; a rule by what it says.
fn guarding(capability: &Capability) -> (String, Option<Digest>) {
    let by_name = matches!(capability.kind, Kind::Hook | Kind::Setting);
    (capability.id(), (!by_name).then_some(capability.digest))
}

/// Returns what the lock remembers once everything in `now` is approved.
pub fn approvals(now: &[Capability]) -> Approvals {
    let mut all: Approvals = BTreeMap::new();
    for capability in now.iter().filter(|capability| !capability.kind.only_guards()) {
        if let Some(template) = &capability.template {
            let digests = all.entry(template.clone()).or_default().entry(capability.id()).or_default();
            digests.insert(capability.digest);
        }
    }
    all
}
