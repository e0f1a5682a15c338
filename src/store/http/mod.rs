//! Files of web servers: asked for all at once, within limits of time and size, and as whoever the
//! person is to that server alone.
//!
//! The rest of the program waits; here, on one thread's runtime that is made when it is first
//! needed, many answers are waited for at once. **No byte is believed before its size is, and no
//! answer is waited for without an end.**

mod credentials;
mod failure;
mod netrc;
mod proxy;
mod roots;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, DATE, ETAG, HeaderMap,
    HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION,
    RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, Url};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

pub use credentials::{Credentials, is_loopback, token_name};

use self::credentials::Secret;
use self::failure::Failure;
use self::proxy::Proxies;
use crate::error::{Error, Result};

/// How many files are asked for at once, of one server or several.
const AT_ONCE: usize = 16;
/// How many bytes a command reads of servers at most.
const MOST: u64 = 512 << 20;
/// How often a server may send elsewhere before the file is there.
const REDIRECTS: usize = 5;
/// How long a server that asks for patience is given at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

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
        let answers = self.wait(all(work, is_alone))?;
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
        proxies.of(url).filter(|_| !is_loopback(url))
    }
}

/// Waits for all of some files; the first that can't be had ends it. With `is_alone` the others
/// wait until the first is there: over HTTP/2 they share its connection then, instead of each
/// making one.
async fn all(
    work: Vec<(usize, Fetch)>,
    is_alone: bool,
) -> std::result::Result<Vec<ServerAnswer>, (Box<Fetch>, Failure)> {
    let mut answers: Vec<Option<ServerAnswer>> = vec![None; work.len()];
    let mut waiting = work.into_iter();
    let mut running = JoinSet::new();
    let mut most = if is_alone { 1 } else { AT_ONCE };
    loop {
        while running.len() < most
            && let Some((place, fetch)) = waiting.next()
        {
            running.spawn(async move {
                let answer = fetch.to_its_end().await;
                (place, fetch, answer)
            });
        }
        let Some(ended) = running.join_next().await else {
            break;
        };
        most = AT_ONCE;
        let (place, fetch, answer) = ended.expect("no file is given up, and none panics");
        match answer {
            Ok(answer) => answers[place] = Some(answer),
            Err(failure) => return Err((Box::new(fetch), failure)),
        }
    }
    let answers = answers.into_iter();
    Ok(answers
        .map(|one| one.expect("each was waited for"))
        .collect())
}

/// One file, as it is asked for.
struct Fetch {
    http: Http,
    ask: FileRequest,
    limits: Limits,
    /// When the command has waited long enough.
    end: Instant,
    secret: Option<Secret>,
}

impl Fetch {
    /// Asks, and asks again where that may help.
    async fn to_its_end(&self) -> std::result::Result<ServerAnswer, Failure> {
        let mut tries = 0;
        loop {
            let left = self.end.saturating_duration_since(Instant::now());
            let answer = timeout(self.limits.whole.min(left), self.once()).await;
            let failure = match answer {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => failure,
                Err(_) if left < self.limits.whole => Failure::Over(self.limits.all),
                Err(_) => Failure::Late(self.limits.whole),
            };
            let Some(asked) = failure.pause().filter(|_| tries < self.limits.retries) else {
                return Err(failure.after(tries));
            };
            let pause = asked
                .min(LONGEST_PAUSE)
                .max(jitter(self.limits.pause * 2_u32.pow(tries)));
            if Instant::now() + pause >= self.end {
                return Err(failure.after(tries));
            }
            sleep(pause).await;
            tries += 1;
        }
    }

    /// Asks once, wherever the server sends.
    async fn once(&self) -> std::result::Result<ServerAnswer, Failure> {
        let mut url = self.ask.url.clone();
        for _ in 0..=REDIRECTS {
            let behind = |failure| match url == self.ask.url {
                true => failure,
                false => Failure::Behind(failure::shown(&url), Box::new(failure)),
            };
            let answer = self.answer(&url).await.map_err(behind)?;
            if !is_redirect(answer.status()) {
                return self.read(answer).await.map_err(behind);
            }
            let place = header(answer.headers(), LOCATION).ok_or(Failure::Nowhere)?;
            url = sent_to(&self.ask.url, &url, &place)?;
        }
        Err(Failure::Circle(REDIRECTS))
    }

