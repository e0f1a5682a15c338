//! What a team did to one template's files, as an edit of the template's source.

mod new_files;
mod renames;
mod settings;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::agent::claude::{SERVERS, SETTINGS};
use crate::agent::translate::Form;
use crate::error::{Error, Result};
use crate::merge::format::Format;
use crate::merge::json::{self, Identities};
use crate::merge::{block, diff};
use crate::model::lock::{Lock, Record};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::source::Source;
use crate::model::template::{is_rendered, rendered_name, rendered_path};
use crate::model::tree::{File, FileTree};
use crate::model::upstream::{Block, Comment, Content, Upstream};
use crate::render::compose::{self, compose};
use crate::render::reverse::{
    AnswerRenderers, EditHunk, Edited, HunkDecision, HunkFate, Rendering as _, Undone, undo,
};
use crate::tree::ownership::identities_at;
use crate::tree::{self, Base, Local, Snapshot, State};

use crate::ops::steps::local_changes::ChangedFile;

use super::named::Named;
use renames::RenamedFile;

/// What was decided about hunks, by file.
pub type Decisions = BTreeMap<RelPath, Vec<HunkDecision>>;

/// What an edit is made from.
pub struct EditInputs<'a> {
    /// agentpkg.lock.
    pub lock: &'a Lock,
    /// The sources of everything that is installed.
    pub sources: &'a [Source],
    /// What they are composed to.
    pub upstream: &'a Upstream,
    /// The records of what was installed.
    pub base: &'a Base,
    /// What the repo has.
    pub ours: &'a Snapshot,
    /// The paths that aren't as they were installed.
    pub changed: &'a [ChangedFile],
}

/// Why an edit of a hook's file isn't sent.
const WRITTEN_BY_AGENTPKG: &str =
    "agentpkg writes it from template.toml: ask for a change there, in words";

/// What is asked for.
pub struct RequestedEdit<'a> {
    pub template: &'a TemplateName,
    /// The paths that were named, and files of the team's own that go along.
    pub named: &'a Named,
    /// Files of the team's own that lie next to the template's, and weren't named.
    pub beside: &'a [RelPath],
    /// Whether entries of the team's own go along.
    pub additions: bool,
    /// What was decided about hunks.
    pub decisions: &'a Decisions,
}

/// An edit of a template's source.
pub struct Draft {
    /// The source with the edit.
    pub tree: FileTree,
    /// The files of the repo that are in it, wholly or in part.
    pub files: Vec<FileEdit>,
    /// What is not in it, and why.
    pub skipped: Vec<Skipped>,
}

/// A file that was edited, and that a proposal leaves out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    pub path: RelPath,
    /// Why, in words.
    pub why: String,
}

/// One file of the repo, and what became of what was done to it.
pub struct FileEdit {
    /// The file.
    pub path: RelPath,
    /// Where its edit is in the source.
    pub source: RelPath,
    /// Its hunks; none where all of it is one edit: entries of settings, a mode, a deletion.
    pub hunks: Vec<(EditHunk, HunkFate)>,
    /// What was done, where there are no hunks.
    pub what: Option<&'static str>,
}

/// Makes what the team did an edit of the template's source.
///
/// # Errors
/// When what is mapped doesn't come to what the repo has: then nothing is said to be proved.
pub fn draft(repo: &EditInputs<'_>, wanted: &RequestedEdit<'_>) -> Result<Draft> {
    let name = wanted.template;
    let source = repo
        .sources
        .iter()
        .find(|source| source.manifest.template.name == *name)
        .expect("the template is installed");
    let answered = AnswerRenderers::new(source, &repo.lock.inputs.answers);
    let draft = Draft {
        tree: source.tree.clone(),
        files: Vec::new(),
        skipped: Vec::new(),
    };
    let mut drafter = Drafter {
        repo,
        wanted,
        source,
        answered,
        draft,
        expected: repo.upstream.clone(),
        edits: BTreeMap::new(),
        renames: Vec::new(),
        new: BTreeMap::new(),
    };
    for file in repo
        .changed
        .iter()
        .filter(|file| file.owners.contains(name))
    {
        if wanted.named.has(&file.path) {
            drafter.file(file)?;
        }
    }
    drafter.seeds();
    drafter.edit_sources();
    drafter.rename();
    drafter.new_files();
    drafter
        .draft
        .files
        .sort_by(|one, other| one.path.cmp(&other.path));
    drafter.additions()?;
    drafter.beside();
    drafter.prove()?;
    Ok(drafter.draft)
}

