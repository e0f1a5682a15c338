//! Three-way merges of templates' sources: what two sides made of one release, both kept.
//!
//! **A side that changed nothing takes the other whole**, and what neither can have alone is a
//! clash, never a guess.

use std::collections::BTreeSet;
use std::fmt;

use crate::agent;
use crate::merge::pieces::{Conflict, Location, Sides};
use crate::model::path::RelPath;
use crate::model::template::{TEMPLATE_TOML, TemplateManifest, rendered_name};
use crate::model::tree::{File, FileTree};
use crate::tree::{Row, Verdict, verdict_of_files};
use crate::words;

/// A place that both sides changed, and nobody but a person can settle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceClash {
    /// The file, where ours has it.
    pub path: RelPath,
    /// The line of ours, from 1, if it is a place in a text.
    pub line: Option<usize>,
    /// What is so.
    pub what: ClashKind,
}

/// What two sides did that can't both be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClashKind {
    /// Both changed the same place.
    BothChanged,
    /// Both changed the same value of a document, by its JSON pointer.
    BothChangedValue(String),
    /// Both added the file, each with other contents.
    BothAdded,
    /// Ours deleted what theirs edited.
    OursDeleted,
    /// Theirs deleted what ours edited.
    TheirsDeleted,
    /// A file would be the folder of another one.
    InTheWay(RelPath),
}

impl SourceClash {
    /// Returns it as a line of a list, in which the sides have names: "the template" and "the
    /// proposal".
    pub fn describe(&self, ours: &str, theirs: &str) -> String {
        let line = words::line_suffix(self.line);
        let what = match &self.what {
            ClashKind::BothChanged => "both changed it".to_owned(),
            ClashKind::BothChangedValue(pointer) => format!("both changed `{pointer}`"),
            ClashKind::BothAdded => "both added it, with other contents".to_owned(),
            ClashKind::OursDeleted => format!("{ours} deleted it, {theirs} edits it"),
            ClashKind::TheirsDeleted => format!("{ours} edited it, {theirs} deletes it"),
            ClashKind::InTheWay(below) => format!("it would be the folder of `{below}`"),
        };
        format!("`{}`{line}: {what}", self.path)
    }
}

impl fmt::Display for SourceClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe("one side", "the other"))
    }
}

/// Merges what two sides made of one source.
///
/// A file goes where either side moved it: by the `[renames]` of its template.toml, or by taking on
/// or losing `.jinja`.
///
/// # Errors
/// Lists every clash, in the order of the paths; what merges besides is in no result.
pub fn merge(
    base: &FileTree,
    ours: &FileTree,
    theirs: &FileTree,
) -> Result<FileTree, Vec<SourceClash>> {
    let (mut base, mut ours, mut theirs) = (base.clone(), ours.clone(), theirs.clone());
    follow(&mut base, &ours, &mut theirs);
    follow(&mut base, &theirs, &mut ours);
    let (mut merged, mut clashes) = (FileTree::new(), Vec::new());
    let paths: BTreeSet<&RelPath> = base
        .keys()
        .chain(ours.keys())
        .chain(theirs.keys())
        .collect();
    for path in paths {
        match decide(path, base.get(path), ours.get(path), theirs.get(path)) {
            Ok(file) => merged.extend(file.map(|file| (path.clone(), file))),
            Err(found) => clashes.extend(found),
        }
    }
    for path in merged.keys() {
        if let Some(above) = path.ancestors().find(|folder| merged.contains_key(folder)) {
            clashes.push(SourceClash {
                path: above,
                line: None,
                what: ClashKind::InTheWay(path.clone()),
            });
        }
    }
    clashes.sort();
    if clashes.is_empty() {
        Ok(merged)
    } else {
        Err(clashes)
    }
}

/// Moves the files of base and of the other side to where `mover` has them now.
fn follow(base: &mut FileTree, mover: &FileTree, other: &mut FileTree) {
    for (old, new) in moves(base, mover) {
        if other.contains_key(&new) && other.contains_key(&old) {
            continue;
        }
        for tree in [&mut *base, &mut *other] {
            if let Some(file) = tree.remove(&old) {
                tree.insert(new.clone(), file);
            }
        }
    }
}

/// Returns which files of base a side has under another name, each once.
fn moves(base: &FileTree, side: &FileTree) -> Vec<(RelPath, RelPath)> {
    let manifest = side
        .iter()
        .find(|(path, _)| path.as_str() == TEMPLATE_TOML)
        .and_then(|(_, file)| file.text());
    let manifest = manifest.and_then(|text| TemplateManifest::parse(TEMPLATE_TOML, text).ok());
    let renames = manifest
        .map(|manifest| manifest.renames)
        .unwrap_or_default();
    let mut taken = BTreeSet::new();
    let gone = base.keys().filter(|path| !side.contains_key(*path));
    let moved = gone.filter_map(|old| {
        let wanted = renames
            .iter()
            .find(|(from, _)| from.as_str() == rendered_name(old))
            .map_or(rendered_name(old), |(_, to)| to.as_str());
        let new = side
            .keys()
            .find(|new| rendered_name(new) == wanted && !base.contains_key(*new))?;
        taken
            .insert(new.clone())
            .then(|| (old.clone(), new.clone()))
    });
    moved.collect()
}

