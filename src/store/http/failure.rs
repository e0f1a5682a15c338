//! Why a file can't be had of a server: what was seen, and the sentence for it.

use std::error::Error as _;
use std::time::Duration;

use reqwest::Url;
use rustls::CertificateError;

use super::{Fetch, FileRequest, Limits, credentials};
use crate::error::Error;
use crate::words;

/// What was seen.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// It is this machine that can't ask.
    Here(Box<Error>),
    /// There is no way to the server, or to the proxy before it.
    Unreachable {
        /// Why, in the system's words.
        why: String,
        proxy: Option<String>,
        /// Whether the name of the server is unknown.
        is_unknown: bool,
    },
    /// No connection within this time.
    Unconnected(Duration, Option<String>),
    /// The proxy refuses the way.
    Refused(String, Option<String>),
    /// The server's certificate isn't trusted, or is another one's.
    Untrusted(String),
    /// It can't be spoken to encrypted.
    Unencrypted(String),
    /// The connection ended, or what came isn't HTTP.
    Broken(String, u32),
    /// No byte for this time.
    Silent(Duration),
    /// So many bytes in this time.
    Slow(u64, Duration),
    /// Not all of it within this time.
    Late(Duration),
    /// Not all that the command asks within this time.
    Over(Duration),
    /// More bytes than there may be.
    Large(u64),
    /// More bytes than a command reads.
    Flood(u64),
    /// An answer that is no file.
    Status {
        code: u16,
        /// How long the server wants to be left alone.
        wait: Duration,
        /// How often it was asked again.
        tries: u32,
    },
    /// Sent elsewhere too often.
    Circle(usize),
    /// Sent to where everybody on the way can change what is read.
    Unsafe(String),
    /// Sent to what is no address.
    Nowhere,
    /// Sent to another server, where this was seen.
    Behind(String, Box<Failure>),
    /// Compressed, although nobody asked for that.
    Encoded(String),
}

impl Failure {
    /// Returns what an error of the client was.
    pub fn of_request(error: &reqwest::Error, limits: Limits, proxy: Option<String>) -> Self {
        match encryption(error) {
            Some(rustls::Error::InvalidCertificate(why)) => return Self::Untrusted(invalid(why)),
            Some(rustls::Error::InvalidMessage(_)) => {
                let why = "that port doesn't speak TLS: it isn't one of https".to_owned();
                return Self::Unencrypted(why);
            }
            Some(other) => return Self::Unencrypted(format!("TLS failed: {other}")),
            None => {}
        }
        if error.is_connect() {
            let why = reason(error);
            if error.is_timeout() {
                return Self::Unconnected(limits.connect, proxy);
            } else if why.contains("tunnel") {
                return Self::Refused(why, proxy);
            }
            let is_unknown = error.is_dns();
            return Self::Unreachable {
                why,
                proxy,
                is_unknown,
            };
        } else if error.is_timeout() {
            return Self::Silent(limits.silence);
        }
        Self::Broken(reason(error), 0)
    }

    /// Returns the least pause after which asking again may help; nothing where it can't.
    ///
    /// | what was seen | asked again |
    /// |---|---|
    /// | the connection was refused or ended | yes: a server that starts anew |
    /// | 408, 429, 500, 502, 503, 504 | yes, not before it says |
    /// | a limit of time was met | no: it would take as long again |
    /// | all else | no: the answer would be the same |
    pub fn pause(&self) -> Option<Duration> {
        match self {
            Self::Broken(..) => Some(Duration::ZERO),
            Self::Unreachable { is_unknown, .. } => (!is_unknown).then_some(Duration::ZERO),
            Self::Status { code, wait, .. } => {
                matches!(code, 408 | 429 | 500 | 502 | 503 | 504).then_some(*wait)
            }
            Self::Behind(_, failure) => failure.pause(),
            _ => None,
        }
    }

    /// Says how often it was tried again.
    pub fn after(mut self, again: u32) -> Self {
        match &mut self {
            Self::Status { tries, .. } | Self::Broken(_, tries) => *tries = again,
            Self::Behind(_, failure) => **failure = failure.clone().after(again),
            _ => {}
        }
        self
    }

