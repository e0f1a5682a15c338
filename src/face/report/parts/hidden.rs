//! Files that were written and that git hides from the team, with the way to show them.

use std::collections::BTreeMap;

use globset::GlobBuilder;

use crate::agent::claude::LOCAL_SETTINGS;
use crate::agent::claude::places::FOLDER;
use crate::error::Error;
use crate::face::report::{Ended, Report};
use crate::hint::Hint;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::change::Outcome;
use crate::ops::steps::git_view::Hidden;
use crate::store::git::{self, Ignored};
use crate::words;

/// How many paths a hint lists by name.
const FEW: usize = 3;

/// Warns of each pattern that hides what was written.
pub fn show(report: &mut Report, session: &Session, outcome: &Outcome) -> Ended {
    let (changes, links) = (outcome.plan.changes.iter(), outcome.plan.links.iter());
    let new = changes.filter(|change| change.old.is_none()).count()
        + links.filter(|link| link.old.is_none()).count();
    patterns(report, session, &outcome.hidden, new)
}

/// Warns of each pattern that hides some of the `managed` files that are here: nobody else has
/// them, and a check in a clone fails for that.
pub fn show_managed(report: &mut Report, session: &Session, hidden: &Hidden, managed: usize) {
    if let Some(error) = &hidden.silent {
        show_silent(report, error);
    }
    patterns(report, session, &hidden.files, managed);
}

/// Warns that git doesn't say what it hides.
pub fn show_silent(report: &mut Report, error: &Error) {
    let message = error.message();
    let message = format!("nobody can say what git hides from your team: {message}");
    report.warning(message, error.causes(), []);
}

/// Warns of each pattern that hides files, of `all` that there are.
fn patterns(report: &mut Report, session: &Session, hidden: &[Ignored], all: usize) -> Ended {
    let inside = git::inside(session.workspace.root());
    let mut patterns: BTreeMap<(&str, usize, &str), Vec<&RelPath>> = BTreeMap::new();
    for ignored in hidden {
        patterns
            .entry((&ignored.source, ignored.line, &ignored.pattern))
            .or_default()
            .push(&ignored.path);
    }
    for ((source, line, pattern), paths) in &patterns {
        let pattern = Pattern {
            source,
            line: *line,
            text: pattern,
            inside: &inside,
        };
        let message = format!(
            "`{}` line {line} (`{}`) hides {} of {} from your team",
            pattern.shown(),
            pattern.text,
            paths.len(),
            words::count(all, "file")
        );
        let details: Vec<String> = match report.is_verbose() {
            true => paths.iter().map(|path| format!("`{path}`")).collect(),
            false => Vec::new(),
        };
        let hint = pattern.way_out(paths, &session.git());
        report.warning(message, details, [hint]);
    }
    Ended::needs_a_person_if(!patterns.is_empty())
}

/// A line that hides files.
struct Pattern<'a> {
    /// The file that has it, as git names it: from the root of git's folder.
    source: &'a str,
    line: usize,
    text: &'a str,
    /// The repo's folder inside git's.
    inside: &'a str,
}

impl Pattern<'_> {
    /// The file that has the line, from the repo's folder.
    fn shown(&self) -> String {
        match self.source.strip_prefix(self.inside) {
            Some(source) => source.to_owned(),
            None if self.source.starts_with('/') => self.source.to_owned(),
            None => format!(
                "{}{}",
                "../".repeat(self.inside.matches('/').count()),
                self.source
            ),
        }
    }

    /// The path as the patterns of the file have it: from the folder that the file lies in.
    fn seen(&self, path: &RelPath) -> String {
        let path = format!("{}{path}", self.inside);
        let folder = self.source.strip_suffix(".gitignore").unwrap_or_default();
        path.strip_prefix(folder)
            .map_or(path.clone(), str::to_owned)
    }

    /// The change that shows the files to the team. Below a folder that is left out, git takes
    /// nothing back.
    fn way_out(&self, paths: &[&RelPath], git: &str) -> Hint {
        let (line, shown) = (self.line, self.shown());
        let whole = self
            .text
            .trim_end_matches("/**")
            .trim_end_matches("/*")
            .trim_end_matches('/');
        if whole.trim_start_matches('/').split('/').next_back() == Some(FOLDER) {
            // A pattern without a slash holds in every folder, and the one that takes its place has
            // slashes.
            let anywhere = if whole == FOLDER && !self.inside.is_empty() {
                "**/"
            } else {
                ""
            };
            let personal = format!(
                "{anywhere}{}/{}",
                whole.trim_start_matches('/'),
                LOCAL_SETTINGS
                    .trim_start_matches(FOLDER)
                    .trim_start_matches('/')
            );
            return Hint::text(format!(
                "write `{personal}` in line {line} of `{shown}`: it hides what is personal alone"
            ));
        }
        let seen: Vec<String> = paths.iter().map(|path| self.seen(path)).collect();
        let own = self.source.rsplit('/').next() == Some(".gitignore");
        if own && seen.len() <= FEW && seen.iter().all(|path| self.hides_the_file_alone(path)) {
            let taken_back = seen.iter().map(|path| format!("!/{path}"));
            let taken_back = words::list(taken_back);
            return Hint::text(format!("add {taken_back} below line {line} of `{shown}`"));
        }
        Hint::command(format!("{git} add -f {}", by_name(paths).join(" ")))
    }

    /// Whether the pattern means the file, and none of the folders that it lies in.
    fn hides_the_file_alone(&self, path: &str) -> bool {
        let anchored = self.text.trim_end_matches('/').contains('/');
        let glob = format!(
            "{}{}",
            if anchored { "" } else { "**/" },
            self.text.trim_start_matches('/')
        );
        let Ok(glob) = GlobBuilder::new(&glob)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
        else {
            return false;
        };
        let glob = glob.compile_matcher();
        let folders = path
            .match_indices('/')
            .any(|(end, _)| glob.is_match(&path[..end]));
        !folders && glob.is_match(path) && !path.contains(['*', '?', '[', '\\', ' '])
    }
}

/// A few paths by name; of many, the folders that are the templates' own.
fn by_name(paths: &[&RelPath]) -> Vec<String> {
    let mut names = Vec::new();
    for path in paths {
        let is_deep = path.components().count() > FEW;
        names.push(match path.parent() {
            Some(folder) if paths.len() > FEW && is_deep => words::path_quoted(folder.as_str()),
            _ => words::path_quoted(path.as_str()),
        });
    }
    names.sort();
    names.dedup();
    names
}
