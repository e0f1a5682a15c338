//! Agents themselves, run in a network in which there is nobody but a [`model`] of ours: what they
//! read at all, what they make of settings, and what they put into their prompts once agentpkg wrote
//! for them.
//!
//! `AGENTPKG_CLAUDE` and `AGENTPKG_CODEX` name their programs, which `.ci/full` fetches.

mod agent;
mod cases;
mod claude;
mod codex;
mod facts;
mod model;
mod prompt;
mod prompts;
mod settings;
