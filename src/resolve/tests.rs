//! A registry as text, what is wanted as text, and the releases or the error as text.

use super::*;
use crate::model::digest::Digest;
use crate::model::index::FORMAT;
use std::cell::Cell;

/// Indexes in memory: a registry's URL and a template's name to its releases.
#[derive(Default, Debug)]
pub struct Texts(pub BTreeMap<(String, TemplateName), Index>);

impl IndexSource for Texts {
    fn index(&self, registry: &str, name: &TemplateName) -> Result<Option<Index>> {
        Ok(self.0.get(&(registry.to_owned(), name.clone())).cloned())
    }

    fn names(&self, registry: &str) -> Result<Vec<TemplateName>> {
        Ok(self
            .0
            .keys()
            .filter(|(of, _)| of == registry)
            .map(|(_, name)| name.clone())
            .collect())
    }

    fn address(&self, registry: &str) -> String {
        registry.to_owned()
    }

    fn corrected(&self, _: &TemplateName, _: &str) -> Option<String> {
        None
    }

    fn install(&self, _: &TemplateName, request: &str) -> String {
        format!("agentpkg install {request}")
    }

    fn elsewhere(&self, _: &TemplateName) -> Option<String> {
        None
    }

    fn search(&self) -> String {
        "agentpkg search".to_owned()
    }
}

impl Texts {
    /// Parses lines of `[REGISTRY/]NAME VERSION [yanked: WHY] [agentpkg: REQ] [-> NAME REQ; NAME
    /// REQ]`.
    pub fn parse(text: &str) -> Self {
        let mut texts = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (about, needs) = line.split_once("->").unwrap_or((line, ""));
            let mut words = about.trim().splitn(3, ' ');
            let (registry, name) = split_name(words.next().unwrap());
            let version = words.next().unwrap().parse().unwrap();
            let rest = words.next().unwrap_or("").trim();
            let dependencies = needs
                .split(';')
                .map(str::trim)
                .filter(|need| !need.is_empty())
                .map(pair)
                .collect();
            let release = Release {
                version,
                tree: Digest::of(line.as_bytes()),
                artifact: Digest::of(b""),
                size: 0,
                dependencies,
                agentpkg: rest
                    .strip_prefix("agentpkg: ")
                    .map(|requirement| requirement.parse().unwrap()),
                yanked: rest.strip_prefix("yanked: ").map(str::to_owned),
                recalled: false,
                released: None,
                deprecated: false,
            };
            let index = || Index {
                format: FORMAT,
                name: name.clone(),
                deprecated: None,
                releases: vec![],
            };
            texts
                .0
                .entry((registry, name.clone()))
                .or_insert_with(index)
                .insert(release);
        }
        texts
    }
}

fn split_name(text: &str) -> (String, TemplateName) {
    let (registry, name) = text.split_once('/').unwrap_or(("main", text));
    (registry.to_owned(), name.parse().unwrap())
}

fn pair(text: &str) -> (TemplateName, Requirement) {
    let (name, requirement) = text.split_once(' ').unwrap();
    (name.parse().unwrap(), requirement.parse().unwrap())
}

fn run(texts: &str, wanted: &str, locked: &str) -> Result<BTreeMap<TemplateName, Resolved>> {
    let wanted: Vec<WantedRoot> = wanted
        .split("; ")
        .map(|root| {
            let (name, requirement) = root.split_once(' ').unwrap();
            let (registry, name) = split_name(name);
            WantedRoot {
                name,
                requirement: requirement.parse().unwrap(),
                registry,
            }
        })
        .collect();
    let locked = locked
        .split("; ")
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let (name, version) = entry.split_once(' ').unwrap();
            let (registry, name) = split_name(name);
            (name, (registry, version.parse().unwrap()))
        });
    resolve(
        &wanted,
        &Texts::parse(texts),
        &locked.collect(),
        &"0.3.0-dev".parse().unwrap(),
    )
}

