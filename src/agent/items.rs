//! What a file of a template's source is, before any agent is looked at.

use crate::model::agent::Agent;
use crate::model::path::RelPath;

/// What a file of a template is, with the rest of its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// The text for the root instructions.
    Root,
    /// Lines for `.gitignore`.
    Ignore,
    /// A rule, below `rules/`.
    Rule(&'a str),
    /// A script of a hook, or what one needs, below `hooks/`.
    Script(&'a str),
    /// A file of a skill, below `skills/`.
    Skill(&'a str),
    /// A command, below `commands/`.
    Command(&'a str),
    /// An agent that does a part of the work, below `agents/`.
    Subagent(&'a str),
    /// What is remembered of a project, below `memory/`.
    Memory(&'a str),
    /// What one agent remembers, below `memory/agents/`.
    AgentMemory(&'a str),
    /// A fragment of one agent's settings.
    Fragment(Agent),
    /// A file that lands where it lies, below `files/`.
    File(&'a str),
    /// For people who read the template, not for the repository.
    Nothing,
}

/// Returns what a file of a template is; `path` has no `.jinja`.
pub fn item(path: &RelPath) -> Item<'_> {
    let (folder, rest) = path.as_str().split_once('/').unwrap_or((path.as_str(), ""));
    match (folder, rest) {
        ("root.md", "") => Item::Root,
        ("gitignore", "") => Item::Ignore,
        (_, "") => Item::Nothing,
        ("rules", rest) => Item::Rule(rest),
        ("hooks", rest) => Item::Script(rest),
        ("skills", rest) => Item::Skill(rest),
        ("commands", rest) => Item::Command(rest),
        ("agents", rest) => Item::Subagent(rest),
        ("memory", rest) => match rest.strip_prefix("agents/") {
            Some(rest) => Item::AgentMemory(rest),
            None => Item::Memory(rest),
        },
        ("settings", "claude.json") => Item::Fragment(Agent::Claude),
        ("files", rest) => Item::File(rest),
        _ => Item::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[test]
    fn a_file_is_what_its_folder_says() {
        for (path, expected) in [
            ("root.md", Item::Root),
            ("root.md/a", Item::Nothing),
            ("gitignore", Item::Ignore),
            ("README.md", Item::Nothing),
            ("rules", Item::Nothing),
            ("rules/rust/a.md", Item::Rule("rust/a.md")),
            (
                "memory/agents/keeper/a.md",
                Item::AgentMemory("keeper/a.md"),
            ),
            ("memory/agents", Item::Memory("agents")),
            ("settings/claude.json", Item::Fragment(Agent::Claude)),
            ("settings/other.json", Item::Nothing),
            ("accepted/p.diff", Item::Nothing),
            ("files/a/b", Item::File("a/b")),
        ] {
            assert_eq!(item(&rel(path)), expected, "{path}");
        }
    }
}
