//! The examples of docs/merging.md are true.

use agentpkg::agent::merge;
use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::Sides;

use super::laws;

const PAGE: &str = include_str!("../../../docs/merging.md");

/// Returns the name and the body of each block whose fence says `merge NAME`.
fn examples() -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    for block in PAGE.split("```merge ").skip(1) {
        let (name, rest) = block.split_once('\n').expect("a fence ends its line");
        let (body, _) = rest.split_once("```\n").expect("a block ends");
        found.push((name, body));
    }
    found
}

/// Returns what follows a `--- NAME` line.
fn part<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let rest = body.split_once(&format!("--- {name}\n"))?.1;
    Some(rest.find("--- ").map_or(rest, |end| &rest[..end]))
}

#[test]
fn each_example_merges_as_the_page_says() {
    let mut conflicts = 0;
    let examples = examples();
    for (name, body) in &examples {
        let [base, ours, theirs] =
            ["base", "ours", "theirs"].map(|side| part(body, side).expect("three versions"));
        let sides = Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        let kind = FileKind::of(name, sides.ours);
        let merge = merge(kind, &sides);
        let result = String::from_utf8(merge.bytes(&sides)).unwrap();
        match part(body, "result") {
            Some(expected) => assert_eq!(
                (result.as_str(), merge.is_clean()),
                (expected, true),
                "{body}"
            ),
            None => {
                let expected = part(body, "conflict")
                    .filter(|rest| !rest.is_empty())
                    .unwrap_or(ours);
                assert_eq!(
                    (result.as_str(), merge.is_clean()),
                    (expected, false),
                    "{body}"
                );
                conflicts += 1;
            }
        }
        laws::check(kind, &sides).unwrap_or_else(|broken| panic!("{broken}"));
    }
    assert!(
        examples.len() >= 15 && conflicts >= 4,
        "{} examples",
        examples.len()
    );
}
