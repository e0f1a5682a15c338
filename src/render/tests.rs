//! Templates as files in, the composed tree out; and the golden digest that guards the renderer's
//! number.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::answers::{Answer, Answers};
use crate::model::digest::Digest;
use crate::model::lock::Facts;
use crate::model::path::rel;
use crate::model::tree::{File, FileTree};
use crate::model::upstream::{Content, Upstream};
use crate::render::compose::{ComposeInputs, compose};

use super::{check, render};
use crate::model::renderer::RENDERER;
use crate::model::source::Source;

fn source(name: &str, manifest: &str, files: &[(&str, &str)]) -> Result<Source> {
    let manifest = format!(
        "[template]\nname = \"{name}\"\nversion = \"1.0.0\"\ndescription = \"d\"\n{manifest}"
    );
    let mut tree = FileTree::from([(rel("template.toml"), File::plain(manifest))]);
    for (path, text) in files {
        tree.insert(path.parse()?, File::plain(*text));
    }
    Source::of(name, tree)
}

fn composed(sources: &[Source]) -> Result<Upstream> {
    composed_by(sources, RENDERER)
}

fn composed_by(sources: &[Source], renderer: u32) -> Result<Upstream> {
    let answers = Answers::from([
        ("team".to_owned(), Answer::Text("payments".to_owned())),
        ("strict".to_owned(), Answer::Bool(false)),
        (
            "tools".to_owned(),
            Answer::List(vec!["a".to_owned(), "b".to_owned()]),
        ),
    ]);
    let facts = Facts {
        roots: BTreeMap::from([(Agent::Claude, rel("CLAUDE.md"))]),
        imports: None,
        link: None,
        hooks: None,
    };
    compose(
        sources,
        &ComposeInputs {
            agents: &[Agent::Claude],
            answers: &answers,
            facts: &facts,
            renderer,
        },
    )
}

const QUESTIONS: &str = "[questions.team]\nask = \"?\"\nkind = \"text\"\n[questions.strict]\nask \
                         = \"?\"\nkind = \"bool\"\n[questions.tools]\nask = \"?\"\nkind = \
                         \"list\"\n";

/// The path and the text of every file, blocks as `owner: text`, entries as JSON.
fn shown(upstream: &Upstream) -> Vec<String> {
    let show = |content: &Content| match content {
        Content::Whole(whole) => {
            let seed = if whole.seed { " seed" } else { "" };
            format!(
                "{}{seed} {:?}",
                whole.file.mode(),
                whole.file.text().unwrap()
            )
        }
        Content::Blocks(blocks) => blocks
            .blocks
            .iter()
            .map(|block| format!("{}: {:?}", block.name, block.text))
            .collect::<Vec<_>>()
            .join(" "),
        Content::Keys(keys) => keys.union.to_string(),
    };
    upstream
        .files
        .iter()
        .map(|(path, content)| format!("{path} {}", show(content)))
        .collect()
}

#[track_caller]
fn gives(manifest: &str, files: &[(&str, &str)], expected: &[&str]) {
    let mut shown = shown(&composed(&[source("t", manifest, files).unwrap()]).unwrap());
    for line in &mut shown {
        // Its text is long.
        if line.starts_with(".claude/hooks/run 0644 ") {
            line.truncate(".claude/hooks/run".len());
        }
    }
    assert_eq!(shown, expected);
}

#[track_caller]
fn refused(manifest: &str, files: &[(&str, &str)], message: &str) {
    let error = source("t", manifest, files)
        .and_then(|source| composed(&[source]))
        .unwrap_err();
    assert_eq!(error.message(), message);
}

