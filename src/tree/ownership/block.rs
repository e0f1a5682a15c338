//! Templates that each own a block of a file: the lines between its markers.

use std::collections::{BTreeMap, BTreeSet};

use similar::DiffOp;

use crate::agent::claude::ROOTS;
use crate::error::{Error, Result};
use crate::merge::block::{self, BlockMerge, BlockRange, MalformedMarkers, Marks};
use crate::merge::diff;
use crate::merge::json::Identities;
use crate::model::agent::Agent;
use crate::model::lock::{BlockRecord, BlocksRecord, Facts, Record};
use crate::model::name::TemplateName;
use crate::model::operations::{Algorithm, operations};
use crate::model::path::{RelPath, rel};
use crate::model::plan::Stage;
use crate::model::snapshot::{Found, Local};
use crate::model::tree::File;
use crate::model::upstream::{Block, BlockName, Blocks, Comment, Content, FileOrigin, Upstream};
use crate::tree::state::worst;
use crate::tree::{Base, Note, Refusal, State};
use crate::words;

use super::edit::has_text;
use super::{
    ContentEdit, Contributions, EditedSince, FileHere, Ownership, Reverted, SharedFile, SharedMerge,
};

impl Ownership for BlocksRecord {
    fn owners(&self) -> Vec<&TemplateName> {
        let mut owners: Vec<&TemplateName> =
            self.blocks.keys().map(|name| &name.template).collect();
        owners.dedup();
        owners
    }

    fn follows_links(&self) -> bool {
        true
    }

    fn state(&self, here: &FileHere<'_>, _: Option<&Content>) -> State {
        let comment = Comment::of(here.at);
        let Some(text) = here.file.text() else {
            return State::Broken;
        };
        let Ok(found) = block::find_known(text, comment, &self.blocks) else {
            return State::Broken;
        };
        worst(
            self.blocks
                .iter()
                .map(|(name, known)| match inner(text, &found, name) {
                    None if known.deleted => State::Unchanged,
                    None => State::Edited,
                    Some(text) if text.replace("\r\n", "\n") == known.text => State::Unchanged,
                    Some(text) if diff::is_layout(block::kind(comment), &known.text, text) => {
                        State::Reformatted
                    }
                    Some(_) => State::Edited,
                }),
        )
    }

    fn edited_of(&self, here: &FileHere<'_>) -> Vec<&TemplateName> {
        let mut owners: Vec<&TemplateName> = Vec::new();
        for (name, _) in self.edited(here) {
            if !owners.contains(&&name.template) {
                owners.push(&name.template);
            }
        }
        owners
    }

    fn edited_sources(&self, here: &FileHere<'_>) -> Vec<FileOrigin> {
        let mut sources = Vec::new();
        for (name, known) in self.edited(here) {
            let template = name.template.clone();
            let source = known.source.clone();
            sources.extend(source.map(|source| FileOrigin { template, source }));
        }
        sources
    }

    fn why_broken(&self, at: &RelPath, text: &str) -> Option<String> {
        let found = block::find_known(text, Comment::of(at), &self.blocks);
        found.err().map(|malformed| format!(" {malformed}"))
    }

    fn holds_some(&self, at: &RelPath, text: &str, _: &Identities) -> bool {
        match block::find_known(text, Comment::of(at), &self.blocks) {
            Ok(found) => found
                .iter()
                .any(|found| self.blocks.contains_key(&found.name)),
            Err(_) => true,
        }
    }

    fn diff(
        &self,
        path: &RelPath,
        installed: &Content,
        here: Option<&File>,
        _: &Identities,
    ) -> String {
        let text = here.map_or(Some(""), File::text);
        let (Some(installed), Some(text)) = (installed.as_blocks(), text) else {
            return String::new();
        };
        let found = block::find_known(text, installed.comment, &self.blocks).unwrap_or_default();
        let mut diffs = String::new();
        for (name, known) in &self.blocks {
            let there = inner(text, &found, name).unwrap_or_default();
            diffs += &diff::unified(
                &format!("{path} ({name})"),
                &known.text,
                &there.replace("\r\n", "\n"),
            );
        }
        diffs
    }

