//! The merge against its laws: generated documents, what they found, real merges, and input that is
//! no text.
//!
//! ```text
//! PROPTEST_CASES=20000 AGENTPKG_CORPUS=… cargo test --release --test laws merge -- --include-ignored
//! ```

mod bad_input;
mod corpus;
mod docs;
mod documents;
mod entries;
mod found;
mod laws;
mod places;
mod proofs;
mod settings;
mod templates;
