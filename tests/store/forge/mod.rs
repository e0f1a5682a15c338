//! The way of a change to the repository that a template comes from, with real git and programs
//! that stand in for a forge's.

mod stand_in;

use std::fs;
use std::time::Duration;

use agentpkg::model::path::rel;
use agentpkg::model::tree::{File, FileTree};
use agentpkg::store::forge::{Checkout, ProposeVia, SendResult};
use agentpkg::store::git::RepositoryUrl;
use stand_in::{ADDRESS, BRANCH, Forge, REPOSITORY, author, commit, directory, edited, request};

fn branch() -> String {
    format!("refs/heads/{BRANCH}")
}

#[test]
fn a_change_becomes_a_branch_that_differs_in_nothing_else() {
    let forge = Forge::new();
    let checkout = forge.checkout();
    let old = checkout.tree(Some(&directory())).unwrap();
    assert_eq!(
        old.keys().map(|path| path.as_str()).collect::<Vec<_>>(),
        ["guard.sh", "rules/a.md", "rules/b.md"]
    );
    assert!(old[&rel("guard.sh")].executable && !old[&rel("rules/a.md")].executable);
    assert_eq!(forge.way(), ProposeVia::Git);

    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("A title"))
        .unwrap();

    let address = RepositoryUrl::parse(ADDRESS).unwrap();
    assert_eq!(
        sent,
        SendResult::Branch {
            address,
            branch: BRANCH.into(),
            link: None
        }
    );
    let changed = forge.asks(
        REPOSITORY,
        &[
            "diff",
            "--raw",
            "--no-renames",
            "--abbrev=1",
            "main",
            &branch(),
        ],
    );
    let changed: Vec<&str> = changed
        .lines()
        .filter_map(|line| line.split_once(' ')?.1.split_once(' '))
        .map(|(_, rest)| rest.rsplit(' ').next().unwrap())
        .collect();
    let folder = "templates/org-baseline";
    assert_eq!(
        changed,
        [
            format!("A\t{folder}/new.sh"),
            format!("M\t{folder}/rules/a.md"),
            format!("D\t{folder}/rules/b.md"),
            format!("A\t{folder}/rules/b.md/c.md"),
        ]
    );
    let who = forge.asks(
        REPOSITORY,
        &[
            "log",
            "-1",
            "--format=%an|%ae|%ad|%cn|%ce|%s|%b|%P",
            "--date=raw",
            &branch(),
        ],
    );
    let head = forge.asks(REPOSITORY, &["rev-parse", "main"]);
    let expected = "A developer|dev@example.org|1700000000 +0100|A committer|committer@example.org|A title|Why.\n";
    assert_eq!(who, format!("{expected}|{head}"));
    assert_eq!(
        forge.asks(
            REPOSITORY,
            &["cat-file", "-p", &format!("{BRANCH}:{folder}/rules/a.md")]
        ),
        "a\r\nand more"
    );
    assert!(
        forge
            .asks(
                REPOSITORY,
                &["ls-tree", BRANCH, &format!("{folder}/new.sh")]
            )
            .starts_with("100755")
    );
    assert!(forge.asks(REPOSITORY, &["tag"]).is_empty());
}

#[test]
fn a_template_may_be_all_of_a_repository() {
    let forge = Forge::new();
    let checkout = forge.checkout();
    let old = checkout.tree(None).unwrap();
    assert_eq!(old.len(), 4);
    let mut new = old.clone();
    new.insert(rel("README.md"), File::plain("two\n"));
    let commit = checkout.commit(None, &old, &new, &author(), "x").unwrap();
    checkout.send(&commit, BRANCH, &request("x")).unwrap();
    assert_eq!(
        forge.asks(REPOSITORY, &["diff", "--name-only", "main", &branch()]),
        "README.md"
    );
}

#[test]
fn sending_again_replaces_the_branch_on_top_of_what_is_new() {
    let forge = Forge::new();
    let checkout = forge.checkout();
    checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    forge.push("README.md", "the default branch went on\n");
    forge.push("other", "and on\n");

    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();

    assert!(matches!(sent, SendResult::Branch { .. }), "{sent:?}");
    assert_eq!(
        forge.asks(
            REPOSITORY,
            &["rev-list", "--count", &format!("main..{BRANCH}")]
        ),
        "1"
    );
    assert_eq!(
        forge.asks(
            REPOSITORY,
            &["rev-list", "--count", &format!("{BRANCH}..main")]
        ),
        "0"
    );
}

