//! What people and programs see: the command line, the verbs' pages, reports and their printers.

mod all_packages;
mod args;
mod ask;
mod cli;
mod progress;
mod report;
mod run;
mod surroundings;
mod verbs;

pub use run::run;
