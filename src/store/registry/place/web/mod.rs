//! A registry on a web server: plain files, asked for with conditions and kept.
//!
//! An index and a catalog can change: what is kept of them is used where the server says that it is
//! still the same. An archive can't, and is kept by its digest ([`cache`](crate::store::cache)).

mod page;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use self::page::Page;
use super::super::REGISTRY_JSON;
use super::super::web_address::WebAddress;
use super::{Decide, Place};
use crate::error::{Error, Result};
use crate::store::archive;
use crate::store::asked::{AsOf, LastAnswers};
use crate::store::http::{FileRequest, Manner, ServerAnswer};
use crate::store::reach::{Access, Reach};

/// How many bytes an index or a catalog has at most: 8,000 releases have five million.
const MOST: u64 = 16 << 20;
/// What the name of an archive ends with.
const ARCHIVE: &str = ".tar.gz";

/// On a web server.
#[derive(Debug)]
pub struct Web {
    address: WebAddress,
    reach: Reach,
    state: Mutex<State>,
}

/// What was found out so far.
#[derive(Debug, Default)]
struct State {
    /// What was read, by path.
    read: BTreeMap<String, Option<Bytes>>,
    /// What is to be kept of that, once it turns out to be right.
    unproved: BTreeMap<String, Page>,
    as_of: Option<AsOf>,
    /// Why the server didn't answer: who only looks asks it once.
    failed: Option<Error>,
}

/// A file that is wanted, and what is kept of it.
struct Wanted<'a> {
    path: &'a str,
    kept: Option<Page>,
}

