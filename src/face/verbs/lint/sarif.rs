//! What `lint` found as SARIF 2.1.0, which code hosts and editors show beside the lines.

use serde_json::{Value, json};

use crate::lint::{LintFinding, LintRule};
use crate::model::finding::Severity;
use crate::ops::verbs::lint::Outcome;

/// Where the specification's schema lies.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// `lint --format sarif`.
pub fn value(outcome: &Outcome) -> Value {
    let rules: Vec<Value> = LintRule::ALL
        .iter()
        .map(|rule| self::rule(*rule, outcome.is_template))
        .collect();
    let results: Vec<Value> = outcome.findings.iter().map(result).collect();
    let driver = json!({
        "name": "agentpkg",
        "version": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let run = json!({
        "tool": { "driver": driver },
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [run] })
}

fn rule(rule: LintRule, in_template: bool) -> Value {
    let (id, summary) = (rule.id(), rule.summary());
    json!({
        "id": id,
        "shortDescription": { "text": summary },
        "help": { "text": format!("{summary} See the section `{id}` of docs/lint.md.") },
        "defaultConfiguration": { "level": level(rule.severity(in_template)) },
    })
}

fn result(finding: &LintFinding) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": uri(finding.place.path.as_str()) } });
    if let Some(line) = finding.place.line() {
        place["region"] = json!({ "startLine": line });
    }
    let text = match finding.joined_hints() {
        None => finding.message.clone(),
        Some(hints) => format!("{}\nFix: {hints}", finding.message),
    };
    json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": LintRule::ALL.iter().position(|rule| *rule == finding.rule),
        "level": level(finding.severity),
        "message": { "text": text },
        "locations": [{ "physicalLocation": place }],
    })
}

fn level(severity: Severity) -> &'static str {
    severity.name()
}

/// Returns a path as a relative reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut encoded = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_are_references() {
        assert_eq!(uri(".claude/a b/\u{fc}.md"), ".claude/a%20b/%C3%BC.md");
    }
}
