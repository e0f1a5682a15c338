//! A registry in a git repository, read and written by the system's git.
//!
//! Of the repository only the newest commit of one branch is fetched, and of its files only those
//! that are asked for, all at once. They are kept in a mirror, a repository of our own without a
//! working tree: **nothing of a registry's repository is ever checked out, so nothing of it runs**.
//!
//! A change is a commit on top of what was read, and a push that git refuses where somebody was
//! faster. That refusal has two faces, "fetch first" and "failed to update ref": it is a lost race
//! wherever the branch has moved since, and the change is decided anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tempfile::TempDir;

use super::super::REGISTRY_JSON;
use super::super::address::GitRepository;
use super::super::write::Write;
use super::{Decide, Place};
use crate::error::{Error, Result};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::store::fs::{self, Held, Lock};
use crate::store::git::parse_batch;
use crate::store::reach::{Access, Reach};
use crate::store::surroundings::{Reasons, plain};
use crate::words;

/// What the newest commit is called in a mirror.
const TIP: &str = "refs/agentpkg/tip";
/// How many paths are named in one call of git.
const PATHS: usize = 1000;
/// How git marks a folder in a tree.
const FOLDER_MODE: &str = "040000";
/// How many files are fetched although not all of them are needed.
const FEW: usize = 48;
/// How often a change is decided anew, because somebody else was faster.
const TRIES: u32 = 30;
/// How long is waited for another process that reads into the same mirror.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many bytes of files are read in one call of git.
const AT_ONCE: u64 = 64 << 20;

/// In a git repository.
#[derive(Debug)]
pub struct Git {
    repository: GitRepository,
    reach: Reach,
    state: Mutex<State>,
}

/// What was found out so far.
#[derive(Debug, Default)]
struct State {
    mirror: Option<Mirror>,
    /// The newest commit, once it is known; nothing inside where the branch has none.
    tip: Option<Option<String>>,
    /// What was read of it, by path.
    read: BTreeMap<String, Option<Bytes>>,
}

/// A repository of our own that holds what was read.
#[derive(Clone, Debug)]
struct Mirror {
    folder: PathBuf,
    /// What takes the folder away at the end, where nothing is kept.
    _temporary: Option<Arc<TempDir>>,
}

impl Place for Git {
    fn get_many(&self, paths: &[&str]) -> Result<Vec<Option<Bytes>>> {
        let Some(tip) = self.tip()? else {
            return Ok(vec![None; paths.len()]);
        };
        let new: Vec<&str> = {
            let state = self.state();
            let is_new = |path: &&&str| !state.read.contains_key(**path);
            paths.iter().filter(is_new).copied().collect()
        };
        if !new.is_empty() {
            let found = match self.read(&tip, &new) {
                Err(error) if self.may_ask() => {
                    self.fetch_anew(&self.mirror()?).map_err(|_| error)?;
                    self.read(&tip, &new)?
                }
                found => found?,
            };
            let mut state = self.state();
            for (path, bytes) in new.into_iter().zip(found) {
                state.read.insert(path.to_owned(), bytes);
            }
        }
        let state = self.state();
        Ok(paths.iter().map(|path| state.read[*path].clone()).collect())
    }

    fn is_registry(&self) -> Result<bool> {
        let Some(tip) = self.tip()? else {
            return Ok(false);
        };
        let mirror = self.mirror()?;
        self.refuse_no_folder(&mirror, &tip)?;
        let folder = self.below("");
        let listed = self.list(&mirror, &tip, &[&folder])?;
        let names = listed.iter().map(|(path, ..)| path.as_str());
        let names: BTreeSet<&str> = names
            .filter_map(|path| path.strip_prefix(&folder))
            .collect();
        match (names.contains(REGISTRY_JSON), names.is_empty()) {
            (true, _) => Ok(true),
            (false, true) => Ok(false),
            (false, false) => {
                let own = self.on_its_own_branch();
                Err(
                    Error::user(format!("`{}` is no registry, and not empty", self.shown())).hint(
                        format!("name a branch of its own, which is made: --registry {own}"),
                    ),
                )
            }
        }
    }

