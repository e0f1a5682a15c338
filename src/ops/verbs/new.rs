//! `new`: the source of a template that lints, tests and publishes as it stands, from nothing or
//! from what a repo has.

use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, value};

use crate::agent::claude::{ROOTS, places::RULES};
use crate::agent::taken::{self, Taken};
use crate::error::{Error, Result};
use crate::lint;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::template::TEMPLATE_TOML;
use crate::model::tree::{File, FileTree};
use crate::store::agent_files::AgentFiles;
use crate::store::fs;
use crate::store::workspace::Workspace;

use crate::ops::Session;
use crate::ops::steps::kept_in::kept_in;

/// What to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// The template's name.
    pub name: TemplateName,
    /// The repo whose agent files it takes.
    pub from: Option<PathBuf>,
}

/// What was made.
pub struct Outcome {
    pub name: TemplateName,
    /// Its folder, as a person would name it from here.
    pub folder: PathBuf,
    /// Its files, by their paths in the folder.
    pub files: Vec<RelPath>,
    /// What of a repo was left out, and why.
    pub left: Vec<(RelPath, &'static str)>,
}

/// The files of a new template; `NAME` stands for its name.
const FILES: [(&str, &str); 6] = [
    (
        "template.toml",
        r##"[template]
name = "NAME"
version = "0.1.0"
description = "What NAME is for, in one line"
# license = "MIT"
# keywords = ["testing"]
# contact = "#agent-platform"       where a question goes
# repository = "https://git.example.org/platform/agent-templates"
agentpkg = ">=0.1"

[questions.team]
ask = "Which team owns this repository?"
kind = "text"
detect = "codeowners-team"
pattern = "^[a-z][a-z0-9-]*$"
default = "unnamed"

[[hooks]]
id = "guard"
event = "before-tool"
matches = "Bash"
run = "hooks/guard.sh"
timeout = 10
"##,
    ),
    (
        "README.md",
        "# NAME\n\nA rule for commits, and a guard that holds back a force-push. Change both to \
         what your teams agreed on.\n",
    ),
    (
        "CHANGELOG.md",
        "# Changelog\n\n## [0.1.0]\n\n- A rule for commits, and a guard against force-pushes.\n",
    ),
    (
        "rules/commits.md.jinja",
        "# Commits\n\n- A commit changes one thing, and its subject says what, in at most 72 \
         letters.\n- What the code alone can't say, why it was done, is in the body.\n- Questions \
         about these rules go to {{ team }}.\n",
    ),
    (
        "hooks/guard.sh",
        r#"#!/bin/sh
# Holds back a force-push. The event is JSON on standard input; exit code 2 blocks, and what is
# said on standard error is told to the agent.
event=$(cat) || exit 2
case $event in
*'git push --force'* | *'git push -f'*)
  echo 'guard: this would overwrite what others pushed; push without force, or ask a person' >&2
  exit 2
  ;;
esac
exit 0
"#,
    ),
    (
        "tests/default.toml",
        r##"[answers]
team = "payments"

[files]
"@ROOT@" = "# Shop\n"

[expect.contains]
"@RULES@/NAME/commits.md" = ["payments"]

[hooks.guard]
tool = "Bash"
blocks = [
  ["git push --force origin main", "what others pushed is gone"],
  ["git push -f", "the same, in short"],
]
passes = [
  ["git push origin my-branch", "an ordinary push"],
  ["git push origin my-branch && rm -f build.log", "the flag is another command's"],
]
"##,
    ),
];

/// The line of a new template.toml that a known repository takes the place of.
const REPOSITORY_LINE: &str =
    "# repository = \"https://git.example.org/platform/agent-templates\"\n";

/// Makes the source of a template in a folder of its name, below the current one.
pub fn new(session: &Session, options: &Options) -> Result<Outcome> {
    let name = &options.name;
    let folder = session.environment.here.join(name.as_str());
    if fs::exists(&folder) {
        return Err(Error::user(format!("`{name}` is there already"))
            .note("nothing was changed")
            .hint("take another name, or another folder"));
    }
    let Taken { mut tree, left, .. } = match &options.from {
        Some(repo) => taken(session, name, repo)?,
        None => starter(name),
    };
    say_where(&mut tree, &folder)?;
    for (path, file) in &tree {
        let place = path.under(&folder);
        fs::create_dir_all(place.parent().unwrap_or(&folder))?;
        fs::write_atomic(&place, &file.bytes, file.executable)?;
    }
    Ok(Outcome {
        name: name.clone(),
        folder: PathBuf::from(name.as_str()),
        files: tree.into_keys().collect(),
        left,
    })
}

fn starter(name: &TemplateName) -> Taken {
    let mut taken = Taken::default();
    for (path, text) in FILES {
        let text = text.replace("@ROOT@", ROOTS[0]).replace("@RULES@", RULES);
        let bytes = text.replace("NAME", name.as_str()).into_bytes().into();
        let executable = path.starts_with("hooks/");
        taken.tree.insert(rel(path), File { bytes, executable });
    }
    taken
}

/// Says in template.toml which git repository the folder is in, and where, if it is in one:
/// `contribute` sends proposals there.
fn say_where(tree: &mut FileTree, folder: &Path) -> Result<()> {
    let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Ok(());
    };
    let Some(kept) = kept_in(parent, Path::new(name))? else {
        return Ok(());
    };
    let manifest = rel(TEMPLATE_TOML);
    let text = tree.get(&manifest).and_then(File::text);
    let Some(text) = text else {
        return Ok(());
    };
    let text = match &kept.repository {
        Some(_) => text.replace(REPOSITORY_LINE, ""),
        None => text.to_owned(),
    };
    let document = text.parse::<DocumentMut>();
    let mut document = document.map_err(|error| Error::user(error.to_string()))?;
    if let Some(repository) = kept.repository {
        document["template"]["repository"] = value(repository);
    }
    document["template"]["directory"] = value(kept.directory);
    tree.insert(manifest, File::plain(document.to_string()));
    Ok(())
}

/// Takes what agents read in a repo, and the scripts that its settings run.
fn taken(session: &Session, name: &TemplateName, repo: &Path) -> Result<Taken> {
    let folder = session.environment.here.join(repo);
    if !fs::is_folder(&folder) {
        return Err(Error::user(format!("`{}` is not a folder", repo.display()))
            .hint("name the folder of a repository"));
    }
    let workspace = Workspace::find(Some(&folder), &session.environment.here)?;
    let mut read = AgentFiles::read(&workspace)?;
    for script in lint::scripts(&read.files) {
        if !read.files.contains_key(&script) {
            read.add(workspace.root(), script)?;
        }
    }
    let mut taken = taken::template(name, &read.files);
    let why = "it is too large to be read, or no file of the repository";
    taken
        .left
        .extend(read.skipped.into_keys().map(|path| (path, why)));
    if !taken.has_any {
        return Err(Error::user(format!(
            "`{}` has no agent files that a template can bring",
            repo.display()
        ))
        .note("nothing was changed"));
    }
    Ok(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_repository_takes_the_place_of_a_line() {
        assert!(FILES[0].1.contains(REPOSITORY_LINE));
    }
}
