//! The verbs, a file each: what a verb is told, what it does with that, and what it reports.
//!
//! A new verb is a file here, and a line in each of the two lists below. (A macro could make one
//! of both, but rustfmt doesn't format files whose `mod` is in a macro.)

pub mod audit;
pub mod cache;
pub mod check;
pub mod completions;
pub mod contribute;
pub mod diff;
pub mod doctor;
pub mod eject;
pub mod help;
pub mod info;
pub mod install;
pub mod lint;
pub mod man;
pub mod merge_file;
pub mod new;
pub mod proposals;
pub mod publish;
pub mod remove;
pub mod resolve;
pub mod search;
pub mod status;
pub mod test;
pub mod undo;
pub mod upgrade;
pub mod welcome;
pub mod yank;

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

/// Makes the command line of groups of verbs: each verb has the `Args` of a module.
macro_rules! verbs {
    ($($group:literal { $($Command:ident($module:ident),)* })*) => {
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($($Command($module::Args),)*)*
        }

        impl Command {
            pub fn verb(&self) -> &dyn Verb {
                match self {
                    $($(Self::$Command(args) => args,)*)*
                }
            }
        }

        /// The modules of the verbs, by the groups in which `--help` lists them.
        pub const GROUPS: &[(&str, &[&str])] = &[
            $(($group, &[$(stringify!($module),)*]),)*
        ];
    };
}

// Those of the last group are hidden: `agentpkg help --all` lists them, too.
verbs! {
    "Start" {
        Install(install),
        Search(search),
        Info(info),
    }
    "Every day" {
        Status(status),
        Diff(diff),
        Upgrade(upgrade),
        Resolve(resolve),
        Contribute(contribute),
        Undo(undo),
        Remove(remove),
    }
    "Check" {
        Check(check),
        Lint(lint),
        Audit(audit),
        Doctor(doctor),
    }
    "Publish" {
        New(new),
        Test(test),
        Publish(publish),
        Yank(yank),
        Proposals(proposals),
    }
    "Also" {
        Eject(eject),
        MergeFile(merge_file),
        Cache(cache),
        Completions(completions),
        Man(man),
        Help(help),
    }
}
