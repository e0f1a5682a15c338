//! Registries on web servers: whatever is wrong with one, what was published is installed, or
//! nothing is.

use support::{Builder, Fault, Files, Scene, Server, assert_same};

const HOUSE: Files = &[("rules/a.md", "- one\n")];
const NEWER: Files = &[("rules/a.md", "- one\n- two\n")];

/// A scene in which `house` is published, and a server that serves its registry.
fn scene() -> (Scene, Server) {
    with(Scene::builder())
}

fn with(builder: Builder) -> (Scene, Server) {
    let scene = builder.without_default_registry().build();
    let scene = scene.published("house", "1.0.0", HOUSE);
    let server = Server::of(&scene.path("../registry"));
    age(&scene);
    (scene, server)
}

/// Makes everything of the registry a minute old: what changed just now may change again.
fn age(scene: &Scene) {
    scene
        .run("find ../registry -type f -exec perl -e 'utime time - 60, time - 60, @ARGV' {} +")
        .succeeds();
}

fn publish(scene: &Scene, version: &str, files: Files) {
    scene.write_source("house", version, files);
    scene.publish("house", "registry");
    age(scene);
}

fn install(scene: &Scene, server: &Server) {
    let address = server.address();
    scene
        .run(&format!(
            "agentpkg install house --registry {address} --unsigned"
        ))
        .says(0, &["installed house 1.0.0"]);
}

#[test]
fn a_template_is_installed_from_a_web_server_once_somebody_permitted_it() {
    let (scene, server) = scene();
    let address = server.address();
    let before = scene.everything();
    let typed = format!("agentpkg install house --registry {address}");
    scene.run(&typed).says(
        2,
        &[
            &format!("`{address}` is an unsigned registry, and nobody here allowed that"),
            "nothing was changed",
            &format!("{typed} --unsigned"),
        ],
    );
    assert_same(&before, &scene.everything(), "what is there");
    assert!(server.asked().is_empty(), "it was asked before that");
    install(&scene, &server);
    scene.has_rule(".claude/rules/house/a.md", "- one\n");
    assert!(
        scene
            .text("agentpkg.toml")
            .contains(&format!("url = \"{address}\"\nunsigned = true\n")),
        "{}",
        scene.text("agentpkg.toml")
    );
    // It is permitted for good, and for colleagues.
    publish(&scene, "1.1.0", NEWER);
    scene
        .run("agentpkg upgrade")
        .says(0, &["upgraded house 1.0.0 -> 1.1.0"]);
    scene.has_rule(".claude/rules/house/a.md", "- one\n- two\n");
}

#[test]
fn a_configuration_permits_it_for_a_machine() {
    let (scene, server) = scene();
    let address = server.address();
    scene.write(
        "../home/config/agentpkg/config.toml",
        format!("[registries.default]\nurl = \"{address}\"\nunsigned = true\n"),
    );
    scene.run("agentpkg install house").succeeds();
    assert!(scene.text("agentpkg.toml").contains("unsigned = true"));
}

#[test]
fn a_file_is_asked_for_once_and_a_locked_install_asks_nobody() {
    let (scene, server) = scene();
    install(&scene, &server);
    let paths = server.paths();
    assert_eq!(paths.len(), 2, "{paths:?}");
    assert_eq!(paths[1], "/index/house.json");
    // Another repository: the archive is kept, and the index still the same.
    scene
        .run(&format!(
            "git init -q ../other && cd ../other && agentpkg install house --registry {} --unsigned",
            server.address()
        ))
        .succeeds();
    let asked = server.asked();
    let said: Vec<(&str, u16)> = asked.iter().map(|one| (&*one.path, one.status)).collect();
    assert_eq!(said, [("/index/house.json", 304)]);
    // All is kept.
    scene
        .run("rm -r .claude && agentpkg install --locked")
        .succeeds();
    scene
        .run("rm -r .claude && agentpkg install --offline")
        .succeeds();
    scene.run("agentpkg diff && agentpkg check").succeeds();
    assert!(server.asked().is_empty());
    scene.run("agentpkg cache --clear").succeeds();
    scene
        .run("rm -r .claude && agentpkg install --offline")
        .says(
            2,
            &[
                &format!("`{}` was never read on this machine", server.address()),
                "--offline",
            ],
        );
}

