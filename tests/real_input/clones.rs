//! clones
