//! Scripts of a shell, and commands in the settings of other programs.

use super::super::command;
use super::Running;
use super::readers::is_reader;
use super::words::{has_wildcard, is_open, pattern, without_comments};

/// How deep commands in commands are followed: `sh -c "eval '…'"`.
const DEEPEST: usize = 8;

/// How many words behind a program are looked at, where a line isn't one of a shell, and how many
/// programs of a pipeline before one.
const NEAR: usize = 12;

/// Commands that only say what a variable is, or go through words.
const GIVING: [&str; 8] = [
    "for", "select", "read", "local", "export", "readonly", "declare", "typeset",
];

impl Running {
    /// Reads a text as a shell does, as a whole and line by line: a quote that is left open in a
    /// comment or in a text for another program hides nothing behind it.
    pub(super) fn shell(&mut self, text: &str) {
        // A line that goes on is one, without the quotes that are not closed on it.
        let code = without_comments(text, "#").replace("\\\n", "");
        self.words(&command::words(&code), 0, true);
        for line in code.lines() {
            // A substitution is a command of its own, in double quotes too.
            let apart = line
                .replace('"', " ")
                .replace(['(', ')', '`'], " ; ")
                .replace('<', " < ");
            self.words(&command::words(&apart), 0, false);
        }
        self.other_languages(&code);
    }

    /// Reads the programs of other languages that stand in arguments, or behind `<<`.
    fn other_languages(&mut self, text: &str) {
        const PROGRAMS: [&str; 7] = ["python", "node", "ruby", "perl", "php", "deno", "bun"];
        const GIVEN: [&str; 5] = [" -c", " -e", "<<", " -p", " -n"];
        if PROGRAMS.iter().any(|word| text.contains(word))
            && GIVEN.iter().any(|word| text.contains(word))
        {
            self.other(text, "#");
        }
    }

    /// Reads the settings of another program: any value may be a command.
    pub(super) fn settings(&mut self, text: &str) {
        for line in text.lines() {
            let apart = line
                .replace(['"', '\''], " ")
                .replace(['{', '}', '[', ']', ',', ':', '='], " ; ");
            self.words(&command::words(&apart), 0, false);
            for quoted in line.split(['"', '\'']).skip(1).step_by(2) {
                self.words(&command::words(quoted), 0, false);
            }
            // `["sh", "x"]`, `commandLine 'sh', 'x'`: a program, and what stands behind it.
            let bare = line.replace(['"', '\'', ',', '[', ']', '{', '}', '(', ')'], " ");
            let words = command::words(&bare);
            for (at, word) in words.iter().enumerate() {
                if command::interprets(word) || matches!(word.as_str(), "." | "source") {
                    self.words(&words[at..words.len().min(at + NEAR)], 0, false);
                }
            }
        }
        self.other_languages(text);
    }

    /// Reads commands; `is_exact` where the words are those of a shell.
    fn words(&mut self, words: &[String], depth: usize, is_exact: bool) {
        if depth > DEEPEST {
            self.runs_unseen = true;
            return;
        }
        let mut rest = words;
        while !rest.is_empty() {
            let end = rest
                .iter()
                .position(|word| command::is_operator(word) && word != "|");
            let (pipeline, behind) = rest.split_at(end.unwrap_or(rest.len()));
            self.pipeline(pipeline, depth, is_exact);
            rest = behind.get(1..).unwrap_or_default();
        }
    }

    /// Reads programs of which each reads what the one before prints: what one reads is given to
    /// all that follow.
    fn pipeline(&mut self, words: &[String], depth: usize, is_exact: bool) {
        let mut before: Vec<&[String]> = Vec::new();
        for simple in words.split(|word| word == "|") {
            let near = before.len().saturating_sub(NEAR);
            self.simple(simple, &before[near..], depth, is_exact);
            before.push(simple);
        }
        // `find docs -type f | while read f`: any of them.
        let finds = before.first().and_then(|words| words.first());
        let goes_on = before[1..].iter().any(|words| {
            words
                .first()
                .is_some_and(|word| matches!(word.as_str(), "while" | "xargs"))
        });
        if goes_on && finds.is_some_and(|word| matches!(word.as_str(), "find" | "fd" | "ls")) {
            self.named.insert("*".to_owned());
        }
    }

    /// Reads one program with its arguments; `before` is what its input comes from.
    fn simple(&mut self, words: &[String], before: &[&[String]], depth: usize, is_exact: bool) {
        let start = words.iter().position(|word| !opens(word));
        let words = &words[start.unwrap_or(words.len())..];
        for word in words {
            self.name(word, words.first().is_some_and(|first| lists_files(first)));
        }
        self.variables_given(words, is_exact);
        // `BASH_ENV=x bash`: what a program is told by its environment.
        let told: Vec<&String> = words.iter().take_while(|word| word.contains('=')).collect();
        if told.len() < words.len() {
            for (_, value) in told.iter().filter_map(|word| word.split_once('=')) {
                if let Some(pattern) = pattern(value).filter(|one| !is_open(one)) {
                    self.run.insert(pattern);
                }
            }
        }
        let is_fed = words.iter().any(|word| command::bare(word) == "xargs");
        let Some((first, arguments)) = command::without_wrappers(words).split_first() else {
            return;
        };
        if is_fed && !is_reader(command::bare(first)) {
            self.passed_on("xargs", words);
        }
        let program = command::bare(first.trim_start_matches(['(', '$', '`', '{', '@', '-']));
        if let Some(inner) = command::inner_command(program, arguments) {
            self.words(&command::words(&inner), depth + 1, is_exact);
            // `eval "$(cat x)"`, `sh -c "$text"`: what is printed is run.
            if inner.contains(['$', '`']) {
                self.run_each(arguments);
            }
            if is_fed || inner.contains("{}") {
                self.runs_unseen = true;
                before.iter().for_each(|words| self.run_each(words));
            }
            return;
        }
        match program {
            "." | "source" | "include" | "sinclude" => {
                // `source <(cat x)`.
                let is_printed = arguments.first().is_some_and(|word| word.starts_with('<'));
                let most = if is_printed {
                    arguments.len()
                } else {
                    arguments.len().min(1)
                };
                self.run_each(&arguments[..most]);
            }
            "run-parts" => arguments
                .iter()
                .for_each(|folder| self.run(&format!("{folder}/*"))),
            "find" | "fd" => self.found(arguments, depth, is_exact),
            program if command::interprets(program) || is_versioned(program) => {
                self.interpreter(program, arguments, before, is_fed);
            }
            _ if !is_exact => {}
            // What a variable says is run as a command: of a line that was read, it is all of it.
            _ if first.starts_with('$') && !words[0].contains("$(") => {
                self.passed_on(first, arguments)
            }
            program if GIVING.contains(&program) => {}
            program if is_reader(program) => self.reader(program, arguments),
            _ => {
                self.passed_on(first, arguments);
                for earlier in before {
                    self.passed_on(first, earlier);
                }
            }
        }
    }