#[test]
fn what_changed_within_its_second_is_read_again() {
    let (scene, server) = scene();
    scene
        .run("find ../registry -type f -exec touch {} +")
        .succeeds();
    install(&scene, &server);
    server.asked();
    // Other bytes of the same size, in the same second as the server's tag has it.
    let index = scene.text("../registry/index/house.json");
    scene
        .run("cp -p ../registry/index/house.json ../aged")
        .succeeds();
    let other = index.replace("\"size\"", "\"sizE\"");
    scene.write("../registry/index/house.json", other);
    scene
        .run("touch -r ../aged ../registry/index/house.json")
        .succeeds();
    scene
        .run("agentpkg upgrade")
        .says(2, &["is not what a registry holds"]);
    scene.write("../registry/index/house.json", index);
    // What is damaged isn't kept.
    scene.run("agentpkg upgrade").succeeds();
}

#[test]
fn whatever_is_wrong_with_a_server_nothing_is_installed_and_it_is_said() {
    let elsewhere = Fault::Elsewhere("http://agents.example.org".to_owned());
    let rows: [(Fault, &str, &[&str]); 19] = [
        (
            Fault::Swap("registry.json"),
            "index/",
            &["is not what a registry holds"],
        ),
        (
            Fault::Truncate(40),
            "index/",
            &["is not what a registry holds"],
        ),
        (
            Fault::Truncate(0),
            "index/",
            &["is not what a registry holds"],
        ),
        (
            Fault::Append("x"),
            "index/",
            &["is not what a registry holds"],
        ),
        (
            Fault::Page,
            "index/",
            &[
                "is not what a registry holds",
                "it is a web page",
                "--registry git+http",
            ],
        ),
        (
            Fault::Swap("index/house.json"),
            "artifacts/",
            &["is damaged", "bytes, the index says"],
        ),
        (
            Fault::Truncate(40),
            "artifacts/",
            &["is damaged", "has 40 bytes"],
        ),
        (Fault::Append("x"), "artifacts/", &["is damaged"]),
        (Fault::Page, "artifacts/", &["is damaged"]),
        (
            Fault::Status(404),
            "artifacts/",
            &["is damaged", "is missing"],
        ),
        (
            Fault::Status(404),
            "",
            &["there is no registry", "registry.json", "git+http://127"],
        ),
        (
            Fault::Huge,
            "",
            &["failed to read", "larger than 16 MiB", "curl -I"],
        ),
        (
            Fault::Status(403),
            "",
            &["it answers 403 Forbidden", "AGENTPKG_TOKEN_127_0_0_1_"],
        ),
        (Fault::Status(418), "", &["it answers 418", "curl -I"]),
        (Fault::Loop, "", &["it redirects more than 5 times"]),
        (
            elsewhere,
            "",
            &[
                "it redirects to `http://agents.example.org",
                "which isn't encrypted",
            ],
        ),
        (
            Fault::Elsewhere("ftp://x".to_owned()),
            "",
            &["it redirects to `ftp://x", "which isn't encrypted"],
        ),
        (
            Fault::Encoded("br"),
            "index/",
            &["it is compressed as `br`, which nobody asked for"],
        ),
        (Fault::Nonsense, "", &["failed to read", "4 times"]),
    ];
    let (scene, server) = scene();
    let before = scene.everything();
    for (fault, part, said) in rows {
        server.is_wrong(fault.clone(), part);
        let ran = scene.run(&format!(
            "agentpkg install house --registry {} --unsigned",
            server.address()
        ));
        ran.says(2, said);
        assert!(ran.stderr.contains("hint: "), "{fault:?}: {}", ran.stderr);
        assert_same(&before, &scene.everything(), "what is there");
        scene.run("agentpkg cache --clear").succeeds();
    }
    server.is_wrong(Fault::None, "");
    install(&scene, &server);
}

