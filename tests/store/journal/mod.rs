//! The journal under crashes, power cuts, failing disks and people who edit meanwhile.

mod crash;
mod edits;
mod errors;
mod history;
mod power;
mod samples;
mod scenes;
