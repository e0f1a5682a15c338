//! What to type after a change: how it is handed to git, and how it is taken back.

use crate::face::report::Report;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::git_view::ToCommit;
use crate::ops::steps::records::{self, WayBack};
use crate::store::journal;
use crate::words;

/// Prints the commands that hand a change to git, in their order.
pub fn next_commit(report: &mut Report, session: &Session, to_commit: &ToCommit) {
    let git = session.git();
    let ToCommit {
        paths,
        left_out,
        skipped,
        executable,
        inner,
    } = to_commit;
    for (folder, paths) in inner {
        let place = session.workspace.root().join(folder.as_str());
        let below = paths
            .iter()
            .filter_map(|path| path.below(folder.as_str())?.parse().ok())
            .collect::<Vec<RelPath>>();
        let git = session.git_in(&place);
        report.next("commit", format!("{git} add {}", self::to_commit(&below)));
        report.row(
            "",
            format!("`{folder}` is a repository of its own: commit there first"),
        );
    }
    let unskip = skipped.commands(&git);
    for command in &unskip {
        report.next("commit", command);
    }
    if !unskip.is_empty() {
        report.row("", "git was told to skip what changes in these files");
    }
    let below = paths.iter().filter(|path| !left_out.contains(path));
    let names = self::to_commit(below);
    if !names.is_empty() {
        report.next("commit", format!("{git} add {names}"));
    }
    if !executable.is_empty() {
        let files: Vec<String> = executable
            .iter()
            .map(|path| words::path_quoted(path.as_str()))
            .collect();
        let files = files.join(" ");
        report.next("commit", format!("{git} add --chmod=+x {files}"));
        report.row(
            "",
            "git takes no modes from the file system here (`core.fileMode`)",
        );
    }
    if !left_out.is_empty() {
        report.row("", "what your sparse checkout leaves out is staged already");
    }
}

/// Returns what to hand to `git add`: the topmost names of changed paths.
pub fn to_commit<'a>(paths: impl IntoIterator<Item = &'a RelPath>) -> String {
    let mut names: Vec<&str> = paths
        .into_iter()
        .filter_map(|path| path.components().next())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(words::path_quoted)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Prints the command that takes back what was just done, if there is one.
pub fn go_back(report: &mut Report, session: &Session) {
    match records::way_back(session) {
        WayBack::Undo => report.next("go back", CommandLine::new(session, "undo")),
        WayBack::Shown => report.next("go back", journal::SHOW),
        WayBack::Git => report.row(
            "go back",
            "with git alone: it tracks the records in `.agentpkg`",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[test]
    fn what_to_commit_is_named_for_a_shell() {
        let paths = [
            rel("my docs/a.md"),
            rel(".claude/a"),
            rel(".claude/b"),
            rel("it's"),
            rel("-x"),
        ];
        assert_eq!(to_commit(&paths), "./-x .claude 'it'\\''s' 'my docs'");
    }
}
