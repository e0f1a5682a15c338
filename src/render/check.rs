//! What `publish` asks of a template, beyond a manifest that parses: strict when publishing,
//! lenient when installing.

use globset::Glob;

use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::answers::{Answer, Answers};
use crate::model::changelog::{CHANGELOG, has_unreleased_changes};
use crate::model::finding::{Finding, Severity};
use crate::model::path::{RelPath, rel};
use crate::model::renderer::RENDERER;
use crate::model::template::{Hook, Question, QuestionKind, TEMPLATE_TOML, rendered_path};
use crate::model::upstream::Upstream;
use crate::words;

use super::compose::{ComposeInputs, compose};

use crate::agent::claude::events;
use crate::agent::usual_facts;
use crate::model::source::Source;

/// What may lie at the root of a template's source.
const FILES: [&str; 5] = [
    TEMPLATE_TOML,
    "README.md",
    "CHANGELOG.md",
    "root.md",
    "gitignore",
];
const FOLDERS: [&str; 10] = [
    "rules", "hooks", "memory", "skills", "commands", "agents", "settings", "files", "accepted",
    "tests",
];

/// What a problem is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemPart {
    /// The manifest and the files.
    Source,
    /// The section of CHANGELOG.md for the version.
    Changelog,
}

impl ProblemPart {
    /// Returns the file that a problem is in unless it names another one.
    fn file(self) -> &'static str {
        match self {
            Self::Source => TEMPLATE_TOML,
            Self::Changelog => CHANGELOG,
        }
    }
}

/// Checks a source as `publish` does: that nothing in it would be ignored, and that it renders.
pub fn check(source: &Source) -> Result<()> {
    for (_, check) in CHECKS {
        check(source)?;
    }
    Ok(())
}

/// Returns all that [`check`] refuses, the first first.
pub fn problems(source: &Source) -> Vec<Finding<ProblemPart>> {
    let mut problems = Vec::new();
    for (part, check) in CHECKS {
        if let Err(error) = check(source) {
            let file = rel(part.file());
            problems.push(Finding::from_error(part, Severity::Error, &error, file));
        }
    }
    problems
}

type Check = fn(&Source) -> Result<()>;

const CHECKS: [(ProblemPart, Check); 5] = [
    (ProblemPart::Source, known_places),
    (ProblemPart::Source, readme),
    (ProblemPart::Changelog, changelog),
    (ProblemPart::Source, references),
    (ProblemPart::Source, |source| {
        composed_for(source, &Variation::Samples, &Agent::ALL).map(drop)
    }),
];

/// Returns what a source becomes for Claude Code in a repo of its own, with sample answers: what it
/// becomes for other agents comes from the same files.
pub fn composed(source: &Source) -> Result<Upstream> {
    composed_as(source, &Variation::Samples)
}

/// Which answers a source is rendered with to see what it can become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variation {
    /// Every question's default, or an answer of its kind.
    Samples,
    /// The same with every yes a no, and every no a yes.
    Turned,
    /// The same with another choice: the question, and its answer.
    Choice(String, String),
}

/// Returns the variations that bring what sample answers leave out, as many as are looked at: what
/// waits for a certain text isn't among them.
pub fn variations(source: &Source) -> Vec<Variation> {
    const MOST: usize = 16;
    let choices = source
        .manifest
        .questions
        .iter()
        .flat_map(|(key, question)| {
            let all = question.choices.iter().flatten();
            let others = all.filter(|choice| sample(question) != Answer::Text((*choice).clone()));
            others.map(|choice| Variation::Choice(key.clone(), choice.clone()))
        });
    std::iter::once(Variation::Turned)
        .chain(choices)
        .take(MOST)
        .collect()
}

/// Returns what a source becomes in a repo of its own with these answers.
pub fn composed_as(source: &Source, variation: &Variation) -> Result<Upstream> {
    composed_for(source, variation, &[Agent::Claude])
}

fn composed_for(source: &Source, variation: &Variation, agents: &[Agent]) -> Result<Upstream> {
    let mut answers = Answers::new();
    for (key, question) in &source.manifest.questions {
        let answer = match (variation, sample(question)) {
            (Variation::Turned, Answer::Bool(yes)) => Answer::Bool(!yes),
            (Variation::Choice(of, choice), _) if of == key => Answer::Text(choice.clone()),
            (_, sample) => sample,
        };
        answers.insert(key.clone(), answer);
    }
    let facts = usual_facts(agents);
    compose(
        std::slice::from_ref(source),
        &ComposeInputs {
            agents,
            answers: &answers,
            facts: &facts,
            renderer: RENDERER,
        },
    )
}

