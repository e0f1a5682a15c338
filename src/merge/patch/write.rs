//! A patch as the text that `git diff` would write.

use std::fmt::Write as _;

use super::quoting::quote;
use super::{FilePatch, Hunk, Patch, PatchChange, PatchLine, hunks, lines};
use crate::model::path::RelPath;

/// What git writes below a line without a line end.
const NO_LINE_END: &str = "\\ No newline at end of file\n";

impl Patch {
    /// Returns the patch as git writes it, its paths below `directory`.
    ///
    /// Git's names for the blobs are written in full, so that `git am -3` finds what to merge with.
    pub fn to_text(&self, directory: Option<&RelPath>) -> String {
        self.files.iter().fold(String::new(), |mut text, file| {
            write_file(&mut text, file, directory);
            text
        })
    }
}

fn write_file(text: &mut String, file: &FilePatch, directory: Option<&RelPath>) {
    let new = below(directory, &file.path);
    let old = file
        .renamed_from
        .as_ref()
        .map_or_else(|| new.clone(), |path| below(directory, path));
    let _ = writeln!(
        text,
        "diff --git {} {}",
        quote(&format!("a/{old}")),
        quote(&format!("b/{new}"))
    );
    write_modes(text, file);
    if file.renamed_from.is_some() {
        let _ = write!(
            text,
            "rename from {}\nrename to {}\n",
            quote(&old),
            quote(&new)
        );
    }
    write_index(text, file);
    match &file.change {
        PatchChange::Addition { text: content, .. } if !content.is_empty() => {
            write_names(text, None, Some(&new));
            write_hunk(text, &whole(content, PatchLine::Added), 0);
        }
        PatchChange::Deletion { text: content, .. } if !content.is_empty() => {
            write_names(text, Some(&old), None);
            write_hunk(text, &whole(content, PatchLine::Removed), 0);
        }
        PatchChange::Edit { hunks, .. } if !hunks.is_empty() => {
            write_names(text, Some(&old), Some(&new));
            write_hunks(text, hunks);
        }
        _ => {}
    }
}

fn below(directory: Option<&RelPath>, path: &RelPath) -> String {
    directory.map_or_else(
        || path.to_string(),
        |directory| format!("{directory}/{path}"),
    )
}

fn mode(executable: bool) -> &'static str {
    if executable { "100755" } else { "100644" }
}

fn write_modes(text: &mut String, file: &FilePatch) {
    let _ = match file.change {
        PatchChange::Addition { executable, .. } => {
            writeln!(text, "new file mode {}", mode(executable))
        }
        PatchChange::Deletion { executable, .. } => {
            writeln!(text, "deleted file mode {}", mode(executable))
        }
        PatchChange::Edit { .. } => match file.mode_change() {
            Some(modes) => write!(
                text,
                "old mode {}\nnew mode {}\n",
                mode(modes.old),
                mode(modes.new)
            ),
            None => Ok(()),
        },
    };
}

fn write_index(text: &mut String, file: &FilePatch) {
    let Some(blobs) = &file.blobs else { return };
    let _ = write!(text, "index {}..{}", blobs.old, blobs.new);
    // A mode that doesn't change is written here only.
    if let PatchChange::Edit {
        modes: Some(modes), ..
    } = file.change
        && modes.old == modes.new
    {
        let _ = write!(text, " {}", mode(modes.new));
    }
    text.push('\n');
}

fn write_names(text: &mut String, old: Option<&str>, new: Option<&str>) {
    for (sign, side, path) in [("---", 'a', old), ("+++", 'b', new)] {
        let name = path.map_or_else(
            || "/dev/null".to_owned(),
            |path| quote(&format!("{side}/{path}")),
        );
        // The tab ends a name that has a space, which other tools would end there.
        let tab = if path.is_some_and(|path| path.contains(' ')) {
            "\t"
        } else {
            ""
        };
        let _ = writeln!(text, "{sign} {name}{tab}");
    }
}

fn whole(content: &str, line: fn(String) -> PatchLine) -> Hunk {
    Hunk {
        at: 0,
        lines: lines(content)
            .into_iter()
            .map(|text| line(text.to_owned()))
            .collect(),
    }
}

/// Returns the hunks that turn one text into another, without names of files.
pub fn hunks_of(old: &str, new: &str) -> String {
    let mut text = String::new();
    write_hunks(&mut text, &hunks(old, new));
    text
}

fn write_hunks(text: &mut String, hunks: &[Hunk]) {
    let mut shift = 0;
    for hunk in hunks {
        shift = write_hunk(text, hunk, shift);
    }
}

/// Writes a hunk that earlier hunks moved by `shift` lines, and returns the shift of the next one.
fn write_hunk(text: &mut String, hunk: &Hunk, shift: isize) -> isize {
    let (old, new) = (hunk.old_lines().len(), hunk.new_lines().len());
    let _ = writeln!(
        text,
        "@@ -{} +{} @@",
        range(hunk.at, old),
        range(hunk.at.saturating_add_signed(shift), new)
    );
    for line in &hunk.lines {
        text.push(match line {
            PatchLine::Context(_) => ' ',
            PatchLine::Removed(_) => '-',
            PatchLine::Added(_) => '+',
        });
        text.push_str(line.text());
        if !line.text().ends_with('\n') {
            text.push('\n');
            text.push_str(NO_LINE_END);
        }
    }
    shift + new.cast_signed() - old.cast_signed()
}

/// Returns a range as git writes it: an empty range has the number of the line before it, and a
/// single line has no count.
fn range(at: usize, count: usize) -> String {
    match count {
        0 => format!("{at},0"),
        1 => format!("{}", at + 1),
        _ => format!("{},{count}", at + 1),
    }
}
