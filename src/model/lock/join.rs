//! A lock that git could not merge, rebuilt from both sides: two branches that both upgraded.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{BlocksRecord, KeysRecord, Lock, LockedRelease, Record, WholeRecord};
use crate::error::Result;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;

impl Lock {
    /// Returns the lock of a text that git left its markers in: of each template the newer release,
    /// with what that side remembers of it. `None` where there are no markers.
    ///
    /// # Errors
    /// Where a side isn't a lock.
    pub fn rejoined(text: &str) -> Result<Option<Self>> {
        let Some([ours, theirs]) = sides(text) else {
            return Ok(None);
        };
        Ok(Some(Self::parse(&ours)?.joined(Self::parse(&theirs)?)))
    }

    fn joined(self, theirs: Self) -> Self {
        let newer = Newer::of(&self.inputs.releases, &theirs.inputs.releases);
        let mut inputs = theirs.inputs;
        inputs.renderer = inputs.renderer.max(self.inputs.renderer);
        inputs.answers.extend(self.inputs.answers);
        inputs.agents = self.inputs.agents;
        inputs.facts = self.inputs.facts;
        inputs.releases.extend(
            self.inputs
                .releases
                .into_iter()
                .filter(|(name, _)| newer.is_ours(name)),
        );
        let mut files: BTreeMap<RelPath, Record> = BTreeMap::new();
        let mut others = theirs.files;
        for (path, ours) in self.files {
            let record = match others.remove(&path) {
                None => ours,
                Some(theirs) => newer.record(ours, theirs),
            };
            files.insert(path, record);
        }
        files.extend(others);
        let mut hooks = theirs.hooks;
        hooks.retain(|hook, _| !newer.is_ours(&hook.template));
        hooks.extend(
            self.hooks
                .into_iter()
                .filter(|(hook, _)| newer.is_ours(&hook.template)),
        );
        let mut conflicts = theirs.conflicts;
        conflicts.extend(self.conflicts);
        // What each side's team approved is for its release.
        let approvals = newer.each(self.approvals, theirs.approvals);
        let in_review = newer.each(self.in_review, theirs.in_review);
        let mut proposals = theirs.proposals;
        proposals.extend(self.proposals);
        Self {
            inputs,
            files,
            hooks,
            conflicts,
            approvals,
            in_review,
            proposals,
        }
    }
}

/// Returns whether a text has two whole sides between git's markers.
pub(super) fn has_sides(text: &str) -> bool {
    sides(text).is_some()
}

/// How new the releases of our side are beside those of the other, by template.
struct Newer(BTreeMap<TemplateName, Ordering>);

impl Newer {
    fn of(
        ours: &BTreeMap<TemplateName, LockedRelease>,
        theirs: &BTreeMap<TemplateName, LockedRelease>,
    ) -> Self {
        let mut newer = BTreeMap::new();
        for name in ours.keys().chain(theirs.keys()) {
            let our_version = ours.get(name).map(|release| &release.version);
            let their_version = theirs.get(name).map(|release| &release.version);
            newer.insert(name.clone(), our_version.cmp(&their_version));
        }
        Self(newer)
    }

    fn is_ours(&self, name: &TemplateName) -> bool {
        self.0.get(name).is_none_or(|order| order.is_ge())
    }

    fn are_one(&self, name: &TemplateName) -> bool {
        self.0.get(name).is_none_or(|order| order.is_eq())
    }

    fn record(&self, ours: Record, theirs: Record) -> Record {
        match (ours, theirs) {
            // What one side deleted on purpose, the other has only brought up to date.
            (Record::Whole(ours), Record::Whole(theirs)) if self.are_one(&ours.origin.template) => {
                let deleted = ours.deleted || theirs.deleted;
                Record::Whole(WholeRecord { deleted, ..ours })
            }
            (Record::Whole(ours), Record::Whole(theirs)) => {
                Record::Whole(if self.is_ours(&ours.origin.template) {
                    ours
                } else {
                    theirs
                })
            }
            (Record::Blocks(ours), Record::Blocks(theirs)) => Record::Blocks(BlocksRecord {
                created: ours.created && theirs.created,
                blocks: self.each_of(ours.blocks, theirs.blocks, |name| &name.template),
            }),
            (Record::Keys(ours), Record::Keys(theirs)) => Record::Keys(KeysRecord {
                created: ours.created && theirs.created,
                parts: self.each(ours.parts, theirs.parts),
                adopted: self.each(ours.adopted, theirs.adopted),
                replaced: theirs.replaced.into_iter().chain(ours.replaced).collect(),
            }),
            (ours, _) => ours,
        }
    }

