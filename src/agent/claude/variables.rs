//! Environment variables around Claude Code: what they can do in its settings, and which ones hooks
//! are written with although nobody sets them. **No list of what is harmless has a pattern in it.**

use serde_json::Value;

/// Variables of which no short text makes anything run or go elsewhere.
const TEXTS: [&str; 14] = [
    "CI",
    "CLAUDE_BASH_MAINTAIN_PROJECT_WORKING_DIR",
    "FORCE_COLOR",
    "LANG",
    "LC_ALL",
    "LC_COLLATE",
    "LC_CTYPE",
    "LC_MESSAGES",
    "LC_MONETARY",
    "LC_NUMERIC",
    "LC_TIME",
    "NO_COLOR",
    "RUST_LOG",
    "TZ",
];

/// Variables that are numbers: times in milliseconds, lengths, budgets.
const NUMBERS: [&str; 8] = [
    "BASH_DEFAULT_TIMEOUT_MS",
    "BASH_MAX_OUTPUT_LENGTH",
    "BASH_MAX_TIMEOUT_MS",
    "CLAUDE_CODE_MAX_OUTPUT_TOKENS",
    "MAX_MCP_OUTPUT_TOKENS",
    "MAX_THINKING_TOKENS",
    "MCP_TIMEOUT",
    "MCP_TOOL_TIMEOUT",
];

/// How long a text may be: one that is too long keeps every program from starting, hooks too.
const LONGEST: usize = 200;

/// Variables that switch something of the agent's own off that sends, fetches, remembers or starts
/// something, each by itself: what else begins with `DISABLE` may be a guard. What the agent shows
/// or costs only is here too.
const SWITCHES: [&str; 20] = [
    "CLAUDE_CODE_DISABLE_1M_CONTEXT",
    "CLAUDE_CODE_DISABLE_AUTO_MEMORY",
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS",
    "CLAUDE_CODE_DISABLE_CRON",
    "CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS",
    "CLAUDE_CODE_DISABLE_FAST_MODE",
    "CLAUDE_CODE_DISABLE_FEEDBACK_SURVEY",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL",
    "CLAUDE_CODE_DISABLE_TERMINAL_TITLE",
    "DISABLE_AUTOUPDATER",
    "DISABLE_AUTO_COMPACT",
    "DISABLE_BUG_COMMAND",
    "DISABLE_COST_WARNINGS",
    "DISABLE_ERROR_REPORTING",
    "DISABLE_FEEDBACK_COMMAND",
    "DISABLE_NON_ESSENTIAL_MODEL_CALLS",
    "DISABLE_PROMPT_CACHING",
    "DISABLE_TELEMETRY",
    "DISABLE_UPGRADE_COMMAND",
];

/// Values that switch a switch on.
const ON: [&str; 2] = ["1", "true"];

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

/// Returns whether a variable can't make anything run or go elsewhere, with this value.
pub fn is_harmless(name: &str, value: &Value) -> bool {
    let Some(value) = value.as_str() else {
        return false;
    };
    let is_plain = value
        .chars()
        .all(|letter| letter.is_ascii_graphic() && letter != '/' || letter == ' ');
    let is_number = value.len() <= 9 && value.bytes().all(|byte| byte.is_ascii_digit());
    TEXTS.contains(&name) && value.len() <= LONGEST && (is_plain || is_zone(name, value))
        || NUMBERS.contains(&name) && is_number && !value.trim_start_matches('0').is_empty()
}

/// A time zone is a name with slashes, and no path.
fn is_zone(name: &str, value: &str) -> bool {
    let is_plain = value
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "_+-/".contains(letter));
    name == "TZ" && is_plain && !value.starts_with('/')
}

/// Returns whether a variable switches something off, with this value: setting it widens nothing,
/// and taking it away does.
pub fn is_limiting(name: &str, value: &Value) -> bool {
    SWITCHES.contains(&name) && value.as_str().is_some_and(|value| ON.contains(&value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_alone_switches_nothing_off() {
        for (name, value) in [
            ("DISABLE_DATABASE_ENVIRONMENT_CHECK", "1"),
            ("CLAUDE_CODE_DISABLE_COMMAND_INJECTION_CHECK", "1"),
            ("DISABLE_TELEMETRY", "0"),
            ("DISABLE_TELEMETRY", ""),
            ("DISABLE_TELEMETRY_", "1"),
            ("disable_telemetry", "1"),
            ("LC_ANYTHING", "1"),
        ] {
            let is_quiet = is_harmless(name, &json!(value)) || is_limiting(name, &json!(value));
            assert!(!is_quiet, "{name}={value}");
        }
        assert!(is_limiting("DISABLE_TELEMETRY", &json!("1")));
        assert!(!is_limiting("DISABLE_TELEMETRY", &json!(1)));
        for (name, value) in [
            ("LANG", json!("A".repeat(1000))),
            ("LANG", json!("a\0b")),
            ("LANG", json!({})),
            ("TZ", json!(":/dev/zero")),
            ("TZ", json!("/etc/x")),
            ("MCP_TIMEOUT", json!("0")),
            ("MCP_TIMEOUT", json!("x")),
            ("CI", json!(null)),
        ] {
            assert!(!is_harmless(name, &value), "{name}={value}");
        }
        assert!(is_harmless("TZ", &json!("Europe/Berlin")));
        assert!(is_harmless("LC_ALL", &json!("C.UTF-8")));
    }
}
