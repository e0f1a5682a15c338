//! Cases of whole documents, a table a rule.

use super::*;
use crate::merge::json::tests::SAMPLE;
use crate::merge::pieces::Sides;

fn merge_of(texts: &Sides<'_>) -> Option<Merge> {
    let [base, ours, theirs] = [texts.base, texts.ours, texts.theirs].map(Document::read);
    merge_values([&base?, &ours?, &theirs?])
}

/// The merge of three documents.
pub fn merge_values(documents: [&Document<'_>; 3]) -> Option<Merge> {
    let mut numbers = Numbers::default();
    let [base, ours, theirs] = documents.map(|document| numbers.read(document));
    merge_documents([&base, &ours, &theirs], SAMPLE)
}

/// The result, with the pointers of what is contested.
fn merged(base: &str, ours: &str, theirs: &str) -> (String, Vec<String>) {
    let texts = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    };
    let merge = merge_of(&texts).expect("a merge that its gates hold");
    let pointer = |place: &Location| match place {
        Location::Value(pointer) => pointer.clone(),
        Location::File | Location::Lines { .. } => "elsewhere".to_owned(),
    };
    let contested = merge
        .conflicts()
        .map(|conflict| pointer(&conflict.place))
        .collect();
    (String::from_utf8(merge.bytes(&texts)).unwrap(), contested)
}

#[track_caller]
fn check(base: &str, ours: &str, theirs: &str, expected: &str) {
    assert_eq!(merged(base, ours, theirs), (expected.to_owned(), vec![]));
}

/// Both sides, with each taken at the one conflict.
#[track_caller]
fn contested(
    base: &str,
    ours: &str,
    theirs: &str,
    pointer: &str,
    taking_ours: &str,
    taking_theirs: &str,
) {
    let texts = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    };
    assert_eq!(
        merged(base, ours, theirs),
        (taking_ours.to_owned(), vec![pointer.to_owned()])
    );
    let merge = merge_of(&texts).unwrap();
    assert_eq!(
        String::from_utf8(merge.taking(Side::Theirs, &texts)).unwrap(),
        taking_theirs
    );
}

#[test]
fn objects_go_by_key() {
    check(
        r#"{"a": 1}"#,
        r#"{"a": 1, "b": 2}"#,
        r#"{"a": 1, "c": 3}"#,
        r#"{"a": 1, "b": 2, "c": 3}"#,
    );
    check(
        r#"{"a": 1, "z": 1}"#,
        r#"{"a": 2, "z": 1}"#,
        r#"{"a": 1, "n": 0, "z": 1}"#,
        r#"{"a": 2, "n": 0, "z": 1}"#,
    );
    check(
        r#"{"a": 1, "b": 1}"#,
        r#"{"a": 1}"#,
        r#"{"a": 2, "b": 1}"#,
        r#"{"a": 2}"#,
    );
    check(
        r#"{"x": 0}"#,
        r#"{"x": 0, "e": {"A": 1}}"#,
        r#"{"x": 1, "e": {"B": 2}}"#,
        r#"{"x": 1, "e": {"A": 1, "B": 2}}"#,
    );
    // Theirs moved a key.
    check(
        r#"{"a": 1, "b": 1}"#,
        r#"{"a": 2, "b": 1}"#,
        r#"{"b": 1, "a": 1}"#,
        r#"{"b": 1, "a": 2}"#,
    );
}

#[test]
fn an_edit_against_a_deletion_or_another_edit_is_a_conflict() {
    let base = r#"{"a": 1, "b": 1}"#;
    contested(
        base,
        r#"{"a": 2, "b": 1}"#,
        r#"{"a": 3, "b": 1}"#,
        "/a",
        r#"{"a": 2, "b": 1}"#,
        r#"{"a": 3, "b": 1}"#,
    );
    contested(
        base,
        r#"{"a": 2, "b": 1}"#,
        r#"{"b": 1}"#,
        "/a",
        r#"{"a": 2, "b": 1}"#,
        r#"{"b": 1}"#,
    );
    contested(
        base,
        r#"{"b": 1}"#,
        r#"{"a": 2, "b": 1}"#,
        "/a",
        r#"{"b": 1}"#,
        r#"{"a": 2, "b": 1}"#,
    );
    contested(
        base,
        r#"{"a": 1, "b": 2}"#,
        r#"{"a": 1}"#,
        "/b",
        r#"{"a": 1, "b": 2}"#,
        r#"{"a": 1}"#,
    );
    contested(
        base,
        r#"{"a": 1}"#,
        r#"{"a": 1, "b": 2}"#,
        "/b",
        r#"{"a": 1}"#,
        r#"{"a": 1, "b": 2}"#,
    );
    contested(
        r#"{"a": 1}"#,
        r#"{"a": 2}"#,
        "{}",
        "/a",
        r#"{"a": 2}"#,
        "{}",
    );
    contested(
        r#"{"a": 1}"#,
        "{}",
        r#"{"a": 2}"#,
        "/a",
        "{}",
        r#"{"a": 2}"#,
    );
}