#[test]
fn what_may_pass_is_asked_for_again() {
    for fault in [
        Fault::Status(500),
        Fault::Status(503),
        Fault::Status(429),
        Fault::CutShort(30),
        Fault::Reset(30),
    ] {
        let (scene, server) = scene();
        server.is_wrong_at_first(fault.clone(), "", 2);
        install(&scene, &server);
        assert_eq!(server.asked().len(), 4, "{fault:?}");
    }
    let (scene, server) = scene();
    server.is_wrong(Fault::Status(500), "");
    scene
        .run(&format!(
            "agentpkg install house --registry {} --unsigned",
            server.address()
        ))
        .says(2, &["it answers 500 Internal Server Error, 4 times"]);
    server.is_wrong(Fault::CutShort(30), "");
    scene
        .run(&format!(
            "agentpkg install house --registry {} --unsigned",
            server.address()
        ))
        .says(2, &["failed to read", "4 times"]);
}

#[test]
fn an_archive_that_is_said_to_be_compressed_is_what_its_digest_says() {
    let (scene, server) = scene();
    server.is_wrong(Fault::Encoded("x-gzip"), "artifacts/");
    install(&scene, &server);
}

#[test]
fn a_server_elsewhere_is_followed() {
    let (scene, server) = scene();
    let behind = Server::of(&scene.path("../registry"));
    server.is_wrong(Fault::Elsewhere(format!("http://{}", behind.host())), "");
    install(&scene, &server);
    assert_eq!(behind.asked().len(), 2);
}

#[test]
fn who_one_is_is_told_to_one_server_alone_and_never_printed() {
    let (scene, server) = scene();
    let address = server.address();
    let port = server.host().split(':').nth(1).unwrap().to_owned();
    let typed = format!("agentpkg install house --registry {address} --unsigned -v");
    server.wants("Bearer a-secret-word");
    // Nobody.
    scene
        .run(&typed)
        .says(2, &["it answers 401 Unauthorized", &port, "~/.netrc"]);
    // Somebody else.
    let wrong = format!("AGENTPKG_TOKEN_127_0_0_1_{port}=another-secret-word {typed}");
    let ran = scene.run(&wrong);
    ran.says(2, &["401 Unauthorized", "that is known here was refused"]);
    assert!(!ran.said().contains("secret-word"), "{}", ran.said());
    // It sends to another server, which is told nothing.
    let behind = Server::of(&scene.path("../registry"));
    server.is_wrong(Fault::Elsewhere(format!("http://{}", behind.host())), "");
    let ran = scene.run(&format!(
        "AGENTPKG_TOKEN_127_0_0_1_{port}=a-secret-word {typed}"
    ));
    ran.says(0, &["installed house 1.0.0"]).never("secret-word");
    for asked in behind.asked() {
        assert_eq!(asked.header("authorization"), None);
        assert_eq!(asked.header("cookie"), None);
    }
    for asked in server.asked().iter().rev().take(2) {
        assert_eq!(asked.header("authorization"), Some("Bearer a-secret-word"));
    }
    for file in ["agentpkg.lock", "agentpkg.toml"] {
        assert!(!scene.text(file).contains("secret-word"));
    }
    scene
        .run("! grep -r secret-word ../home .agentpkg")
        .succeeds();
}