fn known_places(source: &Source) -> Result<()> {
    for path in source.tree.keys() {
        let short = rendered_path(path);
        let (first, below) = short
            .as_str()
            .split_once('/')
            .map_or((short.as_str(), false), |(first, _)| (first, true));
        let known: &[&str] = if below { &FOLDERS } else { &FILES };
        if known.contains(&first) || !below && first.starts_with("LICENSE") {
            continue;
        }
        let what = if below { "in no folder" } else { "no file" };
        let error = Error::user(format!("`{path}` is {what} that a template has")).of(source);
        return Err(match words::nearest(first, known.iter().copied()) {
            Some(near) => error.hint(format!("rename `{first}` to `{near}`")),
            None => error.hint(format!(
                "put what is copied as it is below `files/`; known are {}",
                words::list(known)
            )),
        });
    }
    Ok(())
}

fn readme(source: &Source) -> Result<()> {
    match source.text("README.md") {
        Some(_) => Ok(()),
        None => Err(Error::user(format!("{source} has no `README.md`"))
            .hint("say what the template is for; `agentpkg info` shows it")),
    }
}

fn changelog(source: &Source) -> Result<()> {
    let version = &source.manifest.template.version;
    match source.changelog_section(version) {
        Some(section) if !section.is_empty() => Ok(()),
        Some(_) => Err(Error::user(format!(
            "the section of {version} in `{CHANGELOG}` is empty"
        ))
        .of(source)
        .hint("say what changed for those who upgrade")),
        None if has_unreleased_changes(source.text(CHANGELOG).unwrap_or_default()) => {
            let folder = source.manifest.template.directory.as_ref();
            let folder = words::path_quoted(folder.map_or("TEMPLATE_DIR", RelPath::as_str));
            Err(unnamed_changes(source).command(format!(
                "agentpkg publish {folder} --bump {version} --prepare"
            )))
        }
        None => Err(without_section(source).hint(format!(
            "add `## [{version}] - YYYY-MM-DD` with what changed"
        ))),
    }
}

/// Returns the error of a changelog whose changes are under `## [Unreleased]`, without the command
/// that its last hint is.
pub fn unnamed_changes(source: &Source) -> Error {
    let version = &source.manifest.template.version;
    without_section(source).hint(format!(
        "rename `## [Unreleased]` to `## [{version}]`, or have this command do it"
    ))
}

fn without_section(source: &Source) -> Error {
    let version = &source.manifest.template.version;
    Error::user(format!("`{CHANGELOG}` has no section for {version}")).of(source)
}

/// Names in the manifest lead somewhere.
fn references(source: &Source) -> Result<()> {
    hook_references(source)?;
    glob_references(source)?;
    for (old, new) in &source.manifest.renames {
        if !has_file(source, new) || has_file(source, old) {
            return Err(
                Error::user(format!("`[renames]` says that `{old}` is now `{new}`"))
                    .of(source)
                    .hint("the old path must be gone and the new one there"),
            );
        }
    }
    Ok(())
}

fn has_file(source: &Source, path: &RelPath) -> bool {
    source
        .tree
        .keys()
        .any(|other| rendered_path(other) == *path)
}

fn hook_references(source: &Source) -> Result<()> {
    let hooks = &source.manifest.hooks;
    for (index, hook) in hooks.iter().enumerate() {
        if !has_file(source, &hook.run) {
            return Err(Error::user(format!(
                "the hook `{}` runs `{}`, which is not there",
                hook.id, hook.run
            ))
            .of(source));
        }
        let is_same = |other: &&Hook| {
            let command = |hook: &Hook| {
                (
                    hook.run.clone(),
                    hook.interpreter.clone(),
                    hook.args.clone(),
                )
            };
            event(other) == event(hook) && command(other) == command(hook)
        };
        let same = hooks[..index].iter().find(is_same);
        if let Some(other) = same {
            let both = words::list([&other.id, &hook.id]);
            return Err(Error::user(format!(
                "the hooks {both} run `{}` on the same event",
                hook.run
            ))
            .of(source)
            .hint("write one hook with `matches = [\"A\", \"B\"]`"));
        }
    }
    Ok(())
}

fn glob_references(source: &Source) -> Result<()> {
    for glob in source.manifest.files.keys() {
        // What is no glob at all, rendering says.
        let matches = Glob::new(glob).map_or(true, |compiled| {
            let matcher = compiled.compile_matcher();
            source
                .tree
                .keys()
                .any(|path| matcher.is_match(rendered_path(path).as_str()))
        });
        if !matches {
            return Err(Error::user(format!("`[files.\"{glob}\"]` matches no file")).of(source));
        }
    }
    Ok(())
}

/// The agent's name for a hook's event: one event may be written in two ways.
fn event(hook: &Hook) -> &str {
    events::named(&hook.event).unwrap_or(&hook.event)
}

/// An answer of the right type, to see that the template renders.
fn sample(question: &Question) -> Answer {
    match (&question.default, question.kind) {
        (Some(default), _) => default.clone(),
        (None, QuestionKind::Bool) => Answer::Bool(true),
        (None, QuestionKind::Text) => Answer::Text("example".to_owned()),
        (None, QuestionKind::List) => Answer::List(vec!["example".to_owned()]),
        (None, QuestionKind::Choice) => {
            let first = question.choices.iter().flatten().next();
            Answer::Text(first.cloned().unwrap_or_default())
        }
    }
}
