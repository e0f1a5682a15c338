//! Applies a patch to a tree that may have changed since.

use std::fmt;

use super::{FilePatch, Hunk, Patch, PatchChange, lines};
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};

/// Why a patch doesn't apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub path: RelPath,
    /// The line of the old file, from 1, at which the patch expects what isn't there; 0 for the
    /// whole file.
    pub line: usize,
    pub what: String,
}

impl Patch {
    /// Returns the tree with the patch applied.
    ///
    /// All lines that a hunk keeps or removes have to be there in one piece. A hunk that isn't at
    /// its place is searched for from there outward, never before an earlier hunk. Unlike in git, a
    /// hunk at the top or the end of a file may have other lines before or after it now.
    ///
    /// # Errors
    /// Names the first place that doesn't fit.
    pub fn apply(&self, tree: &FileTree) -> Result<FileTree, Misfit> {
        let mut result = tree.clone();
        for file in &self.files {
            let new = file.result(tree)?;
            result.remove(file.renamed_from.as_ref().unwrap_or(&file.path));
            result.extend(new.map(|new| (file.path.clone(), new)));
        }
        match self
            .files
            .iter()
            .find_map(|file| in_the_way(&file.path, &result))
        {
            Some(misfit) => Err(misfit),
            None => Ok(result),
        }
    }
}

impl FilePatch {
    /// Returns the file after the patch, or `None` if it is deleted.
    fn result(&self, tree: &FileTree) -> Result<Option<File>, Misfit> {
        match &self.change {
            PatchChange::Addition { executable, text } => {
                let new = File {
                    bytes: text.clone().into_bytes().into(),
                    executable: *executable,
                };
                match tree.get(&self.path) {
                    Some(there) if *there != new => {
                        Err(self.misfit(0, "is there already, and holds something else"))
                    }
                    _ => Ok(Some(new)),
                }
            }
            PatchChange::Deletion { text, .. } => match tree.get(&self.path) {
                None => Err(self.misfit(0, "should be deleted, and isn't there")),
                Some(there) if there.bytes != text.as_bytes() => {
                    Err(self.misfit(0, "should be deleted, and holds something else"))
                }
                Some(_) => Ok(None),
            },
            PatchChange::Edit { modes, hunks } => {
                let old = self.old_file(tree)?;
                let executable = modes
                    .filter(|modes| modes.old != modes.new)
                    .map_or(old.executable, |modes| modes.new);
                let text = old.text().ok_or_else(|| self.misfit(0, "is not text"))?;
                let text = splice(text, hunks).map_err(|(line, what)| self.misfit(line, what))?;
                Ok(Some(File {
                    bytes: text.into_bytes().into(),
                    executable,
                }))
            }
        }
    }

    fn old_file<'a>(&self, tree: &'a FileTree) -> Result<&'a File, Misfit> {
        let Some(from) = &self.renamed_from else {
            return tree
                .get(&self.path)
                .ok_or_else(|| self.misfit(0, "isn't there"));
        };
        if tree.contains_key(&self.path) {
            return Err(self.misfit(0, "is there already"));
        }
        let missing = || Misfit {
            path: from.clone(),
            line: 0,
            what: "isn't there".to_owned(),
        };
        tree.get(from).ok_or_else(missing)
    }

    fn misfit(&self, line: usize, what: &str) -> Misfit {
        Misfit {
            path: self.path.clone(),
            line,
            what: what.to_owned(),
        }
    }
}

/// Returns the problem where a path would be both a file and a folder.
fn in_the_way(path: &RelPath, tree: &FileTree) -> Option<Misfit> {
    if !tree.contains_key(path) {
        return None;
    }
    let above = path
        .ancestors()
        .find(|folder| tree.contains_key(folder))
        .map(|folder| (folder, path));
    let mut behind = tree.range(path..).map(|(other, _)| other);
    let (folder, below) = above.or_else(|| {
        // Names like `a-b` sort between a folder `a` and its files.
        let below = behind
            .by_ref()
            .take_while(|other| other.as_str().starts_with(path.as_str()));
        Some((
            path.clone(),
            below
                .into_iter()
                .find(|other| other.below(path.as_str()).is_some())?,
        ))
    })?;
    Some(Misfit {
        path: folder,
        line: 0,
        what: format!("would be a file and the folder of `{below}`"),
    })
}

