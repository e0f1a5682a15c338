//! The program as a person meets it: what is typed, what is printed, what the files hold
//! afterwards.
//!
//! The scenes are the documentation of the command line. Snapshots bless themselves:
//! `SNAPSHOTS=overwrite cargo test --test cli scenes`.

mod templates;

mod agents;
mod approval;
mod approval_at_a_desk;
mod audit;
mod catalog;
mod check;
mod contribute;
mod contribute_new_files;
mod doctor;
mod hand_copies;
mod hints;
mod home;
mod hook_runner;
mod info_path;
mod inputs;
mod install;
mod json;
mod laws;
mod lint;
mod merge_driver;
mod merge_file;
mod merges;
mod more_agents;
mod moving;
mod new;
mod offers;
mod packages;
mod prepare;
mod proposals;
mod publish;
mod registries_in_git;
mod registries_on_the_web;
mod registries_refused;
mod remove;
mod repos_refused;
mod shapes;
mod status;
mod templates_refused;
mod test;
mod undo;
mod untaken;
mod upgrade;
mod welcome;
mod withdrawn;
