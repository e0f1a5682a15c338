//! A lock as text: no clock, no machine, sorted, one file a line, so that git merges it.

use std::fmt::Write as _;

use super::{BlockRecord, Inputs, Lock, Record};
use crate::model::agent::Agent;
use crate::model::conflict::{ConflictPlace, Open, WholeFileReason};
use crate::model::toml_text::quoted;

impl Lock {
    /// Returns the lock as its file holds it: the same bytes for the same value.
    pub fn to_text(&self) -> String {
        let mut text =
            String::from("# Written by agentpkg. Commit it; edit agentpkg.toml instead.\n");
        let _ = writeln!(text, "format = {}", self.format());
        self.write_inputs(&mut text);
        self.write_files(&mut text);
        self.write_blocks(&mut text);
        self.write_keys(&mut text);
        self.write_conflicts(&mut text);
        self.write_approvals(&mut text);
        self.write_proposals(&mut text);
        if !self.hooks.is_empty() {
            text.push_str("\n[hooks]\n");
            for (name, place) in &self.hooks {
                let mut fields = vec![
                    ("event", quoted(&place.event)),
                    ("script", quoted(place.script.as_str())),
                ];
                fields.extend(
                    place
                        .file
                        .iter()
                        .map(|file| ("file", quoted(file.as_str()))),
                );
                let name = quoted(&format!("{}/{}", name.template, name.id));
                let _ = writeln!(text, "{name} = {}", inline(fields));
            }
        }
        text
    }

    /// Returns the lowest format that has everything which this lock says.
    fn format(&self) -> u32 {
        match self.inputs.agents.as_slice() {
            _ if self.inputs.facts.hooks.is_some() => 3,
            [Agent::Claude] if self.inputs.facts.link.is_none() => 1,
            _ => 2,
        }
    }

    fn write_inputs(&self, text: &mut String) {
        let Inputs {
            renderer,
            agents,
            facts,
            answers,
            releases,
        } = &self.inputs;
        let _ = writeln!(text, "renderer = {renderer}");
        let agents: Vec<String> = agents.iter().map(|agent| quoted(agent.as_str())).collect();
        let _ = writeln!(text, "agents = [{}]", agents.join(", "));
        text.push_str("\n[facts]\n");
        let mut others = Vec::new();
        for (agent, root) in &facts.roots {
            let root = quoted(root.as_str());
            match agent {
                // As earlier versions have it.
                Agent::Claude => {
                    let _ = writeln!(text, "root = {root}");
                }
                _ => others.push((agent.as_str(), root)),
            }
        }
        if !others.is_empty() {
            let _ = writeln!(text, "roots = {}", inline(others));
        }
        if let Some(imports) = &facts.imports {
            let _ = writeln!(text, "imports = {}", quoted(imports.as_str()));
        }
        if let Some(link) = &facts.link {
            let _ = writeln!(text, "link = {}", quoted(link.as_str()));
        }
        if let Some(hooks) = &facts.hooks {
            let _ = writeln!(text, "hooks = {}", quoted(hooks.as_str()));
        }
        if !answers.is_empty() {
            text.push_str("\n[answers]\n");
            for (key, answer) in answers {
                let _ = writeln!(text, "{key} = {}", one_line(&answer.to_toml()));
            }
        }
        text.push_str("\n[releases]\n");
        for (name, release) in releases {
            let mut fields = vec![
                ("version", quoted(&release.version.to_string())),
                ("registry", quoted(&release.registry)),
                ("tree", quoted(&release.tree.to_string())),
                ("artifact", quoted(&release.artifact.to_string())),
            ];
            if !release.dependencies.is_empty() {
                let names: Vec<String> = release
                    .dependencies
                    .iter()
                    .map(|name| quoted(name.as_str()))
                    .collect();
                fields.push(("dependencies", format!("[{}]", names.join(", "))));
            }
            let _ = writeln!(text, "{name} = {}", inline(fields));
        }
    }

    fn write_files(&self, text: &mut String) {
        text.push_str("\n[files]\n");
        for (path, record) in &self.files {
            let line = match record {
                Record::Whole(whole) => {
                    let mut fields = vec![
                        ("template", quoted(whole.origin.template.as_str())),
                        ("source", quoted(whole.origin.source.as_str())),
                        ("digest", quoted(&whole.digest.to_string())),
                        ("blob", quoted(&whole.blob)),
                    ];
                    fields.extend(whole.executable.then(|| ("executable", "true".to_owned())));
                    fields.extend(whole.seed.then(|| ("seed", "true".to_owned())));
                    fields.extend(whole.deleted.then(|| ("deleted", "true".to_owned())));
                    fields.extend(whole.adopted.then(|| ("adopted", "true".to_owned())));
                    fields.extend(
                        whole
                            .moved
                            .iter()
                            .map(|moved| ("moved", quoted(moved.as_str()))),
                    );
                    inline(fields)
                }
                Record::Blocks(blocks) => shared("blocks", blocks.created),
                Record::Keys(keys) => shared("keys", keys.created),
            };
            let _ = writeln!(text, "{} = {line}", quoted(path.as_str()));
        }
    }