    fn merge(
        &self,
        file: &SharedFile<'_>,
        theirs: Option<&Content>,
    ) -> Result<SharedMerge, Refusal> {
        let nothing = Blocks {
            comment: Comment::of(file.path),
            blocks: Vec::new(),
        };
        let theirs = match theirs {
            None => &nothing,
            Some(Content::Blocks(theirs)) => theirs,
            Some(_) => return Err(file.other_ownership()),
        };
        let is_missing = file.local.is_lost();
        let here = file.local.file().and_then(File::text);
        let known = self.known_in(here.unwrap_or_default(), theirs.comment, is_missing);
        let ours = file.marked.or(here).unwrap_or_default();
        let mut merge = merge_blocks(&known, ours, theirs, file.marks).map_err(Refusal::Markers)?;
        for (name, record) in &mut merge.records {
            // What a block replaced was recorded where it first came, not where it is restored.
            if let Some(first) = self.blocks.get(name).filter(|_| is_missing) {
                record.before.clone_from(&first.before);
            }
        }
        let is_new = file.local.file().is_none();
        let created = self.created || (is_new && self.blocks.is_empty());
        let is_gone = match is_new {
            true => merge.text.is_empty() || created && is_nothing(&merge.text),
            false => created && is_nothing(&merge.text) && theirs.blocks.is_empty(),
        };
        let is_link = matches!(file.local.found, Found::Link(_));
        Ok(SharedMerge {
            notes: notes(&merge),
            is_kept: has_outcome(&merge, block::Outcome::Kept),
            text: (!is_gone || is_link).then_some(merge.text),
            conflicts: merge.conflicts,
            record: (!merge.records.is_empty()).then_some(Record::Blocks(BlocksRecord {
                created,
                blocks: merge.records,
            })),
            stage: Stage::File,
        })
    }

    fn revert(&self, edited: &EditedSince<'_>) -> Result<Reverted, Refusal> {
        let comment = Comment::of(edited.path);
        let before = block_text(edited.before)?;
        let after = block_text(edited.after)?;
        let now = block_text(Some(edited.now))?;
        let put_back = |text| with_markers(comment, [before, after], text);
        let (Some(after), Some(now)) = (put_back(after)?, put_back(now)?) else {
            return Err(Refusal::BothChanged);
        };
        let mut base = BTreeMap::new();
        for found in block::find(&after, comment).map_err(Refusal::Markers)? {
            let mut known = self.blocks.get(&found.name).cloned().unwrap_or_default();
            known.text = after[found.inner].replace("\r\n", "\n");
            base.insert(found.name, known);
        }
        let mut theirs = Vec::new();
        for found in block::find(before, comment).map_err(Refusal::Markers)? {
            theirs.push(Block {
                text: before[found.inner].replace("\r\n", "\n"),
                name: found.name,
                source: None,
            });
        }
        let merge =
            block::merge(comment, &base, &now, &theirs, &Marks::new()).map_err(Refusal::Markers)?;
        let conflict = merge
            .outcomes
            .iter()
            .find(|(_, outcome)| *outcome == block::Outcome::Conflict);
        if let Some((owner, _)) = conflict {
            return Err(Refusal::BlockBothChanged(owner.clone()));
        }
        let is_whole = !has_outcome(&merge, block::Outcome::KeptUnmanaged);
        let is_gone = edited.before.is_none() && is_nothing(&merge.text);
        let file = (!is_gone).then(|| File {
            bytes: merge.text.into_bytes().into(),
            executable: edited.now.executable,
        });
        Ok(Reverted { file, is_whole })
    }

    /// The blocks are in the order in which this program would append them.
    fn installed_content(
        &self,
        path: &RelPath,
        rendered: Option<&Content>,
    ) -> Result<Option<Content>> {
        let order = blocks_of(rendered);
        let mut blocks: Vec<Block> = self.blocks.iter().map(block_of).collect();
        blocks.sort_by_key(|block| order.iter().position(|other| other.name == block.name));
        Ok(Some(Content::Blocks(Blocks {
            comment: Comment::of(path),
            blocks,
        })))
    }

    fn without(&self, path: &RelPath, gone: &BTreeSet<TemplateName>) -> Option<Content> {
        let staying: Vec<Block> = self
            .blocks
            .iter()
            .filter(|(name, _)| !gone.contains(&name.template))
            .map(block_of)
            .collect();
        // The block of composition itself is only there because of the templates' blocks.
        let composition = TemplateName::composition();
        if staying
            .iter()
            .all(|block| block.name.template == composition)
        {
            return None;
        }
        Some(Content::Blocks(Blocks {
            comment: Comment::of(path),
            blocks: staying,
        }))
    }

