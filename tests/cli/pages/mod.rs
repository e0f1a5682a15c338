//! The pages of docs/ are typed from top to bottom, and print what they say.
//!
//! Each page is one session in a scene of its own. `just bless` writes what is really printed into
//! the pages. What a block's first line means stands in [`page`].
//!
//! Some pages have tests of their own besides, or instead:
//!
//! | page | what is tested | where |
//! |---|---|---|
//! | ci.md | its jobs and hooks | `tests/cli/jobs`, `.ci/pre-commit` |
//! | compared.md | its tables | `benches/peers/run.py`, by `just bench-peers` |
//! | json.md | its examples | `scenes/json.rs`, `scenes/lint.rs` |
//! | lint.md | its examples, a section a rule | `tests/laws/lint/page.rs` |
//! | merging.md | its examples | `tests/laws/merge/docs.rs` |
//! | README.md | its commands, and its table | `.ci/packages`, `.ci/run`, `tests/laws/readme.rs` |
//! | tests.md | its example of a test | `tests/laws/reference` |
//! | registry.md | blocks that name a script of `.ci`, and the one called `registry` | those scripts |
//! | template-toml.md, agentpkg-toml.md | that they have every key | `tests/laws/reference` |

mod page;
mod session;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use self::page::{Block, Part};
use self::session::Session;

/// Makes a test for each page.
macro_rules! pages {
    ($($name:ident: $file:literal,)*) => {
        /// The pages that are run.
        const PAGES: &[&str] = &[$($file,)*];

        $(
            #[test]
            fn $name() {
                check($file);
            }
        )*
    };
}

pages! {
    agents: "agents.md",
    approval: "approval.md",
    contribute: "contribute.md",
    first_day: "first-day.md",
    leaving: "leaving.md",
    merging: "merging.md",
    platform: "platform.md",
    registry: "registry.md",
    tests: "tests.md",
    upgrade: "upgrade.md",
}

/// Blocks with commands that another test reads: the page, what stands behind the fence, and who reads
/// it.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("ci.md", "yaml pre-commit-local", ".ci/pre-commit"),
    (README, "sh try", ".ci/packages"),
    (README, "sh get", ".ci/packages"),
    (README, "sh lint", ".ci/run"),
    (README, "sh install", ".ci/run"),
    (README, "sh test", ".ci/run"),
];

/// README.md, whose blocks are run by scripts: what they install takes too long for a fast test.
const README: &str = "../README.md";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

/// Runs a page, and compares what it prints; rewrites it where snapshots are overwritten.
#[track_caller]
fn check(file: &str) {
    let path = docs().join(file);
    let text = fs::read_to_string(&path).unwrap();
    let is_blessing = std::env::var("SNAPSHOTS").is_ok_and(|value| value == "overwrite");
    let mut wrong = String::new();
    let mut written = String::new();
    let mut session = Session::start();
    for part in page::read(&text) {
        match part {
            Part::Lines(lines) => {
                for line in lines {
                    written += &format!("{line}\n");
                }
            }
            Part::Script { line, text } => {
                let ended = session.script(&text);
                if ended.code != Some(0) {
                    panic!(
                        "{wrong}docs/{file}:{line}: this script fails\n{text}\n--\n{}",
                        ended.printed
                    );
                }
            }
            Part::Session {
                indent,
                answers,
                commands,
            } => {
                let mut answers_left = answers.clone().unwrap_or_default();
                for command in commands {
                    let place = format!("docs/{file}:{}: $ {}", command.line, command.typed);
                    let ended = match answers {
                        Some(_) => session.run_at_a_desk(&command.typed, &mut answers_left),
                        None => session.run(&command.typed),
                    };
                    if ended.code != Some(0) {
                        panic!(
                            "{wrong}{place}\nends with {}; where that is meant, write `; echo \"exit $?\"`\n{}",
                            ended.code.map_or("no exit code".to_owned(), |code| format!(
                                "exit code {code}"
                            )),
                            ended.printed
                        );
                    }
                    let agrees = page::agrees(&command.printed, &ended.printed);
                    let printed = if agrees {
                        &command.printed
                    } else {
                        &ended.printed
                    };
                    written += &page::written(&indent, &command.typed, printed);
                    if !agrees {
                        let diff = TextDiff::from_lines(&command.printed, &ended.printed);
                        let diff = diff.unified_diff().to_string();
                        writeln!(wrong, "{place}\n{diff}").unwrap();
                    }
                }
                assert!(
                    answers_left.is_empty(),
                    "docs/{file}: nobody asked for {answers_left:?}"
                );
            }
        }
    }
    if is_blessing {
        if written != text {
            fs::write(&path, written).unwrap();
        }
        return;
    }
    assert!(
        wrong.is_empty(),
        "docs/{file} doesn't print what it says. `just bless` takes what is printed:\n\n{wrong}"
    );
    assert_eq!(written, text, "docs/{file} is read and written alike");
}

