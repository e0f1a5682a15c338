//! A forge in a folder: bare repositories that an address of the web leads to, and programs that
//! answer from files.

use std::fs;
use std::path::{Path, PathBuf};

use agentpkg::model::author::Author;
use agentpkg::model::path::{RelPath, rel};
use agentpkg::model::tree::{File, FileTree};
use agentpkg::store::forge::{Checkout, ProposalText, ProposeVia, UnsentChange};
use agentpkg::store::git::RepositoryUrl;
use agentpkg::store::surroundings::Surroundings;
use support::Scene;

pub const ADDRESS: &str = "https://git.example.org/platform/agent-templates";
pub const REPOSITORY: &str = "platform/agent-templates";
pub const BRANCH: &str = "agentpkg/org-baseline/no-secrets";

/// `gh` and `glab`. Each writes down how it was called, a call a line, and what it was given. What
/// it answers is in a file that is named by method and endpoint; a file beside it is run first. It
/// is signed in where a file says so.
const PROGRAM: &str = r#"#!/bin/sh
program=$(basename "$0")
echo "$program $*" >> "$SCENE/calls"
if [ "$1 $2" = "auth status" ]; then
    test -e "$SCENE/$program-signed-in-at-$4"
    exit
fi
for argument; do
    test "$before" = --method && method=$argument
    test "$before" = --input && cat >> "$SCENE/inputs" && echo >> "$SCENE/inputs"
    before=$argument
done
answer=$SCENE/answers/$(echo "$method $before" | tr -c 'A-Za-z0-9\n' _)
test -e "$answer.sh" && . "$answer.sh"
test -e "$answer" && exec cat "$answer"
echo "$program: Not Found (HTTP 404)" >&2
exit 1
"#;

/// A repository on a forge, a clone of it, and the programs of forges.
///
/// Paths are the clone's, or the folder's that everything is in where they start with `../`.
pub struct Forge {
    scene: Scene,
}

impl Forge {
    /// A repository of two commits, with a template in one of its folders.
    pub fn new() -> Self {
        let scene = Scene::builder()
            .named("work")
            .without_git()
            .by("A committer", "committer@example.org")
            .build();
        let forge = Self { scene };
        for program in ["gh", "glab"] {
            forge.script(&format!("../programs/{program}"), PROGRAM);
        }
        forge.scene.folder("../answers");
        forge.scene.write(
            "../config",
            format!(
                "[user]\nname = A committer\nemail = committer@example.org\n[init]\ndefaultBranch = main\n\
                 [url \"file://{}/\"]\ninsteadOf = https://git.example.org/\n",
                forge.root().join("forge").display()
            ),
        );
        let bare = forge.bare(REPOSITORY);
        forge.git(forge.root(), &["init", "-q", "--bare", &bare]);
        forge.git(forge.root(), &["clone", "-q", &bare, "work"]);
        forge.push("README.md", "one\n");
        forge.script("templates/org-baseline/guard.sh", "#!/bin/sh\n");
        forge
            .scene
            .write("templates/org-baseline/rules/b.md", "b\n");
        forge.push("templates/org-baseline/rules/a.md", "a\n");
        forge
    }

    pub fn root(&self) -> &Path {
        self.scene.root()
    }

    pub fn bare(&self, repository: &str) -> String {
        self.root()
            .join("forge")
            .join(format!("{repository}.git"))
            .display()
            .to_string()
    }

    pub fn write(&self, path: &str, text: &str) {
        self.scene.write(path, text);
    }

    pub fn script(&self, path: &str, text: &str) {
        support::executable(&self.scene.path(path), text);
    }

    /// Commits a file to the default branch of the repository, with whatever else is in the working
    /// tree.
    pub fn push(&self, path: &str, text: &str) {
        self.write(path, text);
        let work = self.scene.repo();
        self.git(work, &["add", "-A"]);
        self.git(work, &["commit", "-q", "-m", path]);
        self.git(work, &["push", "-q", "origin", "HEAD:main"]);
    }

