//! Which files of a tree are run, or taken orders from. **A file that isn't known to be read only
//! counts.**

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;

use crate::agent::definition::words_at;
use crate::agent::hooks::is_with_hooks;
use crate::agent::readers::{self, Commands};

use super::found::each_text;
use super::running::Running;
use super::{Capability, CapabilityTree, TreeFile};
use crate::model::path::RelPath;

/// Endings of pictures.
pub(super) const PICTURES: [&str; 6] = ["png", "jpg", "jpeg", "gif", "webp", "ico"];

/// Files without an ending that people read.
pub(super) const NAMES: [&str; 5] = ["license", "notice", "readme", "changelog", "authors"];

/// Returns whether a file can be run, or may be taken orders from.
pub(super) fn runs(path: &RelPath, file: &TreeFile<'_>) -> bool {
    if words_at(path).is_some_and(|only_words| file.bytes.is_some_and(only_words)) {
        return file.executable;
    }
    let has_interpreter = file.bytes.is_some_and(|bytes| bytes.starts_with(b"#!"));
    file.executable
        || has_interpreter
        || file.bytes.is_some_and(has_program)
        || is_with_hooks(path)
        || !is_read_only(path)
}

/// Returns whether a text begins with a header that names a language, as `---js` does: what reads
/// such headers evaluates them.
fn has_program(bytes: &[u8]) -> bool {
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let language = text.strip_prefix(b"---");
    language
        .and_then(|rest| rest.first())
        .is_some_and(u8::is_ascii_alphabetic)
}

/// Returns whether a file is only read, by its name and place: prose, or a picture.
pub fn is_read_only(path: &RelPath) -> bool {
    if let Some(reader) = readers::reader_of(path) {
        return reader.commands != Commands::All;
    }
    let folded = path.folded();
    let name = folded.rsplit('/').next().unwrap_or(&folded);
    match name.rsplit_once('.') {
        Some((stem, ending)) => !stem.is_empty() && PICTURES.contains(&ending),
        None => NAMES.contains(&name),
    }
}

/// Returns the files of a tree that are only read by their names, and that something in it runs: a
/// script, or one of the commands that were found in documents and texts.
pub(super) fn run_by_others<'a>(
    tree: &CapabilityTree<'a>,
    found: &[Capability],
) -> BTreeSet<&'a RelPath> {
    let read_only: Vec<&RelPath> = tree
        .files
        .iter()
        .filter(|(path, file)| !runs(path, file))
        .map(|(path, _)| *path)
        .collect();
    let mut commands = Running::default();
    let mut called: BTreeSet<usize> = BTreeSet::new();
    let scripts = Scripts::of(tree);
    // A permission is no command, though it may look like one.
    for one in found.iter().filter(|one| one.kind.is_command()) {
        let said = serde_json::from_str(&one.text).unwrap_or_else(|_| one.text.as_str().into());
        each_text(&said, &mut |text| {
            commands.join(Running::of_command(text));
            called.extend(scripts.named_in(text));
        });
    }
    let mut found = commands.run_of(read_only.iter().copied());
    let mut all: Vec<Running> = scripts.read();
    // What calls a script may give it the name of a file.
    let mut callers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (caller, (_, text)) in scripts.all.iter().enumerate() {
        for script in scripts
            .named_in(text)
            .filter(|script| all[*script].may_run_more())
        {
            callers.entry(script).or_default().push(caller);
        }
    }
    for (script, callers) in callers {
        for caller in callers.into_iter().filter(|caller| *caller != script) {
            let names = all[caller].names().clone();
            if !all[script].is_given(names) {
                break;
            }
        }
    }
    for (script, running) in all.iter_mut().enumerate() {
        if called.contains(&script) {
            running.is_given(commands.names().clone());
        }
        found.extend(running.run_of(read_only.iter().copied()));
    }
    found
}

/// The scripts of a tree, by their names.
struct Scripts<'a> {
    all: Vec<(&'a str, Cow<'a, str>)>,
    names: Option<AhoCorasick>,
}

impl<'a> Scripts<'a> {
    fn of(tree: &CapabilityTree<'a>) -> Self {
        let scripts = tree.files.iter().filter(|(path, file)| runs(path, file));
        let all: Vec<_> = scripts
            .filter_map(|(path, file)| {
                Some((path.file_name(), String::from_utf8_lossy(file.bytes?)))
            })
            .collect();
        let names = AhoCorasick::new(all.iter().map(|(name, _)| name)).ok();
        Self { all, names }
    }

    /// Returns the scripts whose names a text has; all, where they are too many to be looked for.
    fn named_in(&self, text: &str) -> impl Iterator<Item = usize> {
        let named: BTreeSet<usize> = match &self.names {
            Some(names) => {
                let found = names.find_overlapping_iter(text);
                found.map(|found| found.pattern().as_usize()).collect()
            }
            None => (0..self.all.len()).collect(),
        };
        named.into_iter()
    }

    fn read(&self) -> Vec<Running> {
        let scripts = self.all.iter();
        scripts
            .map(|(name, text)| Running::of_script(name, text))
            .collect()
    }
}
