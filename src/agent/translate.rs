//! How a file of a template is written for agents that don't read it as it is.

use serde_json::Value;

use crate::merge::json::Policies;
use crate::merge::kind::FileKind;
use crate::merge::pieces::Sides;
use crate::merge::{self, block};
use crate::model::frontmatter;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::BlockName;

use super::definition::{SourceFolder, places};
use super::sections;

/// How a file of a template stands in a file of an agent.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// As it is.
    AsItIs,
    /// In other words.
    Translated(&'static Translation),
}

/// How a file of a template is put into other words.
#[derive(Debug)]
pub struct Translation {
    /// Writes it in them.
    pub write: fn(&str) -> String,
    /// Whether it only adds what may as well be missing: what is no text stays as it is, and a text
    /// without the addition is the template's own.
    pub only_adds: bool,
    /// Returns the file of a template that gives a text, if that can be told from the text alone.
    pub read_back: fn(&str) -> Option<String>,
    /// Returns why the agent can't have a file at all, as the end of "without 1 command: …".
    pub refuses: fn(&str) -> Option<&'static str>,
    /// Returns what the agent doesn't get of a file, as the end of "1 rule …".
    pub loses: fn(&str) -> Option<&'static str>,
}

impl Translation {
    /// A translation that any file has, and that can't be told from the text alone.
    pub const fn new(write: fn(&str) -> String) -> Self {
        Self {
            write,
            only_adds: false,
            read_back: |_| None,
            refuses: |_| None,
            loses: |_| None,
        }
    }
}

impl Form {
    /// Returns how a file of a template's source stands at a path of the repository, if the
    /// renderer of this number wrote it.
    pub fn of(source: &RelPath, at: &RelPath, renderer: u32) -> Self {
        // What isn't Markdown is no text of the kind that the folder is for.
        let folder = SourceFolder::of(source).filter(|(_, rest)| rest.ends_with(".md"));
        let Some((folder, _)) = folder else {
            return Self::AsItIs;
        };
        let mut places = places();
        let place = places.find(|(_, place)| place.from == folder && place.has(at));
        place.map_or(Self::AsItIs, |(_, place)| place.form_by(renderer))
    }

    /// Returns how a file of a template stands in a block of root instructions.
    pub fn of_block(name: &BlockName) -> Self {
        match &name.section {
            Some(_) => Self::Translated(&sections::SECTION),
            None => Self::AsItIs,
        }
    }

    /// Returns a template's file with what a team did to it in this form: the way back.
    ///
    /// Where the template's file can be told from what was made of it, so can the team's. Where
    /// only the body was edited, it takes the place of the template's. Else it is a merge:
    /// what was installed is the base, the team's text is ours, and the template's own file is
    /// theirs. None where the result, written in this form again, isn't the team's text: a scope in
    /// another agent's words, or a line that this form has of its own.
    pub fn read_back(self, file: &str, installed: &str, edited: &str) -> Option<String> {
        if let Self::Translated(translation) = self
            && (translation.read_back)(installed).as_deref() == Some(file)
        {
            let back = (translation.read_back)(edited);
            if back.is_some() {
                return back;
            }
            if translation.only_adds && (translation.write)(edited) != edited {
                return Some(edited.to_owned());
            }
        }
        let with_body = with_body(file, installed, edited);
        with_body
            .filter(|back| self.gives(back, edited))
            .or_else(|| merged(file, installed, edited).filter(|back| self.gives(back, edited)))
    }

    /// Returns whether a file is another one without what this form adds.
    pub fn lacks_only_additions(self, file: &File, other: &File) -> bool {
        match (self, file.text()) {
            (Self::Translated(translation), Some(text)) if translation.only_adds => {
                file.bytes != other.bytes && (translation.write)(text).as_bytes() == other.bytes
            }
            _ => false,
        }
    }

    /// Returns whether a file of a template is this text in this form.
    fn gives(self, file: &str, text: &str) -> bool {
        block::whole_lines(&self.write(file)) == block::whole_lines(text)
    }

    /// Writes a file of a template in this form.
    pub fn write(self, text: &str) -> String {
        match self {
            Self::AsItIs => text.to_owned(),
            Self::Translated(translation) => (translation.write)(text),
        }
    }
}

