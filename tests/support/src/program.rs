//! Where the program lies that is tested.

use std::env;
use std::path::PathBuf;

/// Returns the program's path, which cargo and cargo-nextest tell every integration test.
pub fn program() -> PathBuf {
    env::var_os("CARGO_BIN_EXE_agentpkg")
        .expect("cargo says in `CARGO_BIN_EXE_agentpkg` where the program is")
        .into()
}
