//! Credentials: what has the form of one of the well-known, and what is assigned to something
//! called a password.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex_lite::Regex;

use crate::agent::claude::LOCAL_SETTINGS;
use crate::model::path::RelPath;

use super::{Lines, LintRule, Report};

/// A form that only credentials have.
struct Form {
    what: &'static str,
    /// Of what a text has to contain one for the pattern to be looked for.
    marks: &'static [&'static str],
    pattern: &'static str,
}

impl Form {
    fn is_likely(&self, text: &str) -> bool {
        self.marks.iter().any(|mark| text.contains(mark))
    }
}

const FORMS: [Form; 13] = [
    Form {
        what: "an access key of AWS",
        marks: &["AKIA"],
        pattern: r"\bAKIA[A-Z2-7]{16}\b",
    },
    Form {
        what: "a token of GitHub",
        marks: &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        pattern: r"\bgh[pousr]_[A-Za-z0-9]{36,251}\b",
    },
    Form {
        what: "a token of GitHub",
        marks: &["github_pat_"],
        pattern: r"\bgithub_pat_[A-Za-z0-9_]{60,}\b",
    },
    Form {
        what: "a token of GitLab",
        marks: &["glpat-"],
        pattern: r"\bglpat-[A-Za-z0-9_-]{20,}",
    },
    Form {
        what: "a token of Slack",
        marks: &["xox"],
        pattern: r"\bxox[abeoprs]-[0-9A-Za-z-]{20,}",
    },
    Form {
        what: "a key of Google",
        marks: &["AIza"],
        pattern: r"\bAIza[0-9A-Za-z_-]{35}",
    },
    Form {
        what: "a key of Anthropic",
        marks: &["sk-ant-"],
        pattern: r"\bsk-ant-[A-Za-z0-9]+-[A-Za-z0-9_-]{40,}",
    },
    Form {
        what: "a key of OpenAI",
        marks: &["sk-proj-", "sk-svcacct-", "sk-admin-"],
        pattern: r"\bsk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}",
    },
    Form {
        what: "a key of OpenAI",
        marks: &["T3BlbkFJ"],
        pattern: r"\bsk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}\b",
    },
    Form {
        what: "a key of Stripe",
        marks: &["k_live_"],
        pattern: r"\b[rs]k_live_[A-Za-z0-9]{20,}",
    },
    Form {
        what: "a token of npm",
        marks: &["npm_"],
        pattern: r"\bnpm_[A-Za-z0-9]{36}\b",
    },
    Form {
        what: "a token of Hugging Face",
        marks: &["hf_"],
        pattern: r"\bhf_[A-Za-z]{34}\b",
    },
    Form {
        what: "a private key",
        marks: &["PRIVATE KEY"],
        // With the first line of the key: the header alone is what rules look for.
        pattern: r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----(?:\\n|\s)+[A-Za-z0-9+/=]{40}",
    },
];

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    FORMS
        .iter()
        .map(|form| Regex::new(form.pattern).expect("the patterns are tested"))
        .collect()
});

/// Something called a secret, and what it is set to.
static ASSIGNED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r"(?i)\b[a-z0-9_-]*",
        r"(?:password|passwd|secret|api[_-]?key|auth[_-]?token|access[_-]?token)",
        r#"["']?\s*[:=]\s*["']([^"'\s]{12,128})["']"#,
    );
    Regex::new(pattern).expect("the pattern is tested")
});

/// Words of values that stand for another.
const PLACEHOLDERS: [&str; 17] = [
    "example",
    "your",
    "xxx",
    "changeme",
    "change-me",
    "placeholder",
    "redacted",
    "dummy",
    "fake",
    "sample",
    "test",
    "todo",
    "secret",
    "password",
    "12345",
    "abcdef",
    "...",
];

/// Checks a text. What is a person's own is not shared.
pub fn check(path: &RelPath, text: &str, report: &mut Report) {
    if path.as_str() == LOCAL_SETTINGS {
        return;
    }
    let lines = Lines::of(text);
    let mut found = BTreeMap::new();
    for (form, pattern) in FORMS
        .iter()
        .zip(PATTERNS.iter())
        .filter(|(form, _)| form.is_likely(text))
    {
        for one in pattern
            .find_iter(text)
            .filter(|one| !stands_for_another(one.as_str()))
        {
            found.insert(
                lines.at(one.start()),
                (LintRule::Secret, form.what, shortened(one.as_str())),
            );
        }
    }
    for (index, line) in text.lines().enumerate().filter(|(_, line)| assigns(line)) {
        for value in ASSIGNED
            .captures_iter(line)
            .filter_map(|captures| Some(captures.get(1)?.as_str()))
        {
            if is_random(value) && !stands_for_another(value) {
                let likely = (
                    LintRule::SecretLikely,
                    "what looks like a password",
                    shortened(value),
                );
                found.entry(index + 1).or_insert(likely);
            }
        }
    }
    for (line, (rule, what, shown)) in found {
        report.add(
            rule,
            path,
            line,
            format!("`{shown}` is {what}: whoever has the repository has it too"),
            "revoke it, take it out, and read it from the environment: `${NAME}`",
        );
    }
}

