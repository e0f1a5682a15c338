//! The verbs: options in, an outcome out. They print nothing and call no other verb; what several
//! need is in [`steps`](super::steps).

pub mod audit;
pub mod cache;
pub mod check;
pub mod contribute;
pub mod diff;
pub mod doctor;
pub mod info;
pub mod info_path;
pub mod install;
pub mod lint;
pub mod merge_driver;
pub mod merge_file;
pub mod new;
pub mod proposals;
pub mod publish;
pub mod remove;
pub mod resolve;
pub mod search;
pub mod status;
pub mod test;
pub mod undo;
pub mod upgrade;
pub mod welcome;
