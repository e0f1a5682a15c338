//! template.toml: what a template is, asks and brings.

mod hook;
mod question;

use std::collections::BTreeMap;

use indexmap::IndexMap;
use semver::Version;
use serde::{Deserialize, Serialize};
use toml_edit::DocumentMut;

use crate::error::{Error, Result};
use crate::model::document;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::toml_text::{keep_lines, set};
use crate::model::version::{Requirement, parse_version};
pub use hook::Hook;
use question::check_question;
pub use question::{Detector, Question, QuestionKind};

/// The name of the manifest at the root of a template's source.
pub const TEMPLATE_TOML: &str = "template.toml";

/// The suffix of files that are rendered; they lose it.
pub const RENDERED_SUFFIX: &str = ".jinja";

/// Returns what a file of a source is called once it is rendered: its path without `.jinja`.
pub fn rendered_name(path: &RelPath) -> &str {
    path.as_str()
        .strip_suffix(RENDERED_SUFFIX)
        .unwrap_or(path.as_str())
}

/// Returns the path that a file of a source has once it is rendered.
pub fn rendered_path(path: &RelPath) -> RelPath {
    rendered_name(path).parse().unwrap_or_else(|_| path.clone())
}

/// Returns whether a file of a source is rendered.
pub fn is_rendered(path: &RelPath) -> bool {
    path.as_str().ends_with(RENDERED_SUFFIX)
}

/// The keys at the top of `template.toml`. A template's manifest, as parsed and checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateManifest {
    /// What the template is called, which version it is, and who keeps it.
    pub template: About,
    /// Templates of the same registry that are installed with this one, each with the versions that
    /// will do.
    #[serde(default)]
    pub dependencies: BTreeMap<TemplateName, Requirement>,
    /// Questions to whoever installs the template, in the order in which they are asked. Files that
    /// end in `.jinja` use the answers.
    #[serde(default)]
    pub questions: IndexMap<String, Question>,
    /// Scripts that the agent runs at its events.
    #[serde(default)]
    pub hooks: Vec<Hook>,
    /// What the agent may do, must ask for, and may never do.
    #[serde(default)]
    pub permissions: Permissions,
    /// MCP servers, by name.
    #[serde(default)]
    pub mcp: BTreeMap<String, McpServer>,
    /// Rules for files of the template, by a pattern over their paths in its source.
    #[serde(default)]
    pub files: IndexMap<String, FileRule>,
    /// Files that earlier versions had at another path: the old path, then the new one. A team's
    /// edits follow.
    #[serde(default)]
    pub renames: BTreeMap<RelPath, RelPath>,
}

/// `[template]`: what the template is.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct About {
    /// Its name in the registry: `a-z`, `0-9` and `-`, at most 64 characters.
    pub name: TemplateName,
    /// The version of this source, such as `1.4.0`.
    #[serde(deserialize_with = "version")]
    pub version: Version,
    /// What it is for, in one line. `search` shows it.
    pub description: String,
    /// Its licence, as an SPDX expression such as `MIT`.
    pub license: Option<String>,
    /// Words that `search` finds it by, besides its name and description.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Where people can ask about it, such as a chat channel.
    pub contact: Option<String>,
    /// The address of the git repository with its source. `contribute` sends proposals there.
    pub repository: Option<String>,
    /// The template's folder in that repository. Left out, it is the repository's root.
    pub directory: Option<RelPath>,
    /// The versions of agentpkg that can install it.
    pub agentpkg: Option<Requirement>,
    /// Whether a bare `agentpkg` recommends it in a repository that lacks it.
    #[serde(default)]
    pub recommended: bool,
}

/// `[permissions]`: rules for what the agent does, as the agent spells them, such as
/// `Bash(git status)`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permissions {
    /// What it may never do.
    #[serde(default)]
    pub deny: Vec<String>,
    /// What it must ask a person for.
    #[serde(default)]
    pub ask: Vec<String>,
    /// What it may do without asking.
    #[serde(default)]
    pub allow: Vec<String>,
}

