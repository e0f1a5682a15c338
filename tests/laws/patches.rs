//! Patches against git itself: what is written here, `git apply` applies, and what `git diff`
//! writes is read.

use agentpkg::merge::patch::Patch;
use agentpkg::model::path::RelPath;
use agentpkg::model::tree::{File, FileTree};
use support::Scene;

/// Runs git with this on its standard input.
#[track_caller]
fn git(scene: &Scene, arguments: &[&str], input: &str) -> String {
    support::git(scene.command("git").args(arguments), input.as_bytes())
}

fn tree(files: &[(&'static str, &str, bool)]) -> FileTree {
    let file = |(path, text, executable): &(&'static str, &str, bool)| {
        (
            path.parse::<RelPath>().unwrap(),
            File {
                bytes: text.as_bytes().to_vec().into(),
                executable: *executable,
            },
        )
    };
    files.iter().map(file).collect()
}

/// Makes a repo hold exactly these files, and lets git know them.
fn write(scene: &Scene, files: &FileTree) {
    for (path, file) in files {
        let place = path.under(scene.repo());
        support::write(&place, &file.bytes);
        let mode = if file.executable { 0o755 } else { 0o644 };
        scene.chmod(path.as_str(), mode);
    }
    git(scene, &["add", "--all"], "");
}

fn read(scene: &Scene) -> FileTree {
    let names = git(
        scene,
        &["ls-files", "-z", "--others", "--cached", "--deduplicate"],
        "",
    );
    let there = names
        .split_terminator('\0')
        .filter(|name| scene.path(name).exists());
    let file = |name: &str| {
        let stage = git(scene, &["ls-files", "--stage", "--", name], "");
        let file = File {
            bytes: scene.read(name).into(),
            executable: stage.starts_with("100755"),
        };
        (name.parse().unwrap(), file)
    };
    there.map(file).collect()
}

fn before() -> FileTree {
    let long: String = (1..=40).map(|line| format!("{line}\n")).collect();
    tree(&[
        ("über.md", "eins\nzwei\n", false),
        ("a \"name\" with spaces.md", "one\n", false),
        ("no end", "a\nb", false),
        ("end", "a\nb\n", false),
        ("windows.txt", "a\r\nb\r\nc\n", false),
        ("gone.md", "1\n-- \n3\n", false),
        ("empty and gone", "", false),
        ("long.md", &long, false),
        ("script.sh", "#!/bin/sh\n", true),
        ("to be run.sh", "#!/bin/sh\n", false),
        ("same", "same\n", false),
    ])
}

fn after() -> FileTree {
    let long: String = (1..=40)
        .filter(|line| *line != 3)
        .map(|line| format!("{line}\n"))
        .collect();
    tree(&[
        ("über.md", "eins\nZWEI\n", false),
        ("a \"name\" with spaces.md", "one\n-- \ntwo\n", false),
        ("no end", "a\nb\n", false),
        ("end", "A\nb", false),
        ("windows.txt", "a\r\nB\r\nc\r\n", false),
        (
            "long.md",
            &long
                .replace("20\n", "zwanzig\nund\n")
                .replace("40\n", "vierzig\n"),
            false,
        ),
        ("script.sh", "#!/bin/sh\ntrue", true),
        ("to be run.sh", "#!/bin/sh\n", true),
        ("hooks/new one.sh", "#!/bin/sh\n", true),
        ("empty", "", false),
        ("same", "same\n", false),
    ])
}

#[test]
fn git_applies_what_is_written() {
    let scene = Scene::new();
    write(&scene, &before());
    let patch = Patch::between(&before(), &after()).unwrap();
    git(
        &scene,
        &["apply", "--index", "--whitespace=nowarn"],
        &patch.to_text(None),
    );
    assert_eq!(read(&scene), after());
    // And backwards, which asks for the removed side of every line.
    git(
        &scene,
        &["apply", "--index", "--whitespace=nowarn", "--reverse"],
        &patch.to_text(None),
    );
    assert_eq!(read(&scene), before());
    let directory = "templates/some \"x\"".parse().unwrap();
    let below = |tree: &FileTree| -> FileTree {
        tree.iter()
            .map(|(path, file)| (format!("{directory}/{path}").parse().unwrap(), file.clone()))
            .collect()
    };
    git(&scene, &["rm", "-rf", "--quiet", "."], "");
    write(&scene, &below(&before()));
    git(
        &scene,
        &["apply", "--index", "--whitespace=nowarn"],
        &patch.to_text(Some(&directory)),
    );
    assert_eq!(read(&scene), below(&after()));
}

#[test]
fn what_git_writes_is_read_and_applied() {
    let scene = Scene::new();
    write(&scene, &before());
    let tree = git(&scene, &["write-tree"], "");
    git(&scene, &["rm", "-rf", "--quiet", "--cached", "."], "");
    for path in before().keys() {
        std::fs::remove_file(path.under(scene.repo())).unwrap();
    }
    write(&scene, &after());
    std::fs::rename(scene.path("same"), scene.path("moved")).unwrap();
    git(&scene, &["add", "--all"], "");
    let mut moved = after();
    let same = moved.remove(&"same".parse::<RelPath>().unwrap()).unwrap();
    moved.insert("moved".parse().unwrap(), same);
    for options in [
        &["--no-renames"][..],
        &["-M"],
        &["--full-index"],
        &["--patience"],
        &["-U1"],
        &["-c", "core.quotePath=false"],
    ] {
        let (configured, options) = if options[0] == "-c" {
            (options, &[][..])
        } else {
            (&[][..], options)
        };
        let arguments = [configured, &["diff", "--cached"], options, &[tree.trim()]].concat();
        let patch = Patch::parse(&git(&scene, &arguments, "")).unwrap();
        assert_eq!(patch.apply(&before()).unwrap(), moved, "{options:?}");
        assert_eq!(Patch::parse(&patch.to_text(None)), Ok(patch), "{options:?}");
    }
}

#[test]
fn the_text_is_what_git_writes() {
    let scene = Scene::new();
    write(&scene, &before());
    let tree = git(&scene, &["write-tree"], "");
    let patch = Patch::between(&before(), &after()).unwrap();
    git(
        &scene,
        &["apply", "--index", "--whitespace=nowarn"],
        &patch.to_text(None),
    );
    let theirs = git(
        &scene,
        &[
            "diff",
            "--cached",
            "--full-index",
            "--no-renames",
            tree.trim(),
        ],
        "",
    );
    // What git writes behind a range is for people.
    let ours: Vec<String> = patch.to_text(None).lines().map(str::to_owned).collect();
    let theirs: Vec<String> = theirs.lines().map(without_heading).collect();
    assert_eq!(ours, theirs);
}

fn without_heading(line: &str) -> String {
    match line
        .starts_with("@@ ")
        .then(|| line.match_indices(" @@").next())
        .flatten()
    {
        Some((end, mark)) => line[..end + mark.len()].to_owned(),
        None => line.to_owned(),
    }
}
