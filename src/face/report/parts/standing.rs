//! How installed releases stand in their registries.

use crate::face::report::Report;
use crate::model::manifest::DEFAULT_REGISTRY;
use crate::model::name::TemplateName;
use crate::model::version::Requirement;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::standing::{HeldBack, ReleaseStanding, Template, leave};
use crate::store::asked::AsOf;
use crate::store::registry::Address;

/// Returns the commands that put a template in the place of another.
pub fn replacing(session: &Session, template: &Template, replacement: &TemplateName) -> String {
    let install = CommandLine::new(session, "install").word(replacement.as_str());
    let install = match template.release.registry.as_str() {
        DEFAULT_REGISTRY => install,
        registry => install.option("--registry", registry),
    };
    let remove = CommandLine::new(session, "remove").word(template.name.as_str());
    format!("{install} && {remove}")
}

/// Shows why a release isn't offered any more, and what takes a template's place.
pub fn show_withdrawn(report: &mut Report, session: &Session, template: &Template) {
    let Template { name, standing, .. } = template;
    if let Some(withdrawn) = &standing.withdrawn {
        let label = match withdrawn.recalled {
            true => "recalled",
            false => "yanked",
        };
        let release = format!("{name} {}", template.release.version);
        report.row(label, format!("{release}: {}", withdrawn.reason));
        if withdrawn.recalled {
            report.row("", format!("fix it: {}", leave(session, template)));
        }
    }
    if let Some(deprecated) = &standing.deprecated {
        let replacement = &deprecated.replacement;
        let why = deprecated.reason.as_ref();
        let why = why.map_or(String::new(), |why| format!(" ({why})"));
        report.row("deprecated", format!("{name}: use {replacement}{why}"));
        let replacing = replacing(session, template, replacement);
        report.row("", format!("replace it: {replacing}"));
    }
}

/// Shows the newest releases, with the commands that move to them.
pub fn show_latest(report: &mut Report, session: &Session, template: &Template) {
    let Template { name, standing, .. } = template;
    let ReleaseStanding {
        newer,
        outside,
        held_back,
        unknown,
        ..
    } = standing;
    match (newer, outside, unknown) {
        (None, None, Some(unknown)) => report.row("latest", format!("not known: {unknown}")),
        (None, None, None) => match (&standing.withdrawn, &standing.other) {
            (None, _) if held_back.is_some() => {}
            (None, _) => report.row("latest", "installed"),
            (Some(_), Some(other)) => {
                let leave = leave(session, template);
                report.row("latest", format!("{other}, an earlier one: {leave}"));
            }
            (Some(_), None) => report.row("latest", "no release is offered"),
        },
        (newer, outside, unknown) => {
            if let Some(unknown) = unknown {
                report.row("damaged", unknown);
            }
            if let Some(newer) = newer {
                let upgrade = CommandLine::new(session, "upgrade").word(name.as_str());
                report.row("latest", format!("{newer}: {upgrade}"));
            }
            if let Some(outside) = outside {
                let ask = Requirement::compatible_with(outside);
                let upgrade = CommandLine::new(session, "upgrade").word(&format!("{name}@{ask}"));
                let wanted = template.requirement.as_ref();
                let wanted = wanted.map_or(String::new(), ToString::to_string);
                report.row("newer", format!("{outside} is outside {wanted}: {upgrade}"));
            }
        }
    }
    if let Some(HeldBack { version, why }) = held_back {
        report.row("held back", format!("{version}; {why}"));
    }
}

/// For how many seconds news are not called old.
const FRESH: i64 = 600;

/// Says how old news are that nobody asked for anew.
pub fn show_age(report: &mut Report, session: &Session, as_of: &[(Address, AsOf)]) {
    for (registry, AsOf { at, why }) in as_of {
        let age = session.environment.now.saturating_sub(*at);
        if why.is_none() && age < FRESH {
            continue;
        }
        let age = ago(age);
        match why {
            Some(why) => report.row("as of", format!("{age}: {registry} doesn't answer: {why}")),
            None => report.row("as of", format!("{age}; `agentpkg audit` asks again")),
        }
    }
}

/// Returns how long ago something was.
fn ago(seconds: i64) -> String {
    match seconds {
        ..120 => "just now".to_owned(),
        120..7200 => format!("{} minutes ago", seconds / 60),
        7200..172_800 => format!("{} hours ago", seconds / 3600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// Returns a release and how it stands, in a few words: "house 1.0.0 (1.1.0 is available)".
pub fn in_short(template: &Template) -> String {
    let Template { name, standing, .. } = template;
    let version = &template.release.version;
    let stands = match standing {
        _ if standing.recall().is_some() => "recalled".to_owned(),
        ReleaseStanding {
            deprecated: Some(_),
            ..
        } => "deprecated".to_owned(),
        ReleaseStanding {
            withdrawn: Some(_), ..
        } => "yanked".to_owned(),
        ReleaseStanding {
            newer: Some(newer), ..
        } => format!("{newer} is available"),
        ReleaseStanding {
            outside: Some(outside),
            ..
        } => {
            let wanted = template.requirement.as_ref();
            let wanted = wanted.map_or(String::new(), |wanted| format!(", outside {wanted}"));
            format!("{outside} is available{wanted}")
        }
        ReleaseStanding {
            held_back: Some(held_back),
            ..
        } => format!("{} is held back", held_back.version),
        ReleaseStanding {
            unknown: Some(_), ..
        } => return format!("{name} {version}"),
        _ => "latest".to_owned(),
    };
    format!("{name} {version} ({stands})")
}
