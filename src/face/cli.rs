//! The command line, as clap reads it. Every `--help` shows commands that work.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::error::Error;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::version::{Bump, TemplateRequest, typed_version};

/// Versioned configuration for coding agents
#[derive(Debug, Parser)]
#[command(name = "agentpkg", version, about, after_help = EXAMPLES, arg_required_else_help = false)]
#[command(max_term_width = 100)]
pub struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command; none tells where one stands.
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
            options: MergeFile,
        }
        let merge = arguments
            .get(1)
            .filter(|command| *command == "merge-file")
            .map(|_| &arguments[1..]);
        match merge.map(Merge::try_parse_from) {
            Some(Ok(Merge { global, options })) => Ok(Self {
                global,
                command: Some(Command::MergeFile(options)),
            }),
            _ => Self::try_parse_from(arguments),
        }
    }
}

const EXAMPLES: &str = "\
Examples:
  agentpkg                              where this repository stands, and the next command
  agentpkg lint                         what is wrong with its .claude/, whoever wrote it
  agentpkg install org-baseline         add a template
  agentpkg upgrade                      the newest releases, with your edits kept
  agentpkg status                       what is installed, what is newer, what you changed
  agentpkg undo                         take the last command back";

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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Sarif,
}

#[derive(Debug, Args)]
pub struct Contribute {
    /// A template, or files and folders of one [default: the one that was edited]
    #[arg(value_name = "NAME|PATH")]
    pub wanted: Vec<String>,
    /// Why: the first line is the title
    #[arg(short, long = "message", value_name = "WHY")]
    pub message: Option<String>,
    /// Entries that you added to shared files go along: permissions and servers
    #[arg(long)]
    pub with_additions: bool,
    /// How the Nth hunk of a file is meant, where it can be read in more ways than one
    #[arg(long, value_name = "PATH#HUNK=N", value_parser = reading)]
    pub read: Vec<crate::ops::verbs::contribute::HunkReading>,
    /// Write the patch there, or to standard output (`-`), and send nothing
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Send it without asking
    #[arg(short, long)]
    pub yes: bool,
    /// Make it a proposal of its own, although one that was sent has some of it
    #[arg(long)]
    pub separate: bool,
    /// Show what would be sent
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

/// Reads `PATH#HUNK=N`.
fn reading(text: &str) -> Result<crate::ops::verbs::contribute::HunkReading, Error> {
    let read = || {
        let (path, rest) = text.rsplit_once('#')?;
        let (hunk, reading) = rest.split_once('=')?;
        let (hunk, reading) = (hunk.parse().ok()?, reading.parse().ok()?);
        Some(crate::ops::verbs::contribute::HunkReading {
            path: path.parse().ok()?,
            hunk,
            reading,
        })
    };
    read().ok_or_else(|| {
        Error::user(format!("`{text}` says of no hunk how it is read")).hint("--read CLAUDE.md#2=1")
    })
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add templates, or make the repository hold what its lock says
    #[command(
        visible_alias = "add",
        after_help = "\
Examples:
  agentpkg install org-baseline                      the newest release
  agentpkg install org-baseline@1.0.0                exactly this one; v1.0.0 is the same
  agentpkg install org-baseline@latest               the newest release, whatever agentpkg.toml says
  agentpkg install org-baseline --set team=payments  answer a question beforehand
  agentpkg install guards --registry ../lab          from a second registry, which agentpkg.toml
                                                     then names
  agentpkg install                                   restore what a fresh clone lacks; after an edit
                                                     of agentpkg.toml, bring it about
  agentpkg install --locked                          the same in CI, where the lock may not change

What can run is shown, and you are asked. Where nobody can be asked, the exit code is 2 and the last line is the
command that approves exactly that; --report FILE.md, or -v, shows its text. AGENTPKG_TRUST=ADDRESS trusts a registry."
    )]
    Install(Install),
    /// Bring templates to a newer release, keeping what you edited
    #[command(
        visible_alias = "update",
        after_help = "\
Examples:
  agentpkg upgrade                                   everything, as far as agentpkg.toml admits
  agentpkg upgrade org-baseline --dry-run            one template; show every change as a diff
  agentpkg upgrade org-baseline@^2                   to another line of releases, or back: @=1.0.0
  agentpkg upgrade --restore .claude/rules/a.md      bring back a file that you deleted; many:
                                                     --restore '.claude/skills/**'
  agentpkg upgrade --registry ../agents              move all templates to another registry
  agentpkg upgrade --commit --report body.md         in CI: a commit, and a merge request's text
  agentpkg upgrade --commit --approve-in-review --report body.md
                                                     the same, where whoever merges approves what can run
  agentpkg upgrade --abort                           back to before, keeping edits made since

