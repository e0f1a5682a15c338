//! One file of a web server, asked for until it is there or can't be had; and several at once.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use bytes::BytesMut;
use reqwest::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, CONTENT_ENCODING, DATE, ETAG, HeaderMap,
    HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::{Response, StatusCode, Url};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::credentials::{Secret, is_loopback};
use super::failure::{self, Failure};
use super::limits::Limits;
use super::{AT_ONCE, FileRequest, Http, ServerAnswer, Validators};

/// How many bytes a command reads of servers at most.
const MOST: u64 = 512 << 20;
/// How often a server may send elsewhere before the file is there.
const REDIRECTS: usize = 5;
/// How long a server that asks for patience is given at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Waits for all of some files; the first that can't be had ends it. With `is_alone` the others
/// wait until the first is there: over HTTP/2 they share its connection then, instead of each
/// making one.
pub(super) async fn all(
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
pub(super) struct Fetch {
    pub http: Http,
    pub ask: FileRequest,
    pub limits: Limits,
    /// When the command has waited long enough.
    pub end: Instant,
    pub secret: Option<Secret>,
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
            let answer = self.answer(&url).await;
            let answer = answer.map_err(|failure| self.failed_at(&url, failure))?;
            if !is_redirect(answer.status()) {
                let file = self.read(answer).await;
                return file.map_err(|failure| self.failed_at(&url, failure));
            }
            let place = header(answer.headers(), LOCATION).ok_or(Failure::Nowhere)?;
            url = sent_to(&self.ask.url, &url, &place)?;
        }
        Err(Failure::Circle(REDIRECTS))
    }

    /// Returns a failure that names the address, where that isn't the one that was asked for.
    fn failed_at(&self, url: &Url, failure: Failure) -> Failure {
        match *url == self.ask.url {
            true => failure,
            false => Failure::Behind(failure::shown(url), Box::new(failure)),
        }
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
        answer.map_err(|error| Failure::of_request(&error, self.limits, self.http.proxy_to(url)))
    }

    /// Reads a file to its end, within limits.
    async fn read(&self, mut answer: Response) -> std::result::Result<ServerAnswer, Failure> {
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if self.ask.kept.is_some() => return Ok(ServerAnswer::Same),
            StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(ServerAnswer::Absent),
            status => return Err(refused(status, answer.headers())),
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
            let part = part.map_err(|error| Failure::of_request(&error, self.limits, None))?;
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

/// Returns the failure of an answer that is no file, with how long the server asks to wait.
fn refused(status: StatusCode, headers: &HeaderMap) -> Failure {
    let wait = header(headers, RETRY_AFTER).and_then(|seconds| seconds.parse().ok());
    Failure::Status {
        code: status.as_u16(),
        wait: Duration::from_secs(wait.unwrap_or_default()),
        tries: 0,
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
    let date = header(headers, DATE);
    let changed = modified.as_deref().and_then(seconds);
    let is_final = match (changed, date.as_deref().and_then(seconds)) {
        (Some(changed), Some(now)) => changed + 1 < now,
        (Some(_), None) => false,
        (None, _) => true,
    };
    match is_final {
        true => Validators {
            etag: header(headers, ETAG),
            modified,
        },
        false => Validators::default(),
    }
}

/// Returns a server's date in seconds since 1970.
fn seconds(date: &str) -> Option<u64> {
    let time = httpdate::parse_http_date(date).ok()?;
    let since = time.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
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
