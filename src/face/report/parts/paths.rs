//! The names of several files: of a few by name, of many by folder.

use std::collections::BTreeMap;

use crate::face::report::Report;
use crate::model::path::RelPath;
use crate::words;

/// Returns how many files there are, and their names: "2 files: a.md, b.md".
pub fn files(report: &Report, paths: &[&RelPath]) -> String {
    let count = words::count(paths.len(), "file");
    format!("{count}: {}", self::paths(report, paths))
}

/// Returns a few paths by name, or many by folder.
pub fn paths(report: &Report, paths: &[&RelPath]) -> String {
    const NAMES: usize = 3;
    const FOLDERS: usize = 5;
    /// What can't be taken together any more: a folder for each agent, and the root.
    const OUTERMOST: usize = 9;
    if paths.len() <= NAMES || report.is_verbose() {
        let names: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
        return names.join(", ");
    }
    let mut folders: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for path in paths {
        let folder = path
            .parent()
            .map_or(String::new(), |parent| format!("{parent}/"));
        folders.entry(folder).or_default().push(path.as_str());
    }
    // Many folders are counted by the folder that they are in.
    while folders.len() > FOLDERS {
        let outer = outermost(&folders);
        if outer.len() == folders.len() {
            break;
        }
        folders = outer;
    }
    let mut shown = Vec::new();
    let mut files = 0;
    for (folder, names) in folders.iter().take(OUTERMOST) {
        files += names.len();
        shown.push(match names.as_slice() {
            [one] => (*one).to_owned(),
            many if folder.is_empty() && many.len() <= FOLDERS => many.join(", "),
            many if folder.is_empty() => format!("./ ({})", many.len()),
            many => format!("{folder} ({})", many.len()),
        });
    }
    if files < paths.len() {
        shown.push(format!("{} more (-v)", paths.len() - files));
    }
    shown.join(", ")
}

/// Returns the innermost folders taken together with those beside them, in the folder above.
fn outermost<'a>(folders: &BTreeMap<String, Vec<&'a str>>) -> BTreeMap<String, Vec<&'a str>> {
    let deepest = folders.keys().map(|folder| depth(folder)).max();
    let mut outer: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (folder, names) in folders {
        let above = match folder.trim_end_matches('/').rsplit_once('/') {
            Some((above, _)) if Some(depth(folder)) == deepest && depth(folder) > 1 => {
                format!("{above}/")
            }
            _ => folder.clone(),
        };
        outer.entry(above).or_default().extend(names);
    }
    outer
}

fn depth(folder: &str) -> usize {
    folder.matches('/').count()
}
