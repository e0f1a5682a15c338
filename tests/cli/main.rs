//! The program as a person meets it: what is typed, what is printed, what the files hold
//! afterwards.

mod absent;
mod fixtures;
mod hostile;
mod jobs;
mod pages;
mod real_input;
mod regressions;
mod rounds;
mod scenes;
mod streams;
mod upgrades;
