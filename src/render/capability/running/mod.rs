//! Which prose a script runs: sources it, gives it to an interpreter, finds it by a pattern, or
//! puts its name together. **A text that is only read is still prose**: to print a text, or to
//! search in it, runs nothing.
//!
//! A script is read to be shown, never to be allowed, so it is the other way round from a list of
//! what runs things: a text that a script of a shell gives to a program counts, unless the program
//! is one that is known to read only. Of other languages, a text counts that is named anywhere in a
//! script that runs what can't be seen.

mod other;
mod readers;
mod shell;
mod variables;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::path::{RelPath, fold};

use words::{is_open, pattern, variables};

/// How many patterns of one script are told apart; with more, it counts as one that runs anything.
const MOST: usize = 500;

/// What a script runs besides itself.
#[derive(Debug, Default)]
pub struct Running {
    /// Patterns of folded paths that are run.
    run: BTreeSet<String>,
    /// Patterns of folded paths that are named.
    named: BTreeSet<String>,
    /// Whether it runs what can't be seen, and may be anything that it names.
    runs_unseen: bool,
    /// Whether what it runs unseen may be whatever lies in a folder.
    runs_any: bool,
    /// Whether it runs what it is given: `. "$1"`.
    runs_arguments: bool,
    /// What variables are given; nothing where that can't be seen.
    given: BTreeMap<String, Option<BTreeSet<String>>>,
    /// What the commands name whose output variables are given: the text of it, or a name.
    printed: BTreeMap<String, BTreeSet<String>>,
    /// Words that are run and have no letter of their own: `"$dir/$file"`.
    open: BTreeSet<String>,
    /// Words with variables that are given to programs of which nothing is known.
    passed: BTreeSet<String>,
}

/// How a text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    /// A shell's.
    Shell,
    /// Settings of another program, with commands in them, or what isn't known.
    Settings,
    Other,
}

impl Running {
    /// Reads a script, by its name and its first line.
    pub fn of_script(name: &str, text: &str) -> Self {
        let mut running = Self::default();
        match language(name, text) {
            Language::Shell => running.shell(text),
            Language::Settings => running.settings(text),
            Language::Other => running.other(text, comment(name, text)),
        }
        running.fill_in();
        running
    }

    /// Reads a command that a shell is given.
    pub fn of_command(text: &str) -> Self {
        let mut running = Self::default();
        running.shell(text);
        running.fill_in();
        running
    }

    /// Adds what another command runs and names.
    pub fn join(&mut self, other: Self) {
        self.run.extend(other.run);
        self.named.extend(other.named);
        self.runs_unseen |= other.runs_unseen;
        self.runs_arguments |= other.runs_arguments;
    }

