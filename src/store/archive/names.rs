//! Which paths a release may hold: those that mean one file on every system, and none that another
//! tool would run.
//!
//! **A path that passes names one file everywhere**: no file system folds, trims, hides or reserves
//! any part of it.

use std::collections::BTreeMap;

use unicode_normalization::is_nfc;

use super::{Rule, limits};
use crate::error::{Error, Result};
use crate::model::path::{RelPath, fold};
use crate::model::unicode::is_invisible;

/// Checks that a release may hold a file at `path`, as the strict reader will.
///
/// # Errors
/// Names the path and the rule.
pub fn check_path(path: &str) -> Result<()> {
    match parse(path) {
        Ok(_) => Ok(()),
        Err(message) => {
            Err(Error::user(message).hint("rename or remove it in the template's source"))
        }
    }
}

/// Parses the path of an entry.
pub fn parse(path: &str) -> Rule<RelPath> {
    match wrong_with_path(path) {
        Some(wrong) => Err(format!(
            "`{}` can't be in a release: {wrong}",
            path.escape_debug()
        )),
        None => path
            .parse::<RelPath>()
            .map_err(|error| error.message().to_owned()),
    }
}

fn wrong_with_path(path: &str) -> Option<String> {
    if path.len() > limits::PATH {
        return Some(format!("the path is longer than {} bytes", limits::PATH));
    }
    if path.split('/').count() > limits::DEPTH {
        return Some(format!("it is deeper than {} components", limits::DEPTH));
    }
    if path.starts_with('/') {
        return Some("the path starts at the root of the file system".to_owned());
    }
    path.split('/')
        .find_map(wrong_with_component)
        .or_else(|| wrong_as_a_whole(path))
}

fn wrong_as_a_whole(path: &str) -> Option<String> {
    if split(path).is_none() {
        return Some("tar can't hold so long a name".to_owned());
    }
    runs_by_itself(path).map(|what| format!("a template may not write {what}"))
}

/// Splits a path into ustar's prefix and name: at most 155 and 100 bytes, with a `/` between that
/// neither holds.
pub fn split(path: &str) -> Option<(&str, &str)> {
    if path.len() <= 100 {
        return Some(("", path));
    }
    let from = path.len() - 101;
    let at = from
        + path.as_bytes()[from..]
            .iter()
            .position(|&byte| byte == b'/')?;
    let (prefix, name) = (&path[..at], &path[at + 1..]);
    (prefix.len() <= 155 && !prefix.is_empty() && !name.is_empty()).then_some((prefix, name))
}

fn wrong_with_component(component: &str) -> Option<String> {
    let wrong = match component {
        "" => "it has an empty component",
        "." => "it has the component `.`",
        ".." => "`..` would leave the folder",
        _ if component.contains('\\') => "it has a backslash",
        _ if component.contains(':') => "it has a colon",
        _ if component.contains(['<', '>', '"', '|', '?', '*']) => {
            "it has a character that Windows refuses"
        }
        _ if component.chars().any(char::is_control) => "it has a control character",
        _ if component.chars().any(is_invisible) => "it has an invisible character",
        _ if !is_nfc(component) => "it is not in Unicode's composed form (NFC)",
        _ if component.ends_with('.') => "a component ends in a dot, which Windows drops",
        _ if component.ends_with(' ') => "a component ends in a space, which Windows drops",
        _ if is_device(component) => {
            return Some(format!("Windows reserves the name `{component}`"));
        }
        _ if is_short_name(component) => {
            return Some(format!(
                "`{component}` is a short name that Windows gives to another file"
            ));
        }
        _ => return None,
    };
    Some(wrong.to_owned())
}

/// Returns whether Windows takes a name for a device, whatever its extension: `con`, `NUL.txt`,
/// `com¹`.
fn is_device(component: &str) -> bool {
    let stem = component
        .split('.')
        .next()
        .unwrap_or(component)
        .trim_end_matches(' ')
        .to_ascii_lowercase();
    matches!(
        stem.as_str(),
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$"
    ) || is_port(&stem)
}

