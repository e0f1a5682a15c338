//! Repos and plans to try things on, and what they should come to.

use std::collections::BTreeSet;

use agentpkg::model::path::{RelPath, rel};
use agentpkg::model::plan::{FileChange, LinkChange, Plan, Stage};
use agentpkg::model::tree::{File, FileOrLink, FileTree};
use agentpkg::store::fs::OnDisk;
use support::faults::{Snapshot, Volatile};

/// A repo and what is to become of it.
#[derive(Clone, Debug)]
pub struct Sample {
    pub before: FileTree,
    /// Folders besides those that hold files.
    pub folders: Vec<RelPath>,
    pub plan: Plan,
}

impl Sample {
    pub fn disk(&self) -> Volatile {
        let files: Vec<_> = self.before.clone().into_iter().collect();
        let disk = Volatile::new(&files, &self.folders);
        for link in &self.plan.links {
            if let Some(FileOrLink::Link(target)) = &link.old {
                disk.put_link(&link.path, target);
            }
        }
        disk.flush();
        disk
    }

    /// Returns the repo as it was.
    pub fn before(&self) -> Snapshot {
        self.disk().snapshot()
    }

    /// Returns the repo as it should become.
    pub fn after(&self) -> Snapshot {
        let mut after = self.before();
        for FileChange { path, new, .. } in &self.plan.changes {
            match new {
                Some(file) => {
                    // It may have been a folder.
                    after.retain(|other, _| other.below(path.as_str()).is_none());
                    after.insert(path.clone(), OnDisk::File(file.clone()));
                    after.extend(path.ancestors().map(|folder| (folder, OnDisk::Folder)));
                }
                None => drop(after.remove(path)),
            }
        }
        for LinkChange { path, new, .. } in &self.plan.links {
            match new {
                Some(FileOrLink::Link(target)) => {
                    after.insert(path.clone(), OnDisk::Link(target.clone().into()));
                    after.extend(path.ancestors().map(|folder| (folder, OnDisk::Folder)));
                }
                Some(FileOrLink::File(file)) => {
                    after.insert(path.clone(), OnDisk::File(file.clone()));
                }
                None => drop(after.remove(path)),
            }
        }
        let mut left: BTreeSet<RelPath> = BTreeSet::new();
        for change in self
            .plan
            .changes
            .iter()
            .filter(|change| change.new.is_none())
        {
            left.extend(change.path.ancestors());
        }
        for link in self.plan.links.iter().filter(|link| link.new.is_none()) {
            left.extend(link.path.ancestors());
        }
        for folder in left.iter().rev() {
            let is_empty = !after
                .keys()
                .any(|path| path.below(folder.as_str()).is_some());
            if is_empty && after.get(folder) == Some(&OnDisk::Folder) {
                after.remove(folder);
            }
        }
        after
    }
}

/// Additions, updates, deletions, a change of mode, new folders in folders, folders that empty, one
/// that was empty; a file that becomes a folder, and a folder that becomes a file.
pub fn everything() -> Sample {
    let script = |text: &str| File {
        bytes: text.to_owned().into(),
        executable: true,
    };
    let before = FileTree::from([
        (rel(".claude/settings.json"), File::plain("{}\n")),
        (rel(".claude/rules/old/deep/a.md"), File::plain("a rule\n")),
        (rel(".claude/rules/team.md"), File::plain("the team's\n")),
        (rel("CLAUDE.md"), File::plain("one\ntwo\n")),
        (rel("run.sh"), File::plain("#!/bin/sh\n")),
        (rel("tools/file"), File::plain("a file\n")),
        (rel("tools/folder/a.md"), File::plain("in a folder\n")),
        (
            rel("tools/folder/deep/b.md"),
            File::plain("deep in a folder\n"),
        ),
        (rel("agentpkg.lock"), File::plain("1.0.0\n")),
    ]);
    let changes = vec![
        change(&before, "tools/file", Stage::Deletion, None),
        change(
            &before,
            "tools/file/deep/x.md",
            Stage::File,
            Some(File::plain("now in a folder\n")),
        ),
        change(&before, "tools/folder/a.md", Stage::Deletion, None),
        change(&before, "tools/folder/deep/b.md", Stage::Deletion, None),
        change(
            &before,
            "tools/folder",
            Stage::File,
            Some(File::plain("now a file\n")),
        ),
        change(
            &before,
            ".claude/hooks/x/guard.sh",
            Stage::Script,
            Some(script("#!/bin/sh\nexit 2\n")),
        ),
        change(
            &before,
            "run.sh",
            Stage::Script,
            Some(script("#!/bin/sh\n")),
        ),
        change(
            &before,
            "CLAUDE.md",
            Stage::File,
            Some(File::plain("one\ntwo\nthree\n")),
        ),
        change(
            &before,
            "docs/a.md",
            Stage::File,
            Some(File::plain("docs\n")),
        ),
        change(
            &before,
            ".claude/settings.json",
            Stage::Settings,
            Some(File::plain("{\"hooks\":{}}\n")),
        ),
        change(
            &before,
            ".claude/rules/old/deep/a.md",
            Stage::Deletion,
            None,
        ),
        change(
            &before,
            "agentpkg.toml",
            Stage::Manifest,
            Some(File::plain("[templates]\n")),
        ),
        change(
            &before,
            "agentpkg.lock",
            Stage::Lock,
            Some(File::plain("1.1.0\n")),
        ),
    ];
    Sample {
        before,
        folders: vec![rel("docs")],
        plan: Plan::new("install org-baseline", changes),
    }
}

