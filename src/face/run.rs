//! From arguments to an exit code: 0 done, 1 done and a person is needed, 2 not done.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::error::{ContextKind, ContextValue};

use crate::agent::NOT_FOR_FILES;
use crate::agent::claude::places::managed_folder;
use crate::error::{Error, Result};
use crate::merge::pieces::Side;
use crate::model::finding::Severity;
use crate::model::index::Deprecated;
use crate::model::name::TemplateName;
use crate::ops::steps::change::Outcome;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::verbs::proposals::ReviewedProposal;
use crate::ops::{self, Ask, Progress as _, Session};
use crate::store::config::{Environment, Permits, TRUST, surroundings};
use crate::store::fs;
use crate::store::http::Credentials;
use crate::store::reach::Purpose;
use crate::store::registry::Withdrawal;
use crate::store::workspace::Workspace;
use crate::words;

use super::ask::Person;
use super::cli::{
    Cli, Color, Command, Format, Global, Mails, MergeFile, Proposals, RegistryArgs, Yank,
};
use super::manual;
use super::packages::{self, CheckPackages, Each as _, Status};
use super::progress::Spinner;
use super::ui::Ui;
use super::{json, report, sarif};
use crate::ops::steps::packages::mentioned;
use crate::ops::verbs::contribute::Output;

/// Whether a person is needed.
pub type Needed = bool;

/// What tells git that its merge driver failed; it takes any code up to 128 for a conflict, and
/// keeps ours without a word.
const DRIVER_FAILED: u8 = 129;

/// Runs the program.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let is_driver = ["merge-file", "--driver"]
        .iter()
        .all(|word| arguments.iter().any(|argument| argument == word));
    let failed = if is_driver { DRIVER_FAILED } else { 2 };
    let arguments = if is_driver {
        with_names_apart(arguments)
    } else {
        arguments
    };
    let cli = match Cli::read(&arguments) {
        Ok(cli) => cli,
        Err(error) => return misread(&error, &arguments, failed),
    };
    choose_color(cli.global.color);
    let mut ui = Ui::new(cli.global.quiet, cli.global.verbose);
    if let Some(repo) = &cli.global.repo {
        ui.name_repo(repo);
    }
    let code = match dispatch(&cli, arguments.get(1..).unwrap_or_default(), &mut ui) {
        Ok(needed) => {
            if needed || cli.command.as_ref().is_none_or(only_reads) {
                ui.speak();
            }
            u8::from(needed)
        }
        Err(error) => {
            ui.error(&error);
            failed
        }
    };
    ExitCode::from(if ui.flush() { code } else { failed })
}

/// A driver gets names from git, and one may look like an option.
fn with_names_apart(mut arguments: Vec<OsString>) -> Vec<OsString> {
    const NAMES: usize = 4;
    let driver = arguments.iter().position(|argument| argument == "--driver");
    if driver.is_some_and(|driver| driver + NAMES < arguments.len())
        && arguments.iter().all(|one| one != "--")
    {
        arguments.insert(arguments.len() - NAMES, "--".into());
    }
    arguments
}

/// Returns what a command asks other machines for; none is a bare `agentpkg`.
fn purpose(command: Option<&Command>) -> Purpose {
    match command {
        None | Some(Command::Status { .. }) => Purpose::News,
        Some(
            Command::Install(_)
            | Command::Upgrade(_)
            | Command::Resolve(_)
            | Command::Remove { .. }
            | Command::Contribute(_)
            | Command::Eject { .. }
            | Command::Undo { .. }
            | Command::New { .. }
            | Command::Publish { .. }
            | Command::Yank(_)
            | Command::Proposals {
                command: Proposals::Apply { .. },
            },
        ) => Purpose::Change,
        Some(
            Command::Diff { .. }
            | Command::Audit(_)
            | Command::Search { .. }
            | Command::Info { .. }
            | Command::Proposals {
                command: Proposals::Show { .. },
            }
            | Command::Test { .. }
            | Command::Check { .. }
            | Command::Lint { .. }
            | Command::MergeFile(_)
            | Command::Cache { .. }
            | Command::Completions { .. }
            | Command::Man { .. },
        ) => Purpose::Look,
    }
}