#[test]
fn a_commit_is_of_what_is_there() {
    let forge = Forge::new();
    let checkout = forge.checkout();
    let old = checkout.tree(Some(&directory())).unwrap();
    let none = checkout
        .commit(Some(&directory()), &old, &old, &author(), "x")
        .unwrap_err();
    assert_eq!(none.message(), format!("nothing differs from `{ADDRESS}`"));
    let mut other = old.clone();
    other.insert(rel("rules/a.md"), File::plain("something else\n"));
    let error = checkout
        .commit(Some(&directory()), &other, &edited(&old), &author(), "x")
        .unwrap_err();
    assert_eq!(
        error.message(),
        format!("`rules/a.md` isn't the same in `{ADDRESS}`")
    );
    let hooked = FileTree::from([(rel(".git/hooks/post-checkout"), File::plain("x"))]);
    checkout
        .commit(
            Some(&directory()),
            &FileTree::new(),
            &hooked,
            &author(),
            "x",
        )
        .unwrap_err();
}

#[test]
fn a_folder_that_is_not_there_or_holds_a_link_is_refused() {
    let forge = Forge::new();
    let error = forge
        .checkout()
        .tree(Some(&rel("templates/none")))
        .unwrap_err();
    assert_eq!(
        error.message(),
        format!("there is no folder `templates/none` in `{ADDRESS}`")
    );
    let error = forge.checkout().tree(Some(&rel("README.md"))).unwrap_err();
    assert_eq!(
        error.message(),
        format!("there is no folder `README.md` in `{ADDRESS}`")
    );

    std::os::unix::fs::symlink(
        "/etc/passwd",
        forge.root().join("work/templates/org-baseline/link"),
    )
    .unwrap();
    forge.push("x", "x");
    let error = forge.checkout().tree(Some(&directory())).unwrap_err();
    assert_eq!(
        error.message(),
        format!("`templates/org-baseline/link` in `{ADDRESS}` is a link")
    );

    let work = forge.root().join("work");
    let module = format!(
        "160000,{},templates/org-baseline/a-module",
        forge.asks(REPOSITORY, &["rev-parse", "main"])
    );
    forge.git(&work, &["update-index", "--add", "--cacheinfo", &module]);
    forge.git(&work, &["commit", "-q", "-m", "x"]);
    forge.git(&work, &["push", "-q", "origin", "HEAD:main"]);
    let error = forge.checkout().tree(Some(&directory())).unwrap_err();
    assert_eq!(
        error.message(),
        format!("`templates/org-baseline/a-module` in `{ADDRESS}` is a submodule")
    );
}

#[test]
fn nothing_of_the_repository_or_of_the_persons_hooks_is_run() {
    let forge = Forge::new();
    let canary = forge.root().join("canary");
    let touch = format!("touch '{}'", canary.display());
    for hook in [
        "post-checkout",
        "pre-push",
        "reference-transaction",
        "post-index-change",
        "commit-msg",
    ] {
        // The bare repository is the server's; here it has the person's configuration, too.
        let text = format!("#!/bin/sh\ncase $PWD in */forge/*) ;; *) {touch};; esac\n");
        forge.script(&format!("../hooks/{hook}"), &text);
    }
    forge.push(
        "templates/org-baseline/.gitattributes",
        "* filter=canary diff=canary\n",
    );
    forge.push(
        ".gitmodules",
        "[submodule \"x\"]\npath = x\nurl = ext::sh -c touch% canary\n",
    );
    let config = fs::read_to_string(forge.root().join("config")).unwrap();
    let hooks = forge.root().join("hooks");
    let filter = format!("[filter \"canary\"]\nclean = {touch}\nsmudge = {touch}\n");
    forge.write(
        "../config",
        &format!(
            "{config}[core]\nhooksPath = {}\nfsmonitor = {touch}\n{filter}",
            hooks.display()
        ),
    );

    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();

    assert!(matches!(sent, SendResult::Branch { .. }), "{sent:?}");
    assert!(!canary.exists());
    // It would have been noticed.
    forge.git(&forge.root().join("work"), &["checkout", "-q", "-b", "x"]);
    assert!(canary.exists());
}

