//! Permissions as Cursor's CLI reads them.
//!
//! **Nothing becomes wider**: a rule that Cursor would read as more than it says is left out of
//! `allow`, and may be wider in `deny`. Paths are compared whole, from the root of the disk, so a
//! path of the project begins with `**/`. In commands a star is anything, spaces and slashes too.

/// Returns a rule of Claude Code's `deny` as Cursor's, which may deny more.
pub fn denied(rule: &str) -> Vec<String> {
    let Some((tool, inner)) = parts(rule) else {
        return Vec::new();
    };
    match tool {
        "Bash" => match command(inner) {
            None => vec!["Shell(*)".to_owned()],
            Some((first, None)) => vec![format!("Shell({first})")],
            Some((first, Some(rest))) if rest == "*" => vec![format!("Shell({first})")],
            Some((first, Some(rest))) => {
                // `push *` denies a bare `push`, too.
                let rest = match rest.strip_suffix(" *") {
                    Some(start) => format!("{start}*"),
                    None => rest,
                };
                vec![format!("Shell({first}:{rest})")]
            }
        },
        // Who may not read a file may not write it either.
        "Read" => ["Read", "Write"]
            .iter()
            .map(|tool| format!("{tool}({})", path(inner)))
            .collect(),
        "Edit" | "Write" => vec![format!("Write({})", path(inner))],
        _ => elsewhere(tool, inner),
    }
}

/// Returns a rule of Claude Code's `allow` as Cursor's, none where that would allow more.
pub fn allowed(rule: &str) -> Vec<String> {
    let Some((tool, inner)) = parts(rule) else {
        return Vec::new();
    };
    match tool {
        "Bash" => match command(inner) {
            Some((first, rest)) if !first.contains('*') => allowed_command(&first, rest),
            _ => Vec::new(),
        },
        "Read" | "Edit" | "Write" => Vec::new(),
        _ => elsewhere(tool, inner),
    }
}

/// Returns a rule that allows a command with exactly these words, or with more where they end in a
/// star.
fn allowed_command(first: &str, rest: Option<String>) -> Vec<String> {
    let Some(rest) = rest else {
        return vec![format!("Shell({first}:)")];
    };
    let start = rest.strip_suffix('*').unwrap_or(&rest);
    match start {
        "" => vec![format!("Shell({first})")],
        // What a star in the middle is for can't be told.
        _ if start.contains('*') => Vec::new(),
        _ if start.ends_with(' ') || start == rest => vec![format!("Shell({first}:{rest})")],
        _ => Vec::new(),
    }
}

/// Returns a rule about an address or a server's tool.
fn elsewhere(tool: &str, inner: &str) -> Vec<String> {
    if tool == "WebFetch" {
        let domain = inner.strip_prefix("domain:");
        return domain
            .map(|domain| format!("WebFetch({domain})"))
            .into_iter()
            .collect();
    }
    let Some(name) = tool.strip_prefix("mcp__").filter(|_| inner.is_empty()) else {
        return Vec::new();
    };
    let (server, tool) = name.split_once("__").unwrap_or((name, "*"));
    vec![format!("Mcp({server}:{tool})")]
}

/// Returns the tool of a rule and what stands between its parentheses.
fn parts(rule: &str) -> Option<(&str, &str)> {
    match rule.split_once('(') {
        Some((tool, inner)) => Some((tool, inner.strip_suffix(')')?)),
        None => Some((rule, "")),
    }
}

/// Returns the first word of a command and the rest; none for every command.
fn command(inner: &str) -> Option<(String, Option<String>)> {
    // An older spelling of `git push *`.
    let inner = match inner.strip_suffix(":*") {
        Some(start) => format!("{start} *"),
        None => inner.to_owned(),
    };
    if inner.trim().is_empty() || inner == "*" {
        return None;
    }
    Some(match inner.split_once(' ') {
        Some((first, rest)) => (first.to_owned(), Some(rest.to_owned())),
        None => (inner, None),
    })
}

/// Returns whether a rule that asks may be about something that a rule which allows is about, too.
/// Cursor doesn't ask for what it allows.
pub fn may_meet(allow: &str, ask: &str) -> bool {
    let (Some((allow_tool, allow)), Some((ask_tool, ask))) = (parts(allow), parts(ask)) else {
        return true;
    };
    if allow_tool != ask_tool {
        return false;
    }
    let fixed = |inner: &str| {
        let start = inner.split('*').next().unwrap_or_default();
        start.trim_end_matches([' ', ':']).to_owned()
    };
    let is_exact = |inner: &str| !inner.contains('*');
    let (of_allow, of_ask) = (fixed(allow), fixed(ask));
    match (is_exact(allow), is_exact(ask)) {
        (true, true) => allow == ask,
        (true, false) => of_allow.starts_with(&of_ask),
        (false, true) => of_ask.starts_with(&of_allow),
        (false, false) => of_allow.starts_with(&of_ask) || of_ask.starts_with(&of_allow),
    }
}

/// Returns a path of Claude Code's rules as Cursor compares it.
fn path(path: &str) -> String {
    match path {
        "" | "*" | "**" => "**".to_owned(),
        _ if path.starts_with("~/") => path.to_owned(),
        // Two slashes are the root of the disk, one is the project's.
        _ if path.starts_with("//") => path[1..].to_owned(),
        _ => {
            let inside = path
                .strip_prefix("./")
                .unwrap_or(path)
                .trim_start_matches('/');
            match inside.strip_prefix("**/") {
                Some(_) => inside.to_owned(),
                None => format!("**/{inside}"),
            }
        }
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
            ("Read(./.env)", vec!["Read(**/.env)", "Write(**/.env)"]),
            (
                "Read(./**/*.pem)",
                vec!["Read(**/*.pem)", "Write(**/*.pem)"],
            ),
            (
                "Read(~/.ssh/**)",
                vec!["Read(~/.ssh/**)", "Write(~/.ssh/**)"],
            ),
            ("Read(//etc/x)", vec!["Read(/etc/x)", "Write(/etc/x)"]),
            ("Edit(src/**)", vec!["Write(**/src/**)"]),
            (
                "WebFetch(domain:example.org)",
                vec!["WebFetch(example.org)"],
            ),
            ("mcp__s__t", vec!["Mcp(s:t)"]),
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
        ] {
            assert_eq!(allowed(rule), expected, "{rule}");
        }
    }
}
