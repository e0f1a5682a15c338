//! Patches against git itself: what is written here, `git apply` applies, and what `git diff`
//! writes is read.

use std::path::Path;
use std::process::{Command, Stdio};

use agentpkg::merge::patch::Patch;
use agentpkg::model::path::RelPath;
use agentpkg::model::tree::{File, FileTree};

fn git(root: &Path, arguments: &[&str], input: &str) -> String {
    use std::io::Write as _;
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(root)
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}\n{input}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn tree(files: &[(&'static str, &str, bool)]) -> FileTree {
    let file = |(path, text, executable): &(&'static str, &str, bool)| {
        (
            path.parse::<RelPath>().unwrap(),
            File {
                bytes: text.as_bytes().to_vec(),
                executable: *executable,
            },
        )
    };
    files.iter().map(file).collect()
}

/// Makes a folder hold exactly these files, and lets git know them.
fn write(root: &Path, files: &FileTree) {
    use std::os::unix::fs::PermissionsExt as _;
    for (path, file) in files {
        let place = path.under(root);
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, &file.bytes).unwrap();
        let mode = if file.executable { 0o755 } else { 0o644 };
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    git(root, &["add", "--all"], "");
}

fn read(root: &Path) -> FileTree {
    let names = git(
        root,
        &["ls-files", "-z", "--others", "--cached", "--deduplicate"],
        "",
    );
    let there = names
        .split_terminator('\0')
        .filter(|name| root.join(name).exists());
    let file = |name: &str| {
        let place = root.join(name);
        let executable = git(root, &["ls-files", "--stage", "--", name], "").starts_with("100755");
        (
            name.parse().unwrap(),
            File {
                bytes: std::fs::read(&place).unwrap(),
                executable,
            },
        )
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
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "--quiet"], "");
    write(root, &before());
    let patch = Patch::between(&before(), &after()).unwrap();
    git(
        root,
        &["apply", "--index", "--whitespace=nowarn"],
        &patch.to_text(None),
    );
    assert_eq!(read(root), after());
    // And backwards, which asks for the removed side of every line.
    git(
        root,
        &["apply", "--index", "--whitespace=nowarn", "--reverse"],
        &patch.to_text(None),
    );
    assert_eq!(read(root), before());
    let directory = "templates/some \"x\"".parse().unwrap();
    let below = |tree: &FileTree| -> FileTree {
        tree.iter()
            .map(|(path, file)| (format!("{directory}/{path}").parse().unwrap(), file.clone()))
            .collect()
    };
    git(root, &["rm", "-rf", "--quiet", "."], "");
    write(root, &below(&before()));
    git(
        root,
        &["apply", "--index", "--whitespace=nowarn"],
        &patch.to_text(Some(&directory)),
    );
    assert_eq!(read(root), below(&after()));
}

#[test]
fn what_git_writes_is_read_and_applied() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "--quiet"], "");
    write(root, &before());
    let tree = git(root, &["write-tree"], "");
    git(root, &["rm", "-rf", "--quiet", "--cached", "."], "");
    for path in before().keys() {
        std::fs::remove_file(path.under(root)).unwrap();
    }
    write(root, &after());
    std::fs::rename(root.join("same"), root.join("moved")).unwrap();
    git(root, &["add", "--all"], "");
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
        let patch = Patch::parse(&git(root, &arguments, "")).unwrap();
        assert_eq!(patch.apply(&before()).unwrap(), moved, "{options:?}");
        assert_eq!(Patch::parse(&patch.to_text(None)), Ok(patch), "{options:?}");
    }
}

#[test]
fn the_text_is_what_git_writes() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    git(root, &["init", "--quiet"], "");
    write(root, &before());
    let tree = git(root, &["write-tree"], "");
    let patch = Patch::between(&before(), &after()).unwrap();
    git(
        root,
        &["apply", "--index", "--whitespace=nowarn"],
        &patch.to_text(None),
    );
    let theirs = git(
        root,
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
