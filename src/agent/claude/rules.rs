//! Rules as Claude Code has them: the template's own file, with a line for Copilot.
//!
//! Copilot reads the rules of Claude Code besides its own, and tells its model each twice, however
//! equal the two files are (measured with 1.0.102). A key that Claude Code passes over makes it
//! leave the file out.

use crate::agent::translate::Translation;
use crate::model::frontmatter;

/// A rule, as Claude Code has it.
pub const RULE: Translation = Translation {
    only_adds: true,
    read_back,
    ..Translation::new(rule)
};

/// The key that says for whom a file isn't, and the line with it.
const KEY: &str = "excludeAgent";
const LINE: &str = "excludeAgent: \"coding-agent\"";

/// Returns a rule that Copilot leaves out. One whose header can't be read, or says already for whom
/// it isn't, stays as it is.
fn rule(text: &str) -> String {
    let end = match text.lines().next() {
        Some(first) if text[first.len()..].starts_with("\r\n") => "\r\n",
        _ => "\n",
    };
    let (mark, rest) = match text.strip_prefix('\u{feff}') {
        Some(rest) => ("\u{feff}", rest),
        None => ("", text),
    };
    let parts = frontmatter::split(text);
    let marked = match parts.header {
        None => format!("{mark}---{end}{LINE}{end}---{end}{end}{rest}"),
        Some(header) => {
            let start = rest.find(header).unwrap_or_default();
            let (before, behind) = rest.split_at(start + header.len());
            format!("{mark}{before}{LINE}{end}{behind}")
        }
    };
    match says_one_key_more(text, &marked) && !frontmatter::is_unclosed(text) {
        true => marked,
        false => text.to_owned(),
    }
}

/// Returns whether a text's header says what another's does, and for whom the file isn't.
fn says_one_key_more(text: &str, marked: &str) -> bool {
    let read = |text| frontmatter::read(text).ok();
    let (Some(before), Some(Some(mut after))) = (read(text), read(marked)) else {
        return false;
    };
    let is_new = after.fields.shift_remove(KEY).is_some();
    is_new && after.fields == before.unwrap_or_default().fields
}

/// Returns a text without the line, and without a header that has nothing else; none where the line
/// isn't there.
fn read_back(text: &str) -> Option<String> {
    let header = frontmatter::split(text).header?;
    let mut lines = header.split_inclusive('\n');
    let line = lines.find(|line| line.trim_end() == LINE)?;
    if header != line {
        return Some(text.replacen(line, "", 1));
    }
    let (before, behind) = text.split_once(line)?;
    let mark = before
        .strip_suffix("---\n")
        .or(before.strip_suffix("---\r\n"))?;
    let (_, body) = behind.split_once('\n')?;
    // A merge may have taken the empty line.
    let rest = body
        .strip_prefix("\r\n")
        .or(body.strip_prefix('\n'))
        .unwrap_or(body);
    Some(format!("{mark}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_a_line_more_in_its_header() {
        for (text, expected) in [
            ("# A\n", "---\nexcludeAgent: \"coding-agent\"\n---\n\n# A\n"),
            ("", "---\nexcludeAgent: \"coding-agent\"\n---\n\n"),
            (
                "---\ndescription: d\npaths:\n  - a\n---\n\n# A\n",
                "---\ndescription: d\npaths:\n  - a\nexcludeAgent: \"coding-agent\"\n---\n\n# A\n",
            ),
            (
                "\u{feff}---\r\ndescription: >\r\n  d\r\n---\r\nA",
                "\u{feff}---\r\ndescription: >\r\n  d\r\nexcludeAgent: \"coding-agent\"\r\n---\r\nA",
            ),
            (
                "\u{feff}A\r\nB",
                "\u{feff}---\r\nexcludeAgent: \"coding-agent\"\r\n---\r\n\r\nA\r\nB",
            ),
        ] {
            assert_eq!(rule(text), expected);
            assert_eq!(read_back(expected).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_header_that_is_not_understood_stays_as_it_is() {
        for text in [
            "---\npaths: **/*.rs\n---\nA\n",
            "---\nexcludeAgent: \"code-review\"\n---\nA\n",
            "---\n{a: b}\n---\nA\n",
            "---\ndescription: never closed\n",
            "---\na: |\n  b\n c\n---\nA\n",
        ] {
            assert_eq!(rule(text), text);
        }
    }

    #[test]
    fn what_has_no_such_line_is_not_read_back() {
        for text in [
            "# A\n",
            "---\ndescription: d\n---\nA\n",
            "---\nexcludeAgent: x\n---\nA\n",
        ] {
            assert_eq!(read_back(text), None);
        }
        // A merge took the empty line.
        let text = "---\nexcludeAgent: \"coding-agent\"\n---\n# A, ours\n";
        assert_eq!(read_back(text).as_deref(), Some("# A, ours\n"));
    }
}
