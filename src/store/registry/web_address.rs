//! The address of a registry on a web server.

use std::fmt;

use reqwest::Url;

use crate::error::{Error, Result};
use crate::store::http::is_loopback;

/// Where on a web server a registry is: a folder, as its files' addresses start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress {
    base: Url,
}

impl WebAddress {
    /// Reads `https://HOST[:PORT]/[PATH]`, or `http://`.
    ///
    /// # Errors
    /// When it is anything else, or has more: who signs in, a question, a part.
    pub(super) fn parse(written: &str) -> Result<Self> {
        // The reader of addresses passes over white space that a person would see.
        if written
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace())
        {
            return Err(refused(
                written,
                "it has white space or a control character",
            ));
        }
        if !written.contains("://") {
            return Err(refused(written, "it lacks a slash"));
        }
        let mut base = Url::parse(written).map_err(|error| refused(written, &error.to_string()))?;
        if base.host_str().is_none_or(str::is_empty) {
            return Err(refused(written, "it names no host"));
        } else if !base.username().is_empty() || base.password().is_some() {
            return Err(Error::user(format!(
                "an address of `{}` holds who signs in, and an address is printed and recorded",
                base.host_str().unwrap_or_default()
            ))
            .hint("leave it out; docs/registry.md says where credentials are looked for"));
        } else if base.query().is_some() {
            return Err(refused(written, "it asks a question"));
        } else if base.fragment().is_some() {
            return Err(refused(written, "only a git repository has branches")
                .hint(format!("a git repository: git+{written}")));
        }
        // The address of one of its files was copied.
        let path = base.path();
        let path = path.strip_suffix("/registry.json").unwrap_or(path);
        let path = format!("{}/", path.trim_end_matches('/'));
        base.set_path(&path);
        Ok(Self { base })
    }

    /// Returns the address of one of its files.
    pub(super) fn of(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path()));
        url
    }

    /// Returns the host as programs that sign in know it, with its port where that isn't the usual.
    pub fn host(&self) -> String {
        let host = self.base.host_str().unwrap_or_default();
        match self.base.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Returns whether everybody on the way can change what is read.
    pub fn is_insecure(&self) -> bool {
        self.base.scheme() != "https" && !is_loopback(&self.base)
    }

    /// Returns why nothing can be written there; `what` was to be done: "publish a 1.0.0".
    pub(super) fn read_only(&self, what: &str) -> Error {
        Error::user(format!(
            "failed to {what}: `{self}` is a web server, which can only be read"
        ))
        .note("nothing was published")
        .hint_command(
            "name what it serves, a folder or a git repository",
            "--registry ADDRESS",
        )
    }

    /// Returns the address itself.
    pub fn url(&self) -> &Url {
        &self.base
    }
}

fn refused(written: &str, why: &str) -> Error {
    let shown = without_secrets(written);
    Error::user(format!("`{shown}` is not the address of a registry: {why}"))
        .hint("write it as `https://HOST/PATH/`")
}

/// Returns whether a text is meant as the address of a web server, however it is spelled.
pub(super) fn is_web(written: &str) -> bool {
    let scheme = written.split(':').next().unwrap_or_default();
    let is_it = ["http", "https"]
        .iter()
        .any(|one| scheme.eq_ignore_ascii_case(one));
    is_it && written[scheme.len()..].starts_with(":/")
}

/// Returns the start of what may be an address, without what may be a secret in it: who signs in,
/// and what is asked.
fn without_secrets(written: &str) -> String {
    let end = written.find(['?', '#']).unwrap_or(written.len());
    let (scheme, rest) = written[..end]
        .split_once(':')
        .unwrap_or(("", &written[..end]));
    let shown = match rest.rsplit_once('@') {
        Some((_, rest)) => format!("{scheme}://…@{rest}"),
        None => written[..end].to_owned(),
    };
    let shown: String = shown.chars().take(80).collect();
    shown.escape_debug().to_string()
}

impl fmt::Display for WebAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, base: &str, is_insecure: bool) {
        let address = WebAddress::parse(written).unwrap();
        assert_eq!(
            (address.to_string().as_str(), address.is_insecure()),
            (base, is_insecure)
        );
        let file = address.of("index/a.json").to_string();
        assert_eq!(file, format!("{base}index/a.json"));
    }

    #[test]
    fn an_address_is_a_folder_of_a_server() {
        check(
            "https://Agents.Example.org",
            "https://agents.example.org/",
            false,
        );
        check(
            "https://agents.example.org:443/a/b",
            "https://agents.example.org/a/b/",
            false,
        );
        check(
            "https://agents.example.org/a//",
            "https://agents.example.org/a/",
            false,
        );
        check(
            "https://agents.example.org/a/registry.json",
            "https://agents.example.org/a/",
            false,
        );
        check(
            "https://agents.example.org/a%20b/",
            "https://agents.example.org/a%20b/",
            false,
        );
        check(
            "http://agents.example.org:8080/",
            "http://agents.example.org:8080/",
            true,
        );
        for host in ["127.0.0.1:8080", "localhost", "[::1]:1", "127.1.2.3"] {
            check(&format!("http://{host}"), &format!("http://{host}/"), false);
        }
    }

    #[test]
    fn what_is_more_than_an_address_is_refused() {
        for (written, why) in [
            ("https://", "empty host"),
            ("https://me@agents.example.org/", "who signs in"),
            ("https://me:secret@agents.example.org/", "who signs in"),
            ("https://agents.example.org/?token=x", "a question"),
            ("https://agents.example.org/#registry", "branches"),
            ("https://agents.example.org/a b", "white space"),
            ("https://agents.example.org/\n", "white space"),
            ("https://agents.example.org:x/", "invalid port"),
            ("https://[::1/", "invalid IPv6"),
            ("https:/agents.example.org/", "a slash"),
            ("https://me:secret@host:99999/", "invalid port"),
            ("https://me:secret@ho st/", "white space"),
            ("https://me:a/secret@h/", "is not the address"),
            ("https://h/?private_token=secret", "a question"),
            ("HTTPS://secret@h/", "who signs in"),
            ("https:/me:secret@h/", "a slash"),
        ] {
            let error = WebAddress::parse(written).unwrap_err();
            assert!(error.message().contains(why), "{written}: {error:?}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }
}