#[test]
fn ssh_asks_nothing_unless_the_person_set_it_up() {
    let forge = Forge::new();
    for program in ["ssh", "their-ssh"] {
        forge.script(
            &format!("../programs/{program}"),
            "#!/bin/sh\necho \"$(basename \"$0\") $*\" >> \"$SCENE/calls\"\nexit 1\n",
        );
    }
    let address = RepositoryUrl::parse("git@git.example.org:platform/agent-templates.git").unwrap();
    assert!(Checkout::fetch(&address, ProposeVia::Git, &forge.surroundings()).is_err());
    let config = fs::read_to_string(forge.root().join("config")).unwrap();
    forge.write(
        "../config",
        &format!("{config}[core]\nsshCommand = their-ssh\n"),
    );
    assert!(Checkout::fetch(&address, ProposeVia::Git, &forge.surroundings()).is_err());
    let calls = forge.calls();
    assert!(
        calls[0].starts_with("ssh -o BatchMode=yes")
            && calls.last().unwrap().starts_with("their-ssh "),
        "{calls:?}"
    );
    assert!(!calls.last().unwrap().contains("BatchMode"));
}

#[test]
fn a_hostile_address_starts_nothing() {
    let forge = Forge::new();
    let canary = forge.root().join("canary");
    for text in [
        format!("ext::sh -c 'touch {}'", canary.display()),
        format!("--upload-pack=touch {}", canary.display()),
    ] {
        RepositoryUrl::parse(&text).unwrap_err();
    }
    // The person's own `insteadOf` can't be led to another transport either.
    let config = fs::read_to_string(forge.root().join("config")).unwrap();
    let led = format!(
        "[url \"ext::sh -c touch% {}% #\"]\ninsteadOf = https://led.example.org/\n",
        canary.display()
    );
    forge.write("../config", &format!("{config}{led}"));
    let address = RepositoryUrl::parse("https://led.example.org/a/b").unwrap();
    let error = Checkout::fetch(&address, ProposeVia::Git, &forge.surroundings())
        .err()
        .unwrap();
    assert_eq!(
        error.message(),
        "failed to clone `https://led.example.org/a/b`"
    );
    assert!(
        error.causes()[0].contains("transport 'ext' not allowed"),
        "{error:?}"
    );
    assert!(!canary.exists());
}

#[test]
fn a_repository_of_this_machine_runs_nothing_of_its_own() {
    let forge = Forge::new();
    let bare = forge.bare(REPOSITORY);
    let touch = format!("touch {}", forge.root().join("canary").display());
    for hook in [
        "pre-receive",
        "update",
        "post-receive",
        "post-update",
        "reference-transaction",
    ] {
        forge.hook(hook, &touch);
    }
    forge.asks(REPOSITORY, &["config", "core.alternateRefsCommand", &touch]);
    forge.git(forge.root(), &["init", "-q", "--bare", "other.git"]);
    let objects = forge.root().join("other.git/objects").display().to_string();
    forge.write(
        &format!("../forge/{REPOSITORY}.git/objects/info/alternates"),
        &format!("{objects}\n"),
    );

    let address = RepositoryUrl::parse(&format!("file://{bare}")).unwrap();
    let checkout = Checkout::fetch(
        &address,
        ProposeVia::choose(&address, &forge.surroundings()),
        &forge.surroundings(),
    )
    .unwrap();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();

    assert_eq!(
        sent,
        SendResult::Branch {
            address,
            branch: BRANCH.into(),
            link: None
        }
    );
    assert!(!forge.root().join("canary").exists());
    // It would have been noticed.
    let checkout = forge.checkout();
    checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    assert!(forge.root().join("canary").exists());
}

