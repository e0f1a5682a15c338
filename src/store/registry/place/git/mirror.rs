//! A repository of our own, without a working tree, that holds what was read of another one. Other
//! processes read into it, too: who fetches holds its lock. One that no git can use is made anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tempfile::TempDir;

use super::super::super::address::GitRepository;
use super::remote::{Remote, says};
use crate::error::{Error, Result};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::store::fs::{self, Held, LockAttempt};
use crate::store::git::parse_batch;
use crate::store::reach::Access;
use crate::words;

/// What the newest commit is called in a mirror.
const TIP: &str = "refs/agentpkg/tip";
/// How many paths are named in one call of git.
const PATHS: usize = 1000;
/// How many files are fetched although not all of them are needed.
const FEW: usize = 48;
/// How many bytes of files are read in one call of git.
const AT_ONCE: u64 = 64 << 20;
/// How long is waited for another process that reads into the same mirror.
const PATIENCE: Duration = Duration::from_secs(120);
/// How something is fetched into a mirror, and nothing else.
const FETCH: [&str; 5] = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
];

/// What a commit has at a path.
pub(super) struct TreeEntry {
    /// The path in the repository.
    pub path: String,
    /// How git marks what it is: `100644`, `040000`.
    pub mode: String,
    /// Git's name for it.
    pub name: String,
}

/// A repository of our own that holds what was read.
#[derive(Clone, Debug)]
pub(super) struct Mirror {
    remote: Arc<Remote>,
    folder: PathBuf,
    /// What takes the folder away at the end, where nothing is kept.
    _temporary: Option<Arc<TempDir>>,
}

impl Mirror {
    /// Opens the mirror of a repository, and makes it first where there is none.
    pub fn open(remote: &Arc<Remote>) -> Result<Self> {
        let (home, temporary) = match &remote.reach.cache {
            Some(cache) => (cache.join("git"), None),
            None => {
                let folder = tempfile::Builder::new()
                    .prefix("agentpkg-mirror-")
                    .tempdir();
                let folder =
                    folder.map_err(|error| Error::io("create", "a folder for a mirror", &error))?;
                (folder.path().to_path_buf(), Some(Arc::new(folder)))
            }
        };
        fs::create_dir_all(&home)?;
        let mirror = Self {
            remote: Arc::clone(remote),
            folder: home.join(name(&remote.repository)),
            _temporary: temporary,
        };
        let _lock = mirror.lock()?;
        let config = fs::read(&mirror.folder.join("config"))?.unwrap_or_default();
        if !String::from_utf8_lossy(&config).contains("promisor") {
            // What is there was never whole.
            fs::clear_own(&mirror.folder)?;
            mirror.make("sha1")?;
        }
        Ok(mirror)
    }

    /// Makes a mirror. `names` is how the repository names what it has.
    fn make(&self, names: &str) -> Result<()> {
        let mut command = self.remote.reach.surroundings.git();
        command.args(["init", "--quiet", "--bare", "--template="]);
        command.arg(format!("--object-format={names}")).arg("--");
        self.remote.ask(command.arg(&self.folder), b"")?;
        let place = self.folder.join("config");
        let mut config = fs::read(&place)?.unwrap_or_default();
        // An address has no letter that would need more than quotes.
        let remote = format!(
            "[remote \"origin\"]\n\turl = \"{}\"\n\tpromisor = true\n\t\
             partialclonefilter = blob:none\n",
            self.remote.repository.url
        );
        config.extend(remote.as_bytes());
        fs::write_atomic(&place, &config, false)
    }