    fn remembers(&self, installed: &Content) -> bool {
        let Some(installed) = installed.as_blocks() else {
            return false;
        };
        installed.blocks.iter().all(|block| {
            let known = self.blocks.get(&block.name);
            known.is_some_and(|known| known.text == block.text)
        })
    }

    fn correct(&mut self, installed: &Content) {
        for block in blocks_of(Some(installed)) {
            if let Some(known) = self.blocks.get_mut(&block.name) {
                known.text.clone_from(&block.text);
            }
        }
    }

    fn forget_deletion(&mut self) {
        for block in self.blocks.values_mut() {
            block.deleted = false;
        }
    }

    fn has_news(&self, theirs: &Content) -> bool {
        theirs.as_blocks().is_some() && !self.remembers(theirs)
    }

    fn is_rendered_as(&self, _: &Record) -> bool {
        true
    }
}

impl BlocksRecord {
    /// Returns the blocks that aren't as they were installed.
    fn edited(&self, here: &FileHere<'_>) -> Vec<(&BlockName, &BlockRecord)> {
        let text = here.file.text().unwrap_or_default();
        let found = block::find_known(text, Comment::of(here.at), &self.blocks).unwrap_or_default();
        let mut edited = Vec::new();
        for (name, known) in &self.blocks {
            let is_edited = match inner(text, &found, name) {
                None => !known.deleted,
                Some(text) => text.replace("\r\n", "\n") != known.text,
            };
            if is_edited {
                edited.push((name, known));
            }
        }
        edited
    }

    /// Returns the installed blocks that count as deleted where they aren't found. Where the file
    /// is missing, that nobody finds a block doesn't mean that somebody deleted it.
    fn known_in(
        &self,
        text: &str,
        comment: Comment,
        is_missing: bool,
    ) -> BTreeMap<BlockName, BlockRecord> {
        let mut known = self.blocks.clone();
        if is_missing {
            let found = block::find_known(text, comment, &self.blocks).unwrap_or_default();
            known.retain(|name, block| {
                block.deleted || found.iter().any(|found| found.name == *name)
            });
        }
        known
    }
}

/// Makes files of the blocks that templates bring: the root instructions, and `.gitignore`.
pub(super) fn compose(
    contributions: &Contributions<'_>,
    files: &mut BTreeMap<RelPath, Content>,
) -> Result<()> {
    let mut by_path: BTreeMap<RelPath, Vec<Block>> = BTreeMap::new();
    for (_, contribution) in &contributions.all {
        for (agent, blocks) in &contribution.roots {
            if let Some(root) = contributions.facts.roots.get(agent) {
                let there = by_path.entry(root.clone()).or_default();
                for block in blocks {
                    // Agents that read one file have each block in it once.
                    if there.iter().all(|other| other.name != block.name) {
                        there.push(block.clone());
                    }
                }
            }
        }
        if let Some(ignore) = &contribution.ignore {
            by_path
                .entry(rel(".gitignore"))
                .or_default()
                .push(ignore.clone());
        }
    }
    add_import(contributions.facts, &mut by_path);
    for (path, blocks) in by_path {
        let comment = Comment::of(&path);
        if let Some(whole) = files.get(&path).and_then(Content::as_whole) {
            return Err(two_ownerships(&path, &whole.origin.template, &blocks));
        }
        files.insert(path, Content::Blocks(Blocks { comment, blocks }));
    }
    Ok(())
}

/// Adds the import of an AGENTS.md that a CLAUDE.md would hide.
fn add_import(facts: &Facts, by_path: &mut BTreeMap<RelPath, Vec<Block>>) {
    let root = facts.roots.get(&Agent::Claude);
    let blocks = root.and_then(|root| by_path.get_mut(root));
    if let (Some(root), Some(blocks), Some(imports)) = (root, blocks, &facts.imports) {
        // An import is resolved relative to the file that has it.
        let up = "../".repeat(root.ancestors().count());
        let import = Block {
            name: BlockName::of(&TemplateName::composition()),
            source: None,
            text: format!("@{up}{imports}\n"),
        };
        blocks.insert(0, import);
    }
}

