//! What agents put into their prompts in a repository that agentpkg wrote for: each rule exactly
//! once, wherever the agent is started and whatever else lies around.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use support::{Network, Scene};

use crate::agent::{AGENTS, Agent, Place, prompts};
use crate::cases::each;
use crate::claude;
use crate::model::Call;
use crate::prompt::Prompt;

/// The agents that agentpkg writes for, as agentpkg.toml names them.
const SERVED: &[&str] = &["claude", "codex", "copilot", "gemini", "opencode"];

/// Those of them that are there in a second, and meet every team with everything besides.
const QUICK: [&str; 2] = ["claude", "codex"];

/// What a team has before agentpkg comes.
struct Team {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// A link and what it leads to.
    link: Option<(&'static str, &'static str)>,
}

/// Words that stand in the files of teams.
const AGENTS_WORDS: &str = "The team wrote this for all agents.";
const CLAUDE_WORDS: &str = "The team wrote this for Claude.";

const GEMINI_WORDS: &str = "The team wrote this for Gemini.";
const COPILOT_WORDS: &str = "The team wrote this for Copilot.";

const TEAMS: [Team; 8] = [
    Team {
        name: "nothing",
        files: &[],
        link: None,
    },
    Team {
        name: "AGENTS.md",
        files: &[("AGENTS.md", AGENTS_WORDS)],
        link: None,
    },
    Team {
        name: "CLAUDE.md",
        files: &[("CLAUDE.md", CLAUDE_WORDS)],
        link: None,
    },
    Team {
        name: "AGENTS.md and CLAUDE.md",
        files: &[("AGENTS.md", AGENTS_WORDS), ("CLAUDE.md", CLAUDE_WORDS)],
        link: None,
    },
    Team {
        name: "AGENTS.md and a link to it",
        files: &[("AGENTS.md", AGENTS_WORDS)],
        link: Some(("CLAUDE.md", "AGENTS.md")),
    },
    Team {
        name: "AGENTS.md and an import of it",
        files: &[("AGENTS.md", AGENTS_WORDS), ("CLAUDE.md", "@AGENTS.md")],
        link: None,
    },
    Team {
        name: ".claude/CLAUDE.md",
        files: &[(".claude/CLAUDE.md", CLAUDE_WORDS)],
        link: None,
    },
    Team {
        name: "a file for each agent",
        files: &[
            ("AGENTS.md", AGENTS_WORDS),
            ("CLAUDE.md", CLAUDE_WORDS),
            ("GEMINI.md", GEMINI_WORDS),
            (".github/copilot-instructions.md", COPILOT_WORDS),
        ],
        link: None,
    },
];

/// The teams that all agents meet, also those that take seconds to be there.
const FEW_TEAMS: [&str; 5] = [
    "nothing",
    "AGENTS.md",
    "CLAUDE.md",
    "AGENTS.md and an import of it",
    "a file for each agent",
];

/// What a person, a parent folder or a part of the repository may have besides.
const BESIDES: [Option<&str>; 4] = [
    None,
    Some("CLAUDE.local.md"),
    Some("../CLAUDE.md"),
    Some("sub/CLAUDE.md"),
];

/// Where an agent is started.
const FOLDERS: [&str; 2] = ["", "sub"];

/// One way to meet an agent.
struct Case {
    agent: &'static Agent,
    /// The agents that are written for.
    served: Vec<&'static str>,
    team: &'static Team,
    beside: Option<&'static str>,
    folder: &'static str,
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (agent, team, folder) = (self.agent.name, self.team.name, self.folder);
        let served = self.served.join(", ");
        let beside = self.beside.unwrap_or("nothing");
        write!(
            f,
            "{agent} of {served}, team has {team}, beside it {beside}, in `{folder}`"
        )
    }
}

impl Case {
    /// Returns whether it is written for an agent.
    fn serves(&self, agent: &str) -> bool {
        self.served.contains(&agent)
    }
}

/// A file of a template that agents are told, by its lines that are items.
struct Told {
    file: String,
    items: Vec<String>,
    /// Whether it is a rule for some files only.
    is_scoped: bool,
}

impl Told {
    /// Returns whether it is the template's block of root instructions.
    fn is_block(&self) -> bool {
        self.file.starts_with("root.md")
    }
}

