//! A forge in a folder, and jobs that run in fresh clones of its one repository, as CI makes them.

use std::process::Command;

use serde_json::{Value, json};
use support::{Ran, Scene};

/// Where the forge is said to be; git goes to a folder instead.
pub const SERVER: &str = "https://git.example.org";
pub const REPOSITORY: &str = "acme/payments";
pub const BRANCH: &str = "agentpkg/upgrade";

/// A secret that may be in no argument and no text.
pub const TOKEN: &str = "a-secret-token";

/// `gh` and `glab`. Each writes down how it was called, a call a line, and what a file says that it was
/// given. It answers from files.
const PROGRAM: &str = r#"#!/bin/sh
program=$(basename "$0")
if [ "$1 $2" = "auth status" ]; then
    test -e "$SCENE/$program-signed-in"
    exit
fi
{
    printf '%s' "$program"
    for argument; do
        test "$before" = --method && method=$argument
        before=$argument
        case $argument in
            *=@*) cp "${argument#*=@}" "$SCENE/text" && argument=${argument%%=@*}=@text ;;
        esac
        case $argument in
            *\ *) printf " '%s'" "$argument" ;;
            *) printf ' %s' "$argument" ;;
        esac
    done
    echo
} >> "$SCENE/calls"
case $method:$before in
    GET:*state=closed*) answer=closed ;;
    GET:*) answer=open ;;
    *) answer=sent ;;
esac
test -e "$SCENE/does-$answer" && . "$SCENE/does-$answer"
test -e "$SCENE/$answer" && exec cat "$SCENE/$answer"
test "$method" = GET && echo '[]'
"#;

/// What a job runs in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ci {
    GitHub,
    GitLab,
}

/// A repository on a forge that has `house` 1.0.0, and what is around it.
///
/// Paths are those of a team's clone, `work`; the last job's clone is `../job`.
pub struct Forge {
    pub scene: Scene,
    ci: Ci,
    /// The branch that jobs run on.
    base: String,
}

/// What `house` says, by its version.
fn rule(version: &str) -> String {
    format!("# House\n\nAsk before you push.\n\nRule of {version}.\n")
}

impl Forge {
    pub fn new(ci: Ci) -> Self {
        Self::of(ci, true, "", "main")
    }

    /// A repository that trusts its registry or not, and has `house` in a folder of it.
    pub fn of(ci: Ci, trusting: bool, folder: &str, base: &str) -> Self {
        let builder = Scene::builder().named("work").without_git();
        let scene = match trusting {
            true => builder.build(),
            false => builder.untrusting().build(),
        };
        for program in ["gh", "glab"] {
            support::executable(&scene.path(format!("../programs/{program}")), PROGRAM);
        }
        let instead = format!(
            "[url \"file://{}/\"]\ninsteadOf = {SERVER}/\n[init]\ndefaultBranch = main\n",
            scene.root().join("forge").display()
        );
        scene.write("../config", instead);
        let forge = Self {
            scene: scene.published(
                "house",
                "1.0.0",
                &[("rules/house.md", &rule("1.0.0")), ("root.md", "Ours.\n")],
            ),
            ci,
            base: base.to_owned(),
        };
        let bare = forge.bare();
        forge
            .scene
            .git_in("..", &["init", "-q", "--bare", "-b", base, &bare]);
        forge.scene.git_in("..", &["clone", "-q", &bare, "work"]);
        let place = forge.scene.path(folder);
        std::fs::create_dir_all(&place).unwrap();
        forge
            .scene
            .agentpkg(&["install", "house", "--repo", place.to_str().unwrap()])
            .succeeds();
        forge.push("Install house");
        forge
    }

    fn bare(&self) -> String {
        let bare = self.scene.root().join("forge").join(REPOSITORY);
        format!("{}.git", bare.display())
    }

    /// Commits all of the team's clone to the branch that jobs run on.
    pub fn push(&self, message: &str) {
        self.scene.git(&["add", "-A"]);
        self.scene
            .git(&["commit", "-q", "--allow-empty", "-m", message]);
        let to = format!("HEAD:refs/heads/{}", self.base);
        self.scene.git(&["push", "-q", "origin", &to]);
    }

    /// Publishes a version of `house`, with some files besides its rule.
    pub fn releases(&self, version: &str, files: support::Files) {
        let text = rule(version);
        let mut all = vec![("rules/house.md", text.as_str()), ("root.md", "Ours.\n")];
        all.retain(|(path, _)| files.iter().all(|(other, _)| other != path));
        all.extend(files);
        self.scene.write_source("house", version, &all);
        self.scene.publish("house", "registry");
    }

    /// Runs a job in a clone as CI makes it: of one commit, on no branch, of nobody.
    pub fn job(&self, arguments: &[&str]) -> Ran {
        self.clone_for_a_job(&["--depth=1"]);
        self.job_here(arguments)
    }

    pub fn clone_for_a_job(&self, how: &[&str]) {
        let _ = std::fs::remove_dir_all(self.scene.path("../job"));
        let mut clone = vec!["clone", "-q", "-b", &self.base];
        clone.extend(how);
        let address = format!("file://{}", self.bare());
        clone.extend([address.as_str(), "job"]);
        self.scene.git_in("..", &clone);
        self.scene.git_in("../job", &["checkout", "-q", "--detach"]);
        // What runs may not depend on what an earlier call was answered with.
        for left in ["../calls", "../text"] {
            let _ = std::fs::remove_file(self.scene.path(left));
        }
    }