/// Whether a command's report is all that was asked for.
fn only_reads(command: &Command) -> bool {
    match command {
        Command::Status { .. }
        | Command::Diff { .. }
        | Command::Audit(_)
        | Command::Search { .. }
        | Command::Info { .. }
        | Command::Proposals {
            command: Proposals::Show { .. },
        }
        | Command::Cache { .. }
        | Command::Completions { .. }
        | Command::Man { .. } => true,
        Command::Check { json, .. } => json.json,
        Command::Lint { format, .. } => *format != Format::Text,
        Command::MergeFile(options) => options.json.json,
        Command::Install(_)
        | Command::Upgrade(_)
        | Command::Resolve(_)
        | Command::Remove { .. }
        | Command::Contribute(_)
        | Command::Eject { .. }
        | Command::Undo { .. }
        | Command::New { .. }
        | Command::Test { .. }
        | Command::Publish { .. }
        | Command::Proposals {
            command: Proposals::Apply { .. },
        }
        | Command::Yank(_) => false,
    }
}

/// Says why the arguments can't be read: a value that one of our types refused in our words, the
/// rest in clap's.
fn misread(error: &clap::Error, arguments: &[OsString], failed: u8) -> ExitCode {
    match std::error::Error::source(error).and_then(|source| source.downcast_ref::<Error>()) {
        Some(own) => Ui::new(false, false).error(&corrected(own, error, arguments)),
        None => _ = error.print(),
    }
    if error.use_stderr() {
        ExitCode::from(failed)
    } else {
        ExitCode::SUCCESS
    }
}

/// Returns an error about a word of the command line with the command that was meant, where the
/// error says which word was.
fn corrected(own: &Error, error: &clap::Error, arguments: &[OsString]) -> Error {
    let (Some(meant), Some(ContextValue::String(word))) =
        (own.meant(), error.get(ContextKind::InvalidValue))
    else {
        return own.clone();
    };
    let typed: Vec<String> = arguments
        .iter()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let command = CommandLine::typed(&typed).replacing(word, meant);
    own.clone().without_hints().hint(command.to_string())
}

fn choose_color(color: Color) {
    match color {
        Color::Auto => {}
        Color::Always => {
            anstream::ColorChoice::Always.write_global();
            dialoguer::console::set_colors_enabled_stderr(true);
        }
        Color::Never => {
            anstream::ColorChoice::Never.write_global();
            dialoguer::console::set_colors_enabled_stderr(false);
        }
    }
}

/// `typed` is what stands behind the program's name.
fn dispatch(cli: &Cli, typed: &[OsString], ui: &mut Ui) -> Result<Needed> {
    let Some(command) = &cli.command else {
        return with_context(&cli.global, None, typed, |context, _| {
            let outcome = ops::verbs::welcome::welcome(context)?;
            report::welcome::show(ui, context, &outcome, &mentioned(context));
            Ok(false)
        });
    };
    if let Command::Completions { shell } = command {
        ui.raw(&manual::completions(*shell));
        return Ok(false);
    }
    if let Command::Man { output } = command {
        match output {
            Some(folder) => manual::write_pages(folder)?,
            None => ui.raw(&manual::page()),
        }
        return Ok(false);
    }
    if let Command::MergeFile(options) = command
        && !options.install
        && !options.uninstall
    {
        return merge_file(options, ui);
    }
    with_context(&cli.global, Some(command), typed, |context, spinner| {
        act(command, context, spinner, ui)
    })
}

