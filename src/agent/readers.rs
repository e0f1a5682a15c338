//! Which tools read which prose of a repository, and what they do with it: the rows of
//! `readers.tsv`. **Prose counts as read by a tool unless a row says otherwise**: the rows that say
//! so are for known names and folders.

use std::sync::LazyLock;

use globset::{Glob, GlobBuilder, GlobSet};

use crate::model::path::{RelPath, fold};

use super::definition::words_at;
use super::hooks::is_hook_file;

/// The rows of `readers.tsv`: the first one that matches decides.
pub static READERS: LazyLock<Vec<Reader>> = LazyLock::new(|| {
    let lines = include_str!("readers.tsv").lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(Reader::parse)
        .collect()
});

/// The places of [`READERS`], in their order.
static PLACES: LazyLock<GlobSet> = LazyLock::new(|| {
    let globs = READERS.iter().map(Reader::glob);
    GlobSet::new(globs).expect("the places are a set of patterns")
});

/// Endings of files that people and agents read as text.
pub const PROSE: [&str; 5] = ["md", "mdc", "txt", "rst", "adoc"];

/// What a tool does with prose at one place.
#[derive(Clone, Debug)]
pub struct Reader {
    /// A folder, wherever it lies, where it ends in `/`; else a path or a file's name. `*` is
    /// anything but `/`.
    pub place: String,
    /// Whether the front matter is taken orders from.
    pub header: bool,
    /// Which commands inside are run.
    pub commands: Commands,
    /// Who reads it.
    pub reader: &'static str,
    /// A path that it matches.
    pub example: &'static str,
}

/// Which commands inside a text are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commands {
    None,
    /// As Claude Code finds them: `` !`x` `` behind a blank, code blocks marked with `!`.
    Claude,
    /// As any agent finds them: also `` !`x` `` in a word, and `!{x}`.
    Any,
    /// The file is orders as it is.
    All,
}

impl Reader {
    fn parse(line: &'static str) -> Self {
        let columns: Vec<&str> = line.split('\t').collect();
        let [place, header, commands, reader, example] = columns[..] else {
            panic!("a row has five columns");
        };
        let commands = match commands {
            "-" => Commands::None,
            "claude" => Commands::Claude,
            "any" => Commands::Any,
            "all" => Commands::All,
            other => panic!("`{other}` says nothing of commands"),
        };
        Self {
            place: fold(place),
            header: header == "keys",
            commands,
            reader,
            example,
        }
    }

    /// Returns the place as a pattern of folded paths.
    fn glob(&self) -> Glob {
        let pattern = match self.place.ends_with('/') {
            true => format!("**/{}**", self.place),
            false => format!("**/{}", self.place),
        };
        let glob = GlobBuilder::new(&pattern).literal_separator(true).build();
        glob.expect("a place is a pattern")
    }
}

/// Returns who reads prose at a path; nothing where the file is no prose by its name.
pub fn reader_of(path: &RelPath) -> Option<&'static Reader> {
    let folded = path.folded();
    let name = folded.rsplit('/').next().unwrap_or(&folded);
    let is_prose = match name.rsplit_once('.') {
        Some((stem, ending)) => !stem.is_empty() && PROSE.contains(&ending),
        None => name == "codeowners",
    };
    if !is_prose {
        return None;
    }
    PLACES.matches(&folded).first().map(|row| &READERS[*row])
}

/// Returns whether what a text file says has to be looked at: its front matter, its commands, its
/// keys.
pub fn may_run(path: &RelPath) -> bool {
    let is_read = |reader: &Reader| reader.header || reader.commands != Commands::None;
    reader_of(path).is_some_and(is_read) || words_at(path).is_some() || is_hook_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_is_the_first_that_its_example_matches() {
        assert!(READERS.len() > 60, "{}", READERS.len());
        for row in READERS.iter() {
            let found = reader_of(&row.example.parse().unwrap()).map(|found| found.place.as_str());
            assert_eq!(found, Some(row.place.as_str()), "{}", row.example);
        }
    }

    #[test]
    fn a_place_is_found_in_any_folder_and_however_its_letters_are_written() {
        for (path, place) in [
            ("packages/api/.Claude/Skills/r/SKILL.md", ".claude/skills/"),
            (".claude/skills.md", ".*/"),
            ("x/requirements/base.txt", "requirements/*.txt"),
            ("x.requirements/base.txt", "*.txt"),
            ("docs/codeowners", "codeowners"),
            ("docs/a.md", "*"),
            ("a.md", "*"),
        ] {
            let found = reader_of(&path.parse().unwrap()).map(|found| found.place.as_str());
            assert_eq!(found, Some(place), "{path}");
        }
        assert!(reader_of(&"docs/a.sh".parse().unwrap()).is_none());
        assert!(reader_of(&".md".parse().unwrap()).is_none());
    }
}