#[test]
fn jinja_files_are_rendered_and_all_others_are_as_they_are() {
    gives(
        QUESTIONS,
        &[
            (
                "commands/a.md.jinja",
                "{{ team }}\n{% if strict %}\nstrict\n{% endif %}\n{% for t in tools %}\n- {{ t \
                 }}\n{% endfor %}\n\n",
            ),
            ("commands/b.md", "{{ team }}\n"),
        ],
        &[
            ".claude/commands/a.md 0644 \"payments\\n- a\\n- b\\n\\n\"",
            ".claude/commands/b.md 0644 \"{{ team }}\\n\"",
        ],
    );
    gives(
        QUESTIONS,
        &[("commands/a.md.jinja", "no line end {{ team }}")],
        &[".claude/commands/a.md 0644 \"no line end payments\""],
    );
    gives(
        QUESTIONS,
        &[("commands/a.md.jinja", "{{ strict }} {{ not strict }}")],
        &[".claude/commands/a.md 0644 \"false true\""],
    );
    gives(
        QUESTIONS,
        &[("commands/a.md.jinja", "<{{ '<&>' }}>")],
        &[".claude/commands/a.md 0644 \"<<&>>\""],
    );
}

#[test]
fn a_template_that_can_not_be_rendered_says_where() {
    refused(
        QUESTIONS,
        &[("rules/a.md.jinja", "\n{{ taem }}")],
        "`t` 1.0.0: `rules/a.md.jinja` line 2: an unknown answer is used",
    );
    refused(
        "",
        &[("rules/a.md.jinja", "{{ team }}")],
        "`t` 1.0.0: `rules/a.md.jinja` line 1: an unknown answer is used",
    );
    refused(
        "",
        &[(
            "rules/a.md.jinja",
            "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
        )],
        "`t` 1.0.0: `rules/a.md.jinja` line 1: it takes more steps than a template may",
    );
    refused(
        "",
        &[(
            "rules/a.md.jinja",
            "{% set a = 'x' * 100000 %}{% for i in range(99) %}{{ a }}{% endfor %}",
        )],
        "`t` 1.0.0: `rules/a.md.jinja`: it becomes larger than 4 MiB",
    );
    refused(
        "",
        &[("rules/a.md.jinja", "{% include 'x' %}")],
        "`t` 1.0.0: `rules/a.md.jinja` line 1: unknown statement include",
    );
}

#[test]
fn a_file_is_left_out_where_its_condition_does_not_hold() {
    let script = ("hooks/strict.sh", "#!/bin/sh\n");
    let hook = "[[hooks]]\nid = \"s\"\nevent = \"before-stop\"\nrun = \"hooks/strict.sh\"\n";
    gives(
        &format!("{QUESTIONS}{hook}[files.\"hooks/*\"]\nwhen = \"strict\"\n"),
        &[script],
        &[],
    );
    refused(
        &format!("{QUESTIONS}[files.\"hooks/*\"]\nwhen = \"language == 'rust'\"\n"),
        &[script],
        "`t` 1.0.0: `when = \"language == 'rust'\"` line 1: an unknown answer is used",
    );
}

#[test]
fn each_kind_has_its_place() {
    gives(
        "[[hooks]]\nid = \"g\"\nevent = \"before-tool\"\nmatches = \"Bash\"\n\
         run = \"hooks/g.sh\"\ntimeout = 10\n[permissions]\ndeny = [\"Read(.env)\"]\n\
         [mcp.docs]\ncommand = \"docs-mcp\"\nargs = [\"--stdio\"]\n\
         [mcp.web]\nurl = \"https://mcp.example.org\"\n",
        &[
            ("agents/r.md", "r\n"),
            ("commands/c.md", "c\n"),
            ("files/docs/x.md", "x\n"),
            ("gitignore", "*.local"),
            ("hooks/g.sh", "#!/bin/sh\n"),
            ("memory/agents/r/MEMORY.md", "m\n"),
            ("memory/facts.md", "f\n"),
            ("root.md", "\u{feff}root\r\n"),
            ("settings/claude.json", "{\"env\": {\"A\": \"1\"}}"),
            ("skills/s/SKILL.md", "s\n"),
            ("README.md", "not delivered\n"),
            ("accepted/1.diff", "not delivered\n"),
        ],
        &[
            ".claude/agent-memory/r/MEMORY.md 0644 seed \"m\\n\"",
            ".claude/agents/r.md 0644 \"r\\n\"",
            ".claude/commands/c.md 0644 \"c\\n\"",
            ".claude/hooks/run",
            concat!(
                r##".claude/hooks/t/g.hook 0644 "# How the hook g of t is run. agentpkg wrote this "##,
                r##"from template.toml.\nblocks=yes\nseconds=9\nmatches='Bash'\nset -- \"$here/t/g.sh\"\n""##,
            ),
            ".claude/hooks/t/g.sh 0755 \"#!/bin/sh\\n\"",
            ".claude/memory/facts.md 0644 seed \"f\\n\"",
            concat!(
                r#".claude/settings.json {"env":{"A":"1"},"permissions":{"deny":["Read(.env)"]},"#,
                r#""hooks":{"PreToolUse":[{"matcher":"Bash","hooks":[{"type":"command","#,
                r#""command":"sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool t/g "#,
                r#"|| exit 2","timeout":10}]}]}}"#,
            ),
            ".claude/skills/s/SKILL.md 0644 \"s\\n\"",
            ".gitignore t: \"*.local\\n\"",
            concat!(
                r#".mcp.json {"mcpServers":{"docs":{"command":"docs-mcp","args":["--stdio"]},"#,
                r#""web":{"type":"http","url":"https://mcp.example.org"}}}"#,
            ),
            "CLAUDE.md t: \"root\\n\"",
            "docs/x.md 0644 \"x\\n\"",
        ],
    );
    gives(
        "[files.\"memory/*\"]\npolicy = \"merge\"\n",
        &[("memory/a.md", "a")],
        &[".claude/memory/a.md 0644 \"a\""],
    );
}