    fn name(&self) -> String {
        let folder = self.repository.folder.as_ref();
        let name = folder.map_or_else(
            || self.repository.url.path().rsplit('/').next(),
            |folder| Some(folder.file_name()),
        );
        name.unwrap_or("registry").to_owned()
    }

    fn change(&self, what: &str, decide: Decide<'_>) -> Result<()> {
        for attempt in 0..TRIES {
            let before = self.read_again()?;
            self.is_registry()?;
            let writes = decide()?;
            if writes.is_empty() {
                return Ok(());
            }
            let commit = self.commit(before.as_deref(), &writes, what)?;
            let Err(why) = self.push(&commit)? else {
                let mut state = self.state();
                state.read.clear();
                state.tip = Some(Some(commit));
                return Ok(());
            };
            if self.read_again()? == before {
                return Err(self.failed("publish to", why).note("nothing was published"));
            }
            thread::sleep(pause(attempt));
        }
        Err(Error::user(format!(
            "others published to `{}` {TRIES} times in the meantime",
            self.shown()
        ))
        .note("nothing was published")
        .hint("run the same command again"))
    }
}

/// Returns how long to wait before the next try: other publishers wait for other times.
fn pause(attempt: u32) -> Duration {
    let most = 50 << attempt.min(5);
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let random = nanos.map_or(0, |since| u64::from(since.subsec_micros()));
    Duration::from_millis(random % most)
}

