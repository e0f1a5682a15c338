//! Cases and laws of the JSON merge.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::merge::pieces::Location;
use crate::model::path::rel;

/// Policies as the settings of an agent have them, for tests.
pub const SAMPLE: &Policies = &Policies {
    arrays: &[
        (&["permissions", "allow"], ArrayPolicy::Set),
        (&["permissions", "ask"], ArrayPolicy::Set),
        (&["permissions", "deny"], ArrayPolicy::Set),
        (&["permissions", "additionalDirectories"], ArrayPolicy::Set),
        // Cursor and Copilot have handlers without groups; none is told from another but by all of it.
        (&["hooks", "sessionStart"], ArrayPolicy::Set),
        (&["hooks", "beforeSubmitPrompt"], ArrayPolicy::Set),
        (&["hooks", "userPromptSubmitted"], ArrayPolicy::Set),
        (&["hooks", "preToolUse"], ArrayPolicy::Set),
        (&["hooks", "postToolUse"], ArrayPolicy::Set),
        (&["hooks", "stop"], ArrayPolicy::Set),
        (&["hooks", "agentStop"], ArrayPolicy::Set),
        (&["hooks", "sessionEnd"], ArrayPolicy::Set),
        (&["hooks", "preCompact"], ArrayPolicy::Set),
        (&["hooks", "subagentStop"], ArrayPolicy::Set),
        (&["hooks", "notification"], ArrayPolicy::Set),
        (&["hooks", "beforeShellExecution"], ArrayPolicy::Set),
        (&["hooks", "beforeMCPExecution"], ArrayPolicy::Set),
        (&["hooks", "beforeReadFile"], ArrayPolicy::Set),
        (&["hooks", "afterFileEdit"], ArrayPolicy::Set),
        (&["hooks", "afterShellExecution"], ArrayPolicy::Set),
        (&["hooks", "*"], ArrayPolicy::Handlers),
        (&["mcpServers", "*", "args"], ArrayPolicy::Sequence),
        (&["instructions"], ArrayPolicy::Set),
        (&["mcp", "*", "command"], ArrayPolicy::Sequence),
    ],
    units: &[
        &["extraKnownMarketplaces", "*"],
        &["extraKnownMarketplaces", "*", "source"],
        &["fileSuggestion"],
        &["mcp", "*"],
        &["mcpServers", "*"],
        &["policyHelper"],
        &["sandbox", "ripgrep"],
        &["spinnerTipsOverride"],
        &["spinnerVerbs"],
        &["statusLine"],
        &["subagentStatusLine"],
    ],
    scripts: &[".claude/hooks/", ".agents/hooks/"],
    runner: Some(("run", ".hook")),
};

fn context() -> MergeContext {
    let mut context = MergeContext::new(SAMPLE);
    for event in ["PreToolUse", "Stop"] {
        context
            .identities
            .insert(event, rel(".claude/hooks/t/guard.sh"), "t/guard".to_owned());
        context
            .identities
            .insert(event, rel(".claude/hooks/t/watch.sh"), "t/guard".to_owned());
    }
    context
}

fn merged_in(
    context: &MergeContext,
    base: &str,
    ours: &str,
    theirs: &str,
) -> (MergedDocument, String) {
    // What releases contribute is composed as values, and laid out like any new file.
    let fragment = |text: &str| to_text(&text.parse().unwrap());
    let (base, theirs) = (fragment(base), fragment(theirs));
    let parse = |text| Document::parse(text).unwrap();
    let (base, ours, theirs) = (parse(&base), parse(ours), parse(&theirs));
    let merged = merge(&base, &ours, &theirs, context).unwrap();
    let text = text(&merged.merge, &sides(&base, &ours, &theirs));
    (merged, text)
}

fn merged(base: &str, ours: &str, theirs: &str) -> (MergedDocument, String) {
    merged_in(&context(), base, ours, theirs)
}

/// The pointers of the places that both sides changed.
fn contested(merged: &MergedDocument) -> Vec<&str> {
    merged
        .merge
        .conflicts()
        .map(|conflict| match &conflict.place {
            Location::Value(pointer) => pointer.as_str(),
            Location::File | Location::Lines { .. } => "elsewhere",
        })
        .collect()
}

