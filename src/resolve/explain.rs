//! Why no releases fit together: the facts that contradict each other, a sentence each.
//!
//! PubGrub proves it by a tree. Its leaves are facts about published releases; its inner nodes are
//! inferences, which people draw more easily from a short list of facts than from a proof in prose.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use pubgrub::{DerivationTree, External};
use semver::Version;

use super::universe::{PlaceSet, SolverPackage, Universe, Unusable};
use crate::error::Error;
use crate::hint::Hint;
use crate::model::version::Requirement;
use crate::words;

/// How many versions are listed before only their number and the newest are.
const LISTED: usize = 5;

type Tree = DerivationTree<SolverPackage, PlaceSet, Unusable>;

/// Returns the error that says why.
pub fn explain(universe: &Universe, tree: &Tree) -> Error {
    let facts = in_order(facts(universe, tree));
    let roots: BTreeSet<&SolverPackage> = facts.iter().filter_map(Fact::wanted).collect();
    let names = words::list(roots.iter().filter_map(|root| name(root)));
    let message = match roots.len() {
        1 => format!("no release of {names} fits"),
        _ => format!("no releases of {names} fit together"),
    };
    let mut error = Error::user(message);
    for fact in &facts {
        error = error.cause(fact.sentence(universe));
    }
    error.hint(hint(universe, &facts, &names))
}

fn name(package: &SolverPackage) -> Option<&str> {
    match package {
        SolverPackage::Repo => None,
        SolverPackage::Template { name, .. } => Some(name.as_str()),
    }
}

/// Something that the registries say.
#[derive(Debug)]
struct Fact {
    subject: SolverPackage,
    /// Of which of its releases.
    places: BTreeSet<usize>,
    /// What holds of them.
    needs: Needs,
}

#[derive(Debug, PartialEq, Eq)]
enum Needs {
    Template(SolverPackage, Requirement),
    Unusable(Unusable),
}

/// Returns the facts at the leaves of the tree, each once.
fn facts(universe: &Universe, tree: &Tree) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![tree];
    while let Some(tree) = open.pop() {
        match tree {
            DerivationTree::External(external) => add(universe, &mut facts, external),
            DerivationTree::Derived(derived) => {
                for cause in [&derived.cause2, &derived.cause1] {
                    // The tree shares its branches; walked as a tree, it could be of any size.
                    if seen.insert(Arc::as_ptr(cause)) {
                        open.push(cause);
                    }
                }
            }
        }
    }
    facts
}

fn add(
    universe: &Universe,
    facts: &mut Vec<Fact>,
    external: &External<SolverPackage, PlaceSet, Unusable>,
) {
    match external {
        External::FromDependencyOf(subject, places, needed, _) => {
            for place in members(universe, subject, places) {
                for (package, requirement) in universe.needs(subject, place).unwrap_or_default() {
                    if package == *needed {
                        add_fact(facts, subject, place, Needs::Template(package, requirement));
                    }
                }
            }
        }
        External::Custom(subject, places, unusable) => {
            for place in members(universe, subject, places) {
                add_fact(facts, subject, place, Needs::Unusable(unusable.clone()));
            }
        }
        // That there are no others is what the sentences about the ones there are mean.
        External::NotRoot(..) | External::NoVersions(..) => {}
    }
}

fn members(universe: &Universe, package: &SolverPackage, places: &PlaceSet) -> Vec<usize> {
    match package {
        SolverPackage::Repo => vec![0],
        SolverPackage::Template { .. } => {
            let candidates = universe.candidates(package).unwrap_or_default();
            candidates
                .visible()
                .map(|(place, _)| place)
                .filter(|place| places.contains(place))
                .collect()
        }
    }
}

fn add_fact(facts: &mut Vec<Fact>, subject: &SolverPackage, place: usize, needs: Needs) {
    match facts
        .iter_mut()
        .find(|fact| fact.subject == *subject && fact.needs == needs)
    {
        Some(fact) => _ = fact.places.insert(place),
        None => facts.push(Fact {
            subject: subject.clone(),
            places: BTreeSet::from([place]),
            needs,
        }),
    }
}

/// Returns the facts from the repo outwards: each is about something that an earlier one named.
fn in_order(mut facts: Vec<Fact>) -> Vec<Fact> {
    let (mut ordered, mut subjects): (Vec<Fact>, Vec<SolverPackage>) =
        (Vec::new(), vec![SolverPackage::Repo]);
    let mut next = 0;
    while let Some(subject) = subjects.get(next).cloned() {
        for fact in facts.extract_if(.., |fact| fact.subject == subject) {
            match &fact.needs {
                Needs::Template(package, _) if !subjects.contains(package) => {
                    subjects.push(package.clone())
                }
                _ => {}
            }
            ordered.push(fact);
        }
        next += 1;
    }
    ordered.extend(facts);
    ordered
}

impl Fact {
    /// Returns the template that the repo wants by this.
    fn wanted(&self) -> Option<&SolverPackage> {
        match (&self.subject, &self.needs) {
            (SolverPackage::Repo, Needs::Template(package, _)) => Some(package),
            _ => None,
        }
    }

