//! The laws over merges that people made: every case of the corpus, in-process.

use std::fs;
use std::path::{Path, PathBuf};

use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::Sides;
use serde_json::Value;

use super::laws;

/// Returns every folder below `folder` that holds three versions of a file.
fn cases(folder: &Path, into: &mut Vec<PathBuf>) {
    if folder.join("base").is_file() {
        return into.push(folder.to_owned());
    }
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            cases(&path, into);
        }
    }
}

/// Returns the name that the file of a case has in its repository.
fn name(case: &Path) -> String {
    let about: Value = serde_json::from_slice(&fs::read(case.join("meta.json")).unwrap()).unwrap();
    about["path"]
        .as_str()
        .expect("a case says what its file is called")
        .to_owned()
}

#[test]
#[ignore = "needs AGENTPKG_CORPUS"]
fn merges_that_people_made() {
    let mut all = Vec::new();
    cases(&support::corpus().join("merge"), &mut all);
    all.sort();
    assert!(!all.is_empty(), "the corpus has no merges");
    let broken = |case: &PathBuf| {
        let [base, ours, theirs] =
            ["base", "ours", "theirs"].map(|side| fs::read(case.join(side)).unwrap());
        let kind = FileKind::of(&name(case), &ours);
        let sides = Sides {
            base: &base,
            ours: &ours,
            theirs: &theirs,
        };
        laws::check(kind, &sides).err().map(|law| {
            format!(
                "{}\n{}",
                case.display(),
                &law[..law.floor_char_boundary(2_000)]
            )
        })
    };
    let broken: Vec<String> = all.iter().filter_map(broken).collect();
    assert!(
        broken.is_empty(),
        "{} of {}:\n{}",
        broken.len(),
        all.len(),
        broken.join("\n")
    );
}
