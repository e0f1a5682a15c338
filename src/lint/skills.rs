//! Skills: the header of each SKILL.md, as the Agent Skills specification has it.

use serde_json::Value;

use crate::agent::claude::places::SKILLS;
use crate::agent::headers::SKILL;
use crate::model::frontmatter;
use crate::model::path::RelPath;
use crate::words;

use super::frontmatter::{read, required};
use super::{LintRule, Report};

/// How many characters a name has at most.
const NAME: usize = 64;

/// How many characters a description has at most.
const DESCRIPTION: usize = 1024;

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
    let line = |key: &str| header.lines.get(key).copied();
    for key in ["name", "description"] {
        required(path, &header, key, LintRule::SkillFrontmatter, why, report);
    }
    let folder = path
        .parent()
        .map(|folder| folder.file_name().to_owned())
        .unwrap_or_default();
    if let Some(name) = header
        .fields
        .get("name")
        .and_then(Value::as_str)
        .filter(|name| !name.trim().is_empty())
        && let Some((what, hint)) = misnamed(name, &folder)
    {
        report.add(
            LintRule::SkillName,
            path,
            line("name"),
            format!("the name `{name}` {what}"),
            hint,
        );
    }
    let description = header
        .fields
        .get("description")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .chars()
        .count();
    if description > DESCRIPTION {
        let message =
            format!("the description has {description} characters, and agents read {DESCRIPTION}");
        let hint =
            "say in it what the skill does and when to use it, and leave the rest to the body";
        report.add(
            LintRule::SkillDescriptionTooLong,
            path,
            line("description"),
            message,
            hint,
        );
    }
    for key in header
        .fields
        .keys()
        .filter(|key| !SKILL.contains(&key.as_str()))
    {
        let hint = match words::nearest(key, SKILL) {
            Some(near) => format!("write `{near}`"),
            None => format!("move `{key}` below `metadata`"),
        };
        let message = format!("`{key}` is no field of a skill: it has no effect");
        report.add(LintRule::SkillUnknownField, path, line(key), message, hint);
    }
}

/// Returns what is wrong with a skill's name, and what to write.
fn misnamed(name: &str, folder: &str) -> Option<(String, String)> {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let write = match is_name(folder) {
        true => format!("write `name: {folder}`"),
        false => "write it in `a-z`, `0-9` and single hyphens, and name the folder so".to_owned(),
    };
    if name.chars().count() > NAME {
        Some((format!("has more than {NAME} characters"), write))
    } else if !name.chars().all(is_letter) {
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
    let is_word = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.len() <= NAME && name.split('-').all(is_word)
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
