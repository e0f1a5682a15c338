//! What a change of a template's source does to what an agent may run, reach or do without asking.
//!
//! It is told with sample answers, flags turned and every choice: what waits for a certain text
//! shows in the change itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::model::capability::CapabilityKind;
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::upstream::Upstream;
use crate::render::capability::{Capability, CapabilityTree, capabilities, test_programs};
use crate::render::check::{composed, composed_as, variations};

/// What becomes of something that can execute, widen or hold back.
#[derive(Clone, Debug)]
pub struct Effect {
    /// What became of it.
    pub fate: EffectChange,
    /// What it is now; of what is gone, what it was.
    pub capability: Capability,
    /// What it says and what its scripts do, each as a unified diff.
    pub diffs: Vec<String>,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectChange {
    /// It wasn't there.
    New,
    /// It was there, and said or ran something else.
    Changed,
    /// It is there no more.
    Gone,
}

impl EffectChange {
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
            EffectChange::New | EffectChange::Changed => !self.capability.kind.only_guards(),
            EffectChange::Gone => self.capability.guards,
        }
    }

    /// Returns whether it is only a script that says something else: whoever had it has it still.
    pub fn only_edits(&self) -> bool {
        let is_script = matches!(
            self.capability.kind,
            CapabilityKind::Hook
                | CapabilityKind::Command
                | CapabilityKind::Inline
                | CapabilityKind::File
        );
        self.fate == EffectChange::Changed && is_script
    }

    /// Returns what it is in one line: "changed hook: PreToolUse hooks/guard.sh".
    pub fn line(&self) -> String {
        let Self {
            fate, capability, ..
        } = self;
        let loose = capability.remarks();
        format!("{} {}: {capability}{loose}", fate.as_str(), capability.kind)
    }
}

/// Returns what `after` lets an agent do otherwise than `before`, each once; everything that it
/// lets an agent do where there is no `before`.
///
/// # Errors
/// When one of them doesn't render with sample answers.
pub fn effects(before: Option<&Source>, after: &Source) -> Result<Vec<Effect>> {
    let was = before.map_or(Ok(Upstream::default()), composed)?;
    let mut effects: Vec<Effect> = between(&was, &composed(after)?);
    for variation in variations(after) {
        let was = before.map_or(Ok(Upstream::default()), |before| {
            composed_as(before, &variation)
        });
        // What doesn't render with these answers didn't before, or installs for nobody who has
        // them.
        let (Ok(before), Ok(after)) = (was, composed_as(after, &variation)) else {
            continue;
        };
        for effect in between(&before, &after) {
            let is_it =
                |one: &Effect| one.fate == effect.fate && one.capability == effect.capability;
            if !effects.iter().any(is_it) {
                effects.push(effect);
            }
        }
    }
    effects.sort_by_key(|effect| (effect.fate, effect.capability.kind));
    Ok(effects)
}

/// Returns what the tests of `after` run otherwise than those of `before`.
pub fn test_effects(before: Option<&Source>, after: &Source) -> Vec<Effect> {
    let was = before.map(test_programs).unwrap_or_default();
    let nothing = Upstream::default();
    compared(&was, &test_programs(after), &nothing, &nothing)
}

fn between(before: &Upstream, after: &Upstream) -> Vec<Effect> {
    let (was, is) = (
        capabilities(&CapabilityTree::of(before)),
        capabilities(&CapabilityTree::of(after)),
    );
    compared(&was, &is, before, after)
}

/// Compares what there was with what there is; `before` and `after` have the files that it runs.
fn compared(
    was: &[Capability],
    is: &[Capability],
    before: &Upstream,
    after: &Upstream,
) -> Vec<Effect> {
    let (mut was, mut is) = (by_name(was), by_name(is));
    let names: BTreeSet<String> = was.keys().chain(is.keys()).cloned().collect();
    let mut effects = Vec::new();
    for name in names {
        let (old, new) = (
            was.remove(&name).unwrap_or_default(),
            is.remove(&name).unwrap_or_default(),
        );
        let known: BTreeSet<Digest> = old.iter().map(|one| one.digest).collect();
        let still: BTreeSet<Digest> = new.iter().map(|one| one.digest).collect();
        let mut old = old.into_iter().filter(|one| !still.contains(&one.digest));
        for capability in new.into_iter().filter(|one| !known.contains(&one.digest)) {
            let earlier = old.next();
            let fate = if earlier.is_some() {
                EffectChange::Changed
            } else {
                EffectChange::New
            };
            let diffs = capability.diffs(earlier, |path| bytes(before, path), after);
            effects.push(Effect {
                fate,
                capability: capability.clone(),
                diffs,
            });
        }
        effects.extend(old.map(|one| Effect {
            fate: EffectChange::Gone,
            capability: one.clone(),
            diffs: Vec::new(),
        }));
    }
    effects
}

