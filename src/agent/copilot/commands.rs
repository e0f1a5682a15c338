//! Commands as VS Code reads them: prompts, in which it fills nothing in.

use crate::agent::translate::{body, line_of, scalar};
use crate::model::frontmatter;

/// Returns a command as a prompt.
pub fn prompt(text: &str) -> String {
    let header = frontmatter::read(text).ok().flatten().unwrap_or_default();
    let mut written = String::new();
    for key in ["description", "argument-hint"] {
        if let Some(value) = line_of(&header.fields, key) {
            written += &format!("{key}: {}\n", scalar(&value));
        }
    }
    format!("---\n{written}---\n\n{}", body(text))
}
