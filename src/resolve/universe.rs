//! What PubGrub is told of templates: which releases there are, and what each needs.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use pubgrub::{
    Dependencies, DependencyConstraints, DependencyProvider, PackageResolutionStatistics, Ranges,
};
use semver::{Prerelease, Version};

use super::{IndexSource, Locked, WantedRoot};
use crate::error::{Error, Result};
use crate::model::index::Release;
use crate::model::name::TemplateName;
use crate::model::version::Requirement;

/// A set of places in an index.
pub type PlaceSet = Ranges<usize>;

/// How many steps a search may make: more than one over as many releases as a template may have.
pub const MOST_STEPS: usize = 20_000;

/// What gets one version: a template of a registry. The repo is one too, with the wanted templates
/// as dependencies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SolverPackage {
    Repo,
    Template {
        name: TemplateName,
        /// The name of its registry.
        registry: String,
    },
}

impl SolverPackage {
    /// Returns the template `name` of `registry`.
    pub fn template(registry: &str, name: &TemplateName) -> Self {
        Self::Template {
            name: name.clone(),
            registry: registry.to_owned(),
        }
    }
}

impl fmt::Display for SolverPackage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repo => f.write_str("this repo"),
            Self::Template { name, .. } => write!(f, "`{name}`"),
        }
    }
}

/// Why a release can't be used, whatever else is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It needs another agentpkg.
    Agentpkg(Requirement),
    /// It needs another version of itself.
    Itself(Requirement),
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agentpkg(requirement) => write!(f, "agentpkg {requirement}"),
            Self::Itself(requirement) => write!(f, "itself as {requirement}"),
        }
    }
}

/// The releases of one template.
#[derive(Debug, Default)]
pub struct Candidates {
    /// Whether the registry has such a template.
    pub exists: bool,
    /// All of them, in the order of their versions.
    pub releases: Vec<Release>,
    /// The place of the locked one.
    locked: Option<usize>,
}

impl Candidates {
    /// Returns the places of the releases that meet a requirement: not yanked, or locked.
    pub fn fitting(&self, requirement: &Requirement) -> PlaceSet {
        let mut fitting = PlaceSet::empty();
        for (place, release) in self.visible() {
            if requirement.matches(&release.version) {
                fitting = fitting.union(&PlaceSet::singleton(place));
            }
        }
        fitting
    }

    /// Returns the releases that may be chosen, with their places.
    pub fn visible(&self) -> impl DoubleEndedIterator<Item = (usize, &Release)> {
        let releases = self.releases.iter().enumerate();
        releases.filter(|(place, release)| release.yanked.is_none() || self.locked == Some(*place))
    }
}

/// All that PubGrub can ask about. Indexes are loaded when it does.
pub struct Universe<'a> {
    /// What the repo wants.
    pub wanted: &'a [WantedRoot],
    /// This program's version, without what makes it a pre-release: `0.4.0-dev` can do what 0.4.0
    /// can.
    pub agentpkg: Version,
    /// Where indexes come from.
    pub source: &'a dyn IndexSource,
    locked: &'a Locked,
    loaded: RefCell<BTreeMap<SolverPackage, Rc<Candidates>>>,
    /// How many steps the search may still make, and may make in all.
    pub steps: (Cell<usize>, usize),
}

impl<'a> Universe<'a> {
    /// Returns what is reachable from `wanted`.
    pub fn new(
        wanted: &'a [WantedRoot],
        source: &'a dyn IndexSource,
        locked: &'a Locked,
        agentpkg: &Version,
    ) -> Self {
        let agentpkg = Version {
            pre: Prerelease::EMPTY,
            ..agentpkg.clone()
        };
        Self {
            wanted,
            agentpkg,
            source,
            locked,
            loaded: RefCell::default(),
            steps: (Cell::new(MOST_STEPS), MOST_STEPS),
        }
    }

    /// Returns the releases of a template; none of the repo.
    pub fn candidates(&self, package: &SolverPackage) -> Result<Rc<Candidates>> {
        let SolverPackage::Template { name, registry } = package else {
            return Ok(Rc::default());
        };
        if let Some(candidates) = self.loaded.borrow().get(package) {
            return Ok(candidates.clone());
        }
        let index = self.source.index(registry, name)?;
        let exists = index.is_some();
        let releases = index.map(|index| index.releases).unwrap_or_default();
        let locked = self.locked.get(name).filter(|(from, _)| from == registry);
        let locked = locked.and_then(|(_, version)| {
            releases
                .iter()
                .position(|release| release.version == *version)
        });
        let candidates = Rc::new(Candidates {
            exists,
            releases,
            locked,
        });
        self.loaded
            .borrow_mut()
            .insert(package.clone(), candidates.clone());
        Ok(candidates)
    }

