//! `lint`: the examples of its page are true, and what it finds in real files is right.

mod any;
mod corpus;
mod page;
