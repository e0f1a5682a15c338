//! What the generated documents, the corpus and the fuzzer found: each a case that holds since.

use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::Sides;
use serde_json::{Value, json};

use super::laws;

#[track_caller]
fn check(kind: FileKind, base: &str, ours: &str, theirs: &str) {
    let sides = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    };
    laws::check(kind, &sides).unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn each_side_has_the_others_edit_in_another_layout() {
    check(FileKind::Other, "a\n", "b\n", "b \n");
    check(
        FileKind::Ignore,
        "x/\n# Local\n*.l\n",
        "x/\nthe Local\nthe *.l\n",
        "x/\nthe Local \nthe *.l\n",
    );
    check(
        FileKind::Text,
        "a\n```\nthe\n```\n",
        "a\n```\nthe\n\n",
        "a\n```\nthe\n",
    );
    check(FileKind::Other, "", "a\n\nb\n", "\na\nb\n");
}

#[test]
fn one_version_mixes_line_ends_where_another_has_those_of_old_macs() {
    check(
        FileKind::Other,
        "\nb\nb\nb\n\n",
        "\r\nb\nb\nb\nb\n\n",
        "\rb\rb\rb\rb\r\r",
    );
    check(
        FileKind::Markdown,
        "the\nthe\nthe\n",
        "the\r\nthe\nthe\n",
        "the\rthe\rthe\ra\r",
    );
}

#[test]
fn a_return_at_the_end_of_a_mixed_file_belongs_to_the_line() {
    check(
        FileKind::Shell,
        "s\ns\nx 0\ns\n",
        "x 0\ns\nx 0\ns\n",
        "x 0 \ns\nx 0\ns\r",
    );
}

#[test]
fn both_begin_a_file_and_one_ends_its_last_line() {
    check(FileKind::Other, "", "\u{feff}\n", "\u{feff}the");
    check(FileKind::Markdown, "", "a\n", "b");
}

#[test]
fn a_union_of_entries_that_holds_in_one_order_alone() {
    check(FileKind::Ignore, "", "#\nLocal\n", "\n# Local\nLocal\n");
    check(
        FileKind::Ignore,
        "",
        "# Local\ntarget/\n",
        "target/\ntarget/\nthe # Local\ntarget/\n",
    );
}

#[test]
fn line_ends_that_both_changed() {
    check(
        FileKind::Other,
        "a\na\na\na\na\n",
        "a \ra\ra\ra\ra\r",
        "a\r\na \r\na\r\na\r\na\r\na\r\n",
    );
    check(
        FileKind::Other,
        "a b\nc\nc\nc\nc\n",
        "\rc\ra b\r",
        "c c\r\na b\r\n",
    );
    let shell = "message='one\ntwo\nthree'\nset -eu\nexit 0\necho the\nmessage='one\ntwo\nthree'\n";
    let ours = "set -eu\r\nexit 0\r\necho the\r\nmessage='one\r\ntwo\r\nthree'\r\n";
    check(
        FileKind::Shell,
        shell,
        ours,
        "\rtwo\rthree'\rset -eu\rexit 0\recho the\rmessage='one\rtwo\rthree'\r",
    );
}

#[test]
fn a_fence_that_only_one_side_would_leave_open() {
    check(
        FileKind::Markdown,
        "the\nthe\nthe\n```sh\na\n```\nthe\n",
        "```sh\na\nthe\nthe\nthe\nthe\nthe\nthe\na\n```\nthe\n",
        "\u{feff}```sh\nthe\na\nthe\nthe\nthe\nthe\nthe\nthe\n",
    );
}

#[test]
fn a_union_is_not_made_again() {
    check(
        FileKind::Ignore,
        ".env\n/build\n/build\nnode/\n/build\n# Local\n*.local\nnode/\n",
        "/build\n# Local\n.env\n/build\n*.log\n*.local\nnode/\n",
        "/build\n/build\n# Local\n# Secrets\n.env\n/build\nthe *.log\n*.local\nnode/\n",
    );
}

#[test]
fn a_final_newline_and_a_blank_line() {
    check(FileKind::Other, "a\nb\n", "a\nb", "a\nb\n\n");
}

