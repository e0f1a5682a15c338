//! How much of a project's root instructions Codex reads. It cuts the rest off without a word, so a
//! plan that goes beyond that is refused.

use std::collections::BTreeMap;
use std::path::Path;

use crate::agent::{AGENTS_MD, codex, documents};
use crate::error::{Error, Result};
use crate::hint::Hint;
use crate::merge::block;
use crate::model::agent::Agent;
use crate::model::lock::Inputs;
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::{RelPath, rel};
use crate::model::plan::Plan;
use crate::model::tree::File;
use crate::model::upstream::Comment;
use crate::store::{fs, git};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;

/// What Codex puts between the files of two folders.
const BETWEEN: usize = 2;

/// Refuses a plan with more root instructions than Codex reads, and says what takes the room.
///
/// # Errors
/// That, and where a file can't be read.
pub fn refuse_cut(session: &Session, inputs: &Inputs, plan: &Plan) -> Result<()> {
    let Some(root) = inputs.facts.roots.get(&Agent::Codex) else {
        return Ok(());
    };
    let mut changes = plan.changes.iter();
    let Some(change) = changes.find(|change| change.path == *root) else {
        return Ok(());
    };
    let size = |file: &Option<File>| file.as_ref().map_or(0, |file| file.bytes.len());
    let (before, after) = (size(&change.old), size(&change.new));
    if after <= before {
        return Ok(());
    }
    let most = most(session, plan)?;
    let (below, mut nested) = largest_below(session, root)?;
    let above = above(session);
    let all = after + below + above.iter().map(|(_, size)| size + BETWEEN).sum::<usize>();
    nested.extend(above);
    if all <= most {
        return Ok(());
    }
    let text = change.new.as_ref().and_then(File::text).unwrap_or_default();
    let mut error = Error::user(format!(
        "Codex would read {most} of {all} bytes of root instructions, and cut the rest off"
    ));
    for (what, bytes) in parts(root, text, &nested) {
        error = error.cause(format!("{}: {what}", words::count(bytes, "byte")));
    }
    let error = error.note("nothing was changed").hint(format!(
        "shorten what is yours, or set `project_doc_max_bytes = {}` in `{}`, which Codex goes by \
         where the project is trusted",
        all.next_power_of_two(),
        codex::CONFIG
    ));
    Err(error.hint(without_codex(session, inputs)))
}

/// Says how nothing is written for Codex.
fn without_codex(session: &Session, inputs: &Inputs) -> Hint {
    let named = fs::exists(&session.workspace.root().join(AGENTPKG_TOML));
    let again = CommandLine::again(session);
    let others = inputs.agents.iter().filter(|agent| **agent != Agent::Codex);
    if named || again.has("--agent") {
        return Hint::text(format!(
            "or take `codex` out of `agents` in `{AGENTPKG_TOML}`, and out of the command"
        ));
    }
    let agents = others.fold(again, |line, agent| line.option("--agent", agent.as_str()));
    Hint::text_then_command("or write nothing for Codex", agents)
}

/// Returns the root instructions of the folders above, in a repository of which this is a part.
fn above(session: &Session) -> Vec<(String, usize)> {
    let root = session.workspace.root();
    let Some(top) = root
        .ancestors()
        .find(|folder| fs::exists(&folder.join(".git")))
    else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut name = AGENTS_MD.to_owned();
    for folder in root
        .ancestors()
        .take_while(|folder| *folder != top)
        .map(Path::parent)
    {
        name = format!("../{name}");
        let length = folder.and_then(|folder| fs::length(&folder.join(AGENTS_MD)));
        let length = length.and_then(|length| usize::try_from(length).ok());
        found.extend(length.map(|length| (name.clone(), length)));
    }
    found
}

/// Returns how many bytes Codex reads here.
fn most(session: &Session, plan: &Plan) -> Result<usize> {
    let config = rel(codex::CONFIG);
    let mut changes = plan.changes.iter();
    let file = match changes.find(|change| change.path == config) {
        Some(change) => change.new.clone(),
        None => session.workspace.file(&config)?,
    };
    let settings = file.and_then(|file| documents::read(&config, &file.bytes));
    let set = settings.and_then(|settings| settings.get("project_doc_max_bytes")?.as_u64());
    Ok(set
        .and_then(|set| usize::try_from(set).ok())
        .unwrap_or(codex::LARGEST_INSTRUCTIONS))
}

/// Returns how many bytes come to those of the root in the folder where most do, and the files that
/// have them.
fn largest_below(session: &Session, root: &RelPath) -> Result<(usize, Vec<(String, usize)>)> {
    // Where git can't be asked, the root alone counts.
    let named = git::named(session.workspace.root(), &[AGENTS_MD]).unwrap_or_default();
    let mut sizes: BTreeMap<RelPath, usize> = BTreeMap::new();
    for path in named {
        if path.file_name() == AGENTS_MD && path != *root && path.as_str() != AGENTS_MD {
            let file = session.workspace.file(&path)?;
            sizes.extend(file.map(|file| (path, file.bytes.len())));
        }
    }
    let mut largest = (0, Vec::new());
    for path in sizes.keys() {
        let (mut sum, mut chain) = (0, Vec::new());
        for folder in path.ancestors() {
            let name: RelPath = format!("{folder}/{AGENTS_MD}").parse()?;
            if let Some(size) = sizes.get(&name) {
                sum += size + BETWEEN;
                chain.push((name.to_string(), *size));
            }
        }
        if sum > largest.0 {
            largest = (sum, chain);
        }
    }
    Ok(largest)
}

/// Returns what takes the room, the most first.
fn parts(root: &RelPath, text: &str, nested: &[(String, usize)]) -> Vec<(String, usize)> {
    let mut templates: BTreeMap<String, usize> = BTreeMap::new();
    let mut own = text.len();
    for found in block::find(text, Comment::Html).unwrap_or_default() {
        own -= found.whole.len();
        *templates
            .entry(found.name.template.to_string())
            .or_default() += found.whole.len();
    }
    let mut parts = vec![(format!("your own text in `{root}`"), own)];
    for (template, bytes) in templates {
        parts.push((format!("`{template}` in `{root}`"), bytes));
    }
    for (path, bytes) in nested {
        parts.push((format!("`{path}`"), *bytes));
    }
    parts.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    parts
}
