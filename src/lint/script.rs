//! What the text of a script says about how it ends.

use std::sync::LazyLock;

use regex_lite::Regex;

/// Where a script ends: in a shell as a command, in Python and JavaScript as a call.
static EXIT: LazyLock<Regex> = LazyLock::new(|| {
    let shell = r#"(?:^|[;&|{()]|\bthen|\belse|\bdo)[ \t]*exit[ \t]+"?([0-9]+|\$)"#;
    let call = r"\b(?:sys\.|process\.|os\._)?exit\(([0-9]+|[A-Za-z_$])";
    Regex::new(&format!("(?m){shell}|{call}")).expect("the pattern is tested")
});

/// Where a text so much as speaks of another code than 0 and 1.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\b(?:exit|return)(?:[ \t]+"?|\()(?:[2-9]|1[0-9]|\$|[A-Za-z_])"#)
        .expect("the pattern is tested")
});

/// Returns where a script ends with 1, if it never blocks in a way that works.
pub fn only_exit_one(text: &str) -> Option<usize> {
    let mut first = None;
    for (at, code) in exits(text) {
        match code {
            "0" => {}
            "1" => first = first.or(Some(at)),
            _ => return None,
        }
    }
    first.filter(|_| !decides(text) && !OTHER.is_match(text))
}

/// Returns whether a script can keep the agent from stopping.
pub fn blocks(text: &str) -> bool {
    decides_to_block(text) || exits(text).any(|(_, code)| code == "2")
}

/// Returns the places where a script ends, each with its code; `$` and a letter stand for one that
/// is known later.
fn exits(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text_of = if text.contains("exit") { text } else { "" };
    let codes = EXIT
        .captures_iter(text_of)
        .filter_map(|captures| captures.get(1).or(captures.get(2)));
    codes
        .filter(|code| !is_in_comment(text, code.start()))
        .map(|code| (code.start(), code.as_str()))
}

/// Returns whether a script answers in JSON.
fn decides(text: &str) -> bool {
    [
        "decision",
        "permissionDecision",
        "\"continue\"",
        "\\\"continue\\\"",
    ]
    .iter()
    .any(|key| text.contains(key))
}

fn decides_to_block(text: &str) -> bool {
    static BLOCK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"decision\\?["']?\s*[:=,]\s*\\?["']?block"#).expect("the pattern is tested")
    });
    BLOCK.is_match(text)
}

/// Returns whether a place is in a line that is a comment in a shell, in Python or in JavaScript.
pub fn is_in_comment(text: &str, at: usize) -> bool {
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |end| end + 1);
    let line = text[start..].trim_start_matches([' ', '\t']);
    line.starts_with('#') || line.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_that_blocks_nothing_is_found() {
        for text in [
            "grep -q x && exit 1",
            "exit 1\n",
            "import sys\nsys.exit(1)\n",
            "process.exit(1);",
            "exit 0\nexit 1",
        ] {
            assert!(only_exit_one(text).is_some(), "{text}");
        }
        for text in [
            "exit 0",
            "command -v jq || exit 1\nexit 2\n",
            "# exit 1 would not block\nexit 0\n",
            "exit \"$code\" || exit 1",
            "echo '{\"decision\": \"block\"}'; exit 1",
            "exit 10",
            "echo 'it failed with exit 1'",
            "trap 'exit 2' EXIT; false || exit 1",
            "sys.exit(main())\nsys.exit(1)",
        ] {
            assert_eq!(only_exit_one(text), None, "{text}");
        }
    }

    #[test]
    fn what_can_block_is_told() {
        for text in [
            "exit 2",
            "echo '{\"decision\": \"block\"}'",
            "{decision: 'block'}",
            "echo \"{\\\"decision\\\":\\\"block\\\"}\"",
        ] {
            assert!(blocks(text), "{text}");
        }
        for text in ["exit 0", "say done", "# exit 2 blocks"] {
            assert!(!blocks(text), "{text}");
        }
    }
}
