//! The way there: where the files, hooks, servers and permissions of a template go.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::agent::{Contribution, NOT_FOR_FILES, POLICIES, Rendered, RenderedFile};
use crate::error::{Error, Result};
use crate::merge::{block, json as document};
use crate::model::path::{RelPath, fold, rel};
use crate::model::template::Hook;
use crate::model::tree::File;
use crate::model::upstream::{Block, BlockName, Comment, FileOrigin, HookName, HookPlace, Whole};
use crate::words;

use super::arrays::LISTS;
use super::parts::SERVERS_KEY;
use super::places::{
    AGENT_MEMORY, FOLDER, FRAGMENT, HOOKS, LOCAL_SETTINGS, MEMORY, RULES, SERVERS, SETTINGS,
};
use super::{events, handlers, places};

/// Adapts a rendered template to Claude Code.
pub fn adapt(rendered: &Rendered) -> Result<Contribution> {
    let mut contribution = Contribution::default();
    for (path, file) in &rendered.files {
        match place(rendered, path)? {
            Place::Whole(target) => {
                if let Some(other) = contribution
                    .whole
                    .insert(target.clone(), whole(rendered, path, file))
                {
                    let both = words::list([other.origin.source.as_str(), file.source.as_str()]);
                    return Err(Error::user(format!("{both} both become `{target}`"))
                        .of(rendered.source)
                        .hint("remove one of them"));
                }
            }
            Place::Root => contribution.root = Some(text_block(rendered, file, Comment::Html)?),
            Place::Ignore => contribution.ignore = Some(text_block(rendered, file, Comment::Hash)?),
            Place::Settings => unite(
                &mut contribution,
                rendered,
                SETTINGS,
                &fragment(rendered, file)?,
            )?,
            Place::Nowhere => {}
        }
    }
    unite(
        &mut contribution,
        rendered,
        SETTINGS,
        &permissions(rendered),
    )?;
    for hook in &rendered.hooks {
        let place = hook_place(rendered, hook)?;
        unite(
            &mut contribution,
            rendered,
            SETTINGS,
            &hook_entry(hook, &place),
        )?;
        let name = HookName {
            template: rendered.name.clone(),
            id: hook.id.clone(),
        };
        contribution.hooks.insert(name, place);
    }
    unite(&mut contribution, rendered, SERVERS, &servers(rendered))?;
    contribution
        .keys
        .retain(|_, part| !document::is_empty(part));
    Ok(contribution)
}

/// Where a file of the source goes.
enum Place {
    Whole(RelPath),
    Root,
    Ignore,
    Settings,
    /// For people who read the template, not for the repo.
    Nowhere,
}

fn place(rendered: &Rendered, path: &RelPath) -> Result<Place> {
    let name = rendered.name;
    let (folder, rest) = path.as_str().split_once('/').unwrap_or((path.as_str(), ""));
    if path.as_str() == FRAGMENT {
        return Ok(Place::Settings);
    }
    let target = match (folder, rest) {
        ("root.md", "") => return Ok(Place::Root),
        ("gitignore", "") => return Ok(Place::Ignore),
        (_, "") => return Ok(Place::Nowhere),
        ("rules", rest) => format!("{RULES}/{name}/{rest}"),
        ("hooks", rest) => format!("{HOOKS}/{name}/{rest}"),
        ("memory", rest) => match rest.strip_prefix("agents/") {
            Some(agent) => format!("{AGENT_MEMORY}/{agent}"),
            None => format!("{MEMORY}/{rest}"),
        },
        ("skills" | "commands" | "agents", rest) => format!("{FOLDER}/{folder}/{rest}"),
        ("files", rest) => return file_place(rendered, path, rest),
        _ => return Ok(Place::Nowhere),
    };
    Ok(Place::Whole(target.parse()?))
}

