//! Where a repository is, as a template's manifest has it.

use std::fmt;

use crate::error::{Error, Result};

/// The address of a git repository.
///
/// **An address starts no program but git's own transports**: whoever wrote the manifest chose it,
/// so only the forms that are listed here are one, of letters that no program takes for anything
/// else. It holds no password, since it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepositoryUrl {
    form: Form,
    /// The user that ssh signs in as.
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// Behind the host, without the slash.
    path: String,
}

/// How an address is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Https,
    Http,
    Ssh,
    /// `USER@HOST:PATH`.
    Short,
    File,
}

impl RepositoryUrl {
    /// Reads an address: `https://HOST/PATH`, `ssh://[USER@]HOST/PATH`, `USER@HOST:PATH` or
    /// `file:///PATH`.
    ///
    /// `http://` is one of this machine only. `git+ssh://` and `git+https://` are read as what is
    /// behind the plus.
    ///
    /// # Errors
    /// When it is anything else. A password in it isn't repeated.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).map_err(|why| {
            Error::user(format!(
                "`{}` is not the address of a repository: {why}",
                shown(text)
            ))
            .hint("write it as `https://HOST/OWNER/NAME` or `git@HOST:OWNER/NAME.git`")
        })
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("it is empty");
        } else if text.starts_with('-') {
            return Err("it starts as an option does");
        } else if text
            .chars()
            .any(|letter| letter.is_control() || letter.is_whitespace())
        {
            return Err("it has white space or a control character");
        } else if text.contains("::") {
            return Err("it would run a program");
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Self::short(text);
        };
        let form = match scheme {
            "https" | "git+https" => Form::Https,
            "http" | "git+http" => Form::Http,
            "ssh" | "git+ssh" | "ssh+git" => Form::Ssh,
            "file" | "git+file" => Form::File,
            _ => return Err("nothing is sent in this way"),
        };
        let (authority, path) = rest.split_once('/').ok_or("it has no path")?;
        Self::new(form, authority, path)
    }

    /// Reads `USER@HOST:PATH`.
    fn short(text: &str) -> Result<Self, &'static str> {
        let (authority, path) = text.split_once(':').ok_or("it names no host")?;
        if !authority.contains('@') {
            return Err("it names no user of the host");
        }
        Self::new(Form::Short, authority, path)
    }

    fn new(form: Form, authority: &str, path: &str) -> Result<Self, &'static str> {
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        let (host, port) = match place.split_once(':') {
            Some((host, port)) => (
                host,
                Some(port.parse().map_err(|_| "its port is no number")?),
            ),
            None => (place, None),
        };
        match user {
            Some(_) if !matches!(form, Form::Ssh | Form::Short) => {
                return Err("it holds who signs in, and is printed");
            }
            Some(user) if user.contains(':') => return Err("it holds a password, and is printed"),
            Some(user) if !is_plain(user) => return Err("its user is no name"),
            _ => {}
        }
        match form {
            Form::File if !authority.is_empty() => {
                return Err("a file is on this machine: write `file:///PATH`");
            }
            Form::File => {}
            _ if !is_host(host) => return Err("it names no host"),
            Form::Http if !is_loopback(host) => {
                return Err("`http` can be read and changed on the way");
            }
            _ => {}
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        // An absolute path behind the colon is one of ssh's.
        let below = if form == Form::Short {
            path.strip_prefix('/').unwrap_or(path)
        } else {
            path
        };
        if !below.split('/').all(is_component) {
            return Err("its path has a component that no repository has");
        }
        let host = host.to_ascii_lowercase();
        Ok(Self {
            form,
            user: user.map(str::to_owned),
            host,
            port,
            path: path.to_owned(),
        })
    }

    /// Returns the host as programs that sign in know it, with the port where it is one of the web;
    /// nothing for a file.
    pub fn host(&self) -> Option<String> {
        match (self.form, self.port) {
            (Form::File, _) => None,
            (Form::Https | Form::Http, Some(port)) => Some(format!("{}:{port}", self.host)),
            _ => Some(self.host.clone()),
        }
    }

    /// Returns what names the repository on its host: `OWNER/NAME`, or more, without `.git`.
    pub fn path(&self) -> &str {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        path.strip_suffix(".git").unwrap_or(path)
    }

    /// Returns whether git asks for a name and a password there.
    pub(in crate::store) fn is_web(&self) -> bool {
        matches!(self.form, Form::Https | Form::Http)
    }

    /// Returns what git is told, so that it reads from a repository without running what that has
    /// set up.
    pub(in crate::store) fn upload(&self) -> Option<String> {
        self.serving("upload-pack")
    }

    /// Returns what git is told, so that it pushes to a repository without running what that has
    /// set up.
    pub(in crate::store) fn receive(&self) -> Option<String> {
        self.serving("receive-pack")
    }

    /// A folder of this machine serves itself, with its own hooks and settings, and a template
    /// chose the folder: it may be one that came with a download. What another machine runs is
    /// its own affair.
    fn serving(&self, side: &str) -> Option<String> {
        let settings =
            "-c core.hooksPath=/dev/null -c core.alternateRefsCommand=true -c receive.autogc=false";
        (self.form == Form::File).then(|| format!("--{side}=git {settings} {side}"))
    }

    /// Returns the address of another repository on the same host, reached in the same way.
    pub(in crate::store) fn beside(&self, path: &str) -> Result<Self> {
        // A server's word is as little to be relied on as a manifest's.
        Self::parse(
            &Self {
                path: format!("{path}.git"),
                ..self.clone()
            }
            .to_string(),
        )
    }

    /// Returns whether a link leads to the host of this repository, by the web and encrypted.
    pub(in crate::store) fn has(&self, link: &str) -> bool {
        let Some(rest) = link.strip_prefix("https://") else {
            return false;
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        let host = authority.split(':').next().unwrap_or(authority);
        self.form != Form::File
            && host.eq_ignore_ascii_case(&self.host)
            && link
                .chars()
                .all(|letter| letter.is_ascii_graphic() && !"\"'<>`\\^{|}".contains(letter))
    }
}

