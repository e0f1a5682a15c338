//! Files of web servers: asked for all at once, within limits of time and size, and as whoever the
//! person is to that server alone.
//!
//! The rest of the program waits; here, on one thread's runtime that is made when it is first
//! needed, many answers are waited for at once. **No byte is believed before its size is, and no
//! answer is waited for without an end.**

mod credentials;
mod failure;
mod fetch;
mod limits;
mod netrc;
mod proxy;
mod roots;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::header::HeaderValue;
use reqwest::{Client, Url};
use tokio::runtime::Runtime;

pub use credentials::{Credentials, is_loopback, token_name};
use fetch::Fetch;
pub use limits::Limits;
use proxy::Proxies;

use crate::error::{Error, Result};

/// How many files are asked for at once, of one server or several.
const AT_ONCE: usize = 16;

/// The client of web servers: a handle, of which all copies share connections. Nothing is made
/// before a file is asked for.
#[derive(Clone, Default)]
pub struct Http {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    runtime: Mutex<Option<Runtime>>,
    /// By whether servers are reached encrypted, and whether they are this machine's.
    clients: [[OnceLock<Client>; 2]; 2],
    /// For how many milliseconds servers were waited for.
    waited: AtomicU64,
    proxies: OnceLock<Proxies>,
    /// Whether a server was reached encrypted: what comes next shares its connection, if it can.
    is_met: AtomicBool,
    /// How many bytes came so far, for whoever shows it.
    came: AtomicU64,
}

impl Drop for Shared {
    fn drop(&mut self) {
        // A name that is still being looked up is not waited for.
        let runtime = self
            .runtime
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http")
    }
}

/// What tells whether a file is still what it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The server's name for these bytes.
    pub etag: Option<String>,
    /// When the file was changed, as the server says it.
    pub modified: Option<String>,
}

impl Validators {
    /// Returns whether a server can be told them.
    pub fn can_be_sent(&self) -> bool {
        let mut values = self.etag.iter().chain(&self.modified);
        values.all(|value| HeaderValue::from_str(value).is_ok())
    }
}

/// A file to ask for.
#[derive(Clone, Debug)]
pub struct FileRequest {
    /// Where it is.
    pub url: Url,
    /// How many bytes it may have.
    pub most: u64,
    /// Whether it may have changed since anybody on the way kept a copy.
    pub changes: bool,
    /// What is kept of it; nothing where it is wanted in any case.
    pub kept: Option<Validators>,
}

/// What a server says of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerAnswer {
    /// Its bytes, and what tells whether they are still the same another time.
    File(Bytes, Validators),
    /// What is kept is still the same.
    Same,
    /// There is no such file.
    Absent,
}

/// Whom a server is asked as, and how patiently.
#[derive(Clone, Copy, Debug)]
pub struct Manner<'a> {
    /// Where credentials are looked for; `None` asks as nobody.
    pub credentials: Option<&'a Credentials>,
    /// How long is waited.
    pub limits: Limits,
}

impl Http {
    /// Asks for files, all at once, and returns the answers in the order of `asks`.
    ///
    /// # Errors
    /// When one can't be had: with what was wrong, and what to type.
    pub fn get_many(&self, asks: &[FileRequest], manner: Manner<'_>) -> Result<Vec<ServerAnswer>> {
        let Some(first) = asks.first() else {
            return Ok(Vec::new());
        };
        let waited = Duration::from_millis(self.shared.waited.load(Ordering::Relaxed));
        let left = manner.limits.all.saturating_sub(waited);
        if left.is_zero() {
            return Err(failure::too_long(&first.url, manner.limits.all));
        }
        let (limits, end) = (manner.limits, Instant::now() + left);
        let secret = manner
            .credentials
            .and_then(|credentials| credentials.of(&first.url));
        let mut work = Vec::new();
        for (place, ask) in asks.iter().enumerate() {
            let fetch = Fetch {
                http: self.clone(),
                ask: ask.clone(),
                limits,
                end,
                // One server's secret is no other's.
                secret: secret
                    .clone()
                    .filter(|_| ask.url.origin() == first.url.origin()),
            };
            work.push((place, fetch));
        }
        let is_met = &self.shared.is_met;
        let is_alone = first.url.scheme() == "https" && !is_met.load(Ordering::Relaxed);
        let start = Instant::now();
        let answers = self.wait(fetch::all(work, is_alone))?;
        let waited = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.shared.waited.fetch_add(waited, Ordering::Relaxed);
        is_met.store(true, Ordering::Relaxed);
        answers.map_err(|(fetch, failure)| failure.error(&fetch, manner.credentials.is_some()))
    }

    /// Returns how many bytes came since the program started.
    pub fn came(&self) -> u64 {
        self.shared.came.load(Ordering::Relaxed)
    }

    /// Waits on this thread, on the runtime that is made when it is first needed.
    fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let runtime = &self.shared.runtime;
        let mut runtime = runtime.lock().unwrap_or_else(PoisonError::into_inner);
        let runtime = match &mut *runtime {
            Some(runtime) => runtime,
            none => {
                let made = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                let made = made.map_err(|error| Error::io("start", "asking the web", &error))?;
                none.insert(made)
            }
        };
        Ok(runtime.block_on(work))
    }

    /// Returns the client for an address, which is made when it is first needed.
    fn client(&self, url: &Url, limits: Limits) -> Result<&Client> {
        let (is_encrypted, is_here) = (url.scheme() == "https", is_loopback(url));
        let place = &self.shared.clients[usize::from(is_encrypted)][usize::from(is_here)];
        if let Some(client) = place.get() {
            return Ok(client);
        }
        let tls = match is_encrypted {
            true => roots::trusted()?,
            false => roots::none(),
        };
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("agentpkg/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(limits.connect)
            .read_timeout(limits.silence)
            .pool_max_idle_per_host(AT_ONCE);
        // What stays on this machine passes no other one, whatever the environment says.
        let client = match is_here {
            true => client.no_proxy(),
            false => client,
        };
        let client = client
            .build()
            .map_err(|error| Error::user("failed to set up HTTP").cause(failure::reason(&error)))?;
        Ok(place.get_or_init(|| client))
    }

    /// Returns the proxy on the way to an address, and who named it.
    fn proxy_to(&self, url: &Url) -> Option<String> {
        let proxies = self.shared.proxies.get_or_init(Proxies::of_environment);
        proxies.for_url(url).filter(|_| !is_loopback(url))
    }
}
