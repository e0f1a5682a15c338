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
        let team = |owner: &&str| {
            owner
                .strip_prefix('@')?
                .split_once('/')
                .map(|(_, team)| team.to_owned())
        };
        return Ok(all
            .next_back()
            .and_then(|owners| owners.iter().find_map(team)));
    }
    Ok(None)
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
        let toml = |name: &'static str| -> Result<Option<DocumentMut>> {
            Ok(text(root, name)?.and_then(|text| text.parse().ok()))
        };
        let java = [
            ("pom.xml", "mvn -q"),
            ("build.gradle", "./gradlew"),
            ("build.gradle.kts", "./gradlew"),
        ];
        Ok(Self {
            cargo: toml("Cargo.toml")?,
            toolchain: toml("rust-toolchain.toml")?,
            package: text(root, "package.json")?.and_then(|text| serde_json::from_str(&text).ok()),
            typescript: fs::exists(&root.join("tsconfig.json")),
            pyproject: toml("pyproject.toml")?,
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
        let of = |document: &Option<DocumentMut>, table: &str| {
            Some(
                document
                    .as_ref()?
                    .get(table)?
                    .get("name")?
                    .as_str()?
                    .to_owned(),
            )
        };
        of(&self.cargo, "package")
            .or_else(|| {
                Some(
                    self.package
                        .as_ref()?
                        .get("name")?
                        .as_str()?
                        .rsplit('/')
                        .next()?
                        .to_owned(),
                )
            })
            .or_else(|| of(&self.pyproject, "project"))
            .or_else(|| {
                let module = self
                    .go
                    .as_ref()?
                    .lines()
                    .find_map(|line| line.strip_prefix("module "))?;
                Some(module.trim().rsplit('/').next()?.to_owned())
            })
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
        let target = |text: &Option<String>| {
            text.as_ref().is_some_and(|text| {
                text.lines().any(|line| {
                    let rest = line
                        .strip_prefix(task)
                        .filter(|rest| rest.starts_with([':', ' ']));
                    rest.is_some_and(|rest| rest.contains(':') && !rest.contains(":="))
                })
            })
        };
        if target(&self.justfile) {
            return Some(format!("just {task}"));
        }
        if target(&self.makefile) {
            return Some(format!("make {task}"));
        }
        if self
            .package
            .as_ref()
            .and_then(|package| package.get("scripts")?.get(task))
            .is_some()
        {
            return Some(if task == "test" {
                "npm test".to_owned()
            } else {
                format!("npm run {task}")
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
                let goal = if runner.starts_with("mvn") && task == "build" {
                    "package"
                } else {
                    task
                };
                return Some(format!("{runner} {goal}"));
            }
            _ => return None,
        };
        Some(command.to_owned())
    }

    fn rust_version(&self) -> Option<String> {
        let cargo = self.cargo.as_ref();
        let own = cargo.and_then(|cargo| cargo.get("package")?.get("rust-version")?.as_str());
        let shared = || {
            cargo.and_then(|cargo| {
                cargo
                    .get("workspace")?
                    .get("package")?
                    .get("rust-version")?
                    .as_str()
            })
        };
        let channel = || {
            let channel = self
                .toolchain
                .as_ref()?
                .get("toolchain")?
                .get("channel")?
                .as_str()?;
            channel
                .starts_with(|c: char| c.is_ascii_digit())
                .then_some(channel)
        };
        own.or_else(shared).or_else(channel).map(str::to_owned)
    }
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
