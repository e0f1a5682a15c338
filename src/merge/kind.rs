//! What kind of file a name promises, and which rules may settle its conflicts.

use super::rule::Rule;

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Strict JSON, or JSON with comments, which is merged by lines.
    Json,
    /// Markdown, and other prose with its syntax.
    Markdown,
    /// Plain text.
    Text,
    /// Patterns of files, one a line, where order doesn't matter.
    Ignore,
    /// Scripts of a shell.
    Shell,
    /// Programs in other languages that hooks are written in.
    Script,
    /// TOML, merged by lines and by its entries.
    Toml,
    /// YAML, merged by lines and by the keys of its mappings.
    Yaml,
    /// The source of a template, of whatever kind its rendering is.
    Template,
    /// Everything else.
    Other,
}

/// What files are called, by the end of their names.
const ENDINGS: [(&str, Kind); 27] = [
    (".json", Kind::Json),
    (".jsonc", Kind::Json),
    (".md", Kind::Markdown),
    (".mdx", Kind::Markdown),
    (".mdc", Kind::Markdown),
    (".markdown", Kind::Markdown),
    (".txt", Kind::Text),
    ("ignore", Kind::Ignore),
    (".jinja", Kind::Template),
    (".sh", Kind::Shell),
    (".bash", Kind::Shell),
    (".zsh", Kind::Shell),
    (".ksh", Kind::Shell),
    (".bat", Kind::Script),
    (".cjs", Kind::Script),
    (".cmd", Kind::Script),
    (".js", Kind::Script),
    (".lua", Kind::Script),
    (".mjs", Kind::Script),
    (".pl", Kind::Script),
    (".ps1", Kind::Script),
    (".py", Kind::Script),
    (".rb", Kind::Script),
    (".ts", Kind::Script),
    (".toml", Kind::Toml),
    (".yaml", Kind::Yaml),
    (".yml", Kind::Yaml),
];

impl Kind {
    /// Returns the kind of a file called `name`, with or without folders before it, that starts as
    /// `bytes` do.
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

    /// Returns whether a rule may settle a conflict in a file of this kind.
    pub fn allows(self, rule: Rule) -> bool {
        match rule {
            Rule::Union => matches!(
                self,
                Self::Ignore | Self::Markdown | Self::Toml | Self::Yaml
            ),
            Rule::Words => matches!(self, Self::Markdown | Self::Text),
            Rule::Entries => matches!(self, Self::Markdown | Self::Toml | Self::Yaml),
            Rule::Items => matches!(self, Self::Markdown | Self::Toml | Self::Yaml),
            Rule::Tokens => self == Self::Template,
            // What contains what says nothing where one version has tags for what the other has.
            Rule::Layout | Rule::Subsumption | Rule::Containment if self == Self::Template => false,
            // Commas belong to a list, not to a line.
            Rule::Adjacency | Rule::Containment => self != Self::Json,
            // White space may be a part of a text in them.
            Rule::Layout => !matches!(self, Self::Yaml | Self::Toml),
            _ => true,
        }
    }

    /// Returns whether a person may find markers in a file of this kind. What a program reads or
    /// runs stays whole: a broken settings file turns off the very guards that it holds.
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
            (".claude/settings.json", Kind::Json),
            ("CLAUDE.md", Kind::Markdown),
            (".gitignore", Kind::Ignore),
            ("a/.dockerignore", Kind::Ignore),
            ("hooks/guard.sh", Kind::Shell),
            ("requirements.txt", Kind::Text),
            ("LICENSE", Kind::Text),
            ("CODEOWNERS", Kind::Other),
            ("Cargo.toml", Kind::Toml),
            ("rules/errors.md.jinja", Kind::Template),
        ] {
            assert_eq!(Kind::of(name, b""), kind, "{name}");
        }
        assert_eq!(
            Kind::of("hooks/guard", b"#!/usr/bin/env bash\nexit\n"),
            Kind::Shell
        );
        assert_eq!(
            Kind::of("hooks/guard", b"#!/usr/bin/env python\n"),
            Kind::Script
        );
        assert_eq!(Kind::of("hooks/guard.py", b""), Kind::Script);
    }
}
