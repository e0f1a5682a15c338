//! What an upgrade printed: its rows with the paths in them, and the files that wait for a person.

use std::collections::BTreeSet;

/// A printed summary.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    rows: Vec<(String, BTreeSet<String>)>,
    contested: BTreeSet<String>,
}

impl Summary {
    /// Reads what was printed: a row opens with its label in a column of its own and goes on where
    /// a line has none.
    pub fn of(stdout: &str, stderr: &str) -> Self {
        let mut summary = Self::default();
        for line in stdout.lines() {
            let Some((label, text)) = line
                .strip_prefix("  ")
                .and_then(|line| line.split_at_checked(12))
            else {
                continue;
            };
            match label.trim() {
                "" => {}
                label => summary.rows.push((label.to_owned(), BTreeSet::new())),
            }
            if let Some((_, words)) = summary.rows.last_mut() {
                words.extend(
                    text.split_whitespace()
                        .map(|word| word.trim_end_matches(',').to_owned()),
                );
            }
        }
        for line in stderr.lines().filter_map(|line| line.strip_prefix("  `")) {
            summary
                .contested
                .extend(line.split('`').next().map(str::to_owned));
        }
        summary
    }

    /// Whether a row with one of these labels names the path.
    pub fn names(&self, labels: &[&str], path: &str) -> bool {
        self.rows
            .iter()
            .any(|(label, words)| labels.contains(&label.as_str()) && words.contains(path))
    }

    /// Whether a note names both paths.
    pub fn moved(&self, from: &str, to: &str) -> bool {
        self.rows
            .iter()
            .any(|(label, words)| label == "note" && words.contains(from) && words.contains(to))
    }

    /// Whether the path is anywhere in it.
    pub fn mentions(&self, path: &str) -> bool {
        self.contested.contains(path) || self.rows.iter().any(|(_, words)| words.contains(path))
    }

    /// The files that are said to wait for a person.
    pub fn contested(&self) -> &BTreeSet<String> {
        &self.contested
    }
}
