//! Edits of agentpkg.toml, one method each.

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::{AGENTPKG_TOML, Manifest, RegistryEntry};
use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::answers::Answer;
use crate::model::document;
use crate::model::name::TemplateName;
use crate::model::toml_text::{keep_lines, set};
use crate::model::version::Requirement;

/// An edit of agentpkg.toml. **What it doesn't touch keeps its bytes**: comments, order, spelling,
/// newlines.
#[derive(Clone)]
pub struct ManifestEdit {
    text: String,
    document: DocumentMut,
}

impl ManifestEdit {
    /// Starts from the file's text, which parses; an empty one starts a new manifest.
    pub fn parse(text: &str) -> Result<Self> {
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
        let mut new = Table::new();
        new.set_implicit(implicit);
        match self.document.entry(key).or_insert(Item::Table(new)) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn edited(before: &str, edit: impl FnOnce(&mut ManifestEdit), after: &str) {
        let mut manifest = ManifestEdit::parse(before).unwrap();
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
        let after = "[registries.default] # ours\nurl = \"http://a/\" # why\nunsigned = true\n\
                     insecure = true\n";
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
}
