//! What each agent reads of a repository that agentpkg never saw. **agentpkg writes by these
//! facts**: when a row doesn't hold for a newer version of an agent, what is written has to change.

use std::fmt;

use support::Scene;

use crate::agent::{AGENTS, Agent, Place, prompts};
use crate::cases::each;

/// What a file is.
#[derive(Clone, Copy)]
enum Holds {
    /// It has [`WORDS`].
    Words,
    /// It has other words.
    Others,
    /// There is not one word in it.
    Nothing,
    /// It imports AGENTS.md, and has nothing else.
    Import,
    /// It imports AGENTS.md, and has [`WORDS`].
    ImportAndWords,
    /// It is a link to AGENTS.md, which lies beside it.
    Link,
    /// It is a rule with [`WORDS`] which some agents are to leave out.
    Excluded,
    /// It is a rule with [`WORDS`] for Rust alone.
    Scoped,
    /// It is a skill, a command or an agent, which [`WORDS`] describe.
    Item,
    /// It is an agent in TOML, which [`WORDS`] describe.
    Toml,
    /// It is such an agent with a key that nobody knows.
    OddToml,
    /// It is settings.
    Settings(&'static str),
}

use Holds::{
    Excluded, Import, ImportAndWords, Item, Link, Nothing, OddToml, Others, Scoped, Settings, Toml,
    Words,
};

/// The words that are counted.
const WORDS: &str = "These words are counted.";

/// An agent of Codex.
const TOML: &str = "name = \"count\"\ndescription = \"{}\"\ndeveloper_instructions = \"Count.\"\n";

/// The header of a rule that Copilot leaves out.
const EXCLUDED: &str = "---\nexcludeAgent: \"coding-agent\"\n---\n\n";

/// The header of a rule for Rust alone, as Claude Code reads it and as Copilot does.
const SCOPED: &str = "---\npaths: [\"**/*.rs\"]\napplyTo: \"**/*.rs\"\n---\n\n";

/// Settings of OpenCode that name rules.
const RULES: Holds = Settings(r#"{ "instructions": [".opencode/rules/team/**/*.md"] }"#);

/// Settings of Gemini CLI that name root instructions.
const ROOT: Holds = Settings(r#"{ "context": { "fileName": ["TEAM.md"] } }"#);

/// How often an agent is told [`WORDS`], started in the root and in `sub`.
type Fact = (&'static str, &'static [(&'static str, Holds)], [usize; 2]);

#[rustfmt::skip]
const FACTS: &[Fact] = &[
    ("claude", &[("CLAUDE.md", Words)], [1, 1]),
    ("claude", &[(".claude/CLAUDE.md", Words)], [1, 1]),
    // Both are read, and equal texts twice.
    ("claude", &[("CLAUDE.md", Words), (".claude/CLAUDE.md", Words)], [2, 2]),
    // AGENTS.md is read only where no CLAUDE.md counts.
    ("claude", &[("AGENTS.md", Words)], [1, 1]),
    ("claude", &[(".claude/AGENTS.md", Words)], [1, 1]),
    ("claude", &[("AGENTS.md", Words), ("CLAUDE.md", Nothing)], [1, 1]),
    ("claude", &[("AGENTS.md", Words), ("CLAUDE.md", Words)], [1, 1]),
    ("claude", &[("AGENTS.md", Words), ("CLAUDE.md", Others)], [0, 0]),
    ("claude", &[("AGENTS.md", Words), (".claude/CLAUDE.md", Others)], [0, 0]),
    ("claude", &[("AGENTS.md", Words), ("CLAUDE.local.md", Others)], [0, 0]),
    ("claude", &[("AGENTS.md", Words), ("../CLAUDE.md", Others)], [0, 0]),
    ("claude", &[("AGENTS.md", Words), ("sub/CLAUDE.md", Others)], [1, 0]),
    ("claude", &[("AGENTS.md", Words), ("sub/AGENTS.md", Words)], [1, 2]),
    // An import is followed only in the folder in which it was started; a link everywhere.
    ("claude", &[("AGENTS.md", Words), ("CLAUDE.md", Import)], [1, 0]),
    ("claude", &[("AGENTS.md", Words), ("CLAUDE.md", ImportAndWords)], [2, 1]),
    ("claude", &[("AGENTS.md", Words), ("CLAUDE.md", Link)], [1, 1]),
    ("claude", &[("AGENTS.md", Words), ("CLAUDE.md", Link), ("CLAUDE.local.md", Others)], [1, 1]),
    ("claude", &[("CLAUDE.md", Others), (".claude/rules/team/a.md", Words)], [1, 1]),
    // An AGENTS.md that is equal to a rule is left out.
    ("claude", &[("AGENTS.md", Words), (".claude/rules/team/a.md", Words)], [1, 1]),
    ("claude", &[(".claude/skills/count/SKILL.md", Item)], [1, 1]),
    ("claude", &[(".agents/skills/count/SKILL.md", Item)], [0, 0]),
    ("claude", &[(".claude/commands/count.md", Item)], [1, 1]),
    ("claude", &[(".claude/agents/count.md", Item)], [1, 1]),
    ("codex", &[("AGENTS.md", Words)], [1, 1]),
    ("codex", &[("AGENTS.md", Words), ("CLAUDE.md", Words)], [1, 1]),
    ("codex", &[("AGENTS.md", Words), ("CLAUDE.local.md", Others)], [1, 1]),
    ("codex", &[("AGENTS.md", Words), ("sub/AGENTS.md", Words)], [1, 2]),
    ("codex", &[("AGENTS.md", Words), ("../AGENTS.md", Words)], [1, 1]),
    // It hides AGENTS.md even when there is nothing in it.
    ("codex", &[("AGENTS.md", Words), ("AGENTS.override.md", Nothing)], [0, 0]),
    ("codex", &[("CLAUDE.md", Words)], [0, 0]),
    ("codex", &[(".claude/rules/team/a.md", Words)], [0, 0]),
    ("codex", &[(".agents/skills/count/SKILL.md", Item)], [1, 1]),
    ("codex", &[(".codex/skills/count/SKILL.md", Item)], [1, 1]),
    ("codex", &[(".claude/skills/count/SKILL.md", Item)], [0, 0]),
    ("codex", &[(".codex/agents/count.toml", Toml)], [1, 1]),
    ("codex", &[(".codex/agents/count.toml", OddToml)], [0, 0]),
    ("codex", &[(".claude/agents/count.md", Item)], [0, 0]),
    ("copilot", &[("AGENTS.md", Words)], [1, 1]),
    ("copilot", &[("CLAUDE.md", Words)], [1, 1]),
    ("copilot", &[("GEMINI.md", Words)], [1, 1]),
    ("copilot", &[(".github/copilot-instructions.md", Words)], [1, 1]),
    ("copilot", &[(".claude/CLAUDE.md", Words)], [0, 0]),
    // All are read, and only equal files once.
    ("copilot", &[("AGENTS.md", Words), ("CLAUDE.md", Words), ("GEMINI.md", Words)], [1, 1]),
    ("copilot", &[("AGENTS.md", Words), ("CLAUDE.md", Others)], [1, 1]),
    ("copilot", &[("AGENTS.md", Words), ("CLAUDE.md", Link)], [1, 1]),
    ("copilot", &[("AGENTS.md", Words), ("CLAUDE.md", Import)], [2, 2]),
    ("copilot", &[(".github/instructions/team/a.instructions.md", Words)], [1, 1]),
    ("copilot", &[(".github/instructions/team/a.md", Words)], [0, 0]),
    ("copilot", &[(".github/instructions/team/a.instructions.md", Scoped)], [0, 0]),
    // Two rules are two, whatever is in them.
    ("copilot", &[(".github/instructions/team/a.instructions.md", Words), (".claude/rules/team/a.md", Words)], [2, 2]),
    ("copilot", &[(".github/instructions/team/a.instructions.md", Words), ("AGENTS.md", Words)], [2, 2]),
    ("copilot", &[(".claude/rules/team/a.md", Words)], [1, 1]),
    ("copilot", &[(".claude/rules/team/a.md", Excluded)], [0, 0]),
    ("copilot", &[(".agents/skills/count/SKILL.md", Item)], [1, 1]),
    ("copilot", &[(".agents/skills/count/SKILL.md", Item), (".claude/skills/count/SKILL.md", Item)], [1, 1]),
    ("copilot", &[(".github/prompts/count.prompt.md", Item)], [0, 0]),
    ("copilot", &[(".claude/commands/count.md", Item)], [1, 1]),
    ("copilot", &[(".github/agents/count.agent.md", Item)], [1, 1]),
    ("copilot", &[(".github/agents/count.agent.md", Item), (".claude/agents/count.md", Item)], [1, 1]),
    ("gemini", &[("GEMINI.md", Words)], [1, 1]),
    ("gemini", &[("GEMINI.md", Words), ("sub/GEMINI.md", Words)], [1, 2]),
    ("gemini", &[("AGENTS.md", Words), ("GEMINI.md", Link)], [1, 1]),
    ("gemini", &[(".gemini/GEMINI.md", Words)], [0, 0]),
    ("gemini", &[("AGENTS.md", Words), ("CLAUDE.md", Words)], [0, 0]),
    // Its settings count where it is started in their folder, and name files besides GEMINI.md.
    ("gemini", &[("TEAM.md", Words), (".gemini/settings.json", ROOT)], [1, 0]),
    ("gemini", &[("GEMINI.md", Words), ("TEAM.md", Others), (".gemini/settings.json", ROOT)], [1, 1]),
    ("gemini", &[(".agents/skills/count/SKILL.md", Item)], [1, 0]),
    ("gemini", &[(".claude/skills/count/SKILL.md", Item)], [0, 0]),
    ("gemini", &[(".gemini/agents/count.md", Item)], [1, 0]),
    ("gemini", &[(".claude/agents/count.md", Item)], [0, 0]),
    ("opencode", &[("AGENTS.md", Words)], [1, 1]),
    ("opencode", &[("AGENTS.md", Words), ("sub/AGENTS.md", Words)], [1, 2]),
    // CLAUDE.md is read only where there is no AGENTS.md, even one with nothing in it.
    ("opencode", &[("CLAUDE.md", Words)], [1, 1]),
    ("opencode", &[("CLAUDE.md", Words), ("AGENTS.md", Nothing)], [0, 0]),
    ("opencode", &[("CLAUDE.md", Words), ("AGENTS.md", Words)], [1, 1]),
    ("opencode", &[(".claude/CLAUDE.md", Words), ("GEMINI.md", Words)], [0, 0]),
    ("opencode", &[(".claude/rules/team/a.md", Words), (".opencode/rules/team/a.md", Words)], [0, 0]),
    ("opencode", &[(".opencode/rules/team/a.md", Words), ("opencode.json", RULES)], [1, 1]),
    ("opencode", &[(".opencode/rules/team/b/a.md", Words), ("opencode.json", RULES)], [1, 1]),
    ("opencode", &[(".agents/skills/count/SKILL.md", Item), (".claude/skills/count/SKILL.md", Item)], [1, 1]),
    ("opencode", &[(".opencode/agents/count.md", Item)], [1, 1]),
    ("opencode", &[(".claude/agents/count.md", Item)], [0, 0]),
];

/// A row of the table, in one of the two folders.
struct Case {
    fact: Fact,
    folder: &'static str,
    wanted: usize,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (agent, files, _) = self.fact;
        let mut paths = Vec::new();
        for (path, _) in files {
            paths.push(*path);
        }
        write!(f, "{agent} with {} in `{}`", paths.join(", "), self.folder)
    }
}

#[test]
#[ignore = "runs the agents themselves, some dozen times"]
fn agents_read_what_the_table_says() {
    let mut cases = Vec::new();
    for fact in FACTS {
        for (folder, wanted) in ["", "sub"].into_iter().zip(fact.2) {
            cases.push(Case {
                fact: *fact,
                folder,
                wanted,
            });
        }
    }
    each(cases, |case, network| {
        let scene = Scene::new();
        scene.folder("sub");
        let (name, files, _) = case.fact;
        for (path, holds) in files {
            make(&scene, path, *holds);
        }
        let place = Place {
            network,
            repo: scene.repo(),
            folder: case.folder,
        };
        let prompts = prompts(agent(name), &place, &[]);
        let times = prompts[0].count(WORDS);
        match times == case.wanted {
            true => Vec::new(),
            false => vec![format!("told {times} times, and not {}", case.wanted)],
        }
    });
}

fn agent(name: &str) -> &'static Agent {
    let found = AGENTS.iter().find(|agent| agent.name == name);
    found.unwrap_or_else(|| panic!("nobody is called {name}"))
}

/// Makes a file of a repository.
fn make(scene: &Scene, path: &str, holds: Holds) {
    let text = match holds {
        Words => format!("{WORDS}\n"),
        Others => "Others stand here.\n".to_owned(),
        Nothing => "\n".to_owned(),
        Import => "@AGENTS.md\n".to_owned(),
        ImportAndWords => format!("@AGENTS.md\n\n{WORDS}\n"),
        Excluded => format!("{EXCLUDED}{WORDS}\n"),
        Scoped => format!("{SCOPED}{WORDS}\n"),
        Settings(text) => text.to_owned(),
        Item => format!("---\nname: count\ndescription: {WORDS}\n---\nCount.\n"),
        Toml => TOML.replace("{}", WORDS),
        OddToml => format!("odd = true\n{}", TOML.replace("{}", WORDS)),
        Link => {
            scene.link(path, "AGENTS.md");
            return;
        }
    };
    scene.write(path, text);
}