impl Git {
    /// Returns the place; nothing is asked yet.
    pub fn at(repository: &GitRepository, reach: &Reach) -> Self {
        Self {
            repository: repository.clone(),
            reach: reach.clone(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address, for messages.
    fn shown(&self) -> String {
        self.repository.to_string()
    }

    /// Reads files of a commit; those that the mirror lacks are fetched all at once.
    fn read(&self, tip: &str, paths: &[&str]) -> Result<Vec<Option<Bytes>>> {
        let mirror = self.mirror()?;
        let names = self.names(&mirror, tip, paths)?;
        let wanted: BTreeSet<&str> = names.values().map(String::as_str).collect();
        let mut blobs = self.blobs(&mirror, &wanted)?;
        let missing: BTreeSet<&str> = wanted
            .into_iter()
            .filter(|name| !blobs.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            let all = self.all_of_few(&mirror, tip)?;
            let rest = all.iter().map(String::as_str);
            let fetched: BTreeSet<&str> = missing.iter().copied().chain(rest).collect();
            self.fetch_blobs(&mirror, &fetched)?;
            blobs.extend(self.blobs(&mirror, &missing)?);
        }
        let get = |path: &&str| -> Result<Option<Bytes>> {
            let Some(name) = names.get(&self.below(path)) else {
                return Ok(None);
            };
            match blobs.get(name) {
                Some(bytes) => Ok(Some(bytes.clone())),
                None => Err(
                    Error::user(format!("`{}` did not give `{path}`", self.shown()))
                        .hint("run the same command again"),
                ),
            }
        };
        paths.iter().map(get).collect()
    }

    /// Returns the address of a branch that has nothing but a registry.
    fn on_its_own_branch(&self) -> String {
        let own = GitRepository {
            branch: Some("registry".to_owned()),
            ..self.repository.clone()
        };
        words::path_quoted(&own.to_string())
    }

    /// Returns what one of the registry's files is called in the repository.
    fn below(&self, path: &str) -> String {
        match &self.repository.folder {
            Some(folder) => format!("{folder}/{path}"),
            None => path.to_owned(),
        }
    }

    /// Returns the newest commit, which is asked for once; nothing where the branch has none.
    fn tip(&self) -> Result<Option<String>> {
        let known = self.state().tip.clone();
        match known {
            Some(tip) => Ok(tip),
            None => self.read_again(),
        }
    }

    fn read_again(&self) -> Result<Option<String>> {
        let mirror = self.mirror()?;
        let tip = match self.reach.access {
            Access::Signed | Access::Anonymous => match self.fetch(&mirror) {
                Ok(tip) => tip,
                Err(error) => self.fetch_anew(&mirror).map_err(|_| error)?,
            },
            Access::NotAsked | Access::Offline => Some(self.kept_tip(&mirror)?),
        };
        let mut state = self.state();
        if state.tip.as_ref() != Some(&tip) {
            state.read.clear();
        }
        state.tip = Some(tip.clone());
        Ok(tip)
    }

    /// Returns the mirror, and makes it first where there is none.
    fn mirror(&self) -> Result<Mirror> {
        if let Some(mirror) = &self.state().mirror {
            return Ok(mirror.clone());
        }
        let (home, temporary) = match &self.reach.cache {
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
        let mirror = Mirror {
            folder: home.join(self.mirror_name()),
            _temporary: temporary,
        };
        let _lock = self.lock(&mirror)?;
        let config = fs::read(&mirror.folder.join("config"))?.unwrap_or_default();
        if !String::from_utf8_lossy(&config).contains("promisor") {
            self.make(&mirror, "sha1")?;
        }
        self.state().mirror = Some(mirror.clone());
        Ok(mirror)
    }

    /// Returns what the mirror's folder is called: readable, and another one for each branch.
    fn mirror_name(&self) -> String {
        let GitRepository { url, branch, .. } = &self.repository;
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

    /// Makes a mirror. `names` is how the repository names what it has.
    fn make(&self, mirror: &Mirror, names: &str) -> Result<()> {
        let mut command = self.reach.surroundings.git();
        command.args(["init", "--quiet", "--bare", "--template="]);
        command.arg(format!("--object-format={names}")).arg("--");
        self.ask(command.arg(&mirror.folder), b"")?;
        let place = mirror.folder.join("config");
        let mut config = fs::read(&place)?.unwrap_or_default();
        // An address has no letter that would need more than quotes.
        let remote = format!(
            "[remote \"origin\"]\n\turl = \"{}\"\n\tpromisor = true\n\t\
             partialclonefilter = blob:none\n",
            self.repository.url
        );
        config.extend(remote.as_bytes());
        fs::write_atomic(&place, &config, false)
    }

    /// Waits until no other process reads into the mirror.
    fn lock(&self, mirror: &Mirror) -> Result<Held> {
        let path = mirror.folder.with_extension("lock");
        let start = Instant::now();
        loop {
            match fs::try_lock(&path, &format!("process {}", std::process::id()))? {
                Lock::Taken(held) => return Ok(held),
                Lock::Busy(_) if start.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(20));
                }
                Lock::Busy(other) => {
                    return Err(Error::user(format!(
                        "another agentpkg reads `{}`: {other}",
                        self.shown()
                    )));
                }
            }
        }
    }

    fn may_ask(&self) -> bool {
        matches!(self.reach.access, Access::Signed | Access::Anonymous)
    }

    /// Reads the newest commit into a new mirror, which takes the place of the old one: a command
    /// that was killed may have left that as no git can use it, or it has other sorts of names than
    /// the repository.
    fn fetch_anew(&self, mirror: &Mirror) -> Result<Option<String>> {
        let mut last = None;
        for names in ["sha1", "sha256"] {
            let new = Mirror {
                folder: mirror.folder.with_extension(names),
                _temporary: mirror._temporary.clone(),
            };
            fs::clear_own(&new.folder)?;
            let fetched = self.make(&new, names).and_then(|()| self.fetch(&new));
            match fetched {
                Ok(tip) => {
                    let _lock = self.lock(mirror)?;
                    fs::clear_own(&mirror.folder)?;
                    fs::rename_own(&new.folder, &mirror.folder)?;
                    return Ok(tip);
                }
                Err(error) => {
                    fs::clear_own(&new.folder)?;
                    last = Some(error);
                }
            }
        }
        Err(last.unwrap_or_else(|| self.unread()))
    }

    /// Refuses where something else than a folder lies where the registry's is.
    fn refuse_no_folder(&self, mirror: &Mirror, tip: &str) -> Result<()> {
        let Some(folder) = &self.repository.folder else {
            return Ok(());
        };
        let way: Vec<RelPath> = folder.ancestors().chain([folder.clone()]).collect();
        let names: Vec<&str> = way.iter().map(RelPath::as_str).collect();
        for (path, mode, _) in self.list(mirror, tip, &names)? {
            if mode != FOLDER_MODE {
                return Err(Error::user(format!(
                    "`{path}` in `{}` is no folder",
                    self.repository.url
                ))
                .hint("name a folder, or one that is to be made"));
            }
        }
        Ok(())
    }

    /// Fetches the newest commit without its files.
    fn fetch(&self, mirror: &Mirror) -> Result<Option<String>> {
        let _lock = self.lock(mirror)?;
        let mut command = self.remote(mirror)?;
        command
            .args(FETCH)
            .args(["--depth=1", "--filter=blob:none"]);
        command.args(self.repository.url.upload());
        command
            .arg("origin")
            .arg(format!("+{}:{TIP}", self.source()));
        match self.reach.surroundings.transfer(&mut command, b"") {
            Ok(_) => Ok(Some(self.kept_tip(mirror)?)),
            Err(why) if says(&why, "couldn't find remote ref") => {
                self.ask(self.git(mirror).args(["update-ref", "-d", TIP]), b"")?;
                Ok(None)
            }
            Err(why) => Err(self.failed("read", why)),
        }
    }

    /// What is fetched: the branch, or what the repository has as its default.
    fn source(&self) -> String {
        let branch = self.repository.branch.as_ref();
        branch.map_or("HEAD".to_owned(), |branch| format!("refs/heads/{branch}"))
    }

    /// Returns the newest commit that the mirror has.
    fn kept_tip(&self, mirror: &Mirror) -> Result<String> {
        let mut command = self.git(mirror);
        command.args(["rev-parse", "--verify", "--quiet", TIP]);
        match self.reach.surroundings.ask(&mut command, b"") {
            Ok(said) => Ok(String::from_utf8_lossy(&said.output).trim().to_owned()),
            Err(_) => Err(self.unread()),
        }
    }

    /// Why there is nothing to read, where nothing may be asked.
    fn unread(&self) -> Error {
        let shown = self.shown();
        match self.reach.access {
            Access::NotAsked => Error::user(format!(
                "`{shown}` was not asked: `agentpkg.toml` names it, and nobody here has used it"
            ))
            .hint(format!("agentpkg install --registry {shown}")),
            _ => Error::user(format!("`{shown}` was never read on this machine"))
                .hint("run the command without `--offline`"),
        }
    }

    /// Fetches files by git's names for them, all at once.
    fn fetch_blobs(&self, mirror: &Mirror, names: &BTreeSet<&str>) -> Result<()> {
        match self.reach.access {
            Access::Signed | Access::Anonymous => {}
            Access::NotAsked => return Err(self.unread()),
            Access::Offline => {
                return Err(Error::user(format!(
                    "{} of `{}` were never read on this machine",
                    words::count(names.len(), "file"),
                    self.shown()
                ))
                .hint("run the command without `--offline`"));
            }
        }
        let _lock = self.lock(mirror)?;
        let mut command = self.remote(mirror)?;
        // As git itself fetches what a partial clone lacks.
        command.args(["-c", "fetch.negotiationAlgorithm=noop"]);
        command.args(FETCH).args(["--filter=blob:none", "--stdin"]);
        command.args(self.repository.url.upload()).arg("origin");
        let input: String = names.iter().map(|name| format!("{name}\n")).collect();
        if self
            .reach
            .surroundings
            .transfer(&mut command, input.as_bytes())
            .is_ok()
        {
            return Ok(());
        }
        // Servers that give no single files give everything.
        let mut command = self.remote(mirror)?;
        command
            .args(FETCH)
            .args(["--depth=1", "--refetch", "--no-filter"]);
        command.args(self.repository.url.upload());
        command
            .arg("origin")
            .arg(format!("+{}:{TIP}", self.source()));
        let fetched = self.reach.surroundings.transfer(&mut command, b"");
        fetched.map(drop).map_err(|why| self.failed("read", why))
    }

    /// Returns git's names for the files at some paths, by what those are called in the repository.
    fn names(
        &self,
        mirror: &Mirror,
        tip: &str,
        paths: &[&str],
    ) -> Result<BTreeMap<String, String>> {
        let paths: Vec<String> = paths.iter().map(|path| self.below(path)).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        let mut names = BTreeMap::new();
        for (path, kind, name) in self.list(mirror, tip, &paths)? {
            if !paths.contains(&path.as_str()) {
                continue;
            }
            if !kind.starts_with("100") {
                return Err(
                    Error::damaged(format!("`{path}` of `{}` is no file", self.shown()))
                        .hint("ask whoever keeps the registry"),
                );
            }
            names.insert(path, name);
        }
        Ok(names)
    }

    /// Returns what a commit has at some paths, or in folders that end in a slash: path, mode and
    /// git's name.
    fn list(
        &self,
        mirror: &Mirror,
        tip: &str,
        paths: &[&str],
    ) -> Result<Vec<(String, String, String)>> {
        let mut found = Vec::new();
        for paths in paths.chunks(PATHS) {
            let mut command = self.git(mirror);
            command.args(["ls-tree", "-z", "--full-tree", tip, "--"]);
            command.args(paths.iter().filter(|path| !path.is_empty()));
            let said = self.ask(&mut command, b"")?;
            for line in String::from_utf8_lossy(&said).split('\0') {
                let Some((head, path)) = line.split_once('\t') else {
                    continue;
                };
                if let [mode, _, name] = head.split(' ').collect::<Vec<_>>()[..] {
                    found.push((path.to_owned(), mode.to_owned(), name.to_owned()));
                }
            }
        }
        Ok(found)
    }

    /// Returns git's names for all files of a small registry, and none of a large one: what is small
    /// is fetched faster as a whole.
    fn all_of_few(&self, mirror: &Mirror, tip: &str) -> Result<Vec<String>> {
        let mut command = self.git(mirror);
        command.args(["ls-tree", "-r", "-z", "--full-tree", tip]);
        command.args(self.repository.folder.iter().map(RelPath::as_str));
        let said = self.ask(&mut command, b"")?;
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
    fn blobs(&self, mirror: &Mirror, names: &BTreeSet<&str>) -> Result<BTreeMap<String, Bytes>> {
        let mut found = BTreeMap::new();
        for names in self.in_bounds(mirror, names)? {
            let mut command = self.git(mirror);
            let said = self.ask(command.args(["cat-file", "--batch"]), names.as_bytes())?;
            found.extend(parse_batch(&said.into()));
        }
        Ok(found)
    }

    /// Groups those of some files that the mirror has, a line each, so that no group is too large.
    fn in_bounds(&self, mirror: &Mirror, names: &BTreeSet<&str>) -> Result<Vec<String>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let input: String = names.iter().map(|name| format!("{name}\n")).collect();
        let mut command = self.git(mirror);
        let said = self.ask(
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
                    self.shown(),
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

    /// Makes a commit with some files on top of another one, or the first.
    fn commit(&self, before: Option<&str>, writes: &[Write], what: &str) -> Result<String> {
        let mirror = self.mirror()?;
        let index = tempfile::Builder::new().prefix("agentpkg-index-").tempdir();
        let index = index.map_err(|error| Error::io("create", "a folder for git", &error))?;
        let git = || {
            let mut command = self.git(&mirror);
            command.env("GIT_INDEX_FILE", index.path().join("index"));
            command
        };
        if let Some(before) = before {
            self.ask(git().args(["read-tree", before]), b"")?;
        }
        let mut lines = String::new();
        for write in writes {
            let mut command = git();
            let name = self.ask(command.args(["hash-object", "-w", "--stdin"]), &write.bytes)?;
            let name = String::from_utf8_lossy(&name).trim().to_owned();
            lines.push_str(&format!("100644 {name}\t{}\0", self.below(&write.path)));
        }
        let mut command = git();
        command.args(["update-index", "--add", "-z", "--index-info"]);
        self.ask(&mut command, lines.as_bytes())?;
        let tree = self.ask(git().args(["write-tree", "--missing-ok"]), b"")?;
        let tree = String::from_utf8_lossy(&tree).trim().to_owned();
        if let Some(before) = before {
            self.refuse_more(&mirror, before, &tree, writes)?;
        }
        let mut command = git();
        command.args(["commit-tree", &tree, "-F", "-"]);
        command.args(before.iter().flat_map(|before| ["-p", before]));
        let message = message(what);
        let made = self
            .reach
            .surroundings
            .ask(&mut command, message.as_bytes());
        let made = made.map_err(|why| {
            self.failed_here("make a commit for", why)
                .note("nothing was published")
                .hint("git config --global user.name \"NAME\"")
                .hint("git config --global user.email ADDRESS")
        })?;
        Ok(String::from_utf8_lossy(&made.output).trim().to_owned())
    }

    /// Refuses a tree in which more changed than was to be written: a folder takes the place of a
    /// file, and with it what was there.
    fn refuse_more(
        &self,
        mirror: &Mirror,
        before: &str,
        tree: &str,
        writes: &[Write],
    ) -> Result<()> {
        let mut command = self.git(mirror);
        command.args(["diff-tree", "-r", "-z", "--no-renames", "--name-only"]);
        let said = self.ask(command.args([before, tree]), b"")?;
        let said = String::from_utf8_lossy(&said).into_owned();
        let wanted: BTreeSet<String> = writes.iter().map(|one| self.below(&one.path)).collect();
        let is_more = |path: &&str| !path.is_empty() && !wanted.contains(*path);
        match said.split('\0').find(is_more) {
            None => Ok(()),
            Some(path) => Err(Error::user(format!(
                "`{path}` in `{}` lies where the registry's files belong",
                self.shown()
            ))
            .note("nothing was published")
            .hint(format!(
                "name a branch of its own, which is made: --registry {}",
                self.on_its_own_branch()
            ))),
        }
    }

    /// Pushes a commit; git's reasons where it refuses because the branch isn't what it was.
    fn push(&self, commit: &str) -> Result<std::result::Result<(), Reasons>> {
        let mirror = self.mirror()?;
        let _lock = self.lock(&mirror)?;
        let branch = self.branch(&mirror)?;
        let mut command = self.remote(&mirror)?;
        command.args([
            "push",
            "--porcelain",
            "--no-verify",
            "--no-follow-tags",
            "--no-signed",
            "--recurse-submodules=no",
        ]);
        command.args(self.repository.url.receive()).arg("origin");
        command.arg(format!("{commit}:refs/heads/{branch}"));
        match self.reach.surroundings.push(&mut command) {
            Ok(_) => Ok(Ok(())),
            Err((refused, why)) if refused.is_empty() => {
                Err(self.failed("publish to", why).note("nothing was published"))
            }
            Err((refused, why)) => Ok(Err(refused.into_iter().chain(why).collect())),
        }
    }

    /// Returns the branch that is pushed to.
    fn branch(&self, mirror: &Mirror) -> Result<String> {
        if let Some(branch) = &self.repository.branch {
            return Ok(branch.clone());
        }
        let mut command = self.remote(mirror)?;
        command.args(["ls-remote", "--symref", "--quiet"]);
        command.args(self.repository.url.upload());
        command.args(["origin", "HEAD"]);
        let said = self.reach.surroundings.transfer(&mut command, b"");
        let said = said.map_err(|why| self.failed("read", why))?.output;
        let said = String::from_utf8_lossy(&said).into_owned();
        let branch = said.lines().find_map(|line| {
            let line = line.strip_prefix("ref: refs/heads/")?;
            line.strip_suffix("\tHEAD")
        });
        branch.map(str::to_owned).ok_or_else(|| {
            let own = self.on_its_own_branch();
            Error::user(format!("`{}` has no branch yet", self.shown()))
                .note("nothing was published")
                .hint(format!("name one, which is made: --registry {own}"))
        })
    }

    /// Git in the mirror.
    fn git(&self, mirror: &Mirror) -> Command {
        let mut command = self.reach.surroundings.git();
        command.arg("--git-dir").arg(&mirror.folder);
        command.args(["-c", "gc.auto=0", "-c", "maintenance.auto=false"]);
        command
    }

    /// Git in the mirror, about to ask the repository.
    fn remote(&self, mirror: &Mirror) -> Result<Command> {
        let url = &self.repository.url;
        let mut command = self.git(mirror);
        self.reach.surroundings.for_transport(&mut command, url);
        if self.reach.access == Access::Anonymous && url.host().is_some() {
            if !url.is_web() {
                return Err(self.unknown());
            }
            // Nothing of the person's: no helper, no header, no netrc.
            command.args(["-c", "credential.helper=", "-c", "core.askPass="]);
            command.env("GIT_ASKPASS", "").env("SSH_ASKPASS", "");
            command
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_SYSTEM", "/dev/null")
                .env_remove("GIT_CONFIG_COUNT")
                .env_remove("GIT_CONFIG_PARAMETERS")
                .env("XDG_CONFIG_HOME", &mirror.folder)
                .env("HOME", &mirror.folder);
        }
        Ok(command)
    }

    /// Why nobody signs in where a clone sends them.
    fn unknown(&self) -> Error {
        let shown = self.shown();
        Error::user(format!(
            "`agentpkg.toml` names `{shown}`, which nobody here has used: you are not signed in \
             there unasked"
        ))
        .note("nothing was changed")
        .hint(format!("agentpkg install --registry {shown}"))
    }

    fn ask(&self, command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
        let said = self.reach.surroundings.ask(command, input);
        let said = said.map_err(|why| self.failed_here("work on a copy of", why))?;
        Ok(said.output)
    }

    fn failed(&self, verb: &str, why: Reasons) -> Error {
        let is_refused = says(&why, "Authentication failed")
            || says(&why, "could not read Username")
            || says(&why, "terminal prompts disabled");
        if self.reach.access == Access::Anonymous && is_refused {
            return self.unknown();
        }
        self.failed_here(verb, why).hint(format!(
            "see whether git can reach it: git ls-remote {}",
            self.repository.url
        ))
    }

    /// As [`failed`](Self::failed), where nobody was asked.
    fn failed_here(&self, verb: &str, why: Reasons) -> Error {
        let error = Error::user(format!("failed to {verb} `{}`", self.shown()));
        why.into_iter().fold(error, Error::cause)
    }
}

/// How something is fetched into a mirror, and nothing else.
const FETCH: [&str; 5] = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-recurse-submodules",
    "--no-write-fetch-head",
];

fn says(why: &Reasons, words: &str) -> bool {
    why.iter().any(|line| line.contains(words))
}

/// Returns a commit's message: `publish guards 1.0.0` as a sentence.
fn message(what: &str) -> String {
    let mut letters = what.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let text: String = first.into_iter().chain(letters).collect();
    format!("{}\n", plain(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_sentence() {
        assert_eq!(message("publish guards 1.0.0"), "Publish guards 1.0.0\n");
    }
}