/// What theirs changed and isn't taken: the place, the hook, and what was done.
fn untaken(merged: &MergedDocument) -> Vec<String> {
    let mut said = Vec::new();
    for MissedChange {
        pointer,
        hook,
        change,
        ..
    } in &merged.untaken
    {
        let hook = hook
            .iter()
            .map(|hook| format!(" {hook}"))
            .collect::<String>();
        said.push(format!("{pointer}{hook} {change:?}"));
    }
    said
}

#[track_caller]
fn check(base: &str, ours: &str, theirs: &str, expected: &str) {
    let (merge, text) = merged(base, ours, theirs);
    assert_eq!(text, expected);
    assert_eq!(contested(&merge), [""; 0]);
}

#[test]
fn a_release_adds_its_entries_and_every_byte_of_ours_stays() {
    check(
        "{}",
        "{\r\n    \"model\" : \"opus\",\r\n\r\n    \"permissions\": {\r\n        \"deny\": \
         [\"Read(.env)\"  ]\r\n    }\r\n}",
        r#"{
            "permissions": {"deny": ["Read(.env)", "Read(*.pem)"], "ask": ["Bash(git push *)"]},
            "env": {"A": "1"}
        }"#,
        "{\r\n    \"model\" : \"opus\",\r\n\r\n    \"permissions\": {\r\n        \"deny\": \
         [\"Read(.env)\", \"Read(*.pem)\"  ],\r\n        \"ask\": [\r\n            \"Bash(git \
         push *)\"\r\n        ]\r\n    },\r\n    \"env\": {\r\n        \"A\": \"1\"\r\n    }\r\n}",
    );
}

