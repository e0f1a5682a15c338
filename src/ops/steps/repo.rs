//! What a repo says of itself: its manifest and its lock.

use std::collections::BTreeMap;

use semver::Version;

use crate::error::{Error, Result};
use crate::model::lock::{AGENTPKG_LOCK, Lock, LockedRelease};
use crate::model::manifest::{AGENTPKG_TOML, Manifest};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::renderer::RENDERER;
use crate::model::version::Requirement;
use crate::store::workspace::Workspace;
use crate::store::{git, snapshot};
use crate::tree::{Base, Snapshot};

use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;

/// A repo's manifest and lock, as they are.
pub struct Repo {
    /// agentpkg.toml; the default where there is none.
    pub manifest: Manifest,
    pub manifest_text: Option<String>,
    /// agentpkg.lock.
    pub lock: Option<Lock>,
    pub lock_text: Option<String>,
    /// Whether git left its markers in the text, and the lock was rebuilt from both sides.
    pub rejoined: bool,
}

impl Repo {
    /// Reads the repo.
    ///
    /// # Errors
    /// Where a file doesn't parse, or was written for a newer agentpkg.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let mut repo = Self::without_lock(workspace)?;
        repo.read_lock(workspace)?;
        Ok(repo)
    }

    /// Reads the repo; a lock that git could not merge is rebuilt from both sides.
    ///
    /// # Errors
    /// As for [`read`](Self::read).
    pub fn rejoin(workspace: &Workspace) -> Result<Self> {
        let mut repo = Self::without_lock(workspace)?;
        let text = workspace.text(AGENTPKG_LOCK)?;
        match text.as_deref().map(Lock::rejoined).transpose()?.flatten() {
            Some(lock) => Ok(Self {
                lock: Some(lock),
                lock_text: text,
                rejoined: true,
                ..repo
            }),
            None => {
                repo.read_lock(workspace)?;
                Ok(repo)
            }
        }
    }

    /// Reads agentpkg.toml alone, for verbs that don't ask what is installed.
    pub fn without_lock(workspace: &Workspace) -> Result<Self> {
        let manifest_text = workspace.text(AGENTPKG_TOML)?;
        let manifest = Manifest::parse(manifest_text.as_deref().unwrap_or_default())?;
        if let Some(needs) = manifest
            .agentpkg
            .as_ref()
            .filter(|needs| !needs.matches(&this_version()))
        {
            return Err(Error::user(format!(
                "`{AGENTPKG_TOML}` needs agentpkg {needs}; this is {}",
                this_version()
            ))
            .hint("update agentpkg"));
        }
        Ok(Self {
            manifest,
            manifest_text,
            lock: None,
            lock_text: None,
            rejoined: false,
        })
    }

    /// Reads agentpkg.lock too.
    ///
    /// # Errors
    /// As damaged where it doesn't parse; else where it can't be read, or was written for a newer
    /// agentpkg.
    pub fn read_lock(&mut self, workspace: &Workspace) -> Result<()> {
        self.lock_text = workspace.text(AGENTPKG_LOCK)?;
        self.refuse_left_out(workspace)?;
        self.lock = self.lock_text.as_deref().map(Lock::parse).transpose()?;
        match self
            .lock
            .as_ref()
            .map(|lock| lock.inputs.renderer)
            .filter(|renderer| *renderer > RENDERER)
        {
            Some(renderer) => Err(Error::user(format!(
                "`{AGENTPKG_LOCK}` was written by renderer {renderer}; this agentpkg has \
                 {RENDERER}"
            ))
            .hint("update agentpkg to the version that your team uses")),
            None => Ok(()),
        }
    }

    /// Returns the releases that are installed.
    pub fn installed_releases(&self) -> &BTreeMap<TemplateName, LockedRelease> {
        static NONE: BTreeMap<TemplateName, LockedRelease> = BTreeMap::new();
        match &self.lock {
            Some(lock) => &lock.inputs.releases,
            None => &NONE,
        }
    }

    /// Returns the base of every path.
    pub fn base(&self) -> Base {
        match &self.lock {
            Some(lock) => Base {
                files: lock.files.clone(),
                hooks: lock.hooks.clone(),
                ..Base::default()
            },
            None => Base::default(),
        }
    }

    /// Returns what is at each managed path and at `others`: what is missing is told from what was
    /// deleted, and what was moved is followed, which the records of `base` then say.
    pub fn ours<'a>(
        &self,
        workspace: &Workspace,
        base: &mut Base,
        others: impl IntoIterator<Item = &'a RelPath>,
    ) -> Result<Snapshot> {
        snapshot::take(workspace, self.lock.as_ref(), &mut base.files, others)
    }

    /// Refuses where a sparse checkout leaves one of agentpkg's own files out: nobody would know
    /// what is installed, and what was written would take its place.
    fn refuse_left_out(&self, workspace: &Workspace) -> Result<()> {
        let own = [
            (AGENTPKG_TOML, self.manifest_text.is_none()),
            (AGENTPKG_LOCK, self.lock_text.is_none()),
        ];
        let absent = own.into_iter().filter(|(_, is_absent)| *is_absent);
        let absent: Vec<RelPath> = absent.map(|(name, _)| rel(name)).collect();
        let Some(path) = snapshot::left_out(workspace, &absent).into_iter().next() else {
            return Ok(());
        };
        let inside = git::inside(workspace.root());
        let wanted = match inside.trim_end_matches('/') {
            "" => "'/agentpkg.*'".to_owned(),
            folder => words::path_quoted(folder),
        };
        let error = Error::user(format!("this sparse checkout leaves `{path}` out"));
        Err(error
            .note("nothing was changed")
            .command(format!("git sparse-checkout add {wanted}")))
    }

    /// Refuses where one of agentpkg's own files is lost: without agentpkg.toml nothing that is
    /// installed is wanted, and without agentpkg.lock nobody knows what was installed. `named` are
    /// the templates that the command names.
    ///
    /// # Errors
    /// With the command that brings it back.
    pub fn refuse_lost(&self, session: &Session, named: &[TemplateName]) -> Result<()> {
        let (lost, other) = match (&self.manifest_text, &self.lock_text) {
            (None, Some(_)) => (AGENTPKG_TOML, AGENTPKG_LOCK),
            (Some(_), None) => (AGENTPKG_LOCK, AGENTPKG_TOML),
            _ => return Ok(()),
        };
        let error = Error::user(format!("`{lost}` is missing, and `{other}` is there"))
            .note("nothing was changed");
        let (root, command) = (session.workspace.root(), session.git());
        if !git::committed(root, &[rel(lost)])?.is_empty() {
            return Err(error.command(format!("{command} checkout HEAD -- {lost}")));
        }
        if git::index(root, [&rel(lost)])?.contains_key(&rel(lost)) {
            return Err(error.command(format!("{command} checkout -- {lost}")));
        }
        // A repo that was never installed has an agentpkg.toml alone.
        let wanted: Vec<String> = self
            .roots()
            .filter(|(name, _)| !named.contains(name))
            .map(|(name, release)| {
                let version = Requirement::compatible_with(&release.version);
                format!("{name}@{version}")
            })
            .collect();
        match lost == AGENTPKG_TOML && !wanted.is_empty() {
            true => Err(error
                .note("what it said of registries is lost with it: name yours with `--registry`")
                .command(installing(session, &wanted))),
            false => Ok(()),
        }
    }

    /// Returns the installed templates that no other one needs.
    fn roots(&self) -> impl Iterator<Item = (&TemplateName, &LockedRelease)> {
        let releases = || self.lock.iter().flat_map(|lock| &lock.inputs.releases);
        let is_needed =
            move |name: &TemplateName| releases().any(|(_, one)| one.dependencies.contains(name));
        releases().filter(move |(name, _)| !is_needed(name))
    }

    /// Returns the lock, for verbs that need one.
    pub fn installed(&self, session: &Session) -> Result<&Lock> {
        self.lock.as_ref().ok_or_else(|| {
            let error = Error::user(format!(
                "nothing is installed here: there is no `{AGENTPKG_LOCK}`"
            ));
            match self.manifest.templates.is_empty() {
                true => error
                    .command(installing(session, &["NAME".to_owned()]))
                    .command(CommandLine::next(session, "search")),
                false => error.command(installing(session, &[])),
            }
        })
    }

    /// Returns the installed templates that nothing asks for any more: neither agentpkg.toml nor a
    /// dependent.
    pub fn unasked(&self) -> Vec<TemplateName> {
        let Some(lock) = &self.lock else {
            return Vec::new();
        };
        let mut asked: Vec<&TemplateName> = self.manifest.templates.keys().collect();
        let mut next = 0;
        while let Some(name) = asked.get(next).copied() {
            next += 1;
            for dependency in lock
                .inputs
                .releases
                .get(name)
                .into_iter()
                .flat_map(|release| &release.dependencies)
            {
                if !asked.contains(&dependency) {
                    asked.push(dependency);
                }
            }
        }
        lock.inputs
            .releases
            .keys()
            .filter(|name| !asked.contains(name))
            .cloned()
            .collect()
    }
}

/// Returns the command that installs what is requested.
fn installing(session: &Session, requests: &[String]) -> CommandLine {
    let mut line = CommandLine::next(session, "install");
    for request in requests {
        line = line.word(request);
    }
    line
}

/// Returns the version of this program.
pub fn this_version() -> Version {
    Version::parse(env!("CARGO_PKG_VERSION")).expect("Cargo checks a package's version")
}
