//! CHANGELOG.md as Keep a Changelog has it: a section a version, and one for what isn't released.

use semver::Version;

use crate::error::{Error, Result};

/// The name of the file in a template's source.
pub const CHANGELOG: &str = "CHANGELOG.md";

/// Returns the sections by their versions, in their order, without headings.
pub fn sections(text: &str) -> Vec<(Version, String)> {
    let mut sections: Vec<(Option<Version>, Vec<&str>)> = Vec::new();
    for line in text.lines() {
        if is_heading(line) {
            sections.push((version_of(line), Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line);
        }
    }
    let known = sections
        .into_iter()
        .filter_map(|(version, lines)| Some((version?, lines)));
    known
        .map(|(version, lines)| (version, lines.join("\n").trim().to_owned()))
        .collect()
}

/// Returns whether a line is the heading `## [Unreleased]`, with or without brackets.
pub fn is_unreleased(line: &str) -> bool {
    const WORD: &str = "unreleased";
    title(line)
        .and_then(|title| title.get(..WORD.len()))
        .is_some_and(|start| start.eq_ignore_ascii_case(WORD))
}

/// Returns whether something is written below `## [Unreleased]`: more than headings and the links
/// that a changelog ends with.
pub fn has_unreleased_changes(text: &str) -> bool {
    let mut lines = text.lines().skip_while(|line| !is_unreleased(line));
    lines.next();
    lines
        .take_while(|line| !is_heading(line))
        .any(says_something)
}

/// Returns whether an empty `## [Unreleased]` belongs into a changelog after a release: it has a
/// link for it, or the changelog of the `previous` release has the heading.
pub fn keeps_unreleased(text: &str, previous: Option<&str>) -> bool {
    let has_link = text
        .lines()
        .any(|line| line.to_ascii_lowercase().starts_with("[unreleased]:"));
    has_link || previous.is_some_and(|text| text.lines().any(is_unreleased))
}

/// How to release what isn't yet.
#[derive(Clone, Debug)]
pub struct Naming<'a> {
    /// The version to give it.
    pub version: &'a Version,
    /// The day as `YYYY-MM-DD`: written where the newest released section has one.
    pub today: &'a str,
    /// Whether an empty `## [Unreleased]` stays above.
    pub keeps_unreleased: bool,
}

/// Returns the changelog with the section `## [Unreleased]` called by a version.
///
/// All other bytes stay. A changelog that has the version's section, and nothing that is
/// unreleased, comes back as it is.
///
/// # Errors
/// When nothing is unreleased, or the version has a section beside it. `file` is the changelog's
/// name for messages.
pub fn release(file: &str, text: &str, naming: &Naming) -> Result<String> {
    let version = naming.version;
    let has_section = sections(text).iter().any(|(other, _)| other == version);
    match (has_section, has_unreleased_changes(text)) {
        (false, true) => Ok(renamed(text, naming)),
        (true, false) => Ok(text.to_owned()),
        (true, true) => Err(Error::user(format!(
            "`{file}` has a section for {version}, and changes under `## [Unreleased]`"
        ))
        .hint(format!("move the changes to one of them in `{file}`"))),
        (false, false) => Err(nothing_unreleased(file, text)),
    }
}

fn nothing_unreleased(file: &str, text: &str) -> Error {
    if text.lines().any(is_unreleased) {
        return Error::user(format!("`{file}` has nothing under `## [Unreleased]`"))
            .hint("write a line there for each change, for those who upgrade: `- What is new`");
    }
    Error::user(format!("`{file}` has no section `## [Unreleased]`")).hint(
        "add it above the newest version, with a line for each change, for those who upgrade: `- \
         What is new`",
    )
}

fn renamed(text: &str, naming: &Naming) -> String {
    let is_dated = text
        .lines()
        .find(|line| version_of(line).is_some())
        .is_some_and(is_dated);
    let mut released = String::new();
    let mut is_found = false;
    for line in text.split_inclusive('\n') {
        if is_found || !is_unreleased(line) {
            released.push_str(line);
            continue;
        }
        is_found = true;
        let end = if line.ends_with("\r\n") { "\r\n" } else { "\n" };
        if naming.keeps_unreleased {
            released.push_str(&format!("{}{end}{end}", line.trim_end()));
        }
        let version = match line.contains('[') {
            true => format!("[{}]", naming.version),
            false => naming.version.to_string(),
        };
        released.push_str(&format!("## {version}"));
        if is_dated {
            released.push_str(&format!(" - {}", naming.today));
        }
        released.push_str(end);
    }
    released
}

fn is_heading(line: &str) -> bool {
    line.starts_with("## ")
}

/// Returns what a heading says, without the bracket that it may begin with.
fn title(line: &str) -> Option<&str> {
    let title = line.strip_prefix("## ")?.trim();
    Some(title.trim_start_matches('['))
}

fn version_of(line: &str) -> Option<Version> {
    let word = title(line)?.split([']', ' ', '\t']).next()?;
    Version::parse(word).ok()
}

