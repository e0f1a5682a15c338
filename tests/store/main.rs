//! What touches disks, and what has to hold when they fail: journals, kills, forges, the registry.

mod forge;
mod journal;
mod kill;
mod registry;
mod runner;
mod web;
