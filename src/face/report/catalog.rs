//! What a registry has.

use crate::face::ui::Ui;
use crate::model::template::{Kind, TemplateManifest};
use crate::ops::catalog::{Found, Info};
use crate::words;

/// Shows what `search` found.
pub fn show_search(ui: &mut Ui, found: &Found) {
    ui.row("registry", &super::registry(&found.registry));
    if found.templates.is_empty() {
        ui.text(&format!(
            "no template matches; the registry has {}",
            words::count(found.all, "template")
        ));
    }
    for (name, entry) in &found.templates {
        let version = entry
            .latest
            .as_ref()
            .map_or(String::new(), |version| format!(" {version}"));
        let besides = match (&entry.latest, entry.recommended) {
            (None, _) => " (every release is yanked)",
            (Some(_), true) => " (recommended)",
            (Some(_), false) => "",
        };
        ui.heading(
            &format!("{name}{version}"),
            &format!("{}{besides}", entry.description),
        );
    }
    let Some((name, _)) = found
        .templates
        .iter()
        .find(|(_, entry)| entry.latest.is_some())
    else {
        return;
    };
    let install = super::install(name, &found.registry);
    ui.gap();
    ui.next("more", &install.replacen("install", "info", 1));
    ui.next("add", &install);
}

/// Shows what is known of a template.
pub fn show_info(ui: &mut Ui, info: &Info) {
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
            Kind::Choice => question
                .choices
                .iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(" | "),
            Kind::Bool => "true | false".to_owned(),
            Kind::Text => "text".to_owned(),
            Kind::List => "a,b,c".to_owned(),
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
    let releases = info
        .index
        .releases
        .iter()
        .rev()
        .map(|release| match &release.yanked {
            Some(_) => format!("{} (yanked)", release.version),
            None => release.version.to_string(),
        });
    ui.row("releases", &releases.collect::<Vec<_>>().join(", "));
    if let Some(readme) = info.source.text("README.md") {
        ui.gap();
        ui.document(readme);
    }
    if info.index.latest().is_some() {
        ui.gap();
        ui.next("add", &super::install(&about.name, &info.registry));
    }
}