#[test]
fn a_name_and_a_password_come_from_netrc_or_from_gits_helpers() {
    let (scene, server) = scene();
    server.wants("Basic bWU6YS1zZWNyZXQtd29yZA==");
    let typed = format!(
        "agentpkg install house --registry {} --unsigned --dry-run",
        server.address()
    );
    scene.run(&typed).says(2, &["401 Unauthorized"]);
    let line = format!(
        "machine {} login me password a-secret-word\n",
        server.host()
    );
    scene.write("../home/.netrc", &line);
    scene.run(&typed).succeeds().never("secret-word");
    scene.run("mv ../home/.netrc ../elsewhere").succeeds();
    scene.run(&format!("NETRC=../elsewhere {typed}")).succeeds();
    // A default is anybody's.
    scene.write(
        "../home/.netrc",
        "default login me password a-secret-word\n",
    );
    scene.run(&typed).says(2, &["401 Unauthorized"]);
    // A helper sees which server asks, in no repository.
    scene.write(
        "../home/helper",
        "#!/bin/sh\n[ \"$1\" = get ] || exit\npwd > \"$HOME/where\"; cat > \"$HOME/asked\"\necho username=me; echo password=a-secret-word\n",
    );
    scene.chmod("../home/helper", 0o755);
    let helper = scene.path("../home/helper");
    scene.write(
        "../home/gitconfig",
        format!("[credential]\n\thelper = {}\n", helper.display()),
    );
    let ran = scene.run(&format!("GIT_CONFIG_GLOBAL=../home/gitconfig {typed}"));
    ran.says(2, &["401 Unauthorized"]);
    let config = scene.path("../home/gitconfig");
    let ran = scene.run(&format!("GIT_CONFIG_GLOBAL={} {typed}", config.display()));
    ran.succeeds().never("secret-word");
    assert_eq!(scene.text("../home/where"), "/\n");
    // No program is told them on its command line.
    scene.write(
        "../bin/git",
        "#!/bin/sh\necho \"$@\" >> \"$HOME/argv\"\nPATH=${PATH#*:} exec git \"$@\"\n",
    );
    scene.chmod("../bin/git", 0o755);
    let bin = scene.path("../bin");
    let (bin, config) = (bin.display(), config.display());
    scene
        .run(&format!(
            "PATH={bin}:$PATH GIT_CONFIG_GLOBAL={config} {typed}"
        ))
        .succeeds();
    let arguments = scene.text("../home/argv");
    assert!(arguments.contains("credential fill"), "{arguments}");
    assert!(!arguments.contains("secret-word"), "{arguments}");
    let asked = scene.text("../home/asked");
    assert!(
        asked.contains(&format!("protocol=http\nhost={}\n", server.host())),
        "{asked}"
    );
}

#[test]
fn a_clone_that_names_a_server_gets_nothing_of_this_user() {
    let (scene, server) = scene();
    let address = server.address();
    install(&scene, &server);
    scene.run("git add -A && git commit -qm i").succeeds();
    scene
        .run("git clone -q . ../clone && rm -rf ../home/.local ../home/.cache")
        .succeeds();
    let line = format!(
        "machine {} login me password a-secret-word\n",
        server.host()
    );
    scene.write("../home/.netrc", &line);
    server.asked();
    for command in [
        "status",
        "",
        "search",
        "info house",
        "diff",
        "install house --dry-run --offline",
    ] {
        let ran = scene.run(&format!("cd ../clone && agentpkg {command}"));
        assert_ne!(ran.code, None);
        assert_eq!(server.asked(), [], "{command}");
    }
    scene.run("cd ../clone && agentpkg status").says(
        0,
        &[
            &format!("`{address}` was not asked"),
            "nobody here has used it",
        ],
    );
    // Who writes means it, and is nobody there.
    scene
        .run("cd ../clone && rm -r .claude && agentpkg install")
        .succeeds();
    for asked in server.asked() {
        assert_eq!(asked.header("authorization"), None);
    }
    // From now on it is known.
    scene.run("agentpkg cache --clear").succeeds();
    scene
        .run("cd ../clone && agentpkg status")
        .says(0, &["house 1.0.0"]);
    assert!(!server.asked().is_empty());
    // A token for the very server is who named it.
    scene.run("rm -rf ../home/.local ../home/.cache").succeeds();
    let port = server.host().split(':').nth(1).unwrap().to_owned();
    scene
        .run(&format!(
            "cd ../clone && AGENTPKG_TOKEN_127_0_0_1_{port}=x agentpkg status"
        ))
        .succeeds();
    assert_eq!(server.asked()[0].header("authorization"), Some("Bearer x"));
}

