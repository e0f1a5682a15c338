//! tests/*.toml of a template: a repository and answers, and what must hold of what comes of them.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::document;
use crate::model::path::RelPath;

/// One file of tests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Answers to the template's questions; those that aren't here have their defaults.
    #[serde(default)]
    pub answers: Answers,
    /// The agents that are written for: Claude Code, where nothing is said.
    pub agents: Option<Vec<Agent>>,
    /// What the repository has before, as text.
    #[serde(default)]
    pub files: BTreeMap<RelPath, String>,
    /// What must hold afterwards.
    #[serde(default)]
    pub expect: Expect,
    /// What hooks must do, by their ids.
    #[serde(default)]
    pub hooks: BTreeMap<String, HookTests>,
}

/// What must hold of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Files that are there.
    #[serde(default)]
    pub present: Vec<RelPath>,
    /// Files that aren't.
    #[serde(default)]
    pub absent: Vec<RelPath>,
    /// What files have in them.
    #[serde(default)]
    pub contains: BTreeMap<RelPath, Vec<String>>,
    /// What they haven't.
    #[serde(default)]
    pub lacks: BTreeMap<RelPath, Vec<String>>,
}

/// What one hook must do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookTests {
    /// The tool that `blocks` and `passes` are about.
    pub tool: Option<String>,
    /// The key of the tool's input that their texts become: `command` for `Bash`, else
    /// `file_path`.
    pub field: Option<String>,
    /// Texts that the hook blocks (exit code 2), each with why.
    #[serde(default)]
    pub blocks: Vec<[String; 2]>,
    /// Texts that it lets pass (exit code 0), each with why.
    #[serde(default)]
    pub passes: Vec<[String; 2]>,
    /// Cases with events of their own.
    #[serde(default)]
    pub cases: Vec<HookCase>,
}

/// One call of a hook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookCase {
    /// What it is about, for whoever reads that it failed.
    pub why: String,
    /// A JSON object whose keys are laid over the event's own; any other text is given to the hook
    /// as it is.
    #[serde(default)]
    pub input: String,
    /// Files of the repository for this case.
    #[serde(default)]
    pub files: BTreeMap<RelPath, String>,
    /// Programs that are found first, as scripts.
    #[serde(default)]
    pub programs: BTreeMap<String, String>,
    /// The exit code.
    #[serde(default)]
    pub exit: i32,
    /// What it prints, on either output.
    #[serde(default)]
    pub says: Vec<String>,
}

impl Scenario {
    /// Parses `text`, the content of `file`.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        document::read(file, text)
    }
}

impl HookTests {
    /// Returns every case, the short ones written out.
    pub fn all(&self) -> Vec<HookCase> {
        let tool = self.tool.as_deref().unwrap_or("Bash");
        let field = match (self.field.as_deref(), tool) {
            (Some(field), _) => field,
            (None, "Bash") => "command",
            (None, _) => "file_path",
        };
        let mut cases = Vec::new();
        for (short, exit) in [(&self.blocks, 2), (&self.passes, 0)] {
            for [text, why] in short {
                cases.push(HookCase {
                    why: format!("{why}: {text}"),
                    input: input_of(tool, field, text),
                    exit,
                    ..HookCase::default()
                });
            }
        }
        cases.extend(self.cases.iter().cloned());
        cases
    }
}

/// Returns what a hook is given when a tool is called with a text.
fn input_of(tool: &str, field: &str, text: &str) -> String {
    let mut input = serde_json::Map::new();
    input.insert(field.to_owned(), text.into());
    serde_json::json!({ "tool_name": tool, "tool_input": input }).to_string()
}