impl Web {
    /// Returns the place; nothing is asked yet.
    pub fn at(address: &WebAddress, reach: &Reach) -> Self {
        Self {
            address: address.clone(),
            reach: reach.clone(),
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> String {
        self.address.to_string()
    }

    /// Reads files: those that are believed as they are kept, the others all at once.
    fn read(&self, paths: &[&str]) -> Result<()> {
        let asked = LastAnswers::read(self.reach.cache.as_ref(), &self.shown());
        let mut open = Vec::new();
        for path in paths {
            let kept = self.kept(path);
            match kept {
                Some(page) if !self.reach.may_ask() || self.is_believed(&page, &asked) => {
                    self.use_kept(path, page, asked.is_silent(self.reach.now));
                }
                kept => open.push(Wanted { path, kept }),
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        if !self.reach.may_ask() {
            return Err(self.reach.unread(&self.shown()));
        }
        if let Some(failed) = self.failed(&asked) {
            return Err(failed);
        }
        match self.ask(&open) {
            Ok(answers) => {
                LastAnswers::answered(self.reach.cache.as_ref(), &self.shown(), self.reach.now);
                for (wanted, answer) in open.into_iter().zip(answers) {
                    self.take(wanted, answer);
                }
                Ok(())
            }
            Err(error) if self.reach.believed > 0 => self.without_news(open, asked, error),
            Err(error) => {
                self.state().failed = Some(error.clone());
                Err(error)
            }
        }
    }

    /// Returns why the server isn't asked once more, where somebody only looks: it didn't answer
    /// just now.
    fn failed(&self, asked: &LastAnswers) -> Option<Error> {
        if self.reach.is_patient {
            return None;
        }
        if let Some(failed) = &self.state().failed {
            return Some(failed.clone());
        }
        if self.reach.believed == 0 {
            return None;
        }
        let why = asked.is_silent(self.reach.now)?;
        let error = Error::user(format!("`{}` did not answer just now", self.shown()));
        Some(error.cause(why))
    }

    /// Returns what is kept of a file that can change.
    fn kept(&self, path: &str) -> Option<Page> {
        let cache = self.reach.cache.as_ref()?;
        (!path.ends_with(ARCHIVE))
            .then(|| Page::read(cache, &self.address, path))
            .flatten()
    }

    /// Returns whether a file isn't asked for again: it was read just now, or the server was asked
    /// just now and did not answer.
    fn is_believed(&self, page: &Page, asked: &LastAnswers) -> bool {
        self.reach.believed > 0
            && (self.reach.believes(page.at) || asked.is_silent(self.reach.now).is_some())
    }

    fn use_kept(&self, path: &str, page: Page, why: Option<&str>) {
        let mut state = self.state();
        let at = state
            .as_of
            .as_ref()
            .map_or(page.at, |as_of| as_of.at.min(page.at));
        state.as_of = Some(AsOf {
            at,
            why: why.map(str::to_owned),
        });
        state.read.insert(path.to_owned(), Some(page.bytes));
    }

    fn ask(&self, open: &[Wanted<'_>]) -> Result<Vec<ServerAnswer>> {
        let mut asks = Vec::new();
        for Wanted { path, kept } in open {
            let is_archive = path.ends_with(ARCHIVE);
            asks.push(FileRequest {
                url: self.address.of(path),
                most: match is_archive {
                    true => archive::PACKED as u64,
                    false => MOST,
                },
                changes: !is_archive,
                kept: kept.as_ref().and_then(Page::validators),
            });
        }
        let manner = Manner {
            credentials: (self.reach.access == Access::Signed).then_some(&*self.reach.credentials),
            limits: self.reach.limits,
        };
        self.reach.http.get_many(&asks, manner)
    }

    /// Takes what a server says of a file, and keeps it.
    fn take(&self, Wanted { path, kept }: Wanted<'_>, answer: ServerAnswer) {
        let (at, path) = (self.reach.now, path.to_owned());
        let mut state = self.state();
        let page = match (answer, kept) {
            (ServerAnswer::Same, Some(kept)) => Page { at, ..kept },
            (ServerAnswer::File(bytes, validators), _) => Page {
                at,
                bytes,
                validators,
            },
            // That there is none is kept by nobody: it may be there in a moment.
            (ServerAnswer::Absent | ServerAnswer::Same, _) => {
                state.read.insert(path, None);
                return;
            }
        };
        state.read.insert(path.clone(), Some(page.bytes.clone()));
        if !path.ends_with(ARCHIVE) {
            state.unproved.insert(path, page);
        }
    }

    /// Goes on with what is kept where a server has no news.
    fn without_news(&self, open: Vec<Wanted<'_>>, asked: LastAnswers, error: Error) -> Result<()> {
        let why = error
            .causes()
            .first()
            .map_or(error.message(), String::as_str);
        asked.silent(
            self.reach.cache.as_ref(),
            &self.shown(),
            self.reach.now,
            why,
        );
        self.state().failed = Some(error.clone());
        for Wanted { path, kept } in open {
            match kept {
                Some(page) => self.use_kept(path, page, Some(why)),
                None => return Err(error),
            }
        }
        Ok(())
    }
}

impl Place for Web {
    fn get_many(&self, paths: &[&str]) -> Result<Vec<Option<Bytes>>> {
        let mut new = paths.to_vec();
        new.retain(|path| !self.state().read.contains_key(*path));
        if !new.is_empty() {
            self.read(&new)?;
        }
        let state = self.state();
        Ok(paths.iter().map(|path| state.read[*path].clone()).collect())
    }

    fn judge(&self, path: &str, is_right: bool) {
        let mut state = self.state();
        let page = state.unproved.remove(path);
        if !is_right {
            state.read.remove(path);
        }
        let Some(cache) = &self.reach.cache else {
            return;
        };
        match (page, is_right) {
            (Some(page), true) => page.keep(cache, &self.address, path),
            // What is kept may be right, though what came isn't.
            (Some(_), false) => {}
            (None, true) => {}
            (None, false) => Page::forget(cache, &self.address, path),
        }
    }

    fn as_of(&self) -> Option<AsOf> {
        self.state().as_of.clone()
    }

    fn is_registry(&self) -> Result<bool> {
        Ok(self.get_many(&[REGISTRY_JSON])?.remove(0).is_some())
    }

    fn name(&self) -> String {
        self.address.host()
    }

    fn change(&self, what: &str, _decide: Decide<'_>) -> Result<()> {
        Err(self.address.read_only(what))
    }
}
