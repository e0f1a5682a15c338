//! What is new, changed or taken away between what was approved and what a tree has now.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{Capability, CapabilityKind};
use crate::model::digest::Digest;
use crate::model::lock::Approvals;
use crate::model::name::TemplateName;

/// What became of a capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CapabilityChange {
    /// Nothing of this name was approved.
    New,
    /// Something else of this name was approved.
    Changed,
    /// It held something back, and goes.
    Lost,
}

impl CapabilityChange {
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
pub struct Unapproved {
    /// What became of it.
    pub fate: CapabilityChange,
    /// What it is now; of what is taken away, what it was.
    pub capability: Capability,
    /// What stood there before under its name, if there is one such thing.
    pub before: Option<Capability>,
}

/// Everything that nobody has approved, in the order of its names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// One after the other.
    pub items: Vec<Unapproved>,
}

/// How many digits a code has: 64 bits, since who writes a script could search for one that has a
/// given short code.
const DIGITS: usize = 16;

impl Review {
    /// Returns whether there is nothing to approve.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Returns what approves exactly this: hexadecimal digits of the digest over all items.
    pub fn code(&self) -> String {
        let mut lines: Vec<String> = self.items.iter().map(Unapproved::line).collect();
        lines.sort();
        Digest::of(json!(lines).to_string().as_bytes()).hex()[..DIGITS].to_owned()
    }

    /// Keeps the items that `keep` says.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&Unapproved) -> bool) -> Self {
        Self {
            items: self
                .items
                .iter()
                .filter(|item| keep(item))
                .cloned()
                .collect(),
        }
    }
}

impl Unapproved {
    /// Returns what it adds to the code.
    fn line(&self) -> String {
        let capability = &self.capability;
        json!([
            self.fate.as_str(),
            capability.digest,
            capability.template,
            capability.id()
        ])
        .to_string()
    }
}

impl Capability {
    /// Returns whether somebody approved exactly this.
    pub fn is_approved(&self, approved: &Approvals) -> bool {
        self.digests_in(approved)
            .is_some_and(|digests| digests.contains(&self.digest))
    }

    /// Returns what of this name was approved, if anything.
    fn digests_in<'a>(&self, approved: &'a Approvals) -> Option<&'a BTreeSet<Digest>> {
        approved.get(self.template.as_ref()?)?.get(&self.id())
    }
}

/// Returns what of `now` nobody has approved, and what of `base`, which is installed, held
/// something back and goes.
pub fn review(approved: &Approvals, base: &[Capability], now: &[Capability]) -> Review {
    let (of_base, of_now) = (by_name(base), by_name(now));
    let mut items = Vec::new();
    for capability in now
        .iter()
        .filter(|capability| !capability.kind.only_guards())
    {
        let id = capability.id();
        if !capability.is_approved(approved) {
            let before = match of_base.get(&(&capability.template, id)).map(Vec::as_slice) {
                Some([before]) => Some((*before).clone()),
                _ => None,
            };
            let fate = if capability.digests_in(approved).is_some() {
                CapabilityChange::Changed
            } else {
                CapabilityChange::New
            };
            items.push(Unapproved {
                fate,
                capability: capability.clone(),
                before: before.filter(|_| fate == CapabilityChange::Changed),
            });
        }
    }
    let shown: BTreeSet<_> = items
        .iter()
        .map(|item| (item.capability.template.clone(), item.capability.id()))
        .collect();
    let still: BTreeSet<Digest> = now.iter().map(|capability| capability.digest).collect();
    for capability in base
        .iter()
        .filter(|capability| capability.guards && !still.contains(&capability.digest))
    {
        let name = (&capability.template, capability.id());
        let installed = of_base.get(&name).map_or(0, Vec::len);
        let left = of_now.get(&name).map_or(0, Vec::len);
        // What is shown as changed was not taken away, nor a limit whose setting is shown as one
        // that widens.
        let is_shown_itself = shown.contains(&(capability.template.clone(), capability.id()));
        let is_changed = is_shown_itself && left >= installed;
        let is_shown = capability.kind == CapabilityKind::Limit
            && now.iter().any(|one| {
                one.kind == CapabilityKind::Setting
                    && one.name == capability.name
                    && one.template == capability.template
                    && one.path == capability.path
            });
        if !is_changed && !is_shown {
            items.push(Unapproved {
                fate: CapabilityChange::Lost,
                capability: capability.clone(),
                before: None,
            });
        }
    }
    Review { items }
}

/// Capabilities by who brings them and what they are called.
type ByName<'a> = BTreeMap<(&'a Option<TemplateName>, String), Vec<&'a Capability>>;

fn by_name(all: &[Capability]) -> ByName<'_> {
    let mut by_name = ByName::new();
    for capability in all {
        by_name
            .entry((&capability.template, capability.id()))
            .or_default()
            .push(capability);
    }
    by_name
}

/// Returns what the lock remembers once everything in `now` is approved.
pub fn approvals(now: &[Capability]) -> Approvals {
    let mut all: Approvals = BTreeMap::new();
    for capability in now
        .iter()
        .filter(|capability| !capability.kind.only_guards())
    {
        if let Some(template) = &capability.template {
            let digests = all
                .entry(template.clone())
                .or_default()
                .entry(capability.id())
                .or_default();
            digests.insert(capability.digest);
        }
    }
    all
}