#[test]
fn plain_http_to_another_machine_is_refused_until_somebody_says_that_they_know() {
    let (scene, _server) = scene();
    let address = "http://agents.example.org/";
    for command in ["install house --unsigned", "search", "info house"] {
        scene
            .run(&format!("agentpkg {command} --registry {address}"))
            .says(
                2,
                &[
                    "is plain HTTP",
                    "--registry https://agents.example.org/",
                    "--insecure --unsigned",
                ],
            );
    }
    let permitted = format!("agentpkg install house --registry {address} --insecure --unsigned");
    scene
        .run(&permitted)
        .says(
            2,
            &[
                "failed to read `http://agents.example.org/",
                "(through `http://127.0.0.1:9/`",
            ],
        )
        .never("is plain HTTP");
    scene.write(
        "agentpkg.toml",
        format!("[registries.plain]\nurl = \"{address}\"\ninsecure = true\n"),
    );
    scene
        .run("agentpkg install house --registry plain --unsigned")
        .says(2, &["failed to read `http://agents.example.org/"])
        .never("is plain HTTP");
}

#[test]
fn a_web_server_is_not_published_to() {
    let (scene, server) = scene();
    let address = server.address();
    scene
        .run(&format!(
            "agentpkg publish ../templates/house --registry {address}"
        ))
        .says(
            2,
            &["which can only be read", "a git repository: --registry DIR"],
        );
    scene
        .run(&format!(
            "agentpkg yank house@1.0.0 --reason x --registry {address}"
        ))
        .says(2, &["which can only be read"]);
}

#[test]
fn a_proxy_is_named_with_the_variable_that_names_it_and_what_stays_here_passes_none() {
    let (scene, server) = scene();
    let typed =
        "agentpkg install house --registry http://agents.example.org/ --unsigned --insecure";
    scene
        .run(&format!(
            "unset HTTP_PROXY NO_PROXY; http_proxy=http://me:a-secret-word@127.0.0.1:9 {typed}"
        ))
        .says(
            2,
            &[
                "connection refused (through `http://127.0.0.1:9/`, which `http_proxy` names)",
                "export NO_PROXY=agents.example.org",
            ],
        )
        .never("secret-word");
    let proxy = Server::of(&scene.path("../registry"));
    scene
        .run(&format!("HTTP_PROXY=http://{} {typed}", proxy.host()))
        .says(2, &["there is no registry"]);
    assert!(!proxy.asked().is_empty());
    // A token for this machine is seen by no proxy.
    let port = server.host().split(':').nth(1).unwrap().to_owned();
    server.wants("Bearer x");
    scene
        .run(&format!(
            "HTTP_PROXY=http://{} NO_PROXY= AGENTPKG_TOKEN_127_0_0_1_{port}=x \
             agentpkg install house --registry {} --unsigned",
            proxy.host(),
            server.address()
        ))
        .succeeds();
    assert!(proxy.asked().is_empty());
}

