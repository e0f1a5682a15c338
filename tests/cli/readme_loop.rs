//! The loop in README.md runs as it stands there, and prints what stands there.

use std::fs;
use std::path::Path;

use support::Scene;

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
    let scene = Scene::builder()
        .without_git()
        .untrusting()
        .without_default_registry()
        .by("A developer", "dev@example.org")
        .build();
    let found = scripts();
    assert_eq!(found.len(), 2, "README.md has the loop twice");
    for ((script, printed), place) in found.iter().zip(["..", "../search"]) {
        let mut command = scene.command("bash");
        command
            .args(["-ec", &format!("{{ {script}\n}} 2>&1")])
            .current_dir(scene.path(place));
        let output = command.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), printed.as_str());
        assert!(output.status.success());
    }
}
