//! A clone that somebody made to do harm: what reads runs nothing, what writes does what was asked
//! and no more, and whatever is there is read within bounds.

mod git;
mod odd;
mod records;
mod tests;
mod unseen;
