//! At the end of every scene: what is read of a commit is what is read of its work tree.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;

use agentpkg::model::lock::{Lock, Record};
use agentpkg::model::path::{RelPath, rel};
use agentpkg::model::snapshot::{Found, Snapshot};
use agentpkg::store::snapshot::{self, CommitFiles, Files};
use agentpkg::store::workspace::Workspace;

use crate::environment::{Person, isolated};
use crate::git::git;

/// Compares both once its scene has ended.
pub struct Comparison {
    pub repo: PathBuf,
    pub person: Person,
}

impl Drop for Comparison {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        let lock = fs::read_to_string(self.repo.join("agentpkg.lock")).unwrap_or_default();
        if let Ok(lock) = Lock::parse(&lock) {
            compare(&self.repo, self.person, &lock);
        }
    }
}

/// Commits a copy of the repo as it is, and reads it in both ways.
fn compare(repo: &Path, person: Person, lock: &Lock) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().canonicalize().unwrap().join("copy");
    fs::create_dir(&copy).unwrap();
    copy_files(repo, &copy);
    let run = |arguments: &[&str]| {
        let mut command = isolated("git", person);
        git(command.arg("-C").arg(&copy).args(arguments), b"")
    };
    run(&["init", "--quiet", "--template="]);
    // A commit is read as its blobs are, whatever attributes would make of them in a checkout.
    fs::create_dir_all(copy.join(".git/info")).unwrap();
    fs::write(
        copy.join(".git/info/attributes"),
        "* -text -filter -ident\n",
    )
    .unwrap();
    run(&["-c", "core.autocrlf=false", "add", "--all", "--force"]);
    run(&[
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        "as it is",
    ]);
    let work_tree = Workspace::find(Some(&copy), &copy).unwrap();
    let commit = CommitFiles::read(&copy, "HEAD").unwrap();
    let (of_work_tree, of_commit) = (taken(&work_tree, lock), taken(&commit, lock));
    for (path, local) in &of_work_tree.0 {
        assert_eq!(
            Some(local),
            of_commit.0.get(path),
            "{path}, read of a commit"
        );
    }
    assert_eq!(of_work_tree, of_commit);
}

/// Returns what is at the managed paths, at those that agents read and at those that look alike, and
/// what the records say of moves.
fn taken(files: &dyn Files, lock: &Lock) -> (Snapshot, BTreeMap<RelPath, Record>) {
    let others = [
        "AGENTS.md",
        "CLAUDE.md",
        ".claude/settings.json",
        ".claude/rules",
    ]
    .map(rel);
    let mut records = lock.files.clone();
    let mut ours = snapshot::take(files, Some(lock), &mut records, &others).unwrap();
    snapshot::add_lookalikes(files, &mut ours).unwrap();
    snapshot::folders_in_the_way(files, &mut ours, &others).unwrap();
    for local in ours.values_mut() {
        // Where a link leads that isn't below the repo, only a work tree can say.
        if let Found::Obstacle(obstacle) = &mut local.found
            && obstacle.what.starts_with("a link that leads")
        {
            obstacle.what = "a link that leads elsewhere";
        }
    }
    (ours, records)
}

/// Copies what git would commit: files and links, and no repository that lies inside.
fn copy_files(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (place, copy) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().unwrap();
        if entry.file_name() == ".git" || entry.file_name() == ".agentpkg" {
            continue;
        }
        if kind.is_symlink() {
            symlink(fs::read_link(&place).unwrap(), &copy).unwrap();
        } else if kind.is_dir() {
            fs::create_dir(&copy).unwrap();
            copy_files(&place, &copy);
            // Git knows no empty folder.
            let _ = fs::remove_dir(&copy);
        } else if kind.is_file() {
            fs::copy(&place, &copy).unwrap();
        }
    }
}
