//! Checks that a text is strict JSON, without keeping any of it.

use std::borrow::Cow;
use std::fmt;

use foldhash::{HashSet, HashSetExt as _};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// Returns whether [`super::Document::parse`] would read a text: JSON without comments, trailing
/// commas or a key twice.
pub fn is_strict(text: &str) -> bool {
    serde_json::from_str::<Strict>(text.strip_prefix('\u{feff}').unwrap_or(text)).is_ok()
}

struct Strict;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Strict;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_str<E>(self, _: &str) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Strict, A::Error> {
        while elements.next_element::<Strict>()?.is_some() {}
        Ok(Strict)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut properties: A) -> Result<Strict, A::Error> {
        let mut keys: HashSet<Cow<'de, str>> = HashSet::new();
        while let Some(key) = properties.next_key()? {
            if !keys.insert(key) {
                return Err(A::Error::custom("a key for the second time"));
            }
            properties.next_value::<Strict>()?;
        }
        Ok(Strict)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::merge::json::Document;

    #[track_caller]
    fn check(text: &str) {
        assert_eq!(is_strict(text), Document::parse(text).is_ok(), "{text}");
    }

    #[test]
    fn it_reads_what_a_document_is_read_from() {
        for text in [
            "{}",
            "\u{feff}[1, -2, 3.5e300, 1e999, 18446744073709551616, \"a\\n\", null, true]",
            "{\"a\": {\"a\": 1}, \"b\": [{}, {}]}",
            "{\"a\": 1, \"\\u0061\": 2}",
            "{\"a\": 1,}",
            "[1] // x",
            "[1] 2",
            "",
            "{'a': 1}",
        ] {
            check(text);
        }
        check(&"[".repeat(10_000));
        check(&format!("{}{}", "[".repeat(127), "]".repeat(127)));
    }

    proptest! {
        #[test]
        fn for_any_text(text in "[\\[\\]{}:,\"a0 ]{0,12}") {
            check(&text);
        }
    }
}
