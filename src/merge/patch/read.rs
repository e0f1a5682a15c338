//! Reads patches that somebody sent: what `git diff` and `git format-patch` write, and nothing that
//! could do more.
//!
//! **A patch that was read touches text files below the root, each once.** No links, no submodules,
//! nothing in `.git`.

use std::collections::BTreeSet;
use std::fmt;

use super::quoting::unquote;
use super::{Blobs, FilePatch, Hunk, Modes, Patch, PatchChange, PatchLine};
use crate::model::path::{RelPath, fold};

/// How many bytes a patch may have.
pub const LIMIT: usize = 4 << 20;

/// How many files a patch may touch.
const FILES: usize = 1_000;

/// How many lines a range may name: more than fit into [`LIMIT`].
const LINES: usize = 10_000_000;

/// Where a text can't be read as a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedPatch {
    /// The line, from 1.
    pub line: usize,
    pub what: String,
}

impl Patch {
    /// Reads a patch as git writes it. A mail's signature (`-- ` and what follows) may come after
    /// it.
    ///
    /// # Errors
    /// Names the first line that can't be read, or that does what no patch may do here.
    pub fn parse(text: &str) -> Result<Self, MalformedPatch> {
        let (patch, end) = Self::parse_front(text)?;
        let mut rest = text.lines().enumerate().skip(end);
        let more =
            rest.find(|(_, line)| line.starts_with("diff --git ") || line.starts_with("From "));
        match more {
            Some((at, _)) => Err(MalformedPatch {
                line: at + 1,
                what: "a second patch follows the end of the first".to_owned(),
            }),
            None => Ok(patch),
        }
    }

    /// Reads a patch up to the signature of a mail, or to the next mail, and returns the number of
    /// its lines, too.
    ///
    /// # Errors
    /// As [`Patch::parse`].
    pub fn parse_front(text: &str) -> Result<(Self, usize), MalformedPatch> {
        let mut reader = Reader {
            lines: text.split_inclusive('\n').collect(),
            at: 0,
        };
        if text.len() > LIMIT {
            return Err(reader.malformed(format!("the patch is larger than {} MiB", LIMIT >> 20)));
        }
        if let Some(at) = reader.lines.iter().position(|line| line.contains('\0')) {
            reader.at = at;
            return Err(reader.malformed("there is a NUL: the patch is of a file that isn't text"));
        }
        let mut patch = Self::default();
        let mut paths = BTreeSet::new();
        while reader.skip_to_file()? {
            let start = reader.at;
            let file = reader.file()?;
            for path in file.renamed_from.iter().chain([&file.path]) {
                if !paths.insert(path.clone()) {
                    reader.at = start;
                    return Err(reader.malformed(format!(
                        "`{}` is changed twice",
                        path.as_str().escape_debug()
                    )));
                }
            }
            patch.files.push(file);
            if patch.files.len() > FILES {
                return Err(reader.malformed(format!("the patch touches more than {FILES} files")));
            }
        }
        Ok((patch, reader.at))
    }
}

struct Reader<'a> {
    lines: Vec<&'a str>,
    at: usize,
}

/// What the lines between `diff --git` and the first hunk say.
#[derive(Default)]
struct Header<'a> {
    added: Option<bool>,
    deleted: Option<bool>,
    old_mode: Option<bool>,
    new_mode: Option<bool>,
    renamed_from: Option<RelPath>,
    renamed_to: Option<RelPath>,
    blobs: Option<Blobs>,
    /// The mode in the index line, which a file keeps.
    kept: Option<bool>,
    /// The line `diff --git`, behind these words.
    names: &'a str,
}

/// What the lines `---` and `+++` name: a path each, or `None` for `/dev/null`.
type Names = (Option<RelPath>, Option<RelPath>);

impl<'a> Reader<'a> {
    fn malformed(&self, what: impl Into<String>) -> MalformedPatch {
        MalformedPatch {
            line: self.at + 1,
            what: what.into(),
        }
    }

