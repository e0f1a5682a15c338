//! Where a command works: the folder, the packages below it, the registry.

use crate::face::report::Report;
use crate::model::manifest::DEFAULT_REGISTRY;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::packages::{command_for, few};
use crate::store::config::{By, Chosen};
use crate::store::workspace::RootReason;

/// Says which folder is meant, when it isn't the current one.
pub fn folder(report: &mut Report, session: &Session) {
    let root = session.workspace.root();
    let why = match session.workspace.why() {
        RootReason::Here | RootReason::Package => return,
        RootReason::Named => "",
        RootReason::Manifest => ", the nearest with an `agentpkg.toml`",
        RootReason::Git => ", the root of the git repository",
    };
    if root != session.environment.here {
        report.row("in", format!("{}{why}", root.display()));
    }
}

/// Names the packages below a folder, each of which has its own agentpkg.toml or agentpkg.lock.
pub fn packages(report: &mut Report, below: &[RelPath]) {
    if !below.is_empty() {
        let count = below.len();
        let names = match report.is_verbose() {
            true => below
                .iter()
                .map(RelPath::as_str)
                .collect::<Vec<_>>()
                .join(", "),
            false => few(below),
        };
        report.row(
            "packages",
            format!("{count} below, each on its own: {names}"),
        );
    }
}

/// Prints the commands that do the packages below a folder that is none.
pub fn next_packages(report: &mut Report, session: &Session, command: &str, below: &[RelPath]) {
    let all = CommandLine::new(session, command).flag("--all");
    report.next("all", all);
    if let Some(first) = below.first() {
        report.next("one", command_for(session, command, first));
    }
}

/// Returns which registry is used, and who says so.
pub fn registry(chosen: &Chosen) -> String {
    match chosen.by {
        By::Nobody => {
            "embedded: agentpkg's own starter templates; `--registry DIR` names your own".to_owned()
        }
        By::Manifest => chosen.address.to_string(),
        _ => format!("{}, named by {}", chosen.address, chosen.by),
    }
}

/// Returns the command about a template of a registry, by its name in agentpkg.toml.
pub fn command_about(session: &Session, verb: &str, name: &TemplateName, registry: &str) -> String {
    let line = CommandLine::next(session, verb).word(name.as_str());
    match registry {
        DEFAULT_REGISTRY => line.to_string(),
        registry => line.option("--registry", registry).to_string(),
    }
}
