//! Real changes of real files, made as a team would make them in its rendered repo, and mapped back to the template's source.
//!
//! The templates are made from the releases that the corpus has: words that occur often are answers, a section is
//! conditional, and a list is written by a loop.

mod laws;
mod made;

use std::collections::BTreeMap;

use agentpkg::render::reverse::{Answered, Edited, Fate, Rendering, undo};

use made::{Made, answers, files, template};

/// The releases, and each one's next.
const STEPS: [(&str, &str); 3] = [("5.0.0", "5.1.0"), ("5.1.0", "6.0.3"), ("6.0.3", "6.1.0")];

#[test]
#[ignore = "needs AGENTPKG_CORPUS"]
fn real_changes_are_mapped_and_none_is_mapped_wrongly() {
    let template = template();
    let (ours, theirs) = (Answered::new(&template, &answers(true)), Answered::new(&template, &answers(false)));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (from, to) in STEPS {
        let (before, after) = (files(from), files(to));
        for (path, old) in &before {
            let Some(new) = after.get(path).filter(|new| *new != old) else { continue };
            let made = Made::new(old, new);
            let name = format!("rules/{path}.jinja").parse().unwrap();
            let (here, elsewhere) = (ours.file(&name, false), theirs.file(&name, false));
            let rendered = here.render(&made.source).expect("it renders");
            assert_eq!(rendered, made.rendered(true, &[]), "{path}: the lines are known");
            for hunk in 0..made.hunks() {
                let edited = made.rendered(true, &[hunk]);
                if edited == rendered {
                    // A change of what the answers made the same.
                    *counts.entry("nothing to do").or_default() += 1;
                    continue;
                }
                let file = Edited { source: &made.source, is_template: true, rendered: &rendered, edited: &edited };
                let undone = undo(&file, &here, &[]);
                let what = match undone.hunks.iter().map(|(_, fate)| fate).find(|fate| **fate != Fate::Mapped) {
                    None => "mapped",
                    Some(Fate::Asked(_)) => "asked",
                    Some(_) => "left out",
                };
                *counts.entry(what).or_default() += 1;
                if what != "mapped" {
                    if std::env::var_os("SHOW").is_some() {
                        println!("==== {from} {path} hunk {hunk}: {:#?}", undone.hunks);
                    }
                    continue;
                }
                let there = elsewhere.render(&undone.source);
                if there.as_ref() != Some(&made.rendered(false, &[hunk])) {
                    wrong.push(format!("{from} {path} hunk {hunk}: {:#?}", undone.hunks));
                }
            }
        }
    }
    println!("{counts:?}, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let of = |what: &str| counts.get(what).copied().unwrap_or_default();
    let all = of("mapped") + of("asked") + of("left out");
    assert!(all >= 400, "{counts:?}");
    assert!(of("mapped") * 100 >= all * 95, "{counts:?}");
}
