//! What each agent reads of a repository that agentpkg never saw. **agentpkg writes by these
//! facts**: when a row doesn't hold for a newer version of an agent, what is written has to change.

use std::fmt;

use support::Scene;

use crate::agent::{Agent, Place, prompts};
use crate::cases::each;
use crate::{claude, codex};

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
    /// It is a skill, a command or an agent, which [`WORDS`] describe.
    Item,
    /// It is an agent in TOML, which [`WORDS`] describe.
    Toml,
    /// It is such an agent with a key that nobody knows.
    OddToml,
}

use Holds::{Import, ImportAndWords, Item, Link, Nothing, OddToml, Others, Toml, Words};

/// The words that are counted.
const WORDS: &str = "These words are counted.";

/// An agent of Codex.
const TOML: &str = "name = \"count\"\ndescription = \"{}\"\ndeveloper_instructions = \"Count.\"\n";

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
    match name {
        "claude" => &claude::AGENT,
        "codex" => &codex::AGENT,
        _ => panic!("nobody is called {name}"),
    }
}

/// Makes a file of a repository.
fn make(scene: &Scene, path: &str, holds: Holds) {
    let text = match holds {
        Words => format!("{WORDS}\n"),
        Others => "Others stand here.\n".to_owned(),
        Nothing => "\n".to_owned(),
        Import => "@AGENTS.md\n".to_owned(),
        ImportAndWords => format!("@AGENTS.md\n\n{WORDS}\n"),
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
