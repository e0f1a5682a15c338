//! SIGKILL at every system call: once the next writing command has run, the tree is as before or as
//! after.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

type Tree = BTreeMap<PathBuf, (Vec<u8>, u32)>;

/// Every file but agentpkg's own and git's.
fn tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_path_buf();
            if name == Path::new(".agentpkg") || name == Path::new(".git") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                let mode = path.metadata().unwrap().permissions().mode() & 0o777;
                tree.insert(name, (fs::read(&path).unwrap(), mode));
            }
        }
    }
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

/// agentpkg in a folder; `inject` makes strace kill it.
fn agentpkg(repo: &Path, arguments: &[&str], inject: Option<&str>) -> Output {
    let binary = env!("CARGO_BIN_EXE_agentpkg");
    let mut command = match inject {
        Some(inject) => {
            let mut strace = Command::new("strace");
            strace.args(["-f", "-q", "-o", "/dev/null", "-e", inject, binary]);
            strace
        }
        None => Command::new(binary),
    };
    // No memory of the machine's own configuration, and nobody to ask.
    command
        .current_dir(repo)
        .env("HOME", repo)
        .env("XDG_CONFIG_HOME", repo.join("none"))
        .env("CI", "true");
    command
        .env_remove("AGENTPKG_REGISTRY")
        .args(arguments)
        .output()
        .unwrap()
}

/// How often each system call is made.
fn calls(repo: &Path, arguments: &[&str]) -> BTreeMap<String, usize> {
    let log = repo.with_extension("log");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(&log)
        .arg(env!("CARGO_BIN_EXE_agentpkg"))
        .args(arguments)
        .current_dir(repo)
        .env("HOME", repo)
        .env("XDG_CONFIG_HOME", repo.join("none"))
        .env("CI", "true")
        .env_remove("AGENTPKG_REGISTRY")
        .output()
        .unwrap();
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
        if !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        {
            *calls.entry(name.to_owned()).or_default() += 1;
        }
    }
    calls
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

