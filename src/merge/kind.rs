//! The kinds of files, told by their names, and which rules may settle conflicts in them.

use super::rule::MergeRule;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Strict JSON, merged by lines and by its values; or JSON with comments, merged by lines
    /// alone.
    Json,
    /// Markdown and its dialects.
    Markdown,
    Text,
    /// Patterns of files, one a line. Order doesn't matter, unless a `!` line takes a pattern back.
    Ignore,
    Shell,
    /// Programs in other languages than shell.
    Script,
    Toml,
    Yaml,
    /// The source of a template, whatever kind of file it renders to.
    Template,
    Other,
}

/// The kinds by the end of a file's name; the first match counts.
const ENDINGS: [(&str, FileKind); 27] = [
    (".json", FileKind::Json),
    (".jsonc", FileKind::Json),
    (".md", FileKind::Markdown),
    (".mdx", FileKind::Markdown),
    (".mdc", FileKind::Markdown),
    (".markdown", FileKind::Markdown),
    (".txt", FileKind::Text),
    ("ignore", FileKind::Ignore),
    (".jinja", FileKind::Template),
    (".sh", FileKind::Shell),
    (".bash", FileKind::Shell),
    (".zsh", FileKind::Shell),
    (".ksh", FileKind::Shell),
    (".bat", FileKind::Script),
    (".cjs", FileKind::Script),
    (".cmd", FileKind::Script),
    (".js", FileKind::Script),
    (".lua", FileKind::Script),
    (".mjs", FileKind::Script),
    (".pl", FileKind::Script),
    (".ps1", FileKind::Script),
    (".py", FileKind::Script),
    (".rb", FileKind::Script),
    (".ts", FileKind::Script),
    (".toml", FileKind::Toml),
    (".yaml", FileKind::Yaml),
    (".yml", FileKind::Yaml),
];

impl FileKind {
    /// Returns the kind of a file called `name`, with or without folders before it. Where the name
    /// doesn't say, a `#!` line at the start of `bytes` does.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        let name = name
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or(name)
            .to_ascii_lowercase();
        match ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)) {
            Some((_, kind)) => *kind,
            None if is_shell_script(bytes) => Self::Shell,
            None if bytes.starts_with(b"#!") => Self::Script,
            None if matches!(name.as_str(), "license" | "readme" | "authors" | "notice") => {
                Self::Text
            }
            None => Self::Other,
        }
    }

    /// Returns whether one of the rules in `text::rules` may settle a clash in a file of this kind.
    /// Of the other rules, which whole steps are named by, nobody asks.
    pub fn allows(self, rule: MergeRule) -> bool {
        match rule {
            MergeRule::Union => matches!(
                self,
                Self::Ignore | Self::Markdown | Self::Toml | Self::Yaml
            ),
            MergeRule::Words => matches!(self, Self::Markdown | Self::Text),
            MergeRule::Entries => matches!(self, Self::Markdown | Self::Toml | Self::Yaml),
            MergeRule::Items => matches!(self, Self::Markdown | Self::Toml | Self::Yaml),
            MergeRule::Tokens => self == Self::Template,
            // Where one version has a tag and the other its rendering, neither contains the other.
            MergeRule::Layout | MergeRule::Subsumption | MergeRule::Containment
                if self == Self::Template =>
            {
                false
            }
            // Commas belong to a list, not to a line.
            MergeRule::Adjacency | MergeRule::Containment => self != Self::Json,
            // White space may be part of a multi-line string there.
            MergeRule::Layout => !matches!(self, Self::Yaml | Self::Toml),
            _ => true,
        }
    }

    /// Returns whether conflict markers may be written into a file of this kind. What a program
    /// reads or runs stays valid: a broken settings file turns off the very guards that it holds.
    pub fn takes_markers(self) -> bool {
        matches!(
            self,
            Self::Markdown | Self::Text | Self::Ignore | Self::Template | Self::Other
        )
    }
}

fn is_shell_script(bytes: &[u8]) -> bool {
    const SHELLS: [&[u8]; 5] = [b"sh", b"bash", b"zsh", b"dash", b"ksh"];
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let Some(command) = first.strip_prefix(b"#!") else {
        return false;
    };
    let mut words = command
        .split(|byte| byte.is_ascii_whitespace() || *byte == b'/')
        .filter(|word| !word.is_empty());
    words.any(|word| SHELLS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_promises_a_kind() {
        for (name, kind) in [
            (".claude/settings.json", FileKind::Json),
            ("CLAUDE.md", FileKind::Markdown),
            (".gitignore", FileKind::Ignore),
            ("a/.dockerignore", FileKind::Ignore),
            ("hooks/guard.sh", FileKind::Shell),
            ("requirements.txt", FileKind::Text),
            ("LICENSE", FileKind::Text),
            ("CODEOWNERS", FileKind::Other),
            ("Cargo.toml", FileKind::Toml),
            ("rules/errors.md.jinja", FileKind::Template),
        ] {
            assert_eq!(FileKind::of(name, b""), kind, "{name}");
        }
        assert_eq!(
            FileKind::of("hooks/guard", b"#!/usr/bin/env bash\nexit\n"),
            FileKind::Shell
        );
        assert_eq!(
            FileKind::of("hooks/guard", b"#!/usr/bin/env python\n"),
            FileKind::Script
        );
        assert_eq!(FileKind::of("hooks/guard.py", b""), FileKind::Script);
    }
}
