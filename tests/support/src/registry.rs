//! A registry: sources of templates, and releases made of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::files::write_by_name;

/// Files by their paths.
pub type Files<'a> = &'a [(&'a str, &'a str)];

/// Writes a template's source, scripts executable, in place of what is in the folder: `files`, and
/// a manifest, a README and a changelog where they aren't among them. What is given as
/// template.toml is added to the `[template]` that every source has.
pub fn source(folder: &Path, name: &str, version: &str, files: Files) {
    let _ = fs::remove_dir_all(folder);
    let added = files
        .iter()
        .find(|(path, _)| *path == "template.toml")
        .map_or("", |(_, text)| text);
    let manifest = format!(
        "[template]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"What {name} is for\"\n{added}"
    );
    let mut all = BTreeMap::from([
        ("README.md", format!("# {name}\n")),
        (
            "CHANGELOG.md",
            format!("## [{version}] - 2026-01-01\n- What changed\n"),
        ),
    ]);
    all.extend(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
    all.insert("template.toml", manifest);
    for (path, text) in all {
        write_by_name(&folder.join(path), text);
    }
}
