//! What the generated documents, the corpus and the fuzzer found: each a case that holds since.

use agentpkg::merge::kind::Kind;
use agentpkg::merge::pieces::Sides;

use crate::laws;

#[track_caller]
fn check(kind: Kind, base: &str, ours: &str, theirs: &str) {
    let sides = Sides { base: base.as_bytes(), ours: ours.as_bytes(), theirs: theirs.as_bytes() };
    laws::check(kind, &sides).unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn both_begin_a_file() {
    check(Kind::Markdown, "", "a\n", "b");
}
