//! agentpkg.toml: what the team wants. Comments and order are kept when a command edits it.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml_edit::{DocumentMut, Item, Table, value};

use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::answers::{Answer, Answers};
use crate::model::document;
use crate::model::name::TemplateName;
use crate::model::version::Requirement;

/// The name of the file at a repo's root.
pub const AGENTPKG_TOML: &str = "agentpkg.toml";

/// The name of the registry that a template comes from unless it names another.
pub const DEFAULT_REGISTRY: &str = "default";

/// What agentpkg.toml says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Which versions of agentpkg can serve this repo.
    pub agentpkg: Option<Requirement>,
    /// The agents to write for; `None` until the first install has looked.
    pub agents: Option<Vec<Agent>>,
    /// Registries by the name that `[templates]` uses.
    #[serde(default)]
    pub registries: BTreeMap<String, RegistryEntry>,
    /// The templates asked for.
    #[serde(default)]
    pub templates: BTreeMap<TemplateName, Wanted>,
    /// Answers to the templates' questions.
    #[serde(default)]
    pub answers: Answers,
}

/// `[registries.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryEntry {
    /// `embedded`, or a folder (relative to the file that names it).
    pub url: String,
}

/// A template asked for: `"^1.2"` or `{ version = "^1.2", registry = "lab" }`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Spelling")]
pub struct Wanted {
    /// Which releases will do.
    pub version: Requirement,
    /// The registry by its name; `None` is the default one.
    pub registry: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a requirement like \"^1.2\", or { version = \"^1.2\", registry = \"lab\" }")]
enum Spelling {
    Short(Requirement),
    Long(Long),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    version: Requirement,
    registry: Option<String>,
}

impl From<Spelling> for Wanted {
    fn from(spelling: Spelling) -> Self {
        match spelling {
            Spelling::Short(version) => Self { version, registry: None },
            Spelling::Long(Long { version, registry }) => Self { version, registry },
        }
    }
}

impl Manifest {
    /// Parses agentpkg.toml.
    pub fn parse(text: &str) -> Result<Self> {
        document::read(AGENTPKG_TOML, text)
    }
}

const BYTE_ORDER_MARK: char = '\u{feff}';

/// An edit of agentpkg.toml that keeps everything it doesn't touch, line ends included.
#[derive(Clone)]
pub struct Edit {
    document: DocumentMut,
    before: String,
}

impl Edit {
    /// Starts from the file's text, which parses; an empty one starts a new manifest.
    pub fn of(text: &str) -> Result<Self> {
        document::read::<Manifest>(AGENTPKG_TOML, text)?;
        let document = text.parse().expect("a text that was read as TOML parses as a document");
        Ok(Self { document, before: text.to_owned() })
    }

    /// Says which versions of agentpkg can serve the repo.
    pub fn needs(&mut self, requirement: &Requirement) {
        self.document["agentpkg"] = value(requirement.to_string());
    }

    /// Says which agents to write for.
    pub fn agents(&mut self, agents: &[Agent]) {
        self.make_room();
        self.document["agents"] = value(agents.iter().map(|agent| agent.as_str()).collect::<toml_edit::Array>());
    }

    /// Puts an empty line before the first table where the first key of all is about to come before it.
    fn make_room(&mut self) {
        if self.document.iter().any(|(_, item)| item.is_value()) {
            return;
        }
        if let Some(table) = first_with_header(self.document.as_table_mut()) {
            let before = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
            let roomy = format!("\n{before}");
            table.decor_mut().set_prefix(roomy);
        }
    }

    /// Names a registry.
    pub fn registry(&mut self, name: &str, url: &str) {
        let registries = table(self.document.as_table_mut(), "registries");
        registries.set_implicit(true);
        table(registries, name)["url"] = value(url);
    }

    /// Asks for a template; the other keys of an entry that is there stay.
    pub fn template(&mut self, name: &TemplateName, requirement: &Requirement) {
        let templates = table(self.document.as_table_mut(), "templates");
        match templates.get_mut(name.as_str()) {
            Some(Item::Value(toml_edit::Value::InlineTable(entry))) => {
                entry.insert("version", requirement.to_string().into());
            }
            Some(Item::Table(entry)) => entry["version"] = value(requirement.to_string()),
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                *old = requirement.to_string().into();
                *old.decor_mut() = decor;
            }
            _ => templates[name.as_str()] = value(requirement.to_string()),
        }
    }

    /// Writes an answer down.
    pub fn answer(&mut self, key: &str, answer: &Answer) {
        table(self.document.as_table_mut(), "answers")[key] = value(answer.to_toml());
    }

    /// Returns the edited text.
    pub fn into_text(self) -> String {
        let text = self.document.to_string();
        if self.before.parse().is_ok_and(|before: DocumentMut| before.to_string() == text) {
            return self.before;
        }
        let text = if self.before.contains("\r\n") { text.replace("\r\n", "\n").replace('\n', "\r\n") } else { text };
        match self.before.starts_with(BYTE_ORDER_MARK) {
            true => format!("{BYTE_ORDER_MARK}{text}"),
            false => text,
        }
    }
}