    /// Adds what is given to a program of which nothing is known: all that is named.
    pub(super) fn passed_on(&mut self, program: &str, arguments: &[String]) {
        for word in arguments
            .iter()
            .flat_map(|word| word.split([' ', '=', '<']))
        {
            if let Some(pattern) = pattern(word).filter(|one| !is_open(one)) {
                self.run.insert(pattern);
            }
            if word.contains('$') {
                self.passed.insert(word.to_owned());
            }
        }
        // `$line` of what was read.
        if program.starts_with('$') {
            let variables = super::words::variables(program);
            if variables
                .iter()
                .any(|one| matches!(self.given.get(one), Some(None)))
            {
                self.runs_unseen = true;
            }
        }
    }

    /// Reads what `find` does with what it finds.
    fn found(&mut self, arguments: &[String], depth: usize, is_exact: bool) {
        const RUNS: [&str; 5] = ["-exec", "-execdir", "-ok", "-x", "--exec"];
        let Some(at) = arguments
            .iter()
            .position(|word| RUNS.contains(&word.as_str()))
        else {
            return;
        };
        let found: Vec<String> = arguments[..at].to_vec();
        let program = arguments.get(at + 1).map_or("", |word| command::bare(word));
        if !is_reader(program) {
            self.simple(&arguments[at + 1..], &[], depth + 1, is_exact);
            self.runs_unseen = true;
            found.iter().for_each(|word| self.name(word, true));
        }
    }

    /// Adds what an interpreter is given: a file, or its input.
    fn interpreter(
        &mut self,
        program: &str,
        arguments: &[String],
        before: &[&[String]],
        is_fed: bool,
    ) {
        self.run_input(arguments);
        const PROGRAM: [&str; 5] = ["-c", "-e", "-m", "-p", "-E"];
        if arguments
            .iter()
            .any(|word| PROGRAM.contains(&word.as_str()))
        {
            return;
        }
        // An option may take the word behind it, and some have a word for what they do: then the
        // file is the next one.
        let is_input = arguments.first().is_some_and(|word| word == "-");
        let has_options = arguments
            .first()
            .is_some_and(|word| word.starts_with(['-', '+']));
        let most = match (
            is_input,
            has_options || matches!(program, "bun" | "deno" | "busybox"),
        ) {
            (true, _) => 0,
            (false, true) => 2,
            (false, false) => 1,
        };
        let operands = arguments
            .iter()
            .filter(|word| !word.starts_with(['-', '+', '<', '>']));
        let files: Vec<String> = operands.take(most).cloned().collect();
        self.run_each(&files);
        let reads_input =
            files.is_empty() || arguments.iter().any(|word| word == "-" || word == "-s");
        if reads_input && (is_fed || !before.is_empty()) {
            self.runs_unseen = true;
            before.iter().for_each(|words| self.run_each(words));
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
            file.into_iter().for_each(|file| self.run(file));
        }
        // `bash <(cat x)`.
        if arguments.iter().any(|word| word.starts_with("<(")) {
            self.run_each(arguments);
        }
    }

    /// Adds a word that names files: by letters of their names, or, where a command lists files,
    /// by a pattern that any may have.
    fn name(&mut self, word: &str, lists: bool) {
        // `f=x`, `--file=x`.
        for part in word.split(|letter: char| letter.is_whitespace() || letter == '=') {
            let Some(pattern) = pattern(part) else {
                continue;
            };
            let may_be_any = pattern.ends_with('*');
            if !may_be_any || lists && has_wildcard(part) {
                self.named.insert(pattern);
            }
        }
    }
}

/// Returns whether a word only opens what follows: `then`, `{`, `!`; `-` and `@` are make's.
fn opens(word: &str) -> bool {
    const WORDS: [&str; 14] = [
        "then", "do", "else", "elif", "if", "while", "until", "!", "{", "@", "-", "run:", "RUN",
        "function",
    ];
    WORDS.contains(&word)
}

/// Returns whether a command goes through files that a pattern names.
fn lists_files(program: &str) -> bool {
    matches!(program, "for" | "select" | "ls" | "set" | "find" | "fd")
}

/// Returns whether a program is an interpreter of some version: `python3.12`, `ruby3`.
fn is_versioned(program: &str) -> bool {
    let bare = program.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    bare.len() < program.len() && command::interprets(bare)
}
