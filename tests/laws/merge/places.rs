//! What looks the same at another place is another thing: an entry below another table or heading,
//! a value that moved and was removed, one entry with two new names.

use agentpkg::agent::merge;
use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::Sides;

use super::laws;

/// Merges in both orders of the sides, and checks the laws. The result in the order that is given,
/// if it is clean in both.
#[track_caller]
fn merged(kind: FileKind, [base, ours, theirs]: [&str; 3]) -> Option<String> {
    let [base, ours, theirs] = [base, ours, theirs].map(str::as_bytes);
    let sides = Sides { base, ours, theirs };
    let swapped = Sides {
        base,
        ours: theirs,
        theirs: ours,
    };
    for sides in [&sides, &swapped] {
        laws::check(kind, sides).unwrap_or_else(|broken| panic!("{broken}"));
    }
    let merge = merge(kind, &sides);
    merge
        .is_clean()
        .then(|| String::from_utf8(merge.bytes(&sides)).expect("the sides are text"))
}

#[track_caller]
fn gives(kind: FileKind, sides: [&str; 3], expected: &str) {
    assert_eq!(merged(kind, sides).as_deref(), Some(expected));
}

/// Either what both did, or a conflict: never the one without the other.
#[track_caller]
fn keeps(kind: FileKind, sides: [&str; 3], expected: &str) {
    if let Some(result) = merged(kind, sides) {
        assert_eq!(result, expected);
    }
}

#[track_caller]
fn conflicts(kind: FileKind, sides: [&str; 3]) {
    assert_eq!(merged(kind, sides), None);
}

#[test]
fn a_line_at_another_place_is_not_there_already() {
    keeps(
        FileKind::Toml,
        [
            "[server]\nport = 1\n",
            "[server]\nport = 1\nname = \"x\"\n",
            "[server]\nport = 1\n\n[client]\nname = \"x\"\n",
        ],
        "[server]\nport = 1\nname = \"x\"\n\n[client]\nname = \"x\"\n",
    );
    keeps(
        FileKind::Yaml,
        [
            "ask:\n  - Edit\ndeny:\n  - Bash\n",
            "ask:\n  - Edit\n  - Fetch\ndeny:\n  - Bash\n",
            "ask:\n  - Edit\ndeny:\n  - Bash\n  - Fetch\n",
        ],
        "ask:\n  - Edit\n  - Fetch\ndeny:\n  - Bash\n  - Fetch\n",
    );
    keeps(
        FileKind::Json,
        [
            "{\n  \"a\": {\n    \"x\": 1\n  }\n}\n",
            "{\n  \"a\": {\n    \"x\": 1,\n    \"y\": 2\n  }\n}\n",
            "{\n  \"a\": {\n    \"x\": 1\n  },\n  \"b\": {\n    \"y\": 2\n  }\n}\n",
        ],
        "{\n  \"a\": {\n    \"x\": 1,\n    \"y\": 2\n  },\n  \"b\": {\n    \"y\": 2\n  }\n}\n",
    );
    keeps(
        FileKind::Markdown,
        [
            "# Do\n\n- ask\n\n# Don't\n\n- guess\n",
            "# Do\n\n- ask\n- push\n\n# Don't\n\n- guess\n",
            "# Do\n\n- ask\n\n# Don't\n\n- guess\n- push\n",
        ],
        "# Do\n\n- ask\n- push\n\n# Don't\n\n- guess\n- push\n",
    );
    keeps(
        FileKind::Markdown,
        [
            "# Do\n\n- ask\n",
            "# Do\n\n- ask\n- push\n",
            "# Do\n\n- ask\n\n# Don't\n\n- push\n",
        ],
        "# Do\n\n- ask\n- push\n\n# Don't\n\n- push\n",
    );
    keeps(
        FileKind::Shell,
        [
            "set -e\nif test -n \"$1\"\nthen\necho \"$1\"\nfi\n",
            "set -e\nclean\nif test -n \"$1\"\nthen\necho \"$1\"\nfi\n",
            "set -e\nif test -n \"$1\"\nthen\nclean\necho \"$1\"\nfi\n",
        ],
        "set -e\nclean\nif test -n \"$1\"\nthen\nclean\necho \"$1\"\nfi\n",
    );
}

#[test]
fn what_one_side_removed_and_the_other_moved_stays_removed() {
    let settings = |rules: &[&str]| {
        let rules: Vec<String> = rules
            .iter()
            .map(|rule| format!("      \"{rule}\""))
            .collect();
        format!(
            "{{\n  \"permissions\": {{\n    \"allow\": [\n{}\n    ]\n  }}\n}}\n",
            rules.join(",\n")
        )
    };
    let base = settings(&["Bash(curl *)", "Edit", "Read", "Write"]);
    let ours = settings(&["Edit", "Read", "Write", "Bash(curl *)"]);
    let theirs = settings(&["Edit", "Read", "Write"]);
    gives(FileKind::Json, [&base, &ours, &theirs], &theirs);
    let (base, ours, theirs) = (
        "l:\n  - x\n  - a\n  - b\n  - c\n",
        "l:\n  - a\n  - b\n  - c\n  - x\n",
        "l:\n  - a\n  - b\n  - c\n",
    );
    keeps(FileKind::Yaml, [base, ours, theirs], theirs);
}

#[test]
fn what_one_side_removed_and_the_other_edited_is_a_conflict_wherever_it_stands() {
    conflicts(
        FileKind::Json,
        [
            "{\n  \"x\": 1,\n  \"a\": 2,\n  \"b\": 3,\n  \"c\": 4\n}\n",
            "{\n  \"a\": 2,\n  \"b\": 3,\n  \"c\": 4,\n  \"x\": 5\n}\n",
            "{\n  \"a\": 2,\n  \"b\": 3,\n  \"c\": 4\n}\n",
        ],
    );
    conflicts(
        FileKind::Toml,
        [
            "x = 1\na = 2\nb = 3\nc = 4\n",
            "a = 2\nb = 3\nc = 4\nx = 5\n",
            "a = 2\nb = 3\nc = 4\n",
        ],
    );
    conflicts(
        FileKind::Yaml,
        [
            "x: 1\na: 2\nb: 3\nc: 4\n",
            "a: 2\nb: 3\nc: 4\nx: 5\n",
            "a: 2\nb: 3\nc: 4\n",
        ],
    );
}

#[test]
fn two_new_names_for_one_entry_are_a_conflict() {
    conflicts(
        FileKind::Toml,
        [
            "[m]\nold = 1\nz = 2\n",
            "[m]\nnew = 1\nz = 2\n",
            "[m]\nother = 1\nz = 2\n",
        ],
    );
    conflicts(
        FileKind::Yaml,
        [
            "m:\n  old: 1\n  z: 2\n",
            "m:\n  new: 1\n  z: 2\n",
            "m:\n  other: 1\n  z: 2\n",
        ],
    );
    conflicts(
        FileKind::Markdown,
        [
            "| a | b |\n|---|---|\n| old | 1 |\n| z | 2 |\n",
            "| a | b |\n|---|---|\n| new | 1 |\n| z | 2 |\n",
            "| a | b |\n|---|---|\n| other | 1 |\n| z | 2 |\n",
        ],
    );
    conflicts(
        FileKind::Json,
        [
            "{\n  \"old\": 1,\n  \"z\": 2\n}\n",
            "{\n  \"new\": 1,\n  \"z\": 2\n}\n",
            "{\n  \"other\": 1,\n  \"z\": 2\n}\n",
        ],
    );
}
