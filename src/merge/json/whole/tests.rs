//! Cases and laws of whole documents.

use super::*;

#[track_caller]
fn merged(base: &str, ours: &str, theirs: &str) -> (Vec<String>, String) {
    let texts = Sides { base: base.as_bytes(), ours: ours.as_bytes(), theirs: theirs.as_bytes() };
    let merge = merge_documents(&texts).expect("a result that its gates hold");
    (merge.conflicts().map(|c| format!("{:?}", c.place)).collect(), String::from_utf8(merge.bytes(&texts)).unwrap())
}

#[test]
fn both_sides_added_keys() {
    let (conflicts, text) = merged("{\"a\": 1}", "{\"a\": 1, \"b\": 2}", "{\"a\": 1, \"c\": 3}");
    assert_eq!((conflicts.len(), text.as_str()), (0, "{\"a\": 1, \"b\": 2, \"c\": 3}"));
}