fn registry_of(command: &Command) -> Option<&RegistryArgs> {
    match command {
        Command::Install(install) => Some(&install.registry),
        Command::Upgrade(upgrade) => Some(&upgrade.registry),
        Command::Yank(yank) => Some(&yank.registry),
        Command::Search { registry, .. }
        | Command::Info { registry, .. }
        | Command::Publish { registry, .. }
        | Command::Proposals {
            command:
                Proposals::Show {
                    mails: Mails { registry, .. },
                    ..
                }
                | Proposals::Apply {
                    mails: Mails { registry, .. },
                    ..
                },
        } => Some(registry),
        Command::Undo { .. }
        | Command::Resolve(_)
        | Command::Remove { .. }
        | Command::Eject { .. }
        | Command::Status { .. }
        | Command::Audit(_)
        | Command::Contribute(_)
        | Command::Diff { .. }
        | Command::New { .. }
        | Command::Test { .. }
        | Command::Check { .. }
        | Command::Lint { .. }
        | Command::MergeFile(_)
        | Command::Cache { .. }
        | Command::Completions { .. }
        | Command::Man { .. } => None,
    }
}

/// Returns whether `--unsigned` was given, and whether `--insecure` was.
fn permitted(command: &Command) -> (bool, bool) {
    match command {
        Command::Install(install) => (install.unsigned, install.insecure),
        Command::Upgrade(upgrade) => (upgrade.unsigned, upgrade.insecure),
        _ => (false, false),
    }
}

/// Changes the repo, and writes what was done, or what has to be approved first, to a file.
fn reported(
    context: &mut Session,
    file: &Option<PathBuf>,
    change: impl FnOnce(&mut Session) -> Result<Outcome>,
) -> Result<Outcome> {
    let place = match file {
        Some(file) => Some(report_place(context, file)?),
        None => None,
    };
    let changed = change(context);
    let text = match &changed {
        Ok(outcome) => report::merge_request::body(outcome),
        Err(error) if !error.enclosures().is_empty() => report::merge_request::refused(error),
        Err(_) => return changed,
    };
    let written = match place {
        Some(place) => fs::write_out(&place, text.as_bytes()),
        None => Ok(()),
    };
    match (changed, written) {
        (Ok(outcome), Err(error)) if outcome.applied => {
            Err(error.note("what was asked for is done; only the report is missing"))
        }
        (Ok(_), Err(error)) => Err(error),
        (Err(refused), Err(error)) => Err(refused.note(error.message())),
        (changed, Ok(())) => changed,
    }
}

/// Returns where a report goes.
///
/// # Errors
/// Where there is no such folder, and for what agentpkg, git or an agent reads.
fn report_place(context: &Session, file: &Path) -> Result<PathBuf> {
    const FOLDERS: [&str; 4] = [".git", ".agentpkg", ".claude", ".agents"];
    let place = context.environment.here.join(file);
    let shown = words::path_quoted(&file.display().to_string());
    let folder = place.parent().filter(|folder| fs::is_folder(folder));
    let Some(folder) = folder.filter(|_| !fs::is_folder(&place)) else {
        let error = Error::user(format!("`{shown}` is no place for a report"));
        return Err(error
            .note("nothing was changed")
            .hint("name a file in a folder that is there"));
    };
    let real = fs::canonical(folder)?.join(place.file_name().unwrap_or_default());
    let Ok(inside) = real.strip_prefix(context.workspace.root()) else {
        return Ok(place);
    };
    let first = inside.iter().next().and_then(|part| part.to_str());
    let is_read = first.is_some_and(|first| FOLDERS.contains(&first))
        || NOT_FOR_FILES
            .iter()
            .any(|(path, _)| Path::new(path) == inside);
    if is_read {
        let error = Error::user(format!(
            "`{shown}` can't be a report: agentpkg, git or an agent reads it"
        ));
        return Err(error
            .note("nothing was changed")
            .hint("name another file: `--report ../report.md`"));
    }
    Ok(place)
}

