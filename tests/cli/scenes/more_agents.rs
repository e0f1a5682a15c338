//! Copilot, Gemini CLI and OpenCode: what each gets and where, what is told twice, and the line that
//! the rules of Claude Code got by renderer 2.

use std::fs;

use agentpkg::model::digest::Digest;
use snapbox::str;
use support::{FOR_COPILOT, Scene};

const MANIFEST: &str = "[mcp.docs]\ncommand = \"docs-mcp\"\nenv = { TOKEN = \"${TOKEN}\" }\n";

const FILES: &[(&str, &str)] = &[
    ("template.toml", MANIFEST),
    ("root.md", "## House\n\nAsk first.\n"),
    (
        "rules/git.md",
        "---\ndescription: How we push\n---\n\n# Git\n\nOne.\nTwo.\nThree.\n",
    ),
    (
        "rules/rust.md",
        "---\ndescription: Rust\npaths: [\"**/*.rs\", \"src/**\"]\n---\n\n# Rust\n\nNo panics.\n",
    ),
    (
        "skills/release/SKILL.md",
        "---\nname: release\ndescription: How to release\n---\n\nTag it.\n",
    ),
    (
        "commands/tidy.md",
        "---\ndescription: Tidy up\n---\n\nTidy $ARGUMENTS.\n",
    ),
    (
        "agents/reader.md",
        "---\nname: reader\ndescription: Reads\ntools: Read, Grep\n---\n\nYou read.\n",
    ),
];

/// A repository in which nothing is yet, and the template.
fn house() -> Scene {
    Scene::new().published("house", "1.0.0", FILES)
}

