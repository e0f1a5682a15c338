//! A registry's address, parsed once: what was written, and where that is.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::store::fs;
use crate::store::git::{RepositoryUrl, without_users};

use super::web_address::{WebAddress, is_web};

/// The address of the registry inside the binary.
pub const EMBEDDED: &str = "embedded";

/// What an address may be, for hints.
const KNOWN: &str = "name a folder (`../registry`), a git repository \
                     (`git+https://HOST/OWNER/NAME.git`, `git@HOST:OWNER/NAME.git`), a web server \
                     (`https://HOST/PATH/`) or `embedded`";

/// A registry's address. It prints as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    written: String,
    target: Target,
}

/// Where an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Into the binary.
    Embedded,
    /// To a folder of this machine.
    Folder(PathBuf),
    Git(GitRepository),
    /// To a web server.
    Web(WebAddress),
    /// To what this agentpkg can't read, by its scheme.
    Unknown(String),
}

/// Where in a git repository a registry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitRepository {
    pub url: RepositoryUrl,
    /// The branch; its default branch where none is named.
    pub branch: Option<String>,
    /// The folder in it; its root where none is named.
    pub folder: Option<RelPath>,
}

impl GitRepository {
    /// Reads what follows `git+` or is short: `URL[//FOLDER][#BRANCH]`.
    fn parse(text: &str) -> Result<Self> {
        let (place, branch) = match text.split_once('#') {
            Some((place, branch)) => (place, Some(branch)),
            None => (text, None),
        };
        let start = place.find("://").map_or(0, |at| at + "://".len());
        // A file's own path starts with a slash.
        let start = start + usize::from(place[start..].starts_with('/'));
        let (url, folder) = match place[start..].split_once("//") {
            Some((path, folder)) => (&place[..start + path.len()], Some(folder)),
            None => (place, None),
        };
        if let Some(branch) = branch.filter(|branch| !is_branch(branch)) {
            return Err(refused(text, &format!("names no branch: `{branch}`")));
        }
        let folder = folder.map(|folder| folder.trim_end_matches('/').parse::<RelPath>());
        let folder = folder.transpose();
        let folder = folder.map_err(|_| refused(text, "names no folder of a repository"));
        Ok(Self {
            url: RepositoryUrl::parse(url)?,
            branch: branch.map(str::to_owned),
            folder: folder?,
        })
    }
}

impl fmt::Display for GitRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.url.to_string();
        let mark = if url.contains("://") { "git+" } else { "" };
        write!(f, "{mark}{url}")?;
        if let Some(folder) = &self.folder {
            write!(f, "//{folder}")?;
        }
        match &self.branch {
            Some(branch) => write!(f, "#{branch}"),
            None => Ok(()),
        }
    }
}

fn refused(address: &str, what: &str) -> Error {
    let shown = without_users(address);
    Error::user(format!("`{shown}` {what}")).hint(KNOWN)
}

/// Whether git takes a name for a branch's; the part of its rules that matters here.
fn is_branch(name: &str) -> bool {
    !name.starts_with('-')
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || "._-/+@".contains(letter))
        && name
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"))
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
}

impl Address {
    /// Parses an address: `embedded`, a folder (relative to `base`), `file://` and an absolute
    /// folder, or a git repository: `git+https://`, `git+ssh://`, `git+file://` or
    /// `USER@HOST:PATH`, with `//FOLDER` and `#BRANCH` behind it. What has another scheme is an
    /// address that this agentpkg can't read.
    ///
    /// # Errors
    /// When it is empty, or names a file without saying where.
    pub fn parse(written: &str, base: &Path) -> Result<Self> {
        if is_web(written) {
            let address = WebAddress::parse(written)?;
            return Ok(Self {
                written: address.to_string(),
                target: Target::Web(address),
            });
        }
        if !written.starts_with("git+") && holds_password(written) {
            return Err(Error::user(format!(
                "`{}` holds a password, and an address is printed and recorded",
                without_users(written)
                    .rsplit('@')
                    .next()
                    .unwrap_or_default()
            ))
            .hint("leave it out: git's own credentials are used"));
        }
        let target = match written.split_once("://") {
            None if written.is_empty() => {
                return Err(Error::user("a registry's address is empty").hint(KNOWN));
            }
            None if written == EMBEDDED => Target::Embedded,
            None if is_short(written) => Target::Git(GitRepository::parse(written)?),
            None => Target::Folder(base.join(written)),
            Some((scheme, _)) if scheme.starts_with("git+") || scheme == "ssh" => {
                Target::Git(GitRepository::parse(written)?)
            }
            Some(("file", path)) if path.starts_with('/') => Target::Folder(PathBuf::from(path)),
            Some(("file", _)) => {
                return Err(Error::user(format!("`{written}` names no absolute folder"))
                    .hint("write `file:///` and the folder"));
            }
            Some((scheme, _)) => Target::Unknown(scheme.to_owned()),
        };
        Ok(Self {
            written: written.to_owned(),
            target,
        })
    }

