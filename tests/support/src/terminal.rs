//! A terminal of 80 columns and 24 lines, in which a person types.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// How a command ended, and all that the terminal showed.
pub struct Shown {
    /// The exit code.
    pub code: Option<i32>,
    /// What was shown, what was typed among it, with line ends as a file has them.
    pub text: String,
}

/// A terminal at which somebody answers when they are asked.
pub struct Desk {
    name: String,
    terminal: File,
    /// Kept open, so that reading doesn't end before a command has opened it.
    side: Option<File>,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
    /// How much was shown when the last answer was typed.
    answered: usize,
}

impl Desk {
    /// Makes a terminal.
    #[expect(clippy::new_without_default, reason = "it opens a device")]
    pub fn new() -> Self {
        let (terminal, side, name) = open();
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (mut source, target) = (terminal.try_clone().unwrap(), Arc::clone(&shown));
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            // A terminal whose other side is gone says EIO.
            while let Ok(length) = source.read(&mut buffer)
                && length > 0
            {
                target.lock().unwrap().extend_from_slice(&buffer[..length]);
            }
        });
        Self {
            name,
            terminal,
            side: Some(side),
            shown,
            reader: Some(reader),
            answered: 0,
        }
    }

    /// Returns the path that a command opens.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns how many bytes were shown until now.
    pub fn shown(&self) -> usize {
        self.shown.lock().unwrap().len()
    }

    /// Returns whether a question is shown that nobody has answered: a line that ends with `: ` or
    /// `› `.
    pub fn is_waiting(&self) -> bool {
        let shown = self.shown.lock().unwrap();
        let question = [": ", "› "]
            .iter()
            .any(|end| shown.ends_with(end.as_bytes()));
        shown.len() > self.answered && question
    }

    /// Types an answer, which the terminal shows as it does what anybody types.
    pub fn answer(&mut self, answer: &str) {
        self.answered = self.shown.lock().unwrap().len();
        writeln!(self.terminal, "{answer}").unwrap();
    }

    /// Closes it, and returns what can be read there when all is shown.
    pub fn end(mut self) -> String {
        self.side = None;
        let reader = self.reader.take().expect("it ends once");
        reader.join().unwrap();
        let shown = self.shown.lock().unwrap().clone();
        read_off(&String::from_utf8(shown).expect("what is shown is UTF-8"))
    }
}

/// Returns what can be read of a text once its orders to the terminal are carried out: to write a
/// line anew, to go back to an earlier one. It is as long as it needs to be, and colours are none.
fn read_off(shown: &str) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    let mut line = 0;
    let mut letters = shown.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\n' => {
                line += 1;
                if line == lines.len() {
                    lines.push(String::new());
                }
            }
            // What follows either clears the line or begins the next one.
            '\r' => {}
            '\u{1b}' => {
                let mut order = String::new();
                for letter in letters.by_ref() {
                    order.push(letter);
                    if letter.is_ascii_alphabetic() {
                        break;
                    }
                }
                line = carry_out(&order, &mut lines, line);
            }
            letter => lines[line].push(letter),
        }
    }
    lines.join("\n")
}

/// Carries out an order such as `[2K`, and returns the line that is written to afterwards.
fn carry_out(order: &str, lines: &mut [String], line: usize) -> usize {
    let number = |order: &str| {
        order
            .trim_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .ok()
    };
    match order.chars().last() {
        Some('K') => {
            lines[line].clear();
            line
        }
        Some('A') => line.saturating_sub(number(order).unwrap_or(1)),
        // Colours, and whether a cursor is seen.
        _ => line,
    }
}

/// Opens a terminal, and returns the end that a person has, the one that a command has, and that
/// one's path.
fn open() -> (File, File, String) {
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
    (File::from(terminal), side, name.into_string().unwrap())
}

/// Runs a command in a terminal, in which `typed` was typed ahead.
pub fn run(command: &mut Command, typed: &str) -> Shown {
    let (mut terminal, side, _) = open();
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
