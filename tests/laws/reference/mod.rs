//! docs/template-toml.md and docs/agentpkg-toml.md have every key, with what the source says of it.
//!
//! What stands between `<!-- keys of TYPE -->` and `<!-- end -->` is made of the documentation of
//! the struct that the file is read into; `just bless` writes it. That the parser takes just these
//! keys, and wants just those that are needed, is asked of the parser itself.

mod source;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use agentpkg::error::Error;
use agentpkg::model::manifest::Manifest;
use agentpkg::model::scenario::Scenario;
use agentpkg::model::template::TemplateManifest;
use support::Scene;

use self::source::{Key, Shape, Table, Types, Word};

/// A file that people write, and the page about it.
struct Reference {
    page: &'static str,
    /// Where the types are, the type of the whole file first.
    sources: &'static [&'static str],
    root: &'static str,
    /// The word behind ```` ```toml ```` of an example of it.
    example: &'static str,
    parse: fn(&str) -> Result<(), Said>,
}

/// What a parser said of a text that it refused, on one line.
struct Said(String);

impl From<Error> for Said {
    fn from(error: Error) -> Self {
        let mut said = error.message().to_owned();
        for hint in error.next_steps() {
            said += &format!(" {hint}");
        }
        Self(said)
    }
}

const REFERENCES: [Reference; 3] = [
    Reference {
        page: "template-toml.md",
        sources: &[
            "src/model/template/mod.rs",
            "src/model/template/hook.rs",
            "src/model/template/question.rs",
        ],
        root: "TemplateManifest",
        example: "toml",
        parse: |text| {
            TemplateManifest::parse("template.toml", text)
                .map(drop)
                .map_err(Said::from)
        },
    },
    Reference {
        page: "agentpkg-toml.md",
        sources: &["src/model/manifest/mod.rs", "src/model/agent.rs"],
        root: "Manifest",
        example: "toml",
        parse: |text| Manifest::parse(text).map(drop).map_err(Said::from),
    },
    Reference {
        page: "agentpkg-toml.md",
        sources: &["src/store/config/file.rs"],
        root: "Config",
        example: "toml config",
        parse: read_as_configuration,
    },
];

/// Has the program read a configuration file.
fn read_as_configuration(text: &str) -> Result<(), Said> {
    let scene = Scene::builder()
        .untrusting()
        .without_default_registry()
        .build();
    scene.write("../home/config/agentpkg/config.toml", text);
    let ran = scene.agentpkg(&["search", "--offline"]);
    let said = ran.said();
    match ran.code {
        Some(0) => Ok(()),
        // What can't be reached was read.
        _ if said.contains("offline") => Ok(()),
        _ => Err(Said(said)),
    }
}

/// Returns what a value, or `many` of them, is called in plain words.
fn called(types: &Types, shape: &Shape, many: bool) -> String {
    let name = match shape {
        Shape::One(name) => name.as_str(),
        Shape::List(inner) => return format!("list of {}", called(types, inner, true)),
        Shape::Map(_, inner) if is_table(types, inner) => return "tables".to_owned(),
        Shape::Map(_, inner) => return format!("table of {}", called(types, inner, true)),
    };
    if let Some(words) = types.words(name) {
        return choice(words);
    }
    let one = match name {
        "bool" => return "`true` or `false`".to_owned(),
        "String" => "text",
        "u32" => "whole number",
        "Version" => "version",
        "Requirement" => "requirement",
        "RelPath" => "path",
        "TemplateName" => "name",
        "Answer" => "answer",
        name if types.table(name).is_some() => "table",
        name => panic!("`{name}` has no plain word"),
    };
    format!("{one}{}", if many { "s" } else { "" })
}

/// Returns the words that a value may be, unless they are many.
fn choice(words: &[Word]) -> String {
    let spelled: Vec<_> = words
        .iter()
        .map(|word| format!("`\"{}\"`", word.spelling))
        .collect();
    match spelled.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) if rest.len() < 4 => format!("{} or {last}", rest.join(", ")),
        _ => "one of the words below".to_owned(),
    }
}

fn is_table(types: &Types, shape: &Shape) -> bool {
    matches!(shape, Shape::One(name) if types.table(name).is_some())
}

/// Returns the tables of a file, in the order in which its keys come, each with its type's name.
fn tables<'a>(types: &'a Types, root: &'a str) -> Vec<(String, &'a Table)> {
    let first = types.table(root).expect("the root is a struct");
    let mut found = vec![(root.to_owned(), first)];
    let mut next = 0;
    while let Some((_, table)) = found.get(next) {
        for key in &table.keys {
            let name = key.shape.innermost();
            if let Some(table) = types.table(name)
                && !found.iter().any(|(known, _)| known == name)
            {
                found.push((name.to_owned(), table));
            }
        }
        next += 1;
    }
    found
}

