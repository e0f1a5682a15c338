//! Which prose a script runs: sources it, gives it to an interpreter, finds it by a pattern, or
//! puts its name together. **A text that is only named is still prose**: to print a text, or to
//! speak of it, runs nothing.
//!
//! A script is read to be shown, never to be allowed. Shells are read command by command; of other
//! languages a line that runs something and names a text is enough, and so is a text that is named
//! anywhere in a script that evaluates what it is given.

use std::collections::{BTreeMap, BTreeSet};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::agent::readers::PROSE;
use crate::model::path::{RelPath, fold};

use super::command;
use super::files::NAMES;

/// How many patterns of one script are told apart; with more, it counts as one that runs anything.
const MOST: usize = 500;

/// How long a path is at most that is looked for.
const LONGEST: usize = 1 << 10;

/// How deep commands in commands are followed: `sh -c "eval '…'"`.
const DEEPEST: usize = 8;

/// What a script runs besides itself.
#[derive(Debug, Default)]
pub struct Running {
    /// Patterns of folded paths that are run.
    run: BTreeSet<String>,
    /// Patterns of folded paths that are named.
    named: BTreeSet<String>,
    /// Whether it also runs what can't be seen: `. "$1"`.
    runs_unseen: bool,
    /// What variables are given, as patterns; nothing where that can't be seen.
    given: BTreeMap<String, Option<BTreeSet<String>>>,
    /// Words that are run and have no letter of their own: `"$dir/$file"`.
    open: BTreeSet<String>,
}

