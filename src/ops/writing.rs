//! The frame of every verb that writes: alone in the repo, after what an earlier command left to
//! do.

use crate::error::Result;
use crate::model::plan::Plan;
use crate::store::fs::Os;
use crate::store::journal::{self, Recovered};
use crate::store::lock_file::Writer;

use super::Context;

/// Carries out what is decided once nobody else writes. Returns it with what an earlier command had
/// left to do.
pub fn alone<T>(
    context: &Context,
    command: &str,
    decide: impl FnOnce() -> Result<T>,
    plan: impl Fn(&T) -> &Plan,
) -> Result<(T, Option<Recovered>)> {
    let root = context.workspace.root();
    let writer = Writer::enter(root, command)?;
    let disk = Os::open(root)?;
    let recovered = journal::recover(&disk)?;
    let decided = match decide() {
        Ok(decided) if !plan(&decided).is_empty() => decided,
        nothing_to_write => {
            writer.withdraw(&disk)?;
            return nothing_to_write.map(|decided| (decided, recovered));
        }
    };
    context.progress.step("writing");
    journal::apply(&disk, plan(&decided))?;
    Ok((decided, recovered))
}
