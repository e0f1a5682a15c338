//! Cases and laws of the merge of entries into TOML.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::merge::json::{ArrayPolicy, Policies};

const SAMPLE: &Policies = &Policies {
    arrays: &[(&["mcp_servers", "*", "args"], ArrayPolicy::Sequence)],
    units: &[&["mcp_servers", "*"]],
    scripts: &["/"],
    runner: None,
};

fn context(replaced: &BTreeMap<String, String>) -> MergeContext {
    MergeContext {
        replaced: replaced.clone(),
        ..MergeContext::new(SAMPLE)
    }
}

fn merged_in(
    replaced: &BTreeMap<String, String>,
    base: &Value,
    ours: &str,
    theirs: &Value,
) -> MergedEntries {
    let (base, theirs) = (to_text(base), to_text(theirs));
    merge([&base, ours, &theirs], &context(replaced)).unwrap()
}

/// Checks that entries are added like this, that adding them again changes nothing, and that
/// removing them gives back what was there.
#[track_caller]
fn added(ours: &str, part: &Value, expected: &str) {
    for windows in [false, true] {
        let line_ends = |text: &str| match windows {
            true => text.replace('\n', "\r\n"),
            false => text.to_owned(),
        };
        // One newline tells which kind of them a text has.
        if windows && !ours.contains('\n') {
            continue;
        }
        let (ours, expected) = (line_ends(ours), line_ends(expected));
        let nothing = json!({});
        let installed = merged_in(&BTreeMap::new(), &nothing, &ours, part);
        assert_eq!(installed.text, expected);
        let again = merged_in(&installed.replaced, part, &installed.text, part);
        assert_eq!(
            (&again.text, &again.replaced),
            (&installed.text, &installed.replaced)
        );
        let removed = merged_in(&again.replaced, part, &again.text, &nothing);
        assert_eq!(removed.text, ours);
        assert_eq!(removed.replaced, BTreeMap::new());
    }
}

/// Checks that what base has and theirs doesn't is removed like this.
#[track_caller]
fn changed(base: &Value, ours: &str, theirs: &Value, expected: &str) {
    let merged = merged_in(&BTreeMap::new(), base, ours, theirs);
    assert_eq!(merged.text, expected);
    assert_eq!(merged.conflicts, []);
}

fn server() -> Value {
    json!({"mcp_servers": {"x": {"command": "npx", "args": ["-y", "a"], "env": {"A": "1"}}}})
}

const SERVER: &str =
    "[mcp_servers.x]\ncommand = \"npx\"\nargs = [\"-y\", \"a\"]\nenv = { A = \"1\" }\n";

#[test]
fn a_server_is_a_section_at_the_end() {
    added("", &server(), SERVER);
    for (ours, before) in [
        ("model = \"o\"\n", "\n"),
        ("model = \"o\"", "\n\n"),
        ("model = \"o\"\n\n", ""),
        ("\u{feff}", ""),
        ("\u{feff}# mine\n", "\n"),
        ("\n", ""),
        ("  ", "\n"),
        ("# nothing yet", "\n\n"),
        ("[mcp_servers.mine]\ncommand = 'c' # why\n", "\n"),
        ("[[profiles]]\na = 1\n[[profiles]]\na = 2\n", "\n"),
        ("[a.b]\nc = 1\n[a]\nd = 2\n", "\n"),
        ("text = \"\"\"\n[mcp_servers.x]\n\"\"\"\n", "\n"),
        ("[mcp_servers.mine.env]\nA = \"1\"\n\n# The end.\n", "\n"),
    ] {
        added(ours, &server(), &format!("{ours}{before}{SERVER}"));
    }
}

