//! Matchers of hooks: lists of names, or regular expressions over them.

use crate::agent::claude::events::Matcher;

use super::Checker;
use crate::lint::{LintRule, Report};

impl Checker<'_> {
    pub(super) fn matcher(&self, matcher: &str, report: &mut Report) {
        let Some(event) = self.event.filter(|_| !matches!(matcher, "" | "*" | ".*")) else {
            return;
        };
        let (rule, message, hint) = match event.matcher {
            Matcher::Ignored => (
                LintRule::HookMatcherIgnored,
                format!("{} takes no matcher: the hook runs every time", event.name),
                "take the matcher out, and look at the input in the script",
            ),
            Matcher::Tool if is_rule(matcher) => (
                LintRule::HookMatcherInvalid,
                format!(
                    "`{matcher}` is a permission's rule, and no tool has such a name: the hook \
                     never runs"
                ),
                "match the tool's name, as `Bash`, and put the rule into the handler's `if`",
            ),
            Matcher::Tool if !is_expression(matcher) => (
                LintRule::HookMatcherInvalid,
                format!("`{matcher}` is no regular expression: the hook never runs"),
                "list names, as `Edit|Write`, or match all with `*`",
            ),
            Matcher::Tool | Matcher::Word | Matcher::Unsaid => return,
        };
        self.add(report, rule, "/matcher", message, hint);
    }
}

/// `Bash(git push:*)`: no tool's name has a space, a colon or a star in it.
fn is_rule(matcher: &str) -> bool {
    let inside = matcher
        .split_once('(')
        .and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
    inside.is_some_and(|(name, rule)| {
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_name && (rule.contains([' ', ':', '/']) || rule == "*")
    })
}

/// Returns whether a text can be a regular expression. What is no list of names is one.
fn is_expression(matcher: &str) -> bool {
    let is_list = matcher
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ' ' | ',' | '|'));
    if is_list {
        return true;
    }
    let repeats_nothing = matcher.starts_with(['*', '+', '?']);
    let mut depth = 0_i32;
    let (mut in_class, mut escaped) = (false, false);
    for letter in matcher.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' if in_class => in_class = false,
            _ if in_class => {}
            '[' => in_class = true,
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0 && !in_class && !escaped && !repeats_nothing && !matcher.contains("|*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matchers_are_names_or_expressions() {
        for matcher in [
            "Bash",
            "Edit|Write",
            "Edit, Write",
            "mcp__.*",
            "^Bash$",
            "mcp__(a|b)__.*",
            "Bash|mcp__x__[a-z]+",
            "\\(",
        ] {
            assert!(is_expression(matcher) && !is_rule(matcher), "{matcher}");
        }
        for matcher in ["*.ts", "(Bash", "Bash)", "[a", "Edit|*"] {
            assert!(!is_expression(matcher), "{matcher}");
        }
        for matcher in ["Bash(git push:*)", "Bash(*)", "Edit(src/**)"] {
            assert!(is_rule(matcher), "{matcher}");
        }
        assert!(!is_rule("Bash(Output)"));
    }
}
