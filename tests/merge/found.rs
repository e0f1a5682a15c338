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
fn each_side_has_the_others_edit_in_another_layout() {
    check(Kind::Other, "a\n", "b\n", "b \n");
    check(Kind::Ignore, "x/\n# Local\n*.l\n", "x/\nthe Local\nthe *.l\n", "x/\nthe Local \nthe *.l\n");
    check(Kind::Text, "a\n```\nthe\n```\n", "a\n```\nthe\n\n", "a\n```\nthe\n");
    check(Kind::Other, "", "a\n\nb\n", "\na\nb\n");
}

#[test]
fn one_version_mixes_line_ends_where_another_has_those_of_old_macs() {
    check(Kind::Other, "\nb\nb\nb\n\n", "\r\nb\nb\nb\nb\n\n", "\rb\rb\rb\rb\r\r");
    check(Kind::Markdown, "the\nthe\nthe\n", "the\r\nthe\nthe\n", "the\rthe\rthe\ra\r");
}

#[test]
fn a_return_at_the_end_of_a_mixed_file_belongs_to_the_line() {
    check(Kind::Shell, "s\ns\nx 0\ns\n", "x 0\ns\nx 0\ns\n", "x 0 \ns\nx 0\ns\r");
}

#[test]
fn both_begin_a_file_and_one_ends_its_last_line() {
    check(Kind::Other, "", "\u{feff}\n", "\u{feff}the");
    check(Kind::Markdown, "", "a\n", "b");
}

#[test]
fn a_union_of_entries_that_holds_in_one_order_alone() {
    check(Kind::Ignore, "", "#\nLocal\n", "\n# Local\nLocal\n");
    check(Kind::Ignore, "", "# Local\ntarget/\n", "target/\ntarget/\nthe # Local\ntarget/\n");
}

#[test]
fn line_ends_that_both_changed() {
    check(Kind::Other, "a\na\na\na\na\n", "a \ra\ra\ra\ra\r", "a\r\na \r\na\r\na\r\na\r\na\r\n");
    check(Kind::Other, "a b\nc\nc\nc\nc\n", "\rc\ra b\r", "c c\r\na b\r\n");
    let shell = "message='one\ntwo\nthree'\nset -eu\nexit 0\necho the\nmessage='one\ntwo\nthree'\n";
    let ours = "set -eu\r\nexit 0\r\necho the\r\nmessage='one\r\ntwo\r\nthree'\r\n";
    check(Kind::Shell, shell, ours, "\rtwo\rthree'\rset -eu\rexit 0\recho the\rmessage='one\rtwo\rthree'\r");
}

#[test]
fn a_fence_that_only_one_side_would_leave_open() {
    check(
        Kind::Markdown,
        "the\nthe\nthe\n```sh\na\n```\nthe\n",
        "```sh\na\nthe\nthe\nthe\nthe\nthe\nthe\na\n```\nthe\n",
        "\u{feff}```sh\nthe\na\nthe\nthe\nthe\nthe\nthe\nthe\n",
    );
}

#[test]
fn a_union_is_not_made_again() {
    check(
        Kind::Ignore,
        ".env\n/build\n/build\nnode/\n/build\n# Local\n*.local\nnode/\n",
        "/build\n# Local\n.env\n/build\n*.log\n*.local\nnode/\n",
        "/build\n/build\n# Local\n# Secrets\n.env\n/build\nthe *.log\n*.local\nnode/\n",
    );
}

#[test]
fn a_final_newline_and_a_blank_line() {
    check(Kind::Other, "a\nb\n", "a\nb", "a\nb\n\n");
}

#[test]
fn a_return_where_a_file_ends() {
    check(
        Kind::Markdown,
        "the\r\n\r\n## the\r\n\r\n",
        "the\r\n\r\n## the\n\r\n",
        "the\r\nthe\r\nthe\r\n\r\n## the\r\n\r",
    );
}

#[test]
fn a_line_is_closed_as_mixed_lines_are() {
    check(Kind::Other, "a\na\nc\na\na\nc\r", "\na\nc\na\na\nc\r", "\r\na\r\nc\r\na\r\na\r\nc\r\n");
}

#[test]
fn a_side_that_only_moves_or_deletes() {
    check(
        Kind::Text,
        "\n## the\n\n- the\n- a\n- guard\n- a\n",
        "\n- the\n- a\n- guard\n## the\n\n- a\n",
        "\n## the\n\n- the\n\n- guard\n- a\n",
    );
    check(
        Kind::Ignore,
        "t/\nt/\nn/\nt/\nt/\n*.log\nn/\n/build\n",
        "the\nt/\nn/\nt/\nt/\nn/\n/build\n",
        "the\nt/\nn/\n/build\nt/\nt/\n*.log\nn/\n",
    );
}

#[test]
fn one_alignment_reads_back_what_another_does_not() {
    check(
        Kind::Markdown,
        "- the\n```sh\nguard\n```\n| the | x |\nguard\nguard\n",
        "- the\n```sh\nguard\n```\n```sh\nthe\n```\n| the | x |\n",
        "- the\n```sh \nguard\n```\n| the | x |\n",
    );
    let rest = "a\na\na\na\na\nb\na\na b\n";
    check(
        Kind::Other,
        &format!("\na\na\na\nb\nc\nb\n\na b\n\n\n{rest}"),
        &format!("a\na\nb\nc\nb\n\na b\n\n\na\n\n{rest}"),
        &format!("\na\na\na\nb\nc\nb\nguard\na b\n\n\n{rest}"),
    );
}

#[test]
fn documents_that_merge_in_one_order_of_the_sides() {
    check(
        Kind::Json,
        "{}",
        "{\n  \"permissions\": {\n    \"deny\": [\n      \"x\"\n    ],\n    \"allow\": [\n      \"y\"\n    ]\n  }\n}",
        "{\n  \"permissions\": {\n    \"allow\": [\n      \"y\"\n    ],\n    \"deny\": []\n  }\n}",
    );
}
