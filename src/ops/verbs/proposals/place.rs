//! Where a proposal's template lies in this repository, and which registry has the release that it
//! changes.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::manifest::DEFAULT_REGISTRY;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::template::TEMPLATE_TOML;
use crate::model::tree::FileTree;
use crate::proposal::{Proposal, ReadMail};
use crate::store::config::{self, By, Chosen, Environment, Permits};
use crate::store::registry::Address;
use crate::store::workspace::Workspace;
use crate::store::{fs, journal, snapshot};

use crate::ops::Session;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;

/// The folder of a template's source.
pub struct SourceFolder {
    /// Where it is, from the repository's root; `None` is the root itself.
    pub path: Option<RelPath>,
    /// What is in it.
    pub tree: FileTree,
}

/// Returns the folder of the template that a mail is for: the one that is named, else the mail's.
///
/// # Errors
/// When it isn't there, leads out of the repository, or has another template.
pub fn folder(context: &Session, named: Option<&Path>, mail: &ReadMail) -> Result<SourceFolder> {
    let root = context.workspace.root();
    let name = &mail.proposal.template;
    let (place, said) = match (named, &mail.directory) {
        (Some(named), _) => (
            context.environment.here.join(named),
            named.display().to_string(),
        ),
        (None, Some(directory)) => (directory.under(root), directory.to_string()),
        (None, None) => (root.to_path_buf(), ".".to_owned()),
    };
    let elsewhere = |error: Error| match found(root, name) {
        Some(folder) => error.hint(format!(
            "the template is in another folder: `--template {folder}`"
        )),
        None => error.hint(
            "run it in the repository that has the template's source, or name it: `--template DIR`",
        ),
    };
    if !fs::exists(&place.join(TEMPLATE_TOML)) {
        let what = if fs::is_folder(&place) {
            "has no `template.toml`"
        } else {
            "is not a folder"
        };
        return Err(elsewhere(Error::user(format!(
            "`{name}` is not here: `{said}` {what}"
        ))));
    }
    let path = inside(root, &place).ok_or_else(|| {
        Error::user(format!("`{said}` is not inside the repository"))
            .hint("run it in the repository that has it")
    })?;
    let tree = read(root, path.as_ref())?;
    let found = &Source::of(&said, tree.clone())?.manifest.template.name;
    match found == name {
        true => Ok(SourceFolder { path, tree }),
        false => Err(elsewhere(Error::user(format!(
            "the proposal is for `{name}`, and `{said}` has `{found}`"
        )))),
    }
}

fn read(root: &Path, path: Option<&RelPath>) -> Result<FileTree> {
    match path {
        Some(path) => {
            snapshot::refuse_part(&path.under(root))?;
            fs::read_tree(&path.under(root))
        }
        None => fs::read_tree_without(root, &[".git", journal::HOME]),
    }
}

/// Returns the path of a folder below the root, every link on the way followed; `None` inside is
/// the root itself.
fn inside(root: &Path, place: &Path) -> Option<Option<RelPath>> {
    let real = fs::canonical(place).ok()?;
    let below = real.strip_prefix(root).ok()?.to_str()?.to_owned();
    if below.is_empty() {
        Some(None)
    } else {
        below.parse().ok().map(Some)
    }
}

/// Returns where else the repository has a template, if it has.
fn found(root: &Path, name: &TemplateName) -> Option<RelPath> {
    let folders = [root.join("templates"), root.to_path_buf()];
    let places = folders
        .iter()
        .filter_map(|folder| fs::list(folder).ok())
        .flatten();
    let is_it = |place: &PathBuf| {
        let bytes = fs::read(&place.join(TEMPLATE_TOML)).ok().flatten();
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        let manifest = text.and_then(|text| {
            crate::model::template::TemplateManifest::parse(TEMPLATE_TOML, &text).ok()
        });
        manifest.is_some_and(|manifest| manifest.template.name == *name)
    };
    places
        .filter(is_it)
        .find_map(|place| inside(root, &place).flatten())
}

/// The releases of the registry that proposals are asked of.
pub struct Releases {
    /// The registry.
    pub chosen: Chosen,
    registries: Registries,
}

impl Releases {
    /// Opens the registry that somebody names; where nobody does, the one in the repository's
    /// `registry/`.
    pub fn open(context: &Session) -> Result<Self> {
        let Session {
            workspace,
            environment,
            ..
        } = context;
        let manifest = Repo::without_lock(workspace)?.manifest;
        let chosen = config::default_registry(environment, workspace.root(), &manifest)?;
        let own = workspace.root().join("registry");
        if chosen.by != By::Nobody || !fs::exists(&own.join("registry.json")) {
            return Ok(Self {
                chosen,
                registries: Registries::new(context, &manifest)?,
            });
        }
        let environment = Environment {
            flag: Some(own.display().to_string()),
            ..environment.clone()
        };
        let workspace: Workspace = workspace.clone();
        let own = Session {
            workspace,
            environment,
            person: None,
            progress: context.progress,
        };
        let registries = Registries::new(&own, &manifest)?;
        let chosen = Chosen {
            address: Address::parse("registry", own.workspace.root())?,
            by: By::Nobody,
            permits: Permits::default(),
        };
        Ok(Self { chosen, registries })
    }

    /// Returns the source of the release that a proposal changes.
    ///
    /// # Errors
    /// When the registry doesn't have it, or has another under its version.
    pub fn base(&self, proposal: &Proposal) -> Result<FileTree> {
        let Proposal { template, base, .. } = proposal;
        let url = &self.chosen.address;
        let unknown = |cause: String| {
            Error::user(format!(
                "`{}` is against an unknown release: `{template}` {}",
                proposal.id, base.version
            ))
            .cause(cause)
            .hint("name the registry that its author installed from: `--registry URL`")
        };
        let index = self.registries.index(DEFAULT_REGISTRY, template)?;
        let index = index.ok_or_else(|| unknown(format!("`{url}` has no `{template}`")))?;
        let release = index.release(&base.version);
        let release =
            release.ok_or_else(|| unknown(format!("`{url}` doesn't have that version")))?;
        if release.tree != base.tree {
            return Err(unknown(format!(
                "what `{url}` has as {} holds other files",
                base.version
            )));
        }
        Ok(self
            .registries
            .source(DEFAULT_REGISTRY, template, release)?
            .tree)
    }

    /// Returns the source of the newest release of a template that has some, yanked or not: a
    /// version is never taken again.
    pub fn newest(&self, template: &TemplateName) -> Result<Source> {
        let index = self
            .registries
            .index(DEFAULT_REGISTRY, template)?
            .unwrap_or_else(|| crate::model::index::Index::new(template.clone()));
        let stable = index
            .releases
            .iter()
            .rfind(|release| release.version.pre.is_empty());
        let newest = stable.or(index.releases.last());
        let newest = newest.ok_or_else(|| self.registries.unknown(DEFAULT_REGISTRY, template))?;
        self.registries.source(DEFAULT_REGISTRY, template, newest)
    }
}
