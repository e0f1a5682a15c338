//! Environment variables around Claude Code: what they can do in its settings, and which ones hooks
//! are written with although nobody sets them.

/// Variables of which no value makes anything run or go elsewhere.
const HARMLESS: [&str; 15] = [
    "BASH_DEFAULT_TIMEOUT_MS",
    "BASH_MAX_OUTPUT_LENGTH",
    "BASH_MAX_TIMEOUT_MS",
    "CI",
    "CLAUDE_BASH_MAINTAIN_PROJECT_WORKING_DIR",
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    "FORCE_COLOR",
    "LANG",
    "MAX_MCP_OUTPUT_TOKENS",
    "MAX_THINKING_TOKENS",
    "MCP_TIMEOUT",
    "MCP_TOOL_TIMEOUT",
    "NO_COLOR",
    "RUST_LOG",
    "TZ",
];

/// Names that hooks are written with and that the agent doesn't set; `*` stands for the rest of a
/// name. What a hook is told comes on its standard input.
pub const PHANTOMS: [&str; 14] = [
    "CLAUDE_TOOL_*",
    "CLAUDE_FILE_PATH",
    "CLAUDE_FILE_PATHS",
    "CLAUDE_PROMPT",
    "CLAUDE_USER_PROMPT",
    "CLAUDE_HOOK_INPUT",
    "CLAUDE_HOOK_EVENT",
    "CLAUDE_NOTIFICATION",
    "TOOL_ARGS",
    "TOOL_INPUT",
    "TOOL_INPUT_*",
    "TOOL_NAME",
    "TOOL_OUTPUT",
    "TOOL_RESULT",
];

/// Returns whether a variable can't make anything run or go elsewhere, whatever its value is.
pub fn is_harmless(name: &str) -> bool {
    HARMLESS.contains(&name) || name.starts_with("LC_")
}

/// Returns whether a variable switches something off: setting it widens nothing, and taking it away
/// does.
pub fn is_limiting(name: &str) -> bool {
    name.starts_with("DISABLE_") || name.starts_with("CLAUDE_CODE_DISABLE_")
}
