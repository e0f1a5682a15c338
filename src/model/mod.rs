//! The values that everything else speaks of.
//!
//! **Model, merge, agent, tree, render, lint, proposal and resolve do no IO.**

pub mod agent;
pub mod answers;
pub mod author;
pub mod capability;
pub mod changelog;
pub mod conflict;
pub mod difference;
pub mod digest;
pub mod document;
pub mod finding;
pub mod frontmatter;
pub mod index;
pub mod lock;
pub mod manifest;
pub mod name;
pub mod operations;
pub mod path;
pub mod plan;
pub mod pointer;
pub mod proposal;
pub mod renderer;
pub mod scenario;
pub mod snapshot;
pub mod source;
pub mod support;
pub mod template;
pub mod toml_text;
pub mod tree;
pub mod unicode;
pub mod upstream;
pub mod version;