/// Checks which releases are chosen, as `a 1.0.0; lab/b 2.0.0`.
#[track_caller]
fn check(texts: &str, wanted: &str, locked: &str, expected: &str) {
    let found = run(texts, wanted, locked).unwrap();
    let found: Vec<String> = found
        .iter()
        .map(|(name, chosen)| match chosen.registry.as_str() {
            "main" => format!("{name} {}", chosen.release.version),
            registry => format!("{registry}/{name} {}", chosen.release.version),
        })
        .collect();
    assert_eq!(found.join("; "), expected);
}

/// Checks the error: its message, its causes and its hint, a line each.
#[track_caller]
fn fails(texts: &str, wanted: &str, expected: &str) {
    let error = run(texts, wanted, "").unwrap_err();
    let mut lines = vec![error.message().to_owned()];
    lines.extend_from_slice(error.causes());
    for hint in error.next_steps() {
        lines.push(hint.to_string());
    }
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    assert_eq!(lines, expected);
}

const THREE: &str = "a 1.0.0\na 1.1.0\na 2.0.0";

#[test]
fn the_highest_version_that_fits() {
    check(THREE, "a *", "", "a 2.0.0");
    check(THREE, "a ^1", "", "a 1.1.0");
    check(THREE, "a =1.0.0", "", "a 1.0.0");
    check(THREE, "a >=1; a <2", "", "a 1.1.0");
}

#[test]
fn the_locked_version_stays_while_it_fits() {
    check(THREE, "a *", "a 1.0.0", "a 1.0.0");
    check(THREE, "a ^2", "a 1.0.0", "a 2.0.0");
    check(THREE, "a *", "a 1.0.5", "a 2.0.0");
    check(THREE, "a *", "lab/a 1.0.0", "a 2.0.0");
}

#[test]
fn what_is_not_locked_gets_its_highest_version_and_a_lock_gives_way() {
    let texts = "a 1.0.0 -> b *\na 1.1.0 -> b ^2\nb 1.0.0\nb 2.0.0";
    check(texts, "a *", "a 1.0.0; b 1.0.0", "a 1.0.0; b 1.0.0");
    check(texts, "a *", "b 1.0.0", "a 1.1.0; b 2.0.0");
    check(texts, "a *; b ^1", "b 1.0.0", "a 1.0.0; b 1.0.0");
}

#[test]
fn a_yanked_release_is_hidden_except_where_it_is_locked() {
    let texts = "a 1.0.0\na 1.1.0 yanked: breaks hooks";
    check(texts, "a *", "", "a 1.0.0");
    check(texts, "a *", "a 1.1.0", "a 1.1.0");
    fails(
        texts,
        "a ^1.1",
        "no release of `a` fits
         this repo wants `a` ^1.1, but 1.1.0 is yanked: breaks hooks
         ask for one that is published: agentpkg install a@1.0.0",
    );
    fails(
        "a 1.0.0 yanked: x",
        "a ^2",
        "no release of `a` fits
         this repo wants `a` ^2, but none of its releases is left
         ask for another version of `a` in `agentpkg.toml`",
    );
}

#[test]
fn a_pre_release_only_where_a_requirement_names_one() {
    let texts = "a 1.0.0\na 2.0.0-rc.1\na 2.1.0-rc.1";
    check(texts, "a *", "", "a 1.0.0");
    check(texts, "a ^2.0.0-rc.1", "", "a 2.0.0-rc.1");
    fails(
        texts,
        "a ^2",
        "no release of `a` fits
         this repo wants `a` ^2, but only 1.0.0, 2.0.0-rc.1 and 2.1.0-rc.1 are published
         ask for one that is published: agentpkg install a@1.0.0",
    );
    fails(
        "a 1.0.0-rc.1",
        "a *",
        "no release of `a` fits
         this repo wants `a` *, but only 1.0.0-rc.1 is published
         name the pre-release: agentpkg install a@1.0.0-rc.1",
    );
}

#[test]
fn a_release_for_another_agentpkg_is_not_chosen() {
    let texts = "a 1.0.0 agentpkg: >=0.3\na 1.1.0 agentpkg: >=0.9";
    check(texts, "a *", "", "a 1.0.0");
    check(texts, "a *", "a 1.1.0", "a 1.0.0");
    fails(
        texts,
        "a ^1.1",
        "no release of `a` fits
         this repo wants `a` ^1.1
         `a` 1.1.0 needs agentpkg >=0.9, and this is 0.3.0
         get agentpkg >=0.9",
    );
}