    /// Returns what it names, as patterns.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.named
    }

    /// Runs what another script, which calls this one, may give it. Returns whether more can be
    /// told apart.
    pub fn is_given(&mut self, names: BTreeSet<String>) -> bool {
        if self.runs_arguments || self.runs_unseen {
            self.run.extend(names);
        }
        self.run.len() <= MOST
    }

    /// Returns whether it runs what it is given, or what can't be seen.
    pub fn may_run_more(&self) -> bool {
        self.runs_arguments || self.runs_unseen
    }

    /// Returns those paths that are run.
    pub fn run_of<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a RelPath>,
    ) -> BTreeSet<&'a RelPath> {
        let mut patterns = self.run.clone();
        if self.runs_unseen {
            patterns.extend(self.named.iter().cloned());
        }
        if patterns.is_empty() {
            return BTreeSet::new();
        }
        let Some(set) = set(&patterns) else {
            return paths.into_iter().collect();
        };
        paths
            .into_iter()
            .filter(|path| set.is_match(path.folded()))
            .collect()
    }

    /// Adds a word that is run, as a pattern of paths; one without any letter of its own is what
    /// its variables are given.
    fn run(&mut self, word: &str) {
        match pattern(word) {
            // A substitution alone: what it names is read with it.
            Some(pattern) if is_open(&pattern) && word.contains("$(") => {}
            Some(pattern) if is_open(&pattern) => _ = self.open.insert(word.to_owned()),
            Some(pattern) => _ = self.run.insert(pattern),
            None => {}
        }
    }

    fn run_each(&mut self, words: &[String]) {
        for word in words {
            self.run(word);
            // A substitution is read as the command that it is.
            let parts = word.split_whitespace().filter(|part| !part.contains("$("));
            if word.contains(char::is_whitespace) {
                parts.for_each(|part| self.run(part));
            }
        }
    }

    /// Runs what the variables were given in words that have nothing else.
    fn fill_in(&mut self) {
        for word in std::mem::take(&mut self.open) {
            let name = word.rsplit('/').next().unwrap_or(&word);
            for variable in variables(name) {
                if let Some(patterns) = self.printed.get(&variable) {
                    self.run.extend(patterns.iter().cloned());
                }
                match self.given.get(&variable) {
                    Some(Some(patterns)) => self.run.extend(patterns.iter().cloned()),
                    None if self.printed.contains_key(&variable) => {}
                    _ if is_argument(&variable) => self.runs_arguments = true,
                    _ => self.runs_unseen = true,
                }
            }
            if variables(name).is_empty() {
                self.runs_unseen = true;
            }
        }
        for word in std::mem::take(&mut self.passed) {
            for variable in variables(&word) {
                if let Some(Some(patterns)) = self.given.get(&variable) {
                    self.run.extend(patterns.iter().cloned());
                }
            }
        }
    }
}

/// Returns whether a variable is an argument of the script's, or of a function's.
fn is_argument(variable: &str) -> bool {
    matches!(variable, "@" | "*")
        || variable.chars().all(|letter| letter.is_ascii_digit()) && !variable.is_empty()
}

/// Returns what begins a comment that takes a whole line, in a language that is no shell's.
fn comment(name: &str, text: &str) -> &'static str {
    const HASH: [&str; 6] = ["py", "rb", "pl", "pm", "awk", "ps1"];
    const HASH_PROGRAMS: [&str; 4] = ["python", "ruby", "perl", "awk"];
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let first = text.lines().next().unwrap_or_default();
    let is_hash = HASH.contains(&ending) || HASH_PROGRAMS.iter().any(|one| first.contains(one));
    match ending {
        "lua" => "--",
        _ if is_hash => "#",
        _ => "//",
    }
}

/// Returns how a text is to be read.
fn language(name: &str, text: &str) -> Language {
    const OTHERS: [&str; 21] = [
        "py", "js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx", "rb", "pl", "pm", "php", "lua",
        "awk", "html", "htm", "svg", "css", "ps1", "r",
    ];
    const SHELLS: [&str; 11] = [
        "sh", "bash", "zsh", "ksh", "fish", "ash", "dash", "mk", "just", "cmd", "envrc",
    ];
    const INTERPRETERS: [&str; 9] = [
        "python", "node", "deno", "bun", "ruby", "perl", "php", "lua", "awk",
    ];
    let first = text.lines().next().unwrap_or_default();
    let folded = fold(name);
    let ending = folded.rsplit_once('.').map_or("", |(_, ending)| ending);
    match first.strip_prefix("#!") {
        Some(line) if INTERPRETERS.iter().any(|one| line.contains(one)) => Language::Other,
        Some(_) => Language::Shell,
        None if OTHERS.contains(&ending) => Language::Other,
        None if ending.is_empty() && folded != "jenkinsfile" || SHELLS.contains(&ending) => {
            Language::Shell
        }
        None => Language::Settings,
    }
}

