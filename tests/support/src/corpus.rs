//! The folder of real files that the ignored tests read.

use std::env;
use std::path::PathBuf;

/// Returns the corpus's folder, which `AGENTPKG_CORPUS` names.
pub fn corpus() -> PathBuf {
    env::var_os("AGENTPKG_CORPUS")
        .expect("AGENTPKG_CORPUS names the corpus's folder")
        .into()
}
