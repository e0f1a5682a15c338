//! What the settings have in the end of what templates bring: what the team took out can't run
//! here, and what it keeps isn't lost.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::agent::documents::{self, DocumentKind};
use crate::merge::json::{Document, Identities};
use crate::model::capability::CapabilityKind;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::Upstream;
use crate::render::capability::{Capability, CapabilityChange, Unapproved};
use crate::tree::scripts_in;

/// Settings as a change leaves them.
pub struct InTheEnd {
    documents: Vec<Value>,
    /// The scripts of upstream's hooks.
    hooks: BTreeSet<RelPath>,
    /// The scripts that the settings run.
    run: BTreeSet<RelPath>,
}

impl InTheEnd {
    /// Reads the settings among some files.
    pub fn read(
        upstream: &Upstream,
        files: &BTreeMap<RelPath, File>,
        identities: &Identities,
    ) -> Self {
        let mut documents = Vec::new();
        let mut run = BTreeSet::new();
        for (path, file) in files {
            let document = match path.as_str().ends_with(".json") {
                true => file.text().and_then(|text| Document::of_file(text).ok()),
                false => None,
            };
            let document = match document {
                Some(document) => Some(document.into_value()),
                None if documents::is_document(path) => documents::read(path, &file.bytes),
                None => None,
            };
            if let Some(document) = document {
                run.extend(scripts_in(&document, identities));
                documents.push(document);
            }
        }
        let hooks = upstream.hooks.values().map(|place| place.script.clone());
        Self {
            documents,
            hooks: hooks.collect(),
            run,
        }
    }

    /// Returns whether something can't run or count here as things stand, since the team took its
    /// entry out.
    pub fn is_off(&self, item: &Unapproved) -> bool {
        let Capability {
            kind,
            path,
            name,
            files,
            ..
        } = &item.capability;
        if item.fate == CapabilityChange::Lost {
            return false;
        }
        match kind {
            CapabilityKind::Hook => files
                .iter()
                .any(|script| self.hooks.contains(script) && !self.run.contains(script)),
            CapabilityKind::Server => match documents::kind(path) {
                DocumentKind::Servers(key) => !self.has(&[key, name]),
                _ => false,
            },
            CapabilityKind::Variable => !self.has(&["env", name]),
            // The header of a text is there with the text.
            CapabilityKind::Setting if !documents::is_document(path) => false,
            // Of a value deep inside, the outermost key is asked for.
            CapabilityKind::Setting => {
                let key = name.split('.').next().unwrap_or_default();
                !self.has(&[key])
            }
            _ => false,
        }
    }

    /// Returns whether something that a release dropped is here all the same.
    pub fn still_has(&self, item: &Unapproved) -> bool {
        let Capability {
            kind, name, files, ..
        } = &item.capability;
        match kind {
            _ if item.fate != CapabilityChange::Lost => false,
            CapabilityKind::Hook => files.iter().any(|script| self.run.contains(script)),
            CapabilityKind::Deny => self.lists("deny", name),
            CapabilityKind::Ask => self.lists("ask", name),
            _ => false,
        }
    }

    /// Returns whether one of the settings has a rule in a list of permissions.
    fn lists(&self, list: &str, rule: &str) -> bool {
        let pointer = format!("/permissions/{list}");
        let mut lists = self
            .documents
            .iter()
            .filter_map(|all| all.pointer(&pointer)?.as_array());
        lists.any(|rules| rules.iter().any(|one| one.as_str() == Some(rule)))
    }

    fn has(&self, keys: &[&str]) -> bool {
        self.documents.iter().any(|document| {
            let found = keys.iter().try_fold(document, |value, key| value.get(key));
            found.is_some()
        })
    }
}
