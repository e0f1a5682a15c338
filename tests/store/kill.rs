//! SIGKILL at every system call: once the next writing command has run, the tree is as before or as
//! after.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use support::{Scene, Tree, program, strace};

/// A scene with no memory of anything and nobody to ask. Some hundred repos are copied in it, which
/// is too much for memory.
fn scene() -> Scene {
    Scene::builder()
        .without_git()
        .untrusting()
        .without_default_registry()
        .with("CI", "true")
        .on_disk()
        .build()
}

/// Everything but agentpkg's own and git's.
fn tree(root: &Path) -> Tree {
    let mut tree = support::tree(root);
    tree.retain(|path, _| !path.starts_with(".agentpkg"));
    tree
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}

/// System calls that change nothing and come by the hundred: killing at one of each hundred is as
/// good as at all.
const READING: [&str; 14] = [
    "brk",
    "mmap",
    "munmap",
    "mprotect",
    "madvise",
    "statx",
    "lseek",
    "fstat",
    "sigaltstack",
    "rt_sigaction",
    "read",
    "readlink",
    "close",
    "poll",
];

/// How many folders were left half-way by all tests.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Kills `arguments` at each system call and checks what the next writing command finds. Returns
/// the folders in which something was left half-way.
///
/// All of it happens at one path: a record belongs to the place where it was written.
fn kill_everywhere(scene: &Scene, prepared: &Path, arguments: &[&str]) -> Vec<PathBuf> {
    let repo = scene.path("../at");
    copy(prepared, &repo);
    let before = tree(prepared);
    let calls = strace::calls(scene, &repo, arguments);
    let after = tree(&repo);
    fs::remove_dir_all(&repo).unwrap();
    assert_ne!(before, after, "the command has to do something");
    let mut half_way = Vec::new();
    let mut kills = 0;
    for (name, count) in calls {
        let step = if READING.contains(&name.as_str()) {
            1 + count / 8
        } else {
            1
        };
        for when in (1..=count).step_by(step) {
            copy(prepared, &repo);
            strace::killed_at(scene, &repo, arguments, &name, when);
            kills += 1;
            let interrupted = repo.join(".agentpkg/journal").exists();
            if interrupted {
                let number = COUNT.fetch_add(1, Ordering::Relaxed);
                let half = scene.path(format!("../half-{number}"));
                copy(&repo, &half);
                half_way.push(half);
            }
            let next = scene.agentpkg_in(&repo, &["install"]);
            let found = tree(&repo);
            assert!(
                found == before || found == after,
                "killed at {name} {when}: neither before nor after; then: {}",
                next.all()
            );
            let committed = interrupted || prepared.join(".agentpkg/journal").exists();
            assert!(
                !committed || found == after,
                "killed at {name} {when}: a committed plan is finished"
            );
            fs::remove_dir_all(&repo).unwrap();
        }
    }
    assert!(kills > 100, "only {kills} system calls were met");
    assert!(!half_way.is_empty(), "nothing was ever left half-way");
    half_way
}

/// A scene whose repo has instructions and settings of its own.
fn repo() -> Scene {
    let scene = scene();
    scene.write("CLAUDE.md", "# Ours\r\n").write(
        ".claude/settings.json",
        "{\n    \"permissions\": { \"deny\": [\"Read(./.env)\"] }\n}",
    );
    scene
}

const FIRST: [&str; 4] = ["install", "org-baseline@1.0.0", "--set", "team=payments"];

#[test]
#[ignore = "runs strace some hundred times"]
fn a_first_install_killed_anywhere() {
    let scene = repo();
    kill_everywhere(&scene, scene.repo(), &FIRST);
}

#[test]
#[ignore = "runs strace some hundred times"]
fn an_update_killed_anywhere_and_its_recovery_killed_anywhere() {
    let scene = repo();
    scene.agentpkg(&FIRST).succeeds();
    let half_way = kill_everywhere(&scene, scene.repo(), &["install", "org-baseline@1.1.0"]);
    // The recovery is killed too, from an early, a middle and a late stop.
    for half in [0, half_way.len() / 2, half_way.len() - 1] {
        kill_everywhere(&scene, &half_way[half], &["install"]);
    }
}

const UPGRADE: [&str; 2] = ["upgrade", "org-baseline@=1.1.0"];