fn act(command: &Command, context: &mut Session, spinner: &Spinner, ui: &mut Ui) -> Result<Needed> {
    match command {
        Command::Install(install) => {
            let options = ops::verbs::install::Options {
                requests: install.requests.clone(),
                settings: install.settings.clone(),
                approve: install.approve.clone(),
                locked: install.locked,
                dry_run: install.dry_run,
            };
            let outcome = reported(context, &install.report, |context| {
                ops::verbs::install::install(context, &options)
            })?;
            spinner.stop();
            Ok(report::change::show(ui, context, &outcome))
        }
        Command::Upgrade(upgrade) if upgrade.abort => {
            let outcome = ops::verbs::undo::abort(context, upgrade.dry_run)?;
            Ok(report::undo::show(ui, context, &outcome))
        }
        Command::Upgrade(upgrade) => {
            let options = ops::verbs::upgrade::Options {
                requests: upgrade.requests.clone(),
                settings: upgrade.settings.clone(),
                approve: upgrade.approve.clone(),
                restore: upgrade.restore.clone(),
                commit: upgrade.commit,
                approve_in_review: upgrade.approve_in_review,
                dry_run: upgrade.dry_run,
            };
            let outcome = reported(context, &upgrade.report, |context| {
                ops::verbs::upgrade::upgrade(context, &options)
            })?;
            spinner.stop();
            Ok(report::change::show(ui, context, &outcome))
        }
        Command::Resolve(resolve) => {
            let side = match (resolve.local, resolve.upstream) {
                (true, _) => Some(Side::Ours),
                (_, true) => Some(Side::Theirs),
                _ => None,
            };
            if side.is_some() && resolve.paths.is_empty() && !resolve.all {
                let error = Error::user("it is not said which conflicts are meant");
                return Err(error.hint("name the files, or add `--all`"));
            }
            let options = ops::verbs::resolve::Options {
                paths: resolve.paths.clone(),
                side,
                dry_run: resolve.dry_run,
            };
            let outcome = ops::verbs::resolve::resolve(context, &options)?;
            spinner.stop();
            Ok(report::resolve::show(ui, context, &outcome))
        }
        Command::Remove {
            names,
            keep_files,
            dry_run,
        } => {
            let options = ops::verbs::remove::Options {
                names: names.clone(),
                keep_files: *keep_files,
                dry_run: *dry_run,
            };
            let outcome = ops::verbs::remove::remove(context, &options)?;
            Ok(match keep_files {
                true => report::kept_files::show(ui, context, &outcome),
                false => report::remove::show(ui, context, &outcome),
            })
        }
        Command::Eject { dry_run } => {
            let options = ops::verbs::remove::Options {
                keep_files: true,
                dry_run: *dry_run,
                ..Default::default()
            };
            let outcome = ops::verbs::remove::remove(context, &options)?;
            Ok(report::kept_files::show(ui, context, &outcome))
        }
        Command::Undo {
            interrupted: true,
            approve,
            discard,
            dry_run,
            ..
        } => {
            let options = ops::verbs::undo::ForeignOptions {
                approve: approve.clone(),
                discard: *discard,
                dry_run: *dry_run,
            };
            let outcome = ops::verbs::undo::interrupted(context, &options)?;
            Ok(report::undo::show_foreign(ui, context, &outcome))
        }
        Command::Undo { redo, dry_run, .. } => {
            let outcome = ops::verbs::undo::undo(context, *redo, *dry_run)?;
            Ok(report::undo::show(ui, context, &outcome))
        }
        Command::Status { all, json: shape } => match (all, shape.json) {
            (true, is_json) => packages::all(context, ui, is_json, &Status),
            (false, true) => Status.json(context, ui),
            (false, false) => Status.show(context, ui, &mentioned(context)),
        },
        Command::Diff { only, json: shape } => {
            let files =
                ops::verbs::diff::diff(context, &ops::verbs::diff::Options { only: only.clone() })?;
            match shape.json {
                true => ui.raw(&json::diff(context, &files)),
                false => report::status::show_diff(ui, &files),
            }
            Ok(false)
        }
        Command::Contribute(contribute) => {
            let options = ops::verbs::contribute::Options {
                wanted: contribute.wanted.clone(),
                why: contribute.message.clone(),
                additions: contribute.with_additions,
                readings: contribute.read.clone(),
                output: contribute
                    .output
                    .as_ref()
                    .map(|output| match output.as_os_str() == "-" {
                        true => Output::Standard,
                        false => Output::File(output.clone()),
                    }),
                yes: contribute.yes,
                separate: contribute.separate,
                dry_run: contribute.dry_run,
            };
            let outcome = ops::verbs::contribute::contribute(context, &options)?;
            spinner.stop();
            Ok(report::contribute::show(ui, context, &outcome))
        }
        Command::Check {
            all,
            strict,
            hooks,
            json: shape,
        } => {
            let check = CheckPackages {
                options: ops::verbs::check::Options {
                    strict: *strict,
                    hooks: *hooks,
                },
                spinner,
            };
            match (all, shape.json) {
                (true, is_json) => packages::all(context, ui, is_json, &check),
                (false, true) => check.json(context, ui),
                (false, false) => check.show(context, ui, &mentioned(context)),
            }
        }
        Command::Lint { path, format } => {
            let outcome = ops::verbs::lint::lint(context, path.as_deref())?;
            match format {
                Format::Text => report::lint::show(ui, context, &outcome),
                Format::Json => ui.raw(&json::lint(&outcome)),
                Format::Sarif => ui.raw(&sarif::lint(&outcome)),
            }
            Ok(outcome.count(Severity::Error) > 0)
        }
        Command::Audit(shape) => {
            let outcome = ops::verbs::audit::audit(context)?;
            spinner.stop();
            match shape.json {
                true => ui.raw(&json::audit(context, &outcome)),
                false => report::audit::show(ui, context, &outcome),
            }
            Ok(outcome.problems() > 0)
        }
        Command::Search {
            words, json: shape, ..
        } => {
            let found = ops::verbs::search::search(context, words)?;
            match shape.json {
                true => ui.raw(&json::search(&found)),
                false => report::catalog::show_search(ui, context, &found),
            }
            Ok(false)
        }
        Command::Info {
            about, json: shape, ..
        } if ops::verbs::info_path::is_path(context, about) => {
            let outcome = ops::verbs::info_path::info_path(context, about)?;
            match shape.json {
                true => ui.raw(&report::info_path::to_json(context, &outcome)),
                false => report::info_path::show(ui, context, &outcome),
            }
            Ok(false)
        }
        Command::Info {
            about, json: shape, ..
        } => {
            let name = TemplateName::typed(about)?;
            let info = ops::verbs::info::info(context, &name)?;
            match shape.json {
                true => ui.raw(&json::info(&info)),
                false => report::catalog::show_info(ui, context, &info),
            }
            Ok(false)
        }
        Command::New { name, from } => {
            let options = ops::verbs::new::Options {
                name: name.clone(),
                from: from.clone(),
            };
            report::new::show(ui, &ops::verbs::new::new(context, &options)?);
            Ok(false)
        }
        Command::Test { source, bless } => {
            let options = ops::verbs::test::Options {
                source: source.clone(),
                bless: *bless,
            };
            let outcome = ops::verbs::test::test(&options)?;
            spinner.stop();
            Ok(report::test::show(ui, &outcome))
        }
        Command::Publish {
            source,
            bump,
            prepare,
            dry_run,
            ..
        } => {
            let options = ops::verbs::publish::Options {
                source: source.clone(),
                bump: bump.clone(),
                prepare: *prepare,
                dry_run: *dry_run,
            };
            let outcome = ops::verbs::publish::publish(context, &options)?;
            spinner.stop();
            report::publish::show(ui, context, &options, &outcome);
            Ok(false)
        }
        Command::Yank(yank) => {
            let (name, _) = &yank.withdrawn;
            let withdrawal = withdrawal(context, yank)?;
            let yanked = ops::verbs::publish::yank(context, name, &withdrawal)?;
            report::publish::show_yank(ui, context, name, &withdrawal, &yanked);
            Ok(false)
        }
        Command::Proposals { command } => proposals(command, context, spinner, ui),
        Command::Cache { clear } => {
            report::cache::show(ui, &ops::verbs::cache::cache(context, *clear)?);
            Ok(false)
        }
        Command::MergeFile(options) => {
            let how = ops::verbs::merge_driver::Options {
                yes: options.yes,
                dry_run: options.dry_run,
            };
            if options.install {
                let outcome = ops::verbs::merge_driver::install(context, how)?;
                report::merge_driver::show_installed(ui, context, &outcome);
            } else {
                let outcome = ops::verbs::merge_driver::uninstall(context, how)?;
                report::merge_driver::show_uninstalled(ui, context, &outcome);
            }
            Ok(false)
        }
        Command::Completions { .. } | Command::Man { .. } => Ok(false),
    }
}