#[test]
fn dependencies_come_along_even_in_circles() {
    check(
        "a 1.0.0 -> b ^1\nb 1.0.0 -> c *\nb 1.1.0 -> c *\nc 1.0.0 -> a *",
        "a *",
        "",
        "a 1.0.0; b 1.1.0; c 1.0.0",
    );
    check("a 1.0.0 -> a ^1\na 1.1.0 -> a ^2", "a *", "", "a 1.0.0");
    fails(
        "a 1.1.0 -> a ^2",
        "a *",
        "no release of `a` fits
         this repo wants `a` *
         `a` 1.1.0 needs itself as ^2
         ask for another version of `a` in `agentpkg.toml`",
    );
}

#[test]
fn an_older_release_is_chosen_where_the_newest_can_not_be() {
    check(
        "a 1.0.0 -> b ^1\na 1.1.0 -> b ^2\nb 1.0.0",
        "a *",
        "",
        "a 1.0.0; b 1.0.0",
    );
    check("a 1.0.0\na 1.1.0 -> none *", "a *", "", "a 1.0.0");
}

#[test]
fn a_dependency_comes_from_its_dependents_registry_unless_the_repo_names_it() {
    let texts = "lab/a 1.0.0 -> b *\nlab/b 1.0.0\nb 1.5.0";
    check(texts, "lab/a *", "", "lab/a 1.0.0; lab/b 1.0.0");
    check(texts, "lab/a *; b *", "", "lab/a 1.0.0; b 1.5.0");
}

#[test]
fn two_registries_giving_one_name_are_named() {
    let texts = "a 1.0.0 -> c *\nlab/b 1.0.0 -> c *\nc 1.0.0\nlab/c 1.0.0";
    let error = "`c` would come from two registries: `lab` and `main`
         say which one in `[templates]` of `agentpkg.toml`: `c = { version = \"…\", registry = \
                 \"…\" }`";
    fails(texts, "a *; lab/b *", error);
    fails(texts, "lab/c *; c *", error);
    check(
        texts,
        "a *; lab/b *; lab/c *",
        "",
        "a 1.0.0; lab/b 1.0.0; lab/c 1.0.0",
    );
}

#[test]
fn a_template_that_is_not_there() {
    fails(
        "org-baseline 1.0.0",
        "org-basline *",
        "no template named `org-basline` in `main`
         a template with a similar name exists: `org-baseline`",
    );
    fails(
        "org-baseline 1.0.0",
        "zebra *",
        "no template named `zebra` in `main`
         list the templates there are: agentpkg search",
    );
    fails(
        "a 1.0.0 -> b ^1",
        "a *",
        "no release of `a` fits
         this repo wants `a` *
         `a` 1.0.0 needs `b` ^1, but `main` has no such template
         ask for another version of `a` in `agentpkg.toml`",
    );
}

#[test]
fn a_failure_names_each_fact_once_from_the_repo_outwards() {
    fails(
        "a 1.2.0 -> b ^2\nb 1.0.0\nb 1.1.0",
        "a ^1",
        "no release of `a` fits
         this repo wants `a` ^1
         `a` 1.2.0 needs `b` ^2, but only 1.0.0 and 1.1.0 are published
         ask for another version of `a` in `agentpkg.toml`",
    );
    fails(
        "a 1.0.0 -> b ^1\na 1.1.0 -> b ^1\nb 1.0.0 -> c ^1\nb 1.1.0 -> c ^1\nc 1.0.0\nc 2.0.0",
        "a *; c ^2",
        "no releases of `a` and `c` fit together
         this repo wants `a` *
         this repo wants `c` ^2
         every release of `a` needs `b` ^1
         every release of `b` needs `c` ^1
         ask for another version of one of `a` and `c` in `agentpkg.toml`",
    );
    fails(
        "a 1.0.0\na 1.1.0",
        "a ^2",
        "no release of `a` fits
         this repo wants `a` ^2, but only 1.0.0 and 1.1.0 are published
         ask for one that is published: agentpkg install a@1.1.0",
    );
}