impl Running {
    /// Reads a script, by its name and its first line.
    pub fn of_script(name: &str, text: &str) -> Self {
        let mut running = Self::default();
        match is_shell(name, text) {
            true => running.shell(text),
            false => running.other(text),
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
    }

    /// Returns what it names, as patterns.
    pub fn names(&self) -> &BTreeSet<String> {
        &self.named
    }

    /// Adds the names that another script may give this one. Returns whether more can be told
    /// apart.
    pub fn learn(&mut self, names: BTreeSet<String>) -> bool {
        self.named.extend(names);
        self.named.len() <= MOST
    }

    /// Returns whether it also runs what can't be seen.
    pub fn runs_unseen(&self) -> bool {
        self.runs_unseen
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
        let set = set(&patterns);
        let is_run = |path: &&RelPath| match &set {
            Some(set) => set.is_match(path.folded()),
            None => true,
        };
        paths.into_iter().filter(is_run).collect()
    }

    /// Runs what the variables were given in words that have nothing else.
    fn fill_in(&mut self) {
        for word in std::mem::take(&mut self.open) {
            let name = word.rsplit('/').next().unwrap_or(&word);
            let variables = variables(name);
            let mut given = BTreeSet::new();
            let mut is_known = !variables.is_empty();
            for variable in variables {
                match self.given.get(&variable) {
                    Some(Some(patterns)) => given.extend(patterns.iter().cloned()),
                    _ => is_known = false,
                }
            }
            match is_known {
                true => self.run.extend(given),
                false => self.runs_unseen = true,
            }
        }
    }

    /// Remembers what a variable is given.
    fn give(&mut self, variable: &str, words: &[&str]) {
        let known = self.given.entry(variable.to_owned());
        let known = known.or_insert_with(|| Some(BTreeSet::new()));
        for word in words {
            let is_seen = !word.contains("$(") && !word.contains('`');
            match pattern(word).filter(|_| is_seen) {
                Some(one) if !is_open(&one) || word.contains('*') && !word.contains("$*") => {
                    if let Some(known) = known.as_mut().filter(|_| may_be_prose(&one)) {
                        known.insert(one);
                    }
                }
                None if is_seen => {}
                _ => *known = None,
            }
        }
    }

    /// Reads a text as a shell does, as a whole and line by line: a quote that is left open in a
    /// comment or in a text for another program hides nothing behind it.
    fn shell(&mut self, text: &str) {
        let is_comment = |line: &&str| line.trim_start().starts_with('#');
        let lines = text.lines().filter(|line| !is_comment(line));
        let code: String = lines.flat_map(|line| [line, "\n"]).collect();
        self.words(&command::words(&code), 0, true);
        for line in code.lines() {
            // A substitution is a command of its own, in double quotes too.
            let apart = line.replace('"', " ").replace(['(', ')', '`'], " ; ");
            self.words(&command::words(&apart), 0, false);
        }
    }

    /// Reads commands; `is_exact` where the words are those of a shell.
    fn words(&mut self, words: &[String], depth: usize, is_exact: bool) {
        if depth > DEEPEST {
            self.runs_unseen = true;
            return;
        }
        let mut before: Option<&[String]> = None;
        let mut rest = words;
        while !rest.is_empty() {
            let end = rest
                .iter()
                .position(command::is_operator)
                .unwrap_or(rest.len());
            let (simple, behind) = rest.split_at(end);
            self.simple(simple, before, depth, is_exact);
            let is_pipe = behind.first().is_some_and(|word| word == "|");
            before = is_pipe.then_some(simple);
            rest = behind.get(1..).unwrap_or_default();
        }
    }

    /// Reads one program with its arguments; `before` is what its input comes from.
    fn simple(
        &mut self,
        words: &[String],
        before: Option<&[String]>,
        depth: usize,
        is_exact: bool,
    ) {
        let start = words.iter().position(|word| !opens(word));
        let words = &words[start.unwrap_or(words.len())..];
        let lists = words.first().is_some_and(|word| lists_files(word));
        for word in words {
            self.name(word, lists);
            if let Some((variable, value)) = word.split_once('=').filter(|_| is_exact) {
                self.give(variable, &[value]);
            }
        }
        if let [first, variable, rest @ ..] = words
            && matches!(first.as_str(), "for" | "select" | "read")
            && is_exact
        {
            match first.as_str() {
                "read" => words[1..]
                    .iter()
                    .for_each(|one| _ = self.given.insert(one.clone(), None)),
                _ => {
                    let listed: Vec<&str> = rest.iter().skip(1).map(String::as_str).collect();
                    self.give(variable, if rest.is_empty() { &["$@"] } else { &listed });
                }
            }
        }
        let is_fed = words.iter().any(|word| command::bare(word) == "xargs");
        let Some((first, arguments)) = command::without_wrappers(words).split_first() else {
            return;
        };
        let program = command::bare(first.trim_start_matches(['(', '$', '`', '{', '@', '-']));
        if let Some(inner) = command::inner_command(program, arguments) {
            self.words(&command::words(&inner), depth + 1, is_exact);
            // `eval "$(cat x)"`: what is printed is run.
            if inner.contains(['$', '`']) {
                self.run_each(arguments);
            }
            return;
        }
        match program {
            "." | "source" | "include" | "sinclude" => {
                self.run_each(&arguments[..arguments.len().min(1)])
            }
            "run-parts" => arguments
                .iter()
                .for_each(|folder| self.run(&format!("{folder}/*"))),
            "find" | "fd" => {
                let does = |word: &String| {
                    matches!(
                        word.as_str(),
                        "-exec" | "-execdir" | "-ok" | "-x" | "--exec"
                    )
                };
                if let Some(at) = arguments.iter().position(does) {
                    self.simple(&arguments[at + 1..], None, depth + 1, is_exact);
                }
            }
            program if command::interprets(program) => self.interpreter(arguments, before, is_fed),
            program if takes_programs(program) => self.programs_in(arguments),
            // What a variable says is run as a command; `x=$(cat "$y")` runs no `$y`.
            _ if is_exact && first.starts_with('$') && !words[0].contains("$(") => {
                if pattern(first).is_some_and(|one| is_open(&one)) {
                    self.open.insert(first.clone());
                }
            }
            _ => {}
        }
    }

    /// Adds what an interpreter is given: a file, or its input.
    fn interpreter(&mut self, arguments: &[String], before: Option<&[String]>, is_fed: bool) {
        self.run_input(arguments);
        let is_given = |word: &String| matches!(word.as_str(), "-c" | "-e" | "-m" | "-p" | "-E");
        match arguments
            .iter()
            .find(|word| !word.starts_with(['-', '<', '>']))
        {
            _ if arguments.iter().any(is_given) => {}
            Some(file) => self.run(file),
            None => {
                self.runs_unseen |= before.is_some() || is_fed;
                self.run_each(before.unwrap_or_default());
            }
        }
    }

    /// Adds what an interpreter reads by `<`.
    fn run_input(&mut self, arguments: &[String]) {
        let mut is_next = false;
        for word in arguments {
            if is_next {
                self.run(word);
            }
            let behind = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
            let file = behind
                .strip_prefix('<')
                .map(|file| file.trim_start_matches('<'));
            is_next = file.is_some_and(str::is_empty);
            match file {
                // `bash <(cat x)`.
                Some(file) if file.starts_with('(') => self.run_each(arguments),
                Some(file) => self.run(file),
                None => {}
            }
        }
    }

    /// Adds the programs that a program is given as files, by its options.
    fn programs_in(&mut self, arguments: &[String]) {
        const OPTIONS: [&str; 7] = [
            "-f",
            "--file",
            "--from-file",
            "--include",
            "--makefile",
            "-r",
            "--requirement",
        ];
        for pair in arguments.windows(2) {
            if OPTIONS.contains(&pair[0].as_str()) {
                self.run(&pair[1]);
            }
        }
        for argument in arguments {
            match argument.split_once('=') {
                Some((option, file)) if OPTIONS.contains(&option) => self.run(file),
                _ => {
                    if let Some(file) = argument.strip_prefix("-f") {
                        self.run(file);
                    }
                }
            }
        }
    }

    fn run_each(&mut self, words: &[String]) {
        for word in words {
            self.run(word);
            if word.contains(char::is_whitespace) {
                word.split_whitespace().for_each(|part| self.run(part));
            }
        }
    }

    /// Adds a word that is run, as a pattern of paths; one without any letter of its own may be
    /// anything that the script names.
    fn run(&mut self, word: &str) {
        match pattern(word) {
            Some(pattern) if is_open(&pattern) => _ = self.open.insert(word.to_owned()),
            Some(pattern) if may_be_prose(&pattern) => _ = self.run.insert(pattern),
            _ => {}
        }
    }

    /// Adds a word that names files: by letters of their names, or, where a command lists files,
    /// by a pattern that any may have.
    fn name(&mut self, word: &str, lists: bool) {
        // `f=x`, `--file=x`.
        for part in word.split(|letter: char| letter.is_whitespace() || letter == '=') {
            let Some(pattern) = pattern(part).filter(|pattern| may_be_prose(pattern)) else {
                continue;
            };
            let may_be_any = pattern.ends_with('*');
            let bare = part.replace("$*", "").replace("$?", "");
            if !may_be_any || lists && bare.contains(['*', '?', '[']) {
                self.named.insert(pattern);
            }
        }
    }

    /// Reads a text in any other language.
    fn other(&mut self, text: &str) {
        let evaluates = EVALUATES.iter().any(|word| has_call(text, word));
        for line in text.lines() {
            let named = names_in(line);
            let mut calls = STARTS.iter().chain(&EVALUATES);
            let starts = calls.any(|word| has_call(line, word));
            if starts || evaluates {
                self.run.extend(named.iter().cloned());
            }
            // `spawn("sh", [file])`: what the file is can't be seen.
            self.runs_unseen |= starts && SHELLS.iter().any(|shell| names_program(line, shell));
            self.named.extend(named);
        }
    }
}

/// Calls that evaluate the text or the file that they are given.
const EVALUATES: [&str; 12] = [
    "eval",
    "exec",
    "Function",
    "runInThisContext",
    "runInNewContext",
    "runInContext",
    "execfile",
    "run_path",
    "instance_eval",
    "loadstring",
    "dofile",
    "Invoke-Expression",
];

/// Calls that start a program, or take a file into this one.
const STARTS: [&str; 18] = [
    "require",
    "import",
    "load",
    "loadfile",
    "include",
    "source",
    "system",
    "popen",
    "Popen",
    "spawn",
    "spawnSync",
    "execSync",
    "execFile",
    "execFileSync",
    "run",
    "call",
    "check_call",
    "check_output",
];

/// Programs that run the file that they are given, as they stand in a list of arguments.
const SHELLS: [&str; 8] = [
    "sh", "bash", "zsh", "python", "python3", "node", "perl", "ruby",
];

/// Returns whether a text calls something of this name: `exec(`, but not `pattern.exec(`, which
/// matches texts.
fn has_call(text: &str, name: &str) -> bool {
    let is_of_a_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    text.match_indices(name).any(|(at, _)| {
        let (before, behind) = (&text[..at], &text[at + name.len()..]);
        let argument = behind.trim_start_matches(' ');
        let is_call = argument.starts_with(['(', '`'])
            || argument.len() < behind.len() && argument.starts_with(['"', '\'']);
        let last = before.chars().next_back();
        let is_whole = !last.is_some_and(is_of_a_word);
        let is_method = last == Some('.') && matches!(name, "exec" | "eval" | "include" | "load");
        is_call && is_whole && !is_method
    })
}

/// Returns whether a line names a program as a text of its own, or at the start of one.
fn names_program(line: &str, program: &str) -> bool {
    ['"', '\'', '`'].iter().any(|quote| {
        [
            format!("{quote}{program}{quote}"),
            format!("{quote}{program} "),
        ]
        .iter()
        .any(|word| line.contains(word.as_str()))
    })
}

/// Returns the patterns of the files of prose that a line of another language names, with what
/// isn't known of a name as `*`.
fn names_in(line: &str) -> Vec<String> {
    let is_of_a_path = |letter: char| {
        letter.is_alphanumeric()
            || matches!(letter, '.' | '_' | '-' | '/' | '*' | '?' | '$' | '{' | '}')
    };
    let words = line.split(|letter: char| !is_of_a_path(letter));
    let prose = |word: &&str| {
        let folded = fold(word);
        PROSE
            .iter()
            .any(|ending| folded.ends_with(&format!(".{ending}")))
    };
    let named = words
        .filter(prose)
        .filter_map(|word| match word.starts_with('.') {
            // `name + ".md"`: any of that ending.
            true if !word.contains('/') => pattern(&format!("*{word}")),
            _ => pattern(word),
        });
    named.collect()
}

/// Returns whether a script is one of a shell, or of a program that gives its lines to one.
fn is_shell(name: &str, text: &str) -> bool {
    const OTHERS: [&str; 20] = [
        "py", "js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx", "rb", "pl", "pm", "php", "lua",
        "awk", "html", "htm", "svg", "css", "json",
    ];
    const INTERPRETERS: [&str; 9] = [
        "python", "node", "deno", "bun", "ruby", "perl", "php", "lua", "awk",
    ];
    let first = text.lines().next().unwrap_or_default();
    match first.strip_prefix("#!") {
        Some(line) => !INTERPRETERS.iter().any(|program| line.contains(program)),
        None => {
            let folded = fold(name);
            !OTHERS
                .iter()
                .any(|ending| folded.ends_with(&format!(".{ending}")))
        }
    }
}

/// Returns whether a word only opens what follows: `then`, `{`, `!`; `-` and `@` are make's.
fn opens(word: &String) -> bool {
    const WORDS: [&str; 12] = [
        "then", "do", "else", "elif", "if", "while", "until", "!", "{", "@", "-", "run:",
    ];
    WORDS.contains(&word.as_str())
}

/// Returns whether a command goes through files that a pattern names.
fn lists_files(program: &str) -> bool {
    matches!(
        program,
        "for" | "select" | "ls" | "set" | "find" | "fd" | "printf" | "echo"
    )
}

/// Returns whether a program is given programs of its own as files, by an option.
fn takes_programs(program: &str) -> bool {
    const PROGRAMS: [&str; 14] = [
        "awk", "gawk", "mawk", "nawk", "sed", "make", "gmake", "jq", "psql", "expect", "kubectl",
        "pip", "pip3", "Rscript",
    ];
    PROGRAMS.contains(&program)
}

/// Returns whether a pattern may match a file that is prose by its name.
fn may_be_prose(pattern: &str) -> bool {
    let name = pattern.rsplit('/').next().unwrap_or(pattern);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    pattern.len() <= LONGEST
        && !pattern.contains(['\\', '"'])
        && (name.contains('*')
            || ending.is_some_and(|ending| PROSE.contains(&ending))
            || NAMES.contains(&name))
}

/// Returns the variables in a word: `$x`, `${x}`, `${x:-y}`; `{}` of `find` is one without a name.
fn variables(word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in word.split('$').skip(1) {
        let part = part.trim_start_matches('{');
        let is_of_a_name = |letter: &char| letter.is_alphanumeric() || *letter == '_';
        found.push(part.chars().take_while(is_of_a_name).collect());
    }
    found
}

/// Returns whether a pattern has no letter of its own: it may be any file.
fn is_open(pattern: &str) -> bool {
    !pattern.contains(char::is_alphanumeric)
}

/// Returns a word of a shell as a pattern of folded paths, below whatever folder: what a shell
/// fills in, and what its own patterns admit, is `*`. Nothing where no path can be meant.
fn pattern(word: &str) -> Option<String> {
    let word =
        word.trim_matches(|letter| matches!(letter, '"' | '\'' | '`' | '(' | ')' | ';' | ','));
    if word.is_empty() {
        return None;
    }
    let mut parts: Vec<String> = Vec::new();
    for part in word.split('/') {
        let mut text = String::new();
        let mut letters = part.chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '$' => {
                    let close = match letters.peek() {
                        Some('{') => Some('}'),
                        Some('(') => Some(')'),
                        _ => None,
                    };
                    // `$@`, `$1`.
                    letters.next_if(|next| "@*#?!$-".contains(*next));
                    match close {
                        Some(close) => while letters.next().is_some_and(|inner| inner != close) {},
                        None => {
                            let is_of_a_name = |next: &char| next.is_alphanumeric() || *next == '_';
                            while letters.next_if(is_of_a_name).is_some() {}
                        }
                    }
                    text.push('*');
                }
                '*' | '?' | '[' | ']' | '{' | '}' => text.push('*'),
                letter => text.push(letter),
            }
        }
        parts.push(fold(&text));
    }
    // What lies before a part that may be anything, or leads out, may be any folder.
    let (name, folders) = parts.split_last()?;
    let known = folders
        .iter()
        .rposition(|part| is_open(part))
        .map_or(0, |at| at + 1);
    let tail = folders[known..].iter().chain([name]);
    let tail: Vec<&str> = tail
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    (!tail.is_empty()).then(|| tail.join("/"))
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

    /// Says whether a script runs `docs/notes.md`, and that it runs no other prose.
    #[track_caller]
    fn check(name: &str, text: &str, expected: bool) {
        let paths = ["docs/notes.md", "other/words.adoc"].map(|path| path.parse().unwrap());
        let found = Running::of_script(name, text).run_of(&paths);
        assert_eq!(found.contains(&paths[0]), expected, "{name}: {text}");
    }

    #[test]
    fn a_text_that_a_shell_runs_is_found() {
        for text in [
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
        ] {
            check("x.sh", text, true);
        }
        check("Makefile", "all:\n\t@sh docs/notes.md\n", true);
        check("Makefile", "include docs/notes.md\n", true);
        check("ci.yml", "    - run: sh docs/notes.md\n", true);
    }

    #[test]
    fn a_text_that_a_shell_only_names_is_prose() {
        for text in [
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
        ] {
            check("x.sh", text, false);
        }
    }

    #[test]
    fn a_text_that_another_language_runs_is_found_and_one_that_it_names_is_not() {
        for (name, text, expected) in [
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
            ("a.rb", "eval File.read('docs/notes.md')", false),
            ("a.rb", "load 'docs/notes.md'", true),
            ("a", "#!/usr/bin/env node\nrequire('./docs/notes.md')", true),
        ] {
            check(name, text, expected);
        }
    }
}