    fn sentence(&self, universe: &Universe) -> String {
        let subject = self.subject(universe);
        match &self.needs {
            Needs::Template(package, requirement) => {
                let but = but(universe, package, requirement).map(|but| format!(", but {but}"));
                format!(
                    "{subject} {package} {requirement}{}",
                    but.unwrap_or_default()
                )
            }
            Needs::Unusable(needs @ Unusable::Agentpkg(_)) => {
                format!("{subject} {needs}, and this is {}", universe.agentpkg)
            }
            Needs::Unusable(needs @ Unusable::Itself(_)) => format!("{subject} {needs}"),
        }
    }

    /// Returns "this repo wants" or "`a` 1.0.0 and 1.1.0 need".
    fn subject(&self, universe: &Universe) -> String {
        let candidates = universe.candidates(&self.subject).unwrap_or_default();
        let of = &self.subject;
        if *of == SolverPackage::Repo {
            return "this repo wants".to_owned();
        }
        if self.places.len() > 1 && self.places.len() == candidates.visible().count() {
            return format!("every release of {of} needs");
        }
        let versions: Vec<&Version> = self
            .places
            .iter()
            .map(|&place| &candidates.releases[place].version)
            .collect();
        match versions.as_slice() {
            [one] => format!("{of} {one} needs"),
            [first, .., last] if versions.len() > LISTED => {
                format!(
                    "{} of {of} from {first} to {last} need",
                    words::count(versions.len(), "release")
                )
            }
            _ => format!("{of} {} need", series(&versions)),
        }
    }
}

/// Returns why nothing meets the requirement, if nothing does.
fn but(universe: &Universe, package: &SolverPackage, requirement: &Requirement) -> Option<String> {
    let candidates = universe.candidates(package).unwrap_or_default();
    if candidates.fitting(requirement) != PlaceSet::empty() {
        return None;
    }
    let mut newest_first = candidates.releases.iter().rev();
    let yanked = newest_first
        .find(|release| release.yanked.is_some() && requirement.matches(&release.version));
    if let Some(release) = yanked {
        let why = release
            .yanked
            .as_deref()
            .filter(|why| !why.is_empty())
            .map(|why| format!(": {why}"));
        let what = match release.recalled {
            true => "was recalled",
            false => "is yanked",
        };
        return Some(format!(
            "{} {what}{}",
            release.version,
            why.unwrap_or_default()
        ));
    }
    let versions: Vec<&Version> = candidates
        .visible()
        .map(|(_, release)| &release.version)
        .collect();
    Some(match (versions.as_slice(), package) {
        ([], SolverPackage::Template { registry, .. }) if !candidates.exists => {
            format!(
                "`{}` has no such template",
                universe.source.address(registry)
            )
        }
        ([], _) => "none of its releases is left".to_owned(),
        ([one], _) => format!("only {one} is published"),
        ([.., newest], _) if versions.len() > LISTED => {
            format!(
                "its {} go up to {newest}",
                words::count(versions.len(), "release")
            )
        }
        _ => format!("only {} are published", series(&versions)),
    })
}

/// Returns "1.0.0, 1.1.0 and 1.2.0".
fn series(versions: &[&Version]) -> String {
    words::list(versions).replace('`', "")
}

/// Returns what to type, the surest way first.
fn hint(universe: &Universe, facts: &[Fact], roots: &str) -> Hint {
    let agentpkg = facts.iter().find_map(|fact| match &fact.needs {
        Needs::Unusable(Unusable::Agentpkg(requirement)) => Some(requirement),
        _ => None,
    });
    if let Some(agentpkg) = agentpkg {
        return Hint::text(format!("get agentpkg {agentpkg}"));
    }
    let published = facts
        .iter()
        .find_map(|fact| match (fact.wanted(), &fact.needs) {
            (Some(package), Needs::Template(_, requirement)) => {
                available(universe, package, requirement)
            }
            _ => None,
        });
    published.unwrap_or_else(|| {
        Hint::text(match facts.iter().filter_map(Fact::wanted).count() {
            1 => format!("ask for another version of {roots} in `agentpkg.toml`"),
            _ => format!("ask for another version of one of {roots} in `agentpkg.toml`"),
        })
    })
}

/// Returns how to get a release of a template that the repo wants in a version that isn't there.
fn available(
    universe: &Universe,
    package: &SolverPackage,
    requirement: &Requirement,
) -> Option<Hint> {
    let candidates = universe.candidates(package).ok()?;
    if candidates.fitting(requirement) != PlaceSet::empty() {
        return None;
    }
    let stable = candidates
        .visible()
        .rfind(|(_, release)| release.version.pre.is_empty());
    let (_, newest) = stable.or_else(|| candidates.visible().next_back())?;
    let what = if newest.version.pre.is_empty() {
        "ask for one that is published"
    } else {
        "name the pre-release"
    };
    let SolverPackage::Template { name, .. } = package else {
        return None;
    };
    let request = format!("{name}@{}", newest.version);
    Some(Hint::text_then_command(
        what,
        universe.source.install(name, &request),
    ))
}