#[test]
fn entries_are_added_in_kind() {
    let server = || json!({"mcp_servers": {"x": {"command": "c"}}});
    // An empty table.
    added(
        "[mcp_servers] # mine\n\n[z]\na = 1\n",
        &server(),
        "[mcp_servers] # mine\n\n[z]\na = 1\n\n[mcp_servers.x]\ncommand = \"c\"\n",
    );
    // Inline tables.
    added(
        "mcp_servers = {}\nz = 1\n",
        &server(),
        "mcp_servers = { x = { command = \"c\" } }\nz = 1\n",
    );
    added(
        "mcp_servers = {  } # mine\n",
        &server(),
        "mcp_servers = { x = { command = \"c\" } } # mine\n",
    );
    added(
        "mcp_servers = {mine = {command=\"m\"}}\n",
        &server(),
        "mcp_servers = {mine = {command=\"m\"}, x = { command = \"c\" }}\n",
    );
    added(
        "mcp_servers = {\n  mine.command = \"m\", # why\n}\n",
        &server(),
        "mcp_servers = {\n  mine.command = \"m\", # why\n  x = { command = \"c\" },\n}\n",
    );
    // Inline tables in a table with a header.
    added(
        "[mcp_servers]\nmine = { command = \"m\" }\n# The end.\n[z]\n",
        &server(),
        "[mcp_servers]\nmine = { command = \"m\" }\nx = { command = \"c\" }\n# The end.\n[z]\n",
    );
    // Dotted keys.
    added(
        "mcp_servers.mine.command = \"m\"\n\n[z]\n",
        &server(),
        "mcp_servers.mine.command = \"m\"\nmcp_servers.x = { command = \"c\" }\n\n[z]\n",
    );
    added(
        "a = { b.c = 1 }\n",
        &json!({"a": {"b": {"d": 2}}}),
        "a = { b.c = 1, b.d = 2 }\n",
    );
    added(
        "[t]\n  a.b = 1\n  c = 2",
        &json!({"t": {"a": {"x y": 2}, "d": 3}}),
        "[t]\n  a.b = 1\n  a.\"x y\" = 2\n  c = 2\n  d = 3\n",
    );
    // Lists.
    added("a = [1, 2]\n", &json!({"a": [3, 4]}), "a = [1, 2, 3, 4]\n");
    added(
        "a = [\n  \"x\", # one\n  \"y\" # two\n]\n",
        &json!({"a": ["z", "w"]}),
        "a = [\n  \"x\", # one\n  \"y\", # two\n  \"z\",\n  \"w\"\n]\n",
    );
    added(
        "a = [\n  \"x\",\n  \"y\", # two\n]\n",
        &json!({"a": ["z"]}),
        "a = [\n  \"x\",\n  \"y\", # two\n  \"z\",\n]\n",
    );
    added("a = [ ]\n", &json!({"a": ["z"]}), "a = [\"z\"]\n");
}

#[test]
fn lines_are_added_behind_the_last_one_of_their_table() {
    added(
        "[a]\nb = 1 # why\n\n# About c.\n[c]\n",
        &json!({"a": {"d": true, "e": 1.5}}),
        "[a]\nb = 1 # why\nd = true\ne = 1.5\n\n# About c.\n[c]\n",
    );
    added(
        "[a]",
        &json!({"a": {"d": 1, "e": 2}}),
        "[a]\nd = 1\ne = 2\n",
    );
    added(
        "  [a]\n[a.b]\nc = 1\n",
        &json!({"a": {"d": 1}}),
        "  [a]\n  d = 1\n[a.b]\nc = 1\n",
    );
    // A table above that has no header gets one.
    added(
        "[a.b]\nc = 1\n",
        &json!({"a": {"d": 1, "e": {"f": 1}}}),
        "[a.b]\nc = 1\n\n[a.e]\nf = 1\n\n[a]\nd = 1\n",
    );
    // At the top.
    added(
        "[a]\n",
        &json!({"x": 1, "y": [2]}),
        "x = 1\ny = [2]\n\n[a]\n",
    );
    added("x = 1\n[a]\n", &json!({"y": 2}), "x = 1\ny = 2\n[a]\n");
    added(
        "# Ours.\n\n# About a.\n[a]\n",
        &json!({"x": 1}),
        "# Ours.\n\nx = 1\n\n# About a.\n[a]\n",
    );
    added(
        "\u{feff}# About a.\n[a]\n",
        &json!({"x": 1}),
        "\u{feff}x = 1\n\n# About a.\n[a]\n",
    );
    added("# Ours.", &json!({"x": 1}), "# Ours.\n\nx = 1\n");
}

