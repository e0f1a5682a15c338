//! Files that were copied: to the path where upstream has them, or beside the folder of their
//! template.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use similar::diff_ratio;

use crate::agent::claude::places::{HOOKS, RULES, without_template};
use crate::model::operations::{Algorithm, operations};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Content, Whole};

use super::{
    Copied, CopiedFile, Copies, LIKENESS, Left, Nearest, RenderedRelease, Search, entries, file_in,
};

/// How many lines that say something a file has to have to be known under another name.
const LINES_UNDER_ANOTHER_NAME: usize = 5;

impl Search<'_> {
    pub(super) fn files(&self, copies: &mut Copies) {
        let mut found = Vec::new();
        for (path, whole) in self.wanted() {
            let there = match file_in(self.ours, path) {
                Some(file) if file.bytes != whole.file.bytes => Some((path.clone(), file)),
                Some(_) => None,
                None => self.beside(path, whole),
            };
            if let Some((at, file)) = there
                && let Some((likeness, copy)) = self.nearest(path, whole, &at, file)
            {
                found.push((likeness, path, copy, file));
            }
        }
        // Where several files resemble one, the most alike gets it.
        found.sort_by(|(one, ..), (other, ..)| other.total_cmp(one));
        let mut used = BTreeSet::new();
        for (_, path, copy, file) in found {
            if used.insert(copy.at.clone()) {
                self.take(path, copy, file, copies);
            }
        }
        self.under_other_names(&mut used, copies);
        self.let_be_what_others_need(copies);
    }

    /// Records a file as a copy, or as one that stays where it is.
    fn take(&self, path: &RelPath, copy: CopiedFile, file: &File, copies: &mut Copies) {
        match self.stays(path, &copy, file) {
            Some(why) => {
                copies.left.insert(copy.at, (path.clone(), why));
            }
            None => {
                copies.files.insert(path.clone(), copy);
            }
        }
    }

    /// Returns why a copy can't move to where upstream has it, if it can't.
    fn stays(&self, path: &RelPath, copy: &CopiedFile, file: &File) -> Option<Left> {
        if copy.at == *path {
            return None;
        }
        if let Some(by) = (self.named_by)(&copy.at) {
            return Some(Left::Named(by));
        }
        let places = self.theirs.hooks.values();
        let of_script = places.filter(|place| place.script == *path);
        let events: Vec<&str> = of_script.map(|place| place.event.as_str()).collect();
        if path.below(HOOKS).is_some() && !entries::is_run_plainly(self.ours, &copy.at, &events) {
            return Some(Left::RunOtherwise);
        }
        finds_others(file, &copy.file).then_some(Left::FindsOthers)
    }

    /// Returns the files that upstream brings, and that were never installed.
    fn wanted(&self) -> impl Iterator<Item = (&RelPath, &Whole)> {
        let files = self.theirs.files.iter();
        files.filter_map(|(path, content)| {
            let whole = content.as_whole().filter(|whole| !whole.seed)?;
            (!self.base.files.contains_key(path)).then_some((path, whole))
        })
    }

    /// Returns the file at the place of a hand copy, if upstream's path is free: by the name that
    /// the file has now, or had in a release.
    fn beside(&self, path: &RelPath, whole: &Whole) -> Option<(RelPath, &File)> {
        let template = &whole.origin.template;
        if self.ours.get(path).is_some_and(|local| !local.is_absent()) {
            return None;
        }
        let then = self.of(template);
        let earlier = then.filter_map(|release| self.was_called(release, path, whole));
        let mut names = std::iter::once(path.clone()).chain(earlier);
        names.find_map(|name| {
            let at = without_template(&name, template)?;
            let file = self.others.get(&at)?;
            Some((at, file))
        })
    }

    /// Returns where a release has a file that upstream has at `path`, by the renames of all
    /// releases since.
    pub(super) fn was_called(
        &self,
        release: &RenderedRelease,
        path: &RelPath,
        whole: &Whole,
    ) -> Option<RelPath> {
        if release.upstream.files.contains_key(path) {
            return Some(path.clone());
        }
        let mut origin = whole.origin.rendered();
        let since = self.of(&whole.origin.template);
        let since = since.take_while(|one| one.version > release.version);
        let renames = since.map(|one| &one.upstream.renames);
        for renames in std::iter::once(&self.theirs.renames).chain(renames) {
            let before = renames
                .iter()
                .find(|(old, new)| old.template == origin.template && **new == origin.source);
            if let Some((old, _)) = before {
                origin = old.clone();
            }
        }
        for (path, content) in &release.upstream.files {
            let whole = content.as_whole();
            if whole.is_some_and(|whole| whole.origin.rendered() == origin) {
                return Some(path.clone());
            }
        }
        None
    }

    /// Returns what a file was copied from and how alike they are, if a release is near enough.
    fn nearest(
        &self,
        path: &RelPath,
        whole: &Whole,
        at: &RelPath,
        file: &File,
    ) -> Option<(f32, CopiedFile)> {
        let mut nearest = Nearest::new();
        for release in self.of(&whole.origin.template) {
            let Some(name) = self.was_called(release, path, whole) else {
                continue;
            };
            let content = release.upstream.files.get(&name);
            let Some(then) = content.and_then(Content::as_whole) else {
                continue;
            };
            let likeness = likeness(file, &then.file);
            if likeness >= LIKENESS {
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
                nearest.offer(likeness, self.is_favourite(release), (likeness, copy));
            }
        }
        nearest.found()
    }

    /// Returns how alike the team's files and those of a release are, added up.
    pub(super) fn likeness_of_all(&self, release: &RenderedRelease) -> f32 {
        let mut all = 0.0;
        for (path, content) in &release.upstream.files {
            let Some(whole) = content.as_whole() else {
                continue;
            };
            let beside = without_template(path, &whole.origin.template);
            let beside = beside.and_then(|at| self.others.get(&at));
            let file = file_in(self.ours, path).or(beside);
            all += file.map_or(0.0, |file| likeness(file, &whole.file));
        }
        all
    }

    /// Finds rules and scripts to which the team gave another name, by their content alone: a rule
    /// needs more than a few lines, and a script has to be equal to the byte.
    fn under_other_names(&self, used: &mut BTreeSet<RelPath>, copies: &mut Copies) {
        let mut lines: BTreeMap<&RelPath, HashSet<&str>> = BTreeMap::new();
        for (path, file) in self.others {
            if !used.contains(path) {
                lines.insert(path, significant(file));
            }
        }
        for (path, whole) in self.wanted() {
            let is_free = self.ours.get(path).is_none_or(|local| local.is_absent());
            let is_known = copies.files.contains_key(path);
            let folder = [RULES, HOOKS]
                .into_iter()
                .find(|folder| path.below(folder).is_some());
            let Some(folder) = folder.filter(|_| is_free && !is_known) else {
                continue;
            };
            let wanted = significant(&whole.file);
            for (at, there) in &lines {
                let common = wanted.intersection(there).count();
                let most = wanted.len().max(there.len());
                let is_script = folder == HOOKS && self.others[*at].bytes == whole.file.bytes;
                let is_like = common >= LINES_UNDER_ANOTHER_NAME && 2 * common >= most;
                let is_beside = at.below(folder).is_some() && !used.contains(*at);
                if !is_beside || !(is_like || is_script) {
                    continue;
                }
                let file = &self.others[*at];
                if let Some((_, copy)) = self.nearest(path, whole, at, file) {
                    used.insert((*at).clone());
                    self.take(path, copy, file, copies);
                    break;
                }
            }
        }
    }

    /// Leaves scripts where they are if scripts beside them may need them, or they may need others:
    /// at another place they wouldn't be found.
    fn let_be_what_others_need(&self, copies: &mut Copies) {
        while let Some(path) = self.needed_where_it_lies(copies) {
            if let Some(copy) = copies.files.remove(&path) {
                copies.left.insert(copy.at, (path, Left::Needed));
            }
        }
    }

    /// Returns upstream's path of a copied script that others may need where the copy is, if there
    /// is one.
    fn needed_where_it_lies(&self, copies: &Copies) -> Option<RelPath> {
        let places = copies.places();
        let mut staying: BTreeMap<&RelPath, &File> = self.others.iter().collect();
        staying.retain(|path, _| path.below(HOOKS).is_some() && !places.contains(path));
        for (path, copy) in &copies.files {
            let goes = copy.at != *path && path.below(HOOKS).is_some();
            if goes && self.is_needed(copy, &staying) {
                return Some(path.clone());
            }
        }
        None
    }

    fn is_needed(&self, copy: &CopiedFile, staying: &BTreeMap<&RelPath, &File>) -> bool {
        // An edit may import anything.
        if !copy.copied.is_equal && !staying.is_empty() {
            return true;
        }
        let own = self.others.get(&copy.at);
        staying
            .iter()
            .any(|(path, file)| names(file, &copy.at) || own.is_some_and(|own| names(own, path)))
    }
}

