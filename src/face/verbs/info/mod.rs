//! `info`: what a template brings and asks, and its releases.

mod path;

use crate::error::Result;
use crate::face::args::{Json, RegistryArgs, bare};
use crate::face::report::parts::{command_about, limits};
use crate::face::report::{Detail, Report, json, parts};
use crate::model::index::Release;
use crate::model::manifest::DEFAULT_REGISTRY;
use crate::model::name::TemplateName;
use crate::model::template::{Question, QuestionKind, TemplateManifest};
use crate::ops::Session;
use crate::ops::verbs::info::{Info, info};
use crate::ops::verbs::info_path::{info_path, is_path};
use crate::store::reach::Purpose;
use serde_json::{Value, json};

use super::Verb;

/// Show a template, or which template a file, an entry or a line comes from
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg info org-baseline                      what it brings and asks, and its releases
  agentpkg info CLAUDE.md                         what of a file templates wrote, and what is yours
  agentpkg info CLAUDE.md:12                      one line
  agentpkg info .claude/settings.json#/model      one entry, by its JSON pointer")]
pub struct Args {
    /// A template, or a file, with a line or an entry of it
    #[arg(value_name = "NAME|PATH[:LINE|#/ENTRY]", value_parser = template_or_path)]
    about: String,
    #[command(flatten)]
    registry: RegistryArgs,
    #[command(flatten)]
    json: Json,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn registry(&self) -> Option<&RegistryArgs> {
        Some(&self.registry)
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        if is_path(session, &self.about) {
            let outcome = info_path(session, &self.about)?;
            return Ok(match self.json.json {
                true => json::report("info", path::value(session, &outcome)),
                false => path::report(session, &outcome, detail),
            });
        }
        let info = info(session, &TemplateName::typed(&self.about)?)?;
        Ok(match self.json.json {
            true => json::report("info", value(&info)),
            false => report(session, &info, detail),
        })
    }
}

/// Reads the name of a template, or what can only be a path.
fn template_or_path(text: &str) -> Result<String> {
    let is_path = text.contains('/') || (!text.contains('@') && text.contains(['.', ':', '#']));
    match is_path {
        true => Ok(text.to_owned()),
        false => bare(text).map(|_| text.to_owned()),
    }
}

fn report(session: &Session, info: &Info, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    add_head(&mut report, info);
    add_contents(&mut report, &info.source.manifest);
    limits::show(&mut report, &info.limits);
    let releases: Vec<String> = info.index.releases.iter().rev().map(in_short).collect();
    report.row("releases", releases.join(", "));
    if let Some(readme) = info.source.text("README.md") {
        report.gap();
        report.document(readme);
    }
    add_install(&mut report, session, info);
    report
}

/// What it is, and where it comes from.
fn add_head(report: &mut Report, info: &Info) {
    let about = &info.source.manifest.template;
    report.heading(
        format!("{} {}", about.name, about.version),
        &about.description,
    );
    if !about.version.pre.is_empty() {
        report.row(
            "early",
            "a pre-release: it is installed by naming its version",
        );
    }
    if let Some(deprecated) = &info.index.deprecated {
        let why = deprecated.reason.as_ref();
        let why = why.map_or(String::new(), |why| format!(": {why}"));
        report.row("deprecated", format!("use {}{why}", deprecated.replacement));
    }
    report.row("registry", parts::registry(&info.registry));
    for (label, value) in [
        ("license", &about.license),
        ("contact", &about.contact),
        ("repository", &about.repository),
    ] {
        if let Some(value) = value {
            report.row(label, value);
        }
    }
}

/// What it needs, asks, runs and allows.
fn add_contents(report: &mut Report, manifest: &TemplateManifest) {
    if !manifest.dependencies.is_empty() {
        let mut needs = Vec::new();
        for (name, requirement) in &manifest.dependencies {
            needs.push(format!("{name} {requirement}"));
        }
        report.row("needs", needs.join(", "));
    }
    for (key, question) in &manifest.questions {
        let kind = kind(question);
        report.row("asks", format!("{key}: {} ({kind})", question.ask));
    }
    for hook in &manifest.hooks {
        let tools = hook.matches.as_ref();
        let tools = tools.map_or(String::new(), |tools| format!(" for {tools}"));
        report.row("runs", format!("{} on {}{tools}", hook.run, hook.event));
    }
    for (name, server) in &manifest.mcp {
        let what = server.command.as_ref().or(server.url.as_ref());
        let what = what.map_or("", String::as_str);
        report.row("server", format!("{name}: {what}"));
    }
    let permissions = &manifest.permissions;
    for (label, rules) in [
        ("denies", &permissions.deny),
        ("asks for", &permissions.ask),
        ("allows", &permissions.allow),
    ] {
        if !rules.is_empty() {
            report.row(label, rules.join(", "));
        }
    }
}

/// Returns what answers a question.
fn kind(question: &Question) -> String {
    match question.kind {
        QuestionKind::Choice => question.choices.as_deref().unwrap_or_default().join(" | "),
        QuestionKind::Bool => "true | false".to_owned(),
        QuestionKind::Text => "text".to_owned(),
        QuestionKind::List => "a,b,c".to_owned(),
    }
}

fn in_short(release: &Release) -> String {
    match (&release.yanked, release.recall()) {
        (_, Some(_)) => format!("{} (recalled)", release.version),
        (Some(_), _) => format!("{} (yanked)", release.version),
        (None, _) => release.version.to_string(),
    }
}

/// The command that installs it, or what takes its place. A pre-release has to be asked for.
fn add_install(report: &mut Report, session: &Session, info: &Info) {
    let deprecated = info.index.deprecated.as_ref();
    let replacement = deprecated.map(|deprecated| &deprecated.replacement);
    let Some(latest) = info.index.latest() else {
        return;
    };
    if latest.version.pre.is_empty() || replacement.is_some() {
        let name = replacement.unwrap_or(&info.source.manifest.template.name);
        report.gap();
        report.next(
            "add",
            command_about(session, "install", name, DEFAULT_REGISTRY),
        );
    }
}

fn value(info: &Info) -> Value {
    let manifest = &info.source.manifest;
    let about = &manifest.template;
    json!({
        "registry": json::registry(&info.registry),
        "name": about.name,
        "version": about.version,
        "description": about.description,
        "license": about.license,
        "contact": about.contact,
        "questions": manifest.questions.iter().map(question).collect::<Value>(),
        "deprecated": info.index.deprecated,
        "releases": json::list(&info.index.releases, release),
        "readme": info.source.text("README.md"),
    })
}

fn question((key, question): (&String, &Question)) -> Value {
    json!({
        "key": key,
        "ask": question.ask,
        "kind": question.kind,
        "choices": question.choices,
        "pattern": question.pattern,
        "default": question.default,
    })
}

fn release(release: &Release) -> Value {
    json!({
        "version": release.version,
        "tree": release.tree,
        "size": release.size,
        "released": release.released,
        "yanked": release.yanked,
        "recalled": release.recalled,
    })
}