#[test]
fn a_return_where_a_file_ends() {
    check(
        FileKind::Markdown,
        "the\r\n\r\n## the\r\n\r\n",
        "the\r\n\r\n## the\n\r\n",
        "the\r\nthe\r\nthe\r\n\r\n## the\r\n\r",
    );
}

#[test]
fn a_line_is_closed_as_mixed_lines_are() {
    check(
        FileKind::Other,
        "a\na\nc\na\na\nc\r",
        "\na\nc\na\na\nc\r",
        "\r\na\r\nc\r\na\r\na\r\nc\r\n",
    );
}

#[test]
fn a_side_that_only_moves_or_deletes() {
    check(
        FileKind::Text,
        "\n## the\n\n- the\n- a\n- guard\n- a\n",
        "\n- the\n- a\n- guard\n## the\n\n- a\n",
        "\n## the\n\n- the\n\n- guard\n- a\n",
    );
    check(
        FileKind::Ignore,
        "t/\nt/\nn/\nt/\nt/\n*.log\nn/\n/build\n",
        "the\nt/\nn/\nt/\nt/\nn/\n/build\n",
        "the\nt/\nn/\n/build\nt/\nt/\n*.log\nn/\n",
    );
}

#[test]
fn one_alignment_reads_back_what_another_does_not() {
    check(
        FileKind::Markdown,
        "- the\n```sh\nguard\n```\n| the | x |\nguard\nguard\n",
        "- the\n```sh\nguard\n```\n```sh\nthe\n```\n| the | x |\n",
        "- the\n```sh \nguard\n```\n| the | x |\n",
    );
    let rest = "a\na\na\na\na\nb\na\na b\n";
    check(
        FileKind::Other,
        &format!("\na\na\na\nb\nc\nb\n\na b\n\n\n{rest}"),
        &format!("a\na\nb\nc\nb\n\na b\n\n\na\n\n{rest}"),
        &format!("\na\na\na\nb\nc\nb\nguard\na b\n\n\n{rest}"),
    );
}

#[test]
fn documents_that_merge_in_one_order_of_the_sides() {
    check(
        FileKind::Json,
        "{}",
        "{\n  \"permissions\": {\n    \"deny\": [\n      \"x\"\n    ],\n    \"allow\": [\n      \"y\"\n    ]\n  }\n}",
        "{\n  \"permissions\": {\n    \"allow\": [\n      \"y\"\n    ],\n    \"deny\": []\n  }\n}",
    );
}

/// Checks the laws, and that a merge is what both sides did, or a conflict.
#[track_caller]
fn both(kind: FileKind, base: &str, ours: &str, theirs: &str, expected: &str) {
    for (ours, theirs) in [(ours, theirs), (theirs, ours)] {
        check(kind, base, ours, theirs);
        let sides = Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        let merge = agentpkg::agent::merge(kind, &sides);
        let result = String::from_utf8(merge.bytes(&sides)).unwrap();
        assert!(
            !merge.is_clean() || result == expected,
            "{kind:?}: {result}"
        );
    }
}

#[test]
fn a_side_that_only_deleted_did_something() {
    both(
        FileKind::Text,
        "x\n1\ny\n1\n",
        "x\n1\n",
        "X\n1\ny\n1\n",
        "X\n1\n",
    );
    let rules = "# Rules\n\nOne.\n\n## B\n\nTwo.\n\n## C\n\nThree.\n";
    let without = "# Rules\n\nOne.\n\n## C\n\nThree.\n";
    let edit = |text: &str| text.replace("One.", "One, edited.");
    both(
        FileKind::Markdown,
        rules,
        without,
        &edit(rules),
        &edit(without),
    );
    let base = "{\n  \"a\": { \"command\": \"x\" },\n  \"f\": { \"command\": \"y\" }\n}\n";
    let without = "{\n  \"a\": { \"command\": \"x\" }\n}\n";
    let edit = |text: &str| text.replace("\"x\"", "\"z\"");
    both(FileKind::Json, base, without, &edit(base), &edit(without));
}