#[test]
fn what_can_not_be_cloned_says_why() {
    let forge = Forge::new();
    let address = RepositoryUrl::parse("https://git.example.org/platform/none").unwrap();
    let error = Checkout::fetch(&address, ProposeVia::Git, &forge.surroundings())
        .err()
        .unwrap();
    assert_eq!(
        error.message(),
        "failed to clone `https://git.example.org/platform/none`"
    );
    assert!(!error.causes().is_empty());
    forge.git(
        forge.root(),
        &["init", "-q", "--bare", "forge/platform/empty.git"],
    );
    let address = RepositoryUrl::parse("https://git.example.org/platform/empty").unwrap();
    let error = Checkout::fetch(&address, ProposeVia::Git, &forge.surroundings())
        .err()
        .unwrap();
    assert_eq!(
        error.message(),
        "`https://git.example.org/platform/empty` has no commit"
    );
}

#[test]
fn the_page_that_a_server_names_is_passed_on_if_it_is_its_own() {
    let forge = Forge::new();
    forge.hook(
        "post-receive",
        "echo 'See https://example.org/phishing or'; echo '  https://git.example.org/new?b=1'",
    );
    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    let SendResult::Branch { link, .. } = sent else {
        panic!("{sent:?}")
    };
    assert_eq!(link.as_deref(), Some("https://git.example.org/new?b=1"));
}

#[test]
fn a_push_that_is_refused_says_why_and_changes_nothing() {
    let forge = Forge::new();
    forge.hook("update", "printf 'you may not push\\033[2J\\n' >&2; exit 1");
    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    let SendResult::Refused { why } = sent else {
        panic!("{sent:?}")
    };
    assert!(
        why[0].contains("you may not push") && !why.concat().contains(char::is_control),
        "{why:?}"
    );
    assert_eq!(
        forge.asks(REPOSITORY, &["branch", "--format=%(refname)"]),
        "refs/heads/main"
    );
}

#[test]
fn a_branch_that_is_somebody_elses_is_never_replaced() {
    let forge = Forge::new();
    let checkout = forge.checkout();
    let error = checkout
        .send(&commit(&checkout), "main", &request("x"))
        .unwrap_err();
    assert_eq!(
        error.message(),
        "`main` is not a branch that is proposed from"
    );
}

#[test]
fn a_program_that_hangs_is_not_waited_for() {
    let forge = Forge::new();
    forge.script("../programs/gh", "#!/bin/sh\nsleep 60\n");
    let address = RepositoryUrl::parse(ADDRESS).unwrap();
    assert_eq!(
        ProposeVia::choose(
            &address,
            &forge.surroundings().patience(Duration::from_millis(200))
        ),
        ProposeVia::Git
    );
}

const UPSTREAM: &str = "repos/platform/agent-templates";

fn github(push: bool, owner: &str) -> String {
    format!(
        r#"{{"full_name":"{owner}/agent-templates","default_branch":"main","archived":false,"permissions":{{"push":{push}}}}}"#
    )
}

fn open_requests(owner: &str) -> String {
    format!("GET {UPSTREAM}/pulls?state=open&head={owner}%3Aagentpkg%2Forg-baseline%2Fno-secrets")
}

const PULL: &str =
    r#"{"html_url":"https://git.example.org/platform/agent-templates/pull/7","number":7}"#;

#[test]
fn github_with_the_right_to_push() {
    let forge = Forge::new();
    forge.signed_in("gh");
    forge.answers(&format!("GET {UPSTREAM}"), &github(true, "platform"));
    forge.answers(&open_requests("platform"), "[]");
    forge.answers(&format!("POST {UPSTREAM}/pulls"), PULL);
    assert_eq!(forge.way(), ProposeVia::GitHub);
    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("A title"))
        .unwrap();

    let url = "https://git.example.org/platform/agent-templates/pull/7".to_owned();
    assert_eq!(
        sent,
        SendResult::Request {
            url: url.clone(),
            updated: false
        }
    );
    let body = serde_json::json!({
        "title": "A title", "body": request("").body, "head": format!("platform:{BRANCH}"), "base": "main",
    });
    assert_eq!(forge.inputs(), [body]);
    let call = "gh api --hostname git.example.org --method";
    let sending = "--header Content-Type: application/json --input -";
    assert_eq!(
        forge.calls(),
        [
            format!("{call} GET {UPSTREAM}"),
            format!("{call} {}", open_requests("platform")),
            format!("{call} POST {sending} {UPSTREAM}/pulls"),
        ]
    );

    forge.answers(&open_requests("platform"), &format!("[{PULL}]"));
    forge.answers(&format!("PATCH {UPSTREAM}/pulls/7"), PULL);
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("Another"))
        .unwrap();
    assert_eq!(sent, SendResult::Request { url, updated: true });
    assert_eq!(forge.inputs()[1]["title"], "Another");
}

