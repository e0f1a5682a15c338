//! The scheduled upgrade, `ci/upgrade-request`: what it pushes, what it asks the forge for, and what it
//! leaves alone.

mod component;
mod forge;

use serde_json::Value;
use snapbox::str;

use forge::{BRANCH, Ci, Forge, TOKEN};

const RULE: &str = ".claude/rules/house/house.md";

#[test]
fn nothing_to_upgrade_pushes_and_opens_nothing() {
    for ci in [Ci::GitHub, Ci::GitLab] {
        let forge = Forge::new(ci);
        forge.job(&[]).says(0, &["nothing to upgrade"]);
        assert_eq!(forge.tip(BRANCH), "");
        assert!(!forge.calls().contains("POST"), "{}", forge.calls());
    }
}

#[test]
fn an_upgrade_is_one_commit_and_one_request() {
    let forge = Forge::new(Ci::GitHub);
    forge.releases("1.1.0", &[]);
    let ran = forge.opening(&[]);
    ran.shows("opened https://git.example.org/acme/payments/pull/7\n");
    called(
        &forge,
        str![[r#"
gh api --hostname git.example.org --method GET repos/acme/payments/pulls?state=open&head=acme%3Aagentpkg%2Fupgrade&per_page=20
gh api --hostname git.example.org --method GET repos/acme/payments/pulls?state=closed&head=acme%3Aagentpkg%2Fupgrade&per_page=20
gh api --hostname git.example.org --method POST -f 'title=Upgrade house 1.0.0 -> 1.1.0' -f head=agentpkg/upgrade -f base=main -F body=@text repos/acme/payments/pulls

"#]],
    );
    assert_eq!(
        forge.asks(&["rev-list", "--count", &format!("main..{BRANCH}")]),
        "1"
    );
    assert!(forge.upgraded(RULE).ends_with("Rule of 1.1.0."));
    let by = forge.asks(&["log", "-1", "--format=%an %cn", BRANCH]);
    assert_eq!(by, "github-actions[bot] github-actions[bot]");
    let text = forge.text();
    assert!(
        text.starts_with("# Upgrade `house` 1.0.0 → 1.1.0\n"),
        "{text}"
    );
    assert!(text.contains("Close it to skip these versions."), "{text}");
    assert_eq!(
        forge.scene.text("../output"),
        "result=opened\nurl=https://git.example.org/acme/payments/pull/7\n"
    );
    // The job's own clone is as it was, and nothing is left beside it.
    assert_eq!(forge.scene.git_in("../job", &["status", "--porcelain"]), "");
    assert_eq!(
        forge
            .scene
            .git_in("../job", &["worktree", "list"])
            .lines()
            .count(),
        1
    );
    assert_eq!(
        forge
            .scene
            .git_in("../job", &["for-each-ref", "refs/agentpkg"]),
        ""
    );
    assert_eq!(leftovers(&forge), 0);
}

fn leftovers(forge: &Forge) -> usize {
    let entries = std::fs::read_dir(forge.scene.root()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("tmp.")).count()
}

#[track_caller]
fn called(forge: &Forge, expected: snapbox::data::Inline) {
    support::Text::from(expected).check(&forge.calls(), "calls");
}

#[test]
fn a_merge_request_is_opened_by_glab() {
    let forge = Forge::new(Ci::GitLab);
    forge.releases("1.1.0", &[]);
    // A fork's request from a branch of the same name is another one.
    let mut of_a_fork = forge.request("", false, Value::Null);
    of_a_fork["source_project_id"] = 6.into();
    forge.shows("open", &[of_a_fork.clone()]);
    forge.opened(&[]);
    called(
        &forge,
        str![[r#"
glab api --hostname git.example.org --method GET projects/acme%2Fpayments/merge_requests?state=opened&source_branch=agentpkg%2Fupgrade&per_page=20
glab api --hostname git.example.org --method GET projects/acme%2Fpayments/merge_requests?state=closed&source_branch=agentpkg%2Fupgrade&per_page=20
glab api --hostname git.example.org --method POST -f 'title=Upgrade house 1.0.0 -> 1.1.0' -f source_branch=agentpkg/upgrade -f target_branch=main -F description=@text -F remove_source_branch=true projects/acme%2Fpayments/merge_requests

"#]],
    );
    let by = forge.asks(&["log", "-1", "--format=%an <%ae>", BRANCH]);
    assert_eq!(by, "agentpkg <noreply@agentpkg.invalid>");
    forge.shows(
        "open",
        &[of_a_fork, forge.request(&forge.text(), false, Value::Null)],
    );
    let tip = forge.tip(BRANCH);
    forge.job(&[]).says(0, &["merge_requests/7 is up to date"]);
    assert_eq!(forge.tip(BRANCH), tip);
}

/// Approvals of a request, and its pipeline, stay as long as it says the same.
#[test]
fn a_request_that_says_the_same_is_left_alone() {
    let forge = Forge::new(Ci::GitHub);
    forge.releases("1.1.0", &[]);
    forge.opened(&[]);
    let tip = forge.tip(BRANCH);
    // Also when the branch that it goes to has moved, and in a whole clone.
    forge.scene.write("src/main.rs", "fn main() {}\n");
    forge.push("Something else");
    for how in [&["--depth=1"][..], &[]] {
        forge.clone_for_a_job(how);
        forge.job_here(&[]).says(0, &["pull/7 is up to date"]);
        assert_eq!(forge.tip(BRANCH), tip);
        assert!(!forge.calls().contains("PATCH"), "{}", forge.calls());
    }
    // What the upgrade meets has changed: it is made anew, on what is there now.
    forge.scene.replace(RULE, "Ask before", "Always ask before");
    forge.push("An edit");
    forge
        .job(&[])
        .says(0, &["updated https://git.example.org/acme/payments/pull/7"]);
    assert_eq!(
        forge.asks(&["rev-list", "--count", &format!("main..{BRANCH}")]),
        "1"
    );
    assert!(forge.upgraded(RULE).contains("Always ask before"));
    assert!(forge.upgraded(RULE).contains("Rule of 1.1.0"));
}

#[test]
fn a_newer_release_goes_to_the_request_that_is_open() {
    for ci in [Ci::GitHub, Ci::GitLab] {
        let forge = Forge::new(ci);
        forge.releases("1.1.0", &[]);
        forge.opened(&[]);
        forge.releases("1.2.0", &[]);
        forge
            .job(&[])
            .says(0, &["updated https://git.example.org/acme/payments/"]);
        let calls = forge.calls();
        forge.called("-f 'title=Upgrade house 1.0.0 -> 1.2.0'");
        assert!(calls.contains("/7\n") && !calls.contains("POST"), "{calls}");
        assert!(forge.upgraded(RULE).ends_with("Rule of 1.2.0."));
        assert_eq!(
            forge.asks(&["rev-list", "--count", &format!("main..{BRANCH}")]),
            "1"
        );
    }
}

#[test]
fn a_request_with_conflicts_is_opened_as_a_draft() {
    let conflict = |forge: &Forge| {
        forge
            .scene
            .replace(RULE, "Rule of 1.0.0", "Rule of our own");
        forge.push("An edit");
        forge.releases("1.1.0", &[]);
    };
    let forge = Forge::new(Ci::GitHub);
    conflict(&forge);
    forge
        .opening(&[])
        .says(0, &["a person has to settle its conflicts"]);
    forge.called("-f 'title=Upgrade house 1.0.0 -> 1.1.0 (1 conflict)'");
    forge.called("-F draft=true");
    assert!(
        forge.text().contains("## Waiting for you"),
        "{}",
        forge.text()
    );
    // No marker is in a file, so agents go on working; `check` says what waits.
    assert!(forge.upgraded(RULE).ends_with("Rule of our own."));
    forge
        .scene
        .run(&format!("git fetch -q && git checkout -q origin/{BRANCH}"))
        .succeeds();
    forge.scene.run("agentpkg check").needs_a_person();
    // The next release has none: the request is ready.
    forge.scene.git(&["checkout", "-q", "main"]);
    forge.shows("open", &[forge.request(&forge.text(), true, Value::Null)]);
    forge.releases(
        "1.2.0",
        &[(
            "rules/house.md",
            "# House\n\nAsk before you push.\n\nRule of our own.\n",
        )],
    );
    forge.job(&[]).says(0, &["updated"]);
    forge.called("-f 'title=Upgrade house 1.0.0 -> 1.2.0' ");
    forge.called("gh pr ready 7 --repo git.example.org/acme/payments\n");

    let forge = Forge::new(Ci::GitLab);
    conflict(&forge);
    forge
        .opening(&[])
        .says(0, &["a person has to settle its conflicts"]);
    forge.called("'title=Draft: Upgrade house 1.0.0 -> 1.1.0 (1 conflict)'");
}

#[test]
fn what_nobody_approved_stands_first() {
    let hook = "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/guard.sh\"\n";
    let forge = Forge::of(Ci::GitHub, false, "", "main");
    forge.releases(
        "1.1.0",
        &[
            ("template.toml", hook),
            ("hooks/guard.sh", "#!/bin/sh\nexit 2\n"),
        ],
    );
    forge.opened(&[]);
    let text = forge.text();
    let section = text.split("\n## ").nth(1).unwrap();
    assert!(section.starts_with("Can run\n"), "{text}");
    assert!(section.contains("whoever merges approves it"), "{text}");
    assert!(section.contains("+exit 2"), "{text}");
    assert!(forge.upgraded("agentpkg.lock").contains("in-review"));
    // The script may be run, although the clone says nothing of modes.
    let mode = forge.asks(&["ls-tree", BRANCH, ".claude/hooks/house/guard.sh"]);
    assert!(mode.starts_with("100755"), "{mode}");
    forge.clone_for_a_job(&["--depth=1"]);
    forge
        .scene
        .git_in("../job", &["config", "core.fileMode", "false"]);
    forge.scene.git_in(
        "..",
        &["--git-dir=forge/acme/payments.git", "branch", "-D", BRANCH],
    );
    forge.shows("open", &[]);
    forge.job_here(&[]).says(0, &["opened"]);
    let mode = forge.asks(&["ls-tree", BRANCH, ".claude/hooks/house/guard.sh"]);
    assert!(mode.starts_with("100755"), "{mode}");
}

#[test]
fn what_is_not_possible_fails_in_the_tools_words_and_pushes_nothing() {
    let forge = Forge::new(Ci::GitHub);
    forge
        .scene
        .replace(RULE, "Rule of 1.0.0", "Rule of our own");
    forge.releases("1.1.0", &[]);
    // A conflict that somebody merged as it is.
    forge.scene.run("agentpkg upgrade").needs_a_person();
    forge.push("An upgrade with its conflict");
    forge.releases("1.2.0", &[]);
    forge.job(&[]).says(
        2,
        &[
            "1 conflict of the last upgrade still waits for you",
            "no branch was pushed",
        ],
    );
    assert_eq!(forge.tip(BRANCH), "");
    assert_eq!(forge.calls(), "");
    assert_eq!(leftovers(&forge), 0);
    // What is wrong before.
    forge
        .job(&["--branch", "main"])
        .says(2, &["`main` is no branch that is replaced"]);
    forge
        .job(&["--branch", "agentpkg/../main"])
        .says(2, &["is no branch"]);
    forge
        .job(&["--repo", "nowhere"])
        .says(2, &["`nowhere` is in no git repository"]);
    forge.job(&["--what"]).says(2, &["`--what` is unknown"]);
    forge
        .job(&["--base", "gone"])
        .says(2, &["the branch `gone` can't be fetched"]);
}

/// What somebody pushed is theirs, however it got there.
#[test]
fn commits_of_others_are_never_replaced() {
    let forge = Forge::new(Ci::GitHub);
    forge.releases("1.1.0", &[]);
    forge.opened(&[]);
    let made = forge.tip(BRANCH);
    forge.releases("1.2.0", &[]);
    for how in [
        "echo more >> CLAUDE.md && git commit -qam 'Another commit'",
        "echo more >> CLAUDE.md && git commit -qa --amend --no-edit",
        "git commit -q --amend -m 'Other words' --trailer \"$(git log -1 --format=%B | tail -1)\"",
        "git commit -q --amend --no-edit --reset-author",
        "git commit -q --allow-empty -m 'Nothing in it'",
        "git rebase -q --force-rebase --onto $(git commit-tree -p HEAD~ -m x HEAD~^{tree}) HEAD~",
    ] {
        forge.asks(&["update-ref", &format!("refs/heads/{BRANCH}"), &made]);
        forge.somebody_pushes(how);
        let theirs = forge.tip(BRANCH);
        assert_ne!(theirs, made, "{how}");
        for depth in [&["--depth=1"][..], &[]] {
            forge.clone_for_a_job(depth);
            let said = "pull/7 has commits that this job didn't make, and stays as it is";
            forge.job_here(&[]).says(0, &[said]);
            assert_eq!(forge.tip(BRANCH), theirs, "{how}");
            assert!(!forge.calls().contains("PATCH"), "{}", forge.calls());
        }
    }
    // Without a request nobody would see them, so that isn't done in silence.
    forge.shows("open", &[]);
    let theirs = forge.tip(BRANCH);
    forge
        .job(&[])
        .says(2, &["no pull request is open for it", "delete the branch"]);
    assert_eq!(forge.tip(BRANCH), theirs);
    // Once they are merged there is nothing to lose, as far as the clone knows it.
    forge
        .scene
        .run(&format!(
            "git fetch -q && git checkout -q main && git merge -q --no-ff -m merged origin/{BRANCH}"
        ))
        .succeeds();
    forge.push("Merged");
    forge.clone_for_a_job(&[]);
    forge.job_here(&[]).says(0, &["opened"]);
    assert!(forge.upgraded(RULE).ends_with("Rule of 1.2.0."));
}

/// A commit that was merged and taken back brings nothing any more; its versions are offered anew.
#[test]
fn what_was_merged_and_taken_back_is_offered_by_another_commit() {
    let forge = Forge::new(Ci::GitHub);
    forge.releases("1.1.0", &[]);
    forge.opened(&[]);
    let merged = forge.tip(BRANCH);
    let line = format!(
        "git fetch -q && git merge -q --no-ff -m merged origin/{BRANCH} && \
         git revert --no-edit -m 1 HEAD >/dev/null && git push -q origin HEAD:main"
    );
    forge.scene.run(&line).succeeds();
    forge.shows("open", &[]);
    forge.job(&[]).says(0, &["opened"]);
    assert_ne!(forge.tip(BRANCH), merged);
    let base = forge.asks(&["rev-parse", &format!("{BRANCH}~")]);
    assert_eq!(base, forge.tip("main"));
}

/// Somebody pushes after the job has looked.
#[test]
fn a_branch_that_moves_meanwhile_is_not_replaced() {
    let forge = Forge::new(Ci::GitHub);
    forge.takes_requests();
    forge.releases("1.1.0", &[]);
    let push = format!(
        "(cd \"$SCENE/work\" && git push -q origin HEAD:refs/heads/{BRANCH}) >/dev/null 2>&1\n"
    );
    forge.scene.write("../does-closed", &push);
    forge
        .job(&[])
        .says(2, &["`agentpkg/upgrade` was not pushed"]);
    assert_eq!(forge.tip(BRANCH), forge.tip("main"));
}

#[test]
fn versions_that_somebody_declined_are_not_offered_again() {
    for ci in [Ci::GitHub, Ci::GitLab] {
        let forge = Forge::new(ci);
        forge.releases("1.1.0", &[]);
        forge.opened(&[]);
        let tip = forge.tip(BRANCH);
        let text = forge.text();
        forge.shows("open", &[]);
        let declined = forge.request(&text, false, Value::Null);
        forge.shows("closed", std::slice::from_ref(&declined));
        // Whether its branch is still there or not, and whatever else changed here.
        forge.scene.write("src/main.rs", "fn main() {}\n");
        forge.push("Something else");
        forge.job(&[]).says(
            0,
            &["was closed and not merged: these versions are skipped"],
        );
        assert_eq!(forge.tip(BRANCH), tip);
        forge.asks(&["branch", "-D", BRANCH]);
        forge.job(&[]).says(0, &["these versions are skipped"]);
        assert_eq!(forge.tip(BRANCH), "");
        if ci == Ci::GitHub {
            // One that was merged, and taken back since, is offered.
            let merged = forge.request(&text, false, "2026-01-01T00:00:00Z".into());
            forge.shows("closed", &[merged]);
            forge.job(&[]).says(0, &["opened"]);
            forge.shows("closed", &[declined]);
        }
        forge.releases("1.2.0", &[]);
        forge.job(&[]).says(0, &["opened"]);
        assert!(forge.upgraded(RULE).ends_with("Rule of 1.2.0."));
    }
}

#[test]
fn a_request_that_was_refused_is_opened_by_the_next_run() {
    let forge = Forge::new(Ci::GitLab);
    forge.releases("1.1.0", &[]);
    forge
        .scene
        .write("../does-sent", "echo 'no permission' >&2; exit 1\n");
    forge.job(&[]).says(
        2,
        &[
            "no permission",
            "`agentpkg/upgrade` was pushed, and no merge request was opened",
        ],
    );
    let tip = forge.tip(BRANCH);
    assert_ne!(tip, "");
    forge.scene.write("../does-sent", "");
    forge.opened(&[]);
    assert_eq!(forge.tip(BRANCH), tip);
}

/// What a registry, a branch or a folder is called is a text, to the shell, the forge and the job.
#[test]
fn nothing_from_a_registry_or_the_repository_is_obeyed() {
    let base = "rel/$(touch${IFS}pwned);\"`touch${IFS}pwned`'&|<ü>#1";
    let forge = Forge::of(Ci::GitLab, true, "", base);
    let news = "## [1.1.0] - 2026-01-01\n- Fixes #12, by @everyone: $(touch pwned) `@scope/a #1`\n\
                ::set-output name=a::b\n/merge\n  /close\n- closes https://git.example.org/a/issues/12\n\
                ```\n@inside #12\n```\n";
    forge.releases(
        "1.1.0",
        &[
            ("CHANGELOG.md", news),
            ("rules/fixes-#1.md", "$(touch pwned)\n"),
        ],
    );
    forge.opened(&[]);
    let text = forge.text();
    for said in [
        "- Fixes #&#8203;12, by @&#8203;everyone: $(touch pwned) `@scope/a #1`\n",
        "\n&#47;merge\n",
        "\n&#47;close\n",
        "https://git.example.org/a/issues/%312\n",
        "\n@inside #12\n",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert!(forge.calls().contains(&format!("-f target_branch={base}")));
    let message = forge.asks(&["log", "-1", "--format=%B", BRANCH]);
    assert!(message.contains("fixes-# 1.md\n"), "{message}");
    for place in ["../job/pwned", "../pwned", "pwned", "../work/pwned"] {
        forge.scene.absent(place);
    }

    let forge = Forge::new(Ci::GitHub);
    forge.releases("1.1.0", &[("CHANGELOG.md", news)]);
    let ran = forge.opening(&[]);
    let (before, _) = ran.stdout.split_once("upgraded house").unwrap();
    assert!(before.starts_with("::stop-commands::"), "{}", ran.stdout);
    let pause = before.trim().trim_start_matches("::stop-commands::");
    assert!(pause.len() == 32 && ran.stdout.contains(&format!("\n::{pause}::\n")));
}

/// Anybody on the machine sees what a program is called with.
#[test]
fn the_token_is_in_no_argument() {
    let forge = Forge::new(Ci::GitLab);
    forge.releases("1.1.0", &[]);
    forge.takes_requests();
    forge.clone_for_a_job(&["--depth=1"]);
    let trace = forge.scene.path("../trace");
    let config = forge.scene.text("../config");
    let traced = format!("{config}[trace2]\nnormalTarget = {}\n", trace.display());
    forge.scene.write("../config", traced);
    let ran = forge.job_here(&[]);
    ran.says(0, &["opened"]);
    let trace = forge.scene.text("../trace");
    assert!(
        trace.contains("GITLAB_TOKEN") && trace.contains("push"),
        "{trace}"
    );
    for text in [trace, ran.all(), forge.calls(), forge.text()] {
        assert!(!text.contains(TOKEN), "{text}");
    }
}

#[test]
fn a_folder_of_a_monorepo_has_a_branch_of_its_own() {
    let forge = Forge::of(Ci::GitHub, true, "services/pay \"ments\"", "main");
    forge.releases("1.1.0", &[]);
    forge.opened(&["--repo", "services/pay \"ments\""]);
    forge.called("'title=Upgrade house 1.0.0 -> 1.1.0 in services/pay \"ments\"'");
    let branches = forge.asks(&[
        "for-each-ref",
        "--format=%(refname:short)",
        "refs/heads/agentpkg",
    ]);
    let name = branches.strip_prefix("agentpkg/upgrade-services-pay--ments--");
    assert!(name.is_some_and(|rest| rest.len() == 6), "{branches}");
    let place = format!("{branches}:services/pay \"ments\"/{RULE}");
    assert!(forge.asks(&["show", &place]).ends_with("Rule of 1.1.0."));
    let changed = forge.asks(&["diff", "--name-only", "-z", "main", &branches]);
    assert!(
        changed
            .split('\0')
            .all(|path| path.is_empty() || path.starts_with("services/")),
        "{changed}"
    );
}

/// A forge takes no text of any length, and says so by refusing it.
#[test]
fn a_long_text_is_cut_and_says_so_first() {
    let forge = Forge::new(Ci::GitHub);
    let long: String = (0..2000)
        .map(|n| format!("- Line {n} of a very long story, ü\n"))
        .collect();
    let news = format!("## [1.1.0] - 2026-01-01\n```\n{long}```\n");
    forge.releases("1.1.0", &[("CHANGELOG.md", &news)]);
    forge.opened(&[]);
    let text = forge.text();
    assert!(text.starts_with("**This text is cut: "), "{}", &text[..200]);
    assert!(text.len() < 62_000 && text.len() > 50_000, "{}", text.len());
    assert!(text.contains("\n```\n\n---\n"), "the cut is not closed");
    assert!(text.contains("<!-- agentpkg-upgrade "));
}

/// Elsewhere than in CI, whichever program is signed in opens the request.
#[test]
fn a_person_may_run_it_too() {
    let forge = Forge::new(Ci::GitHub);
    forge.releases("1.1.0", &[]);
    forge.takes_requests();
    forge.clone_for_a_job(&[]);
    forge.scene.git_in("../job", &["checkout", "-q", "main"]);
    forge.scene.git_in(
        "../job",
        &[
            "remote",
            "set-url",
            "origin",
            "https://git.example.org/acme/payments.git",
        ],
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/ci/upgrade-request");
    let line = format!("PATH=\"$SCENE/programs:$PATH\" exec sh '{script}'");
    let run = || {
        let mut command = forge.nobody("sh");
        forge.scene.ran(command.args(["-c", &line]), line.clone())
    };
    run().says(
        2,
        &["neither `gh` nor `glab` is here and signed in to `git.example.org`"],
    );
    forge.scene.write("../gh-signed-in", "");
    run().says(0, &["opened https://git.example.org/acme/payments/pull/7"]);
    assert!(
        forge.calls().starts_with(
            "gh api --hostname git.example.org --method GET repos/acme/payments/pulls"
        )
    );
}

#[test]
fn the_documentations_commands_work() {
    let forge = Forge::new(Ci::GitHub);
    let api = forge.scene.path("services/api");
    std::fs::create_dir_all(&api).unwrap();
    forge
        .scene
        .agentpkg(&["install", "house", "--repo", api.to_str().unwrap()])
        .succeeds();
    forge.push("Install house in a folder, too");
    forge.releases("1.1.0", &[]);
    forge.takes_requests();
    let lines = component::shown("sh script").remove(0);
    assert_eq!(lines.lines().count(), 2);
    for line in lines.lines() {
        let arguments: Vec<&str> = line.split(' ').skip(1).collect();
        assert!(line.starts_with("ci/upgrade-request"), "{line}");
        forge.job(&arguments).says(0, &["opened"]);
    }
    let made = forge.asks(&[
        "for-each-ref",
        "--format=%(refname:short)",
        "refs/heads/agentpkg",
    ]);
    assert_eq!(made.lines().count(), 2, "{made}");
}