#[test]
fn copilot_gets_files_of_its_own_and_the_root_instructions_of_another() {
    let scene = house().edited("CLAUDE.md", "# Ours\n").installed("house");
    let before = scene.tree();
    scene
        .run("agentpkg install --agent copilot -v")
        .prints(str![[r#""#]]);
    scene
        .absent("AGENTS.md")
        .reads(
            ".github/instructions/house/rust.instructions.md",
            str![[r#""#]],
        )
        .reads(".github/agents/reader.agent.md", str![[r#""#]])
        .reads(".github/prompts/tidy.prompt.md", str![[r#""#]]);
    scene.run("agentpkg remove --agent copilot").succeeds();
    assert_eq!(scene.tree(), before);
}

#[test]
fn gemini_gets_its_rules_in_gemini_md_and_its_servers_in_its_settings() {
    let settings = "{\n  \"general\": { \"vimMode\": true }\n}\n";
    let scene = house().edited(".gemini/settings.json", settings);
    scene
        .run("agentpkg install house --agent gemini -v")
        .prints(str![[r#""#]]);
    scene
        .reads("GEMINI.md", str![[r#""#]])
        .reads(".gemini/settings.json", str![[r#""#]])
        .reads(".gemini/commands/tidy.toml", str![[r#""#]])
        .reads(".gemini/agents/reader.md", str![[r#""#]]);
    scene.run("agentpkg remove house").succeeds();
    scene.reads(".gemini/settings.json", settings);
}

#[test]
fn gemini_reads_the_file_that_its_settings_name() {
    let settings = "{\"context\": {\"fileName\": [\"AGENTS.md\", \"GEMINI.md\"]}}\n";
    let scene = house()
        .edited(".gemini/settings.json", settings)
        .edited("AGENTS.md", "# Ours\n");
    scene.run("agentpkg install house").succeeds();
    scene.absent("GEMINI.md");
    assert!(scene.text("AGENTS.md").contains("No panics."));
}

#[test]
fn names_in_settings_of_gemini_lead_nowhere_else() {
    for name in ["5", "\"../AGENTS.md\"", "\"docs/A.md\"", "\".git/config\""] {
        let settings = format!("{{\"context\": {{\"fileName\": {name}}}}}\n");
        let scene = house().edited(".gemini/settings.json", &settings);
        scene.run("agentpkg install house");
        assert!(
            scene.text("GEMINI.md").contains("No panics."),
            "{name} is passed over"
        );
    }
}

#[test]
fn opencode_has_its_settings_name_the_rules() {
    let settings =
        "{\"instructions\": [\"docs/*.md\"], \"mcp\": {\"own\": {\"enabled\": false}}}\n";
    let scene = house()
        .edited("opencode.json", settings)
        .edited("CLAUDE.md", "# Ours\n");
    scene
        .run("agentpkg install house --agent opencode -v")
        .prints(str![[r#""#]]);
    scene
        .absent("AGENTS.md")
        .reads("opencode.json", str![[r#""#]])
        .reads(".opencode/rules/house/rust.md", str![[r#""#]])
        .reads(".opencode/commands/tidy.md", str![[r#""#]])
        .reads(".opencode/agents/reader.md", str![[r#""#]]);
    scene.run("agentpkg remove house").succeeds();
    scene.reads("opencode.json", settings);
}

#[test]
fn what_copilot_is_told_twice_is_said() {
    let scene = house()
        .edited("AGENTS.md", "# Ours\n")
        .edited("CLAUDE.md", "# Ours, for Claude\n");
    scene
        .run("agentpkg install house --agent claude --agent codex --agent copilot")
        .prints(str![[r#""#]]);
    scene.run("agentpkg status -v").prints(str![[r#""#]]);
    // One file under both names, and the block is told once.
    fs::remove_file(scene.path("CLAUDE.md")).unwrap();
    scene.link("CLAUDE.md", "AGENTS.md");
    scene.run("agentpkg install").prints(str![[r#""#]]);
    scene.run("agentpkg status -v").prints(str![[r#""#]]);
}

#[test]
fn an_edit_of_any_copy_is_the_same_proposal() {
    let agents = "--agent claude --agent codex --agent cursor --agent copilot --agent gemini --agent opencode";
    let copies = [
        ".claude/rules/house/git.md",
        ".cursor/rules/house/git.mdc",
        ".github/instructions/house/git.instructions.md",
        ".opencode/rules/house/git.md",
        "AGENTS.md",
        "GEMINI.md",
    ];
    let mut patches = Vec::new();
    for copy in copies {
        let scene = house().installed(&format!("house {agents}"));
        scene.replace(copy, "Two.", "Two, and a half.");
        let ran =
            scene.run("GIT_AUTHOR_DATE='1700000000 +0100' agentpkg contribute -m why --output -");
        ran.succeeds();
        let text = ran.stdout();
        assert!(text.contains("+Two, and a half."), "{copy}: {text}");
        patches.push(text);
    }
    for (patch, copy) in patches.iter().zip(copies) {
        assert_eq!(*patch, patches[0], "{copy}");
    }
}

/// Makes a repository what renderer 1 would have left: rules of Claude Code as their template has
/// them.
fn as_renderer_1_left_it(scene: &Scene, rules: &[&str]) {
    let mut lock = scene
        .text("agentpkg.lock")
        .replace("renderer = 2", "renderer = 1");
    for rule in rules {
        let text = scene.text(rule);
        let plain = match text.strip_prefix(FOR_COPILOT) {
            Some(rest) => rest.to_owned(),
            None => text.replacen("excludeAgent: \"coding-agent\"\n", "", 1),
        };
        assert_ne!(plain, text);
        let blob = |scene: &Scene| scene.git(&["hash-object", rule]).trim().to_owned();
        let before = (Digest::of(text.as_bytes()), blob(scene));
        scene.write(rule, &plain);
        let after = (Digest::of(plain.as_bytes()), blob(scene));
        lock = lock
            .replace(&before.0.to_string(), &after.0.to_string())
            .replace(&before.1, &after.1);
    }
    scene.write("agentpkg.lock", lock);
}

#[test]
fn rules_of_renderer_1_get_their_line_by_an_upgrade_and_keep_every_edit() {
    let rules = [".claude/rules/house/git.md", ".claude/rules/house/rust.md"];
    let scene = house().installed("house");
    as_renderer_1_left_it(&scene, &rules);
    // Nothing is in git, and nothing was edited: what renderer 1 made is made again.
    scene.run("agentpkg status").prints(str![[r#""#]]);
    let before = scene.tree();
    scene.run("agentpkg install").succeeds();
    scene.run("agentpkg check --strict").succeeds();
    assert_eq!(scene.tree(), before);
    // An edit can be proposed before the upgrade.
    scene.replace(rules[0], "Two.", "Two, ours.");
    scene.replace(rules[1], "description: Rust", "description: Rust, ours");
    scene
        .run("GIT_AUTHOR_DATE='1700000000 +0100' agentpkg contribute -m why --output -")
        .prints(str![[r#""#]]);
    scene.run("agentpkg upgrade").prints(str![[r#""#]]);
    scene
        .has_rule(rules[0], str![[r#""#]])
        .has_rule(rules[1], str![[r#""#]]);
    scene.run("agentpkg diff").prints(str![[r#""#]]);
    scene.run("agentpkg undo").succeeds();
    scene.run("agentpkg upgrade").succeeds();
}

#[test]
fn what_would_run_or_could_not_be_held_back_is_left_out() {
    let files = [
        ("commands/run.md", "Now !{date} and @{/etc/hostname}\n"),
        ("commands/count.md", "First $1.\n"),
        ("commands/deep/own.md", "Own.\n"),
        ("agents/Big.md", "---\nname: Big\ndescription: d\n---\nA\n"),
        (
            "agents/held.md",
            "---\nname: held\ndescription: d\ndisallowedTools: Bash\n---\nA\n",
        ),
        ("agents/silent.md", "---\nname: silent\n---\nA\n"),
        ("rules/odd.md", "---\npaths: [\"./src/**\"]\n---\nOdd.\n"),
    ];
    let scene = Scene::new().published("odd", "1.0.0", &files);
    scene
        .run("agentpkg install odd --agent copilot --agent gemini --agent opencode -v")
        .prints(str![[r#""#]]);
}
