//! The edits that a team makes before an upgrade: always the same ones for the same trees.

use std::collections::{BTreeMap, BTreeSet};

use support::formatter;

use super::hunks::{Hunk, Lines, hunks, lines};
use super::tree::{File, Tree};

/// How many files get each edit.
const LINES: usize = 10;
const SECTIONS: usize = 5;

/// A team at its files, shortly before a release.
pub struct Team<'a> {
    installed: &'a Tree,
    released: &'a Tree,
    /// The files as the edits leave them.
    pub tree: Tree,
    /// Where files were moved, in this step or before.
    pub moved: BTreeMap<String, String>,
    /// What a formatter went over.
    pub formatted: BTreeSet<String>,
    /// What was done, a line an edit.
    pub done: Vec<String>,
    /// What only one edit may touch.
    taken: BTreeSet<String>,
    step: usize,
    /// Where in the lists of files it starts.
    turn: usize,
}

impl<'a> Team<'a> {
    /// Makes all the edits, in files of which some were moved before.
    pub fn edits(
        installed: &'a Tree,
        tree: Tree,
        released: &'a Tree,
        moved: BTreeMap<String, String>,
        step: usize,
        turn: usize,
    ) -> Self {
        let mut team = Self {
            installed,
            released,
            tree,
            moved,
            formatted: BTreeSet::new(),
            done: Vec::new(),
            taken: BTreeSet::new(),
            step,
            turn,
        };
        team.changes_what_it_moved();
        team.moves();
        team.deletes();
        team.reformats();
        team.makes_windows();
        team.changes_lines();
        team.adds_sections();
        team
    }

    /// Returns the Markdown files of a kind that nobody has taken, in the order of their names from
    /// the turn's on.
    fn files(&self, kind: fn(&File, Option<&File>) -> bool) -> Vec<String> {
        let all = self.installed.iter().filter(|(path, file)| {
            let free = path.ends_with(".md")
                && self.tree.contains_key(*path)
                && !self.taken.contains(*path);
            free && kind(file, self.released.get(*path))
        });
        let mut all: Vec<String> = all.map(|(path, _)| path.clone()).collect();
        let first = self.turn % all.len().max(1);
        all.rotate_left(first);
        all
    }

    fn changed(&self) -> Vec<String> {
        self.files(|base, released| released.is_some_and(|released| released.bytes != base.bytes))
    }

    fn unchanged(&self) -> Vec<String> {
        self.files(|base, released| released == Some(base))
    }

    fn dropped(&self) -> Vec<String> {
        self.files(|_, released| released.is_none())
    }

    fn is_pristine(&self, path: &str) -> bool {
        self.tree.get(path) == self.installed.get(path)
    }

    fn upstream(&self, path: &str) -> (Lines, Vec<Hunk>) {
        let [base, released] = [self.installed, self.released].map(|tree| lines(tree[path].text()));
        let hunks = hunks(&base, &released);
        (base, hunks)
    }

    fn note(&mut self, what: &str, path: &str) {
        self.done.push(format!("{what:<28} {path}"));
    }

    fn write(&mut self, what: &str, path: &str, text: &str) {
        let file = self.tree.get_mut(path).expect("what is edited is there");
        assert_ne!(file.text(), text, "{path}: an edit changes something");
        file.bytes = text.as_bytes().to_vec();
        self.note(what, path);
    }

    fn moves(&mut self) {
        let pristine = self
            .changed()
            .into_iter()
            .rfind(|path| self.is_pristine(path))
            .expect("one is untouched");
        let (folder, name) = pristine.rsplit_once('/').expect("a file is in a folder");
        let to = format!("{folder}/our-{}-{name}", self.step);
        let file = self.tree.remove(&pristine).expect("it is there");
        self.tree.insert(to.clone(), file);
        self.note("moved", &format!("{pristine} -> {to}"));
        self.taken.insert(pristine.clone());
        self.moved.insert(pristine, to);
    }

