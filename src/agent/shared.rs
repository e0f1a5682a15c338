//! What an agent's part of a template is put together with, and what is the same under every agent:
//! files, memory, `.gitignore`.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::merge::block;
use crate::model::agent::Agent;
use crate::model::path::{RelPath, fold, rel};
use crate::model::tree::File;
use crate::model::upstream::{Block, BlockName, Comment, FileOrigin, SectionName, Whole};
use crate::words;

use super::claude::places::{AGENT_MEMORY, FRAGMENT, MEMORY};
use super::items::{Item, item};
use super::translate::Form;
use super::{Contribution, EVERYWHERE, NOT_FOR_FILES, POLICIES, Rendered, RenderedFile};

/// Adds what is the same under every agent.
pub fn adapt(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    for (path, file) in &rendered.files {
        match item(path) {
            Item::Ignore => to.ignore = Some(block_of(rendered, file, Comment::Hash)?),
            Item::Memory(rest) => to.add_file(rendered, path, format!("{MEMORY}/{rest}"))?,
            Item::AgentMemory(rest) => {
                to.add_file(rendered, path, format!("{AGENT_MEMORY}/{rest}"))?;
            }
            Item::File(target) => {
                refuse_shared(rendered, path, target)?;
                to.add_file(rendered, path, target.to_owned())?;
            }
            _ => {}
        }
    }
    Ok(())
}

impl Contribution {
    /// Adds a file of a template at a path of the repository, in the form that it has there.
    ///
    /// # Errors
    /// Where another file of the template is there already.
    pub(super) fn add_file(
        &mut self,
        rendered: &Rendered<'_>,
        path: &RelPath,
        target: String,
    ) -> Result<()> {
        let target: RelPath = target.parse()?;
        let file = &rendered.files[path];
        let script = rendered.hooks.iter().any(|hook| hook.run == *path);
        let bytes = match (Form::of(path, &target), file.file.text()) {
            (Form::AsItIs, _) => file.file.bytes.clone(),
            (form, Some(text)) => form.write(text).into_bytes().into(),
            (_, None) => return Err(wrong(rendered, file, "is not UTF-8 text")),
        };
        let whole = Whole {
            file: File {
                bytes,
                executable: file.file.executable || script,
            },
            origin: FileOrigin {
                template: rendered.name.clone(),
                source: file.source.clone(),
            },
            seed: file.seed,
        };
        match self.whole.insert(target.clone(), whole) {
            Some(other) if other.origin.source != file.source => {
                let both = words::list([other.origin.source.as_str(), file.source.as_str()]);
                Err(Error::user(format!("{both} both become `{target}`"))
                    .of(rendered.source)
                    .hint("remove one of them"))
            }
            // Agents that share a folder share its files.
            _ => Ok(()),
        }
    }

    /// Adds entries to a file of settings.
    ///
    /// # Errors
    /// Where the template sets a value of it twice, differently.
    pub(super) fn add_entries(
        &mut self,
        rendered: &Rendered<'_>,
        path: &'static str,
        part: &Value,
    ) -> Result<()> {
        let nothing = || Value::Object(Map::new());
        let whole = self.keys.entry(rel(path)).or_insert_with(nothing);
        POLICIES.union(whole, part, false).map_err(|clash| {
            let key = clash.keys.join(".");
            Error::user(format!(
                "`{key}` is set to {} and to {}",
                clash.first, clash.second
            ))
            .of(rendered.source)
            .hint(format!(
                "template.toml and `{}` both set it; keep one",
                FRAGMENT
            ))
        })
    }

    /// Adds a block to the root instructions of an agent.
    pub(super) fn add_block(&mut self, agent: Agent, block: Block) {
        self.roots.entry(agent).or_default().push(block);
    }
}

/// Returns the block of a template's own text.
pub(super) fn block_of(
    rendered: &Rendered<'_>,
    file: &RenderedFile,
    comment: Comment,
) -> Result<Block> {
    let text = text(rendered, file)?;
    named_block(rendered, file, comment, BlockName::of(rendered.name), text)
}

/// Returns a section of root instructions: a block with a part of the template, which is called by
/// its path in the source.
pub(super) fn section(
    rendered: &Rendered<'_>,
    file: &RenderedFile,
    name: &str,
    text: &str,
) -> Result<Block> {
    let name = BlockName {
        template: rendered.name.clone(),
        section: Some(SectionName::of_file(name)),
    };
    named_block(rendered, file, Comment::Html, name, text)
}

fn named_block(
    rendered: &Rendered<'_>,
    file: &RenderedFile,
    comment: Comment,
    name: BlockName,
    text: &str,
) -> Result<Block> {
    let text = block::whole_lines(text);
    if !block::may_stand_in(&text, comment, &name) {
        let what = "has a line that looks like agentpkg's own marker";
        return Err(wrong(rendered, file, what));
    }
    Ok(Block {
        name,
        source: Some(file.source.clone()),
        text,
    })
}

/// Returns a file's text.
pub(super) fn text<'a>(rendered: &Rendered<'_>, file: &'a RenderedFile) -> Result<&'a str> {
    let text = file.file.text();
    text.ok_or_else(|| wrong(rendered, file, "is not UTF-8 text"))
}

fn wrong(rendered: &Rendered<'_>, file: &RenderedFile, what: &str) -> Error {
    Error::user(format!("`{}` {what}", file.source)).of(rendered.source)
}

/// Refuses a file that several writers share, or that isn't a template's at all.
fn refuse_shared(rendered: &Rendered<'_>, path: &RelPath, target: &str) -> Result<()> {
    let folded = fold(target);
    let mut shared = NOT_FOR_FILES.iter();
    if let Some((shared, way)) = shared.find(|(shared, _)| is_shared_file(&folded, shared)) {
        return Err(Error::user(format!("`{path}` would own `{shared}`"))
            .of(rendered.source)
            .hint(*way));
    }
    if folded == ".agentpkg" || folded.starts_with(".agentpkg/") {
        return Err(
            Error::user(format!("`{path}` would write into agentpkg's own folder"))
                .of(rendered.source)
                .hint("leave it out"),
        );
    }
    Ok(())
}

/// Returns whether a folded path is that of a shared file. Agents take orders from settings in any
/// folder that they are started in.
fn is_shared_file(folded: &str, shared: &str) -> bool {
    let is_everywhere = EVERYWHERE.contains(&shared);
    let shared = fold(shared);
    folded == shared || is_everywhere && folded.ends_with(&format!("/{shared}"))
}
