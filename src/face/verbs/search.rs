//! `search`: what the registries have.

use crate::error::Error;
use crate::error::Result;
use crate::face::args::{Json, RegistryArgs};
use crate::face::report::parts::command_about;
use crate::face::report::{Detail, Report, json, parts};
use crate::model::index::CatalogEntry;
use crate::model::manifest::DEFAULT_REGISTRY;
use crate::model::name::TemplateName;
use crate::ops::Session;
use crate::ops::verbs::search::{SearchResult, search};
use crate::store::reach::Purpose;
use crate::words;
use serde_json::{Value, json};

use super::Verb;

/// Search the registries
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg search
  agentpkg search security
  agentpkg search --registry ../registry")]
pub struct Args {
    /// Words that the name, description or keywords must have
    words: Vec<String>,
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
        let found = search(session, &self.words)?;
        Ok(match self.json.json {
            true => json::report("search", value(&found)),
            false => report(session, &found, detail),
        })
    }
}

/// What was found, by registry.
fn report(session: &Session, found: &[SearchResult], detail: Detail) -> Report {
    let mut report = Report::new(detail);
    for found in found {
        add_found(&mut report, found);
    }
    let mut is_first = true;
    for found in found {
        let templates = &found.templates;
        let offered = templates
            .iter()
            .find(|(_, entry)| entry.offered().is_some());
        if let Some((name, _)) = offered {
            if is_first {
                report.gap();
            }
            is_first = false;
            report.next("more", command_about(session, "info", name, &found.name));
            report.next("add", command_about(session, "install", name, &found.name));
        }
    }
    report
}

/// Adds what one registry has.
fn add_found(report: &mut Report, found: &SearchResult) {
    let registry = parts::registry(&found.registry);
    match found.name.as_str() {
        DEFAULT_REGISTRY => report.row("registry", registry),
        name => report.row("registry", format!("{name}: {registry}")),
    }
    match &found.all {
        Err(error) => report.row("problem", error.message()),
        Ok(all) if found.templates.is_empty() => report.text(format!(
            "no template matches; the registry has {}",
            words::count(*all, "template")
        )),
        Ok(_) => {}
    }
    for (name, entry) in &found.templates {
        let version = entry
            .offered()
            .map_or(String::new(), |version| format!(" {version}"));
        let besides = match (entry.offered(), &entry.latest) {
            _ if entry.deprecated.is_some() => String::new(),
            (None, Some(early)) => format!(" (only as a pre-release: {early})"),
            (None, None) => " (no release is offered)".to_owned(),
            (Some(_), _) if entry.recommended => " (recommended)".to_owned(),
            (Some(_), _) => String::new(),
        };
        report.heading(
            format!("{name}{version}"),
            format!("{}{besides}", entry.description),
        );
        if let Some(replacement) = &entry.deprecated {
            report.row("deprecated", format!("use {replacement}"));
        }
    }
}

fn value(found: &[SearchResult]) -> Value {
    let mut templates = Vec::new();
    let mut registries = Vec::new();
    for found in found {
        for (name, entry) in &found.templates {
            templates.push(template(name, entry, &found.name));
        }
        let mut of = json::registry(&found.registry);
        of["name"] = json!(found.name);
        of["error"] = json!(found.all.as_ref().err().map(Error::message));
        registries.push(of);
    }
    let first = found.first().map(|found| json::registry(&found.registry));
    json!({ "registry": first, "registries": registries, "templates": templates })
}

/// A line of a catalog.
fn template(name: &TemplateName, entry: &CatalogEntry, registry: &str) -> Value {
    json!({
        "name": name,
        "registry": registry,
        "latest": entry.offered(),
        "description": entry.description,
        "keywords": entry.keywords,
        "contact": entry.contact,
        "recommended": entry.recommended,
    })
}
