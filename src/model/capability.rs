//! What kinds of things can execute or widen what an agent does, or hold it back.

use std::fmt;

/// What kind of thing can execute or widen, or hold back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CapabilityKind {
    /// A handler of a hook.
    Hook,
    /// An MCP server, which is started or reached.
    Server,
    /// A command that the agent runs by itself: a status line, a helper.
    Command,
    /// A command inside a text, run when the text is used.
    Inline,
    /// A file that can be run, or that another tool runs.
    File,
    /// A program or a file that a template's tests bring, and that runs with them.
    TestProgram,
    /// What a text makes the agent do without asking: tools of a skill, the mode of an agent.
    Tools,
    /// A rule that allows.
    Allow,
    /// A folder outside the project.
    Folder,
    /// An environment variable.
    Variable,
    /// A marketplace or a plugin: code from elsewhere.
    Source,
    /// A setting that widens, or that nobody has classified.
    Setting,
    /// A rule that denies.
    Deny,
    /// A rule that asks.
    Ask,
    /// A setting that limits.
    Limit,
}

impl CapabilityKind {
    /// Returns its name in reports and in the lock.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hook => "hook",
            Self::Server => "server",
            Self::Command => "command",
            Self::Inline => "inline command",
            Self::File => "file",
            Self::TestProgram => "test program",
            Self::Tools => "tools",
            Self::Allow => "allow",
            Self::Folder => "folder",
            Self::Variable => "variable",
            Self::Source => "source",
            Self::Setting => "setting",
            Self::Deny => "deny",
            Self::Ask => "ask",
            Self::Limit => "limit",
        }
    }

    /// Returns whether it is a command that is run: of a hook, of a server, in a text.
    pub fn is_command(self) -> bool {
        matches!(
            self,
            Self::Hook | Self::Server | Self::Command | Self::Inline
        )
    }

    /// Returns whether it only holds back: nobody has to approve that it comes.
    pub fn only_guards(self) -> bool {
        matches!(self, Self::Deny | Self::Ask | Self::Limit)
    }
}

impl fmt::Display for CapabilityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
