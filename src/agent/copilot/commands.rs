//! Commands as VS Code reads them: prompts, in which it fills nothing in.

use crate::agent::translate::{body, fields, kept};

/// Returns a command as a prompt.
pub fn prompt(text: &str) -> String {
    let fields = fields(text);
    let written = kept(&fields, &["description", "argument-hint"]);
    format!("---\n{written}---\n\n{}", body(text))
}
