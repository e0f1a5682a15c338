//! A spinner for what lasts, with a bar for what comes from web servers: nothing is shown in the
//! first second.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use crate::ops::Progress;
use crate::store::http::Http;

/// How many letters the bar has.
const WIDTH: u64 = 20;

/// The spinner of one command.
pub struct Spinner {
    bar: ProgressBar,
    /// Whether there is a terminal to show it on.
    is_seen: bool,
    /// Raised each time it stops: what was about to show it before doesn't.
    stops: Arc<AtomicU64>,
    is_stopped: AtomicBool,
    coming: Arc<Coming>,
}

/// What comes from web servers.
struct Coming {
    http: Http,
    /// How many bytes had come when the rest was announced.
    start: AtomicU64,
    /// How many were announced.
    expected: AtomicU64,
}

impl Coming {
    /// Returns how much of what was announced has come: ` [######..............] 3.1 of 9.8 MB`.
    fn shown(&self) -> String {
        let expected = self.expected.load(Ordering::Relaxed);
        let start = self.start.load(Ordering::Relaxed);
        let came = (self.http.came() - start).min(expected);
        if came == 0 {
            return String::new();
        }
        let full = usize::try_from(came * WIDTH / expected).unwrap_or_default();
        let bar = format!("{}{}", "#".repeat(full), ".".repeat(20 - full));
        format!(" [{bar}] {} of {} MB", megabytes(came), megabytes(expected))
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1_000_000, bytes / 100_000 % 10)
}

impl Spinner {
    /// Returns the spinner, which stays hidden for a second, and for ever where there is no
    /// terminal.
    pub fn start(quiet: bool, http: &Http) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let coming = Arc::new(Coming {
            http: http.clone(),
            start: AtomicU64::new(0),
            expected: AtomicU64::new(0),
        });
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}{coming}") {
            let shown = Arc::clone(&coming);
            let key = move |_: &ProgressState, to: &mut dyn std::fmt::Write| {
                let _ = to.write_str(&shown.shown());
            };
            bar.set_style(style.with_key("coming", key));
        }
        let spinner = Self {
            bar,
            is_seen: !quiet && std::io::stderr().is_terminal(),
            stops: Arc::new(AtomicU64::new(0)),
            is_stopped: AtomicBool::new(false),
            coming,
        };
        spinner.show_soon();
        spinner
    }

    /// Shows the spinner in a second, unless it stops before.
    fn show_soon(&self) {
        if !self.is_seen {
            return;
        }
        let (bar, stops) = (self.bar.clone(), Arc::clone(&self.stops));
        let before = stops.load(Ordering::Relaxed);
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(1));
            if stops.load(Ordering::Relaxed) == before {
                bar.set_draw_target(ProgressDrawTarget::stderr());
                bar.enable_steady_tick(Duration::from_millis(100));
            }
        });
    }
}

impl Progress for Spinner {
    fn stop(&self) {
        self.stops.fetch_add(1, Ordering::Relaxed);
        self.is_stopped.store(true, Ordering::Relaxed);
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
        self.bar.set_draw_target(ProgressDrawTarget::hidden());
    }

    fn step(&self, what: &str) {
        // After a question it goes on.
        if self.is_stopped.swap(false, Ordering::Relaxed) {
            self.bar.reset();
            self.show_soon();
        }
        self.bar.set_message(what.to_owned());
    }

    fn expect(&self, bytes: u64) {
        let Coming {
            http,
            start,
            expected,
        } = &*self.coming;
        start.store(http.came(), Ordering::Relaxed);
        expected.store(bytes, Ordering::Relaxed);
    }
}