    /// Returns the error for whoever reads it; `signed` says whether credentials were looked for.
    pub fn error(&self, fetch: &Fetch, signed: bool) -> Error {
        if let Self::Here(error) = self {
            return (**error).clone();
        }
        let FileRequest { url, .. } = &fetch.ask;
        let error = Error::user(format!("failed to read `{}`", shown(url))).cause(self.cause());
        match self {
            Self::Unreachable { proxy: None, .. } | Self::Unconnected(_, None) => {
                let error = error.hint_command("to go on with what was read before", "--offline");
                match credentials::is_loopback(url) {
                    true => error,
                    false => error.hint_command(
                        "behind a proxy, name it",
                        format!(
                            "export {}_PROXY=http://HOST:PORT",
                            url.scheme().to_ascii_uppercase()
                        ),
                    ),
                }
            }
            Self::Unreachable { .. } | Self::Unconnected(..) | Self::Refused(..) => {
                let host = url.host_str().unwrap_or_default();
                error.hint_command(
                    "where no proxy is needed",
                    format!("export NO_PROXY={}", words::shell_quoted(host)),
                )
            }
            Self::Untrusted(_) => error.hint_command(
                "if it is your organisation's own, name its root certificates",
                "export SSL_CERT_FILE=FILE.pem",
            ),
            Self::Status { code: 401, .. } | Self::Status { code: 403, .. } => {
                sign_in(error, url, signed, fetch.secret.is_some())
            }
            Self::Status { code: 407, .. } => error.command(format!(
                "export {}_PROXY=http://USER:PASSWORD@HOST:PORT",
                url.scheme().to_ascii_uppercase()
            )),
            Self::Behind(_, failure)
                if matches!(
                    **failure,
                    Self::Status {
                        code: 401 | 403,
                        ..
                    }
                ) =>
            {
                error
                    .note("credentials for one server are not sent to another that it redirects to")
            }
            _ => {
                let place = words::shell_quoted(&shown(url));
                error.hint_command("see what it answers", format!("curl -I {place}"))
            }
        }
    }

    /// Returns what was seen, as a sentence.
    fn cause(&self) -> String {
        match self {
            Self::Here(error) => error.message().to_owned(),
            Self::Unreachable { why, proxy, .. } => format!("{why}{}", through(proxy.as_deref())),
            Self::Unconnected(limit, proxy) => {
                format!(
                    "no connection within {} s{}",
                    limit.as_secs(),
                    through(proxy.as_deref())
                )
            }
            Self::Refused(why, proxy) => format!("{why}{}", through(proxy.as_deref())),
            Self::Untrusted(why) | Self::Unencrypted(why) => why.clone(),
            Self::Broken(why, tries) => format!("{why}{}", again(*tries)),
            Self::Silent(limit) => format!("it sent nothing for {} s", limit.as_secs_f32()),
            Self::Slow(bytes, time) => {
                format!(
                    "it is too slow: {bytes} bytes in {:.0} s",
                    time.as_secs_f32()
                )
            }
            Self::Late(limit) => format!("it took longer than {} s", limit.as_secs_f32()),
            Self::Over(limit) => over(*limit),
            Self::Large(most) => format!("it is larger than {}", size(*most)),
            Self::Flood(most) => format!("the command's downloads are larger than {}", size(*most)),
            Self::Status { code, tries, .. } => {
                let code = reqwest::StatusCode::from_u16(*code);
                let code = code.map_or_else(|_| "nothing".to_owned(), |code| code.to_string());
                format!("it answers {code}{}", again(*tries))
            }
            Self::Circle(most) => format!("it redirects more than {most} times"),
            Self::Unsafe(place) => {
                format!("it redirects to `{place}`, which isn't encrypted")
            }
            Self::Behind(place, failure) => {
                format!("it redirects to `{place}`: {}", failure.cause())
            }
            Self::Nowhere => "it redirects, and doesn't say where".to_owned(),
            Self::Encoded(encoding) => {
                let encoding: String = encoding.chars().take(40).collect();
                format!("it is compressed as `{encoding}`, which nobody asked for")
            }
        }
    }
}