#[test]
#[ignore = "runs the agents themselves, some dozen times"]
fn each_rule_is_told_once() {
    let mut cases = Vec::new();
    for agent in served() {
        for team in teams_of(agent) {
            for beside in besides_of(agent) {
                for folder in folders_of(agent) {
                    cases.push(Case {
                        agent,
                        served: SERVED.to_vec(),
                        team,
                        beside: *beside,
                        folder,
                    });
                }
            }
        }
    }
    tells_each_rule_as_wanted(cases);
}

/// As most teams have it: Claude Code, and one agent more.
#[test]
#[ignore = "runs the agents themselves, some dozen times"]
fn each_rule_is_told_once_by_two_agents() {
    let mut cases = Vec::new();
    for other in served() {
        if other.name == "claude" {
            continue;
        }
        for agent in [&claude::AGENT, other] {
            for team in few_teams() {
                for folder in folders_of(other) {
                    cases.push(Case {
                        agent,
                        served: vec!["claude", other.name],
                        team,
                        beside: None,
                        folder,
                    });
                }
            }
        }
    }
    tells_each_rule_as_wanted(cases);
}

/// Checks that each case is told each rule as often as wanted.
#[track_caller]
fn tells_each_rule_as_wanted(cases: Vec<Case>) {
    let told = told_by("org-baseline");
    each(cases, |case, network| {
        let scene = scene_of(case);
        install(&scene, "org-baseline --set team=payments");
        let prompts = run(case, &scene, network, &[]);
        wrong_counts(&prompts[0], &told, |one| wanted(case, one, false))
    });
}

#[test]
#[ignore = "runs the agents themselves, some dozen times"]
fn a_team_s_words_are_told_as_before() {
    each(of_teams(), |case, network| {
        let scene = scene_of(case);
        let before = run(case, &scene, network, &[]);
        install(&scene, "org-baseline --set team=payments");
        let after = run(case, &scene, network, &[]);
        let mut wrong = Vec::new();
        for words in [AGENTS_WORDS, CLAUDE_WORDS, GEMINI_WORDS, COPILOT_WORDS] {
            let [before, after] = [&before, &after].map(|prompts| prompts[0].count(words));
            if after != before {
                wrong.push(format!("{before} times before, {after} after: {words}"));
            }
        }
        wrong
    });
}

#[test]
#[ignore = "runs the agents themselves"]
fn a_scoped_rule_comes_with_its_files_only() {
    let told = told_by("org-baseline");
    each(alone(), |case, network| {
        let scene = scene_of(case);
        install(&scene, "org-baseline --set team=payments");
        let folder = Path::new(case.folder);
        let [other, test] = ["src/part.rs", "tests/part.rs"].map(|file| folder.join(file));
        let mut calls = Vec::new();
        for file in [&other, &test] {
            scene.write(file.to_str().expect("it is ASCII"), "fn part() {}\n");
            calls.push((case.agent.reads)(&scene.path(file)));
        }
        let prompts = run(case, &scene, network, &calls);
        let mut wrong = Vec::new();
        for (prompt, has_read_a_test) in prompts.iter().zip([false, false, true]) {
            let wanted = |one: &Told| wanted(case, one, has_read_a_test);
            wrong.extend(wrong_counts(prompt, &told, wanted));
        }
        wrong
    });
}

#[test]
#[ignore = "runs the agents themselves"]
fn each_skill_is_listed_once() {
    let mut skills = Vec::new();
    for entry in fs::read_dir(template("rust-service").join("skills")).unwrap() {
        skills.push(entry.unwrap().file_name().into_string().unwrap());
    }
    assert!(!skills.is_empty(), "a template has skills");
    each(alone(), |case, network| {
        // Gemini CLI looks for skills in the folder alone in which it is started.
        let is_blind = case.agent.name == "gemini" && !case.folder.is_empty();
        let wanted = usize::from(!is_blind);
        let scene = scene_of(case);
        install(
            &scene,
            "rust-service --set team=payments --set layout=single --set rust_version=1.95 \
             --set test_command=true",
        );
        let prompts = run(case, &scene, network, &[]);
        let mut wrong = Vec::new();
        for skill in &skills {
            let listed = prompts[0].skills();
            let times = listed.iter().filter(|name| *name == skill).count();
            if times != wanted {
                wrong.push(format!(
                    "{times} times among {listed:?}, and not {wanted}: {skill}"
                ));
            }
        }
        wrong
    });
}

