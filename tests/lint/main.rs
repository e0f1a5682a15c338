//! `lint`: the examples of its page are true, and what it finds in real files is right.

mod corpus;
mod page;
