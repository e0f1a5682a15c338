//! Reading the TOML that people write: strict, with the file, the line and what to write instead.

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::model::version::{REFUSED, requirement_instead};
use crate::words;

/// Parses `text`, the content of `file` (as a person would name it), into `T`.
///
/// # Errors
/// Names the file and the line; an unknown key is answered with the nearest known one.
pub fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    toml_edit::de::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_of(text, span.start));
        explain(file, line, error.message())
    })
}

/// Returns the number, from 1, of the line that holds the byte at `offset`.
pub fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1
}

/// Turns a message of serde's into ours.
fn explain(file: &str, line: Option<usize>, message: &str) -> Error {
    let message = message.trim_end().replace('\n', "; ");
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") {
        let unknown = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        let error = Error::in_file(file, line, format!("unknown key `{unknown}`"));
        return match words::nearest(unknown, known.iter().copied()) {
            Some(near) => error.hint(format!("write `{near}`")),
            None => error.hint(format!("keys known here: {}", words::list(known))),
        };
    }
    if message.starts_with("unknown variant") {
        let unknown = quoted.next().unwrap_or_default();
        let known: Vec<&str> = quoted.collect();
        let error = Error::in_file(file, line, format!("`{unknown}` is not known here"));
        return match words::nearest(unknown, known.iter().copied()) {
            Some(near) => error.hint(format!("write `{near}`")),
            None => error.hint(format!("known here: {}", words::list(known))),
        };
    }
    if message.starts_with("missing field") {
        let missing = quoted.next().unwrap_or_default();
        return Error::in_file(file, line, format!("the key `{missing}` is missing"))
            .hint(format!("add `{missing} = …`"));
    }
    let error = Error::in_file(file, line, &message);
    match quoted.next() {
        Some(text) if message.contains(REFUSED) => error.hint(requirement_instead(text)),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hint::Hint;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        version: String,
        #[allow(dead_code)]
        description: Option<String>,
    }

    #[track_caller]
    fn check(text: &str, message: &str, hint: &str) {
        let error = read::<Sample>("t.toml", text).unwrap_err();
        assert_eq!(error.message(), message);
        let hints: Vec<String> = error.next_steps().iter().map(Hint::to_string).collect();
        assert_eq!(hints.join(" "), hint);
    }

    #[test]
    fn errors_name_the_line_and_the_way_out() {
        check(
            "version = '1'\ndescripton = 'x'\n",
            "`t.toml` line 2: unknown key `descripton`",
            "write `description`",
        );
        check(
            "version = '1'\nzzz = 'x'\n",
            "`t.toml` line 2: unknown key `zzz`",
            "keys known here: `version` and `description`",
        );
        check(
            "",
            "`t.toml` line 1: the key `version` is missing",
            "add `version = …`",
        );
        check(
            "version = 1\n",
            "`t.toml` line 1: invalid type: integer `1`, expected a string",
            "",
        );
    }
}