/// Returns whether an edit refers to other files by paths relative to the file's own: from another
/// folder they wouldn't be found. References that the release has, too, don't count.
fn finds_others(file: &File, released: &File) -> bool {
    const SIGNS: [&str; 8] = [
        "../",
        "](./",
        "](.",
        "@./",
        "dirname",
        "BASH_SOURCE",
        "__file__",
        "__dirname",
    ];
    let known = significant(released);
    let mut own = significant(file)
        .into_iter()
        .filter(|line| !known.contains(line));
    own.any(|line| SIGNS.iter().any(|sign| line.contains(sign)) || links_to_others(line))
}

/// Returns whether a text links to, or imports, a file by a relative path.
fn links_to_others(text: &str) -> bool {
    let mut links = text.split("](").skip(1);
    let mut imports = text
        .split_whitespace()
        .filter_map(|word| word.strip_prefix('@'));
    links.any(is_relative) || imports.any(|word| word.contains(".md"))
}

fn is_relative(target: &str) -> bool {
    let is_elsewhere = ["http:", "https:", "mailto:", "#", "/", "<"]
        .iter()
        .any(|start| target.starts_with(start));
    !target.is_empty() && !is_elsewhere
}

/// Returns whether a script names another one, or imports it as a module.
fn names(file: &File, path: &RelPath) -> bool {
    let text = file.text().unwrap_or_default();
    let name = path.file_name();
    let module = name.split('.').next().unwrap_or(name);
    text.contains(name) || text.lines().any(|line| imports(line, module))
}

fn imports(line: &str, module: &str) -> bool {
    let line = line.trim_start();
    let is_import = ["import ", "from ", "const ", "let ", "var "]
        .iter()
        .any(|word| line.starts_with(word));
    is_import && line.contains(module)
}

/// Returns the lines of a file that say something.
pub(super) fn significant(file: &File) -> HashSet<&str> {
    let lines = file.text().unwrap_or_default().lines();
    lines
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect()
}

fn likeness(file: &File, other: &File) -> f32 {
    match (file.text(), other.text()) {
        _ if file.bytes == other.bytes => 1.0,
        // Files that aren't equal are less than 1 alike.
        (Some(text), Some(other)) => {
            let text = text.replace("\r\n", "\n");
            let old: Vec<&str> = text.split_inclusive('\n').collect();
            let new: Vec<&str> = other.split_inclusive('\n').collect();
            let operations = operations(Algorithm::Myers, &old, &new);
            diff_ratio(&operations, old.len(), new.len()).min(0.999)
        }
        _ => 0.0,
    }
}