Where you and the release changed one place, yours stays and agentpkg.lock remembers both sides for
`agentpkg resolve`. At a terminal, prose gets markers around both."
    )]
    Upgrade(Upgrade),
    /// Take templates out; what you edited stays, shared files are what they were before
    #[command(
        visible_alias = "uninstall",
        after_help = "\
Examples:
  agentpkg remove org-baseline --dry-run       what would go and what would stay
  agentpkg remove org-baseline                 needs no registry: agentpkg.lock knows what it brought
  agentpkg remove --keep-files org-baseline    keep what it brought; it is yours from then on
  agentpkg remove --keep-files                 all templates, agentpkg.toml and agentpkg.lock"
    )]
    Remove {
        /// The templates [default with --keep-files: all]
        #[arg(value_name = "NAME", required_unless_present = "keep_files", value_parser = bare)]
        names: Vec<TemplateName>,
        /// Keep everything they brought as your own, managed no longer
        #[arg(long)]
        keep_files: bool,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// The earlier name of `remove --keep-files`
    #[command(hide = true)]
    Eject {
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Settle what you and a release both changed
    #[command(after_help = "\
Examples:
  agentpkg resolve                          ask at each place
  agentpkg resolve --local CLAUDE.md        keep yours
  agentpkg resolve --upstream --all         take the release's everywhere

What you edit by hand is settled by that; nothing has to be said.")]
    Resolve(Resolve),
    /// Take the last command back, keeping every edit made since
    #[command(after_help = "\
Examples:
  agentpkg undo --dry-run   what would change
  agentpkg undo             the last command; again, the one before; three at most
  agentpkg undo --redo      do again what was taken back last

A record belongs to the user and the place that wrote it. Another one, of a clone,
another user, or from before the repository was moved, is neither carried out nor dropped:
  agentpkg undo --interrupted                  show what it would do, and ask
  agentpkg undo --interrupted --approve CODE   do exactly what was shown
  agentpkg undo --interrupted --discard        set it aside")]
    Undo {
        /// Do again what was taken back last
        #[arg(long)]
        redo: bool,
        /// Show a record that isn't yours, and ask what becomes of it
        #[arg(long, conflicts_with = "redo")]
        interrupted: bool,
        /// Approve exactly what was shown, by the code that was shown with it
        #[arg(
            long,
            value_name = "CODE",
            requires = "interrupted",
            conflicts_with = "discard"
        )]
        approve: Vec<String>,
        /// Set the record aside, where nothing carries it out
        #[arg(long, requires = "interrupted")]
        discard: bool,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// What is installed, what is newer, and what the team changed
    #[command(visible_aliases = ["list", "outdated"], after_help = "\
Examples:
  agentpkg status
  agentpkg status -v       with every file that was changed
  agentpkg status --all    every package of a monorepo: each folder with an agentpkg.toml or agentpkg.lock
  agentpkg status --json")]
    Status {
        /// Do every package: this folder, and each below with its own agentpkg.toml or agentpkg.lock
        #[arg(long)]
        all: bool,
        /// How to print.
        #[command(flatten)]
        json: Json,
    },
    /// What the team changed against what was installed
    #[command(after_help = "\
Examples:
  agentpkg diff
  agentpkg diff org-baseline
  agentpkg diff .claude/settings.json")]
    Diff {
        /// Templates, files or folders [default: all]
        #[arg(value_name = "NAME|PATH")]
        only: Vec<String>,
        /// How to print.
        #[command(flatten)]
        json: Json,
    },
    /// Offer what you edited to those who keep the template
    #[command(after_help = "\
Examples:
  agentpkg contribute org-baseline -m \"Say why pushes wait\"  what you edited of a template
  agentpkg contribute .claude/rules/a.md -m \"…\"              one file, or what is below a folder
  agentpkg contribute -m \"…\" --dry-run                       show what would leave the repository
  agentpkg contribute -m \"…\" --output change.patch           a mail for `git am`; nothing is sent
  agentpkg contribute -m \"…\" --read CLAUDE.md#2=1            read hunk 2, which can be read in
                                                             several ways, in the first; =0 leaves
                                                             it out

The edit is turned into an edit of the template's source, which is proved to come to just what you
have. Once it is released, it drops out of your local changes, and out of everybody's who has it.")]
    Contribute(Contribute),
    /// Whether the repository holds what its lock says; for CI, needs no network
    #[command(after_help = "\
Examples:
  agentpkg check            exit code 1 if something is missing or broken
  agentpkg check --strict   or if anything was edited, or answered to no question
  agentpkg check --hooks    or if a hook, as it is here, fails the tests of its template
  agentpkg check --all      every package of a monorepo, each by itself; the exit code is the worst")]
    Check {
        /// Do every package: this folder, and each below with its own agentpkg.toml or agentpkg.lock
        #[arg(long)]
        all: bool,
        /// Fail on edits, deletions, and answers that no template asks for too
        #[arg(long)]
        strict: bool,
        /// Run the tests of the templates' hooks too: those that are as somebody approved them; reads
        /// the registry
        #[arg(long)]
        hooks: bool,
        /// How to print.
        #[command(flatten)]
        json: Json,
    },
    /// What is wrong with the files that agents read: hooks that never run, and more; no network
    #[command(after_help = "\
Examples:
  agentpkg lint                       this repository's agent files, managed or not
  agentpkg lint templates/reviewer    a template, as `publish` would
  agentpkg lint --format sarif        for a code host, beside the lines

Exit codes: 0 no errors, 1 errors, 2 not looked at. Each rule has a section in docs/lint.md.")]
    Lint {
        /// The folder of a repository or of a template's source [default: as for other commands]
        #[arg(value_name = "DIR")]
        path: Option<PathBuf>,
        /// How to print: text, json or sarif
        #[arg(
            long,
            value_name = "FORMAT",
            default_value = "text",
            hide_possible_values = true
        )]
        format: Format,
    },
    /// List what can run here, and fail on what is unapproved, recalled, or edited since approval
    #[command(
        alias = "capabilities",
        after_help = "\
Examples:
  agentpkg audit
  agentpkg audit --offline   ask no registry what was recalled
  agentpkg audit --json

