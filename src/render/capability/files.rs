//! Which files of a tree are run, or taken orders from. **A file that isn't known to be read only
//! counts.**

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;

use crate::agent::claude::places::is_with_hooks;

use super::{Tree, TreeFile, each_text};
use crate::model::path::{RelPath, fold};

/// Endings of files that people read.
const PROSE: [&str; 5] = ["md", "mdc", "txt", "rst", "adoc"];

/// Endings of pictures.
const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "ico"];

/// Files without an ending that people read.
const NAMES: [&str; 6] = [
    "license",
    "notice",
    "readme",
    "changelog",
    "authors",
    "codeowners",
];

/// Texts that programs take orders from, by how their names start.
const ORDERS: [&str; 3] = ["cmakelists", "requirements", "constraints"];

/// Returns whether a file can be run, or may be taken orders from.
pub(super) fn runs(path: &RelPath, file: &TreeFile<'_>) -> bool {
    let folded = path.folded();
    let name = folded.rsplit('/').next().unwrap_or(&folded);
    let is_hook = is_with_hooks(path);
    let has_interpreter = file.bytes.is_some_and(|bytes| bytes.starts_with(b"#!"));
    let is_read = match name.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() => {
            let is_order = ending == "txt" && ORDERS.iter().any(|start| name.starts_with(start));
            PROSE.contains(&ending) && !is_order || PICTURES.contains(&ending)
        }
        _ => NAMES.contains(&name),
    };
    file.executable || has_interpreter || is_hook || !is_read
}

/// Returns the names, without folders, of files that what runs in a tree speaks of: a script may
/// read, or run, any of them.
pub(super) fn named<'a>(tree: &Tree<'a>) -> BTreeSet<&'a str> {
    let texts = tree
        .files
        .iter()
        .filter(|(path, file)| runs(path, file))
        .filter_map(|(_, file)| file.bytes);
    let mut said: Vec<u8> = texts
        .flat_map(|bytes| bytes.iter().copied().chain([0]))
        .collect();
    for (_, document, _) in &tree.documents {
        each_text(document, &mut |text| said.extend(text.bytes().chain([0])));
    }
    // A shell's file systems may not tell letters by their case.
    let said = fold(&String::from_utf8_lossy(&said));
    let read_only = tree.files.iter().filter(|(path, file)| !runs(path, file));
    let names: Vec<&str> = read_only.map(|(path, _)| path.file_name()).collect();
    // All names in one pass, those in others too.
    let Ok(search) = AhoCorasick::new(names.iter().map(|name| fold(name))) else {
        return names.into_iter().collect();
    };
    let mut is_named = vec![false; names.len()];
    for found in search.find_overlapping_iter(said.as_bytes()) {
        is_named[found.pattern().as_usize()] = true;
    }
    let named = names.into_iter().zip(is_named);
    named
        .filter(|(_, is_named)| *is_named)
        .map(|(name, _)| name)
        .collect()
}
