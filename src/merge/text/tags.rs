//! The tags of a template (Jinja): `{{ value }}`, `{% control %}`, `{# comment #}`.

use std::ops::Range;

use memchr::memmem;

/// The brackets that open and close tags.
const BRACKETS: [(&[u8], &[u8]); 3] = [(b"{{", b"}}"), (b"{%", b"%}"), (b"{#", b"#}")];

/// Returns where the tags of a text are, in order. A tag that isn't closed extends to the end of
/// the text.
pub fn tags(text: &[u8]) -> Vec<Range<usize>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(start) = memchr::memchr(b'{', &text[at..]).map(|found| at + found) {
        let Some((_, close)) = BRACKETS
            .iter()
            .find(|(open, _)| text[start..].starts_with(open))
        else {
            at = start + 1;
            continue;
        };
        at = end(text, start + 2, close);
        tags.push(start..at);
        if word(&text[start..at]) == b"raw" {
            // Everything up to the end of `raw` is text.
            at = end_of_raw(text, at);
        }
    }
    tags
}

/// Returns whether a tag controls what is rendered, and writes nothing itself.
pub fn is_control(tag: &[u8]) -> bool {
    !tag.starts_with(b"{{")
}

/// Returns where a tag ends whose inside starts `at` a place. Brackets inside a string don't close
/// a tag, except for comments.
fn end(text: &[u8], mut at: usize, close: &[u8]) -> usize {
    while at < text.len() {
        match text[at] {
            _ if text[at..].starts_with(close) => return at + close.len(),
            quote @ (b'"' | b'\'') if close != b"#}" => at = end_of_string(text, at + 1, quote),
            _ => at += 1,
        }
    }
    text.len()
}

fn end_of_string(text: &[u8], mut at: usize, quote: u8) -> usize {
    while at < text.len() && text[at] != quote {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

/// Returns where the tag starts that ends a `raw` block.
fn end_of_raw(text: &[u8], from: usize) -> usize {
    let mut opens = memmem::find_iter(&text[from..], b"{%").map(|found| from + found);
    opens
        .find(|start| word(&text[*start..]) == b"endraw")
        .unwrap_or(text.len())
}

/// Returns the first word of a control tag at the start of a text.
fn word(tag: &[u8]) -> &[u8] {
    let inner = tag.strip_prefix(b"{%").unwrap_or_default();
    let inner = inner
        .strip_prefix(b"-")
        .or_else(|| inner.strip_prefix(b"+"))
        .unwrap_or(inner)
        .trim_ascii_start();
    &inner[..inner
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn has(text: &str, expected: &[&str]) {
        let found: Vec<&str> = tags(text.as_bytes())
            .into_iter()
            .map(|tag| &text[tag])
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn tags_are_found_with_the_strings_in_them() {
        has(
            "a {{ b }} c {% if d %}{# e #} { f } {",
            &["{{ b }}", "{% if d %}", "{# e #}"],
        );
        has(
            "{{ '}}' }} {{ \"\\\"}}\" }}",
            &["{{ '}}' }}", "{{ \"\\\"}}\" }}"],
        );
        has("{# it's #} {{ a }}", &["{# it's #}", "{{ a }}"]);
        has("{{ a", &["{{ a"]);
        has("{{ 'a }} b", &["{{ 'a }} b"]);
        has("{%", &["{%"]);
    }

    #[test]
    fn what_is_raw_has_no_tags() {
        has(
            "{%- raw %}{{ a }}{% if %}{% endraw -%}{{ b }}",
            &["{%- raw %}", "{% endraw -%}", "{{ b }}"],
        );
        has("{% raw %}{{ a }}", &["{% raw %}"]);
        has(
            "{% raw %}{% ' {{ a }}{% endraw %}{{ b }}",
            &["{% raw %}", "{% endraw %}", "{{ b }}"],
        );
        has("{% rawer %}{{ a }}", &["{% rawer %}", "{{ a }}"]);
    }
}