/// A repo at 1.0.0 with a file edited beside upstream's changes, one at the line of one, and one
/// deleted.
fn edited() -> Scene {
    let scene = repo();
    scene.agentpkg(&FIRST).succeeds();
    let guard = ".claude/hooks/org-baseline/guard-bash.awk";
    let longer = scene.text(guard) + "# ours\n";
    scene
        .write(guard, longer)
        .replace(
            ".claude/rules/org-baseline/git-workflow.md",
            "first push names",
            "very first push names",
        )
        .replace("CLAUDE.md", "# Ours", "# Ours, later");
    fs::remove_file(scene.path(".claude/rules/org-baseline/security.md")).unwrap();
    // The deletion is remembered.
    scene.agentpkg(&["install"]).succeeds();
    scene
}

#[test]
#[ignore = "runs strace some hundred times"]
fn an_upgrade_with_edits_and_a_conflict_killed_anywhere() {
    let scene = edited();
    let upgraded = scene.path("../upgraded");
    copy(scene.repo(), &upgraded);
    let ran = scene.agentpkg_in(&upgraded, &UPGRADE);
    assert_eq!(ran.code, Some(1), "there is a conflict");
    let script = scene.text("../upgraded/.claude/hooks/org-baseline/guard-bash.awk");
    assert!(script.contains("judge_interpreter") && script.ends_with("# ours\n"));
    kill_everywhere(&scene, scene.repo(), &UPGRADE);
}