fn is_port(stem: &str) -> bool {
    let number = stem
        .strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"));
    let mut digits = number.unwrap_or_default().chars();
    matches!(digits.next(), Some('0'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
}

/// Returns whether a name has the 8.3 form that NTFS makes of a long one: `git~1` opens `.git`.
fn is_short_name(component: &str) -> bool {
    let (stem, extension) = component.split_once('.').unwrap_or((component, ""));
    let numbered = stem.rsplit_once('~').is_some_and(|(_, digits)| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    numbered && stem.chars().count() <= 8 && extension.chars().count() <= 3
}

/// Returns what would run without a word if a repo had a file at `path`, at any depth: a folder may
/// be a repo, or be opened as one. So it holds of the source's own path and of what `files/` puts
/// at the repo's root alike.
fn runs_by_itself(path: &str) -> Option<&'static str> {
    let folded: Vec<String> = path.split('/').map(fold).collect();
    for (folder, name, what) in RUNNING {
        let is_there = match name {
            None => folded.iter().any(|component| component == folder),
            Some(name) => folded
                .windows(2)
                .any(|two| two[0] == folder && two[1] == name),
        };
        if is_there {
            return Some(what);
        }
    }
    let in_bare_repository = folded
        .windows(2)
        .any(|two| two[0].ends_with(".git") && two[1] == "hooks");
    in_bare_repository.then_some(GIT_HOOKS)
}

const GIT_HOOKS: &str = "into a folder of git hooks";

/// What runs by itself, the first that matches: a name, or one in a folder, and how it is said.
const RUNNING: [(&str, Option<&str>, &str); 6] = [
    (".git", None, "into `.git`"),
    (".github", Some("workflows"), "into `.github/workflows`"),
    (".vscode", Some("tasks.json"), "`.vscode/tasks.json`"),
    (".envrc", None, "`.envrc`"),
    (".husky", None, GIT_HOOKS),
    (".githooks", None, GIT_HOOKS),
];

/// The names seen so far, by what they fold to: no two may be one file somewhere, and no file may
/// be a folder too.
#[derive(Default)]
pub struct Names(BTreeMap<String, Seen>);

struct Seen {
    path: String,
    kind: MemberKind,
    listed: bool,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind {
    /// A regular file.
    File,
    Folder,
}

impl Names {
    /// Adds an entry and the folders above it.
    pub fn add(&mut self, path: &RelPath, kind: MemberKind) -> Rule {
        for folder in path.ancestors() {
            self.see(&folder, MemberKind::Folder, false)?;
        }
        self.see(path, kind, true)
    }

    fn see(&mut self, path: &RelPath, kind: MemberKind, listed: bool) -> Rule {
        let new = Seen {
            path: path.to_string(),
            kind,
            listed,
        };
        let Some(seen) = self.0.get_mut(&fold(path.as_str())) else {
            self.0.insert(fold(path.as_str()), new);
            return Ok(());
        };
        if seen.path != new.path {
            return Err(format!(
                "`{path}` and `{}` are one name where case is ignored",
                seen.path
            ));
        }
        if seen.kind != kind {
            return Err(format!("`{path}` is both a file and a folder"));
        }
        if seen.listed && listed {
            return Err(format!("`{path}` is there twice"));
        }
        seen.listed |= listed;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[track_caller]
    fn refused(path: &str, wrong: &str) {
        let message = check_path(path).expect_err(path).message().to_owned();
        assert_eq!(
            message,
            format!("`{}` can't be in a release: {wrong}", path.escape_debug())
        );
    }

    #[test]
    fn ordinary_paths_pass() {
        let longest = format!("{}/{}", "p".repeat(139), "n".repeat(100));
        for path in [
            "template.toml",
            "hooks/guard.sh",
            "files/.github/CODEOWNERS",
            "files/.vscode/settings.json",
            "files/.gitignore",
            "files/git/hooks",
            "rules/über uns.md",
            "rules/日本語.md",
            "console.md",
            "com10",
            "a~b.md",
            "version~10.0.md",
            "..a/b..c",
            longest.as_str(),
        ] {
            check_path(path).unwrap();
        }
    }

    #[test]
    fn a_path_means_one_file_everywhere() {
        for (path, wrong) in [
            ("", "it has an empty component"),
            ("a//b", "it has an empty component"),
            ("a/./b", "it has the component `.`"),
            ("a/../b", "`..` would leave the folder"),
            (
                "/etc/passwd",
                "the path starts at the root of the file system",
            ),
            ("a\\b", "it has a backslash"),
            ("c:x", "it has a colon"),
            ("what?.md", "it has a character that Windows refuses"),
            ("a\nb", "it has a control character"),
            ("a\u{7f}b", "it has a control character"),
            ("a\u{85}b", "it has a control character"),
            ("a\u{200b}b", "it has an invisible character"),
            ("a\u{202e}b", "it has an invisible character"),
            ("a\u{fe0f}b", "it has an invisible character"),
            ("a\u{e0041}b", "it has an invisible character"),
            ("a\u{ad}b", "it has an invisible character"),
            ("u\u{308}", "it is not in Unicode's composed form (NFC)"),
            ("a./b", "a component ends in a dot, which Windows drops"),
            ("a /b", "a component ends in a space, which Windows drops"),
            ("con", "Windows reserves the name `con`"),
            ("a/NUL.tar.gz", "Windows reserves the name `NUL.tar.gz`"),
            ("com1.txt", "Windows reserves the name `com1.txt`"),
            ("LPT².md", "Windows reserves the name `LPT².md`"),
            ("aux .md", "Windows reserves the name `aux .md`"),
            ("CONIN$", "Windows reserves the name `CONIN$`"),
            (
                "PROGRA~1",
                "`PROGRA~1` is a short name that Windows gives to another file",
            ),
        ] {
            refused(path, wrong);
        }
    }

    #[test]
    fn a_path_has_a_length_that_archives_can_hold() {
        check_path(&format!("{}a", "a/".repeat(15))).unwrap();
        refused(
            &format!("{}a", "a/".repeat(16)),
            "it is deeper than 16 components",
        );
        refused(
            &format!("{}/{}", "p".repeat(140), "n".repeat(100)),
            "the path is longer than 240 bytes",
        );
        refused(&"n".repeat(101), "tar can't hold so long a name");
        refused(
            &format!("{}/{}", "p".repeat(10), "n".repeat(101)),
            "tar can't hold so long a name",
        );
        refused(
            &format!("{}/{}", "p".repeat(156), "n".repeat(70)),
            "tar can't hold so long a name",
        );
    }

    #[test]
    fn nothing_that_other_tools_run_by_themselves() {
        for (path, what) in [
            (".git/config", "into `.git`"),
            ("files/.git/hooks/pre-commit", "into `.git`"),
            ("files/vendor/.GIT/config", "into `.git`"),
            ("files/.github/workflows/ci.yml", "into `.github/workflows`"),
            ("files/.GitHub/Workflows/ci.yml", "into `.github/workflows`"),
            ("files/.vscode/tasks.json", "`.vscode/tasks.json`"),
            ("files/.envrc", "`.envrc`"),
            ("files/.husky/pre-commit", "into a folder of git hooks"),
            (
                "files/.hu\u{17f}ky/pre-commit",
                "into a folder of git hooks",
            ),
            ("files/.githooks/pre-commit", "into a folder of git hooks"),
            ("files/bare.git/hooks/update", "into a folder of git hooks"),
        ] {
            refused(path, &format!("a template may not write {what}"));
        }
        refused(
            "files/git~1/config",
            "`git~1` is a short name that Windows gives to another file",
        );
        refused("files/.g\u{200c}it/config", "it has an invisible character");
        refused(
            "files/.git./config",
            "a component ends in a dot, which Windows drops",
        );
        refused("files/.git::$INDEX_ALLOCATION/config", "it has a colon");
    }

    #[test]
    fn names_are_unique_where_case_is_ignored() {
        let add = |paths: &[&'static str]| {
            let mut names = Names::default();
            paths
                .iter()
                .try_for_each(|path| names.add(&rel(path), MemberKind::File))
        };
        assert_eq!(add(&["a/b", "a/c", "b"]), Ok(()));
        assert_eq!(add(&["a", "a"]), Err("`a` is there twice".to_owned()));
        assert_eq!(
            add(&["Ä", "ä"]),
            Err("`ä` and `Ä` are one name where case is ignored".to_owned())
        );
        assert_eq!(
            add(&["straße", "STRASSE"]),
            Err("`STRASSE` and `straße` are one name where case is ignored".to_owned())
        );
        assert_eq!(
            add(&["A/x", "a/y"]),
            Err("`a` and `A` are one name where case is ignored".to_owned())
        );
        assert_eq!(
            add(&["a", "a/b"]),
            Err("`a` is both a file and a folder".to_owned())
        );
        assert_eq!(
            add(&["a/b", "a"]),
            Err("`a` is both a file and a folder".to_owned())
        );
    }
}
