//! The command line, as clap reads it. Every `--help` shows commands that work.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, ValueEnum};

use super::report::Detail;
use super::verbs::{Command, GROUPS, Verb, merge_file, welcome};

/// Versioned configuration for coding agents
#[derive(Debug, Parser)]
#[command(name = "agentpkg", version, about, after_help = EXAMPLES)]
#[command(
    arg_required_else_help = false,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

impl Cli {
    /// Reads the arguments of a process, its name first.
    ///
    /// Git starts a merge driver for each file, and describing all commands takes as long as a
    /// small merge: first what a merge may be told is read alone. What that doesn't understand
    /// is for the whole command line to say.
    ///
    /// # Errors
    /// When they can't be read, or ask for help.
    pub fn read(arguments: &[OsString]) -> Result<Self, clap::Error> {
        #[derive(Parser)]
        struct Merge {
            #[command(flatten)]
            global: Global,
            #[command(flatten)]
            args: merge_file::Args,
        }
        let merge = arguments
            .get(1)
            .filter(|command| *command == "merge-file")
            .map(|_| &arguments[1..]);
        match merge.map(Merge::try_parse_from) {
            Some(Ok(Merge { global, args })) => Ok(Self {
                global,
                command: Some(Command::MergeFile(args)),
            }),
            _ => {
                let program = Self::program(List::Needed);
                Self::from_arg_matches(&program.try_get_matches_from(arguments)?)
            }
        }
    }

    /// Returns the whole command line, whose help lists the verbs in their groups.
    pub fn program(list: List) -> clap::Command {
        let program = Self::command();
        let help = template(&program, list);
        program.help_template(help)
    }

    /// Returns the verb that was typed; where none was, one that tells where one stands.
    pub fn verb(&self) -> &dyn Verb {
        match &self.command {
            Some(command) => command.verb(),
            None => &welcome::Welcome,
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  agentpkg                         where this repository stands, and the next command
  agentpkg lint                    find mistakes in its agent files, whoever wrote them
  agentpkg install org-baseline    add a template
  agentpkg upgrade                 take the newest versions, and keep your edits

`agentpkg help COMMAND` says more of a command, and `agentpkg help --all` lists them all.";

/// Which verbs are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Those that a person needs.
    Needed,
    All,
}

/// Returns what `--help` looks like. Clap has no groups of subcommands.
fn template(program: &clap::Command, list: List) -> String {
    let styles = program.get_styles();
    let (header, literal) = (styles.get_header(), styles.get_literal());
    let mut verbs = String::new();
    for (group, modules) in GROUPS {
        let mut lines = String::new();
        for module in *modules {
            let name = module.replace('_', "-");
            let verb = program.find_subcommand(&name);
            let Some(verb) = verb.filter(|verb| list == List::All || !verb.is_hide_set()) else {
                continue;
            };
            let about = verb
                .get_about()
                .map(ToString::to_string)
                .unwrap_or_default();
            let _ = writeln!(lines, "  {literal}{name:<11}{literal:#}  {about}");
        }
        if !lines.is_empty() {
            let _ = write!(verbs, "{header}{group}:{header:#}\n{lines}\n");
        }
    }
    format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{verbs}\
         {header}Options:{header:#}\n{{options}}{{after-help}}"
    )
}

/// Where the options of every command stand in a list: behind those of the command.
const LAST: usize = 100;

#[derive(Debug, Args)]
pub struct Global {
    /// The repository's folder [default: the nearest with an agentpkg.toml, else git's, else this
    /// one]
    #[arg(long, global = true, value_name = "DIR", display_order = LAST)]
    pub repo: Option<PathBuf>,
    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose", display_order = LAST + 1)]
    pub quiet: bool,
    /// Name every file
    #[arg(short, long, global = true, display_order = LAST + 2)]
    pub verbose: bool,
    /// Ask no other machine: use what was read before
    #[arg(long, global = true, display_order = LAST + 3)]
    pub offline: bool,
    /// When to use colour: auto (on a terminal, unless NO_COLOR is set), always or never
    #[arg(
        long,
        global = true,
        display_order = LAST + 4,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true
    )]
    pub color: Color,
}

// Without doc comments on its values, which would force the long form on every `--help`.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl Global {
    pub fn detail(&self) -> Detail {
        match self.verbose {
            true => Detail::Verbose,
            false => Detail::Brief,
        }
    }
}