#[test]
fn texts_and_keys_are_written_so_that_they_are_read_again() {
    added(
        "",
        &json!({"t": {
            "a b": "C:\\x", "": "it's \"so\"", "ü": "a\nb\t\u{1}\u{7f}", "q\"": "'", "n": 1e300, "m": -3,
            "l": [{"a": []}, {}, [true]],
        }}),
        "[t]\n\"a b\" = 'C:\\x'\n\"\" = \"it's \\\"so\\\"\"\n\"ü\" = \
         \"a\\nb\\t\\u0001\\u007F\"\n'q\"' = \"'\"\nn = 1e+300\nm = -3\nl = [{ a = [] }, {}, \
         [true]]\n",
    );
}

#[test]
fn what_goes_takes_its_lines_and_the_rest_stays() {
    let base = server();
    let nothing = json!({});
    // Comments of the team above and behind it stay, and those in it go.
    changed(
        &base,
        &format!(
            "# Mine.\n{}# Behind.\n\n[z]\n",
            SERVER.replace("args", "# In it.\nargs")
        ),
        &nothing,
        "# Mine.\n# Behind.\n\n[z]\n",
    );
    // Written in another way.
    changed(
        &base,
        "a = 1\n[mcp_servers]\nx.command = \"npx\"\nx.args = [ '-y',\n 'a' ] # b\nx.env.A = '1'\nmine.url = 'u'\n",
        &nothing,
        "a = 1\n[mcp_servers]\nmine.url = 'u'\n",
    );
    changed(
        &base,
        "[mcp_servers.x.env]\nA = '1'\n[z]\nz = 1\n[mcp_servers.x]\nargs = ['-y', 'a']\ncommand = 'npx'\n",
        &nothing,
        "[z]\nz = 1\n",
    );
    changed(
        &base,
        "mcp_servers = { x = {command='npx', args=['-y','a'], env.A='1'}, y = {} }\n",
        &nothing,
        "mcp_servers = { y = {} }\n",
    );
    // An array of tables.
    changed(
        &json!({"a": [{"b": 1}, {"b": 2}]}),
        "[[a]]\nb = 1\n# why\n\n[[a]]\nb = 2\n[c]\n",
        &nothing,
        "# why\n\n[c]\n",
    );
    // Elements.
    let base = json!({"a": [1, 3]});
    changed(&base, "a = [1, 2, 3]\n", &nothing, "a = [2]\n");
    changed(
        &base,
        "a = [\n  # one\n  1, # 1\n  # two\n  2, # 2\n  3 # 3\n]\n",
        &nothing,
        "a = [\n  # one\n  # two\n  2 # 2\n]\n",
    );
    changed(&base, "a = [ 2, 1,\n  3, ]", &nothing, "a = [ 2, ]");
}

#[test]
fn one_of_two_goes_as_if_it_had_never_been_there() {
    let [x, y] = ["x", "y"].map(|name| json!({"mcp_servers": {name: {"command": name}}}));
    let both = json!({"mcp_servers": {"x": {"command": "x"}, "y": {"command": "y"}}});
    for ours in [
        "",
        "a = 1",
        "a = 1\n",
        "a = 1\n\n",
        "# a",
        "[mcp_servers]\n",
    ] {
        let nothing = json!({});
        let start = merged_in(&BTreeMap::new(), &nothing, ours, &both);
        for (gone, left) in [(&x, &y), (&y, &x)] {
            let alone = merged_in(&BTreeMap::new(), &nothing, ours, left);
            let now = merged_in(&start.replaced, &both, &start.text, left);
            assert_eq!(
                (&now.text, &now.replaced),
                (&alone.text, &alone.replaced),
                "{gone}"
            );
            let end = merged_in(&now.replaced, left, &now.text, &nothing);
            assert_eq!(end.text, ours);
            // A server that has another name now.
            let renamed = merged_in(&alone.replaced, left, &alone.text, gone);
            let known = merged_in(&BTreeMap::new(), &nothing, ours, gone);
            assert_eq!(renamed.text, known.text);
        }
    }
}