/// Returns the first table below `parent` that has a header of its own.
fn first_with_header(parent: &mut Table) -> Option<&mut Table> {
    parent.iter_mut().find_map(|(_, item)| match item.as_table_mut()? {
        table if table.is_implicit() => first_with_header(table),
        table => Some(table),
    })
}

/// Returns the table `key`, made if it is absent; an inline one becomes a table of its own.
fn table<'a>(parent: &'a mut Table, key: &str) -> &'a mut Table {
    if let Some(Item::Value(toml_edit::Value::InlineTable(inline))) = parent.get_mut(key) {
        let own = std::mem::take(inline).into_table();
        parent.remove(key);
        parent.insert(key, Item::Table(own));
    }
    let item = parent.entry(key).or_insert_with(|| Item::Table(Table::new()));
    item.as_table_mut().expect("a manifest that was read has tables where tables belong")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::version::Requirement;

    #[track_caller]
    fn edited(before: &str, edit: impl FnOnce(&mut Edit), after: &str) {
        let mut manifest = Edit::of(before).unwrap();
        edit(&mut manifest);
        let text = manifest.into_text();
        assert_eq!(text, after);
        Manifest::parse(&text).unwrap();
    }

    fn name(text: &str) -> TemplateName {
        text.parse().unwrap()
    }

    fn requirement(text: &str) -> Requirement {
        text.parse().unwrap()
    }

    #[test]
    fn an_edit_keeps_comments_order_and_spelling() {
        edited(
            "# ours\nagents = [\"claude\"] # one\n\n[templates]\n# pinned by the platform\nb = \"^1\" # why\na = '^2'\n",
            |edit| {
                edit.template(&name("b"), &requirement("^2"));
                edit.template(&name("c"), &requirement("^3.1"));
            },
            "# ours\nagents = [\"claude\"] # one\n\n[templates]\n# pinned by the platform\nb = \"^2\" # why\na = '^2'\nc = \"^3.1\"\n",
        );
        edited(
            "# ours\n[templates]\na = \"^1\"\n",
            |edit| edit.agents(&[Agent::Claude]),
            "agents = [\"claude\"]\n\n# ours\n[templates]\na = \"^1\"\n",
        );
        edited(
            "[registries.default]\nurl = \"x\"\n",
            |edit| edit.agents(&[Agent::Claude]),
            "agents = [\"claude\"]\n\n[registries.default]\nurl = \"x\"\n",
        );
        edited(
            "templates = { a = { version = \"^1\", registry = \"lab\" } }\n",
            |edit| edit.template(&name("a"), &requirement("^2")),
            "[templates]\na = { version = \"^2\", registry = \"lab\" }\n",
        );
    }

    #[test]
    fn an_edit_keeps_line_ends_and_a_byte_order_mark() {
        let add = |edit: &mut Edit| edit.template(&name("b"), &requirement("^2"));
        edited("[templates]\r\na = '^1'\r\n", add, "[templates]\r\na = '^1'\r\nb = \"^2\"\r\n");
        edited("\u{feff}[templates]\na = '^1'\n", add, "\u{feff}[templates]\na = '^1'\nb = \"^2\"\n");
        for text in ["# one\r\n# two\n[templates]\r\n", "\u{feff}[templates]\r\n", "[templates]", "\r\n\r\n"] {
            edited(text, |_| {}, text);
        }
    }

    #[test]
    fn a_new_manifest_reads_from_top_to_bottom() {
        edited(
            "",
            |edit| {
                edit.needs(&requirement(">=0.1"));
                edit.agents(&[Agent::Claude]);
                edit.registry("default", "embedded");
                edit.template(&name("org-baseline"), &requirement("^1.1"));
                edit.answer("team", &Answer::Text("payments".into()));
            },
            "agentpkg = \">=0.1\"\nagents = [\"claude\"]\n\n[registries.default]\nurl = \"embedded\"\n\n\
             [templates]\norg-baseline = \"^1.1\"\n\n[answers]\nteam = \"payments\"\n",
        );
    }

    #[test]
    fn errors_name_the_line() {
        let error = Manifest::parse("[templates]\na = 1\n").unwrap_err();
        assert_eq!(
            error.message(),
            "`agentpkg.toml` line 2: expected a requirement like \"^1.2\", or { version = \"^1.2\", registry = \"lab\" }"
        );
        let error = Manifest::parse("agents = [\"cladue\"]\n").unwrap_err();
        assert!(error.message().contains("line 1"), "{}", error.message());
    }
}