    /// Returns what the server at one address begins to say.
    async fn answer(&self, url: &Url) -> std::result::Result<Response, Failure> {
        let client = self.http.client(url, self.limits);
        let client = client.map_err(|error| Failure::Here(Box::new(error)))?;
        let mut request = client.get(url.clone());
        request = request.header(ACCEPT_ENCODING, "identity");
        if self.ask.changes {
            request = request.header(CACHE_CONTROL, "no-cache");
        }
        let kept = self.ask.kept.iter();
        for Validators { etag, modified } in kept {
            for (name, value) in [(IF_NONE_MATCH, etag), (IF_MODIFIED_SINCE, modified)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
        }
        // Credentials belong to an origin, whoever sends elsewhere.
        if let Some(secret) = &self.secret
            && url.origin() == self.ask.url.origin()
        {
            request = request.header(AUTHORIZATION, secret.header());
        }
        let answer = request.send().await;
        answer.map_err(|error| Failure::of(&error, self.limits, self.http.proxy_to(url)))
    }

    /// Reads a file to its end, within limits.
    async fn read(&self, mut answer: Response) -> std::result::Result<ServerAnswer, Failure> {
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if self.ask.kept.is_some() => return Ok(ServerAnswer::Same),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(ServerAnswer::Absent),
            status => {
                let wait = header(answer.headers(), RETRY_AFTER);
                let wait = wait.and_then(|seconds| seconds.parse().ok());
                return Err(Failure::Status {
                    code: status.as_u16(),
                    wait: Duration::from_secs(wait.unwrap_or_default()),
                    tries: 0,
                });
            }
        }
        // An archive is compressed as it is, and some servers say so.
        let encoding = header(answer.headers(), CONTENT_ENCODING);
        if let Some(encoding) =
            encoding.filter(|encoding| self.ask.changes && encoding != "identity")
        {
            return Err(Failure::Encoded(encoding));
        }
        let most = self.ask.most;
        if answer.content_length().is_some_and(|length| length > most) {
            return Err(Failure::Large(most));
        }
        let validators = validators(answer.headers());
        let mut bytes = BytesMut::new();
        let (mut start, mut before) = (Instant::now(), 0);
        loop {
            let part = answer.chunk().await;
            let part = part.map_err(|error| Failure::of(&error, self.limits, None))?;
            let Some(part) = part else {
                return Ok(ServerAnswer::File(bytes.freeze(), validators));
            };
            let came = &self.http.shared.came;
            let in_all = came.fetch_add(part.len() as u64, Ordering::Relaxed) + part.len() as u64;
            if in_all > MOST {
                return Err(Failure::Flood(MOST));
            }
            bytes.extend_from_slice(&part);
            let came = bytes.len() as u64;
            if came > most {
                return Err(Failure::Large(most));
            }
            if start.elapsed() >= self.limits.window {
                if came - before < self.limits.least {
                    return Err(Failure::Slow(came - before, start.elapsed()));
                }
                (start, before) = (Instant::now(), came);
            }
        }
    }
}

/// Returns the address that a server at `url` sends to; `first` is the one that was asked for.
///
/// **Nobody on the way gets to change what is read who couldn't before**: from an encrypted address
/// only to another one, and from one of this machine to no other machine's that isn't.
fn sent_to(first: &Url, url: &Url, place: &str) -> std::result::Result<Url, Failure> {
    let mut next = url.join(place).map_err(|_| Failure::Nowhere)?;
    // Whoever sends names nobody who signs in.
    let _ = next.set_username("");
    let _ = next.set_password(None);
    let is_plain = url.scheme() == "http" && next.scheme() == "http";
    let is_plain_safe = is_plain && (is_loopback(&next) || is_plain_elsewhere(first));
    match next.scheme() == "https" || is_plain_safe {
        true => Ok(next),
        false => Err(Failure::Unsafe(failure::shown(&next))),
    }
}

