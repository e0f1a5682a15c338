//! Which files and folders of a repository Claude Code reads, and what names it gives them.

use crate::model::name::TemplateName;
use crate::model::path::RelPath;

/// The settings that a team shares. Strict JSON: anything else makes the agent skip the file,
/// guards included.
pub const SETTINGS: &str = ".claude/settings.json";

/// The settings of one person, which aren't shared.
pub const LOCAL_SETTINGS: &str = ".claude/settings.local.json";

/// The root instructions of one person, which aren't shared.
pub const LOCAL_ROOT: &str = "CLAUDE.local.md";

/// The MCP servers that a team shares.
pub const SERVERS: &str = ".mcp.json";

/// The files that may hold the root instructions, in the order in which they are looked for.
pub const ROOTS: [&str; 2] = ["CLAUDE.md", ".claude/CLAUDE.md"];

/// The folder of all that is a project's.
pub const FOLDER: &str = ".claude";

/// Rules, which are always loaded or for the paths that they name.
pub const RULES: &str = ".claude/rules";

/// Scripts that hooks run.
pub const HOOKS: &str = ".claude/hooks";

/// Returns where a person who copies a template's file by hand puts it: in the folder of all rules,
/// or of all scripts, and not in the template's own in there.
pub fn without_template(path: &RelPath, template: &TemplateName) -> Option<RelPath> {
    for folder in [RULES, HOOKS] {
        let below = path.below(folder);
        let rest = below.and_then(|rest| rest.strip_prefix(template.as_str())?.strip_prefix('/'));
        if let Some(rest) = rest {
            return format!("{folder}/{rest}").parse().ok();
        }
    }
    None
}

/// Skills, a folder each.
pub const SKILLS: &str = ".claude/skills";

/// Commands, a file each.
pub const COMMANDS: &str = ".claude/commands";

/// Agents, a file each.
pub const AGENTS: &str = ".claude/agents";

/// What is remembered of a project.
pub const MEMORY: &str = ".claude/memory";

/// What agents remember, a folder each.
pub const AGENT_MEMORY: &str = ".claude/agent-memory";

/// How the agent speaks, a file each.
const OUTPUT_STYLES: &str = ".claude/output-styles";

/// Instructions that hold for the folder that they lie in, and those below.
pub const NESTED: [&str; 2] = ["CLAUDE.md", LOCAL_ROOT];

/// The folder that makes a repository a plugin.
pub const PLUGIN_FOLDER: &str = ".claude-plugin";

/// The hooks of a plugin, where the plugin is the repository.
pub const PLUGIN_HOOKS: &str = "hooks/hooks.json";

/// Files that are read at known places.
pub const FILES: [&str; 7] = [
    ROOTS[0],
    ROOTS[1],
    LOCAL_ROOT,
    SETTINGS,
    LOCAL_SETTINGS,
    SERVERS,
    PLUGIN_HOOKS,
];

/// Folders of which every file is read, or run.
pub const FOLDERS: [&str; 8] = [
    RULES,
    HOOKS,
    SKILLS,
    COMMANDS,
    AGENTS,
    MEMORY,
    AGENT_MEMORY,
    OUTPUT_STYLES,
];

/// What shows that Claude Code is in use.
pub const SIGNS: [&str; 3] = [ROOTS[0], FOLDER, LOCAL_ROOT];

/// The fragment of settings in a template's source, for what template.toml has no word for.
pub const FRAGMENT: &str = "settings/claude.json";

/// The same, as it may stand in a source: as it is, or to be rendered.
pub const FRAGMENTS: [&str; 2] = [FRAGMENT, "settings/claude.json.jinja"];

/// The variable in which a hook finds the project's folder.
pub const PROJECT_DIR: &str = "CLAUDE_PROJECT_DIR";

/// The variable in which a plugin's hook finds the plugin's folder.
pub const PLUGIN_ROOT: &str = "CLAUDE_PLUGIN_ROOT";

/// How a command says that a path is in the project: each is followed by `/`.
pub const IN_PROJECT: [&str; 4] = [
    "$CLAUDE_PROJECT_DIR",
    "${CLAUDE_PROJECT_DIR}",
    "${CLAUDE_PROJECT_DIR:-.}",
    ".",
];

/// Returns how a hook's command names a script of the project, so that it is found from any folder.
pub fn command(script: impl std::fmt::Display) -> String {
    format!("\"${PROJECT_DIR}\"/{script}")
}

/// Returns whether a shell reads a script's name, in such a command, as part of one word.
pub fn is_plain_script(name: &str) -> bool {
    name.chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "._-/".contains(letter))
}

/// Returns where the machine's owner puts what holds for everybody on it; `os` is Rust's name of
/// the operating system.
pub const fn managed_folder(os: &str) -> &'static str {
    match os.as_bytes() {
        b"macos" => "/Library/Application Support/ClaudeCode",
        b"windows" => r"C:\Program Files\ClaudeCode",
        _ => "/etc/claude-code",
    }
}

/// The settings in that folder: a file, and a folder of more.
pub const MANAGED: (&str, &str) = ("managed-settings.json", "managed-settings.d");

/// Returns whether a path is of JSON that the agent reads strictly: settings, servers, a plugin's
/// hooks.
pub fn is_settings(path: &RelPath) -> bool {
    [SETTINGS, LOCAL_SETTINGS, SERVERS, PLUGIN_HOOKS].contains(&path.as_str())
}

/// Returns whether a path is of root instructions.
pub fn is_root(path: &RelPath) -> bool {
    ROOTS.contains(&path.as_str())
}

/// Returns whether a path lies in one of the agent's folders, in whichever folder of the repository
/// that lies and however its letters are written.
pub fn is_in(path: &RelPath, folder: &str) -> bool {
    format!("/{}", path.folded()).contains(&format!("/{folder}/"))
}
