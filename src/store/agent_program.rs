//! The programs of agents: whether one is here, and which version it is. **None is started in a
//! repository, or from one**, and only those that write nothing for being asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::agent::gate::VersionFrom;

use super::fs;
use super::surroundings::Surroundings;

/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many folders above a program are looked into for its package.
const LEVELS: usize = 6;

/// What is known of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentProgram {
    /// It isn't in any folder of `PATH`.
    Absent,
    /// It is there.
    Found {
        /// Nothing where that can't be told.
        version: Option<String>,
    },
}

impl AgentProgram {
    /// Looks for a program in the folders of `PATH`, but for those of the repository at `root`.
    pub fn look_for(program: &str, from: VersionFrom, root: &Path) -> Self {
        let surroundings = Surroundings::default().patience(PATIENCE);
        let Some(place) = find(program, root, &surroundings) else {
            return Self::Absent;
        };
        let version = match from {
            VersionFrom::Asked => asked(&place, &surroundings),
            VersionFrom::AskedInFolder(variable) => asked_in_folder(&place, variable, surroundings),
            VersionFrom::Package(name) => of_package(&place, name),
            VersionFrom::Unknown => None,
        };
        Self::Found { version }
    }

    pub fn version(&self) -> Option<&str> {
        match self {
            Self::Absent => None,
            Self::Found { version } => version.as_deref(),
        }
    }
}

/// Returns where a program really lies. What a repository brings isn't the person's program.
fn find(program: &str, root: &Path, surroundings: &Surroundings) -> Option<PathBuf> {
    let path = surroundings.variable("PATH")?;
    for folder in std::env::split_paths(&path).filter(|folder| folder.is_absolute()) {
        let place = fs::without_detours(&folder).join(program);
        if !fs::is_executable_file(&place) {
            continue;
        }
        let real = fs::canonical(&place).ok()?;
        if !real.starts_with(root) && !place.starts_with(root) {
            return Some(real);
        }
    }
    None
}

fn asked(place: &Path, surroundings: &Surroundings) -> Option<String> {
    let mut command = surroundings.command(place.to_str()?);
    let ended = surroundings.ask(command.arg("--version"), b"").ok()?;
    version_in(&String::from_utf8_lossy(&ended.output))
}

fn asked_in_folder(place: &Path, variable: &str, surroundings: Surroundings) -> Option<String> {
    let folder = tempfile::Builder::new()
        .prefix("agentpkg-doctor-")
        .tempdir()
        .ok()?;
    asked(place, &surroundings.with(variable, folder.path()))
}

/// Returns the version in what a program says of itself: `codex-cli 0.171.0`.
fn version_in(said: &str) -> Option<String> {
    let mut words = said.split_whitespace();
    let is_version = |word: &&str| semver::Version::parse(word).is_ok();
    words.find(is_version).map(str::to_owned)
}

/// Returns the version of the package that a program is a part of, by its name.
fn of_package(place: &Path, name: &str) -> Option<String> {
    for folder in place.ancestors().skip(1).take(LEVELS) {
        let Ok(Some(bytes)) = fs::read(&folder.join("package.json")) else {
            continue;
        };
        let package: Value = serde_json::from_slice(&bytes).ok()?;
        if package.get("name").and_then(Value::as_str) == Some(name) {
            return version_in(package.get("version")?.as_str()?);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_what_programs_say() {
        for (said, version) in [
            ("2.1.332 (Claude Code)\n", Some("2.1.332")),
            ("codex-cli 0.171.0\n", Some("0.171.0")),
            ("usage: x\n", None),
            ("", None),
        ] {
            assert_eq!(version_in(said).as_deref(), version, "{said}");
        }
    }

    #[test]
    fn a_package_is_found_by_its_name_beside_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let write = |path: &str, text: &str| {
            fs::write_loose(&root.join(path), text.as_bytes(), true).unwrap();
        };
        write("package.json", r#"{"name": "other", "version": "9.9.9"}"#);
        write(
            "g/package.json",
            r#"{"name": "@google/gemini-cli", "version": "0.61.0"}"#,
        );
        write("g/dist/package.json", r#"{"type": "module"}"#);
        write("g/dist/index.js", "");
        let place = root.join("g/dist/index.js");
        assert_eq!(
            of_package(&place, "@google/gemini-cli").as_deref(),
            Some("0.61.0")
        );
        assert_eq!(of_package(&place, "@github/copilot"), None);
    }

    #[test]
    fn a_program_is_asked_with_a_deadline_and_in_an_empty_folder_if_it_writes() {
        let surroundings = Surroundings::default();
        let git = find("git", Path::new("/none"), &surroundings).unwrap();
        let version = asked(&git, &surroundings);
        assert!(version.is_some());
        assert_eq!(asked_in_folder(&git, "CODEX_HOME", surroundings), version);
        let impatient = Surroundings::default().patience(Duration::ZERO);
        let sleep = find("yes", Path::new("/none"), &impatient).unwrap();
        assert_eq!(asked(&sleep, &impatient), None);
    }

    #[test]
    fn a_program_of_the_repository_is_not_the_persons() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonical(folder.path()).unwrap();
        let program = root.join("bin/claude");
        fs::write_loose(&program, b"#!/bin/sh\nexit 1\n", true).unwrap();
        let surroundings = Surroundings::default().with("PATH", root.join("bin"));
        assert_eq!(
            find("claude", &root.join("other"), &surroundings),
            Some(program)
        );
        assert_eq!(find("claude", &root, &surroundings), None);
        assert_eq!(find("codex", &root.join("other"), &surroundings), None);
    }
}