#[test]
fn news_are_asked_for_once_a_day_and_never_waited_for() {
    let (scene, server) = scene();
    install(&scene, &server);
    publish(&scene, "1.1.0", NEWER);
    server.asked();
    // What was read for the installation is news of today.
    scene
        .run("agentpkg status")
        .says(0, &["house 1.0.0", "latest installed"])
        .never("as of");
    scene.run("agentpkg").says(0, &["house 1.0.0 (latest)"]);
    let catalog = server.paths();
    assert_eq!(catalog, ["/catalog.json"], "{catalog:?}");
    // A day later.
    let later = |line: &str| {
        scene
            .run("find ../home/.cache/agentpkg/web -name '*.json' -exec perl -pi -e 's/\"at\":[0-9]*/\"at\":1000000000/' {} +")
            .succeeds();
        scene.run(line)
    };
    later("agentpkg status")
        .says(0, &["latest 1.1.0: agentpkg upgrade house"])
        .never("as of");
    assert_eq!(server.paths(), ["/index/house.json"]);
    scene
        .run("agentpkg status")
        .says(0, &["latest 1.1.0"])
        .never("as of");
    assert!(server.asked().is_empty());
    // It doesn't answer: what is known is told, and it is left alone.
    server.is_wrong(Fault::Status(503), "");
    later("agentpkg status").says(
        0,
        &[
            "latest 1.1.0",
            "days ago",
            "doesn't answer",
            "503 Service Unavailable",
        ],
    );
    assert_eq!(server.asked().len(), 1);
    later("agentpkg status").says(0, &["latest 1.1.0", "doesn't answer"]);
    scene
        .run("agentpkg --offline")
        .says(0, &["house 1.0.0 (1.1.0 is available)"]);
    assert!(server.asked().is_empty());
    // Nothing is known.
    scene.run("agentpkg cache --clear").succeeds();
    scene
        .run("agentpkg status")
        .says(0, &["latest not known: failed to read"]);
    // Who wants to change something asks.
    scene.run("agentpkg upgrade").says(2, &["it answers 503"]);
    server.is_wrong(Fault::None, "");
    scene
        .run("agentpkg upgrade")
        .says(0, &["upgraded house 1.0.0 -> 1.1.0"]);
    scene.run("agentpkg status").says(0, &["latest installed"]);
}

#[test]
fn what_was_kept_stays_whatever_a_server_says_once() {
    let (scene, server) = scene();
    install(&scene, &server);
    let old = |scene: &Scene| {
        scene
            .run("find ../home/.cache/agentpkg/web -name '*.json' -exec perl -pi -e 's/\"at\":[0-9]*/\"at\":1000000000/' {} +")
            .succeeds();
    };
    for fault in [
        Fault::Status(404),
        Fault::Page,
        Fault::Swap("registry.json"),
        Fault::Truncate(3),
    ] {
        old(&scene);
        server.is_wrong(fault.clone(), "");
        scene.run("agentpkg upgrade").exits(2);
        scene.run("agentpkg audit").needs_a_person();
        scene.run("agentpkg audit --offline").says(0, &["days ago"]);
        server.is_wrong(Fault::Status(503), "");
        scene
            .run("agentpkg status")
            .says(0, &["latest installed", "doesn't answer"]);
        server.is_wrong(Fault::None, "");
        scene.run("agentpkg upgrade").succeeds();
    }
    // Nor is it believed for a day that there is nothing.
    server.is_wrong(Fault::Status(404), "");
    scene.run("agentpkg upgrade").exits(2);
    server.is_wrong(Fault::None, "");
    scene.run("agentpkg status").says(0, &["latest installed"]);
}

#[test]
fn another_users_cache_is_not_taken() {
    let (scene, server) = scene();
    install(&scene, &server);
    let is_root = scene.run("[ $(id -u) = 0 ]").code == Some(0);
    if !is_root {
        return;
    }
    scene.run("chown -R 12345 ../home/.cache").succeeds();
    server.asked();
    scene.run("agentpkg upgrade").succeeds();
    assert_eq!(server.asked()[0].status, 200);
    scene.run("chown -R 12345 ../home/.cache").succeeds();
    scene
        .run("rm -r .claude && agentpkg install --offline")
        .says(2, &["was never read on this machine"]);
}