#[test]
fn what_no_template_may_own_is_refused() {
    refused(
        "",
        &[("files/claude.md", "x")],
        "`t` 1.0.0: `files/claude.md` would own `CLAUDE.md`",
    );
    refused(
        "",
        &[("files/.claude/settings.local.json", "x")],
        "`t` 1.0.0: `files/.claude/settings.local.json` would own `.claude/settings.local.json`",
    );
    refused(
        "",
        &[("files/.agentpkg/undo", "x")],
        "`t` 1.0.0: `files/.agentpkg/undo` would write into agentpkg's own folder",
    );
    refused(
        "",
        &[("files/.AgentPkg", "x")],
        "`t` 1.0.0: `files/.AgentPkg` would write into agentpkg's own folder",
    );
    refused(
        "",
        &[("root.md", "<!-- BEGIN agentpkg x -->\n")],
        "`t` 1.0.0: `root.md` has a line that looks like agentpkg's own marker",
    );
    refused(
        "",
        &[("settings/claude.json", "{\n\"a\": 1, // no\n}")],
        "`t` 1.0.0: `settings/claude.json` line 2: a comment, which strict JSON does not have",
    );
    refused(
        "",
        &[("rules/a.md", "1"), ("rules/a.md.jinja", "2")],
        "`t` 1.0.0: `rules/a.md` and `rules/a.md.jinja` are both `rules/a.md`",
    );
    let hook = |event: &str, run: &str| {
        format!("[[hooks]]\nid = \"h\"\nevent = \"{event}\"\nrun = \"{run}\"\n")
    };
    refused(
        &hook("before-tol", "hooks/a.sh"),
        &[("hooks/a.sh", "")],
        "`t` 1.0.0: the hook `h`: `before-tol` is not an event",
    );
    refused(
        &hook("Stop", "hooks/a b.sh"),
        &[("hooks/a b.sh", "")],
        "`t` 1.0.0: the hook `h` runs `hooks/a b.sh`",
    );
}

