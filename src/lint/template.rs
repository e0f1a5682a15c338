//! A template's source: what `publish` refuses, questions in vain, and what its files become in a
//! repo.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::agent::claude::handlers::script_in;
use crate::agent::claude::places::{FRAGMENT, HOOKS, RULES, SKILLS};
use crate::hint::Hint;
use crate::model::finding::{FilePlace, Finding, Severity};
use crate::model::path::{RelPath, rel};
use crate::model::source::Source;
use crate::model::template::{Question, QuestionKind, TEMPLATE_TOML, is_rendered};
use crate::model::tree::{File, FileTree};
use crate::model::upstream::{Comment, Content, Upstream};
use crate::proposal::absorber;
use crate::render::check::{self, ProblemPart};

use super::site::Site;
use super::{LintFinding, LintRule, Report, Scope, as_read, as_written, links, settings, unicode};

/// Lints the tree of a template's source, whose manifest may not be readable. `place` names its
/// folder in messages.
pub fn template(place: &str, tree: FileTree) -> Vec<LintFinding> {
    match Source::of(place, tree.clone()) {
        Ok(template) => source(&template),
        Err(error) => {
            let mut report = Report::new(true);
            as_written(&tree, &mut report);
            let toml = rel(TEMPLATE_TOML);
            let rule = LintRule::TemplateManifest;
            let found = Finding::from_error(rule, Severity::Error, &error, toml.clone());
            // The error names the file below `place`.
            let place = FilePlace::of_line(toml, found.place.line());
            report.findings.push(Finding {
                place,
                ..with_hint(found, REFUSED)
            });
            report.into_findings()
        }
    }
}

/// Lints a template's source.
pub fn source(source: &Source) -> Vec<LintFinding> {
    let mut report = Report::new(true);
    as_written(&source.tree, &mut report);
    report
        .findings
        .extend(check::problems(source).into_iter().map(refused));
    questions(source, &mut report);
    accepted(source, &mut report);
    let nothing = BTreeSet::new();
    let readme = rel("README.md");
    if let Some(file) = source.tree.get(&readme) {
        let scope = Scope::of(&source.tree, &nothing, None);
        links::check(&readme, file, &scope, &mut report);
    }
    if let Ok(upstream) = check::composed(source) {
        installed(source, &upstream, &mut report);
    }
    report.into_findings()
}

/// What to do about a template where nothing better is known.
const REFUSED: &str = "correct it: `publish` refuses the template as it is";

/// Returns what `publish` refuses as a finding of the linter.
fn refused(problem: Finding<ProblemPart>) -> LintFinding {
    let rule = match problem.rule {
        ProblemPart::Source => LintRule::TemplateManifest,
        ProblemPart::Changelog => LintRule::TemplateChangelog,
    };
    let found = Finding {
        place: problem.place,
        rule,
        severity: rule.severity(true),
        message: problem.message,
        hints: problem.hints,
    };
    with_hint(found, REFUSED)
}

/// Adds a hint where there is none.
fn with_hint(mut found: LintFinding, hint: &str) -> LintFinding {
    if found.hints.is_empty() {
        found.hints.push(hint.into());
    }
    found
}

fn questions(source: &Source, report: &mut Report) {
    let path = rel(TEMPLATE_TOML);
    let manifest = &source.manifest;
    let rendered = source.tree.iter().filter(|(path, _)| is_rendered(path));
    let mut readers: Vec<&str> = rendered.filter_map(|(_, file)| file.text()).collect();
    readers.extend(
        manifest
            .files
            .values()
            .filter_map(|rule| rule.when.as_deref()),
    );
    for (key, question) in &manifest.questions {
        let line = line_of(source, |line| {
            line.trim_start().starts_with(&format!("[questions.{key}]"))
        });
        if !readers.iter().any(|text| has_word(text, key)) {
            let message = format!(
                "no file and no `when` uses the answer to `{key}`: people are asked in vain"
            );
            report.add(
                LintRule::TemplateQuestion,
                &path,
                line,
                message,
                format!("use `{{{{ {key} }}}}`, or take it out"),
            );
        }
        if let Some(pattern) = question
            .pattern
            .as_ref()
            .filter(|_| !takes_pattern(question))
        {
            let message = format!(
                "the question `{key}` has a pattern, `{pattern}`, that its kind doesn't look at"
            );
            report.add(
                LintRule::TemplateQuestion,
                &path,
                line,
                message,
                "take the pattern out",
            );
        }
    }
}

fn accepted(source: &Source, report: &mut Report) {
    for path in absorber::records(source) {
        let Err(error) = absorber::record(source, path) else {
            continue;
        };
        let rule = LintRule::TemplateAccepted;
        let found = Finding::from_error(rule, rule.severity(true), &error, path.clone());
        let hint = "take it out, or put there what was accepted, as it was";
        report.findings.push(Finding {
            place: FilePlace::of_line(path.clone(), None),
            ..with_hint(found, hint)
        });
    }
}

fn takes_pattern(question: &Question) -> bool {
    matches!(question.kind, QuestionKind::Text | QuestionKind::List)
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, _)| {
        !text[..start].ends_with(is_word_letter)
            && !text[start + word.len()..].starts_with(is_word_letter)
    })
}

