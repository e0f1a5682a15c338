//! What is wrong with the files that agents read, without a network and without a template: rules,
//! each in words that say why, and what to write.
//!
//! **Every finding is right**: where a rule can't know, it is silent.

mod command;
mod copilot;
mod cursor;
pub mod dead;
mod encoding;
mod frontmatter;
mod hooks;
mod length;
mod links;
mod markers;
mod phantom;
pub mod rule;
mod script;
mod secrets;
mod settings;
mod shell_words;
mod site;
mod skills;
mod template;
mod unicode;

use std::collections::BTreeSet;

use crate::hint::Hint;
use crate::model::finding::{FilePlace, Finding};
use crate::model::path::RelPath;
use crate::model::tree::FileTree;

pub use rule::LintRule;
pub use template::{source, template};

pub type LintFinding = Finding<LintRule>;

/// Lints the files of a repo that agents read. `others` are files and folders that are there
/// besides.
pub fn repo(files: &FileTree, others: &BTreeSet<RelPath>) -> Vec<LintFinding> {
    let scope = Scope::of(files, others, None);
    let mut report = Report::new(false);
    as_written(files, &mut report);
    as_read(&scope, &mut report);
    report.into_findings()
}

/// Returns the secrets in a text, which is called `name`.
pub fn secrets(name: &RelPath, text: &str) -> Vec<LintFinding> {
    let mut report = Report::new(true);
    secrets::check(name, text, &mut report);
    report.into_findings()
}

/// Returns the files that hooks of a repo run, as far as they are known: their texts are linted
/// too.
pub fn scripts(files: &FileTree) -> BTreeSet<RelPath> {
    files
        .iter()
        .flat_map(|(path, file)| hooks::scripts(path, file, files))
        .collect()
}

/// Returns the variable of a folder that a hook's command has in single quotes, where it stays as
/// it is: what it names is never run.
pub fn quoted_folder(command: &str) -> Option<&'static str> {
    command::read(command, false).literal
}

/// Returns the paths that texts of a repo lead to: whether something is there is all that matters.
pub fn linked(files: &FileTree) -> BTreeSet<RelPath> {
    files
        .iter()
        .flat_map(|(path, file)| links::targets(path, file))
        .collect()
}

/// The rules about the text as it stands in its file.
fn as_written(files: &FileTree, report: &mut Report) {
    for (path, file) in files {
        unicode::check_path(path, report);
        let Some(text) = file.text() else { continue };
        unicode::check(path, text, report);
        secrets::check(path, text, report);
        markers::check(path, file, text, report);
    }
}

/// The rules about what an agent makes of the files.
fn as_read(scope: &Scope<'_>, report: &mut Report) {
    for (path, file) in scope.files {
        encoding::check(path, file, report);
        let Some(text) = file.text() else {
            settings::check_bytes(path, report);
            continue;
        };
        settings::check(path, text, scope, report);
        frontmatter::check(path, text, report);
        skills::check(path, text, report);
        hooks::check_header(path, text, scope, report);
        links::check(path, file, scope, report);
        cursor::check(path, text, report);
        copilot::check(path, text, report);
        copilot::check_hooks(path, text, scope, report);
        skills::check_copies(path, text, scope, report);
        length::check(path, text, report);
        length::check_cut(path, text, scope, report);
    }
}

/// What is known of the files around the one that is looked at.
struct Scope<'a> {
    files: &'a FileTree,
    folders: BTreeSet<RelPath>,
    others: &'a BTreeSet<RelPath>,
    /// The folders of which all is known; `None` for a whole repo.
    owned: Option<&'a [String]>,
}

impl<'a> Scope<'a> {
    fn of(files: &'a FileTree, others: &'a BTreeSet<RelPath>, owned: Option<&'a [String]>) -> Self {
        Self {
            files,
            folders: files.keys().flat_map(RelPath::ancestors).collect(),
            others,
            owned,
        }
    }

    /// Returns whether it is certain that nothing is at a path.
    fn lacks(&self, path: &RelPath) -> bool {
        let is_known = self
            .owned
            .is_none_or(|folders| folders.iter().any(|folder| path.below(folder).is_some()));
        let is_there = self.files.contains_key(path)
            || self.folders.contains(path)
            || self.others.contains(path);
        is_known && !is_there
    }
}

/// Findings as they come.
struct Report {
    in_template: bool,
    findings: Vec<LintFinding>,
    /// The scripts that were read, each with the event that it was read for.
    scripts: BTreeSet<(RelPath, Option<&'static str>)>,
}

impl Report {
    fn new(in_template: bool) -> Self {
        Self {
            in_template,
            findings: Vec::new(),
            scripts: BTreeSet::new(),
        }
    }

    fn add(
        &mut self,
        rule: LintRule,
        path: &RelPath,
        line: impl Into<Option<usize>>,
        message: impl Into<String>,
        hint: impl Into<Hint>,
    ) {
        self.findings.push(Finding {
            place: FilePlace::of_line(path.clone(), line.into()),
            rule,
            severity: rule.severity(self.in_template),
            message: message.into(),
            hints: vec![hint.into()],
        });
    }

    /// Returns them in the order of their places, each once.
    fn into_findings(mut self) -> Vec<LintFinding> {
        self.findings.sort();
        self.findings.dedup();
        self.findings
    }
}

/// Where the lines of a text start, to find many places' lines.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(memchr::memchr_iter(b'\n', text.as_bytes()).collect())
    }

    /// Returns the line, from 1, that holds the byte at `offset`.
    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

/// Returns the text of the files that a check looks at: prose for agents.
pub fn is_markdown(path: &RelPath) -> bool {
    path.as_str().ends_with(".md")
}
