//! The files in `ci/` as GitHub and GitLab read them.

use std::fs;
use std::path::Path;

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

/// What begins and ends the script inside the component, and how far it is indented.
const BEGIN: &str = "      cat >\"$upgrade\" <<'END_OF_UPGRADE_REQUEST'\n";
const END: &str = "      END_OF_UPGRADE_REQUEST\n";
const INDENT: &str = "      ";

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

pub fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the documents of a YAML text; every scalar is a text.
pub fn documents(text: &str) -> Vec<Value> {
    let mut documents = Vec::new();
    // What isn't closed yet: a list, or a mapping with the key that waits for its value.
    let mut open: Vec<(Value, Option<String>)> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, _) = event.unwrap();
        let done = match event {
            Event::SequenceStart(..) => {
                open.push((Value::Array(Vec::new()), None));
                continue;
            }
            Event::MappingStart(..) => {
                open.push((Value::Object(Map::new()), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().unwrap().0,
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            Event::Alias(_) => panic!("GitHub reads no aliases"),
            _ => continue,
        };
        match open.last_mut() {
            None => documents.push(done),
            Some((Value::Array(list), _)) => list.push(done),
            Some((Value::Object(mapping), key)) => match key.take() {
                None => *key = Some(done.as_str().unwrap().to_owned()),
                Some(key) => {
                    let before = mapping.insert(key, done);
                    assert!(before.is_none(), "a key is there twice");
                }
            },
            Some(_) => unreachable!("only lists and mappings are opened"),
        }
    }
    documents
}

/// Returns the script that the component of GitLab runs.
pub fn script() -> String {
    let documents = documents(&read("ci/gitlab/upgrade.yml"));
    let [_, jobs] = documents.as_slice() else {
        panic!("a specification and jobs");
    };
    let steps = jobs["agentpkg-upgrade"]["script"].as_array().unwrap();
    let mut texts = steps.iter().filter_map(Value::as_str);
    let step = texts.find(|step| step.contains("END_OF_UPGRADE_REQUEST"));
    let (_, inside) = step
        .unwrap()
        .split_once("<<'END_OF_UPGRADE_REQUEST'\n")
        .unwrap();
    let (script, _) = inside.split_once("END_OF_UPGRADE_REQUEST\n").unwrap();
    script.to_owned()
}

/// A job gets no other file of the project that it was included from.
#[test]
fn the_component_has_the_script_in_it() {
    let script = read("ci/upgrade-request");
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        let component = read("ci/gitlab/upgrade.yml");
        let (before, rest) = component.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let line = |line: &str| match line {
            "" => "\n".to_owned(),
            line => format!("{INDENT}{line}\n"),
        };
        let inside: String = script.lines().map(line).collect();
        let component = format!("{before}{BEGIN}{inside}{END}{after}");
        fs::write(path("ci/gitlab/upgrade.yml"), component).unwrap();
    }
    assert!(
        script == self::script(),
        "ci/gitlab/upgrade.yml has another script than ci/upgrade-request; \
         SNAPSHOTS=overwrite brings it up to date"
    );
}

/// An expression inside a script is replaced by somebody's text before a shell reads it.
#[test]
fn no_script_has_an_expression_in_it() {
    for name in ["ci/github/check/action.yml", "ci/github/upgrade/action.yml"] {
        let action = &documents(&read(name))[0];
        assert_eq!(action["runs"]["using"], "composite", "{name}");
        for step in action["runs"]["steps"].as_array().unwrap() {
            assert!(!step["run"].as_str().unwrap().contains("${{"), "{name}");
            assert_eq!(step["shell"], "bash", "{name}");
        }
    }
    for name in ["ci/gitlab/check.yml", "ci/gitlab/upgrade.yml"] {
        for (_, job) in documents(&read(name))[1].as_object().unwrap() {
            for step in job["script"].as_array().unwrap() {
                assert!(!step.as_str().unwrap().contains("$[["), "{name}");
            }
        }
    }
}