#[test]
fn github_by_a_fork_that_is_called_otherwise() {
    let forge = Forge::new();
    forge.signed_in("gh");
    forge.answers(&format!("GET {UPSTREAM}"), &github(false, "platform"));
    forge.answers(
        &format!("POST {UPSTREAM}/forks"),
        &github(true, "dev").replace("dev/agent", "dev/our-agent"),
    );
    let fork = forge.bare("dev/our-agent-templates");
    forge.does(
        &format!("POST {UPSTREAM}/forks"),
        &format!("git clone -q --bare '{}' '{fork}'", forge.bare(REPOSITORY)),
    );
    forge.answers(&open_requests("dev"), "[]");
    forge.answers(&format!("POST {UPSTREAM}/pulls"), PULL);
    forge.hook("update", "exit 1");
    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    assert!(
        matches!(sent, SendResult::Request { updated: false, .. }),
        "{sent:?}"
    );
    assert_eq!(
        forge.asks(
            "dev/our-agent-templates",
            &["rev-list", "--count", &format!("main..{BRANCH}")]
        ),
        "1"
    );
    assert_eq!(forge.inputs()[1]["head"], format!("dev:{BRANCH}"));
    assert_eq!(forge.inputs()[1]["maintainer_can_modify"], true);
}

#[test]
fn a_fork_that_fell_behind_gets_what_it_lacks() {
    let forge = Forge::new();
    forge.signed_in("gh");
    let fork = forge.bare("dev/agent-templates");
    forge.git(
        forge.root(),
        &["clone", "-q", "--bare", &forge.bare(REPOSITORY), &fork],
    );
    forge.push("README.md", "the default branch went on\n");
    forge.push("README.md", "and on\n");
    forge.answers(&format!("GET {UPSTREAM}"), &github(false, "platform"));
    forge.answers(&format!("POST {UPSTREAM}/forks"), &github(true, "dev"));
    forge.answers(&open_requests("dev"), "[]");
    forge.answers(&format!("POST {UPSTREAM}/pulls"), PULL);
    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    assert!(matches!(sent, SendResult::Request { .. }), "{sent:?}");
    assert_eq!(
        forge.asks(
            "dev/agent-templates",
            &["rev-list", "--count", &format!("main..{BRANCH}")]
        ),
        "3"
    );
    assert_eq!(
        forge
            .asks("dev/agent-templates", &["rev-parse", "main"])
            .len(),
        40
    );
}

#[test]
fn github_that_refuses_leaves_words() {
    let forge = Forge::new();
    forge.signed_in("gh");
    // Not known to `gh`: git alone.
    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    assert!(matches!(sent, SendResult::Branch { .. }), "{sent:?}");
    // No fork.
    forge.answers(&format!("GET {UPSTREAM}"), &github(false, "platform"));
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    assert_eq!(
        sent,
        SendResult::Refused {
            why: vec!["gh: Not Found (HTTP 404)".into()]
        }
    );
    // A fork with a hostile name.
    forge.answers(&format!("POST {UPSTREAM}/forks"), &github(true, "../../x"));
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    assert!(matches!(sent, SendResult::Refused { .. }), "{sent:?}");
    // An archive.
    forge.answers(
        &format!("GET {UPSTREAM}"),
        &github(true, "platform").replace("false", "true"),
    );
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    assert_eq!(
        sent,
        SendResult::Refused {
            why: vec![format!("`{ADDRESS}` is archived")]
        }
    );
}

#[test]
fn a_request_that_can_not_be_opened_says_where_the_branch_is() {
    let forge = Forge::new();
    forge.signed_in("gh");
    forge.answers(&format!("GET {UPSTREAM}"), &github(true, "platform"));
    for answer in [
        "[]",
        "no json",
        r#"[{"html_url":"https://example.org/","number":1}]"#,
    ] {
        forge.answers(&open_requests("platform"), answer);
        forge.answers(
            &format!("PATCH {UPSTREAM}/pulls/1"),
            r#"{"html_url":"https://example.org/","number":1}"#,
        );
        let checkout = forge.checkout();
        let error = checkout
            .send(&commit(&checkout), BRANCH, &request("x"))
            .unwrap_err();
        assert_eq!(
            error.message(),
            format!("no merge request was opened for `{BRANCH}`")
        );
        assert!(
            !error.causes().is_empty() && error.notes()[0].contains(ADDRESS),
            "{error:?}"
        );
    }
}

