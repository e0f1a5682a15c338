//! Files of a template that the team moved, as renames of its source.

use toml_edit::{DocumentMut, Item, Table, value};

use crate::agent::{hooks, unbrought};
use crate::model::path::{RelPath, rel};
use crate::model::template::{RENDERED_SUFFIX, TEMPLATE_TOML, is_rendered, rendered_path};
use crate::model::tree::File;
use crate::model::upstream::Content;

use super::{Drafter, FileEdit, Landing, WRITTEN_BY_AGENTPKG};

/// A file that was moved.
pub struct RenamedFile {
    /// Where it was installed.
    from: RelPath,
    /// Where the team has it.
    to: RelPath,
}

impl Drafter<'_> {
    /// Remembers that a file was moved, where that is to be proposed.
    pub(super) fn moved(&mut self, path: &RelPath, to: &RelPath) {
        match self.is_named(path) {
            true => self.renames.push(RenamedFile {
                from: path.clone(),
                to: to.clone(),
            }),
            false => self.leave(to, "it was moved here; name it to propose that for all"),
        }
    }

    /// Renames what was moved, each with the edits that it has by now.
    pub(super) fn rename(&mut self) {
        for file in std::mem::take(&mut self.renames) {
            if let Err(why) = self.rename_one(&file) {
                self.leave(&file.to, why);
            }
        }
    }

    fn rename_one(&mut self, RenamedFile { from, to }: &RenamedFile) -> Result<(), String> {
        let installed = self.repo.upstream.files.get(from);
        let Some(base) = installed.and_then(Content::as_whole) else {
            return Err("only a part of it is the template's".to_owned());
        };
        if base.origin.is_of_agentpkg() {
            return Err(WRITTEN_BY_AGENTPKG.to_owned());
        }
        let old = base.origin.source.clone();
        let old_name = rendered_path(&old);
        let mut hooks_of = self.source.manifest.hooks.iter();
        if hooks_of.any(|hook| hook.run == old_name) {
            return Err("a hook runs it: its name is in template.toml".to_owned());
        }
        let inputs = &self.repo.lock.inputs;
        let folder = hooks::folder(&inputs.agents, &inputs.facts);
        let target = unbrought::source_of(self.wanted.template, &inputs.agents, folder, to);
        let root = |path: &str| path.split('/').next().unwrap_or_default().to_owned();
        if root(&target) != root(old.as_str()) {
            return Err("it was moved to where the template has no such files".to_owned());
        }
        let new = match is_rendered(&old) {
            true => format!("{target}{RENDERED_SUFFIX}"),
            false => target.clone(),
        };
        let no_name = |_| "its name can't be in a template".to_owned();
        let (new, new_name): (RelPath, RelPath) = (
            new.parse().map_err(no_name)?,
            target.parse().map_err(no_name)?,
        );
        if self.draft.tree.contains_key(&new) {
            return Err(format!("the template has `{new}` already"));
        }
        let expected = self.expected.files.get(from).and_then(Content::as_whole);
        let (Some(file), Some(landing)) = (self.draft.tree.get(&old).cloned(), expected) else {
            return Err("it is in the proposal otherwise".to_owned());
        };
        let landing = Landing {
            path: to.clone(),
            file: landing.file.clone(),
        };
        let manifest = rel(TEMPLATE_TOML);
        let text = self.draft.tree.get(&manifest).and_then(File::text);
        let text = with_rename(text.unwrap_or_default(), &old_name, &new_name);
        let Some(text) = text else {
            return Err("template.toml can't be read".to_owned());
        };
        self.draft.tree.insert(manifest, File::plain(text));
        self.draft.tree.remove(&old);
        self.draft.tree.insert(new.clone(), file);
        self.forget(&old);
        self.new.insert(new.clone(), landing);
        self.draft.files.push(FileEdit {
            path: to.clone(),
            source: new,
            hunks: Vec::new(),
            what: Some("renamed"),
        });
        Ok(())
    }
}

/// Returns template.toml with a rename more. What was renamed to the old path before is now at the
/// new one.
fn with_rename(text: &str, old: &RelPath, new: &RelPath) -> Option<String> {
    let mut manifest: DocumentMut = text.parse().ok()?;
    let renames = manifest
        .entry("renames")
        .or_insert_with(|| Item::Table(Table::new()))
        .as_table_like_mut()?;
    for (_, known) in renames.iter_mut() {
        if known.as_str() == Some(old.as_str()) {
            *known = value(new.as_str());
        }
    }
    renames.remove(new.as_str());
    renames.insert(old.as_str(), value(new.as_str()));
    Some(manifest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_is_one_of_template_toml() {
        let with = |text: &str| with_rename(text, &rel("rules/b.md"), &rel("rules/c.md"));
        assert_eq!(
            with("[template]\nname = \"t\" # T\n").unwrap(),
            "[template]\nname = \"t\" # T\n\n[renames]\n\"rules/b.md\" = \"rules/c.md\"\n"
        );
        assert_eq!(
            with("[renames]\n\"rules/a.md\" = \"rules/b.md\" # why\n").unwrap(),
            "[renames]\n\"rules/a.md\" = \"rules/c.md\"\n\"rules/b.md\" = \"rules/c.md\"\n"
        );
        // Back to where it was.
        assert_eq!(
            with("[renames]\n\"rules/c.md\" = \"rules/b.md\"\n").unwrap(),
            "[renames]\n\"rules/b.md\" = \"rules/c.md\"\n"
        );
        assert_eq!(with("renames = 1\n"), None);
    }
}