#[test]
#[ignore = "runs the agents themselves"]
fn each_rule_is_told_once_after_an_upgrade_with_edits() {
    /// What the team makes of an item of the block, of an item of a rule, and of one that the
    /// upgrade changes a neighbour of.
    const EDITS: [(&str, &str); 3] = [
        (
            "follow the style of the file you are in.",
            "follow the style of its neighbours.",
        ),
        ("`git switch -c <type>/<topic>` first", "a branch first"),
        ("Tags and releases are made by CI.", "Tags are made by CI."),
    ];
    let mut told = told_by("org-baseline");
    for one in &mut told {
        for item in &mut one.items {
            for (old, new) in EDITS {
                *item = item.replace(old, new);
            }
        }
    }
    each(of_teams(), |case, network| {
        let scene = scene_of(case);
        install(&scene, "org-baseline@1.0.0 --set team=payments");
        for (old, new) in EDITS {
            replace_everywhere(&scene, old, new);
        }
        scene.run("agentpkg upgrade org-baseline@^1.3").succeeds();
        let prompts = run(case, &scene, network, &[]);
        let mut wrong = wrong_counts(&prompts[0], &told, |one| wanted(case, one, false));
        for (old, _) in EDITS {
            if prompts[0].count(old) != 0 {
                wrong.push(format!("still told: {old}"));
            }
        }
        wrong
    });
}

/// Returns the agents that are run and written for.
fn served() -> Vec<&'static Agent> {
    let mut served = AGENTS.to_vec();
    served.retain(|agent| SERVED.contains(&agent.name));
    served
}

fn is_quick(agent: &Agent) -> bool {
    QUICK.contains(&agent.name)
}

/// Returns the teams that an agent meets.
fn teams_of(agent: &Agent) -> Vec<&'static Team> {
    if !is_quick(agent) {
        return few_teams();
    }
    let mut teams: Vec<&Team> = TEAMS.iter().collect();
    // They read AGENTS.md and CLAUDE.md of it, and another team has these two.
    teams.retain(|team| team.name != "a file for each agent");
    teams
}

/// Returns the teams that all agents meet.
fn few_teams() -> Vec<&'static Team> {
    let mut teams: Vec<&Team> = TEAMS.iter().collect();
    teams.retain(|team| FEW_TEAMS.contains(&team.name));
    teams
}

/// Returns where an agent is started: OpenCode takes longest to be there.
fn folders_of(agent: &Agent) -> &'static [&'static str] {
    match agent.name {
        "opencode" => &FOLDERS[..1],
        _ => &FOLDERS,
    }
}

/// Returns what an agent meets besides.
fn besides_of(agent: &Agent) -> &'static [Option<&'static str>] {
    match is_quick(agent) {
        true => &BESIDES,
        false => &[None],
    }
}

/// Returns each agent with each team that it meets, in each folder, or in the root alone where it
/// takes seconds to be there.
fn of_teams() -> Vec<Case> {
    let mut cases = in_folders();
    cases.retain(|case| is_quick(case.agent) || case.folder.is_empty());
    cases
}

/// Returns each agent with each team that it meets, in each folder.
fn in_folders() -> Vec<Case> {
    let mut cases = Vec::new();
    for agent in served() {
        for team in teams_of(agent) {
            for folder in FOLDERS {
                cases.push(Case {
                    agent,
                    served: SERVED.to_vec(),
                    team,
                    beside: None,
                    folder,
                });
            }
        }
    }
    cases
}

/// Returns each agent in each folder of a repository in which nothing was before.
fn alone() -> Vec<Case> {
    let mut cases = in_folders();
    cases.retain(|case| case.team.files.is_empty());
    cases
}

/// Makes the repository of a case.
fn scene_of(case: &Case) -> Scene {
    let scene = Scene::new();
    scene.folder("sub");
    for (path, words) in case.team.files {
        scene.write(path, format!("{words}\n"));
    }
    if let Some((path, target)) = case.team.link {
        scene.link(path, target);
    }
    if let Some(path) = case.beside {
        scene.write(path, "Somebody wrote this besides.\n");
    }
    scene.write("agentpkg.toml", format!("agents = {:?}\n", case.served));
    scene
}

/// Installs a template that comes with agentpkg.
#[track_caller]
fn install(scene: &Scene, request: &str) {
    scene.run(&format!("agentpkg install {request}")).succeeds();
}

/// Runs the agent of a case.
#[track_caller]
fn run(case: &Case, scene: &Scene, network: &Network, calls: &[Call]) -> Vec<Prompt> {
    let place = Place {
        network,
        repo: scene.repo(),
        folder: case.folder,
    };
    prompts(case.agent, &place, calls)
}

/// Returns where a template that comes with agentpkg has its source.
fn template(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("templates").join(name)
}