/// Returns what `yank` was told.
fn withdrawal(context: &Session, yank: &Yank) -> Result<Withdrawal> {
    let (name, version) = &yank.withdrawn;
    let reason = yank.reason.clone();
    let line = |rest: &str| CommandLine::next(context, "yank").word(rest);
    match (version, &yank.replaced_by, reason) {
        (None, Some(replacement), reason) => Ok(Withdrawal::Deprecate(Deprecated {
            replacement: replacement.clone(),
            reason,
        })),
        (Some(_), Some(replacement), _) => {
            let whole = line(name.as_str()).option("--replaced-by", replacement.as_str());
            let error = Error::user("a template is replaced as a whole, not one release of it");
            Err(error.hint(whole.to_string()))
        }
        (None, None, _) if yank.undo => Ok(Withdrawal::Undeprecate),
        (None, None, _) => {
            let error = Error::user(format!("it is not said which release of `{name}` is meant"));
            let releases = CommandLine::next(context, "info").word(name.as_str());
            let deprecate = line(name.as_str()).option("--replaced-by", "OTHER");
            Err(error
                .hint(format!("its releases: {releases}"))
                .hint(format!(
                    "write it as `{name}@VERSION`; to deprecate all of it: {deprecate}"
                )))
        }
        (Some(version), None, Some(reason)) if yank.security => {
            Ok(Withdrawal::Recall(version.clone(), reason))
        }
        (Some(version), None, Some(reason)) => Ok(Withdrawal::Yank(version.clone(), reason)),
        (Some(version), None, None) if yank.undo => Ok(Withdrawal::Offer(version.clone())),
        (Some(_), None, None) => {
            let again = CommandLine::again(context).option("--reason", "WHY");
            let error = Error::user("it is not said why, which everybody who has it is told");
            Err(error.hint(again.to_string()))
        }
    }
}