fn decide(
    path: &RelPath,
    base: Option<&File>,
    ours: Option<&File>,
    theirs: Option<&File>,
) -> Result<Option<File>, Vec<SourceClash>> {
    if ours == theirs || base == theirs {
        return Ok(ours.cloned());
    }
    if base == ours {
        return Ok(theirs.cloned());
    }
    match (verdict_of_files(base, ours, theirs), base, ours, theirs) {
        // What a repo deleted or edited stays so; a template's keepers are asked.
        (Verdict::Row(Row::StillDeleted { .. }), ..) => {
            Err(whole_clash(path, ClashKind::OursDeleted))
        }
        (Verdict::Row(Row::KeptUnmanaged), ..) => Err(whole_clash(path, ClashKind::TheirsDeleted)),
        (_, Some(base), Some(ours), Some(theirs)) => both(path, base, ours, theirs).map(Some),
        (..) => Err(whole_clash(path, ClashKind::BothAdded)),
    }
}

/// Merges a file that both sides changed. Of two values the mode can only have been changed to one.
fn both(path: &RelPath, base: &File, ours: &File, theirs: &File) -> Result<File, Vec<SourceClash>> {
    let executable = if ours.executable == base.executable {
        theirs.executable
    } else {
        ours.executable
    };
    let sides = Sides {
        base: &base.bytes,
        ours: &ours.bytes,
        theirs: &theirs.bytes,
    };
    let merge = agent::merge(agent::kind_of(path.as_str(), &ours.bytes), &sides);
    let clashes: Vec<SourceClash> = merge
        .conflicts()
        .map(|conflict| clash(path, conflict))
        .collect();
    if clashes.is_empty() {
        Ok(File {
            bytes: merge.bytes(&sides).into(),
            executable,
        })
    } else {
        Err(clashes)
    }
}

fn whole_clash(path: &RelPath, what: ClashKind) -> Vec<SourceClash> {
    vec![SourceClash {
        path: path.clone(),
        line: None,
        what,
    }]
}

