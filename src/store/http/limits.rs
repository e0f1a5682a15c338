//! How long a command waits for web servers, by what it asks for.

use std::time::Duration;

/// How long is waited for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For the next byte.
    pub silence: Duration,
    /// In which at least [`least`](Self::least) bytes have to come.
    pub window: Duration,
    /// How many bytes have to come in a window.
    pub least: u64,
    /// For a whole file.
    pub whole: Duration,
    /// For all that a command asks.
    pub all: Duration,
    /// How often a file is asked for again that may be there the next time.
    pub retries: u32,
    /// The longest pause before that; the next one may be twice as long.
    pub pause: Duration,
}

impl Limits {
    /// Those of commands that change something.
    pub const PATIENT: Self = Self {
        connect: Duration::from_secs(10),
        silence: Duration::from_secs(20),
        window: Duration::from_secs(30),
        least: 10 << 10,
        whole: Duration::from_secs(600),
        all: Duration::from_secs(1800),
        retries: 3,
        pause: Duration::from_millis(500),
    };

    /// Those of commands that only look.
    pub const BRISK: Self = Self {
        connect: Duration::from_secs(4),
        silence: Duration::from_secs(6),
        window: Duration::from_secs(6),
        whole: Duration::from_secs(30),
        all: Duration::from_secs(60),
        retries: 1,
        ..Self::PATIENT
    };

    /// Those of what is only told beside.
    pub const HASTY: Self = Self {
        connect: Duration::from_secs(3),
        silence: Duration::from_secs(4),
        window: Duration::from_secs(4),
        whole: Duration::from_secs(8),
        all: Duration::from_secs(10),
        retries: 0,
        ..Self::PATIENT
    };
}