#[test]
fn many_versions_are_counted() {
    let many: String = (0..8)
        .map(|minor| format!("a 1.{minor}.0 -> b ^1\n"))
        .collect();
    fails(
        &format!("{many}a 2.0.0\nb 2.0.0"),
        "a ^1",
        "no release of `a` fits
         this repo wants `a` ^1
         8 releases of `a` from 1.0.0 to 1.7.0 need `b` ^1, but only 2.0.0 is published
         ask for another version of `a` in `agentpkg.toml`",
    );
    fails(
        &many,
        "a ^3",
        "no release of `a` fits
         this repo wants `a` ^3, but its 8 releases go up to 1.7.0
         ask for one that is published: agentpkg install a@1.7.0",
    );
}

#[test]
fn a_source_that_fails_is_heard() {
    struct Broken;
    impl IndexSource for Broken {
        fn index(&self, _: &str, name: &TemplateName) -> Result<Option<Index>> {
            match name.as_str() {
                "a" => Texts::parse("a 1.0.0 -> b *").index("main", name),
                _ => Err(Error::damaged("the index of `b` is damaged")),
            }
        }

        fn names(&self, _: &str) -> Result<Vec<TemplateName>> {
            Ok(vec![])
        }

        fn address(&self, registry: &str) -> String {
            registry.to_owned()
        }

        fn corrected(&self, _: &TemplateName, _: &str) -> Option<String> {
            None
        }

        fn install(&self, _: &TemplateName, _: &str) -> String {
            String::new()
        }

        fn elsewhere(&self, _: &TemplateName) -> Option<String> {
            None
        }

        fn search(&self) -> String {
            String::new()
        }
    }
    let (name, requirement) = pair("a *");
    let wanted = [WantedRoot {
        name,
        requirement,
        registry: "main".to_owned(),
    }];
    let error = resolve(&wanted, &Broken, &Locked::new(), &Version::new(1, 0, 0)).unwrap_err();
    assert_eq!(error.message(), "the index of `b` is damaged");
}

/// Many releases, none of which fits: soon said, whatever they need.
#[test]
fn many_releases_are_looked_through_soon() {
    let lines = |need: &dyn Fn(usize) -> String| {
        let line = |number: usize| format!("a 1.{number}.0 -> {}\n", need(number));
        (0..500_usize).map(line).collect::<String>()
    };
    let texts = [
        lines(&|number| format!("b ={number}.0.0")) + "b 9999.0.0\n",
        lines(&|_| "missing *".to_owned()),
        lines(&|number| format!("b >={number}.0.0; c <{number}.0.0"))
            + "b 1.0.0 -> c =0.1.0\nc 0.1.0\n",
    ];
    for text in texts {
        let (name, requirement) = pair("a *");
        let wanted = [WantedRoot {
            name,
            requirement,
            registry: "main".to_owned(),
        }];
        let source = Texts::parse(&text);
        let _ = resolve(&wanted, &source, &Locked::new(), &Version::new(1, 0, 0));
    }
}

/// A puzzle that only trying would solve ends with the number of steps that were made.
#[test]
fn a_search_ends_after_so_many_steps() {
    // Pigeons: 12 templates that each need one of 11 places, which take one each.
    let mut text = String::new();
    for pigeon in 0..12 {
        for hole in 0..11 {
            text.push_str(&format!(
                "p{pigeon} {}.0.0 -> h{hole} ={pigeon}.0.0\n",
                hole + 1
            ));
        }
    }
    for hole in 0..11 {
        for pigeon in 0..12 {
            text.push_str(&format!("h{hole} {pigeon}.0.0\n"));
        }
    }
    let wanted: Vec<WantedRoot> = (0..12)
        .map(|pigeon| {
            let (name, requirement) = pair(&format!("p{pigeon} *"));
            WantedRoot {
                name,
                requirement,
                registry: "main".to_owned(),
            }
        })
        .collect();
    let source = Texts::parse(&text);
    let (locked, agentpkg) = (Locked::new(), Version::new(1, 0, 0));
    let mut universe = Universe::new(&wanted, &source, &locked, &agentpkg);
    universe.steps = (Cell::new(300), 300);
    let error = search(&universe).unwrap_err();
    assert!(error.message().contains("300 steps"), "{}", error.message());
}
