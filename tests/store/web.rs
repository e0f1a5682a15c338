//! Web servers that never end, never begin, or take their time: whoever waits has a limit.

use std::time::{Duration, Instant};

use agentpkg::model::name::TemplateName;
use agentpkg::store::http::Limits;
use agentpkg::store::reach::Reach;
use agentpkg::store::registry::{Address, Registry};
use support::{Fault, Scene, Server};

/// Limits that a test can wait for.
const SHORT: Limits = Limits {
    connect: Duration::from_millis(500),
    silence: Duration::from_millis(500),
    window: Duration::from_millis(700),
    least: 1000,
    whole: Duration::from_millis(1500),
    all: Duration::from_secs(60),
    retries: 1,
    pause: Duration::from_millis(20),
};

fn scene() -> (Scene, Server) {
    let scene = Scene::new().published("house", "1.0.0", &[("rules/a.md", "- one\n")]);
    let server = Server::of(&scene.path("../registry"));
    (scene, server)
}

fn open(address: &str, limits: Limits) -> Registry {
    let address = Address::parse(address, "/".as_ref()).unwrap();
    let reach = Reach {
        limits,
        ..Reach::default()
    };
    Registry::open(&address, &reach).unwrap()
}

#[test]
fn whatever_a_server_does_no_one_waits_longer_than_was_said() {
    let rows = [
        (Fault::Silent, "it sent nothing for 0.5 s"),
        (
            Fault::DripHead(Duration::from_millis(100)),
            "it sent nothing for 0.5 s",
        ),
        (Fault::Drip(Duration::from_millis(10)), "it is too slow"),
        (
            Fault::Drip(Duration::from_millis(600)),
            "it sent nothing for 0.5 s",
        ),
        (Fault::Endless(40 << 20), "it is larger than 16 MiB"),
        (Fault::Huge, "it is larger than 16 MiB"),
        (Fault::CutShort(10), "2 times"),
        (Fault::Reset(10), "2 times"),
    ];
    let (_scene, server) = scene();
    let name: TemplateName = "house".parse().unwrap();
    for (fault, said) in rows {
        server.is_wrong(fault.clone(), "");
        let start = Instant::now();
        let error = open(&server.address(), SHORT).index(&name).unwrap_err();
        assert!(
            error.causes()[0].contains(said) && !error.next_steps().is_empty(),
            "{fault:?}: {error:?}"
        );
        // Twice the longest, for a machine that is busy.
        assert!(start.elapsed() < Duration::from_secs(10), "{fault:?}");
    }
}

#[test]
fn a_file_that_is_fast_enough_may_take_long_but_not_for_ever() {
    let (_scene, server) = scene();
    let name: TemplateName = "house".parse().unwrap();
    server.is_wrong(Fault::Drip(Duration::from_millis(10)), "");
    let error = open(&server.address(), Limits { least: 1, ..SHORT });
    let error = error.index(&name).unwrap_err();
    assert_eq!(error.causes()[0], "it took longer than 1.5 s");
}

#[test]
fn nobody_there_is_said_at_once() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let name: TemplateName = "house".parse().unwrap();
    let error = open(&format!("http://127.0.0.1:{port}/"), SHORT)
        .index(&name)
        .unwrap_err();
    assert_eq!(error.causes()[0], "connection refused");
}

#[test]
fn all_that_a_command_asks_has_an_end() {
    let (scene, server) = scene();
    let mut names: Vec<TemplateName> = Vec::new();
    for number in 0..40 {
        let name = format!("t{number}");
        scene.write_source(&name, "1.0.0", &[("rules/a.md", "- one\n")]);
        scene.publish(&name, "registry");
        names.push(name.parse().unwrap());
    }
    // Each file takes a second, and sixteen are asked for at once.
    server.is_wrong(Fault::Drip(Duration::from_millis(2)), "");
    let limits = Limits {
        least: 1,
        whole: Duration::from_secs(10),
        all: Duration::from_millis(1500),
        ..SHORT
    };
    let names: Vec<&TemplateName> = names.iter().collect();
    let start = Instant::now();
    let error = open(&server.address(), limits).indexes(&names).unwrap_err();
    assert_eq!(
        error.causes()[0],
        "the command's requests took longer than 1.5 s"
    );
    assert!(start.elapsed() < Duration::from_secs(5));
}
