//! The releases of a stream as a package with things of each kind, as large public ones are: rules,
//! skills, a hook, root instructions, settings, servers and patterns of git.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::Scene;

use super::releases::VERSIONS;
use super::tree::{self, File, Tree};

/// The package's name.
pub const NAME: &str = "kinds";

/// What a version is made of.
pub struct Release {
    /// The rules, each by the name of its file.
    pub rules: BTreeMap<String, String>,
    /// The files of skills, by their paths in the folder of skills.
    pub skills: Tree,
    pub hook: String,
    pub root: String,
    pub ignored: Vec<String>,
    /// Which commands are allowed, and what is denied.
    pub allowed: Vec<String>,
    pub denied: Vec<String>,
    /// How long the hook may take, in seconds.
    pub timeout: usize,
    pub arguments: Vec<String>,
}

/// Returns what a version is made of: the texts are the corpus's, entries grow with each version.
pub fn release(version: &str) -> Release {
    let number = VERSIONS.iter().position(|one| *one == version).unwrap();
    let corpus = support::corpus().join("streams/superpowers");
    let folder = corpus.join(format!("v{version}"));
    let skills = tree::read(&folder.join("skills"), &[]);
    let mut rules = BTreeMap::new();
    let mut others = Tree::new();
    for (path, file) in skills {
        // Every other skill's text is a rule.
        let name = path.split('/').next().unwrap().to_owned();
        let is_rule = name.len() % 2 == 0;
        match path.strip_suffix("/SKILL.md") {
            Some(name) if is_rule => {
                let text = file.text();
                let body = text.splitn(3, "---\n").nth(2).unwrap_or(text);
                rules.insert(format!("{name}.md"), body.trim_start().to_owned());
            }
            _ if is_rule => {}
            _ => _ = others.insert(path, file),
        }
    }
    // The first version has no root instructions of its own.
    let root = fs::read_to_string(folder.join("CLAUDE.md")).unwrap_or_else(|_| {
        let next = fs::read_to_string(corpus.join("v5.1.0/CLAUDE.md")).unwrap();
        let lines: Vec<&str> = next.lines().take(70).collect();
        lines.join("\n") + "\n"
    });
    let words = |what: &str, from: usize, to: usize| -> Vec<String> {
        (from..to)
            .map(|number| format!("{what}-{number}"))
            .collect()
    };
    Release {
        rules,
        skills: others,
        hook: fs::read_to_string(folder.join("hooks/session-start")).unwrap(),
        root,
        ignored: words("ignored", number / 2, 6 + 2 * number),
        allowed: words("allowed", number, 5 + 2 * number),
        denied: words("denied", number / 2, 4 + number),
        timeout: 10 + 5 * number,
        arguments: words("--argument", 0, 1 + number),
    }
}

impl Release {
    /// Publishes it.
    pub fn publish(&self, scene: &Scene, version: &str) {
        let folder = scene.path("../templates").join(NAME);
        let _ = fs::remove_dir_all(&folder);
        let list = |words: &[String]| {
            let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
            words.join(", ")
        };
        let commands = |words: &[String]| -> Vec<String> {
            words.iter().map(|word| format!("Bash({word})")).collect()
        };
        let manifest = format!(
            "[template]\nname = \"{NAME}\"\nversion = \"{version}\"\ndescription = \"A bit of everything\"\n\n\
             [[hooks]]\nid = \"start\"\nevent = \"session-start\"\nrun = \"hooks/start.sh\"\ntimeout = {}\n\n\
             [permissions]\nallow = [{}]\ndeny = [{}]\n\n\
             [mcp.docs]\ncommand = \"docs-mcp\"\nargs = [{}]\n",
            self.timeout,
            list(&commands(&self.allowed)),
            list(&commands(&self.denied)),
            list(&self.arguments)
        );
        let changelog = format!("# Changelog\n\n## [{version}]\n\n- All of {version}.\n");
        let mut files = Tree::from([
            ("template.toml".to_owned(), File::plain(manifest)),
            ("README.md".to_owned(), File::plain("# Kinds\n")),
            ("CHANGELOG.md".to_owned(), File::plain(changelog)),
            ("root.md".to_owned(), File::plain(&self.root)),
            (
                "gitignore".to_owned(),
                File::plain(self.ignored.join("\n") + "\n"),
            ),
        ]);
        let script = File {
            bytes: self.hook.clone().into_bytes(),
            executable: true,
        };
        files.insert("hooks/start.sh".to_owned(), script);
        for (name, text) in &self.rules {
            files.insert(format!("rules/{name}"), File::plain(text));
        }
        for (path, file) in &self.skills {
            files.insert(format!("skills/{path}"), file.clone());
        }
        for (path, file) in &files {
            tree::write(&folder.join(path), file);
        }
        scene.publish(NAME, "registry");
    }