/// Everything but files and folders that change places.
pub fn in_place() -> Sample {
    let Sample {
        mut before,
        folders,
        plan,
    } = everything();
    before.retain(|path, _| path.below("tools").is_none());
    let changes = plan.changes.into_iter();
    let changes = changes.filter(|change| change.path.below("tools").is_none());
    Sample {
        before,
        folders,
        plan: Plan::new(plan.verb, changes.collect()),
    }
}

/// A link that comes, one that goes, one in place of a file, a file in place of one.
pub fn linked() -> Sample {
    let before = FileTree::from([
        (rel("AGENTS.md"), File::plain("words\n")),
        (rel("CLAUDE.md"), File::plain("@AGENTS.md\n")),
        (rel("agentpkg.lock"), File::plain("1.0.0\n")),
    ]);
    let to = |target: &str| Some(FileOrLink::Link(target.to_owned()));
    let link = |path, old, new| LinkChange {
        path: rel(path),
        old,
        new,
    };
    let lock = Some(File::plain("1.1.0\n"));
    let changes = vec![
        change(&before, "CLAUDE.md", Stage::Deletion, None),
        change(&before, "agentpkg.lock", Stage::Lock, lock),
    ];
    let links = vec![
        link("CLAUDE.md", None, to("AGENTS.md")),
        link("new/CLAUDE.md", None, to("../AGENTS.md")),
        link("old/CLAUDE.md", to("../AGENTS.md"), None),
        link(
            "back.md",
            to("AGENTS.md"),
            Some(FileOrLink::File(File::plain("own\n"))),
        ),
    ];
    Sample {
        before,
        folders: vec![],
        plan: Plan::new("install org-baseline", changes).with_links(links),
    }
}

/// One of each, few enough to try every power cut.
pub fn small() -> Sample {
    let before = FileTree::from([
        (rel("u"), File::plain("old\n")),
        (rel("d/d"), File::plain("gone\n")),
    ]);
    let changes = vec![
        change(&before, "n/a", Stage::File, Some(File::plain("added\n"))),
        change(&before, "u", Stage::Settings, Some(File::plain("new!\n"))),
        change(&before, "d/d", Stage::Deletion, None),
    ];
    Sample {
        before,
        folders: vec![],
        plan: Plan::new("upgrade", changes),
    }
}

/// A file that becomes a folder, and a folder that becomes a file.
pub fn turned() -> Sample {
    let before = FileTree::from([
        (rel("f"), File::plain("a file\n")),
        (rel("d/x"), File::plain("in a folder\n")),
    ]);
    let changes = vec![
        change(&before, "f", Stage::Deletion, None),
        change(
            &before,
            "f/x",
            Stage::File,
            Some(File::plain("now in one\n")),
        ),
        change(&before, "d/x", Stage::Deletion, None),
        change(&before, "d", Stage::File, Some(File::plain("now a file\n"))),
    ];
    Sample {
        before,
        folders: vec![],
        plan: Plan::new("upgrade", changes),
    }
}

pub fn change(before: &FileTree, path: &str, stage: Stage, new: Option<File>) -> FileChange {
    let path: RelPath = path.parse().unwrap();
    FileChange {
        old: before.get(&path).cloned(),
        path,
        stage,
        new,
    }
}
