//! Registries: where releases are found, and what is found there checked.
//!
//! **What is installed is what was published: every byte is checked.**

mod address;
mod instead;
mod place;
mod publish;
#[cfg(test)]
mod tests;
mod web_address;
mod write;
mod yank;

use std::path::PathBuf;
use std::sync::Arc;

pub use address::{Address, EMBEDDED, GitRepository, Target};
use bytes::Bytes;
use place::Place;
pub use place::Places;
pub use publish::{Published, publish};
use serde::de::DeserializeOwned;
pub use web_address::WebAddress;
pub use yank::{Withdrawal, withdraw};

use crate::error::{Error, Result};
use crate::model::digest::Digest;
use crate::model::index::{self, Catalog, Index, MOST_RELEASES, RegistryInfo, Release};
use crate::model::name::TemplateName;
use crate::model::tree::{FileTree, tree_digest};
use crate::store::archive;
use crate::store::asked::AsOf;
use crate::store::cache;
use crate::store::reach::Reach;
use crate::words;
use write::Write;

/// That a folder is a registry, and what it calls itself.
const REGISTRY_JSON: &str = "registry.json";
/// A line a template.
const CATALOG_JSON: &str = "catalog.json";

/// A place that serves releases.
#[derive(Clone, Debug)]
pub struct Registry {
    address: Address,
    place: Arc<dyn Place>,
    /// Where archives are kept that come from another machine.
    cache: Option<PathBuf>,
}

impl Registry {
    /// Returns the registry at an address.
    ///
    /// Nothing is read yet: an install whose releases are all cached asks the registry nothing.
    ///
    /// # Errors
    /// When this agentpkg can't read what lies there.
    pub fn open(address: &Address, reach: &Reach) -> Result<Self> {
        Ok(Self {
            place: place::at(address, reach)?,
            address: address.clone(),
            cache: reach.cache.clone().filter(|_| address.is_remote()),
        })
    }

    /// Returns the registry at an address as [`open`](Self::open) does, at a place that the command
    /// may have been to.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_again(address: &Address, reach: &Reach, places: &Places) -> Result<Self> {
        Ok(Self {
            place: places.at(address, reach)?,
            address: address.clone(),
            cache: reach.cache.clone().filter(|_| address.is_remote()),
        })
    }

    /// Returns its address, for messages.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Returns whether it is the one inside the binary: agentpkg's own starter templates.
    pub fn is_embedded(&self) -> bool {
        self.address.is_embedded()
    }

    /// Returns how old what was read is, where nobody was asked for anything newer.
    pub fn as_of(&self) -> Option<AsOf> {
        self.place.as_of()
    }

    /// Returns what the registry calls itself.
    ///
    /// # Errors
    /// When there is no registry.
    pub fn info(&self) -> Result<RegistryInfo> {
        let info = self.parse(REGISTRY_JSON)?;
        self.place.judge(REGISTRY_JSON, info.is_some());
        info.ok_or_else(|| {
            let address = &self.address;
            let error = Error::user(format!(
                "there is no registry at `{address}`: it has no `{REGISTRY_JSON}`"
            ));
            match instead::suggest(address) {
                Some(hint) => error.hint(hint),
                None => error.hint(format!(
                    "check its address; publishing makes one: `agentpkg publish TEMPLATE_DIR \
                     --registry {}`",
                    words::path_quoted(&address.to_string())
                )),
            }
        })
    }

    /// Returns the templates, a line each; none where nothing was published yet.
    ///
    /// # Errors
    /// When there is no registry, or it is damaged.
    pub fn catalog(&self) -> Result<Catalog> {
        match self.parse(CATALOG_JSON)? {
            Some(catalog) => {
                self.place.judge(CATALOG_JSON, true);
                Ok(catalog)
            }
            None => self.info().map(|_| Catalog::default()),
        }
    }

    /// Returns the releases of a template, or `None` if the registry has no such template.
    ///
    /// # Errors
    /// When there is no registry, or the index is damaged.
    pub fn index(&self, name: &TemplateName) -> Result<Option<Index>> {
        let path = index_path(name);
        let Some(index) = self.parse::<Index>(&path)? else {
            return self.info().map(|_| None);
        };
        let index = check_index(index, name, &self.address);
        self.place.judge(&path, index.is_ok());
        index.map(Some)
    }

    /// Returns the source of a release, checked: the archive's size and digest, the strict reader's
    /// every rule, and the digest of the tree.
    ///
    /// # Errors
    /// Names the template and the version, and what is wrong as the cause.
    pub fn artifact(&self, release: &Release, name: &TemplateName) -> Result<FileTree> {
        let damaged = |cause: String| {
            Error::damaged(format!(
                "`{name}` {} in `{}` is damaged",
                release.version, self.address
            ))
            .cause(cause)
            .hint("whoever keeps the registry can restore it: publish the same source again")
        };
        let path = artifact_path(&release.artifact);
        let bytes = match self.kept(&release.artifact) {
            Some(bytes) => bytes,
            None => self
                .read(&path)?
                .ok_or_else(|| damaged(format!("its archive `{path}` is missing")))?,
        };
        if bytes.len() as u64 != release.size {
            return Err(damaged(format!(
                "its archive has {} bytes, the index says {}",
                bytes.len(),
                release.size
            )));
        }
        if Digest::of(&bytes) != release.artifact {
            return Err(damaged(
                "its archive is not the one that was published".to_owned(),
            ));
        }
        let tree = archive::unpack(&bytes).map_err(|error| damaged(error.message().to_owned()))?;
        if tree_digest(&tree) != release.tree {
            return Err(damaged(
                "its files are not the ones that were published".to_owned(),
            ));
        }
        if let Some(cache) = &self.cache {
            cache::keep(cache, &release.artifact, &bytes);
        }
        Ok(tree)
    }

    /// Returns the source of a release that was read from another machine before, checked as by
    /// [`artifact`](Self::artifact); nothing is asked.
    pub fn kept_source(&self, artifact: &Digest, tree: &Digest) -> Option<FileTree> {
        let files = archive::unpack(&self.kept(artifact)?).ok()?;
        (tree_digest(&files) == *tree).then_some(files)
    }

    /// Returns how many bytes an archive has that was read before.
    pub fn kept_size(&self, artifact: &Digest) -> Option<u64> {
        self.kept(artifact).map(|bytes| bytes.len() as u64)
    }

    /// Returns whether a web server has yet to send the archive of a release.
    pub fn is_to_come(&self, release: &Release) -> bool {
        matches!(self.address.target(), Target::Web(_)) && self.kept(&release.artifact).is_none()
    }

    fn kept(&self, artifact: &Digest) -> Option<Bytes> {
        let cache = self.cache.as_ref()?;
        cache::archive(cache, artifact).map(Bytes::from)
    }

    /// Returns the releases of several templates, as [`index`](Self::index) does, asked for all at
    /// once.
    ///
    /// # Errors
    /// As for [`index`](Self::index).
    pub fn indexes(&self, names: &[&TemplateName]) -> Result<Vec<Option<Index>>> {
        let paths: Vec<String> = names.iter().map(|name| index_path(name)).collect();
        self.read_ahead(&paths)?;
        names.iter().map(|name| self.index(name)).collect()
    }

    /// Reads the archives of releases that aren't kept yet, all at once.
    ///
    /// # Errors
    /// When the registry can't be read.
    pub fn read_archives(&self, releases: &[&Release]) -> Result<()> {
        let mut paths = Vec::new();
        for release in releases {
            if self.kept(&release.artifact).is_none() {
                paths.push(artifact_path(&release.artifact));
            }
        }
        self.read_ahead(&paths)
    }

    /// Has a place that is far away be asked once for many files; one that is near is asked when
    /// each is needed.
    fn read_ahead(&self, paths: &[String]) -> Result<()> {
        if self.address.is_remote() && paths.len() > 1 {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            self.place.get_many(&paths)?;
        }
        Ok(())
    }

    /// Drops the writes that would change nothing.
    fn drop_written(&self, writes: &mut Vec<Write>) -> Result<()> {
        let paths: Vec<&str> = writes.iter().map(|write| write.path.as_str()).collect();
        let there = self.place.get_many(&paths)?;
        let mut there = there.into_iter();
        writes.retain(|write| {
            there
                .next()
                .flatten()
                .is_none_or(|old| *old != *write.bytes)
        });
        Ok(())
    }

    fn parse<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>> {
        let Some(bytes) = self.read(path)? else {
            return Ok(None);
        };
        index::parse(&self.address.file(path), &bytes)
            .map(Some)
            .map_err(|error| {
                self.place.judge(path, false);
                match instead::suggest_for_page(&self.address, &bytes) {
                    Some(hint) => error.hint(hint),
                    None => error,
                }
            })
    }

    /// Returns the bytes of one of the registry's files, or `None` if it isn't there.
    fn read(&self, path: &str) -> Result<Option<Bytes>> {
        Ok(self.place.get_many(&[path])?.pop().flatten())
    }
}

