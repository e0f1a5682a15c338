//! Commands as OpenCode reads them: it fills in what was typed, and runs commands, as Claude Code
//! does, but for numbered words, which it counts from 1.

use crate::agent::translate::{Translation, body, fields, kept};

/// A command, as OpenCode reads it.
pub const COMMAND: Translation = Translation {
    refuses: |text| {
        let mut numbered = body(text).split('$').skip(1);
        let has_numbers = numbered.any(|rest| rest.starts_with(|one: char| one.is_ascii_digit()));
        let has_numbers = has_numbers || body(text).contains("$ARGUMENTS[");
        has_numbers.then_some("it numbers what was typed, which OpenCode counts otherwise")
    },
    ..Translation::new(command)
};

/// Returns a command as OpenCode reads it. The rest of its header would keep OpenCode from starting,
/// or from running it.
fn command(text: &str) -> String {
    let fields = fields(text);
    let written = kept(&fields, &["description"]);
    format!("---\n{written}---\n\n{}", body(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_a_description_and_no_numbers() {
        let text = "---\ndescription: d\nmodel: opus\n---\nTag $ARGUMENTS.\n";
        assert_eq!(
            command(text),
            "---\ndescription: d\n---\n\nTag $ARGUMENTS.\n"
        );
        assert!((COMMAND.refuses)(text).is_none());
        assert!((COMMAND.refuses)("Tag $1.\n").is_some());
        assert!((COMMAND.refuses)("It costs $.\n").is_none());
    }
}