/// Returns a template's file with the body that a team gave to what was made of it, if all else of
/// that is as it was.
fn with_body(file: &str, installed: &str, edited: &str) -> Option<String> {
    let body = body(file);
    let (before, behind) = installed.rsplit_once(body).filter(|_| !body.is_empty())?;
    let edited_body = edited.strip_prefix(before)?.strip_suffix(behind)?;
    let header = file.strip_suffix(body)?;
    Some(format!("{header}{edited_body}"))
}

/// Returns a template's file with an edit of what was made of it, merged.
fn merged(file: &str, installed: &str, edited: &str) -> Option<String> {
    let sides = Sides {
        base: installed.as_bytes(),
        ours: edited.as_bytes(),
        theirs: file.as_bytes(),
    };
    let merge = merge::merge(FileKind::Other, &sides, Policies::NONE);
    match merge.is_clean() {
        true => String::from_utf8(merge.bytes(&sides)).ok(),
        false => None,
    }
}

/// Returns a text without its header and the empty lines behind it.
pub fn body(text: &str) -> &str {
    let parts = frontmatter::split(text);
    match parts.header {
        Some(_) => parts.body.trim_start_matches(['\r', '\n']),
        None => parts.body,
    }
}

/// Returns a text as a YAML scalar on one line: bare where that is the same.
pub fn scalar(text: &str) -> String {
    let line = format!("a: {text}\n");
    let bare = frontmatter::read(&format!("---\n{line}---\n"))
        .ok()
        .flatten();
    match bare.and_then(|bare| bare.fields.get("a").cloned()) {
        Some(Value::String(read)) if read == text => text.to_owned(),
        _ => Value::String(text.to_owned()).to_string(),
    }
}

/// Returns what the header of a text says; nothing where it has none that can be read.
pub(super) fn fields(text: &str) -> serde_json::Map<String, Value> {
    let header = frontmatter::read(text).ok().flatten();
    header.unwrap_or_default().fields
}

/// Returns the lines of a header that keep these keys of another one, as texts on one line.
pub(super) fn kept(fields: &serde_json::Map<String, Value>, keys: &[&str]) -> String {
    let mut lines = String::new();
    for key in keys {
        if let Some(value) = line_of(fields, key) {
            lines += &format!("{key}: {}\n", scalar(&value));
        }
    }
    lines
}

/// Returns a field of a header as one line of text.
pub(super) fn line_of(fields: &serde_json::Map<String, Value>, key: &str) -> Option<String> {
    let text = fields.get(key)?.as_str()?;
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;
    use crate::model::renderer::RENDERER;

    const RULE: &str = "---\ndescription: d\npaths: [\"**/*.rs\"]\n---\n\n# A\n\nOne.\nTwo.\n";
    const AGENT: &str = "---\nname: a\ndescription: d\n---\n\nOne.\nTwo.\n";

    /// In each form, an edit of any line of the body is the same edit of the template's file.
    #[test]
    fn an_edit_in_any_form_is_an_edit_of_the_template() {
        let mut cases = vec![
            (Form::Translated(&sections::SECTION), RULE),
            (Form::Translated(&sections::SECTION), "# A\n\nOne.\nTwo.\n"),
        ];
        for (_, place) in places() {
            match place.from {
                SourceFolder::Rules => {
                    cases.extend([(place.form, RULE), (place.form, "# A\n\nOne.\nTwo.\n")]);
                }
                _ => cases.push((place.form, AGENT)),
            }
        }
        for (form, file) in cases {
            let installed = form.write(file);
            for (old, new) in [
                ("One.", "One, ours."),
                ("Two.", "Two, ours."),
                ("Two.\n", ""),
            ] {
                let edited = installed.replace(old, new);
                let back = form.read_back(file, &installed, &edited);
                assert_eq!(back, Some(file.replace(old, new)), "{form:?} {edited}");
            }
        }
    }

    #[test]
    fn what_has_no_place_in_the_template_is_not_read_back() {
        let rule = Form::of(
            &rel("rules/a.md"),
            &rel(".cursor/rules/house/a.mdc"),
            RENDERER,
        );
        let installed = rule.write(RULE);
        let edited = installed.replace("globs: **/*.rs", "globs: src/**");
        assert_ne!(edited, installed);
        assert_eq!(rule.read_back(RULE, &installed, &edited), None);
    }
}