impl fmt::Display for RepositoryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self
            .user
            .as_ref()
            .map(|user| format!("{user}@"))
            .unwrap_or_default();
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        let (host, path) = (&self.host, &self.path);
        match self.form {
            Form::Https => write!(f, "https://{host}{port}/{path}"),
            Form::Http => write!(f, "http://{host}{port}/{path}"),
            Form::Ssh => write!(f, "ssh://{user}{host}{port}/{path}"),
            Form::Short => write!(f, "{user}{host}:{path}"),
            Form::File => write!(f, "file:///{path}"),
        }
    }
}

/// Returns a text without who signs in before each host.
pub(in crate::store) fn without_users(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("://") {
        let end = behind
            .find(|letter: char| letter == '/' || letter.is_whitespace())
            .unwrap_or(behind.len());
        let start = behind[..end].rfind('@').map_or(0, |at| at + 1);
        shown.push_str(before);
        shown.push_str("://");
        rest = &behind[start..];
    }
    shown + rest
}

/// Returns the start of an address that may be anything, to be printed.
fn shown(text: &str) -> String {
    let without = without_users(text);
    // What isn't written with a scheme may still hold a password.
    let without = match without.split_once('@') {
        Some((user, rest)) if user.contains(':') && !without.contains("://") => format!("…@{rest}"),
        _ => without,
    };
    without
        .chars()
        .take(80)
        .collect::<String>()
        .escape_debug()
        .to_string()
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
}

fn is_host(host: &str) -> bool {
    host.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && label
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter))
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: std::net::Ipv4Addr| address.is_loopback())
}

