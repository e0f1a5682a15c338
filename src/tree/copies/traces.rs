//! Whether something of the team may be a copy of a release that wasn't looked at yet. Reading more
//! releases takes time.

use std::collections::{BTreeSet, HashSet};

use serde_json::Value;

use crate::agent::claude::places::without_template;
use crate::merge::block;
use crate::merge::json::{self, Identities};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::snapshot::Local;
use crate::model::tree::File;
use crate::model::upstream::{Blocks, Content, Keys};
use crate::tree::ownership::policies_at;

use super::entries::document_in;
use super::files::significant;
use super::{Copies, Search, file_in};

/// Returns the templates for which the team has something that resembles what they bring, but isn't
/// equal to it.
pub fn unsure(search: &Search, found: &Copies) -> BTreeSet<TemplateName> {
    let mut unsure = BTreeSet::new();
    for ((_, name), copied) in found.list() {
        if !copied.is_equal {
            unsure.insert(name);
        }
    }
    let others: Vec<HashSet<&str>> = search.others.values().map(significant).collect();
    for (path, content) in &search.theirs.files {
        match content {
            Content::Whole(whole) if !whole.seed && !search.base.files.contains_key(path) => {
                let owner = &whole.origin.template;
                let beside = without_template(path, owner).and_then(|at| search.others.get(&at));
                let there = file_in(search.ours, path).or(beside);
                let is_other = there.is_some_and(|file| file.bytes != whole.file.bytes);
                if is_other || (there.is_none() && has_traces(&others, &whole.file)) {
                    unsure.insert(owner.clone());
                }
            }
            Content::Whole(_) => {}
            Content::Blocks(blocks) => unsure.extend(search.near_blocks(path, blocks)),
            Content::Keys(keys) => unsure.extend(search.near_entries(path, keys)),
        }
    }
    unsure
}

/// Returns whether a file of the team with another name has some lines of a new file.
fn has_traces(others: &[HashSet<&str>], file: &File) -> bool {
    let wanted = significant(file);
    others.iter().any(|there| {
        let common = wanted.intersection(there).count();
        common >= 3 && 3 * common >= wanted.len().min(there.len())
    })
}

impl Search<'_> {
    /// Returns the templates whose blocks have some lines in common with the team's text.
    fn near_blocks(&self, path: &RelPath, blocks: &Blocks) -> Vec<TemplateName> {
        let Some(file) = self.ours.get(path).and_then(Local::file) else {
            return Vec::new();
        };
        let text = file.text().unwrap_or_default();
        let here: HashSet<&str> = text.lines().map(str::trim_end).collect();
        let found = block::find(text, blocks.comment).unwrap_or_default();
        let mut owners = Vec::new();
        for block in &blocks.blocks {
            let is_marked = found.iter().any(|found| found.name == block.name);
            if is_marked || self.is_known(path, &block.name.template) {
                continue;
            }
            let said: Vec<&str> = block
                .text
                .lines()
                .map(str::trim_end)
                .filter(|line| !line.is_empty())
                .collect();
            let common = said.iter().filter(|line| here.contains(**line)).count();
            if common > 0 && 5 * common >= said.len() {
                owners.push(block.name.template.clone());
            }
        }
        owners
    }

    /// Returns the templates whose entries have other values here.
    fn near_entries(&self, path: &RelPath, keys: &Keys) -> Vec<TemplateName> {
        let Some(document) = document_in(self.ours, path) else {
            return Vec::new();
        };
        let mut owners = Vec::new();
        for (owner, part) in &keys.parts {
            if !self.is_known(path, owner) && differs(path, part, &document) {
                owners.push(owner.clone());
            }
        }
        owners
    }
}

/// Returns whether a document has entries of a fragment with other values.
fn differs(path: &RelPath, part: &Value, document: &Value) -> bool {
    let identities = Identities::new(policies_at(path));
    let here = json::project(part, document, &identities);
    let there = json::project(&here, part, &identities);
    here != there
}
