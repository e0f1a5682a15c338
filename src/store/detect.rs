//! Reading one value off a repo: what a question's `detect` names.

use std::path::Path;

use serde_json::Value;
use toml_edit::DocumentMut;

use crate::error::Result;
use crate::model::template::Detector;

use super::fs::{self, Followed};
use super::git;
use crate::model::path::rel;

/// How many bytes a file may have that is read to propose an answer: a manifest of any project.
const LARGEST: u64 = 1 << 20;

/// Returns what a detector reads off the repo at `root`, or `None` where there is nothing to read.
pub fn detect(root: &Path, detector: Detector) -> Result<Option<String>> {
    let project = Project::of(root)?;
    Ok(match detector {
        Detector::CodeownersTeam => codeowners_team(root)?,
        Detector::GitRemoteOwner => git::origin(root)
            .as_deref()
            .and_then(owner_of)
            .map(str::to_owned),
        Detector::ProjectName => project
            .name()
            .or_else(|| Some(root.file_name()?.to_str()?.to_owned())),
        Detector::Language => project.language().map(str::to_owned),
        Detector::TestCommand => project.command("test"),
        Detector::LintCommand => project.command("lint"),
        Detector::BuildCommand => project.command("build"),
        Detector::RustVersion => project.rust_version(),
    })
}

/// The team that owns everything: the last `*` line's first owner that is a team, without its
/// organisation.
fn codeowners_team(root: &Path) -> Result<Option<String>> {
    for place in [
        ".github/CODEOWNERS",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        ".gitlab/CODEOWNERS",
    ] {
        let Some(text) = text(root, place)? else {
            continue;
        };
        let lines = text
            .lines()
            .map(|line| line.split('#').next().unwrap_or(line).split_whitespace());
        let mut all = lines
            .filter_map(|mut words| (words.next() == Some("*")).then(|| words.collect::<Vec<_>>()));
        return Ok(all
            .next_back()
            .and_then(|owners| owners.into_iter().find_map(team_of)));
    }
    Ok(None)
}

/// The team in `@ORGANISATION/TEAM`.
fn team_of(owner: &str) -> Option<String> {
    let (_, team) = owner.strip_prefix('@')?.split_once('/')?;
    Some(team.to_owned())
}

/// The owner in `git@host:owner/name.git` or `https://host/owner/name`.
fn owner_of(address: &str) -> Option<&str> {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => address.split_once(':')?.1,
    };
    let (owner, _) = path.trim_start_matches('/').rsplit_once('/')?;
    owner.rsplit('/').next().filter(|owner| !owner.is_empty())
}

/// Returns the text of a file of the repository; nothing where it is none of its own, or too large.
fn text(root: &Path, name: &'static str) -> Result<Option<String>> {
    let path = rel(name);
    if fs::size(root, &path) > LARGEST {
        return Ok(None);
    }
    Ok(match fs::follow(root, &path)? {
        Followed::File { file, .. } => file.text().map(str::to_owned),
        Followed::Absent(_) | Followed::Obstacle(_) => None,
    })
}

fn toml(root: &Path, name: &'static str) -> Result<Option<DocumentMut>> {
    Ok(text(root, name)?.and_then(|text| text.parse().ok()))
}

/// The manifests of a project, where they are and can be read.
struct Project {
    cargo: Option<DocumentMut>,
    toolchain: Option<DocumentMut>,
    package: Option<Value>,
    typescript: bool,
    pyproject: Option<DocumentMut>,
    go: Option<String>,
    java: Option<&'static str>,
    makefile: Option<String>,
    justfile: Option<String>,
}

impl Project {
    fn of(root: &Path) -> Result<Self> {
        let java = [
            ("pom.xml", "mvn -q"),
            ("build.gradle", "./gradlew"),
            ("build.gradle.kts", "./gradlew"),
        ];
        Ok(Self {
            cargo: toml(root, "Cargo.toml")?,
            toolchain: toml(root, "rust-toolchain.toml")?,
            package: text(root, "package.json")?.and_then(|text| serde_json::from_str(&text).ok()),
            typescript: fs::exists(&root.join("tsconfig.json")),
            pyproject: toml(root, "pyproject.toml")?,
            go: text(root, "go.mod")?,
            java: java
                .into_iter()
                .find(|(name, _)| fs::exists(&root.join(name)))
                .map(|(_, command)| command),
            makefile: text(root, "Makefile")?,
            justfile: text(root, "justfile")?,
        })
    }

    fn name(&self) -> Option<String> {
        let package = self.package.as_ref();
        let module = self.go.as_deref().and_then(go_module);
        let name = toml_text(self.cargo.as_ref(), &["package", "name"])
            .or_else(|| last_part(package?.get("name")?.as_str()?))
            .or_else(|| toml_text(self.pyproject.as_ref(), &["project", "name"]))
            .or_else(|| last_part(module?));
        name.map(str::to_owned)
    }