/// Root instructions are where a link leads, which may be a file that a template owns whole.
fn two_ownerships(path: &RelPath, owner: &TemplateName, blocks: &[Block]) -> Error {
    let composition = TemplateName::composition();
    let mut writers: Vec<&TemplateName> = blocks.iter().map(|block| &block.name.template).collect();
    writers.dedup();
    writers.retain(|writer| **writer != composition);
    let write = match writers.len() {
        1 => "writes",
        _ => "write",
    };
    let writers = words::list(writers);
    Error::user(format!(
        "`{owner}` owns `{path}`, and {writers} {write} the root instructions there"
    ))
    .hint(format!(
        "if `{}` is a link to `{path}`, make it a file of its own, or remove one of the templates",
        ROOTS[0]
    ))
}

/// Merges blocks. Composition's import of AGENTS.md stays as text where the file stays: without it
/// the file would hide AGENTS.md from the agent.
fn merge_blocks(
    known: &BTreeMap<BlockName, BlockRecord>,
    ours: &str,
    theirs: &Blocks,
    marks: &Marks,
) -> Result<BlockMerge, MalformedMarkers> {
    let merge = block::merge(theirs.comment, known, ours, &theirs.blocks, marks)?;
    let import = BlockName::of(&TemplateName::composition());
    let is_dropped = merge
        .outcomes
        .contains(&(import.clone(), block::Outcome::Deleted))
        && theirs.blocks.is_empty();
    if !is_dropped || is_nothing(&merge.text) {
        return Ok(merge);
    }
    let mut known = known.clone();
    // As if it had been edited here, so that it is released.
    known.entry(import).or_default().text.clear();
    block::merge(theirs.comment, &known, ours, &theirs.blocks, marks)
}

/// Returns what to report about single blocks.
fn notes(merge: &BlockMerge) -> Vec<Note> {
    let mut notes = Vec::new();
    for (name, outcome) in &merge.outcomes {
        match outcome {
            block::Outcome::KeptUnmanaged => notes.push(Note::BlockKeptUnmanaged(name.clone())),
            block::Outcome::StillDeleted { changed: true } => {
                notes.push(Note::BlockGone(name.clone()));
            }
            _ => {}
        }
    }
    if merge.is_layout_untaken {
        notes.push(Note::LayoutUntaken);
    }
    notes
}

fn has_outcome(merge: &BlockMerge, wanted: block::Outcome) -> bool {
    merge.outcomes.iter().any(|(_, outcome)| *outcome == wanted)
}

/// Returns whether a file that agentpkg created is empty now.
fn is_nothing(text: &str) -> bool {
    text.trim_matches(['\u{feff}', '\r', '\n']).is_empty()
}

/// Puts the markers back that a plan took from around texts which it left where they were: a block
/// that was appended instead would be that text a second time. `before` has the markers, `after` is
/// what the plan left. Returns `text`, which is `after` as it was edited since, with them; nothing
/// where no line beside a marker is there any more.
fn with_markers(
    comment: Comment,
    [before, after]: [&str; 2],
    text: &str,
) -> Result<Option<String>, Refusal> {
    let marked = block::find(after, comment).map_err(Refusal::Markers)?;
    let lines: Vec<&str> = before.split_inclusive('\n').collect();
    let now: Vec<&str> = text.split_inclusive('\n').collect();
    let places = places_of_lines(&lines, &now);
    // The lines to put in, by the line of `text` that they come before.
    let mut markers: Vec<(usize, &str)> = Vec::new();
    for found in block::find(before, comment).map_err(Refusal::Markers)? {
        let is_marked = marked.iter().any(|block| block.name == found.name);
        let inner = &before[found.inner.clone()];
        // The team may have the same lines a second time: those are no block's.
        let has_stayed = after.matches(inner).count() >= before.matches(inner).count();
        if is_marked || inner.trim().is_empty() || !has_stayed {
            continue;
        }
        let begin = before[..found.whole.start].matches('\n').count();
        let end = before[..found.inner.end].matches('\n').count();
        let top = match (places[begin + 1], begin.checked_sub(1)) {
            (Some(inside), _) => Some(inside),
            (None, Some(outside)) => places[outside].map(|place| place + 1),
            (None, None) => Some(0),
        };
        let bottom = match (places[end - 1], places.get(end + 1)) {
            (Some(inside), _) => Some(inside + 1),
            (None, Some(outside)) => *outside,
            (None, None) => Some(now.len()),
        };
        let (Some(top), Some(bottom)) = (top, bottom) else {
            return Ok(None);
        };
        markers.push((top, lines[begin]));
        markers.push((bottom, lines[end]));
    }
    let mut whole = String::with_capacity(before.len());
    let mut markers = markers.into_iter().peekable();
    for index in 0..=now.len() {
        while let Some((_, marker)) = markers.next_if(|(place, _)| *place == index) {
            if !whole.is_empty() && !whole.ends_with('\n') {
                whole.push('\n');
            }
            whole.push_str(marker);
        }
        whole.push_str(now.get(index).unwrap_or(&""));
    }
    Ok(markers.next().is_none().then_some(whole))
}