/// Returns the header of a table in the file, which begins its documentation: `[template]`. The
/// root has none.
fn header(table: &Table) -> Option<&str> {
    let (header, _) = table.about.strip_prefix('`')?.split_once("`: ")?;
    Some(header)
}

/// Returns a section: what the table is, its keys, and the words that they may be.
fn section(types: &Types, table: &Table) -> String {
    let mut text = match header(table) {
        Some(header) => {
            let about = &table.about[header.len() + 4..];
            let mut letters = about.chars();
            let first: String = letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .collect();
            format!("## `{header}`\n\n{first}{}\n", letters.as_str())
        }
        None => "## Top level\n".to_owned(),
    };
    text += "\n| key | what it is | type | needed |\n|---|---|---|---|\n";
    for key in &table.keys {
        let needed = if key.is_needed { "yes" } else { "" };
        text += &format!(
            "| `{}` | {} | {} | {needed} |\n",
            key.name,
            key.about.replace('|', "\\|"),
            called(types, &key.shape, false)
        );
    }
    for key in &table.keys {
        let Some(words) = types.words(key.shape.innermost()) else {
            continue;
        };
        text += &format!("\n| `{}` | |\n|---|---|\n", key.name);
        for word in words {
            text += &format!("| `{}` | {} |\n", word.spelling, word.about);
        }
    }
    text
}

fn place(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(page)
}

/// Returns the page with what is between the markers of a type replaced.
fn replaced(page: &str, name: &str, section: &str) -> String {
    let marker = format!("<!-- keys of {name} -->\n");
    let (before, rest) = page
        .split_once(&marker)
        .unwrap_or_else(|| panic!("no `{}` in the page", marker.trim()));
    let (_, after) = rest.split_once("<!-- end -->").expect("a part ends");
    format!("{before}{marker}\n{section}\n<!-- end -->{after}")
}

#[test]
fn each_page_says_what_the_source_says_of_each_key() {
    let is_blessing = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    for reference in &REFERENCES {
        let types = Types::read(reference.sources);
        let page = fs::read_to_string(place(reference.page)).unwrap();
        let mut made = page.clone();
        for (name, table) in tables(&types, reference.root) {
            made = replaced(&made, &name, &section(&types, table));
        }
        if is_blessing {
            fs::write(place(reference.page), &made).unwrap();
            continue;
        }
        assert!(
            made == page,
            "docs/{} isn't what the source says; `just bless` writes it",
            reference.page
        );
    }
}

/// A key that no file has, and that is like none.
const UNKNOWN: &str = "zzzzzzzz";

/// Returns a file that has a line in a table.
fn with_line(table: &Table, line: &str) -> String {
    match header(table) {
        // Names of templates and questions are in small letters.
        Some(header) => format!("{}\n{line}\n", header.to_ascii_lowercase()),
        None => format!("{line}\n"),
    }
}