    fn write_blocks(&self, text: &mut String) {
        for (path, record) in &self.files {
            let Record::Blocks(record) = record else {
                continue;
            };
            let _ = writeln!(text, "\n[blocks.{}]", quoted(path.as_str()));
            for (name, block) in &record.blocks {
                let name = match name.section {
                    None => name.to_string(),
                    Some(_) => quoted(&name.to_string()),
                };
                let _ = writeln!(text, "{name} = {}", block_fields(block));
            }
        }
    }

    fn write_keys(&self, text: &mut String) {
        for (path, record) in &self.files {
            let Record::Keys(record) = record else {
                continue;
            };
            for (table, parts) in [("keys", &record.parts), ("adopted", &record.adopted)] {
                if parts.is_empty() {
                    continue;
                }
                let _ = writeln!(text, "\n[{table}.{}]", quoted(path.as_str()));
                for (owner, part) in parts {
                    let _ = writeln!(text, "{owner} = {}", quoted(&part.to_string()));
                }
            }
            if record.replaced.is_empty() {
                continue;
            }
            let _ = writeln!(text, "\n[replaced.{}]", quoted(path.as_str()));
            for (pointer, bytes) in &record.replaced {
                let _ = writeln!(text, "{} = {}", quoted(pointer), quoted(bytes));
            }
        }
    }
}

impl Lock {
    fn write_approvals(&self, text: &mut String) {
        for (table, approvals) in [
            ("approvals", &self.approvals),
            ("in-review", &self.in_review),
        ] {
            for (template, approved) in approvals {
                let _ = writeln!(text, "\n[{table}.{template}]");
                for (id, digests) in approved {
                    let digests: Vec<String> = digests
                        .iter()
                        .map(|digest| quoted(&digest.to_string()))
                        .collect();
                    let _ = writeln!(text, "{} = [{}]", quoted(id), digests.join(", "));
                }
            }
        }
    }

    fn write_proposals(&self, text: &mut String) {
        if self.proposals.is_empty() {
            return;
        }
        text.push_str("\n[proposals]\n");
        for (id, sent) in &self.proposals {
            let mut fields = vec![
                ("template", quoted(sent.template.as_str())),
                ("base", quoted(&sent.base.to_string())),
                ("subject", quoted(&sent.subject)),
                ("at", quoted(&sent.at)),
            ];
            fields.extend(sent.branch.iter().map(|branch| ("branch", quoted(branch))));
            fields.push(("edit", quoted(&sent.edit)));
            let _ = writeln!(text, "{} = {}", quoted(&id.to_string()), inline(fields));
        }
    }

    fn write_conflicts(&self, text: &mut String) {
        if self.conflicts.is_empty() {
            return;
        }
        text.push_str("\n[conflicts]\n");
        for (path, places) in &self.conflicts {
            let places: Vec<String> = places.iter().map(conflict).collect();
            let _ = writeln!(text, "{} = [{}]", quoted(path.as_str()), places.join(", "));
        }
    }
}

fn conflict(open: &Open) -> String {
    let mut fields = match &open.at {
        ConflictPlace::Value(pointer) => vec![("value", quoted(pointer))],
        ConflictPlace::Lines {
            line,
            before,
            after,
            marked,
        } => {
            let mut fields = vec![("line", line.to_string())];
            fields.extend(marked.then(|| ("marked", "true".to_owned())));
            let context = [("before", before), ("after", after)]
                .into_iter()
                .filter(|(_, text)| !text.is_empty());
            fields.extend(context.map(|(key, text)| (key, quoted(text))));
            fields
        }
        ConflictPlace::File(why) => {
            let (why, of) = match why {
                WholeFileReason::Changed => ("changed", None),
                WholeFileReason::Binary => ("binary", None),
                WholeFileReason::NoBase => ("no-base", None),
                WholeFileReason::Occupied => ("occupied", None),
                WholeFileReason::Type(what) => ("type", Some(what.as_str())),
                WholeFileReason::Taken(from) => ("taken", Some(from.as_str())),
                WholeFileReason::Folded(other) => ("folded", Some(other.as_str())),
            };
            [("file", Some(why)), ("of", of)]
                .into_iter()
                .filter_map(|(key, text)| Some((key, quoted(text?))))
                .collect()
        }
    };
    let sides = [
        ("base", &open.base),
        ("ours", &open.ours),
        ("theirs", &open.theirs),
    ];
    fields.extend(
        sides
            .into_iter()
            .filter_map(|(key, text)| Some((key, quoted(text.as_deref()?)))),
    );
    inline(fields)
}

fn shared(ownership: &str, created: bool) -> String {
    let mut fields = vec![("shared", quoted(ownership))];
    fields.extend(created.then(|| ("created", "true".to_owned())));
    inline(fields)
}

fn block_fields(block: &BlockRecord) -> String {
    let mut fields = Vec::new();
    let source = block.source.iter();
    fields.extend(source.map(|source| ("source", quoted(source.as_str()))));
    fields.push(("text", quoted(&block.text)));
    if !block.before.is_empty() {
        fields.push(("before", quoted(&block.before)));
    }
    fields.extend(block.deleted.then(|| ("deleted", "true".to_owned())));
    inline(fields)
}

fn inline<'a>(fields: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let fields: Vec<String> = fields
        .into_iter()
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    format!("{{ {} }}", fields.join(", "))
}

fn one_line(value: &toml_edit::Value) -> String {
    match value {
        toml_edit::Value::String(text) => quoted(text.value()),
        other => other.to_string().trim().to_owned(),
    }
}
