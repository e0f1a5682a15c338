//! What an agent's part of a template is put together with, and what is the same under every agent:
//! files, memory, `.gitignore`.

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::merge::block;
use crate::model::agent::Agent;
use crate::model::path::{RelPath, fold, rel};
use crate::model::support::{ItemKind, Support};
use crate::model::tree::File;
use crate::model::upstream::{Block, BlockName, Comment, FileOrigin, SectionName, Whole};
use crate::words;

use super::claude::places::{AGENT_MEMORY, FRAGMENT, MEMORY};
use super::definition::{MISNAMED, Place, SourceFolder};
use super::documents::documents;
use super::items::{Item, item};
use super::rules::Rule;
use super::sections::SECTION;
use super::translate::Form;
use super::{Contribution, POLICIES, Rendered, RenderedFile};
use super::{definition, hooks, not_for_files, skills};

/// Adds what is there once, whichever agents are in use.
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

/// Adds what the tables of an agent say.
pub fn adapt_for(agent: Agent, rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let known = definition(agent);
    let root = rendered
        .files
        .iter()
        .find(|(path, _)| item(path) == Item::Root);
    if let Some((_, file)) = root {
        to.add_block(agent, block_of(rendered, file, Comment::Html)?);
    }
    for (path, file) in &rendered.files {
        let Some((folder, rest)) = SourceFolder::of(path) else {
            continue;
        };
        for place in known.places.iter().filter(|place| place.from == folder) {
            to.add_at(agent, place, rendered, path, rest)?;
        }
        if folder == SourceFolder::Skills {
            to.limit_skill(agent, path, file);
        }
    }
    if !known.imports_memory {
        to.add_memory(agent, rendered);
    }
    if known.rules_are_sections {
        to.add_sections(agent, rendered)?;
    }
    to.add_servers(agent, rendered)
}

impl Contribution {
    /// Adds a file of a template where an agent reads it, and says what of it the agent lacks.
    fn add_at(
        &mut self,
        agent: Agent,
        place: &Place,
        rendered: &Rendered<'_>,
        path: &RelPath,
        rest: &str,
    ) -> Result<()> {
        let text = rendered.files[path].file.text().unwrap_or_default();
        let kind = kind_of(place.from, text);
        let target = match place.path(rendered.name.as_str(), rest) {
            Ok(target) => target,
            Err(why) => {
                self.limit_one(agent, kind, path.as_str(), Support::Dropped(why));
                return Ok(());
            }
        };
        if let Form::Translated(translation) = place.form {
            if let Some(why) = (translation.refuses)(text) {
                self.limit_one(agent, kind, rest, Support::Dropped(why));
                return Ok(());
            }
            if let Some(how) = (translation.loses)(text) {
                let place = place.to;
                self.limit_one(agent, kind, rest, Support::Degraded { place, how });
            }
        }
        self.add_file(rendered, path, target)
    }

    /// Adds a section of the root instructions of an agent for each rule.
    fn add_sections(&mut self, agent: Agent, rendered: &Rendered<'_>) -> Result<()> {
        for (path, file) in &rendered.files {
            if !matches!(item(path), Item::Rule(_)) {
                continue;
            }
            match path.as_str().strip_suffix(".md") {
                Some(name) => {
                    let text = (SECTION.write)(text(rendered, file)?);
                    self.add_block(agent, section(rendered, file, name, &text)?);
                }
                None => self.limit_one(
                    agent,
                    ItemKind::Rule,
                    path.as_str(),
                    Support::Dropped(MISNAMED),
                ),
            }
        }
        Ok(())
    }