#[test]
fn what_the_team_wrote_behind_what_goes_stays_a_line_of_its_own() {
    let part = json!({"t": {"a": 1}});
    for (ours, behind, left) in [
        ("x = 1", "[mine]\n", "x = 1\n\n[mine]\n"),
        ("x = 1", "\n[mine]\n", "x = 1\n\n[mine]\n"),
        ("x = 1\n", "\n[mine]\n", "x = 1\n\n[mine]\n"),
        ("", "[mine]\n", "[mine]\n"),
    ] {
        let installed = merged_in(&BTreeMap::new(), &json!({}), ours, &part);
        let edited = installed.text + behind;
        let removed = merged_in(&installed.replaced, &part, &edited, &json!({}));
        assert_eq!(removed.text, left);
    }
}

#[test]
fn a_change_of_one_side_is_taken_in_its_place() {
    let base = server();
    let mut theirs = server();
    theirs["mcp_servers"]["x"]["args"] = json!(["-y", "b"]);
    theirs["mcp_servers"]["x"]["env"] = json!({"A": "1", "B": "2"});
    theirs["mcp_servers"]["x"]["enabled"] = json!(false);
    changed(
        &base,
        "[mcp_servers.x]\ncommand = 'npx' # why\nargs = [\n  '-y', 'a' # a\n]\n[mcp_servers.x.env]\nA = '1'\n# end\n",
        &theirs,
        "[mcp_servers.x]\ncommand = 'npx' # why\nargs = [\n  '-y', \"b\" # a\n]\nenabled = \
         false\n[mcp_servers.x.env]\nA = '1'\nB = \"2\"\n# end\n",
    );
    // The team's edit stays.
    let ours = SERVER.replace("\"a\"", "\"mine\"");
    changed(&base, &ours, &base, &ours);
    // A table becomes a value, and a value a table.
    changed(
        &json!({"a": {"b": 1}, "c": 1}),
        "c = 1 # why\n[a]\nb = 1\n",
        &json!({"a": [1], "c": {"d": 2}}),
        "c = { d = 2 } # why\na = [1]\n",
    );
    // All keys of a table change.
    changed(
        &json!({"a": {"b": 1}}),
        "a.b = 1\n",
        &json!({"a": {"c": 1}}),
        "\n[a]\nc = 1\n".trim_start(),
    );
    changed(
        &json!({"a": {"b": 1}}),
        "x.a = 1\na.b = 1\n",
        &json!({"a": {}}),
        "x.a = 1\n\n[a]\n",
    );
}

#[test]
fn what_both_changed_is_a_conflict_and_both_sides_can_be_taken() {
    let [base, theirs] = ["a", "b"].map(|args| json!({"t": {"args": ["-y", args]}}));
    let ours = "[t]\nargs = [ '-y',\n  'mine' ] # why\n";
    let merged = merged_in(&BTreeMap::new(), &base, ours, &theirs);
    assert_eq!(merged.text, ours);
    let [open] = merged.conflicts.as_slice() else {
        panic!("{:?}", merged.conflicts)
    };
    assert_eq!(
        *open,
        Open {
            at: ConflictPlace::Value("/t/args".to_owned()),
            base: Some("[\"-y\", \"a\"]".to_owned()),
            ours: Some("[ '-y',\n  'mine' ]".to_owned()),
            theirs: Some("[\"-y\", \"b\"]".to_owned()),
        }
    );
    let sides = [open.ours.as_deref(), open.theirs.as_deref()];
    assert!(has_value(ours, "/t/args", sides[0].unwrap()));
    assert_eq!(
        with_value(ours, "/t/args", sides).unwrap(),
        "[t]\nargs = [ '-y',\n  \"b\" ] # why\n"
    );
    assert!(!has_value("[t]\nargs = []\n", "/t/args", sides[0].unwrap()));
    assert_eq!(with_value("[t]\nargs = []\n", "/t/args", sides), None);
}

