//! The decision on trees: what happens to each path, given what was installed, what the repo has
//! and what upstream wants.
//!
//! One pure function serves every verb that brings releases in or takes them out: [`decide`].
//! [`revert()`] takes a plan back by the same table. Only [ownership] knows how templates share a
//! file with the team.

mod base;
pub mod copies;
mod decision;
pub mod ownership;
mod refusal;
mod revert;
mod state;
mod steps;
mod table;

use crate::merge::block::Marks;
use crate::model::upstream::Upstream;

pub use base::Base;
pub use decision::{Decision, Note, Row};
pub use refusal::Refusal;
pub use revert::{AfterPlan, managed, revert};
pub use state::{State, edited_of, edited_sources, holds_some, state, why_broken};
pub use steps::obstacles::make_way;
pub use steps::renames::is_kin;
pub use steps::scripts::{identities, scripts_in, scripts_named};
pub use table::{Verdict, verdict_of_files};

pub use crate::model::snapshot::{Absence, Elsewhere, Found, Local, Obstacle, Snapshot};

use steps::{Deciding, renames, root};

/// Decides what happens to each path of three trees.
///
/// `base` is what was installed, as the lock remembers it; `ours` is what the repo has at each path
/// of `base` and `theirs`; `theirs` is what upstream wants. An install has an empty base, a removal
/// an upstream without the templates that go.
///
/// The result says what to write and what to remember, with a [`Row`] for each path:
///
/// - A change that only one side made is taken, and so is one that both made alike.
/// - A file that both changed differently is merged by its content. What can't be merged is a
///   conflict, with ours in its place: the lock remembers it until a person settles it. Where
///   `marks` has labels for the template, prose gets both sides between markers.
/// - A file that the team deleted stays deleted; one that is merely missing comes back.
/// - A file that upstream drops is deleted if nobody edited it. Otherwise it stays as the team's
///   own. A seed is the team's own as soon as it is installed.
/// - A file that upstream renamed is one path, the new one: the team's edit, its mode and its
///   deletion follow.
/// - An edit of a hook's script keeps its entry in settings, and **settings never name a managed
///   script that won't exist**.
/// - What has to be mended before anything may be written is a [`Refusal`].
///
/// **Nothing is guessed, and no edit is lost**: it is in the result, in a conflict, or stays where
/// it is.
pub fn decide(base: &Base, ours: &Snapshot, theirs: &Upstream, marks: &Marks) -> Decision {
    let mut base = root::follow(base, ours, theirs);
    let renamed = renames::follow(&mut base, ours, theirs);
    let mut deciding = Deciding::new(&base, ours, theirs, marks, renamed);
    let whole = deciding.whole_files();
    deciding.shared_files(&whole);
    deciding.write_whole_files(whole);
    deciding.conflict_on_case_collisions();
    deciding.refuse_what_stays_in_the_way();
    deciding.refuse_dead_hooks();
    deciding.keep_shared_places();
    deciding.refuse_two_writes();
    deciding.decision()
}

#[cfg(test)]
mod tests;
