//! agentpkg.toml: what the team wants. Comments and order are kept when a command edits it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use similar::DiffOp;
use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::answers::{Answer, Answers};
use crate::model::document;
use crate::model::name::TemplateName;
use crate::model::operations::{Algorithm, operations};
use crate::model::version::Requirement;

/// The name of the file at a repo's root.
pub const AGENTPKG_TOML: &str = "agentpkg.toml";

/// The name of the registry that a template comes from unless it names another.
pub const DEFAULT_REGISTRY: &str = "default";

/// The keys at the top of `agentpkg.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The versions of agentpkg that this repository can be used with.
    pub agentpkg: Option<Requirement>,
    /// The agents to write for. The first `install` looks which ones are in use, and writes them here.
    pub agents: Option<Vec<Agent>>,
    /// Registries, by name. `default` is the one that templates come from unless they name another.
    #[serde(default)]
    pub registries: BTreeMap<String, RegistryEntry>,
    /// The templates that are wanted here, each with the versions that will do.
    #[serde(default)]
    pub templates: BTreeMap<TemplateName, Wanted>,
    /// Answers to the templates' questions, by the question's key.
    #[serde(default)]
    pub answers: Answers,
}

/// `[registries.NAME]`: a registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryEntry {
    /// Its address: a folder, a git repository, a web server, or `embedded`. A folder is relative to the
    /// file that names it.
    pub url: String,
    /// Whether a web server is used although nobody signs what it serves.
    #[serde(default)]
    pub unsigned: bool,
    /// Whether it is read over plain HTTP from another machine, although anybody on the network can
    /// change what is read.
    #[serde(default)]
    pub insecure: bool,
}

impl RegistryEntry {
    /// Returns the entry of a registry that nothing more has to be said of.
    pub fn at(url: String) -> Self {
        Self {
            url,
            unsigned: false,
            insecure: false,
        }
    }
}

/// `[templates.NAME]`: a template that is wanted. `NAME = "^1.2"` is short for
/// `NAME = { version = "^1.2" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The versions that will do.
    pub version: Requirement,
    /// The registry that it comes from, by its name in `[registries]`. Left out, it is `default`.
    pub registry: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    version: Requirement,
    registry: Option<String>,
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Spelling)
    }
}

/// Reads either spelling; what is wrong with a requirement is said of it in both.
struct Spelling;

impl<'de> Visitor<'de> for Spelling {
    type Value = Wanted;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a requirement like \"^1.2\", or { version = \"^1.2\", registry = \"lab\" }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Wanted, E> {
        let version = text.parse().map_err(E::custom)?;
        Ok(Wanted {
            version,
            registry: None,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Wanted, A::Error> {
        let Long { version, registry } =
            Long::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Wanted { version, registry })
    }
}

impl Manifest {
    /// Parses agentpkg.toml.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
            return Err(Error::user(format!(
                "`{AGENTPKG_TOML}` line {} is a conflict marker",
                line + 1
            ))
            .hint("settle the conflict, and run the command again"));
        }
        document::read(AGENTPKG_TOML, text)
    }
}

/// An edit of agentpkg.toml. **What it doesn't touch keeps its bytes**: comments, order, spelling,
/// newlines.
#[derive(Clone)]
pub struct ManifestEdit {
    text: String,
    document: DocumentMut,
}

impl ManifestEdit {
    /// Starts from the file's text, which parses; an empty one starts a new manifest.
    pub fn of(text: &str) -> Result<Self> {
        document::read::<Manifest>(AGENTPKG_TOML, text)?;
        let document = text
            .parse()
            .expect("a text that was read as TOML parses as a document");
        Ok(Self {
            text: text.to_owned(),
            document,
        })
    }

    /// Says which versions of agentpkg can serve the repo.
    pub fn needs(&mut self, requirement: &Requirement) {
        set(
            self.document.as_table_mut(),
            "agentpkg",
            requirement.to_string().into(),
        );
    }

    /// Says which agents to write for.
    pub fn agents(&mut self, agents: &[Agent]) {
        self.make_room();
        let agents: toml_edit::Array = agents.iter().map(|agent| agent.as_str()).collect();
        set(self.document.as_table_mut(), "agents", agents.into());
    }

    /// Puts an empty line before the first table where the first key of all is about to come before
    /// it.
    fn make_room(&mut self) {
        if self.document.iter().any(|(_, item)| item.is_value()) {
            return;
        }
        if let Some(table) = first_with_header(self.document.as_table_mut()) {
            let before = table
                .decor()
                .prefix()
                .and_then(|prefix| prefix.as_str())
                .unwrap_or_default();
            let roomy = format!("\n{before}");
            table.decor_mut().set_prefix(roomy);
        }
    }

