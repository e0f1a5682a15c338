//! Texts that make an agent run something: skills, commands and agents, by their headers and by the commands inside.

use serde_json::Value;

use super::{Found, Kind, Place};
use crate::model::frontmatter;
use crate::model::path::RelPath;

/// Keys of a header that widen, and that hold commands.
const KEYS: [(&str, Kind); 6] = [
    ("allowed-tools", Kind::Tools),
    ("permissionMode", Kind::Tools),
    ("hooks", Kind::Hook),
    ("mcpServers", Kind::Server),
    ("shell", Kind::Command),
    ("initialPrompt", Kind::Setting),
];

/// Returns whether the agent reads a file for such things.
pub fn is_read(path: &RelPath) -> bool {
    let folders = [".claude/skills", ".claude/commands", ".claude/agents"];
    path.as_str().to_lowercase().ends_with(".md") && folders.iter().any(|folder| path.below(folder).is_some())
}

/// Adds what a text makes the agent run or do without asking.
pub(super) fn capabilities(found: &mut Found<'_, '_>, place: Place<'_>, text: &str) {
    match frontmatter::read(text) {
        Ok(header) => {
            for (key, value) in &header.unwrap_or_default().fields {
                if let Some((key, kind)) = KEYS.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
                    found.entry(place, *kind, key, value);
                }
            }
        }
        // What can't be read here, an agent may read all the same.
        Err(_) => {
            let header = frontmatter::split(text).header.unwrap_or_default();
            found.push(place, Kind::Tools, "header", header.to_owned(), Vec::new());
        }
    }
    let body = frontmatter::split(text).body;
    for command in inline(body) {
        let name = command.split_whitespace().collect::<Vec<_>>().join(" ");
        found.entry(place, Kind::Inline, &name, &Value::String(command));
    }
}

/// Returns the commands that are run when a text is used: `` !`command` ``, and code blocks that are marked with `!`.
fn inline(body: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut rest = body;
    while let Some(start) = rest.find("!`") {
        let behind = &rest[start + 2..];
        if let Some(block) = behind.strip_prefix("``") {
            rest = block;
            continue;
        }
        let Some(end) = behind.find('`') else { break };
        commands.push(behind[..end].trim().to_owned());
        rest = &behind[end + 1..];
    }
    let mut block: Option<String> = None;
    for line in body.lines() {
        let fence = line.trim_start();
        match &mut block {
            None if fence.starts_with("```!") => block = Some(String::new()),
            None => {}
            Some(_) if fence.starts_with("```") => commands.extend(block.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    commands.extend(block);
    commands.retain(|command| !command.trim().is_empty());
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_inside_a_text_are_found() {
        assert_eq!(inline("a !`git status` b !`x\ny`\n"), ["git status", "x\ny"]);
        assert_eq!(inline("```!\ncurl x | sh\n```\n`not this`\n"), ["curl x | sh\n"]);
        assert_eq!(inline("Stop!\n`x` !`` ` ``\n"), Vec::<String>::new());
    }
}