fn proposals(
    command: &Proposals,
    context: &Session,
    spinner: &Spinner,
    ui: &mut Ui,
) -> Result<Needed> {
    let options = |mails: &Mails| ops::verbs::proposals::Options {
        files: mails.files.clone(),
        template: mails.template.clone(),
    };
    match command {
        Proposals::Show { mails, json: shape } => {
            let shown = ops::verbs::proposals::preview(context, &options(mails))?;
            spinner.stop();
            match shape.json {
                true => ui.raw(&json::proposals(context, &shown)),
                false => report::proposals::show(ui, context, &shown, mails),
            }
            Ok(!shown.proposals.iter().all(ReviewedProposal::is_sound))
        }
        Proposals::Apply {
            mails,
            commit,
            dry_run,
        } => {
            let way = ops::verbs::proposals::AcceptMode {
                commit: *commit,
                dry_run: *dry_run,
            };
            let outcome = ops::verbs::proposals::apply(context, &options(mails), way)?;
            spinner.stop();
            Ok(report::proposals::applied(ui, context, &outcome))
        }
    }
}

fn merge_file(arguments: &MergeFile, ui: &mut Ui) -> Result<Needed> {
    let file = |index: usize| arguments.files[index].clone();
    let named = |index: usize| arguments.files[index].to_string_lossy().into_owned();
    let (ours, base, name) = match (arguments.driver, arguments.files.len()) {
        (true, 4) => (file(1), file(0), named(3)),
        (false, 3) => (
            file(0),
            file(1),
            arguments.path.clone().unwrap_or_else(|| named(0)),
        ),
        (true, _) => {
            return Err(
                Error::user("a merge driver needs four names").hint("write `--driver %O %A %B %P`")
            );
        }
        (false, _) => {
            return Err(
                Error::user("there are three files to merge").hint("write `OURS BASE THEIRS`")
            );
        }
    };
    let replace = !arguments.print;
    let markers = arguments.markers || arguments.driver;
    let options = ops::verbs::merge_file::Options {
        ours,
        base,
        theirs: file(2),
        name,
        replace,
        markers,
    };
    let outcome = ops::verbs::merge_file::merge_file(&options)?;
    match (arguments.json.json, arguments.print) {
        (true, print) => ui.raw(&json::merge_file(&outcome, print)),
        (false, true) if !ui.bytes(&outcome.bytes) => {
            return Err(Error::user("the result was not printed whole"));
        }
        _ => {}
    }
    if arguments.explain {
        report::merge_file::explain(ui, &outcome);
    }
    Ok(report::merge_file::show(ui, &outcome, replace))
}

