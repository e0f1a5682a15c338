//! The verbs, a file each: what a verb is told, what it does with that, and what it reports.
//!
//! A new verb is a file here and a line in the list below.

use clap::Subcommand;

use crate::error::Result;
use crate::ops::Session;
use crate::store::config::Permits;
use crate::store::reach::Purpose;

use super::args::RegistryArgs;
use super::report::{Detail, Report};

/// A command, with what it was told.
pub trait Verb {
    /// What it asks other machines for.
    fn purpose(&self) -> Purpose;

    /// Whether its report is all that was asked for, so that `--quiet` doesn't leave it out.
    fn only_reads(&self) -> bool;

    /// Which registry it was told to use.
    fn registry(&self) -> Option<&RegistryArgs> {
        None
    }

    /// What it may do that has to be asked for.
    fn permits(&self) -> Permits {
        Permits::default()
    }

    /// Whether it makes the folder of the repository where there is none.
    fn makes_the_folder(&self) -> bool {
        false
    }

    /// Carries it out where it needs nothing of the repository and of the machine.
    fn run_alone(&self) -> Option<Result<Report>> {
        None
    }

    /// Carries it out.
    ///
    /// # Errors
    /// When it isn't done.
    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report>;
}

/// Makes the command line of a list of verbs: each is the `Args` of a module of that name.
macro_rules! verbs {
    ($($module:ident $Command:ident,)*) => {
        $(pub mod $module;)*

        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($Command($module::Args),)*
        }

        impl Command {
            pub fn verb(&self) -> &dyn Verb {
                match self {
                    $(Self::$Command(args) => args,)*
                }
            }
        }
    };
}

verbs! {
    install Install,
    upgrade Upgrade,
    remove Remove,
    eject Eject,
    resolve Resolve,
    undo Undo,
    status Status,
    diff Diff,
    contribute Contribute,
    check Check,
    lint Lint,
    audit Audit,
    search Search,
    info Info,
    new New,
    test Test,
    publish Publish,
    yank Yank,
    proposals Proposals,
    merge_file MergeFile,
    cache Cache,
    completions Completions,
    man Man,
}

/// A bare `agentpkg`, which is no command.
pub mod welcome;
