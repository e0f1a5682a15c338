//! The reasons of a proposal as part of a mail that `git am` reads, and the trailers below them.

use super::{BaseRelease, Proposal};
use crate::model::name::TemplateName;
use crate::model::version::Version;

/// The trailer that makes a mail a proposal.
pub const PROPOSAL: &str = "Agentpkg-Proposal";
/// The trailer with the template's name.
pub const TEMPLATE: &str = "Agentpkg-Template";
/// The trailer with the release: name, version and digest of the source tree.
pub const BASE: &str = "Agentpkg-Base";

/// What a line of reasons may not begin with: git would take it for a header, for the end of the
/// message, or for the next mail.
const TAKEN: [&str; 9] = [
    "---", "diff -", "index:", "from ", ">from", "from:", "subject:", "date:", "[patch",
];

/// Returns the lines of the reasons with a space before each that would be taken for something
/// else.
pub fn guarded(body: &str) -> String {
    let lines = body.lines().map(|line| {
        if is_taken(line) {
            format!(" {line}\n")
        } else {
            format!("{line}\n")
        }
    });
    lines.collect()
}

/// Returns what [`guarded`] made its lines of.
pub fn unguarded<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let mut body = Vec::new();
    for line in lines {
        let rest = line.strip_prefix(' ').filter(|rest| is_taken(rest));
        body.push(rest.unwrap_or(line));
    }
    body.join("\n")
}

/// Lines that are guarded already count too, so that one space more is always what is taken off
/// again.
fn is_taken(line: &str) -> bool {
    let line = line.trim_start_matches(' ').to_ascii_lowercase();
    TAKEN.iter().any(|start| line.starts_with(start)) || line.starts_with("agentpkg-")
}

/// Returns a text in which nothing cuts a message off: git's scissors are opened by a space.
pub fn without_scissors(text: &str) -> String {
    const SCISSORS: [&str; 4] = ["8<", ">8", "%<", ">%"];
    let mut uncut = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.contains('-') && SCISSORS.iter().any(|cut| line.contains(cut)) {
            uncut.push_str(&line.replace('<', " <").replace('>', "> "));
        } else {
            uncut.push_str(line);
        }
    }
    uncut
}

impl Proposal {
    /// Returns the trailers that say what is changed.
    pub(super) fn trailers(&self) -> String {
        let Self { template, base, .. } = self;
        format!(
            "{TEMPLATE}: {template}\n{BASE}: {template} {} {}\n",
            base.version, base.tree
        )
    }
}

/// Reads the value of [`BASE`].
pub fn read_base(text: &str) -> Option<(TemplateName, BaseRelease)> {
    let fields: Vec<&str> = text.split(' ').collect();
    let [name, version, tree] = fields.as_slice() else {
        return None;
    };
    Some((
        name.parse().ok()?,
        BaseRelease {
            version: Version::parse(version).ok()?,
            tree: tree.parse().ok()?,
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guarded_lines_come_back() {
        let body = "a\n---\n --- x\n  diff --git a/x b/x\nFROM me\n\nsubject: x\nAgentpkg-Base: \
                    x\n  code\n>From x\nIndex: y";
        let safe = guarded(body);
        assert!(
            safe.lines()
                .all(|line| line.starts_with(' ') || !is_taken(line)),
            "{safe}"
        );
        assert_eq!(unguarded(safe.lines()), body);
    }

    #[test]
    fn scissors_do_not_cut() {
        assert_eq!(
            without_scissors("-- >8 --\na >8 b\n"),
            "-- > 8 --\na >8 b\n"
        );
    }
}