    /// A line of each file that was moved before: one that the release changes too, every other
    /// turn.
    fn changes_what_it_moved(&mut self) {
        let pick = if (self.turn + self.step).is_multiple_of(2) {
            far
        } else {
            contested
        };
        for (path, place) in self.moved.clone() {
            if self.released.contains_key(&path) && self.tree.contains_key(&place) {
                let what = "line of what was moved";
                let _ = self.changes_line(what, (&path, &place), pick)
                    || self.changes_line(what, (&path, &place), far);
            }
        }
    }

    /// One that the release changes and one that it doesn't.
    fn deletes(&mut self) {
        for path in [self.changed().pop(), self.unchanged().pop()] {
            let path = path.expect("there is one to delete");
            self.tree.remove(&path);
            self.note("deleted", &path);
        }
    }

    /// The one in which a formatter changes most lines beside those that the release changes.
    fn reformats(&mut self) {
        let unix = self
            .changed()
            .into_iter()
            .filter(|path| !self.tree[path].text().contains('\r'));
        let formatted = unix.map(|path| (formatter::format(self.tree[&path].text()), path));
        let met = |path: &str, text: &str| {
            let own = hunks(&lines(self.tree[path].text()), &lines(text));
            let (_, upstream) = self.upstream(path);
            (
                own.iter()
                    .filter(|hunk| upstream.iter().any(|other| other.touches(hunk)))
                    .count(),
                own.len(),
            )
        };
        let mut formatted: Vec<(String, String)> = formatted.collect();
        formatted.sort_by_cached_key(|(text, path)| std::cmp::Reverse(met(path, text)));
        let first = self.turn % 2;
        let (text, path) = formatted.swap_remove(first);
        self.write("reformatted", &path, &text);
        self.formatted.insert(path.clone());
        self.taken.insert(path);
    }

    fn makes_windows(&mut self) {
        let path = self
            .changed()
            .into_iter()
            .find(|path| !self.tree[path].text().contains('\r'));
        let path = path.expect("one has line ends of Unix");
        let text = self.tree[&path].text().replace('\n', "\r\n");
        self.write("CRLF", &path, &text);
    }

    fn changes_lines(&mut self) {
        let mut left = self.changed();
        let mut count = 0;
        let kinds: [(&str, usize, Pick); 4] = [
            ("words that upstream leaves", 2, reworded),
            ("line that upstream changes", 3, contested),
            ("line beside upstream's", 2, beside),
            ("line", 1, far),
        ];
        for (what, wanted, pick) in kinds {
            let mut made = 0;
            left.retain(|path| {
                let changes = made < wanted && self.changes_line(what, (path, path), pick);
                made += usize::from(changes);
                !changes
            });
            count += made;
        }
        assert!(count > 0, "lines that upstream changes were changed");
        for path in self
            .dropped()
            .into_iter()
            .take(1)
            .chain(self.unchanged())
            .chain(left)
        {
            let pick = if self.released.contains_key(&path) {
                far
            } else {
                any
            };
            if count < LINES && self.changes_line("line", (&path, &path), pick) {
                count += 1;
                self.taken
                    .extend((!self.released.contains_key(&path)).then_some(path));
            }
        }
        assert_eq!(count, LINES, "so many lines were changed");
    }

    /// Changes one line of a file, which is at another place where it was moved, unless it has none
    /// of the kind.
    fn changes_line(&mut self, what: &str, (path, place): (&str, &str), pick: Pick) -> bool {
        let text = self.tree[place].text();
        let other = ["#", "|", "`", "<", "-", "name:", "description:"];
        let is_item = |line: &str| line.trim_start().starts_with("- ");
        let plain = |line: &str| {
            line.len() > 20 && (is_item(line) || !other.iter().any(|mark| line.starts_with(mark)))
        };
        let once = |line: &&String| {
            plain(line)
                && text
                    .lines()
                    .filter(|other| other.trim_end() == *line)
                    .count()
                    == 1
        };
        let candidates = match self.released.contains_key(path) {
            true => {
                let (base, hunks) = self.upstream(path);
                pick(&base, &hunks)
            }
            false => lines(self.installed[path].text()),
        };
        let Some(line) = candidates.iter().find(once).cloned() else {
            return false;
        };
        // Every other one is rewritten, the others get a few words at their end.
        let new = match self.done.len() % 2 {
            0 if what != "words that upstream leaves" => {
                format!(
                    "Our team does this in a way of its own since step {}.",
                    self.step
                )
            }
            _ => format!("{line} Our team says so too, since step {}.", self.step),
        };
        let text = replaced(text, &line, &new);
        self.write(what, place, &text);
        true
    }