    /// Returns the line that comes next, without its line feed.
    fn peek(&self) -> Option<&'a str> {
        self.lines
            .get(self.at)
            .map(|line| line.strip_suffix('\n').unwrap_or(line))
    }

    /// Returns the rest of the next line after `start`, if it begins with that, and moves on.
    fn take(&mut self, start: &str) -> Option<&'a str> {
        let rest = self.peek()?.strip_prefix(start)?;
        self.at += 1;
        Some(rest)
    }

    /// Goes to the next file. There is none where the text ends, or a signature or another mail
    /// begins.
    fn skip_to_file(&mut self) -> Result<bool, MalformedPatch> {
        while self.peek() == Some("") {
            self.at += 1;
        }
        match self.peek() {
            None | Some("-- " | "--") => Ok(false),
            Some(line) if line.starts_with("From ") => Ok(false),
            Some(line) if line.starts_with("diff --git ") => Ok(true),
            Some(line) if line.starts_with("@@ ") => {
                Err(self.malformed("a hunk has no file: a patch begins with `diff --git`"))
            }
            Some(_) => Err(self.malformed("expected `diff --git`, or the end of the patch")),
        }
    }

    fn file(&mut self) -> Result<FilePatch, MalformedPatch> {
        let start = self.at;
        let header = self.header()?;
        let names = self.names()?;
        let first_hunk = self.at;
        let hunks = if names.is_some() {
            self.hunks()?
        } else {
            vec![]
        };
        let end = std::mem::replace(&mut self.at, start);
        let (old, new) = self.sides(&header, names)?;
        self.at = first_hunk;
        let file = self.assembled(header, old, new, hunks)?;
        self.at = end;
        Ok(file)
    }

    fn header(&mut self) -> Result<Header<'a>, MalformedPatch> {
        let mut header = Header {
            names: self.take("diff --git ").unwrap_or_default(),
            ..Header::default()
        };
        loop {
            let line = self.at;
            let result = if let Some(mode) = self.take("new file mode ") {
                mode_of(mode).and_then(|mode| once(&mut header.added, mode))
            } else if let Some(mode) = self.take("deleted file mode ") {
                mode_of(mode).and_then(|mode| once(&mut header.deleted, mode))
            } else if let Some(mode) = self.take("old mode ") {
                mode_of(mode).and_then(|mode| once(&mut header.old_mode, mode))
            } else if let Some(mode) = self.take("new mode ") {
                mode_of(mode).and_then(|mode| once(&mut header.new_mode, mode))
            } else if let Some(name) = self.take("rename from ") {
                whole_name(name).and_then(|path| once(&mut header.renamed_from, path))
            } else if let Some(name) = self.take("rename to ") {
                whole_name(name).and_then(|path| once(&mut header.renamed_to, path))
            } else if let Some(text) = self.take("index ") {
                index(text).and_then(|(blobs, mode)| {
                    header.kept = mode;
                    once(&mut header.blobs, blobs)
                })
            } else if self
                .take("similarity index ")
                .or_else(|| self.take("dissimilarity index "))
                .is_some()
            {
                Ok(())
            } else if self.peek().is_some_and(|line| line.starts_with("copy ")) {
                Err("a copied file is not read: make the patch with `--no-renames`".to_owned())
            } else if self.peek().is_some_and(|line| {
                line.starts_with("GIT binary ") || line.starts_with("Binary files ")
            }) {
                Err("the patch is of a file that isn't text".to_owned())
            } else {
                return Ok(header);
            };
            result.map_err(|what| MalformedPatch {
                line: line + 1,
                what,
            })?;
        }
    }

    /// Reads the lines `---` and `+++`, if they are there.
    fn names(&mut self) -> Result<Option<Names>, MalformedPatch> {
        let line = self.at;
        let Some(old) = self.take("--- ") else {
            return Ok(None);
        };
        let old = side(old, "a/").map_err(|what| MalformedPatch {
            line: line + 1,
            what,
        })?;
        let Some(new) = self.take("+++ ") else {
            return Err(self.malformed("expected the line `+++`"));
        };
        let new = side(new, "b/").map_err(|what| MalformedPatch {
            line: line + 2,
            what,
        })?;
        Ok(Some((old, new)))
    }

    /// Returns the paths before and after, if all lines that name them agree.
    fn sides(
        &self,
        header: &Header,
        names: Option<Names>,
    ) -> Result<(RelPath, RelPath), MalformedPatch> {
        let same = both(header.names).map_err(|what| self.malformed(what))?;
        let (old, new) = names.unwrap_or_default();
        let (old, new) = match (&header.renamed_from, &header.renamed_to) {
            (Some(from), Some(to)) if from == to => {
                return Err(self.malformed("a file is renamed to itself"));
            }
            (Some(from), Some(to)) => (
                agreed([Some(from.clone()), old]),
                agreed([Some(to.clone()), new]),
            ),
            (None, None) => {
                let path = agreed([same, old, new]);
                (path.clone(), path)
            }
            _ => return Err(self.malformed("a renamed file needs both its names")),
        };
        old.zip(new).ok_or_else(|| {
            self.malformed("the names of the file don't agree, or lack the prefixes `a/` and `b/`")
        })
    }

    fn assembled(
        &self,
        header: Header,
        old: RelPath,
        new: RelPath,
        hunks: Vec<Hunk>,
    ) -> Result<FilePatch, MalformedPatch> {
        let wrong = |what: &str| Err(self.malformed(what));
        let modes = match (header.old_mode, header.new_mode) {
            (Some(old), Some(new)) if old == new => return wrong("the mode changes to itself"),
            (Some(old), Some(new)) => Some(Modes { old, new }),
            (None, None) => header.kept.filter(|_| !hunks.is_empty()).map(|mode| Modes {
                old: mode,
                new: mode,
            }),
            _ => return wrong("a mode that changes needs both its values"),
        };
        let renamed = header.renamed_from.is_some();
        let (is_old, is_new) = (
            |line: &PatchLine| line.added().is_none(),
            |line: &PatchLine| line.removed().is_none(),
        );
        let change = match (header.added, header.deleted) {
            (Some(_), Some(_)) => return wrong("a file is both added and deleted"),
            (Some(_), _) | (_, Some(_)) if renamed || header.old_mode.is_some() => {
                return wrong("a file is added or deleted, and changed as well");
            }
            (Some(executable), None) => match whole(&hunks, is_old) {
                Some(text) => PatchChange::Addition { executable, text },
                None => return wrong("a new file has lines that were there before"),
            },
            (None, Some(executable)) => match whole(&hunks, is_new) {
                Some(text) => PatchChange::Deletion { executable, text },
                None => return wrong("a deleted file keeps lines"),
            },
            (None, None) if hunks.is_empty() && !renamed && modes.is_none() => {
                return wrong("nothing changes in the file");
            }
            (None, None) => PatchChange::Edit { modes, hunks },
        };
        let changed = !matches!(&change, PatchChange::Edit { hunks, .. } if hunks.is_empty());
        Ok(FilePatch {
            path: new,
            renamed_from: renamed.then_some(old),
            change,
            blobs: header.blobs.filter(|_| changed),
        })
    }

    fn hunks(&mut self) -> Result<Vec<Hunk>, MalformedPatch> {
        let mut hunks: Vec<Hunk> = Vec::new();
        while self.peek().is_some_and(|line| line.starts_with("@@ ")) {
            if hunks.last().is_some_and(ends_file) {
                return Err(self.malformed("a hunk follows the end of the file"));
            }
            let before = hunks
                .last()
                .map_or(0, |last| last.at + last.old_lines().len());
            let line = self.at;
            let hunk = self.hunk()?;
            if hunk.at < before {
                return Err(MalformedPatch {
                    line: line + 1,
                    what: "hunks overlap, or aren't in order".to_owned(),
                });
            }
            hunks.push(hunk);
        }
        if hunks.is_empty() {
            Err(self.malformed("expected a hunk, `@@ -1,3 +1,3 @@`"))
        } else {
            Ok(hunks)
        }
    }

    fn hunk(&mut self) -> Result<Hunk, MalformedPatch> {
        let Some((at, mut old, mut new)) = self.peek().and_then(range) else {
            return Err(self.malformed("the hunk has no ranges that can be read"));
        };
        let start = self.at;
        self.at += 1;
        let mut lines: Vec<PatchLine> = Vec::new();
        while old + new > 0 {
            let line = self.hunk_line(&lines)?;
            let left = match line {
                PatchLine::Context(_) => old.checked_sub(1).zip(new.checked_sub(1)),
                PatchLine::Removed(_) => old.checked_sub(1).zip(Some(new)),
                PatchLine::Added(_) => Some(old).zip(new.checked_sub(1)),
            };
            (old, new) =
                left.ok_or_else(|| self.malformed("the hunk has other lines than its ranges say"))?;
            self.at += 1;
            lines.push(line);
            self.line_end(&mut lines);
        }
        if self
            .peek()
            .is_some_and(|line| line.starts_with(['+', ' ']) && !line.starts_with("+++ "))
        {
            return Err(self.malformed("the hunk has more lines than its ranges say"));
        }
        if lines
            .iter()
            .all(|line| matches!(line, PatchLine::Context(_)))
        {
            return Err(MalformedPatch {
                line: start + 1,
                what: "the hunk changes nothing".to_owned(),
            });
        }
        Ok(Hunk { at, lines })
    }

    /// Reads a line of a hunk; `before` are those read so far.
    fn hunk_line(&self, before: &[PatchLine]) -> Result<PatchLine, MalformedPatch> {
        let Some(line) = self.peek() else {
            return Err(self.malformed("the patch ends inside a hunk"));
        };
        let text = |from: usize| format!("{}\n", line.get(from..).unwrap_or_default());
        let line = match line.as_bytes().first() {
            // Some programs drop the space of an empty line.
            None => PatchLine::Context("\n".to_owned()),
            Some(b' ') => PatchLine::Context(text(1)),
            Some(b'-') => PatchLine::Removed(text(1)),
            Some(b'+') => PatchLine::Added(text(1)),
            Some(_) => return Err(self.malformed("the hunk has fewer lines than its ranges say")),
        };
        let ended = |side: fn(&PatchLine) -> bool| {
            before.iter().rfind(|line| side(line)).is_some_and(is_last)
        };
        if line.added().is_none() && ended(|line| line.added().is_none())
            || line.removed().is_none() && ended(|line| line.removed().is_none())
        {
            return Err(self.malformed("a line follows the end of the file"));
        }
        Ok(line)
    }

    /// Takes the line end off the last line, if the patch says that there is none.
    fn line_end(&mut self, lines: &mut [PatchLine]) {
        if let Some(PatchLine::Context(text) | PatchLine::Removed(text) | PatchLine::Added(text)) =
            lines.last_mut()
            && self.take("\\").is_some()
        {
            text.truncate(text.len().saturating_sub(1));
        }
    }
}