fn by_name(all: &[Capability]) -> BTreeMap<String, Vec<&Capability>> {
    let mut by_name = BTreeMap::<String, Vec<&Capability>>::new();
    for capability in all {
        by_name.entry(capability.id()).or_default().push(capability);
    }
    by_name
}

fn bytes<'a>(upstream: &'a Upstream, path: &RelPath) -> Option<&'a [u8]> {
    let whole = upstream.files.get(path)?.as_whole()?;
    Some(&whole.file.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::samples::tree;

    fn source(rest: &str, files: &[(&'static str, &str)]) -> Source {
        let about = "[template]\nname = \"x\"\nversion = \"1.0.0\"\ndescription = \"d\"\n";
        let questions = "[questions.strict]\nask = \"?\"\nkind = \"bool\"\ndefault = \
                         false\n[questions.level]\nask = \"?\"\nkind = \"choice\"\nchoices = \
                         [\"low\", \"high\"]\ndefault = \"low\"\n";
        let manifest = format!("{about}{questions}{rest}");
        Source::of(
            "x",
            tree(&[&[("template.toml", manifest.as_str())], files].concat()),
        )
        .unwrap()
    }

    #[track_caller]
    fn check(rest: &str, files: &[(&'static str, &str)], expected: &[(&str, bool)]) {
        let rule = "[permissions]\nallow = [\"Bash(ls)\"]\ndeny = [\"Read(.env)\"]\n";
        let found = effects(Some(&source(rule, &[])), &source(rest, files)).unwrap();
        let said: Vec<(String, bool)> = found
            .iter()
            .map(|effect| (effect.line(), effect.widens()))
            .collect();
        let said: Vec<(&str, bool)> = said
            .iter()
            .map(|(line, widens)| (line.as_str(), *widens))
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn what_comes_widens_and_so_does_a_guard_that_goes() {
        let rule = "[permissions]\nallow = [\"Bash(ls)\"]\ndeny = [\"Read(.env)\"]\n";
        check(rule, &[], &[]);
        check(rule, &[("rules/a.md", "a\n")], &[]);
        check(
            "[permissions]\ndeny = [\"Read(.env)\"]\n",
            &[],
            &[("gone allow: Bash(ls)", false)],
        );
        check(
            "[permissions]\nallow = [\"Bash(ls)\"]\n",
            &[],
            &[("gone deny: Read(.env)", true)],
        );
        let more = "[permissions]\nallow = [\"Bash(ls)\", \"Bash(rm)\"]\ndeny = [\"Read(.env)\", \
                    \"Read(.key)\"]\n";
        check(
            more,
            &[],
            &[
                ("new allow: Bash(rm)", true),
                ("new deny: Read(.key)", false),
            ],
        );
    }

    #[test]
    fn what_only_a_flag_or_a_choice_brings_is_seen() {
        let rule = "[permissions]\nallow = [\"Bash(ls)\"]\ndeny = [\"Read(.env)\"]\n";
        for when in ["strict", "level == 'high'"] {
            let hidden = format!(
                "{rule}[[hooks]]\nid = \"a\"\nevent = \"before-tool\"\nrun = \
                 \"hooks/a.sh\"\n[files.\"hooks/a.sh\"]\nwhen = \"{when}\"\n"
            );
            let script = [("hooks/a.sh", "#!/bin/sh\n")];
            check(
                &hidden,
                &script,
                &[("new hook: PreToolUse .claude/hooks/x/a.sh", true)],
            );
        }
    }

    #[test]
    fn all_that_a_first_release_brings_is_new() {
        let rule = "[permissions]\nallow = [\"Bash(ls)\"]\n";
        let found = effects(None, &source(rule, &[])).unwrap();
        let lines: Vec<String> = found.iter().map(Effect::line).collect();
        assert_eq!(lines, ["new allow: Bash(ls)"]);
    }

    #[test]
    fn what_tests_run_is_compared_by_their_files() {
        let test = |program: &str| {
            let text = format!(
                "[[hooks.a.cases]]\nwhy = \"x\"\nexit = 0\nprograms = {{ gh = \"{program}\" }}\n"
            );
            source("", &[("tests/a.toml", text.as_str())])
        };
        let lines = |before: Option<&Source>, after: &Source| -> Vec<String> {
            let effects = test_effects(before, after);
            effects.iter().map(Effect::line).collect()
        };
        let (one, other) = (test("exit 0"), test("exit 1"));
        assert_eq!(lines(Some(&one), &one), [] as [&str; 0]);
        assert_eq!(
            lines(Some(&one), &other),
            ["changed test program: tests/a.toml"]
        );
        assert_eq!(lines(None, &one), ["new test program: tests/a.toml"]);
    }
}
