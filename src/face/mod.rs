//! What people and programs see: the command line, the printer, reports, JSON.

mod ask;
mod cli;
mod json;
mod manual;
mod packages;
mod progress;
mod report;
mod run;
mod sarif;
mod ui;

pub use run::run;