    /// In the middle of files that the release changes, at the end of some, and in some that it
    /// leaves alone.
    fn adds_sections(&mut self) {
        let changed = self.changed();
        let (ends, middles) = changed.split_at(changed.len().min(2));
        let unchanged = self.unchanged();
        let at_ends = ends.iter().map(|path| (path, false));
        let in_middles = middles.iter().rev().take(2).map(|path| (path, true));
        let all: Vec<(String, bool)> = at_ends
            .chain(in_middles)
            .chain(unchanged.iter().map(|path| (path, true)))
            .take(SECTIONS)
            .map(|(path, middle)| (path.clone(), middle))
            .collect();
        assert_eq!(all.len(), SECTIONS, "so many sections were added");
        for (path, middle) in all {
            let text = self.with_section(self.tree[&path].text(), middle);
            self.write("section", &path, &text);
        }
    }

    fn with_section(&self, text: &str, middle: bool) -> String {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let step = self.step;
        let section = [
            "",
            &format!("## What our team adds in step {step}"),
            "",
            &format!("Ask us about step {step}."),
            "",
        ]
        .join(end);
        let headings: Vec<usize> = text.match_indices("\n## ").map(|(at, _)| at + 1).collect();
        match headings.get(1) {
            Some(&at) if middle => format!(
                "{}{}{end}{}",
                &text[..at],
                section.trim_start(),
                &text[at..]
            ),
            _ => format!("{text}{section}"),
        }
    }
}

/// Returns the lines of a kind, of a base that upstream changes.
type Pick = fn(&Lines, &[Hunk]) -> Lines;

fn contested(_base: &Lines, hunks: &[Hunk]) -> Lines {
    hunks.iter().flat_map(|hunk| hunk.removed.clone()).collect()
}

/// Lines of which the release keeps the end.
fn reworded(_base: &Lines, hunks: &[Hunk]) -> Lines {
    let same = hunks
        .iter()
        .filter(|hunk| hunk.removed.len() == hunk.added.len());
    let pairs = same.flat_map(|hunk| hunk.removed.iter().zip(&hunk.added));
    let end = |line: &str| {
        line.split_whitespace()
            .rev()
            .take(4)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    pairs
        .filter(|(old, new)| end(old) == end(new))
        .map(|(old, _)| old.clone())
        .collect()
}

fn beside(base: &Lines, hunks: &[Hunk]) -> Lines {
    let above = |hunk: &Hunk| {
        hunk.base
            .start
            .checked_sub(1)
            .map(|above| base[above].clone())
    };
    let below = |hunk: &Hunk| base.get(hunk.base.end).cloned();
    hunks
        .iter()
        .flat_map(|hunk| above(hunk).into_iter().chain(below(hunk)))
        .collect()
}

fn far(base: &Lines, hunks: &[Hunk]) -> Lines {
    let near = |at: usize| {
        hunks
            .iter()
            .any(|hunk| at + 3 > hunk.base.start && at < hunk.base.end + 3)
    };
    let all = base
        .iter()
        .enumerate()
        .filter(|(at, _)| *at > 5 && !near(*at));
    all.map(|(_, line)| line.clone()).collect()
}

fn any(base: &Lines, _hunks: &[Hunk]) -> Lines {
    base.clone()
}

/// Returns a text with one line changed, its end as it was.
fn replaced(text: &str, line: &str, new: &str) -> String {
    let one = |old: &str| {
        let content = old.trim_end_matches(['\r', '\n']);
        if content.trim_end() == line {
            format!("{new}{}", &old[content.len()..])
        } else {
            old.to_owned()
        }
    };
    text.split_inclusive('\n').map(one).collect()
}
