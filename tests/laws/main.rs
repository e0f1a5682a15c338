//! Laws and tables over the library, which touch no disk of their own: what is generated, what the
//! documentation shows, what git itself says, and what real repositories hold.

mod agents;
mod approvals;
mod layers;
mod lint;
mod merge;
mod patches;
mod programs;
mod proposals;
mod readme;
mod reference;
mod reverse;
mod taken;