/// Returns whether a line has no line end.
fn is_last(line: &PatchLine) -> bool {
    !line.text().ends_with('\n')
}

/// Returns whether a hunk says where the old or the new file ends.
fn ends_file(hunk: &Hunk) -> bool {
    hunk.lines.iter().any(is_last)
}

/// Returns the whole file that hunks contain, if none of their lines is of the `other` side.
fn whole(hunks: &[Hunk], other: impl Fn(&PatchLine) -> bool) -> Option<String> {
    let lines = || hunks.iter().flat_map(|hunk| &hunk.lines);
    let one = hunks.len() <= 1 && hunks.iter().all(|hunk| hunk.at == 0);
    (one && !lines().any(other)).then(|| lines().map(PatchLine::text).collect())
}

/// Sets a value that may be given only once.
fn once<T>(place: &mut Option<T>, value: T) -> Result<(), String> {
    match place.replace(value) {
        Some(_) => Err("the line is there twice".to_owned()),
        None => Ok(()),
    }
}

/// Returns whether a mode is that of an executable.
fn mode_of(mode: &str) -> Result<bool, String> {
    match mode.trim_end() {
        "100644" => Ok(false),
        "100755" => Ok(true),
        "120000" => Err("a symbolic link can't be in a template".to_owned()),
        "160000" => Err("a submodule can't be in a template".to_owned()),
        other => Err(format!(
            "the mode `{}` is neither 100644 nor 100755",
            other.escape_debug()
        )),
    }
}

