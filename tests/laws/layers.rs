//! A file names its own layer or one below: fails on an import that runs up, and on IO in a pure
//! layer.

use std::fs;
use std::path::{Path, PathBuf};

/// The layers from the lowest to the highest.
const LAYERS: [&str; 14] = [
    "hint", "error", "words", "model", "merge", "agent", "tree", "render", "proposal", "lint",
    "resolve", "store", "ops", "face",
];

/// Layers that do no IO: what they may not name.
const PURE: [&str; 8] = [
    "model", "merge", "agent", "tree", "render", "proposal", "lint", "resolve",
];
const IO: [&str; 7] = [
    "std::fs",
    "std::env",
    "std::process",
    "std::net",
    "std::time",
    "println!",
    "eprintln!",
];

/// Returns the files below `src`, with their texts.
pub(super) fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    find_sources(&root, &mut files);
    let read = |file: PathBuf| {
        let name = file.strip_prefix(&root).unwrap().display().to_string();
        (name, fs::read_to_string(&file).unwrap())
    };
    files.into_iter().map(read).collect()
}

fn find_sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// Returns the layer of a file below `src`, or `None` for the roots of the crate.
fn layer_of(path: &Path) -> Option<usize> {
    let first = path.components().next()?.as_os_str().to_str()?;
    LAYERS
        .iter()
        .position(|layer| first.trim_end_matches(".rs") == *layer)
}

/// Returns the text without comments and without the inline test module.
pub(super) fn code(text: &str) -> String {
    let body = text
        .split("\n#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text);
    body.lines()
        .map(|line| line.split("//").next().unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Returns the layers that a file names, as `crate::LAYER` or inside `use crate::{LAYER, …}`.
fn named(code: &str) -> Vec<usize> {
    let mut layers = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(list) => list
                .split('}')
                .next()
                .unwrap_or(list)
                .split(',')
                .map(|name| name.trim().split("::").next().unwrap_or(""))
                .collect(),
            None => vec![
                rest.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or(rest),
            ],
        };
        layers.extend(
            names
                .iter()
                .filter_map(|name| LAYERS.iter().position(|layer| layer == name)),
        );
    }
    layers
}

#[test]
fn no_import_runs_up_a_layer() {
    let mut wrong = Vec::new();
    for (name, text) in sources() {
        let path = Path::new(&name);
        let Some(layer) = layer_of(path) else {
            continue;
        };
        let code = code(&text);
        for up in named(&code).into_iter().filter(|other| *other > layer) {
            wrong.push(format!(
                "{} ({}) names `{}`",
                path.display(),
                LAYERS[layer],
                LAYERS[up]
            ));
        }
        if PURE.contains(&LAYERS[layer]) {
            let io = IO.iter().filter(|io| code.contains(**io));
            wrong.extend(io.map(|io| format!("{} is pure and names `{io}`", path.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_file_alone_tells_systems_apart() {
    const WORDS: [&str; 4] = ["target_os", "target_vendor", "cfg(unix", "cfg(windows"];
    let mut found = Vec::new();
    for (name, text) in sources() {
        if WORDS.iter().any(|word| code(&text).contains(word)) {
            found.push(name);
        }
    }
    assert_eq!(found, ["store/fs/system.rs"]);
}

#[test]
fn the_test_sees_what_it_is_for() {
    assert_eq!(
        named("use crate::face::ui;\nlet x = crate::ops::verbs::install();"),
        [13, 12]
    );
    assert_eq!(named("use crate::{model::path, store};"), [3, 11]);
    assert_eq!(layer_of(Path::new("merge/json/mod.rs")), Some(4));
    assert_eq!(layer_of(Path::new("error.rs")), Some(1));
    assert_eq!(layer_of(Path::new("main.rs")), None);
}
