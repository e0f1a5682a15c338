//! The globs of rules, from the meaning that Claude Code gives them to that of other agents.
//!
//! Claude Code reads `paths` as gitignore reads patterns (measured with 2.1.332): `*.rs` and
//! `src/**` fit in any folder, `src/*` fits all below `src`, a leading slash means the root. Others
//! read globs: a pattern is a whole path, `*` stays within a folder, `**` doesn't.

use super::rules::{Rule, without_braces};

/// Returns the globs, as others read them, that fit what a pattern of Claude Code fits. None for a
/// pattern that fits nothing there: one that begins with `./` or `!`.
pub fn whole_paths(pattern: &str) -> Vec<String> {
    let mut globs = Vec::new();
    for pattern in without_braces(pattern) {
        for glob in of_one(&pattern) {
            if !globs.contains(&glob) {
                globs.push(glob);
            }
        }
    }
    globs
}

fn of_one(pattern: &str) -> Vec<String> {
    if pattern.starts_with("./") || pattern.starts_with('!') {
        return Vec::new();
    }
    // Claude Code cuts the stars off before it reads the rest.
    let folder = pattern.strip_suffix("/**").or(pattern.strip_suffix('/'));
    let (pattern, is_folder) = match folder {
        Some(folder) => (folder, true),
        None => (pattern, false),
    };
    if pattern.is_empty() || pattern == "**" {
        return vec!["**".to_owned()];
    }
    // A slash anywhere but at the end means that the pattern starts at the root.
    let anchored = match pattern.strip_prefix('/') {
        Some(rest) => rest.to_owned(),
        None if pattern.contains('/') => pattern.to_owned(),
        None => format!("**/{pattern}"),
    };
    let last = anchored.rsplit('/').next().unwrap_or_default();
    let everything_below = format!("{anchored}/**");
    if last == "**" {
        return vec![anchored];
    }
    if last == "*" {
        // What a star names may be a folder, of which all is meant.
        let folder = anchored.strip_suffix('*').unwrap_or_default();
        return vec![format!("{folder}**")];
    }
    match (is_folder, names_a_file(last)) {
        (true, _) => vec![everything_below],
        (false, true) => vec![anchored],
        (false, false) => vec![anchored, everything_below],
    }
}

/// Returns whether the last name of a pattern is that of files: a star and an ending.
fn names_a_file(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    name.contains('*') && !ending.is_empty() && !ending.contains('*')
}

impl Rule<'_> {
    /// Returns the globs that fit the same whole paths as its patterns, without commas and braces:
    /// agents write several between commas. None where it has patterns and no glob says any.
    pub fn globs(&self) -> Option<Vec<String>> {
        let mut globs: Vec<String> = Vec::new();
        for glob in self.paths.iter().flat_map(|pattern| whole_paths(pattern)) {
            if !globs.contains(&glob) && is_plain(&glob) {
                globs.push(glob);
            }
        }
        (self.paths.is_empty() || !globs.is_empty()).then_some(globs)
    }

    /// Returns whether it has a pattern that no such glob says.
    pub fn loses_globs(&self) -> bool {
        self.paths.iter().any(|pattern| {
            let globs = whole_paths(pattern);
            globs.is_empty() || !globs.iter().all(|glob| is_plain(glob))
        })
    }
}

fn is_plain(glob: &str) -> bool {
    !glob.contains([',', '{', '}', '"', '\\'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use globset::GlobBuilder;

    fn fits(globs: &[String], path: &str) -> bool {
        globs.iter().any(|glob| {
            let glob = GlobBuilder::new(glob).literal_separator(true).build();
            glob.unwrap().compile_matcher().is_match(path)
        })
    }

    /// Patterns, the paths that Claude Code loaded a rule for, and those that it didn't: measured.
    #[test]
    fn globs_fit_what_the_pattern_fits() {
        let table: [(&str, &[&str], &[&str]); 17] = [
            (
                "*.rs",
                &["root.rs", "src/lib.rs", "packages/src/z.rs"],
                &["a.py"],
            ),
            ("**/*.rs", &["root.rs", "src/a/deep.rs"], &["a.rs/b.py"]),
            ("/*.rs", &["root.rs"], &["src/lib.rs"]),
            (
                "src/**",
                &["src/lib.rs", "src/a/deep.rs", "packages/src/z.rs"],
                &["lib.rs"],
            ),
            (
                "src/**/*.rs",
                &["src/lib.rs", "src/a/deep.rs"],
                &["packages/src/z.rs"],
            ),
            ("src/*.rs", &["src/lib.rs"], &["src/a/deep.rs"]),
            (
                "src/*",
                &["src/lib.rs", "src/a/deep.rs"],
                &["packages/src/z.rs"],
            ),
            ("src/a", &["src/a/deep.rs"], &["src/b.rs"]),
            ("lib.rs", &["lib.rs", "src/lib.rs"], &["src/lib.rs.md"]),
            ("src", &["src/lib.rs", "packages/src/z.rs"], &["a/src.rs"]),
            ("src/", &["src/lib.rs", "packages/src/z.rs"], &[]),
            ("/src/**", &["src/lib.rs"], &["packages/src/z.rs"]),
            (
                "src/**/*.{rs,ts}",
                &["src/lib.rs", "src/a/b.ts"],
                &["src/a.py"],
            ),
            ("{src,lib}/**", &["src/a", "x/lib/b"], &["a"]),
            ("**/test/**", &["test/a", "x/test/y/z"], &["tests/a"]),
            (
                ".claude/memory/**",
                &[".claude/memory/a/b.md"],
                &["x/.claude/memory/a.md"],
            ),
            ("./src/**", &[], &["src/lib.rs"]),
        ];
        for (pattern, all, none) in table {
            let globs = whole_paths(pattern);
            for path in all {
                assert!(fits(&globs, path), "{pattern} {globs:?} {path}");
            }
            for path in none {
                assert!(!fits(&globs, path), "{pattern} {globs:?} {path}");
            }
        }
    }

    #[test]
    fn usual_globs_stay_as_they_are() {
        for glob in ["**/*.rs", "src/**/*.ts", "docs/*.md", "**/test_*.py"] {
            assert_eq!(whole_paths(glob), [glob]);
        }
        // What has a point in its name may be a folder.
        assert_eq!(whole_paths("docs/v1.2"), ["docs/v1.2", "docs/v1.2/**"]);
        assert_eq!(
            whole_paths("Cargo.toml"),
            ["**/Cargo.toml", "**/Cargo.toml/**"]
        );
    }
}
