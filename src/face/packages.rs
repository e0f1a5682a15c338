//! `--all`: a command that reads, for every package of a monorepo, each by itself.

use std::path::Path;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::ops::steps::packages::{Package, each};
use crate::ops::{self, Progress as _, Session};
use crate::words;

use super::progress::Spinner;
use super::run::Needed;
use super::ui::Ui;
use super::{json, report};

/// A command that can be carried out in each package.
pub trait Each {
    /// What it is called.
    const NAME: &'static str;

    /// Whether its report is what was asked for, although nothing is wrong.
    const IS_ASKED_FOR: bool;

    /// Carries it out, and shows its report with the packages that lie below.
    fn show(&self, context: &Session, ui: &mut Ui, below: &[RelPath]) -> Result<Needed>;

    /// Carries it out, and returns its report for programs.
    fn report(&self, context: &Session) -> Result<(Value, Needed)>;

    /// Carries it out in one folder, and prints its report for programs.
    fn json(&self, context: &Session, ui: &mut Ui) -> Result<Needed> {
        let (report, needed) = self.report(context)?;
        ui.raw(&json::report(Self::NAME, report));
        Ok(needed)
    }
}

/// `status`.
pub struct Status;

impl Each for Status {
    const NAME: &'static str = "status";
    const IS_ASKED_FOR: bool = true;

    fn show(&self, context: &Session, ui: &mut Ui, below: &[RelPath]) -> Result<Needed> {
        let outcome = ops::verbs::status::status(context)?;
        Ok(report::status::show(ui, context, &outcome, below))
    }

    fn report(&self, context: &Session) -> Result<(Value, Needed)> {
        let outcome = ops::verbs::status::status(context)?;
        let is_broken = outcome.files.iter().any(|file| file.wrong.is_some());
        Ok((json::status(context, &outcome), is_broken))
    }
}

/// `check`.
pub struct CheckPackages<'a> {
    /// What it was told.
    pub options: ops::verbs::check::Options,
    /// What turns while it lasts.
    pub spinner: &'a Spinner,
}

impl Each for CheckPackages<'_> {
    const NAME: &'static str = "check";
    const IS_ASKED_FOR: bool = false;

    fn show(&self, context: &Session, ui: &mut Ui, below: &[RelPath]) -> Result<Needed> {
        let outcome = ops::verbs::check::check(context, &self.options)?;
        self.spinner.stop();
        report::check::show(ui, context, &outcome, below);
        Ok(!outcome.failures.is_empty())
    }

    fn report(&self, context: &Session) -> Result<(Value, Needed)> {
        let outcome = ops::verbs::check::check(context, &self.options)?;
        self.spinner.stop();
        let needed = !outcome.failures.is_empty();
        Ok((json::check(context, &outcome), needed))
    }
}

/// Carries a command out in every package. A broken one doesn't hide the others.
///
/// # Errors
/// When there is no package, or one is broken: the others are shown all the same.
pub fn all<E: Each>(context: &Session, ui: &mut Ui, is_json: bool, command: &E) -> Result<Needed> {
    let packages = each(context)?;
    let ended = match is_json {
        true => all_as_json(context, ui, &packages, command),
        false => all_shown(ui, &packages, command),
    };
    match ended.broken.as_slice() {
        [] => Ok(ended.needed),
        broken => {
            ui.speak();
            let message = format!(
                "{} of {} can't be read: {}",
                broken.len(),
                words::count(packages.len(), "package"),
                broken.join(", ")
            );
            Err(Error::user(message))
        }
    }
}

/// How a command ended in all packages.
#[derive(Default)]
struct Ended {
    /// Whether a person is needed in one.
    needed: bool,
    /// The folders in which it failed.
    broken: Vec<String>,
}

/// Shows each report below the folder that it is of.
fn all_shown<E: Each>(ui: &mut Ui, packages: &[Package], command: &E) -> Ended {
    let mut ended = Ended::default();
    for (index, Package { folder, context }) in packages.iter().enumerate() {
        if folder != "." {
            ui.name_repo(Path::new(folder));
        }
        let part = ui.part(folder, index == 0);
        match command.show(context, ui, &[]) {
            Ok(needed) => {
                ended.needed |= needed;
                if !needed && !E::IS_ASKED_FOR {
                    ui.hush(part);
                }
            }
            Err(error) => {
                ui.error(&error.note(format!("in `{folder}`")));
                ended.broken.push(folder.clone());
                ui.hush(part);
            }
        }
    }
    ended
}

/// Prints one object with the report of each package, or with its error.
fn all_as_json<E: Each>(
    context: &Session,
    ui: &mut Ui,
    packages: &[Package],
    command: &E,
) -> Ended {
    let (mut ended, mut reports) = (Ended::default(), Vec::new());
    for Package { folder, context } in packages {
        let (report, error) = match command.report(context) {
            Ok((report, needed)) => {
                ended.needed |= needed;
                (report, Value::Null)
            }
            Err(error) => {
                ended.broken.push(folder.clone());
                (Value::Null, json::error(&error))
            }
        };
        reports.push(json!({ "folder": folder, "report": report, "error": error }));
    }
    let root = json::root(context);
    let whole = json!({ "root": root, "packages": reports });
    ui.raw(&json::report(E::NAME, whole));
    ended
}
