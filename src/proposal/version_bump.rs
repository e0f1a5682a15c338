//! Which version a template's next release should have.
//!
//! What a team that upgrades would lose or be asked is a major step, what it gets is a minor one
//! (semver.org); text or a script that says something else is a fix. Before 1.0 the first digit
//! that isn't zero is the major one, as requirements have it.

use std::collections::BTreeSet;

use super::effect::Effect;
use super::{ACCEPTED, CHANGELOG};
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::template::{Hook, TEMPLATE_TOML, rendered_name};
use crate::model::version::Version;

/// A version to release next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub version: Version,
    /// How far it is from the newest one.
    pub step: VersionStep,
    /// Why it can't be less: "a new hook `guard`".
    pub why: String,
    pub newest: Version,
}

/// How far a release is from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VersionStep {
    /// Nothing comes or goes.
    Patch,
    /// Something comes.
    Minor,
    /// Something goes, or has to be answered.
    Major,
}

impl VersionStep {
    /// Returns its word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Patch => "patch",
            Self::Minor => "minor",
            Self::Major => "major",
        }
    }

    /// Returns the version that is this far from `newest`.
    fn after(self, newest: &Version) -> Version {
        let Version {
            major,
            minor,
            patch,
            ..
        } = *newest;
        if !newest.pre.is_empty() {
            return Version::new(major, minor, patch);
        }
        match (self, major, minor) {
            (Self::Major, 0, 0) => Version::new(0, 0, patch + 1),
            (Self::Major, 0, _) => Version::new(0, minor + 1, 0),
            (Self::Major, ..) => Version::new(major + 1, 0, 0),
            (Self::Minor, 1.., _) => Version::new(major, minor + 1, 0),
            (Self::Minor | Self::Patch, ..) => Version::new(major, minor, patch + 1),
        }
    }
}

/// Returns the version that `after` should be released as, where `before` is the newest and
/// `effects` is what becomes of what may run.
pub fn fitting(before: &Source, after: &Source, effects: &[Effect]) -> Next {
    let mut reasons = reasons(before, after, effects);
    // The first reason of the highest step.
    reasons.sort_by_key(|(step, _)| std::cmp::Reverse(*step));
    let (step, why) = reasons
        .into_iter()
        .next()
        .unwrap_or((VersionStep::Patch, "nothing comes or goes".to_owned()));
    let newest = before.manifest.template.version.clone();
    Next {
        version: step.after(&newest),
        step,
        why,
        newest,
    }
}

fn reasons(before: &Source, after: &Source, effects: &[Effect]) -> Vec<(VersionStep, String)> {
    let mut reasons = files(before, after);
    let (was, is) = (&before.manifest, &after.manifest);
    for key in was
        .questions
        .keys()
        .filter(|key| !is.questions.contains_key(*key))
    {
        reasons.push((VersionStep::Major, format!("the question `{key}` is gone")));
    }
    for (key, question) in &is.questions {
        match was.questions.get(key) {
            Some(old) if old.kind != question.kind => {
                reasons.push((
                    VersionStep::Major,
                    format!("the question `{key}` takes another kind of answer"),
                ));
            }
            Some(_) => {}
            None if question.default.is_some() => {
                reasons.push((VersionStep::Minor, format!("a new question `{key}`")))
            }
            None => reasons.push((
                VersionStep::Major,
                format!("a new question `{key}` without a default"),
            )),
        }
    }
    for hook in hooks_missing_in(&is.hooks, &was.hooks) {
        reasons.push((
            VersionStep::Major,
            format!("the hook `{}` is gone", hook.id),
        ));
    }
    for hook in hooks_missing_in(&was.hooks, &is.hooks) {
        reasons.push((VersionStep::Minor, format!("a new hook `{}`", hook.id)));
    }
    let wider = effects
        .iter()
        .filter(|effect| effect.widens() && !effect.only_edits());
    reasons.extend(wider.map(|effect| (VersionStep::Minor, effect.line())));
    reasons
}

fn hooks_missing_in<'a>(others: &[Hook], hooks: &'a [Hook]) -> impl Iterator<Item = &'a Hook> {
    hooks
        .iter()
        .filter(|hook| others.iter().all(|other| other.id != hook.id))
}

/// Returns what files that teams have came or went.
fn files(before: &Source, after: &Source) -> Vec<(VersionStep, String)> {
    let (was, is) = (given(before), given(after));
    let renamed: BTreeSet<&str> = after.manifest.renames.keys().map(RelPath::as_str).collect();
    let gone = was.difference(&is).filter(|path| !renamed.contains(*path));
    let gone = gone.map(|path| (VersionStep::Major, format!("`{path}` is gone")));
    let new = is.difference(&was).map(|path| match renamed.is_empty() {
        true => (VersionStep::Minor, format!("a new file `{path}`")),
        false => (VersionStep::Minor, format!("`{path}` is new or renamed")),
    });
    gone.chain(new).collect()
}

