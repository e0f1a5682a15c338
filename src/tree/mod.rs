//! The decision on trees: what becomes of each path, from what was installed, what the repo has
//! and what upstream wants.
//!
//! One pure function serves every verb that brings releases in or takes them out: [`decide`].
//! [`revert()`] takes a plan back by the same table. How templates share a file with the team is
//! the matter of [ownership] alone.

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
pub use state::{State, holds_some, state, why_broken};
pub use steps::obstacles::make_way;
pub use steps::renames::is_kin;
pub use steps::scripts::{identities, scripts_in, scripts_named};
pub use table::{Verdict, verdict_of_files};

pub use crate::model::snapshot::{Absence, Elsewhere, Found, Local, Obstacle, Snapshot};

use steps::{Deciding, renames, root};

/// Decides what becomes of each path of three trees.
///
/// `base` is what was installed, as the lock remembers it; `ours` is what the repo has at each path
/// of `base` and `theirs`; `theirs` is what upstream wants. An install has an empty base, a removal
/// an upstream without the templates that go.
///
/// What comes out is what has to be written and remembered, with a [`Row`] for each path:
///
/// - What one side changed alone is what results, and what both changed alike.
/// - What both changed otherwise is merged by content. What can't be is a conflict, with ours in
///   its place: the lock remembers it until a person settles it. Where `marks` has labels for the
///   template, prose gets both sides between markers.
/// - A file that is gone by the team's doing stays gone, and one that is missing comes back.
/// - What upstream drops goes if nobody edited it, and is the team's own from now on if somebody
///   did. A seed is the team's own once it was given.
/// - What upstream renamed is one path, the new one: the team's edit, its mode and its deletion
///   follow.
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
    deciding.give_up_names_that_fold();
    deciding.refuse_what_stays_in_the_way();
    deciding.refuse_dead_hooks();
    deciding.refuse_two_writes();
    deciding.decision()
}

#[cfg(test)]
mod tests;