/// Returns where a registry keeps a template's index.
fn index_path(name: &TemplateName) -> String {
    format!("index/{name}.json")
}

/// Returns where a registry keeps an archive.
fn artifact_path(artifact: &Digest) -> String {
    let hex = artifact.hex();
    format!("artifacts/sha256/{}/{hex}.tar.gz", &hex[..2])
}

/// Returns a reason as long as people read it.
fn in_short(reason: &str) -> String {
    match reason.char_indices().nth(LONGEST_REASON) {
        Some((end, _)) => format!("{}…", &reason[..end]),
        None => reason.to_owned(),
    }
}

/// How many letters of a reason are told.
const LONGEST_REASON: usize = 400;

/// Checks that an index is about `name` and lists each version once, and returns it in the order of
/// the versions.
fn check_index(mut index: Index, name: &TemplateName, address: &Address) -> Result<Index> {
    if index.name != *name {
        return Err(Error::damaged(format!(
            "`{}` is the index of `{}`",
            address.file(&index_path(name)),
            index.name
        ))
        .hint("ask whoever keeps the registry"));
    }
    if index.releases.len() > MOST_RELEASES {
        return Err(Error::user(format!(
            "`{}` lists {} releases; at most {MOST_RELEASES} are read",
            address.file(&index_path(name)),
            index.releases.len()
        ))
        .hint("ask whoever keeps the registry"));
    }
    for release in &mut index.releases {
        if release.recalled && release.yanked.is_none() {
            release.yanked = Some("no reason is given".to_owned());
        }
        release.yanked = release.yanked.take().map(|reason| in_short(&reason));
    }
    // What takes its own place takes none.
    index.deprecated = index
        .deprecated
        .filter(|deprecated| deprecated.replacement != *name);
    index.releases.sort_by(|a, b| a.version.cmp(&b.version));
    match index
        .releases
        .windows(2)
        .find(|two| two[0].version == two[1].version)
    {
        Some(two) => Err(Error::damaged(format!(
            "`{}` lists {} twice",
            address.file(&index_path(name)),
            two[0].version
        ))
        .hint("ask whoever keeps the registry")),
        None => Ok(index),
    }
}