#[test]
fn lines_of_one_entry_find_no_place_in_another() {
    // The edit of one server is not one of another that looks like it.
    let server =
        |name: &str, rest: &str| format!("  \"{name}\": {{\n    \"command\": \"npx\"{rest}\n  }}");
    let env = ",\n    \"env\": {\n      \"A\": \"x\"\n    }";
    let timed = ",\n    \"env\": {\n      \"A\": \"x\"\n    },\n    \"timeout\": 30";
    let document = |servers: &[String]| format!("{{\n{}\n}}\n", servers.join(",\n"));
    let base = document(&[server("f", env)]);
    let ours = document(&[server("f", ",\n    \"env\": {}"), server("g", env)]);
    let theirs = document(&[server("f", timed)]);
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let sides = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    };
    let merge = agentpkg::agent::merge(FileKind::Json, &sides);
    let result = value(&String::from_utf8(merge.bytes(&sides)).unwrap());
    assert_eq!(result["g"], value(&ours)["g"], "{result:#}");
    // An entry that both sides added is one entry.
    let list = |rules: &str| {
        format!("{{\n  \"permissions\": {{\n    \"allow\": [\n{rules}\n    ]\n  }}\n}}\n")
    };
    let rules = |rules: &[&str]| {
        list(
            &rules
                .iter()
                .map(|rule| format!("      \"{rule}\""))
                .collect::<Vec<_>>()
                .join(",\n"),
        )
    };
    let (base, ours, theirs) = (
        rules(&["a", "b", "c"]),
        rules(&["X", "a", "b", "c"]),
        rules(&["a", "b", "X", "c"]),
    );
    let sides = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    };
    let merge = agentpkg::agent::merge(FileKind::Json, &sides);
    let result = String::from_utf8(merge.bytes(&sides)).unwrap();
    assert_eq!(result.matches("\"X\"").count(), 1, "{result}");
    // What one side deleted and the other edited waits for a person.
    let timed = |name: &str, seconds: u32| {
        format!("{{\n  \"{name}\": {{\n    \"timeout\": {seconds}\n  }}\n}}\n")
    };
    let sides = [timed("c", 10), timed("c", 20), timed("d", 10)];
    let sides = Sides {
        base: sides[0].as_bytes(),
        ours: sides[1].as_bytes(),
        theirs: sides[2].as_bytes(),
    };
    assert!(!agentpkg::agent::merge(FileKind::Json, &sides).is_clean());
}

#[test]
fn white_space_in_a_text_is_no_layout() {
    let (base, ours) = ("a: |\n  one\n  two\n", "a: |\n  one\n\n  two\n");
    both(
        FileKind::Yaml,
        base,
        ours,
        "a: |\n  one\n  2\n",
        "a: |\n  one\n\n  2\n",
    );
}

#[test]
fn a_line_that_was_moved_into_a_conflict_is_not_gone_from_ours() {
    for (kind, base, ours, theirs) in [
        (
            FileKind::Shell,
            "check_secrets\nbuild\ntest\n",
            "check_secrets\nbuild\ntest\ndeploy\n",
            "build\ntest\ncheck_secrets\n",
        ),
        (
            FileKind::Yaml,
            "a: 1\nb: 2\nc: 3\nd: 4\n",
            "a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n",
            "b: 2\nc: 3\nd: 4\na: 1\n",
        ),
    ] {
        check(kind, base, ours, theirs);
        let sides = Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        let merge = agentpkg::agent::merge(kind, &sides);
        assert!(
            merge.is_clean() || merge.bytes(&sides) == ours.as_bytes(),
            "{kind:?}"
        );
    }
}

#[test]
fn a_key_that_both_added_is_no_two_keys_whatever_is_commented() {
    let base = "{ // c\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}\n";
    let ours = base.replace("  \"a\"", "  \"x\": 1,\n  \"a\"");
    let theirs = base.replace("  \"c\"", "  \"x\": 2,\n  \"c\"");
    let sides = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    };
    assert!(!agentpkg::agent::merge(FileKind::Json, &sides).is_clean());
}

#[test]
fn an_envelope_that_both_changed_holds_in_both_orders() {
    check(FileKind::Toml, "x\";%'", "\t0-;%=\r\nx\";%'\r", "x\";%'\n");
    check(FileKind::Markdown, "", "\n", "- the\r\n\r");
}

