//! Files of the team's own that lie next to those of a template.

use std::collections::BTreeSet;

use crate::agent::hooks;
use crate::agent::unbrought::{is_own, own_folders, template_of};
use crate::error::Result;
use crate::model::lock::Lock;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::store::fs;

use crate::ops::Session;
use crate::ops::steps::local_changes::ChangedFile;

/// How many files of a folder are looked at.
pub const MOST: usize = 1000;

/// Returns the template whose own folder a file lies in.
pub fn owner<'l>(lock: &'l Lock, path: &RelPath) -> Option<&'l TemplateName> {
    let inputs = &lock.inputs;
    let folder = hooks::folder(&inputs.agents, &inputs.facts);
    template_of(inputs.releases.keys(), &inputs.agents, folder, path)
}

/// Returns the files that lie next to a template's, in folders of its own.
pub fn beside(
    session: &Session,
    lock: &Lock,
    template: &TemplateName,
    changed: &[ChangedFile],
) -> Result<Vec<RelPath>> {
    let inputs = &lock.inputs;
    let hooks_folder = hooks::folder(&inputs.agents, &inputs.facts);
    let moved: BTreeSet<&RelPath> = changed
        .iter()
        .filter_map(|file| file.moved.as_ref())
        .collect();
    let mut beside = Vec::new();
    for folder in own_folders(template, &inputs.agents, hooks_folder) {
        let folder: RelPath = folder.parse()?;
        let root = session.workspace.root();
        if !fs::is_folder(&folder.under(root)) {
            continue;
        }
        let (files, _) = fs::list_files(root, &folder, MOST)?;
        for path in files {
            let is_known = lock.files.contains_key(&path) || moved.contains(&path);
            if !is_known && !is_own(&path) {
                beside.push(path);
            }
        }
    }
    Ok(beside)
}