#[test]
fn layouts_are_followed() {
    // Tabs, a byte order mark, no final newline.
    check(
        "{}",
        "\u{feff}{\n\t\"a\": 1\n}",
        r#"{"b":{"c":[1]}}"#,
        "\u{feff}{\n\t\"a\": 1,\n\t\"b\": {\n\t\t\"c\": [\n\t\t\t1\n\t\t]\n\t}\n}",
    );
    // One line stays one line.
    check(
        "{}",
        r#"{"a":1}"#,
        r#"{"b":{"c":[1,2]}}"#,
        r#"{"a":1, "b": {"c": [1, 2]}}"#,
    );
    check(
        "{}",
        r#"{"a":{},"b":1}"#,
        r#"{"a":{"c":1,"d":2}}"#,
        r#"{"a":{"c": 1, "d": 2},"b":1}"#,
    );
    // An empty document opens up.
    check("{}", "{}\n", r#"{"a":[]}"#, "{\n  \"a\": []\n}\n");
}

#[test]
fn what_a_release_drops_goes_with_its_comma() {
    let ours = "{\n  \"a\": [\n    1,\n    2,\n    3\n  ],\n  \"b\": 1\n}\n";
    check(
        r#"{"a":[1]}"#,
        ours,
        "{}",
        "{\n  \"a\": [\n    2,\n    3\n  ],\n  \"b\": 1\n}\n",
    );
    check(
        r#"{"a":[3]}"#,
        ours,
        "{}",
        "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": 1\n}\n",
    );
    check(r#"{"a":[1,2,3]}"#, ours, "{}", "{\n  \"b\": 1\n}\n");
    check(
        r#"{"b":1}"#,
        ours,
        "{}",
        "{\n  \"a\": [\n    1,\n    2,\n    3\n  ]\n}\n",
    );
    check(
        r#"{"a":[1,3]}"#,
        ours,
        r#"{"a":[4]}"#,
        "{\n  \"a\": [\n    2,\n    4\n  ],\n  \"b\": 1\n}\n",
    );
    check(
        r#"{"a":[1,2,3]}"#,
        ours,
        r#"{"a":[4]}"#,
        "{\n  \"a\": [\n    4\n  ],\n  \"b\": 1\n}\n",
    );
}

#[test]
fn deletions_and_edits_of_the_team_stay() {
    // Deleted here, unchanged upstream.
    check(
        r#"{"a":1,"b":[1,2]}"#,
        r#"{"b":[2]}"#,
        r#"{"a":1,"b":[1,2]}"#,
        r#"{"b":[2]}"#,
    );
    // A whole container deleted here; only what is new upstream arrives.
    check(
        r#"{"p":{"x":1}}"#,
        r#"{"m":0}"#,
        r#"{"p":{"x":1,"y":2}}"#,
        r#"{"m":0, "p": {"y": 2}}"#,
    );
    // Edited here, dropped upstream: released, and said.
    let (merge, text) = merged(r#"{"a":1}"#, r#"{"a":2}"#, "{}");
    assert_eq!(text, r#"{"a":2}"#);
    assert_eq!(
        merge.released,
        [KeptEntry {
            pointer: "/a".into(),
            script: None
        }]
    );
    // Deleted here, changed upstream: stays deleted, and said.
    let (merge, text) = merged(r#"{"a":1}"#, "{}", r#"{"a":2}"#);
    assert_eq!(text, "{}");
    assert_eq!(untaken(&merge), ["/a Changed"]);
    // Edited here, unchanged upstream; changed upstream only.
    check(
        r#"{"a":1,"b":1}"#,
        r#"{"a":2,"b":1}"#,
        r#"{"a":1,"b":3}"#,
        r#"{"a":2,"b":3}"#,
    );
}

#[test]
fn both_sides_changing_one_value_is_a_conflict_and_ours_stays() {
    let (merge, text) = merged(
        r#"{"a":{"b/c":1}}"#,
        r#"{"a":{"b/c":2}}"#,
        r#"{"a":{"b/c":3}}"#,
    );
    assert_eq!(text, r#"{"a":{"b/c":2}}"#);
    assert_eq!(contested(&merge), ["/a/b~1c"]);
    let (merge, _) = merged("{}", r#"{"s":{"args":["a"]}}"#, r#"{"s":{"args":["b"]}}"#);
    assert_eq!(contested(&merge), ["/s/args"]);
    // Numbers are compared by their digits.
    let (merge, _) = merged(
        r#"{"a":1}"#,
        r#"{"a":10000000000000000000000001}"#,
        r#"{"a":10000000000000000000000002}"#,
    );
    assert_eq!(contested(&merge), ["/a"]);
}

#[test]
fn a_container_that_was_empty_gets_its_bytes_back() {
    let ours = "{\n  \"permissions\": {\n  },\n  \"m\": 1\n}\n";
    let part = r#"{"permissions":{"deny":["x"]}}"#;
    let (merge, filled) = merged("{}", ours, part);
    assert_eq!(
        filled,
        "{\n  \"permissions\": {\n    \"deny\": [\n      \"x\"\n    ]\n  },\n  \"m\": 1\n}\n"
    );
    let context = MergeContext {
        replaced: merge.replaced,
        ..context()
    };
    assert_eq!(merged_in(&context, part, &filled, "{}").1, ours);
}

const GUARD: &str = concat!(
    r#"{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","#,
    r#""command":"\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/t/guard.sh","timeout":10}]}]}}"#,
);

fn guard(change: impl FnOnce(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(GUARD).unwrap();
    change(&mut value["hooks"]["PreToolUse"][0]);
    value.to_string()
}

#[test]
fn a_hook_is_the_script_it_runs() {
    // The team widened the matcher, the release changed the timeout: both.
    let ours = guard(|group| group["matcher"] = json!("Bash|Edit"));
    let theirs = guard(|group| group["hooks"][0]["timeout"] = json!(20));
    let (merge, text) = merged(GUARD, &ours, &theirs);
    assert!(merge.merge.is_clean());
    let both = guard(|group| {
        group["matcher"] = json!("Bash|Edit");
        group["hooks"][0]["timeout"] = json!(20);
    });
    assert_eq!(
        text.parse::<Value>().unwrap(),
        both.parse::<Value>().unwrap()
    );
    // The script was renamed upstream: the edit follows.
    let renamed = guard(|group| {
        group["hooks"][0]["command"] = json!("\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/t/watch.sh")
    });
    let (merge, text) = merged(GUARD, &ours, &renamed);
    assert!(merge.merge.is_clean());
    assert!(
        text.contains("watch.sh") && text.contains("Bash|Edit") && !text.contains("guard.sh"),
        "{text}"
    );
}

#[test]
fn hooks_of_others_are_never_touched() {
    let ours = concat!(
        r#"{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","#,
        r#""command":"mine.sh"}],"extra":1}, "odd"]}}"#,
    );
    let (merge, text) = merged("{}", ours, GUARD);
    assert!(merge.merge.is_clean());
    let value: Value = text.parse().unwrap();
    assert_eq!(value["hooks"]["PreToolUse"].as_array().unwrap().len(), 3);
    // Taken away again, the bytes are what they were.
    check(GUARD, &text, "{}", ours);
}

#[test]
fn an_entry_whose_script_is_held_stays() {
    let mut context = context();
    context.held.insert(rel(".claude/hooks/t/guard.sh"));
    let (merge, text) = merged_in(&context, GUARD, GUARD, "{}");
    assert_eq!(text, GUARD);
    assert_eq!(
        merge.released[0].script,
        Some(rel(".claude/hooks/t/guard.sh"))
    );
}

#[test]
fn the_teams_own_entry_of_a_managed_script_is_left_alone() {
    let entry = |matcher: &str, timeout: u8| {
        let command = ".claude/hooks/t/guard.sh";
        let handler = json!({"type": "command", "command": command, "timeout": timeout});
        json!({"matcher": matcher, "hooks": [handler]})
    };
    let settings = |entries: &[Value]| json!({"hooks": {"PreToolUse": entries}}).to_string();
    let base = settings(&[entry("Bash", 10)]);
    let ours = settings(&[entry("Write", 10), entry("Bash", 10)]);
    check(
        &base,
        &ours,
        &settings(&[entry("Bash", 20)]),
        &settings(&[entry("Write", 10), entry("Bash", 20)]),
    );
    check(&base, &ours, "{}", &settings(&[entry("Write", 10)]));
}

#[test]
fn an_equal_entry_that_the_team_had_is_agreed_on() {
    let ours = r#"{"permissions":{"deny":["a","b"]},"env":{"X":"1"}}"#;
    let (merge, text) = merged(
        "{}",
        ours,
        r#"{"permissions":{"deny":["b","c"]},"env":{"X":"1","Y":"2"}}"#,
    );
    assert_eq!(
        text,
        r#"{"permissions":{"deny":["a","b","c"]},"env":{"X":"1", "Y": "2"}}"#
    );
    assert_eq!(
        merge.agreed,
        json!({"permissions": {"deny": ["b"]}, "env": {"X": "1"}})
    );
}

#[test]
fn parts_are_sets_of_entries() {
    let mut value = json!({"permissions": {"deny": ["a"]}, "env": {"A": "1"}});
    SAMPLE
        .union(
            &mut value,
            &json!({"permissions": {"deny": ["a", "b"]}, "model": "x"}),
            false,
        )
        .unwrap();
    assert_eq!(
        value,
        json!({"permissions": {"deny": ["a", "b"]}, "env": {"A": "1"}, "model": "x"})
    );
    let clash = SAMPLE
        .union(&mut value, &json!({"env": {"A": "2"}}), false)
        .unwrap_err();
    assert_eq!(
        (clash.keys.join("."), clash.first, clash.second),
        ("env.A".into(), "\"1\"".into(), "\"2\"".into())
    );
    let rest = SAMPLE.subtract(
        &value,
        &json!({"permissions": {"deny": ["a", "b"]}, "env": {"A": "2"}, "model": "x"}),
    );
    assert_eq!(rest, json!({"env": {"A": "1"}}));
    assert!(is_empty(&SAMPLE.subtract(&value, &value)));
    let seen = project(
        &value,
        &json!({"permissions": {"deny": ["b", "z"]}, "model": "y"}),
        &Identities::new(SAMPLE),
    );
    assert_eq!(seen, json!({"permissions": {"deny": ["b"]}, "model": "y"}));
}

/// Settings of a few keys, so that sides often meet.
fn settings() -> impl Strategy<Value = Value> {
    let rule = prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(|rule| json!(rule));
    let rules = prop::collection::btree_map(
        prop::sample::select(vec!["allow", "deny"]),
        prop::collection::hash_set(rule, 0..4)
            .prop_map(|set| Value::Array(set.into_iter().collect())),
        0..3,
    );
    let env = prop::collection::btree_map(
        prop::sample::select(vec!["X", "Y", "Z"]),
        prop::sample::select(vec!["1", "2"]),
        0..4,
    );
    let command = prop::sample::select(vec![
        "/.claude/hooks/t/guard.sh",
        "/.claude/hooks/t/watch.sh",
        "mine",
        "other",
    ]);
    let matcher = prop::sample::select(vec!["Bash", "Edit"]);
    let group = (command, matcher, 1..3u8).prop_map(|(command, matcher, timeout)| {
        let handler = json!({"type": "command", "command": command, "timeout": timeout});
        json!({"matcher": matcher, "hooks": [handler]})
    });
    // Composition lists no group twice.
    let groups = prop::collection::vec(group, 0..3).prop_map(|groups: Vec<Value>| {
        groups.into_iter().fold(Vec::new(), |mut distinct, group| {
            if !distinct.contains(&group) {
                distinct.push(group);
            }
            distinct
        })
    });
    let hooks = prop::collection::btree_map(
        prop::sample::select(vec!["Stop", "PreToolUse"]),
        groups,
        0..3,
    );
    (
        prop::option::of(rules),
        prop::option::of(env),
        prop::option::of(hooks),
        prop::option::of(0..3u8),
    )
        .prop_map(|(p, e, h, m)| {
            let mut value = serde_json::Map::new();
            value.extend(p.map(|p| ("permissions".to_owned(), json!(p))));
            value.extend(e.map(|e| ("env".to_owned(), json!(e))));
            value.extend(h.map(|h| ("hooks".to_owned(), json!(h))));
            value.extend(m.map(|m| ("model".to_owned(), json!(m))));
            Value::Object(value)
        })
}

/// The same value in several layouts.
fn texts() -> impl Strategy<Value = String> {
    (settings(), 0..4u8).prop_map(|(value, layout)| match layout {
        0 => value.to_string(),
        1 => to_text(&value),
        2 => to_text(&value).replace('\n', "\r\n"),
        _ => to_text(&value).replace("  ", "\t"),
    })
}

/// Every scalar that a value holds, with the keys above it.
fn leaves(keys: &str, value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(object) => object
            .iter()
            .for_each(|(key, value)| leaves(&format!("{keys}/{key}"), value, into)),
        Value::Array(array) => array.iter().for_each(|value| leaves(keys, value, into)),
        scalar => into.push(format!("{keys}={scalar}")),
    }
}

proptest! {
    #[test]
    fn our_silence_takes_theirs_and_theirs_keeps_ours(ours in texts(), other in texts()) {
        let (merge, text) = merged(&ours, &ours, &ours);
        prop_assert_eq!(&text, &ours);
        prop_assert!(merge.merge.is_clean());
        let (merge, text) = merged(&other, &ours, &other);
        prop_assert_eq!(&text, &ours);
        prop_assert!(merge.merge.is_clean());
    }

    #[test]
    fn what_the_team_added_is_never_lost(base in texts(), ours in texts(), theirs in texts()) {
        let (_, text) = merged(&base, &ours, &theirs);
        let all = |text: &str| {
            let mut found = Vec::new();
            leaves("", &text.parse().unwrap(), &mut found);
            found
        };
        let (base, result) = (all(&base), all(&text));
        for leaf in all(&ours) {
            prop_assert!(base.contains(&leaf) || result.contains(&leaf), "{} is lost", leaf);
        }
    }

    #[test]
    fn merging_again_changes_nothing(base in texts(), ours in texts(), theirs in texts()) {
        let (merge, text) = merged(&base, &ours, &theirs);
        if !merge.merge.is_clean() {
            return Ok(());
        }
        let (again, same) = merged(&theirs, &text, &theirs);
        prop_assert_eq!(&same, &text);
        prop_assert!(again.merge.is_clean());
    }

    #[test]
    fn installing_and_removing_restores_every_byte(ours in texts(), theirs in texts()) {
        let (merge, text) = merged("{}", &ours, &theirs);
        if !merge.merge.is_clean() {
            return Ok(());
        }
        let theirs: Value = theirs.parse().unwrap();
        let base = SAMPLE.subtract(&theirs, &merge.agreed);
        let context = MergeContext { replaced: merge.replaced, ..context() };
        prop_assert_eq!(merged_in(&context, &base.to_string(), &text, "{}").1, ours);
    }
}

#[test]
fn what_makes_sense_only_as_a_whole_is_never_taken_apart() {
    let line = r#"{"statusLine": {"type": "command", "command": "x", "padding": 1}}"#;
    let edited = r#"{"statusLine": {"type": "command", "command": "mine", "padding": 1}}"#;
    // Edited here, and no longer in the release: all of it stays.
    let (merge, text) = merged(line, edited, "{}");
    assert_eq!((text.as_str(), contested(&merge)), (edited, vec![]));
    let released: Vec<&str> = merge
        .released
        .iter()
        .map(|one| one.pointer.as_str())
        .collect();
    assert_eq!(released, ["/statusLine"]);
    // As the release had it: all of it goes.
    check(line, line, "{}", "{}");
    // Deleted here: what a release adds to it is no status line.
    let more = r#"{"statusLine": {"type": "command", "command": "x", "refreshInterval": 3}}"#;
    check(line, "{}", more, "{}");
    // Another kind of server, of which ours had edited what is gone.
    let (merge, text) = merged(
        r#"{"mcpServers": {"docs": {"command": "docs", "args": ["--stdio"]}}}"#,
        r#"{"mcpServers": {"docs": {"command": "docs", "args": ["--stdio", "--all"]}}}"#,
        r#"{"mcpServers": {"docs": {"type": "http", "url": "https://example.org/mcp"}}}"#,
    );
    assert_eq!(contested(&merge), ["/mcpServers/docs"]);
    assert!(!text.contains("https"), "{text}");
    // Ours became another kind of server: what a release adds has no place in it.
    let mine = r#"{"mcpServers": {"docs": {"type": "http", "url": "https://mine.example.org"}}}"#;
    let (merge, text) = merged(
        r#"{"mcpServers": {"docs": {"command": "docs"}}}"#,
        mine,
        r#"{"mcpServers": {"docs": {"command": "docs", "env": {"A": "1"}}}}"#,
    );
    assert_eq!(
        (contested(&merge), text.as_str()),
        (vec!["/mcpServers/docs"], mine)
    );
    // One of the same name that was here before, whatever the two have in common.
    for theirs in [
        r#"{"command": "docs", "args": ["-y"]}"#,
        r#"{"type": "http", "url": "https://mine.example.org", "headers": {"A": "1"}}"#,
        r#"{"type": "http", "url": "https://docs.example.org"}"#,
    ] {
        let theirs = format!(r#"{{"mcpServers": {{"docs": {theirs}}}}}"#);
        let (merge, text) = merged("{}", mine, &theirs);
        assert_eq!(
            (contested(&merge), text.as_str()),
            (vec!["/mcpServers/docs"], mine)
        );
    }
    // Ours says all that theirs says.
    let more = mine.replace(r#""type""#, r#""headers": {"A": "1", "B": "2"}, "type""#);
    let wanted = mine.replace(r#""type""#, r#""headers": {"A": "1"}, "type""#);
    check("{}", &more, &wanted, &more);
    // Property by property where nothing is torn.
    check(
        line,
        edited,
        r#"{"statusLine": {"type": "command", "command": "x", "padding": 2}}"#,
        r#"{"statusLine": {"type": "command", "command": "mine", "padding": 2}}"#,
    );
}

#[test]
fn whatever_removed_its_container_a_change_that_is_not_taken_is_named() {
    let slower = guard(|group| group["hooks"][0]["timeout"] = json!(20));
    let wider = guard(|group| group["matcher"] = json!("Bash|Edit"));
    check_untaken(&[
        // The key, the event, the group, the handler of a hook.
        (GUARD, "{}", &slower, &["/hooks Changed"]),
        (
            GUARD,
            r#"{"hooks":{}}"#,
            &slower,
            &["/hooks/PreToolUse Changed"],
        ),
        (
            GUARD,
            r#"{"hooks":{"PreToolUse":[]}}"#,
            &wider,
            &["/hooks/PreToolUse t/guard Changed"],
        ),
        (
            GUARD,
            r#"{"hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[]}]}}"#,
            &slower,
            &["/hooks/PreToolUse t/guard Changed"],
        ),
        (GUARD, "{}", GUARD, &[]),
    ]);
}

#[test]
fn a_change_of_a_value_that_is_not_taken_is_named() {
    check_untaken(&[
        // An object, and what is in it.
        (
            r#"{"env":{"A":"1"}}"#,
            "{}",
            r#"{"env":{"A":"2"}}"#,
            &["/env Changed"],
        ),
        (
            r#"{"env":{"A":"1"}}"#,
            r#"{"env":{}}"#,
            r#"{"env":{"A":"2"}}"#,
            &["/env/A Changed"],
        ),
        (
            r#"{"env":{"A":"1"}}"#,
            "{}",
            r#"{"env":{"A":"2","B":"1"}}"#,
            &["/env/A Changed"],
        ),
        // What makes sense only as a whole.
        (
            r#"{"statusLine":{"type":"command","command":"x"}}"#,
            "{}",
            r#"{"statusLine":{"type":"command","command":"y"}}"#,
            &["/statusLine Changed"],
        ),
        // A sequence.
        (
            r#"{"runner":{"args":["a"]}}"#,
            r#"{"runner":{}}"#,
            r#"{"runner":{"args":["b"]}}"#,
            &["/runner/args Changed"],
        ),
        // An order, where nobody said that it means nothing.
        (
            r#"{"list":["a","b"]}"#,
            r#"{"list":["a","b","c"]}"#,
            r#"{"list":["b","a"]}"#,
            &["/list Reordered"],
        ),
        (
            r#"{"list":["a","b"]}"#,
            r#"{"list":["a","b"]}"#,
            r#"{"list":["b","a"]}"#,
            &[],
        ),
        (
            r#"{"permissions":{"deny":["a","b"]}}"#,
            r#"{"permissions":{"deny":["a","b","c"]}}"#,
            r#"{"permissions":{"deny":["b","a"]}}"#,
            &[],
        ),
    ]);
}

#[track_caller]
fn check_untaken(table: &[(&str, &str, &str, &[&str])]) {
    for (base, ours, theirs, expected) in table {
        let (merge, text) = merged(base, ours, theirs);
        assert_eq!(untaken(&merge), *expected, "{base} {ours} {theirs}: {text}");
    }
}

#[test]
fn what_the_team_had_before_follows_the_release_and_stays_when_that_drops_it() {
    let context = |adopted: &str| MergeContext {
        adopted: adopted.parse().unwrap(),
        ..context()
    };
    let slower = guard(|group| group["hooks"][0]["timeout"] = json!(20));
    let env = r#"{"env":{"A":"1"},"permissions":{"deny":["x"]}}"#;
    for had in [GUARD, env] {
        let (merge, text) = merged_in(&context(had), had, had, "{}");
        assert_eq!(text, had);
        assert!(!merge.untaken.is_empty() && merge.merge.is_clean());
        assert!(
            merge
                .untaken
                .iter()
                .all(|one| one.change == EntryChange::Removed)
        );
    }
    let (merge, text) = merged_in(&context(GUARD), GUARD, GUARD, &slower);
    assert_eq!(contested(&merge), [""; 0]);
    assert_eq!(
        text.parse::<Value>().unwrap(),
        slower.parse::<Value>().unwrap()
    );
    let newer = r#"{"env":{"A":"2"},"permissions":{"deny":["x","y"]}}"#;
    let (merge, text) = merged_in(&context(env), env, env, newer);
    assert_eq!(contested(&merge), [""; 0]);
    assert_eq!(
        text.parse::<Value>().unwrap(),
        newer.parse::<Value>().unwrap()
    );
}

/// A pointer without the numbers of elements.
fn without_numbers(pointer: &str) -> String {
    let keys = pointer
        .split('/')
        .filter(|key| key.parse::<usize>().is_err());
    keys.collect::<Vec<_>>().join("/")
}

proptest! {
    #[test]
    fn every_change_of_a_release_is_taken_contested_or_named(base in texts(), ours in texts(), theirs in texts()) {
        let (merge, text) = merged(&base, &ours, &theirs);
        let released = merge.released.iter().map(|one| one.pointer.as_str());
        let named = contested(&merge).into_iter().chain(released);
        let mut named: Vec<String> = named.map(without_numbers).collect();
        named.extend(merge.untaken.iter().map(|one| one.pointer.clone()));
        let is_named = |leaf: &str| {
            named.iter().any(|place| {
                leaf.strip_prefix(place.as_str()).is_some_and(|rest| rest.starts_with(['/', '=']))
            })
        };
        let all = |text: &str| {
            let mut found = Vec::new();
            leaves("", &text.parse().unwrap(), &mut found);
            found
        };
        let [base, ours, theirs, result] = [&base, &ours, &theirs, &text].map(|text| all(text));
        for leaf in theirs.iter().filter(|leaf| !base.contains(leaf)) {
            prop_assert!(result.contains(leaf) || is_named(leaf), "{leaf} is not taken, and nobody says so: {named:?}");
        }
        let count = |leaves: &[String], leaf: &String| leaves.iter().filter(|one| *one == leaf).count();
        for leaf in base.iter().filter(|leaf| !theirs.contains(leaf)) {
            let is_own = count(&ours, leaf) > count(&base, leaf) || leaf.starts_with("/hooks");
            prop_assert!(!result.contains(leaf) || is_own || is_named(leaf), "{leaf} stays, and nobody says so: {named:?}");
        }
    }
}
