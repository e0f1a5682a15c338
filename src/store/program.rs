//! A program that is run to its end: it can neither hang us nor fill the memory.

use std::io::{self, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How long is waited for what a program printed, once it has ended.
const LEFT: Duration = Duration::from_secs(1);

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramEnd {
    /// The exit code; nothing where it was ended by a signal, or for taking too long.
    pub code: Option<i32>,
    /// What it printed, as far as it was read.
    pub output: Vec<u8>,
    /// What it printed as errors, as far as it was read.
    pub errors: Vec<u8>,
    /// Whether it was ended for taking too long.
    pub late: bool,
}

/// Runs a program with `input`, for no longer than `limit`; of each of its outputs no more than
/// `most` bytes are read.
///
/// It gets a process group, so that what it has started ends with it when it takes too long. What
/// it leaves running may hold its outputs for longer than itself: that isn't waited for.
///
/// # Errors
/// When it can't be started.
pub fn run(
    command: &mut Command,
    input: &[u8],
    limit: Duration,
    most: u64,
) -> io::Result<ProgramEnd> {
    let stdin = if input.is_empty() {
        Stdio::null()
    } else {
        Stdio::piped()
    };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        let input = input.to_vec();
        // A program that doesn't read its input closes it.
        std::thread::spawn(move || drop(pipe.write_all(&input)));
    }
    let output = Reader::start(child.stdout.take().expect("it was asked for"), most);
    let errors = Reader::start(child.stderr.take().expect("it was asked for"), most);
    let start = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break Some(status),
            None if start.elapsed() > limit => {
                end(&mut child);
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    let code = status.and_then(|status| status.code());
    Ok(ProgramEnd {
        code,
        output: output.read(),
        errors: errors.read(),
        late: status.is_none(),
    })
}

fn end(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// One output of a program, read while it runs.
struct Reader {
    bytes: Arc<Mutex<Vec<u8>>>,
    done: mpsc::Receiver<()>,
}

impl Reader {
    fn start(output: impl Read + Send + 'static, most: u64) -> Self {
        let (sender, done) = mpsc::channel();
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        std::thread::spawn(move || {
            let mut output = output.take(most);
            let mut buffer = [0; 1 << 14];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                into.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(&buffer[..count]);
            }
            let _ = sender.send(());
        });
        Self { bytes, done }
    }

    /// Returns what was printed, once all of it is there or nothing more is waited for.
    fn read(self) -> Vec<u8> {
        let _ = self.done.recv_timeout(LEFT);
        std::mem::take(&mut self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(text: &str, limit: Duration) -> ProgramEnd {
        run(Command::new("sh").args(["-c", text]), b"in", limit, 1 << 20).unwrap()
    }

    #[test]
    fn what_takes_too_long_ends_with_all_that_it_started() {
        let start = Instant::now();
        let ended = sh("echo $$; sleep 60 & sleep 60", Duration::from_millis(200));
        assert!(ended.late && ended.code.is_none());
        // Its outputs are closed, so nobody who had them is left.
        assert!(start.elapsed() < Duration::from_secs(50));
        let group = Pid::from_raw(
            String::from_utf8(ended.output)
                .unwrap()
                .trim()
                .parse()
                .unwrap(),
        )
        .unwrap();
        while kill_process_group(group, Signal::CONT).is_ok() {
            assert!(start.elapsed() < Duration::from_secs(50));
        }
    }

    #[test]
    fn what_is_left_running_keeps_nothing_back() {
        let ended = sh("cat; echo no >&2; sleep 9 & exit 3", Duration::from_secs(9));
        assert_eq!(
            ended,
            ProgramEnd {
                code: Some(3),
                output: b"in".to_vec(),
                errors: b"no\n".to_vec(),
                late: false
            }
        );
    }
}