    /// Returns what the package at `place` needs: of which package, which versions.
    pub fn needs(
        &self,
        package: &SolverPackage,
        place: usize,
    ) -> Result<Vec<(SolverPackage, Requirement)>> {
        let mut needs = Vec::new();
        let SolverPackage::Template { registry, .. } = package else {
            for root in self.wanted {
                let package = SolverPackage::template(&root.registry, &root.name);
                needs.push((package, root.requirement.clone()));
            }
            return Ok(needs);
        };
        for (name, requirement) in &self.candidates(package)?.releases[place].dependencies {
            let root = self.wanted.iter().find(|root| root.name == *name);
            let registry = root.map_or(registry, |root| &root.registry);
            needs.push((SolverPackage::template(registry, name), requirement.clone()));
        }
        Ok(needs)
    }

    /// Returns why a release can't be used by this agentpkg, or at all.
    fn unusable(&self, package: &SolverPackage, place: usize) -> Result<Option<Unusable>> {
        let candidates = self.candidates(package)?;
        let Some(release) = candidates.releases.get(place) else {
            return Ok(None);
        };
        if let Some(agentpkg) = release
            .agentpkg
            .as_ref()
            .filter(|agentpkg| !agentpkg.matches(&self.agentpkg))
        {
            return Ok(Some(Unusable::Agentpkg(agentpkg.clone())));
        }
        let mut needs = self.needs(package, place)?.into_iter();
        let itself = needs.find(|(needed, requirement)| {
            needed == package && !requirement.matches(&release.version)
        });
        Ok(itself.map(|(_, requirement)| Unusable::Itself(requirement)))
    }
}

impl DependencyProvider for Universe<'_> {
    type P = SolverPackage;
    type V = usize;
    type VS = PlaceSet;
    /// What isn't locked is decided first and what the repo names before what others need, so that
    /// each gets its highest version; then what fails most, and what has the fewest candidates,
    /// so that the search is short.
    type Priority = (bool, bool, u32, Reverse<usize>);
    type M = Unusable;
    type Err = Error;

    fn prioritize(
        &self,
        package: &SolverPackage,
        range: &PlaceSet,
        failures: &PackageResolutionStatistics,
    ) -> Self::Priority {
        let SolverPackage::Template { name, .. } = package else {
            return (true, true, u32::MAX, Reverse(0));
        };
        let candidates = self.candidates(package).unwrap_or_default();
        let named = self.wanted.iter().any(|root| root.name == *name);
        let count = (0..candidates.releases.len())
            .filter(|place| range.contains(place))
            .count();
        (
            candidates.locked.is_none(),
            named,
            failures.conflict_count(),
            Reverse(count),
        )
    }

    /// Each step of the search asks this.
    fn should_cancel(&self) -> Result<()> {
        let (left, all) = &self.steps;
        match left.get().checked_sub(1) {
            Some(less) => {
                left.set(less);
                Ok(())
            }
            None => Err(Error::user(format!(
                "which releases fit together is not known after {all} steps"
            ))
            .note("nothing was changed")
            .hint("name an exact version of what matters in `[templates]` of `agentpkg.toml`")),
        }
    }

    fn choose_version(&self, package: &SolverPackage, range: &PlaceSet) -> Result<Option<usize>> {
        if *package == SolverPackage::Repo {
            return Ok(Some(0));
        }
        let candidates = self.candidates(package)?;
        let locked = candidates.locked.filter(|place| range.contains(place));
        if locked.is_some() {
            return Ok(locked);
        }
        let mut places = candidates.visible().map(|(place, _)| place).rev();
        Ok(places.find(|place| range.contains(place)))
    }

    fn get_dependencies(
        &self,
        package: &SolverPackage,
        place: &usize,
    ) -> Result<Dependencies<SolverPackage, PlaceSet, Unusable>> {
        if let Some(unusable) = self.unusable(package, *place)? {
            return Ok(Dependencies::Unavailable(unusable));
        }
        let mut constraints: BTreeMap<SolverPackage, PlaceSet> = BTreeMap::new();
        for (needed, requirement) in self.needs(package, *place)? {
            if needed != *package {
                let fitting = self.candidates(&needed)?.fitting(&requirement);
                let both = constraints
                    .remove(&needed)
                    .map_or_else(|| fitting.clone(), |one| one.intersection(&fitting));
                constraints.insert(needed, both);
            }
        }
        Ok(Dependencies::Available(DependencyConstraints::from_iter(
            constraints,
        )))
    }
}