/// Kills `arguments` at each system call and checks what the next writing command finds. Returns
/// the folders in which something was left half-way.
fn kill_everywhere(prepared: &Path, arguments: &[&str], scratch: &Path) -> Vec<PathBuf> {
    let whole = scratch.join("whole");
    copy(prepared, &whole);
    let before = tree(prepared);
    let calls = calls(&whole, arguments);
    let after = tree(&whole);
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
            let repo = scratch.join(format!("{name}-{when}"));
            copy(prepared, &repo);
            agentpkg(
                &repo,
                arguments,
                Some(&format!("inject={name}:signal=KILL:when={when}")),
            );
            kills += 1;
            let interrupted = repo.join(".agentpkg/journal").exists();
            if interrupted {
                copy(&repo, &scratch.join(format!("half-{name}-{when}")));
                half_way.push(scratch.join(format!("half-{name}-{when}")));
            }
            let next = agentpkg(&repo, &["install"], None);
            let found = tree(&repo);
            assert!(
                found == before || found == after,
                "killed at {name} {when}: neither before nor after; then: {}{}",
                String::from_utf8_lossy(&next.stdout),
                String::from_utf8_lossy(&next.stderr)
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

fn repo(scratch: &Path) -> PathBuf {
    let repo = scratch.join("repo");
    fs::create_dir_all(repo.join(".claude")).unwrap();
    fs::write(repo.join("CLAUDE.md"), "# Ours\r\n").unwrap();
    fs::write(
        repo.join(".claude/settings.json"),
        "{\n    \"permissions\": { \"deny\": [\"Read(./.env)\"] }\n}",
    )
    .unwrap();
    repo
}

const FIRST: [&str; 4] = ["install", "org-baseline@1.0.0", "--set", "team=payments"];

#[test]
#[ignore = "runs strace some hundred times"]
fn a_first_install_killed_anywhere() {
    let scratch = tempfile::tempdir().unwrap();
    kill_everywhere(&repo(scratch.path()), &FIRST, scratch.path());
}

#[test]
#[ignore = "runs strace some hundred times"]
fn an_update_killed_anywhere_and_its_recovery_killed_anywhere() {
    let scratch = tempfile::tempdir().unwrap();
    let repo = repo(scratch.path());
    assert!(agentpkg(&repo, &FIRST, None).status.success());
    let half_way = kill_everywhere(&repo, &["install", "org-baseline@1.1.0"], scratch.path());
    // The recovery is killed too, from an early, a middle and a late stop.
    for half in [0, half_way.len() / 2, half_way.len() - 1] {
        let scratch = tempfile::tempdir().unwrap();
        kill_everywhere(&half_way[half], &["install"], scratch.path());
    }
}

const UPGRADE: [&str; 2] = ["upgrade", "org-baseline@=1.1.0"];

/// A repo at 1.0.0 with a file edited beside upstream's changes, one at the line of one, and one
/// deleted.
fn edited(scratch: &Path) -> PathBuf {
    let repo = repo(scratch);
    assert!(agentpkg(&repo, &FIRST, None).status.success());
    let edit = |path: &str, edit: &dyn Fn(String) -> String| {
        let path = repo.join(path);
        let text = fs::read_to_string(&path).unwrap();
        let new = edit(text.clone());
        assert_ne!(text, new, "{}", path.display());
        fs::write(path, new).unwrap();
    };
    edit(".claude/hooks/org-baseline/guard-bash.awk", &|text| {
        text + "# ours\n"
    });
    edit(".claude/rules/org-baseline/git-workflow.md", &|text| {
        text.replace("first push names", "very first push names")
    });
    edit("CLAUDE.md", &|text| text.replace("# Ours", "# Ours, later"));
    fs::remove_file(repo.join(".claude/rules/org-baseline/security.md")).unwrap();
    // The deletion is remembered.
    assert!(agentpkg(&repo, &["install"], None).status.success());
    repo
}

#[test]
#[ignore = "runs strace some hundred times"]
fn an_upgrade_with_edits_and_a_conflict_killed_anywhere() {
    let scratch = tempfile::tempdir().unwrap();
    let repo = edited(scratch.path());
    let upgraded = scratch.path().join("upgraded");
    copy(&repo, &upgraded);
    assert_eq!(
        agentpkg(&upgraded, &UPGRADE, None).status.code(),
        Some(1),
        "there is a conflict"
    );
    let script =
        fs::read_to_string(upgraded.join(".claude/hooks/org-baseline/guard-bash.awk")).unwrap();
    assert!(script.contains("judge_interpreter") && script.ends_with("# ours\n"));
    kill_everywhere(&repo, &UPGRADE, scratch.path());
}

#[test]
#[ignore = "starts some hundred processes"]
fn two_upgrades_at_once_are_one() {
    let scratch = tempfile::tempdir().unwrap();
    let prepared = edited(scratch.path());
    let whole = scratch.path().join("whole");
    copy(&prepared, &whole);
    agentpkg(&whole, &UPGRADE, None);
    let after = tree(&whole);
    let mut waited = 0;
    for round in 0..60 {
        let repo = scratch.path().join(format!("round-{round}"));
        copy(&prepared, &repo);
        let start = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_agentpkg"));
            command
                .current_dir(&repo)
                .env("HOME", &repo)
                .env("XDG_CONFIG_HOME", repo.join("none"))
                .env("CI", "true");
            command
                .env_remove("AGENTPKG_REGISTRY")
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
    let scratch = tempfile::tempdir().unwrap();
    let repo = repo(scratch.path());
    assert!(agentpkg(&repo, &FIRST, None).status.success());
    kill_everywhere(&repo, &["undo"], scratch.path());
}

#[test]
#[ignore = "runs strace"]
fn the_number_of_syncs_is_constant() {
    let scratch = tempfile::tempdir().unwrap();
    let syncs = |arguments: &[&str], name: &str| {
        let repo = scratch.path().join(name);
        fs::create_dir_all(&repo).unwrap();
        let calls = calls(&repo, arguments);
        ["fsync", "fdatasync", "syncfs", "sync"]
            .iter()
            .filter_map(|call| calls.get(*call))
            .sum::<usize>()
    };
    let template = scratch.path().join("large");
    fs::create_dir_all(template.join("rules")).unwrap();
    let manifest = "[template]\nname = \"large\"\nversion = \"1.0.0\"\ndescription = \"d\"\n";
    fs::write(template.join("template.toml"), manifest).unwrap();
    fs::write(template.join("README.md"), "r\n").unwrap();
    fs::write(template.join("CHANGELOG.md"), "## [1.0.0]\n\nFirst.\n").unwrap();
    for number in 0..500 {
        fs::write(
            template.join(format!("rules/{number}.md")),
            format!("{number}\n"),
        )
        .unwrap();
    }
    let registry = scratch.path().join("registry");
    let (template, registry) = (template.to_str().unwrap(), registry.to_str().unwrap());
    assert!(
        agentpkg(
            scratch.path(),
            &["publish", template, "--registry", registry],
            None
        )
        .status
        .success()
    );
    let small = syncs(&FIRST, "small");
    let large = syncs(&["install", "large", "--registry", registry], "many");
    assert_eq!(small, large);
    assert!(small <= 6, "{small} syncs");
}