#[test]
fn a_text_that_no_side_alone_made_a_document_of() {
    check(
        FileKind::Json,
        "0\n\n\n",
        "\n \n\n\n",
        " \n\n\n\n \n5\n \n\n \n\n",
    );
    check(FileKind::Json, "\n0", "\n", " \r4\n\n\n\n\n\n\n\n\n\n\n\n0");
}

#[test]
fn an_order_of_properties_that_both_changed() {
    let of = |properties: [&str; 4]| format!("{{\n  {}\n}}", properties.join(",\n  "));
    let server = |command: &str, arguments: &str| {
        format!(
            "\"mcpServers\": {{\n    \"tickets\": {{\n      \"command\": \"{command}\",\n      \"args\": [{arguments}]\n    }}\n  }}"
        )
    };
    let (old, new) = (
        server("echo", "\n        \"-y\"\n      "),
        server("guard.sh", ""),
    );
    let permissions = "\"permissions\": {\n    \"allow\": [\n      \"Bash(make *)\"\n    ]\n  }";
    let hooks = "\"hooks\": {\n    \"PreToolUse\": [],\n    \"PostToolUse\": []\n  }";
    let model = "\"model\": 1";
    check(
        FileKind::Json,
        &of([model, permissions, hooks, &old]),
        &of([model, &old, permissions, hooks]),
        &of([model, hooks, &new, permissions]),
    );
}

#[test]
fn a_group_of_hooks_that_may_be_either_of_two() {
    let group =
        |matcher: &str, command: &str| json!({"matcher": matcher, "hooks": [{"command": command}]});
    let text = |value: Value| format!("{value:#}\n");
    let script = ".claude/hooks/guards/guard.sh";
    check(
        FileKind::Json,
        &text(json!({"hooks": {"Stop": [group("Bash", "make lint")]}})),
        &text(json!({"hooks": {"Stop": [group("Bash", script)]}, "model": "a"})),
        &text(json!({"hooks": {"Stop": [group("Edit", script), group("Bash", "echo")]}})),
    );
}

#[test]
fn a_key_that_both_added_to_the_frontmatter_in_different_places() {
    let text =
        |before: &str, after: &str| format!("---\n{before}a: 1\nb: 2\nc: 3\n{after}---\n\ntext\n");
    let (base, ours, theirs) = (text("", ""), text("x: 1\n", ""), text("", "x: 2\n"));
    check(FileKind::Markdown, &base, &ours, &theirs);
    let sides = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    };
    assert!(!agentpkg::agent::merge(FileKind::Markdown, &sides).is_clean());
}

#[test]
fn a_heading_that_one_side_removed_and_the_other_made_text_below_a_list_in_another_layout() {
    check(
        FileKind::Markdown,
        "* *never*\n| the|x|\nthe\n\n## the\n\n\n## the\n\n",
        "- _never_ the\n| the | x   |\nthe\n\n\n## the\n\n",
        "* *never* the\n| the|x|\nthe\n\nthe\n## the\n\n",
    );
}

#[test]
fn a_server_that_both_added_is_of_one_kind() {
    let table = |server: &str| format!("model = \"x\"\n\n[mcp_servers.docs]\n{server}\n");
    let none = "model = \"x\"\n".to_owned();
    let (program, address) = (table("command = \"npx\""), table("url = \"u\""));
    let both = table("command = \"npx\"\nargs = [\"-y\"]");
    let more = table("command = \"npx\"\nargs = [\"-y\"]\n\n[mcp_servers.docs.env]\nA = \"1\"");
    for (base, ours, theirs) in [(&none, &program, &address), (&both, &address, &more)] {
        for (ours, theirs) in [(ours, theirs), (theirs, ours)] {
            check(FileKind::Toml, base, ours, theirs);
            let sides = Sides {
                base: base.as_bytes(),
                ours: ours.as_bytes(),
                theirs: theirs.as_bytes(),
            };
            let merge = agentpkg::agent::merge(FileKind::Toml, &sides);
            assert!(!merge.is_clean(), "{ours}{theirs}");
        }
    }
}
