//! `merge-file --install`: git's merge driver for a repository, and `--uninstall`, which takes out
//! just what that wrote.
//!
//! It is two things: lines in `.gitattributes`, which everybody gets with a clone, and a command in
//! the configuration of one clone, which git lets nobody send along. **Where there is no command,
//! or no agentpkg, git merges as it always does**: a driver that can't be started would count as a
//! conflict in which ours has won, without a mark of theirs.

mod lines;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::merge::diff;
use crate::store::fs;
use crate::store::git;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;

use lines::{refuse_others, with_block, without_block};

/// The file that says which files get the driver.
pub const ATTRIBUTES: &str = ".gitattributes";

/// What git is told to run. A file that it merges has a name of git's own, and `%P` comes quoted.
///
/// agentpkg is tried first: one that is on the path and can't start would count as a conflict
/// without a mark, too.
pub const DRIVER: &str = "agentpkg --version >/dev/null 2>&1 || \
     exec git merge-file -L ours -L base -L theirs %A %O %B; \
     exec agentpkg merge-file --driver %O %A %B %P";

/// What the documentation had people type before; it is brought up to date.
const BY_HAND: &str = "agentpkg merge-file --driver %O %A %B %P";

/// The keys of git's configuration, with their values.
///
/// `recursive`: where two branches have several common ancestors, git merges those first. A
/// conflict there, in which one side is kept, would make that side the base, and the other one win
/// without a conflict; `binary` takes what both came from instead.
pub const SETTINGS: [(&str, &str); 3] = [
    (
        "merge.agentpkg.name",
        "agentpkg, by what files for agents say",
    ),
    ("merge.agentpkg.driver", DRIVER),
    ("merge.agentpkg.recursive", "binary"),
];

/// How to go about it.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether nobody is asked.
    pub yes: bool,
    /// Whether nothing is written.
    pub dry_run: bool,
}

/// What changes, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The folder that git has its root in.
    pub root: PathBuf,
    /// What `.gitattributes` says, and is to say; nothing where it isn't there. Equal where it is
    /// as it has to be.
    pub attributes: [Option<Vec<u8>>; 2],
    /// Keys of git's configuration, with their values and those that they get.
    pub settings: Vec<Setting>,
    /// What stays although it has the driver's name: somebody else set it.
    pub left: Vec<String>,
    /// Whether it was done.
    pub applied: bool,
}

/// A key of git's configuration that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub key: &'static str,
    /// Its value.
    pub old: Option<String>,
    /// The value that it gets.
    pub new: Option<&'static str>,
}

impl Outcome {
    /// Returns whether everything is as it has to be.
    pub fn is_done(&self) -> bool {
        let [old, new] = &self.attributes;
        old == new && self.settings.is_empty()
    }

    /// Returns whether `.gitattributes` changes.
    pub fn changes_attributes(&self) -> bool {
        self.attributes[0] != self.attributes[1]
    }

    /// Returns what changes in `.gitattributes`, as a diff.
    pub fn diff(&self) -> String {
        let [old, new] = self
            .attributes
            .each_ref()
            .map(|text| String::from_utf8_lossy(text.as_deref().unwrap_or_default()));
        diff::unified(ATTRIBUTES, &old, &new)
    }

    /// Returns the commands that would change git's configuration.
    pub fn commands(&self) -> Vec<String> {
        self.settings.iter().map(Setting::command).collect()
    }
}

impl Setting {
    fn command(&self) -> String {
        let key = self.key;
        match self.new {
            Some(value) => format!("git config --local {key} {}", words::shell_quoted(value)),
            None => format!("git config --local --unset-all {key}"),
        }
    }
}

/// Sets the driver up.
///
/// # Errors
/// Outside of a working tree of git; where the name, or one of the files, has another driver
/// already; when nobody can be asked, or says no.
pub fn install(session: &Session, options: Options) -> Result<Outcome> {
    let root = root(session)?;
    // Before git looks into the file, which would wait for a pipe.
    let old = read(&root)?;
    refuse_others(&root)?;
    let new = with_block(old.as_deref(), &root)?;
    let mut settings = Vec::new();
    for (key, value) in SETTINGS {
        let there = git::setting(&root, key)?;
        if there.as_deref() == Some(value) {
            continue;
        }
        let other = there.as_deref().filter(|there| *there != BY_HAND);
        // A name of somebody's own does no harm.
        if key.ends_with(".name") && other.is_some() {
            continue;
        }
        if let Some(other) = other {
            let error = Error::user(format!("git has something else as `{key}`"));
            return Err(error
                .detail(format!("`{other}`"))
                .note("nothing was changed")
                .hint_command(
                    "look where it comes from",
                    format!("git config --show-origin {key}"),
                ));
        }
        settings.push(Setting {
            key,
            old: there,
            new: Some(value),
        });
    }
    let outcome = Outcome {
        root,
        attributes: [old, Some(new)],
        settings,
        left: Vec::new(),
        applied: false,
    };
    if outcome.is_done() || options.dry_run || !confirmed(session, options, &outcome)? {
        return Ok(outcome);
    }
    apply(outcome)
}

