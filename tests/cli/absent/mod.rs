//! What isn't in a checkout, and why: deleted, missing, left out, in a submodule, lost. **What isn't
//! here wasn't deleted**, unless something says so.

mod lost;
mod modes;
mod submodules;
mod table;

use support::Scene;

/// The rule that a sparse checkout leaves out.
const DOC: &str = "docs/a.md";

/// A template whose second release changes both files.
fn scene() -> Scene {
    let files = |number: &'static str| [("rules/r.md", number), ("files/docs/a.md", number)];
    let scene = Scene::new()
        .published("base", "1.0.0", &files("- first\n"))
        .published("base", "1.1.0", &files("- second\n"));
    scene.run("agentpkg install base@1.0.0").succeeds();
    scene
        .run("mkdir src && echo x > src/x && git add -A && git commit -qm all")
        .succeeds();
    scene
}

/// Makes the scene's folder a sparse checkout of what was there.
fn sparse(scene: &Scene) {
    scene
        .run("cd .. && mv repo full && git clone -q full repo && cd repo && git sparse-checkout set src .claude")
        .succeeds();
    scene.absent(DOC);
}

/// Brings what was committed to the full checkout, and makes that the scene's folder.
fn full_again(scene: &Scene) {
    scene
        .run(
            "git commit -qm up && git push -q origin HEAD:up && cd .. && mv repo sparse && mv full \
             repo && cd repo && git merge -q up",
        )
        .succeeds();
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_no_deletion() {
    let scene = scene();
    sparse(&scene);
    scene
        .run("agentpkg status")
        .says(0, &["nothing: every file is as it was installed"]);
    scene
        .run("agentpkg check")
        .says(0, &["ok: 2 files checked"]);
    scene.run("agentpkg upgrade base@^1.1").says(
        0,
        &[
            "updated 2 files",
            "git add .claude agentpkg.lock agentpkg.toml",
        ],
    );
    scene.reads(DOC, "- second\n");
    // As it says: every checkout has it.
    scene
        .run("git add .claude agentpkg.lock agentpkg.toml")
        .succeeds();
    full_again(&scene);
    scene.reads(DOC, "- second\n");
    scene
        .run("agentpkg status")
        .says(0, &["nothing: every file is as it was installed"]);
    scene.run("agentpkg check").succeeds();
}

#[test]
fn what_a_sparse_checkout_leaves_out_goes_to_git_with_a_plain_add() {
    let more = [
        ("rules/r.md", "- third\n"),
        ("files/docs/new.md", "- new\n"),
        ("files/src/new.md", "- inside\n"),
    ];
    let scene = scene().published("base", "1.2.0", &more);
    sparse(&scene);
    scene.run("agentpkg upgrade base@^1.2").says(
        0,
        &["what your sparse checkout leaves out is staged already"],
    );
    scene.run("git add -A").succeeds();
    full_again(&scene);
    scene
        .absent(DOC)
        .reads("docs/new.md", "- new\n")
        .reads("src/new.md", "- inside\n");
    scene
        .run("agentpkg status")
        .says(0, &["nothing: every file is as it was installed"]);
    scene.run("agentpkg check").succeeds();
}

#[test]
fn a_teams_own_file_that_a_sparse_checkout_leaves_out_is_no_empty_place() {
    let scene = Scene::new().published(
        "base",
        "1.0.0",
        &[
            ("rules/r.md", "r\n"),
            ("files/docs/a.md", "theirs\n"),
            (
                "settings/claude.json",
                r#"{"permissions": {"deny": ["Read(key)"]}}"#,
            ),
        ],
    );
    scene.write(DOC, "ours\n");
    scene.write(
        ".claude/settings.json",
        r#"{"permissions": {"deny": ["Read(ours)"]}}"#,
    );
    scene
        .run("mkdir src && echo x > src/x && git add -A && git commit -qm own")
        .succeeds();
    scene
        .run("cd .. && mv repo full && git clone -q full repo && cd repo && git sparse-checkout set src")
        .succeeds();
    scene.run("agentpkg install base").needs_a_person();
    assert_eq!(scene.git(&["show", ":docs/a.md"]), "ours\n");
    let settings = scene.text(".claude/settings.json");
    assert!(
        settings.contains("Read(ours)") && settings.contains("Read(key)"),
        "{settings}"
    );
}

#[test]
fn agentpkgs_own_files_that_a_sparse_checkout_leaves_out_are_asked_for() {
    let scene = scene();
    scene
        .run("mkdir -p svc && git mv agentpkg.toml agentpkg.lock .claude docs svc && git commit -qm svc")
        .succeeds();
    scene.run("git sparse-checkout set src").succeeds();
    scene.run("mkdir svc").succeeds();
    for verb in ["status", "check", "install", "upgrade", "install base"] {
        scene.run(&format!("agentpkg {verb} --repo svc")).says(
            2,
            &[
                "this sparse checkout leaves",
                "nothing was changed",
                "git sparse-checkout add svc",
            ],
        );
    }
    scene.run("git sparse-checkout add svc").succeeds();
    scene.run("agentpkg check --repo svc").succeeds();
}

#[test]
fn a_link_that_a_sparse_checkout_leaves_out_is_no_deletion() {
    let scene = Scene::new()
        .published("base", "1.0.0", &[("rules/r.md", "- first\n")])
        .published("base", "1.1.0", &[("rules/r.md", "- second\n")]);
    scene
        .run(
            "mkdir -p shared/agents && ln -s shared/agents .claude && agentpkg install base@=1.0.0",
        )
        .succeeds();
    scene.run("git add -A && git commit -qm all").succeeds();
    scene
        .run("git sparse-checkout set --no-cone '/*' '!/.claude'")
        .succeeds();
    let before = scene.tree();
    let command = "git sparse-checkout add --skip-checks .claude";
    scene
        .run("agentpkg upgrade base@=1.1.0")
        .says(2, &["leaves `.claude` out", "nothing was changed", command]);
    assert_eq!(scene.tree(), before);
    scene.run(command).succeeds();
    scene.run("agentpkg upgrade base@=1.1.0").succeeds();
    scene.has_rule("shared/agents/rules/base/r.md", "- second\n");
}

#[test]
fn what_is_settled_in_a_sparse_checkout_is_settled_for_all() {
    let scene = scene();
    scene.write(DOC, "- ours\n");
    scene.run("git commit -qam ours").succeeds();
    sparse(&scene);
    scene.run("agentpkg upgrade base@^1.1").needs_a_person();
    scene
        .run("agentpkg resolve --upstream docs/a.md")
        .succeeds();
    scene.run("git add -A").succeeds();
    full_again(&scene);
    scene.reads(DOC, "- second\n");
    scene.run("agentpkg check").succeeds();
}

#[test]
fn a_template_that_a_sparse_checkout_has_a_part_of_is_not_published() {
    let scene = Scene::new();
    scene.write_source(
        "base",
        "1.0.0",
        &[("rules/r.md", "r\n"), ("files/docs/a.md", "a\n")],
    );
    scene
        .run("cp -r ../templates/base t && git add -A && git commit -qm t && git sparse-checkout set t/rules")
        .succeeds();
    for verb in ["publish", "lint", "test"] {
        scene
            .run(&format!("agentpkg {verb} t"))
            .says(2, &["leaves out 1 file of", "sparse-checkout add ."]);
    }
    scene.run("git -C t sparse-checkout add .").succeeds();
    scene.run("agentpkg lint t").succeeds();
}

#[test]
fn an_edit_that_a_sparse_checkout_leaves_out_is_merged() {
    let scene = Scene::new()
        .published(
            "base",
            "1.0.0",
            &[
                ("rules/r.md", "r\n"),
                ("files/docs/a.md", "- one\n- two\n- three\n"),
            ],
        )
        .published(
            "base",
            "1.1.0",
            &[
                ("rules/r.md", "r\n"),
                ("files/docs/a.md", "- one\n- two\n- three, changed\n"),
            ],
        );
    scene
        .run("agentpkg install base@1.0.0 && git add -A && git commit -qm all")
        .succeeds();
    scene.replace(DOC, "- one", "- ours");
    scene
        .run("mkdir src && echo x > src/x && git add -A && git commit -qm all")
        .succeeds();
    sparse(&scene);
    scene
        .run("agentpkg status")
        .says(0, &["edited 1 file: docs/a.md"]);
    let diff = scene.run("agentpkg diff");
    diff.says(0, &["-- one", "+- ours"]);
    diff.never("-- two");
    scene
        .run("agentpkg upgrade base@^1.1")
        .says(0, &["merged 1 file", "is staged already"]);
    scene.reads(DOC, "- ours\n- two\n- three, changed\n");
    scene.run("git add -A").succeeds();
    full_again(&scene);
    scene.reads(DOC, "- ours\n- two\n- three, changed\n");
}

#[test]
fn what_goes_and_a_sparse_checkout_leaves_out_is_named() {
    for commit in ["", " --commit"] {
        let scene = scene().published("base", "1.2.0", &[("rules/r.md", "- third\n")]);
        sparse(&scene);
        let ran = scene.run(&format!("agentpkg upgrade base@^1.2{commit}"));
        ran.succeeds();
        if commit.is_empty() {
            scene
                .run("git add .claude agentpkg.lock agentpkg.toml")
                .succeeds();
            full_again(&scene);
        } else {
            scene.run("git push -q origin HEAD:up && cd .. && mv repo sparse && mv full repo && cd repo && git merge -q up").succeeds();
        }
        scene.absent(DOC);
        scene.run("agentpkg check").succeeds();
    }
}

#[test]
fn a_commit_has_what_a_sparse_checkout_leaves_out() {
    let scene = scene();
    sparse(&scene);
    scene
        .run("agentpkg upgrade base@^1.1 --commit")
        .says(0, &["committed"]);
    assert_eq!(scene.git(&["status", "--porcelain"]), "");
    assert_eq!(scene.git(&["show", "HEAD:docs/a.md"]), "- second\n");
}

#[test]
fn what_a_partial_clone_never_fetched_is_asked_for() {
    let scene = scene();
    scene.write(DOC, "- ours\n");
    scene.run("git commit -qam ours").succeeds();
    scene
        .run("git config uploadpack.allowFilter true")
        .succeeds();
    scene
        .run("cd .. && mv repo full && git clone -q --filter=blob:none --sparse file://$PWD/full repo && cd repo && git sparse-checkout set src .claude")
        .succeeds();
    let before = scene.tree();
    scene.run("agentpkg upgrade base@^1.1").says(
        2,
        &[
            "git has not fetched it",
            "git sparse-checkout add docs",
            "nothing was changed",
        ],
    );
    assert_eq!(scene.tree(), before);
    scene.run("git sparse-checkout add docs").succeeds();
    scene.run("agentpkg upgrade base@^1.1").needs_a_person();
}

/// An earlier agentpkg, which colleagues still have. `AGENTPKG_EARLIER` names it; `.ci/full` builds it.
#[test]
#[ignore = "needs an earlier agentpkg"]
fn two_versions_share_one_lock() {
    let earlier = std::env::var("AGENTPKG_EARLIER").expect("AGENTPKG_EARLIER names an agentpkg");
    let scene = scene();
    let lock = scene.read("agentpkg.lock");
    for verb in ["status", "check", "install"] {
        scene.run(&format!("{earlier} {verb}")).succeeds();
        assert_eq!(scene.read("agentpkg.lock"), lock, "{verb}");
    }
    scene
        .run(&format!("{earlier} upgrade base@^1.1"))
        .succeeds();
    let lock = scene.read("agentpkg.lock");
    for verb in ["status", "check", "install", "upgrade"] {
        scene.run(&format!("agentpkg {verb}")).succeeds();
        assert_eq!(scene.read("agentpkg.lock"), lock, "{verb}");
    }
}

#[test]
fn undo_in_a_sparse_checkout_deletes_nothing_of_gits() {
    for between in ["true", "git status", "git sparse-checkout reapply; true"] {
        let scene = scene();
        sparse(&scene);
        scene.run("agentpkg upgrade base@^1.1").succeeds();
        scene.run(between).succeeds();
        scene.run("agentpkg undo").succeeds();
        assert_eq!(scene.git(&["status", "--porcelain"]), "", "{between}");
        assert_eq!(scene.git(&["show", ":docs/a.md"]), "- first\n");
        scene.run("agentpkg upgrade base@^1.1 --commit").succeeds();
        scene.run(between).succeeds();
        scene.run("agentpkg undo").succeeds();
        scene.reads(DOC, "- first\n");
        scene
            .run("git add --sparse -A && git commit -qm back")
            .succeeds();
        assert_eq!(scene.git(&["diff", "HEAD~2", "--stat"]), "");
    }
}

#[test]
fn what_is_new_in_a_sparse_checkout_gets_into_git_as_it_is_said() {
    let scene = Scene::new().published(
        "base",
        "1.0.0",
        &[("rules/r.md", "r\n"), ("files/docs/a.md", "a\n")],
    );
    scene
        .run("mkdir src && echo x > src/x && git add -A && git commit -qm x")
        .succeeds();
    scene.run("git sparse-checkout set src").succeeds();
    let add = "git add agentpkg.lock agentpkg.toml";
    scene.run("agentpkg install base").says(
        0,
        &[
            add,
            "what your sparse checkout leaves out is staged already",
        ],
    );
    scene.run(&format!("{add} && git commit -qm i")).succeeds();
    scene
        .run("cd .. && mv repo first && git clone -q first repo")
        .succeeds();
    scene.run("agentpkg check --strict").succeeds();
    scene.reads(DOC, "a\n");
    // And out of it again.
    scene.run("git sparse-checkout set src").succeeds();
    scene.run("agentpkg remove base").says(0, &[add]);
    scene.run(add).succeeds();
    scene
        .run("git commit -qm gone && git sparse-checkout disable")
        .succeeds();
    scene.absent(DOC).absent(".claude").absent("agentpkg.lock");
}

#[test]
fn a_conflict_that_a_sparse_checkout_leaves_out_stays_open() {
    let files = |text: &'static str| [("rules/r.md", "r\n"), ("files/docs/a.md", text)];
    let scene = Scene::new()
        .published("base", "1.0.0", &files("- first\n"))
        .published("base", "1.1.0", &files("- second\n"));
    scene
        .run("agentpkg install base@1.0.0 && mkdir src && echo x > src/x && git add -A && git commit -qm all")
        .succeeds();
    scene.write(DOC, "- ours\n");
    scene.run("git commit -qam ours").succeeds();
    scene
        .run("agentpkg upgrade base@^1.1 --commit")
        .needs_a_person();
    sparse(&scene);
    scene.run("agentpkg check").says(1, &["conflict", DOC]);
    scene
        .run("agentpkg resolve --upstream docs/a.md")
        .says(0, &["settled 1 conflict"]);
    scene.reads(DOC, "- second\n");
    scene.run("agentpkg check").succeeds();
}

#[test]
fn root_instructions_never_import_themselves() {
    for link in ["ln CLAUDE.md AGENTS.md", "ln -s CLAUDE.md AGENTS.md"] {
        let scene = Scene::new()
            .published("base", "1.0.0", &[("root.md", "Be brief.\n")])
            .published("base", "1.1.0", &[("root.md", "Be right.\n")]);
        scene.run("agentpkg install base@1.0.0").succeeds();
        scene.run(link).succeeds();
        scene.run("agentpkg upgrade base@^1").succeeds();
        let text = scene.text("CLAUDE.md");
        assert!(
            text.contains("Be right.") && !text.contains("@AGENTS.md"),
            "{text}"
        );
        assert_eq!(text, scene.text("AGENTS.md"));
    }
}

#[test]
fn what_git_was_told_to_skip_is_said_and_never_committed_without_it() {
    for (option, back) in [
        ("--skip-worktree", "--no-skip-worktree"),
        ("--assume-unchanged", "--no-assume-unchanged"),
    ] {
        let scene = scene();
        scene
            .run(&format!("git update-index {option} {DOC}"))
            .succeeds();
        let before = scene.tree();
        let command = format!("git update-index {back} {DOC}");
        scene.run("agentpkg upgrade base@^1.1 --commit").says(
            2,
            &["git was told to skip what changes in 1 file", DOC, &command],
        );
        assert_eq!(scene.tree(), before);
        scene
            .run("agentpkg upgrade base@^1.1")
            .says(0, &[&command, "git add .claude"]);
        scene.run("agentpkg undo").succeeds();
        scene.run(&command).succeeds();
        scene.run("agentpkg upgrade base@^1.1 --commit").succeeds();
        assert_eq!(scene.git(&["status", "--porcelain"]), "");
        assert_eq!(scene.git(&["show", "HEAD:docs/a.md"]), "- second\n");
    }
}
