//! A long text, a screen at a time, by the pager that the person chose.

#![expect(
    clippy::disallowed_methods,
    reason = "the pager is the person's own choice, as tests/laws/programs.rs has it"
)]

use std::io::{self, Write as _};
use std::process::{Command, Stdio};

/// What is used where nobody chose one; it shows colours, and ends by itself what fits.
const USUAL: &str = "less";

/// Shows a text with the program that `chosen` says, as a shell reads it. Returns whether there is
/// such a program.
///
/// # Errors
/// When it can't be waited for.
pub fn show(chosen: Option<&str>, text: &str) -> io::Result<bool> {
    let program = chosen.unwrap_or(USUAL);
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{program} \"$@\""), program]);
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        // Who has seen enough closes it.
        let _ = pipe.write_all(text.as_bytes());
    }
    // A shell's codes for a program that isn't there, or can't be run.
    Ok(!matches!(child.wait()?.code(), Some(126 | 127)))
}
