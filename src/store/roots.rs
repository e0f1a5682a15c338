//! Where the root instructions of each agent are, and which of these files are one.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::agent::definition::definitions;
use crate::agent::{self, AGENTS_MD, claude, definition, documents, hooks};
use crate::error::Result;
use crate::merge::block;
use crate::model::agent::Agent;
use crate::model::lock::{BlockRecord, Facts, Lock, Record};
use crate::model::path::{RelPath, fold, rel};
use crate::model::tree::File;
use crate::model::upstream::{BlockName, Comment};
use crate::tree::Snapshot;

use super::fs::{self, Followed};
use super::git;
use super::workspace::Workspace;

/// Returns the folder that hooks are in. They stay where they are, whichever agents come and go.
fn hooks_folder(agents: &[Agent], lock: Option<&Lock>) -> &'static str {
    let mut known = Facts::default();
    if let Some(lock) = lock {
        known.hooks.clone_from(&lock.inputs.facts.hooks);
        if known.hooks.is_none() && !lock.hooks.is_empty() {
            // Those that Claude Code alone had.
            known.hooks = Some(rel(claude::places::HOOKS));
        }
    }
    hooks::folder(agents, &known)
}

impl Workspace {
    /// Returns what rendering needs to know of the repo. What was true at the last install stays
    /// true while it can; with `mends`, an import becomes a link where that can be.
    pub fn facts(&self, agents: &[Agent], lock: Option<&Lock>, mends: bool) -> Result<Facts> {
        let mut facts = Facts::default();
        // Who reads all root instructions there are reads those of the others: it comes last.
        let (last, first): (Vec<Agent>, Vec<Agent>) = agents
            .iter()
            .partition(|agent| definition(**agent).reads_all_roots);
        for agent in first {
            self.add_root(agent, lock, &mut facts)?;
        }
        let linked = match facts.roots.contains_key(&Agent::Claude) {
            true => self.linked(lock, mends)?,
            false => None,
        };
        if let Some(root) = linked {
            facts.roots.insert(Agent::Claude, root);
            facts.link = Some(rel(claude::ROOTS[0]));
        }
        for agent in last {
            self.add_root(agent, lock, &mut facts)?;
        }
        if facts.link.is_none() && facts.roots.contains_key(&Agent::Claude) {
            facts.imports = self.imported(&facts, lock)?;
        }
        facts.hooks = Some(rel(hooks_folder(agents, lock)));
        Ok(facts)
    }

    /// Adds the file with the root instructions of an agent.
    fn add_root(&self, agent: Agent, lock: Option<&Lock>, facts: &mut Facts) -> Result<()> {
        let before = lock.and_then(|lock| lock.inputs.facts.roots.get(&agent));
        let mut root = match shared_root(agent, before, facts) {
            Some(root) => root,
            None => self.root_of(agent, before)?,
        };
        // A file with two names, by a hard link, is one.
        for other in facts.root_files() {
            if fs::are_one(&root.under(self.root()), &other.under(self.root())) {
                root = other.clone();
                break;
            }
        }
        facts.roots.insert(agent, root);
        Ok(())
    }

    /// Returns the file with the root instructions that an agent reads first, or would.
    fn root_of(&self, agent: Agent, before: Option<&RelPath>) -> Result<RelPath> {
        let mut names = self.named_roots(agent)?;
        names.extend(agent::roots(agent).iter().copied().map(rel));
        let mut roots = Vec::new();
        for root in names.iter().cloned() {
            match fs::follow(self.root(), &root)? {
                Followed::File { file, .. } if is_placeholder(&file) => roots.push(rel(AGENTS_MD)),
                Followed::File { real, .. } => roots.push(real),
                // What isn't there at all is none: a folder on the way is something else.
                Followed::Obstacle(obstacle) if obstacle.at != root => {}
                Followed::Obstacle(_) => roots.push(root),
                Followed::Absent(_) => {}
            }
        }
        Ok(match before {
            Some(before) if roots.is_empty() || roots.contains(before) => before.clone(),
            _ => roots.into_iter().next().unwrap_or_else(|| names[0].clone()),
        })
    }

