//! The coding agents that agentpkg knows of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::words;

/// Hands the agents to a macro, a row each: the variant; the name, as agentpkg.toml and the folder
/// in `agent` have it; and the name as its vendor writes it.
macro_rules! agents {
    ($macro:ident) => {
        $macro! {
            Claude claude "Claude Code";
            Codex codex "Codex";
            Cursor cursor "Cursor";
            Copilot copilot "Copilot";
            Gemini gemini "Gemini CLI";
            Opencode opencode "OpenCode";
        }
    };
}
pub(crate) use agents;

macro_rules! declare {
    ($($variant:ident $name:ident $title:literal;)+) => {
        /// A coding agent that agentpkg can write for.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize,
        )]
        #[serde(rename_all = "lowercase")]
        pub enum Agent {
            $(#[doc = $title] $variant,)+
        }

        impl Agent {
            pub const ALL: [Self; [$($title),+].len()] = [$(Self::$variant),+];

            /// Returns the name as agentpkg.toml has it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($name),)+
                }
            }

            /// Returns the name as its vendor writes it.
            pub fn title(self) -> &'static str {
                match self {
                    $(Self::$variant => $title,)+
                }
            }
        }
    };
}

agents!(declare);

impl Agent {
    /// Reads a name as agentpkg.toml and `--agent` have it.
    ///
    /// # Errors
    /// With the names that there are.
    pub fn parse(name: &str) -> Result<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|agent| agent.as_str() == name).ok_or_else(|| {
            Error::user(format!("agentpkg knows no agent `{name}`"))
                .hint(format!("the agents are {}", words::list(Self::ALL)))
        })
    }
}

impl fmt::Display for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