    fn language(&self) -> Option<&'static str> {
        match self {
            Self { cargo: Some(_), .. } => Some("rust"),
            Self {
                package: Some(_),
                typescript: true,
                ..
            } => Some("typescript"),
            Self {
                package: Some(_), ..
            } => Some("javascript"),
            Self {
                pyproject: Some(_), ..
            } => Some("python"),
            Self { go: Some(_), .. } => Some("go"),
            Self { java: Some(_), .. } => Some("java"),
            _ => None,
        }
    }

    /// What a person here would type: the project's own runner before the language's.
    fn command(&self, task: &str) -> Option<String> {
        if has_target(self.justfile.as_deref(), task) {
            return Some(format!("just {task}"));
        }
        if has_target(self.makefile.as_deref(), task) {
            return Some(format!("make {task}"));
        }
        if self
            .package
            .as_ref()
            .and_then(|package| package.get("scripts")?.get(task))
            .is_some()
        {
            return Some(match task {
                "test" => "npm test".to_owned(),
                task => format!("npm run {task}"),
            });
        }
        let command = match (self.language()?, task) {
            ("rust", "lint") => "cargo clippy --all-targets",
            ("rust", task) => return Some(format!("cargo {task}")),
            ("go", "lint") => "go vet ./...",
            ("go", task) => return Some(format!("go {task} ./...")),
            ("python", "test") => "pytest",
            ("java", task @ ("test" | "build")) => {
                let runner = self.java?;
                let goal = match task {
                    "build" if runner.starts_with("mvn") => "package",
                    task => task,
                };
                return Some(format!("{runner} {goal}"));
            }
            _ => return None,
        };
        Some(command.to_owned())
    }

    fn rust_version(&self) -> Option<String> {
        let cargo = self.cargo.as_ref();
        let channel = toml_text(self.toolchain.as_ref(), &["toolchain", "channel"]);
        let version = toml_text(cargo, &["package", "rust-version"])
            .or_else(|| toml_text(cargo, &["workspace", "package", "rust-version"]))
            .or_else(|| channel.filter(|name| name.starts_with(|c: char| c.is_ascii_digit())));
        version.map(str::to_owned)
    }
}

/// Returns the text at some keys of a document.
fn toml_text<'a>(document: Option<&'a DocumentMut>, keys: &[&str]) -> Option<&'a str> {
    let mut item = document?.as_item();
    for key in keys {
        item = item.get(key)?;
    }
    item.as_str()
}

fn go_module(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    let module = lines.find_map(|line| line.strip_prefix("module "))?;
    Some(module.trim())
}

fn last_part(name: &str) -> Option<&str> {
    name.rsplit('/').next()
}

/// Returns whether a justfile or a Makefile has a target of this name.
fn has_target(text: Option<&str>, task: &str) -> bool {
    text.unwrap_or_default().lines().any(|line| {
        let rest = line
            .strip_prefix(task)
            .filter(|rest| rest.starts_with([':', ' ']));
        rest.is_some_and(|rest| rest.contains(':') && !rest.contains(":="))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], detector: Detector, expected: Option<&str>) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write_atomic(&path, text.as_bytes(), false).unwrap();
        }
        assert_eq!(
            detect(folder.path(), detector).unwrap().as_deref(),
            expected
        );
    }

    #[test]
    fn a_repo_tells_its_values() {
        let owners = "# who\n* @acme/web @acme/late\n/docs @acme/docs\n* someone@example.org \
                      @acme/payments # all\n";
        check(
            &[(".github/CODEOWNERS", owners)],
            Detector::CodeownersTeam,
            Some("payments"),
        );
        check(
            &[("CODEOWNERS", "* @person\n")],
            Detector::CodeownersTeam,
            None,
        );
        check(&[], Detector::CodeownersTeam, None);
        let cargo = "[package]\nname = \"ledger\"\nrust-version = \"1.80\"\n";
        check(
            &[("Cargo.toml", cargo)],
            Detector::ProjectName,
            Some("ledger"),
        );
        check(&[("Cargo.toml", cargo)], Detector::Language, Some("rust"));
        check(
            &[("Cargo.toml", cargo)],
            Detector::LintCommand,
            Some("cargo clippy --all-targets"),
        );
        check(
            &[("Cargo.toml", cargo)],
            Detector::RustVersion,
            Some("1.80"),
        );
        check(
            &[("Cargo.toml", cargo), ("justfile", "tests:\n\tx\n")],
            Detector::TestCommand,
            Some("cargo test"),
        );
        check(
            &[("Cargo.toml", cargo), ("justfile", "test *args:\n\tx\n")],
            Detector::TestCommand,
            Some("just test"),
        );
        let package = "{\"name\": \"@acme/shop\", \"scripts\": {\"test\": \"x\"}}";
        check(
            &[("package.json", package)],
            Detector::ProjectName,
            Some("shop"),
        );
        check(
            &[("package.json", package), ("tsconfig.json", "{}")],
            Detector::Language,
            Some("typescript"),
        );
        check(
            &[("package.json", package)],
            Detector::TestCommand,
            Some("npm test"),
        );
        check(&[("package.json", "not json")], Detector::Language, None);
        check(
            &[("go.mod", "module example.org/a/tool\n")],
            Detector::ProjectName,
            Some("tool"),
        );
    }

    #[test]
    fn an_address_has_an_owner() {
        for (address, owner) in [
            ("git@git.example.org:acme/ledger.git", Some("acme")),
            ("https://git.example.org/acme/ledger", Some("acme")),
            (
                "ssh://git@git.example.org:22/group/acme/ledger.git",
                Some("acme"),
            ),
            ("/srv/git/ledger.git", None),
        ] {
            assert_eq!(owner_of(address), owner, "{address}");
        }
    }
}
