//! From arguments to an exit code: 0 done, 1 done and a person is needed, 2 not done.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};

use crate::error::{Error, Result};
use crate::ops::steps::command_line::CommandLine;
use crate::ops::{Ask, Progress as _, Session};
use crate::store::fs;
use crate::store::workspace::Workspace;

use super::ask::Person;
use super::cli::{Cli, Color};
use super::progress::Spinner;
use super::report::terminal::Terminal;
use super::report::{Ended, Report};
use super::surroundings::{environment, pager};

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
    let mut terminal = Terminal::new(cli.global.quiet, cli.global.verbose);
    if let Some(repo) = &cli.global.repo {
        terminal.name_repo(repo);
    }
    let typed = arguments.get(1..).unwrap_or_default();
    let ended = match carry_out(&cli, typed) {
        Ok(report) => terminal.print(&report, cli.verb().only_reads()),
        Err(error) => {
            terminal.error(&error);
            Ended::NotDone
        }
    };
    ExitCode::from(match ended {
        Ended::Done => 0,
        Ended::NeedsAPerson => 1,
        Ended::NotDone => failed,
    })
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

/// Says why the arguments can't be read: a value that one of our types refused in our words, the
/// rest in clap's.
fn misread(error: &clap::Error, arguments: &[OsString], failed: u8) -> ExitCode {
    match std::error::Error::source(error).and_then(|source| source.downcast_ref::<Error>()) {
        Some(own) => Terminal::new(false, false).error(&corrected(own, error, arguments)),
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
    own.clone().without_hints().command(command)
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

/// Carries the verb out; `typed` is what stands behind the program's name.
fn carry_out(cli: &Cli, typed: &[OsString]) -> Result<Report> {
    let (global, verb) = (&cli.global, cli.verb());
    if let Some(done) = verb.run_alone() {
        return done;
    }
    let environment = environment(global, verb, typed)?;
    let workspace = Workspace::find(global.repo.as_deref(), &environment.here)?;
    if !verb.makes_the_folder() && !fs::is_folder(workspace.root()) {
        return Err(Error::user(format!(
            "there is no folder `{}`",
            workspace.root().display()
        )));
    }
    let person = Person::present(pager());
    let spinner = Spinner::start(global.quiet, &environment.http);
    let mut session = Session {
        workspace,
        environment,
        person: person.as_ref().map(|person| person as &dyn Ask),
        progress: &spinner,
    };
    let done = verb.run(&mut session, global.detail());
    spinner.stop();
    done
}
