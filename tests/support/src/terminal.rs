//! A terminal of 80 columns and 24 lines, in which a person types.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::Command;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How a command ended, and all that the terminal showed.
pub struct Shown {
    /// The exit code.
    pub code: Option<i32>,
    /// What was shown, what was typed among it, with line ends as a file has them.
    pub text: String,
}

/// Runs a command in a terminal, in which `typed` was typed ahead.
pub fn run(command: &mut Command, typed: &str) -> Shown {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let side = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&side, size).unwrap();
    let [input, output, errors] = [0, 1, 2].map(|_| side.try_clone().unwrap());
    let mut child = command
        .stdin(input)
        .stdout(output)
        .stderr(errors)
        .spawn()
        .unwrap();
    // The command's ends are the last ones: reading ends with it.
    command.stdin(std::process::Stdio::null());
    command.stdout(std::process::Stdio::null());
    command.stderr(std::process::Stdio::null());
    drop(side);
    let mut terminal = File::from(terminal);
    terminal.write_all(typed.as_bytes()).unwrap();
    let mut bytes = Vec::new();
    // A terminal whose other side is gone says EIO.
    let _ = terminal.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).expect("what is shown is UTF-8");
    Shown {
        code: child.wait().unwrap().code(),
        text: text.replace("\r\n", "\n"),
    }
}
