//! Texts that make an agent run something: skills, commands and agents, by their headers and by the
//! commands inside.

use std::collections::BTreeSet;

use serde_json::Value;

use super::found::{EntryPlace, FoundCapabilities};
use crate::agent::cursor;
use crate::agent::headers::{self, PERMISSION_MODE};
use crate::agent::readers::{Commands, Reader};
use crate::model::capability::CapabilityKind;
use crate::model::frontmatter;

/// Adds what a text makes the agents run or do without asking that read it.
pub(super) fn capabilities(
    found: &mut FoundCapabilities<'_, '_>,
    place: EntryPlace<'_>,
    text: &str,
    reader: &Reader,
) {
    if reader.header {
        header(found, place, &cursor::rules::as_yaml(place.path, text));
    }
    for command in inline(text, reader.commands) {
        let name = command.split_whitespace().collect::<Vec<_>>().join(" ");
        found.entry(
            place,
            CapabilityKind::Inline,
            &name,
            &[],
            &Value::from(command),
        );
    }
}

/// Adds what the front matter of a text says. Blanks before it are none to some readers.
fn header(found: &mut FoundCapabilities<'_, '_>, place: EntryPlace<'_>, text: &str) {
    let text = text.trim_start_matches(is_blank);
    let header = frontmatter::split(text).header;
    let fields = frontmatter::read(text).map(Option::unwrap_or_default);
    for (key, value) in fields.iter().flat_map(|header| &header.fields) {
        if let Some((key, kind)) = headers::kind(key, value) {
            let entry = found.entry(place, kind, key, &[key], value);
            entry.guards |= matches!(kind, CapabilityKind::Hook) || key == PERMISSION_MODE;
        }
    }
    // What may be read otherwise than here counts as it is.
    let is_plain = match header {
        Some(header) => fields.is_ok() && !header.contains("---") && !frontmatter::refers(header),
        None => !frontmatter::is_unclosed(text),
    };
    if !is_plain {
        let all = header.unwrap_or(text);
        found.push(
            place,
            CapabilityKind::Tools,
            "header",
            &[],
            &Value::from(all),
            Vec::new(),
        );
    }
}

/// How many commands of a text are told apart, and how many bytes of them; a text with more counts
/// as a whole.
const MOST: usize = 1_000;
const LONGEST: usize = 1 << 20;

/// Returns the commands that are run when a text is used, each once. The header is a part of the
/// text, and no agent minds what else Markdown says of a place.
///
/// Agents fill in arguments before they look for commands (measured with Claude Code 2.1.332), so
/// that what is looked at is also the text without them.
fn inline(text: &str, commands: Commands) -> Vec<String> {
    let may_precede = match commands {
        Commands::None | Commands::All => return Vec::new(),
        Commands::Claude => is_blank,
        Commands::Any => |_| true,
    };
    let mut found = Vec::new();
    for text in [text, &without_arguments(text)] {
        between(text, "!`", '`', may_precede, &mut found);
        if commands == Commands::Any {
            between(text, "!{", '}', may_precede, &mut found);
        }
        fenced(text, &mut found);
        blocks(text, &mut found);
    }
    let mut known = BTreeSet::new();
    found.retain_mut(|command| {
        *command = command.trim().to_owned();
        !command.is_empty() && known.insert(command.clone())
    });
    let size: usize = found.iter().map(String::len).sum();
    match found.len() > MOST || size > LONGEST {
        true => vec![text.to_owned()],
        false => found,
    }
}

/// Returns a text without what agents replace in it: `$ARGUMENTS`, `$1`, `${x}`, `$name`.
fn without_arguments(text: &str) -> String {
    let mut without = String::with_capacity(text.len());
    let mut parts = text.split('$');
    without.extend(parts.next());
    for part in parts {
        let rest = match part.strip_prefix('{') {
            Some(inside) => inside.split_once('}').map_or(inside, |(_, rest)| rest),
            None => {
                part.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_')
            }
        };
        let rest = match rest.strip_prefix('[') {
            Some(inside) => inside.split_once(']').map_or(rest, |(_, rest)| rest),
            None => rest,
        };
        without.push_str(rest);
    }
    without
}