fn clash(path: &RelPath, conflict: &Conflict) -> SourceClash {
    let (line, what) = match &conflict.place {
        Location::File => (None, ClashKind::BothChanged),
        Location::Lines { ours, .. } => (Some(ours.start + 1), ClashKind::BothChanged),
        Location::Value(pointer) => (None, ClashKind::BothChangedValue(pointer.clone())),
    };
    SourceClash {
        path: path.clone(),
        line,
        what,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;
    use crate::proposal::samples::tree;
    use proptest::prelude::*;

    type Files = &'static [(&'static str, &'static str)];

    const BASE: Files = &[
        ("rules/a.md", "one\ntwo\nthree\nfour\nfive\n"),
        ("rules/b.md", "b\n"),
    ];
    const MANIFEST: &str = "[template]\nname = \"x\"\nversion = \"1.0.0\"\ndescription = \"d\"\n";

    #[track_caller]
    fn check(ours: Files, theirs: Files, expected: Files) {
        assert_eq!(
            merge(&tree(BASE), &tree(ours), &tree(theirs)).unwrap(),
            tree(expected)
        );
        assert_eq!(
            merge(&tree(BASE), &tree(theirs), &tree(ours)).unwrap(),
            tree(expected)
        );
    }

    #[track_caller]
    fn clashes(base: Files, ours: Files, theirs: Files, expected: &[&str]) {
        let found = merge(&tree(base), &tree(ours), &tree(theirs)).unwrap_err();
        let said: Vec<String> = found
            .iter()
            .map(|clash| clash.describe("ours", "theirs"))
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn what_each_side_did_is_there() {
        let added: Files = &[
            ("rules/a.md", "one\ntwo\nthree\nfour\nfive\n"),
            ("rules/b.md", "b\n"),
            ("rules/c.md", "c\n"),
        ];
        let gone: Files = &[("rules/a.md", "one\ntwo\nthree\nfour\nfive\n")];
        check(
            added,
            gone,
            &[
                ("rules/a.md", "one\ntwo\nthree\nfour\nfive\n"),
                ("rules/c.md", "c\n"),
            ],
        );
        check(
            &[
                ("rules/a.md", "ONE\ntwo\nthree\nfour\nfive\n"),
                ("rules/b.md", "b\n"),
            ],
            &[
                ("rules/a.md", "one\ntwo\nthree\nfour\nFIVE\n"),
                ("rules/b.md", "b\n"),
            ],
            &[
                ("rules/a.md", "ONE\ntwo\nthree\nfour\nFIVE\n"),
                ("rules/b.md", "b\n"),
            ],
        );
    }

    #[test]
    fn what_can_not_both_be_is_a_clash() {
        let short: Files = &[("a.md", "one\ntwo\n")];
        clashes(
            short,
            &[("a.md", "one\n2\n")],
            &[("a.md", "one\nzwei\n")],
            &["`a.md` line 2: both changed it"],
        );
        clashes(
            short,
            &[],
            &[("a.md", "one\n2\n")],
            &["`a.md`: ours deleted it, theirs edits it"],
        );
        clashes(
            short,
            &[("a.md", "one\n2\n")],
            &[],
            &["`a.md`: ours edited it, theirs deletes it"],
        );
        clashes(
            &[],
            &[("a.md", "1\n")],
            &[("a.md", "2\n")],
            &["`a.md`: both added it, with other contents"],
        );
        clashes(
            &[],
            &[("a", "1\n")],
            &[("a/b", "2\n")],
            &["`a`: it would be the folder of `a/b`"],
        );
    }

    #[test]
    fn an_edit_follows_a_file_that_the_other_side_moved() {
        let manifest = format!("{MANIFEST}\n[renames]\n\"rules/a.md\" = \"rules/new.md\"\n");
        let base = tree(&[
            ("template.toml", MANIFEST),
            ("rules/a.md.jinja", "one\ntwo\nthree\nfour\n"),
        ]);
        let moved = tree(&[
            ("template.toml", &manifest),
            ("rules/new.md.jinja", "one\ntwo\nthree\nFOUR\n"),
        ]);
        let edited = tree(&[
            ("template.toml", MANIFEST),
            ("rules/a.md.jinja", "ONE\ntwo\nthree\nfour\n"),
        ]);
        let expected = tree(&[
            ("template.toml", &manifest),
            ("rules/new.md.jinja", "ONE\ntwo\nthree\nFOUR\n"),
        ]);
        assert_eq!(merge(&base, &moved, &edited).unwrap(), expected);
        assert_eq!(merge(&base, &edited, &moved).unwrap(), expected);
        let with_tags = tree(&[
            ("template.toml", MANIFEST),
            ("rules/a.md", "one\ntwo\nthree\nFOUR\n"),
        ]);
        let expected = tree(&[
            ("template.toml", MANIFEST),
            ("rules/a.md", "ONE\ntwo\nthree\nFOUR\n"),
        ]);
        assert_eq!(merge(&base, &with_tags, &edited).unwrap(), expected);
    }

    #[test]
    fn a_mode_is_merged_apart_from_the_bytes() {
        let file = |text: &str, executable| {
            FileTree::from([(
                rel("a.sh"),
                File {
                    bytes: text.to_owned().into(),
                    executable,
                },
            )])
        };
        let merged = merge(
            &file("1\n2\n3\n4\n", false),
            &file("1\n2\n3\n4\n", true),
            &file("1\n2\n3\n5\n", false),
        );
        assert_eq!(merged.unwrap(), file("1\n2\n3\n5\n", true));
        let merged = merge(
            &file("1\n2\n3\n4\n", true),
            &file("0\n2\n3\n4\n", true),
            &file("1\n2\n3\n5\n", false),
        );
        assert_eq!(merged.unwrap(), file("0\n2\n3\n5\n", false));
    }

    /// Returns small trees whose names and lines meet often.
    fn trees() -> impl Strategy<Value = FileTree> {
        let names = ["a.md", "b.json", "c.sh", "d.md.jinja", "d.md"]
            .map(rel)
            .to_vec();
        let text = prop::collection::vec(
            prop::sample::select(vec!["one\n", "two\n", "{{ x }}\n", "{\"a\": 1}\n"]),
            0..5,
        );
        let file = (text, any::<bool>()).prop_map(|(lines, executable)| File {
            bytes: lines.concat().into(),
            executable,
        });
        prop::collection::btree_map(prop::sample::select(names), file, 0..5)
    }

    proptest! {
        #[test]
        fn the_laws_of_a_merge_hold(base in trees(), one in trees()) {
            prop_assert_eq!(merge(&base, &one, &base), Ok(one.clone()));
            prop_assert_eq!(merge(&base, &base, &one), Ok(one.clone()));
            prop_assert_eq!(merge(&base, &one, &one), Ok(one));
        }

        #[test]
        fn what_only_one_side_changed_arrives(base in trees(), ours in trees(), theirs in trees()) {
            let is_moved = |tree: &FileTree| !moves(&base, tree).is_empty();
            prop_assume!(!is_moved(&ours) && !is_moved(&theirs));
            if let Ok(merged) = merge(&base, &ours, &theirs) {
                for path in base.keys().chain(ours.keys()).chain(theirs.keys()) {
                    if base.get(path) == ours.get(path) {
                        prop_assert_eq!(merged.get(path), theirs.get(path));
                    }
                    if base.get(path) == theirs.get(path) {
                        prop_assert_eq!(merged.get(path), ours.get(path));
                    }
                }
            }
        }
    }
}
