//! An environment with nothing of the machine in it but `PATH`.

use std::env;
use std::ffi::{OsStr, OsString};
use std::process::Command;

use crate::program;

/// A name and an address that git writes into commits.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub name: &'static str,
    pub email: &'static str,
}

/// Returns a program, about to run with what every scene sets.
pub fn isolated(program: impl AsRef<OsStr>, person: Person) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", path())
        .env("NO_COLOR", "1")
        .env("LC_ALL", "C")
        // Releases of tests are published at one time, and nothing is asked outside of this machine.
        .env("SOURCE_DATE_EPOCH", "1783641600")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("NO_PROXY", "127.0.0.1,localhost")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{who}_NAME"), person.name)
            .env(format!("GIT_{who}_EMAIL"), person.email);
    }
    command
}

/// The machine's `PATH`, behind the folder of the program.
fn path() -> OsString {
    let program = program();
    let mut path = program
        .parent()
        .expect("a file is in a folder")
        .as_os_str()
        .to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    path
}