#[test]
fn a_server_that_no_side_has_is_a_conflict_about_all_of_it() {
    let (base, mut theirs) = (server(), server());
    theirs["mcp_servers"]["x"] = json!({"url": "https://x"});
    let ours = SERVER.replace("npx", "mine") + "\n[mcp_servers.y]\nurl = \"u\"\n";
    let merged = merged_in(&BTreeMap::new(), &base, &ours, &theirs);
    assert_eq!(merged.text, ours);
    let open = &merged.conflicts[0];
    assert_eq!(open.at, ConflictPlace::Value("/mcp_servers/x".to_owned()));
    let sides = [open.ours.as_deref(), open.theirs.as_deref()];
    assert!(has_value(&ours, "/mcp_servers/x", sides[0].unwrap()));
    assert_eq!(
        with_value(&ours, "/mcp_servers/x", sides).unwrap(),
        "[mcp_servers.x]\nurl = \"https://x\"\n\n[mcp_servers.y]\nurl = \"u\"\n"
    );
}

#[test]
fn a_value_of_a_conflict_is_one_value() {
    assert_eq!(value_of("[1, # a\n 2]"), Some(json!([1, 2])));
    for text in ["1\ny = 2", "", "1 # a", "x = 1", "{ a = 1"] {
        assert_eq!(value_of(text), None, "{text}");
    }
}

#[test]
fn dates_and_infinities_of_the_team_are_never_touched() {
    let ours = "a = 1979-05-27 07:32:00Z\nb = [inf, nan]\nc = \"\\u0000inf\"\n[t]\n";
    added(
        ours,
        &json!({"t": {"x": 1}}),
        "a = 1979-05-27 07:32:00Z\nb = [inf, nan]\nc = \"\\u0000inf\"\n[t]\nx = 1\n",
    );
    let dated = json!({"a": "1979-05-27T07:32:00Z"});
    let merged = merged_in(&BTreeMap::new(), &json!({}), ours, &dated);
    assert_eq!((merged.text.as_str(), merged.conflicts.len()), (ours, 1));
    let sides = [
        merged.conflicts[0].ours.as_deref(),
        merged.conflicts[0].theirs.as_deref(),
    ];
    assert_eq!(sides[0], Some("1979-05-27 07:32:00Z"));
    let taken = with_value(ours, "/a", sides).unwrap();
    assert_eq!(
        taken,
        ours.replace("1979-05-27 07:32:00Z", "\"1979-05-27T07:32:00Z\"")
    );
    let back = with_value(&taken, "/a", [sides[1], sides[0]]).unwrap();
    assert_eq!(read(&back), read(ours));
    assert_eq!(shown(&read(ours).unwrap()["b"]), json!(["inf", "nan"]));
}

#[test]
fn what_toml_can_not_say_is_refused() {
    let refused = |part: Value| as_read(&part).unwrap_err();
    assert_eq!(refused(json!({"a": [1, null]})).keys, ["a", "1"]);
    let large: Value = serde_json::from_str("{\"a\": 9223372036854775808}").unwrap();
    assert_eq!(refused(large).value, "9223372036854775808");
    let part: Value = serde_json::from_str("{\"a\": 1e2, \"b\": \"\\u0000inf\"}").unwrap();
    let read_again = read(&to_text(&as_read(&part).unwrap())).unwrap();
    assert_eq!(read_again, as_read(&part).unwrap());
    assert_ne!(read_again, read("a = 100.0\nb = inf\n").unwrap());
    let theirs = to_text(&json!({"a": null}));
    assert!(merge(["", "", &theirs], &context(&BTreeMap::new())).is_err());
}

#[test]
fn large_files_take_no_longer_than_their_length() {
    let mut ours = String::new();
    for index in 0..4_000 {
        ours.push_str(&format!("[t{index}]\na = [1, 2]\nb.c = {{ d = 1 }}\n"));
    }
    let mut part = json!({});
    for index in 0..400 {
        part[format!("t{index}")] = json!({"e": 1});
        part[format!("n{index}")] = json!({"e": 1});
    }
    let installed = merged_in(&BTreeMap::new(), &json!({}), &ours, &part);
    let removed = merged_in(&installed.replaced, &part, &installed.text, &json!({}));
    assert!(removed.text == ours);
    let long = format!("a = [{}]\n", "\"x\", ".repeat(10_000));
    let merged = merged_in(&BTreeMap::new(), &json!({}), &long, &json!({"b": 1}));
    assert!(merged.text == long + "b = 1\n");
    let numbers: Vec<usize> = (0..4_000).collect();
    let list = merged_in(
        &BTreeMap::new(),
        &json!({}),
        "a = [-1]\n",
        &json!({"a": numbers}),
    );
    let back = merged_in(
        &list.replaced,
        &json!({"a": numbers}),
        &list.text,
        &json!({}),
    );
    assert_eq!(back.text, "a = [-1]\n");
}