fn through(proxy: Option<&str>) -> String {
    proxy.map_or(String::new(), |proxy| format!(" (through {proxy})"))
}

fn over(all: Duration) -> String {
    format!(
        "the command's requests took longer than {} s",
        all.as_secs_f32()
    )
}

/// Returns the error for a command that waited for servers as long as it may.
pub(super) fn too_long(url: &Url, all: Duration) -> Error {
    Error::user(format!("failed to read `{}`", shown(url)))
        .cause(over(all))
        .hint_command("to go on with what was read before", "--offline")
}

/// Adds how one signs in at a server.
fn sign_in(error: Error, url: &Url, signed: bool, had: bool) -> Error {
    let name = credentials::token_name(url);
    if !signed {
        return error
            .note(
                "no credentials were sent: only `agentpkg.toml` names this server, and nobody \
                 here has used it",
            )
            .hint_command(
                "name it yourself",
                format!("--registry {}", words::shell_quoted(&base(url))),
            );
    }
    if url.scheme() != "https" && !credentials::is_loopback(url) {
        return error.note(
            "credentials are not sent over plain HTTP: anybody on the network could read them",
        );
    }
    let error = match had {
        true => error.note("the token or the password that is known here was refused"),
        false => error.note("neither a token nor a password is known here"),
    };
    let error = match name {
        Some(name) => error.command(format!("export {name}=TOKEN")),
        None => error,
    };
    error.hint("write a `machine` line in `~/.netrc`")
}

/// Returns the start of an address, with which it is told from others.
fn base(url: &Url) -> String {
    format!("{}/", url.origin().ascii_serialization())
}

fn again(tries: u32) -> String {
    match tries {
        0 => String::new(),
        _ => format!(", {} times", tries + 1),
    }
}

fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{} kB", bytes >> 10),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

/// Returns an address without who signs in, and without what follows a question mark: that may be
/// a secret.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Neither fails for an address that has a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.to_string()
}

/// Returns what went wrong with the encryption, if that is what an error is about.
fn encryption(error: &reqwest::Error) -> Option<&rustls::Error> {
    let mut next = error.source();
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<rustls::Error>() {
            return Some(error);
        }
        // An error of the system that wraps another is no source of that.
        let wrapped = error.downcast_ref::<std::io::Error>();
        let wrapped = wrapped.and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

fn invalid(why: &CertificateError) -> String {
    match why {
        CertificateError::UnknownIssuer => {
            "this machine doesn't trust its certificate: the issuer is unknown here".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate isn't valid yet; see whether the clock is right".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is another server's".to_owned()
        }
        other => format!("its certificate is not valid: {other}"),
    }
}

/// Returns the innermost reason of an error of the client, in one line, and without addresses.
pub(super) fn reason(error: &reqwest::Error) -> String {
    let mut reason = "the connection failed".to_owned();
    let mut source = error.source();
    while let Some(error) = source {
        reason = error.to_string();
        source = error.source();
    }
    let line = reason.lines().next().unwrap_or_default();
    let line = line.split(" (os error").next().unwrap_or(line);
    let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
    let mut letters = line.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).take(200).collect(),
        None => "the connection failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_what_may_be_secret() {
        let url = Url::parse("https://me:secret@a.example.org/x?token=secret#y").unwrap();
        assert_eq!(shown(&url), "https://a.example.org/x");
    }

    #[test]
    fn what_may_pass_is_asked_for_again() {
        let status = |code: u16| Failure::Status {
            code,
            wait: Duration::from_secs(2),
            tries: 0,
        };
        for code in [408, 429, 500, 502, 503, 504] {
            assert_eq!(status(code).pause(), Some(Duration::from_secs(2)), "{code}");
        }
        for failure in [
            status(401),
            status(403),
            status(501),
            Failure::Large(1),
            Failure::Late(Duration::ZERO),
            Failure::Silent(Duration::ZERO),
            Failure::Circle(5),
        ] {
            assert_eq!(failure.pause(), None, "{failure:?}");
        }
    }
}
