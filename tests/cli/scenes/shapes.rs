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

const GUIDE: &str = "# Guide\n\nFirst this.\n\nThen that.\n\nThen rest.\n";

#[test]
fn an_edit_follows_renames_over_versions_that_were_skipped() {
    // Declared twice; declared and then seen by its content; each from a template's text, too.
    for (second, third) in [
        (
            (
                "[renames]\n\"files/docs/a.md\" = \"files/docs/b.md\"\n",
                "files/docs/b.md",
            ),
            (
                "[renames]\n\"files/docs/b.md\" = \"files/docs/c.md\"\n",
                "files/docs/c.md",
            ),
        ),
        (
            ("", "files/docs/b.md"),
            (
                "[renames]\n\"files/docs/b.md\" = \"files/guides/c.md\"\n",
                "files/guides/c.md",
            ),
        ),
    ] {
        let scene = Scene::new()
            .published("house", "1.0.0", &[("files/docs/a.md", GUIDE)])
            .installed("house")
            .replaced("docs/a.md", "Then rest.", "Then rest a while.");
        let (renames, path) = second;
        let files = [("template.toml", renames), (path, GUIDE)];
        let scene = scene.published("house", "1.1.0", &files);
        let newest = GUIDE.replace("First this.", "First of all this.");
        let (renames, path) = third;
        let files = [("template.toml", renames), (path, newest.as_str())];
        let scene = scene.published("house", "1.2.0", &files);
        scene.run("agentpkg upgrade").succeeds();
        let place = path.strip_prefix("files/").unwrap();
        let merged = newest.replace("Then rest.", "Then rest a while.");
        scene.absent("docs/a.md").reads(place, merged.as_str());
    }
}

#[test]
fn a_form_that_the_team_filled_in_stays_where_it_is() {
    let form = "# Constitution\n\n## Principles\n\n[PRINCIPLE]\n\n## Governance\n\n[RULES]\n";
    let filled = "# Our constitution\n\n## Tests first\n\nAlways.\n\n## Who decides\n\nWe do.\n";
    let scene = Scene::new()
        .published("house", "1.0.0", &[("files/memory/constitution.md", form)])
        .installed("house")
        .edited("memory/constitution.md", filled);
    let moved = [("files/templates/constitution.md", form)];
    let scene = scene.published("house", "1.1.0", &moved);
    scene
        .run("agentpkg upgrade")
        .succeeds()
        .shows("yours now   1 file kept, no longer managed: memory/constitution.md");
    scene.reads("memory/constitution.md", filled);
    scene.reads("templates/constitution.md", form);
}

#[test]
fn a_few_equal_lines_make_no_rename() {
    let scene = Scene::new()
        .published("house", "1.0.0", &[("files/docs/a.md", "TODO\n")])
        .installed("house")
        .edited("docs/a.md", "Ours.\n");
    let scene = scene.published("house", "1.1.0", &[("files/docs/b.md", "TODO\n")]);
    scene.run("agentpkg upgrade").succeeds();
    scene
        .reads("docs/a.md", "Ours.\n")
        .reads("docs/b.md", "TODO\n");
}

#[test]
fn a_file_with_other_line_ends_follows_a_rename_too() {
    let windows = GUIDE
        .replace("Then rest.", "Then rest a while.")
        .replace('\n', "\r\n");
    let scene = Scene::new()
        .published("house", "1.0.0", &[("files/docs/a.md", GUIDE)])
        .installed("house")
        .edited("docs/a.md", &windows);
    let scene = scene.published("house", "1.1.0", &[("files/docs/b.md", GUIDE)]);
    scene.run("agentpkg upgrade").succeeds();
    scene
        .absent("docs/a.md")
        .reads("docs/b.md", windows.as_str());
}