Exit codes: 0 nothing is wrong, 1 something is, 2 not looked at."
    )]
    Audit(Json),
    /// Search the registries of agentpkg.toml, or the one that is named
    #[command(after_help = "\
Examples:
  agentpkg search
  agentpkg search security
  agentpkg search --registry ../registry")]
    Search {
        /// Words that the name, description or keywords must have
        words: Vec<String>,
        /// Which registry.
        #[command(flatten)]
        registry: RegistryArgs,
        /// How to print.
        #[command(flatten)]
        json: Json,
    },
    /// Show a template, or which template a file, an entry or a line comes from
    #[command(after_help = "\
Examples:
  agentpkg info org-baseline                      what it brings and asks, and its releases
  agentpkg info CLAUDE.md                         what of a file templates wrote, and what is yours
  agentpkg info CLAUDE.md:12                      one line
  agentpkg info .claude/settings.json#/model      one entry, by its JSON pointer")]
    Info {
        /// A template, or a file, with a line or an entry of it
        #[arg(value_name = "NAME|PATH[:LINE|#/ENTRY]", value_parser = template_or_path)]
        about: String,
        /// Which registry.
        #[command(flatten)]
        registry: RegistryArgs,
        /// How to print.
        #[command(flatten)]
        json: Json,
    },
    /// Make a template that lints, tests and publishes as it stands
    #[command(after_help = "\
Examples:
  agentpkg new reviewer && agentpkg lint reviewer && agentpkg test reviewer
  agentpkg new house --from ../shop   of the agent files that a repository has")]
    New {
        /// Its name, and its folder
        name: TemplateName,
        /// Take the agent files of a repository: installed there, the template changes nothing
        #[arg(long, value_name = "REPO")]
        from: Option<PathBuf>,
    },
    /// Whether a template does what its tests say: what comes of it, and what its hooks block
    #[command(after_help = "\
Examples:
  agentpkg test templates/org-baseline
  agentpkg test templates/org-baseline --bless   snapshots take what there is now

Tests are code: this runs the template's hooks and the programs that its tests bring.
What tests look like is in docs/tests.md.")]
    Test {
        /// The folder of the template's source
        #[arg(value_name = "TEMPLATE_DIR", default_value = ".")]
        source: PathBuf,
        /// Write the snapshots of what comes of each test
        #[arg(long)]
        bless: bool,
    },
    /// Publish a template's source as a release
    #[command(after_help = "\
Examples:
  agentpkg publish templates/org-baseline --registry registry
  agentpkg publish templates/org-baseline --registry registry --dry-run
  agentpkg publish templates/org-baseline --registry registry --bump minor --prepare

