//! What the repository has itself: scripts of the team's that run what a version brings, and what
//! is there already, byte for byte.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::agent::claude::faults::{LARGEST, Skips, faults};
use crate::agent::documents::{self, DocumentKind};
use crate::error::Result;
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::tree::FileTree;
use crate::model::upstream::{Content, Upstream};
use crate::ops::Session;
use crate::render::capability::{
    CapabilityTree, Review, Running, TreeFile, capabilities, is_read_only,
};
use crate::store::agent_files::AgentFiles;
use crate::store::git;

/// Names of files from which a team runs things.
const SCRIPTS: [&str; 52] = [
    "*.sh",
    "*.bash",
    "*.zsh",
    "*.ksh",
    "*.fish",
    "*.py",
    "*.js",
    "*.mjs",
    "*.cjs",
    "*.ts",
    "*.rb",
    "*.pl",
    "*.php",
    "*.lua",
    "*.awk",
    "*.mk",
    "*.just",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "justfile",
    "Justfile",
    "Rakefile",
    "Taskfile.y*ml",
    "package.json",
    ".envrc",
    ".gitlab-ci.yml",
    ".github/workflows/*",
    ".gitlab/*",
    ".husky/*",
    ".githooks/*",
    "bin/*",
    "script/*",
    "scripts/*",
    "tools/*",
    "*.ps1",
    "*.gradle",
    "Dockerfile*",
    "Containerfile*",
    "Jenkinsfile",
    ".circleci/*",
    ".pre-commit-config.y*ml",
    "lefthook.y*ml",
    "tox.ini",
    "noxfile.py",
    "mise.toml",
    ".mise.toml",
    "composer.json",
    "pyproject.toml",
    "Procfile",
    ".claude/settings.json",
    "compose*.y*ml",
];

/// How many of them are read at most.
const MOST: usize = 4_000;

/// Returns the prose of a version that a script of the team's runs.
///
/// # Errors
/// When a file can't be read.
pub fn run_by_the_team(session: &Session, upstream: &Upstream) -> Result<BTreeSet<RelPath>> {
    let mut prose: Vec<&RelPath> = Vec::new();
    for (path, content) in &upstream.files {
        let Some(whole) = content.as_whole() else {
            continue;
        };
        if is_read_only(path) && session.workspace.file(path)?.as_ref() != Some(&whole.file) {
            prose.push(path);
        }
    }
    let mut run = BTreeSet::new();
    if prose.is_empty() {
        return Ok(run);
    }
    // Where git can't be asked, that is said of what it hides.
    let mut scripts = git::tracked(session.workspace.root(), &SCRIPTS).unwrap_or_default();
    scripts.retain(|path| !upstream.files.contains_key(path));
    let mut read = AgentFiles::default();
    for path in scripts.into_iter().take(MOST) {
        read.add(session.workspace.root(), path)?;
    }
    for (path, file) in &read.files {
        let text = String::from_utf8_lossy(&file.bytes);
        let found = Running::of_script(path.file_name(), &text);
        run.extend(found.run_of(prose.iter().copied()).into_iter().cloned());
    }
    Ok(run)
}

/// Returns whether an agent takes all of a document as it is.
fn is_live(path: &RelPath, document: &Value) -> bool {
    if documents::kind(path) != DocumentKind::Settings {
        return true;
    }
    let skips_none = faults(document)
        .iter()
        .all(|fault| fault.skips == Skips::Entry);
    let is_off = document
        .get("disableAllHooks")
        .is_some_and(|off| *off != Value::Bool(false));
    skips_none && !is_off
}

/// Returns the digests of what can run here already: of `review`, what asks nothing.
///
/// # Errors
/// When a file can't be read.
pub fn held(session: &Session, upstream: &Upstream, review: &Review) -> Result<BTreeSet<Digest>> {
    let mut files = FileTree::new();
    let mut found: Vec<(&RelPath, Value)> = Vec::new();
    let concerned: BTreeSet<&RelPath> = review
        .items
        .iter()
        .flat_map(|item| item.capability.files.iter().chain([&item.capability.path]))
        .collect();
    for path in concerned {
        let Some(file) = session.workspace.file(path)? else {
            continue;
        };
        match upstream.files.get(path) {
            Some(Content::Keys(_)) => {
                // What isn't JSON is read by nobody, and nothing runs of what is skipped or off.
                if file.bytes.len() > LARGEST {
                    continue;
                }
                let document = documents::read(path, &file.bytes);
                let is_live = |document: &Value| is_live(path, document);
                found.extend(document.filter(is_live).map(|document| (path, document)));
            }
            Some(Content::Whole(_)) => _ = files.insert(path.clone(), file),
            Some(Content::Blocks(_)) | None => {}
        }
    }
    let documents = found.iter();
    let mut tree = CapabilityTree {
        documents: documents
            .map(|(path, document)| (*path, document, None))
            .collect(),
        ..CapabilityTree::default()
    };
    for (path, file) in &files {
        tree.files.insert(path, TreeFile::here(file));
        // What runs it there is what runs it here.
        tree.run_outside.insert(path.clone());
    }
    Ok(capabilities(&tree)
        .into_iter()
        .map(|one| one.digest)
        .collect())
}
