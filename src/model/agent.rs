//! The coding agents that agentpkg knows of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A coding agent that agentpkg can write for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Agent {
    /// Claude Code.
    Claude,
}

impl Agent {
    /// Returns the name as agentpkg.toml has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claude => "claude",
        }
    }

    /// Returns the name as its vendor writes it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Claude => "Claude Code",
        }
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