A release never changes: publishing the same content again is success, other content under the same
version an error. A folder that is absent or empty becomes a registry.

Where CI publishes after a merge, prepare the release at your desk. --bump sets the version in
template.toml, one step above the newest published one, and renames `## [Unreleased]` in
CHANGELOG.md to it. --prepare publishes nothing. Either runs the template's tests and the linter
first, and shows what the release can newly run; files are written once everything has passed.")]
    Publish {
        /// The folder of the template's source
        #[arg(value_name = "TEMPLATE_DIR", default_value = ".")]
        source: PathBuf,
        /// Set the next version, and rename `## [Unreleased]` in CHANGELOG.md to it: patch, minor,
        /// major, or a version
        #[arg(long, value_name = "LEVEL")]
        bump: Option<Bump>,
        /// Test the release and show what is new in it, and publish nothing
        #[arg(long)]
        prepare: bool,
        /// Which registry.
        #[command(flatten)]
        registry: RegistryArgs,
        /// Show what would be published, and write nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Withdraw a release, or name what takes a template's place
    #[command(after_help = "\
Examples:
  agentpkg yank house@1.1.0 --reason \"it blocks every push\"
  agentpkg yank house@1.1.0 --security --reason \"a push got past it\"
  agentpkg yank house@1.1.0 --undo
  agentpkg yank house --replaced-by org-baseline

Nothing is deleted: who has a yanked release keeps it, and is told. A recalled
one (--security) makes installs, upgrades and `agentpkg audit` fail.")]
    Yank(Yank),
    /// What teams offer to the templates of this repository, as mails of `agentpkg contribute`
    #[command(
        subcommand_required = true,
        arg_required_else_help = true,
        after_help = "\
Examples:
  agentpkg proposals show fix.patch             who, why, what it changes, what it lets run
  agentpkg proposals apply fix.patch --commit   merge it onto the template, as its author's commit"
    )]
    Proposals {
        /// What to do.
        #[command(subcommand)]
        command: Proposals,
    },
    /// Merge three versions of a file, keeping what each side changed; also as git's merge driver
    #[command(after_help = "\
Examples:
  agentpkg merge-file --path .claude/settings.json OURS BASE THEIRS      OURS becomes the result
  agentpkg merge-file -p --path notes.md OURS BASE THEIRS --explain      print it, and say why
  agentpkg merge-file --install        have git use it: show what is written, and ask
  agentpkg merge-file --install --yes  the same where nobody can be asked
  agentpkg merge-file --uninstall      take out just that

--install writes lines to .gitattributes, which everybody gets, and a command to git's configuration
of this clone. Where there is no such command, or no agentpkg, git merges as text.

Exit codes: 0 merged, 1 a conflict (ours stays there), 2 an error (129 with --driver).")]
    MergeFile(MergeFile),
    /// What is kept of registries on other machines
    #[command(hide = true)]
    Cache {
        /// Throw it away
        #[arg(long)]
        clear: bool,
    },
    /// Completions for a shell
    #[command(after_help = "\
