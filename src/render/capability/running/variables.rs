//! What the variables of a script of a shell are given.

use std::collections::BTreeSet;

use super::Running;
use super::words::{has_wildcard, is_of_a_name, is_open, pattern};

impl Running {
    /// Remembers what variables are given: `x=y`, `for x in y z`, `read x`, `x=$(cat y)`.
    pub(super) fn variables_given(&mut self, words: &[String], is_exact: bool) {
        if !is_exact {
            return;
        }
        let mut rest = words;
        if rest.first().is_some_and(|word| {
            matches!(
                word.as_str(),
                "local" | "export" | "readonly" | "declare" | "typeset"
            )
        }) {
            rest = &rest[1..];
        }
        if let Some((variable, value)) = rest.first().and_then(|word| word.split_once('=')) {
            if value.contains("$(") || value.contains('`') {
                // A substitution goes on in the words that follow.
                let words = std::iter::once(value).chain(rest[1..].iter().map(String::as_str));
                let parts = words.flat_map(|word| word.split([' ', '<', '(']));
                let named: Vec<String> = parts.filter_map(pattern).collect();
                let printed = self.printed.entry(variable.to_owned()).or_default();
                printed.extend(named.into_iter().filter(|one| !is_open(one)));
            } else {
                self.give(variable, &[value]);
            }
        }
        match words {
            [first, variable, rest @ ..] if matches!(first.as_str(), "for" | "select") => {
                let listed: Vec<&str> = rest.iter().skip(1).map(String::as_str).collect();
                self.give(variable, if rest.is_empty() { &["$@"] } else { &listed });
            }
            [first, rest @ ..] if first == "read" => {
                rest.iter()
                    .for_each(|one| _ = self.given.insert(one.clone(), None));
            }
            _ => {}
        }
    }

    fn give(&mut self, variable: &str, words: &[&str]) {
        if variable.is_empty() || !variable.chars().all(is_of_a_name) {
            return;
        }
        let mut patterns = BTreeSet::new();
        let mut is_seen = true;
        for word in words.iter().flat_map(|word| word.split_whitespace()) {
            match pattern(word) {
                Some(one) if !is_open(&one) || has_wildcard(word) => {
                    patterns.insert(one);
                }
                Some(_) => is_seen = false,
                None => {}
            }
        }
        let known = self.given.entry(variable.to_owned());
        match known.or_insert_with(|| Some(BTreeSet::new())) {
            Some(known) if is_seen => known.extend(patterns),
            known => *known = None,
        }
    }
}