/// Returns the patterns as a set that matches below any folder; nothing where they are too many, or
/// no patterns.
fn set(patterns: &BTreeSet<String>) -> Option<GlobSet> {
    if patterns.len() > MOST {
        return None;
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(&format!("**/{pattern}"))
            .literal_separator(true)
            .backslash_escape(false)
            .build();
        set.add(glob.ok()?);
    }
    set.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks of each script whether it runs `docs/notes.md`.
    #[track_caller]
    fn check(scripts: &[(&str, &str, bool)]) {
        let path: RelPath = "docs/notes.md".parse().unwrap();
        let runs = |name: &str, text: &str| {
            let running = Running::of_script(name, text);
            running.run_of([&path]).contains(&path)
        };
        let wrong: Vec<_> = scripts
            .iter()
            .filter(|(name, text, expected)| runs(name, text) != *expected)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// As [`check`], of scripts of a shell.
    #[track_caller]
    fn check_all(texts: &[&str], expected: bool) {
        let scripts: Vec<_> = texts.iter().map(|text| ("x.sh", *text, expected)).collect();
        check(&scripts);
    }

    #[test]
    fn a_text_that_a_shell_runs_is_found() {
        check_all(
            &[
                ". docs/notes.md",
                "source \"$here/docs/notes.md\"",
                "#!/bin/sh\nset -e\n. \"${CLAUDE_PROJECT_DIR:-.}\"/docs/notes.md",
                "bash docs/notes.md",
                "env A=b bash -x docs/NOTES.md",
                "if true; then sh docs/notes.md; fi",
                "sh < docs/notes.md",
                "sh <docs/notes.md",
                "cat docs/notes.md | sh",
                "cat docs/notes.md | tr a b | bash -s",
                "bash <(cat docs/notes.md)",
                "eval \"$(cat docs/notes.md)\"",
                "x=$(sh docs/notes.md)",
                "echo \"it says $(bash docs/notes.md)\"",
                "bash -c '. docs/notes.md'",
                "for f in docs/*.md; do . \"$f\"; done",
                "for f in \"$dir\"/*; do sh \"$f\"; done",
                "n=notes\n. \"docs/$n.md\"",
                "f=docs/notes.md\n. \"$f\"",
                "f=lib.sh\n[ -n \"$1\" ] && f=$1\n. \"$f\"; x docs/notes.md",
                "for f in docs/*.md; do g=$f; . \"$g\"; done",
                "f=$(echo docs/notes.md)\n. \"$f\"",
                "read -r f\n. \"$f\" # docs/notes.md",
                "python3 -c \"exec(open('docs/notes.md').read())\"",
                "python3 - <<EOF\nexec(open('docs/notes.md').read())\nEOF",
                "node -e \"require('./docs/notes.md')\"",
                "cp docs/notes.md x.sh; sh x.sh",
                "cat docs/notes.md > x.sh; sh x.sh",
                "sed s/a/b/ docs/notes.md >x.sh; sh x.sh",
                "ln -s docs/notes.md x.sh; sh x.sh",
                "chmod +x docs/notes.md; docs/notes.md",
                "trap '. docs/notes.md' EXIT",
                "function f { . docs/notes.md; }",
                "BASH_ENV=docs/notes.md bash x.sh",
                "sh<docs/notes.md",
                ". docs/{notes,x}.md",
                "sh -o pipefail docs/notes.md",
                "python3 -X utf8 docs/notes.md",
                "python3.12 docs/notes.md",
                "bun run docs/notes.md",
                "ssh h bash -s < docs/notes.md",
                "docker exec -i c sh < docs/notes.md",
                "npx zx docs/notes.md",
                "flock l sh docs/notes.md",
                "x=$(<docs/notes.md); eval \"$x\"",
                "x=$(cat docs/notes.md); bash -c \"$x\"",
                "find docs -type f | while read f; do . \"$f\"; done",
                "xargs -a docs/notes.md -I{} sh -c {}",
                "crontab docs/notes.md",
                "tar --use-compress-program=\"sh docs/notes.md\" -xf a",
                "docker compose -f docs/notes.md up",
                "awk '{system($0)}' docs/notes.md",
                "cat docs/notes.md | tee x.sh | sh",
                "mask --maskfile docs/notes.md build",
                "f=docs/notes.md; frob \"$f\"",
                "run() { . \"$1\"; }\nrun docs/notes.md",
                "find docs -name '*.md' -exec sh {} \\;",
                "find docs -name '*.md' | sort | xargs -n1 bash",
                "ls docs/*.md | xargs sh",
                "while read -r line; do $line; done < docs/notes.md",
                "run-parts docs",
                "awk -f docs/notes.md x",
                "make --file=docs/notes.md",
                "python3 docs/notes.md",
                "# don't\n. docs/notes.md\n# it's",
                "cat <<END\ndon't\nEND\n. docs/notes.md\n",
            ],
            true,
        );
        check(&[
            ("Makefile", "all:\n\t@sh docs/notes.md\n", true),
            ("Makefile", "include docs/notes.md\n", true),
            ("ci.yml", "    - run: sh docs/notes.md\n", true),
        ]);
    }

    /// Scripts that are made to take long are read in time that grows with their size: each of
    /// these took minutes once.
    #[test]
    fn scripts_that_are_made_to_take_long_are_read_in_good_time() {
        let start = std::time::Instant::now();
        for (name, text) in [
            ("x.sh", format!("sh {}", "<(a ".repeat(20_000))),
            ("x.sh", "a|".repeat(60_000)),
            ("x.gradle", "find docs -exec sh {} ; ".repeat(2_000)),
            ("x.json", "\"node\": \">=14\", ".repeat(5_000)),
            ("x.py", "run: - ".repeat(20_000)),
        ] {
            let _ = Running::of_script(name, &text);
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(60));
    }

    #[test]
    fn a_text_that_a_shell_only_names_is_prose() {
        check_all(
            &[
                "cat docs/notes.md",
                "# Run sh docs/notes.md to see\n",
                "echo 'see docs/notes.md'; exit 0",
                "text=$(cat \"$dir/docs/notes.md\")\nprintf '%s' \"$text\" | jq -Rs .",
                "cat docs/notes.md | python3 -c 'import sys; print(len(sys.stdin.read()))'",
                "cat docs/notes.md | python3 tool.py",
                "grep -c x docs/*.md",
                "[ -f docs/notes.md ] || exit 0",
                "bash tool.sh && cat docs/notes.md",
                "git add docs/notes.md",
                "awk '{ print }' docs/notes.md",
                "for f in lib/*.sh; do . \"$f\"; done; cat docs/notes.md",
                "f=lib.sh\n. \"$dir/$f\"\ncat docs/notes.md",
                "exec bash \"$dir/$name\" \"$@\"",
                "\"$PYTHON\" tool.py; cat docs/notes.md",
                ". \"$(dirname \"$0\")/lib.sh\"; cat docs/notes.md",
                "eval \"$(tool env)\"; cat docs/notes.md",
                "for f in docs/*.md; do echo \"$f\"; cat \"$f\"; done; exec \"$@\"",
                "[ -n \"$1\" ] && \"$1\"; cat docs/notes.md",
                "python3 - docs/notes.md <<E\nprint(1)\nE",
                "cat docs/notes.md > /dev/null",
                "grep -q x docs/notes.md 2>/dev/null && wc -l < docs/notes.md",
                "f=docs/notes.md; cat \"$f\" | head -n 3",
            ],
            false,
        );
    }

    #[test]
    fn a_text_that_another_language_runs_is_found_and_one_that_it_names_is_not() {
        check(&[
            ("a.py", "exec(open('docs/notes.md').read())", true),
            ("a.py", "t = open('docs/notes.md').read()\nexec(t)", true),
            ("a.py", "subprocess.run(['sh', 'docs/notes.md'])", true),
            (
                "a.py",
                "for f in glob('docs/*.md'):\n  subprocess.run(['sh', f])",
                true,
            ),
            (
                "a.py",
                "t = open('docs/notes.md').read()\nprint(re.compile('x').exec(t))",
                false,
            ),
            ("a.js", "execSync('sh docs/notes.md')", true),
            ("a.js", "cp.exec(\"sh docs/notes.md\")", true),
            (
                "a.js",
                "const { execSync } = require('child_process')\nread('docs/notes.md')",
                false,
            ),
            ("a.js", "globalThis.eval(read('docs/notes.md'))", true),
            (
                "a.js",
                "const fs=require(\"fs\"); fs.readFileSync('docs/notes.md')",
                false,
            ),
            (
                "a.js",
                "for (const f of readdirSync('docs')) vm.runInThisContext(read(f))",
                true,
            ),
            (
                "a.py",
                "subprocess.run(\n  [\"sh\",\n  \"docs/notes.md\"],\n)",
                true,
            ),
            (
                "a.py",
                "cmd=[\"sh\",\"docs/notes.md\"]\nsubprocess.run(cmd)",
                true,
            ),
            (
                "a.py",
                "f='docs/notes.md'\nsubprocess.run([sys.executable, f])",
                true,
            ),
            (
                "a.py",
                "f='docs/notes.md'\nsubprocess.run(['/bin/sh', f])",
                true,
            ),
            (
                "a.py",
                "subprocess.run(['git', 'add', 'docs/notes.md'])",
                false,
            ),
            (
                "a.py",
                "for n in os.listdir('docs'): os.system('sh docs/' + n)",
                true,
            ),
            (
                "a.js",
                "readdirSync('x'); cp.exec(process.env.OPEN + url)",
                false,
            ),
            (
                "a.js",
                "readdirSync('x'); cp.execFile(launcher.bin, launcher.args)",
                false,
            ),
            ("a.py", "os.system(open('docs/notes.md').read())", true),
            (
                "a.py",
                "for n in os.listdir('docs'): exec(open('docs/'+n).read())",
                true,
            ),
            ("a.py", "os.execvp('sh', ['sh', 'docs/notes.md'])", true),
            ("a.rb", "system \"sh docs/notes.md\"", true),
            ("a.rb", "instance_eval File.read('docs/notes.md')", true),
            ("a.php", "require_once 'docs/notes.md';", true),
            ("a.php", "shell_exec('sh docs/notes.md');", true),
            ("a.lua", "os.execute('sh docs/notes.md')", true),
            ("a.lua", "dofile('docs/notes.md')", true),
            ("a.ps1", "iex (Get-Content docs/notes.md)", true),
            ("a.pl", "eval $t; open(F, 'docs/notes.md')", true),
            (
                "package.json",
                "{\"scripts\":{\"build\":\"sh docs/notes.md\"}}",
                true,
            ),
            (
                "package.json",
                "{\"scripts\":{\n  \"build\": \"x && sh docs/notes.md\"}}",
                true,
            ),
            (
                "package.json",
                "{\"files\": [\"docs/notes.md\"], \"readme\": \"docs/notes.md\"}",
                false,
            ),
            ("ci.yml", "- {name: x, run: bash docs/notes.md}", true),
            ("mkdocs.yml", "nav:\n  - Home: docs/notes.md\n", false),
            (
                "a.js",
                "const f = name + '.md'\nspawnSync('bash', [f])",
                true,
            ),
            (
                "a.js",
                "eval(fs.readFileSync(`docs/${name}.md`, 'utf8'))",
                true,
            ),
            (
                "a.js",
                "const t = read('docs/notes.md')\nexecSync('dot -Tsvg', { input: t })",
                false,
            ),
            ("a.js", "/x/.exec(read('docs/notes.md'))", false),
            ("a.rb", "eval File.read('docs/notes.md')", true),
            ("a.rb", "load 'docs/notes.md'", true),
            ("a", "#!/usr/bin/env node\nrequire('./docs/notes.md')", true),
        ]);
    }
}
