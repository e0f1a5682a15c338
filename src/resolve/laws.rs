//! Small universes, searched by brute force: what is found fits, and something is found whenever
//! anything fits.

use proptest::prelude::*;
use proptest::sample::select;

use super::tests::Texts;
use super::*;
use crate::model::digest::Digest;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const VERSIONS: [&str; 4] = ["1.0.0", "1.1.0", "2.0.0", "2.1.0-rc.1"];
const REQUIREMENTS: [&str; 7] = ["*", "^1", "^1.1", "^2", "=1.0.0", "<2", "^2.1.0-rc.1"];
const AGENTPKG: Version = Version::new(0, 3, 0);

fn a_name() -> impl Strategy<Value = TemplateName> {
    select(&NAMES[..]).prop_map(|name| name.parse().unwrap())
}

fn a_need() -> impl Strategy<Value = (TemplateName, Requirement)> {
    (a_name(), select(&REQUIREMENTS[..])).prop_map(|(name, text)| (name, text.parse().unwrap()))
}

fn a_release() -> impl Strategy<Value = (TemplateName, Release)> {
    let needs = prop::collection::btree_map(a_name(), select(&REQUIREMENTS[..]), 0..3);
    let agentpkg = prop_oneof![6 => Just(None), 1 => Just(Some(">=0.1")), 1 => Just(Some(">=9"))];
    (
        a_name(),
        select(&VERSIONS[..]),
        needs,
        agentpkg,
        prop::bool::weighted(0.15),
    )
        .prop_map(|(name, version, needs, agentpkg, yanked)| {
            let needs = needs
                .into_iter()
                .map(|(name, requirement)| (name, requirement.parse().unwrap()));
            let release = Release {
                version: version.parse().unwrap(),
                tree: Digest::of(b""),
                artifact: Digest::of(b""),
                size: 0,
                dependencies: needs.collect(),
                agentpkg: agentpkg.map(|requirement| requirement.parse().unwrap()),
                yanked: yanked.then(String::new),
                recalled: false,
                released: None,
                deprecated: false,
            };
            (name, release)
        })
}

/// Returns indexes of every template, some of them empty.
fn a_universe() -> impl Strategy<Value = Texts> {
    prop::collection::vec(a_release(), 3..14).prop_map(|releases| {
        let mut texts = Texts::default();
        for name in NAMES {
            let name: TemplateName = name.parse().unwrap();
            texts
                .0
                .insert(("main".to_owned(), name.clone()), Index::new(name));
        }
        for (name, release) in releases {
            let index = texts.0.get_mut(&("main".to_owned(), name)).unwrap();
            if index.release(&release.version).is_none() {
                index.insert(release);
            }
        }
        texts
    })
}

fn roots() -> impl Strategy<Value = Vec<WantedRoot>> {
    let root = a_need().prop_map(|(name, requirement)| WantedRoot {
        name,
        requirement,
        registry: "main".to_owned(),
    });
    prop::collection::vec(root, 1..4)
}

fn a_lock() -> impl Strategy<Value = Locked> {
    let entry = (a_name(), select(&VERSIONS[..]));
    prop::collection::vec(entry, 0..3).prop_map(|entries| {
        let entries = entries.into_iter();
        entries
            .map(|(name, version)| (name, ("main".to_owned(), version.parse().unwrap())))
            .collect()
    })
}

type Choice = BTreeMap<TemplateName, Release>;

/// Returns whether a choice meets every requirement.
fn fits(choice: &Choice, wanted: &[WantedRoot], locked: &Locked) -> bool {
    let met = |name: &TemplateName, requirement: &Requirement| {
        choice
            .get(name)
            .is_some_and(|release| requirement.matches(&release.version))
    };
    let usable = |(name, release): (&TemplateName, &Release)| {
        let is_locked = locked
            .get(name)
            .is_some_and(|(_, version)| *version == release.version);
        (release.yanked.is_none() || is_locked)
            && release
                .agentpkg
                .as_ref()
                .is_none_or(|agentpkg| agentpkg.matches(&AGENTPKG))
            && release
                .dependencies
                .iter()
                .all(|(name, requirement)| met(name, requirement))
    };
    wanted.iter().all(|root| met(&root.name, &root.requirement)) && choice.iter().all(usable)
}