    /// Puts it into a repo as a README tells people to: file by file, with the entries pasted into
    /// what is there.
    pub fn copy_by_hand(&self, repo: &Path) {
        for (name, text) in &self.rules {
            tree::write(&repo.join(".claude/rules").join(name), &File::plain(text));
        }
        for (path, file) in &self.skills {
            tree::write(&repo.join(".claude/skills").join(path), file);
        }
        let script = File {
            bytes: self.hook.clone().into_bytes(),
            executable: true,
        };
        tree::write(&repo.join(".claude/hooks/start.sh"), &script);
        let root = format!(
            "# Shop\n\nWhat we sell, ours-0.\n\n{}\n## Ours\n\nMore of ours-1.\n",
            self.root
        );
        tree::write(&repo.join("CLAUDE.md"), &File::plain(root));
        let mut ignored = vec!["ours-2".to_owned()];
        ignored.extend(self.ignored.iter().cloned());
        ignored.push("ours-3".to_owned());
        tree::write(
            &repo.join(".gitignore"),
            &File::plain(ignored.join("\n") + "\n"),
        );
        let bash = |words: &[String]| -> Vec<String> {
            words.iter().map(|word| format!("Bash({word})")).collect()
        };
        let mut allowed = bash(&self.allowed);
        allowed.push("Bash(ours-4)".to_owned());
        let command = "$CLAUDE_PROJECT_DIR/.claude/hooks/start.sh";
        let handler = json!({"type": "command", "command": command, "timeout": self.timeout});
        let settings = json!({
            "permissions": {"allow": allowed, "deny": bash(&self.denied)},
            "hooks": {"SessionStart": [{"hooks": [handler]}]},
        });
        tree::write(&repo.join(".claude/settings.json"), &document(&settings));
        let server = json!({"command": "docs-mcp", "args": self.arguments});
        let servers = json!({"mcpServers": {"docs": server, "ours-5": {"command": "ours"}}});
        tree::write(&repo.join(".mcp.json"), &document(&servers));
    }

    /// Returns how often each line that says much stands in it.
    pub fn lines(&self) -> BTreeMap<&str, usize> {
        let rules = self.rules.values().map(String::as_str);
        let skills = self.skills.values().map(File::text);
        let texts = rules.chain(skills).chain([self.hook.as_str(), &self.root]);
        count(texts)
    }
}

fn document(value: &Value) -> File {
    File::plain(format!("{value:#}\n"))
}

/// Returns how often each line that says much stands in some texts.
pub fn count<'a>(texts: impl IntoIterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for line in texts.into_iter().flat_map(str::lines) {
        let line = line.trim();
        if line.len() >= 25 {
            *counts.entry(line).or_insert(0) += 1;
        }
    }
    counts
}

/// Returns the words of a team that a tree has.
pub fn own_words(tree: &Tree) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut words = BTreeSet::new();
    for file in tree.values() {
        let all = file.text().split(|c| !is_part(c));
        words.extend(
            all.filter(|word| word.starts_with("ours-"))
                .map(str::to_owned),
        );
    }
    words
}