struct Drafter<'a> {
    repo: &'a EditInputs<'a>,
    wanted: &'a RequestedEdit<'a>,
    source: &'a Source,
    answered: AnswerRenderers<'a>,
    draft: Draft,
    /// What the edited source has to be composed to.
    expected: Upstream,
    /// The edits of texts so far, by the file of the source that they are of.
    edits: BTreeMap<RelPath, Vec<SourceEdit>>,
    /// The files that were moved, and are to be renamed.
    renames: Vec<RenamedFile>,
    /// The files that the template gets, by their paths in the source, each with what comes of it.
    new: BTreeMap<RelPath, Landing>,
}

/// Where a file of the source that wasn't there before lands in the repository, and as what.
struct Landing {
    path: RelPath,
    file: File,
}

/// An edit of a file of the repository, as an edit of its rendered source.
struct SourceEdit {
    /// The file of the repository.
    path: RelPath,
    is_block: bool,
    rendered: String,
    edited: String,
}

impl Drafter<'_> {
    fn leave(&mut self, path: &RelPath, why: impl Into<String>) {
        self.draft.skipped.push(Skipped {
            path: path.clone(),
            why: why.into(),
        });
    }

    fn is_named(&self, path: &RelPath) -> bool {
        self.wanted.named.paths.contains(path)
    }

    fn file(&mut self, changed: &ChangedFile) -> Result<()> {
        let path = &changed.path;
        match (changed.state, self.repo.upstream.files.get(path)) {
            (_, None) => self.leave(path, "this agentpkg doesn't render it any more"),
            (State::Moved, _) => {
                if let Some(to) = &changed.moved {
                    self.moved(path, to);
                }
            }
            (State::Missing | State::Unchanged, _) => {}
            (State::Elsewhere, _) => {}
            (State::Reformatted, _) => self.leave(path, "only its layout differs"),
            (State::Broken, _) => self.leave(path, "it can't be read; `agentpkg check` says why"),
            (State::Deleted, Some(Content::Whole(_))) if self.is_named(path) => self.deleted(path),
            (State::Deleted, _) => {
                self.leave(path, "it was deleted here; name it to propose that for all")
            }
            (State::Seed, _) => {}
            (State::Edited, Some(Content::Whole(_))) => {
                self.whole(path, changed.moved.as_ref().unwrap_or(path));
                if let Some(to) = &changed.moved {
                    self.moved(path, to);
                }
            }
            (State::Edited, Some(Content::Blocks(_))) => self.blocks(path),
            (State::Edited, Some(Content::Keys(_))) => self.entries(path)?,
        }
        Ok(())
    }

    /// A seed is the team's own: it goes only where it is named.
    fn seeds(&mut self) {
        for path in &self.wanted.named.paths {
            let record = self.repo.base.files.get(path);
            if let Some(whole) = record.and_then(Record::as_whole)
                && whole.seed
                && whole.origin.template == *self.wanted.template
            {
                self.whole(path, path);
            }
        }
    }

    fn found(&self, path: &RelPath) -> Option<&File> {
        self.repo.ours.get(path)?.file()
    }

    fn whole(&mut self, path: &RelPath, at: &RelPath) {
        let installed = self.repo.upstream.files.get(path);
        let Some(base) = installed.and_then(Content::as_whole) else {
            return;
        };
        let Some(file) = self.found(path).or_else(|| self.found(at)) else {
            return self.leave(path, "it can't be read");
        };
        let (Some(edited), Some(rendered)) = (file.text(), base.file.text()) else {
            return self.leave(path, "it is no text");
        };
        let source = base.origin.source.clone();
        if base.origin.is_of_agentpkg() {
            return self.leave(path, WRITTEN_BY_AGENTPKG);
        }
        let changes_mode = file.executable != base.file.executable;
        let executable = file.executable;
        let form = Form::of(
            &rendered_path(&source),
            path,
            self.repo.lock.inputs.renderer,
        );
        let edited = unix_like(edited, rendered);
        if edited != rendered {
            let rendered = rendered.to_owned();
            self.edit(path, &source, form, false, [&rendered, &edited]);
        }
        if changes_mode {
            self.mode(path, source, executable);
        }
    }

    /// Remembers an edit of a file that comes from a source, as an edit of the rendered source.
    /// `texts` are the file as it was installed, and as it is here.
    fn edit(
        &mut self,
        path: &RelPath,
        source: &RelPath,
        form: Form,
        is_block: bool,
        texts: [&str; 2],
    ) {
        let [installed, edited] = texts;
        let edit = match form {
            Form::AsItIs => SourceEdit {
                path: path.clone(),
                is_block,
                rendered: installed.to_owned(),
                edited: edited.to_owned(),
            },
            _ => {
                let Some(rendered) = self.rendered(source) else {
                    return self.leave(path, "its source can't be rendered");
                };
                let Some(edited) = form.read_back(&rendered, installed, edited) else {
                    let why = "the change has no place in the template's own file";
                    return self.leave(path, why);
                };
                SourceEdit {
                    path: path.clone(),
                    is_block: false,
                    rendered,
                    edited,
                }
            }
        };
        self.edits.entry(source.clone()).or_default().push(edit);
    }

    /// Returns a file of the source as it is rendered here.
    fn rendered(&self, source: &RelPath) -> Option<String> {
        let text = self.source.tree.get(source)?.text()?;
        match is_rendered(source) {
            true => self.answered.file(source, false).render(text),
            false => Some(text.to_owned()),
        }
    }

    /// Makes the edits edits of the source, each once: what was done alike to several copies of a
    /// file is one edit, and of what was done otherwise a person has to say what is meant.
    fn edit_sources(&mut self) {
        for (source, edits) in std::mem::take(&mut self.edits) {
            let first = &edits[0];
            if edits.iter().any(|other| other.edited != first.edited) {
                for edit in &edits {
                    let other = edits.iter().find(|other| other.edited != edit.edited);
                    let other = other.map_or(&first.path, |other| &other.path);
                    let why = format!("`{other}` has another edit; name the one that you mean");
                    self.leave(&edit.path, why);
                }
                continue;
            }
            let undone = self.undone(first, &source);
            self.expect(&source, &undone.rendered);
            let path = first.path.clone();
            self.put(&path, source, undone);
        }
    }

    /// Expects every file that comes from a source to be what its edited rendering makes of it.
    fn expect(&mut self, source: &RelPath, rendered: &str) {
        let template = self.wanted.template;
        let short = rendered_path(source);
        let renderer = self.repo.lock.inputs.renderer;
        for (path, content) in &mut self.expected.files {
            match content {
                Content::Whole(whole)
                    if whole.origin.template == *template && whole.origin.source == *source =>
                {
                    let text = Form::of(&short, path, renderer).write(rendered);
                    whole.file.bytes = text.into_bytes().into();
                }
                Content::Blocks(blocks) => {
                    for block in &mut blocks.blocks {
                        if block.name.template == *template && block.source.as_ref() == Some(source)
                        {
                            let form = Form::of_block(&block.name);
                            block.text = block::whole_lines(&form.write(rendered));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn mode(&mut self, path: &RelPath, source: RelPath, executable: bool) {
        let mut hooks = self.source.manifest.hooks.iter();
        if hooks.any(|hook| rendered_name(&source) == hook.run.as_str()) {
            return self.leave(path, "a hook's script is executable everywhere");
        }
        if let Some(file) = self.draft.tree.get_mut(&source) {
            file.executable = executable;
        }
        let expected = self.expected.files.get_mut(path);
        if let Some(whole) = expected.and_then(Content::as_whole_mut) {
            whole.file.executable = executable;
        }
        let what = if executable {
            "is executable"
        } else {
            "isn't executable"
        };
        self.draft.files.push(FileEdit {
            path: path.clone(),
            source,
            hunks: Vec::new(),
            what: Some(what),
        });
    }

    fn deleted(&mut self, path: &RelPath) {
        let installed = self.repo.upstream.files.get(path);
        let Some(base) = installed.and_then(Content::as_whole) else {
            return;
        };
        let source = base.origin.source.clone();
        if base.origin.is_of_agentpkg() {
            return self.leave(path, WRITTEN_BY_AGENTPKG);
        }
        self.draft.tree.remove(&source);
        self.forget(&source);
        self.draft.files.push(FileEdit {
            path: path.clone(),
            source,
            hunks: Vec::new(),
            what: Some("deleted"),
        });
    }

    /// Expects nothing that comes from a source any more.
    fn forget(&mut self, source: &RelPath) {
        let template = self.wanted.template;
        for content in self.expected.files.values_mut() {
            if let Content::Blocks(blocks) = content {
                blocks.blocks.retain(|block| {
                    block.name.template != *template || block.source.as_ref() != Some(source)
                });
            }
        }
        self.expected.files.retain(|_, content| match content {
            Content::Whole(whole) => {
                whole.origin.template != *template || whole.origin.source != *source
            }
            Content::Blocks(blocks) => !blocks.blocks.is_empty(),
            Content::Keys(_) => true,
        });
    }

    fn blocks(&mut self, path: &RelPath) {
        let installed = self.repo.upstream.files.get(path);
        let Some(blocks) = installed.and_then(Content::as_blocks) else {
            return;
        };
        let repo = self.repo;
        let file = repo.ours.get(path).and_then(Local::file);
        let Some(text) = file.and_then(File::text) else {
            return self.leave(path, "it is no text");
        };
        let record = repo.base.files.get(path);
        let record = record.and_then(Record::as_blocks);
        let known = record.map_or_else(BTreeMap::new, |record| record.blocks.clone());
        let found = block::find_known(text, Comment::of(path), &known).unwrap_or_default();
        for base in &blocks.blocks {
            let is_deleted = known.get(&base.name).is_some_and(|known| known.deleted);
            if base.name.template != *self.wanted.template {
                continue;
            }
            let Some(there) = found.iter().find(|found| found.name == base.name) else {
                if !is_deleted || base.name.section.is_none() {
                    self.leave(path, "its block was deleted here");
                }
                continue;
            };
            let edited = text[there.inner.clone()].replace("\r\n", "\n");
            if edited != base.text {
                self.block(path, base, &edited);
            }
        }
    }

    fn block(&mut self, path: &RelPath, base: &Block, edited: &str) {
        let Some(source) = base.source.clone() else {
            return self.leave(path, "agentpkg wrote it, and no file of the template");
        };
        if diff::is_layout(block::kind(Comment::of(path)), edited, &base.text) {
            return self.leave(path, "only its layout differs");
        }
        let form = Form::of_block(&base.name);
        self.edit(path, &source, form, true, [&base.text, edited]);
    }

    fn undone(&self, edit: &SourceEdit, source: &RelPath) -> Undone {
        let rendering = self.answered.file(source, edit.is_block);
        let text = self
            .draft
            .tree
            .get(source)
            .and_then(File::text)
            .unwrap_or_default();
        let is_template = is_rendered(source);
        let decisions = self
            .wanted
            .decisions
            .get(&edit.path)
            .map(Vec::as_slice)
            .unwrap_or_default();
        undo(
            &Edited {
                source: text,
                is_template,
                rendered: &edit.rendered,
                edited: &edit.edited,
            },
            &rendering,
            decisions,
        )
    }

    fn put(&mut self, path: &RelPath, source: RelPath, undone: Undone) {
        if let Some(file) = self.draft.tree.get_mut(&source) {
            file.bytes = undone.source.into_bytes().into();
        }
        self.draft.files.push(FileEdit {
            path: path.clone(),
            source,
            hunks: undone.hunks,
            what: None,
        });
    }

    fn entries(&mut self, path: &RelPath) -> Result<()> {
        if !is_source_of_entries(path) {
            let why = "its entries come of template.toml; an edit of them can't be sent from here";
            self.leave(path, why);
            return Ok(());
        }
        let name = self.wanted.template;
        let installed = self.repo.upstream.files.get(path);
        let Some(keys) = installed.and_then(Content::as_keys) else {
            return Ok(());
        };
        let (Some(part), Some(document)) = (keys.parts.get(name), self.document(path)) else {
            return Ok(());
        };
        let identities = self.identities(path);
        let after = json::project(part, &document, &identities);
        if after == *part || self.leaves(path) {
            return Ok(());
        }
        if ![SETTINGS, SERVERS].contains(&path.as_str()) {
            self.leave(path, "entries, which can't be sent upstream from this file");
            return Ok(());
        }
        let own = identities.policies.subtract(
            &document,
            &json::project(&keys.union, &document, &identities),
        );
        if !self.wanted.additions && !json::is_empty(&own) {
            self.leave(
                path,
                "entries that you added (`--with-additions` takes them along)",
            );
        }
        self.write(path, part, &after, &Value::Object(Map::new()), &document)
    }

    /// Returns whether a file that has no hunks was left out.
    fn leaves(&self, path: &RelPath) -> bool {
        self.wanted
            .decisions
            .get(path)
            .is_some_and(|decisions| decisions.first() == Some(&HunkDecision::Leave))
    }

    /// Entries that the team added, where they are asked for.
    fn additions(&mut self) -> Result<()> {
        if !self.wanted.additions {
            return Ok(());
        }
        for path in [rel(SETTINGS), rel(SERVERS)] {
            let is_asked = self.wanted.named.paths.is_empty() || self.is_named(&path);
            let Some(document) = self
                .document(&path)
                .filter(|_| is_asked && !self.leaves(&path))
            else {
                continue;
            };
            let empty = Value::Object(Map::new());
            let installed = self.repo.upstream.files.get(&path);
            let (part, union) = match installed.and_then(Content::as_keys) {
                Some(keys) => (
                    keys.parts
                        .get(self.wanted.template)
                        .cloned()
                        .unwrap_or_else(|| empty.clone()),
                    keys.union.clone(),
                ),
                None => (empty.clone(), empty.clone()),
            };
            let identities = self.identities(&path);
            // An entry that was edited is no addition.
            let managed = json::project(&union, &document, &identities);
            let added = identities.policies.subtract(&document, &managed);
            if json::is_empty(&added) {
                continue;
            }
            let after = json::project(&part, &document, &identities);
            self.draft.files.retain(|file| file.path != path);
            self.draft.skipped.retain(|skipped| skipped.path != path);
            self.write(&path, &part, &after, &added, &document)?;
        }
        Ok(())
    }

    fn identities(&self, path: &RelPath) -> Identities {
        let identities = tree::identities(self.repo.base, self.repo.upstream);
        identities_at(path, &identities).into_owned()
    }

    fn document(&self, path: &RelPath) -> Option<Value> {
        let text = self.found(path)?.text()?;
        Format::of(path).read(text).ok()
    }

    /// **What the edited source is composed to is what the repo has, in everything that is mapped,
    /// and what was installed in all else.**
    fn prove(&self) -> Result<()> {
        let name = self.wanted.template;
        let edited = Source::of(name.as_str(), self.draft.tree.clone())?;
        let sources: Vec<Source> = self
            .repo
            .sources
            .iter()
            .map(|source| {
                if source.manifest.template.name == *name {
                    edited.clone()
                } else {
                    source.clone()
                }
            })
            .collect();
        let mut composed = compose(
            &sources,
            &compose::ComposeInputs::of(&self.repo.lock.inputs),
        )?;
        self.prove_new_files(&mut composed)?;
        let paths: BTreeSet<&RelPath> = composed
            .files
            .keys()
            .chain(self.expected.files.keys())
            .collect();
        for path in paths {
            let is_same = match (composed.files.get(path), self.expected.files.get(path)) {
                // Documents of other agents are made of the same entries, and changed with them.
                (Some(Content::Keys(_)) | None, Some(Content::Keys(_)) | None)
                    if !is_source_of_entries(path) =>
                {
                    true
                }
                (Some(Content::Keys(one)), Some(Content::Keys(other))) => {
                    has_same_entries(one.parts.get(name), other.parts.get(name))
                }
                // What agentpkg writes from template.toml follows its entries.
                (Some(Content::Whole(whole)), _) | (None, Some(Content::Whole(whole)))
                    if whole.origin.is_of_agentpkg() =>
                {
                    true
                }
                (None, Some(Content::Keys(keys))) => keys.parts.values().all(json::is_empty),
                (one, other) => one == other,
            };
            if !is_same {
                return Err(not_expressed(path));
            }
        }
        Ok(())
    }
}

fn not_expressed(path: &RelPath) -> Error {
    Error::user(format!(
        "the edit of `{path}` can't be expressed in the template"
    ))
    .cause("the edited template would render something else")
    .note("nothing was sent")
    .hint("name the other files, and tell the template's keepers about this one")
}

/// Returns whether two fragments say the same, whatever their order.
fn has_same_entries(one: Option<&Value>, other: Option<&Value>) -> bool {
    let nothing = Value::Object(Map::new());
    json::as_entries(one.unwrap_or(&nothing)) == json::as_entries(other.unwrap_or(&nothing))
}

/// Returns whether edits of a document's entries become edits of the template.
fn is_source_of_entries(path: &RelPath) -> bool {
    [SETTINGS, SERVERS].contains(&path.as_str())
}

/// Returns an edited text with the line ends of the rendered one: how one machine ends lines is
/// nobody else's.
fn unix_like(edited: &str, rendered: &str) -> String {
    let is_windows = !rendered.contains("\r\n")
        && edited.matches('\n').count() == edited.matches("\r\n").count();
    match is_windows {
        true => edited.replace("\r\n", "\n"),
        false => edited.to_owned(),
    }
}