    /// Returns the files with root instructions that the team's settings of an agent name.
    fn named_roots(&self, agent: Agent) -> Result<Vec<RelPath>> {
        let Some((document, pointer)) = definition(agent).root_key else {
            return Ok(Vec::new());
        };
        let document = rel(document);
        let settings = self.file(&document)?;
        let settings = settings.and_then(|file| documents::read(&document, &file.bytes));
        let named = match settings
            .as_ref()
            .and_then(|settings| settings.pointer(pointer))
        {
            Some(Value::String(name)) => vec![name.as_str()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        // Such a name is looked for in each folder, and agentpkg writes in the root alone.
        let is_name = |name: &&str| {
            let is_another = definitions().any(|(_, known)| {
                let mut roots = known.roots.iter();
                roots.any(|root| root != name && fold(root) == fold(name))
            });
            name.ends_with(".md") && !name.contains(['/', '\\']) && !is_another
        };
        let names = named.into_iter().filter(is_name);
        Ok(names.filter_map(|name| name.parse().ok()).collect())
    }

    /// Returns the file that CLAUDE.md leads to, or is to lead to, by a link of agentpkg's making:
    /// where the team has an AGENTS.md with words of its own, and has no root instructions that
    /// Claude Code reads first. None where there is, and will be, no such link.
    fn linked(&self, lock: Option<&Lock>, mends: bool) -> Result<Option<RelPath>> {
        let (name, agents_md) = (rel(claude::ROOTS[0]), rel(AGENTS_MD));
        let before = lock.map(|lock| &lock.inputs.facts);
        let is_linked = before.is_some_and(|facts| facts.link.is_some());
        let known = before.and_then(|facts| facts.roots.get(&Agent::Claude));
        let real = match fs::follow(self.root(), &agents_md)? {
            Followed::File { real, .. } => real,
            // The team deleted it, and what it deleted stays deleted.
            Followed::Absent(_) if is_linked => return Ok(known.cloned()),
            Followed::Absent(_) | Followed::Obstacle(_) => return Ok(None),
        };
        let stands = match fs::follow(self.root(), &name)? {
            Followed::Absent(_) if is_linked => true,
            Followed::Absent(_) => {
                // Where root instructions were installed, the team took them away.
                let were_there = known
                    .is_some_and(|root| lock.is_some_and(|lock| lock.files.contains_key(root)));
                !were_there && self.may_link(&name, &agents_md, lock)?
            }
            Followed::File {
                real: found,
                linked: true,
                ..
            } => is_linked && found == real,
            Followed::File { file, .. } if is_placeholder(&file) => is_linked,
            Followed::File { .. } => {
                before.is_some_and(|facts| facts.imports.is_some())
                    && mends
                    && self.is_as_installed(&name, lock)?
                    && git::makes_links(self.root())?
            }
            Followed::Obstacle(_) => false,
        };
        Ok(stands.then_some(real))
    }

    /// Returns whether a name where nothing is may become a link to the team's AGENTS.md. What git
    /// has at that name is only left out of this checkout, and what it ignores is nobody else's.
    fn may_link(&self, name: &RelPath, agents_md: &RelPath, lock: Option<&Lock>) -> Result<bool> {
        let mut names: Vec<RelPath> = claude::ROOTS.iter().copied().map(rel).collect();
        for other in &names {
            if other != name && fs::exists(&other.under(self.root())) {
                return Ok(false);
            }
        }
        if !self.has_own_text(agents_md, lock)? {
            return Ok(false);
        }
        if !git::is_repository(self.root()) {
            return Ok(true);
        }
        let index = git::index(self.root(), &names)?;
        if names.iter().any(|name| index.contains_key(name)) {
            return Ok(false);
        }
        names.push(agents_md.clone());
        let ignored = git::ignored(self.root(), &names)?;
        Ok(ignored.is_empty() && git::makes_links(self.root())?)
    }

    /// Returns whether a file has nothing but blocks as they were installed.
    fn is_as_installed(&self, path: &RelPath, lock: Option<&Lock>) -> Result<bool> {
        let record = lock.and_then(|lock| lock.files.get(path)?.as_blocks());
        let file = self.file(path)?;
        let (Some(record), Some(text)) = (record, file.as_ref().and_then(File::text)) else {
            return Ok(false);
        };
        let found = block::find_known(text, Comment::Html, &record.blocks).unwrap_or_default();
        let is_there = |name: &BlockName, known: &BlockRecord| {
            let mut found = found.iter().filter(|found| found.name == *name);
            found.any(|found| known.text == text[found.inner.clone()])
        };
        let mut blocks = record.blocks.iter();
        Ok(record.created
            && blocks.all(|(name, known)| is_there(name, known))
            && !self.has_own_text(path, lock)?)
    }

    /// Returns the AGENTS.md that the root instructions of Claude Code have to import.
    fn imported(&self, facts: &Facts, lock: Option<&Lock>) -> Result<Option<RelPath>> {
        let agents_md = rel(AGENTS_MD);
        let Some(root) = facts.roots.get(&Agent::Claude) else {
            return Ok(None);
        };
        let did_import = lock.is_some_and(|lock| lock.inputs.facts.imports.is_some());
        let is_there = !matches!(fs::follow(self.root(), root)?, Followed::Absent(_));
        let is_read_itself = facts.roots.values().any(|other| *other == agents_md);
        // A root file of agentpkg's making would hide an AGENTS.md; one of the team's own does as
        // the team says, and so does a team that took it away.
        let imports = match (lock.and_then(|lock| lock.files.get(root)), is_there) {
            (Some(Record::Blocks(record)), true) if !is_read_itself => record.created,
            (Some(_), _) => did_import,
            (None, is_there) => !is_there,
        };
        let is_one = fs::are_one(&root.under(self.root()), &agents_md.under(self.root()));
        let imports = imports && !is_one && self.has_own_text(&agents_md, lock)?;
        Ok(imports.then_some(agents_md))
    }

    /// Returns whether a file with root instructions is there, and has more than blocks.
    fn has_own_text(&self, path: &RelPath, lock: Option<&Lock>) -> Result<bool> {
        let Followed::File { file, .. } = fs::follow(self.root(), path)? else {
            return Ok(fs::exists(&path.under(self.root())));
        };
        let record = lock.and_then(|lock| lock.files.get(path)?.as_blocks());
        let (Some(record), Some(text)) = (record, file.text()) else {
            return Ok(true);
        };
        let found = block::find_known(text, Comment::Html, &record.blocks).unwrap_or_default();
        let mut own = text.to_owned();
        for block in found.iter().rev() {
            own.replace_range(block.whole.clone(), "");
        }
        Ok(!own.trim_matches(['\u{feff}', '\r', '\n']).is_empty())
    }

    /// Says of root instructions that are one file with some of `roots`, by a hard link, that they
    /// are those.
    pub fn follow_hard_links(&self, ours: &mut Snapshot, roots: &BTreeSet<&RelPath>) {
        for agent in Agent::ALL {
            for name in agent::roots(agent).iter().copied().map(rel) {
                let Some(local) = ours.get_mut(&name).filter(|local| local.real == name) else {
                    continue;
                };
                for root in roots {
                    let [one, other] = [&name, *root].map(|path| path.under(self.root()));
                    let is_one = fs::are_one(&one, &other) && !fs::is_link(&one);
                    if **root != name && is_one && !fs::is_link(&other) {
                        local.real = (*root).clone();
                    }
                }
            }
        }
    }
}

/// Returns the root instructions of another agent that an agent reads besides its own, if it does:
/// it would read a block in both. What it had before it keeps.
fn shared_root(agent: Agent, before: Option<&RelPath>, facts: &Facts) -> Option<RelPath> {
    let known = definition(agent);
    if before.is_some() || !known.reads_all_roots {
        return None;
    }
    let mut roots = known.roots.iter().copied().map(rel);
    roots.find(|root| facts.roots.values().any(|other| other == root))
}

/// Returns whether a file is what git writes where it makes no links: the path that the link to
/// AGENTS.md would lead to. To git it is that link, so nothing may be written into it.
fn is_placeholder(file: &File) -> bool {
    file.bytes == AGENTS_MD
}
