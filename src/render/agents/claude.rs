//! Claude Code: where it looks for rules, hooks, servers, skills, commands, agents and memory.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::merge::{block, json as document};
use crate::model::path::{RelPath, fold, rel};
use crate::model::template::Hook;
use crate::model::tree::File;
use crate::model::upstream::{Block, Comment, HookName, HookPlace, Origin, Whole};
use crate::render::{Rendered, RenderedFile};
use crate::words;

use super::Contribution;
pub use super::shapes::misshapen;

/// The settings that a team shares. Strict JSON: anything else makes the agent skip the file,
/// guards included.
pub const SETTINGS: &str = ".claude/settings.json";

/// The settings of one person, which aren't shared.
pub const LOCAL_SETTINGS: &str = ".claude/settings.local.json";

/// The MCP servers that a team shares.
pub const SERVERS: &str = ".mcp.json";

/// The files that may hold the root instructions, in the order in which they are looked for.
pub const ROOTS: [&str; 2] = ["CLAUDE.md", ".claude/CLAUDE.md"];

/// agentpkg's words for events, and Claude Code's.
const EVENTS: [(&str, &str); 9] = [
    ("session-start", "SessionStart"),
    ("prompt", "UserPromptSubmit"),
    ("before-tool", "PreToolUse"),
    ("after-tool", "PostToolUse"),
    ("before-stop", "Stop"),
    ("session-end", "SessionEnd"),
    ("before-compact", "PreCompact"),
    ("notification", "Notification"),
    ("agent-stop", "SubagentStop"),
];

/// Files that several writers share, or that are a person's own: no template may own one whole.
const NOT_FOR_FILES: [(&str, &str); 12] = [
    ("CLAUDE.md", "put the text into `root.md`"),
    (".claude/CLAUDE.md", "put the text into `root.md`"),
    ("AGENTS.md", "put the text into `root.md`"),
    ("GEMINI.md", "put the text into `root.md`"),
    (
        ".github/copilot-instructions.md",
        "put the text into `root.md`",
    ),
    (".gitignore", "put the lines into `gitignore`"),
    (
        SETTINGS,
        "use template.toml, or `settings/claude.json` for what it has no word for",
    ),
    (SERVERS, "use `[mcp.NAME]` in template.toml"),
    (LOCAL_SETTINGS, "leave it out: it is a person's own"),
    ("CLAUDE.local.md", "leave it out: it is a person's own"),
    ("agentpkg.toml", "leave it out: it is the repository's own"),
    ("agentpkg.lock", "leave it out: it is agentpkg's own"),
];

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
                    return Err(Error::user(format!(
                        "{}: {both} both become `{target}`",
                        rendered.source
                    ))
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
    let target = match (folder, rest) {
        ("root.md", "") => return Ok(Place::Root),
        ("gitignore", "") => return Ok(Place::Ignore),
        ("settings", "claude.json") => return Ok(Place::Settings),
        (_, "") => return Ok(Place::Nowhere),
        ("rules", rest) => format!(".claude/rules/{name}/{rest}"),
        ("hooks", rest) => format!(".claude/hooks/{name}/{rest}"),
        ("memory", rest) => match rest.strip_prefix("agents/") {
            Some(agent) => format!(".claude/agent-memory/{agent}"),
            None => format!(".claude/memory/{rest}"),
        },
        ("skills" | "commands" | "agents", rest) => format!(".claude/{folder}/{rest}"),
        ("files", rest) => return file_place(rendered, path, rest),
        _ => return Ok(Place::Nowhere),
    };
    Ok(Place::Whole(target.parse()?))
}

fn file_place(rendered: &Rendered, path: &RelPath, target: &str) -> Result<Place> {
    let folded = fold(target);
    // The agent takes orders from these in any folder that it is started in.
    let is_everywhere = |shared: &str| [SETTINGS, LOCAL_SETTINGS, SERVERS].contains(&shared);
    let is = |shared: &str| {
        let shared_folded = fold(shared);
        folded == shared_folded
            || is_everywhere(shared) && folded.ends_with(&format!("/{shared_folded}"))
    };
    if let Some((shared, way)) = NOT_FOR_FILES.iter().find(|(shared, _)| is(shared)) {
        return Err(Error::user(format!(
            "{}: `{path}` would own `{shared}`",
            rendered.source
        ))
        .hint(*way));
    }
    if folded == ".agentpkg" || folded.starts_with(".agentpkg/") {
        return Err(Error::user(format!(
            "{}: `{path}` would write into agentpkg's own folder",
            rendered.source
        ))
        .hint("leave it out"));
    }
    Ok(Place::Whole(target.parse()?))
}

