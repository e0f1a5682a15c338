//! An upgrade comes to the same wherever it is made: in a sparse checkout, in a clone that lacks what
//! git ignores, where modes are lost, in a submodule, without git.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use support::{Scene, Skips};

use super::{Edit, FILES, Release, SETTINGS, edited, edits, files, first, publish, released};

/// Where an upgrade is made. The sets are the numbers of files, settings behind the last.
#[derive(Clone, Debug)]
enum Place {
    /// A sparse checkout without some files, and whether the upgrade is to commit.
    Sparse(BTreeSet<usize>, bool),
    /// A clone that lacks some files, which git ignores.
    Ignored(BTreeSet<usize>),
    /// Where git takes no modes from the file system, and that has lost them.
    WithoutModes,
    /// `.claude` is a submodule.
    Submodule,
    /// A repository on a machine without git.
    AbsentGit,
}

fn place() -> impl Strategy<Value = Place> {
    let some = || prop::collection::btree_set(0..=FILES.len(), 1..4);
    prop_oneof![
        3 => (some(), any::<bool>()).prop_map(|(out, commit)| Place::Sparse(out, commit)),
        2 => some().prop_map(Place::Ignored),
        1 => Just(Place::WithoutModes),
        1 => Just(Place::Submodule),
        1 => Just(Place::AbsentGit),
    ]
}

fn path(number: usize) -> &'static str {
    FILES.get(number).map_or(SETTINGS, |(_, path)| path)
}

/// A repo with the first release, the team's edits, and the next release waiting.
fn story(
    scene: Scene,
    first: &Release,
    theirs: &[(usize, Edit)],
    ours: &[(usize, Edit)],
    skips: &Skips,
) -> Scene {
    publish(&scene, "1.0.0", first);
    scene.run("agentpkg install house").succeeds();
    if scene.path(".git").exists() {
        let commit = "git add -A && git commit -q --allow-empty -m installed";
        scene.run(commit).succeeds();
    }
    edited(&scene, ours, skips);
    publish(&scene, "1.1.0", &released(first.clone(), theirs));
    scene
}

/// What is managed, and what the team made of it.
fn managed(scene: &Scene) -> BTreeMap<String, (u32, String)> {
    let mut files = files(scene);
    files.retain(|path, _| {
        !path.starts_with("agentpkg.") && !path.contains(".git") && !path.ends_with("kept")
    });
    if let Some((_, text)) = files.get_mut(SETTINGS) {
        *text = in_order(text);
    }
    files
}

/// Settings with their rules in order: where a clone lacks them, upstream's order holds.
fn in_order(text: &str) -> String {
    let mut settings: serde_json::Value = serde_json::from_str(text).unwrap();
    if let Some(rules) = settings["permissions"]["allow"].as_array_mut() {
        rules.sort_by_key(ToString::to_string);
    }
    settings.to_string()
}

/// Commits everything in a scene's repository, and puts a clone of it where it was.
fn cloned(scene: &Scene, options: &str) {
    scene
        .run(&format!(
            "echo kept > kept && git add -A && git commit -q --allow-empty -m all && cd .. && mv repo full && \
             git clone -q {options} full repo"
        ))
        .succeeds();
}

/// Upgrades in a place, and returns the exit code and what is managed then where everything is.
fn upgraded(scene: &Scene, place: &Place) -> (Option<i32>, BTreeMap<String, (u32, String)>) {
    match place {
        Place::Sparse(out, commit) => {
            cloned(scene, "");
            let patterns: Vec<String> = out.iter().map(|at| format!("'!/{}'", path(*at))).collect();
            let patterns = patterns.join(" ");
            scene
                .run(&format!(
                    "git sparse-checkout set --no-cone '/*' {patterns}"
                ))
                .succeeds();
            let ran = match commit {
                true => scene.run("agentpkg upgrade --commit"),
                false => scene.run("agentpkg upgrade"),
            };
            scene
                .run(
                    "git add -A; git commit -q --allow-empty -m up && git push -q origin HEAD:up && \
                     cd .. && mv repo sparse && mv full repo && cd repo && git merge -q up",
                )
                .succeeds();
            (ran.code, managed(scene))
        }
        Place::Ignored(out) => {
            for at in out {
                let line = format!("/{}", path(*at));
                scene
                    .run(&format!("echo {line} >> .git/info/exclude"))
                    .succeeds();
            }
            cloned(scene, "");
            for at in out {
                let line = format!("/{}", path(*at));
                scene
                    .run(&format!("echo {line} >> .git/info/exclude"))
                    .succeeds();
            }
            let ran = scene.run("agentpkg upgrade");
            (ran.code, managed(scene))
        }
        Place::WithoutModes => {
            cloned(scene, "");
            scene
                .run("git config core.fileMode false && find . -path ./.git -prune -o -type f -exec chmod 644 {} +")
                .succeeds();
            let ran = scene.run("agentpkg upgrade --commit");
            scene
                .run("cd .. && mv repo modeless && git clone -q modeless repo")
                .succeeds();
            (ran.code, managed(scene))
        }
        Place::Submodule => {
            scene
                .run(
                    "git rm -rq --cached --ignore-unmatch .claude; mkdir -p .claude && mv .claude ../part && git -C ../part init -q && \
                     touch ../part/kept && git -C ../part add -A && git -C ../part commit -qm part && \
                     git -c protocol.file.allow=always submodule --quiet add ../part .claude && git add -A && \
                     git commit -qm all",
                )
                .succeeds();
            let ran = scene.run("agentpkg upgrade");
            (ran.code, managed(scene))
        }
        Place::AbsentGit => {
            scene
                .run("git add -A && git commit -q --allow-empty -m all")
                .succeeds();
            let agentpkg = support::program();
            let mut command = scene.command(agentpkg);
            command.arg("upgrade").env("PATH", "/nowhere");
            let ran = scene.ran(&mut command, "agentpkg upgrade".to_owned());
            (ran.code, managed(scene))
        }
    }
}

fn comes_to_the_same(
    first: &Release,
    theirs: &[(usize, Edit)],
    ours: &[(usize, Edit)],
    place: &Place,
    skips: &Skips,
) -> Result<(), TestCaseError> {
    let mut ours = ours.to_vec();
    match place {
        // An edit of what git ignores is in no clone.
        Place::Ignored(out) => ours.retain(|(at, _)| !out.contains(at)),
        // What moved lies elsewhere.
        Place::Sparse(..) => ours.retain(|(_, edit)| !matches!(edit, Edit::Rename)),
        _ => {}
    }
    let whole = story(Scene::without_git(), first, theirs, &ours, skips);
    let expected = whole.run("agentpkg upgrade");
    let expected = (expected.code, managed(&whole));
    let scene = story(Scene::new(), first, theirs, &ours, skips);
    let mut here = upgraded(&scene, place);
    if matches!(place, Place::Ignored(_)) && here.0 == Some(1) {
        // It says what git hides.
        here.0 = expected.0;
    }
    prop_assert_eq!(here, expected, "{:?}", place);
    Ok(())
}

#[test]
#[ignore = "runs the program some hundred times"]
fn an_upgrade_comes_to_the_same_in_every_place() {
    let skips = Skips::at_most(40, "edits of the team");
    let config = ProptestConfig {
        cases: 48,
        ..super::config()
    };
    proptest!(config, |(first in first(), theirs in edits(8), ours in edits(8), place in place())| {
        comes_to_the_same(&first, &theirs, &ours, &place, &skips)?;
    });
    skips.check();
}