/// Returns every page of docs/ by its name, and README.md.
fn texts() -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(docs()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            texts.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    let readme = fs::read_to_string(docs().join(README)).unwrap();
    texts.push((README.to_owned(), readme));
    texts.sort();
    texts
}

#[test]
fn every_page_that_can_be_run_is_run() {
    let mut runnable = BTreeSet::new();
    for (name, text) in texts() {
        // The examples of lint.md are files, some of them scripts.
        if name != "lint.md" && name != README && page::is_run(&text) {
            runnable.insert(name);
        }
    }
    let listed: BTreeSet<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    assert_eq!(runnable, listed, "`pages!` lists every page that is run");
}

/// Returns the blocks with commands that are neither run nor say why not.
fn unmarked<'a>(page: &str, blocks: &'a [Block]) -> Vec<&'a Block> {
    let is_run = |block: &Block| {
        let mut elsewhere = ELSEWHERE.iter();
        PAGES.contains(&page) && block.is_run()
            || elsewhere.any(|(other, info, _)| *other == page && *info == block.info)
    };
    let blocks = blocks.iter();
    blocks
        .filter(|block| !block.commands().is_empty() && !is_run(block))
        .filter(|block| block.not_run().is_none_or(|why| why.trim().is_empty()))
        .collect()
}

#[test]
fn every_command_of_a_page_is_run_or_says_why_not() {
    let (mut count, mut wrong) = (0, String::new());
    for (name, text) in texts() {
        if name == "lint.md" {
            continue;
        }
        let blocks = page::blocks(&text);
        for block in unmarked(&name, &blocks) {
            let commands = block.commands().join("\n");
            writeln!(wrong, "docs/{name}:{}\n{commands}", block.line).unwrap();
        }
        for block in &blocks {
            count += block.commands().len();
            check_runner(&name, block);
        }
    }
    assert!(
        wrong.is_empty(),
        "nothing runs these commands; write `not-run: WHY` behind the fence\n{wrong}"
    );
    assert!(count >= 80, "{count} commands were found");
}

/// Where a block is said to be run by a script of `.ci`, that script reads it by its name.
fn check_runner(page: &str, block: &Block) {
    let Some(script) = block.not_run().and_then(|why| {
        why.split([' ', ',', ';'])
            .find(|word| word.starts_with(".ci/"))
    }) else {
        return;
    };
    let text = fs::read_to_string(docs().join("..").join(script)).unwrap();
    let name = block.info.split(' ').nth(1).unwrap_or_default();
    assert!(
        text.contains(&format!("docs/{page}")) && text.contains(name),
        "docs/{page}:{}: {script} doesn't run `{name}`",
        block.line
    );
}

#[test]
fn what_others_run_is_read_by_them() {
    for (page, info, script) in ELSEWHERE {
        let text = fs::read_to_string(docs().join("..").join(script)).unwrap();
        let (_, name) = info.rsplit_once(' ').unwrap();
        assert!(
            text.contains(name),
            "{script} doesn't read `{info}` of {page}"
        );
    }
}