/// Lines of which a file is made, so that many of them are TOML together.
fn lines() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "# a comment\n",
        "\n",
        "  \n",
        "a = 1\n",
        "b = \"x\" # why\n",
        "c.d = 1\n",
        "c.\"e\" = { f = 1, g.h = 2 }\n",
        "l = [1, 2]\n",
        "l = [\n  1, # one\n  2 # two\n]\n",
        "e = []\n",
        "i = {}\n",
        "i = { x = 1 }\n",
        "date = 1979-05-27\n",
        "m = \"\"\"\n[no]\n\"\"\"\n",
        "[t]\n",
        "[t.u] # why\n",
        "  [ t . v ]\n",
        "[t.v.w]\n",
        "[mcp_servers]\n",
        "[mcp_servers.x]\n",
        "command = 'c'\n",
        "args = ['a']\n",
        "env.A = '1'\n",
        "[mcp_servers.x.env]\n",
        "A = '1'\n",
        "[mcp_servers.\"y z\"]\n",
        "[[s]]\n",
        "[[s.s]]\n",
        "[s.t]\n",
        "mcp_servers.z.command = 'z'\n",
        "i.y = 1\n",
    ]);
    let ends = (any::<bool>(), any::<bool>(), any::<bool>());
    (prop::collection::vec(line, 0..14), ends).prop_map(|(lines, (windows, mark, ended))| {
        let mut text = String::new();
        // A line that makes it no TOML is left out.
        for line in lines {
            let more = format!("{text}{line}");
            if Document::parse(&more).is_ok() {
                text = more;
            }
        }
        if !ended {
            text.truncate(text.trim_end_matches('\n').len());
        }
        if windows {
            text = text.replace('\n', "\r\n");
        }
        let mark = if mark { "\u{feff}" } else { "" };
        format!("{mark}{text}")
    })
}

fn value(depth: u32) -> BoxedStrategy<Value> {
    let scalar = prop::sample::select(vec![
        json!("x"),
        json!(1),
        json!(true),
        json!(1.5),
        json!("1979-05-27"),
        json!([1, 3]),
        json!(["a", "b"]),
        json!([{"a": 1}]),
    ]);
    if depth == 0 {
        return scalar.boxed();
    }
    prop_oneof![2 => scalar, 3 => object(depth - 1)].boxed()
}

fn object(depth: u32) -> BoxedStrategy<Value> {
    let key = prop::sample::select(vec![
        "a",
        "c",
        "d",
        "e",
        "i",
        "l",
        "t",
        "u",
        "v",
        "x",
        "y z",
        "s",
        "mcp_servers",
        "command",
        "args",
        "env",
        "A",
    ]);
    prop::collection::btree_map(key, value(depth), 1..4)
        .prop_map(|map| json!(map))
        .boxed()
}

