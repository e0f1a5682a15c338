//! The scripts that hooks run: a hook's entry and its script come and go together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::agent::POLICIES;
use crate::agent::claude::handlers::each_handler;
use crate::merge::json::{Document, Identities};
use crate::model::lock::Record;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{HookName, Upstream};

use super::{Base, Deciding, Local, Refusal, Snapshot};

/// Returns the scripts of managed hooks; the old and the new script of a hook have the hook's
/// identity.
pub fn identities(base: &Base, theirs: &Upstream) -> Identities {
    let mut identities = Identities::new(POLICIES);
    for (HookName { template, id }, place) in base.hooks.iter().chain(&theirs.hooks) {
        identities.insert(
            &place.event,
            place.script.clone(),
            format!("{template}/{id}"),
        );
    }
    identities
}

/// Returns the managed scripts that the repo's settings name. One that isn't there counts as
/// missing, even where git says that it was deleted.
pub fn scripts_named(
    ours: &Snapshot,
    files: &BTreeMap<RelPath, Record>,
    identities: &Identities,
) -> BTreeSet<RelPath> {
    let mut named = BTreeSet::new();
    for (path, record) in files {
        if record.as_keys().is_some() {
            let file = ours.get(path).and_then(Local::file);
            named.extend(scripts_in_file(file, identities));
        }
    }
    named
}

/// Returns the managed scripts that a settings document names, at any event, in entries of anybody.
pub fn scripts_in(document: &Value, identities: &Identities) -> BTreeSet<RelPath> {
    let mut named = BTreeSet::new();
    each_handler(document, &mut |handler| {
        named.extend(identities.script(handler).cloned())
    });
    named
}

fn scripts_in_file(file: Option<&File>, identities: &Identities) -> BTreeSet<RelPath> {
    match file.and_then(File::text).map(Document::parse) {
        Some(Ok(document)) => scripts_in(document.value(), identities),
        _ => BTreeSet::new(),
    }
}

impl Deciding<'_> {
    /// Returns the managed scripts that a settings file will name.
    fn scripts_of(&self, path: &RelPath) -> BTreeSet<RelPath> {
        scripts_in_file(self.in_the_end(path).as_ref(), &self.identities)
    }

    fn settings_files(&self) -> BTreeSet<&RelPath> {
        let mut settings = BTreeSet::new();
        for (path, record) in &self.base.files {
            settings.extend(record.as_keys().map(|_| path));
        }
        for (path, content) in &self.theirs.files {
            settings.extend(content.as_keys().map(|_| path));
        }
        settings
    }

    /// Returns the folders of the scripts that stay although upstream dropped them: they may need
    /// what lay beside them.
    pub(super) fn folders_of_kept_scripts(&self) -> BTreeSet<String> {
        let mut folders = BTreeSet::new();
        for settings in self.settings_files() {
            let mut scripts = self.scripts_of(settings);
            scripts.retain(|script| !self.theirs.files.contains_key(script));
            folders.extend(scripts.iter().filter_map(RelPath::parent).map(String::from));
        }
        folders
    }

    /// **Settings never name a managed script that won't exist.**
    pub fn refuse_dead_hooks(&mut self) {
        let mut dead = Vec::new();
        for path in self.settings_files() {
            if self.change_of(&self.local(path).real).is_none() {
                continue;
            }
            for script in self.scripts_of(path) {
                if self.in_the_end(&script).is_none() {
                    dead.push((path.clone(), Refusal::ScriptGone(script)));
                }
            }
        }
        self.out.refusals.extend(dead);
    }
}
