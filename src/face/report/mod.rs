//! Outcomes in words: what was done, what was kept, what to type next.

pub mod audit;
mod became;
pub mod cache;
pub mod can_run;
pub mod catalog;
pub mod change;
pub mod check;
pub mod contribute;
mod hidden;
mod home;
pub mod info_path;
pub mod kept_files;
pub mod lint;
pub mod merge_driver;
pub mod merge_file;
pub mod merge_request;
pub mod new;
pub mod proposals;
pub mod publish;
pub mod remove;
pub mod resolve;
mod standing;
pub mod status;
pub mod test;
pub mod undo;
pub mod welcome;

use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::conflicts::{Conflicts, describe_conflicts};
use crate::ops::steps::git_view::ToCommit;
use crate::ops::steps::in_review::InReview;
use crate::ops::steps::packages::{self, few};
use crate::ops::steps::records::{self, WayBack};
use crate::store::config::{By, Chosen};
use crate::store::journal::{self, Interrupted, KeptFile, Recovered};
use crate::store::workspace::RootReason;
use crate::words;

use super::run::Needed;
use super::ui::Ui;
use became::paths;

/// Says which folder is meant, when it isn't the current one.
fn folder(ui: &mut Ui, context: &Session) {
    let root = context.workspace.root();
    let why = match context.workspace.why() {
        RootReason::Here | RootReason::Package => return,
        RootReason::Named => "",
        RootReason::Manifest => ", the nearest with an `agentpkg.toml`",
        RootReason::Git => ", the root of the git repository",
    };
    if root != context.environment.here {
        ui.row("in", &format!("{}{why}", root.display()));
    }
}

/// Names the packages below a folder, each of which has its own agentpkg.toml or agentpkg.lock.
fn packages(ui: &mut Ui, below: &[RelPath]) {
    if !below.is_empty() {
        let count = below.len();
        let names = match ui.verbose() {
            true => below
                .iter()
                .map(RelPath::as_str)
                .collect::<Vec<_>>()
                .join(", "),
            false => few(below),
        };
        ui.row(
            "packages",
            &format!("{count} below, each on its own: {names}"),
        );
    }
}

/// Prints the commands that do the packages below a folder that is none.
fn next_packages(ui: &mut Ui, context: &Session, command: &str, below: &[RelPath]) {
    let all = CommandLine::new(context, command).flag("--all");
    ui.next("all", &all.to_string());
    if let Some(first) = below.first() {
        ui.next("one", &packages::alone(context, command, first));
    }
}

/// Returns which registry is used, and who says so.
fn registry(chosen: &Chosen) -> String {
    match chosen.by {
        By::Nobody => {
            "embedded: agentpkg's own starter templates; `--registry DIR` names your own".to_owned()
        }
        By::Manifest => chosen.address.to_string(),
        _ => format!("{}, named by {}", chosen.address, chosen.by),
    }
}

/// Warns of a command that was interrupted.
fn interrupted(ui: &mut Ui, interrupted: Option<&Interrupted>) {
    let Some(interrupted) = interrupted else {
        return;
    };
    let Some(verb) = &interrupted.verb else {
        let message = "the record of an interrupted command can't be read";
        let hint = "the next command that writes sets it aside, or says why it can't";
        return ui.warning(message, &[], &[hint.to_owned()]);
    };
    let hint = match interrupted.is_own {
        true => "the next command that writes finishes it: agentpkg install".to_owned(),
        false => format!("it wasn't begun by you at this place: {}", journal::SHOW),
    };
    let message = format!("`{verb}` was interrupted");
    ui.warning(&message, &[], &[hint]);
}

/// Prints the command that takes back what was just done, if there is one.
fn go_back(ui: &mut Ui, context: &Session) {
    match records::way_back(context) {
        WayBack::Undo => ui.next("go back", &CommandLine::new(context, "undo").to_string()),
        WayBack::Shown => ui.next("go back", journal::SHOW),
        WayBack::Git => ui.row(
            "go back",
            "with git alone: it tracks the records in `.agentpkg`",
        ),
    }
}