    /// Runs a job in the clone that is there.
    pub fn job_here(&self, arguments: &[&str]) -> Ran {
        let mut command = self.nobody("sh");
        let script = match self.ci {
            Ci::GitHub => concat!(env!("CARGO_MANIFEST_DIR"), "/ci/upgrade-request").to_owned(),
            Ci::GitLab => {
                self.scene
                    .write("../from-the-component", super::component::script());
                self.scene
                    .path("../from-the-component")
                    .display()
                    .to_string()
            }
        };
        let line = "PATH=\"$SCENE/programs:$PATH\" exec sh \"$@\"";
        command.args(["-c", line, "job", &script]).args(arguments);
        match self.ci {
            Ci::GitHub => {
                command.env("GITHUB_ACTIONS", "true");
                command.env("GITHUB_SERVER_URL", SERVER);
                command.env("GITHUB_REPOSITORY", REPOSITORY);
                command.env("GITHUB_REF", format!("refs/heads/{}", self.base));
                command.env("GITHUB_OUTPUT", self.scene.path("../output"));
                command.env("GH_TOKEN", TOKEN);
            }
            Ci::GitLab => {
                command.env("GITLAB_CI", "true");
                command.env("CI_SERVER_URL", SERVER);
                command.env("CI_SERVER_HOST", "git.example.org");
                command.env("CI_PROJECT_PATH", REPOSITORY);
                command.env("CI_COMMIT_BRANCH", &self.base);
                command.env("GITLAB_TOKEN", TOKEN);
            }
        }
        self.scene
            .ran(&mut command, format!("upgrade-request {arguments:?}"))
    }

    /// A program in the job's clone, of whom git knows nothing.
    pub fn nobody(&self, program: &str) -> Command {
        let mut command = self.scene.command(program);
        command.current_dir(self.scene.path("../job"));
        command.env("SCENE", self.scene.root());
        command.env("TMPDIR", self.scene.root());
        command.env("GIT_CONFIG_GLOBAL", self.scene.path("../config"));
        for who in ["AUTHOR", "COMMITTER"] {
            command.env_remove(format!("GIT_{who}_NAME"));
            command.env_remove(format!("GIT_{who}_EMAIL"));
        }
        command
    }

    /// What git says of the repository on the forge.
    pub fn asks(&self, arguments: &[&str]) -> String {
        let said = self.scene.git_in(self.bare(), arguments);
        said.trim_end().to_owned()
    }

    /// The commit of a branch on the forge; nothing where there is no such branch.
    pub fn tip(&self, branch: &str) -> String {
        let name = format!("refs/heads/{branch}");
        self.asks(&["for-each-ref", "--format=%(objectname)", &name])
    }

    /// What a file is on the branch of the upgrade.
    pub fn upgraded(&self, path: &str) -> String {
        self.asks(&["show", &format!("{BRANCH}:{path}")])
    }

    /// How the forge's program was called by the last job.
    pub fn calls(&self) -> String {
        std::fs::read_to_string(self.scene.path("../calls")).unwrap_or_default()
    }

    /// Checks that the last job called the forge's program with `words`.
    #[track_caller]
    pub fn called(&self, words: &str) {
        let calls = self.calls();
        assert!(calls.contains(words), "not called with {words}\n{calls}");
    }

    /// The text that the last job gave the request.
    pub fn text(&self) -> String {
        self.scene.text("../text")
    }

    /// A request, as the forge shows it: with what is inside it, and after it.
    pub fn request(&self, text: &str, draft: bool, merged: Value) -> Value {
        let of_somebody_else = json!({ "number": 99, "iid": 99, "body": text, "merged_at": null });
        match self.ci {
            Ci::GitHub => json!({
                "url": "https://api.example.org/1",
                "user": of_somebody_else,
                "number": 7,
                "html_url": format!("{SERVER}/{REPOSITORY}/pull/7"),
                "title": "a \"title\", {with} [all] \\",
                "body": text,
                "draft": draft,
                "merged_at": merged,
                "head": { "label": "acme:agentpkg/upgrade", "number": 98, "repo": of_somebody_else },
            }),
            Ci::GitLab => json!({
                "milestone": of_somebody_else,
                "id": 1234,
                "iid": 7,
                "title": "a \"title\", {with} [all] \\",
                "description": text,
                "draft": draft,
                "source_project_id": 5,
                "target_project_id": 5,
                "web_url": format!("{SERVER}/{REPOSITORY}/-/merge_requests/7"),
            }),
        }
    }

    /// Has the forge show these requests as open, or as `closed`.
    pub fn shows(&self, which: &str, requests: &[Value]) {
        let requests = Value::Array(requests.to_vec());
        self.scene
            .write(&format!("../{which}"), requests.to_string());
    }

    /// Has the forge answer what opens or changes a request.
    pub fn takes_requests(&self) {
        let answer = self.request("", false, Value::Null);
        self.scene.write("../sent", answer.to_string());
    }

    /// Runs a job that opens a request, which is there from then on.
    #[track_caller]
    pub fn opened(&self, arguments: &[&str]) {
        let _ = self.opening(arguments);
    }

    /// Runs a job that opens a request, and returns what it printed.
    #[track_caller]
    pub fn opening(&self, arguments: &[&str]) -> Ran {
        self.takes_requests();
        let ran = self.job(arguments);
        ran.says(0, &["opened https://git.example.org/acme/payments/"]);
        self.shows("open", &[self.request(&self.text(), false, Value::Null)]);
        ran
    }

    /// Commits to the branch of the upgrade as somebody else, from the team's clone.
    pub fn somebody_pushes(&self, how: &str) {
        let line = format!(
            "git fetch -q origin && git checkout -q -B theirs origin/{BRANCH} && {how} && \
             git push -q --force origin HEAD:{BRANCH} && git checkout -q -"
        );
        self.scene.run(&line).succeeds();
    }
}