#[test]
fn who_only_looks_asks_a_silent_server_once() {
    let (scene, server) = scene();
    for number in 0..5 {
        scene.write_source(&format!("t{number}"), "1.0.0", HOUSE);
        scene.publish(&format!("t{number}"), "registry");
    }
    let names = "t0 t1 t2 t3 t4";
    let address = server.address();
    scene
        .run(&format!(
            "agentpkg install {names} --registry {address} --unsigned"
        ))
        .succeeds();
    scene.run("agentpkg cache --clear").succeeds();
    server.asked();
    server.is_wrong(Fault::Status(403), "");
    scene
        .run("agentpkg status")
        .says(0, &["t4 1.0.0", "not known"]);
    assert!(server.asked().len() <= 5);
    scene
        .run("agentpkg status")
        .says(0, &["did not answer just now"]);
    scene.run("agentpkg").succeeds();
    assert!(server.asked().is_empty());
    scene.run("agentpkg audit").says(1, &["5 problems"]);
    assert!(server.asked().len() <= 5);
}

#[test]
fn what_a_clone_names_is_quoted_and_stands_for_nothing_that_was_typed() {
    let (scene, server) = scene();
    let address = server.address();
    let odd = "https://agents.example.org/x;touch$IFS../pwn;$(id)/";
    scene.write(
        "agentpkg.toml",
        format!(
            "[registries.default]\nurl = \"{odd}\"\nunsigned = true\n[templates]\nhouse = \"^1\"\n"
        ),
    );
    for typed in ["search", "info house", "install"] {
        let ran = scene.run(&format!("agentpkg {typed}"));
        for hint in ran.stderr.lines().filter(|line| line.starts_with("hint")) {
            let quoted = hint.contains("'https://agents.example.org/x;touch$IFS");
            assert!(quoted || !hint.contains("touch"), "{hint}");
        }
    }
    scene.folder("reg");
    scene.write(
        "agentpkg.toml",
        format!("[registries.embedded]\nurl = \"{address}\"\n[registries.reg]\nurl = \"{address}\"\n[registries.\"{odd}\"]\nurl = \"{address}\"\n"),
    );
    scene
        .run("agentpkg search --registry embedded")
        .says(0, &["org-baseline"]);
    scene
        .run("agentpkg search --registry reg")
        .says(2, &["was not asked"]);
    scene
        .run(&format!("agentpkg search --registry '{odd}'"))
        .exits(2);
    assert!(server.asked().is_empty());
}

#[test]
fn a_server_that_needs_ever_more_templates_is_left() {
    let scene = Scene::builder().without_default_registry().build();
    scene.write(
        "../registry/registry.json",
        "{\"format\": 1, \"name\": \"x\"}\n",
    );
    let digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    for number in 0..2_100 {
        let index = format!(
            "{{\"format\":1,\"name\":\"t{number}\",\"releases\":[{{\"version\":\"1.0.0\",\"tree\":\"{digest}\",\
             \"artifact\":\"{digest}\",\"size\":18446744073709551615,\"dependencies\":{{\"t{}\":\"*\"}}}}]}}",
            number + 1
        );
        scene.write(&format!("../registry/index/t{number}.json"), index);
    }
    let server = Server::of(&scene.path("../registry"));
    scene
        .run(&format!(
            "agentpkg install t0 --registry {} --unsigned",
            server.address()
        ))
        .says(2, &["needs more than 2000 templates"]);
}