fn is_word_letter(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// Returns the first line of template.toml that is meant.
fn line_of(source: &Source, is_meant: impl Fn(&str) -> bool) -> Option<usize> {
    source
        .text(TEMPLATE_TOML)?
        .lines()
        .position(is_meant)
        .map(|index| index + 1)
}

/// Lints what a repo gets, and tells each finding where it comes from in the source.
fn installed(source: &Source, upstream: &Upstream, report: &mut Report) {
    let mut files = FileTree::new();
    let mut origins: BTreeMap<RelPath, RelPath> = BTreeMap::new();
    for (path, content) in &upstream.files {
        match content {
            Content::Whole(whole) => {
                files.insert(path.clone(), whole.file.clone());
                origins.insert(path.clone(), whole.origin.source.clone());
            }
            Content::Blocks(blocks) if blocks.comment == Comment::Html => {
                let block = blocks
                    .blocks
                    .iter()
                    .find_map(|block| Some((&block.text, block.source.clone()?)));
                if let Some((text, source)) = block {
                    files.insert(path.clone(), File::plain(text.as_bytes()));
                    origins.insert(path.clone(), source);
                }
            }
            Content::Blocks(_) | Content::Keys(_) => {}
        }
    }
    let owned = owned(source, &files);
    let nothing = BTreeSet::new();
    let scope = Scope::of(&files, &nothing, Some(&owned));
    let mut found = Report::new(true);
    as_read(&scope, &mut found);
    for (path, content) in &upstream.files {
        if let Some(keys) = content.as_keys() {
            let site = Site {
                place: &|pointer| entry(source, upstream, &keys.union, pointer),
                in_plugin: false,
                in_header: false,
            };
            settings::check_value(path, &keys.union, &site, &scope, &mut found);
            hidden(
                &entry(source, upstream, &keys.union, "").0,
                &keys.union,
                report,
            );
        }
    }
    for finding in found.findings {
        report.findings.push(in_source(finding, &origins));
    }
}

/// Tells where a finding about what a repo gets comes from in the template.
fn in_source(mut finding: LintFinding, origins: &BTreeMap<RelPath, RelPath>) -> LintFinding {
    let place = &mut finding.place;
    if let Some(origin) = origins.get(&place.path) {
        // Lines of what is rendered are others than those of its source.
        if is_rendered(origin) {
            place.within = None;
        }
        place.path = origin.clone();
    } else if place.path.as_str() == TEMPLATE_TOML {
        finding.hints = finding.hints.into_iter().map(in_toml).collect();
    }
    finding
}

/// Adds what is hidden in settings behind an escape of template.toml: its text shows none.
fn hidden(path: &RelPath, settings: &Value, report: &mut Report) {
    let is_known = report
        .findings
        .iter()
        .any(|known| known.rule == LintRule::HiddenUnicode && known.place.path == *path);
    if is_known {
        return;
    }
    let mut found = Report::new(true);
    unicode::check(path, &format!("{settings:#}"), &mut found);
    for mut finding in found.findings {
        finding.place.within = None;
        report.findings.push(finding);
    }
}

/// Returns what to write in the words of template.toml.
fn in_toml(hint: Hint) -> Hint {
    match hint {
        Hint::Text(text) => Hint::Text(
            text.replace("\"timeout\": ", "timeout = ")
                .replace("the matcher", "`matches`"),
        ),
        command => command,
    }
}

/// The folders of a repo in which nothing is that the template doesn't bring.
fn owned(source: &Source, files: &FileTree) -> Vec<String> {
    let name = &source.manifest.template.name;
    let skills = files
        .keys()
        .filter_map(|path| path.below(SKILLS)?.split_once('/'));
    let skills: BTreeSet<String> = skills
        .map(|(skill, _)| format!("{SKILLS}/{skill}"))
        .collect();
    [format!("{RULES}/{name}"), format!("{HOOKS}/{name}")]
        .into_iter()
        .chain(skills)
        .collect()
}

/// Returns where an entry of settings comes from: a hook of the manifest by its line, or the
/// fragment.
fn entry(
    source: &Source,
    upstream: &Upstream,
    settings: &Value,
    pointer: &str,
) -> (RelPath, Option<usize>) {
    let mut steps = pointer.split('/').skip(1);
    let hook = match (steps.next(), steps.next()) {
        (Some("hooks"), Some(event)) => {
            let group = steps
                .next()
                .and_then(|index| settings.pointer(&format!("/hooks/{event}/{index}")));
            let command = group
                .and_then(|group| group.pointer("/hooks/0/command"))
                .and_then(Value::as_str);
            let runs = |script: &RelPath| {
                command.is_none_or(|command| script_in(command).as_ref() == Some(script))
            };
            upstream
                .hooks
                .iter()
                .find(|(_, place)| place.event == event && runs(place.named()))
                .map(|(name, _)| &name.id)
        }
        _ => None,
    };
    if let Some(id) = hook {
        let value = format!("\"{id}\"");
        let line = line_of(source, |line| {
            line.trim_start().starts_with("id") && line.contains(&value)
        });
        return (rel(TEMPLATE_TOML), line);
    }
    let fragment = source
        .tree
        .keys()
        .find(|path| path.as_str().starts_with(FRAGMENT));
    (
        fragment.cloned().unwrap_or_else(|| rel(TEMPLATE_TOML)),
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_file_is_named_by_its_whole_path() {
        let toml = "[template]\nname = \"t\"\nversion = \"1.0.0\"\ndescription = \"It.\"\n";
        let tree: FileTree = [
            (TEMPLATE_TOML, toml),
            ("a.md.jinja", "a\n"),
            ("rules/a.md.jinja", "a\n{{ nothing }}\n"),
        ]
        .into_iter()
        .map(|(path, text)| (path.parse().unwrap(), File::plain(text)))
        .collect();
        let found = template("t", tree);
        let place = FilePlace::of_line(rel("rules/a.md.jinja"), Some(2));
        assert!(
            found
                .iter()
                .any(|one| one.place == place && one.message == "an unknown answer is used"),
            "{found:#?}"
        );
    }
}
