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
mod publish;
mod remote;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use self::mirror::{Mirror, TreeEntry};
use self::remote::{Remote, is_of_the_mirror};
use super::super::REGISTRY_JSON;
use super::super::address::GitRepository;
use super::{Decide, Place};
use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::store::asked::{AsOf, LastAnswers};
use crate::store::reach::{Access, Reach};
use crate::words;

/// How git marks a folder in a tree.
const FOLDER_MODE: &str = "040000";
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
        let mut new = paths.to_vec();
        new.retain(|path| !self.state().read.contains_key(*path));
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
                .hint_command(
                    "name a branch of its own, which is made",
                    format!("--registry {own}"),
                ))
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
        self.publish(what, decide)
    }
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
        let mut read = Vec::new();
        for path in paths {
            let Some(name) = names.get(&self.below(path)) else {
                read.push(None);
                continue;
            };
            let Some(bytes) = blobs.get(name) else {
                let shown = self.remote.shown();
                let error = Error::user(format!("`{shown}` did not give `{path}`"));
                return Err(error.hint("run the same command again"));
            };
            read.push(Some(bytes.clone()));
        }
        Ok(read)
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
        let asked = LastAnswers::read(cache, &shown);
        let answered = asked.answered.filter(|_| is_news);
        if let Some((at, tip)) = answered.and_then(|at| Some((at, mirror.kept_tip().ok()?))) {
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
                match answered.and_then(|at| Some((at, mirror.kept_tip().ok()?))) {
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
}
