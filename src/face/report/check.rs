//! What `check` found.

use crate::face::ui::Ui;
use crate::model::path::RelPath;
use crate::model::upstream::HookName;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::verbs::check::{Finding, Outcome};
use crate::words;

/// Shows it; `below` are packages of their own.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome, below: &[RelPath]) {
    let Outcome {
        failures,
        changed,
        unasked,
        checked,
        tested,
        unrun,
        in_review,
        hidden,
    } = outcome;
    match failures.len() {
        0 => ui.title(&format!("ok: {} checked", words::count(*checked, "file"))),
        many => ui.warn_title(&format!(
            "{} found in {}",
            words::count(many, "problem"),
            words::count(*checked, "file")
        )),
    }
    super::folder(ui, context);
    for (HookName { template, id }, right, all) in tested {
        ui.row("hook", &format!("{id} of {template}: {right}/{all}"));
    }
    for finding in failures {
        show_finding(ui, finding.rule.id(), finding);
    }
    if !changed.is_empty() {
        let paths: Vec<_> = changed.iter().map(|finding| &finding.path).collect();
        let count = words::count(changed.len(), "file");
        ui.row(
            "yours",
            &format!(
                "{count} edited or deleted, as is your right: {}",
                super::paths(ui, &paths)
            ),
        );
    }
    for finding in unrun {
        show_finding(ui, "not run", finding);
    }
    if let Some(in_review) = in_review {
        super::in_review(ui, in_review);
    }
    for finding in unasked {
        show_finding(ui, "note", finding);
    }
    super::hidden::show_managed(ui, context, hidden, *checked);
    let mut hints: Vec<&String> = failures
        .iter()
        .chain(unasked)
        .filter_map(|finding| finding.hint.as_ref())
        .collect();
    hints.dedup();
    super::packages(ui, below);
    if !hints.is_empty() || !below.is_empty() {
        ui.gap();
    }
    for hint in hints {
        ui.next("next", hint);
    }
    if !below.is_empty() {
        ui.next("all", &CommandLine::new(context, "check --all").to_string());
    }
}

fn show_finding(ui: &mut Ui, rule: &str, Finding { path, message, .. }: &Finding) {
    let at = if message.starts_with("line ") {
        " "
    } else {
        ": "
    };
    ui.row(rule, &format!("`{path}`{at}{message}"));
}
