//! Repositories without a word on a registry, the starter template, and what holds of installing
//! it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use support::{Builder, Ran, Scene, Tree, assert_same, tree};

/// Installs the template of every test.
pub const INSTALL: &[&str] = &["install", "org-baseline", "--set", "team=payments"];

/// Makes a scene with a folder beside the repository. Hooks are run where they are installed.
fn scene(builder: Builder) -> Scene {
    let builder = builder.on_disk().untrusting();
    let scene = builder.with("AGENTPKG_REGISTRY", "embedded").build();
    scene.folder("../elsewhere");
    scene
}

/// An empty git repository.
pub fn empty() -> Scene {
    scene(Scene::builder())
}

/// An empty git repository in a folder of this name.
pub fn named(name: impl AsRef<OsStr>) -> Scene {
    scene(Scene::builder().named(name))
}

/// An empty folder.
pub fn plain(name: &str) -> Scene {
    scene(Scene::builder().named(name).without_git())
}

/// What these tests do with a scene.
pub trait Starter {
    /// Installs the template of every test.
    fn install(&self) -> Ran;

    /// Takes the template's line out of agentpkg.toml, and installs.
    fn drop_template(&self) -> Ran;

    /// Installs, undoes, redoes and drops the template. **Nothing that was there is lost or changed
    /// by the way back.**
    ///
    /// Returns the tree after the install.
    fn there_and_back(&self) -> Tree;

    /// Runs a command that exits 0 and leaves every byte as it is.
    fn changes_nothing(&self, arguments: &[&str]) -> Ran;

    /// Runs the install, which is refused in these words. **A refusal leaves nothing behind.**
    fn refuses(&self, words: &[&str]);

    /// A folder that has nothing to do with the repository.
    fn elsewhere(&self) -> PathBuf;
}

impl Starter for Scene {
    #[track_caller]
    fn install(&self) -> Ran {
        self.agentpkg(INSTALL)
    }

    #[track_caller]
    fn drop_template(&self) -> Ran {
        let manifest = self.text("agentpkg.toml");
        let rest: String = manifest
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("org-baseline"))
            .collect();
        assert_ne!(rest, manifest, "agentpkg.toml names the template");
        self.write("agentpkg.toml", rest);
        self.agentpkg(&["install"])
    }

    #[track_caller]
    fn there_and_back(&self) -> Tree {
        let before = self.tree();
        self.install().exits(0);
        let after = self.tree();
        self.changes_nothing(&["install"]).shows("nothing to do");
        self.changes_nothing(INSTALL).shows("nothing to do");
        self.agentpkg(&["undo"]).exits(0);
        assert_same(&before, &self.tree(), "undo");
        self.agentpkg(&["undo", "--redo"]).exits(0);
        assert_same(&after, &self.tree(), "undo of undo");
        let manifest = self.text("agentpkg.toml");
        self.drop_template().exits(0);
        let mut dropped = self.tree();
        for own in ["agentpkg.toml", "agentpkg.lock"] {
            assert!(dropped.remove(Path::new(own)).is_some(), "{own} stays");
        }
        assert_same(&before, &dropped, "dropping the template");
        self.agentpkg(&["undo"]).exits(0);
        // The line was taken out by hand, before the command that was undone.
        self.write("agentpkg.toml", manifest);
        assert_same(&after, &self.tree(), "undo of dropping the template");
        after
    }

    #[track_caller]
    fn changes_nothing(&self, arguments: &[&str]) -> Ran {
        let before = without_process(self.everything());
        let ran = self.agentpkg(arguments);
        let after = without_process(self.everything());
        assert_same(&before, &after, &arguments.join(" "));
        ran.exits(0);
        ran
    }

    #[track_caller]
    fn refuses(&self, words: &[&str]) {
        let before = tree(self.root());
        let ran = self.install();
        ran.exits(2);
        for word in words {
            ran.complains(word);
        }
        assert_same(&before, &tree(self.root()), "a refused install");
    }

    fn elsewhere(&self) -> PathBuf {
        self.path("../elsewhere")
    }
}

/// Takes out what names the last process that wrote.
fn without_process(mut tree: Tree) -> Tree {
    tree.remove(Path::new(".agentpkg/lock"));
    tree
}