/// Returns whether a side has everything of another.
fn has_all(value: &Value, part: &Value) -> bool {
    match (value, part) {
        (Value::Object(value), Value::Object(part)) => part
            .iter()
            .all(|(key, part)| value.get(key).is_some_and(|value| has_all(value, part))),
        (value, part) => value == part,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn removing_what_was_installed_gives_the_bytes_from_before(ours in lines(), part in object(3)) {
        // Of a unit, an entry that came into one of the team's would stay.
        let without_units = MergeContext::new(Policies::NONE);
        let text = to_text(&part);
        let installed = merge(["", &ours, &text], &without_units).unwrap();
        let base_value = read(&ours).unwrap();
        // What was there before is the team's.
        let adopted = MergeContext {
            adopted: installed.agreed.clone(),
            replaced: installed.replaced.clone(),
            ..without_units
        };
        let removed = merge([&text, &installed.text, ""], &adopted).unwrap();
        if installed.conflicts.is_empty() {
            prop_assert_eq!(&removed.text, &ours, "{}", installed.text);
        } else {
            prop_assert!(has_all(&removed.value, &base_value));
        }
    }

    #[test]
    fn removing_what_was_upgraded_gives_the_bytes_from_before(
        ours in lines(),
        old in object(3),
        new in object(3),
    ) {
        let without_units = MergeContext::new(Policies::NONE);
        let [old_text, new_text] = [&old, &new].map(to_text);
        let installed = merge(["", &ours, &old_text], &without_units).unwrap();
        let known = MergeContext {
            adopted: installed.agreed.clone(),
            replaced: installed.replaced.clone(),
            ..without_units
        };
        let upgraded = merge([&old_text, &installed.text, &new_text], &known).unwrap();
        let known = MergeContext {
            adopted: Policies::NONE.united([&installed.agreed, &upgraded.agreed]),
            replaced: upgraded.replaced.clone(),
            ..known
        };
        let removed = merge([&new_text, &upgraded.text, ""], &known).unwrap();
        let is_clean = installed.conflicts.is_empty() && upgraded.conflicts.is_empty();
        let is_all = upgraded.released.is_empty()
            && removed.released.is_empty()
            && upgraded.untaken.is_empty();
        // An empty table of the team's that became a value is gone, or is back as another kind of
        // table.
        let filled = |merged: &MergedEntries| Memory::of(&merged.replaced).emptied;
        let is_table = |pointer: &String| {
            let value = upgraded.value.pointer(pointer);
            filled(&upgraded).contains_key(pointer) && value.is_some_and(Value::is_object)
        };
        let is_all = is_all && filled(&installed).keys().all(is_table);
        if is_clean && is_all {
            prop_assert_eq!(&removed.text, &ours, "{}\n{}", installed.text, upgraded.text);
        }
    }

    #[test]
    fn merging_again_changes_nothing(
        ours in lines(),
        base in object(3),
        theirs in object(3),
    ) {
        let merged = merged_in(&BTreeMap::new(), &base, &ours, &theirs);
        prop_assert_eq!(read(&merged.text).unwrap(), merged.value);
        let again = merged_in(&merged.replaced, &theirs, &merged.text, &theirs);
        prop_assert_eq!(&again.text, &merged.text);
        prop_assert_eq!(again.replaced, merged.replaced);
        for open in &merged.conflicts {
            let ConflictPlace::Value(pointer) = &open.at else {
                panic!("a value")
            };
            let sides = [open.ours.as_deref(), open.theirs.as_deref()];
            prop_assert!(has_value(&merged.text, pointer, sides[0].unwrap()));
            let taken = with_value(&merged.text, pointer, sides).unwrap();
            prop_assert!(has_value(&taken, pointer, sides[1].unwrap()));
        }
    }

    #[test]
    fn every_line_but_those_of_lists_stays_where_nothing_goes(
        ours in lines(),
        theirs in object(3),
    ) {
        let merged = merged_in(&BTreeMap::new(), &json!({}), &ours, &theirs);
        let without_mark = |text: &str| text.trim_start_matches(document::BYTE_ORDER_MARK).to_owned();
        let (ours, text) = (without_mark(&ours), without_mark(&merged.text));
        let mut lines = text.lines();
        for line in ours.lines() {
            let is_in_list = line.starts_with("  ") || line.contains("= [") || line.contains("= {");
            let stays = is_in_list || lines.any(|other| other == line);
            prop_assert!(stays, "{line:?} in\n{}", merged.text);
        }
    }

    #[test]
    fn a_text_can_be_made_to_say_any_value(ours in lines(), target in object(4)) {
        let document = Document::parse(&ours).unwrap();
        let mut memory = Memory::default();
        let text = splice::splice(&document, &target, &target, &mut memory).unwrap();
        prop_assert_eq!(read(&text).unwrap(), target);
    }

    #[test]
    fn no_text_panics(text in "[\\[\\]{}=.,\"'#a0\\\\\n\r \u{feff}-]{0,40}", part in object(2)) {
        _ = merge(["", &text, &to_text(&part)], &context(&BTreeMap::new()));
        _ = merge([&to_text(&part), &text, ""], &context(&BTreeMap::new()));
        _ = with_value(&text, "/a", [None, Some("1")]);
        _ = places(&text);
        _ = value_of(&text);
    }
}