#[test]
fn templates_share_settings_and_disagree_by_name() {
    let settings = |value: &str| {
        (
            "settings/claude.json",
            format!("{{\"env\": {{\"A\": \"{value}\", \"B\": \"1\"}}}}"),
        )
    };
    let (one, two) = (settings("1"), settings("2"));
    let a = || source("a", "", &[(one.0, &one.1)]).unwrap();
    let b = |manifest: &str| source("b", manifest, &[(two.0, &two.1)]).unwrap();
    let error = composed(&[a(), b("")]).unwrap_err();
    assert_eq!(
        error.message(),
        "`a` and `b` set `env.A` of `.claude/settings.json` to \"1\" and \"2\""
    );
    // A dependent overrides its dependency, in either order.
    for sources in [
        [a(), b("[dependencies]\na = \"^1\"\n")],
        [b("[dependencies]\na = \"^1\"\n"), a()],
    ] {
        let upstream = composed(&sources).unwrap();
        assert_eq!(
            shown(&upstream),
            [".claude/settings.json {\"env\":{\"B\":\"1\",\"A\":\"2\"}}"]
        );
    }
    let owns = |name: &str, path: &str| source(name, "", &[(path, name)]).unwrap();
    let error = composed(&[owns("a", "agents/x.md"), owns("b", "agents/x.md")]).unwrap_err();
    assert_eq!(
        error.message(),
        "`a` and `b` both own `.claude/agents/x.md`"
    );
    let error = composed(&[owns("a", "agents/x.md"), owns("b", "agents/X.md")]).unwrap_err();
    assert_eq!(
        error.message(),
        "`.claude/agents/X.md` (of `b`) and `.claude/agents/x.md` (of `a`) can't be in one folder \
         on every file system"
    );
    let error = composed(&[owns("a", "files/x"), owns("b", "files/x/y")]).unwrap_err();
    assert_eq!(
        error.message(),
        "`x` (of `a`) and `x/y` (of `b`) can't be in one folder on every file system"
    );
}

#[test]
fn handlers_of_a_fragment_get_a_group_each() {
    let fragment = r#"{"hooks": {"Stop": [
        {"matcher": "", "note": 1, "hooks": [
            {"type": "command", "command": "one"}, {"type": "command", "command": "two"}]},
        {"hooks": [{"type": "command", "command": "one"}, {"type": "command", "command": "one"}]},
        {"hooks": []}
    ]}}"#;
    gives(
        "",
        &[("settings/claude.json", fragment)],
        &[concat!(
            r#".claude/settings.json {"hooks":{"Stop":["#,
            r#"{"matcher":"","note":1,"hooks":[{"type":"command","command":"one"}]},"#,
            r#"{"matcher":"","note":1,"hooks":[{"type":"command","command":"two"}]},"#,
            r#"{"hooks":[{"type":"command","command":"one"}]}]}}"#
        )],
    );
}

#[test]
fn a_circle_of_dependencies_composes() {
    let needs = |name: &str, other: &str| {
        source(
            name,
            &format!("[dependencies]\n{other} = \"^1\"\n"),
            &[("root.md", name)],
        )
        .unwrap()
    };
    let upstream = composed(&[needs("x", "y"), needs("y", "z"), needs("z", "x")]).unwrap();
    assert_eq!(
        shown(&upstream),
        ["CLAUDE.md z: \"z\\n\" y: \"y\\n\" x: \"x\\n\""]
    );
    // However long a chain of them is.
    let link = |number: usize| needs(&format!("t{number:04}"), &format!("t{:04}", number + 1));
    let chain: Vec<Source> = (0..4000).map(link).collect();
    assert_eq!(composed(&chain).unwrap().files.len(), 1);
}

#[test]
fn a_file_that_a_template_owns_can_not_hold_the_root_instructions_too() {
    let facts = Facts {
        roots: BTreeMap::from([(Agent::Claude, rel("docs/agents.md"))]),
        imports: None,
        link: None,
        hooks: None,
    };
    let inputs = ComposeInputs {
        agents: &[Agent::Claude],
        answers: &Answers::new(),
        facts: &facts,
        renderer: RENDERER,
    };
    let owner = source("w", "", &[("files/docs/agents.md", "whole\n")]).unwrap();
    let writer = source("r", "", &[("root.md", "x\n")]).unwrap();
    let error = compose(&[owner.clone(), writer], &inputs).unwrap_err();
    assert_eq!(
        error.message(),
        "`w` owns `docs/agents.md`, and `r` writes the root instructions there"
    );
    compose(&[owner], &inputs).unwrap();
}

