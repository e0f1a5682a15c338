//! `--all`: a command that reads, for every package of a monorepo, each by itself.

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::packages::{Package, each, mentioned};
use crate::words;

use super::report::{self, Detail, Ended, Part, Report, json};
use super::verbs::Verb;

/// A command that can be carried out in each package.
pub trait EachPackage: Verb {
    const NAME: &'static str;

    /// Carries it out in one folder; `below` are packages of their own.
    fn report(&self, session: &Session, detail: Detail, below: &[RelPath]) -> Result<Report>;

    /// Carries it out in one folder, for programs.
    fn value(&self, session: &Session) -> Result<(Value, Ended)>;

    /// Carries it out in one folder, or in every package.
    fn run_in_packages(
        &self,
        session: &Session,
        detail: Detail,
        all: bool,
        is_json: bool,
    ) -> Result<Report> {
        match (all, is_json) {
            (true, true) => all_as_json(self, session),
            (true, false) => all_as_text(self, session, detail),
            (false, true) => {
                let (value, ended) = self.value(session)?;
                Ok(json::report(Self::NAME, value).ending(ended))
            }
            (false, false) => self.report(session, detail, &mentioned(session)),
        }
    }
}

/// Reports each package below its folder. A broken one doesn't hide the others.
fn all_as_text<V: EachPackage + ?Sized>(
    verb: &V,
    session: &Session,
    detail: Detail,
) -> Result<Report> {
    let packages = each(session)?;
    let mut whole = Report::new(detail);
    let mut broken = Vec::new();
    for Package { folder, session } in &packages {
        let report = match verb.report(session, detail, &[]) {
            Ok(report) => report,
            Err(error) => {
                broken.push(folder.as_str());
                let error = error.note(format!("in `{folder}`"));
                Report::of(Part::Error(error)).ending(Ended::NotDone)
            }
        };
        whole.end(report.ended);
        whole.add(Part::Package(report::PackageReport {
            folder: folder.clone(),
            report,
            is_asked_for: verb.only_reads(),
        }));
    }
    add_broken(&mut whole, &broken, packages.len());
    Ok(whole)
}

/// Returns one object with the report of each package, or with its error.
fn all_as_json<V: EachPackage + ?Sized>(verb: &V, session: &Session) -> Result<Report> {
    let packages = each(session)?;
    let (mut values, mut broken) = (Vec::new(), Vec::new());
    let mut worst = Ended::Done;
    for Package { folder, session } in &packages {
        let (value, error) = match verb.value(session) {
            Ok((value, ended)) => {
                worst = worst.max(ended);
                (value, Value::Null)
            }
            Err(error) => {
                broken.push(folder.as_str());
                (Value::Null, json::error(&error))
            }
        };
        values.push(json!({ "folder": folder, "report": value, "error": error }));
    }
    let value = json!({ "root": json::root(session), "packages": values });
    let mut whole = json::report(V::NAME, value).ending(worst);
    add_broken(&mut whole, &broken, packages.len());
    Ok(whole)
}

/// Names the packages in which the command failed: it isn't done, then.
fn add_broken(whole: &mut Report, broken: &[&str], all: usize) {
    if broken.is_empty() {
        return;
    }
    let message = format!(
        "{} of {} can't be read: {}",
        broken.len(),
        words::count(all, "package"),
        broken.join(", ")
    );
    whole.add(Part::Error(Error::user(message)));
    whole.end(Ended::NotDone);
}
