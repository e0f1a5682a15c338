//! A place in the repository, as a person types it: a path, a line of it, or an entry of it.

use std::fmt;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::path::RelPath;

use crate::ops::Session;

/// What is meant of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilePart {
    /// All of it.
    Whole,
    /// A line, from 1.
    Line(usize),
    /// An entry, by its JSON pointer.
    Entry(String),
}

/// What stands behind the path: nothing, ":41", "#/permissions/allow".
impl fmt::Display for FilePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Line(line) => write!(f, ":{line}"),
            Self::Entry(pointer) => write!(f, "#{pointer}"),
        }
    }
}

/// Reads `PATH`, `PATH:LINE` or `PATH#/POINTER`. Returns every way in which it can be read, the
/// one that takes most of it for the path first.
pub fn readings(typed: &str) -> Vec<(&str, FilePart)> {
    let mut readings = vec![(typed, FilePart::Whole)];
    if let Some((path, line)) = typed.rsplit_once(':')
        && let Ok(line) = line.parse()
        && !path.is_empty()
    {
        readings.push((path, FilePart::Line(line)));
    }
    if let Some((path, keys)) = typed.split_once("#/") {
        readings.push((path, FilePart::Entry(format!("/{keys}"))));
    }
    readings
}

/// Returns the paths of the repository that a typed one may mean: as seen from where the person is,
/// and then as reports name it, from the repository's folder. What begins with a dot and a slash is
/// seen from where the person is alone.
///
/// # Errors
/// Where it leads out of the repository either way.
pub fn paths_of(session: &Session, typed: &str) -> Result<Vec<RelPath>> {
    let root = session.workspace.root();
    let here = session.environment.here.as_path();
    let is_from_here =
        here.starts_with(root) && (typed.starts_with("./") || typed.starts_with("../"));
    let folders = match is_from_here {
        true => vec![here],
        false => vec![here, root],
    };
    let mut paths: Vec<RelPath> = Vec::new();
    for folder in folders {
        let place = without_dots(&folder.join(typed));
        let inside = place.strip_prefix(root).ok().and_then(Path::to_str);
        if let Some(path) = inside.and_then(|inside| inside.parse().ok())
            && !paths.contains(&path)
        {
            paths.push(path);
        }
    }
    match paths.is_empty() {
        true => Err(Error::user(format!(
            "`{typed}` names no file inside `{}`",
            root.display()
        ))),
        false => Ok(paths),
    }
}

/// Returns a path without `.` and `..`, links not followed.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => _ = plain.pop(),
            component => plain.push(component),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_path_a_line_or_an_entry() {
        use FilePart::{Entry, Line, Whole};
        for (typed, expected) in [
            ("CLAUDE.md", vec![("CLAUDE.md", Whole)]),
            ("a.md:3", vec![("a.md:3", Whole), ("a.md", Line(3))]),
            ("a.md:x", vec![("a.md:x", Whole)]),
            (":3", vec![(":3", Whole)]),
            (
                "s.json#/hooks/Stop/0",
                vec![
                    ("s.json#/hooks/Stop/0", Whole),
                    ("s.json", Entry("/hooks/Stop/0".to_owned())),
                ],
            ),
        ] {
            assert_eq!(readings(typed), expected, "{typed}");
        }
    }
}
