//! The tools of Claude Code that an agent's header names, as other agents call them.

use serde_json::{Map, Value};

use super::translate::{fields, line_of};

/// The tools of Claude Code that change something.
const WRITING: [&str; 6] = [
    "Bash",
    "Edit",
    "MultiEdit",
    "NotebookEdit",
    "Write",
    "PowerShell",
];

/// How an agent calls the tools.
pub struct ToolNames {
    /// Claude Code's name of each, and the agent's.
    pub names: &'static [(&'static str, &'static str)],
    /// Returns the agent's name of a tool of an MCP server; `*` is all of them.
    pub of_server: fn(&str, &str) -> String,
}

/// Returns the tools that a header names, as Claude Code calls them; none where it names none.
fn named(fields: &Map<String, Value>) -> Option<Vec<&str>> {
    match fields.get("tools")? {
        Value::String(tools) => Some(tools.split(',').map(str::trim).collect()),
        Value::Array(tools) => Some(tools.iter().filter_map(Value::as_str).collect()),
        _ => None,
    }
}

/// Returns whether a header has a list of tools with nothing in it.
pub fn names_no_tool(fields: &Map<String, Value>) -> bool {
    let tools = named(fields);
    tools.is_some_and(|tools| tools.iter().all(|tool| tool.is_empty()))
}

/// Returns whether a header names tools, and none of them changes anything.
pub fn only_reads(fields: &Map<String, Value>) -> bool {
    let writes = |tool: &&str| {
        let name = tool.split('(').next().unwrap_or_default();
        WRITING.contains(&name) || name.starts_with("mcp__") || name == "*"
    };
    !names_no_tool(fields) && named(fields).is_some_and(|tools| !tools.iter().any(writes))
}

/// Returns the tools that a header names as another agent calls them: what it has no name for is
/// left out. None where the header names none, which means all.
pub fn translated(fields: &Map<String, Value>, by: &ToolNames) -> Option<Vec<String>> {
    let mut tools: Vec<String> = Vec::new();
    for tool in named(fields)? {
        let name = tool.split('(').next().unwrap_or_default();
        let of_server = name
            .strip_prefix("mcp__")
            .map(|rest| match rest.split_once("__") {
                Some((server, tool)) => (by.of_server)(server, tool),
                None => (by.of_server)(rest, "*"),
            });
        let mut names = by.names.iter();
        let own = names.find(|(claude, _)| *claude == name);
        let translated = of_server.or_else(|| own.map(|(_, own)| (*own).to_owned()));
        if let Some(translated) = translated.filter(|one| !tools.contains(one)) {
            tools.push(translated);
        }
    }
    Some(tools)
}

/// Returns why an agent can't have a file of Claude Code's agents: it would have no tools, or tools
/// that are kept from it, or nobody would know what it is for.
pub fn refuses(text: &str, by: &ToolNames) -> Option<&'static str> {
    let fields = fields(text);
    if line_of(&fields, "description").is_none() {
        return Some("its header has no description");
    }
    if fields.contains_key("disallowedTools") {
        return Some("it can't be kept from single tools");
    }
    let tools = translated(&fields, by);
    tools
        .is_some_and(|tools| tools.is_empty())
        .then_some("its tools are Claude Code's alone")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: ToolNames = ToolNames {
        names: &[("Read", "read"), ("Grep", "search"), ("Glob", "search")],
        of_server: |server, tool| format!("{server}/{tool}"),
    };

    fn fields(header: &str) -> Map<String, Value> {
        let text = format!("---\ndescription: d\n{header}---\n");
        super::fields(&text)
    }

    #[test]
    fn tools_are_called_as_the_other_agent_calls_them() {
        for (header, expected) in [
            ("", None),
            ("tools: Read, Grep, Glob\n", Some(vec!["read", "search"])),
            ("tools: [Read, \"Bash(ls)\"]\n", Some(vec!["read"])),
            ("tools: mcp__docs, mcp__a__b\n", Some(vec!["docs/*", "a/b"])),
            ("tools: Skill\n", Some(vec![])),
        ] {
            let found = translated(&fields(header), &NAMES);
            let expected = expected.map(|all| all.into_iter().map(str::to_owned).collect());
            assert_eq!(found, expected, "{header}");
        }
    }

    #[test]
    fn an_agent_that_would_have_other_tools_is_refused() {
        for (header, is_refused) in [
            ("description: d\n", false),
            ("description: d\ntools: Read\n", false),
            ("description: d\ntools: Skill\n", true),
            ("description: d\ndisallowedTools: Bash\n", true),
            ("name: n\n", true),
        ] {
            let text = format!("---\n{header}---\nA\n");
            assert_eq!(refuses(&text, &NAMES).is_some(), is_refused, "{header}");
        }
    }

    #[test]
    fn an_agent_that_names_reading_tools_alone_only_reads() {
        for (header, expected) in [
            ("tools: Read, Grep, Glob\n", true),
            ("tools: Read, Edit\n", false),
            ("tools: [Read, \"Bash(git status)\"]\n", false),
            ("tools: mcp__docs\n", false),
            ("model: opus\n", false),
        ] {
            assert_eq!(only_reads(&fields(header)), expected, "{header}");
        }
    }
}
