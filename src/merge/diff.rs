//! Differences between texts, for people.

use super::kind::FileKind;
use super::markdown;
use super::patch;

/// Returns the unified diff of two texts with three lines of context, or nothing where they are
/// equal.
pub fn unified(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    format!("--- a/{name}\n+++ b/{name}\n{}", patch::hunks_of(old, new))
}

/// Returns whether two texts of a kind differ in layout alone: they have the same words in the same
/// order, with other white space. Markdown is compared in the one form of `markdown`.
pub fn is_layout(kind: FileKind, one: &str, other: &str) -> bool {
    match kind {
        FileKind::Markdown => markdown::same_layout(one, other),
        _ => one.split_whitespace().eq(other.split_whitespace()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_names_both_sides_and_equal_texts_have_none() {
        assert_eq!(
            unified("x", "a\nb\n", "a\nc\n"),
            "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
        );
        assert_eq!(unified("x", "a\n", "a\n"), "");
        assert_eq!(
            unified("x", "", "# a\rb\nc\r\n"),
            "--- a/x\n+++ b/x\n@@ -0,0 +1,2 @@\n+# a\rb\n+c\r\n"
        );
        assert_eq!(
            unified("x", "a", "a\nb"),
            "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\
             \\ No newline at end of file\n"
        );
    }

    #[test]
    fn a_formatter_changes_no_words() {
        assert!(is_layout(
            FileKind::Text,
            "- a  b\n\n\n- c\n",
            "- a b\n- c\n"
        ));
        assert!(!is_layout(FileKind::Text, "a b", "ab"));
        assert!(is_layout(FileKind::Markdown, "* a\n", "- a\n"));
        assert!(!is_layout(FileKind::Text, "* a\n", "- a\n"));
    }
}
