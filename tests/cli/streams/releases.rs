//! The real releases of the corpus as releases of a template.

use std::fs;
use std::path::{Path, PathBuf};

use super::tree::{self, File, Tree};

/// The template's name.
pub const NAME: &str = "superpowers";

/// The folder of the repo in which everything lands, so that no shared file is touched.
const FOLDER: &str = ".claude/superpowers";

/// What every version is packaged without: at their place in a repo, they would be shared files.
const LEFT_OUT: [&str; 2] = ["CLAUDE.md", "AGENTS.md"];

/// The versions, oldest first.
pub const VERSIONS: [&str; 4] = ["5.0.0", "5.1.0", "6.0.3", "6.1.0"];

fn corpus() -> PathBuf {
    support::corpus().join("streams").join(NAME)
}

/// Returns the files that a version brings to a repo.
pub fn released(version: &str) -> Tree {
    let files = tree::read(&corpus().join(format!("v{version}")), &LEFT_OUT);
    assert!(files.len() > 40, "the corpus has the files of {version}");
    files
        .into_iter()
        .map(|(path, file)| (format!("{FOLDER}/{path}"), file))
        .collect()
}

/// Writes the source of a template that brings the files of a version, in place of what is in the
/// folder.
pub fn source(folder: &Path, version: &str) {
    let _ = fs::remove_dir_all(folder);
    let manifest = format!(
        "[template]\nname = \"{NAME}\"\nversion = \"{version}\"\ndescription = \"Skills for coding agents\"\n"
    );
    let changelog =
        format!("# Changelog\n\n## [{version}] - 2026-01-01\n\n- The skills of {version}.\n");
    for (path, text) in [
        ("template.toml", manifest.as_str()),
        ("README.md", "# Superpowers\n\nSkills, as released.\n"),
        ("CHANGELOG.md", &changelog),
    ] {
        tree::write(&folder.join(path), &File::plain(text));
    }
    for (path, file) in released(version) {
        tree::write(&folder.join("files").join(path), &file);
    }
}