    /// Takes what each template has from the side that has its release.
    fn each<T>(
        &self,
        ours: BTreeMap<TemplateName, T>,
        theirs: BTreeMap<TemplateName, T>,
    ) -> BTreeMap<TemplateName, T> {
        self.each_of(ours, theirs, |owner| owner)
    }

    /// As [`Newer::each`], for keys that have the template in them.
    fn each_of<K: Ord, T>(
        &self,
        ours: BTreeMap<K, T>,
        theirs: BTreeMap<K, T>,
        template: impl Fn(&K) -> &TemplateName,
    ) -> BTreeMap<K, T> {
        let mut each = BTreeMap::new();
        for (key, value) in theirs {
            if !self.is_ours(template(&key)) || !ours.contains_key(&key) {
                each.insert(key, value);
            }
        }
        for (key, value) in ours {
            if self.is_ours(template(&key)) {
                each.insert(key, value);
            }
        }
        each
    }
}

/// Returns the two sides of a text with git's markers, with or without what both started from.
fn sides(text: &str) -> Option<[String; 2]> {
    #[derive(Clone, Copy, PartialEq)]
    enum In {
        Both,
        Ours,
        Base,
        Theirs,
    }
    let mut sides = [String::new(), String::new()];
    let (mut at, mut any) = (In::Both, false);
    for line in text.split_inclusive('\n') {
        at = match (at, line.get(..7)) {
            (In::Both, Some("<<<<<<<")) => In::Ours,
            (In::Ours, Some("|||||||")) => In::Base,
            (In::Ours | In::Base, Some("=======")) => In::Theirs,
            (In::Theirs, Some(">>>>>>>")) => In::Both,
            _ => {
                if matches!(at, In::Both | In::Ours) {
                    sides[0].push_str(line);
                }
                if matches!(at, In::Both | In::Theirs) {
                    sides[1].push_str(line);
                }
                continue;
            }
        };
        any = true;
    }
    (any && at == In::Both).then_some(sides)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(versions: &[(&str, &str)]) -> Lock {
        let mut text = String::from(
            "format = 1\nrenderer = 1\nagents = [\"claude\"]\n\n[facts]\nroot = \
             \"CLAUDE.md\"\n\n[releases]\n",
        );
        let digest = |seed: &str| crate::model::digest::Digest::of(seed.as_bytes()).to_string();
        for (name, version) in versions {
            let (tree, artifact) = (digest(version), digest(name));
            text += &format!(
                "{name} = {{ version = \"{version}\", registry = \"default\", tree = \"{tree}\", \
                 artifact = \"{artifact}\" }}\n"
            );
        }
        text += "\n[files]\n";
        for (name, version) in versions {
            let digest = digest(&format!("{name} {version}"));
            text += &format!(
                "\".claude/rules/{name}/a.md\" = {{ template = \"{name}\", source = \
                 \"rules/a.md\", digest = \"{digest}\", blob = \"{version}\" }}\n"
            );
        }
        Lock::parse(&text).unwrap()
    }

    #[test]
    fn of_each_template_the_newer_release_counts() {
        let ours = lock(&[("a", "1.1.0"), ("b", "1.0.0"), ("c", "1.0.0")]);
        let theirs = lock(&[("a", "1.0.0"), ("b", "2.0.0"), ("d", "1.0.0")]);
        let expected = lock(&[
            ("a", "1.1.0"),
            ("b", "2.0.0"),
            ("c", "1.0.0"),
            ("d", "1.0.0"),
        ]);
        let conflicted = |ours: &Lock, theirs: &Lock| {
            format!(
                "<<<<<<< HEAD\n{}||||||| base\nx\n=======\n{}>>>>>>> branch\n",
                ours.to_text(),
                theirs.to_text()
            )
        };
        for text in [conflicted(&ours, &theirs), conflicted(&theirs, &ours)] {
            assert_eq!(Lock::rejoined(&text).unwrap(), Some(expected.clone()));
        }
    }

    #[test]
    fn a_lock_without_markers_is_none_and_one_that_was_cut_is_no_lock() {
        assert_eq!(
            Lock::rejoined(&lock(&[("a", "1.0.0")]).to_text()).unwrap(),
            None
        );
        assert_eq!(Lock::rejoined("<<<<<<< HEAD\nformat = 1\n").unwrap(), None);
        assert!(Lock::rejoined("<<<<<<< HEAD\nformat = 1\n=======\n>>>>>>> x\n").is_err());
    }
}
