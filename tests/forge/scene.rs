//! A forge in a folder: bare repositories that an address of the web leads to, and programs that
//! answer from files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use agentpkg::model::author::Author;
use agentpkg::model::path::{RelPath, rel};
use agentpkg::model::tree::{File, FileTree};
use agentpkg::store::forge::{Address, Checkout, Commit, Request, Surroundings, Way};

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

pub struct Scene {
    folder: tempfile::TempDir,
}

impl Scene {
    /// A repository of two commits, with a template in one of its folders.
    pub fn new() -> Self {
        let scene = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let root = scene.root().to_owned();
        for program in ["gh", "glab"] {
            scene.script(&format!("programs/{program}"), PROGRAM);
        }
        fs::create_dir_all(root.join("answers")).unwrap();
        scene.write(
            "config",
            &format!(
                "[user]\nname = A committer\nemail = committer@example.org\n[init]\ndefaultBranch = main\n\
                 [url \"file://{}/\"]\ninsteadOf = https://git.example.org/\n",
                root.join("forge").display()
            ),
        );
        scene.git(
            &root,
            &["init", "-q", "--bare", &format!("forge/{REPOSITORY}.git")],
        );
        scene.git(&root, &["clone", "-q", &scene.bare(REPOSITORY), "work"]);
        scene.push("README.md", "one\n");
        scene.write("work/templates/org-baseline/guard.sh", "#!/bin/sh\n");
        fs::set_permissions(
            root.join("work/templates/org-baseline/guard.sh"),
            fs::Permissions::from_mode(0o755),
        )
        .unwrap();
        scene.write("work/templates/org-baseline/rules/b.md", "b\n");
        scene.push("templates/org-baseline/rules/a.md", "a\n");
        scene
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn bare(&self, repository: &str) -> String {
        self.root()
            .join("forge")
            .join(format!("{repository}.git"))
            .display()
            .to_string()
    }

    pub fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn script(&self, path: &str, text: &str) {
        self.write(path, text);
        fs::set_permissions(self.root().join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Commits a file to the default branch of the repository, with whatever else is in the working
    /// tree.
    pub fn push(&self, path: &str, text: &str) {
        self.write(&format!("work/{path}"), text);
        let work = self.root().join("work");
        self.git(&work, &["add", "-A"]);
        self.git(&work, &["commit", "-q", "-m", path]);
        self.git(&work, &["push", "-q", "origin", "HEAD:main"]);
    }

    pub fn hook(&self, name: &str, text: &str) {
        self.script(
            &format!("forge/{REPOSITORY}.git/hooks/{name}"),
            &format!("#!/bin/sh\n{text}\n"),
        );
    }

    pub fn signed_in(&self, program: &str) {
        self.write(&format!("{program}-signed-in-at-git.example.org"), "");
    }

    fn answer(call: &str) -> String {
        let letter = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        };
        format!("answers/{}", call.chars().map(letter).collect::<String>())
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
        Checkout::of(
            &Address::parse(ADDRESS).unwrap(),
            self.way(),
            &self.surroundings(),
        )
        .unwrap()
    }

    pub fn way(&self) -> Way {
        Way::to(&Address::parse(ADDRESS).unwrap(), &self.surroundings())
    }

    pub fn git(&self, folder: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command
            .args(arguments)
            .current_dir(folder)
            .env("GIT_CONFIG_GLOBAL", self.root().join("config"));
        let output = command.env("GIT_CONFIG_NOSYSTEM", "1").output().unwrap();
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
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

pub fn request(title: &str) -> Request {
    Request {
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
            bytes: b"#!/bin/sh\n".to_vec(),
            executable: true,
        },
    );
    new
}

/// A commit of what is `edited`.
pub fn commit(checkout: &Checkout) -> Commit {
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