/// Says what an interrupted command had left to do.
fn recovered(ui: &mut Ui, recovered: Option<&Recovered>) {
    let Some(Recovered {
        verb,
        finished,
        kept,
    }) = recovered
    else {
        return;
    };
    ui.row(
        "finished",
        &format!(
            "`{verb}`, which was interrupted ({})",
            words::count(finished.len(), "file")
        ),
    );
    self::kept(ui, kept);
}

/// Names files that were edited while a command was interrupted, and stay.
fn kept(ui: &mut Ui, kept: &[KeptFile]) {
    for kept in kept {
        let copy = kept.copy.as_ref().map_or(String::new(), |copy| {
            format!("; what it would have written is `{copy}`")
        });
        ui.row(
            "kept",
            &format!("`{}`, which was edited meanwhile{copy}", kept.path),
        );
    }
}

/// Warns of conflicts, a line a place. A person is needed where there is one.
fn conflicts(ui: &mut Ui, message: &str, open: &Conflicts, hints: &[String]) -> Needed {
    if open.is_empty() {
        return false;
    }
    const MOST: usize = 10;
    let mut lines = describe_conflicts(open);
    if lines.len() > MOST && !ui.verbose() {
        let more = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(format!("… {more} more (-v)"));
    }
    ui.warning(message, &lines, hints);
    true
}

/// Prints the commands that hand a change to git, in their order.
fn next_commit(ui: &mut Ui, context: &Session, to_commit: &ToCommit) {
    let git = context.git();
    let ToCommit {
        paths,
        left_out,
        skipped,
        executable,
        inner,
    } = to_commit;
    for (folder, paths) in inner {
        let place = context.workspace.root().join(folder.as_str());
        let below = paths
            .iter()
            .filter_map(|path| path.below(folder.as_str())?.parse().ok())
            .collect::<Vec<RelPath>>();
        let git = context.git_in(&place);
        ui.next("commit", &format!("{git} add {}", self::to_commit(&below)));
        ui.row(
            "",
            &format!("`{folder}` is a repository of its own: commit there first"),
        );
    }
    let unskip = skipped.commands(&git);
    for command in &unskip {
        ui.next("commit", command);
    }
    if !unskip.is_empty() {
        ui.row("", "git was told to skip what changes in these files");
    }
    let below = paths.iter().filter(|path| !left_out.contains(path));
    let names = self::to_commit(below);
    if !names.is_empty() {
        ui.next("commit", &format!("{git} add {names}"));
    }
    if !executable.is_empty() {
        let files: Vec<String> = executable
            .iter()
            .map(|path| words::path_quoted(path.as_str()))
            .collect();
        let files = files.join(" ");
        ui.next("commit", &format!("{git} add --chmod=+x {files}"));
        ui.row(
            "",
            "git takes no modes from the file system here (`core.fileMode`)",
        );
    }
    if !left_out.is_empty() {
        ui.row("", "what your sparse checkout leaves out is staged already");
    }
}

/// Returns what to hand to `git add`: the topmost names of changed paths.
fn to_commit<'a>(paths: impl IntoIterator<Item = &'a RelPath>) -> String {
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

/// What was committed for review, and who merged it.
pub fn in_review(ui: &mut Ui, in_review: &InReview) {
    const FEW: usize = 5;
    let shown = match ui.verbose() {
        true => in_review.items.len(),
        false => FEW.min(in_review.items.len()),
    };
    let what = words::count(in_review.items.len(), "thing");
    let said = in_review.standing.describe();
    ui.row("in review", &format!("{what} that can run: {said}"));
    in_review.items[..shown]
        .iter()
        .for_each(|item| ui.row("", item));
    if shown < in_review.items.len() {
        let more = in_review.items.len() - shown;
        ui.row("", &format!("… {more} more (-v)"));
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
