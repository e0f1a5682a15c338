//! What can run, as a list that fits on a screen: a line each where there are few, counts where
//! there are many. **What fetches something unpinned, or takes a guard away, comes first.**

use std::collections::{BTreeMap, BTreeSet};

use crate::model::capability::CapabilityKind;
use crate::render::capability::{CapabilityChange, interprets};
use crate::words;

use super::ShownCapability;

/// The label of what held something back, and goes.
pub const GONE: &str = "no longer";

/// How many lines there are at most.
const MOST: usize = 16;

/// How many hooks, or files, are told apart.
const MANY: usize = 6;

/// How many rules are named in a line.
const FEW: usize = 5;

/// How wide a name is at most, and what is said of it.
const NAME: usize = 32;
const WIDTH: usize = 64;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListLine {
    /// What kind of thing it is; empty where that is the line's above.
    pub label: &'static str,
    /// What it is called and what it does.
    pub text: String,
}

/// One thing of the list.
struct Row {
    name: String,
    text: String,
    /// Whether a person should see it before others of its kind.
    first: bool,
}

/// What several things have in common: "2 commands before shell commands", "9 in .claude/hooks/".
#[derive(PartialEq, Eq)]
struct Common {
    /// What they are, where that isn't what the list's label says.
    noun: Option<&'static str>,
    fact: String,
}