/// Returns every choice of at most one release a template that fits.
fn all_that_fit(texts: &Texts, wanted: &[WantedRoot], locked: &Locked) -> Vec<Choice> {
    let mut choices = vec![Choice::new()];
    for ((_, name), index) in &texts.0 {
        let with = |choice: &Choice| {
            let with = |release: &Release| {
                let mut choice = choice.clone();
                choice.insert(name.clone(), release.clone());
                choice
            };
            index.releases.iter().map(with).collect::<Vec<_>>()
        };
        let more: Vec<Choice> = choices.iter().flat_map(with).collect();
        choices.extend(more);
    }
    choices.retain(|choice| fits(choice, wanted, locked));
    choices
}

fn lock_of(choice: &Choice) -> Locked {
    choice
        .iter()
        .map(|(name, release)| (name.clone(), ("main".to_owned(), release.version.clone())))
        .collect()
}

fn solve(texts: &Texts, wanted: &[WantedRoot], locked: &Locked) -> Result<Choice> {
    let found = resolve(wanted, texts, locked, &AGENTPKG)?;
    Ok(found
        .into_iter()
        .map(|(name, resolved)| (name, resolved.release))
        .collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_solution_is_found_when_there_is_one_and_fits(
        texts in a_universe(),
        wanted in roots(),
        locked in a_lock(),
    ) {
        let all = all_that_fit(&texts, &wanted, &locked);
        match solve(&texts, &wanted, &locked) {
            Ok(choice) => prop_assert!(all.contains(&choice), "{choice:?}"),
            Err(error) => {
                prop_assert!(all.is_empty(), "{error:?}");
                prop_assert!(!error.causes().is_empty() && !error.next_steps().is_empty());
            }
        }
    }

    #[test]
    fn the_only_thing_wanted_gets_its_highest_version(texts in a_universe(), wanted in roots()) {
        let (wanted, name) = (&wanted[..1], &wanted[0].name);
        if let Ok(choice) = solve(&texts, wanted, &Locked::new()) {
            let all = all_that_fit(&texts, wanted, &Locked::new());
            let highest = all.iter().map(|choice| &choice[name].version).max();
            prop_assert_eq!(Some(&choice[name].version), highest);
        }
    }

    #[test]
    fn a_locked_solution_stays_whatever_is_yanked_or_published(
        mut texts in a_universe(),
        wanted in roots(),
        news in a_universe(),
    ) {
        let Ok(choice) = solve(&texts, &wanted, &Locked::new()) else { return Ok(()) };
        for (key, index) in &mut texts.0 {
            index.releases.iter_mut().for_each(|release| release.yanked = Some(String::new()));
            for release in &news.0[key].releases {
                if index.release(&release.version).is_none() {
                    index.insert(release.clone());
                }
            }
        }
        let locked = lock_of(&choice);
        prop_assert_eq!(lock_of(&solve(&texts, &wanted, &locked).unwrap()), locked);
    }

    #[test]
    fn nothing_is_chosen_that_nothing_needs(
        texts in a_universe(),
        wanted in roots(),
        locked in a_lock(),
    ) {
        let Ok(choice) = solve(&texts, &wanted, &locked) else { return Ok(()) };
        let mut needed: Vec<&TemplateName> = wanted.iter().map(|root| &root.name).collect();
        let mut next = 0;
        while let Some(name) = needed.get(next).copied() {
            for dependency in choice[name].dependencies.keys() {
                if !needed.contains(&dependency) {
                    needed.push(dependency);
                }
            }
            next += 1;
        }
        prop_assert!(choice.keys().all(|name| needed.contains(&name)));
    }
}