/// Returns what a template tells an agent: its block and its rules.
fn told_by(name: &str) -> Vec<Told> {
    let folder = template(name);
    let mut told = vec![told_in(&folder.join("root.md.jinja"))];
    for entry in fs::read_dir(folder.join("rules")).unwrap() {
        told.push(told_in(&entry.unwrap().path()));
    }
    told
}

/// Returns what a file of a template tells, by its items: they are whole sentences, which stand
/// nowhere else.
fn told_in(path: &Path) -> Told {
    let text = fs::read_to_string(path).unwrap();
    let (front_matter, body) = match text.strip_prefix("---\n") {
        Some(rest) => rest.split_once("\n---\n").expect("front matter ends"),
        None => ("", text.as_str()),
    };
    let mut items = Vec::new();
    for line in body.lines() {
        if line.starts_with("- ") && !line.contains("{{") {
            items.push(line.to_owned());
        }
    }
    assert!(!items.is_empty(), "{} has items", path.display());
    let file = path.file_name().expect("a file has a name");
    Told {
        file: file.display().to_string(),
        items,
        is_scoped: front_matter.contains("paths:"),
    }
}

/// Returns how often an agent is to be told each item of a file, once it has read a file for which
/// the scoped rule is or before.
fn wanted(case: &Case, told: &Told, has_read: bool) -> usize {
    let waits = told.is_scoped && case.agent.scopes;
    usize::from(!waits || has_read) + told_again(case, told)
}

/// Returns how often an agent is told an item once more, by the root instructions of another agent:
/// declared in docs/agents.md.
fn told_again(case: &Case, told: &Told) -> usize {
    match case.agent.name {
        "claude" => told_claude_again(case, told),
        "copilot" => told_copilot_again(case, told),
        // It reads the AGENTS.md that has a section of each rule for Codex; and a team's CLAUDE.md
        // beside it, which has the block, too.
        "opencode" => {
            let has_two_blocks = case.team.name == "CLAUDE.md";
            usize::from(case.serves("codex") && (!told.is_block() || has_two_blocks))
        }
        _ => 0,
    }
}

fn told_claude_again(case: &Case, told: &Told) -> usize {
    match case.team.name {
        // One file with one block, and with a section of each rule for Codex. The first gets a link.
        "AGENTS.md" | "AGENTS.md and a link to it" => {
            usize::from(case.serves("codex") && !told.is_block())
        }
        // An import is followed in the folder alone in which the agent is started. OpenCode has a
        // block in AGENTS.md, and no sections.
        "AGENTS.md and an import of it" if case.folder.is_empty() => {
            let is_opencodes = case.serves("opencode") && told.is_block();
            usize::from(case.serves("codex") || is_opencodes)
        }
        _ => 0,
    }
}

/// Copilot reads the root instructions of all agents, and equal files once. There is a block for
/// each agent, and a section of each rule for Codex and for Gemini CLI.
fn told_copilot_again(case: &Case, told: &Told) -> usize {
    if !case.serves("codex") && !case.serves("gemini") {
        return 0;
    }
    match case.team.name {
        // AGENTS.md and GEMINI.md have nothing but what is written for the two: they are equal.
        "nothing" | "CLAUDE.md" => 1,
        // CLAUDE.md gets a link to it.
        "AGENTS.md" if told.is_block() => 1,
        // It follows the import, in each folder.
        "AGENTS.md and an import of it" => 3,
        _ => 2,
    }
}

/// Returns a sentence for each file of which an item isn't told as often as wanted.
fn wrong_counts(prompt: &Prompt, told: &[Told], wanted: impl Fn(&Told) -> usize) -> Vec<String> {
    let mut wrong = Vec::new();
    for one in told {
        let wanted = wanted(one);
        for item in &one.items {
            let times = prompt.count(item);
            if times != wanted {
                let file = &one.file;
                wrong.push(format!("{file}: {times} times, and not {wanted}: {item}"));
                break;
            }
        }
    }
    wrong
}

/// Makes an edit in each file that it can be made in, as whoever edits all copies does.
fn replace_everywhere(scene: &Scene, old: &str, new: &str) {
    let mut is_found = false;
    for path in scene.tree().keys() {
        let path = path.to_str().expect("paths of a scene are UTF-8");
        let is_told = path.ends_with(".md") && !scene.path(path).is_symlink();
        if is_told && scene.text(path).contains(old) {
            scene.replace(path, old, new);
            is_found = true;
        }
    }
    assert!(is_found, "no file has `{old}`");
}