#[test]
fn permissions_and_lists_of_names_are_sets() {
    let allow = |rules: &str| format!(r#"{{"permissions": {{"allow": [{rules}]}}}}"#);
    let all = |base, ours, theirs, expected| {
        check(&allow(base), &allow(ours), &allow(theirs), &allow(expected))
    };
    all(
        r#""a", "b""#,
        r#""a", "o", "b""#,
        r#""a", "t", "b""#,
        r#""a", "o", "t", "b""#,
    );
    all(
        r#""a", "b""#,
        r#""b", "o""#,
        r#""a", "b", "t""#,
        r#""b", "o", "t""#,
    );
    all(r#""a""#, r#""b""#, r#""c""#, r#""b", "c""#);
    // Theirs only moved: that order holds.
    all(
        r#""a", "b""#,
        r#""a", "b", "o""#,
        r#""b", "a""#,
        r#""b", "o", "a""#,
    );
    // Undeclared: a list in which both replaced one name is no set.
    let [base, ours, theirs] = [r#"{"x": ["a"]}"#, r#"{"x": ["b"]}"#, r#"{"x": ["c"]}"#];
    contested(base, ours, theirs, "/x", ours, theirs);
    check(
        base,
        r#"{"x": ["a", "b"]}"#,
        r#"{"x": ["a", "c"]}"#,
        r#"{"x": ["a", "b", "c"]}"#,
    );
}

#[test]
fn objects_with_names_go_by_name() {
    let base = r#"[{"name": "a", "v": 1}, {"name": "b", "v": 1}]"#;
    let ours = r#"[{"name": "a", "v": 2}, {"name": "b", "v": 1}, {"name": "o"}]"#;
    let theirs = r#"[{"name": "t"}, {"name": "a", "v": 1, "w": 1}]"#;
    check(
        base,
        ours,
        theirs,
        r#"[{"name": "t"}, {"name": "a", "v": 2, "w": 1}, {"name": "o"}]"#,
    );
    let [moved, otherwise] = [
        r#"[{"name": "b"}, {"name": "a"}, {"name": "c"}]"#,
        r#"[{"name": "a"}, {"name": "c"}, {"name": "b"}]"#,
    ];
    contested(
        r#"[{"name": "a"}, {"name": "b"}, {"name": "c"}]"#,
        moved,
        otherwise,
        "",
        moved,
        otherwise,
    );
}

#[test]
fn other_lists_are_sequences() {
    let args = |words: &str| format!(r#"{{"args": [{words}]}}"#);
    check(
        &args(r#""-p", 1, "x""#),
        &args(r#""-p", 2, "x""#),
        &args(r#""-p", 1, "x", "-v""#),
        &args(r#""-p", 2, "x", "-v""#),
    );
    let [base, ours, theirs] = ["1", "1, 2", "1, 3"].map(args);
    contested(&base, &ours, &theirs, "/args", &ours, &theirs);
}

#[test]
fn a_contested_array_names_no_rule_that_settled_it() {
    // Both reordered a list of names.
    let reordered = [
        r#"{"x": ["a", "b", "c"]}"#,
        r#"{"x": ["c", "a", "b"]}"#,
        r#"{"x": ["b", "a", "c"]}"#,
    ];
    // The first elements merge, the second are different things.
    let replaced = [
        r#"{"x": [{"a": 1, "z": 0}, {"b": 1}]}"#,
        r#"{"x": [{"a": 2, "z": 0}, {"b": 2}]}"#,
        r#"{"x": [{"a": 1, "z": 3}, {"c": 9, "d": 1}]}"#,
    ];
    for [base, ours, theirs] in [reordered, replaced] {
        contested(base, ours, theirs, "/x", ours, theirs);
        let texts = Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        assert_eq!(merge_of(&texts).unwrap().resolutions, []);
    }
}

#[test]
fn an_object_that_is_one_whole_is_one_conflict_where_it_would_be_torn() {
    let server = |properties: &str| format!(r#"{{"mcpServers": {{"x": {{{properties}}}}}}}"#);
    let base = server(r#""type": "stdio", "command": "a""#);
    let edited = server(r#""type": "stdio", "command": "b""#);
    let replaced = server(r#""type": "http", "url": "c""#);
    let pointer = "/mcpServers/x";
    contested(&base, &edited, &replaced, pointer, &edited, &replaced);
    contested(&base, &replaced, &edited, pointer, &replaced, &edited);
    // What the other adds has no place in another kind of server.
    let more = server(r#""type": "stdio", "command": "a", "env": {"A": "1"}"#);
    contested(&base, &more, &replaced, pointer, &more, &replaced);
    contested(&base, &replaced, &more, pointer, &replaced, &more);
    // Both added one of this name.
    let none = r#"{"mcpServers": {}}"#;
    contested(none, &base, &replaced, pointer, &base, &replaced);
    check(none, &base, &more, &more);
    check(none, &more, &base, &more);
    // Property by property where nothing is torn.
    check(
        &base,
        &edited,
        &server(r#""type": "stdio", "command": "a", "timeout": 1"#),
        &server(r#""type": "stdio", "command": "b", "timeout": 1"#),
    );
}

#[test]
fn a_hook_is_the_script_it_runs_where_no_lock_names_it() {
    let stop = |groups: &str| format!(r#"{{"hooks": {{"Stop": [{groups}]}}}}"#);
    let group = |matcher: &str, script: &str, timeout: u8| {
        let command = format!("\\\"$CLAUDE_PROJECT_DIR\\\"/.claude/hooks/{script}");
        let handler = format!(r#"{{"command": "{command}", "timeout": {timeout}}}"#);
        format!(r#"{{"matcher": "{matcher}", "hooks": [{handler}]}}"#)
    };
    let base = stop(&group("Bash", "a.sh", 1));
    let ours = stop(&format!(
        "{}, {}",
        group("Bash|Edit", "a.sh", 1),
        group("Bash", "o.sh", 1)
    ));
    let theirs = stop(&format!(
        "{}, {}",
        group("Bash", "a.sh", 2),
        group("Bash", "t.sh", 1)
    ));
    let all = [
        group("Bash|Edit", "a.sh", 2),
        group("Bash", "o.sh", 1),
        group("Bash", "t.sh", 1),
    ]
    .join(", ");
    check(&base, &ours, &theirs, &stop(&all));
    let [ours, theirs] = [2, 3].map(|timeout| stop(&group("Bash", "a.sh", timeout)));
    contested(
        &base,
        &ours,
        &theirs,
        "/hooks/Stop/0/hooks/0/timeout",
        &ours,
        &theirs,
    );
}

#[test]
fn layout_line_ends_and_ends_of_file_are_merged_too() {
    let base = "{\n  \"a\": 1,\n  \"b\": 1\n}";
    // Theirs was laid out anew, ours changed a value.
    check(
        base,
        "{\n  \"a\": 2,\n  \"b\": 1\n}",
        "{\n\t\"a\": 1,\n\t\"b\": 1\n}\n",
        "{\n\t\"a\": 2,\n\t\"b\": 1\n}\n",
    );
    check(
        base,
        "{\n  \"a\": 2,\n  \"b\": 1\n}",
        "{\r\n  \"a\": 1,\r\n  \"b\": 3\r\n}",
        "{\r\n  \"a\": 2,\r\n  \"b\": 3\r\n}",
    );
    // What theirs added keeps its lines, in ours's indent.
    check(
        base,
        "{\n\t\"a\": 2,\n\t\"b\": 1\n}",
        "{\n  \"a\": 1,\n  \"n\": {\n    \"l\": [1, 2]\n  },\n  \"b\": 1\n}",
        "{\n\t\"a\": 2,\n\t\"n\": {\n\t\t\"l\": [1, 2]\n\t},\n\t\"b\": 1\n}",
    );
    check(
        "\u{feff}{\"a\":1}",
        "\u{feff}{\"a\":2}",
        "\u{feff}{\"a\":1,\"b\":[1]}",
        "\u{feff}{\"a\":2, \"b\":[1]}",
    );
}

#[test]
fn what_is_not_strict_json_is_left_to_lines() {
    for broken in ["{\"a\": 1,}", "// why\n{}", "{\"a\": 1, \"a\": 2}", "\u{0}"] {
        let texts = Sides {
            base: b"{}",
            ours: b"{\"b\": 1}",
            theirs: broken.as_bytes(),
        };
        assert_eq!(merge_of(&texts), None, "{broken}");
    }
}

#[test]
fn large_documents_take_no_more_than_their_size() {
    let list = |first: &str, count: usize| {
        let numbers: Vec<String> = (0..count).map(|number| format!("\"w{number}\"")).collect();
        format!("{{\"x\": [{first}{}]}}", numbers.join(", "))
    };
    check(
        &list("", 4_000),
        &list("\"a\", ", 4_000),
        &list("", 4_001),
        &list("\"a\", ", 4_001),
    );
    let object = |first: &str, count: usize| {
        let keys: Vec<String> = (0..count)
            .map(|number| format!("\"k{number}\": {number}"))
            .collect();
        format!("{{{first}{}}}", keys.join(", "))
    };
    check(
        &object("", 4_000),
        &object("\"a\": 0, ", 4_000),
        &object("", 5_000),
        &object("\"a\": 0, ", 5_000),
    );
}

#[test]
fn what_one_side_deleted_and_the_other_put_in_another_order_is_gone_whichever_side_is_ours() {
    let base = "{\n  \"args\": {\n    \"env\": \"a\",\n    \"deny\": \"b\"\n  }\n}\n";
    let moved = "{\n  \"args\": {\n    \"deny\": \"b\",\n    \"env\": \"a\"\n  }\n}\n";
    for (ours, theirs) in [(moved, "{}\n"), ("{}\n", moved)] {
        let (text, conflicts) = merged(base, ours, theirs);
        assert_eq!((text.trim(), conflicts), ("{}", Vec::new()));
    }
}