#[test]
#[ignore = "starts some hundred processes"]
fn two_upgrades_at_once_are_one() {
    let scene = edited();
    let whole = scene.path("../whole");
    copy(scene.repo(), &whole);
    let _ = scene.agentpkg_in(&whole, &UPGRADE);
    let after = tree(&whole);
    let mut waited = 0;
    for round in 0..60 {
        let repo = scene.path(format!("../round-{round}"));
        copy(scene.repo(), &repo);
        let start = || {
            let mut command = scene.command(program());
            command
                .current_dir(&repo)
                .args(UPGRADE)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let both = [start(), start()].map(|process| process.wait_with_output().unwrap());
        assert_eq!(tree(&repo), after, "round {round}");
        let codes = both.each_ref().map(|output| output.status.code());
        assert!(codes.contains(&Some(1)), "{codes:?}: one has done it");
        // The other came too late: the conflict is open, or the first was still at it.
        let refused = both.iter().filter(|output| output.status.code() == Some(2));
        waited += refused.count();
        assert!(!repo.join(".agentpkg/journal").exists());
    }
    assert!(waited > 0, "none came in between");
}

#[test]
#[ignore = "runs strace some hundred times"]
fn an_undo_killed_anywhere() {
    let scene = repo();
    let (at, prepared) = (scene.path("../at"), scene.path("../prepared"));
    copy(scene.repo(), &at);
    scene.agentpkg_in(&at, &FIRST).succeeds();
    fs::rename(&at, &prepared).unwrap();
    kill_everywhere(&scene, &prepared, &["undo"]);
}

#[test]
#[ignore = "runs strace some hundred times"]
fn a_publish_killed_anywhere_leaves_the_registry_before_or_after() {
    let scene = Scene::new().published("house", "1.0.0", &[("rules/a.md", "a\n")]);
    scene.write_source("house", "1.1.0", &[("rules/a.md", "b\n")]);
    let registry = scene.path("../registry");
    let kept = scene.path("../kept");
    copy(&registry, &kept);
    let newest = || {
        let ran = scene.run("agentpkg info house");
        ran.succeeds();
        ran.said()
    };
    let before = newest();
    scene
        .run("agentpkg publish ../templates/house --registry ../registry")
        .succeeds();
    let after = newest();
    assert_ne!(before, after);
    let mut seen = BTreeSet::new();
    // A sample of the calls that change anything.
    for call in ["openat", "write", "rename", "renameat", "mkdir", "fsync"] {
        for number in (1..60).step_by(7) {
            std::fs::remove_dir_all(&registry).unwrap();
            copy(&kept, &registry);
            scene
                .run(&format!(
                    "strace -o /dev/null -e trace={call} -e inject={call}:signal=KILL:when={number} \
                     agentpkg publish ../templates/house --registry ../registry; true"
                ))
                .succeeds();
            let found = newest();
            assert!(
                found == before || found == after,
                "{call} {number}: {found}"
            );
            seen.insert(found == after);
            // Again, and it is complete.
            scene
                .run("agentpkg publish ../templates/house --registry ../registry")
                .succeeds();
            assert_eq!(newest(), after, "{call} {number}");
        }
    }
    assert_eq!(seen.len(), 2, "both states were met");
}

/// Runs the program in a new folder, and returns how often something was made durable.
fn syncs(scene: &Scene, folder: &str, arguments: &[&str]) -> usize {
    scene.folder(folder);
    let calls = strace::calls(scene, &scene.path(folder), arguments);
    let syncs = ["fsync", "fdatasync", "syncfs", "sync"];
    syncs.iter().filter_map(|call| calls.get(*call)).sum()
}

/// Many files are synced with all of their file system; up to 64 one by one, since that doesn't
/// wait for what others have written.
#[test]
#[ignore = "runs strace"]
fn the_number_of_syncs_is_constant_for_many_files_and_small_for_few() {
    let scene = scene();
    let publish = |name: &str, count: usize| {
        let rules: Vec<(String, String)> = (0..count)
            .map(|number| (format!("rules/{number}.md"), format!("{number}\n")))
            .collect();
        let files: Vec<(&str, &str)> = rules
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        scene.write_source(name, "1.0.0", &files);
        scene.publish(name, "registry");
    };
    publish("many", 100);
    publish("more", 500);
    // A user's key is made once.
    let _ = syncs(&scene, "../first", &FIRST);
    let install = |name| ["install", name, "--registry", "../registry"];
    let many = syncs(&scene, "../many", &install("many"));
    let more = syncs(&scene, "../more", &install("more"));
    assert_eq!(many, more);
    assert!(many <= 6, "{many} syncs");
    // Each file once, and each folder before and after the files get their names.
    let few = syncs(&scene, "../few", &FIRST);
    let files: Vec<PathBuf> = tree(&scene.path("../few")).into_keys().collect();
    let folders: BTreeSet<&Path> = files
        .iter()
        .flat_map(|path| path.ancestors().skip(1))
        .collect();
    let most = files.len() + 2 * folders.len() + 6;
    assert!(
        files.len() <= 64 && few <= most,
        "{few} syncs, {most} at most"
    );
}

/// Who comes after a command that was killed.
#[derive(Clone, Copy, Debug)]
enum After {
    /// There is no home, before or after.
    NoHome,
    /// Nothing can be written to the home.
    ReadOnlyHome,
    /// Another user, or another container of the same one.
    OtherHome,
    /// The repository was moved.
    Moved,
}

impl After {
    /// The homes before and after: what `XDG_STATE_HOME` and `HOME` are, if they are set.
    fn homes(self, scene: &Scene) -> [Option<PathBuf>; 2] {
        let home = |name: &str| Some(scene.path(format!("../{name}")));
        // Not even root may make a folder there.
        let read_only = Some(PathBuf::from("/proc/self"));
        match self {
            Self::NoHome => [None, None],
            Self::ReadOnlyHome => [read_only.clone(), read_only],
            Self::OtherHome => [home("one"), home("another")],
            Self::Moved => [home("one"), home("one")],
        }
    }
}

/// Returns the program, about to run with another home, or none.
fn at_home(scene: &Scene, home: Option<&Path>, program: &str) -> Command {
    let mut command = scene.command(program);
    command.env_remove("HOME").env_remove("XDG_CONFIG_HOME");
    if let Some(home) = home {
        command.env("HOME", home);
    }
    command
}

/// A journal that the next command can't know to be its own is neither carried out nor dropped: it
/// is shown, and somebody says what becomes of it.
#[test]
#[ignore = "runs strace"]
fn a_journal_that_is_nobodys_is_shown_and_settled_by_a_person() {
    for after in [
        After::NoHome,
        After::ReadOnlyHome,
        After::OtherHome,
        After::Moved,
    ] {
        for approves in [true, false] {
            settled(after, approves);
        }
    }
}

fn settled(after: After, approves: bool) {
    let scene = repo();
    let [first, then] = after.homes(&scene);
    let repo = scene.path("../at");
    let at = |home: &Option<PathBuf>, folder: &Path, arguments: &[&str]| {
        let mut command = at_home(&scene, home.as_deref(), program().to_str().unwrap());
        command.current_dir(folder).args(arguments);
        scene.ran(&mut command, format!("{after:?} {arguments:?}"))
    };
    // What it looks like when nobody is in the way.
    copy(scene.repo(), &repo);
    at(&first, &repo, &FIRST).succeeds();
    let whole = tree(&repo);
    fs::remove_dir_all(&repo).unwrap();
    // Killed when the third file is moved to its place.
    copy(scene.repo(), &repo);
    let mut command = at_home(&scene, first.as_deref(), "strace");
    let inject = "inject=renameat2:signal=KILL:when=3";
    command
        .current_dir(&repo)
        .args(["-f", "-q", "-o", "/dev/null", "-e", inject]);
    command.arg(program()).args(FIRST).output().unwrap();
    assert!(repo.join(".agentpkg/journal").exists());
    let half = tree(&repo);
    assert!(half != whole && half != tree(scene.repo()));
    let repo = match after {
        After::Moved => {
            fs::rename(&repo, scene.path("../elsewhere")).unwrap();
            scene.path("../elsewhere")
        }
        _ => repo,
    };
    let show = "agentpkg undo --interrupted";
    for arguments in [
        &["install"][..],
        &FIRST,
        &["remove", "org-baseline"],
        &["undo"],
    ] {
        at(&then, &repo, arguments).says(2, &[show, "nothing was changed"]);
        assert_eq!(tree(&repo), half, "{after:?} {arguments:?}");
    }
    at(&then, &repo, &["status"]).says(0, &["was interrupted", show]);
    at(&then, &repo, &["check"]).says(2, &[]);
    let shown = at(&then, &repo, &["undo", "--interrupted"]);
    shown.says(
        2,
        &[
            "creates agentpkg.lock",
            "may run: new hook: PreToolUse",
            "+# The rules of guard-bash",
        ],
    );
    assert_eq!(tree(&repo), half);
    let code = shown.code_shown();
    at(
        &then,
        &repo,
        &["undo", "--interrupted", "--approve", "0123456789abcdef"],
    )
    .says(2, &["--approve"]);
    assert_eq!(tree(&repo), half);
    if approves {
        at(&then, &repo, &["undo", "--interrupted", "--approve", &code])
            .says(0, &["finished `install org-baseline@=1.0.0`"]);
        assert_eq!(tree(&repo), whole);
    } else {
        at(&then, &repo, &["undo", "--interrupted", "--discard"])
            .says(1, &["set the record", "still here"]);
        // What it had laid ready goes, and what it had made is named and stays.
        let mut left = half.clone();
        left.retain(|path, _| !path.to_string_lossy().contains(".agentpkg-"));
        assert_eq!(tree(&repo), left);
        assert!(
            repo.join(".agentpkg/kept/records/.agentpkg/journal")
                .exists()
        );
    }
    // Without a key, what was done now is nobody's, too.
    if matches!(after, After::OtherHome | After::Moved) {
        at(&then, &repo, &["undo", "--interrupted"]).says(2, &["no record here waits"]);
    }
    at(&then, &repo, &["install"]).never("--interrupted");
}

#[test]
#[ignore = "runs strace some hundred times"]
fn a_publish_to_git_killed_anywhere_leaves_the_registry_before_or_after() {
    let scene = Scene::new();
    scene.write_source("house", "1.0.0", &[("rules/a.md", "a\n")]);
    scene
        .run("git init -q --bare ../kept.git && cp -r ../kept.git ../platform.git")
        .succeeds();
    let folder = fs::canonicalize(scene.path("../platform.git")).unwrap();
    let place = format!("git+file://{}#registry", folder.display());
    let publish = format!("agentpkg publish ../templates/house --registry '{place}'");
    scene.run(&publish).succeeds();
    scene
        .run("rm -rf ../kept.git && cp -r ../platform.git ../kept.git")
        .succeeds();
    scene.write_source("house", "1.1.0", &[("rules/a.md", "b\n")]);
    let newest = || {
        let ran = scene.run(&format!("agentpkg info house --registry '{place}'"));
        ran.succeeds();
        ran.said()
    };
    let before = newest();
    scene.run(&publish).succeeds();
    let after = newest();
    assert_ne!(before, after);
    let mut seen = BTreeSet::new();
    // What git itself does isn't killed.
    for call in ["openat", "write", "rename", "wait4", "read"] {
        for number in (1..160).step_by(13) {
            scene
                .run("rm -rf ../platform.git && cp -r ../kept.git ../platform.git")
                .succeeds();
            scene
                .run(&format!(
                    "strace -o /dev/null -e trace={call} -e inject={call}:signal=KILL:when={number} \
                     {publish}; true"
                ))
                .succeeds();
            let found = newest();
            assert!(
                found == before || found == after,
                "{call} {number}: {found}"
            );
            seen.insert(found == after);
            scene.run(&publish).succeeds();
            assert_eq!(newest(), after, "{call} {number}");
        }
    }
    assert_eq!(seen.len(), 2, "both states were met");
}