/// Adds what stands between each `open` and the next `close`, where the letter before `open` lets
/// it be read as one: what an agent takes for a code span before it looks can't be known, so that
/// any of them may be one.
fn between(
    text: &str,
    open: &str,
    close: char,
    may_precede: fn(char) -> bool,
    to: &mut Vec<String>,
) {
    let (mut from, mut size) = (0, 0);
    while let Some(start) = text[from..].find(open).map(|at| from + at) {
        let inside = start + open.len();
        let Some(end) = text[inside..].find(close).map(|at| inside + at) else {
            break;
        };
        let before = text[..start].chars().next_back();
        if end > inside && before.is_none_or(may_precede) {
            to.push(text[inside..end].to_owned());
            size += end - inside;
        }
        if to.len() > MOST || size > LONGEST {
            return;
        }
        from = inside;
    }
}

/// Returns whether JavaScript's `\s` is a letter, by which Claude Code finds commands (measured
/// with 2.1.332: `(?<=^|\s)!`).
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || letter == '\u{feff}'
}

const FENCE: &str = "```";

/// Adds what stands between a fence that is marked with `!` and the next one, wherever they are.
fn fenced(text: &str, to: &mut Vec<String>) {
    let mut rest = text;
    while let Some(start) = rest.find("```!") {
        let behind = &rest[start + FENCE.len() + 1..];
        let end = behind.find(FENCE).unwrap_or(behind.len());
        to.push(behind[..end].to_owned());
        rest = behind.get(end + FENCE.len()..).unwrap_or_default();
    }
}

/// Adds the blocks of code whose first line is marked with `!`, by lines.
fn blocks(text: &str, to: &mut Vec<String>) {
    let mut block: Option<String> = None;
    for line in text.lines() {
        let fence = line.trim_start();
        match &mut block {
            None if fence.starts_with("```!") => block = Some(String::new()),
            None => {}
            Some(_) if fence.starts_with(FENCE) => to.extend(block.take()),
            Some(block) => {
                block.push_str(line);
                block.push('\n');
            }
        }
    }
    to.extend(block);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, claude: &[&str], any: &[&str]) {
        assert_eq!(
            inline(text, Commands::Claude),
            claude,
            "Claude Code: {text}"
        );
        assert_eq!(inline(text, Commands::Any), any, "any agent: {text}");
        assert!(inline(text, Commands::None).is_empty());
    }

    #[test]
    fn commands_inside_a_text_are_found_as_each_agent_finds_them() {
        let both = ["git status", "x\ny"];
        check("a !`git status` b !`x\ny`\n", &both, &both);
        check("!`x`", &["x"], &["x"]);
        check("\u{feff}!`x`", &["x"], &["x"]);
        check("(!`x`)", &[], &["x"]);
        check("run !{make it}", &[], &["make it"]);
        check("a !`` b", &[], &[]);
    }

    #[test]
    fn prose_between_code_spans_is_no_command_of_claude_code() {
        check("Stop!\n`x` y\n", &[], &[]);
        check("the `!` and the `?` of it", &[], &["and the"]);
        check(
            "`select!`, `todo!` and !`x`\n",
            &["x"],
            &[",", "and !", "x"],
        );
    }

    #[test]
    fn blocks_that_are_marked_are_commands_by_marks_and_by_lines() {
        let check = |text: &str, expected: &[&str]| check(text, expected, expected);
        check("```!\ncurl x | sh\n```\n`not this`\n", &["curl x | sh"]);
        check(
            "```! curl x | sh```\n- ```!\n  a\n  ```\n> ```!\n> b\n",
            &["curl x | sh", "a", "> b", "- ```!\n  a"],
        );
        check("```!\na ```\n```!\nb\n```\n", &["a", "b", "a ```"]);
    }

    #[test]
    fn arguments_are_filled_in_before_commands_are_looked_for() {
        for text in [
            "!$r`touch a`",
            "$r!`touch a`",
            "!$ARGUMENTS`touch a`",
            "!$ARGUMENTS[0]`touch a`",
            "!${r}`touch a`",
            "``$r`!\ntouch a\n```",
        ] {
            assert_eq!(inline(text, Commands::Claude), ["touch a"], "{text}");
        }
        assert_eq!(inline("!$1`touch a`", Commands::Any), ["touch a"]);
    }

    #[test]
    fn a_code_span_hides_no_command_behind_it() {
        let found = inline("a ` !`git status !`nc evil`", Commands::Claude);
        assert_eq!(found, ["git status !", "nc evil"]);
    }

    #[test]
    fn a_text_with_too_many_commands_counts_as_a_whole() {
        let text = "!{ ".repeat(100_000) + "}";
        assert_eq!(inline(&text, Commands::Any), [text.as_str()]);
    }
}
