//! Whether an agent runs the hooks of a repository: what is asked of the folder of each agent.
//! **Facts in, findings out**: the texts of files, where the agent is started, the environment.
//! What of that was measured is in the comment of each agent's `gate.rs`.

mod texts;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::hint::Hint;
use crate::model::name::TemplateName;
use crate::model::upstream::HookName;
use crate::words;

use super::hook_entries::HookEntry;

pub use texts::{FactText, FactTexts};

/// What is known of how an agent comes to run the hooks of a repository.
pub struct Gate {
    /// What its program is called.
    pub program: &'static str,
    pub version: VersionFrom,
    /// Returns the document that has its hooks of a template, below the repository's folder.
    pub document: fn(&TemplateName) -> String,
    /// Another agent's document, whose hooks it runs where it has none of its own.
    pub also_runs: Option<&'static str>,
    /// Returns the repository's folder as the agent takes it to read that document.
    pub reads_in: fn(&Start) -> PathBuf,
    /// Returns the folder of a person's own settings, without which nobody here has used it.
    pub person: fn(&Start) -> PathBuf,
    /// The environment variables that it is switched or led elsewhere by.
    pub variables: &'static [&'static str],
    /// Returns the files whose texts decide, besides its documents of hooks.
    pub reads: fn(&Start) -> Vec<FactPath>,
    /// Returns the folders that these texts name and that may be links.
    pub names: fn(&Start, &FactTexts) -> Vec<PathBuf>,
    pub findings: fn(&GateFacts) -> Vec<GateFinding>,
}

/// How the version of an agent's program is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionFrom {
    /// It says it with `--version`, and does nothing else then.
    Asked,
    /// The same, with this variable set to an empty folder, in which it may write.
    AskedInFolder(&'static str),
    /// The package.json beside the program, by the name in it: the program would write into the
    /// person's own folders.
    Package(&'static str),
    Unknown,
}

/// Something that decides whether hooks run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactPath {
    File(PathBuf),
    /// Each `.json` of a folder.
    Folder(PathBuf),
}

/// Where an agent is started, and in what. All paths are physical: agents compare those.
#[derive(Clone, Debug, Default)]
pub struct Start {
    pub cwd: PathBuf,
    /// The repository's folder, with agentpkg.toml.
    pub root: PathBuf,
    /// The top of the git repository around the current folder.
    pub top: Option<PathBuf>,
    /// The top of the main checkout, where that one is a linked worktree.
    pub main: Option<PathBuf>,
    pub home: PathBuf,
    /// Where the machine's managed settings of Claude Code are.
    pub managed: Option<PathBuf>,
    /// Environment variables of [`Gate::variables`].
    pub variables: BTreeMap<String, String>,
}

impl Start {
    /// Returns a variable, if it says something.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name)?.as_str();
        (!value.is_empty()).then_some(value)
    }

    /// Returns whether a variable switches something on, as a person would set it.
    pub fn is_on(&self, name: &str) -> bool {
        let off = ["0", "false", "no", "off"];
        self.variable(name)
            .is_some_and(|value| !off.contains(&value.to_lowercase().as_str()))
    }

    /// Returns the folder that a variable names, or one below the home.
    pub fn folder(&self, variable: &str, below_home: &str) -> PathBuf {
        match self.variable(variable) {
            Some(folder) => self.cwd.join(folder),
            None => self.home.join(below_home),
        }
    }

    /// Returns whether it is started in a folder below the repository's.
    pub fn is_below_root(&self) -> bool {
        self.cwd != self.root
    }

    /// Returns whether a git repository of its own lies between the current folder and the
    /// repository's.
    pub fn is_in_inner_repository(&self) -> bool {
        let inner = self.top.as_ref();
        inner.is_some_and(|top| *top != self.root && top.starts_with(&self.root))
    }

    /// Returns the command that starts a program in the repository's folder, as it is typed here.
    pub fn at_root(&self, program: &str) -> Hint {
        let below = self
            .cwd
            .strip_prefix(&self.root)
            .map(|below| below.iter().count());
        match below {
            Ok(0) => Hint::command(program),
            Ok(levels) => {
                Hint::command(format!("cd {} && {program}", vec![".."; levels].join("/")))
            }
            Err(_) => {
                let root = words::path_quoted(&self.root.display().to_string());
                Hint::command(format!("cd {root} && {program}"))
            }
        }
    }

    /// Returns a path as a person knows it: from the repository's folder, or from the home.
    pub fn shown(&self, path: &Path) -> String {
        if let Ok(below) = path.strip_prefix(&self.root) {
            return format!("`{}`", below.display());
        }
        match path.strip_prefix(&self.home) {
            Ok(below) if self.home != Path::new("/") => format!("`~/{}`", below.display()),
            _ => format!("`{}`", path.display()),
        }
    }
}

