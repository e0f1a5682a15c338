//! Entries of settings that a team edited or added, as an edit of template.toml and of a template's
//! fragments.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::agent;
use crate::agent::claude::SETTINGS;
use crate::agent::claude::entries::{self, Entries};
use crate::agent::claude::parts::with_additions;
use crate::agent::claude::places::FRAGMENTS;
use crate::error::Result;
use crate::merge::json;
use crate::merge::kind::FileKind;
use crate::merge::pieces::Sides;
use crate::model::path::{RelPath, rel};
use crate::model::template::{TEMPLATE_TOML, is_rendered};
use crate::model::tree::File;
use crate::model::upstream::{Content, Keys};
use crate::render::reverse::{Edited, Rendering as _, undo};
use crate::tree;

use super::{Drafter, FileEdit};

impl Drafter<'_> {
    /// Writes entries into template.toml, and what that has no word for into the fragment.
    pub(super) fn write(
        &mut self,
        path: &RelPath,
        part: &Value,
        after: &Value,
        added: &Value,
        document: &Value,
    ) -> Result<()> {
        let name = self.wanted.template;
        let hooks = self
            .repo
            .upstream
            .hooks
            .iter()
            .filter(|(hook, _)| hook.template == *name);
        let edit = Entries {
            path,
            before: part,
            after,
            added,
        };
        let written = entries::write(self.source, hooks, &edit);
        if written
            .left
            .iter()
            .any(|pointer| pointer.starts_with("/hooks/") || part.pointer(pointer).is_some())
        {
            // What is left out of an entry that was edited would be sent as it was.
            self.leave(
                path,
                format!("template.toml has no setting for `{}`", written.left[0]),
            );
            return Ok(());
        }
        for pointer in &written.left {
            self.leave(
                path,
                format!("template.toml has no setting for `{pointer}`"),
            );
        }
        self.draft
            .tree
            .insert(rel(TEMPLATE_TOML), File::plain(written.manifest));
        self.fragment(path, document);
        let expected = with_additions(after, added, &written.left);
        let known = self.expected.files.get_mut(path);
        if let Some(keys) = known.and_then(Content::as_keys_mut) {
            keys.parts.insert(name.clone(), expected);
        } else {
            let keys = Keys {
                parts: BTreeMap::from([(name.clone(), expected.clone())]),
                union: expected,
            };
            self.expected
                .files
                .insert(path.clone(), Content::Keys(keys));
        }
        let source = rel(TEMPLATE_TOML);
        self.draft.files.push(FileEdit {
            path: path.clone(),
            source,
            hunks: Vec::new(),
            what: Some("entries"),
        });
        Ok(())
    }

    /// What a template says in a fragment of settings is edited there.
    fn fragment(&mut self, path: &RelPath, document: &Value) {
        if path.as_str() != SETTINGS {
            return;
        }
        for name in FRAGMENTS {
            let source = rel(name);
            let file = self.draft.tree.get(&source);
            let Some(text) = file.and_then(File::text).map(str::to_owned) else {
                continue;
            };
            let rendering = self.answered.file(&source, false);
            let is_template = is_rendered(&source);
            let Some(rendered) = (if is_template {
                rendering.render(&text)
            } else {
                Some(text.clone())
            }) else {
                continue;
            };
            let Ok(value) = json::Document::parse(&rendered).map(json::Document::into_value) else {
                continue;
            };
            let identities = tree::identities(self.repo.base, self.repo.upstream);
            let now = json::project(&value, document, &identities);
            if now == value {
                continue;
            }
            let (before, after) = (json::to_text(&value), json::to_text(&now));
            let sides = Sides {
                base: before.as_bytes(),
                ours: rendered.as_bytes(),
                theirs: after.as_bytes(),
            };
            let merged = agent::merge(FileKind::Json, &sides);
            let Some(edited) = merged.is_clean().then(|| merged.bytes(&sides)) else {
                continue;
            };
            let Ok(edited) = String::from_utf8(edited) else {
                continue;
            };
            let undone = undo(
                &Edited {
                    source: &text,
                    is_template,
                    rendered: &rendered,
                    edited: &edited,
                },
                &rendering,
                &[],
            );
            if let Some(file) = self
                .draft
                .tree
                .get_mut(&source)
                .filter(|_| undone.is_whole())
            {
                file.bytes = undone.source.into_bytes().into();
            }
        }
    }
}
