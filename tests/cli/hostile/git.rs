//! Programs that the configuration of a repository names. **None runs while something is read.**

use std::fs;

use support::Scene;

/// Keys of git's configuration whose value is a command, as git's documentation has them.
const COMMANDS: [&str; 26] = [
    "core.fsmonitor",
    "core.sshCommand",
    "core.gitProxy",
    "core.askPass",
    "core.editor",
    "core.pager",
    "core.alternateRefsCommand",
    "sequence.editor",
    "credential.helper",
    "diff.external",
    "diff.x.command",
    "diff.x.textconv",
    "filter.x.clean",
    "filter.x.smudge",
    "filter.x.process",
    "merge.x.driver",
    "gpg.program",
    "gpg.ssh.program",
    "interactive.diffFilter",
    "pager.status",
    "pager.ls-files",
    "uploadpack.packObjectsHook",
    "remote.origin.uploadpack",
    "remote.origin.vcs",
    "submodule.x.update",
    "trailer.x.command",
];

/// Commands of git that a configuration may call something else.
const ALIASES: [&str; 6] = [
    "status",
    "ls-files",
    "check-ignore",
    "cat-file",
    "rev-parse",
    "config",
];

/// Hooks that git may run beside what it is asked for.
const HOOKS: [&str; 6] = [
    "pre-commit",
    "post-index-change",
    "post-checkout",
    "reference-transaction",
    "fsmonitor-watchman",
    "sendemail-validate",
];

/// Every command that only reads, and every one that only says what it would do.
const READING: [&str; 18] = [
    "status",
    "status -v --json",
    "diff",
    "check",
    "check --strict --json",
    "lint",
    "audit",
    "doctor",
    "search",
    "info base",
    "info .claude/rules/base/a.md:1",
    "install --dry-run",
    "install more --dry-run",
    "upgrade --dry-run",
    "remove base --dry-run",
    "remove --keep-files --dry-run",
    "undo --dry-run",
    "contribute -m why --dry-run",
];

/// A repository with a template that was installed, edited, and partly deleted, so that git is
/// asked for what it remembers.
fn clone() -> Scene {
    let rule = &[("rules/a.md", "- a\n- b\n"), ("rules/b.md", "- b\n")];
    let scene = Scene::new()
        .published("base", "1.0.0", rule)
        .published("more", "1.0.0", &[("rules/a.md", "- more\n")])
        .edited(".gitignore", "*.log\n")
        .installed("base")
        .edited(".gitattributes", "* filter=x diff=x merge=x\n");
    scene.git(&["add", "-A"]);
    scene.git(&["commit", "-q", "-m", "all"]);
    let rule = &[("rules/a.md", "- a\n- b\n- c\n"), ("rules/b.md", "- b\n")];
    scene
        .published("base", "1.1.0", rule)
        .edited(".claude/rules/base/a.md", "- ours\n- b\n")
        .deleted(".claude/rules/base/b.md")
}

/// A configuration in which every program leaves a file in `marks`.
fn configuration(scene: &Scene) -> String {
    let marks = scene.path("../marks");
    fs::create_dir_all(&marks).unwrap();
    let mark = |name: &str| {
        format!(
            "touch '{}/{}'; false",
            marks.display(),
            name.replace('/', "_")
        )
    };
    let hooks = scene.path("../hooks");
    for hook in HOOKS {
        scene
            .write(
                &format!("../hooks/{hook}"),
                format!("#!/bin/sh\n{}\n", mark(hook)),
            )
            .chmod(&format!("../hooks/{hook}"), 0o755);
    }
    let mut text = format!(
        "[core]\n\thooksPath = {}\n[protocol \"ext\"]\n\tallow = always\n",
        hooks.display()
    );
    text.push_str("[remote \"origin\"]\n\tpromisor = true\n\tpartialclonefilter = blob:none\n");
    text.push_str(&format!(
        "\turl = \"ext::sh -c '{}'\"\n",
        mark("url").replace('\'', "")
    ));
    for key in COMMANDS {
        let (section, name) = key.rsplit_once('.').unwrap();
        let section = match section.split_once('.') {
            Some((section, sub)) => format!("{section} \"{sub}\""),
            None => section.to_owned(),
        };
        text.push_str(&format!("[{section}]\n\t{name} = \"{}\"\n", mark(key)));
    }
    text.push_str("[alias]\n");
    for alias in ALIASES {
        text.push_str(&format!(
            "\t{alias} = \"!{}\"\n",
            mark(&format!("alias.{alias}"))
        ));
    }
    text
}

fn marks(scene: &Scene) -> Vec<String> {
    let entries = fs::read_dir(scene.path("../marks")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_reads_runs_no_program_of_the_repositorys_configuration() {
    let scene = clone();
    let configuration = configuration(&scene);
    let own = scene.text(".git/config");
    scene.write(".git/config", own + &configuration);
    for arguments in READING {
        let ran = scene.run(&format!("agentpkg {arguments}"));
        assert_eq!(marks(&scene), Vec::<String>::new(), "{arguments}");
        // It was carried out, not merely refused.
        assert!(
            matches!(ran.code, Some(0 | 1)),
            "{arguments}: {}",
            ran.all()
        );
    }
    // What git itself does runs them: the test is able to see it.
    let _ = scene.run("git status; git add -A");
    assert!(!marks(&scene).is_empty());
}

#[test]
fn a_folder_that_looks_like_a_bare_repository_is_none() {
    let scene = clone();
    let configuration = configuration(&scene);
    scene
        .write("HEAD", "ref: refs/heads/main\n")
        .write("refs/heads/x", "")
        .write("objects/x", "")
        .write(
            "config",
            "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n".to_owned()
                + &configuration,
        );
    // Beside `.git`, and in a folder below one.
    fs::rename(scene.path(".git"), scene.path("../.git")).unwrap();
    for arguments in READING {
        let ran = scene.run(&format!("agentpkg {arguments}"));
        assert_eq!(marks(&scene), Vec::<String>::new(), "{arguments}");
        assert!(
            matches!(ran.code, Some(0..=2)),
            "{arguments}: {}",
            ran.all()
        );
    }
    let _ = scene.run("agentpkg upgrade --commit");
    assert_eq!(marks(&scene), Vec::<String>::new());
    let _ = scene.run("git status");
    assert!(!marks(&scene).is_empty());
}

#[test]
#[ignore = "slow: git is waited for"]
fn a_configuration_that_includes_a_pipe_is_given_up_on() {
    let scene = clone();
    scene.run("mkfifo pipe").succeeds();
    let own = scene.text(".git/config");
    scene.write(".git/config", own + "[include]\n\tpath = ../pipe\n");
    scene
        .run("agentpkg status")
        .says(2, &["`git ls-files` took longer"]);
}