    /// Names a registry; what is permitted of another one that had the name is not of this one.
    pub fn registry(&mut self, name: &str, entry: &RegistryEntry) {
        let mut registries = self.table("registries", true);
        let new = match &registries {
            Tables::Own(_) => Item::Table(Table::new()),
            Tables::Inline(_) => Item::Value(InlineTable::new().into()),
        };
        let registries = registries.get();
        if registries
            .get(name)
            .is_none_or(|item| !item.is_table_like())
        {
            registries.insert(name, new);
        }
        let place = registries.get_mut(name).and_then(Item::as_table_like_mut);
        let table = place.expect(TABLES);
        set(table, "url", entry.url.as_str().into());
        for (key, is_permitted) in [("unsigned", entry.unsigned), ("insecure", entry.insecure)] {
            match is_permitted {
                true => set(table, key, true.into()),
                false => _ = table.remove(key),
            }
        }
    }

    /// Asks for a template; the other keys of an entry that is there stay.
    pub fn template(&mut self, name: &TemplateName, requirement: &Requirement) {
        let requirement = requirement.to_string();
        let mut templates = self.table("templates", false);
        match templates
            .get()
            .get_mut(name.as_str())
            .and_then(Item::as_table_like_mut)
        {
            Some(entry) => set(entry, "version", requirement.into()),
            None => set(templates.get(), name.as_str(), requirement.into()),
        }
    }

    /// Says which registry a template comes from, by its name; `None` is the default one.
    pub fn template_registry(&mut self, name: &TemplateName, registry: Option<&str>) {
        let mut templates = self.table("templates", false);
        let Some(item) = templates.get().get_mut(name.as_str()) else {
            return;
        };
        if let Some(entry) = item.as_table_like_mut() {
            match registry {
                Some(registry) => set(entry, "registry", registry.into()),
                None => _ = entry.remove("registry"),
            }
        }
        let Some(value) = item.as_value_mut() else {
            return;
        };
        let new = match (&*value, registry) {
            (Value::InlineTable(entry), None) => entry.get("version").cloned(),
            (Value::String(_), Some(registry)) => Some(from_registry(value, registry)),
            _ => None,
        };
        if let Some(mut new) = new {
            *new.decor_mut() = value.decor().clone();
            *value = new;
        }
    }

    /// Asks for a template no longer.
    pub fn without_template(&mut self, name: &TemplateName) {
        if let Some(templates) = self
            .document
            .get_mut("templates")
            .and_then(Item::as_table_like_mut)
        {
            templates.remove(name.as_str());
        }
    }

    /// Writes an answer down.
    pub fn answer(&mut self, key: &str, answer: &Answer) {
        set(self.table("answers", false).get(), key, answer.to_toml());
    }

    /// Returns the edited text: without an edit, the very text that it started from.
    pub fn into_text(self) -> String {
        keep_lines(&self.text, &self.document.to_string())
    }

    /// Returns the table `key`, made if it is absent; `implicit` says that a new one has no header
    /// of its own.
    fn table(&mut self, key: &str, implicit: bool) -> Tables<'_> {
        let new = || {
            let mut table = Table::new();
            table.set_implicit(implicit);
            Item::Table(table)
        };
        match self.document.entry(key).or_insert_with(new) {
            Item::Value(Value::InlineTable(table)) => Tables::Inline(table),
            item => Tables::Own(item.as_table_mut().expect(TABLES)),
        }
    }
}

/// Returns the first table below `parent` that has a header of its own.
fn first_with_header(parent: &mut Table) -> Option<&mut Table> {
    parent
        .iter_mut()
        .find_map(|(_, item)| match item.as_table_mut()? {
            table if table.is_implicit() => first_with_header(table),
            table => Some(table),
        })
}

/// Returns `{ version = "^1.2", registry = "lab" }` of `"^1.2"`.
fn from_registry(version: &Value, registry: &str) -> Value {
    let mut version = version.clone();
    version.decor_mut().clear();
    let mut entry = InlineTable::new();
    entry.insert("version", version);
    entry.insert("registry", registry.into());
    Value::InlineTable(entry)
}

const TABLES: &str = "a manifest that was read has tables where tables belong";

/// A table as the person wrote it.
enum Tables<'a> {
    Own(&'a mut Table),
    Inline(&'a mut InlineTable),
}

impl Tables<'_> {
    fn get(&mut self) -> &mut dyn TableLike {
        match self {
            Self::Own(table) => *table,
            Self::Inline(table) => *table,
        }
    }
}

