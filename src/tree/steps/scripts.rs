//! The scripts that hooks run: a hook's entry and its script come and go together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::agent::POLICIES;
use crate::agent::claude::handlers::each_handler;
use crate::agent::hooks;
use crate::merge::json::{Document, Identities};
use crate::model::lock::Record;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{HookName, HookPlace, Upstream};

use super::{Base, Deciding, Local, Refusal, Snapshot};

/// Returns the scripts of managed hooks; the old and the new script of a hook have the hook's
/// identity.
pub fn identities(base: &Base, theirs: &Upstream) -> Identities {
    let mut identities = Identities::new(POLICIES);
    for (hook, place) in base.hooks.iter().chain(&theirs.hooks) {
        add_hook(&mut identities, hook, place);
    }
    identities
}

/// Adds the entries of a hook, whichever agent they are for. What a hook runs is what was added last.
pub fn add_hook(to: &mut Identities, hook: &HookName, place: &HookPlace) {
    let HookName { template, id } = hook;
    for event in hooks::names_of(&place.event) {
        to.insert(event, place.named().clone(), format!("{template}/{id}"));
    }
    if let Some(file) = &place.file {
        to.set_needs(file, [place.script.clone(), hooks::runner_of(file)]);
    }
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
        if let Some(script) = identities.script(handler) {
            named.insert(script.clone());
            named.extend(identities.needs(script).cloned());
        }
    });
    named
}

fn scripts_in_file(file: Option<&File>, identities: &Identities) -> BTreeSet<RelPath> {
    match file.and_then(File::text).map(Document::parse) {
        Some(Ok(document)) => scripts_in(document.value(), identities),
        _ => BTreeSet::new(),
    }
}

/// Returns what stays with a script: its folder, since it may need what lies beside it. The runner
/// needs nothing.
pub fn kept_with(script: &RelPath) -> String {
    match script.parent() {
        Some(folder) if !hooks::is_runner(script) => folder.to_string(),
        _ => script.to_string(),
    }
}

/// Returns whether a file is one that stays with a script.
pub fn is_kept(path: &RelPath, kept: &BTreeSet<String>) -> bool {
    let mut kept = kept.iter();
    kept.any(|kept| path.as_str() == kept || path.below(kept).is_some())
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

    /// Returns what stays with the scripts that stay although upstream dropped them.
    pub(super) fn kept_with_scripts(&self) -> BTreeSet<String> {
        let mut kept = BTreeSet::new();
        for settings in self.settings_files() {
            let mut scripts = self.scripts_of(settings);
            scripts.retain(|script| !self.theirs.files.contains_key(script));
            kept.extend(scripts.iter().map(kept_with));
        }
        kept
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