#[test]
fn a_registry_that_contradicts_the_lock_is_a_problem() {
    let (scene, server) = scene();
    install(&scene, &server);
    let index = scene.text("../registry/index/house.json");
    scene.write(
        "../registry/index/house.json",
        index.replace("\"1.0.0\"", "\"0.9.0\""),
    );
    scene
        .run("agentpkg audit")
        .says(1, &["the registry no longer has 1.0.0"]);
    let tree = index.split("\"tree\": \"sha256:").nth(1).unwrap()[..8].to_owned();
    scene.write(
        "../registry/index/house.json",
        index.replace(&tree, "00000000"),
    );
    scene
        .run("agentpkg audit")
        .says(1, &["1.0.0 has other contents there than what is locked"]);
    scene.write(
        "../registry/index/house.json",
        index.replace("\"version\"", "\"recalled\": true, \"version\""),
    );
    scene
        .run("agentpkg audit")
        .says(1, &["recalled house 1.0.0: no reason is given"]);
    scene.write("../registry/index/house.json", index);
    scene.run("agentpkg audit").succeeds();
    scene
        .run("git add -A && git commit -qm i && rm agentpkg.lock && agentpkg audit")
        .says(2, &["`agentpkg.lock` is missing"]);
}

#[test]
fn what_is_permitted_of_one_registry_is_of_no_other() {
    let (scene, server) = scene();
    let (address, other) = (server.address(), Server::of(&scene.path("../other")));
    scene.write_source("second", "1.0.0", HOUSE);
    scene.publish("second", "other");
    // A clone names one, and somebody permits another.
    let clone =
        format!("[registries.default]\nurl = \"{address}\"\n\n[templates]\nhouse = \"^1.0\"\n");
    scene.write("agentpkg.toml", &clone);
    for typed in [
        format!(
            "agentpkg install second --registry {} --unsigned",
            other.address()
        ),
        "agentpkg install second --registry ../other".to_owned(),
        "agentpkg install".to_owned(),
    ] {
        scene
            .run(&typed)
            .says(2, &[&format!("`{address}` is an unsigned registry")]);
        scene.reads("agentpkg.toml", clone.as_str());
    }
    scene.run("agentpkg install --unsigned").succeeds();
    // What was permitted stays, whatever else is installed.
    scene
        .run("agentpkg install second --registry ../other")
        .succeeds();
    let text = scene.text("agentpkg.toml");
    assert!(
        text.contains(&format!("url = \"{address}\"\nunsigned = true")),
        "{text}"
    );
    assert_eq!(text.matches("unsigned").count(), 1, "{text}");
    scene
        .run("agentpkg upgrade && agentpkg install --locked")
        .succeeds();
}

#[test]
fn a_folder_is_never_called_unsigned() {
    let (scene, server) = scene();
    scene.write_source("second", "1.0.0", HOUSE);
    scene.publish("second", "other");
    scene.write(
        "agentpkg.toml",
        format!(
            "[registries]\ndefault = {{ url = \"../other\" }} # the folder\nweb = {{ url = \"{}\" }}\n",
            server.address()
        ),
    );
    scene.run("agentpkg install second").succeeds();
    scene
        .run("agentpkg install house --registry web --unsigned")
        .succeeds();
    scene.run("agentpkg install").succeeds();
    let text = scene.text("agentpkg.toml");
    assert!(
        text.contains("default = { url = \"../other\" } # the folder"),
        "{text}"
    );
    assert!(text.contains("unsigned = true }"), "{text}");
}

#[test]
fn a_registry_of_two_names_is_one() {
    let (scene, server) = scene();
    let address = server.address();
    scene.write_source("other", "1.0.0", HOUSE);
    scene.publish("other", "registry");
    scene.write(
        "agentpkg.toml",
        format!(
            "[registries]\ndefault = {{ url = \"{address}\", unsigned = true }}\n\
             alias = {{ url = \"{address}registry.json\", unsigned = true }}\n\n[templates]\n\
             house = \"^1.0\"\nother = {{ version = \"^1.0\", registry = \"alias\" }}\n"
        ),
    );
    scene.run("agentpkg install").succeeds();
    server.asked();
    scene
        .run("rm -r .claude && agentpkg install --locked")
        .succeeds();
    assert!(server.asked().is_empty());
}