/// Returns whether a heading ends in ` - YYYY-MM-DD`.
fn is_dated(line: &str) -> bool {
    let Some((_, date)) = line.trim_end().rsplit_once(" - ") else {
        return false;
    };
    let form: String = date
        .chars()
        .map(|letter| if letter.is_ascii_digit() { '0' } else { letter })
        .collect();
    form == "0000-00-00"
}

fn says_something(line: &str) -> bool {
    let line = line.trim();
    let is_link = line.starts_with('[') && line.contains("]: ");
    !line.is_empty() && !line.starts_with('#') && !is_link
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(version: &Version, keeps_unreleased: bool) -> Naming<'_> {
        Naming {
            version,
            today: "2026-11-29",
            keeps_unreleased,
        }
    }

    #[track_caller]
    fn check(before: &str, keeps_unreleased: bool, after: &str) {
        let version = Version::new(1, 1, 0);
        let released = release("CHANGELOG.md", before, &naming(&version, keeps_unreleased));
        assert_eq!(released.unwrap(), after);
        assert!(sections(after).iter().any(|(known, _)| *known == version));
    }

    #[track_caller]
    fn refused(before: &str, message: &str) {
        let version = Version::new(1, 1, 0);
        let error = release("CHANGELOG.md", before, &naming(&version, false)).unwrap_err();
        assert_eq!(error.message(), message);
        assert!(!error.next_steps().is_empty());
    }

    #[test]
    fn what_is_unreleased_gets_the_version_and_a_date_where_the_file_has_dates() {
        check(
            "# C\n\n## [Unreleased]\n\n- a\n\n## [1.0.0] - 2026-01-01\n\n- x\n",
            false,
            "# C\n\n## [1.1.0] - 2026-11-29\n\n- a\n\n## [1.0.0] - 2026-01-01\n\n- x\n",
        );
        check(
            "## [Unreleased]\n- a\n## [1.0.0]\n- x\n",
            false,
            "## [1.1.0]\n- a\n## [1.0.0]\n- x\n",
        );
        check(
            "## Unreleased\n- a\n## 1.0.0 (January)\n- x\n",
            false,
            "## 1.1.0\n- a\n## 1.0.0 (January)\n- x\n",
        );
        check("## [unreleased]\n- a", false, "## [1.1.0]\n- a");
        // The newest section says what the file does now, not the oldest.
        check(
            "## [Unreleased]\n- a\n## [1.0.0]\n- x\n## [0.9.0] - 2026-01-01\n- y\n",
            false,
            "## [1.1.0]\n- a\n## [1.0.0]\n- x\n## [0.9.0] - 2026-01-01\n- y\n",
        );
    }

    #[test]
    fn all_other_bytes_stay() {
        check(
            "# C\r\n\r\n## [Unreleased] - soon\r\n\r\n- a\r\n\r\n[Unreleased]: https://x\r\n",
            true,
            "# C\r\n\r\n## [Unreleased] - soon\r\n\r\n## [1.1.0]\r\n\r\n- a\r\n\r\n[Unreleased]: \
             https://x\r\n",
        );
        check(
            "## [Unreleased]\n\n### Added\n\n- a\n\n### Fixed\n\n## [1.0.0]\n- x\n",
            true,
            "## [Unreleased]\n\n## [1.1.0]\n\n### Added\n\n- a\n\n### Fixed\n\n## [1.0.0]\n- x\n",
        );
    }

    #[test]
    fn a_section_that_has_the_version_stays() {
        for text in [
            "## [1.1.0]\n- a\n",
            "## [Unreleased]\n\n## [1.1.0] - 2026-11-01\n- a\n",
        ] {
            check(text, false, text);
        }
    }

    #[test]
    fn nothing_to_release_is_refused() {
        for empty in [
            "## [Unreleased]\n",
            "## [Unreleased]\n\n### Added\n\n## [1.0.0]\n- x\n",
            "## [1.0.0]\n- x\n\n## [Unreleased]\n\n[Unreleased]: https://x\n[1.0.0]: https://y\n",
        ] {
            refused(empty, "`CHANGELOG.md` has nothing under `## [Unreleased]`");
        }
        for none in ["", "## [1.0.0]\n- x\n"] {
            refused(none, "`CHANGELOG.md` has no section `## [Unreleased]`");
        }
        refused(
            "## [Unreleased]\n- b\n## [1.1.0]\n- a\n",
            "`CHANGELOG.md` has a section for 1.1.0, and changes under `## [Unreleased]`",
        );
    }

    #[test]
    fn the_heading_is_kept_where_the_last_release_had_it_or_a_link_names_it() {
        let (now, plain) = (
            "## [Unreleased]\n- a\n",
            "## [1.0.0]\n- What was unreleased\n",
        );
        let kept = "## [Unreleased]\n\n## [1.0.0]\n- x\n";
        assert!(keeps_unreleased(now, Some(kept)));
        assert!(keeps_unreleased(
            "## [Unreleased]\n- a\n\n[unreleased]: https://x\n",
            None
        ));
        assert!(!keeps_unreleased(now, Some(plain)));
        assert!(!keeps_unreleased(now, None));
    }
}
