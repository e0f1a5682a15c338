//! Skills: the header of each SKILL.md, as the Agent Skills specification has it.

use serde_json::Value;

use crate::agent::claude::places::SKILLS;
use crate::agent::headers::SKILL;
use crate::agent::skills::FOLDERS;
use crate::model::frontmatter::{self, Frontmatter};
use crate::model::path::RelPath;
use crate::words;

use super::frontmatter::{read, required};
use super::{LintRule, Report, Scope};

/// How many characters a name has at most.
const NAME: usize = 64;

/// How many characters a description has at most.
const DESCRIPTION: usize = 1024;

/// Checks that a skill says what the first one of its name says: which of them an agent reads
/// differs by agent, and from run to run.
pub fn check_copies(path: &RelPath, text: &str, scope: &Scope<'_>, report: &mut Report) {
    let rest = |folder: &&str| {
        path.below(folder)
            .filter(|rest| rest.ends_with("/SKILL.md"))
    };
    let Some(rest) = FOLDERS.iter().find_map(rest) else {
        return;
    };
    for folder in FOLDERS {
        let Ok(other) = format!("{folder}/{rest}").parse::<RelPath>() else {
            return;
        };
        if other == *path {
            return;
        }
        let file = scope.files.get(&other);
        if file.is_some_and(|file| file.bytes != text.as_bytes()) {
            report.add(
                LintRule::SkillDiffers,
                path,
                1,
                format!("it isn't what `{other}` says, and agents that look for both read one"),
                "make them the same, or give one of them another name",
            );
            return;
        }
    }
}

/// Checks a skill's main file.
pub fn check(path: &RelPath, text: &str, report: &mut Report) {
    if path.file_name() != "SKILL.md" || path.below(SKILLS).is_none() {
        return;
    }
    let why = "an agent that keeps to the specification doesn't load the skill";
    if frontmatter::split(text).header.is_none() && !frontmatter::is_unclosed(text) {
        let hint = "start with `---`, `name: …`, `description: …`, `---`";
        report.add(
            LintRule::SkillFrontmatter,
            path,
            1,
            format!("it has no header: {why}"),
            hint,
        );
        return;
    }
    let Some(header) = read(path, text, LintRule::SkillFrontmatter, why, report) else {
        return;
    };
    for key in ["name", "description"] {
        required(path, &header, key, LintRule::SkillFrontmatter, why, report);
    }
    check_name(path, &header, report);
    check_description(path, &header, report);
    check_fields(path, &header, report);
}

fn check_name(path: &RelPath, header: &Frontmatter, report: &mut Report) {
    let name = header.fields.get("name").and_then(Value::as_str);
    let Some(name) = name.filter(|name| !name.trim().is_empty()) else {
        return;
    };
    let folder = path.parent();
    let folder = folder.as_ref().map_or("", |folder| folder.file_name());
    if let Some((what, hint)) = misnamed(name, folder) {
        let line = header.lines.get("name").copied();
        let message = format!("the name `{name}` {what}");
        report.add(LintRule::SkillName, path, line, message, hint);
    }
}

fn check_description(path: &RelPath, header: &Frontmatter, report: &mut Report) {
    let description = header.fields.get("description").and_then(Value::as_str);
    let length = description.unwrap_or_default().chars().count();
    if length > DESCRIPTION {
        let line = header.lines.get("description").copied();
        let message =
            format!("the description has {length} characters, and agents read {DESCRIPTION}");
        let hint =
            "say in it what the skill does and when to use it, and leave the rest to the body";
        report.add(LintRule::SkillDescriptionTooLong, path, line, message, hint);
    }
}

fn check_fields(path: &RelPath, header: &Frontmatter, report: &mut Report) {
    for key in header.fields.keys() {
        if SKILL.contains(&key.as_str()) {
            continue;
        }
        let line = header.lines.get(key).copied();
        let hint = match words::nearest(key, SKILL) {
            Some(near) => format!("write `{near}`"),
            None => format!("move `{key}` below `metadata`"),
        };
        let message = format!("`{key}` is no field of a skill: it has no effect");
        report.add(LintRule::SkillUnknownField, path, line, message, hint);
    }
}

/// Returns what is wrong with a skill's name, and what to write.
fn misnamed(name: &str, folder: &str) -> Option<(String, String)> {
    let write = match is_name(folder) {
        true => format!("write `name: {folder}`"),
        false => "write it in `a-z`, `0-9` and single hyphens, and name the folder so".to_owned(),
    };
    if name.chars().count() > NAME {
        Some((format!("has more than {NAME} characters"), write))
    } else if !name.chars().all(|c| is_word_letter(c) || c == '-') {
        Some((
            "has other characters than `a-z`, `0-9` and `-`".to_owned(),
            write,
        ))
    } else if !is_name(name) {
        Some((
            "starts or ends with a hyphen, or has two in a row".to_owned(),
            write,
        ))
    } else if name != folder {
        Some((format!("is not that of its folder, `{folder}`"), write))
    } else {
        None
    }
}

fn is_name(name: &str) -> bool {
    name.len() <= NAME
        && name
            .split('-')
            .all(|word| !word.is_empty() && word.chars().all(is_word_letter))
}

fn is_word_letter(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_folders() {
        assert_eq!(misnamed("a-b", "a-b"), None);
        for name in ["A", "a_b", "-a", "a-", "a--b", "other", &"a".repeat(65)] {
            assert!(misnamed(name, "a-b").is_some(), "{name}");
        }
    }
}
