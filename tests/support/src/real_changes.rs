//! Real changes of real files, made as a team would make them in its rendered repo, and mapped back
//! to the template's source.
//!
//! The templates are made from the releases that the corpus has: words that occur often are
//! answers, a section is conditional, and a list is written by a loop.

use std::sync::LazyLock;

use agentpkg::render::reverse::{AnswerRenderers, Edited, HunkFate, Rendering, Undone, undo};

use crate::made::{Made, answers, files, template};

/// The releases, and each one's next.
pub const STEPS: [(&str, &str); 3] = [("5.0.0", "5.1.0"), ("5.1.0", "6.0.3"), ("6.0.3", "6.1.0")];

/// What becomes of a change that is made alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alone {
    Mapped,
    /// It is mapped, and another repo has something else than the change in its own words.
    Wrong,
    Asked,
    LeftOut,
    /// The answers make the change one of nothing.
    Nothing,
}

/// A file of a release that the next one changes.
pub struct Changed {
    pub step: usize,
    pub path: String,
    pub made: Made,
    pub alone: Vec<Alone>,
}

/// Every file that a release changes, with what becomes of each change.
pub static CHANGED: LazyLock<Vec<Changed>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (step, (from, to)) in STEPS.into_iter().enumerate() {
        let after = files(to);
        for (path, old) in files(from) {
            if let Some(new) = after.get(&path).filter(|new| **new != old) {
                let made = Made::new(&old, new);
                let alone = (0..made.hunks())
                    .map(|change| alone(&path, &made, change))
                    .collect();
                all.push(Changed {
                    step,
                    path,
                    made,
                    alone,
                });
            }
        }
    }
    all
});

fn alone(path: &str, made: &Made, change: usize) -> Alone {
    let (rendered, edited) = (made.rendered(true, &[]), made.rendered(true, &[change]));
    if edited == rendered {
        return Alone::Nothing;
    }
    let undone = undone(path, made, &[change]);
    let open = undone
        .hunks
        .iter()
        .map(|(_, fate)| fate)
        .find(|fate| **fate != HunkFate::Mapped);
    match open {
        Some(HunkFate::Asked(_)) => Alone::Asked,
        Some(_) => Alone::LeftOut,
        None if elsewhere(path, &undone.source) == made.rendered(false, &[change]) => Alone::Mapped,
        None => Alone::Wrong,
    }
}

/// Undoes the rendering of a file with some of its changes made.
fn undone(path: &str, made: &Made, changes: &[usize]) -> Undone {
    let template = template();
    let answered = AnswerRenderers::new(&template, &answers(true));
    let name = format!("rules/{path}.jinja").parse().unwrap();
    let rendering = answered.file(&name, false);
    let (rendered, edited) = (made.rendered(true, &[]), made.rendered(true, changes));
    assert_eq!(
        rendering.render(&made.source).as_ref(),
        Some(&rendered),
        "{path}: its lines are known"
    );
    undo(
        &Edited {
            source: &made.source,
            is_template: true,
            rendered: &rendered,
            edited: &edited,
        },
        &rendering,
        &[],
    )
}

/// Renders a source with other answers.
fn elsewhere(path: &str, source: &str) -> String {
    let template = template();
    let answered = AnswerRenderers::new(&template, &answers(false));
    let name = format!("rules/{path}.jinja").parse().unwrap();
    answered
        .file(&name, false)
        .render(source)
        .expect("it renders elsewhere")
}

/// Returns the changes of a file that are mapped unasked, all together.
pub fn mapped(file: &Changed) -> Vec<usize> {
    let is_mapped = |change: &usize| file.alone[*change] == Alone::Mapped;
    let mut mapped: Vec<usize> = (0..file.alone.len()).filter(is_mapped).collect();
    // What is mapped alone may be in another's way.
    while !mapped.is_empty() && !undone(&file.path, &file.made, &mapped).is_whole() {
        mapped.pop();
    }
    mapped
}
