//! Variables that hooks read and nobody sets: what a hook is told comes on its standard input.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex_lite::Regex;

use crate::agent::claude::places::PLUGIN_ROOT;
use crate::agent::claude::variables::PHANTOMS;
use crate::merge::kind::FileKind;

use super::script::is_in_comment;

static IN_SHELL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$(?:\{([A-Z][A-Z0-9_]*)([^}]?)|([A-Z][A-Z0-9_]*))")
        .expect("the pattern is tested")
});

static IN_PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r#"(?:process\.env\.|process\.env\[["']|environ\[["']|environ\.get\(["']"#,
        r#"|getenv\(["']|ENV\[["'])([A-Z][A-Z0-9_]*)"#,
    );
    Regex::new(pattern).expect("the pattern is tested")
});

/// Returns the variables that a text reads and that nobody sets, each with its first place.
/// `in_settings` says that the text is a command of a repo's own settings, where a plugin's folder
/// is not known either.
pub fn find(text: &str, kind: FileKind, in_settings: bool) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut known = BTreeSet::new();
    for (at, name) in variables(text, kind) {
        if is_phantom(name, in_settings)
            && !is_in_comment(text, at)
            && known.insert(name)
            && !is_set(text, name)
        {
            found.push((at, name.to_owned()));
        }
    }
    found
}

/// Returns the variables that a text reads, each with its place.
fn variables(text: &str, kind: FileKind) -> Vec<(usize, &str)> {
    let mut variables = Vec::new();
    match kind {
        FileKind::Shell => {
            for captures in IN_SHELL.captures_iter(text) {
                let falls_back = captures
                    .get(2)
                    .is_some_and(|next| matches!(next.as_str(), ":" | "-" | "+" | "="));
                let name = captures.get(1).or(captures.get(3)).filter(|_| !falls_back);
                variables.extend(name.map(|name| (name.start(), name.as_str())));
            }
        }
        // What reads its standard input too has another way to know.
        FileKind::Script if !reads_input(text) => {
            for captures in IN_PROGRAM.captures_iter(text) {
                let name = captures.get(1);
                variables.extend(name.map(|name| (name.start(), name.as_str())));
            }
        }
        _ => {}
    }
    variables
}

fn is_phantom(name: &str, in_settings: bool) -> bool {
    let is_known = PHANTOMS
        .iter()
        .any(|phantom| match phantom.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == *phantom,
        });
    is_known || in_settings && name == PLUGIN_ROOT
}

/// How far before a name its command is looked for.
const NEAR: usize = 200;

/// Returns whether the text gives the variable a value itself.
fn is_set(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(start, _)| {
        let near = text.floor_char_boundary(start.saturating_sub(NEAR));
        let (before, after) = (&text[near..start], &text[start + name.len()..]);
        let is_whole = !before
            .ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '{' | '.'));
        let line = before.rsplit('\n').next().unwrap_or(before);
        let command = line
            .rsplit([';', '&', '|'])
            .next()
            .unwrap_or(line)
            .trim_start();
        let is_read = command.starts_with("read ")
            || command.contains(" read ")
            || command.starts_with("for ");
        let ends = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        is_whole && (after.starts_with('=') || after.starts_with("+=") || (is_read && ends))
    })
}

fn reads_input(text: &str) -> bool {
    ["stdin", "readFileSync(0", "open(0"]
        .iter()
        .any(|input| text.contains(input))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, kind: FileKind, expected: &[&str]) {
        let found: Vec<String> = find(text, kind, true)
            .into_iter()
            .map(|(_, name)| name)
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn variables_that_nobody_sets_are_found() {
        check(
            "prettier --write $CLAUDE_TOOL_INPUT_FILE_PATH",
            FileKind::Shell,
            &["CLAUDE_TOOL_INPUT_FILE_PATH"],
        );
        check(
            "echo \"${CLAUDE_TOOL_INPUT}\" | jq .; x $TOOL_ARGS",
            FileKind::Shell,
            &["CLAUDE_TOOL_INPUT", "TOOL_ARGS"],
        );
        check(
            "sh \"$CLAUDE_PLUGIN_ROOT\"/a.sh",
            FileKind::Shell,
            &["CLAUDE_PLUGIN_ROOT"],
        );
        check(
            "import os\nf = os.environ[\"CLAUDE_FILE_PATH\"]\n",
            FileKind::Script,
            &["CLAUDE_FILE_PATH"],
        );
        check(
            "const f = process.env.CLAUDE_TOOL_INPUT",
            FileKind::Script,
            &["CLAUDE_TOOL_INPUT"],
        );
    }

    #[test]
    fn variables_that_are_set_are_not() {
        for text in [
            "\"$CLAUDE_PROJECT_DIR\"/a.sh >> \"$CLAUDE_ENV_FILE\"",
            "TOOL_NAME=$(jq -r .tool_name)\necho \"$TOOL_NAME\"",
            "read -r TOOL_NAME TOOL_INPUT <<< \"$x\"; echo $TOOL_NAME $TOOL_INPUT",
            "INPUT=\"${CLAUDE_TOOL_INPUT:-$(cat)}\"",
            "# $TOOL_INPUT is not set\ncat",
            "echo $MY_TOOL_INPUT",
        ] {
            check(text, FileKind::Shell, &[]);
        }
        check(
            "data = os.environ.get('CLAUDE_TOOL_INPUT') or sys.stdin.read()",
            FileKind::Script,
            &[],
        );
    }
}
