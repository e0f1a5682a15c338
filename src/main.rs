//! The program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    agentpkg::face::run(std::env::args_os())
}
