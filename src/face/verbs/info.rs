//! `info`: what a template brings and asks, and its releases.

use crate::model::manifest::DEFAULT_REGISTRY;
use crate::model::name::TemplateName;
use crate::model::template::{QuestionKind, TemplateManifest};
use crate::ops::Session;
use crate::ops::verbs::catalog::{Info, info};
use crate::error::Result;
use crate::store::reach::Purpose;
use serde_json::{Value, json};
use crate::face::args::{Json, RegistryArgs, bare};
use crate::face::report::parts::command_about;
use crate::face::report::{Detail, Report, json, parts};

use super::Verb;

/// What a template brings and asks, and its releases
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg info org-baseline")]
pub struct Args {
    /// The template
    #[arg(value_parser = bare)]
    name: TemplateName,
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
        let info = info(session, &self.name)?;
        Ok(match self.json.json {
            true => json::report("info", value(&info)),
            false => report(session, &info, detail),
        })
    }
}

fn report(session: &Session, info: &Info, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let TemplateManifest {
        template: about,
        dependencies,
        questions,
        hooks,
        permissions,
        mcp,
        ..
    } = &info.source.manifest;
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
        report.row(
            "deprecated",
            format!("use {}{why}", deprecated.replacement),
        );
    }
    report.row("registry", &parts::registry(&info.registry));
    for (label, value) in [
        ("license", &about.license),
        ("contact", &about.contact),
        ("repository", &about.repository),
    ] {
        if let Some(value) = value {
            report.row(label, value);
        }
    }
    if !dependencies.is_empty() {
        let needs: Vec<String> = dependencies
            .iter()
            .map(|(name, requirement)| format!("{name} {requirement}"))
            .collect();
        report.row("needs", &needs.join(", "));
    }
    for (key, question) in questions {
        let kind = match question.kind {
            QuestionKind::Choice => question
                .choices
                .iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(" | "),
            QuestionKind::Bool => "true | false".to_owned(),
            QuestionKind::Text => "text".to_owned(),
            QuestionKind::List => "a,b,c".to_owned(),
        };
        report.row("asks", format!("{key}: {} ({kind})", question.ask));
    }
    for hook in hooks {
        let tools = hook
            .matches
            .as_ref()
            .map_or(String::new(), |tools| format!(" for {tools}"));
        report.row("runs", format!("{} on {}{tools}", hook.run, hook.event));
    }
    for (name, server) in mcp {
        let what = server
            .command
            .as_ref()
            .or(server.url.as_ref())
            .map_or("", String::as_str);
        report.row("server", format!("{name}: {what}"));
    }
    for (label, rules) in [
        ("denies", &permissions.deny),
        ("asks for", &permissions.ask),
        ("allows", &permissions.allow),
    ] {
        if !rules.is_empty() {
            report.row(label, &rules.join(", "));
        }
    }
    let releases =
        info.index
            .releases
            .iter()
            .rev()
            .map(|release| match (&release.yanked, release.recall()) {
                (_, Some(_)) => format!("{} (recalled)", release.version),
                (Some(_), _) => format!("{} (yanked)", release.version),
                (None, _) => release.version.to_string(),
            });
    report.row("releases", &releases.collect::<Vec<_>>().join(", "));
    if let Some(readme) = info.source.text("README.md") {
        report.gap();
        report.document(readme);
    }
    let deprecated = info.index.deprecated.as_ref();
    let replacement = deprecated.map(|deprecated| &deprecated.replacement);
    let latest = info.index.latest();
    // A pre-release has to be asked for.
    let is_offered = latest.is_some_and(|latest| latest.version.pre.is_empty());
    if is_offered || (replacement.is_some() && latest.is_some()) {
        report.gap();
        let name = replacement.unwrap_or(&about.name);
        report.next("add", &command_about(session, "install", name, DEFAULT_REGISTRY));
    }
    report
}

fn value(info: &Info) -> Value {
    let about = &info.source.manifest.template;
    let questions = info
        .source
        .manifest
        .questions
        .iter()
        .map(|(key, question)| {
            json!({
                "key": key,
                "ask": question.ask,
                "kind": question.kind,
                "choices": question.choices,
                "pattern": question.pattern,
                "default": question.default,
            })
        });
    let releases = info.index.releases.iter().map(|release| {
        json!({
            "version": release.version,
            "tree": release.tree,
            "size": release.size,
            "released": release.released,
            "yanked": release.yanked,
            "recalled": release.recalled,
        })
    });
    json!({
            "registry": json::registry(&info.registry),
            "name": about.name,
            "version": about.version,
            "description": about.description,
            "license": about.license,
            "contact": about.contact,
            "questions": questions.collect::<Vec<_>>(),
            "deprecated": info.index.deprecated,
            "releases": releases.collect::<Vec<_>>(),
            "readme": info.source.text("README.md"),
        })
}
