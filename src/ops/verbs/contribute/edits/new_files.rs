//! Files that the team wrote next to a template's, as files of its source.

use crate::agent::translate::Form;
use crate::agent::unbrought::{self, UnbroughtFile};
use crate::error::Result;
use crate::model::path::RelPath;
use crate::model::template::{RENDERED_SUFFIX, is_rendered, rendered_path};
use crate::model::tree::File;
use crate::model::upstream::{Content, Upstream};
use crate::render::reverse::{Edited, HunkFate, Rendering as _, undo};

use super::{Drafter, FileEdit, Landing, not_expressed};

impl Drafter<'_> {
    /// Adds the files that were named.
    pub(super) fn new_files(&mut self) {
        for (path, file) in &self.wanted.named.new {
            if let Err(why) = self.new_file(path, file) {
                self.leave(path, why);
            }
        }
    }

    /// Adds a file. What in it could be an answer is asked about, as in an edit: the file is then
    /// one that is rendered.
    fn new_file(&mut self, path: &RelPath, file: &File) -> Result<(), String> {
        if file.text().is_none() {
            return Err("it is no text".to_owned());
        }
        let inputs = &self.repo.lock.inputs;
        let folder = crate::agent::hooks::folder(&inputs.agents, &inputs.facts);
        let name = self.wanted.template;
        let made = unbrought::in_template(name, &inputs.agents, folder, path, file);
        let UnbroughtFile { source, file } = made.map_err(|why| format!("it {why}"))?;
        if is_rendered(&source) {
            return Err("its name says that it is to be rendered".to_owned());
        }
        let rendered: RelPath = format!("{source}{RENDERED_SUFFIX}")
            .parse()
            .map_err(|_| "its name can't be in a template".to_owned())?;
        for there in [&source, &rendered] {
            if self.draft.tree.contains_key(there) {
                return Err(format!("the template has `{there}` already"));
            }
        }
        let text = file.text().unwrap_or_default();
        let decisions = self.wanted.decisions.get(path);
        let rendering = self.answered.file(&rendered, false);
        let undone = undo(
            &Edited {
                source: "",
                is_template: true,
                rendered: "",
                edited: text,
            },
            &rendering,
            decisions.map_or(&[], Vec::as_slice),
        );
        let mut others = rendering.probe(&undone.source).into_iter();
        let is_copied = undone.source == text || others.all(|other| other.as_deref() == Some(text));
        let mut hunks = undone.hunks;
        // What can't be the text of a rendered file is that of one that is copied.
        let is_open = hunks
            .iter()
            .any(|(_, fate)| matches!(fate, HunkFate::Asked(_) | HunkFate::Left));
        let is_whole = hunks.iter().all(|(_, fate)| *fate == HunkFate::Mapped);
        let (source, bytes) = match is_whole && !is_copied {
            true => (rendered, undone.source.into_bytes().into()),
            false => (source, file.bytes.clone()),
        };
        if !is_open {
            hunks.clear();
            let executable = file.executable;
            self.draft
                .tree
                .insert(source.clone(), File { bytes, executable });
            let landing = Landing {
                path: path.clone(),
                file: self.wanted.named.new[path].clone(),
            };
            self.new.insert(source.clone(), landing);
        }
        self.draft.files.push(FileEdit {
            path: path.clone(),
            source,
            hunks,
            what: (!is_open).then_some("new"),
        });
        Ok(())
    }

    /// Says of files next to the template's that they weren't named.
    pub(super) fn beside(&mut self) {
        for path in self.wanted.beside {
            let name = path.file_name();
            let names = |file: &File| file.text().is_some_and(|text| text.contains(name));
            let mut sent = self.draft.tree.iter();
            let is_meant = sent.any(|(source, file)| {
                let before = self.source.tree.get(source);
                before != Some(file) && names(file) && !before.is_some_and(names)
            });
            let why = match is_meant {
                true => "no template brought it, and what goes along speaks of it; name it, too",
                false => "no template brought it; name it to offer it",
            };
            self.leave(path, why);
        }
    }

    /// Checks that each new file lands where the team has it, as the team has it, and takes all that
    /// comes of new files out of what is composed: other agents get them in words of their own.
    pub(super) fn prove_new_files(&self, composed: &mut Upstream) -> Result<()> {
        let name = self.wanted.template;
        let renderer = self.repo.lock.inputs.renderer;
        for (source, Landing { path, file }) in &self.new {
            let whole = composed.files.get(path).and_then(Content::as_whole);
            let lands = whole.is_some_and(|whole| {
                let form = Form::of(&rendered_path(source), path, renderer);
                whole.origin.template == *name
                    && whole.origin.source == *source
                    && whole.file.executable == file.executable
                    && (whole.file.bytes == file.bytes
                        || form.lacks_only_additions(file, &whole.file))
            });
            if !lands {
                return Err(not_expressed(path));
            }
        }
        for content in composed.files.values_mut() {
            if let Content::Blocks(blocks) = content {
                blocks.blocks.retain(|block| {
                    let source = block.source.as_ref();
                    block.name.template != *name
                        || !source.is_some_and(|source| self.new.contains_key(source))
                });
            }
        }
        composed.files.retain(|_, content| match content {
            Content::Whole(whole) => {
                whole.origin.template != *name || !self.new.contains_key(&whole.origin.source)
            }
            Content::Blocks(blocks) => !blocks.blocks.is_empty(),
            Content::Keys(_) => true,
        });
        Ok(())
    }
}