/// Reads the names of blobs and the mode that stays.
fn index(text: &str) -> Result<(Blobs, Option<bool>), String> {
    let (names, mode) = text
        .trim_end()
        .split_once(' ')
        .map_or((text.trim_end(), None), |(names, mode)| (names, Some(mode)));
    let is_name = |name: &str| {
        (4..=64).contains(&name.len())
            && name
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    match names.split_once("..") {
        Some((old, new)) if is_name(old) && is_name(new) => Ok((
            Blobs {
                old: old.to_owned(),
                new: new.to_owned(),
            },
            mode.map(mode_of).transpose()?,
        )),
        _ => Err("the index line has no two names of blobs".to_owned()),
    }
}

/// Returns the path, if all names that are given agree.
fn agreed<const N: usize>(names: [Option<RelPath>; N]) -> Option<RelPath> {
    let mut names = names.into_iter().flatten();
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

/// Returns the one path in `a/PATH b/PATH`, or nothing where the two differ.
fn both(names: &str) -> Result<Option<RelPath>, String> {
    let found = if names.starts_with('"') {
        unquote(names).and_then(|(old, rest)| Some((old, unquote(rest.strip_prefix(' ')?)?.0)))
    } else {
        // Names may have spaces, but where both are equal the text splits in the middle.
        let (old, new) = (
            names.get(..names.len() / 2),
            names.get(names.len() / 2 + 1..),
        );
        old.zip(new)
            .map(|(old, new)| (old.to_owned(), new.to_owned()))
    };
    let paths = found.and_then(|(old, new)| {
        let path = old.strip_prefix("a/")?;
        (new.strip_prefix("b/")? == path).then(|| path.to_owned())
    });
    paths.map(|path| safe(&path)).transpose()
}

/// Reads the name of a side, or nothing for `/dev/null`.
fn side(text: &str, prefix: &str) -> Result<Option<RelPath>, String> {
    // After a tab, other tools write the time.
    let plain = text.split('\t').next().unwrap_or(text);
    let name = if text.starts_with('"') {
        whole_quoted(text)?
    } else {
        plain.to_owned()
    };
    if name == "/dev/null" {
        return Ok(None);
    }
    if name.starts_with('/') {
        return safe(&name).map(Some);
    }
    let Some(path) = name.strip_prefix(prefix) else {
        return Err(format!(
            "`{}` lacks the prefix `{prefix}`",
            name.escape_debug()
        ));
    };
    safe(path).map(Some)
}

fn whole_name(text: &str) -> Result<RelPath, String> {
    if text.starts_with('"') {
        safe(&whole_quoted(text)?)
    } else {
        safe(text)
    }
}

fn whole_quoted(text: &str) -> Result<String, String> {
    match unquote(text) {
        Some((name, rest)) if rest.trim().is_empty() => Ok(name),
        _ => Err("the quoted name can't be read".to_owned()),
    }
}

/// Returns the path of a file that a patch may touch.
fn safe(text: &str) -> Result<RelPath, String> {
    let path: RelPath = text
        .parse()
        .map_err(|error: crate::error::Error| error.message().to_owned())?;
    // The short name is what Windows opens `.git` by.
    let is_git = |component: &str| {
        matches!(
            fold(component).trim_end_matches(['.', ' ']),
            ".git" | "git~1"
        )
    };
    if path.components().any(is_git) {
        return Err(format!(
            "`{}` is inside git's own folder",
            text.escape_debug()
        ));
    }
    Ok(path)
}

/// Reads `@@ -AT,COUNT +AT,COUNT @@`: how many lines are before the hunk, and how many it has on
/// both sides.
///
/// Where the hunk is in the new file follows from those before it, and isn't asked.
fn range(line: &str) -> Option<(usize, usize, usize)> {
    let (old, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|number| digits && *number <= LINES)
    };
    let pair = |text: &str| match text.split_once(',') {
        Some((at, count)) => Some((number(at)?, number(count)?)),
        None => Some((number(text)?, 1)),
    };
    let ((at, old), (_, new)) = (pair(old)?, pair(new)?);
    if old + new == 0 {
        return None;
    }
    Some((if old == 0 { at } else { at.checked_sub(1)? }, old, new))
}

impl fmt::Display for MalformedPatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for MalformedPatch {}

#[cfg(test)]
mod tests {
    use super::*;

    const EDIT: &str = "diff --git a/f b/f\nindex 1234567..89abcde 100644\n--- a/f\n+++ b/f\n@@ \
                        -1,2 +1,2 @@ fn x()\n a\n-b\n+c\n";

    #[track_caller]
    fn refused(text: &str, line: usize, what: &str) {
        let malformed = Patch::parse(text).expect_err(text);
        assert!(malformed.what.contains(what), "{malformed}");
        assert_eq!(malformed.line, line, "{malformed}");
    }

    #[test]
    fn what_git_writes_is_read() {
        let patch = Patch::parse(EDIT).unwrap();
        assert_eq!(patch.files[0].added_lines(), ["c\n"]);
        assert_eq!(patch.files[0].removed_lines(), ["b\n"]);
        assert_eq!(
            Patch::parse(&format!("{EDIT}-- \n2.47.3\n\n")),
            Ok(patch.clone())
        );
        assert_eq!(Patch::parse(&EDIT.replace(" fn x()", "")), Ok(patch));
        assert!(Patch::parse(&EDIT.replace("index 1234567..89abcde 100644\n", "")).is_ok());
        assert_eq!(Patch::parse(""), Ok(Patch::default()));
    }

    #[test]
    fn a_rename_keeps_where_it_is_from() {
        let text = "diff --git a/x y b/z\nsimilarity index 90%\nrename from x y\nrename to z\n--- \
                    a/x y\t\n+++ b/z\n@@ -1 +1 @@\n-a\n+b\n";
        let patch = Patch::parse(text).unwrap();
        assert_eq!(
            patch.files[0].renamed_from.as_ref().unwrap().as_str(),
            "x y"
        );
        assert_eq!(patch.files[0].path.as_str(), "z");
        assert_eq!(Patch::parse(&patch.to_text(None)), Ok(patch));
        let pure = "diff --git a/x b/z\nsimilarity index 100%\nrename from x\nrename to z\n";
        assert!(Patch::parse(pure).is_ok());
        refused(&pure.replace("rename to z\n", ""), 1, "needs both");
        refused(&pure.replace("from x", "from ../x"), 3, "`..`");
        refused(&pure.replace("rename", "copy"), 3, "copied");
    }

    #[test]
    fn a_patch_stays_below_its_root() {
        for (path, what) in [
            ("/etc/f", "root of the file system"),
            ("../f", "`..`"),
            ("x/.GIT/f", "git's own"),
            (".git./f", "git's own"),
            ("GIT~1/f", "git's own"),
            ("x\\f", "backslash"),
        ] {
            refused(&EDIT.replace("/f", &format!("/{path}")), 3, what);
        }
        refused(
            &EDIT.replace("--- a/f", "--- /etc/f"),
            3,
            "root of the file system",
        );
        refused(&EDIT.replace("--- a/f", "--- f"), 3, "prefix");
        refused(&EDIT.replace("--- a/f", "--- \"a/f"), 3, "quoted");
        refused(&EDIT.replace("--- a/f", "--- a/g"), 1, "don't agree");
        refused(
            &EDIT.replace("diff --git a/f b/f", "diff --git a/g b/g"),
            1,
            "don't agree",
        );
    }

    #[test]
    fn only_plain_files_of_text_are_touched() {
        let added = |mode: &str| {
            format!(
                "diff --git a/f b/f\nnew file mode {mode}\n--- /dev/null\n+++ b/f\n@@ -0,0 +1 \
                 @@\n+x\n"
            )
        };
        assert!(Patch::parse(&added("100755")).is_ok());
        refused(&added("120000"), 2, "symbolic link");
        refused(&added("160000"), 2, "submodule");
        refused(&added("100600"), 2, "neither");
        refused(
            "diff --git a/f b/f\nindex 1234..5678\nGIT binary patch\n",
            3,
            "isn't text",
        );
        refused(
            "diff --git a/f b/f\nindex 1234..5678\nBinary files a/f and b/f differ\n",
            3,
            "isn't text",
        );
        refused(&EDIT.replace("+c", "+\0"), 8, "NUL");
        refused(
            &added("100644")
                .replace("-0,0", "-1")
                .replace("+x", "-y\n+x"),
            5,
            "were there before",
        );
    }

    #[test]
    fn counts_and_order_have_to_fit() {
        refused(&EDIT.replace("-1,2", "-1,3"), 9, "ends inside");
        refused(&EDIT.replace("-1,2", "-1,1"), 7, "other lines");
        refused(&EDIT.replace("+1,2", "+1,1"), 8, "more lines");
        refused(&format!("{EDIT}+d\n"), 9, "more lines");
        refused(&EDIT.replace("-1,2", "-0,2"), 5, "no ranges");
        refused(
            &EDIT.replace("-1,2", "-99999999999999999999,2"),
            5,
            "no ranges",
        );
        refused(&EDIT.replace(" a\n", "a\n"), 6, "fewer lines");
        refused(
            &EDIT.replace("-b\n+c\n", " b\n c\n").replace("1,2", "1,3"),
            5,
            "changes nothing",
        );
        refused(&format!("{EDIT}@@ -2 +2 @@\n-b\n+c\n"), 9, "overlap");
        refused(
            &format!("{EDIT}\\ No newline at end of file\n@@ -8 +8 @@\n-b\n+c\n"),
            10,
            "end of the file",
        );
        refused(
            &EDIT.replace(" a\n", " a\n\\ No newline\n"),
            8,
            "follows the end",
        );
        refused(&format!("{EDIT}{EDIT}"), 9, "changed twice");
        refused(&format!("{EDIT}-- \n{EDIT}"), 10, "second patch");
        refused(
            "diff --git a/f b/f\nindex 1234..5678\n",
            3,
            "nothing changes",
        );
        refused("hello\n", 1, "expected `diff --git`");
        refused(&" ".repeat(LIMIT + 1), 1, "larger than 4 MiB");
        let many: String = (0..=FILES)
            .map(|file| format!("diff --git a/{file} b/{file}\nnew file mode 100644\n"))
            .collect();
        refused(&many, 2 * FILES + 3, "more than 1000 files");
    }
}
