//! Files that a team wrote next to a template's: what the template would have of them.

use crate::model::agent::Agent;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::File;

use super::definition;
use super::definition::Place;
use super::hooks;
use super::translate::Form;

/// A team's file as one of a template's source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnbroughtFile {
    /// Its path in the source.
    pub source: RelPath,
    pub file: File,
}

/// Why a file has no counterpart in a template, as the end of "it …".
const NOT_TOLD: &str = "says what a template has no words for; write it where Claude Code reads it";

/// Returns what a template would have of a file, so that it lands at `path` again: a rule of its
/// own folder, a skill, command or agent, a file with its hooks, or else a file that is copied.
///
/// # Errors
/// The end of "it …", where it is in another agent's words, and a template can't say the same.
pub fn in_template(
    name: &TemplateName,
    agents: &[Agent],
    hooks_folder: &str,
    path: &RelPath,
    file: &File,
) -> Result<UnbroughtFile, &'static str> {
    let form = place_of(name, agents, path).map_or(Form::AsItIs, |(place, _)| place.form);
    let source = source_of(name, agents, hooks_folder, path);
    let source = source.parse().map_err(|_| "can't have its name there")?;
    let bytes = match (form, file.text()) {
        (Form::Translated(translation), Some(text)) => {
            let back = (translation.read_back)(text).unwrap_or_else(|| text.to_owned());
            let made = File {
                bytes: back.into_bytes().into(),
                executable: file.executable,
            };
            let written = File {
                bytes: form
                    .write(made.text().unwrap_or_default())
                    .into_bytes()
                    .into(),
                executable: file.executable,
            };
            if written.bytes != file.bytes && !form.lacks_only_additions(file, &written) {
                return Err(NOT_TOLD);
            }
            made.bytes
        }
        _ => file.bytes.clone(),
    };
    let executable = file.executable;
    let file = File { bytes, executable };
    Ok(UnbroughtFile { source, file })
}

/// Returns where a template has a file so that it lands at `path`.
pub fn source_of(
    name: &TemplateName,
    agents: &[Agent],
    hooks_folder: &str,
    path: &RelPath,
) -> String {
    if let Some((place, rest)) = place_of(name, agents, path) {
        return format!("{}/{rest}", place.from.name());
    }
    match path.below(hooks_folder).and_then(|rest| below(rest, name)) {
        Some(rest) => format!("hooks/{rest}"),
        None => format!("files/{path}"),
    }
}

/// Returns the template whose own folder a file lies in, in a place that an agent reads: nothing
/// where templates have no folders of their own.
pub fn template_of<'n>(
    names: impl IntoIterator<Item = &'n TemplateName>,
    agents: &[Agent],
    hooks_folder: &str,
    path: &RelPath,
) -> Option<&'n TemplateName> {
    let mut names = names.into_iter();
    names.find(|name| {
        let of_place = place_of(name, agents, path).is_some_and(|(place, _)| place.by_template);
        let with_hooks = path.below(hooks_folder).and_then(|rest| below(rest, name));
        of_place || with_hooks.is_some()
    })
}

/// Returns the place that agents read a file at, with the rest of its path.
fn place_of(
    name: &TemplateName,
    agents: &[Agent],
    path: &RelPath,
) -> Option<(&'static Place, String)> {
    let places = agents.iter().flat_map(|agent| definition(*agent).places);
    let mut found = places.filter_map(|place| Some((place, place.rest_of(name.as_str(), path)?)));
    found.next()
}

fn below<'p>(rest: &'p str, name: &TemplateName) -> Option<&'p str> {
    rest.strip_prefix(name.as_str())?.strip_prefix('/')
}

/// Returns the folders in which a template alone has files.
pub fn own_folders(name: &TemplateName, agents: &[Agent], hooks_folder: &str) -> Vec<String> {
    let places = agents.iter().flat_map(|agent| definition(*agent).places);
    let own = places.filter(|place| place.by_template);
    let mut folders: Vec<String> = own.map(|place| format!("{}/{name}", place.to)).collect();
    folders.push(format!("{hooks_folder}/{name}"));
    folders.sort();
    folders.dedup();
    folders
}

/// Returns whether a file is one that agentpkg writes beside those of templates.
pub fn is_own(path: &RelPath) -> bool {
    hooks::is_runner(path) || hooks::is_hook_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[test]
    fn a_file_next_to_a_templates_has_its_place_in_the_template() {
        let name: TemplateName = "house".parse().unwrap();
        let agents = [Agent::Claude, Agent::Cursor];
        for (path, text, source, back) in [
            (".claude/rules/house/a/b.md", "x\n", "rules/a/b.md", "x\n"),
            (".claude/skills/s/x.sh", "x\n", "skills/s/x.sh", "x\n"),
            (".claude/commands/c.md", "x\n", "commands/c.md", "x\n"),
            (".claude/hooks/house/x.awk", "x\n", "hooks/x.awk", "x\n"),
            (
                ".claude/rules/other/a.md",
                "x\n",
                "files/.claude/rules/other/a.md",
                "x\n",
            ),
            (
                ".github/instructions/house/a.instructions.md",
                "x\n",
                "files/.github/instructions/house/a.instructions.md",
                "x\n",
            ),
            ("docs/a.md", "x\n", "files/docs/a.md", "x\n"),
        ] {
            let made = in_template(
                &name,
                &agents,
                ".claude/hooks",
                &rel(path),
                &File::plain(text),
            );
            let made = made.unwrap();
            assert_eq!(
                (made.source.as_str(), made.file.text()),
                (source, Some(back)),
                "{path}"
            );
        }
    }
}
