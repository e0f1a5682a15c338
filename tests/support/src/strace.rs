//! The program under strace: which system calls it makes, and dead at one of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{Scene, program};

/// Returns the program, about to run in a folder of a scene with these options of strace.
fn traced(scene: &Scene, folder: &Path, options: &[&str], arguments: &[&str]) -> Command {
    let mut command = scene.command("strace");
    command
        .current_dir(folder)
        .arg("-f")
        .args(options)
        .arg(program())
        .args(arguments);
    command
}

/// Runs the program, and kills it when it makes a system call for the time `when`.
pub fn killed_at(scene: &Scene, folder: &Path, arguments: &[&str], call: &str, when: usize) {
    let inject = format!("inject={call}:signal=KILL:when={when}");
    let options = ["-q", "-o", "/dev/null", "-e", &inject];
    let mut command = traced(scene, folder, &options, arguments);
    command.output().expect("strace is there");
}

/// Runs the program, and returns how often it made each system call.
#[track_caller]
pub fn calls(scene: &Scene, folder: &Path, arguments: &[&str]) -> BTreeMap<String, usize> {
    let log = folder.with_extension("log");
    let options = ["-qq", "-o", log.to_str().expect("a scene's path is text")];
    let output = traced(scene, folder, &options, arguments).output().unwrap();
    // 1 says that it is done and a person is needed.
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut calls = BTreeMap::new();
    for line in fs::read_to_string(&log).unwrap().lines() {
        let call = line
            .split_once(' ')
            .map_or(line, |(_, rest)| rest.trim_start());
        let name = call.split('(').next().unwrap_or_default();
        if !name.is_empty() && name.bytes().all(is_part_of_name) {
            *calls.entry(name.to_owned()).or_default() += 1;
        }
    }
    calls
}

fn is_part_of_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}