/// Whether an address is one of plain HTTP on another machine: somebody permitted that.
fn is_plain_elsewhere(url: &Url) -> bool {
    url.scheme() == "http" && !is_loopback(url)
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn header(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?.trim();
    Some(value.to_owned())
}

/// Returns what tells whether a file is still the same.
///
/// **Nothing where it may change once more within the second that it was changed in**: nginx's tag
/// is that second and the size, so that other bytes of one size get the same (RFC 9110, section
/// 8.8.2.2, asks for the same distance before a date is relied on).
fn validators(headers: &HeaderMap) -> Validators {
    let modified = header(headers, LAST_MODIFIED);
    let second = |text: Option<String>| {
        let time = httpdate::parse_http_date(&text?).ok()?;
        let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(since.as_secs())
    };
    let changed = second(modified.clone());
    let is_settled = match (changed, second(header(headers, DATE))) {
        (Some(changed), Some(now)) => changed + 1 < now,
        (Some(_), None) => false,
        (None, _) => true,
    };
    match is_settled {
        true => Validators {
            etag: header(headers, ETAG),
            modified,
        },
        false => Validators::default(),
    }
}

/// Returns a time up to `longest`: others wait for other times.
fn jitter(longest: Duration) -> Duration {
    let mut random = [0; 2];
    let part = match getrandom::fill(&mut random) {
        Ok(()) => u32::from(u16::from_le_bytes(random)),
        Err(_) => u32::from(u16::MAX),
    };
    longest / 2 + longest / 2 * part / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(HeaderName, &str)], is_kept: bool) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(name, value.parse().unwrap());
        }
        assert_eq!(validators(&map) != Validators::default(), is_kept);
    }

    #[test]
    fn what_may_change_within_its_second_is_not_asked_about_again() {
        let at = |second: u32| format!("Sun, 29 Nov 2026 10:00:{second:02} GMT");
        let tag = (ETAG, "\"6565e4a0-1f4\"");
        let (changed, date) = (at(10), |second| (DATE, at(second)));
        let modified = (LAST_MODIFIED, changed.as_str());
        for (second, is_kept) in [(9, false), (10, false), (11, false), (12, true), (50, true)] {
            let (name, text) = date(second);
            check(&[tag.clone(), modified.clone(), (name, &text)], is_kept);
        }
        check(&[tag.clone(), modified], false);
        check(&[tag], true);
        check(&[], false);
    }

    #[test]
    fn a_server_sends_to_nowhere_that_is_less_safe() {
        let check = |url: &str, place: &str, expected: Option<&str>| {
            let url = Url::parse(url).unwrap();
            let sent = sent_to(&url, &url, place).ok();
            let expected = expected.map(|expected| Url::parse(expected).unwrap());
            assert_eq!(sent, expected, "{url} {place}");
        };
        let (home, away) = ("http://127.0.0.1:8080/a/b", "https://a.example.org/a/b");
        check(away, "c", Some("https://a.example.org/a/c"));
        check(away, "//b.example.org/c", Some("https://b.example.org/c"));
        check(
            away,
            "https://me:secret@b.example.org/",
            Some("https://b.example.org/"),
        );
        check(away, "http://a.example.org/a/b", None);
        check(away, "http://127.0.0.1/", None);
        check(away, "ftp://a.example.org/", None);
        check(away, "file:///etc/passwd", None);
        check(home, "/c", Some("http://127.0.0.1:8080/c"));
        check(
            home,
            "https://a.example.org/",
            Some("https://a.example.org/"),
        );
        check(home, "http://[::1]/", Some("http://[::1]/"));
        check(home, "http://a.example.org/", None);
        let permitted = "http://a.example.org/";
        check(
            permitted,
            "http://b.example.org/",
            Some("http://b.example.org/"),
        );
    }

    #[test]
    fn a_pause_is_between_half_and_whole() {
        for _ in 0..100 {
            let pause = jitter(Duration::from_millis(400));
            assert!((200..=400).contains(&pause.as_millis()), "{pause:?}");
        }
    }
}
