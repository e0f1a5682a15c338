//! Permissions as Cursor's CLI reads them.
//!
//! **Nothing becomes wider**: a rule that Cursor would read as more than it says is left out of
//! `allow`, and may be wider in `deny`. Paths are compared whole, from the root of the disk, so a
//! path of the project begins with `**/`. In commands a star is anything, spaces and slashes too.

use crate::agent::rules::without_braces;

/// Returns a rule of Claude Code's `deny` as Cursor's, which may deny more; none where Cursor can't
/// say it.
pub fn denied(rule: &str) -> Vec<String> {
    let Some((tool, inner)) = parts(rule) else {
        return Vec::new();
    };
    match tool {
        "Bash" => denied_command(inner),
        // Who may not read a file may not write it either.
        "Read" => on_paths(inner, &["Read", "Write"]),
        "Edit" | "Write" => on_paths(inner, &["Write"]),
        "WebFetch" if inner.is_empty() => vec!["WebFetch(*)".to_owned()],
        "WebFetch" => of_domain(inner).into_iter().collect(),
        _ => denied_tool(tool, inner),
    }
}

/// Returns a rule of Claude Code's `allow` as Cursor's, none where that would allow more.
pub fn allowed(rule: &str) -> Vec<String> {
    let Some((tool, inner)) = parts(rule) else {
        return Vec::new();
    };
    match tool {
        "Bash" => allowed_command(inner),
        "WebFetch" => of_domain(inner).into_iter().collect(),
        _ => allowed_tool(tool, inner),
    }
}

/// Returns whether a rule may be about something that a rule which allows is about, too. Cursor
/// doesn't ask for what it allows.
pub fn may_meet(allow: &str, other: &str) -> bool {
    let (Some((tool, inner)), Some((other_tool, other_inner))) = (parts(allow), parts(other))
    else {
        return true;
    };
    if tool.starts_with("mcp__") || other_tool.starts_with("mcp__") {
        let [tool, other] = [tool, other_tool].map(|tool| tool.trim_end_matches(['*', '_']));
        return tool.starts_with(other) || other.starts_with(tool);
    }
    if tool != other_tool {
        return false;
    }
    let (one, other) = (text_of(inner), text_of(other_inner));
    let fixed = |text: &str| {
        let start = text.split('*').next().unwrap_or_default();
        start.trim_end().to_owned()
    };
    let (start, other_start) = (fixed(&one), fixed(&other));
    match (one.contains('*'), other.contains('*')) {
        (false, false) => one == other,
        (false, true) => start.starts_with(&other_start),
        (true, false) => other_start.starts_with(&start),
        (true, true) => start.starts_with(&other_start) || other_start.starts_with(&start),
    }
}

/// Returns the tool of a rule and what stands between its parentheses.
fn parts(rule: &str) -> Option<(&str, &str)> {
    match rule.split_once('(') {
        Some((tool, inner)) => Some((tool, inner.strip_suffix(')')?)),
        None => Some((rule, "")),
    }
}

/// Returns the pattern of a rule: a bare tool is about everything, and `git push:*` is an older
/// spelling of `git push *`.
fn text_of(inner: &str) -> String {
    match inner.strip_suffix(":*") {
        Some(start) => format!("{start} *"),
        None if inner.trim().is_empty() => "*".to_owned(),
        None => inner.to_owned(),
    }
}

/// Returns a rule that denies commands, all of them at least.
fn denied_command(inner: &str) -> Vec<String> {
    let text = text_of(inner);
    // A colon would part the words anew.
    if text.contains(':') {
        return Vec::new();
    }
    let written = match text.strip_suffix(" *") {
        // `push *` is a bare `push`, too.
        Some(start) if !start.contains('*') => match start.split_once(' ') {
            Some((first, rest)) => format!("{first}:{rest}*"),
            None => start.to_owned(),
        },
        _ if text.contains('*') => text,
        _ => match text.split_once(' ') {
            Some((first, rest)) => format!("{first}:{rest}"),
            None => text,
        },
    };
    vec![format!("Shell({written})")]
}

