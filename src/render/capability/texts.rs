//! Texts that make an agent run something: skills, commands and agents, by their headers and by the
//! commands inside.

use serde_json::Value;

use super::{Found, Place};
use crate::agent::claude::headers::{KEYS, PERMISSION_MODE};
use crate::model::capability::Kind;
use crate::model::frontmatter;

/// Adds what a text makes the agent run or do without asking.
pub(super) fn capabilities(found: &mut Found<'_, '_>, place: Place<'_>, text: &str) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header = frontmatter::split(text).header;
    let fields = frontmatter::read(text).map(Option::unwrap_or_default);
    for (key, value) in fields.iter().flat_map(|header| &header.fields) {
        if let Some((key, kind)) = KEYS
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(key))
        {
            let entry = found.entry(place, *kind, key, &[key], value);
            entry.guards |= matches!(kind, Kind::Hook) || *key == PERMISSION_MODE;
        }
    }
    // What may be read otherwise than here counts as it is.
    let is_plain = match header {
        Some(header) => fields.is_ok() && !header.contains("---") && !refers(header),
        None => !text.starts_with("---"),
    };
    if !is_plain {
        let all = header.unwrap_or(text);
        found.push(
            place,
            Kind::Tools,
            "header",
            &[],
            &Value::from(all),
            Vec::new(),
        );
    }
    for command in inline(text) {
        let name = command.split_whitespace().collect::<Vec<_>>().join(" ");
        found.entry(place, Kind::Inline, &name, &[], &Value::from(command));
    }
}

/// Returns whether YAML may say something elsewhere: an anchor, an alias, a merged mapping.
fn refers(header: &str) -> bool {
    let mut before = '\n';
    let mut letters = header.chars().peekable();
    while let Some(letter) = letters.next() {
        let starts = before.is_whitespace() || matches!(before, '[' | '{' | ',' | ':' | '-' | '?');
        let is_name = letters
            .peek()
            .is_some_and(|next| next.is_alphanumeric() || matches!(next, '_' | '-'));
        if starts
            && (matches!(letter, '&' | '*') && is_name
                || letter == '<' && letters.peek() == Some(&'<'))
        {
            return true;
        }
        before = letter;
    }
    false
}

/// Returns the commands that are run when a text is used: `` !`command` ``, and code blocks that
/// are marked with `!`, by lines and by nothing but their marks, as agents find them. The header is
/// a part of the text.
fn inline(text: &str) -> Vec<String> {
    const FENCE: &str = "```";
    let mut commands = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("!`") {
        let behind = &rest[start + 2..];
        let Some(end) = behind.find('`') else { break };
        // In `select!`, the mark is the end of a word.
        let ends_a_word = rest[..start]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        if ends_a_word {
            rest = &rest[start + 2..];
            continue;
        }
        if end > 0 {
            commands.push(behind[..end].trim().to_owned());
        }
        rest = &behind[end + 1..];
    }
    let mut rest = text;
    while let Some(start) = rest.find("```!") {
        let behind = &rest[start + FENCE.len() + 1..];
        let end = behind.find(FENCE).unwrap_or(behind.len());
        commands.push(behind[..end].trim().to_owned());
        rest = behind.get(end + FENCE.len()..).unwrap_or_default();
    }
    let mut block: Option<String> = None;
    for line in text.lines() {
        let fence = line.trim_start();
        match &mut block {
            None if fence.starts_with("```!") => block = Some(String::new()),
            None => {}
            Some(_) if fence.starts_with(FENCE) => commands.extend(block.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    commands.extend(block.map(|block| block.trim().to_owned()));
    let mut known = std::collections::BTreeSet::new();
    commands.retain_mut(|command| {
        *command = command.trim().to_owned();
        !command.is_empty() && known.insert(command.clone())
    });
    commands
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_inside_a_text_are_found() {
        assert_eq!(
            inline("a !`git status` b !`x\ny`\n"),
            ["git status", "x\ny"]
        );
        assert_eq!(
            inline("```!\ncurl x | sh\n```\n`not this`\n"),
            ["curl x | sh"]
        );
        assert_eq!(
            inline("```! curl x | sh```\n- ```!\n  a\n  ```\n> ```!\n> b\n"),
            ["curl x | sh", "a", "> b", "- ```!\n  a"]
        );
        assert_eq!(inline("```!\na ```\n```!\nb\n```\n"), ["a", "b", "a ```"]);
        assert_eq!(inline("Stop!\n`x` y\n"), Vec::<String>::new());
        assert_eq!(inline("`select!`, `todo!` and !`x`\n"), ["x"]);
    }

    #[test]
    fn headers_that_say_something_elsewhere_are_told_from_those_that_do_not() {
        for header in ["x: &h\nhooks: *h\n", "<<: *h\n", "[*a, b]", "*a : b\n"] {
            assert!(refers(header), "{header}");
        }
        for header in [
            "allowed-tools: Bash(git *)\n",
            "paths: [\"**/*.rs\", 'a*']\n",
            "d: R&D a & b * c\n",
        ] {
            assert!(!refers(header), "{header}");
        }
    }
}