#[test]
fn a_claude_md_of_agentpkgs_making_imports_the_agents_md_that_it_would_hide() {
    let facts = Facts {
        roots: BTreeMap::from([(Agent::Claude, rel("CLAUDE.md"))]),
        imports: Some(rel("AGENTS.md")),
        link: None,
        hooks: None,
    };
    let sources = [source("t", "", &[("root.md", "x\n")]).unwrap()];
    let inputs = ComposeInputs {
        agents: &[Agent::Claude],
        answers: &Answers::new(),
        facts: &facts,
        renderer: RENDERER,
    };
    let upstream = compose(&sources, &inputs).unwrap();
    assert_eq!(
        shown(&upstream),
        ["CLAUDE.md agentpkg: \"@AGENTS.md\\n\" t: \"x\\n\""]
    );
    // Without root instructions there is nothing to hide it with.
    let sources = [source("t", "", &[("rules/a.md", "x\n")]).unwrap()];
    assert_eq!(
        shown(&compose(&sources, &inputs).unwrap()),
        [".claude/rules/t/a.md 0644 \"---\\nexcludeAgent: \\\"coding-agent\\\"\\n---\\n\\nx\\n\""]
    );
}

const DOCUMENTS: [(&str, &str); 2] = [
    ("README.md", "r\n"),
    (
        "CHANGELOG.md",
        "# Changelog\n\n## [1.0.0] - 2026-11-22\n\nFirst.\n",
    ),
];

#[test]
fn publishing_wants_a_template_that_hides_nothing() {
    let check = |manifest: &str, files: &[(&str, &str)]| {
        let files: Vec<_> = DOCUMENTS.iter().chain(files).copied().collect();
        check::check(&source("t", manifest, &files).unwrap())
            .map_err(|error| error.message().to_owned())
    };
    assert_eq!(check("", &[("rules/a.md", "a\n")]), Ok(()));
    assert_eq!(
        check("", &[("rule/a.md", "")]),
        Err("`t` 1.0.0: `rule/a.md` is in no folder that a template has".into())
    );
    assert_eq!(
        check("", &[("notes.md", "")]),
        Err("`t` 1.0.0: `notes.md` is no file that a template has".into())
    );
    let hook = "[[hooks]]\nid = \"a\"\nevent = \"Stop\"\nrun = \"hooks/a.sh\"\n";
    assert_eq!(
        check(hook, &[]),
        Err("`t` 1.0.0: the hook `a` runs `hooks/a.sh`, which is not there".into())
    );
    let both = format!("{hook}{}", hook.replace("\"a\"", "\"b\""));
    assert_eq!(
        check(&both, &[("hooks/a.sh", "")]),
        Err("`t` 1.0.0: the hooks `a` and `b` run `hooks/a.sh` on the same event".into())
    );
    let both = format!(
        "{hook}{}",
        hook.replace("\"a\"", "\"b\"")
            .replace("\"Stop\"", "\"before-stop\"")
    );
    assert_eq!(
        check(&both, &[("hooks/a.sh", "")]),
        Err("`t` 1.0.0: the hooks `a` and `b` run `hooks/a.sh` on the same event".into())
    );
    assert_eq!(
        check("[files.\"rulez/*\"]\n", &[]),
        Err("`t` 1.0.0: `[files.\"rulez/*\"]` matches no file".into())
    );
    assert_eq!(
        check(
            "[renames]\n\"rules/a.md\" = \"rules/b.md\"\n",
            &[("rules/a.md", "")]
        ),
        Err("`t` 1.0.0: `[renames]` says that `rules/a.md` is now `rules/b.md`".into())
    );
    let without = |name: &str| {
        let files: Vec<_> = DOCUMENTS
            .iter()
            .filter(|(path, _)| *path != name)
            .copied()
            .collect();
        check::check(&source("t", "", &files).unwrap())
            .unwrap_err()
            .message()
            .to_owned()
    };
    assert_eq!(without("README.md"), "`t` 1.0.0 has no `README.md`");
    assert_eq!(
        without("CHANGELOG.md"),
        "`t` 1.0.0: `CHANGELOG.md` has no section for 1.0.0"
    );
}