/// Returns the words in backticks of a sentence, from `start` on.
fn quoted(said: &str, start: &str) -> BTreeSet<String> {
    let (_, rest) = said
        .split_once(start)
        .unwrap_or_else(|| panic!("no `{start}` in: {said}"));
    rest.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_parser_takes_the_keys_of_the_page_and_no_other() {
    for reference in &REFERENCES {
        let types = Types::read(reference.sources);
        for (name, table) in tables(&types, reference.root) {
            let text = with_line(table, &format!("{UNKNOWN} = 1"));
            let Err(Said(said)) = (reference.parse)(&text) else {
                panic!("an unknown key was taken: {text}");
            };
            assert!(said.contains(&format!("unknown key `{UNKNOWN}`")), "{said}");
            let known = match table.keys.as_slice() {
                [_, _, ..] => quoted(&said, "keys known here: "),
                _ => table.keys.iter().map(|key| key.name.clone()).collect(),
            };
            let keys: BTreeSet<String> = table.keys.iter().map(|key| key.name.clone()).collect();
            assert_eq!(known, keys, "{name}");
        }
    }
}

#[test]
fn the_parser_wants_the_keys_that_the_page_says_are_needed() {
    for reference in &REFERENCES {
        let types = Types::read(reference.sources);
        for (_, table) in tables(&types, reference.root) {
            check_needed(reference, &types, table);
        }
    }
}

/// Adds what the parser says is missing, key by key: those are the needed ones.
fn check_needed(reference: &Reference, types: &Types, table: &Table) {
    let mut lines = String::new();
    let mut wanted = BTreeSet::new();
    while let Err(Said(said)) = (reference.parse)(&with_line(table, &lines)) {
        let Some((_, rest)) = said.split_once("the key `") else {
            break;
        };
        let (missing, _) = rest.split_once('`').expect("it is quoted");
        let Some(key) = table.keys.iter().find(|key| key.name == missing) else {
            break;
        };
        // A table below is another section.
        if is_table(types, &key.shape) || !wanted.insert(key.name.clone()) {
            wanted.insert(key.name.clone());
            break;
        }
        lines += &format!("{} = {}\n", key.name, sample(types, key));
    }
    let needed: BTreeSet<String> = table
        .keys
        .iter()
        .filter(|key| key.is_needed)
        .map(|key| key.name.clone())
        .collect();
    assert_eq!(wanted, needed, "{}\n{lines}", table.about);
}

/// Returns a value that a key takes.
fn sample(types: &Types, key: &Key) -> String {
    let Shape::One(name) = &key.shape else {
        return "[]".to_owned();
    };
    match name.as_str() {
        "bool" => "true".to_owned(),
        "u32" => "1".to_owned(),
        "Version" => "\"1.0.0\"".to_owned(),
        "Requirement" => "\"^1\"".to_owned(),
        "RelPath" => "\"hooks/a.sh\"".to_owned(),
        name => match types.words(name) {
            Some(words) => format!("\"{}\"", words[0].spelling),
            None => "\"a\"".to_owned(),
        },
    }
}

#[test]
fn the_parser_takes_the_words_of_the_page_and_no_other() {
    for reference in &REFERENCES {
        let types = Types::read(reference.sources);
        for (_, table) in tables(&types, reference.root) {
            for key in &table.keys {
                let (name, is_list) = match &key.shape {
                    Shape::One(name) => (name, false),
                    Shape::List(inner) => match inner.as_ref() {
                        Shape::One(name) => (name, true),
                        _ => continue,
                    },
                    Shape::Map(..) => continue,
                };
                let Some(words) = types.words(name) else {
                    continue;
                };
                let value = if is_list {
                    format!("[\"{UNKNOWN}\"]")
                } else {
                    format!("\"{UNKNOWN}\"")
                };
                let text = with_line(table, &format!("{} = {value}", key.name));
                let Err(Said(said)) = (reference.parse)(&text) else {
                    panic!("an unknown word was taken: {text}");
                };
                let known = quoted(&said, "known here: ");
                let listed: BTreeSet<String> =
                    words.iter().map(|word| word.spelling.clone()).collect();
                assert_eq!(known, listed, "{}", key.name);
            }
        }
    }
}

#[test]
fn the_page_names_the_events_that_the_program_knows() {
    let hook = format!("\n[[hooks]]\nid = \"a\"\nevent = \"{UNKNOWN}\"\nrun = \"hooks/a.sh\"\n");
    let files = [
        ("template.toml", hook.as_str()),
        ("hooks/a.sh", "#!/bin/sh\n"),
    ];
    let scene = Scene::new().source("t", "1.0.0", &files);
    let ran = scene.run("agentpkg publish ../templates/t --registry ../registry");
    let known = quoted(&ran.said(), "the events are ");
    let page = fs::read_to_string(place("template-toml.md")).unwrap();
    let (_, rest) = page.split_once("The events are ").unwrap();
    let (sentence, _) = rest.split_once('.').unwrap();
    assert_eq!(quoted(sentence, ""), known);
}

#[test]
fn the_example_of_a_templates_test_is_read_by_the_program() {
    let page = fs::read_to_string(place("tests.md")).unwrap();
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (example, _) = rest.split_once("```\n").unwrap();
    let test = Scenario::parse("tests/default.toml", example).unwrap();
    assert_eq!(test.hooks["guard"].all().len(), 3);
}

#[test]
fn each_example_of_a_page_is_read_by_the_program() {
    for reference in &REFERENCES {
        let page = fs::read_to_string(place(reference.page)).unwrap();
        let mut count = 0;
        for part in page.split(&format!("```{}\n", reference.example)).skip(1) {
            let (example, _) = part.split_once("```\n").expect("an example ends");
            if let Err(Said(said)) = (reference.parse)(example) {
                panic!("docs/{}: {said}\n{example}", reference.page);
            }
            count += 1;
        }
        assert!(count > 0, "docs/{} has an example", reference.page);
    }
}
