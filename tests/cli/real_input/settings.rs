//! `.claude/settings.json` as teams have it: everything stays, the template's part comes, and goes
//! without a trace.

use std::fs;
use std::path::PathBuf;

use jsonschema::Validator;
use serde_json::Value;
use support::{Scene, corpus};

use super::json::{self, LAYOUTS, assert_only_insertions, assert_union};
use super::starter::{self, Starter};

const SETTINGS: &str = ".claude/settings.json";

/// What an install writes where there were no settings.
fn template() -> Value {
    let scene = starter::empty();
    scene.install().exits(0);
    json::parse(&scene.text(SETTINGS))
}

/// Returns the newest release of the template, to be asked for.
fn newest() -> String {
    let manifest = include_str!("../../../templates/org-baseline/template.toml");
    let mut lines = manifest.lines();
    let version = lines.find_map(|line| line.strip_prefix("version = "));
    let version = version.expect("template.toml has a version");
    format!("org-baseline@{}", version.trim_matches('"'))
}

/// Checks everything that holds of an install into settings of this text.
#[track_caller]
fn check(text: &str, template: &Value) {
    let scene = starter::empty();
    scene.write(SETTINGS, text);
    scene.there_and_back();
    assert_only_insertions(text, &scene.text(SETTINGS));
    assert_union(
        &json::parse(text),
        template,
        &json::parse(&scene.text(SETTINGS)),
    );
    scene.drop_template().exits(0);
    // An older release, moved to the newer one, leaves as little behind.
    scene.agentpkg(&["install", "org-baseline@1.0.0"]).exits(0);
    assert_only_insertions(text, &scene.text(SETTINGS));
    scene.agentpkg(&["install", &newest()]).exits(0);
    let installed = scene.text(SETTINGS);
    assert_only_insertions(text, &installed);
    assert_union(&json::parse(text), template, &json::parse(&installed));
    if text.contains("\r\n") && !text.replace("\r\n", "").contains('\n') {
        assert!(
            !installed.replace("\r\n", "").contains('\n'),
            "a file of CRLF stays one"
        );
    }
    findings_are_the_teams(&scene, text, &installed);
    scene.drop_template().exits(0);
    assert_eq!(scene.text(SETTINGS), text);
}

/// What `check` finds is what it finds in the settings without the template's part.
#[track_caller]
fn findings_are_the_teams(scene: &Scene, text: &str, installed: &str) {
    let after = findings(scene);
    scene.write(SETTINGS, text);
    let before = findings(scene);
    scene.write(SETTINGS, installed);
    assert_eq!(before, after);
    scene
        .agentpkg(&["check"])
        .exits(i32::from(!after.is_empty()));
}

