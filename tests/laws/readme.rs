//! What README.md says in numbers is what the bench beside copier and cruft printed, which
//! docs/compared.md has whole.

use std::fs;
use std::path::Path;

/// The columns of the bench's tables that README.md shows.
const TOOLS: [&str; 3] = ["agentpkg", "copier", "cruft"];

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// Returns the cells of the rows of a table, by its first line.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let rows = page
        .lines()
        .skip_while(|line| !line.starts_with(heading))
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

/// What an upgrade did to a team's edits, by case, in the order of [`TOOLS`].
struct Cases(Vec<(String, [String; 3])>);

impl Cases {
    fn read(page: &str) -> Self {
        let rows = table(page, "| case |");
        let columns = TOOLS.map(|tool| rows[0].iter().position(|cell| cell == tool).unwrap());
        let cases = rows[2..]
            .iter()
            .map(|row| (row[0].clone(), columns.map(|column| row[column].clone())));
        Self(cases.collect())
    }

    /// Returns how many cases each tool did something in, in README.md's words.
    fn count(&self, what: &str, none: &str) -> [String; 3] {
        [0, 1, 2].map(|tool| {
            let is_so = |(_, results): &&(String, [String; 3])| results[tool].contains(what);
            match self.0.iter().filter(is_so).count() {
                0 => none.to_owned(),
                1 => "1 case".to_owned(),
                count => format!("{count} cases"),
            }
        })
    }

    /// Returns what each tool leaves, and how it exits, where both sides changed one line.
    fn same_line(&self) -> [String; 3] {
        let (_, results) = self.0.iter().find(|(case, _)| case == "same line").unwrap();
        results.each_ref().map(|result| {
            let (_, exit) = result.rsplit_once("(exit ").unwrap();
            let left = if result.contains("markers") {
                "markers"
            } else {
                "yours kept"
            };
            format!("{left}, exit {}", exit.trim_end_matches(')'))
        })
    }
}

/// Returns how much of the CPU that git takes each tool takes for one upgrade.
fn cpu(page: &str) -> [String; 3] {
    let rows = table(page, "| command | wall | CPU |");
    ["agentpkg upgrade", "copier update", "cruft update"].map(|command| {
        let row = rows.iter().find(|row| row[0] == command).unwrap();
        let ratio: f64 = row[4].parse().unwrap();
        if ratio < 10.0 {
            format!("{ratio:.1} × git")
        } else {
            format!("{ratio:.0} × git")
        }
    })
}

#[test]
fn the_table_of_the_readme_is_what_the_bench_printed() {
    let bench = page("docs/compared.md");
    let cases = Cases::read(&bench);
    let readme = page("README.md");
    let row = |what: &str, cells: [String; 3]| format!("| {what} | {} |", cells.join(" | "));
    let expected = [
        "| | agentpkg | copier | cruft |".to_owned(),
        "|---|---|---|---|".to_owned(),
        row(
            "an edit or a release's change lost, exit 0",
            cases.count("lost**", "0 cases"),
        ),
        row(
            "`settings.json` broken",
            cases.count("**broken file**: `.claude/settings.json`", "never"),
        ),
        row("same line changed by both, in CI", cases.same_line()),
        row("CPU of an upgrade, 50 files", cpu(&bench)),
    ]
    .join("\n");
    assert!(readme.contains(&expected), "README.md lacks\n{expected}");

    let tools = bench
        .split_once("Measured with ")
        .and_then(|(_, rest)| rest.split_once(" (cookiecutter"))
        .map(|(tools, _)| tools)
        .unwrap();
    let said = format!(
        "{} cases, printed by `just bench-peers` ({tools})",
        cases.0.len()
    );
    assert!(readme.contains(&said), "README.md doesn't say: {said}");
}

#[test]
fn the_readme_is_read_in_a_minute() {
    let lines = page("README.md").lines().count();
    assert!(lines < 150, "README.md has {lines} lines");
}

#[test]
fn what_pages_link_to_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let pages = docs.map(|entry| entry.unwrap().path());
    let mut checked = 0;
    for path in pages.chain([root.join("README.md")]) {
        let text = fs::read_to_string(&path).unwrap();
        // What stands between fences, every other part, are examples.
        let prose: String = text.split("\n```").step_by(2).collect();
        let targets = prose
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'));
        for (target, _) in targets {
            let (file, _) = target.split_once('#').unwrap_or((target, ""));
            if file.is_empty() || file.contains("://") || !file.contains('.') {
                continue;
            }
            let there = path.parent().unwrap().join(file);
            assert!(there.exists(), "{}: no file {target}", path.display());
            checked += 1;
        }
    }
    assert!(checked > 20, "only {checked} links were found");
}
