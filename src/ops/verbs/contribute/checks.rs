//! What a proposal is checked for: that it is up to date, a template still, without secrets, and
//! that its tests pass.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::lint::{self, LintFinding, LintRule};
use crate::model::lock::LockedRelease;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::source::Source;
use crate::model::tree::{File, FileTree};
use crate::proposal::{Proposal, sources};
use crate::render::check;
use crate::words;

use crate::ops::steps::releases::Registries;
use crate::ops::steps::scenario_run;

use super::Tested;

/// Returns the newest release, or the installed one where that is the newest.
pub fn newest(
    registries: &Registries,
    template: &TemplateName,
    locked: &LockedRelease,
    installed: &Source,
) -> Result<Source> {
    let index = registries.index(&locked.registry, template)?;
    match index
        .as_ref()
        .and_then(|index| index.latest())
        .filter(|latest| latest.version > locked.version)
    {
        Some(latest) => registries.source(&locked.registry, template, latest),
        None => Ok(installed.clone()),
    }
}

/// Brings an edited source up to date with the newest release.
pub fn up_to_date(installed: &Source, edited: &FileTree, newest: &Source) -> Result<FileTree> {
    if installed.tree == newest.tree {
        return Ok(edited.clone());
    }
    let about = &newest.manifest.template;
    let merged = sources::merge(&installed.tree, edited, &newest.tree);
    merged.map_err(|clashes| {
        let error = Error::user(format!(
            "`{}` {} changed the same places as you",
            about.name, about.version
        ));
        let error = clashes.iter().fold(error, |error, clash| {
            error.detail(clash.describe("you", "the release"))
        });
        error
            .note("nothing was sent")
            .command(format!("agentpkg upgrade {}", about.name))
            .hint("then contribute again")
    })
}

/// Checks the template as it would be, and returns what `lint` finds in it and not in the release.
///
/// # Errors
/// When it would not be a template any more, or would hold a secret.
pub fn new_findings(
    newest: &Source,
    edited: &FileTree,
    proposal: &Proposal,
) -> Result<Vec<LintFinding>> {
    let name = proposal.template.as_str();
    let source = Source::of(name, edited.clone())?;
    check::check(&source).map_err(|error| error.note("nothing was sent"))?;
    let known: BTreeSet<(RelPath, LintRule, String)> = lint::source(newest)
        .into_iter()
        .map(|one| (one.place.path, one.rule, one.message))
        .collect();
    let mut findings = lint::source(&source);
    findings.extend(lint::secrets(&rel("the reasons"), &proposal.why));
    findings.retain(|one| match is_secret(one) {
        // Of a secret the message says the start alone: it is known if its line is.
        true => !has_line_of(&newest.tree, edited, one),
        false => !known.contains(&(one.place.path.clone(), one.rule, one.message.clone())),
    });
    let secrets: Vec<&LintFinding> = findings.iter().filter(|one| is_secret(one)).collect();
    if secrets.is_empty() {
        return Ok(findings);
    }
    let error = Error::user("what would leave the repository holds a secret");
    let error = secrets.iter().fold(error, |error, one| {
        let line = words::line_suffix(one.place.line());
        error.detail(format!("`{}`{line}: {}", one.place.path, one.message))
    });
    Err(error
        .note("nothing was sent")
        .hint("revoke it, take it out, and run the command again"))
}

fn is_secret(finding: &LintFinding) -> bool {
    matches!(finding.rule, LintRule::Secret | LintRule::SecretLikely)
}

/// Returns whether a release has the very line that something was found in.
fn has_line_of(release: &FileTree, edited: &FileTree, finding: &LintFinding) -> bool {
    let Some(line) = line_of(edited, finding) else {
        return false;
    };
    let text = release.get(&finding.place.path).and_then(File::text);
    text.is_some_and(|text| text.lines().any(|known| known == line))
}

fn line_of<'a>(tree: &'a FileTree, finding: &LintFinding) -> Option<&'a str> {
    let text = tree.get(&finding.place.path)?.text()?;
    text.lines().nth(finding.place.line()?.checked_sub(1)?)
}

/// Tries the template's tests as it would be, and tells what the newest release fails, too: that is
/// nobody's fault who proposes something.
pub fn tested(newest: &Source, edited: &FileTree) -> Result<Tested> {
    let mut tested = tried(edited)?;
    if !tested.failures.is_empty() {
        let before = tried(&newest.tree)?;
        let fails_already = |failure: &String| before.failures.contains(failure);
        tested.failed_before = tested
            .failures
            .extract_if(.., |one| fails_already(one))
            .count();
    }
    Ok(tested)
}

/// Tries a template's tests, but for its hooks: **nothing is executed that nobody here approved**,
/// and neither the scripts of a newer release are, nor what other answers than the repo's bring, nor
/// what tests bring.
fn tried(edited: &FileTree) -> Result<Tested> {
    let source = Source::of("the template", edited.clone())?;
    let mut tested = Tested::default();
    let scenarios = match scenario_run::scenarios(&source) {
        Ok(scenarios) => scenarios,
        Err(error) => {
            tested.failures.push(error.message().to_owned());
            return Ok(tested);
        }
    };
    for (path, mut scenario) in scenarios {
        tested.skips_hooks |= !scenario.hooks.is_empty();
        scenario.hooks.clear();
        tested.files += 1;
        match scenario_run::attempt(&source, &path, &scenario, None) {
            Ok(tried) => {
                let failures = tried.failures.iter();
                tested
                    .failures
                    .extend(failures.map(|failure| format!("`{path}`: {failure}")));
            }
            Err(error) => {
                let failure = format!("`{path}`: {}", error.message());
                tested.failures.push(failure);
            }
        }
    }
    Ok(tested)
}
