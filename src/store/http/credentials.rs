//! Who one is at a server.
//!
//! **Credentials belong to an origin**: they are looked for under a server's own name, whatever a
//! clone calls it, sent to that server alone and encrypted, and never printed.

use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::Url;
use reqwest::header::HeaderValue;

use super::netrc::{self, Login};
use crate::store::fs;
use crate::store::surroundings::Surroundings;

/// How many bytes of `~/.netrc` are read.
const LARGEST: usize = 1 << 20;

/// Where credentials are looked for: the first that has some.
///
/// | place | what it is sent as |
/// |---|---|
/// | `AGENTPKG_TOKEN_<HOST>` | a bearer's token; with a colon in it, a name and a password |
/// | `$NETRC`, else `~/.netrc` | a name and a password |
/// | `git credential fill`, in no repository | a name and a password |
pub struct Credentials {
    surroundings: Surroundings,
    /// What was found, by origin: nobody is asked twice.
    found: Mutex<Vec<(String, Option<Secret>)>>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

/// What a server is told about who asks. It can't be printed.
#[derive(Clone)]
pub(super) struct Secret(HeaderValue);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// Returns the header's value, which is marked so that nothing prints it.
    pub fn header(&self) -> HeaderValue {
        self.0.clone()
    }

    fn new(text: &str) -> Option<Self> {
        let mut value = HeaderValue::from_str(text).ok()?;
        value.set_sensitive(true);
        Some(Self(value))
    }

    fn token(token: &str) -> Option<Self> {
        match token.split_once(':') {
            Some((name, password)) => Self::basic(&Login {
                name: name.to_owned(),
                password: password.to_owned(),
            }),
            None => Self::new(&format!("Bearer {token}")),
        }
    }

    fn basic(login: &Login) -> Option<Self> {
        let pair = format!("{}:{}", login.name, login.password);
        Self::new(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
    }
}

impl Default for Credentials {
    fn default() -> Self {
        Self::new(Surroundings::default())
    }
}

impl Credentials {
    /// Returns the places of this process; nothing is read yet.
    pub fn new(surroundings: Surroundings) -> Self {
        Self {
            surroundings,
            found: Mutex::default(),
        }
    }

    /// Returns who one is at the server of an address; nobody where everybody on the way would see
    /// it.
    pub(super) fn of(&self, url: &Url) -> Option<Secret> {
        if url.scheme() != "https" && !is_loopback(url) {
            return None;
        }
        let origin = url.origin().ascii_serialization();
        let mut found = self.found.lock().ok()?;
        if let Some((_, secret)) = found.iter().find(|(known, _)| *known == origin) {
            return secret.clone();
        }
        let secret = self.look_for(url);
        found.push((origin, secret.clone()));
        secret
    }

    /// Returns whether the environment has a token for the server of an address.
    pub fn has_token(&self, url: &Url) -> bool {
        let token = token_name(url).and_then(|name| self.surroundings.variable(&name));
        token.is_some_and(|token| !token.is_empty())
    }

    fn look_for(&self, url: &Url) -> Option<Secret> {
        let token = token_name(url).and_then(|name| self.surroundings.variable(&name));
        let token = token.and_then(|token| token.into_string().ok());
        if let Some(token) = token.filter(|token| !token.trim().is_empty()) {
            return Secret::token(token.trim());
        }
        let host = authority(url);
        let login = self.in_netrc(&host).or_else(|| self.of_git(url, &host))?;
        Secret::basic(&login)
    }

    fn in_netrc(&self, host: &str) -> Option<Login> {
        let place = match self.surroundings.variable("NETRC") {
            Some(place) => PathBuf::from(place),
            None => PathBuf::from(self.surroundings.variable("HOME")?).join(".netrc"),
        };
        let bytes = fs::read_own(&place, LARGEST)?;
        netrc::login(&String::from_utf8(bytes).ok()?, host)
    }

    /// Asks git's helpers, which reach everybody's keychain; they ask nobody.
    fn of_git(&self, url: &Url, host: &str) -> Option<Login> {
        let scheme = url.scheme();
        let path = url.path().trim_start_matches('/');
        let input = format!("protocol={scheme}\nhost={host}\npath={path}\n\n");
        let mut command = self.surroundings.git();
        command.args(["-c", "core.askPass=", "credential", "fill"]);
        command.env("GIT_ASKPASS", "").env("SSH_ASKPASS", "");
        let said = self.surroundings.ask(&mut command, input.as_bytes()).ok()?;
        let said = String::from_utf8(said.output).ok()?;
        Some(Login {
            name: field(&said, "username").unwrap_or_default().to_owned(),
            password: field(&said, "password")?.to_owned(),
        })
    }
}

/// Returns what a line `NAME=` of a helper's answer says.
fn field<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = answer.lines();
    lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

/// Returns the name of the variable that has the token for a server: its name in capital letters
/// with dots as `_` and dashes as `__`, and a port that isn't the usual one behind it. Nothing for
/// a server whose variable might be another one's.
pub fn token_name(url: &Url) -> Option<String> {
    let mut name = "AGENTPKG_TOKEN_".to_owned();
    let host = authority(url);
    if host.contains("..") || host.starts_with('.') || host.contains(".:") || host.ends_with('.') {
        return None;
    }
    for letter in host.chars() {
        match letter {
            '-' => name.push_str("__"),
            '.' | ':' => name.push('_'),
            letter if letter.is_ascii_alphanumeric() => name.push(letter.to_ascii_uppercase()),
            _ => return None,
        }
    }
    Some(name)
}

/// Returns a server's name, with its port where that isn't the usual one.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// Returns whether a server is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_token_is_named_after_its_server() {
        for (address, name) in [
            ("https://agents.example.org/x/", "AGENTS_EXAMPLE_ORG"),
            ("https://my-agents.example.org/", "MY__AGENTS_EXAMPLE_ORG"),
            ("https://a.example.org:8443/", "A_EXAMPLE_ORG_8443"),
            ("http://127.0.0.1:80/", "127_0_0_1"),
        ] {
            let name = format!("AGENTPKG_TOKEN_{name}");
            assert_eq!(token_name(&url(address)), Some(name));
        }
        for address in [
            "https://my_agents.example.org/",
            "https://a..b/",
            "https://[::1]/",
        ] {
            assert_eq!(token_name(&url(address)), None, "{address}");
        }
    }

    #[test]
    fn a_secret_is_sent_encrypted_or_to_this_machine_and_never_printed() {
        let surroundings = Surroundings::default()
            .with("AGENTPKG_TOKEN_A_EXAMPLE_ORG", "a-token")
            .with("AGENTPKG_TOKEN_LOCALHOST", "me:a-password");
        let credentials = Credentials::new(surroundings);
        let secret = credentials.of(&url("https://a.example.org/")).unwrap();
        assert_eq!(secret.header(), "Bearer a-token");
        let shown = format!("{secret:?} {credentials:?} {:?}", secret.header());
        assert!(
            !shown.contains("a-token") && !shown.contains("a-password"),
            "{shown}"
        );
        assert!(credentials.of(&url("http://a.example.org/")).is_none());
        let secret = credentials.of(&url("http://localhost/")).unwrap();
        assert_eq!(secret.header(), "Basic bWU6YS1wYXNzd29yZA==");
    }
}