/// Sets a key; a value that is there already lends its place and its comment.
pub(super) fn set(table: &mut (impl TableLike + ?Sized), key: &str, mut new: Value) {
    if let Some(old) = table.get_mut(key).and_then(Item::as_value_mut) {
        *new.decor_mut() = old.decor().clone();
        *old = new;
        return;
    }
    // In `{ a = 1 }`, the space before the brace belongs to the last value: it stays the last
    // one's.
    let last = table
        .iter_mut()
        .last()
        .and_then(|(_, item)| item.as_value_mut().map(Value::decor_mut));
    if let Some(decor) = last
        && let Some(space) = decor
            .suffix()
            .and_then(|suffix| suffix.as_str())
            .filter(|space| *space == " ")
    {
        *new.decor_mut() = toml_edit::Decor::new(" ", space);
        decor.set_suffix("");
    }
    table.insert(key, Item::Value(new));
}

/// Returns `edited`, its lines with the bytes that they have in `original`; a new line ends as the
/// first one there does.
///
/// A TOML document remembers neither carriage returns nor a byte order mark.
pub(super) fn keep_lines(original: &str, edited: &str) -> String {
    const MARK: char = '\u{feff}';
    let mark = if original.starts_with(MARK) {
        "\u{feff}"
    } else {
        ""
    };
    let original: Vec<&str> = original
        .trim_start_matches(MARK)
        .split_inclusive('\n')
        .collect();
    let edited: Vec<&str> = edited
        .trim_start_matches(MARK)
        .split_inclusive('\n')
        .collect();
    let bare = |line: &&str| line.trim_end_matches(['\r', '\n']).to_owned();
    let ending = if original.first().is_some_and(|line| line.ends_with("\r\n")) {
        "\r\n"
    } else {
        "\n"
    };
    let (before, after): (Vec<_>, Vec<_>) = (
        original.iter().map(bare).collect(),
        edited.iter().map(bare).collect(),
    );
    let mut text = mark.to_owned();
    for operation in operations(Algorithm::Myers, &before, &after) {
        if let DiffOp::Equal { old_index, len, .. } = operation {
            original[old_index..old_index + len]
                .iter()
                .for_each(|line| text.push_str(line));
            continue;
        }
        // What the file ended with gets its newline before anything follows it.
        for line in &after[operation.new_range()] {
            if !text.is_empty() && text != mark && !text.ends_with('\n') {
                text.push_str(ending);
            }
            text.push_str(line);
            text.push_str(ending);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::version::Requirement;

    #[track_caller]
    fn edited(before: &str, edit: impl FnOnce(&mut ManifestEdit), after: &str) {
        let mut manifest = ManifestEdit::of(before).unwrap();
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
            "# ours\nagents = [\"claude\"] # one\n\n[templates]\n# pinned by the platform\nb = \
             \"^1\" # why\na = '^2'\n",
            |edit| {
                edit.template(&name("b"), &requirement("^2"));
                edit.template(&name("c"), &requirement("^3.1"));
            },
            "# ours\nagents = [\"claude\"] # one\n\n[templates]\n# pinned by the platform\nb = \
             \"^2\" # why\na = '^2'\nc = \"^3.1\"\n",
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
            "templates = { a = { version = \"^2\", registry = \"lab\" } }\n",
        );
        edited(
            "templates = { two = \"^1\" } # ours, keep\nregistries = {}\n[answers]\nteam = \"x\" \
             # why\n",
            |edit| {
                edit.template(&name("r1"), &requirement("^1"));
                edit.registry("default", &RegistryEntry::at("embedded".into()));
                edit.answer("team", &Answer::Text("y".into()));
            },
            "templates = { two = \"^1\", r1 = \"^1\" } # ours, keep\nregistries = { default = { \
             url = \"embedded\" } }\n[answers]\nteam = \"y\" # why\n",
        );
    }

    #[test]
    fn what_is_permitted_is_of_one_address() {
        let web = |insecure| RegistryEntry {
            unsigned: true,
            insecure,
            ..RegistryEntry::at("http://a/".into())
        };
        let before = "[registries.default] # ours\nurl = \"../a\" # why\n";
        let after = "[registries.default] # ours\nurl = \"http://a/\" # why\nunsigned = true\ninsecure = \
                     true\n";
        edited(before, |edit| edit.registry("default", &web(true)), after);
        edited(
            after,
            |edit| edit.registry("default", &web(false)),
            &after.replace("insecure = true\n", ""),
        );
        edited(
            after,
            |edit| edit.registry("default", &RegistryEntry::at("../a".into())),
            before,
        );
        edited(
            "registries = { lab = { url = \"../a\" } }\n",
            |edit| edit.registry("lab", &web(false)),
            "registries = { lab = { url = \"http://a/\", unsigned = true } }\n",
        );
    }

    #[test]
    fn a_template_moves_to_another_registry_and_back() {
        let short = "[templates]\n# pinned\na = '^1' # why\n";
        let long = "[templates]\n# pinned\na = { version = '^1', registry = \"lab\" } # why\n";
        edited(
            short,
            |edit| edit.template_registry(&name("a"), Some("lab")),
            long,
        );
        edited(long, |edit| edit.template_registry(&name("a"), None), short);
        edited(
            long,
            |edit| edit.template_registry(&name("a"), Some("own")),
            &long.replace("lab", "own"),
        );
        edited(
            "[templates.a]\nversion = \"1\"\nregistry = \"lab\"\n",
            |edit| edit.template_registry(&name("a"), None),
            "[templates.a]\nversion = \"1\"\n",
        );
    }

    #[test]
    fn an_edit_of_nothing_changes_no_byte() {
        for text in [
            "",
            "[templates]\r\na = \"^1\"\r\n",
            "\u{feff}[templates]\r\na = \"^1\"\nb = \"^1\"\r\n",
            "# x\n\n[templates]\na = \"^1\"",
            "[answers]\na = \"\"\"\r\n1\r\n2\"\"\"\r\n",
        ] {
            edited(text, |_| {}, text);
        }
    }

    #[test]
    fn an_edit_keeps_newlines_and_headers() {
        edited(
            "\u{feff}# ours\r\n[templates]\r\na = \"^1\"\r\n",
            |edit| {
                edit.template(&name("b"), &requirement("^2"));
                edit.registry("default", &RegistryEntry::at("embedded".into()));
            },
            "\u{feff}# ours\r\n[templates]\r\na = \"^1\"\r\nb = \
             \"^2\"\r\n\r\n[registries.default]\r\nurl = \"embedded\"\r\n",
        );
        edited(
            "# Where our templates live\n[registries]\n# default comes from the \
             environment\n\n[templates]\na = \"^1\"\n",
            |edit| edit.registry("default", &RegistryEntry::at("embedded".into())),
            "# Where our templates live\n[registries]\n\n[registries.default]\nurl = \
             \"embedded\"\n# default comes from the environment\n\n[templates]\na = \"^1\"\n",
        );
        edited(
            "[templates]\na = \"^1\"",
            |edit| edit.template(&name("b"), &requirement("^2")),
            "[templates]\na = \"^1\"\nb = \"^2\"\n",
        );
    }

    #[test]
    fn an_edit_keeps_line_ends_and_a_byte_order_mark() {
        let add = |edit: &mut ManifestEdit| edit.template(&name("b"), &requirement("^2"));
        edited(
            "[templates]\r\na = '^1'\r\n",
            add,
            "[templates]\r\na = '^1'\r\nb = \"^2\"\r\n",
        );
        edited(
            "\u{feff}[templates]\na = '^1'\n",
            add,
            "\u{feff}[templates]\na = '^1'\nb = \"^2\"\n",
        );
        for text in [
            "# one\r\n# two\n[templates]\r\n",
            "\u{feff}[templates]\r\n",
            "[templates]",
            "\r\n\r\n",
        ] {
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
                edit.registry("default", &RegistryEntry::at("embedded".into()));
                edit.template(&name("org-baseline"), &requirement("^1.1"));
                edit.answer("team", &Answer::Text("payments".into()));
            },
            "agentpkg = \">=0.1\"\nagents = [\"claude\"]\n\n[registries.default]\nurl = \
             \"embedded\"\n\n[templates]\norg-baseline = \"^1.1\"\n\n[answers]\nteam = \
             \"payments\"\n",
        );
    }

    #[test]
    fn errors_name_the_line() {
        let error = Manifest::parse("[templates]\na = 1\n").unwrap_err();
        assert_eq!(
            error.message(),
            "`agentpkg.toml` line 2: invalid type: integer `1`, expected a requirement like \"^1.2\", or { version = \
             \"^1.2\", registry = \"lab\" }"
        );
        let error = Manifest::parse("agents = [\"cladue\"]\n").unwrap_err();
        assert!(error.message().contains("line 1"), "{}", error.message());
    }
}