/// An entry of a template's hook in a document.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnEntry {
    pub name: HookName,
    /// The absolute path of the document.
    pub document: PathBuf,
    pub entry: HookEntry,
}

/// All that decides whether an agent runs hooks.
pub struct GateFacts<'a> {
    pub start: &'a Start,
    pub texts: &'a FactTexts,
    /// The entries of templates' hooks that its documents have.
    pub entries: &'a [OwnEntry],
    /// The version of its program, if that is known.
    pub version: Option<&'a str>,
}

/// What a finding means for a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GateVerdict {
    /// Nobody can tell whether it runs.
    Unknown,
    /// It doesn't run, here or in a clone.
    Off,
}

/// What a finding goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateBasis {
    /// Something of a template that isn't there, which `status` names.
    Missing,
    /// What the person has trusted, which the agent asks about.
    Trust,
    /// What files say: so it is from wherever the agent is started.
    Files,
    /// The folder that it is started in.
    Folder,
    /// Variables of this shell.
    Environment,
}

/// Why hooks don't run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateFinding {
    /// The hook that it is about; all of the agent's where none is named.
    pub hook: Option<HookName>,
    pub verdict: GateVerdict,
    pub basis: GateBasis,
    /// A sentence, without its period.
    pub why: String,
    pub mend: Option<Hint>,
}

impl GateFinding {
    pub fn off(basis: GateBasis, why: impl Into<String>) -> Self {
        Self {
            hook: None,
            verdict: GateVerdict::Off,
            basis,
            why: why.into(),
            mend: None,
        }
    }

    pub fn unknown(why: impl Into<String>) -> Self {
        Self {
            verdict: GateVerdict::Unknown,
            ..Self::off(GateBasis::Files, why)
        }
    }

    /// The same, of one hook.
    #[must_use]
    pub fn of(mut self, hook: &HookName) -> Self {
        self.hook = Some(hook.clone());
        self
    }

    #[must_use]
    pub fn mend(mut self, mend: impl Into<Hint>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    /// Returns whether it is about a hook.
    pub fn is_about(&self, hook: &HookName) -> bool {
        self.hook.as_ref().is_none_or(|named| named == hook)
    }
}

/// Returns the last of some documents that says yes or no at a pointer, and what it says.
pub fn last_word<'a>(documents: &'a [(PathBuf, Value)], pointer: &str) -> Option<(&'a Path, bool)> {
    let mut documents = documents.iter().rev();
    documents.find_map(|(path, value)| Some((path.as_path(), value.pointer(pointer)?.as_bool()?)))
}

/// Returns what those of some documents say that are there and can be read, in their order.
pub fn readable(
    paths: impl IntoIterator<Item = PathBuf>,
    read: impl Fn(&Path) -> FactText,
) -> Vec<(PathBuf, Value)> {
    let mut found = Vec::new();
    for path in paths {
        if let FactText::Value(value) = read(&path) {
            found.push((path, value));
        }
    }
    found
}

/// Returns that the current folder lies in a git repository of its own, above which an agent reads
/// nothing.
pub fn in_inner_repository(start: &Start, agent: &str) -> Option<GateFinding> {
    let top = start
        .top
        .as_ref()
        .filter(|_| start.is_in_inner_repository())?;
    let why = format!(
        "{} is a git repository of its own, and {agent} reads nothing above it",
        start.shown(top)
    );
    Some(GateFinding::off(GateBasis::Folder, why))
}

/// Returns that a key of a file switches hooks off: `what` of them.
pub fn switched_off(start: &Start, path: &Path, what: &str, key: &str) -> GateFinding {
    let file = start.shown(path);
    GateFinding::off(
        GateBasis::Files,
        format!("{file} switches {what} off (`{key}`)"),
    )
    .mend(format!("take `{key}` out of {file}"))
}