    /// Returns the address of the registry inside the binary.
    pub fn embedded() -> Self {
        Self {
            written: EMBEDDED.to_owned(),
            target: Target::Embedded,
        }
    }

    /// Returns the address of a folder.
    pub fn folder(folder: &Path) -> Self {
        Self {
            written: folder.display().to_string(),
            target: Target::Folder(folder.to_path_buf()),
        }
    }

    /// Returns where it leads.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Returns the host that is asked; nothing where none is.
    pub fn host(&self) -> Option<String> {
        match &self.target {
            Target::Git(repository) => repository.url.host(),
            Target::Web(address) => Some(address.host()),
            Target::Embedded | Target::Folder(_) | Target::Unknown(_) => None,
        }
    }

    /// Returns whether what lies there is fetched, and kept.
    pub fn is_remote(&self) -> bool {
        matches!(self.target, Target::Git(_) | Target::Web(_))
    }

    /// Returns what one of its files is called in messages.
    pub(super) fn file(&self, path: &str) -> String {
        match &self.target {
            Target::Web(address) => address.of(path).to_string(),
            _ => format!("{}/{path}", self.written),
        }
    }

    /// Returns whether it is that of the registry inside the binary.
    pub fn is_embedded(&self) -> bool {
        self.target == Target::Embedded
    }

    /// Returns whether it leads to where another does, however either is written.
    pub fn is_same_place(&self, other: &Self) -> bool {
        match (&self.target, &other.target) {
            (Target::Folder(folder), Target::Folder(there)) => real(folder) == real(there),
            (Target::Embedded, Target::Embedded) => true,
            (Target::Git(one), Target::Git(other)) => one == other,
            (Target::Web(one), Target::Web(other)) => one == other,
            (Target::Unknown(_), Target::Unknown(_)) => {
                self.written.trim_end_matches('/') == other.written.trim_end_matches('/')
            }
            _ => false,
        }
    }

    /// Returns the address as agentpkg.toml of the repo at `root` can hold it: relative inside the
    /// repo, else absolute.
    pub fn for_repo(&self, root: &Path) -> String {
        let Target::Folder(folder) = &self.target else {
            return self.written.clone();
        };
        if self.written.contains("://") {
            return self.written.clone();
        }
        let Ok(folder) = fs::canonical(folder) else {
            return self.written.clone();
        };
        match folder.strip_prefix(root) {
            Ok(inside) if !inside.as_os_str().is_empty() => inside.display().to_string(),
            _ => folder.display().to_string(),
        }
    }