fn file_place(rendered: &Rendered, path: &RelPath, target: &str) -> Result<Place> {
    let folded = fold(target);
    let taken = NOT_FOR_FILES
        .iter()
        .find(|(shared, _)| is_shared_file(&folded, shared));
    if let Some((shared, way)) = taken {
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
    Ok(Place::Whole(target.parse()?))
}

/// Returns whether a folded path is that of a shared file. The agent takes orders from settings in
/// any folder that it is started in.
fn is_shared_file(folded: &str, shared: &str) -> bool {
    let is_everywhere = [SETTINGS, LOCAL_SETTINGS, SERVERS].contains(&shared);
    let shared = fold(shared);
    folded == shared || is_everywhere && folded.ends_with(&format!("/{shared}"))
}

fn whole(rendered: &Rendered, path: &RelPath, file: &RenderedFile) -> Whole {
    let script = rendered.hooks.iter().any(|hook| hook.run == *path);
    let origin = FileOrigin {
        template: rendered.name.clone(),
        source: file.source.clone(),
    };
    let file_with_mode = File {
        bytes: file.file.bytes.clone(),
        executable: file.file.executable || script,
    };
    Whole {
        file: file_with_mode,
        origin,
        seed: file.seed,
    }
}

fn text_block(rendered: &Rendered, file: &RenderedFile, comment: Comment) -> Result<Block> {
    let wrong = |what: &str| Error::user(format!("`{}` {what}", file.source)).of(rendered.source);
    let text = file.file.text().ok_or_else(|| wrong("is not UTF-8 text"))?;
    let text = block::whole_lines(text);
    if !block::may_stand_in(&text, comment, &BlockName::of(rendered.name)) {
        return Err(wrong("has a line that looks like agentpkg's own marker"));
    }
    Ok(Block {
        name: BlockName::of(rendered.name),
        source: Some(file.source.clone()),
        text,
    })
}

fn fragment(rendered: &Rendered, file: &RenderedFile) -> Result<Value> {
    let path = &file.source;
    let text = file
        .file
        .text()
        .ok_or_else(|| Error::user(format!("`{path}` is not UTF-8 text")).of(rendered.source))?;
    let parsed = document::Document::parse(text).map_err(|invalid| {
        Error::in_file(path, Some(invalid.line), invalid.what).of(rendered.source)
    })?;
    match parsed.into_value() {
        Value::Object(mut object) => {
            handlers::one_handler_a_group(&mut object);
            Ok(Value::Object(object))
        }
        _ => Err(Error::user(format!("`{path}` is not a JSON object")).of(rendered.source)),
    }
}

fn unite(
    contribution: &mut Contribution,
    rendered: &Rendered,
    path: &'static str,
    part: &Value,
) -> Result<()> {
    let whole = contribution
        .keys
        .entry(rel(path))
        .or_insert_with(|| Value::Object(Map::new()));
    POLICIES.union(whole, part, false).map_err(|clash| {
        let key = clash.keys.join(".");
        Error::user(format!(
            "`{key}` is set to {} and to {}",
            clash.first, clash.second
        ))
        .of(rendered.source)
        .hint(format!(
            "template.toml and `{FRAGMENT}` both set it; keep one"
        ))
    })
}

fn permissions(rendered: &Rendered) -> Value {
    let permissions = &rendered.source.manifest.permissions;
    let mut lists = Map::new();
    for (list, rules) in LISTS
        .iter()
        .zip([&permissions.deny, &permissions.ask, &permissions.allow])
    {
        if !rules.is_empty() {
            lists.insert((*list).to_owned(), json!(rules));
        }
    }
    match lists.is_empty() {
        true => json!({}),
        false => json!({ "permissions": lists }),
    }
}

fn hook_place(rendered: &Rendered, hook: &Hook) -> Result<HookPlace> {
    let event = events::named(&hook.event).map_err(|error| {
        Error::user(format!("the hook `{}`: {}", hook.id, error.message()))
            .of(rendered.source)
            .hints(error.next_steps().iter().cloned())
    })?;
    let script = hook.run.below("hooks").unwrap_or_default();
    if !places::is_plain_script(script) {
        return Err(
            Error::user(format!("the hook `{}` runs `{}`", hook.id, hook.run))
                .of(rendered.source)
                .hint("name scripts in letters, digits, `.`, `_` and `-`: a shell reads the name"),
        );
    }
    let script = format!("{HOOKS}/{}/{script}", rendered.name).parse()?;
    Ok(HookPlace {
        event: event.to_owned(),
        script,
    })
}

fn hook_entry(hook: &Hook, place: &HookPlace) -> Value {
    let mut handler = Map::new();
    handler.insert("type".to_owned(), json!("command"));
    handler.insert("command".to_owned(), json!(places::command(&place.script)));
    handler.extend(
        hook.timeout
            .map(|seconds| ("timeout".to_owned(), json!(seconds))),
    );
    let mut group = Map::new();
    group.extend(
        hook.matches
            .as_ref()
            .map(|tools| ("matcher".to_owned(), json!(tools))),
    );
    group.insert("hooks".to_owned(), json!([handler]));
    json!({ "hooks": { &place.event: [group] } })
}

fn servers(rendered: &Rendered) -> Value {
    let mut servers = BTreeMap::new();
    for (name, server) in &rendered.source.manifest.mcp {
        let mut server = server.clone();
        if server.url.is_some() && server.kind.is_none() {
            server.kind = Some("http".to_owned());
        }
        servers.insert(name, server);
    }
    match servers.is_empty() {
        true => json!({}),
        false => json!({ SERVERS_KEY: servers }),
    }
}
