//! The merge engine alone. Whole processes beside git are in `merge_file.py`.

use std::hint::black_box;

use agentpkg::agent::merge;
use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::Sides;
use criterion::{Criterion, criterion_group, criterion_main};

/// Three versions of a file.
struct Case {
    name: &'static str,
    kind: FileKind,
    base: String,
    ours: String,
    theirs: String,
}

/// Returns `count` lines, with every `step`th from `from` changed.
fn lines(count: usize, from: usize, step: usize, change: &str) -> String {
    let line = |number: usize| match number % step == from {
        true => format!("{change} {number}\n"),
        false => format!("line {number} of many that say something of their own\n"),
    };
    (0..count).map(line).collect()
}

fn settings(allow: &[&str], deny: &[&str]) -> String {
    let value = serde_json::json!({
        "permissions": { "allow": allow, "deny": deny },
        "env": { "RUST_BACKTRACE": "1" },
    });
    format!("{value:#}\n")
}

fn cases() -> Vec<Case> {
    let text = |name, kind, count, step| Case {
        name,
        kind,
        base: lines(count, count, count + 1, ""),
        ours: lines(count, 10, step, "ours"),
        theirs: lines(count, step / 2, step, "theirs"),
    };
    let prose = |ours: &str, theirs: &str| {
        format!("# Rules\n\nRun {ours} tests before you push, and wait for {theirs} result.\n")
    };
    vec![
        text(
            "100,000 lines, 1,000 edits a side",
            FileKind::Text,
            100_000,
            100,
        ),
        text("100 lines, 5 edits a side", FileKind::Markdown, 100, 20),
        Case {
            name: "settings.json, both added permissions",
            kind: FileKind::Json,
            base: settings(&["Bash(ls)"], &["Read(.env)"]),
            ours: settings(&["Bash(ls)", "Bash(make)"], &["Read(.env)"]),
            theirs: settings(
                &["Bash(ls)", "Bash(cargo test)"],
                &["Read(.env)", "Read(*.pem)"],
            ),
        },
        Case {
            name: "a line of prose, different words",
            kind: FileKind::Markdown,
            base: prose("the", "the"),
            ours: prose("all", "the"),
            theirs: prose("the", "a"),
        },
    ]
}

fn engine(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("merge");
    group.sample_size(20);
    for case in cases() {
        let sides = Sides {
            base: case.base.as_bytes(),
            ours: case.ours.as_bytes(),
            theirs: case.theirs.as_bytes(),
        };
        assert!(merge(case.kind, &sides).is_clean(), "{}", case.name);
        group.bench_function(case.name, |bencher| {
            bencher.iter(|| merge(case.kind, black_box(&sides)).bytes(&sides))
        });
    }
    group.finish();
}

criterion_group!(benches, engine);
criterion_main!(benches);
