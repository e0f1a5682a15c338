//! Where one stands.

use super::standing;
use crate::face::ui::Ui;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::standing::leave;
use crate::ops::verbs::welcome::Outcome;
use crate::words;

/// Shows it, with the next command; `below` are packages of their own.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome, below: &[RelPath]) {
    let Outcome {
        wanted,
        installed,
        registry,
        recommended,
        interrupted,
        as_of,
    } = outcome;
    match (installed.len(), wanted) {
        (0, 0) => ui.title("no template is installed here"),
        (0, wanted) => ui.title(&format!(
            "{} wanted by `agentpkg.toml`, and not installed",
            words::count(*wanted, "template")
        )),
        (installed, _) => ui.title(&format!(
            "{} installed here",
            words::count(installed, "template")
        )),
    }
    super::folder(ui, context);
    super::packages(ui, below);
    let names: Vec<String> = installed.iter().map(standing::in_short).collect();
    if !names.is_empty() {
        ui.row("installed", &names.join(", "));
    }
    for template in installed {
        standing::show_withdrawn(ui, context, template);
    }
    standing::show_age(ui, context, as_of);
    ui.row("registry", &super::registry(registry));
    match recommended {
        Ok(recommended) => {
            for (name, entry) in recommended {
                let version = entry
                    .offered()
                    .map_or(String::new(), |version| format!(" {version}"));
                ui.row(
                    "recommends",
                    &format!("{name}{version}: {}", entry.description),
                );
            }
        }
        Err(error) => ui.row("problem", error),
    }
    super::interrupted(ui, interrupted.as_ref());
    ui.gap();
    let first = recommended
        .as_ref()
        .ok()
        .and_then(|recommended| recommended.first());
    let recalled = installed.iter().find(|one| one.standing.recall().is_some());
    let line = |command: &str| CommandLine::new(context, command);
    let next = match (installed.len(), wanted, first) {
        (0, 0, _) if !below.is_empty() => line("status").flag("--all"),
        (0, 0, None) if recommended.is_err() => line("search").option("--registry", "DIR"),
        (0, 0, Some((name, _))) => line("install").word(name.as_str()),
        (0, 0, None) => line("search"),
        (0, _, _) => line("install"),
        _ if installed.iter().any(|one| one.standing.newer.is_some()) => line("upgrade"),
        (_, _, _) => line("status"),
    };
    let next = recalled.map_or(next, |recalled| leave(context, recalled));
    ui.next("next", &next.to_string());
    if let Some((name, _)) = first.filter(|_| !installed.is_empty() || !below.is_empty()) {
        ui.next("add", &line("install").word(name.as_str()).to_string());
    }
    ui.next("all", "agentpkg --help");
}