Examples:
  agentpkg completions bash > ~/.local/share/bash-completion/completions/agentpkg
  agentpkg completions fish > ~/.config/fish/completions/agentpkg.fish")]
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Write the manual pages: one for the program, and one for each command
    #[command(
        hide = true,
        after_help = "\
Examples:
  agentpkg man | man -l -
  agentpkg man --output ~/.local/share/man/man1"
    )]
    Man {
        /// The folder that gets a page for each command; without it the program's own page is
        /// printed
        #[arg(long, value_name = "DIR")]
        output: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Proposals {
    /// Who offers what, and why; what it lets run; whether it merges; which version is next
    #[command(after_help = "\
Examples:
  agentpkg proposals show fix.patch
  agentpkg proposals show - < fix.patch
  agentpkg proposals show fix.patch --json

Nothing of a proposal runs. Exit codes: 0 it can be applied and published, 1 a person has to mend
something, 2 it is no proposal.")]
    Show {
        /// The mails and where to look.
        #[command(flatten)]
        mails: Mails,
        /// How to print.
        #[command(flatten)]
        json: Json,
    },
    /// Merge proposals onto the templates as they are now, with the record of each and its credit
    #[command(after_help = "\
Examples:
  agentpkg proposals apply fix.patch
  agentpkg proposals apply one.patch two.patch --commit      in this order, all or none
  agentpkg proposals apply fix.patch --template templates/x  where the folder has another name here
  agentpkg undo                                              take it back

The version in template.toml stays: the next one is suggested.")]
    Apply {
        /// The mails and where to look.
        #[command(flatten)]
        mails: Mails,
        /// Commit each, with its author, its reasons and its trailers; git's hooks and filters run,
        /// as with `git commit`
        #[arg(long, conflicts_with = "dry_run")]
        commit: bool,
        /// Show what would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Args)]
pub struct Mails {
    /// Mails, as `agentpkg contribute` or `git format-patch` wrote them; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The folder of the template's source [default: where the mail has it]
    #[arg(long, value_name = "DIR")]
    pub template: Option<PathBuf>,
    /// Which registry.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

#[derive(Debug, Args)]
pub struct Install {
    /// Templates, with a version or a requirement if not the newest will do
    #[arg(value_name = "NAME[@REQ]")]
    pub requests: Vec<TemplateRequest>,
    /// Answer a template's question
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// Approve what can run, by the code that was shown with it
    #[arg(long, value_name = "CODE")]
    pub approve: Vec<String>,
    /// Refuse to change agentpkg.lock
    #[arg(long, conflicts_with = "requests")]
    pub locked: bool,
    /// Write what was done, or what has to be approved first with all its text, to a file
    #[arg(long, value_name = "FILE.md")]
    pub report: Option<PathBuf>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Allow a web registry that isn't signed; agentpkg.toml will say so
    #[arg(long)]
    pub unsigned: bool,
    /// Allow plain HTTP to another machine, which anybody on the network can change; agentpkg.toml
    /// will say so
    #[arg(long)]
    pub insecure: bool,
    /// Which registry.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

/// What `upgrade` is told, which going back from one is not.
const OF_AN_UPGRADE: [&str; 10] = [
    "requests",
    "settings",
    "approve",
    "restore",
    "unsigned",
    "insecure",
    "registry",
    "commit",
    "report",
    "approve_in_review",
];

#[derive(Debug, Args)]
pub struct Upgrade {
    /// Templates [default: all], with a requirement to move to another line of releases
    #[arg(value_name = "NAME[@REQ]")]
    pub requests: Vec<TemplateRequest>,
    /// Answer a template's question, or change an answer
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// Approve what can run, by the code that was shown with it
    #[arg(long, value_name = "CODE")]
    pub approve: Vec<String>,
    /// Bring back a file, a block or settings that were deleted here; a pattern for many files
    #[arg(long, value_name = "PATH")]
    pub restore: Vec<String>,
    /// Commit what was changed, with a message that lists it; for machines that open merge
    /// requests. Git's hooks and filters run, as with `git commit`
    #[arg(long, conflicts_with = "dry_run")]
    pub commit: bool,
    /// Have whoever merges the commit approve what it can run: the lock and the report say so
    #[arg(long, requires = "commit", conflicts_with = "approve")]
    pub approve_in_review: bool,
    /// Write the body of a merge request: what needs a person, what can run with all its text, the
    /// changelog, kept edits
    #[arg(long, value_name = "FILE.md")]
    pub report: Option<PathBuf>,
    /// Go back to before the upgrade whose conflicts are open
    #[arg(long, conflicts_with_all = OF_AN_UPGRADE)]
    pub abort: bool,
    /// Show what would change as diffs, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Allow a web registry that isn't signed; agentpkg.toml will say so
    #[arg(long)]
    pub unsigned: bool,
    /// Allow plain HTTP to another machine, which anybody on the network can change; agentpkg.toml
    /// will say so
    #[arg(long)]
    pub insecure: bool,
    /// Which registry.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

#[derive(Debug, Args)]
pub struct Yank {
    /// The release; with --replaced-by, a template
    #[arg(value_name = "NAME[@VERSION]", value_parser = withdrawn)]
    pub withdrawn: (TemplateName, Option<semver::Version>),
    /// The reason, which everybody who has the release is told
    #[arg(long, alias = "why", value_name = "WHY", value_parser = spoken)]
    pub reason: Option<String>,
    /// Recall it: it isn't safe, and who has it is to leave it
    #[arg(long)]
    pub security: bool,
    /// The template that takes the place of this one
    #[arg(long, value_name = "NAME", value_parser = bare, conflicts_with = "security")]
    pub replaced_by: Option<TemplateName>,
    /// Offer it again
    #[arg(long, conflicts_with_all = ["reason", "security", "replaced_by"])]
    pub undo: bool,
    /// Which registry.
    #[command(flatten)]
    pub registry: RegistryArgs,
}

#[derive(Debug, Args)]
pub struct Resolve {
    /// The files [default: all, asking at each place]
    #[arg(value_name = "PATH")]
    pub paths: Vec<RelPath>,
    /// Keep yours
    #[arg(long, conflicts_with = "upstream")]
    pub local: bool,
    /// Take the release's
    #[arg(long)]
    pub upstream: bool,
    /// Everywhere
    #[arg(long, conflicts_with = "paths")]
    pub all: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// What a merge is told, which setting the driver up is not.
const OF_A_MERGE: [&str; 7] = [
    "files", "path", "print", "markers", "explain", "json", "driver",
];

#[derive(Debug, Args)]
pub struct MergeFile {
    /// The three versions; with --driver in git's order: BASE OURS THEIRS NAME
    #[arg(
        value_name = "FILE",
        num_args = 3..=4,
        required_unless_present_any = ["install", "uninstall"]
    )]
    pub files: Vec<PathBuf>,
    /// The name that the file has in its repository: it tells the kind [default: OURS]
    #[arg(long, value_name = "NAME", conflicts_with = "driver")]
    pub path: Option<String>,
    /// Print the result, and leave OURS as it is
    #[arg(short, long, conflicts_with = "driver")]
    pub print: bool,
    /// Put markers around conflicts, in files that no program reads
    #[arg(long)]
    pub markers: bool,
    /// Say on standard error which rule settled which lines
    #[arg(long)]
    pub explain: bool,
    /// How to print.
    #[command(flatten)]
    pub json: Json,
    /// Be the merge driver of git, which says what it wants with %O %A %B %P
    #[arg(long)]
    pub driver: bool,
    /// Set git's merge driver up for this repository
    #[arg(long, conflicts_with_all = OF_A_MERGE)]
    pub install: bool,
    /// Take out what --install wrote, and nothing else
    #[arg(long, conflicts_with_all = OF_A_MERGE, conflicts_with = "install")]
    pub uninstall: bool,
    /// Write it without asking
    #[arg(long, requires = "install", conflicts_with_all = OF_A_MERGE)]
    pub yes: bool,
    /// Show what --install or --uninstall would write, and write nothing
    #[arg(long, conflicts_with_all = OF_A_MERGE)]
    pub dry_run: bool,
}

#[derive(Clone, Debug, Args)]
pub struct RegistryArgs {
    /// The registry: a folder, a git repository, a web server, `embedded`, or a name in agentpkg.toml [default:
    /// agentpkg.toml, AGENTPKG_REGISTRY, the configuration]
    #[arg(long, value_name = "ADDRESS|NAME")]
    pub registry: Option<String>,
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Json {
    /// Print JSON for programs
    #[arg(long)]
    pub json: bool,
}

fn spoken(text: &str) -> Result<String, Error> {
    match text.trim() {
        "" => Err(Error::user("the reason is empty").hint("--reason WHY")),
        text => Ok(text.to_owned()),
    }
}

fn setting(text: &str) -> Result<(String, String), Error> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Error::user(format!("`--set {text}` has no value"))
            .hint("write it as `--set KEY=VALUE`")),
    }
}

/// Reads the name of a template that is meant whole.
fn bare(text: &str) -> Result<TemplateName, Error> {
    match text
        .split_once('@')
        .map(|(name, _)| TemplateName::typed(name))
    {
        Some(Ok(name)) => Err(Error::user(format!(
            "`{text}` names a version, and all of `{name}` is meant here"
        ))
        .meaning(name.as_str())),
        _ => TemplateName::typed(text),
    }
}

/// Reads the name of a template, or what can only be a path.
fn template_or_path(text: &str) -> Result<String, Error> {
    let is_path = text.contains('/') || (!text.contains('@') && text.contains(['.', ':', '#']));
    match is_path {
        true => Ok(text.to_owned()),
        false => bare(text).map(|_| text.to_owned()),
    }
}

/// Reads a template, or a release of one.
fn withdrawn(text: &str) -> Result<(TemplateName, Option<semver::Version>), Error> {
    let Some((name, version)) = text.split_once('@') else {
        return Ok((TemplateName::typed(text)?, None));
    };
    let name = TemplateName::typed(name)?;
    match typed_version(version) {
        Ok(version) => Ok((name, Some(version))),
        Err(error) => Err(match error.meant() {
            Some(near) => error.clone().meaning(format!("{name}@{near}")),
            None => error.hint(format!("its releases: agentpkg info {name}")),
        }),
    }
}
