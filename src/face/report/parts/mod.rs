//! Parts that the reports of several verbs have in common.

pub mod became;
pub mod can_run;
mod commit;
pub mod findings;
pub mod hidden;
pub mod hooks_off;
mod interrupted;
pub mod limits;
pub mod links;
pub mod merged_upstream;
mod paths;
mod place;
pub mod standing;
mod waiting;

pub use commit::{go_back, next_commit, to_commit};
pub use interrupted::{interrupted, kept, recovered};
pub use paths::{files, paths};
pub use place::{command_about, folder, next_packages, packages, registry};
pub use waiting::{conflicts, in_review, still_runs};
