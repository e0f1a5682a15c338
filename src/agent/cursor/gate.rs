//! Whether Cursor runs the hooks of a repository: nothing of that was measured. It may run those of
//! Claude Code, too.

use crate::agent::claude;
use crate::agent::gate::{Gate, GateFinding, VersionFrom};

use super::hooks::ENTRIES;

pub const GATE: Gate = Gate {
    program: "cursor-agent",
    version: VersionFrom::Unknown,
    document: |template| ENTRIES.path_of(template),
    also_runs: Some(claude::SETTINGS),
    reads_in: |start| start.root.clone(),
    person: |start| start.home.join(".cursor"),
    variables: &[],
    reads: |_| Vec::new(),
    names: |_, _| Vec::new(),
    findings: |_| {
        vec![GateFinding::unknown(
            "agentpkg doesn't know what switches hooks off in Cursor",
        )]
    },
};
