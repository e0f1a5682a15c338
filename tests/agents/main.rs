//! Agents themselves, run in a network in which there is nobody but a [`model`] of ours: what they
//! read at all, what they make of settings and of hooks that end badly, and what they put into their
//! prompts once agentpkg wrote for them.
//!
//! `AGENTPKG_CLAUDE`, `AGENTPKG_CODEX`, `AGENTPKG_COPILOT`, `AGENTPKG_GEMINI` and `AGENTPKG_OPENCODE`
//! name their programs, which `.ci/full` fetches.

mod agent;
mod cases;
mod chat;
mod claude;
mod codex;
mod copilot;
mod facts;
mod gemini;
mod hooks;
mod model;
mod opencode;
mod prompt;
mod prompts;
mod runner;
mod settings;