/// Returns a rule that allows a command with exactly these words, or with more where they end in a
/// star.
fn allowed_command(inner: &str) -> Vec<String> {
    let text = text_of(inner);
    let start = text.strip_suffix(" *").unwrap_or(&text);
    // What a star elsewhere is for can't be told, and a colon would part the words anew.
    if start.is_empty() || start.contains(['*', ':']) {
        return Vec::new();
    }
    let is_open = start != text;
    let written = match (start.split_once(' '), is_open) {
        (None, true) => start.to_owned(),
        (None, false) => format!("{start}:"),
        (Some((first, rest)), true) => format!("{first}:{rest} *"),
        (Some((first, rest)), false) => format!("{first}:{rest}"),
    };
    vec![format!("Shell({written})")]
}

/// Returns rules about the files that a pattern of Claude Code's names, all of them at least.
fn on_paths(inner: &str, tools: &[&str]) -> Vec<String> {
    let mut rules = Vec::new();
    for pattern in without_braces(inner) {
        let Some(path) = path(&pattern) else {
            return Vec::new();
        };
        for tool in tools {
            // A name may be that of a folder, of which all is meant.
            for end in ["", "/**"] {
                if end.is_empty() || !path.ends_with('*') {
                    rules.push(format!("{tool}({path}{end})"));
                }
            }
        }
    }
    rules
}

/// Returns a path of Claude Code's rules as Cursor compares it; none where it leads out of the
/// project by its words.
fn path(pattern: &str) -> Option<String> {
    if pattern.split('/').any(|name| name == "..") {
        return None;
    }
    let path = with_stars_alone(pattern.trim_end_matches('/'));
    Some(match path.as_str() {
        "" | "*" | "**" => "**".to_owned(),
        _ if path.starts_with("~/") => path,
        // Two slashes are the root of the disk, one is the project's.
        _ if path.starts_with("//") => path[1..].to_owned(),
        _ => {
            let inside = path.strip_prefix("./").unwrap_or(&path);
            let inside = inside.trim_start_matches('/');
            match inside.strip_prefix("**/") {
                Some(_) => inside.to_owned(),
                None => format!("**/{inside}"),
            }
        }
    })
}

/// Returns a pattern in which a star stands for what other signs stand for: Cursor knows no other.
fn with_stars_alone(pattern: &str) -> String {
    let mut written = String::new();
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '?' => written.push('*'),
            '[' => {
                // A class stands for one letter, whichever.
                let is_class = letters.clone().any(|letter| letter == ']');
                if is_class {
                    letters.by_ref().find(|letter| *letter == ']');
                }
                written.push('*');
            }
            letter => written.push(letter),
        }
    }
    written
}

fn of_domain(inner: &str) -> Option<String> {
    let domain = inner.strip_prefix("domain:")?;
    Some(format!("WebFetch({domain})"))
}

/// Returns rules that deny a server's tool. A server's name may have what parts it from the tool's.
fn denied_tool(tool: &str, inner: &str) -> Vec<String> {
    let Some(name) = tool.strip_prefix("mcp__").filter(|_| inner.is_empty()) else {
        return Vec::new();
    };
    let mut rules = Vec::new();
    for (at, _) in name.match_indices("__") {
        rules.push(format!("Mcp({}:{})", &name[..at], &name[at + 2..]));
    }
    rules.push(format!("Mcp({name}:*)"));
    rules
}