fn is_component(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && !name.starts_with('-')
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || "._-~+%,=".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, host: Option<&str>, path: &str) {
        let address = RepositoryUrl::parse(text).unwrap();
        assert_eq!(
            (address.host().as_deref(), address.path()),
            (host, path),
            "{text}"
        );
        assert_eq!(
            RepositoryUrl::parse(&address.to_string()).unwrap(),
            address,
            "{text}"
        );
    }

    #[test]
    fn an_address_is_read() {
        check(
            "https://git.example.org/platform/templates",
            Some("git.example.org"),
            "platform/templates",
        );
        check(
            "https://Git.Example.org:8443/a/b/c.git/",
            Some("git.example.org:8443"),
            "a/b/c",
        );
        check("http://127.0.0.1:3000/a/b", Some("127.0.0.1:3000"), "a/b");
        check("http://localhost/a", Some("localhost"), "a");
        check(
            "ssh://git@git.example.org:2222/a/b.git",
            Some("git.example.org"),
            "a/b",
        );
        check(
            "git+ssh://git@git.example.org/a/b.git",
            Some("git.example.org"),
            "a/b",
        );
        check(
            "git@git.example.org:a/b.git",
            Some("git.example.org"),
            "a/b",
        );
        check(
            "git@git.example.org:/srv/b.git",
            Some("git.example.org"),
            "srv/b",
        );
        check("file:///srv/git/b.git", None, "srv/git/b");
    }

    #[test]
    fn what_could_be_anything_else_is_refused() {
        for text in [
            "",
            "-",
            "--upload-pack=touch x",
            "--upload-pack=x",
            "ext::sh -c 'touch x'",
            "ext::x",
            "fd::3",
            "https://ext::x/y",
            "git://git.example.org/a",
            "ftp://git.example.org/a",
            "http://git.example.org/a",
            "http://127.0.0.1.example.org/a",
            "/srv/git",
            "../a",
            "a/b",
            "git.example.org:a/b",
            "C:/a",
            "https://git.example.org",
            "https://git.example.org/",
            "https:///a",
            "https://-o/a",
            "ssh://-oProxyCommand=x/a",
            "ssh://-o@git.example.org/a",
            "git@-oProxyCommand=x:a",
            "git@git.example.org:-a",
            "git@git.example.org:",
            "https://git.example.org/../a",
            "https://git.example.org/a//b",
            "https://git.example.org/a?b",
            "https://git.example.org/a#b",
            "https://git.example.org/a\u{1b}[0m",
            "https://git.example.org/a b",
            "https://git.example.org/a\nb",
            "https://git.example.org/{owner}/a",
            "file://git.example.org/a",
            "https://git.example.org:x/a",
            "https://git.example.org/$(x)",
            "https://git.example.org/a;b",
        ] {
            let error = RepositoryUrl::parse(text).expect_err(text);
            assert!(
                !error.message().contains(char::is_control) && !error.next_steps().is_empty(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in [
            "https://me:secret@git.example.org/a",
            "https://secret@git.example.org/a",
            "ftp://me:secret@git.example.org/a",
            "ssh://git:secret@git.example.org/a",
            "me:secret@git.example.org:a/b",
            "me:secret@git.example.org/a",
            "https://me:se@secret@git.example.org/a",
        ] {
            let error = RepositoryUrl::parse(text).unwrap_err();
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn a_link_leads_to_the_host() {
        let address = RepositoryUrl::parse("git@git.example.org:a/b").unwrap();
        assert!(address.has("https://git.example.org/a/b/pull/1"));
        assert!(address.has("https://git.example.org:8443/a/b/pull/1?x=1"));
        for link in [
            "http://git.example.org/a",
            "https://example.org/",
            "https://git.example.org@example.org/",
            "x",
        ] {
            assert!(!address.has(link), "{link}");
        }
        assert!(
            address
                .beside("x/y")
                .unwrap()
                .to_string()
                .ends_with("git.example.org:x/y.git")
        );
        address.beside("x/../y").unwrap_err();
    }
}