/// Returns what an environment variable of this shell does.
pub fn switched_by_shell(start: &Start, name: &str, does: &str) -> GateFinding {
    let value = start.variable(name).unwrap_or_default();
    let why = format!("this shell {does} (`{name}={value}`)");
    GateFinding::off(GateBasis::Environment, why).mend(Hint::command(format!("unset {name}")))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::agent::definition;
    use crate::agent::hook_entries::entries;
    use crate::model::agent::Agent;

    /// A repository at `/p/shop` in a person's home `/home/ann`, and what is in files.
    pub struct GateCase {
        pub start: Start,
        pub texts: FactTexts,
        pub version: Option<&'static str>,
    }

    impl Default for GateCase {
        fn default() -> Self {
            let root = PathBuf::from("/p/shop");
            let start = Start {
                cwd: root.clone(),
                top: Some(root.clone()),
                root,
                home: "/home/ann".into(),
                managed: Some("/etc/claude-code".into()),
                ..Start::default()
            };
            Self {
                start,
                texts: FactTexts::default(),
                version: None,
            }
        }
    }

    impl GateCase {
        /// Adds a file; a path is one of the repository, or begins with `/` or `~/`.
        pub fn file(mut self, path: &str, text: &str) -> Self {
            let path = match path.strip_prefix("~/") {
                Some(below) => self.start.home.join(below),
                None => self.start.root.join(path),
            };
            self.texts.add(path, Ok(text.to_owned()));
            self
        }

        pub fn variable(mut self, name: &str, value: &str) -> Self {
            self.start.variables.insert(name.into(), value.into());
            self
        }

        /// Starts in a folder of the repository.
        pub fn started_in(mut self, folder: &str) -> Self {
            self.start.cwd = self.start.root.join(folder);
            self
        }

        pub fn without_git(mut self) -> Self {
            self.start.top = None;
            self
        }

        /// Makes the repository a linked worktree of the one at `/p/main`.
        pub fn worktree(mut self) -> Self {
            self.start.main = Some("/p/main".into());
            self
        }

        pub fn version(mut self, version: &'static str) -> Self {
            self.version = Some(version);
            self
        }

        /// Returns the reasons for which an agent doesn't run the hook `guard` of `team`, whose
        /// entry is each one that has a command; `?` before a reason says that nobody can tell.
        pub fn reasons(&self, agent: Agent) -> Vec<String> {
            let gate = definition(agent).gate.expect("it has hooks");
            let name = HookName {
                template: "team".parse().unwrap(),
                id: "guard".into(),
            };
            let folder = (gate.reads_in)(&self.start);
            let own = folder.join((gate.document)(&name.template));
            let other = gate.also_runs.map(|other| folder.join(other));
            let mut found = Vec::new();
            for document in [Some(own), other].into_iter().flatten() {
                if let FactText::Value(value) = self.texts.json_with_comments(&document) {
                    found.extend(entries(&value).into_iter().map(|entry| OwnEntry {
                        name: name.clone(),
                        document: document.clone(),
                        entry,
                    }));
                }
            }
            let facts = GateFacts {
                start: &self.start,
                texts: &self.texts,
                entries: &found,
                version: self.version,
            };
            let reason = |finding: GateFinding| match finding.verdict {
                GateVerdict::Off => finding.why,
                GateVerdict::Unknown => format!("? {}", finding.why),
            };
            (gate.findings)(&facts).into_iter().map(reason).collect()
        }

        /// Checks that an agent runs the hook.
        #[track_caller]
        pub fn runs(&self, agent: Agent) {
            assert_eq!(self.reasons(agent), Vec::<String>::new());
        }

        /// Checks that there is one reason for which it doesn't, and that it says this.
        #[track_caller]
        pub fn is_off(&self, agent: Agent, said: &str) {
            let reasons = self.reasons(agent);
            assert!(
                reasons.len() == 1 && reasons[0].contains(said),
                "{reasons:#?}"
            );
        }
    }

    #[test]
    fn a_path_is_shown_from_where_a_person_knows_it() {
        let GateCase { start, .. } = GateCase::default().started_in("a/b");
        for (path, shown) in [
            ("/p/shop/.claude/settings.json", "`.claude/settings.json`"),
            ("/home/ann/.claude.json", "`~/.claude.json`"),
            ("/etc/x", "`/etc/x`"),
        ] {
            assert_eq!(start.shown(Path::new(path)), shown);
        }
        assert_eq!(start.at_root("codex").to_string(), "cd ../.. && codex");
    }
}
