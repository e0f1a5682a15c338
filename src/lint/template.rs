//! A template's source: what `publish` refuses, questions in vain, and what its files become in a
//! repo.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::agent::claude::places::{FRAGMENT, HOOKS, RULES, SKILLS};
use crate::error::Error;
use crate::model::path::{RelPath, rel};
use crate::model::source::Source;
use crate::model::template::{Question, QuestionKind, TEMPLATE_TOML, is_rendered};
use crate::model::tree::{File, FileTree};
use crate::model::upstream::{Comment, Content, Upstream};
use crate::proposal::home;
use crate::render::check::{self, ProblemPart};

use super::hooks::Site;
use super::{Finding, LintRule, Report, Scope, as_read, as_written, links, settings, unicode};

/// Lints the tree of a template's source, whose manifest may not be readable. `place` names its
/// folder in messages.
pub fn template(place: &str, tree: FileTree) -> Vec<Finding> {
    match Source::of(place, tree.clone()) {
        Ok(template) => source(&template),
        Err(error) => {
            let mut report = Report::new(true);
            as_written(&tree, &mut report);
            problem(&tree, LintRule::TemplateManifest, &error, "", &mut report);
            report.into_findings()
        }
    }
}

/// Lints a template's source.
pub fn source(source: &Source) -> Vec<Finding> {
    let mut report = Report::new(true);
    as_written(&source.tree, &mut report);
    for (part, error) in check::problems(source) {
        let rule = match part {
            ProblemPart::Source => LintRule::TemplateManifest,
            ProblemPart::Changelog => LintRule::TemplateChangelog,
        };
        problem(
            &source.tree,
            rule,
            &error,
            &format!("{source}: "),
            &mut report,
        );
    }
    questions(source, &mut report);
    accepted(source, &mut report);
    let nothing = BTreeSet::new();
    let readme = rel("README.md");
    if let Some(file) = source.tree.get(&readme) {
        links::check(
            &readme,
            file,
            &Scope::of(&source.tree, &nothing, None),
            &mut report,
        );
    }
    if let Ok(upstream) = check::composed(source) {
        installed(source, &upstream, &mut report);
    }
    report.into_findings()
}

/// Adds what an error says, to the file and the line that it names.
fn problem(tree: &FileTree, rule: LintRule, error: &Error, prefix: &str, report: &mut Report) {
    let message = error
        .message()
        .strip_prefix(prefix)
        .unwrap_or(error.message());
    let (path, line, message) = place(tree, message).unwrap_or_else(|| {
        let path = if rule == LintRule::TemplateChangelog {
            "CHANGELOG.md"
        } else {
            TEMPLATE_TOML
        };
        (rel(path), None, message)
    });
    let hint = match error.next_steps() {
        [] => "correct it: `publish` refuses the template as it is".to_owned(),
        steps => steps.join("; "),
    };
    report.add(rule, &path, line, message, hint);
}

/// Reads "`FILE` line 3: what" and "`FILE`: what", where the source has the file.
fn place<'a>(tree: &FileTree, message: &'a str) -> Option<(RelPath, Option<usize>, &'a str)> {
    let (file, rest) = message.strip_prefix('`')?.split_once('`')?;
    let path = tree
        .keys()
        .find(|path| file == path.as_str() || file.ends_with(&format!("/{path}")))?;
    if let Some(what) = rest.strip_prefix(": ") {
        return Some((path.clone(), None, what));
    }
    let (line, what) = rest.strip_prefix(" line ")?.split_once(": ")?;
    Some((path.clone(), Some(line.parse().ok()?), what))
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
    for path in home::records(source) {
        let Err(error) = home::record(source, path) else {
            continue;
        };
        let hint = match error.next_steps() {
            [] => "take it out, or put there what was accepted, as it was".to_owned(),
            steps => steps.join("; "),
        };
        let message = error
            .message()
            .strip_prefix(&format!("`{path}` "))
            .unwrap_or(error.message());
        report.add(LintRule::TemplateAccepted, path, None, message, hint);
    }
}

fn takes_pattern(question: &Question) -> bool {
    matches!(question.kind, QuestionKind::Text | QuestionKind::List)
}

fn has_word(text: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(start, _)| {
        !text[..start].ends_with(is_letter) && !text[start + word.len()..].starts_with(is_letter)
    })
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
            let place = |pointer: &str| entry(source, upstream, &keys.union, pointer);
            let site = Site {
                place: &place,
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
    report.findings.extend(found.findings.into_iter().map(
        |finding| match origins.get(&finding.path) {
            // Lines of what is rendered are others than those of its source.
            Some(origin) if is_rendered(origin) => Finding {
                path: origin.clone(),
                line: None,
                ..finding
            },
            Some(origin) => Finding {
                path: origin.clone(),
                ..finding
            },
            None if finding.path.as_str() == TEMPLATE_TOML => Finding {
                hint: in_toml(&finding.hint),
                ..finding
            },
            None => finding,
        },
    ));
}

/// Adds what is hidden in settings behind an escape of template.toml: its text shows none.
fn hidden(path: &RelPath, settings: &Value, report: &mut Report) {
    let known =
        |finding: &Finding| finding.rule == LintRule::HiddenUnicode && finding.path == *path;
    if !report.findings.iter().any(known) {
        let mut found = Report::new(true);
        unicode::check(path, &format!("{settings:#}"), &mut found);
        report
            .findings
            .extend(found.findings.into_iter().map(|finding| Finding {
                line: None,
                ..finding
            }));
    }
}

/// Returns what to write in the words of template.toml.
fn in_toml(hint: &str) -> String {
    hint.replace("\"timeout\": ", "timeout = ")
        .replace("the matcher", "`matches`")
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
            let runs =
                |script: &RelPath| command.is_none_or(|command| command.ends_with(script.as_str()));
            upstream
                .hooks
                .iter()
                .find(|(_, place)| place.event == event && runs(&place.script))
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