fn with_context(
    global: &Global,
    command: Option<&Command>,
    typed: &[OsString],
    act: impl FnOnce(&mut Session, &Spinner) -> Result<Needed>,
) -> Result<Needed> {
    let environment = environment(global, command, typed)?;
    let workspace = Workspace::find(global.repo.as_deref(), &environment.here)?;
    let makes_it = matches!(command, Some(Command::Install(_)));
    if !makes_it && !crate::store::fs::is_folder(workspace.root()) {
        return Err(Error::user(format!(
            "there is no folder `{}`",
            workspace.root().display()
        )));
    }
    let pager = std::env::var_os("PAGER").and_then(|pager| pager.into_string().ok());
    let person = Person::present(pager.filter(|pager| !pager.is_empty()));
    let spinner = Spinner::start(global.quiet, &environment.http);
    let mut context = Session {
        workspace,
        environment,
        person: person.as_ref().map(|person| person as &dyn Ask),
        progress: &spinner,
    };
    let result = act(&mut context, &spinner);
    spinner.stop();
    result
}

/// Reads what surrounds the process, here and nowhere else.
fn environment(
    global: &Global,
    command: Option<&Command>,
    typed: &[OsString],
) -> Result<Environment> {
    let registry = command.and_then(registry_of);
    let purpose = purpose(command);
    let (unsigned, insecure) = command.map_or((false, false), permitted);
    let here = std::env::current_dir().map_err(|error| Error::io("find", ".", &error))?;
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let text = |name: &str| variable(name)?.into_os_string().into_string().ok();
    // As the XDG base directory specification has it: what is no absolute folder isn't one.
    let folder = |name: &str| variable(name).filter(|folder| folder.is_absolute());
    let user = folder("XDG_CONFIG_HOME").or_else(|| Some(variable("HOME")?.join(".config")));
    let state = folder("XDG_STATE_HOME").or_else(|| Some(variable("HOME")?.join(".local/state")));
    let cache = folder("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    let configs = user.into_iter().chain([PathBuf::from("/etc")]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs().cast_signed());
    let published = variable("SOURCE_DATE_EPOCH")
        .and_then(|seconds| seconds.to_str()?.parse::<u32>().ok())
        .map_or(now, i64::from);
    Ok(Environment {
        here,
        now,
        published,
        typed: typed
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect(),
        flag: registry.and_then(|registry| registry.registry.clone()),
        registry: text("AGENTPKG_REGISTRY"),
        trust: text(TRUST),
        configs: configs
            .map(|folder| folder.join("agentpkg/config.toml"))
            .collect(),
        state,
        cache: cache.map(|folder| folder.join("agentpkg")),
        offline: global.offline,
        purpose,
        permits: Permits { unsigned, insecure },
        permits_of: registry.and_then(|registry| registry.registry.clone()),
        credentials: Arc::new(Credentials::new(surroundings(purpose))),
        managed: Some(PathBuf::from(managed_folder(std::env::consts::OS))),
        ..Environment::default()
    })
}