#[test]
fn the_output_for_the_same_input_is_the_same_for_ever() {
    let source = source(
        "t",
        &format!(
            "{QUESTIONS}[[hooks]]\nid = \"g\"\nevent = \"before-tool\"\nrun = \
             \"hooks/g.sh\"\n[permissions]\nask = [\"Bash(git push *)\"]\n"
        ),
        &[
            ("hooks/g.sh", "#!/bin/sh\n"),
            ("root.md.jinja", "Owned by {{ team }}.\n"),
            ("gitignore", "*.local\n"),
            ("memory/a.md", "a\n"),
        ],
    );
    let sources = [source.unwrap()];
    // When this fails, repos that are installed would be rendered to other bytes: raise RENDERER,
    // and go on giving what the renderers before gave.
    let golden = "sha256:08358251d8210f9068cfa076d3fc511bf69c40e0a6b29095b3db4c30cd53ab5b";
    let by_runner = "sha256:4918ebac2e25709044c54b4b71ae3dfb06e943ab62cdffe9b5c0c26e741c5172";
    for (renderer, golden) in [(1, golden), (2, golden), (3, by_runner)] {
        let shown = shown(&composed_by(&sources, renderer).unwrap()).join("\n");
        let digest = Digest::of(shown.as_bytes()).to_string();
        assert_eq!(digest, golden, "renderer {renderer}");
    }
    assert_eq!(RENDERER, 3);
}

#[test]
fn a_rule_of_claude_code_was_as_it_is_before_renderer_2() {
    let sources = [source("t", "", &[("rules/a.md", "x\n")]).unwrap()];
    for (renderer, expected) in [
        (1, "x\\n"),
        (
            2,
            "---\\nexcludeAgent: \\\"coding-agent\\\"\\n---\\n\\nx\\n",
        ),
    ] {
        assert_eq!(
            shown(&composed_by(&sources, renderer).unwrap()),
            [format!(".claude/rules/t/a.md 0644 \"{expected}\"")]
        );
    }
}

/// Renders one file of a template that asks for a list.
#[cfg(test)]
fn rendered(text: &str) -> std::result::Result<String, String> {
    let manifest = "[template]\nname = \"t\"\nversion = \"1.0.0\"\ndescription = \"x\"\n\
         [questions.l]\nask = \"?\"\nkind = \"list\"\ndefault = [\"x\"]\n";
    let files = [
        ("template.toml", manifest),
        ("README.md", "# t\n"),
        ("CHANGELOG.md", "## [1.0.0]\n- x\n"),
        ("rules/a.md.jinja", text),
    ];
    let tree = files.map(|(path, text)| (rel(path), File::plain(text)));
    let source = Source::of("t", tree.into_iter().collect()).unwrap();
    let answers = [("l".to_owned(), Answer::List(vec!["x".to_owned()]))];
    match render(&source, &answers.into_iter().collect()) {
        Ok(rendered) => Ok(rendered.files[&rel("rules/a.md")]
            .file
            .text()
            .unwrap()
            .to_owned()),
        Err(error) => Err(error.message().to_owned()),
    }
}