/// Returns a rule that allows a server's tool, where its name can be read in one way.
fn allowed_tool(tool: &str, inner: &str) -> Vec<String> {
    let Some(name) = tool.strip_prefix("mcp__").filter(|_| inner.is_empty()) else {
        return Vec::new();
    };
    match name.matches("__").count() {
        0 => vec![format!("Mcp({name}:*)")],
        1 => vec![format!("Mcp({})", name.replacen("__", ":", 1))],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_denied_is_denied_at_least() {
        for (rule, expected) in [
            ("Bash(git status)", vec!["Shell(git:status)"]),
            ("Bash(git push *)", vec!["Shell(git:push*)"]),
            ("Bash(git push:*)", vec!["Shell(git:push*)"]),
            ("Bash(cargo publish *)", vec!["Shell(cargo:publish*)"]),
            ("Bash(npm:*)", vec!["Shell(npm)"]),
            ("Bash(rm)", vec!["Shell(rm)"]),
            ("Bash", vec!["Shell(*)"]),
            ("Bash(* --force)", vec!["Shell(* --force)"]),
            ("Bash(*rm -rf*)", vec!["Shell(*rm -rf*)"]),
            (
                "Bash(git diff *--output*)",
                vec!["Shell(git diff *--output*)"],
            ),
            ("Bash(a:b c)", vec![]),
            (
                "Read(~/.ssh/**)",
                vec!["Read(~/.ssh/**)", "Write(~/.ssh/**)"],
            ),
            ("Edit(src/**)", vec!["Write(**/src/**)"]),
            ("Edit(./.env)", vec!["Write(**/.env)", "Write(**/.env/**)"]),
            ("Edit(keys/)", vec!["Write(**/keys)", "Write(**/keys/**)"]),
            ("Edit(//etc/x)", vec!["Write(/etc/x)", "Write(/etc/x/**)"]),
            ("Edit(a?[bc])", vec!["Write(**/a**)"]),
            (
                "Edit(*.{pem,key})",
                vec![
                    "Write(**/*.pem)",
                    "Write(**/*.pem/**)",
                    "Write(**/*.key)",
                    "Write(**/*.key/**)",
                ],
            ),
            ("Edit(../x)", vec![]),
            ("WebFetch", vec!["WebFetch(*)"]),
            (
                "WebFetch(domain:example.org)",
                vec!["WebFetch(example.org)"],
            ),
            ("mcp__s__t", vec!["Mcp(s:t)", "Mcp(s__t:*)"]),
            ("mcp__s", vec!["Mcp(s:*)"]),
            ("WebSearch", vec![]),
        ] {
            assert_eq!(denied(rule), expected, "{rule}");
        }
    }

    #[test]
    fn what_is_asked_for_is_not_allowed() {
        for (allow, ask, meets) in [
            ("Bash(git diff *)", "Bash(git diff *--output*)", true),
            ("Bash(git diff)", "Bash(git diff *--output*)", true),
            ("Bash(git status)", "Bash(git push *)", false),
            ("Bash(git *)", "Bash(git push)", true),
            ("Bash(git push)", "Bash(git push)", true),
            ("Bash(ls *)", "Bash(git push)", false),
            ("Bash(ls *)", "Read(ls)", false),
            ("Bash(git status)", "Bash", true),
            ("WebFetch(domain:example.org)", "WebFetch", true),
            ("mcp__deploy", "mcp__deploy__prod", true),
            ("mcp__db__read", "mcp__db", true),
            ("mcp__db__read", "mcp__db__write", false),
        ] {
            assert_eq!(may_meet(allow, ask), meets, "{allow} {ask}");
        }
    }

    #[test]
    fn what_is_allowed_is_allowed_at_most() {
        for (rule, expected) in [
            ("Bash(pwd)", vec!["Shell(pwd:)"]),
            ("Bash(ls *)", vec!["Shell(ls)"]),
            ("Bash(git status)", vec!["Shell(git:status)"]),
            ("Bash(git diff *)", vec!["Shell(git:diff *)"]),
            ("Bash(git diff *--output*)", vec![]),
            ("Bash(*)", vec![]),
            ("Bash", vec![]),
            ("Read(src/**)", vec![]),
            ("Edit(src/**)", vec![]),
            (
                "WebFetch(domain:example.org)",
                vec!["WebFetch(example.org)"],
            ),
            ("mcp__s__t", vec!["Mcp(s:t)"]),
            ("mcp__my__srv__t", vec![]),
            ("Bash(a:b c)", vec![]),
        ] {
            assert_eq!(allowed(rule), expected, "{rule}");
        }
    }
}
