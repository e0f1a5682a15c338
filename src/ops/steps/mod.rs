//! What verbs share, a step a file.

pub mod absorb;
pub mod answers;
pub mod approval;
pub mod change;
pub mod command_line;
pub mod commit;
pub mod conflicts;
pub mod decide;
pub mod from_lock;
pub mod git_view;
pub mod guess_base;
pub mod in_review;
pub mod manifest_changes;
pub mod packages;
pub mod records;
pub mod registry_moves;
pub mod release_notes;
pub mod releases;
pub mod renames;
pub mod repo;
pub mod scenario_run;
pub mod standing;
pub mod transaction;
pub mod unsigned;