#[test]
fn inputs_are_described_and_used_and_install_this_version() {
    let check = |name: &str, inputs: &Value, rest: &str, used: &dyn Fn(&str) -> String| {
        for (input, said) in inputs.as_object().unwrap() {
            assert!(said["description"].is_string(), "{name}: {input}");
            assert!(rest.contains(&used(input)), "{name} doesn't use {input}");
        }
        assert_eq!(
            inputs["version"]["default"],
            env!("CARGO_PKG_VERSION"),
            "{name}"
        );
    };
    for name in ["ci/github/check/action.yml", "ci/github/upgrade/action.yml"] {
        let text = read(name);
        let inputs = &documents(&text)[0]["inputs"];
        check(name, inputs, &text, &|input| {
            format!("${{{{ inputs.{input} }}}}")
        });
    }
    for name in ["ci/gitlab/check.yml", "ci/gitlab/upgrade.yml"] {
        let text = read(name);
        let inputs = &documents(&text)[0]["spec"]["inputs"];
        check(name, inputs, &text, &|input| {
            format!("$[[ inputs.{input} ]]")
        });
    }
}

/// Returns the blocks of docs/ci.md of one kind.
pub fn shown(kind: &str) -> Vec<String> {
    let page = read("docs/ci.md");
    let begin = format!("```{kind}\n");
    let blocks = page.split(&begin).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap().to_owned())
        .collect()
}

#[test]
fn the_workflows_of_the_documentation_name_what_there_is() {
    let version = env!("CARGO_PKG_VERSION");
    let mut actions = Vec::new();
    for block in shown("yaml github") {
        let workflow = documents(&block).remove(0);
        for (_, job) in workflow["jobs"].as_object().unwrap() {
            for step in job["steps"].as_array().unwrap() {
                let uses = step["uses"].as_str().unwrap();
                let Some(own) = uses.strip_prefix("OWNER/agentpkg/") else {
                    continue;
                };
                let (folder, at) = own.split_once('@').unwrap();
                assert_eq!(at, format!("v{version}"));
                let action = documents(&read(&format!("{folder}/action.yml"))).remove(0);
                let given = step["with"].as_object().into_iter().flatten();
                for (input, _) in given {
                    assert!(action["inputs"][input].is_object(), "{folder}: {input}");
                }
                actions.push(folder.to_owned());
            }
        }
        let permissions = workflow["permissions"].as_object().unwrap();
        let may_write = permissions.values().any(|access| access == "write");
        assert_eq!(may_write, block.contains("ci/github/upgrade"), "{block}");
    }
    assert_eq!(actions, ["ci/github/check", "ci/github/upgrade"]);
    let mut files = Vec::new();
    for block in shown("yaml gitlab") {
        for include in documents(&block)[0]["include"].as_array().unwrap() {
            assert_eq!(include["ref"], format!("v{version}"));
            let file = include["file"].as_str().unwrap();
            assert_eq!(documents(&read(file)).len(), 2);
            files.push(file.to_owned());
        }
    }
    assert_eq!(files, ["ci/gitlab/check.yml", "ci/gitlab/upgrade.yml"]);
}

/// `.ci/pre-commit` runs them; here is only what has to be said twice.
#[test]
fn the_hooks_of_the_documentation_are_those_that_there_are() {
    let version = env!("CARGO_PKG_VERSION");
    let hooks = documents(&read(".pre-commit-hooks.yaml")).remove(0);
    let local = documents(&shown("yaml pre-commit-local")[0]).remove(0);
    let local = local["repos"][0]["hooks"].as_array().unwrap().clone();
    let remote = documents(&shown("yaml pre-commit")[0]).remove(0);
    let remote = &remote["repos"][0];
    assert_eq!(remote["rev"], format!("v{version}"));
    for (at, hook) in hooks.as_array().unwrap().iter().enumerate() {
        for key in ["id", "name", "entry", "always_run", "pass_filenames"] {
            assert_eq!(hook[key], local[at][key], "{key}");
        }
        assert_eq!(hook["id"], remote["hooks"][at]["id"]);
        let wheel = format!("agentpkg-cli=={version}");
        assert_eq!(local[at]["additional_dependencies"][0], wheel);
    }
    assert_eq!(hooks.as_array().unwrap().len(), local.len());
}
