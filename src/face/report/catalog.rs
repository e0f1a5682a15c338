//! What a registry has.

use crate::face::ui::Ui;
use crate::model::manifest::DEFAULT_REGISTRY;
use crate::model::name::TemplateName;
use crate::model::template::{QuestionKind, TemplateManifest};
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::verbs::info::Info;
use crate::ops::verbs::search::SearchResult;
use crate::words;

/// Shows what `search` found, by registry.
pub fn show_search(ui: &mut Ui, context: &Session, found: &[SearchResult]) {
    for found in found {
        show_found(ui, found);
    }
    let mut is_first = true;
    for found in found {
        let templates = &found.templates;
        let offered = templates
            .iter()
            .find(|(_, entry)| entry.offered().is_some());
        if let Some((name, _)) = offered {
            if is_first {
                ui.gap();
            }
            is_first = false;
            ui.next("more", &command(context, "info", name, &found.name));
            ui.next("add", &command(context, "install", name, &found.name));
        }
    }
}

/// Shows what one registry has.
fn show_found(ui: &mut Ui, found: &SearchResult) {
    let registry = super::registry(&found.registry);
    match found.name.as_str() {
        DEFAULT_REGISTRY => ui.row("registry", &registry),
        name => ui.row("registry", &format!("{name}: {registry}")),
    }
    match &found.all {
        Err(error) => ui.row("problem", error.message()),
        Ok(all) if found.templates.is_empty() => ui.text(&format!(
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
        ui.heading(
            &format!("{name}{version}"),
            &format!("{}{besides}", entry.description),
        );
        if let Some(replacement) = &entry.deprecated {
            ui.row("deprecated", &format!("use {replacement}"));
        }
    }
}

/// Returns the command about a template of a registry, by its name in agentpkg.toml.
fn command(context: &Session, verb: &str, name: &TemplateName, registry: &str) -> String {
    let line = CommandLine::next(context, verb).word(name.as_str());
    match registry {
        DEFAULT_REGISTRY => line.to_string(),
        registry => line.option("--registry", registry).to_string(),
    }
}

/// Shows what is known of a template.
pub fn show_info(ui: &mut Ui, context: &Session, info: &Info) {
    let TemplateManifest {
        template: about,
        dependencies,
        questions,
        hooks,
        permissions,
        mcp,
        ..
    } = &info.source.manifest;
    ui.heading(
        &format!("{} {}", about.name, about.version),
        &about.description,
    );
    if !about.version.pre.is_empty() {
        ui.row(
            "early",
            "a pre-release: it is installed by naming its version",
        );
    }
    if let Some(deprecated) = &info.index.deprecated {
        let why = deprecated.reason.as_ref();
        let why = why.map_or(String::new(), |why| format!(": {why}"));
        ui.row(
            "deprecated",
            &format!("use {}{why}", deprecated.replacement),
        );
    }
    ui.row("registry", &super::registry(&info.registry));
    for (label, value) in [
        ("license", &about.license),
        ("contact", &about.contact),
        ("repository", &about.repository),
    ] {
        if let Some(value) = value {
            ui.row(label, value);
        }
    }
    if !dependencies.is_empty() {
        let needs: Vec<String> = dependencies
            .iter()
            .map(|(name, requirement)| format!("{name} {requirement}"))
            .collect();
        ui.row("needs", &needs.join(", "));
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
        ui.row("asks", &format!("{key}: {} ({kind})", question.ask));
    }
    for hook in hooks {
        let tools = hook
            .matches
            .as_ref()
            .map_or(String::new(), |tools| format!(" for {tools}"));
        ui.row("runs", &format!("{} on {}{tools}", hook.run, hook.event));
    }
    for (name, server) in mcp {
        let what = server
            .command
            .as_ref()
            .or(server.url.as_ref())
            .map_or("", String::as_str);
        ui.row("server", &format!("{name}: {what}"));
    }
    for (label, rules) in [
        ("denies", &permissions.deny),
        ("asks for", &permissions.ask),
        ("allows", &permissions.allow),
    ] {
        if !rules.is_empty() {
            ui.row(label, &rules.join(", "));
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
    ui.row("releases", &releases.collect::<Vec<_>>().join(", "));
    if let Some(readme) = info.source.text("README.md") {
        ui.gap();
        ui.document(readme);
    }
    let deprecated = info.index.deprecated.as_ref();
    let replacement = deprecated.map(|deprecated| &deprecated.replacement);
    let latest = info.index.latest();
    // A pre-release has to be asked for.
    let is_offered = latest.is_some_and(|latest| latest.version.pre.is_empty());
    if is_offered || (replacement.is_some() && latest.is_some()) {
        ui.gap();
        let name = replacement.unwrap_or(&about.name);
        ui.next("add", &command(context, "install", name, DEFAULT_REGISTRY));
    }
}
