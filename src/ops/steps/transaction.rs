//! The frame of every verb that writes: alone in the repo, after what an earlier command left to
//! do.

use crate::error::Result;
use crate::model::plan::Plan;
use crate::store::journal::{Course, Recovered};
use crate::store::lock_file::Writer;
use crate::store::snapshot;

use crate::ops::Session;
use crate::ops::steps::records::Records;

/// Carries out what is decided once nobody else writes. Returns it with what an earlier command had
/// left to do.
pub fn run<T>(
    session: &Session,
    command: &str,
    decide: impl FnOnce() -> Result<T>,
    plan: impl Fn(&T) -> &Plan,
) -> Result<(T, Option<Recovered>)> {
    let root = session.workspace.root();
    let writer = Writer::enter(root, command)?;
    let records = Records::open(session)?;
    let recovered = records.recover()?;
    let decided = decide().map_err(|error| match &recovered {
        Some(recovered) => error.after(recovered.describe()),
        None => error,
    });
    let decided = match decided {
        Ok(decided) if !plan(&decided).is_empty() => decided,
        nothing_to_write => {
            writer.withdraw(records.disk())?;
            return nothing_to_write.map(|decided| (decided, recovered));
        }
    };
    session.progress.step("writing");
    records.apply(plan(&decided), Course::Do)?;
    snapshot::remember(&session.workspace, records.disk());
    Ok((decided, recovered))
}
