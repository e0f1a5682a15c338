//! What the text of a script says about how it ends.

use std::sync::LazyLock;

use regex_lite::Regex;

static EXIT: LazyLock<Regex> = LazyLock::new(|| {
    // In a shell, in Python, in JavaScript; `$`: what is known only when it runs.
    let pattern = r#"(?:\bexit[ \t]+"?([0-9]+|\$)|\b(?:sys\.|process\.|os\._)?exit\(([0-9]+|[A-Za-z_$]))"#;
    Regex::new(pattern).expect("the pattern is tested")
});

/// Returns where a script ends with 1, if it never blocks in a way that works.
pub fn only_exit_one(text: &str) -> Option<usize> {
    let mut first = None;
    for captures in EXIT.captures_iter(text) {
        let Some(code) = captures.get(1).or(captures.get(2)).filter(|code| !is_comment(text, code.start())) else {
            continue;
        };
        match code.as_str() {
            "0" => {}
            "1" => first = first.or(Some(code.start())),
            _ => return None,
        }
    }
    first.filter(|_| !decides(text))
}

/// Returns whether a script can keep the agent from stopping.
pub fn blocks(text: &str) -> bool {
    let exits = EXIT.captures_iter(text).filter_map(|captures| captures.get(1).or(captures.get(2)));
    decides_to_block(text) || exits.filter(|code| !is_comment(text, code.start())).any(|code| code.as_str() == "2")
}

/// Returns whether a script answers in JSON.
fn decides(text: &str) -> bool {
    ["decision", "permissionDecision", "\"continue\"", "\\\"continue\\\""].iter().any(|key| text.contains(key))
}

fn decides_to_block(text: &str) -> bool {
    static BLOCK: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"decision\\?["']?\s*[:=,]\s*\\?["']?block"#).expect("the pattern is tested"));
    BLOCK.is_match(text)
}

fn is_comment(text: &str, at: usize) -> bool {
    let line = text[..at].rsplit('\n').next().unwrap_or_default().trim_start();
    line.starts_with('#') || line.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_that_blocks_nothing_is_found() {
        for text in
            ["grep -q x && exit 1", "exit 1\n", "import sys\nsys.exit(1)\n", "process.exit(1);", "exit 0\nexit 1"]
        {
            assert!(only_exit_one(text).is_some(), "{text}");
        }
        for text in [
            "exit 0",
            "command -v jq || exit 1\nexit 2\n",
            "# exit 1 would not block\nexit 0\n",
            "exit \"$code\" || exit 1",
            "echo '{\"decision\": \"block\"}'; exit 1",
            "exit 10",
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
