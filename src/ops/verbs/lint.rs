//! `lint`: what is wrong with the files that agents read, of a repo or of a template. Needs no
//! network, no git and no lock.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::lint::{self, LintFinding};
use crate::model::finding::Severity;
use crate::model::path::RelPath;
use crate::model::template::TEMPLATE_TOML;
use crate::model::tree::FileTree;
use crate::store::agent_files::{self, AgentFiles};
use crate::store::fs;
use crate::store::snapshot;
use crate::store::workspace::Workspace;

use crate::ops::Session;

/// What was found.
pub struct Outcome {
    /// The folder below which the paths are.
    pub root: PathBuf,
    /// Whether it is a template's source.
    pub is_template: bool,
    /// What is wrong, by path and line.
    pub findings: Vec<LintFinding>,
    /// How many texts were read.
    pub read: usize,
    /// What was not read: files that are too large, and folders with too many.
    pub skipped: Vec<(RelPath, &'static str)>,
}

impl Outcome {
    /// Returns how many findings are that bad.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    }
}

/// Lints the folder at `path`, else the template in the current folder, else the repo.
pub fn lint(session: &Session, path: Option<&Path>) -> Result<Outcome> {
    let here = &session.environment.here;
    let named = path.map(|path| here.join(path));
    if let (Some(path), Some(folder)) = (path, &named)
        && !fs::is_folder(folder)
    {
        return Err(Error::user(format!("`{}` is not a folder", path.display()))
            .hint("name the folder of a repository, or of a template's source"));
    }
    match named {
        Some(folder) if is_template(&folder) => template(&folder),
        Some(folder) => repo(&Workspace::find(Some(&folder), here)?),
        None if is_template(here) => template(here),
        None => repo(&session.workspace),
    }
}

fn is_template(folder: &Path) -> bool {
    fs::exists(&folder.join(TEMPLATE_TOML))
}

fn template(folder: &Path) -> Result<Outcome> {
    snapshot::refuse_part(folder)?;
    let tree = fs::read_source(folder)?;
    let read = texts(&tree);
    let findings = lint::template(&folder.display().to_string(), tree);
    Ok(Outcome {
        root: fs::canonical(folder)?,
        is_template: true,
        findings,
        read,
        skipped: Vec::new(),
    })
}

fn repo(workspace: &Workspace) -> Result<Outcome> {
    let mut read = AgentFiles::read(workspace)?;
    for script in lint::scripts(&read.files) {
        if !read.files.contains_key(&script) {
            read.add(workspace.root(), script)?;
        }
    }
    let mut others = agent_files::there(workspace, lint::linked(&read.files));
    let scripts = lint::scripts(&read.files);
    others.retain(|path| !scripts.contains(path));
    others.extend(agent_files::files_there(workspace, scripts));
    let findings = lint::repo(&read.files, &others);
    let root = workspace.root().to_path_buf();
    Ok(Outcome {
        root,
        is_template: false,
        findings,
        read: texts(&read.files),
        skipped: read.skipped.into_iter().collect(),
    })
}

/// How many files are texts, or should be.
fn texts(files: &FileTree) -> usize {
    let files = files.iter();
    files
        .filter(|(path, file)| file.text().is_some() || lint::is_markdown(path))
        .count()
}