/// Takes the driver out.
///
/// # Errors
/// Outside of a working tree of git; where the lines of `.gitattributes` were edited so that it
/// can't be told which are whose.
pub fn uninstall(session: &Session, options: Options) -> Result<Outcome> {
    let root = root(session)?;
    let old = read(&root)?;
    let new = old.as_deref().map(without_block).transpose()?;
    // A file that had nothing else in it was made for this.
    let new = new.filter(|new| !new.is_empty() || old.as_deref().is_some_and(<[u8]>::is_empty));
    let mut settings = Vec::new();
    let mut left = Vec::new();
    for (key, value) in SETTINGS {
        let Some(there) = git::own_setting(&root, key)? else {
            continue;
        };
        if there == value || there == BY_HAND {
            settings.push(Setting {
                key,
                old: Some(there),
                new: None,
            });
        } else {
            left.push(format!("`{key}` is `{there}`"));
        }
    }
    let outcome = Outcome {
        root,
        attributes: [old, new],
        settings,
        left,
        applied: false,
    };
    if outcome.is_done() || options.dry_run {
        return Ok(outcome);
    }
    apply(outcome)
}

/// Returns the root of git's working tree: one `.gitattributes` is enough for all packages in it.
fn root(session: &Session) -> Result<PathBuf> {
    let here = session.workspace.root();
    git::top(here)?.ok_or_else(|| {
        Error::user("there is no working tree of git here, and it is git's merge driver")
            .note("nothing was changed")
    })
}

fn read(root: &Path) -> Result<Option<Vec<u8>>> {
    let path = root.join(ATTRIBUTES);
    if fs::is_link(&path) || (fs::exists(&path) && !fs::is_file(&path)) {
        return Err(Error::user(format!(
            "`{ATTRIBUTES}` is no file, and git reads nothing else"
        ))
        .note("nothing was changed"));
    }
    match fs::exists(&path) {
        true => fs::read_at_most(&path, 16 << 20).map(Some),
        false => Ok(None),
    }
}

/// Returns whether somebody said that it may be written, who was shown all of it.
fn confirmed(session: &Session, options: Options, outcome: &Outcome) -> Result<bool> {
    if options.yes {
        return Ok(true);
    }
    let Some(person) = session.person else {
        let error = Error::user("nobody can be asked whether this may be written");
        let error = outcome.commands().into_iter().fold(error, Error::detail);
        return Err(error
            .diff(outcome.diff())
            .note("nothing was changed")
            .command(CommandLine::again(session).flag("--yes")));
    };
    session.progress.stop();
    match person.set_up_driver(outcome)? {
        true => Ok(true),
        false => Err(Error::user("it was not confirmed").note("nothing was changed")),
    }
}

fn apply(outcome: Outcome) -> Result<Outcome> {
    let path = outcome.root.join(ATTRIBUTES);
    let [old, new] = &outcome.attributes;
    if read(&outcome.root)? != *old {
        return Err(
            Error::user(format!("`{ATTRIBUTES}` was edited meanwhile")).note("nothing was changed")
        );
    }
    match (old, new) {
        _ if old == new => {}
        (None, Some(new)) => fs::write_atomic(&path, new, false)?,
        (Some(_), Some(new)) => fs::replace(&path, new)?,
        (_, None) => fs::remove_file(&path)?,
    }
    for setting in &outcome.settings {
        let set = match setting.new {
            Some(value) => git::set(&outcome.root, setting.key, value),
            None => git::unset(
                &outcome.root,
                setting.key,
                setting.old.as_deref().unwrap_or_default(),
            ),
        };
        set.map_err(|error| {
            error.note(format!("`{ATTRIBUTES}` is done; git's configuration isn't"))
        })?;
    }
    Ok(Outcome {
        applied: true,
        ..outcome
    })
}