const PROJECT: &str = "projects/platform%2Fagent-templates";

fn gitlab(id: u64, path: &str, level: u64) -> String {
    format!(
        r#"{{"id":{id},"path_with_namespace":"{path}","default_branch":"main","permissions":{{"project_access":null,"group_access":{{"access_level":{level}}}}}}}"#
    )
}

const OPEN: &str =
    "GET projects/1/merge_requests?state=opened&source_branch=agentpkg%2Forg-baseline%2Fno-secrets";

fn merge_request(source: u64) -> String {
    format!(
        r#"{{"iid":3,"web_url":"https://git.example.org/platform/agent-templates/-/merge_requests/3","source_project_id":{source}}}"#
    )
}

#[test]
fn gitlab_with_the_right_to_push() {
    let forge = Forge::new();
    forge.signed_in("glab");
    forge.answers(&format!("GET {PROJECT}"), &gitlab(1, REPOSITORY, 30));
    // Somebody's fork has a branch of the same name.
    forge.answers(OPEN, &format!("[{}]", merge_request(9)));
    forge.answers("POST projects/1/merge_requests", &merge_request(1));
    assert_eq!(forge.way(), ProposeVia::GitLab);
    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("A title"))
        .unwrap();
    let url = "https://git.example.org/platform/agent-templates/-/merge_requests/3".to_owned();
    assert_eq!(
        sent,
        SendResult::Request {
            url: url.clone(),
            updated: false
        }
    );
    let body = serde_json::json!({
        "title": "A title", "description": request("").body,
        "source_branch": BRANCH, "target_branch": "main", "target_project_id": 1,
    });
    assert_eq!(forge.inputs(), [body]);

    forge.answers(
        OPEN,
        &format!("[{},{}]", merge_request(9), merge_request(1)),
    );
    forge.answers("PUT projects/1/merge_requests/3", &merge_request(1));
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("Another"))
        .unwrap();
    assert_eq!(sent, SendResult::Request { url, updated: true });
}

#[test]
fn gitlab_by_a_fork() {
    let forge = Forge::new();
    forge.signed_in("glab");
    forge.answers(&format!("GET {PROJECT}"), &gitlab(1, REPOSITORY, 20));
    forge.answers("GET projects/1/forks?owned=true", "[]");
    forge.answers(
        "POST projects/1/fork",
        &gitlab(2, "dev/agent-templates", 50),
    );
    let fork = forge.bare("dev/agent-templates");
    forge.does(
        "POST projects/1/fork",
        &format!("git clone -q --bare '{}' '{fork}'", forge.bare(REPOSITORY)),
    );
    forge.answers(OPEN, "[]");
    forge.answers("POST projects/2/merge_requests", &merge_request(2));
    let checkout = forge.checkout();
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    assert!(
        matches!(sent, SendResult::Request { updated: false, .. }),
        "{sent:?}"
    );
    assert_eq!(
        forge.asks(
            "dev/agent-templates",
            &["rev-list", "--count", &format!("main..{BRANCH}")]
        ),
        "1"
    );

    // The fork is there now, and so is the request.
    forge.answers(
        "GET projects/1/forks?owned=true",
        &format!("[{}]", gitlab(2, "dev/agent-templates", 50)),
    );
    forge.answers(OPEN, &format!("[{}]", merge_request(2)));
    forge.answers("PUT projects/1/merge_requests/3", &merge_request(2));
    let sent = checkout
        .send(&commit(&checkout), BRANCH, &request("x"))
        .unwrap();
    assert!(
        matches!(sent, SendResult::Request { updated: true, .. }),
        "{sent:?}"
    );
    assert_eq!(
        forge
            .calls()
            .iter()
            .filter(|call| call.contains("POST") && call.ends_with("/fork"))
            .count(),
        1
    );
}
