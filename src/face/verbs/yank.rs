//! `yank`: withdraws a release, or names what takes a template's place.

use crate::error::{Error, Result};
use crate::face::args::{RegistryArgs, bare};
use crate::face::report::{Detail, Report};
use crate::model::index::Deprecated;
use crate::model::name::TemplateName;
use crate::model::version::typed_version;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::verbs::publish::{Yanked, yank};
use crate::store::reach::Purpose;
use crate::store::registry::Withdrawal;

use super::Verb;

/// Withdraw a version, or name what takes the place of a template
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg yank house@1.1.0 --reason \"it blocks every push\"
  agentpkg yank house@1.1.0 --security --reason \"a push got past it\"
  agentpkg yank house@1.1.0 --undo
  agentpkg yank house --replaced-by org-baseline

Nothing is deleted: who has a yanked release keeps it, and is told. A recalled
one (--security) makes installs, upgrades and `agentpkg audit` fail.")]
pub struct Args {
    /// The release; with --replaced-by, a template
    #[arg(value_name = "NAME[@VERSION]", value_parser = withdrawn)]
    withdrawn: (TemplateName, Option<semver::Version>),
    /// The reason, which everybody who has the release is told
    #[arg(long, alias = "why", value_name = "WHY", value_parser = spoken)]
    reason: Option<String>,
    /// Recall it: it isn't safe, and who has it is to leave it
    #[arg(long)]
    security: bool,
    /// The template that takes the place of this one
    #[arg(long, value_name = "NAME", value_parser = bare, conflicts_with = "security")]
    replaced_by: Option<TemplateName>,
    /// Offer it again
    #[arg(long, conflicts_with_all = ["reason", "security", "replaced_by"])]
    undo: bool,
    #[command(flatten)]
    registry: RegistryArgs,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Change
    }

    fn only_reads(&self) -> bool {
        false
    }

    fn registry(&self) -> Option<&RegistryArgs> {
        Some(&self.registry)
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let (name, _) = &self.withdrawn;
        let withdrawal = withdrawal(session, self)?;
        let yanked = yank(session, name, &withdrawal)?;
        Ok(report(session, name, &withdrawal, &yanked, detail))
    }
}

/// Returns what `yank` was told.
fn withdrawal(session: &Session, args: &Args) -> Result<Withdrawal> {
    let (name, version) = &args.withdrawn;
    let reason = args.reason.clone();
    let line = CommandLine::next(session, "yank");
    match (version, &args.replaced_by, reason) {
        (None, Some(replacement), reason) => Ok(Withdrawal::Deprecate(Deprecated {
            replacement: replacement.clone(),
            reason,
        })),
        (Some(_), Some(replacement), _) => {
            let whole = line
                .word(name.as_str())
                .option("--replaced-by", replacement.as_str());
            let error = Error::user("a template is replaced as a whole, not one release of it");
            Err(error.command(whole))
        }
        (None, None, _) if args.undo => Ok(Withdrawal::Undeprecate),
        (None, None, _) => {
            let error = Error::user(format!("it is not said which release of `{name}` is meant"));
            let releases = CommandLine::next(session, "info").word(name.as_str());
            let deprecate = line.word(name.as_str()).option("--replaced-by", "OTHER");
            Err(error.hint_command("its releases", releases).hint_command(
                format!("write it as `{name}@VERSION`; to deprecate all of it"),
                deprecate,
            ))
        }
        (Some(version), None, Some(reason)) if args.security => {
            Ok(Withdrawal::Recall(version.clone(), reason))
        }
        (Some(version), None, Some(reason)) => Ok(Withdrawal::Yank(version.clone(), reason)),
        (Some(version), None, None) if args.undo => Ok(Withdrawal::Offer(version.clone())),
        (Some(_), None, None) => {
            let again = CommandLine::again(session).option("--reason", "WHY");
            let error = Error::user("it is not said why, which everybody who has it is told");
            Err(error.command(again))
        }
    }
}

/// What was withdrawn, or is offered again.
fn report(
    session: &Session,
    name: &TemplateName,
    withdrawal: &Withdrawal,
    yanked: &Yanked,
    detail: Detail,
) -> Report {
    let mut report = Report::new(detail);
    let is_news = yanked.is_news;
    let (title, reason, undone) = match withdrawal {
        Withdrawal::Yank(version, reason) => (
            format!("yanked {name} {version}: no new installs"),
            Some(reason),
            Some(format!("{name}@{version}")),
        ),
        Withdrawal::Recall(version, reason) => (
            format!(
                "recalled {name} {version}: installs and `agentpkg audit` fail, with the reason"
            ),
            Some(reason),
            Some(format!("{name}@{version}")),
        ),
        Withdrawal::Offer(version) if is_news => {
            (format!("{name} {version} is offered again"), None, None)
        }
        Withdrawal::Offer(version) => (
            format!("nothing to do: {name} {version} was not withdrawn"),
            None,
            None,
        ),
        Withdrawal::Deprecate(deprecated) => (
            format!(
                "deprecated {name}: teams are told to use {}",
                deprecated.replacement
            ),
            deprecated.reason.as_ref(),
            Some(name.to_string()),
        ),
        Withdrawal::Undeprecate if is_news => {
            (format!("{name} is not deprecated any more"), None, None)
        }
        Withdrawal::Undeprecate => (
            format!("nothing to do: {name} was not deprecated"),
            None,
            None,
        ),
    };
    report.title(title);
    if let Some(reason) = reason {
        report.row("reason", reason);
    }
    if matches!(withdrawal, Withdrawal::Yank(..) | Withdrawal::Recall(..)) {
        match &yanked.latest {
            Some(latest) => report.row("use", latest.to_string()),
            None => report.row("use", "no release is left: publish one"),
        }
    }
    report.row("registry", yanked.registry.to_string());
    if let Some(undone) = undone {
        report.gap();
        let undo = CommandLine::next(session, "yank")
            .word(&undone)
            .flag("--undo");
        report.next("go back", undo);
    }
    report
}

fn spoken(text: &str) -> Result<String, Error> {
    match text.trim() {
        "" => Err(Error::user("the reason is empty").command("--reason WHY")),
        text => Ok(text.to_owned()),
    }
}

/// Reads a template, or a release of one.
fn withdrawn(text: &str) -> Result<(TemplateName, Option<semver::Version>), Error> {
    let Some((name, version)) = text.split_once('@') else {
        return Ok((TemplateName::typed(text)?, None));
    };
    let name = TemplateName::typed(name)?;
    match typed_version(version) {
        Ok(version) => Ok((name, Some(version))),
        Err(error) => Err(match error.meant() {
            Some(near) => error.clone().meaning(format!("{name}@{near}")),
            None => error.hint_command("its releases", format!("agentpkg info {name}")),
        }),
    }
}