/// Returns the list; with `all`, of everything, in full.
pub fn lines<'a>(shown: impl IntoIterator<Item = &'a ShownCapability>, all: bool) -> Vec<ListLine> {
    let shown: Vec<&ShownCapability> = shown.into_iter().collect();
    let templates = shown.iter().map(|one| &one.item.capability.template);
    let several = templates.collect::<BTreeSet<_>>().len() > 1;
    let mut groups: Vec<(&'static str, Vec<Row>)> = Vec::new();
    let mut by_label: BTreeMap<(usize, &'static str), Vec<&ShownCapability>> = BTreeMap::new();
    for one in &shown {
        by_label.entry(label(one)).or_default().push(one);
    }
    for ((_, label), members) in by_label {
        let is_many = !all && members.len() > MANY;
        let rows = match (label, rules(label)) {
            (_, Some(what)) if !all => vec![named(what, &members)],
            ("hook", _) if is_many => together(&members, when),
            ("file", _) if is_many => together(&members, folder),
            (GONE, _) if is_many => together(&members, guarded),
            _ => members.iter().map(|one| row(one, several, all)).collect(),
        };
        groups.push((label, rows));
    }
    let most = if all { usize::MAX } else { fitting(&groups) };
    let width = name_width(&groups, most);
    let mut lines = Vec::new();
    for (kind, mut rows) in groups {
        rows.sort_by_key(|row| !row.first);
        let left = rows.len().saturating_sub(most);
        for (index, row) in rows.iter().take(most).enumerate() {
            let text = match row.text.as_str() {
                "" => row.name.clone(),
                text => format!("{:<width$}  {text}", row.name),
            };
            lines.push(ListLine {
                label: if index == 0 || kind == GONE { kind } else { "" },
                text,
            });
        }
        if left > 0 {
            lines.push(ListLine {
                label: "",
                text: format!("… {left} more"),
            });
        }
    }
    lines
}

/// Returns how many lines each group may have, so that all fit.
fn fitting(groups: &[(&'static str, Vec<Row>)]) -> usize {
    for most in (1..=MOST).rev() {
        let mut lines = 0;
        for (_, rows) in groups {
            lines += rows.len().min(most) + usize::from(rows.len() > most);
        }
        if lines <= MOST {
            return most;
        }
    }
    1
}

fn name_width(groups: &[(&'static str, Vec<Row>)], most: usize) -> usize {
    let rows = groups.iter().flat_map(|(_, rows)| rows.iter().take(most));
    let names = rows
        .filter(|row| !row.text.is_empty())
        .map(|row| row.name.chars().count());
    names.filter(|width| *width <= NAME).max().unwrap_or(0)
}

/// Returns the word that a thing is listed under, with its place in the list.
fn label(shown: &ShownCapability) -> (usize, &'static str) {
    if shown.item.fate == CapabilityChange::Lost {
        return (0, GONE);
    }
    match shown.item.capability.kind {
        CapabilityKind::Hook => (1, "hook"),
        CapabilityKind::Server => (2, "server"),
        CapabilityKind::Command => (3, "command"),
        CapabilityKind::Inline => (4, "in a text"),
        CapabilityKind::File => (5, "file"),
        CapabilityKind::TestProgram => (6, "test"),
        CapabilityKind::Tools => (7, "tools"),
        CapabilityKind::Allow => (8, "allow"),
        CapabilityKind::Folder => (9, "folder"),
        CapabilityKind::Variable => (10, "variable"),
        CapabilityKind::Source => (11, "source"),
        CapabilityKind::Setting
        | CapabilityKind::Deny
        | CapabilityKind::Ask
        | CapabilityKind::Limit => (12, "setting"),
    }
}

/// Returns what is counted of things that are named in one line.
fn rules(label: &str) -> Option<&'static str> {
    match label {
        "allow" => Some("without asking"),
        "folder" => Some("besides the project"),
        _ => None,
    }
}

/// Returns a rule on one line, in quotes where it looks like several.
fn rule(name: &str) -> String {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = cut(&name, NAME + 10);
    match name.contains(',') {
        true => format!("\"{name}\""),
        false => name,
    }
}

/// Returns whether a rule lets much through: all of a tool, what runs other programs, the file
/// system's or the home's root, a folder outside of the project.
fn is_wide(rule: &str) -> bool {
    const TOOLS: [&str; 7] = [
        "Bash",
        "PowerShell",
        "Edit",
        "Write",
        "MultiEdit",
        "WebFetch",
        "NotebookEdit",
    ];
    const RUN_OTHERS: [&str; 8] = ["sudo", "doas", "env", "xargs", "eval", "npx", "uvx", "ssh"];
    const ROOTS: [&str; 3] = ["/", "~", ".."];
    let (tool, inside) = rule.split_once('(').unwrap_or((rule, "*"));
    let inside = inside.trim_end_matches(')');
    let program = inside.split([' ', ':']).next().unwrap_or_default();
    let is_all = matches!(inside, "" | "*" | ":*" | "**" | "*:*" | "domain:*");
    ROOTS
        .iter()
        .any(|root| inside.starts_with(root) || rule.starts_with(root))
        || tool.contains('*')
        || TOOLS.contains(&tool) && is_all
        || tool == "Bash" && (interprets(program) || RUN_OTHERS.contains(&program))
}

/// Returns a line for all rules of a kind, the widest first.
fn named(what: &str, members: &[&ShownCapability]) -> Row {
    let mut names: Vec<String> = members
        .iter()
        .map(|one| rule(&one.item.capability.name))
        .collect();
    names.sort_by_key(|name| (!is_wide(name), name.chars().count(), name.clone()));
    let more = match names.len().saturating_sub(FEW) {
        0 => String::new(),
        more => format!(", … {more} more"),
    };
    let few = names[..names.len().min(FEW)].join(", ");
    Row {
        name: match names.as_slice() {
            [one] => format!("{one} {what}"),
            many => format!("{} {what}: {few}{more}", many.len()),
        },
        text: String::new(),
        first: true,
    }
}

/// Returns a line for all things that have a fact in common, and one for each that stands out.
fn together(members: &[&ShownCapability], common: fn(&ShownCapability) -> Common) -> Vec<Row> {
    // A few commands among many scripts are told apart, too.
    let commands = members.iter().filter(|one| is_inline_hook(one)).count();
    let tells_commands = commands <= MANY;
    let mut rows: Vec<Row> = Vec::new();
    let mut counts: Vec<(Common, usize)> = Vec::new();
    for one in members {
        if stands_out(one) || tells_commands && is_inline_hook(one) {
            rows.push(row(one, false, false));
            continue;
        }
        let common = common(one);
        match counts.iter_mut().find(|(other, _)| *other == common) {
            Some((_, count)) => *count += 1,
            None => counts.push((common, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (Common { noun, fact }, count) in counts {
        let count = noun.map_or(count.to_string(), |noun| words::count(count, noun));
        rows.push(Row {
            name: format!("{count} {fact}"),
            text: String::new(),
            first: false,
        });
    }
    rows
}

/// Returns whether it is a hook that runs a command, and no script.
fn is_inline_hook(shown: &ShownCapability) -> bool {
    let capability = &shown.item.capability;
    capability.kind == CapabilityKind::Hook && !capability.is_script()
}

/// Returns whether a person should see something before others of its kind.
fn stands_out(shown: &ShownCapability) -> bool {
    let capability = &shown.item.capability;
    shown.item.fate == CapabilityChange::Changed
        || capability.unpinned.is_some()
        || capability.skips.is_some()
        || capability.is_other_handler()
}

/// Returns when a hook runs, and whether it can block.
fn when(shown: &ShownCapability) -> Common {
    let capability = &shown.item.capability;
    let trigger = capability.trigger();
    match trigger.is_empty() {
        true => Common {
            noun: None,
            fact: "of texts".to_owned(),
        },
        false => Common {
            noun: (!capability.is_script()).then_some("command"),
            fact: trigger.join(", "),
        },
    }
}

/// Returns the folder that a file lies in.
fn folder(shown: &ShownCapability) -> Common {
    let fact = match shown.item.capability.path.parent() {
        Some(folder) => format!("in {folder}/"),
        None => "in the repository's own folder".to_owned(),
    };
    Common { noun: None, fact }
}

/// Returns what held something back, and in which file.
fn guarded(shown: &ShownCapability) -> Common {
    let capability = &shown.item.capability;
    let noun = match capability.kind {
        CapabilityKind::Deny => "denial",
        CapabilityKind::Ask => "question",
        CapabilityKind::Hook => "hook",
        _ => "setting",
    };
    Common {
        noun: Some(noun),
        fact: format!("in {}", capability.path),
    }
}

fn row(shown: &ShownCapability, several: bool, all: bool) -> Row {
    let capability = &shown.item.capability;
    let name = match shown.item.fate {
        CapabilityChange::Lost => format!("{} {}", capability.kind, capability.short_name()),
        CapabilityChange::New | CapabilityChange::Changed => capability.short_name(),
    };
    let mut said: Vec<String> = Vec::new();
    if shown.is_off {
        said.push("off here, you took its entry out".to_owned());
    }
    if shown.item.fate == CapabilityChange::Changed {
        let (more, less) = shown.lines_changed();
        said.push("changed".to_owned());
        match capability.files.is_empty() {
            true => said.extend(capability.summary()),
            false => said.push(format!("+{more} -{less} lines")),
        }
    }
    if capability.unpinned.is_some() || capability.skips.is_some() {
        said.push(match all {
            true => capability
                .remarks()
                .trim_matches([' ', '(', ')'])
                .to_owned(),
            false if capability.skips.is_some() => "makes the agent skip guards".to_owned(),
            false => "fetches what isn't pinned".to_owned(),
        });
    }
    if shown.item.fate == CapabilityChange::New {
        said.extend(capability.summary());
    }
    let of = capability.template.as_ref().filter(|_| several);
    let (name, of) = match of {
        Some(template) if capability.is_script() => (format!("{template}/{name}"), String::new()),
        Some(template) => (name, format!(" ({template})")),
        None => (name, String::new()),
    };
    let said = said.join(", ");
    // What is cut is what is said, and the beginning of a path: never whose it is.
    let (name, said) = match all {
        true => (name, said),
        false if said.is_empty() => (cut_path(&name, WIDTH - of.chars().count()), said),
        false => {
            let name = cut_path(&name, NAME);
            let taken = name.chars().count().max(8) + 2 + of.chars().count().min(20);
            let said = cut(&said, WIDTH - taken);
            (name, said)
        }
    };
    Row {
        name,
        text: format!("{said}{of}").trim().to_owned(),
        first: stands_out(shown),
    }
}

/// Returns a path of at most so many letters, its beginning cut visibly; anything else at its end.
fn cut_path(text: &str, most: usize) -> String {
    let length = text.chars().count();
    let is_path = text.starts_with('.')
        && text.contains('/')
        && !text.contains([' ', ';', '|', '&', '$', '<', '`']);
    match length > most && is_path {
        true => ['…']
            .into_iter()
            .chain(text.chars().skip(length - most + 1))
            .collect(),
        false => cut(text, most),
    }
}

/// Returns a text of at most so many letters, cut visibly.
fn cut(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// Returns what it is in one phrase: "2 hooks, 11 permissions", "1 hook changed, 1 guard gone".
pub fn phrase<'a>(shown: impl IntoIterator<Item = &'a ShownCapability>) -> String {
    let mut counts: BTreeMap<(usize, &'static str, bool), usize> = BTreeMap::new();
    for one in shown {
        let (place, label) = label(one);
        let is_new = one.item.fate != CapabilityChange::Changed;
        *counts.entry((place, noun(label), is_new)).or_default() += 1;
    }
    let parts = counts.into_iter().map(|((_, noun, is_new), count)| {
        let count = words::count(count, noun);
        match (noun, is_new) {
            ("guard", _) => format!("{count} gone"),
            (_, true) => count,
            (_, false) => format!("{count} changed"),
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn noun(label: &'static str) -> &'static str {
    match label {
        GONE => "guard",
        "in a text" => "inline command",
        "test" => "test program",
        "tools" => "tool rule",
        "allow" => "permission",
        label => label,
    }
}