/// Whatever a template is, it is rendered or refused: soon, within the memory and on the stack.
#[test]
fn a_template_takes_neither_the_stack_nor_the_memory_nor_the_time() {
    // In lines, since a line has a limit of its own.
    let many = |part: &str, times: usize| {
        (0..times).fold(String::new(), |text, number| {
            let end = if number % 100 == 99 { "\n" } else { "" };
            text + part + end
        })
    };
    let wrap = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", many(open, times), many(close, times))
    };
    let chain = |operator: &str| format!("{{{{ 1{} }}}}", many(operator, 31_000));
    let before = |operator: &str| format!("{{{{ {}1 }}}}", many(operator, 31_000));
    let loops = "{% for a in range(99999) %}".repeat(20) + &"{% endfor %}".repeat(20);
    let double = "{% macro f(a, n) %}{% if n %}{{ f(a + a, n - 1) }}{% else %}{{ a|length }}{% endif %}{% endmacro %}{{ f(l, 20) }}";
    let texts = [
        // Deep values.
        "{% set ns = namespace(s=[]) %}{% for i in range(30000) %}{% set ns.s = [ns.s] %}{% endfor %}{{ ns.s }}".to_owned(),
        many("{% set a = [a] %}", 30_000) + "{{ a }}",
        "{% set a = [] %}".to_owned() + &many("{% set a = [a] %}", 30_000) + "{{ a }}",
        "{% macro f(a) %}{{ f([[[[[a]]]]]) }}{% endmacro %}{{ f(1) }}".to_owned(),
        // Large ones.
        "{% set ns = namespace(s=[1]) %}{% for i in range(34) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s|length }}".to_owned(),
        "{% set a = l %}".to_owned() + &"{% set a = a + a %}".repeat(40) + "{{ a|length }}",
        "{% set a = l %}".to_owned() + &"{% set a = a + (a)|list %}".repeat(40) + "{{ a|length }}",
        "{% set a = l %}".to_owned() + &"{% set a = a + \"x\"|list + a %}".repeat(40) + "{{ a|length }}",
        "{% set a = (1,) %}".to_owned() + &"{% set a = a * 9 %}".repeat(40) + "{{ a|length }}",
        "{% set a = 'x' %}".to_owned() + &"{% set a = a ~ a %}".repeat(60) + "{{ a|length }}",
        double.to_owned(),
        "{{ 'x' * 4000000000 }}".to_owned(),
        "{{ '%4000000000d'|format(1) }}".to_owned(),
        // Long ones.
        loops,
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}".to_owned(),
        "{% for a in [1] recursive %}{{ loop([1]) }}{% endfor %}".to_owned(),
        // Deep syntax.
        before("-"), before("not "), before("+"), before("("), before("["),
        chain("~1"), chain("-1"), chain("+1"), chain("**1"), chain("<1"), chain(" and 1"),
        chain("|string"), chain(".a"), chain("[0]"), chain("()"), chain(" if 1 else 1"),
        chain(" is string"), chain(" in 1"), chain(" is not string"),
        format!("{{% if 0 %}}{}{{% endif %}}", many("{% elif 0 %}", 31_000)),
        wrap("{% if 1 %}", "x", "{% endif %}", 31_000),
        wrap("{% for a in l %}", "x", "{% endfor %}", 31_000),
        wrap("{% filter upper %}", "x", "{% endfilter %}", 31_000),
        wrap("{% with a = 1 %}", "x", "{% endwith %}", 31_000),
        wrap("{% macro f() %}", "x", "{% endmacro %}", 31_000),
        wrap("{% set a %}", "x", "{% endset %}", 31_000),
        many("{{ 1 }}", 100_000), "{{ 1 }}".repeat(100_000), "\n".repeat(100_000),
        many("{#", 31_000), many("{{", 31_000), many("{% raw %}", 31_000),
    ];
    for text in texts {
        // What it becomes is its own affair: that it ends is ours.
        if let Ok(bytes) = rendered(&text) {
            assert!(bytes.len() <= 4 << 20);
        }
    }
}

#[test]
fn the_deepest_values_that_are_within_bounds_are_rendered() {
    let nested = format!("{}a{}", "[".repeat(60), "]".repeat(60));
    let deep = "{% set a = 1 %}".to_owned() + &format!("{{% set a = {nested} %}}").repeat(199);
    let text = rendered(&(deep + "{{ a }}")).unwrap();
    assert_eq!(text.len(), 2 * 60 * 199 + 1);
}

#[test]
fn numbers_and_texts_are_added_and_lists_are_not() {
    for (text, expected) in [
        ("{{ l|length + 1 }}", "2"),
        ("{% for a in l %}{{ loop.index + 1 }}{% endfor %}", "2"),
        ("{{ 'a' + l[0] + 'b' }}", "axb"),
        ("{{ l[0] ~ 'a' }}", "xa"),
        (
            "a + b {# l + l #}{% raw %}{{ l + l }}{% endraw %}",
            "a + b {{ l + l }}",
        ),
    ] {
        assert_eq!(rendered(text).as_deref(), Ok(expected), "{text}");
    }
    for text in [
        "\n{{ l + l }}",
        "\n{{ l + [1] }}",
        "\n{{ [1] + l }}",
        "\n{% set a = (l) + (l) %}",
        "\n{{ l + 'ab'|list }}",
    ] {
        let why = rendered(text).unwrap_err();
        assert!(why.contains("line 2: `+` adds a number or a text"), "{why}");
    }
}
