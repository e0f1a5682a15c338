//! What a change of a template's source does to what an agent may run, reach or do without asking.
//!
//! It is told with sample answers: what only other answers bring shows in the change itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::upstream::{Content, Upstream};
use crate::render::capability::{Capability, Kind, Tree, capabilities};
use crate::render::check::composed;
use crate::render::source::Source;

/// What becomes of something that can execute, widen or hold back.
#[derive(Clone, Debug)]
pub struct Effect {
    /// What became of it.
    pub fate: Fate,
    /// What it is now; of what is gone, what it was.
    pub capability: Capability,
    /// What it says and what its scripts do, each as a unified diff.
    pub diffs: Vec<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It wasn't there.
    New,
    /// It was there, and said or ran something else.
    Changed,
    /// It is there no more.
    Gone,
}

impl Fate {
    /// Returns its word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Changed => "changed",
            Self::Gone => "gone",
        }
    }
}

impl Effect {
    /// Returns whether more may happen than before, without being asked or held back.
    pub fn widens(&self) -> bool {
        match self.fate {
            Fate::New | Fate::Changed => !self.capability.kind.only_guards(),
            Fate::Gone => self.capability.guards,
        }
    }

    /// Returns whether it is only a script that says something else: whoever had it has it still.
    pub fn only_edits(&self) -> bool {
        let is_script = matches!(self.capability.kind, Kind::Hook | Kind::Command | Kind::Inline | Kind::File);
        self.fate == Fate::Changed && is_script
    }

    /// Returns what it is in one line: "changed hook: PreToolUse hooks/guard.sh".
    pub fn line(&self) -> String {
        let Self { fate, capability, .. } = self;
        let loose = capability.unpinned.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{} {}: {capability}{loose}", fate.as_str(), capability.kind)
    }
}

/// Returns what `after` lets an agent do otherwise than `before`, with sample answers.
///
/// # Errors
/// When one of them doesn't render.
pub fn effects(before: &Source, after: &Source) -> Result<Vec<Effect>> {
    let (before, after) = (composed(before)?, composed(after)?);
    let (was, is) = (capabilities(&Tree::of(&before)), capabilities(&Tree::of(&after)));
    let (mut was, mut is) = (by_name(&was), by_name(&is));
    let names: BTreeSet<String> = was.keys().chain(is.keys()).cloned().collect();
    let mut effects = Vec::new();
    for name in names {
        let (old, new) = (was.remove(&name).unwrap_or_default(), is.remove(&name).unwrap_or_default());
        let digests = |all: &[&Capability]| all.iter().map(|one| one.digest).collect::<BTreeSet<Digest>>();
        let (known, still) = (digests(&old), digests(&new));
        let mut old = old.into_iter().filter(|one| !still.contains(&one.digest));
        for capability in new.into_iter().filter(|one| !known.contains(&one.digest)) {
            let earlier = old.next();
            let fate = if earlier.is_some() { Fate::Changed } else { Fate::New };
            let diffs = capability.diffs(earlier, |path| bytes(&before, path), &after);
            effects.push(Effect { fate, capability: capability.clone(), diffs });
        }
        effects.extend(old.map(|one| Effect { fate: Fate::Gone, capability: one.clone(), diffs: Vec::new() }));
    }
    effects.sort_by(|one, other| (one.fate, one.capability.kind).cmp(&(other.fate, other.capability.kind)));
    Ok(effects)
}

fn by_name(all: &[Capability]) -> BTreeMap<String, Vec<&Capability>> {
    let mut by_name = BTreeMap::<String, Vec<&Capability>>::new();
    for capability in all {
        by_name.entry(capability.id()).or_default().push(capability);
    }
    by_name
}

fn bytes<'a>(upstream: &'a Upstream, path: &RelPath) -> Option<&'a [u8]> {
    match upstream.files.get(path) {
        Some(Content::Whole(whole)) => Some(&whole.file.bytes),
        _ => None,
    }
}