    /// Adds the servers that an agent can have, and says which ones it can't.
    fn add_servers(&mut self, agent: Agent, rendered: &Rendered<'_>) -> Result<()> {
        let servers = &definition(agent).servers;
        let mut entries = Map::new();
        for (name, server) in &rendered.source.manifest.mcp {
            let entry = match (servers.is_name)(name) {
                true => (servers.write)(server),
                false => Err("its name has an order for the agent"),
            };
            match entry {
                Ok(entry) => _ = entries.insert(name.clone(), entry),
                Err(why) => self.limit_one(agent, ItemKind::Server, name, Support::Dropped(why)),
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        let part = Map::from_iter([(servers.key.to_owned(), Value::Object(entries))]);
        self.add_entries(rendered, servers.path, &Value::Object(part))
    }

    /// Says of a skill that an agent doesn't follow all of it, if it doesn't.
    fn limit_skill(&mut self, agent: Agent, path: &RelPath, file: &RenderedFile) {
        let known = definition(agent);
        let Some(keys) = known.skill_keys else {
            return;
        };
        let mut places = known.places.iter();
        let place = places.find(|place| place.from == SourceFolder::Skills);
        let text = file.file.text().unwrap_or_default();
        if let Some(place) = place
            && path.file_name() == "SKILL.md"
            && skills::is_claude_codes(text, keys)
        {
            let how = "without what only Claude Code does with its keys, commands and variables";
            let support = Support::Degraded {
                place: place.to,
                how,
            };
            self.limit_one(agent, ItemKind::Skill, path.as_str(), support);
        }
    }

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
        let bytes = match (Form::of(path, &target, self.renderer), file.file.text()) {
            (Form::AsItIs, _) => file.file.bytes.clone(),
            (Form::Translated(translation), None) if translation.only_adds => {
                file.file.bytes.clone()
            }
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

/// Returns what a file of a folder of a template is.
fn kind_of(folder: SourceFolder, text: &str) -> ItemKind {
    match folder {
        SourceFolder::Rules if Rule::parse(text).paths.is_empty() => ItemKind::Rule,
        SourceFolder::Rules => ItemKind::ScopedRule,
        SourceFolder::Skills => ItemKind::Skill,
        SourceFolder::Commands => ItemKind::Command,
        SourceFolder::Agents => ItemKind::Subagent,
    }
}

/// Returns the block of a template's own text.
fn block_of(rendered: &Rendered<'_>, file: &RenderedFile, comment: Comment) -> Result<Block> {
    let text = text(rendered, file)?;
    named_block(rendered, file, comment, BlockName::of(rendered.name), text)
}

/// Returns a section of root instructions: a block with a part of the template, which is called by
/// its path in the source.
fn section(rendered: &Rendered<'_>, file: &RenderedFile, name: &str, text: &str) -> Result<Block> {
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
fn text<'a>(rendered: &Rendered<'_>, file: &'a RenderedFile) -> Result<&'a str> {
    let text = file.file.text();
    text.ok_or_else(|| wrong(rendered, file, "is not UTF-8 text"))
}

fn wrong(rendered: &Rendered<'_>, file: &RenderedFile, what: &str) -> Error {
    Error::user(format!("`{}` {what}", file.source)).of(rendered.source)
}

/// Refuses a file that several writers share, or that isn't a template's at all.
fn refuse_shared(rendered: &Rendered<'_>, path: &RelPath, target: &str) -> Result<()> {
    let folded = fold(target);
    let mut shared = not_for_files();
    if let Some((shared, way)) = shared.find(|(shared, _)| is_shared_file(&folded, shared)) {
        return Err(Error::user(format!("`{path}` would own `{shared}`"))
            .of(rendered.source)
            .hint(way));
    }
    // An agent that is started in a folder takes the nearest runner.
    if hooks::FOLDERS.iter().any(|folder| folded.contains(folder)) {
        hooks::refuse_hook_file(rendered, path, &folded)?;
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
    let is_everywhere =
        documents().any(|(_, known)| known.path == shared) || hooks::RUNNERS.contains(&shared);
    let shared = fold(shared);
    folded == shared || is_everywhere && folded.ends_with(&format!("/{shared}"))
}
