//! A registry in a git repository, read and written by the system's git.
//!
//! Of the repository only the newest commit of one branch is fetched, and of its files only those
//! that are asked for, all at once. They are kept in a mirror, a repository of our own without a
//! working tree: **nothing of a registry's repository is ever checked out, so nothing of it runs**.
//!
//! A change is a commit on top of what was read, and a push that git refuses where somebody was
//! faster. That refusal has two faces, "fetch first" and "failed to update ref": it is a lost race
//! wherever the branch has moved since, and the change is decided anew.

mod mirror;
mod remote;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use bytes::Bytes;

use self::mirror::{Mirror, TreeEntry};
use self::remote::{Remote, is_of_the_mirror, says};
use super::super::REGISTRY_JSON;
use super::super::address::GitRepository;
use super::super::write::Write;
use super::{Decide, Place};
use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::store::asked::{AsOf, LastAnswers};
use crate::store::reach::{Access, Reach};
use crate::store::surroundings::{Reasons, plain};
use crate::words;

/// How git marks a folder in a tree.
const FOLDER_MODE: &str = "040000";
/// How often a change is decided anew, because somebody else was faster.
const TRIES: u32 = 30;

/// In a git repository.
#[derive(Debug)]
pub struct Git {
    remote: Arc<Remote>,
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
    as_of: Option<AsOf>,
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
                Err(error) if self.remote.reach.may_ask() && is_of_the_mirror(&error) => {
                    self.mirror()?.fetch_anew().map_err(|_| error)?;
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

    fn as_of(&self) -> Option<AsOf> {
        self.state().as_of.clone()
    }

    fn is_registry(&self) -> Result<bool> {
        let Some(tip) = self.tip()? else {
            return Ok(false);
        };
        let mirror = self.mirror()?;
        self.refuse_no_folder(&mirror, &tip)?;
        let folder = self.below("");
        let listed = mirror.list(&tip, &[&folder])?;
        let names = listed.iter().map(|entry| entry.path.as_str());
        let names: BTreeSet<&str> = names
            .filter_map(|path| path.strip_prefix(&folder))
            .collect();
        match (names.contains(REGISTRY_JSON), names.is_empty()) {
            (true, _) => Ok(true),
            (false, true) => Ok(false),
            (false, false) => {
                let own = self.on_its_own_branch();
                Err(Error::user(format!(
                    "`{}` is no registry, and not empty",
                    self.remote.shown()
                ))
                .hint(format!(
                    "name a branch of its own, which is made: --registry {own}"
                )))
            }
        }
    }

    fn name(&self) -> String {
        let folder = self.remote.repository.folder.as_ref();
        let name = folder.map_or_else(
            || self.remote.repository.url.path().rsplit('/').next(),
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
                // Nobody was faster, and it was not the other side that refused: the mirror has a
                // commit of the same name without what is before it.
                if attempt == 0 && !says(&why, "[remote rejected]") {
                    self.mirror()?.fetch_anew()?;
                    continue;
                }
                return Err(self
                    .remote
                    .failed("publish to", why)
                    .note("nothing was published"));
            }
            thread::sleep(pause(attempt));
        }
        Err(Error::user(format!(
            "others published to `{}` {TRIES} times in the meantime",
            self.remote.shown()
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
            remote: Arc::new(Remote {
                repository: repository.clone(),
                reach: reach.clone(),
            }),
            state: Mutex::default(),
        }
    }

    /// Returns the mirror, which is opened once.
    fn mirror(&self) -> Result<Mirror> {
        if let Some(mirror) = &self.state().mirror {
            return Ok(mirror.clone());
        }
        let mirror = Mirror::open(&self.remote)?;
        self.state().mirror = Some(mirror.clone());
        Ok(mirror)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads files of a commit; those that the mirror lacks are fetched all at once.
    fn read(&self, tip: &str, paths: &[&str]) -> Result<Vec<Option<Bytes>>> {
        let mirror = self.mirror()?;
        let names = self.names(&mirror, tip, paths)?;
        let wanted: BTreeSet<&str> = names.values().map(String::as_str).collect();
        let mut blobs = mirror.blobs(&wanted)?;
        let missing: BTreeSet<&str> = wanted
            .into_iter()
            .filter(|name| !blobs.contains_key(*name))
            .collect();
        if !missing.is_empty() {
            let all = mirror.all_of_few(tip)?;
            let rest = all.iter().map(String::as_str);
            let fetched: BTreeSet<&str> = missing.iter().copied().chain(rest).collect();
            mirror.fetch_blobs(&fetched)?;
            blobs.extend(mirror.blobs(&missing)?);
        }
        let get = |path: &&str| -> Result<Option<Bytes>> {
            let Some(name) = names.get(&self.below(path)) else {
                return Ok(None);
            };
            match blobs.get(name) {
                Some(bytes) => Ok(Some(bytes.clone())),
                None => Err(Error::user(format!(
                    "`{}` did not give `{path}`",
                    self.remote.shown()
                ))
                .hint("run the same command again")),
            }
        };
        paths.iter().map(get).collect()
    }

    /// Returns the address of a branch that has nothing but a registry.
    fn on_its_own_branch(&self) -> String {
        let own = GitRepository {
            branch: Some("registry".to_owned()),
            ..self.remote.repository.clone()
        };
        words::path_quoted(&own.to_string())
    }

    /// Returns what one of the registry's files is called in the repository.
    fn below(&self, path: &str) -> String {
        match &self.remote.repository.folder {
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
        let tip = match self.remote.reach.access {
            Access::Signed | Access::Anonymous => self.newest(&mirror)?,
            Access::NotAsked | Access::Offline => Some(mirror.kept_tip()?),
        };
        let mut state = self.state();
        if state.tip.as_ref() != Some(&tip) {
            state.read.clear();
        }
        state.tip = Some(tip.clone());
        Ok(tip)
    }

    /// Returns the newest commit: of the repository, or where only news are wanted and it was asked
    /// just now, the one that was the newest then.
    fn newest(&self, mirror: &Mirror) -> Result<Option<String>> {
        let Reach { cache, now, .. } = &self.remote.reach;
        let (cache, shown) = (cache.as_ref(), self.remote.shown());
        // Of a repository on this machine nobody has to be asked.
        let is_far = self.remote.repository.url.host().is_some();
        let is_news = is_far && self.remote.reach.believed > 0;
        let asked = LastAnswers::of(cache, &shown);
        let kept = || Some((asked.answered.filter(|_| is_news)?, mirror.kept_tip().ok()?));
        if let Some((at, tip)) = kept() {
            let why = asked.is_silent(*now);
            if why.is_some() || self.remote.reach.believes(at) {
                return Ok(self.as_it_was(tip, at, why));
            }
        }
        let fetched = match mirror.fetch() {
            Err(error) if is_of_the_mirror(&error) => mirror.fetch_anew().map_err(|_| error),
            tip => tip,
        };
        match fetched {
            Ok(tip) => {
                LastAnswers::answered(cache, &shown, *now);
                Ok(tip)
            }
            Err(error) if is_news => {
                let why = error.causes().first();
                let why = why.map_or(error.message(), String::as_str);
                asked.clone().silent(cache, &shown, *now, why);
                match kept() {
                    Some((at, tip)) => Ok(self.as_it_was(tip, at, Some(why))),
                    None => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the newest commit as it was at some time, and remembers why it isn't asked for.
    fn as_it_was(&self, tip: String, at: i64, why: Option<&str>) -> Option<String> {
        let why = why.map(str::to_owned);
        self.state().as_of = Some(AsOf { at, why });
        Some(tip)
    }

    /// Refuses where something else than a folder lies where the registry's is.
    fn refuse_no_folder(&self, mirror: &Mirror, tip: &str) -> Result<()> {
        let Some(folder) = &self.remote.repository.folder else {
            return Ok(());
        };
        let way: Vec<RelPath> = folder.ancestors().chain([folder.clone()]).collect();
        let names: Vec<&str> = way.iter().map(RelPath::as_str).collect();
        for TreeEntry { path, mode, .. } in mirror.list(tip, &names)? {
            if mode != FOLDER_MODE {
                return Err(Error::user(format!(
                    "`{path}` in `{}` is no folder",
                    self.remote.repository.url
                ))
                .hint("name a folder, or one that is to be made"));
            }
        }
        Ok(())
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
        for TreeEntry { path, mode, name } in mirror.list(tip, &paths)? {
            if !paths.contains(&path.as_str()) {
                continue;
            }
            if !mode.starts_with("100") {
                return Err(Error::damaged(format!(
                    "`{path}` of `{}` is no file",
                    self.remote.shown()
                ))
                .hint("ask whoever keeps the registry"));
            }
            names.insert(path, name);
        }
        Ok(names)
    }

    /// Makes a commit with some files on top of another one, or the first.
    fn commit(&self, before: Option<&str>, writes: &[Write], what: &str) -> Result<String> {
        let mirror = self.mirror()?;
        let index = tempfile::Builder::new().prefix("agentpkg-index-").tempdir();
        let index = index.map_err(|error| Error::io("create", "a folder for git", &error))?;
        let git = || {
            let mut command = mirror.git();
            command.env("GIT_INDEX_FILE", index.path().join("index"));
            command
        };
        if let Some(before) = before {
            self.remote.ask(git().args(["read-tree", before]), b"")?;
        }
        let mut lines = String::new();
        for write in writes {
            let mut command = git();
            let name = self
                .remote
                .ask(command.args(["hash-object", "-w", "--stdin"]), &write.bytes)?;
            let name = String::from_utf8_lossy(&name).trim().to_owned();
            lines.push_str(&format!("100644 {name}\t{}\0", self.below(&write.path)));
        }
        let mut command = git();
        command.args(["update-index", "--add", "-z", "--index-info"]);
        self.remote.ask(&mut command, lines.as_bytes())?;
        let tree = self
            .remote
            .ask(git().args(["write-tree", "--missing-ok"]), b"")?;
        let tree = String::from_utf8_lossy(&tree).trim().to_owned();
        if let Some(before) = before {
            self.refuse_more(&mirror, before, &tree, writes)?;
        }
        let mut command = git();
        command.args(["commit-tree", &tree, "-F", "-"]);
        command.args(before.iter().flat_map(|before| ["-p", before]));
        let message = message(what);
        let made = self
            .remote
            .reach
            .surroundings
            .ask(&mut command, message.as_bytes());
        let made = made.map_err(|why| {
            self.remote
                .failed_here("make a commit for", why)
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
        let mut command = mirror.git();
        command.args(["diff-tree", "-r", "-z", "--no-renames", "--name-only"]);
        let said = self.remote.ask(command.args([before, tree]), b"")?;
        let said = String::from_utf8_lossy(&said).into_owned();
        let wanted: BTreeSet<String> = writes.iter().map(|one| self.below(&one.path)).collect();
        let is_more = |path: &&str| !path.is_empty() && !wanted.contains(*path);
        match said.split('\0').find(is_more) {
            None => Ok(()),
            Some(path) => Err(Error::user(format!(
                "`{path}` in `{}` lies where the registry's files belong",
                self.remote.shown()
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
        let _lock = mirror.lock()?;
        let branch = self.branch(&mirror)?;
        let mut command = mirror.command()?;
        command.args([
            "push",
            "--porcelain",
            "--no-verify",
            "--no-follow-tags",
            "--no-signed",
            "--recurse-submodules=no",
        ]);
        command
            .args(self.remote.repository.url.receive())
            .arg("origin");
        command.arg(format!("{commit}:refs/heads/{branch}"));
        match self.remote.reach.surroundings.push(&mut command) {
            Ok(_) => Ok(Ok(())),
            Err((refused, why)) if refused.is_empty() => Err(self
                .remote
                .failed("publish to", why)
                .note("nothing was published")),
            Err((refused, why)) => Ok(Err(refused.into_iter().chain(why).collect())),
        }
    }

    /// Returns the branch that is pushed to.
    fn branch(&self, mirror: &Mirror) -> Result<String> {
        if let Some(branch) = &self.remote.repository.branch {
            return Ok(branch.clone());
        }
        let mut command = mirror.command()?;
        command.args(["ls-remote", "--symref", "--quiet"]);
        command.args(self.remote.repository.url.upload());
        command.args(["origin", "HEAD"]);
        let said = self.remote.reach.surroundings.transfer(&mut command, b"");
        let said = said.map_err(|why| self.remote.failed("read", why))?.output;
        let said = String::from_utf8_lossy(&said).into_owned();
        let branch = said.lines().find_map(|line| {
            let line = line.strip_prefix("ref: refs/heads/")?;
            line.strip_suffix("\tHEAD")
        });
        branch.map(str::to_owned).ok_or_else(|| {
            let own = self.on_its_own_branch();
            Error::user(format!("`{}` has no branch yet", self.remote.shown()))
                .note("nothing was published")
                .hint(format!("name one, which is made: --registry {own}"))
        })
    }
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