/// The rules and messages of what `check` finds.
fn findings(scene: &Scene) -> Vec<(String, String)> {
    let report = json::parse(&scene.agentpkg(&["check", "--json"]).stdout);
    let finding = |finding: &Value| {
        assert_eq!(finding["path"], SETTINGS);
        (finding["rule"].to_string(), finding["message"].to_string())
    };
    report["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(finding)
        .collect()
}

/// Settings that no editor of ours wrote.
const SETTINGS_OF_TEAMS: &[&str] = &[
    "{}",
    "{}\n",
    "{ }\n",
    "{\n}\n",
    "\n\n{\n\n}\n\n",
    "{\"hooks\":{}}",
    "{\n  \"hooks\": {},\n  \"permissions\": {\n  }\n}\n",
    "{\n  \"hooks\": {\"PreToolUse\": [ ]},\n  \"permissions\": {\"deny\": [\n\n  ], \"allow\": []}\n}\n",
    // The team has a part of the template already.
    "{\n  \"permissions\": {\n    \"deny\": [\"Read(./.env)\", \"Read(./secrets/**)\"],\n    \"allow\": [\"Bash(ls)\"]\n  }\n}\n",
    // Rules twice, and one that the template denies.
    "{\"permissions\": {\"allow\": [\"Bash(a)\", \"Bash(a)\", \"Bash(npm publish *)\"], \"ask\": [\"Bash(a)\"]}}\n",
    // Names and values written with escapes are the same names and values.
    "{\n  \"\\u0068ooks\": {},\n  \"permi\\u0073sions\": {\"de\\u006ey\": [\"Read(.\\/.env)\", \"\\ud83d\\ude80 \u{2028}\"]}\n}\n",
    // Numbers that no float holds.
    "{\"a\": 1e999, \"b\": -0, \"c\": 1.0, \"d\": 12345678901234567890123, \"e\": 1E+2, \"f\": 0.10}\n",
    // Layouts.
    "{\r\n  \"model\": \"x\",\r\n  \"permissions\": {\"deny\": []},\r\n  \"hooks\": {\r\n    \"Stop\": []\r\n  }\r\n}\r\n",
    "\u{feff}{\r\n\t\"permissions\": {\r\n\t\t\"allow\": [\r\n\t\t\t\"Bash(a)\"\r\n\t\t]\r\n\t}\r\n}",
    "{\r  \"model\": \"x\",\r  \"env\": {}\r}\r",
    "{\r\n  \"model\": \"x\",\n  \"env\": {\"A\": \"1\"}\r\n}\n",
    "{ \"model\" : \"x\"\n, \"permissions\" : { \"deny\" : [ \"Read(a)\"\n, \"Read(b)\" ] }\n, \"env\" : {} }\n",
    "{\n\t\"permissions\":\n\t{\n\t\t\"deny\":\n\t\t[\n\t\t\t\"Read(a)\"\n\t\t]\n\t}\n}",
    "{\"permissions\":{\"deny\":[\"Read(a)\"\n]\n}\n,\"hooks\":\n{}}",
    "   {\"model\"\n:\"x\"}   ",
    // Names that mean something elsewhere.
    "{\"\": {\"\": []}, \"__proto__\": {\"constructor\": null}, \"a/b~c\": {\"0\": [[], {}]}}\n",
    // The team's hooks for the same tools, one with a script beside the template's.
    "{\"hooks\": {\"PreToolUse\": [{\"matcher\": \"Bash\", \"hooks\": [{\"type\": \"command\", \"command\": \"true\"}]}]}}\n",
    "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\n        \"matcher\": \"Bash\",\n        \"hooks\": [\n          {\"type\": \"command\", \"command\": \"\\\"$CLAUDE_PROJECT_DIR\\\"/.claude/hooks/ours.sh\"}\n        ]\n      }\n    ],\n    \"Stop\": []\n  }\n}\n",
    // What an agent would not take, and we neither mend nor worsen.
    "{\"permissions\": {\"additionalDirectories\": \"..\"}, \"env\": [], \"hooks\": {\"Stop\": {}, \"PreToolUse\": [1, [], {\"hooks\": 1}]}}\n",
];

#[test]
fn settings_of_every_kind_are_there_and_back() {
    let template = template();
    for text in SETTINGS_OF_TEAMS {
        eprintln!("{text:?}");
        check(text, &template);
    }
}

#[test]
fn a_hook_that_the_team_has_already_is_adopted_and_must_not_lose_its_script() {
    let group = &template()["hooks"]["PreToolUse"][0];
    let text = format!("{{\n  \"hooks\": {{\n    \"PreToolUse\": [{group}]\n  }}\n}}\n");
    let scene = starter::empty();
    scene.write(SETTINGS, &text).install().exits(0);
    let installed = scene.text(SETTINGS);
    assert_eq!(installed.matches("/guard-bash ").count(), 1, "{installed}");
    assert_only_insertions(&text, &installed);
    // The entry stays, since the team had it, and so does what it runs.
    scene.drop_template().shows("yours now");
    assert_eq!(scene.text(SETTINGS), text);
    for file in [
        "guard-bash.hook",
        "guard-bash.sh",
        "guard-bash.awk",
        "../run",
        "lib-input.awk",
        "lib-shell.awk",
    ] {
        assert!(
            scene.path(".claude/hooks/org-baseline").join(file).exists(),
            "{file}"
        );
    }
}

#[test]
fn hooks_of_a_copied_folder_never_lose_their_scripts_alone() {
    let scene = starter::empty();
    scene.install().exits(0);
    // The folder was copied from another repository, without agentpkg's own files.
    for own in ["agentpkg.toml", "agentpkg.lock"] {
        std::fs::remove_file(scene.path(own)).unwrap();
    }
    std::fs::remove_dir_all(scene.path(".agentpkg")).unwrap();
    scene.install().exits(0).shows("now managed");
    // The files were there before, and so were the entries: all of it stays.
    scene.drop_template().shows("yours now");
    assert_eq!(scene.text(SETTINGS).matches("/guard-bash ").count(), 1);
    super::hooks::guard(&scene);
}

#[test]
fn a_document_nested_as_deep_as_is_read_is_kept() {
    let deep = format!("{{\"a\": {}{}}}\n", "[".repeat(120), "]".repeat(120));
    check(&deep, &template());
}

#[test]
fn a_large_document_is_merged_in_time() {
    let rules: Vec<String> = (0..20_000)
        .map(|number| format!("    \"Bash(tool-{number} *)\""))
        .collect();
    let text = format!(
        "{{\"permissions\": {{\n  \"allow\": [\n{}\n  ]\n}}}}\n",
        rules.join(",\n")
    );
    let scene = starter::empty();
    scene.write(SETTINGS, &text);
    let start = std::time::Instant::now();
    scene.install().exits(0);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    assert_only_insertions(&text, &scene.text(SETTINGS));
    scene.drop_template().exits(0);
    assert_eq!(scene.text(SETTINGS), text);
}

/// The folder of settings in the corpus, without and with the schema.
fn documents() -> (Vec<String>, PathBuf) {
    let entries = fs::read_dir(corpus().join("settings")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let is_schema = |path: &PathBuf| path.to_string_lossy().ends_with(".schema.json");
    let (schemas, documents): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_schema);
    let [schema] = schemas.try_into().expect("the corpus has one schema");
    assert!(documents.len() >= 10, "the corpus has documents");
    (
        documents
            .iter()
            .map(|path| as_settings(&fs::read_to_string(path).unwrap()))
            .collect(),
        schema,
    )
}

/// Makes settings of a hook file of another shape.
fn as_settings(text: &str) -> String {
    let value = json::parse(text);
    let events = |value: &Value| {
        value
            .as_object()
            .is_some_and(|events| events.values().all(Value::is_array))
    };
    let is_bare =
        value.get("hooks").is_none() && events(&value) && !value.as_object().unwrap().is_empty();
    if is_bare {
        format!("{{\n\"hooks\": {}\n}}\n", text.trim_end())
    } else {
        text.to_owned()
    }
}

/// Checks all settings of the corpus in one layout.
fn check_corpus(layout: &str) {
    let (_, lay_out) = LAYOUTS.iter().find(|(name, _)| *name == layout).unwrap();
    let template = template();
    for (number, text) in documents().0.iter().enumerate() {
        eprintln!("document {number}, {layout}");
        check(&lay_out(text), &template);
    }
}

macro_rules! layouts {
    ($($test:ident: $layout:literal;)*) => {
        $(
            #[test]
            #[ignore = "needs AGENTPKG_CORPUS"]
            fn $test() {
                check_corpus($layout);
            }
        )*

        #[test]
        fn every_layout_is_tested() {
            assert_eq!([$($layout),*], LAYOUTS.map(|(name, _)| name));
        }
    };
}

layouts! {
    real_settings_as_they_are: "as it is";
    real_settings_with_crlf: "with CRLF";
    real_settings_with_tabs: "indented by tabs";
    real_settings_with_wide_indents: "indented by five spaces";
    real_settings_minified: "minified";
    real_settings_without_a_final_newline: "without a final newline";
    real_settings_with_a_byte_order_mark: "with a byte order mark";
    real_settings_with_everything_of_windows: "with a byte order mark, CRLF and no final newline";
}

#[test]
#[ignore = "needs AGENTPKG_CORPUS"]
fn what_the_schema_accepts_before_it_accepts_after() {
    let (documents, schema) = documents();
    let schema = json::parse(&fs::read_to_string(schema).unwrap());
    let schema = jsonschema::draft7::options()
        .should_validate_formats(false)
        .build(&schema)
        .unwrap();
    valid(&schema, &template());
    let mut accepted = 0;
    for text in documents
        .iter()
        .filter(|text| schema.is_valid(&json::parse(text)))
    {
        let scene = starter::empty();
        scene.write(SETTINGS, text).install().exits(0);
        valid(&schema, &json::parse(&scene.text(SETTINGS)));
        // So is each step of the way between releases.
        scene.agentpkg(&["undo"]).exits(0);
        scene
            .agentpkg(&["install", "org-baseline@1.0.0", "--set", "team=payments"])
            .exits(0);
        valid(&schema, &json::parse(&scene.text(SETTINGS)));
        scene.agentpkg(&["install", "org-baseline@1.1.0"]).exits(0);
        valid(&schema, &json::parse(&scene.text(SETTINGS)));
        accepted += 1;
    }
    assert!(
        accepted >= 5,
        "the schema accepts {accepted} documents of the corpus"
    );
}

#[track_caller]
fn valid(schema: &Validator, value: &Value) {
    let errors: Vec<String> = schema
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}
