//! What agents read of a repository once a plan is carried out: what they are told more than once,
//! and what of the team's they no longer read.
//!
//! An agent is told something again where it reads root instructions of other agents besides its
//! own, or has as a rule what another agent has as a section there.

use std::collections::BTreeSet;

use crate::agent::definition;
use crate::agent::definition::SourceFolder;
use crate::agent::documents;
use crate::error::Result;
use crate::merge::block;
use crate::model::agent::Agent;
use crate::model::lock::Inputs;
use crate::model::path::{RelPath, rel};
use crate::model::plan::Plan;
use crate::model::support::{ItemKind, Limit, Support};
use crate::model::template::rendered_path;
use crate::model::tree::File;
use crate::model::upstream::{BlockName, Comment, Content, Upstream};
use crate::ops::Session;
use crate::store::fs::{self, Followed};

/// What an agent is told more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldAgain {
    pub agent: Agent,
    /// How many lines, each time but the first.
    pub lines: usize,
    /// Whether there are blocks among them that stand in several files.
    pub has_blocks: bool,
    /// The files in which these lines stand again.
    pub files: BTreeSet<RelPath>,
}

/// Returns what each agent is told more than once, when a plan is carried out.
///
/// # Errors
/// Where a file can't be read.
pub fn told_again(
    session: &Session,
    inputs: &Inputs,
    upstream: &Upstream,
    plan: &Plan,
) -> Result<Vec<ToldAgain>> {
    let rules = sections_of_rules(upstream);
    let mut all = Vec::new();
    for agent in &inputs.agents {
        let has_rules = definition(*agent)
            .places
            .iter()
            .any(|place| place.from == SourceFolder::Rules);
        let mut told = BTreeSet::new();
        let mut again = ToldAgain {
            agent: *agent,
            lines: 0,
            has_blocks: false,
            files: BTreeSet::new(),
        };
        for (path, text) in root_texts(session, *agent, inputs, plan)? {
            for block in block::find(&text, Comment::Html).unwrap_or_default() {
                let is_a_rule = has_rules && rules.contains(&block.name);
                let is_there = !told.insert(block.name);
                again.has_blocks |= is_there && !is_a_rule;
                if is_there || is_a_rule {
                    again.lines += text[block.inner].lines().count();
                    again.files.insert(path.clone());
                }
            }
        }
        if again.lines > 0 {
            all.push(again);
        }
    }
    Ok(all)
}

/// Returns what of the team's agents no longer read, since a file comes that they read instead.
///
/// # Errors
/// Where a file can't be read.
pub fn unread(session: &Session, inputs: &Inputs, plan: &Plan) -> Result<Vec<Limit>> {
    let comes = |path: &RelPath| {
        let mut changes = plan.changes.iter();
        changes.any(|change| change.path == *path && change.old.is_none())
    };
    let mut limits = Vec::new();
    for agent in &inputs.agents {
        let known = definition(*agent);
        if let Some(hidden) = known.servers.hides
            && comes(&rel(known.servers.path))
        {
            let file = session.workspace.file(&rel(hidden))?;
            let servers = file.and_then(|file| documents::read(&rel(hidden), &file.bytes));
            let servers =
                servers.and_then(|all| Some(all.get(known.servers.key)?.as_object()?.len()));
            if let Some(count) = servers.filter(|count| *count > 0) {
                limits.push(Limit {
                    agent: *agent,
                    kind: ItemKind::Server,
                    count,
                    name: None,
                    support: Support::Dropped(
                        "it reads `.github/mcp.json` only without `.mcp.json`",
                    ),
                });
            }
        }
    }
    Ok(limits)
}

/// Returns the sections that have rules.
fn sections_of_rules(upstream: &Upstream) -> BTreeSet<BlockName> {
    let mut rules = BTreeSet::new();
    for content in upstream.files.values() {
        let Content::Blocks(blocks) = content else {
            continue;
        };
        for block in &blocks.blocks {
            let source = block.source.as_ref().map(rendered_path);
            let folder = source.as_ref().and_then(SourceFolder::of);
            let is_rule = matches!(folder, Some((SourceFolder::Rules, _)));
            if is_rule && block.name.section.is_some() {
                rules.insert(block.name.clone());
            }
        }
    }
    rules
}

/// Returns the root instructions that an agent reads, each text once.
fn root_texts(
    session: &Session,
    agent: Agent,
    inputs: &Inputs,
    plan: &Plan,
) -> Result<Vec<(RelPath, String)>> {
    let known = definition(agent);
    let mut names: Vec<RelPath> = inputs
        .facts
        .roots
        .get(&agent)
        .cloned()
        .into_iter()
        .collect();
    // Of those in front of its own, it reads the first one that is there.
    let own = names.first().cloned();
    let is_own = |root: &&'static str| own.as_ref().is_some_and(|own| own.as_str() == *root);
    let count = match known.reads_all_roots {
        true => known.roots.len(),
        false => known.roots.iter().position(is_own).unwrap_or_default(),
    };
    names.extend(known.roots.iter().take(count).copied().map(rel));
    names.extend(known.read_besides.iter().copied().map(rel));
    let (mut paths, mut texts) = (BTreeSet::new(), Vec::new());
    for name in names {
        // A link that comes leads to a file that is read by its own name.
        if plan
            .links
            .iter()
            .any(|link| link.path == name && link.new.is_some())
        {
            continue;
        }
        let real = match fs::follow(session.workspace.root(), &name)? {
            Followed::File { real, .. } => real,
            Followed::Absent(_) | Followed::Obstacle(_) => name,
        };
        if !paths.insert(real.clone()) {
            continue;
        }
        let text = in_the_end(session, plan, &real)?;
        let text = text.as_ref().and_then(File::text).map(str::to_owned);
        // Equal texts are read once.
        if let Some(text) = text.filter(|text| !texts.iter().any(|(_, other)| other == text)) {
            texts.push((real, text));
        }
    }
    Ok(texts)
}

/// Returns a file as a plan leaves it.
fn in_the_end(session: &Session, plan: &Plan, path: &RelPath) -> Result<Option<File>> {
    let mut changes = plan.changes.iter();
    match changes.find(|change| change.path == *path) {
        Some(change) => Ok(change.new.clone()),
        None => session.workspace.file(path),
    }
}
