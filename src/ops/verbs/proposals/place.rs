//! Where a proposal's template lies in this repository, and which registry has the release that it
//! changes.

use std::path::Path;

use crate::error::{Error, Result};
use crate::model::manifest::DEFAULT_REGISTRY;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::template::TEMPLATE_TOML;
use crate::model::template::TemplateManifest;
use crate::model::tree::FileTree;
use crate::proposal::{Proposal, ReadMail};
use crate::store::config::{self, By, Chosen, Environment, Permits};
use crate::store::registry::Address;
use crate::store::workspace::Workspace;
use crate::store::{fs, snapshot};

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

/// Returns the folder of the template that a mail is for: the one that is named, else the mail's,
/// else the one that is found here.
///
/// # Errors
/// When it isn't there, leads out of the repository, or has another template.
pub fn folder(session: &Session, named: Option<&Path>, mail: &ReadMail) -> Result<SourceFolder> {
    let root = session.workspace.root();
    let name = &mail.proposal.template;
    let of_mail = || match &mail.directory {
        Some(directory) => (directory.under(root), directory.to_string()),
        None => (root.to_path_buf(), ".".to_owned()),
    };
    let (place, said) = match named {
        Some(named) => (
            session.environment.here.join(named),
            named.display().to_string(),
        ),
        None if name_in(&of_mail().0).as_ref() == Some(name) => of_mail(),
        None => match found(root, name) {
            Some(folder) => (folder.under(root), folder.to_string()),
            None => of_mail(),
        },
    };
    if !fs::exists(&place.join(TEMPLATE_TOML)) {
        let what = if fs::is_folder(&place) {
            "has no `template.toml`"
        } else {
            "is not a folder"
        };
        let error = Error::user(format!("`{name}` is not here: `{said}` {what}"));
        return Err(error.hint(where_else(root, name)));
    }
    let path = inside(root, &place).ok_or_else(|| {
        Error::user(format!("`{said}` is not inside the repository"))
            .hint("run it in the repository that has it")
    })?;
    let tree = read(root, path.as_ref())?;
    let found = &Source::of(&said, tree.clone())?.manifest.template.name;
    match found == name {
        true => Ok(SourceFolder { path, tree }),
        false => Err(Error::user(format!(
            "the proposal is for `{name}`, and `{said}` has `{found}`"
        ))
        .hint(where_else(root, name))),
    }
}

fn where_else(root: &Path, name: &TemplateName) -> String {
    match found(root, name) {
        Some(folder) => format!("the template is in another folder: `--template {folder}`"),
        None => "run it in the repository that has the template's source, or name it: \
                 `--template DIR`"
            .to_owned(),
    }
}

fn read(root: &Path, path: Option<&RelPath>) -> Result<FileTree> {
    match path {
        Some(path) => {
            snapshot::refuse_part(&path.under(root))?;
            fs::read_tree(&path.under(root))
        }
        None => fs::read_source(root),
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
    for folder in &folders {
        for place in fs::list(folder).unwrap_or_default() {
            if name_in(&place).as_ref() == Some(name)
                && let Some(Some(path)) = inside(root, &place)
            {
                return Some(path);
            }
        }
    }
    None
}

/// Returns the name of the template whose source a folder is.
fn name_in(folder: &Path) -> Option<TemplateName> {
    let bytes = fs::read(&folder.join(TEMPLATE_TOML)).ok()??;
    let text = String::from_utf8(bytes).ok()?;
    let manifest = TemplateManifest::parse(TEMPLATE_TOML, &text).ok()?;
    Some(manifest.template.name)
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
    pub fn open(session: &Session) -> Result<Self> {
        let Session {
            workspace,
            environment,
            ..
        } = session;
        let manifest = Repo::without_lock(workspace)?.manifest;
        let chosen = config::default_registry(environment, workspace.root(), &manifest)?;
        let own = workspace.root().join("registry");
        if chosen.by != By::Nobody || !fs::exists(&own.join("registry.json")) {
            return Ok(Self {
                chosen,
                registries: Registries::new(session, &manifest)?,
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
            progress: session.progress,
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
        let index = self.registries.index(DEFAULT_REGISTRY, template)?;
        let release = index.as_ref().map(|index| index.release(&base.version));
        let cause = match release {
            Some(Some(release)) if release.tree == base.tree => {
                let source = self
                    .registries
                    .source(DEFAULT_REGISTRY, template, release)?;
                return Ok(source.tree);
            }
            Some(Some(_)) => format!("what `{url}` has as {} holds other files", base.version),
            Some(None) => format!("`{url}` doesn't have that version"),
            None => format!("`{url}` has no `{template}`"),
        };
        Err(Error::user(format!(
            "`{}` is against an unknown release: `{template}` {}",
            proposal.id, base.version
        ))
        .cause(cause)
        .hint("name the registry that its author installed from: `--registry URL`"))
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