    /// Waits until no other process reads into the mirror.
    pub fn lock(&self) -> Result<Held> {
        let path = self.beside("lock");
        let start = Instant::now();
        loop {
            match fs::try_lock(&path, &format!("process {}", std::process::id()))? {
                LockAttempt::Taken(held) => return Ok(held),
                LockAttempt::Busy(_) if start.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(20));
                }
                LockAttempt::Busy(other) => {
                    return Err(Error::user(format!(
                        "another agentpkg reads `{}`: {other}",
                        self.remote.shown()
                    )));
                }
            }
        }
    }

    /// Reads the newest commit into a new mirror, which takes the place of the old one: a command
    /// that was killed may have left that as no git can use it, or it has other sorts of names than
    /// the repository.
    pub fn fetch_anew(&self) -> Result<Option<String>> {
        let mut last = None;
        for names in ["sha1", "sha256"] {
            // No other process makes one of this name.
            let ending = format!("{names}-{}", std::process::id());
            let new = Self {
                remote: Arc::clone(&self.remote),
                folder: self.beside(&ending),
                _temporary: self._temporary.clone(),
            };
            fs::clear_own(&new.folder)?;
            let fetched = new.make(names).and_then(|()| new.fetch());
            match fetched {
                Ok(tip) => {
                    let _lock = self.lock()?;
                    fs::clear_own(&self.folder)?;
                    fs::rename_own(&new.folder, &self.folder)?;
                    return Ok(tip);
                }
                Err(error) => {
                    fs::clear_own(&new.folder)?;
                    last = Some(error);
                }
            }
        }
        Err(last.unwrap_or_else(|| self.remote.reach.unread(&self.remote.shown())))
    }

    /// Fetches the newest commit without its files.
    pub fn fetch(&self) -> Result<Option<String>> {
        let _lock = self.lock()?;
        let mut command = self.command()?;
        command
            .args(FETCH)
            .args(["--depth=1", "--filter=blob:none"]);
        command.args(self.remote.repository.url.upload());
        command
            .arg("origin")
            .arg(format!("+{}:{TIP}", self.source()));
        match self.remote.reach.surroundings.transfer(&mut command, b"") {
            Ok(_) => Ok(Some(self.kept_tip()?)),
            Err(why) if says(&why, "couldn't find remote ref") => {
                self.remote
                    .ask(self.git().args(["update-ref", "-d", TIP]), b"")?;
                Ok(None)
            }
            Err(why) => Err(self.remote.failed("read", why)),
        }
    }

    /// What is fetched: the branch, or what the repository has as its default.
    fn source(&self) -> String {
        let branch = self.remote.repository.branch.as_ref();
        branch.map_or("HEAD".to_owned(), |branch| format!("refs/heads/{branch}"))
    }

    /// Returns the newest commit that the mirror has.
    pub fn kept_tip(&self) -> Result<String> {
        let mut command = self.git();
        command.args(["rev-parse", "--verify", "--quiet", TIP]);
        match self.remote.reach.surroundings.ask(&mut command, b"") {
            Ok(said) => Ok(String::from_utf8_lossy(&said.output).trim().to_owned()),
            Err(_) => Err(self.remote.reach.unread(&self.remote.shown())),
        }
    }

    /// Fetches files by git's names for them, all at once.
    pub fn fetch_blobs(&self, names: &BTreeSet<&str>) -> Result<()> {
        match self.remote.reach.access {
            Access::Signed | Access::Anonymous => {}
            Access::NotAsked => return Err(self.remote.reach.unread(&self.remote.shown())),
            Access::Offline => {
                return Err(Error::user(format!(
                    "{} of `{}` were never read on this machine",
                    words::count(names.len(), "file"),
                    self.remote.shown()
                ))
                .hint("run the command without `--offline`"));
            }
        }
        let _lock = self.lock()?;
        let mut command = self.command()?;
        // As git itself fetches what a partial clone lacks.
        command.args(["-c", "fetch.negotiationAlgorithm=noop"]);
        command.args(FETCH).args(["--filter=blob:none", "--stdin"]);
        command
            .args(self.remote.repository.url.upload())
            .arg("origin");
        let input: String = names.iter().map(|name| format!("{name}\n")).collect();
        if self
            .remote
            .reach
            .surroundings
            .transfer(&mut command, input.as_bytes())
            .is_ok()
        {
            return Ok(());
        }
        // Servers that give no single files give everything.
        let mut command = self.command()?;
        command
            .args(FETCH)
            .args(["--depth=1", "--refetch", "--no-filter"]);
        command.args(self.remote.repository.url.upload());
        command
            .arg("origin")
            .arg(format!("+{}:{TIP}", self.source()));
        let fetched = self.remote.reach.surroundings.transfer(&mut command, b"");
        fetched
            .map(drop)
            .map_err(|why| self.remote.failed("read", why))
    }

    /// Returns what a commit has at some paths, or in folders that end in a slash.
    pub fn list(&self, tip: &str, paths: &[&str]) -> Result<Vec<TreeEntry>> {
        let mut found = Vec::new();
        for paths in paths.chunks(PATHS) {
            let mut command = self.git();
            command.args(["ls-tree", "-z", "--full-tree", tip, "--"]);
            command.args(paths.iter().filter(|path| !path.is_empty()));
            let said = self.remote.ask(&mut command, b"")?;
            for line in String::from_utf8_lossy(&said).split('\0') {
                let Some((head, path)) = line.split_once('\t') else {
                    continue;
                };
                if let [mode, _, name] = head.split(' ').collect::<Vec<_>>()[..] {
                    found.push(TreeEntry {
                        path: path.to_owned(),
                        mode: mode.to_owned(),
                        name: name.to_owned(),
                    });
                }
            }
        }
        Ok(found)
    }

    /// Returns git's names for all files of a small registry, and none of a large one: what is
    /// small is fetched faster as a whole.
    pub fn all_of_few(&self, tip: &str) -> Result<Vec<String>> {
        let mut command = self.git();
        command.args(["ls-tree", "-r", "-z", "--full-tree", tip]);
        command.args(self.remote.repository.folder.iter().map(RelPath::as_str));
        let said = self.remote.ask(&mut command, b"")?;
        let mut names = Vec::new();
        // `<mode> blob <name>`, a tab, the path.
        for line in String::from_utf8_lossy(&said).split('\0') {
            let head = line.split('\t').next().unwrap_or_default();
            if let [_, "blob", name] = head.split(' ').collect::<Vec<_>>()[..] {
                names.push(name.to_owned());
            }
        }
        Ok(if names.len() > FEW { Vec::new() } else { names })
    }

    /// Returns those of some files that the mirror has, by git's names for them.
    pub fn blobs(&self, names: &BTreeSet<&str>) -> Result<BTreeMap<String, Bytes>> {
        let mut found = BTreeMap::new();
        for names in self.in_bounds(names)? {
            let mut command = self.git();
            let said = self
                .remote
                .ask(command.args(["cat-file", "--batch"]), names.as_bytes())?;
            found.extend(parse_batch(&said.into()));
        }
        Ok(found)
    }

    /// Groups those of some files that the mirror has, a line each, so that no group is too large.
    fn in_bounds(&self, names: &BTreeSet<&str>) -> Result<Vec<String>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let input: String = names.iter().map(|name| format!("{name}\n")).collect();
        let mut command = self.git();
        let said = self.remote.ask(
            command.args(["cat-file", "--batch-check"]),
            input.as_bytes(),
        )?;
        let (mut groups, mut room) = (vec![String::new()], AT_ONCE);
        // `<name> blob <size>`, or `<name> missing`.
        for line in String::from_utf8_lossy(&said).lines() {
            let [name, "blob", size] = line.split(' ').collect::<Vec<_>>()[..] else {
                continue;
            };
            let size = size.parse().unwrap_or(u64::MAX);
            if size > AT_ONCE {
                return Err(Error::user(format!(
                    "a file of `{}` is larger than {} MiB",
                    self.remote.shown(),
                    AT_ONCE >> 20
                ))
                .hint("ask whoever keeps the registry"));
            }
            if size > room {
                groups.push(String::new());
                room = AT_ONCE;
            }
            room -= size;
            if let Some(group) = groups.last_mut() {
                group.push_str(&format!("{name}\n"));
            }
        }
        groups.retain(|group| !group.is_empty());
        Ok(groups)
    }

    /// Returns a name beside the mirror's folder. A dot in its own name is no ending.
    fn beside(&self, ending: &str) -> PathBuf {
        let name = self.folder.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let name = name.split_once('!').map_or(&*name, |(name, _)| name);
        self.folder.with_file_name(format!("{name}!{ending}"))
    }

    /// Git in the mirror.
    pub fn git(&self) -> Command {
        self.remote.git(&self.folder)
    }

    /// Git in the mirror, about to ask the repository.
    ///
    /// # Errors
    /// Where that may not be asked as anybody.
    pub fn command(&self) -> Result<Command> {
        self.remote.command(&self.folder)
    }
}

/// Returns what the mirror's folder is called: readable, and another one for each branch.
fn name(repository: &GitRepository) -> String {
    let GitRepository { url, branch, .. } = repository;
    let place = format!("{url}#{}", branch.as_deref().unwrap_or_default());
    let digest = Digest::of(place.as_bytes());
    let name: String = url
        .path()
        .chars()
        .map(|letter| if letter == '/' { '-' } else { letter })
        .take(60)
        .collect();
    format!("{name}-{}", &digest.hex()[..16])
}
