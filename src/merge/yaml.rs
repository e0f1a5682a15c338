//! Whether a text is YAML in which no mapping has a key twice.

use foldhash::HashSet;
use saphyr_parser::{Event, Parser};

/// The largest text that is checked, in bytes: nobody writes a larger one by hand.
const LARGEST: usize = 1 << 22;

/// Returns whether a text parses as YAML 1.2, and no mapping has a key twice. Aliases aren't
/// followed. A text that is too large is taken for valid.
pub fn is_valid(text: &str) -> bool {
    if text.len() > LARGEST {
        return true;
    }
    let mut open: Vec<Container> = Vec::new();
    for event in Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text)) {
        let Ok((event, _)) = event else { return false };
        let inner = match event {
            Event::MappingStart(..) => Some(Container::Mapping {
                keys: HashSet::default(),
                is_key_next: true,
            }),
            Event::SequenceStart(..) => Some(Container::Sequence),
            Event::Scalar(..) | Event::Alias(..) => None,
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
                continue;
            }
            _ => continue,
        };
        if let Some(Container::Mapping { keys, is_key_next }) = open.last_mut() {
            if let (true, Event::Scalar(key, ..)) = (*is_key_next, &event)
                && !keys.insert(key.to_string())
            {
                return false;
            }
            *is_key_next = !*is_key_next;
        }
        open.extend(inner);
    }
    true
}

enum Container {
    Mapping {
        keys: HashSet<String>,
        /// Whether the next node is a key, and not the value of one.
        is_key_next: bool,
    },
    Sequence,
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn a_key_comes_once() {
        for text in [
            "",
            "a: 1\nb:\n  a: 1\n",
            "- a: 1\n- a: 1\n",
            "a: {b: 1, c: [b, b]}\n",
            "a: 1\n---\na: 1\n",
            "? [a, b]\n: 1\n? [a, b]\n: 2\n",
            "a: &x 1\nb: *x\n",
            "text: |\n  a: 1\n  a: 2\n",
        ] {
            assert!(is_valid(text), "{text}");
        }
        for text in [
            "a: 1\na: 2\n",
            "x:\n  a: 1\n  \"a\": 2\n",
            "{a: 1, a: 2}\n",
            "a: [\n",
            "a: 1\n b: 2\n",
            "{% if x %}\n",
        ] {
            assert!(!is_valid(text), "{text}");
        }
        assert!(!is_valid(&"[".repeat(10_000)));
    }
}
