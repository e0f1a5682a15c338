//! The laws of patches, over generated trees and generated damage.

use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

const PATHS: [&str; 5] = ["a", "b c", "ü/\"d\"", "hooks/x.sh", "z\t"];
const LINES: [&str; 7] = ["", "a", "b", "-- ", "--- a/x", "+++ b/x\r", "@@ -1 +1 @@"];

fn text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(&LINES[..]);
    (prop::collection::vec(line, 0..30), any::<bool>()).prop_map(|(lines, ended)| {
        let text = lines.join("\n");
        if ended && !text.is_empty() {
            text + "\n"
        } else {
            text
        }
    })
}

fn tree() -> impl Strategy<Value = FileTree> {
    let file = (text(), any::<bool>()).prop_map(|(text, executable)| File {
        bytes: text.into_bytes().into(),
        executable,
    });
    let path = prop::sample::select(&PATHS[..]).prop_map(|path| path.parse().unwrap());
    prop::collection::btree_map(path, file, 0..5)
}

/// Lines of which none is there twice.
fn distinct() -> impl Strategy<Value = FileTree> {
    prop::collection::vec(0..4u8, 60).prop_map(|kept| {
        let lines = kept
            .iter()
            .enumerate()
            .filter(|(_, kept)| **kept > 0)
            .map(|(line, _)| format!("{line}\n"));
        FileTree::from([("f".parse().unwrap(), File::plain(lines.collect::<String>()))])
    })
}

proptest! {
    #[test]
    fn what_lies_between_two_trees_makes_the_one_of_the_other(old in tree(), new in tree()) {
        let patch = Patch::between(&old, &new).unwrap();
        prop_assert_eq!(patch.apply(&old).unwrap(), new);
    }

    #[test]
    fn what_is_written_is_read(old in tree(), new in tree()) {
        let patch = Patch::between(&old, &new).unwrap();
        prop_assert_eq!(Patch::parse(&patch.to_text(None)).unwrap(), patch.clone());
        let directory = "templates/x".parse().unwrap();
        let moved = Patch::parse(&patch.to_text(Some(&directory))).unwrap();
        prop_assert_eq!(moved.below(&directory).unwrap(), patch.clone());
        prop_assert!(moved.is_empty() || moved.below(&"templates/y".parse().unwrap()).is_err());
    }

    #[test]
    fn the_parts_together_are_the_whole(old in tree(), new in tree(), seed in any::<Index>()) {
        let patch = Patch::between(&old, &new).unwrap();
        let mut parts = patch.parts();
        prop_assert!(parts.iter().all(|part| part.files.len() == 1));
        for part in &parts {
            let read = Patch::parse(&part.to_text(None));
            prop_assert_eq!(read.as_ref(), Ok(part));
        }
        if !parts.is_empty() {
            let middle = seed.index(parts.len());
            parts.rotate_left(middle);
            prop_assert!(Patch::together(&parts[1..]).apply(&old).is_ok());
        }
        prop_assert_eq!(Patch::together(&parts).apply(&old).unwrap(), new);
    }

    #[test]
    fn parts_of_distinct_lines_apply_in_any_order(
        (old, new) in (distinct(), distinct()),
        order in any::<Index>(),
    ) {
        let mut parts = Patch::between(&old, &new).unwrap().parts();
        if !parts.is_empty() {
            let middle = order.index(parts.len());
            parts.rotate_left(middle);
        }
        let forth = parts.iter().try_fold(old.clone(), |tree, part| part.apply(&tree));
        let back = parts.iter().rev().try_fold(old, |tree, part| part.apply(&tree));
        prop_assert_eq!(forth.unwrap(), new.clone());
        prop_assert_eq!(back.unwrap(), new);
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in ".{0,200}") {
        let _ = Patch::parse(&text);
    }

    #[test]
    fn damage_is_refused_or_reads_back(
        old in tree(),
        new in tree(),
        damage in prop::collection::vec((any::<Index>(), 0..3u8, any::<Index>()), 1..4),
    ) {
        let text = Patch::between(&old, &new).unwrap().to_text(None);
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        for (at, kind, other) in damage {
            if lines.is_empty() {
                break;
            }
            let (at, other) = (at.index(lines.len()), other.index(lines.len()));
            match kind {
                0 => _ = lines.remove(at),
                1 => lines.insert(at, lines[other].clone()),
                _ => lines[at] = lines[at].chars().rev().collect(),
            }
        }
        if let Ok(patch) = Patch::parse(&lines.concat()) {
            prop_assert_eq!(Patch::parse(&patch.to_text(None)).unwrap(), patch.clone());
            let _ = patch.apply(&old);
            prop_assert_eq!(Patch::together(&patch.parts()).files.len(), patch.files.len());
        }
    }
}