/// Returns whether a line is worth the pattern.
fn assigns(line: &str) -> bool {
    if !line.contains(['"', '\'']) {
        return false;
    }
    let line = line.to_ascii_lowercase();
    ["passw", "secret", "key", "token"]
        .iter()
        .any(|word| line.contains(word))
}

/// Returns the start of a secret, which tells which one is meant and gives nothing away.
fn shortened(secret: &str) -> String {
    let shown: String = secret
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(6)
        .collect();
    format!("{shown}…")
}

fn stands_for_another(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_filled = value.contains(['$', '{', '<', '%', '*']);
    let lower = lower
        .strip_prefix("-----begin")
        .map_or(lower.as_str(), |_| "");
    is_filled || PLACEHOLDERS.iter().any(|word| lower.contains(word)) || has_few_letters(value)
}

/// `xxxx…` and `0000…` are nobody's secret.
fn has_few_letters(value: &str) -> bool {
    const FEWEST: usize = 8;
    let mut letters: Vec<char> = value.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    letters.len() < FEWEST
}

/// Returns whether a value is no word, name or path: it mixes letters and digits, and repeats few
/// of them.
fn is_random(value: &str) -> bool {
    const BITS: f64 = 3.5;
    let mixed = value.contains(|c: char| c.is_ascii_digit())
        && value.contains(|c: char| c.is_ascii_lowercase())
        && value.contains(|c: char| c.is_ascii_uppercase());
    let is_code = value.contains(['(', ')', '/', '.', ' ', '[', ':']);
    mixed && !is_code && entropy(value) >= BITS
}

/// Returns how many bits a character of the value says (Shannon).
fn entropy(value: &str) -> f64 {
    let mut counts: BTreeMap<char, f64> = BTreeMap::new();
    value
        .chars()
        .for_each(|letter| *counts.entry(letter).or_default() += 1.0);
    let all: f64 = counts.values().sum();
    counts
        .values()
        .map(|count| -(count / all) * (count / all).log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[track_caller]
    fn check(text: &str, expected: &[LintRule]) {
        let mut report = Report::new(false);
        super::check(&rel("CLAUDE.md"), text, &mut report);
        let found = report.into_findings();
        assert_eq!(
            found.iter().map(|finding| finding.rule).collect::<Vec<_>>(),
            expected,
            "{text}"
        );
        let random = &text[text.len().saturating_sub(20)..];
        assert!(
            found
                .iter()
                .all(|finding| !finding.message.contains(random)),
            "the secret is printed"
        );
    }

    /// Letters without a pattern, which no scanner of this repository's own files finds.
    fn random(length: usize) -> String {
        let letters = "qW3rT7uZ9pL2kJ5hG8fD4sA6yX1cV0bN";
        letters.chars().cycle().take(length).collect()
    }

    #[test]
    fn forms_of_credentials_are_found_and_not_shown() {
        let upper: String = random(40)
            .to_uppercase()
            .chars()
            .filter(|c| c.is_ascii_uppercase())
            .take(16)
            .collect();
        for secret in [
            format!("AKIA{upper}"),
            format!("{}_{}", "ghp", random(36)),
            format!("github{}{}", "_pat_", random(70)),
            format!("{}-{}", "xoxb", random(40)),
            format!("AI{}{}", "za", random(35)),
            format!("sk-{}-api03-{}", "ant", random(60)),
            format!("sk-{}-{}", "proj", random(60)),
            format!("-----BEGIN RSA {} KEY-----\n{}", "PRIVATE", random(64)),
        ] {
            check(&secret, &[LintRule::Secret]);
        }
        check(
            &format!("password = \"{}\"\n", random(20)),
            &[LintRule::SecretLikely],
        );
        check(
            &format!("{{\"api_key\": \"{}\"}}\n", random(24)),
            &[LintRule::SecretLikely],
        );
    }

    #[test]
    fn what_only_speaks_of_credentials_is_none() {
        for text in [
            "never commit `AKIA…` or `ghp_…`",
            "AKIAIOSFODNN7EXAMPLE",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "-----BEGIN PRIVATE KEY-----",
            "password = \"correct-horse-battery\"",
            "password: \"${DATABASE_PASSWORD1}\"",
            "token = \"YOUR_TOKEN_HERE_1a\"",
            "api_key = \"os.environ['KEY1Aa']\"",
        ] {
            check(text, &[]);
        }
    }
}
