//! The loop in README.md runs as it stands there, and prints what stands there.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Returns the scripts of README.md, each with what is said to come of it.
fn scripts() -> Vec<(String, String)> {
    let readme =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = |text: &str| {
        text.split_once("\n```")
            .map(|(block, _)| format!("{block}\n"))
            .expect("a block ends")
    };
    let parts = readme.split("```sh loop\n").skip(1);
    parts
        .map(|part| {
            let (_, output) = part
                .split_once("```console\n")
                .expect("what a script prints is behind it");
            (block(part), block(output))
        })
        .collect()
}

#[test]
fn the_loop_runs_as_it_stands_in_the_readme() {
    let folder = tempfile::tempdir().unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_agentpkg"))
        .parent()
        .expect("a file is in a folder");
    let path = format!(
        "{}:{}",
        program.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let found = scripts();
    assert_eq!(found.len(), 2, "README.md has the loop twice");
    for ((script, printed), place) in found.iter().zip([".", "search"]) {
        let mut command = Command::new("bash");
        command
            .args(["-ec", &format!("{{ {script}\n}} 2>&1")])
            .current_dir(folder.path().join(place))
            .env_clear();
        command
            .env("PATH", &path)
            .env("NO_COLOR", "1")
            .env("LC_ALL", "C")
            .env("HOME", folder.path());
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "A developer")
                .env(format!("GIT_{who}_EMAIL"), "dev@example.org");
        }
        let output = command.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), printed.as_str());
        assert!(output.status.success());
    }
}
