//! Files that change their shape: a file that becomes a folder, a folder that becomes a file, a
//! file that gets another name.

use support::Scene;

/// A repo at 1.0.0 of a template whose 1.1.0 makes a folder of the file `tool`, and a file of the
/// folder `kit`.
fn scene() -> Scene {
    let first = [
        ("files/tool", "one\n"),
        ("files/kit/a.md", "A.\n"),
        ("files/kit/deep/b.md", "B.\n"),
    ];
    let second = [("files/tool/deep/x.md", "two\n"), ("files/kit", "three\n")];
    let scene = Scene::new()
        .published("shapes", "1.0.0", &first)
        .installed("shapes");
    scene.published("shapes", "1.1.0", &second)
}

#[test]
fn files_and_folders_change_places_and_back() {
    let scene = scene();
    let before = scene.tree();
    scene.run("agentpkg upgrade").succeeds();
    scene.reads("tool/deep/x.md", "two\n");
    scene.reads("kit", "three\n");
    let after = scene.tree();
    scene.run("agentpkg check").succeeds();
    scene.run("agentpkg undo").succeeds();
    assert_eq!(scene.tree(), before);
    scene.run("agentpkg undo --redo").succeeds();
    assert_eq!(scene.tree(), after);
    scene.run("agentpkg remove shapes").succeeds();
    scene.absent("tool");
    scene.absent("kit");
}

#[test]
fn what_the_team_did_there_stays_and_the_error_says_where() {
    for (path, obstacle) in [
        // Edited, or the team's own, or no file.
        ("tool", "`tool` is a file, and 1 file belongs there"),
        ("kit/a.md", "`kit`: a folder is in the way"),
        ("kit/own.md", "`kit`: a folder is in the way"),
    ] {
        let scene = scene();
        scene.write(path, "ours\n");
        let before = scene.tree();
        scene
            .run("agentpkg upgrade")
            .says(2, &[obstacle, "nothing was changed"]);
        assert_eq!(scene.tree(), before);
    }
    let scene = scene();
    scene.folder("kit/empty");
    scene
        .run("agentpkg upgrade")
        .says(2, &["`kit`: a folder is in the way"]);
}

#[test]
fn undo_goes_around_what_came_into_the_folder_since() {
    let scene = scene();
    scene.run("agentpkg upgrade").succeeds();
    scene.write("tool/own.md", "ours\n");
    let before = scene.tree();
    scene
        .run("agentpkg undo")
        .says(2, &["`tool` has more in it where a file has to be"]);
    assert_eq!(scene.tree(), before);
}