/// Returns the files that a repo gets, as they are called there.
fn given(source: &Source) -> BTreeSet<&str> {
    let paths = source.tree.keys().filter(|path| !is_templates_own(path));
    paths.map(rendered_name).collect()
}

fn is_templates_own(path: &RelPath) -> bool {
    let folder = path.components().next().unwrap_or_default();
    [TEMPLATE_TOML, CHANGELOG, "README.md"].contains(&path.as_str())
        || [ACCEPTED, "tests"].contains(&folder)
        || path.as_str().starts_with("LICENSE")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::effect::effects;
    use crate::proposal::samples::tree;

    fn source(version: &str, rest: &str, files: &[(&'static str, &str)]) -> Source {
        let manifest = format!(
            "[template]\nname = \"x\"\nversion = \"{version}\"\ndescription = \"d\"\n{rest}"
        );
        let mut all = vec![("template.toml", manifest.as_str())];
        all.extend(files);
        Source::of("x", tree(&all)).unwrap()
    }

    #[track_caller]
    fn check(after: &Source, version: &str, why: &str) {
        let hook = "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/guard.sh\"\n";
        let before = source(
            "1.2.3",
            hook,
            &[("hooks/guard.sh", "#!/bin/sh\n"), ("rules/a.md", "a\n")],
        );
        let next = fitting(&before, after, &effects(Some(&before), after).unwrap());
        assert_eq!(
            (next.version.to_string().as_str(), next.why.as_str()),
            (version, why)
        );
    }

    #[test]
    fn a_version_says_what_comes_and_goes() {
        let hook = "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/guard.sh\"\n";
        let with = |rest: &str, files: &[(&'static str, &str)]| {
            let all = [
                &[("hooks/guard.sh", "#!/bin/sh\n"), ("rules/a.md", "a\n")],
                files,
            ]
            .concat();
            source("1.2.3", &format!("{hook}{rest}"), &all)
        };
        check(
            &with("", &[("rules/a.md", "b\n")]),
            "1.2.4",
            "nothing comes or goes",
        );
        check(
            &with("", &[("hooks/guard.sh", "#!/bin/sh\nexit 0\n")]),
            "1.2.4",
            "nothing comes or goes",
        );
        check(
            &with("", &[("tests/default.toml", ""), ("accepted/x.diff", "")]),
            "1.2.4",
            "nothing comes or goes",
        );
        check(
            &with("", &[("rules/b.md", "b\n")]),
            "1.3.0",
            "a new file `rules/b.md`",
        );
        check(
            &with("[permissions]\nallow = [\"Bash(ls)\"]\n", &[]),
            "1.3.0",
            "new allow: Bash(ls)",
        );
        check(
            &with("[permissions]\ndeny = [\"Bash(ls)\"]\n", &[]),
            "1.2.4",
            "nothing comes or goes",
        );
        check(
            &with(
                "[questions.t]\nask = \"?\"\nkind = \"bool\"\ndefault = true\n",
                &[],
            ),
            "1.3.0",
            "a new question `t`",
        );
        let needs = "a new question `t` without a default";
        check(
            &with("[questions.t]\nask = \"?\"\nkind = \"bool\"\n", &[]),
            "2.0.0",
            needs,
        );
        let no_hook = source(
            "1.2.3",
            "",
            &[("hooks/guard.sh", "#!/bin/sh\n"), ("rules/a.md", "a\n")],
        );
        check(&no_hook, "2.0.0", "the hook `guard` is gone");
        check(
            &source("1.2.3", hook, &[("hooks/guard.sh", "#!/bin/sh\n")]),
            "2.0.0",
            "`rules/a.md` is gone",
        );
        let renames = "[renames]\n\"rules/a.md\" = \"rules/b.md\"\n";
        let renamed = source(
            "1.2.3",
            &format!("{hook}{renames}"),
            &[("hooks/guard.sh", "#!/bin/sh\n"), ("rules/b.md", "a\n")],
        );
        check(&renamed, "1.3.0", "`rules/b.md` is new or renamed");
    }

    #[test]
    fn before_the_first_stable_release_a_smaller_digit_counts() {
        let from =
            |step: VersionStep, newest: &str| step.after(&newest.parse().unwrap()).to_string();
        assert_eq!(from(VersionStep::Major, "0.3.1"), "0.4.0");
        assert_eq!(from(VersionStep::Minor, "0.3.1"), "0.3.2");
        assert_eq!(from(VersionStep::Major, "0.0.1"), "0.0.2");
        assert_eq!(from(VersionStep::Patch, "0.3.1"), "0.3.2");
        assert_eq!(from(VersionStep::Minor, "2.0.0-rc.1"), "2.0.0");
    }
}
