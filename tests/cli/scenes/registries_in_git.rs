//! Registries in git: two folders that share nothing but an address.

use support::{Files, Scene};

const HOUSE: Files = &[("rules/a.md", "- one\n")];
const NEWER: Files = &[("rules/a.md", "- one\n- two\n")];

/// A scene with a bare repository beside it, and its address.
fn scene() -> (Scene, String) {
    let scene = Scene::new();
    scene
        .run("git init -q --bare ../platform.git && git -C ../platform.git config uploadpack.allowFilter true")
        .succeeds();
    let folder = scene.path("../platform.git");
    let folder = folder.canonicalize().unwrap();
    let address = format!("git+file://{}#registry", folder.display());
    (scene, address)
}

fn publish(scene: &Scene, address: &str, version: &str, files: Files) {
    scene.write_source("house", version, files);
    scene
        .run(&format!(
            "agentpkg publish ../templates/house --registry '{address}'"
        ))
        .says(
            0,
            &[
                &format!("published house {version}"),
                "platform.git#registry",
            ],
        );
}

#[test]
fn a_template_is_published_to_a_repository_and_installed_from_it() {
    let (scene, address) = scene();
    publish(&scene, &address, "1.0.0", HOUSE);
    scene
        .run(&format!("agentpkg install house --registry '{address}'"))
        .says(0, &["installed house 1.0.0"]);
    scene.reads(".claude/rules/house/a.md", "- one\n");
    publish(&scene, &address, "1.1.0", NEWER);
    scene.run("agentpkg status").says(0, &["newer 1.1.0"]);
    scene
        .run("agentpkg upgrade")
        .says(0, &["upgraded house 1.0.0 -> 1.1.0"]);
    scene.reads(".claude/rules/house/a.md", "- one\n- two\n");
    // A commit says what was published.
    let log = scene.git_in("../platform.git", &["log", "--format=%s", "registry"]);
    assert_eq!(log.trim(), "Publish house 1.1.0\nPublish house 1.0.0");
    // Again, it is there.
    scene
        .run(&format!(
            "agentpkg publish ../templates/house --registry '{address}'"
        ))
        .says(0, &["nothing to do"]);
    scene
        .run(&format!(
            "agentpkg yank house@1.1.0 --why 'breaks hooks' --registry '{address}'"
        ))
        .says(0, &["yanked house 1.1.0"]);
    scene.run("agentpkg status").says(0, &["breaks hooks"]);
}