type Wrong = (usize, &'static str);

fn splice(text: &str, hunks: &[Hunk]) -> Result<String, Wrong> {
    let old = lines(text);
    let (mut result, mut done, mut drift) = (String::with_capacity(text.len()), 0, 0);
    for hunk in hunks {
        let wanted = hunk.at.saturating_add_signed(drift);
        let lines = hunk.old_lines();
        let at = find(&old, &lines, done, wanted)
            .ok_or((hunk.at + 1, "doesn't have the lines that the patch changes"))?;
        let pieces = old[done..at].iter().copied().chain(hunk.new_lines());
        push(&mut result, pieces, hunk)?;
        done = at + lines.len();
        drift = at.cast_signed() - hunk.at.cast_signed();
    }
    match hunks.last() {
        Some(last) => push(&mut result, old[done..].iter().copied(), last)?,
        None => result.push_str(text),
    }
    Ok(result)
}

/// Adds lines, and refuses to add one after a line without a line end.
fn push<'a>(
    result: &mut String,
    lines: impl Iterator<Item = &'a str>,
    hunk: &Hunk,
) -> Result<(), Wrong> {
    for line in lines {
        if !result.is_empty() && !result.ends_with('\n') {
            return Err((
                hunk.at + 1,
                "goes on where the patch has the end of the file",
            ));
        }
        result.push_str(line);
    }
    Ok(())
}

/// Returns where the `wanted` lines are, nearest to `place` and not before `from`.
fn find(lines: &[&str], wanted: &[&str], from: usize, place: usize) -> Option<usize> {
    // A hunk without context only fits into an empty file; anywhere else would be a guess.
    if wanted.is_empty() {
        return lines.is_empty().then_some(0);
    }
    let last = lines
        .len()
        .checked_sub(wanted.len())
        .filter(|last| *last >= from)?;
    let place = place.clamp(from, last);
    let outward = (0..=last - from)
        .flat_map(|distance| [place.checked_add(distance), place.checked_sub(distance)]);
    let mut places = outward.flatten().filter(|at| (from..=last).contains(at));
    places.find(|at| lines[*at..*at + wanted.len()] == *wanted)
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path.as_str().escape_debug(), self.what)?;
        if self.line > 0 {
            write!(f, " at line {}", self.line)?;
        }
        Ok(())
    }
}

impl std::error::Error for Misfit {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    fn tree(text: &str) -> FileTree {
        FileTree::from([(rel("f"), File::plain(text))])
    }

    #[track_caller]
    fn check(old: &str, new: &str, now: &str, expected: Result<&str, &str>) {
        let patch = Patch::between(&tree(old), &tree(new)).unwrap();
        let result = patch
            .apply(&tree(now))
            .map(|tree| tree[&rel("f")].text().unwrap().to_owned());
        assert_eq!(
            result.as_deref().map_err(|misfit| misfit.to_string()),
            expected.map_err(str::to_owned)
        );
    }

    #[test]
    fn a_hunk_is_found_where_it_moved_to() {
        check(
            "a\nb\nc\n",
            "a\nB\nc\n",
            "x\ny\na\nb\nc\nz\n",
            Ok("x\ny\na\nB\nc\nz\n"),
        );
        check("a\nb\n", "a\nb\nc\n", "0\na\nb\n", Ok("0\na\nb\nc\n"));
        check(
            "a\nb\n",
            "a\nB\n",
            "a\n",
            Err("`f` doesn't have the lines that the patch changes at line 1"),
        );
    }

    #[test]
    fn of_two_places_the_nearer_one_is_meant() {
        let lines = "x\na\nx\n".to_owned() + &"-\n".repeat(9);
        let old = format!("{lines}x\na\nx\n");
        let moved = format!("0\n{old}");
        let new = format!("{lines}x\nA\nx\n");
        check(&old, &new, &moved, Ok(&format!("0\n{new}")));
    }

    #[test]
    fn the_end_of_a_file_stays_its_end() {
        let wrong = "`f` goes on where the patch has the end of the file at line 1";
        check("a\n", "b", "a\nc\n", Err(wrong));
        check(
            "a",
            "b",
            "a\n",
            Err("`f` doesn't have the lines that the patch changes at line 1"),
        );
        check(
            "",
            "a\n",
            "b\n",
            Err("`f` doesn't have the lines that the patch changes at line 1"),
        );
    }

    #[test]
    fn what_isnt_as_the_patch_has_it_is_refused() {
        let (none, one, other) = (FileTree::new(), tree("1\n"), tree("2\n"));
        let refused = |from: &FileTree, to: &FileTree, now: &FileTree| {
            Patch::between(from, to)
                .unwrap()
                .apply(now)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            refused(&none, &one, &other),
            "`f` is there already, and holds something else"
        );
        assert_eq!(
            refused(&one, &none, &other),
            "`f` should be deleted, and holds something else"
        );
        assert_eq!(
            refused(&one, &none, &none),
            "`f` should be deleted, and isn't there"
        );
        assert_eq!(refused(&one, &other, &none), "`f` isn't there");
        let folder = FileTree::from([(rel("f/g"), File::plain("1\n"))]);
        assert_eq!(
            refused(&none, &one, &folder),
            "`f` would be a file and the folder of `f/g`"
        );
        assert_eq!(
            refused(&none, &folder, &one),
            "`f` would be a file and the folder of `f/g`"
        );
        assert_eq!(
            Patch::between(&none, &one).unwrap().apply(&one).unwrap(),
            one
        );
    }
}
