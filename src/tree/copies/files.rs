//! Files that were copied: at the very place where upstream has them, or beside the folder of their
//! template.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use similar::TextDiff;

use crate::agent::claude::places::{HOOKS, RULES, without_template};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Content, Whole};

use super::{Copied, CopiedFile, Copies, LIKENESS, Release, Search, entries, file_in};

/// How many lines that say something a file has to have to be known under another name.
const LINES_UNDER_ANOTHER_NAME: usize = 5;

impl Search<'_> {
    pub(super) fn files(&self, copies: &mut Copies) {
        for (path, whole) in self.wanted() {
            let there = match file_in(self.ours, path) {
                Some(file) if file.bytes != whole.file.bytes => Some((path.clone(), file)),
                Some(_) => None,
                None => self.beside(path, whole),
            };
            if let Some((at, file)) = there {
                let nearest = self.nearest(path, whole, &at, file);
                copies
                    .files
                    .extend(nearest.map(|copy| (path.clone(), copy)));
            }
        }
        self.under_other_names(copies);
        self.let_be_what_others_run(copies);
    }

    /// Returns the files that upstream brings, and that were never installed.
    fn wanted(&self) -> impl Iterator<Item = (&RelPath, &Whole)> {
        let files = self.theirs.files.iter();
        files.filter_map(|(path, content)| match content {
            Content::Whole(whole) if !whole.seed && !self.base.files.contains_key(path) => {
                Some((path, whole))
            }
            _ => None,
        })
    }

    /// Returns the file that lies where a hand copy would, if upstream's place is free.
    fn beside(&self, path: &RelPath, whole: &Whole) -> Option<(RelPath, &File)> {
        let is_free = self.ours.get(path).is_none_or(|local| local.is_absent());
        let at = without_template(path, &whole.origin.template).filter(|_| is_free)?;
        let file = self.others.get(&at)?;
        (!(self.is_named)(&at)).then_some((at, file))
    }

    /// Returns what a file was copied from, if it is near enough to a release.
    fn nearest(
        &self,
        path: &RelPath,
        whole: &Whole,
        at: &RelPath,
        file: &File,
    ) -> Option<CopiedFile> {
        let favourite = self.favourite(&whole.origin.template);
        let mut best: Option<(f32, bool, CopiedFile)> = None;
        for release in self.of(&whole.origin.template) {
            let Some(Content::Whole(then)) = release.upstream.files.get(path) else {
                continue;
            };
            let likeness = likeness(file, &then.file);
            let is_favourite = favourite == Some(&release.version);
            // Of two that are as near, the newer was met first.
            let is_nearer = best.as_ref().is_none_or(|(other, other_is, _)| {
                likeness > *other || (likeness >= *other && is_favourite && !other_is)
            });
            if likeness >= LIKENESS && is_nearer {
                let copy = CopiedFile {
                    copied: Copied {
                        name: release.name.clone(),
                        version: release.version.clone(),
                        is_equal: then.file.bytes == file.bytes,
                    },
                    at: at.clone(),
                    file: then.file.clone(),
                    origin: then.origin.clone(),
                };
                best = Some((likeness, is_favourite, copy));
            }
        }
        best.map(|(_, _, copy)| copy)
    }

    /// Returns how many of the team's files are equal to those of a release.
    pub(super) fn equal_files(&self, release: &Release) -> usize {
        let mut equal = 0;
        for (path, content) in &release.upstream.files {
            let Content::Whole(whole) = content else {
                continue;
            };
            let beside = without_template(path, &whole.origin.template);
            let beside = beside.and_then(|at| self.others.get(&at));
            let file = file_in(self.ours, path).or(beside);
            equal += usize::from(file.is_some_and(|file| file.bytes == whole.file.bytes));
        }
        equal
    }

    /// Finds rules that the team gave another name: by their content alone, which has to be more
    /// than a few lines.
    fn under_other_names(&self, copies: &mut Copies) {
        let mut used: BTreeSet<RelPath> = copies.places().into_iter().cloned().collect();
        let mut lines: BTreeMap<&RelPath, HashSet<&str>> = BTreeMap::new();
        for (path, file) in self.others {
            if path.below(RULES).is_some() && !used.contains(path) {
                lines.insert(path, significant(file));
            }
        }
        for (path, whole) in self.wanted() {
            let is_free = self.ours.get(path).is_none_or(|local| local.is_absent());
            if !is_free || path.below(RULES).is_none() || copies.files.contains_key(path) {
                continue;
            }
            let wanted = significant(&whole.file);
            for (at, there) in &lines {
                let common = wanted.intersection(there).count();
                let most = wanted.len().max(there.len());
                let is_like = common >= LINES_UNDER_ANOTHER_NAME && 2 * common >= most;
                if !is_like || used.contains(*at) || (self.is_named)(at) {
                    continue;
                }
                if let Some(copy) = self.nearest(path, whole, at, &self.others[*at]) {
                    used.insert((*at).clone());
                    copies.files.insert(path.clone(), copy);
                    break;
                }
            }
        }
    }

    /// Lets scripts be that settings run in another way than as they are, or that other scripts
    /// beside them may need: nothing else would find them.
    fn let_be_what_others_run(&self, copies: &mut Copies) {
        let is_script = |path: &RelPath| path.below(HOOKS).is_some();
        copies.files.retain(|path, copy| {
            copy.at == *path || !is_script(path) || entries::is_run_plainly(self.ours, &copy.at)
        });
        loop {
            let places: BTreeSet<RelPath> = copies.places().into_iter().cloned().collect();
            let stays = |path: &&RelPath| is_script(path) && !places.contains(*path);
            let staying: Vec<&File> = self
                .others
                .iter()
                .filter(|(path, _)| stays(path))
                .map(|(_, file)| file)
                .collect();
            let needed = |at: &RelPath| {
                let needs_it = |file: &File| names(file, at);
                let text = self.others.get(at);
                let mut beside = self.others.keys().filter(|path| stays(path));
                staying.iter().any(|file| needs_it(file))
                    || beside.any(|path| text.is_some_and(|file| names(file, path)))
            };
            let before = copies.files.len();
            copies
                .files
                .retain(|path, copy| copy.at == *path || !is_script(path) || !needed(&copy.at));
            if copies.files.len() == before {
                return;
            }
        }
    }
}

/// Whether a script names another one.
fn names(file: &File, path: &RelPath) -> bool {
    let text = file.text().unwrap_or_default();
    text.contains(path.file_name())
}

/// Returns the lines of a file that say something.
fn significant(file: &File) -> HashSet<&str> {
    let lines = file.text().unwrap_or_default().lines();
    lines
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect()
}

fn likeness(file: &File, other: &File) -> f32 {
    match (file.text(), other.text()) {
        _ if file.bytes == other.bytes => 1.0,
        // What a file is not the same as, it is edited from: never quite 1.
        (Some(text), Some(other)) => {
            let text = text.replace("\r\n", "\n");
            TextDiff::from_lines(text.as_str(), other)
                .ratio()
                .min(0.999)
        }
        _ => 0.0,
    }
}