    /// Returns why this agentpkg can't read what has this scheme.
    pub(super) fn unreadable(&self, scheme: &str) -> Error {
        Error::user(format!(
            "`{self}` can't be read: this agentpkg doesn't read `{scheme}://`"
        ))
        .hint(KNOWN)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Whether somebody's password may stand before a host.
fn holds_password(written: &str) -> bool {
    let rest = written.split_once("://").map_or(written, |(_, rest)| rest);
    let user = rest
        .split('@')
        .next()
        .filter(|user| user.len() < rest.len());
    user.is_some_and(|user| user.contains(':') && !user.contains('/'))
}

/// Whether a text is a repository's address as ssh has it: `git@HOST:PATH`.
fn is_short(written: &str) -> bool {
    let Some((authority, path)) = written.split_once(':') else {
        return false;
    };
    let Some((user, host)) = authority.split_once('@') else {
        return false;
    };
    let is_user = !user.is_empty() && !user.contains(['/', '\\', '.']);
    is_user && !host.is_empty() && !host.contains('/') && !path.is_empty()
}

fn real(folder: &Path) -> PathBuf {
    fs::canonical(folder).unwrap_or_else(|_| folder.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, expected: &str) {
        let found = match Address::parse(written, Path::new("/base")) {
            Ok(address) => format!("{:?}", address.target),
            Err(error) => error.message().to_owned(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_url_is_embedded_a_folder_or_refused() {
        check("embedded", "Embedded");
        check("../registry", r#"Folder("/base/../registry")"#);
        check("/srv/registry", r#"Folder("/srv/registry")"#);
        check("file:///srv/registry", r#"Folder("/srv/registry")"#);
        check("file://srv", "`file://srv` names no absolute folder");
        check("", "a registry's address is empty");
        for written in ["ftp://agents.example/", "s3://bucket"] {
            let address = Address::parse(written, Path::new("/base")).unwrap();
            let Target::Unknown(scheme) = address.target() else {
                panic!("{written}");
            };
            assert_eq!(
                address.unreadable(scheme).message(),
                format!("`{written}` can't be read: this agentpkg doesn't read `{scheme}://`")
            );
        }
    }

    #[test]
    fn a_git_repository_is_written_in_gits_own_ways() {
        let git = |written: &str| {
            let address = Address::parse(written, Path::new("/base")).unwrap();
            let Target::Git(repository) = address.target else {
                panic!("{written}");
            };
            let GitRepository {
                url,
                branch,
                folder,
            } = &repository;
            let folder = folder.as_ref().map(ToString::to_string);
            // As it prints, it is read.
            let again = Address::parse(&repository.to_string(), Path::new("/base")).unwrap();
            assert_eq!(again.target, Target::Git(repository.clone()));
            (url.to_string(), branch.clone(), folder)
        };
        let all = |url: &str, branch: Option<&str>, folder: Option<&str>| {
            let owned = |text: Option<&str>| text.map(str::to_owned);
            (url.to_owned(), owned(branch), owned(folder))
        };
        let url = "https://git.example.org/platform/templates.git";
        assert_eq!(git(&format!("git+{url}")), all(url, None, None));
        assert_eq!(
            git(&format!("git+{url}#registry")),
            all(url, Some("registry"), None)
        );
        assert_eq!(
            git(&format!("git+{url}//a/b#x/y")),
            all(url, Some("x/y"), Some("a/b"))
        );
        let short = "git@git.example.org:platform/templates.git";
        assert_eq!(git(short), all(short, None, None));
        assert_eq!(
            git(&format!("{short}//agents#registry")),
            all(short, Some("registry"), Some("agents"))
        );
        assert_eq!(
            git("git+file:///srv/git/templates.git//a#b"),
            all("file:///srv/git/templates.git", Some("b"), Some("a"))
        );
        assert_eq!(
            git("ssh://git@git.example.org:2222/a.git"),
            all("ssh://git@git.example.org:2222/a.git", None, None)
        );
        assert_eq!(
            git("git+http://127.0.0.1:8080/a.git"),
            all("http://127.0.0.1:8080/a.git", None, None)
        );
    }

    #[test]
    fn what_is_no_repository_and_no_folder_is_refused_with_what_to_write() {
        for (written, message) in [
            (
                "git+https://me:secret@git.example.org/a",
                "it holds who signs in",
            ),
            (
                "git+http://git.example.org/a",
                "can be read and changed on the way",
            ),
            ("git+https://git.example.org/a#-x", "names no branch: `-x`"),
            (
                "git+https://git.example.org/a#x..y",
                "names no branch: `x..y`",
            ),
            (
                "git+https://git.example.org/a//../b",
                "names no folder of a repository",
            ),
            ("git@-oProxyCommand=x:a", "it names no host"),
            ("git+ext::sh://x", "it would run a program"),
        ] {
            let error = Address::parse(written, Path::new("/base")).unwrap_err();
            assert!(
                error.message().contains(message),
                "{written}: {}",
                error.message()
            );
            assert!(!error.message().contains("secret"), "{written}");
        }
    }

    #[test]
    fn two_ways_to_write_a_place_are_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let at = |written: &str| Address::parse(written, folder.path()).unwrap();
        let absolute = at(&format!("file://{}", folder.path().display()));
        assert!(at(".").is_same_place(&absolute));
        assert!(!at("..").is_same_place(&absolute));
        assert!(!at("embedded").is_same_place(&absolute));
        assert!(at("embedded").is_same_place(&Address::embedded()));
        assert!(at("https://a").is_same_place(&at("https://a/")));
        assert!(!at("https://a").is_same_place(&at("https://b")));
    }
}
