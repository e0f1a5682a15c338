//! The journal under crashes, power cuts, failing disks and people who edit meanwhile.

mod crash;
mod edits;
mod errors;
mod history;
mod power;
mod samples;
mod scenes;

use std::sync::LazyLock;

use agentpkg::error::Result;
use agentpkg::model::plan::Plan;
use agentpkg::store::fs::Disk;
use agentpkg::store::journal::{Course, Journal, Pile, Recovered, Seal};

/// Who carries all of it out.
static SEAL: LazyLock<Seal> = LazyLock::new(|| Seal::with_key([7; 32], "/repo"));

fn of(disk: &dyn Disk) -> Journal<'_> {
    Journal { disk, seal: &SEAL }
}

fn apply(disk: &dyn Disk, plan: &Plan) -> Result<()> {
    of(disk).apply(plan)
}

fn apply_as(disk: &dyn Disk, plan: &Plan, course: Course) -> Result<()> {
    of(disk).apply_as(plan, course)
}

fn recover(disk: &dyn Disk) -> Result<Option<Recovered>> {
    of(disk).recover()
}

fn interrupted(disk: &dyn Disk) -> Result<Option<String>> {
    Ok(of(disk)
        .interrupted()?
        .map(|interrupted| interrupted.verb.unwrap_or_else(|| "a command".to_owned())))
}

fn last(disk: &dyn Disk, pile: Pile) -> Result<Option<Plan>> {
    of(disk).last(pile)
}