    pub fn hook(&self, name: &str, text: &str) {
        self.script(
            &format!("../forge/{REPOSITORY}.git/hooks/{name}"),
            &format!("#!/bin/sh\n{text}\n"),
        );
    }

    pub fn signed_in(&self, program: &str) {
        self.write(&format!("../{program}-signed-in-at-git.example.org"), "");
    }

    fn answer(call: &str) -> String {
        let letter = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        };
        format!(
            "../answers/{}",
            call.chars().map(letter).collect::<String>()
        )
    }

    /// What a call is answered with.
    pub fn answers(&self, call: &str, answer: &str) {
        self.write(&Self::answer(call), answer);
    }

    /// What a call does.
    pub fn does(&self, call: &str, script: &str) {
        self.write(&format!("{}.sh", Self::answer(call)), script);
    }

    pub fn surroundings(&self) -> Surroundings {
        let mut path = PathBuf::from(self.root()).join("programs").into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap());
        Surroundings::default()
            .with("PATH", path)
            .with("SCENE", self.root())
            .with("HOME", self.root())
            .with("GIT_CONFIG_GLOBAL", self.root().join("config"))
            .with("GIT_CONFIG_NOSYSTEM", "1")
    }

    /// A checkout, by the way that there is.
    pub fn checkout(&self) -> Checkout {
        Checkout::fetch(
            &RepositoryUrl::parse(ADDRESS).unwrap(),
            self.way(),
            &self.surroundings(),
        )
        .unwrap()
    }

    pub fn way(&self) -> ProposeVia {
        ProposeVia::choose(
            &RepositoryUrl::parse(ADDRESS).unwrap(),
            &self.surroundings(),
        )
    }

    pub fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let mut command = self.scene.command("git");
        command
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", self.root().join("config"));
        support::git(&mut command, b"")
    }

    /// What git says of a bare repository.
    pub fn asks(&self, repository: &str, arguments: &[&str]) -> String {
        self.git(Path::new(&self.bare(repository)), arguments)
            .trim_end()
            .to_owned()
    }

    pub fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.root().join("calls")).unwrap_or_default();
        calls
            .lines()
            .filter(|call| !call.contains("auth status"))
            .map(str::to_owned)
            .collect()
    }

    /// What the programs were given, as one line each.
    pub fn inputs(&self) -> Vec<serde_json::Value> {
        let inputs = fs::read_to_string(self.root().join("inputs")).unwrap_or_default();
        inputs
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

pub fn directory() -> RelPath {
    rel("templates/org-baseline")
}

pub fn author() -> Author {
    Author {
        name: "A developer".into(),
        email: "dev@example.org".into(),
        seconds: 1_700_000_000,
        zone: 60,
    }
}

pub fn request(title: &str) -> ProposalText {
    ProposalText {
        title: title.into(),
        body: "Why.\n\n`$(touch x)` \"quoted\"".into(),
    }
}

/// One file changed, one made a script, one gone, one new.
pub fn edited(old: &FileTree) -> FileTree {
    let mut new = old.clone();
    new.insert(rel("rules/a.md"), File::plain("a\r\nand more\n"));
    new.remove(&rel("rules/b.md"));
    new.insert(rel("rules/b.md/c.md"), File::plain("c\n"));
    new.insert(
        rel("new.sh"),
        File {
            bytes: b"#!/bin/sh\n".to_vec().into(),
            executable: true,
        },
    );
    new
}

/// A commit of what is `edited`.
pub fn commit(checkout: &Checkout) -> UnsentChange {
    let old = checkout.tree(Some(&directory())).unwrap();
    checkout
        .commit(
            Some(&directory()),
            &old,
            &edited(&old),
            &author(),
            "A title\n\nWhy.\n",
        )
        .unwrap()
}