/// `[mcp.NAME]`: an MCP server. Either `command` starts it, or `url` reaches it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct McpServer {
    /// `stdio`, `http` or `sse`. Left out, it follows from `command` or `url`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The program that is started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The program's arguments.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
    /// The program's environment variables.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// The address of a server that runs already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// HTTP headers that are sent to it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
}

/// `[files."GLOB"]`: a rule for the files that a pattern matches, such as `rules/*.md`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// What upgrades do with the files.
    pub policy: Option<UpgradePolicy>,
    /// An expression over the answers, such as `layout == 'workspace'`. Where it is false, the
    /// files are left out.
    pub when: Option<String>,
}

/// What upgrades do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpgradePolicy {
    /// Merge the new version with the team's edits. The default, except for files in `memory/`.
    Merge,
    /// Leave it to the team: a starter file, written once and theirs from then on. The default for
    /// files in `memory/`.
    Seed,
}

/// How many questions a template asks at most.
const MOST_QUESTIONS: usize = 200;

impl TemplateManifest {
    /// Parses and checks a manifest; `file` is its name for messages.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let manifest: Self = document::read(file, text)?;
        manifest.check(file)?;
        Ok(manifest)
    }

    /// What the types can't say.
    fn check(&self, file: &str) -> Result<()> {
        if self.template.name == TemplateName::composition() {
            return Err(
                Error::in_file(file, None, "the name `agentpkg` is reserved")
                    .hint("choose another `name` in `[template]`"),
            );
        }
        if self.questions.len() > MOST_QUESTIONS {
            return Err(Error::in_file(
                file,
                None,
                format!(
                    "it asks {} questions; a template asks at most {MOST_QUESTIONS}",
                    self.questions.len()
                ),
            ));
        }
        for (key, question) in &self.questions {
            check_question(key, question).map_err(|wrong| {
                Error::in_file(
                    file,
                    None,
                    format!("the question `{key}` {}", wrong.message()),
                )
                .hints(wrong.next_steps().iter().cloned())
            })?;
        }
        let mut seen = Vec::new();
        for hook in &self.hooks {
            if seen.contains(&&hook.id) {
                return Err(Error::in_file(
                    file,
                    None,
                    format!("two hooks have the id `{}`", hook.id),
                )
                .hint("an id is a hook's identity across releases; give each its own"));
            }
            seen.push(&hook.id);
            hook.check().map_err(|wrong| {
                Error::in_file(
                    file,
                    None,
                    format!("the hook `{}` {}", hook.id, wrong.message()),
                )
                .hints(wrong.next_steps().iter().cloned())
            })?;
        }
        for (name, server) in &self.mcp {
            if server.command.is_some() == server.url.is_some() {
                return Err(Error::in_file(
                    file,
                    None,
                    format!("the MCP server `{name}` needs either `command` or `url`"),
                )
                .hint("`command` starts a server, `url` reaches one"));
            }
        }
        Ok(())
    }
}

/// Returns the text of a template.toml with another version. **What isn't the version keeps its
/// bytes**: comments, order, spelling, newlines. `file` is its name for messages.
///
/// # Errors
/// When the text is no manifest.
pub fn with_version(file: &str, text: &str, version: &Version) -> Result<String> {
    if TemplateManifest::parse(file, text)?.template.version == *version {
        return Ok(text.to_owned());
    }
    let mut document: DocumentMut = text
        .parse()
        .expect("a text that was read as TOML parses as a document");
    let about = document["template"]
        .as_table_like_mut()
        .expect("a manifest that was read has a table `template`");
    set(about, "version", version.to_string().into());
    Ok(keep_lines(text, &document.to_string()))
}