fn whole(rendered: &Rendered, path: &RelPath, file: &RenderedFile) -> Whole {
    let script = rendered.hooks.iter().any(|hook| hook.run == *path);
    let origin = Origin {
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
    let wrong = |what: &str| Error::user(format!("{}: `{}` {what}", rendered.source, file.source));
    let text = file.file.text().ok_or_else(|| wrong("is not UTF-8 text"))?;
    let text = as_block(text);
    if !matches!(block::find(&text, comment), Ok(blocks) if blocks.is_empty()) {
        return Err(wrong("has a line that looks like agentpkg's own marker"));
    }
    Ok(Block {
        owner: rendered.name.clone(),
        source: Some(file.source.clone()),
        text,
    })
}

/// Returns a rendered text as it stands between its markers: whole lines, each ended by `\n`.
pub fn as_block(text: &str) -> String {
    let mut text = text
        .replace("\r\n", "\n")
        .trim_start_matches('\u{feff}')
        .to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn fragment(rendered: &Rendered, file: &RenderedFile) -> Result<Value> {
    let place = format!("{}: `{}`", rendered.source, file.source);
    let text = file
        .file
        .text()
        .ok_or_else(|| Error::user(format!("{place} is not UTF-8 text")))?;
    let parsed = document::Document::parse(text)
        .map_err(|invalid| Error::user(format!("{place} {invalid}")))?;
    match parsed.into_value() {
        Value::Object(mut object) => {
            one_handler_a_group(&mut object);
            Ok(Value::Object(object))
        }
        _ => Err(Error::user(format!("{place} is not a JSON object"))),
    }
}

/// Splits groups of several handlers: a handler is what a team edits, moves and deletes, and
/// merging tells them apart.
fn one_handler_a_group(settings: &mut Map<String, Value>) {
    let events = settings
        .get_mut("hooks")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten();
    for groups in events.filter_map(|(_, groups)| groups.as_array_mut()) {
        let mut single: Vec<Value> = Vec::new();
        for group in groups.drain(..).flat_map(split) {
            if !single.contains(&group) {
                single.push(group);
            }
        }
        *groups = single;
    }
}

/// Returns a group for each handler of a group, with all that the group says besides.
fn split(group: Value) -> Vec<Value> {
    let Some(handlers) = group.get("hooks").and_then(Value::as_array) else {
        return vec![group];
    };
    let alone = |handler: &Value| {
        let mut alone = group.clone();
        alone["hooks"] = json!([handler]);
        alone
    };
    handlers.iter().map(alone).collect()
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
    document::union(whole, part, false).map_err(|clash| {
        let key = clash.keys.join(".");
        Error::user(format!(
            "{}: `{key}` is set to {} and to {}",
            rendered.source, clash.first, clash.second
        ))
        .hint("template.toml and `settings/claude.json` both set it; keep one")
    })
}

fn permissions(rendered: &Rendered) -> Value {
    let permissions = &rendered.source.manifest.permissions;
    let lists = [
        ("deny", &permissions.deny),
        ("ask", &permissions.ask),
        ("allow", &permissions.allow),
    ];
    let lists: Map<String, Value> = lists
        .into_iter()
        .filter(|(_, rules)| !rules.is_empty())
        .map(|(list, rules)| (list.to_owned(), json!(rules)))
        .collect();
    match lists.is_empty() {
        true => json!({}),
        false => json!({ "permissions": lists }),
    }
}

/// Returns the agent's name for an event; its own names are taken as they are.
pub fn event(word: &str) -> Result<&str> {
    if let Some((_, event)) = EVENTS.iter().find(|(ours, _)| *ours == word) {
        return Ok(event);
    }
    if word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.chars().all(|c| c.is_ascii_alphanumeric())
    {
        return Ok(word);
    }
    let error = Error::user(format!("`{word}` is not an event"));
    Err(match words::nearest(word, EVENTS.map(|(ours, _)| ours)) {
        Some(near) => error.hint(format!("write `event = \"{near}\"`")),
        None => error.hint(format!(
            "the events are {}",
            words::list(EVENTS.map(|(ours, _)| ours))
        )),
    })
}

fn hook_place(rendered: &Rendered, hook: &Hook) -> Result<HookPlace> {
    let event = event(&hook.event).map_err(|error| {
        Error::user(format!(
            "{}: the hook `{}`: {}",
            rendered.source,
            hook.id,
            error.message()
        ))
        .hints(error.next_steps().iter().cloned())
    })?;
    let script = hook.run.below("hooks").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if !script.chars().all(plain) {
        return Err(Error::user(format!(
            "{}: the hook `{}` runs `{}`",
            rendered.source, hook.id, hook.run
        ))
        .hint("name scripts in letters, digits, `.`, `_` and `-`: a shell reads the name"));
    }
    let script = format!(".claude/hooks/{}/{script}", rendered.name).parse()?;
    Ok(HookPlace {
        event: event.to_owned(),
        script,
    })
}

fn hook_entry(hook: &Hook, place: &HookPlace) -> Value {
    let mut handler = Map::new();
    handler.insert("type".to_owned(), json!("command"));
    handler.insert(
        "command".to_owned(),
        json!(format!("\"$CLAUDE_PROJECT_DIR\"/{}", place.script)),
    );
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
        false => json!({ "mcpServers": servers }),
    }
}