/// Returns where each line of one text is in another.
fn places_of_lines(lines: &[&str], others: &[&str]) -> Vec<Option<usize>> {
    let mut places = vec![None; lines.len()];
    for operation in operations(Algorithm::Patience, lines, others) {
        if let DiffOp::Equal {
            old_index,
            new_index,
            len,
        } = operation
        {
            for step in 0..len {
                places[old_index + step] = Some(new_index + step);
            }
        }
    }
    places
}

/// Returns the text of a file, which is empty where there is none.
fn block_text(file: Option<&File>) -> Result<&str, Refusal> {
    file.map_or(Some(""), File::text).ok_or(Refusal::NotText)
}

/// Returns the text in the block of a template.
fn inner<'a>(text: &'a str, found: &[BlockRange], name: &BlockName) -> Option<&'a str> {
    let found = found.iter().find(|found| found.name == *name)?;
    Some(&text[found.inner.clone()])
}

fn block_of((name, known): (&BlockName, &BlockRecord)) -> Block {
    Block {
        name: name.clone(),
        source: known.source.clone(),
        text: known.text.clone(),
    }
}

pub(super) fn blocks_of(content: Option<&Content>) -> &[Block] {
    match content {
        Some(Content::Blocks(blocks)) => &blocks.blocks,
        _ => &[],
    }
}

/// What an edit of a template does to the blocks of a file.
pub(super) struct BlockEdit<'a> {
    pub(super) path: &'a RelPath,
    pub(super) before: &'a [Block],
    pub(super) after: &'a [Block],
}

impl ContentEdit for BlockEdit<'_> {
    fn shows(&self) -> bool {
        texts(self.before) != texts(self.after)
    }

    fn repo_has_edit(
        &self,
        local: &Local,
        _: Option<&Record>,
        _: &Upstream,
        _: &Identities,
    ) -> bool {
        let comment = Comment::of(&local.real);
        let text = local.file().and_then(File::text);
        let Some(text) = text.filter(|_| !local.is_lost()) else {
            return false;
        };
        let Ok(found) = block::find(text, comment) else {
            return false;
        };
        let here = found
            .iter()
            .map(|found| (&found.name, text[found.inner.clone()].replace("\r\n", "\n")))
            .collect();
        self.is_in(comment, &here)
    }

    fn release_has_edit(&self, theirs: &Upstream, _: &Identities) -> bool {
        let there = blocks_of(theirs.files.get(self.path))
            .iter()
            .map(|block| (&block.name, block.text.clone()))
            .collect();
        self.is_in(Comment::of(self.path), &there)
    }

    fn take(&self, base: &mut Base, _: &Upstream) {
        let Some(Record::Blocks(record)) = base.files.get_mut(self.path) else {
            return;
        };
        for block in self.after {
            let known = record.blocks.entry(block.name.clone()).or_default();
            known.source.clone_from(&block.source);
            known.text.clone_from(&block.text);
        }
    }
}

impl BlockEdit<'_> {
    /// Returns whether blocks have the edit. A new block is nowhere before it is installed.
    fn is_in(&self, comment: Comment, side: &BTreeMap<&BlockName, String>) -> bool {
        let kind = block::kind(comment);
        let (before, after) = (texts(self.before), texts(self.after));
        let names: BTreeSet<&&BlockName> = before.keys().chain(after.keys()).collect();
        names.into_iter().all(
            |name| match (before.get(*name), after.get(*name), side.get(*name)) {
                (Some(before), Some(after), _) if before == after => true,
                (Some(before), Some(after), Some(side)) => {
                    has_text(kind, before.as_bytes(), after.as_bytes(), side.as_bytes())
                }
                (Some(_), None, None) => true,
                (_, _, _) => false,
            },
        )
    }
}

fn texts(blocks: &[Block]) -> BTreeMap<&BlockName, &str> {
    blocks
        .iter()
        .map(|block| (&block.name, block.text.as_str()))
        .collect()
}