fn version<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Version, D::Error> {
    parse_version(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answers::Answer;

    const SMALL: &str = "[template]\nname = \"x\"\nversion = \"1.0.0\"\ndescription = \"d\"\n";

    #[track_caller]
    fn refused(rest: &str, message: &str) {
        let error =
            TemplateManifest::parse("template.toml", &format!("{SMALL}{rest}")).unwrap_err();
        assert_eq!(error.message(), message);
    }

    #[test]
    fn a_manifest_says_what_is_wrong_with_it() {
        refused(
            "licence = \"MIT\"\n",
            "`template.toml` line 5: unknown key `licence`",
        );
        refused(
            "[questions.team-name]\nask = \"?\"\nkind = \"text\"\n",
            "`template.toml`: the question `team-name` is not a name that a template can use",
        );
        refused(
            "[questions.t]\nask = \"?\"\nkind = \"choice\"\n",
            "`template.toml`: the question `t` is a choice of nothing",
        );
        refused(
            "[questions.t]\nask = \"?\"\nkind = \"text\"\npattern = \"^a$\"\ndefault = \"b\"\n",
            "`template.toml`: the question `t` has a `default` that does not match `^a$`",
        );
        refused(
            "[[hooks]]\nid = \"a\"\nevent = \"prompt\"\nrun = \"scripts/a.sh\"\n",
            "`template.toml`: the hook `a` runs `scripts/a.sh`",
        );
        refused(
            "[mcp.docs]\nargs = []\n",
            "`template.toml`: the MCP server `docs` needs either `command` or `url`",
        );
    }

    #[test]
    fn answers_are_of_their_questions_kind() {
        let question = |kind: &str, rest: &str| -> Question {
            document::read("q", &format!("ask = \"?\"\nkind = \"{kind}\"\n{rest}")).unwrap()
        };
        assert_eq!(question("bool", "").parse("yes"), Ok(Answer::Bool(true)));
        assert_eq!(
            question("bool", "").parse("maybe"),
            Err("is not `true` or `false`".to_owned())
        );
        assert_eq!(
            question("list", "").parse("a, b"),
            Ok(Answer::List(vec!["a".into(), "b".into()]))
        );
        let choice = question("choice", "choices = [\"a\", \"b\"]");
        assert_eq!(
            choice.parse("c"),
            Err("is not one of `a` and `b`".to_owned())
        );
        let text = question("text", "pattern = \"^[a-z]+$\"");
        assert_eq!(
            text.parse("Payments"),
            Err("does not match `^[a-z]+$`".to_owned())
        );
        assert_eq!(
            text.accept(&Answer::Bool(true)),
            Err("is not a text".to_owned())
        );
    }

    #[test]
    fn another_version_leaves_the_rest_of_the_file_alone() {
        for (before, after) in [
            (SMALL, SMALL.replace("1.0.0", "1.1.0")),
            (
                "# Ours\r\n[template] # about\r\nversion='1.0.0' # see RELEASING\r\nname = \
                 'x'\r\ndescription = \"d\"\r\n\r\n[questions.t]\r\nask = '?'\r\nkind = \
                 'bool'\r\n",
                "# Ours\r\n[template] # about\r\nversion=\"1.1.0\" # see RELEASING\r\nname = \
                 'x'\r\ndescription = \"d\"\r\n\r\n[questions.t]\r\nask = '?'\r\nkind = \
                 'bool'\r\n"
                    .to_owned(),
            ),
            (
                "template = { version = '1.0.0', name = 'x', description = 'd' }",
                "template = { version = \"1.1.0\", name = 'x', description = 'd' }\n".to_owned(),
            ),
            (
                "template.version = '1.0.0'\ntemplate.name = 'x'\ntemplate.description = ''\n",
                "template.version = \"1.1.0\"\ntemplate.name = 'x'\ntemplate.description = ''\n"
                    .to_owned(),
            ),
        ] {
            let edit = |to: Version| with_version("template.toml", before, &to).unwrap();
            assert_eq!(edit(Version::new(1, 1, 0)), after);
            assert_eq!(edit(Version::new(1, 0, 0)), before);
        }
    }
}
