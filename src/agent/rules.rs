//! A rule of a template, and the globs of its scope as each agent writes them.
//!
//! A template's rules are written as Claude Code reads them: Markdown, with `description` and
//! `paths` in a YAML header.

use serde_json::Value;

use crate::model::frontmatter::{self, Frontmatter};

/// A rule, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule<'a> {
    /// The header's lines other than those of `paths`, each with its line end.
    pub header: String,
    /// The globs of the files that it is for; none is all files.
    pub paths: Vec<String>,
    /// What follows the header, without empty lines at its start.
    pub body: &'a str,
}

impl<'a> Rule<'a> {
    /// Reads a rule. A header that isn't YAML is a part of the body, as it is for the agents; lint
    /// says so.
    pub fn parse(text: &'a str) -> Self {
        let parts = frontmatter::split(text);
        match (parts.header, frontmatter::read(text)) {
            (Some(header), Ok(Some(read))) => Self {
                header: without_key(header, &read, "paths"),
                paths: globs(read.fields.get("paths")),
                body: parts.body.trim_start_matches(['\r', '\n']),
            },
            _ => Self {
                header: String::new(),
                paths: Vec::new(),
                body: text.strip_prefix('\u{feff}').unwrap_or(text),
            },
        }
    }
}

/// Returns the globs that a header names: a list, or a text, both with commas between globs.
fn globs(value: Option<&Value>) -> Vec<String> {
    let mut globs = Vec::new();
    match value {
        Some(Value::Array(list)) => {
            for text in list.iter().filter_map(Value::as_str) {
                globs.extend(between_commas(text).into_iter().map(str::to_owned));
            }
        }
        Some(Value::String(text)) => {
            globs.extend(between_commas(text).into_iter().map(str::to_owned));
        }
        _ => {}
    }
    globs
}

/// Returns the texts between the commas that stand outside braces.
pub fn between_commas(text: &str) -> Vec<&str> {
    let (mut texts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                texts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    texts.push(text[start..].trim());
    texts.retain(|text| !text.is_empty());
    texts
}

/// Returns the lines of a header without those of a key.
fn without_key(header: &str, read: &Frontmatter, key: &str) -> String {
    // A header starts on the second line of its text.
    let first_of = |line: usize| line.saturating_sub(2);
    let starts: Vec<usize> = read.lines.values().map(|line| first_of(*line)).collect();
    let Some(start) = read.lines.get(key).map(|line| first_of(*line)) else {
        return header.to_owned();
    };
    let end = starts.iter().filter(|other| **other > start).min();
    let mut kept = String::new();
    for (index, line) in header.split_inclusive('\n').enumerate() {
        let is_of_key = index >= start && end.is_none_or(|end| index < *end);
        if !is_of_key {
            kept.push_str(line);
        }
    }
    kept
}

/// How many globs one may stand for.
const MOST_GLOBS: usize = 64;

/// Returns the globs without braces that a glob with braces stands for: `*.{a,b}` is `*.a` and
/// `*.b`. A glob that would be very many stays as it is.
pub fn without_braces(glob: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![glob.to_owned()];
    while let Some(next) = open.pop() {
        let Some((before, choices, behind)) = first_braces(&next) else {
            done.push(next);
            continue;
        };
        if done.len() + open.len() + choices.len() > MOST_GLOBS {
            return vec![glob.to_owned()];
        }
        for choice in choices.iter().rev() {
            open.push(format!("{before}{choice}{behind}"));
        }
    }
    done
}

/// Returns the first pair of braces that has a comma, as what is before it, its choices, and what
/// is behind it.
fn first_braces(glob: &str) -> Option<(&str, Vec<&str>, &str)> {
    let start = glob.find('{')?;
    let (mut depth, mut cuts) = (0_usize, vec![start]);
    for (at, letter) in glob[start..].char_indices() {
        let at = start + at;
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => cuts.push(at),
            _ => {}
        }
        if depth == 0 {
            cuts.push(at);
            break;
        }
    }
    if depth > 0 || cuts.len() < 3 {
        return None;
    }
    let mut choices = Vec::new();
    for pair in cuts.windows(2) {
        choices.push(&glob[pair[0] + 1..pair[1]]);
    }
    Some((&glob[..start], choices, &glob[cuts[cuts.len() - 1] + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use globset::GlobBuilder;

    #[test]
    fn a_rule_is_its_header_without_paths_its_globs_and_its_body() {
        for (text, header, paths, body) in [
            ("# A\n", "", vec![], "# A\n"),
            (
                "---\ndescription: d\npaths:\n  - \"a\"\n  - b/**\n---\n\n# A\n",
                "description: d\n",
                vec!["a", "b/**"],
                "# A\n",
            ),
            (
                "---\npaths: \"a, b.{c,d}\"\ndescription: >\n  long\n  text\n---\nA\n",
                "description: >\n  long\n  text\n",
                vec!["a", "b.{c,d}"],
                "A\n",
            ),
            ("---\n[\n---\nA\n", "", vec![], "---\n[\n---\nA\n"),
        ] {
            let rule = Rule::parse(text);
            assert_eq!(rule.header, header, "{text}");
            assert_eq!(rule.paths, paths, "{text}");
            assert_eq!(rule.body, body, "{text}");
        }
    }

    #[test]
    fn braces_are_written_out() {
        for (glob, expected) in [
            ("**/*.rs", vec!["**/*.rs"]),
            ("*.{a,b}", vec!["*.a", "*.b"]),
            ("{a,b}/{c,d}", vec!["a/c", "a/d", "b/c", "b/d"]),
            ("{a,{b,c}}", vec!["a", "b", "c"]),
            ("a{b", vec!["a{b"]),
            ("a{b}", vec!["a{b}"]),
            ("{,a}b", vec!["b", "ab"]),
        ] {
            assert_eq!(without_braces(glob), expected, "{glob}");
        }
    }

    /// Globs times paths: what a glob stands for fits the same paths.
    #[test]
    fn a_glob_and_what_it_is_written_out_to_fit_the_same_paths() {
        let globs = [
            "**/*.rs",
            "*.rs",
            "src/**",
            "src/**/*.{ts,tsx}",
            "**/*.test.{js,jsx,ts,tsx,mjs,cjs}",
            "{src,tests}/**/*.py",
            "**/test/**",
            "docs/*.md",
            "{a,b{c,d}}/x",
        ];
        let paths = [
            "a.rs",
            "src/a.rs",
            "src/a/b.ts",
            "src/b.tsx",
            "x/y/a.test.cjs",
            "a.test.js",
            "tests/a/b.py",
            "src/a.py",
            "x/test/a",
            "docs/a.md",
            "docs/b/a.md",
            "a/x",
            "bc/x",
            "bd/x",
            "b/x",
        ];
        let fits = |glob: &str, path: &str| {
            let glob = GlobBuilder::new(glob).literal_separator(true).build();
            glob.unwrap().compile_matcher().is_match(path)
        };
        for glob in globs {
            let written = without_braces(glob);
            for path in paths {
                let by_parts = written.iter().any(|part| fits(part, path));
                assert_eq!(fits(glob, path), by_parts, "{glob} {path}");
            }
        }
    }
}
